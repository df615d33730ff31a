"""How alike those who answered are to the sample: R-indicator, its largest possible bias, partial indicators by variable.

Imports numpy, pandas, results, classes, outcomes, propensity and response.  Sees dispositions, probabilities and classes of
places, never an answer.  Sources: Schouten, Cobben and Bethlehem (2009) Survey Methodology 35:101; Shlomo, Skinner and
Schouten (2012) J. Statistical Planning and Inference 142:201 (bias); the RISQ tools 2.1 (de Heij, Schouten and Shlomo 2015).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..results import Row
from ..units import FloatArray, IntArray
from .classes import BoolArray, code
from .outcomes import base_weight
from .propensity import estimated, matrix
from .response import counted

if TYPE_CHECKING:
    import pandas as pd

_Columns = tuple[FloatArray, tuple[str, ...], list[str]]
NO_SE = "tầng có một địa bàn: không tính được sai số chuẩn | a stratum with one hamlet: no standard error"
NO_SPREAD = "mọi xác suất trả lời bằng nhau | all response propensities are equal"


@dataclass(frozen=True, eq=False)
class Representative:
    """One wave.  r: 1 - 2 S(rho), adjusted for the bias of S; raw: without; se: by leaving out one PSU at a time, None if not.

    mean: weighted mean propensity; share: factor on S^2 that takes the bias away; bias: (1 - r)/(2 mean), the largest bias
    of a respondents' mean in standard deviations of the variable.  partial: variable -> unconditional partial indicator (0 =
    its categories answer alike); codes: (variable, code) -> the same by category, negative where fewer answer.
    """

    wave: int
    n: int
    psus: int
    strata: int
    r: float
    raw: float
    se: float | None
    mean: float
    share: float
    bias: float
    partial: Mapping[str, float]
    codes: Mapping[tuple[str, str], float]
    notes: tuple[str, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """Rows of kind diagnostic, indicator `representative`."""
        named = [("r", "", self.r), ("r_unadjusted", "", self.raw), ("maximal_bias", "", self.bias)]
        named += [("r_partial", name, value) for name, value in self.partial.items()]
        named += [("r_partial", f"{name}={text}", value) for (name, text), value in self.codes.items()]
        plain = Row("diagnostic", "representative", "", self.wave, "ratio", level=None, n=self.n, method="logit")
        plain = replace(plain, psus=self.psus, strata=self.strata)
        found = [replace(plain, estimand=estimand, category=category, estimate=v) for estimand, category, v in named]
        return (replace(found[0], se=self.se, reason=" ".join(self.notes)), *found[1:])


def representative(households: pd.DataFrame, covariates: Sequence[str], *, errors: bool = True) -> tuple[Representative, ...]:
    """The indicators of every wave, from issued main households that are or may be eligible, weighted by their base weights.

    covariates: as of the propensity model; the same in every wave, or the indicators cannot be compared.  errors: the
    standard error too, one model a PSU (JKn: PSUs within strata), which lets households of a hamlet answer alike.
    BdgError as propensities().
    """
    cases = counted(households)
    wave = households["wave"].to_numpy()
    weight = base_weight(households)
    return tuple(
        _one(households[wave == w], covariates, _Sample.of(households[wave == w]), cases.responded[wave == w],
             (cases.eligible | cases.unknown)[wave == w], weight[wave == w], int(w), errors=errors)
        for w in sorted(set(wave.tolist()))
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Sample:
    """PSU of every row, stratum of every PSU, as numbers."""

    psu: IntArray
    stratum: IntArray

    @classmethod
    def of(cls, households: pd.DataFrame) -> _Sample:
        ids, psu = np.unique(households["psu"].to_numpy(dtype=str), return_inverse=True)
        stratum = np.unique(households["stratum"].to_numpy(dtype=str), return_inverse=True)[1]
        of = np.zeros(len(ids), dtype=np.intp)
        of[psu] = stratum
        return cls(psu.astype(np.intp), of)

    @property
    def count(self) -> IntArray:
        """PSUs by stratum."""
        return np.bincount(self.stratum).astype(np.intp)

    def variance(self, y: FloatArray, out: int | None) -> float:
        """Of the total of y (weighted values), PSUs drawn with replacement within strata; a lonely PSU adds nothing.

        out: the PSU that is left out of the sample.
        """
        there = np.arange(len(self.stratum)) != (-1 if out is None else out)
        total = np.bincount(self.psu, weights=y, minlength=len(self.stratum))
        n = np.bincount(self.stratum, weights=there)
        mean = np.bincount(self.stratum, weights=total * there) / np.maximum(n, 1)
        inside = np.bincount(self.stratum, weights=there * (total - mean[self.stratum]) ** 2)
        return float((inside * np.where(n > 1, n / np.maximum(n - 1, 1), 0.0)).sum())


def _one(
    table: pd.DataFrame, covariates: Sequence[str], sample: _Sample, answered: BoolArray, used: BoolArray, weight: FloatArray,
    wave: int, *, errors: bool,
) -> Representative:  # fmt: skip
    columns = matrix(table, covariates, used)
    spread = _spread(columns, sample, answered, used, weight)
    notes = list(spread.notes)
    se = None
    if errors and (sample.count < 2).any():
        notes.append(NO_SE)
    elif errors:
        se = _jackknife(columns, sample, answered, used, weight, spread.r)
    if spread.variance <= 0:
        notes.append(NO_SPREAD)
    root = np.sqrt(spread.share)
    partial: dict[str, float] = {}
    codes: dict[tuple[str, str], float] = {}
    for name in covariates:
        found = _categories(table[name].to_numpy(dtype=object)[used], spread.rho[used], weight[used])
        partial[name] = float(root * np.sqrt(sum(v * v for v in found.values())))
        codes |= {(name, text): value for text, value in found.items()}
    psus, strata = len(np.unique(sample.psu[used])), len(np.unique(sample.stratum[sample.psu[used]]))
    return Representative(
        wave, int(used.sum()), psus, strata, spread.r, 1.0 - 2.0 * np.sqrt(spread.variance).item(), se, spread.mean, spread.share,
        (1.0 - spread.r) / (2.0 * spread.mean), partial, codes, tuple(notes),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Spread:
    rho: FloatArray
    mean: float
    variance: float
    share: float
    notes: tuple[str, ...]

    @property
    def r(self) -> float:
        return 1.0 - 2.0 * float(np.sqrt(self.variance * self.share))


def _spread(
    columns: _Columns, sample: _Sample, answered: BoolArray, used: BoolArray, weight: FloatArray, out: int | None = None
) -> _Spread:  # fmt: skip
    """S^2 of the propensities and the share of it that is not the noise of their estimation.  out: the PSU left out."""
    found = estimated(*columns, answered, used, weight)
    w, rho = np.where(used, weight, 0.0), found.rho
    total = float(w.sum())
    mean = float(w @ rho) / total
    variance = float(w @ (rho - mean) ** 2) / (total - 1.0)
    z = (rho * (1.0 - rho))[:, None] * found.matrix
    scaled = w * (used.sum() / total)
    information = (found.matrix * (scaled * rho * (1.0 - rho))[:, None]).T @ found.matrix
    noise = float(np.einsum("i,ij,jk,ik->", w, z, np.linalg.pinv(information, hermitian=True), z))
    bias = (noise - sample.variance(w * rho, out) / total) / total
    share = 1.0 if variance <= 0 else min(max(1.0 - bias / variance, 0.0), np.inf)
    return _Spread(rho, mean, max(variance, 0.0), float(share), found.notes)


def _jackknife(
    columns: _Columns, sample: _Sample, answered: BoolArray, used: BoolArray, weight: FloatArray, r: float
) -> float:  # fmt: skip
    """Root of the sum of (n_h - 1)/n_h (r without the PSU - r)^2."""
    n = sample.count[sample.stratum]
    square = 0.0
    for i in range(len(n)):
        mine = sample.psu == i
        h = sample.stratum[sample.psu] == sample.stratum[i]
        left = np.where(h, weight * n[i] / (n[i] - 1), weight)
        again = _spread(columns, sample, answered, used & ~mine, left, i)
        square += (n[i] - 1) / n[i] * (again.r - r) ** 2
    return float(np.sqrt(square))


def _categories(codes: np.ndarray, rho: FloatArray, weight: FloatArray) -> dict[str, float]:
    """sqrt(share of the code) times (its mean propensity - the mean of all)."""
    text = np.array([code(c) for c in codes], dtype=object)
    total, mean = weight.sum(), float(np.average(rho, weights=weight))
    found = {}
    for name in sorted(set(text.tolist())):
        mine = text == name
        found[name] = float(np.sqrt(weight[mine].sum() / total) * (np.average(rho[mine], weights=weight[mine]) - mean))
    return found
