"""Response propensities and R-indicators against R (glm, the RISQ tools 2.1), by hand, and where a model has no maximum."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.weighting.propensity import CONSTANT, propensities
from analysis.weighting.rindicator import NO_SE, NO_SPREAD, representative
from forms.errors import BdgError
from tests.analysis.drawn_households import House, some, surveys, table

HERE = Path(__file__).parents[1] / "reference" / "response"


@cache
def people() -> pd.DataFrame:
    return pd.read_csv(HERE / "data.csv")


@cache
def figures() -> dict[str, Any]:
    return dict(json.loads((HERE / "expected.json").read_text(encoding="utf-8")))


def answered() -> np.ndarray:
    return people()["answered"].to_numpy() == 1


def everybody() -> np.ndarray:
    return np.ones(len(people()), dtype=bool)


def sampled() -> pd.DataFrame:
    """The same 160 cases as households: every household its own PSU of one stratum, as the RISQ tools take them."""
    d = people()
    return pd.DataFrame({
        "wave": 2026, "stratum": "one", "psu": [f"{i:03}" for i in range(len(d))], "status": "main", "issued": True,
        "disposition": np.where(answered(), "I", "R"), "p_psu": 1 / d["w"], "p_household": 1.0, "group": d["stratum"],
        "area": d["area"],
    })  # fmt: skip


@pytest.mark.parametrize("weighted", [False, True])
def test_glm_of_r(weighted: bool) -> None:
    name = "weighted" if weighted else "plain"
    weight = people()["w"].to_numpy() if weighted else None
    found = propensities(people(), ("stratum", "area", "size"), answered(), everybody(), weight)
    assert found.names == ("(Intercept)", "stratum=b", "stratum=c", "stratum=d", "area=urban", "size")
    assert found.beta == pytest.approx(figures()[f"beta_{name}"], rel=1e-8, abs=1e-10)
    assert found.rho == pytest.approx(figures()[f"rho_{name}"], rel=1e-8)
    assert found.notes == ()


def test_a_column_that_follows_from_others_is_left_out_as_r_does() -> None:
    data = people().assign(twin=np.where(people()["stratum"].isin(["a", "b"]), "x", "y"), one="same")
    found = propensities(data, ("one", "stratum", "twin", "area"), answered(), everybody())
    assert found.rho == pytest.approx(figures()["rho_aliased"], rel=1e-8)
    assert found.notes[0] == CONSTANT.format(names="one")
    assert "twin=y" in found.notes[1]


def test_the_risq_tools() -> None:
    """R-indicator with and without bias adjustment, mean, coefficient of variation, partial indicators, jackknife error."""
    found = representative(sampled(), ("group", "area"))[0]
    ours = {
        "R": found.r, "RUnadj": found.raw, "share": found.share, "mean": found.mean, "CV": found.bias,
        "partial_stratum": found.partial["group"], "partial_area": found.partial["area"], "RSE_jackknife": found.se,
    }  # fmt: skip
    for name, value in ours.items():
        assert value == pytest.approx(figures()[name][0], rel=1e-9), name
    codes = [found.codes["group", c] for c in "abcd"]
    assert codes == pytest.approx(figures()["codes_stratum"], rel=1e-9)
    assert found.se != pytest.approx(figures()["RSE_analytic"][0], rel=0.05)  # RISQ's holds the weights' effect out


def test_two_groups_by_hand() -> None:
    """50 of 100 households answer in a, 90 of 100 in b, weights 1: rho .5 and .9, mean .7, S^2 = 200 * .04/199.

    R without adjustment = 1 - 2 sqrt(8/199) = .59900.  z = rho(1-rho) x; noise = the sum of rho(1-rho)/n over groups times
    n/N = (.25 + .09)/200; the mean's own noise is S^2 with replacement over n: (8/199)/200.
    """
    houses = [House("s", f"h{i:03}", "I" if i % 100 < (50 if i < 100 else 90) else "R", area="ab"[i >= 100]) for i in range(200)]
    found = representative(table(houses), ("area",), errors=False)[0]
    square = 8 / 199
    bias = (0.25 + 0.09) / 200 - square / 200
    assert found.raw == pytest.approx(1 - 2 * square**0.5, rel=1e-12)
    assert found.r == pytest.approx(1 - 2 * (square - bias) ** 0.5, rel=1e-12)
    assert found.mean == pytest.approx(0.7)
    assert found.bias == pytest.approx((1 - found.r) / 1.4)
    assert found.codes["area", "a"] == pytest.approx(-(0.5**0.5) * 0.2)
    assert found.partial["area"] == pytest.approx(0.2 * (1 - bias / square) ** 0.5)
    assert found.se is None
    rows = {(r.estimand, r.category): r for r in found.rows}
    assert rows["r", ""].estimate == found.r
    assert rows["r_partial", "area=a"].estimate == found.codes["area", "a"]
    assert {r.kind for r in found.rows} == {"diagnostic"}


def test_without_adjustment_equal_response_looks_unequal() -> None:
    """All households have chance .7; 20 categories.  The raw indicator is .9 or less on average, the adjusted one near 1."""
    rng = np.random.default_rng(3)
    raw, adjusted = [], []
    for _ in range(40):
        houses = [
            House("s", f"h{i:03}", "I" if rng.random() < 0.7 else "R", area=f"{i % 20:02}") for i in range(400)
        ]  # fmt: skip
        found = representative(table(houses), ("area",), errors=False)[0]
        raw.append(found.raw)
        adjusted.append(found.r)
    assert np.mean(raw) < 0.82
    assert np.mean(adjusted) > 0.93


def test_hamlets_that_answer_alike_widen_the_error() -> None:
    """Leaving out hamlets, not households: 20 hamlets of 10 where all or none answer have a larger error."""
    rng = np.random.default_rng(8)
    chance = rng.random(20) < 0.7
    alike = [House("s", f"h{i // 10:02}", "I" if chance[i // 10] else "R", area="ab"[i % 2 and i > 60]) for i in range(200)]
    lone = [House("s", f"x{i:03}", h.group, area=h.area) for i, h in enumerate(alike)]
    one, two = (representative(table(houses), ("area",))[0].se or 0.0 for houses in (alike, lone))
    assert one > 1.5 * two


def test_separation_is_its_limit_and_said_in_words() -> None:
    """All 5 of b answered: no finite coefficient (R: fitted probabilities of 1 - 1e-11, a warning).  rho = 1, a stays .5."""
    data = table(some("a", "I*4 R*4") + some("b", "I*5") + some("c", "R*3"))
    spoke = (data["disposition"] == "I").to_numpy()
    found = propensities(data, ("stratum",), spoke, np.ones(len(data), dtype=bool))
    assert list(found.rho) == [0.5] * 8 + [1.0] * 5 + [0.0] * 3
    assert "stratum=b" in found.notes[0]
    assert " | " in found.notes[0]
    every = propensities(data, ("stratum",), np.ones(len(data), dtype=bool), np.ones(len(data), dtype=bool))
    assert (every.rho == 1).all()


def test_predicts_for_rows_outside_the_fit_and_knows_no_missing_numbers() -> None:
    data = people().assign(size=people()["size"].astype(float))
    used = everybody()
    used[100:] = False
    found = propensities(data, ("stratum", "size"), answered(), used)
    again = propensities(data.iloc[:100], ("stratum", "size"), answered()[:100], used[:100])
    assert found.beta == pytest.approx(again.beta, rel=1e-12)
    assert ((found.rho > 0) & (found.rho < 1)).all()
    data.loc[3, "size"] = np.nan
    for names, code in ((("size",), "STAT-094"), (("height",), "STAT-091")):
        with pytest.raises(BdgError) as fault:
            propensities(data, names, answered(), used)
        assert fault.value.problems[0].code == code


@settings(max_examples=40, deadline=None)
@given(surveys(), st.sampled_from([("stratum",), ("area",), ("stratum", "area")]))
def test_fitted_probabilities_reproduce_the_response_of_every_category(houses: list[House], names: tuple[str, ...]) -> None:
    """Score equations of the logit, separated or not: in each category the propensities sum to those who answered."""
    data = table([h for h in houses if not h.reserve])
    spoke = (data["disposition"] == "I").to_numpy()
    found = propensities(data, names, spoke, np.ones(len(data), dtype=bool))
    assert ((found.rho >= 0) & (found.rho <= 1)).all()
    for name in names:
        for _, rows in data.groupby(name).indices.items():
            assert found.rho[rows].sum() == pytest.approx(spoke[rows].sum(), abs=1e-7)


def test_no_spread_and_no_error_are_notes() -> None:
    found = representative(table(some("a", "I*5")), ("stratum",))[0]
    assert (found.r, found.raw, found.se) == (1.0, 1.0, None)
    assert NO_SE in found.notes
    assert NO_SPREAD in found.notes
    assert found.rows[0].reason


def test_unknown_eligibility_counts_as_no_answer_and_ineligible_not_at_all() -> None:
    houses = some("a", "I*6 R*2 NE*5") + some("b", "I*5 UH*5") + some("b", "I*4", reserve=True)
    found = representative(table(houses), ("stratum",), errors=False)[0]
    assert found.n == 18
    assert found.mean == pytest.approx(11 / 18)
