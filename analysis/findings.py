"""What a person should look at in one run's data: findings.json, rows by the contract.  A finding stops nothing.

Imports tidy and the forms door.  Codes and ids only, never an answer's free text.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from .masks import numbers

if TYPE_CHECKING:
    from forms.codebook import Codebook

    from .tidied import Tidy

_MISSING_SHARE = 0.05
_DO = {
    "roster_changed": "Hỏi lại điều tra viên vì sao sửa số người | Ask why the roster changed",
    "straight_line": "Nghe lại hoặc phỏng vấn lại | Call back or re-interview",
    "missing": "Kiểm tra điều kiện hỏi và bản xuất dữ liệu | Check the question's condition and the export",
    "psu_empty": "Xác minh địa bàn không có phỏng vấn | Verify the hamlet without interviews",
    "lonely_stratum": "Quy tắc của kế hoạch cho tầng một địa bàn được áp dụng | The plan's rule for a single PSU applies",
}


@dataclass(frozen=True)
class Finding:
    """One thing to look at.  id: stable hash of check, wave, instance (else PSU, else enumerator) and question."""

    check: str
    severity: Literal["red", "yellow", "info"]
    wave: int
    instance_id: str
    psu: str
    enumerator: str
    question: str
    expected: str
    got: str
    do: str
    state: Literal["open", "decided"] = "open"

    @property
    def id(self) -> str:
        """12 hex digits, the same in every run on the same data."""
        text = "|".join((self.check, str(self.wave), self.instance_id or self.psu or self.enumerator, self.question))
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def find(waves: Sequence[Tidy], book: Codebook) -> tuple[Finding, ...]:
    """Findings of all waves, sorted by id."""
    found = [f for t in waves for some in (_roster, _straight, _missing, _empty, _alone) for f in some(t, book)]
    return tuple(sorted(found, key=lambda f: f.id))


def counted(found: Sequence[Finding]) -> dict[str, dict[str, int]]:
    """By severity, how many are open and how many decided: what a report says of the checks; no place, no person."""
    return {
        severity: {state: sum((f.severity, f.state) == (severity, state) for f in found) for state in ("open", "decided")}
        for severity in ("red", "yellow", "info")
    }


def document(found: Sequence[Finding]) -> bytes:
    """findings.json."""
    rows = [{"id": f.id, **asdict(f)} for f in found]
    return (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode()


def _one(t: Tidy, i: int, check: str, question: str, expected: str, got: str) -> Finding:
    who = t.answers["interviewer"][i] if "interviewer" in t.answers else None
    psu = str(t.people["psu"].iloc[i])
    return Finding(check, "yellow", t.wave, t.instances[i], psu, who or "", question, expected, got, _DO[check])


def _unit(t: Tidy, check: str, psu: str, expected: str, got: str) -> Finding:
    return Finding(check, "yellow", t.wave, "", psu, "", "", expected, got, _DO[check])


def _roster(t: Tidy, _: Codebook) -> Iterator[Finding]:
    """The number of eligible members was changed after the first entry (decision 12)."""
    for i, text in enumerate(t.answers.get("roster_changed", ())):
        if text == "1":
            yield _one(t, i, "roster_changed", "n_eligible", "0", "1")


def _straight(t: Tidy, book: Codebook) -> Iterator[Finding]:
    """One and the same answer to all attitude items, though they are worded both ways."""
    for scale in book.scales.values():
        items = book.items(scale.name)
        if scale.kind != "likert" or len({v.reverse for v in items}) < 2:
            continue
        table = np.array([numbers(t.answers[v.name]) for v in items])
        for i in range(table.shape[1]):
            given = table[:, i][~np.isnan(table[:, i])]
            if len(given) >= scale.min_answered and len(set(given.tolist())) == 1:
                yield _one(t, i, "straight_line", scale.name, "≥ 2", "1")


def _missing(t: Tidy, book: Codebook) -> Iterator[Finding]:
    """A required question left empty though it should have been asked, by more than a few."""
    n = len(t.people)
    for v in book.variables:
        why = t.people.get(f"{v.name}__why")
        gone = int((why == "missing").sum()) if why is not None else 0
        if v.required and gone > _MISSING_SHARE * n:
            limit = f"≤ {_MISSING_SHARE:.0%}"
            level: Literal["red", "yellow"] = "red" if v.scale else "yellow"
            yield Finding("missing", level, t.wave, "", "", "", v.name, limit, f"{gone}/{n}", _DO["missing"])


def _empty(t: Tidy, _: Codebook) -> Iterator[Finding]:
    """A drawn hamlet without any interview: it stays in the variance as a zero."""
    have = set(t.people["psu"])
    for _wave, _stratum, psu in t.sampled:
        if psu not in have:
            yield _unit(t, "psu_empty", psu, "≥ 1", "0")


def _alone(t: Tidy, _: Codebook) -> Iterator[Finding]:
    """A stratum with a single drawn hamlet."""
    for stratum, n in sorted(Counter(h for _wave, h, _psu in t.sampled).items()):
        if n == 1:
            yield _unit(t, "lonely_stratum", stratum, "≥ 2", "1")
