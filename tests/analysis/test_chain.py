"""The weighting chain: factors whose product is the weight, totals that hold, cuts that hold too, and R's figures."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import estimate
from analysis.design import Design, Lonely
from analysis.tidied import Tidy
from analysis.weighting.calibration import calibrate
from analysis.weighting.chain import BY_PLAN, NO_RESPONSE, NOT_CALIBRATED, weigh
from analysis.weighting.cycle import ROUNDS, cycle, median
from analysis.weighting.distances import Distance
from analysis.weighting.targets import Targets, Total
from analysis.weighting.weighed import BEFORE, Weighed
from forms.errors import BdgError
from tests.analysis import weigh_cases as cases

R = Path(__file__).parents[1] / "reference" / "weights"
FACTORS = ["w_base", "f_household", "f_response", "f_calibration", "f_trim"]


@cache
def waves() -> tuple[Tidy, ...]:
    return tuple(cases.survey(psus=10, households=20))


def made(targets: Targets | None = None, given: tuple[Tidy, ...] | None = None, **changes: object) -> Weighed:
    some = list(given or waves())
    return weigh(some, cases.joined(some), cases.plan(**changes), targets, order=cases.ORDER)


@cache
def both() -> Weighed:
    return made(cases.totals())


def design(given: tuple[Tidy, ...] | None = None) -> Design:
    rule = Lonely("certainty", "certainty")
    return Design("stratum", "psu", "weight", "wave", rule, "domain", tuple(p for t in given or waves() for p in t.sampled))


# ---- what must hold whatever the data ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["rake", "linear", "logit", "none"])
@pytest.mark.parametrize("trim", [None, 2.5])
def test_the_product_of_the_factors_is_the_weight(kind: str, trim: float | None) -> None:
    people = made(cases.totals(), calibration=kind, trim=trim).people
    assert (people[FACTORS].prod(axis=1) / people["weight"] - 1).abs().max() < 1e-12
    assert (people["f_household"] == people["n_eligible"]).all()
    assert (people["w_base"] * people["p_psu"] * people["p_household"] - 1).abs().max() < 1e-12
    assert people.groupby("wave")["weight_norm"].mean().tolist() == pytest.approx([1, 1], rel=1e-12)
    ratio = people["weight_norm"] / people["weight"]
    assert ratio.groupby(people["wave"]).nunique().max() <= 3  # one constant a wave, up to rounding
    if trim is None:
        assert (people["f_trim"] == 1).all()
    if kind == "none":
        assert (people["f_calibration"] == 1).all()


@pytest.mark.parametrize("kind", ["rake", "linear", "logit"])
def test_the_totals_hold_after_trimming_and_the_ratios_stay_in_bounds(kind: str) -> None:
    """The classic order (calibrate, then trim) would leave the totals wrong: here they hold to 1e-10 and so does the cut."""
    targets = cases.totals()
    found = made(targets, calibration=kind, trim=2.5, bounds=(0.3, 3.0))
    people = found.people
    assert sum(found.cut) > 0
    for one in found.margins:
        sums = people.groupby(["wave", f"margin {one.margin}"])["weight"].sum()
        for wave in (2026, 2030):
            wanted = one.totals(targets.table(wave, one.margin))
            assert sums.loc[wave].loc[list(one.names)].tolist() == pytest.approx(wanted, rel=1e-10)
    assert people["f_calibration"].between(0.3 * (1 - 1e-9), 3 * (1 + 1e-9)).all()
    middle = people.groupby(["wave", "stratum"])["weight"].transform("median")
    assert (people["weight"] <= 2.5 * middle * (1 + 2e-6)).all()
    assert (people.loc[list(found.cut), "f_trim"] < 1).any()


def test_several_margins_hold_at_once() -> None:
    targets = cases.beside(cases.totals(margin="sex*agegroup"), cases.totals(margin="stratum_2026"))
    targets = agreeing(targets)
    found = made(targets, margins=(("sex", "agegroup"), ("stratum_2026",)), trim=2.5)
    for one in found.margins:
        sums = found.people.groupby(["wave", f"margin {one.margin}"])["weight"].sum()
        for wave in (2026, 2030):
            wanted = one.totals(targets.table(wave, one.margin))
            assert sums.loc[wave].loc[list(one.names)].tolist() == pytest.approx(wanted, rel=1e-9)


def agreeing(targets: Targets) -> Targets:
    """The last category of each later margin takes what rounding left."""
    rows = list(targets.rows)
    for wave in targets.waves:
        first = targets.persons(wave)
        for m in targets.margins[1:]:
            last = max(i for i, r in enumerate(rows) if r.wave == wave and r.margin == m)
            rest = sum(r.persons for i, r in enumerate(rows) if r.wave == wave and r.margin == m and i != last)
            rows[last] = replace(rows[last], persons=first - rest)
    return Targets(tuple(rows))


def test_response_factors_conserve_the_eligible_total() -> None:
    """Base times response over the interviewed is base over all issued households, class by class (nobody ineligible here)."""
    found = made()
    for t in waves():
        base = 1 / (t.households["p_psu"] * t.households["p_household"])
        issued = base.groupby(t.households["stratum"]).sum()
        people = found.people[found.people["wave"] == t.wave]
        answered = (people["w_base"] * people["f_response"]).groupby(people["stratum"]).sum()
        assert answered.tolist() == pytest.approx(issued.tolist(), rel=1e-12)


def test_without_totals_nothing_is_calibrated_and_it_is_said() -> None:
    found = made(None, trim=None)
    assert (found.people["f_calibration"] == 1).all()
    assert not found.controls
    assert found.notes == (NOT_CALIBRATED,)
    assert made(cases.totals(), calibration="none").notes == (BY_PLAN,)
    assert NO_RESPONSE in made(None, response="none").notes
    assert (made(None, response="none").people["f_response"] == 1).all()


def test_trimming_alone_keeps_the_sum_of_each_stratum() -> None:
    plain, cut = made(None, trim=None), made(None, trim=2.5)
    assert sum(cut.cut) > 0
    keys = ["wave", "stratum"]
    kept = cut.people.groupby(keys)["weight"].sum().tolist()
    assert kept == pytest.approx(plain.people.groupby(keys)["weight"].sum().tolist(), rel=1e-12)


def test_the_log_has_every_step_of_every_wave() -> None:
    found = both()
    assert [(e.wave, e.step) for e in found.log] == [
        (w, s) for w in (2026, 2030) for s in ("base", "household", "response", "calibration", "trim")
    ]
    last = {e.wave: e for e in found.log if e.step == "trim"}
    for wave, entry in last.items():
        weight = found.people.loc[found.people["wave"] == wave, "weight"]
        assert (entry.n, entry.max) == (len(weight), weight.max())
        assert entry.sum == pytest.approx(cases.totals().persons(wave), rel=1e-9)
        assert entry.deff_kish == pytest.approx(len(weight) * (weight**2).sum() / weight.sum() ** 2, rel=1e-12)


def test_the_order_of_the_people_changes_nothing() -> None:
    some = cases.joined(list(waves()))
    mixed = some.sample(frac=1, random_state=3).reset_index(drop=True)
    one = weigh(list(waves()), some, cases.plan(trim=2.5), cases.totals(), order=cases.ORDER).people.set_index("person")
    two = weigh(list(waves()), mixed, cases.plan(trim=2.5), cases.totals(), order=cases.ORDER).people.set_index("person")
    assert (one["weight"] / two["weight"].reindex(one.index) - 1).abs().max() < 1e-10


# ---- the variance knows what was done ------------------------------------------------------------------------------


def test_the_variance_is_that_of_our_calibrate_on_the_weights_before_it() -> None:
    """The controls' base is the weight before the last calibration, cuts included; taken as plain weights the SE is larger."""
    found = made(cases.totals(), trim=2.5)
    names = [f"margin {m.margin}" for m in found.margins]
    wanted = {
        w: {n: dict(zip(m.names, m.totals(cases.totals().table(w, m.margin)), strict=True))
            for n, m in zip(names, found.margins, strict=True)} for w in (2026, 2030)
    }  # fmt: skip
    start = replace(design(), weight=BEFORE)
    people = found.people.drop(columns="weight")
    ours = calibrate(people, start, wanted, kind="raking", bounds=cases.plan().bounds, name="weight")
    assert ours.data["weight"].tolist() == pytest.approx(found.people["weight"].tolist(), rel=1e-10)
    one = estimate(found.people, found.design(design()), "score")
    two = estimate(ours.data, ours.design, "score")
    naive = estimate(found.people, design(), "score")
    for a, b, c in zip(one, two, naive, strict=True):
        assert a.estimate == pytest.approx(b.estimate, rel=1e-12)
        assert a.se == pytest.approx(b.se, rel=1e-10)
        assert a.se < c.se


