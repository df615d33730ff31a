"""Submissions that Collect encrypted, on their way from a server into a ledger: received in parts, opened with the private key.

Imports base, the ledger's records, sealed and errors.  What cannot be opened yet stays on the server, and the pull does not
agree until it is here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol, runtime_checkable

from .. import sealed
from ..errors import refuse
from ..ledger.arrival import Arrival, Attachment
from .base import Source


@runtime_checkable
class Sealed(Protocol):
    """A source of a form whose submissions only a private key opens."""

    def sealed(self, form_id: str) -> Iterator[Arrival]:
        """Every submission as it was sent: the manifest's XML, and the encrypted files as its attachments."""
        ...


def sealed_rows(source: Source, form_id: str) -> Iterator[Arrival]:
    """Every encrypted submission of a server.  SERV-062 where the server gives none out as they were sent (KoBo)."""
    if not isinstance(source, Sealed):
        raise refuse("SERV-062", "--private-key", expected="central", got=source.kind)
    return source.sealed(form_id)


def opened(row: Arrival, private_key: bytes) -> Arrival | None:
    """A submission with answers and files in the clear; None while a part of it has not been sent.

    One that was never encrypted is given back as it is.  DATA-100 … DATA-104 for what cannot be opened with this key.
    """
    if not sealed.is_sealed(row.body):
        return row
    parts = {file.name: file.body for file in row.attachments}
    told = sealed.read_manifest(row.body)
    if set(told.parts) - set(parts):
        return None
    xml, files = sealed.opened(row.body, parts, private_key)
    return replace(
        row, instance_id=told.instance_id, body=xml, round_kind=sealed.field(xml, "round_kind"),
        attachments=tuple(Attachment(name, body) for name, body in files.items()),
    )  # fmt: skip
