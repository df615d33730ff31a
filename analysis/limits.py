"""Confidence limits for many estimates at once: arrays in, arrays of lower and upper limits out.

Imports numpy and scipy.special; never sees PSUs or persons.  `intervals` offers the same for one estimate.
Everything broadcasts.  Limits that the data do not determine are NaN: a standard error of zero (below 1e-12 of the
estimate) or an effective sample that is not a positive finite number never becomes an interval of zero width.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, expit, stdtrit  # the quantiles behind scipy.stats, without its second of import

FloatArray = NDArray[np.float64]
FloatLike = float | FloatArray
Limits = tuple[FloatArray, FloatArray]
Purpose = Literal["auto", "calibrated", "publish"]

METHODS = ("t", "logit", "wilson", "korn_graubard", "jeffreys", "likelihood", "arcsine")

NEGLIGIBLE = 1e-12
STEPS, ENOUGH = 60, 1e-14


@cache
def t_quantile(confidence: float, df: float) -> float:
    """The two-sided t quantile, 1.96 for 0.95 and many (or inf) degrees of freedom; NaN for none."""
    return float(stdtrit(df, 0.5 + confidence / 2))


def t_quantiles(confidence: float, df: FloatLike) -> FloatLike:
    """t_quantile of each; a request has few different df, so each is looked up once."""
    if not isinstance(df, np.ndarray):
        return t_quantile(confidence, float(df))
    found, at = np.unique(df, return_inverse=True)
    return np.array([t_quantile(confidence, d) for d in found.tolist()])[at].reshape(df.shape)


def t_limits(estimate: FloatLike, se: FloatLike, df: FloatLike, confidence: float = 0.95) -> Limits:
    """Estimate -+ t se.  R: `confint(..., df=)`, `svyciprop(method="mean")`."""
    half = t_quantiles(confidence, df) * np.where(np.asarray(se) > NEGLIGIBLE * np.abs(estimate), se, np.nan)
    return estimate - half, estimate + half


def logit(share: FloatLike, n_eff: FloatLike, df: FloatLike, confidence: float = 0.95) -> Limits:
    """The t interval on the logit scale, for 0 < share < 1; n_eff = share (1 - share)/variance.

    R: `svyciprop(method="logit")` up to its iterated glm, `method="xlogit"` exactly.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        half = t_quantiles(confidence, df) / np.sqrt(_positive(n_eff) * share * (1 - np.asarray(share)))
        middle = np.log(share / (1 - np.asarray(share)))
        open_ = np.where(np.isfinite(half), middle, np.nan)
        return expit(open_ - half), expit(open_ + half)


def arcsine(share: FloatLike, n_eff: FloatLike, df: FloatLike, confidence: float = 0.95) -> Limits:
    """The t interval of asin(sqrt(share)), whose standard error is 1/(2 sqrt(n_eff)); defined at 0 and 1.

    R: `svyciprop(method="asin")`, which does not stop at 0 and 1: there sin^2 turns back and the limit is wrong.
    """
    half = t_quantiles(confidence, df) / (2 * np.sqrt(_positive(n_eff)))
    middle = np.arcsin(np.sqrt(share))
    lower, upper = np.maximum(middle - half, 0.0), np.minimum(middle + half, np.pi / 2)
    return np.sin(lower) ** 2, np.sin(upper) ** 2


def wilson(share: FloatLike, n_eff: FloatLike, df: FloatLike, confidence: float = 0.95) -> Limits:
    """Wilson's score interval on an effective sample size with the t quantile; defined at 0 and 1.

    Source: Wilson (1927) JASA 22:209; Franco, Little, Louis and Slud (2019) J. Surv. Stat. Methodol. 7:334.
    """
    q = np.asarray(t_quantiles(confidence, df)) ** 2 / _positive(n_eff)
    middle = (share + q / 2) / (1 + q)
    half = np.sqrt(q * share * (1 - np.asarray(share)) + q * q / 4) / (1 + q)
    return np.maximum(0.0, middle - half), np.minimum(1.0, middle + half)


