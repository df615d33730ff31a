"""Invented results of `bdg analysis targets` for the yearly reports, written by hand after the interface of that command.

A year of 250 obliged units of which 12 are silent; a survey year, a year without one, the year of the evaluation.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from analysis.results import Results, Row
from tests.reports.fixture import build as survey

UNITS, SILENT, RECEIVED, HELD, BOTH, PLAN, ACTIVITY = 250, 12, 198, 171, 187, 205, 193
MEDIA, APPLY = 5, 4
CONVENTIONS, CLEAN, REVIEWED = 1270, 811, 1003
BOUNDS = (
    "có đơn vị chưa báo cáo, tính là chưa đạt; cận trên là khi mọi đơn vị ấy đều đạt | units that did not report count as not yet"
)
FEW = "dưới 10 đơn vị: ghi số đơn vị, không ghi tỷ lệ phần trăm | fewer than 10 units: numbers, no percentage"
NOT_DUE = {"vi": "chưa đến hạn đánh giá", "en": "not due yet"}
NO_SURVEY = {"vi": "năm không khảo sát", "en": "a year without a survey"}
TASKS: tuple[tuple[str, str, str, tuple[tuple[str, str, str, str, float], ...]], ...] = (
    (
        "III.1",
        "Cung cấp thông tin, tuyên truyền, phổ biến pháp luật, chính sách",
        "Information on law and policy",
        (
            ("com_total", "Số cuộc truyền thông", "Communications held", "count", 1834.0),
            ("com_reached", "Số lượt người dự", "Attendances", "person", 91377.0),
        ),
    ),
    (
        "III.2",
        "Đổi mới hình thức, phương tiện truyền thông",
        "New forms and media",
        (("med_minutes", "Thời lượng phát sóng", "Broadcast time", "minute", 20415.0),),
    ),
    (
        "III.3",
        "Xã hội hóa, huy động nguồn lực",
        "Resources from society",
        (("spent_social", "Kinh phí huy động từ xã hội", "Funds from society", "million_dong", 412.0),),
    ),
    (
        "III.4",
        "Giáo dục trong gia đình, nhà trường, cộng đồng",
        "Education",
        (("tr_pupil_people", "Số học sinh được tập huấn", "Pupils trained", "person", 20811.0),),
    ),
    (
        "III.5",
        "Áp dụng Bộ chỉ số về giới trong truyền thông; nâng cao năng lực",
        "Gender indicators; skills",
        (("tr_people", "Số người được tập huấn", "People trained", "person", 5713.0),),
    ),
    (
        "III.6",
        "Truyền thông về thành tựu; phản bác thông tin sai lệch",
        "Achievements; false information",
        (("rebuttals", "Số tin, bài phản bác", "Rebuttals", "count", 0.0),),
    ),
    (
        "III.7",
        "Kiểm tra, giám sát; nhân rộng mô hình",
        "Inspection; models",
        (
            ("insp_visits", "Số cuộc kiểm tra", "Inspections", "count", 64.0),
            ("unknown", "Số mô hình mới", "New models", "count", -1.0),
        ),
    ),
)
FUNDING = {
    "planned": ("planned_total", "Dự kiến: tổng số", "Planned: total", 5210.0),
    "spent": ("spent_total", "Đã chi: tổng số", "Spent: total", 3344.0),
}


def census(indicator: str, year: int, yes: int, units: int, silent: int, state: str = "", **more: Any) -> tuple[Row, ...]:
    """The target row and the three counts of one indicator, as a full count gives them."""
    base = Row(
        "count",
        indicator,
        "total",
        year,
        "count",
        level=None,
        n=units - silent,
        n_missing={"missing": silent},
        design="census",
        method="census",
        status="caution" if silent else "ok",
        reason=BOUNDS if silent else "",
        interval="bounds",
        **more,
    )
    ends = {"yes": (yes, yes + silent), "reported": (units - silent,) * 2, "units": (units, units)}
    rows = [replace(base, category=c, estimate=float(a), lower=float(a), upper=float(b)) for c, (a, b) in ends.items()]
    share = replace(base, kind="share" if base.domain else "target", estimand="proportion", unit="percent", state=state)
    if units < 10:
        return (replace(share, status="not_estimable", interval="", reason=f"{yes}/{units} cơ quan; {FEW}"), *rows)
    low, high = 100 * yes / units, 100 * (yes + silent) / units
    return (replace(share, estimate=low, lower=low, upper=high), *rows)


def total(indicator: str, year: int, value: float, unit: Any) -> Row:
    """A sum over the units that gave a number; below zero: nobody gave one."""
    given = value >= 0
    return Row(
        "count",
        indicator,
        "total",
        year,
        unit,
        estimate=value if given else None,
        level=None,
        n=229 if given else 0,
        n_missing={"missing": SILENT, "dont_know": 9 if given else 238, "not_asked": 0},
        design="census",
        method="census",
        status="caution" if given else "not_estimable",
        reason="có đơn vị chưa báo cáo | some units are silent",
    )


def _entry(target: str, part: str, vi: str, en: str, **more: Any) -> dict[str, Any]:
    blank: dict[str, Any] = {
        "headline": False,
        "planned": {"vi": "100%", "en": "100%"},
        "key": "",
        "also": [],
        "said": None,
        "state": {"vi": "chưa đạt", "en": "not met"},
        "progress": None,
        "missing": None,
        "source": {"vi": "Biểu đơn vị (form E)", "en": "Unit returns (form E)"},
    }
    return {"target": target, "part": part, "label": {"vi": vi, "en": en}, **blank, **more}


def _counted(
    target: str, part: str, vi: str, en: str, rows: tuple[Row, ...], noun: tuple[str, str], **more: Any
) -> dict[str, Any]:
    yes, units = (next(int(r.estimate or 0) for r in rows if r.category == c) for c in ("yes", "units"))
    said = {"vi": f"{yes}/{units} {noun[0]}", "en": f"{yes} of {units} {noun[1]}"}
    return _entry(target, part, vi, en, key=rows[0].key, also=[r.key for r in rows[1:]], said=said, **more)


def _dashboard(year: int, kept: Results, rows: dict[str, tuple[Row, ...]], *, surveyed: bool) -> list[dict[str, Any]]:
    def asked(indicator: str) -> dict[str, Any]:
        row = next(
            (r for r in kept.rows if r.kind == "level" and r.indicator == indicator and r.wave == year and not r.domain), None
        )
        source = {"vi": "Khảo sát hộ gia đình", "en": "Household survey"}
        if row is None:
            last = [r for r in kept.rows if r.kind == "level" and r.indicator == indicator and not r.domain]
            told = {"vi": f"số liệu gần nhất: khảo sát năm {last[-1].wave}", "en": "latest figures"} if last else None
            return {"state": NO_SURVEY, "source": source, "progress": told, "also": [r.key for r in last[-1:]]}
        return {"key": row.key, "state": {"vi": "không đặt mức", "en": "no level set"}, "source": source}

    unit, two = ("đơn vị", "units"), {"vi": "ít nhất 02 cuộc", "en": "at least two"}
    silent = {"vi": f"{SILENT} đơn vị chưa báo cáo", "en": f"{SILENT} units silent"}
    later = {"state": NOT_DUE, "progress": {"vi": f"{APPLY}/{MEDIA} cơ quan", "en": f"{APPLY} of {MEDIA} agencies"}}
    change = next(
        (r for r in kept.rows if r.kind == "target" and r.indicator == "score" and r.estimand == "rel" and not r.domain), None
    )
    readings = [r for r in kept.rows if r.kind == "target" and r.indicator == "score" and not r.domain and surveyed]
    score: dict[str, Any] = asked("score") | {"planned": {"vi": "tăng 10 - 15%", "en": "up 10-15%"}}
    if surveyed and change is not None:
        score |= {"key": change.key, "state": {"vi": change.state, "en": "as ruled"}}
    elif surveyed:
        score |= {"state": NOT_DUE}
    return [
        _counted(
            "II.1",
            "units",
            "Đơn vị được truyền thông từ 02 cuộc",
            "Units that received two",
            rows["II.1_received"],
            unit,
            headline=True,
            planned=two,
            missing=silent,
        ),
        _counted(
            "II.1",
            "held",
            "Đơn vị tự tổ chức từ 02 cuộc",
            "Units that held two",
            rows["II.1_held"],
            unit,
            planned=two,
            missing=silent,
        ),
        _entry(
            "II.1",
            "people_any",
            "Người dân được truyền thông từ 02 lần, mọi kênh",
            "People reached twice",
            **(asked("exposed2_any") | {"planned": two}),
        ),
        _entry(
            "II.1",
            "people_face",
            "Người dân được truyền thông trực tiếp từ 02 lần",
            "People reached face to face",
            **(asked("exposed2_face") | {"planned": two}),
        ),
        _entry(
            "II.1",
            "people_recalled",
            "Người dân nhớ được nội dung",
            "People who recall",
            **(asked("recalled") | {"planned": two}),
        ),
        _entry(
            "II.1",
            "enterprises",
            "Doanh nghiệp được truyền thông từ 02 cuộc",
            "Enterprises reached",
            planned=two,
            state={"vi": "không có số liệu", "en": "no data"},
            missing={"vi": "phiếu doanh nghiệp (form C)", "en": "form C"},
        ),
        _counted(
            "II.2",
            "both",
            "Đơn vị có kế hoạch và có hoạt động Tháng hành động",
            "Units with plan and activity",
            rows["II.2"],
            unit,
            headline=True,
            missing=silent,
        ),
        _counted("II.2", "plan", "Đơn vị có kế hoạch", "Units with a plan", rows["II.2_plan"], unit),
        _counted("II.2", "activity", "Đơn vị có hoạt động", "Units with an activity", rows["II.2_activity"], unit),
        _entry("II.3", "score", "Điểm nhận thức so với năm 2026", "Awareness score against 2026", headline=True, **score),
        *(
            _entry("II.3", "reading", f"Cách tính {i}", f"Reading {i}", key=r.key, state={"vi": r.state, "en": "as ruled"})
            for i, r in enumerate(readings, 1)
        ),
        _counted(
            "II.4",
            "both",
            "Cơ quan truyền thông chính thức áp dụng Bộ chỉ số",
            "Media agencies that apply",
            rows["II.4"],
            ("cơ quan", "agencies"),
            headline=True,
            planned={"vi": "90%", "en": "90%"},
            **later,
        ),
        _counted(
            "II.5",
            "both",
            "Hương ước, quy ước không phân biệt đối xử",
            "Conventions free of discrimination",
            rows["II.5"],
            ("bản", "conventions"),
            headline=True,
            **later,
        ),
        _entry(
            "CL",
            "strategy",
            "Người dân được tiếp cận kiến thức cơ bản (Chiến lược quốc gia)",
            "People reached with basic knowledge",
            headline=True,
            **(asked("exposed2_any") | {"planned": {"vi": "80% năm 2030", "en": "80% in 2030"}}),
        ),
    ]


def _report(kind: str, year: int, waves: tuple[int, ...], *, supplement: bool) -> dict[str, Any]:
    ends = {"halfyear": f"{year}-05-31", "annual": f"{year}-11-30", "adhoc": f"{year}-08-15", "final": f"{year}-11-30"}
    return {
        "year": year,
        "kind": kind,
        "from": f"{year - 1}-12-01",
        "to": ends[kind],
        "as_of": f"{ends[kind][:7]}-30" if kind != "adhoc" else ends[kind],
        "survey_waves": list(waves),
        "survey_this_year": year in waves,
        "provisional": kind in ("annual", "final") and not supplement,
        "supplements": UNITS - SILENT if supplement else 0,
        "action_month": {"from": f"{year}-11-15", "to": f"{year}-12-15"},
        "supplement": supplement,
    }


ISSUERS = {
    "department": {
        "superior": "UBND TỈNH QUẢNG NGÃI",
        "agency": "SỞ NỘI VỤ",
        "name": "Sở Nội vụ",
        "symbol": "BC-SNV",
        "place": "Quảng Ngãi",
        "signer_title": "GIÁM ĐỐC",
        "signer_deputy": ["KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"],
        "addressees": ["Bộ Nội vụ", "Ủy ban nhân dân tỉnh"],
        "recipients": ["Như trên", "Các sở, ban ngành"],
        "archive": "Lưu: VT.",
    },
    "province": {
        "superior": "",
        "agency": "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI",
        "name": "Ủy ban nhân dân tỉnh",
        "symbol": "BC-UBND",
        "place": "Quảng Ngãi",
        "signer_title": "TM. ỦY BAN NHÂN DÂN",
        "signer_second": "CHỦ TỊCH",
        "signer_deputy": ["KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"],
        "addressees": ["Bộ Nội vụ"],
        "recipients": ["Như trên", "Thường trực Tỉnh ủy"],
        "archive": "Lưu: VT, KGVX.",
    },
}


def _counts(year: int, silent: int) -> dict[str, tuple[Row, ...]]:
    return {
        "II.1_received": census("II.1_received", year, RECEIVED, UNITS, silent, "chưa đạt"),
        "II.1_held": census("II.1_held", year, HELD, UNITS, silent),
        "II.2": census("II.2", year, BOTH, UNITS, silent, "chưa đạt"),
        "II.2_plan": census("II.2_plan", year, PLAN, UNITS, silent),
        "II.2_activity": census("II.2_activity", year, ACTIVITY, UNITS, silent),
        "II.4": census("II.4", year, APPLY, MEDIA, 0, "chưa đến hạn đánh giá"),
        "II.5": census("II.5", year, CLEAN, CONVENTIONS, CONVENTIONS - REVIEWED, "chưa đến hạn đánh giá"),
    }


def build(
    kind: str = "annual",
    year: int = 2027,
    *,
    waves: tuple[int, ...] = (2026,),
    practice: bool = True,
    signed: bool = False,
    supplement: bool = False,
    past: tuple[int, ...] = (),
    silent: int = SILENT,
    as_of: str | None = "",
) -> Results:
    """One year's results; waves: the surveys given along, past: earlier years whose census rows come along."""
    kept = (
        survey(waves=waves, practice=practice, signed=signed)
        if waves
        else replace(survey(waves=(2026,), practice=practice), rows=())
    )
    rows = _counts(year, silent)
    other = [r for p in past for r in census("II.1_received", p, 150 + p - 2020, UNITS, 20)]
    tasks = [(i, vi, en, [(q, a, b, total(f"task_{q}", year, v, u)) for q, a, b, u, v in lines]) for i, vi, en, lines in TASKS]
    money = {part: (vi, en, total(f"fund_{q}", year, v, "million_dong")) for part, (q, vi, en, v) in FUNDING.items()}
    groups = census("II.1_received", year, 7, 9, 1, domain=(("kind", "department"),))[1:]
    texts = dict(kept.texts) if waves else {k: kept.texts[k] for k in ("province", "issuer", "plan", "target_ii3", "switches")}
    texts |= {
        "issuers": ISSUERS,
        "report": _report(kind, year, waves, supplement=supplement) | ({} if as_of == "" else {"as_of": as_of}),
        "dashboard": _dashboard(year, kept, rows, surveyed=year in waves),
        "tasks": [
            {
                "id": i,
                "title": {"vi": vi, "en": en},
                "texts_reported": 40 + n,
                "lines": [{"label": {"vi": a, "en": b}, "key": r.key} for _, a, b, r in lines],
            }
            for n, (i, vi, en, lines) in enumerate(tasks)
        ],
        "funding": {part: [{"label": {"vi": vi, "en": en}, "key": r.key}] for part, (vi, en, r) in money.items()},
        "definitions": [
            {
                "indicator": "II.4",
                "target": "II.4",
                "label": {"vi": "Cơ quan chính thức áp dụng", "en": "Agencies that apply"},
                "basis": "proposal",
                "note": {"vi": "Có quyết định và đã tự đánh giá", "en": "A decision and a self-assessment"},
            }
        ],
        "forms": {
            "unit": {"owing": UNITS, "reported": UNITS - silent, "silent": silent, "left_out": 0},
            "media": {"owing": MEDIA, "reported": MEDIA, "silent": 0, "left_out": 0},
            "convention": {"owing": 96, "reported": 90, "silent": 6, "left_out": 1},
        },
    }
    units = tuple(
        {
            "unit_id": f"u{i:03d}",
            "name": f"UBND xã Giả lập {i}",
            "kind": "commune",
            "form": "unit",
            "targets": ["II.1", "II.2"],
            "state": ("nothing", "left_out", "empty")[i % 3],
        }
        for i in range(silent)
    )
    counted = [r for group in rows.values() for r in group]
    every = (
        *kept.rows,
        *counted,
        *groups,
        *other,
        *(r for *_, lines in tasks for *_, r in lines),
        *(r for *_, r in money.values()),
    )
    return Results(practice, kept.digests, every, texts, units)
