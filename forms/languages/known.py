"""The languages a form may be translated into, and how long a translation may be: languages.yaml -> records.

Imports errors and reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import refuse
from ..reading import read_yaml

FILE = Path(__file__).with_name("languages.yaml")


@dataclass(frozen=True)
class Language:
    """One language. vi: as the office calls it; local: what is said locally, '' for nothing else."""

    code: str
    vi: str
    en: str
    local: str
    source: str

    @property
    def column(self) -> str:
        """Its name in an XLSForm and in Collect's menu: «Hrê (hre)»."""
        return f"{self.vi} ({self.code})"


@cache
def _data() -> Mapping[str, Any]:
    found: Mapping[str, Any] = read_yaml(FILE)
    return found


@cache
def languages() -> tuple[Language, ...]:
    """Every language of languages.yaml, in its order."""
    return tuple(Language(r["code"], r["vi"], r["en"], r["local"] or "", r["source"]) for r in _data()["languages"])


def language(code: str) -> Language:
    """A language by its code. FORM-087 when there is none of that code."""
    found = next((known for known in languages() if known.code == code), None)
    if found is None:
        raise refuse("FORM-087", "--language", expected=", ".join(f"{x.code} ({x.vi})" for x in languages()), got=code, code=code)
    return found


def longest(kind: str, vietnamese: str) -> int:
    """How many signs a translation of this Vietnamese text may have."""
    return max(int(_data()["limits"][kind]), round(float(_data()["stretch"]) * len(vietnamese)))
