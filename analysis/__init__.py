"""The room after the field: sample, submissions, scores, estimates, change and the verdict, down to results.json.

Imports forms only.  Above `totals` nothing sees a person; above `results` nothing sees a number but its row.  This module
is the door: names are loaded when they are first asked for, so that `import analysis` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forms.door import lazy

if TYPE_CHECKING:
    from .change import change
    from .design import Design, Lonely
    from .draw import WaveDraw, draw
    from .estimate import estimate
    from .frame import read_frame
    from .practice import practice, write_practice
    from .readers import read_submissions
    from .results import Results, Row, read_results
    from .run import run
    from .sample import read_sample

_HOME = {
    "change": ("change",),
    "design": ("Design", "Lonely"),
    "draw": ("WaveDraw", "draw"),
    "estimate": ("estimate",),
    "frame": ("read_frame",),
    "practice": ("practice", "write_practice"),
    "readers": ("read_submissions",),
    "results": ("Results", "Row", "read_results"),
    "run": ("run",),
    "sample": ("read_sample",),
}

lazy(__name__, {name: module for module, names in _HOME.items() for name in names})

__all__ = [
    "Design", "Lonely", "Results", "Row", "WaveDraw", "change", "draw", "estimate", "practice", "read_frame", "read_results",
    "read_sample", "read_submissions", "run", "write_practice",
]  # fmt: skip
