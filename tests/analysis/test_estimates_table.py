"""What a request answers: rows, frame, names, contrasts; covariances between domains, indicators and waves by brute force."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import estimate as through_the_door
from analysis.change import change
from analysis.design import Controls, Design, Lonely
from analysis.estimate import estimate
from analysis.estimates import Estimates, plain
from analysis.results import Row
from analysis.totals import Category
from forms.errors import BdgError
from tests.analysis import by_force

CERTAIN = Lonely("certainty", "certainty")
ONE = Design("h", "i", "w", None, CERTAIN, "design")
WAVES = replace(ONE, wave="t")


def refused(code: str, ask: Any) -> str:
    with pytest.raises(BdgError) as caught:
        ask()
    assert caught.value.problems[0].code == code
    return str(caught.value)


def wave_influence(data: pd.DataFrame, statistic: Any) -> np.ndarray:
    """Weighted influence of every row, 0 outside the wave: statistic(rows) -> estimator of those rows."""
    out = np.zeros(len(data))
    for t in sorted(set(data["t"])):
        here = (data["t"] == t).to_numpy()
        out[here] = by_force.influence(statistic(data[here]), data.loc[here, "w"].tolist())
    return out


# ---- covariances ---------------------------------------------------------------------------------------------------


@settings(max_examples=12)
@given(st.integers(0, 10**6))
def test_covariance_between_domains_and_indicators(seed: int) -> None:
    """Mean of women, mean of a township, share of men: every pair by polarisation of their people's influences."""
    data = by_force.people(seed)
    found = estimate(data, ONE, ["y", "yes"], by=(("sex",), ("area",)))
    at = {name: i for i, name in enumerate(found.joint.names)}
    parts = {}
    for name, column, group, code in (
        ("y sex=f", "y", "sex", "f"),
        ("y area=t", "y", "area", "t"),
        ("yes sex=m", "yes", "sex", "m"),
    ):
        if name in at:
            parts[name] = by_force.influence(by_force.mean(data[column], data[group] == code), data["w"].tolist())
    for a, u in parts.items():
        for b, v in parts.items():
            wanted = by_force.covariance(u, v, data["h"], data["i"])
            assert found.vcov[at[a], at[b]] == pytest.approx(wanted, rel=1e-6, abs=1e-12), (a, b)


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_covariance_between_waves_of_different_indicators_and_domains(seed: int) -> None:
    """Women's mean of 1 with men's share of 2: each wave about its own strata, common PSUs only."""
    data = by_force.people(seed, waves=(1, 2), keep=0.7)
    found = estimate(data, WAVES, ["y", "yes"], by="sex")
    u, v = np.zeros(len(data)), np.zeros(len(data))
    for t, column, sex, out in ((1, "y", "f", u), (2, "yes", "m", v)):
        here = (data["t"] == t).to_numpy()
        one = data[here]
        out[here] = by_force.influence(by_force.mean(one[column], one["sex"] == sex), one["w"].tolist())
    e = []
    for t, part in ((1, u), (2, v)):
        here = (data["t"] == t).to_numpy()
        z = data[here].assign(u=part[here]).groupby(["h", "i"])["u"].sum()
        n = z.groupby("h").transform("size")
        e.append((np.sqrt(n / (n - 1)) * (z - z.groupby("h").transform("mean"))).droplevel("h"))
    wanted = float((e[0] * e[1]).dropna().sum())
    a, b = found.joint.names.index("y sex=f 1"), found.joint.names.index("yes sex=m 2")
    assert found.vcov[a, b] == pytest.approx(wanted, rel=1e-6, abs=1e-12)


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_contrasts_and_functions_are_estimators_of_their_own(seed: int) -> None:
    """A difference of domains, and a ratio of means: the same as perturbing the whole expression."""
    data = by_force.people(seed)
    found = estimate(data, ONE, "y", by="sex")
    women, men = (by_force.mean(data["y"], data["sex"] == s) for s in "fm")
    cases: list[tuple[Any, Any]] = [
        ({"y sex=f": 1.0, "y sex=m": -1.0}, lambda w: women(w) - men(w)),
        ([2.0, -0.5], lambda w: 2 * women(w) - men(w) / 2),
        (lambda v: v[0] / v[1], lambda w: women(w) / men(w)),
        (lambda v: np.log(v[0] / v[1]), lambda w: np.log(women(w) / men(w))),
    ]
    for asked, statistic in cases:
        made = found.contrast(asked, "it")
        u = by_force.influence(statistic, data["w"].tolist())
        assert made.names == ("it",)
        assert made.value[0] == pytest.approx(statistic(data["w"].to_numpy()))
        assert made.se[0] == pytest.approx(by_force.variance(u, data["h"], data["i"]) ** 0.5, rel=1e-6)


