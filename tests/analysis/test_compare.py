"""t and rank tests: R's figures, plain oracles (scipy, statsmodels, loops), and every case without an answer.

R's figures: R 4.2.2, survey 4.1-1, the calls beside them; agreement asked for 1e-10 relative.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.design import Design, Lonely, Replicates
from analysis.status import NO_ANSWER, NO_DF, NO_VARIANCE, NOBODY, ONE_PSU
from analysis.testing.compare import MANY_GROUPS, ONE_GROUP, compare, population_ranks
from analysis.testing.tested import Tested
from forms.errors import BdgError
from tests.reference import cases

TIGHT = {"rel": 1e-10}


def plan(lonely: Any = "fail", **names: Any) -> Design:
    given: dict[str, Any] = {"strata": None, "psu": None, "weight": None, "wave": None, **names}
    return Design(**given, lonely=Lonely(lonely, lonely), df_rule=given.pop("df_rule", "design"))


SETS: dict[str, Design] = {
    "apistrat": plan(strata="stype", weight="pw", fpc=("fpc",)),
    "apiclus1": plan(psu="dnum", weight="pw", fpc=("fpc",)),
    "apiclus2": plan(psu="dnum", ssu="snum", fpc=("fpc1", "fpc2")),
    "synth2w": plan(strata="stratum", psu="psu", weight="w"),
}
RANKS = {"method": "wilcoxon", "ties": "row_order"}


@cache
def data(name: str) -> pd.DataFrame:
    return cases.data(name)


@cache
def wave(year: int) -> pd.DataFrame:
    frame = data("synth2w")
    return frame[frame["wave"] == year].assign(fem=lambda x: (x["sex"] == "F").astype(float))


# svyttest(api00 ~ comp_imp, d): t, df, p, difference, lower, upper
T_TESTS = [
    ("apistrat", 2.0842432955170502, 196, 0.03843418795120727, 40.989930035176386, 2.204664001557987, 79.77519606879477),
    ("apiclus1", 0.9250672429972825, 13, 0.37178479463810343, 15.506015037593974, -20.706172916787132, 51.71820299197508),
    ("apiclus2", 3.9978496803694332, 38, 0.00028419791181843703, 148.845999502192, 73.4747382480578, 224.2172607563262),
]
# svyttest(api00 ~ 0, d): t, df, p, mean, lower, upper
ONE_SAMPLE = [
    ("apistrat", 70.38915187598126, 196, 4.3888827497127217e-141, 662.2873631593208, 643.7316031499713, 680.8431231686702),
    ("apiclus1", 27.362280731301368, 13, 7.06184467823418e-13, 644.1693989071039, 593.3094800093564, 695.0293178048513),
    ("apiclus2", 22.286826737608134, 38, 2.0236080660521691e-23, 670.8118081180812, 609.8795127569866, 731.7441034791758),
]
# svyranktest(api00 ~ comp_imp, d, test=): t, df, p, difference in mean rank score
RANK_TESTS = [
    ("apistrat", "wilcoxon", 1.8811886457657154, 196, 0.061428900564257406, 0.08618419852291151),
    ("apistrat", "vanderwaerden", 2.2918664850291037, 196, 0.022975930205894446, 0.3652656559819711),
    ("apistrat", "median", 1.0624173595406576, 196, 0.28935352196063296, 0.08218290408772906),
    ("apiclus1", "wilcoxon", 0.7926771088844414, 13, 0.4421924978513585, 0.03533834586466186),
    ("apiclus1", "vanderwaerden", 1.0866651574609998, 13, 0.29692335837121864, 0.1638075626531392),
    ("apiclus1", "median", 0.31500969347851554, 13, 0.7577535284458874, 0.023759398496241087),
    ("apiclus2", "wilcoxon", 3.6147696819900252, 38, 0.0008691119260123351, 0.3119973781380885),
    ("apiclus2", "vanderwaerden", 3.3824264132737714, 38, 0.0016768675387572147, 0.9799830675011466),
    ("apiclus2", "median", 2.7187099905878154, 38, 0.009821366265979384, 0.4434149637057246),
]


@pytest.mark.parametrize(("name", "t", "df", "p", "difference", "lower", "upper"), T_TESTS)
def test_two_samples_equal_r(name: str, t: float, df: int, p: float, difference: float, lower: float, upper: float) -> None:
    found = compare(data(name), SETS[name], "api00", group="comp_imp")
    assert [found.statistic, found.df, found.p_value] == pytest.approx([t, df, p], **TIGHT)
    assert [found.estimate, found.lower, found.upper] == pytest.approx([difference, lower, upper], **TIGHT)
    assert (found.status, found.symbol, found.method) == ("ok", "t", "Design-based t-test")
    assert found.effect == "difference in mean (comp_imp Yes - No)"


@pytest.mark.parametrize(("name", "t", "df", "p", "mean", "lower", "upper"), ONE_SAMPLE)
def test_one_sample_equals_r(name: str, t: float, df: int, p: float, mean: float, lower: float, upper: float) -> None:
    found = compare(data(name), SETS[name], "api00")
    assert [found.statistic, found.df, found.p_value] == pytest.approx([t, df, p], **TIGHT)
    assert [found.estimate, found.lower, found.upper] == pytest.approx([mean, lower, upper], **TIGHT)


@pytest.mark.parametrize(("name", "method", "t", "df", "p", "difference"), RANK_TESTS)
def test_rank_tests_equal_r(name: str, method: Any, t: float, df: int, p: float, difference: float) -> None:
    found = compare(data(name), SETS[name], "api00", group="comp_imp", method=method, ties="row_order")
    assert [found.statistic, found.df, found.p_value, found.estimate] == pytest.approx([t, df, p, difference], **TIGHT)
    assert (found.lower, found.upper) == (None, None)


def test_rank_tests_know_the_finite_population() -> None:
    """svy 0.35 forgets it: t = 0.7848, too small by sqrt(1 - 15/757)."""
    found = compare(data("apiclus1"), SETS["apiclus1"], "api00", group="comp_imp", **RANKS)
    without = compare(data("apiclus1"), replace(SETS["apiclus1"], fpc=()), "api00", group="comp_imp", **RANKS)
    assert found.statistic is not None
    assert without.statistic is not None
    assert without.statistic == pytest.approx(0.7847845, rel=1e-6)
    assert without.statistic / found.statistic == pytest.approx(math.sqrt(1 - 15 / 757), rel=1e-12)


def test_a_two_stage_design_counts_its_second_stage() -> None:
    """Without it t would be 4.0444, not R's 3.9978."""
    found = compare(data("apiclus2"), SETS["apiclus2"], "api00", group="comp_imp")
    weighted = data("apiclus2").assign(w=lambda x: 757 / 40 * x["fpc2"] / x.groupby("dnum")["snum"].transform("count"))
    first = compare(weighted, plan(psu="dnum", weight="w", fpc=("fpc1",)), "api00", group="comp_imp")
    assert first.estimate == pytest.approx(found.estimate, rel=1e-12)
    assert [found.statistic, first.statistic] == pytest.approx([3.9978, 4.0444], abs=5e-5)


