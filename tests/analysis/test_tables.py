"""Weighted tables and Rao-Scott tests: R's figures, scipy where the sample is simple, loops, and tables without an answer.

R's figures: R 4.2.2, survey 4.1-1, svychisq(~rows+cols, d, statistic=) and svytable; agreement asked for 1e-10 relative.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis import intervals
from analysis.design import Design, Lonely, Replicates
from analysis.joint import Joint
from analysis.status import EXTREME, NO_ANSWER, NO_DF, NO_VARIANCE, NOBODY, ONE_PSU
from analysis.testing import raoscott
from analysis.testing.raoscott import NAMES, ONE_LINE, SPARSE, Table
from analysis.testing.tables import EMPTY_CELL, Crosstab, tabulate
from forms.errors import BdgError
from tests.reference import cases

TIGHT = {"rel": 1e-10}


def plan(lonely: Any = "fail", df_rule: Any = "design", **names: Any) -> Design:
    given: dict[str, Any] = {"strata": None, "psu": None, "weight": None, "wave": None, **names}
    return Design(**given, lonely=Lonely(lonely, lonely), df_rule=df_rule)


STACKED = plan(strata="stratum", psu="psu", weight="w")
SCHOOLS = plan(psu="dnum", ssu="snum", fpc=("fpc1", "fpc2"))


@cache
def data(name: str) -> pd.DataFrame:
    return cases.data(name)


@cache
def w26() -> pd.DataFrame:
    frame = data("synth2w")
    return frame[frame["wave"] == 2026]


# statistic, value, df, ddf, p
EDU_SEX = [
    ("F", 1.4817804139849182, 1.9586417148897413, 119.47714460827422, 0.23157747140831492),
    ("Chisq", 2.3064123538985446, 2, None, 0.22723275963728576),
    ("Wald", 1.6769266102888778, 2, 61, 0.19545015589826942),
    ("adjWald", 1.6494360101202077, 2, 60, 0.20075130701549118),
]
AWARE_WAVE = [
    ("F", 2.535723125462213, 1, 79, 0.11528955758230662),
    ("Chisq", 4.911928167865999, 1, None, 0.1112958880797151),
    ("Wald", 2.5930728646759507, 1, 79, 0.11132069945889159),
    ("adjWald", 2.5930728646759507, 1, 79, 0.11132069945889159),
]
SCHOOL_TESTS = [
    ("F", 11.87274514256088, 1.3824988085924372, 53.917453535105054, 0.0003221146624380827),
    ("Wald", 2.7944678033462944, 2, 39, 0.07342285760988261),
    ("adjWald", 2.722814782747671, 2, 38, 0.07850775027216705),
]


def same(found: Crosstab, value: float, df: float, ddf: float | None, p: float) -> None:
    test = found.test
    assert [test.statistic, test.df, test.p_value] == pytest.approx([value, df, p], **TIGHT)
    assert test.ddf == (None if ddf is None else pytest.approx(ddf, **TIGHT))
    assert test.status == "ok"


@pytest.mark.parametrize(("statistic", "value", "df", "ddf", "p"), EDU_SEX)
def test_strata_and_psus_equal_r(statistic: Any, value: float, df: float, ddf: float | None, p: float) -> None:
    same(tabulate(w26(), STACKED, "edu", "sex", statistic=statistic), value, df, ddf, p)


@pytest.mark.parametrize(("statistic", "value", "df", "ddf", "p"), AWARE_WAVE)
def test_two_waves_stacked_equal_r(statistic: Any, value: float, df: float, ddf: float | None, p: float) -> None:
    """aware has missing answers: they count in R's N, which scales X^2 and not its p value."""
    same(tabulate(data("synth2w"), STACKED, "aware", "wave", statistic=statistic), value, df, ddf, p)


@pytest.mark.parametrize(("statistic", "value", "df", "ddf", "p"), SCHOOL_TESTS)
def test_the_second_stage_counts(statistic: Any, value: float, df: float, ddf: float | None, p: float) -> None:
    """svy 0.35 drops it: F 12.1253 on 1.3753 and 53.64 instead of 11.8727."""
    same(tabulate(data("apiclus2"), SCHOOLS, "stype", "sch_wide", statistic=statistic), value, df, ddf, p)


