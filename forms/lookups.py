"""Which columns of the sample's list a form reads: the others need not travel, and a phone loads every cell that does.

Imports the records of a questionnaire.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .question import Questionnaire, Section

_WORD = re.compile(r"[a-z_][a-z0-9_]*")


def looked_up(forms: Iterable[Questionnaire]) -> frozenset[str]:
    """Every word of the forms' XPath (calculations, filters, constraints, counts): a column not among them is read by none."""
    return frozenset(word for form in forms for text in _formulas(form) for word in _WORD.findall(text))


def _formulas(form: Questionnaire) -> Iterator[str]:
    for _, q in form.questions():
        yield from (text for text in (q.calculate, q.filter, q.constraint) if text)
    for section in form.sections:
        yield from _counts(section)


def _counts(section: Section) -> Iterator[str]:
    if section.repeat:
        yield section.repeat
    for item in section.items:
        if isinstance(item, Section):
            yield from _counts(item)
