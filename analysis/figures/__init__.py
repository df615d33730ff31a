"""Figures of results: rows in, (Figure, alt text) out; never microdata, never pyplot.

Door of the figures: `Figure` (matplotlib's), `Line`, and `png`, `svg`, `lettered`, `save`.  Of reports: `forest`, `dots`,
`items`; `likert` of `Item`; `slope` of `Breakdown` and `Slope`; `pairs` of `Pair`; `pyramid` of `Ages` and `AgeBand`; `flow` of
`Stream` and `Stage`; `areas` of `Area`; `spread` and `margins` of the weights; `planned`.  Of the day's page: `days`, `people`
(with `Panel`), `hours` and `communes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forms.door import lazy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .areas import Area, areas
    from .day import Panel, communes, days, hours, people
    from .flow import Stage, Stream, flow
    from .forest import dots, forest
    from .items import items
    from .likert import Item, likert
    from .pairs import Pair, pairs
    from .planned import planned
    from .pyramid import AgeBand, Ages, pyramid
    from .slope import Breakdown, Slope, slope
    from .theme import Line, lettered, png, save, svg
    from .weights import margins, spread

_HOME = {
    "AgeBand": "pyramid", "Ages": "pyramid", "Area": "areas", "Breakdown": "slope", "Figure": "theme", "Item": "likert",
    "Line": "theme", "Pair": "pairs", "Panel": "day", "Slope": "slope", "Stage": "flow", "Stream": "flow", "areas": "areas",
    "communes": "day", "days": "day", "dots": "forest", "flow": "flow", "forest": "forest", "hours": "day", "items": "items",
    "lettered": "theme", "likert": "likert", "margins": "weights", "pairs": "pairs", "people": "day", "planned": "planned",
    "png": "theme", "pyramid": "pyramid", "save": "theme", "slope": "slope", "spread": "weights", "svg": "theme",
}  # fmt: skip

lazy(__name__, _HOME)

__all__ = [
    "AgeBand", "Ages", "Area", "Breakdown", "Figure", "Item", "Line", "Pair", "Panel", "Slope", "Stage", "Stream", "areas",
    "communes", "days", "dots", "flow", "forest", "hours", "items", "lettered", "likert", "margins", "pairs", "people", "planned",
    "png", "pyramid", "save", "slope", "spread", "svg",
]  # fmt: skip
