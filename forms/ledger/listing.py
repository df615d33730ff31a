"""What a server lists, held against what lies in a ledger: ids only, on disk, so that memory does not grow with a survey.

Standard library (sqlite3).  A temporary table of the connection; the ledger itself is not written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

_KNOWN = """
SELECT 1 FROM received v WHERE v.root_id = l.root_id
UNION ALL SELECT 1 FROM edit e WHERE e.root_id = l.root_id
UNION ALL SELECT 1 FROM refused r WHERE r.root_id = l.root_id
UNION ALL SELECT 1 FROM erased e WHERE e.root_id = l.root_id
UNION ALL SELECT 1 FROM version v JOIN erased e ON e.root_id = v.root_id WHERE v.instance_id = l.root_id
"""
_MISSING = f"SELECT l.root_id FROM listed l WHERE NOT EXISTS ({_KNOWN}) ORDER BY l.root_id"  # noqa: S608  our own text
_GONE = """
SELECT DISTINCT v.root_id FROM version v JOIN received r ON r.instance_id = v.instance_id JOIN server u ON u.id = r.server_id
LEFT JOIN standing s ON s.n = (SELECT max(n) FROM standing t WHERE t.root_id = v.root_id)
WHERE u.kind = ? AND u.url = ? AND r.form_id = ? AND s.deleted_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM listed l WHERE l.root_id = v.root_id) ORDER BY v.root_id
"""


class Listing:
    """The submissions (root ids) that a server lists."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.execute("CREATE TEMP TABLE IF NOT EXISTS listed (root_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID")
        self.clear()

    def clear(self) -> None:
        """Begin again."""
        self._db.execute("DELETE FROM temp.listed")

    def note(self, roots: Iterable[str]) -> int:
        """Add what a page lists; gives how many were listed before."""
        before = self.count()
        told = [(root,) for root in roots]
        self._db.executemany("INSERT OR IGNORE INTO temp.listed VALUES (?)", told)
        return len(told) - (self.count() - before)

    def count(self) -> int:
        """How many are listed."""
        (n,) = self._db.execute("SELECT count(*) FROM temp.listed").fetchone()
        return int(n)

    def missing(self) -> tuple[str, ...]:
        """Listed, and neither received nor set aside nor of somebody who was forgotten."""
        return tuple(root for (root,) in self._db.execute(_MISSING))

    def gone(self, kind: str, url: str, form_id: str) -> tuple[str, ...]:
        """Received of this form from this server, not told to be deleted, and listed no longer."""
        return tuple(root for (root,) in self._db.execute(_GONE, (kind, url, form_id)))
