"""What arrives at a ledger and what it hands back: submissions as received, how they stand on the server, attachments.

Standard library only: records without input or output, shared by servers, readers and the ledger.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal


def digest(body: bytes) -> str:
    """SHA-256 of a body, in hex."""
    return hashlib.sha256(body).hexdigest()


Shape = Literal["xml", "odata", "kobo", "row"]
"""What a body is: submission XML; one OData row; one row of KoBo's API; one row of an export file (analysis/readers)."""


@dataclass(frozen=True)
class Attachment:
    """A file that came with a submission, for example audit.csv."""

    name: str
    body: bytes

    @property
    def sha256(self) -> str:
        """Digest of the file."""
        return digest(self.body)


@dataclass(frozen=True)
class Standing:
    """How a submission stands on its server now; None: the server says nothing of it.

    review: approved, rejected, has_issues, edited or received.  edits: how often it was edited after sending.
    """

    review: str | None = None
    deleted_at: str | None = None
    updated_at: str | None = None
    edits: int | None = None


@dataclass(frozen=True)
class Arrival:
    """One version of one submission as received.

    instance_id, root_id: 'uuid:…'; the root is the first version of an edited submission, itself otherwise.
    body: as received, without what changes on the server without an edit (review state and the like: that is `standing`), so
    that the same answers are the same bytes in every pull.  round_kind: the form's own field, '' where it has none.
    files: how many attachments the server holds of it now, None where it does not say.  sealed: the answers are encrypted for
    the form's own key and `body` is not them; such a body never enters a ledger.
    """

    instance_id: str
    root_id: str
    form_id: str
    form_version: str
    received_at: str | None
    shape: Shape
    body: bytes
    round_kind: str = ""
    standing: Standing = Standing()
    attachments: tuple[Attachment, ...] = ()
    files: int | None = None
    sealed: bool = False

    @property
    def sha256(self) -> str:
        """Digest of the body."""
        return digest(self.body)


@dataclass(frozen=True)
class Stored:
    """One version of one submission as it stands in the ledger.

    seq: 0 for the first version of its root.  latest: no later version came.  body None: erased at the person's request.
    server: address or file it came from.  edits: what the server says, else the versions that came after the first.
    """

    instance_id: str
    root_id: str
    form_id: str
    form_version: str
    received_at: str | None
    pulled_at: str
    server: str
    shape: Shape
    sha256: str
    body: bytes | None
    seq: int
    latest: bool
    standing: Standing
