"""What the run knows when it writes the texts of results.json, and the few words that all of them use.

Imports the forms door (plan, codebook) and the records of this room.  No estimate is made here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from forms.codebook import Codebook
from forms.plan import Plan
from forms.question import Label

if TYPE_CHECKING:
    from .indicators import Indicator
    from .results import Row
    from .scoring import Comparison
    from .tidied import Tidy

Words = dict[str, str]
LONELY_WORDS = {
    "certainty": ("không góp vào sai số (coi là chọn chắc chắn)", "adds nothing to the variance (as taken with certainty)"),
    "average": ("lấy trung bình các tầng khác", "takes the mean of the other strata"),
    "adjust": ("tính cả độ lệch của địa bàn đó so với ước lượng chung", "counts the PSU's own deviation from the estimate"),
    "centre": (
        "tính độ lệch của địa bàn đó so với trung bình mọi địa bàn",
        "counts the PSU's distance from the mean of all PSUs",
    ),
    "collapse": ("gộp với tầng kế tiếp", "joins the next stratum"),
    "fail": ("dừng tính toán", "stops the computation"),
}


@dataclass(frozen=True)
class Told:
    """What the run knows when it writes the texts.  weighing, weights: what was done to the weights, as facts and as a note.

    area: what urban and rural rest on.  cleaning: what was corrected, dropped, or waits for a person, of waves that are rounds.
    baseline: whether the first wave's numbers are sealed.
    """

    plan: Plan
    book: Codebook
    waves: tuple[Tidy, ...]
    windows: Mapping[int, tuple[date, date]]
    people: pd.DataFrame
    measured: tuple[Indicator, ...]
    refused: Mapping[str, Label]
    compared: Comparison | None
    rows: tuple[Row, ...]
    all_groups: Mapping[str, Mapping[str, str]]
    weighing: Mapping[str, Any] = field(default_factory=dict)
    weights: Label | None = None
    area: Label | None = None
    cleaning: Label | None = None
    baseline: Label | None = None


def words(label: Label) -> Words:
    """Both languages of a label."""
    return {"vi": label.vi, "en": label.en}


def span(first: date, last: date) -> str:
    """05/10/2026 - 30/10/2026."""
    return f"{office(first)} - {office(last)}"


def office(day: date) -> str:
    """05/10/2026: the office writes days and months below ten with a zero before them."""
    return f"{day.day:02d}/{day.month:02d}/{day.year}"


def lonely_strata(t: Tidy) -> list[str]:
    """Strata with a single drawn hamlet."""
    return sorted(h for h, n in Counter(h for _, h, _ in t.sampled).items() if n == 1)
