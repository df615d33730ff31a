"""Estimates with their covariance: contrasts, functions, replicates; derivatives to ten digits also where they are awkward."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.design import Replicates
from analysis.joint import Joint, name_of, replicated, scale_of, stacked


def joint(seed: int = 1, k: int = 4, rows: int = 9) -> Joint:
    rng = np.random.default_rng(seed)
    return Joint(tuple("abcdefgh"[:k]), rng.normal(5, 2, k), rng.normal(size=(rows, k)), 7.0)


def loop(spread: Any, sign: Any = None) -> list[list[float]]:
    """V by loops over rows."""
    m, k = spread.shape
    s = np.ones(m) if sign is None else sign
    return [[math.fsum(s[i] * spread[i, a] * spread[i, b] for i in range(m)) for b in range(k)] for a in range(k)]


def test_covariance_and_standard_errors() -> None:
    j = joint()
    assert j.vcov == pytest.approx(np.array(loop(j.spread)))
    assert j.se == pytest.approx(np.sqrt(np.diag(j.vcov)))
    signed = Joint(j.names, j.value, j.spread, 7.0, np.array([1.0, -1, 1, 1, -1, 1, 1, 1, 1]))
    assert signed.vcov == pytest.approx(np.array(loop(j.spread, signed.sign)))


def test_a_negative_variance_has_no_standard_error() -> None:
    j = Joint(("a",), np.ones(1), np.array([[1.0], [2.0]]), 5.0, np.array([1.0, -1.0]))
    assert j.vcov[0, 0] == -3
    assert np.isnan(j.se[0])


def test_limits_are_those_of_t() -> None:
    j = joint()
    for df, level in ((7.0, 0.95), (3.0, 0.9)):
        wanted = np.column_stack(stats.t.interval(level, df, j.value, j.se))
        assert j.interval(level, df) == pytest.approx(wanted, rel=1e-9)
    assert j.interval() == pytest.approx(j.interval(0.95, 7.0))
    assert j.interval(0.95, math.inf) == pytest.approx(np.column_stack(stats.norm.interval(0.95, j.value, j.se)))


def test_some_of_them_in_another_order() -> None:
    j = joint()
    some = j.pick([2, 0])
    assert some.names == ("c", "a")
    assert some.value.tolist() == [j.value[2], j.value[0]]
    assert some.vcov == pytest.approx(j.vcov[np.ix_([2, 0], [2, 0])])


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_linear_contrasts(seed: int) -> None:
    """C value and C V C'."""
    j = joint(seed)
    c = np.random.default_rng(seed).normal(size=(3, 4))
    made = j.linear(c, ("x", "y", "z"))
    assert made.value == pytest.approx(c @ j.value)
    assert made.vcov == pytest.approx(c @ j.vcov @ c.T)
    assert (made.names, made.df) == (("x", "y", "z"), 7.0)
    one = j.linear(c[0])
    assert (one.names, one.value.shape) == (("contrast 1",), (1,))


def test_several_joints_as_one() -> None:
    j = joint()
    again = stacked([j.pick([0, 1]), j.pick([3])])
    assert again.names == ("a", "b", "d")
    assert again.vcov == pytest.approx(j.vcov[np.ix_([0, 1, 3], [0, 1, 3])])


# ---- functions -----------------------------------------------------------------------------------------------------

SMOOTH: list[tuple[str, Any, Any, list[float]]] = [
    ("log", np.log, lambda x: np.diag(1 / x), [3.0]),
    ("log of a small number", np.log, lambda x: np.diag(1 / x), [1e-8]),
    ("log of a large number", np.log, lambda x: np.diag(1 / x), [1e9]),
    ("ratio", lambda x: x[1:] / x[:1], lambda x: np.array([[-x[1] / x[0] ** 2, 1 / x[0]]]), [0.53, 0.576]),
    ("logit", lambda x: np.log(x / (1 - x)), lambda x: np.diag(1 / (x * (1 - x))), [0.3]),
    ("logit near 1", lambda x: np.log(x / (1 - x)), lambda x: np.diag(1 / (x * (1 - x))), [0.999]),
    ("exp", np.exp, lambda x: np.diag(np.exp(x)), [0.0]),
    ("product", lambda x: x[:1] * x[1:], lambda x: np.array([[x[1], x[0]]]), [2.0, 3.0]),
    ("cube at zero", lambda x: x**3, lambda x: np.diag(3 * x**2), [0.0]),
]  # fmt: skip


