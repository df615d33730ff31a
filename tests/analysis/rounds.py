"""Rounds that were never held: teams, hamlets, households and days, played out one household at a time.

Shares nothing with analysis.quality.finish: here teams have fixed lists, learn, fall ill, are kept at home by rain in their own
part of the province, and the end comes when it comes.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from analysis.quality.finish import VISITS, Work

STARTS = date(2026, 10, 5)


@dataclass(frozen=True)
class Kind:
    """What a round is like.  weekend: share of a working day's work on Saturdays and Sundays; rain: chance that a wet spell
    begins on a day; late: share of teams that begin 2 to 6 days later; helps: teams that are done take over from others;
    spread: of the teams' speeds (sd of the log); replaced: chance that a lost household gets a reserve.
    """

    teams: int = 12
    hamlets: int = 40
    households: int = 12
    speed: float = 5.0
    spread: float = 0.25
    weekend: float = 1.0
    rain: float = 0.0
    late: float = 0.0
    helps: bool = True
    replaced: float = 0.0


@dataclass
class Home:
    hamlet: int
    reserve: bool = False
    made: int = 0
    last: int = -1
    settled: int | None = None


@dataclass
class Played:
    """A round that ended on day `end` (0 is the first).  log: (day, team, home, settled) of every visit."""

    kind: Kind
    homes: list[Home]
    log: list[tuple[int, int, int, bool]] = field(default_factory=list)
    born: list[int] = field(default_factory=list)
    end: int = 0


def play(kind: Kind, seed: int) -> Played:
    draw = random.Random(seed)
    homes = [Home(h) for h in range(kind.hamlets) for _ in range(kind.households)]
    made = Played(kind, homes, born=[0] * len(homes))
    lists: list[list[int]] = [[] for _ in range(kind.teams)]
    for h in range(kind.hamlets):
        lists[h % kind.teams].append(h)
    speed = [kind.speed * draw.lognormvariate(0, kind.spread) for _ in range(kind.teams)]
    begin = [draw.randint(2, 6) if draw.random() < kind.late else 0 for _ in range(kind.teams)]
    by_hamlet: dict[int, list[int]] = {h: [] for h in range(kind.hamlets)}
    for i, home in enumerate(homes):
        by_hamlet[home.hamlet].append(i)
    wet = [0, 0, 0]
    day = -1
    while any(h.settled is None for h in homes) and day < 300:
        day += 1
        for region in range(3):
            wet[region] = wet[region] - 1 if wet[region] > 0 else draw.randint(1, 3) if draw.random() < kind.rain else 0
        weekday = (STARTS + timedelta(days=day)).weekday()
        for team in range(kind.teams):
            if day < begin[team] or (wet[team % 3] > 0 and draw.random() < 0.8):
                continue
            pace = speed[team] * (0.75 if day - begin[team] < 2 else 1.0) * (kind.weekend if weekday >= 5 else 1.0)
            _work(made, team, day, _count(draw, pace), lists, by_hamlet, draw)
    made.end = day
    return made


def _count(draw: random.Random, mean: float) -> int:
    """A normal number of visits, rounded, never below 0: not Poisson."""
    return max(0, round(draw.gauss(mean, 0.35 * mean + 0.3)))


def _work(
    made: Played, team: int, day: int, can: int, lists: list[list[int]], by_hamlet: dict[int, list[int]], draw: random.Random
) -> None:
    for _ in range(can):
        mine = _next(made, lists[team], by_hamlet, day)
        if mine is None and made.kind.helps:
            others = max((x for x in range(len(lists)) if x != team), key=lambda x: _open(made, lists[x], by_hamlet))
            mine = _next(made, lists[others][::-1], by_hamlet, day)
        if mine is None:
            return
        _visit(made, team, day, mine, by_hamlet, draw)


def _open(made: Played, hamlets: list[int], by_hamlet: dict[int, list[int]]) -> int:
    return sum(made.homes[i].settled is None for h in hamlets for i in by_hamlet[h])


def _next(made: Played, hamlets: list[int], by_hamlet: dict[int, list[int]], day: int) -> int | None:
    for h in hamlets:
        for i in by_hamlet[h]:
            home = made.homes[i]
            if home.settled is None and home.last < day:
                return i
    return None


def _visit(made: Played, team: int, day: int, at: int, by_hamlet: dict[int, list[int]], draw: random.Random) -> None:
    home = made.homes[at]
    home.made += 1
    home.last = day
    met = draw.random() < 0.72
    lost = (met and draw.random() < 0.1) or (not met and home.made == 3)
    if met or home.made == 3:
        home.settled = day
        if lost and not home.reserve and draw.random() < made.kind.replaced:
            by_hamlet[home.hamlet].append(len(made.homes))
            made.homes.append(Home(home.hamlet, reserve=True))
            made.born.append(day)
    made.log.append((day, team, at, home.settled is not None))


def some_kind(draw: random.Random) -> Kind:
    """A round that differs from the last one in size, speed, weekends, weather, late starters, help and reserves."""
    return Kind(
        teams=draw.choice((6, 12, 24)), hamlets=draw.choice((30, 60)), households=draw.choice((10, 15)),
        speed=draw.uniform(3, 7), spread=draw.uniform(0.1, 0.4), weekend=draw.choice((0.0, 0.5, 1.0, 1.0)),
        rain=draw.choice((0.0, 0.05, 0.12)), late=draw.choice((0.0, 0.2, 0.4)), helps=draw.random() < 0.75,
        replaced=draw.choice((0.0, 0.3, 0.8)),
    )  # fmt: skip


def seen(made: Played, day: int) -> Work:
    """What a supervisor has in hand on the evening of a day: the log up to then, nothing of what the round is like."""
    log = [line for line in made.log if line[0] <= day]
    row = {team: i for i, team in enumerate(sorted({team for _, team, _, _ in log}))}
    visits, own = np.zeros((len(row), day + 1)), np.zeros((len(row), VISITS))
    at: Counter[int] = Counter()
    there: dict[int, Counter[int]] = {}
    settled: set[int] = set()
    ended, went_on = np.zeros(VISITS - 1), np.zeros(VISITS - 1)
    for when, team, home, over in log:
        visits[row[team], when] += 1
        at[home] += 1
        there.setdefault(made.homes[home].hamlet, Counter())[team] += 1
        settled |= {home} if over else set()
        if at[home] < VISITS:
            (ended if over else went_on)[at[home] - 1] += 1
    waiting: Counter[int] = Counter()
    for i, home in enumerate(made.homes):
        if made.born[i] <= day and i not in settled:
            begun = there.get(home.hamlet)
            if begun:
                own[row[max(sorted(begun), key=begun.__getitem__)], at[i]] += 1
            else:
                waiting[home.hamlet] += 1
    spares = sum(h.reserve and made.born[i] <= day for i, h in enumerate(made.homes))
    first = sum(not made.homes[i].reserve for i in settled)
    both = sum(sum(n > 1 for n in c.values()) > 1 for c in there.values()) > 1
    return Work(
        STARTS, STARTS + timedelta(days=day), visits, own, tuple(waiting.values()), ended, went_on, spares / max(first, 1),
        0.95 if both else 0.4,
    )  # fmt: skip


def checkpoints(rounds: int, shares: tuple[float, ...], seed: int = 5) -> Iterator[tuple[float, Kind, Work, int]]:
    """(share of the round gone, what it is like, what was seen, days that were still to come) of many rounds."""
    draw = random.Random(seed)
    for number in range(rounds):
        kind = some_kind(draw)
        made = play(kind, number)
        for share in shares:
            day = max(2, int(made.end * share))
            if day < made.end:
                yield share, kind, seen(made, day), made.end - day
