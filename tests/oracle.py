"""The slow, plain implementation: persons, dictionaries and loops, with other algebra than analysis/.

Variances by squared differences of pairs of PSUs, covariances by polarisation or by hand; no arrays, no imports
from the project.  A person is a dict with wave, stratum, psu, w and the variables; None is no answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Person = Mapping[str, Any]
Place = tuple[int, str, str]
Inside = Callable[[Person], bool]


def everybody(person: Person) -> bool:
    return True


def estimate(
    people: Sequence[Person], wave: int, y: str, x: str | None = None, *, total: bool = False, inside: Inside = everybody
) -> float:
    """Weighted mean, ratio or total of one wave among those inside who answered."""
    those = _answered(people, wave, y, x, inside)
    top = math.fsum(p["w"] * p[y] for p in those)
    return top if total else top / math.fsum(p["w"] * (p[x] if x else 1.0) for p in those)


def scores(
    people: Sequence[Person],
    sampled: Iterable[Place],
    wave: int,
    y: str,
    x: str | None = None,
    *,
    total: bool = False,
    inside: Inside = everybody,
) -> dict[tuple[str, str], float]:
    """(stratum, psu) -> sum of the persons' weighted residuals over the weighted denominator."""
    those = _answered(people, wave, y, x, inside)
    whole = 1.0 if total else math.fsum(p["w"] * (p[x] if x else 1.0) for p in those)
    middle = 0.0 if total else estimate(people, wave, y, x, inside=inside)
    z = {(h, i): 0.0 for t, h, i in sampled if t == wave}
    for p in those:
        z[p["stratum"], p["psu"]] += p["w"] * (p[y] - middle * (p[x] if x else 1.0)) / whole
    return z


def variance(z: Mapping[tuple[str, str], float]) -> float:
    """Sum over strata of sum over pairs (z_i - z_j)^2 / (n - 1); a stratum of one adds nothing (certainty)."""
    found = 0.0
    for h in {h for h, _ in z}:
        mine = [v for (k, _), v in z.items() if k == h]
        for i, a in enumerate(mine):
            for b in mine[:i]:
                found += (a - b) ** 2 / (len(mine) - 1)
    return found


def wave_centred(z1: Mapping[tuple[str, str], float], z2: Mapping[tuple[str, str], float]) -> float:
    """Covariance of two waves: common PSUs, each centred and scaled in its own wave's stratum."""
    found = 0.0
    for h, i in z1:
        for k, j in z2:
            if i == j:
                found += _centred(z1, h, i) * _centred(z2, k, j)
    return found


def stacked(z1: Mapping[tuple[str, str], float], z2: Mapping[tuple[str, str], float]) -> tuple[float, float, float]:
    """Both variances and the covariance of one design over the union of PSUs, by var(a+b) = var a + var b + 2 cov."""
    places = set(z1) | set(z2)
    a = {p: z1.get(p, 0.0) for p in places}
    b = {p: z2.get(p, 0.0) for p in places}
    both = {p: a[p] + b[p] for p in places}
    va, vb = variance(a), variance(b)
    return va, vb, (variance(both) - va - vb) / 2


def df(people: Sequence[Person], wave: int, y: str, inside: Inside = everybody) -> int:
    """PSUs minus strata that hold an answer."""
    those = _answered(people, wave, y, None, inside)
    return len({p["psu"] for p in those}) - len({p["stratum"] for p in those})


def _centred(z: Mapping[tuple[str, str], float], h: str, i: str) -> float:
    others = [v for (k, j), v in z.items() if k == h and j != i]
    # z_i - mean = sum over the others of (z_i - z_j) / n
    n = len(others) + 1
    return math.sqrt(n / (n - 1)) * math.fsum(z[h, i] - v for v in others) / n if others else 0.0


def _answered(people: Sequence[Person], wave: int, y: str, x: str | None, inside: Inside) -> list[Person]:
    needed = [y] if x is None else [y, x]
    return [p for p in people if p["wave"] == wave and inside(p) and all(p[name] is not None for name in needed)]
