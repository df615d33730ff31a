"""Later waves: the conditional rule against every earlier sample listed, and all rules as they are drawn, frame in motion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations, product
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.sampling.draw import Drawing, WaveDraw, drawing
from analysis.sampling.entropy import entropy
from analysis.sampling.frame import Frame, Hamlet, Link
from analysis.sampling.retention import Earlier, Layer, Rule, conditional, fixed, listed, secured
from analysis.sampling.systematic import systematic
from forms.errors import BdgError
from forms.survey import Method, Overlap

DAY, LATER, THIRD = date(2026, 9, 1), date(2030, 9, 1), date(2034, 9, 1)
SIZES = st.lists(st.integers(40, 320), min_size=8, max_size=11)


def hamlets(sizes: Sequence[int], later: Sequence[int] = (), strata: str = "a", second: str = "a") -> list[Hamlet]:
    """Hamlets in turn over the strata of each wave; households_2030 where `later` says."""
    return [
        Hamlet(f"P{n:03d}", "21025", f"Thôn {n}", m, 3 * m, "rural", strata[n % len(strata)], "", "", "thử", DAY,
               {"stratum_2030": second[(n // 3) % len(second)], **({"households_2030": str(later[n])} if later else {})})
        for n, m in enumerate(sizes)
    ]  # fmt: skip


def target(sizes: Sequence[int], n: int) -> np.ndarray:
    return n * np.array(sizes, dtype=float) / sum(sizes)


# ---- the conditional rule, every earlier sample listed -------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(
    SIZES, st.data(), st.integers(2, 4), st.integers(2, 4), st.integers(0, 3), st.sampled_from(["systematic", "maximum_entropy"])
)
def test_conditional_probabilities_average_to_the_target(
    sizes: list[int], data: st.DataObject, n: int, m: int, keep: int, method: str
) -> None:
    """Over every base sample the conditional probabilities average to pi' to 1e-12, whatever the base design is; they lie in
    [0, 1]; at most `keep` stay on average unless two probabilities exceed one together; the sum stays in its limits."""
    later = data.draw(st.lists(st.integers(40, 320), min_size=len(sizes), max_size=len(sizes)))
    units = hamlets(sizes)
    base = entropy(units, n) if method == "maximum_entropy" else systematic(units, n)
    want = target(later, m)
    if base.certain or (want >= 1).any():
        return
    outcomes = base.outcomes(10_000) if method == "maximum_entropy" else base.outcomes()
    assert outcomes is not None
    ids = [u.psu for u in units]
    layer = Layer(dict.fromkeys(ids, "a"), {"a": n}, {"a": n})
    pi = base.probabilities()
    found = conditional(want, ids, Earlier(dict(zip(ids, pi, strict=True)), (layer,)), keep)
    mean = np.zeros(len(ids))
    for weight, s in zip(*outcomes, strict=True):
        inside = np.isin(np.arange(len(ids)), s)
        chances = np.where(inside, found.inside, found.outside)
        assert ((chances >= 0) & (chances <= 1)).all()
        assert found.fewest - 1e-9 <= chances.sum() <= found.most + 1e-9
        if (pi + want <= 1).all():
            assert found.inside[inside].sum() <= keep + 1e-9
        mean += weight * chances
    assert mean == pytest.approx(want, abs=1e-11)


def test_the_limits_are_reached() -> None:
    """fewest and most are no loose bounds: some sample of fixed size has them (every one of C(8, 3) listed)."""
    sizes, later = [50, 80, 90, 120, 150, 170, 60, 75], [80, 50, 90, 150, 120, 60, 60, 90]
    ids = [f"P{n}" for n in range(8)]
    layer = Layer(dict.fromkeys(ids, "a"), {"a": 3}, {"a": 3})
    found = conditional(target(later, 4), ids, Earlier(dict(zip(ids, target(sizes, 3), strict=True)), (layer,)), 2)
    sums = [found.outside.sum() + (found.inside - found.outside)[list(s)].sum() for s in combinations(range(8), 3)]
    assert (min(sums), max(sums)) == (pytest.approx(found.fewest), pytest.approx(found.most))


@settings(max_examples=60, deadline=None)
@given(SIZES, st.data(), st.integers(2, 4), st.booleans())
def test_easing_secures_two_hamlets_and_stays_exact(sizes: list[int], data: st.DataObject, n: int, free: bool) -> None:
    """A stratum that asks for two: whatever s was, the sum is at least two, the mean over all s is pi', at most one is kept.
    The rule without easing falls below two as soon as sizes changed: the classic mistake draws one hamlet there, or redraws."""
    later = data.draw(st.lists(st.integers(40, 320), min_size=len(sizes), max_size=len(sizes)))
    base, want = entropy(hamlets(sizes), n), target(later, 2)
    if base.certain or (want >= 1).any() or (base.probabilities() + want > 1).any():
        return
    ids = [u.psu for u in base.units]
    layer = Layer(dict.fromkeys(ids, "a"), {"a": n}, {"a": n})
    earlier = Earlier(dict(zip(ids, base.probabilities(), strict=True)), (layer,))
    found = secured(want, ids, earlier, 1, least=2, free=free)
    if found is None:
        assert not free
        return
    listed_ = base.outcomes(10_000)
    assert listed_ is not None
    mean = np.zeros(len(ids))
    for weight, s in zip(*listed_, strict=True):
        inside = np.isin(np.arange(len(ids)), s)
        chances = np.where(inside, found.inside, found.outside)
        assert chances.sum() >= 2 - 1e-9
        assert free or chances[inside].sum() <= 1 + 1e-9
        assert chances[inside].sum() <= found.kept + 1e-9
        mean += weight * chances
    assert mean == pytest.approx(want, abs=1e-11)


def test_without_easing_a_stratum_of_two_could_end_with_one() -> None:
    sizes, later = [50, 80, 90, 120, 150, 170, 60, 75] * 3, [80, 50, 90, 150, 120, 60, 60, 90] * 3
    ids = [f"P{n}" for n in range(24)]
    layer = Layer(dict.fromkeys(ids, "a"), {"a": 3}, {"a": 3})
    earlier = Earlier(dict(zip(ids, target(sizes, 3), strict=True)), (layer,))
    assert conditional(target(later, 2), ids, earlier, 1).fewest < 1.9
    found = secured(target(later, 2), ids, earlier, 1, least=2, free=False)
    assert found is not None
    assert found.fewest >= 2 - 1e-9
    assert found.kept <= 1 + 1e-9


def test_hamlets_without_a_past_enter_with_their_target() -> None:
    """A merged or new hamlet was in no earlier sample: nothing to condition on."""
    ids = ["old1", "old2", "old3", "new"]
    layer = Layer(dict.fromkeys(ids[:3], "a"), {"a": 1}, {"a": 1})
    found = conditional(np.full(4, 0.5), ids, Earlier(dict.fromkeys(ids[:3], 1 / 3), (layer,)), 1)
    assert (found.inside[3], found.outside[3]) == (0.0, 0.5)


def test_dropping_the_condition_would_bias() -> None:
    """The classic mistake: keep with kappa, draw the others with pi' itself: then pi is no longer what the weights say."""
    pi, want, kappa = target([50, 100, 150, 300], 1), target([60, 100, 140, 300], 1), 0.6
    wrong = pi * kappa * np.minimum(1, want / pi) + (1 - pi) * want
    assert np.abs(wrong / want - 1).max() > 0.09


