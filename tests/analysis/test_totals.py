"""Waist one: sums per sampled PSU add up, keep empty PSUs, count every kind of no-answer, and refuse bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.backends import frame_source, source
from analysis.design import Design, Lonely, lonely_strata
from analysis.totals import SUMS, Column, FloatArray, Request, Totals, TotalsSource
from forms.errors import BdgError

SAMPLED = tuple((t, h, f"{h}{i}") for t in (2026, 2030) for h in "AB" for i in range(3))
REQUEST = Request(("y", ("y", "x")), ((), ("sex",), ("sex", "area")))


def design(sampled: Any = SAMPLED) -> Design:
    return Design("stratum", "psu", "w", "wave", Lonely("fail", "fail"), "domain", sampled)


def people(seed: int = 1, n: int = 80) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    at = rng.integers(0, len(SAMPLED) - 1, n)
    return pd.DataFrame(
        {
            "wave": [SAMPLED[i][0] for i in at], "stratum": [SAMPLED[i][1] for i in at], "psu": [SAMPLED[i][2] for i in at],
            "w": rng.uniform(1, 9, n), "sex": rng.choice(["f", "m"], n), "area": rng.choice(["rural", "urban", None], n),
            "y": np.where(rng.random(n) < 0.2, np.nan, rng.normal(5, 2, n)), "x": rng.uniform(1, 2, n),
            "y__why": rng.choice(["answered", "not_asked", "dont_know", "refused", "missing"], n),
        }
    )  # fmt: skip


def sums(totals: Totals) -> FloatArray:
    """(unit, column, sum)."""
    return np.moveaxis(totals.values, 0, -1)


def by_sum(totals: Totals, variable: Any, domain: Any, wave: int) -> dict[str, float]:
    return {name: float(v.sum()) for name, v in totals.cell(variable, domain, wave).items()}


def test_sums_are_the_plain_sums() -> None:
    data = people()
    totals = frame_source(data, design()).totals(REQUEST)
    mine = data[(data["wave"] == 2026) & (data["sex"] == "f")]
    yes = mine.dropna(subset=["y"])
    got = by_sum(totals, ("y", "x"), (("sex", "f"),), 2026)
    w, y, x = yes["w"], yes["y"], yes["x"]
    wanted = {"n": len(yes), "w": w.sum(), "wy": (w * y).sum(), "wyy": (w * y * y).sum(), "ww": (w * w).sum()}
    wanted |= {"wx": (w * x).sum(), "wxy": (w * x * y).sum(), "wxx": (w * x * x).sum()}
    assert {name: got[name] for name in wanted} == pytest.approx(wanted, rel=1e-12)
    silent = mine[mine["y"].isna()]["y__why"].replace("answered", "missing").value_counts()
    assert {kind: got[kind] for kind in SUMS[8:]} == {kind: silent.get(kind, 0) for kind in SUMS[8:]}


def test_a_null_without_a_reason_counts_as_missing() -> None:
    data = people().drop(columns="y__why")
    got = by_sum(frame_source(data, design()).totals(REQUEST), "y", (), 2026)
    assert got["missing"] == data.query("wave == 2026")["y"].isna().sum()
    assert got["not_asked"] == got["dont_know"] == got["refused"] == 0


def test_a_ratio_counts_the_reason_of_the_part_that_is_missing() -> None:
    data = people().assign(y=1.0, y__why="missing", x__why="refused")
    data.loc[data.index[:7], "x"] = np.nan
    totals = frame_source(data, design()).totals(Request((("y", "x"),)))
    refused = sum(by_sum(totals, ("y", "x"), (), t)["refused"] for t in (2026, 2030))
    assert (refused, sum(by_sum(totals, ("y", "x"), (), t)["missing"] for t in (2026, 2030))) == (7, 0)


def test_every_sampled_psu_has_a_row_and_an_empty_one_is_zero() -> None:
    totals = frame_source(people(), design()).totals(REQUEST)
    assert totals.keys == SAMPLED
    assert sums(totals).shape == (12, len(totals.columns), len(SUMS))
    assert not sums(totals)[-1].any()
    assert totals.places(2030) == (("A",) * 3 + ("B",) * 3, ("A0", "A1", "A2", "B0", "B1", "B2"))
    assert totals.places(2034) == ((), ())
    assert totals.cell("y", (("sex", "x"),), 2030)["n"].tolist() == [0.0] * 6


def test_a_person_without_a_code_is_in_no_level_of_that_column() -> None:
    data = people()
    totals = frame_source(data, design()).totals(Request(("x",), (("area",),)))
    assert [c.domain for c in totals.columns] == [(("area", "rural"),), (("area", "urban"),)]
    assert sums(totals)[:, :, 0].sum() == data["area"].notna().sum()


def test_where_and_a_crossed_grouping_are_the_same_cell() -> None:
    src = frame_source(people(), design())
    crossed = src.totals(Request(("y",), (("area", "sex"),)))
    where = src.totals(Request(("y",), (("sex",),), (("area", "urban"),)))
    domain = (("area", "urban"), ("sex", "f"))
    assert where.domains("y", ("area", "sex"))[0] == domain
    for wave in (2026, 2030):
        assert by_sum(where, "y", domain, wave) == by_sum(crossed, "y", domain, wave)


def test_one_call_for_everything_equals_one_call_each() -> None:
    """To 1e-13: groupings of one call are margins of crossed sums, added up in another order."""
    src = frame_source(people(), design())
    together = src.totals(REQUEST)
    for variable in REQUEST.variables:
        for grouping in REQUEST.groupings:
            alone = src.totals(Request((variable,), (grouping,)))
            for column in alone.columns:
                at = together.columns.index(column), alone.columns.index(column)
                assert np.allclose(sums(together)[:, at[0]], sums(alone)[:, at[1]], rtol=1e-13, atol=0)


def test_waves_of_a_request_and_numbers_as_codes() -> None:
    data = people().assign(khu_vuc=[1.0, None] * 40)
    totals = frame_source(data, design()).totals(Request(("y",), (("khu_vuc",),), waves=(2030,)))
    assert totals.waves == (2030,)
    assert totals.columns == (Column("y", (("khu_vuc", "1"),)),)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 79))
def test_totals_of_disjoint_people_add(seed: int, cut: int) -> None:
    data = people(seed)
    whole = frame_source(data, design()).totals(REQUEST)
    parts = [frame_source(part, design()).totals(REQUEST) for part in (data.iloc[:cut], data.iloc[cut:])]
    added = parts[0] + parts[1]
    assert added.keys == whole.keys
    assert set(added.columns) == set(whole.columns)
    at = [added.columns.index(column) for column in whole.columns]
    assert np.allclose(sums(added)[:, at], sums(whole), rtol=1e-12, atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_totals_of_disjoint_psus_add(seed: int) -> None:
    data = people(seed)
    first = data["psu"].isin(["A0", "B1"])
    parts = [frame_source(part, design(None)).totals(REQUEST) for part in (data[first], data[~first])]
    whole = frame_source(data, design(None)).totals(REQUEST)
    assert (parts[0] + parts[1]).keys == whole.keys
    assert np.allclose(sums(parts[0] + parts[1]).sum(axis=0).sum(axis=0), sums(whole).sum(axis=0).sum(axis=0))


def test_arrays_are_numbers_with_nan_and_text_with_none() -> None:
    data = people()
    found = frame_source(data, design()).arrays(["y", "area"])
    assert found["y"].dtype == np.float64
    assert np.isnan(found["y"]).sum() == data["y"].isna().sum()
    assert set(found["area"]) == {"rural", "urban", None}


def test_a_source_goes_through_and_a_frame_becomes_one() -> None:
    made = source(people(), design())
    assert isinstance(made, TotalsSource)
    assert source(made, design()) is made


def _spoiled(**columns: Any) -> pd.DataFrame:
    data = people()
    for name, value in columns.items():
        data[name] = data[name].astype(object)
        data.loc[3, name] = value
    return data


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("STAT-002", people().drop(columns="w")),
        ("STAT-002", people().drop(columns="x")),
        ("STAT-003", _spoiled(wave=2026, stratum="B", psu="A0")),
        ("STAT-004", _spoiled(w=0.0)),
        ("STAT-004", _spoiled(w=None)),
        ("STAT-005", _spoiled(psu="Z9")),
        ("STAT-009", _spoiled(y="nhiều")),
        ("STAT-010", _spoiled(psu=None)),
    ],
)
def test_bad_input_is_refused_with_its_code(code: str, data: pd.DataFrame) -> None:
    drawn = None if code == "STAT-003" else SAMPLED
    with pytest.raises(BdgError) as caught:
        frame_source(data, design(drawn)).totals(REQUEST)
    assert caught.value.problems[0].code == code
    assert "{" not in str(caught.value)


def test_lonely_strata_are_named_by_wave() -> None:
    assert lonely_strata(SAMPLED) == ()
    assert lonely_strata([*SAMPLED, (2030, "C", "C1"), (2030, "C", "C1")]) == ((2030, "C"),)
    assert "lonely=fail; df=domain" in design().label
    mixed = Design("h", "i", "w", "t", Lonely("average", "certainty"), "design", None)
    assert mixed.label == "stratified PSUs, with replacement; lonely=average (change: certainty); df=design"
