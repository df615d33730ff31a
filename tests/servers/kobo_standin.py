"""A stand-in KoboToolbox: a threaded HTTP server on this computer that answers as the public description of API v2 says.

Every JSON it gives (of long lists fifty rows) or takes is held against that description (kobo_api_v2.json, README_kobo.md); a
breach fails the test that uses it.  Faults are planted by path.  It shares no code with the client: forms are read by pyxform,
submissions as plain XML.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

USER, TOKEN, SECRET = "giamsat", "0123456789abcdef0123456789abcdef01234567", "mat-khau-rat-dai"
NOW = "2026-11-23T01:02:03.456789Z"
MOST_A_PAGE = 1000
_EMPTY: dict[str, Any] = {"array": [], "object": {}, "boolean": False, "integer": 0}
_SPEC = Path(__file__).with_name("kobo_api_v2.json")


@cache
def spec() -> dict[str, Any]:
    """The description."""
    found: dict[str, Any] = json.loads(_SPEC.read_text(encoding="utf-8"))
    return found


@cache
def _validator(pointer: str) -> Any:
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no stubs
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    registry: Any = Registry().with_resource("kobo", DRAFT202012.create_resource(spec()))
    return Draft202012Validator({"$ref": f"kobo#{pointer}"}, registry=registry)


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), path) for path in spec()["paths"]]


def breaches(method: str, path: str, part: str, body: Any) -> list[str]:
    """Where a body breaks the description.  part: 'requestBody' or a status."""
    known = next((p for pattern, p in _paths() if pattern.fullmatch(path)), None)
    if known is None:
        asset = re.fullmatch(r"/api/v2/assets/[^/]+/", path) and part == "200"
        return [e.message for e in _validator("/components/schemas/Asset").iter_errors(body)] if asset else []
    told = spec()["paths"][known].get(method.lower(), {})
    place = told.get("requestBody") if part == "requestBody" else told.get("responses", {}).get(part)
    if not place or "application/json" not in place.get("content", {}):
        return [] if place else [f"{method} {known}: no {part}"]
    escaped = known.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
    inner = "requestBody" if part == "requestBody" else f"responses/{part}"
    pointer = f"/paths/{escaped}/{method.lower()}/{inner}/content/application~1json/schema"
    return [f"{method} {known} {part}: {e.json_path} {e.message[:200]}" for e in _validator(pointer).iter_errors(body)]


@dataclass(frozen=True)
class Fault:
    """What goes wrong.  path: part of the address; how: a status, 'cut', 'web', 'hang', 'drop'; after: calls that go well first;
    times: calls that fail.
    """

    path: str
    how: int | str
    after: int = 0
    times: int = 1_000_000
    method: str = "GET"


@dataclass
class Project:
    """One project («asset») as the server keeps it."""

    uid: str
    name: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    repeats: frozenset[str] = frozenset()
    version: str = ""
    deployed: str = ""
    active: bool = False
    versions: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    live_files: dict[str, str] = field(default_factory=dict)
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)


class Standin:
    """The server's state, and what a test does to it."""

    def __init__(self) -> None:
        self.url = ""
        self.projects: dict[str, Project] = {}
        self.tasks: dict[str, dict[str, Any]] = {}
        self.blobs: dict[str, bytes] = {}
        self.faults: list[Fault] = []
        self.calls: list[str] = []
        self.secrets: list[str] = []
        self.broken: list[str] = []
        self.polls = 0
        """Times that a task says «processing» before it is done."""
        self.keeps_version = True
        """Whether the content of a project keeps the form's own version (newer servers may not)."""
        self.hook: Callable[[str], None] = lambda _: None
        """Called with every address before it is answered: a test edits or deletes here while somebody pulls."""
        self._n = 0
        self._rows = 100
        self._lock = threading.RLock()

    # ---- what happens on the server --------------------------------------------------------------------------------

    def uid(self, prefix: str) -> str:
        """A new uid, the same in every run."""
        self._n += 1
        return prefix + hashlib.sha256(str(self._n).encode()).hexdigest()[:21]

    def _next(self) -> int:
        self._rows += 1
        return self._rows

    def take_form(self, xlsx: bytes, uid: str | None, name: str) -> Project:
        """An XLSForm imported into a project: pyxform must accept it, as the server's own does.  Nothing is live yet."""
        from pyxform.xls2xform import convert

        made = convert(xlsform=io.BytesIO(xlsx), file_type=".xlsx", warnings=[])
        model = ET.fromstring(made.xform.encode())
        root = next(e for e in model.iter() if e.tag.endswith("}instance"))[0]
        own = {"id_string": root.get("id"), "version": root.get("version"), "style": "pages"}
        settings = {k: v for k, v in own.items() if k != "version" or self.keeps_version}
        repeats = frozenset(str(e.get("nodeset")).split("/", 2)[2] for e in model.iter() if e.tag.endswith("}repeat"))
        project = self.projects.get(uid or "") or Project(self.uid("a"))
        self.projects[project.uid] = project
        version = self.uid("v")
        project.name, project.settings, project.repeats, project.version = name, settings, repeats, version
        project.versions[version] = {"settings": settings}
        return project

    def deploy(self, project: Project) -> None:
        """What was imported and uploaded is live from now on."""
        project.deployed, project.active = project.version, True
        project.live_files = {f["metadata"]["filename"]: f["metadata"]["hash"] for f in project.files.values()}

    def submit(
        self, project: Project, xml: str, at: str = "2026-11-01T02:03:04", files: Mapping[str, bytes] | None = None
    ) -> int:
        """A phone sends a submission; one with meta/deprecatedID is the edit of another and keeps that one's number."""
        root = ET.fromstring(xml)
        for e in root.iter():
            e.tag = e.tag.rpartition("}")[2]
        answers = _flat(root, "", project.repeats)
        instance, before = str(answers["meta/instanceID"]), answers.get("meta/deprecatedID")
        with self._lock:
            old = project.known.get(str(before)) or project.known.get(instance)
            number = old if old is not None and old in project.rows else self._next()
            project.known[instance] = number
            was = project.rows.get(number, {})
            shots = [self._shot(project, number, n, body) for n, body in sorted((files or {}).items())] or was.get(
                "_attachments", []
            )
            project.rows[number] = answers | {
                "_id": number, "_uuid": instance.removeprefix("uuid:"), "__version__": project.deployed or project.version,
                "formhub/uuid": "f" * 32, "meta/rootUuid": was.get("meta/rootUuid") or instance, "_attachments": shots,
                "_xform_id_string": project.uid, "_status": "submitted_via_web", "_geolocation": [None, None],
                "_submission_time": was.get("_submission_time", at), "_submitted_by": USER, "_tags": [], "_notes": [],
                "_validation_status": was.get("_validation_status", {}),
            }  # fmt: skip
        return number

    def judge(self, project: Project, number: int, uid: str) -> None:
        """A supervisor judges a submission; '' takes it back."""
        label = {"approved": "Approved", "not_approved": "Not Approved", "on_hold": "On Hold"}.get(
            uid.removeprefix("validation_status_")
        )
        told = {"timestamp": 1_795_000_000, "uid": uid, "by_whom": USER, "label": label} if uid else {}
        project.rows[number] = project.rows[number] | {"_validation_status": told}

    def _shot(self, project: Project, number: int, name: str, body: bytes) -> dict[str, Any]:
        uid = self.uid("att")
        self.blobs[uid] = body
        link = f"{self.url}/api/v2/assets/{project.uid}/data/{number}/attachments/{uid}/"
        return {
            "download_url": link, "mimetype": "text/csv", "filename": f"{USER}/attachments/{'e' * 8}/{number}/{name}",
            "media_file_basename": name, "uid": uid, "question_xpath": "meta/audit", "is_deleted": False,
        }  # fmt: skip

    # ---- answers ---------------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        """(status, JSON or bytes) of a request."""
        steps = path.strip("/").split("/")[2:]
        match [method, *steps]:
            case ["GET", "assets"]:
                rows = [{"uid": p.uid, "name": p.name, "asset_type": "survey"} for p in self.projects.values()]
                return 200, self._page(rows, query, path, 100)
            case ["POST", "imports"]:
                return 201, self._import(body)
            case ["GET", "imports", uid]:
                return self._task(uid)
            case [_, "assets", uid, *rest] if uid in self.projects:
                return self._project(method, self.projects[uid], rest, query, body, path)
            case _:
                return 404, {"detail": "Not found."}

    def _project(
        self, method: str, p: Project, rest: Sequence[str], query: Mapping[str, str], body: Any, path: str
    ) -> tuple[int, Any]:
        match [method, *rest]:
            case ["GET"]:
                return 200, self._asset(p)
            case ["GET", "versions", uid] if uid in p.versions:
                return 200, {
                    "version_id": uid,
                    "content": p.versions[uid],
                    "date_deployed": NOW,
                    "date_modified": NOW,
                    "content_hash": "c",
                }
            case ["GET", "data"]:
                return self._data(p, query, path)
            case ["GET", "data", _, "attachments", uid] if uid in self.blobs:
                return 200, self.blobs[uid]
            case ["PATCH", "data", "validation_statuses"]:
                told = body["payload"]
                named = [n for n in told["submission_ids"] if n in p.rows]
                for n in named:
                    self.judge(p, n, told["validation_status.uid"])
                return 200, {"detail": f"{len(named)} submissions have been updated"}
            case ["POST" | "PATCH", "deployment"]:
                return self._deployment(method, p, body)
            case ["GET", "files"]:
                found = [f for f in p.files.values() if f["file_type"] == query.get("file_type", f["file_type"])]
                return 200, self._page(found, query, path, 100)
            case ["POST", "files"]:
                return self._file(p, body)
            case ["DELETE", "files", uid] if uid in p.files:
                del p.files[uid]
                return 204, b""
            case ["POST", "exports"]:
                return 201, self._export(p, body)
            case ["GET", "exports", uid]:
                return self._task(uid)
            case ["DELETE", "exports", uid] if self.tasks.pop(uid, None):
                return 204, b""
            case _:
                return 404, {"detail": "Not found."}

    def _data(self, p: Project, query: Mapping[str, str], path: str) -> tuple[int, Any]:
        if not p.deployed:
            return 404, {"detail": "Not found."}
        wanted = json.loads(query.get("query", "{}")).get("_id", {})
        numbers = [
            n for n in p.rows if n > wanted.get("$gt", 0) and ("$in" not in wanted or n in wanted["$in"])
        ]  # fmt: skip
        numbers.sort(reverse=json.loads(query.get("sort", '{"_id":-1}'))["_id"] < 0)
        told = self._page([p.rows[n] for n in numbers], query, path, MOST_A_PAGE)
        if "fields" in query:
            keys = json.loads(query["fields"])
            told["results"] = [{k: v for k, v in r.items() if k in keys} for r in told["results"]]
        return 200, told

    def _page(self, rows: Sequence[Any], query: Mapping[str, str], path: str, most: int) -> dict[str, Any]:
        start, limit = int(query.get("start", 0)), min(int(query.get("limit", 100)), most)
        more = start + limit < len(rows)
        link = f"{self.url}{path}?limit={limit}&start={start + limit}"
        return {
            "count": len(rows),
            "next": link if more else None,
            "previous": None,
            "results": list(rows[start : start + limit]),
        }

    def _import(self, body: Mapping[str, str]) -> dict[str, Any]:
        uid = self.uid("i")
        into = (body.get("destination") or "").strip("/").rpartition("/")[2] or None
        text = body["base64Encoded"]
        said: dict[str, Any]
        try:
            name = body.get("name", "").rpartition(".")[0]
            made = self.take_form(base64.b64decode(text[text.index("base64") + 7 :]), into, name)
            said = {"updated" if into else "created": [{"uid": made.uid, "kind": "asset", "owner__username": USER}]}
            status = "complete"
        except Exception as fault:  # noqa: BLE001  # whatever the converter says, the task says
            said, status = {"error": str(fault), "error_type": type(fault).__name__}, "error"
        link = f"{self.url}/api/v2/imports/{uid}/"
        self.tasks[uid] = {"uid": uid, "url": link, "status": status, "messages": said, "date_created": NOW, "polls": self.polls}
        return {"uid": uid, "url": link, "status": "processing"}

    def _task(self, uid: str) -> tuple[int, Any]:
        task = self.tasks.get(uid)
        if task is None:
            return 404, {"detail": "Not found."}
        told = {k: v for k, v in task.items() if k != "polls"}
        if task["polls"] > 0:
            task["polls"] -= 1
            return 200, told | {"status": "processing", "messages" if "messages" in told else "message": {}}
        return 200, told

    def _deployment(self, method: str, p: Project, body: Mapping[str, Any]) -> tuple[int, Any]:
        if (method == "POST") == bool(p.deployed) or (method == "PATCH" and body.get("version_id", p.version) != p.version):
            return 400, {"detail": ["deployment"]}
        self.deploy(p)
        return 200, {"backend": "openrosa", "active": p.active, "version_id": p.deployed, "asset": self._asset(p)}

    def _file(self, p: Project, body: Mapping[str, Any]) -> tuple[int, Any]:
        name = body["metadata"]["filename"]
        if any(f["metadata"]["filename"] == name for f in p.files.values()):
            return 400, {"base64Encoded": ["File already exists"]}
        text, uid = body["base64Encoded"], self.uid("af")
        if "base64" not in text:
            return 400, {"base64Encoded": ["Invalid content"]}
        digest = hashlib.md5(base64.b64decode(text[text.index("base64") + 7 :]), usedforsecurity=False).hexdigest()
        link = f"{self.url}/api/v2/assets/{p.uid}/files/{uid}/"
        p.files[uid] = {
            "uid": uid, "url": link, "asset": f"{self.url}/api/v2/assets/{p.uid}/", "user": f"{self.url}/api/v2/users/{USER}/",
            "user__username": USER, "file_type": body["file_type"], "description": body["description"], "date_created": NOW,
            "content": f"{link}content/", "metadata": {"hash": f"md5:{digest}", "filename": name, "mimetype": "text/csv"},
        }  # fmt: skip
        return 201, p.files[uid]

    def _export(self, p: Project, body: Mapping[str, Any]) -> dict[str, Any]:
        uid = self.uid("e")
        self.blobs[uid] = _workbook([p.rows[n] for n in sorted(p.rows)])
        self.tasks[uid] = {
            "uid": uid, "url": f"{self.url}/api/v2/assets/{p.uid}/exports/{uid}/", "status": "complete", "message": {},
            "date_created": NOW, "last_submission_time": NOW, "result": f"{self.url}/private-media/{USER}/exports/{uid}.xlsx",
            "data": {"lang": body["lang"], "type": body["type"]}, "polls": self.polls,
        }  # fmt: skip
        return {k: v for k, v in self.tasks[uid].items() if k != "polls"} | {"status": "created"}

    def _asset(self, p: Project) -> dict[str, Any]:
        """One project as its detail shows it, with every property the description requires."""
        told = spec()["components"]["schemas"]["Asset"]
        kinds = {name: told["properties"][name].get("type") for name in told["required"]}
        empty = {name: _EMPTY.get(kind[0] if isinstance(kind, list) else kind, "") for name, kind in kinds.items()}
        empty["analysis_form_json"] = {"additional_fields": [], "engines": {}}
        links = dict.fromkeys(("csv", "csv_legacy", "xls", "xls_legacy", "zip_legacy"), f"{self.url}/x")
        return empty | {
            "uid": p.uid, "url": f"{self.url}/api/v2/assets/{p.uid}/", "name": p.name, "asset_type": "survey",
            "owner__username": USER, "content": {"settings": p.settings, "survey": [], "choices": []}, "version_id": p.version,
            "deployed_version_id": p.deployed or None, "has_deployment": bool(p.deployed), "deployment__active": p.active,
            "deployment_status": "draft" if not p.deployed else "deployed" if p.active else "archived",
            "deployment__submission_count": len(p.rows), "files": list(p.files.values()),
            "deployed_versions": {"count": 0, "next": None, "previous": None, "results": []},
            "deployment__data_download_links": links,
        }  # fmt: skip

    def fault(self, method: str, path: str) -> int | str | None:
        """What goes wrong with this request, None when nothing does."""
        for i, f in enumerate(self.faults):
            if f.path in path and f.method == method:
                if f.after > 0:
                    self.faults[i] = Fault(f.path, f.how, f.after - 1, f.times, f.method)
                    return None
                if f.times > 0:
                    self.faults[i] = Fault(f.path, f.how, 0, f.times - 1, f.method)
                    return f.how
        return None


