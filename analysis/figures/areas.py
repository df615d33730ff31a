"""A reference map of groups that are places (zones, the two former provinces): a pattern a group, its result beside the map.

Imports theme, wording.  Shapes and rows in, (Figure, alt text) out.  The pattern names the group and never its value: shades by
value would rank places whose intervals overlap.  No commune has a result, and none is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline

from . import theme
from .theme import Line
from .wording import Lang, say

PATTERNS = (
    ("#d6e3f0", ""),
    ("#ffffff", "////"),
    ("#8fb4d6", "\\\\\\\\"),
    ("#f3dcc6", "xxxx"),
    ("#ffffff", "----"),
    ("#c9c9c9", "++++"),
)
_NONE = "#ffffff"
_TALL, _LINE, _ROOM = 3.3, 0.135, 17.5  # inches of the map, of a line of the legend; ems of its lines


@dataclass(frozen=True)
class Area:
    """A group of communes.  line: its label and its number; codes: the communes."""

    line: Line
    codes: frozenset[str]


def areas(
    shapes: Mapping[str, Sequence[Sequence[int]]], groups: Sequence[Area], *, title: str, note: str = "", stamp: str = "",
    lang: Lang = "vi",
) -> tuple[Figure, str]:  # fmt: skip
    """The map with a pattern for each group, in the plan's order; communes of no group stay blank."""
    legal = say(lang, "Bản đồ tham khảo, không phải địa giới pháp lý.", "Reference map, not legal boundaries.")
    marks = say(
        lang, "Mẫu tô chỉ nhóm, không chỉ mức cao thấp; xã không tô: không thuộc nhóm nào hoặc chưa có phân loại.",
        "Patterns name the group, not its level; blank communes belong to no group or are not classified.",
    )  # fmt: skip
    found = {code: i for i, area in enumerate(groups) for code in area.codes}
    with theme.look():
        signs = theme.signed([area.line for area in groups], lang)
        words = "\n".join(p for p in (f"{legal} {marks}", signs, note) if p)
        below = sum(map(_deep, groups)) > _TALL  # too many to stand beside the map: under it, in two columns
        halves = [groups[: -(-len(groups) // 2)], groups[-(-len(groups) // 2) :]] if below else [groups]
        under = max(sum(map(_deep, half)) for half in halves) + 0.1 if below else 0.0
        figure, bottom, height = theme.sheet(_TALL + under, title, words, stamp, foot=0.12)
        top = bottom + height * under / (_TALL + under)
        axes = figure.add_axes((0.2 if below else 0.0, top, 0.61, bottom + height - top))
        _map(axes, shapes, found, numbered=len(groups) > len(PATTERNS))
        if not shapes or not groups:
            theme.empty(axes, lang)
        for k, half in enumerate(halves):
            place = (0.03 + 0.5 * k, bottom, 0.375, top - bottom) if below else (0.62, bottom, 0.375, height)
            _legend(figure.add_axes(place), half, len(halves[0]) * k, under or _TALL, numbered=len(groups) > len(PATTERNS))
    return figure, theme.alt(title, tuple(a.line for a in groups), f"{legal} {note}".strip(), lang)


def _map(axes: Axes, shapes: Mapping[str, Sequence[Sequence[int]]], found: Mapping[str, int], *, numbered: bool) -> None:
    """numbered: there are more groups than patterns, so each commune also carries the number of its group."""
    flat = [p for rings in shapes.values() for ring in rings for p in ring]
    for code in sorted(shapes):
        colour, hatch = PATTERNS[found[code] % len(PATTERNS)] if code in found else (_NONE, "")
        for ring in shapes[code]:
            corners = list(zip(ring[::2], ring[1::2], strict=True))
            axes.add_artist(  # limits are set below: no need to measure every shape
                PathPatch(Outline([*corners, corners[0]]), facecolor=colour, edgecolor="#6f6f6f", hatch=hatch, linewidth=0.35)
            )
        if numbered and code in found and shapes[code]:
            ring = max(shapes[code], key=len)
            axes.text(sum(ring[::2]) / len(ring[::2]), sum(ring[1::2]) / len(ring[1::2]), str(found[code] + 1), size=4.5,
                      ha="center", va="center", color=theme.INK)  # fmt: skip
    axes.set_xlim(-3, max(flat[::2], default=1) + 3)
    axes.set_ylim(max(flat[1::2], default=1) + 3, -3)
    axes.set_aspect("equal")
    axes.axis("off")


def _legend(axes: Axes, groups: Sequence[Area], first: int, tall: float, *, numbered: bool) -> None:
    """Groups from the top: pattern, name, number.  first: the place of the first one in the plan's order."""
    axes.axis("off")
    axes.set_xlim(0, 1)
    axes.set_ylim(tall, 0)
    y = 0.1
    for i, area in enumerate(groups, first):
        colour, hatch = PATTERNS[i % len(PATTERNS)]
        name = theme.fold(f"{i + 1}. {area.line.label}" if numbered else area.line.label, _ROOM)
        axes.add_patch(Rectangle((0.0, y - 0.02), 0.1, 0.17, facecolor=colour, hatch=hatch, edgecolor="#4a4a4a", linewidth=0.6))
        axes.text(0.14, y, name, ha="left", va="top", size=7.6, weight="bold", color=theme.INK, linespacing=1.1)
        below = y + _LINE * (name.count("\n") + 1)
        axes.text(
            0.14, below, theme.fold(area.line.words, _ROOM), ha="left", va="top", size=7.6, color=theme.INK, linespacing=1.1
        )
        y += _deep(area)


def _deep(area: Area) -> float:
    """Inches that a group takes in the legend, numbered or not."""
    lines = theme.fold(f"00. {area.line.label}", _ROOM).count("\n") + theme.fold(area.line.words, _ROOM).count("\n") + 2
    return _LINE * lines + 0.09
