"""When will the round be finished?  An 80 % range by playing the rest of it many times, from what its days have shown.

Imports numpy and units.  Sees counts of visits and households by enumerator and day, never an answer.

The rest of a round is played with: every enumerator's own speed (gamma posterior around the round's mean, so that somebody who
began yesterday is near the mean); good and bad days that hit everybody (the days seen, drawn again with Rubin's Bayesian
bootstrap, later days weighing more); weekends on their own; households that need a second and a third visit on another day;
lost households that a reserve replaces; hamlets begun stay with whoever began them, the others go to whoever is free.
Sources: Rubin (1981) Ann. Statist. 9:130 (Bayesian bootstrap); Gelman et al. (2013) Bayesian Data Analysis, 3rd ed., 2.6 (gamma
and Poisson).  How often the range holds is measured in tests/analysis/test_finish.py and benchmarks/finish.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from ..units import FloatArray

VISITS = 3
LEAST_DAYS, LEAST_VISITS = 2, 10
_DRAWS = 500
_MOST = 400
_RECENT = 0.93
_SATURDAY = 5
_NEW_DAYS, _NEW = 2, 0.85
_OPEN = 1.0
_LATELY = 3


@dataclass(frozen=True, eq=False)
class Work:
    """What the days so far have shown and what is left.

    first, day: first day of fieldwork, day looked at.  visits: (enumerators, days) forms made.  own: (enumerators, VISITS)
    households not settled in hamlets that an enumerator began, by visits made already.  waiting: households of each hamlet that
    nobody began.  settled: (VISITS - 1,) of the first and second visits, how many settled the household, and not: (VISITS - 1,).
    again: chance that a household yet to be settled will bring a reserve household in its place.  shared: how likely it is that
    whoever is done helps the others.
    """

    first: date
    day: date
    visits: FloatArray
    own: FloatArray
    waiting: tuple[int, ...]
    settled: FloatArray
    unsettled: FloatArray
    again: float = 0.0
    shared: float = 0.75

    @property
    def left(self) -> int:
        """Households not settled yet."""
        return int(self.own.sum()) + sum(self.waiting)


@dataclass(frozen=True)
class Finish:
    """Calendar days after `Work.day` until the last household is settled: middle, and the 80 % range."""

    middle: float
    lower: float
    upper: float


def finish(work: Work, seed: int = 0) -> Finish | None:
    """The range; None while fewer than LEAST_DAYS days or LEAST_VISITS visits were seen, or when no end is in sight."""
    if not work.left:
        return Finish(0.0, 0.0, 0.0)
    if work.visits.shape[1] < LEAST_DAYS or work.visits.sum() < LEAST_VISITS:
        return None
    ends = _play(work, np.random.default_rng(seed))
    low, mid, high = (float(q) for q in np.quantile(ends, (0.1, 0.5, 0.9), method="inverted_cdf"))
    return None if high >= _MOST else Finish(mid, low, high)


def _play(work: Work, draw: np.random.Generator) -> FloatArray:
    """Day of the end of each draw, _MOST where none came."""
    speed, common, weekend = _speeds(work, draw)
    settle = _settling(work, draw)
    own = np.repeat(work.own[None].astype(np.int64), _DRAWS, axis=0)
    queue = _queue(work.waiting)
    taken = np.zeros(_DRAWS, dtype=np.int64)
    own[:, :, 0] += draw.binomial(own, work.again).sum(axis=2)
    ends = np.full(_DRAWS, float(_MOST))
    helped = draw.random(_DRAWS) < work.shared
    for ahead in range(1, _MOST):
        own[:, :, 0] += _handed_out(own, queue, taken, draw, work.again)
        today = work.day + timedelta(days=ahead)
        bank = weekend if today.weekday() >= _SATURDAY else common
        factor = bank[np.arange(_DRAWS), draw.integers(bank.shape[1], size=_DRAWS)]
        _day(own, draw.poisson(speed * factor[:, None]), settle, helped, draw)
        over = (own.sum(axis=(1, 2)) == 0) & (taken == len(queue) - 1) & (ends == _MOST)
        ends[over] = ahead
        if (ends < _MOST).all():
            break
    return ends


def _queue(waiting: tuple[int, ...]) -> np.ndarray:
    """Households of the hamlets in line, the largest first, with a 0 at the end."""
    return np.array([*sorted(waiting, reverse=True), 0], dtype=np.int64)


def _handed_out(own: np.ndarray, queue: np.ndarray, taken: np.ndarray, draw: np.random.Generator, again: float) -> np.ndarray:
    """The next hamlets in line for those who have nothing left; `taken` moves on."""
    free = own.sum(axis=2) == 0
    place = taken[:, None] + np.cumsum(free, axis=1) - 1
    given = np.where(free, queue[np.minimum(place, len(queue) - 1)], 0)
    np.minimum(taken + free.sum(axis=1), len(queue) - 1, out=taken)
    return np.asarray(given + draw.binomial(given, again))


def _day(own: np.ndarray, can: np.ndarray, settle: np.ndarray, helped: np.ndarray, draw: np.random.Generator) -> None:
    """One day of everybody: second and third visits first, each household once a day; then, where it is so, help for others."""
    there = own.copy()
    for made in range(VISITS - 1, -1, -1):
        seen = np.minimum(there[:, :, made], can)
        can = can - seen
        there[:, :, made] -= seen
        _visited(own, made, seen, settle, draw)
    spare = np.where(helped, can.sum(axis=1), 0)
    share = np.minimum(1.0, spare / np.maximum(there.sum(axis=(1, 2)), 1))
    for made in range(VISITS - 1, -1, -1):
        _visited(own, made, draw.binomial(there[:, :, made], share[:, None]), settle, draw)


def _visited(own: np.ndarray, made: int, seen: np.ndarray, settle: np.ndarray, draw: np.random.Generator) -> None:
    own[:, :, made] -= seen
    if made < VISITS - 1:
        own[:, :, made + 1] += seen - draw.binomial(seen, settle[:, None, made])


def _settling(work: Work, draw: np.random.Generator) -> FloatArray:
    """(draws, VISITS - 1): chance that a first and a second visit settles a household."""
    return np.asarray(draw.beta(work.settled + 4.0, work.unsettled + 1.0, size=(_DRAWS, VISITS - 1)))


def _speeds(work: Work, draw: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Visits a plain working day of each enumerator (draws, enumerators), and the factors of days: (draws, days) each."""
    n = work.visits.shape[1]
    days = [work.first + timedelta(days=i) for i in range(n)]
    rest = np.array([d.weekday() >= _SATURDAY for d in days])
    began = np.array([np.flatnonzero(row)[0] if row.any() else n for row in work.visits])
    there = np.arange(n)[None] >= began[:, None]
    new = there & (np.arange(n)[None] < began[:, None] + _NEW_DAYS)
    pace = _paces(work.visits, there, rest)
    worth = np.where(new, _NEW, 1.0) * there
    due = (pace[:, None] * worth).sum(axis=0)
    factor = np.divide(work.visits.sum(axis=0), due, out=np.ones(n), where=due > 0)
    common, weekend = _days(factor, rest, draw)
    exposure = worth @ factor
    shape, rate = _prior(work.visits.sum(axis=1), exposure)
    speed = draw.gamma(shape + work.visits.sum(axis=1), 1.0 / (rate + exposure), size=(_DRAWS, len(exposure)))
    return speed * _joined(began, n, draw), common, weekend


