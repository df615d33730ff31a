"""Where svy 0.35.0 gives something else, each with its figure, ours and R's (R 4.2.2, survey 4.1-1; the R call beside it).

A figure of svy that changes fails here: then svy has mended it, and the page that says so must be changed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
import svy
from scipy.stats import t as student

from analysis import change, compare, estimate, glm, replicate, tabulate
from analysis.design import Lonely, Replicates
from analysis.limits import wilson
from tests.peers import surveys
from tests.peers.ledger import Ledger
from tests.peers.surveys import ours, theirs


def one_stage() -> Any:
    """apiclus2 as if whole districts had been taken: ours without the second stage."""
    given = surveys.two()
    return replace(given.design, ssu=None, fpc=("fpc1",), weight="pw")


def test_models_lose_the_second_stage(ledger: Ledger) -> None:
    """R: svyglm(api00~enroll+factor(stype), svydesign(id=~dnum+snum, fpc=~fpc1+fpc2)). svy's SE: the first stage's."""
    given = surveys.two()
    found = given.sample.glm.fit(y="api00", x=["enroll", svy.Cat("stype")], family="gaussian")
    made = glm(given.frame, given.design, "api00 ~ enroll + stype")
    printed = (37.159983, 0.098158, 80.751943, 49.107302)
    r = (38.211023122730914, 0.09906370645042674, 81.31015969176825, 50.29477261138806)
    for j, name in enumerate(("intercept", "enroll", "stype H", "stype M")):
        se = float(theirs(found, "std_err")[j, 0])
        ledger.other(f"GLM, two stages: SE of {name}", se, float(made.joint.se[j]), recorded=printed[j], r=r[j], rel=1e-5)
    cut = glm(given.frame, one_stage(), "api00 ~ enroll + stype")
    ledger.same(
        "GLM of svy, two stages = ours, first stage alone",
        theirs(found, "estimate", "std_err").T,
        [cut.joint.value, cut.joint.se],
    )


def test_tables_lose_the_second_stage(ledger: Ledger) -> None:
    """R: svychisq(~stype+sch_wide, d, statistic="F") and svymean(~interaction(stype, sch_wide), d)."""
    given = surveys.two()
    found = given.sample.categorical.tabulate("stype", "sch_wide")
    made = tabulate(given.frame, given.design, "stype", "sch_wide", unit="ratio")
    f = found.stats.f
    told = [
        ("F", f.value, made.test.statistic, 12.1253, 11.87274514256088),
        ("df", f.df_num, made.test.df, 1.3753, 1.3824988085924372),
    ]
    told += [("ddf", f.df_den, made.test.ddf, 53.64, 53.917453535105054)]
    for name, svys, our, recorded, r in told:
        assert our is not None
        ledger.other(f"Rao-Scott, two stages: {name}", svys, our, recorded=recorded, r=r)
    cells = found.to_polars().sort("stype", "sch_wide")["se"].to_list()
    mine = {dict(row.domain)["stype"] + "." + dict(row.domain)["sch_wide"]: row.se for row in made.shares.rows}
    for name, recorded, r in (("M.No", 0.035574, 0.037900), ("E.No", 0.025087, 0.025224)):
        j = list(mine).index(name)
        ledger.other(f"cell, two stages: SE of {name}", cells[j], mine[name], recorded=recorded, r=r, digits=2e-5)
    cut = tabulate(given.frame, one_stage(), "stype", "sch_wide", unit="ratio")
    assert cut.test.statistic is not None
    ledger.same(
        "table of svy, two stages = ours, first stage alone",
        [f.value, *cells],
        [cut.test.statistic, *ours(cut.shares.rows, "se").ravel()],
        1e-8,
    )


# R: svyranktest(api00~comp_imp, d, test=): t
RANKS = {
    ("apistrat", "wilcoxon"): (1.8554, 1.8811886457657154), ("apistrat", "median"): (1.04704, 1.0624173595406576),
    ("apiclus1", "wilcoxon"): (0.7848, 0.7926771088844414), ("apiclus1", "median"): (0.311873, 0.31500969347851554),
    ("apiclus2", "wilcoxon"): (3.5545, 3.6147696819900252), ("apiclus2", "median"): (2.67361, 2.7187099905878154),
    ("apistrat", "vanderwaerden"): (2.26052, 2.2918664850291037), ("apiclus1", "vanderwaerden"): (1.07585, 1.0866651574609998),
    ("apiclus2", "vanderwaerden"): (3.32157, 3.3824264132737714),
}  # fmt: skip
SCORES = {"wilcoxon": "kruskal-wallis", "median": "median", "vanderwaerden": "vander-waerden"}


@pytest.mark.parametrize(("name", "method"), RANKS)
def test_rank_tests_ignore_the_fpc(ledger: Ledger, name: str, method: Any) -> None:
    """svy's t is ours without the fpc; ours with it is R's (ties in the order of rows, as R ranks)."""
    given = {"apistrat": surveys.strat, "apiclus1": surveys.clus, "apiclus2": surveys.two}[name]()
    found = float(theirs(given.sample.categorical.ranktest("api00", group="comp_imp", score=SCORES[method]), "t")[0, 0])
    made = compare(given.frame, given.design, "api00", group="comp_imp", method=method, ties="row_order")
    bare = compare(
        given.frame,
        replace(given.design, fpc=(), ssu=None, weight="pw"),
        "api00",
        group="comp_imp",
        method=method,
        ties="row_order",
    )
    assert made.statistic is not None
    assert bare.statistic is not None
    recorded, r = RANKS[name, method]
    ledger.other(f"rank test, fpc: {name} {method}", found, made.statistic, recorded=recorded, r=r)
    ledger.same(f"rank test of svy = ours without fpc, {method}", found, bare.statistic, 1e-8)


def test_the_fpc_of_a_rank_test_is_an_exact_factor(ledger: Ledger) -> None:
    """One stratum, one stage: t grows by 1/sqrt(1 - 15/757)."""
    given = surveys.clus()
    factor = 1 / np.sqrt(1 - 15 / 757)
    assert factor == pytest.approx(1.010057, abs=5e-7)
    for method in SCORES:
        t = [
            compare(given.frame, d, "api00", group="comp_imp", method=method).statistic
            for d in (given.design, replace(given.design, fpc=()))
        ]  # type: ignore[arg-type]  # a key of SCORES
        assert t[0] is not None
        assert t[1] is not None
        assert t[0] / t[1] == pytest.approx(factor, rel=1e-12)
        free = surveys.sample(given.frame, psu="dnum", wgt="pw")
        both = [
            theirs(s.categorical.ranktest("api00", group="comp_imp", score=SCORES[method]), "t") for s in (given.sample, free)
        ]
        ledger.same("rank test of svy, with and without pop_size", *both, 1e-12)


def test_replicate_weights_alone_are_silently_linearised(ledger: Ledger) -> None:
    """A frame with nothing but replicate weights: svy takes every row as a PSU unless it is told; R and we use the replicates."""
    given = surveys.wave(2026)
    made = replicate(given.frame, given.design, "JKn")
    reps = made.design.replicates
    assert reps is not None
    given_as = svy.JackknifeWgts(
        prefix="rep_", n_reps=len(reps.columns), scale=list(np.asarray(reps.rscales) * reps.scale), kind="jkn", df=61
    )
    held = surveys.sample(made.data, wgt="w", rep_wgts=given_as)
    with pytest.warns(UserWarning, match="TAYLOR_WITHOUT_DESIGN"):
        quiet = held.estimation.mean("score", drop_nulls=True)
    asked = held.estimation.mean("score", method="replication", drop_nulls=True)
    bare = replace(made.design, strata=None, psu=None)
    row = estimate(made.data, bare, "score")[0]
    assert row.se is not None
    ledger.same("replicate weights, replication asked for", theirs(asked, "est", "se"), [row.estimate, row.se])
    ledger.other("replicate weights alone: SE", float(theirs(quiet, "se")[0, 0]), row.se, recorded=0.568, rel=1e-3)
    assert float(theirs(quiet, "df")[0, 0]) == 1131


def test_bootstrap_scale(ledger: Ledger) -> None:
    """R's svrepdesign(type="bootstrap") and we 1/(R - 1), svy 1/R: on the same 60 replicates of
    synth2w R gave .9178222973981773 (svyby(~score, ~wave, rb, svymean)) and svy .9101: the factor is sqrt(60/59).
    """
    given = surveys.wave(2026)
    drawn = given.sample.weighting.create_bs_wgts(n_reps=60, rstate=1, rep_prefix="boot")
    found = float(theirs(drawn.estimation.mean("score", method="replication", drop_nulls=True), "se")[0, 0])
    made = replicate(given.frame, given.design, "bootstrap", replicates=60, seed=1)
    assert made.design.replicates is not None
    assert made.design.replicates.scale == pytest.approx(1 / 59)
    scaled = Replicates(tuple(drawn.rep_columns), "bootstrap", 1 / 59, (1.0,) * 60)
    row = estimate(drawn.data.to_pandas(), replace(given.design, replicates=scaled), "score")[0]
    assert row.se is not None
    ledger.other("bootstrap, 60 replicates: SE", found, row.se, recorded=1.00139)
    assert row.se / found == pytest.approx(np.sqrt(60 / 59), rel=1e-10)


def test_lonely_center_is_not_rs_adjust_for_totals(ledger: Ledger) -> None:
    """R: svytotal(~hours, w30), lonely.psu="adjust": the lonely PSU's total uncentred. For means the two coincide."""
    given = surveys.wave(2030, "center")
    adjusted = replace(given.design, lonely=Lonely("adjust", "adjust"))
    row = estimate(given.frame, adjusted, "hours", stat="total")[0]
    found = float(theirs(given.sample.estimation.total("hours"), "se")[0, 0])
    assert row.se is not None
    ledger.other("lonely center, adjust: SE of a total", found, row.se, recorded=4205.49, r=4871.713170329865)
    mean = given.sample.estimation.mean("score", drop_nulls=True)
    ledger.same(
        "lonely center = adjust for a mean",
        theirs(mean, "est", "se"),
        ours(estimate(given.frame, adjusted, "score"), "estimate", "se"),
    )


