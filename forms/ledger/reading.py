"""What a ledger gives back: submissions by root and version, attachments, counts, and the pulls that brought them.

Imports arrival, cipher, keys, listing, round, errors and the standard library (sqlite3).  Never writes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from ..errors import refuse
from .arrival import Arrival, Attachment, Shape, Standing, Stored, digest
from .cipher import seal, unseal
from .keys import round_key
from .listing import Listing
from .round import Round

State = Literal["running", "complete", "differs", "failed"]

GONE = """
SELECT 1 FROM erased WHERE root_id IN (?1, ?2) OR root_id IN (SELECT root_id FROM version WHERE instance_id IN (?1, ?2))
"""
"""Whether a submission (root, instance) is of somebody who was forgotten."""
VERSIONS = """
SELECT v.instance_id, v.seq FROM version v
WHERE v.instance_id IN (SELECT instance_id FROM received WHERE root_id = ?1 UNION SELECT instance_id FROM edit WHERE root_id = ?1)
  AND v.root_id = ?1 ORDER BY v.seq, v.first
"""
"""The versions of a submission (root), found by index: `version` alone would be read from end to end for each."""
_STORED = """
WITH v AS (SELECT instance_id, root_id, seq, first, max(seq) OVER (PARTITION BY root_id) AS last FROM version)
SELECT r.instance_id, v.root_id, r.root_id, r.form_id, r.form_version, r.received_at, r.pulled_at, u.url, r.shape, r.sha256,
  CASE WHEN ? THEN r.body END, v.seq, v.last, s.review, s.deleted_at, s.updated_at, s.edits
