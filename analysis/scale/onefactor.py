"""One common factor by maximum likelihood, and how its solution moves with the correlations: what omega is made of.

Imports numpy.  A correlation matrix in, loadings and derivatives out; never sees a person, a weight or a design.
Sources: Joereskog (1967) Psychometrika 32:443; derivatives by the implicit function theorem on the likelihood equations.
R: `factanal(factors=1)`, lavaan `cfa("f =~ ...")` (the same solution; psych's default is minres).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..units import FloatArray

STEPS = 200
ENOUGH = 1e-12
PROPER = 1e-4


@dataclass(frozen=True, eq=False)
class Solution:
    """loading (k,) with a positive sum; unique (k,) > 0; loading^2 + unique = 1."""

    loading: FloatArray
    unique: FloatArray


def fit(R: FloatArray, start: Solution | None = None) -> Solution | None:
    """The solution for a (k, k) correlation matrix, k >= 3; None when there is no proper one (a uniqueness of 0).

    Newton's method on log det S + tr(R S^-1), S = loading loading' + diag(unique), halving steps that do not descend.
    """
    k = len(R)
    if k < 3 or not np.isfinite(R).all():
        return None
    begin = start or _begin(R)
    theta = np.r_[begin.loading, begin.unique]
    value = _value(theta, R)
    for _ in range(STEPS):
        slope, curve = _slopes(theta, R)
        if float(np.abs(slope).max()) < ENOUGH:
            break
        step = _direction(slope, curve)
        before = theta
        for half in range(30):
            trial = theta + step / 2**half
            if (trial[k:] > PROPER / 10).all() and (found := _value(trial, R)) <= value + 1e-14 * abs(value):
                theta, value = trial, found
                break
        if theta is before or float(np.abs(theta - before).max()) < 1e-15:
            break
    slope, curve = _slopes(theta, R)
    proper = (theta[k:] > PROPER).all() and float(np.abs(slope).max()) < 1e-8
    if not proper or np.linalg.eigvalsh(curve)[0] <= 1e-10:
        return None
    sign = 1.0 if theta[:k].sum() >= 0 else -1.0
    return Solution(sign * theta[:k], theta[k:])


def derivatives(R: FloatArray, solution: Solution) -> FloatArray:
    """d(loading, unique)/dR: (2k, k, k), symmetric in its last two, zero on their diagonal; dtheta = sum of it times dR."""
    k = len(R)
    theta = np.r_[solution.loading, solution.unique]
    _, curve = _slopes(theta, R)
    P = np.linalg.inv(_implied(theta))
    Pl = P @ solution.loading
    # the slope moves by -2 P dR P loading and -diag(P dR P)
    moved = np.zeros((2 * k, k, k))
    moved[:k] = -(P[:, :, None] * Pl[None, None, :] + P[:, None, :] * Pl[None, :, None])
    moved[k:] = -P[:, :, None] * P[:, None, :]
    out = -np.linalg.solve(curve, moved.reshape(2 * k, k * k)).reshape(2 * k, k, k)
    out[:, np.arange(k), np.arange(k)] = 0.0
    return np.asarray(out, dtype=np.float64)


def _begin(R: FloatArray) -> Solution:
    """First principal axis, communalities at most 0.8."""
    values, vectors = np.linalg.eigh(R)
    loading = vectors[:, -1] * np.sqrt(max(values[-1] - 0.5, 0.1))
    loading = loading * (1 if loading.sum() >= 0 else -1)
    loading = np.clip(loading, -0.9, 0.9)
    return Solution(loading, 1 - loading**2)


def _implied(theta: FloatArray) -> FloatArray:
    k = len(theta) // 2
    return np.asarray(np.outer(theta[:k], theta[:k]) + np.diag(theta[k:]), dtype=np.float64)


def _value(theta: FloatArray, R: FloatArray) -> float:
    S = _implied(theta)
    sign, logdet = np.linalg.slogdet(S)
    return float(logdet + np.trace(np.linalg.solve(S, R))) if sign > 0 else np.inf


def _slopes(theta: FloatArray, R: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First (2k,) and second (2k, 2k) derivatives of the function fit minimises."""
    k = len(R)
    loading = theta[:k]
    P = np.linalg.inv(_implied(theta))
    Q = P @ R @ P
    W = P - Q
    slope = np.r_[2 * W @ loading, np.diag(W)]
    # dW = -P dS P + P dS Q + Q dS P; loading j moves S by e_j l' + l e_j', unique j by e_j e_j'
    Pl, Ql = P @ loading, Q @ loading
    move = np.empty((2 * k, k, k))
    for j in range(k):
        p, q = P[:, j], Q[:, j]
        first = -np.outer(p, Pl) + np.outer(p, Ql) + np.outer(q, Pl)
        move[j] = first + first.T
        move[k + j] = -np.outer(p, p) + np.outer(p, q) + np.outer(q, p)
    curve = np.hstack([2 * move @ loading, move[:, np.arange(k), np.arange(k)]])
    curve[:k, :k] += 2 * W
    return slope, np.asarray((curve + curve.T) / 2, dtype=np.float64)


def _direction(slope: FloatArray, curve: FloatArray) -> FloatArray:
    """Newton's step; where the function is not convex its eigenvalues are turned positive."""
    values, vectors = np.linalg.eigh(curve)
    safe = np.maximum(np.abs(values), 1e-6 * np.abs(values).max())
    return np.asarray(-vectors @ ((vectors.T @ slope) / safe), dtype=np.float64)
