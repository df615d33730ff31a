"""The tables before there is a number in them: agreed and signed before fieldwork, filled in later, nothing added unseen.

Imports document and numbers.  Takes a composed document and empties it; the list of agreed tables travels as a small JSON file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from forms.errors import refuse

from .. import numbers
from ..document import Annex, Cell, Column, Document, Paragraph, Sentence, Table, TableRow

SCHEMA = "shells/1"
EMPTY = "……"
LATER = "bổ sung sau"
LATER_EN = "added later"
_FROM_DATA = re.compile(r"(«\.\.\.»|Cần thận trọng:|Caution:)")
_PLANNED = "/planned"
_INTRO = (
    "Các biểu dưới đây được thống nhất trước khi thu thập số liệu.",
    "Báo cáo chỉ điền số vào các biểu này, giữ nguyên tên biểu, cột, dòng và ghi chú.",
    f"Biểu lập thêm sau ngày ký được ghi «{LATER}» ở tên biểu.",
)


def shells(document: Document) -> Document:
    """The same tables with the same columns, lines and notes, every number «……»; no sentence, no figure, no stamp of practice.

    A list of units has one empty line: who will be on it is not known before.
    """
    blocks = tuple(emptied(b) for b in document.blocks if isinstance(b, Table) and _has_numbers(b))
    annexes = [
        Annex(a.title, tuple(emptied(b) for b in a.blocks if isinstance(b, Table) and _has_numbers(b)), a.landscape)
        for a in document.annexes
    ]
    intro = (Paragraph(tuple(Sentence(text) for text in _INTRO)),)
    end = Paragraph((Sentence("Thống nhất các biểu nêu trên"),))
    return replace(
        document,
        kind="Mẫu biểu",
        subject=f"Biểu số liệu của báo cáo {document.subject[:1].lower()}{document.subject[1:]}",
        stamp="",
        contents=0,
        blocks=(*intro, *blocks, end),
        annexes=tuple(a for a in annexes if a.blocks),
        method=(),
        digests=(),
    )


def _has_numbers(table: Table) -> bool:
    return any(c.key for r in table.rows for c in r.cells)


def emptied(table: Table) -> Table:
    """One table without its numbers: the legend of all marks in the place of notes that came from the data."""
    rows = tuple(_row(table.columns, r) for r in table.rows)
    if any(c.key.startswith("units/") for r in table.rows for c in r.cells):
        rows = (TableRow(tuple(Cell(EMPTY) for _ in table.columns)),)
    notes = tuple(n for n in table.notes if not _FROM_DATA.match(n))
    source = table.source.replace(" (số liệu giả lập)", "")
    return replace(table, rows=rows, source=source, notes=(*notes, numbers.legend(mark for mark, _ in numbers.LEGEND)))


def _row(columns: Sequence[Column], row: TableRow) -> TableRow:
    if row.group:
        return row
    return TableRow(tuple(_cell(column, cell) for column, cell in zip(columns, row.cells, strict=True)))


def _cell(column: Column, cell: Cell) -> Cell:
    """What came from data is empty; words that the plan or the questionnaire gives stay."""
    if cell.key.endswith(_PLANNED) or not (cell.key or cell.mark or column.kind != "text"):
        return Cell(cell.text)
    return Cell(EMPTY, EMPTY if column.kind == "estimate" else "")


def agreed_bytes(document: Document) -> bytes:
    """The list of a document's tables, for signing and for `--agreed` later."""
    tables = [{"anchor": t.anchor, "caption": t.caption, "columns": [c.label for c in t.columns]} for t in document.tables()]
    return (json.dumps({"schema": SCHEMA, "tables": tables}, ensure_ascii=False, indent=1) + "\n").encode()


def agreed(path: Path) -> frozenset[str]:
    """The anchors of the tables that were agreed; REP-038 when the file is no such list."""
    try:
        raw: Any = json.loads(path.read_bytes())
        schema, known = raw["schema"], frozenset(str(t["anchor"]) for t in raw["tables"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise refuse("REP-038", path.name, expected=SCHEMA, got=type(error).__name__) from error
    if schema != SCHEMA:
        raise refuse("REP-038", path.name, expected=SCHEMA, got=schema)
    return known


def marked(document: Document, known: frozenset[str]) -> Document:
    """Tables with numbers not on the agreed list say «bổ sung sau»; agreed ones that are lacking are told in the method."""
    later = LATER if document.language == "vi" else LATER_EN

    def mark(block: Any) -> Any:
        new = isinstance(block, Table) and _has_numbers(block) and block.anchor not in known
        return replace(block, caption=f"{block.caption} ({later})") if new else block

    lost = sorted(known - {t.anchor for t in document.tables()})
    told = (("shells", f"Biểu đã thống nhất mà báo cáo không có: {', '.join(lost)}."),) if lost else ()
    return replace(
        document, blocks=tuple(map(mark, document.blocks)), method=(*document.method, *told),
        annexes=tuple(replace(a, blocks=tuple(map(mark, a.blocks))) for a in document.annexes),
    )  # fmt: skip