def test_quantile_rules_with_the_same_names_are_others(ledger: Ledger) -> None:
    """R: svyquantile(~api00, d, .25, qrule="hf2"/"hf3"/"school"): 565 each (hf1 was not recorded on these data); svy's lower,
    middle, nearest 559, 562, 565.
    """
    given = surveys.strat()

    def of_svy(rule: Any) -> float:
        return float(theirs(given.sample.estimation.quantile("api00", p=0.25, q_method=rule), "est")[0, 0])

    for rule, our_rule, recorded, r in (("lower", "hf1", 559, None), ("middle", "hf2", 562, 565)):
        mine = estimate(given.frame, given.design, "api00", stat="quantile", p=(0.25,), qrule=our_rule)[0].estimate
        assert mine is not None
        ledger.other(f"quantile .25, {rule} against {our_rule}", of_svy(rule), mine, recorded=recorded, r=r)
    assert of_svy("nearest") == 565


def test_wilson_counts_few_degrees_of_freedom_twice(ledger: Ledger) -> None:
    """svy shrinks the effective size by (t_{n-1}/t_df)^2, Korn and Graubard's device for a normal quantile, and then takes the t
    quantile as well. Ours takes it once (Franco et al. 2019). R 4.1-1 has no Wilson interval.
    """
    given = surveys.clus()
    found = theirs(given.sample.estimation.prop("hi", ci_method="wilson"), "est", "se", "lci", "uci", "df")[1]
    row = estimate(given.frame, given.design, "hi", stat="proportion", unit="ratio", interval="wilson")[0]
    share, se, lower, upper, df = found.tolist()
    assert row.lower is not None
    assert row.upper is not None
    ledger.other("Wilson, 14 df: lower", lower, row.lower, recorded=0.080632)
    ledger.other("Wilson, 14 df: upper", upper, row.upper, recorded=0.287917)
    assert lower < row.lower < row.upper < upper
    shrunk = share * (1 - share) / se**2 * (student.ppf(0.975, len(given.frame) - 1) / student.ppf(0.975, df)) ** 2
    ledger.same("Wilson of svy = the t quantile twice", [lower, upper], np.ravel(wilson(share, shrunk, df)))