def test_a_difference_in_differences() -> None:
    """Of changes, of levels, and by brute force: (women 2 - women 1) - (men 2 - men 1)."""
    data = by_force.people(3, waves=(1, 2), keep=0.6)
    moved = change(data, WAVES, "y", wave=2, base=1, by="sex", reading="points").contrast({"y sex=f": 1, "y sex=m": -1})
    signs = {"y sex=f 2": 1, "y sex=f 1": -1, "y sex=m 2": -1, "y sex=m 1": 1}
    levels = estimate(data, WAVES, "y", by="sex").contrast(signs)
    assert (moved.value[0], moved.se[0]) == (pytest.approx(levels.value[0]), pytest.approx(levels.se[0]))
    assert moved.df == levels.df

    def women_less_men(d: pd.DataFrame) -> Any:
        women, men = (by_force.mean(d["y"], d["sex"] == s) for s in "fm")
        sign = 1 if d["t"].iloc[0] == 2 else -1
        return lambda w: sign * (women(w) - men(w))

    u = wave_influence(data, women_less_men)
    z = data.assign(u=u).groupby(["t", "h", "i"])["u"].sum()
    n = z.groupby(["t", "h"]).transform("size")
    e = (np.sqrt(n / (n - 1)) * (z - z.groupby(["t", "h"]).transform("mean"))).groupby("i").sum()
    assert moved.se[0] == pytest.approx(float((e**2).sum()) ** 0.5, rel=1e-6)


def test_the_degrees_of_freedom_of_a_contrast_are_those_of_what_it_uses() -> None:
    data = by_force.people(4)
    data["where"] = np.where(data["h"] == "S0", "a", "b")
    found = estimate(data, replace(ONE, df_rule="domain"), "y", by=((), ("where",)))
    assert [r.df for r in found] == [9, 3, 6]
    assert found.contrast({"y where=a": 1.0}).df == 3
    assert found.contrast({"y where=b": 1.0, "y": 0.0}).df == 6
    assert found.contrast({"y where=a": 1.0, "y where=b": -1.0}).df == 9
    assert estimate(data, ONE, "y", by="where").contrast([1.0, 0.0]).df == 9


def test_degrees_of_freedom_given_by_hand_are_those_of_everything_made_of_the_levels() -> None:
    found = estimate(by_force.people(4, waves=(1, 2, 3)), WAVES, "y", by="sex", df=17)
    assert {r.df for r in found} == {17}
    assert found.contrast({"y sex=f 1": 1.0, "y sex=m 1": -1.0}).df == 17
    assert {line.df for _, line in found.trend() if line} == {17}


# ---- names, rows and frames -----------------------------------------------------------------------------------------


def test_order_of_rows_and_names() -> None:
    """By variable, grouping, domain, then wave."""
    data = by_force.people(5, waves=(2026, 2030))
    found = estimate(data, WAVES, ["y", "yes"], by=((), ("sex",)))
    assert found.joint.names == (
        "y 2026", "y 2030", "y sex=f 2026", "y sex=f 2030", "y sex=m 2026", "y sex=m 2030",
        "yes 2026", "yes 2030", "yes sex=f 2026", "yes sex=f 2030", "yes sex=m 2026", "yes sex=m 2030",
    )  # fmt: skip
    assert [(r.indicator, r.domain, r.wave) for r in found][3] == ("y", (("sex", "f"),), 2030)
    assert found.joint.value.tolist() == [r.estimate for r in found]
    assert found.joint.se == pytest.approx([r.se for r in found])


def test_it_is_a_sequence_of_rows() -> None:
    data = by_force.people(6)
    found = through_the_door(data, ONE, "y", by="area")
    assert isinstance(found, Estimates)
    assert (len(found), len(found.rows), found[0], found[-1]) == (3, 3, found.rows[0], found.rows[2])
    assert list(found) == list(found.rows)
    assert [r.domain for r in found[1:]] == [r.domain for r in found.rows[1:]]
    assert all(isinstance(r, Row) for r in found)
    assert all(type(r.estimate) is float and type(r.n) is int for r in found)


