"""Every word and count that a report needs beside the rows: results.json texts.

Imports the forms door (plan, codebook), the records of this room and weights.  Words only: no estimate is made here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from forms.codebook import Codebook
from forms.plan import Plan, Switch
from forms.question import Label

from .indicators import Indicator
from .results import Row
from .scoring import Comparison
from .tidied import Tidy
from .weighting.base import summary

Words = dict[str, str]
_PROFILE = ("sex", "agegroup", "area", "ethnic2", "poor2", "former_province", "khu_vuc")
_APART = 30
_SIGNED = "outcome reading threshold level decided_by document date"


@dataclass(frozen=True)
class Told:
    """What the run knows when it writes the texts.  weighing, weights: what was done to the weights, as facts and as a note."""

    plan: Plan
    book: Codebook
    waves: tuple[Tidy, ...]
    windows: Mapping[int, tuple[date, date]]
    people: pd.DataFrame
    measured: tuple[Indicator, ...]
    refused: Mapping[str, Label]
    compared: Comparison | None
    rows: tuple[Row, ...]
    all_groups: Mapping[str, Mapping[str, str]]
    weighing: Mapping[str, Any] = field(default_factory=dict)
    weights: Label | None = None


def texts(told: Told) -> dict[str, Any]:
    """The texts of results.json; every label in both languages, nothing that identifies a person."""
    plan, book = told.plan, told.book
    return {
        "province": {"code": plan.province, "name": words(plan.name)},
        "issuer": dict(plan.issuers.get("department", {})),
        "plan": _plan(plan),
        "target_ii3": {**_fields(plan.target_ii3, _SIGNED), "signed": plan.target_ii3.signed},
        "switches": [_switch(s) for s in plan.switches],
        "waves": {str(t.wave): _wave(t, told) for t in told.waves},
        "indicators": {
            i.id: {"label": words(i.label), "unit": i.unit, "note": words(i.note) if i.note.vi else None}
            for i in told.measured if not i.id.startswith("item_")
        },
        "domains": {
            d.id: {
                "label": words(d.label), "clause": d.clause, "codes": {c.code: words(c.label) for c in d.codes},
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
        "method": _method(told),
        "comparison": dict(told.compared.dropped) if told.compared else {},
        "all_groups": {k: dict(v) for k, v in sorted(told.all_groups.items())},
        "overlap": _overlap(told.waves),
        "weights": {str(t.wave): dict(summary(_of(told, t.wave)["weight"])) for t in told.waves},
        "weighing": dict(told.weighing),
        "sample_profile": {str(t.wave): _profile(_of(told, t.wave), plan) for t in told.waves},
        "bands": [{"from": start, "label": words(label)} for start, label in plan.score_bands],
    }  # fmt: skip


def words(label: Label) -> Words:
    """Both languages of a label."""
    return {"vi": label.vi, "en": label.en}


def _switch(s: Switch) -> dict[str, Any]:
    return {
        "id": s.id, "point": words(s.point), "choice": s.choice, "choice_label": words(s.choices[s.choice]),
        "note": words(s.note),
    }  # fmt: skip


def _fields(record: object, wanted: str) -> dict[str, Any]:
    return {name: getattr(record, name) for name in wanted.split()}


def _plan(plan: Plan) -> dict[str, Any]:
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


def span(first: date, last: date) -> str:
    """05/10/2026 - 30/10/2026."""
    return f"{office(first)} - {office(last)}"


def office(day: date) -> str:
    """05/10/2026: the office writes days and months below ten with a zero before them."""
    return f"{day.day:02d}/{day.month:02d}/{day.year}"


def lonely_strata(t: Tidy) -> list[str]:
    """Strata with a single drawn hamlet."""
    return sorted(h for h, n in Counter(h for _, h, _ in t.sampled).items() if n == 1)


def _lonely(t: Tidy, plan: Plan) -> list[Label]:
    alone = ", ".join(lonely_strata(t))
    if not alone:
        return []
    rule = plan.lonely["level"]
    vi, en = _LONELY_WORDS[rule]
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


# ---- the method note -----------------------------------------------------------------------------------------------

_FIXED: tuple[tuple[str, str, str], ...] = (
    (
        "design",
        ("Mẫu phân tầng ba giai đoạn: địa bàn điều tra (thôn, tổ dân phố) chọn theo xác suất tỷ lệ với số hộ, hộ chọn "
        "ngẫu nhiên trong địa bàn, mỗi hộ phỏng vấn một người từ 15 tuổi trở lên do số ngẫu nhiên cho trước chọn."),
        ("Stratified three-stage sample: hamlets with probability proportional to households, households at random "
        "within hamlets, one person aged 15 or over per household chosen by a random number given beforehand."),
    ),
    (
        "variance",
        ("Sai số tính theo địa bàn điều tra trong tầng (tuyến tính hóa, coi như chọn có hoàn lại); địa bàn không có "
        "phỏng vấn vẫn được tính."),
        ("Standard errors from PSUs within strata (linearisation, as if drawn with replacement); a PSU without "
        "interviews still counts."),
    ),
    (
        "change",
        "Sai số của thay đổi có tính phần chung do các địa bàn được giữ lại giữa hai kỳ (wave_centred).",
        "The standard error of change takes account of the hamlets kept between the waves (wave_centred).",
    ),
    (
        "interval",
        ("Khoảng tin cậy 95% Fieller của thay đổi tương đối quyết định mọi chữ trong kết luận; khoảng log và delta chỉ"
        " để đối chiếu."),
        ("The 95% Fieller interval of the relative change decides every word of the verdict; log and delta intervals "
        "are for comparison."),
    ),
    (
        "missing",
        ("«Không được hỏi», «không biết», «từ chối» và «bỏ trống» được giữ riêng. Câu hiểu biết trả lời «không biết» "
        "tính là chưa đúng; từ chối là không có số liệu."),
        ("Not asked, do not know, refused and missing are kept apart. In knowledge items «do not know» counts as not "
        "right; a refusal is missing."),
    ),
    (
        "violence",
        ("Điểm V chỉ tính trong số người từ 18 tuổi trở lên được hỏi riêng, nên công bố riêng, không nằm trong điểm nhận "
        "thức."),
        ("V is computed among people aged 18 or over asked in private; it is published on its own and is not part of the "
        "awareness score."),
    ),
    (
        "effect",
        "Khảo sát đo mức thay đổi; không tách được phần đóng góp của Kế hoạch với các nguyên nhân khác.",
        "The survey measures the change; it cannot separate the plan's part from other causes.",
    ),
)  # fmt: skip
_LONELY_WORDS = {
    "certainty": ("không góp vào sai số (coi là chọn chắc chắn)", "adds nothing to the variance (as taken with certainty)"),
    "average": ("lấy trung bình các tầng khác", "takes the mean of the other strata"),
    "adjust": ("tính cả độ lệch của địa bàn đó so với ước lượng chung", "counts the PSU's own deviation from the estimate"),
    "centre": (
        "tính độ lệch của địa bàn đó so với trung bình mọi địa bàn",
        "counts the PSU's distance from the mean of all PSUs",
    ),
    "collapse": ("gộp với tầng kế tiếp", "joins the next stratum"),
    "fail": ("dừng tính toán", "stops the computation"),
}
_DF_WORDS = {
    "domain": (
        "Bậc tự do: số địa bàn trừ số tầng có người của nhóm.",
        "Degrees of freedom: PSUs minus strata that hold the group.",
    ),
    "design": ("Bậc tự do: số địa bàn trừ số tầng của cả mẫu.", "Degrees of freedom: PSUs minus strata of the whole sample."),
}


def _method(told: Told) -> list[dict[str, str]]:
    plan = told.plan
    notes = [{"id": i, "vi": vi, "en": en} for i, vi, en in _FIXED]
    if told.weights:
        notes.insert(1, {"id": "weights", **words(told.weights)})
    notes.append(_note("df", _DF_WORDS[plan.df_rule]))
    notes.append(_single(told))
    notes.append(_threshold(plan))
    notes += _ceiling(told)
    if told.compared:
        notes += [_comparison(told.compared), *_zero(told)]
    spans = "; ".join(f"{w}: {span(*told.windows[w])}" for w in sorted(told.windows))
    notes.append(_note("windows", (f"Thời gian thu thập: {spans}.", f"Fieldwork: {spans}.")))
    return notes


def _single(told: Told) -> dict[str, str]:
    """What the plan's rule does with a stratum of one PSU, and where there is one."""
    level, change = told.plan.lonely["level"], told.plan.lonely["change"]
    alone = {t.wave: lonely_strata(t) for t in told.waves if lonely_strata(t)}
    which = "; ".join(f"{w}: {', '.join(h)}" for w, h in alone.items())
    vi = (
        f"Tầng chỉ có một địa bàn («{level}»): {_LONELY_WORDS[level][0]}; với thay đổi («{change}»): {_LONELY_WORDS[change][0]}. "
    )
    en = f"A stratum with a single PSU ({level}): {_LONELY_WORDS[level][1]}; for change ({change}): {_LONELY_WORDS[change][1]}. "
    found = (f"Có ở {which}.", f"Found in {which}.") if which else ("Không có tầng nào như vậy.", "There is none.")
    return _note("lonely", (vi + found[0], en + found[1]))


