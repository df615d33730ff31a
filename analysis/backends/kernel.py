"""One kernel for every backend that has rows: sums of many variables by unit and many groupings in one pass.

Imports numpy and the waist; never sees a frame, a file or a statistic.  Blocks of people come in, sums per unit go out.

How: groupings are crossed into a few sets (overall needs none), each block's rows get one cell number a set, and every
distinct product of weight and columns is added up by `numpy.bincount`, which frees the interpreter's lock, so that two
threads work at once; the margins of a set are the groupings.  n, w and all else that does not depend on who answered is
added up once for all variables, and only a variable with somebody missing gets its own.  Sums do not depend on the
number of threads.  Measured against one sparse incidence product and against BLAS on rows sorted by unit: docs/backends.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from forms.errors import refuse

from ..numbering import Codes
from ..totals import MISSING_KINDS, Category, Request, Variable, label
from ..units import FloatArray, IntArray

Mask = NDArray[np.bool_]
Part = str | Category
Answered = frozenset[Part]
Term = tuple[Literal["sum"], tuple[Part, ...], int, Answered]
Count = tuple[Literal["persons", "silent", "kind"], tuple[Part, ...], Answered, str]
Answers = Mapping[Part, tuple[NDArray[Any], Mask | None]]
Each = Callable[[Callable[[Any], Any], Iterable[Any]], list[Any]]

SERIAL = 50_000
CROSSED = 16
WIDEST = 1 << 16
FACTORS: Mapping[str, tuple[str, int]] = {
    "w": ("", 1), "wy": ("y", 1), "wyy": ("yy", 1), "ww": ("", 2), "wx": ("x", 1), "wxy": ("xy", 1), "wxx": ("xx", 1),
}  # fmt: skip
PERSONS: Count = ("persons", (), frozenset(), "")


@dataclass(frozen=True, eq=False)
class Block:
    """Some people.  place (n,) is each one's unit; weight (n,); codes: for each grouping (n,), -1 in no level.

    read: numbers of a column, or 1/0 of a category, and who is missing (None: nobody is).  empty: who has no value in a
    column of any type.  why: each person's index into MISSING_KINDS, or None when the column has no reasons.
    """

    place: IntArray
    weight: NDArray[Any]
    codes: Sequence[Codes]
    read: Callable[[Part], tuple[NDArray[Any], Mask | None]]
    empty: Callable[[str], Mask | None]
    why: Callable[[str], Codes | None]


@dataclass(frozen=True)
class Extent:
    """Codes of a grouping: 0 ... levels - 1, and -1 if gaps."""

    levels: int
    gaps: bool

    @property
    def slots(self) -> int:
        """Codes including the one for nobody's level."""
        return self.levels + self.gaps


