"""KoboToolbox behind the face of a server: submissions by their number, a form imported and deployed, files and judgements.

Imports base, kobo_forms, kobo_rows, kobo_wire, wire and errors.  KoBo tells no time of an edit and keeps no earlier version, so
every pull is whole and edits are told apart by their root id; it says nothing of what was deleted, which is what a whole pull
no longer brings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import refuse
from ..ledger.arrival import Arrival, Attachment, Standing
from .base import AppUser, Bundle, Entity, FormState, Kind, Page
from .kobo_forms import Forms
from .kobo_rows import REVIEW, arrival, files, number_of
from .kobo_wire import API, PAGE, Wire, listed
from .wire import where

_AT_ONCE = 200
"""Submissions named in one request."""


class Kobo:
    """A KoboToolbox server and one account on it.  asset: uid of the project, '' = the one whose form bears the form's id."""

    kind: Kind = "kobo"

    def __init__(
        self, url: str, user: str, secret: str, asset: str = "", *, backoff: float | None = None, patience: float | None = None
    ) -> None:
        self.url = url
        self._wire = Wire(url, user, secret, backoff=backoff, **({} if patience is None else {"patience": patience}))
        self._forms = Forms(self._wire, asset)
        self._versions: dict[str, str] = {}

    # ---- Source ----------------------------------------------------------------------------------------------------

    def pages(self, form_id: str, cursor: str = "") -> Iterator[Page]:
        """Submissions by KoBo's number, a thousand a page, each page asked for by the last number of the one before.

        So a submission deleted or sent meanwhile shifts nothing.  cursor: the last number received.
        SERV-004 no such form, SERV-045 when the server ends before its own count or goes round in circles.
        """
        uid = self._forms.uid(form_id)
        place = where(f"{self.url}{API}assets/{uid}/data/")
        last, seen, total = int(cursor or 0), 0, None if cursor else -1
        while True:
            told = self._wire.get(f"assets/{uid}/data/", _query({"_id": {"$gt": last}} if last else {}, PAGE))
            found = listed(told, place)
            numbers = [int(r.get("_id", 0)) for r in found]
            if numbers != sorted({*numbers}) or (numbers and numbers[0] <= last) or (told.get("next") and not numbers):
                raise refuse("SERV-045", place, expected=f"_id > {last}", got=f"{len(numbers)} phiếu / submissions")
            last, seen = (numbers[-1] if numbers else last), seen + len(numbers)
            if total == -1:
                total = int(told["count"])
            rows = tuple(arrival(r, form_id, self._version(uid, str(r.get("__version__") or "")), place) for r in found)
            if told.get("next"):
                yield Page(rows, str(last), total)
                continue
            now = self._count(uid, place)
            if cursor or seen >= now:
                yield Page(rows, "", now)
                return
            if not numbers:
                raise refuse("SERV-045", place, expected=now, got=seen)
            yield Page(rows, str(last), now)

    def versions(self, form_id: str, root_id: str) -> Sequence[Arrival]:  # noqa: ARG002  # the face that both servers share
        """(): KoBo hands out the newest version only."""
        return ()

    def attachments(self, form_id: str, rows: Sequence[Arrival]) -> Iterator[tuple[str, Attachment]]:
        """(instance id, file) of everything that came with the submissions and was not deleted, audit.csv included."""
        uid = self._forms.uid(form_id)
        place = where(f"{self.url}{API}assets/{uid}/data/")
        having = [a for a in rows if a.shape == "kobo" and a.files != 0]
        for start in range(0, len(having), _AT_ONCE):
            part = {number_of(a): a.instance_id for a in having[start : start + _AT_ONCE]}
            query = _query({"_id": {"$in": sorted(part)}}, PAGE) | {"fields": json.dumps(["_id", "_attachments"])}
            for row in listed(self._wire.get(f"assets/{uid}/data/", query), place):
                instance = part.get(int(row.get("_id", 0)))
                for file in files(row) if instance else ():
                    yield str(instance), Attachment(_name(file, place), self._file(uid, int(row["_id"]), file))

    def deleted(self, form_id: str) -> Sequence[tuple[str, Standing]]:  # noqa: ARG002  # the face that both servers share
        """(): KoBo tells nothing of what was deleted; what a whole pull no longer brings was."""
        return ()

    # ---- Publisher -------------------------------------------------------------------------------------------------

    def form(self, form_id: str) -> FormState | None:
        """What stands there; version '' where KoBo keeps no version of ours."""
        return self._forms.state(form_id)

    def publish(self, bundle: Bundle, changed: Sequence[str]) -> None:
        """Import, upload, deploy: until the last step the old form stays live."""
        self._forms.publish(bundle, changed)

    def app_users(self) -> Sequence[AppUser]:
        """(): accounts are made by hand on KoBo."""
        return ()

    def add_app_user(self, name: str, form_ids: Sequence[str]) -> AppUser:  # noqa: ARG002  # the face that both servers share
        """SERV-043: KoBo has no app users."""
        raise refuse("SERV-043", "--teams", expected="central", got="kobo")

    def entities(self, listing: str) -> Mapping[str, Entity]:  # noqa: ARG002  # the face that both servers share
        """{}: KoBo knows no entity list."""
        return {}

    def put_entities(self, listing: str, properties: Sequence[str], add: Sequence[Entity], change: Sequence[Entity]) -> None:  # noqa: ARG002  # the face that both servers share
        """SERV-043: KoBo knows no entity list."""
        raise refuse("SERV-043", "--list entities", expected="central", got="kobo")

    # ---- what only KoBo has ----------------------------------------------------------------------------------------

    def judge(self, form_id: str, rows: Sequence[Arrival], status: str) -> int:
        """Set the validation status of submissions (approved, rejected, has_issues); how many were named."""
        said = {word: uid for uid, word in REVIEW.items()}[status]
        uid = self._forms.uid(form_id)
        numbers = [number_of(a) for a in rows]
        for start in range(0, len(numbers), _AT_ONCE):
            payload = {"submission_ids": numbers[start : start + _AT_ONCE], "validation_status.uid": said}
            self._wire.send("PATCH", f"assets/{uid}/data/validation_statuses/", json={"payload": payload})
        return len(numbers)

    def export(self, form_id: str) -> bytes:
        """An XLSX of everything with XML values, groups in the headers and all form versions, as the readers take it."""
        return self._forms.export(form_id)

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _version(self, uid: str, version: str) -> str:
        """The form's own version behind one of KoBo's; KoBo's where it keeps none."""
        if version and version not in self._versions:
            self._versions[version] = self._forms.version(uid, version) or version
        return self._versions.get(version, version)

    def _count(self, uid: str, place: str) -> int:
        told = self._wire.get(f"assets/{uid}/data/", _query({}, 1) | {"fields": '["_id"]'})
        listed(told, place)
        return int(told["count"])

    def _file(self, uid: str, number: int, file: Mapping[str, Any]) -> bytes:
        """One attachment; by its own number where the link names another host, to which the token must not go."""
        link = str(file.get("download_url") or "")
        if not self._wire.own(link):
            link = f"{self.url}{API}assets/{uid}/data/{number}/attachments/{file.get('uid')}/"
        return self._wire.bytes_of(link)


def _query(query: Mapping[str, Any], limit: int) -> dict[str, str]:
    found = {"limit": str(limit), "sort": '{"_id":1}'}
    return found | ({"query": json.dumps(query, separators=(",", ":"))} if query else {})


def _name(file: Mapping[str, Any], place: str) -> str:
    """A file's name without any folder.  SERV-011 when it has none or climbs."""
    name = str(file.get("media_file_basename") or file.get("filename") or "").rpartition("/")[2]
    if not name or name in (".", "..") or "\\" in name or "\0" in name:
        raise refuse("SERV-011", place, expected="media_file_basename", got="-")
    return name
