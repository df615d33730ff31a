"""Parts of texts["protocol"] as sentences: holes filled in Vietnamese style, every filled value named by its path.

Imports numbers, document and lookup.  A hole without a value is a gap that people fill, printed highlighted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from . import numbers
from .document import Paragraph, Role, Sentence
from .lookup import lower_first, vi

HOLE = re.compile(r"\{(\w+)\}")
GAP = "......"
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def value(given: Any) -> str:
    """A value as printed: numbers with the decimals they have, dates as 05/02/2027, labels in Vietnamese."""
    if isinstance(given, bool) or given is None:
        raise TypeError(f"no value to print: {given}")
    if isinstance(given, int | float):
        return numbers.shortest(given)
    text = vi(given)
    return numbers.short_date(text) if DATE.fullmatch(text) else text


def sentences(part: Mapping[str, Any], path: str, values: Mapping[str, Any] | None = None) -> tuple[Sentence, ...]:
    """One paragraph's template with its holes filled; a piece ends where a gap stands."""
    known = part["values"] if values is None else values
    done: list[Sentence] = []
    text = ""
    keys: list[str] = []
    for i, piece in enumerate(HOLE.split(part["vi"])):
        if i % 2 == 0:
            text += piece
        elif known.get(piece) is None:
            done += [Sentence(text.strip(), tuple(keys)), Sentence(GAP, blank=True)]
            text, keys = "", []
        else:
            text += value(known[piece])
            keys.append(f"{path}/values/{piece}")
    done.append(Sentence(text.strip(), tuple(dict.fromkeys(keys))))
    return tuple(s for s in done if s.text)


def paragraphs(protocol: Mapping[str, Any], section: str, role: Role = "body") -> Iterator[Paragraph]:
    """Every paragraph of a section, each on its own."""
    for i, part in enumerate(protocol.get("sections", {}).get(section, ())):
        yield Paragraph(sentences(part, f"texts/protocol/sections/{section}/{i}"), role)


def items(protocol: Mapping[str, Any], section: str) -> Iterator[Paragraph]:
    """The paragraphs of a section as a list with dashes."""
    for paragraph in paragraphs(protocol, section, "item"):
        first = paragraph.parts[0]
        if isinstance(first, Sentence) and not first.blank:
            yield Paragraph((Sentence(f"- {first.text}", first.keys), *paragraph.parts[1:]), "item")
        else:
            yield Paragraph((Sentence("-"), *paragraph.parts), "item")


def together(protocol: Mapping[str, Any], *sections: str) -> Paragraph | None:
    """Several short paragraphs as one; None when there is none."""
    parts = [p for name in sections for paragraph in paragraphs(protocol, name) for p in paragraph.parts]
    return Paragraph(tuple(parts)) if parts else None


def plain(label: Any, path: str) -> Paragraph:
    """A label as a paragraph of its own."""
    return Paragraph((Sentence(vi(label), (path,)),))


def inside(label: Any) -> str:
    """A label inside a sentence."""
    return lower_first(vi(label))
