"""Weights cut to limits, what was cut shared among the rest, and a log of who was cut (row positions only).

Imports numpy, persons, calibrated and the error catalogue; no answers.
Source: R survey 4.1 `trimWeights(upper=, lower=, strict=)` and `calibrate(trim=)`; Potter (1990) Proc. ASA SRMS 225.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forms.errors import refuse

from ..design import Design
from ..persons import persons
from ..units import FloatArray
from .calibrated import Calibrated, step_of, with_columns

if TYPE_CHECKING:
    import pandas as pd

MOST = 10_000
LOST = "tổng đã hiệu chỉnh không còn khớp | calibrated totals no longer hold"
LEFT = "{n} quyền số còn ngoài giới hạn (strict=False) | {n} weights still outside the limits (strict=False)"
FIXED = "quyền số lặp nhân cùng hệ số cắt | replicate weights multiplied by the same factors"


def trim(
    data: pd.DataFrame, design: Design, *, lower: float = -np.inf, upper: float = np.inf, strict: bool = False,
    name: str = "w_trim",
) -> Calibrated:  # fmt: skip
    """Weights below `lower` or above `upper` set to the limit, the total kept: the rest share equally, wave by wave.

    strict: again, until nobody is outside (the shares push others over); else once, as R does by default.
    Replicate weights keep their ratio to the full weights.  BdgError STAT-011 limits that leave nobody to share,
    STAT-078 the name is taken.  R: `trimWeights`.
    """
    people = persons(data, replace(design, controls=()), ())
    base = design.weight or f"{name}_base"
    repnames = [f"{name}_{i + 1}" for i in range(len(design.replicates.columns))] if design.replicates else []
    taken = [c for c in (name, *repnames, *([] if design.weight else [base])) if c in data.columns]
    if taken:
        raise refuse("STAT-078", got=taken[0], column=taken[0])
    after, steps = people.weight.copy(), []
    for wave in sorted(people.units):
        rows = np.flatnonzero(people.wave == wave)
        before = people.weight[rows]
        after[rows], cut = weights(before, lower, upper, strict=strict, place=str(wave) if wave else "")
        outside = int(((after[rows] < lower) | (after[rows] > upper)).sum())
        notes = [LOST] * bool(design.controls) + [LEFT.format(n=outside)] * bool(outside) + [FIXED] * bool(repnames)
        steps.append(step_of(wave, "trim", before, after[rows], trimmed=rows[cut].tolist(), notes=notes))
    new = {name: after} | ({} if design.weight else {base: people.weight})
    made = replace(design, weight=name)
    if people.repweights is not None and design.replicates is not None:
        reps = people.repweights * (after / people.weight)[:, None]
        new |= {column: reps[:, i] for i, column in enumerate(repnames)}
        made = replace(made, replicates=replace(design.replicates, columns=tuple(repnames)))
    return Calibrated(with_columns(data, new), made, tuple(steps))


def weights(
    weight: FloatArray, lower: float, upper: float, *, strict: bool, place: str = ""
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Trimmed weights (n,) of the same sum, and who was ever cut.  BdgError STAT-011 when nobody is left to share."""
    now, ever = weight.copy(), np.zeros(len(weight), dtype=bool)
    for _ in range(MOST):
        outside = (now < lower) | (now > upper)
        if not outside.any():
            break
        cut = np.clip(now, lower, upper)
        if outside.all():
            raise refuse("STAT-011", place, argument="lower, upper", got_name=f"{lower:g}, {upper:g}", choices=_choices(weight))
        cut[~outside] += (now - cut).sum() / (~outside).sum()
        now, ever = cut, ever | outside
        if not strict:
            break
    if not (now > 0).all():
        raise refuse("STAT-011", place, argument="lower, upper", got_name=f"{lower:g}, {upper:g}", choices=_choices(weight))
    return now, ever


def _choices(weight: FloatArray) -> str:
    return f"0 < lower < {weight.mean():.6g} < upper"


def ratios(
    ratio: FloatArray, weight: FloatArray, limits: tuple[float, float] | None, place: str = ""
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Ratios new/old cut to limits, once; those inside get one more constant that keeps the weighted sum.

    BdgError STAT-011 when everybody is outside.  R: `calibrate(trim=)`.
    """
    outside = np.zeros(len(ratio), dtype=bool)
    if limits is None:
        return ratio, outside
    outside = (ratio < limits[0]) | (ratio > limits[1])
    if outside.all() or not limits[0] < limits[1]:
        raise refuse("STAT-011", place, argument="trim", got_name=limits, choices=f"lower < {ratio.mean():.6g} < upper")
    cut = np.clip(ratio, *limits)
    cut[~outside] += (weight @ (ratio - cut)) / weight[~outside].sum()
    return cut, outside
