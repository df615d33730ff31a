"""Replicate weights against R survey 4.1-1 `as.svrepdesign`, and against the linearised variance where theory says equal."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design, Lonely, Replicates
from analysis.persons import Persons, persons
from analysis.weighting import hadamard
from analysis.weighting.replicates import Replicated, replicate
from forms.errors import BdgError
from tests.analysis.people_stats import CERTAINTY, SCHOOLS, STACKED, WAVES, by, mean, ratio, total
from tests.reference import cases

PAIRS = Design("stratum", "psu", "w", None, CERTAINTY, "design", nest=True)


@cache
def made(name: str, kind: Any, *, mse: bool) -> Replicated:
    design = {"halves": PAIRS, "calibrated": SCHOOLS, "synth2w": STACKED}[name]
    return replicate(cases.data(name), design, kind, mse=mse)


def of(entry: dict[str, Any]) -> Replicated:
    """The replicate design that R's call used."""
    source = {"synth_brr": "halves", "apiclus1": "calibrated", "synth2w": "synth2w"}[entry["id"].split("#")[0]]
    asked = entry["estimand"]
    if source == "synth2w":
        return made(source, "JKn", mse=asked["rep"] == "jkm")
    return made(source, asked["rep_type"], mse=bool(asked.get("mse", False)))


def people_of(one: Replicated, *names: str) -> Persons:
    return persons(one.data, one.design, names)


@pytest.mark.parametrize("entry", cases.results("halves", "rep_mean", "rep_total", "rep_ratio"), ids=cases.name_of)
def test_estimates_of_made_replicates_are_rs(entry: dict[str, Any]) -> None:
    """R: svymean, svytotal, svyratio of as.svrepdesign(d, type=) with BRR, Fay, JK1, JKn, both centrings; 1e-11."""
    one, asked, expected = of(entry), entry["estimand"], entry["result"]
    if entry["stat"] == "rep_ratio":
        people = people_of(one, asked["num"], asked["den"])
        got = ratio(people, asked["num"], asked["den"])
    else:
        names = asked["y"] if isinstance(asked["y"], list) else [asked["y"]]
        people = people_of(one, *names, *(["wave"] if entry["id"].startswith("synth2w") else []))
        mask = people.text("wave") == "2026" if entry["stat"] == "rep_mean" and "wave" in people.columns else None
        got = (mean if entry["stat"] == "rep_mean" else total)(people, names, mask)
    assert got.value == pytest.approx(expected["estimate"], rel=1e-12)
    assert got.se == pytest.approx(expected["se"], rel=1e-11)
    assert people.degrees(None) == expected["df"]


@pytest.mark.parametrize("entry", cases.results("halves", "rep_by_mean", "rep_change", "rep_change_rel"), ids=cases.name_of)
def test_domains_and_changes_are_rs(entry: dict[str, Any]) -> None:
    """R: svyby(covmat=TRUE), svycontrast (delta) and withReplicates (the ratio's own replicates)."""
    one, asked = of(entry), entry["estimand"]
    group = asked["by"][0] if "by" in asked else "wave"
    people = people_of(one, asked["y"], group)
    got = by(people, asked["y"], group, sorted({v for v in people.text(group) if v is not None}))
    if entry["stat"] == "rep_change_rel":
        got = got.smooth(lambda v: v[1:] / v[:1] - 1, replicate="withReplicates" in entry["r_call"])
    assert got.value == pytest.approx(entry["result"]["estimate"], rel=1e-12)
    assert np.sqrt(np.diag(got.vcov)) == pytest.approx(entry["result"]["se"], rel=1e-9)
    assert got.vcov.ravel() == pytest.approx(np.ravel(entry["result"]["vcov"]), rel=1e-9)


@pytest.mark.parametrize("entry", cases.results("halves", "rep_info"), ids=cases.name_of)
def test_scales_and_degrees_of_freedom_are_rs(entry: dict[str, Any]) -> None:
    """svy 0.35 takes 1/R where R takes 1/(R - 1) for the bootstrap; JK1's (n - 1)/n times 1 - f is R's."""
    one, value = of(entry), entry["result"]["value"]
    reps = one.design.replicates
    assert reps is not None
    assert (reps.scale, len(reps.columns)) == pytest.approx((value["scale"][0], value["nrep"][0]), rel=1e-14)
    assert sorted(reps.rscales) == pytest.approx(sorted(value["rscales"]), rel=1e-14)
    assert people_of(one).degrees(None) == value["degf"][0]
    assert f"{reps.kind}, {len(reps.columns)} replicates, scale" in one.design.label