def test_wilson_at_zero(ledger: Ledger) -> None:
    """Nobody of 1197: svy NaN, R (logit) [2e-12; 3e-12]; ours 0 to .46 %, on Kish's effective size."""
    given = surveys.wave(2026)
    found = given.sample.estimation.prop("zero", ci_method="wilson").to_polars()
    assert found["zero"].to_list() == [0]
    assert np.isnan(found.select("lci", "uci").to_numpy()).all()
    row = estimate(given.frame, given.design, "zero", stat="proportion", unit="ratio", interval="wilson")[0]
    assert (row.lower, row.status) == (0.0, "caution")
    assert row.upper == pytest.approx(0.00455215, rel=1e-5)


def test_korn_graubard_with_missing_answers(ledger: Ledger) -> None:
    """R: svyciprop(~aware, w26, method="beta", na.rm=TRUE) counts the rows without an answer in its df factor; svy and we do not.

    Our interval="beta" repeats R.
    """
    given = surveys.wave(2026)
    found = theirs(given.sample.estimation.prop("aware", ci_method="beta", drop_nulls=True), "lci", "uci")[-1]
    asked: dict[str, Any] = {"stat": "proportion", "unit": "ratio"}
    row = estimate(given.frame, given.design, "aware", interval="beta", **asked)[0]
    assert row.lower is not None
    ledger.other(
        "Korn-Graubard (beta), missing answers: lower",
        float(found[0]),
        row.lower,
        recorded=0.4912896,
        r=0.4912880,
        digits=2e-7,
        rel=2e-7,
    )
    assert estimate(given.frame, given.design, "aware", interval="korn_graubard", **asked)[0].lower == pytest.approx(
        found[0], rel=1e-12
    )


