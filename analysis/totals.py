"""Waist one: what statistics may ask of microdata, and the sums they get back.

Imports numpy, design and units.  Above this file nobody sees a person: only sums per sampled unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .units import FloatArray, IntArray, Key, Units, wave_units

Domain = tuple[tuple[str, str], ...]

MISSING_KINDS = ("not_asked", "dont_know", "refused", "missing")
SUMS = ("n", "w", "wy", "wyy", "ww", "wx", "wxy", "wxx", *MISSING_KINDS)
LEAN = ("n", "w", "wy")


@dataclass(frozen=True, order=True)
class Category:
    """The variable that is 1 for people whose `column` holds `code`, 0 for other answers, missing for none."""

    column: str
    code: str


Variable = str | tuple[str, str] | Category


@dataclass(frozen=True)
class Request:
    """All that is wanted in one pass over the microdata.

    variables: a column y, (numerator, denominator) for a ratio, or a Category.
    groupings: each a tuple of columns to cross; () is everybody.  Levels are those found in the data.
    where: (column, code) pairs that all must hold; they become part of every domain.
    waves: () is every wave.  complete: columns that must all be answered, or a person counts as missing (listwise).
    sums: which of SUMS are wanted; the others may be left out.
    """

    variables: tuple[Variable, ...]
    groupings: tuple[tuple[str, ...], ...] = ((),)
    where: Domain = ()
    waves: tuple[int, ...] = ()
    complete: tuple[str, ...] = ()
    sums: tuple[str, ...] = SUMS


@dataclass(frozen=True)
class Column:
    """One variable in one domain.  variable: 'y', 'num/den' or 'y=code'; domain: sorted (column, code) pairs, () = all."""

    variable: str
    domain: Domain


@dataclass(frozen=True, eq=False)
class Totals:
    """Sums per sampled unit; a unit without a member of the domain is a row of zeros, never absent.

    keys: (wave, stratum, psu) or, when the design has a second stage, (wave, stratum, psu, ssu); sorted.
    values[s, i, j]: sum s of `sums`, unit i, column j, over persons who answered: n persons; w weights; wy, wyy of
    w*y, w*y*y; ww of w*w; wx, wxy, wxx with the denominator x (x = 1 for a plain variable).  not_asked ... missing
    count persons of the domain without an answer, by kind.
    sizes: (keys, stages) what the design's fpc (or inclusion probability) columns hold for each unit, or None.
    """

    keys: tuple[Key, ...]
    columns: tuple[Column, ...]
    values: FloatArray
    sums: tuple[str, ...] = SUMS
    sizes: FloatArray | None = None
    probabilities: bool = False

    @cached_property
    def at(self) -> Mapping[Column, int]:
        """Where each column stands."""
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
        """The waves that have sampled units, ascending."""
        return tuple(sorted({key[0] for key in self.keys}))

    @cached_property
    def _rows(self) -> Mapping[int, IntArray]:
        wave = np.array([key[0] for key in self.keys], dtype=np.int64)
        return {t: np.flatnonzero(wave == t) for t in self.waves}

    @cached_property
    def _units(self) -> Mapping[int, Units]:
        return {t: wave_units(self.keys, self.sizes, t, probabilities=self.probabilities) for t in self.waves}

    def rows(self, wave: int) -> IntArray:
        """The keys of one wave, by index."""
        return self._rows.get(wave, np.zeros(0, dtype=np.intp))

    def units(self, wave: int) -> Units:
        """The sampled units of one wave, in the order of `rows`; BdgError STAT-012 when their sizes do not fit."""
        return self._units[wave]

    def domains(self, variable: Variable, names: Sequence[str]) -> tuple[Domain, ...]:
        """The domains of a variable made of exactly these columns, in sorted order."""
        return self._domains.get((label(variable), tuple(sorted(names))), ())

    def places(self, wave: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Strata and ids of every sampled PSU of a wave."""
        return (self._units[wave].stratum, self._units[wave].psu) if wave in self._units else ((), ())

    def block(self, name: str, wave: int, columns: Sequence[int] | None = None) -> FloatArray:
        """One sum of a wave, (units, columns); None is every column, -1 one of zeros (an absent domain)."""
        rows = self.rows(wave)
        if columns is None:  # keys are sorted, so a wave's rows stand together
            whole: FloatArray = self.values[self.sums.index(name)][rows[0] : rows[-1] + 1]
            return whole
        j = np.asarray(columns, dtype=np.intp)
        if not len(j) or not len(self.columns):
            return np.zeros((len(rows), len(j)))
        picked: FloatArray = self.values[self.sums.index(name)][np.ix_(rows, j)]
        return np.where(j < 0, 0.0, picked) if (j < 0).any() else picked

    def cell(self, variable: Variable, domain: Domain, wave: int) -> Mapping[str, FloatArray]:
        """The sums of one column in one wave, one number per unit in the order of `rows`; zeros if the domain is absent."""
        j = self.at.get(Column(label(variable), domain))
        rows = self.rows(wave)
        return {name: np.zeros(len(rows)) if j is None else self.values[s, rows, j] for s, name in enumerate(self.sums)}

    def __add__(self, other: Totals) -> Totals:
        """Totals of two disjoint sets of persons; keys and columns are united, absent ones are zero."""
        keys = tuple(sorted({*self.keys, *other.keys}))
        columns = tuple(sorted({*self.columns, *other.columns}, key=lambda c: (c.variable, c.domain)))
        row = {key: i for i, key in enumerate(keys)}
        col = {column: j for j, column in enumerate(columns)}
        values = np.zeros((len(self.sums), len(keys), len(columns)))
        sizes = None if self.sizes is None else np.full((len(keys), self.sizes.shape[1]), np.nan)
        for part in (self, other):
            i = np.array([row[k] for k in part.keys], dtype=np.intp)
            j = np.array([col[c] for c in part.columns], dtype=np.intp)
            values[np.ix_(np.arange(len(self.sums)), i, j)] += part.values[[part.sums.index(name) for name in self.sums]]
            if sizes is not None and part.sizes is not None:
                sizes[i] = part.sizes
        return Totals(keys, columns, values, self.sums, sizes, self.probabilities)


@runtime_checkable
class TotalsSource(Protocol):
    """A place where microdata live.  It filters, groups, counts and sums; it knows no statistics."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns there are."""
        ...

    def totals(self, request: Request) -> Totals:
        """Every variable and domain of the request at once, for every sampled unit."""
        ...

    def arrays(self, columns: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """Named arrays, one entry a person: numbers as float with NaN, text as objects with None."""
        ...


def label(variable: Variable) -> str:
    """'y', 'num/den' of a ratio, 'y=code' of a category."""
    if isinstance(variable, Category):
        return f"{variable.column}={variable.code}"
    return variable if isinstance(variable, str) else f"{variable[0]}/{variable[1]}"
