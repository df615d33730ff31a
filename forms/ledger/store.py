"""The ledger of a round: what was received, added once and never overwritten, read back by root and version.

Imports arrival, cipher, keys, round, schema, errors and the standard library (sqlite3).  Bodies and attachments are sealed with
the round's key; ids, versions, times and digests are not, so that counts need no key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from ..errors import refuse
from .arrival import Arrival, Attachment, Shape, Standing, Stored
from .cipher import seal, unseal
from .keys import round_key
from .round import Round
from .schema import TABLES, VERSION

State = Literal["running", "complete", "differs", "failed"]
_BUSY_SECONDS = 30.0


@dataclass(frozen=True)
class Added:
    """What one call of `add` did.  new: versions added; known: already there; refused: of the other kind of round; erased: of
    people who asked to be forgotten, left out for good.
    """

    new: int = 0
    known: int = 0
    refused: int = 0
    erased: int = 0


@dataclass(frozen=True)
class Pull:
    """One pull or one file taken in.  cursor: where to go on after an interruption, '' from the start."""

    id: int
    server: str
    started: str
    ended: str | None
    cursor: str
    server_count: int | None
    local_count: int | None
    state: State
    note: str


def now() -> str:
    """The time in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Ledger:
    """An open ledger.  Every public method that writes is one transaction: all of it or nothing."""

    def __init__(self, of: Round, db: sqlite3.Connection, key: bytes | None) -> None:
        self.round = of
        self._db = db
        self._key = key

    # ---- writing ---------------------------------------------------------------------------------------------------

    def begin(self, kind: str, url: str) -> Pull:
        """A pull from a server, or a file taken in (kind 'file', url its name)."""
        with self._write():
            self._db.execute("INSERT OR IGNORE INTO server (kind, url) VALUES (?, ?)", (kind, url))
            (server,) = self._db.execute("SELECT id FROM server WHERE kind = ? AND url = ?", (kind, url)).fetchone()
            at = self._db.execute("INSERT INTO pull (server_id, started, state) VALUES (?, ?, 'running')", (server, now()))
            found = at.lastrowid
        return self.pulls(int(found or 0))[0]

    def add(self, pull: Pull, arrivals: Sequence[Arrival], *, cursor: str | None = None) -> Added:
        """Add what is not there yet, with attachments and standing; the pull's cursor moves in the same transaction."""
        done = [0, 0, 0, 0]
        with self._write():
            gone = {r for (r,) in self._db.execute("SELECT root_id FROM erased")}
            for a in arrivals:
                done[self._one(pull, a, gone)] += 1
            if cursor is not None:
                self._db.execute("UPDATE pull SET cursor = ? WHERE id = ?", (cursor, pull.id))
        return Added(*done)

    def stand(self, pull: Pull, standings: Sequence[tuple[str, Standing]]) -> None:
        """Note how submissions (by root id) stand now; nothing is added where it stands as it stood."""
        with self._write():
            for root, s in standings:
                self._standing(pull, root, s)

    def end(self, pull: Pull, state: State, *, server_count: int | None = None, note: str = "") -> Pull:
        """Close a pull with the counts on both sides."""
        with self._write():
            self._db.execute(
                "UPDATE pull SET ended = ?, state = ?, server_count = ?, local_count = ?, note = ? WHERE id = ?",
                (now(), state, server_count, self.count(), note, pull.id),
            )
        return self.pulls(pull.id)[0]

    def erase(self, roots: Collection[str], request: str) -> int:
        """Erase the bodies and attachments of submissions for good; the rows stay, so that they are counted and never return.

        request: number of the request in the register.  Gives how many versions lost their body.
        """
        n = 0
        with self._write():
            for root in sorted(roots):
                self._db.execute("INSERT OR IGNORE INTO erased VALUES (?, ?, ?)", (root, now(), request))
                ids = [i for (i,) in self._db.execute("SELECT instance_id FROM received WHERE root_id = ?", (root,))]
                n += self._db.execute("UPDATE received SET body = NULL WHERE root_id = ? AND body NOT NULL", (root,)).rowcount
                marks = [(i,) for i in {*ids, root}]
                self._db.executemany("UPDATE attachment SET body = NULL WHERE instance_id = ?", marks)
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._db.execute("VACUUM")  # freed pages would still hold the (sealed) bytes
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return n

    def _one(self, pull: Pull, a: Arrival, gone: Collection[str]) -> int:
        kind = a.round_kind or self.round.kind
        if kind != self.round.kind:
            self._db.execute("INSERT INTO refused VALUES (NULL, ?, 'DATA-029', ?, ?)", (a.instance_id, now(), pull.id))
            return 2
        if a.root_id in gone or a.instance_id in gone:
            return 3
        (server,) = self._db.execute("SELECT server_id FROM pull WHERE id = ?", (pull.id,)).fetchone()
        there = self._db.execute(
            "SELECT 1 FROM received WHERE instance_id = ? AND shape = ? AND sha256 = ?", (a.instance_id, a.shape, a.sha256)
        ).fetchone()
        if not there:
            self._db.execute(
                "INSERT INTO received VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (a.instance_id, a.root_id, a.form_id, a.form_version, server, a.shape, a.received_at, now(), pull.id, kind,
                 a.sha256, seal(self._opened(), self._place(a.instance_id, a.shape), a.body)),
            )  # fmt: skip
        self._version(a)
        self._attach(pull, a.instance_id, a.attachments)
        self._standing(pull, a.root_id, a.standing)
        return 1 if there else 0

    def _version(self, a: Arrival) -> None:
        if a.instance_id == a.root_id:
            return
        (last,) = self._db.execute("SELECT coalesce(max(seq), 0) FROM edit WHERE root_id = ?", (a.root_id,)).fetchone()
        self._db.execute("INSERT OR IGNORE INTO edit VALUES (?, ?, ?)", (a.root_id, a.instance_id, last + 1))

    def _attach(self, pull: Pull, instance: str, files: Sequence[Attachment]) -> None:
        have = {(n, s) for n, s in self._db.execute("SELECT name, sha256 FROM attachment WHERE instance_id = ?", (instance,))}
        for f in files:
            if (f.name, f.sha256) not in have:
                sealed = seal(self._opened(), self._place(instance, f.name), f.body)
                self._db.execute("INSERT INTO attachment VALUES (?, ?, ?, ?, ?)", (instance, f.name, f.sha256, sealed, pull.id))

    def _standing(self, pull: Pull, root: str, s: Standing) -> None:
        if s == Standing():
            return
        told = (s.review, s.deleted_at, s.updated_at, s.edits)
        last = self._db.execute(
            "SELECT review, deleted_at, updated_at, edits FROM standing WHERE root_id = ? ORDER BY n DESC LIMIT 1", (root,)
        ).fetchone()
        if last != told:
            self._db.execute("INSERT INTO standing VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", (root, *told, now(), pull.id))

    # ---- reading ---------------------------------------------------------------------------------------------------

    def stored(self, *, latest: bool = True, bodies: bool = True) -> Iterator[Stored]:
        """Every submission, the newest version of each (or all versions), in root and version order, deleted ones included.

        A version received in several shapes or bodies is given once: the first one received.
        """
        rows = self._db.execute(
            "SELECT r.instance_id, r.root_id, r.form_id, r.form_version, r.received_at, r.pulled_at, v.url, r.shape, r.sha256, "
            "CASE WHEN ? THEN r.body END, coalesce(e.seq, 0), "
            "coalesce((SELECT max(seq) FROM edit m WHERE m.root_id = r.root_id), 0), "
            "s.review, s.deleted_at, s.updated_at, s.edits "
            "FROM received r JOIN server v ON v.id = r.server_id "
            "LEFT JOIN edit e ON e.root_id = r.root_id AND e.instance_id = r.instance_id "
            "LEFT JOIN standing s ON s.n = (SELECT max(n) FROM standing t WHERE t.root_id = r.root_id) "
            "WHERE r.n = (SELECT min(n) FROM received f WHERE f.instance_id = r.instance_id) "
            "ORDER BY r.root_id, coalesce(e.seq, 0), r.instance_id",
            (bodies,),
        )
        for i, root, form, version, at, pulled, url, shape, sha, body, seq, last, review, deleted, updated, edits in rows:
            if latest and seq != last:
                continue
            text = unseal(self._opened(), self._place(i, shape), body) if body is not None else None
            made = last if edits is None else edits
            yield Stored(
                i, root, form, version, at, pulled, url, shape, sha, text, seq, seq == last,
                Standing(review, deleted, updated, made),
            )  # fmt: skip

    def attachments(self, instances: Collection[str], names: Collection[str] | None = None) -> Iterator[tuple[str, Attachment]]:
        """(instance id, file) of the instances, of some names or all; erased files are left out."""
        wanted = set(instances)
        for i, name, body in self._db.execute("SELECT instance_id, name, body FROM attachment ORDER BY instance_id, name"):
            if i in wanted and body is not None and (names is None or name in names):
                yield i, Attachment(name, unseal(self._opened(), self._place(i, name), body))

    def digests(self) -> frozenset[tuple[str, str]]:
        """(instance id, SHA-256) of everything received: what a pull need not fetch again."""
        return frozenset(self._db.execute("SELECT instance_id, sha256 FROM received"))

    def count(self) -> int:
        """Submissions (roots) that stand: received and not deleted on the server.  Erased ones are counted."""
        (n,) = self._db.execute(
            "SELECT count(*) FROM (SELECT DISTINCT root_id FROM received) r "
            "LEFT JOIN standing s ON s.n = (SELECT max(n) FROM standing t WHERE t.root_id = r.root_id) WHERE s.deleted_at IS NULL"
        ).fetchone()
        return int(n)

    def erased(self) -> tuple[tuple[str, str, str], ...]:
        """(root id, time, request) of everybody who was forgotten."""
        return tuple(self._db.execute("SELECT root_id, time, request FROM erased ORDER BY root_id"))

    def refused(self) -> tuple[tuple[str, str], ...]:
        """(instance id, code) of what was set aside: submissions of the other kind of round."""
        return tuple(self._db.execute("SELECT DISTINCT instance_id, code FROM refused ORDER BY instance_id"))

    def pulls(self, only: int = 0) -> tuple[Pull, ...]:
        """The pulls so far, oldest first; only: the one of this id."""
        rows = self._db.execute(
            "SELECT p.id, s.url, p.started, p.ended, p.cursor, p.server_count, p.local_count, p.state, p.note "
            "FROM pull p JOIN server s ON s.id = p.server_id WHERE ? IN (0, p.id) ORDER BY p.id",
            (only,),
        )
        return tuple(Pull(*row) for row in rows)

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _opened(self) -> bytes:
        if self._key is None:
            self._key = round_key(self.round)
        return self._key

    def _place(self, instance: str, what: Shape | str) -> str:
        return f"ledger|{self.round.id}|{self.round.kind}|{instance}|{what}"

    @contextmanager
    def _write(self) -> Iterator[None]:
        """One transaction.  DATA-098 when the disk is full or another pull holds the ledger."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.OperationalError as fault:
            raise refuse("DATA-098", self.round.ledger.name, got=str(fault), name=self.round.name) from None


@contextmanager
def open_ledger(of: Round, *, key: bytes | None = None) -> Iterator[Ledger]:
    """The ledger of a round, made when it is not there yet.  key: default the round's, fetched when it is first needed.

    DATA-098 when the file is locked or cannot be written, DATA-099 when it is no ledger, or of another round.
    """
    try:
        db = sqlite3.connect(of.ledger, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA secure_delete = ON")
            _made(of, db)
            yield Ledger(of, db, key)
        finally:
            db.close()
    except sqlite3.OperationalError as fault:
        raise refuse("DATA-098", of.ledger.name, got=str(fault), name=of.name) from None
    except sqlite3.DatabaseError as fault:
        raise refuse("DATA-099", of.ledger.name, expected=VERSION, got=str(fault)) from None


def _made(of: Round, db: sqlite3.Connection) -> None:
    """Tables where there are none; the ledger of another round is refused."""
    db.execute("BEGIN IMMEDIATE")
    there = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
    if not there:
        for statement in _statements(TABLES):
            db.execute(statement)
        told = [("schema", VERSION), ("round", of.id), ("kind", of.kind)]
        db.executemany("INSERT INTO meta VALUES (?, ?)", told)
    db.execute("COMMIT")
    found = dict(db.execute("SELECT key, value FROM meta"))
    wanted = {"schema": VERSION, "round": of.id, "kind": of.kind}
    if found != wanted:
        raise refuse("DATA-099", of.ledger.name, expected=str(wanted), got=str(found))


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, triggers whole (executescript would commit in between)."""
    part = ""
    for line in script.splitlines(keepends=True):
        part += line
        if sqlite3.complete_statement(part):
            yield part
            part = ""
