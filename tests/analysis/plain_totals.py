"""A slow oracle for waist one: the sums of a request by a loop over persons, in exact fractions, no arrays and no pandas.

Shares no code with the backends.  A person is a dict; None is a missing answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from analysis.totals import Category, Request, Variable

Person = Mapping[str, Any]
Domain = tuple[tuple[str, str], ...]
Cell = dict[str, Fraction]
KINDS = ("not_asked", "dont_know", "refused", "missing")
NAMES = ("n", "w", "wy", "wyy", "ww", "wx", "wxy", "wxx", *KINDS)


def code(value: Any) -> str | None:
    """A value as text; 1.0 is '1'."""
    if value is None:
        return None
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)


def part(person: Person, name: str | Category) -> Fraction | None:
    """The number that a column or a category is for a person."""
    if isinstance(name, Category):
        held = code(person[name.column])
        return None if held is None else Fraction(int(held == name.code))
    return None if person[name] is None else Fraction(person[name])


def own(variable: Variable) -> tuple[str | Category, ...]:
    return variable if isinstance(variable, tuple) else (variable,)


def why(person: Person, variable: Variable) -> str:
    """The kind of the first column that is missing and says so."""
    for name in own(variable):
        column = name.column if isinstance(name, Category) else name
        told = person.get(f"{column}__why")
        if part(person, name) is None and told in KINDS:
            return str(told)
    return "missing"


def domain(person: Person, grouping: Sequence[str], where: Domain) -> Domain | None:
    """The domain of a grouping that a person is in, None for none."""
    if any(code(person[name]) != wanted for name, wanted in where):
        return None
    held = {name: code(person[name]) for name in grouping}
    if None in held.values():
        return None
    return tuple(sorted({**dict(where), **{k: str(v) for k, v in held.items()}}.items()))


def cells(people: Sequence[Person], request: Request, variable: Variable, unit: Sequence[str]) -> dict[tuple[Any, ...], Cell]:
    """(unit..., domain) -> sums of one variable.  unit: the columns that name a unit, the wave first."""
    found: dict[tuple[Any, ...], Cell] = {}
    for person in people:
        if request.waves and int(person[unit[0]]) not in request.waves:
            continue
        for at in {domain(person, grouping, request.where) for grouping in request.groupings} - {None}:
            cell = found.setdefault(
                (*(int(person[unit[0]]), *(str(code(person[u])) for u in unit[1:])), at), dict.fromkeys(NAMES, Fraction(0))
            )
            values = [part(person, name) for name in own(variable)]
            if None in values or any(person[name] is None for name in request.complete):
                cell[why(person, variable)] += 1
                continue
            w, y, x = Fraction(person["w"]), values[0], values[1] if len(values) == 2 else Fraction(1)
            assert y is not None
            assert x is not None
            for name, amount in zip(NAMES, (Fraction(1), w, w * y, w * y * y, w * w, w * x, w * x * y, w * x * x), strict=False):
                cell[name] += amount
    return found
