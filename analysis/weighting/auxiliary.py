"""The auxiliary variables of a calibration as a matrix: one column a level of a margin, one a number.

Imports numpy, scipy.sparse and the error catalogue.  Columns of persons in, one sparse matrix out; no weights, no answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from forms.errors import refuse

from ..units import FloatArray, IntArray

CONSTANT = "(Intercept)"
Term = tuple[str, ...]
Level = tuple[str, ...]
Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Margin:
    """One margin: the columns crossed, the levels found in order, and each person's level (n,)."""

    term: Term
    levels: tuple[Level, ...]
    codes: IntArray

    @property
    def names(self) -> tuple[str, ...]:
        """The levels as words: 'sex=F' or 'sex=F, area=U'."""
        return tuple(cell(self.term, level) for level in self.levels)

    @property
    def matrix(self) -> sparse.csr_array:
        """(n, levels) of 0 and 1."""
        n = len(self.codes)
        return sparse.csr_array((np.ones(n), self.codes, np.arange(n + 1)), shape=(n, len(self.levels)))


def cell(term: Term, level: Level) -> str:
    """A level of a margin as words."""
    return ", ".join(f"{name}={code}" for name, code in zip(term, level, strict=True))


def text(values: NDArray[Any]) -> list[str | None]:
    """A column as codes; whole numbers lose their '.0', missing is None."""
    if values.dtype != np.float64:
        return [None if v is None else str(v) for v in values.tolist()]
    return [None if np.isnan(v) else code(v) for v in values.tolist()]


def code(value: object) -> str:
    """One code as text, as `text` writes it."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def margin(term: Term, columns: Columns) -> Margin:
    """Cross the columns of a term.  BdgError STAT-070 when somebody's code is missing."""
    codes = np.zeros(len(columns[term[0]]), dtype=np.intp)
    found: list[Level] = [()]
    for name in term:
        number, names = _factor(columns[name])
        if (empty := int((number < 0).sum())) > 0:
            raise refuse("STAT-070", got=empty, column=name, rows=empty)
        present, codes = np.unique(codes * len(names) + number, return_inverse=True)
        found = [(*found[p // len(names)], names[p % len(names)]) for p in present.tolist()]
    return Margin(term, tuple(found), codes.astype(np.intp))


def _factor(values: NDArray[Any]) -> tuple[IntArray, list[str]]:
    """Codes into the sorted levels (numbers in order of size), -1 missing."""
    if values.dtype == np.float64:
        missing = np.isnan(values)
        levels, codes = np.unique(values[~missing], return_inverse=True)
        out = np.full(len(values), -1, dtype=np.intp)
        out[~missing] = codes
        return out, [code(v) for v in levels.tolist()]
    words = text(values)
    names = sorted({w for w in words if w is not None})
    at: dict[str | None, int] = {name: i for i, name in enumerate(names)}
    return np.array([at.get(w, -1) for w in words], dtype=np.intp), names


def numeric(name: str, columns: Columns) -> FloatArray:
    """A number of everybody.  BdgError STAT-009 when it is text, STAT-070 when it is missing."""
    values = columns[name]
    if values.dtype != np.float64:
        raise refuse("STAT-009", got="text", column=name)
    if (empty := int(np.isnan(values).sum())) > 0:
        raise refuse("STAT-070", got=empty, column=name, rows=empty)
    return np.asarray(values, dtype=np.float64)


def joined(parts: Sequence[sparse.csr_array | FloatArray]) -> sparse.csr_array:
    """Margins (n, levels) and numbers (n,) side by side."""
    blocks = [p if sparse.issparse(p) else sparse.csr_array(np.asarray(p)[:, None]) for p in parts]
    return sparse.csr_array(sparse.hstack(blocks, format="csr"))


def averaged(matrix: sparse.csr_array, cluster: IntArray, weight: FloatArray) -> sparse.csr_array:
    """Every row replaced by the weighted mean of its cluster's rows."""
    n = len(cluster)
    inside = sparse.csr_array((np.ones(n), cluster, np.arange(n + 1)), shape=(n, int(cluster.max(initial=-1)) + 1))
    size = np.bincount(cluster, weights=weight)
    share = sparse.csr_array((inside / np.where(size > 0, size, 1.0)).T * weight)
    return sparse.csr_array(inside @ sparse.csr_array(share @ matrix))
