"""Power in closed form against R's own functions, the research's tables, the issue's figures and Fieller's interval."""

from __future__ import annotations

import importlib
import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import nctdtr

from analysis.power import closed, published
from analysis.power.closed import DETECT, Claim, points, power, relative, restricted, tail
from analysis.power.prices import Prices
from analysis.power.solve import (
    ABOVE,
    FEW_HAMLETS,
    NO_ROOM,
    NOT_ABOVE,
    TOO_SMALL,
    best_households,
    chance,
    households_needed,
    psus_needed,
    root,
    shift,
    smallest,
    smallest_rise,
)
from analysis.power.survey import Scenario, checked
from analysis.relative import fieller
from forms.errors import BdgError
from tests.house.tree import ROOT

FIGURES = json.loads((ROOT / "tests/reference/power/expected.json").read_text(encoding="utf-8"))["figures"]
PLAN = Scenario(
    "mean", 55, 0.10, 120, 20, sd=18, response=0.85, weighting=1.25, overlap=0.6, correlation=0.7, strata=6
)  # fmt: skip
SHARE = replace(PLAN, kind="share", baseline=40, sd=None, icc=0.05)


def _figures(what: str) -> list[Any]:
    return [
        pytest.param(f["inputs"], f["value"], id=" ".join(map(str, f["inputs"].values()))) for f in FIGURES if f["what"] == what
    ]


# ---------------------------------------------------------------------------------------------------------------------- R


@pytest.mark.parametrize(("at", "wanted"), _figures("t"))
def test_power_of_two_means_is_that_of_r(at: dict[str, float], wanted: float) -> None:
    """A simple random sample is a survey with one person a hamlet and one stratum: df 2 (n - 1), as `power.t.test` has it."""
    s = Scenario("mean", 50, 0.0, at["n"], 1, sd=at["sd"], sides=1 if at["sides"] == 1 else 2)
    assert power(s, 50 + at["delta"], DETECT) == pytest.approx(wanted, abs=1e-11)


@pytest.mark.parametrize(("at", "wanted"), _figures("prop"))
def test_power_of_two_shares_is_that_of_r(at: dict[str, float], wanted: float) -> None:
    s = Scenario("share", 100 * at["p1"], 0.0, at["n"], 1, sides=1 if at["sides"] == 1 else 2, null="pooled", quantiles="normal")
    assert power(s, 100 * at["p2"], DETECT) == pytest.approx(wanted, abs=1e-11)


@pytest.mark.parametrize(("at", "wanted"), _figures("prop_n"))
def test_persons_needed_for_shares_are_those_of_r(at: dict[str, float], wanted: float) -> None:
    s = Scenario("share", 100 * at["p1"], 0.0, 2, 1, sides=1 if at["sides"] == 1 else 2, null="pooled", quantiles="normal")
    assert psus_needed(s, 100 * at["p2"], DETECT).value == pytest.approx(wanted, rel=1e-8)


@pytest.mark.parametrize(("at", "wanted"), _figures("t_n"))
def test_persons_needed_for_means_are_those_of_r(at: dict[str, float], wanted: float) -> None:
    s = Scenario("mean", 50, 0.0, 2, 1, sd=at["sd"])
    assert psus_needed(s, 50 + at["delta"], DETECT).value == pytest.approx(wanted, rel=1e-8)


@pytest.mark.parametrize(("at", "wanted"), _figures("rule"))
def test_power_of_the_reports_rule_is_rs_noncentral_t(at: dict[str, float], wanted: float) -> None:
    s = replace(PLAN, psus=at["psus"], overlap=at["overlap"])
    assert power(s, 63, Claim("", at["factor"])) == pytest.approx(wanted, abs=1e-11)


@pytest.mark.parametrize(("at", "wanted"), _figures("rule_mdc"))
def test_the_smallest_rise_is_rs_uniroot(at: dict[str, float], wanted: float) -> None:
    s = replace(PLAN, psus=at["psus"], overlap=at["overlap"])
    assert smallest_rise(s, Claim("", at["factor"])).value == pytest.approx(wanted, abs=1e-6)


# ----------------------------------------------------------------------------------------------- published and hand figures


