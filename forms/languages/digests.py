"""Digests of a form's translations: what a lock keeps beside the questionnaire's own digest, which translations never change.

Imports store and texts.  A changed translation of a locked item is «comparable with note»: the same item in other words.
"""

from __future__ import annotations

from pathlib import Path

from ..question import Questionnaire
from ..reading import digest
from .known import languages
from .store import kept, shelves, stored, translated
from .texts import texts


def language_digest(form: Questionnaire, code: str, folder: Path) -> str:
    """Digest of all translations of a form that hold, sound files by name included; '' while there is none."""
    return translated(folder, form, code).digest


def question_language_digests(form: Questionnaire, code: str, folder: Path) -> dict[str, str]:
    """Question -> digest of its texts in one language (question, hint, choices, messages); only questions with one.

    A text that is not translated, or no longer, counts as missing: translating it later changes the digest.
    """
    rows = stored(folder, code)
    said: dict[str, list[tuple[str, str, str]]] = {}
    for text in texts(form):
        row = kept(rows, text)
        if row and row.holds(text) and row.translation:
            for name in text.questions:
                said.setdefault(name, []).append((text.key, row.translation, row.audio))
    return {name: digest(sorted(found)) for name, found in said.items()}


def begun(folder: Path) -> tuple[str, ...]:
    """Codes of the languages for which somebody has handed in a translation of this form or its bank."""
    return tuple(x.code for x in languages() if any((shelf / f"{x.code}.csv").exists() for shelf in shelves(folder)))
