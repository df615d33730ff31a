"""What every figure of a report is made with: a line with its number as tables print it, the figure as bytes with its keys.

Imports lookup, cells, document and analysis' figures.  English pictures have no PNG: only the page shows them.
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis.figures import Figure, Line, png
from analysis.figures import lettered as svg
from analysis.results import Row

from . import cells
from .document import Picture
from .lookup import Lookup, why


def line(look: Lookup, label: str, heading: str, row: Row | None) -> Line:
    """A line of a figure: its label, and the number with its interval as the tables print them."""
    cell = cells.estimate(row, look.tongue)
    text = f"{cell.text} ({cell.below})" if cell.below else cell.text
    if row is not None and cell.mark == "none":
        text = why(row, look.tongue) or look.tongue.say("không tính được", "not estimable")
    return Line(label, row, text, heading)


def picture(look: Lookup, anchor: str, caption: str, made: tuple[Figure, str], rows: Sequence[Row | None]) -> Picture:
    """The figure as bytes, with the keys of the rows that it shows."""
    figure, words = made
    keys = tuple(dict.fromkeys(row.key for row in rows if row is not None))
    return Picture(anchor, caption, png(figure) if look.tongue.code == "vi" else b"", svg(figure), words, keys=keys, source="")
