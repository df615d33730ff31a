"""What a round kept apart and what it deleted (deletions.csv): counts, dates and who; append-only, in a chain.

Imports chained, csvtable and the forms doors.  Never a name, a code or an answer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from datetime import date
from typing import Literal, cast, get_args

from forms.errors import Problem, problem, refuse
from forms.ledger import Round

from ..chained import broken, head, put
from ..csvtable import Row, read_table, stop, table_bytes

FILE = "deletions.csv"
Event = Literal["kept", "shown", "person_removed", "deleted"]
_EVENTS: tuple[Event, ...] = get_args(Event)


@dataclass(frozen=True)
class Line:
    """One line.  what: the restricted file, or the part of the round a person was removed from; rows: how many it was about.

    delete_on: last day it may be kept, '' where there is none; request: number in the register, '' without one.
    """

    seq: int
    time: date
    what: str
    event: Event
    rows: int
    delete_on: str
    who: str
    request: str
    prev_sha256: str

    @property
    def sha256(self) -> str:
        """Digest of the line: what the next line must carry."""
        return hashlib.sha256("\x1f".join(str(getattr(self, c)) for c in COLUMNS).encode()).hexdigest()


COLUMNS = tuple(f.name for f in fields(Line))


def read_record(of: Round) -> tuple[Line, ...]:
    """Every line, oldest first; () when nothing was kept or deleted yet.  DATA-145 when a line was changed or removed."""
    path = of.home / FILE
    if not path.exists():
        return ()
    problems: list[Problem] = []
    rows = tuple(_line(Row(path.name, n, cells, problems)) for n, cells in read_table(path, COLUMNS))
    stop(problems)
    stop([problem("DATA-145", FILE, got=f"seq {r.seq}", seq=r.seq, file=FILE) for r in broken(rows)])
    return rows


def _line(row: Row) -> Line:
    day = row.text("delete_on", empty=True)
    return Line(
        row.whole("seq", 1), row.day("time"), row.text("what"), cast("Event", row.one_of("event", _EVENTS)), row.whole("rows"),
        day and row.day("delete_on").isoformat(), row.text("who"), row.text("request", empty=True), row.text("prev_sha256"),
    )  # fmt: skip


def enter(
    of: Round, day: date, what: str, event: Event, rows: int, who: str, *, delete_on: str = "", request: str = ""
) -> Line:  # fmt: skip
    """Add a line."""
    there = read_record(of)
    line = Line(len(there) + 1, day, what, event, rows, delete_on, who, request, head(there))
    put(of.home / FILE, table_bytes(COLUMNS, [{c: getattr(r, c) for c in COLUMNS} for r in (*there, line)]))
    return line


def overdue(of: Round, day: date, warn: int = 0) -> tuple[Line, ...]:
    """What is still kept though its last day has come, or comes within `warn` days."""
    standing: dict[str, Line] = {}
    for r in read_record(of):
        if r.event == "kept":
            standing[r.what] = r
        elif r.event == "deleted":
            standing.pop(r.what, None)
    return tuple(r for r in standing.values() if r.delete_on and (date.fromisoformat(r.delete_on) - day).days <= warn)


def refuse_who(who: str) -> None:
    """DATA-146 when it is no code of a member of staff: a name has blanks, a code has none."""
    if not who or any(c.isspace() for c in who) or len(who) > 20:
        raise refuse("DATA-146", "--who", expected="mã, không dấu cách / a code without blanks", got=f"{len(who)} ký tự")
