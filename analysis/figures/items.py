"""The change of a scale beside the changes of its items, each with its interval: what moved, and what did not.

Imports theme, forest (marks, limits), wording.  Rows in, (Figure, alt text) out.  The scale is in points and the items in
percentage points: two axes of the same length, never one.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import theme
from .forest import key, limits, mark, scale
from .theme import Line
from .wording import Lang, say

_GAP = 2.6  # text lines between the two axes: numbers and words of the upper one


def items(
    scales: Sequence[Line], lines: Sequence[Line], *, title: str, axes_words: tuple[str, str], note: str = "", stamp: str = "",
    lang: Lang = "vi",
) -> tuple[Figure, str]:  # fmt: skip
    """Above: the change of each scale; below: of each item, in the order of the form.  axes_words: of the two axes."""
    every = (*scales, *lines)
    with theme.look():
        above, high = theme.slots(tuple(scales))
        below, deep = theme.slots(tuple(lines))
        high, deep = max(high, 1.0), max(deep, 1.0)
        total = high + _GAP + deep
        step = theme.step(total)
        words = say(lang, "Hai trục cùng độ dài, khác đơn vị. ", "Two axes of the same length in different units. ")
        words += key(every, lang, names=(say(lang, "điểm số", "score"), say(lang, "từng câu", "item")))
        figure, bottom, height = theme.sheet(total * step, title, "\n".join(p for p in (words, note) if p), stamp)
        ends = limits(every, zero=True)
        for slots, lines_high, at, told in (
            (above, high, bottom + height * (deep + _GAP) / total, axes_words[0]), (below, deep, bottom, axes_words[1]),
        ):  # fmt: skip
            axes = figure.add_axes((0.34, at, 0.38, height * lines_high / total))
            _draw(axes, slots, lines_high, ends, told, dense=total > 34)
            if not slots:
                theme.empty(axes, lang)
    return figure, theme.alt(title, every, note, lang)


def _draw(axes: Axes, slots: Sequence[theme.Slot], high: float, ends: tuple[float, float], words: str, *, dense: bool) -> None:
    theme.rows(axes, high)
    axes.set_ylim(high - 0.4, -0.6)
    scale(axes, ends, words)
    if slots:
        axes.axvline(0, color=theme.INK, linewidth=0.8, linestyle=(0, (3, 2)), zorder=1)
    for slot in slots:
        theme.label(axes, slot, dense=dense)
        if slot.line is not None and slot.line.drawn:
            mark(axes, slot.y, slot.line, ends, whole=not slot.line.heading)
