"""Odd lines of a frame: communes without hamlets, sizes, urban and rural, zones, strata, dates and sources.

Imports suspect, allocation and frame.  Never sees a person or a submission.  The limits below are limits of
what is plausible, not of what is allowed: a finding is looked at by a person and stops nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date

from ..findings import Finding
from .allocation import allocate
from .frame import STAMP, Hamlet
from .suspect import Looked, counted, odd

PERSONS_A_HOUSEHOLD = (1.5, 8.0)
HOUSEHOLDS_A_HAMLET = (20, 1000)


def of_lines(look: Looked) -> Iterator[Finding]:
    """Every finding about single lines and about the frame as a whole."""
    for some in (_communes, _names, _sizes, _areas, _kinds, _zones, _zone_words, _strata, _times):
        yield from some(look)


def _communes(look: Looked) -> Iterator[Finding]:
    for p in look.places:
        if p.code not in look.by_commune:
            yield odd("commune_without_hamlet", "red", look.wave, p.code, "psu", expected="≥ 1", got=0)


def _names(look: Looked) -> Iterator[Finding]:
    for commune, hamlets in look.by_commune.items():
        same: dict[str, list[str]] = {}
        for h in hamlets:
            same.setdefault(" ".join(h.hamlet.casefold().split()), []).append(h.psu)
        if twice := [" = ".join(psus) for psus in same.values() if len(psus) > 1]:
            yield odd("same_name", "yellow", look.wave, commune, "hamlet", expected="1", got=counted(twice))


def _sizes(look: Looked) -> Iterator[Finding]:
    low, high = PERSONS_A_HOUSEHOLD
    few, many = HOUSEHOLDS_A_HAMLET
    checks: tuple[tuple[str, str, str, Callable[[Hamlet], bool]], ...] = (
        ("household_size", "persons", f"{low:g} - {high:g}", lambda h: not low <= h.persons / max(h.households, 1) <= high),
        ("hamlet_size", "households", f"{few} - {many}", lambda h: not few <= h.households <= many),
    )
    for commune, hamlets in look.by_commune.items():
        for check, column, expected, strange in checks:
            if found := [h.psu for h in hamlets if strange(h)]:
                yield odd(check, "yellow", look.wave, commune, column, expected=expected, got=counted(found))


def _areas(look: Looked) -> Iterator[Finding]:
    """Hamlets whose area is not that of their commune in places.csv."""
    for commune, hamlets in look.by_commune.items():
        p = look.place.get(commune)
        if p and (found := [h.psu for h in hamlets if h.area != p.area]):
            yield odd("area_differs", "yellow", look.wave, commune, "area", expected=p.area, got=counted(found))


def _kinds(look: Looked) -> Iterator[Finding]:
    """Communes: classed unlike others of their kind without a document, awaiting one, or with one that has no date."""
    usual = {
        kind: Counter(p.area for p in look.places if p.type == kind and not p.area_document).most_common(1)
        for kind in {p.type for p in look.places}
    }
    for p in look.places:
        rule = usual[p.type][0][0] if usual[p.type] else p.area
        if not p.area_document and p.area != rule:
            yield odd("area_rule", "red", look.wave, p.code, "area", expected=rule, got=p.area)
        if p.area_open and not p.area_document:
            yield odd("area_open", "yellow", look.wave, p.code, "area_document", expected="số, ngày / number, date", got=p.area)
        if p.area_document and not _day(p.area_as_of):
            yield odd("area_undated", "yellow", look.wave, p.code, "area_as_of", expected="YYYY-MM-DD", got=p.area_as_of)


def _day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _zone(look: Looked, h: Hamlet, column: str) -> str:
    """A zone column of a hamlet, or of its commune where the frame has none."""
    return str(getattr(h, column) or getattr(look.place.get(h.commune), column, ""))


def _zones(look: Looked) -> Iterator[Finding]:
    """khu_vuc: empty for all, missing where dtts is 1, or known of some communes only."""
    known = [h for h in look.hamlets if _zone(look, h, "khu_vuc") or _zone(look, h, "dtts") == "0"]
    if not any(_zone(look, h, "khu_vuc") for h in look.hamlets):
        yield odd("khu_vuc_empty", "info", look.wave, "", "khu_vuc", expected="1 | 2 | 3", got=f"0/{len(look.hamlets)}")
    elif lacking := sorted({h.commune for h in look.hamlets} - {h.commune for h in known}):
        yield odd("khu_vuc_partly", "yellow", look.wave, "", "khu_vuc", expected="1 | 2 | 3, dtts = 0", got=counted(lacking))
    for commune, hamlets in look.by_commune.items():
        found = [h.psu for h in hamlets if _zone(look, h, "dtts") == "1" and not _zone(look, h, "khu_vuc")]
        if found:
            yield odd("khu_vuc_missing", "yellow", look.wave, commune, "khu_vuc", expected="1 | 2 | 3", got=counted(found))


def _zone_words(look: Looked) -> Iterator[Finding]:
    """khu_vuc that contradicts dtts, the commune of places.csv, or the other hamlets of the commune."""
    outside = [h.psu for h in look.hamlets if h.khu_vuc and h.dtts == "0"]
    if outside:
        yield odd("khu_vuc_outside", "yellow", look.wave, "", "dtts", expected="1", got=counted(outside))
    mixed = [c for c, hamlets in look.by_commune.items() if len({h.khu_vuc for h in hamlets if h.khu_vuc}) > 1]
    if mixed:
        yield odd("khu_vuc_mixed", "yellow", look.wave, "", "khu_vuc", expected="1", got=counted(mixed))
    for commune, hamlets in look.by_commune.items():
        official = look.place[commune].khu_vuc if commune in look.place else ""
        if official and (found := [h.psu for h in hamlets if h.khu_vuc not in ("", official)]):
            yield odd("khu_vuc_differs", "yellow", look.wave, commune, "khu_vuc", expected=official, got=counted(found))


def _strata(look: Looked) -> Iterator[Finding]:
    """Strata that cannot give what survey.yaml asks of them.  Another allocation than proportional is checked by the draw."""
    chosen = look.survey.selection
    standing = look.stratified.on(look.day)
    for wave, size in sorted(look.survey.waves.items()):
        groups: dict[str, list[Hamlet]] = {}
        for h in standing:
            groups.setdefault(h.stratum_in(wave), []).append(h)
        for stratum, units in sorted(groups.items()):
            if len(units) < chosen.least:
                yield odd("stratum_small", "red", wave, stratum, "psu", expected=f"≥ {chosen.least}", got=len(units))
        if size.psus < chosen.least * len(groups):
            expected = f"≥ {chosen.least} × {len(groups)}"
            yield odd("psus_short", "red", wave, "", "psus", expected=expected, got=size.psus)
        elif chosen.allocation == "proportional" and groups:
            asked = allocate({g: _size(units, wave) for g, units in groups.items()}, size.psus, chosen.least)
            for stratum, n in asked.items():
                if chosen.least <= len(groups[stratum]) < n:
                    yield odd("stratum_short", "red", wave, stratum, "psu", expected=f"≥ {n}", got=len(groups[stratum]))


def _size(units: list[Hamlet], wave: int) -> float:
    """Households of a stratum in a wave; a cell that is no number is the draw's to refuse."""
    told = [(u.in_year("households", wave), u.households) for u in units]
    return float(sum(int(text) if text.isdecimal() else known for text, known in told))


def _times(look: Looked) -> Iterator[Finding]:
    """Lines listed after the last planned wave, and practice lines among real ones."""
    if late := [h.psu for h in look.frame.hamlets if h.as_of > look.future]:
        yield odd("as_of_future", "yellow", look.wave, "", "as_of", expected=f"≤ {look.future.isoformat()}", got=counted(late))
    made_up = [h.psu for h in look.frame.hamlets if STAMP in h.source]
    if 0 < len(made_up) < len(look.frame.hamlets):
        yield odd("source_mixed", "red", look.wave, "", "source", expected=0, got=counted(made_up))
