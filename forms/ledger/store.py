"""The ledger of a round: what was received, added once and never overwritten, read back by root and version.

Imports reading, arrival, cipher, round, schema, errors and the standard library (sqlite3).  Bodies and attachments are sealed
with the round's key; ids, versions, times and digests are not, so that counts need no key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from ..errors import refuse
from .arrival import Arrival, Attachment, Standing
from .cipher import seal
from .reading import VERSIONS, Pull, Reading, State
from .round import Round
from .schema import TABLES, VERSION

_BUSY_SECONDS = 30.0


@dataclass(frozen=True)
class Added:
    """What one call of `add` did.  new: versions added; known: already there; refused: of the other kind of round; erased: of
    people who asked to be forgotten, left out for good; edits: those of the new that are later versions; bodies: those of the
    new whose instance was here already with another body; files: attachments.
    """

    new: int = 0
    known: int = 0
    refused: int = 0
    erased: int = 0
    edits: int = 0
    bodies: int = 0
    files: int = 0

    def __add__(self, other: Added) -> Added:
        """Both together."""
        return Added(
            self.new + other.new, self.known + other.known, self.refused + other.refused, self.erased + other.erased,
            self.edits + other.edits, self.bodies + other.bodies, self.files + other.files,
        )  # fmt: skip


def now() -> str:
    """The time in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Ledger(Reading):
    """An open ledger.  Every public method that writes is one transaction: all of it or nothing."""

    def begin(self, kind: str, url: str) -> Pull:
        """A pull from a server, or a file taken in (kind 'file', url its name)."""
        with self._write():
            self._db.execute("INSERT OR IGNORE INTO server (kind, url) VALUES (?, ?)", (kind, url))
            (server,) = self._db.execute("SELECT id FROM server WHERE kind = ? AND url = ?", (kind, url)).fetchone()
            at = self._db.execute("INSERT INTO pull (server_id, started, state) VALUES (?, ?, 'running')", (server, now()))
            found = at.lastrowid
        return self.pulls(int(found or 0))[0]

    def add(
        self,
        pull: Pull,
        arrivals: Sequence[Arrival],
        *,
        cursor: str | None = None,
        order: Mapping[str, Sequence[str]] | None = None,
    ) -> Added:
        """Add what is not there yet, with attachments and standing; the pull's cursor moves in the same transaction.

        order: root id -> instance ids, oldest first, that are known to be its newest versions; without it versions stand in
        the order in which they came.
        """
        done = Added()
        with self._write():
            for a in arrivals:
                done += self._one(pull, a, listed=order is not None)
            for root, ids in (order or {}).items():
                self._order(pull, root, ids)
            if cursor is not None:
                self._db.execute("UPDATE pull SET cursor = ? WHERE id = ?", (cursor, pull.id))
        return done

    def stand(self, pull: Pull, standings: Sequence[tuple[str, Standing]]) -> int:
        """Note how submissions (by root id) stand now; gives how many stand otherwise than before."""
        with self._write():
            return sum(self._standing(pull, root, s) for root, s in standings)

    def end(
        self, pull: Pull, state: State, *, server_count: int | None = None, local_count: int | None = None, note: str = ""
    ) -> Pull:
        """Close a pull with the counts on both sides.  local_count: default everything that stands in the ledger."""
        with self._write():
            here = self.count() if local_count is None else local_count
            self._db.execute(
                "UPDATE pull SET ended = ?, state = ?, server_count = ?, local_count = ?, note = ? WHERE id = ?",
                (now(), state, server_count, here, note, pull.id),
            )
        return self.pulls(pull.id)[0]

    def erase(self, roots: Collection[str], request: str) -> int:
        """Erase the bodies, attachments and digests of submissions for good, every version of each; the rows stay, so that
        they are counted and never return.

        request: number of the request in the register.  Gives how many versions lost their body.  DATA-098 when another
        program is reading: the person is erased, but the old bytes leave the disk only when the call is repeated.
        """
        n = 0
        with self._write():
            for given in sorted(roots):
                root = self._root(given)
                self._db.execute("INSERT OR IGNORE INTO erased VALUES (?, ?, ?)", (root, now(), request))
                ids = [(i,) for i in self.versions(root)]
                n += self._db.executemany(
                    "UPDATE received SET body = NULL, sha256 = 'erased ' || n WHERE instance_id = ? AND body NOT NULL", ids
                ).rowcount
                marks = [*ids, *([(root,)] if (root,) not in ids else [])]
                self._db.executemany(
                    "UPDATE attachment SET body = NULL, sha256 = 'erased ' || rowid WHERE instance_id = ? AND body NOT NULL",
                    marks,
                )
        self._scrub()
        return n

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _scrub(self) -> None:
        """Freed pages are zeroed by secure_delete; what is left is the write-ahead log, emptied here."""
        busy, *_ = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise refuse("DATA-098", self.round.ledger.name, got="wal_checkpoint: busy", name=self.round.name)

    def _root(self, instance: str) -> str:
        found = self._db.execute("SELECT root_id FROM version WHERE instance_id = ?", (instance,)).fetchone()
        return str(found[0]) if found else instance

    def _one(self, pull: Pull, a: Arrival, *, listed: bool) -> Added:
        kind = a.round_kind or self.round.kind
        if kind != self.round.kind:
            self._db.execute(
                "INSERT OR IGNORE INTO refused VALUES (NULL, ?, ?, 'DATA-029', ?, ?)", (a.instance_id, a.root_id, now(), pull.id)
            )
            return Added(refused=1)
        if not self.wanted(a):
            return Added(erased=1)
        there = self.holds(a)
        known = there or self.knows(a.instance_id)
        if not there:
            self._receive(pull, a, kind)
        self._version(pull, a)
        files = self._attach(pull, a.instance_id, a.attachments)
        self._standing(pull, self._root(a.root_id), a.standing, listed=listed)
        if there:
            return Added(known=1, files=files)
        return Added(new=1, files=files, edits=int(not known and a.instance_id != a.root_id), bodies=int(known))

    def _receive(self, pull: Pull, a: Arrival, kind: str) -> None:
        (server,) = self._db.execute("SELECT server_id FROM pull WHERE id = ?", (pull.id,)).fetchone()
        place = self._place(a.instance_id, a.shape, a.root_id, a.form_id, a.form_version, a.received_at, a.sha256)
        self._db.execute(
            "INSERT INTO received VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (a.instance_id, a.root_id, a.form_id, a.form_version, server, a.shape, a.received_at, now(), pull.id, kind,
             a.sha256, seal(self._sealing(), place, a.body)),
        )  # fmt: skip

    def _version(self, pull: Pull, a: Arrival) -> None:
        """The first time that an instance is told to be a version of another one it comes last."""
        told = self._db.execute("SELECT 1 FROM edit WHERE root_id = ? AND instance_id = ?", (a.root_id, a.instance_id)).fetchone()
        if a.instance_id == a.root_id or told:
            return
        (last,) = self._db.execute("SELECT coalesce(max(seq), 0) FROM edit WHERE root_id = ?", (a.root_id,)).fetchone()
        self._db.execute("INSERT INTO edit VALUES (NULL, ?, ?, ?, ?)", (a.root_id, a.instance_id, last + 1, pull.id))

    def _order(self, pull: Pull, root: str, ids: Sequence[str]) -> None:
        """State the order of the versions again where it is not as it is told."""
        now_at: dict[str, int] = {i: seq for i, seq in self._db.execute(VERSIONS, (root,)) if i != root}
        last = [i for i in ids if i in now_at]
        for seq, i in enumerate([*(i for i in now_at if i not in last), *last], 1):
            if now_at[i] != seq:
                self._db.execute("INSERT INTO edit VALUES (NULL, ?, ?, ?, ?)", (root, i, seq, pull.id))

    def _attach(self, pull: Pull, instance: str, files: Sequence[Attachment]) -> int:
        have = {(n, s) for n, s in self._db.execute("SELECT name, sha256 FROM attachment WHERE instance_id = ?", (instance,))}
        new = {(f.name, f.sha256): f for f in files if (f.name, f.sha256) not in have}
        for f in new.values():
            sealed = seal(self._sealing(), self._place(instance, f.name, f.sha256), f.body)
            self._db.execute("INSERT INTO attachment VALUES (?, ?, ?, ?, ?)", (instance, f.name, f.sha256, sealed, pull.id))
        return len(new)

    def _standing(self, pull: Pull, root: str, s: Standing, *, listed: bool = False) -> bool:
        """listed: the server lists it now, so that one deleted before is there again, even if nothing else is said of it."""
        told = (s.review, s.deleted_at, s.updated_at, s.edits)
        last = self._db.execute(
            "SELECT review, deleted_at, updated_at, edits FROM standing WHERE root_id = ? ORDER BY n DESC LIMIT 1", (root,)
        ).fetchone()
        if last == told or (s == Standing() and not (listed and last is not None and last[1] is not None)):
            return False
        self._db.execute("INSERT INTO standing VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", (root, *told, now(), pull.id))
        return True

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
    """Tables where there are none; the ledger of another round, or one whose tables or rules were changed, is refused."""
    tables = "SELECT 1 FROM sqlite_master WHERE name = 'meta'"
    if not db.execute(tables).fetchone():
        db.execute("BEGIN IMMEDIATE")
        if not db.execute(tables).fetchone():  # nor has another command made them meanwhile
            for statement in _statements(TABLES):
                db.execute(statement)
            told = [("schema", VERSION), ("round", of.id), ("kind", of.kind)]
            db.executemany("INSERT INTO meta VALUES (?, ?)", told)
        db.execute("COMMIT")
    found = {k: v for k, v in db.execute("SELECT key, value FROM meta") if k != "key"}
    wanted = {"schema": VERSION, "round": of.id, "kind": of.kind}
    if found != wanted:
        raise refuse("DATA-099", of.ledger.name, expected=str(wanted), got=str(found))
    rules = {" ".join(text.split()) for (text,) in db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    if lost := {" ".join(text.strip().rstrip(";").split()) for text in _statements(TABLES)} - rules:
        names = sorted(text.split()[2] for text in lost)
        raise refuse("DATA-099", of.ledger.name, expected=VERSION, got=f"- {', '.join(names)}")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, triggers whole (executescript would commit in between)."""
    part = ""
    for line in script.splitlines(keepends=True):
        part += line
        if sqlite3.complete_statement(part):
            yield part
            part = ""
