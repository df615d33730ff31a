"""A made-up survey of two waves for the weighting chain: drawn households, who answered, who they are; no files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from analysis.tidied import Counts, Tidy
from analysis.weighting.targets import Targets, Total
from forms import province_folder
from forms.survey import Weighing, load_survey

MARGIN = "sex*agegroup*stratum_2026"
BANDS = ("a16_30", "a31_59", "a60")
ORDER = {"agegroup": BANDS}
SEXES = ("female", "male")
NONE = Counts(0, 0, 0, 0, 0, 0, 0, 0, 0, {})


def plan(**changes: Any) -> Weighing:
    """The shipped plan's weights, with changes."""
    return replace(load_survey(province_folder()).weighing, **changes)


def survey(
    *, psus: int = 10, households: int = 12, strata: int = 3, seed: int = 1, waves: tuple[int, ...] = (2026, 2030),
    response: float = 0.85, kept: int = 5, skew: float = 0.5, certain: bool = False,
) -> list[Tidy]:  # fmt: skip
    """Waves of strata x psus hamlets; the first `kept` of each stratum are in every wave."""
    rng = np.random.default_rng(seed)
    found = []
    for turn, wave in enumerate(waves):
        rows: list[dict[str, Any]] = []
        for h in range(strata):
            for i in range(psus):
                number = i if i < kept or turn == 0 else i + 100 * turn
                p_psu = float(np.clip(0.08 * np.exp(rng.normal(0, skew)), 0.01, 1.0))
                sure = int(certain and h == 0 and i == 0)
                rows += [
                    _household(rng, wave, h, number, k, 1.0 if sure else p_psu, response + 0.05 * h, sure)
                    for k in range(households)
                ]
        table = pd.DataFrame(rows)
        people = table.loc[table["disposition"] == "I"].drop(columns=["disposition", "issued", "status", "replaces"])
        people = people.sort_values("person").reset_index(drop=True)
        people["agegroup"] = [BANDS[(a >= 31) + (a >= 60)] for a in people["age"]]
        people["score"] = 50 + 8 * (people["sex"] == "female") + 0.1 * people["age"] + rng.normal(0, 10, len(people))
        people["score__why"] = "answered"
        sampled = tuple(sorted({(wave, r["stratum"], r["psu"]) for r in rows}))
        days = np.array([date(wave, 10, 5)] * len(people), dtype=object)
        found.append(Tidy(wave, people, {}, days, NONE, sampled, ("",) * len(people), table))
    return found


def _household(
    rng: np.random.Generator, wave: int, h: int, number: int, k: int, p_psu: float, response: float, sure: int
) -> dict[str, Any]:
    psu, ssu, answered = f"s{h}p{number:03d}", f"{k + 1:03d}", rng.random() < response
    n = float(rng.choice([1, 2, 2, 3, 4]))
    stratum = f"stratum{h}"
    return {
        "wave": wave, "stratum": stratum, "psu": psu, "ssu": ssu, "status": "main", "reserve_order": np.nan, "p_psu": p_psu,
        "p_household": 0.1, "certainty": sure, "area": "rural", "khu_vuc": None, "dtts": None, "stratum_2026": stratum,
        "issued": True, "result": "completed" if answered else "refused", "disposition": "I" if answered else "R",
        "n_eligible": n, "sex": str(rng.choice(SEXES, p=[0.55, 0.45])), "age": float(rng.integers(16, 85)),
        "person": f"{wave}{psu}{ssu}" if answered else None, "replaces": "",
    }  # fmt: skip


def joined(waves: list[Tidy]) -> pd.DataFrame:
    """All people."""
    return pd.concat([t.people for t in waves], ignore_index=True)


def totals(
    *, strata: int = 3, waves: tuple[int, ...] = (2026, 2030), margin: str = MARGIN, size: float = 190_000.0, **more: float
) -> Targets:
    """margins.csv of that survey: uneven on purpose; more: persons of single categories by name ('female*a60*stratum0')."""
    names: dict[str, tuple[str, ...]] = {
        "sex": SEXES, "agegroup": BANDS, "stratum_2026": tuple(f"stratum{h}" for h in range(strata)),
    }  # fmt: skip
    rows, weight = [], {"female": 1.06, "a16_30": 0.24, "a31_59": 0.44, "a60": 0.32, "stratum1": 1.1}
    for wave in waves:
        levels: list[tuple[str, ...]] = [()]
        for column in margin.split("*"):
            levels = [(*x, c) for x in levels for c in names[column]]
        each = {x: float(np.prod([weight.get(c, 1.0) for c in x])) for x in levels}
        scale = size / sum(each.values())
        rows += [
            Total(wave, margin, "*".join(x), more.get("*".join(x), round(v * scale, 3)), "Niên giám thống kê", date(wave, 4, 1))
            for x, v in each.items()
        ]
    return Targets(tuple(rows))


def beside(*some: Targets) -> Targets:
    """Several margins in one file."""
    return Targets(tuple(r for t in some for r in t.rows))
