"""Microdata that a database sums itself: two queries a request, their answers put into the Totals of the waist.

Imports numpy, pandas, the waist and sql; knows no driver and no statistics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forms.errors import refuse

from ..design import Design
from ..numbering import Factor, Numbered, number
from ..totals import Column, Request, Totals, label
from ..units import FloatArray, IntArray
from .codes import Encoded, sorted_factor
from .frames import frame_source
from .kernel import FACTORS
from .sql import Dialect, Query, text_for_a_number, unknown

Answer = Mapping[str, Sequence[Any]]


class Database(Protocol):
    """What a driver must do."""

    @property
    def dialect(self) -> Dialect:
        """How it writes SQL."""
        ...

    @property
    def table(self) -> str:
        """The people, as SQL names them."""
        ...

    @property
    def kinds(self) -> Mapping[str, str]:
        """Column -> number, text or truth."""
        ...

    def run(self, query: str) -> Answer:
        """The columns of a query's answer; a missing text is None."""
        ...

    def arrays(self, columns: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """Named arrays, numbers as float with NaN, text as objects with None."""
        ...


@dataclass(frozen=True, eq=False)
class SqlSource:
    """A database under a design.  Only sums, and the sampled units, leave it."""

    database: Database
    design: Design

    @property
    def names(self) -> tuple[str, ...]:
        """The columns there are."""
        return tuple(self.database.kinds)

    def arrays(self, columns: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """Named arrays, one entry a person, in memory.  One pass over these columns; the order is the database's."""
        self._there(columns)
        return self.database.arrays(tuple(dict.fromkeys(columns)))

    def totals(self, request: Request) -> Totals:
        """Sums per sampled unit for every variable and domain of the request, by GROUPING SETS.

        Two passes: one over the design's columns, one over those of the request.  A design without PSUs makes every row a
        unit: then its columns are read into memory.  Raises BdgError STAT-002 to STAT-005, STAT-009, STAT-010, STAT-012.
        """
        query = self._query(request)
        if self.design.psu is None:
            whys = [name for name in self.names if name.endswith("__why")]
            held = self.arrays([*self.design.columns, *query.asked, *whys])
            return frame_source(pd.DataFrame(dict(held)), self.design).totals(request)
        units = self.database.run(query.units())
        ids = list(zip(*(units[f"g{i}"] for i in range(len(query.design))), strict=True))
        numbered = self._numbered(query, ids, units)
        rows = self.database.run(query.totals())
        if sum(int(odd or 0) for odd in rows["odd"]):
            raise refuse("STAT-009", got="inf", column=", ".join(map(label, request.variables)))
        return _totals(query, numbered, ids, rows, implied=self.design.weight is None)

    def _query(self, request: Request) -> Query:
        design = self.design
        size = design.pps.probability if design.pps else None
        ids = (design.wave, design.strata, design.psu, design.ssu, design.certainty, size, *design.fpc)
        base, kinds = self.database, self.database.kinds
        query = Query(base.dialect, base.table, kinds, tuple(dict.fromkeys(c for c in ids if c)), design.weight, request)
        if (absent := unknown(query)) is not None:
            self._there([absent])
        if (text := text_for_a_number(query)) is not None:
            raise refuse("STAT-009", got=kinds[text], column=text)
        return query

    def _there(self, columns: Sequence[str]) -> None:
        for name in columns:
            if name not in self.database.kinds:
                raise refuse("STAT-002", expected=name, got=", ".join(self.names[:12]), column=name)

    def _numbered(self, query: Query, ids: Sequence[tuple[str | None, ...]], units: Answer) -> Numbered:
        """The sampled units, each combination of the design's columns counted as a row."""
        design = self.design
        held = {name: [row[j] for row in ids] for j, name in enumerate(query.design)}
        for name in (design.wave, design.strata, design.psu, design.ssu):
            empty = sum(int(n) for n, held_ in zip(units["people"], held[name], strict=True) if held_ is None) if name else 0
            if empty:
                raise refuse("STAT-010", got=empty, column=name, rows=empty)

        def factor(name: str) -> Factor:
            levels = list(dict.fromkeys(held[name]))
            at = {level: i for i, level in enumerate(levels)}
            return sorted_factor(Encoded(np.array([at[v] for v in held[name]], dtype=np.intp), levels))

        def numeric(name: str) -> FloatArray:
            if name not in held:
                return np.ones(len(ids))
            try:
                return np.array([np.nan if v is None else float(v) for v in held[name]])
            except ValueError as error:
                raise refuse("STAT-009", got="text", column=name) from error

        found = number(design, len(ids), factor, numeric)
        if bad := sum(int(n) for n in units["bad"]):
            raise refuse("STAT-004", got=bad, column=design.weight or "fpc", rows=bad)
        return found


def _totals(query: Query, units: Numbered, ids: Sequence[Any], rows: Answer, *, implied: bool) -> Totals:
    """The rows of the answer in their places: grouping after grouping, levels in order of their texts."""
    request = query.request
    sums, variables = len(request.sums), len(request.variables)
    combination = {key: i for i, key in enumerate(ids)}
    row = np.array(
        [combination[key] for key in zip(*(rows[f"g{i}"] for i in range(len(query.design))), strict=True)], dtype=np.intp
    )
    amounts = np.array([np.asarray(rows[f"s{i}"], dtype=np.float64) for i in range(sums * variables)]).reshape(
        variables, sums, -1
    )
    if implied:
        power = np.array([FACTORS[name][1] if name in FACTORS else 0 for name in request.sums])
        amounts = amounts * units.weight[row] ** power[None, :, None]
    waves = request.waves
    kept = np.flatnonzero(np.isin(units.wave, waves)) if waves else np.arange(len(units.keys))
    rank = np.full(len(units.keys), -1, dtype=np.intp)
    rank[kept] = np.arange(len(kept))
    place = rank[units.place[row]]
    blocks, domains = [], []
    for grouping in request.groupings:
        level = [_level(query, rows, i, grouping) if place[i] >= 0 else None for i in range(len(row))]
        by = sorted(range(len(grouping)), key=grouping.__getitem__)
        found = sorted({one for one in level if one is not None}, key=lambda one, by=by: [one[k] for k in by])  # type: ignore[misc]  # mypy cannot infer a lambda's default
        at = {one: j for j, one in enumerate(found)}
        mine = np.array([i for i, one in enumerate(level) if one is not None], dtype=np.intp)
        column = np.array([at[level[i]] for i in mine.tolist()], dtype=np.intp)
        blocks.append(_spread(amounts[:, :, mine], place[mine], column, (len(kept), len(found))))
        domains += [tuple(sorted({**dict(request.where), **dict(zip(grouping, one, strict=True))}.items())) for one in found]
    values = np.concatenate(blocks, axis=3).transpose(1, 2, 0, 3).reshape(sums, len(kept), -1)
    made = tuple(Column(name, domain) for name in map(label, request.variables) for domain in domains)
    sizes = None if units.sizes is None else units.sizes[kept]
    keys = tuple(units.keys[i] for i in kept.tolist())
    return Totals(keys, made, np.ascontiguousarray(values), request.sums, sizes, units.probabilities)


def _level(query: Query, rows: Answer, i: int, grouping: Sequence[str]) -> tuple[str, ...] | None:
    """The level of a grouping that a row of the answer is about; None when it is about another grouping or about no level."""
    for j, name in enumerate(query.columns):
        if bool(rows[f"o{j}"][i]) == (name in grouping):
            return None
    level = tuple(rows[f"l{query.columns.index(name)}"][i] for name in grouping)
    return None if None in level else level


def _spread(amounts: FloatArray, place: IntArray, column: IntArray, shape: tuple[int, int]) -> FloatArray:
    """(variables, sums, rows) as (variables, sums, units, levels)."""
    cell, cells = place * shape[1] + column, shape[0] * shape[1]
    flat = [[np.bincount(cell, one, cells) for one in some] for some in amounts]
    return np.array(flat, dtype=np.float64).reshape(*amounts.shape[:2], *shape)
