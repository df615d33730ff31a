"""Effects of people on what they collect, drawn towards the team as far as chance and the place could explain them.

numpy and scipy only; knows no survey.  Groups (one person in one hamlet) are nested in people: a person who worked in a single
hamlet is drawn in more, since the hamlet may be the reason.  The spread between people has a flat prior (Gelman 2006, Bayesian
Analysis 1:515-534), so that intervals stay honest where it is estimated near zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Numbers = NDArray[np.float64]
_STEPS = 121
_HALVINGS = 32
LEAST_PEOPLE = 3
"""With fewer people nothing is known of how people differ: their own figures are given, not drawn in."""


@dataclass(frozen=True)
class Effect:
    """One person.  own: their figure as it stands; estimate, lower, upper: drawn in, on the scale that was given."""

    code: str
    own: float
    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Team:
    """All people together.  between, (between_lower, between_upper): standard deviation between people; place: between hamlets
    of one person, None where nobody worked in two, so that people and hamlets cannot be told apart.
    """

    effects: tuple[Effect, ...]
    between: float
    between_lower: float
    between_upper: float
    place: float | None


def shrink(codes: Sequence[str], values: Sequence[float], variances: Sequence[float], level: float = 0.8) -> Team:
    """Shrunken effects.  codes: the person of each group; values, variances: the group's figure and its sampling variance > 0.

    Effects are in order of code.  ValueError for no group at all.
    """
    if not codes:
        raise ValueError("no group")
    who, v = np.asarray(codes, dtype=object), np.asarray(variances, dtype=float)
    z = np.asarray(values, dtype=float)
    place = _place(who, z, v)
    people = sorted(set(codes))
    inside = v + (place or 0.0)
    weight = np.array([np.sum(1 / inside[who == p]) for p in people])
    own = np.array([np.sum((z / inside)[who == p]) for p in people]) / weight
    tail = (1 - level) / 2
    if len(people) < LEAST_PEOPLE:
        half = special.ndtri(1 - tail) / np.sqrt(weight)
        effects = [Effect(p, m, m, m - h, m + h) for p, m, h in zip(people, own.tolist(), half.tolist(), strict=True)]
        return Team(tuple(effects), 0.0, 0.0, float("inf"), None if place is None else float(np.sqrt(place)))
    taus, mass, mean, sd = _posterior(own, 1 / weight)
    low, high = (_quantile(q, mass, mean, sd) for q in (tail, 1 - tail))
    middle = mass @ mean
    found = zip(people, own.tolist(), middle.tolist(), low.tolist(), high.tolist(), strict=True)
    between, least, most = (float(np.interp(q, np.cumsum(mass), taus)) for q in (0.5, tail, 1 - tail))
    return Team(tuple(Effect(*f) for f in found), between, least, most, None if place is None else float(np.sqrt(place)))


def _place(who: NDArray[np.object_], z: Numbers, v: Numbers) -> float | None:
    """Variance between hamlets of one person, by moments (DerSimonian and Laird 1986); None where nobody has two."""
    q = df = c = 0.0
    for p in sorted(set(who.tolist())):
        mine = who == p
        if mine.sum() < 2:
            continue
        w = 1 / v[mine]
        q += float(w @ (z[mine] - (w @ z[mine]) / w.sum()) ** 2)
        df += int(mine.sum()) - 1
        c += float(w.sum() - (w**2).sum() / w.sum())
    return max(0.0, (q - df) / c) if df else None


def _posterior(m: Numbers, v: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Grid of standard deviations between people, the mass of each, and given each the mean and spread of every person."""
    taus = np.linspace(0.0, 3 * (m.std(ddof=1) + np.sqrt(np.median(v))), _STEPS)
    total = v[None, :] + taus[:, None] ** 2
    precision = (1 / total).sum(1)
    centre = (m / total).sum(1) / precision
    log = -0.5 * (np.log(total).sum(1) + ((m - centre[:, None]) ** 2 / total).sum(1) + np.log(precision))
    mass = np.exp(log - log.max())
    drawn = v / total
    mean = drawn * centre[:, None] + (1 - drawn) * m
    variance = (1 - drawn) * v + drawn**2 / precision[:, None]
    return taus, mass / mass.sum(), mean, np.sqrt(variance)


def _quantile(q: float, mass: Numbers, mean: Numbers, sd: Numbers) -> Numbers:
    """Quantile of each person's mixture of normals, by bisection."""
    low, high = (mean - 10 * sd).min(0), (mean + 10 * sd).max(0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        under = mass @ special.ndtr((middle - mean) / sd) < q
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return np.asarray((low + high) / 2)
