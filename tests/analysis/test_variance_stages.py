"""The variance by stages: against brute force, R's figures, full enumeration of samples, and every rule for one PSU."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.design import Design, Lonely, LonelyRule
from analysis.estimate import estimate
from analysis.units import MINUS, Units, units_of
from analysis.variance import Spread, crossproduct, lonely_rule, ratio_scores, spread, united
from forms.errors import BdgError
from tests.analysis import by_force
from tests.reference import cases

CERTAIN = Lonely("certainty", "certainty")
ONE = Design("h", "i", "w", None, CERTAIN, "design")
FPC = replace(ONE, fpc=("N",))
TWO = replace(ONE, ssu="k", fpc=("N", "M"))
TIGHT: dict[str, float] = {"rel": 1e-9, "abs": 1e-12}


def variance_of(z: Any, units: Units, rule: LonelyRule = "certainty") -> float:
    return float(spread(np.asarray(z, dtype=float).reshape(-1, 1), units, rule).vcov[0, 0])


# ---- against brute force -------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(
    st.integers(0, 10**6),
    st.sampled_from(["mean", "total", "ratio"]),
    st.sampled_from([None, "f", "m"]),
    st.sampled_from([ONE, FPC, TWO]),
)
def test_any_estimator_of_any_domain_under_any_stages(seed: int, stat: str, sex: str | None, design: Design) -> None:
    """Each person's weight is changed a little, the estimator recomputed, and the effects summed over pairs of units."""
    data = by_force.people(seed)
    data["y"] = data["y"].mask(np.random.default_rng(seed).random(len(data)) < 0.1)
    inside = None if sex is None else (data["sex"] == sex).tolist()
    y: Any = ("y", "x") if stat == "ratio" else "y"
    statistic = {"mean": by_force.mean, "total": by_force.total}.get(stat, by_force.mean)(data["y"], inside)
    if stat == "ratio":
        statistic = by_force.ratio(data["y"], data["x"], inside)
    u = by_force.influence(statistic, data["w"].tolist())
    sizes = data.groupby("h").agg(n=("i", "nunique"), N=("N", "first"))
    m = data.groupby("i").agg(m=("k", "nunique"), M=("M", "first"))
    f1 = (sizes["n"] / sizes["N"]).to_dict() if design.fpc else None
    f2 = (m["m"] / m["M"]).to_dict() if design.ssu else None
    wanted = by_force.variance(u, data["h"], data["i"], data["k"] if design.ssu else None, f1, f2)
    (row,) = estimate(data, design, y, stat=stat, where={} if sex is None else {"sex": sex})
    assert row.estimate == pytest.approx(statistic(data["w"].to_numpy()), rel=1e-12)
    assert row.se == pytest.approx(wanted**0.5, rel=1e-7)


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.floats(1e-6, 1e6), st.integers(-3, 9))
def test_scale_of_answers_and_weights(seed: int, times: float, power: int) -> None:
    """A mean does not know the weights' unit, a total is in proportion to it; both to that of the answers; also 1e9."""
    data = by_force.people(seed)
    other = data.assign(y=data["y"] * times, w=data["w"] * 10.0**power)
    for stat, size in (("mean", times), ("total", times * 10.0**power)):
        first, second = (estimate(d, TWO, "y", stat=stat)[0] for d in (data, other))
        assert second.estimate == pytest.approx(size * first.estimate, rel=1e-11)
        assert second.se == pytest.approx(size * first.se, rel=1e-9)
        assert second.deff == pytest.approx(first.deff, rel=1e-7)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(-1e4, 1e4))
def test_a_constant_added_to_all_answers_changes_no_standard_error_of_a_mean(seed: int, shift: float) -> None:
    data = by_force.people(seed)
    first, second = (estimate(d, TWO, "y")[0] for d in (data, data.assign(y=data["y"] + shift)))
    assert second.estimate == pytest.approx(first.estimate + shift, rel=1e-10, abs=1e-7)
    assert second.se == pytest.approx(first.se, rel=1e-7)


