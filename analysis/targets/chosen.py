"""Which report of a unit counts for a report of the department: a year's replaces a half-year's, a supplement the Action Month.

Imports answers, findings and forms.errors.  Never adds two reports of one unit together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

from forms.errors import refuse

from ..csvtable import shown
from ..findings import Finding
from .answers import SILENCE

if TYPE_CHECKING:
    from .answers import Given, Returned

Kind = Literal["halfyear", "annual", "adhoc", "final"]
TAKEN: Mapping[Kind, tuple[str, ...]] = {
    "halfyear": ("six_months",), "annual": ("annual",), "final": ("annual",), "adhoc": ("adhoc", "annual", "six_months"),
}  # fmt: skip
"""Kinds of a unit's report that a report of the department is made from, the first that a unit sent."""
SUPPLEMENT = "supplement"
ACTION_MONTH = "m7"
"""The part of form E that a supplement replaces."""
DO = {
    "only_halfyear": "Mới có báo cáo 6 tháng, chưa có báo cáo năm; không dùng thay | Only a six-month report; not used instead",
    "period_differs": "Kỳ số liệu khác các đơn vị khác; hỏi lại đơn vị | Covers other days than the others; ask",
    "after_as_of": "Số liệu tính đến sau ngày chốt; không tính | Reaches beyond the cut-off day; not counted",
    "supplement_alone": "Chỉ có bổ sung, chưa có báo cáo năm | A supplement without the annual report",
    "not_obliged": "Không có nghĩa vụ vào ngày này; không tính vào mục tiêu | Not obliged on this day; counts for no target",
    "not_in_folder": "Có trong units.csv, không có trong thư mục; coi là chưa báo cáo | On the list, not in the folder",
}


@dataclass(frozen=True)
class Taken:
    """A unit's report as it counts.  kind: of the report, '' where the form has none; supplement: with the final Action Month."""

    unit_id: str
    kind: str
    records: tuple[Given, ...]
    supplement: bool = False


@dataclass(frozen=True)
class Chosen:
    """All units' reports of one form.  silent: unit -> nothing, left_out or empty.  days: first and last day most reports cover.

    kinds: kinds of report that were taken, the most frequent first; supplements: reports with the final Action Month.
    """

    form: str
    taken: Mapping[str, Taken] = field(default_factory=dict)
    silent: Mapping[str, str] = field(default_factory=dict)
    days: tuple[str, str] = ("", "")
    kinds: tuple[str, ...] = ()
    supplements: int = 0
    findings: tuple[Finding, ...] = ()


def choose(form: str, folders: Sequence[Returned], year: int, kind: Kind, as_of: date | None) -> Chosen:
    """The reports that count.  DATA-201 when a folder is of another year, or of a kind that has no place in this report."""
    for one in folders:
        allowed = {*TAKEN[kind], "six_months", SUPPLEMENT} if kind in ("annual", "final") else {*TAKEN[kind]}
        if (one.period and one.year != year) or (one.kind and one.kind not in allowed):
            raise refuse("DATA-201", one.name, expected=f"{year}: {', '.join(sorted(allowed))}", got=one.period)
    kinds = [one.kind for one in folders if one.period]
    if twice := sorted(k or "-" for k, n in Counter(kinds).items() if n > 1):
        raise refuse("DATA-202", f"--{form}", expected="1", got=shown(twice))
    if kind in ("annual", "final") and kinds and not {"", "annual"} & set(kinds):
        raise refuse("DATA-201", f"--{form}", expected="annual", got=shown(sorted(kinds)))
    by_kind = {one.kind: one for one in folders}
    found: list[Finding] = []
    taken: dict[str, Taken] = {}
    for unit in sorted({u for one in folders for u in one.reports}):
        if (report := _report(unit, by_kind, form, year, kind, as_of, found)) is not None:
            taken[unit] = report
    silent: dict[str, str] = {}
    for u, state in ((u, s) for one in folders if one.kind in ("", *TAKEN[kind]) for u, s in one.silent.items()):
        silent[u] = min(state, silent.get(u, "nothing"), key=SILENCE.index)
    silent |= {f.question.partition(" ")[2]: "left_out" for f in found if f.check == "after_as_of"}
    silent = {u: state for u, state in silent.items() if u not in taken}
    days = _days(taken, form, year, found)
    counted = Counter(t.kind for t in taken.values() if t.kind)
    return Chosen(
        form, taken, silent, days, tuple(k for k, _ in counted.most_common()), sum(t.supplement for t in taken.values()),
        tuple(found),
    )  # fmt: skip


def _report(
    unit: str, by_kind: Mapping[str, Returned], form: str, year: int, kind: Kind, as_of: date | None, found: list[Finding]
) -> Taken | None:
    """The report of one unit; None while it has none that counts."""
    for code in ("", *TAKEN[kind]):
        if code not in by_kind or unit not in by_kind[code].reports:
            continue
        records = by_kind[code].reports[unit]
        last = records[0].values.get("period_to", "") if records else ""
        if as_of is not None and last and last > as_of.isoformat():
            found.append(finding("after_as_of", "red", form, unit, year, as_of.isoformat(), last))
            continue
        more = by_kind.get(SUPPLEMENT)
        if more is not None and code and records and more.reports.get(unit):
            (late,) = more.reports[unit]
            until = late.values.get("am_until", "")
            if as_of is None or until <= as_of.isoformat():
                return Taken(unit, code, (_supplemented(records[0], late, more),), supplement=True)
            found.append(finding("after_as_of", "red", form, unit, year, as_of.isoformat(), until))
        return Taken(unit, code, records)
    if "six_months" in by_kind and unit in by_kind["six_months"].reports and kind in ("annual", "final"):
        found.append(finding("only_halfyear", "yellow", form, unit, year, "annual", "six_months"))
    if SUPPLEMENT in by_kind and unit in by_kind[SUPPLEMENT].reports:
        found.append(finding("supplement_alone", "yellow", form, unit, year, "annual", SUPPLEMENT))
    return None


def _supplemented(report: Given, more: Given, folder: Returned) -> Given:
    """The report with every answer on the Action Month taken from the supplement, also where that has none."""
    month = {v.name for v in folder.book.variables if v.path.split("/")[0] == ACTION_MONTH}
    values = {k: v for k, v in report.values.items() if k not in month} | {k: v for k, v in more.values.items() if k in month}
    why = {k: v for k, v in report.why.items() if k not in month} | {k: v for k, v in more.why.items() if k in month}
    return replace(report, values=values, why=why)


def _days(taken: Mapping[str, Taken], form: str, year: int, found: list[Finding]) -> tuple[str, str]:
    """The days that most reports cover; a report of other days is told."""
    spans = {u: _span(t) for u, t in taken.items() if _span(t) != ("", "")}
    if not spans:
        return "", ""
    usual = min(Counter(spans.values()).items(), key=lambda pair: (-pair[1], pair[0]))[0]
    for unit, span in sorted(spans.items()):
        if span != usual:
            found.append(finding("period_differs", "yellow", form, unit, year, " - ".join(usual), " - ".join(span)))
    return usual


def _span(one: Taken) -> tuple[str, str]:
    first = one.records[0].values if one.records else {}
    return first.get("period_from", ""), first.get("period_to", "")


def finding(
    check: str, severity: Literal["red", "yellow", "info"], form: str, unit: str, year: int, expected: str, got: str
) -> Finding:
    """A finding about one unit's report; the question names form and unit, for there is no submission."""
    return Finding(check, severity, year, "", "", "", f"{form} {unit}".strip(), expected, got, DO[check])
