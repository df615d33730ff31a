"""Calibration against R survey 4.1-1 (R 4.2.2), the answers to controls that cannot be met, and the laws of any distance.

Estimates and SE agree to 1e-9 (R stops its own Newton at 1e-10; weights agree to 1e-10).
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from analysis.design import Controls, Design, Replicates
from analysis.persons import persons
from analysis.weighting.calibrated import Calibrated, kish
from analysis.weighting.calibration import calibrate
from analysis.weighting.distances import Distance, Problem, basis, solve
from analysis.weighting.replicates import replicate
from analysis.weighting.trimming import trim
from forms.errors import BdgError
from tests.analysis.people_stats import CERTAINTY, SCHOOLS, STACKED, WAVES, by, mean, total
from tests.reference import cases

TYPES = {"stype": {"E": 4421, "H": 755, "M": 1018}}
WIDE = {"sch_wide": {"No": 1072, "Yes": 5122}}
MODEL = {"(Intercept)": 6194, **TYPES, "api99": 3914069}
CALLS: dict[str, tuple[dict[Any, Any], dict[str, Any]]] = {
    "postStratify": (TYPES, {}),
    "rake": ({**TYPES, **WIDE}, {"kind": "rake"}),
    "linear": (MODEL, {"kind": "linear"}),
    "raking": (MODEL, {"kind": "raking"}),
    "logit": (MODEL, {"kind": "logit", "bounds": (0.3, 3)}),
    "bounds=c(0.5,2)": (MODEL, {"kind": "linear", "bounds": (0.5, 2)}),
    "aggregate.stage": (MODEL, {"kind": "linear", "cluster": True, "negative": True}),
}
STATS = ("calibrate", "calibrate_domain", "calibrate_by", "calibrate_cluster", "rake", "poststratify")


def schools() -> pd.DataFrame:
    return cases.data("calibrated").copy()


@cache
def schools_calibrated(call: str) -> Calibrated:
    margins, options = CALLS[call]
    return calibrate(schools(), SCHOOLS, margins, **options)


def of(entry: dict[str, Any]) -> Calibrated:
    """The calibration that R's call made."""
    order = ("aggregate.stage", "bounds=c(0.5,2)", "postStratify", "rake", "linear", "raking", "logit")
    text = entry["r_call"].replace('"', "")
    named = [c for c in order if (f"{c}(" if c in ("postStratify", "rake") else f"={c}" if c in order[4:] else c) in text]
    return schools_calibrated(named[0])


def refused(margins: Any, data: pd.DataFrame | None = None, design: Design = SCHOOLS, **options: Any) -> list[str]:
    with pytest.raises(BdgError) as caught:
        calibrate(schools() if data is None else data, design, margins, **options)
    return [p.code for p in caught.value.problems]


SCHOOL_ENTRIES = [e for e in cases.results("calibrated", *STATS) if e["id"].startswith("apiclus1")]


@pytest.mark.parametrize("entry", SCHOOL_ENTRIES, ids=cases.name_of)
def test_estimates_and_their_variance_are_rs(entry: dict[str, Any]) -> None:
    made = of(entry)
    asked = entry["estimand"]["y"]
    names = asked if isinstance(asked, list) else [asked]
    people = persons(made.data, made.design, (*names, "stype"))
    if entry["stat"] == "calibrate_by":
        got = by(people, names[0], "stype", ["E", "H"])
    else:
        mask = people.text("stype") == "H" if entry["stat"] == "calibrate_domain" else None
        got = (total if "svytotal" in entry["r_call"] else mean)(people, names, mask)
    assert got.value == pytest.approx(entry["result"]["estimate"], rel=1e-9)
    assert got.se == pytest.approx(entry["result"]["se"], rel=1e-9)
    assert got.vcov.ravel().tolist() == pytest.approx(np.ravel(entry["result"]["vcov"]).tolist(), rel=1e-9)
    assert people.degrees(None) == entry["result"]["df"]