def test_the_frame_is_tidy() -> None:
    """A column for each grouping, units and method beside the numbers, nothing that is blank everywhere."""
    data = by_force.people(7, waves=(1, 2))
    frame = estimate(data, WAVES, "yes", by=((), ("sex",), ("sex", "area")), stat="proportion").frame
    assert list(frame.columns[:5]) == ["indicator", "sex", "area", "wave", "estimand"]
    assert {
        "estimate",
        "se",
        "lower",
        "upper",
        "df",
        "n",
        "psus",
        "strata",
        "unit",
        "interval",
        "deff",
        "status",
        "design",
    } <= set(frame.columns)
    assert "base_wave" not in frame.columns
    assert frame["sex"].isna().sum() == 2
    assert set(frame["unit"]) == {"percent"}
    moved = change(data, WAVES, "y", wave=2, base=1).frame
    assert {"base_wave", "se_independent", "p_value", "method"} <= set(moved.columns)
    assert "<table" in estimate(data, WAVES, "y")._repr_html_()


@pytest.mark.parametrize("stat", ["mean", "quantile"])
def test_nothing_asked_of_is_an_empty_table_and_no_trace(stat: Any) -> None:
    data = by_force.people(8)
    for found in (
        estimate(data.iloc[:0], ONE, "y", stat=stat),
        estimate(data, ONE, "y", where={"sex": "x"}, by="area", stat=stat),
    ):
        assert (len(found), found.rows, len(found.frame)) == (0, (), 0)
        assert "<table" in found._repr_html_()


def test_numbers_of_a_row_are_pythons() -> None:
    assert plain(np.array([1.0, np.nan])) == [1.0, None]
    assert plain(np.array([1, 2])) == [1, 2]
    assert plain(["a", None]) == ["a", None]


# ---- the request ---------------------------------------------------------------------------------------------------


def test_codes_of_a_condition_may_be_numbers() -> None:
    """1, 1.0 and '1' are one code, as in the domains of the rows."""
    data = by_force.people(9).assign(g=lambda d: d["yes"].astype(float), h2=1)
    wanted = estimate(data, ONE, "y", where={"yes": "1"})[0]
    for code in (1, 1.0, "1", np.int64(1), np.float64(1.0)):
        for column in ("yes", "g"):
            (row,) = estimate(data, ONE, "y", where={column: code})  # type: ignore[dict-item]  # codes as a notebook has them
            assert (row.estimate, row.n, row.domain) == (wanted.estimate, wanted.n, ((column, "1"),))


def test_truths_are_codes_one_and_nought_from_sums_and_from_persons() -> None:
    """A boolean column, plain or nullable: the same domains whichever way the design takes."""
    data = by_force.people(9).assign(base=lambda d: d["w"], is_yes=lambda d: d["yes"] == 1)
    data["maybe"] = data["is_yes"].astype("boolean")
    calibrated = replace(ONE, controls=(Controls("greg", ("x",), "base"),))
    wanted = [(r.n, dict(r.domain)["yes"]) for r in estimate(data, ONE, "y", by="yes")]
    for design in (ONE, calibrated):
        for column in ("is_yes", "maybe"):
            assert [(r.n, dict(r.domain)[column]) for r in estimate(data, design, "y", by=column)] == wanted
            for code in (True, np.True_, 1, "1"):
                assert estimate(data, design, "y", where={column: code})[0].n == wanted[1][0]  # type: ignore[dict-item]  # as above
            shares = estimate(data, design, [column, "yes"], stat="proportion")
            assert shares[0].estimate == pytest.approx(shares[1].estimate)


def test_a_single_name_is_a_grouping() -> None:
    data = by_force.people(10)
    assert [r.domain for r in estimate(data, ONE, "y", by="area")] == [r.domain for r in estimate(data, ONE, "y", by=("area",))]


def test_a_pair_is_a_ratio_and_nothing_else() -> None:
    """A tuple of columns is no list of columns: the mean of the first alone would be printed under both names."""
    data = by_force.people(11)
    assert "stat='ratio'" in refused("STAT-011", lambda: estimate(data, ONE, ("y", "x")))
    assert "numerator" in refused("STAT-011", lambda: estimate(data, ONE, "y", stat="ratio"))
    assert refused("STAT-011", lambda: change(data.assign(t=1), WAVES, ("y", "x"), wave=1, base=1))
    assert len(estimate(data, ONE, ["y", "x"])) == 2
    assert estimate(data, ONE, ("y", "x"), stat="ratio")[0].indicator == "y/x"


