"""The levels of several waves in one joint record.

Imports levels, joint and variance.  Sees contributions by PSU, never a person.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .design import Design
from .joint import Joint, name_of, scale_of
from .levels import Levels, union_degrees
from .variance import Spread, united


def joint_levels(found: Sequence[Levels], design: Design) -> Joint:
    """All levels of all waves with their covariance (wave_centred); order: column, then wave."""
    t, k = len(found), len(found[0].columns)
    parts: dict[int, Spread] = {}
    for i, one in enumerate(found):
        wide = np.zeros((len(one.spread.ids), k * t))
        wide[:, i::t] = one.spread.values
        parts[one.wave] = Spread(one.spread.ids, wide, one.spread.sign)
    both = united(parts)
    value = np.array([[one.value[j] for one in found] for j in range(k)]).ravel()
    names = tuple(name_of(c.variable, c.domain, one.wave) for j, c in enumerate(found[0].columns) for one in found)
    df = union_degrees(found, design, range(k * t))
    reps = design.replicates
    if reps is not None and all(one.replicates is not None for one in found):
        each = np.zeros((len(both.ids), k * t))
        for i, one in enumerate(found):
            each[:, i::t] = one.replicates
        return Joint(names, value, both.values, df, None, each, scale_of(reps), reps.mse)
    return Joint(names, value, both.values, df, None if (both.sign == 1).all() else both.sign)
