"""How alike interviews are: the share of equal answers of every pair, and how large it may be by chance in this very round.

Imports numpy and rapidfuzz (its one adapter).  Sees codes only; knows no form and no person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

_FIRST = 0x4E00
"""Answers become one character each, from here on: 20,000 different answers of one question fit."""
_NO_LEFT, _NO_RIGHT = "\ue000", "\ue001"


@dataclass(frozen=True)
class Pairs:
    """Of n interviews: equal answers and questions answered by both, n x n, whole numbers; the diagonal is each with itself."""

    equal: NDArray[np.int32]
    both: NDArray[np.int32]

    @property
    def share(self) -> NDArray[np.float32]:
        """Equal answers among those that both gave; 0 where none."""
        return np.asarray(self.equal / np.maximum(self.both, 1), dtype=np.float32)


def compare(columns: Sequence[Sequence[str | None]]) -> Pairs:
    """columns: of each question the answers of all interviews, None where it was not answered.

    Every answer is one character, so that equal answers of two interviews are their length minus their Hamming distance; an
    answer that is absent equals nothing.  2,400 interviews of 80 questions take about half a second.
    """
    from rapidfuzz.distance import Hamming
    from rapidfuzz.process import cdist

    coded = [_codes(column) for column in columns]
    rows = ["".join(chars) for chars in zip(*coded, strict=True)] if coded else []
    given = np.array([[c != _NO_LEFT for c in row] for row in rows], dtype=np.float32)
    other = [row.replace(_NO_LEFT, _NO_RIGHT) for row in rows]
    found = cdist(rows, other, scorer=Hamming.similarity, dtype=np.int32, workers=1)
    return Pairs(np.asarray(found, dtype=np.int32), np.rint(given @ given.T).astype(np.int32))


def _codes(column: Sequence[str | None]) -> list[str]:
    numbers: dict[str, int] = {}
    return [_NO_LEFT if text is None else chr(_FIRST + numbers.setdefault(text, len(numbers))) for text in column]


def limit(shares: NDArray[np.float32], chance_pairs: float) -> float:
    """The share that fewer than `chance_pairs` pairs of such a round would reach by chance, were shares normally spread.

    Middle and spread are the median and the distance from it to the 15.87th or 84.13th percentile, whichever is more: copied
    interviews are too few to move them.  In a round whose people answer alike the limit may reach 1.
    """
    if shares.size == 0:
        return 1.0
    low, middle, high = np.quantile(shares, [0.1587, 0.5, 0.8413])
    z = -float(ndtri(min(chance_pairs / shares.size, 0.5)))
    return min(float(middle) + z * float(max(middle - low, high - middle)), 1.0)


def reached(shares: NDArray[np.float32], spared: int) -> float:
    """What pairs of strangers reach by themselves: the largest share but `spared` ones, 0 where there are none.

    Interviews of different enumerators are nobody's copies of each other, whatever the people are like; the `spared` largest
    shares are left aside for the case that two enumerators did copy.
    """
    if shares.size <= spared:
        return 0.0
    return float(np.partition(shares, shares.size - 1 - spared)[shares.size - 1 - spared])


def nearest(pairs: Pairs, at_least: float, usable: NDArray[np.bool_]) -> dict[int, int]:
    """Interview -> the one most like it, for every interview with a usable pair that reaches the limit."""
    share = np.where(usable, pairs.share, -1.0)
    np.fill_diagonal(share, -1.0)
    best = share.argmax(axis=1) if share.size else []
    return {i: int(j) for i, j in enumerate(best) if share[i, j] >= at_least - 1e-6}


def once(pairs: Pairs, usable: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The shares of all usable pairs, each pair once."""
    return pairs.share[np.triu(usable, 1)]
