"""People of a design as arrays: what statistics that need rows (quantiles, models, tests, calibration) work on.

Imports numpy, the waist (arrays), units and variance; asks a source for named arrays, once.  Whatever is computed here
ends as sums of influence values by sampled unit, in the one variance module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forms.errors import refuse

from .backends import Data, source
from .design import Design, LonelyRule
from .joint import Joint, replicated, scale_of
from .numbering import Factor, number
from .units import FloatArray, Groups, IntArray, Units
from .variance import Spread, lonely_rule, spread, united
from .weighting import residuals

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Persons:
    """Everybody of the waves asked for, in the order of the data.

    wave: (n,) number, 0 without waves.  weight: (n,) > 0.  unit: (n,) index into units[wave], finest stage.
    columns: what was asked for: (n,) floats with NaN, or objects with None.  repweights: (n, r) or None.
    """

    design: Design
    wave: IntArray
    weight: FloatArray
    unit: IntArray
    units: Mapping[int, Units]
    columns: Mapping[str, NDArray[Any]]
    repweights: FloatArray | None = None

    @property
    def rule(self) -> LonelyRule:
        """The lonely rule: of levels for one wave, of changes for several."""
        return lonely_rule(self.design.lonely, len(self.units))

    def of_wave(self, wave: int) -> Persons:
        """The people of one wave."""
        here = self.wave == wave
        columns = {name: values[here] for name, values in self.columns.items()}
        reps = None if self.repweights is None else self.repweights[here]
        return replace(
            self, wave=self.wave[here], weight=self.weight[here], unit=self.unit[here], units={wave: self.units[wave]},
            columns=columns, repweights=reps,
        )  # fmt: skip

    def text(self, name: str) -> NDArray[np.object_]:
        """A column as text codes, None where missing; whole numbers without their '.0'."""
        values = self.columns[name]
        if values.dtype != np.float64:
            return values
        plain = [None if np.isnan(v) else str(int(v)) if v.is_integer() else str(v) for v in values.tolist()]
        out = np.empty(len(plain), dtype=object)
        out[:] = plain
        return out

    def number(self, name: str) -> FloatArray:
        """A numeric column; BdgError STAT-009 when it is text."""
        values = self.columns[name]
        if values.dtype != np.float64:
            raise refuse("STAT-009", got="text", column=name)
        return values

    def spread(self, influence: FloatArray, *, apart: bool = False, rule: LonelyRule | None = None) -> Spread:
        """Contributions (m, k) of weighted influence values (n,) or (n, k), 0 for people outside the domain.

        Calibrated weights: each wave's residuals on its own controls first.  Each wave is centred in its own strata
        and the waves' rows add up by PSU id (wave_centred).
        """
        u = influence[:, None] if influence.ndim == 1 else influence
        u = residuals.residuals(u, self.weight, self.wave, self._controls)
        parts = {}
        for wave, units in self.units.items():
            here = self.wave == wave
            z = sums(u[here], self.unit[here], units.size)
            holds = sums((u[here] != 0).astype(float), self.unit[here], units.size)
            kept = units.by_psu(holds) > 0 if self.design.lonely.domain else None
            parts[wave] = spread(z, units, rule or self.rule, self.design.pps, kept)
        return united(parts, apart=apart)

    @cached_property
    def _controls(self) -> tuple[residuals.Model, ...]:
        return tuple(residuals.model(c, self.columns) for c in self.design.controls)

    @cached_property
    def _rank(self) -> float:
        """Rank of all replicate weights over the full ones, less 1: an SVD, made once."""
        factors = np.ones((1, 1)) if self.repweights is None else self.repweights / self.weight[:, None]
        return float(np.linalg.matrix_rank(factors) - 1)

    def degrees(self, mask: Mask | None = None, rule: LonelyRule | None = None) -> float:
        """PSUs minus strata, of all drawn or of those that hold somebody of the mask; replicates: their rank - 1.

        Over several waves: PSUs of any wave minus the groups of PSUs that strata of some wave join, which is the dimension of
        all waves' centred vectors together (decision 3: df_1 + df_2 minus the sum of max(common - 1, 0)).  Under the lonely
        rule collapse strata are the joined ones.
        R: `degf(design)`, `degf(subset(design, ...))`.
        """
        if self.repweights is not None:
            return self._rank if mask is None else float(np.linalg.matrix_rank(self.repweights[mask]) - 1)
        psus: set[str] = set()
        groups = Groups({})
        for wave, units in self.units.items():
            here = self.wave == wave
            home = (units.collapsed() if (rule or self.rule) == "collapse" else units).stratum
            at = np.arange(units.size) if mask is None else np.unique(self.unit[here & mask])
            for i in np.unique(at if units.parent is None else units.parent[at]).tolist():
                psus.add(units.psu[i])
                groups.join(("", units.psu[i]), (str(wave), home[i]))
        return float(len(psus) - groups.count(("", psu) for psu in psus))

    def joint(
        self,
        names: Sequence[str],
        statistic: Callable[[FloatArray], FloatArray],
        influence: Callable[[], FloatArray],
        *,
        mask: Mask | None = None,
    ) -> Joint:
        """Estimates by linearisation, or by replication when the design has replicates.

        statistic(weights (n,)) -> (k,) at any weights; influence() -> (n, k) weighted influence values at the full
        weights (not called with replicates).  mask: the people meant, for the degrees of freedom.
        """
        value = np.atleast_1d(statistic(self.weight))
        reps = self.design.replicates
        if reps is not None and self.repweights is not None:
            scale = scale_of(reps)
            rows = np.array([np.atleast_1d(statistic(w)) for w in self.repweights.T])
            return replicated(names, value, rows, scale, self.degrees(mask), reps.mse)
        made = self.spread(influence())
        sign = None if (made.sign == 1).all() else made.sign
        return Joint(tuple(names), value, made.values, self.degrees(mask), sign)


def persons(data: Data, design: Design, columns: Sequence[str], waves: Sequence[int] = ()) -> Persons:
    """Ask the source for the design's columns and these; one pass.  waves: () is every wave.

    Raises BdgError STAT-002 to STAT-005, STAT-010, STAT-012 as the source does.
    """
    asked = source(data, design).arrays(tuple(dict.fromkeys((*design.columns, *columns))))
    rows = len(next(iter(asked.values()))) if asked else 0
    if waves and design.wave is not None:
        years = _number(asked, design.wave)
        if empty := int(np.isnan(years).sum()):
            raise refuse("STAT-010", got=empty, column=design.wave, rows=empty)
        keep = np.isin(years, waves)
        asked = {name: values[keep] for name, values in asked.items()}
        rows = int(keep.sum())
    found = number(design, rows, lambda name: _factor(asked[name]), lambda name: _number(asked, name))
    wave = found.wave[found.place]
    order = {t: np.flatnonzero(found.wave == t) for t in sorted(set(found.wave.tolist()))}
    unit = found.place - np.array([order[t][0] for t in wave.tolist()], dtype=np.intp) if rows else found.place
    reps = None
    if design.replicates is not None:
        reps = np.column_stack([_number(asked, name) for name in design.replicates.columns])
    units = {t: found.units(t) for t in order if not waves or t in waves}
    return Persons(design, wave, found.weight, unit, units, asked, reps)


def _factor(values: NDArray[Any]) -> Factor:
    """Codes of an array from a source: floats (NaN missing) or objects (None missing), levels in order of text."""
    if values.dtype == np.float64:
        missing = np.isnan(values)
        found, codes = np.unique(np.where(missing, 0.0, values), return_inverse=True)
        names = [str(int(v)) if v.is_integer() else str(v) for v in found.tolist()]
    else:
        number_of: dict[str, int] = {}
        listed = [-1 if v is None else number_of.setdefault(str(v), len(number_of)) for v in values.tolist()]
        codes = np.array(listed, dtype=np.intp)
        missing, names = codes < 0, list(number_of)
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(max(len(order), 1), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return Factor(np.where(missing, -1, rank[codes]).astype(np.intp), tuple(names[i] for i in order))


def _number(asked: Mapping[str, NDArray[Any]], name: str) -> FloatArray:
    values = asked[name]
    if values.dtype == np.float64:
        return values
    try:
        return np.array([np.nan if v is None else float(v) for v in values.tolist()])
    except ValueError as error:
        raise refuse("STAT-009", got="text", column=name) from error


def sums(u: FloatArray, at: IntArray, size: int) -> FloatArray:
    """Rows of u (n, k) added up by `at` into (size, k)."""
    if not u.shape[1]:
        return np.zeros((size, 0))
    return np.column_stack([np.bincount(at, weights=column, minlength=size) for column in u.T])
