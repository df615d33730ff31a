"""A page before it has a shape: headings, paragraphs, questions with their boxes, tables and pictures as frozen records.

Imports the standard library only.  Knows no form, no Word and no HTML: paper, guide, show-cards, sheets and slips are
written in these records, and paper_word and pages draw them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["vi", "en"]
Role = Literal["body", "small", "say", "warn", "strong", "centre"]


@dataclass(frozen=True)
class Heading:
    """A heading of depth 1 to 3."""

    level: int
    text: str


@dataclass(frozen=True)
class Para:
    """A paragraph.  say: read aloud word for word; warn: in a box; strong: bold; small: a remark; centre: in the middle."""

    text: str
    role: Role = "body"


@dataclass(frozen=True)
class Bullets:
    """A list; numbered counts from 1."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Option:
    """One answer to tick.  code is '' on pages where codes only disturb."""

    code: str
    text: str


@dataclass(frozen=True)
class Asked:
    """One question on paper.

    when: who is asked; notes: rules of the answer and instructions; many: several boxes may be ticked; blank: what to write
    where there is nothing to tick ('' when there is); say: read aloud as it stands, nothing to answer.
    """

    number: str
    text: str
    hint: str = ""
    when: str = ""
    notes: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    many: bool = False
    blank: str = ""
    say: bool = False


@dataclass(frozen=True)
class Questions:
    """Questions one below the other, with their answers beside them."""

    rows: tuple[Asked, ...]


@dataclass(frozen=True)
class Grid:
    """A table.  widths_mm: of its columns; an empty cell is there to be written in; tall: rows to write in by hand."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths_mm: tuple[float, ...]
    tall: bool = False


@dataclass(frozen=True)
class Picture:
    """A PNG in its printed width."""

    png: bytes
    width_mm: float
    alt: str


@dataclass(frozen=True)
class Card:
    """Lines in large type, to be held up."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Break:
    """What follows begins on a new page."""


Block = Heading | Para | Bullets | Questions | Grid | Picture | Card | Break


@dataclass(frozen=True)
class Page:
    """One printed matter in one language.  stamps: printed at the head of every page; foot: what it is, below every page."""

    title: str
    blocks: tuple[Block, ...]
    lang: Language
    stamps: tuple[str, ...] = ()
    foot: str = ""
    subtitle: str = ""
