"""Everything a server holds of a form into a round's ledger, again and again, without losing or doubling a row.

Imports base, sealing, the ledger's records and store, and errors.  Knows no server and no form; never sees a decrypted answer
except to hand it on.

A pull lists everything, always: an edit may lie on any page.  A page is one transaction, with its attachments, its versions and
the place where the next one begins.  An interrupted pull goes on there first, then lists what came before that place.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..errors import BdgError, refuse
from ..ledger.arrival import Arrival, Attachment, Standing
from ..ledger.listing import Listing
from ..ledger.reading import Pull
from ..ledger.store import Added, Ledger, now
from .base import Page, Source
from .sealing import opened, sealed_rows

Tell = Callable[[int, int | None], None]
_PASSES = 3
"""How often everything is listed until the server's count and the list agree: rows come and go while one reads."""

_AT_ONCE = 50
"""Encrypted submissions opened before they are written."""


@dataclass(frozen=True)
class Pulled:
    """What a pull did and how it ended.

    listed: submissions the server lists; held: how many of those lie here or were set aside on purpose; deleted: newly told to
    be deleted there; gone: taken as deleted for a reason a person gave; refused: instance ids of the other kind of round.
    resumed: went on after an interruption; passes: how often everything was listed; clock: this computer's clock went back.
    """

    pull: Pull
    added: Added
    listed: int
    held: int
    deleted: int
    gone: int
    refused: tuple[str, ...]
    resumed: bool
    passes: int
    clock: bool


@dataclass(frozen=True)
class _Job:
    source: Source
    ledger: Ledger
    form_id: str
    at: Pull
    listing: Listing
    tell: Tell
    private_key: bytes | None


def pull(
    source: Source,
    ledger: Ledger,
    form_id: str,
    *,
    tell: Tell = lambda *_: None,
    gone: str = "",
    private_key: bytes | None = None,
) -> Pulled:
    """Bring the ledger to where the server is, and prove it.

    tell: called with (submissions listed, how many there are or None).  gone: a person's reason for taking submissions that
    the server lists no longer as deleted.  private_key: PEM of a form whose submissions Collect encrypts.
    SERV-060 when the counts still differ after listing three times, SERV-061 when submissions have vanished from the server
    without a word; what was received stays received.  Any BdgError of the source ends the pull as failed; the next goes on.
    """
    before = [p for p in ledger.pulls() if (p.kind, p.server) == (source.kind, source.url)]
    clock = bool(before) and before[-1].started > now()
    cursor = before[-1].cursor if before and before[-1].state in ("running", "failed") else ""
    job = _Job(source, ledger, form_id, ledger.begin(source.kind, source.url), ledger.listing(), tell, private_key)
    try:
        added, total, passes = _listed(job, cursor)
        deleted = _deleted(job)
        return _ended(job, Pulled(job.at, added, total, 0, deleted, 0, (), bool(cursor), passes, clock), gone)
    except BdgError as fault:
        with contextlib.suppress(BdgError):  # a full disk cannot be told of it either
            if ledger.pulls(job.at.id)[0].state == "running":
                ledger.end(job.at, "failed", note=fault.problems[0].code)
        raise


def _listed(job: _Job, cursor: str) -> tuple[Added, int, int]:
    """(what was added, the server's count, how often everything was listed)."""
    if job.private_key is not None:
        return _sealed(job, job.private_key), job.listing.count(), 1
    added = Added()
    if cursor:
        try:
            more, _ = _walk(job, cursor, meets=False)
            added += more
        except BdgError:  # the server no longer knows the place, or is away: listing from the start tells which
            cursor = ""
    for passes in range(1, _PASSES + 1):
        if passes > 1 or not cursor:
            job.listing.clear()
        more, total = _walk(job, "", meets=bool(cursor) and passes == 1)
        added += more
        if total is None or total == job.listing.count():
            return added, job.listing.count(), passes
    return added, total or 0, _PASSES


def _walk(job: _Job, cursor: str, *, meets: bool) -> tuple[Added, int | None]:
    """Page after page.  meets: stop at the first submission that was listed before, behind which everything was."""
    added, total = Added(), None
    for page in job.source.pages(job.form_id, cursor):
        added += _page(job, page)
        again = job.listing.note(dict.fromkeys(a.root_id for a in page.rows))
        total = page.total if page.total is not None else total
        job.tell(job.listing.count(), total)
        if meets and again:
            break
    return added, total


