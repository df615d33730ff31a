"""Generalised linear models with canonical links, fitted to machine precision by weighted least squares.

Imports numpy, scipy.special and fit; arrays in, a Fit out; knows no design.  statsmodels is the oracle in the tests.
Source: McCullagh and Nelder (1989) Generalized Linear Models, ch. 2; R `glm.fit` (whose default stops at 1e-8 of the deviance).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit, xlogy

from ..units import FloatArray
from .fit import DEPENDENT, SEPARATED, STUCK, Fit, Kernel, failed, recession

MOST = 200
SUSPICIOUS = (10, 12.0)  # iterations, linear predictor: from here on the data may be separated
STILL = 1e-9  # the step after one this small changes nothing: convergence is quadratic


@dataclass(frozen=True)
class Family:
    """mean, variance (also the derivative of the mean), y - mean without cancellation, unit deviance and a first eta.

    bound: (y at its lower bound, y at its upper bound), where the linear predictor may run away.
    """

    name: str
    mean: Callable[[FloatArray], FloatArray]
    variance: Callable[[FloatArray], FloatArray]
    residual: Callable[[FloatArray, FloatArray], FloatArray]
    deviance: Callable[[FloatArray, FloatArray], FloatArray]
    begin: Callable[[FloatArray, FloatArray], FloatArray]
    bounds: tuple[float, float]


def _binomial_deviance(y: FloatArray, eta: FloatArray) -> FloatArray:
    return np.asarray(2 * (xlogy(y, y) + xlogy(1 - y, 1 - y) - y * log_expit(eta) - (1 - y) * log_expit(-eta)), dtype=np.float64)


def _poisson_deviance(y: FloatArray, eta: FloatArray) -> FloatArray:
    return np.asarray(2 * (xlogy(y, y) - y * eta - y + np.exp(eta)), dtype=np.float64)


GAUSSIAN = Family(
    "gaussian", lambda e: e, np.ones_like, lambda y, e: y - e, lambda y, e: (y - e) ** 2, lambda y, _: y, (-np.inf, np.inf)
)
BINOMIAL = Family(
    "binomial", lambda e: np.asarray(expit(e)), lambda e: np.asarray(expit(e) * expit(-e)),
    lambda y, e: np.asarray(y * expit(-e) - (1 - y) * expit(e)), _binomial_deviance,
    lambda y, w: np.log((w * y + 0.5) / (w + 0.5 - w * y)), (0.0, 1.0),
)  # fmt: skip
POISSON = Family(
    "poisson", np.exp, np.exp, lambda y, e: y - np.exp(e), _poisson_deviance, lambda y, _: np.log(y + 0.1), (0.0, np.inf)
)
FAMILIES: Mapping[str, Family] = {
    "gaussian": GAUSSIAN, "binomial": BINOMIAL, "quasibinomial": BINOMIAL, "poisson": POISSON, "quasipoisson": POISSON,
}  # fmt: skip


def kernel(family: Family, y: FloatArray, x: FloatArray, names: tuple[str, ...]) -> Kernel:
    """The fit as a function of the weights (m,) and a starting point; people of weight 0 take no part.

    The columns are made orthonormal once, so that every step may use sums of squares without losing digits.
    """
    basis, triangle = np.linalg.qr(x)

    def fit(weight: FloatArray, start: FloatArray | None) -> Fit:
        used = weight > 0
        kept = (y, basis, weight) if used.all() else (y[used], basis[used], weight[used])
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            theta, trouble, direction = _climb(family, *kept, None if start is None else triangle @ start)
            if trouble:
                away = np.zeros(x.shape[1]) if direction is None else np.linalg.solve(triangle, direction)
                reach = np.abs(away) * np.abs(x).max(axis=0)
                said = ", ".join(n for n, r in zip(names, reach.tolist(), strict=True) if r > 1e-6 * reach.max())
                return failed(len(y), x.shape[1], trouble.format(names=said))
            return described(family, y, x, weight, np.linalg.solve(triangle, theta))

    return fit


def _climb(
    family: Family, y: FloatArray, x: FloatArray, weight: FloatArray, start: FloatArray | None
) -> tuple[FloatArray, str, FloatArray | None]:
    """Newton's steps, halved when the deviance rises.  (parameters, trouble, direction that runs away)."""
    if not len(y):
        return np.zeros(x.shape[1]), DEPENDENT, None
    eta = family.begin(y, np.ones(len(y))) if start is None else x @ start
    target = eta if start is None else np.zeros(len(y))  # the first step fits the starting values themselves
    beta, origin = (np.zeros(x.shape[1]), np.zeros(len(y))) if start is None else (start, eta)
    worth, checked = np.inf, False
    for step in range(MOST):
        variance = family.variance(eta)
        gram = (x * (weight * variance)[:, None]).T @ x
        if _singular(gram):
            return beta, DEPENDENT, None
        move = np.linalg.solve(gram, x.T @ (weight * (variance * target + family.residual(y, eta))))
        moved, size = x @ move, 1.0
        new = float(weight @ family.deviance(y, origin + moved))
        while not new <= worth * (1 + 1e-12) + 1e-300 and size > 1e-9:
            size /= 2
            new = float(weight @ family.deviance(y, origin + size * moved))
        beta, eta, worth = beta + size * move, origin + size * moved, new
        origin, target = eta, np.zeros(len(y))
        far, last = float(np.abs(eta).max()), float(np.abs(moved).max())
        if step > 0 and last <= STILL * (1 + far):
            return beta, "", None
        if size <= 1e-9:
            return beta, ("" if last <= 1e-6 * (1 + far) else STUCK), None
        if not checked and step >= SUSPICIOUS[0] and far > SUSPICIOUS[1]:
            checked = True
            direction = _runaway(family, y, x)
            if direction is not None:
                return beta, SEPARATED, direction
    return beta, STUCK, None


def _singular(gram: FloatArray) -> bool:
    values = np.linalg.eigvalsh(gram) if np.isfinite(gram).all() else np.zeros(1)
    return bool(values[0] <= 1e-14 * values[-1])


def _runaway(family: Family, y: FloatArray, x: FloatArray) -> FloatArray | None:
    low, high = y <= family.bounds[0], y >= family.bounds[1]
    return recession(np.vstack([x[high], -x[low]]), x[~low & ~high]) if low.any() or high.any() else None


def described(
    family: Family, y: FloatArray, x: FloatArray, weight: FloatArray, beta: FloatArray, working: FloatArray | None = None
) -> Fit:
    """Scores, information and residuals at the maximum; for the canonical link observed = expected information.

    working: the variance that the information is made of, when it is not that of beta itself (R's last step).
    """
    eta = x @ beta
    variance, rest = family.variance(eta), family.residual(y, eta)
    used = variance if working is None else working
    r = np.linalg.qr(x * np.sqrt(weight * used)[:, None], mode="r")
    inverse = np.linalg.solve(r, np.eye(len(r)))
    deviance = float(weight @ family.deviance(y, eta))
    scores = x * (rest if working is None else rest * (used / variance))[:, None]
    return Fit(beta, scores, inverse @ inverse.T, deviance, family.mean(eta), rest / np.sqrt(variance))
