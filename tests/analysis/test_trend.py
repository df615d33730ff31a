"""The line through several waves: against statsmodels' GLS and plain normal equations, and where there is no line."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.design import Design, Lonely
from analysis.estimate import estimate
from analysis.joint import Joint
from analysis.trend import trend
from tests.analysis import by_force

CERTAIN = Lonely("certainty", "certainty")
WAVES = Design("h", "i", "w", "t", CERTAIN, "design")
YEARS = (2022, 2026, 2030, 2036)


def levels(value: Any, v: Any) -> Joint:
    """Estimates with a given covariance."""
    return Joint(
        tuple(map(str, range(len(value)))), np.asarray(value, dtype=float), np.linalg.cholesky(np.asarray(v, dtype=float)).T, 30.0
    )


def random(seed: int, k: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(k, k + 2))
    return rng.normal(50, 5, k), a @ a.T


@settings(max_examples=12)
@given(st.integers(0, 10**6))
def test_statsmodels_gls(seed: int) -> None:
    """statsmodels.GLS with sigma = V: the same line; its se divided by the residual scale, which we know to be 1."""
    from statsmodels.regression.linear_model import GLS

    value, v = random(seed)
    x = np.column_stack([np.ones(4), np.array(YEARS) - YEARS[0]])
    fit = GLS(value, x, sigma=v).fit()
    line = trend(levels(value, v), YEARS, 30.0)
    assert line is not None
    assert (line.start, line.slope) == (pytest.approx(fit.params[0], rel=1e-9), pytest.approx(fit.params[1], rel=1e-8, abs=1e-10))
    assert line.se == pytest.approx(fit.bse[1] / np.sqrt(fit.scale), rel=1e-8)
    assert line.linearity == pytest.approx(fit.scale, rel=1e-7)  # residual quadratic form over waves - 2
    assert line.linearity_p == pytest.approx(stats.f.sf(fit.scale, 2, 30), rel=1e-7)
    assert line.p_value == pytest.approx(2 * stats.t.sf(abs(line.slope / line.se), 30), rel=1e-8)
    half = stats.t.ppf(0.975, 30) * line.se
    assert (line.lower, line.upper) == (pytest.approx(line.slope - half), pytest.approx(line.slope + half))


def test_two_waves_are_the_change_a_year() -> None:
    line = trend(levels([50, 58], [[4, 1], [1, 2]]), (2026, 2030), 20.0)
    assert line is not None
    assert (line.slope, line.se) == (pytest.approx(2.0), pytest.approx(np.sqrt(4 + 2 - 2) / 4))
    assert (line.linearity, line.linearity_p, line.start) == (None, None, pytest.approx(50))


def test_independent_waves_of_equal_precision_are_least_squares() -> None:
    value = np.array([3.0, 4.0, 8.0, 7.0])
    line = trend(levels(value, np.eye(4) * 0.5), YEARS, 9.0)
    slope, start = np.polyfit(np.array(YEARS) - 2022, value, 1)
    assert line is not None
    assert (line.slope, line.start) == (pytest.approx(slope), pytest.approx(start))
    assert line.se == pytest.approx(np.sqrt(0.5 / np.var(YEARS) / 4))


def test_levels_on_a_line_are_that_line() -> None:
    _, v = random(5)
    line = trend(levels(10 + 0.75 * (np.array(YEARS) - 2022), v), YEARS, 12.0, confidence=0.9)
    assert line is not None
    assert (line.slope, line.start) == (pytest.approx(0.75), pytest.approx(10))
    assert line.linearity == pytest.approx(0, abs=1e-18)
    assert line.linearity_p == pytest.approx(1)
    assert line.upper - line.slope == pytest.approx(stats.t.ppf(0.95, 12) * line.se)


@pytest.mark.parametrize("times", [1e-9, 1.0, 1e9])
def test_the_unit_does_not_matter(times: float) -> None:
    value, v = random(6)
    one, other = trend(levels(value, v), YEARS, 8.0), trend(levels(value * times, v * times**2), YEARS, 8.0)
    assert one is not None
    assert other is not None
    assert (other.slope, other.se) == (pytest.approx(one.slope * times), pytest.approx(one.se * times))
    assert (other.p_value, other.linearity_p) == (pytest.approx(one.p_value), pytest.approx(one.linearity_p))


@pytest.mark.parametrize(
    "v",
    [
        np.ones((3, 3)),  # the same places moved alike
        np.diag([1.0, 1.0, 0.0]),
        np.array([[1.0, 0.5, 0.75], [0.5, 1, 0.75], [0.75, 0.75, 0.75]]),  # the third is the mean of the others
        np.array([[1.0, 0, 0], [0, np.nan, 0], [0, 0, 1]]),
        np.diag([1.0, -1.0, 1.0]),
    ],
    ids=["alike", "zero", "dependent", "unknown", "negative"],
)
def test_no_line_through_a_covariance_without_inverse(v: Any) -> None:
    """None, and no warning; also when only rounding keeps the matrix from being singular."""
    value = np.array([1.0, 2.0, 4.0])
    sign, spread = np.linalg.eigh(np.nan_to_num(v))
    given = Joint(("a", "b", "c"), value, (spread * np.sqrt(np.abs(sign))).T, 9.0, np.where(sign < 0, -1.0, 1.0))
    if np.isnan(v).any():
        given = Joint(("a", "b", "c"), value, np.full((1, 3), np.nan), 9.0)
    assert trend(given, (2022, 2026, 2030), 9.0) is None
    noise = 1 + 1e-15 * np.random.default_rng(1).normal(size=given.spread.shape)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert trend(Joint(given.names, value, given.spread * noise, 9.0, given.sign), (2022, 2026, 2030), 9.0) is None
    assert trend(given.pick([0]), (2022,), 9.0) is None


# ---- from data -----------------------------------------------------------------------------------------------------


def test_three_waves_with_their_whole_covariance() -> None:
    """V of three waves by brute force from every person's influence, PSUs kept in part; then the normal equations."""
    data = by_force.people(7, waves=(2022, 2026, 2030), keep=0.7)
    found = estimate(data, WAVES, "y")
    ((name, line),) = found.trend()
    u = []
    for t in (2022, 2026, 2030):
        here = (data["t"] == t).to_numpy()
        own = data[here].assign(u=by_force.influence(by_force.mean(data.loc[here, "y"]), data.loc[here, "w"].tolist()))
        z = own.groupby(["h", "i"])["u"].sum()
        n = z.groupby("h").transform("size")
        u.append((np.sqrt(n / (n - 1)) * (z - z.groupby("h").transform("mean"))).droplevel("h"))
    e = pd.concat(u, axis=1, keys=range(3)).fillna(0.0).to_numpy()
    v = e.T @ e
    assert found.vcov == pytest.approx(v, rel=1e-6)
    x = np.column_stack([np.ones(3), [0, 4, 8]])
    bread = np.linalg.inv(x.T @ np.linalg.solve(v, x))
    slope = (bread @ x.T @ np.linalg.solve(v, [r.estimate for r in found]))[1]
    assert line is not None
    assert (name, line.slope, line.se) == ("y", pytest.approx(slope, rel=1e-6), pytest.approx(np.sqrt(bread[1, 1]), rel=1e-6))
    assert line.df == found.joint.df
    assert line.waves == (2022, 2026, 2030)
    alone = [r.se for r in found]
    naive = np.linalg.inv(x.T @ np.diag([1 / s**2 for s in alone]) @ x)[1, 1] ** 0.5
    assert naive != pytest.approx(line.se, rel=0.02)  # what leaving the covariances out would give


def test_a_line_for_each_group_and_none_where_a_wave_is_missing() -> None:
    data = by_force.people(8, waves=(1, 2, 3), keep=0.8)
    data["group"] = np.where((data["sex"] == "f") & (data["t"] == 2), "m", data["sex"])
    lines = dict(estimate(data, WAVES, "y", by=((), ("group",))).trend())
    assert set(lines) == {"y", "y group=f", "y group=m"}
    assert lines["y group=f"] is None
    assert lines["y group=m"] is not None
    assert dict(estimate(data, WAVES, "y", waves=(1,)).trend()) == {"y": None}
    shares = estimate(data.assign(a=data["area"]), WAVES, "a", stat="proportion").trend()
    assert [name for name, _ in shares] == ["a r", "a t", "a u"]
