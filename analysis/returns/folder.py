"""A folder of filled-in templates -> which reports count, what is wrong with the others, and who has not reported.

Imports opened, judged, returned, noticed, the reader of workbooks, the tables of forms (units, returns) and forms.errors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

from forms.codebook import Codebook, codebook
from forms.errors import refuse
from forms.question import Questionnaire
from forms.returns import Period, check_period, layout, who_owes
from forms.submission import Submission
from forms.units import LIST_COLUMNS, Unit, list_rows

from ..csvtable import shown
from ..readers.raw import Raw, submission
from ..readers.returns import readable
from .judged import Judge
from .noticed import Noticed
from .opened import open_report
from .returned import Opened, Record, Report, Returns, State

_BOOKS = (".xlsx", ".xlsm")
Progress = Callable[[int, int], None]


def read_returns(
    folder: Path, form: Questionnaire, units: Sequence[Unit], wanted: Period, received: date, progress: Progress | None = None
) -> Returns:
    """Read every workbook of a folder and its subfolders.  received: the day after which nothing reported can have happened.

    BdgError DATA-070 no workbook there; DATA-071 several periods and none named; FORM-065 to -067 no template of this form;
    FORM-068 no such period.
    """
    plan = layout(form)
    check_period(form, wanted)
    paths = _files(folder)
    names = {u.unit_id: u.name for u in units}
    opened: list[Opened] = []
    for done, path in enumerate(paths, start=1):
        file = path.relative_to(folder).as_posix()
        sheets, fault = readable(path) if path.suffix.lower() in _BOOKS else ({}, path.suffix or "?")
        opened.append(open_report(file, sheets, fault, plan, names))
        if progress:
            progress(done, len(paths))
    period = _period([o for o in opened if o.keys.get("form") == form.id], wanted, folder)
    book = codebook(form)
    listed = {row[0]: dict(zip(LIST_COLUMNS, row, strict=True)) for row in list_rows(units)}
    judge = Judge(form, book, plan, received, listed)
    owing = who_owes(form, units, Period(wanted.year or _year(period), wanted.kind))
    reports = _reports(opened, judge, period, units, owing)
    used = sorted((r for r in reports if r.state == "used"), key=lambda r: r.unit_id)
    found = tuple(s for r in used for s in _submissions(r, form, book))
    return Returns(form, book, period, reports, owing, {u.unit_id: u for u in units}, found)


def _files(folder: Path) -> list[Path]:
    """Every file but hidden ones and the locks that spreadsheets leave (~$name)."""
    if not folder.is_dir():
        raise refuse("DATA-070", folder.name, expected="*.xlsx", got="không có thư mục / no such folder", folder=folder.name)
    found = [p for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.startswith((".", "~$"))]
    if not any(p.suffix.lower() in _BOOKS for p in found):
        raise refuse("DATA-070", folder.name, expected="*.xlsx", got=f"{len(found)} tệp / files", folder=folder.name)
    return found


def _period(opened: Sequence[Opened], wanted: Period, folder: Path) -> str:
    """The period asked for, or the one that all files of this form are of."""
    if wanted.said:
        return wanted.said
    found = sorted({o.period for o in opened})
    if len(found) > 1:
        raise refuse(
            "DATA-071", folder.name, expected="--year, --period", got=shown([f or "-" for f in found]), folder=folder.name
        )
    return found[0] if found else ""


def _year(period: str) -> int:
    head = period.partition("-")[0]
    return int(head) if head.isdecimal() else 0


# ---- file by file, and the files among themselves


def _reports(
    opened: Sequence[Opened], judge: Judge, period: str, units: Sequence[Unit], owing: Sequence[Unit]
) -> tuple[Report, ...]:
    known, owe = {u.unit_id for u in units}, {u.unit_id for u in owing}
    stamps = {bool(o.keys.get("stamp")) for o in opened if o.ours}
    twice = _twice([o for o in opened if o.ours and o.period == period])
    reports: list[Report] = []
    for one in opened:
        log = list(one.noticed)
        records: tuple[Record, ...] = ()
        if one.ours:
            if one.period != period:
                log.append(_of(one, "other_period", period, one.period))
            log += _whose(one, known, owe)
            log += [_of(one, "stamp_mixed", "", one.keys.get("stamp") or "-")] if len(stamps) > 1 else []
            log += twice.get(one.file, [])
            records, more = judge.records(one) if one.records else ((), ())
            log += more
        state = _state(one, log)
        reports.append(Report(one.file, one.unit_id, one.period, state, records if state == "used" else (), tuple(log)))
    return tuple(reports)


def _state(one: Opened, log: Sequence[Noticed]) -> State:
    if not one.ours and not one.unit_id:
        return "foreign"
    if any(n.severity == "red" for n in log):
        return "left_out"
    return "empty" if any(n.check == "empty" for n in log) else "used"


def _of(one: Opened, check: str, expected: str, got: str, severity: Literal["red", "yellow"] = "red") -> Noticed:
    return Noticed(check, severity, one.file, one.unit_id, "", "", "", expected, got)


def _whose(one: Opened, known: set[str], owe: set[str]) -> Iterator[Noticed]:
    """Is it a unit of the list, does it owe this report, and does the file's name say the same?"""
    if one.unit_id not in known:
        yield _of(one, "unit_unknown", "units.csv", one.unit_id)
        return
    if one.unit_id not in owe:
        yield _of(one, "unit_not_obliged", "", one.unit_id, "yellow")
    name = Path(one.file).name
    named = max((u for u in known if name.startswith(f"{u}_")), key=len, default=one.unit_id)
    if named != one.unit_id:
        yield _of(one, "unit_other", one.unit_id, named)


def _twice(opened: Sequence[Opened]) -> dict[str, list[Noticed]]:
    """File -> findings that name the other file of its unit, and the cells in which they differ: neither is taken."""
    by_unit: dict[str, list[Opened]] = {}
    for one in opened:
        by_unit.setdefault(one.unit_id, []).append(one)
    found: dict[str, list[Noticed]] = {}
    for same in (s for s in by_unit.values() if len(s) > 1):
        for one in same:
            others = [o for o in same if o is not one]
            got = shown([f"{o.file} ({_difference(one, o)})" for o in others])
            found[one.file] = [_of(one, "unit_twice", "1", got)]
    return found


def _difference(one: Opened, other: Opened) -> str:
    """«giống hệt», or the questions in which they differ."""
    pages = [p for p in one.records if list(one.records[p]) != list(other.records[p])]
    if not pages:
        return "giống hệt / identical"
    pairs = [pair for p in pages for pair in zip(one.records[p], other.records[p], strict=False)]
    keys = {path.rpartition("/")[2] for a, b in pairs for path in {*a, *b} if a.get(path) != b.get(path)}
    return f"khác / different: {shown(sorted(keys) or pages)}"


# ---- the record that every reader ends in


def _submissions(report: Report, form: Questionnaire, book: Codebook) -> Iterator[Submission]:
    for number, record in enumerate(report.records, start=1):
        text = "|".join((form.id, report.unit_id, report.period, str(number)))
        identity = f"excel:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
        raw = Raw(identity, identity, form.id, form.version, None, None, record.answers, record.repeats, file=report.file)
        yield submission(raw, book, "excel")
