"""Estimates that know their covariance: the record every statistic ends in, and what may be made of it.

Imports numpy and intervals.  No persons, no units: values, contributions to the variance, degrees of freedom.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape

import numpy as np
from scipy.special import stdtr

from . import limits
from .design import Replicates
from .units import FloatArray

Function = Callable[[FloatArray], FloatArray]
STEP = float(np.finfo(np.float64).eps) ** (1 / 3)
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Joint:
    """k estimates with V = spread' diag(sign) spread.

    names: k words.  value: (k,).  spread: (m, k), one row a PSU (SSU, replicate).  df: of the design, or of the union
    of the domains.  sign: (m,) of 1 and -1, None = all 1.  replicates: (r, k) values under each replicate weight.
    scale: (r,) what turns a centred replicate into its row of spread; mse: centred on value.
    """

    names: tuple[str, ...]
    value: FloatArray
    spread: FloatArray
    df: float
    sign: FloatArray | None = None
    replicates: FloatArray | None = None
    scale: FloatArray | None = None
    mse: bool = False

    @cached_property
    def vcov(self) -> FloatArray:
        """(k, k) covariance.  R: `vcov`."""
        left = self.spread if self.sign is None else self.spread * self.sign[:, None]
        return np.asarray(left.T @ self.spread, dtype=np.float64)

    @cached_property
    def se(self) -> FloatArray:
        """(k,) standard errors; NaN where a form without square root gave a negative variance.  R: `SE`."""
        left = self.spread if self.sign is None else self.spread * self.sign[:, None]
        variance = np.einsum("ij,ij->j", left, self.spread)
        return np.sqrt(np.where(variance < 0, np.nan, variance))

    def interval(self, confidence: float = 0.95, df: float | None = None) -> FloatArray:
        """(k, 2) t limits.  R: `confint(..., df=degf(design))`."""
        half = limits.t_quantile(confidence, self.df if df is None else df) * self.se
        return np.column_stack([self.value - half, self.value + half])

    def test(self, name: str = "") -> tuple[float, float]:
        """T of one estimate (the first, or the one named) against zero, and its two-sided p value on df."""
        i = self.names.index(name) if name else 0
        value, se = float(self.value[i]), float(self.se[i])
        return value / se, float(2 * stdtr(self.df, -abs(value / se)))

    def _repr_html_(self) -> str:
        ends = self.interval()
        cells = zip(self.names, self.value.tolist(), self.se.tolist(), ends[:, 0].tolist(), ends[:, 1].tolist(), strict=True)
        rows = "".join(
            f"<tr><td>{escape(name)}</td>" + "".join(f"<td>{v:.4g}</td>" for v in (*numbers, self.df)) + "</tr>"
            for name, *numbers in cells
        )
        head = "".join(f"<th>{h}</th>" for h in ("", "estimate", "se", "lower 95%", "upper 95%", "df"))
        return f"<table><tr>{head}</tr>{rows}</table>"

    def pick(self, which: Sequence[int]) -> Joint:
        """Some of the estimates, in this order."""
        at = list(which)
        reps = None if self.replicates is None else self.replicates[:, at]
        names = tuple(self.names[i] for i in at)
        return Joint(names, self.value[at], self.spread[:, at], self.df, self.sign, reps, self.scale, self.mse)

    def linear(self, weights: FloatArray, names: Sequence[str] | None = None) -> Joint:
        """Weights (q, k) or (k,): the contrasts weights @ value.  R: `svycontrast` with numbers."""
        rows = np.atleast_2d(np.asarray(weights, dtype=np.float64))
        named = tuple(names) if names is not None else tuple(f"contrast {i + 1}" for i in range(len(rows)))
        reps = None if self.replicates is None else self.replicates @ rows.T
        return Joint(named, rows @ self.value, self.spread @ rows.T, self.df, self.sign, reps, self.scale, self.mse)

    def smooth(
        self, function: Function, names: Sequence[str] | None = None, *, jacobian: FloatArray | None = None,
        replicate: bool = False,
    ) -> Joint:  # fmt: skip
        """function: (k,) -> (q,), by the delta method; jacobian (q, k) or central differences (about 1e-10 relative).

        replicate: with replicates, the function's own values under each of them instead (R: `withReplicates`).
        R: `svycontrast(quote(...))`.
        """
        value = np.atleast_1d(np.asarray(function(self.value), dtype=np.float64))
        named = tuple(names) if names is not None else tuple(f"function {i + 1}" for i in range(len(value)))
        if replicate and self.replicates is not None and self.scale is not None:
            reps = np.array([np.atleast_1d(function(row)) for row in self.replicates])
            return replicated(named, value, reps, self.scale, self.df, self.mse)
        slope = _jacobian(function, self.value, self.se) if jacobian is None else np.atleast_2d(jacobian)
        return Joint(named, value, self.spread @ slope.T, self.df, self.sign)


def replicated(names: Sequence[str], value: FloatArray, replicates: FloatArray, scale: FloatArray, df: float, mse: bool) -> Joint:
    """Estimates whose variance is that of their replicates (r, k); scale (r,) = sqrt(scale * rscales)."""
    centre = value if mse else replicates[scale > 0].mean(axis=0)
    spread = scale[:, None] * (replicates - centre)
    return Joint(tuple(names), np.asarray(value, dtype=np.float64), spread, df, None, replicates, scale, mse)


def scale_of(reps: Replicates) -> FloatArray:
    """(r,) what a replicate's distance from the centre is multiplied with."""
    return np.sqrt(reps.scale * np.asarray(reps.rscales, dtype=np.float64))


def stacked(parts: Sequence[Joint]) -> Joint:
    """Several joints over the same rows as one."""
    first = parts[0]
    reps = None
    if all(p.replicates is not None for p in parts):
        reps = np.hstack([p.replicates for p in parts if p.replicates is not None])
    return Joint(
        tuple(name for p in parts for name in p.names), np.concatenate([p.value for p in parts]),
        np.hstack([p.spread for p in parts]), first.df, first.sign, reps, first.scale, first.mse,
    )  # fmt: skip


def _jacobian(function: Function, at: FloatArray, se: FloatArray) -> FloatArray:
    """Central differences with two step sizes (Richardson): error of order h^4."""
    columns = []
    for i, (x, error) in enumerate(zip(at.tolist(), se.tolist(), strict=True)):
        h = _step(abs(x), error)
        one, two = _slope(function, at, i, h), _slope(function, at, i, 2 * h)
        columns.append((4 * one - two) / 3)
    return np.column_stack(columns)


def _step(size: float, se: float) -> float:
    """In proportion to the estimate, but well inside its standard error (a share near 1), and not nothing near zero."""
    near: float = STEP**0.6 * size
    known = se > ROUNDING * size  # a calibrated total has no error but rounding: no step to be taken from that
    return max(min(near, se / 100), se / 1000) if known else near or STEP


def _slope(function: Function, at: FloatArray, i: int, h: float) -> FloatArray:
    up, down = at.copy(), at.copy()
    up[i] += h
    down[i] -= h
    rise: FloatArray = np.atleast_1d(function(up)) - np.atleast_1d(function(down))
    return rise / float(up[i] - down[i])


def name_of(variable: str, domain: Sequence[tuple[str, str]], wave: int | str) -> str:
    """'score sex=female 2026': what an estimate is called in a joint record."""
    return " ".join([variable, *(f"{k}={v}" for k, v in domain), *([str(wave)] if wave else [])])
