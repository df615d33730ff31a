"""What calibration leaves of an influence value: its residual on the wave's own controls.

Imports numpy, scipy.sparse, design and auxiliary.  Arrays of persons in, arrays out; called by persons.py only.
A calibrated total is, to first order, the total of w e with e = u/w minus its regression on the auxiliary variables,
fitted with the weights before the step (poststratify, greg).  Raked margins follow R: u/w is centred on each margin in
turn with plain, unweighted means, ten rounds.  Theory prefers the weighted regression: calibrate(kind="raking") gives
the same weights as rake and that residual.
Sources: Deville and Saerndal (1992) JASA 87:376; Deville, Saerndal and Sautory (1993) JASA 88:1013;
R survey 4.1 `svyrecvar` (postStrata).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from ..design import Controls
from ..units import FloatArray, IntArray
from . import auxiliary

RANK = 1e-12
ROUNDS = 10


@dataclass(frozen=True, eq=False)
class Model:
    """One step of calibration: what it fits, and the weights before it (n,).

    parts: sparse matrices (n, q): of greg one, of the others one a margin, each person in one of its columns.
    waves, by_wave: see Controls.
    """

    kind: str
    parts: tuple[sparse.csr_array, ...]
    base: FloatArray
    waves: tuple[int, ...] = ()
    by_wave: bool = True

    def holds(self, wave: IntArray) -> NDArray[np.bool_]:
        """(n,) whose weights the step changed."""
        return np.isin(wave, self.waves) if self.waves else np.ones(len(wave), dtype=bool)

    def groups(self, wave: IntArray) -> list[IntArray]:
        """The rows calibrated together: one array a wave, or one in all."""
        held = self.holds(wave)
        if not self.by_wave:
            return [np.flatnonzero(held)]
        return [np.flatnonzero(wave == t) for t in np.unique(wave[held]).tolist()]


def model(control: Controls, columns: Mapping[str, NDArray[Any]]) -> Model:
    """The step as arrays.  BdgError STAT-070 when an auxiliary value or a base weight is missing."""
    base = auxiliary.numeric(control.base, columns)
    terms = terms_of(control, columns)
    parts = [auxiliary.margin(term, columns).matrix for term in terms]
    if control.kind == "greg":
        inside = {name for term in terms for name in term}
        numbers = [auxiliary.numeric(name, columns) for name in control.columns if name not in inside]
        if control.intercept or terms:
            numbers = [values - (values.mean() if len(values) else 0.0) for values in numbers]
        whole = auxiliary.joined([*parts, *numbers, *([np.ones(len(base))] if control.intercept else [])])
        if control.cluster:
            whole = auxiliary.averaged(whole, auxiliary.margin(control.cluster, columns).codes, base)
        parts = [whole]
    return Model(control.kind, tuple(parts), base, control.waves, control.by_wave)


def terms_of(control: Controls, columns: Mapping[str, NDArray[Any]]) -> tuple[auxiliary.Term, ...]:
    """The margins of a step: as written, or by its kind."""
    if control.terms:
        return control.terms
    if control.kind == "poststratify":
        return (control.columns,)
    return tuple((name,) for name in control.columns if control.kind == "rake" or columns[name].dtype != np.float64)


def residuals(u: FloatArray, weight: FloatArray, wave: IntArray, models: Sequence[Model]) -> FloatArray:
    """Weighted influence values (n, k) minus their weighted fit on each step's controls, wave by wave.

    weight: (n,) the final weights; a step's own weights are the next step's base.  The steps come off in the order in
    which they were made, as in R.
    """
    if not models:
        return u
    out = np.array(u, dtype=np.float64)
    for i, step in enumerate(models):
        after = weight.copy()
        for later in reversed(models[i + 1 :]):
            after = np.where(later.holds(wave), later.base, after)
        for rows in step.groups(wave):
            w = after[rows, None]
            out[rows] = left(step, rows, out[rows] / w) * w
    return out


def left(step: Model, rows: IntArray, values: FloatArray) -> FloatArray:
    """What the step leaves of values (rows, k)."""
    parts = [m if len(rows) == m.shape[0] else sparse.csr_array(m[rows]) for m in step.parts]
    if step.kind == "greg":
        return unfitted(parts[0], step.base[rows], values)
    weight = np.ones(len(rows)) if step.kind == "rake" else step.base[rows]
    shares = [_share(part, weight) for part in parts]
    fitted = [share @ values for share in shares]
    if len(parts) > 1:
        fitted = _rounds([[(share @ part).toarray() for part in parts] for share in shares], fitted)
    for part, fit in zip(parts, fitted, strict=True):
        values = values - part @ fit
    return values


def _rounds(mixed: list[list[FloatArray]], means: list[FloatArray]) -> list[FloatArray]:
    """What ten rounds of centring on each margin in turn take off each level (q, k) of each margin.

    means: of the values by margin; mixed[i][j]: the mean, by level of margin i, of being in each level of margin j.
    """
    fitted = [np.zeros_like(mean) for mean in means]
    for _ in range(ROUNDS):
        for i, row in enumerate(mixed):
            now = means[i] - np.add.reduce([part @ fit for part, fit in zip(row, fitted, strict=True)])
            fitted[i] = fitted[i] + now
    return fitted


def _share(part: sparse.csr_array, weight: FloatArray) -> sparse.csr_array:
    """(q, n) that takes the weighted mean within each column of a margin."""
    weighted = sparse.csr_array(part.T * weight)
    size = np.asarray(weighted.sum(axis=1))
    return sparse.csr_array(sparse.diags_array(1.0 / np.where(size > 0, size, 1.0)) @ weighted)


def unfitted(matrix: sparse.csr_array, weight: FloatArray, values: FloatArray) -> FloatArray:
    """Values (n, k) minus their fit on the matrix (n, q), which may be redundant, by weighted least squares.

    The fit is taken off twice: the second pass removes what rounding left of the first.
    """
    weighted = sparse.csr_array(matrix.T * weight)
    inverse = pseudo_inverse((weighted @ matrix).toarray())
    for _ in range(2):
        values = values - matrix @ (inverse @ (weighted @ values))
    return values


def pseudo_inverse(gram: FloatArray) -> FloatArray:
    """The generalised inverse of a Gram matrix (q, q), its columns scaled to length 1 first."""
    length = np.sqrt(np.diag(gram))
    scale = np.where(length > 0, 1.0 / np.where(length > 0, length, 1.0), 0.0)
    values, axes = linalg.eigh(gram * np.outer(scale, scale))
    keep = values > RANK * max(float(values.max(initial=0.0)), 1e-300)
    part = axes[:, keep] * scale[:, None]
    return np.asarray((part / values[keep]) @ part.T, dtype=np.float64)
