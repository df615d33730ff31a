"""Systematic sampling with probability proportional to size, hamlets too large for chance taken first.

Imports numpy only; a unit is anything that has households.  Never sees a household.
Madow (1949) Ann. Math. Stat. 20:333; R: `sampling::UPsystematic`.
Cumulate the expected hits n m_i / M in the order given; from one random start r in [0, 1) the units that r, r + 1, ...
fall into are drawn: fixed size, probability exactly n m_i / M.  A unit with n m_i >= M is drawn for certain and leaves, the
others share what is left, until none is that large.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NEAR = 1e-9


class Sized(Protocol):
    """What can be drawn with probability proportional to size."""

    @property
    def households(self) -> int:
        """The measure of size."""


U = TypeVar("U", bound=Sized)


@dataclass(frozen=True)
class Stratum(Generic[U]):
    """One stratum of the base wave: its units in drawing order, cumulated expected hits, and the certain ones."""

    units: tuple[U, ...]
    hits: Floats
    certain: frozenset[int]

    def at(self, start: float) -> list[int]:
        """Positions drawn from a start in [0, 1)."""
        n = round(float(self.hits[-1])) if len(self.hits) else 0
        found = np.searchsorted(self.hits, start + np.arange(n), side="right")
        return sorted({*map(int, np.minimum(found, len(self.units) - 1)), *self.certain})

    def drawn(self, rng: np.random.Generator) -> list[int]:
        """Positions drawn: one random start."""
        return self.at(rng.random())

    def probabilities(self) -> Floats:
        """First-order inclusion probabilities, in drawing order."""
        p = np.diff(self.hits, prepend=0.0)
        p[list(self.certain)] = 1.0
        return p

    def outcomes(self) -> tuple[Floats, list[list[int]]]:
        """Every sample the random start can give, with its probability."""
        marks = np.unique(np.concatenate([[0.0, 1.0], np.round(self.hits % 1.0, 12)]))
        widths = np.diff(marks)
        middles = marks[:-1] + widths / 2
        return widths, [self.at(float(t)) for t in middles]


def systematic(units: Sequence[U], n: int) -> Stratum[U]:
    """A stratum to draw n of, in the order given."""
    sizes = np.array([u.households for u in units], dtype=np.float64)
    taken = certain(sizes, n)
    free = np.ones(len(units), dtype=bool)
    free[sorted(taken)] = False
    share = np.where(free, sizes, 0.0) * (n - len(taken)) / max(float(sizes[free].sum()), 1.0)
    return Stratum(tuple(units), np.cumsum(share), taken)


def certain(sizes: Floats, n: int) -> frozenset[int]:
    """Positions of the units drawn for certain when n are drawn: all of them when there are no more than n."""
    taken: frozenset[int] = frozenset(range(len(sizes))) if n >= len(sizes) else frozenset()
    while len(taken) < min(n, len(sizes)):
        free = np.array([i not in taken for i in range(len(sizes))])
        share = np.where(free, sizes, 0.0) * (n - len(taken)) / max(float(sizes[free].sum()), 1.0)
        more = {int(i) for i in np.flatnonzero(free & (share >= 1.0))}
        if not more:
            break
        taken |= more
    return taken


def with_chances(chances: Floats, start: float) -> list[int]:
    """Positions drawn with given probabilities (each at most 1) from a start in [0, 1).

    When they do not add up to a whole number, the number drawn is the whole number below or above the sum.
    """
    hits = np.cumsum(chances)
    total = float(hits[-1]) if len(hits) else 0.0
    whole = round(total)
    if abs(total - whole) < NEAR:  # a sum that is whole but for rounding draws exactly that many
        hits = hits * (whole / total) if whole else hits * 0.0
        total = float(whole)
    points = start + np.arange(int(np.ceil(total)))
    found = np.searchsorted(hits, points[points < total], side="right")
    return sorted({int(i) for i in np.minimum(found, max(len(hits) - 1, 0))})
