"""Replicate weights that repeat the whole chain: totals in each, the variance they give, waves alike, what is counted."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from analysis import change, estimate
from analysis.design import Design, Lonely
from analysis.tidied import Tidy
from analysis.weighting.chain import weigh
from analysis.weighting.chain_replicates import FAILED, FREE, MOVED
from analysis.weighting.weighed import Weighed
from forms.errors import BdgError
from tests.analysis import weigh_cases as cases

RULE = Lonely("certainty", "certainty")


@cache
def waves(kept: int = 12) -> tuple[Tidy, ...]:
    return tuple(cases.survey(psus=12, households=16, kept=kept))


def made(given: tuple[Tidy, ...], count: int = 200, seed: int = 1, size: float = 190_000.0, **changes: object) -> Weighed:
    targets = cases.totals(size=size)
    return weigh(
        list(given), cases.joined(list(given)), cases.plan(**changes), targets, order=cases.ORDER, replicates=count, seed=seed
    )


@cache
def both(kept: int = 12) -> Weighed:
    return made(waves(kept))


def columns(found: Weighed) -> np.ndarray:
    assert found.replicates is not None
    return found.people[list(found.replicates.columns)].to_numpy()


def design(given: tuple[Tidy, ...]) -> Design:
    return Design("stratum", "psu", "weight", "wave", RULE, "domain", tuple(p for t in given for p in t.sampled))


@pytest.mark.parametrize("kept", [12, 5])
def test_every_replicate_meets_the_totals(kept: int) -> None:
    found = both(kept)
    reps = columns(found)
    for one in found.margins:
        for wave in (2026, 2030):
            wanted = dict(zip(one.names, one.totals(cases.totals().table(wave, one.margin)), strict=True))
            here = (found.people["wave"] == wave).to_numpy()
            for name, total in wanted.items():
                mine = here & (found.people[f"margin {one.margin}"] == name).to_numpy()
                assert np.abs(reps[mine].sum(axis=0) / total - 1).max() < 1e-9
    assert (reps >= 0).all()


def test_a_replicate_in_which_every_hamlet_counts_once_is_the_full_sample() -> None:
    from analysis.weighting.chain import _chain, _households

    found = both()
    people = found.people
    plan = cases.plan()
    chain = _chain(people, _households(list(waves()), people), found.classes, found.margins, found.targets, plan)
    answered, cycled = chain.cycled(np.ones((len(chain.base), 3)))
    for wave, one in cycled.items():
        at = np.flatnonzero(chain.wave == wave)
        weight = chain.start[at, None] * answered[at] * one.after
        assert np.abs(weight / people["weight"].to_numpy()[at, None] - 1).max() < 1e-9


def test_hamlets_drawn_in_both_waves_count_alike_in_both() -> None:
    """With the same hamlets in both waves a hamlet is out in 2026 exactly when it is out in 2030."""
    found = both()
    gone = pd.DataFrame(columns(found) == 0).groupby([found.people["wave"], found.people["psu"]]).all()
    assert (gone.loc[2026] == gone.loc[2030]).all().all()
    assert gone.to_numpy().any()


def test_the_variance_is_near_the_linearised_one() -> None:
    """The same chain by formula: residuals on the controls.  250 replicates know an SE to about 4.5 %; taken as plain weights the
    SE of the mean would be 20 % and more too large, because calibration takes out what sex and age explain.
    """
    given = tuple(cases.survey(psus=20, households=10, kept=10, seed=5, skew=0.2))
    found = made(given, count=250, seed=3, size=300_000.0, trim=None)
    reps, lin = found.design(design(given)), replace(found.design(design(given)), replicates=None)
    for a, b in zip(estimate(found.people, reps, "score"), estimate(found.people, lin, "score"), strict=True):
        assert a.estimate == pytest.approx(b.estimate, rel=1e-12)
        assert a.se == pytest.approx(b.se, rel=0.12)
    one = change(found.people, reps, "score", wave=2030, base=2026, reading="points")[0]
    two = change(found.people, lin, "score", wave=2030, base=2026, reading="points")[0]
    assert one.se == pytest.approx(two.se, rel=0.12)


def test_a_known_total_has_no_error_in_any_replicate() -> None:
    """The number of women is known: a replicate that did not calibrate anew would give it an error."""
    found = both()
    women = found.people.assign(woman=(found.people["sex"] == "female").astype(float), woman__why="answered")
    known = replace(found.design(design(waves())), controls=())
    for row in estimate(women, known, "woman", stat="total"):
        assert (row.se or 0.0) < 1e-6 * (row.estimate or 1.0)


def test_the_seed_decides_and_is_enough() -> None:
    one, two, other = made(waves(), 20), made(waves(), 20), made(waves(), 20, seed=2)
    assert (columns(one) == columns(two)).all()
    assert (columns(one) != columns(other)).any()


def test_households_that_did_not_answer_are_redrawn_too() -> None:
    """Response factors differ from replicate to replicate; a chain that froze them would show one factor."""
    found = made(waves(), 50, calibration="none", trim=None)
    people = found.people
    times = columns(found) / people["weight"].to_numpy()[:, None]
    drawn = times[(people["wave"] == 2026).to_numpy()]
    some = np.unique(np.round(drawn[drawn > 0], 9))
    assert len(some) > 11 * 3  # more values than n/(n-1) times 1, 2, 3 ...: the factor is made anew


def test_hamlets_of_certainty_give_way_to_their_households() -> None:
    given = tuple(cases.survey(psus=8, households=16, certain=True, seed=4))
    found = made(given, 60, size=130_000.0, trim=None)
    sure = (found.people["certainty"] == 1).to_numpy() & (found.people["wave"] == 2026).to_numpy()
    reps = columns(found)[sure]
    assert len(reps) > 8
    assert not (reps == 0).all(axis=0).any()  # the hamlet is in every replicate
    assert ((reps / found.people.loc[sure, "weight"].to_numpy()[:, None]).std(axis=0) > 0).all()  # its households are not alike


def test_an_empty_category_goes_to_its_neighbour_and_is_counted() -> None:
    """With `least` 1 many categories live in a hamlet or two; replicates without them still sum to all residents."""
    given = tuple(cases.survey(psus=4, households=6, kept=4, seed=8))
    found = made(given, 100, size=40_000.0, least=1, bounds=(0.001, 1000.0), most=99.0, trim=None)
    assert any(MOVED.partition(" ")[2].split(" | ")[0] in n for n in found.notes)
    sums = pd.DataFrame(columns(found)).groupby(found.people["wave"]).sum()
    assert np.abs(sums.to_numpy() / 40_000 - 1).max() < 1e-3


def test_bounds_that_a_replicate_cannot_hold_are_left_and_counted() -> None:
    found = made(waves(), 100, bounds=(0.62, 1.75), trim=None)
    assert any(FREE.partition(" ")[2].split(" | ")[0] in n for n in found.notes)
    assert not any(FAILED.partition(" ")[2].split(" | ")[0] in n for n in found.notes)


def test_too_many_failures_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from analysis.weighting import cycle

    def never(cells: cycle.Cells, size: np.ndarray, distance: object) -> tuple[np.ndarray, ...]:
        ratio, *_ = sound(cells, size, distance)  # type: ignore[arg-type]  # a stand-in for the distance
        failed = np.zeros(size.shape[1], dtype=bool)
        failed[: max(size.shape[1] // 10, 0)] = size.shape[1] > 1
        return ratio, ~failed & False, ~failed & False, failed

    sound = cycle.calibrated
    monkeypatch.setattr(cycle, "calibrated", never)
    with pytest.raises(BdgError) as fault:
        made(waves(), 40, trim=None)
    assert fault.value.problems[0].code == "DATA-069"
    assert dict(fault.value.problems[0].facts)["of"] == "40"


def test_replicates_of_2400_persons_in_time() -> None:
    """200 replicates of the whole chain for 2,400 persons within 10 s on the slowest machine; here a third of that at most."""
    given = tuple(cases.survey(psus=20, households=24, strata=3, kept=10, skew=0.3))
    people = cases.joined(list(given))
    assert 2300 < len(people) < 2700
    begun = time.process_time()
    made(given, 200, size=480_000.0)
    assert time.process_time() - begun < 10
