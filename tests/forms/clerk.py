"""An office clerk with openpyxl, another code base than wrote the templates: finds a question by its printed code, writes, saves.

A small card form (repeat, sums, dates, several answers), a small table form, and units written by the tests themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from forms.load import load_questionnaire
from forms.question import Questionnaire
from forms.returns.make import Period, write_templates
from forms.units import Unit

CARD = """\
id: tiny_card
title: {vi: Báo cáo nhỏ, en: Small report}
version: "7"
excel: card
serves: {II.1: [n_all], II.2: [plan]}
instance_name: [unit, year, kind]
"""
TABLE = """\
id: tiny_table
title: {vi: Danh sách nhỏ, en: Small list}
version: "7"
excel: table
serves: {II.5: [state]}
instance_name: [unit, place, copy]
"""
LISTS = """\
yes_no:
  - {code: "yes", vi: Có, en: "Yes"}
  - {code: "no", vi: Không, en: "No"}
  - {code: nodata, vi: Chưa có số liệu, en: No figures, why: dont_know}
  - {code: ref, vi: Không trả lời, en: No answer, why: refused}
kinds:
  - {code: six, vi: Báo cáo 6 tháng, en: Six months}
  - {code: annual, vi: Báo cáo năm, en: Annual}
ways:
  - {code: loud, vi: Loa truyền thanh, en: Loudspeaker}
  - {code: paper, vi: Tờ rơi, en: Leaflet}
  - {code: none, vi: Không cách nào, en: None}
zones:
  - {code: "01", vi: Vùng một, en: Zone one}
  - {code: "02", vi: Vùng hai, en: Zone two}
"""
HEAD = """\
section: m0
label: {vi: Đơn vị, en: Unit}
questions:
  - {name: filled_on, type: today, value_type: date}
  - {name: questionnaire_digest, type: calculate, calculate: "'{digest}'"}
  - {name: unit, type: select_one, file: units.csv, ask: {vi: Đơn vị báo cáo, en: Unit}}
  - {name: unit_kind, type: calculate, calculate: "instance('units')/root/item[name = ${unit}]/kind"}
"""
PERIOD = """\
  - {name: year, type: integer, range: [2026, 2030], ask: {vi: Năm, en: Year}}
  - {name: kind, type: select_one, list: kinds, ask: {vi: Loại báo cáo, en: Kind}}
  - {name: rule, type: note, ask: {vi: "Một cuộc có ngày, nơi, nội dung.", en: "One event has a day, a place, a content."}}
"""
COUNTS = """\
section: m1
label: {vi: Số cuộc, en: Events}
questions:
  - {name: have, type: select_one, list: yes_no, ask: {vi: Có số liệu không?, en: Any figures?}}
  - section: m1_counts
    label: {vi: Từng loại, en: Kinds}
    only_if: have = yes
    questions:
      - {name: n_talk, type: integer, range: [0, 99], ask: {vi: Số buổi nói chuyện, en: Talks}}
      - {name: n_radio, type: integer, range: [0, 99], ask: {vi: Số buổi phát thanh, en: Broadcasts}}
      - name: n_all
        type: integer
        sum_of: [n_talk, n_radio]
        must: . > 0
        must_message: {vi: Không có cuộc nào thì chọn «Không»., en: None means no.}
        ask: {vi: Tổng số cuộc, en: All events}
  - {name: share, type: decimal, range: [0, 100], required: false, ask: {vi: Tỷ lệ nữ (%), en: Share of women}}
  - {name: twice, type: calculate, value_type: int, only_if: have = yes, calculate: "${n_all} * 2"}
  - {name: zone, type: select_one, list: zones, ask: {vi: Vùng, en: Zone}}
  - {name: ways, type: select_multiple, list: ways, ask: {vi: Truyền thông bằng cách nào?, en: Which ways?}}
  - name: plan
    type: select_one
    list: yes_no
    ask: {vi: Đã có kế hoạch chưa?, en: Is there a plan?}
  - name: plan_on
    type: date
    only_if: plan = yes
    constraint: format-date(., '%Y%m%d') <= format-date(${filled_on}, '%Y%m%d') and format-date(., '%Y') >= ${year} - 1
    must_message: {vi: Ngày không sau hôm nay., en: Not after today.}
    ask: {vi: Ngày của kế hoạch, en: Day of the plan}
  - {name: text, type: text, required: false, appearance: multiline, ask: {vi: Ghi thêm, en: More}}
"""
GROUPS = """\
section: m2
label: {vi: Các lớp tập huấn, en: Trainings}
questions:
  - {name: n_class, type: integer, range: [0, 4], ask: {vi: Số lớp, en: Classes}}
  - section: class
    label: {vi: "Từng lớp: tập huấn", en: Each class}
    only_if: n_class > 0
    repeat: ${n_class}
    questions:
      - {name: people, type: integer, range: [1, 500], ask: {vi: Số người, en: People}}
      - {name: women, type: integer, must: ". <= ${people}", ask: {vi: Trong đó nữ, en: Women}}
