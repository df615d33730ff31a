"""A condition as a spreadsheet formula: what the workbook shows while a person writes.  Never decides what is read back.

Imports condition.  Function names and separators are those of the file format, the same in Excel and LibreOffice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from ..condition import Both, Chose, Compare, Condition, Either, Not
from .records import TICK

LONGEST = 8000
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Names:
    """How questions stand in a formula.  cell: question -> its cell or a quoted constant; word: (question, code) -> the words
    shown, as an operand; tick: (question, code) -> the cell that ticks it; number: whether a question's cell holds a number.
    """

    cell: Callable[[str], str]
    word: Callable[[str, str], str]
    tick: Callable[[str, str], str]
    number: Callable[[str], bool]


def quoted(text: str) -> str:
    """A text as a constant of a formula, at most 255 signs."""
    return '"' + text[:250].replace('"', '""') + '"'


def formula(tree: Condition, names: Names, itself: str) -> str:
    """The condition over cells.  itself: the question that `.` means.  An empty cell equals nothing and is no number."""
    match tree:
        case Compare(name, op, value, other):
            return _compare(itself if name == "." else name, op, value, names, other=other)
        case Chose(name, value):
            return f'{names.tick(itself if name == "." else name, value)}="{TICK}"'
        case Not(of):
            return f"NOT({formula(of, names, itself)})"
        case Both(of):
            return f"AND({','.join(formula(p, names, itself) for p in of)})"
        case Either(of):
            return f"OR({','.join(formula(p, names, itself) for p in of)})"
        case _:
            assert_never(tree)


def _compare(name: str, op: str, value: str, names: Names, *, other: bool) -> str:
    left, number = names.cell(name), names.number(name) and _NUMBER.fullmatch(value) is not None
    right = names.cell(value) if other else value if number else names.word(name, value)
    if op == "=":
        return f'AND({left}<>"",{left}={right})' if number else f"{left}={right}"
    if op == "!=":
        return f'OR({left}="",{left}<>{right})' if number else f"{left}<>{right}"
    return f"AND(ISNUMBER({left}),ISNUMBER({right}),{left}{op}{right})"
