"""Intervals: R's limits, the tests they invert, many at once as one by one, and the places where others break."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import beta

from analysis import intervals, limits, relative
from analysis.intervals import Interval, Unbounded
from tests.reference import cases, r_quirks


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


SHARES: list[dict[str, Any]] = [
    e for e in json.loads((cases.HERE / "quantiles.json").read_text(encoding="utf-8"))["results"] if e["stat"] == "prop_ci"
]


@pytest.mark.parametrize("entry", SHARES, ids=cases.name_of)
def test_other_proportion_limits_equal_r(entry: dict[str, Any]) -> None:
    """svyciprop, 1e-10. R's likelihood limits come off a coarse grid: ours are the roots, up to 2e-4 beside them.

    The grid and its spline are done again in r_quirks: with them R's figures come out to 3e-7 (its glm stops there).
    """
    p, se, df = entry["estimate"], entry["se"], entry["df"]
    n_eff = p * (1 - p) / se**2
    if entry["method"] == "asin":
        found = intervals.arcsine(p, n_eff, df)
    elif entry["method"] == "xlogit":
        found = intervals.logit(p, se, df)
    else:
        data = cases.data("synth2w")
        wave = data[data["wave"] == 2026]
        here = wave[entry["y"]].notna()
        n, ratio = int(here.sum()), float(wave["w"][here].mean() / wave["w"].mean())
        assert r_quirks.likelihood(p, se, df, n, ratio) == pytest.approx(entry["ci"], rel=3e-7)
        found = intervals.likelihood(p, n_eff, df, dispersion=ratio * n / (n - 1))
        assert [found.lower, found.upper] == pytest.approx(entry["ci"], rel=2e-4)
        return
    assert [found.lower, found.upper] == pytest.approx(entry["ci"], rel=1e-10)


@given(st.floats(1e-5, 1 - 1e-5), st.floats(0.5, 1e5), st.integers(1, 200))
def test_likelihood_limits_have_exactly_the_bound_s_deviance(p: float, n_eff: float, df: int) -> None:
    found = intervals.likelihood(p, n_eff, df)
    wanted = intervals.t_quantile(0.95, df) ** 2
    assert 0 <= found.lower < p < found.upper <= 1
    for q in (found.lower, found.upper):
        if 1e-9 < q < 1 - 1e-9:
            deviance = 2 * n_eff * (p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q)))
            assert deviance == pytest.approx(wanted, rel=1e-5, abs=n_eff * 1e-13)


def test_likelihood_at_the_edge_is_one_sided() -> None:
    """0 of 50: (1 - q)^50 = exp(-t^2/2)."""
    found = intervals.likelihood(0.0, 50, math.inf)
    assert (found.lower, found.upper) == (0.0, pytest.approx(1 - math.exp(-(1.959963984540054**2) / 100), rel=1e-12))
    other = intervals.likelihood(1.0, 50, math.inf)
    assert (other.lower, other.upper) == (pytest.approx(1 - found.upper, rel=1e-12), 1.0)


@given(st.floats(1e-6, 1 - 1e-6) | st.sampled_from([0.0, 1.0]), st.floats(1, 5000), st.integers(1, 200))
def test_no_method_has_zero_width_or_leaves_0_1(share: float, n_eff: float, df: int) -> None:
    n = math.ceil(n_eff)
    for method in ("auto", "calibrated", "publish", "wilson", "korn_graubard", "jeffreys", "likelihood", "arcsine"):
        found = intervals.proportion(method, share, n_eff, n, df)
        assert -1e-12 <= found.lower <= share + 1e-9
        assert share - 1e-9 <= found.upper <= 1 + 1e-12
        assert found.upper - found.lower > 0
        mirrored = intervals.proportion(method, 1 - share, n_eff, n, df)
        assert mirrored.upper == pytest.approx(1 - found.lower, abs=1e-8)


@pytest.mark.parametrize("method", ["auto", *limits.METHODS])
@pytest.mark.parametrize(("share", "n_eff"), [(0.4, math.inf), (0.4, 0.0), (0.4, math.nan), (0.4, -3.0)])
def test_without_a_variance_there_are_no_limits(method: Any, share: float, n_eff: float) -> None:
    """A domain inside one PSU: R prints [52.740, 52.740] or a share's limits with SE 3e-15."""
    found = intervals.proportion(method, share, n_eff, 30, 20)
    assert math.isnan(found.lower)
    assert math.isnan(found.upper)


def test_no_standard_error_no_interval() -> None:
    for se in (0.0, 3e-15, math.nan):
        found = intervals.t_interval(52.74, se, 3)
        assert math.isnan(found.lower)
        assert math.isnan(found.upper)
    assert math.isnan(intervals.logit(0.4, 0.0, 20).lower)
    assert math.isnan(intervals.t_interval(0.5, 0.1, 0).lower)
    assert math.isnan(intervals.log_ratio(-1.0, 2.0, 0.01, 0.01, 0.0, 30).upper)
    flat = intervals.fieller(2.0, 3.0, 0.0, 0.0, 0.0, 30)
    assert isinstance(flat, Interval)
    assert math.isnan(flat.lower)


def test_the_rule_of_when_which() -> None:
    shares = [0.0, 0.001, 0.099, 0.1, 0.5, 0.9, 0.901, 1.0]
    assert [intervals.rule(p) for p in shares] == ["korn_graubard", *["logit"] * 6, "korn_graubard"]
    assert [intervals.rule(p, "calibrated") for p in shares] == [
        "korn_graubard", "wilson", "wilson", "logit", "logit", "logit", "wilson", "korn_graubard",
    ]  # fmt: skip
    assert {intervals.rule(p, "publish") for p in shares} == {"korn_graubard"}
    found = intervals.proportion("calibrated", 0.05, 100, 400, 30)
    assert found == intervals.wilson(0.05, 100, 30)
    assert intervals.proportion("publish", 0.05, 100, 400, 30) == intervals.korn_graubard(0.05, 100, 400, 30)


