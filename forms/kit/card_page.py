"""The help card as a page, a commune a page: the numbers that help_card.py allows to be printed, and no other.

Imports help_card, page and texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from ..help_card import UNVERIFIED, HelpCard, PrintableCard, printable
from .page import Block, Break, Grid, Heading, Language, Page, Para
from .texts import columns, say

_WIDTHS = (52.0, 34.0, 30.0, 20.0, 44.0)


def card_page(
    card: HelpCard, communes: Mapping[str, str], month: date, lang: Language, *, practice: bool, code: bool,
    stamps: tuple[str, ...] = (), foot: str = "",
) -> Page:  # fmt: skip
    """The card of the province, then of every commune of the sample that has numbers of its own.

    month: of fieldwork; code: leave a line for the form's reference code.  FORM-060, FORM-061 when a number is empty or was
    not called in that month (practice: left out, or marked).
    """
    own = [c for c in sorted(communes) if card.local.get(c)]
    pages: list[tuple[str, PrintableCard]] = [(say("card_all", lang), printable(card.of(), month, practice=practice))]
    pages += [(say("card_of", lang, commune=communes[c]), printable(card.of(c), month, practice=practice)) for c in own]
    blocks: list[Block] = []
    for title, found in pages:
        blocks += [*([Break()] if blocks else []), Heading(1, title), Para(say("card_note", lang))]
        blocks.append(Grid(columns("card_head", lang), tuple(_rows(found, lang)), _WIDTHS))
        blocks += [Para(say("card_code", lang), "strong")] if code else []
    return Page(say("card", lang), tuple(blocks), lang, stamps, foot)


def _rows(found: PrintableCard, lang: Language) -> Sequence[tuple[str, ...]]:
    rows = []
    for e in found.entries:
        number = f"{e.number}\n{UNVERIFIED[lang]}" if e.id in found.unverified else e.number
        cost = "" if e.free is None else say("card_free" if e.free else "card_paid", lang)
        rows.append((e.name[lang], number, e.hours[lang] if e.hours else "", cost, e.scope[lang]))
    return rows