@pytest.mark.parametrize("confidence", [95, 0, 1, -0.5, float("nan")])
def test_the_confidence_is_a_share(confidence: float) -> None:
    data = by_force.people(12, waves=(1, 2))
    assert "0.95" in refused("STAT-011", lambda: estimate(data, WAVES, "y", confidence=confidence))
    refused("STAT-011", lambda: change(data, WAVES, "y", wave=2, base=1, confidence=confidence))


def test_a_wave_that_is_not_there() -> None:
    data = by_force.people(13, waves=(2026, 2030))
    assert "2031" in refused("STAT-008", lambda: estimate(data, WAVES, "y", waves=(2026, 2031)))
    refused("STAT-008", lambda: change(data, WAVES, "y", wave=2034, base=2026))
    assert [r.wave for r in estimate(data, WAVES, "y", waves=(2030,))] == [2030]


@pytest.mark.parametrize("argument", ["stat", "missing", "interval", "unit"])
def test_a_choice_that_is_none(argument: str) -> None:
    text = refused("STAT-011", lambda: estimate(by_force.people(14), ONE, "yes", **{argument: "magic"}))  # type: ignore[arg-type]  # no such choice
    assert argument in text
    assert "magic" in text


def test_contrasts_that_cannot_be() -> None:
    found = estimate(by_force.people(15), ONE, "y", by="sex")
    assert "y sex=f" in refused("STAT-011", lambda: found.contrast({"women": 1.0}))
    assert "2 weights" in refused("STAT-011", lambda: found.contrast([1.0, 0.0, -1.0]))
    quantiles = estimate(by_force.people(15), ONE, "y", stat="quantile")
    assert "quantile" in refused("STAT-014", lambda: quantiles.vcov)


def test_categories_are_their_columns_of_nought_and_one() -> None:
    """A text column under proportion, a Category, and a 0/1 column are one estimate, with the same covariance."""
    data = by_force.people(16)
    data.loc[3, "area"] = None
    ones = data.assign(**{f"area_{c}": np.where(data["area"].isna(), np.nan, data["area"] == c) for c in "rtu"}).astype(
        {f"area_{c}": float for c in "rtu"}
    )
    text = estimate(data, ONE, "area", stat="proportion", by=((), ("sex",)))
    named = estimate(data, ONE, [Category("area", c) for c in "rtu"], stat="proportion", by=((), ("sex",)))
    plain_ = estimate(ones, ONE, [f"area_{c}" for c in "rtu"], stat="proportion", by=((), ("sex",)))
    for a, b, c in zip(text, named, plain_, strict=True):
        assert (a.estimate, a.se, a.lower, a.n, a.category) == (b.estimate, b.se, b.lower, b.n, b.category)
        assert (a.estimate, a.se, a.lower, a.n) == pytest.approx((c.estimate, c.se, c.lower, c.n), rel=1e-11)
        assert a.n_missing["missing"] == c.n_missing["missing"]
    assert text.vcov == pytest.approx(plain_.vcov, rel=1e-9, abs=1e-12)
    assert sum(r.estimate or 0 for r in text if not r.domain) == pytest.approx(100)
    wide = text.contrast({f"area={c}": 1.0 for c in "rtu"})
    assert wide.se[0] == pytest.approx(0, abs=1e-12)


def test_listwise_is_the_people_who_answered_everything() -> None:
    data = by_force.people(17)
    rng = np.random.default_rng(17)
    data["y"], data["x"] = data["y"].mask(rng.random(len(data)) < 0.2), data["x"].mask(rng.random(len(data)) < 0.2)
    both = data["y"].notna() & data["x"].notna()
    found = estimate(data, ONE, ["y", "x"], missing="listwise", by="sex")
    blank = estimate(data.assign(y=data["y"].where(both), x=data["x"].where(both)), ONE, ["y", "x"], by="sex")
    for a, b in zip(found, blank, strict=True):
        assert (a.estimate, a.se, a.n, a.n_missing) == (b.estimate, b.se, b.n, b.n_missing)
    alone = estimate(data, ONE, ["y", "x"], by="sex")
    assert sum(r.n for r in alone) > sum(r.n for r in found)
    assert all(r.n + r.n_missing["missing"] == s.n + s.n_missing["missing"] for r, s in zip(found, alone, strict=True))
    for stat in ("total", "variance"):
        listed, blanked = (
            estimate(d, ONE, ["y", "x"], missing=m, stat=stat)[0].estimate  # type: ignore[arg-type]  # names of stats
            for d, m in ((data, "listwise"), (data.assign(y=data["y"].where(both)), "variable"))
        )
        assert listed == pytest.approx(blanked)