def test_keyfitz_by_hand() -> None:
    """Earlier 1/2, later 1/4, all may stay: a = 1/2, b = 0; earlier 1/4, later 1/2: a = 1, b = 1/3 (Keyfitz 1951)."""
    layer = Layer({"x": "a", "y": "a"}, {"a": 0}, {"a": 2})
    found = conditional(np.array([0.25, 0.5]), ["x", "y"], Earlier({"x": 0.5, "y": 0.25}, (layer,)), 2)
    assert list(found.inside) == pytest.approx([0.5, 1.0])
    assert list(found.outside) == pytest.approx([0.0, 1 / 3])


def test_what_was_certain_and_is_no_longer_stays_with_its_target() -> None:
    found = conditional(
        np.array([0.4, 0.3]), ["x", "y"], Earlier({"x": 1.0, "y": 0.5}, (Layer({"y": "a"}, {"a": 1}, {"a": 1}),)), 0
    )
    assert found.inside[0] == pytest.approx(0.4)
    assert (found.inside[1], found.outside[1]) == (0.0, pytest.approx(0.6))


# ---- the fixed rule over maximum entropy -----------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(SIZES, st.integers(2, 3), st.integers(2, 3), st.sampled_from([0.0, 0.4, 1.0]))
def test_fixed_rule_over_a_maximum_entropy_base(sizes: list[int], n: int, m: int, keep: float) -> None:
    """The stated probabilities equal the average of c_i(s) worked out sample by sample; the part kept lies below them."""
    units = tuple(hamlets(sizes))
    base = entropy(units, n)
    common = {u.psu: u.psu for u in units}
    parts = listed(units, {"a": base}, common)
    assert parts is not None
    rule = Rule.of(units, m, keep)
    try:
        p, stay = fixed(units, rule, parts, "a", 2030)
    except BdgError as fault:
        assert fault.problems[0].code == "DATA-008"  # noqa: PT017
        return
    outcomes = base.outcomes(10_000)
    assert outcomes is not None
    mean = np.zeros(len(units))
    for weight, s in zip(*outcomes, strict=True):
        inside = np.isin(np.arange(len(units)), s)
        size = float(sum(sizes[i] for i in s))
        k = int(rule.kept(np.array([len(s)]), np.array([size]))[0])
        mean += weight * np.where(inside, k / len(s), (m - k) * np.array(sizes) / (sum(sizes) - size))
    assert p == pytest.approx(mean, abs=1e-12)
    assert p.sum() == pytest.approx(m)
    assert ((stay <= p + 1e-12) & (stay >= 0)).all()


