"""Limits of changes between two estimates, many at once: relative change by Fieller, logs or delta, and log odds.

Imports numpy and limits; never sees PSUs or persons.  base, now: the two estimates; v_base, v_now, cov: their joint
covariance; everything broadcasts.  Relative changes are in percent, 100 (now/base - 1).
"""

from __future__ import annotations

import numpy as np

from .limits import FloatArray, FloatLike, Limits, t_limits, t_quantiles


def fieller(
    base: FloatLike, now: FloatLike, v_base: FloatLike, v_now: FloatLike, cov: FloatLike, df: FloatLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Lower and upper limit of all changes k that the t test of now - (1 + k) base does not reject, and g.

    g = t^2 v_base/base^2; where g >= 1 the set is not an interval and the limits are NaN, as they are without any variance.
    Solved in k itself, not in the ratio: the sign of a limit then follows the same expression as the t interval of the
    difference.
    Source: Fieller (1954) JRSS B 16:175.
    """
    t2 = np.asarray(t_quantiles(confidence, df)) ** 2
    d = np.subtract(now, base)
    with np.errstate(divide="ignore", invalid="ignore"):
        g = np.where(np.equal(base, 0), np.inf, t2 * v_base / np.square(base))
        a = np.square(base) - t2 * v_base
        a = np.where((a > 0) & (g < 1), a, np.nan)
        b = base * d - t2 * np.subtract(cov, v_base)
        c = np.square(d) - t2 * (np.add(v_base, v_now) - 2 * np.asarray(cov))
        far = b + np.copysign(np.sqrt(np.maximum(b * b - a * c, 0.0)), b)
        one, two = far / a, np.where(far == 0, 0.0 * a, c / far)
    one, two = np.where(one == two, np.nan, one), np.where(one == two, np.nan, two)
    return 100 * np.minimum(one, two), 100 * np.maximum(one, two), g


def relative_se(base: FloatLike, now: FloatLike, v_base: FloatLike, v_now: FloatLike, cov: FloatLike) -> FloatArray:
    """Delta-method standard error of now/base - 1, as a fraction.  R: `svycontrast(quote(b/a - 1))`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.divide(now, base)
        variance = np.asarray(v_now + r * r * v_base - 2 * r * cov, dtype=np.float64)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)) / np.abs(base), dtype=np.float64)


def log_ratio(
    base: FloatLike, now: FloatLike, v_base: FloatLike, v_now: FloatLike, cov: FloatLike, df: FloatLike, confidence: float = 0.95
) -> Limits:
    """Relative change in percent, symmetric on the log scale; NaN unless both levels are positive."""
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.divide(now, base)
        middle = np.where(np.greater(base, 0) & (r > 0), np.log(np.abs(r)), np.nan)
        lower, upper = t_limits(middle, relative_se(base, now, v_base, v_now, cov) / r, df, confidence)
    return 100 * np.expm1(lower), 100 * np.expm1(upper)


def delta(
    base: FloatLike, now: FloatLike, v_base: FloatLike, v_now: FloatLike, cov: FloatLike, df: FloatLike, confidence: float = 0.95
) -> Limits:
    """Relative change in percent, symmetric; misses on one side when the baseline is imprecise."""
    with np.errstate(divide="ignore", invalid="ignore"):
        lower, upper = t_limits(np.divide(now, base), relative_se(base, now, v_base, v_now, cov), df, confidence)
    return 100 * (lower - 1), 100 * (upper - 1)


def log_odds(
    base: FloatLike, now: FloatLike, v_base: FloatLike, v_now: FloatLike, cov: FloatLike, df: FloatLike, confidence: float = 0.95
) -> Limits:
    """The t interval of logit(now) - logit(base) by the delta method; shares, NaN at 0 and 1.

    exp of the limits is the interval of the odds ratio.  R: `svycontrast(quote(log(b/(1-b)) - log(a/(1-a))))`.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        one, two = base * np.subtract(1, base), now * np.subtract(1, now)
        variance = v_base / one**2 + v_now / two**2 - 2 * np.asarray(cov) / (one * two)
        middle = np.log(now / np.subtract(1, now)) - np.log(base / np.subtract(1, base))
        middle = np.where(np.isfinite(middle), middle, np.nan)
        return t_limits(middle, np.sqrt(np.maximum(variance, 0.0)), df, confidence)
