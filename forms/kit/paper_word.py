"""Page -> .docx on A4, the same bytes every time: the kit's one typed adapter to python-docx.

Imports python-docx (inside) and page.  Fonts, sizes and margins are chosen for reading in a yard, not by the decree on
official documents: nothing here is an official document.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .page import Asked, Bullets, Card, Grid, Heading, Page, Para, Picture, Questions, Role

_FACE = "Times New Roman"
_DATE = datetime(1980, 1, 1)  # noqa: DTZ001 - a fixed stamp that keeps the file byte-identical, not a moment
_EPOCH = (1980, 1, 1, 0, 0, 0)
_RED = "C00000"
_SIZES = {1: 15.0, 2: 13.0, 3: 12.0}
_ROLES: dict[Role, tuple[float, bool, bool]] = {
    "body": (12, False, False), "small": (10.5, False, True), "say": (13, False, False), "warn": (11.5, False, False),
    "strong": (13, True, False), "centre": (12, False, False),
}  # fmt: skip
_WIDTH = 180.0
_ASKED = (12.0, 92.0, 76.0)


@dataclass(frozen=True)
class _Run:
    """How a piece of text looks."""

    size: float = 12.0
    bold: bool = False
    italic: bool = False
    colour: str = ""


def word_bytes(page: Page) -> bytes:
    """The bytes of the Word file; the same page gives the same bytes."""
    from docx import Document
    from docx.shared import Mm

    word = Document()
    _fonts(word, page.lang)
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(15)
    section.top_margin, section.bottom_margin = Mm(18 + 5 * len(page.stamps)), Mm(16)
    section.header_distance = section.footer_distance = Mm(8)
    _margins(section, page)
    _text(_paragraph(word, align="center", after=2), page.title, _Run(18, bold=True))
    if page.subtitle:
        _text(_paragraph(word, align="center", after=6), page.subtitle, _Run(14, bold=True))
    turn = False
    for block in page.blocks:
        if type(block).__name__ == "Break":
            turn = True
            continue
        _DRAWN[type(block)](word, block, turn)
        turn = False
    about = word.core_properties
    about.title, about.author, about.last_modified_by, about.comments, about.keywords = page.title, "", "", "", ""
    about.created = about.modified = _DATE
    about.revision, about.language = 1, "vi-VN" if page.lang == "vi" else "en-GB"
    out = io.BytesIO()
    word.save(out)
    return _rezip(out.getvalue())


def _rezip(content: bytes) -> bytes:
    """The same members in a fixed order with a fixed date (ZIP knows nothing before 1980), without the thumbnail."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            about = zipfile.ZipInfo(name, _EPOCH)
            about.compress_type, about.create_system, about.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
            new.writestr(about, old.read(name))
    return out.getvalue()


def _fonts(word: Any, lang: str) -> None:
    """One face for every script slot of the default style; Vietnamese letters must not fall into another font."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for name in ("Normal", "Heading 1", "Heading 2", "Heading 3"):
        rpr = word.styles[name].element.get_or_add_rPr()
        for old in (*rpr.findall(qn("w:rFonts")), *rpr.findall(qn("w:color"))):
            rpr.remove(old)
        faces = OxmlElement("w:rFonts")
        for slot in ("ascii", "hAnsi", "cs", "eastAsia"):
            faces.set(qn(f"w:{slot}"), _FACE)
        rpr.insert(0, faces)
        if name == "Normal":
            for old in rpr.findall(qn("w:lang")):
                rpr.remove(old)
            said = OxmlElement("w:lang")
            said.set(qn("w:val"), "vi-VN" if lang == "vi" else "en-GB")
            rpr.append(said)


def _margins(section: Any, page: Page) -> None:
    """Stamps at the head of every page, what it is and the page number below."""
    head = section.header.paragraphs[0]
    head.alignment = 1
    for i, stamp in enumerate(page.stamps):
        _text(head, ("\n" if i else "") + stamp, _Run(13, bold=True, colour=_RED))
    foot = section.footer.paragraphs[0]
    foot.alignment = 1
    _text(foot, (page.foot + " · ") if page.foot else "", _Run(8.5))
    _field(foot, "PAGE")
    _text(foot, "/", _Run(8.5))
    _field(foot, "NUMPAGES")


def _field(paragraph: Any, code: str) -> None:
    """A field that Word fills in by itself (page numbers), with a first value written."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    for kind in ("begin", "code", "separate", "shown", "end"):
        run = paragraph.add_run()
        run.font.size = Pt(8.5)
        if kind == "shown":
            run.text = "1"
        elif kind == "code":
            text = OxmlElement("w:instrText")
            text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            text.text = f" {code} "
            run._r.append(text)
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)


