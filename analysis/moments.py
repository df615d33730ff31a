"""The joint second moments of two waves' levels, whatever PSUs, strata and persons the waves share.

Imports levels, units and variance.  Sees contributions by PSU, never a person.  Derivations: docs/methods.md section 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from forms.errors import refuse

from .design import Design
from .levels import Levels
from .units import FloatArray, Groups, IntArray, Units
from .variance import Holds, Spread, spread

Method = Literal["wave_centred", "unbiased", "stacked", "independent"]


@dataclass(frozen=True, eq=False)
class Moments:
    """(k,) each: variances of base and now, their covariance, degrees of freedom of the difference.

    spread: contributions of now - base, None where the method has no such vectors (unbiased).
    """

    v_base: FloatArray
    v_now: FloatArray
    cov: FloatArray
    df: FloatArray
    spread: Spread | None


def moments(base: Levels, now: Levels, design: Design, method: Method) -> Moments:
    """The joint moments of two waves with the same columns.

    wave_centred: sum of e_1i e_2i over common ids, each e centred in its own wave's stratum.  unbiased: the centred
    cross-products of the common PSUs times n1 n2/(n1 n2 - n_union), by pair of strata, and with fpc times
    1 - n1 n2/(common N) (Tam 1984 Am. Stat. 38:288).  stacked: one design over the
    union of both waves' PSUs (R with stacked rows).  independent: no covariance.  Needs PSU scores for stacked and
    unbiased: BdgError STAT-015 with two-stage, calibrated or replicated designs.
    """
    v1, v2 = base.variance, now.variance
    if method == "independent":
        apart = Spread((*base.spread.ids, *(f"{i} " for i in now.spread.ids)), _below(base, now), _signs(base, now))
        return Moments(v1, v2, np.zeros_like(v1), base.df + now.df, apart)
    if method == "stacked":
        return _stacked(base, now, design)
    df = degrees(base, now, design)
    if method == "unbiased":
        return Moments(v1, v2, _unbiased(base, now), df, None)
    ids, at1, at2 = _union(base.spread.ids, now.spread.ids)
    wide = np.zeros((len(ids), len(v1)))
    wide[at2] = now.spread.values
    cov = np.einsum("ij,ij->j", wide[at1] * base.spread.sign[:, None], base.spread.values)
    wide[at1] -= base.spread.values
    sign = np.ones(len(ids))
    sign[at1], sign[at2] = base.spread.sign, now.spread.sign
    return Moments(v1, v2, cov, df, Spread(ids, wide, sign))


def degrees(base: Levels, now: Levels, design: Design) -> FloatArray:
    """df_1 + df_2 - D, D = dimension of the centred vectors that both waves have in common.

    Common PSUs minus what the two centrings take: with strata h in one wave and k in the other it is
    common - (h + k - parts), parts being the connected groups of strata.  With strata unchanged that is
    sum over h of max(n_12h - 1, 0).  Under the domain rule only PSUs that hold the domain in both waves count.
    """
    if base.units is None or now.units is None or base.held is None or now.held is None:
        return np.maximum(base.df, now.df)
    both, h1, h2 = _common(base, now, everybody=design.df_rule == "design")
    names1, names2 = np.array(base.sampled.strata, dtype=object), np.array(now.sampled.strata, dtype=object)
    if len(h1) == 0 or not len(base.value):
        return base.df + now.df
    if (names1[h1] == names2[h2]).all():
        order = np.argsort(h1, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(h1[order]) > 0])
        inside = np.add.reduceat(both[order].astype(np.float64), starts, axis=0)
        return np.asarray(base.df + now.df - np.maximum(inside - 1, 0).sum(axis=0), dtype=np.float64)
    patterns, at = np.unique(both, axis=1, return_inverse=True)
    taken = np.array([_joins(h1[p], h2[p]) for p in patterns.T])
    return np.asarray(base.df + now.df - (patterns.sum(axis=0) - taken)[at.ravel()], dtype=np.float64)


def shared(base: Levels, now: Levels) -> tuple[IntArray, IntArray]:
    """(k,) PSUs and strata that hold an answer in either wave."""
    if base.units is None or now.units is None or base.held is None or now.held is None:
        none = np.zeros(len(base.value), dtype=np.intp)
        return none, none
    both, _, _ = _common(base, now, everybody=False)
    names = sorted({*base.sampled.strata, *now.sampled.strata})
    seen = np.zeros((len(names), len(base.value)), dtype=bool)
    for one in (base, now):
        rows = [names.index(name) for name in one.sampled.strata]
        seen[rows] |= one.sampled.by_stratum(one.holds.astype(np.float64)) > 0
    return base.psus + now.psus - both.sum(axis=0), seen.sum(axis=0)


def _union(first: Sequence[str], second: Sequence[str]) -> tuple[tuple[str, ...], IntArray, IntArray]:
    """All ids once, and where those of each wave stand."""
    at = {name: i for i, name in enumerate(first)}
    two = np.array([at.setdefault(name, len(at)) for name in second], dtype=np.intp)
    return tuple(at), np.arange(len(first), dtype=np.intp), two


def _pairs(base: Units, now: Units) -> tuple[IntArray, IntArray]:
    """Positions of the common PSUs in each wave."""
    at = {name: i for i, name in enumerate(base.psu)}
    found = [(at[name], j) for j, name in enumerate(now.psu) if name in at]
    pairs = np.array(found, dtype=np.intp).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _common(base: Levels, now: Levels, *, everybody: bool) -> tuple[Holds, IntArray, IntArray]:
    """(common, k) which common PSUs count, and their stratum in each wave."""
    c1, c2 = _pairs(base.sampled, now.sampled)
    both = np.ones((len(c1), len(base.value)), dtype=np.bool_) if everybody else base.holds[c1] & now.holds[c2]
    return both, base.sampled.h[c1], now.sampled.h[c2]


def _joins(h1: IntArray, h2: IntArray) -> int:
    """Strata of both waves minus their connected groups."""
    groups = Groups({})
    return sum(groups.join(("base", str(a)), ("now", str(b))) for a, b in zip(h1.tolist(), h2.tolist(), strict=True))


def _unbiased(base: Levels, now: Levels) -> FloatArray:
    """Covariance (k,) from the common PSUs, by pair of strata; 0 where a pair has nothing to centre on."""
    _one_stage(base, now, "unbiased")
    c1, c2 = _pairs(base.sampled, now.sampled)
    h1, h2 = base.sampled.h[c1], now.sampled.h[c2]
    d1, d2 = _centred(base.bare, base.sampled)[c1], _centred(now.bare, now.sampled)[c2]
    f1, f2 = base.sampled.fraction[c1], now.sampled.fraction[c2]
    n1, n2 = base.sampled.count[h1].astype(float), now.sampled.count[h2].astype(float)
    pair = h1 * (len(now.sampled.strata) + 1) + h2
    _, at, common = np.unique(pair, return_inverse=True, return_counts=True)
    room = n1 * n2 - (n1 + n2 - common[at])
    factor = np.where(room > 0, n1 * n2 / np.where(room > 0, room, 1.0), 0.0) * (1 - np.sqrt(f1 * f2 * n1 * n2) / common[at])
    return np.asarray((d1 * d2 * factor[:, None]).sum(axis=0), dtype=np.float64)


def _centred(scores: FloatArray, units: Units) -> FloatArray:
    """Distances from the stratum's mean."""
    mean = units.by_stratum(scores) / np.maximum(units.count, 1)[:, None]
    return np.asarray(scores - mean[units.h], dtype=np.float64)


