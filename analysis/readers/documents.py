"""Folders and zips of submission XML as phones and servers keep them: documents, the files beside each, encrypted ones opened.

Imports submission_xml, files, raw and the forms door `sealed`.  The private key is handed in and never written or shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from forms import sealed
from forms.codebook import Codebook
from forms.errors import refuse
from forms.ledger import Arrival, Attachment, Standing

from . import submission_xml
from .files import place
from .raw import Raw, bare_uuid, plain, roots_of

_AUDIT = "audit.csv"


@dataclass(frozen=True)
class Documents:
    """What a folder of XML held.  opened: how many were encrypted; alone: files that belong to no submission."""

    arrivals: tuple[Arrival, ...]
    rows: tuple[Raw, ...]
    opened: int
    alone: int


def read(name: str, files: Mapping[str, bytes], book: Codebook, private_key: bytes | None = None) -> Documents:
    """Every submission of the files with its attachments.

    BdgError DATA-010, -017, -027: what is no submission of this form; DATA-100 … -104 what is encrypted and cannot be opened,
    DATA-116 when no private key was given.
    """
    beside: dict[str, list[str]] = {}
    for file in files:
        if not file.lower().endswith(".xml"):
            beside.setdefault(str(PurePosixPath(file).parent), []).append(file)
    documents = [f for f in files if f.lower().endswith(".xml")]
    crowd = {str(PurePosixPath(f).parent): 0 for f in documents}
    for f in documents:
        crowd[str(PurePosixPath(f).parent)] += 1
    clear: dict[str, bytes] = {}
    attached: dict[str, tuple[Attachment, ...]] = {}
    opened, used = 0, 0
    for file in documents:
        own = _own(file, beside, crowd)
        used += len(own)
        parts = {PurePosixPath(o).name: files[o] for o in own}
        body = files[file]
        if b"encrypted" in body and sealed.is_sealed(body):
            if private_key is None:
                raise refuse("DATA-116", place(name, file), expected="--private-key", got="-")
            body, plain_parts = sealed.opened(body, parts, private_key)
            parts = dict(plain_parts)
            opened += 1
        clear[file] = body
        attached[file] = tuple(Attachment(n, b) for n, b in sorted(parts.items()))
    found = submission_xml.read(name, clear, book)
    roots = roots_of(found.rows)
    kind = next((v.path for v in book.variables if v.name == "round_kind"), "")
    arrivals = tuple(
        _arrival(raw, clear[file], roots, kind, attached[file]) for raw, file in zip(found.rows, documents, strict=True)
    )
    return Documents(arrivals, found.rows, opened, sum(map(len, beside.values())) - used)


def _own(file: str, beside: Mapping[str, list[str]], crowd: Mapping[str, int]) -> list[str]:
    """The files that came with a document: beside it where it lies alone, or in a folder of its name or of its id."""
    at = PurePosixPath(file)
    own = list(beside.get(str(at.parent), ())) if crowd[str(at.parent)] == 1 else []
    return own + list(beside.get(str(at.parent / at.stem), ())) + list(beside.get(f"{at.parent / 'media' / at.stem}", ()))


def _arrival(raw: Raw, body: bytes, roots: Mapping[str, str], kind: str, files: tuple[Attachment, ...]) -> Arrival:
    return Arrival(
        instance_id=raw.instance_id, root_id=bare_uuid(roots.get(raw.instance_id, raw.instance_id)), form_id=raw.form_id,
        form_version=raw.form_version, received_at=raw.received_at, shape="xml", body=body,
        round_kind=plain(raw.answers.get(kind)) or "", standing=Standing(review=raw.review), attachments=files,
    )  # fmt: skip
