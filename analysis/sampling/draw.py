"""Drawing the sample: hamlets by probability proportional to size, households by permanent random numbers, hamlets kept.

Imports the records and rules of this room (frame, sample, allocation, systematic, entropy, retention, households, streams),
numpy.  The one place where probabilities are made; rehearsal only reads them.  Never sees an answer.

The base wave draws n_h hamlets per stratum h with probability n_h m_i / M_h, m_i households (systematic.py or entropy.py);
a hamlet with n_h m_i >= M_h is taken for certain.  A later wave has its own strata and sizes; which earlier hamlets it keeps
and with what probability is told in retention.py.  What is certain in a later wave is in it whatever was drawn before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from forms.errors import refuse
from forms.survey import Method, Overlap

from .allocation import allocate
from .entropy import Entropy, entropy
from .frame import Frame, Hamlet
from .households import Picked, Take, households, used_of
from .retention import Base, Earlier, Floats, Layer, Part, Rule, fixed, listed, retained, secured
from .sample import Drawn, RoundKind
from .streams import KEEP, PSU_ORDER, PSU_START, Streams
from .systematic import NEAR, Stratum, certain, systematic, with_chances

__all__ = ["Drawing", "Given", "WaveDraw", "allocate", "draw", "drawing", "grouped"]
_Rule, _retained = Rule, retained


@dataclass(frozen=True)
class WaveDraw:
    """What to draw for one wave.  day: the frame as of this day.  keep: largest share of each stratum's hamlets to keep.

    counts: hamlets by stratum, None = in proportion to households.  overlap: keep looks back to the base wave, rotate to the
    wave before, refresh to all of them and keeps none that the stratum can do without.  anew: households that an earlier
    wave had come last.  whole: a stratum may be taken whole.  The defaults are those of the practice province.
    """

    wave: int
    day: date
    psus: int = 60
    households: int = 20
    reserves: int = 0
    keep: float = 0.5
    counts: Mapping[str, int] | None = None
    method: Method = "systematic"
    overlap: Overlap = "keep"
    anew: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Given:
    """One stratum of one wave: its hamlets and households, the hamlets asked for, those drawn, those certain, the rule."""

    wave: int
    stratum: str
    hamlets: int
    households: int
    asked: int
    drawn: int
    certainty: int
    rule: str


@dataclass(frozen=True)
class Drawing:
    """A draw of all waves.  rows: the sample; table: stratum by stratum; base: what the base wave was drawn from.

    chances: wave -> common id -> inclusion probability, of every hamlet, drawn or not.
    """

    rows: tuple[Drawn, ...]
    table: tuple[Given, ...]
    base: Base
    chances: Mapping[int, Mapping[str, float]]


@dataclass(frozen=True)
class _Wave:
    """A drawn wave as later ones see it, by common id.  fresh: probability of being in it and in none before; None: unknown."""

    wave: int
    chance: Mapping[str, float]
    fresh: Mapping[str, float] | None
    drawn: frozenset[str]
    layer: Layer


def draw(
    frame: Frame, plans: Sequence[WaveDraw], seed: int, *, kind: RoundKind = "real", seal: str | None = None
) -> tuple[Drawn, ...]:
    """The sample of all waves, sorted by (wave, stratum, psu, status, order).

    The first plan is the base wave.  Drawing the base wave alone gives the same rows as drawing it with later ones.  seal:
    the secret of a real round (seal.py), which enters later waves only.  BdgError DATA-007 (fewer hamlets than the strata
    need), DATA-008 (a stratum too small for the draw), DATA-044 (no two hamlets in every stratum), DATA-049 (no households).
    """
    return drawing(frame, plans, seed, kind=kind, seal=seal).rows


def drawing(frame: Frame, plans: Sequence[WaveDraw], seed: int, *, kind: RoundKind = "real", seal: str | None = None) -> Drawing:
    """The sample of all waves with the table of its strata; as `draw`."""
    if not plans:
        raise ValueError("no wave to draw")
    common = frame.common()
    streams = Streams(seed, plans[0].wave, seal)
    base = _base_strata(frame, plans[0], seed)
    rows: list[Drawn] = []
    table: list[Given] = []
    past: list[_Wave] = []
    for turn, plan in enumerate(plans):
        picked, given, done = _later(frame, plan, streams, base, past, common) if turn else _first(plan, streams, base, common)
        used = used_of(rows, common) if plan.anew else {}
        take = Take(plan.wave, turn, plan.households, plan.reserves, kind, used)
        rows += [d for p in picked for d in households(p, take, streams, common[p.unit.psu])]
        table += given
        past.append(done)
    rows.sort(key=lambda d: (d.wave, d.stratum, d.psu, d.status, d.reserve_order or 0, d.ssu))
    return Drawing(tuple(rows), tuple(table), base, {w.wave: w.chance for w in past})


def grouped(frame: Frame, wave: int, day: date) -> dict[str, tuple[Hamlet, ...]]:
    """The hamlets of a day by their stratum in a wave, in order of id, with the households they have in that wave."""
    groups: dict[str, list[Hamlet]] = {}
    for h in sorted(frame.on(day), key=lambda h: h.psu):
        groups.setdefault(h.stratum_in(wave), []).append(_sized(h, wave))
    return {g: tuple(u) for g, u in sorted(groups.items())}


def _sized(h: Hamlet, wave: int) -> Hamlet:
    """The hamlet with its households in a wave: column households_<wave> where filled.  DATA-049 when there are none."""
    text = h.in_year("households", wave)
    if not text.isdecimal() or int(text) < 1:
        raise refuse("DATA-049", h.psu, expected="≥ 1", got=text, psu=h.psu, column=f"households, households_{wave}")
    return h if int(text) == h.households else replace(h, households=int(text))


def _grouped(frame: Frame, plan: WaveDraw) -> tuple[dict[str, tuple[Hamlet, ...]], dict[str, int]]:
    groups = grouped(frame, plan.wave, plan.day)
    counts = plan.counts if plan.counts is not None else allocate(
        {g: sum(h.households for h in units) for g, units in groups.items()}, plan.psus
    )  # fmt: skip
    for g, units in groups.items():
        if counts.get(g, 0) < 2 or len(units) < counts[g] + (not plan.whole):
            asked = counts.get(g, 0)
            raise refuse("DATA-008", g, expected=f"> {asked}", got=len(units), stratum=g, wave=plan.wave)
    return groups, {g: counts[g] for g in groups}


# ---- the base wave -------------------------------------------------------------------------------------------------


def _base_strata(frame: Frame, plan: WaveDraw, seed: int) -> dict[str, Stratum[Hamlet] | Entropy[Hamlet]]:
    groups, counts = _grouped(frame, plan)
    streams = Streams(seed, plan.wave)
    found: dict[str, Stratum[Hamlet] | Entropy[Hamlet]] = {}
    for h, units in groups.items():
        if plan.method == "maximum_entropy":
            found[h] = entropy(units, counts[h])
        else:
            order = streams.of(plan.wave, PSU_ORDER, h).permutation(len(units))
            found[h] = systematic(tuple(units[i] for i in order), counts[h])
    return found


def _first(plan: WaveDraw, streams: Streams, base: Base, common: Mapping[str, str]) -> tuple[list[Picked], list[Given], _Wave]:
    picked: list[Picked] = []
    given: list[Given] = []
    chance: dict[str, float] = {}
    by_chance: dict[str, str] = {}
    count: dict[str, int] = {}
    for h, s in base.items():
        at, p = s.drawn(streams.of(plan.wave, PSU_START, h)), s.probabilities()
        picked += [Picked(s.units[i], h, float(p[i]), i in s.certain, None, len(s.units)) for i in at]
        size = sum(u.households for u in s.units)
        given.append(Given(plan.wave, h, len(s.units), size, len(at), len(at), len(s.certain), plan.method))
        chance |= {common[u.psu]: float(x) for u, x in zip(s.units, p, strict=True)}
        by_chance |= {common[u.psu]: h for i, u in enumerate(s.units) if i not in s.certain}
        count[h] = len(at) - len(s.certain)
    drawn = frozenset(common[p.unit.psu] for p in picked)
    return picked, given, _Wave(plan.wave, chance, chance, drawn, Layer(by_chance, count, count))


# ---- a later wave --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Back:
    """What a later wave looks back to: the earlier sample with its probabilities (None: not known exactly), by common id."""

    waves: tuple[_Wave, ...]
    earlier: Earlier | None
    base: bool

    @staticmethod
    def of(overlap: Overlap, past: Sequence[_Wave]) -> _Back:
        """keep: the base wave; rotate: the wave before; refresh: every wave before."""
        if overlap == "refresh" and len(past) > 1:
            layers = tuple(w.layer for w in past)
            ever = _ever(past)
            return _Back(tuple(past), None if ever is None else Earlier(ever, layers), base=False)
        one = past[0] if overlap == "keep" else past[-1]
        return _Back((one,), Earlier(one.chance, (one.layer,)), base=one is past[0])

    def when(self, psu: str) -> int | None:
        """The last of these waves that drew a unit."""
        return next((w.wave for w in reversed(self.waves) if psu in w.drawn), None)


def _ever(past: Sequence[_Wave]) -> dict[str, float] | None:
    """Each unit's probability of having been in any wave so far; None when that is not known exactly."""
    found: dict[str, float] = {}
    for w in past:
        if w.fresh is None:
            return None
        for psu, p in w.fresh.items():
            found[psu] = found.get(psu, 0.0) + p
    return found


