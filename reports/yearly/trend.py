"""The targets year by year, from each year's own results; a year without a survey has no score.

Imports read, tables, cells, numbers, states and document.  Puts nothing in the place of what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .. import cells, numbers
from ..document import Cell, Column, Table, TableRow
from ..states import state
from . import tables
from .read import Read

TRENDS = (
    ("II.1_received", "Đơn vị được truyền thông từ 02 cuộc", "Units that received two communications"),
    ("II.1_held", "Đơn vị tổ chức từ 02 cuộc", "Units that held two communications"),
    ("II.2", "Đơn vị có kế hoạch và hoạt động Tháng hành động", "Units with a plan and an activity in the Action Month"),
    ("II.4", "Cơ quan truyền thông áp dụng Bộ chỉ số", "Media agencies that apply the indicators"),
    ("II.5", "Hương ước, quy ước không phân biệt đối xử", "Conventions free of discrimination"),
)


def trend(read: Read) -> Table | None:
    """Each indicator year by year; a year without a survey has no score, and nothing is put in its place."""
    say = read.tongue.say
    surveys = read.look.waves if read.look is not None else ()
    known = {y for name, *_ in TRENDS for y in read.years(name)} | set(surveys) | {read.year}
    if len(known) < 2:
        return None
    years = range(min(known), max(known) + 1)
    lines: list[TableRow] = []
    for name, vi, en in TRENDS:
        if any(True for _ in read.years(name)):
            lines += [cells.group_row(say(vi, en)), *(_of_year(read, name, y) for y in years)]
    lines += list(_scores(read, years))
    columns = (
        Column(say("Năm", "Year"), width=1.0), Column(say("Số đạt/tổng số", "Met of all"), width=1.3),
        Column(say("Kết quả (khoảng)", "Result (range)"), "estimate", width=1.5), Column(say("Đơn vị tính", "Unit"), width=0.9),
        Column(say("Ghi chú", "Note"), width=2.0),
    )  # fmt: skip
    caption = say(f"Kết quả qua các năm, từ {years[0]} đến {years[-1]}", f"Results from {years[0]} to {years[-1]}")
    return Table("trend", caption, columns, tuple(lines), "", tables.both_sources(read), (tables.ranges(read),))


def _of_year(read: Read, indicator: str, year: int) -> TableRow:
    """The count and the share of a year; a year whose results were not given says so."""
    found = [r for r in read.results.rows if r.kind == "target" and r.indicator == indicator and r.wave == year and not r.domain]
    if not found:
        none = read.tongue.say("chưa có kết quả của năm", "no results of the year")
        return TableRow((Cell(str(year)), Cell(""), Cell(numbers.NO_FIGURE, mark="none"), Cell(""), Cell(none, key="texts/past")))
    row = found[0]
    yes, units = read.wide(indicator, "yes", year), read.wide(indicator, "units", year)
    said = Cell("")
    if yes is not None and units is not None and "hide" not in (yes.publish, units.publish):
        ends = [read.tongue.whole(r.estimate) for r in (yes, units) if r.estimate is not None]
        said = Cell("/".join(ends), key=f"rows/{yes.key}+{units.key}")
    note = state(row.state, read.tongue)
    return TableRow(
        (Cell(str(year)), said, tables.measure(read, row), tables.unit(read, row), tables.told(f"rows/{row.key}/state", note))
    )


def _scores(read: Read, years: Sequence[int]) -> Iterator[TableRow]:
    """Figures of the surveys; a year without one is named as such."""
    look = read.look
    if look is None:
        return
    none = read.tongue.say("năm không khảo sát", "no survey this year")
    for name in ("score", look.share_indicator, "exposed2_any"):
        if not any(look.level(name, w) for w in look.waves):
            continue
        yield cells.group_row(look.indicator(name))
        for year in years:
            row = look.level(name, year) if year in look.waves else None
            note = Cell("") if year in look.waves else Cell(none)
            yield TableRow((Cell(str(year)), Cell(""), tables.measure(read, row), tables.unit(read, row), note))
