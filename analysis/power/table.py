"""One table of a study: texts in both languages that results.json carries and a page or a document prints.

Imports spoken.  A cell is a text, or both languages; None prints as «không thể».
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .spoken import Both, Number, said

Cell = str | Both
Table = dict[str, Any]
"""id, title, head, rows, note."""


def table(ident: str, title: Both, head: Sequence[Both], rows: Sequence[Sequence[Cell]], note: Both) -> Table:
    """A table; every row as long as the head (ValueError)."""
    if any(len(row) != len(head) for row in rows):
        raise ValueError(f"{ident}: rows do not fit {len(head)} columns")
    return {"id": ident, "title": title, "head": list(head), "rows": [list(r) for r in rows], "note": note}


def cell(value: float | None, decimals: int = 1) -> Cell:
    """A number in both languages, or that there can be none."""
    if value is None:
        return said("never")
    number = Number(value, decimals)
    return {"vi": number.text("vi"), "en": number.text("en")}


def shown(content: Cell, language: str) -> str:
    """A cell in one language."""
    return content if isinstance(content, str) else content[language]
