"""Clocks and audit logs: when interviews were made and sent, how long each question was on the screen, what was never read out.

Imports field, checks, record_rules, rows and audit.  The length of whole interviews is judged elsewhere (people).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from statistics import median

from forms.codebook import Codebook

from ..findings import Finding
from . import rows
from .audit import Log, read_log
from .checks import Checked, counted
from .field import Field, Visit
from .record_rules import finding, limits, local

_CHOSEN = ("code", "codes", "integer", "decimal")


# ---- clocks --------------------------------------------------------------------------------------------------------


def clocks(seen: Field) -> Checked:
    """Days that cannot be, interviews that ended after they were received, night work, and forms sent days late."""
    found = [f for v in seen.visits if counted(v) for f in _clock(seen, v)]
    hours: Counter[tuple[str, str]] = Counter()
    for v in seen.visits:
        if v.started is not None:
            at = local(v.started)
            hours[f"{at.hour:02d}", str(at.isoweekday())] += 1
    wave = seen.round.wave
    table = tuple(
        rows.count(wave, rows.HOUR, "", n, {"hour": hour, "weekday": weekday}) for (hour, weekday), n in sorted(hours.items())
    )
    return Checked(tuple(found), table)


def _clock(seen: Field, v: Visit) -> Iterator[Finding]:
    rule = limits("clock")
    day = v.day or (local(v.started).date() if v.started else None)
    first, last = _window(seen)
    if day is not None and not first <= day <= last:
        yield finding(seen, v, "clock_wrong", "red", question="interview_date", expected=f"{first} … {last}", got=str(day))
    elif v.ended is not None and v.received_at is not None:
        late = local(v.received_at) - local(v.ended)
        if late < -timedelta(minutes=rule["ahead_minutes"]):
            got = f"{-late / timedelta(minutes=1):.0f} phút (minutes)"
            yield finding(seen, v, "clock_ahead", "yellow", question="end", expected=f"≤ {rule['ahead_minutes']}", got=got)
        if late > timedelta(days=rule["late_days"]):
            got = f"{late / timedelta(days=1):.0f} ngày (days)"
            yield finding(seen, v, "sent_late", "yellow", question="end", expected=f"≤ {rule['late_days']}", got=got)
    if v.started is not None and _night(local(v.started).time()):
        span = "-".join(rule["night"])
        yield finding(seen, v, "at_night", "yellow", question="start", expected=f"∉ {span}", got=f"{local(v.started):%H:%M}")


def _window(seen: Field) -> tuple[date, date]:
    """Days on which an interview of this round can be: its fieldwork with a margin; the year of the wave while nobody decided."""
    margin = timedelta(days=limits("clock")["outside_days"])
    first, last = seen.round.field_start, seen.round.field_end
    year = seen.round.wave
    return (first - margin if first else date(year, 1, 1), last + margin if last else date(year, 12, 31))


def _night(at: time) -> bool:
    begins, ends = (time.fromisoformat(text) for text in limits("clock")["night"])
    return at >= begins or at < ends


# ---- audit logs ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Item:
    """A question that is read aloud: its name, and the seconds that reading it takes at least."""

    name: str
    least: float


def audit_logs(seen: Field) -> Checked:
    """Seconds of every question; interviews whose items were passed faster than they can be read; long stops; missing logs."""
    if not seen.audits:
        return Checked()
    names = {v.path: v.name for v in seen.book.variables}
    items = _items(seen.book)
    found: list[Finding] = []
    times: dict[str, list[float]] = defaultdict(list)
    whole = [v for v in seen.visits if counted(v) and v.completed]
    share = sum(v.instance_id in seen.audits for v in whole) / max(len(whole), 1)
    for v in whole:
        log = read_log(seen.audits.get(v.instance_id, b""))
        if log.events:
            spent = {names[node]: s for node, s in log.seconds.items() if node in names}
            for name, s in spent.items():
                times[name].append(s)
            found += [*_read(seen, v, spent, items), *_stops(seen, v, log)]
        elif share >= limits("log")["expected_share"]:
            found.append(finding(seen, v, "no_log", "info", question="audit", expected="audit.csv", got="-"))
    wave = seen.round.wave
    table = tuple(
        rows.measured(wave, rows.QUESTION_TIME, median(s) / 60, "minute", category=name, n=len(s), estimand="quantile")
        for name, s in sorted(times.items())
    )
    return Checked(tuple(found), table)


def _items(book: Codebook) -> tuple[_Item, ...]:
    """The scored items, which are always read out; all questions with an answer where a form scores none."""
    scored = [v for v in book.variables if v.scale]
    asked = scored or [v for v in book.variables if v.type in _CHOSEN and not v.repeat]
    pace = limits("log")["syllables_a_second"]
    return tuple(_Item(v.name, len(v.label.vi.split()) / pace) for v in asked)


def _read(seen: Field, v: Visit, spent: Mapping[str, float], items: tuple[_Item, ...]) -> Iterator[Finding]:
    """Vietnamese is written a syllable a word, so words are counted."""
    rule = limits("log")
    shown = [i for i in items if i.name in spent]
    fast = sum(spent[i.name] < i.least for i in shown)
    if len(shown) < rule["least_items"] or fast < rule["hurried"] * len(shown):
        return
    got = f"{fast}/{len(shown)}"
    if fast >= rule["unread"] * len(shown):
        yield finding(seen, v, "unread", "red", expected=f"< {rule['unread']:.0%}", got=got)
    else:
        yield finding(seen, v, "hurried", "yellow", expected=f"< {rule['hurried']:.0%}", got=got)


def _stops(seen: Field, v: Visit, log: Log) -> Iterator[Finding]:
    rule = limits("log")
    if log.back > rule["back_minutes"]:
        yield finding(seen, v, "clock_back", "yellow", question="audit", expected="0", got=f"{log.back:.0f} phút (minutes)")
    if log.stop > rule["pause_minutes"]:
        limit = f"≤ {rule['pause_minutes']}"
        yield finding(seen, v, "paused", "yellow", question="audit", expected=limit, got=f"{log.stop:.0f} phút (minutes)")
