"""A foreign export -> a frame with a row a submission: every question as its codes, every kind of no-answer kept apart.

Imports readers (grids, headers, tables), plan and pandas.  Free text, places, devices and names never enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from forms import Codebook, Variable
from forms.errors import problem, refuse

from ..csvtable import shown, stop
from ..readers import tables
from ..readers.grids import Grid
from ..readers.headers import Names, meant, names
from ..readers.raw import Raw, plain
from .plan import WAVE, TablePlan

_SYSTEM = ("uuid", "key", "instance")


@dataclass(frozen=True, eq=False)
class Data:
    """The export read.  people: a row a submission; notes: what was put right; absent: questions that have no column."""

    people: pd.DataFrame
    notes: tuple[str, ...]
    absent: tuple[str, ...]
    unknown: tuple[str, ...]


def read_data(path: Path, book: Codebook, plan: TablePlan) -> Data:
    """An export of the form, from either server, with codes or labels; also one whose ids somebody took out.

    DATA-010 no table with this form's questions; DATA-132 a column of the design is missing or not a number; DATA-133 a question
    of the plan has no column; DATA-110 to -114 as for any export.
    """
    grids = [_with_ids(g) for g in _main_first(tables.grids(path), book, path.name)]
    found = tables.read(path.name, grids, book)
    columns = found.file.columns or frozenset()
    own = [v for v in book.variables if not v.repeat]
    wanted = {n for t in plan.tables for n in (*t.rows, *t.by, *t.where)} | set(plan.where)
    lost = sorted(n for n in wanted if next(v.path for v in own if v.name == n) not in columns)
    stop([problem("DATA-133", path.name, expected=n, got=found.near.get(n, "-"), question=n) for n in lost])
    rows = found.file.rows
    people: dict[str, object] = {WAVE: np.full(len(rows), plan.year)}
    for v in own:
        if v.path in columns and not v.private:
            people |= _columns(v, rows, plan)
    people |= _design(grids[0], plan, path.name)
    absent = tuple(v.name for v in own if v.path not in columns and not v.private)
    unknown = meant(grids[0].header, names(book), {}).unknown
    return Data(pd.DataFrame(people), found.notes, absent, tuple(u for u in unknown if u not in plan.columns))


def _main_first(grids: Sequence[Grid], book: Codebook, name: str) -> list[Grid]:
    """The table with most of the form's questions first; DATA-010 when none has a tenth of them."""
    known = names(book)
    counted = [(len(m.questions) + len(m.ticks), -n, g) for n, g in enumerate(grids) for m in [meant(g.header, known, {})]]
    best = max(counted, key=lambda c: c[:2], default=(0, 0, None))
    own = sum(not v.repeat for v in book.variables)
    if best[2] is None or best[0] < max(1, own // 10):
        got = shown([h for g in grids[:1] for h in g.header if h]) or "-"
        raise refuse("DATA-010", name, expected=shown([v.name for v in book.variables]), got=got, form=book.form_id)
    return [best[2], *(g for g in grids if g is not best[2])]


def _with_ids(grid: Grid) -> Grid:
    """A table whose ids were taken out before it was published gets the numbers of its rows."""
    system = meant(grid.header, Names({}), {}).system
    at = [system[w] for w in _SYSTEM if w in system]
    if "parent" in system or "parent_index" in system or (at and all(any(plain(r[c]) for c in at) for r in grid.rows)):
        return grid
    kept = [i for i in range(len(grid.header)) if i not in at]
    header = (*(grid.header[i] for i in kept), "_uuid")
    rows = [[*(r[i] for i in kept), f"row-{grid.first + n}"] for n, r in enumerate(grid.rows)]
    return replace(grid, header=header, rows=rows)


def _columns(v: Variable, rows: Sequence[Raw], plan: TablePlan) -> dict[str, object]:
    """One question as columns of the frame, with the kind of no-answer beside each."""
    texts = [plain(r.answers.get(v.path)) for r in rows]
    why = np.array([_why(t, v, plan) for t in texts], dtype=object)
    if v.type == "codes":
        ticked = [set((t or "").split()) for t in texts]
        many = {f"{v.name}/{c.code}": np.array([float(c.code in s) for s in ticked]) for c in v.choices}
        return {
            k: x for name, x in many.items() for k, x in ((name, np.where(why == "answered", x, np.nan)), (f"{name}__why", why))
        }
    if v.type in ("integer", "decimal") or (v.type == "calculated" and _numeric(texts)):
        numbers = np.array([_number(t) if w == "answered" else np.nan for t, w in zip(texts, why, strict=True)])
        why = np.where((why == "answered") & np.isnan(numbers), "missing", why)
        return {v.name: numbers, f"{v.name}__why": why}
    told = [t if w == "answered" else None for t, w in zip(texts, why, strict=True)]
    return {v.name: np.array(told, dtype=object), f"{v.name}__why": why}


def _why(text: str | None, v: Variable, plan: TablePlan) -> str:
    if text is None:
        return "not_asked" if v.asked_raw else "missing"
    codes = set(text.split()) if v.type == "codes" else {text}
    return "dont_know" if codes & plan.dont_know else "refused" if codes & plan.refused else "answered"


def _number(text: str | None) -> float:
    try:
        return float((text or "").replace(",", "."))
    except ValueError:
        return float("nan")


def _numeric(texts: Sequence[str | None]) -> bool:
    told = [t for t in texts if t is not None]
    return bool(told) and not any(np.isnan(_number(t)) for t in told)


def _design(grid: Grid, plan: TablePlan, name: str) -> dict[str, object]:
    """The design's columns, question or not, as they stand in the export."""
    found: dict[str, object] = {}
    problems = []
    for column in plan.columns:
        at = next((i for i, h in enumerate(grid.header) if h == column or h.rpartition("/")[2] == column), None)
        if at is None:
            problems.append(problem("DATA-132", name, expected=column, got=shown([h for h in grid.header if h]), column=column))
            continue
        texts = [plain(r[at]) for r in grid.rows]
        numbers = np.array([_number(t) for t in texts])
        if column == plan.weight and (np.isnan(numbers).any() or (numbers <= 0).any()):
            bad = int(np.isnan(numbers).sum() + (numbers <= 0).sum())
            problems.append(problem("DATA-132", name, expected="> 0", got=f"{bad} dòng / rows", column=column))
        elif column != plan.weight and any(t is None for t in texts):
            got = f"{sum(t is None for t in texts)} ô trống / empty cells"
            problems.append(problem("DATA-132", name, expected="không để trống / not empty", got=got, column=column))
        found[f"design:{column}"] = numbers if column == plan.weight else np.array(texts, dtype=object)
    stop(problems)
    return found
