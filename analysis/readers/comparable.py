"""A round's submissions, made with several versions of its form: what was worded the same is comparable, the rest is not.

Imports the ledger door (published versions), stored, rounds and raw.  Reads; changes nothing in the ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from forms.codebook import Codebook, Variable
from forms.errors import refuse
from forms.ledger import Round, open_ledger, read_published, read_round
from forms.question import Choice, Label
from forms.submission import Answers, Submission

from ..csvtable import shown
from .raw import TIES, File, Raw, foreign

_KEPT = TIES | {"household", "select_u", "p_select", "pick", "n_first", "start", "end", "deviceid"}
"""What ties a submission to its place, person and time is read from every version: it is no question that is compared."""


@dataclass(frozen=True)
class Older:
    """A version that went out before.  differ: questions worded otherwise than now, or not asked in it."""

    version: str
    digest: str
    differ: frozenset[str]


def older(of: Round, book: Codebook) -> Mapping[str, Older]:
    """Digest -> published version that is not the one in use.  () known when the version in use was never published."""
    out = read_published(of)
    now = next((p for p in reversed(out) if p.digest == book.digest), None)
    if now is None:
        return {}
    worded = now.questions()
    found: dict[str, Older] = {}
    for p in out:
        if p.digest != book.digest:
            then = p.questions()
            differ = frozenset(q for q, digest in worded.items() if then.get(q) != digest) - _KEPT
            found[p.digest] = Older(p.version, p.digest, differ)
    return found


def comparable(given: Sequence[Submission], versions: Mapping[str, Older], book: Codebook) -> tuple[Submission, ...]:
    """The submissions, those of an older version without the answers to questions that were worded otherwise."""
    return tuple(_without(s, versions[s.questionnaire_digest].differ, book) if s.questionnaire_digest in versions else s
                 for s in given)  # fmt: skip


def _without(s: Submission, differ: Collection[str], book: Codebook) -> Submission:
    gone = {v.path for v in book.variables if v.name in differ}
    repeats = {path: tuple(_blank(row, gone) for row in rows) for path, rows in s.repeats.items()}
    return replace(s, answers=_blank(s.answers, gone), repeats=repeats)


def _blank(answers: Answers, gone: Collection[str]) -> Answers:
    return {path: None if path in gone else text for path, text in answers.items()}


def of_round(home: Path, book: Codebook, digests: Collection[str] = ()) -> tuple[Submission, ...]:
    """Every submission of a round's ledger, in instance-id order; rejected ones handed on as they are.

    BdgError DATA-012: made with a questionnaire that is neither in use nor among those the round published; DATA-022: values
    that are not the form's.
    """
    from .stored import read_ledger

    of = read_round(home)
    with open_ledger(of) as ledger:
        held = read_ledger(ledger, book, digests)
    versions = older(of, book)
    known = {book.digest, *digests, *versions}
    used = [s for s in held.submissions if s.review != "rejected"]
    if strange := [s for s in used if s.questionnaire_digest not in known]:
        told = sorted({f"{s.form_version or '?'} ({s.questionnaire_digest[:12] or '-'})" for s in strange})
        raise refuse("DATA-012", of.name, expected=f"{book.version} ({book.digest[:12]})", got=shown(told), count=len(strange))
    found = comparable(held.submissions, versions, book)
    foreign(of.name, [s for s in found if s.review != "rejected"], book)
    return found


def told(file: File, versions: Mapping[str, Older], book: Codebook) -> tuple[str, ...]:
    """What a receipt says of rows made with another questionnaire."""
    at = next((v.path for v in book.variables if v.name == "questionnaire_digest"), "")
    other = Counter(str(r.answers.get(at) or "") for r in file.rows)
    lines = []
    for digest, n in sorted(other.items()):
        if digest == book.digest:
            continue
        if digest in versions:
            differ = sorted(versions[digest].differ)
            what = f"{len(differ)} câu khác chữ, không so sánh được / differ, not comparable ({shown(differ)})" if differ else (
                "mọi câu như bản đang dùng / all questions as in use")  # fmt: skip
            lines.append(f"bản cũ / older version {versions[digest].version}: {n} phiếu / submissions; {what}")
        else:
            lines.append(
                f"bản không rõ / unknown version {_of(file.rows, at, digest)} ({digest[:12] or '-'}): {n} phiếu, để riêng: "
                "đợt này chưa phát hành bản đó / set aside, this round never published it [DATA-012]"
            )
    return tuple(lines)


def _of(rows: Sequence[Raw], at: str, digest: str) -> str:
    return shown(sorted({r.form_version or "?" for r in rows if str(r.answers.get(at) or "") == digest}))


def widened(book: Codebook, of: Round) -> Codebook:
    """The codebook with the choices of every version that went out, so that an export of several versions can be read."""
    more: dict[str, dict[str, Choice]] = {}
    for p in read_published(of):
        for asked in p.snapshot().asked:
            for c in asked.choices:
                more.setdefault(asked.name, {}).setdefault(c.code, Choice(c.code, Label(c.vi, c.en)))
    return replace(book, variables=tuple(_with(v, more.get(v.name, {})) for v in book.variables))


def _with(v: Variable, more: Mapping[str, Choice]) -> Variable:
    new = tuple(c for code, c in more.items() if code not in v.codes)
    return replace(v, choices=(*v.choices, *new)) if new and v.choices else v
