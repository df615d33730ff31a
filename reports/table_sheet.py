"""A table of the document as a sheet of BangSoLieu.xlsx, and the workbook it lies in.

Imports XlsxWriter (no stubs: this is its one typed adapter here), document and numbers.
Numbers are numbers; a hidden number is not in the file at all, and no sheet, row or column is hidden.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import xlsxwriter

from . import layout, numbers
from .document import Cell, Column, Document, Table, TableRow, below, labels
from .numbers import NONE_OCCURRED

DATE = datetime(1980, 1, 1)  # noqa: DTZ001 - a fixed stamp that keeps the file byte-identical, not a moment
FORMULA_STARTS = "=+-@\t\r"
MARKS = {"caution": "thận trọng", "bracket": "ít quan sát", "hide": "không công bố", "none": "không có số liệu"}
WIDE = 90  # width of the smallest sheet: an A4 page is not filled by two columns of numbers
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


class Book:
    """An open workbook with its formats; write-only, lives for one call."""

    def __init__(self, out: io.BytesIO, document: Document) -> None:
        self.book: Any = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        self.book.set_properties({"title": document.subject, "created": DATE})
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


def head(book: Book) -> Any:
    """The look of a head cell."""
    return book.format(bold=True, border=1, align="center", text_wrap=True, bg_color="#E7E6E6", quote_prefix=True)


def _slots(columns: Sequence[Column]) -> Iterator[_Slot]:
    """Each estimate takes four columns: number, both limits, its mark; texts and counts one."""
    for i, column in enumerate(columns):
        if column.kind == "text":
            yield _Slot(i, "text", column.label, 30 if i == 0 and column.width >= 1 else max(10, 14 * column.width))
        elif column.kind == "count":
            yield _Slot(i, "value", column.label, 8)
        else:
            yield _Slot(i, "value", re.sub(r", KTC 95%| ?\(KTC 95%[^)]*\)", "", column.label).strip(), 8.5)
            limit = "KTC 95%:" if "KTC 95%" in column.label else "Cận"  # bounds of a full count are no confidence interval
            yield _Slot(i, "lower", f"{limit} dưới", 7.5)
            yield _Slot(i, "upper", f"{limit} trên", 7.5)
            yield _Slot(i, "mark", "Ghi chú", 8)


def _fitted(table: Table) -> tuple[_Slot, ...]:
    """The columns with their widths: a column of marks without a mark is narrow, and a small table takes the whole width."""
    slots = tuple(_slots(table.columns))
    marked = {i for line in table.rows for i, c in enumerate(line.cells) if c.mark}
    slots = tuple(replace(s, width=4.5) if s.what == "mark" and s.source not in marked else s for s in slots)
    missing = WIDE - sum(s.width for s in slots)
    return slots if missing <= 0 else (replace(slots[0], width=slots[0].width + missing), *slots[1:])


def lines_of(text: str, width: float, *, size: float = 11, bold: bool = False) -> int:
    """How many lines a text takes in a column so wide: words are not cut, one that is wider than the column is."""
    letter = 0.78 * (1.08 if bold else 1.0) * size / 11
    lines, used = 1, 0.0
    for word in text.split():
        long = len(word) * letter
        if used and used + letter + long > width:
            lines, used = lines + 1, 0.0
        used += long + (letter if used else 0.0)
        lines, used = lines + int(used // width), used % width
    return lines


def _across(book: Book, sheet: Any, row: int, slots: Sequence[_Slot], text: str, **look: Any) -> None:
    """A text over all columns of the table, as many lines high as it needs: title and notes are never cut."""
    form = book.format(text_wrap=True, **look)
    if len(slots) > 1:
        sheet.merge_range(row, 0, row, len(slots) - 1, "", form)
    sheet.write_string(row, 0, text, form)
    size = float(look.get("font_size", 11))
    sheet.set_row(row, 1.36 * size * lines_of(text, sum(s.width for s in slots), size=size, bold=bool(look.get("bold"))))


def table_sheet(book: Book, code: str, table: Table) -> None:
    """One table on a sheet of its own: title, unit, heads (frozen, repeated in print), lines, source and marks."""
    sheet, row = book.sheet(code)
    slots = _fitted(table)
    for i, slot in enumerate(slots):
        sheet.set_column(i, i, slot.width)
    last = len(slots) - 1
    sheet.set_column(last + 2, last + 2, 60)
    title = f"{book.names[table.anchor]}. {table.caption}"
    _across(book, sheet, row, slots, title, bold=True, font_size=12)
    sheet.write_url(row, last + 1, "internal:'Mục lục'!A1", book.format(font_color="#0B4A8F", underline=1), "Mục lục")
    if table.unit:
        sheet.write_string(row + 1, 0, f"Đơn vị tính: {table.unit}", book.format(italic=True))
    row = _heads(book, sheet, row + 2, table, slots)
    sheet.repeat_rows(0, row - 1)
    sheet.freeze_panes(row, 1)
    for line in table.rows:
        _line(book, sheet, row, line, slots)
        row += 1
    for text in below(table):
        _across(book, sheet, row, slots, safe(text), italic=True, font_size=10)
        row += 1
    sheet.print_area(0, 0, row - 1, last)


def _heads(book: Book, sheet: Any, row: int, table: Table, slots: Sequence[_Slot]) -> int:
    """Two head rows: the wave or group above, the column below."""
    groups = [table.columns[s.source].group for s in slots]
    start = 0 if any(groups) else len(slots)
    row -= 0 if any(groups) else 1
    for i in range(start + 1, len(slots) + 1):
        if i < len(slots) and groups[i] == groups[start]:
            continue
        if groups[start] and i - start > 1:
            sheet.merge_range(row, start, row, i - 1, groups[start], head(book))
        else:
            for k in range(start, i):
                sheet.write_string(row, k, groups[k], head(book))
        start = i
    for i, slot in enumerate(slots):
        sheet.write_string(row + 1, i, slot.label, head(book))
    sheet.write_string(row + 1, len(slots) + 1, KEYS, head(book))
    sheet.set_row(row + 1, 15 * max(lines_of(s.label, s.width, bold=True) for s in slots) + 2)
    return row + 2


def _line(book: Book, sheet: Any, row: int, line: TableRow, slots: Sequence[_Slot]) -> None:
    if line.group:
        for i in range(len(slots)):
            edges = {"top": 1, "bottom": 1, "left": int(i == 0), "right": int(i == len(slots) - 1)}
            look = book.format(bold=True, bg_color="#F2F2F2", quote_prefix=True, **edges)
            sheet.write_string(row, i, line.cells[0].text if i == 0 else "", look)
        return
    lines = max((lines_of(line.cells[s.source].text, s.width) for s in slots if s.what == "text"), default=1)
    marks = [lines_of(MARKS.get(line.cells[s.source].mark, ""), s.width, size=9) for s in slots if s.what == "mark"]
    sheet.set_row(row, 15 * max(lines, *marks, 1))
    for i, slot in enumerate(slots):
        _value(book, sheet, row, i, slot, line.cells[slot.source])
    keys = " ".join(dict.fromkeys(c.key for c in line.cells if c.key))
    if keys:
        sheet.write_string(row, len(slots) + 1, keys, book.format(font_size=9, font_color="#595959"))


def _value(book: Book, sheet: Any, row: int, column: int, slot: _Slot, cell: Cell) -> None:
    """A number as a number with its Vietnamese look; marks as text; brackets by the format."""
    if slot.what == "text":
        sheet.write_string(row, column, safe(cell.text), book.format(border=1, text_wrap=True))
        return
    centred = book.format(border=1, align="center")
    if slot.what == "mark":
        sheet.write_string(
            row, column, MARKS.get(cell.mark, ""), book.format(border=1, align="center", text_wrap=True, font_size=9)
        )
        return
    number = {"value": cell.value, "lower": cell.lower, "upper": cell.upper}[slot.what]
    if number is None or (slot.what == "value" and cell.mark in {"hide", "none"}):
        sheet.write_string(row, column, cell.text if slot.what == "value" or cell.mark in {"hide", "none"} else "...", centred)
        return
    form = number_format(number, cell, slot.what)
    sheet.write_number(row, column, stored(number, cell.decimals), book.format(border=1, align="right", num_format=form))


def stored(number: float, decimals: int) -> float:
    """The number with six decimals, or all it has where six would make the sheet show another digit than the report."""
    short = round(number, 6)
    return short if numbers.number(short, decimals) == numbers.number(number, decimals) else number


def number_format(number: float, cell: Cell, what: str) -> str:
    """The look of a number on the sheet: exactly what Word prints.  what: value, lower or upper."""
    if what == "value" and cell.text == NONE_OCCURRED:
        return COUNT
    form = (BRACKET if cell.mark == "bracket" and what == "value" else PLAIN)[cell.decimals]
    if number < 0 and "-" not in numbers.number(number, cell.decimals):
        form = form.partition(";")[0]
        return f"{form};{form}"  # -0.04 is «0,0» on paper, never «-0,0»
    return form
