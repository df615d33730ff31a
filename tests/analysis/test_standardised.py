"""The change standardised to the base wave's composition: by hand, by brute force over both waves' weights, and its edges."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.change import change
from analysis.design import Design, Lonely, Replicates
from analysis.standardised import standardised
from analysis.weighting.calibration import calibrate
from forms.errors import BdgError
from tests.analysis import by_force

CERTAIN = Lonely("certainty", "certainty")
WAVES = Design("h", "i", "w", "t", CERTAIN, "design")


def theta(data: pd.DataFrame, over: list[str]) -> Any:
    """Weights -> sum of P_c m_c - m, cell by cell; an empty later cell takes those that agree on all but the last columns."""
    known = data[["y", *over]].notna().all(axis=1).to_numpy()
    base, now = known & (data["t"] == 1).to_numpy(), known & (data["t"] == 2).to_numpy()
    y = data["y"].fillna(0).to_numpy()
    pairs = []
    for key in {tuple(row) for row in data.loc[base, over].to_numpy().tolist()}:
        same = [(data[name] == code).to_numpy() for name, code in zip(over, key, strict=True)]
        for depth in range(len(key), -1, -1):
            near = now & np.logical_and.reduce([now, *same[:depth]])
            if near.any():
                break
        pairs.append((base & np.logical_and.reduce(same), near))

    def value(w: Any) -> float:
        cells = math.fsum(w[cell].sum() / w[base].sum() * (w[near] @ y[near]) / w[near].sum() for cell, near in pairs)
        return cells - float(w[base] @ y[base] / w[base].sum())

    return value


# ---- by hand -------------------------------------------------------------------------------------------------------


def test_by_hand() -> None:
    """2026: men 2, 4 | women 8, 6 in places 1, 2: half and half, mean 5. 2030: places 3, 4, three women and one man:
    men 5; women 9, 7, 8 (mean 8). Standardised (5 + 8)/2 = 6.5: +1.5; as observed 7.25: +2.25.
    Later scores: place 3 (5, 9): (0)/2 + (9 - 8)/6 = 1/6; place 4 (7, 8): -1/6. V = 2 * 2/36 = 1/9.
    Base scores of the difference: (n_c - n/2) m_c / 4 - (sum y - 5 n)/4: place 1 (2, 8): 0 - 0; place 2 (4, 6): 0 - 0. V = 0:
    the base wave has no variance and the change is not given; with a base of 2, 4 | 8, 10 it is 5 + 1 = 6 and V counts.
    """
    rows = [(1, "1", "m", 2), (1, "1", "f", 8), (1, "2", "m", 4), (1, "2", "f", 6)]
    later = [(2, "3", "m", 5), (2, "3", "f", 9), (2, "4", "f", 7), (2, "4", "f", 8)]
    data = pd.DataFrame(rows + later, columns=["t", "i", "sex", "y"]).assign(h="a", w=1.0, y=lambda d: d["y"].astype(float))
    (row,) = standardised(data, WAVES, "y", wave=2, base=1, over=("sex",))
    assert (row.status, row.estimate) == ("not_estimable", None)
    data.loc[3, "y"] = 10.0
    (row,) = standardised(data, WAVES, "y", wave=2, base=1, over=("sex",))
    # base: men 2, 4, women 8, 10: mean 6; scores about it: place 1 (10 - 12)/4 = -1/2, place 2 +1/2; V(m) = 2 * 1/2 = 1
    assert row.estimate == pytest.approx(0.5)
    assert row.se == pytest.approx(math.sqrt(1 + 1 / 9))
    (plain,) = change(data, WAVES, "y", wave=2, base=1, reading="points")
    assert plain.estimate == pytest.approx(1.25)
    assert (row.method, row.estimand, row.n, row.df) == ("wave_centred, standardised", "diff", 4, 2)


# ---- by brute force ------------------------------------------------------------------------------------------------


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from([["sex"], ["area"], ["sex", "area"], ["area", "sex"]]), st.booleans())
def test_value_and_variance(seed: int, over: list[str], hollow: bool) -> None:
    """Every person's weight of either wave changed a little; PSUs kept, new and moved; hollow: a cell is empty later."""
    data = by_force.people(seed, waves=(1, 2), keep=0.6, move=0.2)
    rng = np.random.default_rng(seed)
    data["y"] = data["y"] + 2.0 * (data["sex"] == "f") - (data["area"] == "t")
    data["y"] = data["y"].mask(rng.random(len(data)) < 0.1)
    data["area"] = data["area"].mask(rng.random(len(data)) < 0.05)
    if hollow:
        data = data[(data["t"] == 1) | (data["area"] != "r") | (data["sex"] != "f")].reset_index(drop=True)
    (row,) = standardised(data, WAVES, "y", wave=2, base=1, over=over)
    assert row.estimate == pytest.approx(theta(data, over)(data["w"].to_numpy()), rel=1e-10)
    u = by_force.influence(theta(data, over), data["w"].tolist())
    assert row.se == pytest.approx(by_force.joined(u, data["t"], data["h"], data["i"]) ** 0.5, rel=1e-5)


