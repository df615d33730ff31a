"""The one typed adapter to pyodk: a session with our limits, log-in without a file, and no log of what a server said.

Imports pyodk, requests, wire and errors.  Never shows a password or token, never sends one to another address than the server's
own, and never lets pyodk write its cache or log an answer (an answer may quote data).
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from pyodk._utils.config import CentralConfig, Config
from pyodk._utils.session import Auth, Session
from pyodk.client import Client
from pyodk.errors import PyODKError

from ..errors import BdgError, refuse
from .wire import address, ask, harden, read_json, where

BACKOFF = 0.5


class _Login(Auth):  # type: ignore[misc]  # pyodk has no types
    """Log-in by e-mail and password; the token lives in this object only."""

    def __init__(self, session: CentralSession, user: str, password: str) -> None:
        super().__init__(session, user, password, None)
        self.token = ""

    def __call__(self, r: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.PreparedRequest:
        if self.token:
            r.headers["Authorization"] = f"Bearer {self.token}"
        return r

    def login(self) -> str:
        """The header's text; asks for a token where there is none."""
        if not self.token:
            url = self.session.urljoin("sessions")
            _, _, body = ask(self.session, "POST", url, json={"email": self.username, "password": self.password})
            told = read_json(body, where(url))
            token = told.get("token") if isinstance(told, dict) else None
            if not isinstance(token, str) or not token:
                raise refuse("SERV-020", where(url), expected="token", got="-")
            self.token = token
        return f"Bearer {self.token}"


class _Told(requests.Response):
    """An answer that was read whole; its JSON is refused in our words where it is none."""

    def __init__(self, status: int, body: bytes, place: str) -> None:
        super().__init__()
        self.status_code, self.raw, self._place = status, io.BytesIO(body), place

    def json(self, **_kwargs: Any) -> Any:
        return read_json(self.content, self._place)


class CentralSession(Session):  # type: ignore[misc]  # pyodk has no types
    """pyodk's session under the rules of `wire`: bounded, retried, verified, quiet."""

    def __init__(self, url: str, user: str, password: str, *, backoff: float = BACKOFF) -> None:
        self.root = address(url)
        super().__init__(self.root, "v1", user, password, cache_path=None)
        harden(self, backoff=backoff)
        self.auth: _Login = _Login(self, user, password)

    def fetch(self, method: str, path: str, *, ok: tuple[int, ...] = (200,), **more: Any) -> tuple[int, Mapping[str, str], bytes]:
        """(status, headers, body) of a path below /v1/.  A token that ran out is renewed once.  SERV-* of `wire.ask`."""
        url = self.urljoin(path)
        if urlsplit(url)[:2] != urlsplit(self.root)[:2]:
            raise refuse("SERV-020", where(self.root), expected=urlsplit(self.root).netloc, got=urlsplit(url).netloc)
        fresh = not self.auth.token
        self.auth.login()
        try:
            return ask(self, method, url, ok=ok, **more)
        except BdgError as fault:
            if fresh or fault.problems[0].code != "SERV-002":
                raise
        self.auth.token = ""
        self.auth.login()
        return ask(self, method, url, ok=ok, **more)

    def response_or_error(self, method: str, url: str, logger: logging.Logger, *_args: Any, **kwargs: Any) -> requests.Response:
        """What pyodk's services call: ours, so that they share limits and errors and log nothing."""
        del logger
        status, _, body = self.fetch(method, url, **kwargs)
        return _Told(status, body, where(self.urljoin(url)))

    def told(self, path: str, *, ok: tuple[int, ...] = (200,), **more: Any) -> Any:
        """The JSON of a GET, None where the status is one of `ok` other than 200."""
        status, _, body = self.fetch("GET", path, ok=ok, **more)
        return read_json(body, where(self.urljoin(path))) if status == 200 else None

    def place(self, path: str) -> str:
        """Host and path as a message may show them."""
        return where(self.urljoin(path))


def client(session: CentralSession, project: int) -> Client:
    """The client of pyodk over our session; no configuration or cache is read from this computer."""
    known = Config(CentralConfig(session.root, session.auth.username, "-", project))
    return Client(session=session, config=known, project_id=project)


@contextmanager
def understood(place: str) -> Iterator[None]:
    """SERV-020 where a server's answer has another shape than pyodk or we read: keys that lack, values of another kind."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, PyODKError) as fault:
        raise refuse("SERV-020", place, expected="ODK Central", got=type(fault).__name__) from None
