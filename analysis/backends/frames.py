"""Microdata in a pandas frame.  Groups and sums only; imports pandas, numpy and the waist, no statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from forms.errors import refuse

from ..design import Design
from ..numbering import Codes, Factor, Numbered, number
from ..totals import MISSING_KINDS, Category, Request, Totals
from ..units import FloatArray, IntArray
from .arrow import encoded as encoded_arrow
from .codes import Encoded, encoded_integers, sorted_factor, text
from .gather import grouped, totals_of
from .kernel import Block, Each, Mask, Part, Sums, Wanted, parts, workers

CHUNK = 1 << 18
Rows = slice | IntArray


@dataclass(frozen=True, eq=False)
class FrameSource:
    """A checked frame, its sampled units numbered once."""

    data: pd.DataFrame
    numbered: Numbered

    @property
    def names(self) -> tuple[str, ...]:
        """The columns there are."""
        return tuple(map(str, self.data.columns))

    def totals(self, request: Request) -> Totals:
        """Sums per sampled unit for every variable and domain of the request; one pass, in pieces of CHUNK people.

        Beside the frame it holds the groupings' codes and the pieces at work; no column is copied whole.
        """
        with workers(len(self.data)) as each:
            return self._totals(request, each)

    def arrays(self, columns: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """Named arrays, one entry a person: numbers as float with NaN, text as objects with None."""
        return {name: _array(self._column(name)) for name in columns}

    def _totals(self, request: Request, each: Each) -> Totals:
        wanted, units = Wanted(request), self.numbered
        old = np.flatnonzero(np.isin(units.wave, request.waves) if request.waves else np.ones(len(units.keys), dtype=bool))
        factors = self._factors(wanted, each)
        inside = self._inside(request, factors, old)
        place = units.place
        if len(old) < len(units.keys):
            rank = np.full(len(units.keys), -1, dtype=np.intp)
            rank[old] = np.arange(len(old))
            place = rank[place]
        groups = [grouped([factors[name] for name in grouping], len(self.data)) for grouping in request.groupings]
        readers = {part: self._reader(part, factors) for part in wanted.parts}
        whys = self._whys(wanted, factors)
        count = len(self.data) if inside is None else len(inside)
        cells = Sums(wanted, len(old), [g.extent for g in groups], count, each)
        for begin in range(0, count, max(CHUNK, len(old))):
            end = min(begin + max(CHUNK, len(old)), count)
            rows: Rows = slice(begin, end) if inside is None else inside[begin:end]
            cells.add(
                Block(
                    place[rows], units.weight[rows], [g.codes[rows] for g in groups],
                    read=lambda part, rows=rows: readers[part](rows),  # type: ignore[misc]  # mypy cannot infer a lambda's default
                    empty=lambda name, rows=rows: self._empty(name, rows),  # type: ignore[misc]  # as above
                    why=lambda name, rows=rows: whys[name][rows] if name in whys else None,  # type: ignore[misc]  # as above
                )
            )  # fmt: skip
        return totals_of(wanted, units, old, [g.levels for g in groups], cells.cells())

    def _column(self, name: str) -> pd.Series[Any]:
        return column(self.data, name)

    def _factors(self, wanted: Wanted, each: Each) -> Mapping[str, Factor]:
        """The columns whose codes are needed, each once."""
        request = wanted.request
        names = [name for grouping in request.groupings for name in grouping] + [name for name, _ in request.where]
        names += [part.column for part in wanted.parts if isinstance(part, Category)]
        if wanted.kinds:
            own = [part.column if isinstance(part, Category) else part for v in request.variables for part in parts(v)]
            names += [f"{name}__why" for name in own if f"{name}__why" in self.data.columns]
        once = list(dict.fromkeys(names))
        return dict(zip(once, each(factor, [self._column(name) for name in once]), strict=True))

    def _inside(self, request: Request, factors: Mapping[str, Factor], kept: IntArray) -> IntArray | None:
        """The rows that the request is about; None is all of them."""
        keep: Mask | None = None
        if len(kept) < len(self.numbered.keys):
            of_key = np.zeros(len(self.numbered.keys), dtype=bool)
            of_key[kept] = True
            keep = of_key[self.numbered.place]
        for name, code in request.where:
            found = factors[name]
            mine = found.codes == (found.levels.index(code) if code in found.levels else len(found.levels))
            keep = mine if keep is None else keep & mine
        return None if keep is None else np.flatnonzero(keep)

    def _reader(self, part: Part, factors: Mapping[str, Factor]) -> Callable[[Rows], tuple[NDArray[Any], Mask | None]]:
        if isinstance(part, Category):
            found = factors[part.column]
            return lambda rows: category(found.codes[rows], found.levels, part.code)
        numbers = _pieces(self._column(part), part)
        return lambda rows: (numbers(rows), None)

    def _empty(self, name: str, rows: Rows) -> Mask | None:
        return self._column(name).iloc[rows].isna().to_numpy()

    def _whys(self, wanted: Wanted, factors: Mapping[str, Factor]) -> Mapping[str, Codes]:
        """For each variable with reasons, each person's index into MISSING_KINDS, -1 for another text."""
        if not wanted.kinds:
            return {}
        return {name.removesuffix("__why"): kinds(f.codes, f.levels) for name, f in factors.items() if name.endswith("__why")}


