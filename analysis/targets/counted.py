"""The administrative targets counted: II.1 and II.2 of units, II.4 of media agencies, II.5 of conventions.

Imports census, chosen, findings, publish, verdict and the plan's records.  The definitions are data (plan.yaml, counts); here is
only how a yes, a no and «cannot say» are counted.  A full count has no standard error and no confidence interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from forms.condition import Condition, holds, parse
from forms.plan import Count, Plan
from forms.question import Label
from forms.units import Unit

from ..census import FEW_UNITS, METHOD, NOT_DUE, PERCENT_FROM, Counted, all_of, census
from ..findings import Finding
from ..results import Row
from ..verdict import WORDS

if TYPE_CHECKING:
    from .answers import Given
    from .chosen import Chosen

NO_FIGURES = (
    "có đơn vị chưa có số liệu hoặc chưa báo cáo, tính là chưa đạt; cận trên là khi mọi đơn vị ấy đều đạt"
    " | units without figures or without a report count as not yet; the upper bound is as if all of them had"
)
UNREVIEWED = (
    "bản chưa rà soát nằm trong mẫu số, chưa được tính; cận trên là khi mọi bản ấy đều không phân biệt đối xử"
    " | unreviewed conventions stay in the denominator and do not count; the upper bound is as if all were free"
)
COMMUNES_SILENT = (
    "có xã chưa báo cáo nên chưa biết tổng số bản: chỉ tính các bản đã báo cáo, tỷ lệ của toàn tỉnh có thể là bất kỳ"
    " | communes did not report, so the number of conventions is unknown: only those reported are counted, the share of the"
    " province may be anything"
)
NO_RECORD = "chưa có bản nào được báo cáo | no convention reported yet"


@dataclass(frozen=True)
class Made:
    """One indicator counted.  whole: the count of everybody, None when nothing was counted; silent: units without a report.

    no_figures: units that reported and cannot say, or records that may or may not belong; unreviewed: records without a result;
    answers: unit -> yes, no, None, of indicators counted by unit.
    """

    count: Count
    rows: tuple[Row, ...]
    whole: Counted | None
    said: Label | None
    silent: tuple[str, ...]
    no_figures: int
    findings: tuple[Finding, ...]
    answers: Mapping[str, bool | None]
    unreviewed: int = 0


@dataclass(frozen=True)
class Asked:
    """What is counted against: the list of units, the year, the day on which the list is read.

    whole_year: the report covers the year, so that yearly targets are due; month_over: the Action Month's figures are final.
    """

    plan: Plan
    units: Sequence[Unit]
    year: int
    on: date
    whole_year: bool
    month_over: bool = True

    def low(self, count: Count) -> float:
        """What the target asks of the year: its own number, or that of its last year."""
        values = next(t.values for t in self.plan.targets if t.id == count.target)
        return values[self.year if self.year in values else max(values)].low

    def need(self, count: Count) -> float:
        """Percent asked for."""
        return float(count.need) if count.need else self.low(count)

    def due(self, count: Count) -> bool:
        """Whether the target is to be judged in this report; one that rests on the Action Month, once that is over."""
        values = next(t.values for t in self.plan.targets if t.id == count.target)
        return self.whole_year and self.year in values and (self.month_over or not count.month)


def condition(count: Count, text: str, asked: Asked) -> Condition:
    """A condition of the definition with the year's number filled in."""
    return parse(text.replace("{low}", f"{asked.low(count):g}"))


def answer(given: Given, yes: Condition, no: Condition) -> bool | None:
    """True, False, or None where the report cannot say."""
    return True if holds(yes, given.values) else False if holds(no, given.values) else None


def by_unit(count: Count, chosen: Chosen, asked: Asked, made: Mapping[str, Made]) -> Made:
    """An indicator counted by unit.  made: those counted before it, for `all_of`."""
    if count.all_of:
        parts = [made[i].answers for i in count.all_of]
        answers = {u: all_of(p.get(u) for p in parts) for u in chosen.taken}
    else:
        yes, no = (condition(count, text, asked) for text in (count.yes, count.no))
        answers = {u: answer(t.records[0], yes, no) if t.records else None for u, t in chosen.taken.items()}
    obliged = {u.unit_id for u in asked.units if u.owes(count.target, asked.on)}
    found = census(
        asked.units, [(u, a) for u, a in answers.items() if u in obliged], count.target, asked.year, asked.on, noun=count.noun,
        indicator=count.id, need=asked.need(count), due=asked.due(count),
    )  # fmt: skip
    owing = [u for u in asked.units if u.owes(count.target, asked.on)]
    open_ = [u for u in owing if u.unit_id in answers and answers[u.unit_id] is None]
    rows = tuple(_told_apart(r, open_) for r in found.rows)
    if count.month:
        final = sum(u.unit_id in answers and answers[u.unit_id] is False and chosen.taken[u.unit_id].supplement for u in owing)
        rows = tuple(_provisional(r, len(owing) - final, asked.need(count) * len(owing)) for r in rows)
    silent = tuple(u.unit_id for u in owing if u.unit_id not in answers)
    return Made(count, rows, found.counts[()], found.texts[()], silent, len(open_), found.findings, answers)


