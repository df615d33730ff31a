"""Signs of invented interviews, by enumerator: each earns points, the sum says how soon to call back.  Never a conclusion.

Imports checks, effects, kinds, limits, noticed and rows.  Pairs of interviews of one enumerator are compared
question by question; a finding names the signs, never an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..findings import Finding
from ..results import Row
from . import rows as r
from .checks import counted
from .effects import Measured, share
from .kinds import DONT_KNOW, NOT_ASKED, REFUSED
from .limits import limit
from .noticed import person

if TYPE_CHECKING:
    from .answered import Answered

Numbers = NDArray[np.float64]
SIGNS = "daily_signs"
_LEAST_QUESTIONS = 30
_CONSTANT = 0.9
DO = {
    "fabrication_signs": "Gọi lại 5 hộ của người này trước khi kết luận; đây là dấu hiệu, không phải kết luận | Call back 5 "
    "of this person's households before concluding anything; these are signs, not a verdict",
}


@dataclass(frozen=True)
class Signs:
    """What one enumerator's interviews show.  alike: middle share of equal answers with the most similar one of their own;
    variance: of attitude answers between their interviews, of the team's.  None: too few to say.
    """

    code: str
    n: int
    alike: float | None
    variance: float | None
    signs: tuple[str, ...]

    @property
    def points(self) -> int:
        """The sum of the signs' points."""
        return sum(int(limit(f"sign_{s}")) for s in self.signs)


def signs(a: Answered, length: Measured | None) -> tuple[Signs, ...]:
    """Every enumerator with enough interviews, in order of code.  length: effects.minutes of the same interviews."""
    met, silent = _met(a), _silent(a)
    coded, spread = _coded(a), _variance(a)
    found = []
    for code in sorted(set(a.enumerators.tolist()) - {""}):
        mine = a.enumerators == code
        n = int(mine.sum())
        if n < r.LEAST:
            continue
        alike = nearest(coded[mine])
        seen = {
            "fast": length is not None and length.outside(code) == "low",
            "alike": alike is not None and alike >= limit("alike"),
            "little_variance": spread.get(code, 1.0) < limit("little_variance"),
            "all_met": met is not None and met.outside(code) == "high",
            "few_no_answers": silent is not None and silent.outside(code) == "low",
        }
        found.append(Signs(code, n, alike, spread.get(code), tuple(s for s, on in seen.items() if on)))
    return tuple(found)


def findings(a: Answered, some: Sequence[Signs]) -> list[Finding]:
    """One finding a person whose signs reach a limit; its question names them, so that a new sign asks again."""
    yellow, red = limit("fabrication_yellow"), limit("fabrication_red")
    return [
        person(
            a, "red" if s.points >= red else "yellow", "fabrication_signs", s.code, f"< {yellow:.0f}", str(s.points),
            DO["fabrication_signs"], "+".join(s.signs),
        )
        for s in some if s.points >= yellow
    ]  # fmt: skip


def counts(a: Answered, some: Sequence[Signs]) -> list[Row]:
    """Interviews that were judged, and those of people with strong signs; nobody is named."""
    n = {"all": sum(s.n for s in some), "red": sum(s.n for s in some if s.points >= limit("fabrication_red"))}
    return [r.count(a.seen.round.wave, SIGNS, category, value) for category, value in n.items()]


def nearest(coded: NDArray[np.int16]) -> float | None:
    """Middle, over interviews, of the greatest share of equal answers with another one; None where nothing is comparable.

    coded: a row an interview, a column a question; -1 not asked.
    """
    if len(coded) < 2:
        return None
    best = []
    for i, row in enumerate(coded):
        both = (coded != -1) & (row != -1)
        n = both.sum(1)
        equal = ((coded == row) & both).sum(1)
        usable = n >= _LEAST_QUESTIONS
        usable[i] = False
        if usable.any():
            best.append(float((equal[usable] / n[usable]).max()))
    return float(np.median(best)) if best else None


def _coded(a: Answered) -> NDArray[np.int16]:
    """Answers to questions with choices as numbers; questions that (nearly) everybody answers alike are left out."""
    columns = []
    for name, kinds in a.kinds.items():
        if a.variables[name].type != "code" or not a.variables[name].choices:
            continue
        known = {c: i for i, c in enumerate(a.variables[name].codes)}
        put = kinds != NOT_ASKED
        column = np.array([known.get(t, -1) for t in a.columns[name]], dtype=np.int16)
        column[~put] = -1
        given = column[column >= 0]
        if len(given) and np.bincount(given).max() < _CONSTANT * len(given):
            columns.append(column)
    return np.stack(columns, axis=1) if columns else np.empty((len(a.visits), 0), dtype=np.int16)


def _variance(a: Answered) -> dict[str, float]:
    """Variance of attitude answers between the interviews of each enumerator, over that of all interviews, middle item."""
    scales = list(a.likert().values())
    if not scales:
        return {}
    given = np.concatenate(scales)
    whole = _spread(given)
    found = {}
    for code in set(a.enumerators.tolist()):
        mine = _spread(given[:, a.enumerators == code])
        ratios = np.divide(mine, whole, out=np.full_like(whole, np.nan), where=whole > 0)
        if not np.isnan(ratios).all():
            found[str(code)] = float(np.nanmedian(ratios))
    return found


def _spread(given: Numbers) -> Numbers:
    """Variance of each row over its answers, NaN with fewer than two."""
    n = (~np.isnan(given)).sum(1)
    mean = np.divide(np.nansum(given, axis=1), n, out=np.zeros(len(given)), where=n > 0)
    squares = np.nansum((given - mean[:, None]) ** 2, axis=1)
    spread: Numbers = np.divide(squares, n - 1, out=np.full(len(given), np.nan), where=n > 1)
    return spread


def _met(a: Answered) -> Measured | None:
    """Share of visits that became an interview."""
    visits = [v for v in a.seen.visits if counted(v)]
    who, psu = (np.array([getattr(v, n) for v in visits], dtype=object) for n in ("enumerator", "psu"))
    done = np.array([v.completed for v in visits], dtype=float)
    return share("met", who, psu, done, np.ones(len(visits)), limit("all_met"), low=False)


def _silent(a: Answered) -> Measured | None:
    """Share of don't know and refusals; outside low: hardly any."""
    (unknown, of), (refused, _) = a.count(DONT_KNOW), a.count(REFUSED)
    m = share("silent", a.enumerators, a.psus, unknown + refused, of, 100, low=False)
    if m is None or m.middle is None:
        return None
    least = m.middle * limit("few_no_answers")
    looked = (replace(e, outside="low" if e.n >= r.LEAST and e.upper < least else "") for e in m.effects)
    return replace(m, band=(least, 100.0), effects=tuple(looked))
