"""Coefficients of a scale as functions of the covariance matrix of its items, each with its gradient.

Imports numpy and onefactor.  A (k, k) matrix in, named numbers out; never sees a person, a weight or a design.
Sources: Cronbach (1951) Psychometrika 16:297 (alpha); Guttman (1945) Psychometrika 10:255 (lambda 6); McDonald (1999)
Test Theory, eq. 6.20b (omega); Cureton (1966) Psychometrika 31:93 (item-total corrected).  R: `svycralpha`, `psych::alpha`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..units import FloatArray
from . import onefactor

WHOLE = ("alpha", "alpha_standardised", "lambda6", "average_correlation", "omega")
NEGLIGIBLE = 1e-12
EACH = ("item_rest", "item_total_corrected", "alpha_dropped", "loading")


@dataclass(frozen=True, eq=False)
class Coefficients:
    """S: (k, k) covariances.  start: a factor solution near by (that of the full sample, for replicates)."""

    S: FloatArray
    start: onefactor.Solution | None = None

    @cached_property
    def sd(self) -> FloatArray:
        """(k,) standard deviations; NaN where a variance is not positive."""
        d = np.diag(self.S)
        return np.sqrt(np.where(d > 0, d, np.nan))

    @cached_property
    def corr(self) -> FloatArray:
        """(k, k) correlations."""
        return np.asarray(self.S / np.outer(self.sd, self.sd), dtype=np.float64)

    @cached_property
    def factor(self) -> onefactor.Solution | None:
        """One common factor, None when there is no proper solution."""
        return onefactor.fit(self.corr, self.start)

    def values(self) -> FloatArray:
        """WHOLE, then for each of EACH the k items; NaN where undefined."""
        k = len(self.S)
        with np.errstate(divide="ignore", invalid="ignore"):
            rho = self.corr.sum()
            drop = [alpha(np.delete(np.delete(self.S, j, 0), j, 1)) for j in range(k)]
            lead = [alpha(self.S), k / (k - 1) * (1 - k / rho), self._lambda6(rho), (rho - k) / (k * (k - 1)), self._omega()]
            loading = np.full(k, np.nan) if self.factor is None else self.factor.loading
            return np.concatenate([lead, self._item_rest(), self._corrected(), drop, loading])

    def gradients(self) -> FloatArray:
        """(values, k, k) symmetric G with d value = sum of G * dS; exact for all but lambda6 and item_total_corrected."""
        k = len(self.S)
        rho = self.corr.sum()
        ones: FloatArray = np.ones((k, k))
        standard = self._by_corr(k / (k - 1) * k / rho**2 * ones)
        average = self._by_corr(ones / (k * (k - 1)))
        drop = np.zeros((k, k, k))
        for j in range(k) if k > 2 else ():
            rest = np.delete(np.arange(k), j)
            drop[j][np.ix_(rest, rest)] = alpha_gradient(self.S[np.ix_(rest, rest)])
        omega, loading = self._factor_gradients()
        lambda6, corrected = self._numeric()
        lead = [alpha_gradient(self.S), standard, lambda6, average, omega]
        found = np.concatenate([lead, self._item_rest_gradients(), corrected, drop, loading])
        return np.where(np.isfinite(found), found, np.nan)

    def _lambda6(self, rho: float) -> float:
        unique = _unique(self.corr)
        return float(1 - unique.sum() / rho)

    def _omega(self) -> float:
        if self.factor is None:
            return float("nan")
        common = float(self.sd @ self.factor.loading) ** 2
        return common / (common + float(self.sd**2 @ self.factor.unique))

    def _item_rest(self) -> FloatArray:
        total, own = self.S.sum(axis=0), np.diag(self.S)
        rest = self.S.sum() - 2 * total + own
        return np.asarray((total - own) / (self.sd * np.sqrt(np.where(rest > 0, rest, np.nan))), dtype=np.float64)

    def _corrected(self) -> FloatArray:
        """Correlation with the standardised total, its own 1 replaced by what the other items explain.  psych: r.cor."""
        explained = 1 - _unique(self.corr)
        top = self.corr.sum(axis=0) - 1 + explained
        whole = float(top.sum())
        return np.asarray(top / np.sqrt(whole if whole > 0 else np.nan), dtype=np.float64)

    def _by_corr(self, H: FloatArray) -> FloatArray:
        """The gradient in S of a function with gradient H (symmetric) in the correlations."""
        H = H - np.diag(np.diag(H))
        return np.asarray(H / np.outer(self.sd, self.sd) - np.diag((H * self.corr).sum(axis=1) / self.sd**2), dtype=np.float64)

    def _item_rest_gradients(self) -> FloatArray:
        k = len(self.S)
        r, total, own = self._item_rest(), self.S.sum(axis=0), np.diag(self.S)
        out = np.zeros((k, k, k))
        for j in range(k):
            rest = self.S.sum() - 2 * total[j] + own[j]
            others = np.arange(k) != j
            out[j][np.ix_(others, others)] = -r[j] / (2 * rest)
            out[j][j, others] = out[j][others, j] = 0.5 / (self.sd[j] * np.sqrt(rest))
            out[j][j, j] = -r[j] / (2 * own[j])
        return out

    def _factor_gradients(self) -> tuple[FloatArray, FloatArray]:
        """Of omega (k, k) and of the loadings (k, k, k)."""
        k, found = len(self.S), self.factor
        if found is None:
            return np.zeros((k, k)), np.zeros((k, k, k))
        moves = onefactor.derivatives(self.corr, found)
        common, rest = float(self.sd @ found.loading), float(self.sd**2 @ found.unique)
        over = (common**2 + rest) ** 2
        by_common, by_rest = 2 * common * rest / over, -(common**2) / over
        H = np.tensordot(by_common * self.sd, moves[:k], 1) + np.tensordot(by_rest * self.sd**2, moves[k:], 1)
        direct = (by_common * found.loading + 2 * by_rest * self.sd * found.unique) / (2 * self.sd)
        loading = np.array([self._by_corr(move) for move in moves[:k]])
        return self._by_corr(H) + np.diag(direct), loading

    def _numeric(self) -> tuple[FloatArray, FloatArray]:
        """Central differences with two steps, relative error about 1e-11: lambda6 (k, k) and item_total_corrected (k, k, k)."""
        k = len(self.S)
        out = np.zeros((k + 1, k, k))
        for i in range(k):
            for j in range(i, k):
                h = 1e-3 * self.sd[i] * self.sd[j]
                slope = (4 * self._moved(i, j, h) - self._moved(i, j, 2 * h)) / 3
                out[:, i, j] = out[:, j, i] = slope if i == j else slope / 2
        return out[0], out[1:]

    def _moved(self, i: int, j: int, h: float) -> FloatArray:
        ends = []
        for step in (h, -h):
            S = self.S.copy()
            S[i, j] += step
            S[j, i] = S[i, j]
            one = Coefficients(S)
            ends.append(np.r_[one._lambda6(float(one.corr.sum())), one._corrected()])
        return np.asarray((ends[0] - ends[1]) / (2 * h), dtype=np.float64)


def alpha(S: FloatArray) -> float:
    """Cronbach's alpha, k/(k - 1) (1 - sum of item variances / variance of the sum); NaN for one item or a constant sum."""
    k, own, whole = len(S), float(np.trace(S)), float(S.sum())
    return k / (k - 1) * (1 - own / whole) if k > 1 and whole > NEGLIGIBLE * own else float("nan")


def alpha_gradient(S: FloatArray) -> FloatArray:
    """(k, k): k/(k - 1) (t/v^2 - I/v), t the trace, v the sum of S."""
    k, t, v = len(S), np.trace(S), S.sum()
    return np.asarray(k / (k - 1) * (t / v**2 - np.eye(k) / v), dtype=np.float64)


def names(items: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """(coefficient, item or '') in the order of `values`."""
    return tuple((name, "") for name in WHOLE) + tuple((name, item) for name in EACH for item in items)


def _unique(R: FloatArray) -> FloatArray:
    """(k,) what the other items do not explain of each: 1 / diag(R^-1); NaN when R has no inverse."""
    if not np.isfinite(R).all() or np.linalg.matrix_rank(R) < len(R):
        return np.full(len(R), np.nan)
    return np.asarray(1 / np.diag(np.linalg.inv(R)), dtype=np.float64)
