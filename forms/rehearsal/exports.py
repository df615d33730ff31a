"""The rehearsed submissions in the shapes that ODK Central and KoBoToolbox export.

Written from the servers' public documentation; bytes depend on the submissions only.  Imports fields and workbook's adapter.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..formulas import row as tamed
from ..formulas import starts_formula
from ..question import Questionnaire
from ..workbook import BUILT
from .audited import FILE, merged
from .fields import Group, Tree, Value, at, leaves, point, read, repeats, rows, text

PAGE = 250
_PARTS = ("Latitude", "Longitude", "Altitude", "Accuracy")
_KOBO_PARTS = ("latitude", "longitude", "altitude", "precision")
SERVICE = "https://central.example.org/v1/projects/1/forms"
_SYSTEM = (
    "SubmissionDate", "KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected", "Status", "ReviewState",
    "DeviceID", "Edits", "FormVersion",
)  # fmt: skip


_Page = tuple[Any, Any]
"""A sheet, and the format of texts that begin like a formula."""


@dataclass(frozen=True)
class Received:
    """A submission on the server: its XML, when it came, and the version of the form it was made with ('' = the current one).

    log: its audit log, '' for none.
    """

    instance_id: str
    xml: str
    received_at: str
    version: str = ""
    log: str = ""


def write_all(form: Questionnaire, root: Group, received: Sequence[Received], out: Path) -> None:
    """xml/, odata/, <id>.csv.zip and <id>_kobo.xlsx below `out`, newest first as the servers list them."""
    newest = sorted(received, key=lambda r: (r.received_at, r.instance_id), reverse=True)
    trees = [(r, read(r.xml, root)) for r in newest]
    (out / "xml").mkdir(parents=True)
    for r in newest:
        path = out / "xml" / f"{r.instance_id.removeprefix('uuid:')}.xml"
        path.write_text(r.xml, encoding="utf-8")
        if r.log:
            path.with_suffix("").mkdir()
            (path.with_suffix("") / FILE).write_text(r.log, encoding="utf-8", newline="\n")
    (out / "odata").mkdir()
    for name, page in odata(form, root, trees):
        (out / "odata" / name).write_text(page, encoding="utf-8")
    (out / "submissions.csv.zip").write_bytes(csv_zip(form, root, trees))
    (out / "kobo.xlsx").write_bytes(kobo_xlsx(form, root, trees))


def _repeat_id(instance: str, path: tuple[str, ...], number: int) -> str:
    return hashlib.sha1(f"{instance}/{'/'.join(path)}[{number}]".encode(), usedforsecurity=False).hexdigest()


def _with_ids(tree: Tree, group: Group, instance: str, path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Nested groups as Central nests them; repeats expanded, each row with its id and a navigation link."""
    found: dict[str, Any] = {}
    for child in group.children:
        value: Any = tree[child.name]
        here = (*path, child.name)
        if not isinstance(child, Group):
            found[child.name] = _point(value) if child.type == "point" else value
        elif child.repeat:
            found[f"{child.name}@odata.navigationLink"] = f"Submissions('{instance.replace(':', '%3A')}')/{'/'.join(here)}"
            found[child.name] = [
                {**_with_ids(row, child, instance, here), "__id": _repeat_id(instance, here, i)} for i, row in enumerate(value, 1)
            ]
        else:
            found[child.name] = _with_ids(value, child, instance, here)
    return found


def _point(value: Value) -> dict[str, Any] | None:
    """A geopoint as Central gives it: GeoJSON, longitude first."""
    told = point(value)
    if told is None:
        return None
    lat, lon, altitude, accuracy = told
    return {"type": "Point", "coordinates": [lon, lat, altitude], "properties": {"accuracy": accuracy}}


def odata(form: Questionnaire, root: Group, trees: Sequence[tuple[Received, Tree]]) -> Iterable[tuple[str, str]]:
    """Pages of GET …svc/Submissions?$expand=* : (file name, JSON)."""
    service = f"{SERVICE}/{form.id}.svc"
    for start in range(0, max(len(trees), 1), PAGE):
        page = trees[start : start + PAGE]
        value = [
            {
                **_with_ids(tree, root, r.instance_id),
                "__id": r.instance_id,
                "__system": {
                    "submissionDate": r.received_at, "updatedAt": None, "submitterId": "1", "submitterName": "practice",
                    "attachmentsPresent": int(bool(r.log)), "attachmentsExpected": int(bool(r.log)),
                    "status": None, "reviewState": None, "deviceId": None,
                    "edits": 0, "formVersion": r.version or form.version, "deletedAt": None,
                },
            }
            for r, tree in page
        ]  # fmt: skip
        document: dict[str, Any] = {"value": value, "@odata.context": f"{service}/$metadata#Submissions"}
        if start + PAGE < len(trees):
            document["@odata.nextLink"] = (
                f"{service}/Submissions?%24top={PAGE}&%24expand=*&%24skiptoken={_skiptoken(page[-1][0])}"
            )
        yield f"Submissions-{start // PAGE + 1:04d}.json", json.dumps(document, ensure_ascii=False)


def _skiptoken(last: Received) -> str:
    """Central's mark of where the next page begins: 01 and the last id as base64 JSON."""
    told = json.dumps({"instanceId": last.instance_id}, separators=(",", ":"))
    return "01" + quote(base64.b64encode(told.encode()).decode(), safe="")


