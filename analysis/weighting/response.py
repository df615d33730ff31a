"""Unit non-response: the factor by which those interviewed stand for the eligible households that were not.

Imports numpy, classes, outcomes and propensity.  Sees the table of drawn households (dispositions, probabilities, places),
never an answer.  Sources: Kalton and Flores-Cervantes (2003); Little (1986) Int. Statistical Review 54:139 (quintiles of the
propensity); Eltinge and Yansaneh (1997) Survey Methodology 23:33; AAPOR (2023) for who counts as eligible.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from forms.errors import refuse
from forms.survey import Weighing

from ..units import FloatArray
from .classes import Cases, ResponseClasses, Rule, code, grown
from .outcomes import ELIGIBLE, INELIGIBLE, INTERVIEW, UNKNOWN, base_weight
from .propensity import propensities

if TYPE_CHECKING:
    import pandas as pd


def planned(households: pd.DataFrame, weighing: Weighing) -> ResponseClasses | None:
    """The classes as the plan wants them (`response`: classes | propensity | none); None: no adjustment."""
    if weighing.response == "none":
        return None
    return classes(households, weighing) if weighing.response == "classes" else propensity_classes(households, weighing)


def classes(households: pd.DataFrame, weighing: Weighing) -> ResponseClasses:
    """Classes of the columns weighing.classes, merged by `least` and `most`; rows as the households, of one wave or more.

    Numerator: base weights of the issued main households that are eligible, those of unknown eligibility at the class's
    rate.  Denominator: base weights of all households interviewed; a reserve carries the weight of the household it stands
    for, so that what main and reserve interviews sum to is the eligible total of the main sample, not more.
    BdgError STAT-091 no such column, STAT-093 a wave without an interview.
    """
    codes = [households[c].to_numpy(dtype=object) for c in _columns(households, weighing.classes)]
    rows = [tuple(code(column[i]) for column in codes) for i in range(len(households))]
    return grown(counted(households), _waves(households), rows, base_weight(households), Rule(weighing.least, weighing.most))


def propensity_classes(
    households: pd.DataFrame, weighing: Weighing, *, weighted: bool = False, groups: int = 5
) -> ResponseClasses:
    """Classes of equal numbers of issued main households by their estimated response propensity (quintiles), wave by wave.

    Cases known to be not eligible take no part in the model; those of unknown eligibility count as not interviewed.
    weighted: the model uses base weights (default no: the design's variables belong among the covariates, Little and
    Vartivarian 2003).  The limits between the classes are those of the full sample, in every replicate.  Equal propensities
    stay together, so there may be fewer classes.  BdgError as classes(), STAT-094 a number that is missing.
    """
    cases = counted(households)
    named, notes = by_propensity(
        households, weighing.covariates, _waves(households), cases, base_weight(households) if weighted else None, groups
    )
    return grown(cases, _waves(households), named, base_weight(households), Rule(weighing.least, weighing.most), notes)


def by_propensity(
    table: pd.DataFrame, covariates: Sequence[str], waves: Sequence[int], cases: Cases, weight: FloatArray | None, groups: int
) -> tuple[list[tuple[str, ...]], list[str]]:
    """The class code of every row (p1 lowest), and the notes of the models, one a wave."""
    wave, place = np.array(waves), np.empty(len(waves), dtype=np.intp)
    notes: list[str] = []
    for year in sorted(set(waves)):
        here = wave == year
        used = here & (cases.eligible | cases.unknown)
        if not (used & cases.responded).any():
            raise refuse("STAT-093", str(year), expected="≥ 1", got=0, wave=year)
        found = propensities(table, covariates, cases.responded, used, weight)
        steps = np.arange(1, groups) / groups
        cuts = np.unique(np.quantile(found.rho[used], steps, method="inverted_cdf"))
        place[here] = np.searchsorted(cuts, found.rho[here], side="left")
        notes += [f"{year}: {a} | {year}: {b}" for a, b in (note.split(" | ") for note in found.notes)]
    return [(f"p{c + 1}",) for c in place.tolist()], notes


def counted(households: pd.DataFrame) -> Cases:
    """Who counts: the issued main households by their disposition, and everybody interviewed."""
    group = households["disposition"].to_numpy(dtype=object)
    main = households["issued"].to_numpy(dtype=bool) & (households["status"] == "main").to_numpy(dtype=bool)
    return Cases(
        main & np.isin(group, ELIGIBLE), main & np.isin(group, UNKNOWN), main & np.isin(group, INELIGIBLE), group == INTERVIEW
    )


def without_reserves(households: pd.DataFrame) -> pd.DataFrame:
    """The same table as if no reserve had been issued: their interviews are taken as not made.

    Base weights stay as they are: a main household's probability does not depend on whether a reserve was used.  The factors
    of the classes that lose interviews grow by as much.
    """
    out = households.copy()
    spare = (out["status"] == "reserve").to_numpy(dtype=bool)
    out.loc[spare, "issued"] = False
    for column, empty in (("result", ""), ("disposition", ""), ("person", None)):
        out[column] = np.where(spare, empty, out[column].to_numpy(dtype=object))  # type: ignore[arg-type]  # None among texts
    return out


def _columns(households: pd.DataFrame, names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in households.columns:
            raise refuse("STAT-091", expected=", ".join(map(str, households.columns)), got=name, column=name)
    return names


def _waves(households: pd.DataFrame) -> list[int]:
    return [int(w) for w in households["wave"].tolist()]
