"""Design-based t and rank tests: one sample, two samples, several samples.

Imports numpy, scipy's distribution functions, subset and tested.  Never sees a frame; asks a source for named arrays once.
Sources: t: the Wald test on a domain mean or on the difference of two, R `svyttest`.  Ranks: Lumley and Scott (2013)
Biometrika 100:831, estimated population ranks as outcome of a weighted regression on the group, R `svyranktest`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc, ndtri

from forms.errors import refuse

from .. import intervals
from ..backends import Data
from ..design import Design
from ..joint import Joint
from ..status import CAUTION_DF, NEGATIVE, few_df
from ..units import FloatArray
from .subset import Subset, obstacle, subset
from .tested import Tested, untested

Method = Literal["t", "wilcoxon", "vanderwaerden", "median", "kruskal"]
Ties = Literal["midrank", "row_order"]
Score = Callable[[FloatArray], FloatArray]

ONE_GROUP = "chỉ có một nhóm trả lời, không có gì để so sánh | only one group answered: nothing to compare"
MANY_GROUPS = (
    "có nhiều hơn hai nhóm: dùng method=kruskal hoặc glm, hoặc chọn hai nhóm | more than two groups: use method=kruskal or glm"
)
SINGULAR = "ma trận hiệp phương sai suy biến: số địa bàn không đủ cho số nhóm | singular covariance: too few PSUs for the groups"
BAD_SCORE = "hàm điểm hạng cho giá trị không hữu hạn | the score function gave values that are not finite"

SCORES: Mapping[str, tuple[str, Score]] = {
    "wilcoxon": ("KruskalWallis", lambda r: r),
    "kruskal": ("KruskalWallis", lambda r: r),
    "vanderwaerden": ("vanderWaerden", lambda r: np.asarray(ndtri(r), dtype=np.float64)),
    "median": ("median", lambda r: (r > 0.5).astype(np.float64)),
}


def compare(
    data: Data,
    design: Design,
    y: str,
    *,
    group: str | None = None,
    mu: float = 0.0,
    method: Method | Score = "t",
    where: Mapping[str, Any] | None = None,
    confidence: float = 0.95,
    ties: Ties = "midrank",
) -> Tested:
    """Test whether a mean is `mu` (no group) or whether groups differ.

    y: a numeric column; for a paired test the column of differences, without group.  group: a column; its codes in
    order, the effect is the second minus the first.  method: t, or ranks by a score: wilcoxon (two or more groups;
    kruskal is the same), vanderwaerden, median, or a function of the estimated population rank in (0, 1).
    ties: midrank, or row_order for R's rule, whose rank of people with equal y depends on the order of the rows.
    The t test gives estimate, se and interval in the unit of y.  A rank test gives the difference in mean rank score
    with its se under equality of the groups (no interval); more than two groups give symbol Chisq = the Wald
    statistic and its p value by F(df, ddf) of Chisq/df.  Degrees of freedom as R: design's minus 1 (minus groups + 1).
    not_estimable, with the reason: nobody, one group, more than two with t, a group in one PSU, no degree of freedom,
    no variance.  With replicate weights the t test repeats the estimate for each; the rank tests (R too) take the
    replicate variance of the linearised score.  Raises BdgError STAT-002 to STAT-005, STAT-009 to STAT-012, STAT-060.
    R: `svyttest`, `svyranktest` (of a group with more than two codes svyttest silently tests the second against the first).
    """
    if isinstance(method, str) and method not in get_args(Method):
        raise refuse("STAT-011", got_name=method, argument="method", choices=", ".join(get_args(Method)))
    if ties not in get_args(Ties):
        raise refuse("STAT-011", got_name=ties, argument="ties", choices=", ".join(get_args(Ties)))
    if group is None and method != "t":
        raise refuse("STAT-060", got_name=method if isinstance(method, str) else "score", argument="group")
    asked = subset(data, design, (y,) if group is None else (y, group), where)
    if group is None:
        return _one_sample(asked, y, mu, confidence)
    if method == "t":
        return _two_samples(asked, y, group, confidence)
    return _ranks(asked, y, group, method, ties)


def _one_sample(asked: Subset, y: str, mu: float, confidence: float) -> Tested:
    name, effect = "Design-based one-sample t-test", "mean"
    values = asked.people.number(y)
    here = asked.inside & ~np.isnan(values)
    n = int(here.sum())
    if n == 0:
        return untested(name, asked.silence(), symbol="t", effect=effect, confidence=confidence)
    made = _means(asked, values, [here])
    return _t(name, effect, made, asked.degrees(here) - 1, n, [asked.psus(here)], _size(values[here]), confidence, mu)


def _two_samples(asked: Subset, y: str, group: str, confidence: float) -> Tested:
    name, effect = "Design-based t-test", "difference in mean"
    values = asked.people.number(y)
    codes, at = asked.levels(group, asked.inside & ~np.isnan(values))
    here = at >= 0
    n = int(here.sum())
    if len(codes) != 2:
        reason = asked.silence() if not codes else ONE_GROUP if len(codes) == 1 else MANY_GROUPS
        return untested(name, reason, n=n, symbol="t", effect=effect, confidence=confidence)
    groups = [at == 0, at == 1]
    made = _means(asked, values, groups).linear(np.array([-1.0, 1.0]))
    effect = f"{effect} ({group} {codes[1]} - {codes[0]})"
    df = asked.degrees_answering(here) - 1
    return _t(name, effect, made, df, n, [asked.psus(g) for g in groups], _size(values[here]), confidence, 0.0)


def _means(asked: Subset, values: FloatArray, groups: list[NDArray[np.bool_]]) -> Joint:
    """The weighted mean of each group."""
    filled = np.where(np.isnan(values), 0.0, values)
    member = np.column_stack([g.astype(float) for g in groups])

    def statistic(weight: FloatArray) -> FloatArray:
        size = weight @ member
        return np.asarray((weight * filled) @ member / np.where(size > 0, size, np.nan), dtype=np.float64)

    def influence() -> FloatArray:
        weight = asked.people.weight
        return np.asarray(weight[:, None] * member * (filled[:, None] - statistic(weight)) / (weight @ member), dtype=np.float64)

    return asked.people.joint([f"group {i + 1}" for i in range(len(groups))], statistic, influence)


def _t(
    name: str, effect: str, made: Joint, df: float, n: int, psus: list[int], size: float, confidence: float, mu: float
) -> Tested:
    estimate, se = float(made.value[0]), float(made.se[0])
    if reason := NEGATIVE if np.isnan(se) else obstacle(df, se, size, psus):
        return untested(name, reason, n=n, symbol="t", effect=effect, confidence=confidence)
    limits = intervals.t_interval(estimate, se, df, confidence)
    status, note = _caution(df)
    return Tested(
        name, (estimate - mu) / se, df, None, intervals.two_sided_p(estimate - mu, se, df), estimate, se, limits.lower,
        limits.upper, n, status, note, "t", effect, confidence,
    )  # fmt: skip


def _ranks(asked: Subset, y: str, group: str, method: str | Score, ties: Ties) -> Tested:
    """The rank score regressed on the group; two groups end in t, more in Chisq."""
    label, score = SCORES[method] if isinstance(method, str) else (getattr(method, "__name__", "rank"), method)
    name, effect = f"Design-based {label} test", "difference in mean rank score"
    values = asked.people.number(y)
    codes, at = asked.levels(group, asked.inside & ~np.isnan(values))
    here = at >= 0
    n, k = int(here.sum()), len(codes)
    symbol = "t" if k <= 2 else "Chisq"
    if k < 2:
        return untested(name, ONE_GROUP if k else asked.silence(), n=n, symbol=symbol, effect=effect)
    weight = asked.people.weight
    points = np.zeros(len(weight))
    points[here] = score(population_ranks(values[here], weight[here], ties))
    if not np.isfinite(points).all():
        return untested(name, BAD_SCORE, n=n, symbol=symbol, effect=effect)
    member = np.column_stack([(at == j).astype(float) for j in range(k)])
    size = weight @ member
    mean = (weight * points) @ member / size
    share = member * (points[:, None] - mean) / size
    # R: the score is a given outcome; its replicates are totals of the influence, not new ranks
    made = asked.people.joint(codes, lambda w: np.asarray(w @ share, dtype=np.float64), lambda: weight[:, None] * share)
    shifts = np.column_stack([-np.ones(k - 1), np.eye(k - 1)])
    made, effects = made.linear(shifts), shifts @ mean
    df = asked.degrees_answering(here) - (k - 1)
    psus = [asked.psus(at == j) for j in range(k)]
    reason = NEGATIVE if np.isnan(made.se).any() else obstacle(df, float(made.se.min()), _size(points[here]), psus)
    if not reason and k > 2 and np.linalg.matrix_rank(made.vcov) < k - 1:
        reason = SINGULAR
    if reason:
        return untested(name, reason, n=n, symbol=symbol, effect=effect)
    status, note = _caution(df)
    if k == 2:
        change, se = float(effects[0]), float(made.se[0])
        p = intervals.two_sided_p(change, se, df)
        effect = f"{effect} ({group} {codes[1]} - {codes[0]})"
        return Tested(name, change / se, df, None, p, change, se, None, None, n, status, note, symbol, effect)
    wald = float(effects @ np.linalg.solve(made.vcov, effects))
    p = float(fdtrc(k - 1, df, wald / (k - 1)))
    return Tested(name, wald, float(k - 1), df, p, n=n, status=status, reason=note, symbol=symbol, effect=effect)


def population_ranks(values: FloatArray, weight: FloatArray, ties: Ties = "midrank") -> FloatArray:
    """Estimated population ranks (n,), in (0, 1): the weight below plus half of one's own and of one's equals.

    midrank: people with equal values share the middle of their weight.  row_order: R's rule, the plain mean over the
    equals of (weight up to and including me, minus half of mine), in the order of the rows; the same with equal weights.
    """
    order = np.argsort(values, kind="stable")
    sorted_weight = weight[order]
    upto = np.cumsum(sorted_weight)
    first = np.r_[True, np.diff(values[order]) != 0]
    start = np.flatnonzero(first)
    tie = np.cumsum(first) - 1
    if ties == "row_order":
        middle = np.add.reduceat(upto - sorted_weight / 2, start) / np.diff(np.r_[start, len(order)])
    else:
        end = np.r_[start[1:], len(order)] - 1
        middle = (np.r_[0.0, upto[end][:-1]] + upto[end]) / 2
    out = np.empty(len(order))
    out[order] = middle[tie] / weight.sum()
    return out


def _size(values: FloatArray) -> float:
    """The magnitude against which a standard error counts as zero."""
    return float(np.abs(values).max())


def _caution(df: float) -> tuple[Literal["ok", "caution"], str]:
    return ("caution", few_df(df)) if df < CAUTION_DF else ("ok", "")
