"""What is asked of a plan, solved: the smallest rise that it proves, the sample that a rise needs, the best split of a budget.

Imports survey, closed and scipy.special.  Root finding on the closed forms; no answer, no draw.
Source of the optimum persons a cluster: Hansen, Hurwitz and Madow (1953) I ch. 6, Cochran (1977) 10.6.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from scipy.special import ndtri

from .closed import Claim, critical, power, standard_error, tail, why_never
from .prices import Prices
from .survey import LEAST_PSUS, Scenario

NO_ROOM = (
    "không thể: mức phải chứng minh vượt mức cao nhất có thể có | not possible: the margin lies above the highest level there is"
)
ABOVE = "không thể: mức tăng thật vượt mức cao nhất có thể có | not possible: the true rise exceeds the highest level there is"
TOO_SMALL = (
    "không thể: mẫu không chứng minh được mức nào dưới mức cao nhất có thể có | not possible: no level that exists is proven"
)
NOT_ABOVE = "không thể: mức tăng thật không vượt mức phải chứng minh | not possible: the true rise does not exceed the margin"
FEW_HAMLETS = (
    "không thể: phỏng vấn thêm ở từng ấy địa bàn không đủ, phải thêm địa bàn | not possible: needs more hamlets, not households"
)
TOO_MANY = "không thể với cỡ mẫu dưới một triệu địa bàn | not possible with fewer than a million hamlets"
MOST = 1e6


@dataclass(frozen=True)
class Found:
    """A number, or why there is none."""

    value: float | None
    reason: str = ""


def smallest(s: Scenario, claim: Claim) -> Found:
    """The smallest true later level whose claim is proven with the scenario's power."""
    edge, top = claim.edge(s.baseline), s.ceiling
    if edge >= top:
        return Found(None, NO_ROOM)
    if reason := why_never(s, claim):
        return Found(None, reason)
    if power(s, top, claim) < s.power:
        return Found(None, TOO_SMALL)
    if s.kind == "mean":  # nothing but the distance from the edge depends on the later level
        return Found(
            edge + standard_error(s, edge, claim) * shift(s.power, critical(s), s.degrees[2] if s.quantiles == "t" else math.inf)
        )
    return Found(root(lambda now: power(s, now, claim) - s.power, edge, top))


def smallest_rise(s: Scenario, claim: Claim) -> Found:
    """The same as a rise: percent of the baseline, or points for a claim in points."""
    found = smallest(s, claim)
    if found.value is None:
        return found
    gain = found.value - s.baseline
    return Found(gain if claim.shift else 100 * gain / s.baseline)


def psus_needed(s: Scenario, now: float, claim: Claim) -> Found:
    """Hamlets a wave (not rounded) that prove a claim with the scenario's power, households a hamlet as they are."""
    least = LEAST_PSUS / s.lives
    return _needed(lambda m: replace(s, psus=m, later=None), least, now, claim, TOO_MANY, s)


def households_needed(s: Scenario, now: float, claim: Claim) -> Found:
    """Households issued a hamlet (not rounded) that do, hamlets as they are; often there is no such number."""
    return _needed(lambda n: replace(s, households=n, later=None), 1.0, now, claim, FEW_HAMLETS, s)


def _needed(made: Callable[[float], Scenario], least: float, now: float, claim: Claim, none: str, s: Scenario) -> Found:
    if now > s.ceiling:
        return Found(None, ABOVE)
    if now <= claim.edge(s.baseline):
        return Found(None, NOT_ABOVE)
    if power(made(MOST), now, claim) < s.power:
        return Found(None, none)
    if power(made(least), now, claim) >= s.power:
        return Found(least)
    return Found(math.exp(root(lambda x: power(made(math.exp(x)), now, claim) - s.power, math.log(least), math.log(MOST))))


@cache
def shift(wanted: float, least: float, df: float) -> float:
    """Standard errors beyond the edge at which a claim is proven with the power wanted; normal: sum of two quantiles."""
    if math.isinf(df):
        return least + float(ndtri(wanted))
    return root(lambda x: tail(x, least, df) - wanted, 0.0, least + 20.0)


def chance(s: Scenario, now: float, claim: Claim) -> Found:
    """Power in percent at a true later level, or why there is none."""
    if now > s.ceiling:
        return Found(None, ABOVE)
    reason = why_never(s, claim)
    return Found(None, reason) if reason else Found(100 * power(s, now, claim))


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """A zero between two points of opposite sign, to about 1e-12 of its size: bisection or inverse quadratic interpolation.

    Chandrupatla (1997) Adv. Eng. Softw. 28:145.  scipy's `brentq` finds the same; loading it takes a quarter of a second.
    """
    a, b, fa, fb = high, low, function(high), function(low)
    if fa * fb > 0:
        raise ValueError(f"no change of sign between {low} and {high}")
    c, fc, t = a, fa, 0.5
    for _ in range(200):
        x = a + t * (b - a)
        fx = function(x)
        if (fx > 0) == (fa > 0):
            c, fc = a, fa
        else:
            c, b, fc, fb = b, a, fb, fa
        a, fa = x, fx
        best = a if abs(fa) < abs(fb) else b
        tolerance = 1e-12 * abs(best) + 1e-14
        if abs(b - a) <= 2 * tolerance or not min(abs(fa), abs(fb)):
            return best
        t = _next(a, b, c, fa, fb, fc)
        t = min(max(t, tolerance / abs(b - a)), 1 - tolerance / abs(b - a))
    return best


def _next(a: float, b: float, c: float, fa: float, fb: float, fc: float) -> float:
    """How far to go from a to b: by interpolation where the three points allow it, else half way."""
    xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
    if phi**2 < xi and (1 - phi) ** 2 < 1 - xi:
        return fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    return 0.5


def best_households(s: Scenario, prices: Prices, claim: Claim) -> float:
    """Households a hamlet that make the standard error of a claim smallest for any budget; inf without clustering.

    sqrt(c1/c2 A/B), the squared error being (A/n + B)/m; for one wave, no overlap, full response: sqrt(c1/c2 (1 - icc)/icc).
    """
    one, two = replace(s, psus=1.0, later=None, households=1.0), replace(s, psus=1.0, later=None, households=2.0)
    v1, v2 = (standard_error(x, s.baseline, claim) ** 2 for x in (one, two))
    parts = 2 * (v1 - v2)
    floor = v1 - parts
    return math.sqrt(prices.cluster / prices.interview * parts / floor) if floor > 1e-12 * v1 else math.inf
