"""A study of size and power: rows of results, texts that a director and a protocol can print, and what the figures draw.

The door of this folder.  Imports plans, measured, words, beside, tables, curves; never sees an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from forms.errors import refuse
from forms.plan import TargetValue
from forms.survey import Outcome, SurveyPlan

from ..results import Row
from .beside import assumptions, checked, plan, readings, sensitivity
from .curves import Curves
from .made import Study
from .measured import rows_of, simulated
from .plans import Aim, Asked, Subject, subjects
from .survey import NullVariance
from .tables import tables
from .traced import curves
from .words import Told, cannot, paragraph

Progress = Callable[[str, int, int], None]
__all__ = ["Progress", "Study", "study"]

LEAST_RUNS = 100


def study(
    survey: SurveyPlan, target: TargetValue, *, outcomes: Sequence[str] | None = None, simulate: int = 0, seed: int = 1,
    strata: int = 1, null: NullVariance = "unpooled", progress: Progress | None = None,
    draw: Callable[[Curves], None] | None = None,
) -> Study:  # fmt: skip
    """The study of a survey plan against the target of its last wave.

    outcomes: ids of survey.yaml, the first of them is the headline; None = all.  simulate: runs per outcome and group (0 none).
    strata, null: see plans.Asked.  draw: told of the curves as soon as they are known, before the rows.
    BdgError STAT-080, STAT-081 senseless sizes and assumptions, STAT-082 an outcome that is not
    there, STAT-083 unit costs, STAT-084 too few runs.
    """
    if simulate and simulate < LEAST_RUNS:
        raise refuse("STAT-084", "", expected=f">= {LEAST_RUNS}", got=simulate)
    chosen = _chosen(survey, outcomes)
    asked = Asked(replace(survey, assumptions=replace(survey.assumptions, outcomes=chosen)), strata, null)
    aim = Aim(target.low, target.high if target.high is not None else target.low)
    some = subjects(asked, chosen)
    traced = curves(asked, aim.low, aim.high, chosen[0].label.vi)
    if draw:
        draw(traced)
    rows = [row for subject in some for row in rows_of(asked, subject, aim)]
    made = _simulations(asked, some, aim, simulate, seed, progress) if simulate else []
    found = {(r.indicator, r.domain, r.estimand, r.category): r for r in rows}
    told = Told(asked, aim, some[0], found)
    texts: dict[str, Any] = {
        "plan": plan(asked), "target": {"low": aim.low, "high": aim.high, "clause": target.clause},
        "paragraph": paragraph(told), "cannot": cannot(told, some), "readings": readings(told, some),
        "sensitivity": sensitivity(told), "simulation": checked(made, simulate, seed, asked),
        "assumptions": assumptions(asked), "tables": tables(told, some),
    }  # fmt: skip
    return Study((*rows, *made), texts, traced)


def _chosen(survey: SurveyPlan, outcomes: Sequence[str] | None) -> tuple[Outcome, ...]:
    there = {o.id: o for o in survey.assumptions.outcomes}
    wanted = tuple(there) if outcomes is None else tuple(dict.fromkeys(outcomes))
    for ident in wanted or ("",):
        if ident not in there:
            raise refuse("STAT-082", "", expected=", ".join(there), got=ident, name=ident)
    return tuple(there[ident] for ident in wanted)


def _simulations(asked: Asked, some: Sequence[Subject], aim: Aim, runs: int, seed: int, progress: Progress | None) -> list[Row]:
    done = 0

    def step(k: int) -> None:
        nonlocal done
        done += k
        if progress:
            progress("mô phỏng", done, runs * len(some))

    return [row for i, subject in enumerate(some) for row in simulated(asked, subject, aim, runs, seed + i, step)]
