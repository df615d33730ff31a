"""Allocation: published examples, every allocation tried (slow oracle), closed forms, laws.

Wright (2017) Stat. Probab. Lett. 129:50, the example of his Algorithm III (also the example of R package allocation 0.1.0):
N = 47, 61, 41, S = 10, 6, 4, bounds 1-5, 2-6, 3-4, n = 10 gives 4, 3, 3 with variance of the total 101,290.3333.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.sampling.allocation import Asked, allocate, allotted, neyman, power, with_minimum
from analysis.sampling.systematic import certain
from forms.errors import BdgError

WRIGHT = {"1": 47.0, "2": 61.0, "3": 41.0}, {"1": 10.0, "2": 6.0, "3": 4.0}


def splits(total: int, low: list[int], high: list[int]) -> Iterator[tuple[int, ...]]:
    """Every way to give out a total within bounds."""
    if len(low) == 1:
        if low[0] <= total <= high[0]:
            yield (total,)
        return
    for n in range(low[0], min(high[0], total) + 1):
        for rest in splits(total - n, low[1:], high[1:]):
            yield (n, *rest)


def test_wrights_example_with_bounds() -> None:
    counts, spreads = WRIGHT
    got = neyman(counts, spreads, 10, {"1": 1, "2": 2, "3": 3}, most={"1": 5, "2": 6, "3": 4})
    assert got == {"1": 4, "2": 3, "3": 3}
    variance = sum(counts[h] * (counts[h] - n) * spreads[h] ** 2 / n for h, n in got.items())
    assert variance == pytest.approx(101_290.3333, abs=5e-5)


def test_proportional_allocation_of_that_example_is_another_and_worse() -> None:
    """The classic mistake, in proportion to N alone: 3, 4, 3, whose variance is 9 % larger."""
    counts, spreads = WRIGHT
    got = allocate(counts, 10, {"1": 1, "2": 2, "3": 3}, most={"1": 5, "2": 6, "3": 4})
    assert got == {"1": 3, "2": 4, "3": 3}
    variance = sum(counts[h] * (counts[h] - n) * spreads[h] ** 2 / n for h, n in got.items())
    assert variance > 1.05 * 101_290.3333


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 400), st.integers(1, 40), st.integers(2, 9)), min_size=2, max_size=4), st.integers(0, 14)
)
def test_neyman_is_the_best_of_all_allocations(strata: list[tuple[int, int, int]], more: int) -> None:
    """No other whole allocation within the bounds has a smaller sum of N^2 S^2/n (every one is tried, in exact fractions)."""
    most = {str(h): cap for h, (_, _, cap) in enumerate(strata)}
    total = 2 * len(strata) + more
    assume(total <= sum(most.values()))
    got = neyman(
        {str(h): n for h, (n, _, _) in enumerate(strata)}, {str(h): s for h, (_, s, _) in enumerate(strata)}, total, most=most
    )

    def lost(split: tuple[int, ...]) -> Fraction:
        return sum((Fraction((n * s) ** 2, k) for (n, s, _), k in zip(strata, split, strict=True)), Fraction(0))

    best = min(map(lost, splits(total, [2] * len(strata), [cap for _, _, cap in strata])))
    assert lost(tuple(got.values())) == best
    assert sum(got.values()) == total


def test_neymans_closed_form_when_it_is_whole() -> None:
    """N S = 4000, 6000, 9000: of 19 hamlets 4, 6, 9; the sum of N^2 S^2/n is then (sum N S)^2/n."""
    got = neyman({"a": 400.0, "b": 300.0, "c": 300.0}, {"a": 10.0, "b": 20.0, "c": 30.0}, 19)
    assert got == {"a": 4, "b": 6, "c": 9}


@pytest.mark.parametrize(("alpha", "expected"), [(1.0, (4, 16, 36)), (0.5, (9, 19, 28)), (0.0, (19, 19, 18))])
def test_power_allocation_goes_from_proportional_to_equal(alpha: float, expected: tuple[int, ...]) -> None:
    """X = 100, 400, 900 of 56 hamlets.  alpha 1: as X; 1/2: 56/60 of 10, 20, 30 = 9.3, 18.7, 28; 0: equal, ties by name."""
    sizes = {"a": 100.0, "b": 400.0, "c": 900.0}
    assert tuple(power(sizes, alpha, 56).values()) == expected

    def lost(split: tuple[int, ...]) -> float:
        return sum(x ** (2 * alpha) / n for x, n in zip(sizes.values(), split, strict=True))

    assert lost(expected) == pytest.approx(min(map(lost, splits(56, [2] * 3, [56] * 3))))


def test_power_one_with_cv_is_neyman() -> None:
    """Bankier: alpha = 1 and CV = S/mean give Neyman's allocation, when X is N times the mean."""
    counts, means, spreads = {"a": 90.0, "b": 310.0}, {"a": 50.0, "b": 60.0}, {"a": 25.0, "b": 12.0}
    cv = {h: spreads[h] / means[h] for h in counts}
    assert power({h: counts[h] * means[h] for h in counts}, 1.0, 31, spreads=cv) == neyman(counts, spreads, 31)


