"""A request as a person writes it, made plain (variables, groupings, domain, waves), and the levels that answer it.

Imports the waist, levels and the error catalogue; persons only for designs whose weights need them (calibrated, replicated).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from forms.errors import refuse

from .design import Design, LonelyRule
from .levels import Columns, Levels, Stat, columns_of, from_totals
from .results import Unit
from .totals import SUMS, Category, Domain, Request, TotalsSource, Variable, label

EstimateStat = Literal["mean", "proportion", "total", "ratio", "variance", "quantile"]
Missing = Literal["variable", "listwise"]
By = Sequence[str] | Sequence[Sequence[str]]


@dataclass(frozen=True)
class Asked:
    """A request made plain: variables (categories spelled out), groupings, fixed domain, waves, listwise columns."""

    variables: tuple[Variable, ...]
    groupings: tuple[tuple[str, ...], ...]
    where: Domain
    waves: tuple[int, ...]
    complete: tuple[str, ...]


def ask(
    data: TotalsSource, y: Variable | Sequence[Variable], *, by: By, where: Mapping[str, str] | None, stat: str,
    waves: Sequence[int], missing: Missing,
) -> Asked:  # fmt: skip
    """The request spelled out; a column of codes under stat proportion becomes one variable a code.

    BdgError STAT-011 when a pair is asked for anything but a ratio, or a ratio of a single column.
    """
    listed: list[Variable] = list(y) if isinstance(y, list) else [y]  # type: ignore[list-item]  # a pair is a variable, a list is several
    for v in listed:
        if isinstance(v, tuple) != (stat == "ratio"):
            choices = "y=(numerator, denominator)" if stat == "ratio" else "y='column', y=['column', ...], stat='ratio'"
            raise refuse("STAT-011", got_name=label(v), argument=f"y ({stat})", choices=choices)
    named = tuple(n for v in listed for n in ((v,) if isinstance(v, str) else (v.column,) if isinstance(v, Category) else v))
    if stat == "proportion":
        listed = [one for v in listed for one in (_codes(data, v) if isinstance(v, str) else (v,))]
    by = (by,) if isinstance(by, str) else by
    groupings = (tuple(str(b) for b in by),) if all(isinstance(b, str) for b in by) else tuple(tuple(b) for b in by)
    pairs = tuple(sorted((k, text(v)) for k, v in (where or {}).items()))
    return Asked(tuple(listed), groupings, pairs, tuple(waves), named if missing == "listwise" else ())


def _codes(data: TotalsSource, column: str) -> tuple[Variable, ...]:
    values = data.arrays((column,))[column]
    if values.dtype == np.float64:
        return (column,)
    found = sorted({str(v) for v in values.tolist() if v is not None})
    return tuple(Category(column, code) for code in found) or (column,)


def text(code: object) -> str:
    """A code as domains write it: a whole number without its '.0', a truth as 1 or 0."""
    whole = (isinstance(code, float) and code.is_integer()) or isinstance(code, bool | np.bool_)
    return str(int(code)) if whole else str(code)  # type: ignore[call-overload]  # a number in each of these cases


def check_confidence(confidence: float) -> None:
    """BdgError STAT-011 unless it is a share: 0.95, not 95."""
    if not 0 < confidence < 1:
        raise refuse("STAT-011", got_name=confidence, argument="confidence", choices="0 < confidence < 1 (0.95)")


def check_choice(argument: str, got: str, choices: Sequence[str]) -> None:
    """BdgError STAT-011 when a name is not one of the choices."""
    if got not in choices:
        raise refuse("STAT-011", got_name=got, argument=argument, choices=", ".join(choices))


def levels_of(
    data: TotalsSource, design: Design, asked: Asked, stat: Stat, unit: Unit | None, rule: LonelyRule,
    sums: tuple[str, ...] = SUMS,
) -> tuple[Levels, ...]:  # fmt: skip
    """Levels of every wave asked for, all with the same columns; from sums, or from persons where the design needs it.

    BdgError STAT-008 when a wave asked for has no sampled PSU, STAT-011 a unit that is none.
    """
    if unit is not None:
        check_choice("unit", unit, get_args(Unit))
    if design.controls or design.replicates:
        return _from_people(data, design, asked, stat, unit, rule)
    totals = data.totals(Request(asked.variables, asked.groupings, asked.where, asked.waves, asked.complete, sums))
    made = {label(v): v for v in asked.variables}
    columns = Columns(tuple(made[c.variable] for c in totals.columns), totals.columns)
    if () in asked.groupings and all(c.domain != asked.where for c in totals.columns):
        blank = columns_of([(v, asked.where) for v in asked.variables])
        columns = Columns((*blank.variables, *columns.variables), (*blank.named, *columns.named))
    _there(asked, totals.waves)
    return tuple(from_totals(totals, design, columns, wave, rule, stat, unit) for wave in totals.waves)


def _from_people(
    data: TotalsSource, design: Design, asked: Asked, stat: Stat, unit: Unit | None, rule: LonelyRule
) -> tuple[Levels, ...]:
    from . import rowwise
    from .persons import persons

    named = [n for g in asked.groupings for n in g]
    blank = tuple((v, asked.where) for v in asked.variables)
    wanted = rowwise.needed(blank, asked.complete)
    wanted = tuple(n for n in wanted if not n.endswith("__why") or n in data.names)
    people = persons(data, design, (*wanted, *named), asked.waves)
    columns = tuple((v, d) for v in asked.variables for g in asked.groupings for d in rowwise.domains(people, g, asked.where))
    waves = sorted(people.units)
    _there(asked, waves)
    return tuple(rowwise.from_persons(people.of_wave(t), columns, rule, stat, unit, asked.complete) for t in waves)


def _there(asked: Asked, waves: Sequence[int]) -> None:
    """BdgError STAT-008 when a wave asked for has no sampled PSU."""
    for t in asked.waves:
        if t not in waves:
            raise refuse("STAT-008", expected=", ".join(map(str, waves)), got=t, wave=t)
