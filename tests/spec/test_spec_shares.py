"""Shares: the logit interval by hand, and what can be said when everybody answered alike."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import pytest

from analysis.estimate import estimate
from forms.errors import BdgError
from tests.spec.by_hand import level, survey, t_quantile
from tests.spec.shown import shown

HALF = """
  | psu | y |
  |-----|---|
  | 1   | 1 |
  | 2   | 0 |
  | 3   | 1 |
  | 4   | 0 |
"""


@pytest.mark.parametrize(
    ("df", "t"), [(1, 12.70620474), (2, 4.30265273), (3, 3.18244631), (8, 2.30600414), (30, 2.04227246), (61, 1.99962358)]
)
def test_the_oracle_s_own_t_quantile_is_that_of_the_tables(df: int, t: float) -> None:
    assert t_quantile(0.95, df) == pytest.approx(t, rel=1e-8)


@shown("A share on the logit scale")
def test_half_of_four_places_on_the_logit_scale() -> None:
    """p = 1/2, scores 1/8: V = 4/3 * 4/64 = 1/12. Odds 1, factor exp(t se / (1/4)) = exp(3.1824 * 4/sqrt(12)) = 39.44.
    Limits 1/(1 + 39.44) = 2.47% and 97.53%.
    """
    row = level(survey(HALF), stat="proportion")
    assert (row.estimate, row.unit, row.interval, row.df) == (50.0, "percent", "logit", 3)
    assert row.se == pytest.approx(100 / math.sqrt(12))
    assert [row.lower, row.upper] == pytest.approx([2.4729, 97.5271], abs=1e-4)


def test_the_logit_interval_never_leaves_the_scale() -> None:
    """1 of 10 with places alike: the t interval would begin below zero; the logit's limits lie inside and are not symmetric."""
    given = survey("""
      | psu | y | times |
      |-----|---|-------|
      | 1   | 1 | 1     |
      | 2   | 0 | 4     |
      | 3   | 0 | 5     |
    """)
    row = level(given, stat="proportion")
    straight = level(given, stat="proportion", interval="t")
    assert straight.lower is not None
    assert straight.lower < 0
    assert row.lower is not None
    assert row.upper is not None
    assert 0 < row.lower < 10 < row.upper < 100
    assert row.upper - 10 > 10 - row.lower


def test_a_column_of_hundreds_and_a_column_of_ones_say_the_same() -> None:
    ones = level(survey(HALF), stat="proportion")
    hundreds = survey(HALF.replace("| 1 |", "| 100 |"))
    (row,) = estimate(hundreds.frame(), hundreds.design(), "y", stat="proportion")
    assert (row.estimate, row.lower) == (ones.estimate, pytest.approx(ones.lower))
    assert row.se == pytest.approx(ones.se)


def test_a_share_of_something_that_is_not_yes_or_no_is_refused() -> None:
    given = survey("| psu | y |\n|---|---|\n| 1 | 1 |\n| 2 | 2 |")
    with pytest.raises(BdgError) as fault:
        estimate(given.frame(), given.design(), "y", stat="proportion")
    assert fault.value.problems[0].code == "STAT-006"


@shown("Nobody", answer="0", estimate_=0.0, lower=0.0, upper=60.2365)
@pytest.mark.parametrize(("answer", "estimate_", "lower", "upper"), [("0", 0.0, 0.0, 60.2365), ("1", 100.0, 39.7635, 100.0)])
def test_nobody_and_everybody(answer: str, estimate_: float, lower: float, upper: float) -> None:
    """Four persons in four places: exact size 4. Nobody: 1 - 0.025^(1/4) = 60.24%; everybody: 0.025^(1/4) = 39.76%."""
    row = level(survey("| psu | y |\n|---|---|\n" + "".join(f"| {i} | {answer} |\n" for i in range(4))), stat="proportion")
    assert row.estimate == estimate_
    assert [row.lower, row.upper] == pytest.approx([lower, upper], abs=1e-4)
    assert (row.se, row.interval, row.status) == (None, "korn_graubard", "caution")
    assert "giống nhau" in row.reason


def test_everybody_is_a_hundred_percent_and_not_a_hair_more() -> None:
    """Weights that are no whole numbers: the sums of floats may differ by their last digit, the share may not."""
    for seed in range(8):
        weights = [round(Random(f"{seed}/{i}").uniform(1, 400), 4) for i in range(9)]
        lines = "".join(f"| {i} | {w} | 1 |\n" for i, w in enumerate(weights))
        row = level(survey("| psu | w | y |\n|---|---|---|\n" + lines), stat="proportion")
        assert row.estimate == 100.0
        assert row.upper == 100.0


