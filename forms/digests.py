"""Digests of a questionnaire and of each question: what a lock and a result are tied to.

Imports the records of this room and reading.  Texts in other languages than the two of every form are not in them (languages).
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

from .condition import Both, Chose, Compare, Either, Not, xpath
from .evidence import WHOLE
from .question import Choice, Key, Label, Question, Questionnaire, Scale, Score
from .reading import digest


def questionnaire_digest(form: Questionnaire) -> str:
    """Digest over all that a respondent meets and all that scoring uses (lines and file names left out)."""
    parts = [(question.name, question_digest(form, question, path)) for path, question in form.questions()]
    scales = {name: _content(scale, ()) for name, scale in form.scales.items()}
    return digest({"id": form.id, "questions": parts, "scales": scales})


def question_digest(form: Questionnaire, question: Question, path: tuple[str, ...]) -> str:
    """Digest of one question: wording, choices, order, its own condition and those around it, constraint and scoring.

    Only what differs from a field's default counts, so a later version of bdg may add fields without breaking a lock.
    """
    around = [(_plain(s.only_if), s.repeat, *([s.relevant] if s.relevant else [])) for s in form.around(path)]
    choices = [_content(c, ()) for c in form.choices(question)]
    said = replace(question, order=None) if question.order == "fixed" else question  # fixed is what an undeclared order is
    return digest([path, around, _content(said, _UNASKED), choices])


_UNASKED = ("place", "changed", "source", "since", "order_why", "option", "read_out")
"""Fields of a question that no respondent meets: where it stands in the files, why it is so, what the kit prints of it."""


def _content(record: Question | Scale | Score | Key | Choice, without: tuple[str, ...]) -> dict[str, Any]:
    values = {f.name: (getattr(record, f.name), f.default) for f in fields(record) if f.name not in without}
    return {name: _plain(value) for name, (value, default) in values.items() if value != default}


def _plain(value: object) -> Any:
    match value:
        case Label(vi, en):
            return [vi, en]
        case Score() | Key():
            return _content(value, ("law", "article", "read_on", "source"))
        case Compare() | Chose() | Not() | Both() | Either():
            return xpath(value)
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(v) for v in value]
        case _:
            return value


def wording_code(form: Questionnaire, question: Question) -> str:
    """Eight characters that change with the words a respondent meets: question, hint and choices, in both languages."""
    choices = [[c.code, c.label.vi, c.label.en] for c in form.choices(question)]
    return digest([_plain(question.label), _plain(question.hint), choices])[:8]


def wordings(form: Questionnaire) -> dict[str, str]:
    """What needs evidence from people (decision 16): each scored item, or `*` (the form) where none is -> its wording's code."""
    found = {q.name: wording_code(form, q) for _, q in form.questions() if q.score}
    return found or {WHOLE: digest([wording_code(form, q) for _, q in form.questions()])[:8]}
