"""Limits that hold for several estimates at once: Sidak, the studentised maximum modulus, Tukey and scipy's integrals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from analysis.change import change
from analysis.design import Design, Lonely
from analysis.estimate import estimate
from analysis.simultaneous import correlation_of, critical, criticals, tails
from tests.analysis import by_force

CERTAIN = Lonely("certainty", "certainty")
WAVES = Design("h", "i", "w", "t", CERTAIN, "design")
ABOUT = 4e-3


def single(df: float, level: float = 0.95) -> float:
    return float(stats.t.ppf(0.5 + level / 2, df))


def bonferroni(k: int, df: float, level: float = 0.95) -> float:
    return float(stats.t.ppf(1 - (1 - level) / (2 * k), df))


def correlated(k: int, seed: int, rank: int | None = None) -> np.ndarray:
    a = np.random.default_rng(seed).normal(size=(k, rank or k + 2))
    v = a @ a.T
    return correlation_of(v)


# ---- exact cases ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [2, 3, 8, 40])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_independent_estimates_with_many_df_are_sidak(k: int, level: float) -> None:
    """Sidak (1967): (1 - alpha)^(1/k) for each."""
    wanted = float(stats.norm.ppf(0.5 + level ** (1 / k) / 2))
    assert critical(np.eye(k), math.inf, level) == pytest.approx(wanted, abs=ABOUT)


@pytest.mark.parametrize("k", [2, 5, 12])
@pytest.mark.parametrize("df", [4, 11, 60])
def test_independent_estimates_are_the_studentised_maximum_modulus(k: int, df: int) -> None:
    """P(max |Z_i| <= c s) = integral of (2 Phi(cs) - 1)^k over s^2 = chi^2/df, by quadrature."""

    def inside(c: float) -> float:
        def each(s: float) -> float:
            return float((2 * stats.norm.cdf(c * s) - 1) ** k * stats.chi.pdf(s * math.sqrt(df), df) * math.sqrt(df))

        return float(integrate.quad(each, 0, 6, limit=200)[0])

    assert inside(critical(np.eye(k), df)) == pytest.approx(0.95, abs=7e-4)


@pytest.mark.parametrize(("k", "df"), [(3, 10), (4, 20), (6, 60)])
def test_all_differences_of_k_means_are_tukey(k: int, df: int) -> None:
    """A singular covariance: k (k-1)/2 differences of k independent means; the studentised range over sqrt 2."""
    contrasts = np.array([[(x == i) - (x == j) for x in range(k)] for i in range(k) for j in range(i)], dtype=float)
    wanted = float(stats.studentized_range.ppf(0.95, k, df)) / math.sqrt(2)
    assert critical(correlation_of(contrasts @ contrasts.T), df) == pytest.approx(wanted, abs=0.012)


@pytest.mark.parametrize(("k", "df", "wanted"), [(2, 20, 2.38), (3, 20, 2.54), (4, 20, 2.65), (3, 60, 2.41), (5, 30, 2.66)])
def test_comparisons_with_one_control_are_dunnett(k: int, df: int, wanted: float) -> None:
    """Dunnett (1964) Biometrics 20:482, table II, two-sided 5 %: all correlations 1/2."""
    assert critical(np.full((k, k), 0.5) + np.eye(k) / 2, df) == pytest.approx(wanted, abs=0.012)


@pytest.mark.parametrize("df", [5, 30, math.inf])
def test_copies_of_one_estimate_are_one_estimate(df: float) -> None:
    assert critical(np.ones((4, 4)), df) == pytest.approx(single(df), abs=1e-2)
    assert critical(np.array([[1.0, -1], [-1, 1]]), df) == pytest.approx(single(df), abs=1e-2)
    assert critical(np.eye(1), df) == pytest.approx(single(df), rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("df", [6, 40])
def test_scipy_agrees(seed: int, df: int) -> None:
    """scipy.stats.multivariate_t.cdf between -c and c is the confidence, within its own and our 1e-3."""
    r = correlated(4, seed)
    c = critical(r, df)
    inside = stats.multivariate_t(shape=r, df=df, seed=1).cdf(np.full(4, c), lower_limit=np.full(4, -c))
    assert inside == pytest.approx(0.95, abs=1e-3)


# ---- bounds --------------------------------------------------------------------------------------------------------


@settings(max_examples=4)
@given(st.integers(0, 10**6), st.integers(2, 5), st.sampled_from([2.0, 9.0, 79.0, math.inf]), st.sampled_from([0.8, 0.95]))
def test_between_one_and_bonferroni(seed: int, k: int, df: float, level: float) -> None:
    """Pitman: never below one; Sidak and Bonferroni: never above; a part of the family has no more than the whole."""
    r = correlated(k, seed, rank=1 + seed % (k + 1))
    c = critical(r, df, level)
    assert single(df, level) - 1e-12 <= c <= bonferroni(k, df, level) + 1e-12
    assert critical(r[:-1, :-1], df, level) <= c + ABOUT * c
    order = np.random.default_rng(seed).permutation(k)
    signs = np.where(np.arange(k) % 2 == 0, 1.0, -1.0)
    assert critical(r[np.ix_(order, order)] * np.outer(signs, signs), df, level) == pytest.approx(c, rel=ABOUT)
    assert critical(r, df, level) == c  # fixed points: the same family has the same limits


def test_unequal_degrees_of_freedom() -> None:
    """Each on its own t: a group with 3 df is wider itself and does not widen the others."""
    r = correlated(5, 3)
    mixed = criticals(r, np.array([3.0, 60, 60, 60, 60]))
    even = criticals(r, np.full(5, 60.0))
    assert even.tolist() == [critical(r, 60.0)] * 5
    assert mixed[0] > 1.5 * mixed[1]
    assert mixed[1] == pytest.approx(even[1], rel=0.02)
    for c, df in zip(mixed.tolist(), (3, 60, 60, 60, 60), strict=True):
        assert single(df) < c < bonferroni(5, df)
    assert criticals(np.zeros((0, 0)), np.zeros(0)).shape == (0,)


def test_unequal_degrees_of_freedom_keep_the_confidence() -> None:
    """Independent estimates: the product of each one's own coverage is 95 %."""
    df = np.array([4.0, 9, 30, 200])
    inside = np.prod([1 - 2 * stats.t.sf(c, d) for c, d in zip(criticals(np.eye(4), df), df, strict=True)])
    assert inside == pytest.approx(0.95, abs=1e-3)


