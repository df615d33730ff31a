"""Where R survey 4.1-1 gives a wrong number, that number again by R's own arithmetic: proof that we know why we differ.

Imports numpy and scipy; nothing of analysis.  Used by tests only: a disagreement that is reproduced here is explained.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr, ndtri, stdtrit
from scipy.stats import f as f_distribution

Array = NDArray[np.float64]


def quantile(x: Array, weight: Array, p: float, rule: str) -> float:
    """R 4.1-1 where it is wrong: math, school, hf3 below the first step, hf4 outside the steps, shahvaish with any weights.

    Below the first step nothing is "on" it, and the value taken is the second (4.2 mended math and school).  shahvaish
    subtracts half of the weight as it stands from a total of weights scaled to mean 1.
    """
    order = np.argsort(x, kind="stable")
    x, weight = x[order], weight[order]
    if rule == "shahvaish":
        knots = (np.cumsum(weight / weight.mean()) + 0.5 - weight / 2) / (len(x) + 1)
        rank = np.argsort(knots, kind="stable")
        below = int(np.searchsorted(knots[rank], p, side="right")) - 1
        return float(x[rank][max(below, 0)])
    if rule == "hf3":
        x, place = np.unique(x, return_inverse=True)
        weight = np.bincount(place, weights=weight)
    cum = np.cumsum(weight)
    at_most = np.flatnonzero(cum <= p * cum[-1])
    k = int(at_most[-1]) if len(at_most) else 0
    up = min(k + 1, len(x) - 1)
    over, under = p - cum[k] / cum[-1], cum[up] / cum[-1] - p
    if rule == "hf4":
        return float(x[k] + (x[up] - x[k]) * over / (over + under)) if over + under else math.nan
    if over != 0 or (rule == "hf3" and k % 2 == 0):
        return float(x[up])
    return float((x[k] + x[up]) / 2) if rule in ("school", "hf2") else float(x[k])


def likelihood(share: float, se: float, df: float, n: int, ratio: float, confidence: float = 0.95) -> tuple[float, float]:
    """`svyciprop(method="likelihood")`: limits read off a spline of z through a few points, then a line between three.

    ratio: mean weight of those who answered over that of all rows.
    """
    dispersion, total, slope = ratio * n / (n - 1), n * ratio, se / (share * (1 - share))
    cut = float(stdtrit(df, 0.5 + confidence / 2)) * slope * math.sqrt(total * share * (1 - share))
    most, centre = math.sqrt(f_distribution.isf(ndtr(-cut) / 2, 1, n - 1)), math.log(share / (1 - share))
    points = [(centre, 0.0)]
    for side in (-1, 1):
        z = 0.0
        for step in range(1, 10):
            if abs(z) >= most:
                break
            b = centre + side * step * most / 5 * slope
            q = float(expit(b))
            away = share * math.log(share / q) + (1 - share) * math.log((1 - share) / (1 - q))
            z = side * math.sqrt(max(2 * total * away / dispersion, 0.0))
            points.append((b, z))
    b, z_ = np.array(sorted(points)).T
    fine = np.linspace(b[0], b[-1], 3 * len(b))
    ends = expit(np.interp([-cut, cut], _spline(b, z_, fine), fine))
    return float(ends[0]), float(ends[1])


def score(
    x: Array, weight: Array, p: float, df: float, share: Callable[[float], tuple[float, float]], confidence: float = 0.95
) -> tuple[float, float]:
    """`svyquantile(interval.type="score")`, rule math: a root of the step function, then its *unweighted* share of people.

    share: value -> weighted share at or below it, and its standard error.
    """
    t = float(stdtrit(df, 0.5 + confidence / 2))
    quarter = np.quantile(x, [0.25, 0.75])
    edge = float(quarter[1] - quarter[0]) / 100
    ends = []
    for bound in (t, -t):

        def test(value: float, bound: float = bound) -> float:
            at, se = share(value)
            return (p - at) / se - bound

        root = _zero(test, float(x.min()) + edge, float(x.max()) - edge, 0.01 / math.sqrt(len(x)))
        ends.append(quantile(x, weight, float(np.mean(x <= root)), "math"))
    return ends[0], ends[1]


def logit_quantile(df: float, confidence: float = 0.95) -> float:
    """What `svyciprop(method="logit")` uses for the t quantile: it goes through the level 1 - 2 Phi(-t), 1 beyond t = 8.2.

    So inf for df = 1 at 95 %, and R prints [0, NaN].
    """
    level = 1 - 2 * float(ndtr(-stdtrit(df, 0.5 + confidence / 2)))
    return float(ndtri(1 - (1 - level) / 2))


def _spline(x: Array, y: Array, at: Array) -> Array:
    """The cubic spline of Forsythe, Malcolm and Moler (1977): third derivatives at the ends from four points each."""
    n, h = len(x), np.diff(x)
    d = np.diff(y) / h
    left, right = np.zeros((n, n)), np.zeros(n)
    for row in range(1, n - 1):
        left[row, row - 1 : row + 2] = h[row - 1], 2 * (h[row - 1] + h[row]), h[row]
        right[row] = d[row] - d[row - 1]
    left[0, :2], left[-1, -2:] = (-h[0], h[0]), (h[-1], -h[-1])
    second = np.diff(d) / (x[2:] - x[:-2])
    third = np.diff(second) / (x[3:] - x[:-3])
    right[0], right[-1] = h[0] ** 2 * third[0], -(h[-1] ** 2) * third[-1]
    c = np.linalg.solve(left, right)
    i = np.clip(np.searchsorted(x, at, side="right") - 1, 0, n - 2)
    step = at - x[i]
    found: Array = y[i] + step * (d[i] - h[i] * (c[i + 1] + 2 * c[i]) + step * (3 * c[i] + step * (c[i + 1] - c[i]) / h[i]))
    return found


def _zero(f: Callable[[float], float], low: float, high: float, tolerance: float) -> float:
    """Brent's root (1973, Algorithms for Minimization without Derivatives, ch. 4) with the stopping rule of R's `uniroot`."""
    a, b = low, high
    fa, fb = f(a), f(b)
    c, fc = a, fa
    for _ in range(1000):
        last = b - a
        if abs(fc) < abs(fb):
            a, b, c = b, c, b
            fa, fb, fc = fb, fc, fb
        near = 2 * float(np.finfo(float).eps) * abs(b) + tolerance / 2
        step = (c - b) / 2
        if abs(step) <= near or fb == 0:
            return b
        if abs(last) >= near and abs(fa) > abs(fb):
            ratio = fb / fa
            if a == c:
                top, bottom = (c - b) * ratio, 1 - ratio
            else:
                q, r = fa / fc, fb / fc
                top, bottom = ratio * ((c - b) * q * (q - r) - (b - a) * (r - 1)), (q - 1) * (r - 1) * (ratio - 1)
            top, bottom = (top, -bottom) if top > 0 else (-top, bottom)
            if top < 0.75 * (c - b) * bottom - abs(near * bottom) / 2 and top < abs(last * bottom / 2):
                step = top / bottom
        a, fa = b, fb
        b += step if abs(step) >= near else math.copysign(near, step)
        fb = f(b)
        if fb * fc > 0:
            c, fc = a, fa
    return b
