"""Power by simulation: two-wave surveys drawn from the scenario, judged by the project's own variance, Fieller and verdict.

Imports survey and this room's statistics (levels, change, verdict).  Nothing of the variance is written here a second time: each
run's sums by hamlet become a column of `Totals`, and `from_totals`, `changes`, `change_table`, `verdict` do the rest.

Population.  A hamlet's mean in each wave is beta distributed with the scenario's level and variance icc sd^2; a kept hamlet's two
means are joined by a normal copula whose correlation makes theirs exactly `correlation`.  A share: persons Bernoulli.  A score:
persons beta on 0-100 about their hamlet's mean, so that nobody leaves the scale and the total sd is exactly the scenario's.
Each issued household yields a respondent of the group independently (`yields`); weights are lognormal with 1 + cv^2 = weighting,
anew in each wave, one a hamlet or one a person (`weights`).  Strata hold hamlets as evenly as whole numbers allow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import betaincinv, ndtr

from ..change import change_table, changes
from ..design import Design, Lonely
from ..levels import Stat, columns_of, from_totals
from ..totals import Column, Totals
from ..units import FloatArray
from ..verdict import UP, Reading, Word, verdict
from .survey import FULL, Scenario

BATCH = 100
SUMS = ("n", "w", "wy", "wyy")
DESIGN = Design("stratum", "psu", "weight", "wave", Lonely("fail", "fail"), "domain")
PROVEN: Mapping[str, frozenset[Word]] = {"met": frozenset({"met", "high"}), "high": frozenset({"high"}), "up": UP}
GRID = np.linspace(-8.0, 8.0, 4001)


@dataclass(frozen=True)
class Simulated:
    """What came out.  words: how often each word of the relative reading fell; points: the same of the reading in points.

    mean, variance: of the difference, and of its estimated variance (mean over runs), for checks of the simulation itself.
    """

    runs: int
    words: Mapping[Word, float]
    points: Mapping[Word, float]
    mean: float
    variance: float
    estimated: float

    def proven(self, what: str, *, reading: str = "relative") -> float:
        """Share of runs that proved «met» (the lower level), «high» (the upper), or «up»."""
        found = self.words if reading == "relative" else self.points
        return sum(found.get(word, 0.0) for word in PROVEN[what])

    def error(self, share: float) -> float:
        """Monte Carlo standard error of a share of the runs."""
        return math.sqrt(share * (1 - share) / self.runs)


@dataclass(frozen=True)
class Layout:
    """Sampled hamlets of both waves: (stratum, id) in sorted order, how many hold the group, and which of those are kept.

    holds, kept: positions among a wave's hamlets; kept pairs stand in the same order in both.
    """

    places: tuple[tuple[tuple[str, str], ...], ...]
    holds: tuple[tuple[int, ...], tuple[int, ...]]
    kept: tuple[tuple[int, ...], tuple[int, ...]]


def simulate(
    s: Scenario, now: float, runs: int, seed: int, *, low: float, high: float, step: Callable[[int], None] | None = None
) -> Simulated:
    """Surveys of a scenario whose true later level is `now`; low, high: the target's two levels in percent (and in points)."""
    rng = np.random.default_rng([seed, runs])
    layout = layout_of(s)
    words: dict[Word, int] = {}
    points: dict[Word, int] = {}
    difference, estimated = [], []
    for start in range(0, runs, BATCH):
        k = min(BATCH, runs - start)
        rows = _judged(s, now, layout, k, rng)
        for of_points, found in ((False, words), (True, points)):
            for word in _words(rows, low, high, of_points=of_points):
                found[word] = found.get(word, 0) + 1
        first = [e == "diff" for e in rows["estimand"]]
        difference += [math.nan if v is None else v for v, f in zip(rows["estimate"], first, strict=True) if f]
        estimated += [math.nan if v is None else v**2 for v, f in zip(rows["se"], first, strict=True) if f]
        if step:
            step(k)
    return Simulated(
        runs, {w: n / runs for w, n in words.items()}, {w: n / runs for w, n in points.items()},
        float(np.nanmean(difference)), float(np.nanvar(difference)), float(np.nanmean(estimated)),
    )  # fmt: skip


def _judged(s: Scenario, now: float, layout: Layout, k: int, rng: np.random.Generator) -> Mapping[str, Any]:
    """The table of changes of k surveys, by the report's own functions."""
    blocks = _sums(s, now, layout, k, rng)
    keys = tuple((t, *place) for t in (0, 1) for place in layout.places[t])
    columns = tuple(Column(f"y{r:03}", ()) for r in range(k))
    totals = Totals(keys, columns, np.concatenate(blocks, axis=1), SUMS)
    named = columns_of([(c.variable, ()) for c in columns])
    stat: Stat = "mean" if s.kind == "mean" else "proportion"
    found = {t: from_totals(totals, DESIGN, named, t, "fail", stat, None) for t in (0, 1)}
    made = changes(found, DESIGN, wave=1, base=0)
    return change_table(made, DESIGN, "relative", confidence=s.confidence).columns


def _words(rows: Mapping[str, Any], low: float, high: float, *, of_points: bool) -> list[Word]:
    """The word of each survey, from Fieller's interval or from the t interval of the difference."""
    wanted = ("diff" if of_points else "rel", "wave_centred")
    reading: Reading = "points" if of_points else "relative"
    return [
        verdict(lower, upper, threshold=low, high=high, reading=reading).word
        for e, m, lower, upper in zip(rows["estimand"], rows["method"], rows["lower"], rows["upper"], strict=True)
        if (e, m) == wanted
    ]


