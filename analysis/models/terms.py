"""Tests of terms: Wald on the design-based covariance, and the working likelihood ratio of Rao, Scott and Lumley.

Imports numpy, scipy.special, chisquares and work.  Sources: Rao, Scott and Skinner (1998) Stat. Sinica 8:1059; Lumley and
Scott (2014) Aust. N. Z. J. Stat. 56:1 (working likelihood ratio); R `regTermTest`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy.special import chdtrc, fdtrc

from forms.errors import refuse

from ..joint import Joint
from ..status import CAUTION_DF, NO_DF, ONE_PSU, few_df
from ..testing import chisquares
from ..testing.tested import Tested
from ..units import FloatArray
from . import irls
from .formula import canonical, split_terms
from .work import Estimated, Setting, Work, kernel_of

Method = Literal["wald", "lrt"]
SINGULAR = (
    "ma trận hiệp phương sai suy biến: số địa bàn không đủ cho số hệ số | singular covariance: too few PSUs for the coefficients"
)
EMPTY = "thành phần này không còn hệ số nào trong mô hình | the term has no coefficient left in the model"


@dataclass(frozen=True)
class TermTest(Tested):
    """A test of terms.  term: what was tested.  weights: of the chi-squares in the working likelihood ratio's distribution."""

    term: str = ""
    weights: tuple[float, ...] = ()


def term_test(
    work: Work, term: str | Sequence[str], method: Method, df: float | None, approximation: chisquares.Method
) -> TermTest:
    """See Model.test."""
    for argument, got, choices in (
        ("method", method, get_args(Method)),
        ("approximation", approximation, get_args(chisquares.Method)),
    ):
        if got not in choices:
            raise refuse("STAT-011", got_name=got, argument=argument, choices=", ".join(choices))
    label = term if isinstance(term, str) else " + ".join(term)
    name = "Wald test" if method == "wald" else f"Working (Rao-Scott) likelihood ratio test, {approximation}"
    if work.made is None or work.setting is None:
        return _untested(name, work.reason, work.n, label)
    index = _index(work.setting, split_terms(label))
    if not index:
        return _untested(name, EMPTY, work.n, label)
    if set(index) & set(work.setting.lonely):
        return _untested(name, ONE_PSU, work.n, label)
    ddf = work.made.joint.df if df is None else float(df)
    if not ddf >= 1:
        return _untested(name, NO_DF, work.n, label)
    if method == "wald":
        return _wald(work.made.joint.pick(index), ddf, work.n, label)
    return _ratio(work, work.setting, work.made, index, ddf, name, label, approximation)


def wald(joint: Joint) -> float | None:
    """B' V^-1 b of all its estimates; None when V is singular."""
    scale = joint.se
    if not (scale > 0).all():
        return None
    cov = joint.vcov / np.outer(scale, scale)
    if float(np.linalg.cond(cov)) > 1e12:
        return None
    z = joint.value / scale
    found = float(z @ np.linalg.solve(cov, z))
    return found if found >= 0 else None


def _wald(joint: Joint, ddf: float, n: int, label: str) -> TermTest:
    q, found = len(joint.names), wald(joint)
    if found is None:
        return _untested("Wald test", SINGULAR, n, label)
    if math.isinf(ddf):
        p, symbol, statistic, second = float(chdtrc(q, found)), "Chisq", found, None
    else:
        p, symbol, statistic, second = float(fdtrc(q, ddf, found / q)), "F", found / q, ddf
    return _tested("Wald test", statistic, q, second, p, n, symbol, label)


def _ratio(
    work: Work, setting: Setting, made: Estimated, index: list[int], ddf: float, name: str, label: str,
    approximation: chisquares.Method,
) -> TermTest:  # fmt: skip
    """Deviance without the term minus deviance with it, both with weights of mean 1; weights = eigenvalues of V0^-1 V."""
    naive = made.fit.bread[np.ix_(index, index)] * made.scale
    weights = np.linalg.eigvals(np.linalg.solve(naive, made.joint.vcov[np.ix_(index, index)])).real
    weight = work.sub.people.weight[work.mask]
    if len(index) == len(setting.kept) and not setting.ordered:
        without = float(weight @ irls.FAMILIES[work.asked.family].deviance(setting.y, np.zeros(len(setting.y))))
    else:
        without = kernel_of(work.asked, setting, made.scale, tuple(index))(weight, None).deviance
    statistic = max((without - made.fit.deviance) / made.scale, 0.0)
    p = chisquares.upper_tail(statistic, weights, ddf=ddf, method=approximation)
    if math.isnan(p):
        return _untested(name, SINGULAR, work.n, label)
    second = None if math.isinf(ddf) else ddf
    return _tested(name, statistic, len(index), second, p, work.n, "Chisq", label, tuple(sorted(weights.tolist(), reverse=True)))


def _index(setting: Setting, asked: Sequence[str]) -> list[int]:
    """Positions among the parameters of the coefficients of these terms.  BdgError STAT-052."""
    known = {canonical(label): columns for label, columns in setting.matrix.terms}
    known["1"] = known.get("Intercept", ())
    wanted: list[int] = []
    for term in asked:
        if canonical(term) not in known:
            raise refuse("STAT-052", term=term, choices=", ".join(label for label, _ in setting.matrix.terms))
        wanted += known[canonical(term)]
    return [i for i, j in enumerate(setting.kept) if j in wanted]


def _tested(
    method: str, statistic: float, df: float, ddf: float | None, p: float, n: int, symbol: str, term: str,
    weights: tuple[float, ...] = (),
) -> TermTest:  # fmt: skip
    few = ddf is not None and ddf < CAUTION_DF
    return TermTest(
        method, statistic, float(df), ddf, p, n=n, symbol=symbol, status="caution" if few else "ok",
        reason=few_df(ddf) if few and ddf is not None else "", term=term, weights=weights,
    )  # fmt: skip


def _untested(method: str, reason: str, n: int, term: str) -> TermTest:
    return TermTest(method, None, None, n=n, status="not_estimable", reason=reason, term=term)


def benjamini_hochberg(p: FloatArray) -> FloatArray:
    """Adjusted p values (k,), NaN stays out: reject where they are at most q.  Source: (1995) JRSS B 57:289; R: `p.adjust`."""
    out = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known])[::-1]]
    rank = np.arange(len(order), 0, -1)
    out[order] = np.minimum(np.minimum.accumulate(p[order] * len(order) / rank), 1.0) if len(order) else 0.0
    return out
