"""The protocol's results: the study's rows of power, the counts of the sample, and the words of the document.

Imports the forms records, sampled, texts and results.  Computes nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Protocol

from forms import Place
from forms.plan import Plan
from forms.question import Questionnaire
from forms.survey import SurveyPlan

from ..results import Results, Row
from .sampled import Sampled, counts
from .texts import Facts, texts


class StudyLike(Protocol):
    """What a study of power hands over."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """Rows of kind power."""

    @property
    def texts(self) -> Mapping[str, Any]:
        """Paragraphs in both languages and what was assumed."""

    @property
    def curves(self) -> Any:
        """What the figures draw: a record, or None."""


def protocol(
    plan: Plan,
    survey: SurveyPlan,
    places: Sequence[Place],
    form: Questionnaire,
    study: StudyLike,
    *,
    sampled: Sampled | None = None,
) -> Results:
    """results.json of the protocol: kind power (the study's rows, unchanged), kind count, texts["protocol"], texts["power"].

    The base wave is the first of survey.yaml.  sampled: the strata, from a frame or a draw; without it they are a gap.
    BdgError PLAN-001 for a budget quantity that is neither a number nor the name of one.
    """
    known = sampled or Sampled()
    told = texts(Facts(plan, survey, tuple(places), form, known)) | {"power": {**study.texts, "curves": plain(study.curves)}}
    digests = {"plan": plan.digest, "survey": survey.digest, "questionnaire": form.digest, **known.digests}
    return Results(known.practice, digests, (*study.rows, *counts(survey, known)), told)


def plain(record: Any) -> Any:
    """A record of numbers as JSON can hold it: records as mappings, mappings with keys that are no text as pairs."""
    if is_dataclass(record) and not isinstance(record, type):
        return {f.name: plain(getattr(record, f.name)) for f in fields(record)}
    if isinstance(record, Mapping):
        if all(isinstance(key, str) for key in record):
            return {key: plain(value) for key, value in record.items()}
        return [[plain(key), plain(value)] for key, value in record.items()]
    return [plain(part) for part in record] if isinstance(record, list | tuple) else record
