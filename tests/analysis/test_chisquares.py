"""The weighted sum of chi-squares against closed forms, published tables, R's saddlepoint and simulated draws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.testing.chisquares import Method, upper_tail

METHODS: tuple[Method, ...] = ("saddlepoint", "integration", "satterthwaite")
LAMBDA = [3.0587869330081605, 0.6782213200910342, 0.3660686259502844]

weights = st.lists(st.floats(0.01, 100), min_size=1, max_size=6)


@pytest.mark.parametrize("df", [1.0, 2.0, 3.0, 7.5])
@pytest.mark.parametrize("x", [0.01, 0.5, 2.0, 9.0, 40.0, 120.0])
def test_one_weight_is_a_chi_squared(x: float, df: float) -> None:
    assert upper_tail(2 * x, [2.0], [df], method="integration") == pytest.approx(stats.chi2.sf(x, df), rel=1e-11)
    assert upper_tail(2 * x, [2.0], [df], method="satterthwaite") == pytest.approx(stats.chi2.sf(x, df), rel=1e-12)
    assert upper_tail(2 * x, [2.0], [df]) == pytest.approx(stats.chi2.sf(x, df), rel=0.12)


@pytest.mark.parametrize("ddf", [1.0, 4.0, 9.5, 60.0, 4000.0])
@pytest.mark.parametrize("x", [0.05, 1.0, 3.0, 12.0])
def test_equal_weights_over_a_mean_are_an_f(x: float, ddf: float) -> None:
    expected = stats.f.sf(x, 3, ddf)
    assert upper_tail(1.5 * x, [0.5] * 3, ddf=ddf, method="integration") == pytest.approx(expected, rel=1e-10)
    assert upper_tail(1.5 * x, [0.5] * 3, ddf=ddf, method="satterthwaite") == pytest.approx(expected, rel=1e-11)
    assert upper_tail(1.5 * x, [0.5] * 3, ddf=ddf) == pytest.approx(expected, rel=0.06)


def _exponentials(x: float, lam: list[float]) -> float:
    """The tail of a sum of different multiples of chi2(2) by partial fractions: chi2(2)/2 is exponential."""
    return sum(math.prod([a / (a - b) for b in lam if b != a]) * math.exp(-x / (2 * a)) for a in lam)


@pytest.mark.parametrize("x", [0.2, 2.0, 6.0, 20.0])
@pytest.mark.parametrize("lam", [[0.6, 0.3, 0.1], [5.0, 1.0], [0.1, 0.2, 0.4, 0.8, 1.6]])
def test_sums_of_exponentials(lam: list[float], x: float) -> None:
    expected = _exponentials(x, lam)
    assert upper_tail(x, lam, [2.0] * len(lam), method="integration") == pytest.approx(expected, rel=1e-9)
    assert upper_tail(x, lam, [2.0] * len(lam)) == pytest.approx(expected, rel=0.1)


def test_a_closed_form_of_two_exponentials() -> None:
    """a chi2(2) is exponential: the tail of a sum with weights a > b is (a e^(-x/2a) - b e^(-x/2b))/(a - b)."""
    for a, b, x in [(2.0, 1.0, 3.0), (1.0, 0.001, 8.0), (5.0, 4.999, 60.0), (1e6, 1.0, 1e7)]:
        expected = (a * math.exp(-x / (2 * a)) - b * math.exp(-x / (2 * b))) / (a - b)
        assert upper_tail(x, [a, b], [2.0, 2.0], method="integration") == pytest.approx(expected, rel=1e-9)


def test_the_working_likelihood_ratio_of_r() -> None:
    """R 4.2.2, survey 4.1-1: regTermTest(svyglm(HI_CHOL~...), ~factor(race), method="LRT") on nhanes: chisq, lambda, ddf 9.

    p 0.26623041785835944 by saddlepoint; the exact value is 0.2728871: an error of 2.4 %.
    """
    assert upper_tail(5.8541935101018225, LAMBDA, ddf=9) == pytest.approx(0.26623041785835944, rel=1e-10)
    assert upper_tail(5.8541935101018225, LAMBDA, ddf=9, method="integration") == pytest.approx(0.27288711990893694, rel=1e-10)


def test_the_exact_tail_over_a_mean_is_the_average_over_that_mean() -> None:
    """The other way to compute it, slowly: the tail at x v/ddf averaged over v ~ chi2(ddf) by Gauss's quadrature."""
    ddf, x = 9.0, 5.8541935101018225
    nodes, mass = np.polynomial.legendre.leggauss(200)
    v = stats.chi2.ppf((nodes + 1) / 2, ddf)
    slow = sum(
        m / 2 * upper_tail(x * a / ddf, LAMBDA, method="integration") for a, m in zip(v.tolist(), mass.tolist(), strict=True)
    )
    assert upper_tail(x, LAMBDA, ddf=ddf, method="integration") == pytest.approx(slow, rel=1e-5)


