"""The probability that an issued case answers, by logistic regression on what is known of every case.

Imports numpy, models.fit (which columns count, separation) and, alone in the project, statsmodels: the typed adapter.  Sees
classes of places and who answered; never an answer.  R: `glm(answered ~ ..., family = binomial)`.
Sources: Little (1986) Int. Statistical Review 54:139; Little and Vartivarian (2003) Statistics in Medicine 22:1589 (design
variables as covariates, not weights in the fit); Albert and Anderson (1984) Biometrika 71:1 (separation).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from forms.errors import refuse

from ..models.fit import independent, recession
from ..units import FloatArray
from .classes import BoolArray, code

if TYPE_CHECKING:
    import pandas as pd

INTERCEPT = "(Intercept)"
DIGITS = 12
FAR = 15.0  # a linear predictor this far out may be on its way to infinity
CONSTANT = "biến {names} chỉ có một giá trị, không dùng | {names} has a single value and is left out"
DEPENDENT = "cột {names} suy ra được từ các cột trước, không dùng | {names} follows from the columns before it and is left out"
SEPARATED = (
    "{names}: mọi hộ đều trả lời hoặc đều không; {rows} hộ có xác suất 1 hoặc 0, mô hình tính trên các hộ còn lại"
    " | {names}: all answered or none did; {rows} cases get probability 1 or 0, the model is fitted to the others"
)


@dataclass(frozen=True, eq=False)
class Propensities:
    """rho: fitted probability of every row, of those not in the fit too.  names, beta: coefficients, first code = reference.

    matrix: the columns (n, k) that beta belongs to.  notes: columns left out and separation, Vietnamese | English.
    """

    rho: FloatArray
    names: tuple[str, ...]
    beta: FloatArray
    matrix: FloatArray
    notes: tuple[str, ...]


def propensities(
    table: pd.DataFrame, covariates: Sequence[str], answered: BoolArray, used: BoolArray, weight: FloatArray | None = None
) -> Propensities:
    """Fit on the rows `used` (n,), predict for all.  weight: (n,) of the fit, None = unweighted.

    Text covariates become indicators of their codes in order, an unknown value a code of its own; numbers stay numbers.  A
    constant or dependent column is left out, as R does (coefficient NA).  Where a combination of covariates separates those
    who answered from the others there is no finite maximum: their probability is its limit, 1 or 0, and the rest are fitted.
    BdgError STAT-091 no such column, STAT-094 a number that is missing.
    """
    x, names, notes = matrix(table, covariates, used)
    return estimated(x, names, notes, answered, used, weight)


def estimated(
    x: FloatArray, names: tuple[str, ...], notes: Sequence[str], answered: BoolArray, used: BoolArray, weight: FloatArray | None
) -> Propensities:
    """The same from columns (n, k) that matrix() made."""
    notes = list(notes)
    w = np.ones(len(x)) if weight is None else weight / weight[used].mean()
    rho, left = np.full(len(x), np.nan), np.ones(len(x), dtype=bool)
    beta = np.zeros(x.shape[1])
    while (left & used).any():
        beta, away = _fitted(x, answered, left & used, w)
        if away is None:
            break
        reach = x @ away
        moved = left & (np.abs(reach) > 1e-6 * np.abs(reach[used]).max())
        rho[moved] = (reach[moved] > 0).astype(np.float64)
        said = [n for n, d in zip(names, np.abs(away).tolist(), strict=True) if d > 0 and n != INTERCEPT] or [INTERCEPT]
        notes.append(SEPARATED.format(names=", ".join(said), rows=int((moved & used).sum())))
        left &= ~moved
        beta = np.zeros(x.shape[1])
    rho[left] = expit(x[left] @ beta)
    return Propensities(np.round(rho, DIGITS), names, beta, x, tuple(notes))


def _fitted(x: FloatArray, answered: BoolArray, rows: BoolArray, weight: FloatArray) -> tuple[FloatArray, FloatArray | None]:
    """Coefficients, or the direction along which the likelihood of the rows has no maximum (looked for when it may)."""
    beta = np.zeros(x.shape[1])
    if answered[rows].any() and not answered[rows].all():
        kept = independent(x[rows], weight[rows])
        beta[kept] = logit(*_patterns(answered[rows], x[np.ix_(rows, kept)], weight[rows]))
        if np.abs(x[rows] @ beta).max() < FAR:
            return beta, None
    high, low = x[rows & answered], x[rows & ~answered]
    return beta, recession(np.vstack([high, -low]), np.zeros((0, x.shape[1])))


def _patterns(answered: BoolArray, x: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Share answered, columns and weight of every different row of x: the same likelihood with far fewer rows."""
    rows, of = np.unique(x, axis=0, return_inverse=True)
    total = np.bincount(of, weights=weight)
    return np.asarray(np.bincount(of, weights=weight * answered) / total, dtype=np.float64), rows, total.astype(np.float64)


def logit(y: FloatArray, x: FloatArray, weight: FloatArray) -> FloatArray:
    """Coefficients of the logistic regression of shares y (m,) on x (m, k), weighted; steps below 1e-10.  statsmodels GLM."""
    # no stubs: this function is the typed adapter (decision 25); not statsmodels.api, which loads all of it
    from statsmodels.genmod.families import Binomial  # type: ignore[import-untyped]  # no stubs
    from statsmodels.genmod.generalized_linear_model import GLM  # type: ignore[import-untyped]  # no stubs

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of separation, which the caller looks for and names
        model: Any = GLM(y, x, family=Binomial(), var_weights=weight)
        found = model.fit(tol=1e-10, tol_criterion="params", maxiter=60)
    return np.asarray(found.params, dtype=np.float64)


def matrix(table: pd.DataFrame, covariates: Sequence[str], used: BoolArray) -> tuple[FloatArray, tuple[str, ...], list[str]]:
    """Columns (n, k) without those that carry nothing in the rows used, their names, and what was left out."""
    columns, names = [np.ones(len(table))], [INTERCEPT]
    constant = []
    for name in covariates:
        if name not in table.columns:
            raise refuse("STAT-091", expected=", ".join(map(str, table.columns)), got=name, column=name)
        parts = _parts(table[name], name)
        varied = [p for p in parts if np.ptp(p[1][used]) > 0] if used.any() else []
        if not varied:
            constant.append(name)
            continue
        columns += [column for _, column in varied]
        names += [label for label, _ in varied]
    x = np.column_stack(columns)
    kept = independent(x[used], np.ones(int(used.sum())))
    dropped = [n for i, n in enumerate(names) if i not in kept]
    notes = [CONSTANT.format(names=", ".join(constant))] if constant else []
    notes += [DEPENDENT.format(names=", ".join(dropped))] if dropped else []
    return x[:, kept], tuple(names[i] for i in kept), notes


def _parts(values: pd.Series[Any], name: str) -> list[tuple[str, FloatArray]]:
    if values.dtype.kind in "iuf":
        column = values.to_numpy(dtype=np.float64)
        if np.isnan(column).any():
            raise refuse("STAT-094", expected="số / number", got=int(np.isnan(column).sum()), column=name)
        return [(name, column)]
    codes = [code(v) for v in values]
    return [(f"{name}={c}", np.array([v == c for v in codes], dtype=np.float64)) for c in sorted(set(codes))[1:]]
