"""Categories with too few respondents merged with a neighbour, in every wave alike, by a rule fixed before any number is seen.

Imports the standard library, targets (names) and the error catalogue.  Counts of respondents in, groups of categories out; no
weights, no answers.
The rule: a margin's columns are codes with an order (age bands) and codes without one (sex, stratum).  (1) A line, all bands
of one combination of the others, that has fewer than `least` respondents in some wave cannot stand on any band of its own:
it joins, band by band, the line that differs in as few and as late columns as possible (so strata join before sexes); of
several the one whose codes stand nearest in margins.csv, whose order thus says which strata are neighbours.  (2) Inside a
line a band with fewer than `least` joins the adjacent band with fewer respondents, the younger one when equal; smallest
first.  Ties go by the order of margins.csv.
Source of the idea: Kalton and Flores-Cervantes (2003) J. Off. Stat. 19:81 (collapsing adjacent cells); ours are the details.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from forms.errors import refuse

from .targets import CROSS, Level

JOINS = " + "
Counts = Mapping[int, Mapping[Level, int]]


@dataclass(frozen=True)
class Merge:
    """One group that several categories became, and the respondents that each had, wave by wave."""

    margin: str
    categories: tuple[str, ...]
    respondents: tuple[tuple[int, ...], ...]
    waves: tuple[int, ...]

    @property
    def name(self) -> str:
        """The new category as it is printed."""
        return JOINS.join(self.categories)


@dataclass(frozen=True)
class Merged:
    """A margin after merging.  groups: the categories of each final one, in file order; near: neighbours, best first."""

    margin: str
    groups: tuple[tuple[Level, ...], ...]
    near: tuple[tuple[int, ...], ...]
    merges: tuple[Merge, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What each group is called."""
        return tuple(JOINS.join(CROSS.join(level) for level in group) for group in self.groups)

    @property
    def group_of(self) -> dict[Level, int]:
        """Category -> number of its group."""
        return {level: i for i, group in enumerate(self.groups) for level in group}

    def totals(self, table: Mapping[Level, float]) -> tuple[float, ...]:
        """Residents of each group."""
        return tuple(sum(table[level] for level in group) for group in self.groups)


@dataclass(frozen=True, eq=False)
class _Margin:
    """One margin while it is merged: its categories in order, respondents, and which column has an order."""

    term: tuple[str, ...]
    levels: tuple[Level, ...]
    counts: Counts
    least: int
    band: int | None
    order: tuple[str, ...]

    def few(self, levels: Iterable[Level]) -> int:
        """Respondents of these categories in the wave that has fewest."""
        some = list(levels)
        return min(sum(map(count.__getitem__, some)) for count in self.counted)

    @cached_property
    def counted(self) -> tuple[dict[Level, int], ...]:
        """Respondents of every category, one table a wave."""
        return tuple({level: count.get(level, 0) for level in self.levels} for count in self.counts.values())

    @cached_property
    def at(self) -> dict[Level, int]:
        """Where a category stands in the file."""
        return {level: i for i, level in enumerate(self.levels)}

    @cached_property
    def codes(self) -> tuple[dict[str, int], ...]:
        """The codes of each column without an order, in the order of the file."""
        lines = [self.line(level) for level in self.levels]
        return tuple({c: i for i, c in enumerate(dict.fromkeys(column))} for column in zip(*lines, strict=True))

    def line(self, level: Level) -> Level:
        """The codes without an order."""
        return tuple(c for i, c in enumerate(level) if i != self.band)

    def places(self, column: int, levels: Iterable[Level]) -> set[int]:
        """Where the codes of a column without an order stand among that column's codes in margins.csv."""
        return {self.codes[column][self.line(x)[column]] for x in levels}

    def rank(self, level: Level) -> int:
        """The place of the category's band, 0 without bands."""
        return 0 if self.band is None else self.order.index(level[self.band])

    def apart(self, one: Sequence[Level], two: Sequence[Level]) -> tuple[int, ...]:
        """Which columns (of those without an order) two sets of categories differ in."""
        a, b = [self.line(x) for x in one], [self.line(x) for x in two]
        return tuple(i for i in range(len(a[0])) if {x[i] for x in a} != {x[i] for x in b})


