"""Consent at the door: an answer that nobody agreed to give is not there, whatever file it came in.

Imports findings and the forms doors (codebook, condition, submission).  Looks at the questions of consent and at no other
condition: what the form's own routing decides is the engine's.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from forms.codebook import Codebook, Variable
from forms.condition import Both, Compare, Condition, Either, Not, holds, names, size
from forms.submission import Submission

from ..findings import Finding

CONSENTS = ("consent", "consent_sensitive", "guardian", "guardian_sensitive", "assent")
"""Questions of the consent section that others wait for; a form has some of them or none."""
CHECK = "no_consent"
_DO = {
    CHECK: "Đã bỏ khi đọc; hỏi điều tra viên, xóa trên máy chủ | Left out on reading; ask the interviewer, delete it there",
}


@dataclass(frozen=True)
class Honoured:
    """Submissions with what was not agreed to left out.

    removed: consent question -> answers left out for want of it; lost: the same by instance id.
    """

    submissions: tuple[Submission, ...]
    removed: Mapping[str, int]
    lost: Mapping[str, Mapping[str, int]]


def honour(submissions: Sequence[Submission], book: Codebook) -> Honoured:
    """Leave out every answer whose question waits for a consent that was not given."""
    gates = [(v, tuple(_gates(v))) for v in book.variables]
    gated = tuple((v, parts) for v, parts in gates if parts)
    wanted = {n for _, parts in gated for p in parts for n in names(p)}
    asked = {v.name: v.path for v in book.variables if not v.repeat and v.name in wanted}
    removed: Counter[str] = Counter()
    done: list[Submission] = []
    by: dict[str, Mapping[str, int]] = {}
    for s in submissions:
        kept, lost = _one(s, asked, gated)
        removed.update(lost)
        done.append(kept)
        by |= {s.instance_id: dict(sorted(lost.items()))} if lost else {}
    return Honoured(tuple(done), dict(sorted(removed.items())), by)


def _gates(v: Variable) -> Iterator[Condition]:
    """The parts of a question's condition that name a consent."""
    for part in _parts(v.asked_if):
        if set(names(part)) & set(CONSENTS):
            yield part


def _parts(tree: Condition | None) -> Iterator[Condition]:
    if isinstance(tree, Both):
        for part in tree.of:
            yield from _parts(part)
    elif tree is not None:
        yield tree


def _unclear(part: Condition, seen: Mapping[str, str | None]) -> bool:
    """A number the rule turns on (the age) is none: that is told as what it is (DATA-022), not as a refusal of everybody."""
    match part:
        case Compare(name=name) if part.numeric:
            return math.isnan(size(seen.get(name) or ""))
        case Not(of):
            return _unclear(of, seen)
        case Both(of) | Either(of):
            return any(_unclear(p, seen) for p in of)
        case _:
            return False


def _one(
    s: Submission, asked: Mapping[str, str], gated: Sequence[tuple[Variable, tuple[Condition, ...]]]
) -> tuple[Submission, Counter[str]]:  # fmt: skip
    """One submission, its questions in form order: a consent that was not asked for gives no consent further down."""
    seen = {name: s.answers.get(path) for name, path in asked.items()}
    known: dict[tuple[int, ...], bool] = {}
    blank: dict[str, None] = {}
    rows = {path: list(lines) for path, lines in s.repeats.items()}
    lost: Counter[str] = Counter()
    for v, parts in gated:
        given = (
            s.answers.get(v.path) is not None if not v.repeat else any(r.get(v.path) is not None for r in rows.get(v.repeat, ()))
        )
        if not given:
            continue
        key = tuple(map(id, parts))
        if key not in known:
            known[key] = all(holds(p, seen) or _unclear(p, seen) for p in parts)
        if known[key]:
            continue
        why = next(n for p in parts for n in names(p) if n in CONSENTS and not (holds(p, seen) or _unclear(p, seen)))
        if v.repeat:
            lost[why] += sum(r.get(v.path) is not None for r in rows[v.repeat])
            rows[v.repeat] = [{**r, v.path: None} for r in rows[v.repeat]]
        else:
            lost[why] += 1
            blank[v.path] = None
            seen[v.name] = None
            known = {} if v.name in CONSENTS else known
    if not lost:
        return s, lost
    return replace(s, answers={**s.answers, **blank}, repeats={p: tuple(r) for p, r in rows.items()}), lost


def notices(done: Honoured, wave: int) -> tuple[Finding, ...]:
    """A finding a consent: how many answers of a wave were left out."""
    do = _DO[CHECK]
    return tuple(Finding(CHECK, "yellow", wave, "", "", "", name, "0", str(n), do) for name, n in done.removed.items())


def finding(s: Submission, lost: Mapping[str, int], psu: str, enumerator: str) -> tuple[Finding, ...]:
    """A finding a consent that one submission lacks: how many answers stand behind it."""
    do, wave = _DO[CHECK], s.wave or 0
    return tuple(
        Finding(CHECK, "yellow", wave, s.instance_id, psu, enumerator, name, "0", str(n), do) for name, n in lost.items()
    )
