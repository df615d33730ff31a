"""One day's results.json and findings.json, read once and asked by name.

Imports analysis.results and forms.errors.  Names are those of analysis/quality/rows.py (a test holds them together).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis.results import Results, Row, read_results
from forms.errors import refuse

TEXTS = "daily"
_NEEDED = ("day", "round")


@dataclass(frozen=True)
class Flag:
    """A line of findings.json: codes only."""

    id: str
    check: str
    severity: str
    wave: int
    instance_id: str
    psu: str
    enumerator: str
    question: str
    expected: str
    got: str
    do: str
    state: str

    @property
    def open(self) -> bool:
        """Nobody has decided about it yet."""
        return self.state == "open"


@dataclass(frozen=True)
class Day:
    """What the page is made from."""

    results: Results
    flags: tuple[Flag, ...]

    @property
    def texts(self) -> Mapping[str, Any]:
        """results.texts["daily"]."""
        found: Mapping[str, Any] = self.results.texts[TEXTS]
        return found

    @property
    def day(self) -> date:
        """The day looked at."""
        return date.fromisoformat(str(self.texts["day"]))

    @cached_property
    def _rows(self) -> dict[tuple[str, str, tuple[tuple[str, str], ...]], Row]:
        return {(r.indicator, r.category, r.domain): r for r in self.results.rows}

    def row(self, indicator: str, category: str = "", **domain: str) -> Row | None:
        """One row, None when no check gave it."""
        return self._rows.get((indicator, category, tuple(sorted(domain.items()))))

    def value(self, indicator: str, category: str = "", **domain: str) -> float | None:
        """Its estimate."""
        found = self.row(indicator, category, **domain)
        return found.estimate if found else None

    def whole(self, indicator: str, category: str = "", **domain: str) -> int:
        """A count; 0 when there is none."""
        return round(self.value(indicator, category, **domain) or 0)

    def each(self, indicator: str, *names: str) -> Iterator[tuple[tuple[str, ...], Row]]:
        """(codes, row) of every row of an indicator whose domain is made of these variables, in order of their codes."""
        found = [
            (tuple(dict(r.domain)[n] for n in names), r)
            for r in self.results.rows if r.indicator == indicator and {k for k, _ in r.domain} == set(names)
        ]  # fmt: skip
        yield from sorted(found, key=lambda pair: ([ordered(c) for c in pair[0]], pair[1].category))

    def words(self, part: str, code: str) -> str:
        """A label of texts in Vietnamese; the code itself where there is none."""
        found = self.texts.get(part, {}).get(code)
        return str(found["vi"]) if isinstance(found, Mapping) and found.get("vi") else code


def ordered(code: str) -> tuple[int, str]:
    """Codes that are numbers by number, then the others by letter."""
    return (int(code), "") if code.isdecimal() else (10**9, code)


def folder_of(path: Path) -> Path:
    """The folder with results.json and findings.json: the path itself, or the last day's run of a round's folder.

    REP-005 when neither is there.
    """
    if (path / "results.json").is_file():
        return path
    runs = sorted(p.parent for p in path.glob("out/daily-*/results.json"))
    if not runs:
        raise refuse("REP-005", path.name or str(path), expected="results.json + findings.json", got="không có / not there")
    return runs[-1]


def read_day(path: Path) -> Day:
    """The day of a folder.  REP-001 no results.json that can be read; REP-006 not of a day; REP-007 findings.json."""
    home = folder_of(path)
    try:
        results = read_results(home / "results.json")
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise refuse("REP-001", "results.json", expected="results/1", got=type(error).__name__) from error
    told: object = results.texts
    about = told.get(TEXTS) if isinstance(told, Mapping) else None
    lacking = [n for n in _NEEDED if not isinstance(about, Mapping) or n not in about]
    if lacking:
        raise refuse("REP-006", "results.json", expected="texts/daily", got=", ".join(lacking))
    return Day(results, read_flags(home / "findings.json"))


def read_flags(path: Path) -> tuple[Flag, ...]:
    """findings.json.  REP-007 when it is missing or another shape."""
    try:
        raw = json.loads(path.read_bytes())
        names = {f.name for f in fields(Flag)}
        return tuple(Flag(**{k: v for k, v in line.items() if k in names}) for line in raw)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise refuse("REP-007", "findings.json", expected="id, check, severity, …", got=type(error).__name__) from error
