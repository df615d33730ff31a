"""Faults planted into a rehearsal on purpose, and the list of them that monitoring is checked against.

Which records get which fault follows from the seed and their keys alone.  Imports people and the records of this room.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Literal

from ..digests import questionnaire_digest
from ..question import Label, Question, Questionnaire, Section
from .respondent import Point, Respondent

Fault = Literal["fabricator", "straight_liner", "old_version", "next_commune", "duplicate", "slow_start"]
NOTICE: Mapping[Fault, Label] = {
    "fabricator": Label(
        "Điều tra viên bịa phiếu: quá nhanh, gần như cùng một bộ trả lời, ai cũng gặp, ai cũng đồng ý, câu trả lời ít khác nhau.",
        "Invented interviews: far too fast, nearly the same answers, everybody met and willing, little variance.",
    ),
    "straight_liner": Label(
        "Cùng một mức ở mọi câu ý kiến, cả câu xuôi lẫn câu ngược.",
        "The same answer to every attitude item, whichever way it is worded.",
    ),
    "old_version": Label(
        "Phiếu gửi bằng bản cũ của biểu mẫu: phiên bản và mã bảng hỏi không phải của bản đang dùng.",
        "Sent with an older build: version and questionnaire digest are not those in use.",
    ),
    "next_commune": Label(
        "Vị trí GPS nằm ở xã bên cạnh, không phải xã ghi trong phiếu.",
        "The GPS lies in the next commune, not in the one recorded.",
    ),
    "duplicate": Label(
        "Cùng một hộ, một đơn vị có hai phiếu hoàn thành.",
        "Two completed forms of one household or unit.",
    ),
    "slow_start": Label(
        "Điều tra viên khởi đầu chậm: phiếu những ngày đầu lâu hơn hẳn về sau và gửi trễ nhiều ngày.",
        "A slow start: interviews of the first days take much longer than later ones and are sent days late.",
    ),
}  # fmt: skip
_NO_INTERVIEWER = Label("Phiếu không có điều tra viên.", "No interviewer in this form.")
_FIRST_DAYS = 4
_LIKELY = 0.06


@dataclass(frozen=True)
class Planted:
    """One record with a fault. other: the record that it repeats, of a duplicate."""

    fault: str
    instance_id: str
    key: str
    interviewer: str
    other: str = ""


@dataclass(frozen=True)
class Faults:
    """Which records get which fault. absent: fault -> why it could not be planted in this form."""

    interviewers: Mapping[str, Fault] = field(default_factory=dict)
    keys: Mapping[str, Fault] = field(default_factory=dict)
    copies: frozenset[str] = frozenset()
    version: str = ""
    digest: str = ""
    absent: Mapping[Fault, Label] = field(default_factory=dict)

    def of(self, who: Respondent) -> tuple[Fault, ...]:
        """The faults of a record, its interviewer's first; a copy has no other fault."""
        if who.key.endswith(COPY):
            return ("duplicate",)
        code = who.answers.get("interviewer", ("",))[-1]
        found = (self.interviewers.get(code), self.keys.get(who.key))
        return tuple(fault for fault in found if fault)


COPY = "|copy"
"""What the key of a copy ends in."""


def plan(form: Questionnaire, seed: int, keys: Sequence[tuple[str, str]], points: Mapping[str, Point]) -> Faults:
    """Choose who gets which fault. keys: (key of a record, code of its interviewer or '') in order."""
    rng = Random(f"{seed}|faults|{form.id}")  # noqa: S311  planted, not secret
    names = {q.name for _, q in form.questions()}
    codes = sorted({code for _, code in keys if code}, key=lambda code: (len(code), code))
    absent: dict[Fault, Label] = {}
    interviewers: dict[str, Fault] = {}
    personal: tuple[Fault, ...] = ("fabricator", "straight_liner", "slow_start")
    if "interviewer" in names and len(codes) >= len(personal):
        interviewers = dict(zip(rng.sample(codes, len(personal)), personal, strict=True))
    elif "interviewer" in names:
        absent |= dict.fromkeys(personal, Label("Không đủ điều tra viên.", "Too few interviewers."))
    else:
        absent |= dict.fromkeys(
            ("fabricator", "slow_start"), Label("Phiếu không có điều tra viên.", "No interviewer in this form.")
        )
    free = [key for key, code in keys if code not in interviewers]
    rng.shuffle(free)
    number = max(1, round(_LIKELY * len(free)))
    kinds: list[Fault] = ["old_version", "duplicate"]
    if "interviewer" not in names and any(q.score and not q.score.key for _, q in form.questions()):
        kinds.append("straight_liner")
    elif "interviewer" not in names:
        absent["straight_liner"] = Label("Phiếu không có câu ý kiến.", "No attitude items in this form.")
    if any(q.type == "geopoint" for _, q in form.questions()) and points:
        kinds.append("next_commune")
    else:
        absent["next_commune"] = Label("Biểu mẫu không ghi vị trí (--with gps).", "The form records no place (--with gps).")
    chosen = {key: kind for i, kind in enumerate(kinds) for key in free[i * number : (i + 1) * number]}
    copies = frozenset(key for key, kind in chosen.items() if kind == "duplicate")
    rest = {key: kind for key, kind in chosen.items() if kind != "duplicate"}
    return Faults(interviewers, rest, copies, *earlier(form), absent)


