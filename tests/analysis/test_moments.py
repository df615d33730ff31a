"""The joint moments of two waves: over all samples of a tiny population, by loops, and what may not be asked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.asked import ask, levels_of
from analysis.backends import frame_source
from analysis.change import NOT_PSD, change
from analysis.design import Controls, Design, Lonely
from analysis.estimate import estimate
from analysis.moments import moments
from analysis.status import FLAT_CHANGE
from analysis.weighting.replicates import replicate
from forms.errors import BdgError
from tests import oracle
from tests.analysis import by_force

CERTAIN = Lonely("certainty", "certainty")
WAVES = Design("h", "i", "w", "t", CERTAIN, "design")
FPC = replace(WAVES, fpc=("N",))

# ---- every pair of samples with a fixed overlap ---------------------------------------------------------------------

FIRST = [1.0, 4.0, 2.0, 9.0, 5.0]
SECOND = [2.0, 3.0, 5.0, 11.0, 4.0]
N = len(FIRST)


def overlapping(n1: int, n2: int, common: int) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """All pairs of samples of N units of which `common` units are in both."""
    for one in combinations(range(N), n1):
        others = [i for i in range(N) if i not in one]
        for kept in combinations(one, common):
            for fresh in combinations(others, n2 - common):
                yield one, (*kept, *fresh)


def frame(one: tuple[int, ...], two: tuple[int, ...]) -> pd.DataFrame:
    rows = [(t, "", f"u{i}", float(N) / len(s), y[i], float(N)) for t, s, y in ((1, one, FIRST), (2, two, SECOND)) for i in s]
    return pd.DataFrame(rows, columns=["t", "h", "i", "w", "y", "N"])


def s12() -> float:
    a, b = np.mean(FIRST), np.mean(SECOND)
    return float(sum((x - a) * (y - b) for x, y in zip(FIRST, SECOND, strict=True)) / (N - 1))


@pytest.mark.parametrize(("n1", "n2", "common"), [(3, 3, 2), (3, 4, 2), (3, 3, 3)])
def test_the_covariance_over_all_samples(n1: int, n2: int, common: int) -> None:
    """Tam (1984): Cov = N^2 S12 (c/(n1 n2) - 1/N) over all pairs of samples with c common units.

    unbiased has exactly this for its mean with the fpc, and without it the part c/(n1 n2) of sampling with replacement;
    wave_centred has sqrt(n1 n2/((n1-1)(n2-1))) (1 - 1/n1 - 1/n2 + c/(n1 n2)) of that part, never more than all of it.
    """
    totals, found = [], {("unbiased", ()): [], ("unbiased", ("N",)): [], ("wave_centred", ()): []}  # type: ignore[var-annotated]  # lists of floats
    for one, two in overlapping(n1, n2, common):
        data = frame(one, two)
        totals.append((sum(FIRST[i] for i in one) * N / n1, sum(SECOND[i] for i in two) * N / n2))
        for (method, fpc), values in found.items():
            values.append(moments_of(data, replace(WAVES, fpc=fpc), method))
    true = float(np.cov(np.array(totals).T, ddof=0)[0, 1])
    replaced = N * N * s12() * common / (n1 * n2)
    assert true == pytest.approx(replaced - N * s12())
    assert np.mean(found["unbiased", ("N",)]) == pytest.approx(true, rel=1e-10, abs=1e-9)
    assert np.mean(found["unbiased", ()]) == pytest.approx(replaced, rel=1e-10)
    factor = math.sqrt(n1 * n2 / ((n1 - 1) * (n2 - 1))) * (1 - 1 / n1 - 1 / n2 + common / (n1 * n2))
    assert np.mean(found["wave_centred", ()]) == pytest.approx(factor * replaced, rel=1e-10)
    assert factor <= 1 + 1e-12
    assert (factor == pytest.approx(1.0)) == (n1 == n2 == common)


def moments_of(data: pd.DataFrame, design: Design, method: Any) -> float:
    """What the method takes for the covariance of the two totals."""
    source = frame_source(data, design)
    asked = ask(source, "y", by=(), where=None, stat="total", waves=(), missing="variable")
    base, now = levels_of(source, design, asked, "total", None, "certainty")
    return float(moments(base, now, design, method).cov[0])


# ---- by loops ------------------------------------------------------------------------------------------------------


def plain(data: pd.DataFrame) -> tuple[list[dict[str, Any]], tuple[tuple[int, str, str], ...]]:
    people = data.rename(columns={"t": "wave", "h": "stratum", "i": "psu"}).to_dict("records")
    return people, tuple(sorted({(p["wave"], p["stratum"], p["psu"]) for p in people}))


def unbiased(z1: dict[Any, float], z2: dict[Any, float]) -> float:
    """n1 n2/(n1 n2 - n_union) times the centred products of the common PSUs, pair of strata by pair of strata."""
    total = 0.0
    for h in {h for h, _ in z1}:
        for k in {k for k, _ in z2}:
            a, b = {i: v for (x, i), v in z1.items() if x == h}, {i: v for (x, i), v in z2.items() if x == k}
            common = set(a) & set(b)
            room = len(a) * len(b) - len(a) - len(b) + len(common)
            if common and room > 0:
                ma, mb = sum(a.values()) / len(a), sum(b.values()) / len(b)
                total += len(a) * len(b) / room * sum((a[i] - ma) * (b[i] - mb) for i in common)
    return total


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.floats(0.4, 1.0), st.sampled_from([0.0, 0.3]))
def test_unbiased_equals_loops(seed: int, keep: float, move: float) -> None:
    data = by_force.people(seed, waves=(1, 2), keep=keep, move=move, psus=5)
    people, sampled = plain(data)
    z1, z2 = (oracle.scores(people, sampled, t, "y") for t in (1, 2))
    wanted = unbiased(z1, z2)
    assert moments_of_mean(data, "unbiased") == pytest.approx(wanted, rel=1e-9, abs=1e-12)
    assert moments_of_mean(data, "wave_centred") == pytest.approx(oracle.wave_centred(z1, z2), rel=1e-9, abs=1e-12)


def moments_of_mean(data: pd.DataFrame, method: Any) -> float:
    row = change(data, WAVES, "y", wave=2, base=1, reading="points", method=method)[0]
    levels = estimate(data, WAVES, "y")
    if row.se is None:
        assert row.reason == NOT_PSD
        return unbiased(*(oracle.scores(*plain(data), t, "y") for t in (1, 2)))
    return (sum(float(r.se or 0) ** 2 for r in levels) - row.se**2) / 2


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_stacked_with_fpc_is_one_design_over_the_union(seed: int) -> None:
    """R: svydesign(ids=~psu, strata=~stratum, fpc=~N, data=both waves stacked): f is the union's share, not one wave's."""
    data = by_force.people(seed, waves=(1, 2), keep=0.6, psus=4).assign(N=30.0)
    row = change(data, FPC, "y", wave=2, base=1, reading="points", method="stacked")[0]
    u = np.zeros(len(data))
    for t, sign in ((1, -1.0), (2, 1.0)):
        here = (data["t"] == t).to_numpy()
        u[here] = sign * by_force.influence(by_force.mean(data.loc[here, "y"]), data.loc[here, "w"].tolist())
    union = data.groupby("h")["i"].nunique()
    wanted = by_force.variance(u, data["h"], data["i"], f1=(union / 30).to_dict())
    assert row.se == pytest.approx(wanted**0.5, rel=1e-6)
    assert row.df == union.sum() - 3


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_wave_centred_of_many_estimates_is_positive_semidefinite(seed: int) -> None:
    """Three waves, all domains and two indicators at once; correlations never beyond 1."""
    data = by_force.people(seed, waves=(1, 2, 3), keep=0.7, move=0.2)
    v = estimate(data, WAVES, ["y", "yes"], by=((), ("sex",), ("area",))).vcov
    assert v.shape == (36, 36)
    assert np.linalg.eigvalsh(v).min() > -1e-9 * np.trace(v)
    root = np.sqrt(np.diag(v))
    some = root > 1e-12
    assert np.abs((v / np.outer(np.where(some, root, 1), np.where(some, root, 1)))[np.ix_(some, some)]).max() <= 1 + 1e-9


def test_a_covariance_that_the_variances_do_not_allow() -> None:
    """Scores 1, -1, 0 in both waves, the first two PSUs kept: V = 3 each, covariance 9/5 * 2 = 3.6: no standard error."""
    data = pd.DataFrame({"t": [1, 1, 1, 2, 2, 2], "h": "a", "i": list("xyzxyu"), "w": 1.0, "y": [3.0, 1, 2, 3, 1, 2]})
    (row,) = change(data, WAVES, "y", wave=2, base=1, stat="total", method="unbiased", reading="points")
    assert (row.status, row.estimate, row.reason) == ("not_estimable", None, NOT_PSD)
    assert moments_of(data, WAVES, "unbiased") == pytest.approx(3.6)
    (kept,) = change(data, WAVES, "y", wave=2, base=1, stat="total", reading="points")
    assert kept.reason == FLAT_CHANGE  # wave_centred: 3/2 * 2 = 3, all that the variances allow, never more
    twisted = data.assign(y=[3.0, 1, 2, 1, 3, 2])
    (row,) = change(twisted, WAVES, "y", wave=2, base=1, stat="total", method="unbiased", reading="points")
    assert (row.status, row.reason) == ("not_estimable", NOT_PSD)


def test_no_common_psus_have_no_covariance_by_any_method() -> None:
    data = by_force.people(3, waves=(1, 2), keep=0.0)
    levels = estimate(data, WAVES, "y")
    for method in ("wave_centred", "unbiased", "independent"):
        row = change(data, WAVES, "y", wave=2, base=1, reading="points", method=method)[0]  # type: ignore[arg-type]  # names of methods
        assert row.se == pytest.approx(math.sqrt(sum(float(r.se or 0) ** 2 for r in levels)))
        assert row.df == sum(float(r.df or 0) for r in levels)


# ---- degrees of freedom of what is made of changes ------------------------------------------------------------------


@pytest.mark.parametrize("df_rule", ["domain", "design"])
def test_a_contrast_of_changes_has_its_own_degrees_of_freedom(df_rule: Any) -> None:
    """Of one change: that change's; of two: of all PSUs that either stands on. Not those of the widest group."""
    data = by_force.people(4, waves=(1, 2), keep=0.7)
    data["where"] = np.where(data["h"] == "S0", "north", "south")
    rules = replace(WAVES, df_rule=df_rule)
    found = change(data, rules, "y", wave=2, base=1, by=((), ("where",)), reading="points")
    by_name = dict(zip(found.joint.names, found, strict=True))
    for name, row in by_name.items():
        one = found.contrast({name: 1.0})
        assert (one.df, one.se[0]) == (row.df, pytest.approx(row.se))
    both = found.contrast({"y where=north": 1.0, "y where=south": -1.0})
    assert both.df == by_name["y"].df
    if df_rule == "domain":
        assert by_name["y where=north"].df < both.df
    apart = change(data, rules, "y", wave=2, base=1, by=((), ("where",)), reading="points", method="independent")
    assert apart.contrast({"y": 1.0}).df == apart[0].df
    stacked = change(data, rules, "y", wave=2, base=1, by=((), ("where",)), reading="points", method="stacked")
    assert stacked.contrast({"y": 1.0}).df == stacked[0].df


