"""One wave, tidy: the records that tidy.py makes and the rest of the room reads.

Imports the forms door (codebook), masks, numpy and pandas.  Knows no file, no frame of hamlets and no score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forms.codebook import Variable

from .masks import Texts, mask

OVERLAP, KEPT, FRESH = "overlap", "kept", "fresh"
WHY = ("answered", "not_asked", "dont_know", "refused", "missing")


@dataclass(frozen=True)
class Counts:
    """Where every drawn household and every submission of a wave went.

    contacts: result code -> households, by the last word on each household; no_form: main households without a form.
    """

    drawn: int
    main: int
    reserve: int
    submissions: int
    rejected: int
    interviewed: int
    no_consent: int
    not_interviewed: int
    reserve_used: int
    contacts: Mapping[str, int]


@dataclass(frozen=True)
class Tidy:
    """One wave, tidy.  people: a row a person in pseudonym order.  answers: raw texts by name, same order; days likewise.

    sampled: (wave, stratum, common PSU id) of every drawn hamlet, with or without an interview.
    instances: instance id by person, for the findings file only.
    households: every drawn household of the wave, interviewed or not (issued.households), nobody identifiable.
    """

    wave: int
    people: pd.DataFrame
    answers: Mapping[str, Texts]
    days: NDArray[np.object_]
    counts: Counts
    sampled: tuple[tuple[int, str, str], ...]
    instances: tuple[str, ...]
    households: pd.DataFrame = field(default_factory=pd.DataFrame)


def why_of(v: Variable, answers: Mapping[str, Texts], rows: int) -> Texts:
    """answered, dont_know, refused, not_asked or missing, for every row."""
    kinds = {c.code: c.why for c in v.choices if c.why}
    asked = np.ones(rows, dtype=bool) if v.asked_if is None else mask(v.asked_if, answers, rows)
    asked = asked & (not v.asked_raw)  # raw XPath is the engine's to decide: what is empty was not asked as far as we know
    given = zip(answers[v.name], asked, strict=True)
    found = [(kinds.get(t) or "answered") if t is not None else "missing" if a else "not_asked" for t, a in given]
    return np.array(found, dtype=object)
