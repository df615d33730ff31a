"""What every fitted likelihood hands on, which columns carry information, and whether a finite maximum exists.

Imports numpy and scipy's linear programming; arrays in, arrays out; knows no family, no design and no formula.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..units import FloatArray, IntArray

ALIASED = 1e-11  # R's glm.fit drops a column whose part orthogonal to the earlier ones is smaller, relative to its length

SEPARATED = (
    "kết quả tách hoàn toàn theo một tổ hợp biến, hệ số không hữu hạn: {names}"
    " | the outcome is separated by a combination of variables, no finite coefficients: {names}"
)
STUCK = "phép lặp không hội tụ | the iterations did not converge"
DEPENDENT = "các cột phụ thuộc tuyến tính với quyền số này | the columns are linearly dependent under these weights"


@dataclass(frozen=True, eq=False)
class Fit:
    """A maximum of a weighted log-likelihood.

    beta: (k,) parameters.  scores: (m, k) derivative of each person's log-likelihood, unweighted.  bread: (k, k) inverse of
    minus the weighted second derivative, so that weight * scores @ bread is a person's influence on beta.
    deviance: weighted.  fitted: (m,) expected outcome; residual: (m,) Pearson residuals, both of generalised linear models.
    trouble: '' or why beta is not a finite maximum (beta is then NaN).
    """

    beta: FloatArray
    scores: FloatArray
    bread: FloatArray
    deviance: float
    fitted: FloatArray
    residual: FloatArray
    trouble: str = ""


Kernel = Callable[[FloatArray, FloatArray | None], Fit]


def failed(size: int, parameters: int, trouble: str) -> Fit:
    """A fit without numbers."""
    none = np.full(parameters, np.nan)
    blank = np.zeros(size)
    return Fit(none, np.zeros((size, parameters)), np.diag(none), np.nan, blank, blank, trouble)


def independent(x: FloatArray, weight: FloatArray) -> IntArray:
    """The columns of x that are no combination of earlier ones, among rows of positive weight.  R: aliased coefficients."""
    rows = x * np.sqrt(weight)[:, None]
    kept: list[int] = []
    basis = np.zeros(rows.shape, order="F")
    for j in range(x.shape[1]):
        column, known = rows[:, j], basis[:, : len(kept)]
        rest = column - known @ (known.T @ column)
        rest = rest - known @ (known.T @ rest)
        length = float(np.linalg.norm(rest))
        if length > ALIASED * float(np.linalg.norm(column)) and length > 0:
            basis[:, len(kept)] = rest / length
            kept.append(j)
    return np.array(kept, dtype=np.intp)


def recession(rows: FloatArray, equal: FloatArray) -> FloatArray | None:
    """A direction d with rows @ d >= 0, somewhere > 0, and equal @ d = 0; None when there is none.

    Along it a log-likelihood with these constraints never falls: no finite maximum.  Found by linear programming, exact up
    to 1e-7.  Source: Albert and Anderson (1984) Biometrika 71:1; Konis (2007) PhD thesis, Oxford (R `detectseparation`).
    """
    from scipy.optimize import linprog

    size = np.abs(np.vstack([rows, equal])).max(axis=0, initial=0.0)
    scale = np.where(size > 0, size, 1.0)
    above, on = np.unique(rows / scale, axis=0), np.unique(equal / scale, axis=0)
    found = linprog(
        -above.sum(axis=0) / len(above), A_ub=-above, b_ub=np.zeros(len(above)),
        A_eq=on if len(on) else None, b_eq=np.zeros(len(on)) if len(on) else None, bounds=(-1, 1), method="highs",
    )  # fmt: skip
    if found.x is None or float((above @ found.x).max()) <= 1e-6:
        return None
    return np.asarray(np.where(np.abs(found.x) > 1e-6, found.x, 0.0) / scale, dtype=np.float64)
