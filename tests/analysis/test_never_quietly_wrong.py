"""Whatever the data: a number with its limits in order, or no number with its reason; never NaN, a warning or a trace.

Small hostile surveys: groups of one, constant answers, nobody, everybody, silence, weights of 1e-9 beside 1e9, answers of
1e-9 or 1e12, a stratum of one, waves without common PSUs, PSUs moved.  Warnings are errors in this test run.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.change import change
from analysis.design import Controls, Design, Lonely, LonelyRule, Pps
from analysis.estimate import estimate
from analysis.estimates import Estimates
from analysis.results import Row
from analysis.sensitivity import sensitivity
from analysis.standardised import standardised
from analysis.weighting.replicates import replicate
from forms.errors import BdgError
from tests.analysis import by_force

NUMBERS = ("estimate", "se", "df", "lower", "upper", "p_value", "deff")


def hostile(seed: int) -> pd.DataFrame:
    """Two waves with a few kinds of trouble at random."""
    rng = np.random.default_rng(seed)
    data = by_force.people(
        seed, strata=int(rng.integers(1, 4)), psus=int(rng.integers(1, 5)), persons=int(rng.integers(2, 5)), waves=(2026, 2030),
        keep=float(rng.choice([0.0, 0.5, 1.0])), move=float(rng.choice([0.0, 0.5])),
    )  # fmt: skip
    kind = rng.integers(0, 9)
    if kind == 0:
        data["y"] = 3.25
    if kind == 1:
        data["y"] = data["y"].mask(data["t"] == 2030)
    if kind == 2:
        data["y"] = np.where(data["sex"] == "f", np.nan, data["y"])
    if kind == 3:
        data["w"] *= np.where(rng.random(len(data)) < 0.5, 1e-9, 1e9)
    if kind == 4:
        data["y"] *= float(rng.choice([1e-9, 1e12, -1.0, 0.0]))
    if kind == 5:
        data["yes"] = int(rng.integers(0, 2))
    if kind == 6:
        data["y"] = data["y"].mask(rng.random(len(data)) < 0.7)
    if kind == 7:
        data["x"] = np.where(data["t"] == 2030, 0.0, data["x"])
    if kind == 8:
        data["y"] = 1e9 + data["y"] * 1e-7
    data["area"] = data["area"].mask(rng.random(len(data)) < 0.2)
    return data


def sound(row: Row) -> None:
    """What every row promises."""
    for name in NUMBERS:
        value = getattr(row, name)
        assert value is None or math.isfinite(value), (name, value)
    assert row.se is None or row.se > 0
    assert row.deff is None or row.deff >= 0
    assert row.p_value is None or 0 <= row.p_value <= 1
    if row.status == "not_estimable":
        assert " | " in row.reason
        assert (row.estimate, row.se, row.lower, row.upper, row.p_value) == (None,) * 5
        return
    assert row.estimate is not None
    if row.lower is not None and row.upper is not None:
        assert row.lower < row.upper
        slack = 1e-9 * max(abs(row.lower), abs(row.upper))
        assert row.lower - slack <= row.estimate <= row.upper + slack
    assert (row.status == "caution") == bool(row.reason)
    assert row.n >= 1


def ask(call: Callable[[], Estimates]) -> Estimates | None:
    """The table, or a refusal of the catalogue; nothing else comes out."""
    try:
        found = call()
    except BdgError as refusal:
        assert refusal.problems[0].code.startswith("STAT-")  # noqa: PT017
        return None
    for row in found:
        sound(row)
    assert len(found.frame) == len(found)
    return found


def joint(found: Estimates | None) -> None:
    """The covariance of everything, its limits and contrasts, where the table has them."""
    if found is None or not len(found):
        return
    try:
        v = found.vcov
    except BdgError as refusal:
        assert refusal.problems[0].code == "STAT-014"  # noqa: PT017
        return
    assert v == pytest.approx(v.T, nan_ok=True)
    for row in found.simultaneous():
        sound(row)
    found.trend()
    given_ = [i for i, row in enumerate(found) if row.status != "not_estimable"]
    if len(given_) == len(found.joint.names) and len(given_) > 1:
        made = found.contrast([1.0, -1.0, *[0.0] * (len(given_) - 2)])
        assert math.isfinite(made.value[0])
        assert made.df <= sum(float(row.df or 0) for row in found)


STATS: list[tuple[Any, Any]] = [
    ("mean", "y"),
    ("total", "y"),
    ("ratio", ("y", "x")),
    ("proportion", "yes"),
    ("proportion", "area"),
    ("variance", "y"),
]


def design(seed: int, data: pd.DataFrame, *, plain: bool = False) -> tuple[pd.DataFrame, Design]:
    """A design at random: any lonely rule, any df rule, one stage, fpc, two stages, pps, calibrated or replicated."""
    rng = np.random.default_rng(seed + 1)
    rule = str(rng.choice(get_args(LonelyRule)))
    lonely = Lonely(rule, str(rng.choice(get_args(LonelyRule))), bool(rng.random() < 0.3))  # type: ignore[arg-type]  # names of rules
    made = Design("h", "i", "w", "t", lonely, str(rng.choice(["domain", "design"])))  # type: ignore[arg-type]  # a name of a rule
    data = data.assign(p=0.3, N=40.0, M=30.0, base=1.0)
    kind = 0 if plain else int(rng.integers(0, 6))
    if kind == 1:
        made = replace(made, fpc=("N",))
    if kind == 2:
        made = replace(made, fpc=("N", "M"), ssu="k")
    if kind == 3:
        made = replace(made, pps=Pps("p", str(rng.choice(["brewer", "deville", "hartley_rao"]))))  # type: ignore[arg-type]  # a name of a rule
    if kind == 4:
        made = replace(made, controls=(Controls("greg", ("x",), "base"),))
    if kind == 5:
        try:
            jack = replicate(data, made, "JKn")
        except BdgError:
            return data, made
        return jack.data, jack.design
    return data, made


@settings(max_examples=8)
@given(st.integers(0, 10**6), st.sampled_from(STATS))
def test_levels(seed: int, stat: tuple[Any, Any]) -> None:
    data, made = design(seed, hostile(seed))
    found = ask(lambda: estimate(data, made, stat[1], stat=stat[0], by=((), ("sex",), ("area",))))
    joint(found)
    ask(lambda: estimate(data, made, stat[1], stat=stat[0], where={"sex": "nobody"}))
    ask(lambda: estimate(data, made, stat[1], stat=stat[0], deff="wor", missing="listwise"))


@settings(max_examples=8)
@given(st.integers(0, 10**6), st.sampled_from(STATS), st.sampled_from(["wave_centred", "unbiased", "stacked", "independent"]))
def test_changes(seed: int, stat: tuple[Any, Any], method: Any) -> None:
    data, made = design(seed, hostile(seed))
    for reading in ("relative", "points", "odds"):
        options: dict[str, Any] = {"wave": 2030, "base": 2026, "stat": stat[0], "method": method, "reading": reading}
        found = ask(lambda options=options: change(data, made, stat[1], by=((), ("sex",), ("area",)), **options))  # type: ignore[misc]  # mypy cannot infer a lambda's default
        if reading == "points":
            joint(found)


@settings(max_examples=5)
@given(st.integers(0, 10**6), st.sampled_from(STATS[:4]))
def test_sensitivity_and_standardisation(seed: int, stat: tuple[Any, Any]) -> None:
    data, made = design(seed, hostile(seed), plain=True)
    ask(lambda: sensitivity(data, made, stat[1], stat=stat[0], by=((), ("sex",))))
    ask(lambda: sensitivity(data, made, stat[1], stat=stat[0], wave=2030, base=2026))
    if stat[0] in ("mean", "proportion"):
        ask(
            lambda: standardised(
                data, made, stat[1], wave=2030, base=2026, over=("sex",), by=("area",), stat=stat[0], reading="relative"
            )
        )


@settings(max_examples=8)
@given(
    st.integers(0, 10**6),
    st.sampled_from(["auto", "logit", "wilson", "korn_graubard", "jeffreys", "likelihood", "arcsine", "t", "beta", "calibrated"]),
)
def test_intervals_of_shares_lie_in_nought_to_a_hundred(seed: int, rule: str) -> None:
    data, made = design(seed, hostile(seed))
    found = ask(lambda: estimate(data, made, "yes", stat="proportion", interval=rule, by=((), ("sex",))))
    for row in found or ():
        if row.lower is not None and row.upper is not None and rule != "t":
            assert 0 <= row.lower <= row.upper <= 100


@settings(max_examples=8)
@given(st.integers(0, 10**6))
def test_quantiles(seed: int) -> None:
    data, made = design(seed, hostile(seed))
    ask(lambda: estimate(data, made, "y", stat="quantile", p=(0.1, 0.5, 1.0), by=((), ("sex",))))
