"""Levels out of people, for calibrated weights, whose variance is that of residuals.

Imports levelled, persons and rowwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from . import rowwise
from .design import LonelyRule
from .levelled import Blocks, Pairs
from .levels import Levels, Stat
from .persons import Persons
from .results import Unit
from .totals import Domain, Variable


@dataclass(frozen=True, eq=False)
class FromPeople:
    """Levels out of people: calibrated weights, whose variance is that of residuals."""

    people: Persons

    @cached_property
    def _each(self) -> dict[int, Persons]:
        return {t: self.people.of_wave(t) for t in sorted(self.people.units)}

    @property
    def waves(self) -> tuple[int, ...]:
        """The waves that were read."""
        return tuple(self._each)

    def domains(self, y: Variable, names: Sequence[str]) -> tuple[Domain, ...]:  # noqa: ARG002  the same for every y
        """The domains that these columns make, in sorted order, whoever of them answered."""
        return tuple(sorted(rowwise.domains(self.people, tuple(names), ())))

    def levels(self, pairs: Pairs, wave: int, rule: LonelyRule, stat: Stat, unit: Unit | None) -> Levels:
        """Levels of one wave."""
        return rowwise.from_persons(self._each[wave], pairs, rule, stat, unit)

    def blocks(self, one: Levels, rule: LonelyRule) -> Blocks:
        """What these levels are made of, by person."""
        people = self._each[one.wave]
        measured = rowwise.measured(people, list(zip(one.variables, (c.domain for c in one.columns), strict=True)))
        w = np.column_stack([np.where(m.here, people.weight, 0.0) for m in measured])
        wy = w * np.column_stack([m.y for m in measured]) * one.factor
        return Blocks(w, wy, lambda z: people.spread(z, rule=rule), None)
