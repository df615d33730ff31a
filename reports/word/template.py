"""The report in the province's own .docx: its letterhead, fonts and margins; our text, tables and annexes where its tags stand.

Imports docxtpl (LGPL-2.1, used as it is), jinja2, python-docx, numbers, ooxml, wordstyles and modules of the folder.  Tags are
checked before anything is written.  A template comes from outside: it runs in Jinja's sandbox and may hold no macro and no link.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from jinja2 import TemplateError, meta
from jinja2.sandbox import SandboxedEnvironment

from forms.errors import BdgError, problem, refuse

from .. import numbers, ooxml, wordstyles
from ..document import Document, labels
from ..package import rezip
from . import contents, letterhead, manifest, pages, sections
from .sheet import Sheet, add

MARK = "\ue010"
"""A private sign: a paragraph that holds it and the name of a block tag is replaced by our blocks; it never reaches a file."""


@dataclass(frozen=True)
class Tag:
    """A tag that a template may hold.  block: it stands alone in its paragraph and becomes many."""

    name: str
    vi: str
    en: str
    block: bool = False


TAGS = (
    Tag("noi_dung", "toàn bộ nội dung báo cáo, đến dấu ./.", "the whole text", block=True),
    Tag("phu_luc", "các phụ lục, mỗi phụ lục một trang mới", "the annexes, each on a new page", block=True),
    Tag("muc_luc", "mục lục", "list of contents", block=True),
    Tag("trich_yeu", "trích yếu nội dung", "subject"),
    Tag("loai_van_ban", "tên loại văn bản, chữ in hoa", "kind of document, in capitals"),
    Tag("co_quan_chu_quan", "tên cơ quan chủ quản", "superior agency"),
    Tag("co_quan", "tên cơ quan ban hành", "issuing agency"),
    Tag("so_ky_hieu", "dòng số, ký hiệu (số để trống)", "number line, the number blank"),
    Tag("dia_danh_ngay", "địa danh và dòng ngày, tháng, năm để trống", "place and a blank date"),
    Tag("kinh_gui", "các dòng «Kính gửi»", "addressees"),
    Tag("quyen_han_chuc_vu", "quyền hạn, chức vụ của người ký", "authority and title of the signer"),
    Tag("noi_nhan", "các dòng dưới «Nơi nhận:»", "recipients"),
    Tag("du_thao", "«DỰ THẢO» khi còn là dự thảo", "the word for a draft"),
)
_BLOCKS = tuple(t.name for t in TAGS if t.block)
_WORDS = tuple(t.name for t in TAGS if not t.block)


class _Gap(str):
    """What an unknown tag prints: a gap that a person sees; anything asked of it is the same gap."""

    __slots__ = ()

    def __getattr__(self, name: str) -> _Gap:
        if name.startswith("_"):
            raise AttributeError(name)
        return self


def ready(template: Path, *, annexes: bool = True, contents: bool = False) -> tuple[str, ...]:
    """The tags of a template that bdg does not know, in order of the alphabet; a template that cannot carry a report is refused.

    annexes: the report has annexes, so `phu_luc` is needed.  contents: `muc_luc` is needed.  Raises BdgError REP-020 for every
    needed tag that is missing, REP-021 for a block tag that does not stand alone once in the text, REP-022 for what is no usable
    Word file.
    """
    return _checked(_opened(template), str(template), annexes=annexes, contents=contents)


def _opened(template: Path) -> DocxTemplate:
    """The template with a marked paragraph where each block tag stood."""
    try:
        content = template.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            odd = [n for n in package.namelist() if "vbaproject" in n.lower() or "/embeddings/" in n.lower()]
        made = DocxTemplate(io.BytesIO(content))
        made.init_docx()
        linked = [r.target_ref for r in made.docx.part.rels.values() if r.is_external and not r.reltype.endswith("/hyperlink")]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise refuse("REP-022", str(template), expected=".docx", got=type(error).__name__) from None
    if odd or linked:
        raise refuse("REP-022", str(template), expected=".docx", got=(odd or linked)[0])
    for paragraph in made.docx.element.body.iter(qn("w:p")):
        name = _block_tag("".join(t.text or "" for t in paragraph.iter(qn("w:t"))))
        if name and paragraph.getparent().tag == qn("w:body"):
            _marked(paragraph, name)
    return made


def _block_tag(text: str) -> str:
    """The block tag that a paragraph consists of: `{{ noi_dung }}` or, as docxtpl has it, `{{p noi_dung }}`; '' for any other."""
    found = re.fullmatch(r"\s*\{\{(?:p\s)?\s*(\w+)\s*\}\}\s*", text)
    return found[1] if found and found[1] in _BLOCKS else ""


def _marked(paragraph: Any, name: str) -> None:
    """The paragraph emptied but for the mark; a section break that it carried moves to an empty one after it."""
    kept = paragraph.find(f"{qn('w:pPr')}/{qn('w:sectPr')}")
    for child in list(paragraph):
        paragraph.remove(child)
    run, text = ooxml.element("w:r"), ooxml.element("w:t")
    text.text = f"{MARK}{name}"
    run.append(text)
    paragraph.append(run)
    if kept is not None:
        paragraph.addnext(sections.ending(kept))


def _checked(made: DocxTemplate, place: str, *, annexes: bool, contents: bool) -> tuple[str, ...]:
    texts = [t.text or "" for t in made.docx.element.body.iter(qn("w:t"))]
    alone = [t.removeprefix(MARK) for t in texts if t.startswith(MARK)]
    parts = [made.get_xml()]
    for uri in (made.HEADER_URI, made.FOOTER_URI):
        parts += [made.get_part_xml(part) for _, part in made.get_headers_footers(uri)]
    try:
        named = meta.find_undeclared_variables(_sandbox().parse("".join(made.patch_xml(p) for p in parts)))
    except TemplateError as error:
        raise refuse("REP-022", place, expected="{{ ... }}", got=str(error)) from None
    needed = ["noi_dung", "trich_yeu", *(["phu_luc"] if annexes else []), *(["muc_luc"] if contents else [])]
    found = [problem("REP-020", place, tag=tag) for tag in needed if tag not in named and tag not in alone]
    found += [problem("REP-021", place, tag=tag) for tag in _BLOCKS if tag in named or alone.count(tag) > 1]
    if found:
        raise BdgError(found)
    return tuple(sorted(named - {t.name for t in TAGS}))


def _sandbox() -> SandboxedEnvironment:
    return SandboxedEnvironment(autoescape=True)


def _words(document: Document) -> Mapping[str, str]:
    """What each tag of a line says; several lines are broken by the writer."""
    frame = document.frame
    said = {
        "trich_yeu": document.subject, "loai_van_ban": document.kind.upper(), "co_quan_chu_quan": frame.superior,
        "co_quan": frame.agency, "so_ky_hieu": numbers.draft_number(frame.symbol),
        "dia_danh_ngay": numbers.place_and_date(frame.place),
        "kinh_gui": "\n".join(letterhead.addressees(frame)), "quyen_han_chuc_vu": "\n".join(letterhead.authority(frame)),
        "noi_nhan": "\n".join(letterhead.recipients(frame)), "du_thao": "DỰ THẢO" if document.draft else "",
    }  # fmt: skip
    return {name: said[name] for name in _WORDS}


def fill(document: Document, template: Path) -> bytes:
    """The report in the template; the same document and template give the same bytes.  Raises as `ready` does."""
    made = _opened(template)
    unknown = _checked(made, str(template), annexes=bool(document.annexes), contents=False)
    gaps = {name: _Gap(f"[chưa có nội dung cho thẻ «{name}»]") for name in unknown}
    try:
        made.render({**_words(document), **gaps}, _sandbox())
    except (TemplateError, TypeError, ValueError) as error:
        raise refuse("REP-022", str(template), expected="{{ ... }}", got=str(error)) from None
    out = io.BytesIO()
    made.docx.save(out)
    word = docx.Document(io.BytesIO(out.getvalue()))
    _modern(word)
    names = _styles(word, stamped=bool(document.stamp))
    if document.stamp:
        _stamp(word, document.stamp)
    sheet = _sheet(word, document)
    _place(sheet)
    for node in word.element.body.iter(qn("w:pStyle"), qn("w:tblStyle")):
        node.set(qn("w:val"), names.get(node.get(qn("w:val")), node.get(qn("w:val"))))
    manifest.attach(word, document.digests, sheet.told, practice=bool(document.stamp))
    out = io.BytesIO()
    word.save(out)
    return rezip(out.getvalue())


def _modern(word: WordDocument) -> None:
    """Without the second copy of the styles that Word 2010 wrote: it must say what styles.xml says, and nobody reads it now."""
    rels = word.part.rels
    for name in [r for r, rel in rels.items() if rel.reltype.endswith("/stylesWithEffects")]:
        rels.pop(name)


def _sheet(word: WordDocument, document: Document) -> Sheet:
    """Numbers that must not repeat begin after those of the template."""
    body = word.element.body
    marks = [int(n.get(qn("w:id")) or 0) for n in body.iter(qn("w:bookmarkStart"))]
    held = [int(n.get(qn("w:val")) or 0) for n in body.iter(qn("w:id"))]
    width = sections.room_mm(body[-1])
    ids, controls = ooxml.Ids(max(marks, default=0) + 1), ooxml.Ids(max([1000, *held]) + 1)
    return Sheet(word, document, labels(document), ids, controls, [], width)


def _place(sheet: Sheet) -> None:
    """Our blocks where the marked paragraphs stand."""
    body = sheet.word.element.body
    for mark in [p for p in body.iterchildren(qn("w:p")) if MARK in "".join(t.text or "" for t in p.iter(qn("w:t")))]:
        name = "".join(t.text or "" for t in mark.iter(qn("w:t"))).removeprefix(MARK)
        if name == "phu_luc":
            sections.annexes(sheet, mark)
        else:
            for node in sections.written(sheet, partial(_blocks, sheet, name)):
                mark.addprevious(node)
        body.remove(mark)


def _blocks(sheet: Sheet, name: str) -> None:
    if name == "muc_luc":
        contents.write(sheet)
    else:
        pages.body(sheet)


def _styles(word: WordDocument, *, stamped: bool) -> Mapping[str, str]:
    """Our style ids -> the template's of the same name (Word writes ids in its own language); the missing are added."""
    styles = word.styles.element
    there = {_name(s).lower(): str(s.get(qn("w:styleId"))) for s in styles.iter(qn("w:style"))}
    ours = parse_xml(wordstyles.styles(stamped=stamped))
    ids = {_name(s).lower(): str(s.get(qn("w:styleId"))) for s in ours.iter(qn("w:style"))}
    names = {own: there.get(name, own) for name, own in ids.items()}
    for style in ours.iter(qn("w:style")):
        if _name(style).lower() in there:
            continue
        added = deepcopy(style)
        added.attrib.pop(qn("w:default"), None)
        for link in (*added.iter(qn("w:basedOn")), *added.iter(qn("w:next"))):
            link.set(qn("w:val"), names.get(link.get(qn("w:val")), link.get(qn("w:val"))))
        styles.append(added)
    return names


def _name(style: Any) -> str:
    found = style.find(qn("w:name"))
    return "" if found is None else str(found.get(qn("w:val")))


def _stamp(word: WordDocument, stamp: str) -> None:
    """Every header of the template carries the stamp of practice material, whether or not the template knows of it."""
    for i, section in enumerate(word.sections):
        headers = [section.header]
        if section.different_first_page_header_footer:
            headers.append(section.first_page_header)
        if word.settings.odd_and_even_pages_header_footer:
            headers.append(section.even_page_header)
        for header in headers:
            if header.is_linked_to_previous:
                if i:
                    continue
                header.is_linked_to_previous = False
            paragraph = add(header, "stamp", stamp)
            header._element.insert(0, paragraph._p)