@dataclass(frozen=True)
class _Stratum:
    """A stratum of a later wave, what is certain taken out.  n: hamlets still to draw; part of the wave's plan."""

    name: str
    units: tuple[Hamlet, ...]
    ids: tuple[str, ...]
    n: int
    plan: WaveDraw

    @property
    def share(self) -> float:
        """Largest share of the hamlets to keep."""
        return 0.0 if self.plan.overlap == "refresh" else self.plan.keep


@dataclass(frozen=True)
class _Outcome:
    """One later stratum drawn: positions, probabilities of all units, of being new, the fewest and most it could have been."""

    at: list[int]
    p: Floats
    fresh: Floats | None
    fewest: int
    most: int
    rule: str


def _later(
    frame: Frame, plan: WaveDraw, streams: Streams, base: Base, past: Sequence[_Wave],
    common: Mapping[str, str],
) -> tuple[list[Picked], list[Given], _Wave]:  # fmt: skip
    groups, counts = _grouped(frame, plan)
    back = _Back.of(plan.overlap, past)
    ever = _ever(past)
    picked: list[Picked] = []
    given: list[Given] = []
    chance: dict[str, float] = {}
    fresh: dict[str, float] | None = {} if ever is not None else None
    by_chance: dict[str, str] = {}
    limits: dict[str, tuple[int, int]] = {}
    for g, all_units in groups.items():
        sure = certain(np.array([u.households for u in all_units], dtype=np.float64), counts[g])
        units = tuple(u for i, u in enumerate(all_units) if i not in sure)
        part = _Stratum(g, units, tuple(common[u.psu] for u in units), counts[g] - len(sure), plan)
        out = _one(part, streams.of(plan.wave, KEEP, g), base, back, past, common)
        taken = [(all_units[i], 1.0, True) for i in sorted(sure)] + [(units[i], float(out.p[i]), False) for i in out.at]
        picked += [Picked(u, g, p, sure_, _when(back, past, common[u.psu]), len(all_units)) for u, p, sure_ in taken]
        size = sum(u.households for u in all_units)
        given.append(Given(plan.wave, g, len(all_units), size, counts[g], len(taken), len(sure), out.rule))
        ids_sure = [common[all_units[i].psu] for i in sure]
        chance |= dict(zip(part.ids, map(float, out.p), strict=True)) | dict.fromkeys(ids_sure, 1.0)
        if fresh is not None and ever is not None and out.fresh is not None:
            fresh |= dict(zip(part.ids, map(float, out.fresh), strict=True))
            fresh |= {psu: 1.0 - ever.get(psu, 0.0) for psu in ids_sure}
        else:
            fresh = None
        by_chance |= dict.fromkeys(part.ids, g)
        limits[g] = out.fewest, out.most
    layer = Layer(by_chance, {g: low for g, (low, _) in limits.items()}, {g: high for g, (_, high) in limits.items()})
    return picked, given, _Wave(plan.wave, chance, fresh, frozenset(common[p.unit.psu] for p in picked), layer)


