"""A full count with units that did not report: they stay in the denominator, and bounds say what they could change.

Imports the units of forms, findings, publish and results.  For II.1 and II.2 (units), II.4 (media agencies), II.5
(conventions); a yes or no per unit comes in, from whatever form holds it.  Never a sample: there is no standard error, no
confidence interval, and nothing is imputed.  With N obliged units, y that said yes and u that did not report,

    estimate = y / N       (not reported counts as not yet)       lower = y / N       upper = (y + u) / N

are the sharp bounds on the share when nothing is assumed about who is silent (Manski 1989, J. Human Resources 24:343;
Horowitz and Manski 1998, J. Econometrics 84:37); bounds of groups add up to those of the whole.  Under ten units a percentage
says less than the two numbers, so none is made: «4/5 cơ quan».
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from forms.question import Label
from forms.units import Unit

from .findings import Finding
from .publish import COUNT_BELOW, RULES, SMALL_COUNT, Rule
from .results import Row
from .verdict import WORDS

METHOD = "census"
PERCENT_FROM = 10
NO_UNITS = "không có đơn vị nào có nghĩa vụ | no unit is obliged"
NO_REPORT = "chưa có báo cáo | nothing reported yet"
SOME_SILENT = (
    "có đơn vị chưa báo cáo, tính là chưa đạt; cận trên là khi mọi đơn vị ấy đều đạt"
    " | units that did not report count as not yet; the upper bound is as if all of them had"
)
FEW_UNITS = "dưới 10 đơn vị: ghi số đơn vị, không ghi tỷ lệ phần trăm | fewer than 10 units: numbers, no percentage"
NOT_DUE = "chưa đến hạn đánh giá"
COMPLEMENT = Rule(
    "complement", "hide", "(*)", "ẩn kèm, nếu không sẽ suy ra được số bị ẩn",
    "hidden as well, or the hidden number could be worked out", SMALL_COUNT,
)  # fmt: skip

_DO = {
    "census_unknown": "Sửa mã đơn vị hoặc bổ sung units.csv; báo cáo này không được tính | Mend the id or units.csv; not counted",
    "census_not_obliged": "Đơn vị không có nghĩa vụ vào ngày này; không được tính | Not obliged on this day; not counted",
    "census_twice": "Đơn vị báo cáo hai lần như nhau; tính một lần | Reported twice alike; counted once",
    "census_conflict": "Hai báo cáo trái nhau; tính là chưa báo cáo | Two reports contradict each other; counted as not reported",
}
Group = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Counted:
    """One group's count.  units: obliged; reported: with a yes or no; yes: of these."""

    units: int
    reported: int
    yes: int

    @property
    def bounds(self) -> tuple[float, float]:
        """The share's sharp bounds; ZeroDivisionError without units."""
        return self.yes / self.units, (self.yes + self.units - self.reported) / self.units

    def said(self, noun: Label) -> Label:
        """«4/5 cơ quan»: the number beside its denominator, in both languages."""
        return Label(f"{self.yes}/{self.units} {noun.vi}", f"{self.yes} of {self.units} {noun.en}")


@dataclass(frozen=True)
class Census:
    """One indicator of one year.  counts: group -> its count, () everybody; silent: obliged units without a report, sorted."""

    rows: tuple[Row, ...]
    counts: Mapping[Group, Counted]
    silent: tuple[str, ...]
    findings: tuple[Finding, ...]
    texts: Mapping[Group, Label]


def all_of(answers: Iterable[bool | None]) -> bool | None:
    """Whether a unit did all of several things (II.2: a plan and an activity); None while that is open."""
    given = tuple(answers)
    return False if False in given else None if None in given else True


def census(
    units: Sequence[Unit], reported: Iterable[tuple[str, bool | None]], target: str, year: int, on: date, *,
    noun: Label, indicator: str = "", by: Sequence[Literal["kind", "parent"]] = ("kind",), need: float | None = None,
    due: bool = True,
) -> Census:  # fmt: skip
    """Rows of one indicator: a target row (percent, bounds), and counts `yes`, `reported`, `units`; the same for each group.

    reported: (unit_id, yes or no); None, like no line at all, is no report.  target: whose obligation counts, on day `on`.
    noun: what the units are called.  indicator: '' = the target's id (a half of II.2 has an id of its own).
    need: percent that the target asks for, None = no verdict; due: False prints «chưa đến hạn đánh giá».
    Rows carry their publication marks already: small groups are hidden, with a second one where one alone could be worked out.
    """
    name = indicator or target
    answers, findings = _answers(units, reported, target, on, year, name)
    owing = [u for u in units if u.owes(target, on)]
    counts: dict[Group, Counted] = {(): _count(owing, answers)}
    for variable in by:
        groups = sorted({_code(u, variable) for u in owing})
        if len(groups) > 1:
            counts |= {((variable, g),): _count([u for u in owing if _code(u, variable) == g], answers) for g in groups}
    rows = [r for group, counted in counts.items() for r in _rows(name, year, group, counted, noun, need, due=due)]
    return Census(
        _marked(rows, counts), counts, tuple(sorted(u.unit_id for u in owing if answers.get(u.unit_id) is None)), findings,
        {group: counted.said(noun) for group, counted in counts.items()},
    )  # fmt: skip