@pytest.mark.parametrize(
    ("lam", "df", "ddf", "x"),
    [([1.0, -0.5, 3.0], [1, 2, 1], math.inf, 2.0), ([2.0, -1.0], [1, 1], 7.0, -1.5), ([0.2, 5.0, 1.0], [3, 1, 2], 3.0, 12.0)],
)
def test_mixed_signs_against_draws(lam: list[float], df: list[int], ddf: float, x: float) -> None:
    r = np.random.default_rng(20261)
    drawn = r.chisquare(df, size=(400_000, len(lam))) @ np.array(lam)
    drawn = drawn if math.isinf(ddf) else drawn / (r.chisquare(ddf, size=400_000) / ddf)
    share = float((drawn > x).mean())
    exact = upper_tail(x, lam, df, ddf, "integration")
    assert abs(exact - share) < 4.5 * math.sqrt(share * (1 - share) / 400_000)
    assert upper_tail(x, lam, df, ddf) == pytest.approx(exact, abs=0.02)


@pytest.mark.parametrize("method", METHODS)
def test_edges(method: Method) -> None:
    assert upper_tail(0.0, [1.0, 2.0], method=method) == 1.0
    assert upper_tail(-3.0, [1.0, 2.0], ddf=5, method=method) == 1.0
    assert upper_tail(1.0, [0.0, 0.0], method=method) == 0.0
    assert upper_tail(-1.0, [], method=method) == 1.0
    assert upper_tail(1.0, [-1.0], method=method) == 0.0
    assert upper_tail(-1.0, [-1.0], [2.0], method=method) == pytest.approx(1 - stats.chi2.sf(1, 2), rel=0.1)
    for bad in (math.nan, math.inf):
        assert math.isnan(upper_tail(bad, [1.0], method=method))
        assert math.isnan(upper_tail(1.0, [bad], method=method))


def test_far_tails_keep_their_digits() -> None:
    assert upper_tail(400.0, [1.0, 1.0, 1.0], method="integration") == pytest.approx(stats.chi2.sf(400, 3), rel=1e-11)
    assert upper_tail(1e-9, [1.0], method="integration") == pytest.approx(1.0, abs=1e-4)
    assert upper_tail(1e8, [1.0, 1.0], ddf=1.0, method="integration") == pytest.approx(stats.f.sf(5e7, 2, 1), rel=1e-9)


def test_the_saddlepoint_is_smooth_through_the_mean() -> None:
    """R's formula divides by zero at the mean and falls back on another approximation; ours has the limit there."""
    mean = sum(LAMBDA)
    near = [upper_tail(mean + d, LAMBDA) for d in (-1e-4, -1e-8, 0.0, 1e-8, 1e-4)]
    assert near == sorted(near, reverse=True)
    assert near[2] == pytest.approx((near[0] + near[4]) / 2, rel=1e-7)
    assert near[1] - near[3] < 1e-6


@given(weights, st.floats(0.05, 30), st.sampled_from([math.inf, 2.0, 25.0]))
@settings(max_examples=60, deadline=None)
def test_properties(lam: list[float], x: float, ddf: float) -> None:
    """A probability; falls with x; a change of unit changes nothing; splitting a weight's df changes nothing."""
    x *= sum(lam) / len(lam)
    p = upper_tail(x, lam, ddf=ddf, method="integration")
    assert 0 <= p <= 1
    assert upper_tail(2 * x, lam, ddf=ddf, method="integration") <= p * (1 + 1e-9)
    assert upper_tail(7.3 * x, [7.3 * v for v in lam], ddf=ddf, method="integration") == pytest.approx(p, rel=1e-8)
    assert upper_tail(x, [*lam, *lam], ddf=ddf, method="integration") == pytest.approx(
        upper_tail(x, lam, [2.0] * len(lam), ddf, "integration"), rel=1e-8
    )
    assert upper_tail(x, lam, ddf=ddf) == pytest.approx(p, rel=0.15, abs=0.02)
