"""Response classes: who stands for whom, what is merged, and that no eligible household is lost on the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.weighting.classes import EMPTY, FEW, LARGE, LAST, NOBODY
from analysis.weighting.outcomes import base_weight
from analysis.weighting.response import classes, counted, planned, propensity_classes, without_reserves
from forms.errors import BdgError
from tests.analysis.drawn_households import House, plain_factor, replicates, some, surveys, table, weighing


def test_one_class_by_hand() -> None:
    """8 mains of weight 50: 4 interviews, 2 refusals, 1 unknown, 1 not eligible.  e = 6/7, factor (6 + 6/7)/4 = 12/7."""
    houses = some("a", "I*4 R*2 UH NE", weight=50.0)
    found = classes(table(houses), weighing())
    factor = found.factors(base_weight(table(houses))[:, None])[:, 0]
    assert factor[:4] == pytest.approx(12 / 7, rel=1e-15)
    assert np.isnan(factor[4:]).all()
    row = found.table[0]
    assert (row.name, row.cases, row.interviewed) == ("a", 8, 4)
    assert row.rate == pytest.approx(6 / 7)
    assert row.eligible == pytest.approx(50 * 48 / 7)
    assert found.log == ()


def test_reserves_share_the_load_and_do_not_add_to_it() -> None:
    """20 mains, 15 answered, 5 reserves answered in their place: 20 eligible over 20 interviews is 1.

    Mistakes: reserves as additional sample (25/20 = 1.25: the population grows by the replaced households); reserves left in
    the sample but the factor from the mains alone (20/15 on 20 interviews: 1,333 households for 1,000).
    """
    houses = some("a", "I*15 R*3 NC*2", weight=50.0) + some("a", "I*5", weight=50.0, reserve=True)
    base = base_weight(table(houses))[:, None]
    factor = classes(table(houses), weighing()).factors(base)
    assert np.nansum(factor * base) == pytest.approx(1000)
    assert np.nanmax(factor) == pytest.approx(1.0)
    alone = without_reserves(table(houses))
    bare = classes(alone, weighing()).factors(base)
    assert np.nansum(bare * base) == pytest.approx(1000)
    assert bare[0, 0] == pytest.approx(20 / 15)
    assert np.isnan(bare[20:]).all()
    assert alone["person"].notna().sum() == 15
    assert table(houses)["person"].notna().sum() == 20
    assert (base_weight(alone) == base[:, 0]).all()


@settings(max_examples=150, deadline=None)
@given(surveys(), st.integers(1, 4), st.integers(0, 10**6))
def test_nobody_is_lost(houses: list[House], least: int, seed: int) -> None:
    """In every class and every replicate the weights of those interviewed sum to the estimated eligible total."""
    data = table(houses)
    found = classes(data, weighing(least=least, most=3.0, classes=("area", "stratum")))
    base = replicates(houses, 6, seed)
    of = np.array(found.of)
    cases = counted(data)
    spoke, mains = cases.responded, cases.eligible | cases.unknown | cases.ineligible
    if any(base[spoke, r].sum() == 0 or base[cases.eligible, r].sum() == 0 for r in range(base.shape[1]) if base[mains, r].any()):
        with pytest.raises(BdgError, match="STAT-092"):
            found.factors(base)
        return
    factor = found.factors(base)
    adjusted = np.where(np.isnan(factor), 0.0, factor * base)
    wanted = found.eligible(base)
    assert not np.isnan(factor[spoke]).any()
    assert (factor[spoke] > 0).all()
    assert np.isnan(factor[~spoke]).all()
    for r in range(base.shape[1]):
        weight = base[:, r]
        mine = [of == c for c in range(len(found.names))]
        if all(weight[m].sum() == 0 or (wanted[c, r] > 0 and weight[m & spoke].sum() > 0) for c, m in enumerate(mine)):
            for c, m in enumerate(mine):
                assert adjusted[m, r].sum() == pytest.approx(np.nan_to_num(wanted[c, r]), rel=1e-12)
        else:
            least, most = weight[cases.eligible].sum(), weight[cases.eligible | cases.unknown].sum()
            assert least * (1 - 1e-12) <= adjusted[:, r].sum() <= most * (1 + 1e-12)
    assert all(adjusted[of == c, 0].sum() > 0 for c in set(of[spoke].tolist()))


@settings(max_examples=80, deadline=None)
@given(surveys())
def test_each_class_is_the_plain_formula(houses: list[House]) -> None:
    data = table(houses)
    found = classes(data, weighing(most=4.0))
    factor = found.factors(base_weight(data)[:, None])[:, 0]
    for c in range(len(found.names)):
        mine = [h for h, o in zip(houses, found.of.tolist(), strict=True) if o == c]
        if any(h.group == "I" for h in mine):
            assert np.nanmax(factor[np.array(found.of) == c]) == pytest.approx(float(plain_factor(mine)), rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(surveys(), st.randoms(use_true_random=False))
def test_the_order_of_households_changes_nothing(houses: list[House], random: object) -> None:
    turned = list(range(len(houses)))
    random.shuffle(turned)  # type: ignore[attr-defined]  # Hypothesis gives a Random
    rule = weighing(least=2, most=2.5)
    one, two = classes(table(houses), rule), classes(table([houses[i] for i in turned]), rule)
    assert one.names == two.names
    assert [one.names[one.of[i]] for i in turned] == list(two.label)
    assert [m.reason for m in one.log] == [m.reason for m in two.log]


def test_a_class_without_an_interview_is_merged_and_never_vanishes() -> None:
    """Island b: 4 refusals.  Left out (the mistake) its 4 households of weight 100 disappear: 1,000 instead of 1,400."""
    houses = some("a", "I*8 R*2", weight=100.0) + some("b", "R*4", weight=100.0)
    data = table(houses)
    found = classes(data, weighing())
    base = base_weight(data)[:, None]
    assert np.nansum(found.factors(base) * base) == pytest.approx(1400)
    assert found.names == ("a + b",)
    merge = found.log[0]
    assert (merge.name, merge.into, merge.reason, merge.factor, merge.cases) == ("b", "a", NOBODY, None, 4)


def test_the_nearest_response_rate_is_the_neighbour() -> None:
    """c (2 of 5 answered) joins a (5 of 10) and not b (9 of 10), which is next to it in order; between equals the next one."""
    houses = some("a", "I*5 R*5") + some("b", "I*9 R") + some("c", "I*2 R*3")
    found = classes(table(houses), weighing(least=4))
    assert found.names == ("a + c", "b")
    assert [(m.name, m.into, m.reason) for m in found.log] == [("c", "a", FEW)]
    large = classes(table(houses), weighing(most=2.4))
    assert [(m.name, m.into, m.reason) for m in large.log] == [("c", "a", LARGE)]
    equal = classes(table(some("a", "I*9 R") + some("b", "I*9 R") + some("c", "I*2 R*3")), weighing(least=4))
    assert [(m.name, m.into) for m in equal.log] == [("c", "b")]
    exact = classes(table(some("a", "I*2 R*3") + some("b", "I*4 R")), weighing(most=2.5))
    assert exact.log == ()  # a factor of exactly 2.5 is allowed


def test_a_neighbour_is_sought_within_the_first_column() -> None:
    """urban*a is small; its rate is that of rural*a, but urban*b is of its own area."""
    houses = some("a", "I R", area="urban") + some("b", "I*9 R", area="urban") + some("a", "I*5 R*5", area="rural")
    found = classes(table(houses), weighing(least=3, classes=("area", "stratum")))
    assert found.names == ("rural*a", "urban*a + urban*b")
    other = classes(table(houses), weighing(least=3, classes=("stratum", "area")))
    assert other.names == ("a*rural + a*urban", "b*urban")


def test_the_last_class_stays_and_says_why() -> None:
    found = classes(table(some("a", "I*2 R*8")), weighing(least=5, most=2.5))
    assert found.names == ("a",)
    assert found.log[0].into == ""
    assert LAST.split(" | ")[0] in found.log[0].reason
    assert found.table[0].factor == pytest.approx(5)
    with pytest.raises(BdgError) as fault:
        classes(table(some("a", "R*8") + some("b", "NC*2")), weighing())
    assert fault.value.problems[0].code == "STAT-093"


def test_a_class_whose_mains_were_all_ineligible_is_merged() -> None:
    """Both mains of b had moved away; its reserve answered: a factor of 0 would throw that interview away."""
    houses = some("a", "I*5 R") + some("b", "NE*2") + some("b", "I", reserve=True)
    found = classes(table(houses), weighing())
    assert [(m.name, m.reason) for m in found.log] == [("b", EMPTY)]
    factor = found.factors(base_weight(table(houses))[:, None])
    assert np.nansum(factor) == pytest.approx(6)


def test_an_unworked_class_takes_the_others_eligible_rate() -> None:
    """b: three households without a form, nothing known: with a (e = 6/8) they count as 3 * .75."""
    houses = some("a", "I*4 R*2 NE*2") + some("b", "UH*3")
    found = classes(table(houses), weighing())
    assert found.table[0].eligible == pytest.approx(6 + 3 * 0.75)


def test_waves_are_never_merged() -> None:
    houses = some("a", "I*5 R") + some("a", "I R*9", wave=2030)
    found = classes(table(houses), weighing(least=3, most=2.0))
    assert found.waves == (2026, 2030)
    assert {m.wave for m in found.log} == {2030}
    with pytest.raises(BdgError) as fault:
        classes(table(some("a", "I*5") + some("a", "R*5", wave=2030)), weighing())
    assert fault.value.problems[0].place == "2030"


def test_a_replicate_that_empties_a_class_merges_it_there() -> None:
    """Hamlet b1 holds all interviews of stratum b, b2 only refusals.  Without b1 the replicate has b's households and nobody
    to stand for them: NaN or 0 in a plain division.  They are carried by the nearest class."""
    houses = [*some("a", "I*6 R*2"), *some("b", "I*4 R"), *[House("b", "b2", "R")] * 3]
    data = table(houses)
    found = classes(data, weighing())
    base = np.ones((len(houses), 3))
    base[[h.psu == "b1" for h in houses], 1] = 0.0
    base[[h.stratum == "b" for h in houses], 2] = 0.0
    factor = found.factors(base)
    assert found.names == ("a", "b")
    assert factor[0, 0] == pytest.approx(8 / 6)
    assert factor[8, 0] == pytest.approx(8 / 4)
    assert factor[0, 1] == pytest.approx((8 + 3) / 6)
    assert np.nansum(factor[:, 1] * base[:, 1]) == pytest.approx(11)
    assert factor[0, 2] == pytest.approx(8 / 6)
    assert factor[8, 2] == 1.0  # nothing of b has weight: any number would do, NaN would not
    with pytest.raises(BdgError) as fault:
        found.factors(np.where(counted(data).responded, 0.0, 1.0)[:, None])
    assert fault.value.problems[0].code == "STAT-092"


def test_columns_of_the_plan() -> None:
    houses = table(some("a", "I*5 R"))
    assert planned(houses, weighing(response="none")) is None
    assert planned(houses, weighing()).names == ("a",)  # type: ignore[union-attr]  # not None: classes
    assert classes(houses, weighing(classes=())).names == ("-",)
    with pytest.raises(BdgError) as fault:
        classes(houses, weighing(classes=("district",)))
    assert fault.value.problems[0].code == "STAT-091"
    blank = houses.assign(khu_vuc=np.array([None, "3", None, "3", float("nan"), "3"], dtype=object))
    assert set(classes(blank, weighing(classes=("khu_vuc",))).label) == {"-", "3"}
    assert classes(blank, weighing(classes=("stratum", "khu_vuc"))).names == ("a*-", "a*3")


def test_propensity_classes_keep_totals_and_order() -> None:
    """Five classes by propensity: rates rise from class to class; sums stay; weights play no part in the model."""
    rng = np.random.default_rng(5)
    houses = []
    for i in range(600):
        stratum, area = "abc"[i % 3], ["urban", "rural"][rng.integers(2)]
        chance = 0.4 + 0.15 * (i % 3) + 0.15 * (area == "rural")
        group = "I" if rng.random() < chance else "R"
        houses.append(House(stratum, f"{stratum}{i % 30}", group, float(rng.integers(1, 9)), area=area))
    data = table(houses)
    plan = weighing(covariates=("stratum", "area"), response="propensity")
    found = planned(data, plan)
    assert found is not None
    base = base_weight(data)[:, None]
    assert np.nansum(found.factors(base) * base) == pytest.approx(base.sum(), rel=1e-12)
    share = [t.interviewed / t.cases for t in found.table]
    assert share == sorted(share)
    assert found.names[0] == "p1"
    weighted = propensity_classes(data, plan, weighted=True)
    assert np.nansum(weighted.factors(base) * base) == pytest.approx(base.sum(), rel=1e-12)
    two = propensity_classes(data, plan, groups=2)
    assert two.names == ("p1", "p2")


def test_response_that_depends_on_the_class_biases_the_plain_mean_only() -> None:
    """Mean y is 60 in the lowlands (80 % answer) and 40 in the mountains (40 %): truth 50.

    Expected plain mean: (.8 * 60 + .4 * 40)/1.2 = 53.33.  With the factors the mean error over 300 surveys is below .1.
    """
    rng = np.random.default_rng(11)
    plain, adjusted, reserved = [], [], []
    houses = [House("ab"[i >= 200], f"{i // 20}", "I", 10.0) for i in range(400)]
    data = table([*houses, *(replace(h, reserve=True) for h in houses)])
    chance, mean = np.repeat([0.8, 0.4], 200), np.repeat([60.0, 40.0], 200)
    for _ in range(300):
        y = rng.normal(np.r_[mean, mean], 10)
        spoke, spare = rng.random(400) < chance, rng.random(400) < chance
        for more, into in ((np.zeros(400, dtype=bool), adjusted), (spare & ~spoke, reserved)):
            group = np.r_[np.where(spoke, "I", "R"), np.where(more, "I", "")]
            now = data.assign(disposition=group, issued=group != "")
            w = np.nan_to_num(classes(now, weighing()).factors(base_weight(now)[:, None])[:, 0])
            into.append(float((w @ y) / w.sum()))
        plain.append(float(y[:400][spoke].mean()))
    assert np.mean(plain) == pytest.approx(53.33, abs=0.15)
    assert np.mean(adjusted) == pytest.approx(50, abs=0.1)
    assert np.mean(reserved) == pytest.approx(50, abs=0.1)
    assert np.std(reserved) < np.std(adjusted)  # what the reserves are good for: precision, not bias
