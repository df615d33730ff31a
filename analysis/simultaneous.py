"""Intervals that hold for several estimates at once: the max-t distribution of their joint covariance.

Imports numpy, scipy and joint.  Source: Hothorn, Bretz and Westfall (2008) Biom. J. 50:346 (R `multcomp::glht`, single step).
Fixed quasi-random points, so the same covariance always gives the same limits.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from scipy.special import chdtri, ndtr, ndtri, stdtr, stdtrit

from .joint import Joint
from .units import FloatArray

POINTS = 2**16
SEED = 20260101


def critical(correlation: FloatArray, df: float, confidence: float = 0.95) -> float:
    """The c with P(max |T_i| <= c) = confidence for a multivariate t of k estimates; about three digits.

    correlation: (k, k), may be singular.  df: of the t; inf is the normal.  Never below the single t quantile, never above
    Bonferroni's.
    """
    k = len(correlation)
    single, bonferroni = (float(stdtrit(df, 1 - (1 - confidence) / (2 * m))) for m in (1, max(k, 1)))
    if k < 2:
        return single
    largest = _largest(correlation, df)
    return min(max(float(np.quantile(largest, confidence)), single), bonferroni)


def criticals(correlation: FloatArray, df: FloatArray, confidence: float = 0.95) -> FloatArray:
    """(k,) the critical value of each estimate on its own degrees of freedom.

    Equal df: the multivariate t.  Unequal df (groups of very different size): the normal copula of the t marginals, that is
    the level at which the largest |Z_i| is reached, on each one's own t, so that one small group does not widen all others.
    Source: Hasler and Hothorn (2008) Biom. J. 50:793 (unequal df).
    """
    if len(df) == 0 or (df == df[0]).all():
        return np.full(len(df), critical(correlation, float(df[0]), confidence) if len(df) else np.nan)
    level = 2 * float(ndtr(-critical(correlation, np.inf, confidence)))
    return np.asarray(stdtrit(df, 1 - level / 2), dtype=np.float64)


def _largest(correlation: FloatArray, df: float) -> FloatArray:
    """(POINTS,) draws of max |T_i|."""
    values, axes = np.linalg.eigh(correlation)
    keep = values > 1e-10 * values.max()
    root = axes[:, keep] * np.sqrt(values[keep])
    uniform = _points(int(keep.sum()) + 1)
    normal = ndtri(uniform[:, 1:]) @ root.T
    shrink = np.ones(POINTS) if np.isinf(df) else np.sqrt(chdtri(df, uniform[:, 0]) / df)
    return np.asarray(np.abs(normal).max(axis=1) / shrink, dtype=np.float64)


@cache
def _points(dimensions: int) -> FloatArray:
    """Scrambled Sobol points of a fixed seed, strictly inside the cube."""
    from scipy.stats import qmc

    points = qmc.Sobol(dimensions, scramble=True, seed=SEED).random(POINTS)
    return np.asarray(np.clip(points, 1e-12, 1 - 1e-12), dtype=np.float64)


def correlation_of(vcov: FloatArray) -> FloatArray:
    """(k, k) from a covariance with a positive diagonal."""
    se = np.sqrt(np.diag(vcov))
    found = np.asarray(vcov / np.outer(se, se), dtype=np.float64)
    np.fill_diagonal(found, 1.0)
    return found


def together(columns: dict[str, list[Any]], joint: Joint, confidence: float) -> dict[str, list[Any]]:
    """The columns of a table with simultaneous limits and adjusted p values; one entry an estimate of the joint record."""
    # a share of 0 or 100% has no standard error to multiply, only what rounding left of one: it keeps its own interval
    known = [told != "not_estimable" and se is not None for told, se in zip(columns["status"], columns["se"], strict=True)]
    given = [i for i, here in enumerate(known) if here and joint.se[i] > 0]
    out = {**columns, "interval": list(columns["interval"]), "lower": list(columns["lower"]), "upper": list(columns["upper"])}
    out["p_value"] = list(columns.get("p_value", [None] * len(columns["status"])))
    if not given:
        return out
    some = joint.pick(given)
    df = np.array([float(columns["df"][i]) for i in given])
    limits = criticals(correlation_of(some.vcov), df, confidence)
    tail = tails(correlation_of(some.vcov), df, np.abs(some.value / some.se))
    for j, i in enumerate(given):
        half = float(limits[j] * some.se[j])
        out["lower"][i], out["upper"][i] = float(some.value[j]) - half, float(some.value[j]) + half
        out["interval"][i], out["p_value"][i] = "max_t", float(tail[j])
    return out


def tails(correlation: FloatArray, df: FloatArray, statistic: FloatArray) -> FloatArray:
    """P(max |T_i| > s) for each s, (k,): adjusted two-sided p values, never below the single one's; df as in `criticals`."""
    single = 2 * stdtr(df, -statistic)
    equal = bool((df == df[0]).all())
    largest = np.sort(_largest(correlation, float(df[0]) if equal else np.inf))
    found = statistic if equal else -ndtri(single / 2)
    beyond = 1 - np.searchsorted(largest, found, side="left") / len(largest)
    return np.asarray(np.maximum(beyond, single), dtype=np.float64)
