"""Figures of enumerators with shrunken 80 % intervals: minutes, don't know, refusals, straight-lining.  Never a league table.

Imports kinds, limits, rows and shrunken.  A figure says that somebody's interviews differ, not why: people and their hamlets
are told apart only where somebody worked in several (shrunken.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ..results import Row, Unit
from . import rows as r
from .kinds import DONT_KNOW, REFUSED
from .limits import limit
from .shrunken import LEAST_PEOPLE, Team, shrink

if TYPE_CHECKING:
    from .answered import Answered

Numbers = NDArray[np.float64]
METHOD = "hierarchical normal, flat prior on the spread between enumerators, hamlets within enumerators"
FEW = "dưới 10 phiếu: chưa nhận xét | under 10 interviews: not judged"
NO_TEAM = "dưới 3 điều tra viên: chưa kéo về mức chung | fewer than 3 enumerators: not drawn in"


@dataclass(frozen=True)
class Effect:
    """One enumerator's figure, in the measure's unit.  n: interviews (visits for refusals); outside: '' | low | high."""

    code: str
    n: int
    estimate: float
    lower: float
    upper: float
    outside: str


@dataclass(frozen=True)
class Measured:
    """One measure of all enumerators.  middle: median over those with enough interviews, None where there are none; band: what is
    within it is not looked at.
    """

    indicator: str
    unit: Unit
    middle: float | None
    band: tuple[float, float]
    effects: tuple[Effect, ...]
    overall: float
    n: int

    def outside(self, code: str) -> str:
        """Whether somebody lies outside, and on which side."""
        return next((e.outside for e in self.effects if e.code == code), "")


def rows_of(m: Measured, wave: int) -> list[Row]:
    """The round's figure, then one row an enumerator."""
    found = [r.measured(wave, m.indicator, m.overall, m.unit, n=m.n, estimand=_estimand(m))]
    few = NO_TEAM if len(m.effects) < LEAST_PEOPLE else ""
    found += [
        r.measured(
            wave, m.indicator, e.estimate, m.unit, domain={"enumerator": e.code}, within=(e.lower, e.upper), n=e.n,
            method=METHOD, state=r.OUTSIDE if e.outside else "", reason=FEW if e.n < r.LEAST else few, estimand=_estimand(m),
        )
        for e in m.effects
    ]  # fmt: skip
    return found


def _estimand(m: Measured) -> Literal["mean", "proportion"]:
    return "mean" if m.unit == "minute" else "proportion"


# ---- the measures --------------------------------------------------------------------------------------------------


def minutes(a: Answered) -> Measured | None:
    """Length of interviews: the middle one (geometric mean), minutes.  What lies beyond `long` counts as that much."""
    kept = ~np.isnan(a.minutes) & (a.minutes > 0)
    if not kept.any():
        return None
    usual = float(np.median(a.minutes[kept]))
    logs = np.log(np.clip(a.minutes[kept], usual / 20, usual * limit("long")))
    who, psu = a.enumerators[kept], a.psus[kept]
    codes, values, variances, sizes = _means(who, psu, logs)
    band = (limit("minutes_low"), limit("minutes_high"))
    return _finish(r.MINUTES, "minute", codes, values, variances, sizes, np.exp, lambda m: (m * band[0], m * band[1]), usual)


def of_answers(a: Answered, indicator: str, kind: int, *, low: bool) -> Measured | None:
    """Share of a kind of no-answer among the questions put that offer it, percent."""
    n, of = a.count(kind)
    width = limit("dont_know" if kind == DONT_KNOW else "item_refused")
    return share(indicator, a.enumerators, a.psus, n, of, width, low=low)


def no_answers(a: Answered) -> tuple[Measured | None, Measured | None]:
    """Don't know and refusals of single questions."""
    return of_answers(a, r.DONT_KNOW, DONT_KNOW, low=True), of_answers(a, r.ITEM_REFUSED, REFUSED, low=False)


def share(
    indicator: str, who: NDArray[np.object_], psu: NDArray[np.object_], n: Numbers, of: Numbers, width: float, *, low: bool
) -> Measured | None:
    """A share of counts by enumerator, percent.  width: points from the middle; low: whether too little is looked at as well.

    Variance-stabilised (Anscombe 1948, Biometrika 35:246); his constants are shared out over the hamlets of a person.
    """
    if not of.sum():
        return None
    groups, whose = _groups(who, psu)
    hits, put, size = (_sums(groups, w) for w in (n, of, np.ones(len(n))))
    spread = _dispersion(groups, n, of, hits, put)
    x, d = hits / spread, put / spread
    of_person = {c: sum(d[i] for i, other in enumerate(whose) if other == c) for c in set(whose)}
    part = d / np.maximum([of_person[c] for c in whose], 1e-9)
    z, v = 2 * np.arcsin(np.sqrt((x + 0.375 * part) / np.maximum(d + 0.75 * part, 1e-9))), 1 / (d + 0.5 * part + 1e-9)
    made = _finish(
        indicator, "percent", whose, z, v, size, _percent,
        lambda m: (m - width if low else -np.inf, m + width), 100 * float(n.sum() / of.sum()),
    )  # fmt: skip
    none, every = (
        {c for c in set(whose) if sum(some[i] for i, other in enumerate(whose) if other == c) <= 0} for some in (hits, put - hits)
    )
    return replace(made, effects=tuple(_bounded(e, none=e.code in none, every=e.code in every) for e in made.effects))


