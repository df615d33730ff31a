"""Calibrated weights as a convex problem: three distances between the weights before and after, one Newton solver.

Imports numpy, scipy and units; a sparse auxiliary matrix, weights and totals in, ratios out.  Knows no columns, no waves.
The weights after are w F(x'b) with F the distance's ratio; b minimises sum w P(x'b) - t'b, P the integral of F, which is
convex, so that Newton steps with a line search find the one solution, if there is one, to machine precision.
Sources: Deville and Saerndal (1992) JASA 87:376, cases 1 (linear), 2 (raking), 6 (logit), 7 (truncated linear);
R survey 4.1 `calibrate(calfun=, bounds=)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from scipy import linalg, sparse
from scipy.special import expit

from ..units import FloatArray

Kind = Literal["linear", "raking", "logit"]
RANK = 1e-12
MOST = 60
NEAR = 1e-9
LARGEST = 700.0
DAMPING = (1e-13, 1e-8, 1e-4, 1e-1, 1e1)


@dataclass(frozen=True)
class Distance:
    """How a weight's ratio after/before follows from u = x'b; ratios stay within [lower, upper]."""

    kind: Kind
    lower: float = -np.inf
    upper: float = np.inf

    @property
    def _edges(self) -> tuple[float, float]:
        """The u at which the bounds are reached (linear, raking)."""
        if self.kind == "linear":
            return self.lower - 1.0, self.upper - 1.0
        return (float(np.log(self.lower)) if self.lower > 0 else -LARGEST), min(float(np.log(self.upper)), LARGEST)

    @property
    def _logit(self) -> tuple[float, float, float]:
        """Width, slope and shift of the logit curve."""
        width = self.upper - self.lower
        return width, width / ((self.upper - 1.0) * (1.0 - self.lower)), float(np.log((1.0 - self.lower) / (self.upper - 1.0)))

    def ratio(self, u: FloatArray) -> FloatArray:
        """F(u)."""
        if self.kind == "linear":
            return np.clip(1.0 + u, self.lower, self.upper)
        if self.kind == "raking":
            return np.clip(np.exp(np.clip(u, *self._edges)), max(self.lower, 0.0), self.upper)
        width, slope, shift = self._logit
        return np.asarray(self.lower + width * expit(slope * u + shift), dtype=np.float64)

    def slope(self, u: FloatArray) -> FloatArray:
        """F'(u); 0 where a bound holds."""
        if self.kind == "logit":
            width, slope, shift = self._logit
            s = expit(slope * u + shift)
            return np.asarray(width * slope * s * (1.0 - s), dtype=np.float64)
        low, high = self._edges
        inside = (u > low) & (u < high)
        return np.where(inside, 1.0 if self.kind == "linear" else np.exp(np.clip(u, low, high)), 0.0)

    def integral(self, u: FloatArray) -> FloatArray:
        """P(u), up to a constant."""
        if self.kind == "logit":
            width, slope, shift = self._logit
            return np.asarray(self.lower * u + width / slope * np.logaddexp(0.0, slope * u + shift), dtype=np.float64)
        low, high = self._edges
        c = np.clip(u, low, high)
        middle = c + c * c / 2.0 if self.kind == "linear" else np.exp(c)
        ends = np.where(u < c, u - c, 0.0) * self._end(low) + np.where(u > c, u - c, 0.0) * self._end(high)
        return np.asarray(middle + ends, dtype=np.float64)

    def _end(self, edge: float) -> float:
        return float(self.ratio(np.array([edge]))[0]) if np.isfinite(edge) else 0.0


@dataclass(frozen=True, eq=False)
class Solution:
    """ratio: (n,) weights after over before.  misfit: (q,) total minus control, over the control's size.

    iterations: Newton steps.  redundant: columns that say nothing new.
    """

    ratio: FloatArray
    misfit: FloatArray
    iterations: int
    redundant: int

    @property
    def worst(self) -> int:
        """The control that fits worst."""
        return int(np.abs(self.misfit).argmax()) if len(self.misfit) else 0

    @property
    def met(self) -> bool:
        """Whether every control is met to 1e-9 of its size."""
        return bool(np.abs(self.misfit).max(initial=0.0) <= NEAR)


