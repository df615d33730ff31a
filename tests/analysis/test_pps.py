"""Unequal probabilities without replacement: every formula against loops, exact cases, and enumeration of all samples.

The population is so small that each sample of the design can be listed with its probability; a variance estimator is
unbiased when its average over that list is the variance of the estimated totals in it.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import prod
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.change import change
from analysis.design import Design, Lonely, Pps, PpsRule
from analysis.estimate import estimate
from analysis.pps import matrix
from analysis.status import NEGATIVE
from analysis.units import Units, units_of
from analysis.variance import spread
from forms.errors import BdgError
from tests.analysis import by_force

CERTAIN = Lonely("certainty", "certainty")
Y = np.array([2.0, 9.0, 4.0, 7.0, 12.0, 6.0])
ODDS = np.array([0.6, 1.5, 0.8, 1.1, 2.2, 1.0])
N = 3


def rejective() -> tuple[dict[tuple[int, ...], float], np.ndarray, np.ndarray]:
    """Conditional Poisson sampling of N units: probability of each sample, of each unit, of each pair."""
    weight = {s: prod(ODDS[i] for i in s) for s in combinations(range(len(Y)), N)}
    whole = sum(weight.values())
    p = {s: w / whole for s, w in weight.items()}
    pair = np.array([[sum(q for s, q in p.items() if i in s and j in s) for j in range(len(Y))] for i in range(len(Y))])
    return p, np.diag(pair).copy(), pair


SAMPLES, PI, PAIR = rejective()
IDS = tuple(f"u{i}" for i in range(len(Y)))


def drawn(s: tuple[int, ...], pi: np.ndarray = PI) -> Units:
    return units_of([("", IDS[i]) for i in s], pi[list(s)][:, None], probabilities=True)


def v(z: Any, units: Units, pps: Pps, rule: Any = "certainty") -> float:
    return float(spread(np.asarray(z, dtype=float)[:, None], units, rule, pps).vcov[0, 0])


def over_all_samples(pps: Pps) -> tuple[float, float]:
    """The average estimate of the variance, and the variance."""
    totals = {s: sum(Y[i] / PI[i] for i in s) for s in SAMPLES}
    middle = sum(p * totals[s] for s, p in SAMPLES.items())
    assert middle == pytest.approx(Y.sum())
    found = sum(p * v([Y[i] / PI[i] for i in s], drawn(s), pps) for s, p in SAMPLES.items())
    return found, sum(p * (totals[s] - middle) ** 2 for s, p in SAMPLES.items())


# ---- joint probabilities --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("yates_grundy", [True, False])
def test_joint_probabilities_are_unbiased_over_all_samples(yates_grundy: bool) -> None:
    """Saerndal, Swensson and Wretman (1992) results 2.8.1 and 2.8.2: both forms, although they differ in each sample."""
    found, true = over_all_samples(Pps("p", "joint", IDS, PAIR, yates_grundy))
    assert found == pytest.approx(true, rel=1e-11)
    s = next(iter(SAMPLES))
    z = [Y[i] / PI[i] for i in s]
    assert v(z, drawn(s), Pps("p", "joint", IDS, PAIR, yates_grundy=True)) != pytest.approx(
        v(z, drawn(s), Pps("p", "joint", IDS, PAIR, yates_grundy=False)), rel=1e-3
    )


@pytest.mark.parametrize(("rule", "within"), [("brewer", 0.03), ("deville", 0.07), ("hartley_rao", 0.06)])
def test_the_approximations_are_near_and_better_than_with_replacement(rule: PpsRule, within: float) -> None:
    """Half of the population drawn: with replacement is far off, the formulas without joint probabilities are not."""
    found, true = over_all_samples(Pps("p", rule))
    assert found == pytest.approx(true, rel=within)
    replaced = sum(
        p * float(spread(np.array([[Y[i] / PI[i]] for i in s]), replace(drawn(s), fraction=np.zeros(N)), "certainty").vcov[0, 0])
        for s, p in SAMPLES.items()
    )
    assert replaced > 1.5 * true


@pytest.mark.parametrize("yates_grundy", [True, False])
@pytest.mark.parametrize("rule", ["brewer", "deville", "hartley_rao", "joint"])
def test_equal_probabilities_are_simple_random_sampling(rule: PpsRule, yates_grundy: bool) -> None:
    """pi = n/N, pi_ij = n(n-1)/N(N-1): all four are (1 - f) n s^2 exactly (Hartley-Rao's in the Yates-Grundy form only)."""
    size, n = 7, 4
    pair = np.full((size, size), n * (n - 1) / (size * (size - 1)))
    np.fill_diagonal(pair, n / size)
    ids = tuple(map(str, range(size)))
    units = units_of([("", i) for i in ids[:n]], np.full((n, 1), n / size), probabilities=True)
    z = np.array([3.0, 1.0, 4.0, 1.5])
    pps = Pps("p", rule, ids, pair, yates_grundy)
    assert v(z, units, pps) == pytest.approx((1 - n / size) * n * z.var(ddof=1), rel=1e-12)


def test_two_stages_are_unbiased_over_all_samples() -> None:
    """Saerndal et al. result 4.3.1: conditional Poisson at the first stage, SRS of 2 households of each PSU at the second."""
    inner = [[1.0, 2, 4], [9.0, 3], [2.0, 2, 5], [7.0, 1, 1], [3.0, 8], [6.0, 6, 1]]
    totals, found, chance = [], [], []
    pps = Pps("p", "joint", IDS, PAIR)
    for s, p in SAMPLES.items():
        ways = [list(combinations(range(len(inner[i])), 2)) for i in s]
        for picked in by_force.product(*ways):
            keys, sizes, z = [], [], []
            for i, two in zip(s, picked, strict=True):
                for j in two:
                    keys.append(("", IDS[i], str(j)))
                    sizes.append([PI[i], float(len(inner[i]))])
                    z.append(inner[i][j] * len(inner[i]) / 2 / PI[i])
            totals.append(sum(z))
            found.append(v(z, units_of(keys, np.array(sizes), probabilities=True), pps))
            chance.append(p / prod(map(len, ways)))
    middle = float(np.dot(chance, totals))
    assert middle == pytest.approx(sum(map(sum, inner)))
    assert np.dot(chance, found) == pytest.approx(np.dot(chance, (np.array(totals) - middle) ** 2), rel=1e-11)


# ---- the formulas by loops -----------------------------------------------------------------------------------------


def brewer(z: Any, pi: Any) -> float:
    n = len(z)
    return n / (n - 1) * sum((1 - p) * (a - sum(z) / n) ** 2 for a, p in zip(z, pi, strict=True))


def deville(z: Any, pi: Any) -> float:
    n, whole = len(z), sum(1 - p for p in pi)
    middle = sum((1 - p) * a for a, p in zip(z, pi, strict=True)) / whole
    return n / (n - 1) * sum((1 - p) * (a - middle) ** 2 for a, p in zip(z, pi, strict=True))


def hartley_rao(z: Any, pi: Any) -> float:
    """1/(n-1) sum over pairs (1 - pi_i - pi_j + mean of pi)(z_i - z_j)^2: Hartley and Rao (1962) formula 5.17."""
    n, middle = len(z), sum(pi) / len(pi)
    return sum((1 - pi[i] - pi[j] + middle) * (z[i] - z[j]) ** 2 for i in range(n) for j in range(i)) / (n - 1)


FORMULA = {"brewer": brewer, "deville": deville, "hartley_rao": hartley_rao}


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(["brewer", "deville", "hartley_rao"]))
def test_formulas_stratum_by_stratum(seed: int, rule: PpsRule) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 6, 3)
    keys = [(f"S{h}", f"{h}.{i}") for h, n in enumerate(sizes) for i in range(n)]
    pi, z = rng.uniform(0.02, 0.3, len(keys)), rng.normal(size=len(keys))
    wanted, at = 0.0, 0
    for n in sizes:
        wanted += FORMULA[rule](z[at : at + n].tolist(), pi[at : at + n].tolist())
        at += n
    assert v(z, units_of(keys, pi[:, None], probabilities=True), Pps("p", rule)) == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize("yates_grundy", [True, False])