def _told_apart(row: Row, open_: Iterable[Unit]) -> Row:
    """No report and no figures are two things: both stay in the denominator."""
    domain = dict(row.domain)
    n = sum(all((getattr(u, name) or "-") == code for name, code in domain.items()) for u in open_)
    if not n:
        return row
    missing = {"missing": row.n_missing["missing"] - n, "dont_know": n}
    few = row.status == "not_estimable"
    return replace(row, n_missing=missing, reason=row.reason if few else NO_FIGURES)


def _provisional(row: Row, most: int, wanted: float) -> Row:
    """Not met only where the noes of units that sent the final figures settle it: a plan or an activity may still follow.

    most: how many units may end with a yes; wanted: need in percent times the units.
    """
    settled = row.state != WORDS["not_met"][0] or 100 * most < wanted
    return row if settled else replace(row, state=WORDS["open"][0])


# ---- conventions ---------------------------------------------------------------------------------------------------------------


def by_record(count: Count, chosen: Chosen, asked: Asked) -> Made:
    """An indicator counted by record: the conventions that communes reported.

    A record is counted (among), left out (not_among), or it is not known which.  Unreviewed ones stay in the denominator.  While
    a commune is silent the number of its conventions is unknown, so that the share of the province has no bounds but 0 and 100.
    """
    among, left = (condition(count, text, asked) for text in (count.among, count.not_among))
    yes, no = (condition(count, text, asked) for text in (count.yes, count.no))
    known: list[bool | None] = []
    unsure: list[bool | None] = []
    owing = [u.unit_id for u in asked.units if u.owes(count.target, asked.on)]
    for unit in owing:
        for record in chosen.taken[unit].records if unit in chosen.taken else ():
            if holds(among, record.values):
                known.append(answer(record, yes, no))
            elif not holds(left, record.values):
                unsure.append(answer(record, yes, no))
    silent = tuple(u for u in owing if u not in chosen.taken)
    whole = Counted(len(known), sum(a is not None for a in known), sum(a is True for a in known))
    rows = _record_rows(count, asked, whole, unsure, len(silent))
    said = whole.said(count.noun)
    return Made(count, rows, whole, said, silent, len(unsure), (), {}, whole.units - whole.reported)


def _record_rows(count: Count, asked: Asked, c: Counted, unsure: Sequence[bool | None], silent: int) -> tuple[Row, ...]:
    open_ = c.units - c.reported
    reason = COMMUNES_SILENT if silent else NO_RECORD if not c.units else UNREVIEWED if open_ or unsure else ""
    base = Row(
        "count", count.id, "total", asked.year, "count", level=None, n=c.reported,
        n_missing={"missing": silent, "dont_know": open_ + len(unsure)}, design=METHOD, method=METHOD,
        status="caution" if reason else "ok", reason=reason,
    )  # fmt: skip
    maybe = [sum(a is wanted for a in unsure) for wanted in (True, False, None)]
    most = {
        "yes": c.yes + open_ + maybe[0] + maybe[2],
        "reported": c.reported + maybe[0] + maybe[1],
        "units": c.units + len(unsure),
    }
    numbers = {"yes": c.yes, "reported": c.reported, "units": c.units}
    rows = [
        replace(base, category=k, estimate=float(n), lower=float(n), upper=None if silent else float(most[k]), interval="bounds")
        for k, n in numbers.items()
    ]
    share = replace(base, kind="target", estimand="proportion", unit="percent")
    if not c.units:
        return (*rows, replace(share, status="not_estimable", state=NOT_DUE if not asked.due(count) else ""))
    low, high = bounds(c, unsure)
    low, high = (0.0, 1.0) if silent else (low, high)
    state = NOT_DUE if not asked.due(count) else _verdict(c, low, high, asked.need(count), silent)
    if c.units < PERCENT_FROM:
        few = (
            f"{c.said(count.noun).vi}; {FEW_UNITS.partition(' | ')[0]} | {c.said(count.noun).en}; {FEW_UNITS.partition(' | ')[2]}"
        )
        return (*rows, replace(share, status="not_estimable", reason=few, state=state))
    return (
        *rows,
        replace(share, estimate=100 * c.yes / c.units, lower=100 * low, upper=100 * high, interval="bounds", state=state),
    )


def bounds(c: Counted, unsure: Sequence[bool | None]) -> tuple[float, float]:
    """Sharp bounds on the share: unreviewed records either way, those that may or may not belong where it hurts or helps."""
    free, found, open_ = (sum(a is wanted for a in unsure) for wanted in (True, False, None))
    left = c.units - c.reported
    low = c.yes / (c.units + found + open_)
    high = (c.yes + left + free + open_) / (c.units + free + open_)
    return low, high


def _verdict(c: Counted, low: float, high: float, need: float, silent: int) -> str:
    """Met when nothing unknown can undo it; not met when nothing can save it: of all, one found is enough."""
    if not silent and 100 * low >= need:
        return WORDS["met"][0]
    if 100 * high < need or (need >= 100 and c.reported > c.yes):
        return WORDS["not_met"][0]
    return WORDS["open"][0]
