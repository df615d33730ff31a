"""Cells of an export -> what the form wrote: labels back to codes, ticks to lists, Excel's days, zeros and commas mended.

Imports raw, headers (how labels are compared), letters and the codebook.  Never guesses: what has two readings is handed back.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Literal

from forms.codebook import Variable

from .headers import told
from .letters import broken, mended
from .raw import Cell, plain

Order = Literal["", "dmy", "mdy"]
_ISO = re.compile(r"\d{4}-\d\d?-\d\d?")
_SLASHED = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})(?:[ T].*)?")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_COMMA = re.compile(r"-?\d+,\d+")
_EPOCH = date(1899, 12, 30)
_MAC = timedelta(days=1462)
"""Days between the two calendars of Excel workbooks (1900 and 1904)."""
_SENT_WITHIN = timedelta(days=60)
"""A form reaches its server at most so many days after the interview: further readings of a date are not believed."""
_AROUND = timedelta(days=14)
"""Forms are made at most so long before or after the days of fieldwork that a round names."""
_ZONE = timedelta(days=1)
_YES = frozenset({"1", "1.0", "true", "yes", "x"})
_BETWEEN = re.compile(r"[\s,;|/\n]*")


@dataclass(frozen=True)
class Column:
    """A column read.  cells: as the form wrote them, by row; odd: rows whose cell is none of the form's; open: rows that a person
    must decide; mended: rows where something was put right; lost: rows where broken letters could not be.
    """

    cells: tuple[Cell, ...]
    odd: tuple[int, ...] = ()
    open: tuple[int, ...] = ()
    mended: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()


@dataclass(frozen=True)
class Around:
    """What is known around a file.  received, started: the server's day and the device's, by row; order: how a person said its
    dates are written; window: first and last day of fieldwork; households: (psu, number) -> the ids that number can be.
    """

    received: Sequence[date | None] = ()
    started: Sequence[date | None] = ()
    order: Order = ""
    window: tuple[date, date] | None = None
    households: Mapping[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)


# ---- codes and labels ----------------------------------------------------------------------------------------------


def coded(v: Variable, cells: Sequence[Cell], labelled: bool) -> Column:
    """Codes, or labels in either language put back to codes.  labelled: the file writes labels, where a cell could be both."""
    turn = cache(_several(v, labelled) if v.type == "codes" else _one(v, labelled))
    texts = [plain(cell) for cell in cells]
    codes = [None if text is None else turn(text) for text in texts]
    odd = tuple(i for i, (t, c) in enumerate(zip(texts, codes, strict=True)) if t is not None and c is None)
    put = tuple(i for i, (t, c) in enumerate(zip(texts, codes, strict=True)) if c is not None and c != t)
    return Column(tuple(t if c is None else c for t, c in zip(texts, codes, strict=True)), odd, mended=put)


def _one(v: Variable, labelled: bool) -> Callable[[str], str | None]:
    codes, labels = set(v.codes), labels_of(v)
    short = Counter(c.lstrip("0") for c in codes)
    bare = {c.lstrip("0"): c for c in codes if short[c.lstrip("0")] == 1}

    def turn(text: str) -> str | None:
        code, label = text if text in codes else None, labels.get(told(text))
        if code is None and label is None:
            label = labels.get(told(mended(text) or ""))
        found = (label or code) if labelled else (code or label)
        return found or (bare.get(text.lstrip("0")) if text.isdigit() else None)

    return turn


def labels_of(v: Variable) -> dict[str, str]:
    """Label as it is compared -> code, in both languages; a label that two choices share is left out."""
    found: dict[str, set[str]] = {}
    for c in v.choices:
        for text in (c.label.vi, c.label.en):
            found.setdefault(told(text), set()).add(c.code)
    return {text: next(iter(codes)) for text, codes in found.items() if text and len(codes) == 1}


def _several(v: Variable, labelled: bool) -> Callable[[str], str | None]:
    codes, labels = set(v.codes), labels_of(v)

    def turn(text: str) -> str | None:
        tokens = text.split()
        if set(tokens) <= codes and not (labelled and told(text) in labels):
            return text
        ways = _cut(told(text), labels) or _cut(told(mended(text) or ""), labels)
        return " ".join(c for c in v.codes if c in ways[0]) if len(ways) == 1 else None

    return turn


def _cut(text: str, labels: Mapping[str, str]) -> list[frozenset[str]]:
    """The sets of codes whose labels, one behind the other, make the whole text: none, one, or several readings."""
    if not text:
        return []
    reached: dict[int, set[frozenset[str]]] = {0: {frozenset()}}
    for at in range(len(text)):
        for label, code in labels.items() if at in reached else ():
            if text.startswith(label, at):
                after = at + len(label)
                gap = _BETWEEN.match(text, after)
                end = gap.end() if gap else after
                if end > after or after == len(text):
                    reached.setdefault(end, set()).update(found | {code} for found in reached[at])
    return sorted(reached.get(len(text), ()), key=sorted)


def ticked(v: Variable, ticks: Sequence[tuple[int, str]], rows: Sequence[Sequence[Cell]]) -> tuple[Cell, ...]:
    """Joined answers of 0/1 columns, in the order of the form; None where every column is empty."""
    out: list[Cell] = []
    for row in rows:
        given = {code: text.lower() for at, code in ticks if (text := plain(row[at])) is not None}
        out.append(" ".join(c for c in v.codes if given.get(c) in _YES) or None if given else None)
    return tuple(out)


# ---- days ----------------------------------------------------------------------------------------------------------


def days(cells: Sequence[Cell], around: Around, *, made: bool = True) -> Column:
    """Days as YYYY-MM-DD.  Excel's numbers and days written with slashes are read by when the form was begun and received.

    made: the day the form was made, which lies before it was received; another day may lie as far behind as before.
    """
    out: list[Cell] = []
    odd, put, left = [], [], []
    for i, cell in enumerate(cells):
        text = plain(cell)
        if text is None or _ISO.match(text):
            out.append(text)
            continue
        readings = _readings(text)
        day = _believed(readings, _at(around.started, i) if made else None, _at(around.received, i), around, made)
        out.append(day.isoformat() if day else text)
        put += [i] if day else []
        odd += [i] if not readings else []
        left += [i] if readings and not day else []
    return Column(tuple(out), tuple(odd), tuple(left), tuple(put))


def _at(days_: Sequence[date | None], i: int) -> date | None:
    return days_[i] if i < len(days_) else None


def _readings(text: str) -> dict[str, date]:
    """How a cell can be read: by order of day and month, or by calendar of the workbook."""
    found: dict[str, date] = {}
    if match := _SERIAL.fullmatch(text):
        serial = _EPOCH + timedelta(days=int(match[1]))
        return {"1900": serial, "1904": serial + _MAC}
    if match := _SLASHED.fullmatch(text):
        a, b, year = int(match[1]), int(match[2]), int(match[3])
        year += 2000 if year < 100 else 0
        for name, month, day in (("dmy", b, a), ("mdy", a, b)):
            if 1 <= month <= 12:
                try:
                    found[name] = date(year, month, day)
                except ValueError:
                    continue
    return found


def _believed(
    readings: Mapping[str, date], started: date | None, received: date | None, around: Around, made: bool
) -> date | None:
    """The one reading that can be; None when there are two and nobody has said which."""
    begun = {d for d in readings.values() if started is not None and abs(d - started) <= _ZONE}
    possible = begun if len(begun) == 1 else {d for d in readings.values() if _fits(d, received, around.window, made)}
    if len(possible) == 1:
        return possible.pop()
    if around.order and around.order in readings and (readings[around.order] in possible or not possible):
        return readings[around.order]
    if "1900" in readings and not possible:
        return readings["1900"]
    return next(iter(readings.values())) if len(set(readings.values())) == 1 else None


def _fits(day: date, received: date | None, window: tuple[date, date] | None, made: bool) -> bool:
    after = _ZONE if made else _SENT_WITHIN
    if received is not None and not received - _SENT_WITHIN <= day <= received + after:
        return False
    if window is not None and not window[0] - _AROUND <= day <= window[1] + _AROUND:
        return False
    return received is not None or window is not None


def moment(cell: Cell) -> date | None:
    """The day of a server's time, None when it is missing or has been rewritten so that it has two readings."""
    text = plain(cell)
    if text is None:
        return None
    if _ISO.match(text):
        try:
            return datetime.fromisoformat(text).date()
        except ValueError:
            return None
    found = set(_readings(text.partition(" ")[0]).values())
    return found.pop() if len(found) == 1 else None


