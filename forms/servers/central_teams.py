"""Who may come in on Central: app users (one a team) and projects.  Imports base and the session beside it.

A token is handed on in AppUser only, which never prints it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from .base import AppUser
from .central_session import CentralSession, understood
from .wire import read_json

_ROLE = "app-user"
"""Central's own name of the role that may see open forms and send submissions."""


def listed(session: CentralSession, project: int) -> tuple[AppUser, ...]:
    """The project's app users."""
    path = f"projects/{project}/app-users"
    told = session.told(path)
    with understood(session.place(path)):
        return tuple(_user(one) for one in told)


def add(session: CentralSession, project: int, name: str, form_ids: Sequence[str]) -> AppUser:
    """An app user that may send these forms: the one of this name that still has access, else a new one."""
    path = f"projects/{project}/app-users"
    user = next((u for u in listed(session, project) if u.name == name and u.token), None)
    if user is None:
        _, _, body = session.fetch("POST", path, json={"displayName": name})
        told = read_json(body, session.place(path))
        with understood(session.place(path)):
            user = _user(told)
    for form_id in form_ids:
        role = f"projects/{project}/forms/{quote(form_id, safe='')}/assignments/{_ROLE}/{user.id}"
        session.fetch("POST", role, ok=(200, 409))  # 409: may already
    return user


def _user(told: Any) -> AppUser:
    return AppUser(str(int(told["id"])), str(told["displayName"]), str(told.get("token") or ""))


def projects(session: CentralSession) -> Mapping[str, str]:
    """Number -> name."""
    told = session.told("projects")
    with understood(session.place("projects")):
        return {str(int(p["id"])): str(p["name"]) for p in told}


def add_project(session: CentralSession, name: str) -> str:
    """A new project's number; pyodk has no call for it."""
    _, _, body = session.fetch("POST", "projects", json={"name": name})
    told = read_json(body, session.place("projects"))
    with understood(session.place("projects")):
        return str(int(told["id"]))
