"""The true mean scores and numbers of residents of the synthetic province, from the model that makes its people's answers.

Expected score of a person given theta, averaged over the model's people and over the hamlets with their number of
eligible persons.  Independent of any sample.  Standard library only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..media import Hamlet
from .latent import likert, right_share
from .people import hamlet_effect

_POINTS = 41
_AGES = {15: (15, 15), 16: (16, 30), 31: (31, 59), 60: (60, 88)}
Band = tuple[str, int, int | None]


def _normal(sd: float) -> list[tuple[float, float]]:
    """A plain quadrature of N(0, sd): 41 equally spaced points over +-5 sd (error far below 1e-6 for smooth scores)."""
    step = 10 / (_POINTS - 1)
    found = [(-5 + i * step, math.exp(-((-5 + i * step) ** 2) / 2)) for i in range(_POINTS)]
    total = sum(w for _, w in found)
    return [(x * sd, w / total) for x, w in found]


def score_at(model: Mapping[str, Any], theta: float, items: Mapping[str, int]) -> float:
    """E[(K + A) / 2 | theta] on 0-100: no-answers strike every item alike, so they leave the mean where it is."""
    k = sum(right_share(model, "K", theta, i, items["K"]) for i in range(items["K"])) / items["K"]
    a = sum(sum(likert(model, theta, i, items["A"])) / 4 for i in range(items["A"])) / items["A"]
    return 50 * (k + a)


def scale_means(model: Mapping[str, Any], level: float, items: Mapping[str, int]) -> dict[str, float]:
    """Expected K, A and V of people whose awareness is N(level, sd of a person), and their score (K + A) / 2.  0-100 each."""
    spread = [(level + x, w) for x, w in _normal(float(model["sd"]["person"]))]
    found = {}
    for scale, number in items.items():
        if scale == "A":
            each = [sum(sum(likert(model, theta, i, number)) / 4 for i in range(number)) for theta, _ in spread]
        else:
            each = [sum(right_share(model, scale, theta, i, number) for i in range(number)) for theta, _ in spread]
        found[scale] = 100 * sum(w * e for (_, w), e in zip(spread, each, strict=True)) / number
    if {"K", "A"} <= set(found):
        found["score"] = (found["K"] + found["A"]) / 2
    return found


def _effects(model: Mapping[str, Any], hamlet: Hamlet) -> Iterator[tuple[float, float]]:
    """(sum of a person's effects, share of such persons) in a hamlet."""
    shares, effects = model["shares"], model["effects"]
    minority = shares["minority"]["in_area" if hamlet.dtts == "1" else "outside"]
    for sex, ps in (("female", shares["female"]), ("male", 1 - shares["female"])):
        for age, pa in shares["age"].items():
            for school, pe in shares["education"].items():
                for ethnic, pm in (("minority", minority), ("kinh", 1 - minority)):
                    total = effects["sex"][sex] + effects["age"][age] + effects["education"][school] + effects["ethnic"][ethnic]
                    yield total + effects["area"][hamlet.area], ps * pa * pe * pm


def margins(
    model: Mapping[str, Any], households: Mapping[str, float], bands: Sequence[Band]
) -> dict[tuple[str, str, str], float]:
    """Expected residents aged 15 or over by (sex, age band, stratum): households x eligible a household x shares.

    households: of each stratum.  bands: (code, first age, last age or None); ages are even inside the model's own bands.
    """
    shares = model["shares"]
    eligible = sum(int(k) * float(p) for k, p in shares["eligible"].items()) / sum(map(float, shares["eligible"].values()))
    each = {code: sum(_inside(int(k), low, high) * float(p) for k, p in shares["age"].items()) for code, low, high in bands}
    whole = sum(map(float, shares["age"].values()))
    female = float(shares["female"])
    return {
        (sex, code, stratum): number * eligible * share * part / whole
        for stratum, number in households.items()
        for sex, share in (("female", female), ("male", 1 - female))
        for code, part in each.items()
    }


def _inside(first: int, low: int, high: int | None) -> float:
    """Share of the model's age band that begins at `first` which lies in [low, high]."""
    youngest, oldest = _AGES[first]
    top = oldest if high is None else min(oldest, high)
    return max(top - max(youngest, low) + 1, 0) / (oldest - youngest + 1)


class Truth:
    """Expected score by kind of hamlet, tabulated once."""

    def __init__(self, model: Mapping[str, Any], items: Mapping[str, int]) -> None:
        """items: number of items of K and of A."""
        self._model, self._items = model, items
        self._grid = [score_at(model, -8 + i / 50, items) for i in range(801)]
        self._persons: dict[tuple[str, str], list[tuple[float, float]]] = {}

    def _at(self, theta: float) -> float:
        place = min(max((theta + 8) * 50, 0.0), 799.999)
        low = int(place)
        return self._grid[low] + (place - low) * (self._grid[low + 1] - self._grid[low])

    def hamlet(self, hamlet: Hamlet, wave: int, seed: int) -> float:
        """The expected score of an eligible person of a hamlet."""
        kind = (hamlet.area, "1" if hamlet.dtts == "1" else "0")
        if kind not in self._persons:
            spread = _normal(float(self._model["sd"]["person"]))
            mixed: dict[float, float] = {}
            for effect, share in _effects(self._model, hamlet):
                for x, w in spread:
                    theta = round(effect + x, 2)
                    mixed[theta] = mixed.get(theta, 0.0) + share * w
            self._persons[kind] = sorted(mixed.items())
        base = float(self._model["level"][str(wave)]) + hamlet_effect(self._model, seed, hamlet.psu)
        return sum(w * self._at(base + theta) for theta, w in self._persons[kind])

    def mean(self, hamlets: Sequence[Hamlet], wave: int, seed: int) -> float:
        """The true mean score of the wave over all eligible persons: households weigh, their expected size is equal."""
        people = sum(h.households for h in hamlets)
        return sum(h.households * self.hamlet(h, wave, seed) for h in hamlets) / people