def test_the_second_stage_dropped_is_svys_figure() -> None:
    weighted = data("apiclus2").assign(w=lambda x: 757 / 40 * x["fpc2"] / x.groupby("dnum")["snum"].transform("count"))
    wrong = tabulate(weighted, plan(psu="dnum", weight="w", fpc=("fpc1",)), "stype", "sch_wide").test
    assert [wrong.statistic, wrong.df, wrong.ddf] == pytest.approx([12.1253, 1.3753, 53.64], rel=1e-4)


def test_weighted_counts_equal_svytable() -> None:
    found = tabulate(data("apiclus2"), SCHOOLS, "stype", "sch_wide")
    table = found.table
    assert (list(table.index), list(table.columns)) == (["E", "H", "M"], ["No", "Yes"])
    assert table.to_numpy().T.ravel() == pytest.approx([242.24, 586.675, 446.63, 3251.315, 102.195, 499.62], rel=1e-12)
    assert (found.n, found.n_missing, int(found.counts.sum())) == (126, 0, 126)


def test_a_cells_share_has_rs_error() -> None:
    """svymean(~interaction(stype, sch_wide), d): SE of M.No .037900; without the second stage .035574."""
    found = tabulate(data("apiclus2"), SCHOOLS, "stype", "sch_wide", unit="ratio")
    at = {row.domain: row for row in found.shares}
    assert at[("sch_wide", "No"), ("stype", "M")].se == pytest.approx(0.037900, abs=5e-7)
    assert at[("sch_wide", "No"), ("stype", "E")].se == pytest.approx(0.025224, abs=5e-7)


def test_saddlepoint_repeats_rs_slip_only_on_request() -> None:
    """R puts 53 chi-squares of weight 1/53.92 into the denominator: p .00054851; with all 53.92 .00048905; exact .00045537."""
    schools = data("apiclus2")
    found = {
        name: tabulate(schools, SCHOOLS, "stype", "sch_wide", statistic=kind, whole_ddf=whole).test.p_value
        for name, kind, whole in (("r", "saddlepoint", True), ("ours", "saddlepoint", False), ("exact", "lincom", False))
    }
    assert found["r"] == pytest.approx(0.0005485070706935073, rel=1e-8)
    assert found["ours"] == pytest.approx(0.00048905297, rel=1e-6)
    assert found["exact"] == pytest.approx(0.00045536602, rel=1e-6)


def test_all_statistics_come_in_one_call() -> None:
    found = tabulate(w26(), STACKED, "edu", "sex", statistic="all")
    assert [t.method for t in found.tests] == list(NAMES.values())
    assert [t.statistic for t in found.tests[:4]] == pytest.approx([row[1] for row in EDU_SEX], **TIGHT)
    exact, near = found.tests[4].p_value, found.tests[5].p_value
    assert exact == pytest.approx(near, rel=0.05)
    assert exact == pytest.approx(EDU_SEX[0][4], rel=0.05)  # two nearly equal weights: Satterthwaite is close


# --- plain oracles ----------------------------------------------------------------------------------------------------------