# ---- what may not be asked -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["unbiased", "stacked"])
def test_methods_that_need_psu_scores_say_so(method: Any) -> None:
    data = by_force.people(5, waves=(1, 2)).assign(base=1.0)
    jack = replicate(data, WAVES, "JKn")
    cases = [
        (data, replace(FPC, ssu="k", fpc=("N", "M"))),
        (data, replace(WAVES, controls=(Controls("greg", ("x",), "base"),))),
        (jack.data, jack.design),
    ]
    for frame_, design in cases:
        with pytest.raises(BdgError) as caught:
            change(frame_, design, "y", wave=2, base=1, method=method)
        assert caught.value.problems[0].code == "STAT-015"
        assert method in str(caught.value)
        assert change(frame_, design, "y", wave=2, base=1, reading="points")[0].status == "ok"


def test_unbiased_has_no_joint_record() -> None:
    data = by_force.people(6, waves=(1, 2))
    found = change(data, WAVES, "y", wave=2, base=1, method="unbiased", reading="points")
    with pytest.raises(BdgError) as caught:
        _ = found.joint
    assert caught.value.problems[0].code == "STAT-014"
    with pytest.raises(BdgError) as caught:
        change(data, WAVES, "y", wave=2, base=1, method="bootstrap")  # type: ignore[arg-type]  # no such method
    assert "wave_centred" in str(caught.value)
