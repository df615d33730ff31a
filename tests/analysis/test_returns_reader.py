"""Excel returns read back: what was written is what is read, and every wrong cell is named; no file wins silently.

The templates are filled in with openpyxl as a person would, and damaged as persons and programs do.
"""

from __future__ import annotations

import csv
import json
import shutil
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner

from analysis.cli import app
from analysis.returns.cells import read_cell, size_of
from analysis.returns.folder import read_returns
from analysis.returns.noticed import COLUMNS, DO, Noticed, as_csv
from analysis.returns.returned import Returns
from analysis.returns.written import told, write_returns
from forms.load import load_questionnaire, questionnaire_folder
from forms.question import Label, Question, Questionnaire
from forms.returns.make import STAMP, Period, write_templates
from forms.units import Unit
from tests.forms.clerk import (
    ANNUAL,
    COUNTS,
    SOUND,
    UNITS,
    YEAR,
    card_cell,
    card_form,
    fill_card,
    fill_table,
    first_line,
    sent_out,
    table_column,
    table_form,
)
from tests.forms.writing import refused

DAY = date(2026, 11, 23)
CARD = "s1_tiny_card_2026-annual.xlsx"
TABLE = "21025_tiny_table_2026.xlsx"
CLASSES = "Từng lớp tập huấn"
LINES: list[Mapping[str, Any]] = [
    {"place": "07", "copy": 1, "state": "Có", "seen_on": date(2026, 1, 2), "found/loud": "x"},
    {"place": "08", "copy": 1, "state": "Không"},
]  # fmt: skip


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> tuple[Questionnaire, Path, Questionnaire, Path]:
    """The small card and table with their empty templates."""
    folder = tmp_path_factory.mktemp("forms")
    card, table = card_form(folder / "card"), table_form(folder / "table")
    return card, sent_out(card, folder / "cards"), table, sent_out(table, folder / "tables", YEAR)


@pytest.fixture
def card(forms: tuple[Questionnaire, Path, Questionnaire, Path], tmp_path: Path) -> tuple[Questionnaire, Path]:
    """A fresh template of the card in a folder of its own."""
    (tmp_path / "in").mkdir(exist_ok=True)
    return forms[0], Path(shutil.copy(forms[1] / CARD, tmp_path / "in" / CARD))


@pytest.fixture
def table(forms: tuple[Questionnaire, Path, Questionnaire, Path], tmp_path: Path) -> tuple[Questionnaire, Path]:
    """A fresh template of the table in a folder of its own."""
    (tmp_path / "in").mkdir(exist_ok=True)
    return forms[2], Path(shutil.copy(forms[3] / TABLE, tmp_path / "in" / TABLE))


def read(form: Questionnaire, folder: Path, period: Period = ANNUAL, units: Sequence[Unit] = UNITS) -> Returns:
    return read_returns(folder, form, units, period, DAY)


def changed(path: Path, sheet: str, change: Callable[[Worksheet], None]) -> Path:
    """The workbook after somebody did something to one of its sheets."""
    book = openpyxl.load_workbook(path)
    change(book[sheet])
    book.save(path)
    return path


def where(page: Worksheet, name: str) -> str:
    row, column = card_cell(page, name)
    return str(page.cell(row, column).coordinate)


def answers(found: Returns) -> dict[str, str | None]:
    """Name -> text of the only submission, outside repeats."""
    (one,) = found.submissions
    return {path.rpartition("/")[2]: text for path, text in one.answers.items()}


def said(found: Returns) -> list[tuple[str, str, str, str]]:
    """(check, severity, cell, question) of every finding; each speaks both languages."""
    for n in found.noticed:
        vi, _, en = n.do.partition(" | ")
        assert vi
        assert en
    return [(n.check, n.severity, n.cell, n.question) for n in found.noticed]


# ---- what is right


def test_a_whole_card_comes_back_as_it_was_written(card: tuple[Questionnaire, Path]) -> None:
    form, path = card
    fill_card(path, SOUND | {"n_class": 2, "share": 12.5}, {CLASSES: [{"people": 10, "women": 4}, {"people": 5, "women": 5}]})
    found = read(form, path.parent)
    assert found.noticed == ()
    got = answers(found)
    expected = {
        "unit": "s1", "year": "2026", "kind": "annual", "have": "yes", "n_talk": "3", "n_all": "7", "share": "12.5", "zone": "02",
        "ways": "loud", "plan_on": "2026-05-06", "text": "Đã làm tốt.",
    }  # fmt: skip
    assert {k: got[k] for k in expected} == expected
    assert (got["twice"], got["unit_kind"], got["filled_on"]) == ("14", "department", None)
    (one,) = found.submissions
    assert one.repeats["m2/class"] == (
        {"m2/class/people": "10", "m2/class/women": "4"}, {"m2/class/people": "5", "m2/class/women": "5"},
    )  # fmt: skip
    assert (one.source, one.form_id, one.form_version, one.questionnaire_digest) == ("excel", "tiny_card", "7", form.digest)
    assert [u.unit_id for u, _ in found.silent()] == ["s2", "21025"]


