"""The same household twice and nearly the same answers: against a slow comparison, honest rounds and copied ones."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.quality import rows
from analysis.quality.alike import compare, nearest, reached
from analysis.quality.duplicates import _copies, compared, near_duplicates, same_household
from analysis.quality.field import Visit
from tests.analysis.seen_cases import book, by, look, number, visit

ANSWERS = st.lists(st.sampled_from([None, "1", "2", "dk"]), min_size=5, max_size=5)


@given(st.lists(ANSWERS, min_size=1, max_size=8))
def test_pairs_are_counted_as_by_hand(people: list[list[str | None]]) -> None:
    found = compare(list(zip(*people, strict=True)))
    for i, one in enumerate(people):
        for j, other in enumerate(people):
            both = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
            assert found.both[i, j] == len(both)
            assert found.equal[i, j] == sum(a == b for a, b in both)


def honest(n: int, questions: int, seed: int, agree: float = 0.0) -> list[list[str | None]]:
    """Columns of answers of n people with a bent of their own; agree: how much everybody answers alike."""
    rng = random.Random(seed)
    bent = [rng.gauss(0, 1) for _ in range(n)]
    columns: list[list[str | None]] = []
    for _ in range(questions):
        hard, split = rng.gauss(0, 1), rng.choice([2, 3, 5])
        columns.append([
            "0" if rng.random() < agree else str(int(min(max((b - hard + rng.gauss(0, 1.5)) / 4 + 0.5, 0), 0.999) * split))
            for b in bent
        ])  # fmt: skip
    return columns


def _round(n: int, seed: int, agree: float) -> tuple[list[Visit], list[list[str | None]]]:
    return [visit(i, who=str(i % 10), psu=f"P{i // 15}") for i in range(n)], honest(n, 60, seed, agree)


@pytest.mark.parametrize("agree", [0.0, 0.4, 0.8])
def test_honest_rounds_are_not_accused_however_alike_people_answer(agree: float) -> None:
    """A fixed 85 % accuses people who agree (Pew Research Center, 2016); what strangers reach in the same round does not."""
    red = fixed = 0
    for seed in range(6):
        whole, columns = _round(300, seed, agree)
        red += any(level == "red" for _, _, _, level in _copies(whole, columns))
        pairs = compare(columns)
        fixed += len(nearest(pairs, 0.85, pairs.both >= 30))
    assert red <= 1
    assert fixed > (1000 if agree == 0.8 else 0)


@pytest.mark.parametrize("agree", [0.0, 0.4])
def test_copied_interviews_are_found_among_honest_ones(agree: float) -> None:
    """One enumerator copies 20 interviews from the first, changing one answer in twenty."""
    whole, columns = _round(300, 1, agree)
    rng = random.Random(2)
    forged = list(range(0, 200, 10))
    for column in columns:
        for i in forged[1:]:
            column[i] = column[0] if rng.random() > 0.05 else "x"
    found = {i: j for _, i, j, level in _copies(whole, columns) if level == "red"}
    assert set(found) | set(found.values()) <= set(forged)
    assert len(found) >= (20 if agree == 0 else 15)


def test_few_common_questions_are_no_evidence() -> None:
    one = [visit(1), visit(2)]
    assert list(_copies(one, [["1", "1"]] * 29)) == []
    assert [(i, j, level) for _, i, j, level in _copies(one, [["1", "1"]] * 30)] == [(0, 1, "red"), (1, 0, "red")]


def test_what_strangers_reach_spares_the_largest() -> None:
    shares = np.array([0.3, 0.9, 0.5, 0.95, 0.4], dtype=np.float32)
    assert [round(reached(shares, k), 2) for k in (0, 1, 2, 4, 5)] == [0.95, 0.9, 0.5, 0.3, 0.0]


def test_2400_interviews_take_less_than_two_seconds_of_work() -> None:
    whole, columns = [visit(i, who=str(i % 24)) for i in range(2400)], honest(2400, 80, 3)
    spent = []
    for _ in range(2):
        begun = time.process_time()
        list(_copies(whole, columns))
        spent.append(time.process_time() - begun)
    assert min(spent) < 2


def test_only_what_was_asked_of_a_willing_person_is_compared() -> None:
    names = {v.name for v in compared(book())}
    assert {"k01", "a16", "b03", "education"} <= names
    assert not names & {"psu", "household", "interviewer", "result", "consent", "gps", "deviceid", "sex", "n_eligible"}


# ---- in a round ----------------------------------------------------------------------------------------------------


def answers(seed: int) -> dict[str, str]:
    rng = random.Random(seed)
    return {v.name: rng.choice(v.codes) for v in compared(book()) if v.codes}


def test_a_household_with_two_interviews_is_told_of_both() -> None:
    found = same_household(look([visit(1, ssu="7"), visit(2, ssu="7", who="2"), visit(3, ssu="8"), visit(4, psu="P02", ssu="7")]))
    assert by(found) == {"same_household": ["uuid:0001", "uuid:0002"]}
    assert {f.severity for f in found.findings} == {"red"}
    assert found.findings[0].got == "2: uuid:0002"
    assert number(found, rows.DUPLICATE, rows.SAME_HOUSEHOLD) == 2


def test_three_visits_to_a_household_are_as_it_should_be() -> None:
    none = {"result": "nobody_home", "consent": ""}
    visits = [visit(1, ssu="7", visit="1", **none), visit(2, ssu="7", visit="2", **none), visit(3, ssu="7", visit="3")]
    assert by(same_household(look(visits))) == {}
    again = visit(4, ssu="7", visit="2", **none)
    assert by(same_household(look([*visits, again]))) == {"same_visit": ["uuid:0002", "uuid:0004"]}


def test_what_a_supervisor_rejected_is_no_second_interview() -> None:
    assert by(same_household(look([visit(1, ssu="7"), visit(2, ssu="7", review="rejected")]))) == {}


def test_a_copied_interview_is_red_within_an_enumerator_and_yellow_elsewhere() -> None:
    base = [visit(n, psu=f"P{n}", who=str(n), **answers(n)) for n in range(1, 30)]
    same = visit(90, psu="P90", who="5", **answers(5))
    found = near_duplicates(look([*base, same]))
    assert by(found) == {"near_duplicate": ["uuid:0005", "uuid:0090"]}
    assert {f.severity for f in found.findings} == {"red"}
    total = len(answers(5))
    assert {f.got for f in found.findings} == {f"{total}/{total} = uuid:0005", f"{total}/{total} = uuid:0090"}
    other = near_duplicates(look([*base, visit(90, psu="P90", who="90", **answers(5))]))
    assert {f.severity for f in other.findings} == {"yellow"}
    assert number(other, rows.DUPLICATE, rows.NEAR) == 2


def test_a_household_asked_twice_is_told_once() -> None:
    """Its two interviews are alike because they are of one person: same_household says so already."""
    base = [visit(n, **answers(n)) for n in range(1, 30)]
    assert by(near_duplicates(look([*base, visit(90, ssu="005", **answers(5))]))) == {}


def test_no_round_is_too_small() -> None:
    for visits in ([], [visit(1, **answers(1))], [visit(1), visit(2)]):
        found = near_duplicates(look(visits))
        assert found.findings == ()
        assert number(found, rows.DUPLICATE, rows.NEAR) == 0
