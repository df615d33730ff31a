"""Tables as files hold them: CSV in any encoding and with any separator, workbooks, zips of CSV.  Cells only, no meaning.

Imports python_calamine, files, letters and forms.errors.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from forms.errors import refuse

from .files import archive, looks
from .letters import decoded
from .raw import Cell, plain

_MARKS = (",", ";", "\t", "|")
_MOST_CELL = 1 << 20
_LOOKED = 10


@dataclass(frozen=True)
class Grid:
    """One table.  header: column names, NFC; rows: cells, as long as the header; first: line of the first row as Excel counts.

    mark: what separates the cells of a CSV, '' in a workbook; encoding: of a CSV that was not UTF-8, else ''.
    """

    name: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    first: int = 2
    mark: str = ""
    encoding: str = ""


def workbook(path: Path) -> list[Grid]:
    """The sheets of a workbook that hold anything.  DATA-027 when it is none, DATA-017 when it would unpack to too much."""
    from python_calamine import CalamineError, CalamineWorkbook

    if path.read_bytes()[:2] == b"PK":
        archive(path)
    try:
        with CalamineWorkbook.from_path(path) as book:
            sheets = [(n, book.get_sheet_by_name(n).to_python(skip_empty_area=False)) for n in book.sheet_names]
    except (CalamineError, OSError) as fault:
        raise refuse("DATA-027", path.name, got=looks(path.read_bytes()) or type(fault).__name__, what="XLSX") from None
    return [_grid(name, cells) for name, cells in sheets if cells]


def _grid(name: str, cells: Sequence[Sequence[Cell]]) -> Grid:
    """The first row with more than one cell is the header: titles that people put above it are passed over."""
    top = next((i for i, row in enumerate(cells[:_LOOKED]) if sum(plain(c) is not None for c in row) > 1), 0)
    header = tuple(plain(c) or "" for c in cells[top])
    return Grid(name, header, [r for r in cells[top + 1 :] if any(plain(c) is not None for c in r)], top + 2)


def tables(files: Mapping[str, bytes], name: str) -> list[Grid]:
    """The CSV tables of a zip or a single file.  name: of the file, for messages."""
    return [table(f, body, f if name == f else f"{name}: {f}") for f, body in files.items() if f.lower().endswith(".csv")]


def table(name: str, body: bytes, place: str) -> Grid:
    """A CSV.  DATA-027 when it is no text, or a row has more or fewer cells than the header."""
    found = decoded(body)
    if found is None:
        raise refuse("DATA-027", place, got=looks(body) or "không phải văn bản / not text", what="CSV")
    text, encoding = found
    text = unicodedata.normalize("NFC", text)
    mark = _mark(text)
    csv.field_size_limit(_MOST_CELL)
    try:
        rows = [r for r in csv.reader(io.StringIO(text, newline=""), delimiter=mark) if r]
    except csv.Error as fault:
        raise refuse("DATA-027", place, got=type(fault).__name__, what="CSV") from None
    if not rows:
        raise refuse("DATA-027", place, got=looks(body) or "tệp trống / an empty file", what="CSV")
    header = tuple(cell.strip() for cell in rows[0])
    for line, row in enumerate(rows[1:], 1):
        if len(row) != len(header):
            raise refuse("DATA-027", place, expected=f"{len(header)} ô / cells", got=f"phiếu / submission {line}", what="CSV")
    return Grid(name, header, rows[1:], 2, mark, "" if encoding.startswith("utf-8") else encoding)


def _mark(text: str) -> str:
    """The separator: the one that the header holds most often outside quotes."""
    header = "".join(text.partition("\n")[0].split('"')[::2])
    return max(_MARKS, key=header.count)
