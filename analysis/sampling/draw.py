"""Drawing the sample: hamlets by stratified systematic PPS, households by permanent random numbers, and the hamlets kept.

Imports frame and sample (records), numpy.  The one place where probabilities are made; rehearsal only reads them.

The base wave draws n_h hamlets per stratum h by systematic sampling with probability proportional to households m_i,
in a random order and from a random start r_h (Madow 1949): p_i = n_h m_i / M_h, a unit with n_h m_i >= M_h for certain.

A later wave has its own strata g, each with a fixed number n_g.  Of the R hamlets of g that the base wave drew, k = min(R,
floor(keep n_g)) are kept by simple random sampling (a few more where the rest could not fill the draw); the other n_g - k
come from the hamlets of g outside the base sample by systematic PPS.  Given the base sample s, hamlet i enters with
probability c_i(s) = k/R inside s and (n_g - k) m_i / (M_g - M_s) outside.  Its inclusion probability in the later wave is
the mean of c_i(s) over the base design,

    p_i = E[ c_i(s) ] = integral of c_i(s(r)) dr over the random starts r of the base strata that reach into g,

which is a finite sum, because the base sample changes only where a start passes one of the cumulated sizes: no
approximation, whatever the strata of the two waves are.  Households carry a permanent random number (Ohlsson 1995); a wave
takes the first m after its own fixed point of [0, 1), which is a simple random sample in each wave and new households.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forms.errors import refuse

from .frame import Frame, Hamlet
from .sample import Drawn, RoundKind

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_MOST_STATES = 40_000
_PSU_ORDER, _PSU_START, _KEEP, _SELECT, _PRN = range(5)


@dataclass(frozen=True)
class WaveDraw:
    """What to draw for one wave.  day: the frame as of this day.  keep: largest share of each stratum's hamlets to keep."""

    wave: int
    day: date
    psus: int = 60
    households: int = 20
    reserves: int = 0
    keep: float = 0.5


@dataclass(frozen=True)
class _Stratum:
    """One stratum of the base wave: its units in drawing order, cumulated expected hits, and the certain ones."""

    units: tuple[Hamlet, ...]
    hits: Floats
    certain: frozenset[int]

    def at(self, start: float) -> list[int]:
        """Positions drawn from a start in [0, 1)."""
        n = round(float(self.hits[-1])) if len(self.hits) else 0
        found = np.searchsorted(self.hits, start + np.arange(n), side="right")
        return sorted({*map(int, np.minimum(found, len(self.units) - 1)), *self.certain})

    def probabilities(self) -> Floats:
        """First-order inclusion probabilities, in drawing order."""
        p = np.diff(self.hits, prepend=0.0)
        p[list(self.certain)] = 1.0
        return p

    def picked(self, name: str, i: int) -> _Picked:
        """The unit at a position, as drawn in the base wave."""
        p = float(self.probabilities()[i])
        return _Picked(self.units[i], name, p, certain=i in self.certain, kept=False, n_pop=len(self.units))

    def outcomes(self) -> tuple[Floats, list[list[int]]]:
        """Every sample the random start can give, with its probability."""
        marks = np.unique(np.concatenate([[0.0, 1.0], np.round(self.hits % 1.0, 12)]))
        widths = np.diff(marks)
        middles = marks[:-1] + widths / 2
        return widths, [self.at(float(t)) for t in middles]


def draw(frame: Frame, plans: Sequence[WaveDraw], seed: int, *, kind: RoundKind = "real") -> tuple[Drawn, ...]:
    """The sample of all waves, sorted by (wave, stratum, psu, status, order).

    The first plan is the base wave; each later wave keeps hamlets of the base wave only.  Drawing the base wave alone
    gives the same rows as drawing it with later ones.  BdgError DATA-007 (a stratum with fewer than two hamlets to draw),
    DATA-008 (a stratum too small for the draw).
    """
    if not plans:
        raise ValueError("no wave to draw")
    common = frame.common()
    base = _base_strata(frame, plans[0], seed)
    drawn: list[Drawn] = []
    start = {h: s.at(_rng(seed, plans[0].wave, _PSU_START, h).random()) for h, s in base.items()}
    chosen = {common[base[h].units[i].psu] for h, found in start.items() for i in found}
    for turn, plan in enumerate(plans):
        if turn == 0:
            picked = [base[h].picked(h, i) for h, found in start.items() for i in found]
        else:
            picked = _later(frame, plan, seed, base, chosen, common)
        for p in picked:
            drawn += _households(p, plan, seed, turn, common[p.unit.psu], plans[0].wave, kind)
    return tuple(sorted(drawn, key=lambda d: (d.wave, d.stratum, d.psu, d.status, d.reserve_order or 0, d.ssu)))


