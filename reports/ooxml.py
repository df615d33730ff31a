"""Small pieces of WordprocessingML that python-docx has no words for: fields, bookmarks, borders, alt text.

Imports lxml (through python-docx) and layout.  Children are put where the schema
wants them; a test walks every element of the produced file.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.table import _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

# Order of children: wml.xsd of ECMA-376 part 4 (transitional), complete, so that a child may also be put into what others wrote.
# rPr is a free choice in the schema; Word writes, and its SDK checks, this order.
_ORDER = {
    "w:pPr": (
        "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs "
        "suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd "
        "snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment "
        "textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange"
    ),
    "w:rPr": (
        "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid vanish "
        "webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em lang "
        "eastAsianLayout specVanish oMath rPrChange"
    ),
    "w:tcPr": (
        "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark headers "
        "cellIns cellDel cellMerge tcPrChange"
    ),
    "w:trPr": (
        "cnfStyle divId gridBefore gridAfter wBefore wAfter cantSplit trHeight tblHeader tblCellSpacing jc hidden ins del "
        "trPrChange"
    ),
    "w:tblPr": (
        "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing tblInd "
        "tblBorders shd tblLayout tblCellMar tblLook tblCaption tblDescription tblPrChange"
    ),
    "w:sectPr": (
        "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders lnNumType pgNumType cols "
        "formProt vAlign noEndnote titlePg textDirection bidi rtlGutter docGrid printerSettings sectPrChange"
    ),
    "w:sdtPr": (
        "rPr alias tag id lock placeholder temporary showingPlcHdr dataBinding label tabIndex equation comboBox date "
        "docPartObj docPartList dropDownList picture richText text citation group bibliography"
    ),
}
ORDER = {name: tuple(children.split()) for name, children in _ORDER.items()}


class Ids:
    """Numbers of one file that must not repeat: 1, 2, 3, ..."""

    def __init__(self, first: int = 1) -> None:
        self._next = count(first)

    def take(self) -> str:
        """The next free number."""
        return str(next(self._next))


def element(name: str, **attributes: str) -> Any:
    """A new element; attribute `w_val` becomes `w:val`."""
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(key.replace("_", ":", 1)), value)
    return made


def place(parent: Any, child: Any) -> Any:
    """Put a child where the schema wants it; one of the same name is replaced (header and footer references excepted)."""
    order = ORDER["w:" + parent.tag.split("}")[1]]
    name = child.tag.split("}")[1]
    rank = order.index(name)
    if name not in {"headerReference", "footerReference"}:
        for old in parent.findall(child.tag):
            parent.remove(old)
    for i, other in enumerate(parent):
        if order.index(other.tag.split("}")[1]) > rank:
            parent.insert(i, child)
            return child
    parent.append(child)
    return child


def field_char(kind: str) -> Any:
    """A run with a mark of a complex field: begin, separate or end."""
    run = element("w:r")
    run.append(element("w:fldChar", w_fldCharType=kind))
    return run


def field_code(instruction: str) -> Any:
    """A run with the instruction of a complex field."""
    run, code = element("w:r"), element("w:instrText")
    code.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    code.text = f" {instruction} "
    run.append(code)
    return run


def field(paragraph: Paragraph, instruction: str, shown: str) -> tuple[Run, Run]:
    """A complex field with its result already written, so that nobody needs F9.  Returns its first and last run."""
    first, last = field_char("begin"), field_char("end")
    for run in (first, field_code(instruction), field_char("separate")):
        paragraph._p.append(run)
    paragraph.add_run(shown)
    paragraph._p.append(last)
    return Run(first, paragraph), Run(last, paragraph)


def bookmark(first: Run, last: Run, name: str, ids: Ids) -> None:
    """A bookmark around runs of one paragraph."""
    number = ids.take()
    first._r.addprevious(element("w:bookmarkStart", w_id=number, w_name=name))
    last._r.addnext(element("w:bookmarkEnd", w_id=number))


def control(run: Run, tag: str, alias: str, number: str) -> Any:
    """The run inside a content control of plain text that anyone may edit; returns it.  Word allows 64 signs in tag and alias."""
    properties = element("w:sdtPr")
    for name, value in (("alias", alias[:64]), ("tag", tag), ("id", number)):
        properties.append(element(f"w:{name}", w_val=value))
    properties.append(element("w:text"))
    made, content = element("w:sdt"), element("w:sdtContent")
    run._r.addprevious(made)
    made.append(properties)
    made.append(content)
    content.append(run._r)
    return made


def under_line(paragraph: Paragraph, indent_mm: float) -> None:
    """A solid line as the top border of a low empty paragraph, drawn in from both sides."""
    properties = paragraph._p.get_or_add_pPr()
    borders = element("w:pBdr")
    borders.append(element("w:top", w_val="single", w_sz="6", w_space="0", w_color="000000"))
    place(properties, borders)
    twips = str(round(indent_mm * 1440 / 25.4))
    place(properties, element("w:ind", w_left=twips, w_right=twips, w_firstLine="0"))
    place(properties, element("w:spacing", w_before="40", w_after="0", w_line="80", w_lineRule="exact"))


def hairline(paragraph: Any) -> None:
    """An empty paragraph (its element) of one point."""
    properties = paragraph.get_or_add_pPr()
    place(properties, element("w:spacing", w_before="0", w_after="0", w_line="20", w_lineRule="exact"))
    place(properties, element("w:ind", w_firstLine="0"))


def repeat_as_header(tr: Any) -> None:
    """The row is printed again on every page of the table."""
    place(tr.get_or_add_trPr(), element("w:tblHeader"))


def keep_whole(tr: Any) -> None:
    """The row is not split over two pages."""
    place(tr.get_or_add_trPr(), element("w:cantSplit"))


def shade(cell: _Cell, fill: str) -> None:
    """A grey ground."""
    place(cell._tc.get_or_add_tcPr(), element("w:shd", w_val="clear", w_color="auto", w_fill=fill))


def span(cells: Sequence[_Cell]) -> None:
    """Neighbouring cells of a row become one: the first stays, as wide as all."""
    every: list[Any] = [c._tc.get_or_add_tcPr() for c in cells]
    widths = [int(p.find(qn("w:tcW")).get(qn("w:w"))) for p in every]
    properties = every[0]
    place(properties, element("w:tcW", w_w=str(sum(widths)), w_type="dxa"))
    if len(cells) > 1:
        place(properties, element("w:gridSpan", w_val=str(len(cells))))
    for cell in cells[1:]:
        tc: Any = cell._tc
        tc.getparent().remove(tc)


def stack(top: _Cell, under: _Cell) -> None:
    """Two cells of a column become one."""
    place(top._tc.get_or_add_tcPr(), element("w:vMerge", w_val="restart"))
    place(under._tc.get_or_add_tcPr(), element("w:vMerge"))


def describe_table(table: Any, title: str, words: str) -> None:
    """Alt text of a table."""
    place(table._tbl.tblPr, element("w:tblCaption", w_val=title))
    place(table._tbl.tblPr, element("w:tblDescription", w_val=words))


def describe_picture(inline: Any, name: str, words: str) -> None:
    """Alt text of a picture."""
    about = inline.docPr
    about.set("name", name)
    about.set("descr", words)


def plain_grid(table: Any, widths_mm: tuple[float, ...], *, margin_mm: float = 0.0) -> None:
    """A table without lines, fixed widths, no cell margins: the frame of heading and signature blocks."""
    properties = table._tbl.tblPr
    for old in properties.findall(qn("w:tblStyle")):
        properties.remove(old)
    fixed(table, widths_mm)
    sides = element("w:tblCellMar")
    for side in ("left", "right"):
        sides.append(element(f"w:{side}", w_w=str(round(margin_mm * 1440 / 25.4)), w_type="dxa"))
    place(properties, sides)


def fixed(table: Any, widths_mm: tuple[float, ...]) -> None:
    """Fixed layout with these column widths."""
    properties = table._tbl.tblPr
    place(properties, element("w:tblLayout", w_type="fixed"))
    twips = [round(w * 1440 / 25.4) for w in widths_mm]
    place(properties, element("w:tblW", w_w=str(sum(twips)), w_type="dxa"))
    place(properties, element("w:tblInd", w_w="0", w_type="dxa"))
    for column, width in zip(table._tbl.tblGrid.findall(qn("w:gridCol")), twips, strict=True):
        column.set(qn("w:w"), str(width))
    for tr in table._tbl.tr_lst:
        for tc, width in zip(tr.tc_lst, twips, strict=True):
            place(tc.get_or_add_tcPr(), element("w:tcW", w_w=str(width), w_type="dxa"))
