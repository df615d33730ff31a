"""What a survey needs of a server, whichever it is: rows to pull, and a form with its lists and teams to publish.

Imports ledger.arrival.  Records and protocols only; Central and KoBo each speak their own wire behind these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from ..ledger.arrival import Arrival, Attachment, Standing

Kind = Literal["central", "kobo"]


@dataclass(frozen=True)
class Page:
    """Submissions as one answer of the server gave them.

    cursor: from here the next page is asked for, '' after the last.  total: the server's own count, None where it gives none.
    """

    rows: tuple[Arrival, ...]
    cursor: str
    total: int | None = None


@dataclass(frozen=True)
class FormState:
    """What stands on the server under a form's id.

    version: of the published form; media: file name -> MD5 of what the server holds, '' where it holds none or a linked list;
    state: open, closing, closed or draft; submissions: how many there are.
    """

    form_id: str
    version: str
    state: str
    media: Mapping[str, str] = field(default_factory=dict)
    submissions: int | None = None


@dataclass(frozen=True)
class AppUser:
    """One team's way in.  token is left out of every text a program prints."""

    id: str
    name: str
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Bundle:
    """A form to publish: its XLSForm, and the files it needs by name."""

    form_id: str
    version: str
    title: str
    xlsx: bytes
    media: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Entity:
    """One line of an entity list.  uuid: made from the list's key, so that a second upload names the same entity."""

    uuid: str
    label: str
    data: Mapping[str, str]


class Source(Protocol):
    """Where submissions come from."""

    kind: Kind
    url: str

    def pages(self, form_id: str, cursor: str = "") -> Iterator[Page]:
        """Every submission, newest first or oldest first; following every link until the last page.

        Rows are the newest versions with their standing and without attachments.  BdgError SERV-*: nothing else is raised.
        """
        ...

    def versions(self, form_id: str, root_id: str) -> Sequence[Arrival]:
        """All versions of one edited submission, oldest first, where the server keeps them; () where it does not."""
        ...

    def attachments(self, form_id: str, rows: Sequence[Arrival]) -> Iterator[tuple[str, Attachment]]:
        """(instance id, file) of everything that came with some submissions, audit logs included."""
        ...

    def deleted(self, form_id: str) -> Sequence[tuple[str, Standing]]:
        """(root id, standing with deleted_at) of what was deleted there, where the server tells; () where it does not."""
        ...


class Publisher(Protocol):
    """Where a form is published."""

    kind: Kind
    url: str

    def form(self, form_id: str) -> FormState | None:
        """What stands there, None when the form is new."""
        ...

    def publish(self, bundle: Bundle, changed: Sequence[str]) -> None:
        """Put the form and the named media files there and open it.  All of it is live, or the old form still is."""
        ...

    def app_users(self) -> Sequence[AppUser]:
        """The teams' ways in that exist; () on KoBo, where accounts are made by hand."""
        ...

    def add_app_user(self, name: str, form_ids: Sequence[str]) -> AppUser:
        """A new team that may see and send these forms (Central)."""
        ...

    def entities(self, listing: str) -> Mapping[str, Entity]:
        """The entity list by uuid, empty when there is none (Central)."""
        ...

    def put_entities(self, listing: str, properties: Sequence[str], add: Sequence[Entity], change: Sequence[Entity]) -> None:
        """Make the list where there is none, add and update entities; what others changed meanwhile is refused, not lost."""
        ...
