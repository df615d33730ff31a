"""The clerk's desk: numbered Vietnamese steps from choosing the round to the report, each open when the one before is right.

Doors of this sub-room: `menu(home, call)`, `Talk`.  Imports forms.ledger, forms.errors and the standard library; it runs the
commands of `bdg` and reads what they leave in folders, so it knows no number and no person.
"""

from __future__ import annotations

from .menu import menu
from .talk import Talk

__all__ = ["Talk", "menu"]
