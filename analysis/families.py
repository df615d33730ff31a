"""Changes of several groups with limits that hold for all of them together: what may name a single group (decision 4).

Imports the records of change, simultaneous and intervals.  The family is every group given that can be estimated.
The relative change keeps Fieller's form: with c in place of t, its limits are the k that the simultaneous tests of
p2 - (1 + k) p1 do not reject.  Source: Hothorn, Bretz and Westfall (2008) Biom. J. 50:346; Fieller (1954) JRSS B 16:175.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import stdtr

from . import intervals
from .change import Changes, change_table, joint_of
from .design import Design
from .estimates import Estimates
from .results import Row
from .simultaneous import correlation_of, criticals
from .units import FloatArray

UNBOUNDED = "không xác định được thay đổi tương đối khi xét đồng thời các nhóm | relative change unbounded for all groups at once"


def family_rows(made: Changes, design: Design, indicator: str | None = None, confidence: float = 0.95) -> tuple[Row, ...]:
    """Rows diff and rel of every change with max-t limits; Row.method ends in «simultaneous», Row.interval is max_t.

    BdgError STAT-014 for a method without contributions (unbiased).
    """
    table = change_table(made, design, "relative", indicator, confidence)
    each = len(table) // max(len(made), 1)
    found: list[Row] = []
    for offset, relative in ((0, False), (1, True)):
        rows = [dict(_fields(table, j * each + offset)) for j in range(len(made))]
        given = [j for j, row in enumerate(rows) if row["status"] != "not_estimable"]
        c = dict(zip(given, _critical(made, given, confidence, relative=relative).tolist(), strict=True))
        for j, row in enumerate(rows):
            more = _limits(made, j, c[j], relative=relative) if j in c else {}
            found.append(Row(**{**row, "method": f"{made.method}, simultaneous", "p_value": None, **more}))
    return tuple(found)


def _fields(table: Estimates, i: int) -> list[tuple[str, Any]]:
    row = table.rows[i]
    return [(name, getattr(row, name)) for name in row.__dataclass_fields__]


def _critical(made: Changes, given: Sequence[int], confidence: float, *, relative: bool) -> FloatArray:
    """The critical value of each of the changes given, on its own degrees of freedom."""
    spread = _relative_spread(made) if relative else joint_of(made).spread
    some = spread[:, list(given)]
    return criticals(correlation_of(some.T @ some), made.joint.df[list(given)], confidence) if len(given) else np.zeros(0)


def _relative_spread(made: Changes) -> FloatArray:
    """Contributions of p2/p1: (e_2 - r e_1)/p1, over the union of PSUs; the base wave's ids stand first in it."""
    difference = joint_of(made).spread
    base = np.zeros_like(difference)
    base[: len(made.base.spread.ids)] = made.base.spread.values
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = made.now.value / made.base.value
        return np.asarray((difference + (1 - ratio) * base) / made.base.value, dtype=np.float64)


def _limits(made: Changes, j: int, c: float, *, relative: bool) -> dict[str, Any]:
    one = made.at(j)
    if not relative:
        return {"lower": one.difference - c * one.se, "upper": one.difference + c * one.se, "interval": "max_t"}
    level = 1 - 2 * float(stdtr(one.df, -c))  # the confidence at which the t quantile is c
    found = intervals.fieller(*one.moments, level)
    if isinstance(found, intervals.Unbounded):
        blank = {"estimate": None, "se": None, "lower": None, "upper": None, "interval": ""}
        return {**blank, "status": "not_estimable", "reason": UNBOUNDED}
    return {"lower": found.lower, "upper": found.upper, "interval": "max_t"}
