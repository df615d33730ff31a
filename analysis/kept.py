"""Hamlets kept from an earlier wave against fresh ones, in the same wave: does being asked before change what is answered?

Imports levelled, joined and the words of a result row.  Decision 11: the list of kept hamlets is restricted, and the report
shows whether they differ.  Kept and fresh hamlets are both probability samples of the wave's people, so that without an effect
of the earlier visit the two means estimate the same number; the difference is a contrast of two domains of one wave.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from . import intervals
from .design import Design
from .joined import joint_levels
from .levelled import Levelled
from .levels import Stat
from .results import Row, Unit
from .tidied import FRESH, KEPT, OVERLAP

METHOD = "kept - fresh"
ONE_KIND = "kỳ này chỉ có một loại địa bàn | the wave has hamlets of one kind only"


def kept_rows(
    given: Levelled, design: Design, y: str, *, wave: int, stat: Stat, unit: Unit, confidence: float = 0.95
) -> tuple[Row, ...]:
    """One row, kind contrast: the level of kept hamlets minus that of fresh ones, with its t interval and p value.

    The data's column `overlap` says kept or fresh.  () when the wave has none of either; not estimable when one is missing.
    """
    pairs = [(y, ((OVERLAP, kind),)) for kind in (KEPT, FRESH)]
    levels = given.levels(pairs, wave, design.lonely.level, stat, unit)
    n = [int(x) for x in levels.n]
    if not any(n):
        return ()
    row = Row(
        "contrast", y, "diff", wave, "percentage_point" if unit == "percent" else unit, category=KEPT,
        n=sum(n), psus=int(levels.psus.sum()), strata=int(levels.strata.max()), level=confidence, design=design.label,
        method=METHOD,
    )  # fmt: skip
    told = [levels.status(j) for j in range(2)]
    stopped = [reason for kind, reason in told if kind == "not_estimable"]
    if not all(n) or stopped:
        return (replace(row, status="not_estimable", reason=stopped[0] if all(n) else ONE_KIND),)
    made = joint_levels([levels], design).linear(np.array([[1.0, -1.0]]))
    estimate, se, df = float(made.value[0]), float(made.se[0]), float(made.df)
    ends = intervals.t_interval(estimate, se, df, confidence)
    doubts = [reason for kind, reason in told if kind == "caution"]
    return (
        replace(
            row, estimate=estimate, se=se, df=df, lower=ends.lower, upper=ends.upper, interval="t",
            p_value=intervals.two_sided_p(estimate, se, df), status="caution" if doubts else "ok",
            reason="; ".join(dict.fromkeys(doubts)),
        ),
    )  # fmt: skip
