"""The words of a verdict in the other language: rows carry them in Vietnamese, as the office prints them.

Imports tongue only.  Decides nothing: the one interval decided (analysis), this module says it again.
"""

from __future__ import annotations

import re

from .tongue import VI, Tongue

_UNITS = (("điểm phần trăm", "percentage points"), ("điểm", "points"))
_SAID = (
    (r"đạt mức cao \(tăng từ (.+) trở lên\)", "met at the upper level (up by {} or more)"),
    (r"có tăng, chưa đủ căn cứ kết luận đạt mức (.+)", "up; not enough evidence for {}"),
    (r"đạt", "met"),
    (r"có tăng, chưa đạt", "up, not met"),
    (r"chưa đạt", "not met"),
    (r"giảm, chưa đạt", "down, not met"),
    (r"chưa đủ căn cứ kết luận", "not enough evidence to conclude"),
    (r"không xác định được thay đổi tương đối", "relative change cannot be determined"),
    (r"không xác định được thay đổi", "change cannot be determined"),
    (r"chưa đến hạn đánh giá", "not due yet"),
)


def state(text: str, tongue: Tongue = VI) -> str:
    """A row's state in this language; words that no rule knows stay as they are.  `Vietnamese | English` is cut."""
    if tongue.code == "vi" or " | " in text:
        return tongue.half(text)
    for pattern, english in _SAID:
        if found := re.fullmatch(pattern, text):
            return english.format(*(_level(part) for part in found.groups()))
    return text


def _level(text: str) -> str:
    """`10,5 điểm phần trăm` -> `10.5 percentage points`."""
    for vi, en in _UNITS:
        if text.endswith(vi):
            text = text.removesuffix(vi) + en
            break
    return re.sub(r"(?<=\d),(?=\d)", ".", text)
