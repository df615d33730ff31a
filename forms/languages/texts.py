"""Every text of a form that is to be translated, once each, with where it stands; and the references that a text holds.

Imports the records of a questionnaire.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ..question import HIDDEN, Question, Questionnaire, Section
from ..wording import Said, of_choice, of_hint, of_question, of_refusals, of_required, of_section

SPOKEN = ("label", "choice")
"""Kinds of text that may have a sound file."""
_REFERENCE = re.compile(r"\$\{([^{}$]*)\}")


@dataclass(frozen=True)
class Text:
    """One text to translate. section: title of the section where it comes first; questions: names of those that show it."""

    said: Said
    section: str
    questions: tuple[str, ...]

    @property
    def key(self) -> str:
        """What it is known by."""
        return self.said.key

    @property
    def vi(self) -> str:
        """The source: translations are made from the Vietnamese."""
        return self.said.label.vi


def texts(form: Questionnaire) -> tuple[Text, ...]:
    """Every text of a form in the order in which a person meets them, each once."""
    found: dict[str, Text] = {}
    for said, section, question in (row for s in form.sections for row in _of_section(form, s)):
        before = found.get(said.key)
        if before is None:
            found[said.key] = Text(said, section, (question,) if question else ())
        elif question and question not in before.questions:
            found[said.key] = Text(said, before.section, (*before.questions, question))
    return tuple(found.values())


def _of_section(form: Questionnaire, section: Section) -> Iterator[tuple[Said, str, str]]:
    yield of_section(section), section.label.vi, ""
    for item in section.items:
        if isinstance(item, Section):
            yield from _of_section(form, item)
        elif item.type not in HIDDEN:
            yield from ((said, section.label.vi, item.name) for said in _of_question(form, item))


def _of_question(form: Questionnaire, q: Question) -> Iterator[Said]:
    yield of_question(q)
    if hint := of_hint(q):
        yield hint
    if q.list:
        yield from (of_choice(form.lists[q.list], choice) for choice in form.choices(q))
    yield from of_refusals(form, q)
    if q.required and q.type != "note":
        yield of_required(form, q)


def source_digest(vietnamese: str) -> str:
    """Sixteen characters that change with the Vietnamese text."""
    return hashlib.sha256(vietnamese.encode()).hexdigest()[:16]


def references(text: str) -> Counter[str]:
    """The ${…} of a text; what remains of `$`, `{` or `}` beside them counts too, so that a broken one is seen."""
    found = Counter(f"${{{name}}}" for name in _REFERENCE.findall(text))
    left = _REFERENCE.sub("", text)
    return found + Counter(sign for sign in left if sign in "${}＄｛｝")
