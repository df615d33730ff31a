"""Document -> BangSoLieu.xlsx: a contents sheet, one sheet a table, and the method note.

Imports XlsxWriter (no stubs: this is its one typed adapter here), document and numbers.
Numbers are numbers; a hidden number is not in the file at all.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import xlsxwriter

from . import layout
from .document import Cell, Column, Document, Table, TableRow, below, labels
from .numbers import NONE_OCCURRED
from .package import rezip

_DATE = datetime(1980, 1, 1)  # noqa: DTZ001 - a fixed stamp that keeps the file byte-identical, not a moment
FORMULA_STARTS = "=+-@\t\r"
KEYS = "Mã dòng (results.json)"
# [$-42A]: Vietnamese separators, whatever the machine's own.
PLAIN = {0: "[$-42A]#,##0", 1: "[$-42A]#,##0.0", 2: "[$-42A]#,##0.00"}
BRACKET = {d: f'[$-42A]"("{f[7:]}")";[$-42A]"(-"{f[7:]}")"' for d, f in PLAIN.items()}
COUNT = f'{PLAIN[0]};{PLAIN[0]};"{NONE_OCCURRED}"'  # no case: the same mark as on paper, and the legend explains it


@dataclass(frozen=True)
class _Slot:
    """A column on the sheet: which cell of the table, and which of its numbers."""

    source: int
    what: str
    label: str
    width: float


class _Book:
    """An open workbook with its formats; write-only, lives for one call."""

    def __init__(self, out: io.BytesIO, document: Document) -> None:
        self.book: Any = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        self.book.set_properties({"title": document.subject, "created": _DATE})
        self.stamp = document.stamp
        self.names = labels(document)
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def format(self, **look: Any) -> Any:
        """A cell format, made once."""
        name = tuple(sorted(look.items()))
        if name not in self._formats:
            base = {"font_name": layout.FACE, "font_size": 11, "valign": "vcenter"}
            self._formats[name] = self.book.add_format(base | look)
        return self._formats[name]

    def sheet(self, name: str, *, landscape: bool = True) -> tuple[Any, int]:
        """A sheet with its A4 print set-up, and the first free row (the stamp takes the first)."""
        sheet = self.book.add_worksheet(name)
        sheet.set_paper(9)
        if landscape:
            sheet.set_landscape()
        sheet.set_margins(left=0.6, right=0.6, top=0.9, bottom=0.8)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        sheet.set_footer("&C&P/&N&R&A")
        if not self.stamp:
            return sheet, 0
        sheet.set_header(f'&C&"{layout.FACE},Bold"&KC00000{self.stamp}')
        sheet.write_string(0, 0, self.stamp, self.format(bold=True, font_color="#C00000"))
        return sheet, 1


def safe(text: str) -> str:
    """Text that a spreadsheet might take for a formula gets an apostrophe before it."""
    return "'" + text if text[:1] and text[0] in FORMULA_STARTS and text != "-" else text


def write(document: Document) -> bytes:
    """The bytes of the workbook; the same document gives the same bytes."""
    out = io.BytesIO()
    book = _Book(out, document)
    tables = document.tables()
    codes = [f"B{i:02d}" for i in range(1, len(tables) + 1)]
    _contents(book, document, codes, tables)
    for code, table in zip(codes, tables, strict=True):
        _table(book, code, table)
    _method(book, document)
    book.book.close()
    return rezip(out.getvalue())


def _contents(book: _Book, document: Document, codes: Sequence[str], tables: Sequence[Table]) -> None:
    sheet, row = book.sheet("Mục lục", landscape=False)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 90)
    sheet.write_string(row, 0, f"BẢNG SỐ LIỆU: {document.subject}", book.format(bold=True, font_size=13))
    row += 2
    for column, text in enumerate(("Biểu", "Tên biểu")):
        sheet.write_string(row, column, text, _head(book))
    sheet.freeze_panes(row + 1, 0)
    link = book.format(font_color="#0B4A8F", underline=1)
    for code, table in zip(codes, tables, strict=True):
        row += 1
        sheet.write_url(row, 0, f"internal:'{code}'!A1", link, book.names[table.anchor])
        sheet.write_string(row, 1, safe(table.caption), book.format(text_wrap=True))
    row += 1
    sheet.write_url(row, 0, "internal:'Ghi chú phương pháp'!A1", link, "Phương pháp")
    sheet.write_string(row, 1, "Ghi chú phương pháp", book.format())


def _head(book: _Book) -> Any:
    return book.format(bold=True, border=1, align="center", text_wrap=True, bg_color="#E7E6E6", quote_prefix=True)


def _slots(columns: Sequence[Column]) -> Iterator[_Slot]:
    """Each estimate takes four columns: number, both limits, its mark; texts and counts one."""
    for i, column in enumerate(columns):
        if column.kind == "text":
            yield _Slot(i, "text", column.label, 30 if i == 0 and column.width >= 1 else max(10, 14 * column.width))
        elif column.kind == "count":
            yield _Slot(i, "value", column.label, 8.5)
        else:
            yield _Slot(i, "value", re.sub(r", KTC 95%| ?\(KTC 95%[^)]*\)", "", column.label).strip(), 9.5)
            yield _Slot(i, "lower", "KTC 95%: dưới", 8.5)
            yield _Slot(i, "upper", "KTC 95%: trên", 8.5)
            yield _Slot(i, "mark", "Ghi chú", 7.5)


def _wide_enough(slots: tuple[_Slot, ...]) -> tuple[_Slot, ...]:
    """Title and source line run over the sheet's columns and are cut at the print area: give them room."""
    missing = 90 - sum(s.width for s in slots)
    return slots if missing <= 0 else (replace(slots[0], width=slots[0].width + missing), *slots[1:])


