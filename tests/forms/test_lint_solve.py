"""Reachability: the solver against every answer sheet written out, and the cases that decide whether a rule cries wolf."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.condition import Both, Chose, Compare, Condition, Either, Not, holds, parse
from forms.lint.engine import no_ghost_repeats
from forms.lint.names import LONGEST, lasting_names
from forms.lint.reach import answerable, reachable
from forms.lint.screens import minutes
from forms.lint.solve import comparisons, known, sheet_of
from forms.lint.tables import table
from forms.load import load_questionnaire, questionnaire_folder
from forms.question import Choice, ChoiceList, Label, Question, Questionnaire, Section
from forms.shelf import shipped
from tests.forms.linting import changed

CODES = ("a", "b", "3")
WORD = Label("Câu", "Question")
LISTS = {"some": ChoiceList("some", tuple(Choice(c, Label(c, c)) for c in (*CODES, "none")))}


def every_value(q: Question) -> Iterator[str]:
    """Every answer that a question can take at all, '' for none."""
    if q.type == "select_one":
        yield from (*CODES, "none")
    elif q.type == "integer":
        assert q.range
        yield from (str(n) for n in range(q.range[0], q.range[1] + 1))
    else:
        yield from (" ".join(part) for size in (1, 2, 3) for part in combinations(CODES, size))
        yield "none"
    yield ""


def every_sheet(form: Questionnaire) -> Iterator[dict[str, str]]:
    """Every way of filling in the form that its own conditions, rules and `required` allow: the slow and plain answer."""
    asked = [(q, section.only_if) for section in form.sections for q in section.items if isinstance(q, Question)]

    def fill(at: int, answers: dict[str, str]) -> Iterator[dict[str, str]]:
        if at == len(asked):
            yield answers
            return
        q, around = asked[at]
        here = all(holds(c, answers) for c in (around, q.only_if) if c)
        for value in every_value(q):
            fits = value == "" or not q.must or holds(q.must, answers, value)
            if fits and ((value != "" and here) or (value == "" and not (here and q.required))):
                yield from fill(at + 1, {**answers, q.name: value})

    yield from fill(0, {})


def a_comparison(draw: Any, asked: list[Question]) -> Condition:
    q = draw(st.sampled_from(asked))
    if q.type == "select_multiple":
        return Chose(q.name, draw(st.sampled_from((*CODES, "none"))))
    numbers = [o for o in asked if o.type == q.type == "integer" and o.name != q.name]
    op = draw(st.sampled_from(("=", "!=", "<", "<=", ">", ">=") if q.type == "integer" else ("=", "!=")))
    if numbers and draw(st.booleans()):
        return Compare(q.name, op, draw(st.sampled_from(numbers)).name, other=True)
    return Compare(q.name, op, str(draw(st.integers(-1, 5))) if q.type == "integer" else draw(st.sampled_from(CODES)))


def a_condition(draw: Any, asked: list[Question], depth: int = 2) -> Condition:
    kind = draw(st.sampled_from(("one", "one", "not", "both", "either"))) if depth else "one"
    if kind == "one":
        return a_comparison(draw, asked)
    if kind == "not":
        return Not(a_condition(draw, asked, depth - 1))
    parts = tuple(a_condition(draw, asked, depth - 1) for _ in range(2))
    return Both(parts) if kind == "both" else Either(parts)


def a_rule(draw: Any) -> Condition:
    return Compare(".", draw(st.sampled_from(("<", ">="))), str(draw(st.integers(0, 4))))


@st.composite
def small_forms(draw: Any) -> Questionnaire:
    """Three to five questions in two sections, with conditions and rules that may contradict each other."""
    asked: list[Question] = []
    for number in range(draw(st.integers(3, 5))):
        kind = draw(st.sampled_from(("select_one", "integer", "integer", "select_multiple")))
        low = draw(st.integers(0, 2))
        name = f"q{number}"
        q = Question(
            name, kind, WORD, f"x:1 ({name})", list=None if kind == "integer" else "some",
            range=(low, low + draw(st.integers(0, 3))) if kind == "integer" else None,
            only_if=a_condition(draw, asked) if asked and draw(st.booleans()) else None,
            must=a_rule(draw) if kind == "integer" and draw(st.booleans()) else None,
            required=draw(st.booleans()),
        )  # fmt: skip
        asked.append(q)
    cut = draw(st.integers(1, len(asked) - 1))
    around = a_condition(draw, asked[:cut])
    sections = (Section("s1", WORD, tuple(asked[:cut]), "x:1"), Section("s2", WORD, tuple(asked[cut:]), "x:2", around))
    return Questionnaire("small", WORD, "1", sections, LISTS, {})


@given(form=small_forms())
@settings(max_examples=80)
def test_unreachable_and_unanswerable_are_what_writing_out_every_sheet_shows(form: Questionnaire) -> None:
    sheets = list(every_sheet(form))
    around = {q.name: s.only_if for s in form.sections for q in s.items if isinstance(q, Question)}
    questions = [q for _, q in form.questions()]

    def asked(q: Question, answers: dict[str, str]) -> bool:
        return all(holds(c, answers) for c in (around[q.name], q.only_if) if c)

    # a required question nobody can answer ends every sheet that reaches it; the rules are then told of that one
    blocked = {dict(p.facts)["name"] for p in answerable(form)}
    never = {q.name for q in questions if (around[q.name] or q.only_if) and not any(asked(q, s) for s in sheets)}
    told = {dict(p.facts)["name"] for p in reachable(form)}
    assert told <= never
    if not blocked:
        assert told == never
    assert not any(s[name] for s in sheets for name in blocked)
    if not any(q.required for q in questions if q.name in blocked):
        rules = [q for q in questions if q.must and not q.required and any(asked(q, s) for s in sheets)]
        assert {q.name for q in rules if not any(s[q.name] for s in sheets)} <= blocked


def sheet(tmp_path: Path, *changes: tuple[str, str, str]) -> Any:
    return sheet_of(load_questionnaire(changed(tmp_path, *changes)))


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("age < 18 and age > 16", True),
        ("age < 17 and age > 16", False),
        ("age < 15", False),
        ("age = 110 and size = 9", True),
        ("size > ${age}", False),
        ("size < ${age}", True),
        ("consent = yes and consent = no", False),
        ("not (consent = yes or consent = no)", False),
        ("a1 = 1 and consent = no", False),
        ("a1 = 1 and age = 17", False),
        ("a1 = 1 and age = 18", True),
        ("chose(ways, tv) and chose(ways, radio)", True),
        ("chose(ways, tv) and chose(ways, none)", False),
        ("ways = none", True),
        ("months > 100000", True),
        ("months = 5 and months = 6", False),
        ("source = tv and source != tv", False),
        ("c_age > 17", False),
        ("born > ${today}", True),
        ("months > ${age} and months < ${age}", False),
        ("months > ${age} and months < ${size}", False),
        ("months < ${age} and months > ${size}", True),
    ],
)
def test_what_a_person_would_say_of_a_condition(tmp_path: Path, text: str, possible: bool) -> None:
    assert sheet(tmp_path).possible([parse(text)]) is possible


def test_an_answer_that_must_be_given_and_one_that_is_fixed(tmp_path: Path) -> None:
    found = sheet(tmp_path)
    goal = [parse("consent = no")]
    assert found.possible(goal, answered="source") is False
    assert found.possible(goal, answered="age") is True
    assert found.possible([parse("size > 3")], given={"size": "2"}) is False


def test_what_cannot_be_enumerated_is_unknown_not_no(tmp_path: Path) -> None:
    many = "\n".join(f"  - {{code: w{i}, vi: Cách {i}, en: Way {i}}}" for i in range(9))
    found = sheet(tmp_path, ("lists.yaml", "ways:\n", f"ways:\n{many}\n"))
    every = " and ".join(f"chose(ways, w{i})" for i in range(9))
    assert found.possible([parse(every)]) is None


def test_raw_xpath_never_makes_a_question_unreachable(tmp_path: Path) -> None:
    raw = ("10_first.yaml", "  - name: size\n", "  - name: size\n    relevant: 'false()'\n")
    assert sheet(tmp_path, raw).possible([parse("size > 3")]) is True


def test_a_half_filled_sheet_knows_only_what_it_knows() -> None:
    tree = parse("a = 1 and b = 2")
    assert known(tree, {"a": "0"}) is False
    assert known(tree, {"a": "1"}) is None
    assert known(tree, {"a": "1", "b": "2"}) is True
    assert known(parse("a = 1 or b = 2"), {"a": "1"}) is True
    assert known(parse("not a = 1"), {}) is None
    assert [c.name for c in comparisons(parse("not (a = 1 or chose(b, c))"))] == ["a", "b"]


def test_a_repeat_inside_a_condition_that_keeps_zero_out_is_no_ghost(tmp_path: Path) -> None:
    first = ("10_first.yaml", "    repeat: ${size}\n    only_if: size > 0\n", "    repeat: ${size}\n")
    outer = ("10_first.yaml", "label: {vi: Người trả lời, en: Respondent}\n", "label: {vi: Người trả lời, en: Respondent}\n")
    assert len(list(no_ghost_repeats(load_questionnaire(changed(tmp_path / "a", first, outer))))) == 1
    free = ("10_first.yaml", "    repeat: ${size}\n    only_if: size > 0\n", "    repeat: free\n")
    assert list(no_ghost_repeats(load_questionnaire(changed(tmp_path / "b", free)))) == []


@pytest.mark.parametrize("name", shipped())
def test_minutes_are_plausible_and_the_same_every_time(name: str) -> None:
    form = load_questionnaire(questionnaire_folder(name))
    if form.mode == "office":
        return
    times = minutes(form)
    assert times == minutes(form)
    assert 2 < max(times) <= table("practice")["length"]["minutes"][form.mode]


def test_a_form_with_twice_the_questions_takes_longer(tmp_path: Path) -> None:
    short = load_questionnaire(changed(tmp_path / "a"))
    more = "".join(f'  - {{name: x{i}, type: text, ask: {{vi: "Hỏi thêm gì {i}?", en: "More {i}?"}}}}\n' for i in range(20))
    long = load_questionnaire(changed(tmp_path / "b", ("10_first.yaml", "  - name: born\n", f"{more}  - name: born\n")))
    assert max(minutes(long)) > max(minutes(short)) + 4


def test_thirty_two_characters_are_just_enough(tmp_path: Path) -> None:
    for length, told in ((LONGEST, 0), (LONGEST + 1, 1)):
        form = load_questionnaire(changed(tmp_path / str(length), ("10_first.yaml", "name: born", f"name: {'b' * length}")))
        assert len(list(lasting_names(form))) == told
