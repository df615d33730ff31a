"""The analysis plan of a foreign survey (YAML): its design, what counts as no answer, and the tables that are wanted.

Imports yaml, design and forms.errors.  Every table is written down before a number is seen; nothing is tabulated by default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

import yaml

from forms import Codebook
from forms.errors import BdgError, Problem, problem, refuse

from ..csvtable import stop
from ..design import LonelyRule

Stat = Literal["share", "mean", "total"]
_TOP = {"title", "year", "design", "dont_know", "refused", "where", "tables"}
_DESIGN = {"weight", "strata", "psu", "lonely"}
_TABLE = {"id", "title", "rows", "by", "stat", "where"}
NONE = "none"
WAVE = "wave"
"""Column of the year in the frame."""


@dataclass(frozen=True)
class Table:
    """One table.  rows: questions; by: questions that split it (each alone); where: question -> code that a person must have."""

    id: str
    title: str
    rows: tuple[str, ...]
    by: tuple[str, ...]
    stat: Stat
    where: Mapping[str, str]


@dataclass(frozen=True)
class TablePlan:
    """The plan.  weight, strata, psu: columns of the export, None where the plan says «none»; lonely: a stratum with one PSU."""

    title: str
    year: int
    weight: str | None
    strata: str | None
    psu: str | None
    lonely: LonelyRule
    dont_know: frozenset[str]
    refused: frozenset[str]
    tables: tuple[Table, ...]
    where: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the export that the design needs."""
        return tuple(c for c in (self.weight, self.strata, self.psu) if c)


def read_plan(path: Path, book: Codebook) -> TablePlan:
    """The plan, held against the form.  DATA-130 when it is no such YAML, DATA-131 with every entry that is wrong."""
    try:
        node = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as fault:
        raise refuse("DATA-130", path.name, expected="YAML", got=type(fault).__name__) from None
    if not isinstance(node, dict) or not isinstance(node.get("tables"), list) or not isinstance(node.get("design"), dict):
        raise refuse("DATA-130", path.name, expected="title, year, design: {…}, tables: […]", got=type(node).__name__)
    problems: list[Problem] = []
    _known(node, _TOP, path.name, problems)
    _known(node["design"], _DESIGN, f"{path.name}: design", problems)
    for name in ("weight", "strata", "psu", "lonely"):
        if not str(node["design"].get(name) or ""):
            expected = " | ".join(get_args(LonelyRule)) if name == "lonely" else f"tên cột | {NONE}"
            problems.append(problem("DATA-131", f"{path.name}: design.{name}", expected=expected, got="-"))
    if node["design"].get("lonely") not in (*get_args(LonelyRule), None, ""):
        got = node["design"]["lonely"]
        problems.append(problem("DATA-131", f"{path.name}: design.lonely", expected=" | ".join(get_args(LonelyRule)), got=got))
    if not str(node.get("year", "")).isdigit():
        problems.append(problem("DATA-131", f"{path.name}: year", expected="2026", got=node.get("year")))
    names = {v.name: v.path for v in book.variables if not v.repeat}
    tables = tuple(_table(n, t, names, path.name, problems) for n, t in enumerate(node["tables"], 1))
    where = _where(node.get("where"), names, path.name, problems)
    twice = sorted({t.id for t in tables if sum(u.id == t.id for u in tables) > 1})
    problems += [problem("DATA-131", f"{path.name}: tables", expected="id", got=f"{i} ×2") for i in twice]
    stop(problems)
    design: Mapping[str, Any] = node["design"]
    return TablePlan(
        str(node.get("title") or book.title.vi), int(node["year"]), _column(design["weight"]), _column(design["strata"]),
        _column(design["psu"]), cast("LonelyRule", design["lonely"]), _codes(node.get("dont_know")), _codes(node.get("refused")),
        tables, where,
    )  # fmt: skip


def _table(n: int, node: Any, names: Mapping[str, str], file: str, problems: list[Problem]) -> Table:
    place = f"{file}: tables[{n}]"
    if not isinstance(node, dict):
        raise BdgError(problem("DATA-131", place, expected="{id, title, rows, by, stat}", got=type(node).__name__))
    _known(node, _TABLE, place, problems)
    rows, by = _names(node.get("rows")), _names(node.get("by"))
    if not rows:
        problems.append(problem("DATA-131", f"{place}.rows", expected="tên câu hỏi / questions", got="-"))
    strange = [name for name in (*rows, *by) if name not in names]
    problems += [problem("DATA-131", place, expected=", ".join(_near(name, names)), got=name) for name in strange]
    stat = node.get("stat", "share")
    if stat not in get_args(Stat):
        problems.append(problem("DATA-131", f"{place}.stat", expected=" | ".join(get_args(Stat)), got=stat))
    where = _where(node.get("where"), names, place, problems)
    return Table(str(node.get("id") or n), str(node.get("title") or ", ".join(rows)), rows, by, cast("Stat", stat), where)


def _where(node: Any, names: Mapping[str, str], place: str, problems: list[Problem]) -> dict[str, str]:
    if node is None:
        return {}
    if not isinstance(node, dict):
        problems.append(
            problem("DATA-131", f"{place}: where", expected="{câu hỏi: mã / question: code}", got=type(node).__name__)
        )
        return {}
    problems += [
        problem("DATA-131", f"{place}: where", expected=", ".join(_near(k, names)), got=k) for k in node if k not in names
    ]
    return {str(k): str(v) for k, v in node.items()}


def _known(node: Mapping[str, Any], allowed: set[str], place: str, problems: list[Problem]) -> None:
    problems += [problem("DATA-131", place, expected=", ".join(sorted(allowed)), got=k) for k in node if k not in allowed]


def _near(name: str, names: Mapping[str, str]) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(str(name), names, 3, 0.5) or sorted(names)[:5]


def _names(node: Any) -> tuple[str, ...]:
    return (node,) if isinstance(node, str) else tuple(str(n) for n in node) if isinstance(node, list) else ()


def _codes(node: Any) -> frozenset[str]:
    return frozenset(str(c) for c in ([node] if isinstance(node, str | int) else node or ()))


def _column(name: object) -> str | None:
    return None if str(name) == NONE else str(name)
