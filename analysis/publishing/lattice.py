"""Which groups make up which: groups as 0/1 vectors over the cells of all variables, and what a set of groups gives away.

Imports numpy.  Knows boxes (texts of results); no estimate and nobody's answer.

A group is the set of cells of its box.  With published groups v_1 .. v_k a group h can be worked out when its vector is a linear
combination of theirs (urban = everybody - rural): then its total, its size and so its mean are the same combination of published
ones, whatever the data are.  Source: Cox (1980) J. Amer. Statist. Assoc. 75:377; Hundepool et al. (2012), ch. 4.
The cells are never written out: two boxes share as many cells as the product of the codes they share in each variable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

AGE, REST = "age", ""
OLDEST = 200
CLOSE = 1e-7
Box = Mapping[str, Sequence[Any]]
Matrix = NDArray[np.float64]
Combination = Mapping[int, float]
"""Place of a group -> how often it is taken: {3: 1, 5: -1} is group 3 without group 5."""


@dataclass(frozen=True)
class Lattice:
    """Groups over the same cells; gram: how many cells each two of them share, which is all that is ever asked."""

    gram: Matrix

    def given_away(self, hidden: Combination, known: Sequence[Combination]) -> bool:
        """Whether `hidden` is a linear combination of what is known."""
        return self.which([hidden], known)[0]

    def which(self, hidden: Sequence[Combination], known: Sequence[Combination]) -> list[bool]:
        """The same of many at once: the residual of each, projected on what is known, is nothing."""
        if not known or not hidden:
            return [False] * len(hidden)
        rows, wanted = self._coefficients(known), self._coefficients(hidden)
        half = rows @ self.gram
        inner, right = half @ rows.T, half @ wanted.T
        solved = np.linalg.lstsq(inner, right, rcond=1e-9)[0]
        sizes = np.einsum("ij,jk,ik->i", wanted, self.gram, wanted)
        left = sizes - 2 * np.einsum("ji,ji->i", solved, right) + np.einsum("ji,jk,ki->i", solved, inner, solved)
        return [bool(yes) for yes in left <= CLOSE * np.maximum(sizes, 1.0)]

    def alike(self, one: int, two: int) -> bool:
        """Whether two groups hold the same cells."""
        return bool(self.gram[one, one] == self.gram[two, two] == self.gram[one, two])

    def within(self, inner: int, outer: int) -> bool:
        """Whether one group lies in another, larger one."""
        return bool(self.gram[inner, outer] == self.gram[inner, inner] < self.gram[outer, outer])

    def _coefficients(self, some: Sequence[Combination]) -> Matrix:
        found = np.zeros((len(some), len(self.gram)))
        for i, one in enumerate(some):
            for place, times in one.items():
                found[i, place] = times
        return found


def lattice(boxes: Sequence[Box], partial: Iterable[str] = ()) -> Lattice:
    """The lattice of these boxes.  partial: variables whose codes leave somebody out; so does a variable of one code."""
    met: dict[str, dict[Any, None]] = {}
    for box in boxes:
        for name, side in box.items():
            starts = [first for first in (side[0], side[1] + 1) if first <= OLDEST] if name == AGE else side
            met.setdefault(name, {}).update(dict.fromkeys(starts))
    open_ = set(partial)
    gram = np.ones((len(boxes), len(boxes)))
    for name, codes in sorted(met.items()):
        rest = name != AGE and (name in open_ or len(codes) == 1)
        sides = np.array([_inside(name, (*codes, *((REST,) if rest else ())), box.get(name)) for box in boxes])
        gram *= sides @ sides.T
    return Lattice(gram)


def _inside(name: str, codes: Sequence[Any], side: Sequence[Any] | None) -> list[float]:
    """1 where the box holds the code (of age: the stretch of years that begins there)."""
    if side is None:
        return [1.0] * len(codes)
    if name == AGE:
        return [float(side[0] <= first <= side[1]) for first in codes]
    return [float(code in side) for code in codes]
