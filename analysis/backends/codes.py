"""Columns as codes: what distinct values a column has, which of them each row holds, and how a value is written as text.

Imports numpy, pandas, pyarrow and the waist's factor; knows no design and no sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..numbering import Codes, Factor

SPAN = 1 << 16


@dataclass(frozen=True, eq=False)
class Encoded:
    """codes (n,) into values, -1 is missing; values in any order, not all of them need occur."""

    codes: Codes
    values: Sequence[Any]


def text(value: object) -> str:
    """A value as its code: a whole float loses its '.0' (a column of integers with a null is float)."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def factor(column: pd.Series[Any]) -> Factor:
    """A column of a frame as codes into sorted texts."""
    return sorted_factor(encoded(column))


def sorted_factor(found: Encoded) -> Factor:
    """Codes into texts in order; values that read the same are one level."""
    names = [None if value is None else text(value) for value in found.values]
    levels = sorted({name for name in names if name is not None})
    if names == levels:
        return Factor(found.codes, tuple(levels))
    at: dict[str | None, int] = {name: i for i, name in enumerate(levels)}
    rank = np.array([*(at.get(name, -1) for name in names), -1], dtype=np.int32)
    return Factor(rank[found.codes], tuple(levels))


class Levels:
    """The values of a column that have been met so far, numbered as they came; equal texts are one level."""

    def __init__(self, *, missing: bool = False) -> None:
        """missing: rows without a value are a level of their own, NaN."""
        self.values: list[Any] = []
        self._at: dict[str, int] = {}
        self._missing = missing

    @property
    def names(self) -> list[str]:
        """The texts, in the order met."""
        return list(self._at)

    def codes(self, found: Encoded) -> Codes:
        """The rows' codes among all levels met."""
        rank = np.array([*(self._code(value) for value in found.values), self._code(None)], dtype=np.int32)
        return rank[found.codes]

    def _code(self, value: object) -> int:
        if value is None:
            if not self._missing:
                return -1
            value = np.nan
        name = text(value)
        if name not in self._at:
            self._at[name] = len(self.values)
            self.values.append(value)
        return self._at[name]


def encoded(column: pd.Series[Any]) -> Encoded:
    """A column of a frame as codes: free for categories, by Arrow's dictionary for text, by counting for small integers."""
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return Encoded(column.cat.codes.to_numpy(), kind.categories.tolist())
    if isinstance(kind, pd.StringDtype | pd.ArrowDtype):
        return encoded_arrow(pa.array(column))
    if kind.kind in "iu" and isinstance(kind, np.dtype):
        return encoded_integers(column.to_numpy())
    codes, found = pd.factorize(column)
    return Encoded(codes, [v for v in pd.Series(found).astype(object).tolist()])


def encoded_integers(values: NDArray[Any]) -> Encoded:
    """Integers: those of a narrow span are counted, others sorted."""
    if not len(values):
        return Encoded(np.zeros(0, dtype=np.int32), [])
    low, high = int(values.min()), int(values.max())
    if high - low >= max(SPAN, len(values)):
        codes, found = pd.factorize(values)
        return Encoded(codes, found.tolist())
    offset = np.subtract(values, low, dtype=np.int64) if values.dtype.itemsize > 4 else values.astype(np.int64) - low
    present = np.zeros(high - low + 1, dtype=bool)
    present[offset] = True
    rank = (np.cumsum(present) - 1).astype(np.int32)
    return Encoded(rank[offset], (np.flatnonzero(present) + low).tolist())


def encoded_arrow(column: pa.Array | pa.ChunkedArray) -> Encoded:
    """An Arrow column as codes: its own dictionary, or one made here."""
    array = _whole(column)
    if pa.types.is_dictionary(array.type):
        nulls = array.null_count
        codes = array.indices.fill_null(-1) if nulls else array.indices
        return Encoded(codes.to_numpy(zero_copy_only=False), array.dictionary.to_pylist())
    if pa.types.is_integer(array.type) and not array.null_count:
        return encoded_integers(array.to_numpy(zero_copy_only=False))
    if pa.types.is_floating(array.type):
        array = pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array)
    return encoded_arrow(array.dictionary_encode())


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    if not isinstance(column, pa.ChunkedArray):
        return column
    if pa.types.is_dictionary(column.type) and column.num_chunks > 1:
        column = column.unify_dictionaries()
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
