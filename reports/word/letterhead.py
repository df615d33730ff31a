"""What stands above and below the text of an official report: heading block, addressees, signature and recipients.

Imports python-docx, document, layout, numbers, ooxml, sheet and text.  Number, date and signature stay blank: the file is a draft
until it is registered.
"""

from __future__ import annotations

from typing import Any

from docx.shared import Mm
from docx.text.paragraph import Paragraph as WordParagraph

from .. import layout, numbers, ooxml
from ..document import Frame
from . import text
from .sheet import Sheet, add, fill_first

LEFT_MM, RIGHT_MM = 65.0, 100.0


def head(sheet: Sheet) -> None:
    """Issuing agency on the left, nation and motto on the right, number and date lines blank; kind and subject; addressees."""
    document = sheet.document
    frame = document.frame
    table = sheet.word.add_table(2, 2)
    ooxml.plain_grid(table, (LEFT_MM, RIGHT_MM))
    left, right = table.cell(0, 0), table.cell(0, 1)
    if frame.superior:
        fill_first(left, "superior", frame.superior)
        add(left, "agency", frame.agency)
    else:
        fill_first(left, "agency", frame.agency)
    _line(left, "agency", frame.agency, LEFT_MM, "agency_line")
    fill_first(right, "nation", layout.NATION)
    add(right, "motto", layout.MOTTO)
    _line(right, "motto", layout.MOTTO, RIGHT_MM, "motto_line")
    _number_and_date(sheet, table)
    add(sheet.word, "kind", document.kind.upper())
    add(sheet.word, "subject", "\u00a0".join(document.subject.rsplit(" ", 1)))  # no single word, half a name, on its last line
    if document.attached is not None:
        text.parts(sheet, add(sheet.word, "annex_to"), document.attached)
    width = min(layout.text_width_mm(document.subject, layout.style("subject").size_pt, bold=True), layout.BODY_MM)
    ooxml.under_line(add(sheet.word, "line"), (layout.BODY_MM - width * layout.rule("title_line", "share_of_text")) / 2)
    _addressees(sheet)


def _number_and_date(sheet: Sheet, table: Any) -> None:
    """Below the agency: number and date left blank, which a text issued by another document does not have; «DỰ THẢO»."""
    document, left = sheet.document, table.cell(1, 0)
    if document.attached is None:
        fill_first(left, "symbol", numbers.draft_number(document.frame.symbol))
        fill_first(table.cell(1, 1), "place_date", numbers.place_and_date(document.frame.place))
        if document.draft:
            add(left, "draft", "DỰ THẢO")
    elif document.draft:
        fill_first(left, "draft", "DỰ THẢO")


def addressees(frame: Frame) -> tuple[str, ...]:
    """«Kính gửi» as lines: one addressee on the line, several one a line with semicolons and a full stop."""
    names = [a for a in frame.addressees if a]
    if len(names) < 2:
        return tuple(f"Kính gửi: {name}." for name in names)
    return ("Kính gửi:", *(f"- {name}{'.' if i == len(names) - 1 else ';'}" for i, name in enumerate(names)))


def _addressees(sheet: Sheet) -> None:
    lines = addressees(sheet.document.frame)
    if len(lines) == 1:
        _centred(add(sheet.word, "body", lines[0]))
    for i, line in enumerate(lines if len(lines) > 1 else ()):
        paragraph = add(sheet.word, "body", line)
        paragraph.paragraph_format.left_indent = Mm(50 if i else 35)
        if not i:
            paragraph.paragraph_format.space_before = Mm(3)


def _centred(paragraph: WordParagraph) -> None:
    ooxml.place(paragraph._p.get_or_add_pPr(), ooxml.element("w:jc", w_val="center"))
    ooxml.place(paragraph._p.get_or_add_pPr(), ooxml.element("w:ind", w_firstLine="0"))


def _line(cell: Any, element: str, words: str, cell_mm: float, rule: str) -> None:
    style = layout.style(element)
    length = layout.text_width_mm(words, style.size_pt, bold=style.bold) * layout.rule(rule, "share_of_text")
    ooxml.under_line(add(cell, "line"), (cell_mm - min(length, cell_mm)) / 2)


def recipients(frame: Frame) -> tuple[str, ...]:
    """The items below «Nơi nhận:», the last closed by a full stop."""
    names = [r.rstrip(".;") for r in frame.recipients if r] or ["[nơi nhận]", "Lưu: VT"]
    return tuple(f"- {name}{'.' if i == len(names) - 1 else ';'}" for i, name in enumerate(names))


def authority(frame: Frame) -> tuple[str, ...]:
    """Who signs, in which capacity; a marked gap when the plan's file does not say."""
    return frame.authority or ("[QUYỀN HẠN, CHỨC VỤ]",)


def signature(sheet: Sheet) -> None:
    """Recipients on the left, authority and title in the right half; the name stays blank."""
    frame = sheet.document.frame
    left = layout.BODY_MM * layout.rule("signature", "left_edge_share")
    add(sheet.word, "line").paragraph_format.keep_with_next = True
    table = sheet.word.add_table(1, 2)
    ooxml.plain_grid(table, (left, layout.BODY_MM - left))
    ooxml.keep_whole(table._tbl.tr_lst[0])
    fill_first(table.cell(0, 0), "recipients_head", "Nơi nhận:")
    for item in recipients(frame):
        add(table.cell(0, 0), "recipients", item)
    cell = table.cell(0, 1)
    titles = authority(frame)
    fill_first(cell, "authority", titles[0])
    for title in titles[1:]:
        add(cell, "authority", title)
    add(cell, "authority").paragraph_format.space_before = Mm(layout.rule("signature", "space_mm"))
