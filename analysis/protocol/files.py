"""`bdg analysis sample protocol`: a province's files in, the protocol's results.json and results.csv out.

Imports the forms door, make and, late, known and the study of power.  Writes both files or none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from forms import load_former, load_places, load_plan, load_questionnaire, province_folder, questionnaire_folder
from forms.errors import refuse
from forms.folder import whole
from forms.plan import Plan, TargetValue
from forms.survey import SurveyPlan, load_survey

from ..results import Results
from .make import protocol
from .sampled import Sampled

Progress = Callable[[str], None]


def made(province: str, *, frame: Path | None = None, record: Path | None = None, progress: Progress | None = None) -> Results:
    """The results of a province's protocol.  frame, record: the sample by stratum; the record wins, the frame says what it fills.

    BdgError PLAN-001, PLAN-002 of the province's files, PLAN-006 a plan without the target or its last wave, DATA-… of the
    frame or the record, STAT-080 and on of the study.
    """
    from ..power.command import strata_of
    from ..power.study import study
    from .known import from_frame, from_record

    tell = progress or (lambda _: None)
    folder = province_folder(province)
    plan, survey, places = load_plan(folder), load_survey(folder), load_places(folder)
    tell("khung, mẫu / frame, sample")
    listed = from_frame(frame, plan, survey, places, load_former(folder)) if frame is not None else Sampled()
    sampled = listed
    if record is not None:
        drawn = from_record(record, survey)
        sampled = replace(drawn, filled=listed.filled, digests={**listed.digests, **drawn.digests})
    tell("mẫu chứng minh được gì / power")
    told = study(survey, target(plan, survey), strata=len(sampled.strata) or strata_of(places))
    return protocol(plan, survey, places, load_questionnaire(questionnaire_folder()), told, sampled=sampled)


def target(plan: Plan, survey: SurveyPlan) -> TargetValue:
    """What target II.3 asks in the survey's last wave.  BdgError PLAN-006 when the plan asks nothing then."""
    last = max(survey.waves)
    values = next((t.values for t in plan.targets if t.id == "II.3"), {})
    if last not in values:
        raise refuse("PLAN-006", "plan.yaml", expected=", ".join(map(str, values)), got=last, target="II.3", wave=last)
    return values[last]


def write(out: Path, results: Results) -> tuple[Path, ...]:
    """results.json and results.csv in a folder."""
    files = {"results.json": results.json_bytes(), "results.csv": results.csv_bytes()}
    with whole(out) as work:
        for name, body in files.items():
            (work / name).write_bytes(body)
    return tuple(out / name for name in files)
