"""Direct standardisation: weights under which every group of `over` has the same standard distribution of `by`.

Imports numpy, margins, calibration and persons; pandas through calibration only.  Ids, codes and weights; no answers.
A post-stratification to the table share(by) x weighted size(over); means of groups are then standardised means, and the
variance takes the shares and the groups' sizes as known.
Source: R survey 4.1 `svystandardize`; Klein and Schoenborn (2001) Healthy People Statistical Notes 20 (NCHS).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forms.errors import refuse

from ..design import Design
from ..persons import persons
from .auxiliary import code, margin
from .calibrated import Calibrated
from .calibration import calibrate

if TYPE_CHECKING:
    import pandas as pd


def standardise(
    data: pd.DataFrame, design: Design, *, by: str | Sequence[str], population: Mapping[Any, float],
    over: str | Sequence[str] = (), name: str = "w_std",
) -> Calibrated:  # fmt: skip
    """Weights that give each group of `over`, in each wave, the distribution `population` over the codes of `by`.

    population: {code, or tuple of codes: count or share}.  over: (): everybody is one group.
    The sum of the weights of a group stays.  A group with nobody of a code is refused (R spreads its share quietly).

    Raises BdgError STAT-070 a code is missing, STAT-071 a code without a share, STAT-072 a group without a code,
    STAT-073 a share that is no number or 0 with people there, STAT-078 the name is taken.
    R: `svystandardize(by=, over=, population=)`.
    """
    ways, groups = _names(by), _names(over)
    people = persons(data, replace(design, controls=()), (*ways, *groups))
    shares = {_key(k): float(v) for k, v in population.items()}
    total = sum(shares.values())
    if not (np.isfinite(total) and total > 0):
        raise refuse("STAT-073", expected="> 0", got=f"{total:g}", control=", ".join(ways))
    tables: dict[int, dict[tuple[str, ...], dict[tuple[str, ...], float]]] = {}
    for wave in sorted(people.units):
        rows = people.wave == wave
        weight = people.weight[rows]
        if groups:
            found = margin(groups, {g: people.columns[g][rows] for g in groups})
            sizes = dict(zip(found.levels, np.bincount(found.codes, weights=weight).tolist(), strict=True))
        else:
            sizes = {(): float(weight.sum())}
        table = {(*way, *group): share / total * size for way, share in shares.items() for group, size in sizes.items()}
        tables[wave] = {(*ways, *groups): table}
    return calibrate(data, design, tables if design.wave else tables[0], kind="poststratify", name=name)


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _key(key: Any) -> tuple[str, ...]:
    return tuple(code(part) for part in key) if isinstance(key, tuple) else (code(key),)
