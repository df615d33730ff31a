"""Differential item functioning: planted items are found, clean ones are not, purification, collapsing, what cannot be tested."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.models.glm import glm
from analysis.models.terms import benjamini_hochberg
from analysis.scale.dif import Dif, DifRow, Items, collapse, dif, items_of
from forms.errors import BdgError
from tests.analysis.model_cases import design

ITEMS = tuple(f"i{j}" for j in range(8))
WAVES = design(wave="wave")


@cache
def answers(seed: int = 3, n: int = 2400, psus: int = 48) -> pd.DataFrame:
    """Eight items of one scale.  i0 is harder for men, i1 easier in 2030, i2 hardly depends on the level in group b."""
    r = np.random.default_rng(seed)
    at = np.arange(n) % psus
    frame = pd.DataFrame({
        "psu": [f"p{i:02d}" for i in at], "stratum": [f"s{i % 8}" for i in at], "w": r.gamma(4, size=n),
        "wave": np.where(np.arange(n) < n // 2, 2026, 2030), "sex": r.choice(["F", "M"], n), "group": r.choice(list("abc"), n),
    })  # fmt: skip
    level = r.normal(size=n) + 0.3 * r.normal(size=psus)[at] + 0.3 * (frame.wave == 2030) + 0.4 * (frame.sex == "M")
    for j, item in enumerate(ITEMS):
        cuts = np.sort(r.normal(size=3)) + np.arange(3) * 0.3
        eta = r.uniform(0.9, 1.8) * level
        eta = eta - 1.4 * (frame.sex == "M") if j == 0 else eta + 1.5 * (frame.wave == 2030) if j == 1 else eta
        eta = eta * (1 - 0.95 * (frame.group == "b")) if j == 2 else eta
        frame[item] = np.where(
            r.random(n) < 0.03, np.nan, (np.asarray(eta + r.logistic(size=n))[:, None] > cuts).sum(axis=1) + 1.0
        )
    return frame


@cache
def found() -> Dif:
    """All items by all groupings."""
    return dif(answers(), WAVES, ITEMS, ["sex", "group", "wave"])


def _row(item: str, group: str, made: Dif | None = None) -> DifRow:
    return next(row for row in (made or found()) if (row.item, row.group) == (item, group))


def test_planted_items_and_no_others_are_flagged() -> None:
    assert found().flagged("sex") == ("i0",)
    assert found().flagged("wave") == ("i1",)
    assert found().flagged("group") == ()
    assert [r.status for r in found() if r.item != "i2"] == ["ok"] * 21


def test_the_size_and_its_sign() -> None:
    """Men answer i0 lower, everybody i1 higher in 2030, by more than a tenth of the range of four answers."""
    men, later = _row("i0", "sex"), _row("i1", "wave")
    assert (men.level, men.against) == ("M", "F")
    assert (later.level, later.against) == ("2030", "2026")
    assert men.delta is not None
    assert later.delta is not None
    assert -0.35 < men.delta < -0.12
    assert 0.12 < later.delta < 0.35
    assert men.area == pytest.approx(-men.delta, rel=0.02)
    assert men.uniform_p is not None
    assert men.nonuniform_p is not None
    assert men.uniform_p < 1e-6 < 0.01 < men.nonuniform_p


def test_a_difference_that_crosses_is_said_though_its_mean_is_small() -> None:
    row = _row("i2", "group")
    assert row.q_value is not None
    assert row.area is not None
    assert row.delta is not None
    assert row.q_value < 1e-4
    assert row.area > 0.1 > abs(row.delta)
    assert (row.flagged, row.status) == (False, "caution")
    assert "đổi" in row.reason or "ngược" in row.reason
    assert row.reason.count("|") == 1


def test_the_same_test_through_glm() -> None:
    """The ordinal regression written out with glm(): item on score, group and interaction; its Wald test of both terms."""
    data = answers()
    asked = items_of(data, WAVES, ITEMS, None)
    score = asked.score([j for j in range(8) if j != 3])
    frame = data.assign(score=score)
    kept = frame[["score", "i3", "group"]].notna().all(axis=1)
    model = glm(frame.assign(kept=kept.astype(int)), WAVES, "i3 ~ score * group", family="ordinal", where={"kept": "1"})
    wald = model.test("group + score:group")
    row = _row("i3", "group")
    assert row.n == model.n
    assert (row.df, row.ddf) == (wald.df, wald.ddf)
    assert row.statistic == pytest.approx(wald.statistic, rel=1e-7)
    assert row.p_value == pytest.approx(wald.p_value, rel=1e-6)
    assert row.nonuniform_p == pytest.approx(model.test("score:group").p_value, rel=1e-6)


def test_delta_by_its_definition() -> None:
    """Predicted answers of everybody as one group minus as the other, over the range; from the model's own margins."""
    data = answers()
    asked = items_of(data, WAVES, ITEMS, None)
    first = {row.item: row for row in found().first if row.group == "sex"}["i0"]
    score = asked.score(range(1, 8))
    frame = data.assign(score=score).dropna(subset=["score", "i0"])
    made = glm(frame, WAVES, "i0 ~ score * sex", family="ordinal").margins("sex")
    assert made.joint is not None
    assert first.delta == pytest.approx((made.joint.value[1] - made.joint.value[0]) / 3, rel=1e-8)
    assert first.delta_se is not None
    assert 0.5 < first.delta_se / (made.contrast([-1, 1]).se[0] / 3) < 1.5  # type: ignore[union-attr]  # estimable above


