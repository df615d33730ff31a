"""Persons of a panel who were not found again: the factor of those who were.  Off by default, never in the headline.

Imports numpy, classes and response (their machinery).  Sees weights, classes and who was interviewed again; never an answer.
Decision 11: the two waves are two samples; a panel is a study of its own.  Source: Kalton and Brick (2000) in Household
Surveys in Developing and Transition Countries, for adjustment of panels by classes of the earlier wave's answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forms.errors import refuse
from forms.survey import Weighing

from .classes import BoolArray, Cases, ResponseClasses, Rule, code, grown
from .response import by_propensity

if TYPE_CHECKING:
    import pandas as pd


def attrition(
    persons: pd.DataFrame, followed: BoolArray, weighing: Weighing, *, weight: str = "weight",
    ineligible: BoolArray | None = None, unknown: BoolArray | None = None,
) -> ResponseClasses:  # fmt: skip
    """Classes of the first wave's persons and their factors; `.factors(weights)` gives f_attrition, replicates alike.

    persons: column `wave` (one value), the first wave's final weight, and the columns of weighing.classes or .covariates as
    the first wave recorded them.  followed: interviewed again.  ineligible: died or left the province; unknown: not known
    whether they did (counted at the class's rate).  Class by class, the followed stand for all who are still eligible.
    weighing.response: classes | propensity; none is refused.  BdgError STAT-091, -093, -094, STAT-011 arrays of other length.
    """
    nobody = np.zeros(len(persons), dtype=bool)
    gone, lost = nobody if ineligible is None else ineligible, nobody if unknown is None else unknown
    if any(len(a) != len(persons) for a in (followed, gone, lost)) or (followed & (gone | lost)).any() or (gone & lost).any():
        raise refuse(
            "STAT-011", argument="followed, ineligible, unknown", got_name=len(followed), choices=f"{len(persons)}, disjoint"
        )
    cases = Cases(~gone & ~lost, lost, gone, followed)
    waves = [int(w) for w in persons["wave"].tolist()]
    base = persons[weight].to_numpy(dtype=np.float64)
    rule = Rule(weighing.least, weighing.most)
    if weighing.response == "none":
        raise refuse("STAT-011", argument="response", got_name="none", choices="classes, propensity")
    if weighing.response == "propensity":
        codes, notes = by_propensity(persons, weighing.covariates, waves, cases, None, 5)
        return grown(cases, waves, codes, base, rule, notes)
    columns = []
    for name in weighing.classes:
        if name not in persons.columns:
            raise refuse("STAT-091", expected=", ".join(map(str, persons.columns)), got=name, column=name)
        columns.append([code(v) for v in persons[name]])
    return grown(cases, waves, [tuple(c[i] for c in columns) for i in range(len(persons))], base, rule)
