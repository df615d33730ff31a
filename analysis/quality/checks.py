"""What a check of the field is: a Field in, findings and numbers of the day out.  The list of all checks is in daily.py.

Imports field, findings and results.  A check reads the Field and nothing else: no clock, no file, no other check's findings;
what it wants a person to read it puts into `texts`, codes and counts only, never an answer's free text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from ..findings import Finding
from ..results import Row

if TYPE_CHECKING:
    from .field import Field, Visit


@dataclass(frozen=True)
class Checked:
    """What one check found.

    rows: kinds count and diagnostic; an enumerator is the domain (("enumerator", code),), a commune (("commune", code),), an item
    is the `category`.  texts: joined into Results.texts["daily"] under the keys given here, each key by one check only;
    `labels` (indicator -> {"vi", "en"}) and `checks` (check of a finding -> {"vi", "en"}) may be given by several.
    """

    findings: tuple[Finding, ...] = ()
    rows: tuple[Row, ...] = ()
    texts: Mapping[str, Any] = field(default_factory=dict)


Check = Callable[["Field"], Checked]
_JOINED = ("labels", "checks")


_YEAR = timedelta(days=366)
_ZONE = timedelta(days=1)
"""Server times are UTC: a visit of the early morning may be received on the day before."""


def day_of(v: Visit) -> date | None:
    """The day a visit was made: the form's own; the server's where that is missing or cannot be (a clock that is wrong)."""
    received = v.received_at.date() if v.received_at else None
    if v.day is None or (received is not None and not received - _YEAR <= v.day <= received + _ZONE):
        return received
    return v.day


def last_day(seen: Field) -> date | None:
    """The day that is looked at: asked for, else the last day of fieldwork in the data; None while there is no visit."""
    return seen.day or max((d for v in seen.visits if (d := day_of(v))), default=None)


def as_of(seen: Field, day: date | None) -> Field:
    """The field as it stood at the end of a day: later visits left out.  None: everything, and the last day in it."""
    if day is None:
        return replace(seen, day=last_day(seen))
    kept = tuple(v for v in seen.visits if (d := day_of(v)) is None or d <= day)
    ids = {v.instance_id for v in kept}
    return replace(
        seen, day=day, visits=kept, submissions=tuple(s for s in seen.submissions if s.instance_id in ids),
        releases=tuple(r for r in seen.releases if r.time <= day), audits={i: a for i, a in seen.audits.items() if i in ids},
    )  # fmt: skip


def counted(v: Visit) -> bool:
    """Whether a visit counts: not rejected by a supervisor."""
    return v.review != "rejected"


def run_checks(seen: Field, checks: Iterable[Check]) -> Checked:
    """All checks of a field together; findings by id, rows by key."""
    return joined(*(check(seen) for check in checks))


def joined(*parts: Checked) -> Checked:
    """What several checks found, together.  ValueError when two give the same row or the same text."""
    findings: dict[str, Finding] = {}
    rows: dict[str, Row] = {}
    texts: dict[str, Any] = {name: {} for name in _JOINED}
    for one in parts:
        findings |= {f.id: f for f in one.findings}
        for row in one.rows:
            if rows.setdefault(row.key, row) is not row:
                raise ValueError(f"two checks give the row {row.indicator} {dict(row.domain)} {row.category}")
        for name, told in one.texts.items():
            if name in _JOINED:
                texts[name] |= told
            elif texts.setdefault(name, told) is not told:
                raise ValueError(f"two checks give the text {name}")
    return Checked(tuple(sorted(findings.values(), key=lambda f: f.id)), tuple(sorted(rows.values(), key=lambda r: r.key)), texts)
