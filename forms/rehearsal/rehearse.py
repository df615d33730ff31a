"""A rehearsal: every sampled household of a wave interviewed through the engine, and what that showed about the form.

Reads sample.csv and frame.csv; never draws.  Same seed, same bytes, on any number of processes.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from ..build import Built, build, load
from ..codebook import codebook
from ..folder import whole
from ..load import province_folder
from ..media import Household, lists, read_hamlets, read_households
from ..province import load_places
from ..question import Questionnaire
from .exports import Received, write_all
from .fields import fields
from .interview import Interview, Interviewer, Tally
from .people import People

STAMP = "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"
CHUNK = 40


@dataclass(frozen=True)
class Setting:
    """Where a rehearsal happens: everything a worker process needs to begin."""

    folder: Path
    work: Path
    frame: Path
    wave: int
    seed: int
    window: tuple[date, date]


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

    def lines(self) -> list[str]:
        """The findings, a line each, for the person who ordered the rehearsal."""
        none = "không có / none"
        dead = ", ".join(self.never_reached) or none
        unoffered = ", ".join(f"{q}={c}" for q, c in self.never_offered) or none
        hits = ", ".join(f"{name} {n}" for name, n, _ in self.hits) or none
        invalid = ", ".join(f"{name} {n}" for name, n in self.invalid) or none
        speed = f"{self.rate:.0f} phiếu đầy đủ một giây sau khởi động / full interviews a second after start-up"
        return [
            f"phỏng vấn / interviews: {self.interviews}, đến cuối / to the end: {self.full}",
            f"câu không bao giờ được hỏi / questions never reached: {dead}",
            f"lựa chọn không bao giờ được đưa ra / choices never offered: {unoffered}",
            f"điều kiện hợp lệ đã chặn / constraints hit: {hits}",
            f"không qua bước hoàn tất / refused at finalising: {invalid}",
            f"số câu một phiếu / questions shown: {self.questions_median:g} (nhiều nhất / most {self.questions_max})",
            f"thời gian ước tính / estimated minutes: {self.minutes_median:g} (dài nhất / longest {self.minutes_max:g})",
            f"tốc độ / speed: {speed} (cả lần chạy / whole run: {self.rate_whole:.0f})",
        ]


def rehearse(
    folder: Path, sample: Path, frame: Path, wave: int, window: tuple[date, date], seed: int, out: Path,
    *, province: str = "51", processes: int | None = None, progress: Callable[[int, int], None] | None = None,
    built: Built | None = None,
) -> Rehearsed:  # fmt: skip
    """Interview the wave's main households and write the submissions and the report.

    out: receives form/, xml/, odata/, submissions.csv.zip, kobo.xlsx and rehearsal.json, or nothing at all.
    built: the form of `folder` where the caller has built it already.
    window: first and last day of fieldwork.  Errors: BdgError (form, sample); nothing half-written.
    """
    households = tuple(replace(h, round_kind="practice") for h in read_households(sample, wave))
    built = built or build(folder)
    with whole(out) as work:
        _prepare(built, households, frame, province, work / "form")
        setting = Setting(folder.resolve(), work / "form", frame.resolve(), wave, seed, window)
        interviews, tally, times = _conduct(setting, households, processes or os.cpu_count() or 1, progress)
        received = [Received(i.instance_id, i.xml, i.received_at) for i in interviews]
        write_all(built.form, fields(built.form), received, work)
        found = _report(built.form, wave, interviews, tally, times)
        (work / "rehearsal.json").write_bytes(report_bytes(found))
    return found


def _prepare(built: Built, households: Sequence[Household], frame: Path, province: str, folder: Path) -> None:
    communes = {p.code: p.name for p in load_places(province_folder(province))}
    folder.mkdir(parents=True)
    for name, content in lists(households, read_hamlets(frame), communes).items():
        (folder / name).write_bytes(content)
    (folder / f"{built.form.id}.xml").write_text(built.xform.xml, encoding="utf-8")
    (folder / f"{built.form.id}.xlsx").write_bytes(built.xlsx)


def _conduct(
    setting: Setting, households: Sequence[Household], processes: int, progress: Callable[[int, int], None] | None
) -> tuple[list[Interview], Tally, list[float]]:
    chunks = [tuple(households[i : i + CHUNK]) for i in range(0, len(households), CHUNK)]
    found: list[Interview] = []
    tally, times = Tally(), [0.0]
    workers = min(processes, len(chunks))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(_ready, [setting] * workers))
        begun = time.perf_counter()
        for interviews, seen in pool.map(_chunk, [setting] * len(chunks), chunks):
            found.extend(interviews)
            times.extend([time.perf_counter() - begun] * len(interviews))
            merge(tally, seen)
            if progress:
                progress(len(found), len(households))
        return found, tally, times


def _ready(setting: Setting) -> int:
    """Start this worker's engine; sleep so that every worker gets one of these."""
    _interviewer(setting)
    time.sleep(0.2)
    return os.getpid()