@dataclass(frozen=True, eq=False)
class Wanted:
    """What a request means for the kernel."""

    request: Request

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Every column and category that is added up, once."""
        return tuple(dict.fromkeys(part for variable in self.request.variables for part in parts(variable)))

    @cached_property
    def keys(self) -> tuple[tuple[Term | Count | None, ...], ...]:
        """For each sum of the request and each variable, what is to be added up; None = persons less the silent (n)."""
        return tuple(tuple(self._key(name, v) for v in self.request.variables) for name in self.request.sums)

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """Products of columns and weights to add up, once each; those without columns are added up for everybody too."""
        found = [key for row in self.keys for key in row if key is not None and key[0] == "sum"]
        everyone: list[Term] = [("sum", (), key[2], frozenset()) for key in found if not key[1]]
        return tuple(dict.fromkeys([*everyone, *found]))

    @cached_property
    def kinds(self) -> tuple[Count, ...]:
        """Kinds of missing answers to count, for the first variable of each that share them."""
        return tuple(dict.fromkeys(key for row in self.keys for key in row if key is not None and key[0] == "kind"))

    @cached_property
    def answered(self) -> tuple[Answered, ...]:
        """The distinct sets of columns that must all be answered."""
        return tuple(dict.fromkeys(self.need(v) for v in self.request.variables))

    def need(self, variable: Variable) -> Answered:
        """What must be answered for a person to count."""
        return frozenset((*parts(variable), *self.request.complete))

    def _key(self, name: str, variable: Variable) -> Term | Count | None:
        need, own = self.need(variable), parts(variable)
        if name == "n":
            return None
        if name in MISSING_KINDS:
            return ("kind", own, need, name)
        letters, power = FACTORS[name]
        at: dict[str, tuple[Part, ...]] = {"y": own[:1], "x": own[1:]}
        return ("sum", tuple(sorted((p for c in letters for p in at[c]), key=label)), power, need)


class Sums:
    """Sums that grow block by block; codes of later blocks must fit the extents given at the start."""

    def __init__(self, wanted: Wanted, units: int, extents: Sequence[Extent], rows: int, each: Each) -> None:
        self._wanted, self.units, self._extents, self._each = wanted, units, tuple(extents), each
        self._everyone = tuple(g for g, grouping in enumerate(wanted.request.groupings) if not grouping)
        self._sets = crossings(self._extents, self._everyone, units, rows)
        self._cells = [units * int(np.prod([self._extents[g].slots for g in one], dtype=np.int64)) for one in self._sets]
        self._found: dict[Term | Count, list[NDArray[Any]]] = {}

    def fits(self, units: int, extents: Sequence[Extent]) -> bool:
        """Whether blocks of so many units and codes of these extents can be added."""
        return units <= self.units and all(
            e.levels <= own.levels and e.gaps <= own.gaps for e, own in zip(extents, self._extents, strict=True)
        )

    def add(self, block: Block) -> None:
        """Add a block of people; BdgError STAT-009 when a column is not finite."""
        index = self._each(lambda one: self._index(one, block), self._sets)
        wanted = self._wanted
        answers = dict(zip(wanted.parts, self._each(lambda part: finite(*block.read(part), part), wanted.parts), strict=True))
        silent = {need: _silent(need, answers, block) for need in wanted.answered}
        for need, mask in silent.items():
            if mask is not None:
                self._part_from_everyone(need)
        tasks: list[Callable[[], None]] = [partial(self._put, PERSONS, index, None)]
        tasks += [
            partial(self._count, need, np.flatnonzero(m), index, answers, block) for need, m in silent.items() if m is not None
        ]
        tasks += [
            partial(self._term, term, index, answers, block.weight, silent.get(term[3]))
            for term in wanted.terms if term[1] or not term[3] or term in self._found
        ]  # fmt: skip
        self._each(lambda task: task(), tasks)

    def cells(self) -> Cells:
        """What was added up, by grouping."""
        keys = tuple(self._found)
        stops = np.cumsum([e.levels for e in self._extents], dtype=np.intp).tolist()
        cube = np.empty((len(keys) + 1, self.units, stops[-1] if stops else 0))
        cube[-1] = 0.0
        groups = tuple(cube[:, :, stop - e.levels : stop] for stop, e in zip(stops, self._extents, strict=True))
        for k, one in enumerate(self._sets if keys else ()):
            slots = [self._extents[g].slots for g in one]
            margins = {g: tuple(1 + j for j in range(len(one)) if j != i) for i, g in enumerate(one)}
            everyone = [g for g in self._everyone if k == 0 and (g,) not in self._sets]
            for t, key in enumerate(keys):
                block = self._found[key][k].reshape(self.units, *slots)
                for g, others in margins.items():
                    whole = block.sum(axis=others) if others else block
                    groups[g][t] = whole[:, int(self._extents[g].gaps) :]
                for g in everyone:
                    groups[g][t, :, 0] = block.reshape(self.units, -1).sum(axis=1)
        return Cells(keys, cube, groups)

    def _index(self, one: tuple[int, ...], block: Block) -> IntArray:
        """Each row's cell in a set of crossed groupings."""
        cell: NDArray[Any] = np.zeros(len(block.place), dtype=np.int32)
        size = 1
        for g in one:
            extent = self._extents[g]
            size *= extent.slots
            if extent.slots > 1:
                cell *= extent.slots
                cell += block.codes[g]
                if extent.gaps:
                    cell += 1
        index = block.place * size
        index += cell
        return index

    def _term(
        self, term: Term, index: Sequence[IntArray], answers: Answers, weight: NDArray[Any], silent: Mask | None
    ) -> None:  # fmt: skip
        self._put(term, index, product(term, answers, weight, silent))

    def _put(self, key: Term | Count, index: Sequence[IntArray], amounts: FloatArray | None) -> None:
        parts_ = [np.bincount(at, amounts, size) for at, size in zip(index, self._cells, strict=True)]
        if key not in self._found:
            self._found[key] = parts_
            return
        for held, more in zip(self._found[key], parts_, strict=True):
            np.add(held, more, out=held)

    def _part_from_everyone(self, need: Answered) -> None:
        """The first person without an answer: until now everybody's sums were this variable's too."""
        for term in self._wanted.terms:
            if not term[1] and term[3] == need and term not in self._found:
                everyone = self._found.get(("sum", (), term[2], frozenset()))
                self._found[term] = [np.zeros(size) for size in self._cells] if everyone is None else [a.copy() for a in everyone]

    def _count(self, need: Answered, rows: IntArray, index: Sequence[IntArray], answers: Answers, block: Block) -> None:
        """Count the people without an answer, in all and by kind."""
        at = [i[rows] for i in index]
        self._put(("silent", (), need, ""), at, None)
        kinds = [key for key in self._wanted.kinds if key[2] == need]
        for own in dict.fromkeys(key[1] for key in kinds):
            kind = np.full(len(rows), MISSING_KINDS.index("missing"))
            for part in reversed(own):
                gone, why = answers[part][1], block.why(part.column if isinstance(part, Category) else part)
                if gone is not None and why is not None:
                    told = gone[rows] & (why[rows] >= 0)
                    kind[told] = why[rows[told]]
            for key in kinds:
                if key[1] == own:
                    mine = kind == MISSING_KINDS.index(key[3])
                    self._put(key, [i[mine] for i in at], None)