@dataclass(frozen=True)
class _Picked:
    unit: Hamlet
    stratum: str
    p: float
    certain: bool
    kept: bool
    n_pop: int


def allocate(sizes: Mapping[str, float], total: int, least: int = 2) -> dict[str, int]:
    """Hamlets per stratum: at least `least` each, the rest in proportion to size (largest remainders, ties by name)."""
    if total < least * len(sizes):
        raise refuse("DATA-007", "", expected=least * len(sizes), got=total, stratum=", ".join(sorted(sizes)))
    got = dict.fromkeys(sorted(sizes), least)
    for _ in range(total - least * len(sizes)):
        # highest size per hamlet already given: Webster's divisor rule keeps the minimum and the proportion together
        best = max(sorted(sizes), key=lambda h: sizes[h] / (2 * got[h] + 1))
        got[best] += 1
    return got


def _grouped(frame: Frame, plan: WaveDraw) -> tuple[dict[str, tuple[Hamlet, ...]], dict[str, int]]:
    groups: dict[str, list[Hamlet]] = {}
    for h in sorted(frame.on(plan.day), key=lambda h: h.psu):
        groups.setdefault(h.stratum_in(plan.wave), []).append(h)
    counts = allocate({g: sum(h.households for h in units) for g, units in groups.items()}, plan.psus)
    for g, units in groups.items():
        if counts[g] < 2 or len(units) <= counts[g]:
            raise refuse("DATA-008", g, expected=f"> {counts[g]}", got=len(units), stratum=g, wave=plan.wave)
    return {g: tuple(u) for g, u in sorted(groups.items())}, counts


def _base_strata(frame: Frame, plan: WaveDraw, seed: int) -> dict[str, _Stratum]:
    groups, counts = _grouped(frame, plan)
    found: dict[str, _Stratum] = {}
    for h, units in groups.items():
        order = _rng(seed, plan.wave, _PSU_ORDER, h).permutation(len(units))
        found[h] = _systematic(tuple(units[i] for i in order), counts[h])
    return found


def _systematic(units: tuple[Hamlet, ...], n: int) -> _Stratum:
    """Cumulated expected hits; units with n m_i >= M become certain and leave the rest to be drawn again."""
    sizes = np.array([u.households for u in units], dtype=np.float64)
    certain: set[int] = set()
    while True:
        free = np.array([i not in certain for i in range(len(units))])
        share = np.where(free, sizes, 0.0) * (n - len(certain)) / max(float(sizes[free].sum()), 1.0)
        more = {int(i) for i in np.flatnonzero(free & (share >= 1.0))}
        if not more:
            return _Stratum(units, np.cumsum(share), frozenset(certain))
        certain |= more


# ---- the later wave ------------------------------------------------------------------------------------------------


def _later(
    frame: Frame, plan: WaveDraw, seed: int, base: Mapping[str, _Stratum], chosen: set[str], common: Mapping[str, str]
) -> list[_Picked]:
    groups, counts = _grouped(frame, plan)
    picked: list[_Picked] = []
    for g, units in groups.items():
        rule = _Rule.of(units, counts[g], plan.keep)
        p = _retained(units, rule, base, common, g, plan.wave)
        rng = _rng(seed, plan.wave, _KEEP, g)
        old = [i for i, u in enumerate(units) if common[u.psu] in chosen]
        keep = int(rule.kept(np.array([len(old)]), np.array([float(sum(units[i].households for i in old))]))[0])
        kept = sorted(int(i) for i in rng.permutation(old)[:keep]) if old else []
        fresh = [int(i) for i in rng.permutation([i for i in range(len(units)) if i not in old])]
        rest = _systematic(tuple(units[i] for i in fresh), rule.n - len(kept))
        new = [fresh[i] for i in rest.at(rng.random())]
        picked += [_Picked(units[i], g, float(p[i]), certain=False, kept=i in kept, n_pop=len(units)) for i in sorted(kept + new)]
    return picked


@dataclass(frozen=True)
class _Rule:
    """How many hamlets a later stratum takes and keeps.  total, largest: households of the stratum, of its largest hamlet."""

    n: int
    most: int
    total: float
    largest: float

    @staticmethod
    def of(units: Sequence[Hamlet], n: int, keep: float) -> _Rule:
        """The rule of one stratum with n hamlets to draw."""
        sizes = [float(u.households) for u in units]
        return _Rule(n, min(int(keep * n + 1e-9), n - 1), sum(sizes), max(sizes))

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


