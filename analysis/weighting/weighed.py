"""What the weighting chain leaves behind: the people with every factor, a log of the steps, and what the variance must know.

Imports design, calibrated (Step), classes, merging and targets for their records; pandas.  Computes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from ..design import Controls, Design, Replicates
from .calibrated import Step
from .classes import ResponseClasses
from .merging import Merged
from .targets import Targets

Progress = Callable[[str, int, int], None]
BEFORE = "w_uncalibrated"
NORM = "weight_norm"
STEPS = ("base", "household", "response", "calibration", "trim")


@dataclass(frozen=True)
class Entry:
    """One step of one wave: the weights after it (Kish: 1 + cv^2).  note: Vietnamese | English, '' when nothing to say."""

    wave: int
    step: str
    n: int
    sum: float
    cv: float
    deff_kish: float
    min: float
    max: float
    note: str = ""


@dataclass(frozen=True, eq=False)
class Weighed:
    """people: the frame with p_person, w_base, the factors, weight, weight_norm (mean 1 a wave), and the margins' columns.

    controls: what the variance must know.  replicates: their record, None without; seed: of their bootstrap.
    calibrations: the last calibration of each wave with its totals before and after.  rounds: wave -> calibrations made
    before nothing was left to cut.  cut: (n,) who was ever cut.  households: all drawn households of the waves.
    """

    people: pd.DataFrame
    log: tuple[Entry, ...]
    controls: tuple[Controls, ...] = ()
    replicates: Replicates | None = None
    classes: ResponseClasses | None = None
    margins: tuple[Merged, ...] = ()
    targets: Targets | None = None
    calibrations: tuple[Step, ...] = ()
    rounds: Mapping[int, int] = field(default_factory=dict)
    cut: tuple[bool, ...] = ()
    households: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[str, ...] = ()
    seed: int | None = None

    @property
    def waves(self) -> tuple[int, ...]:
        """The waves in order."""
        return tuple(sorted({int(w) for w in self.people["wave"]}))

    def design(self, design: Design) -> Design:
        """The design that reads these weights: their controls, and the replicates where there are some."""
        return replace(design, weight="weight", controls=self.controls, replicates=self.replicates)
