"""A sample against its frame: every drawn hamlet stands in it, in the same commune, and kept ones have a past.

Imports frame and sample.  Never sees a submission.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forms.errors import Problem, problem, refuse

from ..csvtable import shown, stop
from .frame import Frame, commune_fault
from .sample import Drawn


def check_places(
    rows: Sequence[Drawn], frame: Frame, communes: Mapping[str, str], former: Mapping[str, Sequence[str]], file: str
) -> None:
    """Every drawn hamlet stands in the frame, in the same commune.

    BdgError DATA-006 a hamlet not in the frame; DATA-004, DATA-005 a code that is no commune's, or one from before the
    merger; DATA-009 another commune than the frame's, or a hamlet marked as kept (overlap_of) that was first listed after
    that wave and that no link joins to an older one: its two waves would count as independent.
    """
    known = frame.by_psu()
    if lost := sorted({r.psu for r in rows} - set(known)):
        raise refuse("DATA-006", file, got=shown(lost), count=len(lost))
    problems: list[Problem] = []
    for psu, commune in sorted({(r.psu, r.commune) for r in rows}):
        if commune != known[psu].commune:
            fault = commune_fault(commune, communes, former, f"{file}, {psu}")
            what = f"commune, {psu}"
            problems.append(fault or problem("DATA-009", file, expected=known[psu].commune, got=commune, what=what))
    common = frame.common()
    for psu, wave in sorted({(r.psu, r.overlap_of) for r in rows if r.overlap_of is not None}):
        if common[psu] == psu and known[psu].as_of.year > wave:
            problems.append(problem("DATA-009", file, expected=f"psu_links.csv: {wave}", got=psu, what=f"overlap_of, {psu}"))
    stop(problems)
