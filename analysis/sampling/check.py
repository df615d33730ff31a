"""A frame looked at before anything is drawn from it: errors refused all at once, the rest as findings and a table.

Imports frame, strata, the checks (listed, linked, since) and the forms door (places, plan of the survey).  Sees places only,
never a person.  A finding stops nothing; who draws from a frame with red ones knows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forms import load_former, load_places, province_folder
from forms.folder import whole
from forms.survey import load_survey

from ..csvtable import stop, table_bytes
from ..findings import Finding, document
from .frame import STAMP, Frame, Hamlet, read_frame
from .linked import of_links
from .listed import of_lines
from .since import lost, since
from .strata import stratified
from .suspect import Looked

SUMMARY_COLUMNS = ("by", "code", "communes", "hamlets", "households", "persons", "round_kind")
FINDINGS, SUMMARY = "frame_findings.json", "frame_summary.csv"
_EVERY = 1_000_000
_WORDS = {"red": "đỏ / red", "yellow": "vàng / yellow", "info": "để biết / info"}


@dataclass(frozen=True)
class Checked:
    """A frame that could be read.  summary: rows of SUMMARY_COLUMNS; day: the hamlets counted stand on it."""

    frame: Frame
    day: date
    findings: tuple[Finding, ...]
    summary: tuple[dict[str, object], ...]

    @property
    def practice(self) -> bool:
        """Whether the frame, or a part of it, is made up for training."""
        return any(STAMP in h.source for h in self.frame.hamlets)


def check_frame(
    frame: Path, links: Path | None = None, *, previous: Path | None = None, province: str = "51", day: date | None = None
) -> Checked:
    """Read a frame with its links and look at it.

    links: default psu_links.csv beside the frame, where there is one.  previous: the frame.csv of an earlier wave.  day: which
    hamlets to count, by default those that stand after the last change in the files; given, it also bounds as_of.
    BdgError with every problem of the files: DATA-001 to -005, -032 to -035, -036 and -037 against `previous`, -038 and
    PLAN-001 for the strata.
    """
    folder = province_folder(province)
    places, survey = load_places(folder), load_survey(folder)
    names, former = {p.code: p.name for p in places}, load_former(folder)
    beside = frame.with_name("psu_links.csv")
    links = links or (beside if beside.exists() else None)
    found = read_frame(frame, links, communes=names, former=former, most=_EVERY)
    old = read_frame(previous, communes=names, former=former, most=_EVERY) if previous else None
    stop(lost(old, found, frame.name) if old else (), _EVERY)
    future = day or date(max(survey.waves), 12, 31)
    seen = day or _newest(found, future)
    strata = stratified(found, places, survey.selection.stratify)
    look = Looked(found, strata, places, survey, seen, future)
    findings = [*of_lines(look), *of_links(look), *(since(old, look) if old else ())]
    return Checked(found, seen, tuple(sorted(findings, key=lambda f: f.id)), summary(strata, seen))


def _newest(frame: Frame, future: date) -> date:
    """The day of the last change that lies before the end of the plan."""
    days = [*(h.as_of for h in frame.hamlets), *(k.date for k in frame.links)]
    return max((d for d in days if d <= future), default=future)


def summary(frame: Frame, day: date) -> tuple[dict[str, object], ...]:
    """The hamlets that stand on a day: all, then by stratum, by area and by both."""
    standing = frame.on(day)
    stamp = "practice" if any(STAMP in h.source for h in frame.hamlets) else "real"
    groups: dict[tuple[str, str], list[Hamlet]] = {("all", ""): list(standing)}
    for h in standing:
        for key in (("stratum", h.stratum), ("area", h.area), ("stratum*area", f"{h.stratum}*{h.area}")):
            groups.setdefault(key, []).append(h)
    order = ("all", "stratum", "area", "stratum*area")
    return tuple(_row(*key, groups[key], stamp) for key in sorted(groups, key=lambda key: (order.index(key[0]), key[1])))


def _row(by: str, code: str, hamlets: Sequence[Hamlet], stamp: str) -> dict[str, object]:
    return {
        "by": by, "code": code, "communes": len({h.commune for h in hamlets}), "hamlets": len(hamlets),
        "households": sum(h.households for h in hamlets), "persons": sum(h.persons for h in hamlets), "round_kind": stamp,
    }  # fmt: skip


def write_checked(checked: Checked, out: Path) -> tuple[Path, ...]:
    """frame_findings.json and frame_summary.csv, both or none; gives their paths."""
    files = {FINDINGS: document(checked.findings), SUMMARY: table_bytes(SUMMARY_COLUMNS, checked.summary)}
    with whole(out) as staged:
        for name, body in files.items():
            (staged / name).write_bytes(body)
    return tuple(out / name for name in files)


def told(checked: Checked) -> tuple[str, ...]:
    """The short summary that the command prints."""
    total = checked.summary[0]
    strata = sum(1 for row in checked.summary if row["by"] == "stratum")
    day = f"{checked.day:%d/%m/%Y}"
    lines = [STAMP] if checked.practice else []
    lines.append(
        f"Khung ngày {day}: {total['hamlets']} địa bàn, {total['households']} hộ, {total['persons']} người, "
        f"{total['communes']} xã, {strata} tầng; {len(checked.frame.links)} liên kết."
    )
    counts = Counter((f.severity, f.check, f.do) for f in checked.findings)
    for severity, word in _WORDS.items():
        for (level, check, do), n in sorted(counts.items()):
            if level == severity:
                lines.append(f"  [{word}] {check}: {n}. {do}")
    return (*lines, *(() if counts else ("  Không có điểm nào phải xem lại. (Nothing to look at.)",)))
