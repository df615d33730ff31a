"""margins.csv of the practice province: made-up totals that its made-up people really have, stamped as such.

Imports sampling (frame, lineage) and targets.  The numbers of residents come from the caller, who knows the people's model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from ..sampling.frame import STAMP, Frame
from ..sampling.lineage import Lineage
from .targets import CROSS, Targets, Total

Residents = Callable[[Mapping[str, float]], Mapping[tuple[str, str, str], float]]


def practice_targets(frame: Frame, days: Mapping[int, date], residents: Residents) -> Targets:
    """Totals of every wave by sex x agegroup x stratum of the first wave's classification, in whole persons.

    days: wave -> the day of its frame.  residents: households by stratum -> persons by (sex, agegroup, stratum).
    """
    base, line = min(days), Lineage.of(frame)
    margin = CROSS.join(("sex", "agegroup", f"stratum_{base}"))
    rows: list[Total] = []
    for wave, day in sorted(days.items()):
        households: dict[str, float] = {}
        for h in frame.on(day):
            stratum = line.classified(h.psu, "stratum", base)
            households[stratum] = households.get(stratum, 0.0) + h.households
        found = residents(dict(sorted(households.items())))
        rows += [Total(wave, margin, CROSS.join(key), float(round(persons)), STAMP, day) for key, persons in found.items()]
    return Targets(tuple(rows))
