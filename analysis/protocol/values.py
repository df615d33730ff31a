"""The values of the holes in the protocol's words, each from the plan, the survey plan, the places or the questionnaire.

Imports the forms records and analysis' publication rules.  A value is a number, a text, a pair of labels, or None: not known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from forms import Place
from forms.condition import Both, Compare
from forms.plan import Document, Plan
from forms.question import Label, Questionnaire
from forms.survey import Cited, SurveyPlan

from .. import publish
from .sampled import Sampled, expected
from .words import pair

Value = int | float | str | Mapping[str, str] | None
PERSONAL_DATA = ("luat_bvdlcn", "nd_356")
SCALE = "0 - 100"
STRATUM = Label("tầng", "stratum")
OWN_STRATA = Label("cột «tầng» của khung mẫu", "the frame's own column of strata")
UNITS = {
    ("relative", "score"): Label("%", "%"), ("relative", "share"): Label("%", "%"),
    ("points", "score"): Label(" điểm", " points"), ("points", "share"): Label(" điểm phần trăm", " percentage points"),
}  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """All that the protocol is written from."""

    plan: Plan
    survey: SurveyPlan
    places: tuple[Place, ...]
    form: Questionnaire
    sampled: Sampled

    @property
    def documents(self) -> tuple[Document | Cited, ...]:
        """What the plan cites, then what only the protocol does."""
        return (*self.plan.documents, *self.survey.protocol.documents)

    @property
    def base(self) -> int:
        """The wave that the protocol is about: the first."""
        return min(self.survey.waves)

    @property
    def later(self) -> tuple[int, ...]:
        """The waves that follow."""
        return tuple(sorted(y for y in self.survey.waves if y != self.base))


def values(facts: Facts) -> dict[str, Value]:
    """Hole -> value, for all words at once."""
    return {**_plan(facts), **_sample(facts), **_form(facts), **_rules(facts), **_decision(facts)}


def reading(plan: Plan, way: str) -> Label:
    """How the plan's switch A1 words a reading of the target; the code itself when the plan has no such switch."""
    found = (s.choices[way] for s in plan.switches if s.id == "A1" and way in s.choices)
    return next(found, Label(way, way))


def _plan(facts: Facts) -> dict[str, Value]:
    plan = facts.plan
    target = next((t for t in plan.targets if t.id == "II.3"), None)
    kinds = Counter(p.type for p in facts.places)
    cited = {d.id: d.cite for d in facts.documents}
    laws = [cited[name] for name in PERSONAL_DATA if name in cited]
    start, end = (f"{day[3:]}/{day[:2]}" for day in plan.peak)
    issuer = str(plan.issuers.get("department", {}).get("name", ""))
    return {
        "province": pair(plan.name),
        "plan": pair(plan.title),
        "target": pair(target.wording) if target else None,
        "population": pair(_lower(target.population)) if target else None,
        "communes": len(facts.places),
        "kinds": ", ".join(f"{n} {kind}" for kind, n in kinds.most_common()),
        "wave": str(facts.base),
        "later": ", ".join(map(str, facts.later)) or None,
        "laws": pair(_joined(laws, " và ", " and ")) if laws else None,
        "from": start,
        "to": end,
        "agency": issuer or None,
        "age": min((b.low for b in plan.bands), default=None),
    }


def _sample(facts: Facts) -> dict[str, Value]:
    size, chosen, about = facts.survey.waves[facts.base], facts.survey.selection, facts.survey.protocol
    main = size.psus * size.households
    strata = [column(facts.plan, name) for name in chosen.stratify]
    return {
        "psus": size.psus,
        "per": size.households,
        "spare": size.reserves or None,
        "households": main,
        "interviews": expected(facts.survey, main),
        "response": _percent(facts.survey.assumptions.response),
        "strata": pair(_joined(strata, ", ", ", ")) if strata else pair(OWN_STRATA),
        "least": chosen.least,
        "alpha": chosen.alpha,
        "minimum": ", ".join(f"{name}: {n}" for name, n in chosen.minimum.items()) or None,
        "visits": chosen.visits,
        "most": _percent(chosen.most),
        "seed": facts.sampled.seed,
        "days": about.fieldwork_days,
        "appraisal": about.appraisal or None,
        "organiser": about.organiser or None,
        "teams": about.teams,
    }


