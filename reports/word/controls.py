"""Numbers as content controls: what a sentence or a cell shows, cut into words and tagged numbers.

Imports python-docx, document, numbers and ooxml.  The tag (numbers.tag) says which number of which row it is, so that an
edited file can be held against its results; an editor may change the number, nothing is locked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from docx.enum.text import WD_COLOR_INDEX
from docx.text.paragraph import Paragraph as WordParagraph

from .. import numbers, ooxml
from ..document import Cell, Piece

# «Cận» alone: the limits of a survey are an interval's, those of a full count are bounds.
SAID = {
    "estimate": "Kết quả",
    "lower": "Cận dưới",
    "upper": "Cận trên",
    "n": "Số quan sát",
    "text": "Số liệu của đợt",
}


def alias(tag: str) -> str:
    """What a reader sees when the number is selected: `Kết quả (3f2a...)`."""
    key, name, *_ = tag.split(":")
    return f"{SAID.get(name, 'Số liệu')} ({key})"


def write(
    ids: ooxml.Ids,
    told: list[str],
    paragraph: WordParagraph,
    pieces: Iterable[Piece],
    *,
    marked: bool = False,
    bold: bool = False,
) -> None:
    """Pieces as runs, tagged ones inside a content control.  marked: highlighted as a gap that people fill.

    ids: numbers of the controls; told: every tag written is put at its end.
    """
    for piece in pieces:
        run = paragraph.add_run(piece.text)
        if marked:
            run.font.highlight_color = WD_COLOR_INDEX.YELLOW
        if bold:
            run.bold = True
        if piece.tag:
            told.append(piece.tag)
            ooxml.control(run, piece.tag, alias(piece.tag), ids.take())


def shown(cell: Cell) -> tuple[Piece, ...]:
    """The printed number of a cell with its tag; marks and brackets around it stay words."""
    if cell.value is None or not cell.key:
        return (Piece(cell.text),)
    key, name = (numbers.text_key(cell.key), "text") if "/" in cell.key else (cell.key, cell.shows)
    number = numbers.number(cell.value, cell.decimals)
    said = number if number in cell.text else cell.text if cell.text == numbers.NONE_OCCURRED else ""
    return tuple(_around(cell.text, ((said, numbers.tag(key, name, "", cell.decimals)),)))


def limits(cell: Cell) -> tuple[Piece, ...]:
    """The interval of a cell in brackets, both limits tagged; «...» where there is none."""
    if cell.below == numbers.NO_FIGURE:
        return (Piece(cell.below),)
    text = f"({cell.below})"
    if cell.lower is None or cell.upper is None or not cell.key or "/" in cell.key:
        return (Piece(text),)
    ends = ((cell.lower, "lower"), (cell.upper, "upper"))
    told = [(numbers.number(x, cell.decimals), numbers.tag(cell.key, name, "", cell.decimals)) for x, name in ends]
    return tuple(_around(text, told))


def _around(text: str, told: Iterable[tuple[str, str]]) -> Iterator[Piece]:
    """The text cut at each number in turn; a number that is not there is not tagged."""
    rest = text
    for said, tag in told:
        before, found, after = rest.partition(said) if said else (rest, "", "")
        if not found:
            continue
        if before:
            yield Piece(before)
        yield Piece(found, tag)
        rest = after
    if rest:
        yield Piece(rest)
