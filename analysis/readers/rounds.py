"""A round's own form as its readers know it: every switch on, so that no column of any export is overlooked.

Imports the forms doors (codebook, load, ledger).  Reads no submission.
"""

from __future__ import annotations

from pathlib import Path

from forms import Codebook, codebook, load_questionnaire, questionnaire_folder
from forms.ledger import Round


def form_of(of: Round) -> Codebook:
    """The codebook of a round's form with every switch on: what a submission of it may hold."""
    folder = Path(of.form) if (Path(of.form) / "form.yaml").exists() else questionnaire_folder(of.form)
    plain = load_questionnaire(folder)
    return codebook(load_questionnaire(folder, tuple(plain.options)))
