"""Layout -> a protected workbook for one unit, the same bytes for the same unit.  The second typed adapter to XlsxWriter.

Imports records, checks and XlsxWriter (late).  Every cell is locked but those that take an answer; there is no password, since
a password printed in open code protects nothing: the reader compares every printed cell instead.  No formula comes from data.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Mapping
from typing import Any

from ..question import Question
from ..workbook import BUILT
from .checks import Sheets, answered, card_check, check_row, greyed, line_check, list_name, list_range, needed_now
from .guide import lines
from .layout import CHECK, CODE, ENGLISH, QUESTION, TABLE_FIRST
from .records import CODES, FIRST_DAY, KEYS, LAST_DAY, SCHEMA, TICK, Field, Layout, Page, Text, Tied

_FACE = "Times New Roman"
_INPUT, _CARD_WIDTHS, _COLUMN_WIDTH, _WIDE_COLUMN = "#FFF8DC", (9, 62, 30, 20, 44), 19, 34
_LONG_TEXT = 62
_PAGE_WIDTH = 230
"""Signs across a printed page of a table; a wider one takes several pages side by side."""
_MOST_TEXT = 4000
_TALLEST = 400
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "stamp": {"bold": True, "font_color": "#C00000"},
    "head": {"bold": True, "bg_color": "#E7E6E6", "border": 1, "text_wrap": True, "align": "center", "valign": "vcenter"},
    "section": {"bold": True, "bg_color": "#D9E2F3", "text_wrap": True, "valign": "top"},
    "note": {"italic": True, "text_wrap": True, "valign": "top"},
    "question": {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#BFBFBF"},
    "choice": {"text_wrap": True, "valign": "top", "indent": 2, "border": 1, "border_color": "#BFBFBF"},
    "code": {"font_size": 8, "font_color": "#7F7F7F", "valign": "top"},
    "english": {"font_size": 9, "font_color": "#595959", "text_wrap": True, "valign": "top"},
    "label": {"bold": True},
    "shown": {"bold": True, "font_color": "#1F3864"},
    "check": {"font_size": 9, "font_color": "#C00000", "text_wrap": True, "valign": "top"},
    "small": {"font_size": 9, "italic": True, "font_color": "#595959"},
    "plain": {},
    "input": {"locked": False, "bg_color": _INPUT, "border": 1, "border_color": "#BFBFBF", "text_wrap": True, "valign": "top"},
    "given": {"bold": True, "border": 1, "border_color": "#BFBFBF", "text_wrap": True, "valign": "top"},
    "grey": {"bg_color": "#D0CECE", "font_color": "#7F7F7F"},
    "number": {"align": "center", "font_color": "#7F7F7F"},
}  # fmt: skip
_COMPUTED = ("input", "check", "grey", "number")
"""Formats of cells that people fill in or that are computed; all others are marked as text, whatever they begin with."""
_NUMBERS = {
    "integer": "0",
    "decimal": "0.###",
    "date": "dd/mm/yyyy",
    "time": "hh:mm",
    "text": "@",
    "select_one": "@",
    "select_multiple": "@",
}


def file_name(plan: Layout, tied: Tied) -> str:
    """<unit>_<form>_<period>.xlsx; no period, no third part."""
    return "_".join(filter(None, (tied.unit_id, plan.form_id, tied.period))) + ".xlsx"


def template_bytes(plan: Layout, tied: Tied) -> bytes:
    """The workbook of one unit."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": BUILT, "title": f"{tied.unit_id} {plan.form_id} {tied.period}".strip()})
        writer = _Writer(book, plan, tied)
        writer.guide()
        for page in plan.pages:
            writer.page(page)
        writer.codes()
        writer.keys()
    return out.getvalue()


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


