"""The room before the field: the plan, the questionnaire, the places, the form, its rehearsal.

Imports the standard library and yaml; pyxform, XlsxWriter and JPype only inside the one module that needs each.
Never numpy, never a frame.  This module is the door: other rooms import these names and nothing deeper.
"""

from .codebook import Codebook, Variable, codebook
from .errors import BdgError, refuse
from .load import load_questionnaire, province_folder, questionnaire_folder
from .lock import read_locks
from .plan import Plan
from .province import Place, load_former, load_places, load_plan
from .submission import Submission

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