def earlier(form: Questionnaire) -> tuple[str, str]:
    """Version and digest of an earlier build of the form: the same questions with one wording not yet mended."""
    number = form.version[:-2] + f"{int(form.version[-2:]) - 1:02d}" if form.version[-2:].isdigit() else f"{form.version}-0"
    return number, questionnaire_digest(replace(form, sections=(*form.sections[:-1], _unmended(form.sections[-1]))))


def _unmended(section: Section) -> Section:
    last = section.items[-1]
    if isinstance(last, Question):
        return replace(section, items=(*section.items[:-1], replace(last, label=Label(f"{last.label.vi} (cũ)", last.label.en))))
    return replace(section, items=(*section.items[:-1], _unmended(last)))


def spoil(
    who: Respondent, fault: Fault, form: Questionnaire, first: date, points: Mapping[str, Point], template: Respondent | None
) -> Respondent:
    """The respondent as this fault would have it. template: of a fabricator, the interview that they copy from."""
    early = (who.day - first).days < _FIRST_DAYS
    match fault:
        case "straight_liner":
            level = "4" if hashlib.sha256(who.key.encode()).digest()[0] % 4 else "3"
            same = {q.name: [level] for _, q in form.questions() if q.score and not q.score.key}
            found = replace(who, answers={**who.answers, **same})
        case "fabricator":
            found = _invented(who, template or who, form)
        case "slow_start":
            found = replace(who, pace=who.pace * 2.2, late=5) if early else who
        case "next_commune":
            commune = who.answers.get("commune", ("",))[-1]
            away = {q.name: [next_to(commune, points)] for _, q in form.questions() if q.type == "geopoint"}
            found = replace(who, answers={**who.answers, **away})
        case "duplicate":
            later = who.begins + timedelta(days=1, minutes=37)
            found = replace(who, begins=later, day=later.date(), name=who.key + COPY)
        case "old_version":
            found = who
    return found


def _invented(who: Respondent, template: Respondent, form: Questionnaire) -> Respondent:
    """Everything but the household is the template's; one answer in twenty differs; a quarter of the time it takes."""
    rng = Random(f"invented|{who.key}")  # noqa: S311
    own = {"commune", "psu", "household", "interviewer", "interviewer_sex", "gps", "hh_size", "n_eligible"}
    answers = {**who.answers, **{name: tries[-1:] for name, tries in template.answers.items() if name not in own}}
    willing = {"contact": "met", "available": "available", "guardian": "yes", "assent": "yes", "consent": "yes",
               "consent_sensitive": "yes", "alone": "yes", "visit": "1"}  # fmt: skip
    answers |= {name: [text] for name, text in willing.items() if name in answers}
    for _, q in form.questions():
        codes = [c.code for c in form.choices(q) if c.why is None]
        if q.score and codes and rng.random() < 0.05:
            answers[q.name] = [rng.choice(codes)]
    evening = datetime(who.day.year, who.day.month, who.day.day, 20, rng.randint(0, 59), rng.randint(0, 59))  # noqa: DTZ001  local time
    return replace(who, answers=answers, begins=evening, pace=0.25)


def next_to(commune: str, points: Mapping[str, Point]) -> str:
    """A geopoint in the middle of the commune that lies nearest; '' when the commune is not known."""
    here = points.get(commune)
    if here is None:
        return ""
    others = sorted((((p[0] - here[0]) ** 2 + (p[1] - here[1]) ** 2, code) for code, p in points.items() if code != commune))
    lat, lon = points[others[0][1]]
    return f"{lat:.5f} {lon:.5f} 0 6"


def planted_bytes(planted: Sequence[Planted], faults: Faults, stamp: str) -> bytes:
    """planted.json: what is wrong on purpose, and what somebody who watches the fieldwork ought to notice."""
    rows = [
        {"fault": p.fault, "instance_id": p.instance_id, "key": p.key, "interviewer": p.interviewer, "other": p.other}
        for p in planted
    ]
    notice = {fault: {"vi": label.vi, "en": label.en} for fault, label in NOTICE.items() if fault not in faults.absent}
    absent = {fault: {"vi": label.vi, "en": label.en} for fault, label in sorted(faults.absent.items())}
    document = {
        "stamp": stamp, "notice": notice, "absent": absent, "interviewers": dict(sorted(faults.interviewers.items())),
        "old_version": {"version": faults.version, "digest": faults.digest}, "planted": rows,
    }  # fmt: skip
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
