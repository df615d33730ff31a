"""What people answered, code by code: the shares of each answer to the opinions, and of each channel that reached people.

Imports the forms door (codebook), tidied (why_of), levelled statistics (estimate) and the words of a result row; pandas.
Opinions: each answer among those with an opinion, so that the answers on one side add up to the item's own share; «không biết»
and «không trả lời» among all who were asked.  Channels: among everybody, as exposure is: who was not reached was reached by none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from forms.codebook import Codebook, Variable

from .backends import source
from .design import Design
from .estimate import level_table
from .indicators import SHARES
from .level_source import levelled
from .masks import Texts
from .results import Row
from .tidied import Tidy, why_of

CHANNELS = "exp_channels"
_GATE = "exp_any"


@dataclass(frozen=True)
class Answer:
    """One share: the row's indicator and category, and the column that holds it as 1 or 0."""

    indicator: str
    category: str

    @property
    def column(self) -> str:
        """Of the working frame; no question is called so."""
        return f"{self.indicator}={self.category}"


def answers(book: Codebook) -> tuple[Answer, ...]:
    """Every share that the questionnaire gives: opinions in the order of the form, then the channels."""
    opinions = [Answer(f"item_{v.name}", c.code) for v in _opinions(book) for c in v.choices]
    return (*opinions, *(Answer(CHANNELS, c.code) for v in _channels(book) for c in v.choices if c.why != "refused"))


def columns(book: Codebook, wave: Tidy) -> dict[str, Any]:
    """1/0 columns of the shares with their __why, for everybody of a wave."""
    found: dict[str, Any] = {}
    for v in _opinions(book):
        for answer, value, why in _opinion(v, wave):
            found[answer.column], found[f"{answer.column}__why"] = value, why
    for v in _channels(book):
        for answer, value, why in _reached(book, v, wave):
            found[answer.column], found[f"{answer.column}__why"] = value, why
    return found


def _opinions(book: Codebook) -> list[Variable]:
    """The items that are scored by how far somebody agrees."""
    return [v for v in book.variables if v.scale and book.scales[v.scale].kind == "likert"]


def _channels(book: Codebook) -> list[Variable]:
    names = {v.name for v in book.variables}
    return [v for v in book.variables if v.name == CHANNELS and _GATE in names]


def _opinion(v: Variable, wave: Tidy) -> Iterator[tuple[Answer, Any, Texts]]:
    """A real answer: among those who gave one.  No opinion, no answer: among all who were asked and are not missing."""
    why = why_of(v, wave.answers, len(wave.days))
    given = wave.answers[v.name]
    for c in v.choices:
        if c.why is None:
            value = np.where(why == "answered", (given == c.code).astype(float), np.nan)
            yield Answer(f"item_{v.name}", c.code), value, why
        else:
            asked = np.isin(why.astype(str), ("answered", "dont_know", "refused"))
            told = np.where(asked, "answered", why).astype(object)
            yield Answer(f"item_{v.name}", c.code), np.where(asked, (given == c.code).astype(float), np.nan), told


def _reached(book: Codebook, v: Variable, wave: Tidy) -> Iterator[tuple[Answer, Any, Texts]]:
    """A channel: 1 when it was named; 0 when it was not, when nothing is remembered, and when nothing was heard at all."""
    why = why_of(v, wave.answers, len(wave.days))
    before = wave.answers[book[_GATE].name]
    none_heard = next(s.zero for s in SHARES if s.gate == _GATE)
    named = [frozenset((text or "").split()) for text in wave.answers[v.name]]
    silent = np.array([w == "not_asked" and b in none_heard for w, b in zip(why, before, strict=True)], dtype=bool)
    refused = np.array([w == "not_asked" and b == "ref" for w, b in zip(why, before, strict=True)], dtype=bool)
    known = silent | np.isin(why.astype(str), ("answered", "dont_know"))
    told = np.where(known, "answered", np.where(refused, "refused", why)).astype(object)
    for c in v.choices:
        if c.why != "refused":
            said = np.array([c.code in codes for codes in named], dtype=float)
            yield Answer(CHANNELS, c.code), np.where(known, np.where(silent, 0.0, said), np.nan), told


def rows(people: pd.DataFrame, answered: pd.DataFrame, design: Design, wanted: Sequence[Answer]) -> tuple[Row, ...]:
    """Rows of kind share, for everybody, wave by wave; unpublished (publish.py follows).

    answered: the columns of `columns`, in the order of people.  A share that nobody could give has no row.
    """
    some = [a for a in wanted if a.column in answered and answered[a.column].notna().any()]
    if not some:
        return ()
    waves = tuple(sorted({int(w) for w in people["wave"]}))
    data = source(pd.concat([people, answered], axis=1), design)
    given = levelled(data, design, [a.column for a in some], ((),), waves)
    found = [given.levels([(a.column, ()) for a in some], wave, design.lonely.level, "proportion", "percent") for wave in waves]
    named: Mapping[str, Answer] = {a.column: a for a in some}
    made = [(named[r.indicator], r) for r in level_table(found, design)]
    return tuple(replace(r, kind="share", indicator=a.indicator, category=a.category) for a, r in made if r.n)


def described(book: Codebook) -> dict[str, Any]:
    """texts.answers: of each indicator with shares its codes in order, with labels; of opinions, whether disagreeing scores."""
    found: dict[str, Any] = {f"item_{v.name}": _described(v) | {"reverse": v.reverse} for v in _opinions(book)}
    return found | {v.name: _described(v) for v in _channels(book)}


def _described(v: Variable) -> dict[str, Any]:
    codes = {c.code: {"vi": c.label.vi, "en": c.label.en, "why": c.why} for c in v.choices}
    return {"label": {"vi": v.label.vi, "en": v.label.en}, "codes": codes}
