"""The codebook of the public microdata: every column and every code in both languages.

Imports the forms door (questionnaire) and the texts of results.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..results import Results
from .anonymity import BAND, BLANK, GROUP

Line = tuple[str, str, str, str]
FIXED: dict[str, tuple[str, str]] = {
    "wave": ("Kỳ khảo sát", "Wave"),
    "round_kind": ("practice: số liệu giả lập để tập huấn; real: số liệu thật", "practice: invented for training; real"),
    "person": ("Mã dòng, không có nghĩa", "Meaningless id of a line"),
    "stratum": ("Tầng chọn mẫu của kỳ", "Sampling stratum of the wave"),
    "psu": ("Địa bàn điều tra: mã không có nghĩa, chung cho các kỳ", "Hamlet: meaningless id, common to the waves"),
    "weight": ("Quyền số, làm tròn đến số nguyên", "Weight, rounded to a whole number"),
    "sex": ("Giới tính", "Sex"),
    BAND: ("Nhóm tuổi: từ_đến; nhóm cuối: từ tuổi ấy trở lên", "Age band: from_to; the last one: that age or over"),
    GROUP: ("Dân tộc Kinh hoặc dân tộc thiểu số", "Kinh or ethnic minority"),
}  # fmt: skip
WHY = {
    "answered": ("đã trả lời", "answered"), "not_asked": ("không thuộc diện hỏi", "not asked"),
    "dont_know": ("không biết", "does not know"), "refused": ("không trả lời", "refused"), "missing": ("thiếu", "missing"),
}  # fmt: skip
_BLANKED = ("để trống: không biết hoặc để không ai đứng riêng", "blank: unknown, or so that nobody stands alone")


def lines(columns: Sequence[str], results: Results, questionnaire: Path | None) -> Iterator[Line]:
    """column, code ('' for the column itself), Vietnamese, English."""
    asked = _asked(questionnaire)
    texts = results.texts
    for name in columns:
        base = name.removesuffix("__why")
        if base != name:
            yield (name, "", f"Vì sao có hoặc không có {base}", f"Why {base} is there or not")
            yield from ((name, code, vi, en) for code, (vi, en) in WHY.items())
            continue
        label = FIXED.get(name) or _label(name, asked, texts)
        yield (name, "", *label)
        yield from ((name, code, vi, en) for code, vi, en in _codes(name, asked, texts))


def _asked(questionnaire: Path | None) -> dict[str, Any]:
    from forms import codebook, load_questionnaire, questionnaire_folder

    book = codebook(load_questionnaire(questionnaire or questionnaire_folder("household")))
    return {v.name: v for v in book.variables}


def _label(name: str, asked: dict[str, Any], texts: Any) -> tuple[str, str]:
    if name in asked:
        return (asked[name].label.vi, asked[name].label.en)
    told = texts.get("indicators", {}).get(name, {}).get("label")
    return (told["vi"], told["en"]) if told else (name, name)


def _codes(name: str, asked: dict[str, Any], texts: Any) -> Iterator[tuple[str, str, str]]:
    if name in (GROUP, BAND):
        yield (BLANK or "(trống / empty)", *_BLANKED)
    codes = texts.get("domains", {}).get(name, {}).get("codes", {}) if name in ("sex", GROUP) else {}
    yield from ((code, label["vi"], label["en"]) for code, label in codes.items())
    if name in asked and not codes:
        yield from ((c.code, c.label.vi, c.label.en) for c in asked[name].choices)
