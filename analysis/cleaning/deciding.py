"""A person's decisions on their way into the log: checked against the round, shown before they count, written all or none.

Imports decisions, sealed, sheet, taken, replay, quality.field, findings and the forms doors (ledger).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

from forms import Codebook
from forms.errors import refuse
from forms.ledger import Round, open_ledger, read_round

from ..findings import Finding
from ..readers.rounds import form_of
from ..readers.stored import read_ledger
from .decisions import Action, Decision, Wanted, append, decided, head, lines_of, read_decisions
from .replay import replay
from .sealed import opened, sealed
from .sheet import Case, read_sheet, sheet_bytes, unfit
from .taken import values


@dataclass(frozen=True)
class Desk:
    """What lies on the table of somebody who decides: the round, its form, the log so far and the newest day's findings."""

    round: Round
    book: Codebook
    log: tuple[Decision, ...]
    case: Case


def desk(home: Path) -> Desk:
    """The table of a round.  DATA-191 when no daily quality run has been made yet."""
    of = read_round(home)
    book = form_of(of)
    log = read_decisions(of.decisions)
    with open_ledger(of) as ledger:
        held = read_ledger(ledger, book)
    now = values(held, replay(held.submissions, opened(log, of), book), book)
    seen, titles = newest_findings(of)
    found = decided(seen, opened(log, of), now)
    return Desk(of, book, log, Case(of.id, of.practice, head(log), found, now, titles))


def newest_findings(of: Round) -> tuple[tuple[Finding, ...], dict[str, str]]:
    """The findings of the newest daily run, and what its checks are called.  DATA-191 when there is none."""
    days = sorted((of.home / "out").glob("daily-*/findings.json"))
    if not days:
        raise refuse("DATA-191", of.name, expected="bdg analysis quality", got="-")
    names = {f.name for f in fields(Finding)}
    told = days[-1].with_name("results.json")
    checks = json.loads(told.read_bytes())["texts"]["daily"].get("checks", {}) if told.exists() else {}
    rows = json.loads(days[-1].read_bytes())
    titles = {check: str(words["vi"]) for check, words in checks.items()}
    return tuple(Finding(**{k: v for k, v in row.items() if k in names}) for row in rows), titles


def sheet(home: Path) -> bytes:
    """The decision sheet of a round."""
    at = desk(home)
    return sheet_bytes(at.case, at.book)


def from_sheet(home: Path, path: Path) -> tuple[Desk, tuple[Wanted, ...]]:
    """The decisions of a filled-in sheet."""
    at = desk(home)
    return at, read_sheet(path, at.case, at.book)


def one(home: Path, name: str, action: Action, *, question: str, new: str | None, reason: str, who: str) -> tuple[Desk, Wanted]:
    """One decision.  name: id of a finding, or an instance id.  DATA-191 unknown, DATA-192 a value that cannot stand there."""
    at = desk(home)
    f = next((f for f in at.case.findings if f.id == name), None)
    instance = f.instance_id if f else name if name.startswith("uuid:") else f"uuid:{name}"
    if f is None and not any(i == instance for i, _ in at.case.values):
        raise refuse("DATA-191", home.name, expected="12 hex | uuid:…", got=name[:40])
    known = {v.name: v for v in at.book.variables}
    asked = question or (f.question if f and f.question in known else "")
    asked = "" if action == "drop" else asked
    if (action == "correct") != (new is not None):
        raise refuse("DATA-192", "--new", expected="--action correct ↔ --new", got=action)
    old = (at.case.values.get((instance, asked)) or "") if asked else ""
    if new and (fault := unfit(known.get(asked), asked, new, old)):
        raise refuse("DATA-192", asked or "--question", expected=fault, got=_quoted(new, known, asked))
    if new is not None and not asked:
        raise refuse("DATA-192", "--question", expected="tên câu hỏi / a question", got="-")
    return at, Wanted(instance, asked, action, reason, who, old, new or "", f.id if f else "")


def _quoted(new: str, known: Mapping[str, object], asked: str) -> str:
    return new[:40] if asked in known else asked


def write(at: Desk, wanted: Sequence[Wanted], time: datetime) -> str:
    """Add the decisions to the log; gives the chain's new digest.  DATA-186, DATA-187, DATA-056: nothing was written."""
    lines = lines_of([sealed(w, at.round, at.book) for w in wanted], at.log, time.isoformat(timespec="seconds"))
    return append(at.round.decisions, lines) if lines else head(at.log)
