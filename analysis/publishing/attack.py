"""The attack that every publication must survive: is a protected number a combination of published ones?

Imports families.  Works on public results alone: what it finds, anybody could.
"""

from __future__ import annotations

from ..results import Results
from .families import families


def given_away(results: Results) -> list[str]:
    """Keys of hidden rows whose number follows from the rows that are shown, sorted; none when the publication holds."""
    found: set[str] = set()
    for family in families(results.rows, results.texts):
        shown = [{j: 1.0} for j, i in enumerate(family.places) if results.rows[i].publish != "hide"]
        for j in family.secret:
            if family.grid.given_away({j: 1.0}, [*shown, *family.known]):
                found.add(results.rows[family.places[j]].key)
    return sorted(found)
