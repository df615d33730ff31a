"""Levels agree with R survey at 1e-9, with the slow oracle, and say so when they cannot be given."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import intervals
from analysis.backends import frame_source
from analysis.design import Design, Lonely, LonelyRule
from analysis.estimate import estimate
from analysis.results import Row
from forms.errors import BdgError
from tests import oracle
from tests.reference import cases

TIGHT: dict[str, float] = {"rel": 1e-9, "abs": 1e-13}


def design(df_rule: str = "design", lonely: LonelyRule = "certainty", sampled: Any = None, **names: str) -> Design:
    columns = {"strata": "stratum", "psu": "psu", "weight": "w", "wave": "wave", **names}
    return Design(**columns, lonely=Lonely(lonely, lonely), df_rule=df_rule, sampled=sampled)


def rows_of(entry: dict[str, Any], lonely: LonelyRule = "certainty", df_rule: str = "design", **options: Any) -> list[Row]:
    """Our rows in the order of R's names."""
    what = entry["estimand"] or {}
    stat = "mean"
    if "total" in entry["stat"]:
        stat = "total"
    y: Any = what.get("y")
    if "ratio" in entry["stat"]:
        stat, y = "ratio", ("hours", "care")
    if "prop" in entry["stat"]:
        stat = "proportion"
    wave = 2030 if entry["design_object"] == "w30" else 2026
    by = what.get("by", [])
    options = {"stat": stat, "unit": "ratio" if stat == "proportion" else None, "waves": (wave,), **options}
    found = estimate(cases.data("synth2w"), design(df_rule, lonely), y, by=by, **options)
    groups = entry["result"].get("groups")
    if not groups:
        return list(found)
    at = {tuple(dict(row.domain)[name] for name in by): row for row in found}
    return [at[key] for key in zip(*(groups[name] for name in by), strict=True)]


def check(rows: list[Row], result: dict[str, Any]) -> int:
    """Estimate, SE, df and t limits against R; returns how many rows R could estimate."""
    compared = 0
    for i, row in enumerate(rows):
        if row.status == "not_estimable":
            # R: 1e-17 for the mean of a domain in one PSU; for its total a figure that rests on one place
            assert row.psus == 1
            assert row.estimate is row.se is row.lower is None
            continue
        assert row.estimate == pytest.approx(result["estimate"][i], **TIGHT)
        assert row.se == pytest.approx(result["se"][i], **TIGHT)
        assert row.df == result["df"]
        assert [row.lower, row.upper] == pytest.approx(result["ci_t"][i], **TIGHT)
        compared += 1
    return compared


@pytest.mark.parametrize("entry", cases.results("synth2w", "mean", "total", "ratio", "by_mean", "by_total"), ids=cases.name_of)
def test_levels_equal_r(entry: dict[str, Any]) -> None:
    rows = rows_of(entry)
    assert check(rows, entry["result"]) >= len(rows) - 1
    for row, wanted in zip(rows, entry["result"].get("deff", []), strict=False):
        if row.status == "not_estimable":
            continue
        weights = cases.data("synth2w").query("wave == 2026").dropna(subset=[entry["estimand"]["y"]])
        for name, code in row.domain:
            weights = weights[weights[name] == code]
        population = weights["w"].sum()
        factor = 1.0 if 'deff="replace"' in entry["r_call"] else population / (population - row.n)
        assert row.deff is not None
        assert row.deff * factor == pytest.approx(wanted, **TIGHT)


@pytest.mark.parametrize("entry", cases.results("synth2w", "domain_df"), ids=cases.name_of)
def test_domain_rule_counts_the_psus_and_strata_that_hold_the_domain(entry: dict[str, Any]) -> None:
    by = entry["estimand"]["by"]
    rows = estimate(cases.data("synth2w"), design("domain"), "aware", by=by, waves=(2026,))
    names = [".".join(dict(row.domain)[name] for name in by) for row in rows]
    assert [row.df for row in rows] == [
        dict(zip(entry["result"]["names"], entry["result"]["value"], strict=True))[n] for n in names
    ]
    assert [row.psus - row.strata for row in rows] == [row.df for row in rows]


def test_shares_of_categories_equal_r() -> None:
    (entry,) = cases.results("synth2w", "prop")
    data = cases.data("synth2w")
    shares = data.assign(
        **{f"factor({c}){level}": (data[c] == level).astype(int) for c in ("edu", "ethnic") for level in data[c].unique()}
    )
    source = frame_source(shares, design())
    for name, value, se in zip(entry["result"]["names"], entry["result"]["estimate"], entry["result"]["se"], strict=True):
        (row,) = estimate(source, design(), name, stat="proportion", waves=(2026,))
        assert (row.unit, row.estimate, row.se) == (
            "percent",
            pytest.approx(100 * value, **TIGHT),
            pytest.approx(100 * se, **TIGHT),
        )