@pytest.mark.parametrize(("function", "slope", "at"), [case[1:] for case in SMOOTH], ids=[case[0] for case in SMOOTH])
@pytest.mark.parametrize("relative", [0.3, 0.02, 1e-4])
def test_the_delta_method_by_differences_is_that_by_derivatives(
    function: Any, slope: Any, at: list[float], relative: float
) -> None:
    """Precision 1e-7 or better where the estimate is precise, poor, or next to where the function ends."""
    value = np.array(at)
    room = np.minimum(np.abs(value), np.where((value > 0.9) & (value < 1), 1 - value, np.inf))
    spread = np.diag(relative * np.where(room > 0, room, 1.0))
    j = Joint(tuple("abc"[: len(at)]), value, spread, 9.0)
    wanted = j.smooth(function, jacobian=slope(value))
    found = j.smooth(function)
    assert found.value == pytest.approx(function(value))
    assert found.spread == pytest.approx(wanted.spread, rel=2e-7, abs=1e-6 * float(spread.max()) ** 2)
    assert (found.df, found.names) == (9.0, tuple(f"function {i + 1}" for i in range(len(found.value))))


def test_an_estimate_without_error_does_not_break_the_derivative() -> None:
    j = Joint(("a", "b"), np.array([0.0, 2.0]), np.array([[0.0, 1.0]]), 9.0)
    assert j.smooth(lambda x: np.array([x[0] + x[1] ** 2])).se[0] == pytest.approx(4.0)


# ---- replicates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mse", [False, True])
def test_replicates_by_loops(mse: bool) -> None:
    """scale * sum of rscales (theta_r - centre)^2; a replicate of rscale 0 is not part of the mean (R)."""
    rng = np.random.default_rng(3)
    reps = Replicates(tuple("abcde"), "other", 0.7, (1.0, 0.5, 0.0, 2.0, 1.0), mse)
    theta, each = np.array([4.0, 9.0]), rng.normal(5, 1, (5, 2))
    j = replicated(("x", "y"), theta, each, scale_of(reps), 4.0, mse)
    used = [0, 1, 3, 4]
    for a in (0, 1):
        centre = theta[a] if mse else sum(each[r, a] for r in used) / 4
        wanted = 0.7 * sum(reps.rscales[r] * (each[r, a] - centre) ** 2 for r in range(5))
        assert j.vcov[a, a] == pytest.approx(wanted)


def test_contrasts_and_functions_of_replicates() -> None:
    """A contrast takes the replicates along; a function may be recomputed in each of them (R: withReplicates)."""
    rng = np.random.default_rng(4)
    theta, each, scale = np.array([4.0, 9.0]), rng.normal([4, 9], 0.1, (30, 2)), np.full(30, 1 / math.sqrt(29))
    j = replicated(("x", "y"), theta, each, scale, 20.0, mse=False)
    difference = j.linear(np.array([-1.0, 1.0]))
    assert difference.replicates is not None
    assert difference.se[0] == pytest.approx(np.std(each[:, 1] - each[:, 0], ddof=1))
    again = j.smooth(lambda v: v[1:] / v[:1], replicate=True)
    assert again.se[0] == pytest.approx(np.std(each[:, 1] / each[:, 0], ddof=1))
    delta = j.smooth(lambda v: v[1:] / v[:1])
    assert delta.replicates is None
    assert delta.se[0] == pytest.approx(again.se[0], rel=0.02)
    assert stacked([j, j]).replicates is not None


@pytest.mark.parametrize(
    ("domain", "wave", "name"),
    [((), "", "y"), ((("sex", "f"),), 2026, "y sex=f 2026"), ((("area", "u"), ("sex", "f")), 0, "y area=u sex=f")],
)
def test_names(domain: Any, wave: Any, name: str) -> None:
    assert name_of("y", domain, wave) == name