def twice(frame: pd.DataFrame, design: Design, name: str, kind: Any, **options: Any) -> tuple[np.ndarray, np.ndarray]:
    """(waves, waves) covariance of the waves' totals by replication and by linearisation."""
    one = replicate(frame, design, kind, **options)
    out = []
    for data, d in ((one.data, one.design), (frame, design)):
        people = persons(data, d, (name, "wave"))
        y = np.where(np.isnan(people.number(name)), 0.0, people.number(name))
        inside = (people.wave[:, None] == np.unique(people.wave)).astype(float) * y[:, None]
        names = [str(t) for t in np.unique(people.wave)]
        out.append(people.joint(names, lambda w, x=inside: w @ x, lambda p=people, x=inside: p.weight[:, None] * x).vcov)
    return out[0], out[1]


def test_the_jackknife_of_two_waves_is_wave_centred() -> None:
    """A PSU leaves both waves at once, each wave scaled by its own count: V of totals to 1e-11.

    The change of the mean score: wave_centred .94144 linearised; the stacked design, all that R can make, .96757 by
    jackknife (R: as.svrepdesign(d, type="JKn"); svyby, svycontrast).
    """
    data = cases.data("synth2w").dropna(subset=["score"])
    got, wanted = twice(data, WAVES, "score", "JKn")
    assert got == pytest.approx(wanted, rel=1e-11)
    for design, anchor, digits in ((WAVES, 0.9414365290, 5e-3), (STACKED, 0.9675697118652394, 1e-11)):
        one = replicate(data, design, "JKn")
        change = by(people_of(one, "score", "wave"), "score", "wave", ["2026", "2030"]).linear(np.array([-1.0, 1.0]))
        assert change.se[0] == pytest.approx(anchor, rel=digits)


def small(**changes: Any) -> pd.DataFrame:
    """Two waves; PSU c lies in stratum 1 first and in stratum 2 later; d only in 2026, g only in 2030."""
    rows = [(2026, "1", "a"), (2026, "1", "b"), (2026, "1", "c"), (2026, "2", "d"), (2026, "2", "e"),
            (2030, "1", "a"), (2030, "1", "b"), (2030, "2", "c"), (2030, "2", "e"), (2030, "2", "g")]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["wave", "stratum", "psu"])
    frame["w"] = [2.0, 3, 1, 4, 2, 1, 2, 5, 3, 2]
    return frame.assign(y=[5.0, 1, 4, 2, 8, 6, 3, 1, 7, 2], **changes)


def test_a_psu_that_changes_stratum_by_hand() -> None:
    """Wave 2026 has strata {a, b, c} and {d, e}, wave 2030 {a, b} and {c, e, g}; e = sqrt(n/(n-1)) (z - mean) by hand."""
    frame = small()
    z1, z2 = dict(zip("abcde", [10.0, 3, 4, 8, 16], strict=True)), dict(zip("abceg", [6.0, 6, 5, 21, 4], strict=True))

    def centred(z: dict[str, float], strata: tuple[str, ...]) -> dict[str, float]:
        out = {}
        for stratum in strata:
            n, middle = len(stratum), sum(z[i] for i in stratum) / len(stratum)
            out |= {i: np.sqrt(n / (n - 1)) * (z[i] - middle) for i in stratum}
        return out

    e1, e2 = centred(z1, ("abc", "de")), centred(z2, ("ab", "ceg"))
    v1, v2, v12 = sum(v * v for v in e1.values()), sum(v * v for v in e2.values()), sum(e1[i] * e2[i] for i in "abce")
    wanted = np.array([[v1, v12], [v12, v2]])
    got, linear = twice(frame, WAVES, "y", "JKn")
    assert linear == pytest.approx(wanted, rel=1e-13)
    assert got == pytest.approx(wanted, rel=1e-13)
    one = replicate(frame, WAVES, "JKn")
    c = one.data.loc[frame["psu"] == "c", [f"rep_{r}" for r in range(1, 7)]].to_numpy()
    assert ((c[0] == 0) | (c[1] == 0)).sum() == 1  # c is left out of its larger stratum at once, of the other in part
    assert (one.data.filter(like="rep_") >= 0).all().all()


