"""The tables of sums over units: tasks, money, who sent a return, who did not.

Imports read, tables, cells, numbers, document and lookup.  A sum says from how many units it is; who did not report is named,
institutions only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from .. import cells, numbers
from ..document import Cell, Column, Table, TableRow
from ..lookup import lower_first
from . import tables
from .read import Line, Read, Task

STATES = {
    "nothing": ("chưa gửi biểu", "no return"), "left_out": ("biểu không dùng được", "return could not be used"),
    "empty": ("biểu để trống", "return is empty"),
}  # fmt: skip
RETURNS = {
    "unit": ("Biểu đơn vị", "Unit return"), "media": ("Biểu cơ quan truyền thông", "Media return"),
    "convention": ("Biểu hương ước, quy ước", "Convention return"),
}  # fmt: skip


def returns(read: Read) -> Table:
    """Who owed a return and who sent it, form by form."""
    say = read.tongue.say
    names = ("owing", "reported", "silent", "left_out")
    lines = [
        TableRow(
            (
                Cell(tables.labelled(RETURNS.get(form, (form, form)), read)),
                *(cells.count(about.get(n), f"texts/forms/{form}/{n}", read.tongue) for n in names),
            )
        )
        for form, about in read.forms
    ]
    heads = (
        ("Phải báo cáo", "Owing"),
        ("Đã báo cáo", "Reported"),
        ("Chưa báo cáo", "Silent"),
        ("Trong đó: biểu không dùng được", "Of these: not usable"),
    )
    columns = (Column(say("Loại biểu", "Return"), width=2.5), *(Column(say(*h), "count") for h in heads))
    caption = say(f"Tình hình báo cáo của các đơn vị, năm {read.year}", f"Returns of the units, {read.year}")
    return Table("returns", caption, columns, tuple(lines), say("đơn vị", "units"), tables.source(read))


def tasks(read: Read, task: Task) -> Table | None:
    """The figures of one task; women where the form asks for them; from how many units each sum comes."""
    title = lower_first(task.title)
    caption = read.tongue.say(f"Nhiệm vụ {task.id}, {title}, năm {read.year}", f"Task {task.id}, {title}, {read.year}")
    anchor = "task_" + task.id.lower().replace(".", "_")
    return _sums(read, anchor, caption, [("", task.lines)])


def funding(read: Read) -> Table | None:
    """Money planned and spent."""
    say = read.tongue.say
    blocks = [
        (say("Dự kiến cả năm", "Planned for the year"), read.money("planned")),
        (say("Đã chi trong kỳ", "Spent in the period"), read.money("spent")),
    ]
    return _sums(
        read, "funding", say(f"Kinh phí thực hiện Kế hoạch, năm {read.year}", f"Funding of the plan, {read.year}"), blocks
    )


def _sums(read: Read, anchor: str, caption: str, blocks: Sequence[tuple[str, Sequence[Line]]]) -> Table | None:
    """Sums over units, with how many units gave a number, did not report, had no figure."""
    say = read.tongue.say
    women = any(x.women is not None for _, lines in blocks for x in lines)
    rows: list[TableRow] = []
    for heading, lines in blocks:
        if heading and lines:
            rows.append(cells.group_row(heading))
        rows += [TableRow(tuple(_sum(read, x, women=women))) for x in lines]
    if not rows:
        return None
    columns = [Column(say("Nội dung", "Content"), width=3.2), Column(say("Tổng số", "Total"), "count", width=1.1)]
    columns += [Column(say("Trong đó: nữ", "Of which women"), "count", width=1.0)] if women else []
    columns += [
        Column(say("Đơn vị tính", "Unit"), width=1.0),
        Column(say("Số đơn vị có số liệu", "Units with a figure"), "count", width=1.1),
        Column(say("Chưa báo cáo", "Silent"), "count", width=0.9),
        Column(say("Chưa có số liệu", "No figure"), "count", width=0.9),
    ]
    note = say(
        "Tổng số cộng các đơn vị có số liệu; đơn vị chưa báo cáo, chưa có số liệu không tính là\u00a00.",
        "Totals add the units that gave a figure; silent units and those without a figure are not counted as 0.",
    )
    return Table(anchor, caption, tuple(columns), tuple(rows), "", tables.source(read), (note,))


def _sum(read: Read, line: Line, *, women: bool) -> Iterator[Cell]:
    row = line.row
    yield Cell(line.label)
    yield tables.total(read, row)
    if women:
        yield Cell("") if line.women is None else tables.total(read, line.women)
    yield Cell(read.tongue.say(*tables.UNITS[row.unit]))
    hide = row.publish == "hide"
    yield cells.people(row, read.tongue)
    for reason in ("missing", "dont_know"):
        path = f"rows/{row.key}/n_missing/{reason}"
        yield (
            Cell(numbers.HIDDEN, key=row.key, mark="hide")
            if hide
            else cells.count(row.n_missing.get(reason, 0), path, read.tongue)
        )


def silent(read: Read) -> Table | None:
    """The units that did not report, by kind; institutions only, never a person."""
    say = read.tongue.say
    units = sorted(
        enumerate(read.results.units),
        key=lambda u: (tuple(tables.KINDS).index(str(u[1]["kind"])) if str(u[1]["kind"]) in tables.KINDS else 99, u[0]),
    )
    rows: list[TableRow] = []
    number = 0
    for kind, members in groupby(units, key=lambda u: str(u[1]["kind"])):
        rows.append(cells.group_row(tables.labelled(tables.KINDS.get(kind, (kind, kind)), read)))
        for at, unit in members:
            number += 1
            path = f"units/{at}"
            form, how = (str(unit.get(x) or "") for x in ("form", "state"))
            rows.append(
                TableRow(
                    (
                        Cell(str(number)),
                        Cell(str(unit["name"]), key=f"{path}/name"),
                        Cell(tables.labelled(RETURNS.get(form, (form, form)), read)),
                        Cell(", ".join(map(str, unit.get("targets") or ())), key=f"{path}/targets"),
                        Cell(tables.labelled(STATES.get(how, (how, how)), read), key=f"{path}/state"),
                    )
                )
            )
    if not rows:
        return None
    columns = (
        Column(say("Số TT", "No."), width=0.6),
        Column(say("Đơn vị", "Unit"), width=3.2),
        Column(say("Biểu", "Return"), width=1.6),
        Column(say("Mục tiêu có nghĩa vụ", "Obliged by target"), width=1.3),
        Column(say("Tình trạng", "State"), width=1.5),
    )
    as_of = read.tongue.date(read.counted_on)
    by_then = say(f" tính đến ngày {as_of}", f" by {as_of}") if as_of else ""
    caption = say(f"Các đơn vị chưa báo cáo{by_then}", f"Units that had not reported{by_then}")
    note = say("Các đơn vị này vẫn nằm trong mẫu số của các mục tiêu.", "These units stay in the denominators of the targets.")
    return Table("silent", caption, columns, tuple(rows), "", tables.source(read), (note,))