@pytest.mark.parametrize("entry", cases.results("synth2w", "by_prop_ci"), ids=cases.name_of)
def test_logit_limits_by_domain_equal_r(entry: dict[str, Any]) -> None:
    """R's limits come out of an iterated glm; they agree to its convergence."""
    for i, row in enumerate(rows_of(entry, df_rule="domain")):
        if row.status == "not_estimable":
            assert row.df < 1
            continue
        assert row.interval == "logit"
        if "NaN" in (limits := [side[i] for side in entry["result"]["limits"]]):
            assert row.df == 1  # R 4.1-1 gives 0 and NaN for two PSUs in one stratum; ours is wide, not absent
            continue
        assert [row.lower, row.upper] == pytest.approx(limits, rel=1e-7)


@pytest.mark.parametrize(
    "entry", cases.results("synth2w", "lonely_mean", "lonely_total", "lonely_by", "lonely_ratio"), ids=cases.name_of
)
def test_lonely_rules_equal_r(entry: dict[str, Any]) -> None:
    rule = entry["estimand"]["lonely"]
    if "error" in entry["result"]:
        with pytest.raises(BdgError, match="S12") as caught:
            rows_of(entry, rule)
        assert caught.value.problems[0].code == "STAT-001"
    else:
        rows = rows_of(entry, rule)
        assert check(rows, entry["result"]) == len(rows)


def test_what_r_gives_for_one_psu_or_nobody_is_not_estimable_here() -> None:
    (alone,) = cases.results("synth2w", "domain_one_psu")
    (absent,) = cases.results("synth2w", "domain_absent")
    assert alone["result"]["se"][0] < 1e-12
    assert absent["result"]["estimate"] == [0]
    for rule in ("domain", "design"):
        xo = estimate(cases.data("synth2w"), design(rule), "score", where={"ethnic": "Xo"}, waves=(2026,))[0]
        assert (xo.status, xo.n, xo.psus, xo.estimate, xo.se, xo.lower) == ("not_estimable", 4, 1, None, None, None)
        assert "một địa bàn" in xo.reason
    dao = [r for r in estimate(cases.data("synth2w"), design(), "score", by=("ethnic",)) if r.domain == (("ethnic", "Dao"),)]
    assert [(r.wave, r.status) for r in dao] == [(2026, "ok"), (2030, "not_estimable")]
    assert "không có người nào" in dao[1].reason


SCHOOLS = {
    "apistrat": Design("stype", None, "pw", None, Lonely("fail", "fail"), "design", fpc=("fpc",)),
    "apiclus1": Design(None, "dnum", "pw", None, Lonely("fail", "fail"), "design", fpc=("fpc",)),
}


@pytest.mark.parametrize("name", SCHOOLS)
def test_public_data_equal_r_with_its_finite_population_correction(name: str) -> None:
    """R: svydesign(id=~1, strata=~stype, weights=~pw, fpc=~fpc), svydesign(id=~dnum, weights=~pw, fpc=~fpc)."""
    compared = 0
    for entry in cases.results(name, "mean", "by_mean", "ratio", "by_total"):
        what, result = entry["estimand"], entry["result"]
        by = what.get("by", [])
        stat: Any = {"ratio": "ratio", "by_total": "total"}.get(entry["stat"], "mean")
        y: Any = [("api00", "enroll")] if stat == "ratio" else list(what["y"])
        found = estimate(cases.data(name), SCHOOLS[name], y, by=by, stat=stat, missing="listwise", deff=what.get("deff", "wr"))
        for row, value, se in zip(found, result["estimate"], result["se"], strict=True):
            assert (row.estimate, row.se, row.df) == (pytest.approx(value, **TIGHT), pytest.approx(se, **TIGHT), result["df"])
            compared += 1
        if result.get("vcov"):
            assert found.vcov == pytest.approx(np.array(result["vcov"]), rel=1e-9, abs=1e-9)
    assert compared >= 12


def test_a_psu_with_nobody_in_the_domain_still_counts() -> None:
    """Leaving it out would pretend that fewer places had been drawn: 0.5 instead of 0.4330."""
    data = pd.DataFrame(
        {"wave": 2026, "stratum": "A", "psu": ["1", "2", "3"], "w": 10.0, "sex": ["f", "f", "m"], "reads": [1, 0, 1]}
    )
    (row,) = estimate(data, design(), "reads", where={"sex": "f"})
    assert (row.estimate, row.se) == (0.5, pytest.approx(math.sqrt(3) / 4, rel=1e-12))
    (mistake,) = estimate(data[data["sex"] == "f"], design(), "reads", where={"sex": "f"})
    assert mistake.se == pytest.approx(0.5, rel=1e-12)
    drawn = tuple((2026, "A", i) for i in "123")
    (mended,) = estimate(data[data["sex"] == "f"], design(sampled=drawn), "reads", where={"sex": "f"})
    assert mended.se == row.se


