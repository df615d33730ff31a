"""The figures of the reports by group: rows found by lookup, drawn by analysis.figures, put into words for who cannot see them.

Imports framed, lookup, cells, story, tables, document and analysis' figures.  Each takes a Lookup and the stamp and gives a
Picture in the language of the Lookup, or None where the results hold nothing to draw.  The order is that of the plan, never that
of the values.
"""

from __future__ import annotations

from itertools import groupby

from analysis.figures import Breakdown, Slope, dots, forest, items, slope
from analysis.results import Row

from . import cells, story, tables
from .document import Picture
from .framed import line, picture
from .lookup import NAMED_GROUPS, NAMED_GROUPS_EN, Group, Lookup


def levels(look: Lookup, stamp: str) -> Picture | None:
    """The score by group in the last wave, each with its interval."""
    say = look.tongue.say
    whole = look.level("score", look.wave)
    if whole is None:
        return None
    found = [(g, look.level("score", look.wave, g.domain)) for g in look.present("score", look.wave)]
    lines = [line(look, tables.everybody(look), "", whole), *(line(look, g.label, g.heading, row) for g, row in found)]
    title = say(
        f"Điểm nhận thức về bình đẳng giới theo nhóm, năm {look.wave}",
        f"Awareness score on gender equality by group, {look.wave}",
    )
    axis = say("Điểm (thang 0 - 100)", "Points (0 to 100)")
    made = dots(lines, title=title, axis=axis, stamp=stamp, note=tables.source(look), lang=look.tongue.code)
    return picture(look, "scores_figure", title, made, [x.row for x in lines])


def changed(look: Lookup, stamp: str) -> Picture | None:
    """The change that is judged, by group; the target band where the plan gives one."""
    say = look.tongue.say
    name, estimand = look.judged
    whole = look.change(name, estimand)
    if whole is None:
        return None
    lines = [line(look, tables.everybody(look), "", whole)]
    for g in look.groups:
        row = look.change(name, estimand, g.domain)
        if row is not None:
            lines.append(line(look, g.label, g.heading, _safe(look, name, g, row)))
    due, unit = look.due, tables.change_unit(whole, look.tongue)
    band = (due[1], due[2], unit) if due is not None and due[2] is not None else None
    how = say(*tables.ESTIMAND[estimand])
    of = story.subject(look, name)
    title = say(f"{how} của {of} theo nhóm, {tables.against(look)}", f"{how} of {of} by group, {tables.against(look)}")
    source = tables.source(look)
    made = forest(lines, title=title, axis=f"{how} ({unit})", band=band, stamp=stamp, note=source, lang=look.tongue.code)
    return picture(look, "forest", title, made, [x.row for x in lines])


def _safe(look: Lookup, name: str, group: Group, row: Row) -> Row:
    """A change is hidden where either wave's level is."""
    levels = [look.level(name, w, group.domain) for w in look.waves]
    return cells.hidden(row) if any(r is not None and r.publish == "hide" for r in levels) else row


def slopes(look: Lookup, stamp: str) -> Picture | None:
    """The level that is judged in both waves, group beside group, a panel for each breakdown."""
    name = look.compared(look.judged[0])
    if look.base is None or look.level(name, look.base) is None or look.level(name, look.wave) is None:
        return None
    alone = (NAMED_GROUPS, NAMED_GROUPS_EN)
    rows: list[Row | None] = []
    parts = [Breakdown(tables.everybody(look), (_slope(look, name, tables.everybody(look), (), rows),))]
    for heading, members in groupby([g for g in look.groups if g.heading not in alone], key=lambda g: g.heading):
        some = [g for g in members if look.level(name, look.base, g.domain) and look.level(name, look.wave, g.domain)]
        if some:
            parts.append(Breakdown(heading, tuple(_slope(look, name, g.label, g.domain, rows) for g in some)))
    say, of = look.tongue.say, story.subject(look, name, first=True)
    title = say(f"{of} theo nhóm, {tables.against(look)}", f"{of} by group, {tables.against(look)}")
    axis = say("điểm", "points") if (rows[0] is not None and rows[0].unit == "point") else "%"
    waves = (str(look.base), str(look.wave))
    made = slope(parts, waves=waves, title=title, axis=axis, stamp=stamp, note=tables.source(look), lang=look.tongue.code)
    return picture(look, "slopes", title, made, rows)


def _slope(look: Lookup, name: str, label: str, domain: tuple[tuple[str, str], ...], rows: list[Row | None]) -> Slope:
    found = [look.level(name, w, domain) for w in (look.waves[0], look.wave)]
    rows += found
    first, last = (
        line(look, f"{label}, {w}", "", row) for w, row in zip((look.waves[0], look.wave), found, strict=True)
    )  # fmt: skip
    return Slope(label, first, last)


def moved(look: Lookup, scale: str, stamp: str) -> Picture | None:
    """The change of a scale (K, A) beside the changes of its items."""
    name = look.compared(scale)
    whole = look.change(name, "diff")
    names = [n for n in look.items(scale) if look.change(n, "diff") is not None]
    if whole is None or not names:
        return None
    say = look.tongue.say
    top = [line(look, look.indicator(name), "", whole)]
    below = [line(look, look.indicator(n), say("Từng câu", "Items"), look.change(n, "diff")) for n in names]
    title = say(
        f"Thay đổi của {story.subject(look, scale)} và của từng câu, {tables.against(look)}",
        f"Change of {story.subject(look, scale)} and of each item, {tables.against(look)}",
    )
    words = (
        say("Chênh lệch của điểm số (điểm)", "Difference of the score (points)"),
        say("Chênh lệch của tỷ lệ (điểm phần trăm)", "Difference of the share (percentage points)"),
    )
    made = items(top, below, title=title, axes_words=words, stamp=stamp, note=tables.source(look), lang=look.tongue.code)
    return picture(look, f"items_{scale}", title, made, [x.row for x in (*top, *below)])