def _stacked(base: Levels, now: Levels, design: Design) -> Moments:
    _one_stage(base, now, "stacked")
    home: dict[str, str] = {}
    part: dict[str, float] = {}
    for units in (base.sampled, now.sampled):
        each = units.fraction / (units.count[units.h] if design.pps is None else 1)
        for psu, stratum, fraction in zip(units.psu, units.stratum, each.tolist(), strict=True):
            if home.setdefault(psu, stratum) != stratum:
                raise refuse("STAT-007", psu=psu, got=f"{home[psu]}, {stratum}")
            part[psu] = fraction
    order = sorted(home, key=lambda psu: (home[psu], psu))
    union = Units(tuple(home[p] for p in order), tuple(order), np.array([part[p] for p in order]))
    if design.pps is None:  # of N PSUs the union was drawn, not one wave's part of it
        union = replace(union, fraction=np.minimum(union.fraction * union.count[union.h], 1.0))
    at = {psu: i for i, psu in enumerate(order)}
    made = [_spread_over(one, union, at, design) for one in (base, now)]
    psus, strata = shared(base, now)
    whole = float(len(order) - len(union.strata))
    df = (psus - strata).astype(float) if design.df_rule == "domain" else np.full(len(base.value), whole)
    e1, e2 = made[0].values, made[1].values
    v = [np.einsum("ij,ij->j", a * made[0].sign[:, None], b) for a, b in ((e1, e1), (e2, e2), (e1, e2))]
    return Moments(v[0], v[1], v[2], df, Spread(made[0].ids, e2 - e1, made[0].sign))


def _spread_over(one: Levels, union: Units, at: dict[str, int], design: Design) -> Spread:
    z = np.zeros((len(union.psu), len(one.value)))
    z[[at[psu] for psu in one.sampled.psu]] = one.bare
    return spread(z, union, design.lonely.change, design.pps)


def _one_stage(base: Levels, now: Levels, method: str) -> None:
    for one in (base, now):
        if one.units is None or one.scores is None or one.sampled.parent is not None:
            raise refuse("STAT-015", got=method, method=method)


def _below(base: Levels, now: Levels) -> FloatArray:
    return np.vstack([-base.spread.values, now.spread.values])


def _signs(base: Levels, now: Levels) -> FloatArray:
    return np.concatenate([base.spread.sign, now.spread.sign])
