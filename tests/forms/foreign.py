"""A survey as others write it: an XLSForm made with openpyxl, another code base than reads it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

SURVEY: Sequence[Sequence[object]] = (
    ("type", "name", "label::Tiếng Việt (vi)", "label::English (en)", "hint", "relevent", "relevant", "required", "constraint",
     "constraint_message", "calculation", "choice_filter", "repeat_count", "appearance", "default", "media::image", "parameters",
     "bind::type", "label::Hrê (hre)"),
    ("start", "start"),
    ("text", "Q1", "Tên thôn?", "Hamlet?", "Ghi đủ dấu", "", "", "yes", "", "", "", "", "", "", "Thôn 1", "", "", "", "Hrê"),
    ("begin_group", "about", "Về hộ", "About"),
    ("integer", "hh-size", "Mấy người?", "How many people?", "", "", "", True, ". > 0 and . <= 30", "Từ 1 đến 30"),
    ("select_one yn", "consent", "Đồng ý?", "Agree?", "", "", "${hh-size} > 1", "true()"),
    ("select_one province", "province", "Tỉnh nào?", "Which province?", "", "", "${consent} = 'yes'"),
    ("select_one commune", "commune", "Xã nào?", "Which commune?", "", "", "${consent}='yes' and ${province} != ''", "", "", "",
     "", "province = ${province}", "", "minimal"),
    ("select_multiple crops", "crops", "Trồng gì?", "Which crops?", "", "", "selected(${consent}, 'yes')", "", "", "", "", "", "",
     "", "", "", "randomize=true"),
    ("calculate", "ncrops", "", "", "", "", "", "", "", "", "count-selected(${crops})", "", "", "", "", "", "", "int"),
    ("decimal", "area", "Bao nhiêu héc-ta?", "How many hectares?", "", "",
     "${ncrops} = 1 or (${ncrops} > 2 and not(${consent} = 'no'))", "${ncrops} > 2", ". >= 0"),
    ("end_group",),
    ("begin repeat", "plot", "Thửa đất", "Plot"),
    ("select_one size", "psize", "Thửa lớn nhỏ?", "How large?"),
    ("note", "big", "Thửa lớn.", "", "", "", "${psize} = 2"),
    ("end repeat",),
    ("geotrace", "border", "Ranh giới?", "Border?"),
    ("image", "photo", "", "", "Chụp ảnh nhà", "", "", "", "", "", "", "", "", "", "", "house.jpg"),
)  # fmt: skip
CHOICES: Sequence[Sequence[object]] = (
    ("list_name", "name", "label::Tiếng Việt (vi)", "label::English (en)", "province", "remark"),
    ("yn", "yes", "Có", "Yes"),
    ("yn", "no", "Không", "No"),
    ("province", 51, "Quảng Ngãi", "Quảng Ngãi"),
    ("province", 52, "Gia Lai", "Gia Lai"),
    ("commune", "c1", "Xã Một", "Commune One", 51, "mới"),
    ("commune", "c2", "Xã Hai", "Commune Two", 52),
    ("crops", "rice", "Lúa", "Rice"),
    ("crops", "maize", "Ngô", ""),
    ("crops", "dk", "Không biết", "Do not know"),
    ("size", 1, "Nhỏ", "Small"),
    ("size", 2, "Lớn", "Large"),
)
SETTINGS: Sequence[Sequence[object]] = (
    ("form_title", "form_id", "version", "submission_url"),
    ("Điều tra đất", "land", 7, "https://x.invalid"),
)


def write_xlsform(
    path: Path,
    survey: Sequence[Sequence[object]] = SURVEY,
    choices: Sequence[Sequence[object]] = CHOICES,
    settings: Sequence[Sequence[object]] = SETTINGS,
    **more: Sequence[Sequence[object]],
) -> Path:
    """The workbook; more: further sheets by name. Empty texts are empty cells."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in {"survey": survey, "choices": choices, "settings": settings, **more}.items():
        sheet = book.create_sheet(name)
        for r, row in enumerate(rows, 1):
            for c, value in enumerate(row, 1):
                if value != "":
                    sheet.cell(r, c, value)
    book.save(path)
    return path