@pytest.mark.parametrize("name", ["raking_one", "raking_two", "linear_two", "logit_two"])
@pytest.mark.parametrize("trim", [None, 3.0])
def test_against_r(name: str, trim: float | None) -> None:
    """svydesign -> calibrate(bounds) <-> trimWeights by stratum until both hold; weights, mean, total and both SEs."""
    kind = {"raking": "rake", "linear": "linear", "logit": "logit"}[name.split("_")[0]]
    margins = (("sex", "agegroup"), ("stratum_2026",)) if name.endswith("two") else (("sex", "agegroup"),)
    t = from_r()
    table = pd.read_csv(R / "margins.csv")
    rows = [
        Total(2026, r.margin, r.category, r.persons, "R", waves()[0].days[0])
        for r in table.itertuples() if r.margin in {"*".join(m) for m in margins}
    ]  # fmt: skip
    plan = cases.plan(calibration=kind, margins=margins, least=1, bounds=(0.2, 5.0), trim=trim, most=9.0)
    found = weigh([t], t.people, plan, Targets(tuple(rows)), order=cases.ORDER)
    full = name + ("_trim" if trim else "")
    figures = pd.read_csv(R / "figures.csv").set_index("name").loc[full]
    theirs = pd.read_csv(R / "weights.csv", dtype={"person": str}).set_index("person")
    people = found.people.set_index("person")
    assert (people["weight"] / theirs[full].reindex(people.index) - 1).abs().max() < 1e-8
    assert (people["f_trim"] / theirs[f"{full}_cut"].reindex(people.index) - 1).abs().max() < 1e-8
    assert found.rounds[2026] == figures["rounds"]
    (mean,) = estimate(found.people, found.design(design((t,))), "score")
    (total,) = estimate(found.people, found.design(design((t,))), "score", stat="total")
    got = [mean.estimate, mean.se, total.estimate, total.se]
    assert got == pytest.approx(figures[["mean", "mean_se", "total", "total_se"]].tolist(), rel=1e-8)


