"""Design effects: what weights, clusters and strata do to a variance, together and one by one.

Imports levels and variance; sums only.  Sources: Kish (1965) Survey Sampling 8.2; Kish (1992) J. Off. Stat. 8:183;
Gabler, Haeder and Lahiri (1999) Surv. Methodol. 25:105; R survey `svymean(deff=TRUE | "replace")`.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from .levels import Levels
from .status import NEGLIGIBLE
from .units import FloatArray, Units
from .variance import spread

DeffKind = Literal["wr", "wor", "parts"]


def deff(levels: Levels, kind: DeffKind = "wr") -> FloatArray:
    """(k,) variance over that of a simple random sample of the same n; NaN where it has no meaning.

    wr (and parts): with replacement (R: "replace").  wor: without, out of a population of sum(w) (R: TRUE); NaN when sum(w) < n.
    """
    s, total = levels.sums, levels.stat == "total"
    with np.errstate(divide="ignore", invalid="ignore"):
        simple = _spread(levels) / s["n"] * (s["w"] ** 2 if total else (s["w"] / _bottom(levels)) ** 2)
        if kind == "wor":
            simple = simple * np.where(s["w"] >= s["n"], (s["w"] - s["n"]) / s["w"], np.nan)
        found = levels.variance / simple
        defined = (s["n"] >= 2) & (_spread(levels) > NEGLIGIBLE * (s["wy"] / s["w"]) ** 2) & np.isfinite(found)
    return np.where(defined & (levels.stat != "variance"), found, np.nan)


def parts(levels: Levels) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(k,) each: deff by weighting (Kish n sum w^2/(sum w)^2), by clustering and by stratification; their product is deff wr.

    stratification: V over V with all strata thrown together; clustering: what is left.  Needs units (not replicates).
    """
    whole = deff(levels)
    weighting = levels.sums["n"] / np.where(levels.n_kish > 0, levels.n_kish, np.nan)
    if levels.units is None or levels.scores is None:
        return weighting, np.full(len(whole), np.nan), np.full(len(whole), np.nan)
    one = Units(("",) * len(levels.units.psu), levels.units.psu, levels.units.fraction)
    together = spread(levels.scores, one, "certainty").values
    with np.errstate(divide="ignore", invalid="ignore"):
        strata = levels.variance / np.einsum("ij,ij->j", together, together)
        return weighting, whole / weighting / strata, strata


def _bottom(levels: Levels) -> FloatArray:
    return levels.sums["wx"] if levels.stat == "ratio" else levels.sums["w"]


def _spread(levels: Levels) -> FloatArray:
    """S^2 = n/(n-1) sum w (y - R x)^2 / sum w, R: `svyvar` of the residuals."""
    s, f = levels.sums, levels.factor
    if "wyy" not in s:
        return np.full(len(levels.value), np.nan)
    r = s["wy"] / s["w"] if levels.stat == "total" else levels.value
    xy, xx = (s["wxy"] * f, s["wxx"]) if levels.stat == "ratio" else (s["wy"], s["w"])
    n = s["n"]
    return (f**2 * s["wyy"] - 2 * r * xy + r * r * xx) / s["w"] * n / np.maximum(n - 1, 1)
