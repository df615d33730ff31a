"""The questionnaire lock: what a wave went to the field with, written once, so that 2030 asks what 2026 asked.

Imports digests, evidence, snapshot and the records; writes one small file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .digests import question_digest, wordings
from .errors import BdgError, Problem, problem, refuse
from .evidence import GROUPS, PEOPLE, WHOLE, read_evidence, spoken_for
from .question import Questionnaire
from .snapshot import Snapshot, as_plain, from_plain, snapshot


@dataclass(frozen=True)
class Lock:
    """What a wave went to the field with. digests: question -> digest; scored: the items that make a score.

    evidence: item -> the record that let it go out, in words.  form as it stood: None in locks older than version 0.4.
    """

    wave: int
    form: str
    version: str
    digest: str
    digests: Mapping[str, str]
    scored: tuple[str, ...]
    evidence: Mapping[str, str] = field(default_factory=dict)
    as_it_stood: Snapshot | None = None


def lock_of(form: Questionnaire, wave: int, evidence: Mapping[str, str] | None = None) -> Lock:
    """The lock of a form as it stands."""
    found = {q.name: question_digest(form, q, path) for path, q in form.questions()}
    scored = tuple(q.name for _, q in form.questions() if q.score)
    return Lock(wave, form.id, form.version, form.digest, found, scored, evidence or {}, snapshot(form))


def lock_bytes(lock: Lock) -> bytes:
    """The lock as a file: JSON, one question a line."""
    document = {
        "wave": lock.wave, "form": lock.form, "version": lock.version, "digest": lock.digest,
        "scored": list(lock.scored), "digests": dict(lock.digests), "evidence": dict(lock.evidence),
    }  # fmt: skip
    if lock.as_it_stood:
        document["as_it_stood"] = as_plain(lock.as_it_stood)
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def read_locks(folder: Path) -> tuple[Lock, ...]:
    """Every <wave>.lock of a questionnaire, oldest first."""
    return tuple(read_lock(path) for path in sorted(folder.glob("[0-9]*.lock")))


def read_lock(path: Path) -> Lock:
    """One lock. FORM-024 when it is not one."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        digests = {str(name): str(value) for name, value in raw["digests"].items()}
        evidence = {str(name): str(value) for name, value in raw.get("evidence", {}).items()}
        stood = from_plain(raw["as_it_stood"]) if "as_it_stood" in raw else None
        lock = Lock(int(raw["wave"]), raw["form"], raw["version"], raw["digest"], digests, tuple(raw["scored"]), evidence, stood)
        _ = [digests[name] for name in lock.scored]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise refuse("FORM-024", path.name, got=f"{type(error).__name__}: {error}") from None
    return lock


def write_lock(form: Questionnaire, folder: Path, wave: int) -> Path:
    """Write <wave>.lock with the evidence that let each item go out (decision 16).

    FORM-021 when that wave is locked already; FORM-036 for every item that nobody tried and nobody waived in writing, FORM-037
    for every item whose law nobody has read, unless it is waived: all at once, nothing written.
    """
    (path,) = lock_all([(form, folder)], wave)
    return path


def _locked(form: Questionnaire, folder: Path, wave: int) -> Lock | tuple[Problem, ...]:
    """The lock that would be written, or why it may not be."""
    if (folder / f"{wave}.lock").exists():
        return (problem("FORM-021", f"{wave}.lock", got=form.id, wave=wave),)
    needed = wordings(form)
    spoken = spoken_for(read_evidence(folder / "evidence" / "cognitive.csv"), needed)
    waived = {item for item, record in spoken.items() if record.waived}
    problems = (*_untried(form, needed, set(spoken)), *_unread(form, waived))
    return problems or lock_of(form, wave, {item: spoken[item].said() for item in needed})


def lock_all(forms: Sequence[tuple[Questionnaire, Path]], wave: int) -> tuple[Path, ...]:
    """Lock several forms, or none: every problem of all of them is told first."""
    ready = [(folder / f"{wave}.lock", _locked(form, folder, wave)) for form, folder in forms]
    if problems := [p for _, found in ready if not isinstance(found, Lock) for p in found]:
        raise BdgError(problems)
    for path, found in ready:
        if isinstance(found, Lock):
            path.write_bytes(lock_bytes(found))
    return tuple(path for path, _ in ready)


def _untried(form: Questionnaire, needed: Mapping[str, str], spoken: set[str]) -> Iterator[Problem]:
    places = {q.name: q.place for _, q in form.questions()} | {WHOLE: f"{form.id} ({WHOLE})"}
    for item, code in needed.items():
        if item not in spoken:
            wanted = f"evidence/cognitive.csv: item {item}, people ≥ {PEOPLE}, groups ≥ {GROUPS}, wording {code}"
            yield problem("FORM-036", places[item], expected=wanted, name=item, people=PEOPLE, groups=GROUPS)


def _unread(form: Questionnaire, waived: set[str]) -> Iterator[Problem]:
    for _, q in form.questions():
        for key in q.score.key if q.score and q.name not in waived else ():
            if key.read_on is None:
                yield problem("FORM-037", q.place, expected="read_on: 2026-11-22", got=f"{key.law}, {key.article}", name=q.name)


def check_lock(form: Questionnaire, locks: tuple[Lock, ...]) -> None:
    """Refuse a form whose scored items differ from an earlier wave without a declared reason.

    FORM-016 a scored item changed; FORM-019 a scored item is gone.
    """
    problems = [p for lock in locks for p in _against(form, lock)]
    if problems:
        raise BdgError(problems)


def _against(form: Questionnaire, lock: Lock) -> Iterator[Problem]:
    now = {q.name: (q, question_digest(form, q, path)) for path, q in form.questions()}
    for name in lock.scored:
        if name not in now:
            yield problem("FORM-019", f"{lock.wave}.lock", expected=name, name=name, wave=lock.wave)
            continue
        question, digest = now[name]
        reasons = question.changed or {}
        if digest != lock.digests[name] and not any(wave > lock.wave and reason for wave, reason in reasons.items()):
            yield problem(
                "FORM-016", question.place, expected=lock.digests[name][:12], got=digest[:12],
                name=name, wave=lock.wave,
            )  # fmt: skip