def test_what_a_full_stratum_cannot_take_goes_elsewhere() -> None:
    """Neyman would give the first stratum 8.3 of 10, it has 4: the others share the rest in their own proportion."""
    got = neyman({"a": 100.0, "b": 10.0, "c": 10.0}, {"a": 10.0, "b": 10.0, "c": 10.0}, 12, most={"a": 4, "b": 50, "c": 50})
    assert got == {"a": 4, "b": 4, "c": 4}


MINIMUM = Asked("minimum", minimum={"area=urban": 9}, shares={"area=urban": {"plain": 0.25, "town": 1.0}})
SIZES = {"island": 50.0, "mountain": 3000.0, "plain": 4000.0, "town": 1500.0}


def test_a_domain_gets_its_minimum_and_no_more_is_taken_than_needed() -> None:
    """In proportion 5 towns and 13/4 of the plain are urban, 8.25 of 30; with 12 asked for the towns are raised."""
    plain = allocate(SIZES, 30)
    assert plain == {"island": 2, "mountain": 10, "plain": 13, "town": 5}
    asked = Asked("minimum", minimum={"area=urban": 12}, shares=MINIMUM.shares)
    got = with_minimum(SIZES, asked, 30)
    assert sum(got.values()) == 30
    assert got["town"] + got["plain"] / 4 >= 12
    assert min(got.values()) >= 2
    fewer = allocate(SIZES, 30, {**dict.fromkeys(SIZES, 2), "town": got["town"] - 1})
    assert fewer["town"] + fewer["plain"] / 4 < 12  # one town less would not do


def test_a_minimum_already_met_changes_nothing() -> None:
    asked = Asked("minimum", minimum={"area=urban": 8}, shares=MINIMUM.shares)
    assert with_minimum(SIZES, asked, 30) == allocate(SIZES, 30)


@settings(max_examples=60, deadline=None)
@given(st.integers(8, 40), st.integers(0, 30), st.lists(st.sampled_from([0.0, 0.3, 1.0]), min_size=4, max_size=4))
def test_minimum_is_reached_or_refused(total: int, asked_for: int, shares: list[float]) -> None:
    """Never quietly fewer: reached where all hamlets beyond two a stratum in the densest one would do, else DATA-043."""
    share = dict(zip(SIZES, shares, strict=True))
    asked = Asked("minimum", minimum={"d=1": asked_for}, shares={"d=1": share})
    if 2 * sum(shares) + (total - 8) * max(shares) < asked_for - 1e-9:
        with pytest.raises(BdgError, match="DATA-043"):
            with_minimum(SIZES, asked, total)
        return
    got = with_minimum(SIZES, asked, total)
    assert sum(got.values()) == total
    assert min(got.values()) >= 2
    assert sum(n * share[h] for h, n in got.items()) >= asked_for - 1e-9


def test_two_domains_that_ask_for_too_much_are_refused() -> None:
    asked = Asked("minimum", minimum={"d=1": 8, "d=2": 8}, shares={"d=1": {"a": 1.0}, "d=2": {"b": 1.0}})
    assert with_minimum({"a": 10.0, "b": 10.0}, asked, 16) == {"a": 8, "b": 8}
    with pytest.raises(BdgError, match="DATA-043"):
        with_minimum({"a": 10.0, "b": 10.0}, asked, 15)


