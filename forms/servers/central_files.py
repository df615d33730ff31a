"""Files that come with Central's submissions: one by one, audit logs in bulk, a project under encryption as a whole.

Imports the session and rows beside it, base's records and errors; zipfile.  Only names the rows speak of are fetched.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from ..errors import refuse
from ..ledger.arrival import Arrival, Attachment
from . import central_rows
from .central_session import CentralSession
from .wire import MOST_BYTES, read_json

MANY = 20
"""From so many audit logs on, the merged file is cheaper than one request each."""
_RATIO = 200
"""A member of a zip that unpacks to more than so many times its size is a bomb (audit logs reach about 20)."""


def fetch(session: CentralSession, form: str, form_id: str, rows: Sequence[Arrival]) -> Iterator[tuple[str, Attachment]]:
    """(instance id, file) of every file the rows speak of and the server holds.

    A file the phone has not sent yet (404) is left out: the next pull asks again.  Audit logs are given in one plain form, the
    same from the merged file and from one request each.
    """
    paths = _binary(session, form)
    named = [(a, name) for a in rows for name in central_rows.files_of(a, paths)] if paths else []
    logs = [a for a, name in named if name == central_rows.AUDIT and a.shape == "odata"]
    merged: dict[str, Attachment] = {}
    if len(logs) >= MANY:
        wanted = {a.root_id: a.instance_id for a in logs}
        merged = {wanted[root]: file for root, file in _merged(session, form, form_id, logs) if root in wanted}
    for a, name in named:
        if name == central_rows.AUDIT and a.instance_id in merged:
            yield a.instance_id, merged[a.instance_id]
        elif (body := _one(session, form, a, name)) is not None:
            yield a.instance_id, Attachment(name, central_rows.plain_audit(body) if name == central_rows.AUDIT else body)


def _binary(session: CentralSession, form: str) -> tuple[str, ...]:
    """Paths of the form's questions that hold files."""
    fields = session.told(f"{form}/fields")
    place = session.place(f"{form}/fields")
    if not isinstance(fields, list) or not all(isinstance(f, dict) and "path" in f for f in fields):
        raise refuse("SERV-021", place, expected="[{path, …}]", got=type(fields).__name__)
    return tuple(str(f["path"]) for f in fields if f.get("binary"))


def _one(session: CentralSession, form: str, a: Arrival, name: str) -> bytes | None:
    """A file of one version of a submission, None when the server does not hold it."""
    version = f"{quote(a.root_id, safe='')}/versions/{quote(a.instance_id, safe='')}"
    status, _, body = session.fetch("GET", f"{form}/submissions/{version}/attachments/{quote(name, safe='')}", ok=(200, 404))
    return body if status == 200 else None


def _merged(session: CentralSession, form: str, form_id: str, logs: Sequence[Arrival]) -> Iterator[tuple[str, Attachment]]:
    """(root id, audit.csv) out of submissions.csv.zip, asked for the days these submissions came in."""
    times = sorted(a.received_at for a in logs if a.received_at)
    path = f"{form}/submissions.csv.zip"
    span = f"__system/submissionDate ge {times[0]} and __system/submissionDate le {times[-1]}" if len(times) == len(logs) else ""
    _, _, body = session.fetch("GET", path, params={"$filter": span} if span else {})
    for name, content in members(body, session.place(path)):
        if name == f"{form_id} - audit.csv":
            yield from central_rows.split_audits(content, session.place(path))


def members(body: bytes, place: str) -> Iterable[tuple[str, bytes]]:
    """(name, content) of a zip.  SERV-025 for a zip that is cut, damaged, or unpacks to more than we read."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            infos = archive.infolist()
            size = sum(i.file_size for i in infos)
            if size > MOST_BYTES or any(i.file_size > 1 << 20 and i.file_size > _RATIO * max(i.compress_size, 1) for i in infos):
                raise refuse("SERV-025", place, expected=f"≤ {MOST_BYTES} byte", got=f"{size} byte")
            return [(i.filename, archive.read(i)) for i in infos if not i.is_dir()]
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, ValueError, zlib.error) as fault:
        raise refuse("SERV-025", place, expected="zip", got=type(fault).__name__) from None


def opened(session: CentralSession, form: str, passphrase: str) -> bytes:
    """submissions.csv.zip opened by managed encryption's passphrase; all keys of the form get it.  SERV-024, SERV-025."""
    path = f"{form}/submissions.csv.zip"
    keys = session.told(f"{form}/submissions/keys")
    if not isinstance(keys, list) or not all(isinstance(k, dict) and "id" in k for k in keys):
        raise refuse("SERV-021", session.place(f"{form}/submissions/keys"), expected="[{id, …}]", got=type(keys).__name__)
    given = {str(k["id"]): passphrase for k in keys if k.get("managed", True)}
    status, _, body = session.fetch("POST", path, ok=(200, 400), json=given)
    if status == 400:
        told = read_json(body, session.place(path))
        code = told.get("code") if isinstance(told, dict) else "-"
        raise refuse("SERV-024", session.place(path), expected="HTTP 200", got=f"HTTP 400 ({str(code)[:12]})")
    list(members(body, session.place(path)))
    return body


def sealed(session: CentralSession, form: str, form_id: str, rows: Iterable[dict[str, Any]]) -> Iterator[Arrival]:
    """Encrypted submissions as they were sent: manifest XML, and every part the server holds."""
    for row in rows:
        if not central_rows.encrypted(row):
            continue
        told = central_rows.arrival(row, form_id, session.place(form))
        base = f"{form}/submissions/{quote(told.root_id, safe='')}"
        _, _, xml = session.fetch("GET", f"{base}.xml")
        files = []
        for one in session.told(f"{base}/attachments"):
            if isinstance(one, dict) and one.get("exists"):
                name = str(one["name"])
                files.append(Attachment(name, session.fetch("GET", f"{base}/attachments/{quote(name, safe='')}")[2]))
        yield replace(told, shape="xml", body=xml, attachments=tuple(files))
