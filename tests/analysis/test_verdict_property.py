"""The property the words stand on, over twenty thousand random cases: no sentence against its own interval.

«Tăng» is said if and only if the lower limit is above zero, if and only if the t interval of the difference is above zero;
under both readings; and no two words of one change contradict each other.  Everything is drawn and computed as arrays; the
words are then asked one by one.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import stats

from analysis import intervals, relative
from analysis.limits import t_limits
from analysis.verdict import UP, WORDS, Verdict, all_groups, verdict

CASES = 20_000
DOWN = {"down_not_met"}
CONTRADICTIONS = [
    (UP, DOWN), ({"met", "high"}, {"up_not_met", "not_met", "down_not_met"}),
]  # fmt: skip


@cache
def drawn() -> dict[str, Any]:
    """Levels, covariance matrices of any shape and df: near zero, near the ceiling, precise, hopeless, correlated to 0.999."""
    rng = np.random.default_rng(20301231)
    p1 = np.exp(rng.uniform(math.log(0.3), math.log(97), CASES))
    p2 = np.where(rng.random(CASES) < 0.5, np.clip(p1 * rng.normal(1.1, 0.15, CASES), 0.05, 99.9), rng.uniform(0.1, 99.9, CASES))
    s1, s2 = (np.exp(rng.uniform(math.log(1e-3), math.log(15), CASES)) for _ in range(2))
    rho = np.where(rng.random(CASES) < 0.2, rng.choice([-0.999, 0.0, 0.9, 0.999], CASES), rng.uniform(-0.95, 0.98, CASES))
    df = np.where(rng.random(CASES) < 0.1, math.inf, rng.integers(1, 200, CASES))
    v1, v2, cov = s1**2, s2**2, rho * s1 * s2
    lower, upper, g = relative.fieller(p1, p2, v1, v2, cov, df)
    t_low, t_up = t_limits(p2 - p1, np.sqrt(v1 + v2 - 2 * cov), df)
    found = {"p1": p1, "p2": p2, "v1": v1, "v2": v2, "cov": cov, "df": df, "lower": lower, "upper": upper, "g": g}
    return {**found, "t_low": t_low, "t_up": t_up, "bounded": g < 1}


def t_of(df: Any) -> Any:
    """scipy's t quantile, once for each different df."""
    found, at = np.unique(df, return_inverse=True)
    return stats.t.ppf(0.975, found)[at]


@cache
def words() -> list[tuple[Verdict, Verdict]]:
    """The word of the relative reading and of the points reading of every case."""
    d = drawn()
    out = []
    for low, up, t_low, t_up, bounded in zip(d["lower"], d["upper"], d["t_low"], d["t_up"], d["bounded"], strict=True):
        ends = (float(low), float(up)) if bounded else (None, None)
        one = verdict(*ends, threshold=10, high=15)
        two = verdict(float(t_low), float(t_up), threshold=10, high=15, reading="points", unit="điểm phần trăm")
        out.append((one, two))
    return out


def test_the_draw_reaches_every_word() -> None:
    """Otherwise the property would say little: each word, both signs, bounded and not, and thousands of each side."""
    d = drawn()
    assert {one.word for one, _ in words()} == set(WORDS)
    assert {two.word for _, two in words()} == set(WORDS) - {"undetermined"}
    assert 3_000 < (d["t_low"] > 0).sum() < CASES - 3_000
    assert 1_500 < (~d["bounded"]).sum() < CASES - 10_000
    assert (d["t_up"] < 0).sum() > 2_000


def test_up_is_said_exactly_when_the_interval_is_above_zero() -> None:
    """«tăng» in the words <=> L > 0 <=> the t interval of the difference > 0: three ways to ask, one answer, both readings."""
    d = drawn()
    for i, (one, two) in enumerate(words()):
        rises = bool(d["t_low"][i] > 0)
        assert two.says_up == ("tăng" in two.vi or two.word == "met") == rises
        if d["bounded"][i]:
            assert one.says_up == ("tăng" in one.vi or one.word == "met") == bool(d["lower"][i] > 0) == rises, i
            assert (one.word in DOWN) == ("giảm" in one.vi) == bool(d["t_up"][i] < 0), i
        else:
            assert (one.word, one.says_up, "tăng" in one.vi, "giảm" in one.vi) == ("undetermined", False, False, False)


def test_english_and_vietnamese_say_the_same() -> None:
    for one, two in words()[:10_000]:
        for found in (one, two):
            rises = found.en.startswith(("up", "met"))
            assert rises == found.says_up
            assert ("down" in found.en) == ("giảm" in found.vi)


def test_the_two_readings_never_contradict_each_other() -> None:
    """One cannot rise while the other falls; each is also consistent with the point estimate's sign."""
    d = drawn()
    for i, (one, two) in enumerate(words()):
        for first, second in CONTRADICTIONS[:1]:
            assert not (one.word in first and two.word in second)
            assert not (two.word in first and one.word in second)
        if one.says_up or two.says_up:
            assert d["p2"][i] > d["p1"][i]
        if "down_not_met" in (one.word, two.word):
            assert d["p2"][i] < d["p1"][i]


