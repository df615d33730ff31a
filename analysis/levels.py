"""Levels of one wave, many at once: value, contributions to the variance, degrees of freedom, status.

Imports the waist (totals), units, variance and status.  Never sees a person or a frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forms.errors import refuse

from . import status
from .design import Design, LonelyRule
from .results import Status, Unit
from .totals import MISSING_KINDS, Category, Column, Domain, Totals, Variable, label
from .units import FloatArray, Groups, IntArray, Units
from .variance import Holds, Spread, ratio_scores, spread

Stat = Literal["mean", "proportion", "total", "ratio", "variance"]
Mask = NDArray[np.bool_]
Sums = Mapping[str, FloatArray]

UNITS: Mapping[str, Unit] = {
    "mean": "point", "proportion": "percent", "total": "count", "ratio": "ratio", "variance": "point", "quantile": "point",
}  # fmt: skip
NEEDED: Mapping[str, tuple[str, ...]] = {
    "mean": ("wy",), "proportion": ("wy", "wyy"), "total": ("wy",), "ratio": ("wy", "wx"), "variance": ("wy", "wyy"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Columns:
    """What a request's estimates are: the variable and the (label, domain) of each."""

    variables: tuple[Variable, ...]
    named: tuple[Column, ...]


def columns_of(pairs: Sequence[tuple[Variable, Domain]]) -> Columns:
    """Columns from variables and domains."""
    return Columns(tuple(v for v, _ in pairs), tuple(Column(label(v), d) for v, d in pairs))


@dataclass(frozen=True, eq=False)
class Levels:
    """k estimates of one wave.

    variables, columns: (k,) what each one is, by object and by label and domain.
    value, df: (k,) in `unit`; spread: contributions, V = vcov.
    sums: name -> (k,), the whole wave's sums of each column, y in `unit`.  psus, strata: those that hold an answer.
    held: (psus, k) which PSUs hold an answer; scores: (psus, k) not centred; both None with replicate weights.
    replicates: (r, k) values under each replicate weight, in `unit`.
    factor: what y was multiplied with to be in `unit`; whole: what a share of 1 is there.
    """

    wave: int
    variables: tuple[Variable, ...]
    columns: tuple[Column, ...]
    stat: Stat
    unit: Unit
    value: FloatArray
    spread: Spread
    df: FloatArray
    df_design: float
    sums: Sums
    psus: IntArray
    strata: IntArray
    units: Units | None
    held: Holds | None
    scores: FloatArray | None
    factor: FloatArray
    whole: float
    replicates: FloatArray | None = None

    @property
    def sampled(self) -> Units:
        """The sampled units; none with replicate weights."""
        return Units((), (), np.zeros(0)) if self.units is None else self.units

    @property
    def holds(self) -> Holds:
        """(psus, k) which PSUs hold an answer; none with replicate weights."""
        return np.zeros((0, len(self.value)), dtype=np.bool_) if self.held is None else self.held

    @property
    def bare(self) -> FloatArray:
        """(psus, k) scores not centred; none with replicate or calibrated weights."""
        return np.zeros((0, len(self.value))) if self.scores is None else self.scores

    @cached_property
    def variance(self) -> FloatArray:
        """(k,) the diagonal of the covariance."""
        e = self.spread.values
        return np.asarray(np.einsum("ij,ij->j", e * self.spread.sign[:, None], e), dtype=np.float64)

    @cached_property
    def se(self) -> FloatArray:
        """(k,) standard errors; NaN where a variance is negative."""
        return np.sqrt(np.where(self.variance < 0, np.nan, self.variance))

    @cached_property
    def extreme(self) -> Mask:
        """(k,) shares of exactly 0 or 1."""
        return extremes(self.value, self.whole, self.stat)

    @cached_property
    def flags(self) -> status.Flags:
        """(k,) the conditions that make an estimate doubtful or impossible."""
        replicated = self.units is None
        return status.flags(self.sums, self.psus, self.df, self.value, self.se, _size(self), self.extreme, replicated=replicated)

    def status(self, j: int) -> tuple[Status, str]:
        """Status and reason of one estimate."""
        return self.flags.status(j, float(self.df[j]))

    @cached_property
    def n(self) -> IntArray:
        """(k,) people who answered."""
        return np.rint(self.sums["n"]).astype(np.intp)

    def at(self, j: int) -> Level:
        """One estimate."""
        told = self.status(j)
        return Level(
            self.columns[j], self.wave, float(self.value[j]), float(self.se[j]), float(self.df[j]), int(self.n[j]), *told
        )  # fmt: skip

    def missing(self, j: int) -> dict[str, int]:
        """People of the domain without an answer, by kind."""
        return {kind: round(self.sums[kind][j]) if kind in self.sums else 0 for kind in MISSING_KINDS}

    @cached_property
    def n_kish(self) -> FloatArray:
        """(k,) (sum w)^2 / sum w^2; NaN when the request left out ww."""
        w, ww = self.sums["w"], self.sums.get("ww", np.full(len(self.value), np.nan))
        return np.where(ww > 0, w * w / np.where(ww > 0, ww, 1.0), 0.0)