FROM v JOIN received r ON r.n = v.first JOIN server u ON u.id = r.server_id
LEFT JOIN standing s ON s.n = (SELECT max(n) FROM standing t WHERE t.root_id = v.root_id)
WHERE v.seq = v.last OR NOT ? ORDER BY v.root_id, v.seq, r.instance_id
"""
_STANDING = """
SELECT count(DISTINCT v.root_id) FROM version v
LEFT JOIN standing s ON s.n = (SELECT max(n) FROM standing t WHERE t.root_id = v.root_id) WHERE s.deleted_at IS NULL
"""
_PULLS = """
SELECT p.id, s.kind, s.url, p.started, p.ended, p.cursor, p.server_count, p.local_count, p.state, p.note
FROM pull p JOIN server s ON s.id = p.server_id WHERE ? IN (0, p.id) ORDER BY p.id
"""


@dataclass(frozen=True)
class Pull:
    """One pull or one file taken in.

    kind: central, kobo or file.  cursor: where to go on after an interruption, '' from the start.  server_count: what the
    server said it holds, local_count: how many of those lie here.
    """

    id: int
    kind: str
    server: str
    started: str
    ended: str | None
    cursor: str
    server_count: int | None
    local_count: int | None
    state: State
    note: str


class Reading:
    """The half of a ledger that reads."""

    def __init__(self, of: Round, db: sqlite3.Connection, key: bytes | None) -> None:
        self.round = of
        self._db = db
        self._key = key
        self._tried = False

    def stored(self, *, latest: bool = True, bodies: bool = True) -> Iterator[Stored]:
        """Every submission, the newest version of each (or all versions), in root and version order, deleted ones included.

        A version received in several shapes or bodies is given once: the first one received.  DATA-093: another key, or a
        line of the ledger that was changed by another program.
        """
        for i, root, told, form, version, at, pulled, url, shape, sha, body, seq, last, *stands in self._db.execute(
            _STORED, (bodies, latest)
        ):
            text = None
            if body is not None:
                text = unseal(self._opened(), self._place(i, shape, told, form, version, at, sha), body)
                if digest(text) != sha:
                    raise refuse("DATA-093", self.round.ledger.name, expected=sha[:12], got=digest(text)[:12])
            review, deleted, updated, edits = stands
            yield Stored(
                i, root, form, version, at, pulled, url, shape, sha, text, seq, seq == last,
                Standing(review, deleted, updated, last if edits is None else edits),
            )  # fmt: skip

    def attachments(self, instances: Collection[str], names: Collection[str] | None = None) -> Iterator[tuple[str, Attachment]]:
        """(instance id, file) of the instances, of some names or all; erased files are left out."""
        wanted = set(instances)
        rows = self._db.execute("SELECT instance_id, name, sha256, body FROM attachment ORDER BY instance_id, name, rowid")
        for i, name, sha, body in rows:
            if i in wanted and body is not None and (names is None or name in names):
                yield i, Attachment(name, unseal(self._opened(), self._place(i, name, sha), body))

    def digests(self) -> frozenset[tuple[str, str]]:
        """(instance id, SHA-256) of everything received: what a pull need not fetch again."""
        return frozenset(self._db.execute("SELECT instance_id, sha256 FROM received"))

    def count(self) -> int:
        """Submissions (roots) that stand: received and not deleted on the server.  Erased ones are counted."""
        (n,) = self._db.execute(_STANDING).fetchone()
        return int(n)

    def holds(self, a: Arrival) -> bool:
        """Whether this very version lies here already, body and all."""
        told = (a.instance_id, a.shape, a.sha256)
        found = self._db.execute("SELECT 1 FROM received WHERE instance_id = ? AND shape = ? AND sha256 = ?", told)
        return found.fetchone() is not None

    def knows(self, instance: str) -> bool:
        """Whether a version of this id was received, whatever its body."""
        return self._db.execute("SELECT 1 FROM received WHERE instance_id = ?", (instance,)).fetchone() is not None

    def wanted(self, a: Arrival) -> bool:
        """Whether it may come in at all: of this kind of round, of nobody who was forgotten."""
        if (a.round_kind or self.round.kind) != self.round.kind:
            return False
        return self._db.execute(GONE, (a.root_id, a.instance_id)).fetchone() is None

    def versions(self, root: str) -> tuple[str, ...]:
        """The instance ids of a submission that were received, oldest first; () for one that is not here."""
        return tuple(i for i, _ in self._db.execute(VERSIONS, (root,)))

    def files(self, instance: str) -> int:
        """How many attachments of an instance were received."""
        (n,) = self._db.execute("SELECT count(DISTINCT name) FROM attachment WHERE instance_id = ?", (instance,)).fetchone()
        return int(n)

    def listing(self) -> Listing:
        """An empty list of what a server says it holds, to hold against what lies here."""
        return Listing(self._db)

    def doubled(self) -> tuple[tuple[str, int], ...]:
        """(instance id, how many) where one id came with several bodies of one shape: two interviews under one number, or
        a file that somebody changed.  `stored` gives the first.
        """
        rows = self._db.execute(
            "SELECT instance_id, max(k) FROM (SELECT instance_id, count(*) AS k FROM received WHERE shape IN ('xml', 'row') "
            "GROUP BY instance_id, shape) GROUP BY instance_id HAVING max(k) > 1 ORDER BY instance_id"
        )
        return tuple(rows)

    def erased(self) -> tuple[tuple[str, str, str], ...]:
        """(root id, time, request) of everybody who was forgotten."""
        return tuple(self._db.execute("SELECT root_id, time, request FROM erased ORDER BY root_id"))

    def refused(self) -> tuple[tuple[str, str], ...]:
        """(instance id, code) of what was set aside: submissions of the other kind of round."""
        return tuple(self._db.execute("SELECT instance_id, code FROM refused ORDER BY instance_id"))

    def pulls(self, only: int = 0) -> tuple[Pull, ...]:
        """The pulls so far, oldest first; only: the one of this id."""
        return tuple(Pull(*row) for row in self._db.execute(_PULLS, (only,)))

    # ---- the key ---------------------------------------------------------------------------------------------------

    def _opened(self) -> bytes:
        """The key, held once against what the ledger was begun with.  DATA-093 when it is another one."""
        if self._key is None:
            self._key = round_key(self.round)
        if not self._tried:
            probe = self._db.execute("SELECT value FROM meta WHERE key = 'key'").fetchone()
            if probe:
                unseal(self._key, self._place("key"), bytes.fromhex(probe[0]))
                self._tried = True
        return self._key

    def _sealing(self) -> bytes:
        """The key for something new; the first time, what tells it from any other is kept (inside a transaction)."""
        key = self._opened()
        if not self._tried:
            self._db.execute("INSERT INTO meta VALUES ('key', ?)", (seal(key, self._place("key"), b"").hex(),))
            self._tried = True
        return key

    def _place(self, instance: str, what: Shape | str = "", *more: str | None) -> str:
        """What a sealed body belongs to.  Everything of its line that stands in the clear is in it: a change is noticed."""
        return "|".join(["ledger", self.round.id, self.round.kind, instance, what, *(m or "" for m in more)])
