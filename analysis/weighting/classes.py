"""Adjustment cells for people who did not answer: the factor of each cell, cells too small merged, replicates repeated alike.

Imports numpy, scipy's sparse matrices and the error catalogue.  Sees weights, cell codes and who answered; never an answer.
Knows neither households nor panels: response.py and attrition.py say who counts.
Source: Kalton and Flores-Cervantes (2003) J. Official Statistics 19:2; Valliant, Dever and Kreuter (2018) ch. 13.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from forms.errors import refuse

from ..units import FloatArray, IntArray

BoolArray = NDArray[np.bool_]
Code = tuple[str, ...]
NOBODY = "không có phỏng vấn nào | nobody was interviewed"
EMPTY = "không có hộ thuộc đối tượng | no eligible case"
FEW = "ít phỏng vấn hơn mức đã định | fewer interviews than the plan asks for"
LARGE = "hệ số lớn hơn mức đã định | the factor is larger than the plan allows"
ROUND = 1e-12  # what sums may lose: a factor of exactly `most` is kept
LAST = "không còn lớp nào để gộp | no other class is left to merge with"


@dataclass(frozen=True, eq=False)
class Cases:
    """Who counts, (n,) each.  eligible, unknown, ineligible: the cases that were issued first, by what is known of them.

    responded: those interviewed, substitutes included; a substitute counts in none of the other three.
    """

    eligible: BoolArray
    unknown: BoolArray
    ineligible: BoolArray
    responded: BoolArray


@dataclass(frozen=True)
class Merge:
    """One step of the merging.  cases: issued first; eligible: their estimated weighted number; factor: None without interviews.

    into: the class it was merged with, '' where none was left; reason: Vietnamese | English.
    """

    wave: int
    name: str
    cases: int
    eligible: float
    interviewed: int
    factor: float | None
    into: str
    reason: str


@dataclass(frozen=True)
class ClassSum:
    """One class as it is used, full sample.  rate: share of unknown cases taken as eligible, None where nothing is known."""

    wave: int
    name: str
    cases: int
    eligible: float
    interviewed: int
    rate: float | None
    factor: float | None


@dataclass(frozen=True, eq=False)
class Sums:
    """Weighted sums by class and replicate, (k, R) each."""

    known: FloatArray
    unknown: FloatArray
    ineligible: FloatArray
    responded: FloatArray

    @property
    def rate(self) -> FloatArray:
        """Eligible among the cases whose eligibility is known; NaN where it is known of none."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.known / (self.known + self.ineligible), dtype=np.float64)

    @property
    def eligible(self) -> FloatArray:
        """The estimated eligible total: the unknown count at the class's rate; NaN where they have none."""
        return self.known + np.where(self.unknown > 0, self.unknown * self.rate, 0.0)

    @property
    def empty(self) -> BoolArray:
        """Neither a case nor an interview."""
        return np.asarray((self.known + self.unknown + self.ineligible == 0) & (self.responded == 0))

    @property
    def sound(self) -> BoolArray:
        """There is something to share and somebody to share it."""
        return np.asarray((self.eligible > 0) & (self.responded > 0))

    def joined(self, group: BoolArray | IntArray, r: int) -> Sums:
        """The classes of a group as one class (1, 1) of replicate r."""
        parts = (self.known, self.unknown, self.ineligible, self.responded)
        return Sums(*(part[group, r].sum().reshape(1, 1) for part in parts))


