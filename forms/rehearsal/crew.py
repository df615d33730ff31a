"""One worker process of a rehearsal: the engine with its form, the respondents, and the work they are given in chunks.

Imports the records of this room; the engine is started when the first work arrives.
"""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from ..build import load
from ..codebook import codebook
from ..media import Household, read_hamlets
from ..question import Question, Questionnaire, Section
from .faults import Faults, spoil
from .fields import fields, flat
from .interview import Interview, Interviewer, Tally
from .model import read_form_model
from .people import People
from .respondent import Point, Respondent
from .respondents import Respondents
from .sweep import Base, Prober, Swept, sweep
from .values import looked_at

Subject = Household | int
"""Whom a record is about: a sampled household, or the number of any other record."""
_BACK = 5
"""How often somebody goes back in one interview before it is given up."""
_MORE = 120
"""Further people that a sweep may begin from."""
_HIDDEN = ("start", "end", "today", "deviceid")


@dataclass(frozen=True)
class Setting:
    """Where a rehearsal happens: everything a worker process needs to begin.

    frame: of a form about sampled households, None of any other.  points: commune -> latitude, longitude; rooms: commune ->
    how far its hamlets may lie from there, in degrees.  audited: interviews keep an audit log.
    """

    folder: Path
    work: Path
    frame: Path | None
    wave: int
    seed: int
    window: tuple[date, date]
    turned_on: tuple[str, ...] = ()
    points: tuple[tuple[str, float, float], ...] = ()
    rooms: tuple[tuple[str, float], ...] = ()
    audited: bool = False


class Crew:
    """The people of one process: a form in the engine, somebody who asks, and those who answer."""

    def __init__(self, setting: Setting) -> None:
        """Read the form; the engine starts with the first interview."""
        self.setting = setting
        self.form = load(setting.folder, setting.turned_on)
        self.points: Mapping[str, Point] = {code: (lat, lon) for code, lat, lon in setting.points}
        book, model = codebook(self.form), read_form_model(self.form.id)
        self._people = People(
            book, setting.wave, setting.seed, setting.window, form_model=model, points=self.points,
            rooms=dict(setting.rooms),
        )  # fmt: skip
        self._hamlets = {h.psu: h for h in read_hamlets(setting.frame)} if setting.frame else {}
        rows = _rows(self.form, setting.work, model.one_each, model.rows)
        self.rows = len(rows)
        computed = frozenset(q.name for _, q in self.form.questions() if q.sum_of)
        self._others = Respondents(book, model, setting.wave, setting.seed, setting.window, rows, computed)
        self.hidden: dict[str, str] = {q.type: "/".join((*p, q.name)) for p, q in self.form.questions() if q.type in _HIDDEN}
        self._questions = {q.name: q for _, q in self.form.questions()}

    @property
    def interviewer(self) -> Interviewer:
        """Who carries the form through the engine: one a process."""
        return _interviewer(self.setting)

    def key(self, subject: Subject) -> str:
        """What the respondent of a subject is called, without making one."""
        return subject.key if isinstance(subject, Household) else self._others.key(subject)

    def respondent(self, subject: Subject) -> Respondent:
        """Whoever answers for a subject."""
        if isinstance(subject, Household):
            return self._people.respondent(subject, self._hamlets[subject.psu])
        return self._others.respondent(subject)

    def _through(self, who: Respondent) -> Interview:
        """One interview; where an answer leaves no way on, the interviewer goes back and asks for another one."""
        found = self.interviewer.conduct(who)
        for number in range(1, _BACK + 1):
            if not found.dead:
                break
            names = looked_at(self._questions[found.dead])
            who = replace(
                who, answers={**who.answers, **{n: self._again(n, number, who.day) for n in names if n in self._questions}}
            )
            found = self.interviewer.conduct(who)
        return found

    def _again(self, name: str, number: int, day: date) -> list[str]:
        """Another answer to an earlier question."""
        q = self._questions[name]
        codes = [c.code for c in self.form.choices(q)]
        if codes:
            return [codes[number % len(codes)]]
        return [(day - timedelta(days=20 * number)).isoformat() if q.type == "date" else str(number)]

    def conduct(self, subject: Subject, faults: Faults, template: Subject | None) -> list[Interview]:
        """The interview of a subject, with the faults planted in it; a second one where it is to be a duplicate."""
        who = self.respondent(subject)
        kinds = faults.of(who)
        for kind in kinds:
            like = self.respondent(template) if template is not None and kind == "fabricator" else None
            who = spoil(who, kind, self.form, self.setting.window[0], self.points, like)
        done = [self._through(who)]
        if who.key in faults.copies:
            again = spoil(who, "duplicate", self.form, self.setting.window[0], self.points, None)
            done.append(self._through(again))
        if "old_version" in kinds:
            new, old = f'version="{self.form.version}', f'version="{faults.version}'
            done = [replace(i, xml=i.xml.replace(new, old, 1).replace(self.form.digest, faults.digest)) for i in done]
        return [replace(i, faults=faults.of(replace(who, name=i.key))) for i in done]