def test_the_issues_two_figures() -> None:
    """Mean 55, sd 18, deff 3, independent waves, normal quantiles: 15.0 % with 2,200 persons, 21 % with 450.

    By hand: se = sqrt(3 18^2/2200 (1 + 1.1^2)) = .98814; 10 + 100 (1.95996 + .84162) .98814/55 = 15.033.  The classic mistake,
    the power of detecting any rise (no 1.10 anywhere), would promise 4.8 %.
    """
    s = Scenario("mean", 55, 0.0, 2200, 1, sd=18, weighting=3, quantiles="normal")
    assert smallest_rise(s, relative(10)).value == pytest.approx(15.0334, abs=5e-5)
    assert smallest_rise(replace(s, psus=450), relative(10)).value == pytest.approx(21.13, abs=0.005)
    assert smallest_rise(s, DETECT).value == pytest.approx(4.79, abs=0.005)


def test_the_one_sided_table_of_the_research() -> None:
    assert published.rises(published.ONE_SIDED) == (
        (30, (2961, 1331, 13192, 278, 1131)), (40, (1879, 839, 8328, 303, 1206)),
        (50, (1230, 543, 5410, 303, 1181)), (60, (798, 346, 3464, 278, 1057)),
    )  # fmt: skip


def test_the_two_sided_table_of_the_research() -> None:
    assert published.rises(published.TWO_SIDED) == (
        (30, (641, 293, 6773, 3047)), (40, (698, 312, 4300, 1922)), (50, (698, 305, 2817, 1247)), (60, (641, 274, 1828, 797)),
    )  # fmt: skip


def test_the_two_tables_differ_by_their_conventions_only() -> None:
    """Unpooled, the two-sided table would begin with 636; rounded to nearest, 641 stays and 293 becomes 292."""
    first = published.TWO_SIDED.columns[0]
    assert published.persons(30, first, replace(published.TWO_SIDED, null="unpooled")) == 636
    assert published.persons(30, published.TWO_SIDED.columns[1], replace(published.TWO_SIDED, rounding="nearest")) == 292


def test_the_researchs_other_figures() -> None:
    rise = published.Column(DETECT, 5, "points")
    assert [published.persons(50, rise, published.TWO_SIDED, sd=sd) for sd in (15.0, 20.0)] == [255, 453]
    assert [round(published.half_width(n, 1.8), 1) for n in published.SIZES] == [9.3, 6.6, 5.4, 4.6, 4.2, 3.8]


def test_a_rise_that_no_sample_proves_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="no sample proves"):
        published.persons(30, published.Column(relative(10), 10, "percent"), published.ONE_SIDED)


# --------------------------------------------------------------------------------------------------------- variance by hand


def test_the_moments_by_hand() -> None:
    """n q = 17, deff = 1.25 (1 + 19 .85 .1) = 3.26875; V = 3.26875 324/2040; C = 72/120^2 .7 .1 324."""
    v1, v2, cov = PLAN.moments(60)
    assert (PLAN.deff(0), PLAN.respondents(0)) == (pytest.approx(3.26875), pytest.approx(2040))
    assert (v1, v2, cov) == (pytest.approx(3.26875 * 324 / 2040), pytest.approx(v1), pytest.approx(72 / 14400 * 0.07 * 324))


def test_full_response_gives_kishs_design_effect() -> None:
    s = Scenario("mean", 55, 0.1, 100, 20, sd=18)
    assert s.deff(0) == pytest.approx(1 + 19 * 0.1)
    assert replace(s, weighting=1.25).deff(0) == pytest.approx(1.25 * 2.9)
    assert replace(s, weighting=1.25, weights="persons").deff(0) == pytest.approx(1.25 + 1.9)


def test_a_group_lives_in_some_hamlets_only() -> None:
    """A quarter of the people in 40 % of 120 hamlets: 48 hamlets, 20 .85 .25/.4 = 10.625 persons each."""
    s = replace(PLAN, share=0.25, lives=0.4)
    assert (s.sizes(0), s.respondents(0)) == ((pytest.approx(48), 20), pytest.approx(510))
    assert s.deff(0) == pytest.approx(1.25 * (1 + 19 * 0.85 * 0.625 * 0.1))


