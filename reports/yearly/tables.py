"""The tables of the yearly reports: targets, tasks, money, who reported, the years one after the other.

Imports read, cells, numbers, document and lookup.  Every number comes with the key of its row or its place in the texts; a sum
says from how many units it is, and who did not report is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from analysis.results import Row

from .. import cells, numbers
from ..document import Cell, Column, Table, TableRow
from ..lookup import lower_first
from .read import CENSUS, Entry, Read

UNITS = {
    "percent": ("%", "%"), "point": ("điểm", "points"), "percentage_point": ("điểm phần trăm", "percentage points"),
    "count": ("", ""), "person": ("người", "people"), "minute": ("phút", "minutes"), "ratio": ("lần", "times"),
    "million_dong": ("triệu đồng", "million đồng"),
}  # fmt: skip
KINDS = {
    "department": ("Sở, ban, ngành", "Departments"),
    "mass_organisation": ("Mặt trận, tổ chức chính trị - xã hội", "Front and mass organisations"),
    "commune": ("UBND xã, phường, đặc khu", "Communes"),
    "media": ("Cơ quan truyền thông", "Media agencies"),
    "other": ("Đơn vị khác", "Others"),
}


def source(read: Read) -> str:
    """The source line of an administrative table."""
    first, last, as_of = (read.tongue.date(str(read.report[x])) for x in ("from", "to", "as_of"))
    say = read.tongue.say
    made_up = say(" (số liệu giả lập)", " (invented figures)") if read.results.practice else ""
    until = say(f", nhận đến {as_of}", f", received by {as_of}") if read.report["as_of"] else ""
    days = say(f", kỳ từ {first} đến {last}", f", {first} to {last}") if read.report["from"] and read.report["to"] else ""
    return say(f"Nguồn: Báo cáo của các đơn vị{days}{until}{made_up}.", f"Source: returns of the units{days}{until}{made_up}.")


def both_sources(read: Read) -> str:
    """The source line of a table with figures of returns and of surveys."""
    from .. import tables as surveyed

    if read.look is None:
        return source(read)
    return f"{source(read)} {surveyed.source(read.look).removeprefix(read.tongue.say('Nguồn: ', 'Source: '))}"


def told(path: str, words: str) -> Cell:
    """Words of the texts, with their place."""
    return Cell(words, key=path) if words else Cell("")


def _said(read: Read, entry: Entry) -> Cell:
    if entry.row is not None and entry.row.publish == "hide":
        return Cell(numbers.HIDDEN, key=entry.row.key, mark="hide")
    return Cell(read.counted(entry, tagged=False), key=f"{entry.path}/said") if entry.said else Cell("")


def measure(read: Read, row: Row | None) -> Cell:
    """A number with its interval or bounds; a full count that nobody missed has no bounds to print."""
    cell = cells.estimate(row, read.tongue)
    if row is None or CENSUS not in (row.design, row.method) or cell.value is None:
        return cell if cell.below != numbers.NO_FIGURE else replace(cell, below="")
    same = cell.lower is None or cell.lower == cell.upper
    return replace(cell, below="", lower=None, upper=None) if same else cell


def unit(read: Read, row: Row | None) -> Cell:
    """The unit of a number that is printed, '' beside none."""
    return Cell("" if row is None or row.estimate is None or row.publish == "hide" else read.tongue.say(*UNITS[row.unit]))


def labelled(words: tuple[str, str], read: Read) -> str:
    """One of two words, by the report's language."""
    return read.tongue.say(*words)


def dashboard(read: Read) -> Table:
    """One line a target: planned, counted, measured, the verdict's words."""
    say = read.tongue.say
    lines = [
        TableRow(
            (
                Cell(f"{_mark(e)}{named(read, e)}"), told(f"{e.path}/planned", e.planned), _said(read, e), measure(read, e.row),
                unit(read, e.row), told(f"{e.path}/state", e.state),
            )
        )
        for e in read.dashboard if e.headline
    ]  # fmt: skip
    columns = (
        Column(say("Mục tiêu", "Target"), width=2.1),
        Column(say("Kế hoạch", "Planned"), width=1.3),
        Column(say("Số đạt/tổng số", "Met of all"), width=1.4),
        Column(say("Kết quả (khoảng)", "Result (range)"), "estimate", width=1.2),
        Column(say("Đơn vị tính", "Unit"), width=0.8),
        Column(say("Đánh giá", "Assessment"), width=1.4),
    )
    caption = say(f"Kết quả thực hiện các mục tiêu, năm {read.year}", f"Results by target, {read.year}")
    silent = [(e.label, e.row) for e in read.dashboard if e.headline and e.row is not None and e.row.status == "not_estimable"]
    notes = (ranges(read), *cells.reasons(silent, tongue=read.tongue))
    return Table("dashboard", caption, columns, tuple(lines), "", both_sources(read), notes)


def named(read: Read, entry: Entry) -> str:
    """An entry's label; the headline of II.3 says which of the four readings its number is."""
    readings = (e for e in read.target(entry.target) if e.part == "reading" and e.row is entry.row is not None)
    reading = next(readings, None) if entry.headline else None
    return entry.label if reading is None else f"{entry.label} ({lower_first(reading.label)})"


def _mark(entry: Entry) -> str:
    return f"{entry.target}. " if entry.target != "CL" else ""


def ranges(read: Read) -> str:
    """What the numbers in brackets are: bounds of a full count, or a confidence interval."""
    return read.tongue.say(
        "Khoảng trong ngoặc: với số liệu báo cáo là hai cận khi phần chưa báo cáo, chưa có số liệu, chưa rà soát đều chưa đạt "
        "hoặc đều đạt; với số liệu khảo sát là khoảng tin cậy 95%.",
        "In brackets: for returns the two bounds, with none or all of what was not reported, has no figures or was not reviewed "
        "meeting the target; for surveys the 95% confidence interval.",
    )