def test_a_table_gives_a_submission_a_line(table: tuple[Questionnaire, Path]) -> None:
    form, path = table
    fill_table(path, LINES)
    found = read(form, path.parent, YEAR)
    assert found.noticed == ()
    assert [s.answers["m1/place"] for s in found.submissions] == ["07", "08"]
    assert [s.answers["m1/found"] for s in found.submissions] == ["loud", None]
    assert len({s.instance_id for s in found.submissions}) == 2
    assert [u.unit_id for u, _ in found.silent()] == ["21028"]


def test_a_line_may_stand_anywhere_in_the_table(table: tuple[Questionnaire, Path]) -> None:
    form, path = table

    def write(page: Worksheet) -> None:
        for name, value in LINES[1].items():
            page.cell(first_line(page) + 149, table_column(page, name)).value = value

    changed(path, "Danh sách", write)
    assert [s.answers["m1/place"] for s in read(form, path.parent, YEAR).submissions] == ["08"]


def test_nothing_to_report_is_a_report(table: tuple[Questionnaire, Path]) -> None:
    form, path = table
    changed(path, "Danh sách", lambda page: page.__setitem__("C4", "x"))
    found = read(form, path.parent, YEAR)
    assert (found.noticed, found.submissions, [r.state for r in found.reports]) == ((), (), ["used"])
    assert [u.unit_id for u, _ in found.silent()] == ["21028"]
    fill_table(path, LINES)
    assert said(read(form, path.parent, YEAR)) == [("empty_with_lines", "red", "C4", "")]


def test_what_programs_do_to_cells_changes_nothing(card: tuple[Questionnaire, Path]) -> None:
    """Numbers as floats, dates as serial numbers, decomposed letters, trailing blanks, other capitals, codes for words."""
    form, path = card
    days = (date(2026, 5, 6) - date(1899, 12, 30)).days
    fill_card(path, SOUND | {
        "have": unicodedata.normalize("NFD", " có "), "n_talk": 3.0, "n_radio": 4.0, "n_all": 7.0, "zone": 2, "ways/loud": " X ",
        "plan": "yes", "plan_on": days, "text": unicodedata.normalize("NFD", "Đã làm tốt. "), "n_class": 0.0,
    })  # fmt: skip
    found = read(form, path.parent)
    assert found.noticed == ()
    got = answers(found)
    assert (got["zone"], got["plan_on"], got["text"], got["have"]) == ("02", "2026-05-06", "Đã làm tốt.", "yes")


def test_subfolders_are_read_and_locks_are_not(card: tuple[Questionnaire, Path]) -> None:
    form, path = card
    fill_card(path, SOUND)
    (path.parent / "nhận" / "đợt 1").mkdir(parents=True)
    path.rename(path.parent / "nhận" / "đợt 1" / "Bao cao.xlsx")
    (path.parent / f"~${CARD}").write_bytes(b"lock")
    (path.parent / ".hidden.xlsx").write_bytes(b"")
    found = read(form, path.parent)
    assert [(r.file, r.state) for r in found.reports] == [("nhận/đợt 1/Bao cao.xlsx", "used")]


# ---- what is wrong with one cell


