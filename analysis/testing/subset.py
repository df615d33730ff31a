"""The people a request is about: columns asked for once, the condition as a mask, degrees of freedom by the design's rule.

Imports numpy, persons and design.  R: `subset(design, ...)`: people outside stay in the design with influence 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..asked import text
from ..backends import Data
from ..design import Design
from ..persons import Mask, Persons, persons
from ..status import NO_ANSWER, NO_DF, NO_VARIANCE, NOBODY, ONE_PSU


@dataclass(frozen=True, eq=False)
class Subset:
    """Everybody of the waves asked for; inside: (n,) those whom the condition holds for; narrowed: it left some out."""

    people: Persons
    inside: Mask
    narrowed: bool

    def degrees(self, answered: Mask) -> float:
        """Degrees of freedom: rule design = PSUs minus strata drawn, of the subset if there is one (R: `degf`).

        Rule domain = PSUs minus strata that hold an answer.
        """
        if self.people.design.df_rule == "domain":
            return self.people.degrees(answered)
        return self.people.degrees(self.inside if self.narrowed else None)

    def degrees_answering(self, answered: Mask) -> float:
        """The same of those who answered, under either rule: R drops the others from the design of a model."""
        return self.people.degrees(None if answered.all() else answered)

    def psus(self, mask: Mask) -> int:
        """Sampled PSUs that hold somebody of the mask, over all waves; -1 with replicate weights, which do not show them."""
        if self.people.repweights is not None:
            return -1
        seen: set[str] = set()
        for wave, units in self.people.units.items():
            at = np.unique(self.people.unit[(self.people.wave == wave) & mask])
            psu = at if units.parent is None else np.unique(units.parent[at])
            seen |= {units.psu[i] for i in psu.tolist()}
        return len(seen)

    def levels(self, name: str, mask: Mask) -> tuple[tuple[str, ...], NDArray[np.intp]]:
        """The codes of a column among the people of the mask and each person's number in them, -1 outside.

        A numeric column in order of its numbers, a text column in order of its letters (R in the C locale).
        """
        text = self.people.text(name)
        known = mask & np.array([t is not None for t in text.tolist()], dtype=np.bool_)
        found = set(text[known].tolist())
        numeric = self.people.columns[name].dtype == np.float64
        codes = tuple(sorted(found, key=float) if numeric else sorted(found))
        at = {code: i for i, code in enumerate(codes)}
        return codes, np.array([at[t] if k else -1 for t, k in zip(text.tolist(), known.tolist(), strict=True)], dtype=np.intp)

    def silence(self) -> str:
        """Why nobody answered: the condition holds for nobody, or for people without an answer."""
        return NO_ANSWER if self.inside.any() else NOBODY


def subset(
    data: Data, design: Design, columns: Sequence[str], where: Mapping[str, Any] | None, waves: Sequence[int] = ()
) -> Subset:
    """Ask the source for these columns and those of the condition; one pass.

    where: column -> code.  A condition on the design's wave asks for that wave only, with the lonely rule of levels;
    waves: the same for several, () is all.
    Raises BdgError as `persons` does (STAT-002 a column is absent, STAT-003 to STAT-005, STAT-010, STAT-012).
    """
    asked = {name: text(code) for name, code in (where or {}).items()}
    if design.wave in asked and asked[design.wave].lstrip("-").isdigit():
        waves = (int(asked.pop(design.wave)),)
    people = persons(data, design, (*columns, *asked), tuple(waves))
    inside = np.ones(len(people.weight), dtype=np.bool_)
    for name, code in asked.items():
        inside &= people.text(name) == code
    return Subset(people, inside, bool(asked))


def obstacle(df: float, se: float, size: float, psus: Sequence[int]) -> str:
    """Why an estimate has no usable standard error, '' when it has.  psus: of each group compared, -1 unknown."""
    if any(count in (0, 1) for count in psus):
        return ONE_PSU
    if not df >= 1:
        return NO_DF
    return NO_VARIANCE if not se > 1e-12 * size else ""
