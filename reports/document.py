"""The report before it has a shape: headings, paragraphs, tables and figures as frozen records.

Imports numbers only.  Word, HTML and Excel each read this model,
so a sentence or a cell exists once.  `keys` name rows of results.json (12 hex
digits) or a text of it («texts/waves/2026/response/drawn»).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from . import numbers

Align = Literal["left", "center", "right"]
Role = Literal["body", "basis", "item", "note", "strong"]


@dataclass(frozen=True)
class Piece:
    """A part of a sentence.  tag: which number of which row it shows (numbers.tag), '' for words."""

    text: str
    tag: str = ""


@dataclass(frozen=True)
class Sentence:
    """One sentence and the rows it was made from.  blank: a gap in a sentence that people fill, printed highlighted.

    composed: its words, the numbers among them tagged (numbers.tagged); text: without the marks, as it is printed.
    """

    composed: str
    keys: tuple[str, ...] = ()
    blank: bool = False

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Words and tagged numbers in order."""
        return tuple(_pieces(self.composed)) if numbers.OPEN in self.composed else (Piece(self.composed),)

    @property
    def text(self) -> str:
        """The words as printed."""
        return "".join(p.text for p in self.pieces)


def _pieces(text: str) -> Iterator[Piece]:
    """Words and tagged numbers in order."""
    for i, part in enumerate(re.split(f"{numbers.OPEN}(.*?){numbers.CLOSE}", text)):
        about, _, said = part.partition(numbers.MIDDLE)
        if i % 2:
            yield Piece(said, about)
        elif part:
            yield Piece(part)


@dataclass(frozen=True)
class Reference:
    """A mention of a table or figure; its printed label is found when the document is rendered."""

    anchor: str


@dataclass(frozen=True)
class Heading:
    """level 1: «I. CAPITALS»; 2: «1. Sentence case»; 3: «a) plain».  The mark is part of the text."""

    text: str
    level: Literal[1, 2, 3]


@dataclass(frozen=True)
class Paragraph:
    """Sentences, set one after the other with a space between them (none before a full stop)."""

    parts: tuple[Sentence | Reference, ...]
    role: Role = "body"


@dataclass(frozen=True)
class Judgement:
    """A blank that only people may fill: printed highlighted, with what is wanted."""

    prompt: str


@dataclass(frozen=True)
class Column:
    """A column of a table.

    kind: text, count (whole numbers), estimate (a number with its interval below, three columns in Excel).
    group: the heading over several neighbouring columns, '' for none.  width: a share, not millimetres.
    """

    label: str
    kind: Literal["text", "count", "estimate"] = "text"
    group: str = ""
    width: float = 1.0


@dataclass(frozen=True)
class Cell:
    """One cell. text: as printed, marks and brackets included; below: the interval.

    value, lower, upper: the numbers of `text`, None where none may be shown.  mark: '', caution, bracket, hide or none.
    shows: which number of its row `value` is, estimate or n (numbers.tag).
    """

    text: str
    below: str = ""
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    decimals: int = 1
    key: str = ""
    mark: str = ""
    shows: str = "estimate"


@dataclass(frozen=True)
class TableRow:
    """A row; group: the row only names the block that follows (one cell over the whole width)."""

    cells: tuple[Cell, ...]
    group: bool = False


@dataclass(frozen=True)
class Table:
    """A native table. unit: «Đơn vị tính: ...» or ''; source: the line below; notes: reasons and warnings below it."""

    anchor: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    unit: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """Every row of results.json that this table prints, in reading order."""
        return tuple(dict.fromkeys(c.key for r in self.rows for c in r.cells if c.key))


@dataclass(frozen=True)
class Picture:
    """A figure as made by analysis.figures: bytes for Word, text for the web, words for who cannot see it."""

    anchor: str
    caption: str
    png: bytes = field(repr=False)
    svg: bytes = field(repr=False)
    alt: str = ""
    width_mm: float = 160.0
    keys: tuple[str, ...] = ()
    source: str = ""


def below(table: Table, language: str = "vi") -> tuple[str, ...]:
    """The lines under a table: source, notes, and the marks that occur in it."""
    return tuple(t for t in (table.source, *table.notes, legend(table, language)) if t)


def legend(table: Table, language: str = "vi") -> str:
    """What the marks in this table mean; '' when there is none."""
    cells = [c for r in table.rows for c in r.cells]
    found = {
        numbers.NONE_OCCURRED: any(c.text == numbers.NONE_OCCURRED for c in cells),
        numbers.NO_FIGURE: any(numbers.NO_FIGURE in (c.text, c.below) for c in cells),
        numbers.HIDDEN: any(c.mark == "hide" for c in cells),
        numbers.BRACKET: any(c.mark == "bracket" for c in cells),
    }
    return numbers.legend((mark for mark, there in found.items() if there), language)


