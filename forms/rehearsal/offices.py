"""What synthetic offices report: answers to an office form that keep its rules, from a seed and the unit's id alone.

Imports the records of a form, codebook and condition.  No office is behind any answer: what a unit reports does not depend on
its name.  A part of a form has figures, none or «no figures yet»; totals are sums; days lie where the form wants them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from ..codebook import Codebook, Variable
from ..condition import holds
from ..question import Question, Questionnaire

_STATES = ("have", "none", "nodata")
_FIRST_YEAR = 2026
_SAID = "Đã triển khai theo kế hoạch của đơn vị (đoạn viết giả lập)."
_MANY = {
    "com_meeting": 3,
    "com_community": 4,
    "com_radio": 6,
    "med_leaflets": 400,
    "med_minutes": 90,
    "minutes_tv": 600,
    "items_web": 60,
}
_PEOPLE = {"staff_women": 60, "staff_men": 80, "com_women": 240, "com_men": 190, "am_women": 90, "am_men": 70}
_CODES: Mapping[str, Mapping[str, float]] = {
    "am_plan": {"own": 0.5, "merged": 0.35, "drafting": 0.08, "none": 0.07},
    "plan_state": {"own": 0.6, "merged": 0.2, "drafting": 0.1, "none": 0.1},
    "kh114": {"yes": 0.3, "no": 0.6, "nodata": 0.1},
    "adopted": {"yes": 0.86, "drafting": 0.08, "no": 0.06},
    "adopted_kind": {"decision": 0.6, "regulation": 0.35, "other": 0.05},
    "assessed": {"yes": 0.9, "no": 0.1},
    "exists": {"yes": 0.9, "no": 0.1},
    "in_force": {"yes": 0.94, "no": 0.04, "nodata": 0.02},
    "recognised": {"yes": 0.75, "no": 0.22, "nodata": 0.03},
    "reviewed": {"yes": 0.7, "no": 0.3},
    "approved": {"yes": 0.95, "no": 0.05},
    "amended": {"underway": 0.6, "not_yet": 0.4},
}


_OLD = {"adopted_on": "2022-05-10", "recognised_on": "2022-06-20", "adopted_date": "2025-04-02", "plan_date": "2026-05-15"}
_SOME = frozenset(
    {"com_meeting", "mod_kept", "am_rally", "minutes_tv", "items_web", "tr_cadre_classes", "staff_women", "staff_men"}
)
"""A part that has figures has at least one of these."""
_BY: Mapping[str, tuple[str, int]] = {
    "insp_units": ("insp_visits", 4), "med_minutes": ("med_programmes", 15),
    **{f"tr_{who}_people": (f"tr_{who}_classes", 30) for who in (
        "cadre", "speaker", "teacher", "mediator", "press", "village", "abroad", "business", "pupil", "resident", "other",
    )},
}  # fmt: skip
"""Question -> the one it follows, and how many times as much."""
_FIXED = {"convention_no": 1}
_WRITE = 0.7


@dataclass(frozen=True)
class Office:
    """One unit in one report.  year, kind: of the report; last: the day up to which figures count; seed: of the round."""

    unit_id: str
    year: int
    kind: str
    last: str
    seed: int


def answers(form: Questionnaire, office: Office, book: Codebook, record: int = 0) -> dict[str, str]:
    """Question -> answer of one record, those that the form asks; hidden fields are left to the reader."""
    asked = {v.name: v for v in book.variables}
    rng = Random(f"{office.seed}|{form.id}|{office.unit_id}|{office.year}|{office.kind}|{record}")  # noqa: S311  practice
    found: dict[str, str] = {"unit": office.unit_id, "year": str(office.year), "report_kind": office.kind}
    for _, q in form.questions():
        v = asked.get(q.name)
        if v is None or q.type in ("note", "calculate", "start", "end", "today", "deviceid", "audit") or q.name in found:
            continue
        if v.asked_if is None or holds(v.asked_if, found):
            found[q.name] = _answer(q, v, found, office, rng, record)
    return {k: v for k, v in found.items() if v and k in asked}


def _answer(q: Question, v: Variable, found: Mapping[str, str], office: Office, rng: Random, record: int) -> str:
    if q.sum_of:
        return str(sum(int(found.get(p) or 0) for p in q.sum_of))
    match v.type:
        case "integer":
            return str(_number(q, found, office, rng))
        case "date":
            return _day(q.name, office)
        case "code":
            return _code(q, v, office, rng)
        case _:
            return _words(q, rng, record)


def _words(q: Question, rng: Random, record: int) -> str:
    """Symbols and codes; what a unit writes itself is one sentence that says what it is."""
    if "symbol" in q.name or q.name.endswith("_number"):
        return "QĐ-UBND" if q.name == "recognised_symbol" else "KH-GL"
    if q.name == "hamlet":
        return f"{record + 1:02d}"
    wanted = rng.random() < _WRITE if q.name.startswith("task") else q.required
    return _SAID if wanted else ""


def _better(office: Office) -> float:
    """Things get a little better from year to year."""
    return 0.04 * (office.year - _FIRST_YEAR)


def _code(q: Question, v: Variable, office: Office, rng: Random) -> str:
    codes = v.codes
    if set(_STATES) <= set(codes):
        weights = (0.86 + _better(office), 0.06, 0.08 - _better(office) / 4)
        return rng.choices(_STATES, weights)[0]
    if q.name.startswith("p") and q.name[1:3].isdigit():
        return rng.choices(("free", "found", "silent"), (0.6, max(0.004, 0.02 - _better(office) / 8), 0.38))[0]
    if q.name == "adopted" and "drafting" not in codes:
        return rng.choices(("yes", "no", "nodata"), (0.93, 0.05, 0.02))[0]
    if q.name in _CODES and set(_CODES[q.name]) <= set(codes):
        return rng.choices(list(_CODES[q.name]), list(_CODES[q.name].values()))[0]
    return rng.choice([c for c in codes if c != "nodata"])


def _number(q: Question, found: Mapping[str, str], office: Office, rng: Random) -> int:
    name, half = q.name, office.kind == "six_months"
    low = int(q.range[0]) if q.range else 0
    whole = next((int(found[w]) for w in _wholes(name) if w in found), None)
    if name in _BY:
        before, times = _BY[name]
        return int(found.get(before, "0")) * times
    if whole is not None:
        return max(min(low + (name == "trained_women"), whole), rng.randint(0, whole))
    if name in _FIXED or name.endswith("_no"):
        return _FIXED.get(name) or rng.randint(1, 400)
    if name == "com_staff":
        return max(low, rng.choices((1, 2, 3, 4), (0.2 if half else 0.09, 0.4, 0.3, 0.2))[0])
    most = _PEOPLE.get(name) or _MANY.get(name) or (40 if "planned" in name or "spent" in name else 3)
    return max(low, int(name in _SOME)) + int(rng.random() ** 2 * most * (0.5 if half else 1))


def _wholes(name: str) -> Iterator[str]:
    """The question whose part a number is: a woman among people, a part that counts for Plan 114, ..."""
    if name.endswith("_women"):
        yield name.replace("_women", "_people")
    yield from {
        "com_public": ("com_total",), "com_business": ("com_total",), "com_kh114": ("com_total",), "mod_men": ("mod_total",),
        "mod_kh114": ("mod_total",), "tr_kh114": ("tr_classes",), "med_kh114": ("med_leaflets",), "spent_kh114": ("spent_total",),
        "minutes_minority": ("minutes_total",), "items_minority": ("items_total",), "items_rebuttal": ("items_total",),
        "leaders_women": ("staff_women",), "leaders_men": ("staff_men",), "trained_women": ("staff_women",),
        "trained_men": ("staff_men",),
    }.get(name, ())  # fmt: skip


def _day(name: str, office: Office) -> str:
    year, late = office.year, office.kind == "supplement"
    days = {
        "period_from": f"{year - 1}-12-01", "period_to": min(office.last, f"{year}-11-30"),
        "am_until": max(office.last, f"{year}-12-15") if late else office.last, "am_date": f"{year}-10-20",
        "assessed_date": f"{year}-10-20", "reviewed_on": f"{year}-09-15",
    }  # fmt: skip
    return (days | _OLD).get(name, "")
