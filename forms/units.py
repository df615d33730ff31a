"""The units that a province's plan obliges (units.csv): who they are, what each owes, and when; the list beside a form.

Imports errors and the standard library.  Never sees what a unit reported.  Who is obliged is for the department that keeps the
list to say: nothing here adds a unit.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from .errors import BdgError, Problem, headers, problem, refuse
from .formulas import row as tamed

UNIT_COLUMNS = ("unit_id", "name", "kind", "obliged", "parent", "from", "to", "source")
LIST_COLUMNS = ("name", "label", "kind", "commune")
KINDS: Final = ("department", "mass_organisation", "commune", "media", "other")
"""Offices of the province; the Front and mass organisations; People's Committees of communes; media agencies; others."""
_SPREADSHEET_MARKS = (";", "\t")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*(?:_[A-Za-z0-9-]+)*")
_COMMUNE = re.compile(r"\d{5}")
_SHOWN = 5


@dataclass(frozen=True)
class Unit:
    """One unit.  obliged: target ids; parent: the unit it belongs to, '' for none; since, until: columns `from` and `to`.

    until is the last day, None while the unit exists.  source: who says that it is obliged.  extra: columns of the file's own.
    """

    unit_id: str
    name: str
    kind: str
    obliged: frozenset[str]
    parent: str
    since: date
    until: date | None
    source: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)

    def active(self, first: date, last: date) -> bool:
        """On the list on some day from `first` to `last`."""
        return self.since <= last and (self.until is None or first <= self.until)

    def owes(self, target: str, on: date) -> bool:
        """Obliged by a target on a day."""
        return target in self.obliged and self.active(on, on)


def read_units(path: Path, targets: Collection[str]) -> tuple[Unit, ...]:
    """units.csv in file order.  targets: ids of the plan's targets; a unit obliged by none has an empty cell.

    `source` may be absent, obligations may be joined by blanks or by `/`, unknown columns are kept (extra).
    BdgError with every problem: DATA-001 (no such table), DATA-002 (a cell: an id with other signs than ascii letters, digits,
    `-` and single `_`; a kind or a target that there is not, a last day before the first), DATA-003 (an id twice, in whatever
    letters), DATA-030 (saved by a spreadsheet), DATA-059 (a parent that is not on the list, or the unit itself).
    """
    problems: list[Problem] = []
    table = _table(path)
    units = tuple(_unit(cells, f"{path.name}, dòng {line}", frozenset(targets), problems) for line, cells in table)
    first: dict[str, int] = {}
    for (line, _), u in zip(table, units, strict=True):
        key = u.unit_id.lower()
        if key in first:
            place = f"{path.name}, dòng {line}"
            problems.append(problem("DATA-003", place, got=u.unit_id, key=u.unit_id, first=first[key]))
        first.setdefault(key, line)
    ids = {u.unit_id for u in units}
    if lost := sorted({u.parent for u in units if u.parent and (u.parent not in ids or u.parent == u.unit_id)}):
        problems.append(problem("DATA-059", path.name, expected="parent: unit_id", got=", ".join(lost[:_SHOWN]), count=len(lost)))
    if not units:
        problems.append(problem("DATA-001", path.name, expected="≥ 1 dòng / row", got="0"))
    if problems:
        raise BdgError(problems[: 2 * _SHOWN])
    return units


def obliged(
    units: Iterable[Unit], targets: Collection[str], first: date | None = None, last: date | None = None
) -> tuple[Unit, ...]:
    """The units that one of the targets obliges, on some day from first to last; without days, those without a last day."""
    owing = (u for u in units if u.obliged & set(targets))
    if first is None or last is None:
        return tuple(u for u in owing if u.until is None)
    return tuple(u for u in owing if u.active(first, last))


def commune_of(unit: Unit, units: Mapping[str, Unit]) -> str:
    """The commune of a unit: a People's Committee bears its code as its id, others lie in their parent's; '' if none."""
    seen: set[str] = set()
    at: Unit | None = unit
    while at is not None and at.unit_id not in seen:
        if at.kind == "commune" and _COMMUNE.fullmatch(at.unit_id):
            return at.unit_id
        seen.add(at.unit_id)
        at = units.get(at.parent)
    return ""


def list_rows(units: Sequence[Unit]) -> tuple[tuple[str, ...], ...]:
    """(name, label, kind, commune) of every unit, in order: what a form knows of it."""
    by_id = {u.unit_id: u for u in units}
    return tuple((u.unit_id, u.name, u.kind, commune_of(u, by_id)) for u in units)


def unit_list(units: Sequence[Unit]) -> bytes:
    """The list file units.csv that travels with a form."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows(map(tamed, (LIST_COLUMNS, *list_rows(units))))
    return unicodedata.normalize("NFC", out.getvalue()).encode()


def _table(path: Path) -> list[tuple[int, dict[str, str]]]:
    """(line, cells) of the file, trimmed, empty lines left out."""
    need = UNIT_COLUMNS[:-1]
    try:
        text = unicodedata.normalize("NFC", path.read_bytes().decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as fault:
        got = "không có tệp / no such file" if isinstance(fault, FileNotFoundError) else type(fault).__name__
        raise refuse("DATA-001", path.name, expected=", ".join(need), got=got) from None
    header = text.partition("\n")[0]
    for mark in _SPREADSHEET_MARKS:
        if header.count(mark) > header.count(","):
            raise refuse("DATA-030", path.name, expected=",", got=mark.replace("\t", "Tab"), mark=mark.replace("\t", "Tab"))
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        names = [n.strip() for n in next(reader, [])]
        lost = [n for n in need if n not in names]
        if lost or len(set(names)) != len(names):
            raise refuse("DATA-001", path.name, expected=", ".join(lost or need), got=headers(names))
        lines = [(reader.line_num, [c.strip() for c in row]) for row in reader]
    except csv.Error as fault:
        raise refuse("DATA-001", path.name, expected="CSV", got=str(fault)) from None
    for line, row in lines:
        if any(row) and len(row) != len(names):
            raise refuse("DATA-001", f"{path.name}, dòng {line}", expected=f"{len(names)} ô / cells", got=len(row))
    return [(line, dict(zip(names, row, strict=True))) for line, row in lines if any(row)]


def _unit(cells: Mapping[str, str], place: str, targets: frozenset[str], problems: list[Problem]) -> Unit:
    def bad(column: str, expected: str) -> None:
        problems.append(problem("DATA-002", place, expected=expected, got=cells[column], column=column))

    owed = frozenset(re.split(r"[\s/]+", cells["obliged"])) - {""}
    if owed - targets:
        bad("obliged", " ".join(sorted(targets)))
    if not _ID.fullmatch(cells["unit_id"]):
        bad("unit_id", "A-Z a-z 0-9 - _")
    if not cells["name"]:
        bad("name", "không để trống / not empty")
    if cells["kind"] not in KINDS:
        bad("kind", " | ".join(KINDS))
    since, until = _day(cells["from"]), _day(cells["to"]) if cells["to"] else None
    if since is None:
        bad("from", "YYYY-MM-DD")
    if cells["to"] and until is None:
        bad("to", "YYYY-MM-DD")
    if since and until and until < since:
        bad("to", f"≥ {since}")
    extra = {k: v for k, v in cells.items() if k not in UNIT_COLUMNS}
    return Unit(
        cells["unit_id"],
        cells["name"],
        cells["kind"],
        owed,
        cells["parent"],
        since or date.min,
        until,
        cells.get("source", ""),
        extra,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
