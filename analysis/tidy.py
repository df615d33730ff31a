"""Submissions -> people: one row a person who agreed, every kind of no-answer kept apart, nobody identifiable.

Imports the forms door (codebook, conditions, plan), frame, sample, masks, numpy and pandas.  Knows no source format and
computes no score.  Private variables, free text, device and times of day never enter.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from forms.codebook import Codebook
from forms.errors import Problem, problem, refuse
from forms.plan import AgeBand
from forms.submission import Submission

from .csvtable import shown, stop
from .issued import Heard, households
from .masks import Texts, numbers
from .sampling.frame import Frame, commune_fault, link
from .sampling.lineage import BASE_CLASSES, Zones, classes
from .sampling.sample import Drawn, hamlets_of
from .tidied import FRESH, KEPT, OVERLAP, Counts, Tidy, why_of

_POOR = {"poor": "poor", "near_poor": "poor", "not": "not"}
# Hidden fields and keys: they carry the row to its place in the sample and have columns of their own, or none.
_KEYS = frozenset({
    "wave", "psu", "ssu", "commune", "household", "select_u", "p_select", "n_eligible", "questionnaire_digest", "round_kind",
    "interview_date", "sex", "age", "n_first", "pick", "result", "consent",
})  # fmt: skip
_NEEDED = frozenset(
    {"wave", "round_kind", "psu", "ssu", "commune", "interview_date", "consent", "result", "n_eligible", "sex", "age"}
)
_SEXES = ("male", "female")
_SALT = "bdg/person/1"


@dataclass(frozen=True)
class Setting:
    """What is known around a wave.  window: first and last day of fieldwork; others: the windows of the other waves.

    former_province: commune -> province before the merger; communes: code -> name; former: pre-merger code -> codes;
    khu_vuc, dtts: commune -> official value where the frame has none.  replaces: released reserve -> first main household.
    days: a day of each wave's fieldwork, where it is known; which classification a hamlet has in that wave.
    """

    wave: int
    window: tuple[date, date]
    frame: Frame
    sample: tuple[Drawn, ...]
    salt: str
    bands: tuple[AgeBand, ...]
    communes: Mapping[str, str]
    former: Mapping[str, Sequence[str]] = field(default_factory=dict)
    former_province: Mapping[str, str] = field(default_factory=dict)
    khu_vuc: Mapping[str, str] = field(default_factory=dict)
    dtts: Mapping[str, str] = field(default_factory=dict)
    days: Mapping[int, date] = field(default_factory=dict)
    replaces: Mapping[tuple[int, str, str], tuple[int, str, str]] = field(default_factory=dict)


def tidy(submissions: Sequence[Submission], book: Codebook, setting: Setting) -> Tidy:
    """The people of one wave.

    BdgError: DATA-014 another wave's submissions or dates outside the window; DATA-004/-005 a commune code not in the list;
    DATA-016 not in sample.csv; DATA-006 a hamlet not in the frame; DATA-021 two interviews in a household; DATA-018 nobody;
    DATA-029 practice and real data together.
    """
    drawn = {d.key: d for d in setting.sample if d.wave == setting.wave}
    if not drawn:
        waves = ", ".join(str(w) for w in sorted({d.wave for d in setting.sample}))
        raise refuse("DATA-020", "--wave", expected=waves, got=setting.wave, wave=setting.wave, where="sample.csv")
    kept = [s for s in submissions if s.review != "rejected"]
    cells = _Cells(book)
    _check_wave(kept, cells, setting)
    _check_kind(kept, cells, setting)
    _check_places(kept, cells, setting, drawn)
    final = _last_words(kept, cells, setting)
    people = sorted(
        (s for s in final.values() if cells.get(s, "result") == "completed" and cells.get(s, "consent") == "yes"),
        key=lambda s: _person(setting, *cells.place(s)),
    )
    if not people:
        raise refuse("DATA-018", str(setting.wave), expected="result = completed, consent = yes", got=0, wave=setting.wave)
    counts = _counts(submissions, kept, final, people, cells, setting)
    answers = {v.name: _texts([s.answers[v.path] for s in people]) for v in book.variables if not v.repeat}
    common = link(setting.frame, [(setting.wave, psu) for _, psu, _ in drawn])
    hamlets = hamlets_of(setting.sample, setting.wave)
    sampled = tuple(sorted((setting.wave, d.stratum, common[setting.wave, psu]) for psu, d in hamlets.items()))
    rows = _base(people, cells, setting, drawn, common) | _derived(answers, people, cells, setting)
    rows |= _questions(book, answers, len(people))
    days = np.array([date.fromisoformat(cells.get(s, "interview_date") or "") for s in people], dtype=object)
    issued = households(setting, common, _heard(final, people, cells, setting))
    return Tidy(setting.wave, pd.DataFrame(rows), answers, days, counts, sampled, tuple(s.instance_id for s in people), issued)


class _Cells:
    """Answers by variable name; the path comes from the codebook, never from here."""

    def __init__(self, book: Codebook) -> None:
        self._path = {v.name: v.path for v in book.variables if not v.repeat}
        lost = sorted(_NEEDED - set(self._path))
        if lost:
            raise refuse("DATA-023", book.form_id, got=shown(lost), name=lost[0])

    def get(self, submission: Submission, name: str) -> str | None:
        """The answer, None when empty."""
        return submission.answers[self._path[name]]

    def place(self, submission: Submission) -> tuple[str, str]:
        """(psu, ssu)."""
        return self.get(submission, "psu") or "", self.get(submission, "ssu") or ""


def _check_wave(kept: Sequence[Submission], cells: _Cells, setting: Setting) -> None:
    """Every submission says the wave it is given as, and lies inside its window."""
    place, first, last = str(setting.wave), *setting.window
    other = sorted({str(s.wave or "?") for s in kept if s.wave != setting.wave})
    if other:
        count = sum(s.wave != setting.wave for s in kept)
        raise refuse("DATA-014", place, expected=setting.wave, got=shown(other), count=count, wave=setting.wave)
    days = [_day(cells.get(s, "interview_date")) for s in kept]
    outside = [s for s, d in zip(kept, days, strict=True) if d is None or not first <= d <= last]
    if outside:
        window = f"{first.isoformat()} … {last.isoformat()}"
        got = shown(sorted({cells.get(s, "interview_date") or "?" for s in outside}))
        raise refuse("DATA-014", place, expected=window, got=got, count=len(outside), wave=setting.wave)


def _check_kind(kept: Sequence[Submission], cells: _Cells, setting: Setting) -> None:
    """Every submission is of the same kind of round, practice or real, as the sample."""
    kind = setting.sample[0].round_kind
    other = Counter(found or "?" for s in kept if (found := cells.get(s, "round_kind")) != kind)
    if other:
        got = ", ".join(f"{k}: {n} phiếu / submissions" for k, n in sorted(other.items()))
        raise refuse("DATA-029", str(setting.wave), expected=kind, got=got, wave=setting.wave)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _check_places(
    kept: Sequence[Submission], cells: _Cells, setting: Setting, drawn: Mapping[tuple[int, str, str], Drawn]
) -> None:
    codes = Counter(cells.get(s, "commune") or "" for s in kept)
    here = {h.in_year("commune", setting.wave) for h in setting.frame.hamlets}
    problems: list[Problem] = []
    for code, n in sorted(codes.items()):
        if code not in here:
            fault = commune_fault(code, setting.communes, setting.former, f"{setting.wave}, {n} phiếu / submissions")
            problems.append(fault or problem("DATA-004", str(setting.wave), expected="frame.csv", got=code, code=code))
    stop(problems)
    known = {psu for _, psu, _ in drawn}
    lost = sorted({psu for s in kept if (psu := cells.place(s)[0]) not in known and psu not in setting.frame.by_psu()})
    if lost:
        raise refuse("DATA-006", str(setting.wave), got=shown(lost), count=len(lost))
    ends = {psu: day for psu, day in setting.frame.retired().items() if day.year <= setting.wave}
    for psu in sorted({cells.place(s)[0] for s in kept} & set(ends) - known):
        day, new = ends[psu].isoformat(), setting.frame.became(psu)
        problems.append(problem("DATA-032", str(setting.wave), expected=new, got=psu, psu=psu, date=day, new=new))
    stop(problems)
    bad = []
    for s in kept:
        found = drawn.get((setting.wave, *cells.place(s)))
        if found is None or found.commune != cells.get(s, "commune"):
            bad.append(" / ".join(cells.place(s)))
    if bad:
        raise refuse("DATA-016", str(setting.wave), got=shown(sorted(bad)), count=len(bad))


def _last_words(kept: Sequence[Submission], cells: _Cells, setting: Setting) -> dict[tuple[str, str], Submission]:
    """One submission a household: the completed one, else the last by (date, id); two completed ones are refused."""
    final: dict[tuple[str, str], Submission] = {}
    twice: set[str] = set()
    order = sorted(kept, key=lambda s: (cells.get(s, "interview_date") or "", s.instance_id))
    for s in order:
        place = cells.place(s)
        done = place in final and cells.get(final[place], "result") == "completed"
        if done and cells.get(s, "result") == "completed":
            twice.add(" / ".join(place))
        if not done:
            final[place] = s
    if twice:
        raise refuse("DATA-021", str(setting.wave), got=shown(sorted(twice)), count=len(twice), wave=setting.wave)
    return final


def _heard(
    final: Mapping[tuple[str, str], Submission], people: Sequence[Submission], cells: _Cells, setting: Setting
) -> dict[tuple[str, str], Heard]:
    """The last word on every household of which a form came, with the pseudonym of whom it led to."""
    named = {cells.place(s): _person(setting, *cells.place(s)) for s in people}
    return {
        place: Heard(
            cells.get(s, "result"), cells.get(s, "n_eligible"), cells.get(s, "sex"), cells.get(s, "age"), named.get(place)
        )
        for place, s in final.items()
    }


def _counts(
    given: Sequence[Submission], kept: Sequence[Submission], final: Mapping[tuple[str, str], Submission],
    people: Sequence[Submission], cells: _Cells, setting: Setting,
) -> Counts:  # fmt: skip
    rows = {(d.psu, d.ssu): d for d in setting.sample if d.wave == setting.wave}
    main = [place for place, d in rows.items() if d.status == "main"]
    refused = sum(cells.get(s, "consent") == "no" for s in final.values())
    contacts = Counter(cells.get(s, "result") or "unknown" for s in final.values())
    silent = sum(place not in final for place in main)
    if silent:
        contacts["no_form"] = silent
    used = sum(rows[place].status == "reserve" for place in final)
    return Counts(
        drawn=len(rows), main=len(main), reserve=len(rows) - len(main), submissions=len(given), rejected=len(given) - len(kept),
        interviewed=len(people), no_consent=refused, not_interviewed=len(main) + used - len(people) - refused,
        reserve_used=used, contacts=dict(sorted(contacts.items())),
    )  # fmt: skip


def _person(setting: Setting, psu: str, ssu: str) -> str:
    return pseudonym(setting.salt, setting.wave, psu, ssu)


def pseudonym(salt: str, wave: int, psu: str, ssu: str) -> str:
    """A salted hash of the household's place in the sample; the same in every run on the same sample."""
    return hashlib.sha256(f"{_SALT}|{salt}|{wave}|{psu}|{ssu}".encode()).hexdigest()[:16]


