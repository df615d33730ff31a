"""What a template prints beside a question: what to write, when, and how parts and totals belong together.

Imports the records of a questionnaire and the words of conditions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..condition import Condition, words
from ..question import DRAFT, Label, Lang, Question, Questionnaire, Section

_REFERENCE = re.compile(r"\$\{([a-z0-9_]+)\}")
_KIND: Mapping[str, Label] = {
    "integer": Label("Ghi số nguyên{0}.", "A whole number{0}."),
    "decimal": Label("Ghi số{0}.", "A number{0}."),
    "date": Label("Ghi ngày/tháng/năm.", "Day/month/year."),
    "time": Label("Ghi giờ:phút.", "Hour:minute."),
    "select_one": Label("Chọn trong danh sách.", "Choose from the list."),
    "select_multiple": Label("Chọn x ở mọi dòng đúng.", "Choose x at every line that is true."),
}
_ONLY = Label("Chỉ điền khi {0}.", "Only if {0}.")
_NOTE = Label("(Khi {0}.)", "(If {0}.)")
_SUM = Label("Bằng tổng các ô {0}.", "The sum of {0}.")


def short(form: Questionnaire, name: str, lang: Lang) -> str:
    """What a question is called in the words of another one."""
    found = next((q for _, q in form.questions() if q.name == name), None)
    return name if found is None or found.type == "calculate" else found.label[lang].rstrip("?:. ")


def printed(form: Questionnaire, text: str, lang: Lang) -> str:
    """A text with the questions it refers to called by name: a page of paper cannot repeat an answer."""
    return _REFERENCE.sub(lambda m: f"«{short(form, m.group(1), lang)}»", text)


def only(form: Questionnaire, tree: Condition | None, lang: Lang, frame: Label = _ONLY) -> str:
    """«Chỉ điền khi …», '' where everybody answers."""
    if tree is None:
        return ""

    def label(name: str, code: str | None) -> str:
        if code is None:
            return f"«{short(form, name, lang)}»"
        asked = next((q for _, q in form.questions() if q.name == name), None)
        return next((c.label[lang] for c in form.choices(asked) if c.code == code), code) if asked else code

    return frame[lang].format(words(tree, lang, label))


def detail(form: Questionnaire, q: Question, lang: Lang) -> str:
    """The small print under a question: its hint, its condition, what to write, its sum."""
    parts = [
        printed(form, q.hint[lang], lang) if q.hint else "",
        only(form, q.only_if, lang, _NOTE if q.type == "note" else _ONLY),
    ]
    if q.type in _KIND:
        span = {"vi": " từ {} đến {}", "en": " from {} to {}"}[lang].format(*q.range) if q.range else ""
        parts.append(_KIND[q.type][lang].format(span))
    if q.sum_of:
        parts.append(_SUM[lang].format(" + ".join(q.sum_of)))
    return " ".join(p for p in parts if p)


def section_detail(form: Questionnaire, section: Section, lang: Lang) -> str:
    """The small print under a section's title."""
    return only(form, section.only_if, lang)


def stamp_of(form: Questionnaire) -> str:
    """What the form carries until people have tried it, '' afterwards."""
    return DRAFT if form.draft else ""
