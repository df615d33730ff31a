"""Templates of a form for every obliged unit, written whole into a folder.

Imports this sub-room, units and folder.  Who is obliged comes from units.csv; the form says by which targets (`serves`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ..errors import refuse
from ..folder import whole
from ..question import Question, Questionnaire
from ..units import LIST_COLUMNS, Unit, list_rows, obliged
from .copies import copies
from .known import period_question, settled, takes, unit_question, year_question
from .layout import Lists, layout
from .records import Tied

STAMP = "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"
"""A unit whose source says this is practice material, and so is its template."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Period:
    """Which report is asked for.  year: 0 where none is named; kind: a code of the form's own list, '' where none is named."""

    year: int = 0
    kind: str = ""

    @property
    def said(self) -> str:
        """As in the names of files: 2026-six_months."""
        return "-".join(filter(None, (str(self.year) if self.year else "", self.kind)))

    @property
    def days(self) -> tuple[date, date] | tuple[None, None]:
        """The days of the year, within which a unit must be on the list."""
        return (date(self.year, 1, 1), date(self.year, 12, 31)) if self.year else (None, None)


def who_owes(form: Questionnaire, units: Sequence[Unit], period: Period) -> tuple[Unit, ...]:
    """The units from which this form is due: obliged by a target that it serves, on the list in that year, let in by the form."""
    rows = {row[0]: dict(zip(LIST_COLUMNS, row, strict=True)) for row in list_rows(units)}
    return tuple(u for u in obliged(units, form.serves, *period.days) if takes(form, rows[u.unit_id]))


def check_period(form: Questionnaire, period: Period) -> None:
    """FORM-068 when the form has no such year or kind of report."""
    year, kind = year_question(form), period_question(form)
    if period.year and year and year.range and not year.range[0] <= period.year <= year.range[1]:
        raise refuse("FORM-068", "--year", expected=f"{year.range[0]} - {year.range[1]}", got=period.year, option="--year")
    codes = [c.code for c in form.choices(kind)] if kind else []
    if period.kind and period.kind not in codes:
        raise refuse("FORM-068", "--period", expected=", ".join(codes) or "-", got=period.kind, option="--period")


def tie(form: Questionnaire, unit: Unit, units: Sequence[Unit], period: Period) -> Tied:
    """What a template for this unit and period knows beforehand."""
    asked: list[tuple[Question | None, str]] = [
        (unit_question(form), unit.unit_id), (year_question(form), str(period.year or "")), (period_question(form), period.kind),
    ]  # fmt: skip
    given = {q.name: value for q, value in asked if q is not None and value}
    listed = next(dict(zip(LIST_COLUMNS, row, strict=True)) for row in list_rows(units) if row[0] == unit.unit_id)
    kind = period_question(form)
    words = next((c.label.vi for c in form.choices(kind) if c.code == period.kind), period.kind) if kind else period.kind
    shown = {q.name: _shown(q, value, unit, words) for q, value in asked if q is not None and value}
    said = ", ".join(filter(None, (words, f"năm {period.year}" if period.year else "")))
    stamp = STAMP if STAMP in unit.source else ""
    return Tied(
        unit.unit_id, unit.name, period.said, said[:1].upper() + said[1:], given, shown, settled(form, given, listed), stamp
    )


def _shown(q: Question, value: str, unit: Unit, words: str) -> str:
    return unit.name if value == unit.unit_id and q.file else words if q.list else value


def templates(
    form: Questionnaire, units: Sequence[Unit], period: Period, files: Lists | None = None
) -> Iterator[tuple[str, bytes]]:
    """(file name, workbook) for every unit that owes this report.  FORM-068 as check_period, FORM-069 when nobody owes it."""
    check_period(form, period)
    owing = who_owes(form, units, period)
    if not owing:
        raise refuse("FORM-069", "units.csv", expected=" ".join(form.serves), got=f"0/{len(units)}", form=form.id)
    yield from copies(layout(form, files), (tie(form, unit, units, period) for unit in owing))


def write_templates(
    form: Questionnaire,
    units: Sequence[Unit],
    period: Period,
    out: Path,
    files: Lists | None = None,
    progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Write the templates of every unit that owes the report into a folder."""
    total, written = len(who_owes(form, units, period)), []
    with whole(out) as work:
        for name, body in templates(form, units, period, files):
            (work / name).write_bytes(body)
            written.append(out / name)
            if progress:
                progress(len(written), total)
    return tuple(written)
