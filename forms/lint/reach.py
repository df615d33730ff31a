"""Questions that nobody can reach, answers that nobody can give, values without bounds.

Imports the records of the room and the solver.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..condition import xpath
from ..errors import Problem, problem
from ..question import Question, Questionnaire
from .solve import Sheet, sheet_of


def reachable(form: Questionnaire) -> Iterator[Problem]:
    """LINT-017: the condition of a question together with those around it and those of the questions it looks at."""
    sheet = sheet_of(form)
    for name, one in sheet.asked.items():
        if one.conditions and sheet.possible(one.conditions) is False:
            got = " and ".join(f"({xpath(c)})" for c in one.conditions)
            yield problem("LINT-017", one.question.place, expected="ít nhất một cách trả lời / some way", got=got, name=name)


def answerable(form: Questionnaire) -> Iterator[Problem]:
    """LINT-018: range, must, choices and sum of a question, taken together, must leave an answer."""
    sheet = sheet_of(form)
    for name, one in sheet.asked.items():
        q = one.question
        if not (q.range or q.must or q.sum_of) or q.type in ("note", "calculate"):
            continue
        if sheet.possible(one.conditions) is not False and not _can_answer(sheet, q):
            rules = [f"range {q.range[0]}..{q.range[1]}" if q.range else "", f"must {xpath(q.must)}" if q.must else ""]
            rules += [f"sum_of {', '.join(q.sum_of)}" if q.sum_of else ""]
            got = "; ".join(filter(None, rules))
            yield problem("LINT-018", q.place, expected="ít nhất một trả lời / some answer", got=got, name=name)


def _can_answer(sheet: Sheet, q: Question) -> bool:
    if q.must and sheet.possible(sheet.asked[q.name].conditions, answered=q.name) is False:
        return False
    parts = [sheet.asked[n].question for n in q.sum_of if n in sheet.asked]
    if q.range and parts and all(p.range for p in parts):
        low = sum(p.range[0] if p.required else min(p.range[0], 0) for p in parts if p.range)
        high = sum(p.range[1] for p in parts if p.range)
        return low <= q.range[1] and q.range[0] <= high
    return True


def bounded(form: Questionnaire) -> Iterator[Problem]:
    """LINT-024: a number or a day without bounds takes -5 and 2062 in silence."""
    for _, q in form.questions():
        if q.type in ("integer", "decimal", "date") and not (q.range or q.must or q.constraint or q.sum_of):
            expected = "constraint: . <= today()" if q.type == "date" else "range: [0, …]"
            yield problem("LINT-024", q.place, expected=expected, got=q.type, name=q.name)


def said_why(form: Questionnaire) -> Iterator[Problem]:
    """LINT-022: who is stopped must read why, in the form's language; the app's own sentence is English."""
    for _, q in form.questions():
        if (q.must or q.constraint) and not q.must_message:
            got = f"must: {xpath(q.must)}" if q.must else f"constraint: {q.constraint}"
            yield problem("LINT-022", q.place, expected="must_message: {vi: …, en: …}", got=got, name=q.name)
