"""Levels of two waves joined by a line, group beside group: a panel for each breakdown, in the plan's order.

Imports theme, wording, forest (its limits).  Rows in, (Figure, alt text) out.  Marker and dashes tell lines apart, never colour
alone; every line is named where it ends, and has both intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from . import theme
from .forest import limits
from .theme import Line
from .wording import Lang, first_upper, say

_LOOKS = (("o", "-"), ("s", (0, (6, 2))), ("^", (0, (2, 1.5))), ("D", (0, (6, 2, 1, 2))), ("v", (0, (1, 1))))
MOST = len(_LOOKS)
_TALL, _BELOW, _FOOT, _HEAD = 1.05, 0.28, 0.155, 0.17  # inches: a panel, its years, a line under it, a line of its title
_LINE = 0.135  # inches of a line of names
_WIDE, _TITLE = 15.0, 22.0  # ems that a name has at the right of a panel, and a title above it


@dataclass(frozen=True)
class Slope:
    """One group in two waves."""

    label: str
    base: Line
    later: Line

    @property
    def drawn(self) -> bool:
        """True when both waves may be shown."""
        return self.base.drawn and self.later.drawn


@dataclass(frozen=True)
class Breakdown:
    """A breakdown: its name and its groups."""

    title: str
    slopes: tuple[Slope, ...]


def slope(
    panels: Sequence[Breakdown],
    *,
    waves: tuple[str, str],
    title: str,
    axis: str,
    note: str = "",
    stamp: str = "",
    lang: Lang = "vi",
) -> tuple[Figure, str]:
    """Two waves, a line a group; a breakdown of many groups takes several panels."""
    parts = [part for panel in panels for part in _parted(panel)]
    rows = [parts[i : i + 2] for i in range(0, len(parts), 2)]
    heads = [_HEAD * (1 + max(theme.fold(p.title, _TITLE).count("\n") for p in row)) + 0.08 for row in rows]
    feet = [_BELOW + _FOOT * max(len(_missing(p)) for p in row) for row in rows]
    talls = [max(_TALL, *(_LINE * sum(_name(s).count("\n") + 1 for s in p.slopes if s.drawn) for p in row)) for row in rows]
    body = sum(heads) + sum(feet) + sum(talls) or 0.6
    marks = say(lang, "Vạch đứng: khoảng tin cậy 95%; các vạch xê dịch ngang để không đè lên nhau. Trục đứng: ",
                "Vertical bars: 95% confidence intervals, moved apart sideways. Vertical axis: ") + axis + "."  # fmt: skip
    every = [x for panel in panels for s in panel.slopes for x in (s.base, s.later)]
    marks += _marks(every, lang)
    with theme.look():
        figure, bottom, height = theme.sheet(
            body, title, "\n".join(p for p in (marks if parts else "", note) if p), stamp, foot=0.1
        )
        ends = limits([x for panel in panels for s in panel.slopes if s.drawn for x in (s.base, s.later)], zero=False)
        top, inch = bottom + height, height / body
        for row, head, tall, foot in zip(rows, heads, talls, feet, strict=True):
            top -= inch * (head + tall)
            for i, part in enumerate(row):
                _panel(figure.add_axes((0.06 + 0.5 * i, top, 0.175, inch * tall)), part, waves, ends, tall)
            top -= inch * foot
        if not parts:
            theme.empty(_bare(figure, bottom, height), lang)
    return figure, theme.alt(title, tuple(every), note, lang)


def _marks(lines: Sequence[Line], lang: Lang) -> str:
    """What hollow marks, brackets and (*) mean, those that occur."""
    drawn = [line.row for line in lines if line.drawn and line.row is not None]
    signs = theme.signs(lines, lang, say(lang, "dấu rỗng và ", "hollow marks and "))
    caution = any(r.status == "caution" and r.publish == "show" for r in drawn)
    said = [say(lang, "dấu rỗng: cần thận trọng", "hollow mark: read with caution")] if caution else []
    said += [signs] if signs else []
    return f" {first_upper('; '.join(said))}." if said else ""


def _bare(figure: Figure, bottom: float, height: float) -> Axes:
    axes = figure.add_axes((0.05, bottom, 0.9, height))
    axes.axis("off")
    return axes


def _parted(panel: Breakdown) -> list[Breakdown]:
    """A breakdown in panels of at most MOST lines, of about the same size."""
    count = -(-len(panel.slopes) // MOST)
    if count <= 1:
        return [panel] if panel.slopes else []
    size = -(-len(panel.slopes) // count)
    return [Breakdown(f"{panel.title} ({i + 1}/{count})", panel.slopes[i * size : (i + 1) * size]) for i in range(count)]


def _missing(panel: Breakdown) -> list[str]:
    """What stands under a panel because it is not drawn."""
    return [
        line for s in panel.slopes if not s.drawn
        for line in theme.fold(f"{s.label}: {s.later.words if not s.later.drawn else s.base.words}", 33.0).split("\n")
    ]  # fmt: skip


def _panel(axes: Axes, panel: Breakdown, waves: tuple[str, str], ends: tuple[float, float], tall: float) -> None:
    drawn = [s for s in panel.slopes if s.drawn]
    axes.set_xlim(-0.25, 1.15)
    axes.set_ylim(*ends)
    axes.set_xticks([0, 1], waves)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.tick_params(length=2.5, labelsize=7.2, colors=theme.INK)
    for side in ("right", "top"):
        axes.spines[side].set_visible(False)
    axes.set_title(theme.fold(panel.title, _TITLE), size=8, weight="bold", color=theme.INK, loc="left", pad=4, x=-0.2)
    for i, s in enumerate(drawn):
        _slope(axes, s, i, shift=0.07 * (i - (len(drawn) - 1) / 2))
    _names(axes, drawn, ends, tall)
    if not drawn:
        axes.axis("off")  # an empty frame would look like a result
    at, below = ((0, 0), -24) if drawn else ((0, 1), -12)
    for i, words in enumerate(_missing(panel)):
        axes.annotate(words, at, xycoords="axes fraction", xytext=(-14, below - 11 * i), textcoords="offset points", size=6.8,
                      color=theme.QUIET, annotation_clip=False)  # fmt: skip


def _slope(axes: Axes, one: Slope, i: int, *, shift: float) -> None:
    marker, dashes = _LOOKS[i % MOST]
    colour = theme.MAIN if i % 2 == 0 else theme.INK
    values = [line.row.estimate for line in (one.base, one.later) if line.row is not None and line.row.estimate is not None]
    at = [0 + shift, 1 + shift]
    axes.plot(at, values, color=colour, linestyle=dashes, linewidth=1.2, zorder=3)
    for x, line, value in zip(at, (one.base, one.later), values, strict=True):
        row = line.row
        if row is None:
            continue
        if row.lower is not None and row.upper is not None:
            axes.plot([x, x], [row.lower, row.upper], color=colour, linewidth=0.8, solid_capstyle="butt", zorder=2)
        hollow = row.publish == "bracket" or row.status == "caution"
        axes.plot([x], [value], marker=marker, markersize=4.6, color=colour, markerfacecolor="white" if hollow else colour,
                  markeredgecolor=colour, linestyle="none", zorder=4)  # fmt: skip


def _names(axes: Axes, drawn: Sequence[Slope], ends: tuple[float, float], tall: float) -> None:
    """Name and both numbers at the right end, pushed apart where lines end close together."""
    wanted = sorted(
        ((s.later.row.estimate or 0.0, i, s) for i, s in enumerate(drawn) if s.later.row is not None), key=lambda t: -t[0]
    )
    line = (ends[1] - ends[0]) * _LINE / tall  # a text line in the axis' units
    texts = [(y, i, _name(s)) for y, i, s in wanted]
    heights = [line * (t.count("\n") + 1) for _, _, t in texts]
    places = _apart([y for y, _, _ in texts], heights, ends)
    for (y, i, text), place in zip(texts, places, strict=True):
        colour = theme.MAIN if i % 2 == 0 else theme.INK
        axes.plot([1.15, 1.24], [y, place], color=theme.QUIET, linewidth=0.4, clip_on=False)
        axes.plot([1.29], [place], marker=_LOOKS[i % MOST][0], markersize=3.6, color=colour, clip_on=False)
        axes.text(1.35, place, text, ha="left", va="center", size=6.8, color=theme.INK, linespacing=1.1)


def _apart(wanted: Sequence[float], heights: Sequence[float], ends: tuple[float, float]) -> list[float]:
    """Places of texts, from the top: pushed down until none lies on another, then up where the lowest leaves the axis."""
    places: list[float] = []
    for k, (y, deep) in enumerate(zip(wanted, heights, strict=True)):
        roof = places[-1] - (heights[k - 1] + deep) / 2 if places else ends[1] - deep / 2
        places.append(min(y, roof))
    floor = ends[0]
    for k in reversed(range(len(places))):
        places[k] = max(places[k], floor + heights[k] / 2)
        floor = places[k] + heights[k] / 2
    return places


def _name(one: Slope) -> str:
    """`Nữ: 57,4 → 65,4`, the numbers on a line of their own where the name needs the room."""
    numbers = f"{_number(one.base)} → {_number(one.later)}"
    whole = f"{one.label}: {numbers}"
    return whole if theme.wide(whole) <= _WIDE else f"{theme.fold(f'{one.label}:', _WIDE)}\n{numbers}"


def _number(line: Line) -> str:
    """The number without its interval: that is drawn, and stands in the words of the figure."""
    return line.words.split(" (", 1)[0] if not line.words.startswith("(") else line.words.split(")", 1)[0] + ")"
