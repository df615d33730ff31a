"""What is known of the files of a folder: as opened, as judged, and all of them together.  Frozen records.

Imports noticed and the tables of forms (codebook, units).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from forms.codebook import Codebook, Variable
from forms.condition import holds
from forms.question import Questionnaire
from forms.submission import Submission
from forms.units import Unit

from .noticed import Noticed

Rows = Sequence[Mapping[str, str]]
State = Literal["used", "left_out", "empty", "foreign"]


@dataclass(frozen=True)
class Opened:
    """One file.  keys: of its hidden sheet; records: page -> the lines that hold something, each path -> text of the answer.

    records is empty where the sheets were rearranged.  lines: page -> the row of each of these lines; bad: (page, row, path)
    of cells that could not be read; nothing: «nothing to report» is ticked.
    """

    file: str
    keys: Mapping[str, str]
    noticed: tuple[Noticed, ...]
    records: Mapping[str, Rows] = field(default_factory=dict)
    lines: Mapping[str, Sequence[int]] = field(default_factory=dict)
    bad: frozenset[tuple[str, int, str]] = frozenset()
    nothing: bool = False

    @property
    def unit_id(self) -> str:
        """The unit that the template was made for, '' of a foreign file."""
        return self.keys.get("unit_id", "")

    @property
    def period(self) -> str:
        """The period that it was made for."""
        return self.keys.get("period", "")

    @property
    def ours(self) -> bool:
        """A template of this form, this version, with every printed cell in its place."""
        return not {n.check for n in self.noticed} & {"unreadable", "foreign", "other_form", "other_version", "moved"}


@dataclass(frozen=True)
class Record:
    """One record as read: path -> text, hidden fields worked out.

    repeats: path -> its lines, each path -> text; row: of the record on its sheet.
    """

    answers: Mapping[str, str]
    repeats: Mapping[str, tuple[Mapping[str, str], ...]]
    row: int = 0


@dataclass(frozen=True)
class Report:
    """One file.  state: used, left_out (something is red), empty (nobody wrote in it), foreign (no template of this form)."""

    file: str
    unit_id: str
    period: str
    state: State
    records: tuple[Record, ...]
    noticed: tuple[Noticed, ...]


@dataclass(frozen=True)
class Returns:
    """Everything of a folder.  owing: the units that owe this report; submissions: of the used files, in unit order."""

    form: Questionnaire
    book: Codebook
    period: str
    reports: tuple[Report, ...]
    owing: tuple[Unit, ...]
    units: Mapping[str, Unit]
    submissions: tuple[Submission, ...]

    @property
    def noticed(self) -> tuple[Noticed, ...]:
        """Every finding, by file."""
        return tuple(n for r in self.reports for n in r.noticed)

    @property
    def used(self) -> tuple[Report, ...]:
        """The files that count, in unit order."""
        return tuple(sorted((r for r in self.reports if r.state == "used"), key=lambda r: r.unit_id))

    def silent(self) -> tuple[tuple[Unit, tuple[str, ...]], ...]:
        """Every unit that owes the report and has none that counts, with its files that were left out or not filled in."""
        have = {r.unit_id for r in self.used}
        files: dict[str, list[str]] = {}
        for r in self.reports:
            if r.state in ("left_out", "empty"):
                files.setdefault(r.unit_id, []).append(r.file)
        return tuple((u, tuple(files.get(u.unit_id, ()))) for u in self.owing if u.unit_id not in have)

    def why_silent(self, files: Collection[str]) -> Literal["left_out", "empty", "nothing"]:
        """Why the files of a silent unit do not count: one is to be mended, else one is not filled in, else there is none."""
        states = {r.state for r in self.reports if r.file in files}
        return "left_out" if "left_out" in states else "empty" if "empty" in states else "nothing"


def asked_of(v: Variable, seen: Mapping[str, str | None]) -> bool:
    """Whether a variable was asked on a line."""
    return v.asked_if is None or holds(v.asked_if, seen)
