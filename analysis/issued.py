"""The table of every drawn household of a wave, interviewed or not: what response rates and weights are made from.

Imports sampling (frame, lineage, sample), weighting.outcomes and pandas.  Sees result codes, the roster's sex and age of
the selected person and the frame's classes of the hamlet; nothing that names a person or a place, no free text, no date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
import pandas as pd

from .sampling.frame import Frame
from .sampling.lineage import BASE_CLASSES, Zones, classes
from .sampling.sample import Drawn
from .weighting.outcomes import NO_FORM, NO_RESULT, disposition

Place = tuple[str, str]
Key = tuple[int, str, str]
COLUMNS = (
    "wave", "stratum", "psu", "ssu", "status", "reserve_order", "p_psu", "p_household", "certainty", *BASE_CLASSES,
    "psu_households", "issued", "result", "disposition", "n_eligible", "sex", "age", "person", "replaces",
)  # fmt: skip


@dataclass(frozen=True)
class Heard:
    """The last word on a household, as texts of the form.  person: pseudonym of the interview, None when there is none."""

    result: str | None
    n_eligible: str | None
    sex: str | None
    age: str | None
    person: str | None


class Around(Protocol):
    """What must be known around a wave: tidy.Setting has it."""

    @property
    def wave(self) -> int:
        """The wave."""

    @property
    def frame(self) -> Frame:
        """The hamlets and their links."""

    @property
    def sample(self) -> tuple[Drawn, ...]:
        """The drawn households of all waves."""

    @property
    def khu_vuc(self) -> Mapping[str, str]:
        """Commune -> official value where the frame has none."""

    @property
    def dtts(self) -> Mapping[str, str]:
        """Commune -> official value where the frame has none."""

    @property
    def days(self) -> Mapping[int, date]:
        """A day of each wave's fieldwork, where it is known."""

    @property
    def replaces(self) -> Mapping[Key, Key]:
        """Released reserve -> first main household (releases.csv)."""


def households(around: Around, common: Mapping[tuple[int, str], str], heard: Mapping[Place, Heard]) -> pd.DataFrame:
    """A row a drawn household of the wave, in the order of sample.csv; columns COLUMNS, then the classes of each wave Y.

    common: (wave, psu) -> id across waves; heard: (psu, ssu) -> last word.  issued: a main household, or a reserve that was
    released or of which a form came.  n_eligible, age: numbers, NaN where no roster was made.  STAT-090 an unknown result.
    """
    drawn = [d for d in around.sample if d.wave == around.wave]
    said = [heard.get((d.psu, d.ssu)) for d in drawn]
    first = [around.replaces.get(d.key) for d in drawn]
    issued = [d.status == "main" or h is not None or r is not None for d, h, r in zip(drawn, said, first, strict=True)]
    result = [NO_FORM if h is None else h.result or NO_RESULT for h in said]
    person = [h.person if h else None for h in said]
    found = [
        disposition(code, interviewed=p is not None, place=str(around.wave)) if i else ""
        for code, p, i in zip(result, person, issued, strict=True)
    ]
    rows = {
        "wave": [d.wave for d in drawn],
        "stratum": [d.stratum for d in drawn],
        "psu": [common[d.wave, d.psu] for d in drawn],
        "ssu": [d.ssu for d in drawn],
        "status": [d.status for d in drawn],
        "reserve_order": np.array([np.nan if d.reserve_order is None else d.reserve_order for d in drawn]),
        "p_psu": [d.p_psu for d in drawn],
        "p_household": [d.p_household for d in drawn],
        "certainty": [d.certainty for d in drawn],
        **_classes(around, drawn),
        "issued": issued,
        "result": result,
        "disposition": found,
        "n_eligible": _numbers([h.n_eligible if h else None for h in said]),
        "sex": np.array([h.sex if h else None for h in said], dtype=object),
        "age": _numbers([h.age if h else None for h in said]),
        "person": np.array(person, dtype=object),
        "replaces": ["" if r is None else r[2] for r in first],
    }
    named = [*COLUMNS, *(c for c in rows if c not in COLUMNS)]
    return pd.DataFrame({name: rows[name] for name in named})


def _classes(around: Around, drawn: Sequence[Drawn]) -> dict[str, np.ndarray]:
    """The hamlet's classes, those that tidy gives to people, and its number of households in the frame."""
    found = classes(around.frame, around.sample, around.wave, around.days, Zones(around.khu_vuc, around.dtts))
    size = {h.psu: float(h.households) for h in around.frame.hamlets}
    names = [name for name in next(iter(found.values())) if name != "commune"]
    table = {name: np.array([found[d.psu][name] for d in drawn], dtype=object) for name in names}
    return table | {"psu_households": np.array([size[d.psu] for d in drawn])}


def _numbers(texts: Sequence[str | None]) -> np.ndarray:
    """Whole numbers as floats, NaN for anything else."""
    return np.array([float(t) if t and t.isdigit() else np.nan for t in texts])