def test_missing_answers_leave_the_test_and_not_the_design() -> None:
    """svyttest(score~sex, w26): people without a score are dropped, the design stays."""
    found = compare(wave(2026), SETS["synth2w"], "score", group="sex")
    assert [found.statistic, found.df, found.estimate, found.lower, found.upper] == pytest.approx(
        [-3.5913256264016016, 60, -3.9812063146917454, -6.198660020844979, -1.7637526085385113], **TIGHT
    )
    assert found.n == int(wave(2026)["score"].notna().sum())


@pytest.mark.parametrize(
    ("method", "t", "difference"),
    [
        ("wilcoxon", 3.1637608308052325, 0.062457156292851666),
        ("vanderwaerden", 3.5429414228251384, 0.24580637713532041),
        ("median", 2.5113999490394625, 0.08632271329525608),
    ],
)
def test_rank_tests_of_unequal_weights_equal_r(method: Any, t: float, difference: float) -> None:
    """svyranktest(score~fem, w26, test=): with ties and unequal weights R's ranks follow the order of the rows."""
    found = compare(wave(2026), SETS["synth2w"], "score", group="fem", method=method, ties="row_order")
    assert [found.statistic, found.df, found.estimate] == pytest.approx([t, 60, difference], **TIGHT)


def test_three_groups_equal_r() -> None:
    """svyranktest(score~factor(edu), w26, test='KruskalWallis'): Chisq 46.66 on 2, p by F(2, 59)."""
    found = compare(wave(2026), SETS["synth2w"], "score", group="edu", method="kruskal", ties="row_order")
    assert [found.statistic, found.df, found.ddf, found.p_value] == pytest.approx(
        [46.65670538634788, 2, 59, 3.429027334262337e-08], **TIGHT
    )
    assert (found.symbol, found.estimate) == ("Chisq", None)


