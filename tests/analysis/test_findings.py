"""What a person should look at: which rows raise a finding, which do not, and ids that stay the same."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.findings import Finding, document, find
from analysis.tidied import Counts, Tidy
from tests.analysis import world

ITEMS = [v.name for v in world.book().variables if v.scale == "A"]
REVERSED = {v.name for v in world.book().variables if v.scale == "A" and v.reverse}


def wave(persons: list[dict[str, str | None]], psus: tuple[str, ...] = ("1", "2"), **why: list[str]) -> Tidy:
    """People with these answers to the attitude items; all in the first hamlet, both hamlets drawn in stratum a."""
    n = len(persons)
    columns = {name: np.array([p.get(name) for p in persons], dtype=object) for name in (*ITEMS, "roster_changed", "interviewer")}
    people = pd.DataFrame({"psu": [psus[0]] * n, **{f"{k}__why": v for k, v in why.items()}})
    counts = Counts(n, n, 0, n, 0, n, 0, 0, 0, {})
    days: Any = np.full(n, None, dtype=object)
    sampled = tuple((2026, "a", p) for p in psus)
    return Tidy(2026, people, columns, days, counts, sampled, tuple(f"uuid:{i}" for i in range(n)))


def person(answer: str | None = None, **more: str | None) -> dict[str, str | None]:
    """Different answers in turn, or one and the same to every item."""
    return {name: answer or str(1 + j % 5) for j, name in enumerate(ITEMS)} | {"interviewer": "7", **more}


def checks(t: Tidy) -> list[str]:
    return sorted(f.check for f in find([t], world.book()) if f.check != "psu_empty")


def test_nothing_to_look_at() -> None:
    assert checks(wave([person(), person(roster_changed="0")])) == []


def test_a_changed_roster() -> None:
    (found,) = [f for f in find([wave([person(), person(roster_changed="1")])], world.book()) if f.check == "roster_changed"]
    assert (found.instance_id, found.enumerator, found.question, found.severity) == ("uuid:1", "7", "n_eligible", "yellow")


@pytest.mark.parametrize("answer", ["1", "3", "5"])
def test_one_answer_to_items_worded_both_ways(answer: str) -> None:
    """Agreeing with everything contradicts itself, because some items are reversed."""
    assert REVERSED
    assert set(ITEMS) - REVERSED
    assert checks(wave([person(answer), person()])) == ["straight_line"]


def test_one_answer_to_few_items_is_no_pattern() -> None:
    least = world.book().scales["A"].min_answered
    few: dict[str, str | None] = dict.fromkeys(ITEMS[: least - 1], "4")
    enough: dict[str, str | None] = dict.fromkeys(ITEMS[:least], "4")
    assert checks(wave([few])) == []
    assert checks(wave([enough])) == ["straight_line"]
    assert checks(wave([{**enough, ITEMS[0]: "5"}])) == []
    assert checks(wave([{**few, **dict.fromkeys(ITEMS[least - 1 :], "dk")}])) == []


@pytest.mark.parametrize(("gone", "found"), [(0, []), (1, []), (2, ["missing"]), (20, ["missing"])])
def test_a_required_question_left_empty_by_more_than_a_few(gone: int, found: list[str]) -> None:
    """One in twenty is the limit; a scored question is red."""
    why = ["missing"] * gone + ["answered"] * (20 - gone)
    t = wave([person() for _ in range(20)], k01=why)
    assert checks(t) == found
    assert all(f.severity == "red" and f.got == f"{gone}/20" for f in find([t], world.book()) if f.check == "missing")


def test_questions_not_asked_are_not_left_empty() -> None:
    assert checks(wave([person() for _ in range(4)], v01=["not_asked"] * 4, k01=["refused"] * 4)) == []


def test_hamlets_without_anybody_and_strata_with_one() -> None:
    found = {f.check: f.psu for f in find([wave([person()])], world.book())}
    assert found == {"psu_empty": "2"}
    found = {f.check: f.psu for f in find([wave([person()], ("1",))], world.book())}
    assert found == {"lonely_stratum": "a"}


def test_ids_stay_whatever_else_is_found() -> None:
    """The id is of check, wave, instance (or hamlet) and question: the words around it may change."""
    one = Finding("straight_line", "yellow", 2026, "uuid:1", "1", "7", "A", "≥ 2", "1", "…")
    assert len(one.id) == 12
    assert replace(one, severity="red", expected="3", got="2", do="!", enumerator="9", psu="5").id == one.id
    others = [replace(one, wave=2030), replace(one, instance_id="uuid:2"), replace(one, question="K"), replace(one, check="x")]
    assert len({one.id, *(o.id for o in others)}) == 5
    assert replace(one, instance_id="").id != replace(one, instance_id="", psu="2").id


def test_the_document_is_sorted_and_speaks_both_languages() -> None:
    found = find([wave([person("2"), person("4", roster_changed="1")])], world.book())
    rows = json.loads(document(found))
    assert [r["id"] for r in rows] == sorted(r["id"] for r in rows)
    assert len({r["id"] for r in rows}) == len(rows) == 4
    assert all(" | " in r["do"] and r["state"] == "open" for r in rows)
    assert document(()) == b"[]\n"
