"""KoBoToolbox's API v2 as requests: one session with the account's token, answers of the expected shape, lists to their end.

Imports requests, wire and errors.  The token goes to the server's own address only, and into no message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import sleep
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from ..errors import refuse
from .wire import ask, harden, read_json, where

API = "/api/v2/"
PAGE = 1000
"""Rows a page: the most that the server gives (limit in force since 9 March 2026; it was 30,000)."""
PATIENCE = 180.0
"""Seconds that the server may take to convert a form or to write an export."""
_TOKEN = re.compile(r"[0-9a-f]{40}")
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 5.0
_MOST_REDIRECTS = 3


class _Token(requests.auth.AuthBase):
    """An API token as KoBo takes it.  An auth object, so that no .netrc of the computer replaces it."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token into one request."""
        request.headers["Authorization"] = f"Token {self._secret}"
        return request


class Wire:
    """Requests to one KoBoToolbox server.  secret: an API token (40 hex digits) or the account's password."""

    def __init__(self, url: str, user: str, secret: str, *, backoff: float | None = None, patience: float = PATIENCE) -> None:
        self.url = url
        self.patience = patience
        self._session = requests.Session()
        self._session.auth = _Token(secret) if _TOKEN.fullmatch(secret) else (user, secret)
        self._session.headers["Accept"] = "application/json"
        if backoff is None:
            harden(self._session)
        else:
            harden(self._session, backoff=backoff)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """The object that a path answers with.  SERV-002 … SERV-011."""
        return self._object("GET", path, params=params or {})

    def send(self, method: str, path: str, **more: Any) -> Mapping[str, Any]:
        """A change: POST or PATCH with `json` or `files`; what the server answers, {} for nothing."""
        return self._object(method, path, ok=(200, 201), **more)

    def drop(self, path: str) -> None:
        """Delete something."""
        ask(self._session, "DELETE", self.url + API + path, ok=(204,))

    def every(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Mapping[str, Any]]:
        """The rows of a list, following `next` until there is none.

        SERV-045 when the pages do not add up to the server's own count or a page repeats.
        """
        query, seen, place = {**(params or {}), "limit": "100"}, 0, where(self.url + API + path)
        starts = {"0"}
        while True:
            told = self.get(path, query)
            rows = listed(told, place)
            yield from rows
            seen += len(rows)
            if not told.get("next"):
                if seen < int(told["count"]):
                    raise refuse("SERV-045", place, expected=told["count"], got=seen)
                return
            start = next_start(str(told["next"]), place)
            if start in starts:
                raise refuse("SERV-045", place, expected="start > …", got=start)
            starts.add(start)
            query["start"] = start

    def bytes_of(self, link: str) -> bytes:
        """A file behind an address the server gave: its own, with the account, or one it redirects to, without.

        SERV-049 when it is not https (or this server), for a token must not leave.
        """
        for _ in range(_MOST_REDIRECTS):
            own = self.own(link)
            if not own and urlsplit(link).scheme != "https":
                raise refuse("SERV-049", where(link), expected=f"{self.url} | https://…", got=urlsplit(link).scheme or "-")
            session = self._session if own else self._bare()
            status, headers, body = ask(session, "GET", own or link, ok=(200, 301, 302, 303, 307, 308), headers={"Accept": "*/*"})
            if status == 200:
                return body
            link = headers.get("Location", "")
        raise refuse("SERV-049", where(self.url), expected="HTTP 200", got="HTTP 302")

    def own(self, link: str) -> str:
        """A link as an address of this server, '' when it is another's.  Behind a proxy it may say http: the path counts."""
        there, here = urlsplit(link), urlsplit(self.url)
        if there.netloc and (there.hostname, there.port or here.port) != (here.hostname, here.port):
            return ""
        return f"{here.scheme}://{here.netloc}{there.path}" + (f"?{there.query}" if there.query else "")

    def until(self, path: str, done: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
        """Ask again and again until `done`; SERV-047 when it takes longer than the patience."""
        waited, pause = 0.0, _FIRST_WAIT
        while True:
            told = self.get(path)
            if done(told):
                return told
            if waited >= self.patience:
                raise refuse(
                    "SERV-047", where(self.url + API + path), expected=f"≤ {self.patience:.0f} s", got=told.get("status")
                )
            sleep(pause)
            waited, pause = waited + pause, min(pause * 1.5, _LONGEST_WAIT)

    def _object(self, method: str, path: str, *, ok: tuple[int, ...] = (200,), **more: Any) -> Mapping[str, Any]:
        link = self.url + API + path
        _, _, body = ask(self._session, method, link, ok=ok, **more)
        told = read_json(body, where(link)) if body else {}
        if not isinstance(told, dict):
            raise refuse("SERV-011", where(link), expected="{…}", got=type(told).__name__)
        return told

    def _bare(self) -> requests.Session:
        session = requests.Session()
        harden(session)
        return session


def listed(told: Mapping[str, Any], place: str) -> Sequence[Mapping[str, Any]]:
    """The rows of one page.  SERV-011 when it is none."""
    rows, count = told.get("results"), told.get("count")
    if not isinstance(rows, list) or not isinstance(count, int) or not all(isinstance(r, dict) for r in rows):
        raise refuse("SERV-011", place, expected="count, next, results", got=", ".join(sorted(map(str, told))[:5]) or "-")
    return rows


def next_start(link: str, place: str) -> str:
    """Where the next page of a list begins, as its link says.  SERV-011 when it says nothing."""
    found = parse_qs(urlsplit(link).query)
    start = (found.get("start") or found.get("offset") or [""])[0]
    if not start.isdigit():
        raise refuse("SERV-011", place, expected="next: start=…", got=start or "-")
    return start