def test_two_waves_stacked_equal_r_and_centred_equal_the_anchor() -> None:
    """svyttest(score~w30, d) on the stacked rows; wave_centred has the smaller, right error (decision 2)."""
    stacked = compare(data("synth2w"), SETS["synth2w"], "score", group="wave")
    assert [stacked.statistic, stacked.df, stacked.estimate, stacked.lower, stacked.upper] == pytest.approx(
        [5.206116417069889, 78, 5.003235155479289, 3.089970978135436, 6.916499332823142], **TIGHT
    )
    centred = compare(
        data("synth2w"), replace(SETS["synth2w"], wave="wave", lonely=Lonely("certainty", "certainty")), "score", group="wave"
    )
    assert stacked.se == pytest.approx(0.9610302, rel=1e-6)
    assert centred.se == pytest.approx(0.9414365290, rel=1e-9)
    assert centred.df == stacked.df  # strata are the same in both waves: PSUs of either minus strata, not the sum of both
    ranks = compare(data("synth2w"), SETS["synth2w"], "score", group="wave", **RANKS)
    assert [ranks.statistic, ranks.p_value] == pytest.approx([5.078943349384805, 2.5257645742698724e-06], **TIGHT)


# --- plain oracles -------------------------------------------------------------------------------------------------------


@cache
def people(n: int = 120, seed: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "y": np.round(rng.normal(50, 10, n), 1), "g": rng.choice(["a", "b"], n), "k": rng.choice(["p", "q", "r"], n),
        "w": rng.uniform(0.5, 3, n), "psu": rng.integers(0, 20, n).astype(str),
    })  # fmt: skip


def test_a_simple_random_sample_gives_the_textbook_t() -> None:
    """scipy's one-sample statistic; R's (so our) degrees of freedom are n - 2."""
    ours, theirs = compare(people(), plan(), "y", mu=48.0), stats.ttest_1samp(people()["y"], 48.0)
    assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-12)
    assert ours.df == len(people()) - 2
    assert ours.estimate == pytest.approx(people()["y"].mean(), rel=1e-14)


def test_two_samples_equal_the_robust_regression() -> None:
    """statsmodels OLS with HC0 times sqrt(n/(n-1)) is the linearised variance of one PSU a person."""
    x = statsmodels.api.add_constant((people()["g"] == "b").astype(float).to_numpy())
    fit = statsmodels.api.OLS(people()["y"].to_numpy(), x).fit(cov_type="HC0")
    n = len(people())
    found = compare(people(), plan(), "y", group="g")
    assert [found.estimate, found.se] == pytest.approx([fit.params[1], fit.bse[1] * math.sqrt(n / (n - 1))], rel=1e-11)


