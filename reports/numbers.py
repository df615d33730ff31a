"""Every number, date and mark as a Vietnamese office writes it: one place for all reports and figures' neighbours.

Imports the standard library only.  Never sees rows or microdata; it turns
numbers into text and decides nothing about them.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

NONE_OCCURRED = "-"
NO_FIGURE = "..."
HIDDEN = "(*)"
BRACKET = "(54,3)"
OPEN, MIDDLE, CLOSE = "\ue000", "\ue001", "\ue002"
"""Private-use signs around a number inside a text that is being composed; they never reach a file."""

LEGEND = (
    (NONE_OCCURRED, "không phát sinh"),
    (NO_FIGURE, "không có số liệu"),
    (HIDDEN, "không công bố do ít quan sát"),
    (BRACKET, "số trong ngoặc đơn: ít quan sát (25 - 49 người) hoặc kém chính xác, cần thận trọng"),
)
LEGEND_EN = (
    (NONE_OCCURRED, "none"),
    (NO_FIGURE, "no figure"),
    (HIDDEN, "not published: too few observations"),
    (BRACKET, "in brackets: few observations (25-49 people) or imprecise, to be read with caution"),
)

# What follows the number. A share's change is not a relative change: decision 7.
SUFFIX = {
    "percent": "%",
    "point": " điểm",
    "percentage_point": " điểm phần trăm",
    "ratio": "",
    "count": "",
    "person": " người",
    "minute": " phút",
    "million_dong": " triệu đồng",
}


WHOLE = frozenset({"count", "person", "million_dong"})
"""Units that are counted: written without decimals."""


def number(value: float, decimals: int = 1) -> str:
    """`1234.56` -> `1.234,6`: halves away from zero, dot for thousands, decimal comma, never `-0,0`.

    ValueError for what is no number: it must never be printed as one.
    """
    if not math.isfinite(value):
        raise ValueError(f"not a number: {value}")
    quantum = Decimal(1).scaleb(-decimals)
    rounded = Decimal(repr(float(value))).quantize(quantum, rounding=ROUND_HALF_UP)
    if rounded == 0:
        rounded = abs(rounded)
    return f"{rounded:,.{decimals}f}".replace(",", "\0").replace(".", ",").replace("\0", ".")


def whole(value: float) -> str:
    """A count: `2161755` -> `2.161.755`."""
    return number(value, 0)


def shortest(value: float, most: int = 2) -> str:
    """A number of a plan with the decimals it has, `most` at most: `1.25` -> `1,25`, `85.0` -> `85`, `2400` -> `2.400`."""
    text = number(value, most)
    return text.rstrip("0").rstrip(",") if most else text


def quantity(value: float, unit: str, decimals: int | None = None) -> str:
    """A number with its unit: `54,3%`, `6,2 điểm`, `6,2 điểm phần trăm`, `1.203 người`."""
    places = decimals if decimals is not None else (0 if unit in WHOLE else 1)
    return number(value, places) + SUFFIX[unit]


def tag(key: str, name: str, unit: str = "", decimals: int = 1) -> str:
    """Which number of which row a text shows, and how it was written: `3f2a...:estimate:percent:1`.

    name: estimate, lower, upper, n, or `text` when key is the digest of a path of texts.  unit '': the bare number.
    """
    return f"{key}:{name}:{unit}:{decimals}"


def text_key(path: str) -> str:
    """12 hex digits that name a number of the texts («texts/waves/2026/response/drawn») as a row's key names a row."""
    return hashlib.sha256(path.encode()).hexdigest()[:12]


def tagged(text: str, about: str) -> str:
    """The text inside two invisible marks with its tag; document.Sentence takes them apart again."""
    return f"{OPEN}{about}{MIDDLE}{text}{CLOSE}"


def span(lower: float, upper: float, decimals: int = 1, key: str = "") -> str:
    """Two limits: `50,1 - 58,4`; with a minus sign among them `-2,1 đến 3,4`, which no eye can misread.  key: tags both."""
    low, high = number(lower, decimals), number(upper, decimals)
    between = "đến" if "-" in low + high else "-"
    if key:
        low, high = (tagged(t, tag(key, name, "", decimals)) for t, name in ((low, "lower"), (high, "upper")))
    return f"{low} {between} {high}"


def unbroken(text: str) -> str:
    """`50,1 - 58,4` with spaces that do not break: a line must not begin with «- 58,4», which reads as a minus.

    Two dates may be parted: nobody reads one as a number, and a line that cannot break between them is stretched.
    """
    return re.sub(r"(?<=\d)(?<!/\d{4}) - (?=\d)", "\u00a0-\u00a0", text)


def interval(lower: float, upper: float, level: float = 0.95, decimals: int = 1, key: str = "") -> str:
    """`(KTC 95%: 50,1 - 58,4)`.  key: tags both limits."""
    return f"(KTC {number(level * 100, 0)}%: {span(lower, upper, decimals, key)})"


def with_interval(value: float, lower: float, upper: float, unit: str, level: float = 0.95) -> str:
    """`54,3% (KTC 95%: 50,1 - 58,4)`."""
    return f"{quantity(value, unit)} {interval(lower, upper, level)}"


def bracketed(text: str) -> str:
    """The mark of few observations: `54,3` -> `(54,3)`."""
    return f"({text})"


def day_month(day: int, month: int) -> tuple[str, str]:
    """Day and month as the decree writes them: days below 10 and months 1 and 2 take a leading zero."""
    return f"{day:02d}", f"{month:02d}" if month < 3 else str(month)


def long_date(when: date) -> str:
    """`ngày 05 tháng 02 năm 2027` (NĐ 30/2020/NĐ-CP, Phụ lục I)."""
    day, month = day_month(when.day, when.month)
    return f"ngày {day} tháng {month} năm {when.year}"


def short_date(when: date | str) -> str:
    """`05/02/2027`; an ISO text is read as a date, anything else comes back as it is."""
    try:
        day = date.fromisoformat(when) if isinstance(when, str) else when
    except ValueError:
        return str(when)
    return f"{day.day:02d}/{day.month:02d}/{day.year}"


def place_and_date(place: str) -> str:
    """The place/date line of a draft: day, month and year are left blank for the registry."""
    return f"{place}, ngày      tháng      năm"


def draft_number(symbol: str) -> str:
    """The number line of a draft: `Số:        /BC-SNV`."""
    return f"Số:        /{symbol}"


def roman(value: int) -> str:
    """`4` -> `IV` (1 to 39)."""
    tens, ones = divmod(value, 10)
    return "X" * tens + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[ones]


def legend(marks: Iterable[str], language: str = "vi") -> str:
    """The line under a table that explains the marks it holds."""
    held = set(marks)
    if language == "en":
        english = "; ".join(f"“{mark.replace(',', '.')}” {meaning}" for mark, meaning in LEGEND_EN if mark in held)
        return f"Marks: {english}." if english else ""
    said = "; ".join(f"«{mark}» {meaning}" for mark, meaning in LEGEND if mark in held)
    return f"Ký hiệu: {said}." if said else ""
