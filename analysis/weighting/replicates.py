"""Replicate weights made from a design: jackknife, balanced half samples, bootstrap, over the PSUs of all waves at once.

Imports numpy, persons and perturbation (the factors and their sources); pandas through calibrated only.  Ids, strata and
weights; no answers.  R: `as.svrepdesign`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from forms.errors import refuse

from ..design import Design, LonelyRule, Replicates
from ..persons import persons
from ..units import CERTAIN, FloatArray, Units
from . import perturbation
from .calibrated import with_columns
from .perturbation import Made

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["JK1", "JKn", "BRR", "Fay", "bootstrap"]
DRAWS = 200
MOST = 200_000_000
NO_FPC = "fpc bỏ qua (thận trọng) | fpc ignored, conservative"


@dataclass(frozen=True, eq=False)
class Replicated:
    """data: a copy with columns rep_1 ... rep_R (combined weights); design: reads them; seed: of the bootstrap; notes."""

    data: pd.DataFrame
    design: Design
    seed: int | None = None
    notes: tuple[str, ...] = ()


def replicate(
    data: pd.DataFrame, design: Design, kind: Kind, *, replicates: int | None = None, seed: int | None = None,
    fay: float = 0.3, mse: bool = False, name: str = "rep",
) -> Replicated:  # fmt: skip
    """Replicate weights for the design, combined with its weights, in R's scale conventions.

    JK1: no strata; scale (1 - f)(n - 1)/n.  JKn: one PSU out of its stratum at a time; scale 1, rscales
    (1 - f_h)(n_h - 1)/n_h.  BRR: two PSUs a stratum (more, if even, are paired in order of id; odd is refused), half
    samples by a Hadamard matrix; scale 1/R.  Fay: BRR with factors 2 - fay and fay; scale 1/(R (1 - fay)^2).
    bootstrap: Rao-Wu, n_h - 1 PSUs drawn of each stratum (R: subbootstrap), `replicates` times (200); scale 1/(R - 1);
    waves with different PSUs: see the notes.  Certainty strata vary in no replicate.  The FPC counts in JK1, JKn and
    bootstrap of one-stage designs; elsewhere it is left out and the notes say so.
    mse: deviations from the full-sample estimate, not from the mean of the replicates; a jackknife of several waves always
    takes the former (only then is a linear estimate's variance exactly that of wave_centred).

    Raises BdgError STAT-011 an argument, STAT-078 the columns are there already, STAT-079 the design does not allow the
    kind (or is calibrated: replicate first, then calibrate), STAT-001 a lonely stratum under rule fail.
    """
    if kind not in get_args(Kind) or (replicates is not None and (kind != "bootstrap" or replicates < 2)):
        got = kind if kind not in get_args(Kind) else f"{kind}, replicates={replicates}"
        raise refuse(
            "STAT-011", argument="kind", got_name=got, choices=", ".join(get_args(Kind)) + "; replicates >= 2: bootstrap"
        )
    if not 0 <= fay < 1:
        raise refuse("STAT-011", argument="fay", got_name=fay, choices="0 <= fay < 1")
    if design.controls or design.replicates:
        expected = "replicate(...), rồi / then calibrate(...)" if design.controls else "replicates=None"
        raise refuse("STAT-079", expected=expected, got=design.label, method=kind)
    people = persons(data, design, ())
    wave_units, fpc = _first_stage(design, people.units, people.rule, kind)
    seed = seed if seed is not None or kind != "bootstrap" else int(np.random.SeedSequence().generate_state(1)[0])
    if kind in ("BRR", "Fay"):
        made = perturbation.halves(wave_units, kind, fay if kind == "Fay" else 0.0)
    elif kind == "bootstrap":
        made = perturbation.bootstrap(wave_units, people.rule, replicates or DRAWS, np.random.default_rng(seed))
    else:
        made = perturbation.jackknife(wave_units, people.rule, kind)
    count = len(made.rscales)
    if len(data) * count > MOST:
        raise refuse("STAT-079", expected=f"n x R <= {MOST:,}", got=f"{len(data)} x {count}", method=kind)
    weights = np.empty((len(data), count))
    for wave, units in people.units.items():
        rows = np.flatnonzero(people.wave == wave)
        at = people.unit[rows] if units.parent is None else units.parent[people.unit[rows]]
        weights[rows] = people.weight[rows, None] * made.factors[wave][at]
    mse = mse or (len(wave_units) > 1 and kind in ("JK1", "JKn"))
    return _finish(data, design, people.weight, weights, made, kind, name, mse=mse, seed=seed, notes=(*fpc, *made.notes))


def _finish(
    data: pd.DataFrame, design: Design, weight: FloatArray, weights: FloatArray, made: Made, kind: Kind, name: str, *,
    mse: bool, seed: int | None, notes: tuple[str, ...],
) -> Replicated:  # fmt: skip
    names = tuple(f"{name}_{r + 1}" for r in range(weights.shape[1]))
    base = {} if design.weight else {f"{name}_base": weight}
    taken = [c for c in (*names, *base) if c in data.columns]
    if taken:
        raise refuse("STAT-078", got=taken[0], column=taken[0])
    given = Replicates(names, kind, made.scale, tuple(made.rscales.tolist()), mse)
    frame = with_columns(data, {**base, **dict(zip(names, weights.T, strict=True))})
    return Replicated(frame, replace(design, weight=design.weight or f"{name}_base", replicates=given), seed, notes)


def _first_stage(
    design: Design, found: Mapping[int, Units], rule: LonelyRule, kind: Kind
) -> tuple[dict[int, Units], tuple[str, ...]]:
    """The PSUs of each wave with the fraction that counts, and what to say of the one that does not."""
    known = any((units.fraction > 0).any() for units in found.values())
    drop = known and (design.stages == 2 or design.pps is not None or kind in ("BRR", "Fay"))
    out = {}
    for wave, units in found.items():
        one = replace(units, parent=None, ssu=(), fraction2=None)
        sure = one.fraction >= 1.0 - CERTAIN
        one = replace(one, fraction=np.where(sure, 1.0, 0.0)) if drop else one
        out[wave] = one.collapsed() if rule == "collapse" else one
    return out, (NO_FPC,) if drop else ()