def test_unequal_weights_make_the_exact_size_smaller() -> None:
    """Weights 3, 1, 1, 1: Kish (6)^2/12 = 3. Nobody of three: 1 - 0.025^(1/3) = 70.76%."""
    given = survey("""
      | psu | w | y |
      |-----|---|---|
      | 1   | 3 | 0 |
      | 2   | 1 | 0 |
      | 3   | 1 | 0 |
      | 4   | 1 | 0 |
    """)
    row = level(given, stat="proportion")
    assert [row.lower, row.upper] == pytest.approx([0.0, 100 * (1 - 0.025 ** (1 / 3))])


def test_few_places_make_the_exact_size_smaller() -> None:
    """Eight persons in four places: 8 (t7/t3)^2 = 8 (2.36462/3.18245)^2 = 4.4166; 1 - 0.025^(1/4.4166) = 56.62%."""
    given = survey("| psu | y | times |\n|---|---|---|\n" + "".join(f"| {i} | 0 | 2 |\n" for i in range(4)))
    row = level(given, stat="proportion")
    size = 8 * (t_quantile(0.95, 7) / t_quantile(0.95, 3)) ** 2
    assert size == pytest.approx(4.4166, abs=1e-4)
    assert row.upper == pytest.approx(100 * (1 - 0.025 ** (1 / size)))


def test_nobody_in_a_single_place_is_not_estimable_even_as_a_share() -> None:
    given = survey("| psu | sex | y |\n|---|---|---|\n| 1 | m | 0 |\n| 1 | m | 0 |\n| 2 | f | 1 |")
    row = level(given, stat="proportion", among={"sex": "m"})
    assert (row.status, row.lower, row.upper) == ("not_estimable", None, None)


def test_one_answer_that_differs_brings_the_standard_error_back() -> None:
    """0, 0, 0, 1: p = 1/4, residuals -1/4 three times and 3/4: V = 4/3 * (3/16 + 9/16)/16 = 1/16, se 25 points."""
    row = level(survey("| psu | y |\n|---|---|\n| 1 | 0 |\n| 2 | 0 |\n| 3 | 0 |\n| 4 | 1 |"), stat="proportion")
    assert (row.estimate, row.se, row.interval) == (25.0, pytest.approx(25.0), "logit")


# 4 of 8 with strata that explain most: V = (1/8)^2, p(1-p)/V = 16 persons' worth, more than were met
SURE = """
  | stratum | psu | y |
  |---------|-----|---|
  | A       | 1   | 1 |
  | A       | 2   | 1 |
  | A       | 3   | 1 |
  | B       | 4   | 0 |
  | B       | 5   | 0 |
  | B       | 6   | 0 |
  | C       | 7   | 1 |
  | C       | 8   | 0 |
"""


@shown("Korn and Graubard")
def test_korn_graubard_is_clopper_pearson_on_no_more_persons_than_were_met() -> None:
    """8 persons, 4 yes: the limits leave 2.5% in each tail of the binomial: 15.70% and 84.30%."""
    row = level(survey(SURE), stat="proportion", interval="korn_graubard")
    assert [row.lower, row.upper] == pytest.approx([15.7013, 84.2987], abs=1e-4)
    assert row.lower is not None
    p = row.lower / 100
    assert sum(math.comb(8, k) * p**k * (1 - p) ** (8 - k) for k in range(4, 9)) == pytest.approx(0.025)


@shown("Wilson")
def test_wilson_s_limits_are_the_shares_that_the_score_test_does_not_reject() -> None:
    """Both limits P satisfy (p - P)^2 = t^2 P (1 - P) / n, n = 8 persons, t with 5 df."""
    row = level(survey(SURE), stat="proportion", interval="wilson")
    t = t_quantile(0.95, 5)
    for limit in (row.lower, row.upper):
        assert limit is not None
        share = limit / 100
        assert (0.5 - share) ** 2 == pytest.approx(t * t * share * (1 - share) / 8)


def test_a_wider_level_of_confidence_is_a_wider_interval() -> None:
    rows = [level(survey(HALF), stat="proportion", confidence=c) for c in (0.8, 0.9, 0.95, 0.99)]
    widths = [r.upper - r.lower for r in rows if r.upper is not None and r.lower is not None]
    assert widths == sorted(widths)
    assert [r.level for r in rows] == [0.8, 0.9, 0.95, 0.99]
    assert len({r.se for r in rows}) == 1


@pytest.mark.parametrize("wrong", [{"stat": "median"}, {"interval": "wald"}])
def test_an_unknown_choice_is_refused_by_name(wrong: dict[str, Any]) -> None:
    given = survey(HALF)
    with pytest.raises(BdgError) as fault:
        estimate(given.frame(), given.design(), "y", **{"stat": "proportion", **wrong})
    assert fault.value.problems[0].code == "STAT-011"