def frame_source(data: pd.DataFrame, design: Design) -> FrameSource:
    """Check a frame against the design and number its units.

    Raises BdgError: STAT-002 a column is absent, and what `number` raises.
    """
    return FrameSource(
        data, number(design, len(data), lambda name: factor(column(data, name)), lambda name: _number(column(data, name), name))
    )


def column(data: pd.DataFrame, name: str) -> pd.Series[Any]:
    """A column of a frame; BdgError STAT-002 when it is not there."""
    try:
        return data[name]
    except KeyError:
        raise refuse("STAT-002", expected=name, got=", ".join(map(str, data.columns[:12])), column=name) from None


def factor(series: pd.Series[Any]) -> Factor:
    """A column as codes into sorted texts: free for categories, by Arrow's dictionary for text, by counting for integers."""
    kind = series.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return sorted_factor(Encoded(series.cat.codes.to_numpy(), kind.categories.tolist()))
    if isinstance(kind, pd.StringDtype | pd.ArrowDtype):
        return sorted_factor(encoded_arrow(pa.array(series)))
    if isinstance(kind, np.dtype) and kind.kind in "iu":
        return sorted_factor(encoded_integers(series.to_numpy()))
    codes, found = pd.factorize(series)
    return sorted_factor(Encoded(codes, pd.Series(found).astype(object).tolist()))


def category(codes: Codes, levels: Sequence[str], code: str) -> tuple[NDArray[Any], Mask | None]:
    """1 for people of a code, 0 for others; missing are those of no level."""
    gone = codes < 0
    yes = codes == levels.index(code) if code in levels else np.zeros(len(codes), dtype=bool)
    return yes, gone if gone.any() else None


def kinds(codes: Codes, levels: Sequence[str]) -> Codes:
    """Codes of reasons as indexes into MISSING_KINDS; -1 is any other text."""
    rank = np.array([*(MISSING_KINDS.index(name) if name in MISSING_KINDS else -1 for name in levels), -1], dtype=np.int8)
    return rank[codes]


def _pieces(series: pd.Series[Any], name: str) -> Callable[[Rows], NDArray[Any]]:
    """Numbers of some rows: as they stand where numpy holds them, as floats with NaN otherwise; STAT-009 for text."""
    kind = series.dtype
    if isinstance(kind, np.dtype) and kind.kind in "iufb":
        plain = series.to_numpy()
        return lambda rows: plain[rows]
    if pd.api.types.is_numeric_dtype(kind):
        held = series.array
        return lambda rows: held[rows].to_numpy(dtype=np.float64, na_value=np.nan)
    whole = _number(series, name)
    return lambda rows: whole[rows]


def _number(series: pd.Series[Any], name: str) -> FloatArray:
    try:
        values = pd.to_numeric(series).to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise refuse("STAT-009", got=str(series.dtype), column=name) from error
    if not np.isfinite(values.sum()) and np.isinf(values).any():
        raise refuse("STAT-009", got="inf", column=name)
    return values


def _array(series: pd.Series[Any]) -> NDArray[Any]:
    if pd.api.types.is_numeric_dtype(series.dtype):
        return series.to_numpy(dtype=np.float64, na_value=np.nan)
    values = series.astype(object).where(series.notna(), None).tolist()
    out = np.empty(len(values), dtype=object)
    out[:] = [None if v is None else text(v) for v in values]
    return out
