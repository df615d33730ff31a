"""The guide for cognitive interviews: every scored item with its probes, a sheet for notes, the table that becomes evidence.

Imports digests, evidence, page and reading.  Its words are data (cognitive.yaml); it fills in nothing that people must find out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..digests import wordings
from ..evidence import GROUPS, PEOPLE, WHOLE
from ..question import DRAFT, Question, Questionnaire
from ..reading import plain, read_yaml
from .page import Asked as Printed
from .page import Block, Break, Bullets, Grid, Heading, Language, Option, Page, Para, Questions

_TEXTS = Path(__file__).with_name("cognitive.yaml")
_SUMMARY = ("item", "date", "people", "groups", "problem", "change", "waived_by", "waiver_document", "wording")
_BACK = ("item", "language", "date", "back_translation", "difference", "decided_by")


@dataclass(frozen=True)
class Words:
    """The fixed words of the guide in one language. terms: item -> phrases that a listener may take in another sense."""

    lang: Language
    texts: Mapping[str, Any]
    terms: Mapping[str, tuple[str, ...]]

    def said(self, key: str, /, **holes: object) -> str:
        """One text with its holes filled."""
        return str(self.texts[key][self.lang]).format_map({k: str(v) for k, v in holes.items()})

    def rows(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(self.texts[name][self.lang])


@cache
def words(lang: Language) -> Words:
    """The guide's words, read once."""
    raw = plain(read_yaml(_TEXTS))
    return Words(lang, raw, {item: tuple(found) for item, found in raw["terms"].items()})


def cognitive(form: Questionnaire, lang: Language) -> Page:
    """The guide of a form in one language. A form that scores nothing is tried as a whole."""
    w = words(lang)
    needed = wordings(form)
    blocks: list[Block] = [
        Para(w.said("use")), Para(w.said("who", people=PEOPLE, groups=GROUPS), "strong"), Bullets(w.rows("rules"), numbered=True),
    ]  # fmt: skip
    if WHOLE in needed:
        blocks += [Heading(2, w.said("item", name=WHOLE, code=needed[WHOLE])), Bullets(w.rows("whole")), _notes(w)]
    for _, question in form.questions():
        if question.name in needed:
            blocks += [Break(), *_item(form, question, needed[question.name], w)]
    blocks += [Break(), *_summary(needed, w)]
    return Page(
        w.said("title"), tuple(blocks), lang, (DRAFT,) if form.draft else (), f"{form.id} · {form.version}", form.title[lang]
    )


def _item(form: Questionnaire, question: Question, code: str, w: Words) -> Iterator[Block]:
    """One item: as it is read, then its probes, then the sheet for notes."""
    yield Heading(2, w.said("item", name=question.name, code=code))
    options = tuple(Option(c.code, c.label[w.lang]) for c in form.choices(question))
    yield Questions(
        (Printed(question.name, question.label[w.lang], question.hint[w.lang] if question.hint else "", options=options),)
    )
    yield Para(w.said("ask"), "strong")
    yield Bullets(probes(form, question, w))
    yield _notes(w)


def probes(form: Questionnaire, question: Question, w: Words) -> tuple[str, ...]:
    """The probes of an item: those of its kind, and one for each phrase of its own that may be taken in another sense.

    Phrases are Vietnamese, as the item is read; one that no longer stands in the item is left out.
    """
    scale = form.scales.get(question.score.scale) if question.score else None
    text = unicodedata.normalize("NFC", question.label.vi).lower()
    own = [w.said("term", term=t) for t in w.terms.get(question.name, ()) if t.lower() in text]
    of_law = "theo luật" in text
    return (*own, *w.rows("likert" if scale and scale.kind == "likert" else "right" if of_law else "story"))


def _notes(w: Words) -> Grid:
    head = tuple(w.said("notes_head").split("|"))
    return Grid(head, tuple(("",) * len(head) for _ in range(PEOPLE)), (16, 22, 26, 36, 70), tall=True)


def _summary(needed: Mapping[str, str], w: Words) -> Iterator[Block]:
    yield Heading(1, w.said("summary"))
    yield Para(w.said("summary_use"))
    blank = ("",) * (len(_SUMMARY) - 2)
    yield Grid(_SUMMARY, tuple((item, *blank, code) for item, code in needed.items()), (14, 20, 15, 15, 26, 26, 20, 24, 20))
    yield Heading(1, w.said("back"))
    yield Para(w.said("back_use"))
    yield Grid(_BACK, tuple((item, *("",) * (len(_BACK) - 1)) for item in needed), (16, 20, 24, 50, 40, 28))