def test_a_later_wave_of_another_size() -> None:
    """Kept hamlets are a share of the later wave's, never more than the first one has: C = kept/(m1 m2) r icc sd^2."""
    s = replace(PLAN, later=(60, 25), overlap=0.5)
    assert (s.kept, s.respondents(1)) == (30, pytest.approx(60 * 25 * 0.85))
    assert s.moments(60)[2] == pytest.approx(30 / (120 * 60) * 0.7 * 0.1 * 324)
    assert s.degrees == (114, 54, 114 + 54 - 24)
    assert replace(PLAN, psus=20, later=(120, 20), overlap=1.0, strata=1).kept == 20


def test_degrees_of_freedom_of_a_change_with_kept_hamlets() -> None:
    """df_1 + df_2 - (kept - strata): none kept 228, 72 kept 162, all kept 114; the classic PSUs minus strata of both is 234."""
    found = [replace(PLAN, overlap=f).degrees[2] for f in (0.0, 0.6, 1.0)]
    assert found == [228, 162, 114]


# ---------------------------------------------------------------------------------------------------------- the rule itself


@given(
    st.floats(0.02, 0.9), st.floats(1.0, 1.6), st.floats(0.01, 0.3), st.floats(0.01, 0.3), st.floats(0, 0.9), st.integers(8, 200),
    st.sampled_from([1.0, 1.1, 1.15]),
)  # fmt: skip
def test_fiellers_lower_limit_reaches_k_exactly_when_t_does(
    base: float, ratio: float, cv1: float, cv2: float, rho: float, df: int, k: float
) -> None:
    now = base * ratio
    v1, v2 = (cv1 * base) ** 2, (cv2 * now) ** 2
    cov = rho * math.sqrt(v1 * v2)
    lower, _, g = fieller(base, now, v1, v2, cov, df)
    t = (now - k * base) / math.sqrt(v2 + k * k * v1 - 2 * k * cov)
    least = closed.t_quantile(0.95, float(df))
    if g < 1 and abs(t - least) > 1e-6:
        assert (lower >= 100 * (k - 1)) == (t >= least)


@given(st.floats(-2, 12), st.floats(1.9, 2.4), st.integers(8, 300))
def test_the_tail_is_the_noncentral_t(shift_: float, least: float, df: int) -> None:
    assert tail(shift_, least, float(df)) == pytest.approx(1 - nctdtr(df, shift_, least), abs=1e-14)


def test_far_out_power_is_one_where_the_library_has_no_number() -> None:
    assert math.isnan(float(nctdtr(114, 37.0, 1.97)))
    assert tail(37.0, 1.97, 114.0) == 1.0


def test_at_the_margin_itself_power_is_half_the_error() -> None:
    assert power(PLAN, 60.5, relative(10)) == pytest.approx(0.025, abs=1e-9)
    assert power(replace(PLAN, sides=1), 60.5, relative(10)) == pytest.approx(0.05, abs=1e-9)


def test_pooled_at_no_margin_is_the_pooled_share() -> None:
    assert restricted(30, 40, DETECT) == (pytest.approx(35), pytest.approx(35))


@pytest.mark.parametrize("claim", [relative(10), points(10)], ids=lambda c: c.name)
def test_pooled_at_a_margin_is_the_likeliest_pair_there(claim: Claim) -> None:
    """A plain search over the margin: nothing on it is likelier for samples of equal size."""
    one, two = restricted(40, 48, claim)
    assert two == pytest.approx(claim.edge(one), abs=1e-9)

    def likelihood(x: Any) -> Any:
        a, b = x / 100, claim.edge(x) / 100
        return 0.4 * np.log(a) + 0.6 * np.log(1 - a) + 0.48 * np.log(b) + 0.52 * np.log(1 - b)

    grid = np.linspace(20, 80, 200_001)
    assert one == pytest.approx(grid[np.argmax(likelihood(grid))], abs=5e-4)


def test_a_pooled_margin_needs_about_as_many_as_an_unpooled_one() -> None:
    s = replace(SHARE, quantiles="normal")
    found = [power(replace(s, null=n), 50, relative(10)) for n in ("pooled", "unpooled")]
    assert found[0] != found[1]
    assert found[0] == pytest.approx(found[1], abs=0.01)


