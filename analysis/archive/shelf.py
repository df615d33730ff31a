"""The archive's folder: <day>_<nn>/ a run, never written again; which came last.

Imports record, results and the doors of this room's files.  Knows no statistic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forms.errors import refuse
from forms.folder import whole

from ..results import Results, read_results
from .record import FILE, Record, read_record

_NAME = re.compile(r"\d{4}-\d{2}-\d{2}_\d{2,}")
CHANGES = "changes.csv"


@dataclass(frozen=True)
class Run:
    """A run of the archive: its folder and its record."""

    home: Path
    record: Record

    @property
    def id(self) -> str:
        """What its folder is called."""
        return self.home.name

    @property
    def results(self) -> Results:
        """What it found."""
        return read_results(self.home / "results.json")


def names(archive: Path) -> tuple[str, ...]:
    """Every run's name, the oldest first; a folder without run.json is what a killed run left, and none."""
    if not archive.is_dir():
        return ()
    found = [p.name for p in archive.iterdir() if _NAME.fullmatch(p.name) and (p / FILE).is_file()]
    return tuple(sorted(found, key=_order))


def last(archive: Path) -> Run | None:
    """The newest run, its files checked.  DATA-221, DATA-224 when it is not as it was written."""
    there = names(archive)
    return Run(archive / there[-1], read_record(archive / there[-1])) if there else None


def _order(name: str) -> tuple[str, int]:
    day, _, number = name.partition("_")
    return day, int(number)


def put(archive: Path, day: date, files: Mapping[str, bytes]) -> Path:
    """A new run's folder, run.json last; its number is claimed first, so that two commands never share one.

    DATA-031 when the archive cannot be written; then nothing of the run is left.
    """
    home = _claimed(archive, day)
    try:
        with whole(home) as work:
            for name, body in files.items():
                (work / name).parent.mkdir(parents=True, exist_ok=True)
                (work / name).write_bytes(body)
    except BaseException:
        if not any(home.iterdir()):
            home.rmdir()
        raise
    return home


def _claimed(archive: Path, day: date) -> Path:
    number = 1
    while True:
        home = archive / f"{day.isoformat()}_{number:02d}"
        try:
            archive.mkdir(parents=True, exist_ok=True)
            home.mkdir()
        except FileExistsError:
            if not archive.is_dir():
                raise refuse("DATA-031", "--archive", got=archive.name, out=archive.name) from None
            number += 1
        except OSError as fault:
            raise refuse("DATA-031", "--archive", got=fault.strerror or type(fault).__name__, out=archive.name) from None
        else:
            return home
