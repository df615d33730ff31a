"""What KoboToolbox's converter (pyxform 3.0.0) refuses and ODK's takes: said before the form leaves the office.

Imports the records of this room and errors.  Entities are refused in build; entities in repeats cannot be written at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .errors import Problem, problem
from .question import Question, Questionnaire, Section

_RANGE_ONLY = re.compile(r"\b(tick_interval|tick_labelset|placeholder)\s*=")


def kobo_problems(form: Questionnaire) -> tuple[Problem, ...]:
    """FORM-082 for every parameter that its converter does not know and every two names that differ only by capitals."""
    wrong = [
        problem("FORM-082", q.place, expected="-", got=found.group(1), name=q.name)
        for _, q in form.questions() if (found := _RANGE_ONLY.search(q.parameters))
    ]  # fmt: skip
    return (*wrong, *_capitals(form.sections), *(p for s in form.sections for p in _within(s)))


def _within(section: Section) -> Iterator[Problem]:
    yield from _capitals(section.items)
    for item in section.items:
        if isinstance(item, Section):
            yield from _within(item)


def _capitals(siblings: Sequence[Section | Question]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for item in siblings:
        other = first.setdefault(item.name.lower(), item.name)
        if other != item.name:
            yield problem("FORM-082", item.place, expected=other, got=item.name, name=item.name)