# ------------------------------------------------------------------------------------------------------ laws of the solutions


@given(
    st.sampled_from([PLAN, SHARE]), st.floats(20, 70), st.floats(0, 0.3), st.integers(40, 400), st.integers(4, 40),
    st.floats(0, 0.6), st.sampled_from([DETECT, relative(10), relative(15), points(10)]),
)  # fmt: skip
def test_what_is_solved_has_the_power_asked_for(
    like: Scenario, base: float, icc: float, psus: int, households: int, overlap: float, claim: Claim
) -> None:
    s = replace(like, baseline=base, icc=icc, psus=psus, households=households, overlap=overlap)
    found = smallest(s, claim)
    if found.value is not None:
        assert power(s, found.value, claim) == pytest.approx(0.8, abs=1e-7)
    else:
        assert found.reason in (NO_ROOM, TOO_SMALL)


@given(st.floats(0.01, 0.3), st.integers(40, 300), st.integers(4, 30), st.sampled_from([PLAN, SHARE]))
def test_more_of_anything_good_never_asks_for_a_larger_rise(icc: float, psus: int, households: int, like: Scenario) -> None:
    s = replace(like, icc=icc, psus=psus, households=households)
    first = smallest(s, relative(10)).value or math.inf
    better = (
        replace(s, psus=psus + 20), replace(s, households=households + 3), replace(s, weighting=1.1), replace(s, response=0.95),
        replace(s, correlation=0.9), replace(s, icc=icc / 2), replace(s, power=0.7), replace(s, weights="persons"),
    )  # fmt: skip
    assert all((smallest(x, relative(10)).value or math.inf) <= first + 1e-9 for x in better)
    assert first <= (smallest(s, relative(15)).value or math.inf)


@given(st.floats(0.5, 6), st.floats(0.1, 30))
def test_the_root_finder_finds_what_brentq_finds(power_: float, level: float) -> None:
    def function(x: float) -> float:
        return x**power_ - level + math.log1p(x)

    assert root(function, 0.0, 1e4) == pytest.approx(brentq(function, 0.0, 1e4, xtol=1e-13), rel=1e-9, abs=1e-9)


def test_the_root_finder_wants_a_change_of_sign() -> None:
    with pytest.raises(ValueError, match="no change of sign"):
        root(lambda x: x * x + 1, -1.0, 1.0)


def test_the_normal_shift_is_the_sum_of_two_quantiles() -> None:
    assert shift(0.8, 1.959963984540054, math.inf) == pytest.approx(1.959963984540054 + 0.8416212335729143, abs=1e-12)
    assert shift(0.8, 2.0, 30.0) > shift(0.8, 2.0, math.inf)


@pytest.mark.parametrize(("rise", "claim"), [(15, relative(10)), (20, relative(10)), (8, DETECT)])
def test_the_hamlets_needed_give_the_power_and_fewer_do_not(rise: float, claim: Claim) -> None:
    now = 55 * (1 + rise / 100)
    m = math.ceil(psus_needed(PLAN, now, claim).value or 0)
    assert power(replace(PLAN, psus=m), now, claim) >= 0.8 > power(replace(PLAN, psus=m - 1), now, claim)


def test_households_cannot_make_up_for_hamlets() -> None:
    """With n -> infinity V stays above icc sd^2/m: 24 hamlets never prove 10 % of a true 15 %."""
    s = replace(PLAN, psus=24)
    assert households_needed(s, 55 * 1.15, relative(10)).reason == FEW_HAMLETS
    found = households_needed(PLAN, 55 * 1.15, relative(10)).value
    assert found == pytest.approx(17.62, abs=0.01)
    assert power(replace(PLAN, households=found or 0), 55 * 1.15, relative(10)) == pytest.approx(0.8)