def test_an_empty_later_cell_borrows_from_its_family_and_the_variance_knows() -> None:
    """Nobody of (f, r) later: the women of the other areas stand in, and what they differ by among themselves counts."""
    data = by_force.people(3, waves=(1, 2), persons=8)
    data["y"] += 6.0 * (data["area"] == "t")
    data = data[(data["t"] == 1) | (data["area"] != "r") | (data["sex"] != "f")].reset_index(drop=True)
    (row,) = standardised(data, WAVES, "y", wave=2, base=1, over=("sex", "area"))
    u = by_force.influence(theta(data, ["sex", "area"]), data["w"].tolist())
    assert row.se == pytest.approx(by_force.joined(u, data["t"], data["h"], data["i"]) ** 0.5, rel=1e-6)


@settings(max_examples=3)
@given(st.integers(0, 10**6))
def test_calibrated_weights(seed: int) -> None:
    """The weights are calibrated anew whenever a person's weight changes a little; taking them as fixed gives another error."""
    data = by_force.people(seed, waves=(1, 2), keep=0.6, persons=4)
    data["y"] = data["y"] + 2.0 * (data["sex"] == "f") + 3.0 * (data["area"] == "t")
    totals = {1: {"area": {"r": 900.0, "t": 700.0, "u": 400.0}}, 2: {"area": {"r": 800.0, "t": 800.0, "u": 500.0}}}
    assume(data.groupby(["t", "area"]).ngroups == 6)
    made = calibrate(data, WAVES, totals)
    (row,) = standardised(made.data, made.design, "y", wave=2, base=1, over=("sex",))

    def value(w: Any) -> float:
        after = w.copy()
        for t, margin in totals.items():
            for code, total in margin["area"].items():
                here = ((data["t"] == t) & (data["area"] == code)).to_numpy()
                after[here] *= total / w[here].sum()
        return float(theta(data, ["sex"])(after))

    assert row.estimate == pytest.approx(value(data["w"].to_numpy()), rel=1e-10)
    u = by_force.influence(value, data["w"].tolist())
    assert row.se == pytest.approx(by_force.joined(u, data["t"], data["h"], data["i"]) ** 0.5, rel=1e-5)
    (fixed,) = standardised(made.data, replace(made.design, controls=()), "y", wave=2, base=1, over=("sex",))
    assert fixed.estimate == pytest.approx(row.estimate)
    assert fixed.se != pytest.approx(row.se, rel=1e-3)


# ---- what it must be in simple cases --------------------------------------------------------------------------------


def test_one_cell_is_the_change_itself() -> None:
    data = by_force.people(4, waves=(1, 2), keep=0.7).assign(one="1")
    for stat in ("mean", "proportion"):
        y = "y" if stat == "mean" else "yes"
        made = standardised(data, WAVES, y, wave=2, base=1, over=("one",), stat=stat, reading="relative")  # type: ignore[arg-type]  # two names
        plain = change(data, WAVES, y, wave=2, base=1, stat=stat)  # type: ignore[arg-type]  # two names
        for a, b in zip(made, plain, strict=True):
            assert (a.estimate, a.se, a.lower, a.df, a.n, a.unit) == pytest.approx((b.estimate, b.se, b.lower, b.df, b.n, b.unit))
            assert a.method == f"{b.method}, standardised"