def _form(facts: Facts) -> dict[str, Value]:
    form = facts.form
    asked = {q.name: q.label for _, q in form.questions()}
    scored = Counter(q.score.scale for _, q in form.questions() if q.score)
    private = next((s.label for s in form.sections if isinstance(s.only_if, Both) and _alone(s.only_if)), None)
    return {
        "title": pair(form.title),
        "consent": pair(asked["consent_text"]) if "consent_text" in asked else None,
        "question": pair(asked["consent_sensitive"]) if "consent_sensitive" in asked else None,
        "private": pair(private) if private else None,
        "scale": SCALE,
        "k": scored["K"] or None,
        "a": scored["A"] or None,
        "v": scored["V"] or None,
        "draft": len(form.draft) or None,
    }


def _alone(condition: Both) -> bool:
    return any(isinstance(c, Compare) and c.name == "alone" for c in condition.of)


def _rules(facts: Facts) -> dict[str, Value]:
    weighing = facts.survey.weighing
    margins = [_joined([column(facts.plan, c) for c in crossed], " × ", " × ") for crossed in weighing.margins]
    return {
        "classes": pair(_joined([column(facts.plan, c) for c in weighing.classes], ", ", ", ")) if weighing.classes else None,
        "covariates": pair(_joined([column(facts.plan, c) for c in weighing.covariates], ", ", ", ")),
        "margins": pair(_joined(margins, "; ", "; ")) if margins else None,
        "merge": weighing.least,
        "trim": weighing.trim,
        "confidence": _percent(facts.survey.assumptions.confidence),
        "hide": publish.HIDE_BELOW,
        "bracket": publish.BRACKET_BELOW,
        "count": publish.COUNT_BELOW,
    }


def _decision(facts: Facts) -> dict[str, Value]:
    target = facts.plan.target_ii3
    kind = "score" if target.outcome == "score" else "share"
    wanted = "mean" if kind == "score" else "share"
    outcome = next((o.label for o in facts.survey.assumptions.outcomes if o.kind == wanted), None)
    due = next((t.values for t in facts.plan.targets if t.id == "II.3"), {})
    high = due[max(due)].high if due else None
    return {
        "outcome": pair(_lower(outcome)) if outcome else None,
        "reading": pair(_lower(reading(facts.plan, target.reading))),
        "whom": next((pair(_lower(s.choices[s.choice])) for s in facts.plan.switches if s.id == "A3"), None),
        "threshold": target.threshold,
        "level": target.level,
        "high": high,
        "unit": pair(UNITS[target.reading, kind]),
        "decided_by": target.decided_by or None,
        "document": target.document or None,
        "date": target.date or None,
    }


def column(plan: Plan, name: str) -> Label:
    """The label of a column of the microdata or the frame: a domain of the plan, `stratum`, or either in one year's classes."""
    stem, _, year = name.rpartition("_")
    if stem and year.isdigit():
        base = column(plan, stem)
        return Label(f"{base.vi} theo phân loại năm {year}", f"{base.en} by the {year} classification")
    if name == "stratum":
        return STRATUM
    return next((_lower(d.label) for d in plan.domains if d.id == name), Label(name, name))


def _joined(labels: list[Label], vi: str, en: str) -> Label:
    return Label(vi.join(label.vi for label in labels), en.join(label.en for label in labels))


def _lower(label: Label) -> Label:
    """Both labels as they stand inside a sentence."""
    return Label(*(text[:1].lower() + text[1:] if not text[1:2].isupper() else text for text in (label.vi, label.en)))


def _percent(share: float) -> float:
    return round(100 * share, 6)
