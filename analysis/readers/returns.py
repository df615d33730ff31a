"""Filled-in Excel templates: the cells of a workbook, and which of them hold a formula, an error, or are merged.

Imports python_calamine, files and forms.errors.  Knows no form: what the cells mean is said by analysis.returns.
"""

from __future__ import annotations

import io
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from python_calamine import CalamineError, CalamineWorkbook

from forms.errors import BdgError, refuse

from .files import archive
from .raw import Cell

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
At = tuple[int, int]
"""(row, column), counted from 0."""


@dataclass(frozen=True)
class Sheet:
    """One sheet.  cells: rows from A1 on; formulas: cell -> its formula; errors: cell -> #REF! and the like; merged: corners."""

    cells: Sequence[Sequence[Cell]]
    formulas: Mapping[At, str] = field(default_factory=dict)
    errors: Mapping[At, str] = field(default_factory=dict)
    merged: frozenset[tuple[At, At]] = frozenset()

    def at(self, row: int, column: int) -> Cell:
        """A cell; None outside the used area, and where it is empty."""
        if row < 0 or row >= len(self.cells) or column >= len(self.cells[row]):
            return None
        found = self.cells[row][column]
        return None if found == "" else found


def read_workbook(path: Path) -> dict[str, Sheet]:
    """The sheets of a workbook by name, hidden ones too.  DATA-027 when it is none, DATA-017 when it is not safe to open."""
    parts = archive(path)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes())) as book:
            found = {name: book.get_sheet_by_name(name) for name in book.sheet_names}
            cells = {name: sheet.to_python(skip_empty_area=False) for name, sheet in found.items()}
            merged = {name: frozenset(sheet.merged_cell_ranges or ()) for name, sheet in found.items()}
        marks = {name: _marks(parts[part]) for name, part in _parts(parts).items() if part in parts}
    except (CalamineError, OSError, KeyError, ParseError, DefusedXmlException) as fault:
        raise refuse("DATA-027", path.name, got=type(fault).__name__, what="XLSX") from None
    return {name: Sheet(cells[name], *marks.get(name, ({}, {})), merged[name]) for name in cells}


def readable(path: Path) -> tuple[dict[str, Sheet], str]:
    """The sheets of a workbook, or none and the code of the reason: one damaged file of many must not stop the others."""
    try:
        return read_workbook(path), ""
    except BdgError as error:
        return {}, error.problems[0].code


def _parts(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Sheet name -> its part of the file."""
    links = {
        link.get("Id"): posixpath.normpath(posixpath.join("xl", (link.get("Target") or "").removeprefix("/xl/")))
        for link in fromstring(parts["xl/_rels/workbook.xml.rels"], forbid_dtd=True)
    }
    sheets = fromstring(parts["xl/workbook.xml"], forbid_dtd=True).iter(f"{_MAIN}sheet")
    return {sheet.get("name") or "": links.get(sheet.get(_LINK), "") for sheet in sheets}


def _marks(part: bytes) -> tuple[dict[At, str], dict[At, str]]:
    """(formulas, errors) of one sheet by cell."""
    formulas: dict[At, str] = {}
    errors: dict[At, str] = {}
    for cell in fromstring(part, forbid_dtd=True).iter(f"{_MAIN}c"):
        formula = cell.find(f"{_MAIN}f")
        if formula is not None:
            formulas[_at(cell.get("r") or "A1")] = formula.text or ""
        if cell.get("t") == "e":
            errors[_at(cell.get("r") or "A1")] = cell.findtext(f"{_MAIN}v") or "#"
    return formulas, errors


def _at(name: str) -> At:
    letters = name.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(name[len(letters) :]) - 1, column - 1