def effective(n_eff: FloatLike, n: FloatLike, df: FloatLike, confidence: float = 0.95, *, cap: bool = True) -> FloatArray:
    """The effective sample size as Korn and Graubard reduce it for few df: n_eff (t_{n-1}/t_df)^2, at most n if cap."""
    ratio = np.asarray(t_quantiles(confidence, np.maximum(np.subtract(n, 1.0), 1.0))) / t_quantiles(confidence, df)
    size = _positive(n_eff) * ratio**2
    return np.minimum(n, size) if cap else size


def korn_graubard(
    share: FloatLike, n_eff: FloatLike, n: FloatLike, df: FloatLike, confidence: float = 0.95, *, cap: bool = True
) -> Limits:
    """Clopper-Pearson on the effective sample: never of zero width, conservative; one-sided in effect at 0 and 1.

    n: people who answered.  Source: Korn and Graubard (1998) Surv. Methodol. 24:193; NCHS Vital Health Stat 2(175).
    R: `svyciprop(method="beta")` is cap=False with n = rows of the design, those without an answer too.
    """
    size, tail = effective(n_eff, n, df, confidence, cap=cap), (1 - confidence) / 2
    p, hits = np.asarray(share), share * size
    with np.errstate(invalid="ignore"):
        lower = np.where(p <= 0, size * 0.0, betaincinv(hits, size - hits + 1, tail))
        upper = np.where(p >= 1, size * 0.0 + 1.0, betaincinv(hits + 1, size - hits, 1 - tail))
    return lower, upper


def jeffreys(share: FloatLike, n_eff: FloatLike, n: FloatLike, df: FloatLike, confidence: float = 0.95) -> Limits:
    """Equal-tailed Bayes interval with the prior Beta(1/2, 1/2) on the effective sample; 0 at no, 1 at only successes.

    Where less than half a hit leaves the share itself outside, the limit is the share; effective sample as in korn_graubard.
    Source: Brown, Cai and DasGupta (2001) Statist. Sci. 16:101.
    """
    size, tail = effective(n_eff, n, df, confidence), (1 - confidence) / 2
    p, hits = np.asarray(share), share * size
    lower = np.where(p <= 0, size * 0.0, np.minimum(share, betaincinv(hits + 0.5, size - hits + 0.5, tail)))
    upper = np.where(p >= 1, size * 0.0 + 1.0, np.maximum(share, betaincinv(hits + 0.5, size - hits + 0.5, 1 - tail)))
    return lower, upper


def likelihood(
    share: FloatLike, n_eff: FloatLike, df: FloatLike, confidence: float = 0.95, *, dispersion: FloatLike = 1.0
) -> Limits:
    """All q with 2 n_eff KL(share, q) <= dispersion t^2, KL = share log(share/q) + (1 - share) log((1 - share)/(1 - q)).

    The binomial likelihood ratio scaled by the design effect (Rao and Scott 1984 Ann. Statist. 12:46); defined at 0 and 1.
    R: `svyciprop(method="likelihood")` takes for dispersion n/(n - 1) times mean weight of answers / of all rows, and
    reads the limits off a coarse grid (up to 2e-4 beside the root); ours are the roots.
    """
    p, size = np.broadcast_arrays(np.asarray(share, dtype=np.float64), _positive(n_eff))
    bound = dispersion * np.asarray(t_quantiles(confidence, df)) ** 2 / (2 * size)
    return _root(p, bound, -1.0), _root(p, bound, 1.0)


