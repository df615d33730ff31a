"""The room before the field: the plan, the questionnaire, the places, the form, its rehearsal.

Imports the standard library and yaml; pyxform, XlsxWriter and JPype only inside the one module that needs each.
Never numpy, never a frame.  This module is the door: other rooms import these names, or a ground module by its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .door import lazy

if TYPE_CHECKING:
    from .codebook import Codebook, Variable, codebook
    from .errors import BdgError, refuse
    from .load import load_questionnaire, province_folder, questionnaire_folder
    from .lock import read_locks
    from .plan import Plan
    from .province import Place, load_former, load_places, load_plan
    from .submission import Submission

_HOME = {
    "codebook": ("Codebook", "Variable", "codebook"),
    "errors": ("BdgError", "refuse"),
    "load": ("load_questionnaire", "province_folder", "questionnaire_folder"),
    "lock": ("read_locks",),
    "plan": ("Plan",),
    "province": ("Place", "load_former", "load_places", "load_plan"),
    "submission": ("Submission",),
}

lazy(__name__, {name: module for module, names in _HOME.items() for name in names})

__all__ = [
    "BdgError",
    "Codebook",
    "Place",
    "Plan",
    "Submission",
    "Variable",
    "codebook",
    "load_former",
    "load_places",
    "load_plan",
    "load_questionnaire",
    "province_folder",
    "questionnaire_folder",
    "read_locks",
    "refuse",
]