def _rows(form: Questionnaire, work: Path, one_each: str, wanted: Mapping[str, str]) -> tuple[Mapping[str, str], ...]:
    """The rows of the list file behind the question that every row answers once."""
    file = next((q.file for _, q in form.questions() if q.name == one_each and q.file), None)
    if file is None:
        return ()
    with (work / file).open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return tuple(row for row in rows if all(row.get(k) == v for k, v in wanted.items()))


@cache
def crew(setting: Setting) -> Crew:
    """This process's crew."""
    return Crew(setting)


@cache
def _interviewer(setting: Setting) -> Interviewer:
    from .engine import Engine

    here = crew(setting)
    engine = Engine(setting.work / f"{here.form.id}.xml", setting.work)
    engine.language("Tiếng Việt (vi)")
    questions = {q.name: q for _, q in here.form.questions()}
    aloud = {q.name: [c.label.vi for c in here.form.choices(q)] for q in questions.values() if q.read_out}
    nodes = _nodes(here.form.sections) if setting.audited else None
    return Interviewer(engine, questions, setting.seed, here.hidden, aloud, nodes)


def _nodes(items: Sequence[Section | Question], above: str = "") -> dict[str, str]:
    """Question -> its path, a {} for the row of each repeat."""
    found: dict[str, str] = {}
    for item in items:
        if isinstance(item, Section):
            found |= _nodes(item.items, f"{above}{item.name}{'[{}]' if item.repeat else ''}/")
        else:
            found[item.name] = above + item.name
    return found


def ready(setting: Setting) -> int:
    """Start this worker's engine; sleep so that every worker gets one of these."""
    _ = crew(setting).interviewer
    time.sleep(0.2)
    return os.getpid()


def chunk(
    setting: Setting, subjects: Sequence[Subject], faults: Faults, template: Subject | None
) -> tuple[list[Interview], Tally]:
    """The interviews of some subjects, and what was seen in them."""
    here = crew(setting)
    here.interviewer.tally = Tally()
    done = [interview for subject in subjects for interview in here.conduct(subject, faults, template)]
    return done, here.interviewer.tally


def walk_everywhere(setting: Setting, bases: Sequence[tuple[Subject, frozenset[str], Mapping[str, str]]]) -> Swept:
    """The systematic sweep, from some interviews: (subject, questions asked, answers).

    Where those do not lead everywhere, it begins again from as many more of other people as there may be.
    """
    here = crew(setting)
    prober = Prober(here.interviewer.engine, here.form, fields(here.form), here.hidden)
    found = [Base(here.respondent(subject), asked, answers) for subject, asked, answers in bases]
    swept = sweep(prober, found)
    if not bases or prober.left() == 0:
        return swept
    other, tree = crew(replace(setting, seed=setting.seed + 1_000_003)), fields(here.form)
    more = []
    for number in range(_MORE):
        subject = bases[number % len(bases)][0]
        who = other.respondent(number if isinstance(subject, int) else subject)
        interview = here.interviewer.conduct(who)
        if not interview.dead:
            more.append(Base(who, frozenset(interview.asked), flat(interview.xml, tree)))
    return sweep(prober, more)
