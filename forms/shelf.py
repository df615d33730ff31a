"""The shelf of forms: what a person calls a form on the command line -> its folder.

Imports errors and load (where the shelf stands) only.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .errors import refuse
from .load import questionnaire_folder


def shipped() -> tuple[str, ...]:
    """The names of the forms on the shelf."""
    return tuple(sorted(p.parent.name for p in questionnaire_folder("").glob("*/form.yaml")))


def form_folder(name: str) -> Path:
    """The folder of a form: a folder that holds form.yaml, or the name of a shipped form. FORM-002 when it is neither."""
    for folder in (Path(name), questionnaire_folder(name)):
        if (folder / "form.yaml").exists():
            return folder
    raise refuse("FORM-002", name, expected=", ".join(shipped()), got=name)


def form_folders(names: Sequence[str] | None) -> list[Path]:
    """Several of them; all shipped forms when none is named."""
    return [form_folder(name) for name in names or shipped()]
