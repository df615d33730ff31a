"""No answer is four different things, and none of them is a zero."""

from __future__ import annotations

import math

import pytest

from analysis.estimate import estimate
from tests.spec.by_hand import level, survey
from tests.spec.shown import shown

TOLD = """
  | psu | sex | y   |
  |-----|-----|-----|
  | 1   | f   | 10  |
  | 1   | m   | dk  |
  | 1   | f   | dk  |
  | 1   | m   | dk  |
  | 2   | f   | 30  |
  | 2   | m   | ref |
  | 2   | f   | ref |
  | 3   | m   | na  |
  | 3   | f   | -   |
  | 3   | m   | 20  |
"""


@shown("No answer is no zero", "n_missing")
def test_the_four_kinds_are_counted_apart() -> None:
    """10, 30, 20: mean 20, as if the seven silent persons had not been met; V = 3/2 * 2 (10/3)^2 = 100/3."""
    row = level(survey(TOLD))
    assert (row.estimate, row.se, row.n) == (20.0, pytest.approx(math.sqrt(100 / 3)), 3)
    assert dict(row.n_missing) == {"not_asked": 1, "dont_know": 3, "refused": 2, "missing": 1}


def test_the_kinds_are_counted_within_the_group() -> None:
    men = level(survey(TOLD), among={"sex": "m"})
    assert dict(men.n_missing) == {"not_asked": 1, "dont_know": 2, "refused": 1, "missing": 0}
    women = level(survey(TOLD), among={"sex": "f"})
    assert dict(women.n_missing) == {"not_asked": 0, "dont_know": 1, "refused": 1, "missing": 1}
    assert (women.n, women.psus) == (2, 2)


@pytest.mark.parametrize("word", ["dk", "ref", "na", "-"])
def test_a_silent_answer_of_any_kind_leaves_the_same_figure(word: str) -> None:
    """1 and 0 of two places and a third that said nothing: 1/2 and 0.4330, whatever the reason for silence."""
    row = level(survey(f"| psu | y |\n|-----|---|\n| 1 | 1 |\n| 2 | 0 |\n| 3 | {word} |"))
    assert (row.estimate, row.se, row.n) == (0.5, pytest.approx(math.sqrt(3) / 4), 2)
    assert sum(row.n_missing.values()) == 1


def test_a_null_without_a_reason_is_missing() -> None:
    given = survey("| psu | y |\n|-----|---|\n| 1 | 1 |\n| 2 | 0 |\n| 3 | dk |")
    bare = given.frame().drop(columns="y__why")
    (row,) = estimate(bare, given.design(), "y")
    assert dict(row.n_missing) == {"not_asked": 0, "dont_know": 0, "refused": 0, "missing": 1}


def test_nobody_answered_is_told_from_nobody_there() -> None:
    given = survey("""
      | psu | sex | y   |
      |-----|-----|-----|
      | 1   | f   | 4   |
      | 2   | f   | 6   |
      | 1   | m   | ref |
      | 2   | m   | na  |
    """)
    row = level(given, among={"sex": "m"})
    assert (row.status, row.estimate, row.n) == ("not_estimable", None, 0)
    assert "không ai trả lời" in row.reason
    assert dict(row.n_missing) == {"not_asked": 1, "dont_know": 0, "refused": 1, "missing": 0}


def test_a_person_of_unknown_group_is_in_no_group_but_in_the_whole() -> None:
    """Ethnicity refused: everybody's mean counts the 9, no group's does; (1 + 3 + 9 + 3)/4 = 4."""
    given = survey("""
      | psu | ethnic | y |
      |-----|--------|---|
      | 1   | kinh   | 1 |
      | 2   | kinh   | 3 |
      | 1   | -      | 9 |
      | 2   | hre    | 3 |
    """)
    assert level(given).estimate == 4.0
    assert level(given, among={"ethnic": "kinh"}).estimate == 2.0
    assert level(given, among={"ethnic": "hre"}).n == 1


def test_zero_is_an_answer() -> None:
    """0 and 4: mean 2, n 2; with the 0 taken for silence it would be 4 of one."""
    row = level(survey("| psu | y |\n|-----|---|\n| 1 | 0 |\n| 2 | 4 |"))
    assert (row.estimate, row.n, sum(row.n_missing.values())) == (2.0, 2, 0)


def test_a_place_where_everybody_was_silent_holds_no_answer_but_was_drawn() -> None:
    """Three places of the domain rule: two hold an answer, df 2 - 1 = 1; by design 3 - 1 = 2. The se is the same."""
    table = "| psu | y |\n|-----|---|\n| 1 | 1 |\n| 2 | 0 |\n| 3 | ref |"
    domain, drawn = level(survey(table)), level(survey(table, df_rule="design"))
    assert (domain.df, drawn.df, domain.psus, drawn.psus) == (1, 2, 2, 2)
    assert domain.se == drawn.se


def test_the_first_column_that_is_silent_tells_why_a_ratio_is() -> None:
    given = survey("""
      | psu | care | work |
      |-----|------|------|
      | 1   | 5    | 8    |
      | 2   | dk   | ref  |
      | 2   | 1    | na   |
      | 3   | 4    | 10   |
    """)
    row = level(given, ("care", "work"), stat="ratio")
    assert dict(row.n_missing) == {"not_asked": 1, "dont_know": 1, "refused": 0, "missing": 0}
