"""Arrow columns as arrays: codes, numbers, who is missing.  The adapter of pyarrow; imports numpy and codes, no statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from forms.errors import refuse

from .codes import Encoded, encoded_integers, text


def encoded(column: pa.Array | pa.ChunkedArray) -> Encoded:
    """A column as codes: its own dictionary, or one made here."""
    array = _whole(column)
    if pa.types.is_dictionary(array.type):
        codes = array.indices.fill_null(-1) if array.null_count else array.indices
        return Encoded(codes.to_numpy(zero_copy_only=False), array.dictionary.to_pylist())
    if pa.types.is_integer(array.type) and not array.null_count:
        return encoded_integers(array.to_numpy(zero_copy_only=False))
    if pa.types.is_floating(array.type):
        array = pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array)
    return encoded(array.dictionary_encode())


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


def empty(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Who has no value."""
    gone = pc.is_null(column, nan_is_null=pa.types.is_floating(column.type))
    out: NDArray[np.bool_] = gone.to_numpy()
    return out


def plain(column: pa.ChunkedArray) -> NDArray[Any]:
    """A column as the waist gives it: numbers as float with NaN, anything else as text with None."""
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind) or pa.types.is_decimal(kind):
        return numbers(column, "").astype(np.float64, copy=False)
    values = column.to_pylist()
    out = np.empty(len(values), dtype=object)
    out[:] = [None if v is None else text(v) for v in values]
    return out


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    if not isinstance(column, pa.ChunkedArray):
        return column
    if pa.types.is_dictionary(column.type) and column.num_chunks > 1:
        column = column.unify_dictionaries()
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
