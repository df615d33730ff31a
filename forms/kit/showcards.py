"""Show-cards: one page a list of answers that respondents look at, in large type, without «don't know» and «no answer».

Imports the records of the room, page, numbering and texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..question import Question, Questionnaire
from .numbering import numbered, visible
from .page import Block, Break, Card, Heading, Language, Page, Para
from .texts import say


@dataclass(frozen=True)
class ShowCard:
    """One card.  number: T1, T2 …; questions: that use it; lines: the answers, in list order."""

    number: str
    questions: tuple[str, ...]
    lines: tuple[str, ...]


def _held_up(form: Questionnaire) -> Iterator[Question]:
    """Questions whose answers are read out or scaled: an attitude or any item whose choices are read aloud.

    Knowledge statements are read without a card: a card with «right | wrong» would invite guessing.
    """
    likert = {name for name, scale in form.scales.items() if scale.kind == "likert"}
    for _, q in form.questions():
        if q.list and q.type in ("select_one", "select_multiple") and visible(q):
            scored = q.score is not None and q.score.scale in likert
            if q.read_out or scored:
                yield q


def cards(form: Questionnaire, lang: Language) -> tuple[ShowCard, ...]:
    """The cards of a form, one a list of answers however many questions use it, in form order; none where nobody asks aloud."""
    if form.mode != "interviewer":
        return ()
    used: dict[str, list[str]] = {}
    for q in _held_up(form):
        used.setdefault(q.list or "", []).append(q.name)
    return tuple(
        ShowCard(f"T{i}", tuple(names), tuple(c.label[lang] for c in form.lists[of].choices if c.why is None))
        for i, (of, names) in enumerate(used.items(), 1)
    )


def showcards(form: Questionnaire, lang: Language, *, stamps: tuple[str, ...] = (), foot: str = "") -> Page | None:
    """All cards of a form, a page each; None when the form shows none."""
    found = cards(form, lang)
    if not found:
        return None
    numbers = numbered(form, lang).numbers
    blocks: list[Block] = [Para(say("cards_use", lang), "warn")]
    for card in found:
        blocks += [
            Break(), Heading(1, card.number), Card(card.lines),
            Para(say("card_for", lang, numbers=_short([numbers[name] for name in card.questions])), "small"),
        ]  # fmt: skip
    return Page(say("cards", lang), tuple(blocks), lang, stamps, foot, form.title[lang])


def _short(numbers: list[str]) -> str:
    """G1, G2, G3, H5 -> G1-G3, H5."""
    runs: list[list[str]] = []
    for number in numbers:
        letter, place = number.rstrip("0123456789"), number[len(number.rstrip("0123456789")) :]
        if runs and runs[-1][-1] == f"{letter}{int(place) - 1}":
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
