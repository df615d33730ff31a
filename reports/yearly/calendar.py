"""When reports are due: the plan's dates for the units, the Action Month, the department's own dates, the survey's windows.

Imports yaml and the door of forms.  Dates are data (calendar.yaml of the province); one that nobody has decided stays undecided
and is said to be.  No clock: what is due next is asked for a day.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from forms import load_plan
from forms.errors import BdgError, Problem, problem, refuse

NAME = "calendar.yaml"
_UNITS = frozenset({"id", "before", "what", "source"})
_OWN = frozenset({"id", "due", "what", "to", "source"})
_DAY = re.compile(r"\d\d-\d\d")
MOST_DAYS = 60


@dataclass(frozen=True)
class Due:
    """One date.  day: the last day; first: of a span, None for a single day; what: in both languages; source: who says so."""

    id: str
    day: date
    what: Mapping[str, str]
    source: str
    first: date | None = None


@dataclass(frozen=True)
class Calendar:
    """A year.  dates: in order; open: what has no date yet; remind: days before a date."""

    year: int
    dates: tuple[Due, ...]
    open: tuple[Mapping[str, str], ...]
    remind: int

    def next(self, today: date) -> tuple[Due, ...]:
        """What is due next on or after a day, all of that day."""
        ahead = [d for d in self.dates if d.day >= today]
        return tuple(d for d in ahead if d.day == ahead[0].day)


def calendar(folder: Path, year: int) -> Calendar:
    """The dates of a year from a province's folder.

    REP-036 with every problem of calendar.yaml: no such file, a word it does not know, a day that there is not (30/02), an id
    twice, a label without one of the languages.  PLAN-… when the plan itself cannot be read.
    """
    plan = load_plan(folder)
    raw = _read(folder / NAME)
    problems: list[Problem] = []
    dates = list(_units(raw.get("units"), year, problems))
    own, open_ = _own(raw.get("department"), year, problems)
    remind = raw.get("remind", 0)
    if not isinstance(remind, int) or isinstance(remind, bool) or not 0 <= remind <= MOST_DAYS:
        problems.append(problem("REP-036", f"{NAME}: remind", expected=f"0 - {MOST_DAYS}", got=remind))
    ids = [d.id for d in (*dates, *own)] + [str(o["id"]) for o in open_]
    problems += [problem("REP-036", f"{NAME}: id", expected="1", got=i) for i in sorted({i for i in ids if ids.count(i) > 1})]
    if problems:
        raise BdgError(problems)
    month = _span(
        "action_month", year, plan.peak, {"vi": "Tháng hành động vì bình đẳng giới", "en": "Action Month for Gender Equality"}
    )
    wave = plan.waves.get(year)
    about = {"vi": f"Thu thập số liệu khảo sát năm {year}", "en": f"Fieldwork of the {year} survey"}
    if wave is not None and wave.field_start is not None and wave.field_end is not None:
        dates.append(Due("fieldwork", wave.field_end, about, "plan.yaml, waves", wave.field_start))
    elif wave is not None:
        open_.append({"id": "fieldwork", **about, "to": ""})
    every = sorted((*dates, *own, month), key=lambda d: (d.day, d.id))
    return Calendar(year, tuple(every), tuple(open_), remind)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        raw = yaml.safe_load(unicodedata.normalize("NFC", path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise refuse("REP-036", path.name, expected="YAML", got=type(error).__name__) from None
    if not isinstance(raw, Mapping) or set(raw) - {"remind", "units", "department"}:
        raise refuse("REP-036", path.name, expected="remind, units, department", got=", ".join(map(str, raw or ())))
    return raw


def _rows(raw: Any, known: frozenset[str], place: str, problems: list[Problem]) -> Iterator[Mapping[str, Any]]:
    for i, one in enumerate(raw if isinstance(raw, Sequence) and not isinstance(raw, str) else (), 1):
        here = f"{place}/{i}"
        if not isinstance(one, Mapping) or set(one) != set(known):
            problems.append(problem("REP-036", here, expected=", ".join(sorted(known)), got=", ".join(map(str, one))))
            continue
        what = one["what"]
        if not isinstance(what, Mapping) or not all(isinstance(what.get(c), str) and what[c].strip() for c in ("vi", "en")):
            problems.append(problem("REP-036", f"{here}/what", expected="{vi: …, en: …}", got=str(what)))
            continue
        yield one


def _units(raw: Any, year: int, problems: list[Problem]) -> Iterator[Due]:
    """«Trước ngày 10 tháng 6»: by the 9th at the latest."""
    for one in _rows(raw, _UNITS, f"{NAME}: units", problems):
        day = _day(one["before"], year, f"{NAME}: units/{one['id']}", problems)
        if day is not None:
            yield Due(str(one["id"]), day - timedelta(days=1), one["what"], str(one["source"] or ""))


def _own(raw: Any, year: int, problems: list[Problem]) -> tuple[list[Due], list[Mapping[str, str]]]:
    """The department's own dates, and those that nobody has decided."""
    found: list[Due] = []
    undecided: list[Mapping[str, str]] = []
    for one in _rows(raw, _OWN, f"{NAME}: department", problems):
        to = str(one["to"] or "")
        what = {c: f"{one['what'][c]}{f' ({to})' if to else ''}" for c in ("vi", "en")}
        if not one["due"]:
            undecided.append({"id": str(one["id"]), **what, "to": to})
            continue
        if not one["source"]:
            problems.append(problem("REP-036", f"{NAME}: department/{one['id']}", expected="source", got="-"))
            continue
        day = _day(one["due"], year, f"{NAME}: department/{one['id']}", problems)
        if day is not None:
            found.append(Due(str(one["id"]), day, what, str(one["source"])))
    return found, undecided


def _day(text: Any, year: int, place: str, problems: list[Problem]) -> date | None:
    """`06-10` of a year."""
    try:
        return date.fromisoformat(f"{year}-{text if isinstance(text, str) and _DAY.fullmatch(text) else ''}")
    except ValueError:
        problems.append(problem("REP-036", place, expected="MM-DD", got=text))
        return None


def _span(name: str, year: int, ends: tuple[str, str], what: Mapping[str, str]) -> Due:
    first, last = (date.fromisoformat(f"{year}-{x}") for x in ends)
    return Due(name, last, what, "plan.yaml, peak", first)
