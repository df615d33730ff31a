"""A small form on which no rule has anything to say, and how to change one passage of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from forms.build import load
from forms.errors import Problem
from forms.lint.rules import RULES, findings
from tests.forms.writing import assert_told

FORM = """\
id: clean
title: {vi: Khảo sát sạch, en: Clean survey}
version: "1"
mode: interviewer
scales:
  K: {kind: right, min_answered: 1, label: {vi: Hiểu biết, en: Knowledge}}
  A: {kind: likert, low: 1, high: 3, min_answered: 1, label: {vi: Thái độ, en: Attitude}}
"""

LISTS = """\
yes_no:
  - {code: "yes", vi: Có, en: "Yes"}
  - {code: "no", vi: Không, en: "No"}
truth:
  - {code: t, vi: Đúng, en: "True"}
  - {code: f, vi: Sai, en: "False"}
  - {code: dk, vi: Không biết, en: Do not know, why: dont_know}
  - {code: ref, vi: Không trả lời, en: No answer, why: refused}
agree3:
  - {code: "1", vi: Phản đối, en: Against}
  - {code: "2", vi: Vừa phải, en: Between}
  - {code: "3", vi: Tán thành, en: In favour}
  - {code: dk, vi: Không biết, en: Do not know, why: dont_know}
  - {code: ref, vi: Không trả lời, en: No answer, why: refused}
ways:
  - {code: tv, vi: Ti vi, en: Television}
  - {code: radio, vi: Ra-đi-ô, en: Radio}
  - {code: paper, vi: Báo giấy, en: Newspaper}
  - {code: meeting, vi: Họp thôn, en: Hamlet meeting}
  - {code: loud, vi: Loa của thôn, en: Loudspeaker}
  - {code: other, vi: Cách khác, en: Another way}
  - {code: none, vi: Không cách nào, en: None}
  - {code: ref, vi: Không trả lời, en: No answer, why: refused}
sources:
  - {code: tv, vi: Ti vi, en: Television}
  - {code: radio, vi: Ra-đi-ô, en: Radio}
  - {code: paper, vi: Báo giấy, en: Newspaper}
  - {code: meeting, vi: Họp thôn, en: Hamlet meeting}
"""

FIRST = """\
section: m1
label: {vi: Người trả lời, en: Respondent}
questions:
  - {name: today, type: today, value_type: date}
  - {name: draw, type: calculate, value_type: int, calculate: "once(int(random() * 1000))"}
  - name: welcome
    type: note
    ask: {vi: "Xin chào Ông/Bà.", en: "Good morning."}
  - name: consent
    type: select_one
    list: yes_no
    ask: {vi: "Ông/Bà có đồng ý?", en: "Do you agree?"}
  - name: age
    type: integer
    range: [15, 110]
    ask: {vi: "Ông/Bà bao nhiêu tuổi?", en: "How old are you?"}
  - name: size
    type: integer
    range: [0, 9]
    ask: {vi: "Nhà có mấy trẻ em?", en: "How many children?"}
  - section: child
    label: {vi: Trẻ em, en: Child}
    repeat: ${size}
    only_if: size > 0
    questions:
      - name: c_age
        type: integer
        range: [0, 17]
        ask: {vi: "Tuổi của trẻ?", en: "Age of the child?"}
  - name: months
    type: calculate
    value_type: int
    calculate: ${age} * 12
  - name: born
    type: date
    constraint: . <= today()
    must_message: {vi: "Ngày phải trước hôm nay.", en: "Before today."}
    ask: {vi: "Ngày sinh của trẻ út?", en: "When was the youngest born?"}
"""

SCORED = """\
section: m2
label: {vi: Ý kiến, en: Opinions}
only_if: consent = yes
questions:
  - name: k1
    type: select_one
    list: truth
    ask: {vi: "Nam nữ có quyền như nhau.", en: "Men and women have equal rights."}
    score:
      scale: K
      key:
        - {value: t, law: Luật A, article: Điều 1, valid_from: 2007-07-01, valid_to: null, read_on: null}
  - name: a1
    type: select_one
    list: agree3
    only_if: age >= 18
    ask: {vi: "Việc nhà là việc chung.", en: "Housework is shared work."}
    score: {scale: A}
  - name: a2
    type: select_one
    list: agree3
    ask: {vi: "Bếp núc là phần của phụ nữ.", en: "The kitchen is for women."}
    score: {scale: A, reverse: true}
  - name: ways
    type: select_multiple
    list: ways
    read_out: true
    order: fixed
    order_why: "từ gần đến xa"
    ask: {vi: "Ông/Bà nghe qua cách nào?", en: "Which way did you hear of it?"}
  - name: source
    type: select_one
    list: sources
    ask: {vi: "Ông/Bà tin nguồn nào nhất?", en: "Which source do you trust most?"}
  - name: remark
    type: text
    required: false
    appearance: multiline
    ask: {vi: "Ông/Bà muốn nói thêm gì?", en: "Anything to add?"}
"""

FILES: Mapping[str, str] = {"form.yaml": FORM, "lists.yaml": LISTS, "10_first.yaml": FIRST, "20_scored.yaml": SCORED}


def changed(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """The clean form with passages (file, old, new) changed; each old passage stands there at least once."""
    texts = dict(FILES)
    for file, old, new in changes:
        assert old in texts[file], f"{old!r} must stand in {file}"
        texts[file] = texts[file].replace(old, new, 1)
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in texts.items():
        (folder / file).write_text(text, encoding="utf-8")
    return folder


def found(folder: Path) -> tuple[Problem, ...]:
    """Every finding on a folder, each told in both languages."""
    problems = findings(load(folder))
    for problem in problems:
        assert_told(problem)
    return problems


def codes(folder: Path) -> list[str]:
    """The codes of the findings."""
    return [p.code for p in found(folder)]


def of_rule(code: str, folder: Path) -> tuple[Problem, ...]:
    """What one rule says of a folder."""
    return tuple(RULES[code](load(folder)))