def test_answers_that_hardly_differ_have_a_small_standard_error_or_none() -> None:
    """Differences of one part in 10^9 are seen; of one in 10^14 they are rounding, and no number is given."""
    data = by_force.people(4)
    plain = estimate(data, TWO, "y")[0]
    fine = estimate(data.assign(y=1.0 + data["y"] * 1e-9), TWO, "y")[0]
    assert fine.se == pytest.approx(plain.se * 1e-9, rel=1e-5)
    lost = estimate(data.assign(y=1.0 + data["y"] * 1e-15), TWO, "y")[0]
    assert (lost.status, lost.estimate, lost.se) == ("not_estimable", None, None)


# ---- R's figures ---------------------------------------------------------------------------------------------------

MU284 = pd.DataFrame(
    {
        "id1": [19, 45, 47, 50, 31] * 3, "id2": [1] * 5 + [2] * 5 + [3] * 5, "n1": 50, "n2": [5, 8, 5, 9, 7] * 3,
        "y1": [41, 49, 31, 39, 49, 49, 49, 31, 41, 51, 49, 45, 35, 61, 33],
    }
)  # fmt: skip
FPC8 = pd.DataFrame(
    {
        "stratid": [1] * 5 + [2] * 3, "psuid": [1, 2, 3, 4, 5, 1, 2, 3], "weight": [3] * 5 + [4] * 3, "Nh": [15] * 5 + [12] * 3,
        "x": np.array([2.8, 4.1, 6.8, 6.8, 9.2, 3.7, 6.6, 4.2], dtype=np.float32).astype(float),
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("stat", "value", "se"), [("mean", 44.35294117647059, 2.2736527278159246), ("total", 15080, 2274.25470087333)]
)
def test_two_stages_of_mu284_equal_r(stat: Any, value: float, se: float) -> None:
    """R 4.2.2, survey 4.1-1: svymean/svytotal(~y1, svydesign(id=~id1+id2, fpc=~n1+n2)); weights from the fpc."""
    row = estimate(MU284, Design(None, "id1", None, None, CERTAIN, "design", ssu="id2", fpc=("n1", "n2")), "y1", stat=stat)[0]
    assert (row.estimate, row.se, row.df) == (pytest.approx(value, **TIGHT), pytest.approx(se, **TIGHT), 4)


def test_mu284_by_its_psus_alone() -> None:
    """Classic mistake or conservative choice: R svytotal without the second stage and with replacement, 5 % above."""
    data = MU284.assign(w=MU284["n1"] * MU284["n2"] / 15)
    row = estimate(data, Design(None, "id1", "w", None, CERTAIN, "design"), "y1", stat="total")[0]
    assert (row.estimate, row.se) == (pytest.approx(15080), pytest.approx(2388.6095443909526, **TIGHT))


@pytest.mark.parametrize(
    ("fpc", "stat", "value", "se"),
    [
        (("Nh",), "mean", 5.448148118125068, 0.6160407198096527),
        (("Nh",), "total", 147.09999918937683, 16.633099434860622),
        ((), "mean", 5.448148118125068, 0.7412683267688124),
        ((), "total", 147.09999918937683, 20.014244822757934),
    ],
)
def test_nested_psus_with_and_without_fpc_equal_r(fpc: tuple[str, ...], stat: Any, value: float, se: float) -> None:
    """R: svydesign(id=~psuid, strata=~stratid, weights=~weight, fpc=~Nh, nest=TRUE), data set fpc."""
    row = estimate(FPC8, Design("stratid", "psuid", "weight", None, CERTAIN, "design", fpc=fpc, nest=True), "x", stat=stat)[0]
    assert (row.estimate, row.se, row.df) == (pytest.approx(value, **TIGHT), pytest.approx(se, **TIGHT), 6)


APICLUS2 = Design(None, "dnum", None, None, CERTAIN, "design", ssu="snum", fpc=("fpc1", "fpc2"))
NO_ENROLMENT = (943, 942, 991, 989, 988, 990)  # the schools without `enroll`, which the listwise rule of R drops


def test_two_stages_of_apiclus2_equal_r() -> None:
    """R: svymean(~api00+enroll, svydesign(id=~dnum+snum, fpc=~fpc1+fpc2), na.rm=TRUE): api00 among schools with both."""
    data = pd.read_csv(cases.HERE / "apiclus2" / "data.csv").assign(
        both=lambda d: np.where(d["snum"].isin(NO_ENROLMENT), "no", "yes")
    )
    listwise = estimate(data, APICLUS2, "api00", where={"both": "yes"})[0]
    assert (listwise.estimate, listwise.se) == (
        pytest.approx(673.0943396226415, **TIGHT),
        pytest.approx(31.05737405077839, **TIGHT),
    )
    blank = data.assign(enroll=np.where(data["both"] == "yes", 1.0, np.nan))
    row = estimate(blank, APICLUS2, ["api00", "enroll"], missing="listwise")[0]
    assert (row.estimate, row.se, row.df) == (pytest.approx(listwise.estimate), pytest.approx(listwise.se), 39)
    assert estimate(data, APICLUS2, "api00")[0].estimate == pytest.approx(670.8118, abs=1e-4)  # the rule by variable


@pytest.mark.parametrize(
    ("stat", "values", "ses"),
    [
        ("mean", (692.8104008667389, 598.3406593406594, 642.352), (29.926604237402966, 17.694167126090992, 45.09131630033113)),
        ("total", (3493.555, 688.87, 946.25), (1119.7480299783451, 289.35366790619605, 311.81302441095653)),
        ("proportion", (0.6811808118, 0.1343173432, 0.1845018450), (0.055640647006, 0.056733186293, 0.022225215506)),
    ],
)  # fmt: skip
def test_domains_and_categories_of_two_stages_equal_r(stat: str, values: Any, ses: Any) -> None:
    """R: svyby(~api00, ~stype, d, svymean); svytotal(~factor(stype), d); svymean(~factor(stype), d)."""
    data = pd.read_csv(cases.HERE / "apiclus2" / "data.csv").assign(one=1.0)
    if stat == "proportion":
        found = estimate(data, APICLUS2, "stype", stat="proportion", unit="ratio")
        assert [r.category for r in found] == ["E", "H", "M"]
    else:
        found = estimate(data, APICLUS2, "one" if stat == "total" else "api00", by="stype", stat=stat)  # type: ignore[arg-type]  # two names
    assert [r.estimate for r in found] == pytest.approx(list(values), rel=1e-9)
    assert [r.se for r in found] == pytest.approx(list(ses), rel=1e-9)


@pytest.mark.parametrize(
    ("rule", "ses"),
    [
        ("adjust", {"Dao": 2.7071309151099228, "Hmong": 2.1145406096184423, "Kinh": 0.9506141581401786}),
        ("average", {"Dao": 2.7327824066992537, "Hmong": 2.1145406096184423, "Kinh": 0.9506141581401786}),
    ],
)  # fmt: skip
def test_strata_with_one_psu_of_the_domain_equal_r(rule: Any, ses: dict[str, float]) -> None:
    """R: options(survey.adjust.domain.lonely=TRUE); svyby(~score, ~ethnic, subset(w26, !is.na(score)), svymean)."""
    data = cases.data("synth2w")
    design = Design("stratum", "psu", "w", "wave", Lonely(rule, rule, domain=True), "design")
    found = {dict(r.domain)["ethnic"]: r for r in estimate(data, design, "score", by=("ethnic",), waves=(2026,))}
    for group, se in ses.items():
        assert found[group].se == pytest.approx(se, **TIGHT)
    plain = estimate(data, replace(design, lonely=Lonely(rule, rule)), "score", by=("ethnic",), waves=(2026,))
    assert plain[0].se != pytest.approx(ses["Dao"], rel=1e-3)
    assert found["Xo"].status == "not_estimable"  # one PSU in all: R prints 3.8e-15 (adjust) or NaN (average)


def test_stata_centres_the_lonely_psu_of_a_total_and_r_does_not() -> None:
    """hours, 2030: R adjust 4871.713; about the mean of all PSU totals 4205.49 (svy 0.35, as Stata's text has it)."""
    data = cases.data("synth2w")
    found = {}
    for rule in ("adjust", "centre", "certainty"):
        design = Design("stratum", "psu", "w", "wave", Lonely(rule, rule), "design")  # type: ignore[arg-type]  # names of rules
        found[rule] = estimate(data, design, "hours", stat="total", waves=(2030,))[0].se
    assert found["adjust"] == pytest.approx(4871.713170329865, **TIGHT)
    assert found["centre"] == pytest.approx(4205.49, abs=0.01)
    assert found["certainty"] == pytest.approx(3676.4082709557565, **TIGHT)


# ---- enumeration: on average over every sample the variance estimate is the variance --------------------------------

POPULATION = [[3.0, 5, 1], [2.0, 2, 7, 4], [9.0, 6, 6], [1.0, 8]]


def two_stage(n: int, m: int) -> tuple[list[float], list[float], list[float]]:
    """Every SRS of n PSUs and m SSUs in each: estimated total, and its variance with both stages and with the first alone."""
    totals, both, first = [], [], []
    for psus in combinations(range(len(POPULATION)), n):
        for inner in product(*(list(combinations(range(len(POPULATION[i])), m)) for i in psus)):
            keys, sizes, z = [], [], []
            for i, picked in zip(psus, inner, strict=True):
                for j in picked:
                    keys.append(("", str(i), str(j)))
                    sizes.append([float(len(POPULATION)), float(len(POPULATION[i]))])
                    z.append(POPULATION[i][j] * len(POPULATION) / n * len(POPULATION[i]) / m)
            units = units_of(keys, np.array(sizes), probabilities=False)
            # all sub-samples of a PSU set weigh alike: as many as the PSUs drawn allow
            share = 1 / np.prod([len(list(combinations(range(len(POPULATION[i])), m))) for i in psus])
            totals.append((sum(z), share))
            both.append((variance_of(z, units), share))
            first.append((variance_of(units.by_psu(np.array(z)[:, None]), replace(units, parent=None, fraction2=None)), share))
    return totals, both, first  # type: ignore[return-value]  # pairs of value and probability


def average(pairs: Any) -> float:
    values, shares = np.array(pairs).T
    return float((values * shares).sum() / shares.sum())


@pytest.mark.parametrize(("n", "m"), [(2, 2), (3, 2), (3, 1)])
def test_two_stage_variance_is_unbiased_over_all_samples(n: int, m: int) -> None:
    """Saerndal, Swensson, Wretman (1992) result 4.3.1; the first stage alone misses what is drawn inside the PSUs."""
    totals, both, first = two_stage(n, m)
    value = average(totals)
    true = average([((t - value) ** 2, share) for t, share in totals])
    assert value == pytest.approx(sum(map(sum, POPULATION)))
    if m > 1:
        assert average(both) == pytest.approx(true, rel=1e-12)
    assert average(first) < true * 0.99


@pytest.mark.parametrize("drawn", [(2, 3), (3, 2)])
def test_stratified_fpc_variance_is_unbiased_over_all_samples(drawn: tuple[int, int]) -> None:
    """Cochran (1977) theorem 5.3; without the fpc it is too large by the fractions."""
    strata = [[1.0, 4, 4, 9], [2.0, 3, 8, 8, 5]]
    sizes = [len(s) for s in strata]
    totals, found, without = [], [], []
    for picked in by_force.samples(sizes, drawn):
        keys = [(str(h), str(i)) for h, units in enumerate(picked) for i in units]
        z = [strata[h][i] * sizes[h] / drawn[h] for h, units in enumerate(picked) for i in units]
        size = np.array([[float(sizes[int(h)])] for h, _ in keys])
        totals.append(sum(z))
        found.append(variance_of(z, units_of(keys, size, probabilities=False)))
        without.append(variance_of(z, units_of(keys, None, probabilities=False)))
    assert np.mean(found) == pytest.approx(np.var(totals), rel=1e-12)
    assert np.mean(without) > np.var(totals) * 1.5


# ---- one PSU -------------------------------------------------------------------------------------------------------

Z = np.array([1.0, 3.0, 8.0, 2.0])  # A: 1, 3 | B: 8 | C: 2; mean 3.5


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("certainty", 4.0),
        ("average", 4.0 * 3 / 1),
        ("adjust", 4.0 + 64 + 4),
        ("centre", 4.0 + 4.5**2 + 1.5**2),
        ("collapse", 4.0 + 2 / 1 * (3.0**2 + 3.0**2)),  # B and C: (8 - 5)^2 + (2 - 5)^2, times 2
    ],
)
def test_every_rule_for_two_strata_with_one_psu(rule: Any, wanted: float) -> None:
    units = Units(("A", "A", "B", "C"), ("1", "2", "3", "4"), np.zeros(4))
    assert variance_of(Z, units, rule) == pytest.approx(wanted)
    half = replace(units, fraction=np.full(4, 0.5))
    assert variance_of(Z, half, rule) == pytest.approx(wanted / 2)