def _joined(began: np.ndarray, n: int, draw: np.random.Generator) -> FloatArray:
    """(draws, 1): the factor of all speeds by enumerators yet to begin, half as many as began in the last days, not the first."""
    lately = int(((began > 0) & (began >= n - _LATELY)).sum())
    return np.asarray(1.0 + draw.poisson(0.5 * lately, size=(_DRAWS, 1)) / len(began))


def _paces(visits: FloatArray, there: np.ndarray, rest: np.ndarray) -> FloatArray:
    """Visits a working day, of each; the mean of all where nobody was seen on one."""
    work_days = (there & ~rest).sum(axis=1)
    total = (visits * ~rest).sum(axis=1)
    mean = total.sum() / max(work_days.sum(), 1) or visits.sum() / max(there.sum(), 1)
    return np.asarray((total + 2.0 * mean) / (work_days + 2.0))


def _days(factor: FloatArray, rest: np.ndarray, draw: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """What working days and weekend days may be like, in every draw: (draws, 60) factors.

    Few days seen leave the mean open: it varies by their own spread and by _OPEN over their number (the pace of a first week
    is no good measure of the pace later).  Weekends not seen yet may
    be anything from free days to working days.
    """
    age = np.arange(len(factor))[::-1]
    plain = _again(factor[~rest], _RECENT ** age[~rest], draw) if (~rest).any() else np.ones((_DRAWS, 60))
    free = draw.uniform(0.0, 1.0, size=(_DRAWS, 1)) * plain
    if not rest.any():
        return plain, free
    seen = _again(factor[rest], np.ones(int(rest.sum())), draw)
    believed = draw.random((_DRAWS, 1)) < rest.sum() / (rest.sum() + 0.4)
    return plain, np.where(believed, seen, free)


def _again(seen: FloatArray, weight: FloatArray, draw: np.random.Generator) -> FloatArray:
    """Rubin's Bayesian bootstrap of days, (draws, 60), its mean spread out a little where only few were seen."""
    share = draw.gamma(np.maximum(weight, 0.05), size=(_DRAWS, len(seen)))
    share /= share.sum(axis=1, keepdims=True)
    at = (draw.random((_DRAWS, 60, 1)) > np.cumsum(share, axis=1)[:, None, :]).sum(axis=2)
    spread = max(float(np.std(seen)), 0.2) / np.sqrt(len(seen)) + _OPEN / len(seen)
    open_mean = np.exp(draw.normal(0.0, spread, size=(_DRAWS, 1)) - spread**2 / 2)
    return np.asarray(seen[np.minimum(at, len(seen) - 1)] * open_mean)


def _prior(total: FloatArray, exposure: FloatArray) -> tuple[float, float]:
    """Gamma prior of speeds by moments: the mean of all, and what of the spread is not Poisson noise."""
    mean = max(float(total.sum() / max(exposure.sum(), 1e-9)), 1e-3)
    known = exposure > 0
    rates = total[known] / exposure[known]
    noise = float(np.mean(mean / exposure[known])) if known.any() else 0.0
    spread = max(float(np.var(rates)) - noise if known.sum() > 1 else 0.0, (0.15 * mean) ** 2)
    return mean**2 / spread, mean / spread
