"""What people must show and no test can: cognitive tests and waivers of a form's items (decision 16).

Reads evidence/cognitive.csv, which ships empty.  Imports errors only; never invents a record.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from .errors import BdgError, Problem, problem

WHOLE = "*"
"""The item of a record about the whole form: what a form without scored items needs."""
PEOPLE, GROUPS = 8, 3
_COLUMNS = ("item", "date", "people", "groups", "problem", "change", "waived_by", "waiver_document")


@dataclass(frozen=True)
class Evidence:
    """One record about an item. people, groups: of the cognitive test; wording: code of the text that was tried, '' not noted.

    waived_by, waiver_document: the person and the written decision to go on without a test.
    """

    item: str
    date: str
    people: int
    groups: int
    waived_by: str
    waiver_document: str
    wording: str

    @property
    def waived(self) -> bool:
        """A waiver is a named person and a document, both."""
        return bool(self.waived_by and self.waiver_document)

    def counts(self, wording: str) -> bool:
        """Whether the record speaks for an item as it is worded now: enough people in enough groups, or a waiver.

        A record that names another wording is about another question, waiver or not.
        """
        return self.wording in ("", wording) and (self.waived or (self.people >= PEOPLE and self.groups >= GROUPS))

    def said(self) -> str:
        """The record in words, for the lock; the person who waived is in the document, not here."""
        if self.waived:
            return f"miễn thử nghiệm / waived: {self.waiver_document}"
        return f"{self.date}: {self.people} người / people, {self.groups} nhóm / groups"


def read_evidence(path: Path) -> tuple[Evidence, ...]:
    """Every record of cognitive.csv; () when there is none. FORM-023 for a number or a day that is none, all at once."""
    if not path.exists():
        return ()
    reader = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
    problems: list[Problem] = []
    if missing := [name for name in _COLUMNS if name not in (reader.fieldnames or ())]:
        raise BdgError(problem("FORM-023", f"{path.name}:1", expected=", ".join(_COLUMNS), got="- " + ", ".join(missing)))
    found = [_record(row, f"{path.name}:{number}", problems) for number, row in enumerate(reader, 2)]
    if problems:
        raise BdgError(problems)
    return tuple(found)


def _record(row: Mapping[str, str | None], place: str, problems: list[Problem]) -> Evidence:
    said = {name: (row.get(name) or "").strip() for name in (*_COLUMNS, "wording")}
    problems.extend(_wrong(said, place))
    people, groups = (int(said[name]) if said[name].isdecimal() else 0 for name in ("people", "groups"))
    return Evidence(said["item"], said["date"], people, groups, said["waived_by"], said["waiver_document"], said["wording"])


def _wrong(said: Mapping[str, str], place: str) -> Iterator[Problem]:
    for name in ("people", "groups"):
        if said[name] and not said[name].isdecimal():
            yield problem("FORM-023", place, expected=f"{name}: 0, 1, 2, …", got=said[name])
    try:
        date.fromisoformat(said["date"] or "2026-01-01")
    except ValueError:
        yield problem("FORM-023", place, expected="date: 2026-08-01", got=said["date"])


def spoken_for(records: tuple[Evidence, ...], wording: Mapping[str, str]) -> dict[str, Evidence]:
    """Item -> the record that speaks for it. wording: every item that needs one -> the code of its text now."""
    return {r.item: r for r in reversed(records) if r.item in wording and r.counts(wording[r.item])}


def untested(path: Path, wording: Mapping[str, str]) -> tuple[str, ...]:
    """Items without a record: the scored ones, or the form as a whole where nothing is scored. wording: as in `spoken_for`."""
    done = spoken_for(read_evidence(path), wording)
    return tuple(name for name in wording if name not in done)
