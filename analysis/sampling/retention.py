"""Which hamlets a later wave keeps, with exact inclusion probabilities: the fixed rule and the conditional rule.

Imports frame, systematic, entropy (what the base wave drew from) and numpy.  Draws nothing: draw.py does.

Fixed rule, where every sample that the base strata can give may be listed (systematic base: always; maximum entropy: small
strata).  Of the R hamlets of later stratum g that the base wave drew, k = min(R, floor(keep n_g)) are kept by simple random
sampling (a few more where the rest could not fill the draw); the other n_g - k come from outside by systematic PPS:
always exactly n_g hamlets.  Given the base sample s, hamlet i enters with c_i(s) = k/R inside s, (n_g - k) m_i/(M_g - M_s)
outside, and p_i = E[c_i(s)], a finite sum over the random starts: no approximation, whatever the strata of the two waves.

Conditional rule (Keyfitz 1951 J. Am. Stat. Assoc. 46:105; Kish and Scott 1971 ibid. 66:461), for any earlier design whose
probabilities pi_i are known.  Later target pi'_i = n_g m'_i/M'_g; a hamlet of the earlier sample stays with probability
a_i = kappa min(1, pi'_i/pi_i), another enters with b_i = (pi'_i - pi_i a_i)/(1 - pi_i), so that pi_i a_i + (1 - pi_i) b_i
= pi'_i exactly; a_i is raised where b_i would exceed 1.  kappa keeps the kept ones within the share asked for.  The number
drawn then varies around n_g with the earlier sample; its least possible value is known beforehand.  Where it is below two,
a_i is moved towards pi'_i, step by step: at a_i = b_i = pi'_i always n_g hamlets are drawn.  All this depends on the
probabilities only, never on what was drawn, so that the inclusion probabilities stay exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forms.errors import refuse

from .entropy import Entropy
from .frame import Hamlet
from .systematic import NEAR, Stratum

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Base = Mapping[str, Stratum[Hamlet] | Entropy[Hamlet]]
MOST_STATES = 40_000
_EASE = 20


@dataclass(frozen=True)
class Rule:
    """How many hamlets a later stratum takes and keeps.  total, largest: households of the stratum, of its largest hamlet."""

    n: int
    most: int
    total: float
    largest: float

    @staticmethod
    def of(units: Sequence[Hamlet], n: int, keep: float) -> Rule:
        """The rule of one stratum with n hamlets to draw."""
        sizes = [float(u.households) for u in units]
        return Rule(n, min(int(keep * n + 1e-9), n - 1), sum(sizes), max(sizes))

    def kept(self, count: Ints, size: Floats) -> Ints:
        """How many of the base-drawn hamlets to keep, given their number and households.

        As planned, or the few more without which a hamlet of what is left would have to be drawn with probability above one.
        """
        need = np.floor(self.n - (self.total - size) / self.largest).astype(np.int64) + 1
        return np.minimum(np.minimum(count, self.n), np.maximum(self.most, need))

    def chances(self, count: Ints, size: Floats) -> tuple[Floats, Floats]:
        """The ratios k/R and (n - k)/(M - M_s) in each state."""
        k = self.kept(count, size)
        return np.divide(k, count, out=np.zeros(k.shape), where=count > 0), (self.n - k) / (self.total - size)


def retained(units: Sequence[Hamlet], rule: Rule, base: Base, common: Mapping[str, str], g: str, wave: int) -> Floats:
    """Exact inclusion probabilities of a later stratum under the fixed rule, in the order of `units`.

    BdgError DATA-008 when a hamlet would have to be drawn with probability one or more, or the samples are too many to list.
    """
    parts = listed(units, base, common)
    if parts is None:
        raise refuse("DATA-008", g, expected=f"≤ {MOST_STATES}", got=f"> {MOST_STATES}", stratum=g, wave=wave)
    return fixed(units, rule, parts, g, wave)[0]


def fixed(units: Sequence[Hamlet], rule: Rule, parts: Sequence[Part], g: str, wave: int) -> tuple[Floats, Floats]:
    """Inclusion probabilities, and the part of each that comes from being kept."""
    sizes = np.array([u.households for u in units], dtype=np.float64)
    p, stay = np.zeros(len(units)), np.zeros(len(units))
    expected = 0.0
    largest = 0.0
    for j, part in enumerate(parts or [_NOTHING]):
        others = _combine([*parts[:j], *parts[j + 1 :]])
        inside, fresh, most = others.means(part, rule)
        expected, largest = float(part.weight @ fresh), max(largest, most * rule.largest)
        # a start that draws unit i gives it k/R; where it is not drawn its chance is fresh: the whole minus the drawn part
        for weight, kept, new, members in zip(part.weight, inside, fresh, part.members, strict=True):
            p[members] += weight * (kept - sizes[members] * new)
            stay[members] += weight * kept
    if largest >= 1.0:
        raise refuse("DATA-008", g, expected="p < 1", got=f"{largest:.3f}", stratum=g, wave=wave)
    return p + sizes * expected, stay


def listed(units: Sequence[Hamlet], base: Base, common: Mapping[str, str]) -> list[Part] | None:
    """The base samples inside a later stratum, base stratum by base stratum; None when they are too many to list."""
    sizes = np.array([u.households for u in units], dtype=np.float64)
    place = {common[u.psu]: i for i, u in enumerate(units)}
    parts: list[Part] = []
    for stratum in base.values():
        at = [place.get(common[u.psu], -1) for u in stratum.units]
        if max(at, default=-1) < 0:
            continue
        outcomes = stratum.outcomes(MOST_STATES) if isinstance(stratum, Entropy) else stratum.outcomes()
        if outcomes is None:
            return None
        weight, found = outcomes
        members = tuple(np.array([at[i] for i in s if at[i] >= 0], dtype=np.int64) for s in found)
        count, size = np.array([len(m) for m in members]), np.array([float(sizes[m].sum()) for m in members])
        parts.append(Part(weight, count, size, members))
    states = float(np.prod([float(len(p.weight)) for p in parts]))
    return parts if states <= MOST_STATES * min((len(p.weight) for p in parts), default=1) else None


@dataclass(frozen=True)
class States:
    """How many base-drawn units of a later stratum, and of what size, with which probability."""

    weight: Floats
    count: Ints
    size: Floats

    def means(self, part: States, rule: Rule) -> tuple[Floats, Floats, float]:
        """E[k/R] and E[(n - k)/(M - M_s)] for each state of a part joined to these, and the largest of the latter."""
        inside, outside = rule.chances(np.add.outer(part.count, self.count), np.add.outer(part.size, self.size))
        return inside @ self.weight, outside @ self.weight, float(outside.max())


@dataclass(frozen=True)
class Part(States):
    """The states of one base stratum inside a later one; members: positions of the drawn units."""

    members: tuple[Ints, ...]


_NOTHING = Part(np.ones(1), np.zeros(1, dtype=np.int64), np.zeros(1), (np.zeros(0, dtype=np.int64),))


def _combine(parts: Sequence[States]) -> States:
    """The states of several independent base strata together."""
    out = States(np.ones(1), np.zeros(1, dtype=np.int64), np.zeros(1))
    for s in parts:
        out = States(
            np.outer(out.weight, s.weight).ravel(),
            np.add.outer(out.count, s.count).ravel(),
            np.add.outer(out.size, s.size).ravel(),
        )
    return out


# ---- the conditional rule ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layer:
    """One earlier wave's draw by chance.  stratum: of each unit that chance could draw; fewest, most: hamlets a stratum gave."""

    stratum: Mapping[str, str]
    fewest: Mapping[str, int]
    most: Mapping[str, int]


