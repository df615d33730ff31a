"""The sampled units of one wave: PSUs in their strata and, where the variance needs them, SSUs in their PSUs.

Imports numpy.  Ids and fractions only: no persons, no answers, no statistics.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

BETWEEN = "\x1f"
MINUS = "\x1e-"
CERTAIN = 1e-7
Key = tuple[int, str, str] | tuple[int, str, str, str]


@dataclass(frozen=True, eq=False)
class Units:
    """PSUs sorted by stratum and id; SSUs sorted by PSU and id, or none.

    stratum, psu: one entry a PSU.  fraction: first-stage sampling fraction (inclusion probability) of each PSU,
    0 when drawn with replacement.  parent: PSU index of each SSU; fraction2: its second-stage fraction.
    """

    stratum: tuple[str, ...]
    psu: tuple[str, ...]
    fraction: FloatArray
    parent: IntArray | None = None
    ssu: tuple[str, ...] = ()
    fraction2: FloatArray | None = None

    @cached_property
    def strata(self) -> tuple[str, ...]:
        """The strata in order."""
        return tuple(dict.fromkeys(self.stratum))

    @cached_property
    def h(self) -> IntArray:
        """The stratum of each PSU as a number; PSUs of a stratum stand together, unless joined across a certain one."""
        number = {name: i for i, name in enumerate(self.strata)}
        return np.array([number[name] for name in self.stratum], dtype=np.intp)

    @cached_property
    def starts(self) -> IntArray:
        """Index of the first PSU of each stratum."""
        return np.flatnonzero(np.r_[True, np.diff(self.h) > 0]) if len(self.h) else np.zeros(0, dtype=np.intp)

    @cached_property
    def count(self) -> IntArray:
        """PSUs drawn in each stratum."""
        return np.bincount(self.h, minlength=len(self.strata)).astype(np.intp)

    @property
    def size(self) -> int:
        """Rows a score has here: SSUs when there is a second stage, PSUs otherwise."""
        return len(self.psu) if self.parent is None else len(self.parent)

    def by_psu(self, z: FloatArray) -> FloatArray:
        """Scores of the finest units (size, k) added up to PSUs."""
        if self.parent is None:
            return z
        out = np.zeros((len(self.psu), z.shape[1]))
        np.add.at(out, self.parent, z)
        return out

    def by_stratum(self, z: FloatArray) -> FloatArray:
        """Scores of PSUs (psus, k) added up to strata."""
        if not len(self.h) or not z.shape[1]:
            return np.zeros((len(self.strata), z.shape[1]))
        if (np.diff(self.h) < 0).any():
            out = np.zeros((len(self.strata), z.shape[1]))
            np.add.at(out, self.h, z)
            return out
        return np.asarray(np.add.reduceat(z, self.starts, axis=0, dtype=np.float64), dtype=np.float64)

    def collapsed(self) -> Units:
        """Each stratum with one PSU joined to the next in order, the last to the one before it.

        A PSU that was certain to be drawn is no lonely one: it stays as it is, and its neighbours join across it.
        """
        sure = self.by_stratum((self.fraction[:, None] < 1.0 - CERTAIN).astype(np.float64))[:, 0] == 0
        names = [name for name, certain in zip(self.strata, sure.tolist(), strict=True) if not certain]
        count = self.count[~sure].tolist()
        home: list[str] = []
        size: list[int] = []
        for name, n in zip(names, count, strict=True):
            if home and (size[-1] == 1):
                home.append(home[-1])
                size[-1] += n
            else:
                home.append(name)
                size.append(n)
        if len(size) > 1 and size[-1] == 1:
            last = list(dict.fromkeys(home))
            home = [last[-2] if name == last[-1] else name for name in home]
        to = {**{name: name for name in self.strata}, **dict(zip(names, home, strict=True))}
        return replace(self, stratum=tuple(to[name] for name in self.stratum))


@dataclass(frozen=True, eq=False)
class Groups:
    """Nodes joined into groups (union-find); parent is filled as they come."""

    parent: dict[tuple[str, str], tuple[str, str]]

    def root(self, node: tuple[str, str]) -> tuple[str, str]:
        """The node that stands for its group."""
        while self.parent.setdefault(node, node) != node:
            node = self.parent[node]
        return node

    def join(self, one: tuple[str, str], two: tuple[str, str]) -> bool:
        """Put two groups together; False when they were one already."""
        a, b = self.root(one), self.root(two)
        if a != b:
            self.parent[a] = b
        return a != b

    def count(self, nodes: Iterable[tuple[str, str]]) -> int:
        """Groups among these nodes."""
        return len({self.root(node) for node in nodes})


def units_of(keys: Sequence[tuple[str, ...]], sizes: FloatArray | None, *, probabilities: bool) -> Units:
    """Sorted (stratum, psu[, ssu]) of one wave and what the design's fpc columns hold for each (numbering has checked them).

    sizes: (keys, stages), units in the population at each stage (all >= 1) or sampled fractions (all <= 1);
    None = with replacement.  probabilities: the first stage's column holds inclusion probabilities.
    """
    two = bool(keys) and len(keys[0]) == 3
    places = list(dict.fromkeys((k[0], k[1]) for k in keys))
    stratum, psu = tuple(p[0] for p in places), tuple(p[1] for p in places)
    at = {p: i for i, p in enumerate(places)}
    parent = np.array([at[k[0], k[1]] for k in keys], dtype=np.intp)
    found = Units(stratum, psu, np.zeros(len(psu)))
    if sizes is None or sizes.shape[1] == 0:
        return found
    first = np.zeros(len(psu))
    first[parent] = sizes[:, 0]
    found = replace(found, fraction=fractions(first, np.ones(len(psu)) if probabilities else found.count[found.h]))
    if not two:
        return found
    second = np.zeros(len(keys))
    if sizes.shape[1] > 1:
        within = np.bincount(parent, minlength=len(psu))
        second = fractions(sizes[:, 1], within[parent])
    return replace(found, parent=parent, ssu=tuple(k[2] for k in keys), fraction2=second)


def fractions(size: FloatArray, drawn: NDArray[Any]) -> FloatArray:
    """Sampled fractions out of population counts (drawn / size), or fractions as they stand (all <= 1); inf is 0."""
    if not (size > 1).any():
        return np.asarray(size, dtype=np.float64)
    return np.asarray(np.where(np.isinf(size), 0.0, drawn / size), dtype=np.float64)


def wave_units(keys: Sequence[Key], sizes: FloatArray | None, wave: int, *, probabilities: bool) -> Units:
    """The units of one wave out of sorted keys of several."""
    at = [i for i, key in enumerate(keys) if key[0] == wave]
    return units_of([keys[i][1:] for i in at], None if sizes is None else sizes[at], probabilities=probabilities)
