"""The frame of hamlets (frame.csv) and what became of them between waves (psu_links.csv).

Imports the forms door (places) and forms.errors.  Holds lists of places only: never a person, never an answer.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from forms.errors import BdgError, Problem, problem, refuse

FRAME_COLUMNS = (
    "psu", "commune", "hamlet", "households", "persons", "area", "stratum", "khu_vuc", "dtts", "source", "as_of",
)  # fmt: skip
LINK_COLUMNS = ("old_psu", "new_psu", "kind", "households", "date", "decision")
LinkKind = Literal["merged", "split", "moved", "renamed", "dissolved"]
_KINDS: Mapping[str, LinkKind] = {k: k for k in ("merged", "split", "moved", "renamed", "dissolved")}
_SHOWN = 5
Cells = Mapping[str, str]


@dataclass(frozen=True)
class Hamlet:
    """One hamlet or urban block, the primary sampling unit.  extra: columns the contract does not name, kept as text."""

    psu: str
    commune: str
    hamlet: str
    households: int
    persons: int
    area: str
    stratum: str
    khu_vuc: str
    dtts: str
    source: str
    as_of: date
    extra: Cells = field(default_factory=dict)

    def stratum_in(self, wave: int) -> str:
        """The stratum in a wave: column stratum_<wave> where the file has it, else `stratum`."""
        return self.extra.get(f"stratum_{wave}") or self.stratum


@dataclass(frozen=True)
class Link:
    """What became of an old unit.  households: how many of the old unit's households went to the new one."""

    old_psu: str
    new_psu: str
    kind: LinkKind
    households: int
    date: date
    decision: str
    extra: Cells = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    """All units ever listed, with the links between them; both in file order."""

    hamlets: tuple[Hamlet, ...]
    links: tuple[Link, ...] = ()

    def by_psu(self) -> dict[str, Hamlet]:
        """Units by their id."""
        return {h.psu: h for h in self.hamlets}

    def on(self, day: date) -> tuple[Hamlet, ...]:
        """The units that exist on a day: listed by then and not yet replaced by a link."""
        gone = {k.old_psu for k in self.links if k.date <= day and k.new_psu != k.old_psu}
        return tuple(h for h in self.hamlets if h.as_of <= day and h.psu not in gone)

    def common(self) -> dict[str, str]:
        """Each unit's id -> the id it shares across waves (its own, or that of the old unit it continues).

        A unit continues an old one when it keeps at least half of the old households and lies inside the old boundary:
        renamed, moved, or the larger part of a split.  A merged unit reaches beyond each old boundary and a dissolved
        one has no successor: these are new units (contract, psu_links.csv).
        """
        old = self.by_psu()
        heirs: dict[str, Link] = {}
        for k in sorted(self.links, key=lambda k: (-k.households, k.new_psu)):
            inside = k.kind in ("renamed", "moved", "split")
            if inside and k.old_psu in old and 2 * k.households >= old[k.old_psu].households:
                heirs.setdefault(k.old_psu, k)
        parent = {k.new_psu: k.old_psu for k in heirs.values() if k.new_psu != k.old_psu}
        return {h.psu: _root(h.psu, parent) for h in self.hamlets}


def _root(psu: str, parent: Mapping[str, str]) -> str:
    seen = {psu}
    while psu in parent and parent[psu] not in seen:
        psu = parent[psu]
        seen.add(psu)
    return psu


