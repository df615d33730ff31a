"""A rehearsal: every record of a wave filled in through the engine, and what that showed about the form.

Reads sample.csv and frame.csv; never draws.  Same seed, same bytes, on any number of processes.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from ..build import Built, build
from ..errors import BdgError, problem, refuse
from ..folder import whole
from ..load import load_questionnaire
from ..media import Household, read_households
from ..question import HIDDEN, Questionnaire
from .crew import Crew, Setting, Subject, chunk, ready, walk_everywhere
from .exports import Received, write_all
from .faults import COPY, Faults, Planted, plan, planted_bytes
from .fields import fields, flat
from .interview import Interview, Tally
from .latent import STAMP
from .model import check_model, read_form_model
from .paths import Paths, Walked, paths_bytes, report
from .stage import list_files, places_of, rooms_of, truths

__all__ = ["STAMP", "Rehearsed", "rehearse"]
CHUNK = 40
_BASES = 240
"""Interviews that the sweep may start from; the first of each kind of path are among the first few hundred."""


@dataclass(frozen=True)
class Rehearsed:
    """What a rehearsal found.

    hits: (question, how often, the message the engine showed).
    rate: full interviews a second, serialising included, over the second half of the run (the Java runtime is warm by then);
    rate_whole: the same from the first interview on, warming up included.
    """

    wave: int
    interviews: int
    full: int
    never_reached: tuple[str, ...]
    never_offered: tuple[tuple[str, str], ...]
    hits: tuple[tuple[str, int, str], ...]
    invalid: tuple[tuple[str, int], ...]
    questions_median: float
    questions_max: int
    minutes_median: float
    minutes_max: float
    rate: float
    rate_whole: float
    paths: Paths
    planted: int = 0

    def lines(self) -> list[str]:
        """The findings, a line each, for the person who ordered the rehearsal."""
        none = "không có / none"
        dead = ", ".join(self.never_reached) or none
        unoffered = ", ".join(f"{q}={c}" for q, c in self.never_offered) or none
        hits = ", ".join(f"{name} {n}" for name, n, _ in self.hits) or none
        invalid = ", ".join(f"{name} {n}" for name, n in self.invalid) or none
        speed = f"{self.rate:.0f} phiếu đầy đủ một giây sau khởi động / full interviews a second after start-up"
        found = [
            f"phỏng vấn / interviews: {self.interviews}, đến cuối / to the end: {self.full}",
            f"câu không bao giờ được hỏi / questions never reached: {dead}",
            f"lựa chọn không bao giờ được đưa ra / choices never offered: {unoffered}",
            f"điều kiện hợp lệ đã chặn / constraints hit: {hits}",
            f"không qua bước hoàn tất / refused at finalising: {invalid}",
            f"số câu một phiếu / questions shown: {self.questions_median:g} (nhiều nhất / most {self.questions_max})",
            f"thời gian ước tính / estimated minutes: {self.minutes_median:g} (dài nhất / longest {self.minutes_max:g})",
            f"đi tới mọi câu, mọi lựa chọn / systematic walks: {self.paths.walks}",
            *self.paths.lines(),
        ]
        if self.planted:
            found.append(f"lỗi cài sẵn / planted faults: {self.planted} phiếu, xem / see planted.json")
        return [*found, f"tốc độ / speed: {speed} (cả lần chạy / whole run: {self.rate_whole:.0f})"]


def rehearse(
    folder: Path, sample: Path | None, frame: Path | None, wave: int, window: tuple[date, date], seed: int, out: Path,
    *, province: str = "51", processes: int | None = None, progress: Callable[[int, int], None] | None = None,
    built: Built | None = None, turned_on: Sequence[str] = (), number: int | None = None, faulty: bool = False,
    audited: bool | None = None,
) -> Rehearsed:  # fmt: skip
    """Fill in the wave's records and write the submissions and the reports.

    sample, frame: of a form about sampled households, whose main households are interviewed; None of any other form, of which
    `number` records are made (None: one a row of its list of units, or 200).
    out: receives form/, xml/, odata/, submissions.csv.zip, kobo.xlsx, rehearsal.json, paths.json, truth.json and, with faulty,
    planted.json; or nothing at all.  built: the form of `folder` where the caller has built it already.
    audited: interviews keep the audit log of Collect, if the form asks for one; None: when faults are planted.
    window: first and last day of fieldwork.  FORM-101: a form about households without a sample; FORM-102: a sample for another
    form; FORM-031: a question at which nobody at all could go on.  Nothing is half-written.
    """
    built = built or build(folder, turned_on)
    form, model = built.form, read_form_model(built.form.id)
    check_model(model, load_questionnaire(folder, tuple(form.options)), form.id)
    subjects = _subjects(form, sample, wave)
    points = places_of(province)
    with whole(out) as work:
        _prepare(built, subjects, frame, province, work / "form")
        spots = tuple((code, *p) for code, p in sorted(points.items())) if _geopoint(form) else ()
        rooms = tuple(sorted(rooms_of(province).items())) if spots else ()
        logs = (faulty if audited is None else audited) and any(q.type == "audit" for _, q in form.questions())
        setting = Setting(
            folder.resolve(), work / "form", frame and frame.resolve(), wave, seed, window, tuple(turned_on), spots, rooms, logs
        )
        team = Crew(setting)
        subjects = subjects or tuple(range(number or team.rows or 200))
        faults = _faults(team, subjects, seed) if faulty else Faults()
        interviews, tally, times, paths = _conduct(setting, team, subjects, faults, processes or os.cpu_count() or 1, progress)
        kept = [i for i in interviews if not i.dead]
        if not kept:
            places = {q.name: q.place for _, q in form.questions()}
            raise BdgError([problem("FORM-031", places[name], got=n, name=name) for name, n in sorted(tally.stuck.items())])
        write_all(form, fields(form), [_received(i) for i in kept], work)
        planted = _planted(interviews)
        found = replace(_report(form, wave, interviews, tally, times, paths), planted=len(planted))
        files = {"rehearsal.json": report_bytes(found), "paths.json": paths_bytes(paths)}
        files["truth.json"] = truths(form, model, wave, seed, frame, window[0])
        if faulty:
            files["planted.json"] = planted_bytes(planted, faults, STAMP)
        for name, content in files.items():
            (work / name).write_bytes(content)
    return found


def _subjects(form: Questionnaire, sample: Path | None, wave: int) -> tuple[Subject, ...]:
    """The wave's households; () of a form that is not about households."""
    about = any(q.file == "households.csv" for _, q in form.questions())
    if about and sample is None:
        raise refuse("FORM-101", "--sample", expected="sample.csv", got="-", form=form.id)
    if sample is not None and not about:
        raise refuse("FORM-102", "--sample", expected="--number", got=sample.name, form=form.id)
    return tuple(replace(h, round_kind="practice") for h in read_households(sample, wave)) if sample else ()