def _when(back: _Back, past: Sequence[_Wave], psu: str) -> int | None:
    """The earlier wave a hamlet is kept from: the one looked back to, else the last one that drew it."""
    return back.when(psu) or next((w.wave for w in reversed(past) if psu in w.drawn), None)


def _one(
    part: _Stratum, rng: np.random.Generator, base: Base, back: _Back, past: Sequence[_Wave],
    common: Mapping[str, str],
) -> _Outcome:  # fmt: skip
    """One later stratum: the fixed rule where the earlier samples can be listed, else the conditional rule."""
    if not part.units:
        return _Outcome([], np.zeros(0), np.zeros(0), 0, 0, "certain")
    parts = listed(part.units, base, common) if back.base else None
    if parts is None:
        return _by_chances(part, rng, back, past)
    return _by_rule(part, rng, parts, back, first=len(past) == 1)


def _by_rule(part: _Stratum, rng: np.random.Generator, parts: Sequence[Part], back: _Back, *, first: bool) -> _Outcome:
    units = part.units
    rule = Rule.of(units, part.n, part.share)
    p, stay = fixed(units, rule, parts, part.name, part.plan.wave)
    old = [i for i, psu in enumerate(part.ids) if psu in back.waves[0].drawn]
    keep = int(rule.kept(np.array([len(old)]), np.array([float(sum(units[i].households for i in old))]))[0])
    kept = sorted(int(i) for i in rng.permutation(old)[:keep]) if old else []
    fresh = [int(i) for i in rng.permutation([i for i in range(len(units)) if i not in old])]
    rest = systematic(tuple(units[i] for i in fresh), rule.n - len(kept))
    new = [fresh[i] for i in rest.at(rng.random())]
    return _Outcome(sorted(kept + new), p, p - stay if first else None, rule.n, rule.n, "fixed")


