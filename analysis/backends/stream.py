"""Microdata that come as Arrow batches, from a file or a database larger than memory: numbered in one pass, summed in another.

Imports numpy, pyarrow, the waist and the kernel; knows no file format, no SQL and no statistics.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from forms.errors import refuse

from ..design import Design
from ..numbering import Codes, Factor, Numbered, number
from ..totals import Category, Request, Totals
from ..units import FloatArray, IntArray
from .codes import Encoded, Levels, encoded_arrow, sorted_factor, text
from .frames import category, frame_source, kinds
from .gather import totals_of
from .kernel import Block, Cells, Each, Extent, Mask, Part, Sums, Wanted, joined, workers

DENSE = 1 << 22
MANY = 1 << 20


class Reader(Protocol):
    """Where the batches come from."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns there are."""
        ...

    def batches(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """All rows of these columns, some ten or hundred thousand at a time."""
        ...


class Crossed:
    """Combinations of codes that have been met so far, numbered as they came."""

    def __init__(self, levels: Sequence[Levels]) -> None:
        self.levels = tuple(levels)
        self.met: list[tuple[int, ...]] = []
        self._at: dict[tuple[int, ...], int] = {}
        self._radix: tuple[int, ...] = ()
        self._table = np.zeros(0, dtype=np.intp)

    def index(self, codes: Sequence[Codes]) -> IntArray:
        """The number of each row's combination; -1 where a code is missing."""
        radix = tuple(max(len(own.values), 1) for own in self.levels)
        cell = codes[0].astype(np.int64)
        gone: Mask = codes[0] < 0
        for more, size in zip(codes[1:], radix[1:], strict=True):
            cell *= size
            cell += more
            gone |= more < 0
        span = int(np.prod(radix, dtype=np.float64))
        cell[gone] = span if span <= DENSE else -1
        if span > DENSE:
            found, place = np.unique(cell, return_inverse=True)
            numbers = np.array([self._number(c, radix) if c >= 0 else -1 for c in found.tolist()], dtype=np.intp)
            return numbers[place]
        if radix != self._radix:
            self._radix, self._table = radix, np.full(span + 1, -2, dtype=np.intp)
            self._table[span] = -1
            for i, combination in enumerate(self.met):
                self._table[int(np.ravel_multi_index(combination, radix))] = i
        place = self._table[cell]
        if len(place) and place.min() < -1:
            for c in np.unique(cell[place < -1]).tolist():
                self._table[c] = self._number(c, radix)
            place = self._table[cell]
        return place

    def _number(self, cell: int, radix: tuple[int, ...]) -> int:
        combination = tuple(int(i) for i in np.unravel_index(cell, radix))
        if combination not in self._at:
            self._at[combination] = len(self.met)
            self.met.append(combination)
        return self._at[combination]


@dataclass(frozen=True, eq=False)
class Register:
    """The sampled units: ids numbers each row's combination of design columns, of which numbered.place is the unit."""

    columns: tuple[str, ...]
    ids: Crossed
    numbered: Numbered


@dataclass(frozen=True, eq=False)
class StreamSource:
    """Batches under a design.  Holds nothing of the data but its levels and sampled units."""

    reader: Reader
    design: Design

    @property
    def names(self) -> tuple[str, ...]:
        """The columns there are."""
        return self.reader.names

    def totals(self, request: Request) -> Totals:
        """Sums per sampled unit for every variable and domain of the request.

        One pass over the request's columns, and before the first request one over the design's.  A design without PSUs
        makes every row a unit: then the columns are read into memory.
        """
        if self.design.psu is None:
            wanted = Wanted(request)
            held = self.arrays(_needed(wanted, self.design.columns, self.names))
            return frame_source(pd.DataFrame(dict(held)), self.design).totals(request)
        with workers(MANY) as each:
            return _Pass(self, request, each).totals()

    def arrays(self, columns: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """Named arrays, one entry a person, in memory: numbers as float with NaN, text as objects with None.  One pass."""
        wanted = tuple(dict.fromkeys(columns))
        lots = [[_array(batch[name]) for name in wanted] for batch in checked(self.reader, wanted)]
        blank = [[np.zeros(0)] * len(wanted)]
        return {name: _together([lot[i] for lot in lots or blank]) for i, name in enumerate(wanted)}

    @cached_property
    def register(self) -> Register:
        """The sampled units; checked as `number` does, but for the weights, which every pass checks.  One pass."""
        design = self.design
        ids = [c for c in (design.wave, design.strata, design.psu, design.ssu) if c]
        sizes = [c for c in (design.certainty, design.pps.probability if design.pps else None, *design.fpc) if c]
        names = tuple(dict.fromkeys((*ids, *sizes)))
        levels = {name: Levels(missing=name not in ids) for name in names}
        crossed = Crossed([levels[name] for name in names])
        empty = dict.fromkeys(ids, 0)
        for batch in checked(self.reader, names):
            codes = [levels[name].codes(encoded_arrow(batch[name])) for name in names]
            for name, found in zip(names, codes, strict=True):
                if name in empty:
                    empty[name] += int((found < 0).sum())
            crossed.index(codes)
        for name, rows in empty.items():
            if rows:
                raise refuse("STAT-010", got=rows, column=name, rows=rows)
        return Register(names, crossed, _numbered(design, names, crossed))


def _numbered(design: Design, names: Sequence[str], crossed: Crossed) -> Numbered:
    """Number the combinations as if each were a row; the weights are looked at later."""
    met = np.array(crossed.met, dtype=np.int32).reshape(len(crossed.met), len(names))
    held = {name: (met[:, j], own) for j, (name, own) in enumerate(zip(names, crossed.levels, strict=True))}

    def factor(name: str) -> Factor:
        codes, own = held[name]
        return sorted_factor(Encoded(codes, own.names))

    def numeric(name: str) -> FloatArray:
        if name not in held:
            return np.ones(len(met))
        codes, own = held[name]
        try:
            return np.array([float(v) for v in own.values])[codes]
        except (TypeError, ValueError) as error:
            raise refuse("STAT-009", got="text", column=name) from error

    return number(design, len(met), factor, numeric)


class _Pass:
    """One pass over the batches for one request."""

    def __init__(self, source: StreamSource, request: Request, each: Each) -> None:
        self.source, self.wanted, self.each = source, Wanted(request), each
        self.units = source.register.numbered
        waves = self.units.wave
        self.kept = np.flatnonzero(np.isin(waves, request.waves) if request.waves else np.ones(len(waves), dtype=bool))
        self.rank = np.full(len(waves) + 1, -1, dtype=np.intp)
        self.rank[self.kept] = np.arange(len(self.kept))
        self.columns = _needed(self.wanted, source.register.columns, source.names)
        if source.design.weight:
            self.columns = tuple(dict.fromkeys((*self.columns, source.design.weight)))
        self.levels = {name: Levels() for name in _coded(self.wanted, self.columns)}
        self.groups = [Crossed([self.levels[name] for name in grouping]) for grouping in request.groupings]
        self.gaps = [False] * len(self.groups)
        self.bad = 0

    def totals(self) -> Totals:
        """All batches, added up."""
        sums: Sums | None = None
        done: Cells | None = None
        for batch in ahead(checked(self.source.reader, self.columns)):
            block = self._block(batch)
            extents = [Extent(self._count(g), gaps) for g, gaps in enumerate(self.gaps)]
            if sums is None or not sums.fits(extents):
                if sums is not None:
                    done = sums.cells() if done is None else joined(done, sums.cells())
                sums = Sums(self.wanted, len(self.kept), extents, MANY, self.each)
            sums.add(block)
        if self.bad:
            raise refuse("STAT-004", got=self.bad, column=self.source.design.weight or "fpc", rows=self.bad)
        last = (sums or Sums(self.wanted, len(self.kept), [Extent(int(not g), gaps=False) for g in self.wanted.request.groupings], 0, self.each)).cells()
        return totals_of(self.wanted, self.units, self.kept, [self._names(g) for g in range(len(self.groups))], last if done is None else joined(done, last))

    def _count(self, g: int) -> int:
        own = self.groups[g].levels
        return 1 if not own else len(own[0].values) if len(own) == 1 else len(self.groups[g].met)

    def _names(self, g: int) -> list[tuple[str, ...]]:
        own = self.groups[g].levels
        if len(own) == 1:
            return [(name,) for name in own[0].names]
        names = [level.names for level in own]
        return [tuple(some[i] for some, i in zip(names, met, strict=True)) for met in self.groups[g].met] if own else [()]

    def _block(self, batch: pa.Table) -> Block:
        """A batch as the kernel wants it: people outside the request left out."""
        register, design = self.source.register, self.source.design
        encode = tuple(dict.fromkeys((*register.columns, *self.levels)))
        found = dict(zip(encode, self.each(lambda name: encoded_arrow(batch[name]), encode), strict=True))
        row = register.ids.index([own.codes(found[name]) for name, own in zip(register.columns, register.ids.levels, strict=True)])
        if len(row) and int(row.max(initial=0)) >= len(self.units.place):
            raise RuntimeError("the data changed between two passes")
        codes = {name: own.codes(found[name]) for name, own in self.levels.items()}
        weight = self.units.weight[row] if design.weight is None else numbers(batch[design.weight], design.weight).astype(np.float64, copy=False)
        if len(weight) and not weight.min() > 0:
            self.bad += int(np.sum(~(weight > 0)))
        place = self.rank[self.units.place[row]]
        rows = self._inside(place, codes)
        groups = [self._grouped(g, [codes[name] for name in grouping], len(row)) for g, grouping in enumerate(self.wanted.request.groupings)]
        cut = slice(None) if rows is None else rows
        groups = [group[cut] for group in groups]
        for g, group in enumerate(groups):
            self.gaps[g] |= bool(len(group)) and bool(group.min() < 0)
        return Block(
            place[cut], weight[cut], groups,
            read=lambda part: self._read(part, batch, codes, cut),
            empty=lambda name: _empty(batch[name])[cut],
            why=lambda name: kinds(codes[f"{name}__why"][cut], self.levels[f"{name}__why"].names) if f"{name}__why" in codes else None,
        )  # fmt: skip

    def _inside(self, place: IntArray, codes: Mapping[str, Codes]) -> IntArray | None:
        keep: Mask | None = None if len(self.kept) == len(self.units.keys) else place >= 0
        for name, code in self.wanted.request.where:
            names = self.levels[name].names
            mine = codes[name] == (names.index(code) if code in names else len(names))
            keep = mine if keep is None else keep & mine
        return None if keep is None else np.flatnonzero(keep)

    def _grouped(self, g: int, codes: Sequence[Codes], rows: int) -> Codes:
        if not codes:
            return np.zeros(rows, dtype=np.int8)
        return codes[0] if len(codes) == 1 else self.groups[g].index(codes)

    def _read(self, part: Part, batch: pa.Table, codes: Mapping[str, Codes], cut: slice | IntArray) -> tuple[NDArray[Any], Mask | None]:
        if isinstance(part, Category):
            return category(codes[part.column][cut], self.levels[part.column].names, part.code)
        return numbers(batch[part], part)[cut], None


def checked(reader: Reader, columns: Sequence[str]) -> Iterator[pa.Table]:
    """The batches of these columns; BdgError STAT-002 when one is absent."""
    for name in columns:
        if name not in reader.names:
            raise refuse("STAT-002", expected=name, got=", ".join(reader.names[:12]), column=name)
    return reader.batches(columns)


def ahead(batches: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The batches, the next one read while this one is worked on."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


def numbers(column: pa.ChunkedArray, name: str) -> NDArray[Any]:
    """A column as numbers, as narrow as they come, NaN where null; BdgError STAT-009 for text that is no number."""
    kind = column.type
    if pa.types.is_boolean(kind) or not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        try:
            column = column.cast(kind.value_type) if pa.types.is_dictionary(kind) else column
            column = column.cast(pa.int8() if pa.types.is_boolean(kind) else pa.float64())
        except pa.ArrowException as error:
            raise refuse("STAT-009", got=str(kind), column=name) from error
    out: NDArray[Any] = column.to_numpy()
    return out


def _empty(column: pa.ChunkedArray) -> Mask:
    gone = pc.is_null(column, nan_is_null=True) if pa.types.is_floating(column.type) else pc.is_null(column)
    out: Mask = gone.to_numpy()
    return out


def _array(column: pa.ChunkedArray) -> NDArray[Any]:
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind) or pa.types.is_decimal(kind):
        return numbers(column, "").astype(np.float64, copy=False)
    values = column.to_pylist()
    out = np.empty(len(values), dtype=object)
    out[:] = [None if v is None else text(v) for v in values]
    return out


def _together(lots: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(lots)


def _coded(wanted: Wanted, columns: Sequence[str]) -> tuple[str, ...]:
    """The columns whose codes a request needs."""
    request = wanted.request
    names = [*(name for grouping in request.groupings for name in grouping), *(name for name, _ in request.where)]
    names += [part.column for part in wanted.parts if isinstance(part, Category)]
    return tuple(dict.fromkeys([*names, *(name for name in columns if name.endswith("__why"))]))


def _needed(wanted: Wanted, design: Sequence[str], there: Sequence[str]) -> tuple[str, ...]:
    """Every column that a request touches."""
    own = [part.column if isinstance(part, Category) else part for part in wanted.parts]
    whys = [f"{name}__why" for name in own if f"{name}__why" in there] if wanted.kinds else []
    return tuple(dict.fromkeys([*design, *_coded(wanted, ()), *own, *wanted.request.complete, *whys]))