@pytest.mark.parametrize("entry", cases.results("calibrated", "calibrate_weights"), ids=cases.name_of)
def test_weights_are_rs(entry: dict[str, Any]) -> None:
    assert of(entry).data["w_cal"].to_numpy() == pytest.approx(np.array(entry["result"]["weights"]), rel=1e-10)


def controls_of_waves() -> dict[str, dict[int, dict[Any, Any]]]:
    """R's margins of the two waves ('2026 F': count) by wave and column."""
    text = (cases.HERE / "calibrated" / "controls.json").read_text(encoding="utf-8")
    raw = {"sex": json.loads(text)["wave_sex"], "agegrp": json.loads(text)["wave_age"]}
    each = {t: {c: {k[5:]: v for k, v in m.items() if k[:4] == str(t)} for c, m in raw.items()} for t in (2026, 2030)}
    return {"rk2": each, "gr2": each, "po2": {t: {"sex": m["sex"]} for t, m in each.items()}}


@cache
def waves_calibrated(call: str, *, stacked: bool) -> Calibrated:
    kind = {"rk2": "rake", "gr2": "linear", "po2": "poststratify"}[call]
    per_wave = controls_of_waves()[call]
    if not stacked:
        return calibrate(cases.data("synth2w"), WAVES, per_wave, kind=kind)  # type: ignore[arg-type]  # one of the kinds
    crossed: dict[Any, Any] = {}
    for t, margins in per_wave.items():
        for column, counts in margins.items():
            crossed.setdefault(("wave", column), {}).update({(t, code): n for code, n in counts.items()})
    return calibrate(cases.data("synth2w"), STACKED, crossed, kind=kind)  # type: ignore[arg-type]  # one of the kinds


@pytest.mark.parametrize(
    "entry", cases.results("calibrated", "cal_change_levels", "cal_change_abs", "cal_total"), ids=cases.name_of
)
def test_change_of_calibrated_waves_is_rs(entry: dict[str, Any]) -> None:
    """R: rake, postStratify, calibrate on wave x sex (and wave x age) of the stacked design, svycontrast of svytotal.

    Calibrated weights in a design that does not know of it: 9964.7 instead of 3027.1 for the SE of the total of hours, the
    change's SE off by 0.8 % (rake, postStratify) and 1.3 % (linear).
    """
    made = waves_calibrated(entry["estimand"]["calibration"], stacked=True)
    people = persons(made.data, made.design, ("aware", "hours", "wave"))
    if entry["stat"] == "cal_total":
        got = total(people, ["hours"])
    else:
        got = by(people, "aware", "wave", ["2026", "2030"])
        got = got.linear(np.array([-1.0, 1.0])) if entry["stat"] == "cal_change_abs" else got
    assert got.value == pytest.approx(entry["result"]["estimate"], rel=1e-9)
    assert got.se == pytest.approx(entry["result"]["se"], rel=1e-9)


@pytest.mark.parametrize("call", ["rk2", "po2", "gr2"])
def test_waves_by_themselves_have_the_weights_of_crossed_margins(call: str) -> None:
    apart, stacked = waves_calibrated(call, stacked=False), waves_calibrated(call, stacked=True)
    assert apart.data["w_cal"].to_numpy() == pytest.approx(stacked.data["w_cal"].to_numpy(), rel=1e-12)
    assert [step.wave for step in apart.log] == [2026, 2030]
    assert apart.design.controls == (replace(apart.design.controls[0], waves=()),)
    assert apart.data is not cases.data("synth2w")
    assert "w_cal" not in cases.data("synth2w")


def test_each_waves_variance_is_that_of_the_wave_alone() -> None:
    made = waves_calibrated("rk2", stacked=False)
    people = persons(made.data, made.design, ("score", "wave"))
    both = by(people, "score", "wave", ["2026", "2030"])
    for i, t in enumerate((2026, 2030)):
        data = cases.data("synth2w")
        alone = calibrate(data[data["wave"] == t], STACKED, controls_of_waves()["rk2"][t], kind="rake")
        one = mean(persons(alone.data, alone.design, ("score",)), ["score"])
        assert (both.value[i], both.se[i]) == pytest.approx((one.value[0], one.se[0]), rel=1e-12)


