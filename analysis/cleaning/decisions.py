"""Decisions about values (decisions.csv): who decided what, when and why; append-only lines in a hash chain.

Imports chained, csvtable, findings and the forms doors.  Never applies a decision (replay.py does).

A line's digest covers its old value, new value and reason only through `values_sha256`, salted: when a person asked to be
forgotten, these cells are blanked and the chain still holds.  Values of private and free-text questions stand here sealed with
the round's key.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

from forms.errors import Problem, problem, refuse

from ..chained import START, broken, head, put
from ..csvtable import Cells, Row, kept, read_table, stop, table_bytes

if TYPE_CHECKING:
    from ..findings import Finding

Action = Literal["keep", "correct", "drop"]
ACTIONS: tuple[Action, ...] = get_args(Action)
_OPEN = ("seq", "time", "who", "instance_id", "question", "action", "finding", "values_sha256", "prev_sha256")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Decision:
    """One line.  instance_id: the version that was decided on, '' for a finding about no single submission.

    question: '' for the whole submission.  old: the value decided on; new: the value instead ('' is empty), for `correct`
    only.  action: keep (it is right as it is), correct, drop (the submission is not counted).  time: ISO, with its offset.
    finding: id of the finding that asked, '' for a decision of one's own.  All four of old, new, reason and salt are '' once a
    person was forgotten.  line_sha256: the digest of the line itself, so that an edited last line shows, too.
    """

    seq: int
    time: str
    who: str
    instance_id: str
    question: str
    old: str
    new: str
    action: Action
    reason: str
    prev_sha256: str
    finding: str = ""
    salt: str = ""
    values_sha256: str = ""
    line_sha256: str = ""
    extra: Cells = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Digest of the line: what the next line must carry."""
        text = "\x1f".join(str(getattr(self, c)) for c in _OPEN)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def blank(self) -> bool:
        """Whether its values were removed for a person who was forgotten."""
        return not self.salt


COLUMNS = tuple(f.name for f in fields(Decision) if f.name != "extra")


def values_digest(salt: str, old: str, new: str, reason: str) -> str:
    """What ties a line to its values without telling them."""
    return hashlib.sha256(f"{salt}\x1f{old}\x1f{new}\x1f{reason}".encode()).hexdigest()


@dataclass(frozen=True)
class Wanted:
    """A decision before it has its place in the chain."""

    instance_id: str
    question: str
    action: Action
    reason: str
    who: str
    old: str = ""
    new: str = ""
    finding: str = ""


def read_decisions(path: Path) -> tuple[Decision, ...]:
    """decisions.csv in file order; () when nothing was decided yet.

    DATA-001, DATA-002 for a file or cell that is not of the contract; DATA-185 with the lines that do not follow from the line
    before them: edited, removed, or put in by hand.
    """
    if not path.exists():
        return ()
    problems: list[Problem] = []
    rows = tuple(_decision(Row(path.name, n, cells, problems)) for n, cells in read_table(path, COLUMNS))
    stop(problems)
    wrong = {d.seq for d in broken(rows)} | {d.seq for d in rows if d.line_sha256 != d.sha256}
    wrong |= {d.seq for d in rows if not d.blank and _digest(d) != d.values_sha256}
    stop([problem("DATA-185", path.name, got=f"seq {seq}", seq=seq) for seq in sorted(wrong)])
    return rows


def _digest(d: Decision) -> str:
    return values_digest(d.salt, d.old, d.new, d.reason)


def _decision(row: Row) -> Decision:
    texts = {c: row.text(c, empty=True) for c in COLUMNS if c not in ("seq", "action")}
    action = cast("Action", row.one_of("action", ACTIONS))
    return Decision(seq=row.whole("seq", 1), action=action, extra=kept(row.cells, COLUMNS), **texts)


def decision_bytes(decisions: Sequence[Decision]) -> bytes:
    """decisions.csv: fixed columns, then the kept ones in name order."""
    return table_bytes(COLUMNS, [{**{c: getattr(d, c) for c in COLUMNS}, **d.extra} for d in decisions])


def lines_of(wanted: Sequence[Wanted], before: Sequence[Decision], time: str) -> tuple[Decision, ...]:
    """New lines after the ones there are.  DATA-186 with every one that lacks a reason or a person."""
    lost = [w for w in wanted if not w.reason.strip() or not w.who.strip()]
    stop([problem("DATA-186", w.finding or w.instance_id, expected="reason, who", got=w.question or "-") for w in lost])
    found: list[Decision] = []
    for w in wanted:
        told = replace(w, reason=_tame(w.reason), who=_tame(w.who))
        salt, prev = secrets.token_hex(8), head([*before, *found])
        seal = values_digest(salt, told.old, told.new, told.reason)
        seq = len(before) + len(found) + 1
        line = Decision(seq=seq, time=time, prev_sha256=prev, salt=salt, values_sha256=seal, **asdict(told))
        found.append(replace(line, line_sha256=line.sha256))
    return tuple(found)


def _tame(text: str) -> str:
    """One trimmed line that no spreadsheet takes for a formula."""
    line = " ".join(text.split())
    return f"'{line}" if line.startswith(_FORMULA) else line


def append(path: Path, lines: Sequence[Decision]) -> str:
    """Add lines, all or none; gives the chain's new digest.

    DATA-187 when the file is no longer what they were decided on (somebody else decided meanwhile), DATA-056 when it cannot be
    written.
    """
    there = read_decisions(path)
    first = lines[0]
    if head(there) != first.prev_sha256 or first.seq != len(there) + 1:
        raise refuse("DATA-187", path.name, expected=first.prev_sha256[:12], got=head(there)[:12])
    put(path, decision_bytes((*there, *lines)))
    return head(lines)


def blank(path: Path, instance_ids: Collection[str]) -> int:
    """Remove the values and reasons of a person's lines for good; gives how many.  The chain holds as before."""
    there = read_decisions(path)
    wanted = set(instance_ids)
    now = tuple(replace(d, old="", new="", reason="", salt="", extra={}) if d.instance_id in wanted else d for d in there)
    changed = sum(a != b for a, b in zip(there, now, strict=True))
    if changed:
        put(path, decision_bytes(now))
    return changed


def decided(
    found: Sequence[Finding], decisions: Sequence[Decision], values: Mapping[tuple[str, str], str | None]
) -> tuple[Finding, ...]:
    """The findings, those that a person has answered marked as decided.

    values: (instance id, question) -> value now.  A verified value is not flagged again by any check as long as it is that value;
    a finding that was answered by its id stays answered unless the value it was about has changed since.
    """
    answered = {d.finding: d for d in decisions if d.finding}
    verified = {(d.instance_id, d.question): d for d in decisions if d.action == "keep" and d.question and d.instance_id}
    return tuple(replace(f, state="decided") if _answers(f, answered, verified, values) else f for f in found)


def _answers(
    f: Finding, answered: Mapping[str, Decision], verified: Mapping[tuple[str, str], Decision],
    values: Mapping[tuple[str, str], str | None],
) -> bool:  # fmt: skip
    place = (f.instance_id, f.question)
    by_id = answered.get(f.id)
    if by_id is not None:
        return not f.question or place not in values or by_id.blank or (values[place] or "") in (by_id.old, by_id.new)
    kept_as = verified.get(place)
    return kept_as is not None and place in values and (values[place] or "") == kept_as.old


__all__ = [
    "ACTIONS", "COLUMNS", "START", "Action", "Decision", "Wanted", "append", "blank", "decided", "decision_bytes", "head",
    "lines_of", "read_decisions", "values_digest",
]  # fmt: skip