def _bounded(e: Effect, *, none: bool, every: bool) -> Effect:
    """Who had no case may have none, who had nothing else may have nothing else: Anscombe's constants keep off both ends."""
    return replace(e, lower=0.0 if none else e.lower, upper=100.0 if every else e.upper)


def _percent(z: Numbers) -> Numbers:
    """Back from 2 arcsin(sqrt(p)) to percent."""
    return np.asarray(100 * np.sin(np.clip(z, 0, np.pi) / 2) ** 2)


def _groups(who: NDArray[np.object_], psu: NDArray[np.object_]) -> tuple[NDArray[np.int64], list[str]]:
    """A number for each interview's (enumerator, hamlet), and the enumerator of each number."""
    pairs = list(zip(who.tolist(), psu.tolist(), strict=True))
    known = {p: i for i, p in enumerate(sorted(set(pairs)))}
    return np.array([known[p] for p in pairs], dtype=np.int64), [p[0] for p in known]


def _sums(groups: NDArray[np.int64], values: Numbers) -> Numbers:
    """Sum of the values of each group."""
    return np.bincount(groups, weights=values).astype(float)


def _means(who: NDArray[np.object_], psu: NDArray[np.object_], values: Numbers) -> tuple[list[str], Numbers, Numbers, Numbers]:
    """Mean of each group and its sampling variance by the pooled spread within groups; and its size."""
    groups, whose = _groups(who, psu)
    size = _sums(groups, np.ones(len(values)))
    mean = _sums(groups, values) / size
    left = len(values) - len(whose)
    pooled = float(((values - mean[groups]) ** 2).sum() / left) if left > 0 else float(values.var())
    return whose, mean, np.maximum(pooled, 1e-6) / size, size


def _dispersion(groups: NDArray[np.int64], n: Numbers, of: Numbers, x: Numbers, d: Numbers) -> float:
    """How much more counts vary between interviews of a group than independent answers would; at least 1."""
    p = np.divide(x, d, out=np.zeros_like(x), where=d > 0)[groups]
    inside = (p > 0) & (p < 1) & (of > 0)
    left = int(inside.sum()) - len(set(groups[inside].tolist()))
    if left <= 0:
        return 1.0
    chi = ((n - of * p) ** 2)[inside] / (of * p * (1 - p))[inside]
    return max(1.0, float(chi.sum()) / left)


def _finish(
    indicator: str, unit: Unit, codes: Sequence[str], values: Numbers, variances: Numbers, sizes: Numbers,
    back: Callable[[Numbers], Numbers], band: Callable[[float], tuple[float, float]], overall: float,
) -> Measured:  # fmt: skip
    """Shrink, go back to the unit, and say who lies outside the band."""
    team = shrink(codes, values.tolist(), variances.tolist(), r.LEVEL)
    n = dict.fromkeys(codes, 0)
    for code, size in zip(codes, sizes.tolist(), strict=True):
        n[code] += int(size)
    enough = [e.own for e in team.effects if n[e.code] >= r.LEAST]
    middle = float(back(np.array([np.median(enough)]))[0]) if enough else None
    low, high = band(middle) if middle is not None else (-np.inf, np.inf)
    return Measured(indicator, unit, middle, (low, high), _named(team, n, back, low, high), overall, sum(n.values()))


def _named(
    team: Team, n: dict[str, int], back: Callable[[Numbers], Numbers], low: float, high: float
) -> tuple[Effect, ...]:  # fmt: skip
    found = []
    for e in team.effects:
        estimate, lower, upper = back(np.array([e.estimate, e.lower, e.upper])).tolist()
        side = "low" if upper < low else "high" if lower > high else ""
        if e.code:
            found.append(Effect(e.code, n[e.code], estimate, lower, upper, side if n[e.code] >= r.LEAST else ""))
    return tuple(found)


def variance(a: Answered) -> tuple[float, tuple[float, float], int] | None:
    """Share (percent) of the variance of attitude scores that lies between enumerators, its 80 % interval, interviews.

    Score: mean of the items, reversed ones turned round.  None with fewer than three enumerators or no attitude scale.
    """
    for scale, given in a.likert().items():
        of = a.seen.book.scales[scale]
        turn = np.array([v.reverse for v in a.seen.book.items(scale)])[:, None]
        turned = np.where(turn, float(of.low or 0) + float(of.high or 0) - given, given)
        enough = (~np.isnan(turned)).sum(0) >= max(of.min_answered, 1)
        score = np.nanmean(turned[:, enough], axis=0) if enough.any() else np.empty(0)
        who, psu = a.enumerators[enough], a.psus[enough]
        if len(set(who.tolist())) < LEAST_PEOPLE:
            return None
        codes, values, variances, sizes = _means(who, psu, score)
        team = shrink(codes, values.tolist(), variances.tolist(), r.LEVEL)
        rest = float(np.mean(variances * sizes)) + (team.place or 0.0) ** 2
        middle, low, high = (100 * t**2 / (t**2 + rest) for t in (team.between, team.between_lower, team.between_upper))
        return middle, (low, high), len(score)
    return None