def layout_of(s: Scenario) -> Layout:
    """Hamlets by stratum, wave and whether they hold the group; the kept ones among those that do."""
    sizes = [s.psus, s.later[0] if s.later else s.psus]
    by_wave = [np.diff(np.round(np.linspace(0, m, s.strata + 1)).astype(int)) for m in sizes]
    holds = [_rounded(counts * s.lives) for counts in by_wave]
    both = np.minimum(_rounded(s.overlap * holds[1]), np.minimum(*holds))
    places: list[tuple[tuple[str, str], ...]] = []
    held: list[tuple[int, ...]] = []
    same: list[tuple[int, ...]] = []
    for t in (0, 1):
        mine: list[tuple[str, str]] = []
        at, keep = [], []
        for h in range(s.strata):
            for i in range(int(by_wave[t][h])):
                if i < holds[t][h]:
                    at.append(len(mine))
                if i < both[h]:
                    keep.append(len(mine))
                mine.append((f"{h:03}", f"{h:03}{'k' if i < both[h] else f'n{t}'}{i:05}"))
        places.append(tuple(mine))
        held.append(tuple(at))
        same.append(tuple(keep))
    return Layout(tuple(places), (held[0], held[1]), (same[0], same[1]))


def _rounded(exact: FloatArray) -> FloatArray:
    """Whole numbers whose running sum is that of `exact`, rounded."""
    return np.diff(np.floor(np.cumsum(exact) + 0.5 + 1e-9), prepend=0.0).astype(int)


def _sums(s: Scenario, now: float, layout: Layout, k: int, rng: np.random.Generator) -> list[FloatArray]:
    """n, w, wy, wyy of each wave, (sums, hamlets, k)."""
    means = hamlet_means(s, now, layout, k, rng)
    out = []
    for t in (0, 1):
        n = round(s.sizes(t)[1])
        m = means[t]
        y = _persons(s, (s.baseline, now)[t], m, n, t, rng)
        sigma = math.sqrt(math.log(s.weighting))
        w = np.exp(sigma * rng.standard_normal((1, *m.shape) if s.weights == "hamlets" else y.shape))
        w = w * (rng.random(y.shape) < s.yields)
        block = np.zeros((len(SUMS), len(layout.places[t]), k))
        block[:, list(layout.holds[t])] = (w > 0).sum(axis=0), w.sum(axis=0), (w * y).sum(axis=0), (w * y * y).sum(axis=0)
        out.append(block)
    return out


def hamlet_means(s: Scenario, now: float, layout: Layout, k: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """(hamlets that hold the group, k) true means by wave, 0-1."""
    levels = (s.baseline, now)
    between = [s.icc * s.spread(level, t) ** 2 / FULL**2 for t, level in enumerate(levels)]
    shapes = [_shape(level / FULL, v) for level, v in zip(levels, between, strict=True)]
    z = [rng.standard_normal((len(layout.holds[t]), k)) for t in (0, 1)]
    if shapes[0] and shapes[1] and layout.kept[1]:
        rho = copula(shapes[0], shapes[1], s.correlation)
        at = [np.searchsorted(layout.holds[t], layout.kept[t]) for t in (0, 1)]
        z[1][at[1]] = rho * z[0][at[0]] + math.sqrt(1 - rho**2) * z[1][at[1]]
    one, two = (
        np.full(z[t].shape, levels[t] / FULL) if shape is None else np.interp(z[t], GRID, _quantile(shape, GRID))
        for t, shape in enumerate(shapes)
    )
    return one, two


def _shape(mean: float, variance: float) -> tuple[float, float] | None:
    """Parameters of the beta distribution with a mean and a variance; None without variance."""
    if variance <= 0:
        return None
    total = mean * (1 - mean) / variance - 1
    return mean * total, (1 - mean) * total


def _quantile(shape: tuple[float, float], z: FloatArray) -> FloatArray:
    """The beta quantile of a standard normal value."""
    return np.asarray(betaincinv(*shape, ndtr(z)), dtype=np.float64)


def copula(first: tuple[float, float], second: tuple[float, float], correlation: float) -> float:
    """The correlation of two normals whose beta transforms correlate `correlation` (the largest there is, if more is asked).

    Hermite expansion: cov = sum over k of c1_k c2_k rho^k / k!, c_k = E g(Z) He_k(Z) by Gauss-Hermite quadrature.
    """
    from numpy.polynomial.hermite_e import hermegauss, hermevander
    from scipy.optimize import brentq

    if correlation == 0:
        return 0.0
    nodes, weight = hermegauss(80)
    weight = weight / weight.sum()
    basis = hermevander(nodes, 30)[:, 1:]
    factorial = np.cumprod(np.arange(1.0, 31.0))
    c = [(weight * _quantile(shape, nodes)) @ basis for shape in (first, second)]
    sd = [math.sqrt(float((one**2 / factorial).sum())) for one in c]

    def excess(rho: float) -> float:
        joint = float((c[0] * c[1] / factorial * rho ** np.arange(1, 31)).sum())
        return joint / (sd[0] * sd[1]) - correlation

    return 1.0 if excess(1.0) <= 0 else float(brentq(excess, 0.0, 1.0))


def _persons(s: Scenario, level: float, means: FloatArray, n: int, wave: int, rng: np.random.Generator) -> FloatArray:
    """(n, hamlets, k) answers: 0 or 1 of a share, 0-100 of a score."""
    if s.kind == "share":
        return (rng.random((n, *means.shape)) < means).astype(np.float64)
    mu, sd = level / FULL, s.spread(level, wave) / FULL
    inside = (1 - s.icc) * sd**2
    total = max((mu * (1 - mu) - s.icc * sd**2) / inside - 1, 1e-9)
    safe = np.clip(means, 1e-9, 1 - 1e-9)
    return FULL * rng.beta(safe * total, (1 - safe) * total, (n, *means.shape))
