"""The paragraph of a study for a director, and the honest sentence on what the planned sample will not be able to prove.

Imports results (Row), verdict (its words), spoken, plans.  Words only: every number comes from a row or from survey.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..results import Row
from ..verdict import WORDS
from .plans import Aim, Asked, Subject
from .spoken import Both, Number, chance, joined, reason, said, typed, whole


@dataclass(frozen=True)
class Told:
    """The rows of a study in closed form, found by what they say.  headline: the first outcome, everybody."""

    asked: Asked
    aim: Aim
    headline: Subject
    found: Mapping[tuple[str, tuple[tuple[str, str], ...], str, str], Row]

    def row(self, subject: Subject, estimand: str, icc: str = "mid") -> Row:
        """One row; KeyError when there is none."""
        group = subject.group
        domain = () if group is None else ((group.domain, group.code),)
        return self.found[subject.outcome.id, domain, estimand, icc]

    def value(self, subject: Subject, estimand: str, icc: str = "mid") -> float | None:
        """Its number, None when there is none."""
        return self.row(subject, estimand, icc).estimate

    @property
    def low(self) -> str:
        """Estimand of the headline: the smallest rise proven to be the lower level or more."""
        return f"mdc_prove{self.aim.low:g}"


def name(subject: Subject) -> Both:
    """The group's label."""
    label = None if subject.group is None else subject.group.label
    return said("everybody") if label is None else {"vi": label.vi, "en": label.en}


def outcome_name(subject: Subject) -> Both:
    """The outcome's label."""
    return {"vi": subject.outcome.label.vi, "en": subject.outcome.label.en}


def points_unit(subject: Subject) -> Both:
    """What a rise in points is called."""
    return said("unit.point" if subject.outcome.kind == "mean" else "unit.percentage_point")


def paragraph(told: Told) -> Both:
    """What a director must hear before the money is spent."""
    return joined(_paragraph(told))


def _paragraph(told: Told) -> Iterator[Both]:
    asked, aim, s = told.asked, told.aim, told.headline
    plan, row = asked.scenario(s.outcome), told.row(s, told.low)
    base, later = asked.waves
    yield said(
        "paragraph.sample", psus=whole(plan.psus), households=typed(plan.households), response=whole(100 * plan.response),
        people=whole(row.n),
    )  # fmt: skip
    met = {"vi": WORDS["met"][0], "en": WORDS["met"][1]}
    yield said(
        "paragraph.rule" if asked.by_the_report else "paragraph.other_rule", later=later, base=base, met=met, low=typed(aim.low),
        level=typed(100 * plan.confidence), sides=plan.sides, null=said(f"null.{plan.null}"),
    )  # fmt: skip
    if row.estimate is None:
        yield said("paragraph.never", outcome=outcome_name(s), reason=reason(row.reason))
    else:
        yield said(
            "paragraph.needs", power=typed(100 * plan.power), outcome=outcome_name(s), rise=Number(row.estimate),
            to=Number(s.outcome.baseline * (1 + row.estimate / 100)),
            unit=said("unit.point" if s.outcome.kind == "mean" else "unit.share"), **{"from": typed(s.outcome.baseline)},
        )  # fmt: skip
    yield from _chances(told)
    up, in_points = told.value(s, "mdc_detect"), told.value(s, f"mdc_points{aim.low:g}")
    if up is not None:
        yield said("paragraph.detect", rise=Number(up))
    if in_points is not None:
        yield said("paragraph.points", low=typed(aim.low), unit=points_unit(s), rise=Number(in_points))


def _chances(told: Told) -> Iterator[Both]:
    """How likely «đạt» is at the target's own levels, and what is said otherwise."""
    low, s = told.aim.low, told.headline
    found = [(rise, told.value(s, f"power_prove{low:g}_at{rise:g}")) for rise in told.aim.rises[:3]]
    each = [said("paragraph.chance", rise=typed(rise), chance=chance(p)) for rise, p in found if p is not None]
    if not each:
        return
    glue = said("and_so")
    yield said("paragraph.chances", chances={x: glue[x].join(one[x] for one in each) for x in glue})
    up = told.value(s, "mdc_detect")
    if up is not None and up <= low:
        words = WORDS["up_open"]
        open_ = {"vi": words[0].format(threshold=f"{typed(low).text('vi')}%"), "en": words[1].format(threshold=f"{low:g}%")}
        yield said("paragraph.otherwise_up", open=open_)
    else:
        yield said("paragraph.otherwise")


def out_of_reach(told: Told, subjects: Sequence[Subject]) -> tuple[Subject, ...]:
    """Those for whom even a true rise of the upper level would not prove the lower one."""
    return tuple(s for s in subjects if (v := told.value(s, told.low)) is None or v > told.aim.high)


def cannot(told: Told, subjects: Sequence[Subject]) -> Both:
    """What the planned sample will not be able to prove, and for whom."""
    return joined(_cannot(told, subjects))


def _cannot(told: Told, subjects: Sequence[Subject]) -> Iterator[Both]:
    low, high = typed(told.aim.low), typed(told.aim.high)
    missed = out_of_reach(told, subjects)
    parts = []
    for outcome in dict.fromkeys(s.outcome for s in missed):
        some = [s for s in missed if s.outcome == outcome]
        parts.append(said("cannot.outcome", outcome=outcome_name(some[0]), groups=joined(_missed(told, some), "; ")))
    if parts:
        power = typed(100 * told.asked.survey.assumptions.power)
        yield said("cannot.head", low=low, high=high, power=power, whom=joined(parts, ". "))
    else:
        yield said("cannot.none", low=low, high=high)
    yield from _close(told)
    if told.aim.high > told.aim.low:
        upper = told.row(told.headline, f"mdc_prove{told.aim.high:g}")
        if upper.estimate is None:
            yield said("cannot.high_never", high=high, reason=reason(upper.reason))
        else:
            yield said("cannot.high", high=high, rise=Number(upper.estimate))
    yield said("cannot.exactly", low=low)


def _missed(told: Told, some: Sequence[Subject]) -> Iterator[Both]:
    """Groups with what each would need; those with the same number together."""
    needs: dict[str, list[Subject]] = {}
    for s in some:
        row = told.row(s, told.low)
        needs.setdefault(row.reason or Number(row.estimate or 0.0).text("en"), []).append(s)
    for same in needs.values():
        row = told.row(same[0], told.low)
        names = joined((name(s) for s in same), ", ")
        if row.estimate is None:
            yield said("cannot.group_never", group=names, reason=reason(row.reason))
        else:
            yield said("cannot.group", group=names, rise=Number(row.estimate))


def _close(told: Told) -> Iterator[Both]:
    """The headline when it is in reach as assumed, and out of reach with a higher ICC."""
    s, most = told.headline, told.aim.high
    mid, high = told.value(s, told.low), told.value(s, told.low, "high")
    if mid is not None and high is not None and mid <= most < high:
        yield said("cannot.close", icc=typed(s.outcome.icc_range[1]), outcome=outcome_name(s), rise=Number(high))
