"""A questionnaire's folder -> Questionnaire, and the digests that lock it.

Imports the records of this room, reading (YAML) and nodes (YAML nodes -> records).  Never numpy, never data.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

from .errors import BdgError, Problem, refuse
from .nodes import choice_lists, head_of, section
from .question import Question, Questionnaire
from .reading import digest, read_yaml

_HERE = Path(__file__).parent


def questionnaire_folder(name: str = "household") -> Path:
    """Where a shipped questionnaire lies."""
    return _HERE / "questionnaires" / name


def province_folder(code: str = "51") -> Path:
    """Where a province's facts lie."""
    return _HERE / "provinces" / code


def load_questionnaire(folder: Path) -> Questionnaire:
    """Read form.yaml, lists.yaml and the section files of a folder in name order.

    BdgError with every problem of the folder at once; cross-checks are check.py's.
    """
    if not (folder / "form.yaml").exists():
        raise refuse("FORM-002", folder.name, expected="form.yaml", got=", ".join(sorted(p.name for p in folder.glob("*"))[:5]))
    problems: list[Problem] = []
    form = head_of(read_yaml(folder / "form.yaml"), problems)
    lists = choice_lists(read_yaml(folder / "lists.yaml"), problems)
    sections = [section(read_yaml(path), path.name, problems) for path in sorted(folder.glob("[0-9]*.yaml"))]
    if problems or form is None:
        raise BdgError(problems)
    form = replace(form, lists=lists, sections=tuple(s for s in sections if s))
    scored = tuple(q.name for _, q in form.questions() if q.score)
    return replace(form, digest=questionnaire_digest(form), draft=untested(folder / "evidence" / "cognitive.csv", scored))


def untested(path: Path, scored: tuple[str, ...]) -> tuple[str, ...]:
    """Scored items without a cognitive test of at least 8 people in 3 groups, or a named written waiver (decision 16)."""
    if not path.exists():
        return scored
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    for number, row in enumerate(rows, 2):
        for name in ("people", "groups"):
            if _said(row, name) and not _said(row, name).isdecimal():
                raise refuse("FORM-023", f"{path.name}:{number}", expected=f"{name}: 0, 1, 2, …", got=_said(row, name))
    done = {r.get("item") for r in rows if _tried(r) or (_said(r, "waived_by") and _said(r, "waiver_document"))}
    return tuple(name for name in scored if name not in done)


def _said(row: dict[str, str], name: str) -> str:
    return (row.get(name) or "").strip()


def _tried(row: dict[str, str]) -> bool:
    return int(_said(row, "people") or 0) >= 8 and int(_said(row, "groups") or 0) >= 3


def questionnaire_digest(form: Questionnaire) -> str:
    """Digest over all that a respondent meets and all that scoring uses (lines and file names left out)."""
    parts = {question.name: question_digest(form, question, path) for path, question in form.questions()}
    scales = {name: repr(scale) for name, scale in form.scales.items()}
    return digest({"id": form.id, "questions": list(parts.items()), "scales": scales})


def question_digest(form: Questionnaire, question: Question, path: tuple[str, ...]) -> str:
    """Digest of one question: wording, choices, order, its own condition and those around it, constraint and scoring."""
    seen = replace(question, place="", changed=None, source="", score=None)
    around = [(repr(s.only_if), s.repeat) for s in form.around(path)]
    score = question.score
    keys = [(k.value, k.valid_from.isoformat(), k.valid_to and k.valid_to.isoformat()) for k in score.key] if score else []
    return digest([path, around, repr(seen), repr(form.choices(question)), score and (score.scale, score.reverse), keys])
