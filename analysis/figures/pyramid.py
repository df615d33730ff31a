"""Who was interviewed against who lives there: age bands, men left, women right; bars for known totals, marks for the sample.

Imports theme, wording.  Rows in, (Figure, alt text) out; the text of every number comes from the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import theme
from .theme import Line
from .wording import Lang, say


@dataclass(frozen=True)
class AgeBand:
    """An age band.  left, right: (known total, sample) of each sex, in percent of everybody."""

    label: str
    left: tuple[Line, Line]
    right: tuple[Line, Line]


@dataclass(frozen=True)
class Ages:
    """One wave: its name, and its bands from the youngest."""

    title: str
    bands: tuple[AgeBand, ...]


def pyramid(
    waves: Sequence[Ages], *, sexes: tuple[str, str], title: str, axis: str, note: str = "", stamp: str = "", lang: Lang = "vi"
) -> tuple[Figure, str]:
    """A pyramid a wave, the oldest band on top."""
    lines = sum(len(w.bands) + 1.2 for w in waves) + 0.4
    step = 0.27 if lines < 16 else max(0.17, 5.5 / lines)
    marks = say(
        lang,
        "Thanh xám: tổng dân số đã biết; chấm và vạch: mẫu, theo quyền số trước khi hiệu chỉnh theo tổng dân số. Số ghi: tổng đã "
        "biết | mẫu.",
        "Grey bars: known population totals; dots: the sample by its weights before they were calibrated to these totals. "
        "Numbers: known total | sample.",
    )
    with theme.look():
        every = [line for w in waves for b in w.bands for line in (*b.left, *b.right)]
        words = "\n".join(p for p in (f"{marks} {theme.signed(every, lang)}".strip() if waves else "", note) if p)
        figure, bottom, height = theme.sheet(max(lines, 2.0) * step, title, words, stamp)
        men = figure.add_axes((0.11, bottom, 0.315, height))
        women = figure.add_axes((0.575, bottom, 0.315, height))
        most = max((_value(line) for line in every), default=10.0) * 1.12
        for axes, ends in ((men, (most, 0.0)), (women, (0.0, most))):
            theme.rows(axes, lines)
            axes.set_ylim(lines - 0.4, -0.6)
            axes.set_xlim(*ends)
            axes.locator_params(axis="x", nbins=5, integer=True)
            axes.set_xlabel(axis, size=7.6, labelpad=3)
        y = 0.0
        for w in waves:
            figure_y = bottom + height * (1 - (y + 0.6) / (lines + 0.2))
            figure.text(0.5, figure_y, w.title, ha="center", va="center", size=8.4, weight="bold", color=theme.INK)
            for axes, sex in zip((men, women), sexes, strict=True):
                axes.text(0.5, y, sex, transform=axes.get_yaxis_transform(), ha="center", va="center", size=8, color=theme.INK)
            for i, band in enumerate(reversed(w.bands), 1):
                _band(men, women, y + i, band)
                at = bottom + height * (1 - (y + i + 0.6) / (lines + 0.2))
                figure.text(
                    0.5, at, theme.fold(band.label, 11.0), ha="center", va="center", size=7, color=theme.INK, linespacing=0.95
                )
            y += len(w.bands) + 1.2
        if not waves:
            theme.empty(men, lang)
    told = tuple(
        Line(f"{w.title} - {b.label} - {sex}", None, f"{known.words} | {sample.words}")
        for w in waves for b in w.bands for sex, (known, sample) in zip(sexes, (b.left, b.right), strict=True)
    )  # fmt: skip
    return figure, theme.alt(title, told, f"{marks} {note}".strip(), lang)


def _band(men: Axes, women: Axes, y: float, band: AgeBand) -> None:
    for axes, (known, sample), left in ((men, band.left, True), (women, band.right, False)):
        if known.drawn:
            axes.barh([y], [_value(known)], height=0.74, color="#d9d9d9", edgecolor="#7a7a7a", linewidth=0.6, zorder=1)
        if sample.drawn:
            axes.plot([0, _value(sample)], [y, y], color=theme.MAIN, linewidth=1.1, zorder=2, solid_capstyle="butt")
            axes.plot(
                [_value(sample)], [y], marker="o", markersize=4.6, color=theme.MAIN, linestyle="none", zorder=3, clip_on=False
            )
        axes.text(1.02 if not left else -0.02, y, f"{known.words} | {sample.words}", transform=axes.get_yaxis_transform(),
                  ha="right" if left else "left", va="center", size=6.6, color=theme.INK)  # fmt: skip


def _value(line: Line) -> float:
    return line.row.estimate if line.drawn and line.row is not None and line.row.estimate is not None else 0.0
