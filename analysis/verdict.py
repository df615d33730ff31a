"""What one interval of a change allows to be said: a total function from (lower, upper) to one word.

Standard library only; never sees an estimate, a wave or a person.  The thresholds come from the plan.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Word = Literal["high", "met", "up_open", "up_not_met", "not_met", "down_not_met", "open", "undetermined"]
Claim = Literal["high", "met", "up", "none"]
Reading = Literal["relative", "points"]

UP: frozenset[Word] = frozenset({"high", "met", "up_open", "up_not_met"})

WORDS: Mapping[Word, tuple[str, str]] = {
    "high": ("đạt mức cao (tăng từ {high} trở lên)", "met at the upper level (up by {high} or more)"),
    "met": ("đạt", "met"),
    "up_open": ("có tăng, chưa đủ căn cứ kết luận đạt mức {threshold}", "up; not enough evidence for {threshold}"),
    "up_not_met": ("có tăng, chưa đạt", "up, not met"),
    "not_met": ("chưa đạt", "not met"),
    "down_not_met": ("giảm, chưa đạt", "down, not met"),
    "open": ("chưa đủ căn cứ kết luận", "not enough evidence to conclude"),
    "undetermined": ("không xác định được thay đổi tương đối", "relative change cannot be determined"),
}
NO_DIFFERENCE = ("không xác định được thay đổi", "change cannot be determined")

CLAIMS: Mapping[Claim, tuple[str, str]] = {
    "high": ("mọi nhóm đều đạt mức cao (tăng từ {high} trở lên)", "every group met the upper level (up by {high} or more)"),
    "met": ("mọi nhóm đều đạt mức {threshold}", "every group met {threshold}"),
    "up": ("mọi nhóm đều tăng", "every group went up"),
    "none": ("chưa đủ căn cứ kết luận cho mọi nhóm", "not enough evidence to conclude for every group"),
}
UNITS: Mapping[str, str] = {"điểm": "points", "điểm phần trăm": "percentage points"}


@dataclass(frozen=True)
class Verdict:
    """The word and its wording in both languages."""

    word: Word
    vi: str
    en: str

    @property
    def says_up(self) -> bool:
        """True when the words claim a rise: exactly when the lower limit is above zero."""
        return self.word in UP


@dataclass(frozen=True)
class AllGroups:
    """The strongest thing that every group's own interval says (no correction for their number)."""

    claim: Claim
    vi: str
    en: str


def verdict(
    lower: float | None, upper: float | None, *, threshold: float, high: float, reading: Reading = "relative", unit: str = "%"
) -> Verdict:
    """The one word for a two-sided interval [lower, upper] of the change, in the unit of the thresholds.

    lower, upper: percent for reading relative (Fieller), points or percentage points for reading points (the t
    interval of the difference); None, None when the change is not estimable or unbounded.
    unit: written behind the threshold, '%' joined, words after a space (in English by UNITS).
    ValueError when the limits are crossed, infinite, or only one is given, or high < threshold <= 0.
    """
    if not 0 < threshold <= high:
        raise ValueError(f"thresholds must be 0 < {threshold} <= {high}")
    if lower is None and upper is None:
        vi, en = NO_DIFFERENCE if reading == "points" else WORDS["undetermined"]
        return Verdict("undetermined", vi, en)
    if lower is None or upper is None or not (math.isfinite(lower) and math.isfinite(upper)) or lower > upper:
        raise ValueError(f"not an interval: {lower}, {upper}")
    word = _word(lower, upper, threshold, high)
    return Verdict(word, *_filled(WORDS[word], threshold, high, unit))


def all_groups(verdicts: Iterable[Verdict], *, threshold: float, high: float, unit: str = "%") -> AllGroups:
    """What may be claimed of every group: the weakest of their words; nothing when one is undetermined or none is given."""
    words = [v.word for v in verdicts]
    claim: Claim = "none"
    if words and all(w in UP for w in words):
        claim = "high" if set(words) == {"high"} else "met" if set(words) <= {"high", "met"} else "up"
    return AllGroups(claim, *_filled(CLAIMS[claim], threshold, high, unit))


def _word(lower: float, upper: float, threshold: float, high: float) -> Word:
    if lower >= high:
        return "high"
    if lower >= threshold:
        return "met"
    if lower > 0:
        return "up_open" if upper >= threshold else "up_not_met"
    if upper >= threshold:
        return "open"
    return "down_not_met" if upper < 0 else "not_met"


def _filled(pair: tuple[str, str], threshold: float, high: float, unit: str) -> tuple[str, str]:
    joint = "" if unit == "%" else " "
    vi = {"threshold": f"{threshold:g}".replace(".", ",") + joint + unit, "high": f"{high:g}".replace(".", ",") + joint + unit}
    english = UNITS.get(unit, unit)
    en = {"threshold": f"{threshold:g}{joint}{english}", "high": f"{high:g}{joint}{english}"}
    return pair[0].format_map(vi), pair[1].format_map(en)