def test_redundant_margins_are_handled_and_reported() -> None:
    """R: calibrate with both margins given in full stops with a singular matrix; here one control is redundant."""
    both = {**TYPES, **WIDE}
    linear = calibrate(schools(), SCHOOLS, both, kind="linear")
    fewer = calibrate(schools(), SCHOOLS, {**both, "(Intercept)": 6194}, kind="linear")
    assert (linear.log[0].redundant, fewer.log[0].redundant) == (1, 2)
    assert linear.data["w_cal"].to_numpy() == pytest.approx(fewer.data["w_cal"].to_numpy(), rel=1e-12)
    reached = linear.controls
    assert reached["after"].to_numpy() == pytest.approx(reached["total"].to_numpy(), rel=1e-13)


def test_raking_and_rake_give_the_same_weights_and_other_variances() -> None:
    """R's rake fits without weights; the GREG residual of raking weighs.  Here they differ in the third digit."""
    margins = controls_of_waves()["rk2"]
    data = cases.data("synth2w")
    one, two = (calibrate(data, WAVES, margins, kind=kind) for kind in ("rake", "raking"))
    assert one.data["w_cal"].to_numpy() == pytest.approx(two.data["w_cal"].to_numpy(), rel=1e-12)
    se = [total(persons(c.data, c.design, ("hours",)), ["hours"]).se[0] for c in (one, two)]
    assert se[1] / se[0] == pytest.approx(1, abs=0.02)
    assert abs(se[1] / se[0] - 1) > 1e-3


def test_the_log_says_what_was_done() -> None:
    made = schools_calibrated("logit")
    step = made.log[0]
    before, after = schools()["pw"].to_numpy(), made.data["w_cal"].to_numpy()
    assert (step.wave, step.kind, step.people, step.trimmed) == (0, "logit", 183, ())
    assert (step.ratio_min, step.ratio_max) == pytest.approx(((after / before).min(), (after / before).max()))
    assert step.ratio_min > 0.3
    assert step.ratio_max < 3
    assert step.kish_after == pytest.approx(len(after) * (after**2).sum() / after.sum() ** 2)
    assert kish(before) == pytest.approx(1.0)
    assert {"kish_before", "controls", "iterations"} <= set(made.steps.columns)
    assert list(made.controls["name"]) == ["(Intercept)", "stype=E", "stype=H", "stype=M", "api99"]
    assert "<table" in made._repr_html_()
    assert made.design.weight == "w_cal"
    assert made.design.controls == (Controls("greg", ("stype", "api99"), "pw", terms=(("stype",),), by_wave=True),)


def test_bounds_hold() -> None:
    ratio = (schools_calibrated("bounds=c(0.5,2)").data["w_cal"] / schools()["pw"]).to_numpy()
    assert (ratio.min(), ratio.max()) == pytest.approx((0.5, 1.84), abs=0.02)
    step = schools_calibrated("bounds=c(0.5,2)").log[0]
    assert (step.low, step.high) == (int((ratio < 0.5 + 1e-9).sum()), 0)
    assert ratio.min() >= 0.5 - 1e-15


@pytest.mark.parametrize("kind", ["rake", "linear", "raking", "logit"])
def test_bounds_that_cannot_be_kept_are_refused_with_the_control_and_the_gap(kind: Any) -> None:
    """R: calibrate(bounds=c(.97, 1.03)) stops with 'Calibration failed'; svy 0.35 only reports that rake broke the bounds."""
    with pytest.raises(BdgError) as caught:
        calibrate(schools(), SCHOOLS, {**TYPES, **WIDE}, kind=kind, bounds=(0.97, 1.03))
    problem = caught.value.problems[0]
    facts = dict(problem.facts)
    assert problem.code == "STAT-075"
    assert facts["control"].split("=")[0] in ("stype", "sch_wide")
    assert float(problem.got) != pytest.approx(float(problem.expected), rel=1e-3)
    assert facts["gap"].endswith("%)")


