"""From files to tidied waves: what a province hands in, read and checked together, before any weight or score.

Imports the forms door, readers, sampling, weighting.targets (margins.csv) and tidy.  Computes nothing; writes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import yaml

from forms import (
    Codebook,
    Place,
    Plan,
    Submission,
    Variable,
    codebook,
    load_former,
    load_places,
    load_plan,
    load_questionnaire,
    province_folder,
    questionnaire_folder,
    read_locks,
    refuse,
)
from forms.ledger import is_round
from forms.question import Label
from forms.survey import SurveyPlan, load_survey

from .cleaning.taken import Taken, cleaning_note, take
from .findings import Finding
from .privacy.consent import honour
from .privacy.consent import notices as unagreed
from .readers import read_submissions
from .sampling import releases as released
from .sampling.frame import STAMP, Frame, frame_bytes, link_bytes, read_frame
from .sampling.places import check_places
from .sampling.releases import Release
from .sampling.sample import Drawn, read_sample, sample_bytes, waves_of
from .sampling.strata import as_drawn
from .shapes import grouped
from .tidied import Tidy, why_of
from .tidy import Setting, tidy
from .weighting.targets import Targets, read_targets, targets_bytes

Progress = Callable[[str, int, int], None]
Window = tuple[date, date]


@dataclass(frozen=True)
class Given:
    """What the command was given: year -> submissions, sample.csv, and what else lies elsewhere than beside it.

    None: frame.csv, psu_links.csv, waves.yaml (then plan.yaml), margins.csv, releases.csv beside sample.csv; the last two only
    if they are there.  questionnaire: its folder, None the shipped one.
    """

    waves: Mapping[int, Path]
    sample: Path
    province: str = "51"
    frame: Path | None = None
    links: Path | None = None
    windows: Mapping[int, Window] | Path | None = None
    questionnaire: Path | None = None
    margins: Path | None = None
    releases: Path | None = None

    def beside(self, named: Path | None, name: str) -> Path | None:
        """The file named, else the one beside sample.csv if there is one.  DATA-001 comes from whoever reads it."""
        there = self.sample.parent / name
        return named or (there if there.exists() else None)


@dataclass(frozen=True, eq=False)
class Intake:
    """The waves tidied, with all that was read around them.

    windows: wave -> first and last day.  communes: PSU id (common) -> commune.  inputs: canonical bytes of everything used, in
    a fixed order.  targets: margins.csv, None without.  notices: findings about releases.csv and of rounds.
    logs: raw, decisions and clean of each wave that comes from a round -> SHA-256.  cleaning: what was done to them, in words.
    areas: which commune is in which place-like group (shapes.grouped).
    parts: what each of `inputs` is: sample, frame, links, margins, releases, answers_<wave>.  stands: a wave whose numbers are
    sealed, so that its calibration groups stand.
    """

    plan: Plan
    survey: SurveyPlan
    book: Codebook
    places: tuple[Place, ...]
    waves: tuple[Tidy, ...]
    windows: Mapping[int, Window]
    communes: Mapping[str, str]
    practice: bool
    inputs: tuple[bytes, ...]
    targets: Targets | None
    notices: tuple[Finding, ...]
    logs: Mapping[str, str] = field(default_factory=dict)
    cleaning: Label | None = None
    parts: tuple[str, ...] = ()
    stands: int | None = None
    areas: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def intake(given: Given, say: Callable[[int, int], None]) -> Intake:
    """Read and tidy everything.  say: called with (wave, turn) before each wave is read.

    BdgError DATA-*, PLAN-*: what is missing, wrong or does not fit together.
    """
    if not given.waves:
        raise refuse("DATA-020", "--wave", expected="≥ 1", got=0, wave="-", where="--wave")
    home = province_folder(given.province)
    plan, places, survey = load_plan(home), load_places(home), load_survey(home)
    folder = given.questionnaire or questionnaire_folder()
    book = codebook(load_questionnaire(folder))
    drawn, units = _drawn(given, places)
    units = as_drawn(units, drawn, places, survey.selection.stratify)
    if strange := sorted(set(given.waves) - set(waves_of(drawn))):
        known = ", ".join(map(str, waves_of(drawn)))
        raise refuse("DATA-020", "--wave", expected=known, got=strange[0], wave=strange[0], where=given.sample.name)
    margins = given.beside(given.margins, "margins.csv")
    targets = read_targets(margins) if margins else None
    if targets and not _practice(drawn) and any(r.source == STAMP for r in targets.rows):
        raise refuse("DATA-029", "margins.csv", expected="practice", got=f"real; margins.csv: {STAMP}", wave=drawn[0].wave)
    chain = given.beside(given.releases, "releases.csv")
    lines = released.read(chain) if chain else ()
    spans = _windows(sorted(given.waves), given.windows, plan, given.sample)
    inputs: list[bytes] = [sample_bytes(drawn), frame_bytes(units), link_bytes(units)]
    inputs += [targets_bytes(targets)] if targets else []
    inputs += [released.released_bytes(lines)] if lines else []
    parts = ["sample", "frame", "links", *(["margins"] if targets else []), *(["releases"] if lines else [])]
    locks = {lock.wave: lock.digest for lock in read_locks(folder)}
    done: list[Tidy] = []
    logs: dict[str, str] = {}
    rounds: dict[int, Taken] = {}
    notices = list(released.check(lines, drawn)) if lines else []
    for turn, (wave, path) in enumerate(sorted(given.waves.items())):
        say(wave, turn)
        if not path.exists():
            raise refuse("DATA-024", str(wave), got=path.name, wave=wave)
        some, found = _submissions(path, book, [locks[wave]] if wave in locks else [])
        notices += found.notices if found else ()
        rounds |= {wave: found} if found else {}
        agreed = honour(some, book)
        some, notices = agreed.submissions, [*notices, *unagreed(agreed, wave)]
        logs |= {f"{name}_{wave}": digest for name, digest in found.digests.items()} if found else {}
        made = tidy(some, book, _setting(wave, spans, plan, places, given.province, drawn, units, lines))
        done.append(_not_asked(made, found.differ) if found else made)
        inputs.append(_canonical(some))
        parts.append(f"answers_{wave}")
        notices += released.check_field(lines, drawn, released.returned([s for s in some if s.review != "rejected"], book))
    _nobody(done, book)
    here = {h.psu: h.commune for h in units.hamlets}
    return Intake(
        plan, survey, book, tuple(places), tuple(done), spans, here, _practice(drawn), tuple(inputs), targets,
        tuple(dict.fromkeys(notices)), logs, cleaning_note(rounds), tuple(parts), areas=grouped(units.hamlets, places),
    )  # fmt: skip


def _submissions(path: Path, book: Codebook, digests: Sequence[str]) -> tuple[Sequence[Submission], Taken | None]:
    """Of a round: what its ledger and decisions give.  Of a file: what it holds."""
    if not is_round(path):
        return read_submissions(path, book, digests), None
    found = take(path, book, digests)
    return found.submissions, found


def _not_asked(t: Tidy, differ: Mapping[str, frozenset[str]]) -> Tidy:
    """A question that somebody was asked in other words was not asked as it stands now: not asked, never missing."""
    people = t.people.copy()
    for q in sorted(frozenset().union(*(differ[i] for i in t.instances if i in differ))):
        if (why := f"{q}__why") in people:
            gone = people[why].eq("missing") & pd.Series([q in differ.get(i, ()) for i in t.instances], index=people.index)
            people[why] = people[why].mask(gone, "not_asked")
    return replace(t, people=people)


def _drawn(given: Given, places: Sequence[Place]) -> tuple[tuple[Drawn, ...], Frame]:
    home, beside = province_folder(given.province), given.sample.parent
    names = {p.code: p.name for p in places}
    former = load_former(home)
    drawn = read_sample(given.sample)
    links = given.beside(given.links, "psu_links.csv")
    units = read_frame(given.frame or beside / "frame.csv", links, communes=names, former=former)
    check_places(drawn, units, names, former, given.sample.name)
    if not _practice(drawn) and any(h.source == STAMP for h in units.hamlets):
        raise refuse("DATA-029", given.sample.name, expected="practice", got=f"real; frame.csv: {STAMP}", wave=drawn[0].wave)
    return drawn, units


def _practice(drawn: Sequence[Drawn]) -> bool:
    return any(d.round_kind == "practice" for d in drawn)


def _windows(waves: Sequence[int], given: Mapping[int, Window] | Path | None, plan: Plan, sample: Path) -> dict[int, Window]:
    """Fieldwork of every wave to be analysed; DATA-015 when one is not known (decision 9)."""
    if isinstance(given, Path) and not given.exists():
        raise refuse("DATA-026", given.name, got="không có tệp / no such file")
    told = _waves_file(given) if isinstance(given, Path) else given or {}
    beside = _waves_file(sample.parent / "waves.yaml")
    found: dict[int, Window] = {}
    for wave in waves:
        known = plan.waves.get(wave)
        window = told.get(wave) or beside.get(wave)
        if window is None and known and known.field_start and known.field_end:
            window = (known.field_start, known.field_end)
        if window is None or window[0] > window[1]:
            place = f"plan.yaml / waves.yaml: {wave}"
            got = " > ".join(d.isoformat() for d in window) if window else ""
            raise refuse("DATA-015", place, expected="field_start ≤ field_end", got=got, wave=wave)
        found[wave] = window
    return found


def _waves_file(path: Path) -> dict[int, Window]:
    if not path.exists():
        return {}
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        spans = {int(w): (v.get("field_start"), v.get("field_end")) for w, v in raw["waves"].items()}
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError, ValueError) as fault:
        raise refuse("DATA-026", path.name, got=type(fault).__name__) from None
    for wave, days in spans.items():
        if strange := [d for d in days if d is not None and (not isinstance(d, date) or isinstance(d, datetime))]:
            raise refuse("DATA-026", f"{path.name}: {wave}", expected="YYYY-MM-DD", got=strange[0])
    return {w: (a, b) for w, (a, b) in spans.items() if a and b}


def _setting(
    wave: int, spans: Mapping[int, Window], plan: Plan, places: Sequence[Place], province: str, drawn: tuple[Drawn, ...],
    units: Frame, lines: Sequence[Release],
) -> Setting:  # fmt: skip
    return Setting(
        wave=wave, window=spans[wave], frame=units, sample=drawn,
        salt=hashlib.sha256(sample_bytes(drawn)).hexdigest(), bands=plan.bands,
        communes={p.code: p.name for p in places}, former=load_former(province_folder(province)),
        former_province={p.code: p.former_province for p in places},
        khu_vuc={p.code: p.khu_vuc for p in places}, dtts={p.code: p.dtts for p in places},
        days={w: first for w, (first, _) in spans.items()}, replaces=released.replaced(lines),
    )  # fmt: skip


def _canonical(given: Sequence[Submission]) -> bytes:
    """The answers that were used, whatever file they came in."""
    kept = [[s.instance_id, s.answers, s.repeats] for s in given if s.review != "rejected"]
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, default=dict).encode()


def _nobody(done: Sequence[Tidy], book: Codebook) -> None:
    """A scored item that was asked in a wave but answered by nobody, unless it is declared changed there (DATA-019)."""
    for t in done:
        silent = [v.name for v in book.variables if v.scale and t.wave not in v.changed and _silent(t, v)]
        if silent:
            raise refuse("DATA-019", str(t.wave), expected="≥ 1", got=0, items=", ".join(silent), wave=t.wave)


def _silent(t: Tidy, v: Variable) -> bool:
    kinds = set(why_of(v, t.answers, len(t.days)).tolist())
    return bool(kinds - {"not_asked"}) and not kinds & {"answered", "dont_know"}