def test_the_words_are_a_total_order_of_evidence() -> None:
    """Raising the later level alone, all else equal, never takes a word back: the lower limit moves up with it."""
    d = drawn()
    more = d["p2"] + 0.5
    low, up, _ = relative.fieller(d["p1"], more, d["v1"], d["v2"], d["cov"], d["df"])
    keep = d["bounded"]
    assert (low[keep] > d["lower"][keep] - 1e-9 * np.abs(d["lower"][keep]) - 1e-9).all()
    assert (up[keep] > d["upper"][keep] - 1e-9 * np.abs(d["upper"][keep]) - 1e-9).all()


def test_fieller_is_the_set_that_the_t_test_does_not_reject() -> None:
    """The t statistic of p2 - (1 + k) p1 is t at both limits, less between them, more outside; computed by scipy's t."""
    d = drawn()
    keep = d["bounded"] & (d["g"] < 0.95)
    t = t_of(d["df"][keep])
    p1, p2, v1, v2, cov, low, up = (d[k][keep] for k in ("p1", "p2", "v1", "v2", "cov", "lower", "upper"))

    def statistic(k: Any) -> Any:
        r = 1 + k / 100
        return np.abs(p2 - r * p1) / np.sqrt(v2 + r * r * v1 - 2 * r * cov)

    assert statistic(low) == pytest.approx(t, rel=1e-5)
    assert statistic(up) == pytest.approx(t, rel=1e-5)
    assert (statistic((low + up) / 2) < t).all()
    width = up - low
    assert (statistic(low - width) > t).all()
    assert (statistic(up + width) > t).all()
    assert ((low < 100 * (p2 / p1 - 1)) & (100 * (p2 / p1 - 1) < up)).all()


def test_the_single_and_the_many_are_the_same_limits() -> None:
    d = drawn()
    for i in range(0, CASES, 101):
        one = intervals.fieller(*(float(d[k][i]) for k in ("p1", "p2", "v1", "v2", "cov", "df")))
        if isinstance(one, intervals.Unbounded):
            assert not d["bounded"][i]
            assert one.g == pytest.approx(d["g"][i])
        else:
            assert (one.lower, one.upper) == (pytest.approx(d["lower"][i]), pytest.approx(d["upper"][i]))
        pair = intervals.t_interval(
            d["p2"][i] - d["p1"][i], math.sqrt(d["v1"][i] + d["v2"][i] - 2 * d["cov"][i]), float(d["df"][i])
        )
        assert (pair.lower, pair.upper) == (pytest.approx(d["t_low"][i]), pytest.approx(d["t_up"][i]))


def test_every_group_claims_no_more_than_its_weakest_group() -> None:
    """Random families: the claim is the weakest word; «mọi nhóm đều tăng» only if every group's own interval says so."""
    rng = np.random.default_rng(5)
    every = [one for one, _ in words()]
    rises = [v for v in every if v.says_up]
    for n in range(2_000):
        family = [
            (rises if n % 2 else every)[int(i)] for i in rng.integers(0, len(rises if n % 2 else every), int(rng.integers(1, 6)))
        ]
        found = all_groups(family, threshold=10, high=15)
        up = all(v.says_up for v in family)
        assert (found.claim != "none") == up
        assert ("tăng" in found.vi or "đạt" in found.vi) == up
        if up:
            weakest = min(("up", "met", "high").index({"high": "high", "met": "met"}.get(v.word, "up")) for v in family)
            assert found.claim == ("up", "met", "high")[weakest]


@pytest.mark.parametrize("confidence", [0.9, 0.99])
def test_the_property_holds_at_other_levels_too(confidence: float) -> None:
    d = drawn()
    low, up, g = relative.fieller(d["p1"], d["p2"], d["v1"], d["v2"], d["cov"], d["df"], confidence)
    t_low, t_up = t_limits(d["p2"] - d["p1"], np.sqrt(d["v1"] + d["v2"] - 2 * d["cov"]), d["df"], confidence)
    keep = g < 1
    assert ((low > 0) == (t_low > 0))[keep].all()
    assert ((up < 0) == (t_up < 0))[keep].all()


def test_borders_are_never_crossed_by_rounding() -> None:
    """Intervals whose limit is zero to the last digits: the two signs may only differ where the difference itself is rounding."""
    d = drawn()
    t = t_of(d["df"])
    se = np.abs(d["p2"] - d["p1"]) / t  # so that the t interval ends at zero
    for nudge in (1 - 1e-9, 1 + 1e-9):
        s = se * nudge
        v1 = s**2 / 2
        low, up, g = relative.fieller(d["p1"], d["p2"], v1, v1, 0.0 * v1, d["df"])
        t_low, t_up = t_limits(d["p2"] - d["p1"], s, d["df"])
        keep = (g < 1) & (np.abs(d["p2"] - d["p1"]) > 1e-3)
        assert ((low > 0) == (t_low > 0))[keep].all()
        assert ((up < 0) == (t_up < 0))[keep].all()
