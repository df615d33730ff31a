"""Headings, paragraphs, judgement blanks and pictures of a report in Word; sentences keep the keys of their rows as bookmarks.

Imports python-docx, document, ooxml, sheet, controls and grids.
"""

from __future__ import annotations

import io

from docx.enum.text import WD_COLOR_INDEX
from docx.shared import Mm
from docx.text.paragraph import Paragraph as WordParagraph

from .. import layout, ooxml
from ..document import Block, Heading, Judgement, Paragraph, Picture, Reference, Sentence, Table, pieces, runs
from . import controls, grids
from .sheet import Sheet, add, anchor

BLANK_LINE = "." * 100
_STYLE = {1: "heading1", 2: "heading2", 3: "heading3"}
_ROLE = {"body": "body", "basis": "basis", "item": "body", "note": "source", "strong": "body"}


def block(sheet: Sheet, part: Block, *, last: bool = False, target: str = "") -> None:
    """One block at the end of the document.  last: «./.» closes it; target: the bookmark that the list of contents points to."""
    if isinstance(part, Heading):
        paragraph = add(sheet.word, _STYLE[part.level], part.text)
        if target:
            ooxml.bookmark(paragraph.runs[0], paragraph.runs[0], target, sheet.ids)
    elif isinstance(part, Paragraph):
        _paragraph(sheet, part, last=last)
    elif isinstance(part, Judgement):
        _judgement(sheet, part, last=last)
    elif isinstance(part, Table):
        grids.write(sheet, part)
    else:
        _picture(sheet, part)
    if last and isinstance(part, Table | Picture | Heading):
        end(add(sheet.word, "body"))


def _paragraph(sheet: Sheet, part: Paragraph, *, last: bool) -> None:
    paragraph = add(sheet.word, _ROLE[part.role])
    parts(sheet, paragraph, part)
    if last:
        end(paragraph)


def parts(sheet: Sheet, paragraph: WordParagraph, said: Paragraph) -> None:
    """The sentences as runs: references as fields, gaps highlighted, numbers as content controls, keys as bookmarks."""
    for text, part in runs(said, sheet.names):
        gap = text.startswith(" ") and (isinstance(part, Reference) or part.blank)
        if gap:
            paragraph.add_run(" ")
        if isinstance(part, Reference):
            ooxml.field(paragraph, f"REF {anchor(part.anchor)} \\h", grids.joined(text.strip()))
        else:
            _sentence(sheet, paragraph, text.lstrip() if gap else text, part)


def _sentence(sheet: Sheet, paragraph: WordParagraph, text: str, part: Sentence) -> None:
    there = len(paragraph._p)
    controls.write(sheet.controls, sheet.told, paragraph, pieces(text, part), marked=part.blank)
    written = list(paragraph._p)[there:]
    if not written:
        return
    for key in dict.fromkeys(k for k in part.keys if "/" not in k):
        number = sheet.ids.take()
        written[0].addprevious(ooxml.element("w:bookmarkStart", w_id=number, w_name=f"k_{key}_{number}"))
        written[-1].addnext(ooxml.element("w:bookmarkEnd", w_id=number))


def end(paragraph: WordParagraph) -> None:
    """«./.» after the last words, which stay on one page with the signature."""
    paragraph.add_run(layout.END_MARK)
    paragraph.paragraph_format.keep_with_next = True


def _judgement(sheet: Sheet, part: Judgement, *, last: bool) -> None:
    """A blank that people fill: highlighted, and said to be one."""
    paragraph = add(sheet.word, "blank")
    run = paragraph.add_run(f"[Cơ quan soạn thảo viết {part.prompt}:")
    run.add_break()
    run.add_text(f"{BLANK_LINE}]")
    run.font.highlight_color = WD_COLOR_INDEX.YELLOW
    if last:
        end(paragraph)


def _picture(sheet: Sheet, part: Picture) -> None:
    holder = add(sheet.word, "picture")
    inline = holder.add_run().add_picture(io.BytesIO(part.png), width=Mm(part.width_mm))
    if inline.height > Mm(sheet.picture_mm):
        inline.width, inline.height = Mm(part.width_mm * Mm(sheet.picture_mm) / inline.height), Mm(sheet.picture_mm)
    ooxml.describe_picture(inline._inline, sheet.names[part.anchor], part.alt)
    grids.caption(sheet, "caption_figure", part.anchor, "Hình", part.caption)