@dataclass(frozen=True, eq=False)
class ResponseClasses:
    """The classes of all cases and how their factors are made.

    of: class of every case (n,); names: of the classes, merged ones "a + b"; waves: of the classes.
    order: for each class the others of its wave, the first to merge with first (used by replicates).
    table: the classes of the full sample; log: the merges; notes: what else must be known, Vietnamese | English.
    """

    cases: Cases
    of: IntArray
    names: tuple[str, ...]
    waves: tuple[int, ...]
    order: tuple[tuple[int, ...], ...]
    table: tuple[ClassSum, ...]
    log: tuple[Merge, ...]
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> tuple[str, ...]:
        """The class of every case, by name."""
        return tuple(self.names[c] for c in self.of.tolist())

    def eligible(self, base: FloatArray) -> FloatArray:
        """The estimated eligible total (k, R) of each class for weights base (n, R), before any merging in a replicate."""
        return sums(self.cases, self.of, len(self.names), base).eligible

    def factors(self, base: FloatArray) -> FloatArray:
        """Factor of every case (n, R) for base weights (n, R); NaN for who was not interviewed.

        Class by class, the sum of base times factor over those interviewed is the class's estimated eligible total.  A class
        that loses its interviews in a replicate is merged there with the next of its order; a class without any weight gets
        1.  BdgError STAT-092: a replicate in which a wave has cases and no interview.
        """
        found = sums(self.cases, self.of, len(self.names), base)
        with np.errstate(invalid="ignore", divide="ignore"):
            factor = found.eligible / found.responded
        for r in np.flatnonzero((~found.sound & ~found.empty).any(axis=0)).tolist():
            factor[:, r] = self._merged(found, r)
        factor[found.empty] = 1.0
        return np.where(self.cases.responded[:, None], factor[self.of], np.nan)

    def _merged(self, found: Sums, r: int) -> FloatArray:
        """The factors (k,) of a replicate in which some class has no interview or nothing to share."""
        group = np.arange(len(self.names))
        for c in np.flatnonzero(~found.sound[:, r] & ~found.empty[:, r]).tolist():
            for other in self.order[c]:
                if found.joined(group == group[c], r).sound.all():
                    break
                group[group == group[other]] = group[c]
            if not found.joined(group == group[c], r).sound.all():
                raise refuse("STAT-092", str(self.waves[c]), expected="≥ 1", got=0, replicate=r, wave=self.waves[c])
        ratio = {}
        for g in set(group.tolist()):
            whole = found.joined(group == g, r)
            ratio[g] = 1.0 if whole.empty.all() else float(whole.eligible[0, 0] / whole.responded[0, 0])
        return np.array([ratio[g] for g in group.tolist()])


def sums(cases: Cases, of: IntArray, k: int, base: FloatArray) -> Sums:
    """Sums by class (k, R) of the weights base (n, R)."""
    by = sparse.csr_array((np.ones(len(of)), (of, np.arange(len(of)))), shape=(k, len(of)))
    masks = (cases.eligible, cases.unknown, cases.ineligible, cases.responded)
    return Sums(*(np.asarray(by @ np.where(mask[:, None], base, 0.0), dtype=np.float64) for mask in masks))


@dataclass(frozen=True)
class Rule:
    """When a class is merged.  least: interviews; most: factor."""

    least: int
    most: float


def grown(
    cases: Cases, waves: Sequence[int], codes: Sequence[Code], base: FloatArray, rule: Rule, notes: Sequence[str] = ()
) -> ResponseClasses:
    """Classes from the codes (n,) of each case, merged until each has `least` interviews and a factor of at most `most`.

    Turn by turn the class with the fewest interviews (then the first in order of codes) among those that break the rule
    joins another of its wave: one with the same first code where there is one, among these the one whose response rate
    (interviews over eligible cases, weighted) is nearest, then the one nearest in order.  A class without an interview
    thus never vanishes.  Classes of different waves are never merged.  base: (n,), of the full sample.
    BdgError STAT-093: a wave without an interview.
    """
    keys = sorted({(int(w), c) for w, c in zip(waves, codes, strict=True)})
    number = {key: i for i, key in enumerate(keys)}
    leaf = np.array([number[int(w), c] for w, c in zip(waves, codes, strict=True)], dtype=np.intp)
    found = sums(cases, leaf, len(keys), base[:, None])
    count = sums(cases, leaf, len(keys), np.ones((len(leaf), 1)))
    tree = _Tree(keys, found, count, rule)
    groups, log = tree.merged()
    of = np.empty(len(keys), dtype=np.intp)
    for i, group in enumerate(groups):
        of[list(group)] = i
    names = tuple(tree.name(g) for g in groups)
    made = tuple(keys[g[0]][0] for g in groups)
    order = tuple(tuple(groups.index(o) for o in tree.order(g, groups)) for g in groups)
    table = tuple(tree.row(g) for g in groups)
    return ResponseClasses(cases, of[leaf], names, made, order, table, log, tuple(notes))


Group = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class _Node:
    """What is known of a group: its sums, interviews and cases (counts), first codes."""

    whole: Sums
    interviewed: int
    cases: int
    first: frozenset[Code]
    rate: float
    reason: str


