"""How the sample was drawn, declared once: names of columns and the choices that change an answer.

Standard library only.  Never holds data, never sees a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

LonelyRule = Literal["fail", "certainty", "average", "adjust"]
DfRule = Literal["domain", "design"]
Place = tuple[int, str, str]


@dataclass(frozen=True)
class Lonely:
    """What a stratum with one sampled PSU adds to the variance; no default, the plan must say.

    level: rule for one wave's estimates; change: rule for changes between waves.
    fail: stop and name the stratum.  certainty: adds nothing.  average: the other strata's mean.
    adjust: the PSU's own score, uncentred.  As `options(survey.lonely.psu=)` of R survey 4.1.
    """

    level: LonelyRule
    change: LonelyRule


@dataclass(frozen=True)
class Design:
    """A stratified design whose first-stage units count as drawn with replacement.

    strata, psu, weight, wave, ssu: column names of the microdata.
    df_rule: domain = PSUs minus strata that hold the domain; design = PSUs minus strata drawn (R's degf).
    sampled: (wave, stratum, psu) of all PSUs drawn, those without interviews too: each is a zero in the
    variance.  None: only the PSUs that the data show (correct when every PSU drawn has an interview).
    name: text for Row.design; '' writes it from the choices.
    """

    strata: str
    psu: str
    weight: str
    wave: str
    lonely: Lonely
    df_rule: DfRule
    sampled: tuple[Place, ...] | None
    ssu: str | None = None
    name: str = ""

    @property
    def label(self) -> str:
        """What Row.design says of this design."""
        if self.name:
            return self.name
        rules: str = self.lonely.level
        if self.lonely.change != self.lonely.level:
            rules = f"{self.lonely.level} (change: {self.lonely.change})"
        return f"stratified PSUs, with replacement; lonely={rules}; df={self.df_rule}"


def lonely_strata(sampled: Iterable[Place]) -> tuple[tuple[int, str], ...]:
    """The (wave, stratum) pairs that have one sampled PSU; the report names them and the rule used."""
    count = Counter((wave, stratum) for wave, stratum, _ in set(sampled))
    return tuple(sorted(pair for pair, psus in count.items() if psus == 1))