@pytest.mark.parametrize(
    ("answer", "check", "severity", "got"),
    [
        ({"n_talk": "ba"}, "text_in_number", "red", "chữ, 2 ký tự / text"),
        ({"n_talk": "3 cuộc"}, "text_in_number", "red", "chữ, 6 ký tự / text"),
        ({"n_talk": "1.000"}, "text_in_number", "red", "chữ, 5 ký tự / text"),
        ({"n_talk": True}, "text_in_number", "red", "TRUE / FALSE"),
        ({"n_talk": datetime(2026, 3, 1)}, "text_in_number", "red", "ngày hoặc giờ / a date or time"),
        ({"n_talk": 2.5}, "decimal_in_integer", "red", "2.5"),
        ({"n_talk": 100}, "out_of_range", "red", "100"),
        ({"n_talk": -1}, "out_of_range", "red", "-1"),
        ({"n_talk": "3"}, "number_as_text", "yellow", "3"),
        ({"share": "12,5"}, "text_in_number", "red", "chữ, 4 ký tự / text"),
        ({"share": 100.5}, "out_of_range", "red", "100.5"),
        ({"plan_on": "mai"}, "not_a_date", "red", "chữ, 3 ký tự / text"),
        ({"plan_on": "31/02/2026"}, "not_a_date", "red", "chữ, 10 ký tự / text"),
        ({"plan_on": "06/05/2026"}, "date_as_text", "yellow", "2026-05-06"),
        ({"plan_on": date(1926, 5, 6)}, "date_out_of_range", "red", "1926-05-06"),
        ({"plan_on": date(2026, 11, 24)}, "rule_broken", "red", "2026-11-24"),
        ({"plan_on": date(2024, 11, 24)}, "rule_broken", "red", "2024-11-24"),
        ({"zone": "Vùng ba"}, "not_a_choice", "red", "chữ, 7 ký tự / text"),
        ({"zone": 3}, "not_a_choice", "red", "3"),
        ({"ways/loud": "có"}, "not_a_choice", "red", "chữ, 2 ký tự / text"),
        ({"n_all": 8}, "sum_differs", "red", "8"),
        ({"n_talk": 0, "n_radio": 0, "n_all": 0}, "rule_broken", "red", "0"),
        ({"zone": None}, "required_empty", "red", ""),
        ({"have": "Không"}, "not_asked", "red", "3"),
        ({"plan": "Không"}, "not_asked", "red", "2026-05-06"),
        ({"text": 907.0}, "number_in_text", "yellow", "907"),
        ({"n_talk": "#REF!"}, "cell_error", "red", "#REF!"),
    ],
)
def test_a_wrong_cell_is_named(
    card: tuple[Questionnaire, Path], answer: Mapping[str, Any], check: str, severity: str, got: str
) -> None:
    form, path = card
    fill_card(path, SOUND | answer)
    page = openpyxl.load_workbook(path)["Phiếu"]
    name = {"have": "n_talk", "plan": "plan_on"}.get(next(iter(answer)), next(iter(answer)))
    name = "n_all" if check == "rule_broken" and "n_all" in answer else name
    found = read(form, path.parent)
    first = next(n for n in found.noticed if n.check == check)
    assert (first.file, first.unit_id, first.sheet, first.cell, first.question) == (
        CARD,
        "s1",
        "Phiếu",
        where(page, name),
        name.partition("/")[0],
    )
    assert (first.severity, first.got) == (severity, got)
    assert [r.state for r in found.reports] == ["left_out" if severity == "red" else "used"]
    assert ("s1" in [u.unit_id for u, _ in found.silent()]) is (severity == "red")
    if severity == "yellow":
        assert answers(found)["n_all"] == "7"


def test_nothing_follows_from_a_cell_that_cannot_be_read(card: tuple[Questionnaire, Path]) -> None:
    """One unreadable part: the sum and the rules that look at it say nothing more."""
    form, path = card
    fill_card(path, SOUND | {"n_talk": "ba"})
    assert [c for c, *_ in said(read(form, path.parent))] == ["text_in_number"]


def test_choices_that_stand_alone(card: tuple[Questionnaire, Path]) -> None:
    form, path = card
    fill_card(path, SOUND)
    changed(path, "Phiếu", lambda page: page.cell(card_cell(page, "ways/loud")[0] + 2, 3).__setattr__("value", "x"))
    found = read(form, path.parent)
    assert [(n.check, n.expected, n.got) for n in found.noticed] == [("stands_alone", "none", "loud none")]


def test_a_formula_is_used_only_where_it_has_a_value_of_its_own(card: tuple[Questionnaire, Path]) -> None:
    """openpyxl writes formulas without a value, as a broken link has none."""
    form, path = card
    fill_card(path, SOUND | {"n_talk": "=1+2"})
    assert [(n.check, n.got) for n in read(form, path.parent).noticed] == [("formula_outside", "=…")]


def test_a_formula_with_a_value_is_read_and_told(
    forms: tuple[Questionnaire, Path, Questionnaire, Path], card: tuple[Questionnaire, Path]
) -> None:
    form, path = card
    fill_card(path, SOUND)
    _formula(path, "Phiếu", "n_talk", "1+2", 3)
    found = read(form, path.parent)
    assert [(n.check, n.severity, n.question) for n in found.noticed] == [("formula", "yellow", "n_talk")]
    assert answers(found)["n_talk"] == "3"
    _formula(path, "Phiếu", "n_talk", "[1]Sheet1!A1", 3)
    assert [n.check for n in read(form, path.parent).noticed] == ["formula_outside"]


