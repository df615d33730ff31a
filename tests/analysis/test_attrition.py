"""Panel attrition: those found again stand for all who are still there; nothing of it enters a cross-section."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.weighting.attrition import attrition
from forms.errors import BdgError
from tests.analysis.drawn_households import weighing

ROOT = Path(__file__).parents[2]


def panel(size: int = 400, seed: int = 4) -> tuple[pd.DataFrame, np.ndarray]:
    """Persons of 2026 with weights; men and the young are found less often."""
    rng = np.random.default_rng(seed)
    persons = pd.DataFrame({
        "wave": 2026, "person": [f"p{i}" for i in range(size)], "weight": rng.gamma(4, 100, size),
        "sex": rng.choice(["male", "female"], size), "agegroup": rng.choice(["15-29", "30+"], size),
    })  # fmt: skip
    chance = 0.8 - 0.2 * (persons["sex"] == "male") - 0.3 * (persons["agegroup"] == "15-29")
    return persons, rng.random(size) < chance.to_numpy()


def test_by_hand() -> None:
    """Women: 3 of 4 followed, one died: 3/3 = 1.  Men: 2 of 5 followed, one unknown: (4 + 1 * 4/4)/2 = 2.5."""
    persons = pd.DataFrame({"wave": 2026, "weight": 10.0, "sex": ["female"] * 4 + ["male"] * 5})
    followed = np.array([1, 1, 1, 0, 1, 1, 0, 0, 0], dtype=bool)
    died = np.array([0, 0, 0, 1, 0, 0, 0, 0, 0], dtype=bool)
    unknown = np.array([0, 0, 0, 0, 0, 0, 0, 0, 1], dtype=bool)
    found = attrition(persons, followed, weighing(classes=("sex",)), ineligible=died, unknown=unknown)
    factor = found.factors(persons[["weight"]].to_numpy())[:, 0]
    assert factor[:3] == pytest.approx(1.0)
    assert factor[4:6] == pytest.approx(2.5)
    assert np.isnan(factor[~followed]).all()


@pytest.mark.parametrize("response", ["classes", "propensity"])
def test_totals_are_kept_in_every_replicate(response: str) -> None:
    persons, followed = panel()
    rule = weighing(response=response, classes=("sex", "agegroup"), covariates=("sex", "agegroup"), least=20)
    found = attrition(persons, followed, rule)
    weight = persons["weight"].to_numpy()
    base = weight[:, None] * np.column_stack([np.ones(400), np.random.default_rng(1).integers(0, 3, (400, 20))])
    factor = found.factors(base)
    assert np.nansum(factor * base, axis=0) == pytest.approx(base.sum(axis=0), rel=1e-12)
    assert np.nanmin(factor[:, 0]) >= 1.0
    assert len(found.names) == 4


def test_the_plain_mean_of_the_followed_is_off_and_the_adjusted_one_is_not() -> None:
    """Share of men among the followed: about .40 for a truth of .5; after the factors .5 exactly, by construction."""
    persons, followed = panel(4000)
    found = attrition(persons, followed, weighing(classes=("sex", "agegroup")))
    w = persons["weight"].to_numpy()
    factor = np.nan_to_num(found.factors(w[:, None])[:, 0])
    men = (persons["sex"] == "male").to_numpy()
    truth = w[men].sum() / w.sum()
    assert abs((w * followed)[men].sum() / (w * followed).sum() - truth) > 0.05
    assert (w * factor)[men].sum() / (w * factor).sum() == pytest.approx(truth, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 60), st.integers(0, 10**6), st.integers(1, 5))
def test_nobody_is_lost(size: int, seed: int, least: int) -> None:
    persons, followed = panel(size, seed)
    followed[0] = True
    gone = ~followed & (np.random.default_rng(seed).random(size) < 0.3)
    found = attrition(persons, followed, weighing(classes=("sex", "agegroup"), least=least, most=3.0), ineligible=gone)
    base = persons["weight"].to_numpy()[:, None]
    assert np.nansum(found.factors(base) * base) == pytest.approx(base[~gone].sum(), rel=1e-12)


def test_bad_input() -> None:
    persons, followed = panel(20)
    cases = [
        ({"followed": followed[:5]}, {}, "STAT-011"),
        ({"ineligible": followed}, {}, "STAT-011"),
        ({}, {"response": "none"}, "STAT-011"),
        ({}, {"classes": ("education",)}, "STAT-091"),
        ({"followed": np.zeros(20, dtype=bool)}, {"classes": ("sex",)}, "STAT-093"),
    ]
    for given_, rule, code in cases:
        with pytest.raises(BdgError) as fault:
            attrition(persons, given_.get("followed", followed), weighing(**rule), ineligible=given_.get("ineligible"))
        assert fault.value.problems[0].code == code


def test_nothing_of_the_headline_imports_it() -> None:
    """Decision 11: a person panel is off by default and never mixed into the headline."""
    users = []
    for path in [*(ROOT / "analysis").rglob("*.py"), *(ROOT / "reports").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("attrition"):
                users.append(path.name)
    assert users == []