def merged(
    margin: str, levels: Sequence[Level], counts: Counts, least: int, order: Mapping[str, Sequence[str]], *,
    stands: int | None = None,
) -> Merged:  # fmt: skip
    """The final categories of a margin, the same for every wave.

    levels: its categories in file order.  counts: wave -> category -> respondents.  order: columns whose codes have an order.
    stands: the wave whose counts alone decide, since its numbers were published with the groups they make; None: every wave.
    BdgError DATA-067 when all its categories would have to become one: the margin says nothing about this sample.
    """
    term = tuple(margin.split(CROSS))
    band = next((i for i, c in enumerate(term) if c in order), None)
    deciding = counts if stands is None else {stands: counts[stands]}
    m = _Margin(term, tuple(levels), deciding, least, band, () if band is None else tuple(order[term[band]]))
    groups = [part for line in _lines(m) for part in _bands(m, line)]
    groups.sort(key=lambda g: m.at[g[0]])
    if len(groups) == 1 and len(levels) > 1:
        fewest = min(counts, key=lambda w: sum(counts[w].values()))
        raise refuse("DATA-067", f"margins.csv: {margin}", expected=f"≥ {least}", got=m.few(levels), margin=margin, wave=fewest,
                     least=least)  # fmt: skip
    waves = tuple(sorted(counts))
    merges = tuple(
        Merge(margin, tuple(CROSS.join(x) for x in g), tuple(tuple(counts[w].get(x, 0) for x in g) for w in waves), waves)
        for g in groups
        if len(g) > 1
    )
    return Merged(margin, tuple(groups), tuple(_near(m, groups, i) for i in range(len(groups))), merges)


def _lines(m: _Margin) -> list[list[Level]]:
    """Lines that have `least` respondents in every wave, as far as there are others to join."""
    lines: dict[Level, list[Level]] = {}
    for level in m.levels:
        lines.setdefault(m.line(level), []).append(level)
    found = list(lines.values())
    while len(found) > 1:
        at = min(range(len(found)), key=lambda i: (m.few(found[i]), i))
        if m.few(found[at]) >= m.least:
            break
        others = [i for i in range(len(found)) if i != at]
        to = min(others, key=lambda i: (_far(m, found[at], found[i]), i))
        joined = sorted(found[at] + found[to], key=m.at.__getitem__)
        found = [joined if i == min(at, to) else g for i, g in enumerate(found) if i != max(at, to)]
    return found


def _far(m: _Margin, one: Sequence[Level], two: Sequence[Level]) -> tuple[int, int, int]:
    """How far apart two lines are: the columns they differ in (late ones count little), distance in the file, size."""
    apart = m.apart(one, two)
    width = len(m.line(one[0]))
    steps = sum(min(abs(a - b) for a in m.places(i, one) for b in m.places(i, two)) for i in apart)
    return sum(2 ** (width - 1 - i) for i in apart), steps, m.few(two)


def _bands(m: _Margin, line: Sequence[Level]) -> list[tuple[Level, ...]]:
    """The bands of a line, adjacent ones joined until each has `least` respondents."""
    ranks = sorted({m.rank(x) for x in line})
    found = [[x for x in line if m.rank(x) == r] for r in ranks]
    while len(found) > 1:
        at = min(range(len(found)), key=lambda i: (m.few(found[i]), i))
        if m.few(found[at]) >= m.least:
            break
        beside = [i for i in (at - 1, at + 1) if 0 <= i < len(found)]
        to = min(beside, key=lambda i: (m.few(found[i]), i))
        low = min(at, to)
        found = [*found[:low], found[low] + found[low + 1], *found[low + 2 :]]
    return [tuple(sorted(g, key=m.at.__getitem__)) for g in found]


def _near(m: _Margin, groups: Sequence[tuple[Level, ...]], at: int) -> tuple[int, ...]:
    """The other groups, the most alike first: where a replicate's total goes when nobody of the group was drawn."""

    def away(i: int) -> tuple[int, int, int, int]:
        apart, steps, _ = _far(m, groups[at], groups[i])
        return apart, min(abs(m.rank(x) - m.rank(y)) for x in groups[at] for y in groups[i]), steps, i

    return tuple(sorted((i for i in range(len(groups)) if i != at), key=away))
