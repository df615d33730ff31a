"""ODK Central's submissions.csv.zip: one table of submissions and one for each repeat.

Standard library, raw, frame (tables) and forms.errors.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping

from forms.codebook import Codebook, Variable
from forms.errors import refuse

from ..csvtable import respaced
from .raw import Cell, Columns, File, Raw, bare_uuid, plain, review_of

_AUDIT = " - audit.csv"


def read(name: str, files: Mapping[str, bytes], book: Codebook) -> File:
    """Groups are joined by '-' in headers (or left out); repeats join by PARENT_KEY = KEY of the submission."""
    tables = {
        n: _table(f"{name}: {n}", body) for n, body in files.items() if n.lower().endswith(".csv") and not n.endswith(_AUDIT)
    }
    mains = [n for n, (header, _) in tables.items() if "KEY" in header and "PARENT_KEY" not in header]
    if len(mains) != 1:
        raise refuse("DATA-010", name, expected="FORM.csv (KEY)", got=", ".join(sorted(tables)) or "0 CSV", form=book.form_id)
    columns = Columns(book, "-")
    rows: dict[str, dict[str, list[Mapping[str, Cell]]]] = {}
    for n, (header, body) in tables.items():
        if n != mains[0] and "PARENT_KEY" in header:
            _repeat(header, body, columns, rows)
    header, body = tables[mains[0]]
    meant = {h: v for h in header if (v := columns.find(h)) is not None and not v.repeat}
    raws = tuple(_raw(row, meant, rows.get(row["KEY"], {})) for row in body)
    return File(name, "csv", raws, frozenset(v.path for v in meant.values()))


def _table(name: str, body: bytes) -> tuple[list[str], list[dict[str, str]]]:
    try:
        text = unicodedata.normalize("NFC", body.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        raise refuse("DATA-027", name, got=type(fault).__name__, what="CSV, UTF-8") from None
    respaced(text, name)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        header, rows = list(reader.fieldnames or ()), list(reader)
    except csv.Error as fault:
        raise refuse("DATA-027", name, got=type(fault).__name__, what="CSV") from None
    for line, row in enumerate(rows, 1):
        if None in row or None in row.values():
            raise refuse("DATA-027", name, expected=f"{len(header)} ô / cells", got=f"phiếu / submission {line}", what="CSV")
    return header, rows


def _repeat(
    header: list[str], body: list[dict[str, str]], columns: Columns, rows: dict[str, dict[str, list[Mapping[str, Cell]]]]
) -> None:
    meant: dict[str, Variable] = {h: v for h in header if (v := columns.find(h)) is not None and v.repeat}
    for row in body:
        cells: dict[str, Cell] = {v.path: row.get(h) for h, v in meant.items()}
        for path in sorted({v.repeat for v in meant.values()}):
            rows.setdefault(row["PARENT_KEY"], {}).setdefault(path, []).append(cells)


def _raw(row: Mapping[str, str], meant: Mapping[str, Variable], repeats: Mapping[str, list[Mapping[str, Cell]]]) -> Raw:
    root = bare_uuid(row["KEY"])
    return Raw(
        instance_id=bare_uuid(plain(row.get("meta-instanceID"))) or root,
        root_id=root,
        form_id="",
        form_version=row.get("FormVersion", ""),
        received_at=plain(row.get("SubmissionDate")),
        review=review_of(row.get("ReviewState")),
        answers={v.path: row.get(h) for h, v in meant.items()},
        repeats=repeats,
    )