def _table(book: _Book, code: str, table: Table) -> None:
    sheet, row = book.sheet(code)
    slots = _wide_enough(tuple(_slots(table.columns)))
    for i, slot in enumerate(slots):
        sheet.set_column(i, i, slot.width)
    last = len(slots) - 1
    sheet.set_column(last + 2, last + 2, 60, None, {"level": 1, "hidden": True})
    title = f"{book.names[table.anchor]}. {table.caption}"
    sheet.write_string(row, 0, title, book.format(bold=True, font_size=12))
    sheet.write_url(row, last + 1, "internal:'Mục lục'!A1", book.format(font_color="#0B4A8F", underline=1), "Mục lục")
    if table.unit:
        sheet.write_string(row + 1, 0, f"Đơn vị tính: {table.unit}", book.format(italic=True))
    row = _heads(book, sheet, row + 2, table, slots)
    sheet.repeat_rows(0, row - 1)
    sheet.freeze_panes(row, 1)
    for line in table.rows:
        _line(book, sheet, row, line, slots)
        row += 1
    row = max(row, 1)
    for text in below(table):
        sheet.write_string(row, 0, safe(text), book.format(italic=True, font_size=10))
        row += 1
    sheet.print_area(0, 0, row, last)


def _heads(book: _Book, sheet: Any, row: int, table: Table, slots: Sequence[_Slot]) -> int:
    """Two head rows: the wave or group above, the column below."""
    groups = [table.columns[s.source].group for s in slots]
    start = 0 if any(groups) else len(slots)
    row -= 0 if any(groups) else 1
    for i in range(start + 1, len(slots) + 1):
        if i < len(slots) and groups[i] == groups[start]:
            continue
        if groups[start] and i - start > 1:
            sheet.merge_range(row, start, row, i - 1, groups[start], _head(book))
        else:
            for k in range(start, i):
                sheet.write_string(row, k, groups[k], _head(book))
        start = i
    for i, slot in enumerate(slots):
        sheet.write_string(row + 1, i, slot.label, _head(book))
    sheet.write_string(row + 1, len(slots) + 1, KEYS, _head(book))
    sheet.set_row(row + 1, 62)
    return row + 2


def _line(book: _Book, sheet: Any, row: int, line: TableRow, slots: Sequence[_Slot]) -> None:
    if line.group:
        for i in range(len(slots)):
            look = book.format(bold=True, bg_color="#F2F2F2", border=1, quote_prefix=True)
            sheet.write_string(row, i, line.cells[0].text if i == 0 else "", look)
        return
    texts = [(line.cells[s.source].text, s.width) for s in slots if s.what == "text"]
    lines = max((math.ceil(len(text) * 0.97 / width) for text, width in texts), default=1)
    sheet.set_row(row, 15 * max(lines, 2 if any(c.mark in {"hide", "none"} for c in line.cells) else 1))
    for i, slot in enumerate(slots):
        _value(book, sheet, row, i, slot, line.cells[slot.source])
    keys = " ".join(dict.fromkeys(c.key for c in line.cells if c.key))
    if keys:
        sheet.write_string(row, len(slots) + 1, keys, book.format(font_size=9, font_color="#595959"))


def _value(book: _Book, sheet: Any, row: int, column: int, slot: _Slot, cell: Cell) -> None:
    """A number as a number with its Vietnamese look; marks as text; brackets by the format."""
    if slot.what == "text":
        sheet.write_string(row, column, safe(cell.text), book.format(border=1, text_wrap=True))
        return
    centred = book.format(border=1, align="center")
    if slot.what == "mark":
        words = {"caution": "thận trọng", "bracket": "ít quan sát", "hide": "không công bố", "none": "không có số liệu"}
        sheet.write_string(
            row, column, words.get(cell.mark, ""), book.format(border=1, align="center", text_wrap=True, font_size=9)
        )
        return
    number = {"value": cell.value, "lower": cell.lower, "upper": cell.upper}[slot.what]
    if number is None or (slot.what == "value" and cell.mark in {"hide", "none"}):
        sheet.write_string(row, column, cell.text if slot.what == "value" or cell.mark in {"hide", "none"} else "...", centred)
        return
    form = (BRACKET if cell.mark == "bracket" and slot.what == "value" else PLAIN)[cell.decimals]
    form = COUNT if cell.text == NONE_OCCURRED else form
    sheet.write_number(row, column, round(number, 6), book.format(border=1, align="right", num_format=form))


def _method(book: _Book, document: Document) -> None:
    sheet, row = book.sheet("Ghi chú phương pháp", landscape=False)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 100)
    sheet.write_string(row, 0, "GHI CHÚ PHƯƠNG PHÁP", book.format(bold=True, font_size=13))
    row += 1
    for column, text in enumerate(("Mã", "Nội dung")):
        sheet.write_string(row, column, text, _head(book))
    sheet.freeze_panes(row + 1, 0)
    for name, text in document.method:
        row += 1
        sheet.write_string(row, 0, safe(name), book.format(border=1))
        sheet.write_string(row, 1, safe(text), book.format(border=1, text_wrap=True, valign="top"))
        sheet.set_row(row, 15 * math.ceil(len(text) * 1.1 / 100))
