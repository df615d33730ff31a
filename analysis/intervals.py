"""Confidence intervals of one estimate from its variance and its degrees of freedom; `limits` and `relative` do many.

Imports limits and relative; never sees PSUs or persons.  Which interval a share gets, and why: `rule`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from scipy.special import stdtr

from . import limits, relative
from .limits import Limits, Purpose, t_quantile

Method = Literal[
    "t", "logit", "wilson", "korn_graubard", "jeffreys", "likelihood", "arcsine", "fieller", "log", "delta", "log_odds"
]

__all__ = [
    "Interval", "Method", "Purpose", "Unbounded", "arcsine", "delta", "fieller", "jeffreys", "korn_graubard", "likelihood",
    "log_odds", "log_ratio", "logit", "proportion", "relative_se", "rule", "t_interval", "t_quantile", "two_sided_p", "wilson",
]  # fmt: skip


@dataclass(frozen=True)
class Interval:
    """Two limits in the estimate's unit, NaN where the data give none, and the method that made them."""

    lower: float
    upper: float
    method: Method


@dataclass(frozen=True)
class Unbounded:
    """Fieller's set is not an interval: the baseline is not far enough from zero to divide by."""

    g: float


def two_sided_p(estimate: float, se: float, df: float) -> float:
    """P value of the t test that the estimate is zero."""
    return float(2 * stdtr(df, -abs(estimate / se)))


def t_interval(estimate: float, se: float, df: float, confidence: float = 0.95) -> Interval:
    """Estimate -+ t se.  R: `confint(..., df=)`."""
    return _one("t", limits.t_limits(estimate, se, df, confidence))


def logit(share: float, se: float, df: float, confidence: float = 0.95) -> Interval:
    """The t interval on the logit scale, for 0 < share < 1.  R: `svyciprop(method="logit")`, `method="xlogit"`."""
    n_eff = share * (1 - share) / se**2 if se > 0 else math.nan
    return _one("logit", limits.logit(share, n_eff, df, confidence))


def wilson(share: float, n_eff: float, df: float, confidence: float = 0.95) -> Interval:
    """Wilson's score interval on an effective sample size with the t quantile; defined at 0 and 1.

    n_eff = share (1 - share)/variance.  Source: Wilson (1927) JASA 22:209; Franco et al. (2019) JSSAM 7:334.
    """
    return _one("wilson", limits.wilson(share, n_eff, df, confidence))


def korn_graubard(share: float, n_eff: float, n: int, df: float, confidence: float = 0.95, *, cap: bool = True) -> Interval:
    """Clopper-Pearson on min(n, n_eff (t_{n-1}/t_df)^2): never of zero width, conservative.

    n_eff before the df correction; n: persons.  Source: Korn and Graubard (1998) Surv. Methodol. 24:193.
    R: `svyciprop(method="beta")` is cap=False with n = rows of the design, those without an answer too.
    """
    return _one("korn_graubard", limits.korn_graubard(share, n_eff, n, df, confidence, cap=cap))


def jeffreys(share: float, n_eff: float, n: int, df: float, confidence: float = 0.95) -> Interval:
    """Equal-tailed Bayes interval with the prior Beta(1/2, 1/2) on the effective sample of korn_graubard.

    Source: Brown, Cai and DasGupta (2001) Statist. Sci. 16:101.
    """
    return _one("jeffreys", limits.jeffreys(share, n_eff, n, df, confidence))


def likelihood(share: float, n_eff: float, df: float, confidence: float = 0.95, *, dispersion: float = 1.0) -> Interval:
    """Shares that the binomial likelihood ratio, scaled by the design effect, does not reject; defined at 0 and 1.

    R: `svyciprop(method="likelihood")` with its own dispersion, see limits.likelihood.
    """
    return _one("likelihood", limits.likelihood(share, n_eff, df, confidence, dispersion=dispersion))


def arcsine(share: float, n_eff: float, df: float, confidence: float = 0.95) -> Interval:
    """The t interval of asin(sqrt(share)); defined at 0 and 1.  R: `svyciprop(method="asin")` away from 0 and 1."""
    return _one("arcsine", limits.arcsine(share, n_eff, df, confidence))


def rule(share: float, purpose: Purpose = "auto") -> Method:
    """Which interval a share gets; the rules and their sources are in limits.rule."""
    return _METHOD[str(limits.rule(share, purpose))]


def proportion(method: Method | Purpose, share: float, n_eff: float, n: int, df: float, confidence: float = 0.95) -> Interval:
    """The interval of a share by a method, or by a purpose of `rule`.

    n_eff: share (1 - share)/variance; where the share is 0 or 1 the caller's best, as (sum w)^2/sum w^2.
    """
    lower, upper, names = limits.proportion(method, share, n_eff, n, df, confidence)
    return _one(_METHOD[str(names[0])], (lower[0], upper[0]))


def fieller(
    base: float, now: float, v_base: float, v_now: float, cov: float, df: float, confidence: float = 0.95
) -> Interval | Unbounded:
    """All relative changes k (now/base - 1, in percent) that the t test of now - (1 + k) base does not reject.

    Bounded when t^2 v_base < base^2.  Source: Fieller (1954) JRSS B 16:175.
    """
    lower, upper, g = relative.fieller(base, now, v_base, v_now, cov, df, confidence)
    return Unbounded(float(g)) if g >= 1 else _one("fieller", (lower, upper))


def relative_se(base: float, now: float, v_base: float, v_now: float, cov: float) -> float:
    """Delta-method standard error of now/base - 1, as a fraction.  R: `svycontrast(quote(b/a - 1))`."""
    return float(relative.relative_se(base, now, v_base, v_now, cov))


def log_ratio(base: float, now: float, v_base: float, v_now: float, cov: float, df: float, confidence: float = 0.95) -> Interval:
    """Relative change in percent, symmetric on the log scale; both levels must be positive."""
    return _one("log", relative.log_ratio(base, now, v_base, v_now, cov, df, confidence))


def delta(base: float, now: float, v_base: float, v_now: float, cov: float, df: float, confidence: float = 0.95) -> Interval:
    """Relative change in percent, symmetric; misses on one side when the baseline is imprecise."""
    return _one("delta", relative.delta(base, now, v_base, v_now, cov, df, confidence))


def log_odds(base: float, now: float, v_base: float, v_now: float, cov: float, df: float, confidence: float = 0.95) -> Interval:
    """Change of the log odds of a share, logit(now) - logit(base)."""
    return _one("log_odds", relative.log_odds(base, now, v_base, v_now, cov, df, confidence))


_METHOD: dict[str, Method] = {
    "t": "t", "logit": "logit", "wilson": "wilson", "korn_graubard": "korn_graubard", "jeffreys": "jeffreys",
    "likelihood": "likelihood", "arcsine": "arcsine",
}  # fmt: skip


def _one(method: Method, ends: Limits) -> Interval:
    return Interval(float(ends[0]), float(ends[1]), method)
