"""Design effects and their parts: R's figures, plain formulas, and what they must be in designs that have none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import effects
from analysis.asked import ask, levels_of
from analysis.backends import frame_source
from analysis.design import Design, Lonely
from analysis.estimate import estimate
from analysis.levels import UNITS, Levels
from tests.analysis import by_force
from tests.analysis.test_variance_stages import APICLUS2, FPC8, MU284, NO_ENROLMENT
from tests.reference import cases

CERTAIN = Lonely("certainty", "certainty")
ONE = Design("h", "i", "w", None, CERTAIN, "design")


def levels(data: pd.DataFrame, design: Design, y: Any = "y", stat: Any = "mean", by: Any = ()) -> Levels:
    source = frame_source(data, design)
    asked = ask(source, y, by=by, where=None, stat=stat, waves=(), missing="variable")
    (one,) = levels_of(source, design, asked, stat, UNITS[stat], "certainty")
    return one


# ---- R -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "design", "y", "wanted"),
    [
        (MU284, Design(None, "id1", None, None, CERTAIN, "design", ssu="id2", fpc=("n1", "n2")), "y1", 1.0942934780162652),
        (FPC8, Design("stratid", "psuid", "weight", None, CERTAIN, "design", fpc=("Nh",), nest=True), "x", 0.9853061485248958),
        (FPC8, Design("stratid", "psuid", "weight", None, CERTAIN, "design", nest=True), "x", 1.4266033555706408),
    ],
    ids=["mu284", "fpc", "fpc with replacement"],
)
def test_deff_without_replacement_equals_r(data: pd.DataFrame, design: Design, y: str, wanted: float) -> None:
    """R 4.2.2, survey 4.1-1: svymean(~y, design, deff=TRUE)."""
    assert estimate(data, design, y, deff="wor")[0].deff == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(("kind", "wanted"), [("wor", 6.283315113045958), ("wr", 6.132970343261454)])
def test_deff_of_two_stages_equals_r(kind: Any, wanted: float) -> None:
    """R: svymean(~api00+enroll, d, deff=TRUE | "replace", na.rm=TRUE) of apiclus2; N is the sum of the weights."""
    data = pd.read_csv(cases.HERE / "apiclus2" / "data.csv").assign(
        both=lambda d: np.where(d["snum"].isin(NO_ENROLMENT), "no", "yes")
    )
    assert estimate(data, APICLUS2, "api00", where={"both": "yes"}, deff=kind)[0].deff == pytest.approx(wanted, rel=1e-9)


def test_deff_of_categories_equals_r() -> None:
    """R: svymean(~factor(stype), d, deff=TRUE)."""
    found = estimate(pd.read_csv(cases.HERE / "apiclus2" / "data.csv"), APICLUS2, "stype", stat="proportion", deff="wor")
    assert [r.deff for r in found] == pytest.approx([1.826797412484892, 3.547287948822277, 0.4207083847039891], rel=1e-9)


# ---- the formula ---------------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from(["mean", "total", "ratio"]))
def test_plain_formulas(seed: int, stat: Any) -> None:
    """V over S^2/n (mean), N^2 S^2/n (total), S^2 of y - R x over n and the mean of x squared (ratio); wor times 1 - n/N."""
    data = by_force.people(seed)
    w, y, x = (data[c].to_numpy() for c in ("w", "y", "x"))
    n, whole = len(w), w.sum()
    pair: Any = ("y", "x") if stat == "ratio" else "y"
    rest = y - (w @ y / (w @ x)) * x if stat == "ratio" else y - w @ y / whole
    s2 = w @ rest**2 / whole * n / (n - 1)
    simple = s2 / n * {"mean": 1.0, "total": whole**2, "ratio": (whole / (w @ x)) ** 2}[stat]
    for kind, factor in (("wr", 1.0), ("wor", 1 - n / whole)):
        row = estimate(data, ONE, pair, stat=stat, deff=kind)[0]  # type: ignore[arg-type]  # two kinds
        assert row.deff == pytest.approx(row.se**2 / (simple * factor), rel=1e-9)


@pytest.mark.parametrize("times", [1.0, 1e-3, 1e4, 1e9])
@pytest.mark.parametrize("stat", ["mean", "total", "proportion", "ratio"])
def test_the_size_of_the_population_does_not_matter(times: float, stat: Any) -> None:
    """The weights of a country, of a village, and shares of one: also the deff of a total."""
    data = by_force.people(1)
    y: Any = {"proportion": "yes", "ratio": ("y", "x")}.get(stat, "y")
    plain, scaled = (estimate(d, ONE, y, stat=stat)[0].deff for d in (data, data.assign(w=data["w"] * times)))
    assert plain is not None
    assert scaled == pytest.approx(plain, rel=1e-9)


def test_more_interviews_than_people_have_no_deff_without_replacement() -> None:
    data = by_force.people(2)
    data["w"] /= data["w"].sum() * 2
    assert estimate(data, ONE, "y", deff="wor")[0].deff is None
    assert estimate(data, ONE, "y")[0].deff is not None


def test_a_simple_random_sample_has_deff_one() -> None:
    data = pd.DataFrame({"y": np.random.default_rng(3).normal(size=40)})
    plain = Design(None, None, None, None, CERTAIN, "design")
    assert estimate(data, plain, "y")[0].deff == pytest.approx(1.0)
    drawn = estimate(data.assign(N=400.0), replace(plain, fpc=("N",)), "y", deff="wor")[0]
    assert drawn.deff == pytest.approx(1.0)


# ---- its parts -----------------------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_the_parts_multiply_to_the_whole(seed: int) -> None:
    one = levels(by_force.people(seed), ONE, by=((), ("sex",)))
    weighting, clustering, strata = effects.parts(one)
    assert weighting * clustering * strata == pytest.approx(effects.deff(one), rel=1e-9)
    w = by_force.people(seed)["w"]
    assert weighting[0] == pytest.approx(len(w) * (w**2).sum() / w.sum() ** 2)
    assert (weighting >= 1 - 1e-12).all()


def test_designs_without_a_part_have_one_there() -> None:
    """Equal weights: no weighting. One stratum: no stratification. Every person a PSU of equal weight: no clustering."""
    data = by_force.people(4)
    weighting, _, _ = effects.parts(levels(data.assign(w=7.0), ONE))
    assert weighting[0] == pytest.approx(1.0)
    _, _, strata = effects.parts(levels(data, replace(ONE, strata=None)))
    assert strata[0] == pytest.approx(1.0)
    weighting, clustering, strata = effects.parts(levels(data.assign(w=1.0), Design(None, None, "w", None, CERTAIN, "design")))
    assert (weighting[0], clustering[0], strata[0]) == (pytest.approx(1.0), pytest.approx(1.0), pytest.approx(1.0))


def test_strata_that_differ_lower_and_clusters_that_differ_raise() -> None:
    rng = np.random.default_rng(5)
    data = by_force.people(5, strata=4, psus=6, persons=8).assign(w=1.0)
    far = data.assign(y=data["h"].str[1].astype(float) * 10 + rng.normal(0, 1, len(data)))
    alike = data.assign(y=pd.factorize(data["i"])[0] % 6 * 5.0 + rng.normal(0, 1, len(data)))
    _, _, low = effects.parts(levels(far, ONE))
    _, high, near = effects.parts(levels(alike, ONE))
    assert low[0] < 0.2
    assert high[0] > 2.5
    assert near[0] > 0.8


def test_nobody_and_equal_answers_have_no_deff_and_no_warning() -> None:
    data = by_force.people(6).assign(c=lambda d: np.where(d["sex"] == "f", 3.0, d["y"]), g=lambda d: d["sex"])
    data.loc[data["area"] == "r", "c"] = np.nan
    one = levels(data, ONE, "c", by=("area", "sex"))
    found = effects.deff(one)
    parts = effects.parts(one)
    for j, column in enumerate(one.columns):
        blank = dict(column.domain)["area"] == "r" or dict(column.domain)["sex"] == "f"
        assert np.isnan(found[j]) == blank
        assert np.isnan(parts[1][j]) == blank
    assert estimate(data, ONE, "y", stat="variance")[0].deff is None
