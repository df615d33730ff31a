"""The distribution of a weighted sum of independent chi-squares, alone or over an independent chi-squared mean.

What working likelihood-ratio tests and Rao-Scott tests are referred to.  Imports numpy and scipy; numbers in, a p value
out; never sees persons, PSUs or a model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc, ndtr

FloatArray = NDArray[np.float64]
Method = Literal["saddlepoint", "integration", "satterthwaite"]

SERIES = 0.05  # below this |u| differences of near-equal terms are summed as power series
ORDER = np.arange(2, 16)
TIGHT = 1e-13
FAR = 300.0


def upper_tail(
    statistic: float,
    weights: Sequence[float] | FloatArray,
    df: Sequence[float] | FloatArray | None = None,
    ddf: float = math.inf,
    method: Method = "saddlepoint",
) -> float:
    """P(sum of weights_j chi2(df_j) > statistic), or with ddf < inf of that sum over chi2(ddf)/ddf.

    weights: any signs, zeros are left out; df: 1 each unless given.
    saddlepoint: Kuonen (1999) Biometrika 86:929, R's default; p is off by up to 3 % of itself above .01, 10 % far below.
    integration: exact (about 1e-12 relative) by inversion of the characteristic function; R: CompQuadForm (1e-7).
    satterthwaite: a chi-squared (F) with the same mean and variance.
    NaN when a number is not finite.  R: `pchisqsum(..., lower.tail=FALSE)`, `pFsum`.
    """
    lam = np.asarray(weights, dtype=np.float64)
    h = np.ones(len(lam)) if df is None else np.asarray(df, dtype=np.float64)
    if not (math.isfinite(statistic) and np.isfinite(lam).all() and ddf > 0):
        return math.nan
    lam, h = lam[lam != 0], h[lam != 0]
    if not len(lam) or (lam < 0).all() or (statistic <= 0 and (lam > 0).all()):
        return _degenerate(statistic, lam, h, ddf, method)
    if method == "satterthwaite":
        return _satterthwaite(statistic, lam, h, ddf)
    if not math.isinf(ddf) and statistic != 0:  # the ratio exceeds x when the sum minus (x/ddf) chi2(ddf) exceeds 0
        statistic, lam, h = 0.0, np.r_[lam, -statistic / ddf], np.r_[h, ddf]
    return _exact(statistic, lam, h) if method == "integration" else _saddlepoint(statistic, lam, h)


def _degenerate(statistic: float, lam: FloatArray, h: FloatArray, ddf: float, method: Method) -> float:
    """No positive weight, or a threshold that a positive sum always exceeds."""
    if not len(lam):
        return 1.0 if statistic < 0 else 0.0
    if (lam < 0).all():
        return 0.0 if statistic >= 0 else 1.0 - upper_tail(-statistic, -lam, h, ddf, method)
    return 1.0


def _satterthwaite(x: float, lam: FloatArray, h: FloatArray, ddf: float) -> float:
    """Satterthwaite (1946) Biometrics Bull. 2:110."""
    mean, half = float(h @ lam), float(h @ lam**2)
    if mean <= 0:
        return math.nan
    n = mean * mean / half
    scaled = max(x, 0.0) * mean / half
    return float(chdtrc(n, scaled) if math.isinf(ddf) else fdtrc(n, ddf, scaled / n))


def _saddlepoint(x: float, lam: FloatArray, h: FloatArray) -> float:
    """Barndorff-Nielsen's r* at the root of K'(s) = x, K(s) = -1/2 sum h log(1 - 2 s lam)."""
    scale = float(np.abs(lam).max())
    root = _root(x / scale, lam / scale, h)
    u = 2 * root * lam / scale
    w2 = float(h @ _terms(u, 1 - 1 / ORDER, lambda v: v / (1 - v) + np.log1p(-v)))
    gap = float(h @ _terms(u, (ORDER - 1) / 2 - 1 + 1 / ORDER, lambda v: v**2 / (1 - v) ** 2 / 2 - v / (1 - v) - np.log1p(-v)))
    if w2 <= 0:
        skew = float(8 * (h @ lam**3)) / float(2 * (h @ lam**2)) ** 1.5
        return float(ndtr(-skew / 6))
    w = math.copysign(math.sqrt(w2), root)
    return float(ndtr(-(w + 0.5 * math.log1p(gap / w2) / w)))


def _terms(u: FloatArray, coefficients: FloatArray, closed: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """A function of u whose first power series terms cancel: its series near 0, its closed form elsewhere."""
    near = np.abs(u) < SERIES
    series = (np.where(near, u, 0.0)[:, None] ** ORDER) @ coefficients
    return np.where(near, series, closed(np.where(near, 0.5, u)))


def _root(x: float, lam: FloatArray, h: FloatArray) -> float:
    """The s between the poles of K' with K'(s) = x; the bracket closes in on a pole as far as it must."""
    from scipy.optimize import brentq

    def slope(s: float) -> float:
        return float(np.sum(h * lam / (1 - 2 * s * lam))) - x

    top = 1 / (2 * float(lam.max()))
    high = top * (1 - 1e-3)
    while slope(high) < 0:
        high = top - (top - high) / 8
    if (lam < 0).any():
        bottom = 1 / (2 * float(lam.min()))
        low = bottom * (1 - 1e-3)
        while slope(low) > 0:
            low = bottom - (bottom - low) / 8
    else:
        low = -1.0
        while slope(low) > 0:
            low *= 8
    return float(brentq(slope, low, high, xtol=1e-15, rtol=1e-14, maxiter=500))


def _exact(x: float, lam: FloatArray, h: FloatArray) -> float:
    """(1/2 pi i) integral of exp(K(s) - s x)/s ds on a path that crosses the real line between 0 and K's first pole.

    For x > 0 the path is a parabola around the poles to the right, on which exp(-s x) decays; for x = 0 it is upright.
    Imhof (1961) Biometrika 48:419; Lugannani and Rice (1980) Adv. Appl. Prob. 12:475.
    """
    if x < 0:
        return 1.0 - upper_tail(-x, -lam, h, method="integration")
    top, scale = 1 / (2 * float(lam.max())), float(np.abs(lam).max())
    cross = max(_root(x / scale, lam / scale, h) / scale, top / 8)
    wide = 1 / math.sqrt(2 * float(np.sum(h * (lam / (1 - 2 * cross * lam)) ** 2)))
    bend = 0.0 if x == 0 else 1.0 / top

    def along(t: FloatArray) -> FloatArray:
        y, dy = wide * np.sinh(t), wide * np.cosh(t)
        s = cross + bend * y * y + 1j * y
        k = -0.5 * (np.log(1 - 2 * s[:, None] * lam) @ h)
        return np.asarray((np.exp(k - s * x) / s * (2 * bend * y + 1j) * dy).imag / (2 * math.pi), dtype=np.float64)

    return _trapezoid(along, 0.5)


def _trapezoid(f: Callable[[FloatArray], FloatArray], step: float) -> float:
    """The integral over the real line of an even smooth f that decays, by trapezoids; the step is halved until it stands."""
    before = math.nan
    for _ in range(12):
        total, top = float(f(np.zeros(1))[0]), 0.0
        for block in range(int(FAR / step / 32)):
            values = 2 * f(step * np.arange(1.0 + 32 * block, 33.0 + 32 * block, dtype=np.float64))
            total += float(values.sum())
            top = max(top, float(np.abs(values).max()))
            if float(np.abs(values[-8:]).max()) <= 1e-17 * max(abs(total), top * 1e-4):
                break
        now = total * step
        if abs(now - before) <= TIGHT * abs(now):
            return now
        before, step = now, step / 2
    return before
