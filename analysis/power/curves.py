"""What the figures of power draw: curves of power over the true rise, and the plane of hamlets and households.

Records of numbers and labels (standard library, prices): results.json can carry them, and a figure needs nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .prices import Prices


@dataclass(frozen=True)
class Curve:
    """Power (percent) over the true rise (percent of the baseline).  plan: hamlets and households; claim: its name."""

    plan: tuple[int, int]
    claim: str
    rise: tuple[float, ...]
    power: tuple[float, ...]


@dataclass(frozen=True)
class Plane:
    """Smallest rise proven over hamlets (columns) and households a hamlet (rows); None: no rise is.

    marks: plans to show; marked: the rise that each proves; costs: of the lines of equal cost; best: households a hamlet.
    """

    psus: tuple[int, ...]
    households: tuple[int, ...]
    rise: tuple[tuple[float | None, ...], ...]
    marks: tuple[tuple[int, int], ...]
    marked: Mapping[tuple[int, int], float | None]
    costs: tuple[float, ...]
    prices: Prices
    best: float


@dataclass(frozen=True)
class Curves:
    """All that is drawn, of the headline outcome.  wanted: power asked for, percent; low, high: the target's levels."""

    outcome: str
    later: int
    wanted: float
    low: float
    high: float
    curves: tuple[Curve, ...]
    plane: Plane
