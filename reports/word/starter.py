"""A template to start from: the decree's layout with every tag in its place, for a province to change into its own.

Imports python-docx, layout, ooxml, wordstyles, package, sheet, pages and letterhead.
"""

from __future__ import annotations

import io

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm

from .. import layout, ooxml, wordstyles
from ..package import rezip
from . import pages
from .letterhead import LEFT_MM, RIGHT_MM
from .sheet import add, fill_first


def starter() -> bytes:
    """The bytes of the template; always the same."""
    word = wordstyles.blank("Mẫu báo cáo", stamped=False)
    pages.paper(word.sections[0], "")
    head = word.add_table(2, 2)
    ooxml.plain_grid(head, (LEFT_MM, RIGHT_MM))
    left, right = head.cell(0, 0), head.cell(0, 1)
    fill_first(left, "superior", "{{ co_quan_chu_quan }}")
    add(left, "agency", "{{ co_quan }}")
    ooxml.under_line(add(left, "line"), LEFT_MM / 3)
    fill_first(right, "nation", layout.NATION)
    add(right, "motto", layout.MOTTO)
    ooxml.under_line(
        add(right, "line"), (RIGHT_MM - layout.text_width_mm(layout.MOTTO, layout.style("motto").size_pt, bold=True)) / 2
    )
    fill_first(head.cell(1, 0), "symbol", "{{ so_ky_hieu }}")
    add(head.cell(1, 0), "draft", "{{ du_thao }}")
    fill_first(head.cell(1, 1), "place_date", "{{ dia_danh_ngay }}")
    add(word, "kind", "{{ loai_van_ban }}")
    add(word, "subject", "{{ trich_yeu }}")
    ooxml.under_line(add(word, "line"), layout.BODY_MM * 0.3)
    addressees = add(word, "body", "{{ kinh_gui }}")
    addressees.paragraph_format.left_indent, addressees.paragraph_format.first_line_indent = Mm(50), Mm(-15)
    addressees.alignment = WD_ALIGN_PARAGRAPH.LEFT
    add(word, "body", "{{ muc_luc }}")
    add(word, "body", "{{ noi_dung }}")
    add(word, "line").paragraph_format.keep_with_next = True
    foot = word.add_table(1, 2)
    edge = layout.BODY_MM * layout.rule("signature", "left_edge_share")
    ooxml.plain_grid(foot, (edge, layout.BODY_MM - edge))
    ooxml.keep_whole(foot._tbl.tr_lst[0])
    fill_first(foot.cell(0, 0), "recipients_head", "Nơi nhận:")
    add(foot.cell(0, 0), "recipients", "{{ noi_nhan }}")
    fill_first(foot.cell(0, 1), "authority", "{{ quyen_han_chuc_vu }}")
    add(foot.cell(0, 1), "authority").paragraph_format.space_before = Mm(layout.rule("signature", "space_mm"))
    add(word, "body", "{{ phu_luc }}")
    out = io.BytesIO()
    word.save(out)
    return rezip(out.getvalue())
