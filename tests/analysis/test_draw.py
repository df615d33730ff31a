"""The draw: fixed sizes, exact probabilities under retention with crossing strata, no household twice."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import pytest

from analysis.sampling.draw import WaveDraw, allocate, draw
from analysis.sampling.frame import Frame, Hamlet, Link
from forms.errors import BdgError

DAY, LATER = date(2026, 9, 1), date(2030, 9, 1)


def hamlet(n: int, households: int, first: str, second: str) -> Hamlet:
    """One made-up hamlet with its stratum in each wave."""
    return Hamlet(
        f"P{n:03d}",
        "21025",
        f"Thôn {n}",
        households,
        3 * households,
        "rural",
        first,
        "",
        "",
        "test",
        DAY,
        {"stratum_2030": second},
    )


def small_frame() -> Frame:
    """42 hamlets; strata of 2030 (x, y, z) cross those of 2026 (a, b, c); one rename and one split in between."""
    rng = np.random.Generator(np.random.PCG64(5))
    units = [hamlet(n, int(rng.integers(60, 200)), "abc"[n % 3], "xyz"[(n // 3) % 3]) for n in range(42)]
    by = {u.psu: u for u in units}
    more = [
        Hamlet(**{**vars(by["P004"]), "psu": "P104", "as_of": LATER}),
        Hamlet(**{**vars(by["P007"]), "psu": "P107", "households": by["P007"].households - 20, "as_of": LATER}),
        Hamlet(**{**vars(by["P007"]), "psu": "P207", "households": 20, "as_of": LATER}),
    ]
    links = (
        Link("P004", "P104", "renamed", by["P004"].households, LATER, "QĐ"),
        Link("P007", "P107", "split", by["P007"].households - 20, LATER, "QĐ"),
        Link("P007", "P207", "split", 20, LATER, "QĐ"),
    )
    return Frame((*units, *more), links)


PLANS = (WaveDraw(2026, DAY, 13, 2), WaveDraw(2030, LATER, 14, 2, 0, 0.5))


def test_a_wave_drawn_alone_is_the_same_wave() -> None:
    """Drawing 2030 later, with the same seed, moves nothing of 2026."""
    frame = small_frame()
    assert draw(frame, PLANS[:1], 9) == tuple(d for d in draw(frame, PLANS, 9) if d.wave == 2026)


def test_sizes_are_fixed_and_kept_share_is_bounded() -> None:
    """Every stratum has its number of hamlets (two at least) and keeps at most the share asked for."""
    frame = small_frame()
    for seed in range(25):
        rows = draw(frame, PLANS, seed)
        for plan in PLANS:
            psus = {d.psu: d for d in rows if d.wave == plan.wave}
            assert len(psus) == plan.psus
            assert min(Counter(d.stratum for d in psus.values()).values()) >= 2
        later = {d.psu: d for d in rows if d.wave == 2030}
        kept = Counter(d.stratum for d in later.values() if d.overlap_of == 2026)
        for g, n in Counter(d.stratum for d in later.values()).items():
            assert kept[g] <= n // 2 + 1


def test_realised_frequencies_match_the_stated_probabilities() -> None:
    """Over many seeds each hamlet's 1/p_psu averages to one and Horvitz-Thompson totals are unbiased, in both waves."""
    frame, runs = small_frame(), 140
    size = {h.psu: h.households for h in frame.hamlets}
    plans = tuple(WaveDraw(p.wave, p.day, p.psus, 1) for p in PLANS)
    units = {p.wave: [h.psu for h in frame.on(p.day)] for p in PLANS}
    value = {psu: size[psu] ** 1.5 for psu in size}
    inverse = {(w, psu): 0.0 for w, ids in units.items() for psu in ids}
    square = dict(inverse)
    totals: dict[int, list[float]] = {w: [] for w in units}
    for seed in range(runs):
        rows = draw(frame, plans, seed)
        for d in rows:
            inverse[d.wave, d.psu] += 1 / d.p_psu
            square[d.wave, d.psu] += 1 / d.p_psu**2
        for w in units:
            totals[w].append(sum(value[d.psu] / d.p_psu for d in rows if d.wave == w))
    for w, ids in units.items():
        mean = np.array([inverse[w, psu] for psu in ids]) / runs
        spread = np.sqrt((np.array([square[w, psu] for psu in ids]) / runs - mean**2) / runs)
        z = (mean - 1) / spread
        assert np.abs(z).max() < 4.0
        assert np.mean(z**2) < 1.5
        truth = sum(value[psu] for psu in ids)
        assert abs(np.mean(totals[w]) - truth) < 3.5 * np.std(totals[w]) / np.sqrt(runs)


def test_kept_hamlets_give_new_households_and_equal_probability() -> None:
    """Households: simple random in both waves; those of kept hamlets are new."""
    frame = small_frame()
    seen: Counter[str] = Counter()
    for seed in range(60):
        rows = draw(frame, (WaveDraw(2026, DAY, 13, 12), WaveDraw(2030, LATER, 14, 12)), seed)
        ids = frame.common()
        first = {(ids[d.psu], d.ssu) for d in rows if d.wave == 2026}
        again = [d for d in rows if d.wave == 2030 and (ids[d.psu], d.ssu) in first]
        assert len(again) <= 2  # a hamlet of 60 households may wrap around by chance
        seen.update(d.ssu for d in rows if d.wave == 2030 and int(d.ssu) <= 60)
    counts = np.array([seen[f"{j:03d}"] for j in range(1, 61)])
    assert np.abs(counts - counts.mean()).max() < 5 * np.sqrt(counts.mean())


def test_allocation_gives_two_and_then_proportion() -> None:
    """The smallest stratum gets two; the rest follow size."""
    assert allocate({"big": 900, "mid": 300, "tiny": 5}, 14) == {"big": 9, "mid": 3, "tiny": 2}
    with pytest.raises(BdgError, match="DATA-007"):
        allocate({"a": 1, "b": 1}, 3)


def test_too_small_a_stratum_is_refused() -> None:
    """A stratum with no more hamlets than its draw cannot be sampled."""
    units = tuple(hamlet(n, 100, "a" if n < 10 else "b", "x") for n in range(12))
    with pytest.raises(BdgError, match="DATA-008"):
        draw(Frame(units), [WaveDraw(2026, DAY, 5, 2)], 1)


def test_large_units_are_certain() -> None:
    """A unit with n m >= M is drawn for certain, p = 1, and the others share what is left."""
    units = tuple(hamlet(n, 5000 if n == 0 else 100, "a", "x") for n in range(12))
    rows = draw(Frame(units), [WaveDraw(2026, DAY, 4, 2)], 1)
    psus = {d.psu: d for d in rows}
    assert (psus["P000"].certainty, psus["P000"].p_psu) == (1, 1.0)
    assert len(psus) == 4
    assert all(d.p_psu == pytest.approx(3 / 11) for p, d in psus.items() if p != "P000")