def test_negative_weights_are_refused_unless_asked_for() -> None:
    """R: calibrate(..., aggregate.stage=1) gives 3 schools of apiclus1 negative weights, down to -7.57, without a word."""
    assert refused(MODEL, kind="linear", cluster=True) == ["STAT-076"]
    kept = schools_calibrated("aggregate.stage")
    assert (kept.data["w_cal"] < 0).sum() == 3
    assert kept.data["w_cal"].min() == pytest.approx(-7.567345764932773)
    assert "3 negative weights" in kept.log[0].notes[0]
    assert refused(TYPES, kept.data.assign(w_neg=kept.data["w_cal"]), replace(SCHOOLS, weight="w_neg"), name="w2") == ["STAT-004"]


@pytest.mark.parametrize(
    ("margins", "options", "codes"),
    [
        ({"stype": {"E": 4421, "H": 755}}, {}, ["STAT-071"]),
        ({"stype": {"E": 4421, "H": 755, "M": 1018, "X": 5}}, {}, ["STAT-072"]),
        ({"stype": {"E": 4421, "H": 755, "M": 0}}, {}, ["STAT-073"]),
        ({"stype": {"E": 4421, "H": -1, "M": float("nan")}}, {}, ["STAT-073", "STAT-073"]),
        ({"stype": {"E": 4421, "X": 755}}, {}, ["STAT-071", "STAT-071", "STAT-072"]),
        ({**TYPES, "sch_wide": {"No": 1000, "Yes": 5000}}, {"kind": "rake"}, ["STAT-074"]),
        ({"(Intercept)": 6000, **TYPES}, {"kind": "linear"}, ["STAT-074"]),
        ({"(Intercept)": 6194, "api99": "many"}, {"kind": "linear"}, ["STAT-073"]),
        ({"(Intercept)": 6194, "one": 6195.0}, {"kind": "linear"}, ["STAT-074"]),
        ({"(Intercept)": 6194, "stype": 5.0}, {"kind": "linear"}, ["STAT-009"]),
        ({**TYPES, **WIDE}, {}, ["STAT-011"]),
        (MODEL, {"kind": "rake"}, ["STAT-011"]),
        (TYPES, {"kind": "wild"}, ["STAT-011"]),
        (TYPES, {"bounds": (0.5, 2)}, ["STAT-011"]),
        (MODEL, {"kind": "logit"}, ["STAT-011"]),
        (MODEL, {"kind": "logit", "bounds": (1.1, 2)}, ["STAT-011"]),
        (MODEL, {"kind": "linear", "bounds": (2, 1)}, ["STAT-011"]),
        (TYPES, {"name": "pw"}, ["STAT-078"]),
        ({2026: TYPES}, {}, ["STAT-008"]),
        ({"nobody": {"a": 1}}, {}, ["STAT-002"]),
    ],
)
def test_controls_that_cannot_be_used_are_refused(margins: Any, options: dict[str, Any], codes: list[str]) -> None:
    assert refused(margins, schools().assign(one=1.0), **options) == codes


def test_a_missing_auxiliary_code_is_refused() -> None:
    """R: na.fail; the number of empty rows is told, no row's content."""
    data = schools()
    data.loc[[3, 5], "stype"] = None
    assert refused(TYPES, data) == ["STAT-070"]
    data = schools()
    data.loc[0, "api99"] = np.nan
    assert refused(MODEL, data, kind="raking") == ["STAT-070"]


