"""Weighted quantiles by R survey's rules, and the weighted distribution they invert.

Imports numpy only.  Values and weights in, values out: no design, no variance.
Each rule is a reading of the steps F(x_k) = (w_1 + ... + w_k)/(w_1 + ... + w_n) of the ordered values.  A probability within
rounding of a step is on it (as in R's `quantile`; survey compares exactly, so that its answer there may change with the
scale of the weights).  Sources: Hyndman and Fan (1996) Am. Stat. 50:361; the vignette `qrule` of R survey 4.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..units import FloatArray, IntArray

ULPS = 4 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Steps:
    """Values in ascending order, ties in the order of the data; weight (n,) > 0, cum (n,) its running total."""

    x: FloatArray
    weight: FloatArray
    cum: FloatArray

    @property
    def total(self) -> float:
        """The sum of the weights."""
        return float(self.cum[-1])


Rule = Callable[[Steps, FloatArray], FloatArray]


def steps(x: FloatArray, weight: FloatArray) -> Steps:
    """Order values (n,) without NaN; people of weight 0 (as replicates have) are left out."""
    kept = weight > 0
    if not kept.all():
        x, weight = x[kept], weight[kept]
    order = np.argsort(x, kind="stable")
    weight = weight[order]
    return Steps(x[order], weight, np.cumsum(weight, dtype=np.longdouble).astype(np.float64))


def shares(of: Steps, at: FloatArray) -> FloatArray:
    """F: the weighted share of values at or below each point, (k,).  R: `svycdf`."""
    k = np.searchsorted(of.x, at, side="right")
    return np.where(k > 0, of.cum[np.maximum(k - 1, 0)], 0.0) / of.total


def quantile(of: Steps, probs: FloatArray, rule: str = "math") -> FloatArray:
    """The quantiles (k,) by a rule of RULES; NaN where nobody is left.  KeyError (our bug) for an unknown rule.

    0 is the smallest value, 1 the largest, and no rule leaves the data: below its first step R (4.1-1) takes the second
    value for math, school and hf3, and extrapolates for hf4; at 1 its hf4 is NaN; with one person its hf5 to hf9 stop.
    """
    p = np.asarray(probs, dtype=np.float64)
    if len(of.x) == 0:
        return np.full(p.shape, np.nan)
    if len(of.x) == 1:
        return np.full(p.shape, of.x[0])
    found = RULES[rule](of, p)
    return _snapped(of.x, found)


def math_rule(of: Steps, p: FloatArray) -> FloatArray:
    """The smallest value with F >= p: the inverse of F."""
    k, on = _reached(of.cum, p * of.total, of.total)
    return np.where(on, of.x[np.maximum(k - 1, 0)], _next(of.x, k))


def school_rule(of: Steps, p: FloatArray) -> FloatArray:
    """As math, but on a step the mean of its value and the next, as schools teach the median."""
    k, on = _reached(of.cum, p * of.total, of.total)
    return np.where(on, (of.x[np.maximum(k - 1, 0)] + _next(of.x, k)) / 2, _next(of.x, k))


def even_rule(of: Steps, p: FloatArray) -> FloatArray:
    """As math over distinct values, but on an odd step the next value: survey's hf3, not type 3 of Hyndman and Fan."""
    last = np.flatnonzero(np.r_[np.diff(of.x) > 0, True])
    x, cum = of.x[last], of.cum[last]
    k, on = _reached(cum, p * of.total, of.total)
    return np.where(on & (k % 2 == 0), x[np.maximum(k - 1, 0)], _next(x, k))


def shah_vaish_rule(of: Steps, p: FloatArray) -> FloatArray:
    """The last value with (S_k + 1/2 - w_k/2)/(n + 1) <= p, S_k the running total of weights w_k scaled to mean 1.

    R subtracts half of the unscaled weight, so that its answer changes with the unit of the weights; ours does not.
    """
    n, scale = len(of.x), of.total / len(of.x)
    knots = (of.cum / scale + 0.5 - of.weight / scale / 2) / (n + 1)
    k, _ = _reached(knots, p, 1.0)
    return np.asarray(of.x[np.maximum(k - 1, 0)], dtype=np.float64)


def _between(a: float, b: float) -> Rule:
    """Linear between the points (p_k, x_k), p_k = (C_k - a w_k)/(C_n + b w_n); flat outside."""

    def rule(of: Steps, p: FloatArray) -> FloatArray:
        knots = (of.cum - a * of.weight) / (of.total + b * of.weight[-1])
        return np.interp(p, knots, of.x)

    return rule


RULES: Mapping[str, Rule] = {
    "math": math_rule, "school": school_rule, "shahvaish": shah_vaish_rule,
    "hf1": math_rule, "hf2": school_rule, "hf3": even_rule, "hf4": _between(0.0, 0.0), "hf5": _between(0.5, 0.0),
    "hf6": _between(0.0, 1.0), "hf7": _between(1.0, -1.0), "hf8": _between(1 / 3, 1 / 3), "hf9": _between(3 / 8, 1 / 4),
}  # fmt: skip


def _reached(
    cum: FloatArray, level: FloatArray, total: float
) -> tuple[IntArray, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """How many steps lie at or below each level, and whether the last of them is at it; both within rounding."""
    k = np.searchsorted(cum, level + ULPS * total, side="right")
    on = (k > 0) & (np.abs(cum[np.maximum(k - 1, 0)] - level) <= ULPS * total)
    return k, on


def _next(x: FloatArray, k: IntArray) -> FloatArray:
    return np.asarray(x[np.minimum(k, len(x) - 1)], dtype=np.float64)


def _snapped(x: FloatArray, found: FloatArray) -> FloatArray:
    """Interpolated values within rounding of an observed one made equal to it: `x <= value` must hold for that person."""
    k = np.clip(np.searchsorted(x, found), 1, len(x) - 1)
    for near in (x[k - 1], x[k]):
        found = np.where(np.abs(found - near) <= ULPS * np.abs(near), near, found)
    return found
