"""Hadamard matrices for balanced half samples: square matrices of 1 and -1 with orthogonal rows.

Imports numpy.  Constructions: Paley (1933) J. Math. Phys. 12:311, types I and II, for primes; Sylvester (1867), doubling.
Type I of order 12 is the matrix that R survey's `hadamard` gives.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Signs = NDArray[np.int8]


def order(columns: int) -> int:
    """The smallest order we can build that has `columns` rows besides the constant one."""
    m = 4 * (columns // 4 + 1)
    while not _known(m):
        m += 4
    return m


@cache
def matrix(m: int) -> Signs:
    """A Hadamard matrix of order m whose first row is constant.  ValueError when we have no construction."""
    if m in (1, 2):
        return np.array([[1, 1], [1, -1]], dtype=np.int8)[:m, :m]
    if m % 4 == 0 and _prime(m - 1):
        return _paley_one(m - 1)
    if m % 2 == 0 and _known(m // 2):
        half = matrix(m // 2)
        return np.block([[half, half], [half, -half]]).astype(np.int8)
    if m % 4 == 0 and _second(m):
        return _paley_two(m // 2 - 1)
    raise ValueError(f"no Hadamard matrix of order {m} is built here")


def _known(m: int) -> bool:
    if m in (1, 2):
        return True
    return m % 4 == 0 and (_prime(m - 1) or _known(m // 2) or _second(m))


def _second(m: int) -> bool:
    q = m // 2 - 1
    return q % 4 == 1 and _prime(q)


def _prime(n: int) -> bool:
    return n > 1 and all(n % d for d in range(2, int(n**0.5) + 1))


def _squares(q: int) -> Signs:
    """The quadratic character of 0 ... q-1: 0 at 0, 1 at squares, -1 elsewhere."""
    chi = np.full(q, -1, dtype=np.int8)
    chi[[i * i % q for i in range(1, q)]] = 1
    chi[0] = 0
    return chi


def _paley_one(q: int) -> Signs:
    """Order q + 1, q a prime of the form 4k + 3."""
    chi = -_squares(q)
    chi[0] = -1
    out = np.ones((q + 1, q + 1), dtype=np.int8)
    out[1:, 1:] = chi[np.add.outer(np.arange(q), np.arange(q)) % q]
    return out


def _paley_two(q: int) -> Signs:
    """Order 2(q + 1), q a prime of the form 4k + 1; columns turned so that the first row is constant."""
    core = np.zeros((q + 1, q + 1), dtype=np.int8)
    core[0, 1:] = core[1:, 0] = 1
    core[1:, 1:] = _squares(q)[np.subtract.outer(np.arange(q), np.arange(q)) % q]
    out = np.kron(core, np.array([[1, 1], [1, -1]])) + np.kron(np.eye(q + 1, dtype=int), np.array([[1, -1], [-1, -1]]))
    return np.asarray(out * out[0], dtype=np.int8)
