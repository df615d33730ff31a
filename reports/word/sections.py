"""Sections of somebody else's document: where one ends, how wide its text is, and annexes put in with paper of their own.

Imports python-docx, layout, ooxml, sheet and pages.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Any

from docx.oxml.ns import qn

from .. import ooxml
from . import pages
from .sheet import Sheet

_MM = 25.4 / 1440


def ending(properties: Any) -> Any:
    """A paragraph next to nothing that ends a section with these properties."""
    paragraph = ooxml.element("w:p")
    about = ooxml.element("w:pPr")
    paragraph.append(about)
    ooxml.place(about, deepcopy(properties))
    ooxml.hairline(paragraph)
    return paragraph


def room_mm(properties: Any) -> float:
    """The width between the margins of a section."""
    size, margins = properties.find(qn("w:pgSz")), properties.find(qn("w:pgMar"))
    sides = sum(int(margins.get(qn(f"w:{side}")) or 0) for side in ("left", "right", "gutter"))
    return (int(size.get(qn("w:w"))) - sides) * _MM


def written(sheet: Sheet, write: Callable[[], None]) -> list[Any]:
    """What `write` put at the end of the document, before its last section's properties."""
    body = sheet.word.element.body
    there = len(body) - 1
    write()
    return list(body)[there:-1]


def _governing(mark: Any) -> Any:
    """The properties of the section in which a paragraph of the text stands."""
    for node in mark.itersiblings():
        found = node if node.tag == qn("w:sectPr") else node.find(f"{qn('w:pPr')}/{qn('w:sectPr')}")
        if found is not None:
            return found
    raise ValueError("a text without a last section")


def _turned(properties: Any, *, landscape: bool) -> Any:
    """A copy of a section's properties for an annex: a new page, numbered from 1, upright or sideways."""
    made = deepcopy(properties)
    size = made.find(qn("w:pgSz"))
    wide, high = sorted((int(size.get(qn("w:w"))), int(size.get(qn("w:h")))), reverse=landscape)
    size.set(qn("w:w"), str(wide))
    size.set(qn("w:h"), str(high))
    size.set(qn("w:orient"), "landscape" if landscape else "portrait")
    ooxml.place(made, ooxml.element("w:type", w_val="nextPage"))
    ooxml.place(made, ooxml.element("w:pgNumType", w_start="1"))
    return made


def annexes(sheet: Sheet, mark: Any) -> None:
    """The annexes before the marked paragraph, each a section of its own with the headers of the template."""
    if not sheet.document.annexes:
        return
    base = _governing(mark)
    last = mark.getnext() is base
    mark.addprevious(ending(base))
    for number, part in enumerate(sheet.document.annexes, 1):
        own = _turned(base, landscape=part.landscape)
        there = sheet.turned(room_mm(own)) if part.landscape else sheet
        for node in written(sheet, partial(pages.inside, there, number, part)):
            mark.addprevious(node)
        if number < len(sheet.document.annexes) or not last:
            mark.addprevious(ending(own))
        else:
            for child in list(base):
                base.remove(child)
            base.extend(list(own))