def test_the_classic_mistake_differs_on_the_reference_data() -> None:
    """Filtering before the design: PSUs without a Hmong person vanish, and the SE with them."""
    data = cases.data("synth2w")
    entry = next(e for e in cases.results("synth2w", "by_mean") if e["estimand"]["by"] == ["ethnic"])
    at = entry["result"]["names"].index("Hmong")
    (mistake,) = estimate(data[data["ethnic"] == "Hmong"], design("design", "certainty"), "aware", waves=(2026,))
    assert mistake.estimate == pytest.approx(entry["result"]["estimate"][at], **TIGHT)
    assert mistake.se != pytest.approx(entry["result"]["se"][at], rel=1e-2)


def test_nobody_answered_is_not_the_same_as_nobody_there() -> None:
    data = cases.data("synth2w").assign(silent=np.nan, silent__why="refused")
    (row, later) = estimate(data, design(), "silent", stat="proportion")
    assert (row.status, row.n, row.n_missing["refused"]) == ("not_estimable", 0, 1197)
    assert "không ai trả lời" in row.reason
    assert later.status == "not_estimable"


def test_zero_and_all_successes_have_an_interval_of_some_width() -> None:
    data = cases.data("synth2w").assign(full=100)
    none, _ = estimate(data, design(), "zero", stat="proportion")
    full, _ = estimate(data, design(), "full", stat="proportion")
    assert (none.estimate, none.lower, none.se, none.interval, none.status) == (0.0, 0.0, None, "korn_graubard", "caution")
    assert (full.estimate, full.upper, full.status) == (100.0, 100.0, "caution")
    assert none.upper is not None
    assert full.lower is not None
    assert 0.25 < none.upper < 1.0
    assert none.upper == pytest.approx(100 - full.lower, rel=1e-9)
    (flat, _) = estimate(data, design(), "full")
    assert (flat.status, flat.estimate) == ("not_estimable", None)


def test_an_extreme_share_uses_the_weights_effective_size() -> None:
    data = cases.data("synth2w")
    (none,) = estimate(data, design(), "zero", stat="proportion", waves=(2026,))
    w = data.loc[data["wave"] == 2026, "w"]
    wanted = intervals.korn_graubard(0.0, w.sum() ** 2 / (w**2).sum(), len(w), 61)
    assert none.upper == pytest.approx(100 * wanted.upper, rel=1e-9)


@pytest.mark.parametrize("rule", ["t", "logit", "wilson", "korn_graubard"])
def test_the_interval_asked_for_is_the_one_given(rule: Any) -> None:
    data = cases.data("synth2w")
    (row,) = estimate(data, design(), "aware", stat="proportion", unit="ratio", waves=(2026,), interval=rule)
    assert row.estimate is not None
    assert row.se is not None
    p, size = row.estimate, row.estimate * (1 - row.estimate) / row.se**2
    wanted = {
        "t": intervals.t_interval(p, row.se, 61),
        "logit": intervals.logit(p, row.se, 61),
        "wilson": intervals.wilson(p, size, 61),
        "korn_graubard": intervals.korn_graubard(p, size, row.n, 61),
    }[rule]
    assert (row.interval, row.lower, row.upper) == (rule, pytest.approx(wanted.lower), pytest.approx(wanted.upper))


def test_a_statistic_that_does_not_exist() -> None:
    with pytest.raises(BdgError) as caught:
        estimate(cases.data("synth2w"), design(), "aware", stat="median")
    assert caught.value.problems[0].code == "STAT-011"


def test_percent_and_share_are_one_estimate() -> None:
    data = cases.data("synth2w")
    data = data.assign(hundred=data["aware"] * 100)
    share = estimate(data, design(), "aware", stat="proportion", unit="ratio")
    for y in ("aware", "hundred"):
        for small, row in zip(share, estimate(data, design(), y, stat="proportion"), strict=True):
            assert [row.estimate, row.se, row.lower, row.upper] == pytest.approx(
                [100 * v for v in (small.estimate, small.se, small.lower, small.upper)], rel=1e-12
            )
            assert row.deff == pytest.approx(small.deff, rel=1e-9)
    with pytest.raises(BdgError) as caught:
        estimate(data, design(), "score", stat="proportion")
    assert caught.value.problems[0].code == "STAT-006"


def test_few_psus_are_a_caution_and_none_to_spare_is_not_estimable() -> None:
    data = pd.DataFrame({"wave": 2026, "stratum": list("AAABBB"), "psu": list("123456"), "w": 1.0, "y": [1.0, 2, 4, 3, 7, 5]})
    (row,) = estimate(data, design("domain"), "y")
    assert (row.status, row.df) == ("caution", 4.0)
    assert "bậc tự do 4" in row.reason
    (none,) = estimate(data.iloc[[0, 3]], design("domain"), "y")
    assert (none.status, none.df) == ("not_estimable", 0.0)


