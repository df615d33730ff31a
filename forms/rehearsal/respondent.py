"""Whoever answers, as an interview meets them: a record of what they would say.

Imports media (the household) only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from ..media import Household

Point = tuple[float, float]
"""Latitude and longitude in degrees."""


@dataclass(frozen=True)
class Respondent:
    """One record to be filled in: name of question -> answers tried in order (the last one is accepted).

    household: of a sampled household, None of anybody else.  rosters: the same for questions of a repeat, one entry a row.
    name: what makes its id, the household's key when empty.  pace: its time as a multiple of the usual one.
    late: whole days between the interview and its arrival on the server.
    """

    household: Household | None
    day: date
    begins: datetime
    answers: Mapping[str, Sequence[str]]
    rosters: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    name: str = ""
    pace: float = 1.0
    late: int = 0

    @property
    def key(self) -> str:
        """What its id is made of."""
        return self.name or (self.household.key if self.household else "")

    def tries(self, question: str, repeat: int) -> Sequence[str]:
        """The answers to try at a question; rows of a roster begin again where there are more rows than were thought of."""
        rows = self.rosters.get(question)
        return rows[(repeat - 1) % len(rows)] if rows else self.answers.get(question, ())
