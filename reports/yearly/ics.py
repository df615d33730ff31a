"""A calendar as an .ics file (RFC 5545) that Outlook and telephones read: all-day events with a reminder.

Imports calendar.  The same calendar gives the same bytes: the stamp of an event is the first of January of its year, not a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from .calendar import Calendar, Due

FOLD = 75
"""Octets of a line without its end (RFC 5545, 3.1)."""


def ics_bytes(calendar: Calendar, province: str) -> bytes:
    """The file: UTF-8, lines ended by CRLF and folded."""
    return "".join(f"{line}\r\n" for text in _lines(calendar, province) for line in _folded(text)).encode()


def _lines(calendar: Calendar, province: str) -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//bdg//lich bao cao//VI", "CALSCALE:GREGORIAN")
    for due in calendar.dates:
        yield from _event(due, calendar, province)
    yield "END:VCALENDAR"


def _event(due: Due, calendar: Calendar, province: str) -> Iterator[str]:
    first = due.first or due.day
    yield "BEGIN:VEVENT"
    yield f"UID:{due.id}-{calendar.year}-{province}@bdg"
    yield f"DTSTAMP:{calendar.year}0101T000000Z"
    yield f"DTSTART;VALUE=DATE:{_compact(first)}"
    yield f"DTEND;VALUE=DATE:{_compact(due.day + timedelta(days=1))}"
    yield f"SUMMARY:{_text(due.what['vi'])}"
    yield f"DESCRIPTION:{_text(due.what['en'])}" + (f"\\n{_text(due.source)}" if due.source else "")
    yield "TRANSP:TRANSPARENT"
    if calendar.remind:
        yield from (
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{_text(due.what['vi'])}",
            f"TRIGGER:-P{calendar.remind}D",
            "END:VALARM",
        )
    yield "END:VEVENT"


def _compact(day: date) -> str:
    return day.strftime("%Y%m%d")


def _text(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """A line in parts of at most 75 octets, the later ones behind a blank; no letter is cut in two."""
    part, size = "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > FOLD:
            yield part
            part, size = " ", 1
        part, size = part + letter, size + octets
    yield part
