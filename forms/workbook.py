"""Sheets -> .xlsx, the same bytes on every build; and the one typed adapter to XlsxWriter in this room.

Imports formulas.  Knows nothing of questionnaires: rows of text in, a file out.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from .formulas import starts_formula

BUILT = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""The creation date written into every workbook: fixed, so that bytes depend on content only."""


@dataclass(frozen=True)
class Sheet:
    """One worksheet: a header row and rows of text (numbers stay text: codes keep their zeros)."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def workbook_bytes(sheets: Sequence[Sheet]) -> bytes:
    """The workbook.  No formula is ever written; a text that begins like one is marked as text and stays one when edited."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": BUILT})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E7E6E6"})
        look = {"num_format": "@", "text_wrap": True, "valign": "top"}
        text, quoted = book.add_format(look), book.add_format(look | {"quote_prefix": True})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, 0)
            page.set_column(0, max(len(sheet.header) - 1, 0), 24)
            for column, title in enumerate(sheet.header):
                page.write_string(0, column, title, bold)
            for number, row in enumerate(sheet.rows, start=1):
                for column, value in enumerate(row):
                    if value:
                        page.write_string(number, column, value, quoted if starts_formula(value) else text)
    return out.getvalue()
