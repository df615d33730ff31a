"""The figures of the day's page from its rows: bytes of an SVG, its words, its caption.

Imports analysis.figures (late: matplotlib), daily_read.  Never sees anything but rows and texts.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from markupsafe import Markup

from .daily_read import Day, ordered

if TYPE_CHECKING:
    from analysis.figures import Figure

LEAST, MOST_PEOPLE = 10, 30
PEOPLE = (
    ("daily_minutes", "Số phút", "trung vị"), ("daily_dont_know", "Không biết", "% câu"),
    ("daily_item_refused", "Không trả lời", "% câu"), ("daily_refusal", "Từ chối", "% hộ gặp"),
    ("daily_straight_line", "Một mức", "% phiếu"), ("daily_short", "Quá ngắn", "% phiếu"),
    ("daily_night", "Ban đêm", "% phiếu"),
)  # fmt: skip
WEEK = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")


@dataclass(frozen=True)
class Shown:
    """A figure as an image of the page.  more: words under it, '' for none."""

    source: Markup
    alt: str
    more: str = ""


def figures(day: Day, stamp: str) -> dict[str, Shown]:
    """Figures by name, those that the rows allow: days, people, hours, map."""
    found = {"days": _days(day, stamp), "people": _people(day, stamp), "hours": _hours(day, stamp), "map": _map(day, stamp)}
    return {name: shown for name, shown in found.items() if shown is not None}


def _shown(made: tuple[Figure, str]) -> Shown:
    from analysis.figures import svg

    content = re.sub(rb"<\?xml.*?\?>\s*|<!DOCTYPE.*?>\s*", b"", svg(made[0]), flags=re.DOTALL)
    return Shown(Markup("data:image/svg+xml;base64," + base64.b64encode(content).decode()), made[1])  # noqa: S704 - base64 letters


def _days(day: Day, stamp: str) -> Shown | None:
    from analysis import figures as drawn

    made = {(d, row.category): row.estimate or 0.0 for (d,), row in day.each("daily_day", "day")}
    visits = {date.fromisoformat(d): n for (d, category), n in made.items() if category == "visits"}
    done = {date.fromisoformat(d): n for (d, category), n in made.items() if category == "done"}
    return _shown(drawn.days(visits, done, words=("phiếu", "phỏng vấn hoàn thành"), stamp=stamp)) if visits else None


def _people(day: Day, stamp: str) -> Shown | None:
    from analysis import figures as drawn

    panels = []
    for indicator, label, unit in PEOPLE:
        rows = {code: row for (code,), row in day.each(indicator, "enumerator")}
        if rows:
            panels.append(drawn.Panel(label, unit, rows, day.row(indicator)))
    if not panels:
        return None
    interviews = day.texts.get("people", {})
    codes = sorted({code for p in panels for code in p.rows}, key=ordered)
    few = {c: int(interviews.get(c, 0)) < LEAST for c in codes}
    outside = {c for p in panels for c, row in p.rows.items() if row.state == p.outside and not few[c]}
    kept = sorted(sorted(codes, key=lambda c: (c not in outside, few[c], ordered(c)))[:MOST_PEOPLE], key=ordered)
    more = f"Vẽ {len(kept)} trên {len(codes)} người: mọi người nằm ngoài khoảng, rồi theo mã." if len(kept) < len(codes) else ""
    return replace(_shown(drawn.people(panels, kept, few, stamp=stamp)), more=more)


def _hours(day: Day, stamp: str) -> Shown | None:
    from analysis import figures as drawn

    begun = {(int(d), int(h)): row.estimate or 0.0 for (d, h), row in day.each("daily_hour", "weekday", "hour")}
    return _shown(drawn.hours(begun, WEEK, stamp=stamp)) if begun else None


def _map(day: Day, stamp: str) -> Shown | None:
    from analysis import figures as drawn

    told = day.texts.get("map", {}).get("shapes") or {}
    shapes = {code: [[int(n) for n in ring.split()] for ring in rings] for code, rings in told.items()}
    if not shapes:
        return None
    share: dict[str, float] = {}
    flagged: dict[str, float] = {}
    for (code,), row in day.each("daily_progress", "commune"):
        if row.category == "done":
            whole = day.whole("daily_progress", "target", commune=code)
            share[code] = min(1.0, (row.estimate or 0.0) / whole) if whole else 0.0
            flagged[code] = sum(day.value("daily_place", c, commune=code) or 0.0 for c in ("elsewhere", "far", "mock"))
    return _shown(drawn.communes(shapes, share, flagged, stamp=stamp))
