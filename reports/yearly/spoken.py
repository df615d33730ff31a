"""The calendar as a person reads it on the screen: each date, how many days are left, what is due next, what has no date.

Imports calendar and numbers.  Takes the day it is asked for; has no clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from .. import numbers
from .calendar import Calendar, Due


def lines(calendar: Calendar, today: date) -> Iterator[str]:
    """The screen's lines, Vietnamese first."""
    yield f"Lịch báo cáo năm {calendar.year} (tính từ ngày {numbers.short_date(today)}) / Reporting dates of {calendar.year}"
    upcoming = {d.id for d in calendar.next(today)}
    for due in calendar.dates:
        mark = "→" if due.id in upcoming else " "
        yield f"{mark} {_days(due)}  {_left(due, today)}  {due.what['vi']} | {due.what['en']}"
    if not upcoming:
        yield "  Không còn việc nào đến hạn trong năm. | Nothing more is due this year."
    for one in calendar.open:
        yield f"? chưa có ngày / no date yet: {one['vi']} | {one['en']}"
    if calendar.open:
        yield "  Điền ngày và văn bản quy định vào calendar.yaml (hoặc plan.yaml, waves). | Fill in date and document."


def _days(due: Due) -> str:
    last = numbers.short_date(due.day)
    return last if due.first is None else f"{numbers.short_date(due.first)} - {last}"


def _left(due: Due, today: date) -> str:
    if due.first is not None and due.first <= today <= due.day:
        return "đang diễn ra / under way"
    days = ((due.first or due.day) - today).days
    if days < 0:
        return "đã qua / past"
    return "hôm nay / today" if days == 0 else f"còn {days} ngày / in {days} days"
