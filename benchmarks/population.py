"""A population of PSUs with known truth, and two-wave surveys drawn from it: for coverage.py, nothing else.

Imports numpy and the waist (totals).  What is true is computed from the list of PSUs, never from a survey.

Person k of PSU i in wave t has, for every item, the latent answer

    mu_t + s_h + b_ti + f (female - 1/2) - g minority + e,    e ~ N(0, sd_e^2)

s_h fixed by stratum, its variance over strata that of b; b_1i and b_2i normal with correlation rho; a score is the latent answer,
a share is whether it is above 0.  Half of the people are women everywhere; the minority lives in some PSUs only, more in some
strata than in others.  Given its PSU a person's truth is a normal mean or a normal tail, so every level is a finite sum.

Draws: PSUs with replacement, proportional to size, independently in each stratum; of the first wave's PSUs a fixed number, chosen
at random, is kept for the second wave and the rest drawn afresh; in both waves `PLANNED` people a PSU are drawn anew, each
answers with probability ANSWER, and weights differ by stratum and by the number of adults in the household.
A draw is a PSU with an id of its own, as theory with replacement has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from analysis.totals import Column, Domain, Request, Totals
from analysis.units import FloatArray, IntArray

BASE, LATER = 2026, 2030
WAVES = (BASE, LATER)
PER_STRATUM, PLANNED, ANSWER, RHO, MOVED = 2000, 18, 0.85, 0.7, 0.15
ADULTS = np.array([0.10, 0.45, 0.25, 0.15, 0.05])
SUMS = ("n", "w", "wy", "wyy", "ww")
DOMAINS: tuple[Domain, ...] = ((), (("sex", "female"),), (("ethnic", "minority"),))
PEOPLE = ("everybody", "women", "minority")


@dataclass(frozen=True)
class Item:
    """A score (share False) or a share of answers above 0; mu by wave, sd of PSU effects and of people, effects of group."""

    name: str
    share: bool
    mu: tuple[float, float]
    between: float
    within: float
    female: float
    minority: float


ITEMS = (
    Item("score", share=False, mu=(55.0, 59.0), between=40**0.5, within=360**0.5, female=2.0, minority=6.0),
    Item("share", share=True, mu=(-0.17, 0.05), between=0.44, within=1.0, female=0.10, minority=0.35),
    Item("rare", share=True, mu=(-1.50, -1.28), between=0.56, within=1.0, female=0.10, minority=0.25),
)


@dataclass(frozen=True)
class Plan:
    """How many PSUs a stratum gets in each wave; size: the strata's shares of the population; moved: strata change."""

    name: str
    psus: tuple[tuple[int, ...], tuple[int, ...]]
    size: tuple[float, ...]
    moved: bool = False


_MANY = ((5, 6, 7, 8, 8, 9, 10, 12, 6, 8, 7, 10), (8, 10, 5, 9, 6, 12, 8, 7, 10, 6, 8, 7))
_FEW = ((3, 4, 5, 4, 3, 5, 4, 3, 5, 4, 3, 5), (4, 3, 5, 3, 5, 4, 3, 5, 4, 4, 5, 3))
_SIZE = (1.0, 3.0, 2.0, 1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 1.0, 2.0, 1.5)

PLANS = (
    Plan("many", _MANY, _SIZE),
    Plan("few", _FEW, _SIZE),
    Plan("pairs", ((2,) * 30, (2,) * 30), tuple(1.0 + (7 * h % 10) / 5 for h in range(30))),
    Plan("moved", _MANY, tuple(float(n) for n in _MANY[0]), moved=True),
)


@dataclass(frozen=True, eq=False)
class Population:
    """The list of PSUs.  mass: share of the people, sums to 1; stratum: (2, N) by wave; minority: share of the people.

    centre: (items, 2, N) latent mean of a PSU in each wave, before the effects of group.
    """

    mass: FloatArray
    stratum: IntArray
    minority: FloatArray
    centre: FloatArray

    def truth(self, item: int, wave: int, people: int) -> float:
        """What a survey of everybody would find; wave 0 or 1; people: index in PEOPLE.  Shares are in percent."""
        one = ITEMS[item]
        sexes, groups = ((1,) if people == 1 else (0, 1)), ((1,) if people == 2 else (0, 1))
        above = below = 0.0
        for sex in sexes:
            for group in groups:
                lives = self.mass * 0.5 * (self.minority if group else 1 - self.minority)
                middle = self.centre[item, wave] + one.female * (sex - 0.5) - one.minority * group
                mean = 100 * ndtr(middle / one.within) if one.share else middle
                above += float(lives @ mean)
                below += float(lives.sum())
        return above / below


