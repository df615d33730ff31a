"""What every step of writing one Word file shares: the file, the labels, the numbers that must not repeat, the room on the page.

Imports python-docx, document, layout and ooxml.  Never sees rows; a number arrives as text with its tag.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from docx.document import Document as WordDocument
from docx.text.paragraph import Paragraph as WordParagraph

from .. import layout, ooxml
from ..document import Document

PORTRAIT_PICTURE_MM, LANDSCAPE_PICTURE_MM = 210.0, 120.0  # a picture and its caption fit on one page


@dataclass(frozen=True)
class Sheet:
    """One file being written.

    names: anchor -> printed label.  ids: bookmarks; controls: content controls; pictures: drawings.  told: every tag written, in
    order.  width_mm, picture_mm: room for tables and pictures on the pages of this section.
    """

    word: WordDocument
    document: Document
    names: Mapping[str, str]
    ids: ooxml.Ids
    controls: ooxml.Ids
    told: list[str]
    width_mm: float = layout.BODY_MM
    picture_mm: float = PORTRAIT_PICTURE_MM

    def turned(self, width_mm: float) -> Sheet:
        """The same file on a page turned sideways."""
        return replace(self, width_mm=width_mm, picture_mm=LANDSCAPE_PICTURE_MM)


def add(where: Any, element: str, text: str = "") -> WordParagraph:
    """A paragraph in the style of a layout element, in the document or in a cell or header."""
    paragraph: WordParagraph = where.add_paragraph(text)
    styled(paragraph, element)
    return paragraph


def styled(paragraph: WordParagraph, element: str) -> None:
    """By id: python-docx looks a name up anew for every paragraph, which is slow in long tables."""
    paragraph._p.style = layout.style(element).style_id


def fill_first(cell: Any, element: str, text: str) -> WordParagraph:
    """A new cell comes with one empty paragraph: use it."""
    paragraph: WordParagraph = cell.paragraphs[0]
    styled(paragraph, element)
    paragraph.add_run(text)
    return paragraph


def anchor(name: str) -> str:
    """The bookmark of a table or figure."""
    return f"_Ref_{name}"
