"""From what a source read to the Totals of the waist: levels by name, domains in order, columns in their places.

Imports numpy, the waist and the kernel; never sees a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..numbering import Codes, Factor, Numbered
from ..totals import Column, Domain, Totals, label
from ..units import FloatArray, IntArray
from .kernel import PERSONS, Cells, Extent, Wanted

DENSE = 1 << 22
Level = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Grouped:
    """A grouping: codes (n,) into levels, -1 in no level; a level is one text a column, in any order."""

    codes: Codes
    levels: tuple[Level, ...]
    gaps: bool

    @property
    def extent(self) -> Extent:
        """What the kernel needs to know of it."""
        return Extent(len(self.levels), self.gaps)


def grouped(factors: Sequence[Factor], rows: int) -> Grouped:
    """Columns crossed: only the combinations that occur are levels; a person without a code in one of them is in none."""
    if not factors:
        return Grouped(np.zeros(rows, dtype=np.int8), ((),), gaps=False)
    gone = [bool(len(f.codes)) and bool(f.codes.min() < 0) for f in factors]
    if len(factors) == 1:
        return Grouped(factors[0].codes, tuple((name,) for name in factors[0].levels), gone[0])
    code = np.zeros(rows, dtype=np.int64)
    for f in factors:
        code *= len(f.levels)
        code += f.codes
    out = np.zeros(rows, dtype=bool)
    for f, some in zip(factors, gone, strict=True):
        if some:
            out |= f.codes < 0
    span = int(np.prod([len(f.levels) for f in factors], dtype=np.int64))
    code[out] = span
    if span <= max(DENSE, rows):
        present = np.zeros(span + 1, dtype=bool)
        present[code] = True
        found = np.flatnonzero(present[:span])
        place = (np.cumsum(present) - 1)[code]
    else:
        found, place = np.unique(code, return_inverse=True)
        found = found[found < span]
    place[out] = -1
    names: list[list[str]] = []
    for f in reversed(factors):
        names.insert(0, [f.levels[i] for i in (found % len(f.levels)).tolist()])
        found = found // len(f.levels)
    return Grouped(place.astype(np.int32), tuple(zip(*names, strict=True)), bool(out.any()))


def totals_of(wanted: Wanted, units: Numbered, kept: IntArray, levels: Sequence[Sequence[Level]], cells: Cells) -> Totals:
    """Levels that hold somebody, in order of their texts, grouping after grouping, for each variable of the request."""
    request = wanted.request
    persons = cells.plane(PERSONS)
    picked = [
        _order(grouping, names, group[persons])
        for grouping, names, group in zip(request.groupings, levels, cells.groups, strict=True)
    ]
    groups = zip(request.groupings, levels, picked, strict=True)
    domains = [_domain(request.where, grouping, names[i]) for grouping, names, order in groups for i in order.tolist()]
    starts = np.cumsum([0, *(len(names) for names in levels)]).tolist()
    at = np.concatenate([order + start for order, start in zip(picked, starts, strict=False)])
    cube = cells.cube if len(at) == cells.cube.shape[2] and bool((np.diff(at) == 1).all()) else cells.cube[:, :, at]
    values = np.zeros((len(request.sums), len(kept), len(request.variables), len(domains)))
    for out, name, plane in zip(values, request.sums, _planes(wanted, cells), strict=True):
        same, nothing = bool((plane == plane[:1]).all()), bool((plane == len(cells.keys)).all())
        if name == "n":
            out[...] = cube[cells.plane(PERSONS)][:, None, :]
        if same and not nothing and name != "n":
            out[...] = cube[plane[0]][:, None, :]
        elif not nothing:
            for v, t in enumerate(plane.tolist()):
                out[:, v] = out[:, v] - cube[t] if name == "n" else cube[t]
    made = tuple(Column(name, domain) for name in map(label, request.variables) for domain in domains)
    keys = tuple(units.keys[i] for i in kept.tolist())
    sizes = None if units.sizes is None else units.sizes[kept]
    return Totals(keys, made, values.reshape(len(request.sums), len(keys), len(made)), request.sums, sizes, units.probabilities)


def _planes(wanted: Wanted, cells: Cells) -> list[IntArray]:
    """For each sum, the plane of each variable; for n the plane of those to take off."""
    silent = [cells.plane(("silent", (), wanted.need(v), "")) for v in wanted.request.variables]
    return [
        np.array([silent[v] if key is None else cells.plane(key) for v, key in enumerate(row)], dtype=np.intp)
        for row in wanted.keys
    ]


def _order(grouping: Sequence[str], names: Sequence[Level], persons: FloatArray) -> IntArray:
    """The levels that hold somebody, in the order of their domains: by the codes of the grouping's columns in order of name."""
    held = persons.sum(axis=0) > 0
    by = sorted(range(len(grouping)), key=grouping.__getitem__)
    order = sorted(range(len(names)), key=lambda i: [names[i][k] for k in by])
    return np.array([i for i in order if held[i]], dtype=np.intp)


def _domain(where: Domain, grouping: Sequence[str], level: Level) -> Domain:
    return tuple(sorted({**dict(where), **dict(zip(grouping, level, strict=True))}.items()))
