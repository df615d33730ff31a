"""The words of words.yaml with their holes filled, in both languages at once; numbers as each language writes them.

Imports yaml; never sees an answer or a scenario: what is filled in is a number, a label or a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Both = dict[str, str]
LANGUAGES = ("vi", "en")


@dataclass(frozen=True)
class Number:
    """A number with so many decimals; None: as it was typed, without needless zeros."""

    value: float
    decimals: int | None = 1

    def text(self, language: str) -> str:
        """`1.234,6` in Vietnamese, `1,234.6` in English; never `-0`."""
        if self.decimals is None:
            text = f"{self.value:,.10g}"
        else:
            text = f"{self.value:,.{self.decimals}f}"
            text = text if text.strip("-0.,") else text.lstrip("-")
        return text if language == "en" else text.replace(",", " ").replace(".", ",").replace(" ", ".")


Hole = Number | Mapping[str, str] | str | int


def said(key: str, **holes: Hole) -> Both:
    """A text of words.yaml.  KeyError (our bug) when there is none or a hole stays empty."""
    found = _words()[key]
    return {x: found[x].format_map({name: _in(hole, x) for name, hole in holes.items()}) for x in LANGUAGES}


def whole(value: float) -> Number:
    """A number without decimals."""
    return Number(value, 0)


def typed(value: float) -> Number:
    """A number as it was typed."""
    return Number(value, None)


def chance(percent: float) -> Number:
    """A probability as people say it: whole percents, one decimal below ten."""
    return Number(percent, 0 if percent >= 10 else 1)


def joined(parts: Iterable[Both], by: str = " ") -> Both:
    """Texts one behind the other; empty ones left out."""
    some = list(parts)
    return {x: by.join(p[x] for p in some if p[x]) for x in LANGUAGES}


def reason(text: str) -> Both:
    """«tiếng Việt | English» (also a source) as both languages; without a bar the same in both."""
    parts = text.split(" | ")
    return {"vi": parts[0], "en": parts[-1]}


def _in(hole: Hole, language: str) -> str:
    if isinstance(hole, Number):
        return hole.text(language)
    return hole[language] if isinstance(hole, Mapping) else str(hole)


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    import yaml

    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader  # five times as fast, the same words
    text = Path(__file__).with_name("words.yaml").read_text(encoding="utf-8")
    raw: Mapping[str, Mapping[str, str]] = yaml.load(text, Loader=loader)  # noqa: S506  both are safe loaders
    return raw
