"""The daily check of consent: answers that came though nobody agreed to give them, a finding a submission.

Imports consent and (inside) quality.checks.  Counts answers; shows none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .consent import CHECK, finding, honour

if TYPE_CHECKING:
    from ..quality.checks import Checked
    from ..quality.field import Field

_TEXT = {"vi": "Có câu trả lời khi chưa có đồng ý", "en": "Answers without the consent they need"}


def unagreed(seen: Field) -> Checked:
    """Submissions that hold answers to questions for which their consent is missing."""
    from ..quality.checks import Checked, counted

    visits = {v.instance_id: v for v in seen.visits if counted(v)}
    lost = honour(seen.submissions, seen.book).lost
    found = [
        f
        for s in seen.submissions
        if s.instance_id in lost and (v := visits.get(s.instance_id)) is not None
        for f in finding(s, lost[s.instance_id], v.psu, v.enumerator)
    ]
    return Checked(tuple(found), (), {"checks": {CHECK: _TEXT}})
