"""Translations for tests: rows of a language beside the small questionnaire, in words that are plainly nobody's language."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from forms.languages.store import Row
from forms.languages.texts import source_digest
from tests.forms.writing import write_form


def row(key: str, vietnamese: str, said: str, *, back: str = "", audio: str = "", state: str = "draft") -> Row:
    """One translation of a text as it is now."""
    back_of = source_digest(said) if back else ""
    return Row(key, source_digest(vietnamese), vietnamese, said, audio, back, back_of, state, "HRE-01", "2026-10-05")


def folder_with(folder: Path, code: str, content: bytes, sounds: Mapping[str, bytes] | None = None) -> Path:
    """The small questionnaire with a file of translations and sound files beside it."""
    write_form(folder)
    (folder / "translations").mkdir()
    (folder / "translations" / f"{code}.csv").write_bytes(content)
    for name, sound in (sounds or {}).items():
        (folder / "translations" / "audio" / code).mkdir(parents=True, exist_ok=True)
        (folder / "translations" / "audio" / code / name).write_bytes(sound)
    return folder
