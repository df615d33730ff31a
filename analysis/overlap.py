"""What two waves share: PSUs, strata and, where the ids are there, persons; the report beside every change.

Imports the waist and numbering.  PSU ids must already be the common ones: `frame.link` applies psu_links.csv, in which a
merged, split, moved or renamed hamlet keeps one id and a dissolved one has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forms.errors import refuse

from .backends import Data, source
from .design import Design
from .persons import persons
from .units import Units

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Stratum:
    """The sampled PSUs of one stratum (of the later wave's name, '' = all) in two waves.

    base, now: PSUs drawn.  common: drawn in both, in this stratum in both waves.  came, left: common PSUs that were in another
    stratum before, or are in another one now.
    """

    stratum: str
    base: int
    now: int
    common: int
    came: int
    left: int

    @property
    def kept(self) -> float | None:
        """Share of the later wave's PSUs that the earlier wave had too; None without PSUs."""
        return (self.common + self.came) / self.now if self.now else None


@dataclass(frozen=True)
class Overlap:
    """Two waves' overlap by stratum and in all.  persons: how many ids answered in both, None when no id column was named."""

    base: int
    now: int
    strata: tuple[Stratum, ...]
    whole: Stratum
    persons: int | None
    people: tuple[int, int]

    @property
    def frame(self) -> pd.DataFrame:
        """A row a stratum, the last one for all."""
        import pandas as pd

        rows = [*self.strata, self.whole]
        made = {name: [getattr(r, name) for r in rows] for name in ("stratum", "base", "now", "common", "came", "left", "kept")}
        return pd.DataFrame(made)

    def _repr_html_(self) -> str:
        return str(self.frame.to_html(index=False, na_rep="-", float_format=lambda v: f"{v:.0%}"))


def overlap(data: Data, design: Design, *, base: int, wave: int, person: str | None = None) -> Overlap:
    """The overlap of two waves of a design.

    person: a column that names the same person in both waves (a panel), None when persons are drawn anew.  BdgError as the
    source, STAT-008 a wave is not there.
    """
    people = persons(source(data, design), design, (person,) if person else (), (base, wave))
    for t in (base, wave):
        if t not in people.units:
            raise refuse("STAT-008", expected=", ".join(map(str, people.units)), got=t, wave=t)
    one, two = people.units.get(base), people.units.get(wave)
    first, second = _home(one), _home(two)
    names = sorted({*first.values(), *second.values()})
    strata = tuple(_stratum(name, first, second) for name in names)
    whole = Stratum(
        "", len(first), len(second), len(first.keys() & second.keys()) - sum(s.came for s in strata),
        sum(s.came for s in strata), sum(s.left for s in strata),
    )  # fmt: skip
    both = None
    if person:
        ids = people.text(person)
        seen = [{v for v in ids[people.wave == t].tolist() if v is not None} for t in (base, wave)]
        both = len(seen[0] & seen[1])
    sizes = tuple(int(np.sum(people.wave == t)) for t in (base, wave))
    return Overlap(base, wave, strata, whole, both, (sizes[0], sizes[1]))


def _home(units: Units | None) -> Mapping[str, str]:
    return {} if units is None else dict(zip(units.psu, units.stratum, strict=True))


def _stratum(name: str, first: Mapping[str, str], second: Mapping[str, str]) -> Stratum:
    base = {p for p, h in first.items() if h == name}
    now = {p for p, h in second.items() if h == name}
    return Stratum(
        name, len(base), len(now), len(base & now), len((now - base) & first.keys()), len((base - now) & second.keys())
    )  # fmt: skip