def test_cluster_robust_regression_is_the_clustered_rank_test() -> None:
    """The weighted regression of the rank score on the group with statsmodels' cluster variance, factor G/(G-1)."""
    frame = people()
    order = frame["y"].to_numpy()
    w = frame["w"].to_numpy()
    rank = np.array([(w[order < v].sum() + w[order == v].sum() / 2) / w.sum() for v in order])
    x = statsmodels.api.add_constant((frame["g"] == "b").astype(float).to_numpy())
    fit = statsmodels.api.WLS(rank, x, weights=w).fit(
        cov_type="cluster", cov_kwds={"groups": frame["psu"].astype(int), "use_correction": False}
    )
    psus = frame["psu"].nunique()
    found = compare(frame, plan(psu="psu", weight="w"), "y", group="g", method="wilcoxon")
    assert [found.estimate, found.se] == pytest.approx([fit.params[1], fit.bse[1] * math.sqrt(psus / (psus - 1))], rel=1e-10)
    assert found.df == psus - 2


def test_ranks_of_equal_weights_are_scipys() -> None:
    y = people()["y"].to_numpy()
    expected = (stats.rankdata(y) - 0.5) / len(y)
    for ties in ("midrank", "row_order"):
        assert population_ranks(y, np.full(len(y), 2.0), ties) == pytest.approx(expected, rel=1e-12)


VALUES = st.lists(st.tuples(st.integers(0, 6), st.floats(0.1, 9)), min_size=2, max_size=30)


@given(VALUES, st.randoms(use_true_random=False), st.floats(0.01, 100))
def test_midranks_do_not_depend_on_the_order_of_rows_or_the_scale_of_weights(
    rows: list[tuple[int, float]], draw: Any, by: float
) -> None:
    y, w = np.array([float(r[0]) for r in rows]), np.array([r[1] for r in rows])
    ranks = population_ranks(y, w)
    assert ((ranks > 0) & (ranks < 1)).all()
    assert (w @ ranks) / w.sum() == pytest.approx(0.5, rel=1e-9)
    moved = list(range(len(y)))
    draw.shuffle(moved)
    assert population_ranks(y[moved], by * w[moved]) == pytest.approx(ranks[moved], rel=1e-9)


def test_r_ranks_do_depend_on_the_order_of_rows() -> None:
    """Two people with the same y and weights 1 and 3: R gives 1.5 or 2.5 of 4, depending on who comes first."""
    y = np.zeros(2)
    assert population_ranks(y, np.array([1.0, 3.0]), "row_order").tolist() == [1.5 / 4, 1.5 / 4]
    assert population_ranks(y, np.array([3.0, 1.0]), "row_order").tolist() == [2.5 / 4, 2.5 / 4]
    assert population_ranks(y, np.array([3.0, 1.0])).tolist() == [0.5, 0.5]


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.floats(0.1, 20), st.floats(-50, 50))
def test_t_tests_follow_the_scale_of_y_and_ranks_do_not_see_it(seed: int, scale: float, shift: float) -> None:
    frame = people(60, seed % 50)
    moved = frame.assign(y=frame["y"] * scale + shift)
    design = plan(psu="psu", weight="w")
    one, two = compare(frame, design, "y", group="g"), compare(moved, design, "y", group="g")
    assert two.statistic == pytest.approx(one.statistic, rel=1e-8)
    assert two.estimate == pytest.approx(scale * (one.estimate or 0.0), rel=1e-8)
    swapped = compare(frame.assign(g=frame["g"].map({"a": "z", "b": "b"})), design, "y", group="g")
    assert swapped.statistic == pytest.approx(-(one.statistic or 0.0), rel=1e-10)
    ranks = [
        compare(f, design, "y", group="k", method="kruskal").statistic for f in (frame, frame.assign(y=2.0 * frame["y"] + 1.0))
    ]
    assert ranks[0] == pytest.approx(ranks[1], rel=1e-10)


def test_a_paired_test_is_one_sample_of_differences() -> None:
    frame = people().assign(after=lambda x: x["y"] + np.where(x["g"] == "a", 1.0, 2.0), d=lambda x: x["after"] - x["y"])
    found = compare(frame, plan(psu="psu", weight="w"), "d")
    w = frame["w"].to_numpy()
    assert found.estimate == pytest.approx(float(w @ frame["d"]) / w.sum(), rel=1e-12)


