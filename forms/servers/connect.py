"""Which server a round speaks to, and with whose account: a round's folder in, a server behind the one face out.

Imports base, wire (addresses), the round, its keys and errors; Central's and KoBo's own modules inside, so that asking costs
neither.  The password comes from the environment or the key store, never from a file, and is in no text a program prints.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Protocol

from ..errors import refuse
from ..ledger.keys import password
from ..ledger.round import Round
from .base import Publisher, Source
from .wire import address

_PROJECT = {"central": (r"[1-9]\d*", "1, 2, 3 …"), "kobo": (r"(a[0-9A-Za-z]{10,30})?", "null | a…")}
"""Kind of server -> shape of round.yaml's project: Central's number; on KoBo the project's uid, needed only where two projects
carry the same form."""


class Server(Source, Publisher, Protocol):
    """Both halves of a server: rows to pull, forms to publish."""


def connect(of: Round, *, accepted: Collection[str] = ()) -> Server:
    """The server of a round; nothing is asked of it yet.  accepted: warnings of Central that a person has read and accepts.

    SERV-040 when round.yaml names none, SERV-041 when its project or user is missing or is none, SERV-042 when neither the
    environment nor the key store has the password (or KoBo's token), SERV-001 for an address that cannot be used.
    """
    if not of.server or of.server_kind not in ("central", "kobo"):
        raise refuse("SERV-040", "round.yaml", expected="server, server_kind", got=of.server_kind, name=of.name)
    url = address(of.server)
    if not of.user:
        raise refuse("SERV-041", "round.yaml: user", expected="tài khoản / account", got="-")
    shape, expected = _PROJECT[of.server_kind]
    if not re.fullmatch(shape, of.project):
        raise refuse("SERV-041", "round.yaml: project", expected=expected, got=of.project or "-")
    secret = password(url, of.user)
    if not secret:
        raise refuse("SERV-042", url, expected="BDG_PASSWORD | keyring", got="-", user=of.user)
    if of.server_kind == "kobo":
        from .kobo import Kobo

        return Kobo(url, of.user, secret, of.project)
    from .central import Central

    return Central(url, of.project, of.user, secret, accepted=accepted)
