"""Shrunken effects against brute force on a grid, against what is known by hand, and against the truth in simulations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.quality.shrunken import shrink

CODES = ["a", "b", "c", "d", "e"]
MEANS = [1.0, 1.4, 0.8, 3.0, 1.1]
VARIANCES = [0.04, 0.09, 0.02, 0.05, 0.50]


def brute(means: list[float], variances: list[float], level: float) -> list[tuple[float, float, float]]:
    """Mean and quantiles of every effect, by summing over the spread, the centre and the effect itself; plain Python."""
    top = 3 * (float(np.std(means, ddof=1)) + math.sqrt(float(np.median(variances))))
    thetas = [-1 + 6 * i / 300 for i in range(301)]
    density = [[0.0] * len(thetas) for _ in means]
    for tau in (top * (i + 0.5) / 40 for i in range(40)):
        for centre in (-3 + 9 * j / 80 for j in range(81)):
            weight = 1.0
            for m, v in zip(means, variances, strict=True):
                total = v + tau * tau
                weight *= math.exp(-((m - centre) ** 2) / (2 * total)) / math.sqrt(total)
            if weight < 1e-12:
                continue
            for k, (m, v) in enumerate(zip(means, variances, strict=True)):
                spread = 1 / (1 / v + 1 / tau**2)
                middle = spread * (m / v + centre / tau**2)
                for i, theta in enumerate(thetas):
                    density[k][i] += weight * math.exp(-((theta - middle) ** 2) / (2 * spread)) / math.sqrt(spread)
    found = []
    for row in density:
        mass = np.cumsum(row) / sum(row)
        mean = float(np.dot(row, thetas) / sum(row))
        low, high = (float(np.interp(q, mass, thetas)) for q in ((1 - level) / 2, (1 + level) / 2))
        found.append((mean, low, high))
    return found


def test_like_brute_force_over_spread_and_centre() -> None:
    team = shrink(CODES, MEANS, VARIANCES)
    for e, (mean, low, high) in zip(team.effects, brute(MEANS, VARIANCES, 0.8), strict=True):
        assert (e.estimate, e.lower, e.upper) == pytest.approx((mean, low, high), abs=0.03)


def test_who_is_measured_badly_is_drawn_in_more() -> None:
    team = {e.code: e for e in shrink(["a", "b", "c", "sure", "unsure"], [0, 0.1, -0.1, 2, 2], [0.05] * 3 + [0.01, 1.0]).effects}
    assert team["unsure"].estimate < team["sure"].estimate < 2.0
    assert team["sure"].estimate > 1.9


def test_one_hamlet_says_less_than_four() -> None:
    """Hamlets differ (seen among those who worked in several): a person known from one hamlet is less sure."""
    codes = ["a"] * 4 + ["b"] * 4 + ["c"] * 4 + ["one"]
    values = [1, -1, 0.5, -0.5, 1.2, -1.2, 0.3, -0.3, 0.9, -0.9, 0.1, -0.1, 0.0]
    team = shrink(codes, values, [0.02] * 13)
    widths = {e.code: e.upper - e.lower for e in team.effects}
    assert team.place is not None
    assert team.place > 0.5
    assert widths["one"] > 1.2 * widths["a"]
    alone = shrink(["a", "b", "c", "d"], [0, 1, 2, 3], [0.1] * 4)
    assert alone.place is None, "people and hamlets cannot be told apart, and it says so"


def test_place_by_hand() -> None:
    """Two people, two hamlets each, unit variances: Q = 2 + 8, df 2, c = 2: (10 - 2) / 2 = 4."""
    team = shrink(["a", "a", "b", "b", "c"], [0, 2, 0, 4, 1], [1.0] * 5)
    assert team.place == pytest.approx(2.0)


def test_two_people_are_not_drawn_in() -> None:
    team = shrink(["a", "b"], [1.0, 5.0], [1.0, 4.0])
    assert [(e.own, e.estimate) for e in team.effects] == [(1.0, 1.0), (5.0, 5.0)]
    assert team.effects[0].upper == pytest.approx(1 + 1.2815515655)
    assert team.between_upper == math.inf
    with pytest.raises(ValueError, match="no group"):
        shrink([], [], [])


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 2.0)), min_size=3, max_size=9),
    st.floats(-100, 100),
    st.randoms(use_true_random=False),
)
def test_shift_moves_everything_and_order_nothing(groups: list[tuple[float, float]], by: float, rng: object) -> None:
    codes = [f"{i:02d}" for i in range(len(groups))]
    values, variances = [g[0] for g in groups], [g[1] for g in groups]
    team, moved = shrink(codes, values, variances), shrink(codes, [v + by for v in values], variances)
    order = list(range(len(groups)))
    rng.shuffle(order)  # type: ignore[attr-defined]  # random.Random
    mixed = shrink([codes[i] for i in order], [values[i] for i in order], [variances[i] for i in order])
    for e, m, o in zip(team.effects, moved.effects, mixed.effects, strict=True):
        assert (m.estimate, m.lower, m.upper) == pytest.approx((e.estimate + by, e.lower + by, e.upper + by), abs=1e-6)
        assert (o.code, o.estimate, o.lower, o.upper) == pytest.approx((e.code, e.estimate, e.lower, e.upper), abs=1e-9)
        assert e.lower <= e.estimate + 1e-6
        assert e.estimate <= e.upper + 1e-6
        assert min(values) - 1e-6 <= e.estimate <= max(values) + 1e-6


@pytest.mark.parametrize(("people", "between"), [(6, 0.0), (6, 0.3), (12, 0.1), (24, 0.3), (24, 1.0)])
def test_intervals_hold_what_they_say(people: int, between: float) -> None:
    """80 % intervals hold the true effect in 75 to 92 % of people, and the estimates lie closer to it than people's own."""
    rng = np.random.default_rng([people, int(between * 10)])
    held = n = 0
    drawn = own = 0.0
    for _ in range(50):
        hamlets = rng.integers(1, 5, people)
        codes = [f"{p:02d}" for p, k in enumerate(hamlets) for _ in range(k)]
        truth = rng.normal(3, between, people)
        variances = rng.uniform(0.02, 0.15, len(codes))
        values = truth[[int(c) for c in codes]] + rng.normal(0, 0.2, len(codes)) + rng.normal(0, np.sqrt(variances))
        for e in shrink(codes, values.tolist(), variances.tolist()).effects:
            t = truth[int(e.code)]
            held, n = held + (e.lower <= t <= e.upper), n + 1
            drawn, own = drawn + (e.estimate - t) ** 2, own + (e.own - t) ** 2
    assert 0.75 <= held / n <= (0.99 if between == 0 else 0.92)
    assert drawn < own * 1.01
