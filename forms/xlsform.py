"""Questionnaire -> the sheets of an XLSForm. Pure: records in, sheets out.

Imports the records of this room only.  The file is workbook.py's, its conversion xform.py's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .condition import xpath
from .question import DRAFT, HIDDEN, ChoiceList, Label, Question, Questionnaire, Section
from .workbook import Sheet

VI, EN = "Tiếng Việt (vi)", "English (en)"
_TEXTS = ("label", "hint", "constraint_message", "required_message")
SURVEY = (
    "type", "name", *(f"{text}::{lang}" for text in _TEXTS for lang in (VI, EN)),
    "relevant", "required", "constraint", "calculation", "choice_filter", "repeat_count", "appearance", "parameters",
    "bind::type",
)  # fmt: skip
_REQUIRED = Label(
    "Câu này cần có trả lời. Nếu người được hỏi không muốn trả lời, hãy chọn «Không trả lời».",
    "This question needs an answer. If the person does not want to answer, choose «No answer».",
)
_ALONE = Label(
    "Lựa chọn này không đi cùng lựa chọn khác.",
    "This choice cannot be combined with another one.",
)
_SUM = Label("Tổng phải bằng cộng các phần ghi ở trên.", "The total must equal the sum of the parts above.")
_BIND = {"int": "int", "decimal": "decimal", "date": "date"}


def sheets(form: Questionnaire) -> tuple[Sheet, Sheet, Sheet]:
    """The three sheets: survey, choices, settings."""
    survey = tuple(_cells(row) for section in form.sections for row in _section(form, section))
    used = {q.list for _, q in form.questions() if q.list}
    choices = tuple(
        (name, c.code, c.label.vi, c.label.en) for name, found in form.lists.items() if name in used for c in found.choices
    )
    title = f"{form.title.vi} - {DRAFT}" if form.draft else form.title.vi
    name = "concat(" + ", '-', ".join(f"${{{n}}}" for n in form.instance_name) + ")" if form.instance_name else ""
    settings = (title, form.id, form.version, VI, name, "pages")
    return (
        Sheet("survey", SURVEY, survey),
        Sheet("choices", ("list_name", "name", f"label::{VI}", f"label::{EN}"), choices),
        Sheet("settings", ("form_title", "form_id", "version", "default_language", "instance_name", "style"), (settings,)),
    )


def _cells(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(row.get(name, "") for name in SURVEY)


def _both(column: str, label: Label | None) -> dict[str, str]:
    return {f"{column}::{VI}": label.vi, f"{column}::{EN}": label.en} if label else {}


def _section(form: Questionnaire, section: Section) -> Iterator[dict[str, str]]:
    kind = "repeat" if section.repeat else "group"
    row = {"type": f"begin {kind}", "name": section.name, **_both("label", section.label)}
    if section.only_if:
        row["relevant"] = xpath(section.only_if)
    if section.repeat:
        row["repeat_count"] = section.repeat
    if section.appearance:
        row["appearance"] = section.appearance
    yield row
    for item in section.items:
        if isinstance(item, Section):
            yield from _section(form, item)
        else:
            yield _question(form, item)
    yield {"type": f"end {kind}", "name": section.name}


def _question(form: Questionnaire, q: Question) -> dict[str, str]:
    row = {"type": _type(q), "name": q.name}
    if q.type == "audit":
        return row | ({"parameters": q.parameters} if q.parameters else {})
    if q.type in HIDDEN and q.type != "calculate":
        return row
    if q.only_if:
        row["relevant"] = xpath(q.only_if)
    if q.type == "calculate":
        row["calculation"] = " ".join((q.calculate or "").replace("{digest}", form.digest).split())
        if q.value_type in _BIND:
            row["bind::type"] = _BIND[q.value_type]
        return row
    row |= _both("label", q.label) | _both("hint", q.hint)
    if q.required and q.type != "note":
        row |= {"required": "yes"} | _both("required_message", _REQUIRED)
    constraint, message = constraint_of(form, q)
    if constraint:
        row |= {"constraint": constraint} | _both("constraint_message", message)
    if q.filter:
        row["choice_filter"] = q.filter
    if q.appearance:
        row["appearance"] = q.appearance
    parameters = " ".join(filter(None, (q.parameters, "randomize=true" if q.order == "random" else "")))
    if parameters:
        row["parameters"] = parameters
    return row


def _type(q: Question) -> str:
    if q.type in ("select_one", "select_multiple"):
        return f"{q.type}_from_file {q.file}" if q.file else f"{q.type} {q.list}"
    return q.type


def constraint_of(form: Questionnaire, q: Question) -> tuple[str, Label | None]:
    """The XPath constraint of a question (range, must, own XPath, exclusive choices) and its message."""
    parts: list[str] = []
    messages: list[Label] = []
    if q.range:
        low, high = q.range
        parts.append(f". >= {low} and . <= {high}")
        messages.append(Label(f"Giá trị phải từ {low} đến {high}.", f"The value must be from {low} to {high}."))
    if q.must:
        parts.append(xpath(q.must).replace(f"${{{q.name}}}", "."))
    if q.constraint:
        parts.append(q.constraint)
    if q.must_message:
        messages.append(q.must_message)
    if q.sum_of:
        parts.append(". = " + " + ".join(f"coalesce(${{{name}}}, 0)" for name in q.sum_of))
        messages.append(_SUM)
    if q.type == "select_multiple" and q.list:
        alone = exclusive(form.lists[q.list])
        if alone:
            chosen = " or ".join(f"selected(., '{code}')" for code in alone)
            parts.append(f"not(({chosen}) and count-selected(.) > 1)")
            messages.append(_ALONE)
    text = " and ".join(f"({p})" for p in parts) if len(parts) > 1 else "".join(parts)
    message = Label(" ".join(m.vi for m in messages), " ".join(m.en for m in messages)) if messages else None
    return text, message


def exclusive(found: ChoiceList) -> tuple[str, ...]:
    """Choices that stand alone in a select_multiple: every no-answer, and the code `none`."""
    return tuple(c.code for c in found.choices if c.why or c.code == "none")
