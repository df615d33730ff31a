"""Locking a wave: the lock of each form, written only when people have shown, or waived in writing, what no test can show.

Imports lock, evidence, digests and languages (the digests of what was translated).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from .digests import wordings
from .errors import BdgError, Problem, problem
from .evidence import GROUPS, PEOPLE, WHOLE, read_evidence, spoken_for
from .folder import whole
from .languages.digests import begun, question_language_digests
from .lock import Lock, lock_bytes, lock_of
from .question import Questionnaire


def spoken_of(form: Questionnaire, folder: Path) -> dict[str, dict[str, str]]:
    """Language -> question -> digest of its translation, of every language that somebody has begun."""
    return {code: question_language_digests(form, code, folder) for code in begun(folder)}


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
    return problems or lock_of(form, wave, {item: spoken[item].said() for item in needed}, spoken_of(form, folder))


def lock_all(forms: Sequence[tuple[Questionnaire, Path]], wave: int) -> tuple[Path, ...]:
    """Lock several forms, or none: every problem of all of them is told first."""
    ready = [(folder / f"{wave}.lock", _locked(form, folder, wave)) for form, folder in forms]
    if problems := [p for _, found in ready if not isinstance(found, Lock) for p in found]:
        raise BdgError(problems)
    with ExitStack() as all_or_none:
        for path, found in ready:
            if isinstance(found, Lock):
                work = all_or_none.enter_context(whole(path.parent))
                (work / path.name).write_bytes(lock_bytes(found))
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