def _formula(path: Path, sheet: str, name: str, text: str, value: int) -> None:
    """A formula with its value, as Excel saves it (openpyxl cannot): written into the sheet's XML."""
    import re
    import zipfile

    book = openpyxl.load_workbook(path)
    at, number = where(book[sheet], name), book.sheetnames.index(sheet) + 1
    with zipfile.ZipFile(path) as file:
        parts = {n: file.read(n) for n in file.namelist()}
    part = f"xl/worksheets/sheet{number}.xml"
    new = f'<c r="{at}"><f>{text}</f><v>{value}</v></c>'
    parts[part] = re.sub(rf'<c r="{at}"[^>]*?(/>|>.*?</c>)'.encode(), new.encode(), parts[part], count=1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for n, body in parts.items():
            file.writestr(n, body)


# ---- repeats and lines


@pytest.mark.parametrize(
    ("count", "lines", "expected"),
    [
        (2, [{"people": 5, "women": 2}], [("repeat_count", "B10", "n_class")]),
        (
            0,
            [{"people": 5, "women": 2}],
            [("not_asked", "B10", "people"), ("not_asked", "C10", "women"), ("repeat_count", "B10", "n_class")],
        ),
        (1, [{"people": 5, "women": 6}], [("rule_broken", "C10", "women")]),
        (1, [{"people": 5}], [("required_empty", "C10", "women")]),
        (2, [{"people": 5, "women": 2}, {"people": "năm", "women": 2}], [("text_in_number", "B11", "people")]),
    ],
)
def test_lines_of_a_repeat(
    card: tuple[Questionnaire, Path], count: int, lines: list[Mapping[str, Any]], expected: list[tuple[str, str, str]]
) -> None:
    form, path = card
    fill_card(path, SOUND | {"n_class": count}, {CLASSES: lines})
    found = read(form, path.parent)
    assert [(n.check, n.cell, n.question) for n in found.noticed] == expected
    assert {n.sheet for n in found.noticed} == {CLASSES}


def test_two_lines_of_one_and_the_same(table: tuple[Questionnaire, Path]) -> None:
    form, path = table
    fill_table(path, [LINES[0], LINES[1], {**LINES[1], "place": "07", "state": "Không"}])
    found = read(form, path.parent, YEAR)
    assert [(n.check, n.cell, n.question, n.got) for n in found.noticed] == [("line_twice", "B12", "place", "B10")]


def test_a_wrong_cell_of_a_table_is_named_by_line(table: tuple[Questionnaire, Path]) -> None:
    form, path = table
    fill_table(path, [LINES[0], {**LINES[1], "place": "thôn bảy", "seen_on": date(2026, 1, 1)}, {"place": "09", "state": "Có"}])
    found = [(n.check, n.cell, n.question) for n in read(form, path.parent, YEAR).noticed]
    assert found == [
        ("rule_broken", "B11", "place"), ("not_asked", "E11", "seen_on"), ("required_empty", "C12", "copy"),
        ("required_empty", "E12", "seen_on"), ("required_empty", "F12", "found"),
    ]  # fmt: skip


# ---- what was done to the sheets


def _say(text: str) -> Callable[[Worksheet], None]:
    return lambda page: page.__setitem__("B8", text)


@pytest.mark.parametrize(
    ("change", "check", "cell"),
    [
        (lambda page: page.insert_rows(8), "moved", "A8"),
        (lambda page: page.delete_rows(8), "moved", "A8"),
        (lambda page: page.insert_cols(2), "moved", "B1"),
        (lambda page: page.__setitem__("C4", "Trả lời của đơn vị"), "moved", "C4"),
        (lambda page: page.__setitem__("B7", None), "moved", "B7"),
        (lambda page: page.merge_cells("C12:C13"), "merged", "C12"),
        (lambda page: page.__setitem__("C40", "ghi thêm ở đây"), "outside", "C40"),
        (lambda page: page.__setitem__("G9", 5), "outside", "G9"),
        (lambda page: page.__setitem__("C2", "Sở Hai & Ba"), "given_changed", "C2"),
        (lambda page: page.__setitem__("C7", "2027"), "given_changed", "C7"),
        (lambda page: page.__setitem__("C8", None), "given_changed", "C8"),
    ],
)
def test_a_sheet_that_somebody_rearranged(
    card: tuple[Questionnaire, Path], change: Callable[[Worksheet], None], check: str, cell: str
) -> None:
    form, path = card
    fill_card(path, SOUND)
    changed(path, "Phiếu", change)
    found = read(form, path.parent)
    assert (found.noticed[0].check, found.noticed[0].sheet, found.noticed[0].cell) == (check, "Phiếu", cell)
    assert [r.state for r in found.reports] == ["left_out"]
    assert found.submissions == ()


@pytest.mark.parametrize(
    ("change", "check", "cell"),
    [
        (lambda page: page.insert_rows(11), "moved", "A11"),
        (lambda page: page.delete_rows(160 - 50), "moved", "A110"),
        (lambda page: page.insert_cols(3), "moved", "C7"),
        (lambda page: page.__setitem__("C8", "Số bản"), "moved", "C8"),
        (lambda page: page.__setitem__("B160", "99"), "outside", "B160"),
    ],
)
def test_a_table_that_somebody_rearranged(
    table: tuple[Questionnaire, Path], change: Callable[[Worksheet], None], check: str, cell: str
) -> None:
    form, path = table
    fill_table(path, LINES)
    changed(path, "Danh sách", change)
    found = read(form, path.parent, YEAR)
    assert (found.noticed[0].check, found.noticed[0].cell) == (check, cell)
    assert found.submissions == ()


def test_a_renamed_or_lost_sheet_is_named(card: tuple[Questionnaire, Path]) -> None:
    form, path = card
    book = openpyxl.load_workbook(path)
    book[CLASSES].title = "Lớp"
    book.save(path)
    found = read(form, path.parent)
    assert [(n.check, n.sheet, n.expected) for n in found.noticed] == [("moved", CLASSES, CLASSES)]


# ---- files


def test_foreign_and_damaged_files_are_told_apart(card: tuple[Questionnaire, Path], table: tuple[Questionnaire, Path]) -> None:
    """Both fixtures share a folder: the table is a template of another form."""
    form, path = card
    fill_card(path, SOUND)
    openpyxl.Workbook().save(path.parent / "a.xlsx")
    (path.parent / "b.xlsx").write_bytes(b"PK\x03\x04 broken")
    (path.parent / "c.pdf").write_bytes(b"%PDF")
    (path.parent / "d.xlsx").write_bytes(b"<html>")
    found = read(form, path.parent)
    assert [(r.file, r.state, [n.check for n in r.noticed]) for r in found.reports] == [
        (TABLE, "left_out", ["other_form"]), ("a.xlsx", "foreign", ["foreign"]), ("b.xlsx", "foreign", ["unreadable"]),
        ("c.pdf", "foreign", ["unreadable"]), ("d.xlsx", "foreign", ["unreadable"]), (CARD, "used", []),
    ]  # fmt: skip


@pytest.fixture
def other_version(tmp_path: Path) -> Questionnaire:
    """The same form with one word changed."""
    return card_form(tmp_path / "other", **{"20_counts": COUNTS.replace("vi: Vùng, en", "vi: Vùng nào, en")})


def test_another_versions_template_is_left_out(card: tuple[Questionnaire, Path], other_version: Questionnaire) -> None:
    fill_card(card[1], SOUND)
    found = read(other_version, card[1].parent)
    assert [(n.check, n.got.split()[1]) for n in found.noticed] == [("other_version", card[0].digest[:12])]
    assert read(other_version, card[1].parent, Period()).period == "2026-annual"


def test_a_unit_twice_is_taken_in_neither_file(card: tuple[Questionnaire, Path]) -> None:
    form, path = card
    fill_card(path, SOUND)
    second = Path(shutil.copy(path, path.with_name("s1 bản sao.xlsx")))
    found = read(form, path.parent)
    assert [(n.file, n.check, n.got) for n in found.noticed] == [
        (second.name, "unit_twice", f"{CARD} (giống hệt / identical)"),
        (CARD, "unit_twice", f"{second.name} (giống hệt / identical)"),
    ]  # fmt: skip
    fill_card(second, {"n_radio": 5, "n_all": 8})
    found = read(form, path.parent)
    assert [n.got for n in found.noticed] == [f"{f} (khác / different: n_all, n_radio)" for f in (CARD, second.name)]
    assert (found.submissions, [r.state for r in found.reports]) == ((), ["left_out", "left_out"])
    assert {u.unit_id: files for u, files in found.silent()}["s1"] == (second.name, CARD)


def test_a_unit_that_is_not_on_the_list_and_one_that_owes_nothing(card: tuple[Questionnaire, Path]) -> None:
    form, path = card
    fill_card(path, SOUND)
    assert [(n.check, n.got) for n in read(form, path.parent, units=UNITS[1:]).noticed] == [("unit_unknown", "s1")]
    idle = Unit("s1", "Sở Một", "department", frozenset({"II.4"}), "", date(2026, 1, 1), None)
    found = read(form, path.parent, units=(idle, *UNITS[1:]))
    assert [(n.check, n.severity) for n in found.noticed] == [("unit_not_obliged", "yellow")]
    assert len(found.submissions) == 1


def test_a_file_under_another_units_name(card: tuple[Questionnaire, Path]) -> None:
    form, path = card
    fill_card(path, SOUND)
    path = path.rename(path.with_name("s2_tiny_card_2026-annual.xlsx"))
    assert [(n.check, n.expected, n.got) for n in read(form, path.parent).noticed] == [("unit_other", "s1", "s2")]


def test_another_periods_file_is_left_out_and_the_period_must_be_known(
    forms: tuple[Questionnaire, Path, Questionnaire, Path], card: tuple[Questionnaire, Path], tmp_path: Path
) -> None:
    form, path = card
    fill_card(path, SOUND)
    six = sent_out(form, tmp_path / "six", Period(2026, "six"))
    fill_card(Path(shutil.copy(six / "s2_tiny_card_2026-six.xlsx", path.parent)), SOUND)
    found = read(form, path.parent)
    assert [(n.file, n.check, n.got) for n in found.noticed] == [("s2_tiny_card_2026-six.xlsx", "other_period", "2026-six")]
    (problem,) = refused(lambda: read(form, path.parent, Period()))
    assert (problem.code, problem.got) == ("DATA-071", "2026-annual, 2026-six")
    (problem,) = refused(lambda: read(form, path.parent, Period(2026, "month")))
    assert problem.code == "FORM-068"


def test_a_folder_without_a_workbook_is_refused(card: tuple[Questionnaire, Path], tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "a.txt").write_text("x", encoding="utf-8")
    for folder in (tmp_path / "none", tmp_path / "nowhere"):
        assert refused(lambda folder=folder: read(card[0], folder))[0].code == "DATA-070"


def test_practice_and_real_files_do_not_mix(card: tuple[Questionnaire, Path], tmp_path: Path) -> None:
    form, path = card
    fill_card(path, SOUND)
    practice = Unit("s2", "Sở Hai & Ba", "department", frozenset({"II.1"}), "", date(2026, 1, 1), None, STAMP)
    write_templates(form, [practice], ANNUAL, tmp_path / "p")
    fill_card(Path(shutil.copy(tmp_path / "p" / "s2_tiny_card_2026-annual.xlsx", path.parent)), SOUND)
    assert [n.check for n in read(form, path.parent).noticed] == ["stamp_mixed", "stamp_mixed"]


def test_an_empty_template_is_no_report(card: tuple[Questionnaire, Path]) -> None:
    form, path = card
    found = read(form, path.parent)
    assert ([r.state for r in found.reports], said(found)) == (["empty"], [("empty", "yellow", "C6", "unit")])
    assert [u.unit_id for u, _ in found.silent()] == ["s1", "s2", "21025"]


def test_a_unit_whose_file_is_not_filled_in_is_not_told_that_it_sent_nothing(
    card: tuple[Questionnaire, Path], tmp_path: Path
) -> None:
    """It sent a file: the office must ask for its content, not for the file."""
    form, path = card
    found = read(form, path.parent)
    assert [r.state for r in found.reports] == ["empty"]
    write_returns(found, tmp_path / "out")
    silent = {r["unit_id"]: (r["state"], r["files"]) for r in rows(tmp_path / "out" / "not_reported.csv")}
    assert silent == {"s1": ("empty", CARD), "s2": ("nothing", ""), "21025": ("nothing", "")}
    said = "\n".join(told(found))
    assert f"chưa có tệp nào được điền / no file is filled in: {CARD}" in said
    assert said.count("chưa có tệp / no file") == 2


# ---- what is written


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(path.read_text(encoding="utf-8"))))