# ---- the rest ------------------------------------------------------------------------------------------------------


def numbers(cells: Sequence[Cell]) -> Column:
    """Numbers with a decimal comma get their point back."""
    texts = [plain(c) for c in cells]
    put = tuple(i for i, t in enumerate(texts) if t is not None and _COMMA.fullmatch(t))
    return Column(tuple(t.replace(",", ".") if t is not None and i in set(put) else t for i, t in enumerate(texts)), mended=put)


def letters(cells: Sequence[Cell]) -> Column:
    """Text whose Vietnamese letters were broken, put right where it can be told what they were."""
    out: list[Cell] = []
    put, lost = [], []
    for i, cell in enumerate(cells):
        raw = cell if isinstance(cell, str) else plain(cell)
        text = plain(raw)
        better = mended(raw) if raw is not None and text is not None and not raw.isascii() else None
        out.append(better or text)
        put += [i] if better else []
        lost += [i] if not better and text is not None and broken(text) else []
    return Column(tuple(out), mended=tuple(put), lost=tuple(lost))


def households(cells: Sequence[Cell], hamlets: Sequence[Cell], around: Around) -> Column:
    """Household numbers with the zeros that a spreadsheet dropped, where the sample knows just one such household."""
    out: list[Cell] = []
    put: list[int] = []
    for i, (cell, hamlet) in enumerate(zip(cells, hamlets, strict=True)):
        text = plain(cell)
        bare = text.partition(".")[0] if text else ""
        known = around.households.get((plain(hamlet) or "", int(bare)), ()) if bare.isdigit() else ()
        whole = known[0] if text not in known and len(known) == 1 else None
        out.append(whole or text)
        put += [i] if whole else []
    return Column(tuple(out), mended=tuple(put))
