"""Weights calibrated to known totals, wave by wave, and a design whose variance knows it.

Imports numpy, the distances, margins and persons; pandas through calibrated only.  Persons' auxiliary values and
weights come in; no answers.
Sources: Deville and Saerndal (1992) JASA 87:376; Saerndal, Swensson and Wretman (1992) ch. 6-7;
R survey 4.1 `postStratify`, `rake`, `calibrate`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from forms.errors import BdgError, refuse

from ..design import Controls, Design
from ..persons import Persons, persons
from ..units import FloatArray, IntArray
from . import auxiliary, distances, trimming
from . import margins as controls
from .calibrated import Calibrated, Control, Step, step_of, with_columns
from .distances import Distance, Problem, Solution

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["poststratify", "rake", "linear", "raking", "logit"]
Bounds = tuple[float | None, float | None]
MODELS: Mapping[str, Literal["poststratify", "rake", "greg"]] = {
    "poststratify": "poststratify", "rake": "rake", "linear": "greg", "raking": "greg", "logit": "greg",
}  # fmt: skip
ZERO = "số đối chứng bằng 0, không có người, bỏ qua: {name} | control of 0 and nobody there, left out: {name}"
CUT = "đã cắt quyền số sau hiệu chỉnh, tổng không còn khớp | trimmed after calibration: totals no longer hold"
BELOW = "{n} quyền số âm | {n} negative weights"


def calibrate(
    data: pd.DataFrame, design: Design, margins: controls.Margins, *, kind: Kind = "poststratify", bounds: Bounds | None = None,
    by_wave: bool = True, name: str = "w_cal", base: str | None = None, tolerance: float = 1e-12,
    trim: tuple[float, float] | None = None, cluster: bool = False, negative: bool = False,
) -> Calibrated:  # fmt: skip
    """New weights that give the known totals, as close to the old ones as `kind` measures it.

    margins: {column or (columns crossed): {code or (codes): count}}; linear, raking and logit also take
    {"(Intercept)": people, numeric column: total}.  The same for every wave, or {wave: margins}; a wave left out keeps
    its weights.  by_wave=False: the totals are those of all waves together.
    kind: poststratify, one table; rake, several margins; linear (GREG), raking (exponential), logit (needs bounds).
    rake and raking give the same weights; their variances differ: rake follows R's `rake`, raking `calibrate`.
    bounds: (lowest, highest) ratio of new to old weight, None = none; they hold, or the call is refused.
    tolerance: relative misfit at which Newton stops.  trim: ratios cut to (lowest, highest) afterwards, the rest shared
    out, so that the totals hold no more (R: `trim=`).  cluster: one ratio a PSU (R: `aggregate.stage=1`).
    negative: keep the negative weights that linear without bounds may give (R does), with a line in the log.
    base: column of the weights to start from, else the design's.  Replicate weights are calibrated each.

    Raises BdgError STAT-011 an argument; STAT-070 a value is missing; STAT-071 to STAT-074 the controls; STAT-075 a
    control cannot be met; STAT-076 weights not positive; STAT-077 a replicate; STAT-078 the name is taken.
    R: `postStratify`, `rake`, `calibrate(calfun=, bounds=, trim=, aggregate.stage=)`.
    """
    distance = _distance(kind, bounds)
    start = replace(design, weight=base or design.weight)
    waves = _waves(margins)
    named = tuple(dict.fromkeys(c for m in waves for c in controls.columns_of(m)))
    inside = _cluster(design, by_wave) if cluster else ()
    people = persons(data, replace(start, controls=()), (*named, *inside))
    base_name = start.weight or f"{name}_base"
    repnames = [f"{name}_{i + 1}" for i in range(len(design.replicates.columns))] if design.replicates else []
    taken = [c for c in (name, *repnames, *([] if start.weight else [base_name])) if c in data.columns]
    if taken:
        raise refuse("STAT-078", got=taken[0], column=taken[0])
    jobs = _jobs(people, margins, by_wave)
    after, steps, used = people.weight.copy(), list[Step](), list[Controls]()
    reps = None if people.repweights is None else people.repweights.copy()
    for wave, rows, wanted in jobs:
        job = _Job(people, wave, rows, wanted, kind, distance, inside, tolerance)
        after[rows], step = job.full(trim, negative)
        steps.append(step)
        if reps is not None:
            reps[rows] = job.replicated(reps[rows], trim)
        used.append(job.record(base_name, by_wave))
    new = {name: after} | ({} if start.weight else {base_name: people.weight})
    made = replace(start, weight=name, controls=(*design.controls, *_joined(used, people)))
    if reps is not None and design.replicates is not None:
        new |= {column: reps[:, i] for i, column in enumerate(repnames)}
        made = replace(made, replicates=replace(design.replicates, columns=tuple(repnames)))
    return Calibrated(with_columns(data, new), made, tuple(steps))


def _distance(kind: str, bounds: Bounds | None) -> Distance:
    if kind not in get_args(Kind):
        raise refuse("STAT-011", argument="kind", got_name=kind, choices=", ".join(get_args(Kind)))
    low, high = bounds or (None, None)
    lower, upper = -np.inf if low is None else float(low), np.inf if high is None else float(high)
    fits = lower < upper and upper > 0 and (kind != "logit" or (lower < 1 < upper < np.inf and lower > -np.inf))
    if not fits or (kind == "poststratify" and bounds is not None):
        choices = "rake, linear, raking: lowest < highest, highest > 0; logit: lowest < 1 < highest; poststratify: None"
        raise refuse("STAT-011", argument="bounds", got_name=bounds, choices=choices)
    if kind in ("poststratify", "rake", "raking"):
        return Distance("raking", lower, upper)
    return Distance("logit" if kind == "logit" else "linear", lower, upper)


def _waves(margins: controls.Margins) -> list[controls.Margins]:
    """The margins of each wave, or the one set."""
    return [m for key, m in margins.items() if isinstance(key, int | np.integer)] or [margins]


def _cluster(design: Design, by_wave: bool) -> tuple[str, ...]:
    if design.psu is None:
        raise refuse("STAT-011", argument="cluster", got_name=True, choices="False (psu=None)")
    whole = [None if by_wave else design.wave, design.strata if design.nest else None, design.psu]
    return tuple(c for c in whole if c)


def _jobs(people: Persons, margins: controls.Margins, by_wave: bool) -> list[tuple[int, IntArray, controls.Margins]]:
    """(wave, rows, margins) of everything calibrated together."""
    if not by_wave:
        return [(0, np.arange(len(people.wave)), margins)]
    each = controls.by_wave(margins, sorted(people.units))
    return [(t, np.flatnonzero(people.wave == t), m) for t, m in sorted(each.items())]


@dataclass(frozen=True, eq=False)
class _Job:
    """One group of people calibrated together."""

    people: Persons
    wave: int
    rows: IntArray
    margins: controls.Margins
    kind: Kind
    distance: Distance
    inside: tuple[str, ...]
    tolerance: float

    @property
    def place(self) -> str:
        """The wave, for messages."""
        return str(self.wave) if self.wave else ""

    @cached_property
    def wanted(self) -> controls.Wanted:
        """The controls and the matrix of these people."""
        named = self._columns(controls.columns_of(self.margins))
        return controls.read(self.margins, named, self.kind, self.place, len(self.rows))

    @cached_property
    def matrix(self) -> sparse.csr_array:
        """The auxiliary matrix; with clusters, the means of their members."""
        if not self.inside:
            return self.wanted.matrix
        cluster = auxiliary.margin(self.inside, self._columns(self.inside)).codes
        return auxiliary.averaged(self.wanted.matrix, cluster, self.people.weight[self.rows])

    def _columns(self, names: Sequence[str]) -> dict[str, NDArray[Any]]:
        return {name: self.people.columns[name][self.rows] for name in names}

    def solution(self, weight: FloatArray) -> Solution:
        """The ratios of these weights (n,); BdgError STAT-074 controls that contradict each other, STAT-075 not met."""
        totals, names = self.wanted.totals, self.wanted.names
        if self.wanted.disjoint and not self.inside and self.distance == Distance("raking"):
            size = self.matrix.T @ weight
            gone = np.flatnonzero(size <= 0)
            if len(gone):
                raise refuse("STAT-072", self.place, control=names[gone[0]])
            return Solution(self.matrix @ (totals / size), np.zeros(len(names)), 1, 0)
        found = distances.basis(self.matrix, weight)
        conflict = found.conflict(totals)
        if (conflict > controls.AGREE).any():
            row = np.abs(found.none[:, int(conflict.argmax())])
            raise refuse("STAT-074", self.place, control=", ".join(np.array(names)[row > 1e-6 * row.max()].tolist()))
        out = distances.solve(Problem(self.matrix, weight, totals, self.distance), found, self.tolerance)
        if not out.met:
            at = out.worst
            reached = float((self.matrix.T @ (weight * out.ratio))[at])
            gap = f"{reached - totals[at]:.6g} ({100 * (reached - totals[at]) / (abs(totals[at]) or 1.0):.3g}%)"
            raise refuse("STAT-075", self.place, expected=f"{totals[at]:.10g}", got=f"{reached:.10g}", control=names[at], gap=gap)
        return out

    def full(self, trim: tuple[float, float] | None, negative: bool) -> tuple[FloatArray, Step]:
        """The new weights and what to write in the log."""
        weight = self.people.weight[self.rows]
        out = self.solution(weight)
        ratio, cut = trimming.ratios(out.ratio, weight, trim, self.place)
        after = weight * ratio
        bad = int((after <= 0).sum())
        if bad and not (negative and (after != 0).all()):
            raise refuse("STAT-076", self.place, expected="> 0", got=bad, rows=bad, least=f"{after.min():.6g}")
        each = zip(self.wanted.names, self.wanted.totals, self.matrix.T @ weight, self.matrix.T @ after, strict=True)
        made = step_of(
            self.wave, self.kind, weight, after, [Control(n, float(t), float(b), float(a)) for n, t, b, a in each],
            redundant=out.redundant, iterations=out.iterations, bounds=(self.distance.lower, self.distance.upper),
            trimmed=self.rows[cut].tolist(), notes=[ZERO.format(name=c) for c in self.wanted.notes] + [CUT] * bool(cut.any())
            + [BELOW.format(n=bad)] * bool(bad),
        )  # fmt: skip
        return after, made

    def replicated(self, reps: FloatArray, trim: tuple[float, float] | None) -> FloatArray:
        """Every replicate's weights (n, r) calibrated to the same totals; BdgError STAT-077."""
        out = np.empty_like(reps)
        for r in range(reps.shape[1]):
            try:
                ratio = self.solution(reps[:, r]).ratio
            except BdgError as error:
                raise refuse("STAT-077", self.place, got=str(error.problems[0].facts), replicate=r + 1) from error
            out[:, r] = reps[:, r] * trimming.ratios(ratio, reps[:, r], trim, self.place)[0]
        return out

    def record(self, base: str, by_wave: bool) -> Controls:
        """What the variance must know."""
        wanted = self.wanted
        columns = tuple(dict.fromkeys([name for term in wanted.terms for name in term] + list(wanted.numbers)))
        waves = (self.wave,) if by_wave and self.people.design.wave else ()
        kind = "greg" if self.inside else MODELS[self.kind]
        return Controls(kind, columns, base, wanted.constant, wanted.terms, self.inside, waves, by_wave)


def _joined(used: Sequence[Controls], people: Persons) -> list[Controls]:
    """One record for waves with the same controls."""
    out: dict[Controls, list[int]] = {}
    for control in used:
        out.setdefault(replace(control, waves=()), []).extend(control.waves)
    return [c if set(waves) in (set(), set(people.units)) else replace(c, waves=tuple(waves)) for c, waves in out.items()]
