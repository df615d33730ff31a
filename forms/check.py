"""Cross-checks of a questionnaire: does every reference hold, is every scored item scorable, is the wording plain?

Imports the records of this room only.  Returns problems; the caller raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .condition import Condition, codes, names
from .errors import BdgError, Problem, problem
from .question import Question, Questionnaire, Section

MAX_SYLLABLES = 25
_NEGATION = re.compile(r"\b(không|chưa|chẳng|đừng|chớ)\b", re.IGNORECASE)
_AND_OR = re.compile(r"và\s*/\s*hoặc|and\s*/\s*or", re.IGNORECASE)
_REFERENCE = re.compile(r"\$\{([a-z0-9_]+)\}")
_SHORT = re.compile(r"\b[A-ZĐ]{2,}\b")


def check(form: Questionnaire) -> None:
    """Raise BdgError with every problem of the form at once."""
    found = [*_names(form), *_lists(form), *_references(form), *_head(form), *_scores(form), *_wording(form)]
    if found:
        raise BdgError(dict.fromkeys(found))


def _names(form: Questionnaire) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for _, question in form.questions():
        if question.name in seen:
            yield problem("FORM-012", question.place, got=seen[question.name], name=question.name)
        seen[question.name] = question.place


def _lists(form: Questionnaire) -> Iterator[Problem]:
    for _, question in form.questions():
        selects = question.type in ("select_one", "select_multiple")
        if selects and not question.file and question.list not in form.lists:
            yield problem("FORM-013", question.place, expected=", ".join(sorted(form.lists)), name=question.list)


def _references(form: Questionnaire) -> Iterator[Problem]:
    known: dict[str, Question] = {}
    for section in form.sections:
        yield from _walk(form, section, known)


def _walk(form: Questionnaire, section: Section, known: dict[str, Question]) -> Iterator[Problem]:
    if section.only_if:
        yield from _condition(form, section.only_if, section.place, known)
    inside = {section.name} if section.repeat else set()
    for item in section.items:
        if isinstance(item, Section):
            yield from _walk(form, item, known)
            inside.add(item.name)
            continue
        if item.only_if:
            yield from _condition(form, item.only_if, item.place, known)
        if item.must:
            yield from _condition(form, item.must, item.place, {**known, item.name: item})
        for name in (*_REFERENCE.findall(_raw(item)), *item.sum_of):
            if name not in known and name not in inside and name != item.name:
                yield problem("FORM-007", item.place, expected="câu đứng trước / an earlier question", got=name, name=name)
        known[item.name] = item


def _raw(item: Question) -> str:
    """Everything of a question that may hold a ${reference}."""
    texts = [t for label in (item.label, item.hint, item.must_message) if label for t in (label.vi, label.en)]
    return " ".join(filter(None, (item.calculate, item.constraint, item.filter, item.parameters, *texts)))


def _head(form: Questionnaire) -> Iterator[Problem]:
    """form.yaml names questions of the form: what feeds a target, what names a submission."""
    known = {q.name for _, q in form.questions()}
    for name in dict.fromkeys((*form.instance_name, *(n for feeding in form.serves.values() for n in feeding))):
        if name not in known and name not in form.scales:
            yield problem("FORM-007", "form.yaml (serves, instance_name)", expected=", ".join(sorted(known)), got=name, name=name)


def _condition(form: Questionnaire, tree: Condition, place: str, known: dict[str, Question]) -> Iterator[Problem]:
    for name in names(tree):
        if name not in known:
            yield problem("FORM-007", place, expected="câu đứng trước / an earlier question", got=name, name=name)
    for name, code in codes(tree):
        asked = known.get(name)
        allowed = [c.code for c in form.choices(asked)] if asked else []
        if allowed and code not in allowed:
            yield problem("FORM-008", place, expected=", ".join(allowed), got=code, name=name, code=code)


def _scores(form: Questionnaire) -> Iterator[Problem]:
    for _, question in form.questions():
        score = question.score
        if score is None or (question.list and question.list not in form.lists):
            continue
        allowed = [c.code for c in form.choices(question)]
        scale = form.scales.get(score.scale)
        if scale is None or scale.kind == "mean_of" or not allowed:
            yield problem("FORM-014", question.place, expected=", ".join(sorted(form.scales)), got=score.scale)
        elif scale.kind == "right" and (not score.key or any(k.value not in allowed for k in score.key)):
            yield problem("FORM-014", question.place, expected=", ".join(allowed), got=[k.value for k in score.key])
        elif scale.kind == "likert" and not {str(i) for i in range(scale.low, scale.high + 1)} <= set(allowed):
            yield problem("FORM-014", question.place, expected=f"{scale.low}..{scale.high}", got=", ".join(allowed))


def _wording(form: Questionnaire) -> Iterator[Problem]:
    for _, question in form.questions():
        if question.score is None:
            continue
        text = question.label.vi
        if len(text.split()) > MAX_SYLLABLES:
            rule = f"tối đa {MAX_SYLLABLES} tiếng / at most {MAX_SYLLABLES} syllables"
            yield problem("FORM-015", question.place, expected=f"<= {MAX_SYLLABLES}", got=len(text.split()), rule=rule)
        scale = form.scales.get(question.score.scale)
        if scale and scale.kind == "likert" and _NEGATION.search(text):
            yield problem("FORM-015", question.place, got=_NEGATION.findall(text), rule="không phủ định / no negation")
        if _AND_OR.search(text + question.label.en):
            yield problem("FORM-015", question.place, got="và/hoặc", rule="không «và/hoặc» / no and-or")
        if _SHORT.search(text):
            yield problem("FORM-015", question.place, got=_SHORT.findall(text), rule="không viết tắt / no abbreviation")
