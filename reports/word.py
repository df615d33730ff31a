"""Document -> BaoCao.docx by the rules of layout.py: heading block, text, native tables, captions, signature.

Imports python-docx, document, layout, numbers, ooxml, wordstyles, package.
Number, date and signature stay blank: the file is a draft until registered.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_COLOR_INDEX
from docx.section import Section
from docx.shared import Mm
from docx.table import _Cell
from docx.text.paragraph import Paragraph as WordParagraph

from . import layout, numbers, ooxml, wordstyles
from .document import Block, Cell, Document, Heading, Judgement, Paragraph, Picture, Reference, Table, below, labels, runs
from .package import rezip

LEFT_MM, RIGHT_MM = 65.0, 100.0
PICTURE_MM = 210.0  # a picture and its caption fit on one page
BLANK_LINE = "." * 100
_STYLE = {1: "heading1", 2: "heading2", 3: "heading3"}
_ROLE = {"body": "body", "basis": "basis", "item": "body", "note": "source", "strong": "body"}


@dataclass(frozen=True)
class _Page:
    """What every step of writing one file shares."""

    word: WordDocument
    document: Document
    names: dict[str, str]
    ids: ooxml.Ids


def write(document: Document) -> bytes:
    """The bytes of the Word file; the same document gives the same bytes."""
    word = wordstyles.blank(document.subject, stamped=bool(document.stamp))
    page = _Page(word, document, dict(labels(document)), ooxml.Ids())
    _page(word.sections[0], document.stamp)
    _heading_block(page)
    for i, block in enumerate(document.blocks):
        _block(page, block, last=i == len(document.blocks) - 1)
    if document.attached is None:
        _signature(page)
    for number, annex in enumerate(document.annexes, 1):
        _annex(page, number, annex.title, annex.blocks)
    out = io.BytesIO()
    word.save(out)
    return rezip(out.getvalue())


def _add(where: Any, element: str, text: str = "") -> WordParagraph:
    """A paragraph in the style of a layout element, in the document or in a cell or header."""
    paragraph: WordParagraph = where.add_paragraph(text)
    _styled(paragraph, element)
    return paragraph


def _styled(paragraph: WordParagraph, element: str) -> None:
    """By id: python-docx looks a name up anew for every paragraph, which is slow in long tables."""
    paragraph._p.style = layout.style(element).style_id


def _page(section: Section, stamp: str) -> None:
    """Paper, margins, page number top centre (not on the first page), and the stamp on every page."""
    section.page_width, section.page_height = Mm(layout.rule("page", "width_mm")), Mm(layout.rule("page", "height_mm"))
    section.orientation = WD_ORIENT.PORTRAIT
    section.top_margin, section.bottom_margin = Mm(layout.rule("page", "top_mm")), Mm(layout.rule("page", "bottom_mm"))
    section.left_margin, section.right_margin = Mm(layout.rule("page", "left_mm")), Mm(layout.rule("page", "right_mm"))
    section.header_distance = section.footer_distance = Mm(layout.rule("page", "header_mm"))
    section.different_first_page_header_footer = True
    for header, numbered in ((section.header, True), (section.first_page_header, False)):
        header.is_linked_to_previous = False
        first = header.paragraphs[0]
        _styled(first, "page_number")
        if stamp:
            _styled(first, "stamp")
            first.add_run(stamp)
            first = _add(header, "page_number") if numbered else first
        if numbered:
            ooxml.field(first, "PAGE", "2")


def _heading_block(page: _Page) -> None:
    """Issuing agency on the left, nation and motto on the right, number and date lines blank."""
    frame = page.document.frame
    table = page.word.add_table(2, 2)
    ooxml.plain_grid(table, (LEFT_MM, RIGHT_MM))
    left, right = table.cell(0, 0), table.cell(0, 1)
    if frame.superior:
        _fill_first(left, "superior", frame.superior)
        _add(left, "agency", frame.agency)
    else:
        _fill_first(left, "agency", frame.agency)
    _line(left, "agency", frame.agency, LEFT_MM, "agency_line")
    _fill_first(right, "nation", layout.NATION)
    _add(right, "motto", layout.MOTTO)
    _line(right, "motto", layout.MOTTO, RIGHT_MM, "motto_line")
    _number_and_date(page, table)
    _add(page.word, "kind", page.document.kind.upper())
    _add(page.word, "subject", page.document.subject)
    if page.document.attached is not None:
        _parts(page, _add(page.word, "annex_to"), page.document.attached)
    width = min(layout.text_width_mm(page.document.subject, layout.style("subject").size_pt, bold=True), layout.BODY_MM)
    share = layout.rule("title_line", "share_of_text")
    ooxml.under_line(_add(page.word, "line"), (layout.BODY_MM - width * share) / 2)
    _addressees(page)


def _number_and_date(page: _Page, table: Any) -> None:
    """Below the agency: number and date left blank, which a text issued by another document does not have; «DỰ THẢO»."""
    frame, left = page.document.frame, table.cell(1, 0)
    if page.document.attached is None:
        _fill_first(left, "symbol", numbers.draft_number(frame.symbol))
        _fill_first(table.cell(1, 1), "place_date", numbers.place_and_date(frame.place))
        if page.document.draft:
            _add(left, "draft", "DỰ THẢO")
    elif page.document.draft:
        _fill_first(left, "draft", "DỰ THẢO")


def _addressees(page: _Page) -> None:
    """«Kính gửi»: one addressee on the line, several one a line with semicolons and a full stop."""
    names = [a for a in page.document.frame.addressees if a]
    if len(names) == 1:
        _centred(_add(page.word, "body", f"Kính gửi: {names[0]}."))
    elif names:
        first = _add(page.word, "body", "Kính gửi:")
        first.paragraph_format.left_indent, first.paragraph_format.space_before = Mm(35), Mm(3)
        for i, name in enumerate(names):
            line = _add(page.word, "body", f"- {name}{'.' if i == len(names) - 1 else ';'}")
            line.paragraph_format.left_indent = Mm(50)


def _centred(paragraph: WordParagraph) -> None:
    ooxml.place(paragraph._p.get_or_add_pPr(), ooxml.element("w:jc", w_val="center"))
    ooxml.place(paragraph._p.get_or_add_pPr(), ooxml.element("w:ind", w_firstLine="0"))


def _fill_first(cell: Any, element: str, text: str) -> None:
    """A new cell comes with one empty paragraph: use it."""
    paragraph = cell.paragraphs[0]
    _styled(paragraph, element)
    paragraph.add_run(text)


def _line(cell: Any, element: str, text: str, cell_mm: float, rule: str) -> None:
    style = layout.style(element)
    length = layout.text_width_mm(text, style.size_pt, bold=style.bold) * layout.rule(rule, "share_of_text")
    ooxml.under_line(_add(cell, "line"), (cell_mm - min(length, cell_mm)) / 2)


def _block(page: _Page, block: Block, *, last: bool = False) -> None:
    if isinstance(block, Heading):
        _add(page.word, _STYLE[block.level], block.text)
    elif isinstance(block, Paragraph):
        _paragraph(page, block, last=last)
    elif isinstance(block, Judgement):
        _judgement(page, block, last=last)
    elif isinstance(block, Table):
        _table(page, block)
    else:
        _picture(page, block)


def _paragraph(page: _Page, block: Paragraph, *, last: bool) -> None:
    paragraph = _add(page.word, _ROLE[block.role])
    _parts(page, paragraph, block)
    if last:
        _end(paragraph)


def _parts(page: _Page, paragraph: WordParagraph, block: Paragraph) -> None:
    """The sentences as runs: references as fields, gaps highlighted, keys as bookmarks."""
    for text, part in runs(block, page.names):
        if isinstance(part, Reference):
            if text.startswith(" "):
                paragraph.add_run(" ")
            ooxml.field(paragraph, f"REF {_anchor(part.anchor)} \\h", text.strip())
            continue
        if part.blank and text.startswith(" "):
            paragraph.add_run(" ")
        run = paragraph.add_run(text.lstrip() if part.blank else text)
        if part.blank:
            run.font.highlight_color = WD_COLOR_INDEX.YELLOW
        for key in dict.fromkeys(k for k in part.keys if "/" not in k):
            number = page.ids.take()
            run._r.addprevious(ooxml.element("w:bookmarkStart", w_id=number, w_name=f"k_{key}_{number}"))
            run._r.addnext(ooxml.element("w:bookmarkEnd", w_id=number))


def _end(paragraph: WordParagraph) -> None:
    """«./.» after the last words, which stay on one page with the signature."""
    paragraph.add_run(layout.END_MARK)
    paragraph.paragraph_format.keep_with_next = True


def _judgement(page: _Page, block: Judgement, *, last: bool) -> None:
    """A blank that people fill: highlighted, and said to be one."""
    paragraph = _add(page.word, "blank")
    run = paragraph.add_run(f"[Cơ quan soạn thảo viết {block.prompt}:")
    run.add_break()
    run.add_text(f"{BLANK_LINE}]")
    run.font.highlight_color = WD_COLOR_INDEX.YELLOW
    if last:
        _end(paragraph)


def _anchor(name: str) -> str:
    return f"_Ref_{name}"


def _caption(page: _Page, element: str, anchor: str, sequence: str, text: str) -> None:
    """«Biểu số 01. ...»: a native caption, its number a SEQ field, label and number inside the bookmark."""
    label = page.names[anchor]
    word, shown = label.rsplit(" ", 1)
    paragraph = _add(page.word, element)
    first = paragraph.add_run(word + " ")
    form = ' \\# "00"' if sequence == "Biểu_số" else " \\* ARABIC"
    _, last = ooxml.field(paragraph, f"SEQ {sequence}{form}", shown)
    ooxml.bookmark(first, last, _anchor(anchor), page.ids)
    paragraph.add_run(f". {text}")


def _table(page: _Page, block: Table) -> None:
    _caption(page, "caption", block.anchor, "Biểu_số", block.caption)
    if block.unit:
        _add(page.word, "unit", f"Đơn vị tính: {block.unit}")
    grouped = any(c.group for c in block.columns)
    heads = 2 if grouped else 1
    table = page.word.add_table(heads + len(block.rows), len(block.columns))
    table.style = "Table Grid"
    total = sum(c.width for c in block.columns)
    ooxml.fixed(table, tuple(layout.BODY_MM * c.width / total for c in block.columns))
    ooxml.describe_table(table, page.names[block.anchor], block.caption)
    rows = table._tbl.tr_lst
    grid = [[_Cell(tc, table) for tc in tr.tc_lst] for tr in rows]
    for tr in rows:
        ooxml.keep_whole(tr)
    for tr in rows[:heads]:
        ooxml.repeat_as_header(tr)
    _head(block, grid, grouped=grouped)
    for line, cells in zip(block.rows, grid[heads:], strict=True):
        if line.group:
            ooxml.span(cells)
            _write(cells[0], "cell", line.cells[0].text, bold=True)
            ooxml.shade(cells[0], "F2F2F2")
            cells[0].paragraphs[0].paragraph_format.keep_with_next = True
            continue
        for column, cell, target in zip(block.columns, line.cells, cells, strict=True):
            _cell(target, cell, number=column.kind != "text")
    # Not a head with a single line at the foot of a page, nor a source line alone at the top of the next.
    for cells in [*grid[: heads + 1], grid[-1]]:
        for paragraph in cells[0].paragraphs:
            paragraph.paragraph_format.keep_with_next = True
    for text in below(block):
        _add(page.word, "source", text)


def _head(block: Table, grid: list[list[_Cell]], *, grouped: bool) -> None:
    """One head row, or two with neighbouring columns under their group."""
    for row in grid[: 2 if grouped else 1]:
        for cell in row:
            ooxml.shade(cell, "E7E6E6")
    for k, column in enumerate(block.columns):
        _write(grid[1 if column.group else 0][k], "cell_head", column.label)
        if grouped and not column.group:
            ooxml.stack(grid[0][k], grid[1][k])
    if grouped:
        for name, members in groupby(range(len(block.columns)), key=lambda k: block.columns[k].group):
            if name:
                cells = [grid[0][k] for k in members]
                ooxml.span(cells)
                _write(cells[0], "cell_head", name)


def _write(cell: Any, element: str, text: str, *, bold: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    _styled(paragraph, element)
    run = paragraph.add_run(text)
    if bold:
        run.bold = True
    ooxml.place(cell._tc.get_or_add_tcPr(), ooxml.element("w:vAlign", w_val="center"))


def _cell(target: Any, cell: Cell, *, number: bool) -> None:
    _write(target, "cell_number" if number else "cell", cell.text)
    if cell.below:
        limits = target.add_paragraph()
        _styled(limits, "cell_number")
        limits.add_run(f"({cell.below})" if cell.below != numbers.NO_FIGURE else cell.below)


def _picture(page: _Page, block: Picture) -> None:
    holder = _add(page.word, "picture")
    inline = holder.add_run().add_picture(io.BytesIO(block.png), width=Mm(block.width_mm))
    if inline.height > Mm(PICTURE_MM):
        inline.width, inline.height = Mm(block.width_mm * Mm(PICTURE_MM) / inline.height), Mm(PICTURE_MM)
    ooxml.describe_picture(inline._inline, page.names[block.anchor], block.alt)
    _caption(page, "caption_figure", block.anchor, "Hình", block.caption)


def _signature(page: _Page) -> None:
    """Recipients on the left, authority and title in the right half; the name stays blank."""
    frame = page.document.frame
    left = layout.BODY_MM * layout.rule("signature", "left_edge_share")
    _add(page.word, "line").paragraph_format.keep_with_next = True
    table = page.word.add_table(1, 2)
    ooxml.plain_grid(table, (left, layout.BODY_MM - left))
    ooxml.keep_whole(table._tbl.tr_lst[0])
    _fill_first(table.cell(0, 0), "recipients_head", "Nơi nhận:")
    names = [r.rstrip(".;") for r in frame.recipients if r]
    for i, name in enumerate(names or ["[nơi nhận]", "Lưu: VT"]):
        end = "." if i == len(names or ["", ""]) - 1 else ";"
        _add(table.cell(0, 0), "recipients", f"- {name}{end}")
    cell = table.cell(0, 1)
    titles = frame.authority or ("[QUYỀN HẠN, CHỨC VỤ]",)
    _fill_first(cell, "authority", titles[0])
    for title in titles[1:]:
        _add(cell, "authority", title)
    _add(cell, "authority").paragraph_format.space_before = Mm(layout.rule("signature", "space_mm"))


def _annex(page: _Page, number: int, title: str, blocks: tuple[Block, ...]) -> None:
    """An annex starts on a page of its own with its own page numbers."""
    section = page.word.add_section(WD_SECTION.NEW_PAGE)
    # The paragraph that carries the break is next to nothing: a full line of it may fall on a page of its own.
    ooxml.hairline(page.word.paragraphs[-1])
    _page(section, page.document.stamp)
    ooxml.place(section._sectPr, ooxml.element("w:pgNumType", w_start="1"))
    _add(page.word, "annex", f"Phụ lục {numbers.roman(number)}")
    _add(page.word, "annex_title", title.upper())
    symbol = page.document.frame.symbol
    agency = page.document.frame.agency
    line = f"(Kèm theo Báo cáo số        /{symbol} ngày      tháng      năm        của {page.document.frame.named or agency})"
    _add(page.word, "annex_to", f"(Kèm theo {page.document.annexed})" if page.document.annexed else line)
    for block in blocks:
        _block(page, block)
