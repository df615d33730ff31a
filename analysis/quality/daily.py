"""The day's check of a round: every check of the list, what people decided already, results.json and findings.json.

Imports field, checks, the modules with checks, and written.  The only module that knows all checks; it judges nothing itself.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from forms import refuse

from ..cleaning.decisions import decided, head
from ..findings import Finding, document
from ..privacy.daily import unagreed
from ..results import Results
from ..written import code_digest, writable, write
from .checks import Check, as_of, joined, run_checks
from .field import Field, read_field
from .outlines import outlines, reserves
from .people import people
from .plausibility import Explained, plausibility, read_explained
from .progress import progress
from .record_checks import RECORDS
from .rows import T_SERVER

CHECKS: tuple[Check, ...] = (progress, outlines, reserves, people, *RECORDS, unagreed)
"""Every check of the daily run, in the order of the page."""


@dataclass(frozen=True)
class Daily:
    """What one run of the checks wrote and saw.  red: findings that a person must act on before the numbers count."""

    paths: tuple[Path, ...]
    day: date
    visits: int
    findings: tuple[Finding, ...]

    @property
    def red(self) -> int:
        """Open red findings."""
        return sum(f.severity == "red" and f.state == "open" for f in self.findings)

    def lines(self) -> tuple[str, ...]:
        """What the command prints."""
        n = Counter(f.severity for f in self.findings if f.state == "open")
        decided = sum(f.state == "decided" for f in self.findings)
        return (
            f"ngày {self.day:%d/%m/%Y}: {self.visits} phiếu (day, submissions)",
            f"phát hiện còn mở (open findings): đỏ (red) {n['red']}, vàng (yellow) {n['yellow']}, để biết (info) {n['info']}",
            f"đã quyết định (decided): {decided}",
            *(f"đã ghi / wrote {path}" for path in self.paths),
        )


def daily(home: Path, day: date | None = None) -> Daily:
    """Check a round as it stood at the end of a day and write ROUND/out/daily-<day>/, all files or none.

    day: default the last day of fieldwork in the data.  BdgError DATA-160: no submission up to that day; others: see read_field.
    """
    seen = as_of(read_field(home), day)
    if seen.day is None or not seen.visits:
        raise refuse("DATA-160", seen.round.name, expected="≥ 1", got=0, day=seen.day or "-")
    out = home / "out" / f"daily-{seen.day}"
    writable(out)
    explained = read_explained(home / "explained.csv")
    found = run_checks(seen, CHECKS)
    found = joined(found, plausibility(seen.round.wave, found.rows, explained))
    findings = decided(found.findings, seen.log, _values(seen))
    results = Results(seen.round.practice, _digests(seen, explained), found.rows, {"daily": _about(seen, found.texts)})
    files = {"results.json": results.json_bytes(), "findings.json": document(findings)}
    return Daily(write(out, files), seen.day, len(seen.visits), findings)


def _values(seen: Field) -> dict[tuple[str, str], str | None]:
    """(instance id, question) -> value now, as decisions are compared with it."""
    return {(v.instance_id, name): text for v in seen.visits for name, text in v.answers.items()}


def _about(seen: Field, told: Mapping[str, Any]) -> dict[str, Any]:
    """What the page says of the round itself, and every text of the checks."""
    return {
        "held": {
            "submissions": len(seen.visits), "deleted": seen.held.deleted, "erased": seen.held.erased,
            "refused": seen.held.refused, "apart": sum(v.apart for v in seen.visits),
            "rejected": sum(v.review == "rejected" for v in seen.visits),
        },
        **({T_SERVER: dict(zip(("pulled", "there", "here", "state"), seen.pulled, strict=True))} if seen.pulled else {}),
        **told,
    }  # fmt: skip


def _digests(seen: Field, explained: Sequence[Explained]) -> dict[str, str]:
    """Plan with survey.yaml, questionnaire, form, data with what was explained and decided, code."""
    data = hashlib.sha256()
    for v in seen.visits:
        line = seen.held.stored.get(v.instance_id)
        data.update(f"{v.instance_id} {line.sha256 if line else ''} {v.review or ''}\n".encode())
    data.update(repr(sorted((e.line, e.points) for e in explained)).encode())
    data.update(head(seen.log).encode())
    book = seen.book
    form = hashlib.sha256(f"{book.form_id} {book.version} {book.digest}".encode()).hexdigest()
    both = hashlib.sha256(f"{seen.plan.digest} {seen.survey.digest}".encode()).hexdigest()
    return {"plan": both, "questionnaire": book.digest, "form": form, "data": data.hexdigest(), "code": code_digest()}
