"""Hidden fields and constraints of a form over the answers of one report, as the phone's engine would have them.

Imports known and xpath.  Only expressions that layout has let through come here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from ..question import Question, Questionnaire
from .known import TODAY, calculated, expression, typed, value_of
from .xpath import Known, Value, evaluate, names, read, text_of, truth


@dataclass(frozen=True)
class Around:
    """What a report does not say itself.  received: the day it came in, which stands for a phone's own day in rules.

    listed: the unit's row of the list file.
    """

    received: date
    listed: Mapping[str, str] = field(default_factory=dict)


def hidden(form: Questionnaire) -> Iterator[Question]:
    """The hidden fields that a workbook can work out, in form order."""
    return (q for q, tree in calculated(form) if tree is not None)


def work_out(form: Questionnaire, q: Question, answers: Mapping[str, str], around: Around) -> str:
    """The value of a hidden field, '' for none.  answers: name -> text, of the line and of what lies around it."""
    return text_of(evaluate(read(expression(form, q)), Known(_seen(form, answers, around), "", around.listed)))


def references(form: Questionnaire, q: Question) -> frozenset[str]:
    """The questions that a constraint looks at."""
    return names(read(expression(form, q))) if q.constraint else frozenset()


def allowed(form: Questionnaire, q: Question, text: str, answers: Mapping[str, str], around: Around) -> bool:
    """Whether an answer meets its question's constraint; True where there is none."""
    if not q.constraint:
        return True
    known = Known(_seen(form, answers, around), value_of(q, text), around.listed)
    return truth(evaluate(read(expression(form, q)), known))


def _seen(form: Questionnaire, answers: Mapping[str, str], around: Around) -> dict[str, Value]:
    days: dict[str, Value] = {q.name: around.received for _, q in form.questions() if q.type == TODAY}
    return days | typed(form, answers)
