"""Names that must survive CSV, Stata and SPSS: what they are made of, and that no two become one.

Imports the records of the room only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import Problem, problem
from ..question import Questionnaire
from .tables import table
from .texts import sections

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CODE = re.compile(r"[a-z0-9_]+")
LONGEST = 32
"""Characters of a Stata name; SPSS takes 64."""


def lasting_names(form: Questionnaire) -> Iterator[Problem]:
    """LINT-003: lower-case ASCII, a letter first, at most 32 characters, no word that a program keeps for itself."""
    reserved = {word: program for program, words in table("reserved").items() for word in words}
    for place, name in _named(form):
        if not _NAME.fullmatch(name) or len(name) > LONGEST:
            yield problem("LINT-003", place, expected=f"[a-z][a-z0-9_]*, <= {LONGEST}", got=f"{name} ({len(name)})", name=name)
        elif name in reserved:
            expected = "một tên khác / another name"
            yield problem("LINT-003", place, expected=expected, got=f"{name}: {reserved[name]}", name=name)
    for _, q in form.questions():
        for code in (c.code for c in form.choices(q)) if q.type == "select_multiple" else ():
            split = f"{q.name}_{code}"
            if not _CODE.fullmatch(code) or len(split) > LONGEST:
                got = f"{split} ({len(split)})"
                yield problem("LINT-003", q.place, expected=f"[a-z0-9_]+, <= {LONGEST}", got=got, name=split)


def _named(form: Questionnaire) -> Iterator[tuple[str, str]]:
    yield from ((q.place, q.name) for _, q in form.questions())
    yield from ((s.place, s.name) for s in sections(form))


def one_name_one_column(form: Questionnaire) -> Iterator[Problem]:
    """LINT-004: no two names that are one without case, after splitting a select_multiple, or with their group before them."""
    seen: dict[str, str] = {}
    for place, column, made in _columns(form):
        first = seen.setdefault(column, made)
        if first != made:
            yield problem("LINT-004", place, expected="tên riêng / a name of its own", got=f"{made} = {first}", name=column)


def _columns(form: Questionnaire) -> Iterator[tuple[str, str, str]]:
    """(place, column of a data file in lower case, what it is made of)."""
    for section in sections(form):
        yield section.place, section.name.lower(), f"nhóm / section {section.name}"
    for path, q in form.questions():
        yield q.place, q.name.lower(), q.name
        if q.type == "select_multiple":
            for choice in form.choices(q):
                yield q.place, f"{q.name}_{choice.code}".lower(), f"{q.name} + {choice.code}"
        for depth in range(len(path)):
            yield q.place, "_".join((*path[depth:], q.name)).lower(), "/".join((*path[depth:], q.name))
