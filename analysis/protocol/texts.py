"""texts["protocol"]: which paragraphs the document has, the values of their holes, and its tables of words.

Imports the forms records, words, gaps, values, sampling.places and, late, analysis.texts (warnings on fieldwork windows).
Every number of the document that is no row stands here under a path; what nobody gave is None and listed among the gaps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from forms.condition import Both, Compare, Condition, Either
from forms.errors import refuse
from forms.plan import Document
from forms.question import Section
from forms.survey import BudgetLine, Cited

from ..sampling.places import area_note
from .gaps import Gap, Known, gaps
from .values import Facts, Value, reading, values
from .words import pair, templates

__all__ = ["Facts", "texts"]

# Holes that are printed as a gap while nobody has filled them; a paragraph with another empty hole is left out.
CHANGE = {"mean": "point", "share": "percentage_point"}
OPEN = frozenset({"days", "organiser", "teams", "decided_by", "document", "date"})


def texts(facts: Facts) -> dict[str, Any]:
    """The texts of results.json: province, issuer, plan (with documents) and protocol; labels in both languages."""
    plan, survey = facts.plan, facts.survey
    holes = values(facts)
    known = Known(bool(facts.sampled.strata), _filled("khu_vuc", facts), len(facts.form.draft))
    return {
        "province": {"code": plan.province, "name": pair(plan.name)},
        "issuer": dict(plan.issuers.get("department", {})),
        "plan": {
            "title": pair(plan.title), "number": plan.number, "date": plan.date,
            "documents": [_document(d) for d in facts.documents],
        },
        "protocol": {
            "wave": facts.base,
            "later": list(facts.later),
            "sections": {name: list(_parts(keys, holes)) for name, keys in sections(facts).items()},
            "windows": list(_windows(facts)),
            "areas": pair(area_note(facts.places)),
            "minors": [pair(s.note) for s in plan.switches if s.id == "A8"],
            "modules": [_module(s) for s in facts.form.sections],
            "domains": [
                {
                    "label": pair(d.label), "codes": [pair(c.label) for c in d.codes],
                    "open": bool(d.needs) and not _filled(str(d.needs), facts),
                }
                for d in plan.domains
            ],
            "strata": [s.code for s in facts.sampled.strata],
            "drawn": facts.sampled.drawn,
            "budget": budget(facts),
            "calendar": [{"label": pair(label), "when": when} for label, when in survey.protocol.steps],
            "decision": _decision(facts),
            "assumptions": _assumptions(facts),
            "layout": _document(survey.protocol.layout) if survey.protocol.layout else None,
            "gaps": [_gap(g) for g in gaps(plan, survey, known)],
        },
    }  # fmt: skip


def sections(facts: Facts) -> Mapping[str, tuple[str, ...]]:
    """Keys of the words by section, the choices of survey.yaml made."""
    chosen, weighing = facts.survey.selection, facts.survey.weighing
    return {
        "purpose": ("purpose.aim", "purpose.baseline"),
        "requirement": (
            "requirement.chance", "requirement.same", "requirement.secret", "requirement.status", "requirement.appraisal",
        ),
        "scope": ("scope.area",),
        "people": ("scope.people", "scope.outside"),
        "unit": ("unit.psu", "unit.household", "unit.person"),
        "type": ("type.kind", "type.size"),
        "strata": () if facts.sampled.strata else ("type.unframed",),
        "step": (
            "step.strata", f"step.allocation.{chosen.allocation}", f"step.method.{chosen.method}", "step.households",
            "step.reserves", "step.seed", "step.drawn", f"overlap.{chosen.overlap}",
        ),
        "time": ("time.days", "time.peak"),
        "method": ("method.visit",),
        "content": ("content.title", "content.score", "content.draft"),
        "class": ("class.waves",),
        "process": (
            "process.daily", "process.response", f"process.weights.{weighing.response}",
            *(("process.margins",) if weighing.calibration != "none" else ()), "process.trim", "process.estimate",
        ),
        "publish": ("publish.rules",),
        "calendar": ("calendar.order",),
        "organise": ("organise.lead", "organise.field", "organise.communes", "organise.enumerators"),
        "ethics": ("ethics.consent", "ethics.private", "ethics.card"),
        "data": ("data.law", "data.sensitive", "data.file", "data.server"),
        "money": ("money.source", "money.interviews", "money.open"),
        "means": ("money.means",),
        "decision": (
            "decision.open", "decision.outcome", "decision.reading", "decision.threshold", "decision.level", "decision.whom",
            "decision.rule", "decision.kept",
        ),
        "decision_blank": ("decision.blank",),
    }  # fmt: skip


def _filled(column: str, facts: Facts) -> bool:
    """Whether the places or the frame know a column that a breakdown needs."""
    return column in facts.sampled.filled or any(getattr(p, column) for p in facts.places)


def _parts(keys: tuple[str, ...], holes: Mapping[str, Value]) -> Iterator[dict[str, Any]]:
    """The paragraphs whose holes are known or may be gaps: template in both languages and its values."""
    for key in keys:
        vi, en = templates()[key]
        mine = {name: value for name, value in holes.items() if f"{{{name}}}" in vi + en}
        if all(value is not None or name in OPEN for name, value in mine.items()):
            yield {"id": key, "vi": vi, "en": en, "values": mine}


def _windows(facts: Facts) -> Iterator[dict[str, Any]]:
    """Each wave's dates and the warnings on them; while they are open the plan's note on the wave."""
    from ..texts import warnings

    plan = facts.plan
    known = {y: (w.field_start, w.field_end) for y, w in plan.waves.items() if w.field_start and w.field_end}
    for year in (facts.base, *facts.later):
        start, end = known.get(year, (None, None))
        note = plan.waves[year].note if year in plan.waves else None
        notes = warnings(year, known, plan.peak) if year in known else [note] if note is not None else []
        yield {
            "wave": str(year), "start": start.isoformat() if start else None, "end": end.isoformat() if end else None,
            "notes": [pair(label) for label in notes],
        }  # fmt: skip


def _module(section: Section) -> dict[str, Any]:
    asked = [q for _, q in section.questions() if q.type not in ("note", "calculate", "start", "end", "today", "deviceid")]
    return {"name": section.name, "label": pair(section.label), "questions": len(asked), "private": alone(section.only_if)}


def alone(condition: Condition | None) -> bool:
    """Whether a section is asked only when nobody else can hear."""
    if isinstance(condition, Both | Either):
        return any(alone(c) for c in condition.of)
    return isinstance(condition, Compare) and condition.name == "alone"


def budget(facts: Facts) -> dict[str, Any]:
    """Lines with quantity, price and amount; total only when every line has both."""
    lines, amounts = [], []
    for line in facts.survey.protocol.budget:
        quantity = _quantity(line, facts)
        amount = None if quantity is None or line.price is None else quantity * line.price
        amounts.append(amount)
        lines.append(
            {"label": pair(line.label), "unit": pair(line.unit), "quantity": quantity, "price": line.price, "amount": amount}
        )
    total = None if None in amounts or not amounts else sum(a for a in amounts if a is not None)
    return {"currency": facts.survey.costs.currency, "lines": lines, "total": total}


def _quantity(line: BudgetLine, facts: Facts) -> float | None:
    """A number, the name of one (psus, households, interviews, days, teams), or None while it is open.

    interviews: the main households, the most there can be (one form each, of itself or of its reserve).
    """
    size = facts.survey.waves[facts.base]
    about = facts.survey.protocol
    named = {
        "": None, "psus": size.psus, "households": size.psus * size.households, "interviews": size.psus * size.households,
        "days": about.fieldwork_days, "teams": about.teams,
    }  # fmt: skip
    if line.quantity in named:
        return named[line.quantity]
    try:
        return float(line.quantity)
    except ValueError:
        expected = " | ".join(filter(None, named))
        raise refuse("PLAN-001", "survey.yaml", expected=expected, got=line.quantity, field="protocol.budget.quantity") from None


def _decision(facts: Facts) -> dict[str, Any]:
    """The draft of the written agreement: what it chooses, and all four ways side by side."""
    target = facts.plan.target_ii3
    ways = [
        {
            "outcome": o.id, "label": pair(o.label), "reading": way, "reading_label": pair(reading(facts.plan, way)),
            "level": target.level, "unit": "percent" if way == "relative" else CHANGE[o.kind],
            "chosen": target.outcome == ("score" if o.kind == "mean" else "share") and way == target.reading,
        }
        for o in facts.survey.assumptions.outcomes for way in ("relative", "points")
    ]  # fmt: skip
    return {"signed": target.signed, "ways": ways}


def _assumptions(facts: Facts) -> dict[str, Any]:
    about = facts.survey.assumptions
    outcomes = [
        {
            "id": o.id, "label": pair(o.label), "baseline": o.baseline, "sd": o.sd, "icc": o.icc,
            "icc_low": o.icc_range[0], "icc_high": o.icc_range[1], "source": _said(o.source),
        }
        for o in about.outcomes
    ]  # fmt: skip
    groups = [
        {
            "domain": g.domain, "code": g.code, "label": pair(g.label), "share": 100 * g.share, "clusters": 100 * g.clusters,
            "source": _said(g.source),
        }
        for g in about.groups
    ]  # fmt: skip
    plain = {"response": 100 * about.response, "weighting": about.weighting, "correlation": about.correlation}
    return {**plain, "outcomes": outcomes, "groups": groups, "source": _said(about.source)}


def _said(text: str) -> dict[str, str]:
    """«tiếng Việt | English» as a pair; a text without the bar stands for both."""
    vi, bar, en = text.partition(" | ")
    return {"vi": vi, "en": en if bar else vi}


def _document(document: Document | Cited) -> dict[str, Any]:
    return {
        "id": document.id, "cite": pair(document.cite), "date": document.date, "source": document.source,
        "read_on": document.read_on, "note": pair(document.note) if document.note else None,
    }  # fmt: skip


def _gap(gap: Gap) -> dict[str, Any]:
    plain = {f.name: getattr(gap, f.name) for f in fields(gap)}
    return {**plain, "what": pair(gap.what), "who": pair(gap.who)}