def test_a_control_of_zero_with_nobody_there_is_left_out_and_told() -> None:
    made = calibrate(schools(), SCHOOLS, {"stype": {**TYPES["stype"], "X": 0}})
    assert made.data["w_cal"].tolist() == schools_calibrated("postStratify").data["w_cal"].tolist()
    assert "stype=X: 0" in made.log[0].notes[0]


def test_numbers_and_crossed_columns_may_be_margins() -> None:
    data = schools().assign(half=np.arange(183) % 2)
    cells = data.groupby(["stype", "half"])["pw"].sum()
    made = calibrate(data, SCHOOLS, {("stype", "half"): {k: 2 * v for k, v in cells.items()}})
    assert made.data["w_cal"].to_numpy() == pytest.approx(2 * data["pw"].to_numpy())
    assert made.design.controls[0].terms == (("stype", "half"),)
    flagged = calibrate(data, SCHOOLS, {"half": {0: 3000, 1: 3194}}, name="w2")
    assert flagged.controls["name"].tolist() == ["half=0", "half=1"]
    mean(persons(flagged.data, flagged.design, ("api00",)), ["api00"])


def test_weights_that_the_fpc_implies_are_written_down_as_the_base() -> None:
    design = replace(SCHOOLS, weight=None)
    made = calibrate(schools(), design, TYPES)
    assert (made.design.weight, made.design.controls[0].base) == ("w_cal", "w_cal_base")
    assert made.data["w_cal_base"].to_numpy() == pytest.approx(757 / 15)
    assert refused(TYPES, made.data, design) == ["STAT-078"]


def test_only_the_waves_with_controls_change() -> None:
    data, controls = cases.data("synth2w"), controls_of_waves()["rk2"]
    made = calibrate(data, WAVES, {2030: controls[2030]}, kind="rake")
    old = made.data["wave"] == 2026
    assert (made.data["w_cal"] == data["w"])[old].all()
    assert made.design.controls[0].waves == (2030,)
    people = persons(made.data, made.design, ("score", "wave"))
    plain = by(persons(data, WAVES, ("score", "wave")), "score", "wave", ["2026", "2030"])
    new = by(people, "score", "wave", ["2026", "2030"])
    assert new.se[0] == pytest.approx(plain.se[0], rel=1e-12)
    assert new.se[1] != pytest.approx(plain.se[1], rel=1e-4)


def test_waves_may_have_controls_of_different_columns() -> None:
    controls = controls_of_waves()["rk2"]
    made = calibrate(cases.data("synth2w"), WAVES, {2026: controls[2026], 2030: {"sex": controls[2030]["sex"]}}, kind="rake")
    assert [(c.columns, c.waves) for c in made.design.controls] == [(("sex", "agegrp"), (2026,)), (("sex",), (2030,))]
    people = persons(made.data, made.design, ("score", "wave"))
    one = by(people, "score", "wave", ["2026", "2030"]).se
    both = waves_calibrated("rk2", stacked=False)
    assert one[0] == pytest.approx(by(persons(both.data, both.design, ("score", "wave")), "score", "wave", ["2026"]).se[0])


def test_totals_of_all_waves_together() -> None:
    """by_wave=False with a wave column is the stacked calibration."""
    margins = {"sex": {"F": 26580.0, "M": 20890.0}}
    one = calibrate(cases.data("synth2w"), WAVES, margins, by_wave=False)
    two = calibrate(cases.data("synth2w"), STACKED, margins)
    assert one.data["w_cal"].to_numpy() == pytest.approx(two.data["w_cal"].to_numpy(), rel=1e-14)
    assert not one.design.controls[0].by_wave
    assert one.log[0].wave == 0