def _by_chances(part: _Stratum, rng: np.random.Generator, back: _Back, past: Sequence[_Wave]) -> _Outcome:
    wave = part.plan.wave
    if back.earlier is None:
        raise refuse("DATA-044", part.name, expected="overlap: keep | rotate", got="refresh", stratum=part.name, wave=wave)
    sizes = np.array([u.households for u in part.units], dtype=np.float64)
    target = part.n * sizes / sizes.sum()
    keep = int(part.share * part.n + NEAR)
    found = secured(target, part.ids, back.earlier, keep, least=2, free=part.plan.overlap == "refresh")
    if found is None:
        raise refuse("DATA-044", part.name, expected=f"≥ 2, ≤ {keep} giữ lại / kept", stratum=part.name, wave=wave)
    fewest = int(np.floor(found.fewest + NEAR))
    earlier = frozenset().union(*(w.drawn for w in back.waves))
    was = [i for i, psu in enumerate(part.ids) if psu in earlier]
    order = [*map(int, rng.permutation(was)), *map(int, rng.permutation([i for i in range(len(sizes)) if i not in set(was)]))]
    chances = np.where(np.isin(np.arange(len(sizes)), was), found.inside, found.outside)[order]
    at = sorted(order[i] for i in with_chances(chances, rng.random()))
    ever = _ever(past)
    fresh = None if ever is None else np.array([1.0 - ever.get(psu, 0.0) for psu in part.ids]) * found.outside
    return _Outcome(at, target, fresh, fewest, int(np.ceil(found.most - NEAR)), "conditional")
