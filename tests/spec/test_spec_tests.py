"""Tests and models on tables so small that their textbook form is known; weights and design as elsewhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import f as f_distribution

from analysis import compare, glm, reliability, tabulate
from tests.spec.by_hand import Survey, survey
from tests.spec.shown import ask, shown

PEOPLE = [("yes", "f")] * 3 + [("yes", "m")] + [("no", "f")] + [("no", "m")] * 3


@shown("Rao and Scott's test of a table")
def test_a_table() -> None:
    """3, 1 | 1, 3: X^2 = 8 (9 - 1)^2/4^4 = 2. Eight people drawn singly with replacement: the design effect of the one contrast
    is n/(n - 1) = 8/7, F = 2/(8/7) = 1.75 with 1 and 7 df.
    """
    given = survey("| psu | aware | sex |\n|--|--|--|\n" + "\n".join(f"| {i} | {a} | {s} |" for i, (a, s) in enumerate(PEOPLE)))
    test = ask(tabulate, given.frame(), given.design(), "sex", "aware").test
    assert (test.statistic, test.df, test.ddf) == (pytest.approx(1.75), pytest.approx(1.0), pytest.approx(7.0))
    assert test.p_value == pytest.approx(float(f_distribution.sf(1.75, 1, 7)))


def two_groups() -> Survey:
    return survey("""
      | psu | sex | y |
      |-----|-----|---|
      | 1   | f   | 1 |
      | 2   | f   | 5 |
      | 3   | m   | 4 |
      | 4   | m   | 8 |
    """)


@shown("Two groups: the t test")
def test_two_means() -> None:
    """3 and 6. Scores of the difference 1, -1, -1, 1: V = 4/3 4 = 16/3, se 2.309. t = 1.299; df 4 - 1, and 1
    less for the test: 2.
    """
    given = two_groups()
    found = ask(compare, given.frame(), given.design(), "y", group="sex")
    assert (found.estimate, found.se, found.df) == (3.0, pytest.approx(math.sqrt(16 / 3)), 2)


@shown("Two groups: the same difference as a regression")
def test_the_same_as_a_regression() -> None:
    """Ordinary regression on a 0/1 column: the coefficient is the difference, its linearised variance the same 16/3; residual
    df 3 + 1 - 2 = 2.
    """
    given = two_groups()
    model = ask(glm, given.frame(), given.design(), "y ~ sex")
    assert model.names == ("Intercept", "sex[T.m]")
    assert (model.joint.value[1], model.joint.se[1], model.joint.df) == (pytest.approx(3.0), pytest.approx(math.sqrt(16 / 3)), 2)
    assert model.test("sex").statistic == pytest.approx(9 / (16 / 3))


def test_ranks() -> None:
    """1 < 4 < 5 < 8: population ranks 1/8, 3/8, 5/8, 7/8; means 3/8 and 5/8, scores -+1/8 within either group."""
    given = two_groups()
    found = compare(given.frame(), given.design(), "y", group="sex", method="wilcoxon")
    assert (found.estimate, found.se) == (pytest.approx(1 / 4), pytest.approx(math.sqrt(4 / 3 * 4) / 8))


@shown("Cronbach's alpha and its standard error")
def test_alpha() -> None:
    """Variances 1/4 and 3/16, covariance 1/8: alpha = 2 (1 - (7/16)/(11/16)) = 8/11. With t = 7/16, v = 11/16 a person moves it
    by 2 (t/v^2 dv - dt/v), dv and dt the distances of the person's own squares from v and t; four PSUs: V = 4/3 sum/16.
    """
    given = survey("""
      | psu | a | b |
      |-----|---|---|
      | 1   | 0 | 0 |
      | 2   | 0 | 0 |
      | 3   | 1 | 1 |
      | 4   | 1 | 0 |
    """)
    found = ask(reliability, given.frame(), given.design(), ["a", "b"]).alpha
    x = np.array([[0, 0], [0, 0], [1, 1], [1, 0]]) - np.array([0.5, 0.25])
    t, v = 7 / 16, 11 / 16
    moved = 2 * (t / v**2 * (x.sum(axis=1) ** 2 - v) - ((x**2).sum(axis=1) - t) / v)
    assert found.estimate == pytest.approx(8 / 11)
    assert found.se == pytest.approx(math.sqrt(4 / 3 * (moved**2).sum() / 16))
