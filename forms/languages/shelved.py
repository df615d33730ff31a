"""Where an imported translation goes: texts of the item bank beside the bank, for every form; the form's own beside the form.

Imports bank, store and texts; writes translations/<code>.csv, all of them or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from os.path import normpath
from pathlib import Path
from typing import Any

from ..bank import read_bank, switches
from ..folder import whole
from ..load import load_questionnaire
from ..nodes import Bank
from ..question import Questionnaire
from ..reading import read_yaml
from .store import FOLDER, Row, file_of, read_rows

_NODE = {"label": "ask", "hint": "hint", "rule": "must_message"}


def all_of(folder: Path) -> Questionnaire:
    """A form with every switch on: what a translator gets is all that it may ever ask."""
    return load_questionnaire(folder, switches(folder))


def save(folder: Path, code: str, rows: Iterable[Row]) -> tuple[Path, ...]:
    """Put rows into the files of a language; what stands there of other texts stays."""
    named = read_yaml(folder / "form.yaml").get("bank")
    near = Path(normpath(folder / str(named))) if named else None
    bank = read_bank(near, []) if near and near.is_dir() else Bank()
    shelves: dict[Path, dict[str, Row]] = {}
    for row in rows:
        shelf = (near if near and _of_bank(row, bank) else folder) / FOLDER
        shelves.setdefault(shelf, read_rows(shelf / f"{code}.csv"))[row.key] = row
    with ExitStack() as all_or_none:
        for shelf, found in shelves.items():
            work = all_or_none.enter_context(whole(shelf))
            (work / f"{code}.csv").write_bytes(file_of(found.values()))
    return tuple(shelf / f"{code}.csv" for shelf in shelves)


def _of_bank(row: Row, bank: Bank) -> bool:
    """Whether the bank says this text, so that a form that words a hint its own way keeps its translation to itself."""
    first, _, rest = row.key.partition(".")
    if first == "shared":
        return bool(bank.items or bank.lists)
    if first == "list":
        return rest.partition(".")[0] in bank.lists
    if first not in bank.items:
        return False
    node: Mapping[str, Any] = bank.items[first][1]
    said = node.get(_NODE.get(rest, ""))
    return rest == "range" or (isinstance(said, dict) and str(said.get("vi", "")).strip() == row.source)
