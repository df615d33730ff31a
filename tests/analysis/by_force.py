"""Brute force: influence by changing one person's weight, variance by pairs of units, estimators as plain loops.

Nothing from analysis/ is used, and none of its algebra: no linearised scores, no centring, no matrices.  `people` makes
small random surveys of one or more waves as frames; `samples` lists every sample that a design could have drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], float]
STEP = 2e-3


def influence(statistic: Statistic, weight: Sequence[float]) -> Floats:
    """Each person's weight times the derivative of the estimator in it: central differences at two steps."""
    w = np.asarray(weight, dtype=float)
    out = np.zeros(len(w))
    for i in range(len(w)):

        def moved(h: float, i: int = i) -> float:
            up, down = w.copy(), w.copy()
            up[i] *= 1 + h
            down[i] *= 1 - h
            return (statistic(up) - statistic(down)) / (2 * h)

        out[i] = (4 * moved(STEP) - moved(2 * STEP)) / 3
    return out


def variance(
    u: Sequence[float],
    stratum: Sequence[Any],
    psu: Sequence[Any],
    ssu: Sequence[Any] | None = None,
    f1: dict[Any, float] | None = None,
    f2: dict[Any, float] | None = None,
    drawn: Sequence[tuple[Any, Any]] = (),
) -> float:
    """Of the sum of u: pairs of PSUs within strata, then pairs of SSUs within PSUs.

    f1: fraction by stratum; f2: by PSU; drawn: (stratum, psu) without persons.  A stratum of one adds nothing.
    """
    z: dict[Any, dict[Any, float]] = {}
    below: dict[Any, dict[Any, float]] = {}
    for h, i in drawn:
        z.setdefault(h, {}).setdefault(i, 0.0)
    for k, (value, h, i) in enumerate(zip(u, stratum, psu, strict=True)):
        own = z.setdefault(h, {})
        own[i] = own.get(i, 0.0) + value
        if ssu is not None:
            inner = below.setdefault((h, i), {})
            inner[ssu[k]] = inner.get(ssu[k], 0.0) + value
    total = 0.0
    for h, own in z.items():
        f = (f1 or {}).get(h, 0.0)
        total += (1 - f) * pairs(list(own.values()))
        for i in own:
            if (h, i) in below:
                total += f * (1 - (f2 or {}).get(i, 0.0)) * pairs(list(below[h, i].values()))
    return total


def pairs(values: Sequence[float]) -> float:
    """n/(n-1) times the sum of squares about the mean, as the sum over pairs (a - b)^2/(n - 1)."""
    if len(values) < 2:
        return 0.0
    return math.fsum((a - b) ** 2 for a, b in combinations(values, 2)) / (len(values) - 1)


def covariance(u: Sequence[float], v: Sequence[float], *design: Any, **options: Any) -> float:
    """By polarisation: (V(u + v) - V(u - v))/4."""
    a, b = np.asarray(u, dtype=float), np.asarray(v, dtype=float)
    return (variance(list(a + b), *design, **options) - variance(list(a - b), *design, **options)) / 4


def mean(y: Sequence[float], inside: Sequence[bool] | None = None) -> Statistic:
    """The weighted mean of those inside who answered."""
    values = np.asarray(y, dtype=float)
    here = ~np.isnan(values) & (np.ones(len(values), dtype=bool) if inside is None else np.asarray(inside, dtype=bool))
    return lambda w: math.fsum((w * values)[here]) / math.fsum(w[here])


def total(y: Sequence[float], inside: Sequence[bool] | None = None) -> Statistic:
    """The weighted total of those inside who answered."""
    values = np.asarray(y, dtype=float)
    here = ~np.isnan(values) & (np.ones(len(values), dtype=bool) if inside is None else np.asarray(inside, dtype=bool))
    return lambda w: math.fsum((w * values)[here])


def ratio(y: Sequence[float], x: Sequence[float], inside: Sequence[bool] | None = None) -> Statistic:
    """The ratio of two weighted totals among those inside who answered both."""
    a, b = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    here = ~np.isnan(a) & ~np.isnan(b) & (np.ones(len(a), dtype=bool) if inside is None else np.asarray(inside, dtype=bool))
    return lambda w: math.fsum((w * a)[here]) / math.fsum((w * b)[here])


def people(
    seed: int,
    *,
    strata: int = 3,
    psus: int = 4,
    persons: int = 4,
    waves: Sequence[int] = (0,),
    keep: float = 1.0,
    move: float = 0.0,
) -> pd.DataFrame:
    """A random survey: t, h, i, k, w, y, x, yes, sex, area, fpc N (of the stratum) and M (of the PSU).

    keep: share of a wave's PSUs that the next waves keep (the others are new); move: share that changes stratum.
    """
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    place = [(h, f"{h}{i}") for h in range(strata) for i in range(psus)]
    fresh = 0
    for at, t in enumerate(waves):
        if at:
            moved = []
            for h, i in place:
                if rng.random() >= keep:
                    fresh += 1
                    moved.append((h, f"n{fresh}"))
                else:
                    moved.append(((h + 1) % strata if rng.random() < move else h, i))
            place = moved
        for h, i in place:
            level = rng.normal(10 + 2 * h + at, 1.5)
            for k in range(int(rng.integers(2, persons + 1))):
                one = {
                    "t": t,
                    "h": f"S{h}",
                    "i": i,
                    "k": f"{t}{i}.{k}",
                    "N": 3.0 * psus + h,
                    "M": 8.0,
                    "w": float(rng.uniform(1, 9)),
                }
                one |= {
                    "y": float(rng.normal(level, 2)),
                    "x": float(rng.uniform(1, 2)),
                    "yes": int(rng.random() < 0.35 + 0.1 * at),
                }
                rows.append({**one, "sex": "fm"[int(rng.integers(2))], "area": "rtu"[int(rng.integers(3))]})
    return pd.DataFrame(rows)


def samples(sizes: Sequence[int], drawn: Sequence[int]) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Every stratified sample: drawn[h] of the units 0 ... sizes[h] - 1 of each stratum."""
    return product(*(combinations(range(size), n) for size, n in zip(sizes, drawn, strict=True)))


def joined(u: Sequence[float], wave: Sequence[Any], stratum: Sequence[Any], psu: Sequence[Any]) -> float:
    """Of a sum over waves: each wave's PSU sums about their own stratum's mean times sqrt(n/(n - 1)), added by PSU, squared."""
    z: dict[tuple[Any, Any], dict[Any, float]] = {}
    for value, t, h, i in zip(u, wave, stratum, psu, strict=True):
        own = z.setdefault((t, h), {})
        own[i] = own.get(i, 0.0) + value
    e: dict[Any, float] = {}
    for own in z.values():
        n = len(own)
        for i, value in own.items():
            if n > 1:
                e[i] = e.get(i, 0.0) + math.sqrt(n / (n - 1)) * (value - math.fsum(own.values()) / n)
    return math.fsum(v * v for v in e.values())