@cache
def simple(n: int = 150, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    a = rng.choice(list("xyz"), n, p=[0.5, 0.3, 0.2])
    b = np.where(rng.uniform(size=n) < 0.3, a, rng.choice(list("uvxyz"), n))
    return pd.DataFrame({
        "a": a, "b": np.where(np.isin(b, ["x", "y", "z"]), "v", b), "w": rng.uniform(0.5, 3, n),
        "psu": rng.integers(0, 15, n).astype(str), "h": rng.choice(["h1", "h2"], n),
    })  # fmt: skip


def test_a_simple_random_sample_gives_pearsons_test() -> None:
    """scipy: X^2; every design effect is n/(n - 1), so F = X^2 (n - 1)/(n k) on k and k (n - 1)."""
    frame = simple()
    counts = pd.crosstab(frame["a"], frame["b"])
    x2, _, k, _ = stats.chi2_contingency(counts, correction=False)
    n = len(frame)
    f, first = (tabulate(frame, plan(), "a", "b", statistic=s).test for s in ("F", "Chisq"))
    assert [f.statistic, f.df, f.ddf] == pytest.approx([x2 * (n - 1) / (n * k), k, k * (n - 1)], rel=1e-10)
    assert [first.statistic, first.df] == pytest.approx([x2, k], rel=1e-12)
    assert first.p_value == pytest.approx(stats.chi2.sf(x2 * (n - 1) / n, k), rel=1e-10)
    assert (tabulate(frame, plan(), "a", "b").counts == counts.to_numpy()).all()


def linearised(frame: pd.DataFrame, share: float, inside: Any, of: Any) -> float:
    """The SE of a weighted share of PSUs drawn with replacement, by a loop."""
    z = dict.fromkeys(sorted(frame["psu"].unique()), 0.0)
    for psu, w, i, o in zip(frame["psu"], frame["w"], inside, of, strict=True):
        z[psu] += w * o * (i - share) / float(frame["w"][of].sum())
    psus = np.array(list(z.values()))
    return math.sqrt(len(psus) / (len(psus) - 1) * float(((psus - psus.mean()) ** 2).sum()))


def test_shares_of_rows_and_columns_have_the_errors_of_domain_means() -> None:
    frame = simple()
    found = tabulate(frame, plan(psu="psu", weight="w"), "a", "b", unit="ratio")
    for shares, of_name in ((found.row_shares, "a"), (found.col_shares, "b"), (found.shares, "")):
        for row in shares:
            cell = dict(row.domain)
            inside = (frame["a"] == cell["a"]) & (frame["b"] == cell["b"])
            of = frame[of_name] == cell[of_name] if of_name else np.ones(len(frame), dtype=bool)
            share = float(frame["w"][inside].sum() / frame["w"][of].sum())
            assert row.estimate == pytest.approx(share, rel=1e-12)
            assert row.se == pytest.approx(linearised(frame, share, inside, of), rel=1e-10)
            limits = intervals.logit(share, row.se or 0.0, 14)
            assert [row.lower, row.upper] == pytest.approx([limits.lower, limits.upper], rel=1e-10)
            assert row.n == int(of.sum())


def test_percent_is_the_default_and_shares_add_up() -> None:
    found = tabulate(simple(), plan(psu="psu", weight="w"), "a", "b")
    assert {row.unit for row in found.shares} == {"percent"}
    assert sum(row.estimate or 0.0 for row in found.shares) == pytest.approx(100)
    sums = found.row_shares.joint.value.reshape(3, 2).sum(axis=1)
    assert sums == pytest.approx([100, 100, 100])
    # the shares of a row add up to a constant: their covariance rows do too
    assert found.row_shares.joint.linear(np.kron(np.eye(3), np.ones((1, 2)))).se == pytest.approx(np.zeros(3), abs=1e-10)
    assert found.frame["estimand"].value_counts().to_dict() == {"total": 6, "share": 6, "row_share": 6, "col_share": 6}
    assert "row shares" in found._repr_html_()
    assert found.test is found.tests[0]


def test_wald_is_the_hand_made_quadratic_form() -> None:
    """Distances N_ij - N_i N_j / N by a loop over PSUs, numeric derivatives; three by two, so two distances."""
    frame = simple()
    psus = sorted(frame["psu"].unique())
    cells = [(a, b) for a in "xyz" for b in sorted(frame["b"].unique())]
    totals = np.array(
        [[frame["w"][(frame["psu"] == p) & (frame["a"] == a) & (frame["b"] == b)].sum() for a, b in cells] for p in psus]
    )

    def distance(t: Any) -> Any:
        grid = t.reshape(3, 2)
        return (grid - np.outer(grid.sum(1), grid.sum(0)) / grid.sum())[1:, 1:].ravel()

    whole = totals.sum(axis=0)
    slope = np.array([(distance(whole + d) - distance(whole - d)) / 2e-4 for d in 1e-4 * np.eye(6)]).T
    e = (totals - totals.mean(axis=0)) * math.sqrt(len(psus) / (len(psus) - 1))
    V = slope @ (e.T @ e) @ slope.T
    y = distance(whole)
    found = tabulate(frame, plan(psu="psu", weight="w"), "a", "b", statistic="Wald").test
    assert found.statistic == pytest.approx(float(y @ np.linalg.solve(V, y)) / 2, rel=1e-6)


def test_replicates_move_shares_and_totals() -> None:
    """JK1 by hand; F from the replicate covariance of the shares, as R's svychisq.svyrep."""
    frame = simple()
    psus = sorted(frame["psu"].unique())
    names = tuple(f"rep{i}" for i in range(len(psus)))
    g = len(psus)
    frame = frame.assign(
        **{n: frame["w"] * np.where(frame["psu"] == p, 0.0, g / (g - 1)) for n, p in zip(names, psus, strict=True)}
    )
    design = plan(weight="w", replicates=Replicates(names, "JK1", (g - 1) / g, (1.0,) * g))
    found = tabulate(frame, design, "a", "b", unit="ratio", statistic="all")
    inside = (frame["a"] == "x") & (frame["b"] == "u")
    each = np.array([frame[n][inside].sum() / frame[n].sum() for n in names])
    expected = math.sqrt((g - 1) / g * float(((each - each.mean()) ** 2).sum()))
    assert found.shares[0].se == pytest.approx(expected, rel=1e-10)
    linear = tabulate(frame, plan(psu="psu", weight="w"), "a", "b", statistic="all")
    for ours, other in zip(found.tests[:4], linear.tests[:4], strict=True):
        assert ours.statistic == pytest.approx(other.statistic, rel=0.15)
    # with the weights' totals fixed the totals are linear: the jackknife is the linearised variance
    assert [t.statistic for t in found.tests[2:3]] == pytest.approx([t.statistic for t in linear.tests[2:3]], rel=1e-9)
    assert found.tests[4].ddf is None


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 200), st.floats(0.01, 50))
def test_turning_the_table_or_scaling_weights_changes_no_test(seed: int, by: float) -> None:
    frame = simple(120, seed)
    design = plan(psu="psu", weight="w")
    one = tabulate(frame, design, "a", "b", statistic="all").tests
    for other in (
        tabulate(frame, design, "b", "a", statistic="all"),
        tabulate(frame.assign(w=by * frame["w"]), design, "a", "b", statistic="all"),
    ):
        for x, y in zip(one, other.tests, strict=True):
            assert y.statistic == pytest.approx(x.statistic, rel=1e-7)
            assert y.p_value == pytest.approx(x.p_value, rel=1e-6)