@dataclass(frozen=True)
class Level:
    """One of them, in `unit`."""

    column: Column
    wave: int
    estimate: float
    se: float
    df: float
    n: int
    status: Status
    reason: str


def from_totals(
    totals: Totals, design: Design, columns: Columns, wave: int, rule: LonelyRule, stat: Stat, unit: Unit | None
) -> Levels:
    """Levels of one wave out of totals.  Every sampled unit takes part in the variance, with zero where nobody answered.

    columns: variables with their domains, as Columns says it; those of the totals as they stand cost nothing to look up.
    """
    named, variables = columns.named, columns.variables
    at = None if named is totals.columns and len(totals.rows(wave)) else [totals.at.get(c, -1) for c in named]
    units = totals.units(wave).collapsed() if rule == "collapse" else totals.units(wave)
    block = {name: totals.block(name, wave, at) for name in totals.sums}
    unit = unit or UNITS[stat]
    factor, whole = in_unit({name: block[name].sum(axis=0) for name in NEEDED[stat]}, stat, unit, variables)
    wy = block["wy"] * factor
    wx = block["wx"] if stat == "ratio" else block["w"]
    value, z = scored(stat, wy, wx, block)
    value = rounded(value, whole, stat)
    held = units.by_psu(block["n"]) > 0
    strata = (units.by_stratum(held.astype(float)) > 0).sum(axis=0)
    psus = held.sum(axis=0)
    whole_df = float(len(units.psu) - len(units.strata))
    df = (psus - strata).astype(float) if design.df_rule == "domain" else np.full(len(value), whole_df)
    made = spread(z, units, rule, design.pps, held if design.lonely.domain else None)
    sums = {name: b.sum(axis=0) for name, b in block.items()}
    sums["wy"] = wy.sum(axis=0)
    return Levels(
        wave, variables, named, stat, unit, np.where(sums["n"] > 0, value, np.nan), made, df, whole_df, sums, psus, strata,
        units, held,         units.by_psu(z), factor, whole,
    )  # fmt: skip