def _ceiling(told: Told) -> list[dict[str, str]]:
    """Groups whose baseline leaves no room for the target's upper mark (switch A5), with the gap to 100 closed since."""
    asked = [v for t in told.plan.targets if t.id == "II.3" for _, v in sorted(t.values.items())]  # noqa: PD011  a mapping
    if not asked:
        return []
    top = 100 / (1 + (asked[-1].high or asked[-1].low) / 100)
    waves = sorted(told.windows)
    at = {
        (r.wave, r.domain): r.estimate for r in told.rows if r.kind == "level" and r.indicator == "score" and r.publish == "show"
    }
    names = {(d.id, c.code): c.label for d in told.plan.domains for c in d.codes}
    high: list[tuple[str, str]] = []
    for (wave, domain), base in sorted(at.items()):
        if wave != waves[0] or base is None or base < top:
            continue
        label = names[domain[0]] if domain else Label("Chung", "Overall")
        now = at.get((waves[-1], domain)) if len(waves) > 1 else None
        closed = None if now is None else 100 * (now - base) / (100 - base)
        high.append((
            f"{label.vi} {_vi(base)} điểm" + (f", khoảng cách đã thu hẹp {_vi(closed)}%" if closed is not None else ""),
            f"{label.en} {base:.1f} points" + (f", gap closed {closed:.1f}%" if closed is not None else ""),
        ))  # fmt: skip
    found = ("; ".join(vi for vi, _ in high), "; ".join(en for _, en in high)) if high else ("không có nhóm nào", "no group")
    return [_note("ceiling", (
        f"Đã ở mức cao (trần) từ năm {waves[0]}, từ {_vi(top)} điểm trở lên: {found[0]}.",
        f"Near the ceiling already in {waves[0]}, {top:.1f} points or more: {found[1]}.",
    ))]  # fmt: skip