"""
PLACES = """\
section: m1
label: {vi: Từng bản, en: Each}
questions:
  - {name: place, type: text, constraint: "regex(., '^[A-Za-z0-9_-]{1,20}$')", ask: {vi: Mã thôn, en: Hamlet code}}
  - {name: copy, type: integer, range: [1, 9], ask: {vi: Bản thứ mấy?, en: Which one?}}
  - {name: state, type: select_one, list: yes_no, ask: {vi: Đã rà soát chưa?, en: Reviewed?}}
  - {name: seen_on, type: date, only_if: state = yes, ask: {vi: Ngày rà soát, en: Day}}
  - {name: found, type: select_multiple, list: ways, only_if: state = yes, ask: {vi: Thấy ở đâu?, en: Where?}}
"""
CHOICE_WORDS = {
    "yes": "Có",
    "no": "Không",
    "nodata": "Chưa có số liệu",
    "01": "Vùng một",
    "02": "Vùng hai",
    "loud": "Loa truyền thanh",
}
UNITS = (
    Unit("s1", "Sở Một", "department", frozenset({"II.1", "II.2"}), "", date(2026, 1, 1), None),
    Unit("s2", "Sở Hai & Ba", "department", frozenset({"II.1"}), "", date(2026, 1, 1), None),
    Unit("21025", "UBND xã Một", "commune", frozenset({"II.1", "II.5"}), "", date(2026, 1, 1), None),
    Unit("21028", "UBND xã Hai", "commune", frozenset({"II.5"}), "", date(2026, 1, 1), date(2026, 6, 30)),
    Unit("s9", "Sở Cũ", "department", frozenset({"II.1"}), "", date(2024, 1, 1), date(2025, 12, 31)),
)  # fmt: skip
ANNUAL, YEAR = Period(2026, "annual"), Period(2026)
SOUND: Mapping[str, Any] = {
    "have": "Có", "n_talk": 3, "n_radio": 4, "n_all": 7, "zone": "Vùng hai", "ways/loud": "x", "plan": "Có",
    "plan_on": date(2026, 5, 6), "text": "Đã làm tốt.", "n_class": 0,
}  # fmt: skip
"""A whole card without a fault."""


def card_form(folder: Path, **files: str) -> Questionnaire:
    """The small card form; keyword head, lists, counts, groups replace a file's text."""
    return _form(
        folder, {"form": CARD, "lists": LISTS, "10_head": HEAD + PERIOD, "20_counts": COUNTS, "30_groups": GROUPS} | files
    )


def table_form(folder: Path, **files: str) -> Questionnaire:
    """The small table form."""
    return _form(folder, {"form": TABLE, "lists": LISTS, "10_head": HEAD, "20_places": PLACES} | files)


def _form(folder: Path, files: Mapping[str, str]) -> Questionnaire:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_questionnaire(folder)


def sent_out(form: Questionnaire, out: Path, period: Period = ANNUAL) -> Path:
    """The folder with a template for every unit that owes the form."""
    write_templates(form, UNITS, period, out)
    return out


def card_cell(page: Worksheet, name: str) -> tuple[int, int]:
    """(row, column) of a question's answer on a card, from 1; «ways/loud» is one choice of several, found by its words."""
    name, _, choice = name.partition("/")
    row = next(r for r in range(1, page.max_row + 1) if page.cell(r, 1).value == name)
    if choice:
        row = next(r for r in range(row, page.max_row + 1) if page.cell(r, 2).value == CHOICE_WORDS[choice])
    return row, 3


def table_column(page: Worksheet, name: str) -> int:
    """The column of a question in a table, from 1, by the code over its head."""
    return next(c for r in range(1, 12) for c in range(2, page.max_column + 1) if page.cell(r, c).value == name)


def first_line(page: Worksheet) -> int:
    """The row of a table's first line, from 1: where the numbers in the first column begin."""
    return next(r for r in range(1, 30) if page.cell(r, 1).value == 1)


def fill_card(path: Path, answers: Mapping[str, Any], lines: Mapping[str, list[Mapping[str, Any]]] | None = None) -> Path:
    """Write answers into a card, and lines into the sheets of its repeats."""
    book = openpyxl.load_workbook(path)
    for name, value in answers.items():
        row, column = card_cell(book["Phiếu"], name)
        book["Phiếu"].cell(row, column).value = value
    for sheet, rows in (lines or {}).items():
        _fill_lines(book[sheet], rows)
    book.save(path)
    return path


def fill_table(path: Path, rows: list[Mapping[str, Any]]) -> Path:
    """Write lines into the table."""
    book = openpyxl.load_workbook(path)
    _fill_lines(book["Danh sách"], rows)
    book.save(path)
    return path


def _fill_lines(page: Worksheet, rows: list[Mapping[str, Any]]) -> None:
    for number, answers in enumerate(rows):
        for name, value in answers.items():
            page.cell(first_line(page) + number, table_column(page, name)).value = value
