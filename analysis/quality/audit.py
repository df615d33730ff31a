"""Collect's audit log: what was on the screen, from when to when.

Standard library only.  Reads events, nodes and times; columns that Collect adds (places, old and new values, the user, a
reason) are never looked at.  Contract of the file, for whoever writes, receives or makes one (`bdg analysis receive`, servers,
rehearsal):

* one file `audit.csv` a submission, an attachment of that name in the ledger: UTF-8, header `event,node,start,end` and more;
  times in milliseconds since 1970 UTC; `end` empty where an event has no length.  Source: ODK XForms specification, client
  audit logs, and Collect's documentation of the form audit log (events `form start`, `question`, `group questions`, `add repeat`,
  `end screen`, `form save`, `form exit`, `form finalize`, …).
* beside a submission `xml/<uuid>.xml` in a folder it lies in `xml/<uuid>/audit.csv` (the folder is called like the file).
* Central's submissions.csv.zip holds one `<form id> - audit.csv` for all, its first column `instance ID`, then the same
  columns; whoever takes it in cuts it into one file a submission.
* KoBo's media archive holds `…/attachments/…/<uuid>/audit.csv`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

COLUMNS = ("event", "node", "start", "end")
_ROW = re.compile(r"\[\d+\]")
_SCREENS = ("question", "group questions")
_DIGITS = 15
_LARGEST = 1 << 20
"""Bytes of a log: an interview of 130 screens makes some 8 kB; what is larger is no log of an interview."""


@dataclass(frozen=True)
class Log:
    """What one log tells.

    seconds: node ('m5/k01', without root and row numbers) -> seconds on the screen, several looks added up; stop: minutes of the
    longest time at one screen or between two; back: minutes by which its clock was set back at most; events: lines that were
    read, 0: this is no log.
    """

    seconds: Mapping[str, float]
    stop: float = 0.0
    back: float = 0.0
    events: int = 0


def read_log(body: bytes) -> Log:
    """A log in one pass; lines that are none are passed over."""
    if len(body) > _LARGEST:
        return Log({})
    lines = csv.reader(io.StringIO(body.decode("utf-8-sig", errors="replace"), newline=""))
    try:
        header = next(lines, [])
        return _told(lines, [header.index(name) for name in COLUMNS]) if set(COLUMNS) <= set(header) else Log({})
    except csv.Error:
        return Log({})


def _told(lines: Iterator[list[str]], at: Sequence[int]) -> Log:
    event, node, start, end = at
    needed = max(at) + 1
    spent: dict[str, int] = {}
    n = stop = back = 0
    begun: int | None = None
    left = 0
    for line in lines:
        if len(line) < needed or not line[event] or (first := _whole(line[start])) is None:
            continue
        last = _whole(line[end])
        if begun is not None:
            stop, back = max(stop, first - left), max(back, begun - first)
        n, begun, left = n + 1, first, first
        if last is not None and last >= first:
            stop, left = max(stop, last - first), last
            if line[event] in _SCREENS:
                spent[line[node]] = spent.get(line[node], 0) + last - first
    found: dict[str, float] = {}
    for path, milliseconds in spent.items():
        name = _ROW.sub("", path).strip("/").partition("/")[2]
        if name:
            found[name] = found.get(name, 0.0) + milliseconds / 1000
    return Log(found, stop / 60_000, back / 60_000, n)


def _whole(text: str) -> int | None:
    """A time; what has more digits than any date, or is no number, is none."""
    try:
        return int(text) if len(text) <= _DIGITS else None
    except ValueError:
        return None