def test_too_many_samples_are_not_listed() -> None:
    units = tuple(hamlets(list(range(60, 120))))
    assert listed(units, {"a": entropy(units, 10)}, {u.psu: u.psu for u in units}) is None


# ---- as they are drawn -----------------------------------------------------------------------------------------------


def moving_frame() -> Frame:
    """108 hamlets; strata of the waves cross; sizes change; one renamed, one split, two merged, one dissolved, one new."""
    rng = np.random.Generator(np.random.PCG64(5))
    first = [int(m) for m in rng.integers(60, 200, 108)]
    units = hamlets(first, [max(40, round(m * float(rng.uniform(0.7, 1.4)))) for m in first], "ab", "xy")
    by = {u.psu: u for u in units}

    def born(psu: str, of: str, households: int) -> Hamlet:
        extra = {**by[of].extra, "households_2030": ""}
        return replace(by[of], psu=psu, households=households, as_of=LATER, extra=extra)

    more = [
        born("Q104", "P004", 111), born("Q107", "P007", 95), born("Q207", "P007", 40), born("Q110", "P010", 230),
        born("Q300", "P020", 90),
    ]  # fmt: skip
    links = (
        Link("P004", "Q104", "renamed", by["P004"].households, LATER, "QĐ"),
        Link("P007", "Q107", "split", by["P007"].households - 20, LATER, "QĐ"),
        Link("P007", "Q207", "split", 20, LATER, "QĐ"),
        Link("P010", "Q110", "merged", by["P010"].households, LATER, "QĐ"),
        Link("P011", "Q110", "merged", by["P011"].households, LATER, "QĐ"),
        Link("P015", "", "dissolved", by["P015"].households, LATER, "QĐ"),
    )
    return Frame((*units, *more), links)


FRAME = moving_frame()
RULES = list(product(("systematic", "maximum_entropy"), ("keep", "rotate", "refresh")))


def plans(method: Method, overlap: Overlap, keep: float = 0.6) -> list[WaveDraw]:
    rest = {"method": method, "overlap": overlap, "whole": True, "anew": True}
    return [
        WaveDraw(2026, DAY, 10, 1, 0, keep, **rest), WaveDraw(2030, LATER, 12, 1, 0, keep, **rest),
        WaveDraw(2034, THIRD, 12, 1, 0, keep, **rest),
    ]  # fmt: skip


