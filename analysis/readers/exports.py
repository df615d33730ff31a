"""One export, whatever it is -> what enters a ledger: XML as it was sent, rows of tables as cells, with their attachments.

Imports the readers, tables and stored.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from forms.codebook import Codebook
from forms.errors import refuse
from forms.ledger import Arrival, Attachment

from . import documents, opened, tables
from .files import archive, folder
from .grids import Grid
from .raw import Raw, bare_uuid, check_form, odd, plain
from .stored import arrival
from .tables import AUDIT, Asked

_LOG = "audit.csv"


@dataclass(frozen=True)
class Said(Asked):
    """What a person said about the files, and the private key of encrypted submissions."""

    private_key: bytes | None = field(default=None, repr=False)


NOTHING = Said()
"""Nothing was said: files as the servers made them."""


@dataclass(frozen=True)
class Export:
    """What a file holds, ready for the ledger.  rows: as the reader found them; notes: what a person should know of it."""

    arrivals: tuple[Arrival, ...]
    rows: tuple[Raw, ...]
    notes: tuple[str, ...] = ()


def read_export(path: Path, book: Codebook, said: Said) -> Export:
    """The rows of a file or folder.  BdgError DATA-*: it is not this form's, cannot be read, or a person must say something."""
    try:
        files = _documents(path)
        if files is not None:
            return _xml(path, files, book, said)
        return _logged(path, _rows(path, book, said))
    except OSError as fault:
        raise refuse("DATA-027", path.name, got=type(fault).__name__, what=path.suffix or "?") from None


def _documents(path: Path) -> Mapping[str, bytes] | None:
    """The files of a folder or zip of XML, or a single document; None for anything else."""
    if path.is_dir():
        return folder(path, "") if any(p.suffix.lower() == ".xml" for p in path.rglob("*")) else None
    if path.suffix.lower() == ".xml":
        return {path.name: path.read_bytes()}
    if path.suffix.lower() == ".zip":
        names = archive(path)
        kinds = Counter(n.rpartition(".")[2].lower() for n in names)
        tabled = any(n.lower().endswith(".csv") and n.rpartition("/")[2] != _LOG for n in names)
        return names if kinds["xml"] and not tabled else None
    return None


def _xml(path: Path, files: Mapping[str, bytes], book: Codebook, said: Said) -> Export:
    found = documents.read(path.name, files, book, said.private_key)
    if not found.rows:
        raise refuse("DATA-010", path.name, expected="XML", got="0 phiếu / submissions", form=book.form_id)
    notes = [f"đã giải mã / decrypted: {found.opened}"] if found.opened else []
    notes += [f"tệp không thuộc phiếu nào, bỏ qua / files of no submission, left out: {found.alone}"] if found.alone else []
    return Export(found.arrivals, found.rows, tuple(notes))


def _rows(path: Path, book: Codebook, said: Said) -> Export:
    """OData or a table.  A cell that is none of the form's stops it: what enters a ledger is never replaced."""
    notes: tuple[str, ...] = ()
    if path.is_dir() or path.suffix.lower() == ".json" or _pages(path):
        found = opened(path, book)
    else:
        made = tables.read(path.name, _grids(path, book), book, said)
        check_form(made.file, book, made.near)
        found, notes = made.file, made.notes
    if not found.rows:
        raise refuse("DATA-010", path.name, expected=book.form_id, got="0 phiếu / submissions", form=book.form_id)
    odd(found, book)
    return Export(tuple(arrival(raw, book, found.source) for raw in found.rows), found.rows, notes)


def _pages(path: Path) -> bool:
    return path.suffix.lower() == ".zip" and all(not n.lower().endswith(".csv") for n in archive(path))


def _grids(path: Path, book: Codebook) -> list[Grid]:
    if path.suffix.lower() in (".xlsx", ".xlsm", ".csv", ".zip"):
        return tables.grids(path)
    formats = "XML | JSON | CSV | submissions.csv.zip | XLSX"
    raise refuse("DATA-010", path.name, expected=formats, got=path.suffix or "?", form=book.form_id)


def _logged(path: Path, export: Export) -> Export:
    """With the audit logs that Central put into one table, each back under its own submission."""
    if path.suffix.lower() != ".zip":
        return export
    logs: dict[str, list[list[str]]] = {}
    header: list[str] = []
    for name, body in archive(path).items():
        if name.endswith(AUDIT):
            rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig", errors="replace"), newline="")))
            header = rows[0] if rows else []
            for row in filter(None, rows[1:]):
                logs.setdefault(row[0], []).append(row[1:])
    if not logs:
        return export
    logs = {bare_uuid(owner): rows for owner, rows in logs.items()}
    arrivals = tuple(
        replace(a, attachments=(Attachment(_LOG, _log(header[1:], logs[a.root_id])),)) if a.root_id in logs else a
        for a in export.arrivals
    )
    return replace(export, arrivals=arrivals)


def _log(header: list[str], rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue().encode()


def answers_of(raw: Raw, book: Codebook, name: str) -> str:
    """The answer to a question outside repeats, '' when there is none."""
    path = next((v.path for v in book.variables if v.name == name and not v.repeat), "")
    return plain(raw.answers.get(path)) or ""
