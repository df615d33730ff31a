"""Rules of weighted quantiles: numpy with equal weights, fractions with unequal ones, and what must hold for any data."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.quantile import qrules
from tests.reference import r_quirks

# numpy's name of each rule; survey's hf3 is not type 3 of Hyndman and Fan and has no counterpart.
NUMPY = {
    "math": "inverted_cdf", "school": "averaged_inverted_cdf", "hf1": "inverted_cdf", "hf2": "averaged_inverted_cdf",
    "hf4": "interpolated_inverted_cdf", "hf5": "hazen", "hf6": "weibull", "hf7": "linear", "hf8": "median_unbiased",
    "hf9": "normal_unbiased",
}  # fmt: skip
VALUES = st.lists(st.integers(-20, 20), min_size=1, max_size=12)
PEOPLE = st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 7)), min_size=1, max_size=12)
PROB = st.integers(0, 20).map(lambda k: k / 20) | st.floats(0, 1)


def of(values: list[int], weights: list[float]) -> qrules.Steps:
    return qrules.steps(np.array(values, dtype=float), np.array(weights, dtype=float))


def at(steps: qrules.Steps, p: float, rule: str) -> float:
    return float(qrules.quantile(steps, np.array([p]), rule)[0])


@pytest.mark.parametrize("rule", NUMPY)
@given(VALUES, st.floats(0.001, 0.999))
def test_with_equal_weights_every_rule_is_numpys(rule: str, values: list[int], p: float) -> None:
    wanted = float(np.quantile(np.array(values, dtype=float), p, method=NUMPY[rule]))  # type: ignore[call-overload]  # the name comes from a dict
    assert at(of(values, [3.5] * len(values)), p, rule) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("rule", ["math", "school"])
@given(PEOPLE, st.integers(0, 24))
def test_discrete_rules_equal_exact_fractions(rule: str, people: list[tuple[int, int]], k: int) -> None:
    """A person of weight 3 is three people: the inverse of F by its definition, in fractions."""
    everyone = sorted(x for x, w in people for _ in range(w))
    p = Fraction(k, 24)
    reached = [Fraction(i + 1, len(everyone)) for i in range(len(everyone))]
    first = next((i for i, f in enumerate(reached) if f >= p), len(everyone) - 1)
    wanted = float(everyone[first])
    if rule == "school" and reached[first] == p and first + 1 < len(everyone):
        wanted = (everyone[first] + everyone[first + 1]) / 2
    assert at(of([x for x, _ in people], [float(w) for _, w in people]), float(p), rule) == wanted


@given(PEOPLE, PROB, st.sampled_from(sorted(qrules.RULES)), st.floats(1e-3, 1e3))
def test_no_rule_leaves_the_data_or_knows_the_unit_of_the_weights(
    people: list[tuple[int, int]], p: float, rule: str, scale: float
) -> None:
    x, w = [v for v, _ in people], [float(w) for _, w in people]
    one, two = at(of(x, w), p, rule), at(of(x, [v * scale for v in w]), p, rule)
    assert min(x) <= one <= max(x)
    assert two == pytest.approx(one, rel=1e-9, abs=1e-9)


@given(PEOPLE, st.lists(PROB, min_size=2, max_size=8), st.sampled_from(sorted(qrules.RULES)))
def test_quantiles_rise_with_p_and_end_at_the_ends(people: list[tuple[int, int]], probs: list[float], rule: str) -> None:
    steps = of([v for v, _ in people], [float(w) for _, w in people])
    found = qrules.quantile(steps, np.array(sorted([0.0, *probs, 1.0])), rule)
    assert (np.diff(found) >= -1e-12).all()
    assert (found[0], found[-1]) == (steps.x[0], steps.x[-1])


@given(PEOPLE, PROB)
def test_the_share_inverts_math_and_counts_people(people: list[tuple[int, int]], p: float) -> None:
    steps = of([v for v, _ in people], [float(w) for _, w in people])
    value = at(steps, p, "math")
    total = sum(w for _, w in people)
    wanted = [sum(w for x, w in people if x <= point) / total for point in (-10, value, value - 0.5, 10)]
    assert qrules.shares(steps, np.array([-10, value, value - 0.5, 10])) == pytest.approx(wanted, abs=1e-12)
    assert wanted[1] >= p - 1e-12
    assert wanted[2] < p + 1e-12


@settings(max_examples=50)
@given(PEOPLE, PROB, st.randoms())
def test_ties_in_any_order_give_the_same_discrete_quantile(people: list[tuple[int, int]], p: float, dice: object) -> None:
    mixed = list(people)
    dice.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis types it as object
    for rule in ("math", "school", "hf3"):
        one, two = (at(of([v for v, _ in group], [float(w) for _, w in group]), p, rule) for group in (people, mixed))
        assert one == two


def test_a_step_is_reached_within_rounding() -> None:
    """Ten weights of 0.1 add up to 0.9999999999999999: exact comparison takes 4 for p = .3 or not, by the weights' scale."""
    for scale in (0.1, 0.7, 1.0, 30.97, 1e6):
        steps = of(list(range(1, 11)), [scale] * 10)
        assert [at(steps, p, "math") for p in (0.1, 0.3, 0.6, 0.7, 0.9)] == [1, 3, 6, 7, 9]
        assert [at(steps, p, "school") for p in (0.1, 0.3, 0.6, 0.7, 0.9)] == [1.5, 3.5, 6.5, 7.5, 9.5]
        assert [at(steps, p, "hf3") for p in (0.1, 0.3, 0.6, 0.8)] == [2, 4, 6, 8]


