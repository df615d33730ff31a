"""Whoever fills in a form that is not about sampled households: officials, enterprises, agencies, units, conventions.

Everything comes from the seed, the form and the number of the record, so the same record is the same on any machine, in any
order.  Standard library, the codebook and the models only; nobody real is behind any record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random

from ..codebook import Codebook
from .latent import read_model, scored
from .model import FormModel, Moment, answer, habit
from .respondent import Respondent

Row = Mapping[str, str]


class Respondents:
    """The records of one wave of one form."""

    def __init__(
        self, book: Codebook, model: FormModel, wave: int, seed: int, window: tuple[date, date],
        rows: Sequence[Row] = (), computed: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        """rows: of the list file whose rows report one by one; computed: questions whose answer is the sum of others."""
        self._book, self._model, self._wave, self._seed, self._window = book, model, wave, seed, window
        self._rows = rows
        asked = [v for v in book.variables if v.name not in computed and v.type != "calculated"]
        self._habits = tuple((v.name, habit(model, v)) for v in asked)
        self._people = read_model()
        self._scored = tuple((scale, book.items(scale)) for scale in ("K", "A", "V"))

    def key(self, number: int) -> str:
        """What the id of record `number` is made of."""
        return f"{self._book.form_id}|{self._wave}|{number}"

    def respondent(self, number: int) -> Respondent:
        """Record `number`, from 0 on."""
        rng = Random(f"{self._seed}|{self._wave}|{self._book.form_id}|{number}")  # noqa: S311  synthetic people need a seed
        first, last = self._window
        day = first + timedelta(days=rng.randrange((last - first).days + 1))
        begins = datetime(day.year, day.month, day.day, rng.randint(7, 20), rng.randint(0, 59), rng.randint(0, 59))  # noqa: DTZ001  local time
        now = Moment(self._wave, day, number + 1, float(self._people["field"]["slip"]))
        found: dict[str, Sequence[str]] = self._latent(rng, day)
        for name, own in self._habits:
            if name not in found and (tries := answer(own, rng, now, found)):
                found[name] = tries
        if self._rows:
            row = self._rows[number % len(self._rows)]
            found |= {name: [row[name]] for name in row if name in {v.name for v in self._book.variables}}
            found[self._model.one_each] = [row["name"]]
        pace = float(rng.lognormvariate(0, float(self._people["interviewers"]["pace_sd"])))
        return Respondent(None, day, begins, found, name=self.key(number), pace=pace)

    def _latent(self, rng: Random, day: date) -> dict[str, Sequence[str]]:
        """Scored items from one latent awareness, as people of households answer them."""
        theta = float(self._model.level.get(str(self._wave), 0.0)) + rng.gauss(0, float(self._people["sd"]["person"]))
        return {
            item.name: [scored(self._people, rng, item, theta, number, len(items), day)]
            for _, items in self._scored for number, item in enumerate(items)
        }  # fmt: skip
