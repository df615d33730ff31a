"""A round as its supervisors may look at it: visits in their places, with times, versions and edits; nobody's free text.

Imports the forms doors (ledger, survey), cleaning (replay), readers, sampling and weighting.targets.  Reads; judges nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from forms import Codebook, Place, Plan, Submission, load_places, load_plan, province_folder
from forms.ledger import Published, Round, open_ledger, read_published, read_round
from forms.survey import SurveyPlan, load_survey

from ..cleaning.decisions import Decision, read_decisions
from ..cleaning.replay import replay
from ..cleaning.sealed import opened
from ..readers.rounds import form_of
from ..sampling import releases as released
from ..sampling.frame import Frame, read_frame
from ..sampling.releases import Release
from ..sampling.sample import Drawn, read_sample
from ..weighting.targets import Targets, read_targets
from .backs import Back, read_backs
from .first import first_answers

if TYPE_CHECKING:
    from ..readers.stored import Held

_AUDIT = "audit.csv"


@dataclass(frozen=True)
class Visit:
    """One submission of the round: the newest version of one visit to one household.

    enumerator: the team's or enumerator's code ('' when the form has none).  started, ended: the device's clock, None when it
    is missing or unreadable; minutes: between them, None when either is missing or the end lies before the start.
    apart: made with another questionnaire than the one in use.  edits: changes after sending.  answers: by question name.
    """

    instance_id: str
    root_id: str
    psu: str
    ssu: str
    commune: str
    enumerator: str
    day: date | None
    started: datetime | None
    ended: datetime | None
    minutes: float | None
    received_at: datetime | None
    result: str
    consent: str
    form_version: str
    digest: str
    edits: int
    review: str | None
    apart: bool
    answers: Mapping[str, str | None]

    @property
    def completed(self) -> bool:
        """An interview with a person who agreed."""
        return self.result == "completed" and self.consent == "yes"


@dataclass(frozen=True)
class Field:
    """Everything the daily checks may look at.

    visits: by instance id, rejected ones included.  audits: instance id -> Collect's audit.csv, as bytes.
    first: root id -> answers as first sent, of every submission of which there are several versions.
    backs: the back-checks that came in.  published: versions of the form that this round has put on its server, oldest first.
    turned_on: all switches of the form are on in `book`, so that no column is overlooked.  day: the day looked at (checks.as_of).
    margins: margins.csv beside the sample, None where nobody gave one.  log: the round's decisions: visits hold corrected values,
    dropped ones stand as rejected.  pulled: (ended, rows there, rows here, state) of the last pull, None when there was none.
    """

    round: Round
    book: Codebook
    plan: Plan
    survey: SurveyPlan
    places: tuple[Place, ...]
    sample: tuple[Drawn, ...]
    frame: Frame | None
    releases: tuple[Release, ...]
    visits: tuple[Visit, ...]
    submissions: tuple[Submission, ...]
    held: Held
    audits: Mapping[str, bytes] = field(default_factory=dict)
    first: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    backs: tuple[Back, ...] = ()
    published: tuple[Published, ...] = ()
    day: date | None = None
    margins: Targets | None = None
    log: tuple[Decision, ...] = ()
    pulled: tuple[str, int, int, str] | None = None


def read_field(home: Path) -> Field:
    """A round's folder as the daily checks see it.  BdgError DATA-*: what cannot be read."""
    from ..readers.stored import read_ledger

    of = read_round(home)
    book = form_of(of)
    province = province_folder(of.province)
    places = tuple(load_places(province))
    drawn = tuple(d for d in read_sample(of.sample) if d.wave == of.wave) if of.sample.exists() else ()
    with open_ledger(of) as ledger:
        held = read_ledger(ledger, book)
        audits = {i: a.body for i, a in ledger.attachments([s.instance_id for s in held.submissions], [_AUDIT])}
        first = first_answers(ledger, book)
        pulls = [
            (p.ended, p.server_count or 0, p.local_count or 0, p.state) for p in ledger.pulls() if p.kind != "file" and p.ended
        ]
    log = opened(read_decisions(of.decisions), of)
    beside, margins = of.sample.with_name("releases.csv"), of.sample.with_name("margins.csv")
    return Field(
        round=of, book=book, plan=load_plan(province), survey=load_survey(province), places=places, sample=drawn,
        frame=_frame(of, places), releases=tuple(r for r in released.read(beside) if r.wave == of.wave),
        visits=tuple(visit(s, book, held) for s in _decided(held, log, book)), submissions=held.submissions, held=held,
        audits=audits, log=log, pulled=pulls[-1] if pulls else None,
        first=first, backs=read_backs(of), published=read_published(of),
        margins=read_targets(margins) if margins.exists() else None,
    )  # fmt: skip


def _decided(held: Held, log: Sequence[Decision], book: Codebook) -> list[Submission]:
    """The submissions as people decided: corrected values in place, dropped ones as if a supervisor had rejected them."""
    clean = replay(held.submissions, log, book)
    gone = [replace(s, review="rejected") for s in held.submissions if s.instance_id in clean.dropped]
    return sorted((*clean.submissions, *gone), key=lambda s: s.instance_id)


def _frame(of: Round, places: tuple[Place, ...]) -> Frame | None:
    path, links = of.sample.with_name("frame.csv"), of.sample.with_name("psu_links.csv")
    if not path.exists():
        return None
    return read_frame(path, links if links.exists() else None, communes={p.code: p.name for p in places})


def visit(s: Submission, book: Codebook, held: Held) -> Visit:
    """One submission as a visit."""
    answers = {v.name: s.answers.get(v.path) for v in book.variables if not v.repeat}
    started, ended = _time(answers.get("start")), _time(answers.get("end"))
    line = held.stored.get(s.instance_id)
    return Visit(
        instance_id=s.instance_id, root_id=s.root_id, psu=answers.get("psu") or "", ssu=answers.get("ssu") or "",
        commune=answers.get("commune") or "", enumerator=answers.get("interviewer") or "",
        day=_day(answers.get("interview_date")),
        started=started, ended=ended, minutes=_minutes(started, ended), received_at=_utc(_time(s.received_at)),
        result=answers.get("result") or "", consent=answers.get("consent") or "", form_version=s.form_version,
        digest=s.questionnaire_digest, edits=(line.standing.edits or 0) if line else 0, review=s.review,
        apart=s.instance_id in held.apart, answers=answers,
    )  # fmt: skip


def _minutes(started: datetime | None, ended: datetime | None) -> float | None:
    if started is None or ended is None or (started.tzinfo is None) != (ended.tzinfo is None) or ended < started:
        return None
    return (ended - started).total_seconds() / 60


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _utc(at: datetime | None) -> datetime | None:
    """A server's time: both servers write UTC, KoBo without saying so."""
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
