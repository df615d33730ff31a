"""Heaping: ages ending in 0 and 5 (Whipple's index), interviews begun at round minutes.

Imports limits, noticed, rows and shares.  Sees ages as last digits and clocks as minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..findings import Finding
from ..results import Row
from . import rows as r
from .limits import limit
from .noticed import person
from .shares import Heaped, heaped

if TYPE_CHECKING:
    from .answered import Answered

AGES = (23, 62)
"""Ages of Whipple's index: forty years, each last digit four times."""
_LEAST_AGES = 50
DO = {
    "age_heaping": "Hỏi năm sinh, xem giấy tờ; nhắc lại trong buổi họp | Ask for the birth year; remind the team",
    "start_heaping": "Kiểm tra giờ của máy và cách làm phiếu | Check the device's clock and how forms are made",
}


def ages(a: Answered) -> dict[str, list[int]]:
    """Ages of the members listed, by enumerator; of interviews that count and visits with a list."""
    path = next((v.path for v in a.seen.book.variables if v.name == "m_age"), "")
    repeat, _, name = path.rpartition("/")
    who = {v.instance_id: v.enumerator for v in a.visits}
    found: dict[str, list[int]] = {}
    for s in a.seen.submissions:
        if s.instance_id not in who:
            continue
        for row in s.repeats.get(repeat, ()):
            text = row.get(name) or row.get(path) or ""
            if text.isdigit():
                found.setdefault(who[s.instance_id], []).append(int(text))
    return found


def age_heaping(some: Sequence[int]) -> Heaped:
    """Ages 23 to 62 that end in 0 or 5; Whipple's index is 500 times the share."""
    inside = [x for x in some if AGES[0] <= x <= AGES[1]]
    return heaped(sum(x % 5 == 0 for x in inside), len(inside), 0.2)


def start_heaping(a: Answered, mine: NDArray[np.bool_]) -> Heaped:
    """Interviews begun in a minute divisible by five."""
    minutes = [v.started.minute for v, on in zip(a.visits, mine.tolist(), strict=True) if on and v.started]
    return heaped(sum(m % 5 == 0 for m in minutes), len(minutes), 0.2)


def heaping(a: Answered) -> tuple[list[Row], list[Finding]]:
    """Rows of the round, and a finding for the round and for each person who heaps."""
    by, wave = ages(a), a.seen.round.wave
    everything = [x for some in by.values() for x in some]
    whole, begun = age_heaping(everything), start_heaping(a, np.ones(len(a.visits), dtype=bool))
    rows = [_row(wave, name, h) for name, h in (("m_age", whole), ("start", begun)) if h.n]
    return rows, [*_age_findings(a, by, whole), *_start_findings(a)]


def _row(wave: int, question: str, h: Heaped) -> Row:
    within = (100 * h.lower, 100 * h.upper)
    method = f"Jeffreys; {100 * h.expected:.0f}% by chance"
    return r.measured(wave, r.HEAPING, 100 * h.hits / h.n, "percent", category=question, within=within, n=h.n, method=method)


def _age_findings(a: Answered, by: dict[str, list[int]], whole: Heaped) -> Iterator[Finding]:
    most = limit("whipple")
    if whole.n >= _LEAST_AGES and 500 * whole.lower > most:
        yield person(
            a, "yellow", "age_heaping", "", f"≤ {most:.0f}", f"{500 * whole.hits / whole.n:.0f}", DO["age_heaping"], "m_age"
        )
        return
    for code, some in sorted(by.items()):
        h = age_heaping(some)
        if code and h.n >= _LEAST_AGES and 500 * _strict(h, len(by)) > most:
            yield person(
                a, "yellow", "age_heaping", code, f"≤ {most:.0f}", f"{500 * h.hits / h.n:.0f}", DO["age_heaping"], "m_age"
            )


def _start_findings(a: Answered) -> Iterator[Finding]:
    most, team = limit("start_heaping"), sorted(set(a.enumerators.tolist()) - {""})
    for code in team:
        h = start_heaping(a, a.enumerators == code)
        if h.n >= r.LEAST and 100 * _strict(h, len(team)) > most:
            got = f"{100 * h.hits / h.n:.0f}%"
            yield person(a, "yellow", "start_heaping", code, f"≤ {most:.0f}%", got, DO["start_heaping"], "start")


def _strict(h: Heaped, people: int) -> float:
    """Lower end of an interval that holds for all people of the team together (Bonferroni)."""
    return heaped(h.hits, h.n, h.expected, 1 - 0.2 / max(people, 1)).lower
