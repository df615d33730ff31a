"""Is there an answer sheet on which conditions hold?  Exact where every answer that matters has finitely many different values.

Imports the records of the room only.  Numbers are tried at their breakpoints; what cannot be enumerated is unknown, never «no».
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations, pairwise
from typing import assert_never

from ..condition import Both, Chose, Compare, Condition, Either, Not, holds, names, size
from ..question import Question, Questionnaire, Section

_MOST = 20_000
"""Partial answer sheets looked at before the question is left open."""
_EPOCH, _LAST = date(1970, 1, 1).toordinal(), date.max.toordinal()
_MOST_CODES = 6
"""Codes of one select_multiple whose every combination is tried."""


def known(tree: Condition, answers: Mapping[str, str]) -> bool | None:
    """The truth of a condition on a partly filled sheet: None while it depends on a question not in `answers`."""
    match tree:
        case Compare() | Chose():
            return holds(tree, answers) if all(n in answers for n in names(tree)) else None
        case Not(of):
            inner = known(of, answers)
            return None if inner is None else not inner
        case Both(of):
            parts = [known(p, answers) for p in of]
            return False if False in parts else None if None in parts else True
        case Either(of):
            parts = [known(p, answers) for p in of]
            return True if True in parts else None if None in parts else False
        case _:
            assert_never(tree)


def comparisons(tree: Condition) -> Iterator[Compare | Chose]:
    """Every single comparison in a condition."""
    match tree:
        case Compare() | Chose():
            yield tree
        case Not(of):
            yield from comparisons(of)
        case Both(of) | Either(of):
            for part in of:
                yield from comparisons(part)
        case _:
            assert_never(tree)


@dataclass(frozen=True)
class Asked:
    """A question with all that decides whether it is asked. open: raw XPath, or a repeat, decides too."""

    question: Question
    conditions: tuple[Condition, ...]
    open: bool


@dataclass(frozen=True)
class Domain:
    """Values that stand for all answers of one question, '' for none; whole: nothing that matters is left out."""

    values: tuple[str, ...]
    whole: bool = True


@dataclass(frozen=True)
class Sheet:
    """The questions of a form as an answer sheet to be filled."""

    form: Questionnaire
    asked: Mapping[str, Asked]
    order: Mapping[str, int] = field(default_factory=dict)

    def possible(
        self, goal: Sequence[Condition], answered: str | None = None, given: Mapping[str, str] | None = None
    ) -> bool | None:
        """Whether some sheet meets the goal and every rule of the questions it looks at.

        answered: a question that must have an answer.  given: answers that are fixed.  None: could not be decided.
        """
        names_of = self._looked_at([*goal, *self._rules(answered)], answered)
        domains = self._domains(names_of, goal)
        left = [_MOST]
        if self._fill(names_of, 0, dict(given or {}), domains, goal, answered, left):
            return True
        return False if left[0] > 0 and all(d.whole for d in domains.values()) else None

    def _rules(self, name: str | None) -> list[Condition]:
        asked = self.asked.get(name or "")
        return [_itself(asked.question.must, asked.question.name)] if asked and asked.question.must else []

    def _looked_at(self, goal: Iterable[Condition], answered: str | None) -> list[str]:
        """Every question that the goal depends on, directly or through the conditions and rules of others; form order."""
        found: set[str] = set()
        ahead = [n for tree in goal for n in names(tree)] + ([answered] if answered else [])
        while ahead:
            name = ahead.pop()
            if name in found or name not in self.asked:
                continue
            found.add(name)
            one = self.asked[name]
            ahead += [n for tree in (*one.conditions, *self._rules(name)) for n in names(tree)]
        return sorted(found, key=self.order.__getitem__)

    def _fill(
        self, names_of: Sequence[str], at: int, answers: dict[str, str], domains: Mapping[str, Domain],
        goal: Sequence[Condition], answered: str | None, left: list[int],
    ) -> bool:  # fmt: skip
        left[0] -= 1
        if left[0] <= 0 or any(known(tree, answers) is False for tree in goal):
            return False
        if at == len(names_of):
            return True
        name = names_of[at]
        if name in answers:
            return self._fill(names_of, at + 1, answers, domains, goal, answered, left)
        for value in self._values(name, domains[name], answers, must_answer=name == answered):
            if self._fill(names_of, at + 1, {**answers, name: value}, domains, goal, answered, left):
                return True
        return False

    def domains(self) -> Mapping[str, Domain]:
        """The values that stand for all answers, of every question."""
        return self._domains(tuple(self.asked), ())

    def values(self, name: str, domain: Domain, answers: Mapping[str, str]) -> Iterator[str]:
        """Answers that a question takes after these ones, '' for none."""
        return self._values(name, domain, answers, must_answer=False)

    def _values(self, name: str, domain: Domain, answers: Mapping[str, str], *, must_answer: bool) -> Iterator[str]:
        one = self.asked[name]
        truths = [known(tree, answers) for tree in one.conditions]
        may = False not in truths
        sure = may and None not in truths and not one.open
        for value in domain.values:
            if value == "":
                if not must_answer and not (sure and one.question.required and one.question.type != "calculate"):
                    yield value
            elif may and self._allowed(one.question, value, answers):
                yield value

    def _allowed(self, q: Question, value: str, answers: Mapping[str, str]) -> bool:
        if q.range and not q.range[0] <= size(value) <= q.range[1]:
            return False
        return all(known(tree, {**answers, q.name: value}) is not False for tree in self._rules(q.name))

    def _domains(self, names_of: Sequence[str], goal: Sequence[Condition]) -> dict[str, Domain]:
        trees = dict.fromkeys([*goal, *(t for n in names_of for t in (*self.asked[n].conditions, *self._rules(n)))])
        told = tuple(dict.fromkeys(c for t in trees for c in comparisons(t)))
        return {name: self._domain(name, told) for name in names_of}

    def _domain(self, name: str, told: Sequence[Compare | Chose]) -> Domain:
        q = self.asked[name].question
        linked = _linked(name, told)
        said = [c.value for c in told if c.name in linked and not (isinstance(c, Compare) and c.other)]
        spans = [self.asked[n].question.range for n in linked if n in self.asked]
        points = {size(v) for v in said} | {float(end) for span in spans if span for end in span}
        near = _near({p for p in points if not math.isnan(p)}, len(linked), whole=q.type in ("integer", "date", "today"))
        if q.type == "select_multiple" and not q.file:
            return self._several(q, said)
        if q.type == "select_one" and not q.file:
            return Domain((*(c.code for c in self.form.choices(q)), ""))
        if q.type in ("integer", "decimal"):
            return Domain((*map(_plain, near), ""))
        if q.type in ("date", "today"):
            return Domain((*(date.fromordinal(_EPOCH + int(n)).isoformat() for n in near if 0 < _EPOCH + n < _LAST), ""))
        return Domain(tuple(dict.fromkeys((*said, *map(_plain, near), "~", ""))))

    def _several(self, q: Question, said: Sequence[str]) -> Domain:
        codes = [c.code for c in self.form.choices(q)]
        alone = {c.code for c in self.form.choices(q) if c.why or c.code == "none"}
        wanted = [c for c in codes if c in said][:_MOST_CODES]
        free = [c for c in codes if c not in said and c not in alone][:1]
        together = [c for c in (*wanted, *free) if c not in alone]
        sets = [" ".join(part) for size in range(1, len(together) + 1) for part in combinations(together, size)]
        rest = [c for c in codes if c not in said and c in alone][:1]
        whole = len(wanted) == len({c for c in codes if c in said})
        return Domain((*sets, *(c for c in wanted if c in alone), *rest, ""), whole)


def _linked(name: str, told: Sequence[Compare | Chose]) -> set[str]:
    """A question with those whose answers are compared with its own, in any number of steps."""
    pairs = [(c.name, c.value) for c in told if isinstance(c, Compare) and c.other]
    found = {name}
    while more := {n for pair in pairs for n in pair if found & set(pair)} - found:
        found |= more
    return found


def _itself(tree: Condition, name: str) -> Condition:
    """A rule of a question with its name in the place of `.`."""
    match tree:
        case Compare() | Chose():
            return replace(tree, name=name) if tree.name == "." else tree
        case Not(of):
            return Not(_itself(of, name))
        case Both(of):
            return Both(tuple(_itself(p, name) for p in of))
        case Either(of):
            return Either(tuple(_itself(p, name) for p in of))
        case _:
            assert_never(tree)


def _near(points: Iterable[float], several: int, *, whole: bool) -> list[float]:
    """Every number mentioned, and between and beside them as many as there are questions to be put in order."""
    known_ = sorted(points) or [1.0]
    found = set(known_)
    for step in range(1, several + 1):
        found |= {known_[0] - step, known_[-1] + step}
        for a, b in pairwise(known_):
            found |= {a + step, b - step} if whole else {a + (b - a) * step / (several + 1)}
    low, high = known_[0] - several, known_[-1] + several
    return sorted({float(math.floor(n)) if whole else n for n in found if low <= n <= high})


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)


def sheet_of(form: Questionnaire) -> Sheet:
    """The answer sheet of a form."""
    asked: dict[str, Asked] = {}
    for section in form.sections:
        _collect(section, (), open_=False, asked=asked)
    return Sheet(form, asked, {name: place for place, name in enumerate(asked)})


def _collect(section: Section, conditions: tuple[Condition, ...], *, open_: bool, asked: dict[str, Asked]) -> None:
    held = (*conditions, section.only_if) if section.only_if else conditions
    here = open_ or bool(section.relevant) or bool(section.repeat)
    for item in section.items:
        if isinstance(item, Section):
            _collect(item, held, open_=here, asked=asked)
        else:
            own = (*held, item.only_if) if item.only_if else held
            asked[item.name] = Asked(item, own, here or bool(item.relevant))