def rule(share: FloatLike, purpose: Purpose = "auto") -> NDArray[np.str_]:
    """Which interval a share gets, by name.

    auto: logit, R's default: inside (0, 1), right on average unless the share is small; Korn-Graubard at 0 and 1,
    where the variance estimate is zero and says nothing.
    calibrated: logit from 0.1 to 0.9, Wilson on the effective sample outside, the nearest to its nominal coverage for
    small shares (Franco et al. 2019 J. Surv. Stat. Methodol. 7:334); Korn-Graubard at 0 and 1.
    publish: Korn-Graubard everywhere, conservative, what rules of suppression are stated in (Parker et al. 2017, NCHS
    Vital Health Stat 2(175)).
    """
    p = np.asarray(share, dtype=np.float64)
    edge = (p <= 0) | (p >= 1) | (purpose == "publish")
    small = (purpose == "calibrated") & ((p < 0.1) | (p > 0.9))
    return np.where(edge, "korn_graubard", np.where(small, "wilson", "logit"))


def proportion(
    method: str, share: FloatLike, n_eff: FloatLike, n: FloatLike, df: FloatLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray, NDArray[np.str_]]:
    """Limits of k shares and the method each got.  method: a name of METHODS, or a purpose of `rule`.

    n_eff: share (1 - share)/variance; where the share is 0 or 1 the caller's best, as (sum w)^2/sum w^2.  n: answers.
    KeyError (our bug) for an unknown name.
    """
    given = [np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in (share, n_eff, n, df)]
    p, size, count, free = np.broadcast_arrays(*given)
    names = rule(p, method) if method in get_args(Purpose) else np.full(p.shape, method)  # type: ignore[arg-type]  # membership does not narrow a str
    lower, upper = np.full(p.shape, np.nan), np.full(p.shape, np.nan)
    for name in np.unique(names).tolist():
        at = names == name
        lower[at], upper[at] = _share_limits(name, p[at], size[at], count[at], free[at], confidence)
    return lower, upper, names


def _share_limits(name: str, p: FloatArray, n_eff: FloatArray, n: FloatArray, df: FloatArray, confidence: float) -> Limits:
    if name == "t":
        return t_limits(p, np.sqrt(p * (1 - p) / _positive(n_eff)), df, confidence)
    if name == "wilson":
        return wilson(p, np.minimum(_positive(n_eff), n), df, confidence)
    if name in ("korn_graubard", "jeffreys"):
        return (korn_graubard if name == "korn_graubard" else jeffreys)(p, n_eff, n, df, confidence)
    return {"logit": logit, "arcsine": arcsine, "likelihood": likelihood}[name](p, n_eff, df, confidence)


def _positive(n_eff: FloatLike) -> FloatArray:
    size = np.asarray(n_eff, dtype=np.float64)
    return np.where((size > 0) & np.isfinite(size), size, np.nan)


def _root(p: FloatArray, bound: FloatArray, side: float) -> FloatArray:
    """The share on one side of p whose KL distance from p is bound: Newton's steps on the logit scale, from outside.

    At a distance d from the logit of p, KL = log(1 + p (e^d - 1)) - p d: convex, and beyond the bound at the first point, so
    that every step comes nearer without passing the root.  The lower side is the upper side of 1 - p.
    """
    p = p if side > 0 else 1 - p
    inner = (p > 0) & (p < 1)
    safe = np.where(inner, p, 0.5)
    centre, entropy = np.log(safe) - np.log1p(-safe), -safe * np.log(safe) - (1 - safe) * np.log1p(-safe)
    d = (bound + entropy) / (1 - safe) - centre
    with np.errstate(invalid="ignore"):
        for _ in range(STEPS):
            near = np.log1p(safe * np.expm1(np.minimum(d, 1.0)))
            excess = np.where(d < 1, near, np.logaddexp(np.log1p(-safe), np.log(safe) + d)) - safe * d - bound
            slope = expit(centre + d) - safe
            step = np.maximum(excess / np.where(slope > 0, slope, np.inf), 0.0)
            d = d - step
            if not (step > ENOUGH * d).any():
                break
    found = expit(centre + d) if side > 0 else expit(-centre - d)
    edge = np.where(p <= 0, -np.expm1(-bound), 1.0)
    return np.where(inner, found, edge if side > 0 else 1 - edge)
