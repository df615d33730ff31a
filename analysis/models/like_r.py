"""R's stopping rules: the same likelihoods, stopped where R stops, so that figures published from R come out digit by digit.

Imports numpy, irls and ordinal; never used unless a model asks for it with epsilon.  R stops before the maximum: `glm.fit` when
the deviance changes by less than 1e-8 of itself (coefficients then right to about 1e-9, their variance, made with the
weights of the step before, to 1e-6), `svyolr` when BFGS gains less than 1e-8 (coefficients right to about 1e-3 only).
Sources: R `glm.fit`, `survey::svyolr`; Nash (1990) Compact Numerical Methods for Computers, algorithm 21 (`optim`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import logit

from ..units import FloatArray
from . import irls, ordinal
from .fit import ALIASED, Fit, Kernel

GLM_STEPS, BFGS_STEPS = 25, 100
SHRINK, GAIN, SAME = 0.2, 1e-4, 10.0  # BFGS: step reduction, least share of the expected gain, size beside which steps vanish
DIFFERENCE = 1e-3  # step of the differenced second derivative


def glm_kernel(exact: Kernel, family: irls.Family, y: FloatArray, x: FloatArray, epsilon: float, scale: float) -> Kernel:
    """Fisher scoring stopped by the change in deviance, weights divided by scale; the exact fit when that does not end."""

    def fit(weight: FloatArray, start: FloatArray | None) -> Fit:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            found = scoring(family, y, x, weight / scale, epsilon)
            return exact(weight, start) if found is None else irls.described(family, y, x, weight, *found)

    return fit


def scoring(
    family: irls.Family, y: FloatArray, x: FloatArray, weight: FloatArray, epsilon: float
) -> tuple[FloatArray, FloatArray] | None:
    """(coefficients, working variance of the last step), None when 25 steps are too few or the columns are dependent."""
    eta = family.begin(y, weight)
    before = float(weight @ family.deviance(y, eta))
    for _ in range(GLM_STEPS):
        variance = family.variance(eta)
        root = np.sqrt(weight * variance)
        q, r = np.linalg.qr(x * root[:, None])
        if _singular(r):
            return None
        beta = np.linalg.solve(r, q.T @ (root * (eta + family.residual(y, eta) / variance)))
        eta = x @ beta
        now = float(weight @ family.deviance(y, eta))
        if abs(now - before) < epsilon * (abs(now) + 0.1):
            return beta, variance
        before = now
    return None


def _singular(triangle: FloatArray) -> bool:
    """A diagonal entry that is nothing beside its column."""
    length = np.sqrt((triangle**2).sum(axis=0))
    return bool((np.abs(np.diag(triangle)) <= ALIASED * length).any())


def ordinal_kernel(exact: Kernel, y: FloatArray, levels: int, x: FloatArray, epsilon: float) -> Kernel:
    """Proportional odds by BFGS in (beta, first threshold, logs of the gaps) from a logistic fit at the middle category."""
    code, p = y.astype(np.intp), x.shape[1]

    def thresholds(b: FloatArray) -> FloatArray:
        return np.concatenate([b[:p], np.cumsum(np.concatenate([b[p : p + 1], np.exp(b[p + 1 :])]))])

    def slope(b: FloatArray) -> FloatArray:
        """Derivative of (beta, thresholds) in b."""
        out = np.eye(len(b))
        out[p:, p] = 1.0
        for j in range(p + 1, len(b)):
            out[j:, j] = np.exp(b[j])
        return out

    def fit(weight: FloatArray, start: FloatArray | None) -> Fit:
        answers = ordinal.Answers(code, levels, x, weight)

        def loss(b: FloatArray) -> float:
            return -float(weight @ answers.state(thresholds(b)).logp)

        def gradient(b: FloatArray) -> FloatArray:
            return -answers.gradient(answers.state(thresholds(b))) @ slope(b)

        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            first = _first(code, levels, x, weight, epsilon)
            if first is None or (weight <= 0).any():
                return exact(weight, start)
            b = bfgs(first, loss, gradient, epsilon)
            steps = [(gradient(b + e) - gradient(b - e)) / (2 * DIFFERENCE) for e in DIFFERENCE * np.eye(len(b))]
            half = np.array(steps) / 2
            turn = slope(b)
            scores = answers.scores(answers.state(thresholds(b)))
        blank = np.zeros(len(y))
        return Fit(thresholds(b), scores, turn @ np.linalg.pinv(half + half.T) @ turn.T, 2 * loss(b), blank, blank)

    return fit


def _first(code: np.ndarray, levels: int, x: FloatArray, weight: FloatArray, epsilon: float) -> FloatArray | None:
    """Where svyolr begins: coefficients of P(above the middle), thresholds spread by the normal's approximate quantiles."""
    middle = levels // 2
    high = (code >= middle).astype(np.float64)
    found = scoring(irls.BINOMIAL, high, np.column_stack([np.ones(len(code)), x]), weight / weight.mean(), epsilon)
    if found is None:
        return None
    spacing = logit(np.arange(1, levels) / levels) / 1.7
    gamma = spacing - spacing[middle - 1] - found[0][0]
    return np.concatenate([found[0][1:], gamma[:1], np.log(np.diff(gamma))])


def bfgs(
    start: FloatArray, loss: Callable[[FloatArray], float], gradient: Callable[[FloatArray], FloatArray], epsilon: float
) -> FloatArray:
    """Nash's variable metric method with a backtracking line search, restarted from steepest descent before it gives up."""
    b, value, g = start, loss(start), gradient(start)
    metric, fresh, since = np.eye(len(b)), True, 0
    for _ in range(BFGS_STEPS):
        if since > 2 * len(b):
            metric, fresh, since = np.eye(len(b)), True, 0
        move = -metric @ g
        downhill = float(move @ g)
        trial, new = _searched(b, move, value, downhill, loss) if downhill < 0 else (None, value)
        if trial is None or abs(new - value) <= epsilon * (abs(value) + epsilon):
            b = b if trial is None else trial
            value = min(new, value)
            if fresh:
                break
            metric, fresh, since = np.eye(len(b)), True, 0
            continue  # with the gradient of the point before, as R does
        change, turned = trial - b, gradient(trial)
        b, value, rise, g = trial, new, turned - g, turned
        along = float(change @ rise)
        fresh, since = along <= 0, since + 1
        if fresh:
            metric, since = np.eye(len(b)), 0
            continue
        pulled = metric @ rise
        metric = (
            metric
            + (
                (1 + float(pulled @ rise) / along) * np.outer(change, change)
                - np.outer(change, pulled)
                - np.outer(pulled, change)
            )
            / along
        )
    return b


def _searched(
    b: FloatArray, move: FloatArray, value: float, downhill: float, loss: Callable[[FloatArray], float]
) -> tuple[FloatArray | None, float]:
    """The first of steps 1, 0.2, 0.04, ... that gains enough; None when the steps vanish."""
    size = 1.0
    while True:
        trial = b + size * move
        if (SAME + b == SAME + trial).all():
            return None, value
        new = loss(trial)
        if np.isfinite(new) and new <= value + downhill * size * GAIN:
            return trial, new
        size *= SHRINK
