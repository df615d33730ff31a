"""What was received and the decisions about it -> what is counted; and the proof that nothing else was changed.

Imports decisions and the forms doors (submission, codebook).  A pure function of both: the same raw data and log give the
same clean data, bit for bit.  Never reads a file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from forms.codebook import Codebook, Variable
from forms.errors import problem
from forms.submission import Submission

from ..csvtable import stop
from .decisions import Decision

FIXED = ("questionnaire_digest", "round_kind", "wave")
"""What ties a submission to its form and round: no decision changes it."""


@dataclass(frozen=True)
class Change:
    """One value that is not as it was received."""

    instance_id: str
    question: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Clean:
    """What is counted.  submissions: in the order received, without the dropped.  changes, dropped: every difference to raw.

    kept: (instance id, finding id) of what somebody looked at and kept as a whole, finding '' for every reason.
    stale: decisions that no longer fit what was received, for example because the submission was edited after the decision;
    they changed nothing.
    """

    submissions: tuple[Submission, ...]
    changes: tuple[Change, ...]
    dropped: frozenset[str]
    kept: frozenset[tuple[str, str]]
    stale: tuple[Decision, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the clean data: what the results were made from."""
        return data_digest(self.submissions)


def data_digest(submissions: Sequence[Submission]) -> str:
    """SHA-256 of submissions by id, answers and repeats, whatever source they came by."""
    rows = [[s.instance_id, s.root_id, s.answers, s.repeats] for s in sorted(submissions, key=lambda s: s.instance_id)]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False, sort_keys=True, default=dict).encode()).hexdigest()


def replay(raw: Sequence[Submission], decisions: Sequence[Decision], book: Codebook) -> Clean:
    """Apply the decisions in their order.

    The last word on a value counts.  `correct` and `keep` hold for the value they were decided on (`old`): where it is another
    one now, they are stale and change nothing.  `keep` of a whole submission takes back an earlier `drop`.
    """
    names = {v.name: v for v in book.variables if not v.repeat}
    by_id = {s.instance_id: s for s in raw}
    values: dict[tuple[str, str], str | None] = {}
    dropped: dict[str, bool] = {}
    kept: set[tuple[str, str]] = set()
    stale: list[Decision] = []
    for d in decisions:
        if not d.instance_id or d.blank:
            continue
        s = by_id.get(d.instance_id)
        if s is None:
            stale.append(d)
        elif not d.question:
            dropped[d.instance_id] = d.action == "drop"
            kept = {k for k in kept if k[0] != d.instance_id or d.action == "keep"}
            kept |= {(d.instance_id, d.finding)} if d.action == "keep" else set()
        elif not _value(d, s, names, values):
            stale.append(d)
    gone = frozenset(i for i, out in dropped.items() if out)
    changed: dict[str, dict[str, str | None]] = {}
    for (instance, question), value in values.items():
        changed.setdefault(instance, {})[names[question].path] = value
    clean = tuple(_with(s, changed.get(s.instance_id, {})) for s in raw if s.instance_id not in gone)
    return Clean(clean, differences(raw, clean, book), gone, frozenset(kept), tuple(stale))


def _value(d: Decision, s: Submission, names: Mapping[str, Variable], values: dict[tuple[str, str], str | None]) -> bool:
    """Apply a decision about one value; False when it is not the value that was decided on."""
    variable, place = names.get(d.question), (d.instance_id, d.question)
    if variable is None or d.question in FIXED:
        return d.action == "keep"
    received = s.answers.get(variable.path)
    now = values.get(place, received)
    match d.action:
        case "correct" if (now or "") == d.old:
            values[place] = d.new or None
        case "keep" if (now or "") == d.old:
            pass
        case "keep" if (received or "") == d.old:
            values.pop(place, None)
        case _:
            return False
    return True


def _with(s: Submission, new: Mapping[str, str | None]) -> Submission:
    return replace(s, answers={**s.answers, **new}) if new else s


def differences(raw: Sequence[Submission], clean: Sequence[Submission], book: Codebook) -> tuple[Change, ...]:
    """Every answer that differs between two states of the submissions both hold, found by comparing them cell by cell."""
    before = {s.instance_id: s for s in raw}
    paths = [(v.path, v.name) for v in book.variables if not v.repeat]
    return tuple(
        Change(s.instance_id, name, before[s.instance_id].answers.get(path), s.answers.get(path))
        for s in sorted(clean, key=lambda s: s.instance_id)
        if s.answers != before[s.instance_id].answers
        for path, name in paths
        if before[s.instance_id].answers.get(path) != s.answers.get(path)
    )


def prove(raw: Sequence[Submission], clean: Clean, decisions: Sequence[Decision], book: Codebook) -> None:
    """That raw and log give clean and nothing else: every difference has its line, every line that counts its difference.

    Made from the two states and the log, not by replaying.  DATA-188 with what is not explained.
    """
    before, after = {s.instance_id: s for s in raw}, {s.instance_id: s for s in clean.submissions}
    stale = {d.seq for d in clean.stale}
    last = {(d.instance_id, d.question): d for d in decisions if d.seq not in stale and not d.blank}
    strange = [f"{c.instance_id} {c.question}" for c in clean.changes if not _explained(c, last)]
    strange += [i for i in before if (i not in after) != _dropped(i, last)]
    strange += [i for i, s in after.items() if i not in before or s.repeats != before[i].repeats]
    changed = {(c.instance_id, c.question) for c in clean.changes}
    acted = {k for k, d in last.items() if d.action == "correct" and d.old != d.new and k[0] in after}
    paths = {v.name: v.path for v in book.variables if not v.repeat}
    undone = {k for k in acted - changed if (before[k[0]].answers.get(paths[k[1]]) or "") != last[k].new}
    strange += [f"{i} {q}" for i, q in sorted(undone)]
    stop([problem("DATA-188", "decisions.csv", expected="raw + log = clean", got=what) for what in strange])


def _explained(c: Change, last: Mapping[tuple[str, str], Decision]) -> bool:
    d = last.get((c.instance_id, c.question))
    return d is not None and (c.new or "") == (d.new if d.action == "correct" else d.old)


def _dropped(instance: str, last: Mapping[tuple[str, str], Decision]) -> bool:
    d = last.get((instance, ""))
    return d is not None and d.action == "drop"