def _note(name: str, pair: tuple[str, str]) -> dict[str, str]:
    return {"id": name, "vi": pair[0], "en": pair[1]}


def _threshold(plan: Plan) -> dict[str, str]:
    t = plan.target_ii3
    signed = (
        (
            f"Cách tính mục tiêu theo {t.document} ngày {_signed_on(t.date)} ({t.decided_by}).",
            f"Target as decided in {t.document} of {_signed_on(t.date)} ({t.decided_by}).",
        )
        if t.signed
        else (
            "Chưa có văn bản thống nhất cách tính; chưa kết luận.",
            "There is no signed decision on the reading yet; no conclusion.",
        )
    )
    return _note("threshold", (
        f"«Nhận thức đạt yêu cầu» là từ {t.threshold:g} điểm trở lên. {signed[0]}",
        f"“Awareness reached” means {t.threshold:g} points or more. {signed[1]}",
    ))  # fmt: skip


def _signed_on(text: str) -> str:
    """The plan's ISO date as the office writes it; any other wording stays."""
    try:
        return office(date.fromisoformat(text))
    except ValueError:
        return text


def _comparison(compared: Comparison) -> dict[str, str]:
    if not compared.needed:
        return _note("comparison", (
            "Không câu nào đổi lời hoặc đổi đáp án giữa hai kỳ: điểm so sánh giữa hai kỳ chính là điểm của từng kỳ.",
            "No item changed its wording or key between the waves: the comparison score is the score itself.",
        ))  # fmt: skip
    gone = "; ".join(f"{name} ({why})" for name, why in sorted(compared.dropped.items()))
    return _note("comparison", (
        f"Điểm so sánh giữa hai kỳ bỏ các câu đã đổi ở cả hai kỳ: {gone}.",
        f"The comparison score of the two waves leaves out, in both, the items that changed: {gone}.",
    ))  # fmt: skip


def _zero(told: Told) -> list[dict[str, str]]:
    """The relative change of A on its two scales: 0-100 and the answers' own 1-5 (decision 5)."""
    base, later = told.waves[0].wave, told.waves[-1].wave
    level = {r.wave: r.estimate for r in told.rows if r.kind == "level" and r.indicator == "A" and not r.domain}
    scale = told.book.scales.get("A")
    p, q = level.get(base), level.get(later)
    if scale is None or not p or q is None:
        return []
    step = (scale.high - scale.low) / 100
    raw = [scale.low + step * x for x in (p, q)]
    hundred, five = 100 * (q / p - 1), 100 * (raw[1] / raw[0] - 1)
    return [
        _note("zero", (
            ("Thay đổi tương đối của điểm phụ thuộc gốc 0 của thang: điểm thái độ thay đổi "
            f"{_vi(hundred)}% trên thang 0 - 100 và {_vi(five)}% trên thang {scale.low} - {scale.high}."),
            ("The relative change of a score depends on where its zero lies: attitude changed by "
            f"{hundred:.1f}% on 0-100 and {five:.1f}% on {scale.low}-{scale.high}."),
        ))
    ]  # fmt: skip


def _vi(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")