def csv_zip(form: Questionnaire, root: Group, trees: Sequence[tuple[Received, Tree]]) -> bytes:
    """submissions.csv.zip: the form's table, one table a repeat with PARENT_KEY and KEY, and one of all audit logs."""
    tables = {f"{form.id}.csv": _main_table(form, root, trees)}
    for path, group in repeats(root):
        tables[f"{form.id}-{path[-1]}.csv"] = _repeat_table(path, group, trees)
    if any(r.log for r, _ in trees):
        tables[f"{form.id} - {FILE}"] = merged((r.instance_id, r.log) for r, _ in trees if r.log)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in tables.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _table(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(map(tamed, lines))
    return out.getvalue()


def _main_table(form: Questionnaire, root: Group, trees: Sequence[tuple[Received, Tree]]) -> str:
    header = [_SYSTEM[0], *_columns(root), *_SYSTEM[1:]]
    return _table(
        header,
        ([r.received_at, *_cells(root, tree), r.instance_id, *_tail(r), r.version or form.version] for r, tree in trees),
    )


def _tail(r: Received) -> tuple[str, ...]:
    files = "1" if r.log else "0"
    return ("1", "practice", files, files, "", "", "", "0")


def _repeat_table(path: tuple[str, ...], group: Group, trees: Sequence[tuple[Received, Tree]]) -> str:
    lines = (
        [*_cells(group, row), r.instance_id, f"{r.instance_id}/{'/'.join(path)}[{number}]"]
        for r, tree in trees
        for number, row in enumerate(rows(tree, path), 1)
    )
    return _table([*_columns(group), "PARENT_KEY", "KEY"], lines)


def _columns(group: Group) -> list[str]:
    """Heads of a CSV as Central writes them: a geopoint has four columns."""
    found = []
    for path, field in leaves(group):
        name = "-".join(path)
        found += [f"{name}-{part}" for part in _PARTS] if field.type == "point" else [name]
    return found


def _cells(group: Group, tree: Tree) -> list[str]:
    found = []
    for path, field in leaves(group):
        value = at(tree, path)
        found += [str(x) for x in point(value) or [""] * len(_PARTS)] if field.type == "point" else [text(value)]
    return found


def kobo_xlsx(form: Questionnaire, root: Group, trees: Sequence[tuple[Received, Tree]]) -> bytes:
    """A KoBoToolbox export: XML values and headers, groups in headers, select_multiple both ways, a sheet a repeat."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": BUILT})
        quoted = book.add_format({"quote_prefix": True})
        _kobo_main((book.add_worksheet(form.id[:31]), quoted), form, root, trees)
        for path, group in repeats(root):
            _kobo_repeat((book.add_worksheet(path[-1][:31]), quoted), form, path, group, trees)
    return out.getvalue()


def _kobo_cells(group: Group, tree: Tree, prefix: str) -> Iterable[tuple[str, Any]]:
    for path, field in leaves(group):
        value = at(tree, path)
        name = prefix + "/".join(path)
        yield name, value
        if field.type == "point":
            for part, told in zip(_KOBO_PARTS, point(value) or [None] * len(_KOBO_PARTS), strict=True):
                yield f"{prefix}{'/'.join((*path[:-1], f'_{path[-1]}_{part}'))}", told
        if field.type == "multiple":
            ticked = str(value).split() if value is not None else None
            for code in field.codes:
                yield f"{name}/{code}", None if ticked is None else int(code in ticked)


def _kobo_meta(form: Questionnaire, r: Received, number: int) -> Mapping[str, Any]:
    return {
        "_id": 100000 + number, "_uuid": r.instance_id.removeprefix("uuid:"), "_submission_time": r.received_at[:19],
        "_validation_status": None, "_notes": None, "_status": "submitted_via_web", "_submitted_by": None,
        "__version__": r.version or form.version, "_tags": None, "_index": number,
    }  # fmt: skip


def _kobo_main(sheet: _Page, form: Questionnaire, root: Group, trees: Sequence[tuple[Received, Tree]]) -> None:
    for number, (r, tree) in enumerate(trees, 1):
        _kobo_row(sheet, number, {**dict(_kobo_cells(root, tree, "")), **_kobo_meta(form, r, number)})


def _kobo_repeat(
    sheet: _Page, form: Questionnaire, path: tuple[str, ...], group: Group, trees: Sequence[tuple[Received, Tree]]
) -> None:
    number = 0
    for parent, (r, tree) in enumerate(trees, 1):
        for row in rows(tree, path):
            number += 1
            cells = dict(_kobo_cells(group, row, "/".join(path) + "/"))
            meta = {
                "_index": number, "_parent_table_name": form.id[:31], "_parent_index": parent, "_submission__id": 100000 + parent,
                "_submission__uuid": r.instance_id.removeprefix("uuid:"), "_submission__submission_time": r.received_at[:19],
                "_submission__validation_status": None,
            }  # fmt: skip
            _kobo_row(sheet, number, {**cells, **meta})


def _kobo_row(page: _Page, number: int, cells: Mapping[str, Any]) -> None:
    sheet, quoted = page
    for column, (name, value) in enumerate(cells.items()):
        if number == 1:
            sheet.write_string(0, column, name)
        if isinstance(value, str):
            sheet.write_string(number, column, value, quoted if starts_formula(value) else None)
        elif value is not None:
            sheet.write_number(number, column, value)
