"""A stand-in ODK Central on 127.0.0.1: what its documentation says and what tests/servers/recorded shows, with faults on demand.

    with standin() as central:                     # CentralStandin; threads end with the block
        project = central.project                  # number of a first project ('1')
        central.publish_form(xlsx_or_xform)        # bytes of an .xlsx, or XForm text; media={name: bytes}, project=…
        central.submit(xml, files={"audit.csv": b"…"}, at="2026-10-05T01:02:03.000Z")   # -> instance id
        central.edit(instance, xml)                # xml with a new instanceID and deprecatedID
        central.review(instance, "rejected"); central.delete(instance); central.purge(instance)
        Central(central.url, central.project, central.user, central.password, backoff=0.0)

The data:  central.world (tests/servers/central_world.py): projects, forms, submissions, datasets, clock.
What was asked:  central.asked  -> list of "METHOD /path?query" in order;  central.count("Submissions").

Faults (each counts down `times`; path is a regular expression searched in path and query, method '' is any):
        central.fail(503, path="Submissions", times=2, headers={"Retry-After": "0"})      # any status
        central.fail(200, body=b"<html>…")                       # any body (a proxy's page)
        central.fail(cut=100)                                    # connection closed after 100 bytes of the true answer
        central.fail(garble=True)                                # half of the true answer, as if it were all of it
        central.fail(delay=1.5)                                  # answers late (time-outs)
        central.fail(drop=True)                                  # connection closed without a word
        central.expire()                                         # every token is worthless from now on
        central.before("Submissions", lambda: central.delete(i)) # runs just before the next such request is answered

Entities made by submissions appear at once, where Central takes 1-20 s.  Managed encryption is not done in earnest: a
submission sent with `encrypted=True` is shown as Central shows it, and POST csv.zip opens it for the project's passphrase.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from .central_routes import Answer, Request, route
from .central_world import World
from .central_xform import Problem

USER = "admin@example.org"
_WORDS = "mật khẩu của máy thử"
PASSWORD = _WORDS


@dataclass
class Fault:
    status: int | None
    path: str
    method: str
    times: int
    body: bytes | None
    headers: Mapping[str, str]
    cut: int | None
    garble: bool
    delay: float
    drop: bool
    skip: int


@dataclass
class CentralStandin:
    """The server and everything a test does behind its back."""

    world: World
    url: str = ""
    user: str = USER
    password: str = PASSWORD
    project: str = "1"
    asked: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    crashes: list[Exception] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    hooks: list[list[Any]] = field(default_factory=list)
    roles: list[dict[str, Any]] = field(default_factory=lambda: [{"id": 2, "name": "App User", "system": "app-user"}])
    lock: threading.RLock = field(default_factory=threading.RLock)

    # ---- what a test does ---------------------------------------------------------------------------------------------

    def publish_form(
        self, form: bytes | str, *, media: Mapping[str, bytes] = {}, project: int | None = None, at: str | None = None
    ) -> str:
        """A form put there and opened; a new version where it stands already.  Returns its id."""
        number = project or int(self.project)
        body, kind = (
            (form.encode(), "application/xml")
            if isinstance(form, str)
            else (form, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        )
        with self.lock:
            try:
                made = self.world.create_form(number, body, kind, ignore=True, at=at).id
            except Problem as told:
                if told.code != 409.3:
                    raise
                made = told.details["values"][1]
                self.world.draft(number, made, body, kind, ignore=True)
            for name, content in media.items():
                self.world.attach(number, made, name, content)
            self.world.publish(number, made, at=at)
            return str(made)

    def submit(
        self,
        xml: str,
        *,
        files: Mapping[str, bytes] = {},
        at: str | None = None,
        by: int = 5,
        encrypted: bool = False,
        project: int | None = None,
    ) -> str:
        with self.lock:
            return self.world.submit(project or int(self.project), xml.encode(), files, by=by, at=at, encrypted=encrypted).id

    def edit(self, instance: str, xml: str, *, at: str | None = None) -> None:
        with self.lock:
            s = self._any(instance)
            self.world.edit(int(self.project), s.form, instance, xml.encode(), at=at)

    def review(self, instance: str, state: str | None) -> None:
        with self.lock:
            self.world.review(int(self.project), self._any(instance).form, instance, state)

    def delete(self, instance: str) -> None:
        with self.lock:
            self.world.delete(int(self.project), self._any(instance).form, instance)

    def purge(self, instance: str) -> None:
        with self.lock:
            self.world.purge(int(self.project), instance)

    def _any(self, instance: str) -> Any:
        return self.world.project(int(self.project)).submissions[instance]

    # ---- faults -------------------------------------------------------------------------------------------------------

    def fail(
        self, status: int | None = None, *, path: str = "", method: str = "", times: int = 1, body: bytes | None = None,
        headers: Mapping[str, str] = {}, cut: int | None = None, garble: bool = False, delay: float = 0.0, drop: bool = False,
        skip: int = 0,
    ) -> None:  # fmt: skip
        """A fault for the next `times` requests that match, after `skip` of them."""
        self.faults.append(Fault(status, path, method, times, body, headers, cut, garble, delay, drop, skip))

    def before(self, path: str, act: Callable[[], object], *, times: int = 1, skip: int = 0) -> None:
        self.hooks.append([path, act, times, skip])

    def expire(self) -> None:
        self.tokens.clear()

    def count(self, path: str) -> int:
        return sum(re.search(path, a) is not None for a in self.asked)

    def heal(self) -> None:
        self.faults.clear()
        self.hooks.clear()

    def _fault(self, method: str, target: str) -> Fault | None:
        for f in self.faults:
            if f.times > 0 and f.method in ("", method) and re.search(f.path, target):
                if f.skip > 0:
                    f.skip -= 1
                    continue
                f.times -= 1
                return f
        return None

    def _run_hooks(self, target: str) -> None:
        for hook in self.hooks:
            path, act, times, skip = hook
            if times > 0 and re.search(path, target):
                if skip > 0:
                    hook[3] -= 1
                    continue
                hook[2] -= 1
                act()

    # ---- one request --------------------------------------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        """What Central says, or its problem as JSON (XML on the OpenRosa paths)."""
        with self.lock:
            try:
                return route(self, request)
            except Problem as told:
                if request.openrosa:
                    said = f'<message nature="error">{told.message}</message>'
                    xml = f'<OpenRosaResponse xmlns="http://openrosa.org/http/response" items="0">{said}</OpenRosaResponse>'
                    return Answer(int(told.code), xml.encode(), "text/xml; charset=utf-8")
                body = {"message": told.message, "code": told.code} | (
                    {"details": told.details} if told.details is not None else {}
                )
                return Answer(int(told.code), json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())
            except Exception as fault:  # noqa: BLE001  # our own mistake: told, and kept for the test to see
                self.crashes.append(fault)
                traceback.print_exception(fault)
                return Answer(500, b'{"message":"the stand-in crashed","code":500.1}')


def _handler(central: CentralStandin) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, *args: Any) -> None:
            return

        def _body(self) -> bytes:
            if "chunked" in self.headers.get("Transfer-Encoding", ""):
                parts = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _serve(self) -> None:
            body = self._body()
            target = unquote(self.path)
            parts = urlsplit(self.path)
            central.asked.append(f"{self.command} {target}")
            fault = central._fault(self.command, target)
            if fault is not None and fault.delay:
                time.sleep(fault.delay)
            if fault is not None and fault.drop:
                self.close_connection = True
                return
            if fault is not None and fault.status is not None:
                said = (
                    fault.body
                    if fault.body is not None
                    else json.dumps({"message": "fault", "code": fault.status + 0.1}).encode()
                )
                self._send(Answer(fault.status, said, headers=dict(fault.headers)))
                return
            central._run_hooks(target)
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            made = central.answer(Request(self.command, parts.path, query, dict(self.headers.items()), body))
            if fault is not None and fault.garble:
                made = Answer(made.status, made.body[: len(made.body) // 2], made.kind, made.headers)
            self._send(made, cut=fault.cut if fault is not None else None)

        def _send(self, made: Answer, *, cut: int | None = None) -> None:
            with suppress(ConnectionError):
                self.send_response(made.status)
                self.send_header("Content-Type", made.kind)
                self.send_header("ETag", f'W/"{hashlib.sha1(made.body, usedforsecurity=False).hexdigest()[:27]}"')
                for name, value in made.headers.items():
                    self.send_header(name, value)
                bare = made.status == 204 or self.command == "HEAD"
                if not bare:
                    self.send_header("Content-Length", str(len(made.body)))
                self.end_headers()
                if not bare:
                    self.wfile.write(made.body if cut is None else made.body[:cut])
                self.wfile.flush()
            if cut is not None:
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news."""


@contextmanager
def standin(*, world: World | None = None) -> Iterator[CentralStandin]:
    """A stand-in Central for as long as the block lasts, with one project."""
    central = CentralStandin(world or World(USER, PASSWORD))
    if not central.world.projects:
        central.world.add_project("Khảo sát / survey")
    server = _Server(("127.0.0.1", 0), _handler(central))
    central.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield central
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
