"""The one variance: linearised scores of sampled units, centred in their strata, stage by stage.

Imports numpy, units and design; never sees a person, a frame or a statistics library.
Every method is a linear map from scores z to contributions e with V(a, b) = sum over rows of sign * e_a * e_b, so
that any two estimates of a request have a covariance.  Sources: Woodruff (1971) JASA 66:411; Binder (1983) Int. Stat.
Rev. 51:279; Saerndal, Swensson and Wretman (1992) ch. 4 (two stages); R survey 4.1 `svyrecvar`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forms.errors import refuse

from .design import Lonely, LonelyRule, Pps
from .units import BETWEEN, CERTAIN, FloatArray, IntArray, Units

Holds = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Spread:
    """Contributions to the variance.  values: (m, k); ids: what each row is; sign: (m,) of 1 and -1."""

    ids: tuple[str, ...]
    values: FloatArray
    sign: FloatArray

    @property
    def vcov(self) -> FloatArray:
        """The (k, k) covariance of the estimates."""
        out: FloatArray = (self.values * self.sign[:, None]).T @ self.values
        return out


def ratio_scores(wy: FloatArray, wx: FloatArray) -> tuple[FloatArray, FloatArray]:
    """R = sum(wy)/sum(wx) and z_i = (wy_i - R wx_i)/sum(wx) by unit (rows) and estimate (columns).

    A mean is the ratio with x = 1; NaN where sum(wx) is 0.  R: `svymean`, `svyratio`.
    """
    y, x = wy.sum(axis=0), wx.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = y / np.where(x == 0.0, np.nan, x)
        return ratio, np.where(np.isnan(ratio), 0.0, (wy - ratio * wx) / np.where(x == 0.0, 1.0, x))


def spread(z: FloatArray, units: Units, rule: LonelyRule, pps: Pps | None = None, holds: Holds | None = None) -> Spread:
    """Contributions of one wave's scores z (units.size, k).

    First stage: sqrt((1 - f_h) n_h/(n_h - 1)) (z_i - mean of z in h), f = 0 with replacement; second stage, where the
    units know it: sqrt(f_h (1 - f_hi) m_hi/(m_hi - 1)) (z_ij - mean of z in i).  With pps the first stage follows its
    rule.  A stratum with one PSU follows `rule` (see Lonely), unless the PSU is certain (f = 1: it adds nothing here).
    holds: (psus, k), which PSUs hold each estimate's domain; given only for R's `adjust.domain.lonely`.
    """
    if rule == "collapse":
        units = units.collapsed()
    first = units.by_psu(z)
    if pps is not None and pps.rule in ("hartley_rao", "joint"):
        values, sign, ids = _quadratic(first, units, rule, pps)
    else:
        values, sign, ids = first_stage(first, units, rule, pps, holds), np.ones(len(units.psu)), units.psu
    if units.parent is None or units.fraction2 is None:
        return Spread(ids, values, sign)
    inner = second_stage(z, units, units.parent, units.fraction2, rule)
    below = tuple(units.psu[i] + BETWEEN + ssu for i, ssu in zip(units.parent.tolist(), units.ssu, strict=True))
    return Spread((*ids, *below), np.vstack([values, inner]), np.r_[sign, np.ones(len(inner))])


def first_stage(z: FloatArray, units: Units, rule: LonelyRule, pps: Pps | None = None, holds: Holds | None = None) -> FloatArray:
    """Contributions of the PSUs, (psus, k)."""
    if z.shape[0] == 0:
        return z.copy()
    h, count, rest = units.h, units.count, 1.0 - units.fraction
    certain = units.by_stratum(np.where(rest < CERTAIN, 0.0, 1.0)[:, None])[:, 0] == 0
    alone = (count == 1) & ~certain
    if rule == "fail" and alone.any():
        raise refuse("STAT-001", stratum=", ".join(np.array(units.strata)[alone].tolist()))
    pull = np.maximum(rest, 0.0) if pps is not None and pps.rule == "deville" else np.ones(len(h))
    total = units.by_stratum(pull[:, None])
    mean = units.by_stratum(z * pull[:, None]) / np.where(total > 0, total, 1.0)
    root = np.sqrt(np.maximum(rest, 0.0) * (count / np.maximum(count - 1, 1))[h])[:, None]
    e: FloatArray = (z - mean[h]) * root
    if holds is not None:
        single = units.by_stratum(holds.astype(float)) == 1
        lonely = alone[:, None] | (single & (count > 1)[:, None] & ~certain[:, None])
    elif alone.any():
        lonely = np.broadcast_to(alone[:, None], (len(count), z.shape[1]))
    else:
        return e
    return _lonely(e, z * root, lonely, h, rule, (z - z.mean(axis=0)) * root)


def _quadratic(z: FloatArray, units: Units, rule: LonelyRule, pps: Pps) -> tuple[FloatArray, FloatArray, tuple[str, ...]]:
    """Contributions, signs and ids of a quadratic form; it says nothing of a stratum with one PSU, which follows the rule."""
    from .pps import quadratic

    alone = (units.count[units.h] == 1) & (units.fraction < 1.0 - CERTAIN)
    if not alone.any():
        return quadratic(z, units, pps)
    own = first_stage(z, units, rule)
    values, sign, ids = quadratic(np.where(alone[:, None], 0.0, z), units, pps)
    if rule == "average":
        usable = len(units.strata) - int(alone.sum())
        values = values * (np.sqrt(len(units.strata) / usable) if usable else np.nan)
    values[: len(own)] = np.where(alone[:, None], own, values[: len(own)])
    return values, sign, ids


def _lonely(e: FloatArray, bare: FloatArray, lonely: Holds, h: NDArray[np.intp], rule: LonelyRule, off: FloatArray) -> FloatArray:
    """The rule applied to lonely (strata, k): bare = uncentred, off = distance from the mean of all PSUs."""
    if rule == "adjust":
        return np.where(lonely[h], bare, e)
    if rule == "centre":
        return np.where(lonely[h], off, e)
    if rule == "average":
        usable = len(lonely) - lonely.sum(axis=0)
        with np.errstate(divide="ignore"):
            factor = np.where(usable > 0, np.sqrt(len(lonely) / np.maximum(usable, 1)), np.nan)
        return np.where(lonely[h], 0.0, e) * factor
    return e


def second_stage(z: FloatArray, units: Units, at: IntArray, fraction2: FloatArray, rule: LonelyRule) -> FloatArray:
    """Contributions of the SSUs within their PSUs, (ssus, k).  A PSU with one SSU that is not all of it follows the rule.

    at: PSU index of each SSU; fraction2: its second-stage fraction.

    fail stops; adjust and centre take the score uncentred; average spreads the mean of the others; the rest add nothing.
    """
    rest = np.maximum(1.0 - fraction2, 0.0)
    m = np.bincount(at, minlength=len(units.psu))
    mean = units.by_psu(z) / np.maximum(m, 1)[:, None]
    open_ = rest > CERTAIN
    root = np.sqrt(units.fraction[at] * np.where(open_, rest, 0.0) * (m / np.maximum(m - 1, 1))[at])[:, None]
    e: FloatArray = (z - mean[at]) * root
    alone = (m[at] == 1) & open_ & (units.fraction[at] > 0)
    if not alone.any():
        return e
    if rule == "fail":
        raise refuse("STAT-001", stratum=", ".join(units.psu[i] for i in at[alone]))
    if rule in ("adjust", "centre"):
        return np.where(alone[:, None], z * root, e)
    if rule == "average":
        psus = len(np.unique(at))
        e = e * (np.sqrt(psus / (psus - alone.sum())) if psus > alone.sum() else np.nan)
    return e


def united(parts: Mapping[int, Spread], *, apart: bool = False) -> Spread:
    """The contributions of several waves over the union of their ids: a row's entries add up (`wave_centred`).

    Estimates of the same columns in every part.  apart: keep each wave's rows to itself, as if no PSU were shared.
    """
    names = [(f"{wave}{BETWEEN}{i}" if apart else i) for wave, part in parts.items() for i in part.ids]
    number: dict[str, int] = {}
    at = np.array([number.setdefault(name, len(number)) for name in names], dtype=np.intp)
    k = next(iter(parts.values())).values.shape[1] if parts else 0
    values, sign = np.zeros((len(number), k)), np.ones(len(number))
    start = 0
    for part in parts.values():
        rows = at[start : start + len(part.ids)]
        values[rows] += part.values
        sign[rows] = part.sign
        start += len(part.ids)
    return Spread(tuple(number), values, sign)


def crossproduct(e1: FloatArray, ids1: Sequence[str], e2: FloatArray, ids2: Sequence[str]) -> float:
    """Sum over the ids common to both of e1_i e2_i; ids are unique within each."""
    _, at1, at2 = np.intersect1d(np.asarray(ids1, dtype=str), np.asarray(ids2, dtype=str), return_indices=True)
    return float(e1[at1] @ e2[at2])


def lonely_rule(lonely: Lonely, waves: int) -> LonelyRule:
    """The rule for levels of one wave, or for what joins several."""
    return lonely.level if waves == 1 else lonely.change
