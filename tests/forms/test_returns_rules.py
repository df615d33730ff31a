"""Constraints and hidden fields in a workbook mean what they mean on a phone: the same values as JavaRosa's, Collect's engine."""

from __future__ import annotations

import math
from datetime import date
from io import BytesIO
from pathlib import Path
from random import Random
from xml.etree import ElementTree as ET

import pytest
from pyxform.xls2xform import convert

from forms.load import load_questionnaire, questionnaire_folder
from forms.question import Question
from forms.returns.known import period_question, takes, unit_question, value_of, workable, year_question
from forms.returns.layout import layout
from forms.returns.rules import Around, allowed, hidden, work_out
from forms.returns.xpath import Known, XPathError, columns, evaluate, names, number, read, text_of, truth
from forms.workbook import workbook_bytes
from forms.xlsform import sheets
from tests.forms.clerk import card_form
from tests.forms.writing import drive, write_form

QUESTIONS = """\
section: m1
label: {vi: Câu, en: Questions}
questions:
  - {name: n, type: integer, required: false, ask: {vi: Số, en: Number}}
  - {name: m, type: decimal, required: false, ask: {vi: Số lẻ, en: Decimal}}
  - {name: d, type: date, required: false, ask: {vi: Ngày, en: Day}}
  - {name: e, type: date, required: false, ask: {vi: Ngày khác, en: Other day}}
  - {name: t, type: text, required: false, ask: {vi: Chữ, en: Text}}
  - {name: ways, type: select_multiple, list: ways, required: false, ask: {vi: Cách, en: Ways}}
"""
TRUTHS = (
    "${n} > 3", "${n} >= ${m}", "${n} = ${m}", "${n} != 4", "${t} = 'KH-UBND'", "${t} != ''", "not(${n} > 3)",
    "${n} > 3 and ${m} < 5", "${n} > 3 or ${m} < 5 and ${t} = ''", "(${n} > 3 or ${m} < 5) and ${t} = ''",
    "format-date(${d}, '%Y%m%d') >= concat(2026 - 1, '1201')", "format-date(${d}, '%Y%m%d') <= format-date(${e}, '%Y%m%d')",
    "int(format-date(${d}, '%Y')) = 2026 or int(format-date(${d}, '%Y')) = 2026 - 1",
    "decimal-date-time(${e}) > decimal-date-time(${d})", "decimal-date-time(${e}) - decimal-date-time(${d}) <= 366",
    "decimal-date-time(${d}) >= decimal-date-time('2014-10-29')", "string-length(${t}) <= 5 and not(contains(${t}, ' '))",
    "starts-with(${t}, 'KH')", "regex(${t}, '^[A-Za-z0-9_-]{1,20}$')", "selected(${ways}, 'tv')", "count-selected(${ways}) <= 1",
    "string-length(coalesce(${t}, '')) = 0", "${n} + 1 = 5",
    "${n} * 2 > ${m}", "${n} - ${m} >= 0", "${n} div 2 >= 2", "${n} mod 2 = 0",
    "if(${n} > 3, 1, 0) + if(${t} = '', 1, 0) = 1", "true()", "false()", "-1 < ${n}",
)  # fmt: skip
VALUES = (
    "concat(${t}, '-', ${n})",
    "substr(${t}, 1, 3)", "substr(${t}, 2)", "if(${n} > 3, 'many', 'few')", "format-date(${d}, '%d/%m/%Y')",
    "coalesce(${n}, 0) + coalesce(${m}, 0)", "string-length(${t})", "count-selected(${ways})", "round(coalesce(${m}, 0) + 0.5)",
    "int(coalesce(${m}, 0))",
    "round(decimal-date-time('2026-03-01') - decimal-date-time('2026-02-01'))", "'chữ'",
    "string(5)", "number('7')",
)  # fmt: skip
POOL = {
    "n": ("", "0", "3", "4", "9"), "m": ("", "3", "4.5", "5"), "d": ("", "2025-12-01", "2026-05-06", "2027-06-01"),
    "e": ("", "2026-05-06", "2026-11-30"), "t": ("", "KH-UBND", "KH UB", "a_b-9"), "ways": ("", "tv", "tv radio", "none"),
}  # fmt: skip


def test_javarosa_works_out_the_same_values(tmp_path: Path) -> None:
    """Every function that a workbook knows, over 60 random sets of answers, each value from Collect's own engine."""
    texts = [*(f"if({t}, 'y', 'n')" for t in TRUTHS), *VALUES]
    rows = "".join(f'  - {{name: c{i}, type: calculate, calculate: "{text}"}}\n' for i, text in enumerate(texts))
    end = "section: m9\nlabel: {vi: Hết, en: End}\nquestions:\n  - {name: z, type: note, ask: {vi: Hết, en: End}}\n"
    folder = write_form(tmp_path / "form", first=QUESTIONS + rows, scored=end)
    form = load_questionnaire(folder)
    survey, choices, _ = sheets(form)
    plain = type(survey)(
        "settings", ("form_title", "form_id", "version", "default_language"), (("Nhỏ", "tiny", "1", "Tiếng Việt (vi)"),)
    )
    made = convert(xlsform=BytesIO(workbook_bytes((survey, choices, plain))), file_type=".xlsx", validate=False, form_name="data")
    (tmp_path / "form.xml").write_text(str(made.xform), encoding="utf-8")
    rng = Random(7)
    sets = [{name: [rng.choice(values)] for name, values in POOL.items()} for _ in range(60)]
    found = drive({"folder": str(folder), "xform": str(tmp_path / "form.xml"), "interviews": [{"answers": a} for a in sets]})
    fields = [q for q in hidden(form) if q.name.startswith("c")]
    assert len(fields) == len(texts)
    for tried, interview in zip(sets, found["interviews"], strict=True):
        one = {name: tries[-1] for name, tries in tried.items() if tries[-1]}
        root = ET.fromstring(interview["xml"])
        assert {name: _plain(root.findtext(f"m1/{name}") or "") for name in POOL} == {name: one.get(name, "") for name in POOL}
        for text, q in zip(texts, fields, strict=True):
            ours = work_out(form, q, one, Around(date(2026, 11, 23)))
            assert _plain(ours) == _plain(root.findtext(f"m1/{q.name}") or ""), (text, one)


