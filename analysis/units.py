"""The sampled units of one wave: PSUs in their strata and, where the variance needs them, SSUs in their PSUs.

Imports numpy and the error catalogue.  Ids and fractions only: no persons, no answers, no statistics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forms.errors import refuse

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

BETWEEN = "\x1f"


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
        """The stratum of each PSU as a number; PSUs of a stratum stand together."""
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
        return np.asarray(np.add.reduceat(z, self.starts, axis=0), dtype=np.float64)

    def collapsed(self) -> Units:
        """Each stratum with one PSU joined to the next in order, the last to the one before it."""
        names, count = list(self.strata), self.count.tolist()
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
        to = dict(zip(names, home, strict=True))
        return replace(self, stratum=tuple(to[name] for name in self.stratum))


def units_of(keys: Sequence[tuple[str, ...]], sizes: FloatArray | None, *, probabilities: bool) -> Units:
    """Sorted (stratum, psu[, ssu]) of one wave and what the design's fpc columns hold for each.

    sizes: (keys, stages), units in the population at each stage (all >= 1) or sampled fractions (all <= 1);
    None = with replacement.  probabilities: the first stage's column holds inclusion probabilities.
    Raises BdgError STAT-012 when a size is smaller than the sample, not positive, or varies within a stratum or PSU.
    """
    two = bool(keys) and len(keys[0]) == 3
    places = list(dict.fromkeys((k[0], k[1]) for k in keys))
    stratum, psu = tuple(p[0] for p in places), tuple(p[1] for p in places)
    at = {p: i for i, p in enumerate(places)}
    parent = np.array([at[k[0], k[1]] for k in keys], dtype=np.intp)
    blank = Units(stratum, psu, np.zeros(len(psu)))
    if sizes is None or sizes.shape[1] == 0:
        return blank
    first = np.zeros(len(psu))
    first[parent] = sizes[:, 0]
    _same(first[parent], sizes[:, 0], [" ".join(k) for k in keys])
    if probabilities:
        blank = replace(blank, fraction=_shares(first, np.ones(len(psu)), psu))
    else:
        name = np.array(stratum, dtype=object)
        _same(first[blank.starts][blank.h] if psu else first, first, stratum)
        blank = replace(blank, fraction=_shares(first, blank.count[blank.h].astype(float), name.tolist()))
    if not two:
        return blank
    second = np.zeros(len(keys))
    if sizes.shape[1] > 1:
        begin = np.searchsorted(parent, np.arange(len(psu)))
        _same(sizes[begin, 1][parent], sizes[:, 1], [" ".join(k) for k in keys])
        within = np.bincount(parent, minlength=len(psu)).astype(float)
        second = _shares(sizes[:, 1], within[parent], [" ".join(k[:2]) for k in keys])
    return replace(blank, parent=parent, ssu=tuple(k[2] for k in keys), fraction2=second)


def _same(one: FloatArray, other: FloatArray, names: Sequence[str]) -> None:
    odd = np.flatnonzero(one != other)
    if len(odd):
        raise refuse("STAT-012", place=names[odd[0]], got=f"{one[odd[0]]:g}, {other[odd[0]]:g}")


def _shares(size: FloatArray, drawn: FloatArray, names: Sequence[str]) -> FloatArray:
    """Sampled fractions out of population counts (drawn / size) or fractions as they stand; inf is with replacement."""
    bad = ~(size > 0)
    if not bad.any() and (size > 1).any():
        bad = size < drawn
        share = np.where(np.isinf(size), 0.0, drawn / size)
    else:
        share = size
    if bad.any():
        i = int(np.flatnonzero(bad)[0])
        raise refuse("STAT-012", place=names[i], expected=f">= {drawn[i]:g}", got=f"{size[i]:g}")
    return np.asarray(share, dtype=np.float64)
