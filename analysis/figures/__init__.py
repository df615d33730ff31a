"""Figures of results: rows in, (Figure, alt text) out; never microdata, never pyplot.

Door of the figures: `Figure` (matplotlib's), `forest`, `dots`, `planned`, `Line`, and `png`, `svg`, `save`.
"""

from matplotlib.figure import Figure

from .forest import dots, forest
from .planned import planned
from .theme import Line, png, save, svg

__all__ = ["Figure", "Line", "dots", "forest", "planned", "png", "save", "svg"]