def _page(job: _Job, page: Page) -> Added:
    """One page, whole: earlier versions of what was edited, attachments of what is new, and where the next page begins."""
    if any(a.sealed for a in page.rows):
        raise refuse("SERV-062", job.form_id, expected="bdg analysis receive", got=job.source.kind)
    rows: list[Arrival] = []
    order: dict[str, Sequence[str]] = {}
    for row in page.rows:
        if job.ledger.wanted(row):
            rows += (earlier := _earlier(job, row))
            order[row.root_id] = [*(a.instance_id for a in earlier), row.instance_id]
    rows += page.rows
    files = _files(job, [a for a in rows if job.ledger.wanted(a) and _lacks(job.ledger, a)])
    rows = [replace(a, attachments=(*a.attachments, *files.get(a.instance_id, ()))) for a in rows]
    return job.ledger.add(job.at, rows, cursor=page.cursor, order=order)


def _sealed(job: _Job, key: bytes) -> Added:
    """Everything of a form whose submissions are encrypted, some at a time; what a phone has not sent whole stays there."""
    added, waiting = Added(), list[Arrival]()
    for row in sealed_rows(job.source, job.form_id):
        job.listing.note([row.root_id])
        job.tell(job.listing.count(), None)
        if (plain := opened(row, key)) is not None:
            waiting.append(plain)
        if len(waiting) == _AT_ONCE:
            added += job.ledger.add(job.at, waiting, order={})
            waiting.clear()
    return added + job.ledger.add(job.at, waiting, order={})


def _lacks(ledger: Ledger, row: Arrival) -> bool:
    """Whether there is something of it to fetch: it is new, or the server has more files of it than lie here."""
    return not ledger.knows(row.instance_id) or (row.files is not None and row.files > ledger.files(row.instance_id))


def _earlier(job: _Job, row: Arrival) -> Sequence[Arrival]:
    """The versions before an edited one, oldest first, where they are not all here."""
    edits = row.standing.edits if row.standing.edits is not None else int(row.instance_id != row.root_id)
    here = job.ledger.versions(row.root_id)
    if edits < 1 or (len(here) > edits and row.instance_id in here):
        return ()
    return [a for a in job.source.versions(job.form_id, row.root_id) if a.instance_id != row.instance_id]


def _files(job: _Job, rows: Sequence[Arrival]) -> Mapping[str, Sequence[Attachment]]:
    if not rows:
        return {}
    found: dict[str, list[Attachment]] = {}
    for instance, file in job.source.attachments(job.form_id, rows):
        found.setdefault(instance, []).append(file)
    return found


def _deleted(job: _Job) -> int:
    """What the server says was deleted, as far as it lies here."""
    told = [(root, s) for root, s in job.source.deleted(job.form_id) if job.ledger.versions(root)]
    return job.ledger.stand(job.at, told)


def _ended(job: _Job, found: Pulled, reason: str) -> Pulled:
    """Hold the server's list against the ledger, say how it ended, and stop where it does not agree."""
    listed, missing = job.listing.count(), job.listing.missing()
    lost = job.listing.gone(job.source.kind, job.source.url, job.form_id)
    if lost and reason:
        job.ledger.stand(job.at, [(root, Standing(deleted_at=now())) for root in lost])
    held = listed - len(missing)
    differs = found.listed != listed or bool(missing) or bool(lost and not reason)
    note = f"gone {len(lost)}: {reason}" if lost and reason else f"gone {len(lost)}" if lost else ""
    state = job.ledger.end(
        job.at, "differs" if differs else "complete", server_count=found.listed, local_count=held, note=note
    )  # fmt: skip
    place = state.server
    if found.listed != held or missing:
        raise refuse("SERV-060", place, expected=found.listed, got=held, server=found.listed, here=held)
    if lost and not reason:
        raise refuse("SERV-061", place, expected=len(lost), got=0, lost=len(lost), first=", ".join(lost[:5]))
    refused = tuple(i for i, _ in job.ledger.refused())
    return replace(found, pull=state, held=held, gone=len(lost), refused=refused)
