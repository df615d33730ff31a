"""The check of answers and people: every part of it over the same columns, built once.

Imports the parts (effects, patterns, heaping, items, fabrication) and checks.  Words of rows and findings stand here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import time
from typing import TYPE_CHECKING

import numpy as np

from ..findings import Finding
from ..results import Row
from . import fabrication, rows
from .answered import Answered, answered
from .checks import Checked
from .effects import METHOD, Measured, minutes, no_answers, rows_of, share, variance
from .heaping import heaping
from .items import ITEM_REFUSED, items
from .limits import limit
from .noticed import person
from .patterns import late, refusals, short_ones, slow_starts, straight_lines
from .record_rules import limits as record_limits
from .record_rules import local

if TYPE_CHECKING:
    from .field import Field

__all__ = ["people"]

_VI_EN = {
    rows.MINUTES: ("Thời lượng phiếu (phút)", "Length of interviews (minutes)"),
    rows.DONT_KNOW: ("«Không biết», trong số câu đã hỏi", "Don't know, of the questions put"),
    rows.ITEM_REFUSED: ("Từ chối từng câu, trong số câu đã hỏi", "Refused questions, of those put"),
    rows.REFUSAL: ("Từ chối phỏng vấn, trong số người đã gặp", "Refused interviews, of those met"),
    rows.STRAIGHT_LINE: ("Phiếu trả lời một mức ở cả câu xuôi lẫn câu ngược", "Interviews with one answer in both directions"),
    rows.NIGHT: ("Phiếu bắt đầu ban đêm", "Interviews begun at night"),
    rows.SHORT: ("Phiếu quá nhanh so với số câu đã hỏi", "Interviews too fast for their number of questions"),
    rows.VARIANCE: ("Phần khác biệt điểm thái độ do điều tra viên", "Share of attitude variance due to enumerators"),
    rows.ITEM_DK: ("«Không biết» theo câu", "Don't know by question"),
    ITEM_REFUSED: ("Từ chối theo câu", "Refusals by question"),
    rows.ITEM_MISSING: ("Bỏ trống theo câu", "Empty answers by question"),
    rows.HEAPING: ("Làm tròn", "Heaping"),
    fabrication.SIGNS: ("Phiếu của người có dấu hiệu bịa phiếu", "Interviews of people with signs of invention"),
}
_CHECKS = {
    "enumerator_minutes": ("Thời lượng khác hẳn cả đội", "Length unlike the team's"),
    "enumerator_dont_know": ("«Không biết» khác hẳn cả đội", "Don't know unlike the team's"),
    "enumerator_item_refused": ("Nhiều câu bị từ chối", "Many refused questions"),
    "enumerator_refusal": ("Nhiều người từ chối phỏng vấn", "Many refused interviews"),
    "straight_line": ("Trả lời một mức ở cả câu xuôi lẫn câu ngược", "One answer in both directions"),
    "straight_line_many": ("Nhiều phiếu một mức của cùng một người", "Many straight-lined interviews of one person"),
    "short_interview": ("Phiếu quá nhanh", "Interview too fast"),
    "long_interview": ("Phiếu quá lâu", "Interview too long"),
    "slow_start": ("Khởi đầu chậm", "Slow start"),
    "sends_late": ("Hay gửi phiếu muộn", "Often sends late"),
    "age_heaping": ("Tuổi làm tròn", "Rounded ages"),
    "start_heaping": ("Giờ bắt đầu tròn", "Round starting times"),
    "item_dont_know": ("Câu nhiều «không biết»", "Question with many don't know"),
    "item_refused": ("Câu nhiều người từ chối", "Question often refused"),
    "missing": ("Câu bắt buộc bị trống", "Required question left empty"),
    "fabrication_signs": ("Dấu hiệu phiếu không thật", "Signs of invented interviews"),
}
_DO = {
    rows.MINUTES: "Dự một buổi phỏng vấn cùng người này | Sit in on an interview",
    rows.DONT_KNOW: "Nghe cách người này chờ và nhắc lại câu | Listen to how this person waits and repeats",
    rows.ITEM_REFUSED: "Xem chỗ ngồi riêng, lời dẫn của người này | Look at privacy and the introduction",
    rows.REFUSAL: "Tập lại phần mở đầu cùng người này | Practise the introduction together",
}


def people(seen: Field) -> Checked:
    """Enumerators, durations, straight-lining, no-answers, heaping and signs of invention in the interviews that count."""
    a = answered(seen)
    wave = seen.round.wave
    length, (unknown, refused) = minutes(a), no_answers(a)
    lines, straight = straight_lines(a)
    short, fast = short_ones(a)
    team = [m for m in (length, unknown, refused, refusals(a), lines, short, _night(a)) if m is not None]
    heaps, heaped = heaping(a)
    questions, asked = items(a)
    found = [*straight, *fast, *heaped, *asked, *slow_starts(a), *late(a), *_outside(a, team)]
    signs = fabrication.signs(a, length)
    found += fabrication.findings(a, signs)
    table = [row for m in team for row in rows_of(m, wave)] + heaps + questions + _variance(a) + fabrication.counts(a, signs)
    return Checked(tuple(found), tuple(table), _texts(a, team))


def _outside(a: Answered, team: Iterable[Measured]) -> Iterable[Finding]:
    """Enumerators whose whole interval lies beyond a limit; straight-lining and short ones have findings of their own."""
    for m in team:
        if m.indicator in _DO:
            low, high = (f"{x:.0f}" if np.isfinite(x) and x > 0 else "" for x in m.band)
            check = m.indicator.replace("daily_", "enumerator_")
            for e in m.effects:
                if e.outside:
                    yield person(
                        a, "yellow", check, e.code, f"{low}-{high}", f"{e.lower:.0f}-{e.upper:.0f}", "", _DO[m.indicator]
                    )


def _night(a: Answered) -> Measured | None:
    """Interviews begun at night, as records.yaml says when that is."""
    told = np.array([v.started is not None for v in a.visits], dtype=bool)
    begins, ends = (time.fromisoformat(text) for text in record_limits("clock")["night"])
    at = [local(v.started).time() for v in a.visits if v.started]
    night = np.array([t >= begins or t < ends for t in at], dtype=float)
    return share(rows.NIGHT, a.enumerators[told], a.psus[told], night, np.ones(len(night)), limit("night"), low=False)


def _variance(a: Answered) -> list[Row]:
    """The enumerators' share of the variance of the first attitude scale, with hamlets taken out where that is possible."""
    found = variance(a)
    if found is None:
        return []
    estimate, within, n = found
    return [
        rows.measured(a.seen.round.wave, rows.VARIANCE, estimate, "percent", within=within, n=n, method=METHOD, estimand="ratio")
    ]


def _texts(a: Answered, team: Iterable[Measured]) -> dict[str, object]:
    bands = {
        m.indicator: {"middle": m.middle, "low": m.band[0] if np.isfinite(m.band[0]) else None, "high": m.band[1]}
        for m in team if m.middle is not None
    }  # fmt: skip
    counted = Counter(str(c) for c in a.enumerators if c)
    return {
        "labels": {k: {"vi": vi, "en": en} for k, (vi, en) in _VI_EN.items()},
        "checks": {k: {"vi": vi, "en": en} for k, (vi, en) in _CHECKS.items()},
        rows.T_PEOPLE: dict(sorted(counted.items())),
        "bands": bands,
    }
