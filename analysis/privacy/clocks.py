"""The legal clocks of a respondent's request and the life of a contact sheet: dated, sourced facts of clocks.yaml.

Imports the forms doors (reading, errors) and the standard library.  Knows no round and no person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from forms.errors import refuse
from forms.question import Label

FILE = Path(__file__).with_name("clocks.yaml")
_SATURDAY = 5


@dataclass(frozen=True)
class Right:
    """What a person may ask for.  days: calendar days to do it; extension: days that may be added once, None not known.

    processor: days in all when another body that holds the data must act too, None not known.
    """

    name: str
    days: int
    extension: int | None
    processor: int | None
    label: Label


@dataclass(frozen=True)
class Clocks:
    """All of clocks.yaml.  acknowledge: working days; warn: days before a date; sheet_days: life of a contact sheet after the
    last day of fieldwork; document: the acts and where they were read; checked: who compared them with the gazette, '' nobody.
    """

    acknowledge: int
    rights: Mapping[str, Right]
    warn: int
    sheet_days: int
    document: str
    checked: str

    def right(self, name: str) -> Right:
        """A right by its name.  DATA-144 when there is none."""
        if name not in self.rights:
            raise refuse("DATA-144", "--right", expected=" | ".join(self.rights), got=name, what=name)
        return self.rights[name]

    def acknowledge_by(self, received: date) -> date:
        """The last day to tell the person that the request came in."""
        return working_days(received, self.acknowledge)

    def finish_by(self, right: str, received: date, *, extended: bool = False) -> date:
        """The last day to have it done.  DATA-144 when an extension is asked for that is not known."""
        told = self.right(right)
        if extended and told.extension is None:
            raise refuse("DATA-144", "clocks.yaml", expected=f"rights: {right}: extension", got="null", what=right)
        return received + timedelta(days=told.days + (told.extension or 0 if extended else 0))


def working_days(start: date, days: int) -> date:
    """The day that lies so many Mondays to Fridays after a day; no public holiday is left out, so it is never too late."""
    at, left = start, days
    while left:
        at += timedelta(days=1)
        left -= at.weekday() < _SATURDAY
    return at


@cache
def clocks() -> Clocks:
    """The facts that ship with the program."""
    told: Any = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    rights = {
        name: Right(name, r["days"], r["extension"], r["processor"], Label(**r["label"])) for name, r in told["rights"].items()
    }
    document = f"{told['document']['law']}; {told['document']['decree']}"
    return Clocks(
        told["acknowledge"]["days"], rights, told["warn"]["days"], told["contact_sheet"]["days"], document,
        str(told["document"]["checked"] or ""),
    )  # fmt: skip
