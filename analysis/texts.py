"""Every word and count that a report needs beside the rows: results.json texts.

Imports the forms door (plan, codebook), the records of this room and weights.  Words only: no estimate is made here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from forms.plan import Plan, Switch
from forms.question import Label

from .method_note import method_note
from .publishing.boxes import boxes
from .tidied import Tidy
from .told import LONELY_WORDS, Told, lonely_strata, span, words
from .weighting.base import summary

_PROFILE = ("sex", "agegroup", "area", "ethnic2", "poor2", "former_province", "khu_vuc")
_APART = 30
_SIGNED = "outcome reading threshold level decided_by document date"


def texts(told: Told) -> dict[str, Any]:
    """The texts of results.json; every label in both languages, nothing that identifies a person."""
    plan, book = told.plan, told.book
    return {
        "province": {"code": plan.province, "name": words(plan.name)},
        "issuer": dict(plan.issuers.get("department", {})),
        "issuers": {name: dict(one) for name, one in plan.issuers.items()},
        "plan": plan_texts(plan),
        "target_ii3": {**_fields(plan.target_ii3, _SIGNED), "signed": plan.target_ii3.signed},
        "switches": [switch_texts(s) for s in plan.switches],
        "waves": {str(t.wave): _wave(t, told) for t in told.waves},
        "indicators": {
            i.id: {"label": words(i.label), "unit": i.unit, "note": words(i.note) if i.note.vi else None}
            for i in told.measured if not i.id.startswith("item_")
        },
        "domains": {
            d.id: {
                "label": words(d.label), "clause": d.clause, "codes": {c.code: words(c.label) for c in d.codes},
                "boxes": boxes(d, plan.bands), "partial": d.needs is not None,
                "refused": words(told.refused[d.id]) if d.id in told.refused else None,
            }
            for d in plan.domains
        },
        "items": {
            v.name: {
                "label": words(v.label), "scale": v.scale, "field": v.field or "",
                "law": v.key[0].law if v.key else "", "article": v.key[0].article if v.key else "",
            }
            for v in book.variables if v.scale
        },
        "method": method_note(told),
        "comparison": dict(told.compared.dropped) if told.compared else {},
        "all_groups": {k: dict(v) for k, v in sorted(told.all_groups.items())},
        "overlap": _overlap(told.waves),
        "weights": {str(t.wave): dict(summary(_of(told, t.wave)["weight"])) for t in told.waves},
        "weighing": dict(told.weighing),
        "sample_profile": {str(t.wave): _profile(_of(told, t.wave), plan) for t in told.waves},
        "bands": [{"from": start, "label": words(label)} for start, label in plan.score_bands],
    }  # fmt: skip


def switch_texts(s: Switch) -> dict[str, Any]:
    """A switch with the reading taken."""
    return {
        "id": s.id, "point": words(s.point), "choice": s.choice, "choice_label": words(s.choices[s.choice]),
        "note": words(s.note),
    }  # fmt: skip


def _fields(record: object, wanted: str) -> dict[str, Any]:
    return {name: getattr(record, name) for name in wanted.split()}


def plan_texts(plan: Plan) -> dict[str, Any]:
    """The plan as reports cite it: title, targets, documents."""
    return {
        "title": words(plan.title), "number": plan.number, "date": plan.date,
        "targets": [
            {
                "id": t.id, "wording": words(t.wording), "clause": t.clause, "population": words(t.population),
                "values": {str(y): _fields(asked, "low high") for y, asked in sorted(t.values.items())},  # noqa: PD011
            }
            for t in plan.targets
        ],
        "documents": [
            {"id": d.id, "cite": words(d.cite), "date": d.date, "note": words(d.note) if d.note else None} for d in plan.documents
        ],
    }  # fmt: skip


def _of(told: Told, wave: int) -> pd.DataFrame:
    columns = ["weight", *(c for c in _PROFILE if c in told.people.columns)]
    return told.people.loc[told.people["wave"] == wave, columns]


def _wave(t: Tidy, told: Told) -> dict[str, Any]:
    first, last = told.windows[t.wave]
    c = t.counts
    return {
        "field_start": first.isoformat(),
        "field_end": last.isoformat(),
        "warnings": [words(w) for w in (*warnings(t.wave, told.windows, told.plan.peak), *_lonely(t, told.plan))],
        "response": {
            "drawn": c.drawn, "main": c.main, "reserve": c.reserve, "interviewed": c.interviewed, "no_consent": c.no_consent,
            "not_interviewed": c.not_interviewed, "reserve_used": c.reserve_used, "rejected": c.rejected,
            "submissions": c.submissions, "contacts": dict(c.contacts),
        },
        "first_interview": min(t.days).isoformat(),
        "last_interview": max(t.days).isoformat(),
    }  # fmt: skip


def warnings(wave: int, windows: Mapping[int, tuple[date, date]], peak: tuple[str, str]) -> list[Label]:
    """What is printed beside the verdict about the time of fieldwork (decision 9)."""
    first, last = windows[wave]
    found = []
    low, high = (date.fromisoformat(f"{first.year}-{d}") for d in peak)
    if first <= high and last >= low:
        found.append(
            Label(
                f"Thời gian thu thập {span(first, last)} chạm Tháng hành động ({low:%d/%m} - {high:%d/%m}).",
                f"Fieldwork {span(first, last)} touches the Action Month ({low:%d/%m} to {high:%d/%m}).",
            )
        )
    for other in sorted(windows):
        gap = _calendar_gap(windows[wave], windows[other])
        if other != wave and gap > _APART:
            found.append(
                Label(
                    f"Thời gian thu thập lệch {gap} ngày trong năm so với kỳ {other} (quá {_APART} ngày).",
                    f"Fieldwork lies {gap} days in the calendar from wave {other} (more than {_APART}).",
                )
            )
    return found


def _calendar_gap(one: tuple[date, date], two: tuple[date, date]) -> int:
    """Days between the middles of two windows in the calendar, the short way round the year."""
    a, b = ((w[0].timetuple().tm_yday + w[1].timetuple().tm_yday) / 2 for w in (one, two))
    gap = abs(a - b)
    return round(min(gap, 365 - gap))


def _lonely(t: Tidy, plan: Plan) -> list[Label]:
    alone = ", ".join(lonely_strata(t))
    if not alone:
        return []
    rule = plan.lonely["level"]
    vi, en = LONELY_WORDS[rule]
    return [
        Label(
            f"Tầng chỉ có một địa bàn điều tra: {alone}; quy tắc «{rule}» của kế hoạch: {vi}.",
            f"Strata with a single PSU: {alone}; the plan's rule {rule}: {en}.",
        )
    ]


def _overlap(waves: Sequence[Tidy]) -> dict[str, int]:
    psus = {t.wave: {psu for _, _, psu in t.sampled} for t in waves}
    found = {f"psus_{w}": len(ids) for w, ids in psus.items()}
    if len(psus) > 1:
        found["common"] = len(set.intersection(*psus.values()))
    return found


def _profile(people: pd.DataFrame, plan: Plan) -> dict[str, Any]:
    """Unweighted n and weighted percent of each code, among those whose code is known."""
    found: dict[str, Any] = {}
    for d in plan.domains:
        if d.id not in _PROFILE or d.id not in people.columns:
            continue
        codes = people[d.id].astype(object)
        total = float(people["weight"][codes.notna()].sum())
        sums = people["weight"].groupby(codes).agg(["size", "sum"])
        found[d.id] = {}
        for c in d.codes:
            n, weight = (int(sums["size"].get(c.code, 0)), float(sums["sum"].get(c.code, 0.0)))
            found[d.id][c.code] = {"n": n, "percent_weighted": 100 * weight / total if total else None}
    return found