def test_trimming_the_ratios_keeps_the_sum_and_says_that_totals_no_longer_hold() -> None:
    """R: calibrate(trim=c(.8, 1.2)): ratios cut once, the rest raised by one constant."""
    made = calibrate(schools(), SCHOOLS, MODEL, kind="raking", trim=(0.5, 1.5))
    g = (schools_calibrated("raking").data["w_cal"] / schools()["pw"]).to_numpy()
    out = (g < 0.5) | (g > 1.5)
    wanted = np.clip(g, 0.5, 1.5)
    wanted[~out] += (g - wanted).sum() / (~out).sum()
    assert (made.data["w_cal"] / schools()["pw"]).to_numpy() == pytest.approx(wanted, rel=1e-10)
    assert made.data["w_cal"].sum() == pytest.approx(6194)
    assert made.log[0].trimmed == tuple(np.flatnonzero(out).tolist())
    assert "totals no longer hold" in made.log[0].notes[-1]
    assert refused(MODEL, kind="raking", trim=(5.0, 6.0)) == ["STAT-011"]


def test_one_ratio_a_cluster_also_with_unequal_weights_within_it() -> None:
    """R averages weights and covariates apart, which misses the totals when weights differ within a PSU; ours meets them."""
    data = schools().assign(w=lambda d: d["pw"] * np.linspace(0.5, 1.5, len(d)))
    made = calibrate(data, replace(SCHOOLS, weight="w"), {**TYPES}, kind="raking", cluster=True)
    ratio = (made.data["w_cal"] / data["w"]).groupby(data["dnum"])
    assert (ratio.max() - ratio.min()).max() < 1e-12
    assert made.data.groupby("stype")["w_cal"].sum().tolist() == pytest.approx([4421, 755, 1018], rel=1e-12)
    assert refused(TYPES, design=replace(SCHOOLS, psu=None), kind="linear", cluster=True) == ["STAT-011"]


def test_a_second_step_adds_its_controls() -> None:
    one = calibrate(schools(), SCHOOLS, TYPES, name="w1")
    two = calibrate(one.data, one.design, WIDE, name="w2")
    assert [c.base for c in two.design.controls] == ["pw", "w1"]
    assert two.design.weight == "w2"
    mean(persons(two.data, two.design, ("api00",)), ["api00"])
    again = calibrate(one.data, one.design, TYPES, name="w3", base="pw")
    assert again.data["w3"].tolist() == one.data["w1"].tolist()


@pytest.mark.parametrize(
    ("margins", "options"), [(TYPES, {}), ({**TYPES, **WIDE}, {"kind": "rake"}), (MODEL, {"kind": "raking"})]
)
def test_every_replicate_is_calibrated(margins: Any, options: dict[str, Any]) -> None:
    """Oracle: each replicate column calibrated as if it were the sample's weights."""
    reps = replicate(schools(), SCHOOLS, "JK1")
    made = calibrate(reps.data, reps.design, margins, **options)
    assert made.design.replicates is not None
    assert made.design.replicates.columns[:2] == ("w_cal_1", "w_cal_2")
    assert made.design.replicates.rscales == reps.design.replicates.rscales  # type: ignore[union-attr]  # it has replicates
    left = reps.data[reps.data["rep_3"] > 0]
    alone = calibrate(left, Design(None, "dnum", "rep_3", None, CERTAINTY, "design"), margins, **options)
    assert made.data.loc[left.index, "w_cal_3"].to_numpy() == pytest.approx(alone.data["w_cal"].to_numpy(), rel=1e-10)
    people = persons(made.data, made.design, ("api99", "api00", "stype"))
    shares = by(people, "api00", "stype", ["E", "H"])
    assert (shares.se > 0).all()
    sums = (people.repweights.T @ (people.text("stype") == "H").astype(float)) if people.repweights is not None else np.zeros(1)
    assert sums == pytest.approx(np.full(15, 755.0), rel=1e-9)


def test_a_replicate_without_a_cell_is_refused() -> None:
    data = pd.DataFrame({"psu": list("aabbcc"), "w": 1.0, "sex": list("fmfmff"), "rare": list("yxxxxx")})
    reps = replicate(data, Design(None, "psu", "w", None, CERTAINTY, "design"), "JK1")
    assert refused({"rare": {"x": 5, "y": 1}}, reps.data, reps.design) == ["STAT-077"]
    assert refused({"rare": {"x": 5, "y": 1}, "sex": {"f": 3, "m": 3}}, reps.data, reps.design, kind="rake") == ["STAT-077"]


