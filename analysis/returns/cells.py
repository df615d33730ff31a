"""One cell of a filled-in template -> the text of an answer, or why it is none.

Imports the forms door (returns, question).  Generous where a program changed the kind of a cell (a date as a number, a number
as text) and nothing is lost by it; never where two readings are possible («1.234», «12,5»).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from forms.question import Question
from forms.returns import FIRST_DAY, LAST_DAY, TICK

from ..readers.raw import Cell, plain

_EPOCH = date(1899, 12, 30)
"""Day 0 of a spreadsheet's dates."""
_WHOLE = re.compile(r"-?\d{1,15}")
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?")
Words = Mapping[str, Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Reading:
    """text: of the answer, None when there is none; check: what to notice, '' for nothing; expected, got: for the log."""

    text: str | None
    check: str = ""
    expected: str = ""
    got: str = ""


def tidy_text(cell: Cell) -> str:
    """A text as it is compared: NFC, single blanks, trimmed."""
    return " ".join(unicodedata.normalize("NFC", str(cell)).split())


def size_of(cell: Cell) -> str:
    """What stands in a cell without saying it."""
    if isinstance(cell, str):
        return f"chữ, {len(cell.strip())} ký tự / text"
    if isinstance(cell, bool):
        return "TRUE / FALSE"
    return "ngày hoặc giờ / a date or time" if isinstance(cell, date | time | timedelta) else plain(cell) or ""


def read_cell(q: Question, cell: Cell, words: Words, choice: str = "") -> Reading:
    """The answer in one cell.  words: list name -> (code, words shown); choice: the code that this cell ticks, '' for none."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return Reading(None)
    if choice:
        return Reading(choice) if tidy_text(cell).casefold() == TICK else Reading(None, "not_a_choice", TICK, size_of(cell))
    match q.type:
        case "integer" | "decimal":
            return _number(q, cell)
        case "date" | "time":
            return _date(cell) if q.type == "date" else _time(cell)
        case "select_one":
            return _choice(cell, words.get(q.list or q.file or "", ()))
        case _:
            return _text(cell)


def _number(q: Question, cell: Cell) -> Reading:
    kind = "số nguyên / a whole number" if q.type == "integer" else "số / a number"
    check = ""
    if isinstance(cell, str) and _WHOLE.fullmatch(cell.strip()):
        cell, check = float(cell), "number_as_text"
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return Reading(None, "text_in_number", kind, size_of(cell))
    text = plain(float(cell)) or ""
    if q.type == "integer" and not float(cell).is_integer():
        return Reading(None, "decimal_in_integer", kind, text)
    if q.range and not q.range[0] <= cell <= q.range[1]:
        return Reading(None, "out_of_range", f"{q.range[0]} - {q.range[1]}", text)
    return Reading(text, check, kind if check else "", text if check else "")


def _date(cell: Cell) -> Reading:
    shape, check = "ngày/tháng/năm / day/month/year", ""
    found: date | None = None
    if isinstance(cell, datetime):
        found = cell.date()
    elif isinstance(cell, date):
        found = cell
    elif isinstance(cell, int | float) and not isinstance(cell, bool) and 0 < cell < 10**5:
        found = _EPOCH + timedelta(days=int(cell))
    elif isinstance(cell, str):
        found, check = _said_date(cell.strip()), "date_as_text"
    if found is None:
        return Reading(None, "not_a_date", shape, size_of(cell))
    if not FIRST_DAY <= found <= LAST_DAY:
        return Reading(None, "date_out_of_range", f"{FIRST_DAY} - {LAST_DAY}", found.isoformat())
    return Reading(found.isoformat(), check, shape if check else "", found.isoformat() if check else "")


def _said_date(text: str) -> date | None:
    try:
        if parts := _DAY.fullmatch(text):
            return date(int(parts[3]), int(parts[2]), int(parts[1]))
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _time(cell: Cell) -> Reading:
    if isinstance(cell, datetime):
        cell = cell.time()
    if isinstance(cell, float) and 0 <= cell < 1:
        minutes = round(cell * 24 * 60)
        return Reading(f"{minutes // 60:02d}:{minutes % 60:02d}")
    if isinstance(cell, time):
        return Reading(cell.strftime("%H:%M"))
    if isinstance(cell, str) and (parts := _CLOCK.fullmatch(cell.strip())):
        return Reading(f"{int(parts[1]):02d}:{parts[2]}")
    return Reading(None, "not_a_date", "giờ:phút / hour:minute", size_of(cell))


def _choice(cell: Cell, choices: Sequence[tuple[str, str]]) -> Reading:
    """By the words shown, or the code itself; a code that lost its leading zeros counts when it can only be that one."""
    said = tidy_text(plain(cell) or "").casefold()
    by_words = [code for code, words in choices if tidy_text(words).casefold() == said]
    by_code = [code for code, _ in choices if code.casefold() == said]
    by_digits = [code for code, _ in choices if code.isdigit() and said.isdigit() and int(code) == int(said)]
    for found in (by_words, by_code, by_digits):
        if len(found) == 1:
            return Reading(found[0])
    return Reading(None, "not_a_choice", f"{len(choices)} lựa chọn / choices", size_of(cell))


def _text(cell: Cell) -> Reading:
    text = plain(cell) if not isinstance(cell, str) else unicodedata.normalize("NFC", cell).replace("\r\n", "\n").strip()
    return Reading(
        text or None, "" if isinstance(cell, str) else "number_in_text", "", "" if isinstance(cell, str) else size_of(cell)
    )