HAMLETS = {"island": [90.0, 150.0, 60.0, 70.0], "rest": [100.0] * 60}


def test_the_island_gets_two_by_chance_beside_its_certain_ones() -> None:
    """Four hamlets, the largest 150 of 370: of two drawn none is certain (2 x 150 < 370); of three it is, and two by chance."""
    assert allotted(HAMLETS, Asked(), 20)["island"] == 2
    giant = {**HAMLETS, "island": [300.0, 60.0, 70.0, 80.0]}
    assert len(certain(np.array(giant["island"]), 2)) == 1  # 2 x 300 > 510: one certain, one alone by chance
    assert allotted(giant, Asked(), 20)["island"] == 3
    tiny = {**HAMLETS, "island": [300.0, 60.0]}
    assert allotted(tiny, Asked(), 20)["island"] == 2  # taken whole


@pytest.mark.parametrize(
    ("hamlets", "asked", "total", "code"),
    [
        ({"a": [10.0], "b": [10.0] * 9}, Asked(), 6, "DATA-040"),
        ({"a": [10.0] * 3, "b": [10.0] * 4}, Asked(), 8, "DATA-041"),
        ({"a": [10.0] * 3, "b": [10.0] * 4}, Asked(), 3, "DATA-007"),
        ({"a": [10.0] * 9, "b": [10.0] * 9}, Asked("neyman", spreads={"a": 3.0}), 6, "DATA-042"),
        ({"a": [10.0] * 9, "b": [10.0] * 9}, Asked("neyman", spreads={"a": 3.0, "b": float("nan")}), 6, "DATA-042"),
        ({"a": [10.0] * 9, "b": [10.0] * 9}, Asked("power", spreads={"a": 3.0}), 6, "DATA-042"),
        ({"a": [10.0] * 9}, Asked("minimum", minimum={"d": 5}, shares={"d": {"a": 0.5}}), 6, "DATA-043"),
    ],
)
def test_what_cannot_be_is_refused_and_the_stratum_named(
    hamlets: dict[str, list[float]], asked: Asked, total: int, code: str
) -> None:
    with pytest.raises(BdgError, match=code) as fault:
        allotted(hamlets, asked, total)
    if code in ("DATA-040", "DATA-042"):
        assert dict(fault.value.problems[0].facts)["stratum"] in hamlets


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(30, 400), min_size=2, max_size=25), min_size=2, max_size=5),
    st.integers(0, 30),
    st.sampled_from(["proportional", "neyman", "power"]),
)
def test_every_rule_keeps_the_total_and_the_bounds(sizes: list[list[int]], more: int, rule: str) -> None:
    """At least two in a stratum, never more than it has, the total kept, never one hamlet alone by chance, order irrelevant."""
    hamlets = {f"s{h}": [float(m) for m in some] for h, some in enumerate(sizes)}
    asked = Asked(rule, alpha=0.5, spreads={h: 1.0 + i for i, h in enumerate(hamlets)} if rule == "neyman" else {})
    total = min(2 * len(sizes) + more, sum(map(len, sizes)))
    try:
        got = allotted(hamlets, asked, total)
    except BdgError as fault:
        assert fault.problems[0].code == "DATA-007"  # two more by chance beside the certain ones do not fit  # noqa: PT017
        return
    assert sum(got.values()) == total
    for h, n in got.items():
        assert 2 <= n <= len(hamlets[h])
        assert n - len(certain(np.array(hamlets[h]), n)) != 1
    assert allotted(dict(reversed(hamlets.items())), asked, total) == got


def test_square_root_rule_of_the_priority() -> None:
    """Neyman's next hamlet goes by N S/sqrt(n (n + 1)): 30 against 20 at two each are 12.2 and 8.2; the third to the first."""
    got = neyman({"a": 30.0, "b": 20.0}, {"a": 1.0, "b": 1.0}, 5)
    assert 30 / sqrt(6) > 20 / sqrt(6)
    assert got == {"a": 3, "b": 2}
