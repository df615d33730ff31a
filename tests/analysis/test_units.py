"""Sampled units: sums over PSUs and strata, fractions, strata joined by rule, and groups of strata that share PSUs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.units import Groups, Units, units_of

KEYS = [("A", "1", "a"), ("A", "1", "b"), ("A", "2", "a"), ("B", "3", "a"), ("B", "3", "b"), ("B", "3", "c"), ("B", "4", "a")]


def units(*counts: int, fraction: dict[int, float] | None = None) -> Units:
    """Strata S0, S1, ... with so many PSUs each."""
    stratum = tuple(f"S{h}" for h, n in enumerate(counts) for _ in range(n))
    psu = tuple(f"{h}.{i}" for h, n in enumerate(counts) for i in range(n))
    return Units(stratum, psu, np.array([(fraction or {}).get(int(h[1:]), 0.0) for h in stratum]))


def strata(some: Units) -> list[str]:
    """PSUs of each stratum, strata in order of their first PSU."""
    found: dict[str, list[str]] = {}
    for h, i in zip(some.stratum, some.psu, strict=True):
        found.setdefault(h, []).append(i.partition(".")[0])
    return ["".join(sorted(members)) for members in found.values()]


# ---- sums ----------------------------------------------------------------------------------------------------------


def test_places_of_two_stages() -> None:
    found = units_of(KEYS, np.array([[10.0, 4.0], [10, 4], [10, 2], [8, 6], [8, 6], [8, 6], [8, 5]]), probabilities=False)
    assert (found.stratum, found.psu) == (("A", "A", "B", "B"), ("1", "2", "3", "4"))
    assert (found.ssu, found.size) == (("a", "b", "a", "a", "b", "c", "a"), 7)
    assert found.fraction.tolist() == [0.2, 0.2, 0.25, 0.25]
    assert found.fraction2 is not None
    assert found.fraction2.tolist() == [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.2]
    z = np.arange(14.0).reshape(7, 2)
    assert found.by_psu(z).tolist() == [[2, 4], [4, 5], [24, 27], [12, 13]]
    assert found.by_stratum(found.by_psu(z)).tolist() == [[6, 9], [36, 40]]
    assert found.count.tolist() == [2, 2]


def test_one_stage_has_no_units_below() -> None:
    found = units_of([k[:2] for k in KEYS[:3]] + [("B", "9")], None, probabilities=False)
    assert (found.size, found.parent, found.fraction2) == (3, None, None)
    z = np.ones((3, 1))
    assert found.by_psu(z) is z


def test_nothing_at_all() -> None:
    empty = units_of([], None, probabilities=False)
    assert (empty.size, empty.strata, empty.starts.tolist()) == (0, (), [])
    assert empty.by_stratum(np.zeros((0, 3))).shape == (0, 3)
    assert units(2, 3).by_stratum(np.zeros((5, 0))).shape == (2, 0)


def test_second_stage_without_sizes_is_with_replacement() -> None:
    found = units_of(KEYS, np.full((7, 1), 0.25), probabilities=False)
    assert found.fraction2 is not None
    assert set(found.fraction2.tolist()) == {0.0}
    assert set(found.fraction.tolist()) == {0.25}


@pytest.mark.parametrize(("size", "wanted"), [([10.0] * 3, 0.3), ([0.3] * 3, 0.3), ([np.inf] * 3, 0.0), ([3.0] * 3, 1.0)])
def test_counts_fractions_and_infinity_say_the_same(size: list[float], wanted: float) -> None:
    """R: all fpc <= 1 are fractions; Inf is with replacement."""
    found = units_of([("A", str(i)) for i in range(3)], np.array(size)[:, None], probabilities=False)
    assert found.fraction.tolist() == pytest.approx([wanted] * 3)


def test_a_single_psu_of_one_is_all_of_it() -> None:
    """N = 1 read as a count or as a fraction is the same certainty."""
    assert units_of([("A", "1"), ("B", "2")], np.array([[1.0], [1.0]]), probabilities=False).fraction.tolist() == [1.0, 1.0]


def test_probabilities_are_taken_as_they_stand() -> None:
    found = units_of([("A", "1"), ("A", "2")], np.array([[0.1], [0.7]]), probabilities=True)
    assert found.fraction.tolist() == [0.1, 0.7]


@settings(max_examples=40)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=6), st.integers(0, 10**6))
def test_sums_by_stratum_are_plain_sums(counts: list[int], seed: int) -> None:
    some = units(*counts)
    z = np.random.default_rng(seed).normal(size=(some.size, 3))
    plain = [[sum(z[i, k] for i in range(some.size) if some.stratum[i] == h) for k in range(3)] for h in some.strata]
    assert some.by_stratum(z) == pytest.approx(np.array(plain))
    assert [some.psu[i] for i in some.starts] == [f"{h}.0" for h in range(len(counts))]


# ---- strata with one PSU joined -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "joined"),
    [
        ((2, 3), ["00", "111"]),  # nobody is alone
        ((1, 3), ["0111"]),  # the first joins the next
        ((3, 1), ["0001"]),  # the last the one before it
        ((2, 1, 2), ["00", "122"]),  # one in the middle the next
        ((1, 1, 2), ["01", "22"]),  # two alone join each other
        ((1, 1, 1), ["012"]),  # the third is the last: it joins those before it
        ((1, 1, 1, 1), ["01", "23"]),
        ((1, 1, 1, 2), ["01", "233"]),
        ((2, 1, 1, 1), ["00", "123"]),
        ((1,), ["0"]),  # nothing to join
    ],
)
def test_collapsed(counts: tuple[int, ...], joined: list[str]) -> None:
    assert strata(units(*counts).collapsed()) == joined


@settings(max_examples=40)
@given(st.lists(st.integers(1, 3), min_size=2, max_size=9))
def test_collapsed_leaves_nobody_alone_and_moves_nobody_else(counts: list[int]) -> None:
    some = units(*counts)
    found = some.collapsed()
    assert found.psu == some.psu
    assert min(found.count) > 1
    assert strata(found.collapsed()) == strata(found)
    merged = [set(members) for members in strata(found)]
    for h, n in enumerate(counts):
        home = next(m for m in merged if str(h) in m)
        if n > 1 and all(counts[k] > 1 for k in (h - 1, h + 1) if 0 <= k < len(counts)):
            assert home == {str(h)}
    assert [min(m) for m in merged] == sorted(min(m) for m in merged)
    assert all(a < b for a, b in pairwise(max(m, key=int) for m in merged))


@pytest.mark.parametrize(
    ("counts", "sure", "joined"),
    [
        ((1, 3), 0, ["0", "111"]),  # drawn with certainty: no lonely stratum
        ((1, 1, 2), 1, ["022", "1"]),  # 0 joins across it
        ((2, 1, 1), 1, ["002", "1"]),
        ((2, 1, 3), 0, ["00", "1222"]),  # a stratum taken whole is joined by nobody
        ((1, 2), 1, ["0", "11"]),
    ],
)
def test_a_psu_that_was_sure_to_be_drawn_is_left_alone(counts: tuple[int, ...], sure: int, joined: list[str]) -> None:
    found = units(*counts, fraction={sure: 1.0}).collapsed()
    assert strata(found) == joined
    z = np.arange(float(found.size))[:, None]
    plain = [sum(z[i, 0] for i in range(found.size) if found.stratum[i] == h) for h in found.strata]
    assert found.by_stratum(z)[:, 0].tolist() == plain
    assert [found.strata[h] for h in found.h] == list(found.stratum)


# ---- groups of strata ----------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_groups_are_connected_components(edges: list[tuple[int, int]]) -> None:
    """Against repeated spreading of the smallest label."""
    groups = Groups({})
    joins = [groups.join(("a", str(a)), ("b", str(b))) for a, b in edges]
    nodes = [("a", str(a)) for a, _ in edges] + [("b", str(b)) for _, b in edges]
    label = {node: i for i, node in enumerate(dict.fromkeys(nodes))}
    for _ in label:
        for a, b in edges:
            low = min(label["a", str(a)], label["b", str(b)])
            label["a", str(a)] = label["b", str(b)] = low
    assert groups.count(nodes) == len(set(label.values()))
    assert len(label) - sum(joins) == len(set(label.values()))
    for one in label:
        for two in label:
            assert (groups.root(one) == groups.root(two)) == (label[one] == label[two])