@dataclass(frozen=True)
class Earlier:
    """The earlier sample that a later wave looks back to, by common id.

    chance: every unit's probability of being in it (absent: 0); layers: the waves it is made of.
    """

    chance: Mapping[str, float]
    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class Chances:
    """Conditional probabilities: inside the earlier sample and outside it.

    fewest, most: the least and the largest sum over all earlier samples; kept: the largest sum over the sample itself.
    """

    inside: Floats
    outside: Floats
    fewest: float
    most: float
    kept: float


def conditional(target: Floats, ids: Sequence[str], earlier: Earlier, keep: int, *, ease: float = 0.0) -> Chances:
    """The conditional rule for units with target probabilities (below 1), keeping at most `keep` of the earlier sample.

    More are kept only where a hamlet's two probabilities add up to more than one, which no rule can avoid.  ease: 0 the rule
    as it is, 1 a draw that does not look back (a_i = pi'_i, always n_g hamlets), between them in proportion.
    """
    chance = np.array([earlier.chance.get(i, 0.0) for i in ids])
    cells = _cells(ids, chance, earlier.layers)
    sure = chance >= 1.0 - NEAR
    reach = sum(most for _, _, most in cells) + int(sure.sum())
    kappa = min(1.0, keep / reach) if reach else 0.0
    was = np.where(chance > 0, chance, 1.0)
    free = np.where(sure, 1.0, 1.0 - chance)
    inside = np.where(chance > 0, np.maximum(kappa * np.minimum(1.0, target / was), (target - (1.0 - chance)) / was), 0.0)
    inside = np.where(sure, target, np.where(chance > 0, (1.0 - ease) * inside + ease * target, 0.0))
    outside = np.where(sure, 0.0, np.clip((target - chance * inside) / free, 0.0, 1.0))
    gain = inside - outside
    start = float(outside.sum() + gain[sure].sum())
    low = start + sum(_least(gain[at], fewest, most) for at, fewest, most in cells)
    high = start - sum(_least(-gain[at], fewest, most) for at, fewest, most in cells)
    kept = float(inside[sure].sum()) - sum(_least(-inside[at], fewest, most) for at, fewest, most in cells)
    return Chances(inside, outside, low, high, kept)


