"""Tables of a report as native Word tables: caption, unit, repeated head, numbers as content controls, notes below.

Imports python-docx, document, layout, numbers, ooxml, sheet and controls.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from docx.table import _Cell

from .. import ooxml
from ..document import Cell, Piece, Table, below
from . import controls
from .sheet import Sheet, add, anchor, styled

KEPT_WHOLE = 8
LAST_TOGETHER = 3
"""Lines of a table that stays on one page; lines that a page must hold at least when a longer one ends on it."""


def joined(label: str) -> str:
    """«Biểu số 12» with a space that does not break: its number never begins a line."""
    word, number = label.rsplit(" ", 1)
    return f"{word}\u00a0{number}"


def caption(sheet: Sheet, element: str, name: str, sequence: str, text: str) -> None:
    """«Biểu số 01. ...»: a native caption, its number a SEQ field, label and number inside the bookmark."""
    word, shown = sheet.names[name].rsplit(" ", 1)
    paragraph = add(sheet.word, element)
    first = paragraph.add_run(word + "\u00a0")
    form = ' \\# "00"' if sequence == "Biểu_số" else " \\* ARABIC"
    _, last = ooxml.field(paragraph, f"SEQ {sequence}{form}", shown)
    ooxml.bookmark(first, last, anchor(name), sheet.ids)
    paragraph.add_run(f". {text}")


def write(sheet: Sheet, block: Table) -> None:
    """The whole table at the end of the document."""
    caption(sheet, "caption", block.anchor, "Biểu_số", block.caption)
    if block.unit:
        add(sheet.word, "unit", f"Đơn vị tính: {block.unit}")
    grouped = any(c.group for c in block.columns)
    heads = 2 if grouped else 1
    table = sheet.word.add_table(heads + len(block.rows), len(block.columns))
    table._tbl.tblPr.style = "TableGrid"
    total = sum(c.width for c in block.columns)
    ooxml.fixed(table, tuple(sheet.width_mm * c.width / total for c in block.columns))
    ooxml.describe_table(table, sheet.names[block.anchor], block.caption)
    rows = table._tbl.tr_lst
    grid = [[_Cell(tc, table) for tc in tr.tc_lst] for tr in rows]
    for tr in rows:
        ooxml.keep_whole(tr)
    for tr in rows[:heads]:
        ooxml.repeat_as_header(tr)
    _head(sheet, block, grid, grouped=grouped)
    for line, cells in zip(block.rows, grid[heads:], strict=True):
        if line.group:
            ooxml.span(cells)
            _write(sheet, cells[0], "cell", (Piece(line.cells[0].text),), bold=True)
            ooxml.shade(cells[0], "F2F2F2")
            cells[0].paragraphs[0].paragraph_format.keep_with_next = True
            continue
        for column, cell, target in zip(block.columns, line.cells, cells, strict=True):
            _cell(sheet, target, cell, number=column.kind != "text")
    _together(grid, heads)
    notes = [add(sheet.word, "source", text) for text in below(block)]
    for note in notes[:-1]:
        note.paragraph_format.keep_with_next = True


def _together(grid: list[list[_Cell]], heads: int) -> None:
    """A short table on one page; of a long one no head with a single line at the foot, no single line or source at the top."""
    whole = len(grid) - heads <= KEPT_WHOLE
    for cells in grid if whole else [*grid[: heads + 1], *grid[-LAST_TOGETHER:]]:
        for paragraph in cells[0].paragraphs:
            paragraph.paragraph_format.keep_with_next = True


def _head(sheet: Sheet, block: Table, grid: list[list[_Cell]], *, grouped: bool) -> None:
    """One head row, or two with neighbouring columns under their group."""
    for row in grid[: 2 if grouped else 1]:
        for cell in row:
            ooxml.shade(cell, "E7E6E6")
    for k, column in enumerate(block.columns):
        _write(sheet, grid[1 if column.group else 0][k], "cell_head", (Piece(column.label),))
        if grouped and not column.group:
            ooxml.stack(grid[0][k], grid[1][k])
    if grouped:
        for name, members in groupby(range(len(block.columns)), key=lambda k: block.columns[k].group):
            if name:
                cells = [grid[0][k] for k in members]
                ooxml.span(cells)
                _write(sheet, cells[0], "cell_head", (Piece(name),))


def _write(sheet: Sheet, cell: Any, element: str, pieces: tuple[Piece, ...], *, bold: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    styled(paragraph, element)
    controls.write(sheet.controls, sheet.told, paragraph, pieces, bold=bold)
    ooxml.place(cell._tc.get_or_add_tcPr(), ooxml.element("w:vAlign", w_val="center"))


def _cell(sheet: Sheet, target: Any, cell: Cell, *, number: bool) -> None:
    _write(sheet, target, "cell_number" if number else "cell", controls.shown(cell))
    if cell.below:
        limits = target.add_paragraph()
        styled(limits, "cell_number")
        controls.write(sheet.controls, sheet.told, limits, controls.limits(cell))
