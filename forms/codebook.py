"""Questionnaire -> Codebook: the only thing about forms that analysis may see.

Imports question and condition only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from .condition import Both, Condition
from .question import Choice, Key, Label, Question, Questionnaire, Scale, Section

ColumnType = Literal["code", "codes", "integer", "decimal", "text", "date", "calculated"]


@dataclass(frozen=True)
class Variable:
    """One column of the microdata, derived from one question.

    path: where the answer stands in a submission ("m5/k01").  asked_if: the question's own condition and those of
    its sections together, None when everybody is asked.  repeat: path of the repeat it lies in, '' outside.
    asked_raw: raw XPath that also decides (an imported form): an empty answer then counts as not asked, never as missing.
    """

    name: str
    path: str
    type: ColumnType
    label: Label
    choices: tuple[Choice, ...]
    asked_if: Condition | None
    required: bool
    private: bool
    scale: str | None
    key: tuple[Key, ...]
    reverse: bool
    field: str | None
    repeat: str
    changed: Mapping[int, str]
    asked_raw: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code that may occur, no-answers included."""
        return tuple(c.code for c in self.choices)

    def right_answer(self, day: date) -> str | None:
        """The key in force on the day of the interview, None when no law held then."""
        for key in self.key:
            if key.valid_from <= day and (key.valid_to is None or day <= key.valid_to):
                return key.value
        return None


@dataclass(frozen=True)
class Codebook:
    """Columns, labels, codes, scoring and asked-if of one questionnaire."""

    form_id: str
    title: Label
    version: str
    digest: str
    variables: tuple[Variable, ...]
    scales: Mapping[str, Scale]

    def __getitem__(self, name: str) -> Variable:
        for variable in self.variables:
            if variable.name == name:
                return variable
        raise KeyError(name)

    def items(self, scale: str) -> tuple[Variable, ...]:
        """The scored items of a scale, in form order."""
        return tuple(v for v in self.variables if v.scale == scale)


_TYPES: Mapping[str, ColumnType] = {
    "select_one": "code",
    "select_multiple": "codes",
    "integer": "integer",
    "decimal": "decimal",
    "text": "text",
    "time": "text",
    "geopoint": "text",
    "image": "text",
    "audio": "text",
    "audit": "text",
    "date": "date",
    "calculate": "calculated",
    "start": "text",
    "end": "text",
    "today": "date",
    "deviceid": "text",
}


def codebook(questionnaire: Questionnaire) -> Codebook:
    """The codebook of a questionnaire (notes have no column and are left out)."""
    found: list[Variable] = []
    for section in questionnaire.sections:
        _walk(questionnaire, section, (), (), (), "", found)
    return Codebook(
        questionnaire.id, questionnaire.title, questionnaire.version, questionnaire.digest, tuple(found), questionnaire.scales
    )


def _walk(
    form: Questionnaire,
    section: Section,
    path: tuple[str, ...],
    conditions: tuple[Condition, ...],
    raw: tuple[str, ...],
    repeat: str,
    found: list[Variable],
) -> None:
    here = (*path, section.name)
    held = (*conditions, section.only_if) if section.only_if else conditions
    raw = (*raw, section.relevant) if section.relevant else raw
    inside = "/".join(here) if section.repeat else repeat
    for item in section.items:
        if isinstance(item, Section):
            _walk(form, item, here, held, raw, inside, found)
        elif item.type != "note":
            more = (*raw, item.relevant) if item.relevant else raw
            found.append(replace(_variable(form, item, here, held, inside), asked_raw=" and ".join(f"({r})" for r in more)))


def _variable(
    form: Questionnaire, question: Question, path: tuple[str, ...], conditions: tuple[Condition, ...], repeat: str
) -> Variable:
    parts = (*conditions, question.only_if) if question.only_if else conditions
    asked_if = None if not parts else parts[0] if len(parts) == 1 else Both(parts)
    score = question.score
    return Variable(
        name=question.name,
        path="meta/audit" if question.type == "audit" else "/".join((*path, question.name)),
        type=_TYPES[question.type],
        label=question.label,
        choices=form.choices(question),
        asked_if=asked_if,
        required=question.required,
        private=question.private,
        scale=score.scale if score else None,
        key=score.key if score else (),
        reverse=score.reverse if score else False,
        field=question.field,
        repeat=repeat,
        changed=question.changed or {},
    )
