"""The units that the plan obliges (units.csv): departments, communes, media agencies, conventions; who owes what, and when.

Imports csvtable and forms.errors.  Never sees what a unit reported.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from forms.errors import Problem, problem, refuse

from .csvtable import Cells, Row, kept, read_table, shown, stop

UNIT_COLUMNS = ("unit_id", "name", "kind", "obliged", "parent", "from", "to")


@dataclass(frozen=True)
class ObligedUnit:
    """One unit.  obliged: target ids; parent: the unit it belongs to, '' for none; since, until: columns `from` and `to`.

    until is the last day, None while the unit exists.
    """

    unit_id: str
    name: str
    kind: str
    obliged: frozenset[str]
    parent: str
    since: date
    until: date | None
    extra: Cells = field(default_factory=dict)

    def owes(self, target: str, on: date) -> bool:
        """Obliged by a target on a day."""
        return target in self.obliged and self.since <= on and (self.until is None or on <= self.until)


def read_units(path: Path, targets: Collection[str]) -> tuple[ObligedUnit, ...]:
    """units.csv in file order.  targets: ids of the plan's targets; a unit obliged by none has an empty cell.

    BdgError with every problem: DATA-001, DATA-002 (a target the plan does not have, a last day before the first),
    DATA-003 (an id twice), DATA-059 (a parent that is not on the list, or the unit itself).
    """
    problems: list[Problem] = []
    table = read_table(path, UNIT_COLUMNS)
    units = tuple(_unit(Row(path.name, line, cells, problems), frozenset(targets)) for line, cells in table)
    first: dict[str, int] = {}
    for (line, _), u in zip(table, units, strict=True):
        if u.unit_id in first:
            place = f"{path.name}, dòng {line}"
            problems.append(problem("DATA-003", place, got=u.unit_id, key=u.unit_id, first=first[u.unit_id]))
        first.setdefault(u.unit_id, line)
    if lost := sorted({u.parent for u in units if u.parent and (u.parent not in first or u.parent == u.unit_id)}):
        problems.append(problem("DATA-059", path.name, expected="parent: unit_id", got=shown(lost), count=len(lost)))
    stop(problems)
    if not units:
        raise refuse("DATA-001", path.name, expected="≥ 1 dòng / row", got="0")
    return units


def _unit(row: Row, targets: frozenset[str]) -> ObligedUnit:
    owed = frozenset(part for part in row.cells.get("obliged", "").split("/") if part)
    if owed - targets:
        row.bad("obliged", "/".join(sorted(targets)))
    since = row.day("from")
    until = row.day("to") if row.cells.get("to", "") else None
    if until is not None and until < since:
        row.bad("to", f"≥ {since}")
    return ObligedUnit(
        row.text("unit_id"), row.text("name"), row.text("kind"), owed, row.cells.get("parent", ""), since, until,
        kept(row.cells, UNIT_COLUMNS),
    )  # fmt: skip
