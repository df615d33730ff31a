"""Document -> BangSoLieu.xlsx: a contents sheet, one sheet a table, the method note and the checks.

Imports table_sheet, checks, document and package.  The same document and results give the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from analysis.results import Results

from .checks import Check, checks
from .document import Document, Table
from .package import rezip
from .table_sheet import PLAIN, Book, head, lines_of, safe, table_sheet

__all__ = ["safe", "write"]

METHOD, CHECKED = "Ghi chú phương pháp", "Kiểm tra dữ liệu"
LINK = {"font_color": "#0B4A8F", "underline": 1}


def write(document: Document, results: Results | None = None) -> bytes:
    """The bytes of the workbook.  results: those the document was composed from; with them the checks get their sheet."""
    out = io.BytesIO()
    book = Book(out, document)
    tables = document.tables()
    codes = [f"B{i:02d}" for i in range(1, len(tables) + 1)]
    looked = checks(results, document) if results is not None else ()
    _contents(book, document, codes, tables, looked)
    for code, table in zip(codes, tables, strict=True):
        table_sheet(book, code, table)
    _method(book, document)
    if looked:
        _checked(book, looked)
    book.book.close()
    return rezip(out.getvalue())


def _page(book: Book, name: str, title: str, columns: Sequence[tuple[str, float]], *, landscape: bool = False) -> tuple[Any, int]:
    """A sheet with a title and a head row that is frozen and repeated in print; the sheet and its first free row."""
    sheet, row = book.sheet(name, landscape=landscape)
    for i, (_, width) in enumerate(columns):
        sheet.set_column(i, i, width)
    sheet.write_string(row, 0, title, book.format(bold=True, font_size=13))
    row += 2
    for i, (text, _) in enumerate(columns):
        sheet.write_string(row, i, text, head(book))
    sheet.set_row(row, 15 * max(lines_of(text, width, bold=True) for text, width in columns) + 2)
    sheet.freeze_panes(row + 1, 0)
    sheet.repeat_rows(0, row)
    return sheet, row + 1


def _contents(book: Book, document: Document, codes: Sequence[str], tables: Sequence[Table], looked: Sequence[Check]) -> None:
    columns = (("Biểu", 14), ("Tên biểu", 78), ("Đơn vị tính", 16), ("Số dòng", 9), ("Ô trong ngoặc", 9), ("Ô (*)", 9))
    sheet, row = _page(book, "Mục lục", f"BẢNG SỐ LIỆU: {document.subject}", columns, landscape=True)
    link, plain = book.format(**LINK, valign="top"), book.format(text_wrap=True, valign="top")
    for code, table in zip(codes, tables, strict=True):
        sheet.write_url(row, 0, f"internal:'{code}'!A1", link, book.names[table.anchor])
        sheet.write_string(row, 1, safe(table.caption), plain)
        sheet.write_string(row, 2, safe(table.unit), plain)
        sheet.set_row(row, 15 * lines_of(table.caption, 78))
        marks = [c.mark for line in table.rows for c in line.cells]
        for i, count in enumerate((sum(not r.group for r in table.rows), marks.count("bracket"), marks.count("hide")), 3):
            sheet.write_number(row, i, count, book.format(align="center", valign="top"))
        row += 1
    others = [(METHOD, "Phương pháp", METHOD)]
    bad = sum(c.verdict == "KHÔNG KHỚP" for c in looked)
    others += (
        [(CHECKED, "Kiểm tra", f"{CHECKED}: {f'{bad} mục KHÔNG KHỚP' if bad else 'mọi mục so được đều khớp'}")] if looked else []
    )
    for sheet_name, short, words in others:
        sheet.write_url(row, 0, f"internal:'{sheet_name}'!A1", link, short)
        sheet.write_string(row, 1, words, plain)
        row += 1


def _method(book: Book, document: Document) -> None:
    sheet, row = _page(book, METHOD, "GHI CHÚ PHƯƠNG PHÁP", (("Mã", 22), ("Nội dung", 100)))
    for name, text in document.method:
        sheet.write_string(row, 0, safe(name), book.format(border=1))
        sheet.write_string(row, 1, safe(text), book.format(border=1, text_wrap=True, valign="top"))
        sheet.set_row(row, 15 * lines_of(text, 100))
        row += 1


def _checked(book: Book, looked: Sequence[Check]) -> None:
    """One line a check.  Nothing is a formula: a table that is opened must not be able to talk itself right."""
    columns = (
        ("Nội dung kiểm tra", 58), ("Số phép so, số lượng", 11), ("Sai lệch lớn nhất", 13), ("Mức cho phép", 13), ("Kết quả", 18),
        ("Ghi chú", 68),
    )  # fmt: skip
    sheet, row = _page(book, CHECKED, "KIỂM TRA DỮ LIỆU", columns, landscape=True)
    wrapped = book.format(border=1, text_wrap=True, valign="top")
    for check in looked:
        bad = check.verdict == "KHÔNG KHỚP"
        sheet.write_string(row, 0, safe(check.about), wrapped)
        sheet.write_number(row, 1, check.compared, book.format(border=1, valign="top", num_format=PLAIN[0]))
        for i, gap in ((2, check.largest), (3, check.allowed if check.largest is not None else None)):
            sheet.write_string(
                row, i, "" if gap is None else f"{gap:.6f}".replace(".", ","), book.format(border=1, align="right", valign="top")
            )
        sheet.write_string(
            row, 4, check.verdict, book.format(border=1, bold=bad, font_color="#C00000" if bad else "#000000", valign="top")
        )
        sheet.write_string(row, 5, safe(check.note), wrapped)
        sheet.set_row(row, 15 * max(lines_of(check.about, 58), lines_of(check.note, 68)))
        row += 1
