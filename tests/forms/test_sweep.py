"""The systematic sweep on small forms with planted mistakes: each is named, and nothing else is."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings

from forms.build import build
from forms.condition import holds
from forms.load import load_questionnaire
from forms.question import HIDDEN, Questionnaire
from forms.rehearsal.rehearse import rehearse
from forms.rehearsal.route import Router
from forms.rehearsal.values import breaking, broken, candidates, parts_of
from tests.forms.random_forms import questionnaires
from tests.forms.writing import refused, write_form

DAYS = (date(2026, 10, 5), date(2026, 10, 9))

FAULTY = """\
section: m1
label: {vi: Một, en: One}
questions:
  - {name: consent, type: select_one, list: yes_no, ask: {vi: Đồng ý, en: Consent}}
  - {name: age, type: integer, range: [15, 110], ask: {vi: Tuổi, en: Age}}
  - name: rare
    type: select_one
    list: yes_no
    only_if: consent = no and age >= 101
    ask: {vi: Hiếm, en: Rare}
  - name: never
    type: select_one
    list: yes_no
    only_if: consent = yes and consent = no
    ask: {vi: Không bao giờ, en: Never}
  - name: ways
    type: select_multiple
    list: ways
    filter: name != 'tv'
    ask: {vi: Cách, en: Ways}
  - name: half
    type: integer
    range: [0, 110]
    must: . <= ${age}
    must_message: {vi: Không quá tuổi, en: Not above the age}
    ask: {vi: Nửa, en: Half}
  - name: wall
    type: integer
    only_if: age = 42
    range: [1, 5]
    must: . > 9
    must_message: {vi: Không số nào, en: No number}
    ask: {vi: Tường, en: Wall}
"""

EVERY_TYPE = """\
section: m1
label: {vi: Một, en: One}
questions:
  - {name: day, type: date, ask: {vi: Ngày, en: Day}}
  - {name: hour, type: time, ask: {vi: Giờ, en: Hour}}
  - {name: place, type: geopoint, private: true, ask: {vi: Nơi, en: Place}}
  - {name: weight, type: decimal, range: [1, 200], ask: {vi: Cân, en: Weight}}
  - {name: photo, type: image, parameters: max-pixels=1024, private: true, ask: {vi: Ảnh, en: Photo}}
  - {name: voice, type: audio, private: true, ask: {vi: Lời, en: Voice}}
  - {name: words, type: text, private: true, required: false, ask: {vi: Chữ, en: Words}}
  - {name: audit, type: audit}
  - {name: n, type: integer, range: [0, 3], ask: {vi: Mấy, en: How many}}
  - section: outer
    label: {vi: Ngoài, en: Outer}
    only_if: n > 0
    repeat: ${n}
    questions:
      - {name: m, type: integer, range: [0, 2], ask: {vi: Trong mấy, en: How many inside}}
      - section: grouped
        label: {vi: Nhóm, en: Group}
        questions:
          - {name: in_group, type: select_one, list: yes_no, ask: {vi: Nhóm, en: Group}}
      - section: inner
        label: {vi: Trong, en: Inner}
        only_if: m > 0
        repeat: ${m}
        questions:
          - {name: leaf, type: select_one, list: yes_no, ask: {vi: Lá, en: Leaf}}
          - {name: twig, type: text, private: true, only_if: leaf = yes, ask: {vi: Cành, en: Twig}}
  - {name: total, type: integer, sum_of: [n], ask: {vi: Tổng, en: Total}}
"""

WALL = """\
section: m1
label: {vi: Một, en: One}
questions:
  - {name: consent, type: select_one, list: yes_no, ask: {vi: Đồng ý, en: Consent}}
  - {name: wall, type: integer, range: [1, 5], must: . > 9, must_message: {vi: Không, en: "No"}, ask: {vi: Tường, en: Wall}}
