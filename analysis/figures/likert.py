"""Answers on a scale of agreement, statement by statement: bars that part in the middle, those without an opinion aside.

Imports theme, wording.  Rows in, (Figure, alt text) out; the text of every number comes from the caller.  The egalitarian side is
right and plain, the other side left and hatched, so that a photocopy keeps them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import theme
from .theme import Line
from .wording import Lang, say

_LEFT = ("#b4561d", "#e9a96f")
_MIDDLE = "#ededed"
_RIGHT = ("#8fb4d6", "#1f4e79")
_WIDE = 0.46 * theme.WIDTH_IN  # inches of the bars
_NUMBER = 6.0  # points of the numbers inside bars
_KEY = 1.0  # text lines of the key under a heading


@dataclass(frozen=True)
class Item:
    """A statement.  answers: from the least to the most egalitarian; aside: no opinion and no answer; heading: its block."""

    label: str
    answers: tuple[Line, ...]
    aside: tuple[Line, ...]
    heading: str = ""

    @property
    def drawn(self) -> bool:
        """False where one part may not be shown: the others would give it away."""
        return bool(self.answers) and all(line.drawn for line in self.answers)


def likert(
    items: Sequence[Item], *, title: str, axis: str, note: str = "", stamp: str = "", lang: Lang = "vi"
) -> tuple[Figure, str]:
    """Bars of the answers to each statement around the middle answer; beside them who had no opinion or gave no answer."""
    placed, lines = _places(items)
    with theme.look():
        figure, bottom, height = theme.sheet(
            max(lines, 2.0) * theme.step(lines), title, _note(items, note, lang), stamp, foot=0.42
        )
        axes = figure.add_axes((0.36, bottom, 0.46, height))
        beside = figure.add_axes((0.86, bottom, 0.12, height))
        reach = max((_reach(item) for item in items if item.drawn), default=50.0)
        widest = max((_sum(item.aside) for item in items), default=0.0)
        for one in (axes, beside):
            theme.rows(one, lines)
        axes.set_xlim(-reach, reach)
        beside.set_xlim(0, max(widest * 1.9, 5.0))
        axes.set_xticks([t for t in range(-100, 101, 25) if -reach <= t <= reach])
        axes.xaxis.set_major_formatter(lambda x, _: f"{abs(x):.0f}")
        axes.set_xlabel(axis, size=8, labelpad=3)
        beside.set_xticks([])
        beside.spines["bottom"].set_visible(False)
        beside.set_xlabel(
            say(lang, "Không có ý kiến\n(% người được hỏi)", "No opinion\n(% of those asked)"), size=7.2, labelpad=3
        )
        for y, what in placed:
            if isinstance(what, Item):
                _item(axes, beside, y, what, _WIDE / (2 * reach), dense=lines > 34)
                if what.drawn:
                    axes.plot([0, 0], [y - 0.6, y + 0.6], color=theme.INK, linewidth=0.7, zorder=4)
            else:
                _heading(axes, y, what)
        if not items:
            theme.empty(axes, lang)
    return figure, _told(items, title, note, lang)


def _places(items: Sequence[Item]) -> tuple[list[tuple[float, Item | tuple[str, tuple[Line, ...]]]], float]:
    """Items and the heading of each block (with its key), from top to bottom."""
    out: list[tuple[float, Item | tuple[str, tuple[Line, ...]]]] = []
    y = 0.0
    for heading, block in groupby(items, key=lambda item: item.heading):
        some = list(block)
        out.append((y, (heading, some[0].answers)))
        y += 1.15 + _KEY
        for item in some:
            extra = 0.7 * theme.fold(item.label, 20.0).count("\n")
            out.append((y + extra / 2, item))
            y += 1.0 + extra
        y += 0.2
    return out, y


def _heading(axes: Axes, y: float, what: tuple[str, tuple[Line, ...]]) -> None:
    heading, answers = what
    across = axes.get_yaxis_transform()
    axes.text(-0.77, y, heading, transform=across, ha="left", va="center", size=8, weight="bold", color=theme.INK)
    at = -0.77
    for (colour, hatch), line in zip(_looks(len(answers)), answers, strict=True):
        axes.barh([y + 1.0], [0.035], left=at, height=0.55, transform=across, color=colour, hatch=hatch, edgecolor=_edge(hatch),
                  linewidth=0.4, clip_on=False)  # fmt: skip
        axes.text(at + 0.048, y + 1.0, line.label, transform=across, ha="left", va="center", size=6.9, color=theme.INK)
        at += 0.075 + 0.0331 * theme.wide(line.label)


def _item(axes: Axes, beside: Axes, y: float, item: Item, inch: float, *, dense: bool) -> None:
    """inch: inches of one percent; a part that is too narrow for its number carries none."""
    size = 7.0 if dense else 7.6
    label = theme.fold(item.label, 20.0)
    across = axes.get_yaxis_transform()
    axes.text(-0.02, y, label, transform=across, ha="right", va="center", size=size, color=theme.INK, linespacing=1.0)
    if not item.drawn:
        words = next((line.words for line in item.answers if not line.drawn), theme.HIDDEN)
        axes.text(0.5, y, words, transform=across, ha="center", va="center", size=size, color=theme.INK)
    else:
        at = -_half(item)
        for (colour, hatch), line in zip(_looks(len(item.answers)), item.answers, strict=True):
            width = _value(line)
            axes.barh(
                [y], [width], left=at, height=0.72, color=colour, hatch=hatch, edgecolor=_edge(hatch), linewidth=0.4, zorder=2
            )
            if width * inch >= theme.wide(line.words) * _NUMBER / 72 + 0.03:
                dark = colour == _RIGHT[-1]
                plain = not hatch and colour != _MIDDLE  # the line of the middle runs through its answer
                box = None if plain else {"facecolor": "white" if hatch else colour, "edgecolor": "none", "pad": 0.3}
                axes.text(at + width / 2, y, line.words, ha="center", va="center", size=_NUMBER, zorder=5, bbox=box,
                          color="white" if dark else theme.INK)  # fmt: skip
            at += width
    if item.aside and all(line.drawn for line in item.aside):
        total = _sum(item.aside)
        beside.barh([y], [total], height=0.5, color="#9a9a9a", zorder=2)
        given = [line for line in item.aside if _value(line)] or list(item.aside[:1])
        said = " + ".join(line.words for line in given)
        beside.text(total, y, f" {said}", ha="left", va="center", size=6.3, color=theme.INK)
    elif item.aside:
        beside.text(0, y, f" {theme.HIDDEN}", ha="left", va="center", size=6.3, color=theme.INK)


def _looks(count: int) -> list[tuple[str, str]]:
    """(colour, hatch) of so many answers, from the left: the middle one only where the number is odd."""
    half = count // 2
    left = [(_LEFT[min(i, 1)], "////" if i == 0 else "\\\\\\\\") for i in range(half)]
    right = [(_RIGHT[max(0, 2 - half + i) if half < 2 else min(i, 1)], "") for i in range(half)]
    if half > 2:
        right = [(_RIGHT[0], "")] * (half - 1) + [(_RIGHT[1], "")]
    return [*left, *([(_MIDDLE, "")] if count % 2 else []), *right]


def _edge(hatch: str) -> str:
    return "#5a3010" if hatch else "#6f6f6f"


def _half(item: Item) -> float:
    """How far the bar reaches to the left of the middle."""
    half, odd = divmod(len(item.answers), 2)
    left = _sum(item.answers[:half])
    return left + (_value(item.answers[half]) / 2 if odd else 0.0)


def _reach(item: Item) -> float:
    left = _half(item)
    return max(left, _sum(item.answers) - left) + 2.0


def _value(line: Line) -> float:
    return line.row.estimate if line.drawn and line.row is not None and line.row.estimate is not None else 0.0


def _sum(lines: Sequence[Line]) -> float:
    return sum(map(_value, lines))


def _note(items: Sequence[Item], note: str, lang: Lang) -> str:
    said = say(
        lang,
        "Bên phải (không gạch): thái độ bình đẳng; bên trái (gạch chéo): ngược lại; đường giữa chia đôi câu trả lời nửa chừng. "
        "Phần quá hẹp không ghi số.",
        "Right (plain): egalitarian; left (hatched): the opposite; the middle line halves the middle answer. "
        "Parts that are too narrow carry no number.",
    )
    aside = max((item.aside for item in items), key=len, default=())
    names = " + ".join(line.label.lower() for line in aside)
    more = say(lang, f" Cột bên: {names}.", f" Aside: {names}.") if aside else ""
    signs = theme.signed([line for item in items for line in (*item.answers, *item.aside)], lang)
    return "\n".join(part for part in (" ".join(p for p in (said + more, signs) if p) if items else "", note) if part)


def _told(items: Sequence[Item], title: str, note: str, lang: Lang) -> str:
    if not items:
        return theme.alt(title, (), note, lang)
    said = []
    for item in items:
        parts = item.answers if item.drawn else ()
        shares = ", ".join(f"{line.label} {line.words}" for line in (*parts, *(x for x in item.aside if item.drawn)))
        said.append(f"{item.label} {shares or theme.HIDDEN}")
    return f"{title}. {'; '.join(said)}. {note}".strip()