def link(frame: Frame, drawn: Iterable[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """(wave, PSU id as drawn) -> common PSU id across the waves.

    drawn: (wave, psu) of the sample.  BdgError DATA-006 for ids that stand neither in the frame nor in a link.
    """
    ids = frame.common()
    wanted = sorted(set(drawn))
    lost = sorted({psu for _, psu in wanted if psu not in ids})
    if lost:
        raise refuse("DATA-006", "frame.csv", got=shown(lost), count=len(lost))
    return {(wave, psu): ids[psu] for wave, psu in wanted}


# ---- reading and writing -------------------------------------------------------------------------------------------


def read_frame(
    path: Path,
    links: Path | None = None,
    *,
    communes: Mapping[str, str] | None = None,
    former: Mapping[str, Sequence[str]] | None = None,
) -> Frame:
    """frame.csv (and psu_links.csv) -> Frame, checked.

    communes: code -> name of the present units; former: pre-merger code -> present codes.  Without communes only the shape
    of the code is checked.  BdgError with every problem found (first of each kind shown in full).
    """
    cells = read_table(path, FRAME_COLUMNS)
    problems: list[Problem] = []
    hamlets = tuple(_hamlet(c, Row(path.name, n, c, problems), communes, former or {}) for n, c in cells)
    _unique([(n, h.psu) for (n, _), h in zip(cells, hamlets, strict=True)], path.name, problems)
    found: tuple[Link, ...] = ()
    if links is not None:
        known = {h.psu for h in hamlets}
        found = tuple(_link(c, Row(links.name, n, c, problems), known) for n, c in read_table(links, LINK_COLUMNS))
    stop(problems)
    return Frame(hamlets, found)


def frame_bytes(frame: Frame) -> bytes:
    """frame.csv: fixed columns, then the kept ones in name order."""
    rows = [{**{c: getattr(h, c) for c in FRAME_COLUMNS}, **h.extra} for h in frame.hamlets]
    return table_bytes(FRAME_COLUMNS, rows)


def link_bytes(frame: Frame) -> bytes:
    """psu_links.csv: fixed columns, then the kept ones in name order."""
    rows = [{**{c: getattr(k, c) for c in LINK_COLUMNS}, **k.extra} for k in frame.links]
    return table_bytes(LINK_COLUMNS, rows)


@dataclass(frozen=True)
class Row:
    """One line of a table while it is read; problems are collected, not raised one at a time."""

    file: str
    line: int
    cells: Cells
    problems: list[Problem]

    def bad(self, column: str, expected: str) -> None:
        """Note that a cell does not hold what the contract says."""
        place = f"{self.file}, dòng {self.line}"
        self.problems.append(problem("DATA-002", place, expected=expected, got=self.cells.get(column, ""), column=column))

    def text(self, column: str, *, empty: bool = False) -> str:
        """A text cell; a problem when it is empty and may not be."""
        value = self.cells.get(column, "")
        if not value and not empty:
            self.bad(column, "không để trống / not empty")
        return value

    def one_of(self, column: str, codes: Sequence[str]) -> str:
        """A code cell."""
        value = self.cells.get(column, "")
        if value not in codes:
            self.bad(column, " | ".join(c or "''" for c in codes))
        return value

    def whole(self, column: str, low: int = 0) -> int:
        """A whole number of at least `low`."""
        value = self.cells.get(column, "")
        if not re.fullmatch(r"-?\d+", value) or int(value) < low:
            self.bad(column, f"số nguyên ≥ {low} / whole number")
            return low
        return int(value)

    def maybe_whole(self, column: str) -> int | None:
        """A whole number or an empty cell."""
        return self.whole(column) if self.cells.get(column, "") else None

    def number(self, column: str, fits: Callable[[float], bool], expected: str) -> float:
        """A number that fits."""
        try:
            value = float(self.cells.get(column, ""))
        except ValueError:
            value = float("nan")
        if not fits(value):
            self.bad(column, expected)
        return value

    def day(self, column: str) -> date:
        """An ISO date."""
        try:
            return date.fromisoformat(self.cells.get(column, ""))
        except ValueError:
            self.bad(column, "YYYY-MM-DD")
            return date.min


def _hamlet(cells: Cells, row: Row, communes: Mapping[str, str] | None, former: Mapping[str, Sequence[str]]) -> Hamlet:
    commune = cells.get("commune", "")
    fault = commune_fault(commune, communes, former, f"{row.file}, dòng {row.line}")
    if fault is not None:
        row.problems.append(fault)
    return Hamlet(
        psu=row.text("psu"),
        commune=commune,
        hamlet=row.text("hamlet"),
        households=row.whole("households", 1),
        persons=row.whole("persons"),
        area=row.one_of("area", ("urban", "rural")),
        stratum=row.text("stratum"),
        khu_vuc=row.one_of("khu_vuc", ("1", "2", "3", "")),
        dtts=row.one_of("dtts", ("0", "1", "")),
        source=row.text("source"),
        as_of=row.day("as_of"),
        extra=kept(cells, FRAME_COLUMNS),
    )


def commune_fault(
    code: str, communes: Mapping[str, str] | None, former: Mapping[str, Sequence[str]], place: str
) -> Problem | None:
    """What is wrong with a commune code, None when nothing is; names the present unit of a pre-merger code."""
    if communes is None:
        return None if re.fullmatch(r"\d{5}", code) else problem("DATA-004", place, got=code, code=code)
    if code in communes:
        return None
    if code in former:
        new = ", ".join(f"{c} {communes.get(c, '')}".strip() for c in former[code])
        return problem("DATA-005", place, expected=new, got=code, code=code, new=new)
    return problem("DATA-004", place, got=code, code=code)


def _link(cells: Cells, row: Row, known: set[str]) -> Link:
    kind = _KINDS.get(row.one_of("kind", tuple(_KINDS)), "dissolved")
    new = row.text("new_psu", empty=kind == "dissolved")
    for column, psu in (("old_psu", row.text("old_psu")), ("new_psu", new)):
        if psu and psu not in known:
            row.bad(column, "mã địa bàn có trong frame.csv / an id of frame.csv")
    return Link(
        row.cells.get("old_psu", ""), new, kind, row.whole("households"), row.day("date"), row.text("decision"),
        kept(cells, LINK_COLUMNS),
    )  # fmt: skip


def _unique(keys: Sequence[tuple[int, str]], file: str, problems: list[Problem]) -> None:
    first: dict[str, int] = {}
    for line, key in keys:
        if key in first:
            problems.append(problem("DATA-003", f"{file}, dòng {line}", got=key, key=key, first=first[key]))
        first.setdefault(key, line)


def shown(values: Sequence[str]) -> str:
    """The first few values and how many more there are."""
    more = len(values) - _SHOWN
    return ", ".join(values[:_SHOWN]) + (f" … (+{more})" if more > 0 else "")


def stop(problems: Sequence[Problem], most: int = 10) -> None:
    """Raise the problems found, the first few of them; nothing when there is none."""
    if problems:
        raise BdgError(problems[:most])


def kept(cells: Cells, named: Sequence[str]) -> dict[str, str]:
    """The cells of columns the contract does not name."""
    return {k: v for k, v in cells.items() if k not in named}


def read_table(path: Path, needed: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """(line number, cells) of a UTF-8 CSV with a header; NFC, trimmed.  DATA-001 when a column is missing or it is no CSV."""
    try:
        text = unicodedata.normalize("NFC", path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise refuse("DATA-001", str(path.name), expected=", ".join(needed), got="không có tệp / no such file") from None
    except UnicodeDecodeError:
        raise refuse("DATA-001", path.name, expected="UTF-8", got="không đọc được / not UTF-8") from None
    except OSError as fault:
        raise refuse("DATA-001", path.name, expected=", ".join(needed), got=type(fault).__name__) from None
    respaced(text, path.name)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        names = [n.strip() for n in reader.fieldnames or ()]
        missing = [c for c in needed if c not in names]
        if missing or len(set(names)) != len(names):
            raise refuse("DATA-001", path.name, expected=", ".join(missing or needed), got=", ".join(names))
        reader.fieldnames = names
        lines = [(reader.line_num, _cells(cells, f"{path.name}, dòng {reader.line_num}", len(names))) for cells in reader]
        return [(n, cells) for n, cells in lines if any(cells.values())]
    except csv.Error as fault:
        raise refuse("DATA-001", path.name, expected="CSV", got=str(fault)) from None


def respaced(text: str, place: str) -> None:
    """DATA-030 when a spreadsheet wrote the table again with its own separator: its numbers cannot be trusted either."""
    header = text.partition("\n")[0]
    mark = max((";", "\t"), key=header.count)
    if header.count(mark) > header.count(","):
        raise refuse("DATA-030", place, expected=",", got=mark.replace("\t", "Tab"), mark=mark.replace("\t", "Tab"))


def _cells(cells: Mapping[str | None, str | list[str] | None], place: str, columns: int) -> dict[str, str]:
    """One line's cells, trimmed.  A line with more or fewer cells than the header has shifted: DATA-001."""
    if None in cells or None in cells.values():
        got = sum(len(v) if isinstance(v, list) else v is not None for v in cells.values())
        raise refuse("DATA-001", place, expected=f"{columns} ô / cells", got=got)
    return {k: v.strip() for k, v in cells.items() if isinstance(k, str) and isinstance(v, str)}


def table_bytes(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> bytes:
    """CSV of the rows: the named columns first, the others in name order; None is empty, floats in full."""
    others = sorted({k for r in rows for k in r} - set(columns))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*columns, *others])
    for r in rows:
        writer.writerow(["" if r.get(c) is None else r.get(c) for c in (*columns, *others)])
    return unicodedata.normalize("NFC", out.getvalue()).encode()