def _paragraph(
    where: Any, *, align: str = "left", before: float = 0, after: float = 4, turn: bool = False, left: float = 0, hang: float = 0
) -> Any:
    from docx.shared import Mm, Pt

    made = where.add_paragraph()
    form = made.paragraph_format
    made.alignment = {"left": 0, "center": 1}[align]
    form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), 1.0
    form.page_break_before = turn or None
    if left:
        form.left_indent, form.first_line_indent = Mm(left), Mm(-hang)
    return made


def _text(paragraph: Any, text: str, look: _Run) -> None:
    from docx.shared import Pt, RGBColor

    run = paragraph.add_run(text)
    run.font.size = Pt(look.size)
    run.bold, run.italic = look.bold or None, look.italic or None
    if look.colour:
        run.font.color.rgb = RGBColor.from_string(look.colour)


def _heading(word: Any, block: Heading, turn: bool) -> None:
    made = _paragraph(word, before=0 if turn else 10, after=4, turn=turn)
    made.style = word.styles[f"Heading {block.level}"]
    made.paragraph_format.keep_with_next = True
    _text(made, block.text, _Run(_SIZES[block.level], bold=True))


def _para(word: Any, block: Para, turn: bool) -> None:
    size, bold, italic = _ROLES[block.role]
    made = _paragraph(word, after=5, turn=turn, align="center" if block.role == "centre" else "left")
    made.paragraph_format.keep_with_next = block.role == "small" or None
    if block.role in ("warn", "say"):
        _boxed(made, "F2F2F2" if block.role == "warn" else "FFF8E1")
    _text(made, block.text, _Run(size, bold, italic))


