"""Tables of drawn households made by hand or at random, in the shape of analysis.issued, and a slow plain response factor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from forms import province_folder
from forms.survey import Weighing, load_survey

GROUPS = ("I", "R", "NC", "O", "UH", "UO", "NE")


@dataclass(frozen=True)
class House:
    """One household: its stratum, hamlet, what became of it, its base weight, and whether it is a reserve."""

    stratum: str
    psu: str
    group: str
    weight: float = 1.0
    reserve: bool = False
    area: str = "rural"
    wave: int = 2026


def table(houses: Sequence[House]) -> pd.DataFrame:
    """The columns that rates and response classes read."""
    return pd.DataFrame({
        "wave": [h.wave for h in houses],
        "stratum": [h.stratum for h in houses],
        "psu": [h.psu for h in houses],
        "ssu": [f"{i:03}" for i in range(len(houses))],
        "status": ["reserve" if h.reserve else "main" for h in houses],
        "p_psu": [1.0 / h.weight for h in houses],
        "p_household": [1.0 for _ in houses],
        "area": [h.area for h in houses],
        "issued": [bool(h.group) for h in houses],
        "result": ["completed" if h.group == "I" else "refused" if h.group else "" for h in houses],
        "disposition": [h.group for h in houses],
        "person": [f"p{i}" if h.group == "I" else None for i, h in enumerate(houses)],
    })  # fmt: skip


def some(stratum: str, counts: str, **more: Any) -> list[House]:
    """Households of one stratum from a text like "I*5 R NC*2"."""
    found = []
    for part in counts.split():
        group, _, times = part.partition("*")
        found += [House(stratum, f"{stratum}1", group, **more)] * int(times or 1)
    return found


@cache
def plan() -> Weighing:
    """The weighing of the shipped survey.yaml."""
    return load_survey(province_folder()).weighing


def weighing(**more: Any) -> Weighing:
    """The same with fields changed; by default nothing is merged for being small."""
    return replace(plan(), **{"least": 1, "most": 1e9, "classes": ("stratum",), **more})


def plain_factor(houses: Sequence[House]) -> Fraction:
    """One class worked out with fractions: eligible mains, unknown ones at the rate e, over all interviews."""
    mains = [h for h in houses if h.group and not h.reserve]
    known = sum((Fraction(h.weight) for h in mains if h.group in ("I", "R", "NC", "O")), Fraction(0))
    unknown = sum((Fraction(h.weight) for h in mains if h.group in ("UH", "UO")), Fraction(0))
    gone = sum((Fraction(h.weight) for h in mains if h.group == "NE"), Fraction(0))
    spoke = sum((Fraction(h.weight) for h in houses if h.group == "I"), Fraction(0))
    eligible = known + (unknown * known / (known + gone) if unknown else 0)
    return eligible / spoke


@st.composite
def surveys(draw: st.DrawFn) -> list[House]:
    """A survey of a few strata and hamlets; at least one interview of a main household somewhere."""
    houses = [House("a", "a1", "I", 7.0)]
    for stratum in draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True)):
        for psu in range(draw(st.integers(1, 3))):
            weight = float(draw(st.integers(1, 900)))
            area = draw(st.sampled_from(["urban", "rural"]))
            for group in draw(st.lists(st.sampled_from(GROUPS), min_size=1, max_size=8)):
                houses.append(House(stratum, f"{stratum}{psu}", group, weight, area=area))
            for group in draw(st.lists(st.sampled_from(["I", "R", ""]), max_size=2)):
                houses.append(House(stratum, f"{stratum}{psu}", group, weight, reserve=True, area=area))
    return houses


def replicates(houses: Sequence[House], count: int, seed: int) -> np.ndarray:
    """Base weights (n, 1 + count): the full sample, then hamlets drawn again with replacement."""
    rng = np.random.default_rng(seed)
    psus = sorted({h.psu for h in houses})
    base = np.array([h.weight for h in houses])
    times = rng.multinomial(len(psus), np.full(len(psus), 1 / len(psus)), size=count).T
    of = [psus.index(h.psu) for h in houses]
    return np.column_stack([base, base[:, None] * times[of]])