def test_fail_names_every_stratum_with_one_psu_and_no_other() -> None:
    units = Units(("A", "A", "B", "C"), ("1", "2", "3", "4"), np.array([0.0, 0, 0, 1]))
    with pytest.raises(BdgError) as caught:
        variance_of(Z, units, "fail")
    assert caught.value.problems[0].code == "STAT-001"
    assert "B" in str(caught.value)
    assert "C" not in str(caught.value).split("\n")[0].replace("Chỉ", "")


@pytest.mark.parametrize("rule", ["fail", "certainty", "average", "adjust", "centre", "collapse"])
def test_a_psu_that_was_certain_to_be_drawn_adds_nothing_under_any_rule(rule: Any) -> None:
    """f = 1: its stratum was taken whole, so there is no first stage in it (R: all(f < 1e-7))."""
    units = Units(("A", "A", "B", "C", "C"), tuple("12345"), np.array([0.25, 0.25, 1, 1, 1]))
    z = np.array([1.0, 3, 800, 7, 900])
    assert variance_of(z, units, rule) == pytest.approx(0.75 * 4)


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        # PSUs 1: 4, 6 (sum 10), 2: 5, drawn of 4 each (f2 1/2 and 1/4), PSUs 2 of 8: first stage 3/4 (10 - 5)^2
        # inside 1: 1/4 (1 - 1/2) (6 - 4)^2 = 1/2; inside 2: one household of four
        ("certainty", 18.75 + 0.5),
        ("collapse", 18.75 + 0.5),
        ("adjust", 18.75 + 0.5 + 0.25 * 0.75 * 25),
        ("centre", 18.75 + 0.5 + 0.25 * 0.75 * 25),
        ("average", 18.75 + 0.5 * 2),
    ],
)
def test_one_household_in_a_psu(rule: Any, wanted: float) -> None:
    units = units_of([("", "1", "a"), ("", "1", "b"), ("", "2", "a")], np.array([[8.0, 4], [8, 4], [8, 4]]), probabilities=False)
    assert variance_of([4, 6, 5], units, rule) == pytest.approx(wanted)
    with pytest.raises(BdgError) as caught:
        variance_of([4, 6, 5], units, "fail")
    assert "2" in str(caught.value)


