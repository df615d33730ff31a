"""Waist one: what statistics may ask of microdata, and the sums they get back.

Imports numpy and design.  Above this file nobody sees a person: only sums per sampled PSU.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .design import Place

FloatArray = NDArray[np.float64]
Variable = str | tuple[str, str]
Domain = tuple[tuple[str, str], ...]

MISSING_KINDS = ("not_asked", "dont_know", "refused", "missing")
SUMS = ("n", "w", "wy", "wyy", "ww", "wx", "wxy", "wxx", *MISSING_KINDS)


@dataclass(frozen=True)
class Request:
    """All that is wanted in one pass over the microdata.

    variables: a column y, or (numerator, denominator) for a ratio.
    groupings: each a tuple of columns to cross; () is everybody.  Levels are those found in the data.
    where: (column, code) pairs that all must hold; they become part of every domain.
    waves: () is every wave.
    """

    variables: tuple[Variable, ...]
    groupings: tuple[tuple[str, ...], ...] = ((),)
    where: Domain = ()
    waves: tuple[int, ...] = ()


@dataclass(frozen=True)
class Column:
    """One variable in one domain.  variable: 'y' or 'num/den'; domain: sorted (column, code) pairs, () = all."""

    variable: str
    domain: Domain


@dataclass(frozen=True, eq=False)
class Totals:
    """Sums per sampled PSU; a PSU without a member of the domain is a row of zeros, never absent.

    keys: (wave, stratum, psu), sorted.  values[i, j, s]: PSU i, column j, sum s of SUMS, over persons who
    answered: n persons; w weights; wy, wyy of w*y, w*y*y; ww of w*w; wx, wxy, wxx with the denominator x
    (x = 1 for a plain variable).  The last four count persons of the domain without an answer, by kind.
    """

    keys: tuple[Place, ...]
    columns: tuple[Column, ...]
    values: FloatArray

    @cached_property
    def _at(self) -> Mapping[Column, int]:
        return {column: j for j, column in enumerate(self.columns)}

    @cached_property
    def _domains(self) -> Mapping[tuple[str, tuple[str, ...]], tuple[Domain, ...]]:
        found: dict[tuple[str, tuple[str, ...]], set[Domain]] = {}
        for column in self.columns:
            names = tuple(name for name, _ in column.domain)
            found.setdefault((column.variable, names), set()).add(column.domain)
        return {key: tuple(sorted(domains)) for key, domains in found.items()}

    @cached_property
    def waves(self) -> tuple[int, ...]:
        """The waves that have sampled PSUs, ascending."""
        return tuple(sorted({key[0] for key in self.keys}))

    @cached_property
    def _rows(self) -> Mapping[int, NDArray[np.intp]]:
        wave = np.array([key[0] for key in self.keys], dtype=np.int64)
        return {t: np.flatnonzero(wave == t) for t in self.waves}

    def domains(self, variable: Variable, names: Sequence[str]) -> tuple[Domain, ...]:
        """The domains of a variable made of exactly these columns, in sorted order."""
        return self._domains.get((label(variable), tuple(sorted(names))), ())

    @cached_property
    def _places(self) -> Mapping[int, tuple[tuple[str, ...], tuple[str, ...]]]:
        split = {t: [self.keys[i] for i in rows] for t, rows in self._rows.items()}
        return {t: (tuple(key[1] for key in keys), tuple(key[2] for key in keys)) for t, keys in split.items()}

    def places(self, wave: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Strata and ids of every sampled PSU of a wave, in the order of `cell`."""
        return self._places.get(wave, ((), ()))

    def cell(self, variable: Variable, domain: Domain, wave: int) -> Mapping[str, FloatArray]:
        """The sums of one column in one wave, one number per PSU in the order of `places`; zeros if the domain is absent."""
        rows = self._rows.get(wave, np.zeros(0, dtype=np.intp))
        j = self._at.get(Column(label(variable), domain))
        block = np.zeros((len(rows), len(SUMS))) if j is None else self.values[rows, j, :]
        return {name: block[:, s] for s, name in enumerate(SUMS)}

    def __add__(self, other: Totals) -> Totals:
        """Totals of two disjoint sets of persons; keys and columns are united, absent ones are zero."""
        keys = tuple(sorted({*self.keys, *other.keys}))
        columns = tuple(sorted({*self.columns, *other.columns}, key=lambda c: (c.variable, c.domain)))
        row = {key: i for i, key in enumerate(keys)}
        col = {column: j for j, column in enumerate(columns)}
        values = np.zeros((len(keys), len(columns), len(SUMS)))
        for part in (self, other):
            i = np.array([row[k] for k in part.keys], dtype=np.intp)
            j = np.array([col[c] for c in part.columns], dtype=np.intp)
            values[np.ix_(i, j)] += part.values
        return Totals(keys, columns, values)


@runtime_checkable
class TotalsSource(Protocol):
    """A place where microdata live.  It filters, groups, counts and sums; it knows no statistics."""

    def totals(self, request: Request) -> Totals:
        """Every variable and domain of the request at once, for every sampled PSU."""
        ...

    def arrays(self, columns: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """Named arrays, one entry a person: numbers as float with NaN, text as objects with None."""
        ...


def label(variable: Variable) -> str:
    """'y', or 'num/den' of a ratio."""
    return variable if isinstance(variable, str) else f"{variable[0]}/{variable[1]}"
