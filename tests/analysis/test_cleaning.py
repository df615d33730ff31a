"""Raw + log = clean: the chain of decisions, their replay, its proof, and what each line changes."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cleaning.decisions import (
    START,
    Decision,
    Wanted,
    append,
    blank,
    decided,
    decision_bytes,
    head,
    lines_of,
    read_decisions,
)
from analysis.cleaning.replay import data_digest, differences, prove, replay
from analysis.findings import Finding
from forms.submission import Submission
from tests.analysis.rounds_made import book, instance, submissions
from tests.forms.writing import refused as problems_of


def refused(call: Callable[[], object]) -> list[str]:
    return [p.code for p in problems_of(call)]


TIME = "2026-10-06T08:00:00+07:00"
NAMES = ("age", "sex", "k01", "a01")
VALUES = {"age": ("31", "44", ""), "sex": ("male", "female"), "k01": ("t", "f", "dk"), "a01": ("1", "5", "ref")}


def value(s: Submission, name: str) -> str:
    return s.answers[book()[name].path] or ""


def correct(n: int, name: str, old: str, new: str, finding: str = "") -> Wanted:
    return Wanted(instance(n), name, "correct", "bấm nhầm", "GS1", old, new, finding)


def log_of(*wanted: Wanted) -> tuple[Decision, ...]:
    return lines_of(wanted, (), TIME)


# ---- the chain -----------------------------------------------------------------------------------------------------


def test_the_log_grows_and_tells_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    first = log_of(correct(0, "age", "20", "21"), Wanted(instance(1), "", "drop", "phiếu thử", "GS1"))
    assert append(path, first) == head(first) == read_decisions(path)[-1].sha256
    second = lines_of([correct(2, "age", "22", "23")], first, TIME)
    append(path, second)
    there = read_decisions(path)
    assert [d.seq for d in there] == [1, 2, 3]
    assert there[0].prev_sha256 == START
    assert path.read_bytes() == decision_bytes((*first, *second))
    assert path.read_text(encoding="utf-8").startswith("seq,time,who,instance_id,question,old,new,action,reason,prev_sha256")


def test_two_people_at_once_and_the_second_is_told(tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    one, other = log_of(correct(0, "age", "20", "21")), log_of(correct(1, "age", "21", "22"))
    append(path, one)
    before = path.read_bytes()
    assert refused(lambda: append(path, other)) == ["DATA-187"]
    assert path.read_bytes() == before


@pytest.mark.parametrize(("reason", "who"), [("", "GS1"), ("  ", "GS1"), ("bấm nhầm", "")])
def test_no_decision_without_a_reason_and_a_person(reason: str, who: str) -> None:
    assert refused(lambda: log_of(Wanted(instance(0), "", "drop", reason, who))) == ["DATA-186"]


@pytest.mark.parametrize("edit", ["cell", "remove", "swap", "insert"])
def test_a_log_edited_by_hand_is_refused(tmp_path: Path, edit: str) -> None:
    path = tmp_path / "decisions.csv"
    lines = log_of(*(correct(n, "age", str(20 + n), "60") for n in range(4)))
    changed = {
        "cell": (replace(lines[0], new="61"), *lines[1:]),
        "remove": (lines[0], *lines[2:]),
        "swap": (lines[1], lines[0], *lines[2:]),
        "insert": (*lines[:2], lines[0], *lines[2:]),
    }[edit]
    path.write_bytes(decision_bytes(changed))
    assert set(refused(lambda: read_decisions(path))) == {"DATA-185"}


def test_a_reason_is_no_formula_and_one_line() -> None:
    (line,) = log_of(Wanted(instance(0), "", "drop", '=HYPERLINK("x")\nthử', "@GS"))
    assert line.reason == '\'=HYPERLINK("x") thử'
    assert line.who == "'@GS"


def test_blanked_lines_tell_nothing_and_the_chain_holds(tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    lines = log_of(correct(0, "k01", "t", "f"), correct(1, "age", "21", "66"), correct(0, "age", "20", "77"))
    append(path, lines)
    assert blank(path, [instance(0)]) == 2
    there = read_decisions(path)
    assert [d.blank for d in there] == [True, False, True]
    assert head(there) == head(lines)
    text = path.read_text(encoding="utf-8")
    assert "77" not in text.replace("2026", "").split(instance(0))[-1].partition("\n")[0].split(",")[2:6]
    assert [(d.old, d.new, d.reason, d.salt) for d in there if d.blank] == [("", "", "", "")] * 2
    assert blank(path, [instance(0)]) == 0
    append(path, lines_of([correct(2, "age", "22", "23")], there, TIME))


def test_the_digest_of_values_does_not_give_them_away() -> None:
    """Ten codes could be tried one by one: the salt makes two lines with the same values look different."""
    one, other = log_of(correct(0, "a01", "2", "5")), log_of(correct(0, "a01", "2", "5"))
    assert one[0].values_sha256 != other[0].values_sha256


# ---- replay --------------------------------------------------------------------------------------------------------


def test_each_action_does_what_it_says() -> None:
    raw = submissions(4)
    log = log_of(
        correct(0, "age", "20", "47"),
        Wanted(instance(1), "age", "keep", "đã gọi lại", "GS1", "21"),
        Wanted(instance(2), "", "drop", "phiếu thử", "GS1"),
    )
    clean = replay(raw, log, book())
    assert [s.instance_id for s in clean.submissions] == [instance(n) for n in (0, 1, 3)]
    assert value(clean.submissions[0], "age") == "47"
    assert [(c.instance_id, c.question, c.old, c.new) for c in clean.changes] == [(instance(0), "age", "20", "47")]
    assert clean.dropped == {instance(2)}
    assert clean.submissions[1] is raw[1]
    prove(raw, clean, log, book())


def test_the_last_word_counts_and_a_drop_can_be_taken_back() -> None:
    raw = submissions(2)
    log = log_of(
        correct(0, "age", "20", "47"), correct(0, "age", "47", "48"), Wanted(instance(1), "", "drop", "thử", "GS1"),
        Wanted(instance(1), "", "keep", "không phải phiếu thử", "GS2"),
    )  # fmt: skip
    clean = replay(raw, log, book())
    assert value(clean.submissions[0], "age") == "48"
    assert not clean.dropped
    prove(raw, clean, log, book())
    back = replay(raw, lines_of([Wanted(instance(0), "age", "keep", "gốc đúng", "GS2", "20")], log, TIME), book())
    assert back.submissions == raw


def test_what_was_decided_on_another_value_changes_nothing_and_is_told() -> None:
    raw = submissions(2, age="30")
    log = log_of(
        correct(0, "age", "20", "47"), correct(9, "age", "29", "47"), Wanted(instance(1), "age", "keep", "x", "GS", "21")
    )
    clean = replay(raw, log, book())
    assert clean.submissions == raw
    assert clean.stale == log
    prove(raw, clean, log, book())


@pytest.mark.parametrize("name", ["questionnaire_digest", "round_kind", "wave", "no_such"])
def test_what_ties_a_submission_to_its_round_is_never_changed(name: str) -> None:
    raw = submissions(1)
    clean = replay(raw, log_of(correct(0, name, "practice", "real")), book())
    assert clean.submissions == raw
    assert len(clean.stale) == 1


@st.composite
def logs(draw: st.DrawFn) -> tuple[Decision, ...]:
    """Decisions as people make them: on the value as it stands at that moment."""
    raw = {s.instance_id: {n: value(s, n) for n in NAMES} for s in submissions(4)}
    wanted = []
    for _ in range(draw(st.integers(0, 8))):
        who = draw(st.sampled_from(sorted(raw)))
        action = draw(st.sampled_from(["correct", "correct", "keep", "drop"]))
        if action == "drop" or draw(st.integers(0, 5)) == 0:
            wanted.append(Wanted(who, "", "drop" if action == "drop" else "keep", "lý do", "GS1"))
            continue
        name = draw(st.sampled_from(NAMES))
        new = draw(st.sampled_from(VALUES[name])) if action == "correct" else ""
        wanted.append(Wanted(who, name, action, "lý do", "GS1", raw[who][name], new))
        if action == "correct":
            raw[who][name] = new
    return lines_of(wanted, (), TIME)


def by_hand(raw: Sequence[Submission], log: Sequence[Decision]) -> dict[str, dict[str, str]]:
    """A slow plain oracle: a table changed line by line."""
    table = {s.instance_id: {n: value(s, n) for n in NAMES} for s in raw}
    gone = set()
    for d in log:
        if not d.question:
            (gone.add if d.action == "drop" else gone.discard)(d.instance_id)
        elif d.action == "correct":
            table[d.instance_id][d.question] = d.new
    return {i: row for i, row in table.items() if i not in gone}


@given(logs())
@settings(max_examples=60)
def test_replay_is_the_table_changed_line_by_line(log: tuple[Decision, ...]) -> None:
    raw = submissions(4)
    clean = replay(raw, log, book())
    assert {s.instance_id: {n: value(s, n) for n in NAMES} for s in clean.submissions} == by_hand(raw, log)
    assert not clean.stale
    prove(raw, clean, log, book())
    assert clean.digest == replay(raw, log, book()).digest


@given(logs(), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_one_line_removed_changes_exactly_what_it_should(log: tuple[Decision, ...], rng: random.Random) -> None:
    raw = submissions(4)
    free = [d for d in log if sum((e.instance_id, e.question) == (d.instance_id, d.question) for e in log) == 1]
    if not free:
        return
    gone = rng.choice(free)
    before, after = (replay(raw, some, book()) for some in (log, [d for d in log if d is not gone]))
    changed = {
        (c.instance_id, c.question)
        for c in differences(before.submissions, [s for s in after.submissions if s in _both(s, before)], book())
    }
    moved = {s.instance_id for s in before.submissions} ^ {s.instance_id for s in after.submissions}
    if gone.action == "drop":
        assert moved == {gone.instance_id}
        assert not changed
    else:
        assert not moved
        effect = gone.action == "correct" and gone.old != gone.new and gone.instance_id not in before.dropped
        assert changed == ({(gone.instance_id, gone.question)} if effect else set())


def _both(s: Submission, other: object) -> list[Submission]:
    return [s] if s.instance_id in {t.instance_id for t in getattr(other, "submissions", ())} else []


# ---- the proof -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lie", ["a value", "a lost one", "a new one", "a line without effect"])
def test_the_proof_finds_what_the_log_does_not_say(lie: str) -> None:
    raw = submissions(3)
    log = log_of(correct(0, "age", "20", "47"))
    clean = replay(raw, log, book())
    kept = list(clean.submissions)
    if lie == "a value":
        kept[1] = replace(kept[1], answers={**kept[1].answers, book()["k01"].path: "f"})
    elif lie == "a lost one":
        kept.pop()
    elif lie == "a new one":
        kept.append(replace(kept[1], instance_id=instance(7)))
    else:
        kept[0] = raw[0]
    made = [s for s in kept if s.instance_id != instance(7)]
    false = replace(clean, submissions=tuple(kept), changes=differences(raw, made, book()))
    assert "DATA-188" in refused(lambda: prove(raw, false, log, book()))


def test_the_digest_of_the_data_knows_every_answer_and_no_order() -> None:
    raw = submissions(3)
    assert data_digest(raw) == data_digest(raw[::-1])
    assert data_digest(raw) != data_digest(submissions(3, k01="f"))


# ---- findings ------------------------------------------------------------------------------------------------------


def finding(n: int, check: str = "age_heaping", question: str = "age") -> Finding:
    return Finding(check, "yellow", 2026, instance(n), "P000", "1", question, "", "", "")


def test_a_verified_value_is_not_flagged_again_until_it_changes() -> None:
    log = log_of(Wanted(instance(0), "age", "keep", "đã gọi lại", "GS1", "20", "", finding(0).id))
    found = [finding(0), finding(0, "another_check"), finding(0, "another_check", "sex"), finding(1)]
    now = {(instance(0), "age"): "20", (instance(0), "sex"): "female", (instance(1), "age"): "21"}
    assert [f.state for f in decided(found, log, now)] == ["decided", "decided", "open", "open"]
    assert [f.state for f in decided(found, log, {**now, (instance(0), "age"): "33"})] == ["open"] * 4


def test_a_finding_about_no_question_is_answered_by_its_id() -> None:
    twice = Finding("household_twice", "red", 2026, instance(0), "P000", "1", "", "1", "2", "")
    log = log_of(Wanted(instance(0), "", "drop", "trùng", "GS1", finding=twice.id))
    assert [f.state for f in decided([twice, finding(1)], log, {})] == ["decided", "open"]
