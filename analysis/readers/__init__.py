"""Submissions from wherever they were exported: XML, ODK Central's OData or CSV, KoboToolbox's XLSX or CSV, a round's ledger.

Everything ends in forms.submission.Submission; nothing later knows the source.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from forms.codebook import Codebook
from forms.errors import refuse
from forms.ledger import is_round
from forms.submission import Submission

from ..csvtable import shown
from . import odata, submission_xml
from .files import archive, folder
from .raw import File, finish


def read_submissions(path: Path, codebook: Codebook, digests: Collection[str] = ()) -> tuple[Submission, ...]:
    """Every submission of a folder, file or round, in instance-id order; the format is recognised, not asked for.

    path: a folder or zip of submission XML; OData JSON (a file, a folder or a zip of pages); submissions.csv.zip; a CSV or XLSX
    of KoBo; a round's folder (its ledger: newest versions, what was deleted or erased left out).
    digests: questionnaire digests that count as this form besides the codebook's own.
    BdgError DATA-010 (not this form's data), -011 (scored column missing), -012 (another version), -013 (an id twice),
    -017 (unsafe file), -022 (foreign codes), -027 (damaged file), -028 (a field missing), -030 (saved by Excel), -110 to -115.
    """
    if path.is_dir() and is_round(path):
        from .comparable import of_round  # the ledger's libraries are loaded only where there is one

        return of_round(path, codebook, digests)
    return finish(opened(path, codebook), codebook, digests)


def opened(path: Path, book: Codebook) -> File:
    """What a file or folder holds, before any check that its rows can be used together."""
    try:
        return _read(path, book)
    except OSError as fault:
        raise refuse("DATA-027", path.name, got=type(fault).__name__, what=path.suffix or "?") from None


def _read(path: Path, book: Codebook) -> File:
    got = path.suffix or "?"
    if path.is_dir():
        if files := folder(path, ".xml"):
            return submission_xml.read(path.name, files, book)
        if files := folder(path, ".json"):
            return odata.read(path.name, files, book)
        kinds = sorted({p.suffix or p.name for p in path.rglob("*") if p.is_file()})
        got = f"thư mục / folder: {shown(kinds) or '0 tệp / files'}"
    elif path.suffix.lower() == ".json":
        return odata.read(path.name, {path.name: path.read_bytes()}, book)
    elif path.suffix.lower() in (".xlsx", ".xlsm", ".csv"):
        return _table(path, book)
    elif path.suffix.lower() == ".xml":
        return submission_xml.read(path.name, {path.name: path.read_bytes()}, book)
    elif path.suffix.lower() == ".zip":
        return _zip(path, book)
    formats = "XML | JSON | CSV | submissions.csv.zip | XLSX"
    raise refuse("DATA-010", path.name, expected=formats, got=got, form=book.form_id)


def _zip(path: Path, book: Codebook) -> File:
    files = archive(path)
    kinds = {n.rpartition(".")[2].lower() for n in files}
    if "csv" in kinds:
        return _table(path, book)
    if "xml" in kinds:
        return submission_xml.read(path.name, {n: b for n, b in files.items() if n.lower().endswith(".xml")}, book)
    if "json" in kinds:
        return odata.read(path.name, {n: b for n, b in files.items() if n.lower().endswith(".json")}, book)
    raise refuse("DATA-010", path.name, expected="XML | JSON | CSV", got=", ".join(sorted(kinds)), form=book.form_id)


def _table(path: Path, book: Codebook) -> File:
    from . import tables  # the workbook library is loaded only where a table is read

    return tables.read(path.name, tables.grids(path), book, original=True).file


__all__ = ["read_submissions"]
