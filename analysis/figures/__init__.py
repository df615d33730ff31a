"""Figures of results: rows in, (Figure, alt text) out; never microdata, never pyplot.

Door of the figures: `Figure` (matplotlib's), `forest`, `dots`, `Line`, and `png`, `svg`, `save`.
"""

from matplotlib.figure import Figure

from .forest import dots, forest
from .theme import Line, png, save, svg

__all__ = ["Figure", "Line", "dots", "forest", "png", "save", "svg"]
