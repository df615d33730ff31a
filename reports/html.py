"""Document -> one self-contained BaoCao.html: no outside file, readable by screen readers, on phones and on paper.

Imports Jinja2, document, layout, tongue and numbers; templates/survey.html.j2 and survey.css hold the shape.  With an English
document the page holds both languages and a switch that needs no program; what is chosen is also what is printed.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from . import layout, numbers
from .document import (
    Block,
    Document,
    Heading,
    Judgement,
    Paragraph,
    Picture,
    Reference,
    Table,
    annex_name,
    below,
    labels,
    runs,
)

TEMPLATES = Path(__file__).with_name("templates")
_LEVEL = {1: "h2", 2: "h3", 3: "h4"}
WORDS = {
    "vi": {
        "nation": layout.NATION, "motto": layout.MOTTO, "draft": "DỰ THẢO", "to": "Kính gửi", "contents": "Mục lục",
        "unit": "Đơn vị tính", "copies": "Nơi nhận", "note": "",
    },
    "en": {
        "nation": "SOCIALIST REPUBLIC OF VIET NAM", "motto": "Independence - Freedom - Happiness", "draft": "DRAFT", "to": "To",
        "contents": "Contents", "unit": "Unit", "copies": "Recipients",
        "note": "English translation for reference. The Vietnamese text is the one that is signed.",
    },
}  # fmt: skip


def write(document: Document, english: Document | None = None) -> bytes:
    """The bytes of the page; every sentence and cell carries the keys of its rows in data-key.

    english: the same report composed in English; its half of the page has ids that begin with `en-`.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    halves = [_half(document, ""), *([_half(english, "en-")] if english is not None else [])]
    html = environment.get_template("survey.html.j2").render(
        css=Markup((TEMPLATES / "survey.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        halves=halves,
        document=document,
        english=english,
        end_mark=layout.END_MARK,
    )
    return unicodedata.normalize("NFC", html).encode()


def _half(document: Document, prefix: str) -> dict[str, Any]:
    """One language of the page, as the template wants it.  prefix: of every id in it."""
    names = dict(labels(document))
    blocks = _blocks(document, document.blocks, names, prefix, "muc-")
    return {
        "document": document,
        "words": WORDS[document.language],
        "prefix": prefix,
        "blocks": blocks,
        "attached": _shape(document, document.attached, names, prefix, "kem-theo") if document.attached else None,
        "annexes": [
            {
                "id": f"{prefix}phu-luc-{i}",
                "label": annex_name(document, i),
                "title": annex.title,
                "blocks": _blocks(document, annex.blocks, names, prefix, f"muc-phu-luc-{i}-"),
            }
            for i, annex in enumerate(document.annexes, 1)
        ],
        "contents": [b for b in blocks if b["kind"] == "heading" and b["tag"] == "h2"],
        **_dated(document),
    }


def _dated(document: Document) -> dict[str, str]:
    """The number and the place and date of a draft: gaps that the registry fills."""
    frame = document.frame
    if document.language == "en":
        return {"number": f"No.:        /{frame.symbol}", "place_date": f"{frame.place}, ......"}
    return {"number": numbers.draft_number(frame.symbol), "place_date": numbers.place_and_date(frame.place)}


def _blocks(document: Document, blocks: tuple[Block, ...], names: dict[str, str], prefix: str, at: str) -> list[dict[str, Any]]:
    return [_shape(document, block, names, prefix, f"{at}{i}") for i, block in enumerate(blocks, 1)]


def _shape(document: Document, block: Block, names: dict[str, str], prefix: str, at: str) -> dict[str, Any]:
    """A block as the template wants it."""
    if isinstance(block, Heading):
        return {"kind": "heading", "tag": _LEVEL[block.level], "text": block.text, "id": f"{prefix}{at}"}
    if isinstance(block, Judgement):
        writes = "The drafting office writes" if document.language == "en" else "Cơ quan soạn thảo viết"
        return {"kind": "judgement", "text": f"[{writes} {block.prompt}: ....................]"}
    if isinstance(block, Paragraph):
        parts = [_part(text, part, prefix) for text, part in runs(block, names)]
        return {"kind": "paragraph", "role": block.role, "parts": parts}
    shared = {"id": f"{prefix}{block.anchor}", "label": names[block.anchor]}
    if isinstance(block, Table):
        lines = below(block, document.language)
        return {"kind": "table", "table": block, "head": _head(block), "below": lines, **shared}
    return {"kind": "picture", "picture": block, "source": _data_uri(block), **shared}


def _part(text: str, part: Any, prefix: str) -> dict[str, Any]:
    plain = {"text": text, "space": False, "href": "", "named": "", "blank": False}
    if isinstance(part, Reference):
        return plain | {"text": text.lstrip(), "space": text.startswith(" "), "href": f"#{prefix}{part.anchor}"}
    if part.blank:
        return plain | {"text": text.lstrip(), "space": text.startswith(" "), "blank": True}
    return plain | {"named": " ".join(part.keys)}


def _head(table: Table) -> list[list[dict[str, Any]]]:
    """Head rows with spans: groups above, columns below; one row when no column is grouped."""
    if not any(c.group for c in table.columns):
        return [[{"label": c.label, "cols": 1, "rows": 1, "scope": "col"} for c in table.columns]]
    top: list[dict[str, Any]] = []
    for column in table.columns:
        if not column.group:
            top.append({"label": column.label, "cols": 1, "rows": 2, "scope": "col"})
        elif top and top[-1]["scope"] == "colgroup" and top[-1]["label"] == column.group:
            top[-1]["cols"] += 1
        else:
            top.append({"label": column.group, "cols": 1, "rows": 1, "scope": "colgroup"})
    return [top, [{"label": c.label, "cols": 1, "rows": 1, "scope": "col"} for c in table.columns if c.group]]


def _data_uri(picture: Picture) -> Markup:
    """The figure inside the page; as an image its inner ids cannot meet those of another figure."""
    svg = re.sub(rb"<\?xml.*?\?>\s*|<!DOCTYPE.*?>\s*|<metadata>.*?</metadata>\s*", b"", picture.svg, flags=re.DOTALL)
    svg = re.sub(rb"\s*\n\s*", b" ", svg)
    return Markup("data:image/svg+xml;base64," + base64.b64encode(svg).decode())  # noqa: S704 - base64 letters only
