"""The register of respondents' requests (requests.csv of a round): what was asked, when, what was done; append-only, in a chain.

Imports chained, clocks, codes, csvtable and the forms doors.  No name, no phone, no code stands in it: a request carries a mark
that only the round's key ties to a code.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Literal, cast, get_args

from forms.errors import Problem, problem, refuse
from forms.ledger import Round

from ..chained import broken, head, put
from ..csvtable import Row, read_table, stop, table_bytes
from .clocks import clocks

FILE = "requests.csv"
Event = Literal["received", "acknowledged", "extended", "done", "refused"]
EVENTS: tuple[Event, ...] = get_args(Event)
_CLOSED = ("done", "refused")
_PLAIN = re.compile(r"[A-Za-z0-9ĐđÔôƯư./_&-]{0,40}")


@dataclass(frozen=True)
class Entry:
    """One line.  request: its number; right: what was asked for; mark: of the reference code (codes.mark_of).

    who: code of the member of staff; document: number of a letter or decision, '' none; time: a day.
    """

    seq: int
    time: date
    request: int
    event: Event
    right: str
    mark: str
    who: str
    document: str
    prev_sha256: str

    @property
    def sha256(self) -> str:
        """Digest of the line: what the next line must carry."""
        return hashlib.sha256("\x1f".join(str(getattr(self, c)) for c in COLUMNS).encode()).hexdigest()


COLUMNS = tuple(f.name for f in fields(Entry))


@dataclass(frozen=True)
class Request:
    """A request as it stands.  acknowledge_by, finish_by: last days by law; acknowledged, closed: when it was, None not yet.

    state: open, done or refused.
    """

    number: int
    right: str
    mark: str
    received: date
    acknowledge_by: date
    finish_by: date
    acknowledged: date | None = None
    closed: date | None = None
    state: Literal["open", "done", "refused"] = "open"
    extended: bool = False

    def due(self) -> tuple[tuple[str, date], ...]:
        """(what, last day) of everything that still has to be done."""
        if self.state != "open":
            return ()
        first = () if self.acknowledged else (("acknowledge", self.acknowledge_by),)
        return (*first, ("finish", self.finish_by))


def path_of(of: Round) -> Path:
    """The register of a round."""
    return of.home / FILE


def read_register(of: Round) -> tuple[Entry, ...]:
    """Every line, oldest first; () when nobody asked yet.  DATA-145 when a line was changed or removed, DATA-001/-002 a cell."""
    path = path_of(of)
    if not path.exists():
        return ()
    problems: list[Problem] = []
    rows = tuple(_entry(Row(path.name, n, cells, problems)) for n, cells in read_table(path, COLUMNS))
    stop(problems)
    stop([problem("DATA-145", FILE, got=f"seq {r.seq}", seq=r.seq, file=FILE) for r in broken(rows)])
    return rows


def _entry(row: Row) -> Entry:
    return Entry(
        row.whole("seq", 1), row.day("time"), row.whole("request", 1), cast("Event", row.one_of("event", EVENTS)),
        row.one_of("right", tuple(clocks().rights)), row.text("mark"), row.text("who"), row.text("document", empty=True),
        row.text("prev_sha256"),
    )  # fmt: skip


def requests(entries: Sequence[Entry]) -> tuple[Request, ...]:
    """The requests as they stand, by number."""
    law, found = clocks(), dict[int, Request]()
    for e in entries:
        match e.event:
            case "received":
                found[e.request] = Request(
                    e.request, e.right, e.mark, e.time, law.acknowledge_by(e.time), law.finish_by(e.right, e.time)
                )
            case "acknowledged":
                found[e.request] = replace(found[e.request], acknowledged=e.time)
            case "extended":
                later = law.finish_by(e.right, found[e.request].received, extended=True)
                found[e.request] = replace(found[e.request], finish_by=later, extended=True)
            case "done" | "refused":
                found[e.request] = replace(found[e.request], closed=e.time, state=e.event)
    return tuple(found[n] for n in sorted(found))


def receive(of: Round, right: str, mark: str, day: date, who: str, document: str = "") -> Request:
    """Enter a new request.  DATA-144 no such right, DATA-146 no person's code or a document that is no number."""
    clocks().right(right)
    number = max((e.request for e in read_register(of)), default=0) + 1
    _add(of, number, "received", right, mark, day, who, document)
    return next(r for r in requests(read_register(of)) if r.number == number)


def note(of: Round, number: int, event: Event, day: date, who: str, document: str = "") -> Request:
    """Enter what was done about a request.

    DATA-147: no such request, closed already, extended twice, a day before it came in, or a refusal or extension without the
    number of the letter that tells the person why.
    """
    entries = read_register(of)
    known = {r.number: r for r in requests(entries)}
    r = known.get(number)
    if r is None or event == "received":
        raise refuse("DATA-147", FILE, expected=", ".join(map(str, known)) or "-", got=number, number=number)
    if r.state != "open" or (event == "extended" and r.extended) or day < r.received:
        got = f"{r.state}{', extended' if r.extended else ''}; {day.isoformat()}"
        raise refuse("DATA-147", FILE, expected=f"open, ≥ {r.received.isoformat()}", got=got, number=number)
    if event in ("refused", "extended") and not document:
        raise refuse("DATA-147", "--document", expected="số văn bản / number of the letter", got="-", number=number)
    if event == "extended":
        clocks().finish_by(r.right, r.received, extended=True)
    _add(of, number, event, r.right, r.mark, day, who, document)
    return next(q for q in requests(read_register(of)) if q.number == number)


def _add(of: Round, number: int, event: Event, right: str, mark: str, day: date, who: str, document: str) -> None:
    for option, text in (("--who", who), ("--document", document)):
        if not _PLAIN.fullmatch(text) or (option == "--who" and not text):
            raise refuse("DATA-146", option, expected="mã, không dấu cách / a code without blanks", got=f"{len(text)} ký tự")
    there = read_register(of)
    entry = Entry(len(there) + 1, day, number, event, right, mark, who, document, head(there))
    put(path_of(of), table_bytes(COLUMNS, [{c: getattr(e, c) for c in COLUMNS} for e in (*there, entry)]))
