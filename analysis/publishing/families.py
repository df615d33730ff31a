"""Rows that add up with one another: one indicator of one wave, over every group it is broken down by.

Imports publish, results, lattice.  A row of two variables (a two-way table) is a group like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..publish import COUNT_BELOW, HIDE_BELOW, is_secret
from ..results import Row
from .lattice import AGE, Box, Combination, Lattice, lattice

Domain = tuple[tuple[str, str], ...]
CATEGORY = "=category"
_YEAR = re.compile(r"_\d{4}$")
_WHOLE = 0.01  # shares of the answers of one question add up to 100 to this


@dataclass(frozen=True)
class Family:
    """Rows of one family, by place.  least: respondents (of counts: the count) under which a number is protected.

    known: what an outsider knows though no row says it (that two groups are the same people, that answers add up to 100 %).
    differences: what is left of one group without another, where that is small.  breakdowns: rows that make up a parent.
    """

    wave: int
    kind: str
    places: tuple[int, ...]
    domains: tuple[Domain, ...]
    sizes: tuple[float, ...]
    secret: frozenset[int]
    grid: Lattice
    known: tuple[Combination, ...]
    differences: tuple[Combination, ...]
    breakdowns: tuple[frozenset[int], ...]
    least: int


def families(rows: Sequence[Row], texts: Mapping[str, Any], beside: Sequence[Box] = ()) -> Iterator[Family]:
    """Every family of two rows or more, the headline's first.  beside: groups that are known from elsewhere (microdata)."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for i, r in enumerate(rows):
        if r.kind in ("level", "share", "count"):
            groups.setdefault((r.indicator != "score", r.kind, r.indicator, r.estimand, r.wave, r.base_wave or 0), []).append(i)
    told = _Told.of(texts)
    for _, places in sorted(groups.items()):
        for some in _by_category(rows, places):
            if len({rows[i].domain for i in some}) > 1 or len(some) > 1:
                yield _family(rows, some, told, beside)


def _by_category(rows: Sequence[Row], places: Sequence[int]) -> Iterator[list[int]]:
    """One family when the categories are the answers of one question; one a category when they are separate counts."""
    names = {rows[i].category for i in places}
    everybody = [rows[i].estimate for i in places if not rows[i].domain and rows[i].kind == "share"]
    if len(names) > 1 and None not in everybody and abs(sum(e or 0.0 for e in everybody) - 100) < _WHOLE:
        yield list(places)
        return
    for name in sorted(names):
        yield [i for i in places if rows[i].category == name]


@dataclass(frozen=True)
class _Told:
    """What the texts say of the groups.  partial: variables that leave somebody out."""

    boxes: Mapping[tuple[str, str], Box]
    partial: frozenset[str]

    @classmethod
    def of(cls, texts: Mapping[str, Any]) -> _Told:
        """From texts/domains; texts without it know nothing, and every breakdown then counts as complete."""
        domains = texts.get("domains")
        told = domains if isinstance(domains, Mapping) else {}
        boxes = {(d, c): box for d, about in told.items() for c, box in (about.get("boxes") or {}).items()}
        return cls(boxes, frozenset(d for d, about in told.items() if about.get("partial")))

    def box(self, domain: Domain, category: str) -> Box:
        """The box of a row; a breakdown by a later year's classification is a variable of its own."""
        found: dict[str, list[Any]] = {CATEGORY: [category]} if category else {}
        for name, code in domain:
            for variable, side in self.boxes.get((name, code), {name: [code]}).items():
                found[variable] = _met(variable, found[variable], side) if variable in found else list(side)
        return found


def _met(variable: str, one: Sequence[Any], two: Sequence[Any]) -> list[Any]:
    return [max(one[0], two[0]), min(one[1], two[1])] if variable == AGE else [c for c in one if c in two]


def _family(rows: Sequence[Row], places: Sequence[int], told: _Told, beside: Sequence[Box]) -> Family:
    some = [rows[i] for i in places]
    answers = len({r.category for r in some}) > 1
    domains = [r.domain for r in some]
    wholes = [told.box(d, "") for d in dict.fromkeys(domains)] if answers else []
    wholes += list(beside)
    boxes = [told.box(r.domain, r.category if answers else "") for r in some] + wholes
    partial = {name for name, _ in (pair for d in domains for pair in d) if _YEAR.sub("", name) in told.partial}
    grid = lattice(boxes, partial)
    counts = some[0].kind == "count"
    sizes = tuple(float(r.estimate or 0.0) if counts else float(r.n) for r in some)
    least = COUNT_BELOW if counts else HIDE_BELOW
    secret = frozenset(j for j, r in enumerate(some) if is_secret(r))
    breakdowns = tuple(_breakdowns(some))
    known = [{len(some) + k: 1.0} for k in range(len(wholes))] + list(_same(some, sizes, breakdowns))
    differences = () if answers or some[0].method == "census" else tuple(_differences(some, sizes, grid, least))
    return Family(
        some[0].wave, some[0].kind, tuple(places), tuple(domains), sizes, secret, grid, tuple(known), differences, breakdowns,
        least,
    )  # fmt: skip


def _breakdowns(rows: Sequence[Row]) -> Iterator[frozenset[int]]:
    """Rows that differ in the code of one variable only."""
    found: dict[tuple[Any, ...], set[int]] = {}
    for j, r in enumerate(rows):
        for name, code in r.domain:
            rest = tuple(pair for pair in r.domain if pair != (name, code))
            found.setdefault((rest, name, r.category), set()).add(j)
    yield from (frozenset(members) for _, members in sorted(found.items()) if len(members) > 1)


def _same(rows: Sequence[Row], sizes: Sequence[float], breakdowns: Sequence[frozenset[int]]) -> Iterator[Combination]:
    """Groups that are plainly the same people, as their numbers say: another year's classes, a breakdown's sum and one group."""
    for j, k in _years(rows):
        if sizes[j] and sizes[j] == sizes[k]:
            yield {j: 1.0, k: -1.0}
    for members in breakdowns:
        if min(sizes[j] for j in members) > 0:
            total = sum(sizes[j] for j in members)
            for k, r in enumerate(rows):
                if k not in members and r.domain and sizes[k] == total:
                    yield {**dict.fromkeys(members, 1.0), k: -1.0}


def _years(rows: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """The same group by two classifications: (first one's place, the later year's place)."""
    at = {(r.domain, r.category): j for j, r in enumerate(rows)}
    for k, r in enumerate(rows):
        plain = tuple(sorted((_YEAR.sub("", name), code) for name, code in r.domain))
        if plain != r.domain and (j := at.get((plain, r.category))) is not None:
            yield j, k


def _differences(rows: Sequence[Row], sizes: Sequence[float], grid: Lattice, least: int) -> Iterator[Combination]:
    """A group without another that lies in it, and one group by two classifications, where few people are left."""
    pairs = [
        (j, k) for j in range(len(rows)) for k in range(len(rows)) if grid.within(k, j)
    ]  # fmt: skip
    for j, k in (*pairs, *_years(rows)):
        if sizes[j] and sizes[k] and 0 < abs(sizes[j] - sizes[k]) < least:
            yield {j: 1.0, k: -1.0}


def secret_domains(rows: Sequence[Row]) -> set[tuple[str, Domain]]:
    """(wave, domain) of groups whose size must not be told: those of which the headline is hidden to protect people."""
    return {(str(r.wave), r.domain) for r in rows if r.kind == "level" and r.indicator == "score" and is_secret(r)}
