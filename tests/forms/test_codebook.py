"""The codebook: what every column is, who was asked, what was right on the day."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from forms.build import asked_if, codebook_json, codebook_sheet
from forms.codebook import Codebook, codebook
from forms.condition import Both, parse
from forms.load import load_questionnaire
from forms.question import Questionnaire
from tests.forms.writing import SCORED, write_form

REPEAT = """\
section: m3
label: {vi: Ba, en: Three}
only_if: consent = yes
questions:
  - {name: n, type: integer, ask: {vi: Mấy người, en: How many}}
  - section: member
    label: {vi: Người, en: Member}
    only_if: n > 0
    repeat: ${n}
    questions:
      - {name: m_age, type: integer, only_if: age >= 18, ask: {vi: Tuổi, en: Age}}
  - {name: total, type: calculate, value_type: int, calculate: "${n} + 1"}
  - {name: thanks, type: note, ask: {vi: Cảm ơn, en: Thanks}}
"""
KEYS = """\
        - {value: t, law: Luật A, article: Điều 1, valid_from: 2007-07-01, valid_to: 2026-06-30, read_on: null}
        - {value: f, law: Luật B, article: Điều 9, valid_from: 2026-07-01, valid_to: null, read_on: 2026-11-22}
"""


@pytest.fixture
def book(tmp_path: Path) -> Codebook:
    old = SCORED.splitlines(keepends=True)
    at = next(i for i, line in enumerate(old) if "- {value: t" in line)
    folder = write_form(tmp_path, scored="".join([*old[:at], KEYS, *old[at + 1 :]]))
    (folder / "30_more.yaml").write_text(REPEAT, encoding="utf-8")
    return codebook(load_questionnaire(folder))


def test_conditions_of_section_and_question_are_joined(book: Codebook) -> None:
    consent, adult = parse("consent = yes"), parse("age >= 18")
    assert book["consent"].asked_if is None
    assert book["phone"].asked_if == adult
    assert book["k1"].asked_if == consent
    assert book["a1"].asked_if == Both((consent, adult))
    assert book["m_age"].asked_if == Both((consent, parse("n > 0"), adult))


def test_a_repeat_is_named_by_its_path(book: Codebook) -> None:
    assert (book["m_age"].path, book["m_age"].repeat) == ("m3/member/m_age", "m3/member")
    assert (book["total"].path, book["total"].repeat, book["total"].type) == ("m3/total", "", "calculated")


def test_notes_have_no_column_and_private_columns_say_so(book: Codebook) -> None:
    assert "thanks" not in [v.name for v in book.variables]
    with pytest.raises(KeyError):
        book["thanks"]
    assert [v.name for v in book.variables if v.private] == ["phone"]
    assert not book["phone"].required


def test_items_of_a_scale_in_form_order(book: Codebook) -> None:
    assert [v.name for v in book.items("K")] == ["k1"]
    assert [(v.name, v.reverse) for v in book.items("A")] == [("a1", True)]
    assert book.items("V") == ()


def test_types_and_codes(book: Codebook) -> None:
    assert {v.name: v.type for v in book.variables}["ways"] == "codes"
    assert book["ways"].codes == ("tv", "radio", "none", "ref")
    assert book["k1"].codes == ("t", "f", "dk")
    assert book["age"].codes == ()


@pytest.mark.parametrize(
    ("day", "right"),
    [
        (date(2007, 6, 30), None), (date(2007, 7, 1), "t"), (date(2026, 6, 30), "t"), (date(2026, 7, 1), "f"),
        (date(2030, 10, 1), "f"),
    ],
)  # fmt: skip
def test_the_key_follows_the_day_of_the_interview(book: Codebook, day: date, right: str | None) -> None:
    assert book["k1"].right_answer(day) == right


def test_who_was_asked_in_words(book: Codebook) -> None:
    assert asked_if(book, book["consent"], "vi") == "mọi phiếu"
    assert asked_if(book, book["consent"], "en") == "every form"
    assert asked_if(book, book["a1"], "vi") == "Ông/Bà có đồng ý là «Có» và Tuổi tròn từ «18»"
    assert asked_if(book, book["a1"], "en") == "Do you agree is «Yes» and Age at least «18»"


def test_written_for_programs_and_for_readers(book: Codebook) -> None:
    document = json.loads(codebook_json(book))
    names = [v.name for v in book.variables]
    assert [v["name"] for v in document["variables"]] == names
    k1 = document["variables"][names.index("k1")]
    assert [(k["value"], k["valid_from"], k["valid_to"]) for k in k1["key"]] == [
        ("t", "2007-07-01", "2026-06-30"), ("f", "2026-07-01", None),
    ]  # fmt: skip
    assert k1["choices"][2] == {"code": "dk", "vi": "Không biết", "en": "Do not know", "why": "dont_know"}
    sheet = codebook_sheet(book)
    assert [row[0] for row in sheet.rows] == names
    assert {len(row) for row in sheet.rows} == {len(sheet.header)}


def test_the_shipped_codebook(household: Questionnaire) -> None:
    book = codebook(household)
    private = {v.name for v in book.variables if v.private}
    assert {"start", "end", "deviceid", "ref_code"} <= private
    assert not private & {v.name for scale in "KAV" for v in book.items(scale)}
    assert len({v.path for v in book.variables}) == len(book.variables) == len({v.name for v in book.variables})
    assert book["m_age"].repeat == "m1/member"
    for name in ("consent", "consent_sensitive", "alone", "age", "sex", "n_eligible", "p_select", "commune", "psu", "household",
                 "wave", "result", "interview_date", "round_kind", "select_u", "questionnaire_digest"):  # fmt: skip
        assert book[name].name == name