def detail(read: Read) -> Table:
    """Every line of the dashboard with its progress, its source and what is missing."""
    say = read.tongue.say
    lines: list[TableRow] = []
    for target, members in groupby(read.dashboard, key=lambda e: e.target):
        title = (
            say("Chiến lược quốc gia", "National Strategy") if target == "CL" else say(f"Mục tiêu {target}", f"Target {target}")
        )
        lines.append(cells.group_row(title))
        lines += [
            TableRow(
                (
                    Cell(named(read, e)),
                    told(f"{e.path}/planned", e.planned),
                    _said(read, e),
                    measure(read, e.row),
                    unit(read, e.row),
                    told(f"{e.path}/state", e.state),
                    told(f"{e.path}/progress", e.progress),
                    Cell(e.source),
                    told(f"{e.path}/missing", e.missing),
                )
            )
            for e in members
        ]
    columns = (
        Column(say("Chỉ tiêu", "Indicator"), width=2.3),
        Column(say("Kế hoạch", "Planned"), width=1.2),
        Column(say("Số đạt/tổng số", "Met of all"), width=1.1),
        Column(say("Kết quả (khoảng)", "Result (range)"), "estimate", width=1.1),
        Column(say("Đơn vị tính", "Unit"), width=0.6),
        Column(say("Đánh giá", "Assessment"), width=1.2),
        Column(say("Tiến độ", "Progress"), width=1.3),
        Column(say("Nguồn", "Source"), width=1.5),
        Column(say("Còn thiếu", "Missing"), width=2.1),
    )
    caption = say(f"Bảng theo dõi các mục tiêu, năm {read.year}", f"All indicators of the targets, {read.year}")
    measured = [(e.label, e.row) for e in read.dashboard]
    notes = (ranges(read), *cells.reasons(measured, tongue=read.tongue))
    return Table("detail", caption, columns, tuple(lines), "", both_sources(read), notes)


def by_kind(read: Read) -> Table | None:
    """The targets of units by kind of unit: who met them of all that owe; a share from ten units on."""
    say = read.tongue.say
    found = {(r.indicator, dict(r.domain).get("kind", ""), r.category): r for r in read.results.rows if _of_kind(r, read.year)}
    names = [(n, f"{say('Mục tiêu', 'Target')} {n[:4]}") for n in ("II.1_received", "II.2") if any(k[0] == n for k in found)]
    kinds = [k for k in (*KINDS, *sorted({k[1] for k in found} - set(KINDS))) if any(x[1] == k for x in found)]
    if not names or not kinds:
        return None
    lines = [
        TableRow(
            (
                Cell(labelled(KINDS.get(kind, (kind, kind)), read)),
                *(
                    c
                    for name, _ in names
                    for c in _kind_cells(read, {x: found.get((name, kind, x)) for x in ("", "yes", "units")})
                ),
            )
        )
        for kind in kinds
    ]
    columns = [Column(say("Loại đơn vị", "Kind of unit"), width=2.6)]
    for _, label in names:
        columns += [
            Column(say("Số đơn vị", "Units"), "count", label, 0.9), Column(say("Đạt", "Met"), "count", label, 0.9),
            Column(say("Tỷ lệ (%)", "Share (%)"), "estimate", label, 1.3),
        ]  # fmt: skip
    caption = say(f"Mục tiêu II.1, II.2 theo loại đơn vị, năm {read.year}", f"Targets II.1, II.2 by kind of unit, {read.year}")
    return Table("by_kind", caption, tuple(columns), tuple(lines), "", source(read), (ranges(read),))


def _of_kind(row: Row, year: int) -> bool:
    kinds = len(row.domain) == 1 and row.domain[0][0] == "kind"
    return kinds and row.wave == year and CENSUS in (row.design, row.method)


def _kind_cells(read: Read, found: Mapping[str, Row | None]) -> Iterator[Cell]:
    for name in ("units", "yes"):
        row = found[name]
        yield Cell(numbers.NO_FIGURE, mark="none") if row is None else total(read, row)
    yield measure(read, found[""])


def definitions(read: Read) -> Table | None:
    """How each indicator of the targets is counted, and whether the plan says so or it is a proposal."""
    say, label = read.tongue.say, read.tongue.label
    bases = {
        "plan": say("theo Kế hoạch", "the plan's words"),
        "proposal": say("đề xuất, chưa có văn bản", "proposed, no document yet"),
    }
    lines = [
        TableRow(
            (
                Cell(f"{d['target']}. {label(d['label'])}"),
                Cell(label(d.get("note"))),
                Cell(bases.get(str(d["basis"]), str(d["basis"]))),
            )
        )
        for d in read.texts.get("definitions", ())
    ]
    columns = (
        Column(say("Chỉ tiêu", "Indicator"), width=2.4), Column(say("Cách đếm", "How it is counted"), width=3.2),
        Column(say("Căn cứ", "Basis"), width=1.2),
    )  # fmt: skip
    return (
        Table("definitions", say("Cách đếm các chỉ tiêu", "How the indicators are counted"), columns, tuple(lines))
        if lines
        else None
    )


def total(read: Read, row: Row) -> Cell:
    """A sum; `-` for nothing, `...` for unknown."""
    if row.publish == "hide":
        return Cell(numbers.HIDDEN, key=row.key, mark="hide")
    return cells.count(row.estimate, row.key, read.tongue)
