"""What may leave: results without a single hidden number, the public microdata, and a page that says what was hidden.

Door of the room within the room: `public(results)`.  Imports publish and results; the rest when it is asked for.
"""

from __future__ import annotations

from ..results import Results

__all__ = ["public"]


def public(results: Results) -> Results:
    """The results that may leave: every rule applied, every hidden number gone, from rows and texts alike.

    Pure and deterministic; of results that are public already it changes nothing.  A hidden row keeps its key, its names,
    publish and rule.  Nothing becomes more visible than it was.
    """
    from ..publish import by_waves, publish
    from .complement import complemented
    from .stripped import stripped

    return stripped(results, by_waves(complemented(publish(results.rows), results.texts)))
