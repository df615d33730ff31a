"""Every text of a form that a person meets, each with a key that lasts: what an XLSForm cell says and what a translator gets.

Imports the records of this room only.  A cell may say several texts one after the other (the parts of a constraint message).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .question import Choice, ChoiceList, Label, Question, Questionnaire, Section

Kind = Literal["section", "label", "hint", "message", "choice"]


@dataclass(frozen=True)
class Said:
    """One text. key: where it stands («k01.label», «list.sex.male», «shared.required»); it stays while the wording changes."""

    key: str
    kind: Kind
    label: Label


REQUIRED = Said(
    "shared.required", "message",
    Label(
        "Câu này cần có trả lời. Nếu người được hỏi không muốn trả lời, hãy chọn «Không trả lời».",
        "This question needs an answer. If the person does not want to answer, choose «No answer».",
    ),
)  # fmt: skip
REQUIRED_HERE = Said(
    "shared.required_here", "message",
    Label("Câu này cần có trả lời.", "This question needs an answer."),
)  # fmt: skip
ALONE = Said(
    "shared.alone", "message",
    Label("Lựa chọn này không đi cùng lựa chọn khác.", "This choice cannot be combined with another one."),
)  # fmt: skip
SUM = Said(
    "shared.sum", "message",
    Label("Tổng phải bằng cộng các phần ghi ở trên.", "The total must equal the sum of the parts above."),
)  # fmt: skip


def of_section(section: Section) -> Said:
    """The title of a section."""
    return Said(f"section.{section.name}", "section", section.label)


def of_question(q: Question) -> Said:
    """What is asked."""
    return Said(f"{q.name}.label", "label", q.label)


def of_hint(q: Question) -> Said | None:
    """What the interviewer reads below it."""
    return Said(f"{q.name}.hint", "hint", q.hint) if q.hint else None


def of_choice(found: ChoiceList, choice: Choice) -> Said:
    """One choice of a list."""
    return Said(f"list.{found.name}.{choice.code}", "choice", choice.label)


def of_required(form: Questionnaire, q: Question) -> Said:
    """What is said when a required question is left empty; only where «No answer» can be chosen is it offered."""
    return REQUIRED if any(c.why == "refused" for c in form.choices(q)) else REQUIRED_HERE


def of_refusals(form: Questionnaire, q: Question) -> tuple[Said, ...]:
    """What is said when an answer breaks the constraint: of the range, the form's own rule, the sum, choices that stand alone."""
    found = []
    if q.range:
        low, high = q.range
        label = Label(f"Giá trị phải từ {low} đến {high}.", f"The value must be from {low} to {high}.")
        found.append(Said(f"{q.name}.range", "message", label))
    if q.must_message:
        found.append(Said(f"{q.name}.rule", "message", q.must_message))
    if q.sum_of:
        found.append(SUM)
    if alone(form, q):
        found.append(ALONE)
    return tuple(found)


def alone(form: Questionnaire, q: Question) -> tuple[str, ...]:
    """Choices of a select_multiple that cannot be combined; () for other questions."""
    return exclusive(form.lists[q.list]) if q.type == "select_multiple" and q.list else ()


def exclusive(found: ChoiceList) -> tuple[str, ...]:
    """Choices that stand alone in a select_multiple: every no-answer, and the code `none`."""
    return tuple(c.code for c in found.choices if c.why or c.code == "none")


def together(said: Sequence[Said]) -> Label:
    """Several texts as one."""
    return Label(" ".join(s.label.vi for s in said), " ".join(s.label.en for s in said))
