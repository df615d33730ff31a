"""Columns as codes: what distinct values a column has, which of them each row holds, and how a value is written as text.

Imports numpy and the numbering's factor; knows no frame, no design and no sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..numbering import Codes, Factor
from ..units import IntArray

SPAN = 1 << 16
DENSE = 1 << 22


@dataclass(frozen=True, eq=False)
class Encoded:
    """codes (n,) into distinct values, -1 is missing; they may be in any order, and not all need occur."""

    codes: Codes
    distinct: Sequence[Any]


def text(value: object) -> str:
    """A value as its code: a whole float loses its '.0' (a column of integers with a null is float), a truth is 1 or 0."""
    whole = (isinstance(value, float) and value.is_integer()) or isinstance(value, bool | np.bool_)
    return str(int(value)) if whole else str(value)  # type: ignore[call-overload]  # a number in each of these cases


def sorted_factor(found: Encoded) -> Factor:
    """Codes into texts in order; values that read the same are one level."""
    names = [None if value is None else text(value) for value in found.distinct]
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
        self.met: list[Any] = []
        self._at: dict[str, int] = {}
        self._missing = missing

    @property
    def names(self) -> list[str]:
        """The texts, in the order met."""
        return list(self._at)

    def codes(self, found: Encoded) -> Codes:
        """The rows' codes among all levels met."""
        rank = np.array([*(self._code(value) for value in found.distinct), self._code(None)], dtype=np.int32)
        return rank[found.codes]

    def _code(self, value: object) -> int:
        if value is None:
            if not self._missing:
                return -1
            value = np.nan
        name = text(value)
        if name not in self._at:
            self._at[name] = len(self.met)
            self.met.append(value)
        return self._at[name]


def encoded_integers(values: NDArray[Any]) -> Encoded:
    """Integers: those of a narrow span are counted, others sorted."""
    if not len(values):
        return Encoded(np.zeros(0, dtype=np.int32), [])
    low, high = int(values.min()), int(values.max())
    if high - low >= max(SPAN, len(values)):
        found, codes = np.unique(values, return_inverse=True)
        return Encoded(codes, found.tolist())
    offset = values.astype(np.int64)
    offset -= low
    present = np.zeros(high - low + 1, dtype=bool)
    present[offset] = True
    rank = (np.cumsum(present) - 1).astype(np.int32)
    return Encoded(rank[offset], (np.flatnonzero(present) + low).tolist())


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
        radix = tuple(max(len(own.met), 1) for own in self.levels)
        cell = codes[0].astype(np.int64)
        gone = codes[0] < 0
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
