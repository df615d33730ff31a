"""Proportional odds: logit P(Y <= k) = zeta_k - x beta, fitted by Newton's method to machine precision.

Imports numpy, scipy.special and fit; arrays in, a Fit out; knows no design.  Signs and order of parameters as R: beta, then
zeta.  The log-likelihood is concave.  Source: McCullagh (1980) JRSS B 42:109; R `MASS::polr`, `svyolr` (stops at 1e-8 of
the deviance and differences its second derivative, so its own figures are good to about 1e-5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from ..units import FloatArray, IntArray
from .fit import DEPENDENT, SEPARATED, STUCK, Fit, Kernel, failed, recession

MOST = 200
SUSPICIOUS = (10, 12.0)
STILL = 1e-9


@dataclass(frozen=True, eq=False)
class State:
    """Everybody at one value of the parameters, (m,) each.

    above, below: P(Y <= own answer), P(Y < own answer).  up, down: how fast the log probability of the answer rises with the
    threshold above it, falls with the one below it.  logp: the log probability.
    """

    above: FloatArray
    below: FloatArray
    up: FloatArray
    down: FloatArray
    logp: FloatArray


@dataclass(frozen=True, eq=False)
class Answers:
    """code: (m,) categories 0..levels-1; x: (m, p); weight: (m,)."""

    code: IntArray
    levels: int
    x: FloatArray
    weight: FloatArray

    def state(self, theta: FloatArray) -> State:
        """The likelihood's pieces at beta, zeta; no term cancels however near two thresholds are."""
        zeta, eta = theta[self.x.shape[1] :], self.x @ theta[: self.x.shape[1]]
        cut = np.concatenate([[-np.inf], zeta, [np.inf]])
        width = np.ones(self.levels)
        width[1:-1] = -np.expm1(-np.diff(zeta))
        a, b, own = cut[self.code + 1] - eta, cut[self.code] - eta, width[self.code]
        above, below, over, under = expit(a), expit(b), expit(-a), expit(-b)
        with np.errstate(divide="ignore", invalid="ignore"):
            return State(above, below, over / (under * own), below / (above * own), np.log(above * under * own))

    def sums(self, upper: FloatArray, lower: FloatArray) -> FloatArray:
        """Per threshold: of `upper` over the people just below it, of `lower` over those just above it; (q,)."""
        first = np.bincount(self.code, weights=upper, minlength=self.levels)[:-1]
        return np.asarray(first + np.bincount(self.code, weights=lower, minlength=self.levels)[1:], dtype=np.float64)

    def gradient(self, at: State) -> FloatArray:
        """Of the weighted log-likelihood, (k,)."""
        w = self.weight
        return np.concatenate([self.x.T @ (w * (at.above + at.below - 1)), self.sums(w * at.up, -w * at.down)])

    def information(self, at: State) -> FloatArray:
        """Minus its second derivative, (k, k)."""
        w, p = self.weight, self.x.shape[1]
        q = self.levels - 1
        upper, lower = w * at.above * (1 - at.above), w * at.below * (1 - at.below)
        out = np.zeros((p + q, p + q))
        out[:p, :p] = (self.x * (upper + lower)[:, None]).T @ self.x
        for i, column in enumerate(self.x.T):
            out[i, p:] = out[p:, i] = -self.sums(column * upper, column * lower)
        own = self.sums(w * at.up * (at.up - 1 + 2 * at.above), w * at.down * (at.down + 1 - 2 * at.below))
        beside = -np.bincount(self.code, weights=w * at.up * at.down, minlength=self.levels)[1:-1]
        out[p:, p:] = np.diag(own) + np.diag(beside, 1) + np.diag(beside, -1)
        return out

    def scores(self, at: State) -> FloatArray:
        """Derivative of each person's log-likelihood, unweighted, (m, k)."""
        p, row = self.x.shape[1], np.arange(len(self.code))
        out = np.zeros((len(row), p + self.levels + 1))
        out[:, :p] = self.x * (at.above + at.below - 1)[:, None]
        out[row, p + self.code + 1] = at.up
        out[row, p + self.code] = -at.down
        return out[:, [*range(p), *range(p + 1, p + self.levels)]]


