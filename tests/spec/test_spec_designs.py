"""How the sample was drawn: stages, finite populations, unequal probabilities, certainty, replicates; each worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis import Pps, estimate, replicate, sensitivity
from forms.errors import BdgError
from tests.spec.by_hand import survey
from tests.spec.shown import ask, shown

UNEQUAL = """
  | psu | p   | w   | y |
  |-----|-----|-----|---|
  | 1   | 1/2 | 2   | 3 |
  | 2   | 1/4 | 4   | 2 |
  | 3   | 3/4 | 4/3 | 3 |
"""
PAIRS = np.array([[1 / 2, 1 / 10, 1 / 3], [1 / 10, 1 / 4, 1 / 6], [1 / 3, 1 / 6, 3 / 4]])


def one(text: str, stat: str = "mean", **choices: Any) -> Any:
    """The only row of an estimate under a design with these choices."""
    given = survey(text)
    (row,) = ask(estimate, given.frame(), replace(given.design(), **choices), "y", stat=stat)
    return row


@shown("A finite population: half of the PSUs were drawn")
def test_a_finite_population() -> None:
    """2 and 6, mean 4. With replacement V = (6 - 2)^2/4 = 4; 2 of N = 4 PSUs were drawn: V = (1 - 2/4) 4 = 2, se 1.4142."""
    row = one("""
      | psu | N | w | y |
      |-----|---|---|---|
      | 1   | 4 | 2 | 2 |
      | 2   | 4 | 2 | 6 |
    """, fpc=("N",))  # fmt: skip
    assert (row.estimate, row.se) == (4.0, pytest.approx(math.sqrt(2)))


def test_a_fraction_says_the_same_as_a_number_of_units() -> None:
    table = """
      | psu | N    | w | y |
      |-----|------|---|---|
      | 1   | {0}  | 2 | 2 |
      | 2   | {0}  | 2 | 6 |
    """
    counted, shares = (one(table.format(n), fpc=("N",)).se for n in ("4", "1/2"))
    assert counted == shares


def test_a_stratum_taken_whole_has_no_variance() -> None:
    """2 of 2: nothing is left to chance, and the row says why there is no standard error."""
    row = one("| psu | N | w | y |\n|---|---|---|---|\n| 1 | 2 | 1 | 2 |\n| 2 | 2 | 1 | 6 |", fpc=("N",))
    assert (row.status, row.se) == ("not_estimable", None)


def test_a_population_smaller_than_its_sample_is_refused() -> None:
    with pytest.raises(BdgError) as fault:
        one("| psu | N | w | y |\n|---|---|---|---|\n| 1 | 1 | 1 | 2 |\n| 2 | 1 | 1 | 6 |\n| 3 | 2 | 1 | 6 |", fpc=("N",))
    assert fault.value.problems[0].code == "STAT-012"


@shown("Two stages: what varies within the PSUs drawn")
def test_two_stages() -> None:
    """2 of 4 PSUs, in each 2 of 3 households, mean 18/4. Scores (y - 4.5)/4; of PSUs -5/4 and 5/4.
    First stage (1 - 2/4) 2 (25/16 + 25/16) = 25/8. Second: 2/4 (1 - 2/3) 2 (2/16 + 8/16) = 5/24. V = 80/24 = 10/3.
    Without the second stage it would be 25/8: 6 % too little.
    """
    row = one("""
      | psu | ssu | N | M | w | y |
      |-----|-----|---|---|---|---|
      | 1   | a   | 4 | 3 | 3 | 1 |
      | 1   | b   | 4 | 3 | 3 | 3 |
      | 2   | c   | 4 | 3 | 3 | 5 |
      | 2   | d   | 4 | 3 | 3 | 9 |
    """, fpc=("N", "M"), ssu="ssu")  # fmt: skip
    assert (row.estimate, row.se**2, row.df) == (4.5, pytest.approx(10 / 3), 1)


@shown("Unequal probabilities: Brewer", rule="brewer", variance=6.0)
@pytest.mark.parametrize(
    ("rule", "variance"),
    [
        # expanded 6, 8, 4, mean 6: 3/2 (1/2 0 + 3/4 4 + 1/4 4)
        ("brewer", 6.0),
        # about their mean weighted with 1 - p, 20/3: 3/2 (1/2 4/9 + 3/4 16/9 + 1/4 64/9)
        ("deville", 5.0),
        # p_i p_j/p_ij = (3 - p_i - p_j + 1/2)/2: 1.375, 1.125, 1.25; (0.375 * 4 + 0.125 * 4 + 0.25 * 16)
        ("hartley_rao", 6.0),
    ],
)
def test_unequal_probabilities(rule: Any, variance: float) -> None:
    """Expanded values 6, 8, 4: total 18. With replacement V = 3/2 (0 + 4 + 4) = 12. Brewer: 3/2 (1/2 0 + 3/4 4 + 1/4 4) = 6.
    Deville, about the mean weighted with 1 - p (20/3): 3/2 (1/2 4/9 + 3/4 16/9 + 1/4 64/9) = 5. Hartley and Rao: 6.
    """
    row = one(UNEQUAL, "total", pps=Pps("p", rule))
    assert (row.estimate, row.se**2) == (pytest.approx(18.0), pytest.approx(variance))


@shown("Unequal probabilities: the joint probabilities themselves (Yates-Grundy)")
def test_joint_probabilities() -> None:
    """Pairs: (p_i p_j/p_ij - 1)(z_i - z_j)^2 with p_12 = 1/10, p_13 = 1/3, p_23 = 1/6: 0.25 4 + 0.125 4 + 0.125 16 = 3.5."""
    row = one(UNEQUAL, "total", pps=Pps("p", "joint", ("1", "2", "3"), PAIRS))
    assert row.se**2 == pytest.approx(3.5)


def test_joint_probabilities_after_horvitz_and_thompson() -> None:
    """Squares 1/2 36 + 3/4 64 + 1/4 16 = 70; pairs 2 (-0.25 48 - 0.125 24 - 0.125 32) = -38: V = 32."""
    row = one(UNEQUAL, "total", pps=Pps("p", "joint", ("1", "2", "3"), PAIRS, yates_grundy=False))
    assert row.se**2 == pytest.approx(32.0)


def test_a_pair_whose_probability_is_not_known_is_refused() -> None:
    with pytest.raises(BdgError) as fault:
        one(UNEQUAL, "total", pps=Pps("p", "joint", ("1", "2"), PAIRS[:2, :2]))
    assert fault.value.problems[0].code == "STAT-013"


@shown("A PSU taken with certainty")
def test_a_certainty_psu() -> None:
    """PSU 1 was sure to be drawn: its households are the first stage of a stratum of their own, (6 - 2)^2 = 16.
    PSUs 2 and 3: totals 6 and 10, 16 again. V = 32; four first-stage units in two strata, df 2.
    """
    row = one("""
      | psu | ssu | sure | w | y |
      |-----|-----|------|---|---|
      | 1   | a   | 1    | 1 | 2 |
      | 1   | b   | 1    | 1 | 6 |
      | 2   | c   | 0    | 2 | 3 |
      | 3   | d   | 0    | 2 | 5 |
    """, "total", certainty="sure", ssu="ssu")  # fmt: skip
    assert (row.estimate, row.se**2, row.df) == (24.0, pytest.approx(32.0), 2)


@shown("A lonely stratum under every rule in one call", "method")
def test_the_lonely_stratum_under_every_rule() -> None:
    """Totals 1, 3 | 8. Stratum A: (3 - 1)^2 = 4. certainty adds 0; average doubles; adjust (R) adds 8^2; centre (Stata) adds
    (8 - 12/3)^2 = 16; collapse makes one stratum of three: 3/2 (9 + 1 + 16) = 39; fail stops.
    """
    given = survey("""
      | stratum | psu | y |
      |---------|-----|---|
      | A       | 1   | 1 |
      | A       | 2   | 3 |
      | B       | 3   | 8 |
    """)
    rows = ask(sensitivity, given.frame(), given.design(), "y", stat="total")
    found = {row.method: row.se for row in rows}
    variance = {"certainty": 4, "average": 8, "adjust": 68, "centre": 20, "collapse": 39}
    assert found == {"fail": None, **{rule: pytest.approx(math.sqrt(v)) for rule, v in variance.items()}}
    assert {row.estimate for row in rows if row.se} == {12.0}


@shown("Replicate weights of the jackknife give the same variance of a total")
def test_a_jackknife() -> None:
    """Totals 10, 6, 4. Leaving one out and raising the others by 3/2: 15, 21, 24 about 20; 2/3 (25 + 1 + 16) = 28. By
    linearisation: squares about 20/3 add up to 56/3, times 3/2. The scale convention stands in Row.design.
    """
    given = survey("""
      | psu | w | y |
      |-----|---|---|
      | 1   | 2 | 5 |
      | 2   | 2 | 3 |
      | 3   | 4 | 1 |
    """)
    made = ask(replicate, given.frame(), given.design(), "JKn")
    assert made.data[["rep_1", "rep_2", "rep_3"]].to_numpy().tolist() == [[0, 3, 3], [3, 0, 3], [6, 6, 0]]
    (row,) = ask(estimate, made.data, made.design, "y", stat="total")
    assert (row.estimate, row.se**2, row.df) == (20.0, pytest.approx(28.0), 2)
    assert row.design.startswith("JKn, 3 replicates, scale 1")