def _plain(text: str) -> str:
    """The engine writes 5.0 where we write 5."""
    return text.removesuffix(".0") if text.replace(".", "", 1).lstrip("-").isdigit() else text


# ---- reading


@pytest.mark.parametrize(
    "text",
    [
        "/data/meta/instanceID",
        "pulldata('a', 'b', 'c', 'd')",
        "${a} =",
        "not(",
        "substr(${a})",
        "if(1, 2)",
        "${a} ${b}",
        "'open",
        "a)",
    ],
)
def test_what_is_not_understood_is_said(text: str) -> None:
    with pytest.raises(XPathError):
        read(text)


def test_names_and_columns_of_an_expression() -> None:
    tree = read("kind = 'media' and ${a} > instance('units')/root/item[name = ${unit}]/commune")
    assert (names(tree), columns(tree)) == ({"a", "unit"}, {"kind"})


def test_a_column_of_the_units_list_is_looked_up() -> None:
    tree = read("instance('units')/root/item[name = ${unit}]/kind")
    assert evaluate(tree, Known({"unit": "s1"}, "", {"kind": "media"})) == "media"
    assert evaluate(tree, Known({}, "", {"kind": "media"})) == ""
    assert evaluate(read("kind = 'media'"), Known({}, "", {"kind": "media"})) is True


def test_truth_number_and_text_of_a_value() -> None:
    assert [truth(v) for v in (0.0, math.nan, "", "0", 1.0, True)] == [False, False, False, True, True, True]
    assert math.isnan(number("chữ"))
    assert number(date(1970, 1, 2)) == 1
    assert [text_of(v) for v in (4.0, 0.5, math.nan, True, date(2026, 1, 2))] == ["4", "0.5", "NaN", "true", "2026-01-02"]
    assert text_of(evaluate(read("1 div 0"), Known({}))) == "NaN"
    assert evaluate(read("true() = 'x'"), Known({})) is True


# ---- a form's own rules


def test_the_day_of_receipt_stands_for_the_phones_day(tmp_path: Path) -> None:
    form = card_form(tmp_path)
    (plan_on,) = [q for _, q in form.questions() if q.name == "plan_on"]
    answers = {"year": "2026"}
    days = [date(2026, 5, 5), date(2026, 5, 6), date(2026, 5, 7)]
    assert [allowed(form, plan_on, "2026-05-06", answers, Around(day)) for day in days] == [False, True, True]
    assert not allowed(form, plan_on, "2024-05-06", answers, Around(days[-1]))


def test_a_question_without_a_constraint_takes_anything(tmp_path: Path) -> None:
    form = card_form(tmp_path)
    (text,) = [q for _, q in form.questions() if q.name == "text"]
    assert allowed(form, text, "gì cũng được", {}, Around(date(2026, 1, 1)))


def test_values_are_typed_by_their_question(tmp_path: Path) -> None:
    kinds = {q.name: q for _, q in card_form(tmp_path).questions()}

    def typed(name: str, text: str) -> object:
        found: Question = kinds[name]
        return value_of(found, text)

    assert (typed("n_all", "7"), typed("n_all", "ba"), typed("plan_on", "2026-05-06"), typed("plan_on", "mai")) == (
        7.0, "ba", date(2026, 5, 6), "mai",
    )  # fmt: skip
    assert (typed("twice", "14"), typed("have", "yes")) == (14.0, "yes")


@pytest.mark.parametrize("name", ["media", "unit", "convention"])
def test_the_shipped_forms_can_be_worked_out_whole(name: str) -> None:
    """Every hidden field that a workbook needs is understood, every constraint read; nothing is refused."""
    form = load_questionnaire(questionnaire_folder(name))
    plan = layout(form)
    unit = unit_question(form)
    assert unit is not None
    assert plan.unit == unit.name
    assert {q.name for q in hidden(form)} <= workable(form)
    wanted = {"media": {"media"}, "unit": {"media", "commune", "department"}, "convention": {"commune"}}[name]
    rows = [dict.fromkeys(("name", "label", "commune"), "") | {"kind": kind} for kind in ("media", "commune", "department")]
    assert {row["kind"] for row in rows if takes(form, row)} == wanted
    assert year_question(form) is not None
    assert (period_question(form) is None) == (name != "unit")
