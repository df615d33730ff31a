"""A file without a person: the lines, objects and members that bear one of some ids are left out, all others stay as they were.

Standard library only.  Knows the shapes that exports and runs have (CSV, JSON, XML, zip); of anything else it can only say that
the id is in it.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath
from typing import Any

_MOST = 1 << 30


def bare(instance_id: str) -> str:
    """An id as every format writes it: without 'uuid:', in small letters."""
    return instance_id.removeprefix("uuid:").lower()


def bears(body: bytes, gone: Collection[str]) -> bool:
    """Whether a file holds one of the ids, packed members included; True for a zip that cannot be looked into."""
    if not gone:
        return False
    if body.startswith(b"PK\x03\x04"):
        members = _members(body)
        return members is None or any(_within(n.encode(), gone) or bears(b, gone) for n, b in members.items())
    return _within(body, gone)


def without(name: str, body: bytes, gone: Collection[str]) -> bytes | None:
    """The file without the ids; the same bytes where it holds none, None where nothing of it can stay.

    name: its suffix tells the format, '' or a folder's name ('…/') a zip.  A workbook, a page or any other format that holds one
    of the ids goes as a whole: it can be made again.
    """
    if not bears(body, gone):
        return body
    kind = PurePosixPath(name.rstrip("/")).suffix.lower()
    if body.startswith(b"PK\x03\x04"):
        return None if kind in (".xlsx", ".xlsm", ".docx") else _zip(body, gone)
    if kind == ".csv":
        return _lines(body, gone)
    if kind == ".json":
        return _objects(body, gone)
    return None


def _within(body: bytes, gone: Collection[str]) -> bool:
    low = body.lower()
    return any(g.encode() in low for g in gone)


def _members(body: bytes) -> Mapping[str, bytes] | None:
    """The members of a zip; None where it is none or larger than any export."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as file:
            if sum(i.file_size for i in file.infolist()) > _MOST:
                return None
            return {i.filename: file.read(i) for i in file.infolist() if not i.is_dir()}
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        return None


def _zip(body: bytes, gone: Collection[str]) -> bytes | None:
    members = _members(body) or {}
    folders = {
        str(PurePosixPath(n).parent) for n, b in members.items() if n.lower().endswith(".xml") and _within(b, gone)
    } - _shared(members)  # fmt: skip
    left = {
        n: kept
        for n, b in members.items()
        if str(PurePosixPath(n).parent) not in folders and not _within(n.encode(), gone)
        and (kept := without(n, b, gone)) is not None
    }  # fmt: skip
    if not left:
        return None
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for n, b in left.items():
            file.writestr(zipfile.ZipInfo(n, (1980, 1, 1, 0, 0, 0)), b, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _shared(members: Mapping[str, bytes]) -> set[str]:
    """Folders with more than one submission: there only the person's own files go."""
    count: dict[str, int] = {}
    for n in members:
        if n.lower().endswith(".xml"):
            parent = str(PurePosixPath(n).parent)
            count[parent] = count.get(parent, 0) + 1
    return {folder for folder, n in count.items() if n > 1}


def _lines(body: bytes, gone: Collection[str]) -> bytes | None:
    """A CSV without the rows that bear an id in any cell; the other lines byte for byte."""
    try:
        physical = list(io.StringIO(body.decode("utf-8"), newline=""))  # not splitlines: U+2028 ends no line of a CSV
        reader = csv.reader(iter(physical))
        left, at = [], 0
        for cells in reader:
            if at == 0 or not any(_within(c.encode(), gone) for c in cells):
                left += physical[at : reader.line_num]
            at = reader.line_num
    except (UnicodeDecodeError, csv.Error):
        return None
    found = "".join(left).encode()
    return None if _within(found, gone) else found


def _objects(body: bytes, gone: Collection[str]) -> bytes | None:
    """JSON without the list elements that bear an id."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    left = _pruned(told, gone)
    text = json.dumps(left, ensure_ascii=False, indent=1).encode() + b"\n"
    return None if _within(text, gone) else text


def _pruned(node: Any, gone: Collection[str]) -> Any:
    if isinstance(node, dict):
        return {k: _pruned(v, gone) for k, v in node.items()}
    if isinstance(node, list):
        return [_pruned(v, gone) for v in node if not (isinstance(v, dict) and _own(v, gone)) and not _said(v, gone)]
    return node


def _own(element: Mapping[str, Any], gone: Collection[str]) -> bool:
    """Whether an object of a list is about one of the ids: it says so itself, not only in a list inside it."""
    return any(_said(v, gone) or (isinstance(v, dict) and _own(v, gone)) for v in element.values())


def _said(value: Any, gone: Collection[str]) -> bool:
    return isinstance(value, str) and _within(value.encode(), gone)
