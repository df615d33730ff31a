"""Questions: don't know, refusals and empty answers of each, over the round.

Imports kinds, limits, noticed, rows and shares.  Shares of kinds of no-answer only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..findings import Finding
from ..results import Row
from . import rows as r
from .kinds import DONT_KNOW, MISSING, NOT_ASKED, REFUSED
from .limits import limit
from .noticed import Severity, person
from .shares import heaped

if TYPE_CHECKING:
    from .answered import Answered

ITEM_REFUSED = "daily_item_refusal"
"""Refusals of one question, percent of those asked."""
_LEAST = 30
DO = {
    "item_dont_know": "Nghe lại cách đọc câu; không đọc «không biết» | Listen to how it is read; do not read out don't know",
    "item_refused": "Xem lại chỗ ngồi riêng và lời dẫn | Look at privacy and the introduction",
    "missing": "Kiểm tra điều kiện hỏi và bản xuất dữ liệu | Check the question's condition and the export",
}


def items(a: Answered) -> tuple[list[Row], list[Finding]]:
    """A row of each kind for every question put to somebody; findings where much is lost."""
    rows: list[Row] = []
    found: list[Finding] = []
    wave = a.seen.round.wave
    for name, kinds in a.kinds.items():
        n = int((kinds != NOT_ASKED).sum())
        if not n:
            continue
        whys = {c.why for c in a.variables[name].choices}
        for indicator, kind, offered in (
            (r.ITEM_DK, DONT_KNOW, "dont_know" in whys), (ITEM_REFUSED, REFUSED, "refused" in whys),
            (r.ITEM_MISSING, MISSING, True),
        ):  # fmt: skip
            if offered:
                h = heaped(int((kinds == kind).sum()), n, 0.0)
                within = (100 * h.lower, 100 * h.upper)
                rows.append(
                    r.measured(wave, indicator, 100 * h.hits / n, "percent", category=name, within=within, n=n, method="Jeffreys")
                )
        found += _findings(a, name, kinds, n)
    gone, of = a.count(MISSING, offering=False)
    if of.sum():
        share = 100 * float(gone.sum() / of.sum())
        rows.append(r.measured(wave, r.ITEM_MISSING, share, "percent", n=len(a.visits)))
    return rows, found


def _findings(a: Answered, name: str, kinds: NDArray[np.int8], n: int) -> list[Finding]:
    found = []
    for check, kind, bound in (
        ("item_dont_know", DONT_KNOW, limit("item_dont_know")), ("item_refused", REFUSED, limit("item_refused_share")),
    ):  # fmt: skip
        hits = int((kinds == kind).sum())
        if n >= _LEAST and 100 * heaped(hits, n, 0.0).lower > bound:
            found.append(person(a, "yellow", check, "", f"≤ {bound:.0f}%", f"{hits}/{n}", DO[check], name))
    gone = int((kinds == MISSING).sum())
    if gone > limit("item_missing") / 100 * n:
        level: Severity = "red" if a.variables[name].scale else "yellow"
        least = f"≤ {limit('item_missing'):.0f}%"
        found.append(person(a, level, "missing", "", least, f"{gone}/{n}", DO["missing"], name))
    return found
