"""Completed interviews as columns: who was asked what, and who gave no answer of which kind.

Imports checks, kinds, masks and the forms doors.  Computed once a day, shared by the checks of people;
no judgement, no free text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forms import load_questionnaire, questionnaire_folder
from forms.codebook import Variable

from ..masks import Texts, mask, numbers
from .checks import counted
from .kinds import DONT_KNOW, GIVEN, MISSING, NOT_ASKED, REFUSED

if TYPE_CHECKING:
    from .field import Field, Visit

Flags = NDArray[np.bool_]
_KINDS = {"dont_know": DONT_KNOW, "refused": REFUSED}


@dataclass(frozen=True)
class Answered:
    """Interviews that count, in the order of their ids.

    kinds: question -> one of the five kinds for each interview.  Of an interview made with another questionnaire an empty
    answer counts as not asked.
    """

    seen: Field
    visits: tuple[Visit, ...]
    columns: Mapping[str, Texts]
    kinds: Mapping[str, NDArray[np.int8]]
    variables: Mapping[str, Variable]

    @cached_property
    def enumerators(self) -> NDArray[np.object_]:
        """The enumerator of each interview, '' where the form has none."""
        return np.array([v.enumerator for v in self.visits], dtype=object)

    @cached_property
    def psus(self) -> NDArray[np.object_]:
        """The hamlet of each interview."""
        return np.array([v.psu for v in self.visits], dtype=object)

    @cached_property
    def minutes(self) -> NDArray[np.float64]:
        """Length of each interview in minutes, NaN where it cannot be told."""
        return np.array([np.nan if v.minutes is None else v.minutes for v in self.visits], dtype=float)

    @cached_property
    def asked(self) -> NDArray[np.float64]:
        """How many questions with choices or numbers were put in each interview."""
        return np.asarray(sum((k != NOT_ASKED for k in self.kinds.values()), np.zeros(len(self.visits))), dtype=float)

    def count(self, kind: int, offering: bool = True) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(answers of a kind, questions put) of each interview.  offering: only questions that offer that no-answer."""
        n, of = np.zeros(len(self.visits)), np.zeros(len(self.visits))
        for name, kinds in self.kinds.items():
            if not offering or any(_KINDS.get(c.why or "") == kind for c in self.variables[name].choices):
                n += kinds == kind
                of += kinds != NOT_ASKED
        return n, of

    def likert(self) -> Mapping[str, NDArray[np.float64]]:
        """Attitude scales worded both ways: scale -> raw answers, a row an item; NaN for no answer."""
        found = {}
        for scale in self.seen.book.scales.values():
            items = self.seen.book.items(scale.name)
            if scale.kind == "likert" and len({v.reverse for v in items}) == 2:
                found[scale.name] = np.array([numbers(self.columns[v.name]) for v in items])
        return found


def answered(seen: Field) -> Answered:
    """The completed interviews that nobody rejected."""
    visits = tuple(sorted((v for v in seen.visits if v.completed and counted(v)), key=lambda v: v.instance_id))
    names = [v.name for v in seen.book.variables if not v.repeat]
    columns: dict[str, Texts] = {n: np.array([v.answers.get(n) for v in visits], dtype=object) for n in names}
    apart = np.array([v.apart for v in visits], dtype=bool)
    off = _switched_off(seen, columns)
    asked = {
        v.name: v for v in seen.book.variables
        if not v.repeat and v.required and v.name not in off and (v.choices or v.type == "integer")
    }  # fmt: skip
    kinds = {name: _kinds(v, columns, apart, len(visits)) for name, v in asked.items()}
    return Answered(seen, visits, columns, kinds, asked)


def _switched_off(seen: Field, columns: Mapping[str, Texts]) -> frozenset[str]:
    """Questions of switches that this round does not use: no interview holds them."""
    return frozenset(n for n in _switched(seen.round.form) if n in columns and not any(columns[n]))


@cache
def _switched(form: str) -> frozenset[str]:
    folder = Path(form) if (Path(form) / "form.yaml").exists() else questionnaire_folder(form)
    plain = load_questionnaire(folder)
    full = load_questionnaire(folder, tuple(plain.options))
    return frozenset(q.name for _, q in full.questions()) - frozenset(q.name for _, q in plain.questions())


def _kinds(v: Variable, columns: Mapping[str, Texts], apart: Flags, n: int) -> NDArray[np.int8]:
    texts = columns[v.name]
    empty = np.array([t is None or t == "" for t in texts], dtype=bool)
    put = np.ones(n, dtype=bool) if v.asked_if is None else mask(v.asked_if, columns, n)
    found = np.where(empty, np.where(put & ~apart & (v.asked_raw == ""), MISSING, NOT_ASKED), GIVEN).astype(np.int8)
    for choice in v.choices:
        if choice.why in _KINDS:
            found[texts == choice.code] = _KINDS[choice.why]
    return found