def test_the_joint_form_is_the_double_sum(yates_grundy: bool) -> None:
    """Also where it has negative eigenvalues: the sum of signed squares is z'Dz."""
    pps = Pps("p", "joint", IDS, PAIR, yates_grundy)
    s = (1, 2, 4)
    z = [5.0, -2.0, 3.0]
    check = [[(1 - PI[i] * PI[j] / PAIR[i, j]) if i != j else 1 - PI[i] for j in s] for i in s]
    if yates_grundy:
        wanted = -sum(check[a][b] * (z[a] - z[b]) ** 2 for a in range(3) for b in range(3) if a != b) / 2
    else:
        wanted = sum(check[a][b] * z[a] * z[b] for a in range(3) for b in range(3))
    assert v(z, drawn(s), pps) == pytest.approx(wanted, rel=1e-11)
    assert np.asarray(z) @ matrix(drawn(s), pps) @ np.asarray(z) == pytest.approx(wanted, rel=1e-11)


def test_horvitz_thompson_may_be_negative_and_then_there_is_no_standard_error() -> None:
    """Two PSUs that are hardly ever drawn together: their equal scores give V < 0; Yates-Grundy gives 0."""
    pair = np.array([[0.5, 0.01], [0.01, 0.5]])
    data = pd.DataFrame({"i": ["a", "b"] * 3, "p": 0.5, "y": [4.0, 5.0, 4.0, 5.0, 4.0, 5.0]})
    design = Design(None, "i", None, None, CERTAIN, "design", pps=Pps("p", "joint", ("a", "b"), pair, yates_grundy=False))
    row = estimate(data, design, "y", stat="total")[0]
    assert (row.status, row.estimate, row.se, row.reason) == ("not_estimable", None, None, NEGATIVE)
    assert row.df == 1
    made = spread(
        np.array([[1.0], [1.0]]),
        units_of([("", "a"), ("", "b")], np.full((2, 1), 0.5), probabilities=True),
        "certainty",
        design.pps,
    )
    assert made.vcov[0, 0] < 0
    assert made.sign.tolist() == [1, 1, -1, -1]
    assert made.ids[:2] == ("a", "b")


