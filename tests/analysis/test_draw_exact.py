"""The draw's probabilities without simulation: they add up exactly, whatever the strata of the two waves are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.sampling.draw import WaveDraw, _base_strata, _grouped, _retained, _Rule, allocate, draw
from analysis.sampling.frame import Frame, Hamlet
from forms.errors import BdgError

DAY, LATER = date(2026, 9, 1), date(2030, 9, 1)
SIZES = st.lists(st.integers(40, 320), min_size=12, max_size=30)


def frame(sizes: list[int], first: str, second: str) -> Frame:
    """Hamlets in turn over the letters of the strata of each wave, so that the strata cross."""
    return Frame(
        tuple(
            Hamlet(f"P{n:03d}", "21025", f"Thôn {n}", m, 3 * m, "rural", first[n % len(first)], "", "", "thử", DAY,
                   {"stratum_2030": second[(n // 3) % len(second)]})
            for n, m in enumerate(sizes)
        )
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(SIZES, st.sampled_from(["a", "ab"]), st.integers(0, 2))
def test_base_probabilities_add_up_to_the_number_drawn(sizes: list[int], strata: str, more: int) -> None:
    """In every stratum the sum of p over all its hamlets, drawn or not, is n_h; each p lies in (0, 1]."""
    plan = WaveDraw(2026, DAY, 2 * len(strata) + more, 2)
    groups, counts = _grouped(frame(sizes, strata, "x"), plan)
    for name, stratum in _base_strata(frame(sizes, strata, "x"), plan, 7).items():
        p = stratum.probabilities()
        assert p.sum() == pytest.approx(counts[name])
        assert len(p) == len(groups[name])
        assert ((p > 0) & (p <= 1)).all()
        widths, outcomes = stratum.outcomes()
        assert widths.sum() == pytest.approx(1)
        realised = np.zeros(len(p))
        for width, members in zip(widths, outcomes, strict=True):
            assert len(members) == counts[name]
            realised[members] += width
        assert realised == pytest.approx(p, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(SIZES, st.sampled_from(["a", "ab"]), st.sampled_from(["x", "xy"]), st.sampled_from([0.0, 0.4, 0.6, 1.0]))
def test_later_probabilities_add_up_too(sizes: list[int], first: str, second: str, keep: float) -> None:
    """Retention moves probability between hamlets and loses none: the sum over a later stratum is its n_g."""
    made = frame(sizes, first, second)
    base = _base_strata(made, WaveDraw(2026, DAY, 2 * len(first) + 1, 2), 7)
    plan = WaveDraw(2030, LATER, 2 * len(second), 2, 0, keep)
    try:
        groups, counts = _grouped(made, plan)
        for g, units in groups.items():
            p = _retained(units, _Rule.of(units, counts[g], keep), base, made.common(), g, 2030)
            assert p.sum() == pytest.approx(counts[g])
            assert ((p > 0) & (p <= 1 + 1e-12)).all()
    except BdgError as fault:
        assert fault.problems[0].code == "DATA-008"  # a stratum too small for its draw is refused, never bent  # noqa: PT017


@settings(max_examples=25, deadline=None)
@given(SIZES, st.integers(0, 2**31))
def test_every_drawn_row_carries_what_the_design_says(sizes: list[int], seed: int) -> None:
    """n_h distinct hamlets, m distinct households in each, p_household = m over the hamlet's households, reserves in order."""
    made = frame(sizes, "ab", "xy")
    rows = draw(made, [WaveDraw(2026, DAY, 5, 3, 2)], seed)
    size = {h.psu: h.households for h in made.hamlets}
    assert len({d.key for d in rows}) == len(rows) == 5 * 5
    for psu, n in Counter(d.psu for d in rows).items():
        here = [d for d in rows if d.psu == psu]
        assert n == 5
        assert {d.p_household for d in here} == {3 / size[psu]}
        assert {d.n_ssu_pop for d in here} == {size[psu]}
        assert [d.reserve_order for d in here if d.status == "reserve"] == [1, 2]
        assert all(1 <= int(d.ssu) <= size[psu] for d in here)
    assert draw(made, [WaveDraw(2026, DAY, 5, 3, 2)], seed) == rows


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 5000), min_size=1), st.integers(0, 40))
def test_allocation_is_whole_and_follows_size(sizes: dict[str, int], more: int) -> None:
    total = 2 * len(sizes) + more
    got = allocate({k: float(v) for k, v in sizes.items()}, total)
    assert sum(got.values()) == total
    assert min(got.values()) >= 2
    order = sorted(sizes, key=lambda k: (sizes[k], k))
    assert all(got[a] <= got[b] + (sizes[a] == sizes[b]) for a, b in pairwise(order))


def test_a_hamlet_that_did_not_exist_yet_is_not_drawn() -> None:
    made = frame([100] * 12, "a", "x")
    made = replace(made, hamlets=(*made.hamlets[:-2], *(replace(h, as_of=LATER) for h in made.hamlets[-2:])))
    for seed in range(8):
        assert {d.psu for d in draw(made, [WaveDraw(2026, DAY, 4, 1)], seed)} <= {f"P{n:03d}" for n in range(10)}
