"""What a questionnaire is: frozen records without input or output.

Imports condition only.  A question is written once in YAML (load.py reads it);
the form, the codebook, the checks, the scores and the table heads derive from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from .condition import Condition

DRAFT = "DỰ THẢO - CHƯA THỬ NGHIỆM"
Lang = Literal["vi", "en"]
QuestionType = Literal[
    "note", "select_one", "select_multiple", "integer", "decimal", "text", "date", "time", "geopoint", "image", "audio",
    "calculate", "start", "end", "today", "deviceid", "audit",
]  # fmt: skip
HIDDEN: Final = frozenset({"calculate", "start", "end", "today", "deviceid", "audit"})
"""Types that nobody sees on a screen."""
FREE = "free"
"""`repeat` of a section that the person on the phone repeats as often as needed."""
Mode = Literal["interviewer", "self", "office"]
Layout = Literal["card", "table"]
Why = Literal["answered", "not_asked", "dont_know", "refused", "missing"]
ScaleKind = Literal["right", "likert", "mean_of"]


@dataclass(frozen=True)
class Label:
    """One text in the two languages of every form: Vietnamese first, English second."""

    vi: str
    en: str

    def __getitem__(self, lang: Lang) -> str:
        return self.vi if lang == "vi" else self.en


@dataclass(frozen=True)
class Choice:
    """One answer code. `why` says which kind of no-answer it is, None for a real answer; columns: what a filter looks at."""

    code: str
    label: Label
    why: Literal["dont_know", "refused"] | None = None
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ChoiceList:
    """A named list of choices; frozen across waves, codes are never reused. places: code -> file and line."""

    name: str
    choices: tuple[Choice, ...]
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Key:
    """The right answer of a scored item while a law holds (decision 13).

    read_on: the day somebody read that article; None means nobody has yet, and every build says so.
    """

    value: str
    law: str
    article: str
    read_on: date | None
    valid_from: date
    valid_to: date | None
    source: str


@dataclass(frozen=True)
class Score:
    """How one item enters a scale: by its key (right / wrong) or by its direction (Likert)."""

    scale: str
    key: tuple[Key, ...] = ()
    reverse: bool = False


@dataclass(frozen=True)
class Scale:
    """One score, 0-100 points.

    right: 100 x right answers / items answered; «không biết» counts as not right, a refusal as missing.
    likert: 100 x (mean - low) / (high - low) after turning reversed items.
    mean_of: plain mean of other scales, missing when one of them is.
    """

    name: str
    label: Label
    kind: ScaleKind
    min_answered: int = 0
    low: int = 0
    high: int = 0
    of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """One question or hidden field, with all that any room may want to know about it.

    only_if, must: conditions; relevant, constraint, filter, calculate: XPath as it stands.  sum_of: questions whose sum the
    answer is.  option: the switch of form.yaml that puts the question in.  order: of the choices, `random` shuffles them a
    form; order_why: why they stand as they do.  read_out: the choices are read aloud.
    """

    name: str
    type: QuestionType
    label: Label
    place: str
    hint: Label | None = None
    list: str | None = None
    file: str | None = None
    filter: str | None = None
    only_if: Condition | None = None
    must: Condition | None = None
    constraint: str | None = None
    must_message: Label | None = None
    range: tuple[int, int] | None = None
    required: bool = True
    appearance: str | None = None
    calculate: str | None = None
    value_type: Literal["int", "decimal", "string", "date"] = "string"
    private: bool = False
    score: Score | None = None
    field: str | None = None
    changed: Mapping[int, str] | None = None
    since: int = 2026
    source: str = ""
    sum_of: tuple[str, ...] = ()
    order: Literal["fixed", "random"] | None = None
    order_why: str = ""
    read_out: bool = False
    parameters: str = ""
    option: str = ""
    relevant: str | None = None


@dataclass(frozen=True)
class Section:
    """A group of questions, or a repeat when `repeat` (an XPath count, or FREE) is given; appearance as in XLSForm."""

    name: str
    label: Label
    items: tuple[Question | Section, ...]
    place: str
    only_if: Condition | None = None
    repeat: str | None = None
    appearance: str | None = None
    option: str = ""
    relevant: str | None = None

    def questions(self) -> Iterator[tuple[tuple[str, ...], Question]]:
        """Every question below, with the names of the sections that hold it."""
        for item in self.items:
            if isinstance(item, Section):
                for path, question in item.questions():
                    yield (self.name, *path), question
            else:
                yield (self.name,), item


@dataclass(frozen=True)
class Questionnaire:
    """A whole form. digest: over all that respondents meet and all that scoring uses.

    draft: scored items without evidence from people (decision 16); while there is one the form is stamped DRAFT.
    mode: who fills it in.  purpose: what it is for.  serves: target or indicator -> the questions that feed it.
    options: every switch and whether it is on.  instance_name: questions that name a submission.
    excel: how the Excel template is laid out, a card (one record a file) or a table (a row a record); None without one.
    """

    id: str
    title: Label
    version: str
    sections: tuple[Section, ...]
    lists: Mapping[str, ChoiceList]
    scales: Mapping[str, Scale]
    digest: str = ""
    draft: tuple[str, ...] = ()
    mode: Mode = "interviewer"
    purpose: Label | None = None
    serves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: Mapping[str, bool] = field(default_factory=dict)
    instance_name: tuple[str, ...] = ()
    excel: Layout | None = None

    def around(self, path: tuple[str, ...]) -> Iterator[Section]:
        """The sections on the way down to a question, outermost first."""
        items: tuple[Question | Section, ...] = self.sections
        for name in path:
            found = next(i for i in items if isinstance(i, Section) and i.name == name)
            yield found
            items = found.items

    def choices(self, question: Question) -> tuple[Choice, ...]:
        """The choices of a question from this form's own lists; () when it has none."""
        found = self.lists.get(question.list or "")
        return found.choices if found else ()

    def questions(self) -> Iterator[tuple[tuple[str, ...], Question]]:
        """Every question in form order, with the names of the sections that hold it."""
        for section in self.sections:
            yield from section.questions()