@pytest.mark.parametrize(("method", "overlap"), RULES)
def test_realised_frequencies_are_the_stated_probabilities(method: Method, overlap: Overlap) -> None:
    """60 draws of three waves: each hamlet as often as stated, totals unbiased, at least two hamlets in every stratum of every
    wave, kept ones within the share and from where the rule looks.  The probabilities of a wave add up to what was asked."""
    common, runs = FRAME.common(), 60
    units = {p.wave: [common[h.psu] for h in FRAME.on(p.day)] for p in plans(method, overlap)}
    seen: Counter[tuple[int, str]] = Counter()
    stated: Counter[tuple[int, str]] = Counter()
    totals: dict[int, list[float]] = {w: [] for w in units}
    for seed in range(runs):
        made = drawing(FRAME, plans(method, overlap), seed)
        drawn = {w: {d.psu: d for d in made.rows if d.wave == w} for w in units}
        check_counts(made, drawn, common, overlap)
        for w, some in drawn.items():
            assert made.chances[w].keys() == set(units[w])
            assert sum(made.chances[w].values()) == pytest.approx(sum(g.asked for g in made.table if g.wave == w))
            assert all(made.chances[w][common[psu]] == d.p_psu for psu, d in some.items())
            totals[w].append(sum(1 / d.p_psu for d in some.values()))
            seen.update((w, common[psu]) for psu in some)
            for psu, p in made.chances[w].items():
                stated[w, psu] += p
    for w, ids in units.items():
        count = np.array([seen[w, psu] for psu in ids])
        p = np.array([stated[w, psu] for psu in ids]) / runs
        z = (count - runs * p) / np.sqrt(runs * p * (1 - p))
        assert np.mean(z**2) < 1.4
        assert np.abs(z).max() < 4.5
        assert abs(np.mean(totals[w]) - len(ids)) < 3.5 * np.std(totals[w]) / np.sqrt(runs)


def check_counts(made: Drawing, drawn: dict[int, dict[str, object]], common: dict[str, str], overlap: Overlap) -> None:
    """What must hold in every single draw."""
    for g in made.table:
        assert g.drawn >= 2
        assert g.drawn - g.certainty != 1
        assert g.rule == "conditional" or g.drawn == g.asked
    waves = {w: {common[psu] for psu in some} for w, some in drawn.items()}
    before = {2030: waves[2026], 2034: waves[2026] if overlap == "keep" else waves[2030]}
    for w, looked_at in before.items():
        asked = sum(g.asked for g in made.table if g.wave == w)
        kept = len(waves[w] & looked_at)
        assert kept == 0 if overlap == "refresh" else kept <= 0.6 * asked
    if overlap == "refresh":
        assert not waves[2034] & waves[2026]
    for d in made.rows:
        earlier = [w for w in waves if w < d.wave and common[d.psu] in waves[w]]
        assert (d.overlap_of is None) == (not earlier)
        assert d.overlap_of is None or d.overlap_of in earlier


def test_rotation_lets_hamlets_age_out() -> None:
    """keep returns to the base wave for ever, rotate to the wave before: of the base hamlets fewer are left in the third."""
    common = FRAME.common()
    left: Counter[str] = Counter()
    for seed in range(20):
        for overlap in ("keep", "rotate"):
            rows = drawing(FRAME, plans("systematic", overlap), seed).rows
            base, third = ({common[d.psu] for d in rows if d.wave == w} for w in (2026, 2034))
            left[overlap] += len(base & third)
    assert left["rotate"] < 0.75 * left["keep"]


