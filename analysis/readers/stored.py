"""What the ledger holds -> submissions: the newest version of each, whatever shape it came in, with its review state.

Imports the forms doors (ledger, codebook), raw, odata and submission_xml.  Knows no server; the key is the round's own.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from forms.codebook import Codebook
from forms.errors import refuse
from forms.ledger import Arrival, Ledger, Standing, Stored
from forms.submission import Source, Submission

from .raw import Cell, Raw, Reading, bare_uuid, plain, submission

_SOURCES: Mapping[str, Source] = {"xml": "xml", "odata": "odata", "kobo": "kobo"}


@dataclass(frozen=True)
class Held:
    """What a ledger holds of one form.

    submissions: newest version of each that was not deleted or erased; rejected ones included, as `review` says.
    stored: instance id -> its line in the ledger, without the body.  deleted, erased, refused: how many were left out.
    apart: instance ids made with another questionnaire than the codebook's (their digest is not among those that count).
    """

    submissions: tuple[Submission, ...]
    stored: Mapping[str, Stored]
    deleted: int
    erased: int
    refused: int
    apart: frozenset[str]


def read_ledger(ledger: Ledger, book: Codebook, digests: Collection[str] = ()) -> Held:
    """Everything the ledger holds of this form.  digests: further questionnaire digests that count as this form.

    BdgError DATA-027: a body that cannot be read (the ledger was changed by another program).
    """
    found: list[Submission] = []
    reading = Reading(book)
    lines: dict[str, Stored] = {}
    deleted = 0
    for line in ledger.stored():
        if line.standing.deleted_at is not None:
            deleted += 1
        elif line.body is not None and line.form_id in ("", book.form_id):
            found.append(_submission(line, book, reading))
            lines[line.instance_id] = replace(line, body=None)
    counted = {book.digest, *digests}
    apart = frozenset(s.instance_id for s in found if s.questionnaire_digest not in counted)
    return Held(
        tuple(sorted(found, key=lambda s: s.instance_id)), lines, deleted, len(ledger.erased()), len(ledger.refused()), apart
    )


def _submission(line: Stored, book: Codebook, reading: Reading) -> Submission:
    raw, source = decode(line, book)
    made = submission(raw, book, source, reading)
    return replace(
        made, instance_id=line.instance_id, root_id=line.root_id, form_version=line.form_version,
        received_at=line.received_at or made.received_at, review=line.standing.review,
    )  # fmt: skip


def decode(line: Stored, book: Codebook) -> tuple[Raw, Source]:
    """One stored body as a reader found it, and the source it counts as."""
    from . import odata, submission_xml

    body = line.body or b""
    place = f"ledger.sqlite: {line.instance_id}"
    if line.shape == "xml":
        return submission_xml.read(place, {place: body}, book).rows[0], "xml"
    told = _object(body, place)
    if line.shape == "odata":
        page = json.dumps({"value": [told]}).encode()
        return odata.read(place, {place: page}, book).rows[0], "odata"
    if line.shape == "kobo":
        from . import kobo_api

        return kobo_api.raw(told, book), "kobo"
    return _row(told), _SOURCES.get(str(told.get("source")), "csv")


def _object(body: bytes, place: str) -> Mapping[str, Any]:
    try:
        told = json.loads(body)
    except ValueError as fault:
        raise refuse("DATA-027", place, got=type(fault).__name__, what="JSON") from None
    if not isinstance(told, dict):
        raise refuse("DATA-027", place, got=type(told).__name__, what="JSON")
    return told


# ---- rows of export files ------------------------------------------------------------------------------------------


def arrival(raw: Raw, book: Codebook, source: Source) -> Arrival:
    """A row of an export file as it enters the ledger: cells as text, in name order, so that the same row is the same bytes."""
    told = {
        "source": source,
        "answers": {k: text for k in sorted(raw.answers) if (text := _cell(raw.answers[k])) is not None},
        "repeats": {p: [{k: _cell(c) for k, c in sorted(r.items())} for r in rows] for p, rows in sorted(raw.repeats.items())},
    }
    body = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    kind = next((v.path for v in book.variables if v.name == "round_kind"), "")
    return Arrival(
        instance_id=bare_uuid(raw.instance_id), root_id=bare_uuid(raw.root_id or raw.instance_id), form_id=book.form_id,
        form_version=raw.form_version, received_at=raw.received_at, shape="row", body=body,
        round_kind=plain(raw.answers.get(kind)) or "", standing=Standing(review=raw.review),
    )  # fmt: skip


def _cell(cell: Cell) -> str | None:
    """A cell as text; what has no text of its own (a geopoint of OData) as JSON."""
    return json.dumps(cell, ensure_ascii=False, sort_keys=True) if isinstance(cell, dict | list) else plain(cell)


def _row(told: Mapping[str, Any]) -> Raw:
    return Raw("", "", "", "", None, None, told.get("answers", {}), told.get("repeats", {}))
