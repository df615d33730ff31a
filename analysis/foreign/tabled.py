"""The tables of an analysis plan as rows of results, with errors by the plan's own design.

Imports plan, data, estimate, publish, results.  Nothing is computed that the plan does not name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forms import Codebook, Variable
from forms.errors import problem, refuse

from ..csvtable import stop
from ..design import Design, Lonely
from ..estimate import estimate
from ..publish import publish
from ..results import Row
from .plan import WAVE, Table, TablePlan

if TYPE_CHECKING:
    from .data import Data


@dataclass(frozen=True)
class Tabled:
    """One table with its numbers, in the plan's order."""

    table: Table
    rows: tuple[Row, ...]


def tabulate(data: Data, book: Codebook, plan: TablePlan) -> tuple[Tabled, ...]:
    """Every table of the plan.  DATA-134 with each question that its statistic does not fit; STAT-* as for any estimate."""
    known = {v.name: v for v in book.variables if not v.repeat}
    problems = []
    for t in plan.tables:
        for name in t.rows:
            numeric = data.people.dtypes.get(name) is not None and data.people[name].dtype.kind == "f"
            if (t.stat == "share") == (numeric or known[name].private) or (t.stat != "share" and not numeric):
                got = f"{name}: {known[name].type}"
                problems.append(problem("DATA-134", f"tables: {t.id}", expected=_fits(t.stat), got=got, stat=t.stat))
        problems += [
            problem("DATA-134", f"tables: {t.id}", expected="select_one", got=f"{name}: {known[name].type}", stat="by")
            for name in (*t.by, *t.where, *plan.where) if known[name].private or known[name].type == "codes"
        ]  # fmt: skip
    stop(problems)
    if not len(data.people):
        raise refuse("DATA-010", book.form_id, expected="≥ 1 dòng / row", got="0", form=book.form_id)
    return tuple(Tabled(t, publish(_rows(t, data, known, _design(plan), plan))) for t in plan.tables)


def _fits(stat: str) -> str:
    return "select_one, select_multiple" if stat == "share" else "integer, decimal"


def _design(plan: TablePlan) -> Design:
    name = {c: f"design:{c}" for c in plan.columns}
    return Design(
        strata=name.get(plan.strata or ""), psu=name.get(plan.psu or ""), weight=name.get(plan.weight or ""), wave=WAVE,
        lonely=Lonely(plan.lonely, plan.lonely), df_rule="domain",
    )  # fmt: skip


def _rows(t: Table, data: Data, known: dict[str, Variable], design: Design, plan: TablePlan) -> Iterator[Row]:
    where = {**plan.where, **t.where}
    for name in t.rows:
        for by in ((), *((b,) for b in t.by)):
            yield from _estimated(t, known[name], by, where, data, design, plan.dont_know | plan.refused)


def _estimated(
    t: Table, v: Variable, by: Sequence[str], where: dict[str, str], data: Data, design: Design, silent: frozenset[str]
) -> Iterator[Row]:  # fmt: skip
    if t.stat != "share":
        found = estimate(data.people, design, v.name, by=tuple(by), where=where, stat=t.stat, unit="count")
        yield from found.rows
    elif v.type == "codes":
        for c in (c for c in v.choices if c.code not in silent):
            some = estimate(
                data.people, design, f"{v.name}/{c.code}", by=tuple(by), where=where, stat="proportion", unit="percent"
            )
            yield from (replace(r, indicator=v.name, category=c.code) for r in some.rows)
    else:
        yield from estimate(data.people, design, v.name, by=tuple(by), where=where, stat="proportion", unit="percent").rows