def test_the_tables_that_are_written(card: tuple[Questionnaire, Path], tmp_path: Path) -> None:
    form, path = card
    fill_card(path, SOUND | {"plan": "Chưa có số liệu", "plan_on": None, "text": "@SUM(1)", "share": None})
    found = read(form, path.parent)
    assert write_returns(found, tmp_path / "out") == tuple(
        tmp_path / "out" / n for n in ("returns.csv", "not_reported.csv", "files.csv", "findings.csv", "findings.json")
    )
    by_name = {r["question"]: r for r in rows(tmp_path / "out" / "returns.csv")}
    expected = {
        "n_all": ("integer", "7", "answered"), "plan": ("code", "", "dont_know"), "plan_on": ("date", "", "not_asked"),
        "share": ("decimal", "", "missing"), "text": ("text", "'@SUM(1)", "answered"), "zone": ("code", "02", "answered"),
    }  # fmt: skip
    assert {n: (by_name[n]["type"], by_name[n]["value"], by_name[n]["why"]) for n in expected} == expected
    assert {(r["unit_id"], r["kind"], r["form"], r["period"]) for r in by_name.values()} == {
        ("s1", "department", "tiny_card", "2026-annual")
    }
    assert [(r["unit_id"], r["state"], r["files"]) for r in rows(tmp_path / "out" / "not_reported.csv")] == [
        ("s2", "nothing", ""), ("21025", "nothing", ""),
    ]  # fmt: skip
    assert rows(tmp_path / "out" / "files.csv")[0]["state"] == "used"


