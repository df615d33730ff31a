"""KoboToolbox's XLSX export with XML values: a sheet of submissions and one for each repeat.

Imports python_calamine, raw, files and forms.errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from forms.codebook import Codebook, Variable
from forms.errors import refuse

from .files import looks
from .raw import Cell, Columns, File, Raw, bare_uuid, plain, review_of

Grid = Sequence[Sequence[Cell]]


def read(path: Path, book: Codebook) -> File:
    """Headers with or without group paths; select_multiple as one cell or as 0/1 columns; repeats by uuid or index."""
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            sheets: list[Grid] = [workbook.get_sheet_by_name(n).to_python(skip_empty_area=False) for n in workbook.sheet_names]
    except (CalamineError, OSError) as fault:
        raise refuse("DATA-027", path.name, got=looks(path.read_bytes()) or type(fault).__name__, what="XLSX") from None
    columns = Columns(book, "/")
    if not sheets or not sheets[0]:
        raise refuse("DATA-010", path.name, expected="_uuid", got="", form=book.form_id)
    header = [plain(cell) or "" for cell in sheets[0][0]]
    if "_uuid" not in header and "meta/instanceID" not in header:
        raise refuse("DATA-010", path.name, expected="_uuid", got=", ".join(header[:6]), form=book.form_id)
    repeats: dict[str, dict[str, list[Mapping[str, Cell]]]] = {}
    for sheet in sheets[1:]:
        _repeat(sheet, columns, repeats)
    found = _meant(header, columns)
    ticks = [(i, t) for i, h in enumerate(header) if (t := columns.tick(h)) is not None]
    raws = tuple(_raw(header, row, found, ticks, repeats) for row in sheets[0][1:] if any(plain(c) for c in row))
    have = frozenset({v.path for _, v in found} | {t[0].path for _, t in ticks})
    return File(path.name, "kobo", raws, have)


def _meant(header: Sequence[str], columns: Columns) -> list[tuple[int, Variable]]:
    return [(i, v) for i, h in enumerate(header) if (v := columns.find(h)) is not None]


def _raw(
    header: Sequence[str], row: Sequence[Cell], found: Sequence[tuple[int, Variable]],
    ticks: Sequence[tuple[int, tuple[Variable, str]]],
    repeats: Mapping[str, Mapping[str, list[Mapping[str, Cell]]]],
) -> Raw:  # fmt: skip
    cells = dict(zip(header, row, strict=False))
    answers: dict[str, Cell] = {v.path: row[i] for i, v in found if not v.repeat and i < len(row)}
    chosen: dict[str, list[str]] = {}
    for i, (variable, code) in ticks:
        if i < len(row) and plain(row[i]) in ("1", "True", "TRUE", "true"):
            chosen.setdefault(variable.path, []).append(code)
    for path, codes in chosen.items():
        if plain(answers.get(path)) is None:
            answers[path] = " ".join(codes)
    identity = bare_uuid(plain(cells.get("meta/instanceID")) or plain(cells.get("_uuid")))
    keys = (bare_uuid(plain(cells.get("_uuid"))), f"index:{plain(cells.get('_index'))}")
    return Raw(
        instance_id=identity,
        root_id=bare_uuid(plain(cells.get("meta/rootUuid"))) or identity,
        form_id="",
        form_version=plain(cells.get("__version__")) or "",
        received_at=plain(cells.get("_submission_time")),
        review=review_of(cells.get("_validation_status")),
        answers=answers,
        repeats={path: next((by[k] for k in keys if k in by), []) for path, by in repeats.items()},
    )


def _repeat(sheet: Grid, columns: Columns, repeats: dict[str, dict[str, list[Mapping[str, Cell]]]]) -> None:
    """Rows of a repeat sheet under their submission's uuid, or its index where the export has no uuid."""
    if not sheet:
        return
    header = [plain(cell) or "" for cell in sheet[0]]
    found = [(i, v) for i, v in _meant(header, columns) if v.repeat]
    for row in sheet[1:]:
        cells = dict(zip(header, row, strict=False))
        uuid = plain(cells.get("_submission__uuid"))
        key = bare_uuid(uuid) if uuid else f"index:{plain(cells.get('_parent_index'))}"
        for path in sorted({v.repeat for _, v in found}):
            repeats.setdefault(path, {}).setdefault(key, []).append({v.path: row[i] for i, v in found if v.repeat == path})
