"""Alpha, omega and items: the figures of R survey, psych and lavaan; errors against a numeric derivative in the weights.

R 4.2.2, survey 4.1-1, psych 2.2.9, lavaan 0.6-14 on wave 2026 of the synthetic survey, six items.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.design import Design, Lonely, Replicates
from analysis.scale import onefactor
from analysis.scale.consistency import Coefficients, alpha, names
from analysis.scale.reliability import NO_FACTOR, NO_SPREAD, NOT_POSITIVE, REVERSED, Scale, bounded, reliability
from analysis.status import NO_ANSWER, NO_DF, NO_VARIANCE, NOBODY, ONE_PSU
from forms.errors import BdgError
from tests.reference import cases

ITEMS = ["l1", "l2", "l3", "l4", "l5", "l6"]


def plan(df_rule: Any = "design", **columns: Any) -> Design:
    given: dict[str, Any] = {"strata": None, "psu": None, "weight": None, "wave": None, **columns}
    return Design(**given, lonely=Lonely("certainty", "certainty"), df_rule=df_rule)


PEOPLE = plan()
SURVEY = plan(strata="stratum", psu="psu", weight="w")


@cache
def answers() -> pd.DataFrame:
    return cases.data("synth2w_items")


@cache
def weighted() -> Scale:
    return reliability(answers(), SURVEY, ITEMS)


@cache
def plain() -> Scale:
    return reliability(answers(), PEOPLE, ITEMS)


def of_items(scale: Scale, coefficient: str) -> list[float | None]:
    return [scale.row(coefficient, item).estimate for item in scale.items]


def test_alpha_equals_r_survey() -> None:
    """svycralpha(~l1+...+l6, subset(w26, complete.cases(...))); psych without weights gives .8372."""
    assert weighted().alpha.estimate == pytest.approx(0.8444787093909574, rel=1e-12)
    assert weighted().alpha.n == int(answers()[ITEMS].notna().all(axis=1).sum())
    assert weighted().alpha.n_missing == {"missing": 1197 - weighted().alpha.n}


def test_unweighted_equals_psych() -> None:
    """psych::alpha(Z, check.keys=FALSE) on complete cases: total, alpha.drop$raw_alpha, item.stats$r.drop and r.cor."""
    total = [plain().row(name).estimate for name in ("alpha", "alpha_standardised", "lambda6", "average_correlation")]
    assert total == pytest.approx([0.8372281173149654, 0.8356741203552055, 0.8134996461735814, 0.45875089695519833], rel=1e-12)
    assert of_items(plain(), "alpha_dropped") == pytest.approx(
        [0.828286596407616, 0.8257341794723788, 0.8110666840988291, 0.8014419498479354, 0.795705933247939, 0.7984571946070668],
        rel=1e-12,
    )
    assert of_items(plain(), "item_rest") == pytest.approx(
        [0.5176819681172116, 0.5324335381992452, 0.6110933690936727, 0.6570845292051443, 0.6837832794160053, 0.6715149083172294],
        rel=1e-12,
    )
    assert of_items(plain(), "item_total_corrected") == pytest.approx(
        [0.5632300160905549, 0.5795202400406959, 0.666711167370965, 0.7184251255898643, 0.7475011331632673, 0.7342019036857752],
        rel=1e-12,
    )


def test_loadings_equal_lavaan() -> None:
    """cfa('f =~ l1+...+l6'), std.lv: without weights, and with sampling.weights='w' (estimator MLR); lavaan stops at 1e-7."""
    assert of_items(plain(), "loading") == pytest.approx(
        [0.5700578566491533, 0.5866250693807988, 0.6732108381150618, 0.7305068658915866, 0.7628719957654182, 0.7470300276333288],
        rel=3e-7,
    )
    assert of_items(weighted(), "loading") == pytest.approx(
        [0.5976929065278329, 0.5747485847961805, 0.693810559350457, 0.7456713085976909, 0.7727605134497866, 0.7463357753666495],
        rel=3e-7,
    )


def test_omega_is_mcdonalds_formula_in_the_units_of_the_items() -> None:
    """(sum of raw loadings)^2 over itself plus the unique variances, from lavaan's standardised loadings above."""
    loading = np.array(
        [0.5976929065278329, 0.5747485847961805, 0.693810559350457, 0.7456713085976909, 0.7727605134497866, 0.7463357753666495]
    )
    complete = answers().dropna(subset=ITEMS)
    sd = np.sqrt(np.diag(np.cov(complete[ITEMS].T, aweights=complete["w"], bias=True)))
    common = float(sd @ loading) ** 2
    assert weighted().omega.estimate == pytest.approx(common / (common + float(sd**2 @ (1 - loading**2))), rel=1e-6)