def test_a_score_of_ones_own_equals_the_named_one() -> None:
    def wilcoxon(rank: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return rank

    own = compare(people(), plan(), "y", group="k", method=wilcoxon)
    named = compare(people(), plan(), "y", group="k", method="wilcoxon")
    assert own.statistic == named.statistic
    assert own.method == "Design-based wilcoxon test"


def jackknifed(frame: pd.DataFrame) -> tuple[pd.DataFrame, Design]:
    """JK1 over the PSUs by hand."""
    psus = sorted(frame["psu"].unique())
    names = tuple(f"rep{i}" for i in range(len(psus)))
    columns = {
        n: frame["w"] * np.where(frame["psu"] == p, 0.0, len(psus) / (len(psus) - 1)) for n, p in zip(names, psus, strict=True)
    }
    reps = Replicates(names, "JK1", (len(psus) - 1) / len(psus), (1.0,) * len(psus))
    return frame.assign(**columns), plan(weight="w", replicates=reps)


def test_replicates_repeat_the_t_test_and_total_the_rank_scores() -> None:
    frame, design = jackknifed(people())
    names = [c for c in frame.columns if c.startswith("rep")]
    here = frame["g"] == "b"

    def difference(w: pd.Series[float]) -> float:
        return float(np.average(frame["y"][here], weights=w[here]) - np.average(frame["y"][~here], weights=w[~here]))

    each = np.array([difference(frame[n]) for n in names])
    expected = math.sqrt((len(names) - 1) / len(names) * float(((each - each.mean()) ** 2).sum()))
    found = compare(frame, design, "y", group="g")
    assert found.se == pytest.approx(expected, rel=1e-10)
    assert found.df == len(names) - 2
    linear = compare(frame, plan(psu="psu", weight="w"), "y", group="g", method="wilcoxon")
    ranks = compare(frame, design, "y", group="g", method="wilcoxon")
    assert [ranks.estimate, ranks.se, ranks.df] == pytest.approx([linear.estimate, linear.se, linear.df], rel=1e-10)
    assert compare(frame, design, "y", group="k", method="kruskal").status == "ok"


# --- no answer, or only with caution ---------------------------------------------------------------------------------------

SMALL = pd.DataFrame({
    "y": [1.0, 2.0, 4.0, 3.0, 6.0, 5.0, 8.0, 9.0], "flat": [3.0] * 8, "none": [math.nan] * 8, "text": list("abcdefgh"),
    "one": ["a"] * 8, "two": list("aabbaabb"), "three": list("aabbccab"), "alone": list("aabbbbbb"), "psu": list("11223344"),
    "sex": list("fmfmfmfm"),
})  # fmt: skip
HAMLETS = plan(psu="psu")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"y": "none"}, NO_ANSWER),
        ({"y": "none", "group": "two"}, NO_ANSWER),
        ({"y": "none", "group": "two", "method": "wilcoxon"}, NO_ANSWER),
        ({"y": "y", "where": {"sex": "x"}}, NOBODY),
        ({"y": "y", "where": {"sex": "x"}, "group": "two"}, NOBODY),
        ({"y": "y", "where": {"psu": "1"}}, ONE_PSU),
        ({"y": "flat"}, NO_VARIANCE),
        ({"y": "flat", "group": "two"}, NO_VARIANCE),
        ({"y": "flat", "group": "two", "method": "wilcoxon"}, NO_VARIANCE),
        ({"y": "y", "group": "one"}, ONE_GROUP),
        ({"y": "y", "group": "one", "method": "median"}, ONE_GROUP),
        ({"y": "y", "group": "three"}, MANY_GROUPS),
        ({"y": "y", "group": "alone"}, ONE_PSU),
        ({"y": "y", "group": "alone", "method": "kruskal"}, ONE_PSU),
        ({"y": "y", "where": {"psu": "1"}, "group": "sex"}, ONE_PSU),
    ],
)
def test_what_cannot_be_tested_says_why(options: dict[str, Any], reason: str) -> None:
    found = compare(SMALL, HAMLETS, **options)
    assert (found.status, found.reason) == ("not_estimable", reason)
    assert (found.statistic, found.p_value, found.estimate, found.se) == (None, None, None, None)


