"""Reserve households released so far (releases.csv): append-only lines in a hash chain, in whose place each reserve stands.

Imports csvtable and forms.errors.  Never decides whether a release is right (releases.py does), never sees a submission.

Each line carries the SHA-256 of the line before it, over the contract's columns: a line changed, removed or put in between
shows.  What a chain cannot show is a last line taken away; so every release prints the chain's new digest for the records.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path

from forms.errors import Problem, refuse

from ..csvtable import Cells, Row, kept, read_table, stop, table_bytes

START = "0" * 64
"""prev_sha256 of the first line."""
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


def head(releases: Sequence[Release]) -> str:
    """The chain's digest after its last line."""
    return releases[-1].sha256 if releases else START


def broken(releases: Sequence[Release]) -> tuple[Release, ...]:
    """The lines that do not follow from the line before them, by number or by digest."""
    before = [START, *(r.sha256 for r in releases)]
    return tuple(r for n, r in enumerate(releases) if r.prev_sha256 != before[n] or r.seq != n + 1)


def append(path: Path, release: Release) -> None:
    """Add one line.  The new file takes the old one's place in one step: a crash or a full disk leaves the old one whole.

    BdgError DATA-055 when the file is no longer what the release was decided on, DATA-056 when it cannot be written.
    """
    there = read(path)
    if head(there) != release.prev_sha256 or release.seq != len(there) + 1:
        raise refuse("DATA-055", path.name, expected=release.prev_sha256[:12], got=head(there)[:12], seq=release.seq)
    new = ""
    try:
        handle, new = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(released_bytes((*there, release)))
            file.flush()
            os.fsync(file.fileno())
        Path(new).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(new).replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            Path(new).unlink()
        raise refuse("DATA-056", path.name, got=error.strerror or type(error).__name__, file=path.name) from None


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
