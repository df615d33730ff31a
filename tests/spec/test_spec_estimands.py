"""More than means: every level of a question, the variance, quantiles; each worked by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from analysis import estimate
from tests.spec.by_hand import survey, t_quantile
from tests.spec.shown import ask, shown


def rows_of(text: str, *args: Any, **options: Any) -> Any:
    given = survey(text)
    return ask(estimate, given.frame(), given.design(), *args, **options)


@shown("The share of every level of a question")
def test_the_share_of_every_level() -> None:
    """Levels in the order of their codes. a: 2 of 4, V = 4/3 (4/64) = 1/12, se 28.87; b, c: 1 of 4,
    V = 4/3 (12/256) = 1/16, se 25. The levels' covariances are those of one request: the shares add up to 100 in every sample.
    """
    rows = rows_of("""
      | psu | edu |
      |-----|-----|
      | 1   | a   |
      | 2   | b   |
      | 3   | a   |
      | 4   | c   |
    """, "edu", stat="proportion")  # fmt: skip
    assert [(r.category, r.estimate) for r in rows] == [("a", 50.0), ("b", 25.0), ("c", 25.0)]
    assert [r.se for r in rows] == pytest.approx([100 / math.sqrt(12), 25.0, 25.0])
    assert rows.vcov.sum() == pytest.approx(0.0, abs=1e-9)


@shown("The variance of the answers")
def test_the_variance() -> None:
    """2, 4, 9: 26/2 = 13. Squares about the mean 9, 1, 16, their mean 26/3; scores 3/2 (square - 26/3)/3 = 1/6, -23/6, 22/6;
    V = 3/2 (1 + 529 + 484)/36 = 169/4, se 6.5.
    """
    (row,) = rows_of("""
      | psu | y |
      |-----|---|
      | 1   | 2 |
      | 2   | 4 |
      | 3   | 9 |
    """, "y", stat="variance")  # fmt: skip
    assert (row.estimate, row.se) == (pytest.approx(13.0), pytest.approx(6.5))


EIGHT = "| psu | y |\n|-----|---|\n" + "\n".join(f"| {i} | {i} |" for i in range(1, 9))


@shown("A median and its interval by Woodruff")
def test_a_median() -> None:
    """1 to 8, one a PSU. F(4) = 4/8 reaches a half: 4. The share at or below 4 has V = 8/7 (8/4)/64 = 1/28, se 0.189, df 7:
    0.5 -+ 2.3646 0.189 = 0.053 and 0.947. The first value with F >= 0.053 is 1, with F >= 0.947 it is 8.
    se = (8 - 1)/(2 t) = 1.480.
    """
    (row,) = rows_of(EIGHT, "y", stat="quantile")
    t = t_quantile(0.95, 7)
    assert (row.estimate, row.lower, row.upper, row.category) == (4.0, 1.0, 8.0, "0.5")
    assert row.se == pytest.approx(7 / (2 * t))


def test_the_rules_differ_on_a_step() -> None:
    """A half is on the step of 4: math takes it, school the middle of 4 and 5, hf7 the same middle of 1 ... 8."""
    found = {rule: rows_of(EIGHT, "y", stat="quantile", qrule=rule)[0].estimate for rule in ("math", "school", "hf7")}
    assert found == {"math": 4.0, "school": 4.5, "hf7": 4.5}


def test_several_quantiles_of_one_request() -> None:
    rows = rows_of(EIGHT, "y", stat="quantile", p=(0.25, 0.75))
    assert [(r.category, r.estimate) for r in rows] == [("0.25", 2.0), ("0.75", 6.0)]
