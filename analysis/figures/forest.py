"""Two figures of the survey report: the change by group (forest), and the level by group in one wave (dots).

Imports theme and analysis.results.  Rows in, (Figure, alt text) out; the text of
every number comes from the caller, who alone knows how an office writes it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from . import theme
from .theme import Line
from .wording import Lang, first_upper, plain, say

Band = tuple[float, float, str]
"""The target: lower and upper level, and their unit as printed."""

_WHOLE, _FEW, _CAUTION = "s", "D", "o"


def forest(
    lines: Sequence[Line], *, title: str, axis: str, band: Band | None = None, note: str = "", stamp: str = "",
    lang: Lang = "vi",
) -> tuple[Figure, str]:  # fmt: skip
    """Change by group with intervals; band: the target's levels in the unit of the rows."""
    return _draw(tuple(lines), title=title, axis=axis, band=band, note=note, stamp=stamp, zero=True, lang=lang)


def dots(
    lines: Sequence[Line], *, title: str, axis: str, note: str = "", stamp: str = "", lang: Lang = "vi"
) -> tuple[Figure, str]:
    """Level by group with intervals, one wave."""
    return _draw(tuple(lines), title=title, axis=axis, band=None, note=note, stamp=stamp, zero=False, lang=lang)


def _draw(
    lines: tuple[Line, ...], *, title: str, axis: str, band: Band | None, note: str, stamp: str, zero: bool, lang: Lang
) -> tuple[Figure, str]:
    marks = key(lines, lang, band)
    words = theme.alt(title, lines, " ".join(part for part in (_band_words(band, lang), note) if part), lang)
    with theme.look():
        placed, height = theme.slots(lines)
        figure, axes = theme.canvas(height, title, "\n".join(part for part in (marks, note) if part), stamp)
        low, high = limits(lines, band, zero=zero)
        scale(axes, (low, high), axis)
        if band is not None and lines:
            _band(axes, band)
        if zero and lines:
            axes.axvline(0, color=theme.INK, linewidth=0.8, linestyle=(0, (3, 2)), zorder=1)
        dense = height > 30
        for slot in placed:
            theme.label(axes, slot, dense=dense)
            if slot.line is not None and slot.line.drawn:
                mark(axes, slot.y, slot.line, (low, high), whole=not slot.line.heading)
        if not lines:
            theme.empty(axes, lang)
    return figure, words


def scale(axes: Axes, ends: tuple[float, float], words: str) -> None:
    """A horizontal axis of whole numbers."""
    axes.set_xlim(*ends)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: "0" if abs(x) < 0.5 else f"{x:.0f}"))
    axes.set_xlabel(words, size=8, labelpad=3)


def limits(lines: Sequence[Line], band: Band | None = None, *, zero: bool) -> tuple[float, float]:
    """Round limits that hold estimates, the band and most of the intervals (a runaway interval gets an arrow)."""
    rows = [line.row for line in lines if line.drawn and line.row is not None]
    centre = [r.estimate for r in rows if r.estimate is not None]
    ends = sorted(x for r in rows for x in (r.lower, r.upper) if x is not None)
    kept = [*centre, *(band or ())[:2], *([0.0] if zero else [])]
    if centre:
        reach = max(max(kept) - min(kept), 5.0)
        kept += [x for x in ends if min(kept) - reach <= x <= max(kept) + reach]
    if not kept:
        return 0.0, 100.0
    low, high = min(kept), max(kept)
    pad = max((high - low) * 0.06, 1.0)
    return math.floor(low - pad), math.ceil(high + pad)


def _band(axes: Axes, band: Band) -> None:
    """The target band: grey, hatched, both borders lined and named, so that it survives a photocopier."""
    low, high = band[:2]
    axes.axvspan(low, high, facecolor=theme.BAND, edgecolor="#9a9a9a", hatch="////", linewidth=0, zorder=0)
    for at in band[:2]:
        axes.axvline(at, color=theme.QUIET, linewidth=0.8, zorder=0.5)


def mark(axes: Axes, y: float, line: Line, limits: tuple[float, float], *, whole: bool) -> None:
    """One estimate and its interval; shape and fill say what kind it is, arrows that the interval goes on."""
    row = line.row
    if row is None or row.estimate is None:
        return
    if row.lower is not None and row.upper is not None:
        low, high = max(row.lower, limits[0]), min(row.upper, limits[1])
        axes.plot([low, high], [y, y], color=theme.MAIN, linewidth=1.1, solid_capstyle="butt", zorder=2)
        for at, cut, arrow in ((low, row.lower < limits[0], "<"), (high, row.upper > limits[1], ">")):
            shape, size = (arrow, 4.0) if cut else ("|", 5.0)
            axes.plot([at], [y], marker=shape, markersize=size, color=theme.MAIN, linestyle="none", clip_on=False, zorder=2)
    shape, fill = _WHOLE if whole else _CAUTION, theme.MAIN
    if row.publish == "bracket":
        shape, fill = _FEW, "white"
    elif row.status == "caution":
        fill = "white"
    axes.plot(
        [row.estimate],
        [y],
        marker=shape,
        markersize=6.0 if whole else 5.0,
        markerfacecolor=fill,
        markeredgecolor=theme.MAIN,
        markeredgewidth=1.1,
        linestyle="none",
        clip_on=False,
        zorder=3,
    )


def key(lines: Sequence[Line], lang: Lang = "vi", band: Band | None = None, names: tuple[str, str] | None = None) -> str:
    """What the marks mean, only those that occur.  names: of a square and of a dot, default everybody and a group."""
    whole, part = names or (say(lang, "chung", "all"), say(lang, "nhóm", "group"))
    drawn = [line for line in lines if line.drawn]
    looks = {(line.row.publish, line.row.status) for line in drawn if line.row is not None}
    plain_ones = [line for line in drawn if line.heading and line.row is not None and line.row.status == "ok"]
    said = []
    if any(not line.heading for line in drawn):
        said.append(say(lang, "ô vuông: ", "square: ") + whole)
    if any(line.row is not None and line.row.publish == "show" for line in plain_ones):
        said.append(say(lang, "chấm tròn: ", "dot: ") + part)
    if ("show", "caution") in looks:
        said.append(say(lang, "dấu rỗng: cần thận trọng", "hollow mark: read with caution"))
    if drawn:
        said.append(say(lang, "đoạn ngang: khoảng tin cậy 95%", "bar: 95% confidence interval"))
    if band is not None and lines:
        words = _band_words(band, lang).rstrip(".")
        said.append(say(lang, "vùng gạch chéo: ", "hatched: ") + words[:1].lower() + words[1:])
    signs = theme.signs(lines, lang, say(lang, "hình thoi rỗng và ", "hollow diamonds and "))
    said += [signs] if signs else []
    return first_upper("; ".join(said)) + ("." if said else "")


def _band_words(band: Band | None, lang: Lang) -> str:
    if band is None:
        return ""
    low, high = (plain(lang, x) for x in band[:2])
    between = "" if band[2] == "%" else " "
    return say(lang, f"Vùng mục tiêu {low} - {high}{between}{band[2]}.", f"Target band {low} to {high}{between}{band[2]}.")
