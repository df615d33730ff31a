"""Scores by hand: right by the key of the day, direction of opinions, what too few answers mean, what is compared."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.indicators import share_columns
from analysis.scoring import Comparison, comparison, scores
from analysis.tidied import Counts, Tidy
from forms.codebook import Codebook, Variable
from forms.question import Choice, Key, Label, Scale

NO = Label("", "")
BEFORE, AFTER = date(2026, 10, 5), date(2030, 10, 7)


def choices(*codes: str) -> tuple[Choice, ...]:
    return (*(Choice(c, NO) for c in codes), Choice("dk", NO, "dont_know"), Choice("ref", NO, "refused"))


def key(value: str, start: int = 2007, end: date | None = None) -> Key:
    return Key(value, "Luật", "1", BEFORE, date(start, 1, 1), end, "")


def item(
    name: str, scale: str | None, keys: tuple[Key, ...] = (), changed: Mapping[int, str] | None = None, **more: Any
) -> Variable:
    codes = choices("1", "2", "3", "4", "5") if scale == "A" else choices("t", "f")
    return Variable(name, f"m/{name}", more.pop("type", "code"), NO, more.pop("choices", codes), None, True, False, scale, keys,
                    more.pop("reverse", False), None, "", changed or {})  # fmt: skip


def book(*variables: Variable, least: int = 2) -> Codebook:
    scales = {
        "K": Scale("K", NO, "right", least),
        "A": Scale("A", NO, "likert", 2, 1, 5),
        "score": Scale("score", NO, "mean_of", of=("K", "A")),
    }
    return Codebook("f", NO, "1", "d", variables, scales)


def wave(answers: Mapping[str, list[str | None]], day: date = BEFORE) -> Tidy:
    n = len(next(iter(answers.values())))
    columns = {k: np.array(v, dtype=object) for k, v in answers.items()}
    counts = Counts(n, n, 0, n, 0, n, 0, 0, 0, {})
    return Tidy(day.year, pd.DataFrame(index=range(n)), columns, np.array([day] * n, dtype=object), counts, (), ("",) * n)


ITEMS = (
    item("k1", "K", (key("t"),)), item("k2", "K", (key("f"),)), item("k3", "K", (key("t"),)),
    item("a1", "A"), item("a2", "A", reverse=True),
)  # fmt: skip
ANSWERS: dict[str, list[str | None]] = {
    "k1": ["t", "t", "f", "ref", None],
    "k2": ["f", "dk", "f", "ref", None],
    "k3": ["t", "f", "dk", "t", None],
    "a1": ["5", "4", "dk", "5", None],
    "a2": ["1", "2", "3", "5", None],
}


def test_knowledge_attitude_and_their_mean() -> None:
    found = scores(book(*ITEMS), wave(ANSWERS), (50, 60))
    # person 2: one right, one «không biết» (not right), one wrong; person 4: two refused, one answer is too few
    np.testing.assert_allclose(found["K"], [100, 100 / 3, 100 / 3, np.nan, np.nan])
    # person 1: 5 and turned 1; person 3 has one opinion only; person 4: 5 and turned 5
    np.testing.assert_allclose(found["A"], [100, 75, np.nan, 50, np.nan])
    np.testing.assert_allclose(found["score"], [100, (100 / 3 + 75) / 2, np.nan, np.nan, np.nan])
    assert found["K__why"].tolist() == ["answered", "answered", "answered", "refused", "missing"]
    assert found["A__why"].tolist() == ["answered", "answered", "dont_know", "answered", "missing"]
    assert found["score__why"].tolist() == ["answered", "answered", "dont_know", "refused", "missing"]
    np.testing.assert_allclose(found["reach50"], [1, 1, np.nan, np.nan, np.nan])
    np.testing.assert_allclose(found["reach60"], [1, 0, np.nan, np.nan, np.nan])


def test_items_are_shares() -> None:
    found = scores(book(*ITEMS), wave(ANSWERS), ())
    np.testing.assert_allclose(found["item_k2"], [1, 0, 1, np.nan, np.nan])
    assert found["item_k2__why"].tolist() == ["answered", "answered", "answered", "refused", "missing"]
    np.testing.assert_allclose(found["item_a2"], [1, 1, 0, 0, np.nan])  # turned: 5, 4, 3, 1


def test_exactly_at_the_threshold_counts() -> None:
    five = tuple(item(f"k{i}", "K", (key("t"),)) for i in range(1, 6))
    likert = (item("a1", "A"), item("a2", "A"))
    answers: dict[str, list[str | None]] = {f"k{i}": ["t" if i <= 3 else "f"] for i in range(1, 6)} | {"a1": ["4"], "a2": ["3"]}
    found = scores(book(*five, *likert), wave(answers), (60, 61))
    assert found["K"][0] == pytest.approx(60)
    assert found["score"][0] == pytest.approx(61.25)
    assert found["reach61"][0] == 1.0


def test_the_key_follows_the_interview_date() -> None:
    moved = item("k1", "K", (key("t", 2007, date(2028, 12, 31)), key("f", 2029)))
    later = item("k2", "K", (key("t", 2029),))
    some = book(moved, later, ITEMS[2], *ITEMS[3:])
    answers: dict[str, list[str | None]] = {**ANSWERS, "k1": ["t"] * 5, "k2": ["t"] * 5, "k3": ["t"] * 5}
    old, new = wave(answers), wave(answers, AFTER)
    np.testing.assert_allclose(scores(some, old, ())["K"], [100] * 5)  # k2 has no law yet and is left out
    np.testing.assert_allclose(scores(some, new, ())["K"], [200 / 3] * 5)
    found = comparison(some, old, new)
    assert set(found.dropped) == {"k1", "k2"}
    assert found.needed


def test_a_changed_item_leaves_the_comparison_in_both_waves() -> None:
    changed = item("k2", "K", (key("f"),), changed={2030: "đổi lời"})
    some = book(ITEMS[0], changed, ITEMS[2], *ITEMS[3:])
    old, new = wave(ANSWERS), wave(ANSWERS, AFTER)
    found = comparison(some, old, new)
    assert dict(found.dropped) == {"k2": "2030: đổi lời"}
    for t in (old, new):
        made = scores(some, t, (60,), found)
        np.testing.assert_allclose(made["K_cmp"], [100, 50, 0, np.nan, np.nan])  # 2 of 2 items must be answered
        assert {"score_cmp", "A_cmp", "reach60_cmp"} <= set(made)
        assert not any(name.startswith("item_") for name in made)
    earlier = item("k2", "K", (key("f"),), changed={2026: "trước kỳ gốc"})
    assert not comparison(book(ITEMS[0], earlier, *ITEMS[2:]), old, new).needed


def test_nothing_changed_means_the_same_score() -> None:
    some, t = book(*ITEMS), wave(ANSWERS)
    plain, compared = scores(some, t, (60,)), scores(some, t, (60,), Comparison((2026, 2030), {}))
    for name in ("K", "A", "score", "reach60"):
        np.testing.assert_array_equal(plain[name], compared[f"{name}_cmp"])


def test_exposure_shares() -> None:
    times = choices("0", "1", "2", "3plus")
    variables = (
        item("exp_any", None, choices=times),
        item("exp_face", None, choices=times),
        item("exp_message", None, type="codes", choices=choices("property", "none")),
    )
    from forms.condition import parse

    gate = parse("exp_any = 1 or exp_any = 2 or exp_any = 3plus")
    variables = (variables[0], *(dataclasses.replace(v, asked_if=gate) for v in variables[1:]))
    answers: dict[str, list[str | None]] = {
        "exp_any": ["0", "1", "3plus", "dk", "ref", None],
        "exp_face": [None, "1", "2", None, None, None],
        "exp_message": [None, "none", "property", None, None, None],
    }
    found = share_columns(book(*variables, *ITEMS), wave({**answers, **{k: [None] * 6 for k in ANSWERS}}))
    np.testing.assert_allclose(found["exposed2_any"], [0, 0, 1, 0, np.nan, np.nan])
    np.testing.assert_allclose(found["exposed2_face"], [0, 0, 1, 0, np.nan, np.nan])
    np.testing.assert_allclose(found["recalled"], [0, 0, 1, 0, np.nan, np.nan])
    assert found["exposed2_any__why"].tolist()[4:] == ["refused", "missing"]
    assert found["exposed2_face__why"].tolist()[3:5] == ["answered", "refused"]
    assert "joined_month" not in found


# ---- whatever people answer ----------------------------------------------------------------------------------------

ANSWER = st.sampled_from(["t", "f", "dk", "ref", None])
OPINION = st.sampled_from(["1", "2", "3", "4", "5", "dk", "ref", None])
PERSONS = st.lists(st.tuples(ANSWER, ANSWER, ANSWER, OPINION, OPINION), min_size=1, max_size=8)


def columns_of(persons: list[tuple[str | None, ...]]) -> dict[str, list[str | None]]:
    return {name: [p[j] for p in persons] for j, name in enumerate(("k1", "k2", "k3", "a1", "a2"))}


@settings(max_examples=120, deadline=None)
@given(PERSONS)
def test_scores_stay_in_bounds_and_say_why_they_are_missing(persons: list[tuple[str | None, ...]]) -> None:
    found = scores(book(*ITEMS), wave(columns_of(persons)), (50, 60))
    for name in ("K", "A", "score"):
        value, why = found[name], found[f"{name}__why"]
        known = ~np.isnan(value)
        assert ((value[known] >= 0) & (value[known] <= 100)).all()
        assert (known == (why == "answered")).all()
    both = ~np.isnan(found["score"])
    np.testing.assert_allclose(found["score"][both], (found["K"][both] + found["A"][both]) / 2)
    assert (np.isnan(found["reach50"]) == ~both).all()
    assert (found["reach60"][both] <= found["reach50"][both]).all()


@settings(max_examples=120, deadline=None)
@given(PERSONS)
def test_turning_a_question_and_its_answers_changes_no_score(persons: list[tuple[str | None, ...]]) -> None:
    """An item worded the other way round, answered the other way round, says the same."""
    turned = (*ITEMS[:3], *(dataclasses.replace(v, reverse=not v.reverse) for v in ITEMS[3:]))
    other = {"1": "5", "2": "4", "4": "2", "5": "1"}
    given_ = columns_of(persons)
    mirrored = {k: [other.get(t or "", t) for t in v] if k.startswith("a") else v for k, v in given_.items()}
    one, two = scores(book(*ITEMS), wave(given_), (60,)), scores(book(*turned), wave(mirrored), (60,))
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])


@settings(max_examples=80, deadline=None)
@given(PERSONS, st.sampled_from(["k1", "k2", "k3"]))
def test_a_right_answer_never_lowers_a_score(persons: list[tuple[str | None, ...]], name: str) -> None:
    """Compared with a wrong answer or «không biết»; a refusal is no answer and may not be compared."""
    before = columns_of(persons)
    right = next(v for v in ITEMS if v.name == name).key[0].value
    after = {**before, name: [right if t in ("t", "f", "dk") else t for t in before[name]]}
    low, high = (scores(book(*ITEMS), wave(answers), ())["K"] for answers in (before, after))
    assert (np.isnan(low) == np.isnan(high)).all()
    known = ~np.isnan(low)
    assert (high[known] >= low[known]).all()
