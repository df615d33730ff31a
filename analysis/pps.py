"""Variance of unequal-probability samples drawn without replacement, as a quadratic form of PSU scores.

Imports numpy, units and design.  brewer and deville need no matrix and live in variance.py; here are the forms made of
joint inclusion probabilities.  z_i is a PSU's expanded score (weighted), pi_i its inclusion probability.

- brewer: V = n/(n-1) sum (1 - pi_i)(z_i - mean z)^2.  Brewer (2002) Combined Survey Sampling Inference, ch. 9, with
  c_i = n/(n-1) as R survey's `pps="brewer"`.
- deville: the same, z centred on its mean weighted with 1 - pi_i.  Hajek (1964) Ann. Math. Stat. 35:1491; Deville's first
  estimator in Matei and Tille (2005) J. Off. Stat. 21:543 (his second has 1/(1 - sum a^2), a = (1 - pi_i)/sum(1 - pi)).
- hartley_rao: pi_i pi_j/pi_ij = (n - pi_i - pi_j + sum pi^2/n)/(n-1) approximately, the population's sum pi^2/n estimated
  by the sample mean of pi, put into the form below.  Hartley and Rao (1962) Ann. Math. Stat. 33:350; R: `HR()`.
- joint: the matrix of pi_ij as given.  Horvitz-Thompson: sum_ij (pi_ij - pi_i pi_j)/pi_ij z_i z_j; Yates-Grundy:
  -1/2 sum_ij (pi_ij - pi_i pi_j)/pi_ij (z_i - z_j)^2.  R: `ppsmat()`, `variance="HT"|"YG"`.
"""

from __future__ import annotations

import numpy as np

from forms.errors import refuse

from .design import Pps
from .units import MINUS, FloatArray, Units

NEGLIGIBLE = 1e-12


def quadratic(z: FloatArray, units: Units, pps: Pps) -> tuple[FloatArray, FloatArray, tuple[str, ...]]:
    """Contributions (m, k), their signs and ids: the form's symmetric square root, which keeps a row a PSU for joining waves.

    A form with negative eigenvalues (Horvitz-Thompson often has them) is the square of one root minus the square of
    another: a second row a PSU, of sign -1.
    """
    values, axes = np.linalg.eigh(matrix(units, pps))
    values = np.where(np.abs(values) <= NEGLIGIBLE * max(float(np.abs(values).max(initial=0.0)), 1.0), 0.0, values)
    scaled = np.sqrt(np.abs(values))[:, None] * (axes.T @ z)
    if (values >= 0).all():
        return axes @ scaled, np.ones(len(values)), units.psu
    up, down = (axes @ np.where((sign * values > 0)[:, None], scaled, 0.0) for sign in (1, -1))
    n = len(values)
    return np.vstack([up, down]), np.repeat([1.0, -1.0], n), (*units.psu, *(psu + MINUS for psu in units.psu))


def matrix(units: Units, pps: Pps) -> FloatArray:
    """D with V = z'Dz over the PSUs of one wave.  BdgError STAT-013 when a pair's joint probability is not known."""
    pi = units.fraction
    ratio = 1.0 - np.outer(pi, pi) / _given(units, pps) if pps.rule == "joint" else _hartley_rao(units)
    np.fill_diagonal(ratio, 1.0 - pi)
    if not pps.yates_grundy:
        return ratio
    off = ratio.copy()
    np.fill_diagonal(off, 0.0)
    return off - np.diag(off.sum(axis=1))


def _hartley_rao(units: Units) -> FloatArray:
    """(pi_ij - pi_i pi_j)/pi_ij within strata; strata are independent."""
    pi, n = units.fraction, units.count[units.h].astype(float)
    middle = units.by_stratum(pi[:, None])[units.h, 0] / n
    check = 1.0 - (n[:, None] - pi[:, None] - pi[None, :] + middle[:, None]) / np.maximum(n - 1.0, 1.0)[:, None]
    return np.asarray(np.where(units.h[:, None] == units.h[None, :], check, 0.0), dtype=np.float64)


def _given(units: Units, pps: Pps) -> FloatArray:
    if pps.joint is None or pps.joint.shape != (len(pps.psus), len(pps.psus)):
        raise refuse("STAT-013", got="joint", psu="")
    at = {psu: i for i, psu in enumerate(pps.psus)}
    absent = [psu for psu in units.psu if psu not in at]
    if absent:
        raise refuse("STAT-013", got=absent[0], psu=absent[0])
    rows = [at[psu] for psu in units.psu]
    pair = np.asarray(pps.joint, dtype=np.float64)[np.ix_(rows, rows)]
    off = pair + np.eye(len(rows))
    if not (off > 0).all() or not np.allclose(np.diag(pair), units.fraction, rtol=1e-8, atol=0.0):
        raise refuse("STAT-013", expected="p_ij > 0, p_ii = p_i", got="p_ij <= 0 | p_ii", psu=units.psu[0] if units.psu else "")
    if not np.allclose(pair, pair.T, rtol=1e-8, atol=0.0):
        raise refuse("STAT-013", expected="p_ij = p_ji", got="p_ij != p_ji", psu=units.psu[0])
    return pair
