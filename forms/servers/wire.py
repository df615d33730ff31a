"""HTTP with care: one session for both servers, bounded in time and size, TLS verified, secrets out of every message.

Imports requests, urllib3 (Retry) and errors: the one typed adapter to both here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from ..errors import BdgError, refuse

CONNECT_SECONDS = 10.0
READ_SECONDS = 120.0
MOST_BYTES = 1 << 30
"""No answer of a server is read beyond this."""
_RETRIES = 4
_BACKOFF = 0.5
_AGAIN = (429, 500, 502, 503, 504)
_CHUNK = 1 << 16
_LOCAL = ("localhost", "127.0.0.1", "::1")
_WAIT_SECONDS = 60
"""A server that asks for a longer pause than this is left for later."""
_WHOLE_SECONDS = 900.0
"""No answer takes longer than this, however steadily it drips."""


class _Bounded(HTTPAdapter):
    """An adapter that never waits for ever."""

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]  # same face, fewer names
        """Send with the session's time-outs where the caller gave none."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = (CONNECT_SECONDS, READ_SECONDS)
        return super().send(request, **kwargs)


def address(url: str) -> str:
    """A server's address without a trailing slash.  SERV-001 when it is not https (http only on this computer) or holds a
    password, a query or a token.
    """
    parts = urlsplit(url.strip())
    local = parts.hostname in _LOCAL
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise refuse("SERV-001", "--server", expected="https://…", got=f"{parts.scheme or '-'}://{parts.hostname or '-'}")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment or "/key/" in parts.path:
        raise refuse("SERV-001", "--server", expected=f"https://{parts.hostname}", got=f"https://…{parts.hostname}…")
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path.rstrip('/')}"


def harden(session: requests.Session, *, backoff: float = _BACKOFF) -> None:
    """Time-outs and retries with back-off (429 and 5xx, GET and HEAD only: a POST that may have worked is not sent twice)."""
    retry = Retry(
        total=_RETRIES, backoff_factor=backoff, status_forcelist=_AGAIN, allowed_methods=("GET", "HEAD"),
        respect_retry_after_header=True, retry_after_max=_WAIT_SECONDS, raise_on_status=False,
    )  # fmt: skip
    retry.RETRY_AFTER_STATUS_CODES = frozenset({429, 503})
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Bounded(max_retries=retry))
    session.verify = True
    session.trust_env = True


def ask(
    session: requests.Session, method: str, url: str, *, ok: tuple[int, ...] = (200,), **more: Any
) -> tuple[int, Mapping[str, str], bytes]:
    """(status, headers, body) of one request.  SERV-002 … -006 by status, SERV-007 any other, SERV-008 no connection or too
    slow, SERV-009 TLS not verified, SERV-010 too large.  Messages name host and path, never a query, header or body.
    """
    place = where(url)
    try:
        with session.request(method, url, stream=True, allow_redirects=False, **more) as answer:
            body = _body(answer, place)
            if answer.status_code in ok:
                return answer.status_code, dict(answer.headers), body
            raise _said(answer.status_code, body, place)
    except requests.exceptions.SSLError:
        raise refuse("SERV-009", place, expected="TLS", got="SSLError") from None
    except requests.exceptions.RequestException as fault:
        raise refuse("SERV-008", place, got=type(fault).__name__) from None


def where(url: str) -> str:
    """Host and path of an address as a message may show it: no query, no key of an app user."""
    parts = urlsplit(url)
    steps = parts.path.split("/")
    hidden = ["…" if i and steps[i - 1] == "key" else step for i, step in enumerate(steps)]
    return f"{parts.hostname or ''}{'/'.join(hidden)}"


def read_json(body: bytes, place: str) -> Any:
    """The JSON of an answer.  SERV-011 when it is not JSON (truncated, a web page of a proxy)."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as fault:
        start = body[:64].lstrip().lower()
        got = "trang web / a web page" if start.startswith((b"<!doctype", b"<html")) else type(fault).__name__
        raise refuse("SERV-011", place, expected="JSON", got=got) from None


def _body(answer: requests.Response, place: str) -> bytes:
    parts, size, until = [], 0, time.monotonic() + _WHOLE_SECONDS
    for part in answer.iter_content(_CHUNK):
        size += len(part)
        if time.monotonic() > until:
            raise refuse("SERV-008", place, expected=f"≤ {_WHOLE_SECONDS:.0f} s", got=f"> {_WHOLE_SECONDS:.0f} s")
        if size > MOST_BYTES:
            raise refuse("SERV-010", place, expected=f"≤ {MOST_BYTES} byte", got=f"> {MOST_BYTES}")
        parts.append(part)
    return b"".join(parts)


def _said(status: int, body: bytes, place: str) -> BdgError:
    """The server's refusal; of its words only Central's own code is shown (a message may quote data)."""
    code = ""
    try:
        told = json.loads(body)
        code = str(told.get("code", "")) if isinstance(told, dict) else ""
    except (ValueError, RecursionError):
        pass
    got, wanted = f"HTTP {status}" + (f" ({code[:12]})" if code else ""), "HTTP 2xx"
    match status:
        case 401:
            return refuse("SERV-002", place, expected=wanted, got=got)
        case 403:
            return refuse("SERV-003", place, expected=wanted, got=got)
        case 404:
            return refuse("SERV-004", place, expected=wanted, got=got)
        case 409:
            return refuse("SERV-005", place, expected=wanted, got=got)
        case 429:
            return refuse("SERV-006", place, expected=wanted, got=got)
        case _:
            return refuse("SERV-007", place, expected=wanted, got=got)