def test_what_cannot_be_is_said_with_its_reason() -> None:
    """A share of 90 % cannot rise 15 %; of 85 % by 15 % it can, to 97.75, but no sample of 24 hamlets proves 15 % of it."""
    assert smallest(replace(SHARE, baseline=90), relative(15)).reason == NO_ROOM
    assert smallest(replace(SHARE, baseline=86.9), relative(15)).reason != NO_ROOM
    assert smallest(replace(SHARE, baseline=85, psus=24), relative(15)).reason == TOO_SMALL
    assert chance(replace(SHARE, baseline=90), 99.5, relative(10)).value is not None
    assert chance(replace(SHARE, baseline=95), 104.5, relative(5)).reason == ABOVE
    assert psus_needed(PLAN, 55 * 1.10, relative(10)).reason == NOT_ABOVE
    assert psus_needed(replace(SHARE, baseline=95), 104.5, DETECT).reason == ABOVE


def test_a_score_with_this_spread_has_a_ceiling_below_100() -> None:
    """On 0-100 the variance is at most m (100 - m): with sd 18 no mean above 50 + sqrt(2500 - 324) = 96.65."""
    assert PLAN.ceiling == pytest.approx(96.6476, abs=1e-4)
    assert smallest(replace(PLAN, baseline=88), relative(10)).reason == NO_ROOM
    assert SHARE.ceiling == 100


def test_the_rules_own_conditions() -> None:
    """Under 25 people or 8 df there is no relative change, hence no proof; a rise in points is judged all the same."""
    few = replace(PLAN, psus=12, households=2, strata=1, share=0.5)
    assert smallest(few, relative(10)).reason == closed.FEW_PEOPLE
    assert power(few, 90, relative(10)) == 0.0
    assert smallest(replace(PLAN, psus=13), relative(10)).reason == closed.FEW_PSUS
    assert smallest(few, points(10)).value is not None
    assert importlib.import_module("analysis.change").MIN_N == closed.MIN_N
    rare = replace(SHARE, baseline=2, psus=20, households=3, strata=1)
    assert smallest(rare, relative(10)).reason == closed.IMPRECISE
    assert chance(rare, 3, relative(10)).reason == closed.IMPRECISE


def test_the_best_number_of_households() -> None:
    """One wave, equal costs of the textbook: sqrt(c1/c2 (1 - icc)/icc) = sqrt(10 9) = 9.49; a plain search finds the same."""
    s = Scenario("mean", 55, 0.1, 100, 20, sd=18)
    prices = Prices(10, 1, known=False)
    assert best_households(s, prices, DETECT) == pytest.approx(math.sqrt(10 * 0.9 / 0.1))
    assert best_households(replace(s, icc=0.0), prices, DETECT) == math.inf

    def error(n: float) -> float:
        m = 3600 / (10 + n)
        return closed.standard_error(replace(PLAN, psus=m, households=n), 55, relative(10))

    grid = np.linspace(5, 25, 20_001)
    assert best_households(PLAN, prices, relative(10)) == pytest.approx(grid[np.argmin([error(n) for n in grid])], abs=0.01)


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("STAT-080", {"psus": 1}), ("STAT-080", {"households": 0.5}), ("STAT-080", {"strata": 61}), ("STAT-080", {"strata": 0}),
        ("STAT-080", {"later": (1, 20)}), ("STAT-080", {"later": (120, 0)}), ("STAT-081", {"baseline": 0}),
        ("STAT-081", {"baseline": 100}), ("STAT-081", {"icc": 1}), ("STAT-081", {"icc": -0.01}), ("STAT-081", {"sd": None}),
        ("STAT-081", {"sd": 50}), ("STAT-081", {"sd": 0}), ("STAT-081", {"overlap": 1.1}), ("STAT-081", {"correlation": -0.1}),
        ("STAT-081", {"response": 0}), ("STAT-081", {"weighting": 0.9}), ("STAT-081", {"share": 0.5, "lives": 0.4}),
        ("STAT-081", {"power": 1}), ("STAT-081", {"confidence": 95}), ("STAT-081", {"sides": 3}), ("STAT-081", {"sd_ratio": 4}),
        ("STAT-081", {"kind": "share"}),
    ],
    ids=str,
)  # fmt: skip
def test_senseless_plans_are_refused_in_words(code: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(BdgError) as error:
        checked(replace(PLAN, **wrong))
    assert error.value.problems[0].code == code
    assert error.value.problems[0].expected


def test_sound_plans_pass() -> None:
    assert checked(PLAN) is PLAN
    assert checked(SHARE) is SHARE