def _retained(
    units: Sequence[Hamlet], rule: _Rule, base: Mapping[str, _Stratum], common: Mapping[str, str], g: str, wave: int
) -> Floats:
    """Exact inclusion probabilities of a later stratum (module docstring), in the order of `units`."""
    sizes = np.array([u.households for u in units], dtype=np.float64)
    place = {common[u.psu]: i for i, u in enumerate(units)}
    parts = [s for s in (_Part.of(h, place, sizes, common) for h in base.values()) if s is not None]
    p = np.zeros(len(units))
    expected = 0.0
    largest = 0.0
    for j, part in enumerate(parts or [_NOTHING]):
        others = _combine(parts[:j] + parts[j + 1 :], g, wave)
        inside, fresh, most = others.means(part, rule)
        expected, largest = float(part.weight @ fresh), max(largest, most * rule.largest)
        # a start that draws unit i gives it k/R; where it is not drawn its chance is fresh: the whole minus the drawn part
        for weight, kept, new, members in zip(part.weight, inside, fresh, part.members, strict=True):
            p[members] += weight * (kept - sizes[members] * new)
    if largest >= 1.0:
        raise refuse("DATA-008", g, expected="p < 1", got=f"{largest:.3f}", stratum=g, wave=wave)
    return p + sizes * expected


@dataclass(frozen=True)
class _States:
    """How many base-drawn units of a later stratum, and of what size, with which probability."""

    weight: Floats
    count: Ints
    size: Floats

    def means(self, part: _States, rule: _Rule) -> tuple[Floats, Floats, float]:
        """E[k/R] and E[(n - k)/(M - M_s)] for each state of a part joined to these, and the largest of the latter."""
        inside, outside = rule.chances(np.add.outer(part.count, self.count), np.add.outer(part.size, self.size))
        return inside @ self.weight, outside @ self.weight, float(outside.max())


@dataclass(frozen=True)
class _Part(_States):
    """The states of one base stratum inside a later one; members: positions of the drawn units."""

    members: tuple[Ints, ...]

    @staticmethod
    def of(stratum: _Stratum, place: Mapping[str, int], sizes: Floats, common: Mapping[str, str]) -> _Part | None:
        """None when no unit of the base stratum lies in the later one."""
        at = [place.get(common[u.psu], -1) for u in stratum.units]
        if max(at, default=-1) < 0:
            return None
        weight, outcomes = stratum.outcomes()
        members = tuple(np.array([at[i] for i in found if at[i] >= 0], dtype=np.int64) for found in outcomes)
        return _Part(weight, np.array([len(m) for m in members]), np.array([float(sizes[m].sum()) for m in members]), members)


_NOTHING = _Part(np.ones(1), np.zeros(1, dtype=np.int64), np.zeros(1), (np.zeros(0, dtype=np.int64),))


def _combine(parts: Sequence[_States], g: str, wave: int) -> _States:
    """The states of several independent base strata together."""
    out = _States(np.ones(1), np.zeros(1, dtype=np.int64), np.zeros(1))
    for s in parts:
        if len(out.weight) * len(s.weight) > _MOST_STATES:
            raise refuse("DATA-008", g, expected=f"≤ {_MOST_STATES}", got=len(out.weight) * len(s.weight), stratum=g, wave=wave)
        out = _States(
            np.outer(out.weight, s.weight).ravel(),
            np.add.outer(out.count, s.count).ravel(),
            np.add.outer(out.size, s.size).ravel(),
        )
    return out


# ---- households and random numbers ---------------------------------------------------------------------------------


def _households(p: _Picked, plan: WaveDraw, seed: int, turn: int, common: str, base: int, kind: RoundKind) -> list[Drawn]:
    size = p.unit.households
    main = min(plan.households, size)
    prn = np.floor(_rng(seed, 0, _PRN, common).random(size) * 1e6) / 1e6
    select = np.floor(_rng(seed, plan.wave, _SELECT, common).random(size) * 1e6) / 1e6
    order = np.argsort((prn - _point(turn)) % 1.0, kind="stable")[: main + plan.reserves]
    return [
        Drawn(
            wave=plan.wave, stratum=p.stratum, psu=p.unit.psu, ssu=f"{int(j) + 1:03d}", commune=p.unit.commune, p_psu=p.p,
            p_household=main / size, certainty=int(p.certain), n_psu_pop=p.n_pop, n_ssu_pop=size,
            status="main" if place < main else "reserve", reserve_order=None if place < main else place - main + 1,
            select_u=round(float(select[j]), 6), prn=round(float(prn[j]), 6), overlap_of=base if p.kept else None,
            round_kind=kind,
        )
        for place, j in enumerate(order)
    ]  # fmt: skip


def _point(turn: int) -> float:
    """Where a wave starts on the ring of permanent random numbers: 0, 1/2, 1/4, 3/4, 1/8, ..."""
    point, step = 0.0, 0.5
    while turn:
        point, turn, step = point + step * (turn % 2), turn // 2, step / 2
    return point


def _rng(seed: int, wave: int, purpose: int, name: str) -> np.random.Generator:
    """A stream of its own for each purpose and place, so that adding a wave moves nothing drawn before."""
    word = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, wave, purpose, word])))