def test_q_values_count_every_item_and_grouping() -> None:
    p = np.array([np.nan if row.p_value is None else row.p_value for row in found()])
    assert len(p) == 24
    assert [row.q_value for row in found()] == pytest.approx(benjamini_hochberg(p).tolist())


def test_purification_takes_flagged_items_out_of_the_score_once() -> None:
    """In the second round the others are compared by seven items less the flagged one; other groupings stay as they were."""
    assert {row.anchors for row in found().first} == {7}
    assert [_row(item, "sex").anchors for item in ITEMS] == [7, *([6] * 7)]
    assert [_row(item, "wave").anchors for item in ITEMS] == [6, 7, *([6] * 6)]
    before = {row.item: row.p_value for row in found().first if row.group == "group"}
    assert {row.item: row.p_value for row in found() if row.group == "group"} == before
    raw = dif(answers(), WAVES, ITEMS, ["sex"], purify=False)
    assert raw.rows == raw.first
    drawn_in = [abs(_row(i, "sex", raw).delta or 0) for i in ITEMS[1:]]
    cleared = [abs(_row(i, "sex").delta or 0) for i in ITEMS[1:]]
    assert np.mean(cleared) < np.mean(drawn_in)


def test_nothing_planted_nothing_found() -> None:
    """All items from one model, groups at random: the false discoveries of a seeded sample."""
    data = answers()
    r = np.random.default_rng(11)
    made = dif(data.assign(coin=r.choice(["x", "y"], len(data))), WAVES, ITEMS, ["coin"])
    assert made.flagged("coin") == ()
    assert min(row.p_value or 0 for row in made) > 0.001


def test_thresholds_are_the_users() -> None:
    assert set(dif(answers(), WAVES, ITEMS, ["sex"], threshold=0.9).flagged("sex")) == set()
    loose = dif(answers(), WAVES, ITEMS, ["sex"], false_discovery=0.99, threshold=0.0)
    assert "i0" in loose.flagged("sex")
    crowded = [row for row in loose if "most items flagged" in row.reason]
    assert crowded
    assert all(row.status == "caution" and row.anchors == 7 for row in crowded)


