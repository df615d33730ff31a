"""Paper, margins, page numbers and annexes: what the decree measures on the page itself.

Imports python-docx, document, layout, ooxml, sheet, text and contents.
"""

from __future__ import annotations

from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.section import Section
from docx.shared import Mm

from .. import layout, ooxml
from ..document import Annex, annex_name
from . import contents, text
from .sheet import Sheet, add, styled


def paper(section: Section, stamp: str, *, landscape: bool = False) -> None:
    """A4, the decree's margins, page number top centre (not on the first page), and the stamp on every page."""
    size = "landscape" if landscape else "page"
    section.page_width, section.page_height = Mm(layout.rule(size, "width_mm")), Mm(layout.rule(size, "height_mm"))
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.top_margin, section.bottom_margin = Mm(layout.rule("page", "top_mm")), Mm(layout.rule("page", "bottom_mm"))
    section.left_margin, section.right_margin = Mm(layout.rule("page", "left_mm")), Mm(layout.rule("page", "right_mm"))
    section.header_distance = section.footer_distance = Mm(layout.rule("page", "header_mm"))
    section.different_first_page_header_footer = True
    for header, numbered in ((section.header, True), (section.first_page_header, False)):
        header.is_linked_to_previous = False
        first = header.paragraphs[0]
        styled(first, "page_number")
        if stamp:
            styled(first, "stamp")
            first.add_run(stamp)
            first = add(header, "page_number") if numbered else first
        if numbered:
            ooxml.field(first, "PAGE", "2")


def annex(sheet: Sheet, number: int, part: Annex) -> None:
    """An annex starts on a page of its own with its own page numbers; a wide one on paper turned sideways."""
    section = sheet.word.add_section(WD_SECTION.NEW_PAGE)
    # The paragraph that carries the break is next to nothing: a full line of it may fall on a page of its own.
    ooxml.hairline(sheet.word.paragraphs[-1]._p)
    paper(section, sheet.document.stamp, landscape=part.landscape)
    ooxml.place(section._sectPr, ooxml.element("w:pgNumType", w_start="1"))
    inside(sheet.turned(layout.LANDSCAPE_MM) if part.landscape else sheet, number, part)


def inside(sheet: Sheet, number: int, part: Annex) -> None:
    """What stands in an annex, from its name to its last table."""
    marks = contents.marks(sheet.document)
    for element, words, at in (
        ("annex", annex_name(sheet.document, number), (number, "name")),
        ("annex_title", part.title.upper(), (number, "title")),
    ):
        paragraph = add(sheet.word, element, words)
        if at in marks:
            ooxml.bookmark(paragraph.runs[0], paragraph.runs[0], marks[at], sheet.ids)
    frame, with_what = sheet.document.frame, sheet.document.annexed
    line = f"(Kèm theo Báo cáo số        /{frame.symbol} ngày      tháng      năm        của {frame.named or frame.agency})"
    add(sheet.word, "annex_to", f"(Kèm theo {with_what})" if with_what else line)
    for i, block in enumerate(part.blocks):
        text.block(sheet, block, target=marks.get((number, i), ""))


def body(sheet: Sheet) -> None:
    """The text up to «./.»."""
    marks, blocks = contents.marks(sheet.document), sheet.document.blocks
    for i, block in enumerate(blocks):
        text.block(sheet, block, last=i == len(blocks) - 1, target=marks.get((0, i), ""))
