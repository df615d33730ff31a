"""A province of known people surveyed end to end: frame, draw, response, weights, estimate, change, with merged hamlets.

The claim about bias and coverage is `python benchmarks/coverage.py --weighted 1000`; here is what must hold in every survey.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from analysis.sampling.draw import WaveDraw, draw
from analysis.sampling.frame import link
from analysis.sampling.practice import BASE, LATER
from analysis.tidied import Tidy
from analysis.weighting.chain import Weighed, weigh
from benchmarks import surveyed

AGES = tuple(code for code, _ in surveyed.AGES)


@cache
def brought_home(seed: int = 3) -> tuple[surveyed.Province, list[Tidy], Weighed]:
    place = surveyed.province()
    plans = [WaveDraw(BASE, surveyed.LISTED[BASE], 60, 20, 4), WaveDraw(LATER, surveyed.LISTED[LATER], 60, 20, 4, keep=0.6)]
    sample = draw(place.frame, plans, seed, kind="practice")
    common = link(place.frame, {(d.wave, d.psu) for d in sample})
    rng = np.random.default_rng(seed)
    done = [surveyed.fieldwork(place, sample, common, wave, rng) for wave in surveyed.LISTED]
    people = pd.concat([t.people for t in done], ignore_index=True)
    return place, done, weigh(done, people, place.survey.weighing, place.targets, order={"agegroup": AGES})


def test_the_list_holds_merged_split_and_renamed_hamlets_and_both_waves_count_everybody_once() -> None:
    place, _, _ = brought_home()
    assert {k.kind for k in place.frame.links} >= {"merged", "split", "renamed"}
    for wave, day in surveyed.LISTED.items():
        people = place.people[wave]
        assert set(people.begin) == {h.psu for h in place.frame.on(day)}
        assert people.size.sum() == len(people.score) == len(people.stratum)
        assert place.targets.persons(wave) == len(people.score)


def test_reserves_stand_in_and_their_first_household_stays_a_nonresponse() -> None:
    _, done, _ = brought_home()
    for wave in done:
        table = wave.households
        spare = table[(table["status"] == "reserve") & table["person"].notna()]
        first = table[(table["status"] == "main") & table["ssu"].isin(spare["replaces"])]
        assert len(spare) > 50
        assert (spare["replaces"] != "").all()
        replaced = {(p, s) for p, s in zip(spare["psu"], spare["replaces"], strict=True)}
        lost = first[[(p, s) in replaced for p, s in zip(first["psu"], first["ssu"], strict=True)]]
        assert len(lost) == len(replaced)
        assert set(lost["disposition"]) <= {"NC", "R"}


def test_the_weights_add_up_to_the_people_of_every_margin() -> None:
    """To the merged margins; and every factor's product is the weight."""
    place, _, made = brought_home()
    people = made.people
    product = people[["w_base", "f_household", "f_response", "f_calibration", "f_trim"]].prod(axis=1)
    np.testing.assert_allclose(people["weight"], product, rtol=1e-12)
    for wave, inside in people.groupby("wave"):
        assert inside["weight"].sum() == pytest.approx(place.targets.persons(int(str(wave))), rel=1e-9)
        counted = place.people[int(str(wave))]
        women = inside.loc[inside["sex"] == "female", "weight"].sum()
        assert women == pytest.approx(counted.female.sum(), rel=1e-6)
    for step in made.calibrations:
        assert [c.after for c in step.controls] == pytest.approx([c.total for c in step.controls], rel=1e-6)


def test_weighting_pulls_the_estimate_towards_the_truth() -> None:
    """Young men answer seldom and score low: without weights the mean is too high in every one of these surveys."""
    worse = []
    for seed in (3, 4):
        found = surveyed.one(seed, psus=60)
        for wave in (BASE, LATER):
            assert abs(found[f"score {wave} error"]) < 4 * found[f"score {wave} se"]
            assert found[f"score {wave} unweighted"] > found[f"score {wave} error"]
            worse.append(found[f"score {wave} unweighted"] - found[f"score {wave} error"])
        assert abs(found["score change error"]) < 4 * found["score change se"]
    assert np.mean(worse) > 0.5


def test_the_table_names_bias_coverage_and_the_mistakes() -> None:
    found = pd.DataFrame([surveyed.one(3, psus=60)] * 2)
    table = surveyed.summary(found)
    assert "base weights only: bias" in table
    assert table.count("\n| score") == 4
    assert f"{found['score 2026 error'].mean():+.3f}" in table
