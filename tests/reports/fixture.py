"""Invented rows for the reports: several breakdowns, two waves, hidden, bracketed, not estimable, unbounded."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from analysis.results import Results, Row

DOMAINS: dict[str, dict[str, Any]] = {
    "sex": {
        "label": {"vi": "Giới tính", "en": "Sex"},
        "clause": "III.3",
        "refused": None,
        "codes": {"male": {"vi": "Nam", "en": "Men"}, "female": {"vi": "Nữ", "en": "Women"}},
    },
    "agegroup": {
        "label": {"vi": "Nhóm tuổi", "en": "Age"},
        "clause": "III.2",
        "refused": None,
        "codes": {
            "a15": {"vi": "15 tuổi", "en": "15"},
            "a16_30": {"vi": "Từ 16 đến 30 tuổi", "en": "16-30"},
            "a31_59": {"vi": "Từ 31 đến 59 tuổi", "en": "31-59"},
            "a60": {"vi": "Từ 60 tuổi trở lên", "en": "60+"},
        },
    },
    "ethnic2": {
        "label": {"vi": "Dân tộc", "en": "Ethnic group"},
        "clause": "V.8",
        "refused": None,
        "codes": {"kinh": {"vi": "Kinh", "en": "Kinh"}, "minority": {"vi": "Đồng bào dân tộc thiểu số", "en": "Minorities"}},
    },
    "area": {
        "label": {"vi": "Khu vực sống", "en": "Area"},
        "clause": "III.1",
        "refused": None,
        "codes": {
            "urban": {"vi": "Thành thị", "en": "Urban"},
            "rural": {"vi": "Nông thôn", "en": "Rural"},
            "island": {"vi": "Đặc khu Lý Sơn", "en": "Island"},
        },
    },
    "khu_vuc": {
        "label": {"vi": "Xã theo khu vực", "en": "Zone"},
        "clause": "V.8",
        "refused": {"vi": "khung mẫu chưa có cột khu_vuc", "en": "no column"},
        "codes": {"1": {"vi": "Khu vực I", "en": "I"}},
    },
}
ITEMS = {
    **{
        f"k{i:02d}": {
            "label": {"vi": f"Câu hiểu biết thứ {i} về quyền của vợ và chồng", "en": f"K{i}"},
            "scale": "K",
            "field": "family",
            "law": "73/2006/QH11",
            "article": "18",
        }
        for i in range(1, 13)
    },
    **{
        f"a{i:02d}": {
            "label": {"vi": f"Câu thái độ thứ {i} về việc nhà", "en": f"A{i}"},
            "scale": "A",
            "field": "home",
            "law": "",
            "article": "",
        }
        for i in range(1, 7)
    },
    **{
        f"v{i:02d}": {
            "label": {"vi": f"Câu nhận biết thứ {i}", "en": f"V{i}"},
            "scale": "V",
            "field": "",
            "law": "",
            "article": "",
        }
        for i in range(1, 5)
    },
}
INDICATORS = {
    "score": ("Điểm nhận thức về bình đẳng giới", "point", 52.0, 7.0),
    "K": ("Điểm hiểu biết", "point", 55.0, 6.0),
    "A": ("Điểm thái độ", "point", 49.0, 8.0),
    "V": ("Điểm nhận biết bạo lực", "point", 61.0, 3.0),
    "score_kav": ("Điểm nhận thức gồm cả nhận biết bạo lực", "point", 55.0, 5.7),
    "reach50": ("Tỷ lệ có điểm từ 50 trở lên", "percent", 58.0, 9.0),
    "reach60": ("Tỷ lệ nhận thức đạt yêu cầu (từ 60 điểm trở lên)", "percent", 38.0, 9.0),
    "reach70": ("Tỷ lệ có điểm từ 70 trở lên", "percent", 17.0, 8.0),
    "exposed2_any": ("Tỷ lệ được truyền thông ít nhất 02 lần trong 12 tháng", "percent", 44.0, 11.0),
    "exposed2_face": ("Tỷ lệ được truyền thông trực tiếp ít nhất 02 lần", "percent", 21.0, 6.0),
    "recalled": ("Tỷ lệ nhớ được nội dung truyền thông", "percent", 30.0, 4.0),
    "heard_month": ("Tỷ lệ biết Tháng hành động vì bình đẳng giới", "percent", 35.0, 12.0),
    "joined_month": ("Tỷ lệ đã tham gia Tháng hành động", "percent", 9.0, 0.4),
}
NO_RELATIVE = "không xác định được thay đổi tương đối: số liệu gốc kém chính xác | relative change undetermined: imprecise"
HIDDEN_VALUE = 73.5173
HIDDEN_CODE, BRACKET_CODE, EMPTY_CODE, UNBOUNDED_CODE = "a15", "a60", "island", "minority"


def _level(
    indicator: str, wave: int, unit: str, value: float, half: float, domain: tuple[tuple[str, str], ...] = (), **more: Any
) -> Row:
    more.setdefault("n", 1203 if not domain else 412)
    return Row(
        "level",
        indicator,
        "mean" if unit == "point" else "proportion",
        wave,
        unit,
        domain=domain,
        estimate=value,
        se=half / 1.96,
        df=61.0,
        lower=value - half,
        upper=value + half,
        interval="t",
        psus=80,
        strata=12,
        deff=1.7,
        design="strata/psu",
        method="linearised",
        **more,
    )


def _pair(indicator: str, unit: str, p1: float, p2: float, domain: tuple[tuple[str, str], ...] = (), **more: Any) -> list[Row]:
    gap = "percentage_point" if unit == "percent" else "point"
    diff, rel = p2 - p1, 100 * (p2 / p1 - 1)
    common: dict[str, Any] = {
        "base_wave": 2026,
        "domain": domain,
        "df": 90.0,
        "psus": 120,
        "strata": 12,
        "design": "strata/psu",
        "n": 400,
        **more,
    }
    return [
        Row(
            "change",
            indicator,
            "diff",
            2030,
            gap,
            estimate=diff,
            se=1.0,
            lower=diff - 2,
            upper=diff + 2,
            interval="t",
            method="wave_centred",
            **common,
        ),
        Row(
            "change",
            indicator,
            "rel",
            2030,
            "percent",
            estimate=rel,
            se=2.0,
            lower=rel - 4,
            upper=rel + 4.2,
            interval="fieller",
            method="wave_centred",
            **common,
        ),
        Row(
            "change",
            indicator,
            "log_ratio",
            2030,
            "percent",
            estimate=rel,
            se=2.0,
            lower=rel - 3.9,
            upper=rel + 4.1,
            interval="log",
            method="wave_centred, log",
            **common,
        ),
        Row(
            "change",
            indicator,
            "rel",
            2030,
            "percent",
            estimate=rel,
            se=2.0,
            lower=rel - 4,
            upper=rel + 4,
            interval="delta",
            method="wave_centred, delta",
            **common,
        ),
    ]


def _special(row: Row) -> Row:
    """The groups that must not, or cannot, be shown plainly."""
    codes = {code for _, code in row.domain}
    if HIDDEN_CODE in codes:
        value = HIDDEN_VALUE if row.kind == "level" else HIDDEN_VALUE / 10
        return replace(row, estimate=value, lower=value - 11.0917, upper=value + 11.0917, n=19, publish="hide", rule="n<25")
    if BRACKET_CODE in codes:
        return replace(row, n=31, publish="bracket", rule="n<50")
    if EMPTY_CODE in codes:
        return replace(
            row,
            estimate=None,
            se=None,
            df=0.0,
            lower=None,
            upper=None,
            status="not_estimable",
            n=60,
            psus=1,
            reason="chỉ có một địa bàn | a single PSU",
        )
    if UNBOUNDED_CODE in codes and row.unit == "percent" and row.kind == "change":
        return replace(row, estimate=None, se=None, lower=None, upper=None, status="not_estimable", reason=NO_RELATIVE)
    return row


def _rows(waves: tuple[int, ...]) -> list[Row]:
    chance = random.Random(20260101)
    rows: list[Row] = []
    todo = {name: (unit, p1, p1 + up) for name, (_, unit, p1, up) in INDICATORS.items()}
    todo |= {f"item_{n}": ("percent", p := chance.uniform(25, 75), p + chance.uniform(-4, 14)) for n in ITEMS}
    for name, (unit, p1, p2) in todo.items():
        more: dict[str, Any] = {}
        if name == "V" or name.startswith("item_v"):
            more = {"n": 861, "n_missing": {"not_asked": 311, "dont_know": 12, "refused": 4, "missing": 0}}
        rows += [_level(name, w, unit, p, 1.9, **more) for w, p in zip(waves, (p1, p2), strict=False)]
        if len(waves) == 2:
            rows += _pair(name, unit, p1, p2)
        if name not in {"score", "K", "A", "reach60"}:
            continue
        for variable, about in DOMAINS.items():
            for code in {} if about["refused"] else about["codes"]:
                shift = chance.uniform(-6, 6)
                domain = ((variable, code),)
                rows += [_special(_level(name, w, unit, p + shift, 3.4, domain)) for w, p in zip(waves, (p1, p2), strict=False)]
                if len(waves) == 2:
                    rows += [_special(r) for r in _pair(name, unit, p1 + shift, p2 + shift + chance.uniform(-7, 5), domain)]
    return rows


def _verdicts(rows: list[Row]) -> list[Row]:
    out = []
    for r in rows:
        if (
            r.kind != "change"
            or r.indicator not in {"score", "reach60"}
            or r.method != "wave_centred"
            or r.estimand not in {"rel", "diff"}
        ):
            continue
        if r.lower is None:
            state = "không xác định được thay đổi tương đối"
        elif r.lower >= 10:
            state = "đạt"
        else:
            state = "có tăng, chưa đủ căn cứ kết luận đạt mức 10%" if r.lower > 0 else "chưa đủ căn cứ kết luận"
        out.append(replace(r, kind="target", state=state))
    return out


def build(*, waves: tuple[int, ...] = (2026, 2030), practice: bool = True, signed: bool = False) -> Results:
    """A results record as the data side would hand it over."""
    rows = _rows(waves)
    rows += _verdicts(rows)
    decision = (
        {"document": "Công văn số 123/SNV-BĐG", "date": "2026-08-05", "decided_by": "Sở Nội vụ"}
        if signed
        else {"document": "", "date": "", "decided_by": ""}
    )
    texts: dict[str, Any] = {
        "province": {"code": "51", "name": {"vi": "tỉnh Quảng Ngãi", "en": "Quảng Ngãi"}},
        "issuer": {
            "superior": "UBND TỈNH QUẢNG NGÃI",
            "agency": "SỞ NỘI VỤ",
            "symbol": "BC-SNV",
            "place": "Quảng Ngãi",
            "signer_title": "GIÁM ĐỐC",
            "addressees": ["Bộ Nội vụ", "Ủy ban nhân dân tỉnh"],
            "recipients": ["Như trên", "Ủy ban MTTQ Việt Nam tỉnh", "Các sở, ban ngành", "UBND các xã, phường, đặc khu"],
            "archive": "Lưu: VT.",
        },
        "plan": {
            "title": {
                "vi": "Kế hoạch triển khai Chương trình Truyền thông về bình đẳng giới giai đoạn 2026 - 2030",
                "en": "Plan",
            },
            "number": "",
            "date": "",
            "targets": [
                {
                    "id": "II.3",
                    "clause": "II.3",
                    "values": {"2030": {"low": 10, "high": 15}},
                    "wording": {
                        "vi": "Đến năm 2030, nhận thức về bình đẳng giới của các nhóm đối tượng trong cộng đồng tăng từ 10 - 15% "
                        "so với năm 2026",
                        "en": "Up by 10-15 percent",
                    },
                    "population": {"vi": "Người dân từ 15 tuổi trở lên thường trú trên địa bàn tỉnh", "en": "Residents 15+"},
                }
            ],
            "documents": [
                {
                    "id": "qd_1790",
                    "date": "2021-10-23",
                    "note": {"vi": "Văn bản Kế hoạch ghi năm 2022.", "en": "Plan says 2022."},
                    "cite": {
                        "vi": "Quyết định số 1790/QĐ-TTg ngày 23 tháng 10 năm 2021 của Thủ tướng Chính phủ",
                        "en": "Decision 1790",
                    },
                },
                {
                    "id": "luat",
                    "date": "2006-11-29",
                    "note": None,
                    "cite": {"vi": "Luật Bình đẳng giới ngày 29 tháng 11 năm 2006", "en": "Law"},
                },
            ],
        },
        "target_ii3": {"outcome": "score", "reading": "relative", "threshold": 60, "level": 10, "signed": signed, **decision},
        "switches": [
            {
                "id": f"A{i}",
                "point": {"vi": f"Điểm chưa rõ thứ {i} của Kế hoạch", "en": f"Point {i}"},
                "choice": "y2026" if i == 7 else "x",
                "choice_label": {"vi": "Cách hiểu đã chọn", "en": "Chosen"},
                "note": {"vi": "Ghi chú về cách hiểu này và lý do chọn", "en": "Note"},
            }
            for i in range(1, 10)
        ],
        "waves": {
            str(w): {
                "field_start": f"{w}-09-05",
                "field_end": f"{w}-11-{20 if w == 2026 else 10}",
                "warnings": [{"vi": "Kỳ khảo sát chạm Tháng hành động (15/11 - 15/12)", "en": "Touches the Action Month"}]
                if w == 2026
                else [],
                "response": {
                    "drawn": 1500,
                    "main": 1280,
                    "reserve": 220,
                    "interviewed": 1203,
                    "no_consent": 41,
                    "not_interviewed": 256,
                    "contacts": {},
                },
                "first_interview": f"{w}-09-05",
                "last_interview": f"{w}-11-10",
            }
            for w in waves
        },
        "indicators": {
            n: {"label": {"vi": label, "en": n}, "unit": unit, "note": None} for n, (label, unit, _, _) in INDICATORS.items()
        },
        "domains": DOMAINS,
        "items": ITEMS,
        "method": [
            {"id": "df", "vi": "Bậc tự do là số địa bàn trừ số tầng có nhóm đó.", "en": "df"},
            {
                "id": "zero",
                "vi": "Thay đổi tương đối của điểm phụ thuộc gốc 0 của thang: 3,20 lên 3,55 là 10,9% trên thang 1 - 5 và "
                "15,9% trên thang 0 - 100.",
                "en": "zero",
            },
        ],
        "all_groups": {
            f"score rel {d}": {"claim": c, "vi": words, "en": c}
            for d, c, words in (
                ("sex", "up", "mọi nhóm đều tăng"),
                ("agegroup", "met", "mọi nhóm đều đạt mức 10%"),
                ("ethnic2", "none", "chưa đủ căn cứ kết luận cho mọi nhóm"),
            )
        },
        "overlap": {"psus_2026": 80, "psus_2030": 80, "common": 41},
        "weights": {
            str(w): {"n": 1203, "sum": 901234.5, "cv": 0.512, "deff_kish": 1.26, "min": 88.2, "max": 4012.9} for w in waves
        },
        "sample_profile": {
            str(w): {
                v: {c: {"n": 301, "percent_weighted": 48.25} for c in a["codes"]} for v, a in DOMAINS.items() if not a["refused"]
            }
            for w in waves
        },
        "bands": [
            {"from": 0, "label": {"vi": "thấp", "en": "low"}},
            {"from": 40, "label": {"vi": "trung bình", "en": "medium"}},
            {"from": 60, "label": {"vi": "khá", "en": "fair"}},
            {"from": 80, "label": {"vi": "tốt", "en": "good"}},
        ],
    }
    digests = {"plan": "a" * 64, "questionnaire": "b" * 64, "form": "c" * 64, "data": "d" * 64, "code": "e" * 64}
    return Results(practice, digests, tuple(rows), texts)
