"""The audit log of a rehearsed interview, as Collect would have written it: every screen with its seconds.

Standard library only.  Times are invented: the length that a question takes when read aloud, more or less, adding up to the
interview's own length.  Where exports put it: `xml/<uuid>/audit.csv` beside `xml/<uuid>.xml`; in submissions.csv.zip one table
`<form> - audit.csv` whose first column is `instance ID`.  Source: ODK XForms specification, client audit logs (columns, times in
milliseconds since 1970 UTC); Central's tests of its export (name of the table, its columns).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

FILE = "audit.csv"
HEADER = "event,node,start,end"
MERGED = f"instance ID,{HEADER},latitude,longitude,accuracy,old-value,new-value,user,change-reason"
_SPREAD = 0.3
_CLOSING = 0.04
"""Share of the interview spent on the last screen."""


@dataclass(frozen=True)
class Shown:
    """One screen: the question's path below the root with row numbers of repeats ('m1/member[2]/m_age'), its usual seconds."""

    node: str
    seconds: float


def audit_log(name: str, begins: datetime, length: float, shown: Sequence[Shown]) -> str:
    """The log of one interview.  begins: the phone's local time, UTC+7; length: seconds from start to end."""
    rng = Random(f"audit|{name}")  # noqa: S311  invented times need a seed
    parts = [s.seconds * rng.lognormvariate(0, _SPREAD) for s in shown]
    scale = 1000 * length * (1 - _CLOSING) / (sum(parts) or 1.0)
    at = round((begins.replace(tzinfo=UTC) - timedelta(hours=7)).timestamp() * 1000)
    end = at + round(length * 1000)
    lines = [HEADER, f"form start,,{at},"]
    for screen, part in zip(shown, parts, strict=True):
        left = min(at + max(round(part * scale), 1), end)
        lines.append(f"question,/data/{screen.node},{at},{left}")
        at = left
    lines += [f"end screen,,{at},{end}", f"form save,,{end},", f"form exit,,{end},", f"form finalize,,{end},"]
    return "\n".join(lines) + "\n"


def merged(logs: Iterable[tuple[str, str]]) -> str:
    """Central's table of all logs: (instance id, log) in the order of the submissions."""
    lines = [f"{instance},{line},,,,,,," for instance, log in logs for line in log.splitlines()[1:]]
    return "\n".join([MERGED, *lines]) + "\n"
