"""The two languages of a report: which of two texts is said, and how numbers and dates are written in each.

Imports numbers only.  Vietnamese is the language of the office and of every file it signs; English is the switch of the HTML
page.  A document is composed once in each, so no writer translates anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from . import numbers

_SUFFIX = {
    "percent": "%", "point": " points", "percentage_point": " percentage points", "ratio": "", "count": "", "person": " people",
    "minute": " minutes", "million_dong": " million đồng",
}  # fmt: skip
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True)
class Tongue:
    """One language.  Every method gives text; numbers keep the sign and rounding of `numbers`, only their marks change."""

    code: Literal["vi", "en"] = "vi"

    def say(self, vi: str, en: str) -> str:
        """The one of two texts that is meant."""
        return vi if self.code == "vi" else en

    def label(self, label: Any) -> str:
        """A label of results.json in this language, in Vietnamese where it has no other; text stays as it is, None is ''."""
        if label is None:
            return ""
        return str(label.get(self.code) or label["vi"]) if isinstance(label, Mapping) else str(label)

    def half(self, text: str) -> str:
        """This language's half of «Vietnamese | English», as reasons and rules are kept."""
        first, _, second = text.partition(" | ")
        return (first if self.code == "vi" or not second else second).strip()

    def number(self, value: float, decimals: int = 1) -> str:
        """`1.234,6` or `1,234.6`."""
        text = numbers.number(value, decimals)
        return text if self.code == "vi" else text.translate(str.maketrans(",.", ".,"))

    def whole(self, value: float) -> str:
        """A count."""
        return self.number(value, 0)

    def quantity(self, value: float, unit: str, decimals: int | None = None) -> str:
        """A number with its unit: `54,3%`, `54.3%`; `6,2 điểm phần trăm`, `6.2 percentage points`."""
        if self.code == "vi":
            return numbers.quantity(value, unit, decimals)
        places = decimals if decimals is not None else (0 if unit in numbers.WHOLE else 1)
        return self.number(value, places) + _SUFFIX[unit]

    def span(self, lower: float, upper: float, decimals: int = 1, key: str = "") -> str:
        """Two limits; key: tags both (numbers.tag)."""
        if self.code == "vi":
            return numbers.span(lower, upper, decimals, key)
        low, high = self.number(lower, decimals), self.number(upper, decimals)
        if key:
            low = numbers.tagged(low, numbers.tag(key, "lower", "", decimals))
            high = numbers.tagged(high, numbers.tag(key, "upper", "", decimals))
        return f"{low} to {high}"

    def interval(self, lower: float, upper: float, level: float = 0.95, decimals: int = 1, key: str = "") -> str:
        """`(KTC 95%: 50,1 - 58,4)` or `(95% CI: 50.1 to 58.4)`."""
        if self.code == "vi":
            return numbers.interval(lower, upper, level, decimals, key)
        return f"({self.number(100 * level, 0)}% CI: {self.span(lower, upper, decimals, key)})"

    def date(self, when: date | str) -> str:
        """`05/02/2027` or `5 February 2027`; what is no ISO date comes back as it is."""
        if self.code == "vi":
            return numbers.short_date(when)
        try:
            day = date.fromisoformat(when) if isinstance(when, str) else when
        except ValueError:
            return str(when)
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


VI, EN = Tongue("vi"), Tongue("en")