class _Tree:
    """The first classes and what is known of any group of them."""

    def __init__(self, keys: Sequence[tuple[int, Code]], found: Sums, count: Sums, rule: Rule) -> None:
        self._keys, self._found, self._count, self._rule = keys, found, count, rule
        self._known: dict[Group, _Node] = {}

    def merged(self) -> tuple[list[Group], tuple[Merge, ...]]:
        """The groups that are left, in order of their first class, and every step."""
        groups: list[Group] = [(i,) for i in range(len(self._keys))]
        log: list[Merge] = []
        last: set[Group] = set()
        while bad := [g for g in groups if g not in last and self.reason(g)]:
            worst = min(bad, key=lambda g: (self._node(g).interviewed, g))
            others = self.order(worst, groups)
            if not others:
                if self._node(worst).interviewed == 0:
                    wave = self._keys[worst[0]][0]
                    raise refuse("STAT-093", str(wave), expected="≥ 1", got=0, wave=wave)
                last.add(worst)
            log.append(self._step(worst, others[0] if others else None))
            if others:
                groups = sorted([g for g in groups if g not in (worst, others[0])] + [tuple(sorted(worst + others[0]))])
        return groups, tuple(log)

    def reason(self, group: Group) -> str:
        """Why the group must be merged, '' when it need not."""
        return self._node(group).reason

    def order(self, group: Group, groups: Sequence[Group]) -> list[Group]:
        """The other groups of the wave, the best to merge with first; classes without any case come last."""
        wave = self._keys[group[0]][0]
        others = [g for g in groups if g != group and self._keys[g[0]][0] == wave]
        return sorted(others, key=lambda g: self._distance(group, g))

    def name(self, group: Group) -> str:
        """The codes of a class joined by `*`, of merged ones by ` + `."""
        return " + ".join("*".join(c or "-" for c in self._keys[i][1]) or "-" for i in group)

    def row(self, group: Group) -> ClassSum:
        """The group as it is used."""
        node = self._node(group)
        rate, eligible = float(node.whole.rate[0, 0]), float(np.nan_to_num(node.whole.eligible[0, 0]))
        known = None if np.isnan(rate) else rate
        return ClassSum(self._wave(group), self.name(group), node.cases, eligible, node.interviewed, known, self._factor(group))

    def _step(self, group: Group, into: Group | None) -> Merge:
        row, why = self.row(group), self.reason(group)
        why = why if into is not None else _both(why, LAST)
        name = "" if into is None else self.name(into)
        return Merge(row.wave, row.name, row.cases, row.eligible, row.interviewed, row.factor, name, why)

    def _distance(self, group: Group, other: Group) -> tuple[bool, bool, float, int, Group]:
        one, two = self._node(group), self._node(other)
        apart = min(abs(i - j) for i in group for j in other)
        return two.cases + two.interviewed == 0, not one.first & two.first, round(abs(one.rate - two.rate), 10), apart, other

    def _factor(self, group: Group) -> float | None:
        whole = self._node(group).whole
        return float(whole.eligible[0, 0] / whole.responded[0, 0]) if whole.sound.all() else None

    def _node(self, group: Group) -> _Node:
        if group not in self._known:
            index = np.array(group, dtype=np.intp)
            whole, count = self._found.joined(index, 0), self._count.joined(index, 0)
            cases = int((count.known + count.unknown + count.ineligible)[0, 0])
            interviewed = int(count.responded[0, 0])
            rate = float(whole.responded[0, 0] / whole.eligible[0, 0]) if whole.sound.all() else 0.0
            first = frozenset(self._keys[i][1][:1] for i in group)
            self._known[group] = _Node(whole, interviewed, cases, first, rate, self._why(whole, interviewed))
        return self._known[group]

    def _why(self, whole: Sums, interviewed: int) -> str:
        if whole.empty.all():
            return ""
        if whole.responded[0, 0] <= 0:
            return NOBODY
        if not whole.eligible[0, 0] > 0:
            return EMPTY
        if interviewed < self._rule.least:
            return FEW
        return LARGE if whole.eligible[0, 0] > self._rule.most * whole.responded[0, 0] * (1 + ROUND) else ""

    def _wave(self, group: Group) -> int:
        return self._keys[group[0]][0]


def _both(first: str, second: str) -> str:
    """Two reasons as one, in both languages."""
    return " | ".join("; ".join(pair) for pair in zip(first.split(" | "), second.split(" | "), strict=True))


def code(value: object) -> str:
    """A column's value as the code of a class; what is not known ('' too) is a class of its own."""
    return "" if value is None or (isinstance(value, float) and np.isnan(value)) else str(value)