def test_a_population_that_only_changed_its_mix_has_not_changed() -> None:
    """Everybody answers by sex alone, and there are more women later: observed +, standardised 0 with no variance of its own."""
    data = by_force.people(5, waves=(1, 2))
    data["y"] = np.where(data["sex"] == "f", 8.0, 4.0)
    data.loc[(data["t"] == 2) & (data["sex"] == "f"), "w"] *= 3
    (plain,) = change(data, WAVES, "y", wave=2, base=1, reading="points")
    (row,) = standardised(data, WAVES, "y", wave=2, base=1, over=("sex",))
    assert plain.estimate > 0.5
    assert row.status == "not_estimable"  # the change is exactly 0 in every sample
    data["y"] += np.random.default_rng(5).normal(0, 0.1, len(data))
    (row,) = standardised(data, WAVES, "y", wave=2, base=1, over=("sex",))
    assert abs(row.estimate) < 0.1


def test_groups_conditions_and_shares() -> None:
    data = by_force.people(6, waves=(1, 2), persons=8)
    rows = standardised(data, WAVES, "yes", wave=2, base=1, over=("sex",), by=("area",), stat="proportion")
    assert [r.domain for r in rows] == [(("area", a),) for a in "rtu"]
    assert {r.unit for r in rows} == {"percentage_point"}
    for r in rows:
        code = dict(r.domain)["area"]
        (alone,) = standardised(data, WAVES, "yes", wave=2, base=1, over=("sex",), where={"area": code}, stat="proportion")
        assert (alone.estimate, alone.se, alone.domain) == (pytest.approx(r.estimate), pytest.approx(r.se), r.domain)
        part = data.assign(y=data["yes"].where(data["area"] == code).astype(float))
        assert r.estimate == pytest.approx(100 * theta(part, ["sex"])(part["w"].to_numpy()))


@pytest.mark.parametrize("rule", ["certainty", "adjust", "centre", "collapse", "average"])
def test_the_rule_for_one_psu_reaches_it(rule: Any) -> None:
    data = by_force.people(7, waves=(1, 2))
    data = data[(data["t"] == 1) | (data["h"] != "S1") | (data["i"] == "10")]
    ruled = replace(WAVES, lonely=Lonely(rule, rule))
    plain = change(data, ruled, "y", wave=2, base=1, reading="points")[0]
    one = standardised(data.assign(c="1"), ruled, "y", wave=2, base=1, over=("c",))[0]
    assert (one.se, one.df) == (pytest.approx(plain.se), plain.df)
    with pytest.raises(BdgError):
        standardised(data, replace(WAVES, lonely=Lonely("fail", "fail")), "y", wave=2, base=1, over=("sex",))


def test_two_stages_count() -> None:
    data = by_force.people(8, waves=(1, 2)).assign(c="1")
    two = replace(WAVES, ssu="k", fpc=("N", "M"))
    one = standardised(data, two, "y", wave=2, base=1, over=("c",))[0]
    assert one.se == pytest.approx(change(data, two, "y", wave=2, base=1, reading="points")[0].se)


# ---- what cannot be ------------------------------------------------------------------------------------------------


def refused(code: str, data: pd.DataFrame, design: Design, **options: Any) -> str:
    with pytest.raises(BdgError) as caught:
        standardised(data, design, "y", **{"wave": 2, "base": 1, "over": ("sex",), **options})
    assert caught.value.problems[0].code == code
    return str(caught.value)


def test_refusals() -> None:
    data = by_force.people(9, waves=(1, 2)).assign(base=1.0)
    reps = Replicates(("w", "x"), "JK1", 1.0, (1.0, 1.0))
    assert "standardised" in refused("STAT-015", data, replace(WAVES, replicates=reps))
    assert "2034" in refused("STAT-008", data, WAVES, wave=2034)
    assert "total" in refused("STAT-011", data, WAVES, stat="total")
    refused("STAT-002", data, WAVES, over=("income",))
    refused("STAT-011", data, WAVES, confidence=95)


def test_a_group_that_nobody_answered_in_a_wave() -> None:
    data = by_force.people(10, waves=(1, 2))
    for t in (1, 2):
        silent = data.assign(y=data["y"].where(data["t"] != t))
        (row,) = standardised(silent, WAVES, "y", wave=2, base=1, over=("sex",))
        assert (row.status, row.estimate) == ("not_estimable", None)
        assert row.reason.startswith(f"{t}: không ai trả lời")
    assert len(standardised(data, WAVES, "y", wave=2, base=1, over=("sex",), where={"area": "none"})) == 0