# ---- through the door ----------------------------------------------------------------------------------------------


def survey(seed: int = 3) -> pd.DataFrame:
    data = by_force.people(seed, strata=2, psus=4, persons=5, waves=(1, 2))
    data["p"] = 0.1 + 0.08 * data["i"].str[1:].astype(int) + 0.05 * (data["h"] == "S1")
    return data.assign(w=lambda d: d["w"] / d["p"])


@pytest.mark.parametrize("rule", ["brewer", "deville", "hartley_rao"])
def test_an_estimate_is_the_formula_of_its_influence(rule: PpsRule) -> None:
    data = survey()
    design = Design("h", "i", "w", "t", CERTAIN, "design", pps=Pps("p", rule))
    row = estimate(data, design, "y", waves=(1,))[0]
    one = data[data["t"] == 1]
    u = by_force.influence(by_force.mean(one["y"]), one["w"].tolist())
    z = one.assign(u=u).groupby(["h", "i"]).agg(u=("u", "sum"), p=("p", "first"))
    wanted = sum(FORMULA[rule](g["u"].tolist(), g["p"].tolist()) for _, g in z.groupby("h"))
    assert row.se == pytest.approx(wanted**0.5, rel=1e-7)


@pytest.mark.parametrize("rule", ["brewer", "deville", "hartley_rao"])
def test_a_change_over_the_same_psus_is_the_formula_of_the_difference(rule: PpsRule) -> None:
    """A panel of PSUs: V(p2 - p1) is the same form of z2 - z1, for every rule."""
    data = survey(5)
    design = Design("h", "i", "w", "t", CERTAIN, "design", pps=Pps("p", rule))
    row = change(data, design, "y", wave=2, base=1, reading="points")[0]
    z = []
    for t in (1, 2):
        one = data[data["t"] == t]
        u = by_force.influence(by_force.mean(one["y"]), one["w"].tolist())
        z.append(one.assign(u=u).groupby(["h", "i"]).agg(u=("u", "sum"), p=("p", "first")))
    both = z[1].assign(u=z[1]["u"] - z[0]["u"])
    wanted = sum(FORMULA[rule](g["u"].tolist(), g["p"].tolist()) for _, g in both.groupby("h"))
    assert row.se == pytest.approx(wanted**0.5, rel=1e-6)


def test_a_form_with_negative_eigenvalues_joins_waves_as_well() -> None:
    """Pairs often drawn together make Yates-Grundy's form indefinite; V of the change is still the form of the difference."""
    data = survey(7).assign(h="all")
    psus = sorted(set(data["i"]))
    pi = np.array([data.loc[data["i"] == i, "p"].iloc[0] for i in psus])
    pair = np.outer(pi, pi) * np.random.default_rng(1).uniform(0.8, 0.9, (8, 8))
    pair[0, 1] = pi[0] * pi[1] * 5
    pair = np.triu(pair) + np.triu(pair, 1).T
    np.fill_diagonal(pair, pi)
    design = Design("h", "i", "w", "t", CERTAIN, "design", pps=Pps("p", "joint", tuple(psus), pair))
    form = matrix(units_of([("", i) for i in psus], pi[:, None], probabilities=True), Pps("p", "joint", tuple(psus), pair))
    assert np.linalg.eigvalsh(form).min() < -0.1
    z = np.column_stack([(d["w"] * d["y"]).groupby(d["i"]).sum().reindex(psus) for _, d in data.groupby("t")])
    levels = estimate(data, design, "y", stat="total")
    assert levels.vcov == pytest.approx(z.T @ form @ z, rel=1e-9)
    row = change(data, design, "y", wave=2, base=1, stat="total", reading="points")[0]
    assert row.se == pytest.approx(((z[:, 1] - z[:, 0]) @ form @ (z[:, 1] - z[:, 0])) ** 0.5, rel=1e-9)


