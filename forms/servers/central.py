"""ODK Central as a source of submissions and a place to publish: pages, versions, files, deletions; forms, teams, entity lists.

Imports base, the central modules beside it, ledger.arrival and errors.  No row is kept beyond its page; no password, token or
answer stands in a message.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from ..errors import refuse
from ..ledger.arrival import Arrival, Attachment, Standing
from . import central_files, central_forms, central_lists, central_rows, central_teams
from .base import AppUser, Bundle, Entity, FormState, Kind, Page
from .central_session import BACKOFF, CentralSession
from .wire import read_json

PAGE = 500
"""Rows asked for at once."""
_AGAIN = 2
"""So often a walk begins again before it gives up."""


class Central:
    """One project of one ODK Central.

    url: https address; project: its number; user, password: of a web user (never an app user).  page: rows asked for at once;
    backoff: seconds before the first repetition of a failed GET.  Nothing is asked of the server before the first call.
    """

    kind: Kind = "central"

    def __init__(
        self, url: str, project: str, user: str, password: str, *, page: int = PAGE, backoff: float = BACKOFF,
        accepted: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.session = CentralSession(url, user, password, backoff=backoff)
        self.url = url.rstrip("/")
        self.project = int(project)
        self.page = page
        self.accepted = frozenset(accepted)
        self._versions: dict[str, dict[str, int]] = {}

    def __repr__(self) -> str:
        return f"Central({self.url!r}, project={self.project})"

    # ---- Source -------------------------------------------------------------------------------------------------------

    def pages(self, form_id: str, cursor: str = "") -> Iterator[Page]:
        """Every submission that stands, newest first, newest version of each, without attachments.

        cursor: of an earlier page; where the server refuses it, or knows its place no more, the walk begins at the newest
        again, twice at most: rows may then come twice, none is left out.  A submission that arrives meanwhile is not in this
        walk: the next one begins at the newest and meets it.
        SERV-022 when rows are encrypted, SERV-021 for rows of another shape, SERV-023 when a link leads in a circle.
        """
        table = self._form(form_id, ".svc/Submissions")
        seen: set[str] = set()
        again = _AGAIN
        while True:
            told = self._page(table, cursor)
            if again and cursor and (told is None or not told["value"]):
                cursor, again = "", again - 1
                seen.clear()
                continue
            if told is None:
                raise refuse("SERV-023", self.session.place(table), expected="$skiptoken", got="400.35")
            rows = told["value"]
            if any(central_rows.encrypted(r) for r in rows):
                raise refuse("SERV-022", self.session.place(table), got="notDecrypted", form=form_id)
            place = self.session.place(table)
            after = _after(told.get("@odata.nextLink"), place)
            if after in seen:
                raise refuse("SERV-023", place, expected="@odata.nextLink", got="lặp lại / repeated")
            seen.add(after)
            total = told.get("@odata.count")
            yield Page(
                tuple(central_rows.arrival(r, form_id, place) for r in rows), after, total if isinstance(total, int) else None
            )
            if not after:
                return
            cursor = after

    def _page(self, table: str, cursor: str, **more: str) -> dict[str, Any] | None:
        """One answer of a table; None when the server refuses the cursor."""
        asked = {"$top": str(self.page), "$count": "true", **(more or {"$expand": "*"})}
        status, _, body = self.session.fetch(
            "GET", table, ok=(200, 400), params=asked | ({"$skiptoken": cursor} if cursor else {})
        )
        told = read_json(body, self.session.place(table))
        if status == 400:
            code = told.get("code") if isinstance(told, dict) else None
            if cursor and code == 400.35:
                return None
            raise refuse("SERV-007", self.session.place(table), expected="HTTP 2xx", got=f"HTTP 400 ({str(code)[:12]})")
        if not isinstance(told, dict) or not isinstance(told.get("value"), list):
            raise refuse("SERV-021", self.session.place(table), expected='{"value": […]}', got=type(told).__name__)
        return told

    def versions(self, form_id: str, root_id: str) -> Sequence[Arrival]:
        """All versions of one submission as XML, oldest first.  SERV-004 when it was deleted meanwhile."""
        base = self._submission(form_id, root_id)
        listed = self.session.told(f"{base}/versions")
        place = self.session.place(f"{base}/versions")
        if not isinstance(listed, list) or not all(isinstance(v, dict) and isinstance(v.get("instanceId"), str) for v in listed):
            raise refuse("SERV-021", place, expected="[{instanceId, …}]", got=type(listed).__name__)
        found = []
        for one in reversed(listed):
            path = f"{base}/versions/{quote(one['instanceId'], safe='')}.xml"
            _, _, xml = self.session.fetch("GET", path)
            at = one.get("createdAt")
            found.append(central_rows.version(xml, root_id, form_id, str(at) if at else None, self.session.place(path)))
        return tuple(found)

    def attachments(self, form_id: str, rows: Sequence[Arrival]) -> Iterator[tuple[str, Attachment]]:
        """(instance id, file) of every file the rows speak of and the server holds; many audit logs come in one request."""
        yield from central_files.fetch(self.session, self._form(form_id), form_id, rows)

    def deleted(self, form_id: str) -> Sequence[tuple[str, Standing]]:
        """(root id, standing) of what was deleted and not yet purged (Central purges after 30 days).  No answer is fetched."""
        table, cursor, found = self._form(form_id, ".svc/Submissions"), "", []
        while True:
            told = self._page(table, cursor, **{"$filter": "__system/deletedAt ne null", "$select": "__id,__system"})
            if told is None:
                raise refuse("SERV-023", self.session.place(table), expected="$skiptoken", got="400.35")
            for row in told["value"]:
                made = central_rows.arrival(row, form_id, self.session.place(table))
                found.append((made.root_id, made.standing))
            before, cursor = cursor, _after(told.get("@odata.nextLink"), self.session.place(table))
            if not cursor:
                return tuple(found)
            if cursor == before:
                raise refuse("SERV-023", self.session.place(table), expected="@odata.nextLink", got="lặp lại / repeated")

    def opened(self, form_id: str, passphrase: str) -> bytes:
        """submissions.csv.zip of a project under managed encryption, opened with its passphrase, which no address or log shows.

        SERV-024 when the passphrase is wrong, SERV-025 when the answer is no whole zip.
        """
        return central_files.opened(self.session, self._form(form_id), passphrase)

    def sealed(self, form_id: str) -> Iterator[Arrival]:
        """Submissions that only the office's private key opens, as they were sent: the manifest's XML and all its parts."""
        yield from central_files.sealed(self.session, self._form(form_id), form_id, self._rows(form_id))

    def _rows(self, form_id: str) -> Iterator[dict[str, Any]]:
        table, cursor = self._form(form_id, ".svc/Submissions"), ""
        while told := self._page(table, cursor):
            yield from told["value"]
            cursor = _after(told.get("@odata.nextLink"), self.session.place(table))
            if not cursor:
                return

    # ---- Publisher ----------------------------------------------------------------------------------------------------

    def form(self, form_id: str) -> FormState | None:
        """What stands there, None when the form is new."""
        return central_forms.state(self.session, self._form(form_id))

    def publish(self, bundle: Bundle, changed: Sequence[str]) -> None:
        """A draft with its files, checked, then published in one step: until then the old form stands.

        SERV-026 for warnings of Central that `accepted` (types or texts) does not name, SERV-027 for a file that the form
        wants and nobody gave, or that it does not want, SERV-028 when the version stands there already.
        """
        central_forms.publish(self.session, f"projects/{self.project}/forms", bundle, changed, self.accepted)

    def app_users(self) -> Sequence[AppUser]:
        """The teams' ways in; token '' where access was revoked."""
        return central_teams.listed(self.session, self.project)

    def add_app_user(self, name: str, form_ids: Sequence[str]) -> AppUser:
        """A team that may see and send these forms; a team of this name that has access is used again."""
        return central_teams.add(self.session, self.project, name, form_ids)

    def projects(self) -> Mapping[str, str]:
        """Number -> name of the projects this account sees."""
        return central_teams.projects(self.session)

    def add_project(self, name: str) -> str:
        """A new project's number."""
        return central_teams.add_project(self.session, name)

    def entities(self, listing: str) -> Mapping[str, Entity]:
        """The entity list by uuid, empty when there is none.  Their versions are remembered for `put_entities`."""
        found, versions = central_lists.read(self.session, self.project, listing, self.page)
        self._versions[listing] = versions
        return found

    def put_entities(self, listing: str, properties: Sequence[str], add: Sequence[Entity], change: Sequence[Entity]) -> None:
        """Make the list and its properties where they lack, update, add.  SERV-029 when somebody changed an entity since
        `entities` was last asked by this object, or it is gone: nothing of theirs is overwritten.
        """
        if change and listing not in self._versions:
            self.entities(listing)
        central_lists.write(self.session, self.project, listing, properties, add, change, self._versions.get(listing, {}))
        self._versions.pop(listing, None)

    # ---- paths --------------------------------------------------------------------------------------------------------

    def _form(self, form_id: str, tail: str = "") -> str:
        return f"projects/{self.project}/forms/{quote(form_id, safe='')}{tail}"

    def _submission(self, form_id: str, root_id: str) -> str:
        return f"{self._form(form_id)}/submissions/{quote(root_id, safe='')}"


def _after(link: Any, place: str) -> str:
    """The cursor in a nextLink, '' after the last page.  Only its $skiptoken is used: the link's host may be another name."""
    if link is None:
        return ""
    tokens = parse_qs(urlsplit(str(link)).query).get("$skiptoken", [])
    if len(tokens) != 1:
        raise refuse("SERV-023", place, expected="$skiptoken", got="@odata.nextLink")
    return tokens[0]