def test_a_red_file_is_left_out_of_every_table_but_the_log(card: tuple[Questionnaire, Path], tmp_path: Path) -> None:
    form, path = card
    fill_card(path, SOUND | {"n_all": 8})
    write_returns(read(form, path.parent), tmp_path / "out")
    assert rows(tmp_path / "out" / "returns.csv") == []
    first = rows(tmp_path / "out" / "not_reported.csv")[0]
    assert (first["unit_id"], first["state"], first["files"]) == ("s1", "left_out", CARD)
    (finding,) = rows(tmp_path / "out" / "findings.csv")
    assert (finding["check"], finding["expected"], finding["got"]) == ("sum_differs", "7 = n_talk + n_radio", "8")
    assert json.loads((tmp_path / "out" / "findings.json").read_text(encoding="utf-8")) == [finding]


def test_the_log_never_says_what_a_person_wrote(card: tuple[Questionnaire, Path], tmp_path: Path) -> None:
    form, path = card
    secret = "chị Lan ở xóm trên"
    fill_card(path, SOUND | {"n_talk": secret, "zone": secret, "plan_on": secret, "ways/loud": secret})
    changed(path, "Phiếu", lambda page: page.__setitem__("C40", secret))
    found = read(form, path.parent)
    write_returns(found, tmp_path / "out")
    assert len(found.noticed) >= 5
    for file in (tmp_path / "out").iterdir():
        assert secret not in file.read_text(encoding="utf-8"), file.name
    assert secret not in "\n".join(told(found))


