"""What became of the households of the sample, step by step to the interview, wave by wave.

Imports theme, wording.  Counts of households in, (Figure, alt text) out; the text of every count comes from the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import theme
from .theme import Line
from .wording import Lang, say, unpublished


@dataclass(frozen=True)
class Stage:
    """A step.  count: households still there, None when it may not be told; text: as printed; lost: who left before the next."""

    label: str
    count: float | None
    text: str
    lost: str = ""


@dataclass(frozen=True)
class Stream:
    """One wave: its name and its steps in order."""

    title: str
    stages: tuple[Stage, ...]


def flow(
    streams: Sequence[Stream], *, title: str, axis: str, note: str = "", stamp: str = "", lang: Lang = "vi"
) -> tuple[Figure, str]:
    """Bars from the drawn households down to the interviews; under each what was lost on the way to the next."""
    placed: list[tuple[float, Stage | str]] = []
    y = 0.0
    for stream in streams:
        placed.append((y, stream.title))
        y += 1.0
        for stage in stream.stages:
            placed.append((y, stage))
            lost = theme.fold(_lost(stage, lang), 58.0)
            y += 1.05 + (0.72 * (lost.count("\n") + 1) if stage.lost else 0.0)
        y += 0.25
    hidden = any(theme.HIDDEN in s.text + s.lost for stream in streams for s in stream.stages)
    below = "\n".join(p for p in (f"{unpublished(lang)}." if hidden else "", note) if p)
    with theme.look():
        figure, bottom, height = theme.sheet(max(y, 2.0) * theme.step(y) * 1.06, title, below, stamp)
        axes = figure.add_axes((0.34, bottom, 0.5, height))
        theme.rows(axes, y)
        most = max((s.count or 0.0 for stream in streams for s in stream.stages), default=0.0) or 1.0
        axes.set_xlim(0, most * 1.02)
        axes.set_xlabel(axis, size=8, labelpad=3)
        axes.locator_params(axis="x", nbins=6, integer=True)
        axes.xaxis.set_major_formatter(lambda x, _: f"{x:,.0f}".replace(",", "." if lang == "vi" else ","))
        for at, what in placed:
            _place(axes, at, what, lang)
        if not streams:
            theme.empty(axes, lang)
    told = tuple(
        Line(s.label, None, s.text + (f" ({_lost(s, lang)})" if s.lost else ""), stream.title)
        for stream in streams for s in stream.stages
    )  # fmt: skip
    return figure, theme.alt(title, told, note, lang)


def _place(axes: Axes, y: float, what: Stage | str, lang: Lang) -> None:
    across = axes.get_yaxis_transform()
    if isinstance(what, str):
        axes.text(-0.66, y, what, transform=across, ha="left", va="center", size=8.4, weight="bold", color=theme.INK)
        return
    axes.text(
        -0.02,
        y,
        theme.fold(what.label, 18.0),
        transform=across,
        ha="right",
        va="center",
        size=7.8,
        color=theme.INK,
        linespacing=0.95,
    )
    if what.count is not None:
        axes.barh([y], [what.count], height=0.66, color="#a9c3dc", edgecolor=theme.MAIN, linewidth=0.7, zorder=2)
    axes.text(1.02, y, what.text, transform=across, ha="left", va="center", size=7.8, color=theme.INK)
    if what.lost:
        words = theme.fold(_lost(what, lang), 58.0)
        axes.text(0.0, y + 0.47, words, transform=across, ha="left", va="top", size=6.7, color=theme.QUIET, linespacing=1.0)


def _lost(stage: Stage, lang: Lang) -> str:
    return say(lang, "dừng ở đây: ", "stopped here: ") + stage.lost if stage.lost else ""
