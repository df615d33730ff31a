"""The room after the field: sample, submissions, scores, estimates, change and the verdict, down to results.json.

Imports forms only.  Above `totals` nothing sees a person; above `results` nothing sees a number but its row.  This module
is the door: names are loaded when they are first asked for, so that `import analysis` costs nothing.

    from analysis import Design, Lonely, estimate, change

A frame of pandas (or a source of backends) and a Design go in, tidy tables with units and methods come out; of a run that is
there already, `analysis.open(folder)` gives both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forms.door import lazy

if TYPE_CHECKING:
    from .change import change
    from .design import Design, Lonely, Pps, Replicates
    from .estimate import estimate
    from .models.glm import glm
    from .opened import open  # noqa: A004  the door's own word: analysis.open(folder)
    from .results import read_results
    from .scale.reliability import reliability
    from .sensitivity import sensitivity
    from .testing.compare import compare
    from .testing.tables import tabulate
    from .weighting.calibration import calibrate
    from .weighting.replicates import replicate

_HOME = {
    "weighting.calibration": ("calibrate",),
    "change": ("change",),
    "testing.compare": ("compare",),
    "design": ("Design", "Lonely", "Pps", "Replicates"),
    "estimate": ("estimate",),
    "models.glm": ("glm",),
    "scale.reliability": ("reliability",),
    "weighting.replicates": ("replicate",),
    "opened": ("open",),
    "results": ("read_results",),
    "sensitivity": ("sensitivity",),
    "testing.tables": ("tabulate",),
}

lazy(__name__, {name: module for module, names in _HOME.items() for name in names})

__all__ = [
    "Design", "Lonely", "Pps", "Replicates", "calibrate", "change", "compare", "estimate", "glm", "open", "read_results",
    "reliability", "replicate", "sensitivity", "tabulate",
]  # fmt: skip