def test_jackknife_replicates_by_hand() -> None:
    """Two strata of 2 and 3 PSUs, fpc 4 and 6: factors n/(n-1), rscales (1 - f)(n - 1)/n = .25 and 1/3."""
    frame = pd.DataFrame({"h": list("aabbb"), "psu": list("12345"), "w": [1.0, 1, 2, 2, 2], "N": [4.0, 4, 6, 6, 6]})
    one = replicate(frame, Design("h", "psu", "w", None, CERTAINTY, "design", fpc=("N",)), "JKn", name="jk")
    assert one.design.replicates == Replicates(tuple(f"jk_{r}" for r in range(1, 6)), "JKn", 1.0, one.design.replicates.rscales)  # type: ignore[union-attr]  # just made
    assert one.design.replicates.rscales == pytest.approx((0.25, 0.25, 1 / 3, 1 / 3, 1 / 3))
    assert one.data["jk_1"].tolist() == [0, 2, 2, 2, 2]
    assert one.data["jk_4"].tolist() == [1, 1, 3, 0, 3]
    assert one.data.columns[:4].tolist() == ["h", "psu", "w", "N"]
    assert (one.notes, one.seed) == ((), None)


def lonely(rule: Any) -> Design:
    return Design("h", "psu", "w", None, Lonely(rule, rule), "design")


LONE = pd.DataFrame({"h": list("aabccc"), "psu": list("123456"), "w": 1.0, "y": [1.0, 3, 4, 6, 5, 9]})


@pytest.mark.parametrize("rule", ["certainty", "collapse"])
def test_a_lonely_stratum_follows_the_rule(rule: Any) -> None:
    one = replicate(LONE, lonely(rule), "JKn")
    got = total(persons(one.data, one.design, ("y",)), ["y"]).se
    assert got == pytest.approx(total(persons(LONE, lonely(rule), ("y",)), ["y"]).se, rel=1e-12)


def test_other_rules_for_a_lonely_stratum_are_rs() -> None:
    """R: options(survey.lonely.psu="average") scales by PSUs/replicates; "adjust" leaves the stratum out of the whole."""
    average = replicate(LONE, lonely("average"), "JKn").design.replicates
    assert average is not None
    assert (average.scale, len(average.columns)) == (6 / 5, 5)
    adjust = replicate(LONE, lonely("adjust"), "JKn")
    assert adjust.design.replicates is not None
    assert adjust.data["rep_3"].tolist() == [1.5, 1.5, 0, 1.5, 1.5, 1.5]
    assert adjust.design.replicates.rscales[2] == pytest.approx(2 / 3)
    assert replicate(LONE, lonely("centre"), "JKn").data["rep_3"].tolist() == adjust.data["rep_3"].tolist()
    assert codes(LONE, lonely("fail"), "JKn") == ["STAT-001"]
    assert codes(LONE, lonely("fail"), "bootstrap") == ["STAT-001"]
    assert codes(LONE, lonely("average"), "bootstrap") == ["STAT-079"]
    waves = pd.concat([LONE.assign(wave=1), LONE[:2].assign(wave=2)], ignore_index=True)
    assert codes(waves, replace(lonely("average"), wave="wave"), "JKn") == ["STAT-079"]


def codes(frame: pd.DataFrame, design: Design, kind: Any, **options: Any) -> list[str]:
    with pytest.raises(BdgError) as caught:
        replicate(frame, design, kind, **options)
    return [p.code for p in caught.value.problems]


def test_what_the_design_does_not_allow_is_refused() -> None:
    data, design = cases.data("synth2w"), STACKED
    assert codes(data, design, "JK1") == ["STAT-079"]  # strata
    assert codes(data, design, "BRR") == ["STAT-079"]  # odd strata
    assert codes(data, design, "jackknife") == ["STAT-011"]
    assert codes(data, design, "JKn", replicates=100) == ["STAT-011"]
    assert codes(data, design, "bootstrap", replicates=1) == ["STAT-011"]
    assert codes(cases.data("halves"), PAIRS, "Fay", fay=1.0) == ["STAT-011"]
    again = replicate(data, design, "JKn")
    assert codes(again.data, again.design, "JKn") == ["STAT-079"]
    assert codes(again.data, design, "JKn") == ["STAT-078"]
    one = pd.DataFrame({"psu": ["a", "a"], "w": 1.0})
    assert codes(one, Design(None, "psu", "w", None, CERTAINTY, "design"), "JK1") == ["STAT-079"]


