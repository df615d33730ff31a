"""A Word file from outside, opened with care: its XML members as trees, its paragraphs in order with where they stand.

Imports python-docx and forms.errors.  Nothing is written; entities, bombs and files that are no Word file are refused.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docx.oxml import parse_xml

from forms.errors import refuse

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MOST_BYTES = 400_000_000
"""Unpacked: a report of a province has under 10 million; a file that unpacks to more is no report."""
_GONE = {f"{W}del", f"{W}moveFrom"}
_SIGNS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-", f"{W}softHyphen": ""}
_HEADING = re.compile(r"heading ?[123]|BdgPhuLuc|Phụ lục", re.IGNORECASE)


@dataclass(frozen=True)
class Held:
    """A content control: its tag, its alias, the text in it, and where it stands."""

    tag: str
    alias: str
    text: str
    where: str


def opened(content: bytes, place: str) -> Mapping[str, Any]:
    """Trees of the XML members by their names.  Raises BdgError REP-023 for what is no Word file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            if sum(i.file_size for i in package.infolist()) > MOST_BYTES:
                raise refuse("REP-023", place, expected=".docx", got="zip")
            texts = {n: package.read(n) for n in package.namelist() if n.endswith(".xml")}
        if any(b"<!DOCTYPE" in t or b"<!ENTITY" in t for t in texts.values()):
            raise refuse("REP-023", place, expected=".docx", got="DOCTYPE")
        found = {n: parse_xml(t) for n, t in texts.items()}
    except (zipfile.BadZipFile, SyntaxError, ValueError, NotImplementedError, RuntimeError, OSError) as error:
        raise refuse("REP-023", place, expected=".docx", got=type(error).__name__) from None
    if "word/document.xml" not in found:
        raise refuse("REP-023", place, expected="word/document.xml", got="-")
    return found


def words(node: Any) -> str:
    """The text of an element as a reader sees it: without field codes, without what tracked changes took away."""
    return "".join(_words(node))


def _words(node: Any) -> Iterator[str]:
    for child in node:
        if child.tag in _GONE:
            continue
        if child.tag == f"{W}t":
            yield child.text or ""
        elif child.tag in _SIGNS:
            yield _SIGNS[child.tag]
        else:
            yield from _words(child)


def controls(members: Mapping[str, Any]) -> Iterator[Held]:
    """Every content control of the text that has a tag or an alias, in reading order."""
    styles = _styles(members.get("word/styles.xml"))
    heading, caption = "", ""
    for paragraph in members["word/document.xml"].iter(f"{W}p"):
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        name = "" if style is None else styles.get(style.get(f"{W}val"), style.get(f"{W}val"))
        said = words(paragraph).strip()
        if _HEADING.match(name) and said:
            heading = said
        elif name.lower() == "caption":
            caption = said
        held = [c for c in paragraph.iter(f"{W}sdt") if not any(a.tag in _GONE for a in c.iterancestors())]
        for control in held:
            tag, alias = control.find(f"{W}sdtPr/{W}tag"), control.find(f"{W}sdtPr/{W}alias")
            if tag is None and alias is None:
                continue
            inside = control.find(f"{W}sdtContent")
            at = _where(paragraph, control, heading, caption)
            yield Held(_value(tag), _value(alias), "" if inside is None else words(inside), at)


def _value(node: Any) -> str:
    return "" if node is None else str(node.get(f"{W}val") or "")


def _styles(tree: Any) -> Mapping[str, str]:
    """Style id -> its name, which is the same in every language of Word."""
    if tree is None:
        return {}
    found = ((s.get(f"{W}styleId"), s.find(f"{W}name")) for s in tree.iter(f"{W}style"))
    return {str(i): str(n.get(f"{W}val")) for i, n in found if n is not None}


def _where(paragraph: Any, control: Any, heading: str, caption: str) -> str:
    """Where a control stands: `Biểu số 03 · first cell of the line`, or `heading · the sentence`."""
    row = next(paragraph.iterancestors(f"{W}tr"), None)
    if row is not None:
        first = next(row.iter(f"{W}tc"), None)
        label = " ".join(words(first).split()) if first is not None else ""
        name = " ".join((caption.partition(". ")[0] or heading).split())
        return " · ".join(x for x in (name, label) if x)
    before, after = "", ""
    met = False
    for node in paragraph:
        met = met or node is control
        text = "".join(_words([node]))
        before, after = (before, after + text) if met else (before + text, after)
    start = max((m.end() for m in re.finditer(r"[.:]\s+(?=[A-ZĐÀ-Ỹ])", before)), default=0)
    stop = next((m.start() for m in re.finditer(r"\.(\s+(?=[A-ZĐÀ-Ỹ])|$|/)", after)), len(after))
    return " · ".join(x for x in (heading, (before[start:] + after[:stop]).strip()) if x)
