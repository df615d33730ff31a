"""Means, totals and ratios of people, written plainly on Persons.joint: what the calibration and replicate tests estimate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.design import Design, Lonely
from analysis.joint import Joint
from analysis.persons import Persons

Mask = NDArray[np.bool_]
CERTAINTY = Lonely("certainty", "certainty")
SCHOOLS = Design(None, "dnum", "pw", None, CERTAINTY, "design", fpc=("fpc",))
STACKED = Design("stratum", "psu", "w", None, CERTAINTY, "design")
WAVES = Design("stratum", "psu", "w", "wave", CERTAINTY, "design")


def _answers(people: Persons, names: Sequence[str], mask: Mask | None) -> tuple[NDArray[np.float64], Mask]:
    """(n, k) with 0 where a row is out, and who is in: R's listwise na.rm."""
    values = np.column_stack([people.number(name) for name in names])
    kept = ~np.isnan(values).any(axis=1)
    if mask is not None:
        kept &= mask
    return np.where(kept[:, None], values, 0.0), kept


def mean(people: Persons, names: Sequence[str], mask: Mask | None = None) -> Joint:
    """R: svymean(~a+b, na.rm=TRUE) of a subset."""
    y, kept = _answers(people, names, mask)

    def value(w: NDArray[np.float64]) -> NDArray[np.float64]:
        return (w * kept) @ y / (w @ kept)

    def influence() -> NDArray[np.float64]:
        w = people.weight * kept
        return w[:, None] * (y - value(people.weight)) / w.sum()

    return people.joint(names, value, influence, mask=kept)


def total(people: Persons, names: Sequence[str], mask: Mask | None = None) -> Joint:
    """R: svytotal(~a+b, na.rm=TRUE)."""
    y, kept = _answers(people, names, mask)
    return people.joint(names, lambda w: (w * kept) @ y, lambda: (people.weight * kept)[:, None] * y, mask=kept)


def ratio(people: Persons, num: str, den: str) -> Joint:
    """R: svyratio(~num, ~den, na.rm=TRUE)."""
    y, kept = _answers(people, (num, den), None)

    def value(w: NDArray[np.float64]) -> NDArray[np.float64]:
        sums = w @ y
        return sums[:1] / sums[1:]

    def influence() -> NDArray[np.float64]:
        w = people.weight
        return (w * (y[:, 0] - value(w) * y[:, 1]) / (w @ y[:, 1]))[:, None]

    return people.joint([f"{num}/{den}"], value, influence, mask=kept)


def by(people: Persons, name: str, group: str, levels: Sequence[str]) -> Joint:
    """R: svyby(~y, ~g, svymean, covmat=TRUE) of the rows with an answer."""
    y, kept = _answers(people, (name,), None)
    inside = np.column_stack([(people.text(group) == level) & kept for level in levels]).astype(float)

    def value(w: NDArray[np.float64]) -> NDArray[np.float64]:
        return (w * y[:, 0]) @ inside / (w @ inside)

    def influence() -> NDArray[np.float64]:
        w = people.weight
        return w[:, None] * inside * (y - value(w)) / (w @ inside)

    return people.joint(levels, value, influence, mask=kept)