def test_calibrated_weights_must_be_replicated_before() -> None:
    """R: as.svrepdesign of a calibrated design scales the calibrated weights, which forgets what calibration gained."""
    from analysis.weighting.calibration import calibrate

    made_ = calibrate(cases.data("calibrated"), SCHOOLS, {"stype": {"E": 4421, "H": 755, "M": 1018}})
    assert codes(made_.data, made_.design, "JK1") == ["STAT-079"]


def test_more_replicates_than_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.weighting.replicates.MOST", 1000)
    assert codes(cases.data("halves"), PAIRS, "JKn") == ["STAT-079"]


@pytest.mark.parametrize(("kind", "low", "high", "scale"), [("BRR", 0.0, 2.0, 1 / 12), ("Fay", 0.3, 1.7, 1 / (12 * 0.49))])
def test_half_samples_are_balanced(kind: Any, low: float, high: float, scale: float) -> None:
    """Variance of a total: the pairs' squared differences, exactly (full orthogonal balance)."""
    data = cases.data("halves")
    one = made("halves", kind, mse=False)
    factors = one.data.filter(like="rep_").to_numpy() / data[["w"]].to_numpy()
    assert sorted(set(factors.round(12).ravel())) == pytest.approx([low, high])
    assert one.design.replicates is not None
    assert one.design.replicates.scale == pytest.approx(scale)
    linear = total(persons(data, PAIRS, ("hh",)), ["hh"])
    assert total(people_of(one, "hh"), ["hh"]).se == pytest.approx(linear.se, rel=1e-12)


def test_strata_of_four_are_two_pairs() -> None:
    frame = pd.DataFrame({"h": "a", "psu": list("1234"), "w": 1.0, "y": [1.0, 4, 2, 9]})
    one = replicate(frame, Design("h", "psu", "w", None, CERTAINTY, "design"), "BRR")
    assert total(people_of(one, "y"), ["y"]).vcov[0, 0] == pytest.approx(3.0**2 + 7.0**2)


def test_pairs_across_waves() -> None:
    """The same pair in both waves moves together; a pair of one wave only has signs of its own; half a pair is refused."""
    frame = pd.DataFrame({"wave": [1, 1, 1, 1, 2, 2, 2, 2], "stratum": list("ppqqppqq"), "psu": list("abcdabef"), "w": 1.0})
    frame = frame.assign(y=[1.0, 4, 2, 9, 3, 5, 8, 8.5])
    got, linear = twice(frame, WAVES, "y", "BRR", mse=True)
    assert got == pytest.approx(linear, rel=1e-12)
    assert linear[0, 1] == pytest.approx(6.0)  # (1 - 4)(3 - 5)
    assert codes(frame.assign(psu=list("abcdacef")), WAVES, "BRR") == ["STAT-079"]


@pytest.mark.parametrize("m", [4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 56, 60, 64, 72, 76, 80, 84, 88, 96, 120, 200])
def test_hadamard_matrices(m: int) -> None:
    h = hadamard.matrix(m).astype(int)
    assert (h @ h.T == m * np.eye(m, dtype=int)).all()
    assert (h[0] == 1).all() or (h[0] == h[0][0]).all()


def test_the_order_is_the_next_that_can_be_built() -> None:
    assert [hadamard.order(k) for k in (1, 3, 4, 8, 11, 12, 91)] == [4, 4, 8, 12, 12, 16, 96]
    with pytest.raises(ValueError, match="order 92"):
        hadamard.matrix(92)


def test_the_bootstrap_draws_n_minus_one_of_each_stratum() -> None:
    """R: as.svrepdesign(type="subbootstrap"): counts times n/(n - 1), so the sum over a stratum's PSUs stays n."""
    data = cases.data("halves")
    one = replicate(data, PAIRS, "bootstrap", replicates=300, seed=7)
    first = data.drop_duplicates(["stratum", "psu"]).index
    factors = (one.data.filter(like="rep_").to_numpy() / data[["w"]].to_numpy())[first]
    assert set(factors.ravel()) == {0.0, 2.0}
    assert np.add.reduceat(factors, np.arange(0, 16, 2)) == pytest.approx(np.full((8, 300), 2.0))
    assert one.design.replicates is not None
    assert one.design.replicates.scale == pytest.approx(1 / 299)
    assert (one.seed, set(one.design.replicates.rscales)) == (7, {1.0})
    again = replicate(data, PAIRS, "bootstrap", replicates=300, seed=7)
    pd.testing.assert_frame_equal(one.data, again.data)
    assert not replicate(data, PAIRS, "bootstrap", replicates=300, seed=8).data.equals(one.data)
    free = replicate(data, PAIRS, "bootstrap", replicates=3)
    assert replicate(data, PAIRS, "bootstrap", replicates=3, seed=free.seed).data.equals(free.data)
    assert len(replicate(data, PAIRS, "bootstrap", seed=1).design.replicates.columns) == 200  # type: ignore[union-attr]  # made