def test_implied_weights_are_one_over_the_probability() -> None:
    data = survey().assign(one=1.0)
    design = Design("h", "i", None, "t", CERTAIN, "design", pps=Pps("p", "brewer"))
    row = estimate(data, design, "one", stat="total", waves=(1,))[0]
    assert row.estimate == pytest.approx((1 / data.loc[data["t"] == 1, "p"]).sum())


# ---- a stratum with one PSU -----------------------------------------------------------------------------------------

ALONE = units_of([("A", "1"), ("A", "2"), ("B", "3")], np.array([[0.2], [0.4], [0.5]]), probabilities=True)
Z = [1.0, 3.0, 8.0]


@pytest.mark.parametrize("rule", ["brewer", "deville", "hartley_rao"])
def test_every_rule_for_one_psu(rule: PpsRule) -> None:
    """The formulas say nothing of a PSU alone in its stratum; the plan's rule does, for all of them alike."""
    pps = Pps("p", rule)
    rest = FORMULA[rule](Z[:2], [0.2, 0.4])
    assert v(Z, ALONE, pps, "certainty") == pytest.approx(rest)
    assert v(Z, ALONE, pps, "average") == pytest.approx(2 * rest)
    assert v(Z, ALONE, pps, "adjust") == pytest.approx(rest + 0.5 * 64)
    assert v(Z, ALONE, pps, "centre") == pytest.approx(rest + 0.5 * 16)
    assert v(Z, ALONE, pps, "collapse") == pytest.approx(FORMULA[rule](Z, [0.2, 0.4, 0.5]))
    with pytest.raises(BdgError) as caught:
        v(Z, ALONE, pps, "fail")
    assert caught.value.problems[0].code == "STAT-001"
    sure = replace(ALONE, fraction=np.array([0.2, 0.4, 1.0]))
    for lonely in ("fail", "adjust", "average"):
        assert v(Z, sure, pps, lonely) == pytest.approx(rest)


@pytest.mark.parametrize("yates_grundy", [True, False])
def test_one_psu_beside_joint_probabilities(yates_grundy: bool) -> None:
    """Also where the form has negative eigenvalues."""
    pair = np.array([[0.2, 0.02, 0.1], [0.02, 0.4, 0.2], [0.1, 0.2, 0.5]])
    pps = Pps("p", "joint", ("1", "2", "3"), pair, yates_grundy)
    rest = v(Z[:2], units_of([("A", "1"), ("A", "2")], np.array([[0.2], [0.4]]), probabilities=True), pps)
    assert v(Z, ALONE, pps, "certainty") == pytest.approx(rest)
    assert v(Z, ALONE, pps, "adjust") == pytest.approx(rest + 0.5 * 64)
    assert v(Z, ALONE, pps, "average") == pytest.approx(2 * rest)


# ---- matrices that cannot be ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "joint", "said"),
    [
        (("a", "b"), None, "joint"),
        (("a", "b"), np.eye(3), "joint"),
        (("a", "c"), np.array([[0.5, 0.2], [0.2, 0.5]]), "b"),
        (("a", "b"), np.array([[0.5, 0.0], [0.0, 0.5]]), "p_ij <= 0"),
        (("a", "b"), np.array([[0.5, -0.1], [-0.1, 0.5]]), "p_ij <= 0"),
        (("a", "b"), np.array([[0.5, np.nan], [np.nan, 0.5]]), "p_ij <= 0"),
        (("a", "b"), np.array([[0.4, 0.2], [0.2, 0.5]]), "p_ii"),
        (("a", "b"), np.array([[0.5, 0.2], [0.3, 0.5]]), "p_ij != p_ji"),
    ],
)
def test_joint_probabilities_that_cannot_be(ids: tuple[str, ...], joint: Any, said: str) -> None:
    data = pd.DataFrame({"i": ["a", "b"], "p": 0.5, "y": [1.0, 2.0]})
    design = Design(None, "i", None, None, CERTAIN, "design", pps=Pps("p", "joint", ids, joint))
    with pytest.raises(BdgError) as caught:
        estimate(data, design, "y")
    assert caught.value.problems[0].code == "STAT-013"
    assert said in str(caught.value)
