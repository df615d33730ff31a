"""What is made of several estimates: differences in differences, trends, intervals for all groups at once; worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis import change, estimate
from analysis.standardised import standardised
from tests.spec.by_hand import Survey, survey, t_quantile
from tests.spec.shown import ask, shown, then


def men_and_women() -> Survey:
    return survey("""
      | wave | psu | sex | y |
      |------|-----|-----|---|
      | 2026 | 1   | f   | 1 |
      | 2026 | 2   | f   | 5 |
      | 2026 | 1   | m   | 2 |
      | 2026 | 3   | m   | 4 |
      | 2030 | 4   | f   | 2 |
      | 2030 | 5   | f   | 7 |
      | 2030 | 4   | m   | 6 |
      | 2030 | 5   | m   | 9 |
    """)


@shown("A difference in differences is a contrast of changes")
def test_a_difference_in_differences() -> None:
    """Women 3 to 4.5, men 3 to 7.5: men gained 3 more. Scores of men minus women: 2026 1/2, -1, 1/2 in places 1, 2, 3:
    3/2 (3/2) = 9/4; 2030 1/2, -1/2 in places 4, 5: 2 (1/2) = 1. V = 13/4, se 1.803. Men and women share places: adding
    the two changes' variances would give 3/2 (2 + 1/2) + 2 (25/8 + 9/8) = 12.25.
    """
    given = men_and_women()
    rows = ask(change, given.frame(), given.design(), "y", wave=2030, base=2026, by=("sex",), reading="points")
    found = then(rows, "contrast", {"y sex=m": 1, "y sex=f": -1}, "men - women")
    assert (float(found.value[0]), float(found.vcov[0, 0])) == (pytest.approx(3.0), pytest.approx(13 / 4))
    assert sum(row.se**2 for row in rows) == pytest.approx(12.25)


@shown("The trend of three waves by generalised least squares")
def test_a_trend() -> None:
    """Levels 2, 5, 6 with V = 1, 4, 1 and no common PSU: weights 1, 1/4, 1. Mean year 4, sum of w (year - 4)^2 = 32, of
    products 16: slope 0.5 a year, se 1/sqrt 32 = 0.1768, df 3. Distances from the line -1/9, 8/9, -1/9: linearity 2/9, 1 df.
    """
    given = survey("""
      | wave | psu | y |
      |------|-----|---|
      | 2022 | 1   | 1 |
      | 2022 | 2   | 3 |
      | 2026 | 3   | 3 |
      | 2026 | 4   | 7 |
      | 2030 | 5   | 5 |
      | 2030 | 6   | 7 |
    """)
    rows = ask(estimate, given.frame(), given.design(), "y")
    ((_, line),) = then(rows, "trend")
    assert (line.slope, line.se, line.df) == (pytest.approx(0.5), pytest.approx(1 / math.sqrt(32)), 3)
    assert line.linearity == pytest.approx(2 / 9)
    assert line.upper - line.slope == pytest.approx(t_quantile(0.95, 3) / math.sqrt(32))


def test_intervals_for_all_groups_at_once_are_wider_than_one_and_narrower_than_bonferroni_s() -> None:
    given = men_and_women()
    alone = change(given.frame(), given.design(), "y", wave=2030, base=2026, by=("sex",), reading="points")
    together = alone.simultaneous()
    df = min(row.df for row in alone)
    for one, both in zip(alone, together, strict=True):
        half = (both.upper - both.lower) / 2 / one.se
        assert t_quantile(0.95, int(df)) < half < t_quantile(0.975, int(df))
        assert both.interval == "max_t"


def test_the_covariance_of_levels_is_that_of_the_changes() -> None:
    """(later - earlier) of the joint levels has the variance of the change, group by group."""
    given = men_and_women()
    levels = estimate(given.frame(), given.design(), "y", by=("sex",))
    moved = change(given.frame(), given.design(), "y", wave=2030, base=2026, by=("sex",), reading="points")
    for code, row in zip(("f", "m"), moved, strict=True):
        found = levels.contrast({f"y sex={code} 2030": 1.0, f"y sex={code} 2026": -1.0})
        assert (found.value[0], found.se[0]) == (pytest.approx(row.estimate), pytest.approx(row.se))


def test_two_questions_in_two_waves() -> None:
    """y 1, 5 | 2, 6, 4 and x 2, 4 | 1, 1, 4; places 1, 2 | 1, 2, 3. Scores of y -1, 1 | -2/3, 2/3, 0; of x -1/2, 1/2 | -1/3,
    -1/3, 2/3. Within 2026 cov(y, x) = 2 (1/2 + 1/2) = 2; within 2030 3/2 (2/9 - 2/9 + 0) = 0; y of 2026, x of 2030:
    sqrt 2 sqrt(3/2) (1/3 - 1/3) = 0; x of 2026 with y of 2030: sqrt 3 (1/3 + 1/3); y with y: sqrt 3 (2/3 + 2/3).
    """
    given = survey("""
      | wave | psu | y | x |
      |------|-----|---|---|
      | 2026 | 1   | 1 | 2 |
      | 2026 | 2   | 5 | 4 |
      | 2030 | 1   | 2 | 1 |
      | 2030 | 2   | 6 | 1 |
      | 2030 | 3   | 4 | 4 |
    """)
    found = estimate(given.frame(), given.design(), ["y", "x"])
    assert found.joint.names == ("y 2026", "y 2030", "x 2026", "x 2030")
    root = math.sqrt(3)
    wanted = [
        [4, 4 * root / 3, 2, 0],
        [4 * root / 3, 4 / 3, 2 * root / 3, 0],
        [2, 2 * root / 3, 1, 0],
        [0, 0, 0, 1],
    ]
    assert found.vcov == pytest.approx(np.array(wanted), abs=1e-12)


def test_the_later_wave_with_the_earlier_waves_mix() -> None:
    """2026: men 2, 4, women 8, 10 in places 1, 2: half and half, mean 6. 2030: men 5, women 9, 7, 8: 7.25, standardised
    (5 + 8)/2 = 6.5: +0.5, not +1.25. Scores: 2026 place 1 (10 - 12)/4, place 2 +1/2: V = 2 (1/4 + 1/4) = 1; of the mix 0 (two
    of each sex in each place's pair); 2030 place 3 (5 - 5)/2 + (9 - 8)/6 = 1/6, place 4 -1/6: V = 1/9. In all 10/9.
    """
    given = survey("""
      | wave | psu | sex | y  |
      |------|-----|-----|----|
      | 2026 | 1   | m   | 2  |
      | 2026 | 1   | f   | 8  |
      | 2026 | 2   | m   | 4  |
      | 2026 | 2   | f   | 10 |
      | 2030 | 3   | m   | 5  |
      | 2030 | 3   | f   | 9  |
      | 2030 | 4   | f   | 7  |
      | 2030 | 4   | f   | 8  |
    """)
    (row,) = standardised(given.frame(), given.design(), "y", wave=2030, base=2026, over=("sex",))
    assert (row.estimate, row.se) == (pytest.approx(0.5), pytest.approx(math.sqrt(10 / 9)))
    (plain,) = change(given.frame(), given.design(), "y", wave=2030, base=2026, reading="points")
    assert plain.estimate == pytest.approx(1.25)
