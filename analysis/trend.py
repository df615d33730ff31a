"""The trend over three waves or more: generalised least squares on the waves' joint covariance.

Imports numpy, joint and limits.  Sees the levels of the waves and their covariance (wave_centred), nothing else.
Source: Fuller (1990) Surv. Methodol. 16:167; the estimator is Aitken's with the design-based covariance taken as known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import intervals
from .joint import Joint

SINGULAR = 1e-9


@dataclass(frozen=True, eq=False)
class Trend:
    """A straight line through the waves.

    slope: change a year, with se and t limits.  start: the line's value at the first wave.  linearity: Wald chi-square
    over its df (waves - 2) of the distances from the line, with its p value by F(waves - 2, df); None with two waves.
    """

    waves: tuple[int, ...]
    slope: float
    se: float
    lower: float
    upper: float
    df: float
    p_value: float
    start: float
    linearity: float | None
    linearity_p: float | None


def trend(levels: Joint, waves: tuple[int, ...], df: float, confidence: float = 0.95) -> Trend | None:
    """The line through one estimate's levels in several waves, in their order; None when their covariance is singular."""
    from scipy.special import fdtrc

    v = levels.vcov
    year = np.array(waves, dtype=np.float64) - waves[0]
    x = np.column_stack([np.ones(len(year)), year])
    if len(waves) < 2 or not np.isfinite(v).all() or not (np.diag(v) > 0).all():
        return None
    root = np.sqrt(np.diag(v))
    correlation = v / np.outer(root, root)
    if float(np.linalg.eigvalsh(correlation).min()) < SINGULAR:
        return None
    white = np.linalg.inv(np.linalg.cholesky(correlation)) / root  # turns the levels into independent ones of variance 1
    q, r = np.linalg.qr(white @ x)
    if abs(r[1, 1]) <= SINGULAR * abs(r[0, 1]):
        return None  # one wave's error is nothing beside another's
    back = np.linalg.inv(r)
    line = back @ (q.T @ white @ levels.value)
    se = float(np.sqrt(back[1] @ back[1]))
    slope = float(line[1])
    limits = intervals.t_interval(slope, se, df, confidence)
    extra = len(waves) - 2
    wald, p = None, None
    if extra:
        rest = white @ (levels.value - x @ line)
        wald = float(rest @ rest) / extra
        p = float(fdtrc(extra, df, wald))
    p_slope = intervals.two_sided_p(slope, se, df)
    return Trend(waves, slope, se, limits.lower, limits.upper, df, p_slope, float(line[0]), wald, p)