def _flat(node: ET.Element, path: str, repeats: frozenset[str]) -> dict[str, Any]:
    """A submission's answers as KoBo's rows have them: paths with slashes, repeats as arrays, what is empty left out."""
    found: dict[str, Any] = {}
    for child in node:
        here = f"{path}/{child.tag}" if path else child.tag
        if here in repeats:
            found.setdefault(here, []).append(_flat(child, here, repeats))
        elif len(child):
            found |= _flat(child, here, repeats)
        elif child.text and child.text.strip():
            found[here] = child.text.strip()
    return found


def _workbook(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """An export: one sheet of the submissions, one a repeat, values as the form has them."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        _sheet(book.add_worksheet("data"), [{k: v for k, v in r.items() if not isinstance(v, dict | list)} for r in rows])
        names = sorted({k for r in rows for k, v in r.items() if isinstance(v, list) and v and "/" in k})
        for name in names:
            inner = [x | {"_submission__uuid": r["_uuid"]} for r in rows for x in r.get(name, [])]
            _sheet(book.add_worksheet(name.rpartition("/")[2][:31]), inner)
    return out.getvalue()


def _sheet(sheet: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    header = list(dict.fromkeys(k for r in rows for k in r))
    sheet.write_row(0, 0, header)
    for i, row in enumerate(rows, 1):
        sheet.write_row(i, 0, [row.get(k, "") for k in header])


# ---- HTTP ----------------------------------------------------------------------------------------------------------------


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    state: Standin

    def log_message(self, *_: Any) -> None:
        """Silence."""

    def _do(self) -> None:
        of, parts = self.state, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told = self.headers.get("Authorization", "")
        with of._lock:
            of.calls.append(f"{self.command} {parts.path}")
            of.secrets.append(told)
            fault = of.fault(self.command, parts.path)
        of.hook(self.path)
        basic = base64.b64encode(f"{USER}:{SECRET}".encode()).decode()
        if fault == "drop":
            self.connection.close()
        elif fault == "hang":
            time.sleep(2.0)
            self.connection.close()
        elif isinstance(fault, int):
            self._send(fault, {"detail": f"fault {fault}"})
        elif fault == "web":
            self._send(200, b"<!DOCTYPE html><title>Wi-Fi</title>")
        elif told not in (f"Token {TOKEN}", f"Basic {basic}"):
            self._send(401, {"detail": "Invalid token."})
        elif parts.path.startswith("/private-media/"):
            self._send(200, of.blobs[parts.path.rpartition("/")[2].removesuffix(".xlsx")])
        else:
            self._answer(parts.path, {k: v[0] for k, v in parse_qs(parts.query).items()}, self._given(body), cut=fault == "cut")

    def _answer(self, path: str, query: Mapping[str, str], given: Any, *, cut: bool) -> None:
        of = self.state
        with of._lock:
            if self.headers.get("Content-Type", "").startswith("application/json"):
                of.broken += breaches(self.command, path, "requestBody", given)
            status, answer = of.answer(self.command, path, query, given)
            if not isinstance(answer, bytes) and "fields" not in query:
                of.broken += breaches(self.command, path, str(status), _sampled(answer))
        self._send(status, answer, cut=cut)

    def _given(self, body: bytes) -> Any:
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("application/json"):
            return json.loads(body)
        if kind.startswith("multipart/form-data"):
            return _multipart(kind, body)
        return {}

    def _send(self, status: int, answer: Any, *, cut: bool = False) -> None:
        body = answer if isinstance(answer, bytes) else json.dumps(answer, ensure_ascii=False).encode()
        body = body[: len(body) // 2] if cut else body
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if not isinstance(answer, bytes) else "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_DELETE = do_HEAD = _do


def _sampled(answer: Any) -> Any:
    """A long list by fifty of its rows: each is made in the same way, and checking a thousand takes seconds."""
    rows = answer.get("results") if isinstance(answer, dict) else None
    return answer | {"results": rows[:: len(rows) // 50 + 1]} if rows else answer


def _multipart(kind: str, body: bytes) -> dict[str, str]:
    from email.parser import BytesParser
    from email.policy import HTTP

    told = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    return {
        str(p.get_param("name", header="content-disposition")): bytes(p.get_payload(decode=True) or b"").decode()
        for p in told.iter_parts()
    }


@contextmanager
def kobo_standin() -> Iterator[Standin]:
    """A server for one test.  AssertionError at its end when an answer, or what a client sent, broke the description."""
    state = Standin()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"state": state}))
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
    if state.broken:
        raise AssertionError("\n".join(sorted(set(state.broken))))
