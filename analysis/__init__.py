"""The room after the field: sample, submissions, scores, estimates, change and the verdict, down to results.json.

Imports forms only.  Above `totals` nothing sees a person; above `results` nothing sees a number but its row.  This module
is the door: names are loaded when they are first asked for, so that `import analysis` costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

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
    "Design": "design", "Lonely": "design", "Results": "results", "Row": "results", "WaveDraw": "draw", "change": "change",
    "draw": "draw", "estimate": "estimate", "practice": "practice", "read_frame": "frame", "read_results": "results",
    "read_sample": "sample", "read_submissions": "readers", "run": "run", "write_practice": "practice",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a name of the door from its module (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


class _Door(ModuleType):
    """Keeps `analysis.run` the function: importing a submodule would bind its name over the door's."""

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _HOME or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Door

__all__ = [
    "Design", "Lonely", "Results", "Row", "WaveDraw", "change", "draw", "estimate", "practice", "read_frame", "read_results",
    "read_sample", "read_submissions", "run", "write_practice",
]  # fmt: skip