def test_sizes_of_the_later_wave_decide() -> None:
    """households_2030 is the size there: p of a refreshed single stratum follows it, and n_ssu_pop says it."""
    units = hamlets([100] * 12, [50] * 6 + [150] * 6)
    rest = {"method": "maximum_entropy", "overlap": "keep", "keep": 0.0}
    made = drawing(Frame(tuple(units)), [WaveDraw(2026, DAY, 3, 1), WaveDraw(2030, LATER, 3, 1, **rest)], 3)
    sizes = {u.psu: int(u.extra["households_2030"]) for u in units}
    assert {d.n_ssu_pop == sizes[d.psu] for d in made.rows if d.wave == 2030} == {True}
    assert {d.n_ssu_pop for d in made.rows if d.wave == 2026} == {100}


def test_a_stratum_too_small_for_the_conditional_rule_is_refused_beforehand() -> None:
    """Two of six very unequal hamlets rotated into a third wave: some earlier sample would leave fewer than two.  Refused for
    every seed alike, so that nobody redraws until it fits."""
    units = tuple(hamlets([40, 60, 100, 300, 310, 320]))
    third = [WaveDraw(w, day, 2, 1, 0, 0.6, overlap="rotate") for w, day in ((2026, DAY), (2030, LATER), (2034, THIRD))]
    for seed in range(12):
        with pytest.raises(BdgError, match="DATA-044") as fault:
            drawing(Frame(units), third, seed)
        facts = dict(fault.value.problems[0].facts)
        assert (facts["stratum"], facts["wave"]) == ("a", "2034")
        assert "overlap: keep" in str(fault.value)
        drawing(Frame(units), [replace(p, overlap="keep") for p in third], seed)


def test_certain_hamlets_are_in_every_wave_whatever_is_kept() -> None:
    """One giant among 20: certain in both waves, also when nothing is to be kept, and it says which wave had it before."""
    units = tuple(hamlets([5000, *[100] * 19]))
    overlap: Overlap
    for overlap in ("keep", "refresh"):
        both = [WaveDraw(2026, DAY, 5, 1), WaveDraw(2030, LATER, 5, 1, 0, 0.0, overlap=overlap)]
        rows = [d for d in drawing(Frame(units), both, 1).rows if d.psu == "P000"]
        assert [(d.wave, d.p_psu, d.certainty, d.overlap_of) for d in rows] == [(2026, 1.0, 1, None), (2030, 1.0, 1, 2026)]


def test_a_refresh_whose_past_is_not_known_exactly_is_refused() -> None:
    """Two waves of `keep`, then `refresh`: who was ever drawn has no exact probability; rotate has."""
    units = tuple(hamlets([100 + n for n in range(30)]))
    first = [WaveDraw(w, day, 4, 1) for w, day in ((2026, DAY), (2030, LATER), (2034, THIRD))]
    last = WaveDraw(2038, date(2038, 9, 1), 4, 1, 0, 0.5, overlap="refresh")
    with pytest.raises(BdgError, match="DATA-044"):
        drawing(Frame(units), [*first, last], 1)
    assert drawing(Frame(units), [*first, replace(last, overlap="rotate")], 1).table[-1].rule == "conditional"


@pytest.mark.parametrize("size", ["0", "-3", "12.5", "nhiều"])
def test_a_hamlet_without_households_is_refused(size: str) -> None:
    units = [*hamlets([100] * 11), replace(hamlets([100])[0], psu="X", extra={"households_2030": size})]
    with pytest.raises(BdgError, match="DATA-049") as fault:
        drawing(Frame(tuple(units)), [WaveDraw(2026, DAY, 3, 1), WaveDraw(2030, LATER, 3, 1)], 1)
    assert dict(fault.value.problems[0].facts)["psu"] == "X"


@pytest.mark.parametrize("method", ["systematic", "maximum_entropy"])
def test_two_thousand_hamlets_are_drawn_within_a_second(method: Method) -> None:
    """Eight strata, 120 hamlets of 20 households and 4 reserves, the base wave; processor time of this process."""
    rng = np.random.Generator(np.random.PCG64(3))
    many = Frame(tuple(hamlets([int(m) for m in rng.integers(60, 320, 2000)], (), "abcdefgh")))
    start = process_time()
    rows = drawing(many, [WaveDraw(2026, DAY, 120, 20, 4, method=method)], 1).rows
    assert process_time() - start < 1.0
    assert len({d.psu for d in rows}) == 120
