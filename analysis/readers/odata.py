"""ODK Central's OData: one JSON document, or a folder of pages and repeat tables.

Standard library, raw, files and forms.errors.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from forms.codebook import Codebook
from forms.errors import refuse

from .files import looks, place
from .raw import Cell, File, Raw, bare_uuid, plain, review_of

_PARENT = "__Submissions-id"
_CONTEXT = re.compile(r"forms/([^/]+)\.svc.*#Submissions(?:\.([\w.]+))?")


def read(name: str, files: Mapping[str, bytes], book: Codebook) -> File:
    """Pages of Submissions with repeats inside ($expand=*) or in tables of their own, joined by __Submissions-id."""
    repeats = frozenset(v.repeat for v in book.variables if v.repeat)
    rows: list[tuple[str, Mapping[str, Any]]] = []
    tables: dict[str, dict[str, list[Mapping[str, Cell]]]] = {}
    for file, body in files.items():
        form, table, values = _page(place(name, file), body)
        for value in values:
            if _PARENT in value:
                path = _table(table, file, repeats)
                tables.setdefault(path, {}).setdefault(str(value[_PARENT]), []).append(_flat(value, path))
            else:
                rows.append((form, value))
    raws, columns = [], set()
    for form, value in rows:
        answers = _flat(value)
        columns |= set(answers)
        raws.append(_raw(form, value, answers, repeats, tables, book))
    return File(name, "odata", tuple(raws), frozenset(columns))


def _page(file: str, body: bytes) -> tuple[str, str, list[Mapping[str, Any]]]:
    """(form id, repeat table or '', rows) of one page."""
    try:
        page = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise refuse("DATA-027", file, got=looks(body) or type(fault).__name__, what="JSON") from None
    values = page.get("value") if isinstance(page, dict) else None
    if not isinstance(values, list) or not all(isinstance(v, dict) for v in values):
        raise refuse("DATA-010", file, expected='{"value": […]}', got=type(page).__name__, form="OData")
    match = _CONTEXT.search(str(page.get("@odata.context", "")))
    return (match.group(1), (match.group(2) or "").replace(".", "/"), values) if match else ("", "", values)


def _table(table: str, file: str, repeats: frozenset[str]) -> str:
    named = table or next((r for r in sorted(repeats) if r.replace("/", ".") in file), "")
    if named in repeats:
        return named
    if len(repeats) == 1 and not named:
        return next(iter(repeats))
    raise refuse("DATA-010", file, expected=", ".join(sorted(repeats)), got=named or "?", form="OData")


def _flat(value: Mapping[str, Any], path: str = "") -> dict[str, Cell]:
    """Nested groups as path -> cell; system fields, links and repeats left out."""
    found: dict[str, Cell] = {}
    for key, cell in _cells(value):
        here = f"{path}/{key}" if path else key
        if isinstance(cell, dict) and "coordinates" in cell:
            found[here] = _place(cell)
        elif isinstance(cell, dict):
            found |= _flat(cell, here)
        elif not isinstance(cell, list):
            found[here] = cell
    return found


def _place(cell: Mapping[str, Any]) -> Cell:
    """GeoJSON, longitude first -> latitude, longitude, altitude, accuracy, as the phone wrote it; other shapes as they are."""
    at = cell.get("coordinates")
    if cell.get("type") != "Point" or not isinstance(at, list) or len(at) < 2:
        return dict(cell)
    accuracy = (cell.get("properties") or {}).get("accuracy")
    parts = (at[1], at[0], at[2] if len(at) > 2 else None, accuracy)
    return " ".join("0.0" if n is None else str(n) for n in parts)


def _lists(value: Mapping[str, Any], path: str = "") -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for key, cell in _cells(value):
        here = f"{path}/{key}" if path else key
        if isinstance(cell, dict):
            found |= _lists(cell, here)
        elif isinstance(cell, list):
            found[here] = [row for row in cell if isinstance(row, dict)]
    return found


def _cells(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((k, v) for k, v in value.items() if not k.startswith("__") and "@odata" not in k)


def _raw(
    form: str, value: Mapping[str, Any], answers: Mapping[str, Cell], repeats: frozenset[str],
    tables: Mapping[str, Mapping[str, list[Mapping[str, Cell]]]], book: Codebook,
) -> Raw:  # fmt: skip
    root = bare_uuid(plain(value.get("__id")))
    identity = bare_uuid(plain(answers.get("meta/instanceID"))) or root
    if not identity:
        raise refuse("DATA-010", "OData", expected="__id", got="", form=book.form_id)
    system = value.get("__system") or {}
    inline = {path: [_flat(row, path) for row in rows] for path, rows in _lists(value).items() if path in repeats}
    joined = {path: tables[path].get(str(value.get("__id")), []) for path in repeats if path in tables}
    return Raw(
        identity, root, form, str(system.get("formVersion") or ""), plain(system.get("submissionDate")),
        review_of(system.get("reviewState")), answers, {**joined, **inline},
    )  # fmt: skip
