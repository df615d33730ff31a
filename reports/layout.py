"""How an official report looks: the measurable rules of NĐ 30/2020/NĐ-CP, Phụ lục I, as one table.

Imports the standard library only.  word.py reads every size from here and a
test measures the produced .docx against the same records; `allowed` is what
the decree leaves open, `value` what we choose.  Rows marked (practice) are
customary, not in the decree.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

FACE = "Times New Roman"
FACE_SLOTS = ("ascii", "hAnsi", "cs", "eastAsia")
LANGUAGE = "vi-VN"
STAMP_COLOUR = "C00000"
BLANK_COLOUR = "yellow"
END_MARK = "./."
NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"


@dataclass(frozen=True)
class Rule:
    """One measurable rule.  allowed: (low, high) where the decree gives a range."""

    element: str
    rule: str
    value: float
    allowed: tuple[float, float]
    source: str = "NĐ 30/2020/NĐ-CP, Phụ lục I"


_RULES = (
    Rule("page", "width_mm", 210, (210, 210)),
    Rule("page", "height_mm", 297, (297, 297)),
    Rule("landscape", "width_mm", 297, (297, 297)),
    Rule("landscape", "height_mm", 210, (210, 210)),
    Rule("page", "top_mm", 20, (20, 25)),
    Rule("page", "bottom_mm", 20, (20, 25)),
    Rule("page", "left_mm", 30, (30, 35)),
    Rule("page", "right_mm", 15, (15, 20)),
    Rule("page", "header_mm", 8, (5, 15), "practice: the number stands inside the top margin"),
    Rule("body", "first_line_mm", 12.7, (10, 12.7)),
    Rule("body", "after_pt", 6, (6, 12)),
    Rule("body", "line_spacing", 1.0, (1.0, 1.5)),
    Rule("motto_line", "share_of_text", 1.0, (0.97, 1.03)),
    Rule("agency_line", "share_of_text", 0.4, (1 / 3, 1 / 2)),
    Rule("title_line", "share_of_text", 0.4, (1 / 3, 1 / 2)),
    Rule("signature", "left_edge_share", 0.51, (0.5, 0.6), "practice: right half of the page"),
    Rule("signature", "space_mm", 32, (30, 40), "practice"),
)


@dataclass(frozen=True)
class Style:
    """The look of one element, and the Word style that carries it.

    size_pt lies in allowed; before/after in points; first_line in millimetres; outline 0-2 for headings, None else.
    """

    element: str
    style_id: str
    name: str
    size_pt: float
    allowed: tuple[float, float]
    bold: bool = False
    italic: bool = False
    align: Literal["left", "center", "right", "both"] = "left"
    before_pt: float = 0
    after_pt: float = 0
    first_line: bool = False
    keep_next: bool = False
    outline: int | None = None
    capitals: bool = False
    colour: str = ""


STYLES = (
    Style("body", "Normal", "Normal", 14, (13, 14), align="both", after_pt=6, first_line=True),
    Style("nation", "BdgQuocHieu", "Quốc hiệu", 12, (12, 13), bold=True, align="center", capitals=True),
    Style("motto", "BdgTieuNgu", "Tiêu ngữ", 13, (13, 14), bold=True, align="center"),
    Style("superior", "BdgCoQuanChuQuan", "Cơ quan chủ quản", 12, (12, 13), align="center", capitals=True),
    Style("agency", "BdgCoQuan", "Cơ quan ban hành", 12, (12, 13), bold=True, align="center", capitals=True),
    Style("symbol", "BdgSoKyHieu", "Số, ký hiệu", 13, (13, 13), align="center"),
    Style("place_date", "BdgDiaDanh", "Địa danh, ngày tháng", 13, (13, 14), italic=True, align="center"),
    Style("draft", "BdgDuThao", "Dự thảo", 13, (12, 14), bold=True, align="center", capitals=True),
    Style("kind", "Title", "Title", 14, (13, 14), bold=True, align="center", before_pt=12, keep_next=True, capitals=True),
    Style("subject", "BdgTrichYeu", "Trích yếu", 14, (13, 14), bold=True, align="center", keep_next=True),
    Style("line", "BdgDuongKe", "Đường kẻ", 2, (1, 4), align="center"),
    Style("blank", "BdgCheTrong", "Chỗ trống để viết", 14, (13, 14), align="left", after_pt=6, first_line=True),
    Style("basis", "BdgCanCu", "Căn cứ", 14, (13, 14), italic=True, align="both", after_pt=6, first_line=True),
    Style(
        "heading1",
        "Heading1",
        "heading 1",
        14,
        (13, 14),
        bold=True,
        align="both",
        before_pt=6,
        after_pt=6,
        first_line=True,
        keep_next=True,
        outline=0,
        capitals=True,
    ),
    Style(
        "heading2",
        "Heading2",
        "heading 2",
        14,
        (13, 14),
        bold=True,
        align="both",
        before_pt=3,
        after_pt=6,
        first_line=True,
        keep_next=True,
        outline=1,
    ),
    Style(
        "heading3",
        "Heading3",
        "heading 3",
        14,
        (13, 14),
        align="both",
        after_pt=6,
        first_line=True,
        keep_next=True,
        outline=2,
    ),
    Style("caption", "Caption", "caption", 13, (11, 14), bold=True, align="center", before_pt=6, after_pt=2, keep_next=True),
    Style("caption_figure", "BdgTenHinh", "Tên hình", 13, (11, 14), bold=True, align="center", before_pt=2, after_pt=6),
    Style("picture", "BdgHinh", "Hình", 13, (11, 14), align="center", before_pt=6, keep_next=True),
    Style("unit", "BdgDonViTinh", "Đơn vị tính", 11, (11, 13), italic=True, align="right", after_pt=2, keep_next=True),
    Style("cell_head", "BdgDauBang", "Đầu bảng", 11, (11, 12), bold=True, align="center"),
    Style("cell", "BdgO", "Ô bảng", 11, (11, 12)),
    Style("cell_number", "BdgOSo", "Ô số", 11, (11, 12), align="center"),
    Style("source", "BdgNguon", "Nguồn và ghi chú", 11, (11, 12), italic=True, align="both", before_pt=2, after_pt=2),
    Style("authority", "BdgChucVu", "Quyền hạn, chức vụ", 14, (13, 14), bold=True, align="center", capitals=True),
    Style("recipients_head", "BdgNoiNhan", "Nơi nhận", 12, (12, 12), bold=True, italic=True),
    Style("recipients", "BdgNoiNhanMuc", "Mục nơi nhận", 11, (11, 11)),
    Style("annex", "BdgPhuLuc", "Phụ lục", 14, (14, 14), bold=True, align="center", keep_next=True, outline=0),
    Style(
        "annex_title",
        "BdgTenPhuLuc",
        "Tên phụ lục",
        14,
        (13, 14),
        bold=True,
        align="center",
        keep_next=True,
        outline=0,
        capitals=True,
    ),
    Style("annex_to", "BdgKemTheo", "Kèm theo", 14, (13, 14), italic=True, align="center", after_pt=8),
    Style("contents_title", "BdgMucLuc", "Tên mục lục", 13, (13, 14), bold=True, align="center", before_pt=6, keep_next=True),
    Style("contents1", "TOC1", "toc 1", 13, (13, 14)),
    Style("contents2", "TOC2", "toc 2", 13, (13, 14)),
    Style("page_number", "Header", "header", 14, (13, 14), align="center"),
    Style("stamp", "BdgGiaLap", "Số liệu giả lập", 10, (9, 14), bold=True, align="center", capitals=True, colour=STAMP_COLOUR),
)


def rule(element: str, name: str) -> float:
    """The chosen value of a measurable rule.  KeyError (our bug) when it is not in the table."""
    return {(r.element, r.rule): r.value for r in _RULES}[element, name]


def style(element: str) -> Style:
    """The look of an element.  KeyError (our bug) when it is not in the table."""
    return {s.element: s for s in STYLES}[element]


def rules() -> Iterator[Rule]:
    """Every measurable rule in one shape, the styles' sizes included."""
    yield from _RULES
    for s in STYLES:
        yield Rule(s.element, "size_pt", s.size_pt, s.allowed)
        yield Rule(s.element, "bold", float(s.bold), (float(s.bold), float(s.bold)))
        yield Rule(s.element, "italic", float(s.italic), (float(s.italic), float(s.italic)))


