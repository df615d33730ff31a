"""Rows of results as cells: the publication marks are obeyed here and nowhere else.

Imports numbers, tongue, document, lookup, states and analysis.results.  After this module a hidden
number does not exist any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from analysis.results import Row

from . import numbers
from .document import Cell, TableRow
from .lookup import why
from .states import state as worded
from .tongue import VI, Tongue


def text_cell(text: str) -> Cell:
    """Words."""
    return Cell(text)


def estimate(row: Row | None, tongue: Tongue = VI) -> Cell:
    """The estimate with its interval below it; `(*)`, `...` and brackets by the row's flags."""
    if row is None:
        return Cell(numbers.NO_FIGURE, mark="none")
    if row.publish == "hide":
        return Cell(numbers.HIDDEN, key=row.key, mark="hide")
    if row.status == "not_estimable" or row.estimate is None:
        return Cell(numbers.NO_FIGURE, key=row.key, mark="none")
    text = tongue.number(row.estimate)
    bounded = row.lower is not None and row.upper is not None
    below = tongue.span(row.lower, row.upper) if row.lower is not None and row.upper is not None else numbers.NO_FIGURE
    bracket = row.publish == "bracket"
    return Cell(
        numbers.bracketed(text) if bracket else text,
        below,
        row.estimate,
        row.lower if bounded else None,
        row.upper if bounded else None,
        key=row.key,
        mark="bracket" if bracket else "caution" if row.status == "caution" else "",
    )


def hidden(row: Row) -> Row:
    """The same row, not to be published."""
    return replace(row, publish="hide")


def people(row: Row | None, tongue: Tongue = VI) -> Cell:
    """The number of respondents of a row; hidden together with its estimate."""
    if row is None:
        return Cell(numbers.NO_FIGURE, mark="none")
    if row.publish == "hide":
        return Cell(numbers.HIDDEN, key=row.key, mark="hide")
    return replace(count(row.n, row.key, tongue), shows="n")


def count(value: float | None, key: str, tongue: Tongue = VI) -> Cell:
    """A whole number from the texts of results.json; `-` for none."""
    if value is None:
        return Cell(numbers.NO_FIGURE, key=key, mark="none")
    return Cell(tongue.whole(value) if value else numbers.NONE_OCCURRED, value=value, decimals=0, key=key)


def figure(value: float | None, key: str, decimals: int = 1, tongue: Tongue = VI) -> Cell:
    """A number without an interval."""
    if value is None:
        return Cell(numbers.NO_FIGURE, key=key, mark="none")
    return Cell(tongue.number(value, decimals), value=value, decimals=decimals, key=key)


def state(row: Row | None, tongue: Tongue = VI) -> Cell:
    """The wording of a verdict row."""
    if row is None:
        return Cell(numbers.NO_FIGURE, mark="none")
    if row.publish == "hide":
        return Cell(numbers.HIDDEN, key=row.key, mark="hide")
    return Cell(worded(row.state, tongue) or numbers.NO_FIGURE, key=row.key)


def reasons(named: Iterable[tuple[str, Row | None]], *, several: bool = False, tongue: Tongue = VI) -> tuple[str, ...]:
    """Why a cell shows `...` or asks for caution: one line for each reason, with the rows it holds for.

    several: the table has more than one wave, so each name says which, or that the change is meant.
    """
    say = tongue.say
    found: dict[tuple[str, str], list[str]] = {}
    for name, row in named:
        if row is not None and row.publish != "hide" and row.status != "ok" and row.reason:
            mark = (
                say(f"«{numbers.NO_FIGURE}»", f"“{numbers.NO_FIGURE}”")
                if row.status == "not_estimable"
                else say("Cần thận trọng:", "Caution:")
            )
            when = say(f" (năm {row.wave})", f" ({row.wave})") if row.kind == "level" else say(" (thay đổi)", " (change)")
            about = when if several else ""
            found.setdefault((mark, why(row, tongue)), []).append(name + about)
    return tuple(f"{mark} {'; '.join(dict.fromkeys(names))}: {reason.rstrip('.')}." for (mark, reason), names in found.items())


def group_row(label: str) -> TableRow:
    """The line that names a block of rows."""
    return TableRow((Cell(label),), group=True)
