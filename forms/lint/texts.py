"""What rules look at: every text, expression, name and section of a form, each with its place.

Imports the records of the room only; judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..condition import Condition
from ..question import FREE, HIDDEN, Label, Question, Questionnaire, Section


@dataclass(frozen=True)
class Text:
    """One text in both languages. where: what it is («ask», «hint», «message», «label»); owner: the question, section or list."""

    label: Label
    where: str
    place: str
    owner: str


@dataclass(frozen=True)
class Expression:
    """One piece of XPath. where: the attribute; owner: the question or section."""

    text: str
    where: str
    place: str
    owner: str


def sections(form: Questionnaire) -> Iterator[Section]:
    """Every section, outer ones first."""
    ahead = list(form.sections)
    while ahead:
        section = ahead.pop(0)
        yield section
        ahead = [i for i in section.items if isinstance(i, Section)] + ahead


def conditioned(form: Questionnaire) -> Iterator[tuple[Section, tuple[Condition, ...]]]:
    """Every section with its own condition and those around it."""
    ahead: list[tuple[Section, tuple[Condition, ...]]] = [(s, ()) for s in form.sections]
    while ahead:
        section, around = ahead.pop(0)
        held = (*around, section.only_if) if section.only_if else around
        yield section, held
        ahead = [(i, held) for i in section.items if isinstance(i, Section)] + ahead


def on_screen(form: Questionnaire) -> Iterator[Question]:
    """Every question that somebody sees, notes included."""
    return (q for _, q in form.questions() if q.type not in HIDDEN)


def texts(form: Questionnaire) -> Iterator[Text]:
    """Every text of a form that a person meets, choices of used lists included."""
    yield Text(form.title, "title", "form.yaml (title)", "title")
    for section in sections(form):
        yield Text(section.label, "label", section.place, section.name)
    for q in on_screen(form):
        for where, label in (("ask", q.label), ("hint", q.hint), ("must_message", q.must_message)):
            if label:
                yield Text(label, where, q.place, q.name)
    used = {q.list for _, q in form.questions() if q.list and not q.file}
    for name, found in form.lists.items():
        for choice in found.choices if name in used else ():
            place = f"{found.places.get(choice.code, 'lists.yaml')} ({name}.{choice.code})"
            yield Text(choice.label, "choice", place, f"{name}.{choice.code}")


def expressions(form: Questionnaire) -> Iterator[Expression]:
    """Every piece of XPath of a form as its author wrote it."""
    for section in sections(form):
        for where, text in (("repeat", section.repeat), ("relevant", section.relevant)):
            if text and text != FREE:
                yield Expression(text, where, section.place, section.name)
    for _, q in form.questions():
        for where in ("relevant", "constraint", "calculate", "filter"):
            text = getattr(q, where)
            if text:
                yield Expression(text, where, q.place, q.name)
