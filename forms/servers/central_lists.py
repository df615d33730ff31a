"""Entity lists on Central: read with their versions, written so that nobody else's change is lost.

Imports base, the session beside it and errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from ..errors import BdgError, refuse
from .base import Entity
from .central_session import CentralSession, client, understood

_SYSTEM = "__system"
_BULK = 1000
"""Entities of one request: all of them are added, or none."""
_SOURCE = "bdg"
_MOVED = ("SERV-004", "SERV-005")


def _path(project: int, listing: str, tail: str = "") -> str:
    return f"projects/{project}/datasets/{quote(listing, safe='')}{tail}"


def read(session: CentralSession, project: int, listing: str, page: int) -> tuple[dict[str, Entity], dict[str, int]]:
    """(uuid -> entity, uuid -> version), both empty where there is no such list."""
    path, asked = _path(project, listing, ".svc/Entities"), {"$top": str(page)}
    found: dict[str, Entity] = {}
    versions: dict[str, int] = {}
    token = ""
    while True:
        told = session.told(path, ok=(200, 404), params=asked | ({"$skiptoken": token} if token else {}))
        if told is None:
            return {}, {}
        with understood(session.place(path)):
            for row in told["value"]:
                data = {k: str(v) for k, v in row.items() if k not in ("__id", "label", _SYSTEM) and v is not None}
                found[row["__id"]] = Entity(row["__id"], str(row["label"]), data)
                versions[row["__id"]] = int(row[_SYSTEM]["version"])
            before, token = token, _token(told)
        if not token:
            return found, versions
        if token == before:
            raise refuse("SERV-023", session.place(path), expected="@odata.nextLink", got="lặp lại / repeated")


def _token(told: Any) -> str:
    link = told.get("@odata.nextLink")
    return parse_qs(urlsplit(link).query)["$skiptoken"][0] if link else ""


def write(
    session: CentralSession,
    project: int,
    listing: str,
    properties: Sequence[str],
    add: Sequence[Entity],
    change: Sequence[Entity],
    versions: Mapping[str, int],
) -> None:
    """List, properties, changes (each on the version that was read), then additions in blocks that go in whole."""
    _prepare(session, project, listing, properties)
    lists = client(session, project)
    place = session.place(_path(project, listing))
    for one in change:
        base = versions.get(one.uuid, 0)
        try:
            with understood(place):
                lists.entities.update(one.uuid, listing, label=one.label, data=dict(one.data), base_version=base)
        except BdgError as fault:
            if fault.problems[0].code not in _MOVED:
                raise
            raise refuse("SERV-029", place, expected=f"v{base}", got=fault.problems[0].got) from None
    for block in (add[i : i + _BULK] for i in range(0, len(add), _BULK)):
        given = [{"uuid": e.uuid, "label": e.label, "data": dict(e.data)} for e in block]
        body = {"entities": given, "source": {"name": _SOURCE, "size": len(given)}}
        status, _, _ = session.fetch("POST", _path(project, listing, "/entities"), ok=(200, 409), json=body)
        if status != 200:
            raise refuse("SERV-029", place, expected=f"+ {len(given)}", got=f"HTTP {status}")


def _prepare(session: CentralSession, project: int, listing: str, properties: Sequence[str]) -> None:
    """The list and those of its properties that lack."""
    path, lists = _path(project, listing), client(session, project).entity_lists
    with understood(session.place(path)):
        if session.told(path, ok=(200, 404)) is None:
            lists.create(entity_list_name=listing)
        there = {str(p["name"]) for p in session.told(path)["properties"]}
        for name in properties:
            if name not in there:
                lists.add_property(name, listing)
