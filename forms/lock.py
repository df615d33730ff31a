"""The questionnaire lock: what a wave went to the field with, written once, so that 2030 asks what 2026 asked.

Imports digests, snapshot and the records.  locking.py writes one, and only with evidence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from .digests import question_digest
from .errors import BdgError, Problem, problem, refuse
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


def lock_of(
    form: Questionnaire,
    wave: int,
    evidence: Mapping[str, str] | None = None,
    spoken: Mapping[str, Mapping[str, str]] | None = None,
) -> Lock:
    """The lock of a form as it stands. spoken: language -> question -> digest of its translation."""
    found = {q.name: question_digest(form, q, path) for path, q in form.questions()}
    scored = tuple(q.name for _, q in form.questions() if q.score)
    return Lock(
        wave, form.id, form.version, form.digest, found, scored, evidence or {}, replace(snapshot(form), spoken=spoken or {})
    )


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
