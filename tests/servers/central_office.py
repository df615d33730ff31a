"""A Central to test against, and what people do there besides our client: phones send, supervisors edit, review and delete.

Everything goes over HTTP, so that the same tests run against the stand-in and against a real Central (BDG_CENTRAL_URL,
BDG_CENTRAL_USER, BDG_PASSWORD).  A project of its own is made for every module of tests; nothing else there is touched.
"""

from __future__ import annotations

import io
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import xlsxwriter

from forms.servers.base import Bundle
from forms.servers.central import Central
from tests.servers.central_standin import CentralStandin, standin

FORM = "bdg_small"
PLACES = b"name,label\n23413,A\n23416,B\n"
REAL = bool(os.environ.get("BDG_CENTRAL_URL"))
KINDS = ("standin", "real") if REAL else ("standin",)

_SURVEY: tuple[tuple[str, ...], ...] = (
    ("type", "name", "label::Tiếng Việt (vi)", "parameters"),
    ("start", "start", "", ""),
    ("audit", "audit", "", "location-priority=balanced location-min-interval=60 location-max-age=120"),
    ("begin group", "m0", "Mở đầu", ""),
    ("calculate", "round_kind", "", ""),
    ("text", "psu", "Địa bàn", ""),
    ("integer", "age", "Tuổi", ""),
    ("decimal", "weight", "Cân nặng", ""),
    ("geopoint", "gps", "Vị trí", ""),
    ("select_multiple channel", "channels", "Kênh", ""),
    ("select_one_from_file places.csv", "place", "Xã", ""),
    ("begin repeat", "member", "Thành viên", ""),
    ("integer", "m_age", "Tuổi", ""),
    ("end repeat", "", "", ""),
    ("end group", "", "", ""),
    ("image", "photo", "Ảnh", "max-pixels=1024"),
)
_CHOICES = (("list_name", "name", "label::Tiếng Việt (vi)"), ("channel", "tv", "Ti vi"), ("channel", "radio", "Đài"))


def workbook(version: str, *, form_id: str = FORM, drop: str = "", changed: Mapping[str, str] = {}) -> bytes:
    """An XLSForm with one of each kind of question.  drop: a question left out; changed: name -> other type."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        survey = book.add_worksheet("survey")
        head = (*_SURVEY[0], "calculation")
        rows = [r for r in _SURVEY[1:] if r[1] != drop or not drop]
        survey.write_row(0, 0, head)
        for n, row in enumerate(rows, 1):
            kind = changed.get(row[1], row[0])
            survey.write_row(n, 0, (kind, *row[1:], "'practice'" if row[1] == "round_kind" else ""))
        choices = book.add_worksheet("choices")
        for n, line in enumerate(_CHOICES):
            choices.write_row(n, 0, line)
        settings = book.add_worksheet("settings")
        settings.write_row(0, 0, ("form_title", "form_id", "version", "default_language"))
        settings.write_row(1, 0, ("Phiếu thử", form_id, version, "Tiếng Việt (vi)"))
    return out.getvalue()


def bundle(version: str, *, form_id: str = FORM, media: Mapping[str, bytes] = {"places.csv": PLACES}, **more: Any) -> Bundle:
    return Bundle(form_id, version, "Phiếu thử", workbook(version, form_id=form_id, **more), dict(media))


def new_id() -> str:
    return f"uuid:{uuid.uuid4()}"


def filled(instance: str, *, version: str = "1", age: int = 34, members: tuple[int, ...] = (34, 61), files: tuple[str, ...] = (),
           was: str = "", form_id: str = FORM) -> str:  # fmt: skip
    """A submission as Collect serialises it.  files: names in the order photo, audit."""
    people = "".join(f"<member><m_age>{a}</m_age></member>" for a in members)
    old = f"<deprecatedID>{was}</deprecatedID>" if was else ""
    photo, audit = (
        f"<{tag}>{next((f for f in files if f.endswith(end)), '')}</{tag}>" for tag, end in (("photo", ".jpg"), ("audit", ".csv"))
    )
    return (
        f'<?xml version="1.0" ?><data id="{form_id}" version="{version}"><start>2026-10-07T14:46:59.000+07:00</start><m0>'
        f"<round_kind>practice</round_kind><psu>GL0727</psu><age>{age}</age><weight>45.50</weight>"
        f"<gps>14.92221 107.84061 0.0 3.5</gps>"
        f"<channels>tv radio</channels><place>23413</place>{people}</m0>{photo}"
        f"<meta><instanceID>{instance}</instanceID>{audit}{old}</meta></data>"
    )


@dataclass
class Office:
    """One project on one Central, our client to it, and the other people."""

    central: Central
    standin: CentralStandin | None

    def submit(self, xml: str, files: Mapping[str, bytes] = {}, *, form_id: str = FORM) -> str:
        """What a phone does, by REST: the interview, then its files."""
        base = f"projects/{self.central.project}/forms/{form_id}/submissions"
        _, _, body = self.central.session.fetch("POST", base, data=xml.encode(), headers={"Content-Type": "application/xml"})
        made = str(json.loads(body)["instanceId"])
        for name, content in files.items():
            self.central.session.fetch("POST", f"{base}/{quote(made, safe='')}/attachments/{name}", data=content)
        return made

    def _one(self, instance: str) -> str:
        return f"projects/{self.central.project}/forms/{FORM}/submissions/{quote(instance, safe='')}"

    def edit(self, instance: str, xml: str) -> None:
        self.central.session.fetch("PUT", self._one(instance), data=xml.encode(), headers={"Content-Type": "application/xml"})

    def review(self, instance: str, state: str) -> None:
        self.central.session.fetch("PATCH", self._one(instance), json={"reviewState": state})

    def delete(self, instance: str) -> None:
        self.central.session.fetch("DELETE", self._one(instance))

    def again(self, **more: Any) -> Central:
        """Another client of the same project, which remembers nothing."""
        c = self.central
        return Central(c.url, str(c.project), c.session.auth.username, c.session.auth.password, backoff=0.0, **more)


@contextmanager
def office(kind: str, *, form: bool = True) -> Iterator[Office]:
    """An empty project with the small form (or without)."""
    if kind == "real":
        url, user, password = (os.environ[n] for n in ("BDG_CENTRAL_URL", "BDG_CENTRAL_USER", "BDG_PASSWORD"))
        number = Central(url, "1", user, password).add_project(f"bdg test {uuid.uuid4().hex[:8]}")
        made = Office(Central(url, number, user, password), None)
        if form:
            made.central.publish(bundle("1"), ("places.csv",))
        yield made
        return
    with standin() as server:
        central = Central(server.url, server.project, server.user, server.password, backoff=0.0)
        if form:
            server.publish_form(workbook("1"), media={"places.csv": PLACES})
        yield Office(central, server)
        assert server.crashes == []
