"""Weights made to agree with known totals, and the standard error that knows it; worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from analysis import calibrate, estimate
from forms.errors import BdgError
from tests.spec.by_hand import Survey, survey
from tests.spec.shown import ask, shown


def women_and_men() -> Survey:
    return survey("""
      | psu | sex | w  | y |
      |-----|-----|----|---|
      | 1   | f   | 10 | 1 |
      | 2   | f   | 10 | 2 |
      | 3   | f   | 10 | 3 |
      | 4   | m   | 10 | 4 |
      | 5   | m   | 10 | 8 |
    """)


@shown("Post-stratification")
def test_poststratification() -> None:
    """20 women and 30 men live here: weights 20/3 and 15. Mean (20 2 + 30 6)/50 = 4.4. Distances from the own group's mean,
    weighted and over 50: women -2/15, 0, 2/15, men -3/5, 3/5: V = 5/4 (8/225 + 18/25) = 17/18, se 0.972.
    Taken for plain weights the same column would give se 1.380: what sex explains would count as chance.
    """
    given = women_and_men()
    made = ask(calibrate, given.frame(), given.design(), {"sex": {"f": 20, "m": 30}})
    assert made.data["w_cal"].tolist() == pytest.approx([20 / 3] * 3 + [15] * 2)
    (row,) = ask(estimate, made.data, made.design, "y")
    assert (row.estimate, row.se) == (pytest.approx(4.4), pytest.approx(math.sqrt(17 / 18)))
    (plain,) = estimate(made.data, replace(made.design, controls=()), "y")
    assert plain.se == pytest.approx(1.3800161)


def test_a_known_total_has_no_error() -> None:
    """How many women there are is known now: the row says that nothing varies."""
    given = women_and_men()
    made = calibrate(given.frame(), given.design(), {"sex": {"f": 20, "m": 30}})
    (row,) = estimate(made.data.assign(woman=[1, 1, 1, 0, 0]), made.design, "woman", stat="total")
    assert (row.status, row.estimate) == ("not_estimable", None)


@shown("A bound that cannot hold is refused")
def test_a_bound_that_cannot_hold() -> None:
    """Men's weights must grow by 3/2; a bound of 1.2 leaves the totals out of reach, and no weights are made."""
    given = women_and_men()
    with pytest.raises(BdgError) as fault:
        ask(calibrate, given.frame(), given.design(), {"sex": {"f": 20, "m": 30}}, kind="linear", bounds=(0.5, 1.2))
    assert fault.value.problems[0].code == "STAT-075"