def _base(
    people: Sequence[Submission], cells: _Cells, setting: Setting, drawn: Mapping[tuple[int, str, str], Drawn],
    common: Mapping[tuple[int, str], str],
) -> dict[str, Any]:  # fmt: skip
    found = [drawn[(setting.wave, *cells.place(s))] for s in people]
    eligible = [_whole(cells.get(s, "n_eligible")) for s in people]
    later = setting.wave > min(d.wave for d in setting.sample)
    _sound(setting, "n_eligible", "≥ 1", [n < 1 for n in eligible])
    _sound(setting, "age", "≥ 0", [not (cells.get(s, "age") or "").isdigit() for s in people])
    _sound(setting, "sex", " | ".join(_SEXES), [cells.get(s, "sex") not in _SEXES for s in people])
    return {
        "wave": np.full(len(people), setting.wave),
        "person": [_person(setting, *cells.place(s)) for s in people],
        "stratum": [d.stratum for d in found],
        "psu": [common[setting.wave, d.psu] for d in found],
        "ssu": [d.ssu for d in found],
        OVERLAP: [KEPT if d.overlap_of is not None else FRESH if later else None for d in found],
        "p_psu": [d.p_psu for d in found],
        "p_household": [d.p_household for d in found],
        "n_eligible": eligible,
    }


