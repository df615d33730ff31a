"""The number of every question on paper, and what a question is called in another one's instructions.

Imports the records of the room and texts.  A1, A2 … by section in form order; hidden fields and notes have no number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .. import condition
from ..question import HIDDEN, Question, Questionnaire, Section
from .page import Language
from .texts import derived, say

_LETTER = re.compile(r"([A-ZĐ]|\d+)\.\s")
_HOLE = re.compile(r"\$\{([a-z0-9_]+)\}")
_NUMBER = re.compile(r"«(-?\d+(?:\.\d+)?)»")
BLANK = "……"


@dataclass(frozen=True)
class Numbered:
    """A form with the numbers of its questions.  heads: section -> its heading, numbers: question -> A1."""

    form: Questionnaire
    heads: Mapping[str, str]
    numbers: Mapping[str, str]


def numbered(form: Questionnaire, lang: Language) -> Numbered:
    """The letter of a section is the one its label begins with, else its place in the form (1.1, 1.2 …)."""
    heads: dict[str, str] = {}
    numbers: dict[str, str] = {}
    taken: set[str] = set()
    for place, section in enumerate((s for s in form.sections if any(visible(q) for _, q in s.questions())), 1):
        found = _LETTER.match(section.label[lang])
        letter = found.group(1) if found and found.group(1) not in taken else str(place)
        taken.add(letter)
        heads[section.name] = section.label[lang] if found and found.group(1) == letter else f"{letter}. {section.label[lang]}"
        asked = [q.name for _, q in section.questions() if q.type not in HIDDEN and q.type != "note"]
        dot = "." if letter.isdigit() else ""
        numbers |= {name: f"{letter}{dot}{i}" for i, name in enumerate(asked, 1)}
    return Numbered(form, heads, numbers)


def visible(q: Question) -> bool:
    """What stands on paper: everything on a screen but the stamp of a practice round, which every page carries anyway."""
    if q.type in HIDDEN:
        return False
    return not (q.type == "note" and q.only_if is not None and "round_kind" in set(condition.names(q.only_if)))


def shown(section: Section) -> Iterator[Question | Section]:
    """What of a section stands on paper, in order."""
    for item in section.items:
        if isinstance(item, Section):
            if any(visible(q) for _, q in item.questions()):
                yield item
        elif visible(item):
            yield item


def called(book: Numbered, name: str, lang: Language) -> str:
    """`question A3`, the name of a value that the phone computes, or a hidden field's own name."""
    if name in book.numbers:
        return say("question", lang, number=book.numbers[name])
    own = next((q.label[lang] for _, q in book.form.questions() if q.name == name), name)
    return own if own != name else derived(name, lang) or name


def filled(book: Numbered, text: str, lang: Language) -> str:
    """A text without `${…}`: another question's answer is called by its number, what the phone computes is a blank."""
    return _HOLE.sub(lambda m: called(book, m.group(1), lang) if m.group(1) in book.numbers else BLANK, text)


def spoken(book: Numbered, tree: condition.Condition, lang: Language, itself: Question | None = None) -> str:
    """A condition in words, questions by their numbers and answers by their texts."""
    questions = {q.name: q for _, q in book.form.questions()}

    def label(name: str, code: str | None) -> str:
        if name == ".":
            found = itself
            if code is None:
                return say("answer", lang)
        else:
            found = questions.get(name)
            if code is None:
                return called(book, name, lang)
        choices = book.form.choices(found) if found else ()
        return next((c.label[lang] for c in choices if c.code == code), code)

    said = _NUMBER.sub(r"\1", condition.words(tree, lang, label))
    return said if lang == "en" else re.sub(r"\btừ (-?\d+(?:\.\d+)?)(?! trở lên)", r"từ \1 trở lên", said)