class _Writer:
    """One workbook while it is written."""

    def __init__(self, book: Any, plan: Layout, tied: Tied) -> None:
        self._book, self._plan, self._tied = book, plan, tied
        self._sheets = Sheets(plan, tied)
        self._formats: dict[tuple[str, str], Any] = {}
        self._codes = {name: i for i, name in enumerate(plan.lists)}

    def _format(self, name: str, number: str = "") -> Any:
        key = (name, number)
        if key not in self._formats:
            shape = {"font_name": _FACE, "font_size": 11, **_FORMATS[name], "quote_prefix": name not in _COMPUTED}
            self._formats[key] = self._book.add_format({**shape, "num_format": number} if number else shape)
        return self._formats[key]

    def _sheet(self, name: str, *, landscape: bool) -> Any:
        sheet = self._book.add_worksheet(name)
        sheet.set_paper(9)
        if landscape:
            sheet.set_landscape()
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        sheet.set_footer(f"&L{self._tied.unit_id} {self._tied.period}&C&P/&N&R&A")
        sheet.protect("", {"format_columns": True, "format_rows": True})
        return sheet

    def guide(self) -> None:
        """The first sheet: whose file this is, how to fill it in, where it goes."""
        sheet = self._sheet("Hướng dẫn", landscape=False)
        sheet.set_column(0, 0, 96)
        for row, (style, text) in enumerate(lines(self._plan, self._tied)):
            sheet.write_string(row, 0, _nfc(text), self._format(style))
            sheet.set_row(row, 15 * max(_lines(text, 115), 1) + (6 if style == "title" else 2))

    def page(self, page: Page) -> None:
        """One sheet of questions."""
        sheet = self._sheet(page.name, landscape=bool(page.lines))
        if stamp := " - ".join(filter(None, (self._tied.stamp, self._plan.stamp))):
            sheet.set_header(f'&C&"{_FACE},Bold"&KC00000{stamp}')
            sheet.write_string(*(page.unit[0] if page.lines else 0, ENGLISH), stamp, self._format("stamp"))
        widths = self._widths(page)
        for text in page.texts:
            self._text(sheet, text)
        for row, height in heights(page, widths).items():
            sheet.set_row(row, height)
        for column, width in widths.items():
            sheet.set_column(column, column, width)
        sheet.write_string(*page.unit, _nfc(self._tied.unit_name), self._format("shown"))
        sheet.write_string(*page.period, _nfc(self._tied.period_shown), self._format("shown"))
        if page.lines:
            self._table(sheet, page)
        else:
            self._card(sheet, page)

    def _widths(self, page: Page) -> dict[int, int]:
        if not page.lines:
            return dict(enumerate(_CARD_WIDTHS))
        columns = {f.column: _WIDE_COLUMN if _long(f.question) else _COLUMN_WIDTH for f in page.fields}
        return {CODE: 5, **columns, page.check: 14}

    def _text(self, sheet: Any, text: Text) -> None:
        shape = self._format(text.style)
        if text.span > 1:
            sheet.merge_range(text.row, text.column, text.row, text.column + text.span - 1, "", shape)
            sheet.write_string(text.row, text.column, text.whole, shape)
        elif text.detail:
            small = self._format("small")
            sheet.write_rich_string(text.row, text.column, self._format("plain"), text.text, small, f"\n{text.detail}", shape)
        else:
            sheet.write_string(text.row, text.column, text.text, shape)

    # ---- card

    def _card(self, sheet: Any, page: Page) -> None:
        sheet.freeze_panes(page.first, 0)
        sheet.repeat_rows(page.first - 1)
        sheet.print_area(0, CODE, page.last, CHECK)
        said = needed_now(page, self._tied)
        for fields in answered(page.fields):
            q = fields[0].question
            given = self._tied.shown.get(q.name) if q.name in self._tied.given else None
            for field in fields:
                self._answer(sheet, page, field, given)
            if given is None and (check := card_check(self._sheets, page, fields)):
                row = check_row(fields)
                sheet.write_formula(row, CHECK, check, self._format("check"), said.get(row, ""))
        where = f"{chr(65 + CHECK)}{page.first + 1}:{chr(65 + CHECK)}{page.last + 1}"
        left = f'=COUNTIF({where},"?*")&" chỗ cần xem lại"'
        sheet.write_formula(page.period[0], CHECK, left, self._format("check"), f"{len(said)} chỗ cần xem lại")

    def _answer(self, sheet: Any, page: Page, field: Field, given: str | None) -> None:
        q = field.question
        if given is not None:
            sheet.write_string(field.row, field.column, _nfc(given), self._format("given", "@"))
            return
        sheet.write_blank(field.row, field.column, None, self._format("input", _NUMBERS.get(q.type, "@")))
        self._rule(sheet, field, field.row, field.row)
        if field.asked_if is not None and self._sheets.local(page, field.asked_if):
            at = (field.row, field.column, field.row, field.column)
            rule = greyed(self._sheets, page, field.asked_if, q.name)
            sheet.conditional_format(*at, {"type": "formula", "criteria": rule, "format": self._format("grey")})

    # ---- table

    def _table(self, sheet: Any, page: Page) -> None:
        sheet.fit_to_pages(-(-sum(self._widths(page).values()) // _PAGE_WIDTH), 0)
        sheet.repeat_columns(CODE, QUESTION)
        sheet.freeze_panes(TABLE_FIRST, QUESTION + 1)
        sheet.repeat_rows(TABLE_FIRST - 2)
        sheet.print_area(0, CODE, page.last, page.check)
        if page.empty:
            row, column = page.empty
            sheet.write_blank(row, column, None, self._format("input", "@"))
            sheet.data_validation(row, column, row, column, _tick_rule("Chọn x khi đơn vị không có dòng nào để báo cáo."))
        for line in range(page.lines):
            row = page.first + line
            sheet.write_number(row, CODE, line + 1, self._format("number"))
            for field in page.fields:
                sheet.write_blank(row, field.column, None, self._format("input", _NUMBERS.get(field.question.type, "@")))
            if check := line_check(self._sheets, page, line):
                sheet.write_formula(row, page.check, check, self._format("check"), "")
        for field in page.fields:
            self._rule(sheet, field, page.first, page.last)
            if field.asked_if is not None and field.asked_if != page.asked_if and self._sheets.local(page, field.asked_if):
                at = (page.first, field.column, page.last, field.column)
                rule = greyed(self._sheets, page, field.asked_if, field.question.name)
                sheet.conditional_format(*at, {"type": "formula", "criteria": rule, "format": self._format("grey")})

    # ---- what a cell takes

    def _rule(self, sheet: Any, field: Field, first: int, last: int) -> None:
        q = field.question
        rule: dict[str, Any] | None = _tick_rule("") if field.choice else _rule(q)
        if q.type == "select_one":
            source = list_name(self._codes[q.list or q.file or ""])
            rule = {"validate": "list", "source": f"={source}", "error_message": "Chọn một dòng trong danh sách."}
        if rule is not None:
            rule |= {"error_title": "Chưa đúng", "error_message": _error(q, str(rule["error_message"])), "error_type": "stop"}
            sheet.data_validation(first, field.column, last, field.column, rule)

    # ---- hidden sheets

    def codes(self) -> None:
        """The words of the drop-downs, a column a list."""
        sheet = self._book.add_worksheet(CODES)
        for name, column in self._codes.items():
            sheet.write_string(0, column, name)
            self._book.define_name(list_name(column), list_range(column, len(self._plan.lists[name])))
            for row, (_, words) in enumerate(self._plan.lists[name], start=1):
                sheet.write_string(row, column, _nfc(words))
        sheet.protect()
        sheet.very_hidden()

    def keys(self) -> None:
        """What the file is: read back before anything else."""
        sheet = self._book.add_worksheet(KEYS)
        plan, tied = self._plan, self._tied
        pairs = {
            "schema": SCHEMA, "unit_id": tied.unit_id, "form": plan.form_id, "version": plan.version,
            "digest": plan.questionnaire_digest, "layout": plan.digest, "period": tied.period, "stamp": tied.stamp,
            **{f"given.{name}": value for name, value in tied.given.items()},
        }  # fmt: skip
        for row, (key, value) in enumerate(pairs.items()):
            sheet.write_string(row, 0, key)
            sheet.write_string(row, 1, value)
        sheet.protect()
        sheet.very_hidden()


def heights(page: Page, widths: Mapping[int, int]) -> dict[int, float]:
    """Row -> height in points: programs that open the file do not work it out themselves."""
    found: dict[int, float] = {}
    for text in page.texts:
        if text.style in ("title", "label", "code"):
            continue
        wide = sum(widths.get(text.column + i, 0) for i in range(text.span))
        small = text.style == "english"
        points = (
            _lines(text.text, wide * (1.35 if small else 1.15)) * (12 if small else 15) + _lines(text.detail, wide * 1.4) * 12
        )
        found[text.row] = min(max(found.get(text.row, 15), points + 3), _TALLEST)
    for field in () if page.lines else page.fields:
        if _long(field.question):
            found[field.row] = max(found.get(field.row, 15), _LONG_TEXT)
    return found


def _lines(text: str, wide: float) -> int:
    """Lines that a text takes at so many signs a line, broken between words."""
    count = 0
    for part in text.split("\n") if text else ():
        used = 0.0
        count += 1
        for word in part.split():
            if used and used + 1 + len(word) > wide:
                count, used = count + 1, 0.0
            used += len(word) + (1 if used else 0)
    return count


def _long(q: Question) -> bool:
    return q.type == "text" and "multiline" in (q.appearance or "")


def _error(q: Question, usual: str) -> str:
    own = q.must_message.vi if q.must_message else ""
    return f"{usual} {own}".strip()[:255]


def _tick_rule(message: str) -> dict[str, Any]:
    usual = "Chọn x, hoặc để trống."
    rule: dict[str, Any] = {"validate": "list", "source": [TICK], "error_message": usual, "error_title": "Chưa đúng"}
    return {**rule, "input_message": message} if message else rule


def _rule(q: Question) -> dict[str, Any] | None:
    """The data validation of a question's type and range; None where anything goes."""
    from datetime import time

    match q.type:
        case "integer" | "decimal":
            low, high = q.range or (-(10**12), 10**12)
            span = f" từ {low} đến {high}" if q.range else ""
            what = "số nguyên" if q.type == "integer" else "số"
            said = f"Ghi {what}{span}, không ghi chữ hay đơn vị tính."
            return {"validate": q.type, "criteria": "between", "minimum": low, "maximum": high, "error_message": said}
        case "date":
            span_of_days = {"minimum": FIRST_DAY, "maximum": LAST_DAY}
            return {
                "validate": "date",
                "criteria": "between",
                **span_of_days,
                "error_message": "Ghi ngày theo dạng ngày/tháng/năm.",
            }
        case "time":
            return {
                "validate": "time", "criteria": "between", "minimum": time(0, 0), "maximum": time(23, 59, 59),
                "error_message": "Ghi giờ theo dạng giờ:phút.",
            }  # fmt: skip
        case "text":
            return {
                "validate": "length",
                "criteria": "<=",
                "value": _MOST_TEXT,
                "error_message": f"Ghi không quá {_MOST_TEXT} chữ.",
            }
        case _:
            return None