def test_a_psu_read_whole_has_no_second_stage() -> None:
    units = units_of([("", "1", "a"), ("", "1", "b"), ("", "2", "a")], np.array([[8.0, 2], [8, 2], [8, 1]]), probabilities=False)
    for rule in ("fail", "adjust", "certainty"):
        assert variance_of([4, 6, 5], units, rule) == pytest.approx(18.75)  # type: ignore[arg-type]  # names of rules


def test_the_rule_for_levels_and_the_rule_for_changes() -> None:
    lonely = Lonely("adjust", "certainty")
    assert (lonely_rule(lonely, 1), lonely_rule(lonely, 2), lonely_rule(lonely, 3)) == ("adjust", "certainty", "certainty")


# ---- the form itself -----------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(["certainty", "average", "adjust", "centre", "collapse"]))
def test_it_is_a_covariance_matrix(seed: int, rule: Any) -> None:
    """Symmetric, no negative eigenvalue, and bilinear: V(Ca) = C V(a) C'."""
    rng = np.random.default_rng(seed)
    data = by_force.people(seed, strata=4, psus=3)
    keys = sorted({(h, i, k) for h, i, k in zip(data["h"], data["i"], data["k"], strict=True) if h != "S1" or i == "10"})
    units = units_of(keys, np.array([[20.0, 9.0]] * len(keys)), probabilities=False)
    z = rng.normal(size=(len(keys), 5))
    v = spread(z, units, rule).vcov
    assert v == pytest.approx(v.T)
    assert np.linalg.eigvalsh(v).min() > -1e-10 * np.trace(v)
    c = rng.normal(size=(2, 5))
    assert spread(z @ c.T, units, rule).vcov == pytest.approx(c @ v @ c.T, rel=1e-9, abs=1e-9)


