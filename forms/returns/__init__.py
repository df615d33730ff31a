"""Excel returns of forms with `excel:`: where each question stands, the template of a unit, what a report is held against.

The door of this sub-room: standard library only, until a workbook is written.  The reader of filled-in templates is analysis'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..door import lazy

if TYPE_CHECKING:
    from .layout import layout
    from .make import STAMP, Period, check_period, tie, who_owes
    from .records import FIRST_DAY, KEYS, LAST_DAY, SCHEMA, TICK, Field, Layout, Page, Text, cell_name
    from .rules import Around, allowed, hidden, references, work_out

_HOME = {
    "layout": ("layout",),
    "make": ("STAMP", "Period", "check_period", "tie", "who_owes"),
    "records": ("FIRST_DAY", "KEYS", "LAST_DAY", "SCHEMA", "TICK", "Field", "Layout", "Page", "Text", "cell_name"),
    "rules": ("Around", "allowed", "hidden", "references", "work_out"),
}

lazy(__name__, {name: module for module, names in _HOME.items() for name in names})

__all__ = [
    "FIRST_DAY",
    "KEYS",
    "LAST_DAY",
    "SCHEMA",
    "STAMP",
    "TICK",
    "Around",
    "Field",
    "Layout",
    "Page",
    "Period",
    "Text",
    "allowed",
    "cell_name",
    "check_period",
    "hidden",
    "layout",
    "references",
    "tie",
    "who_owes",
    "work_out",
]
