"""Trimmed weights against R survey 4.1-1 `trimWeights`, and what may not be quietly wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.design import Design
from analysis.persons import persons
from analysis.weighting import trimming
from analysis.weighting.replicates import replicate
from analysis.weighting.trimming import trim
from forms.errors import BdgError
from tests.analysis.people_stats import CERTAINTY, SCHOOLS, STACKED, WAVES, mean
from tests.reference import cases

Array = NDArray[np.float64]


def once(weight: Array, lower: float, upper: float) -> Array:
    """R's single round, by hand: cut, then the same addition for everybody who was not cut."""
    out = [min(max(w, lower), upper) for w in weight.tolist()]
    kept = [i for i, w in enumerate(weight.tolist()) if lower <= w <= upper]
    share = (sum(weight.tolist()) - sum(out)) / len(kept)
    return np.array([w + share if i in kept else w for i, w in enumerate(out)])


@pytest.mark.parametrize("entry", [e for e in cases.results("calibrated", "trim") if "weights" in e["result"]], ids=cases.name_of)
def test_weights_within_the_limits_stay(entry: dict[str, Any]) -> None:
    """R: trimWeights(d, upper=45, lower=10, strict=TRUE); all weights of apiclus1 lie inside."""
    made = trim(cases.data("calibrated"), SCHOOLS, lower=10, upper=45, strict=True)
    assert made.data["w_trim"].tolist() == pytest.approx(entry["result"]["weights"], rel=1e-14)
    assert made.log[0].trimmed == ()


@pytest.mark.parametrize("entry", [e for e in cases.results("calibrated", "trim") if "se" in e["result"]], ids=cases.name_of)
def test_estimates_with_trimmed_weights_are_rs(entry: dict[str, Any]) -> None:
    made = trim(cases.data("calibrated"), SCHOOLS, lower=10, upper=45, strict=True)
    got = mean(persons(made.data, made.design, ("api00",)), ["api00"])
    assert (got.value[0], got.se[0]) == pytest.approx((entry["result"]["estimate"][0], entry["result"]["se"][0]), rel=1e-12)


def test_strict_trimming_of_two_stage_weights_is_rs() -> None:
    """R: trimWeights(d, upper=45, lower=10, strict=TRUE) of apiclus2, whose weights follow from its fpc.

    R gives 45 to everybody cut or pushed over, 38.48546511627908 to those that started at 18.925.
    """
    data = cases.data("apiclus2")
    design = Design(None, "dnum", None, None, CERTAINTY, "design", ssu="snum", fpc=("fpc1", "fpc2"))
    made = trim(data, design, lower=10, upper=45, strict=True)
    base, after = made.data["w_trim_base"].to_numpy(), made.data["w_trim"].to_numpy()
    assert after[base < 19] == pytest.approx(38.48546511627908, rel=1e-12)
    assert after[base > 41] == pytest.approx(45.0, rel=1e-12)
    assert after.sum() == pytest.approx(base.sum(), rel=1e-12)
    got = mean(persons(made.data, made.design, ("api00",)), ["api00"])
    assert (got.value[0], got.se[0]) == pytest.approx((703.8374421472702, 22.575230232037484), rel=1e-9)


def test_one_round_may_leave_people_outside_and_says_so() -> None:
    data = pd.DataFrame({"psu": list("abcde"), "w": [1.0, 9.0, 9.5, 30.0, 5.0]})
    design = Design(None, "psu", "w", None, CERTAINTY, "design")
    made = trim(data, design, upper=10)
    assert made.data["w_trim"].tolist() == pytest.approx(once(data["w"].to_numpy(), -np.inf, 10).tolist())
    assert made.log[0].trimmed == (3,)
    assert "2 weights still outside" in made.log[0].notes[0]
    strict = trim(data.drop(columns=["psu"]).assign(psu=list("abcde"), w=[1.0, 9, 9.5, 15, 5]), design, upper=10, strict=True)
    assert strict.data["w_trim"].max() <= 10 + 1e-12
    assert strict.log[0].trimmed == (1, 2, 3)
    assert strict.log[0].notes == ()


def test_each_wave_keeps_its_own_sum() -> None:
    data = cases.data("synth2w")
    made = trim(data, WAVES, upper=60, lower=4, strict=True)
    sums = made.data.groupby("wave")[["w", "w_trim"]].sum()
    assert sums["w_trim"].to_numpy() == pytest.approx(sums["w"].to_numpy(), rel=1e-12)
    assert made.data["w_trim"].between(4 - 1e-12, 60 + 1e-12).all()
    cut = made.data.iloc[list(made.log[1].trimmed)]
    assert set(cut["wave"]) == {2030}
    whole = trim(data, STACKED, upper=60, lower=4, strict=True)
    assert not np.allclose(whole.data["w_trim"], made.data["w_trim"])
    assert made.log[0].kish_after < made.log[0].kish_before


@pytest.mark.parametrize(("lower", "upper"), [(-np.inf, 10.0), (50.0, np.inf), (40.0, 30.0), (33.9, 34.0)])
def test_limits_that_leave_nobody_to_share_are_refused(lower: float, upper: float) -> None:
    """R: divides by zero and gives weights of Inf or NaN."""
    with pytest.raises(BdgError) as caught:
        trim(cases.data("calibrated"), SCHOOLS, lower=lower, upper=upper, strict=True)
    assert [p.code for p in caught.value.problems] == ["STAT-011"]
    assert "33.847" in caught.value.problems[0].text()


def test_shares_that_make_a_weight_negative_are_refused() -> None:
    with pytest.raises(BdgError) as caught:
        trimming.weights(np.array([1.0, 1, 1, 20]), 10.0, np.inf, strict=False)
    assert caught.value.problems[0].code == "STAT-011"


def test_a_name_in_use_is_refused() -> None:
    with pytest.raises(BdgError) as caught:
        trim(cases.data("calibrated"), SCHOOLS, upper=45, name="pw")
    assert caught.value.problems[0].code == "STAT-078"


def test_replicates_are_cut_by_the_same_factors() -> None:
    """R's trimWeights cuts replicate weights at the same limits, which lifts the zeros of a jackknife; ours stay 0."""
    reps = replicate(cases.data("calibrated").assign(w=lambda d: np.where(d["stype"] == "E", 20.0, 60.0)),
                     replace(SCHOOLS, weight="w"), "JK1")  # fmt: skip
    made = trim(reps.data, reps.design, upper=50)
    factor = (made.data["w_trim"] / made.data["w"]).to_numpy()
    assert made.data["w_trim_4"].to_numpy() == pytest.approx(made.data["rep_4"].to_numpy() * factor)
    assert (made.data["w_trim_4"] == 0).any()
    assert made.design.replicates is not None
    assert made.design.replicates.columns[3] == "w_trim_4"
    assert "same factors" in made.log[0].notes[0]


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 100_000), strict=st.booleans())
def test_the_sum_is_kept_and_strict_limits_hold(seed: int, strict: bool) -> None:
    rng = np.random.default_rng(seed)
    weight = rng.lognormal(2, 0.8, int(rng.integers(5, 60)))
    lower, upper = 0.3 * weight.mean(), 2.0 * weight.mean()
    after, cut = trimming.weights(weight, lower, upper, strict=strict)
    assert after.sum() == pytest.approx(weight.sum(), rel=1e-9)
    assert cut[(weight < lower) | (weight > upper)].all()
    if strict:
        assert after.min() >= lower * (1 - 1e-12)
        assert after.max() <= upper * (1 + 1e-12)
    else:
        assert after == pytest.approx(once(weight, lower, upper), rel=1e-12)
