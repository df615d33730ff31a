"""The answers that lead to a question: its conditions solved over small domains, one question after the other.

Imports the records of this room and values.  Conditions are judged by condition.holds; whether the way found is a way is
for the engine to say.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from ..condition import Both, Condition, holds, names
from ..question import HIDDEN, Question, Questionnaire
from .values import broken, constants

_MOST = 5_000
"""Partial answers looked at before a way is given up."""


class Router:
    """Ways through one questionnaire."""

    def __init__(self, form: Questionnaire) -> None:
        self._form = form
        self._questions = {q.name: q for _, q in form.questions()}
        self._order = {name: place for place, name in enumerate(self._questions)}
        self._asked_if = _asked_if(form)

    def asked_if(self, name: str) -> Condition | None:
        """Every condition around a question and its own, None when it is always asked."""
        return self._asked_if[name]

    def looks_at(self, name: str, also: Collection[str] = ()) -> tuple[str, ...]:
        """Every earlier question or field that decides, directly or through others, whether a question is asked; form order."""
        found = {n for n in also if n in self._questions and n != name}
        ahead = [name, *found]
        while ahead:
            at = self._questions[ahead.pop()]
            trees = [self._asked_if[at.name], at.must if at.name != name else None]
            seen = {n for tree in trees if tree for n in names(tree)} | set(at.sum_of if at.name != name else ())
            fresh = (seen & set(self._questions)) - found - {name}
            found |= fresh
            ahead += fresh
        return tuple(sorted(found, key=self._order.__getitem__))

    def fixed(self, name: str, also: Collection[str] = ()) -> tuple[str, ...]:
        """Of what decides about a question, the fields that nobody is asked: calculated, or chosen from a list file."""
        return tuple(n for n in self.looks_at(name, also) if self._given(n))

    def _given(self, name: str) -> bool:
        question = self._questions[name]
        return question.type in HIDDEN or question.file is not None

    def ways(
        self,
        name: str,
        known: Mapping[str, str],
        also: Collection[str] = (),
        test: Callable[[Mapping[str, str]], bool] | None = None,
    ) -> Iterator[dict[str, str]]:
        """Answers under which a question is asked. known: the values of its fixed fields, as an interview had them.

        also: other questions whose answers matter; test: what the answers must bring about besides.
        """
        goal = self._asked_if[name]
        variables = self.looks_at(name, also)
        mentioned = [pair for n in (*variables, name) for tree in self._said(n) for pair in constants(tree)]
        domains = {n: self._domain(self._questions[n], mentioned) for n in variables if not self._given(n)}
        wanted: dict[str, list[Condition]] = {}
        for part in _parts(goal):
            last = max((n for n in names(part) if n in variables), key=variables.index, default="")
            wanted.setdefault(last, []).append(part)
        left = [_MOST]
        for found in self._walk(variables, 0, dict(known), domains, wanted, left):
            if (goal is None or holds(goal, found)) and (test is None or test(found)):
                yield {n: v for n, v in found.items() if v and n in domains}

    def _said(self, name: str) -> list[Condition]:
        return [tree for tree in (self._asked_if[name], self._questions[name].must) if tree is not None]

    def _walk(
        self, variables: Sequence[str], at: int, answers: dict[str, str], domains: Mapping[str, Sequence[str]],
        wanted: Mapping[str, Sequence[Condition]], left: list[int],
    ) -> Iterator[dict[str, str]]:  # fmt: skip
        """Answers one by one; a part of the goal (`wanted`, by its last name) that fails ends the way at once."""
        if at == len(variables):
            yield dict(answers)
            return
        name = variables[at]
        tree, question = self._asked_if[name], self._questions[name]
        if name not in domains:
            tries: Sequence[str] = (answers.get(name, ""),)
        elif tree is not None and not holds(tree, answers):
            tries = ("",)
        else:
            tries = [v for v in domains[name] if not broken(self._form, question, v, answers) and (v or not question.required)]
        for value in tries:
            left[0] -= 1
            if left[0] < 0:
                return
            now = {**answers, name: value}
            if all(holds(part, now) for part in wanted.get(name, ())):
                yield from self._walk(variables, at + 1, now, domains, wanted, left)

    def _domain(self, q: Question, mentioned: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """Values that stand for all: what conditions mention, what lies beside it, and one that nothing mentions."""
        said = [value for name, value in mentioned if name == q.name]
        if q.type in ("select_one", "select_multiple"):
            codes = [c.code for c in self._form.choices(q)]
            rest = [c for c in codes if c not in said][:1]
            several = [" ".join(c for c in codes if c in said)] if q.type == "select_multiple" and len(said) > 1 else []
            return tuple(dict.fromkeys((*(c for c in codes if c in said), *rest, *several, "")))
        if q.type in ("integer", "decimal"):
            near = [str(int(float(v)) + step) for v in said for step in (0, -1, 1)]
            return tuple(dict.fromkeys((*near, *(str(v) for v in q.range or (1, 0)), "")))
        return tuple(dict.fromkeys((*said, "x" if q.type == "text" else "2026-10-12", "")))


def _parts(tree: Condition | None) -> Iterator[Condition]:
    """The conditions that must hold together."""
    if isinstance(tree, Both):
        for part in tree.of:
            yield from _parts(part)
    elif tree is not None:
        yield tree


def _asked_if(form: Questionnaire) -> dict[str, Condition | None]:
    """The whole condition of every question, notes included: its own and those of the sections around it."""
    found: dict[str, Condition | None] = {}
    for path, q in form.questions():
        parts = [t for t in (*(s.only_if for s in form.around(path)), q.only_if) if t is not None]
        found[q.name] = None if not parts else parts[0] if len(parts) == 1 else Both(tuple(parts))
    return found