def test_a_domain_in_one_psu_and_an_empty_one() -> None:
    """R: svymean(~score, subset(w26, ethnic=='Xo')): SE 3.1e-15, limits 52.740 twice; of an empty subset 0 with SE 0.

    svy prints the SE with 0 df and no limits, and a row of NaN; ours says why there is none.
    """
    given = surveys.wave(2026)
    found = given.sample.estimation.mean("score", where=svy.col("ethnic") == "Xo", drop_nulls=True).to_polars()
    assert found["df"].to_list() == [0]
    assert found["se"][0] < 1e-10
    assert np.isnan(found.select("lci", "uci").to_numpy()).all()
    row = estimate(given.frame, given.design, "score", where={"ethnic": "Xo"})[0]
    assert (row.status, row.se) == ("not_estimable", None)
    later = surveys.wave(2030, "skip")
    absent = later.sample.estimation.mean("score", where=svy.col("ethnic") == "Dao", drop_nulls=True).to_polars()
    assert np.isnan(absent["est"].to_numpy()).all()
    empty = estimate(later.frame, later.design, "score", where={"ethnic": "Dao"})
    assert [(r.status, r.estimate) for r in empty] == [("not_estimable", None)]


def test_partial_overlap_is_refused_or_dropped(ledger: Ledger) -> None:
    """43 of 91 PSUs are common. combine_samples refuses a panel; as cross-sections it takes the waves as independent.

    R: svycontrast(svyby(~score, ~wave, ds, svymean, covmat=TRUE), c('2026'=-1,'2030'=1)) of the stacked design .9610302;
    wave_centred .9414365 with the lonely stratum of 2030 taken as certainty.
    """
    both = [
        surveys.sample(d.assign(row=range(len(d))), stratum="stratum", psu="psu", wgt="w")
        for _, d in surveys.waves().groupby("wave")
    ]
    with pytest.raises(svy.errors.SvyError, match="absent from sample 1"):
        svy.combine_samples(both, kind="panel", case_id="row", wave_name="wave")

    def of_svy(rule: Any) -> Any:
        joined = svy.combine_samples(both, wave_name="wave").update_design(singleton=rule)
        levels = joined.estimation.mean("score", by="wave", drop_nulls=True)
        return theirs(levels.contrast({"diff": svy.estd(2030) - svy.estd(2026)}), "est", "se")[0]

    given = surveys.stacked()
    stacked = change(given.frame, given.design, "score", wave=2030, base=2026, method="stacked")[0]
    assert stacked.se is not None
    ledger.other(
        "change, waves joined by svy (center): SE", float(of_svy("center")[1]), stacked.se, recorded=1.3557, r=0.9610302103646025
    )
    assert of_svy("center")[1] / stacked.se == pytest.approx(1.41, abs=0.005)
    centred = change(given.frame, given.design, "score", wave=2030, base=2026)
    assert centred[0].se == pytest.approx(0.9414365290, rel=1e-9)
    ledger.other(
        "change, waves joined by svy (skip): SE; ours wave_centred", float(of_svy("skip")[1]), centred[0].se, recorded=1.24634
    )
    ledger.same(
        "change, waves joined by svy = our se_independent", of_svy("skip"), centred.frame.loc[0, ["estimate", "se_independent"]]
    )


def test_frames_of_pandas_are_refused() -> None:
    with pytest.raises(Exception, match="polars"):
        svy.Sample(surveys.waves(), svy.Design(wgt="w"))
    assert isinstance(surveys.wave(2026).sample.data, pl.DataFrame)
