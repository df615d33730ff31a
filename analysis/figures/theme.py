"""The look of every figure, and how one is saved: same rows, same bytes, no pyplot state.

Imports matplotlib, wording and ..results.  Never sees microdata.  DejaVu Sans comes with
matplotlib and has every Vietnamese letter; nothing relies on colour alone.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterable, Iterator
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
from .wording import Lang, first_upper, nothing, say, unpublished

FACE = "DejaVu Sans"
INK = "#1a1a1a"
QUIET = "#5f5f5f"
MAIN = "#1f4e79"
BAND = "#e3e3e3"
STAMP_COLOUR = "#C00000"
WIDTH_IN = 6.3
DPI = 300
HIDDEN = "(*)"
_COLOURS, _WHITE = 128, 252
_FINE = re.compile(rb"-?\d+\.\d{2,}")  # a tenth of a point is less than any eye sees
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
    "text.hinting": "no_hinting",  # at 300 dots an inch no eye sees it, and it is a third of the time of a figure
}


@cache
def _advance(letter: str) -> float:
    """How wide a letter of FACE is, in ems."""
    font = get_font(findfont(FACE))
    font.set_size(100, 72)
    return font.load_char(ord(letter)).linearHoriAdvance / 65536 / 100


def fold(text: str, room: float) -> str:
    """Lines no wider than room ems: at spaces where it can, inside a word that is wider than the room."""
    lines, used = [""], 0.0
    for word in text.split():
        room_of = wide(word)
        if lines[-1] and used + _advance(" ") + room_of <= room:
            lines[-1], used = f"{lines[-1]} {word}", used + _advance(" ") + room_of
            continue
        if lines[-1]:
            lines, used = [*lines, ""], 0.0
        for letter in word:
            if used + _advance(letter) > room:
                lines, used = [*lines, ""], 0.0
            lines[-1], used = lines[-1] + letter, used + _advance(letter)
    return "\n".join(lines)


def wide(text: str) -> float:
    """How wide a text is, in ems."""
    return sum(map(_advance, text))


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
        return fold(self.label, _LABEL), fold(self.words, _WORDS)


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


def sheet(body: float, title: str, note: str, stamp: str, *, foot: float = 0.5) -> tuple[Figure, float, float]:
    """A figure with title, note and stamp around `body` inches; (figure, bottom, height) of the body as shares of the figure.

    foot: inches between the body and the note, for the axis' own numbers and words.
    """
    heading = _balanced(title, 70)
    below = "\n".join(textwrap.fill(part, 112) for part in note.split("\n") if part)
    top = 0.16 + 0.19 * (heading.count("\n") + 1) + (0.24 if stamp else 0.0)
    bottom = foot + 0.15 * (below.count("\n") + 1)
    total = top + body + bottom
    figure = Figure(figsize=(WIDTH_IN, total), dpi=DPI)
    FigureCanvasAgg(figure)
    at = 1 - 0.08 / total
    if stamp:
        figure.text(0.5, at, stamp, ha="center", va="top", color=STAMP_COLOUR, weight="bold", size=9)
        at -= 0.24 / total
    figure.text(0.5, at, heading, ha="center", va="top", color=INK, weight="bold", size=9.5)
    figure.text(0.01, 0.06 / total, below, ha="left", va="bottom", color=QUIET, size=7)
    return figure, bottom / total, body / total


def step(lines: float) -> float:
    """Inches of a text line: less where there are many."""
    return 0.205 if lines <= 34 else max(0.165, 7.0 / lines)


def canvas(height_lines: float, title: str, note: str, stamp: str) -> tuple[Figure, Axes]:
    """An empty figure with its title, note and stamp; the axes lie between labels (left) and numbers (right)."""
    figure, bottom, height = sheet(max(height_lines, 2.0) * step(height_lines), title, note, stamp)
    axes = figure.add_axes((0.34, bottom, 0.38, height))
    rows(axes, height_lines)
    return figure, axes


def rows(axes: Axes, height_lines: float) -> None:
    """Axes whose y counts text lines downwards, with nothing but the x axis drawn."""
    axes.set_ylim(max(height_lines, 2.0) - 0.4, -0.6)
    axes.set_yticks([])
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="x", length=2.5, labelsize=7.5, colors=INK)


def empty(axes: Axes, lang: Lang) -> None:
    """The words of a figure without rows."""
    axes.text(0.5, 0.5, nothing(lang), transform=axes.transAxes, ha="center", va="center", size=9)


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


def signs(lines: Iterable[Line], lang: Lang, mark: str = "") -> str:
    """What brackets and (*) mean, those that occur; mark: the look that goes with a number in brackets, `hình thoi rỗng và `."""
    rows = [line.row for line in lines if line.row is not None]
    said = []
    if any(r.publish == "bracket" for r in rows):
        few = say(lang, "số trong ngoặc: ít quan sát (25 - 49 người) hoặc kém chính xác",
                  "numbers in brackets: few observations (25 to 49 people) or imprecise")  # fmt: skip
        said.append(mark + few)
    if any(r.publish == "hide" for r in rows):
        said.append(unpublished(lang))
    return "; ".join(said)


def signed(lines: Iterable[Line], lang: Lang) -> str:
    """`signs` as a sentence of its own, '' where there is nothing to explain."""
    said = signs(lines, lang)
    return f"{first_upper(said)}." if said else ""


def alt(title: str, lines: tuple[Line, ...], note: str, lang: Lang = "vi") -> str:
    """The figure in words, for those who cannot see it."""
    if not lines:
        return f"{title}. {nothing(lang)}. {note}".strip()
    said = []
    for line in lines:
        name = f"{line.heading} - {line.label}" if line.heading else line.label
        said.append(f"{name}: {line.words}")
    return f"{title}. {'; '.join(said)}. {note}".strip()


def png(figure: Figure) -> bytes:
    """300 dots an inch in _COLOURS colours (a third of the size, no eye sees it), without program name or date."""
    from PIL import Image

    canvas: Any = FigureCanvasAgg(figure)
    with look():
        canvas.draw()  # sheet() gave the figure its DPI
    made = Image.frombytes("RGB", canvas.get_width_height(), canvas.buffer_rgba(), "raw", "RGBX")
    made = made.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    made.putpalette([255 if shade > _WHITE else shade for shade in made.getpalette() or []])
    out = io.BytesIO()
    made.save(out, format="png", compress_level=6, dpi=(DPI, DPI))
    return out.getvalue()


def svg(figure: Figure) -> bytes:
    """Vector form with letters as outlines (no font needed), fixed ids, no date."""
    return _vector(figure, "path")


def lettered(figure: Figure) -> bytes:
    """Vector form whose letters stay letters: a tenth of the size, and a reader's search finds them.

    Where DejaVu Sans is missing Verdana takes its place: it has the same widths, every Vietnamese letter, and any office has it.
    """
    made = _vector(figure, "none").replace(f"'{FACE}'".encode(), f"'{FACE}', Verdana, sans-serif".encode())
    return _FINE.sub(lambda m: b"%.1f" % float(m[0]), made)


def _vector(figure: Figure, letters: str) -> bytes:
    out = io.BytesIO()
    with look(), mpl.rc_context({"svg.fonttype": letters}):
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
