"""Base weights from the probabilities of selection, and what is said of a column of weights.

Imports numpy and pandas.  Everything after the base weight is chain.py's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

FACTORS = ("f_household", "f_response", "f_calibration", "f_trim")
COLUMNS = ("p_person", "n_eligible", "w_base", *FACTORS, "weight")


def weighted(people: pd.DataFrame) -> pd.DataFrame:
    """The frame with p_person, w_base, the factors and weight, their product; only the in-household factor is not 1.

    Needs p_psu, p_household (both in (0, 1]) and n_eligible (>= 1).  w_base = 1/(p_psu p_household) is the household's;
    one person a household is chosen with equal probability, so f_household = n_eligible = 1/p_person.
    """
    out = people.copy()
    out["p_person"] = 1.0 / out["n_eligible"].astype(float)
    out["w_base"] = 1.0 / (out["p_psu"] * out["p_household"])
    for name in FACTORS:
        out[name] = 1.0
    out["f_household"] = out["n_eligible"].astype(float)
    out["weight"] = product(out)
    return out


def product(people: pd.DataFrame) -> pd.Series[float]:
    """w_base times its four factors."""
    weight: pd.Series[Any] = people["w_base"].astype(float)
    for name in FACTORS:
        weight = weight * people[name]
    return weight


def summary(weight: pd.Series[float]) -> Mapping[str, float | int]:
    """n, sum, coefficient of variation, Kish's 1 + cv^2, smallest and largest weight (texts.weights)."""
    w = weight.to_numpy(dtype=np.float64)
    cv = float(w.std() / w.mean()) if len(w) else math.nan
    return {"n": len(w), "sum": float(w.sum()), "cv": cv, "deff_kish": 1 + cv * cv, "min": float(w.min()), "max": float(w.max())}
