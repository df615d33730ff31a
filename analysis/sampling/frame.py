"""The frame of hamlets (frame.csv) and what became of them between waves (psu_links.csv).

Imports the forms door (places) and forms.errors.  Holds lists of places only: never a person, never an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from forms.errors import Problem, problem, refuse

from ..csvtable import Cells, Row, kept, read_table, shown, stop, table_bytes

FRAME_COLUMNS = (
    "psu", "commune", "hamlet", "households", "persons", "area", "stratum", "khu_vuc", "dtts", "source", "as_of",
)  # fmt: skip
LINK_COLUMNS = ("old_psu", "new_psu", "kind", "households", "date", "decision")
LinkKind = Literal["merged", "split", "moved", "renamed", "dissolved"]
_KINDS: Mapping[str, LinkKind] = {k: k for k in ("merged", "split", "moved", "renamed", "dissolved")}


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
