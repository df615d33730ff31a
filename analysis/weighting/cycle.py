"""Calibration and trimming in turn until both hold, for one wave and any number of replicates at once.

Imports numpy, distances and units.  Arrays in, arrays out: weights, cells and strata; no columns, no answers.
The ratio of a calibration depends on a person's auxiliary values only, so everything is solved on cells (combinations of
categories) instead of persons: one margin in closed form, several by Newton's method on all replicates together.
Trimming is on the weight of one person: in a replicate that draws a hamlet three times its people count three times, their
own weights are not three times as large, and the median of a stratum counts them three times.
Sources: Deville and Saerndal (1992) JASA 87:376; Potter (1990) Proc. ASA SRMS 225 (cut, share, calibrate again);
R survey 4.1 `trimWeights` (equal shares of what was cut).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..units import FloatArray, IntArray
from .distances import Distance

ROUNDS = 50
SLACK = 1e-6
STEPS = 60
MET = 1e-9
TIGHT = 1e-12
RANK = 1e-10
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Cells:
    """The controls of one wave on cells.

    of: (n,) cell of each person.  matrix: (C, q), 1 where a cell lies in a category.  totals: (q,) residents.
    near: for each category its neighbours within the margin, best first.  margins: how many margins there are.
    """

    of: IntArray
    matrix: FloatArray
    totals: FloatArray
    near: tuple[tuple[int, ...], ...]
    margins: int


@dataclass(frozen=True, eq=False)
class Cycled:
    """ratio, trim: (n, R) the two factors.  rounds: calibrations made.  cut: (n, R) who was ever cut.

    (R,) each: over, weights still above the limit; free, replicates calibrated without the bounds; moved, replicates with an
    empty category whose residents went to its neighbour; failed, replicates that meet their totals in no way.
    """

    ratio: FloatArray
    trim: FloatArray
    rounds: int
    cut: Mask
    over: IntArray
    free: Mask
    moved: Mask
    failed: Mask

    @property
    def after(self) -> FloatArray:
        """(n, R) both factors together."""
        return self.ratio * self.trim


def cells_of(groups: Sequence[IntArray], totals: Sequence[Sequence[float]], near: Sequence[Sequence[Sequence[int]]]) -> Cells:
    """Cells of people whose category in each margin is groups[m] (n,); totals[m]: residents by category."""
    together = np.column_stack(groups)
    found, of = np.unique(together, axis=0, return_inverse=True)
    sizes = [len(t) for t in totals]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(int)
    matrix = np.zeros((len(found), sum(sizes)))
    for m, start in enumerate(starts.tolist()):
        matrix[np.arange(len(found)), start + found[:, m]] = 1.0
    beside = tuple(tuple(start + k for k in some) for start, one in zip(starts.tolist(), near, strict=True) for some in one)
    flat = np.array([v for t in totals for v in t], dtype=np.float64)
    return Cells(of.reshape(-1).astype(np.intp), matrix, flat, beside, len(groups))


def cycle(
    start: FloatArray, times: FloatArray, cells: Cells | None, stratum: IntArray, distance: Distance, trim: float | None
) -> Cycled:
    """Factors (n, R) that give the totals with no weight above `trim` times the median of its stratum.

    start: (n, R) each person's weight before; times: (n, R) how often a replicate counts the person, 1 in the full sample.
    Round by round: calibrate start x cut, cut what is above the limit, share the excess equally in the stratum, again, until
    nothing exceeds the limit by more than 1e-6 or ROUNDS are over: the totals hold in any case, `over` says what does not.
    """
    n, r = start.shape
    ratio, cut, ever = np.ones((n, r)), np.ones((n, r)), np.zeros((n, r), dtype=bool)
    over = np.zeros(r, dtype=np.intp)
    free, moved, failed = (np.zeros(r, dtype=bool) for _ in range(3))
    at, rounds = np.arange(r), 0
    while len(at):
        rounds += 1
        d, a = start[:, at] * cut[:, at], times[:, at]
        if cells is not None:
            g, *flags = calibrated(cells, _summed(cells, a * d), distance)
            ratio[:, at] = g[cells.of]
            for kept, flag in zip((free, moved, failed), flags, strict=True):
                kept[at] |= flag
        if trim is None:
            break
        w = d * ratio[:, at]
        out, new = _cut(w, a, stratum, trim)
        over[at] = out.sum(axis=0)
        more = over[at] > 0
        at = at[more]
        if rounds == ROUNDS:
            break
        with np.errstate(divide="ignore", invalid="ignore"):
            cut[:, at] *= np.where(w[:, more] > 0, new[:, more] / w[:, more], 1.0)
        ever[:, at] |= out[:, more]
    return Cycled(ratio, cut, rounds, ever, over, free, moved, failed)


def _cut(w: FloatArray, times: FloatArray, stratum: IntArray, trim: float) -> tuple[Mask, FloatArray]:
    """Who is above the limit (n, R), and the weights after one cut with the excess shared equally in the stratum."""
    out, new = np.zeros(w.shape, dtype=bool), w.copy()
    for h in np.unique(stratum).tolist():
        rows = np.flatnonzero(stratum == h)
        here, a = w[rows], times[rows]
        limit = trim * median(here, a)
        above = (here > limit * (1 + SLACK)) & (a > 0)
        if not above.any():
            continue
        excess = (a * np.where(above, here - limit, 0.0)).sum(axis=0)
        rest = np.where(above, 0.0, a).sum(axis=0)
        share = np.where(rest > 0, excess / np.where(rest > 0, rest, 1.0), 0.0)
        new[rows] = np.where(above, limit, here + share)
        out[rows] = above
    return out, new


def median(values: FloatArray, times: FloatArray) -> FloatArray:
    """(R,) median of each column, every value counted `times`; the mean of the two middle ones where they part in half."""
    order = np.argsort(values, axis=0, kind="stable")
    v, a = np.take_along_axis(values, order, axis=0), np.take_along_axis(times, order, axis=0)
    below = np.cumsum(a, axis=0)
    half = below[-1] / 2
    edge = 1e-9 * below[-1]
    low = np.argmax(below >= half - edge, axis=0)
    high = np.argmax(below > half + edge, axis=0)
    column = np.arange(values.shape[1])
    return np.asarray((v[low, column] + v[high, column]) / 2, dtype=np.float64)


def calibrated(cells: Cells, size: FloatArray, distance: Distance) -> tuple[FloatArray, Mask, Mask, Mask]:
    """Ratios (C, R) for cells of weighted size (C, R), and which replicates were freed of the bounds, moved, failed."""
    totals, moved = _totals(cells, size)
    ratio, met = _solved(cells, size, totals, distance)
    free = ~met
    if free.any():
        again, met = _solved(cells, size[:, free], totals[:, free], Distance("raking"))
        ratio[:, free] = again
        failed = free.copy()
        failed[free] = ~met
        return ratio, free & ~failed, moved, failed
    return ratio, free, moved, np.zeros(len(free), dtype=bool)


def _totals(cells: Cells, size: FloatArray) -> tuple[FloatArray, Mask]:
    """(q, R) residents by category; those of an empty category go to its first neighbour with somebody."""
    inside = cells.matrix.T @ size
    totals = np.repeat(cells.totals[:, None], size.shape[1], axis=1)
    empty = (inside <= 0) & (totals > 0)
    for j, r in np.argwhere(empty).tolist():
        to = next((k for k in cells.near[j] if inside[k, r] > 0), None)
        if to is not None:
            totals[to, r] += cells.totals[j]
            totals[j, r] = 0.0
    return totals, np.asarray(empty.any(axis=0), dtype=bool)


def _solved(cells: Cells, size: FloatArray, totals: FloatArray, distance: Distance) -> tuple[FloatArray, Mask]:
    """Ratios (C, R) and whether they meet the totals within the distance's bounds."""
    if cells.margins > 1:
        return _newton(cells.matrix, size, totals, distance)
    inside, wanted = cells.matrix.T @ size, totals
    ratio = cells.matrix @ np.where(inside > 0, wanted / np.where(inside > 0, inside, 1.0), 1.0)
    here = size > 0
    fits = (ratio >= distance.lower * (1 - TIGHT)) & (ratio <= distance.upper * (1 + TIGHT))
    met: Mask = np.logical_and((fits | ~here).all(axis=0), ((inside > 0) | (wanted <= 0)).all(axis=0))
    return ratio, met