def test_the_bootstrap_variance_is_about_the_linear_one() -> None:
    """The FPC counts (R's subbootstrap leaves it out): 1 % for 15 of 757 districts, checked on a fraction of one half."""
    frame = cases.data("calibrated").assign(fpc=30.0)
    one = replicate(frame, SCHOOLS, "bootstrap", replicates=1500, seed=3)
    linear = total(persons(frame, SCHOOLS, ("enroll",)), ["enroll"]).se
    assert total(people_of(one, "enroll"), ["enroll"]).se == pytest.approx(linear, rel=0.08)
    assert (one.data.filter(like="rep_") > 0).all().all()


def test_the_bootstrap_of_waves_that_share_some_psus() -> None:
    """Signs by PSU, centred in each wave's strata: wave_centred within sampling error, no weight below 0, and it is said."""
    data = cases.data("synth2w").dropna(subset=["score"]).assign(score=lambda d: d["score"] * d["w"])
    data = data.groupby(["wave", "stratum", "psu"], as_index=False)["score"].sum().assign(w=1.0)
    got, linear = twice(data, WAVES, "score", "bootstrap", replicates=2500, seed=5)
    assert got == pytest.approx(linear, rel=0.08)
    one = replicate(data, WAVES, "bootstrap", replicates=20, seed=5)
    assert "generalised bootstrap" in one.notes[0]
    assert (one.data.filter(like="rep_") > 0).all().all()
    panel = pd.concat([cases.data("halves").assign(wave=t) for t in (1, 2)], ignore_index=True)
    assert replicate(panel, replace(PAIRS, wave="wave"), "bootstrap", replicates=5, seed=1).notes == ()


def test_a_fraction_that_cannot_be_used_is_said() -> None:
    """R: half samples warn; JK1 of a two-stage design keeps the first stage's FPC alone, which is too small."""
    data = cases.data("halves").assign(N=10.0)
    assert "fpc ignored" in replicate(data, replace(PAIRS, fpc=("N",)), "BRR").notes[0]
    two = Design(None, "dnum", None, None, CERTAINTY, "design", ssu="snum", fpc=("fpc1", "fpc2"))
    one = replicate(cases.data("apiclus2"), two, "JK1")
    reps = one.design.replicates
    assert reps is not None
    assert (reps.scale, len(reps.columns)) == (pytest.approx(39 / 40), 40)
    assert one.design.weight == "rep_base"
    assert "fpc ignored" in one.notes[0]


def test_certainty_strata_have_no_replicate() -> None:
    frame = pd.DataFrame({"h": list("aabbb"), "psu": list("12345"), "w": 1.0, "N": [2.0, 2, 6, 6, 6]})
    design = Design("h", "psu", "w", None, CERTAINTY, "design", fpc=("N",))
    one = replicate(frame, design, "JKn")
    assert one.design.replicates is not None
    assert len(one.design.replicates.columns) == 3
    assert (one.data.loc[:1, ["rep_1", "rep_2", "rep_3"]] == 1).all().all()
    boot = replicate(frame, design, "bootstrap", replicates=10, seed=1)
    assert (boot.data.filter(like="rep_").iloc[:2] == 1).all().all()
    halves = replicate(frame[:4].assign(N=[2.0, 2, 6, 6]), design, "BRR")
    assert (halves.data.filter(like="rep_").iloc[:2] == 1).all().all()


def test_replicates_given_without_psus_are_enough() -> None:
    """A design that has only weights and replicate weights: no strata, no PSUs, no lonely rule to apply."""
    data = made("calibrated", "JK1", mse=False)
    reps = data.design.replicates
    bare = Design(None, None, "pw", None, Lonely("fail", "fail"), "design", replicates=reps)
    one, two = (mean(persons(data.data, d, ("api00",)), ["api00"]) for d in (bare, data.design))
    assert one.vcov == pytest.approx(two.vcov)
    assert one.df == two.df == 14