def from_r() -> Tidy:
    """The survey that the R script read, as a wave."""
    table = pd.read_csv(R / "households.csv", dtype={"ssu": str, "person": str})
    table["person"] = table["person"].where(table["person"].notna(), None)
    table = table.assign(
        status="main", issued=True, certainty=0, stratum_2026=table["stratum"], area="rural", khu_vuc=None, dtts=None
    )
    people = table[table["disposition"] == "I"].drop(columns=["disposition", "issued", "status"]).reset_index(drop=True)
    people["score__why"] = "answered"
    sampled = tuple(sorted({(2026, h, p) for h, p in zip(table["stratum"], table["psu"], strict=True)}))
    return replace(waves()[0], people=people, households=table, sampled=sampled)


# ---- what is refused -----------------------------------------------------------------------------------------------


def test_a_total_out_of_reach_names_the_margin_what_was_reached_and_what_to_merge() -> None:
    far = cases.totals(**{"female*a60*stratum0": 90_000.0})  # type: ignore[arg-type]  # names that are no identifiers
    with pytest.raises(BdgError) as fault:
        made(far)
    (found,) = fault.value.problems
    facts = dict(found.facts)
    assert (found.code, fault.value.exit_code) == ("DATA-068", 11)
    assert "female*a60*stratum0" in facts["control"]
    assert facts["merge"] == "female*a16_30*stratum0 + female*a31_59*stratum0"  # the adjacent band, merged itself
    assert facts["total"] == "90000"
    assert 0 < float(facts["reached"]) < 90_000
    assert "[0.3; 3]" in str(fault.value)


# ---- the kernel ----------------------------------------------------------------------------------------------------


def test_the_median_of_counted_values() -> None:
    values = np.array([[3.0, 3.0], [1.0, 1.0], [2.0, 2.0], [9.0, 9.0]])
    times = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 1.0], [1.0, 2.0]])
    assert median(values, times).tolist() == [2.5, 5.5]  # 1 2 | 3 9 and 1 2 | 9 9
    assert median(values, np.ones((4, 2))).tolist() == np.median(values, axis=0).tolist()


def test_a_person_counted_twice_is_not_twice_as_heavy() -> None:
    """A replicate that draws a hamlet three times: cutting weight x 3 at the limit would undo the replicate."""
    start = np.array([1.0, 1.0, 1.0, 1.0, 1.4])[:, None]
    times = np.array([3.0, 0.0, 1.0, 1.0, 0.0])[:, None]
    out = cycle(start, times, None, np.zeros(5, dtype=np.intp), Distance("raking", 0.3, 3.0), 2.0)
    assert out.trim.tolist() == [[1.0]] * 5
    assert out.rounds == 1


def test_a_weight_that_cannot_be_cut_enough_is_counted() -> None:
    """One person alone holds a total of 100 times the others': calibration gives back what every cut takes."""
    from analysis.weighting.cycle import cells_of

    start = np.ones((6, 1))
    groups = [np.array([0, 0, 0, 0, 0, 1])]
    cells = cells_of(groups, [[5.0, 100.0]], [[[1], [0]]])
    out = cycle(start, np.ones((6, 1)), cells, np.zeros(6, dtype=np.intp), Distance("raking", 1e-9, 1e300), 5.0)
    assert out.rounds == ROUNDS
    assert out.over.tolist() == [1]
    assert (out.after[5, 0], out.after[:5, 0].sum()) == (pytest.approx(100), pytest.approx(5))
