"""The coverage proof's own bookkeeping: truths, draws, overlaps, sums and shares, on a handful of surveys."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

import numpy as np
import pandas as pd
import pytest

from analysis import Design, Lonely, change, estimate
from benchmarks import overlap as proof
from benchmarks import population as world
from benchmarks.coverage_table import as_csv, as_markdown, causes, clearly, outside
from benchmarks.overlap import ESTIMANDS, FIELDS, METHODS, Cell, Job
from benchmarks.population import BASE, DOMAINS, ITEMS, LATER, PEOPLE, PLANS, Plan, Population
from forms.errors import BdgError

MANY, FEW, PAIRS, MOVED = PLANS
SEED = 11


@pytest.fixture(scope="module")
def few() -> Population:
    return world.population(FEW, SEED)


def drawn(people: Population, plan: Plan, overlap: float, surveys: int = 3) -> world.Drawn:
    return world.draw(people, plan, overlap, surveys, np.random.default_rng(3))


def common(one: world.Drawn) -> dict[str, tuple[int, int]]:
    """id of a PSU of both waves -> its strata."""
    first, later = (dict(zip(one.id[t], one.stratum[t].tolist(), strict=True)) for t in (0, 1))
    return {i: (first[i], later[i]) for i in first.keys() & later.keys()}


def test_strata_differ_as_much_as_psus_do(few: Population) -> None:
    for i, item in enumerate(ITEMS):
        mean = [few.centre[i, 0, few.stratum[0] == h].mean() for h in range(len(FEW.size))]
        assert np.std(mean) == pytest.approx(item.between, rel=0.1)
        inside = few.centre[i] - np.array(mean)[few.stratum[0]]
        assert inside.std(axis=1) == pytest.approx(item.between, rel=0.05)
        assert np.corrcoef(inside)[0, 1] == pytest.approx(world.RHO, abs=0.03)


def test_people_of_a_psu_are_alike_as_told(few: Population) -> None:
    """ICC about .10 within strata: the variance between PSUs over the whole, for the score and for both shares."""
    for i, item in enumerate(ITEMS):
        middle = few.centre[i, 0]
        mean = world.ndtr(middle) if item.share else middle
        between = np.mean([mean[few.stratum[0] == h].var() for h in range(len(FEW.size))])
        rest = np.mean(mean * (1 - mean)) if item.share else item.within**2
        assert between / (between + rest) == pytest.approx(0.10, abs=0.03)


def test_the_truth_is_what_everybody_would_answer(few: Population) -> None:
    """Half a million people drawn one by one from the whole list, by mass, answer as interview() has them answer."""
    rng = np.random.default_rng(5)
    size = 500_000
    at = rng.choice(len(few.mass), size, p=few.mass)
    female, minority = rng.random(size) < 0.5, rng.random(size) < few.minority[at]
    for i, item in enumerate(ITEMS):
        latent = (
            few.centre[i, 1, at]
            + item.female * (female - 0.5)
            - item.minority * minority
            + item.within * rng.standard_normal(size)
        )
        y = 100.0 * (latent > 0) if item.share else latent
        for d, inside in enumerate((np.ones(size, bool), female, minority)):
            error = y[inside].std() / inside.sum() ** 0.5
            assert few.truth(i, 1, d) == pytest.approx(y[inside].mean(), abs=4 * error)


def test_truths_are_levels_differences_and_percent(few: Population) -> None:
    true = proof.truths(few)
    assert true.shape == (len(ITEMS), len(PEOPLE), len(ESTIMANDS))
    one, two = few.truth(1, 0, 2), few.truth(1, 1, 2)
    assert true[1, 2].tolist() == pytest.approx([one, two - one, 100 * (two - one) / one])
    assert true[1, 0, 0] == pytest.approx(38, abs=6)
    assert true[2, 0, 0] == pytest.approx(9, abs=3)
    assert (true[:, 2, 0] < true[:, 0, 0]).all()
    assert (true[:, 1, 0] > true[:, 0, 0]).all()


@pytest.mark.parametrize("plan", [MANY, FEW, PAIRS], ids=lambda p: p.name)
@pytest.mark.parametrize("overlap", proof.OVERLAPS)
def test_as_many_psus_stay_as_planned(plan: Plan, overlap: float) -> None:
    stay = world.kept(plan, overlap)
    least = [min(a, b) for a, b in zip(*plan.psus, strict=True)]
    assert sum(stay) == pytest.approx(overlap * sum(least), abs=0.5)
    assert all(0 <= c <= most for c, most in zip(stay, least, strict=True))
    assert all(abs(c - overlap * most) <= 1 for c, most in zip(stay, least, strict=True))
    one = drawn(world.population(plan, SEED), plan, overlap)
    both = common(one)
    assert np.bincount([h for h, _ in both.values()], minlength=len(stay)).tolist() == list(stay)
    assert all(h == k for h, k in both.values())
    for t in (0, 1):
        assert np.bincount(one.stratum[t]).tolist() == list(plan.psus[t])
        assert len(set(one.id[t])) == len(one.id[t]) == sum(plan.psus[t])


def test_a_kept_psu_is_the_same_place_in_both_waves_and_a_fresh_one_is_drawn_from_its_stratum(few: Population) -> None:
    one = drawn(few, FEW, 0.6, 40)
    for t in (0, 1):
        assert (few.stratum[t, one.psu[t]] == one.stratum[t]).all()
    first = {i: one.psu[0][:, j] for j, i in enumerate(one.id[0])}
    for j, i in enumerate(one.id[1]):
        same = one.psu[1][:, j] == first[i] if i in first else np.zeros(40, bool)
        assert same.all() if i in first else not same.any()
    again = drawn(few, FEW, 0.6, 40)
    assert (again.psu[1] == one.psu[1]).all()


def test_psus_are_drawn_in_proportion_to_size(few: Population) -> None:
    one = drawn(few, FEW, 0.0, 4000)
    inside = few.stratum[0] == 2
    here = one.psu[0][:, one.stratum[0] == 2].ravel()
    big = few.mass > np.median(few.mass[inside])
    wanted = few.mass[inside & big].sum() / few.mass[inside].sum()
    assert big[here].mean() == pytest.approx(wanted, abs=4 * (0.25 / len(here)) ** 0.5)


def test_strata_move_and_stacked_is_refused() -> None:
    people = world.population(MOVED, SEED)
    assert (people.stratum[0] != people.stratum[1]).mean() == pytest.approx(world.MOVED, abs=0.01)
    one = world.draw(people, MOVED, 1.0, 1, np.random.default_rng(1))
    both = common(one)
    assert any(h != k for h, k in both.values())
    assert (people.stratum[1, one.psu[1]] == one.stratum[1]).all()
    assert np.bincount(one.stratum[1]).tolist() == list(MOVED.psus[1])
    rng = np.random.default_rng(2)
    source = world.surveys_of(one, (world.interview(people, one, 0, rng), world.interview(people, one, 1, rng)))
    with pytest.raises(BdgError, match="STAT-007"):
        change(source, proof.DESIGN, "score 0", wave=LATER, base=BASE, method="stacked")
    assert "stacked" not in proof.methods(MOVED)
    with pytest.raises(ValueError, match="layout"):
        world.draw(people, MOVED, 1.0, 2, rng)


def frame_of(one: world.Drawn, answers: tuple[world.Answers, world.Answers], survey: int) -> pd.DataFrame:
    """The people of one survey, a row each, as anybody would hand them in."""
    parts = []
    for t, wave in enumerate((BASE, LATER)):
        mine = answers[t]
        some = mine.weight[survey] > 0
        place = np.broadcast_to(np.arange(some.shape[0])[:, None], some.shape)[some]
        columns = {
            "wave": wave, "stratum": [f"h{one.stratum[t][p]:02d}" for p in place], "psu": [one.id[t][p] for p in place],
            "weight": mine.weight[survey][some], "sex": np.where(mine.female[survey][some], "female", "male"),
            "ethnic": np.where(mine.minority[survey][some], "minority", "kinh"),
            **{item.name: mine.y[i, survey][some] for i, item in enumerate(ITEMS)},
        }  # fmt: skip
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def test_the_sums_are_those_of_the_people(few: Population) -> None:
    """A survey handed in as a frame gives the numbers that its sums give, by item, group and method."""
    rng = np.random.default_rng(7)
    one = drawn(few, FEW, 0.6)
    answers = (world.interview(few, one, 0, rng), world.interview(few, one, 1, rng))
    got = proof.measured(world.surveys_of(one, answers), 3, METHODS)
    people = frame_of(one, answers, 1)
    sampled = tuple(
        (w, f"h{h:02d}", i) for t, w in enumerate((BASE, LATER)) for h, i in zip(one.stratum[t].tolist(), one.id[t], strict=True)
    )
    rules = Design("stratum", "psu", "weight", "wave", Lonely("fail", "fail"), "domain", sampled)
    for i, item in enumerate(ITEMS):
        stat = "proportion" if item.share else "mean"
        for d, domain in enumerate(DOMAINS):
            row = estimate(people, rules, item.name, where=dict(domain), stat=stat, waves=(BASE,))[0]
            assert got[1, i, d, 0] == pytest.approx([getattr(row, name) for name in FIELDS], rel=1e-9)
            for m, method in enumerate(METHODS):
                rows = change(people, rules, item.name, wave=LATER, base=BASE, where=dict(domain), stat=stat, method=method)
                for e in (0, 1):
                    wanted = [np.nan if getattr(rows[e], name) is None else getattr(rows[e], name) for name in FIELDS]
                    wanted = [np.nan] * len(FIELDS) if isnan(wanted[2]) else wanted
                    assert got[1, i, d, 1 + e + 2 * m] == pytest.approx(wanted, rel=1e-9, nan_ok=True)


def test_a_run_hits_the_truth_on_average() -> None:
    job = Job(1, 0.6, 40, (SEED, 1, 60, 0))
    found = proof.run(job)
    assert found.shape == (40, len(ITEMS), len(PEOPLE), 1 + 2 * len(METHODS), len(FIELDS))
    lines = list(proof.cells(FEW, 0.6, found, proof.truths(proof.people_of(1, SEED))))
    assert len(lines) == len(ITEMS) * len(PEOPLE) * (1 + 2 * len(METHODS))
    for c in (c for c in lines if c.method in ("level", "wave_centred")):
        assert abs(c.bias) < 4.5 / 40**0.5
        assert c.coverage > 0.8
        assert c.given > 0.6
    se = {c.method: c.width for c in lines if (c.item, c.people, c.estimand) == ("score", "everybody", "absolute")}
    assert se["unbiased"] < se["wave_centred"] == 1 < se["independent"] < se["stacked"] * 1.1


def line(**given: float | str) -> Cell:
    blank = Cell(
        "many",
        0.3,
        "score",
        "women",
        "absolute",
        "wave_centred",
        1000,
        1.0,
        0.95,
        0.0,
        0.025,
        0.025,
        1.0,
        1.0,
        1.0,
        60.0,
        50.0,
        0.0,
    )
    return replace(blank, **given)  # type: ignore[arg-type]  # figures and words by name


def test_coverage_misses_and_ratios_by_hand() -> None:
    """Five surveys, truth 10: one interval below, one above, one not given."""
    nan = np.nan
    mine = np.array([[9, 1, 7, 11, 5], [8, 1, 6, 9.5, 5], [12, 2, 10.5, 14, 5], [11, 2, 9, 13, 7], [nan] * 5], dtype=float)
    centred = mine.copy()
    centred[:, 2:4] = [[8, 10], [7, 9], [11, 13], [nan, nan], [nan, nan]]
    made = proof._cell(("few", 0.3, "score", "women", "absolute", "unbiased"), mine, centred, 10.0)
    assert (made.surveys, made.given, made.coverage, made.below, made.above) == (5, 0.8, 0.5, 0.25, 0.25)
    assert made.mcse == pytest.approx((0.25 / 4) ** 0.5)
    assert made.width == pytest.approx((4 + 3.5 + 3.5) / 6)
    sd = np.std([9, 8, 12, 11], ddof=1)
    assert (made.se_ratio, made.v_ratio, made.bias) == pytest.approx((1.5 / sd, 2.5 / sd**2, 0.0))
    assert (made.df, made.df_true) == pytest.approx((5.5, 2 * 2.5**2 / 3.0))
    empty = proof._cell(("few", 0.3, "score", "women", "relative", "unbiased"), np.full((5, 5), nan), centred, 10.0)
    assert empty.given == 0
    assert isnan(empty.coverage)


def test_the_band_is_wider_for_pairs_and_knows_the_monte_carlo_error() -> None:
    assert outside(line(coverage=0.94)) == 0
    assert outside(line(coverage=0.93, mcse=0.008)) == pytest.approx(-0.005)
    assert not clearly(line(coverage=0.93, mcse=0.008))
    assert clearly(line(coverage=0.98, mcse=0.004))
    assert outside(line(plan="pairs", coverage=0.968)) == 0
    assert outside(line(plan="pairs", coverage=0.938)) == pytest.approx(-0.002)


def test_what_goes_with_a_miss_is_named() -> None:
    assert causes(line()) == "Monte Carlo"
    assert "overstated" in causes(line(v_ratio=1.2))
    assert "understated" in causes(line(v_ratio=0.8))
    assert "20 df, 60 counted" in causes(line(df_true=20.0))
    assert "one-sided" in causes(line(below=0.05, above=0.01))
    assert "given in 41 %" in causes(line(given=0.41))


def test_all_jobs_make_one_page() -> None:
    jobs = list(proof.jobs(2, SEED))
    assert sum(job.surveys for job in jobs) == 2 * (3 * 4 + 3)
    assert {(PLANS[j.plan].name, j.overlap) for j in jobs} >= {("pairs", 0.0), ("moved", 1.0)}
    assert [j.surveys for j in proof.jobs(250, SEED, (0.3,))][:3] == [100, 100, 50]
    some = list(proof.jobs(2, SEED, (0.3,), ("pairs", "moved")))
    assert some == [j for j in jobs if j.overlap == 0.3 and PLANS[j.plan] in (PAIRS, MOVED)]
    found = [proof.run(j) for j in some]
    assert np.array_equal(found[1], proof.run(some[1]), equal_nan=True)
    lines = proof.gathered(some, found)
    page = as_markdown(lines, 2, SEED, 60.0)
    assert "| pairs | 30 | minority |" in page
    assert "refused" in page
    assert as_csv(lines).count("\n") == 1 + len(lines)
