"""The day of the finish: how often the 80 % range holds in rounds played by another model, and cases small enough for paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from analysis.quality.finish import VISITS, Work, finish
from tests.analysis.rounds import Kind, checkpoints, play, seen

MONDAY = date(2026, 10, 5)


def work(days: int = 10, pace: float = 6.0, left: int = 60, people: int = 2, **more: object) -> Work:
    """Enumerators who make the same number of visits every day, each of which settles a household."""
    visits = np.full((people, days), pace)
    own = np.zeros((people, VISITS))
    own[:, 0] = left / people
    sure = np.array([1000.0, 1000.0])
    given = Work(MONDAY, MONDAY + timedelta(days=days - 1), visits, own, (), sure, np.zeros(2), 0.0, 0.95)
    return replace(given, **more)


def test_the_range_holds_in_seven_to_nine_of_ten_rounds() -> None:
    """20 rounds, twice each; the long run (400 rounds, by kind of round) is benchmarks/finish.py."""
    held, narrow = [], []
    for _, _, given, truth in checkpoints(20, (0.4, 0.7)):
        found = finish(given)
        if found is not None:
            held.append(found.lower <= truth <= found.upper)
            narrow.append((found.upper - found.lower) / truth)
    assert len(held) >= 37
    assert 0.7 <= np.mean(held) <= 0.9
    assert np.median(narrow) < 1.0  # a range as wide as the time left would hold and say nothing


def test_a_steady_pace_on_paper() -> None:
    """Two people, six households a day each, weekends too, 60 left: five days; by day 14 the pace is known."""
    found = finish(work(days=14))
    assert found is not None
    assert 4 <= found.lower <= 5 <= found.upper <= 9
    assert found.middle in (5.0, 6.0)


def test_free_weekends_are_seen() -> None:
    """Friday evening, 60 left, nobody worked on the weekends before: no end before Tuesday, four days on."""
    visits = np.tile([6.0, 6.0, 6.0, 6.0, 6.0, 0.0, 0.0], (2, 3))[:, :19]
    given = work(days=19, visits=visits)
    assert given.day.weekday() == 4
    found = finish(replace(given, own=given.own * 0.4))
    whole = finish(work(days=19))
    assert found is not None
    assert whole is not None
    assert found.lower >= 4
    assert finish(given).middle > whole.middle


def test_three_visits_need_three_days() -> None:
    """Nobody is ever met at a first or second visit: even one household of a fast team takes three days."""
    never = np.array([0.0, 0.0])
    found = finish(work(left=2, settled=never, unsettled=np.array([5000.0, 5000.0])))
    assert found is not None
    assert found.lower == 3.0


def test_who_waits_for_a_third_visit_needs_one_day() -> None:
    own = np.zeros((2, VISITS))
    own[:, VISITS - 1] = 1
    found = finish(work(own=own))
    assert found is not None
    assert found.lower == 1.0


def test_hamlets_that_nobody_began_are_work_too() -> None:
    few, many = finish(work()), finish(work(waiting=(30, 30, 30, 30)))
    assert few is not None
    assert many is not None
    assert many.middle >= few.middle + 7


def test_reserves_to_come_are_work_too() -> None:
    few, many = finish(work()), finish(work(again=0.5))
    assert few is not None
    assert many is not None
    assert many.middle > few.middle


def test_without_help_the_slowest_decides() -> None:
    own = np.zeros((2, VISITS))
    own[0, 0] = 60
    alone, helped = finish(work(own=own, shared=0.0)), finish(work(own=own, shared=1.0))
    assert alone is not None
    assert helped is not None
    assert alone.middle >= 1.5 * helped.middle


def test_nothing_left_is_today() -> None:
    found = finish(work(left=0))
    assert found is not None
    assert (found.lower, found.middle, found.upper) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("given", [work(days=1), work(days=4, pace=1.0), work(days=20, pace=0.55, left=9000)])
def test_no_forecast_where_it_would_be_a_guess(given: Work) -> None:
    """One day; eight visits; a pace that needs more than a year."""
    assert finish(given) is None


def test_the_same_field_gives_the_same_forecast_and_the_first_days_say_less() -> None:
    made = play(Kind(rain=0.08, late=0.3), 7)
    early, late = seen(made, made.end // 4), seen(made, 3 * made.end // 4)
    assert finish(early) == finish(early)
    wide, narrow = finish(early), finish(late)
    assert wide is not None
    assert narrow is not None
    assert wide.upper - wide.lower > narrow.upper - narrow.lower


def test_a_played_round_is_whole() -> None:
    """The rounds themselves: everybody is settled, nobody is visited twice a day or four times, late teams come late."""
    made = play(Kind(late=0.5, replaced=0.8, rain=0.1), 3)
    assert all(h.settled is not None and 1 <= h.made <= 3 for h in made.homes)
    assert len({(day, home) for day, _, home, _ in made.log}) == len(made.log)
    assert max(day for day, *_ in made.log) == made.end
    begins = {team: min(d for d, t, _, _ in made.log if t == team) for team in range(made.kind.teams)}
    assert min(begins.values()) == 0
    assert max(begins.values()) >= 2
    assert seen(made, made.end).left == 0
