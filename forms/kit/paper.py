"""The questionnaire on paper: sections, numbers, answers with codes and boxes, skips and rules in words.

Imports the records of the room, page, numbering and texts.  Knows no file format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..question import Question, Questionnaire, Section
from ..wording import alone
from . import showcards
from .numbering import Numbered, called, filled, numbered, shown, spoken
from .page import Asked, Block, Grid, Heading, Language, Option, Page, Para, Questions
from .texts import say

_COUNT = re.compile(r"\$\{([a-z0-9_]+)\}")
_ROWS = 10
"""Lines of a table of persons when the form gives no smaller number."""
_BLANKS = {"integer": "number", "decimal": "number", "text": "text", "date": "date", "time": "time"}


def stamps(form: Questionnaire, lang: Language, *, practice: bool) -> tuple[str, ...]:
    """What the head of every page of this form must say."""
    return (*((say("practice", lang),) if practice else ()), *((say("draft", lang),) if form.draft else ()))


def foot(form: Questionnaire, lang: Language) -> str:
    """What a page is, below it."""
    return say("foot", lang, title=form.title[lang], id=form.id, version=form.version, digest=form.digest[:12])


def paper(form: Questionnaire, lang: Language, *, practice: bool = False) -> Page:
    """The whole questionnaire to be filled in by hand."""
    book = numbered(form, lang)
    cards = {name: card.number for card in showcards.cards(form, lang) for name in card.questions}
    blocks: list[Block] = [Para(say(f"paper_use_{form.mode}", lang), "warn"), Para(say("paper_marks", lang), "small")]
    for section in form.sections:
        if section.name in book.heads:
            blocks += _section(book, section, lang, cards, 1)
    marks = stamps(form, lang, practice=practice)
    return Page(say("paper", lang), tuple(blocks), lang, marks, foot(form, lang), form.title[lang])


def _section(book: Numbered, section: Section, lang: Language, cards: dict[str, str], level: int) -> list[Block]:
    found: list[Block] = [Heading(min(level, 3), book.heads.get(section.name, section.label[lang]))]
    if section.only_if and not section.repeat:
        found.append(Para(say("section_when", lang, when=spoken(book, section.only_if, lang)), "small"))
    if section.repeat:
        found.append(Para(say("repeat", lang), "small"))
    rows: list[Asked] = []
    for item in shown(section):
        if isinstance(item, Section):
            found += [Questions(tuple(rows))] if rows else []
            rows = []
            found += _section(book, item, lang, cards, level + 1)
        else:
            rows.append(_asked(book, item, lang, cards))
    found += [Questions(tuple(rows))] if rows else []
    return [*found, *(_table(book, section, lang) if section.repeat else ())]


def _table(book: Numbered, section: Section, lang: Language) -> tuple[Block, ...]:
    """Where the answers of a repeated part are written: a line a person, a column a question."""
    asked = [q.name for _, q in section.questions() if q.name in book.numbers]
    counts = _COUNT.findall(section.repeat or "")
    most = next((q.range[1] for _, q in book.form.questions() if q.name in counts and q.range), _ROWS)
    width = min(30.0, 150.0 / max(1, len(asked)))
    lines = tuple((str(i), *("" for _ in asked)) for i in range(1, min(most, _ROWS) + 1))
    grid = Grid((say("person", lang), *(book.numbers[name] for name in asked)), lines, (24.0, *(width for _ in asked)), tall=True)
    selects = any(q.type == "calculate" and "select_u" in (q.calculate or "") for _, q in book.form.questions())
    return (grid, Para(say("pick_rule", lang), "warn")) if selects else (grid,)


def _asked(book: Numbered, q: Question, lang: Language, cards: dict[str, str]) -> Asked:
    choices = book.form.choices(q)
    return Asked(
        number=book.numbers.get(q.name, ""),
        text=filled(book, q.label[lang], lang),
        hint=filled(book, q.hint[lang], lang) if q.hint else "",
        when=say("when", lang, when=spoken(book, q.only_if, lang)) if q.only_if else "",
        notes=tuple(_notes(book, q, lang, cards)),
        options=tuple(Option(c.code, filled(book, c.label[lang], lang)) for c in choices),
        many=q.type == "select_multiple",
        blank=_blank(q, lang),
        say=q.type == "note",
    )


def _blank(q: Question, lang: Language) -> str:
    if q.type == "note" or (q.list and not q.file):
        return ""
    return say("list_file" if q.file else _BLANKS.get(q.type, "device"), lang)


def _notes(book: Numbered, q: Question, lang: Language, cards: dict[str, str]) -> Iterator[str]:
    """What the interviewer must know of the answer, in words."""
    if q.private:
        yield say("private", lang)
    if q.name in cards:
        yield say("shown", lang, card=cards[q.name])
    if q.read_out:
        yield say("aloud", lang)
    if q.order == "random":
        yield say("shuffled", lang)
    if q.range:
        yield say("between", lang, low=q.range[0], high=q.range[1])
    if q.sum_of:
        yield say("sum", lang, parts=", ".join(called(book, name, lang) for name in q.sum_of))
    if q.must_message:
        yield filled(book, q.must_message[lang], lang)
    elif q.must:
        yield say("must", lang, rule=spoken(book, q.must, lang, q))
    if found := alone(book.form, q):
        named = [c.label[lang] for c in book.form.choices(q) if c.code in found]
        yield say("alone", lang, choices="; ".join(f"«{n}»" for n in named))
    if not q.required and q.type != "note":
        yield say("optional", lang)