BODY_MM, LANDSCAPE_MM = 165.0, 252.0  # 210 - 30 - 15 and 297 - 30 - 15; a test holds them against the rules


# Widths in 1/1000 em of Times (Adobe's published font metrics; Times New Roman has the same advance widths).
_CAPITALS = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            (722, 722),
            (667, 667),
            (667, 722),
            (722, 722),
            (611, 667),
            (556, 611),
            (722, 778),
            (722, 778),
            (333, 389),
            (389, 500),
            (722, 778),
            (611, 667),
            (889, 944),
            (722, 722),
            (722, 778),
            (556, 611),
            (722, 778),
            (667, 722),
            (556, 556),
            (611, 667),
            (722, 722),
            (722, 722),
            (944, 1000),
            (722, 722),
            (722, 722),
            (611, 667),
        ),
        strict=True,
    )
)
_SMALL = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        (
            (444, 500),
            (500, 556),
            (444, 444),
            (500, 556),
            (444, 444),
            (333, 333),
            (500, 500),
            (500, 556),
            (278, 278),
            (278, 333),
            (500, 556),
            (278, 278),
            (778, 833),
            (500, 556),
            (500, 500),
            (500, 556),
            (500, 556),
            (333, 444),
            (389, 389),
            (278, 333),
            (500, 556),
            (500, 500),
            (722, 722),
            (500, 500),
            (500, 500),
            (444, 444),
        ),
        strict=True,
    )
)
_OTHERS = {" ": (250, 250), "-": (333, 333), "Đ": (722, 722), "đ": (500, 556), ".": (250, 250), ",": (250, 250)}


def text_width_mm(text: str, size_pt: float, *, bold: bool) -> float:
    """How long a line of text is in Times New Roman; Vietnamese marks do not widen a letter."""
    widths = _CAPITALS | _SMALL | _OTHERS
    total = 0
    for letter in text:
        base = letter if letter in widths else unicodedata.normalize("NFD", letter)[0]
        # the horned letters Ơ and Ư are a little wider than O and U; the difference is under 1 % of a line
        total += widths.get(base, (500, 500))[bold]
    return total / 1000 * size_pt * 25.4 / 72
