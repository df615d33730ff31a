"""The one variance: linearised PSU scores, centred in their strata.

Imports numpy and design; never sees a person, a frame or a statistics library.
Source: Woodruff (1971) JASA 66:411; Binder (1983) Int. Stat. Rev. 51:279; R survey 4.1 `svyrecvar`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forms.errors import refuse

from .design import LonelyRule
from .totals import FloatArray


def ratio_scores(wy: FloatArray, wx: FloatArray) -> tuple[float, FloatArray]:
    """R = sum(wy)/sum(wx) and z_i = (wy_i - R wx_i)/sum(wx) for every sampled PSU, zero where nobody belongs.

    A mean is the ratio with x = 1.  ZeroDivisionError when sum(wx) is 0.  R: `svymean`, `svyratio`.
    """
    y, x = float(wy.sum()), float(wx.sum())
    if x == 0.0:
        raise ZeroDivisionError("the weighted denominator is zero")
    ratio = y / x
    return ratio, (wy - ratio * wx) / x


def total_scores(wy: FloatArray) -> tuple[float, FloatArray]:
    """The total and its scores, which are the PSU totals themselves.  R: `svytotal`."""
    return float(wy.sum()), wy.copy()


def centred(scores: FloatArray, strata: Sequence[str], lonely: LonelyRule) -> FloatArray:
    """e_i = sqrt(n_h/(n_h-1)) (z_i - mean of z in h): the variance is e'e, a covariance e1'e2 over PSU ids.

    scores: one per sampled PSU; strata: its stratum.  A stratum with one PSU follows the rule:
    certainty 0; adjust z_i itself (R leaves it uncentred, also for totals); average: 0, and all others are
    multiplied by sqrt(H/(H - lonely strata)); fail: BdgError STAT-001 with the stratum's name.
    """
    if len(scores) == 0:
        return scores.copy()
    names, h = np.unique(np.asarray(strata, dtype=str), return_inverse=True)
    count = np.bincount(h)
    alone = count == 1
    if lonely == "fail" and alone.any():
        raise refuse("STAT-001", stratum=", ".join(names[alone].tolist()))
    mean = np.bincount(h, weights=scores) / count
    e: FloatArray = (scores - mean[h]) * np.sqrt(count / np.where(alone, 1, count - 1))[h]
    if lonely == "adjust":
        e = np.where(alone[h], scores, e)
    if lonely == "average" and alone.any():
        usable = len(count) - int(alone.sum())
        e = e * (np.sqrt(len(count) / usable) if usable else np.nan)
    return e


def crossproduct(e1: FloatArray, ids1: Sequence[str], e2: FloatArray, ids2: Sequence[str]) -> float:
    """Sum over the PSU ids common to both of e1_i e2_i; ids are unique within each."""
    _, at1, at2 = np.intersect1d(np.asarray(ids1, dtype=str), np.asarray(ids2, dtype=str), return_indices=True)
    return float(e1[at1] @ e2[at2])
