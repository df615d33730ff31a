"""A questionnaire's folder -> Questionnaire.

Imports the records of this room, reading (YAML) and nodes (YAML nodes -> records).  Never numpy, never data.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from .bank import chosen, read_bank, switched
from .digests import questionnaire_digest, wordings
from .errors import BdgError, Problem, problem, refuse
from .evidence import untested
from .nodes import Bank, choice_lists, head_of, section
from .question import Questionnaire
from .reading import read_yaml

_HERE = Path(__file__).parent


def questionnaire_folder(name: str = "household") -> Path:
    """Where a shipped questionnaire lies."""
    return _HERE / "questionnaires" / name


def province_folder(code: str = "51") -> Path:
    """Where a province's facts lie. PLAN-002 when the code is not a plain word (a path, for example)."""
    if not code.isalnum():
        raise refuse("PLAN-002", "--province", got=code, province=code)
    return _HERE / "provinces" / code


def load_questionnaire(folder: Path, turned_on: Collection[str] = ()) -> Questionnaire:
    """Read form.yaml, lists.yaml and the section files of a folder in name order, with what they use of the item bank.

    turned_on: switches of form.yaml (options) to be on besides those that are on there; FORM-035 when it has no such switch.
    BdgError with every problem of the folder at once; cross-checks are check.py's.
    """
    if not (folder / "form.yaml").exists():
        raise refuse("FORM-002", folder.name, expected="form.yaml", got=", ".join(sorted(p.name for p in folder.glob("*"))[:5]))
    problems: list[Problem] = []
    head = read_yaml(folder / "form.yaml")
    form = head_of(head, problems)
    bank = read_bank(folder / str(head["bank"]), problems) if isinstance(head, dict) and head.get("bank") else Bank()
    own = choice_lists(read_yaml(folder / "lists.yaml"), problems) if not bank.lists or (folder / "lists.yaml").exists() else {}
    problems += [problem("FORM-004", f"lists.yaml ({name})", got=name, name=name) for name in own if name in bank.lists]
    sections = [section(read_yaml(path), path.name, problems, bank) for path in sorted(folder.glob("[0-9]*.yaml"))]
    if problems or form is None:
        raise BdgError(problems)
    options = switched(form.options, turned_on)
    kept = tuple(s for s in (chosen(s, options, problems) for s in sections if s) if s)
    if problems:
        raise BdgError(problems)
    form = replace(form, lists={**bank.lists, **own}, sections=kept, options=options)
    return replace(form, digest=questionnaire_digest(form), draft=untested(folder / "evidence" / "cognitive.csv", wordings(form)))
