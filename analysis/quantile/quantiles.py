"""Quantiles of a domain with their intervals: Woodruff's by five transformations, the score test's, replication's.

Imports persons, qrules, limits and status.  The rules of what a quantile is are in qrules; here is the design part.
Two passes over the people: one orders them and gives the values, one gives the variance of the shares at or below the
values (the score test takes log2(n) passes more).  The source is read once, by `persons`.
Sources: Woodruff (1952) JASA 47:635; Francisco and Fuller (1991) Ann. Statist. 19:454; R survey 4.1 `svyquantile`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from forms.errors import refuse

from .. import limits
from ..joint import Joint
from ..persons import Mask, Persons
from ..results import Status
from ..status import CAUTION_DF, NEGATIVE, NEGLIGIBLE, NO_ANSWER, NO_DF, NO_VARIANCE, NOBODY, ONE_PSU, few_df
from ..units import FloatArray
from . import qrules

IntervalType = Literal["mean", "beta", "xlogit", "asin", "score", "quantile"]

TOP = "mọi người ở mức này hoặc thấp hơn, không có khoảng tin cậy | everybody is at or below this value: no interval"
BELOW = "giới hạn dưới nằm ngoài số liệu | the lower limit lies outside the data"
ABOVE = "giới hạn trên nằm ngoài số liệu | the upper limit lies outside the data"
TIED = "nhiều người cùng giá trị nên hai giới hạn trùng nhau | many people share this value: the limits coincide"
JACKKNIFE = "phương sai jackknife của phân vị không đáng tin | jackknife variances of quantiles are not consistent"


@dataclass(frozen=True, eq=False)
class Quantiles:
    """k quantiles of one domain.

    probs, value, lower, upper, se: (k,), NaN where the data give none; se = (upper - lower)/(2 t), as R reports it.
    share: (k,) the weighted share of people at or below each value.  n: people who answered.  df: of the t quantile.
    status, reason: (k,), why a number is missing or doubtful.  basis: the joint of `share` (of `value` for interval quantile).
    """

    names: tuple[str, ...]
    probs: FloatArray
    value: FloatArray
    lower: FloatArray
    upper: FloatArray
    se: FloatArray
    share: FloatArray
    df: float
    n: int
    rule: str
    interval: str
    status: tuple[Status, ...]
    reason: tuple[str, ...]
    basis: Joint | None = None

    @property
    def joint(self) -> Joint | None:
        """The quantiles with their covariance: contributions of the shares over the density that the interval implies.

        The diagonal is se^2 (NaN where se is); None where nothing is estimable.  R gives no covariance of quantiles.
        Source: Francisco and Fuller (1991).
        """
        if self.basis is None or self.interval == "quantile":
            return self.basis
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = -self.se / self.basis.se
        return Joint(self.names, self.value, self.basis.spread * slope, self.df, self.basis.sign)


def quantiles(
    people: Persons,
    y: str,
    mask: Mask | None,
    probs: Sequence[float],
    *,
    rule: str = "math",
    interval: str = "mean",
    confidence: float = 0.95,
    df: float | None = None,
) -> Quantiles:
    """Quantiles of a numeric column among the people of a mask who answered; None is everybody.

    rule: of qrules.RULES.  interval: Woodruff's on the share's own scale (mean), by Korn-Graubard (beta), on the logit or
    arcsine scale (xlogit, asin); score: the observed values that the test of F(value) = p does not reject; quantile: value
    -+ t times the replicates' standard error.  df: None is PSUs minus strata that hold an answer; inf is the normal.
    Raises BdgError STAT-009 text, STAT-011 an unknown name, STAT-040 p outside [0, 1], STAT-041 quantile without replicates.
    R: `svyquantile(x, design, probs, na.rm=TRUE, qrule=, interval.type=, df=)`; with replicates R 4.1-1 takes the mean
    interval whatever was asked, and its score interval takes unweighted shares for the limits.
    """
    p = _checked(people, probs, rule, interval)
    x = people.number(y)
    inside = np.ones(len(x), dtype=np.bool_) if mask is None else mask
    here = inside & ~np.isnan(x)
    names = tuple(f"{y} p={q:g}" for q in p.tolist())
    free = people.degrees(here) if df is None else float(df)
    stopped = _stopped(people, inside, here, free)
    none = np.full(p.shape, np.nan)
    n, k = int(here.sum()), len(p)
    if stopped:
        no: list[Status] = ["not_estimable"] * k
        return Quantiles(names, p, none, none, none, none, none, free, n, rule, interval, tuple(no), (stopped,) * k)
    order = qrules.steps(x[here], people.weight[here])
    value, t = qrules.quantile(order, p, rule), limits.t_quantile(confidence, free)
    share = qrules.shares(order, value)
    if interval == "quantile":
        basis = people.joint(names, lambda w: qrules.quantile(qrules.steps(x[here], w[here]), p, rule), _never, mask=here)
        ends = value - t * basis.se, value + t * basis.se
    else:
        basis = share_joint(people, x, here, value)
        ends = (
            _score(people, x, here, order, p, t)
            if interval == "score"
            else _woodruff(basis, order, rule, interval, n, free, confidence)
        )
    size = np.maximum(np.abs(value), 1.0) if interval == "quantile" else np.ones(k)
    flat = ~(basis.se > NEGLIGIBLE * size)
    lower, upper = (np.where(flat, np.nan, end) for end in ends)
    top = (share >= 1) & (interval != "quantile")
    why = np.where(~flat, "", np.where(np.isnan(basis.se), NEGATIVE, np.where(top, TOP, NO_VARIANCE)))
    told = [_told(people, interval, free, *each) for each in zip(why.tolist(), lower.tolist(), upper.tolist(), strict=True)]
    status, reason = tuple(s for s, _ in told), tuple(r for _, r in told)
    se = (upper - lower) / (2 * t)
    return Quantiles(names, p, value, lower, upper, se, share, free, n, rule, interval, status, reason, basis)


def share_joint(people: Persons, x: FloatArray, here: Mask, at: FloatArray) -> Joint:
    """The weighted shares of the people `here` with x <= at, (k,), and their covariance.  R: `svymean(~I(x <= at))`."""
    below = (x[here][:, None] <= at).astype(np.float64)

    def statistic(weight: FloatArray) -> FloatArray:
        total = weight[here].sum()  # 0 under a replicate without anybody here: no share, and no variance
        return np.asarray(weight[here] @ below / (total if total != 0 else np.nan), dtype=np.float64)

    def influence() -> FloatArray:
        weight = people.weight[here]
        u = np.zeros((len(x), len(at)))
        u[here] = weight[:, None] * (below - statistic(people.weight)) / weight.sum()
        return u

    return people.joint([f"share <= {v:g}" for v in at.tolist()], statistic, influence, mask=here)


def distribution(people: Persons, y: str, mask: Mask | None, at: Sequence[float]) -> FloatArray:
    """The weighted share of people at or below each point, (k,); NaN where nobody answered.  R: `svycdf`."""
    x = people.number(y)
    here = ~np.isnan(x) if mask is None else mask & ~np.isnan(x)
    points = np.asarray(at, dtype=np.float64)
    return qrules.shares(qrules.steps(x[here], people.weight[here]), points) if here.any() else np.full(points.shape, np.nan)


def _checked(people: Persons, probs: Sequence[float], rule: str, interval: str) -> FloatArray:
    for argument, got, choices in (("qrule", rule, tuple(qrules.RULES)), ("interval", interval, get_args(IntervalType))):
        if got not in choices:
            raise refuse("STAT-011", got_name=got, argument=argument, choices=", ".join(choices))
    p = np.asarray(probs, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise refuse("STAT-040", expected="0 <= p <= 1", got=", ".join(f"{q:g}" for q in p.tolist()))
    if interval == "quantile" and people.repweights is None:
        raise refuse("STAT-041", expected="Design(replicates=...)")
    return p


def _stopped(people: Persons, inside: Mask, here: Mask, free: float) -> str:
    """Why nothing can be estimated, or ''."""
    if not here.any():
        return NO_ANSWER if inside.any() else NOBODY
    if people.repweights is None:
        psus = set()
        for wave, units in people.units.items():
            at = np.unique(people.unit[here & (people.wave == wave)])
            psus |= {units.psu[i] for i in (at if units.parent is None else units.parent[at]).tolist()}
        if len(psus) == 1:
            return ONE_PSU
    return NO_DF if free < 1 else ""


def _told(people: Persons, interval: str, free: float, why: str, lower: float, upper: float) -> tuple[Status, str]:
    """Status and reason of one quantile that has a value."""
    notes = [why] * bool(why)
    if not why:
        notes += [BELOW] * bool(np.isnan(lower)) + [ABOVE] * bool(np.isnan(upper)) + [TIED] * (lower == upper)
    reps = people.design.replicates
    if interval == "quantile" and reps is not None and reps.kind in ("JK1", "JKn"):
        notes.append(JACKKNIFE)
    if free < CAUTION_DF:
        notes.append(few_df(free))
    return ("caution" if notes else "ok"), "; ".join(notes)


def _woodruff(
    shares: Joint, order: qrules.Steps, rule: str, interval: str, n: int, df: float, confidence: float
) -> limits.Limits:
    """The limits of the shares on one of Woodruff's scales, put back through the rule; at 0, 1 and beyond there is none."""
    f, se = shares.value, shares.se
    with np.errstate(divide="ignore", invalid="ignore"):
        n_eff = f * (1 - f) / se**2
    if interval == "mean":
        ends = limits.t_limits(f, se, df, confidence)
    elif interval == "beta":
        ends = limits.korn_graubard(f, n_eff, n, df, confidence, cap=False)
    else:
        ends = (limits.logit if interval == "xlogit" else limits.arcsine)(f, n_eff, df, confidence)
    low, high = (np.where((end > 0) & (end < 1), end, np.nan) for end in ends)
    return _inverse(order, low, rule), _inverse(order, high, rule)