def test_given_replicates_alone_are_calibrated_too() -> None:
    data = pd.DataFrame({"w": [1.0, 2, 3, 4], "sex": list("fmfm"), "r1": [2.0, 2, 2, 2], "r2": [1.0, 1, 4, 4]})
    design = Design(None, None, "w", None, CERTAINTY, "design", replicates=Replicates(("r1", "r2"), "other", 1.0, (1.0, 1.0)))
    made = calibrate(data, design, {"sex": {"f": 8.0, "m": 6.0}})
    assert made.data[["w_cal_1", "w_cal_2"]].to_numpy() == pytest.approx(np.array([[4, 1.6], [3, 1.2], [4, 6.4], [3, 4.8]]))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 100_000), kind=st.sampled_from(["linear", "raking", "logit"]), bounded=st.booleans())
def test_totals_that_some_ratios_give_are_met_within_the_bounds(seed: int, kind: Any, bounded: bool) -> None:
    """If ratios in [.4, 2.5] give the totals, the solver finds such ratios, also when most weights end at a bound."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(8, 80))
    codes = [rng.integers(0, k, n) for k in rng.integers(2, 5, 2)]
    dense = np.column_stack([*(c[:, None] == np.unique(c) for c in codes), rng.lognormal(3, 1, n)]).astype(float)
    weight = rng.lognormal(2, 0.7, n)
    true = np.where(rng.random(n) < 0.5, 0.41, 2.4) if rng.random() < 0.5 else rng.uniform(0.5, 2.2, n)
    limits = (0.4, 2.5) if bounded or kind == "logit" else (-np.inf, np.inf)
    matrix = sparse.csr_array(dense)
    found = solve(Problem(matrix, weight, dense.T @ (weight * true), Distance(kind, *limits)), basis(matrix, weight))
    assert found.met
    assert found.ratio.min() >= limits[0] - 1e-12
    assert found.ratio.max() <= limits[1] + 1e-12


@pytest.mark.parametrize(
    "distance",
    [Distance("linear"), Distance("linear", 0.5, 2), Distance("raking"), Distance("raking", 0.5, 2), Distance("logit", 0.3, 3)],
)
def test_the_distances_are_consistent(distance: Distance) -> None:
    """F(0) = 1, F'(0) = 1, F' and F are the slopes of F and P, F lies in its bounds."""
    u = np.linspace(-2.03, 2.03, 41)
    h = 1e-6
    assert distance.ratio(np.zeros(1))[0] == pytest.approx(1.0)
    assert distance.slope(np.zeros(1))[0] == pytest.approx(1.0)
    assert (distance.integral(u + h) - distance.integral(u - h)) / (2 * h) == pytest.approx(distance.ratio(u), abs=1e-8)
    assert (distance.ratio(u + h) - distance.ratio(u - h)) / (2 * h) == pytest.approx(distance.slope(u), abs=1e-6)
    assert (distance.ratio(u) >= distance.lower).all()
    assert (distance.ratio(u) <= distance.upper).all()


def test_trimmed_calibrated_weights_keep_their_controls() -> None:
    made = schools_calibrated("raking")
    cut = trim(made.data, made.design, upper=60.0)
    assert cut.design.controls == made.design.controls
    assert "calibrated totals no longer hold" in cut.log[0].notes[0]


def test_the_total_alone_is_a_control() -> None:
    """One control, the number of people: every weight times N / sum of weights, and a mean does not move."""
    data = cases.data("apiclus1")
    made = calibrate(data, SCHOOLS, {"(Intercept)": 7000}, kind="linear")
    assert made.data["w_cal"].to_numpy() == pytest.approx(data["pw"].to_numpy() * 7000 / data["pw"].sum(), rel=1e-12)
