"""Proportional odds: logit P(Y <= k) = zeta_k - x beta, fitted by Newton's method to machine precision.

Imports numpy, scipy.special and fit; arrays in, a Fit out; knows no design.  Signs and order of parameters as R: beta, then
zeta.  The log-likelihood is concave.  Source: McCullagh (1980) JRSS B 42:109; R `MASS::polr`, `svyolr` (stops at 1e-8 of
the deviance and differences its second derivative, so its own figures are good to about 1e-5).
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, log_expit

from ..units import FloatArray, IntArray
from .fit import DEPENDENT, SEPARATED, STUCK, Fit, Kernel, failed, recession

MOST = 200
SUSPICIOUS = (10, 12.0)
STILL = 1e-9


def kernel(code: IntArray, levels: int, x: FloatArray, names: tuple[str, ...]) -> Kernel:
    """The fit as a function of the weights; code (m,) in 0..levels-1, x (m, p) without a column of ones."""
    k = x.shape[1] + levels - 1

    def fit(weight: FloatArray, start: FloatArray | None) -> Fit:
        used = weight > 0
        if len(np.unique(code[used])) < levels:
            return failed(len(code), k, DEPENDENT)
        middle = np.average(x[used], axis=0, weights=weight[used]) if x.shape[1] else np.zeros(0)
        width = np.sqrt(np.average((x[used] - middle) ** 2, axis=0, weights=weight[used])) if x.shape[1] else np.zeros(0)
        if (width <= 1e-13 * (1 + np.abs(middle))).any():
            return failed(len(code), k, DEPENDENT)
        plain = (x - middle) / width
        back = np.eye(k)  # from parameters of the standardised columns to those of x
        p = x.shape[1]
        back[:p, :p] = np.diag(1 / width)
        back[p:, :p] = (middle / width)[None, :]
        first = (
            _begin(code[used], weight[used], p, levels) if start is None else np.asarray(np.linalg.solve(back, start), np.float64)
        )
        theta, trouble, direction = _climb(code[used], plain[used], weight[used], levels, first)
        if trouble:
            away = None if direction is None else back @ direction
            said = "" if away is None else ", ".join(n for n, d in zip(names, away, strict=True) if abs(d) > 1e-6)
            return failed(len(code), k, trouble.format(names=said))
        scores, _, logp = derivatives(theta, code, plain, levels)
        inverse = np.linalg.inv(_information(theta, code[used], plain[used], weight[used], levels))
        deviance = float(-2 * (weight @ logp))
        blank = np.zeros(len(code))
        return Fit(
            back @ theta,
            np.asarray(np.linalg.solve(back.T, scores.T).T, np.float64),
            back @ inverse @ back.T,
            deviance,
            blank,
            blank,
        )

    return fit


def _begin(code: IntArray, weight: FloatArray, p: int, levels: int) -> FloatArray:
    below = np.cumsum(np.bincount(code, weights=weight, minlength=levels))[:-1] / weight.sum()
    return np.concatenate([np.zeros(p), np.log(below / (1 - below))])


def _climb(
    code: IntArray, x: FloatArray, weight: FloatArray, levels: int, theta: FloatArray
) -> tuple[FloatArray, str, FloatArray | None]:
    """Newton's steps, halved when the likelihood falls or thresholds cross.  (parameters, trouble, direction that runs away)."""
    checked, p = False, x.shape[1]
    scores, _, logp = derivatives(theta, code, x, levels)
    worth = float(weight @ logp)
    for step in range(MOST):
        try:
            move = np.linalg.solve(_information(theta, code, x, weight, levels), weight @ scores)
        except np.linalg.LinAlgError:
            move = np.full(len(theta), np.nan)
        size, far = 1.0, float(np.abs(theta).max())
        if np.isfinite(move).all():
            while size > 1e-9:
                trial = theta + size * move
                if (np.diff(trial[p:]) > 0).all():
                    found = derivatives(trial, code, x, levels)
                    new = float(weight @ found[2])
                    if new >= worth - 1e-12 * abs(worth):
                        break
                size /= 2
            theta, scores, worth = trial, found[0], new
            if size == 1.0 and float(np.abs(move).max()) <= STILL * (1 + far):
                return theta, "", None
        stalled = size <= 1e-9 or not np.isfinite(move).all()
        if not checked and (stalled or (step >= SUSPICIOUS[0] and far > SUSPICIOUS[1])):
            checked = True
            direction = _runaway(code, x, levels)
            if direction is not None:
                return theta, SEPARATED, direction
        if stalled:
            return theta, STUCK, None
    return theta, STUCK, None