"""


def rehearsed(tmp_path: Path, text: str, number: int) -> tuple[Path, dict[str, Any]]:
    folder = write_form(tmp_path / "form", first=text)
    (folder / "20_scored.yaml").unlink()
    built = build(folder, validated=False)
    rehearse(folder, None, None, 2026, DAYS, 1, tmp_path / "out", processes=1, number=number, built=built)
    return tmp_path / "out", json.loads((tmp_path / "out" / "paths.json").read_text(encoding="utf-8"))


def missed(paths: dict[str, Any]) -> dict[str, list[str]]:
    return {c["what"]: [m["what"] for m in c["missed"]] for c in paths["coverage"]}


def test_what_is_wrong_with_a_form_is_named(tmp_path: Path) -> None:
    """A rare question is walked to; one that nobody can meet, a choice that no filter lets through and a wall are named."""
    _, paths = rehearsed(tmp_path, FAULTY, 8)
    assert missed(paths) == {
        "questions": ["never"], "choices": ["never=yes", "never=no", "ways=tv"], "constraints": [],
        "required": ["never"], "messages": ["never@Tiếng Việt (vi), required", "never@English (en), required"],
    }  # fmt: skip
    assert paths["dead_ends"] == ["wall"]
    assert paths["complete"] is False
    assert paths["engine_differs"] == []
    texts = {(m["question"], m["language"]): m["text"] for m in paths["messages"]}
    assert texts["half", "Tiếng Việt (vi)"] == "Giá trị phải từ 0 đến 110. Không quá tuổi"
    assert texts["half", "English (en)"] == "The value must be from 0 to 110. Not above the age"


def test_a_form_that_nobody_can_finish_is_refused(tmp_path: Path) -> None:
    problems = refused(lambda: rehearsed(tmp_path, WALL, 3))
    assert [(p.code, dict(p.facts)["name"]) for p in problems] == [("FORM-031", "wall")]
    assert not (tmp_path / "out").exists()


def test_every_type_and_repeats_in_repeats(tmp_path: Path) -> None:
    out, paths = rehearsed(tmp_path, EVERY_TYPE, 14)
    assert [m for found in missed(paths).values() for m in found] == []
    assert (paths["dead_ends"], paths["engine_differs"], paths["complete"]) == ([], [], True)
    trees = [ET.fromstring(p.read_text(encoding="utf-8")) for p in sorted((out / "xml").glob("*.xml"))]
    assert {t.findtext("m1/hour") for t in trees} == {"09:30:00.000+07:00"}
    assert {t.findtext("m1/place") for t in trees} == {"14.6 108.5 0.0 5.0"}
    assert {t.findtext("m1/photo") for t in trees} == {"anh.jpg"}
    assert all(1 <= float(str(t.findtext("m1/weight"))) <= 200 for t in trees)
    assert all(date.fromisoformat(str(t.findtext("m1/day"))) for t in trees)
    sizes = set()
    for tree in trees:
        rows = tree.findall("m1/outer")
        sizes.add(len(rows))
        assert len(rows) == int(str(tree.findtext("m1/n")))
        for row in rows:
            assert len(row.findall("inner")) == int(str(row.findtext("m")))
            assert row.findtext("grouped/in_group") in ("yes", "no")
            for inner in row.findall("inner"):
                assert (inner.find("twig") is not None) == (inner.findtext("leaf") == "yes")
        assert tree.findtext("m1/total") == tree.findtext("m1/n")
    assert {0, 1} < sizes


@settings(max_examples=60, deadline=None)
@given(form=questionnaires())
def test_a_way_to_a_question_is_one_by_its_conditions(form: Questionnaire) -> None:
    """Every way found makes every condition on it true; answers that the form would stop are not on it."""
    router = Router(form)
    questions = {q.name: q for _, q in form.questions()}
    for name, q in questions.items():
        if q.type in HIDDEN:
            continue
        known = dict.fromkeys(router.fixed(name), "2")
        for number, way in enumerate(router.ways(name, known)):
            answers = {n: way.get(n, known.get(n, "")) for n in questions}
            tree = router.asked_if(name)
            assert tree is None or holds(tree, answers)
            for other, text in way.items():
                assert not broken(form, questions[other], text, {n: t for n, t in answers.items() if n != other})
                asked = router.asked_if(other)
                assert asked is None or holds(asked, answers)
            if number > 5:
                break


@settings(max_examples=60, deadline=None)
@given(form=questionnaires())
def test_answers_meant_to_be_stopped_break_that_part(form: Questionnaire) -> None:
    for _, q in form.questions():
        for part in parts_of(form, q):
            for text in breaking(form, q, part, {}, DAYS[0]):
                assert part == "own" or part in broken(form, q, text, {})
        for text in candidates(q, {}, DAYS[0], form.choices(q)):
            assert text == text.strip()


@pytest.mark.parametrize("name", ["half", "ways", "consent"])
def test_the_parts_of_a_constraint(tmp_path: Path, name: str) -> None:
    folder = write_form(tmp_path / "form", first=FAULTY)
    form = load_questionnaire(folder)
    q = next(q for _, q in form.questions() if q.name == name)
    assert parts_of(form, q) == {"half": ("low", "high", "must"), "ways": ("alone",), "consent": ()}[name]