def test_the_screen_is_short_and_vietnamese_first(card: tuple[Questionnaire, Path]) -> None:
    form, path = card
    fill_card(path, SOUND | dict.fromkeys(("n_talk", "n_radio", "n_all", "zone", "plan", "n_class", "have"), "gì"))
    lines = list(told(read(form, path.parent)))
    assert lines[0] == "Báo cáo nhỏ, kỳ / period 2026-annual"
    assert lines[2].startswith("đơn vị phải báo cáo / units that owe it: 3; đã có / reported: 0")
    assert len(lines) < 25
    assert any(line.strip().startswith("… (+") for line in lines)


@pytest.mark.parametrize("text", ["=1", "+84 905", "-x", "@a"])
def test_text_that_could_compute_is_disarmed(text: str) -> None:
    found = Noticed("formula", "yellow", f"{text}.xlsx", "bao", "", "", "", "", text)
    cells = next(csv.reader(StringIO(as_csv([found]).decode().split("\n", 1)[1])))
    assert (cells[COLUMNS.index("got")], cells[COLUMNS.index("file")]) == (f"'{text}", f"'{text}.xlsx")


def test_the_command(card: tuple[Questionnaire, Path], tmp_path: Path) -> None:
    """The shipped media form from template to table; 3 when something red waits."""
    out, back = tmp_path / "templates", tmp_path / "back"
    form = load_questionnaire(questionnaire_folder("media"))
    media = Unit("bao", "Báo", "media", frozenset({"II.4"}), "", date(2026, 1, 1), None)
    write_templates(form, [media], YEAR, out)
    units = tmp_path / "units.csv"
    units.write_text("unit_id,name,kind,obliged,parent,from,to\nbao,Báo,media,II.4,,2026-01-01,\n", encoding="utf-8")
    words = ["returns", str(out), "--form", "media", "--units", str(units), "--out", str(back), "--received", "2026-12-01"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "bao  Báo: chưa có tệp" in done.output
    assert [r["state"] for r in rows(back / "files.csv")] == ["empty"]
    (path,) = out.iterdir()
    fill_card(path, {"period_from": date(2025, 12, 1)})
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 3, done.output
    assert {r["check"] for r in rows(back / "findings.csv")} == {"required_empty"}


# ---- any answers


PLACES = st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn", "Zl", "Zp")), min_size=1, max_size=60)


@st.composite
def cards(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, str | None], list[dict[str, int]]]:
    """(cells, expected texts, classes) of a card without a fault."""
    have, plan = draw(st.sampled_from(("yes", "no", "nodata"))), draw(st.sampled_from(("yes", "no", "ref")))
    words = {"yes": "Có", "no": "Không", "nodata": "Chưa có số liệu", "ref": "Không trả lời", "01": "Vùng một", "02": "Vùng hai"}
    talk, radio = draw(st.integers(0, 99)), draw(st.integers(1, 99))
    zone, day = draw(st.sampled_from(("01", "02"))), draw(st.dates(date(2025, 1, 1), DAY))
    text, share = draw(st.none() | TEXTS), draw(st.none() | st.integers(0, 1000))
    classes = [{"people": n, "women": draw(st.integers(0, n))} for n in draw(st.lists(st.integers(1, 500), max_size=4))]
    counts = {"n_talk": talk, "n_radio": radio, "n_all": talk + radio} if have == "yes" else {}
    cells = {
        "have": words[have], **counts, "zone": words[zone], "ways/loud": "x", "plan": words[plan], "n_class": len(classes),
        "text": text, "share": None if share is None else share / 10, **({"plan_on": day} if plan == "yes" else {}),
    }  # fmt: skip
    stripped = None if text is None else unicodedata.normalize("NFC", text).strip() or None
    expected = {
        "have": have, "zone": zone, "plan": plan, "n_class": str(len(classes)), "text": stripped,
        "plan_on": day.isoformat() if plan == "yes" else None, "n_all": str(talk + radio) if have == "yes" else None,
        "share": None if share is None else format(share / 10, ".12g"),
    }  # fmt: skip
    return cells, expected, classes


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filled=cards())
def test_what_is_written_is_what_is_read(
    forms: tuple[Questionnaire, Path, Questionnaire, Path], tmp_path_factory: pytest.TempPathFactory,
    filled: tuple[dict[str, Any], dict[str, str | None], list[dict[str, int]]],
) -> None:  # fmt: skip
    cells, expected, classes = filled
    folder = tmp_path_factory.mktemp("any")
    path = Path(shutil.copy(forms[1] / CARD, folder / CARD))
    book = openpyxl.load_workbook(path)
    for name, value in cells.items():
        row, column = card_cell(book["Phiếu"], name)
        cell = book["Phiếu"].cell(row, column)
        cell.value = value
        cell.data_type = "s" if isinstance(value, str) else cell.data_type  # a text that begins with = stays a text
    for number, line in enumerate(classes):
        for name, people in line.items():
            page = book[CLASSES]
            page.cell(first_line(page) + number, table_column(page, name)).value = people
    book.save(path)
    found = read(forms[0], folder)
    assert found.noticed == ()
    got = answers(found)
    assert {name: got[name] for name in expected} == expected
    (one,) = found.submissions
    assert [{p.rpartition("/")[2]: int(v or -1) for p, v in line.items()} for line in one.repeats["m2/class"]] == classes


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.none(), st.booleans(), st.floats(allow_nan=False), st.dates(), st.datetimes(), TEXTS, st.sampled_from(("", " ", "3"))
    )
)
def test_any_cell_is_read_or_refused_in_words(cell: Any) -> None:
    """Whatever stands in a cell, of whatever question: a text, or a check that has its words; never an exception, never both."""
    for kind in ("integer", "decimal", "date", "time", "select_one", "text"):
        q = Question("q", kind, Label("Câu", "Question"), "x", list="l", range=(0, 9) if kind == "integer" else None)  # type: ignore[arg-type]  # each is a type
        got = read_cell(q, cell, {"l": [("01", "Một"), ("02", "Hai")]})
        assert not got.check or got.check in DO
        assert (got.text is None) or got.check in ("", "number_as_text", "date_as_text", "number_in_text")
        assert size_of(cell) is not None


def test_every_check_is_raised_and_told() -> None:
    """No words without a check in the code, no check without words."""
    folder = Path(__file__).parents[2] / "analysis" / "returns"
    code = "".join(p.read_text(encoding="utf-8") for p in folder.glob("*.py") if p.name != "noticed.py")
    assert [check for check in DO if f'"{check}"' not in code] == []
    assert Noticed("empty", "yellow", "", "", "", "", "", "", "").id != Noticed("moved", "red", "", "", "", "", "", "", "").id