# ---- adjusted p values ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("df", [np.full(3, 12.0), np.array([5.0, 12, 40])])
def test_p_values_and_limits_say_the_same(df: Any) -> None:
    """p < 0.05 exactly where |t| is beyond the critical value; p is never below that of the single test."""
    r = correlated(3, 8)
    c = criticals(r, df)
    for factor in (0.2, 0.97, 1.03, 2.0, 30.0):
        p = tails(r, df, c * factor)
        assert ((p < 0.05) == (factor > 1)).all()
        assert (p >= 2 * stats.t.sf(c * factor, df) - 1e-15).all()
    assert tails(r, df, np.zeros(3)).tolist() == pytest.approx([1.0] * 3, abs=1e-3)


def test_the_p_value_of_independent_estimates() -> None:
    """1 - (1 - p)^k with many df."""
    p = tails(np.eye(6), np.full(6, math.inf), np.full(6, 2.5))
    assert p == pytest.approx(np.full(6, 1 - (1 - 2 * stats.norm.sf(2.5)) ** 6), abs=1e-3)


# ---- tables --------------------------------------------------------------------------------------------------------


def test_the_levels_of_all_groups_at_once() -> None:
    """Estimates and standard errors stay; limits widen to the same multiple of the standard error; by any order of groups."""
    data = by_force.people(1, strata=5, psus=5)
    alone = estimate(data, Design("h", "i", "w", None, CERTAIN, "design"), "y", by=((), ("sex",), ("area",)))
    together = alone.simultaneous()
    assert [r.estimate for r in together] == [r.estimate for r in alone]
    assert [r.se for r in together] == [r.se for r in alone]
    halves = [(r.upper - r.lower) / 2 / r.se for r in together]
    assert halves == pytest.approx([critical(correlation_of(alone.vcov), 20.0)] * 6, rel=1e-9)
    assert {r.interval for r in together} == {"max_t"}
    assert all(a.lower < b.lower and b.upper < a.upper for a, b in zip(together, alone, strict=True))
    assert (together.columns is not alone.columns, alone[0].interval) == (True, "t")


def test_a_group_that_cannot_be_given_takes_no_part() -> None:
    data = by_force.people(2, strata=4, psus=5)
    data["group"] = np.where(data["i"] == "00", "one psu", np.where(data["sex"] == "f", "a", "b"))
    design = Design("h", "i", "w", None, CERTAIN, "domain")
    found = estimate(data, design, "y", by="group").simultaneous()
    without = estimate(data[data["group"] != "one psu"], design, "y", by="group")
    lonely = next(r for r in found if r.domain == (("group", "one psu"),))
    assert (lonely.status, lonely.lower, lonely.p_value) == ("not_estimable", None, None)
    assert [r.interval for r in found] == ["max_t", "max_t", ""]
    assert len(without) == 2
    assert estimate(data, design, "y", where={"group": "nobody"}).simultaneous()[0].status == "not_estimable"


def test_a_share_of_nobody_keeps_its_own_interval() -> None:
    """At 0 there is no standard error to multiply; the other groups are a family of their own."""
    data = by_force.people(3, strata=4, psus=4)
    data["yes"] = data["yes"].where(data["area"] != "r", 0)
    found = estimate(data, Design("h", "i", "w", None, CERTAIN, "design"), "yes", by="area", stat="proportion").simultaneous()
    assert [r.interval for r in found] == ["korn_graubard", "max_t", "max_t"]
    assert found[0].se is None


def test_changes_of_all_groups_at_once() -> None:
    """Of the differences only; the relative rows are left to `families`, where Fieller's form takes the critical value."""
    data = by_force.people(4, waves=(1, 2), keep=0.6, strata=4, psus=5)
    for reading in ("points", "relative"):
        found = change(data, WAVES, "y", wave=2, base=1, by="sex", reading=reading).simultaneous()  # type: ignore[arg-type]  # names of readings
        assert [r.estimand for r in found] == ["diff", "diff"]
        r = correlation_of(found.vcov)
        assert [(x.upper - x.lower) / 2 / x.se for x in found] == pytest.approx([critical(r, float(found[0].df or 0))] * 2)
        assert [(x.p_value < 0.05) for x in found] == [(x.lower > 0 or x.upper < 0) for x in found]
