"""How a form lies in a workbook: pages, printed texts, cells that take an answer.  Frozen records, no library.

Imports the records of a questionnaire.  Template and reader share these records, so they cannot differ on where a cell is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ..condition import Condition
from ..question import Question

Style = Literal["title", "stamp", "head", "section", "note", "question", "choice", "code", "english", "label"]
Code = tuple[str, str]
"""A choice's code and the words that stand for it in a cell."""
TICK = "x"
"""What ticks a choice of a question with several answers."""
KEYS = "_bdg"
CODES = "_ma"
"""Hidden sheets: what ties the file to form, unit and period; the words of the drop-downs."""
SCHEMA = "returns/1"
FIRST_DAY, LAST_DAY = date(1945, 1, 1), date(2100, 12, 31)
"""The days that a cell takes for a date at all: outside, something was mistyped."""


@dataclass(frozen=True)
class Text:
    """A printed text of a page; it must stand where it stands, or the page was rearranged.

    detail: under it, smaller; span: how many columns it takes.
    """

    row: int
    column: int
    text: str
    style: Style
    detail: str = ""
    span: int = 1

    @property
    def whole(self) -> str:
        """The text of the cell."""
        return f"{self.text}\n{self.detail}" if self.detail else self.text


@dataclass(frozen=True)
class Field:
    """A cell that takes an answer, or one choice of it.  row: of the first line where the page has lines.

    path: of the answer ("m1/n_events"); choice: the code that this cell ticks, '' where it holds the answer itself;
    asked_if: conditions of the question and of the sections around it.
    """

    question: Question
    path: str
    row: int
    column: int
    asked_if: Condition | None
    choice: str = ""


@dataclass(frozen=True)
class Page:
    """One sheet.  lines: how many records it takes, 0 for a card.  repeat: path of the repeat, '' for the form's own records.

    count: of a repeat, the question that says how many lines there are, or the number itself; '' where nothing does.
    check: column of the running check; empty: (row, column) of the cell that says «nothing to report», None without one;
    unit, period: (row, column) of the cells that name them.
    """

    name: str
    texts: tuple[Text, ...]
    fields: tuple[Field, ...]
    check: int
    first: int
    lines: int = 0
    repeat: str = ""
    count: str = ""
    asked_if: Condition | None = None
    empty: tuple[int, int] | None = None
    unit: tuple[int, int] = (1, 2)
    period: tuple[int, int] = (2, 2)

    @property
    def last(self) -> int:
        """The last row that takes an answer."""
        return self.first + self.lines - 1 if self.lines else max((f.row for f in self.fields), default=self.first)


@dataclass(frozen=True)
class Layout:
    """A form as a workbook.  lists: list name -> the codes with the words shown; digest: over everything printed and placed.

    unit: the question that names the reporting unit; stamp: what every page carries over its title.
    """

    form_id: str
    version: str
    questionnaire_digest: str
    pages: tuple[Page, ...]
    lists: Mapping[str, tuple[Code, ...]]
    unit: str
    stamp: str
    digest: str

    def fields(self) -> Iterator[tuple[Page, Field]]:
        """Every field with its page, in order."""
        for page in self.pages:
            for field in page.fields:
                yield page, field


@dataclass(frozen=True)
class Tied:
    """What a template is made for.  given: question -> code or number that the file carries already; shown: as a person reads it.

    unit_name, period_shown: visible on every page; period: as in the file's name; known: hidden fields that the tie settles;
    stamp: of practice material, '' otherwise.
    """

    unit_id: str
    unit_name: str
    period: str
    period_shown: str
    given: Mapping[str, str]
    shown: Mapping[str, str]
    known: Mapping[str, str]
    stamp: str = ""


def cell_name(row: int, column: int) -> str:
    """A1 name of a cell from its numbers, both counted from 0."""
    letters, n = "", column + 1
    while n:
        n, rest = divmod(n - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"
