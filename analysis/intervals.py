"""Confidence intervals from an estimate, its variance and its degrees of freedom.

Imports the standard library and scipy's t and beta quantiles; never sees PSUs or persons.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

from scipy.special import betaincinv, stdtr, stdtrit  # the quantiles behind scipy.stats, without its second of import

Method = Literal["t", "logit", "wilson", "korn_graubard", "fieller", "log", "delta"]


@dataclass(frozen=True)
class Interval:
    """Two limits in the estimate's unit, and the method that made them."""

    lower: float
    upper: float
    method: Method


@dataclass(frozen=True)
class Unbounded:
    """Fieller's set is not an interval: the baseline is not far enough from zero to divide by."""

    g: float


@cache
def t_quantile(confidence: float, df: float) -> float:
    """The two-sided t quantile, 1.96 for 0.95 and many degrees of freedom."""
    return float(stdtrit(df, 0.5 + confidence / 2))


def two_sided_p(estimate: float, se: float, df: float) -> float:
    """P value of the t test that the estimate is zero."""
    return float(2 * stdtr(df, -abs(estimate / se)))


def t_interval(estimate: float, se: float, df: float, confidence: float = 0.95) -> Interval:
    """Estimate -+ t se.  R: `confint(..., df=)`."""
    half = t_quantile(confidence, df) * se
    return Interval(estimate - half, estimate + half, "t")


def logit(share: float, se: float, df: float, confidence: float = 0.95) -> Interval:
    """The t interval on the logit scale, for 0 < share < 1.  R: `svyciprop(method="logit")`."""
    middle = math.log(share / (1 - share))
    half = t_quantile(confidence, df) * se / (share * (1 - share))
    return Interval(_expit(middle - half), _expit(middle + half), "logit")


def wilson(share: float, n_eff: float, df: float, confidence: float = 0.95) -> Interval:
    """Wilson's score interval on an effective sample size with the t quantile; defined at 0 and 1.

    n_eff = share (1 - share)/variance.  Source: Wilson (1927) JASA 22:209; Franco et al. (2019) JSSAM 7:334.
    """
    q = t_quantile(confidence, df) ** 2 / n_eff
    middle = (share + q / 2) / (1 + q)
    half = math.sqrt(q * share * (1 - share) + q * q / 4) / (1 + q)
    return Interval(max(0.0, middle - half), min(1.0, middle + half), "wilson")


def korn_graubard(share: float, n_eff: float, n: int, df: float, confidence: float = 0.95) -> Interval:
    """Clopper-Pearson on min(n, n_eff (t_{n-1}/t_df)^2): never of zero width, conservative.

    n_eff before the df correction; n: persons.  Source: Korn and Graubard (1998) Surv. Methodol. 24:193.
    R: `svyciprop(method="beta")`, which does not cap at n and counts rows without an answer in n.
    """
    size = min(float(n), n_eff * (t_quantile(confidence, max(n - 1, 1)) / t_quantile(confidence, df)) ** 2)
    hits, tail = share * size, (1 - confidence) / 2
    lower = 0.0 if share <= 0 else float(betaincinv(hits, size - hits + 1, tail))
    upper = 1.0 if share >= 1 else float(betaincinv(hits + 1, size - hits, 1 - tail))
    return Interval(lower, upper, "korn_graubard")


def fieller(
    base: float, now: float, v_base: float, v_now: float, cov: float, df: float, confidence: float = 0.95
) -> Interval | Unbounded:
    """All relative changes k (now/base - 1, in percent) that the t test of now - (1 + k) base does not reject.

    Bounded when t^2 v_base < base^2.  Solved in k itself, not in the ratio: the sign of the limit then follows the
    same expression as the t interval of the difference.  Source: Fieller (1954) JRSS B 16:175.
    """
    t2 = t_quantile(confidence, df) ** 2
    a = base * base - t2 * v_base
    if a <= 0:
        return Unbounded(t2 * v_base / (base * base) if base else math.inf)
    d = now - base
    b = base * d - t2 * (cov - v_base)
    c = d * d - t2 * (v_base + v_now - 2 * cov)
    root = math.sqrt(max(b * b - a * c, 0.0))
    far = b + math.copysign(root, b)
    ends = (0.0, 0.0) if far == 0 else (far / a, c / far)
    return Interval(100 * min(ends), 100 * max(ends), "fieller")


def relative_se(base: float, now: float, v_base: float, v_now: float, cov: float) -> float:
    """Delta-method standard error of now/base - 1, as a fraction.  R: `svycontrast(quote(b/a - 1))`."""
    r = now / base
    return math.sqrt(max(v_now + r * r * v_base - 2 * r * cov, 0.0)) / abs(base)


def log_ratio(base: float, now: float, v_base: float, v_now: float, cov: float, df: float, confidence: float = 0.95) -> Interval:
    """Relative change in percent, symmetric on the log scale; both levels must be positive."""
    r = now / base
    half = t_quantile(confidence, df) * relative_se(base, now, v_base, v_now, cov) / r
    return Interval(100 * (r * math.exp(-half) - 1), 100 * (r * math.exp(half) - 1), "log")


def delta(base: float, now: float, v_base: float, v_now: float, cov: float, df: float, confidence: float = 0.95) -> Interval:
    """Relative change in percent, symmetric; misses on one side when the baseline is imprecise."""
    half = t_quantile(confidence, df) * relative_se(base, now, v_base, v_now, cov)
    return Interval(100 * (now / base - 1 - half), 100 * (now / base - 1 + half), "delta")


def _expit(x: float) -> float:
    small = math.exp(-abs(x))
    return (1.0 if x >= 0 else small) / (1 + small)