@dataclass(frozen=True, eq=False)
class Cells:
    """keys[t] is what cube[t] (units, levels of all groupings) holds; after the last key stands a plane of zeros.

    groups: each grouping's part of the cube.
    """

    keys: tuple[Term | Count, ...]
    cube: FloatArray
    groups: tuple[FloatArray, ...]

    def plane(self, key: Term | Count) -> int:
        """Where a key stands; a sum that nobody's silence has changed is everybody's, a count of nobody is zero."""
        if key in self.keys:
            return self.keys.index(key)
        if key[0] == "sum":
            everyone: Term = ("sum", (), key[2], frozenset())
            return self.keys.index(everyone) if not key[1] and everyone in self.keys else len(self.keys)
        return len(self.keys)


def parts(variable: Variable) -> tuple[Part, ...]:
    """The columns or the category of a variable; the denominator second."""
    return variable if isinstance(variable, tuple) else (variable,)


def product(term: Term, answers: Answers, weight: NDArray[Any], silent: Mask | None) -> FloatArray:
    """What each person adds to a term: 0 for the silent."""
    amounts: FloatArray = weight * weight if term[2] == 2 else weight
    for part in term[1]:
        amounts = amounts * answers[part][0]
    if silent is not None:
        amounts = np.where(silent, 0.0, amounts)
    return amounts


def finite(values: NDArray[Any], missing: Mask | None, part: Part) -> tuple[NDArray[Any], Mask | None]:
    """The values and who is missing; NaN is missing, infinity is refused (STAT-009)."""
    if values.dtype.kind != "f":
        return values, missing
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(values.sum()):
            return values, missing
    gone = np.isnan(values)
    if np.isinf(values).any():
        raise refuse("STAT-009", got="inf", column=label(part))
    return values, (gone if missing is None else gone | missing) if gone.any() else missing


def _silent(need: Answered, answers: Answers, block: Block) -> Mask | None:
    masks = [answers[part][1] if part in answers else block.empty(str(part)) for part in sorted(need, key=label)]
    found: Mask | None = None
    for mask in masks:
        if mask is not None and mask.any():
            found = mask if found is None else found | mask
    return found


def crossings(extents: Sequence[Extent], everyone: Sequence[int], units: int, rows: int) -> tuple[tuple[int, ...], ...]:
    """Sets of groupings to add up together: crossing saves a pass over the rows while the cells stay few.

    A set grows while its cells are under a 16th of the rows and fit the processor's nearer cache; everyone (groupings
    of no column) is the margin of any set.
    """
    open_: list[tuple[int, tuple[int, ...]]] = sorted((e.slots, (g,)) for g, e in enumerate(extents) if g not in everyone)
    most = min(rows // CROSSED, WIDEST) // max(units, 1)
    while len(open_) > 1 and open_[0][0] * open_[1][0] <= most:
        (a, one), (b, two), *rest = open_
        open_ = sorted([*rest, (a * b, tuple(sorted(one + two)))])
    return tuple(sorted(one for _, one in open_)) or tuple((g,) for g in everyone[:1])


def joined(some: Cells, more: Cells) -> Cells:
    """The cells of two lots of people; the second may have more units and levels, after those of the first."""
    keys = tuple(dict.fromkeys((*some.keys, *more.keys)))
    cube = np.zeros((len(keys) + 1, *more.cube.shape[1:]))
    stops = np.cumsum([group.shape[2] for group in more.groups], dtype=np.intp).tolist()
    groups = tuple(cube[:, :, stop - g.shape[2] : stop] for stop, g in zip(stops, more.groups, strict=True))
    for lot in (some, more):
        planes = [*(lot.plane(key) for key in keys), len(lot.keys)]
        for into, group in zip(groups, lot.groups, strict=True):
            into[:, : group.shape[1], : group.shape[2]] += group[planes]
    return Cells(keys, cube, groups)


def at_units(cells: Cells, place: IntArray, units: int, kept: IntArray, weight: FloatArray | None) -> Cells:
    """Cells by combination of the design's columns as cells by unit; those of the kept units only.

    place: each combination's unit.  weight: what a person of each weighs, when the people were added up with weight 1.
    """
    cube = np.zeros((len(cells.keys) + 1, units, cells.cube.shape[2]))
    for t, key in enumerate(cells.keys):
        power = key[2] if key[0] == "sum" and weight is not None else 0
        rows = cells.cube[t, : len(place)]
        np.add.at(cube[t], place, rows * weight[:, None] ** power if power and weight is not None else rows)
    cube = cube[:, kept]
    stops = np.cumsum([group.shape[2] for group in cells.groups], dtype=np.intp).tolist()
    groups = tuple(cube[:, :, stop - g.shape[2] : stop] for stop, g in zip(stops, cells.groups, strict=True))
    return Cells(cells.keys, cube, groups)


@contextmanager
def workers(rows: int) -> Iterator[Each]:
    """A way to do things to each of several items: at once on two or more threads, or in turn for few rows."""
    count = min(4, os.cpu_count() or 1)
    if rows < SERIAL or count == 1:
        yield lambda do, items: [do(item) for item in items]
        return
    with ThreadPoolExecutor(count) as pool:
        yield lambda do, items: list(pool.map(do, items))
