"""A sample against its frame, and what is said of the communes: every drawn hamlet stands in the frame, in its commune.

Imports frame, sample and the forms door (Place, Label).  Never sees a submission.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from forms import Place
from forms.errors import Problem, problem, refuse
from forms.question import Label

from ..csvtable import shown, stop
from .frame import Frame, commune_fault
from .sample import Drawn


def check_places(
    rows: Sequence[Drawn], frame: Frame, communes: Mapping[str, str], former: Mapping[str, Sequence[str]], file: str
) -> None:
    """Every drawn hamlet stands in the frame in its wave, in the same commune.

    BdgError DATA-006 a hamlet not in the frame; DATA-004, DATA-005 a code that is no commune's, or one from before the
    merger; DATA-032 an id retired in a year before the wave; DATA-009 another commune than the frame's of that wave, a hamlet
    first listed in a year after the wave, or one marked as kept (overlap_of) that was first listed after that wave and that
    no link joins to an older one: its two waves would count as independent.
    """
    known = frame.by_psu()
    if lost := sorted({r.psu for r in rows} - set(known)):
        raise refuse("DATA-006", file, got=shown(lost), count=len(lost))
    problems: list[Problem] = []
    for wave, psu, commune in sorted({(r.wave, r.psu, r.commune) for r in rows}):
        stands = known[psu].in_year("commune", wave)
        if commune != stands:
            fault = commune_fault(commune, communes, former, f"{file}, {psu}")
            what = f"commune, {psu}"
            problems.append(fault or problem("DATA-009", file, expected=stands, got=commune, what=what))
    problems += _timely(rows, frame, file)
    common = frame.common()
    for psu, wave in sorted({(r.psu, r.overlap_of) for r in rows if r.overlap_of is not None}):
        if common[psu] == psu and known[psu].as_of.year > wave:
            problems.append(problem("DATA-009", file, expected=f"psu_links.csv: {wave}", got=psu, what=f"overlap_of, {psu}"))
    stop(problems)


def _timely(rows: Sequence[Drawn], frame: Frame, file: str) -> list[Problem]:
    """Hamlets drawn in a wave whose whole year they were gone before, or not yet listed."""
    known, ends = frame.by_psu(), frame.retired()
    found = []
    for wave, psu in sorted({(r.wave, r.psu) for r in rows}):
        if psu in ends and ends[psu].year < wave:
            new = frame.became(psu)
            found.append(
                problem("DATA-032", f"{file}, {wave}", expected=new, got=psu, psu=psu, date=ends[psu].isoformat(), new=new)
            )
        if known[psu].as_of.year > wave:
            listed = known[psu].as_of.isoformat()
            found.append(problem("DATA-009", file, expected=f"as_of ≤ {wave}", got=listed, what=f"as_of, {wave} {psu}"))
    return found


def area_note(places: Sequence[Place]) -> Label:
    """The sentence of the method note on urban and rural: by what rule, since when, and which units still lack a document."""
    kinds = {area: sorted({p.type for p in places if p.area == area and not p.area_document}) for area in ("urban", "rural")}
    days = sorted({p.area_as_of for p in places if p.area_as_of})
    day = "; ".join(_office(d) for d in dict.fromkeys((days[0], days[-1]))) if days else ""
    rule = Label(
        f"Thành thị là {', '.join(kinds['urban']) or '-'}; nông thôn là {', '.join(kinds['rural']) or '-'}"
        + (f" (theo loại đơn vị, ghi ngày {day})." if day else " (theo loại đơn vị)."),
        f"Urban: {', '.join(kinds['urban']) or '-'}; rural: {', '.join(kinds['rural']) or '-'}"
        + (f" (by kind of unit, as of {day})." if day else " (by kind of unit)."),
    )
    told = [p for p in places if p.area_document]
    waiting = [p for p in places if p.area_open and not p.area_document]
    if told:
        listed = "; ".join(f"{p.name}: {p.area}, {p.area_document}" for p in told)
        rule = Label(f"{rule.vi} Theo văn bản: {listed}.", f"{rule.en} By document: {listed}.")
    if waiting:
        listed = ", ".join(p.name for p in waiting)
        rule = Label(
            f"{rule.vi} Còn {len(waiting)} đơn vị chờ văn bản xếp loại, tạm tính theo loại đơn vị: {listed}.",
            f"{rule.en} {len(waiting)} units await a document and are counted by their kind for the time being: {listed}.",
        )
    return rule


def _office(day: str) -> str:
    """05/10/2026 of an ISO date; any other wording stays."""
    try:
        return date.fromisoformat(day).strftime("%d/%m/%Y")
    except ValueError:
        return day