def _boxed(paragraph: Any, fill: str) -> None:
    """A thin frame and a light ground around a paragraph; children in the order of the schema."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    properties = paragraph._p.get_or_add_pPr()
    borders = OxmlElement("w:pBdr")
    for side in ("top", "left", "bottom", "right"):
        line = OxmlElement(f"w:{side}")
        for key, value in (("val", "single"), ("sz", "6"), ("space", "3"), ("color", "7F7F7F")):
            line.set(qn(f"w:{key}"), value)
        borders.append(line)
    ground = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", fill)):
        ground.set(qn(f"w:{key}"), value)
    after = ("tabs", "suppressAutoHyphens", "spacing", "ind", "contextualSpacing", "jc", "outlineLvl", "rPr", "sectPr")
    at = next((i for i, c in enumerate(properties) if c.tag.split("}")[1] in after), len(properties))
    properties.insert(at, ground)
    properties.insert(at, borders)


def _bullets(word: Any, block: Bullets, turn: bool) -> None:
    for i, item in enumerate(block.items, 1):
        made = _paragraph(word, after=3, left=8, hang=6, turn=turn and i == 1)
        _text(made, f"{i}." if block.numbered else "•", _Run(12))
        _text(made, f"\t{item}", _Run(12))
        made.paragraph_format.tab_stops.add_tab_stop(made.paragraph_format.left_indent)


def _table(word: Any, widths: Sequence[float], rows: int) -> Any:
    """A grid with fixed widths and thin lines."""
    from docx.shared import Mm

    made = word.add_table(rows=rows, cols=len(widths), style="Table Grid")
    made.autofit = False
    for row in made.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Mm(width)
    return made


def _row(row: Any, *, head: bool = False, tall: float = 0) -> None:
    """A row that is not torn apart by a page; head: printed again on every page; tall: its least height in mm."""
    from docx.oxml import OxmlElement
    from docx.shared import Mm

    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if tall:
        row.height = Mm(tall)
    if head:
        properties.append(OxmlElement("w:tblHeader"))


def _grid(word: Any, block: Grid, turn: bool) -> None:
    if turn:
        _paragraph(word, after=0, turn=True)
    made = _table(word, block.widths_mm, len(block.rows) + 1)
    for cell, text in zip(made.rows[0].cells, block.head, strict=True):
        _cell(cell, text, _Run(10.5, bold=True))
    _row(made.rows[0], head=True)
    for row, texts in zip(made.rows[1:], block.rows, strict=True):
        _row(row, tall=9 if block.tall else 0)
        for cell, text in zip(row.cells, texts, strict=True):
            _cell(cell, text, _Run(10.5))
    _paragraph(word, after=4)


def _cell(cell: Any, text: str, look: _Run) -> Any:
    """The first paragraph of a cell with a text in it."""
    from docx.shared import Pt

    made = cell.paragraphs[0]
    made.paragraph_format.space_after = Pt(0)
    made.paragraph_format.line_spacing = 1.0
    _text(made, text, look)
    return made


def _questions(word: Any, block: Questions, turn: bool) -> None:
    if turn:
        _paragraph(word, after=0, turn=True)
    made = _table(word, _ASKED, len(block.rows))
    for row, asked in zip(made.rows, block.rows, strict=True):
        _row(row)
        number, question, answer = row.cells
        _cell(number, asked.number, _Run(11, bold=True))
        if asked.say:
            merged = question.merge(answer)
            _question(merged, asked)
            for told in (*number.paragraphs, *merged.paragraphs):
                told.paragraph_format.keep_with_next = True
        else:
            _question(question, asked)
            _answers(answer, asked)
    _paragraph(word, after=2)


def _question(cell: Any, asked: Asked) -> None:
    first = True
    for text, look in (
        (asked.when, _Run(10, italic=True, colour="1F3864")), (asked.text, _Run(12, bold=not asked.say)),
        *((note, _Run(10, italic=True)) for note in (asked.hint, *asked.notes)),
    ):  # fmt: skip
        if text:
            if first:
                _cell(cell, text, look)
            else:
                _text(_paragraph(cell, after=0, before=2), text, look)
            first = False


def _answers(cell: Any, asked: Asked) -> None:
    made = cell.paragraphs[0]
    for i, option in enumerate(asked.options):
        if i:
            made = _paragraph(cell, after=0)
        made.paragraph_format.space_after = 0
        from docx.shared import Mm

        made.paragraph_format.left_indent, made.paragraph_format.first_line_indent = Mm(6), Mm(-6)
        _text(made, ("□ " if asked.many else "○ ") + option.text, _Run(11))
        _text(made, f"  {option.code}", _Run(9, colour="595959"))
    if asked.blank:
        _text(made if not asked.options else _paragraph(cell, before=3), asked.blank, _Run(11))


def _picture(word: Any, block: Picture, turn: bool) -> None:
    from docx.shared import Mm

    made = _paragraph(word, align="center", after=4, before=4, turn=turn)
    shape = made.add_run().add_picture(io.BytesIO(block.png), width=Mm(block.width_mm))
    shape._inline.docPr.set("descr", block.alt)
    shape._inline.docPr.set("name", "QR")


def _card(word: Any, block: Card, turn: bool) -> None:
    size = 40.0 if len(block.lines) <= 6 else 30.0 if len(block.lines) <= 9 else 23.0
    for i, text in enumerate(block.lines):
        made = _paragraph(word, align="center", before=size / 2, after=size / 2, turn=turn and i == 0)
        _text(made, text, _Run(size, bold=True))


_DRAWN: dict[type[Any], Callable[[Any, Any, bool], None]] = {
    Heading: _heading, Para: _para, Bullets: _bullets, Grid: _grid, Questions: _questions, Picture: _picture, Card: _card,
}  # fmt: skip