def test_published_figures() -> None:
    """Jeffreys 7 of 10 is Beta(7.5, 3.5), 0 of 10 has the upper limit .2172 (Brown et al., table 5); arcsine by its formula."""
    found = intervals.jeffreys(0.7, 10, 10, 1e9)
    assert limits.effective(10, 10, 1e9) == 10
    assert [found.lower, found.upper] == pytest.approx(beta.ppf([0.025, 0.975], 7.5, 3.5).tolist(), rel=1e-9)
    assert intervals.jeffreys(0.0, 10, 10, 1e9).lower == 0
    assert intervals.jeffreys(0.0, 10, 10, 1e9).upper == pytest.approx(0.2172, abs=5e-5)
    found = intervals.arcsine(0.8, 10, math.inf)
    half = 1.959963984540054 / (2 * math.sqrt(10))
    assert found.lower == pytest.approx(math.sin(math.asin(math.sqrt(0.8)) - half) ** 2, rel=1e-12)
    assert found.upper == pytest.approx(math.sin(math.asin(math.sqrt(0.8)) + half) ** 2, rel=1e-12)


def test_korn_graubard_as_r_or_capped_at_the_answers() -> None:
    """R does not cap: a design effect of 0.5 gives 200 effective answers of 100; NCHS's rule caps at 100."""
    loose, capped = (intervals.korn_graubard(0.3, 200, 100, 1e9, cap=cap) for cap in (False, True))
    assert capped == intervals.korn_graubard(0.3, 100, 100, 1e9, cap=True)
    assert loose.upper - loose.lower < capped.upper - capped.lower


def test_r_loses_the_t_quantile_of_one_degree_of_freedom() -> None:
    """svyciprop(method="logit") with df = 1 prints [0, NaN] (synth2w by stratum); t is 12.7: wide, not infinite."""
    assert r_quirks.logit_quantile(1) == math.inf
    assert r_quirks.logit_quantile(2) == pytest.approx(intervals.t_quantile(0.95, 2), rel=1e-10)
    found = intervals.logit(0.45, 0.08, 1)
    assert 0 < found.lower < 0.1
    assert 0.9 < found.upper < 1


@given(st.lists(LEVELS, min_size=1, max_size=6), DF)
def test_changes_at_once_are_changes_one_by_one(many: list[tuple[float, ...]], df: int) -> None:
    columns = [np.array(c) for c in zip(*many, strict=True)]
    for together, single in ((relative.log_ratio, intervals.log_ratio), (relative.delta, intervals.delta)):
        lower, upper = together(*columns, df)
        one = [single(*m, df) for m in many]
        assert lower.tolist() == pytest.approx([o.lower for o in one], rel=1e-13)
        assert upper.tolist() == pytest.approx([o.upper for o in one], rel=1e-13)
    lower, upper, g = relative.fieller(*columns, df)
    for i, m in enumerate(many):
        alone = intervals.fieller(*m, df)
        if isinstance(alone, Unbounded):
            assert g[i] >= 1
            assert math.isnan(lower[i])
        else:
            assert (lower[i], upper[i]) == (pytest.approx(alone.lower, rel=1e-13), pytest.approx(alone.upper, rel=1e-13))
    assert relative.relative_se(*columns).tolist() == pytest.approx([intervals.relative_se(*m) for m in many], rel=1e-13)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(1, 900), st.integers(1, 80)), min_size=1, max_size=6))
def test_shares_at_once_are_shares_one_by_one(many: list[tuple[float, float, int]]) -> None:
    share, n_eff, df = (np.array(c, dtype=float) for c in zip(*many, strict=True))
    for method in ("auto", "calibrated", *limits.METHODS[1:]):
        lower, upper, names = limits.proportion(method, share, n_eff, 2 * n_eff, df)
        for i, (p, n, d) in enumerate(many):
            alone = intervals.proportion(method, p, n, 2 * n, d)  # type: ignore[arg-type]  # a word as str, a half person
            assert (lower[i], upper[i]) == (pytest.approx(alone.lower, nan_ok=True), pytest.approx(alone.upper, nan_ok=True))
            assert names[i] == alone.method


def test_log_odds_of_a_change() -> None:
    """By hand: p .4 -> .5, variances .001, covariance .0002; se^2 = .001/.24^2 + .001/.25^2 - 2 (.0002)/(.24 .25)."""
    found = intervals.log_odds(0.4, 0.5, 0.001, 0.001, 0.0002, math.inf)
    middle, se = math.log(1.5), math.sqrt(0.001 / 0.24**2 + 0.001 / 0.25**2 - 0.0004 / (0.24 * 0.25))
    assert found.lower == pytest.approx(middle - 1.959963984540054 * se, rel=1e-12)
    assert found.upper == pytest.approx(middle + 1.959963984540054 * se, rel=1e-12)
    assert math.isnan(intervals.log_odds(0.0, 0.5, 0.0, 0.001, 0.0, 30).lower)


def test_seven_hundred_limits_take_a_millisecond_s_arrays_not_a_loop() -> None:
    """Few different df are looked up once each; the values stand in the order asked."""
    df = np.array([61.0, 79, 11, 61, math.inf, 0])
    found = np.asarray(limits.t_quantiles(0.95, df))
    assert found[:5] == pytest.approx([intervals.t_quantile(0.95, d) for d in df[:5].tolist()])
    assert math.isnan(found[5])
    assert np.asarray(limits.t_quantiles(0.9, df.reshape(2, 3))).shape == (2, 3)