def scored(stat: Stat, wy: FloatArray, wx: FloatArray, block: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Values (k,) and linearised scores (units, k) of one statistic.  R: `svymean`, `svytotal`, `svyratio`, `svyvar`."""
    if stat == "total":
        return wy.sum(axis=0), wy.copy()
    if stat != "variance":
        return ratio_scores(wy, wx)
    n, w = block["n"].sum(axis=0), block["w"]
    mean, _ = ratio_scores(wy, w)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(n > 1, n / np.maximum(n - 1, 1), np.nan)
        squares = block["wyy"] - 2 * mean * wy + mean * mean * w
        value, z = ratio_scores(np.where(np.isnan(mean), 0.0, squares), w)
    return scale * value, np.where(np.isnan(scale), 0.0, scale) * z


def picked(levels: Levels, which: Sequence[int]) -> Levels:
    """Some of the columns."""
    j = list(which)
    return replace(
        levels, variables=tuple(levels.variables[i] for i in j), columns=tuple(levels.columns[i] for i in j),
        value=levels.value[j], spread=Spread(levels.spread.ids, levels.spread.values[:, j], levels.spread.sign),
        df=levels.df[j], sums={k: v[j] for k, v in levels.sums.items()}, psus=levels.psus[j], strata=levels.strata[j],
        held=None if levels.held is None else levels.held[:, j], scores=None if levels.scores is None else levels.scores[:, j],
        factor=levels.factor[j], replicates=None if levels.replicates is None else levels.replicates[:, j],
    )  # fmt: skip


def union_degrees(found: Sequence[Levels], design: Design, used: Iterable[int]) -> float:
    """Degrees of freedom of what is made of several levels, given by index in the order column, then wave.

    PSUs of any wave (rule domain: those that hold one of the levels) minus the groups that strata of some wave join; with one
    wave PSUs minus strata, with two df_1 + df_2 minus sum of max(common - 1, 0).  Replicates: the largest rank.
    """
    wanted: dict[int, list[int]] = {}
    for i in used:
        wanted.setdefault(i % len(found), []).append(i // len(found))
    psus: set[str] = set()
    groups = Groups({})
    for t, columns in wanted.items():
        one = found[t]
        if one.units is None or one.held is None:
            return max((found[w].df_design for w in wanted), default=0.0)
        held = np.ones(len(one.units.psu), dtype=bool) if design.df_rule == "design" else one.held[:, columns].any(axis=1)
        for i in np.flatnonzero(held).tolist():
            psus.add(one.units.psu[i])
            groups.join(("", one.units.psu[i]), (str(one.wave), one.units.stratum[i]))
    return float(len(psus) - groups.count(("", psu) for psu in psus))


def extremes(value: FloatArray, whole: float, stat: Stat) -> Mask:
    """Shares so near 0 or 1 that only the rounding of sums keeps them off."""
    if stat != "proportion":
        return np.zeros(len(value), dtype=np.bool_)
    near = np.minimum(np.abs(value), np.abs(value - whole))
    return np.asarray(near <= status.NEGLIGIBLE * whole, dtype=np.bool_)


def rounded(value: FloatArray, whole: float, stat: Stat) -> FloatArray:
    """A share of all may not differ from 1 because sums of weights do in the last digit."""
    return np.where(extremes(value, whole, stat), whole * np.round(value / whole), value)


def in_unit(sums: Sums, stat: Stat, unit: Unit, variables: Sequence[Variable]) -> tuple[FloatArray, float]:
    """What to multiply y with to be in `unit`, and what a full share is there; 1, 1 unless a proportion."""
    k = len(variables)
    if stat != "proportion":
        return np.ones(k), 1.0
    whole = 100.0 if unit == "percent" else 1.0
    once, twice = sums["wy"], sums["wyy"]
    unity = np.abs(twice - once) <= 1e-9 * np.abs(once)
    hundred = np.abs(twice - 100 * once) <= 1e-7 * np.abs(once)
    for j in np.flatnonzero(~(unity | hundred)).tolist():
        variable = variables[j]
        raise refuse("STAT-006", column=variable.column if isinstance(variable, Category) else label(variable))
    return np.where(unity, whole, whole / 100.0), whole


def _size(levels: Levels) -> FloatArray:
    """The magnitude against which a standard error counts as zero."""
    if levels.stat == "total":
        return np.abs(levels.sums["wy"])
    bottom = np.abs(levels.sums["wx"] if levels.stat == "ratio" else levels.sums["w"])
    top = np.abs(levels.sums["wy"]) + np.abs(levels.value) * bottom
    if levels.stat == "variance":
        top = np.abs(levels.sums["wyy"])
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), 0.0)
