"""The curves and the plane of a plan, computed for its first outcome.

Imports curves (the records), plans, solve and closed.  Numbers only; nothing is drawn here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from .closed import DETECT, Claim, power, relative
from .curves import Curve, Curves, Plane
from .plans import OTHERS, Asked
from .solve import best_households, smallest_rise

STEPS = 48
PSUS = (40, 240)
HOUSEHOLDS = (6, 32)


def curves(asked: Asked, low: float, high: float, label: str) -> Curves:
    """The curves and the plane of the first outcome."""
    plans = tuple(dict.fromkeys((asked.size, *OTHERS)))
    outcome = asked.survey.assumptions.outcomes[0]
    s = asked.scenario(outcome)
    proven = smallest_rise(s, relative(low)).value or 0.0
    top = min(max(2.5 * low, 1.2 * proven), 100 * (s.ceiling / outcome.baseline - 1))
    rises = [top * i / STEPS for i in range(STEPS + 1)]
    drawn = [_curve(asked, plan, relative(low), rises) for plan in plans]
    drawn.append(_curve(asked, asked.size, DETECT, rises))
    wanted = 100 * asked.survey.assumptions.power
    return Curves(label, asked.waves[1], wanted, low, high, tuple(drawn), plane(asked, relative(low), plans))


def _curve(asked: Asked, plan: tuple[int, int], claim: Claim, rises: Sequence[float]) -> Curve:
    s = (asked if plan == asked.size else asked.sized(*plan)).scenario(asked.survey.assumptions.outcomes[0])
    return Curve(plan, claim.name, tuple(rises), tuple(100 * power(s, s.baseline * (1 + r / 100), claim) for r in rises))


def plane(asked: Asked, claim: Claim, plans: Sequence[tuple[int, int]]) -> Plane:
    """The smallest rise proven by every size, equal in both waves; the marked plans are always inside."""
    s = replace(asked.scenario(asked.survey.assumptions.outcomes[0]), later=None)
    most = (max(PSUS[1], *(p for p, _ in plans)), max(HOUSEHOLDS[1], *(n for _, n in plans)))
    least = (max(min(PSUS[0], *(p for p, _ in plans)), 2 * s.strata), min(HOUSEHOLDS[0], *(n for _, n in plans)))
    psus = _steps(least[0], most[0], 22)
    households = _steps(least[1], most[1], 26)
    rise = tuple(tuple(smallest_rise(replace(s, psus=m, households=n), claim).value for m in psus) for n in households)
    prices = asked.prices
    costs = tuple(sorted({prices.cost(*plan) for plan in plans}))
    marked = {(m, n): smallest_rise(replace(s, psus=m, households=n), claim).value for m, n in plans}
    return Plane(psus, households, rise, tuple(plans), marked, costs, prices, best_households(s, prices, claim))


def _steps(low: float, high: float, number: int) -> tuple[int, ...]:
    """Whole numbers from low to high, about evenly spaced."""
    return tuple(dict.fromkeys(math.floor(low + (high - low) * i / number + 0.5) for i in range(number + 1)))