def test_few_answers_in_a_category_are_joined_to_the_smaller_neighbour() -> None:
    value = np.array([0.0] * 40 + [0.25] * 3 + [0.5] * 10 + [0.75] * 60 + [1.0] * 2)
    category, values, joined = collapse(value, np.ones(len(value)))
    assert joined
    assert np.bincount(category).tolist() == [40, 13, 62]
    assert values == pytest.approx([0.0, (3 * 0.25 + 10 * 0.5) / 13, (60 * 0.75 + 2) / 62])
    same, kept, joined = collapse(np.repeat([0.0, 1.0], 5), np.ones(10))
    assert (same.tolist(), kept.tolist(), joined) == ([0] * 5 + [1] * 5, [0.0, 1.0], False)
    assert len(collapse(np.array([0.0, 1.0, 1.0]), np.ones(3))[1]) == 1
    data = answers()
    data = data.assign(i3=np.where(data.index < 3, 9.0, data.i3))
    assert "gộp phương án" in _row("i3", "sex", dif(data, WAVES, ITEMS, ["sex"])).reason


def _changed(**columns: Any) -> Dif:
    return dif(answers().assign(**columns), WAVES, ITEMS, ["sex"])


def test_what_cannot_be_tested_says_why() -> None:
    data = answers()
    cases: list[tuple[dict[str, Any], str]] = [
        ({"i4": 2.0}, "everybody gave the same answer"),
        ({"i4": np.nan}, "nobody answered"),
        ({"sex": "F"}, "fewer than two groups"),
        ({"i4": np.where(data.sex == "M", 4.0, data.i4)}, "one end of the answers"),
        ({f"i{j}": 1.0 for j in range(8) if j != 4}, "does not vary"),
    ]
    for columns, words in cases:
        row = _row("i4", "sex", _changed(**columns))
        assert row.status == "not_estimable", columns
        assert words in row.reason, (row.reason, words)
        assert (row.p_value, row.q_value, row.delta, row.statistic, row.uniform_p) == (None,) * 5
        assert not row.flagged
    two = dif(data, WAVES, ["i0", "i1"], ["sex"])
    assert {row.reason for row in two} == {"không đủ câu làm chuẩn để so sánh | too few anchor items left to compare by"}


def test_small_groups_and_groups_in_one_psu_are_left_out_and_named() -> None:
    data = answers()
    group = np.where(data.index < 20, "tiny", np.where(data.psu == "p07", "alone", data.group))
    row = _row("i3", "group", dif(data.assign(group=group), WAVES, ITEMS, ["group"]))
    assert row.status == "caution"
    assert ": alone, tiny |" in row.reason
    assert row.df == 4


def test_few_degrees_of_freedom() -> None:
    data = answers()
    few = data[data.psu.isin(["p00", "p08", "p01", "p09", "p02", "p10", "p03", "p11"])]
    made = dif(few, design(), ITEMS, ["sex"])
    assert {row.status for row in made} <= {"not_estimable", "caution"}


def test_the_score_needs_half_of_the_anchors() -> None:
    asked = Items(
        items_of(answers(), WAVES, ITEMS, None).sub,
        ("a", "b", "c"),
        np.array([[0.0, 1, np.nan], [np.nan, np.nan, 1], [0.5, 0.5, 0.5]]),
    )
    assert asked.score([0, 1, 2]) == pytest.approx(np.array([0.5, np.nan, 0.5]), nan_ok=True)
    assert asked.score([2]) == pytest.approx(np.array([np.nan, 1.0, 0.5]), nan_ok=True)


def test_items_are_put_on_their_own_range_within_the_condition() -> None:
    data = answers().assign(i0=lambda d: d.i0 * 10 - 3)
    asked = items_of(data, WAVES, ITEMS, {"sex": "M"})
    assert np.nanmin(asked.value, axis=0).tolist() == [0.0] * 8
    assert np.nanmax(asked.value, axis=0).tolist() == [1.0] * 8
    assert np.isnan(asked.value[(data.sex == "F").to_numpy()]).all()


def test_text_items_are_refused() -> None:
    with pytest.raises(BdgError) as caught:
        dif(answers().assign(i0="a"), WAVES, ITEMS, ["sex"])
    assert caught.value.problems[0].code == "STAT-009"


def test_how_it_prints() -> None:
    frame = found().frame
    assert len(frame) == 24
    assert frame.loc[(frame["item"] == "i0") & (frame.group == "sex"), "flagged"].all()
    assert "<table" in found()._repr_html_()
    assert replace(found(), rows=()).flagged("sex") == ()
