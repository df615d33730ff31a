"""The codebook of any XLSForm, whoever wrote it: what its export may hold, taken as it stands and never made ours.

Imports codebook, question and importing.grid.  Tolerant: a type that nobody knows here is text, a list that lies in a file has
no codes.  Decides nothing about relevance: an empty answer counts as not asked where the form gives a condition.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from .codebook import Codebook, ColumnType, Variable
from .errors import Problem, refuse
from .importing.grid import Grid, Row, read_grid
from .question import Choice, Label

_TYPES: Mapping[str, ColumnType] = {
    "select_one": "code", "select_multiple": "codes", "select_one_from_file": "code", "select_multiple_from_file": "codes",
    "select_one_external": "code", "select1": "code", "select": "codes", "integer": "integer", "int": "integer",
    "decimal": "decimal", "range": "decimal", "calculate": "calculated", "hidden": "calculated",
    "acknowledge": "code", "trigger": "code",
}  # fmt: skip
_SILENT = frozenset({
    "note", "audit", "csv-external", "xml-external", "background-audio", "background-geopoint", "osm", "file", "image", "photo",
    "audio", "video", "end",
})  # fmt: skip
_PERSONAL = frozenset({
    "text", "string", "geopoint", "geotrace", "geoshape", "start-geopoint", "deviceid", "phonenumber", "phone number", "username",
    "email", "subscriberid", "simserial", "barcode", "start",
})  # fmt: skip
"""Types whose answers may tell who somebody is: never tabulated, never in the data file."""


def foreign_codebook(path: Path) -> Codebook:
    """The codebook of an XLSForm.  FORM-079 when the file is none; FORM-124 when no question of it can hold an answer."""
    passed_over: list[Problem] = []
    grid = read_grid(path, passed_over)
    lists = _lists(grid)
    variables = tuple(_variables(grid, lists))
    if not variables:
        raise refuse("FORM-124", path.name, expected="select_one, integer, text …", got=f"{len(grid.survey)} dòng / rows")
    form_id = grid.settings.get("form_id") or path.stem
    title = grid.settings.get("form_title") or form_id
    digest = hashlib.sha256(repr([(v.path, v.type, v.codes) for v in variables]).encode()).hexdigest()
    return Codebook(form_id, Label(title, title), grid.settings.get("version"), digest, variables, {})


def _lists(grid: Grid) -> dict[str, list[Choice]]:
    found: dict[str, list[Choice]] = {}
    for row in grid.choices:
        if row.get("name"):
            found.setdefault(row.get("list_name"), []).append(Choice(row.get("name"), _label(row, row.get("name"))))
    return found


def _variables(grid: Grid, lists: Mapping[str, list[Choice]]) -> Iterator[Variable]:
    open_: list[tuple[str, bool, bool]] = []
    for row in grid.survey:
        words = (
            row.get("type").replace("_", " ", 1).split() if row.get("type").lower().startswith(("begin", "end ", "end_")) else ()
        )
        if words and words[0].lower() == "begin":
            open_.append((row.get("name"), words[-1].lower() == "repeat", bool(row.get("relevant"))))
        elif words and words[0].lower() == "end" and len(words) > 1:
            open_ = open_[:-1]
        elif row.get("name"):
            yield from _one(row, open_, lists)


def _one(row: Row, open_: list[tuple[str, bool, bool]], lists: Mapping[str, list[Choice]]) -> Iterator[Variable]:
    words = row.get("type").split()
    kind, listing = _kind(words)
    if kind in _SILENT or not kind:
        return
    names = [name for name, _, _ in open_ if name]
    repeat = next(("/".join(names[: i + 1]) for i, (_, again, _) in enumerate(open_) if again), "")
    asked = "relevant" if row.get("relevant") or any(cond for _, _, cond in open_) else ""
    choices = tuple(lists.get(listing, ())) if _TYPES.get(kind) in ("code", "codes") else ()
    if kind in ("acknowledge", "trigger"):
        choices = (Choice("OK", Label("OK", "OK")),)
    other = "or_other" in words or "or other" in row.get("type")
    if other and choices and all(c.code != "other" for c in choices):
        choices = (*choices, Choice("other", Label("Khác", "Other")))
    personal = kind in _PERSONAL
    path = "/".join((*names, row.get("name")))
    label = _label(row, row.get("name"))
    yield _variable(row.get("name"), path, _TYPES.get(kind, "text"), label, choices, repeat, asked, private=personal)
    if other:
        yield _variable(f"{row.get('name')}_other", f"{path}_other", "text", label, (), repeat, "relevant", private=True)


def _kind(words: list[str]) -> tuple[str, str]:
    """(type, list) of a type cell: «select one from x», «select_multiple x or_other», «rank x»."""
    if not words:
        return "", ""
    head, rest = words[0].lower(), words[1:]
    if head == "select" and rest and rest[0].lower() in ("one", "multiple"):
        head, rest = f"select_{rest[0].lower()}", rest[1:]
        rest = rest[1:] if rest and rest[0].lower() == "from" else rest
    if head in ("phone", "begin", "end") and rest:
        head = f"{head} {rest[0].lower()}"
    return head, rest[0] if rest else ""


def _variable(
    name: str, path: str, kind: ColumnType, label: Label, choices: tuple[Choice, ...], repeat: str, asked: str, *, private: bool
) -> Variable:
    return Variable(
        name=name, path=path, type=kind, label=label, choices=choices, asked_if=None, required=False, private=private, scale=None,
        key=(), reverse=False, field=None, repeat=repeat, changed={}, asked_raw=asked,
    )  # fmt: skip


def _label(row: Row, otherwise: str) -> Label:
    """Vietnamese and English where they are there, else whatever language the form speaks."""
    said = {language.lower(): cell.text for (column, language), cell in row.texts.items() if column == "label"}
    first = next(iter(said.values()), otherwise)
    return Label(_of(said, ("vi", "vietnam", "việt")) or first, _of(said, ("en", "english")) or first)


def _of(said: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((text for language, text in said.items() if any(language == n or n in language for n in names)), "")