Block = Heading | Paragraph | Judgement | Table | Picture


@dataclass(frozen=True)
class Annex:
    """«Phụ lục I» on a page of its own.  landscape: on paper turned, for tables too wide for the upright page."""

    title: str
    blocks: tuple[Block, ...]
    landscape: bool = False


@dataclass(frozen=True)
class Frame:
    """What surrounds the text on paper; number, date and signature stay blank."""

    superior: str
    agency: str
    symbol: str
    place: str
    addressees: tuple[str, ...]
    authority: tuple[str, ...]
    recipients: tuple[str, ...]
    named: str = ""  # the agency inside a sentence: «Sở Nội vụ»


@dataclass(frozen=True)
class Document:
    """A whole report. stamp: '' or the words that every page of practice material carries.

    attached: «(Kèm theo Quyết định số ...)» below the title of what another document issues; such a text has no number, date,
    addressee or signature of its own.  draft: «DỰ THẢO» is printed.  annexed: what an annex goes with, '' for a report.
    contents: how many levels of headings the list of contents shows, 0 for no list; annexes are always in it.
    digests: what the numbers were made from (Results.digests), kept in the Word file so that it can be checked later.
    language: of every word in it; Word and Excel are written in Vietnamese only.
    """

    frame: Frame
    kind: str
    subject: str
    stamp: str
    blocks: tuple[Block, ...]
    annexes: tuple[Annex, ...]
    method: tuple[tuple[str, str], ...]
    attached: Paragraph | None = None
    draft: bool = True
    annexed: str = ""
    contents: int = 0
    digests: tuple[tuple[str, str], ...] = ()
    language: Literal["vi", "en"] = "vi"

    def all_blocks(self) -> Iterator[Block]:
        """Blocks of the text, then of the annexes."""
        yield from self.blocks
        for annex in self.annexes:
            yield from annex.blocks

    def tables(self) -> tuple[Table, ...]:
        """Tables in reading order."""
        return tuple(b for b in self.all_blocks() if isinstance(b, Table))

    def pictures(self) -> tuple[Picture, ...]:
        """Figures in reading order."""
        return tuple(b for b in self.all_blocks() if isinstance(b, Picture))


def labels(document: Document) -> Mapping[str, str]:
    """Anchor -> «Biểu số 01» / «Hình 1», numbered in reading order."""
    english = document.language == "en"
    tables = {t.anchor: f"Table {i}" if english else f"Biểu số {i:02d}" for i, t in enumerate(document.tables(), 1)}
    return tables | {p.anchor: f"{'Figure' if english else 'Hình'} {i}" for i, p in enumerate(document.pictures(), 1)}


def annex_name(document: Document, number: int) -> str:
    """«Phụ lục II»; an only annex has no number (NĐ 30/2020/NĐ-CP, Phụ lục I)."""
    word = "Annex" if document.language == "en" else "Phụ lục"
    return f"{word} {numbers.roman(number)}" if len(document.annexes) > 1 else word


def plain(paragraph: Paragraph, names: Mapping[str, str]) -> str:
    """The paragraph as text."""
    return "".join(text for text, _ in runs(paragraph, names))


def pieces(text: str, part: Sentence) -> tuple[Piece, ...]:
    """A run's text (as `runs` gives it, perhaps with a space before it) cut where its sentence has tagged numbers."""
    out: list[Piece] = []
    start = len(text) - len(part.text)
    head, rest = text[:start], text[start:]
    for piece in part.pieces:
        out.append(Piece(rest[: len(piece.text)], piece.tag))
        rest = rest[len(piece.text) :]
    if head and out and not out[0].tag:
        return (Piece(head + out[0].text), *out[1:])
    return (Piece(head), *out) if head else tuple(out)


def runs(paragraph: Paragraph, names: Mapping[str, str]) -> tuple[tuple[str, Sentence | Reference], ...]:
    """The parts of a paragraph, each with its text; a space stands between parts unless punctuation follows."""
    out: list[tuple[str, Sentence | Reference]] = []
    for part in paragraph.parts:
        text = names[part.anchor] if isinstance(part, Reference) else numbers.unbroken(part.text)
        gap = isinstance(part, Sentence) and part.blank  # a gap begins with dots that are no full stop
        glued = not out or out[-1][0].endswith("(") or (text[:1] in ".,;)" and not gap)
        out.append((text if glued else " " + text, part))
    return tuple(out)
