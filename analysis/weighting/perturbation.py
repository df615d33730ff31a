"""How each replicate changes the weights of each PSU: factors of the jackknife, half samples and bootstrap, wave by wave.

Imports numpy, units, hadamard and the error catalogue.  Sampled units only: no persons, no weights.
A PSU keeps its identity across waves: it is dropped, kept or drawn in every wave at once, in each wave within that wave's
own stratum (so a PSU that changes stratum perturbs another set of neighbours in each wave).  The factors are scaled
wave by wave so that the variance of any linear estimate, the change too, is that of `wave_centred` (JK1, JKn: exactly;
BRR, Fay: exactly, with the pairs as strata; bootstrap: in expectation).  One wave gives R's weights.
Sources: Wolter (2007) Introduction to Variance Estimation, ch. 3-5; Fay (1989) Proc. ASA SRMS 212; Rao and Wu (1988)
JASA 83:231; Beaumont and Patak (2012) Int. Stat. Rev. 80:127; R survey 4.1 `as.svrepdesign`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forms.errors import refuse

from ..design import LonelyRule
from ..units import CERTAIN, FloatArray, IntArray, Units
from . import hadamard

HALF = 0.5
SIGNS = (
    "các kỳ không cùng địa bàn: bootstrap tổng quát, dấu ±1, hệ số 1/2"
    " | waves do not share all PSUs: generalised bootstrap, signs, factor 1/2"
)


@dataclass(frozen=True, eq=False)
class Made:
    """Factors (psus, replicates) of each wave, and how their spread is weighed: see Replicates."""

    factors: dict[int, FloatArray]
    scale: float
    rscales: FloatArray
    notes: tuple[str, ...] = ()


def jackknife(wave_units: Mapping[int, Units], rule: LonelyRule, kind: str) -> Made:
    """Factors 1 - c for the PSU left out and 1 + c/(n - 1) for its stratum; one wave has c = 1.

    a^2 = (1 - f)(n - 1)/n is the weight of a PSU's deletion in its wave; rscale is the largest of its waves, and c = a over
    its root makes each wave's own variance right.  A lonely stratum under adjust (centre) is left out against all others.
    """
    ids = _ids(wave_units)
    if kind == "JK1" and any(len(units.strata) != 1 for units in wave_units.values()):
        raise refuse("STAT-079", expected="strata=None", got=", ".join(next(iter(wave_units.values())).strata[:5]), method=kind)
    amplitude = np.zeros((len(wave_units), len(ids)))
    alone = {}
    for i, (wave, units) in enumerate(wave_units.items()):
        n = units.count[units.h]
        alone[wave] = _checked(units, rule, kind)
        size = np.maximum(1.0 - units.fraction, 0.0) * (n - 1) / n
        if rule in ("adjust", "centre"):
            size = np.where(np.isin(units.h, alone[wave]), (len(units.strata) - 1) / len(units.strata), size)
        amplitude[i, [ids[psu] for psu in units.psu]] = np.sqrt(np.where(size < CERTAIN, 0.0, size))
    largest = amplitude.max(axis=0)
    active = np.flatnonzero(largest > 0)
    if len(active) == 0:
        raise refuse("STAT-079", expected="n >= 2", got=f"{len(ids)} PSU", method=kind)
    scale = 1.0
    if rule == "average" and any(len(v) for v in alone.values()):
        if len(wave_units) > 1:
            raise refuse("STAT-079", expected="lonely: certainty, adjust, collapse", got=rule, method=kind)
        scale = len(ids) / len(active)
    rscales = largest[active] ** 2
    if kind == "JK1":
        scale, rscales = float(rscales.max()), np.ones(len(active))
    pull = amplitude[:, active] / np.sqrt(scale if kind == "JK1" else rscales)
    factors = {w: _left_out(u, ids, active, pull[i], alone[w], rule) for i, (w, u) in enumerate(wave_units.items())}
    return Made(factors, scale, rscales)


def _left_out(
    units: Units, ids: Mapping[str, int], active: IntArray, pull: FloatArray, alone: IntArray, rule: LonelyRule
) -> FloatArray:
    """(psus, replicates) of one wave."""
    out = np.ones((len(units.psu), len(active)))
    at = {ids[psu]: j for j, psu in enumerate(units.psu)}
    for r, number in enumerate(active.tolist()):
        j = at.get(number)
        if j is None or pull[r] == 0:
            continue
        h = units.h[j]
        if h in alone and rule in ("adjust", "centre"):
            out[:, r] += pull[r] / (len(units.strata) - 1)
        else:
            out[units.h == h, r] += pull[r] / (units.count[h] - 1)
        out[j, r] = 1.0 - pull[r]
    return out


def halves(wave_units: Mapping[int, Units], kind: str, fay: float) -> Made:
    """Half samples: each pair takes the signs of its own row of a Hadamard matrix; the same pair in two waves one row."""
    number: dict[tuple[str, str], int] = {}
    of: dict[str, tuple[str, str]] = {}
    for units in wave_units.values():
        for h, start in enumerate(units.starts.tolist()):
            psus = units.psu[start : start + units.count[h]]
            if units.fraction[start] >= 1.0 - CERTAIN:
                continue
            if len(psus) % 2:
                raise refuse("STAT-079", expected="2, 4, 6 ... PSU", got=f"{units.strata[h]}: {len(psus)}", method=kind)
            for pair in zip(psus[::2], psus[1::2], strict=True):
                if any(of.setdefault(psu, pair) != pair for psu in pair):
                    raise refuse("STAT-079", expected="mọi kỳ cùng cặp / the same pairs in every wave", got=pair[0], method=kind)
                number.setdefault(pair, len(number))
    signs = hadamard.matrix(hadamard.order(len(number)))[1 : len(number) + 1]
    count = signs.shape[1]
    factors = {}
    for wave, units in wave_units.items():
        out = np.ones((len(units.psu), count))
        for j, psu in enumerate(units.psu):
            if psu in of:
                side = 1.0 if of[psu][0] == psu else -1.0
                out[j] = 1.0 + side * signs[number[of[psu]]] * (1.0 - fay)
        factors[wave] = out
    return Made(factors, 1.0 / (count * (1.0 - fay) ** 2), np.ones(count))


def bootstrap(wave_units: Mapping[int, Units], rule: LonelyRule, count: int, random: np.random.Generator) -> Made:
    """Rao-Wu where every wave has the same PSUs in the same strata; else signs drawn by PSU, centred in each wave's strata."""
    for units in wave_units.values():
        _checked(units, rule, "bootstrap")
    first = next(iter(wave_units.values()))
    if all(units.psu == first.psu and units.stratum == first.stratum for units in wave_units.values()):
        drawn = np.ones((len(first.psu), count))
        for start, n in zip(first.starts.tolist(), first.count.tolist(), strict=True):
            if n > 1:
                times = random.multinomial(n - 1, np.full(n, 1.0 / n), size=count).T
                drawn[start : start + n] = times * n / (n - 1)
        factors = {w: 1.0 + np.sqrt(np.maximum(1.0 - u.fraction, 0.0))[:, None] * (drawn - 1.0) for w, u in wave_units.items()}
        return Made(factors, 1.0 / (count - 1), np.ones(count))
    ids = _ids(wave_units)
    signs = random.choice(np.array([-1.0, 1.0]), size=(len(ids), count))
    factors = {}
    for wave, units in wave_units.items():
        own = signs[[ids[psu] for psu in units.psu]]
        mean = units.by_stratum(own) / units.count[:, None]
        n = units.count[units.h]
        root = np.sqrt(np.maximum(1.0 - units.fraction, 0.0) * n / np.maximum(n - 1, 1))[:, None]
        factors[wave] = 1.0 + HALF * root * (own - mean[units.h])
    return Made(factors, 1.0 / (HALF**2 * (count - 1)), np.ones(count), (SIGNS,))


def _lonely(units: Units) -> IntArray:
    """The strata with one PSU that is not all of it."""
    return np.flatnonzero((units.count == 1) & (units.fraction[units.starts] < 1.0 - CERTAIN))


def _checked(units: Units, rule: LonelyRule, kind: str) -> IntArray:
    """The lonely strata, after STAT-001 or STAT-079 where the rule cannot be followed."""
    alone = _lonely(units)
    names = ", ".join(units.strata[h] for h in alone.tolist())
    if len(alone) and rule == "fail":
        raise refuse("STAT-001", stratum=names)
    if len(alone) and kind == "bootstrap" and rule != "certainty":
        raise refuse("STAT-079", expected="lonely: certainty, collapse", got=f"{rule}: {names}", method=kind)
    return alone


def _ids(wave_units: Mapping[int, Units]) -> dict[str, int]:
    """A number for every PSU of any wave."""
    out: dict[str, int] = {}
    for units in wave_units.values():
        for psu in units.psu:
            out.setdefault(psu, len(out))
    return out