def derivatives(theta: FloatArray, code: IntArray, x: FloatArray, levels: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Scores (m, k), the cumulative probabilities above and below each answer (m, 2), log probabilities (m,)."""
    p = x.shape[1]
    zeta, eta = theta[p:], x @ theta[:p]
    cut = np.concatenate([[-np.inf], zeta, [np.inf]])
    above, below = cut[code + 1] - eta, cut[code] - eta
    f_above, f_below = expit(above), expit(below)
    with np.errstate(divide="ignore", invalid="ignore"):
        width = -np.expm1(np.where(code == 0, -np.inf, np.where(code == levels - 1, -np.inf, cut[code] - cut[code + 1])))
    up = np.where(code == levels - 1, 0.0, expit(-above) / (expit(-below) * width))
    down = np.where(code == 0, 0.0, f_below / (np.where(f_above > 0, f_above, 1.0) * width))
    logp = log_expit(above) + log_expit(-below) + np.log(width)
    scores = np.zeros((len(code), len(theta)))
    scores[:, :p] = x * (f_above + f_below - 1)[:, None]
    row = np.arange(len(code))
    top, bottom = code < levels - 1, code > 0
    scores[row[top], p + code[top]] += up[top]
    scores[row[bottom], p + code[bottom] - 1] -= down[bottom]
    return scores, np.column_stack([f_above, f_below]), np.asarray(logp, dtype=np.float64)


def _information(theta: FloatArray, code: IntArray, x: FloatArray, weight: FloatArray, levels: int) -> FloatArray:
    """Minus the second derivative of the weighted log-likelihood, (k, k)."""
    p = x.shape[1]
    scores, f, _ = derivatives(theta, code, x, levels)
    dens = f * (1 - f)
    q = levels - 1
    row = np.arange(len(code))
    out = np.zeros((p + q, p + q))
    out[:p, :p] = (x * (weight * dens.sum(axis=1))[:, None]).T @ x
    cross = np.zeros((len(code), q))
    up, down = np.zeros(len(code)), np.zeros(len(code))
    top, bottom = code < q, code > 0
    cross[row[top], code[top]] = dens[top, 0]
    cross[row[bottom], code[bottom] - 1] = dens[bottom, 1]
    up[top], down[bottom] = scores[row[top], p + code[top]], -scores[row[bottom], p + code[bottom] - 1]
    out[:p, p:] = -(x * weight[:, None]).T @ cross
    out[p:, :p] = out[:p, p:].T
    here = np.bincount(code[top], weights=(weight * (up**2 - up * (1 - 2 * f[:, 0])))[top], minlength=q)
    there = np.bincount(code[bottom] - 1, weights=(weight * (down**2 + down * (1 - 2 * f[:, 1])))[bottom], minlength=q)
    out[np.arange(p, p + q), np.arange(p, p + q)] = here + there
    both = top & bottom
    side = -np.bincount(code[both] - 1, weights=(weight * up * down)[both], minlength=q)[: q - 1]
    out[np.arange(p, p + q - 1), np.arange(p + 1, p + q)] += side
    out[np.arange(p + 1, p + q), np.arange(p, p + q - 1)] += side
    return out


def _runaway(code: IntArray, x: FloatArray, levels: int) -> FloatArray | None:
    """A direction along which no answer becomes less likely: separation by the columns, or by an empty category."""
    q = levels - 1
    steps = np.eye(q)
    top, bottom = code < q, code > 0
    rows = np.vstack([np.hstack([-x[top], steps[code[top]]]), np.hstack([x[bottom], -steps[code[bottom] - 1]])])
    return recession(rows, np.zeros((0, x.shape[1] + q)))


def expected(beta: FloatArray, zeta: FloatArray, x: FloatArray, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    """E(score | x) (m,) for category scores (levels,), and its derivative in beta and zeta (m, k)."""
    below = expit(zeta[None, :] - (x @ beta)[:, None])
    density = below * (1 - below) * np.diff(scores)
    return scores[-1] - below @ np.diff(scores), np.hstack([x * density.sum(axis=1)[:, None], -density])