def test_a_condition_is_a_domain_of_the_design() -> None:
    """A subset keeps the other PSUs; conditions on the design's wave ask for that wave alone."""
    waves = replace(STACKED, wave="wave", lonely=Lonely("certainty", "certainty"))
    by_wave = tabulate(data("synth2w"), waves, "edu", "sex", where={"wave": 2026}).test
    assert by_wave.statistic == pytest.approx(EDU_SEX[0][1], **TIGHT)
    women = tabulate(w26(), STACKED, "edu", "agegrp", where={"sex": "F"})
    assert women.n == int((w26()["sex"] == "F").sum())
    assert women.shares.joint.value.sum() == pytest.approx(100)


# --- no answer, or only with caution -----------------------------------------------------------------------------------------

SMALL = pd.DataFrame({
    "a": list("xxyyxyxyxxyy"), "b": list("uuuvvuuvvvuv"), "one": ["k"] * 12, "none": [None] * 12, "psu": list("112233445566"),
    "apart": list("ppqqqqqqqqqq"), "many": list("abcdefghijkl"), "sex": list("fm" * 6),
})  # fmt: skip
HAMLETS = plan(psu="psu")


@pytest.mark.parametrize(
    ("rows", "cols", "where", "reason"),
    [
        ("a", "none", None, NO_ANSWER),
        ("none", "b", None, NO_ANSWER),
        ("a", "b", {"sex": "x"}, NOBODY),
        ("a", "one", None, ONE_LINE),
        ("one", "b", None, ONE_LINE),
        ("one", "one", None, ONE_LINE),
        ("a", "b", {"psu": "1"}, ONE_LINE),
        ("many", "sex", {"psu": "1"}, NO_DF),
    ],
)
def test_a_table_that_cannot_be_tested_says_why(rows: str, cols: str, where: Any, reason: str) -> None:
    found = tabulate(SMALL, HAMLETS, rows, cols, where=where, statistic="all")
    assert {(t.status, t.reason, t.statistic, t.p_value) for t in found.tests} == {("not_estimable", reason, None, None)}
    assert found.counts.shape == (len(found.row_levels), len(found.col_levels))
    assert found.table.shape == found.counts.shape
    found._repr_html_()


def test_a_single_row_still_has_its_shares() -> None:
    found = tabulate(SMALL, HAMLETS, "one", "b")
    assert [row.estimate for row in found.row_shares] == pytest.approx([50, 50])
    assert [(row.estimate, row.se) for row in found.col_shares] == [(100, None), (100, None)]
    assert all(row.reason.startswith(EXTREME) for row in found.col_shares)


