"""The tables of a study, as texts in both languages: by group, by true rise, by plan and cost, by assumption.

Imports words, spoken, plans, closed, solve, and the research's tables.  Numbers come from rows, or from the same closed forms
where a row would be one of a plan that nobody means to carry out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from .closed import DETECT, relative
from .plans import OTHERS, Asked, Subject
from .prices import Prices
from .researched import researched
from .solve import best_households, smallest_rise
from .spoken import Both, Number, joined, reason, said, typed, whole
from .survey import Scenario
from .table import Cell, Table, cell, table
from .words import Told, name, outcome_name

FAR = 1000
"""Households a hamlet beyond which an optimum means nothing."""


def tables(told: Told, subjects: Sequence[Subject]) -> list[Table]:
    """All tables in the order of the page."""
    return [_groups(told, subjects), _chances(told, subjects), _plans(told), _changes(told), *researched()]


def _groups(told: Told, subjects: Sequence[Subject]) -> Table:
    low, high = told.aim.low, told.aim.high
    rest = [f"mdc_prove{high:g}", "mdc_detect", f"mdc_points{low:g}"]
    rows: list[list[Cell]] = []
    never: dict[str, Both] = {}
    for s in subjects:
        first = told.row(s, told.low)
        values = [told.value(s, told.low, icc) for icc in ("mid", "low", "high")] + [told.value(s, e) for e in rest]
        rows.append([outcome_name(s), name(s), cell(first.n, 0), cell(first.psus, 0), *(cell(v) for v in values)])
        never |= {r.reason: reason(r.reason) for r in (told.row(s, e) for e in (told.low, *rest)) if r.estimate is None}
    head = [said(f"head.{key}") for key in ("outcome", "group", "people", "psus")]
    head += [said("head.prove", low=typed(low)), said("head.prove_low_icc"), said("head.prove_high_icc")]
    head += [said("head.prove", low=typed(high)), said("head.detect"), said("head.points", low=typed(low))]
    reasons = joined(({x: f"{one[x][:1].upper()}{one[x][1:]}." for x in one} for one in never.values()), " ")
    power = typed(100 * told.asked.survey.assumptions.power)
    note = "groups.note" if told.asked.by_the_report else "groups.note_other"
    return table("groups", said("groups.title"), head, rows, said(note, power=power, reasons=reasons))


def _chances(told: Told, subjects: Sequence[Subject]) -> Table:
    low, rises = told.aim.low, told.aim.rises
    above = [r for r in rises if r > low]
    rows: list[list[Cell]] = []
    for s in subjects:
        found = [cell(told.value(s, f"power_prove{low:g}_at{rise:g}")) for rise in rises]
        needed = [cell(told.value(s, f"psus_prove{low:g}_at{rise:g}"), 0) for rise in above]
        rows.append([outcome_name(s), name(s), *found, *needed])
    head = [said("head.outcome"), said("head.group")]
    head += [said("head.if", rise=typed(r)) for r in rises] + [said("head.needed", rise=typed(r)) for r in above]
    return table("chances", said("chances.title", low=typed(low)), head, rows, said("chances.note"))


def _plans(told: Told) -> Table:
    asked, low = told.asked, told.aim.low
    prices = asked.prices
    planned = prices.cost(*asked.size)
    outcomes = asked.survey.assumptions.outcomes
    rows: list[list[Cell]] = []
    for size in dict.fromkeys((asked.size, *OTHERS, *_best(asked, prices, planned, low))):
        other = asked if size == asked.size else asked.sized(*size)
        some = [other.scenario(o) for o in outcomes]
        cost = prices.cost(*size)
        cells: list[Cell] = [
            f"{size[0]} × {size[1]}",
            cell(some[0].respondents(0), 0),
            cell(cost, 0),
            cell(100 * cost / planned, 0),
        ]
        rows.append([*cells, *(cell(smallest_rise(s, claim).value) for s in some for claim in (relative(low), DETECT))])
    currency = asked.survey.costs.currency
    unit = {"vi": currency, "en": currency} if prices.known else said("plans.interviews")
    head = [said("head.size"), said("head.people"), said("head.cost", unit=unit), said("head.cost_share")]
    for o in outcomes:
        named = outcome_name(Subject(o, None))
        head += [said("head.of", outcome=named, what=what) for what in (said("head.prove", low=typed(low)), said("head.detect"))]
    return table("plans", said("plans.title"), head, rows, _cost_note(asked, prices, low))


def _best(asked: Asked, prices: Prices, budget: float, low: float) -> Iterator[tuple[int, int]]:
    """The best split of the planned budget, in whole households and hamlets."""
    s = asked.scenario(asked.survey.assumptions.outcomes[0])
    best = best_households(s, prices, relative(low))
    if best < FAR:
        households = max(round(best), 1)
        psus = int(budget / (prices.cluster + households * prices.interview) + 1e-9)
        if psus >= 2 * s.strata:
            yield psus, households


def _cost_note(asked: Asked, prices: Prices, low: float) -> Both:
    s = asked.scenario(asked.survey.assumptions.outcomes[0])
    best = best_households(s, prices, relative(low))
    simple = best_households(replace(s, overlap=0.0, response=1.0), prices, DETECT)
    split = said("plans.best", best=Number(best), simple=Number(simple)) if best < FAR else said("plans.no_best")
    return said(
        "plans.note", cluster=typed(prices.cluster), interview=typed(prices.interview), source=reason(asked.survey.costs.source),
        best=split,
    )  # fmt: skip


def _changes(told: Told) -> Table:
    """What the headline becomes when one assumption changes."""
    asked, low = told.asked, told.aim.low
    outcomes = asked.survey.assumptions.outcomes
    rows: list[list[Cell]] = []
    for words, made in _others(asked):
        rows.append([words, *(cell(smallest_rise(made(asked.scenario(o)), relative(low)).value) for o in outcomes)])
    for icc in ("low", "high"):
        used = [o.icc_range[icc == "high"] for o in outcomes]
        value = {x: " / ".join(typed(v).text(x) for v in used) for x in ("vi", "en")}
        rows.append([said("change.icc", value=value), *(cell(told.value(Subject(o, None), told.low, icc)) for o in outcomes)])
    head = [said("head.changed")]
    head += [said("head.of", outcome=outcome_name(Subject(o, None)), what=said("head.prove", low=typed(low))) for o in outcomes]
    return table("assumptions", said("changes.title"), head, rows, said("changes.note"))


def _others(asked: Asked) -> Iterator[tuple[Both, Callable[[Scenario], Scenario]]]:
    a = asked.survey.assumptions
    yield said("change.planned"), lambda s: s
    if asked.overlap:
        yield said("change.fresh"), lambda s: replace(s, overlap=0.0)
        weak = round(a.correlation / 2, 2)
        yield said("change.correlation", value=typed(weak)), lambda s: replace(s, correlation=weak)
    if a.weighting > 1:
        yield said("change.persons"), lambda s: replace(s, weights="persons")
        yield said("change.equal"), lambda s: replace(s, weighting=1.0)
    less = max(a.response - 0.15, a.response / 2)
    yield said("change.response", value=whole(100 * less)), lambda s: replace(s, response=less)
    if any(o.kind == "mean" for o in a.outcomes):
        yield said("change.sd"), lambda s: s if s.sd is None else replace(s, sd=1.1 * s.sd)
    if all(o.baseline > 10 for o in a.outcomes):
        yield said("change.baseline"), lambda s: replace(s, baseline=s.baseline - 5)
