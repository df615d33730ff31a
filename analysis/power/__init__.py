"""Before the money is spent: what a planned two-wave sample will be able to prove, in closed form and by simulation.

Imports nothing until it is asked for.  The folder's own door, for a question of one's own: a `Scenario` (every assumption by
name) goes in, a probability, a smallest rise or a number of hamlets comes out.  The command's study is in `study`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forms.door import lazy

if TYPE_CHECKING:
    from .closed import points, power, relative
    from .solve import psus_needed, smallest_rise
    from .survey import Scenario, checked

_HOME = {
    "closed": ("points", "power", "relative"),
    "solve": ("psus_needed", "smallest_rise"),
    "survey": ("Scenario", "checked"),
}

lazy(__name__, {name: module for module, names in _HOME.items() for name in names})

__all__ = ["Scenario", "checked", "points", "power", "psus_needed", "relative", "smallest_rise"]
