"""The residual of an influence value on its wave's controls: against plain least squares, and laws that any residual keeps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.design import Controls, Design
from analysis.persons import persons
from analysis.weighting import auxiliary, residuals
from forms.errors import BdgError
from tests.analysis.people_stats import CERTAINTY

Array = NDArray[np.float64]
ONE = np.zeros(0, dtype=np.intp)


def world(seed: int, n: int = 60) -> dict[str, NDArray]:
    rng = np.random.default_rng(seed)
    return {
        "sex": rng.choice(np.array(["f", "m"], dtype=object), n),
        "area": rng.choice(np.array(["city", "hill", "plain"], dtype=object), n),
        "band": rng.integers(1, 4, n).astype(float),
        "age": rng.uniform(15, 80, n),
        "w": rng.lognormal(2, 0.6, n),
        "psu": rng.choice(np.array(["a", "b", "c", "d", "e"], dtype=object), n),
    }


def dummies(columns: dict[str, NDArray], *names: str) -> Array:
    """0/1 columns of the levels found, side by side."""
    return np.column_stack([columns[name] == level for name in names for level in sorted(set(columns[name]))]).astype(float)


def weighted_fit(x: Array, w: Array, y: Array) -> Array:
    root = np.sqrt(w)[:, None]
    return y - x @ np.linalg.lstsq(x * root, y * root, rcond=None)[0]


def apply(control: Controls, columns: dict[str, NDArray], u: Array, weight: Array, wave: NDArray[np.intp] | None = None) -> Array:
    wave = np.zeros(len(u), dtype=np.intp) if wave is None else wave
    return residuals.residuals(u, weight, wave, [residuals.model(control, columns)])


@pytest.mark.parametrize(
    ("control", "names"),
    [
        (Controls("greg", ("sex", "area", "age"), "w"), ("sex", "area")),
        (Controls("greg", ("sex", "age"), "w", intercept=False), ("sex",)),
        (Controls("greg", ("sex", "band", "age"), "w", terms=(("sex",), ("band",))), ("sex", "band")),
    ],
)
def test_greg_is_least_squares_with_the_base_weights(control: Controls, names: tuple[str, ...]) -> None:
    """The auxiliary columns are redundant (two full margins and the constant), where R's qr drops columns."""
    columns, rng = world(3), np.random.default_rng(9)
    u, g = rng.normal(size=(60, 4)), rng.uniform(0.5, 2, 60)
    after = columns["w"] * g
    x = np.column_stack([dummies(columns, *names), columns["age"]])
    wanted = weighted_fit(x, columns["w"], u / after[:, None]) * after[:, None]
    assert apply(control, columns, u, after) == pytest.approx(wanted, rel=1e-10, abs=1e-11)
    final = weighted_fit(x, after, u / after[:, None]) * after[:, None]
    assert not np.allclose(final, wanted)  # weights after instead of before: the usual mistake


def test_post_stratification_takes_the_cells_weighted_means_off() -> None:
    columns, rng = world(4), np.random.default_rng(1)
    u, after = rng.normal(size=(60, 2)), columns["w"] * rng.uniform(0.5, 2, 60)
    got = apply(Controls("poststratify", ("sex", "area"), "w"), columns, u, after)
    frame = pd.DataFrame({"cell": columns["sex"] + columns["area"], "w": columns["w"], "v": u[:, 0] / after})
    means = frame.groupby("cell").apply(lambda c: np.average(c["v"], weights=c["w"]))
    assert got[:, 0] == pytest.approx((frame["v"] - frame["cell"].map(means)).to_numpy() * after, abs=1e-12)


def test_raked_margins_are_centred_ten_times_with_plain_means() -> None:
    columns, rng = world(5), np.random.default_rng(2)
    u, after = rng.normal(size=(60, 1)), columns["w"] * rng.uniform(0.8, 1.2, 60)
    values = pd.Series(u[:, 0] / after)
    for _ in range(10):
        for name in ("sex", "area"):
            values -= values.groupby(list(columns[name])).transform("mean")
    got = apply(Controls("rake", ("sex", "area"), "w"), columns, u, after)[:, 0]
    assert got == pytest.approx(values.to_numpy() * after, abs=1e-13)
    limit = weighted_fit(dummies(columns, "sex", "area"), np.ones(60), u / after[:, None])[:, 0] * after
    assert got == pytest.approx(limit, abs=1e-6)
    weighted = weighted_fit(dummies(columns, "sex", "area"), columns["w"], u / after[:, None])[:, 0] * after
    assert np.abs(got - weighted).max() > 1e-3  # what kind="raking" would give


def test_each_wave_has_its_own_residuals() -> None:
    columns, rng = world(6), np.random.default_rng(3)
    u, wave = rng.normal(size=(60, 2)), rng.permutation(np.repeat([2026, 2030], 30))
    control = Controls("greg", ("sex", "age"), "w")
    got = apply(control, columns, u, columns["w"], wave)
    for t in (2026, 2030):
        here = wave == t
        part = {name: values[here] for name, values in columns.items()}
        assert got[here] == pytest.approx(apply(control, part, u[here], part["w"]), abs=1e-12)
    together = apply(Controls("greg", ("sex", "age"), "w", by_wave=False), columns, u, columns["w"], wave)
    assert not np.allclose(together, got)
    assert together == pytest.approx(apply(control, columns, u, columns["w"]), abs=1e-12)


