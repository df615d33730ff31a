"""A line of the table of targets, what it is made from, and the words that a line may say.

Imports counted, chosen, surveyed, told and the plan's records.  No number is made here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forms.plan import Count, Plan, Target
from forms.question import Label

from ..census import NOT_DUE
from ..told import words

if TYPE_CHECKING:
    from .chosen import Chosen, Kind
    from .counted import Made
    from .surveyed import Surveys

NOT_DUE_LABEL = Label(NOT_DUE, "not due yet")
NO_SURVEY = Label("năm không khảo sát", "no survey this year")
NO_DATA = Label("không có số liệu", "no data")
RESULT_ONLY = Label("chỉ nêu kết quả, không kết luận", "result only, no verdict")
NO_VERDICT = Label("chưa kết luận", "no conclusion")
NOT_YET = Label("chưa có kết quả khảo sát năm {year}", "no results of the {year} survey yet")
NOT_IN_IT = Label("kết quả khảo sát năm {year} không có chỉ tiêu này", "the {year} survey's results lack this indicator")
UNSIGNED = Label("Chưa có văn bản thống nhất cách tính; chưa kết luận", "No signed document on how to judge; no verdict")
NOT_ASKED = Label("báo cáo 6 tháng không hỏi Tháng hành động", "the half-year report does not ask about the Action Month")
BASELINE = Label("đã có số liệu gốc năm {year}", "baseline of {year} is measured")
NO_BASELINE = Label("chưa có số liệu gốc năm {year}", "no baseline of {year} yet")
LATEST = Label("số liệu gần nhất: khảo sát năm {year}", "latest figures: survey of {year}")


@dataclass(frozen=True)
class Known:
    """What the table is made from.  made: indicator -> its count, of those that were counted."""

    plan: Plan
    year: int
    kind: Kind
    made: Mapping[str, Made]
    chosen: Mapping[str, Chosen]
    surveys: Surveys
    enterprises: Mapping[str, Any] | None = None

    def unsurveyed(self) -> tuple[Label, Label | None]:
        """(state, what is missing) of a figure that no survey of this year gives: «no survey» only where the plan has none."""
        if self.year in self.surveys.waves:
            return NO_DATA, filled(NOT_IN_IT, year=self.year)
        return (NO_DATA, filled(NOT_YET, year=self.year)) if self.year in self.plan.waves else (NO_SURVEY, None)

    def count(self, indicator: str) -> Count:
        """The definition of an indicator, by the reading that the plan's switch takes."""
        found = [c for c in self.plan.counts if c.id == indicator]
        return next((c for c in found if c.reading == self.switch("A10")), found[0])

    def switch(self, name: str) -> str:
        """The reading that the plan takes."""
        return next((s.choice for s in self.plan.switches if s.id == name), "")

    def target(self, name: str) -> Target:
        """A target of the plan."""
        return next(t for t in self.plan.targets if t.id == name)


def entry(
    target: str, part: str, label: Label, planned: Label, *, state: Label, source: Label, headline: bool = False, key: str = "",
    also: Sequence[str] = (), said: Label | None = None, progress: Label | None = None, missing: Label | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The line as results.json has it."""
    return {
        "target": target, "part": part, "headline": headline, "label": words(label), "planned": words(planned), "key": key,
        "also": list(also), "said": words(said) if said else None, "state": words(state),
        "progress": words(progress) if progress else None, "source": words(source),
        "missing": words(missing) if missing else None,
    }  # fmt: skip


def joined(*some: Label | None) -> Label | None:
    """Several remarks as one; None where there is none."""
    found = [x for x in some if x]
    return Label("; ".join(x.vi for x in found), "; ".join(x.en for x in found)) if found else None


def filled(label: Label, **facts: object) -> Label:
    """A label with its facts filled in, in both languages."""
    return Label(label.vi.format(**facts), label.en.format(**facts))


def planned_of(known: Known, count: Count) -> Label:
    """What the plan asks for, in words."""
    target = known.target(count.target)
    if count.target == "II.1":
        low = target.values[known.year].low if known.year in target.values else target.values[max(target.values)].low
        return Label(f"từ {low:02.0f} cuộc trở lên, hằng năm", f"{low:.0f} or more, every year")
    year = known.year if known.year in target.values else max(target.values)
    when = Label("hằng năm", "every year") if target.direction == "hold" else Label(f"đến năm {year}", f"by {year}")
    return Label(f"{target.values[year].low:g}%, {when.vi}", f"{target.values[year].low:g}%, {when.en}")
