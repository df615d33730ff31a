"""Microdata that come as Arrow batches, from a file or a database larger than memory: one pass, whatever is asked.

Imports numpy, pyarrow, the waist and the kernel; knows no file format, no SQL and no statistics.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from forms.errors import refuse

from ..design import Design
from ..numbering import Codes, Factor, Numbered, number, year
from ..totals import Category, Request, Totals
from ..units import FloatArray, IntArray
from . import arrow
from .codes import Crossed, Encoded, Levels, sorted_factor
from .frames import category, frame_source, kinds
from .gather import Level, totals_of
from .kernel import Block, Cells, Each, Extent, Mask, Part, Sums, Wanted, at_units, joined, workers

MANY = 1 << 20


class Reader(Protocol):
    """Where the batches come from."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns there are."""
        ...

    def batches(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """All rows of these columns, some hundred thousand at a time."""
        ...


@dataclass(frozen=True, eq=False)
class StreamSource:
    """Batches under a design.  Holds nothing of the data."""

    reader: Reader
    design: Design

    @property
    def names(self) -> tuple[str, ...]:
        """The columns there are."""
        return self.reader.names

    def totals(self, request: Request) -> Totals:
        """Sums per sampled unit for every variable and domain of the request.  One pass over the columns it names.

        In memory: two batches, and the sums.  A design without PSUs makes every row a unit: then its columns are read whole.
        Raises BdgError STAT-002 a column is absent, STAT-004, STAT-009, STAT-010 and what `number` raises, after the pass.
        """
        if self.design.psu is None:
            held = self.arrays(_needed(Wanted(request), self.design.columns, self.names))
            return frame_source(pd.DataFrame(dict(held)), self.design).totals(request)
        with workers(MANY) as each:
            return _Pass(self.reader, self.design, Wanted(request), each).totals()

    def arrays(self, columns: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """Named arrays, one entry a person, in memory: numbers as float with NaN, text as objects with None.  One pass."""
        wanted = tuple(dict.fromkeys(columns))
        lots = [[arrow.plain(batch[name]) for name in wanted] for batch in checked(self.reader, wanted)]
        blank = [[np.zeros(0)] * len(wanted)]
        return {name: np.concatenate([lot[i] for lot in lots or blank]) for i, name in enumerate(wanted)}


class _Ids:
    """The design columns of the rows met so far; each combination of them is one row of a little table to be numbered."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.ids = tuple(c for c in (design.wave, design.strata, design.psu, design.ssu) if c)
        size = design.pps.probability if design.pps else None
        self.columns = tuple(dict.fromkeys((*self.ids, *(c for c in (design.certainty, size, *design.fpc) if c))))
        self.levels = {name: Levels(missing=name not in self.ids) for name in self.columns}
        self.met = Crossed([self.levels[name] for name in self.columns])
        self.empty = dict.fromkeys(self.ids, 0)

    def index(self, found: Mapping[str, Encoded]) -> IntArray:
        """Each row's combination, -1 where an id is empty."""
        codes = [self.levels[name].codes(found[name]) for name in self.columns]
        place = self.met.index(codes)
        if len(place) and place.min() < 0:
            for name, own in zip(self.columns, codes, strict=True):
                if name in self.empty:
                    self.empty[name] += int((own < 0).sum())
        return place

    def in_waves(self, waves: Sequence[int]) -> NDArray[np.bool_]:
        """Which combinations lie in these waves."""
        if self.design.wave is None:
            return np.full(len(self.met.met), 0 in waves)
        years = [year(name) in waves for name in self.levels[self.design.wave].names]
        at = self.columns.index(self.design.wave)
        return np.array([years[combination[at]] for combination in self.met.met], dtype=bool)

    def numbered(self) -> Numbered:
        """The sampled units, each combination counted as a row."""
        for name, rows in self.empty.items():
            if rows:
                raise refuse("STAT-010", got=rows, column=name, rows=rows)
        met = np.array(self.met.met, dtype=np.int32).reshape(len(self.met.met), len(self.columns))
        held = {name: met[:, j] for j, name in enumerate(self.columns)}

        def factor(name: str) -> Factor:
            return sorted_factor(Encoded(held[name], self.levels[name].names))

        def numeric(name: str) -> FloatArray:
            if name not in held:
                return np.ones(len(met))
            try:
                return np.array([float(v) for v in self.levels[name].met])[held[name]]
            except (TypeError, ValueError) as error:
                raise refuse("STAT-009", got="text", column=name) from error

        return number(self.design, len(met), factor, numeric)


class _Pass:
    """One pass over the batches for one request."""

    def __init__(self, reader: Reader, design: Design, wanted: Wanted, each: Each) -> None:
        self.reader, self.design, self.wanted, self.each = reader, design, wanted, each
        self.ids = _Ids(design)
        weight = (design.weight,) if design.weight else ()
        self.columns = _needed(wanted, (*self.ids.columns, *weight), reader.names)
        whys = [name for name in self.columns if name.endswith("__why")]
        self.levels = {name: Levels() for name in dict.fromkeys((*_coded(wanted), *whys))}
        self.groups = [Crossed([self.levels[name] for name in grouping]) for grouping in wanted.request.groupings]
        self.gaps = [False] * len(self.groups)
        self.bad = 0

    def totals(self) -> Totals:
        """All batches, added up; sums of the rows before new levels or many new units turned up are kept apart."""
        sums = Sums(self.wanted, 0, self._extents(), 0, self.each)
        done: Cells | None = None
        for batch in ahead(checked(self.reader, self.columns)):
            block = self._block(batch)
            units, extents = len(self.ids.met.met), self._extents()
            if not sums.fits(units, extents):
                done = sums.cells() if done is None else joined(done, sums.cells())
                room = sums.units if units <= sums.units else max(units, 2 * sums.units)
                sums = Sums(self.wanted, room, extents, MANY, self.each)
            sums.add(block)
        cells = sums.cells() if done is None else joined(done, sums.cells())
        found = self.ids.numbered()
        if self.bad:
            raise refuse("STAT-004", got=self.bad, column=self.design.weight or "fpc", rows=self.bad)
        waves = self.wanted.request.waves
        kept = np.flatnonzero(np.isin(found.wave, waves)) if waves else np.arange(len(found.keys))
        weight = found.weight if self.design.weight is None else None
        levels = [self._names(g) for g in range(len(self.groups))]
        return totals_of(self.wanted, found, kept, levels, at_units(cells, found.place, len(found.keys), kept, weight))

    def _extents(self) -> list[Extent]:
        return [Extent(self._count(g), gaps) for g, gaps in enumerate(self.gaps)]

    def _count(self, g: int) -> int:
        own = self.groups[g].levels
        return 1 if not own else len(own[0].met) if len(own) == 1 else len(self.groups[g].met)

    def _names(self, g: int) -> list[Level]:
        own = self.groups[g].levels
        if len(own) == 1:
            return [(name,) for name in own[0].names]
        names = [level.names for level in own]
        return [tuple(some[i] for some, i in zip(names, met, strict=True)) for met in self.groups[g].met] if own else [()]

    def _block(self, batch: pa.Table) -> Block:
        """A batch as the kernel wants it: people outside the request left out."""
        encode = tuple(dict.fromkeys((*self.ids.columns, *self.levels)))
        found = dict(zip(encode, self.each(lambda name: arrow.encoded(batch[name]), encode), strict=True))
        place = self.ids.index(found)
        codes = dict(zip(self.levels, self.each(lambda name: self.levels[name].codes(found[name]), self.levels), strict=True))
        weight = self._weight(batch)
        groups = [
            self.groups[g].index([codes[name] for name in grouping]) if len(grouping) > 1
            else codes[grouping[0]] if grouping else np.zeros(len(place), dtype=np.int8)
            for g, grouping in enumerate(self.wanted.request.groupings)
        ]  # fmt: skip
        rows = self._inside(place, codes)
        cut = slice(None) if rows is None else rows
        groups = [group[cut] for group in groups]
        for g, group in enumerate(groups):
            self.gaps[g] |= bool(len(group)) and bool(group.min() < 0)

        def why(name: str) -> Codes | None:
            told = f"{name}__why"
            return kinds(codes[told][cut], self.levels[told].names) if told in codes else None

        def read(part: Part) -> tuple[NDArray[Any], Mask | None]:
            if isinstance(part, Category):
                return category(codes[part.column][cut], self.levels[part.column].names, part.code)
            return arrow.numbers(batch[part], part)[cut], None

        return Block(place[cut], weight[cut], groups, read, lambda name: arrow.empty(batch[name])[cut], why)

    def _weight(self, batch: pa.Table) -> FloatArray:
        """The rows' weights, the bad ones counted; 1 where the design implies them, until the units are known."""
        if self.design.weight is None:
            return np.ones(batch.num_rows)
        weight: FloatArray = arrow.numbers(batch[self.design.weight], self.design.weight).astype(np.float64, copy=False)
        if len(weight) and not weight.min() > 0:
            self.bad += int(np.sum(~(weight > 0)))
        return weight

    def _inside(self, place: IntArray, codes: Mapping[str, Codes]) -> IntArray | None:
        """The rows that the request is about; None is all of them."""
        keep: Mask | None = None
        if self.wanted.request.waves:
            keep = np.r_[self.ids.in_waves(self.wanted.request.waves), False][place]
        elif len(place) and place.min() < 0:
            keep = place >= 0
        for name, code in self.wanted.request.where:
            names = self.levels[name].names
            mine = codes[name] == (names.index(code) if code in names else len(names))
            keep = mine if keep is None else keep & mine
        return None if keep is None or keep.all() else np.flatnonzero(keep)


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


def _coded(wanted: Wanted) -> list[str]:
    """The columns whose codes a request needs."""
    request = wanted.request
    names = [*(name for grouping in request.groupings for name in grouping), *(name for name, _ in request.where)]
    return names + [part.column for part in wanted.parts if isinstance(part, Category)]


def _needed(wanted: Wanted, design: Sequence[str], there: Sequence[str]) -> tuple[str, ...]:
    """Every column that a request touches."""
    own = [part.column if isinstance(part, Category) else part for part in wanted.parts]
    whys = [f"{name}__why" for name in own if f"{name}__why" in there] if wanted.kinds else []
    return tuple(dict.fromkeys([*design, *_coded(wanted), *own, *wanted.request.complete, *whys]))