@dataclass(frozen=True, eq=False)
class Basis:
    """Independent directions of the auxiliary columns: span (q, r), and what must be 0 of totals: none (q, q - r)."""

    span: FloatArray
    none: FloatArray

    def conflict(self, total: FloatArray) -> FloatArray:
        """(q - r,) how far redundant totals contradict each other, relative."""
        size = np.abs(self.none).T @ np.abs(total)
        return np.asarray(np.abs(self.none.T @ total) / np.where(size > 0, size, 1.0), dtype=np.float64)


def basis(matrix: sparse.csr_array, weight: FloatArray) -> Basis:
    """Which columns of the matrix (n, q) are redundant among people of positive weight."""
    gram = (sparse.csr_array(matrix.T * weight) @ matrix).toarray()
    length = np.sqrt(np.diag(gram))
    scale = 1.0 / np.where(length > 0, length, 1.0)
    values, axes = linalg.eigh(gram * np.outer(scale, scale))
    keep = values > RANK * max(float(values.max(initial=0.0)), 1.0)
    return Basis(scale[:, None] * axes[:, keep] / np.sqrt(values[keep]), scale[:, None] * axes[:, ~keep])


Point = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True, eq=False)
class Problem:
    """Columns (n, q) of people with weights (n,) that are to sum to total (q,)."""

    matrix: sparse.csr_array
    weight: FloatArray
    total: FloatArray
    distance: Distance

    @cached_property
    def columns(self) -> sparse.csr_array:
        """(q, n) of w x."""
        return sparse.csr_array(self.matrix.T * self.weight)

    @cached_property
    def size(self) -> FloatArray:
        """(q,) what a misfit is measured against: the control, or the sample's sum of |w x| if that is more."""
        size = np.maximum(np.abs(self.total), np.asarray(abs(self.columns).sum(axis=1)))
        return np.where(size > 0, size, 1.0)

    def point(self, b: FloatArray, u: FloatArray) -> Point:
        """Coefficients, u = x'b, ratios and what is still missing of the totals."""
        ratio = self.distance.ratio(u)
        return b, u, ratio, self.total - self.columns @ ratio

    def inner(self, u: FloatArray) -> FloatArray:
        """(q, q) second derivative of the objective."""
        return np.asarray((sparse.csr_array(self.columns * self.distance.slope(u)) @ self.matrix).toarray(), dtype=np.float64)

    def search(self, start: Point, direction: FloatArray) -> Point | None:
        """The longest of the steps 1, 1/2, 1/4, ... that lowers the objective or halves the misfit; None if none does."""
        b, u, _, gap = start
        if not np.isfinite(direction).all():
            return None
        along = self.matrix @ direction
        drop, before = float(gap @ direction), float(self.weight @ self.distance.integral(u))
        worst = np.abs(gap / self.size).max()
        for k in range(40):
            t = 0.5**k
            new = self.point(b + t * direction, u + t * along)
            rise = float(self.weight @ self.distance.integral(new[1])) - before - t * float(self.total @ direction)
            better = bool(np.abs(new[3] / self.size).max() < 0.5 * worst)
            if np.isfinite(new[2]).all() and (better or (drop > 0 and rise < -1e-4 * t * drop)):
                return new
        return None


def solve(problem: Problem, found: Basis, tolerance: float = 1e-12) -> Solution:
    """Ratios with which the weighted columns sum to their totals.

    Newton's steps, damped (Levenberg) as far as weights at their bounds leave the second derivative singular.  Ends when
    every control is met to `tolerance` of its size, or when no step helps; `Solution.met` tells.
    """
    q = problem.matrix.shape[1]
    at = problem.point(np.zeros(q), np.zeros(problem.matrix.shape[0]))
    steps = 0
    while steps < MOST and np.abs(at[3] / problem.size).max(initial=0.0) > tolerance:
        pull = found.span.T @ at[3]
        inner = found.span.T @ problem.inner(at[1]) @ found.span
        new = None
        for damp in DAMPING:
            new = new or problem.search(at, found.span @ linalg.solve(inner + damp * np.eye(len(pull)), pull, assume_a="sym"))
        if new is None:
            break
        at = new
        steps += 1
    return Solution(at[2], -at[3] / problem.size, steps, q - found.span.shape[1])
