"""What lies on the desk: rounds and reports of a year, and the marks that say which step was done with what.

Imports forms.ledger, forms.errors and the standard library.  A mark is a digest of what a step had read: when submissions come
in or a decision is taken, it does not fit any more and the step is to be done again.  Nothing else is remembered.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from forms.errors import BdgError
from forms.folder import whole
from forms.ledger import Round, is_round, open_ledger, read_round

MARKS = "buoc-da-lam.json"
PRACTICE = "tap-huan"
KINDS = {"halfyear": "6thang", "annual": "nam", "adhoc": "dot-xuat", "final": "tong-ket"}
TITLES = {
    "halfyear": "Báo cáo 6 tháng", "annual": "Báo cáo năm", "adhoc": "Báo cáo đột xuất", "final": "Báo cáo tổng kết",
}  # fmt: skip
_REPORT = re.compile(r"bao-cao-(\d{4})-(6thang|nam|dot-xuat|tong-ket)")
_YEAR = 2026, 2099


@dataclass(frozen=True)
class Survey:
    """A round on the desk.  received: submissions in its ledger; mark: of everything received and decided."""

    home: Path
    round: Round
    received: int
    mark: str

    @property
    def title(self) -> str:
        """How the menu names it."""
        kind = "tập huấn, số liệu giả lập" if self.round.practice else "thật"
        return f"Khảo sát {self.round.wave}: {self.round.name} ({kind}), {self.received} phiếu"


@dataclass(frozen=True)
class Yearly:
    """The report of a year or half-year.  mark: of every file that units have sent."""

    home: Path
    year: int
    kind: str
    mark: str

    @property
    def title(self) -> str:
        """How the menu names it."""
        return f"{TITLES[self.kind]} {self.year}"


def surveys(home: Path) -> tuple[Survey, ...]:
    """The rounds of the desk, practice first, then by wave; a folder that is no sound round is left out."""
    found: list[Survey] = []
    for folder in _folders(home):
        if is_round(folder):
            try:
                found.append(survey(folder))
            except BdgError:
                continue
    return tuple(sorted(found, key=lambda s: (not s.round.practice, s.round.wave, s.round.name)))


def survey(folder: Path) -> Survey:
    """One round as it stands."""
    at = read_round(folder)
    seen = hashlib.sha256()
    count = 0
    if at.ledger.exists():
        with open_ledger(at) as ledger:
            count = ledger.count()
            seen.update(repr([(p.id, p.state) for p in ledger.pulls()]).encode())
    seen.update(at.decisions.read_bytes() if at.decisions.exists() else b"")
    return Survey(folder, at, count, seen.hexdigest()[:16])


def yearlies(home: Path) -> tuple[Yearly, ...]:
    """The reports of the desk, by year."""
    found = [y for folder in _folders(home) if (y := yearly(folder)) is not None]
    return tuple(sorted(found, key=lambda y: (y.year, y.kind)))


def yearly(folder: Path) -> Yearly | None:
    """One report as it stands; None when the folder is not named like one."""
    named = _REPORT.fullmatch(folder.name)
    if named is None or not _YEAR[0] <= int(named[1]) <= _YEAR[1]:
        return None
    kind = next(k for k, word in KINDS.items() if word == named[2])
    return Yearly(folder, int(named[1]), kind, digest(folder / "nhan"))


def digest(folder: Path) -> str:
    """What lies in a folder, names and contents; '' when nothing does."""
    seen = hashlib.sha256()
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.startswith(("~$", "."))]
    for path in files:
        seen.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return seen.hexdigest()[:16] if files else ""


def marks(folder: Path) -> Mapping[str, str]:
    """Step -> mark; empty when there is none, or the file is not what we wrote."""
    try:
        found = json.loads((folder / MARKS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def keep(folder: Path, step: str, mark: str) -> None:
    """Remember that a step was done with this."""
    kept = {**marks(folder), step: mark}
    with whole(folder) as staged:
        (staged / MARKS).write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _folders(home: Path) -> Iterator[Path]:
    if home.is_dir():
        yield from (p for p in sorted(home.iterdir()) if p.is_dir())
