"""Figures of results: rows in, (Figure, alt text) out; never microdata, never pyplot.

Door of the figures: `Figure` (matplotlib's), `forest`, `dots`, `planned`, `Line`, and `png`, `svg`, `save`; of the day's page
`days`, `people` (with `Panel`), `hours` and `communes`.
"""

from matplotlib.figure import Figure

from .day import Panel, communes, days, hours, people
from .forest import dots, forest
from .planned import planned
from .theme import Line, png, save, svg

__all__ = [
    "Figure", "Line", "Panel", "communes", "days", "dots", "forest", "hours", "people", "planned", "png", "save", "svg",
]  # fmt: skip
