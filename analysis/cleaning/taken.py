"""A round as it is counted: what its ledger holds, its decisions replayed and proven, what has to wait for a person.

Imports decisions, replay, sealed, findings, readers and the forms doors (ledger).  Reads; writes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from forms import Codebook, Submission
from forms.ledger import open_ledger, read_round
from forms.question import Label

from ..findings import Finding
from ..readers.comparable import Older, comparable, older
from ..readers.raw import foreign
from ..readers.stored import Held, read_ledger
from .decisions import Decision, decision_bytes, read_decisions
from .replay import Clean, data_digest, prove, replay
from .sealed import opened

_DO = {
    "same_household": "Chọn giữ một phiếu, bỏ phiếu kia; cả hai tạm để riêng | Keep one and drop the other; both are set aside",
    "old_version": "Xác minh phiếu gửi bằng bản biểu mẫu khác | Verify submissions made with another questionnaire",
    "decision_stale": "Xem lại: phiếu đã đổi sau khi quyết định | Decide again: the submission changed after the decision",
}


@dataclass(frozen=True)
class Taken:
    """One round's submissions as they are counted.

    waiting: instance ids set aside until somebody decides.  differ: instance id -> questions that an older version of the form
    asked in other words, so that their answers are left out.  digests: of what was received, of the log and of what is counted.
    """

    submissions: tuple[Submission, ...]
    notices: tuple[Finding, ...]
    clean: Clean
    waiting: frozenset[str]
    differ: Mapping[str, frozenset[str]]
    digests: Mapping[str, str]


def take(home: Path, book: Codebook, digests: Collection[str] = ()) -> Taken:
    """The round in a folder.  digests: questionnaire digests that count as this form besides the codebook's own.

    Submissions made with another questionnaire and two completed interviews of one household wait, uncounted, until a person
    keeps or drops them.  BdgError DATA-185 a log that was tampered with, DATA-188 raw and log do not give clean.
    """
    of = read_round(home)
    versions = older(of, book)
    with open_ledger(of) as ledger:
        held = read_ledger(ledger, book, {*digests, *versions})
    decisions = read_decisions(of.decisions)
    plain = opened(decisions, of)
    clean = replay(held.submissions, plain, book)
    prove(held.submissions, clean, plain, book)
    strange = [s for s in clean.submissions if s.instance_id in held.apart and not _kept(s, clean, book, of.wave)]
    odd = {s.instance_id for s in strange}
    twice = _twice([s for s in clean.submissions if s.instance_id not in odd], book)
    waiting = frozenset(s.instance_id for s in (*strange, *twice) if s.review != "rejected")
    notices = [_finding("old_version", s, book, of.wave) for s in strange]
    notices += [_finding("same_household", s, book, of.wave) for s in twice]
    notices += [_stale(d, of.wave) for d in clean.stale]
    counted = [s for s in clean.submissions if s.instance_id not in waiting]
    foreign(of.name, [s for s in counted if s.review != "rejected"], book)
    return Taken(
        comparable(counted, versions, book), tuple(notices), clean, waiting, _differ(counted, versions),
        {"raw": data_digest(held.submissions), "decisions": _log(decisions), "clean": clean.digest},
    )  # fmt: skip


def cleaning_note(taken: Mapping[int, Taken]) -> Label | None:
    """The sentence of the method note on cleaning; None when no wave is a round.

    Submissions that wait are told in the report itself: its numbers change when somebody decides.
    """
    if not taken:
        return None
    vi, en = [], []
    for wave, t in sorted(taken.items()):
        fixed, gone, wait, late = len(t.clean.changes), len(t.clean.dropped), len(t.waiting), len(t.clean.stale)
        vi.append(f"Kỳ {wave}: {fixed} giá trị được sửa, {gone} phiếu bị bỏ, {wait} phiếu chờ quyết định nên chưa tính")
        en.append(
            f"Wave {wave}: {fixed} values corrected, {gone} submissions dropped, {wait} waiting for a decision, not counted"
        )
        vi[-1] += f", {late} quyết định không còn khớp với phiếu" if late else ""
        en[-1] += f", {late} decisions no longer fit" if late else ""
    some = any(t.waiting for t in taken.values())
    more = (" Số liệu này là tạm thời.", " These figures are provisional.") if some else ("", "")
    log = ("Làm sạch số liệu có nhật ký. ", "Cleaning is logged. ")
    return Label(log[0] + "; ".join(vi) + "." + more[0], log[1] + "; ".join(en) + "." + more[1])


def _differ(counted: Sequence[Submission], versions: Mapping[str, Older]) -> dict[str, frozenset[str]]:
    return {s.instance_id: versions[s.questionnaire_digest].differ for s in counted if s.questionnaire_digest in versions}


def waiting(path: Path) -> int:
    """How many of a run's findings are submissions or decisions of a round that wait for a person."""
    return sum(row["check"] in _DO and row["state"] == "open" for row in json.loads(path.read_bytes()))


def _kept(s: Submission, clean: Clean, book: Codebook, wave: int) -> bool:
    """Whether somebody looked at this submission of another questionnaire and let it count."""
    asked = _finding("old_version", s, book, wave)
    ids = {asked.id, replace(asked, check="unknown_version").id, ""}
    return any((s.instance_id, finding) in clean.kept for finding in ids)


def values(held: Held, clean: Clean, book: Codebook) -> dict[tuple[str, str], str | None]:
    """(instance id, question) -> value as it is counted; of a dropped submission the value received."""
    paths = [(v.name, v.path) for v in book.variables if not v.repeat]
    rows = {s.instance_id: s for s in held.submissions} | {s.instance_id: s for s in clean.submissions}
    return {(i, name): s.answers.get(path) for i, s in rows.items() for name, path in paths}


def _log(decisions: Sequence[Decision]) -> str:
    return hashlib.sha256(decision_bytes(decisions)).hexdigest()


def _twice(submissions: Sequence[Submission], book: Codebook) -> list[Submission]:
    """Completed interviews of a household that has more than one."""
    paths = {v.name: v.path for v in book.variables if not v.repeat}
    if not {"psu", "ssu", "result", "consent"} <= set(paths):
        return []
    places: dict[tuple[str | None, str | None], list[Submission]] = {}
    for s in submissions:
        done = s.answers[paths["result"]] == "completed" and s.answers[paths["consent"]] == "yes"
        if done and s.review != "rejected":
            places.setdefault((s.answers[paths["psu"]], s.answers[paths["ssu"]]), []).append(s)
    return [s for some in places.values() if len(some) > 1 for s in some]


def _finding(check: str, s: Submission, book: Codebook, wave: int) -> Finding:
    """As the daily checks of the same name make it: one id, so that one decision answers both."""
    paths = {v.name: v.path for v in book.variables if not v.repeat}
    told = {name: s.answers.get(paths.get(name, "")) or "" for name in ("psu", "ssu", "interviewer")}
    other = check == "old_version"
    question, expected, got = ("", book.version, s.form_version) if other else ("household", "1", f"≥ 2: {told['ssu']}")
    return Finding(check, "red", wave, s.instance_id, told["psu"], told["interviewer"], question, expected, got, _DO[check])


def _stale(d: Decision, wave: int) -> Finding:
    return Finding(
        "decision_stale", "red", wave, d.instance_id, "", "", d.question, f"seq {d.seq}", d.action, _DO["decision_stale"]
    )
