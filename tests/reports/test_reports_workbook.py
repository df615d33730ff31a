"""BangSoLieu.xlsx read back with openpyxl: every number has a row of the results, and every published row is there."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree

from analysis.results import Results, Row
from reports import workbook
from reports.document import Cell, Document, Table

ALL = pytest.mark.parametrize("name", ["two", "one", "signed"])
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
Documents = dict[str, Document]
KEY = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True)
class Sheet:
    """One table as it lies on its sheet: cells of each data line, and the line of the model it was made from."""

    code: str
    table: Table
    sheet: Any
    first: int

    def lines(self) -> Iterator[tuple[Any, Any]]:
        """(cells of the sheet, row of the model) below the head."""
        for i, line in enumerate(self.table.rows):
            yield self.sheet[self.first + i], line


@pytest.fixture(scope="module")
def books(folders: dict[str, Path]) -> dict[str, Any]:
    return {name: openpyxl.load_workbook(next(folder.glob("BangSoLieu*.xlsx"))) for name, folder in folders.items()}


def sheets(book: Any, document: Document) -> Iterator[Sheet]:
    for i, table in enumerate(document.tables(), 1):
        sheet = book[f"B{i:02d}"]
        head = int(sheet.print_title_rows.split("$")[-1])
        yield Sheet(f"B{i:02d}", table, sheet, head + 1)


def said(texts: Any, path: str) -> Any:
    """The value that `texts/waves/2026/...` names."""
    found = texts
    for step in path.split("/")[1:]:
        found = found[step]
    return found


def numbers_in(rows: dict[str, Row], texts: Any, keys: list[str]) -> set[float]:
    """Every number that the rows and texts of a line hold."""
    found: set[float] = set()
    for key in keys:
        if "/" in key:
            found.add(round(float(said(texts, key)), 6))
        else:
            row = rows[key]
            found |= {round(float(x), 6) for x in (row.estimate, row.lower, row.upper, row.n) if x is not None}
    return found


@ALL
def test_every_number_on_every_sheet_is_in_a_row_named_on_its_line(
    books: dict[str, Any], documents: Documents, results: dict[str, Results], name: str
) -> None:
    rows, checked = {r.key: r for r in results[name].rows}, 0
    for part in sheets(books[name], documents[name]):
        for cells, _ in part.lines():
            values = [c.value for c in cells if isinstance(c.value, int | float)]
            keys = str(cells[-1].value or "").split()
            if values:
                assert keys, (part.code, cells[0].value)
                assert {round(float(v), 6) for v in values} <= numbers_in(rows, results[name].texts, keys), (
                    part.code,
                    cells[0].value,
                )
                checked += len(values)
    assert checked > 150


@ALL
def test_every_published_level_and_change_is_on_a_sheet(
    books: dict[str, Any], documents: Documents, results: dict[str, Results], name: str
) -> None:
    """The other way round: no row for everybody, no row of a judged indicator by group, is forgotten."""
    printed = {
        k for s in sheets(books[name], documents[name]) for cells, _ in s.lines() for k in KEY.findall(str(cells[-1].value or ""))
    }
    assert printed <= {r.key for r in results[name].rows}
    judged = {"score", "K", "A", "reach60"}
    wanted = {r.key for r in results[name].rows if r.kind == "level" and (not r.domain or r.indicator in judged)}
    compared = {"score", "reach60", "exposed2_any", "exposed2_face", "recalled", "heard_month", "joined_month", "K", "A", "V"}
    wanted |= {
        r.key
        for r in results[name].rows
        if r.kind == "change" and r.method == "wave_centred" and r.indicator in compared and r.estimand in {"diff", "rel"}
        and (not r.domain or r.indicator == "score")
    }  # fmt: skip
    assert wanted <= printed


@ALL
def test_each_line_holds_the_cells_of_the_report_in_order(books: dict[str, Any], documents: Documents, name: str) -> None:
    for part in sheets(books[name], documents[name]):
        for cells, line in part.lines():
            if line.group:
                assert cells[0].value == line.cells[0].text
                assert not any(c.value for c in cells[1:])
                continue
            values = iter([c.value for c in cells])
            for column, cell in zip(part.table.columns, line.cells, strict=True):
                shown = [next(values) for _ in range(4 if column.kind == "estimate" else 1)]
                _same(column.kind, cell, shown)


def _same(kind: str, cell: Cell, shown: list[Any]) -> None:
    if kind == "text":
        assert shown == [workbook.safe(cell.text)]
    elif cell.mark in {"hide", "none"}:
        assert set(shown[: 3 if kind == "estimate" else 1]) == {cell.text}
    elif kind == "count":
        assert shown[0] == pytest.approx(cell.value, abs=1e-6)
    else:
        wanted = [x if x is not None else "..." for x in (cell.value, cell.lower, cell.upper)]
        assert [x if isinstance(x, str) else round(x, 6) for x in shown[:3]] == [
            x if isinstance(x, str) else round(x, 6) for x in wanted
        ]
        assert (shown[3] or "") == {"caution": "thận trọng", "bracket": "ít quan sát"}.get(cell.mark, "")


@ALL
def test_sheets_are_set_up_to_be_read_and_printed(books: dict[str, Any], documents: Documents, name: str) -> None:
    for part in sheets(books[name], documents[name]):
        sheet = part.sheet
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.freeze_panes == f"B{part.first}"
        assert sheet.print_title_rows == f"$1:${part.first - 1}"
        last = re.search(r"\$([A-Z]+)\$(\d+)$", str(sheet.print_area))
        assert last is not None
        assert int(last[2]) >= part.first + len(part.table.rows) - 1
        slots = sum(4 if c.kind == "estimate" else 1 for c in part.table.columns)
        assert openpyxl.utils.column_index_from_string(last[1]) == slots


@ALL
def test_no_formula_no_outside_link_no_macro(folders: dict[str, Path], name: str) -> None:
    with zipfile.ZipFile(next(folders[name].glob("BangSoLieu*.xlsx"))) as z:
        for member in z.namelist():
            content = z.read(member)
            assert b"<f>" not in content
            assert b"<f " not in content
            assert b'TargetMode="External"' not in content
            assert not re.search(r"vba|externalLink|connections|comments|printerSettings", member)


@ALL
def test_every_link_of_the_contents_leads_to_its_table(books: dict[str, Any], documents: Documents, name: str) -> None:
    book = books[name]
    contents = {str(row[0].value): row for row in book["Mục lục"].iter_rows() if row[0].hyperlink}
    tables = list(sheets(book, documents[name]))
    assert len(contents) == len(tables) + 2  # the method and the checks
    for i, part in enumerate(tables, 1):
        row = contents[f"Biểu số {i:02d}"]
        assert row[0].hyperlink.location == f"'{part.code}'!A1"
        assert row[1].value == part.table.caption
        title = next(c.value for c in part.sheet["A"] if str(c.value).startswith("Biểu số"))
        assert title == f"Biểu số {i:02d}. {part.table.caption}"


@ALL
def test_numbers_look_vietnamese_on_every_machine(books: dict[str, Any], documents: Documents, name: str) -> None:
    for part in sheets(books[name], documents[name]):
        for cells, line in part.lines():
            for cell in cells:
                if isinstance(cell.value, int | float):
                    assert cell.number_format.startswith("[$-42A]"), (part.code, cell.coordinate)
            if not line.group and any(c.mark == "bracket" for c in line.cells):
                assert any('"("' in c.number_format for c in cells)


def test_no_case_is_the_mark_of_the_legend_and_still_a_number(documents: Documents, tmp_path: Path) -> None:
    from dataclasses import replace

    document = documents["one"]
    table = document.tables()[0]
    line = table.rows[0]
    rows = (replace(line, cells=(line.cells[0], Cell("-", value=0, decimals=0, key="texts/x"))), *table.rows[1:])
    blocks = tuple(replace(table, rows=rows) if b is table else b for b in document.blocks)
    (tmp_path / "a.xlsx").write_bytes(workbook.write(replace(document, blocks=blocks)))
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["B01"]
    cell = next(c for row in sheet.iter_rows() for c in row if c.value == 0)
    assert cell.number_format.split(";")[2] == '"-"'


@ALL
def test_the_method_note_says_what_the_report_says(books: dict[str, Any], documents: Documents, name: str) -> None:
    sheet = books[name]["Ghi chú phương pháp"]
    pairs = [(row[0].value, row[1].value) for row in sheet.iter_rows(min_row=1) if row[1].value]
    for subject, text in documents[name].method:
        assert (workbook.safe(subject), workbook.safe(text)) in pairs


@ALL
def test_the_package_is_whole(folders: dict[str, Path], name: str) -> None:
    with zipfile.ZipFile(next(folders[name].glob("BangSoLieu*.xlsx"))) as z:
        assert z.testzip() is None
        assert {i.date_time for i in z.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        book = etree.fromstring(z.read("xl/workbook.xml"))
        assert book.find(f"{MAIN}calcPr") is None or "fullCalcOnLoad" in book.find(f"{MAIN}calcPr").attrib
        ids = [s.get("sheetId") for s in book.iter(f"{MAIN}sheet")]
        assert len(ids) == len(set(ids))
        assert all(len(s.get("name")) <= 31 for s in book.iter(f"{MAIN}sheet"))
