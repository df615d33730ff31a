"""The look of every figure, and how one is saved: same rows, same bytes, no pyplot state.

Imports matplotlib and ..results.  Never sees microdata.  DejaVu Sans comes with
matplotlib and has every Vietnamese letter; nothing relies on colour alone.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font

from ..results import Row

FACE = "DejaVu Sans"
INK = "#1a1a1a"
QUIET = "#5f5f5f"
MAIN = "#1f4e79"
BAND = "#e3e3e3"
STAMP_COLOUR = "#C00000"
WIDTH_IN = 6.3
DPI = 220
HIDDEN = "(*)"
_LABEL, _WORDS = 17.6, 14.8  # room left and right of the axes, in ems of the text that stands there

_RC: Any = {
    "font.family": FACE,
    "font.size": 8.5,
    "axes.unicode_minus": False,
    "axes.linewidth": 0.6,
    "svg.hashsalt": "bdg",
    "svg.fonttype": "path",
    "hatch.linewidth": 0.5,
    "path.simplify": False,
}


@cache
def _advance(letter: str) -> float:
    """How wide a letter of FACE is, in ems."""
    font = get_font(findfont(FACE))
    font.set_size(100, 72)
    return font.load_char(ord(letter)).linearHoriAdvance / 65536 / 100


def _fold(text: str, room: float) -> str:
    """Lines no wider than room ems: at spaces where it can, inside a word that is wider than the room."""
    lines, used = [""], 0.0
    for word in text.split():
        wide = sum(map(_advance, word))
        if lines[-1] and used + _advance(" ") + wide <= room:
            lines[-1], used = f"{lines[-1]} {word}", used + _advance(" ") + wide
            continue
        if lines[-1]:
            lines, used = [*lines, ""], 0.0
        for letter in word:
            if used + _advance(letter) > room:
                lines, used = [*lines, ""], 0.0
            lines[-1], used = lines[-1] + letter, used + _advance(letter)
    return "\n".join(lines)


@dataclass(frozen=True)
class Line:
    """One line of a figure. text: the number as the report prints it; heading: the block it opens or belongs to.

    row None, or one that may not be shown, draws no mark: its words stand in its place.
    """

    label: str
    row: Row | None
    text: str
    heading: str = ""

    @property
    def drawn(self) -> bool:
        """True when an estimate may be drawn."""
        return (
            self.row is not None
            and self.row.publish != "hide"
            and self.row.estimate is not None
            and (self.row.status != "not_estimable")
        )

    @property
    def words(self) -> str:
        """The text beside the line; a hidden row says `(*)` whatever was handed in."""
        return HIDDEN if self.row is not None and self.row.publish == "hide" else self.text

    @property
    def folded(self) -> tuple[str, str]:
        """Label and words, folded to the width they have."""
        return _fold(self.label, _LABEL), _fold(self.words, _WORDS)


@dataclass(frozen=True)
class Slot:
    """Where a line or a heading stands: y counts text lines downwards."""

    y: float
    label: str
    line: Line | None


@contextmanager
def look() -> Iterator[None]:
    """Our settings for as long as a figure is made or saved."""
    with mpl.rc_context(_RC):
        yield


def slots(lines: tuple[Line, ...]) -> tuple[tuple[Slot, ...], float]:
    """Lines and their headings from top to bottom, and the height in text lines."""
    out: list[Slot] = []
    y, heading = 0.0, ""
    for line in lines:
        if line.heading and line.heading != heading:
            y += 0.15
            out.append(Slot(y, line.heading, None))
            y += 1.0
        heading = line.heading
        extra = 0.7 * max(text.count("\n") for text in line.folded)
        y += extra / 2
        out.append(Slot(y, line.folded[0], line))
        y += 1.0 + extra / 2
    return tuple(out), y


def canvas(height_lines: float, title: str, note: str, stamp: str) -> tuple[Figure, Axes]:
    """An empty figure with its title, note and stamp; the axes lie between labels (left) and numbers (right)."""
    step = 0.205 if height_lines <= 34 else max(0.165, 7.0 / height_lines)
    heading = _balanced(title, 70)
    foot = "\n".join(textwrap.fill(part, 112) for part in note.split("\n") if part)
    top = 0.16 + 0.19 * (heading.count("\n") + 1) + (0.24 if stamp else 0.0)
    bottom = 0.5 + 0.15 * (foot.count("\n") + 1)
    body = max(height_lines, 2.0) * step
    figure = Figure(figsize=(WIDTH_IN, top + body + bottom), dpi=DPI)
    FigureCanvasAgg(figure)
    total = top + body + bottom
    axes = figure.add_axes((0.34, bottom / total, 0.38, body / total))
    at = 1 - 0.08 / total
    if stamp:
        figure.text(0.5, at, stamp, ha="center", va="top", color=STAMP_COLOUR, weight="bold", size=9)
        at -= 0.24 / total
    figure.text(0.5, at, heading, ha="center", va="top", color=INK, weight="bold", size=9.5)
    figure.text(0.01, 0.06 / total, foot, ha="left", va="bottom", color=QUIET, size=7)
    axes.set_ylim(max(height_lines, 2.0) - 0.4, -0.6)
    axes.set_yticks([])
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="x", length=2.5, labelsize=7.5, colors=INK)
    return figure, axes


def _balanced(text: str, width: int) -> str:
    """Lines of about the same length, so that no single word hangs below."""
    rows = len(textwrap.wrap(text, width)) or 1
    return next(
        (textwrap.fill(text, w) for w in range(-(-len(text) // rows), width + 1) if len(textwrap.wrap(text, w)) <= rows), text
    )


def label(axes: Axes, slot: Slot, *, dense: bool) -> None:
    """The words left and right of a line, or a heading."""
    size = 7.2 if dense else 8.2
    across = axes.get_yaxis_transform()
    if slot.line is None:
        # A long heading runs into the plot: its own white ground keeps it readable there.
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        axes.text(
            -0.88,
            slot.y,
            slot.label,
            transform=across,
            ha="left",
            va="center",
            size=size,
            weight="bold",
            color=INK,
            bbox=box,
            zorder=4,
        )
        return
    axes.text(-0.03, slot.y, slot.label, transform=across, ha="right", va="center", size=size, color=INK, linespacing=1.0)
    words = slot.line.folded[1]
    axes.text(1.03, slot.y, words, transform=across, ha="left", va="center", size=size - 0.3, color=INK, linespacing=1.0)


def alt(title: str, lines: tuple[Line, ...], note: str) -> str:
    """The figure in words, for those who cannot see it."""
    if not lines:
        return f"{title}. Không có số liệu. {note}".strip()
    said = []
    for line in lines:
        name = f"{line.heading} - {line.label}" if line.heading else line.label
        said.append(f"{name}: {line.words}")
    return f"{title}. {'; '.join(said)}. {note}".strip()


def png(figure: Figure) -> bytes:
    """220 dots an inch, without program name or date."""
    out = io.BytesIO()
    with look():
        figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None}, pil_kwargs={"compress_level": 3})
    return out.getvalue()


def svg(figure: Figure) -> bytes:
    """Vector form with letters as outlines (no font needed), fixed ids, no date."""
    out = io.BytesIO()
    with look():
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def save(figure: Figure, words: str, stem: Path) -> tuple[Path, ...]:
    """`stem`.png, .svg and .txt (the alt text)."""
    made = {".png": png(figure), ".svg": svg(figure), ".txt": (words + "\n").encode()}
    paths = []
    for suffix, content in made.items():
        path = stem.with_name(stem.name + suffix)
        path.write_bytes(content)
        paths.append(path)
    return tuple(paths)
