"""The research's two tables and its half-widths as tables of a study, each under its own assumptions by name.

Imports published, closed, spoken, table.
"""

from __future__ import annotations

from .closed import DETECT
from .published import ONE_SIDED, SIZES, TWO_SIDED, Column, Convention, half_width, persons, rises
from .spoken import Both, said, typed, whole
from .table import Cell, Table, cell, table


def researched() -> list[Table]:
    """One-sided, two-sided, half-widths."""
    small, large = (persons(50.0, Column(DETECT, 5, "points"), TWO_SIDED, sd=sd) for sd in (15.0, 20.0))
    mean = said("published.mean", small=whole(small), large=whole(large))
    one = _persons(ONE_SIDED, "one_sided", said("published.one_sided"), {"vi": "", "en": ""})
    two = _persons(TWO_SIDED, "two_sided", said("published.two_sided", deff=typed(TWO_SIDED.deff)), mean)
    return [one, two, _half_widths()]


def _persons(by: Convention, ident: str, how: Both, more: Both) -> Table:
    rows: list[list[Cell]] = []
    for base, found in rises(by):
        rows.append([said("published.percent", x=typed(base)), *(cell(n, 0) for n in found)])
    head = [said("head.baseline"), *(_named(column) for column in by.columns)]
    return table(ident, said("published.title", how=how), head, rows, said("published.note", more=more))


def _named(column: Column) -> Both:
    rise = said(f"published.{column.unit}", x=typed(column.rise))
    if column.claim == DETECT:
        return said("published.detect", rise=rise)
    least = column.claim.shift or round(100 * column.claim.factor - 100, 6)
    unit = "points" if column.claim.shift else "percent"
    return said("published.prove", low=said(f"published.{unit}", x=typed(least)), rise=rise)


def _half_widths() -> Table:
    head = [said("head.people"), *({x: whole(n).text(x) for x in ("vi", "en")} for n in SIZES)]
    rows: list[list[Cell]] = [[said("half.row"), *(cell(half_width(n, TWO_SIDED.deff)) for n in SIZES)]]
    return table("half_widths", said("half.title"), head, rows, said("half.note", deff=typed(TWO_SIDED.deff)))
