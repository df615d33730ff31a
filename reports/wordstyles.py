"""The styles part of the Word file, written from the rules of layout.py; and a clean package to start from.

Imports python-docx and layout.  Theme and font list name Times New Roman only.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from xml.sax.saxutils import quoteattr

from docx import Document
from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from . import layout

_KEPT = ("styles", "settings", "fontTable", "theme", "officeDocument", "core-properties", "extended-properties")
_UNWANTED = ("mathPr", "rsids", "docId", "themeFontLang", "decimalSymbol", "listSeparator", "shapeDefaults")
_DATE = datetime(1980, 1, 1)  # noqa: DTZ001 - a fixed stamp that keeps the file byte-identical, not a moment


def twips(mm: float) -> int:
    """Millimetres in twentieths of a point."""
    return round(mm * 1440 / 25.4)


def blank(title: str, *, stamped: bool) -> WordDocument:
    """An empty document with our styles and nothing else: no numbering, thumbnail or custom parts.

    stamped: practice material; a real report does not even carry the style of the stamp.
    """
    document = Document()
    part = document.part
    there: Any = part._styles_part
    there._element = parse_xml(styles(stamped=stamped))
    for holder in (part.rels, part.package.rels):
        for name in [r for r, rel in holder.items() if rel.reltype.rsplit("/", 1)[-1] not in _KEPT]:
            holder.pop(name)
    for rel in part.rels.values():
        kind = rel.reltype.rsplit("/", 1)[-1]
        target: Any = rel.target_part
        if kind == "theme":
            target._blob = _one_face(target.blob)
        elif kind == "fontTable":
            target._blob = _font_table()
    settings = document.settings.element
    for child in [c for c in settings if c.tag.rsplit("}", 1)[-1] in _UNWANTED]:
        settings.remove(child)
    for setting in settings.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")  # below 15 Word opens the file as an old one
    about = document.core_properties
    about.title, about.author, about.last_modified_by, about.comments, about.keywords = title, "", "", "", ""
    about.created = about.modified = _DATE
    about.revision, about.language = 1, layout.LANGUAGE
    return document


def _one_face(theme: bytes) -> bytes:
    """The theme with one typeface and no list of scripts."""
    text = theme.decode()
    text = re.sub(r'<a:font script="[^"]*" typeface="[^"]*"/>', "", text)
    return re.sub(r'<a:latin typeface="[^"]*"', f'<a:latin typeface="{layout.FACE}"', text).encode()


def _font_table() -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<w:fonts {nsdecls("w")}><w:font w:name="{layout.FACE}"><w:panose1 w:val="02020603050405020304"/>'
        '<w:charset w:val="00"/><w:family w:val="roman"/><w:pitch w:val="variable"/></w:font></w:fonts>'
    ).encode()


def styles(*, stamped: bool) -> bytes:
    """The styles part: defaults, our paragraph styles, the two table styles.  stamped: with the style of the stamp."""
    faces = " ".join(f'w:{slot}="{layout.FACE}"' for slot in layout.FACE_SLOTS)
    body = layout.style("body")
    head = (
        f'<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts {faces}/><w:sz w:val="{body.size_pt * 2:.0f}"/>'
        f'<w:szCs w:val="{body.size_pt * 2:.0f}"/>'
        f'<w:lang w:val="{layout.LANGUAGE}" w:eastAsia="{layout.LANGUAGE}" w:bidi="ar-SA"/>'
        '</w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/>'
        "</w:pPr></w:pPrDefault></w:docDefaults>"
    )
    tables = (
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:uiPriority w:val="99"/>'
        '<w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/>'
        '<w:left w:w="57" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="57" w:type="dxa"/></w:tblCellMar>'
        "</w:tblPr></w:style>"
        '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/>'
        "<w:tblPr><w:tblBorders>"
        + "".join(
            f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
            for side in ("top", "left", "bottom", "right", "insideH", "insideV")
        )
        + "</w:tblBorders></w:tblPr></w:style>"
    )
    character = (
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont"><w:name w:val="Default Paragraph Font"/>'
        '<w:uiPriority w:val="1"/><w:semiHidden/></w:style>'
    )
    inside = "".join(_style(s, faces) for s in layout.STYLES if stamped or s.element != "stamp")
    return f"<w:styles {nsdecls('w')}>{head}{character}{inside}{tables}</w:styles>".encode()


def _style(style: layout.Style, faces: str) -> str:
    default = ' w:default="1"' if style.element == "body" else ' w:customStyle="1"' if style.style_id.startswith("Bdg") else ""
    based = "" if style.element == "body" else '<w:basedOn w:val="Normal"/>'
    follows = '<w:next w:val="Normal"/>' if style.keep_next else ""
    spacing = (
        f'<w:spacing w:before="{style.before_pt * 20:.0f}" w:after="{style.after_pt * 20:.0f}" '
        f'w:line="{layout.rule("body", "line_spacing") * 240:.0f}" w:lineRule="auto"/>'
    )
    first = twips(layout.rule("body", "first_line_mm")) if style.first_line else 0
    outline = "" if style.outline is None else f'<w:outlineLvl w:val="{style.outline}"/>'
    keep = "<w:keepNext/>" if style.keep_next else ""
    paragraph = f'<w:pPr>{keep}{spacing}<w:ind w:firstLine="{first}"/><w:jc w:val="{style.align}"/>{outline}</w:pPr>'

    def flag(name: str, *, on: bool) -> str:
        return f"<w:{name}/><w:{name}Cs/>" if on else f'<w:{name} w:val="0"/><w:{name}Cs w:val="0"/>'

    colour = f'<w:color w:val="{style.colour or "000000"}"/>'
    size = f'<w:sz w:val="{style.size_pt * 2:.0f}"/><w:szCs w:val="{style.size_pt * 2:.0f}"/>'
    run = f"<w:rPr><w:rFonts {faces}/>{flag('b', on=style.bold)}{flag('i', on=style.italic)}{colour}{size}</w:rPr>"
    name = f"<w:name w:val={quoteattr(style.name)}/>"
    inside = f"{name}{based}{follows}<w:qFormat/>{paragraph}{run}"
    return f'<w:style w:type="paragraph"{default} w:styleId="{style.style_id}">{inside}</w:style>'
