"""Maximum-entropy sampling: fixed size, exactly the given inclusion probabilities, exactly known joint probabilities.

Imports systematic (certain units) and numpy.  Never sees a household.  Also called conditional Poisson
sampling: independent draws with odds w_i given that n units are drawn, P(s) proportional to the product of w_i over s.
Hajek (1964) Ann. Math. Stat. 35:1491; Chen, Dempster and Liu (1994) Biometrika 81:457; Deville (2000), Tille (2006) Sampling
Algorithms, ch. 5; R: `sampling::UPmaxentropy`, `UPmaxentropypi2`.

Sums are distributions of the number drawn among the units before and after unit i (independent draws with probabilities
w/(1 + w), scaled to n on average).  Every term is positive, nothing is divided out, so no digit is lost when a probability
is near 1 or many are alike; the formula (pi_i w_j - pi_j w_i)/(w_j - w_i) for the joint probabilities loses them all there.
The odds that give the probabilities asked for are found by a quasi-Newton step whose matrix is Hajek's form of the
covariance, diag(c) - cc'/sum c with the right diagonal (Deville and Tille 2005 J. Stat. Plan. Inference 128:569).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from .systematic import U, certain

Floats = NDArray[np.float64]
_STEPS, _ENOUGH, _TINY = 500, 2e-15, 1e-13
_ROOM = 2_000_000
"""Numbers held at once for the joint probabilities: 16 MB a table."""


@dataclass(frozen=True)
class Entropy(Generic[U]):
    """One stratum drawn with maximum entropy: its units, the certain ones, and the odds of the others (0 for certain)."""

    units: tuple[U, ...]
    p: Floats
    odds: Floats
    certain: frozenset[int]

    @property
    def chance(self) -> int:
        """How many units are drawn by chance."""
        return round(float(self.p.sum())) - len(self.certain)

    def probabilities(self) -> Floats:
        """First-order inclusion probabilities."""
        return self.p

    def drawn(self, rng: np.random.Generator) -> list[int]:
        """Positions drawn, unit by unit in the order of `units`, one random number each (Chen et al. 1994, procedure 3)."""
        free = self._free()
        found = draw(self.odds[free], self.chance, rng.random(len(free)))
        return sorted({*(int(free[i]) for i in found), *self.certain})

    def outcomes(self, most: int) -> tuple[Floats, list[list[int]]] | None:
        """Every sample and its probability; None when there are more than `most`."""
        free, n = self._free(), self.chance
        if comb(len(free), n) > most:
            return None
        found = np.array(list(combinations(range(len(free)), n)), dtype=np.int64).reshape(-1, n)
        weight = np.exp(np.log(self.odds[free])[found].sum(axis=1))
        members = [sorted({*map(int, free[row]), *self.certain}) for row in found]
        return weight / weight.sum(), members

    def pairs(self, rows: Sequence[int]) -> Floats:
        """Joint inclusion probabilities of the units at some positions, the diagonal their own."""
        free = self._free()
        place = {int(i): k for k, i in enumerate(free)}
        out = np.outer(self.p[list(rows)], self.p[list(rows)])
        by_chance = [k for k, i in enumerate(rows) if i in place]
        if by_chance:
            at = [place[rows[k]] for k in by_chance]
            out[np.ix_(by_chance, by_chance)] = joint(self.odds[free], self.p[free], self.chance, at)
        np.fill_diagonal(out, self.p[list(rows)])
        return out

    def _free(self) -> NDArray[np.int64]:
        return np.array([i for i in range(len(self.units)) if i not in self.certain], dtype=np.int64)


def entropy(units: Sequence[U], n: int) -> Entropy[U]:
    """A stratum to draw n of with maximum entropy, probabilities proportional to households."""
    sizes = np.array([u.households for u in units], dtype=np.float64)
    taken = certain(sizes, n)
    p, odds = np.ones(len(units)), np.zeros(len(units))
    free = np.ones(len(units), dtype=bool)
    free[sorted(taken)] = False
    if free.any():
        p[free] = sizes[free] * (n - len(taken)) / sizes[free].sum()
        odds[free] = odds_of(p[free])
    return Entropy(tuple(units), p, odds, taken)


def odds_of(p: Floats) -> Floats:
    """The odds whose maximum-entropy sample has inclusion probabilities p (in (0, 1), adding up to a whole number).

    ValueError (our bug) when they do not, or when the search does not reach 1e-12.
    """
    n = round(float(p.sum()))
    if abs(p.sum() - n) > 1e-9 or not ((p > 0) & (p < 1)).all():
        raise ValueError("probabilities in (0, 1) with a whole sum")
    scale = _hajek(p * (1.0 - p))
    log_odds = np.log(p) - np.log1p(-p)
    gap = p - inclusion(np.exp(log_odds), n)
    step = 1.0
    for _ in range(_STEPS):
        worst = np.abs(gap).max()
        if worst <= _ENOUGH or np.abs(gap / scale).max() <= _TINY or step < 1e-3:
            break
        trial = log_odds + step * gap / scale
        left = p - inclusion(np.exp(trial), n)
        if np.abs(left).max() < worst:
            log_odds, gap, step = trial, left, min(1.0, 2 * step)
        else:
            step /= 2
    if np.abs(gap).max() > 1e-12:
        raise ValueError(f"odds not found: {np.abs(gap).max():.3g}")
    return np.asarray(np.exp(log_odds - log_odds.mean()), dtype=np.float64)


def inclusion(odds: Floats, n: int) -> Floats:
    """Inclusion probabilities of n units with odds (..., N), one problem a row; an odd of 0 is a unit that is not there."""
    if n == 0:
        return np.zeros(odds.shape)
    p = _scaled(odds, n)
    before, after = _counts(p, n), _counts(p[..., ::-1], n)[::-1]
    with_it = p * np.moveaxis((before[:-1, ..., :n] * after[1:, ..., n - 1 :: -1][..., :n]).sum(axis=-1), 0, -1)
    without = (1.0 - p) * np.moveaxis((before[:-1] * after[1:, ..., ::-1]).sum(axis=-1), 0, -1)
    return np.asarray(with_it / (with_it + without), dtype=np.float64)


def joint(odds: Floats, p: Floats, n: int, rows: Sequence[int]) -> Floats:
    """Joint inclusion probabilities of the units at `rows`: p_i times the probability of j in a sample of n - 1 without i."""
    at = np.array(rows, dtype=np.int64)
    pair = np.empty((len(at), len(at)))
    block = max(1, _ROOM // (len(odds) * n))
    for k in range(0, len(at), block):
        some = at[k : k + block]
        without = np.tile(odds, (len(some), 1))
        without[np.arange(len(some)), some] = 0.0
        pair[k : k + block] = p[some][:, None] * inclusion(without, n - 1)[:, at]
    pair = (pair + pair.T) / 2
    np.fill_diagonal(pair, p[at])
    return pair


def draw(odds: Floats, n: int, uniforms: Floats) -> list[int]:
    """Positions of n units, decided one after the other: unit i given how many are still to be drawn from i on."""
    if n == 0:
        return []
    p = _scaled(odds, n)
    after = _counts(p[::-1], n)[::-1]
    found: list[int] = []
    for i, u in enumerate(uniforms):
        left = n - len(found)
        if left and u * after[i, left] < p[i] * after[i + 1, left - 1]:
            found.append(i)
    return found


def _scaled(odds: Floats, n: int) -> Floats:
    """Probabilities of the independent draws, their odds scaled so that n units are drawn on average: no sum underflows."""
    shift = np.zeros((*odds.shape[:-1], 1))
    for _ in range(60):
        p = odds * np.exp(shift) / (1.0 + odds * np.exp(shift))
        spread = (p * (1.0 - p)).sum(axis=-1, keepdims=True)
        move = np.clip((n - p.sum(axis=-1, keepdims=True)) / np.maximum(spread, 1e-300), -2.0, 2.0)
        if np.abs(move).max() < 1e-3:
            break
        shift += move
    return p


def _counts(p: Floats, n: int) -> Floats:
    """P(k of the first i units are drawn) for i = 0..N (first axis) and k = 0..n (last axis), drawn independently."""
    out = np.zeros((p.shape[-1] + 1, *p.shape[:-1], n + 1))
    out[0, ..., 0] = 1.0
    for i in range(p.shape[-1]):
        one = p[..., i, None]
        out[i + 1] = out[i] * (1.0 - one)
        out[i + 1, ..., 1:] += out[i, ..., :-1] * one
    return out


def _hajek(variances: Floats) -> Floats:
    """The vector c with c_i - c_i^2/sum c = the variances given."""
    c = variances.copy()
    for _ in range(200):
        new = variances + c * c / c.sum()
        if np.abs(new - c).max() <= 1e-12 * c.max():
            break
        c = new
    return c
