"""The frame of hamlets (frame.csv) and what became of them between waves (psu_links.csv).

Imports the forms door (places) and forms.errors.  Holds lists of places only: never a person, never an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Literal

from forms.errors import Problem, problem, refuse

from ..csvtable import Cells, Row, kept, read_table, shown, stop, table_bytes

STAMP = "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"
"""What every made-up line bears in its source, so that nobody takes practice for the province."""
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
        return self.in_year("stratum", wave)

    def in_year(self, column: str, year: int) -> str:
        """A class of this row (stratum, area, khu_vuc, dtts, commune) in a year: column <column>_<year> where filled."""
        return self.extra.get(f"{column}_{year}") or str(getattr(self, column))


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
        gone = {psu for psu, end in self.retired().items() if end <= day}
        return tuple(h for h in self.hamlets if h.as_of <= day and h.psu not in gone)

    def retired(self) -> dict[str, date]:
        """Each id that a link replaced or dissolved, with the day (the first one, where links disagree)."""
        found: dict[str, date] = {}
        for k in self.links:
            if k.new_psu != k.old_psu:
                found[k.old_psu] = min(found.get(k.old_psu, k.date), k.date)
        return found

    def became(self, psu: str) -> str:
        """What a retired id became, for a message: the new ids with kind, day and document."""
        after = sorted((k for k in self.links if k.old_psu == psu), key=lambda k: (k.date, k.new_psu))
        return "; ".join(", ".join(filter(None, (k.new_psu, k.kind, k.date.isoformat(), k.decision))) for k in after)

    def common(self) -> dict[str, str]:
        """Each unit's id -> the id it shares across waves (its own, or that of the old unit it continues).

        A unit continues an old one when it keeps at least half of the old households and lies inside the old boundary:
        renamed, moved, or the larger part of a split.  A unit made of several old ones reaches beyond each old boundary,
        whatever its links are called, and a dissolved one has no successor: these are new units (contract, psu_links.csv).
        Along a chain the shares multiply: a unit that holds less than half of the chain's first one begins an id of its own.
        """
        old = self.by_psu()
        origins: dict[str, set[str]] = {}
        for k in self.links:
            origins.setdefault(k.new_psu, set()).add(k.old_psu)
        parent: dict[str, tuple[str, Fraction]] = {}
        taken: set[str] = set()
        for k in sorted(self.links, key=lambda k: (-k.households, k.new_psu)):
            inside = k.kind in ("renamed", "moved", "split") and len(origins[k.new_psu] - {k.new_psu}) == 1
            if inside and k.new_psu != k.old_psu and k.old_psu in old and k.old_psu not in taken:
                size = old[k.old_psu].households
                if 2 * k.households >= size:
                    taken.add(k.old_psu)
                    parent[k.new_psu] = k.old_psu, min(Fraction(1), Fraction(k.households, max(size, 1)))
        return {h.psu: _root(h.psu, parent) for h in self.hamlets}


def _root(psu: str, parent: Mapping[str, tuple[str, Fraction]]) -> str:
    """The id a unit shares: walked from the first unit of its chain down, so that every unit of the chain agrees."""
    chain = [psu]
    while chain[-1] in parent and parent[chain[-1]][0] not in chain:
        chain.append(parent[chain[-1]][0])
    root, share = chain[-1], Fraction(1)
    for unit in reversed(chain[:-1]):
        share *= parent[unit][1]
        if 2 * share < 1:
            root, share = unit, Fraction(1)
    return root


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
    most: int = 10,
) -> Frame:
    """frame.csv (and psu_links.csv) -> Frame, checked.

    communes: code -> name of the present units; former: pre-merger code -> present codes.  Without communes only the shape
    of the code is checked.  most: problems told at once.  BdgError with the problems found: DATA-001 to -005 cells, keys and
    commune codes; DATA-032 a link that uses an id retired before; DATA-033 dates of a link against those of its units;
    DATA-034 one unit with fates that exclude each other; DATA-035 links in a circle.
    """
    cells = read_table(path, FRAME_COLUMNS)
    problems: list[Problem] = []
    hamlets = tuple(_hamlet(c, Row(path.name, n, c, problems), communes, former or {}) for n, c in cells)
    _unique([(n, h.psu) for (n, _), h in zip(cells, hamlets, strict=True)], path.name, problems)
    found: tuple[Link, ...] = ()
    if links is not None:
        known = {h.psu for h in hamlets}
        told = read_table(links, LINK_COLUMNS)
        found = tuple(_link(c, Row(links.name, n, c, problems), known) for n, c in told)
        keys = [f"{k.old_psu} → {k.new_psu}, {k.date.isoformat()}" for k in found]
        _unique([(n, key) for (n, _), key in zip(told, keys, strict=True)], links.name, problems)
        places = [f"{links.name}, dòng {n}" for n, _ in told]
        problems += [] if problems else link_faults(Frame(hamlets, found), places)
    stop(problems, most)
    return Frame(hamlets, found)


def link_faults(frame: Frame, places: Sequence[str]) -> list[Problem]:
    """What cannot be true of the links, with the place of each: retired ids used again, dates, fates, circles.

    Such links would count hamlets twice or never in Frame.on, or join hamlets in Frame.common that are not the same.
    """
    units, ends = frame.by_psu(), frame.retired()
    fates: dict[str, list[Link]] = {}
    for k in frame.links:
        fates.setdefault(k.old_psu, []).append(k)
    found: list[Problem] = []
    for k, place in zip(frame.links, places, strict=True):
        found += _used_again(k, place, frame, ends)
        found += _out_of_time(k, place, units)
    for psu, some in fates.items():
        if not _one_fate(some):
            at = places[frame.links.index(some[-1])]
            kinds = ", ".join(f"{k.new_psu or '-'}: {k.kind}" for k in some)
            found.append(problem("DATA-034", at, expected="split + split | dissolved + dissolved | 1", got=kinds, psu=psu))
    for circle in _circles(frame.links):
        at = next(p for k, p in zip(frame.links, places, strict=True) if (k.old_psu, k.new_psu) == circle[:2])
        found.append(problem("DATA-035", at, got=" → ".join(circle), psu=circle[0]))
    return found


def _used_again(k: Link, place: str, frame: Frame, ends: Mapping[str, date]) -> list[Problem]:
    """An id that this link uses though an earlier link had retired it."""
    again = [p for p in dict.fromkeys((k.old_psu, k.new_psu)) if p in ends and ends[p] < k.date]
    return [
        problem("DATA-032", place, expected=frame.became(p), got=p, psu=p, date=ends[p].isoformat(), new=frame.became(p))
        for p in again
    ]


def _out_of_time(k: Link, place: str, units: Mapping[str, Hamlet]) -> list[Problem]:
    """A link before its old unit was listed, or after its new unit was: old households would be listed twice or never."""
    old, new = units[k.old_psu], units.get(k.new_psu)
    found = []
    if k.date < old.as_of:
        found.append((f"date ≥ {old.as_of.isoformat()} ({k.old_psu}.as_of)", k.date))
    if new is not None and new is not old and k.kind != "dissolved" and new.as_of < k.date:
        found.append((f"{k.new_psu}.as_of ≥ {k.date.isoformat()}", new.as_of))
    return [problem("DATA-033", place, expected=e, got=d.isoformat(), old=k.old_psu, new=k.new_psu) for e, d in found]


def _one_fate(some: Sequence[Link]) -> bool:
    """One link, or a split into new ids, or a dissolution into several units; before it may be moved or renamed, the id kept."""
    stayed = {k.kind for k in some if k.new_psu == k.old_psu}
    left = [k.kind for k in some if k.new_psu != k.old_psu]
    return stayed <= {"moved", "renamed"} and (len(left) < 2 or set(left) in ({"split"}, {"dissolved"}))


def _circles(links: Sequence[Link]) -> list[tuple[str, ...]]:
    """Ways along the links that come back to where they began, each once, from its smallest id."""
    after: dict[str, list[str]] = {}
    for k in links:
        if k.new_psu and k.new_psu != k.old_psu:
            after.setdefault(k.old_psu, []).append(k.new_psu)
    found: list[tuple[str, ...]] = []
    for start in sorted(after):
        back: dict[str, str] = {}
        waiting = [start]
        while waiting and start not in back:
            here = waiting.pop(0)
            for there in sorted(after.get(here, ())):
                if there not in back and there >= start:
                    back[there] = here
                    waiting.append(there)
        if start in back:
            way = [start]
            while way[-1] != start or len(way) == 1:
                way.append(back[way[-1]])
            found.append(tuple(reversed(way)))
    return found


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
