"""What to do first, and the log of findings: groups of findings of one kind about one person or place.

Imports daily_read and numbers.  Judges nothing: severity and what to do come with the finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from . import numbers
from .daily_read import Day, Flag, ordered

MOST_TASKS = 3
MOST_LINES = 150
WITHIN = {"red": 1, "yellow": 3}
"""Days until a task should be done: a red finding stops numbers from counting, so the next day."""
_ORDER = {"red": 0, "yellow": 1, "info": 2}
_WORDS = {"red": ("Đỏ", "red"), "yellow": ("Vàng", "yellow"), "info": ("Để biết", "info")}


@dataclass(frozen=True)
class Task:
    """One thing to do. what, who, do: words; until: a date; anchor: where its lines stand in the log; count: findings in it."""

    what: str
    who: str
    do: str
    do_en: str
    until: str
    anchor: str
    severity: str
    count: int
    places: str


def tasks(day: Day) -> tuple[Task, ...]:
    """At most three: the red ones first, then where one person or place has most findings of one kind."""
    groups: dict[tuple[str, str, str], list[Flag]] = {}
    for flag in day.flags:
        if flag.open and flag.severity in WITHIN:
            groups.setdefault((flag.severity, flag.check, flag.enumerator), []).append(flag)
    order = sorted(groups, key=lambda k: (_ORDER[k[0]], -len(groups[k]), k[1], ordered(k[2])))
    chosen: list[tuple[str, str, str]] = []
    for severity in WITHIN:
        some = [key for key in order if key[0] == severity]
        chosen += [key for key in _kinds_first(some) if len(chosen) < MOST_TASKS]
    return tuple(_task(day, key, groups[key]) for key in chosen[:MOST_TASKS])


def _kinds_first(order: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """The first group of each kind of finding, then the others: three things to do, not three times the same."""
    first: dict[str, tuple[str, str, str]] = {}
    for key in order:
        first.setdefault(key[1], key)
    return [*first.values(), *(key for key in order if key not in first.values())]


def _task(day: Day, key: tuple[str, str, str], flags: Sequence[Flag]) -> Task:
    severity, check, who = key
    vi, _, en = flags[0].do.partition(" | ")
    places = sorted({f.psu for f in flags if f.psu}, key=ordered)
    return Task(
        what=day.words("checks", check), who=f"điều tra viên {who}" if who else "giám sát viên",
        do=vi, do_en=en, until=numbers.short_date(due(day.day, severity)), anchor=f"log-{check}", severity=severity,
        count=len(flags), places=_shown(places),
    )  # fmt: skip


def _shown(places: Sequence[str]) -> str:
    return ", ".join(places[:4]) + (f" và {len(places) - 4} địa bàn khác" if len(places) > 4 else "")


def due(day: date, severity: str) -> date:
    """By when."""
    return day + timedelta(days=WITHIN[severity])


@dataclass(frozen=True)
class Kind:
    """One kind of finding in the log."""

    check: str
    label: str
    severity: str
    word: str
    open: int
    decided: int
    lines: tuple[Flag, ...]
    more: int


def log(day: Day) -> tuple[Kind, ...]:
    """Findings by kind, red first; of each kind the first open lines, fewer when there are many kinds."""
    groups: dict[tuple[str, str], list[Flag]] = {}
    for flag in day.flags:
        groups.setdefault((flag.severity, flag.check), []).append(flag)
    room = max(3, MOST_LINES // max(len(groups), 1))
    found = []
    for severity, check in sorted(groups, key=lambda k: (_ORDER.get(k[0], 9), k[1])):
        flags = groups[severity, check]
        open_ = sorted((f for f in flags if f.open), key=lambda f: (ordered(f.enumerator), f.psu, f.id))
        word = _WORDS.get(severity, (severity, severity))[0]
        found.append(Kind(
            check, day.words("checks", check), severity, word, len(open_), len(flags) - len(open_), tuple(open_[:room]),
            max(0, len(open_) - room),
        ))  # fmt: skip
    return tuple(found)


def totals(day: Day) -> dict[str, int]:
    """Open ones by severity, and how many were decided."""
    n = Counter(f.severity for f in day.flags if f.open)
    return {"red": n["red"], "yellow": n["yellow"], "info": n["info"], "decided": sum(not f.open for f in day.flags)}