def test_below_the_first_step_is_the_smallest_value() -> None:
    """R 4.1-1 takes the second value (4.2 mended math and school), and its hf4 a value below all data; p = 1: NaN."""
    x, w = np.array([10.0, 20, 40, 80]), np.array([5.0, 1, 1, 1])
    steps = qrules.steps(x, w)
    for rule in ("math", "school", "hf3"):
        assert at(steps, 0.3, rule) == 10
        assert r_quirks.quantile(x, w, 0.3, rule) == 20
    assert at(steps, 0.3, "hf4") == 10
    assert r_quirks.quantile(x, w, 0.3, "hf4") == pytest.approx(10 - 10 * (5 / 8 - 0.3) / (1 / 8))
    assert at(steps, 1.0, "hf4") == 80
    assert np.isnan(r_quirks.quantile(x, w, 1.0, "hf4"))


@given(PEOPLE, st.floats(0.01, 0.99))
def test_above_the_first_step_r_is_right(people: list[tuple[int, int]], p: float) -> None:
    x, w = np.array([float(v) for v, _ in people]), np.array([float(w) for _, w in people])
    steps = qrules.steps(x, w)
    for rule in ("math", "hf1", "school", "hf3", "hf4"):
        if p > steps.cum[steps.x <= steps.x[0]][-1] / steps.total and abs(p * steps.total % 1 - 0.5) < 0.499:
            assert at(steps, p, rule) == pytest.approx(r_quirks.quantile(x, w, p, rule), rel=1e-9, abs=1e-9)


def test_shah_vaish_does_not_move_with_the_weights() -> None:
    """R's takes 30.97/2 ranks off at weight 30.97: the 90 % point of 1..100 becomes 100."""
    x = np.arange(1.0, 101)
    found = [at(qrules.steps(x, np.full(100, w)), 0.9, "shahvaish") for w in (1.0, 30.97)]
    assert found == [90, 90]
    assert [r_quirks.quantile(x, np.full(100, w), 0.9, "shahvaish") for w in (1.0, 30.97)] == [90, 100]


def test_nobody_one_person_and_people_without_weight() -> None:
    for rule in qrules.RULES:
        assert np.isnan(at(of([], []), 0.5, rule))
        assert [at(of([7], [3.0]), p, rule) for p in (0.0, 0.2, 1.0)] == [7, 7, 7]
        assert at(of([1, 7, 9], [0.0, 3.0, 0.0]), 0.2, rule) == 7
        assert at(of([4, 4, 4], [1.0, 2.0, 3.0]), 0.4, rule) == 4


def test_an_interpolated_value_between_ties_is_the_tied_value_itself() -> None:
    """`x <= value` counts the tied people: R's hf4 may land one rounding step below them."""
    steps = of([1, 2, 2, 2, 3], [0.1, 0.7, 0.3, 0.9, 0.2])
    scaled = qrules.steps(steps.x * 25.1, steps.weight)
    for rule in ("hf4", "hf5", "hf6", "hf7", "hf8", "hf9"):
        value = qrules.quantile(scaled, np.array([0.5]), rule)
        assert value[0] == scaled.x[2]
        assert qrules.shares(scaled, value)[0] == pytest.approx(2 / 2.2)