def population(plan: Plan, seed: int) -> Population:
    """The PSUs of a plan; in a plan that moves, MOVED of them lie in the next stratum in the later wave and keep their level."""
    strata = len(plan.size)
    rng = np.random.default_rng([seed, 1])
    size = rng.lognormal(0.0, 0.5, (strata, PER_STRATUM))
    mass = size / size.sum(axis=1, keepdims=True) * (np.array(plan.size) / sum(plan.size))[:, None]
    home = np.repeat(np.arange(strata), PER_STRATUM)
    later = np.where(plan.moved & (rng.random(len(home)) < MOVED), (home + 1) % strata, home)
    some = rng.random(len(home)) < np.linspace(0.15, 0.85, strata)[rng.permutation(strata)][home]
    minority = np.where(some, rng.beta(2, 2, len(home)), 0.0)
    level = _standard(np.linspace(-1.5, 1.5, strata))
    centre = np.empty((len(ITEMS), 2, len(home)))
    for i, item in enumerate(ITEMS):
        stratum = item.between * level[rng.permutation(strata)][home]
        first, fresh = rng.standard_normal((2, len(home)))
        second = RHO * first + (1 - RHO**2) ** 0.5 * fresh
        for t, b in enumerate((first, second)):
            centre[i, t] = item.mu[t] + stratum + item.between * b
    return Population(mass.ravel(), np.stack([home, later]), minority, centre)


def _standard(values: FloatArray) -> FloatArray:
    """Mean 0, variance 1 over the strata."""
    return np.asarray((values - values.mean()) / values.std())


@dataclass(frozen=True, eq=False)
class Drawn:
    """Surveys with one layout.  psu: by wave, (surveys, draws) place in the list; stratum, id: by wave, of each draw."""

    psu: tuple[IntArray, IntArray]
    stratum: tuple[IntArray, IntArray]
    id: tuple[tuple[str, ...], tuple[str, ...]]


def kept(plan: Plan, overlap: float) -> tuple[int, ...]:
    """PSUs of each stratum that stay: overlap times the smaller count, rounded so that the running sum is right."""
    exact = np.cumsum([overlap * min(a, b) for a, b in zip(*plan.psus, strict=True)])
    whole = np.floor(exact + 0.5 + 1e-9).astype(int)
    return tuple(np.diff(whole, prepend=0).tolist())


def draw(people: Population, plan: Plan, overlap: float, surveys: int, rng: np.random.Generator) -> Drawn:
    """Draw surveys.  Where strata move every survey has a layout of its own, so surveys must be 1."""
    if plan.moved and surveys != 1:
        raise ValueError("where strata move, surveys share no layout")
    first_h = np.repeat(np.arange(len(plan.size)), plan.psus[0])
    first = _draws(people, 0, first_h, surveys, rng)
    later_h = people.stratum[1, first[0]] if plan.moved else first_h
    stay, fresh_h = [], []
    fixed = kept(plan, overlap)
    for h, wanted in enumerate(plan.psus[1]):
        here = np.flatnonzero(later_h == h)
        keep = int(overlap * min(len(here), wanted) + rng.random()) if plan.moved else fixed[h]
        stay.append(rng.permutation(here)[:keep])
        fresh_h += [h] * (wanted - keep)
    old = np.concatenate(stay)
    fresh = _draws(people, 1, np.array(fresh_h, dtype=np.intp), surveys, rng)
    ids = tuple(f"p{i:03d}" for i in range(len(first_h)))
    new = tuple(f"q{i:03d}" for i in range(len(fresh_h)))
    second_h = np.concatenate([later_h[old], np.array(fresh_h, dtype=np.intp)])
    return Drawn((first, np.hstack([first[:, old], fresh])), (first_h, second_h), (ids, (*(ids[i] for i in old), *new)))


def _draws(people: Population, wave: int, strata: IntArray, surveys: int, rng: np.random.Generator) -> IntArray:
    """Places (surveys, draws) of PSUs drawn with replacement, proportional to size, in the stratum of each draw."""
    out = np.empty((surveys, len(strata)), dtype=np.intp)
    for h in np.unique(strata):
        here = np.flatnonzero(people.stratum[wave] == h)
        edge = np.cumsum(people.mass[here])
        at = np.flatnonzero(strata == h)
        u = rng.random((surveys, len(at))) * edge[-1]
        out[:, at] = here[np.minimum(np.searchsorted(edge, u, side="right"), len(here) - 1)]
    return out