def test_a_psu_with_nobody_counts_in_the_centring() -> None:
    """z 3, 5, 0 in one stratum: mean 8/3, sum of squares 38/3, times 3/2 = 19; without the empty one 4."""
    assert variance_of([3, 5, 0], Units(("",) * 3, tuple("abc"), np.zeros(3))) == pytest.approx(19)
    assert variance_of([3, 5], Units(("",) * 2, tuple("ab"), np.zeros(2))) == pytest.approx(4)


def test_no_units_have_no_variance() -> None:
    empty = spread(np.zeros((0, 2)), Units((), (), np.zeros(0)), "fail")
    assert (empty.ids, empty.vcov.tolist()) == ((), [[0, 0], [0, 0]])


def test_ratio_scores_of_nobody_are_zero_and_the_ratio_unknown() -> None:
    value, z = ratio_scores(np.array([[2.0, 0.0], [4.0, 0.0]]), np.array([[1.0, 0.0], [2.0, 0.0]]))
    assert value[0] == 2
    assert np.isnan(value[1])
    assert z.tolist() == [[0, 0], [0, 0]]


# ---- waves joined --------------------------------------------------------------------------------------------------


def part(ids: str, *values: float, sign: float = 1.0) -> Spread:
    return Spread(tuple(ids), np.array(values)[:, None], np.full(len(values), sign))


