"""Text on its way into a spreadsheet: nothing that a person wrote is ever computed, and what was escaped comes back whole.

Standard library only.  A cell that begins like a formula (= + - @, also in full width, after blanks, tabs or line breaks) gets an
apostrophe before it; reading takes it away again, so that a table written and read is the same table.  Excel with Vietnamese
settings cuts a line at semicolons, so what follows one inside a text counts as the beginning of a cell too.
"""

from __future__ import annotations

import re
from typing import Any

_SIGN = r"[=+\-@＝＋－＠]"
_NUMBER = r"(?:[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?|-)[ \t\r\n]*"
_FIRST = r"\A[ \t\r\n]*", rf"(?={_SIGN})(?!{_NUMBER}\Z)"
_LATER = r"[;\t\r\n][ \t\r\n]*", rf"(?={_SIGN})(?!{_NUMBER}(?:\Z|;))"
_OUT = re.compile("|".join(f"({before})('*){after}" for before, after in (_FIRST, _LATER)))
_IN = re.compile("|".join(f"({before})'('*){after}" for before, after in (_FIRST, _LATER)))
_QUICK = frozenset("=+-@＝＋－＠")


def tame(text: str) -> str:
    """A text for a cell of a CSV.  Numbers («-0.5», «+84») and a lone «-» stay as they are."""
    return _OUT.sub(lambda m: f"{m[1] or m[3] or ''}'{m[2] or m[4] or ''}", text) if _QUICK.intersection(text) else text


def wild(text: str) -> str:
    """What was tamed, as it was before: the inverse, for every text."""
    return _IN.sub(lambda m: f"{m[1] or m[3] or ''}{m[2] or m[4] or ''}", text) if "'" in text else text


def starts_formula(text: str) -> bool:
    """Whether a spreadsheet might compute this text, were it typed into a cell."""
    return tame(text) != text


def row(cells: Any) -> list[Any]:
    """The cells of one line of a CSV: texts tamed, everything else as it is."""
    return [tame(cell) if isinstance(cell, str) else cell for cell in cells]
