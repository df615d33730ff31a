"""A round's form put on its server as proposed: lists, form, teams, each looked at again, and what went out kept in the round.

Imports base and the round's record; what is to be done comes from proposal.  Speaks to a server through the Publisher protocol.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import refuse
from ..ledger.published import write_published
from ..ledger.store import now
from .base import AppUser, Publisher

if TYPE_CHECKING:
    from .proposal import Proposal


@dataclass(frozen=True)
class Done:
    """What was done.  users: every team's way in, by the name it has there."""

    version: str
    users: Mapping[str, AppUser]


def apply(wanted: Proposal, server: Publisher, progress: Callable[[str], None] | None = None) -> Done:
    """Make the server stand as proposed, look at it again, and keep what went out in the round's folder.

    Lists first, then the form, then the teams: a form is never live without its list.  What was done stays when a later step
    fails, and the same command does the rest.  SERV-048 when what stands there afterwards is not what was sent.
    """
    from ..build import codebook_json

    say = progress or (lambda _: None)
    if wanted.entities.add or wanted.entities.change:
        say("danh sách thực thể / entity list")
        e = wanted.entities
        server.put_entities(e.listing, e.properties, e.add, e.change)
    if wanted.step != "same":
        say("biểu mẫu / form")
        server.publish(wanted.bundle, wanted.changed)
    _look(wanted, server)
    if wanted.step != "same" or not wanted.recorded:
        write_published(
            wanted.of, wanted.form, wanted.bundle.version, xlsx=wanted.built.xlsx, codebook=codebook_json(wanted.built.codebook),
            server=server.url, reason=wanted.reason, time=now(),
        )  # fmt: skip
    users = dict(wanted.have)
    for name in (*wanted.add, *(sorted(wanted.have) if wanted.step == "new" else ())):
        say(name)
        users[name] = server.add_app_user(name, [wanted.bundle.form_id])  # one that is there is used again, and may see the form
    return Done(wanted.bundle.version, users)


def _look(wanted: Proposal, server: Publisher) -> None:
    """What stands on the server now is what was sent."""
    bundle, state = wanted.bundle, server.form(wanted.bundle.form_id)
    sent = {name: hashlib.md5(body, usedforsecurity=False).hexdigest() for name, body in bundle.media.items()}
    closed = wanted.step != "same" and state is not None and state.state != "open"
    if state is None or closed or (state.version and state.version != bundle.version):
        got = f"{state.version}, {state.state}" if state else "-"
        raise refuse("SERV-048", bundle.form_id, expected=f"{bundle.version}, open", got=got)
    if lost := sorted(name for name, digest in sent.items() if state.media.get(name, "").lower() != digest):
        raise refuse("SERV-048", bundle.form_id, expected=f"{len(sent)} tệp / files", got=f"≠ {', '.join(lost)}")
