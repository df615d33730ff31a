"""A questionnaire's folder -> Questionnaire, and the digests that lock it.

Imports the records of this room, reading (YAML) and nodes (YAML nodes -> records).  Never numpy, never data.
"""

from __future__ import annotations

import csv
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from .condition import Both, Chose, Compare, Either, Not, xpath
from .errors import BdgError, Problem, refuse
from .nodes import choice_lists, head_of, section
from .question import Choice, Key, Label, Question, Questionnaire, Scale, Score
from .reading import digest, read_yaml

_HERE = Path(__file__).parent


def questionnaire_folder(name: str = "household") -> Path:
    """Where a shipped questionnaire lies."""
    return _HERE / "questionnaires" / name


def province_folder(code: str = "51") -> Path:
    """Where a province's facts lie. PLAN-002 when the code is not a plain word (a path, for example)."""
    if not code.isalnum():
        raise refuse("PLAN-002", "--province", got=code, province=code)
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
    parts = [(question.name, question_digest(form, question, path)) for path, question in form.questions()]
    scales = {name: _content(scale, ()) for name, scale in form.scales.items()}
    return digest({"id": form.id, "questions": parts, "scales": scales})


def question_digest(form: Questionnaire, question: Question, path: tuple[str, ...]) -> str:
    """Digest of one question: wording, choices, order, its own condition and those around it, constraint and scoring.

    Only what differs from a field's default counts, so a later version of bdg may add fields without breaking a lock.
    """
    around = [(_plain(s.only_if), s.repeat) for s in form.around(path)]
    choices = [_content(c, ()) for c in form.choices(question)]
    return digest([path, around, _content(question, ("place", "changed", "source", "since")), choices])


def _content(record: Question | Scale | Score | Key | Choice, without: tuple[str, ...]) -> dict[str, Any]:
    values = {f.name: (getattr(record, f.name), f.default) for f in fields(record) if f.name not in without}
    return {name: _plain(value) for name, (value, default) in values.items() if value != default}


def _plain(value: object) -> Any:
    match value:
        case Label(vi, en):
            return [vi, en]
        case Score() | Key():
            return _content(value, ("law", "article", "read_on", "source"))
        case Compare() | Chose() | Not() | Both() | Either():
            return xpath(value)
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(v) for v in value]
        case _:
            return value
