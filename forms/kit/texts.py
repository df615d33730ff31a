"""The fixed words of the kit, read from texts.yaml: data in both languages, never sentences in code.

Imports reading (YAML).  Knows no form.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ..reading import plain, read_yaml
from .page import Language

_HERE = Path(__file__).parent


@cache
def read(name: str) -> Any:
    """The content of one of the kit's YAML files."""
    return plain(read_yaml(_HERE / name))


def say(key: str, lang: Language, **facts: object) -> str:
    """One fixed text with its holes filled.  KeyError (our bug) when a hole has no fact."""
    text: str = read("texts.yaml")[key][lang]
    return text.format_map(facts) if facts else text


def lines(key: str, lang: Language, **facts: object) -> tuple[str, ...]:
    """A fixed list of texts with their holes filled."""
    return tuple(line.format_map(facts) for line in read("texts.yaml")[key][lang])


def columns(key: str, lang: Language) -> tuple[str, ...]:
    """The column heads of a table."""
    return tuple(say(key, lang).split("|"))


def derived(name: str, lang: Language) -> str | None:
    """What a value that the phone computes is called, None when nobody has named it."""
    found = read("texts.yaml")["derived"].get(name)
    return None if found is None else str(found[lang])