def _newton(x: FloatArray, size: FloatArray, totals: FloatArray, distance: Distance) -> tuple[FloatArray, Mask]:
    """Newton's method on every replicate at once, steps halved where they do not help."""
    scale = np.maximum(totals, x.T @ size)
    scale = np.where(scale > 0, scale, 1.0)
    u = np.zeros_like(size)
    gap = totals - x.T @ (size * distance.ratio(u))
    worst = np.abs(gap / scale).max(axis=0)
    stuck = np.zeros(len(worst), dtype=bool)
    for _ in range(STEPS):
        at = np.flatnonzero((worst > TIGHT) & ~stuck)
        if not len(at):
            break
        along = x @ _direction(x, size[:, at] * distance.slope(u[:, at]), gap[:, at])
        step, todo = 1.0, np.arange(len(at))
        while len(todo) and step > 1e-6:
            r = at[todo]
            new = u[:, r] + step * along[:, todo]
            left = totals[:, r] - x.T @ (size[:, r] * distance.ratio(new))
            off = np.abs(left / scale[:, r]).max(axis=0)
            good = off < worst[r] * (1 - 1e-4 * step)
            u[:, r[good]], gap[:, r[good]], worst[r[good]] = new[:, good], left[:, good], off[good]
            todo, step = todo[~good], step / 2
        stuck[at[todo]] = True
    return distance.ratio(u), worst <= MET


def _direction(x: FloatArray, slope: FloatArray, gap: FloatArray) -> FloatArray:
    """(q, R) Newton directions; redundant categories by the pseudo-inverse."""
    inner = np.einsum("ci,cr,cj->rij", x, slope, x, optimize=True)
    inverse = np.linalg.pinv(inner, rcond=RANK, hermitian=True)
    return np.asarray(np.einsum("rij,jr->ir", inverse, gap), dtype=np.float64)


def _summed(cells: Cells, weight: FloatArray) -> FloatArray:
    """(C, R) weighted size of each cell."""
    order = np.argsort(cells.of, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(cells.of[order]) > 0])
    return np.asarray(np.add.reduceat(weight[order], starts, axis=0), dtype=np.float64)
