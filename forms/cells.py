"""An .xlsx that a person filled in -> cells as text, formulas told apart from text; and the one typed adapter to openpyxl here.

Imports errors.  Knows nothing of questionnaires; reads, never writes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zipfile import BadZipFile

_BIG = 50_000_000


class WorkbookError(Exception):
    """The file is no .xlsx that can be read; the message says why."""


@dataclass(frozen=True)
class Cell:
    """One cell. place: «Sheet!C12»; text: in NFC, blanks around it cut, '' when empty; formula: it holds a formula, not text."""

    place: str
    text: str = ""
    formula: bool = False


def read_cells(path: Path) -> Mapping[str, tuple[tuple[Cell, ...], ...]]:
    """Every sheet by name, row by row. Days come as ISO text, whole numbers without a point. WorkbookError when it is none."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        if path.stat().st_size > _BIG:
            raise WorkbookError("> 50 MB")
        book = load_workbook(path, data_only=False)
    except (OSError, BadZipFile, InvalidFileException, KeyError, ValueError, TypeError) as error:
        raise WorkbookError(type(error).__name__) from None
    return {
        sheet.title: tuple(
            tuple(Cell(f"{sheet.title}!{cell.coordinate}", _text(cell.value), cell.data_type == "f") for cell in row)
            for row in sheet.iter_rows()
        )
        for sheet in book.worksheets
    }


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
        case date():
            return value.isoformat()
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return unicodedata.normalize("NFC", str(value)).strip()
