"""The rows of results over random small surveys, the target rows, and what may be claimed of every group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.design import Place
from analysis.indicators import Indicator
from analysis.publish import publish
from analysis.results import Results, Row, Status, Unit
from analysis.rows import NOT_DUE, every_group, judged, rows_of, target_row
from analysis.verdict import Reading
from forms import Plan, load_plan, province_folder
from forms.plan import TargetValue
from forms.question import Label
from tests.analysis.tables import design

NO = Label("", "")
SCORE = Indicator("score", "mean", "point", NO, NO)
REACH = Indicator("reach60", "proportion", "percent", NO, NO)
ITEM = Indicator("item_k01", "proportion", "percent", NO, NO, by_domain=False)
MEASURED = (SCORE, REACH, ITEM)
ASKED = TargetValue(10, 15, "II.3")


@cache
def plan() -> Plan:
    return load_plan(province_folder())


Person = tuple[int, int, float | None, str | None, float]
PERSON = st.tuples(
    st.integers(0, 2),  # stratum
    st.integers(0, 3),  # hamlet of the stratum
    st.one_of(st.none(), st.sampled_from([0.0, 12.5, 59.999999999999, 60.0, 100.0])),
    st.sampled_from([None, "male", "female"]),
    st.sampled_from([1.0, 1.0, 3.7, 250.0, 1e5]),
)
PEOPLE = st.tuples(st.lists(PERSON, min_size=1, max_size=40), st.lists(PERSON, min_size=1, max_size=40))


def survey(waves: Sequence[Sequence[Person]], empty: int = 0) -> tuple[pd.DataFrame, tuple[Place, ...]]:
    """Two waves with the same hamlet ids; empty: drawn hamlets without anybody, in stratum h0 of each wave."""
    rows = [
        {"wave": 2026 + 4 * t, "stratum": f"h{h}", "psu": f"h{h}-{p}", "weight": w, "score": y, "sex": g,
         "score__why": "answered" if y is not None else "refused"}
        for t, persons in enumerate(waves) for h, p, y, g, w in persons
    ]  # fmt: skip
    frame = pd.DataFrame(rows).astype({"score": float})
    frame["reach60"] = np.where(frame["score"].isna(), np.nan, (frame["score"] >= 60).astype(float))
    frame["item_k01"] = np.where(frame["score"].isna(), np.nan, 1.0)
    seen = {(int(w), str(h), str(p)) for w, h, p in zip(frame["wave"], frame["stratum"], frame["psu"], strict=True)}
    nobody = {(2026 + 4 * t, "h0", f"empty-{n}") for t in range(len(waves)) for n in range(empty)}
    return frame, tuple(sorted(seen | nobody))


def sound(row: Row) -> None:
    """What holds of every row whatever the data are."""
    assert row.status in ("ok", "caution", "not_estimable")
    numbers = [row.estimate, row.se, row.lower, row.upper, row.p_value, row.deff, row.df]
    assert all(v is None or math.isfinite(v) for v in numbers)
    assert (row.lower is None) == (row.upper is None)
    if row.lower is not None and row.upper is not None:
        assert row.lower < row.upper
    if row.status == "not_estimable":
        assert row.reason
        assert (row.estimate, row.se, row.lower, row.upper, row.p_value) == (None,) * 5
    else:
        assert row.estimate is not None
        assert row.lower is not None
        assert row.interval
    if row.status == "caution":
        assert row.reason
    if row.unit == "percent" and row.kind == "level" and row.lower is not None and row.upper is not None:
        assert 0 <= row.lower <= row.upper <= 100
    assert (row.state != "") == (row.kind == "target")


@settings(max_examples=60, deadline=None)
@given(PEOPLE, st.integers(0, 2))
def test_every_row_of_every_small_survey_is_sound(waves: tuple[list[Person], list[Person]], empty: int) -> None:
    people, drawn = survey(waves, empty)
    rows = publish(rows_of(people, design(drawn), MEASURED, plan(), ["sex"]))
    for row in rows:
        sound(row)
    assert len({r.key for r in rows}) == len(rows)
    assert Results(True, {}, rows, {}).json_bytes()
    assert not [r for r in rows if r.indicator == "item_k01" and (r.domain or r.kind == "target")]
    assert {r.wave for r in rows if r.kind != "level"} <= {2030}
    for claim in every_group(rows, plan()).values():
        assert claim["vi"]
        assert claim["en"]


@settings(max_examples=25, deadline=None)
@given(PEOPLE)
def test_equal_weights_give_the_plain_mean_and_a_count_that_adds_up(waves: tuple[list[Person], list[Person]]) -> None:
    people, drawn = survey([[(*p[:4], 8.0) for p in wave] for wave in waves])
    for row in rows_of(people, design(drawn), (SCORE,), plan(), ()):
        if row.kind == "level":
            some = people[people["wave"] == row.wave]
            assert row.n == some["score"].notna().sum()
            assert row.n + sum(row.n_missing.values()) == len(some)
            if row.estimate is not None:
                assert row.estimate == pytest.approx(some["score"].mean())


def test_one_wave_alone_has_levels_only() -> None:
    people, drawn = survey([[(h, p, 50.0 + 5 * h + p, "male", 1.0) for h in range(3) for p in range(4)]])
    rows = rows_of(people, design(drawn), MEASURED, plan(), ["sex"])
    assert {r.kind for r in rows} == {"level"}
    assert {r.state for r in rows} == {""}
    assert every_group(rows, plan()) == {}


# ---- the target ----------------------------------------------------------------------------------------------------


def changed(lower: float | None, upper: float | None, unit: Unit = "percent", domain: str = "", wave: int = 2030) -> list[Row]:
    """diff and rel rows of a change with these limits, as change_rows gives them."""
    status: Status = "ok" if lower is not None else "not_estimable"
    own = ((("sex", domain),) if domain else ())  # fmt: skip
    diff = Row(
        "change",
        "reach60",
        "diff",
        wave,
        "percentage_point" if unit == "percent" else "point",
        base_wave=2026,
        domain=own,
        estimate=None if lower is None else (lower + (upper or 0)) / 2,
        lower=lower,
        upper=upper,
        status=status,
    )
    return [diff, replace(diff, estimand="rel", unit="percent")]


@pytest.mark.parametrize(
    ("limits", "reading", "unit", "state"),
    [
        ((16.0, 22.0), "relative", "percent", "đạt mức cao (tăng từ 15% trở lên)"),
        ((16.0, 22.0), "points", "percent", "đạt mức cao (tăng từ 15 điểm phần trăm trở lên)"),
        ((16.0, 22.0), "points", "point", "đạt mức cao (tăng từ 15 điểm trở lên)"),
        ((3.0, 12.0), "relative", "percent", "có tăng, chưa đủ căn cứ kết luận đạt mức 10%"),
        ((3.0, 12.0), "points", "percent", "có tăng, chưa đủ căn cứ kết luận đạt mức 10 điểm phần trăm"),
        ((3.0, 12.0), "points", "point", "có tăng, chưa đủ căn cứ kết luận đạt mức 10 điểm"),
        ((-3.0, 14.0), "points", "point", "chưa đủ căn cứ kết luận"),
        ((None, None), "relative", "percent", "không xác định được thay đổi tương đối"),
        ((None, None), "points", "percent", "không xác định được thay đổi"),
    ],
)
def test_the_target_row(limits: tuple[float | None, float | None], reading: Reading, unit: Unit, state: str) -> None:
    row = target_row(changed(*limits, unit=unit), reading, ASKED)
    assert (row.kind, row.state) == ("target", state)
    assert (row.lower, row.upper) == limits
    assert row.estimand == ("rel" if reading == "relative" else "diff")


def test_the_english_words_carry_english_units() -> None:
    """The unit of a threshold is written in the language of the sentence."""
    points = [judged(changed(16.0, 22.0, "percent")[0], ASKED), judged(changed(16.0, 22.0, "point")[0], ASKED)]
    assert [v.en for v in points] == ["met at the upper level (up by 15 percentage points or more)",
                                      "met at the upper level (up by 15 points or more)"]  # fmt: skip
    assert judged(changed(16.0, 22.0)[1], ASKED).en == "met at the upper level (up by 15% or more)"


def test_a_year_without_a_target_is_not_due() -> None:
    for limits in ((16.0, 22.0), (-9.0, -1.0), (None, None)):
        for reading in get_args(Reading):
            assert target_row(changed(*limits, wave=2028), reading, None).state == NOT_DUE[0]


def grouped(limits: dict[str, tuple[float | None, float | None]]) -> list[Row]:
    rows: list[Row] = []
    for code, (lower, upper) in limits.items():
        made = changed(lower, upper, domain=code)
        rows += [target_row(made, "relative", ASKED), target_row(made, "points", ASKED)]
    return rows


def test_every_group_speaks_in_the_unit_of_its_reading() -> None:
    found = every_group(grouped({"male": (11.0, 20.0), "female": (16.0, 30.0)}), plan())
    assert set(found) == {"reach60 rel sex", "reach60 diff sex"}
    assert found["reach60 rel sex"]["vi"] == "mọi nhóm đều đạt mức 10%"
    assert found["reach60 diff sex"]["vi"] == "mọi nhóm đều đạt mức 10 điểm phần trăm"
    assert found["reach60 diff sex"]["en"] == "every group met 10 percentage points"
    high = every_group(grouped({"male": (16.0, 20.0), "female": (16.0, 30.0)}), plan())
    assert high["reach60 diff sex"]["vi"] == "mọi nhóm đều đạt mức cao (tăng từ 15 điểm phần trăm trở lên)"


@pytest.mark.parametrize("spoiler", [(None, None), (-1.0, 12.0), (-9.0, -1.0), (-4.0, 6.0)])
def test_one_group_without_its_own_proof_ends_the_claim(spoiler: tuple[float | None, float | None]) -> None:
    found = every_group(grouped({"male": (16.0, 20.0), "female": spoiler}), plan())
    assert {c["claim"] for c in found.values()} == {"none"}
    assert found["reach60 diff sex"]["vi"] == "chưa đủ căn cứ kết luận cho mọi nhóm"


def test_the_total_is_no_group_and_a_year_without_target_makes_no_claim() -> None:
    whole = [target_row(changed(16.0, 20.0), "relative", ASKED)]
    assert every_group(whole, plan()) == {}
    early = [target_row(changed(16.0, 20.0, domain="male", wave=2028), "relative", None)]
    assert every_group(early, plan()) == {}
