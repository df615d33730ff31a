"""A questionnaire's folder -> Questionnaire.

Imports the records of this room, reading (YAML), nodes (YAML nodes -> records) and check.  Never numpy, never data.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from .bank import chosen, read_bank, switched
from .check import EVERY, mistakes
from .digests import questionnaire_digest, wordings
from .errors import BdgError, Problem, problem, refuse
from .evidence import untested
from .nodes import Bank, choice_lists, head_of, section
from .question import Label, Questionnaire
from .reading import LINE, read_if_sound

_HERE = Path(__file__).parent
_NAMED = re.compile(r"\b(?:name|use|section):\s*[\"']?([^\s\"',}]+)")
_LISTED = re.compile(r"(?m)^([^\s#:]+):")


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
    BdgError with every problem of the folder at once, in all files; what can be cross-checked of the rest is told with them.
    """
    problems: list[Problem] = []
    form, lost = read_questionnaire(folder, problems, turned_on)
    if problems:
        raise BdgError(dict.fromkeys([*problems, *mistakes(form, lost)]))
    return form


def read_questionnaire(
    folder: Path, problems: list[Problem], turned_on: Collection[str] = ()
) -> tuple[Questionnaire, frozenset[str]]:
    """As much of a questionnaire as can be read, and the names of what could not; every problem is added to `problems`."""
    if not (folder / "form.yaml").exists():
        raise refuse("FORM-002", folder.name, expected="form.yaml", got=", ".join(sorted(p.name for p in folder.glob("*"))[:5]))
    head = read_if_sound(folder / "form.yaml", problems)
    form = head_of(head, problems) if head is not None else None
    banked = _bank_of(folder, head)
    bank = read_bank(banked, problems) if banked else Bank()
    lists = _lists(folder, bank, problems)
    paths = sorted(folder.glob("[0-9]*.yaml"))
    nodes = [(path, read_if_sound(path, problems)) for path in paths]
    sections = [section(node, path.name, problems, bank) for path, node in nodes if node is not None]
    found = form or Questionnaire("?", Label("?", "?"), "?", (), {}, {})
    options = switched(found.options, turned_on) if form else {}
    every = tuple(s for s in sections if s)
    kept = tuple(s for s in (chosen(s, options, problems) if form else s for s in every) if s)
    found = replace(found, lists=lists, sections=kept, options=options)
    draft = _draft(folder, found, problems)
    if problems:
        return found, frozenset(_lost(folder, banked, form, problems))
    digest = questionnaire_digest(replace(found, sections=every))  # of the questionnaire, whatever switches a form was built with
    return replace(found, digest=digest, draft=draft), frozenset()


def _bank_of(folder: Path, head: Any) -> Path | None:
    """The folder of the bank as form.yaml names it, also where form.yaml has another mistake."""
    name = head.get("bank") if isinstance(head, dict) else None
    if head is None and (said := re.search(r"(?m)^bank:\s*[\"']?([^\s\"'#]+)", _raw(folder / "form.yaml"))):
        name = said.group(1)
    return folder / name if isinstance(name, str) else None


def _lists(folder: Path, bank: Bank, problems: list[Problem]) -> dict[str, Any]:
    path = folder / "lists.yaml"
    node = read_if_sound(path, problems) if not bank.lists or path.exists() else {LINE: 1}
    own = choice_lists(node or {LINE: 1}, problems) if node is not None else {}
    problems += [problem("FORM-004", f"lists.yaml ({name})", got=name, name=name) for name in own if name in bank.lists]
    return {**bank.lists, **own}


def _draft(folder: Path, form: Questionnaire, problems: list[Problem]) -> tuple[str, ...]:
    try:
        return untested(folder / "evidence" / "cognitive.csv", wordings(form))
    except BdgError as error:
        problems += error.problems
        return ()


def _lost(folder: Path, bank: Path | None, form: Questionnaire | None, problems: list[Problem]) -> Iterator[str]:
    """What stands in the files by their raw text: a question that cannot be read is no reason to complain of who refers to it."""
    if form is None:
        yield EVERY
    for path in (*folder.glob("*.yaml"), *(bank.glob("*.yaml") if bank else ())):
        yield from _NAMED.findall(_raw(path))
    broken = {p.place.partition(":")[0] for p in problems}
    for path in (folder / "lists.yaml", *((bank / "lists.yaml",) if bank else ())):
        if path.name in {Path(name).name for name in broken}:
            yield from _LISTED.findall(_raw(path))
    if {"form.yaml", "lists.yaml"} & broken or (bank and any(name.startswith(bank.name) for name in broken)):
        yield EVERY


def _raw(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").replace("\0", "")
    except OSError:
        return ""
