"""What a person names on the command line -> the version of a form it stands for: a form, a lock or a workbook.

Imports load, lock, snapshot and importing.
"""

from __future__ import annotations

from pathlib import Path

from .errors import refuse
from .load import load_questionnaire, questionnaire_folder
from .lock import read_lock
from .snapshot import Snapshot, snapshot


def version_of(what: str) -> Snapshot:
    """The version that a shipped form's name, a folder, a .lock or an XLSForm stands for. FORM-038 when it is none of them."""
    path = Path(what)
    if path.suffix == ".lock" and path.is_file():
        found = read_lock(path).as_it_stood
        if found is None:
            raise refuse("FORM-038", path.name, expected="as_it_stood", got=path.name, what=path.name)
        return found
    for folder in (path, questionnaire_folder(what)):
        if (folder / "form.yaml").exists():
            return snapshot(load_questionnaire(folder))
    raise refuse("FORM-038", what, expected="form.yaml | .lock | .xlsx", got=what, what=what)
