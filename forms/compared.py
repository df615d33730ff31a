"""What a person names on the command line -> the version of a form it stands for: a form, a lock or a workbook.

Imports load, lock, locking, snapshot and importing.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from .errors import refuse
from .importing.make import import_xlsform
from .load import load_questionnaire, questionnaire_folder
from .lock import read_lock
from .locking import spoken_of
from .snapshot import Snapshot, snapshot


def version_of(what: str) -> Snapshot:
    """The version that a shipped form's name, a folder, a .lock or an XLSForm stands for. FORM-038 when it is none of them."""
    path = Path(what)
    if path.suffix == ".lock" and path.is_file():
        found = read_lock(path).as_it_stood
        if found is None:
            raise refuse("FORM-038", path.name, expected="as_it_stood", got=path.name, what=path.name)
        return found
    if path.suffix == ".xlsx" and path.is_file():
        return _of_xlsform(path)
    for folder in (path, questionnaire_folder(what)):
        if (folder / "form.yaml").exists():
            form = load_questionnaire(folder)
            return replace(snapshot(form), spoken=spoken_of(form, folder))
    raise refuse("FORM-038", what, expected="form.yaml | .lock | .xlsx", got=what, what=what)


def _of_xlsform(path: Path) -> Snapshot:
    """The version an XLSForm holds: all but its scores and keys, which no XLSForm knows."""
    with tempfile.TemporaryDirectory() as work:
        for name, text in import_xlsform(path).files.items():
            (Path(work) / name).write_text(text, encoding="utf-8")
        return replace(snapshot(load_questionnaire(Path(work))), whole=False)
