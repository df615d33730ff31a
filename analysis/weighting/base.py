"""Base weights from the three probabilities of selection; the adjustment factors stand ready at one.

Imports numpy and pandas.  Household nonresponse is not adjusted yet: the report's method note says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

FACTORS = ("f_household", "f_response", "f_calibration", "f_trim")
COLUMNS = ("p_person", "n_eligible", "w_base", *FACTORS, "weight")


def weighted(people: pd.DataFrame) -> pd.DataFrame:
    """The frame with p_person, w_base, the factors and weight, their product.

    Needs p_psu, p_household (both in (0, 1]) and n_eligible (>= 1).  One person a household is chosen with equal
    probability, so p_person = 1/n_eligible and w_base = n_eligible/(p_psu p_household).
    """
    out = people.copy()
    out["p_person"] = 1.0 / out["n_eligible"].astype(float)
    out["w_base"] = 1.0 / (out["p_psu"] * out["p_household"] * out["p_person"])
    for name in FACTORS:
        out[name] = 1.0
    out["weight"] = out[["w_base", *FACTORS]].prod(axis=1)
    return out


def summary(weight: pd.Series[float]) -> Mapping[str, float | int]:
    """n, sum, coefficient of variation, Kish's 1 + cv^2, smallest and largest weight (texts.weights)."""
    w = weight.to_numpy(dtype=np.float64)
    cv = float(w.std() / w.mean()) if len(w) else math.nan
    return {"n": len(w), "sum": float(w.sum()), "cv": cv, "deff_kish": 1 + cv * cv, "min": float(w.min()), "max": float(w.max())}
