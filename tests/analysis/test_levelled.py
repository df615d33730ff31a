"""Levels out of sums and out of people are the same numbers; people are read only where weights are calibrated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.backends import source
from analysis.bypeople import FromPeople
from analysis.change import change_table, changes
from analysis.design import Controls, Design, Lonely
from analysis.estimate import estimate
from analysis.level_source import levelled
from analysis.levelled import FromTotals
from analysis.persons import persons
from analysis.weighting.calibration import calibrate
from tests.analysis import by_force

DESIGN = Design("h", "i", "w", "t", Lonely("certainty", "certainty"), "domain")
GROUPINGS = ((), ("sex",), ("area",), ("sex", "area"))
STATS = (("y", "mean", "point"), ("yes", "proportion", "percent"))


def data_of(seed: int) -> Any:
    data = by_force.people(seed, waves=(1, 2), keep=0.6, move=0.2, persons=5)
    rng = np.random.default_rng(seed)
    data["y"] = data["y"].mask(rng.random(len(data)) < 0.1)
    data["area"] = data["area"].mask(rng.random(len(data)) < 0.1)
    return data


@settings(max_examples=8)
@given(st.integers(0, 10**6), st.sampled_from(["certainty", "adjust", "average", "centre", "collapse"]))
def test_both_readings_give_the_same_levels(seed: int, rule: Any) -> None:
    data = data_of(seed)
    design = replace(DESIGN, lonely=Lonely(rule, rule))
    where = source(data, design)
    sums = levelled(where, design, ["y", "yes"], GROUPINGS, (1, 2))
    people = FromPeople(persons(where, design, ("y", "yes", "sex", "area"), (1, 2)))
    assert isinstance(sums, FromTotals)
    assert sums.waves == people.waves
    for y, stat, unit in STATS:
        pairs = [(y, d) for g in GROUPINGS for d in sums.domains(y, g)]
        assert pairs == [(y, d) for g in GROUPINGS for d in people.domains(y, g)]
        for wave in (1, 2):
            a, b = (one.levels(pairs, wave, rule, stat, unit) for one in (sums, people))  # type: ignore[arg-type]  # names
            for name in ("value", "se", "df", "n", "psus", "strata"):
                np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=1e-10, atol=1e-12, err_msg=name)
            assert [a.status(j) for j in range(len(pairs))] == [b.status(j) for j in range(len(pairs))]
            for one, levels in ((sums, a), (people, b)):
                blocks = one.blocks(levels, rule)
                np.testing.assert_allclose(blocks.w.sum(axis=0), a.sums["w"])
                np.testing.assert_allclose(blocks.wy.sum(axis=0), a.sums["wy"], atol=1e-12)


def test_calibrated_weights_are_read_from_people_and_give_the_doors_numbers() -> None:
    """The classic mistake, PSU sums of the calibrated weights, has another standard error."""
    data = data_of(11)
    data["area"] = data["area"].fillna("r")
    totals = {1: {"area": {"r": 900.0, "t": 700.0, "u": 400.0}}, 2: {"area": {"r": 800.0, "t": 800.0, "u": 500.0}}}
    data["y"] = data["y"] + 5.0 * (data["area"] == "t")
    made = calibrate(data, DESIGN, totals)
    given_ = levelled(source(made.data, made.design), made.design, ["y"], GROUPINGS, (1, 2))
    assert isinstance(given_, FromPeople)
    pairs = [("y", d) for g in GROUPINGS for d in given_.domains("y", g)]
    levels = {t: given_.levels(pairs, t, "certainty", "mean", None) for t in (1, 2)}
    for t, one in levels.items():
        door = {r.domain: r for r in estimate(made.data, made.design, "y", by=[list(g) for g in GROUPINGS], waves=[t])}
        assert len(door) == len(pairs)
        for j, (_, domain) in enumerate(pairs):
            if door[domain].se is not None:
                assert (one.value[j], one.se[j]) == pytest.approx((door[domain].estimate, door[domain].se))
    table = change_table(changes(levels, made.design, wave=2, base=1), made.design, "points")
    naive = replace(made.design, controls=())
    sums = levelled(source(made.data, naive), naive, ["y"], GROUPINGS, (1, 2))
    plain = {t: sums.levels(pairs, t, "certainty", "mean", None) for t in (1, 2)}
    wrong = change_table(changes(plain, naive, wave=2, base=1), naive, "points")
    assert table.rows[0].estimate == pytest.approx(wrong.rows[0].estimate)
    assert abs(table.rows[0].se / wrong.rows[0].se - 1) > 0.01


def test_only_what_was_asked_for_is_read() -> None:
    data = data_of(5)
    asked: list[tuple[str, ...]] = []
    where = source(data, DESIGN)

    class Watch:
        names = where.names

        def arrays(self, columns: Any) -> Any:
            asked.append(tuple(columns))
            return where.arrays(columns)

    control = Controls("poststratify", ("area",), "w")
    levelled(Watch(), replace(DESIGN, controls=(control,)), ["y"], (("sex",),), (1,))  # type: ignore[arg-type]  # a source that only lists
    assert set(asked[0]) == {"t", "h", "i", "w", "area", "y", "sex"}