def _geopoint(form: Questionnaire) -> bool:
    return any(q.type == "geopoint" for _, q in form.questions())


def _prepare(built: Built, subjects: Sequence[Subject], frame: Path | None, province: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    households = [s for s in subjects if isinstance(s, Household)]
    for name, content in list_files(built, households, frame, province).items():
        (folder / name).write_bytes(content)
    (folder / f"{built.form.id}.xml").write_text(built.xform.xml, encoding="utf-8")
    (folder / f"{built.form.id}.xlsx").write_bytes(built.xlsx)


def _faults(team: Crew, subjects: Sequence[Subject], seed: int) -> Faults:
    people = [team.respondent(s) for s in subjects]
    keys = [(who.key, who.answers.get("interviewer", ("",))[-1] if who.household else "") for who in people]
    return plan(team.form, seed, keys, team.points)


def _received(i: Interview) -> Received:
    found = re.search(r'<data\b[^>]*?\sversion="([^"]*)"', i.xml)
    return Received(i.instance_id, i.xml, i.received_at, found.group(1) if found else "", i.log)


def _planted(interviews: Sequence[Interview]) -> list[Planted]:
    ids = {i.key: i.instance_id for i in interviews}
    return [
        Planted(fault, i.instance_id, i.key, i.interviewer, ids.get(i.key.removesuffix(COPY), "") if fault == "duplicate" else "")
        for i in interviews for fault in i.faults if not i.dead
    ]  # fmt: skip


def _conduct(
    setting: Setting, team: Crew, subjects: Sequence[Subject], faults: Faults, processes: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[list[Interview], Tally, list[float], Paths]:  # fmt: skip
    chunks = [tuple(subjects[i : i + CHUNK]) for i in range(0, len(subjects), CHUNK)]
    template = _template(team, subjects, faults)
    found: list[Interview] = []
    tally, times = Tally(), [0.0]
    workers = min(processes, len(chunks))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(ready, [setting] * workers))
        begun = time.perf_counter()
        for interviews, seen in pool.map(chunk, *zip(*((setting, c, faults, template) for c in chunks), strict=True)):
            found.extend(interviews)
            times.extend([time.perf_counter() - begun] * len(interviews))
            merge(tally, seen)
            if progress:
                progress(len(found), len(subjects))
        kept = [i for i in found if not i.dead]
        swept = pool.submit(walk_everywhere, setting, _bases(team, subjects, kept)).result()
    tree, model = fields(team.form), read_form_model(team.form.id)
    walked = [Walked(flat(i.xml, tree), len(i.asked), i.seconds / 60) for i in kept]
    paths = report(team.form, model, walked, tally.reached, tally.chosen, swept, tally.stuck, tally.passed)
    return found, tally, times, paths


def _template(team: Crew, subjects: Sequence[Subject], faults: Faults) -> Subject | None:
    """The household whose answers a fabricator copies: the first of their own."""
    forger = next((code for code, kind in faults.interviewers.items() if kind == "fabricator"), "")
    return next((s for s in subjects if forger and team.respondent(s).answers.get("interviewer", ("",))[-1] == forger), None)


def _bases(
    team: Crew, subjects: Sequence[Subject], interviews: Sequence[Interview]
) -> list[tuple[Subject, frozenset[str], Mapping[str, str]]]:
    """Interviews for the sweep to start from: the first ones, and whoever met a question that those before did not."""
    tree = fields(team.form)
    by_key = {team.key(s): s for s in subjects}
    met: set[str] = set()
    found: list[tuple[Subject, frozenset[str], Mapping[str, str]]] = []
    for i in interviews:
        if i.key in by_key and not i.faults and (len(found) < _BASES or not set(i.asked) <= met):
            met |= set(i.asked)
            found.append((by_key[i.key], frozenset(i.asked), flat(i.xml, tree)))
    return found


def merge(into: Tally, seen: Tally) -> None:
    """Add what another process saw."""
    into.reached.update(seen.reached)
    into.hits.update(seen.hits)
    into.invalid.update(seen.invalid)
    into.messages.update(seen.messages)
    into.shown.extend(seen.shown)
    into.minutes.extend(seen.minutes)
    into.stuck.update(seen.stuck)
    into.passed.update(seen.passed)
    for kind, other in ((into.offered, seen.offered), (into.chosen, seen.chosen)):
        for name, codes in other.items():
            kind.setdefault(name, set()).update(codes)


def _report(
    form: Questionnaire, wave: int, interviews: Sequence[Interview], tally: Tally, times: Sequence[float], paths: Paths
) -> Rehearsed:
    visible = [q for _, q in form.questions() if q.type not in HIDDEN]
    full = sum(_is_full(form, i) for i in interviews)
    return Rehearsed(
        wave, len(interviews), full,
        tuple(q.name for q in visible if q.name not in tally.reached),
        tuple(_not_offered(form, tally)),
        tuple((name, n, tally.messages[name]) for name, n in sorted(tally.hits.items())), tuple(sorted(tally.invalid.items())),
        median(tally.shown), max(tally.shown), round(median(tally.minutes), 1), round(max(tally.minutes), 1),
        _rate(form, interviews, times, len(interviews) // 2), _rate(form, interviews, times, 0), paths,
    )  # fmt: skip


def _rate(form: Questionnaire, interviews: Sequence[Interview], times: Sequence[float], first: int) -> float:
    """Full interviews a second from interview `first` on. times[i]: seconds at which the first i interviews were done.

    A run of a few chunks has no second half to measure: the whole run then.
    """
    first = first if len(interviews) >= 10 * CHUNK else 0
    elapsed = times[-1] - times[first]
    return sum(_is_full(form, i) for i in interviews[first:]) / elapsed if elapsed > 0 else 0.0


def _is_full(form: Questionnaire, interview: Interview) -> bool:
    """True when the interview went on to the last conditional section of the form (M11, the close), if it has one."""
    last = [s for s in form.sections if s.only_if][-1:] or [form.sections[-1]]
    names = {q.name for _, q in last[0].questions()}
    return not interview.dead and any(name in names for name in interview.asked)


def _not_offered(form: Questionnaire, tally: Tally) -> Iterator[tuple[str, str]]:
    for _, question in form.questions():
        if question.list and question.name in tally.offered:
            for choice in form.lists[question.list].choices:
                if choice.code not in tally.offered[question.name]:
                    yield question.name, choice.code


def report_bytes(found: Rehearsed) -> bytes:
    """rehearsal.json: everything but the speed, which depends on the machine, and the paths, which have a file."""
    left = {k: v for k, v in vars(found).items() if not k.startswith("rate") and k not in ("paths", "planted")}
    return (json.dumps(left | {"stamp": STAMP}, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
