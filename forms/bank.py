"""The item bank that forms share, and the switches that put a question into a form or leave it out.

Imports nodes, reading and the records of this room.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from os.path import normpath
from pathlib import Path
from typing import Any

from .errors import Problem, problem, refuse
from .nodes import Bank, choice_lists
from .question import Question, Section
from .reading import LINE, line, read_if_sound, said

_SHIPPED = Path(__file__).parent / "questionnaires"


def bank_folder(named: Path) -> Path:
    """Where a bank lies that a form names: there, or the shipped bank of that name."""
    return Path(normpath(named)) if named.is_dir() else _SHIPPED / named.name


def read_bank(folder: Path, problems: list[Problem]) -> Bank:
    """The item bank: lists.yaml and every other file, a list of questions under `items`.

    folder: as the form names it; where it does not exist, the shipped bank of that name (a form that a province copied out).
    Read again only when a file of it has changed: six forms share it.
    """
    folder = bank_folder(folder)
    files = ((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(folder.glob("*.yaml")))
    found, told = _read_once(folder, tuple(files))
    problems += told
    return found


@lru_cache(maxsize=4)
def _read_once(folder: Path, _files: tuple[tuple[str, int, int], ...]) -> tuple[Bank, tuple[Problem, ...]]:
    problems: list[Problem] = []
    return _read(folder, problems), tuple(problems)


def _read(folder: Path, problems: list[Problem]) -> Bank:
    if not (folder / "lists.yaml").exists():
        problems.append(problem("FORM-002", f"form.yaml (bank: {folder.name})", expected="lists.yaml", got=folder.name))
        return Bank(whole=False)
    items: dict[str, tuple[str, Any]] = {}
    files: dict[str, tuple[str, ...]] = {}
    whole = True
    for path in sorted(p for p in folder.glob("*.yaml") if p.name != "lists.yaml"):
        where = f"{folder.name}/{path.name}"
        node = read_if_sound(path, problems, where)
        if node is None:
            whole = False
            continue
        rows = node.get("items") if isinstance(node, dict) else None
        if not isinstance(rows, list) or any(not isinstance(r, dict) or "name" not in r for r in rows):
            problems.append(problem("FORM-023", f"{where}:1", expected="items: [{name: …}]", got=said(node)))
            whole = False
            continue
        for row in rows:
            if str(row["name"]) in items:
                problems.append(problem("FORM-012", f"{where}:{line(row)}", got=items[str(row["name"])][0], name=row["name"]))
            items[str(row["name"])] = (where, row)
        files[path.stem] = tuple(str(row["name"]) for row in rows)
    node = read_if_sound(folder / "lists.yaml", problems, f"{folder.name}/lists.yaml")
    lists = choice_lists(node, problems, f"{folder.name}/lists.yaml") if node is not None else {}
    return Bank(items, files, lists, whole)


def switches(folder: Path) -> tuple[str, ...]:
    """The switches that a form's folder has, without reading the rest of it; () where form.yaml is not as it should be."""
    head = read_if_sound(folder / "form.yaml", [])
    options = head.get("options") if isinstance(head, dict) else None
    return tuple(str(name) for name in options if name != LINE) if isinstance(options, dict) else ()


def switched(options: Mapping[str, bool], turned_on: Collection[str]) -> dict[str, bool]:
    """The switches of a form with those that the caller turns on. FORM-035 for one that the form does not have."""
    for name in turned_on:
        if name not in options:
            raise refuse("FORM-035", "--with", expected=", ".join(options) or "-", got=name, name=name)
    return {name: on or name in turned_on for name, on in options.items()}


def chosen(found: Section, options: Mapping[str, bool], problems: list[Problem]) -> Section | None:
    """The section with what its form's switches leave in; None when it is switched off itself."""
    items: list[Question | Section] = []
    for item in found.items:
        if item.option and item.option not in options:
            problems.append(
                problem("FORM-035", item.place, expected=", ".join(options) or "-", got=item.option, name=item.option)
            )
        below = chosen(item, options, problems) if isinstance(item, Section) else item
        if below is not None and options.get(item.option, True):
            items.append(below)
    if found.option and found.option not in options:
        problems.append(problem("FORM-035", found.place, expected=", ".join(options) or "-", got=found.option, name=found.option))
    return replace(found, items=tuple(items)) if options.get(found.option, True) else None
