"""Settings of ODK Collect as a QR code carries them: JSON -> zlib -> base64 -> QR, and what may never be in them.

Imports errors, question (Label) and (inside) segno.  Keys and shape: docs.getodk.org/collect-import-export and Collect's own
client-settings.schema.json (read 2026-11-23).  A password is never a setting of ours; a Central app-user token stands only
in the address, comes from outside the project and is never shown in a message.
"""

from __future__ import annotations

import base64
import io
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from ..errors import BdgError, Problem, problem
from ..question import Label

Kind = Literal["central", "kobo"]
_TOKEN = re.compile(r"[A-Za-z0-9!$]{64}")
"""What Central makes of 48 random bytes: base64 with `/` and `+` written as `!` and `$`."""
_LOCAL = ("localhost", "127.0.0.1", "::1")
REAL = ("KHẢO SÁT BĐG", "K", "#1565C0", Label("xanh", "blue"))
TRAINING = ("TẬP HUẤN", "T", "#E65100", Label("cam", "orange"))
"""Name, icon, colour and the colour in words of the two projects on a phone, so that nobody mistakes one for the other."""


@dataclass(frozen=True)
class Server:
    """Where forms are sent.  project: Central's project number, '' on KoBo; user: the KoBo account, '' on Central."""

    kind: Kind
    url: str
    project: str = ""

    @property
    def host(self) -> str:
        """What a person reads: no token, no path."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True)
class Access:
    """One team's way in.  token is left out of every text that a program prints."""

    user: str = ""
    token: str = field(default="", repr=False)


def server(kind: Kind, url: str, project: str, place: str) -> Server:
    """A server address that may be printed.  FORM-111 with every reason why it may not."""
    found: list[Problem] = []
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BdgError(problem("FORM-111", place, expected="https://…", got="?")) from None
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in _LOCAL)):
        found.append(problem("FORM-111", place, expected="https://…", got=f"{parts.scheme or '-'}://{host or '-'}"))
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment or "/key/" in parts.path:
        found.append(problem("FORM-111", place, expected=f"{parts.scheme}://{host}", got=f"{parts.scheme}://…{host}…"))
    if kind == "central" and not re.fullmatch(r"[1-9]\d*", project):
        found.append(problem("FORM-111", f"{place} --project", expected="1, 2, 3 …", got=project or "-"))
    if kind == "kobo" and project:
        found.append(problem("FORM-111", f"{place} --project", expected="-", got=project))
    if found:
        raise BdgError(found)
    netloc = host if port is None else f"{host}:{port}"
    return Server(kind, f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}", project)


def token(text: str, place: str) -> str:
    """A Central app-user token.  FORM-112 when it has not the shape of one; its characters are never shown."""
    if not _TOKEN.fullmatch(text):
        raise BdgError(problem("FORM-112", place, expected="64 × A-Z a-z 0-9 ! $", got=f"{len(text)} ký tự / characters"))
    return text


def settings(of: Server, access: Access, *, training: bool) -> dict[str, Any]:
    """The JSON of one team's QR code.

    Forms follow the server exactly; finished forms go out whenever there is a network and then leave the phone, which may be
    lost; nothing is reported to Collect's makers.  ValueError (our bug) without what the server needs.
    """
    if (of.kind == "central") != bool(access.token) or (of.kind == "kobo") != bool(access.user):
        raise ValueError("central: token; kobo: user")
    name, icon, color, _ = TRAINING if training else REAL
    where = f"{of.url}/v1/key/{access.token}/projects/{of.project}" if of.kind == "central" else of.url
    general: dict[str, Any] = {
        "server_url": where, "form_update_mode": "match_exactly", "autosend": "wifi_and_cellular", "delete_send": True,
        "app_language": "vi", "analytics": False,
    }  # fmt: skip
    if access.user:
        general["username"] = access.user
    admin = {"change_server": of.kind == "kobo", "delete_saved": False}
    return {"general": general, "admin": admin, "project": {"name": name, "icon": icon, "color": color}}


def payload(of: Mapping[str, Any]) -> str:
    """What the QR code says: the JSON in UTF-8, compressed, as base64."""
    text = json.dumps(of, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def qr_png(text: str) -> bytes:
    """The QR code as a PNG with its quiet zone, the same bytes every time; level M survives a fold and a thumb."""
    import segno

    out = io.BytesIO()
    segno.make(text, error="m", micro=False, boost_error=False).save(out, kind="png", scale=10, border=4)
    return out.getvalue()


def apart(real: Server | None, real_access: Mapping[str, Access], training: Server | None, other: Mapping[str, Access]) -> None:
    """The training project cannot reach the real one.  FORM-113 for every way in which it could.

    Central: another project number or another server, and no token in both.  KoBo: another account or another server, since
    an account sees all its projects.
    """
    tokens = {a.token for a in real_access.values() if a.token} & {a.token for a in other.values() if a.token}
    found = [problem("FORM-113", "token", got=f"{len(tokens)} mã trùng / tokens in both")] if tokens else []
    if real and training and _same_host(real, training):
        if "central" in (real.kind, training.kind) and real.project == training.project:
            found.append(problem("FORM-113", "--training-project", got=f"{training.host} {training.project}"))
        users = {a.user for a in real_access.values() if a.user} & {a.user for a in other.values() if a.user}
        found += [problem("FORM-113", "teams.csv (training_user)", got=user) for user in sorted(users)]
        if real.kind == "kobo" and not users and not any(a.user for a in other.values()):
            found.append(problem("FORM-113", "teams.csv (training_user)", expected="user ≠ training_user", got="-"))
    if found:
        raise BdgError(found)


def _same_host(one: Server, other: Server) -> bool:
    return one.url.lower().partition("://")[2] == other.url.lower().partition("://")[2]
