"""What a template knows before anybody writes: the unit, year and period it is made for, and what follows from them.

Imports units, xpath and the records.  A report is named by the questions of `instance_name`: among them the unit (answered from
units.csv), a year (`year`) and the kind of report (the first choice from a list).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from ..question import Question, Questionnaire
from .xpath import Known, Node, Value, XPathError, evaluate, names, read, text_of, truth

UNITS = "units.csv"
YEAR = "year"
TODAY = "today"
"""The hidden type that a phone fills with its day; a workbook has no clock, the day on which it came in stands for it."""


def unit_question(form: Questionnaire) -> Question | None:
    """The question that names the reporting unit: the one answered from units.csv."""
    return next((q for _, q in form.questions() if q.type == "select_one" and q.file == UNITS), None)


def year_question(form: Questionnaire) -> Question | None:
    """The question that names the year of a report."""
    return next((q for _, q in form.questions() if q.name == YEAR and q.name in form.instance_name and q.type == "integer"), None)


def period_question(form: Questionnaire) -> Question | None:
    """The question that names the kind or period of a report, from a list of the form."""
    named = (q for _, q in form.questions() if q.name in form.instance_name)
    return next((q for q in named if q.type == "select_one" and q.list), None)


def takes(form: Questionnaire, listed: Mapping[str, str]) -> bool:
    """Whether the form is for this unit at all, by the filter of the question that names it."""
    unit = unit_question(form)
    return unit is None or not unit.filter or truth(evaluate(read(unit.filter), Known({}, "", listed)))


def calculated(form: Questionnaire) -> Iterator[tuple[Question, Node | None]]:
    """The hidden fields of a form with their expressions; None for one that is not understood here."""
    for _, q in form.questions():
        if q.type == "calculate":
            yield q, _read(expression(form, q))


def expression(form: Questionnaire, q: Question) -> str:
    """The XPath of a hidden field or of a constraint, on one line."""
    return " ".join((q.calculate or q.constraint or "").replace("{digest}", form.digest).split())


def _read(text: str) -> Node | None:
    try:
        return read(text)
    except XPathError:
        return None


def workable(form: Questionnaire) -> frozenset[str]:
    """Every name that has a value in a workbook: questions that are shown, today's day, and the hidden fields made of these."""
    found = {q.name for _, q in form.questions() if q.type not in ("calculate", "start", "end", "deviceid", "audit")}
    for q, tree in calculated(form):
        if tree is not None and names(tree) <= found:
            found.add(q.name)
    return frozenset(found)


def settled(form: Questionnaire, given: Mapping[str, str], listed: Mapping[str, str]) -> dict[str, str]:
    """Hidden field -> value, for those that what is given settles.  listed: the unit's row of the list file."""
    known: dict[str, str] = {}
    for q, tree in calculated(form):
        if tree is not None and names(tree) <= {*given, *known}:
            answers = typed(form, {**given, **known})
            known[q.name] = text_of(evaluate(tree, Known(answers, "", listed)))
    return known


def typed(form: Questionnaire, answers: Mapping[str, str | None]) -> dict[str, Value]:
    """Answers as expressions see them: numbers as numbers, days as days; names without an answer are left out."""
    kinds = {q.name: q for _, q in form.questions()}
    found: dict[str, Value] = {}
    for name, text in answers.items():
        if text:
            found[name] = value_of(kinds[name], text) if name in kinds else text
    return found


def value_of(q: Question, text: str) -> Value:
    """One answer as expressions see it."""
    if q.type in ("integer", "decimal") or (q.type == "calculate" and q.value_type in ("int", "decimal")):
        try:
            return float(text)
        except ValueError:
            return text
    if q.type in ("date", TODAY) or q.value_type == "date":
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    return text
