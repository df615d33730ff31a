"""Tests that the rows and columns of a weighted table are independent, from cell totals and their covariance.

Imports numpy, scipy's distribution functions, joint, chisquares and tested.  Sees cells, never persons or PSUs.
Sources: Rao and Scott (1984) Ann. Stat. 12:46 (first and second order); Koch, Freeman and Freeman (1975) Int. Stat. Rev.
43:59 (Wald); Fellegi (1980) JASA 75:261 and Thomas and Rao (1987) JASA 82:630 (adjusted Wald).  R: `svychisq`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import chdtrc, fdtrc

from ..joint import Joint
from ..status import CAUTION_DF, NEGATIVE, NO_DF, NO_VARIANCE, few_df
from ..units import FloatArray
from .chisquares import upper_tail
from .tested import Tested, untested

Statistic = Literal["F", "Chisq", "Wald", "adjWald", "lincom", "saddlepoint"]

PEARSON = "Pearson's X^2: Rao & Scott adjustment"
WALD = "Design-based Wald test of association"
NAMES: Mapping[str, str] = {
    "F": f"{PEARSON} (second order)", "Chisq": f"{PEARSON} (first order)", "Wald": WALD, "adjWald": f"{WALD} (adjusted)",
    "lincom": "Pearson's X^2: exact asymptotic distribution", "saddlepoint": "Pearson's X^2: saddlepoint approximation",
}  # fmt: skip
ONE_LINE = "bảng chỉ có một hàng hoặc một cột, không có gì để kiểm định | a single row or column: there is no association to test"
SPARSE = (
    "quá nhiều ô trống hoặc quá ít địa bàn, ma trận hiệp phương sai suy biến | too many empty cells or too few PSUs: singular"
)
NEGLIGIBLE = 1e-12
ROOM = 1e-10


@dataclass(frozen=True, eq=False)
class Table:
    """Cells in row-major order: totals and shares (of all) with their covariance, rows x cols.

    size: people the table is about, R's N (those without an answer too; it scales X^2, not its p value).
    n: people in the table.  df: degrees of freedom of the design.  replicated: the covariance is of replicates.
    whole_ddf: sum a whole number of chi-squares below lincom and saddlepoint though their mean is of ddf, as R does.
    """

    rows: int
    cols: int
    totals: Joint
    shares: Joint
    size: int
    n: int
    df: float
    replicated: bool
    whole_ddf: bool = False


def test(table: Table, statistic: Statistic) -> Tested:
    """One test; not_estimable with the reason when the table or the design does not allow it."""
    name = NAMES[statistic]
    reason = ONE_LINE if min(table.rows, table.cols) < 2 else "" if table.df >= 1 else NO_DF
    if not reason and not np.isfinite(table.totals.se).all():
        reason = NEGATIVE
    if reason:
        return untested(name, reason, n=table.n)
    return _wald(table, statistic) if statistic in ("Wald", "adjWald") else _pearson(table, statistic)


def effects(table: Table) -> FloatArray:
    """The generalised design effects of the (rows - 1)(cols - 1) contrasts of X^2, ascending; () when they are undefined.

    Eigenvalues of (C' D^-1 C / N)^-1 (C' D^-1 V D^-1 C): D the cell shares, V their design covariance, C the contrasts
    orthogonal to rows and columns.  An empty cell takes no part (R).
    """
    share = table.shares.value
    inverse = np.where(share > 0, 1 / np.where(share > 0, share, 1.0), 0.0)
    contrast = np.kron(_helmert(table.rows), _helmert(table.cols))
    plain = (contrast.T * inverse) @ contrast / table.size
    left = table.shares.spread @ (inverse[:, None] * contrast)
    sign = table.shares.sign
    design = left.T @ (left if sign is None else left * sign[:, None])
    if np.linalg.eigvalsh(plain)[0] <= ROOM * np.linalg.eigvalsh(plain)[-1]:
        return np.zeros(0)
    root = np.linalg.inv(np.linalg.cholesky(plain))
    return np.asarray(np.linalg.eigvalsh(root @ design @ root.T), dtype=np.float64)


def pearson(table: Table) -> float:
    """X^2 of the weighted shares as if they were those of `size` people."""
    share = table.shares.value.reshape(table.rows, table.cols)
    expected = np.outer(share.sum(axis=1), share.sum(axis=0))
    return float(table.size * ((share - expected) ** 2 / expected).sum())


def _pearson(table: Table, statistic: Statistic) -> Tested:
    name, x2, weights = NAMES[statistic], pearson(table), effects(table)
    total = float(weights.sum())
    if reason := SPARSE if not len(weights) else NEGATIVE if total < 0 else NO_VARIANCE if total <= NEGLIGIBLE else "":
        return untested(name, reason, n=table.n)
    k = len(weights)
    scaled = total * total / float((weights**2).sum())
    ddf = scaled * table.df
    made: Mapping[str, Callable[[], tuple[float, float | None, float | None, float, str]]] = {
        "F": lambda: (x2 / total, scaled, ddf, float(fdtrc(scaled, ddf, x2 / total)), "F"),
        "Chisq": lambda: (x2, float(k), None, float(chdtrc(k, x2 * k / total)), "X-squared"),
        "lincom": lambda: (x2, None, *_tail(table, x2, weights, ddf, "integration")),
        "saddlepoint": lambda: (x2, None, *_tail(table, x2, weights, ddf, "saddlepoint")),
    }
    value, df, second, p, symbol = made[statistic]()
    status, note = _caution(table.df)
    return Tested(name, value, df, second, p, n=table.n, status=status, reason=note, symbol=symbol)


def _tail(
    table: Table, x2: float, weights: FloatArray, ddf: float, method: Literal["integration", "saddlepoint"]
) -> tuple[float | None, float, str]:
    """The weighted sum of chi-squares over a chi-squared mean; with replicates R takes no denominator, so neither do we."""
    if table.replicated:
        return None, upper_tail(x2, weights, method=method), "X-squared"
    if table.whole_ddf:
        every, df = np.r_[weights, -x2 / ddf], np.r_[np.ones(len(weights)), math.floor(ddf)]
        return ddf, upper_tail(0.0, every, df, method=method), "X-squared"
    return ddf, upper_tail(x2, weights, ddf=ddf, method=method), "X-squared"


def _wald(table: Table, statistic: Statistic) -> Tested:
    """The (rows - 1)(cols - 1) distances of cell totals from independence, against their linearised covariance."""
    name, r, c = NAMES[statistic], table.rows, table.cols
    cells = table.totals.value.reshape(r, c)
    row, col, whole = cells.sum(axis=1), cells.sum(axis=0), cells.sum()
    distance = cells - np.outer(row, col) / whole
    same_row, same_col = np.kron(np.eye(r), np.ones((c, c))), np.kron(np.ones((r, r)), np.eye(c))
    of_row, of_col = np.repeat(row, c)[:, None], np.tile(col, r)[:, None]
    slope = np.eye(r * c) - same_row * of_col / whole - same_col * of_row / whole + of_row * of_col / whole**2
    use = [i * c + j for i in range(1, r) for j in range(1, c)]
    spread = table.totals.spread @ slope[use].T
    sign = table.totals.sign
    covariance = spread.T @ (spread if sign is None else spread * sign[:, None])
    k = len(use)
    scale = np.sqrt(np.abs(np.diag(covariance)))
    if not (scale > NEGLIGIBLE * whole).all():
        return untested(name, NO_VARIANCE, n=table.n)
    if np.linalg.matrix_rank(covariance / np.outer(scale, scale), tol=ROOM) < k:
        return untested(name, SPARSE, n=table.n)
    ddf = table.df if statistic == "Wald" else table.df - k + 1
    if ddf < 1:
        return untested(name, NO_DF, n=table.n)
    y = distance.ravel()[use]
    value = float(y @ np.linalg.solve(covariance, y)) / k * (ddf / table.df)
    if value < 0:
        return untested(name, NEGATIVE, n=table.n)
    status, note = _caution(ddf)
    return Tested(name, value, float(k), ddf, float(fdtrc(k, ddf, value)), n=table.n, status=status, reason=note, symbol="F")


def _helmert(k: int) -> FloatArray:
    """(k, k - 1) contrasts: each level against the mean of those before it, of length 1."""
    out = np.zeros((k, k - 1))
    for j in range(1, k):
        out[:j, j - 1], out[j, j - 1] = 1.0, -float(j)
        out[:, j - 1] /= math.sqrt(j * (j + 1))
    return out


def _caution(df: float) -> tuple[Literal["ok", "caution"], str]:
    return ("caution", few_df(df)) if df < CAUTION_DF else ("ok", "")
