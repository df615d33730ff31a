"""What a round has put on its server: every version of the form as it went out, and when, so that all of them can be read later.

Imports errors, folder, media (reading a CSV), round and snapshot.  published/<version>/ holds the XLSForm, the codebook and the
snapshot; published/log.csv a line for each time.  No account and no token is in them.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import refuse
from ..folder import whole
from ..formulas import row as tamed
from ..media import read_rows
from ..snapshot import Snapshot, as_plain, from_plain
from .round import Round

FOLDER, LOG = "published", "log.csv"
FORM, CODEBOOK, SNAPSHOT = "form.xlsx", "codebook.json", "snapshot.json"
LISTS: Final = "+list."
"""Between a form's version and the mark of its list files: «2026112302-central+list.1a2b3c4d» asks what …-central asks."""
_COLUMNS = ("seq", "time", "form", "version", "digest", "xlsx", "server", "reason")
_FORMULA = "=+-@\t\r\n "


@dataclass(frozen=True)
class Published:
    """One line of the log.  digest: of the questionnaire; xlsx: SHA-256 of the XLSForm; reason: given for a breaking change."""

    seq: int
    time: str
    form: str
    version: str
    digest: str
    xlsx: str
    server: str
    reason: str
    home: Path

    def snapshot(self) -> Snapshot:
        """The form as it went out: every question with wording, choices, condition and digest.  SERV-059 when it is damaged."""
        place = f"{FOLDER}/{self.home.name}/{SNAPSHOT}"
        try:
            return from_plain(json.loads((self.home / SNAPSHOT).read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise refuse("SERV-059", place, expected=SNAPSHOT, got=type(fault).__name__) from None

    def questions(self) -> Mapping[str, str]:
        """Question -> digest of all that a respondent met in it: the same digest is the same question in the same words."""
        return {a.name: a.digest for a in self.snapshot().asked}


def base(version: str) -> str:
    """A version without the mark of its list files."""
    return version.partition(LISTS)[0]


def read_published(of: Round) -> tuple[Published, ...]:
    """Everything this round has published, oldest first; () when nothing was.  SERV-059 when the log is damaged."""
    path = of.home / FOLDER / LOG
    if not path.exists():
        return ()
    try:
        rows = read_rows(path, _COLUMNS)
        return tuple(_line(r, path) for r in rows)
    except (ValueError, TypeError) as fault:
        raise refuse("SERV-059", f"{FOLDER}/{LOG}", expected=", ".join(_COLUMNS), got=type(fault).__name__) from None


def _line(row: Mapping[str, str], log: Path) -> Published:
    home = log.with_name(base(row["version"]))
    return Published(
        int(row["seq"]), row["time"], row["form"], row["version"], row["digest"], row["xlsx"], row["server"], row["reason"], home
    )


def write_published(
    of: Round, form: Snapshot, version: str, *, xlsx: bytes, codebook: bytes, server: str, reason: str, time: str
) -> Published:
    """Keep what just went out: the version's folder whole, then one line of the log."""
    import hashlib

    before = read_published(of)
    home = of.home / FOLDER / base(version)
    told = json.dumps(as_plain(form), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    with whole(home) as work:
        for name, body in ((FORM, xlsx), (CODEBOOK, codebook), (SNAPSHOT, told.encode())):
            (work / name).write_bytes(body)
    sha = hashlib.sha256(xlsx).hexdigest()
    seq = max((p.seq for p in before), default=0) + 1
    reason = " ".join(reason.split()).lstrip(_FORMULA)
    made = Published(seq, time, form.form, version, form.digest, sha, server, reason, home)
    _append(home.with_name(LOG), [str(getattr(made, name)) for name in _COLUMNS])
    return made


def _append(path: Path, cells: list[str]) -> None:
    """One line in one write, on disk before this returns."""
    out = io.StringIO(newline="")
    lines = csv.writer(out, lineterminator="\n")
    if not path.exists():
        lines.writerow(_COLUMNS)
    lines.writerow(tamed(cells))
    with path.open("ab") as file:
        file.write(out.getvalue().encode())
        file.flush()
        os.fsync(file.fileno())
