"""Shares of several waves under each other: channels of exposure, in the order of the form, a mark and an interval a wave.

Imports theme, forest (its limits), wording.  Rows in, (Figure, alt text) out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import theme
from .forest import limits, scale
from .theme import Line
from .wording import Lang, first_upper, say

_MARKS = ("o", "s", "^", "D")


@dataclass(frozen=True)
class Pair:
    """One thing measured in each wave; lines: a line a wave, in the order of the waves."""

    label: str
    lines: tuple[Line, ...]
    heading: str = ""


def pairs(
    things: Sequence[Pair], *, waves: Sequence[str], title: str, axis: str, note: str = "", stamp: str = "", lang: Lang = "vi"
) -> tuple[Figure, str]:
    """A row for each thing: waves one under the other, the last one filled.  The order is the caller's."""
    named = [Line(p.label, None, "\n".join(x.words for x in p.lines), p.heading) for p in things]
    count = max(len(waves), 1)
    with theme.look():
        y, spots, lines = 0.0, [], [x for p in things for x in p.lines]
        for one, thing in zip(named, things, strict=True):
            tall = max(theme.fold(one.label, 17.6).count("\n") + 1, count) * 0.78 + 0.32
            spots.append((y + tall / 2 - 0.5, thing))
            y += tall
        legend = first_upper("; ".join(f"{_name(i, count, lang)}: {w}" for i, w in enumerate(waves)))
        legend += say(lang, "; đoạn ngang: khoảng tin cậy 95%.", "; bar: 95% confidence interval.")
        legend = " ".join(p for p in (legend, theme.signed(lines, lang)) if p)
        figure, axes = theme.canvas(y, title, "\n".join(p for p in (legend if things else "", note) if p), stamp)
        low, high = limits(lines, zero=True)
        ends = (min(0.0, low) if low < -1 else -1.0, high)
        scale(axes, ends, axis)
        for at, thing in spots:
            _thing(axes, at, thing, waves, ends, dense=y > 34)
        if not things:
            theme.empty(axes, lang)
    told = tuple(Line(f"{p.label}, {w}", None, x.words, p.heading) for p in things for w, x in zip(waves, p.lines, strict=True))
    return figure, theme.alt(title, told, note, lang)


def _name(i: int, count: int, lang: Lang) -> str:
    names = (("tròn", "circle"), ("vuông", "square"), ("tam giác", "triangle"), ("thoi", "diamond"))
    hollow = i < count - 1
    vi, en = names[i % len(names)]
    return say(lang, f"{vi} {'rỗng' if hollow else 'đặc'}", f"{'hollow' if hollow else 'filled'} {en}")


def _thing(axes: Axes, y: float, thing: Pair, waves: Sequence[str], ends: tuple[float, float], *, dense: bool) -> None:
    size = 7.0 if dense else 7.8
    across = axes.get_yaxis_transform()
    label = theme.fold(thing.label, 17.6)
    axes.text(-0.03, y, label, transform=across, ha="right", va="center", size=size, color=theme.INK, linespacing=1.0)
    count = len(thing.lines)
    for i, (wave, line) in enumerate(zip(waves, thing.lines, strict=True)):
        at = y + 0.78 * (i - (count - 1) / 2)
        axes.text(1.03, at, f"{wave}: {line.words}", transform=across, ha="left", va="center", size=size - 0.5, color=theme.INK)
        row = line.row
        if not line.drawn or row is None or row.estimate is None:
            continue
        colour = theme.MAIN if i == count - 1 else theme.QUIET
        if row.lower is not None and row.upper is not None:
            axes.plot([max(row.lower, ends[0]), min(row.upper, ends[1])], [at, at], color=colour, linewidth=1.0, zorder=2,
                      solid_capstyle="butt")  # fmt: skip
        axes.plot([row.estimate], [at], marker=_MARKS[i % len(_MARKS)], markersize=4.6, color=colour, linestyle="none", zorder=3,
                  markerfacecolor=colour if i == count - 1 else "white", markeredgecolor=colour, clip_on=False)  # fmt: skip
