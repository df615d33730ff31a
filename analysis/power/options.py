"""What a command changes in a survey plan before it is studied: another size, outcome, assumption, group or price.

Imports the forms door's records (survey) and errors.  Computes nothing; senseless values are refused where scenarios are made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from forms.errors import refuse
from forms.survey import Outcome, SurveyPlan

T = TypeVar("T")


@dataclass(frozen=True)
class Options:
    """None: as survey.yaml has it.  baseline, sd, icc: of `outcome` (of the first one, alone, when no outcome is named).

    strata: None = as many as the province's zones and former provinces make; pooled: null variance of shares.
    """

    psus: int | None = None
    households: int | None = None
    outcome: str | None = None
    baseline: float | None = None
    sd: float | None = None
    icc: float | None = None
    overlap: float | None = None
    correlation: float | None = None
    weighting: float | None = None
    response: float | None = None
    sides: int | None = None
    level: float | None = None
    power: float | None = None
    groups: Sequence[str] = ()
    cost_cluster: float | None = None
    cost_interview: float | None = None
    strata: int | None = None
    pooled: bool = False


def changed(survey: SurveyPlan, o: Options) -> SurveyPlan:
    """The plan with the options put in.  BdgError STAT-081 sides, STAT-082 an outcome or group that survey.yaml does not have."""
    a = survey.assumptions
    waves = {
        year: replace(w, psus=_or(o.psus, w.psus), households=_or(o.households, w.households)) for year, w in survey.waves.items()
    }
    selection = survey.selection
    if o.overlap is not None:
        selection = replace(selection, most=o.overlap, overlap="keep" if o.overlap else "refresh")
    costs = replace(
        survey.costs, cluster=_or(o.cost_cluster, survey.costs.cluster), interview=_or(o.cost_interview, survey.costs.interview)
    )
    if (o.cost_cluster, o.cost_interview) != (None, None):
        costs = replace(costs, source="đơn giá ghi khi chạy lệnh | unit costs given with the command")
    assumed = replace(
        a, response=_or(o.response, a.response), weighting=_or(o.weighting, a.weighting), power=_or(o.power, a.power),
        correlation=_or(o.correlation, a.correlation), confidence=_or(o.level, a.confidence), sides=_sides(_or(o.sides, a.sides)),
        outcomes=_outcomes(a.outcomes, o), groups=tuple(g for g in a.groups if _wanted(survey, o.groups, f"{g.domain}={g.code}")),
    )  # fmt: skip
    return replace(survey, waves=waves, selection=selection, costs=costs, assumptions=assumed)


def _or(given: T | None, kept: T) -> T:
    return kept if given is None else given


def _sides(given: int) -> Literal[1, 2]:
    if given not in (1, 2):
        raise refuse("STAT-081", "--sides", expected="1, 2", got=given, name="sides")
    return 1 if given == 1 else 2


def _wanted(survey: SurveyPlan, groups: Sequence[str], named: str) -> bool:
    there = [f"{g.domain}={g.code}" for g in survey.assumptions.groups]
    for group in groups:
        if group not in there:
            raise refuse("STAT-082", "--group", expected=", ".join(there), got=group, name=group)
    return not groups or named in groups


def _outcomes(there: tuple[Outcome, ...], o: Options) -> tuple[Outcome, ...]:
    if o.outcome is not None and o.outcome not in [x.id for x in there]:
        raise refuse("STAT-082", "--outcome", expected=", ".join(x.id for x in there), got=o.outcome, name=o.outcome)
    own = (o.baseline, o.sd, o.icc) != (None, None, None)
    chosen = tuple(x for x in there if x.id == o.outcome) if o.outcome else there[:1] if own else there
    if not own:
        return chosen
    x = chosen[0]
    icc = _or(o.icc, x.icc)
    around = (min(icc, x.icc_range[0]), max(icc, x.icc_range[1]))
    return (replace(x, baseline=_or(o.baseline, x.baseline), sd=_or(o.sd, x.sd), icc=icc, icc_range=around),)
