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

Band = tuple[float, float, str]
"""The target: lower and upper level, and their unit as printed."""

_WHOLE, _FEW, _CAUTION = "s", "D", "o"


def forest(
    lines: Sequence[Line], *, title: str, axis: str, band: Band | None = None, note: str = "", stamp: str = ""
) -> tuple[Figure, str]:
    """Change by group with intervals; band: the target's levels in the unit of the rows."""
    return _draw(tuple(lines), title=title, axis=axis, band=band, note=note, stamp=stamp, zero=True)


def dots(lines: Sequence[Line], *, title: str, axis: str, note: str = "", stamp: str = "") -> tuple[Figure, str]:
    """Level by group with intervals, one wave."""
    return _draw(tuple(lines), title=title, axis=axis, band=None, note=note, stamp=stamp, zero=False)


def _draw(
    lines: tuple[Line, ...], *, title: str, axis: str, band: Band | None, note: str, stamp: str, zero: bool
) -> tuple[Figure, str]:
    marks = _key(lines, band)
    words = theme.alt(title, lines, " ".join(part for part in (_band_words(band), note) if part))
    with theme.look():
        placed, height = theme.slots(lines)
        figure, axes = theme.canvas(height, title, "\n".join(part for part in (marks, note) if part), stamp)
        low, high = _limits(lines, band, zero=zero)
        axes.set_xlim(low, high)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.0f}".replace("-0", "0")))
        axes.set_xlabel(axis, size=8, labelpad=3)
        if band is not None and lines:
            _band(axes, band)
        if zero and lines:
            axes.axvline(0, color=theme.INK, linewidth=0.8, linestyle=(0, (3, 2)), zorder=1)
        dense = height > 30
        for slot in placed:
            theme.label(axes, slot, dense=dense)
            if slot.line is not None and slot.line.drawn:
                _mark(axes, slot.y, slot.line, (low, high), whole=not slot.line.heading)
        if not lines:
            axes.text(0.5, 0.5, "Không có số liệu", transform=axes.transAxes, ha="center", va="center", size=9)
    return figure, words


def _limits(lines: tuple[Line, ...], band: Band | None, *, zero: bool) -> tuple[float, float]:
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


def _mark(axes: Axes, y: float, line: Line, limits: tuple[float, float], *, whole: bool) -> None:
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


def _key(lines: tuple[Line, ...], band: Band | None) -> str:
    """What the marks mean, only those that occur."""
    rows = [line.row for line in lines if line.row is not None]
    drawn = [line for line in lines if line.drawn]
    said = []
    if any(not line.heading for line in drawn):
        said.append("ô vuông: chung")
    if any(line.heading and line.row is not None and (line.row.publish, line.row.status) == ("show", "ok") for line in drawn):
        said.append("chấm tròn: nhóm")
    if any(line.row is not None and line.row.publish == "bracket" for line in drawn):
        said.append("hình thoi rỗng và số trong ngoặc: ít quan sát (25 - 49 người)")
    if any(line.row is not None and (line.row.publish, line.row.status) == ("show", "caution") for line in drawn):
        said.append("dấu rỗng: cần thận trọng")
    if drawn:
        said.append("đoạn ngang: khoảng tin cậy 95%")
    if band is not None and lines:
        said.append("vùng gạch chéo: " + _band_words(band).rstrip(".").lower())
    if any(r.publish == "hide" for r in rows):
        said.append("(*): không công bố do ít quan sát")
    return "; ".join(said)[:1].upper() + "; ".join(said)[1:] + ("." if said else "")


def _band_words(band: Band | None) -> str:
    if band is None:
        return ""
    low, high = (f"{x:g}".replace(".", ",") for x in band[:2])
    return f"Vùng mục tiêu {low} - {high}{'' if band[2] == '%' else ' '}{band[2]}."
