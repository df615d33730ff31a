r"""The list of contents: a TOC field whose entries are already written, each a link, so that nobody needs F9.

Imports document, layout, ooxml and sheet.  No page numbers: only Word knows them, and a wrong one is worse than none; the field
asks for none (`\n`), so an update changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from docx.shared import Pt
from docx.text.paragraph import Paragraph as WordParagraph
from docx.text.run import Run

from .. import layout, ooxml
from ..document import Document, Heading, annex_name
from .sheet import Sheet, add

TITLE = "MỤC LỤC"
Place = tuple[int, int | str]
"""Where an entry stands: (0, block) in the text; (annex, block), (annex, "name") or (annex, "title") in an annex."""


def _entries(document: Document) -> Iterator[tuple[Place, int, str]]:
    """Place, level and words of every entry, in the order of the pages."""
    if not document.contents:
        return
    for i, block in enumerate(document.blocks):
        if isinstance(block, Heading) and block.level <= document.contents:
            yield (0, i), block.level, block.text
    for number, annex in enumerate(document.annexes, 1):
        yield (number, "name"), 1, annex_name(document, number)
        yield (number, "title"), 1, annex.title.upper()
        for i, block in enumerate(annex.blocks):
            if isinstance(block, Heading) and block.level <= document.contents:
                yield (number, i), block.level, block.text


def marks(document: Document) -> Mapping[Place, str]:
    """Place -> the bookmark that its entry points to, named as Word names them."""
    return {place: f"_Toc{i:09d}" for i, (place, _, _) in enumerate(_entries(document), 1)}


def write(sheet: Sheet) -> None:
    """The list at the end of what is written so far; nothing when the document asks for none."""
    entries, names = list(_entries(sheet.document)), marks(sheet.document)
    if not entries:
        return
    add(sheet.word, "contents_title", TITLE)
    lines = [_line(sheet, level, words, names[place]) for place, level, words in entries]
    code = ooxml.field_code(f'TOC \\o "1-{sheet.document.contents}" \\n \\h \\z \\u')
    start = [ooxml.field_char("begin"), code, ooxml.field_char("separate")]
    for run in reversed(start):
        lines[0]._p.insert(1, run)
    lines[-1]._p.append(ooxml.field_char("end"))
    lines[-1].paragraph_format.space_after = Pt(layout.style("body").after_pt)


def _line(sheet: Sheet, level: int, words: str, mark: str) -> WordParagraph:
    paragraph = add(sheet.word, f"contents{min(level, 2)}")
    link = ooxml.element("w:hyperlink", w_anchor=mark, w_history="1")
    run = ooxml.element("w:r")
    link.append(run)
    Run(run, paragraph).text = words
    paragraph._p.append(link)
    return paragraph