def test_statsmodels_cluster_robust_regression_on_a_constant() -> None:
    """One stratum: WLS on a constant with cluster-robust covariance is the same variance by another road."""
    wls = statsmodels.api.WLS
    data = cases.data("synth2w").query("wave == 2026").dropna(subset=["score"]).assign(stratum="one")
    fit = wls(data["score"], np.ones(len(data)), weights=data["w"]).fit()
    groups = pd.factorize(data["psu"])[0]
    robust = fit.get_robustcov_results("cluster", groups=groups, use_correction=False)
    n = groups.max() + 1
    (row,) = estimate(data, design(), "score")
    assert row.estimate == pytest.approx(float(fit.params.iloc[0]), rel=1e-11)
    assert row.se == pytest.approx(float(robust.bse[0]) * math.sqrt(n / (n - 1)), rel=1e-10)


# ---------------------------------------------------------------- against the oracle, on random small surveys


def survey(seed: int) -> tuple[list[dict[str, Any]], tuple[tuple[int, str, str], ...]]:
    """A random two-wave sample: PSUs may change stratum, have nobody, or stand alone in their stratum."""
    rng = np.random.default_rng(seed)
    sampled, people = [], []
    for wave in (2026, 2030):
        for i in range(rng.integers(6, 14)):
            if rng.random() < 0.3:
                continue
            stratum = f"S{(i + (wave == 2030 and rng.random() < 0.15)) % 3}"
            sampled.append((wave, stratum, f"P{i:02d}"))
            for _ in range(rng.integers(0, 6)):
                y = float(rng.normal(50 + 3 * (i % 4), 10))
                sex = "fm"[rng.integers(2)]
                people.append(
                    {"wave": wave, "stratum": stratum, "psu": f"P{i:02d}", "w": float(rng.uniform(1, 30)), "sex": sex,
                     "y": None if rng.random() < 0.1 else y, "x": float(rng.uniform(1, 5))}
                )  # fmt: skip
    return people, tuple(sampled)


def frame(people: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(people, columns=["wave", "stratum", "psu", "w", "sex", "y", "x"]).astype(
        {"wave": int, "w": float, "y": float, "x": float}
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["mean", "total", "ratio"]), st.sampled_from(["all", "f", "m"]))
def test_levels_equal_the_oracle(seed: int, stat: str, sex: str) -> None:
    people, sampled = survey(seed)
    where = {} if sex == "all" else {"sex": sex}
    inside = oracle.everybody if sex == "all" else (lambda p: p["sex"] == sex)
    y: Any = ("y", "x") if stat == "ratio" else "y"
    x, total = ("x" if stat == "ratio" else None), stat == "total"
    for row in estimate(frame(people), design("domain", sampled=sampled), y, where=where, stat=stat):
        if row.n == 0 or row.status == "not_estimable":
            continue
        z = oracle.scores(people, sampled, row.wave, "y", x, total=total, inside=inside)
        assert row.estimate == pytest.approx(oracle.estimate(people, row.wave, "y", x, total=total, inside=inside), rel=1e-11)
        assert row.se == pytest.approx(math.sqrt(oracle.variance(z)), rel=1e-9)
        assert row.df == oracle.df(people, row.wave, "y", inside)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.01, 1000), st.floats(-100, 100), st.randoms(use_true_random=False))
def test_weights_units_names_and_order_do_not_matter(seed: int, scale: float, shift: float, random: Any) -> None:
    people, sampled = survey(seed)
    before = estimate(frame(people), design(sampled=sampled), "y", by=("sex",))
    names = {
        i: f"Q{n:02d}" for n, i in enumerate(random.sample(sorted({i for _, _, i in sampled}), len({i for _, _, i in sampled})))
    }
    other = [
        {**p, "psu": names[p["psu"]], "w": p["w"] * scale, "y": None if p["y"] is None else 2 * p["y"] + shift} for p in people
    ]
    random.shuffle(other)
    drawn = tuple((t, h, names[i]) for t, h, i in sampled)
    after = estimate(frame(other), design(sampled=drawn), "y", by=("sex",))
    for a, b in zip(before, after, strict=True):
        assert (a.domain, a.wave, a.n, a.psus, a.df, a.status) == (b.domain, b.wave, b.n, b.psus, b.df, b.status)
        if a.estimate is not None and a.se is not None:
            assert b.estimate == pytest.approx(2 * a.estimate + shift, rel=1e-9, abs=1e-9)
            assert b.se == pytest.approx(2 * a.se, rel=1e-8)
            assert b.deff == pytest.approx(a.deff, rel=1e-6)
