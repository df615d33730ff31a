"""Reserve households released so far (releases.csv): append-only lines in a hash chain, in whose place each reserve stands.

Imports chained, csvtable and forms.errors.  Never decides whether a release is right (releases.py does), never sees a submission.

Each line carries the SHA-256 of the line before it, over the contract's columns: a line changed, removed or put in between
shows.  What a chain cannot show is a last line taken away; so every release prints the chain's new digest for the records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path

from forms.errors import Problem, refuse

from ..chained import START, broken, head, put
from ..csvtable import Cells, Row, kept, read_table, stop, table_bytes

__all__ = ["RELEASE_COLUMNS", "START", "Household", "Release", "append", "broken", "head", "read", "released_bytes", "replaced"]
Household = tuple[int, str, str]
"""(wave, psu, ssu) as in sample.csv."""


@dataclass(frozen=True)
class Release:
    """One line.  ssu: the reserve released; replaces: the main household or released reserve in whose place it stands.

    reason: a result code of the form; visits: how often the replaced household was visited; who: the enumerator's code.
    """

    seq: int
    time: date
    wave: int
    psu: str
    ssu: str
    replaces: str
    reason: str
    visits: int
    who: str
    prev_sha256: str
    extra: Cells = field(default_factory=dict)

    @property
    def reserve(self) -> Household:
        """The reserve household."""
        return self.wave, self.psu, self.ssu

    @property
    def replaced(self) -> Household:
        """The household it stands for."""
        return self.wave, self.psu, self.replaces

    @property
    def sha256(self) -> str:
        """Digest of the line as the contract writes it: what the next line must carry."""
        line = table_bytes(RELEASE_COLUMNS, [_cells(self)]).split(b"\n", 1)[1]
        return hashlib.sha256(line).hexdigest()


RELEASE_COLUMNS = tuple(f.name for f in fields(Release) if f.name != "extra")


def _cells(release: Release) -> dict[str, object]:
    return {c: getattr(release, c) for c in RELEASE_COLUMNS}


def read(path: Path) -> tuple[Release, ...]:
    """releases.csv in file order; () when nothing was released yet and the file is not there.

    BdgError DATA-001, DATA-002 for a file or cell that is not of the contract.  Whether the lines are right says `check`.
    """
    if not path.exists():
        return ()
    problems: list[Problem] = []
    rows = tuple(_release(Row(path.name, n, cells, problems)) for n, cells in read_table(path, RELEASE_COLUMNS))
    stop(problems)
    return rows


def _release(row: Row) -> Release:
    return Release(
        row.whole("seq", 1), row.day("time"), row.whole("wave", 2000), row.text("psu"), row.text("ssu"), row.text("replaces"),
        row.text("reason", empty=True), row.whole("visits"), row.text("who", empty=True), row.text("prev_sha256", empty=True),
        kept(row.cells, RELEASE_COLUMNS),
    )  # fmt: skip


def released_bytes(releases: Sequence[Release]) -> bytes:
    """releases.csv in the order given: fixed columns, then the kept ones in name order."""
    return table_bytes(RELEASE_COLUMNS, [{**_cells(r), **r.extra} for r in releases])


def append(path: Path, release: Release) -> None:
    """Add one line.  The new file takes the old one's place in one step: a crash or a full disk leaves the old one whole.

    BdgError DATA-055 when the file is no longer what the release was decided on, DATA-056 when it cannot be written.
    """
    there = read(path)
    if head(there) != release.prev_sha256 or release.seq != len(there) + 1:
        raise refuse("DATA-055", path.name, expected=release.prev_sha256[:12], got=head(there)[:12], seq=release.seq)
    put(path, released_bytes((*there, release)))


def replaced(releases: Sequence[Release]) -> Mapping[Household, Household]:
    """(wave, psu, released reserve) -> (wave, psu, first main household): through as many reserves as were used up.

    The first release of a reserve counts.  A line that leads back to itself (only a file edited by hand holds one) ends where
    the circle closes.
    """
    place: dict[Household, Household] = {}
    for r in releases:
        place.setdefault(r.reserve, r.replaced)
    found: dict[Household, Household] = {}
    for reserve in place:
        first, seen = reserve, set[Household]()
        while first in place and first not in seen:
            seen.add(first)
            first = place[first]
        found[reserve] = first
    return found