def test_waves_are_joined_by_psu() -> None:
    """a 1, b 2 | b 10, c 20: sums 1, 12, 20; kept apart 1, 2, 10, 20."""
    parts = {2026: part("ab", 1, 2), 2030: part("bc", 10, 20)}
    assert united(parts).vcov[0, 0] == 1 + 144 + 400
    assert united(parts, apart=True).vcov[0, 0] == 1 + 4 + 100 + 400
    assert united(parts).ids == ("a", "b", "c")
    assert crossproduct(np.array([1.0, 2]), ["a", "b"], np.array([10.0, 20]), ["b", "c"]) == 20
    assert crossproduct(np.array([1.0]), ["a"], np.array([5.0]), ["b"]) == 0


def test_rows_of_a_negative_part_are_joined_among_themselves() -> None:
    """A form with negative eigenvalues has two rows a PSU; both waves have each with the same sign."""
    one = Spread(("a", f"a{MINUS}"), np.array([[3.0], [1.0]]), np.array([1.0, -1.0]))
    two = Spread((f"a{MINUS}", "a"), np.array([[2.0], [5.0]]), np.array([-1.0, 1.0]))
    assert united({1: one, 2: two}).vcov[0, 0] == 8**2 - 3**2
    assert united({1: one}).vcov[0, 0] == 9 - 1
    assert united({}).vcov.shape == (0, 0)
