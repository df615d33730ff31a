"""What stands beside the paragraph of a study: the plan, the four readings, the range of ICC, every assumption with its source.

Imports results (Row), words, spoken, plans.  Words only: numbers come from rows and from survey.yaml.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forms.survey import Group, Outcome

from ..results import Row
from .plans import Asked, Subject
from .spoken import Both, Number, joined, reason, said, typed, whole
from .words import Told, outcome_name, points_unit

NOTHING: Both = {"vi": "", "en": ""}


def plan(asked: Asked) -> Both:
    """One line that names the planned sample."""
    psus, households = asked.size
    return said("plan", psus=whole(psus), households=households, kept=typed(100 * asked.overlap))


def readings(told: Told, some: Sequence[Subject]) -> Both:
    """Decision 5: while nobody has signed how the target is read, all readings stand beside each other."""
    each = []
    for s in (x for x in some if x.group is None):
        relative, in_points = told.value(s, told.low), told.value(s, f"mdc_points{told.aim.low:g}")
        unit = points_unit(s)
        each.append(said(
            "readings.one", outcome=outcome_name(s), relative=_or_never(relative, {"vi": "%", "en": "%"}),
            points=_or_never(in_points, {x: f" {unit[x]}" for x in unit}),
        ))  # fmt: skip
    return said("readings", low=typed(told.aim.low), all=joined(each, "; "))


def _or_never(value: float | None, unit: Both) -> Both:
    if value is None:
        return said("never")
    return {x: Number(value).text(x) + unit[x] for x in unit}


def sensitivity(told: Told) -> Both:
    """The headline over the range of ICC, '' when it cannot be proven."""
    o = told.headline.outcome
    low, mid, high = (told.value(told.headline, told.low, icc) for icc in ("low", "mid", "high"))
    if low is None or mid is None or high is None:
        return NOTHING
    return said(
        "sensitivity", mid=Number(mid), low=Number(low), high=Number(high), icc=typed(o.icc), icc_low=typed(o.icc_range[0]),
        icc_high=typed(o.icc_range[1]), base=told.asked.waves[0],
    )  # fmt: skip


def assumptions(asked: Asked) -> list[dict[str, Any]]:
    """Every assumption with its value and source, named as an assumption."""
    a = asked.survey.assumptions
    rule = said("assumed.rule_value", level=typed(100 * a.confidence), sides=a.sides, power=typed(100 * a.power))
    kept = {x: f"{typed(100 * asked.overlap).text(x)}% × {typed(a.correlation).text(x)}" for x in ("vi", "en")}
    found = [
        ("response", {x: f"{typed(100 * a.response).text(x)}%" for x in ("vi", "en")}),
        ("weighting", {x: typed(a.weighting).text(x) for x in ("vi", "en")}),
        ("overlap", kept),
        ("rule", rule),
        ("strata", {"vi": str(asked.strata), "en": str(asked.strata)}),
    ]
    rows = [_assumption(said(f"assumed.{key}"), value, a.source) for key, value in found]
    return [*rows, *(_outcome(o) for o in a.outcomes), *(_group(g) for g in a.groups)]


def _outcome(o: Outcome) -> dict[str, Any]:
    holes = {"base": o.baseline, "icc": o.icc, "low": o.icc_range[0], "high": o.icc_range[1]}
    holes |= {} if o.sd is None else {"sd": o.sd}
    value = said(f"assumed.{o.kind}", **{key: typed(x) for key, x in holes.items()})
    return _assumption({"vi": o.label.vi, "en": o.label.en}, value, o.source)


def _group(g: Group) -> dict[str, Any]:
    value = said("assumed.group", share=typed(100 * g.share), lives=typed(100 * g.clusters))
    return _assumption({"vi": g.label.vi, "en": g.label.en}, value, g.source)


def _assumption(what: Both, value: Both, source: str) -> dict[str, Any]:
    """value: as the office writes it; value_en: in English."""
    return {"what": what, "value": value["vi"], "value_en": value["en"], "source": reason(source)}


def checked(rows: Sequence[Row], runs: int, seed: int, asked: Asked) -> Both:
    """How far simulation and closed form are apart, '' without simulation."""
    given = [(r.estimate, r.se or 0.0) for r in rows if r.estimate is not None]
    if not given:
        return NOTHING
    return said(
        "simulation", runs=whole(runs), seed=seed, low=Number(min(v for v, _ in given)), high=Number(max(v for v, _ in given)),
        wanted=typed(100 * asked.survey.assumptions.power), error=Number(max(e for _, e in given)),
    )  # fmt: skip