def test_a_step_of_one_wave_leaves_the_other_alone() -> None:
    columns, u = world(7), np.random.default_rng(4).normal(size=(60, 1))
    wave = np.repeat([2026, 2030], 30)
    got = apply(Controls("poststratify", ("sex",), "w", waves=(2030,)), columns, u, columns["w"], wave)
    assert (got[:30] == u[:30]).all()
    assert not np.allclose(got[30:], u[30:])


def test_steps_come_off_in_the_order_they_were_made() -> None:
    """Each step is measured at the weights after it: the next step's base, in the end the final weights (R)."""
    columns, rng = world(8), np.random.default_rng(5)
    columns["w1"] = columns["w"] * rng.uniform(0.7, 1.4, 60)
    final, u = columns["w1"] * rng.uniform(0.7, 1.4, 60), rng.normal(size=(60, 1))
    first, second = Controls("poststratify", ("sex",), "w"), Controls("greg", ("age",), "w1")
    wave = np.zeros(60, dtype=np.intp)
    got = residuals.residuals(u, final, wave, [residuals.model(c, columns) for c in (first, second)])
    one = apply(first, columns, u, columns["w1"])
    assert got == pytest.approx(apply(second, columns, one, final), abs=1e-12)


def test_cluster_controls_are_means_of_the_psus_members() -> None:
    columns, rng = world(9), np.random.default_rng(6)
    u, w = rng.normal(size=(60, 1)), columns["w"]
    x = dummies(columns, "sex")
    frame = pd.DataFrame(x * w[:, None]).groupby(list(columns["psu"])).transform("sum").to_numpy()
    means = frame / pd.Series(w).groupby(list(columns["psu"])).transform("sum").to_numpy()[:, None]
    got = apply(Controls("greg", ("sex",), "w", cluster=("psu",)), columns, u, w)
    assert got == pytest.approx(weighted_fit(means, w, u / w[:, None]) * w[:, None], abs=1e-11)


def test_no_step_changes_nothing() -> None:
    u = np.ones((3, 1))
    assert residuals.residuals(u, np.ones(3), np.zeros(3, dtype=np.intp), []) is u


@pytest.mark.parametrize("name", ["sex", "age", "w"])
def test_a_missing_auxiliary_value_is_refused(name: str) -> None:
    columns = world(10)
    columns[name][3] = None if name == "sex" else np.nan
    with pytest.raises(BdgError) as refused:
        residuals.model(Controls("greg", ("sex", "age"), "w"), columns)
    assert [p.code for p in refused.value.problems] == ["STAT-070"]


def test_a_column_of_words_is_no_number() -> None:
    with pytest.raises(BdgError) as refused:
        auxiliary.numeric("sex", world(1))
    assert refused.value.problems[0].code == "STAT-009"


def test_nearly_equal_numbers_lose_no_digits() -> None:
    """Years around 2026, their squares and the constant: correlations of 1 - 1e-7, still orthogonal to 1e-9."""
    rng = np.random.default_rng(11)
    year = rng.integers(2020, 2032, 400).astype(float)
    columns = {"year": year, "square": year**2, "w": rng.uniform(1, 5, 400)}
    u = rng.normal(size=(400, 1))
    left = apply(Controls("greg", ("year", "square"), "w"), columns, u, columns["w"])
    for x in (np.ones(400), year - 2026, (year - 2026) ** 2):
        assert abs(x @ left[:, 0]) < 1e-9 * np.abs(x * left[:, 0]).sum()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), kind=st.sampled_from(["poststratify", "rake", "greg"]))
def test_what_the_controls_explain_has_no_residual(seed: int, kind: str) -> None:
    """A variable that is a function of the controls has a residual of 0; taking residuals twice is taking them once."""
    columns, rng = world(seed), np.random.default_rng(seed)
    control = Controls(kind, ("sex", "area"), "w")  # type: ignore[arg-type]  # sampled from the three kinds
    known = (columns["sex"] == "f") * rng.normal() + (columns["area"] == "hill") * rng.normal()
    u = np.column_stack([columns["w"] * known, rng.normal(size=60)])
    once = apply(control, columns, u, columns["w"])
    assert np.abs(once[:, 0]).max() < 1e-4 * columns["w"].max() if kind == "rake" else np.abs(once[:, 0]).max() < 1e-9
    assert apply(control, columns, once, columns["w"])[:, 1] == pytest.approx(once[:, 1], abs=1e-3 if kind == "rake" else 1e-9)


def test_hundreds_of_columns_and_many_people() -> None:
    rng = np.random.default_rng(0)
    n = 20_000
    columns = {name: rng.integers(0, k, n).astype(float) for name, k in (("a", 20), ("b", 30))} | {"w": rng.uniform(1, 5, n)}
    control = Controls("greg", ("a", "b"), "w", terms=(("a",), ("b",)))
    assert apply(control, columns, rng.normal(size=(n, 100)), columns["w"]).shape == (n, 100)


def test_a_design_with_controls_uses_them() -> None:
    """A total of an indicator that was post-stratified has no variance; declared by hand, without calibrate()."""
    data = pd.DataFrame({"psu": list("aabbccdd"), "sex": list("fmfmfmff"), "w": 2.0, "done": [1.0, 3, 1, 3, 1, 3, 1, 1]})
    design = Design(None, "psu", "done", None, CERTAINTY, "design", controls=(Controls("poststratify", ("sex",), "w"),))
    people = persons(data, design, ("sex",))
    female = (people.text("sex") == "f").astype(float)
    assert people.spread(people.weight * female).vcov[0, 0] == pytest.approx(0.0, abs=1e-20)
    assert "poststratify to sex" in design.label