def secured(target: Floats, ids: Sequence[str], earlier: Earlier, keep: int, *, least: int, free: bool) -> Chances | None:
    """The conditional rule, eased as little as gives at least `least` hamlets whatever was drawn before; None: not possible.

    free: the share kept may rise for that (a refresh keeps none only where the stratum allows it); else never above `keep`.
    """
    first = conditional(target, ids, earlier, keep)
    for step in range(_EASE + 1):
        found = conditional(target, ids, earlier, keep, ease=step / _EASE)
        if found.fewest >= least - NEAR and (free or found.kept <= max(float(keep), first.kept) + NEAR):
            return found
    return None


def _cells(ids: Sequence[str], chance: Floats, layers: Sequence[Layer]) -> list[tuple[Ints, int, int]]:
    """Positions of units alike in their earlier strata, and how few and how many of them the earlier sample can hold."""
    found: dict[tuple[str, ...], list[int]] = {}
    for i, unit in enumerate(ids):
        if 0.0 < chance[i] < 1.0 - NEAR:
            found.setdefault(tuple(layer.stratum.get(unit, "") for layer in layers), []).append(i)
    sizes = [_sizes(layer.stratum) for layer in layers]
    out: list[tuple[Ints, int, int]] = []
    for key, at in sorted(found.items()):
        n = len(at)
        fewest = max(layer.fewest.get(h, 0) - size.get(h, n) + n for h, layer, size in zip(key, layers, sizes, strict=True))
        most = sum(min(n, layer.most.get(h, 0)) for h, layer in zip(key, layers, strict=True))
        out.append((np.array(at, dtype=np.int64), max(fewest, 0), min(n, most)))
    return out


def _sizes(stratum: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for h in stratum.values():
        found[h] = found.get(h, 0) + 1
    return found


def _least(values: Floats, fewest: int, most: int) -> float:
    """The smallest sum of at least `fewest` and at most `most` of the values."""
    low = np.sort(values)
    return float(low[:fewest].sum() + np.minimum(low[fewest:most], 0.0).sum())
