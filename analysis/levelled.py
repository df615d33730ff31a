"""What gives levels of any column from one reading of the data, and the one that makes them out of sums by unit.

Imports the waist (totals), levels and variance.  The other one, out of people, is bypeople.py; level_source.py chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from .design import Design, LonelyRule
from .levels import Levels, Stat, columns_of, from_totals
from .results import Unit
from .totals import Domain, Totals, Variable
from .units import FloatArray
from .variance import Spread, spread

Pairs = Sequence[tuple[Variable, Domain]]


@dataclass(frozen=True, eq=False)
class Blocks:
    """What a level is made of, (rows, k): weights and weighted answers; rows are sampled units, or people.

    spread: a score (rows,) -> its contributions to the variance; scores: the same by PSU, not centred, None with people.
    """

    w: FloatArray
    wy: FloatArray
    spread: Callable[[FloatArray], Spread]
    scores: Callable[[FloatArray], FloatArray] | None


class Levelled(Protocol):
    """One reading of the data from which levels are made."""

    @property
    def waves(self) -> tuple[int, ...]:
        """The waves that were read."""

    def domains(self, y: Variable, names: Sequence[str]) -> tuple[Domain, ...]:
        """The domains that these columns make, in sorted order."""

    def levels(self, pairs: Pairs, wave: int, rule: LonelyRule, stat: Stat, unit: Unit | None) -> Levels:
        """Levels of one wave."""

    def blocks(self, one: Levels, rule: LonelyRule) -> Blocks:
        """What these levels are made of, in their unit."""


@dataclass(frozen=True, eq=False)
class FromTotals:
    """Levels out of sums by sampled unit."""

    totals: Totals
    design: Design

    @property
    def waves(self) -> tuple[int, ...]:
        """The waves that were read."""
        return self.totals.waves

    def domains(self, y: Variable, names: Sequence[str]) -> tuple[Domain, ...]:
        """The domains that these columns make, in sorted order."""
        return self.totals.domains(y, names)

    def levels(self, pairs: Pairs, wave: int, rule: LonelyRule, stat: Stat, unit: Unit | None) -> Levels:
        """Levels of one wave."""
        return from_totals(self.totals, self.design, columns_of(pairs), wave, rule, stat, unit)

    def blocks(self, one: Levels, rule: LonelyRule) -> Blocks:
        """What these levels are made of, by sampled unit."""
        at = [self.totals.at.get(c, -1) for c in one.columns]
        return Blocks(
            self.totals.block("w", one.wave, at), self.totals.block("wy", one.wave, at) * one.factor,
            lambda z: spread(z[:, None], one.sampled, rule, self.design.pps), lambda z: one.sampled.by_psu(z[:, None]),
        )  # fmt: skip
