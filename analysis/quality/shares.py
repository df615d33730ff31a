"""A share with its interval.  scipy only; knows no survey."""

from __future__ import annotations

from dataclasses import dataclass

from scipy import special


@dataclass(frozen=True)
class Heaped:
    """How many of `n` fell on the round values, where `expected` of them would by chance; an 80 % interval of the share."""

    hits: int
    n: int
    expected: float
    lower: float
    upper: float


def heaped(hits: int, n: int, expected: float, level: float = 0.8) -> Heaped:
    """A share with the Jeffreys interval (Brown, Cai and DasGupta 2001, Statistical Science 16:101)."""
    tail = (1 - level) / 2
    low = float(special.betaincinv(hits + 0.5, n - hits + 0.5, tail)) if hits else 0.0
    high = float(special.betaincinv(hits + 0.5, n - hits + 0.5, 1 - tail)) if hits < n else 1.0
    return Heaped(hits, n, expected, low, high)