def _sound(setting: Setting, name: str, expected: str, wrong: Sequence[bool]) -> None:
    """What the form computes for everybody must be there: a person without it would silently leave weights or groups."""
    if count := sum(wrong):
        raise refuse("DATA-022", str(setting.wave), expected=expected, got=count, question=name, count=count)


def _whole(text: str | None) -> int:
    return int(text) if text and text.lstrip("-").isdigit() else 0


def _derived(answers: Mapping[str, Texts], people: Sequence[Submission], cells: _Cells, setting: Setting) -> dict[str, Any]:
    """Domains: from the roster, the frame, the places and two questions of the background module.

    area, khu_vuc, dtts by the classification of the sample's first wave; <class>_<year> by that of each wave.
    """
    zones = Zones(setting.khu_vuc, setting.dtts)
    by = classes(setting.frame, setting.sample, setting.wave, setting.days, zones)
    homes = [by[cells.place(s)[0]] for s in people]
    by_year = [name for name in next(iter(by.values())) if name not in ("commune", *BASE_CLASSES)]
    age = numbers(answers["age"])
    ethnicity, poor = answers.get("ethnicity"), answers.get("poor")
    nobody: Texts = np.full(len(people), None, dtype=object)
    return {
        "sex": answers["sex"],
        "age": age,
        "agegroup": [_band(a, setting.bands) for a in age],
        "area": [h["area"] for h in homes],
        "ethnic2": [_ethnic(e) for e in (ethnicity if ethnicity is not None else nobody)],
        "poor2": [_POOR.get(p) if p else None for p in (poor if poor is not None else nobody)],
        "khu_vuc": [h["khu_vuc"] for h in homes],
        "dtts": [h["dtts"] for h in homes],
        "former_province": [setting.former_province.get(h["commune"] or "") or None for h in homes],
    } | {name: _texts([h[name] for h in homes]) for name in by_year}


def _ethnic(code: str | None) -> str | None:
    return None if code in (None, "ref", "dk") else "kinh" if code == "kinh" else "minority"


def _band(age: float, bands: Sequence[AgeBand]) -> str | None:
    return next((b.code for b in bands if b.low <= age and (b.high is None or age <= b.high)), None)


def _questions(book: Codebook, answers: Mapping[str, Texts], rows: int) -> dict[str, Any]:
    """Each question as typed value and q__why.  A question not asked is not missing."""
    found: dict[str, Any] = {}
    for v in book.variables:
        if v.private or v.repeat or v.name in _KEYS or v.type in ("text", "date"):
            continue
        why = why_of(v, answers, rows)
        pairs = zip(answers[v.name], why, strict=True)
        values: Texts = np.array([t if w == "answered" else None for t, w in pairs], dtype=object)
        found[v.name] = numbers(values) if v.type == "integer" else values
        found[f"{v.name}__why"] = why
    return found


def _texts(values: Sequence[str | None]) -> Texts:
    out = np.empty(len(values), dtype=object)
    out[:] = list(values)
    return out