def slopes_by_psu(frame: pd.DataFrame, psus: list[str], step: float = 1e-4) -> np.ndarray[Any, Any]:
    """d(every coefficient)/d(log weight of a PSU), by central differences of the plain weighted covariance."""
    x, w = frame[ITEMS].to_numpy(), frame["w"].to_numpy()

    def at(weight: Any) -> Any:
        return Coefficients(np.cov(x.T, aweights=weight, bias=True)).values()

    rows = []
    for psu in psus:
        here = (frame["psu"] == psu).to_numpy()
        ends = [at(np.where(here, w * (1 + h), w)) for h in (step, -step, 2 * step, -2 * step)]
        rows.append((8 * (ends[0] - ends[1]) - (ends[2] - ends[3])) / (12 * step))
    return np.array(rows)


def test_every_error_is_that_of_the_numeric_derivative() -> None:
    """The linearised variance with scores d(coefficient)/d(log w) summed over a PSU, centred in strata, in 15 plain lines."""
    complete = answers().dropna(subset=ITEMS)
    places = answers()[["stratum", "psu"]].drop_duplicates()
    z = slopes_by_psu(complete, places["psu"].tolist())
    total = np.zeros(z.shape[1])
    for _, at in places.reset_index(drop=True).groupby("stratum").groups.items():
        part = z[list(at)]
        if len(part) > 1:
            total += len(part) / (len(part) - 1) * ((part - part.mean(axis=0)) ** 2).sum(axis=0)
    assert weighted().joint.se == pytest.approx(np.sqrt(total), rel=2e-7)
    assert weighted().joint.names[:5] == tuple(f"{c}" for c, _ in names(ITEMS)[:5])


def test_alphas_derivative_is_exact() -> None:
    """The influence of a person, k/(k-1) (t/v^2 d_v - d_t/v), through a design where each person is a PSU."""
    complete = answers().dropna(subset=ITEMS).reset_index(drop=True)
    x, n = complete[ITEMS].to_numpy(), len(complete)
    d = x - x.mean(axis=0)
    S = d.T @ d / n
    t, v = np.trace(S), S.sum()
    influence = 6 / 5 * (t / v**2 * (d.sum(axis=1) ** 2 - v) - ((d**2).sum(axis=1) - t) / v) / n
    expected = math.sqrt(n / (n - 1) * float(influence @ influence))
    found = reliability(complete, PEOPLE, ITEMS)
    assert found.alpha.se == pytest.approx(expected, rel=1e-12)
    assert found.alpha.df == n - 1


def test_bonetts_interval_for_normal_items_is_near_ours() -> None:
    """Bonett (2002): Var(log(1 - alpha)) = 2k/((k - 1)(n - 2)) for parallel normal items; ours assumes neither."""
    rng = np.random.default_rng(1)
    n, k = 4000, 5
    frame = pd.DataFrame(rng.normal(size=(n, 1)) + rng.normal(size=(n, k)), columns=list("abcde"))
    found = reliability(frame, PEOPLE, list("abcde")).alpha
    assert found.se is not None
    assert found.estimate is not None
    assert found.se / (1 - found.estimate) == pytest.approx(math.sqrt(2 * k / ((k - 1) * (n - 2))), rel=0.03)


@given(st.floats(-3, 0.999), st.floats(1e-6, 3), st.floats(1, 300))
def test_limits_stay_in_range_and_hold_the_estimate(value: float, se: float, df: float) -> None:
    lower, upper, rule = bounded("alpha", value, se, df, 0.95)
    assert lower < value < upper <= 1
    assert rule == "log(1-x)"
    if abs(value) < 1:
        lower, upper, rule = bounded("item_rest", value, se, df, 0.95)
        assert -1 <= lower <= value <= upper <= 1
        assert rule == "fisher z"


