"""The yearly reports on the plan: six months, a year, at a cut-off date, and the evaluation at its end.

Doors: `build(kind, results, ...)` composes the document, `shells(document)` empties its tables for signing.  Imports the
modules of the folder late; never sees microdata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forms.door import lazy

if TYPE_CHECKING:
    from .blanks import shells
    from .report import build

lazy(__name__, {"build": "report", "shells": "blanks"})

__all__ = ["build", "shells"]
