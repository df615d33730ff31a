"""The sample as an ODK Entity list: what the form declares, and the files that fill the list on ODK Central.

Imports media and the records of this room.  An entity is a household of the sample: numbers of the design, its last result and
how often it was visited; never an answer, never a person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from .media import HOUSEHOLD, Household, csv_bytes, household_row
from .question import Question, Questionnaire

LIST: Final = "households"
FILE: Final = f"{LIST}.csv"
UUID_FIELD: Final = "household_uuid"
SAVED: Final = {"result": "last_result", "visit": "visits"}
"""Question -> the property of the entity that a submission updates."""
PROPERTIES: Final = tuple(name for name in HOUSEHOLD if name not in ("name", "label"))


def chooser(form: Questionnaire) -> Question | None:
    """The question that picks a household of the sample; None when the form has none, and then no entity list either."""
    return next((q for _, q in form.questions() if q.file == FILE), None)


def saved(form: Questionnaire) -> dict[str, str]:
    """Question -> property, of the questions that this form has."""
    names = {q.name for _, q in form.questions()}
    return {name: to for name, to in SAVED.items() if name in names}


def uuid_of(key: str) -> str:
    """The entity's id: in the shape of a random UUID (version 4), made from the household's key, so the same on every run."""
    return str(UUID(bytes=hashlib.sha256(f"bdg {LIST} {key}".encode()).digest()[:16], version=4))


def entity_files(households: Sequence[Household], looked_up: Sequence[str] | None = None) -> dict[str, bytes]:
    """What fills the list on Central.

    households_entities.json: the body of POST /v1/projects/…/datasets/households/entities (id, label, properties; text only).
    households_entities.csv: label and properties, for the page «Upload» (Central then makes the ids itself).
    households_list.json: the list's name and properties, which must exist first (POST …/datasets, …/properties).
    looked_up: columns the form reads, as in `media.lists`; None = all.
    """
    names = [n for n in PROPERTIES if looked_up is None or n in ("key", "psu") or n in looked_up]
    rows = [household_row(h) for h in households]
    bulk = {
        "entities": [
            {"uuid": uuid_of(row["key"]), "label": row["label"], "data": {n: row[n] for n in names if row[n]}} for row in rows
        ],
        "source": {"name": FILE},
    }
    return {
        f"{LIST}_entities.json": _json(bulk),
        f"{LIST}_entities.csv": csv_bytes(("label", *names), [(row["label"], *(row[n] for n in names)) for row in rows]),
        f"{LIST}_list.json": _json({"name": LIST, "properties": [*names, *SAVED.values()]}),
    }


def served(households: Sequence[Household], state: Mapping[str, tuple[int, str, str]] | None = None) -> bytes:
    """households.csv as Central serves the list to a phone: name = the entity's id, its version, its properties.

    state: key -> (version, last result, visits) after earlier submissions; version 1 and nothing otherwise.  For rehearsals.
    """
    found = []
    for row in map(household_row, households):
        version, result, visits = (state or {}).get(row["key"], (1, "", ""))
        cells = (uuid_of(row["key"]), row["label"], str(version), *(row[n] for n in PROPERTIES), result, visits)
        found.append(cells)
    return csv_bytes(("name", "label", "__version", *PROPERTIES, *SAVED.values()), found)


def _json(document: object) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