def test_an_empty_cell_is_zero_with_a_one_sided_limit() -> None:
    frame = simple().assign(b=lambda x: np.where(x["a"] == "x", "u", x["b"]))
    found = tabulate(frame, plan(psu="psu", weight="w"), "a", "b", statistic="all")
    cell = next(row for row in found.shares if row.domain == (("a", "x"), ("b", "v")))
    assert (cell.estimate, cell.se, cell.lower, cell.status, cell.interval) == (0, None, 0, "caution", "korn_graubard")
    assert cell.upper is not None
    assert 0 < cell.upper < 10
    count = next(row for row in found.cells if row.domain == (("a", "x"), ("b", "v")))
    assert (count.estimate, count.se, count.reason) == (0, None, EMPTY_CELL)
    assert all(t.status == "ok" and t.p_value is not None and t.p_value < 1e-3 for t in found.tests)


def test_a_row_in_one_psu_has_no_row_shares() -> None:
    found = tabulate(SMALL, HAMLETS, "apart", "b")
    rows = {row.domain: row for row in found.row_shares}
    assert {rows[("apart", "p"), ("b", b)].reason for b in "uv"} == {ONE_PSU}
    assert rows[("apart", "q"), ("b", "u")].estimate == pytest.approx(40)
    assert found.shares[0].status == "caution"


def test_more_cells_than_psus_is_singular_not_wrong() -> None:
    found = tabulate(SMALL, HAMLETS, "many", "sex", statistic="all")
    told = {t.method: t.reason for t in found.tests}
    assert told[NAMES["Wald"]] == SPARSE
    assert told[NAMES["adjWald"]] == SPARSE
    assert all(t.p_value is None or 0 <= t.p_value <= 1 for t in found.tests)


def test_adjusted_wald_needs_more_psus_than_distances() -> None:
    frame = simple().assign(psu=lambda x: (x["psu"].astype(int) % 3).astype(str))
    found = tabulate(frame, plan(psu="psu", weight="w"), "a", "b", statistic="all").tests
    assert found[2].status == "caution"  # 2 degrees of freedom
    assert found[3].ddf == 1
    two = tabulate(
        frame.assign(psu=lambda x: np.where(x["psu"] == "2", "1", x["psu"])),
        plan(psu="psu", weight="w"),
        "a",
        "b",
        statistic="all",
    )
    assert two.tests[3].status == "not_estimable"


def test_psus_that_agree_exactly_leave_no_variance() -> None:
    frame = pd.concat([pd.DataFrame({"a": list("xxyy"), "b": list("uuuv"), "psu": [str(i)] * 4}) for i in range(9)])
    found = tabulate(frame, HAMLETS, "a", "b", statistic="all")
    assert {t.reason for t in found.tests} == {NO_VARIANCE}


def test_a_variance_formula_without_square_root_is_told() -> None:
    """Contributions with a negative sign (joint inclusion probabilities): no test from a negative variance."""
    spread = np.array([[0.1, -0.1, -0.1, 0.1]])
    value = np.array([0.3, 0.2, 0.2, 0.3])
    joint = Joint(("a", "b", "c", "d"), value, spread, 10.0, np.array([-1.0]))
    found = raoscott.test(Table(2, 2, joint, joint, 100, 100, 10.0, replicated=False), "F")
    assert "giá trị âm" in found.reason


def test_the_domain_rule_counts_psus_that_hold_the_row() -> None:
    found = tabulate(SMALL, replace(HAMLETS, df_rule="domain"), "apart", "b")
    assert [row.df for row in found.row_shares] == [0, 0, 4, 4]
    assert {row.df for row in found.shares} == {5}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"rows": "absent", "cols": "b"}, "STAT-002"),
        ({"rows": "a", "cols": "b", "statistic": "LR"}, "STAT-011"),
        ({"rows": "a", "cols": "b", "unit": "people"}, "STAT-011"),
    ],
)
def test_a_wrong_request_is_refused_with_its_code(options: dict[str, Any], code: str) -> None:
    with pytest.raises(BdgError) as raised:
        tabulate(SMALL, HAMLETS, **options)
    assert [p.code for p in raised.value.problems] == [code]


def test_a_wave_without_people_says_so() -> None:
    design = replace(STACKED, wave="wave")
    for frame, where in ((data("synth2w"), {"wave": 2099}), (data("synth2w").iloc[:0], None)):
        found = tabulate(frame, design, "edu", "sex", where=where, statistic="all")
        assert {t.reason for t in found.tests} == {NOBODY}
        assert (found.table.shape, found.n, len(found.frame)) == ((0, 0), 0, 0)