def _inverse(order: qrules.Steps, end: FloatArray, rule: str) -> FloatArray:
    out, there = np.full(end.shape, np.nan), ~np.isnan(end)
    out[there] = qrules.quantile(order, end[there], rule)
    return out


def _score(people: Persons, x: FloatArray, here: Mask, order: qrules.Steps, p: FloatArray, t: float) -> limits.Limits:
    """The smallest and largest observed values whose test |F(value) - p| <= t se(F(value)) does not reject.

    Found by halving, the test statistic falling in the value.  NaN where even the ends of the data are not rejected.
    """
    points, k = np.unique(order.x), len(p)
    wanted, bound = np.r_[p, p], np.r_[np.full(k, t), np.full(k, -t)]
    low, high = np.zeros(2 * k, dtype=np.intp), np.full(2 * k, len(points) - 1)
    while (low < high).any():
        middle = (low + high) // 2
        shares = share_joint(people, x, here, points[middle])
        reached = wanted - shares.value <= bound * shares.se
        low, high = np.where(reached, low, np.minimum(middle + 1, high)), np.where(reached, middle, high)
    first, last = low[:k], np.maximum(low[k:] - 1, low[:k])
    return np.where(first == 0, np.nan, points[first]), np.where(low[k:] == len(points) - 1, np.nan, points[last])


def _never() -> FloatArray:
    raise AssertionError("replicates only")