def kernel(code: IntArray, levels: int, x: FloatArray, names: tuple[str, ...]) -> Kernel:
    """The fit as a function of the weights; code (m,) in 0..levels-1, x (m, p) without a column of ones."""
    p, k = x.shape[1], x.shape[1] + levels - 1

    def fit(weight: FloatArray, start: FloatArray | None) -> Fit:
        used = weight > 0
        if len(np.unique(code[used])) < levels:
            return failed(len(code), k, DEPENDENT)
        middle = np.average(x[used], axis=0, weights=weight[used]) if p else np.zeros(0)
        width = np.sqrt(np.average((x[used] - middle) ** 2, axis=0, weights=weight[used])) if p else np.zeros(0)
        if (width <= 1e-13 * (1 + np.abs(middle))).any():
            return failed(len(code), k, DEPENDENT)
        back = np.eye(k)  # from parameters of the standardised columns to those of x
        back[:p, :p] = np.diag(1 / width)
        back[p:, :p] = middle / width
        plain = (x - middle) / width
        answers = Answers(code[used], levels, plain[used], weight[used])
        first = _begin(answers) if start is None else np.asarray(np.linalg.solve(back, start), np.float64)
        theta, trouble, direction = _climb(answers, first)
        if trouble:
            away = np.zeros(k) if direction is None else np.abs(direction)
            said = ", ".join(n for n, d in zip(names, away.tolist(), strict=True) if d > 1e-6)
            return failed(len(code), k, trouble.format(names=said))
        everybody = Answers(code, levels, plain, weight)
        at = everybody.state(theta)
        scores = np.asarray(np.linalg.solve(back.T, everybody.scores(at).T).T, np.float64)
        bread = back @ np.linalg.inv(everybody.information(at)) @ back.T
        blank = np.zeros(len(code))
        return Fit(back @ theta, scores, bread, float(-2 * (weight @ at.logp)), blank, blank)

    return fit


def _begin(answers: Answers) -> FloatArray:
    below = np.cumsum(np.bincount(answers.code, weights=answers.weight, minlength=answers.levels))[:-1] / answers.weight.sum()
    return np.concatenate([np.zeros(answers.x.shape[1]), np.log(below / (1 - below))])


def _climb(answers: Answers, theta: FloatArray) -> tuple[FloatArray, str, FloatArray | None]:
    """Newton's steps, halved when the likelihood falls or thresholds cross.  (parameters, trouble, direction that runs away)."""
    checked, p = False, answers.x.shape[1]
    at = answers.state(theta)
    worth = float(answers.weight @ at.logp)
    for step in range(MOST):
        try:
            move = np.linalg.solve(answers.information(at), answers.gradient(at))
        except np.linalg.LinAlgError:
            move = np.full(len(theta), np.nan)
        size, far, known = 1.0, float(np.abs(theta).max()), bool(np.isfinite(move).all())
        while known and size > 1e-9:
            trial = theta + size * move
            if (np.diff(trial[p:]) > 0).all():
                found = answers.state(trial)
                new = float(answers.weight @ found.logp)
                if new >= worth - 1e-12 * abs(worth):
                    theta, at, worth = trial, found, new
                    break
            size /= 2
        if known and size == 1.0 and float(np.abs(move).max()) <= STILL * (1 + far):
            return theta, "", None
        stalled = size <= 1e-9 or not known
        if not checked and (stalled or (step >= SUSPICIOUS[0] and far > SUSPICIOUS[1])):
            checked = True
            direction = _runaway(answers.code, answers.x, answers.levels)
            if direction is not None:
                return theta, SEPARATED, direction
        if stalled:
            return theta, STUCK, None
    return theta, STUCK, None


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
