"""The two tables that the project's own research published, each again from its own assumptions.

Imports survey, closed and solve.  Both count persons a wave for independent samples; they differ in sides, design effect, null
variance and rounding, and therefore must never be read beside each other without their names.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from .closed import DETECT, Claim, critical, points, relative
from .solve import psus_needed
from .survey import FULL, NullVariance, Scenario

BASELINES = (30.0, 40.0, 50.0, 60.0)
SIZES = (400, 800, 1200, 1600, 2000, 2400)


@dataclass(frozen=True)
class Column:
    """One column: what is to be proven, and the true rise, in percent of the baseline or in points."""

    claim: Claim
    rise: float
    unit: Literal["percent", "points"]

    def level(self, base: float) -> float:
        """The true later level."""
        return base + self.rise if self.unit == "points" else base * (1 + self.rise / FULL)


@dataclass(frozen=True)
class Convention:
    """The assumptions of one table.  deff multiplies the persons."""

    sides: Literal[1, 2]
    deff: float
    null: NullVariance
    rounding: Literal["up", "nearest"]
    columns: tuple[Column, ...]


ONE_SIDED = Convention(
    1, 1.0, "unpooled", "nearest",
    (
        Column(DETECT, 10, "percent"), Column(DETECT, 15, "percent"), Column(relative(10), 15, "percent"),
        Column(DETECT, 10, "points"), Column(points(10), 15, "points"),
    ),
)  # fmt: skip
TWO_SIDED = Convention(
    2, 1.8, "pooled", "up",
    (
        Column(DETECT, 10, "points"), Column(DETECT, 15, "points"), Column(DETECT, 10, "percent"), Column(DETECT, 15, "percent"),
    ),
)  # fmt: skip


def persons(base: float, column: Column, by: Convention, *, sd: float | None = None) -> int:
    """Persons a wave: 80 % power at the 5 % level, independent waves, normal quantiles.  sd: of a mean; None: a share."""
    s = Scenario(
        "share" if sd is None else "mean", base, 0.0, 2, 1, sd=sd, weighting=by.deff, sides=by.sides, null=by.null,
        quantiles="normal",
    )  # fmt: skip
    found = psus_needed(s, column.level(base), column.claim).value
    if found is None:
        raise ValueError(f"no sample proves {column}")
    return math.ceil(found - 1e-6) if by.rounding == "up" else math.floor(found + 0.5)


def rises(by: Convention) -> tuple[tuple[float, tuple[int, ...]], ...]:
    """(baseline, persons by column) of the four baselines."""
    return tuple((base, tuple(persons(base, column, by) for column in by.columns)) for base in BASELINES)


def half_width(n: float, deff: float) -> float:
    """Half of the 95 % interval of a change between two shares near 50 %, in percentage points; n persons a wave."""
    s = Scenario("share", 50.0, 0.0, n, 1, weighting=deff, quantiles="normal")
    v1, v2, _ = s.moments(50.0)
    return critical(s) * math.sqrt(v1 + v2)
