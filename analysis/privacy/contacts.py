"""The contact sheet of a round: who can be called for a back-check, sealed, with a last day and a record of its deletion.

Imports restricted, record, clocks, csvtable, sampling.sample and the forms doors.  Names reach a screen only.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from forms.errors import refuse
from forms.formulas import row as tamed
from forms.formulas import wild
from forms.ledger import Round

from ..sampling.sample import read_sample
from . import record, restricted
from .clocks import clocks

NAME = "contacts.csv"
KEYS = ("psu", "ssu")


@dataclass(frozen=True)
class Sheet:
    """A contact sheet: its columns and its lines, psu and ssu among them."""

    columns: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]

    def household(self, line: tuple[str, ...]) -> tuple[str, str]:
        """(psu, ssu) of a line."""
        return line[self.columns.index("psu")], line[self.columns.index("ssu")]


def keep(of: Round, path: Path, day: date, who: str, delete_on: date | None = None) -> record.Line:
    """Seal a contact sheet (CSV with psu, ssu and whatever else the back-check needs); the file given stays where it is.

    delete_on: its last day; default the last day of fieldwork and the days of clocks.yaml.  DATA-148 when it is no such table
    or names a household that is not in the sample (no cell is shown), DATA-149 when no last day can be worked out.
    """
    record.refuse_who(who)
    sheet = _read(path.read_bytes() if path.is_file() else b"", path.name)
    _known(of, sheet)
    last = delete_on or _last(of)
    if last < day:
        raise refuse("DATA-149", "--delete-on", expected=f"≥ {day.isoformat()}", got=last.isoformat())
    restricted.keep(of, NAME, _bytes(sheet))
    return record.enter(of, day, NAME, "kept", len(sheet.lines), who, delete_on=last.isoformat())


def _last(of: Round) -> date:
    if of.field_end is None:
        raise refuse("DATA-149", "round.yaml: field_end", expected="--delete-on YYYY-MM-DD", got="null")
    return of.field_end + timedelta(days=clocks().sheet_days)


def opened(of: Round) -> Sheet:
    """The sheet again.  DATA-150 when there is none or it was deleted."""
    return _read(restricted.opened(of, NAME), NAME)


def look_up(of: Round, psu: str, ssu: str, day: date, who: str) -> tuple[dict[str, str], ...]:
    """The lines of a household ('' every household of the hamlet), for the screen; that somebody looked is recorded."""
    record.refuse_who(who)
    sheet = opened(of)
    found = tuple(
        dict(zip(sheet.columns, line, strict=True))
        for line in sheet.lines
        if sheet.household(line)[0] == psu and ssu in ("", sheet.household(line)[1])
    )
    record.enter(of, day, NAME, "shown", len(found), who)
    return found


def delete(of: Round, day: date, who: str) -> record.Line:
    """Delete the sheet and record it.  DATA-150 when there is none."""
    record.refuse_who(who)
    rows = len(opened(of).lines)
    restricted.remove(of, NAME)
    return record.enter(of, day, NAME, "deleted", rows, who)


def without(of: Round, households: Collection[tuple[str, str]]) -> int:
    """Take the lines of some households out; gives how many went.  Nothing happens where there is no sheet."""
    if NAME not in restricted.names(of):
        return 0
    sheet = opened(of)
    left = tuple(line for line in sheet.lines if sheet.household(line) not in households)
    if gone := len(sheet.lines) - len(left):
        restricted.keep(of, NAME, _bytes(Sheet(sheet.columns, left)))
    return gone


def _read(body: bytes, place: str) -> Sheet:
    """A table whose cells no message ever shows, its header neither: a sheet without one begins with a person."""
    try:
        text = unicodedata.normalize("NFC", body.decode("utf-8-sig"))
        table = [
            [wild(c.strip()) for c in cells] for cells in csv.reader(io.StringIO(text, newline=""), strict=True) if any(cells)
        ]
    except (UnicodeDecodeError, csv.Error) as fault:
        raise refuse("DATA-148", place, expected="CSV, UTF-8: psu, ssu, …", got=type(fault).__name__) from None
    columns = tuple(table[0]) if table else ()
    if not set(KEYS) <= set(columns) or len(set(columns)) != len(columns):
        raise refuse("DATA-148", place, expected="psu, ssu", got=f"{len(columns)} cột / columns")
    short = sum(len(cells) != len(columns) for cells in table[1:])
    if short or len(table) == 1:
        got = f"{short}/{len(table) - 1} dòng / lines"
        raise refuse("DATA-148", place, expected=f"≥ 1 dòng, {len(columns)} ô / cells a line", got=got)
    return Sheet(columns, tuple(tuple(cells) for cells in table[1:]))


def _known(of: Round, sheet: Sheet) -> None:
    if not of.sample.exists():
        return
    drawn = {(d.psu, d.ssu) for d in read_sample(of.sample) if d.wave == of.wave}
    strange = sum(sheet.household(line) not in drawn for line in sheet.lines)
    if strange:
        raise refuse("DATA-148", NAME, expected="sample.csv: psu, ssu", got=f"{strange}/{len(sheet.lines)} dòng / lines")


def _bytes(sheet: Sheet) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(map(tamed, (sheet.columns, *sheet.lines)))
    return out.getvalue().encode()
