"""How people answered: points, the mean over answered items, don't-knows and acquiescence, by hand and through the door."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design, Lonely
from analysis.estimate import estimate
from analysis.scale.reliability import reliability
from analysis.scales import acquiescence, answered_mean, dont_know_rate, item_points
from analysis.scoring import scores
from analysis.tidied import Counts, Tidy, why_of
from forms.codebook import Codebook, Variable
from forms.errors import BdgError
from forms.question import Choice, Key, Label, Scale

NO = Label("", "")
DAY = date(2026, 10, 5)
KEYS = (Key("t", "Luật", "1", DAY, date(2007, 1, 1), None, ""),)


def item(name: str, scale: str, *, reverse: bool = False) -> Variable:
    codes = [str(i) for i in range(1, 6)] if scale == "A" else ["t", "f"]
    choices = (*(Choice(c, NO) for c in codes), Choice("dk", NO, "dont_know"), Choice("ref", NO, "refused"))
    keys = KEYS if scale == "K" else ()
    return Variable(name, f"m/{name}", "code", NO, choices, None, True, False, scale, keys, reverse, None, "", {})


ITEMS = (item("k1", "K"), item("k2", "K"), item("k3", "K"), item("a1", "A"), item("a2", "A", reverse=True), item("b1", "B"))
BOOK = Codebook("f", NO, "1", "d", ITEMS, {
    "K": Scale("K", NO, "right", 1), "A": Scale("A", NO, "likert", 1, 1, 5), "B": Scale("B", NO, "right", 1),
    "M": Scale("M", NO, "mean_of", of=("K", "A")),
})  # fmt: skip


def frame(persons: list[tuple[str | None, ...]]) -> pd.DataFrame:
    """What tidy and scoring make of these answers to k1 k2 k3 a1 a2."""
    names = ["k1", "k2", "k3", "a1", "a2"]
    texts = {n: np.array([p[i] for p in persons], dtype=object) for i, n in enumerate(names)}
    texts["b1"] = np.array(["t"] * len(persons), dtype=object)
    counts = Counts(1, 1, 0, 1, 0, 1, 0, 0, 0, {})
    days = np.array([DAY] * len(persons), dtype=object)
    wave = Tidy(2026, pd.DataFrame(index=range(len(persons))), texts, days, counts, (), ("",) * len(persons))
    made: dict[str, Any] = {}
    for v in ITEMS[:5]:
        why = why_of(v, texts, len(persons))
        made[v.name] = np.where(why == "answered", texts[v.name], None)
        made[f"{v.name}__why"] = why
    return pd.DataFrame({**made, **scores(BOOK, wave, ())})


PEOPLE = frame([
    ("t", "f", "dk", "5", "5"),      # right, wrong, don't know; agrees with both directions
    ("t", "t", "t", "1", "1"),       # all right; disagrees with both
    ("dk", "dk", "dk", "4", "2"),    # knows nothing; agrees with one side only
    ("ref", "f", None, "3", "ref"),  # the middle is no agreement
])  # fmt: skip


def test_points_are_right_wrong_and_turned() -> None:
    points = item_points(PEOPLE, BOOK, "K")
    assert points["k1"].tolist()[:3] == [100, 100, 0]
    assert math.isnan(points["k1"][3])
    assert points["k3"].tolist()[:3] == [0, 100, 0]
    attitudes = item_points(PEOPLE, BOOK, "A")
    assert attitudes["a1"].tolist() == [100, 0, 75, 50]
    assert attitudes["a2"].tolist()[:3] == [0, 100, 75]
    assert item_points(PEOPLE, BOOK, "K", dont_know_is_wrong=False)["k3"].isna().tolist() == [True, False, True, True]


def test_the_mean_over_answered_items_leaves_dont_know_out() -> None:
    """The score of the first person is 1 of 3; over what was answered it is 1 of 2."""
    assert PEOPLE["K"][0] == pytest.approx(100 / 3)
    found = answered_mean(PEOPLE, BOOK, "K")
    assert found.tolist()[:2] == [50, 100]
    assert math.isnan(found[2])
    assert found[3] == 0
    assert found.name == "K_answered"
    assert answered_mean(PEOPLE, BOOK, "K", least=2).notna().tolist() == [True, True, False, False]
    assert answered_mean(PEOPLE, BOOK, "A").tolist() == PEOPLE["A"].tolist()


def test_dont_knows_are_counted_among_the_items_asked() -> None:
    found = dont_know_rate(PEOPLE, ["k1", "k2", "k3"])
    assert found.tolist() == pytest.approx([100 / 3, 0, 100, 0])
    not_asked = PEOPLE.assign(k3__why="not_asked")
    assert dont_know_rate(not_asked, ["k1", "k2", "k3"]).tolist() == pytest.approx([0, 0, 100, 0])
    assert dont_know_rate(PEOPLE.assign(k1__why="not_asked"), ["k1"]).isna().all()
    assert dont_know_rate(PEOPLE, []).isna().all()


def test_acquiescence_is_agreeing_whatever_it_means() -> None:
    balanced = acquiescence(PEOPLE, BOOK, "A")
    assert balanced.tolist()[:3] == [100, 0, 50]
    assert math.isnan(balanced[3])  # no answer to a reversed item
    assert acquiescence(PEOPLE, BOOK, "A", balanced=False).tolist() == [100, 0, 50, 0]


def test_content_cancels_in_the_balanced_index() -> None:
    """One who holds the most egalitarian opinion on every item agrees with one side only: no tendency."""
    firm = frame([("t", "t", "t", "5", "1"), ("t", "t", "t", "1", "5")])
    assert acquiescence(firm, BOOK, "A").tolist() == [50, 50]


def test_columns_go_through_the_door_by_group_and_wave() -> None:
    people = pd.concat([PEOPLE] * 6, ignore_index=True)
    people = people.assign(sex=["f", "m"] * 12, psu=[str(i // 2) for i in range(24)], wave=[2026] * 12 + [2030] * 12)
    people = people.assign(dk=dont_know_rate(people, ["k1", "k2", "k3"]), answered=answered_mean(people, BOOK, "K"))
    design = Design(None, "psu", None, "wave", Lonely("fail", "fail"), "domain")
    rows = estimate(people, design, "dk", by=("sex",))
    told = [(dict(r.domain)["sex"], r.wave, r.status) for r in rows]
    assert told == [("f", 2026, "caution"), ("f", 2030, "caution"), ("m", 2026, "not_estimable"), ("m", 2030, "not_estimable")]
    assert [r.estimate for r in rows][:2] == pytest.approx([200 / 3, 200 / 3])  # the men all know: no variance to report
    points = item_points(people, BOOK, "K")
    assert [row.wave for row in reliability(people.assign(**points), design, ["k1", "k2", "k3"])][:1] == [2026]


def test_a_scale_that_is_not_there_is_refused() -> None:
    wrong = [
        lambda: item_points(PEOPLE, BOOK, "Z"), lambda: item_points(PEOPLE, BOOK, "M"), lambda: acquiescence(PEOPLE, BOOK, "K"),
        lambda: acquiescence(PEOPLE, Codebook("f", NO, "1", "d", ITEMS[:4], BOOK.scales), "A"),
    ]  # fmt: skip
    for call in wrong:
        with pytest.raises(BdgError) as raised:
            call()
        assert [p.code for p in raised.value.problems] == ["STAT-062"]
    with pytest.raises(BdgError, match="STAT-002"):
        item_points(PEOPLE.drop(columns="item_k1"), BOOK, "K")
