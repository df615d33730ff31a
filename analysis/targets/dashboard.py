"""The five targets on one table: planned, achieved, verdict or «chưa đến hạn đánh giá», where it comes from and what is missing.

Imports entries, awareness, counted and chosen.  A line names the row that holds its number; where words hold one («4/5 cơ quan»)
it is a full count.  No number is made here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forms.question import Label

from ..told import words
from .awareness import awareness, people, strategy
from .entries import NO_DATA, NOT_ASKED, NOT_DUE_LABEL, RESULT_ONLY, Known, entry, filled, joined, planned_of
from .surveyed import verdict_label

if TYPE_CHECKING:
    from .chosen import Chosen
    from .counted import Made

_FORMS = {
    "unit": Label("báo cáo của đơn vị (biểu mẫu E)", "reports of units (form E)"),
    "media": Label("phiếu cơ quan truyền thông (biểu mẫu D)", "forms of media agencies (form D)"),
    "convention": Label("phiếu rà soát hương ước, quy ước (biểu mẫu F)", "reviews of conventions (form F)"),
}


def dashboard(known: Known) -> list[dict[str, Any]]:
    """The lines, in the order of the plan; the National Strategy's indicator last."""
    first, second = ("II.1_received", "II.1_held") if known.switch("A11") == "received" else ("II.1_held", "II.1_received")
    return [
        _counted(known, first, "units", headline=True),
        _counted(known, second, "units_other"),
        *people(known),
        _enterprises(known),
        _counted(known, "II.2", "both", headline=True),
        _counted(known, "II.2_plan", "plan"),
        _counted(known, "II.2_activity", "activity"),
        *awareness(known),
        _counted(known, "II.4", "official", headline=True),
        _counted(known, "II.5", "conventions", headline=True),
        *strategy(known),
    ]


def _counted(known: Known, indicator: str, part: str, *, headline: bool = False) -> dict[str, Any]:
    count = known.count(indicator)
    planned = planned_of(known, count)
    made = known.made.get(indicator)
    if made is None:
        asked = count.form in known.chosen
        state = NOT_DUE_LABEL if known.kind == "halfyear" else NO_DATA
        gone = (
            NOT_ASKED
            if asked and count.month and known.chosen[count.form].taken
            else filled(Label("chưa có {vi}", "no {en}"), **words(_FORMS[count.form]))
        )
        return entry(
            count.target, part, count.label, planned, state=state, source=_FORMS[count.form], headline=headline, missing=gone
        )
    row = next(r for r in made.rows if r.kind == "target" and not r.domain)
    also = [r.key for r in made.rows if r.kind == "count" and not r.domain]
    state = verdict_label(row.state) if row.state else NO_DATA
    return entry(
        count.target, part, count.label, planned, state=state, source=_source(known, count.form), headline=headline, key=row.key,
        also=also, said=made.said, progress=made.said if state == NOT_DUE_LABEL else None,
        missing=_missing(made, known.chosen[count.form]),
    )  # fmt: skip


def _source(known: Known, form: str) -> Label:
    first, last = known.chosen[form].days if form in known.chosen else ("", "")
    if not last:
        return _FORMS[form]
    return Label(f"{_FORMS[form].vi}, số liệu từ {_day(first)} đến {_day(last)}", f"{_FORMS[form].en}, {first} to {last}")


def _day(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{day}/{month}/{year}"


def _missing(made: Made, chosen: Chosen) -> Label | None:
    """Who is silent, who cannot say, and who has not sent the supplement on the Action Month, in words."""
    found: list[Label] = []
    late = len(chosen.taken) - chosen.supplements
    if made.count.month and late:
        found.append(
            Label(
                f"số liệu sơ bộ: {late} đơn vị chưa gửi bổ sung sau khi Tháng hành động kết thúc",
                f"provisional; units that have not sent the supplement after the Action Month: {late}",
            )
        )
    record = made.count.record
    if made.silent:
        noun = Label("xã, phường, đặc khu", "communes") if record else made.count.noun
        more = Label(" (chưa biết số bản của các xã ấy)", " (number of conventions unknown)") if record else Label("", "")
        n = len(made.silent)
        found.append(Label(f"{n} {noun.vi} chưa báo cáo{more.vi}", f"{noun.en} that did not report: {n}{more.en}"))
    if made.unreviewed:
        found.append(Label(f"{made.unreviewed} bản chưa rà soát", f"{made.count.noun.en} not reviewed: {made.unreviewed}"))
    if made.no_figures:
        why = (
            Label("bản chưa rõ đã được thông qua, công nhận hoặc còn áp dụng không", "adoption or force not known")
            if record else Label("chưa có số liệu", "without figures")
        )  # fmt: skip
        own = "" if record else f"{made.count.noun.vi} "
        found.append(Label(f"{made.no_figures} {own}{why.vi}", f"{made.count.noun.en}, {why.en}: {made.no_figures}"))
    return joined(*found)


def _enterprises(known: Known) -> dict[str, Any]:
    count = known.count("II.1_enterprise")
    planned = planned_of(known, count)
    if not known.enterprises:
        missing = Label("chưa có phiếu doanh nghiệp", "no enterprise forms")
        return entry(
            count.target,
            "enterprises",
            count.label,
            planned,
            state=NO_DATA,
            source=Label("phiếu doanh nghiệp (biểu mẫu C)", "enterprise forms (form C)"),
            missing=missing,
        )
    e = known.enterprises
    return entry(
        count.target, "enterprises", count.label, planned, state=RESULT_ONLY, source=e["source"], key=e["key"], also=e["also"],
        said=e["said"], missing=e["missing"],
    )  # fmt: skip