@dataclass(frozen=True, eq=False)
class Answers:
    """People of one wave, all (surveys, draws, PLANNED): weight 0 is no answer; y: (items, ...), shares as 0 and 1."""

    weight: FloatArray
    female: NDArray[np.bool_]
    minority: NDArray[np.bool_]
    y: FloatArray


def interview(people: Population, drawn: Drawn, wave: int, rng: np.random.Generator) -> Answers:
    """New people of every drawn PSU and what they answer."""
    at, strata = drawn.psu[wave], drawn.stratum[wave]
    shape = (*at.shape, PLANNED)
    mass = np.bincount(people.stratum[wave], weights=people.mass)
    base = mass[strata] / np.bincount(strata)[strata]
    adults = np.searchsorted(np.cumsum(ADULTS), rng.random(shape) * ADULTS.sum()) + 1.0
    weight = np.where(rng.random(shape) < ANSWER, base[:, None] * adults, 0.0)
    female = rng.random(shape) < 0.5
    minority = rng.random(shape) < people.minority[at][..., None]
    y = np.empty((len(ITEMS), *shape))
    for i, item in enumerate(ITEMS):
        latent = people.centre[i, wave, at][..., None] + item.female * (female - 0.5) - item.minority * minority
        latent = latent + item.within * rng.standard_normal(shape)
        y[i] = latent > 0 if item.share else latent
    return Answers(weight, female, minority, y)


@dataclass(frozen=True, eq=False)
class Surveys:
    """Many surveys of one layout as a TotalsSource: survey r's item is the variable 'item r'."""

    keys: tuple[tuple[int, str, str], ...]
    sums: Mapping[str, FloatArray]

    @property
    def names(self) -> tuple[str, ...]:
        """Columns: the items of every survey, the groups, the design's."""
        return (*self.sums, "sex", "ethnic", "wave", "stratum", "psu", "weight")

    def totals(self, request: Request) -> Totals:
        """The sums of the variables and waves asked for, in all of DOMAINS."""
        wanted = [str(v) for v in request.variables]
        columns = tuple(Column(v, d) for v in wanted for d in DOMAINS)
        rows = [i for i, key in enumerate(self.keys) if not request.waves or key[0] in request.waves]
        values = np.concatenate([self.sums[v][:, rows] for v in wanted], axis=2)
        return Totals(tuple(self.keys[i] for i in rows), columns, values, SUMS)

    def arrays(self, columns: Sequence[str]) -> Mapping[str, NDArray[np.float64]]:
        """There are no people here; that the columns are numbers is all there is to know."""
        return {name: np.zeros(0) for name in columns}


def variable(item: Item, survey: int) -> str:
    """What one survey's item is called in a Surveys."""
    return f"{item.name} {survey}"


def surveys_of(drawn: Drawn, answers: tuple[Answers, Answers]) -> Surveys:
    """The sums of every survey by draw and domain."""
    keys = [(WAVES[t], f"h{h:02d}", i) for t in (0, 1) for h, i in zip(drawn.stratum[t].tolist(), drawn.id[t], strict=True)]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    blocks = [_sums(one) for one in answers]
    both = np.concatenate(blocks, axis=3)[:, :, :, order]
    by_name = {
        variable(item, r): np.ascontiguousarray(both[:, i, r]) for i, item in enumerate(ITEMS) for r in range(both.shape[2])
    }
    return Surveys(tuple(keys[i] for i in order), by_name)


def _sums(one: Answers) -> FloatArray:
    """(SUMS, items, surveys, draws, DOMAINS) of one wave."""
    out = np.empty((len(SUMS), len(one.y), *one.weight.shape[:2], len(DOMAINS)))
    for d, inside in enumerate((np.ones_like(one.female), one.female, one.minority)):
        w = one.weight * inside
        out[0, ..., d], out[1, ..., d], out[4, ..., d] = (w > 0).sum(axis=-1), w.sum(axis=-1), (w * w).sum(axis=-1)
        for i, y in enumerate(one.y):
            out[2, i, ..., d], out[3, i, ..., d] = (w * y).sum(axis=-1), (w * y * y).sum(axis=-1)
    return out
