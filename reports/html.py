"""Document -> one self-contained BaoCao.html: no outside file, readable by screen readers, on phones and on paper.

Imports Jinja2, document, layout and numbers; templates/survey.html.j2 and survey.css hold the shape.
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
from .document import Block, Document, Heading, Judgement, Paragraph, Picture, Reference, Table, below, labels, runs

TEMPLATES = Path(__file__).with_name("templates")
_LEVEL = {1: "h2", 2: "h3", 3: "h4"}


def write(document: Document) -> bytes:
    """The bytes of the page; every sentence and cell carries the keys of its rows in data-key."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    names = dict(labels(document))
    blocks = _blocks(document.blocks, names)
    annexes = [
        {
            "id": f"phu-luc-{i}",
            "label": f"Phụ lục {numbers.roman(i)}",
            "title": annex.title,
            "blocks": _blocks(annex.blocks, names, f"phu-luc-{i}-"),
        }
        for i, annex in enumerate(document.annexes, 1)
    ]
    html = environment.get_template("survey.html.j2").render(
        document=document,
        css=Markup((TEMPLATES / "survey.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        blocks=blocks,
        attached=_shape(document.attached, names, "kem-theo") if document.attached else None,
        annexes=annexes,
        contents=[b for b in blocks if b["kind"] == "heading" and b["tag"] == "h2"],
        number=numbers.draft_number(document.frame.symbol),
        place_date=numbers.place_and_date(document.frame.place),
        nation=layout.NATION,
        motto=layout.MOTTO,
        end_mark=layout.END_MARK,
    )
    return unicodedata.normalize("NFC", html).encode()


def _blocks(blocks: tuple[Block, ...], names: dict[str, str], prefix: str = "") -> list[dict[str, Any]]:
    return [_shape(block, names, f"{prefix}{i}") for i, block in enumerate(blocks, 1)]


def _shape(block: Block, names: dict[str, str], at: str) -> dict[str, Any]:
    """A block as the template wants it."""
    if isinstance(block, Heading):
        return {"kind": "heading", "tag": _LEVEL[block.level], "text": block.text, "id": f"muc-{at}"}
    if isinstance(block, Judgement):
        return {"kind": "judgement", "text": f"[Cơ quan soạn thảo viết {block.prompt}: ....................]"}
    if isinstance(block, Paragraph):
        return {"kind": "paragraph", "role": block.role, "parts": [_part(text, part) for text, part in runs(block, names)]}
    if isinstance(block, Table):
        return {"kind": "table", "table": block, "label": names[block.anchor], "head": _head(block), "below": below(block)}
    return {"kind": "picture", "picture": block, "label": names[block.anchor], "source": _data_uri(block)}


def _part(text: str, part: Any) -> dict[str, Any]:
    if isinstance(part, Reference):
        return {"text": text.lstrip(), "space": text.startswith(" "), "href": f"#{part.anchor}", "named": "", "blank": False}
    if part.blank:
        return {"text": text.lstrip(), "space": text.startswith(" "), "href": "", "named": "", "blank": True}
    return {"text": text, "space": False, "href": "", "named": " ".join(part.keys), "blank": False}


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
    svg = re.sub(rb"<\?xml.*?\?>\s*|<!DOCTYPE.*?>\s*", b"", picture.svg, flags=re.DOTALL)
    return Markup("data:image/svg+xml;base64," + base64.b64encode(svg).decode())  # noqa: S704 - base64 letters only