def test_at_one_or_beyond_the_interval_is_plain() -> None:
    assert bounded("alpha", 1.0, 0.1, 1e6, 0.95) == pytest.approx((0.804, 1.196, "t"), abs=1e-3)
    assert bounded("item_total_corrected", 1.2, 0.1, 1e6, 0.95)[2] == "t"


def test_replicates_compute_each_coefficient_anew() -> None:
    """JKn by hand on the complete cases; alpha and omega of every replicate from the plain weighted covariance."""
    frame = answers().dropna(subset=ITEMS)
    frame = frame[frame["stratum"].isin(["S01", "S02", "S03", "S04"])].reset_index(drop=True)
    columns: dict[str, Any] = {}
    scales: list[float] = []
    for stratum, psus in frame.groupby("stratum")["psu"].unique().items():
        for psu in psus:
            left = (frame["stratum"] == stratum) & (frame["psu"] != psu)
            columns[f"r{psu}"] = np.where(frame["psu"] == psu, 0.0, np.where(left, len(psus) / (len(psus) - 1), 1.0)) * frame["w"]
            scales.append((len(psus) - 1) / len(psus))
    design = plan(weight="w", replicates=Replicates(tuple(columns), "JKn", 1.0, tuple(scales)))
    found = reliability(frame.assign(**columns), design, ITEMS)
    each = np.array([Coefficients(np.cov(frame[ITEMS].T, aweights=w, bias=True)).values() for w in columns.values()])
    expected = np.sqrt((np.array(scales)[:, None] * (each - each.mean(axis=0)) ** 2).sum(axis=0))
    assert found.joint.se == pytest.approx(expected, rel=1e-8)
    linear = reliability(frame, SURVEY, ITEMS)
    assert found.alpha.se == pytest.approx(linear.alpha.se, rel=0.1)
    assert (found.alpha.method, linear.alpha.method) == ("replicates", "linearised second moments")


def test_pairwise_uses_every_pair_of_answers() -> None:
    found = reliability(answers(), SURVEY, ITEMS, missing="pairwise")
    x, w = answers()[ITEMS].to_numpy(), answers()["w"].to_numpy()
    S = np.empty((6, 6))
    for i in range(6):
        for j in range(6):
            both = ~np.isnan(x[:, i]) & ~np.isnan(x[:, j])
            S[i, j] = np.cov(x[both][:, [i, j]].T, aweights=w[both], bias=True)[0, 1]
    assert found.covariance[0] == pytest.approx(S, rel=1e-12)
    assert found.alpha.estimate == pytest.approx(alpha(S), rel=1e-12)
    assert found.alpha.n == 1197
    complete = answers().dropna(subset=ITEMS)
    same = [reliability(complete, SURVEY, ITEMS, missing=rule).joint for rule in ("listwise", "pairwise")]  # type: ignore[arg-type]  # a literal each
    assert same[0].value == pytest.approx(same[1].value, rel=1e-12)
    assert same[0].se == pytest.approx(same[1].se, rel=1e-10)


def two_waves() -> pd.DataFrame:
    later = answers().assign(wave=2030, l1=lambda x: np.where(np.arange(len(x)) % 3 == 0, 3, x["l1"]))
    return pd.concat([answers().assign(wave=2026), later], ignore_index=True)


def test_waves_are_apart_and_their_covariance_is_known() -> None:
    """The same people twice with one item blurred: the change of alpha is far surer than its levels."""
    found = reliability(two_waves(), replace(SURVEY, wave="wave"), ITEMS)
    assert found.row("alpha", wave=2026).se == pytest.approx(weighted().alpha.se, rel=1e-12)
    assert found.row("alpha", wave=2026).df == weighted().alpha.df
    at = [found.joint.names.index(f"alpha {year}") for year in (2026, 2030)]
    change = found.joint.pick(at).linear(np.array([-1.0, 1.0]))
    assert change.value[0] == pytest.approx((found.row("alpha", wave=2030).estimate or 0) - (found.alpha.estimate or 0))
    assert change.se[0] < 0.5 * found.joint.se[at[0]]
    one = reliability(two_waves(), replace(SURVEY, wave="wave"), ITEMS, waves=(2030,))
    assert [row.wave for row in one] == [2030] * 29
    by_where = reliability(two_waves(), replace(SURVEY, wave="wave"), ITEMS, where={"wave": 2030})
    assert by_where.alpha == one.alpha