def test_two_psus_leave_no_degree_of_freedom() -> None:
    assert compare(SMALL, HAMLETS, "y", where={"two": "a"}).reason == NO_DF  # psu 1 and 3: 2 - 1 - 1 = 0


def test_few_psus_are_a_caution_with_numbers() -> None:
    found = compare(SMALL, HAMLETS, "y")
    assert (found.status, found.df) == ("caution", 2)
    assert "few PSUs (df 2)" in found.reason
    assert found.p_value is not None


def test_three_groups_with_too_few_psus_are_singular_not_wrong() -> None:
    frame = pd.DataFrame({"y": [1.0, 2, 4, 3, 6, 5], "g": list("abcabc"), "psu": list("112233"), "w": [1.0] * 6})
    found = compare(frame, plan(psu="psu", weight="w"), "y", group="g", method="kruskal")
    assert (found.status, found.statistic) == ("not_estimable", None)


def test_a_score_that_is_not_finite_is_refused_in_words() -> None:
    found = compare(SMALL, HAMLETS, "y", group="two", method=lambda r: np.full(len(r), np.inf))
    assert found.status == "not_estimable"
    assert "hàm điểm hạng" in found.reason


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"y": "absent"}, "STAT-002"),
        ({"y": "y", "group": "absent"}, "STAT-002"),
        ({"y": "y", "where": {"absent": "1"}}, "STAT-002"),
        ({"y": "text"}, "STAT-009"),
        ({"y": "y", "group": "two", "method": "welch"}, "STAT-011"),
        ({"y": "y", "group": "two", "ties": "random"}, "STAT-011"),
        ({"y": "y", "method": "wilcoxon"}, "STAT-060"),
    ],
)
def test_a_wrong_request_is_refused_with_its_code(options: dict[str, Any], code: str) -> None:
    with pytest.raises(BdgError) as raised:
        compare(SMALL, HAMLETS, **options)
    assert [p.code for p in raised.value.problems] == [code]


def test_domains_keep_the_design_and_the_domain_rule_counts_their_psus() -> None:
    frame = data("synth2w")
    design = replace(SETS["synth2w"], wave="wave", lonely=Lonely("certainty", "certainty"))
    by_wave = compare(frame, design, "score", group="sex", where={"wave": 2026})
    alone = compare(wave(2026), SETS["synth2w"], "score", group="sex")
    assert [by_wave.statistic, by_wave.df] == pytest.approx([alone.statistic, alone.df], rel=1e-12)
    rare = compare(wave(2026), SETS["synth2w"], "score", where={"ethnic": "Hmong"})
    held = wave(2026)[wave(2026)["ethnic"] == "Hmong"]
    assert rare.df == held["psu"].nunique() - held["stratum"].nunique() - 1
    assert isinstance(rare, Tested)


@pytest.mark.parametrize("options", [{}, {"group": "sex"}, {"group": "edu", "method": "kruskal"}], ids=str)
def test_a_wave_without_people_says_so(options: dict[str, Any]) -> None:
    design = replace(SETS["synth2w"], wave="wave")
    assert compare(data("synth2w"), design, "score", where={"wave": 2099}, **options).reason == NOBODY
    assert compare(data("synth2w").iloc[:0], design, "score", **options).reason == NOBODY


def test_codes_may_be_flags_numbers_or_categories() -> None:
    frame = wave(2026).assign(
        flag=lambda x: x["sex"] == "F", number=lambda x: 4 * x["fem"].astype(int) + 2, kind=lambda x: x["sex"].astype("category")
    )
    found = {g: compare(frame, SETS["synth2w"], "score", group=g) for g in ("flag", "number", "kind", "fem", "sex")}
    assert {g: t.estimate for g, t in found.items()} == {
        g: pytest.approx(-3.9812063146917454 if g in ("kind", "sex") else 3.9812063146917454) for g in found
    }
    assert found["number"].effect == "difference in mean (number 6 - 2)"  # the second group minus the first, never per unit
