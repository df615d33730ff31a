"""Who was interviewed against who lives there: sex and age by the weights before calibration, and by the known totals.

Imports weighed (records), publish (its rules) and the words of a result row.  Never sees an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .publish import COUNT_BELOW, RULES
from .results import Row
from .weighting.targets import CROSS
from .weighting.weighed import Weighed

INDICATOR = "age_sex"
KNOWN, SAMPLE = "known total", "before calibration"
_CROSSED = ("sex", "agegroup")
_BEFORE = ("w_base", "f_household", "f_response")


def rows(made: Weighed) -> tuple[Row, ...]:
    """Rows of kind diagnostic: percent of everybody aged 15 or over, a category `<sex>*<age group>`, by two methods.

    A margin that crosses both columns gives the known totals; without one there is nothing to compare and no row.
    n: everybody interviewed.  A category of 1 to 4 people is hidden in the sample, a single one together with the smallest of
    the others: the sum is known.
    """
    found: list[Row] = []
    for wave in made.waves:
        known = _known(made, wave)
        people = made.people.loc[made.people["wave"] == wave]
        if not known or people[list(_CROSSED)].isna().any().any():
            continue
        weight = people[list(_BEFORE)].astype(float).prod(axis=1)
        names = people["sex"].astype(str) + CROSS + people["agegroup"].astype(str)
        sums, sizes = weight.groupby(names).sum(), names.value_counts()
        share = {c: 100.0 * float(sums.get(c, 0.0)) / float(weight.sum()) for c in known}
        whole = sum(known.values())
        hidden = _hidden({c: int(sizes.get(c, 0)) for c in known})
        for c in sorted(known):
            row = Row("diagnostic", INDICATOR, "proportion", wave, "percent", category=c, level=None, n=len(people))
            found.append(replace(row, estimate=100.0 * known[c] / whole, method=KNOWN))
            rule = next(r for r in RULES if r.id == "count<5") if c in hidden else None
            sample = replace(row, estimate=share[c], method=SAMPLE)
            found.append(replace(sample, publish="hide", rule=rule.text) if rule else sample)
    return tuple(found)


def _known(made: Weighed, wave: int) -> dict[str, float]:
    """`sex*agegroup` -> residents, from the first margin that crosses both, summed over what else it crosses."""
    if made.targets is None:
        return {}
    for margin in made.targets.margins:
        columns = margin.split(CROSS)
        if not set(_CROSSED) <= set(columns):
            continue
        at = [columns.index(c) for c in _CROSSED]
        found: dict[str, float] = {}
        for level, persons in made.targets.table(wave, margin).items():
            name = CROSS.join(level[i] for i in at)
            found[name] = found.get(name, 0.0) + persons
        return found
    return {}


def _hidden(sizes: Mapping[str, int]) -> set[str]:
    """Categories of few people; with a single one the smallest of the others, so that a subtraction does not give it back."""
    few = {c for c, n in sizes.items() if 0 < n < COUNT_BELOW}
    rest = sorted((n, c) for c, n in sizes.items() if n >= COUNT_BELOW)
    return few | ({rest[0][1]} if len(few) == 1 and rest else set())