def test_a_frame_a_record_and_html() -> None:
    frame = weighted().frame
    assert len(frame) == 5 + 4 * 6
    assert frame["estimand"].nunique() == 9
    assert "alpha" in weighted()._repr_html_()
    with pytest.raises(KeyError):
        weighted().row("alpha", "l1")


# --- the factor ---------------------------------------------------------------------------------------------------------


def test_an_exact_one_factor_matrix_gives_its_loadings_back() -> None:
    loading = np.array([0.9, 0.3, 0.5, 0.7])
    found = onefactor.fit(np.outer(loading, loading) + np.diag(1 - loading**2))
    assert found is not None
    assert found.loading == pytest.approx(loading, rel=1e-9)
    assert found.unique == pytest.approx(1 - loading**2, rel=1e-9)


def test_a_heywood_case_has_no_proper_solution() -> None:
    """r12 r13 / r23 = 1.2 > 1: the first item would need a negative variance of its own."""
    R = np.array([[1, 0.8, 0.6], [0.8, 1, 0.4], [0.6, 0.4, 1.0]])
    assert onefactor.fit(R) is None
    assert onefactor.fit(R[:2, :2]) is None
    assert onefactor.fit(np.full((3, 3), math.nan)) is None


@given(st.lists(st.floats(0.2, 0.9), min_size=3, max_size=7), st.integers(0, 1000))
def test_the_factor_does_not_depend_on_the_order_of_items(loading: list[float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    common = np.array(loading)
    x = rng.normal(size=(300, 1)) * common + rng.normal(size=(300, len(common))) * np.sqrt(1 - common**2)
    R = np.corrcoef(x.T)
    order = rng.permutation(len(common))
    one, two = onefactor.fit(R), onefactor.fit(R[np.ix_(order, order)])
    assert (one is None) == (two is None)
    if one is not None and two is not None:
        assert two.loading == pytest.approx(one.loading[order], abs=1e-7)
        assert one.loading**2 + one.unique == pytest.approx(np.ones(len(common)), abs=1e-8)


# --- no answer, or only with caution ---------------------------------------------------------------------------------------


@cache
def small() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    core = rng.normal(size=40)
    made = {f"q{i}": np.round(3 + core + rng.normal(size=40)) for i in range(1, 5)}
    return pd.DataFrame({
        **made, "against": 6 - made["q4"], "flat": 3.1, "none": math.nan, "word": "x", "same": made["q1"],
        "psu": [str(i // 4) for i in range(40)], "sex": ["f", "m"] * 20, "noise": rng.normal(size=40),
    })  # fmt: skip


HAMLETS = plan(psu="psu")


@pytest.mark.parametrize(
    ("items", "options", "reason"),
    [
        (["q1", "q2", "none"], {}, NO_ANSWER),
        (["q1", "q2", "q3"], {"where": {"sex": "x"}}, NOBODY),
        (["q1", "q2", "q3"], {"where": {"psu": "1"}}, ONE_PSU),
        (["flat", "none"], {"missing": "pairwise"}, NO_ANSWER),
    ],
)
def test_a_scale_that_nobody_answered_says_why(items: list[str], options: dict[str, Any], reason: str) -> None:
    found = reliability(small(), HAMLETS, items, **options)
    assert {(row.status, row.reason, row.estimate, row.se) for row in found} == {("not_estimable", reason, None, None)}


@pytest.mark.parametrize("frame", [two_waves(), two_waves().iloc[:0]], ids=["no such wave", "no rows"])
def test_a_wave_without_people_says_so(frame: pd.DataFrame) -> None:
    found = reliability(frame, replace(SURVEY, wave="wave"), ITEMS, waves=(2099,))
    assert {(row.wave, row.status, row.reason) for row in found} == {(2099, "not_estimable", NOBODY)}
    assert len(found.frame) == 29


def test_two_items_have_alpha_and_no_factor() -> None:
    found = reliability(small(), HAMLETS, ["q1", "q2"])
    assert found.alpha.status == "ok"
    assert (found.omega.status, found.omega.reason) == ("not_estimable", NO_FACTOR)
    assert found.row("alpha_dropped", "q1").reason == NO_SPREAD
    r = float(np.corrcoef(small()["q1"], small()["q2"])[0, 1])
    assert found.row("item_rest", "q1").estimate == pytest.approx(r, rel=1e-12)
    assert found.row("alpha_standardised").estimate == pytest.approx(2 * r / (1 + r), rel=1e-12)


def test_an_item_not_turned_around_is_named_by_its_own_row() -> None:
    found = reliability(small(), HAMLETS, ["q1", "q2", "q3", "against"])
    row = found.row("item_rest", "against")
    assert row.estimate is not None
    assert row.estimate < 0
    assert (row.status, row.reason) == ("caution", REVERSED)
    assert found.row("item_rest", "q1").status == "ok"
    assert (found.row("loading", "against").estimate or 0) < 0


def test_a_negative_alpha_is_a_caution() -> None:
    found = reliability(small().assign(away=lambda x: -x["q1"] + x["noise"]), HAMLETS, ["q1", "away"])
    assert (found.alpha.status, found.alpha.reason) == ("caution", REVERSED)
    assert found.alpha.lower is not None
    assert found.alpha.estimate is not None
    assert found.alpha.lower < found.alpha.estimate < 0


def test_an_item_without_variation_keeps_alpha_and_loses_its_correlations() -> None:
    found = reliability(small(), HAMLETS, ["q1", "q2", "q3", "flat"])
    assert found.alpha.status == "caution"
    assert "everybody gave item flat the same answer" in found.alpha.reason
    three = reliability(small(), HAMLETS, ["q1", "q2", "q3"]).alpha.estimate
    S3 = (4 / 3) / (3 / 2) * (three or 0.0)
    assert found.alpha.estimate == pytest.approx(S3, rel=1e-12)
    assert found.row("item_rest", "flat").reason == NO_SPREAD
    assert found.omega.reason == NO_FACTOR


def test_items_that_cancel_or_repeat_have_no_coefficient_of_their_own() -> None:
    cancel = reliability(small(), HAMLETS, ["q4", "against"])
    assert (cancel.alpha.status, cancel.alpha.reason) == ("not_estimable", NO_SPREAD)
    repeat = reliability(small(), HAMLETS, ["q1", "same"])
    assert (repeat.alpha.status, repeat.alpha.reason) == ("not_estimable", NO_VARIANCE)
    assert repeat.row("lambda6").reason == NO_SPREAD  # no inverse


def test_few_psus_are_a_caution_and_none_left_is_a_refusal() -> None:
    few = small().assign(psu=lambda x: (x["psu"].astype(int) % 3).astype(str))
    found = reliability(few, HAMLETS, ["q1", "q2", "q3"])
    assert (found.alpha.status, found.alpha.df) == ("caution", 2)
    strata = plan(strata="psu", psu="psu")
    assert {row.reason for row in reliability(few, strata, ["q1", "q2", "q3"])} == {NO_DF}


def test_pairwise_covariances_that_contradict_each_other_are_told() -> None:
    """Three items, each pair answered by other people: correlations .9, .9 and -.9 cannot hold together."""
    rng = np.random.default_rng(0)
    parts = []
    for names_, sign in ((("a", "b"), 1), (("b", "c"), 1), (("a", "c"), -1)):
        x = rng.normal(size=60)
        parts.append(pd.DataFrame({names_[0]: x, names_[1]: sign * x + 0.2 * rng.normal(size=60)}))
    frame = pd.concat(parts, ignore_index=True)
    found = reliability(frame, PEOPLE, ["a", "b", "c"], missing="pairwise")
    assert found.alpha.status == "caution"
    assert NOT_POSITIVE in found.alpha.reason
    assert reliability(frame, PEOPLE, ["a", "b", "c"]).alpha.reason == NO_ANSWER


@pytest.mark.parametrize(
    ("items", "options", "code"),
    [
        (["q1"], {}, "STAT-061"),
        (["q1", "q1"], {}, "STAT-061"),
        (["q1", "absent"], {}, "STAT-002"),
        (["q1", "word"], {}, "STAT-009"),
        (["q1", "q2"], {"missing": "never"}, "STAT-011"),
    ],
)
def test_a_wrong_request_is_refused_with_its_code(items: list[str], options: dict[str, Any], code: str) -> None:
    with pytest.raises(BdgError) as raised:
        reliability(small(), HAMLETS, items, **options)
    assert [p.code for p in raised.value.problems] == [code]
