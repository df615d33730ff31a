"""Reading our own files back with other tools than wrote them: what several tests of the reports need."""

from __future__ import annotations

import base64
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from lxml import etree

from analysis.results import Results, Row
from reports import layout
from reports.document import Document, Paragraph, Sentence, labels, plain

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
STAMP = "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"
VOID = {"meta", "img", "br", "link", "input", "hr"}


def members(path: Path) -> dict[str, bytes]:
    """A file, or the members of a package, as bytes; figures inside the page decoded."""
    if path.suffix in {".docx", ".xlsx"}:
        with zipfile.ZipFile(path) as z:
            return {f"{path.name}/{n}": z.read(n) for n in z.namelist()}
    found = {path.name: path.read_bytes()}
    if path.suffix == ".html":
        for i, inside in enumerate(re.findall(rb"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", found[path.name])):
            found[f"{path.name}/svg{i}"] = base64.b64decode(inside)
    return found


def everything(folder: Path) -> dict[str, bytes]:
    """Every byte that a report wrote, by file and member."""
    return {n: c for p in sorted(folder.rglob("*")) if p.is_file() for n, c in members(p).items()}


def word_tree(path: Path, part: str = "word/document.xml") -> Any:
    """One part of a Word file as a tree."""
    with zipfile.ZipFile(path) as z:
        return etree.fromstring(z.read(part))


def words(node: Any) -> str:
    """The text of a Word element, without the instructions of its fields; a label's space that does not break is a space."""
    said = "".join(t.text or "" for t in node.iter(f"{W}t"))
    return said.replace("Biểu số\u00a0", "Biểu số ").replace("Hình\u00a0", "Hình ")


def style_of(paragraph: Any) -> str:
    """The style id of a Word paragraph."""
    mark = paragraph.find(f"{W}pPr/{W}pStyle")
    return mark.get(f"{W}val") if mark is not None else "Normal"


def styled(tree: Any, element: str) -> list[Any]:
    """The paragraphs that carry the style of a layout element."""
    wanted = layout.style(element).style_id
    return [p for p in tree.iter(f"{W}p") if style_of(p) == wanted]


def mm(twips: str | None) -> float:
    """Twentieths of a point in millimetres; nothing is zero."""
    return int(twips or 0) * 25.4 / 1440


def sentences(document: Document) -> list[Sentence]:
    """Every sentence of a report."""
    return [p for b in document.all_blocks() if isinstance(b, Paragraph) for p in b.parts if isinstance(p, Sentence)]


def prose(document: Document) -> str:
    """Every paragraph as text, spaces that do not break made plain."""
    names = labels(document)
    lines = [plain(b, names) for b in document.all_blocks() if isinstance(b, Paragraph)]
    return "\n".join(lines).replace("\u00a0", " ")


def patched(results: Results, where: Callable[[Row], bool], **changed: Any) -> Results:
    """The same results with other values in the rows that `where` picks."""
    return replace(results, rows=tuple(replace(r, **changed) if where(r) else r for r in results.rows))


def retold(results: Results, **texts: Any) -> Results:
    """The same results with other texts; None takes one away."""
    kept = {k: v for k, v in (dict(results.texts) | texts).items() if v is not None}
    return replace(results, texts=kept)


@dataclass(frozen=True)
class Tag:
    """One element of a page in reading order, with the tags around it and the text right inside it."""

    name: str
    attributes: dict[str, str]
    path: tuple[str, ...]
    text: str


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[list[Any]] = []
        self.found: list[list[Any]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        item = [tag, {k: v or "" for k, v in attrs}, tuple(o[0] for o in self.open), ""]
        self.found.append(item)
        if tag not in VOID:
            self.open.append(item)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1][0] == tag, f"</{tag}> closes <{self.open[-1][0]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for item in self.open:
            item[3] += data


def page(path: Path) -> tuple[Tag, ...]:
    """The elements of a page; AssertionError when a tag is closed out of order or left open."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    assert not reader.open
    return tuple(Tag(*item) for item in reader.found)


def named(tags: tuple[Tag, ...], *names: str) -> Iterator[Tag]:
    """The elements with one of these names."""
    return (t for t in tags if t.name in names)
