"""The few words that figures say by themselves, in the two languages; every other word and number text comes from the caller.

Imports nothing.  Never sees a row.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Lang = Literal["vi", "en"]


def say(lang: Lang, vi: str, en: str) -> str:
    """The one of two texts that is meant."""
    return vi if lang == "vi" else en


def nothing(lang: Lang) -> str:
    """What an empty figure says."""
    return say(lang, "Không có số liệu", "No data")


def unpublished(lang: Lang) -> str:
    """What (*) means."""
    return say(lang, "(*): không công bố do ít quan sát", "(*): not published, too few observations")


def number(lang: Lang, value: float, decimals: int = 0) -> str:
    """`1.234,5` or `1,234.5`: halves away from zero, never -0."""
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded) if rounded == 0 else rounded:,.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,")) if lang == "vi" else text


def plain(lang: Lang, value: float) -> str:
    """A level as the plan writes it: `10`, `12,5` or `12.5`."""
    text = f"{value:g}"
    return text.replace(".", ",") if lang == "vi" else text


def first_upper(text: str) -> str:
    """The text with a capital."""
    return text[:1].upper() + text[1:]
