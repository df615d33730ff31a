"""Data and designs that the tests of models share: R's reference data with their designs, and a two-wave survey drawn by seed."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from analysis.design import Design, Lonely, LonelyRule, Replicates
from tests.reference import cases

HERE = cases.HERE / "models"


def design(rule: LonelyRule = "certainty", **changes: Any) -> Design:
    """The stacked design of synth2w, R's `svydesign(ids=~psu, strata=~stratum, weights=~w)`."""
    return replace(Design("stratum", "psu", "w", None, Lonely(rule, rule), "design"), **changes)


@cache
def expected() -> dict[str, dict[str, Any]]:
    """R's results by id; R 4.2.2, survey 4.1-1, the call beside each."""
    return {e["id"]: e for e in json.loads((HERE / "expected.json").read_text(encoding="utf-8"))["results"]}


@cache
def people() -> pd.DataFrame:
    """synth2w with age and six items."""
    extra = pd.read_csv(HERE / "people.csv")
    whole = pd.concat([cases.data("synth2w"), extra], axis=1)
    return whole.assign(w30=(whole.wave == 2030).astype(float))


@cache
def schools(name: str) -> tuple[pd.DataFrame, Design]:
    """One of the school samples and its design."""
    certain = Lonely("certainty", "certainty")
    if name == "apiclus2":
        data = pd.read_csv(HERE / "schools.csv", dtype={"dnum": str, "snum": str})
        return data, Design(None, "dnum", None, None, certain, "design", ssu="snum", fpc=("fpc1", "fpc2"))
    data = cases.data(name)
    if name == "apiclus1":
        return data, Design(None, "dnum", "pw", None, certain, "design", fpc=("fpc",))
    data = pd.concat([data, pd.read_csv(HERE / "ell.csv")], axis=1)
    return data, Design("stype", None, "pw", None, certain, "design", fpc=("fpc",))


@cache
def jackknife() -> tuple[pd.DataFrame, Design]:
    """apiclus1 with R's `as.svrepdesign(d, type="JK1")`: each district left out once; scale (n-1)/n (1-f)."""
    data, _ = schools("apiclus1")
    districts = sorted(data.dnum.unique())
    n = len(districts)
    weights = {f"rep{i}": np.where(data.dnum == d, 0.0, data.pw * n / (n - 1)) for i, d in enumerate(districts)}
    reps = Replicates(tuple(weights), "JK1", (n - 1) / n * (1 - n / 757), (1.0,) * n)
    made = pd.concat([data, pd.DataFrame(weights)], axis=1)
    return made, Design(None, "dnum", "pw", None, Lonely("certainty", "certainty"), "design", replicates=reps)


def survey(seed: int = 7, n: int = 1200, psus: int = 40) -> pd.DataFrame:
    """The sample of `_survey`, a copy: no test may change what another one reads."""
    return _survey(seed, n, psus).copy()


@cache
def _survey(seed: int = 7, n: int = 1200, psus: int = 40) -> pd.DataFrame:
    """A seeded two-wave sample: PSUs p00.. in 8 strata, a latent level `theta`, x, groups and outcomes of every family."""
    r = np.random.default_rng(seed)
    at = np.arange(n) % psus
    frame = pd.DataFrame({
        "psu": [f"p{i:02d}" for i in at], "stratum": [f"s{i % 8}" for i in at], "w": r.gamma(4, size=n),
        "wave": np.where(np.arange(n) < n // 2, 2026, 2030), "sex": r.choice(["F", "M"], n), "group": r.choice(list("abc"), n),
        "x": r.normal(size=n) * 10 + 50,
    })  # fmt: skip
    theta = r.normal(size=n) + 0.4 * r.normal(size=psus)[at] + 0.02 * (frame.x - 50) + 0.3 * (frame.sex == "M")
    frame["theta"] = theta
    frame["score"] = 60 + 8 * theta + r.normal(size=n) * 4
    frame["yes"] = (theta + r.logistic(size=n) > 0.2).astype(float)
    frame["visits"] = r.poisson(np.exp(0.3 + 0.3 * theta)).astype(float)
    frame["rating"] = np.digitize(theta + r.logistic(size=n), [-2.0, -0.5, 0.6, 2.0]) + 1.0
    return frame
