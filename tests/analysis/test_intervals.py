"""Intervals: R's limits, the tests they invert, and the places where others break."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis import intervals
from analysis.intervals import Interval, Unbounded
from tests.reference import cases


def moments(p1: float, p2: float, cv1: float, cv2: float, rho: float) -> tuple[float, float, float, float, float]:
    s1, s2 = p1 * cv1, p2 * cv2
    return p1, p2, s1 * s1, s2 * s2, rho * s1 * s2


LEVELS = st.builds(
    moments, st.floats(0.05, 90), st.floats(0.05, 90), st.floats(0.002, 0.9), st.floats(0.002, 0.9), st.floats(-0.95, 0.95)
)
DF = st.integers(8, 300)


@pytest.mark.parametrize("entry", cases.results("synth2w", "prop_ci"), ids=cases.name_of)
def test_proportion_limits_equal_r(entry: dict[str, Any]) -> None:
    """svyciprop. R's logit comes out of an iterated glm; its beta takes n = rows of the design, missing answers too."""
    result, method, df = entry["result"], entry["estimand"]["method"], entry["result"]["df"]
    p, se, rows = result["estimate"], result["se"], 1197
    if entry["estimand"]["y"] == "zero":
        ours = intervals.korn_graubard(0.0, rows, rows, df)
        assert ours.lower == 0
        assert 0.002 < ours.upper < 0.005
        return
    if method == "logit":
        ours = intervals.logit(p, se, df)
    elif method == "beta":
        ours = intervals.korn_graubard(p, p * (1 - p) / se**2, rows, df)
    else:
        ours = intervals.t_interval(p, se, df)
    assert [ours.lower, ours.upper] == pytest.approx(result["ci"], rel=1e-7 if method == "logit" else 1e-9)


@given(LEVELS, DF)
def test_fieller_holds_exactly_what_the_t_test_does_not_reject(m: tuple[float, ...], df: int) -> None:
    p1, p2, v1, v2, c = m
    found = intervals.fieller(*m, df)
    t = intervals.t_quantile(0.95, df)
    if isinstance(found, Unbounded):
        assert t * math.sqrt(v1) >= p1 * (1 - 1e-9)
        return
    assert found.lower <= 100 * (p2 / p1 - 1) + 1e-9
    assert found.upper >= 100 * (p2 / p1 - 1) - 1e-9
    for limit in (found.lower, found.upper):
        k = 1 + limit / 100
        distance = abs(p2 - k * p1)
        assert distance == pytest.approx(t * math.sqrt(max(v2 + k * k * v1 - 2 * k * c, 0)), rel=1e-5, abs=1e-9 * max(p1, p2))


@given(LEVELS, DF)
def test_relative_and_absolute_intervals_never_contradict(m: tuple[float, ...], df: int) -> None:
    p1, p2, v1, v2, c = m
    found = intervals.fieller(*m, df)
    assume(isinstance(found, Interval))
    assert isinstance(found, Interval)
    variance = v1 + v2 - 2 * c
    difference = intervals.t_interval(p2 - p1, math.sqrt(variance), df)
    assume(min(abs(difference.lower), abs(difference.upper)) > 1e-9 * max(p1, p2))
    assert (found.lower > 0) == (difference.lower > 0)
    assert (found.upper < 0) == (difference.upper < 0)


@given(LEVELS, DF)
def test_log_limits_are_above_minus_100_and_hold_the_estimate(m: tuple[float, ...], df: int) -> None:
    log, delta = intervals.log_ratio(*m, df), intervals.delta(*m, df)
    value = 100 * (m[1] / m[0] - 1)
    assert -100 <= log.lower < value < log.upper
    assert log.lower >= delta.lower - 1e-9 * abs(value)
    assert (delta.lower + delta.upper) / 2 == pytest.approx(value, rel=1e-9, abs=1e-6)


@given(st.floats(1e-6, 1 - 1e-6) | st.sampled_from([0.0, 1.0]), st.integers(2, 5000), st.integers(1, 200))
def test_wilson_and_korn_graubard_stay_inside_and_have_width(share: float, n: int, df: int) -> None:
    for found in (intervals.wilson(share, n, df), intervals.korn_graubard(share, n, n, df)):
        assert 0 <= found.lower <= share + 1e-12
        assert share - 1e-12 <= found.upper <= 1
        assert found.upper - found.lower > 0


def test_known_values() -> None:
    """Clopper-Pearson 0 of 10 and Wilson 8 of 10 (z), textbook values."""
    assert intervals.korn_graubard(0.0, 10, 10, 1e9).upper == pytest.approx(1 - 0.025 ** (1 / 10), rel=1e-6)
    found = intervals.wilson(0.8, 10, 1e9)
    assert (found.lower, found.upper) == (pytest.approx(0.4901625, abs=1e-6), pytest.approx(0.9433178, abs=1e-6))


def test_logit_does_not_overflow_on_one_degree_of_freedom() -> None:
    found = intervals.logit(0.45, 0.49, 1)
    assert 0 <= found.lower < 1e-9
    assert 1 - 1e-9 < found.upper <= 1
    wide = intervals.logit(1e-6, 1e-3, 1)
    assert wide.lower == pytest.approx(0, abs=1e-300)


def test_fieller_is_unbounded_when_the_baseline_is_too_imprecise() -> None:
    found = intervals.fieller(1.0, 2.0, 0.3, 0.1, 0.0, 50)
    assert isinstance(found, Unbounded)
    assert found.g > 1
    assert isinstance(intervals.fieller(0.0, 2.0, 0.3, 0.1, 0.0, 50), Unbounded)