def _code(unit: Unit, variable: str) -> str:
    return str(getattr(unit, variable)) or "-"


def _count(units: Sequence[Unit], answers: Mapping[str, bool | None]) -> Counted:
    said = [answers.get(u.unit_id) for u in units]
    return Counted(len(units), sum(a is not None for a in said), sum(a is True for a in said))


def _answers(
    units: Sequence[Unit], reported: Iterable[tuple[str, bool | None]], target: str, on: date, year: int, name: str
) -> tuple[dict[str, bool | None], tuple[Finding, ...]]:
    """One answer a unit, and what does not fit the list; a contradiction is no answer."""
    given: dict[str, list[bool]] = {}
    for unit_id, answer in reported:
        if answer is not None:
            given.setdefault(unit_id, []).append(answer)
    known = {u.unit_id: u for u in units}
    found: list[Finding] = []
    answers: dict[str, bool | None] = {}

    def find(check: str, severity: Literal["red", "yellow"], unit_id: str, expected: str, got: str) -> None:
        found.append(Finding(check, severity, year, "", "", "", f"{name} {unit_id}", expected, got, _DO[check]))

    for unit_id, said in sorted(given.items()):
        if unit_id not in known:
            find("census_unknown", "red", unit_id, "units.csv", unit_id)
            continue
        if not known[unit_id].owes(target, on):
            find("census_not_obliged", "yellow", unit_id, f"{target}, {on}", unit_id)
            continue
        if len(set(said)) > 1:
            find("census_conflict", "red", unit_id, "1", str(len(said)))
        elif len(said) > 1:
            find("census_twice", "yellow", unit_id, "1", str(len(said)))
        answers[unit_id] = said[0] if len(set(said)) == 1 else None
    return answers, tuple(found)


def _rows(name: str, year: int, group: Group, c: Counted, noun: Label, need: float | None, *, due: bool) -> Iterator[Row]:
    """The rows of one group: first what may be printed of any number of units, then the percentage."""
    reason = NO_UNITS if not c.units else NO_REPORT if not c.reported else SOME_SILENT if c.reported < c.units else ""
    silent = c.units - c.reported
    base = Row(
        "count", name, "total", year, "count", domain=group, level=None, n=c.reported, n_missing={"missing": silent},
        design=METHOD, method=METHOD, status="caution" if reason else "ok", reason=reason,
    )  # fmt: skip
    limits = {"yes": (c.yes, c.yes + silent), "reported": (c.reported, c.reported), "units": (c.units, c.units)}
    for category, (least, most) in limits.items():
        yield replace(base, category=category, estimate=float(least), lower=float(least), upper=float(most), interval="bounds")
    share = replace(base, kind="share" if group else "target", estimand="proportion", unit="percent")
    if not c.units:
        yield replace(share, status="not_estimable")
        return
    low, high = c.bounds
    state = "" if group or need is None else NOT_DUE if not due else _verdict(c, need)
    if c.units < PERCENT_FROM:
        few = f"{c.said(noun).vi}; {FEW_UNITS.partition(' | ')[0]} | {c.said(noun).en}; {FEW_UNITS.partition(' | ')[2]}"
        yield replace(share, status="not_estimable", reason=few, state=state)
        return
    yield replace(share, estimate=100 * low, lower=100 * low, upper=100 * high, interval="bounds", state=state)


def _verdict(c: Counted, need: float) -> str:
    """Met when the silent cannot undo it, not met when they cannot save it, else open (compared in whole units)."""
    wanted = need * c.units
    if 100 * c.yes >= wanted:
        return WORDS["met"][0]
    return WORDS["not_met" if 100 * (c.yes + c.units - c.reported) < wanted else "open"][0]


# ---- what may be printed -----------------------------------------------------------------------------------------------------


def _marked(rows: Sequence[Row], counts: Mapping[Group, Counted]) -> tuple[Row, ...]:
    """Small groups hidden (a printed count of 1-4), and where one group of a breakdown is hidden, the next smallest too.

    The whole is always shown: it is what the target is about.
    """
    small = next(rule for rule in RULES if rule.id == f"count<{COUNT_BELOW}")
    why: dict[Group, Rule] = {g: small for g, c in counts.items() if g and _small(c)}
    for variable, hidden in Counter(g[0][0] for g in why).items():
        open_ = [g for g in counts if g and g[0][0] == variable and g not in why]
        if hidden == 1 and open_:
            why[min(open_, key=lambda g: (counts[g].units, g))] = COMPLEMENT
    return tuple(replace(r, publish=why[r.domain].publish, rule=why[r.domain].text) if r.domain in why else r for r in rows)


def _small(c: Counted) -> bool:
    return any(0 < n < COUNT_BELOW for n in (c.units, c.reported, c.yes))
