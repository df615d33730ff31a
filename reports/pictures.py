"""The figures of the reports: rows found by lookup, drawn by analysis.figures, put into words for who cannot see them.

Imports lookup, cells, story, tables, document and analysis' figures.  Each takes a Lookup and the stamp and gives a Picture, or
None where the results hold nothing to draw.
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis.figures import Figure, Line, dots, forest, png, svg
from analysis.results import Row

from . import cells, story, tables
from .document import Picture
from .lookup import Lookup, why


def _line(label: str, heading: str, row: Row | None) -> Line:
    cell = cells.estimate(row)
    text = f"{cell.text} ({cell.below})" if cell.below else cell.text
    if row is not None and cell.mark == "none":
        text = why(row) or "không tính được"
    return Line(label, row, text, heading)


def _picture(anchor: str, caption: str, made: tuple[Figure, str], lines: Sequence[Line], source: str) -> Picture:
    figure, words = made
    keys = tuple(line.row.key for line in lines if line.row is not None)
    return Picture(anchor, caption, png(figure), svg(figure), words, keys=keys, source=source)


def levels(look: Lookup, stamp: str) -> Picture | None:
    """The score by group in the last wave, each with its interval."""
    whole = look.level("score", look.wave)
    if whole is None:
        return None
    lines = [_line("Chung", "", whole)]
    lines += [_line(g.label, g.heading, look.level("score", look.wave, g.domain)) for g in look.present("score", look.wave)]
    title = f"Điểm nhận thức về bình đẳng giới theo nhóm, năm {look.wave}"
    made = dots(lines, title=title, axis="Điểm (thang 0 - 100)", stamp=stamp, note=tables.source(look))
    return _picture("scores_figure", title, made, lines, "")


def changed(look: Lookup, stamp: str) -> Picture | None:
    """The change that is judged, by group; the target band where the plan gives one."""
    name, estimand = look.judged
    whole = look.change(name, estimand)
    if whole is None:
        return None
    lines = [_line("Chung", "", whole)]
    for g in look.groups:
        row = look.change(name, estimand, g.domain)
        if row is None:
            continue
        levels = [look.level(name, w, g.domain) for w in look.waves]
        if any(r is not None and r.publish == "hide" for r in levels):
            row = cells.hidden(row)
        lines.append(_line(g.label, g.heading, row))
    due, unit = look.due, tables.CHANGE_UNIT[whole.unit]
    band = (due[1], due[2], unit) if due is not None and due[2] is not None else None
    how = "Thay đổi tương đối" if estimand == "rel" else "Chênh lệch"
    title = f"{how} của {story.subject(look, name)} theo nhóm, năm {look.wave} so với năm {look.base}"
    made = forest(lines, title=title, axis=f"{how} ({unit})", band=band, stamp=stamp, note=tables.source(look))
    return _picture("forest", title, made, lines, "")