@cache
def _interviewer(setting: Setting) -> tuple[Interviewer, People, dict[str, Any]]:
    from .engine import Engine

    form = load(setting.folder)
    engine = Engine(setting.work / f"{form.id}.xml", setting.work)
    engine.language("Tiếng Việt (vi)")
    hidden: dict[str, str] = {
        q.type: "/".join((*p, q.name)) for p, q in form.questions() if q.type in ("start", "end", "today", "deviceid")
    }
    questions = {q.name: q for _, q in form.questions()}
    people = People(codebook(form), setting.wave, setting.seed, setting.window)
    hamlets = {h.psu: h for h in read_hamlets(setting.frame)}
    return Interviewer(engine, questions, setting.seed, hidden), people, hamlets


def _chunk(setting: Setting, households: Sequence[Household]) -> tuple[list[Interview], Tally]:
    interviewer, people, hamlets = _interviewer(setting)
    interviewer.tally = Tally()
    done = [interviewer.conduct(people.respondent(h, hamlets[h.psu])) for h in households]
    return done, interviewer.tally


def merge(into: Tally, seen: Tally) -> None:
    """Add what another process saw."""
    into.reached.update(seen.reached)
    into.hits.update(seen.hits)
    into.invalid.update(seen.invalid)
    into.messages.update(seen.messages)
    into.shown.extend(seen.shown)
    into.minutes.extend(seen.minutes)
    for name, codes in seen.offered.items():
        into.offered.setdefault(name, set()).update(codes)


def _report(form: Questionnaire, wave: int, interviews: Sequence[Interview], tally: Tally, times: Sequence[float]) -> Rehearsed:
    visible = [q for _, q in form.questions() if q.type not in ("calculate", "start", "end", "today", "deviceid")]
    full = sum(_is_full(form, i) for i in interviews)
    return Rehearsed(
        wave, len(interviews), full,
        tuple(q.name for q in visible if q.name not in tally.reached),
        tuple(_not_offered(form, tally)),
        tuple((name, n, tally.messages[name]) for name, n in sorted(tally.hits.items())), tuple(sorted(tally.invalid.items())),
        median(tally.shown), max(tally.shown), round(median(tally.minutes), 1), round(max(tally.minutes), 1),
        _rate(form, interviews, times, len(interviews) // 2), _rate(form, interviews, times, 0),
    )  # fmt: skip


def _rate(form: Questionnaire, interviews: Sequence[Interview], times: Sequence[float], first: int) -> float:
    """Full interviews a second from interview `first` on. times[i]: seconds at which the first i interviews were done."""
    elapsed = times[-1] - times[first]
    return sum(_is_full(form, i) for i in interviews[first:]) / elapsed if elapsed > 0 else 0.0


def _is_full(form: Questionnaire, interview: Interview) -> bool:
    """True when the interview went on to the last conditional section of the form (M11, the close)."""
    last = [s for s in form.sections if s.only_if][-1]
    names = {q.name for _, q in last.questions()}
    return any(name in names for name in interview.asked)


def _not_offered(form: Questionnaire, tally: Tally) -> Iterator[tuple[str, str]]:
    for _, question in form.questions():
        if question.list and question.name in tally.offered:
            for choice in form.lists[question.list].choices:
                if choice.code not in tally.offered[question.name]:
                    yield question.name, choice.code


def report_bytes(found: Rehearsed) -> bytes:
    """rehearsal.json: everything but the speed, which depends on the machine."""
    document = {k: v for k, v in vars(found).items() if not k.startswith("rate")} | {"stamp": STAMP}
    return (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
