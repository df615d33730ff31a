"""From survey.yaml to scenarios: one plan (hamlets, households, both waves), its outcomes, groups, prices, and other plans.

Imports the forms door's records (survey) and this folder's survey and prices.  Computes nothing itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from forms.errors import refuse
from forms.survey import Group, Outcome, SurveyPlan

from .prices import Prices
from .survey import NullVariance, Scenario, checked

Icc = Literal["low", "mid", "high"]
ICCS: tuple[Icc, ...] = ("low", "mid", "high")
OWN_LEVEL = 0.95
OTHERS = ((150, 14), (100, 20))
"""Plans that are always shown beside the planned one: more hamlets with fewer households, fewer with as many."""


@dataclass(frozen=True)
class Asked:
    """A survey plan with what survey.yaml leaves open.  strata: for the degrees of freedom; null: see Scenario."""

    survey: SurveyPlan
    strata: int = 1
    null: NullVariance = "unpooled"

    @property
    def waves(self) -> tuple[int, int]:
        """The first and the last wave."""
        years = sorted(self.survey.waves)
        return years[0], years[-1]

    @property
    def overlap(self) -> float:
        """Share of the later wave's hamlets that are kept: the most that is allowed, none when all are drawn anew."""
        selection = self.survey.selection
        return 0.0 if selection.overlap == "refresh" else selection.most

    def scenario(self, outcome: Outcome, group: Group | None = None, icc: Icc = "mid") -> Scenario:
        """One outcome of everybody or of a group, with a low, middle or high ICC.  BdgError STAT-080, STAT-081."""
        a = self.survey.assumptions
        first, last = (self.survey.waves[y] for y in self.waves)
        later = None if (first.psus, first.households) == (last.psus, last.households) else (last.psus, last.households)
        value = {"low": outcome.icc_range[0], "mid": outcome.icc, "high": outcome.icc_range[1]}[icc]
        return checked(Scenario(
            outcome.kind, outcome.baseline, value, first.psus, first.households, sd=outcome.sd, response=a.response,
            weighting=a.weighting, overlap=self.overlap, correlation=a.correlation, strata=self.strata,
            share=group.share if group else 1.0, lives=group.clusters if group else 1.0,
            later=None if later is None else (float(later[0]), float(later[1])),
            sides=a.sides, null=self.null, confidence=a.confidence, power=a.power,
        ))  # fmt: skip

    def sized(self, psus: int, households: int) -> Asked:
        """The same with another size in every wave."""
        waves = {y: replace(w, psus=psus, households=households) for y, w in self.survey.waves.items()}
        return replace(self, survey=replace(self.survey, waves=waves))

    @property
    def size(self) -> tuple[int, int]:
        """Hamlets and households a hamlet of the first wave."""
        first = self.survey.waves[self.waves[0]]
        return first.psus, first.households

    @property
    def by_the_report(self) -> bool:
        """True when the test is the report's own: two-sided, 95 %, unpooled (decision 4)."""
        a = self.survey.assumptions
        return a.sides == 2 and a.confidence == OWN_LEVEL and self.null == "unpooled"

    @property
    def prices(self) -> Prices:
        """Unit costs; in interviews while the survey has none.  BdgError STAT-083."""
        costs = self.survey.costs
        known = (costs.cluster, costs.interview) != (None, None)
        cluster, interview = (costs.cluster, costs.interview) if known else (costs.ratio, 1.0)
        if cluster is None or interview is None or not (0 <= cluster < math.inf and 0 < interview < math.inf):
            raise refuse("STAT-083", "", expected="cluster >= 0, interview > 0", got=f"cluster {cluster}, interview {interview}")
        return Prices(cluster, interview, known=known)


@dataclass(frozen=True)
class Aim:
    """The target's two levels, in percent (or in points, as it is read)."""

    low: float
    high: float

    @property
    def rises(self) -> tuple[float, ...]:
        """True rises at which power is told, percent: both levels, half way between, and twice the lower."""
        return tuple(sorted({self.low, (self.low + self.high) / 2, self.high, 2 * self.low}))


@dataclass(frozen=True)
class Subject:
    """One outcome of one group (None: everybody)."""

    outcome: Outcome
    group: Group | None


def subjects(asked: Asked, outcomes: Sequence[Outcome]) -> tuple[Subject, ...]:
    """Every outcome for everybody, then for every group."""
    return tuple(Subject(o, g) for o in outcomes for g in (None, *asked.survey.assumptions.groups))


def design_words(s: Scenario) -> str:
    """The plan behind a row, as its cell `design` names it."""
    later = f"; later {s.later[0]:g} x {s.later[1]:g}" if s.later else ""
    return (
        f"{s.psus:g} x {s.households:g}{later}; response {s.response:g}; weighting {s.weighting:g} ({s.weights}); "
        f"overlap {s.overlap:g} x {s.correlation:g}; strata {s.strata}"
    )
