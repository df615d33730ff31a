"""Maximum-entropy and systematic sampling: against R, against every sample listed, and as they are drawn.

R 4.2.2, sampling 2.9 (tests/reference/entropy/make.R): UPMEpiktildefrompik(eps = 1e-14), UPMEpikfromq, UPMEpik2frompikw,
UPsystematicpi2.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import Design, Lonely, Pps, estimate
from analysis.sampling.draw import WaveDraw, drawing
from analysis.sampling.entropy import draw, entropy, inclusion, joint, odds_of
from analysis.sampling.frame import Frame, Hamlet
from analysis.sampling.pairs import joint_bytes, read_joint
from analysis.sampling.systematic import systematic, with_chances
from forms.errors import BdgError

HERE = Path(__file__).parent.parent / "reference" / "entropy"
FIRST, PAIRS = pd.read_csv(HERE / "first.csv"), pd.read_csv(HERE / "pairs.csv")
CASES = ("eight", "twelve", "thirty", "near_one")
DAY = date(2026, 9, 1)


def hamlets(sizes: list[int], stratum: str = "a", first: int = 0) -> list[Hamlet]:
    return [
        Hamlet(f"{stratum}{n:03d}", "21025", f"Thôn {n}", m, 3 * m, "rural", stratum, "", "", "thử", DAY)
        for n, m in enumerate(sizes, first)
    ]


def given_by_r(case: str, column: str) -> np.ndarray:
    """R's matrix of joint probabilities."""
    some = PAIRS[PAIRS["case"] == case]
    n = int(some["j"].max())
    out = np.zeros((n, n))
    for i, j, value in some[["i", "j", column]].itertuples(index=False):
        out[int(i) - 1, int(j) - 1] = out[int(j) - 1, int(i) - 1] = value
    return out


def every_sample(odds: np.ndarray, n: int) -> list[tuple[tuple[int, ...], float]]:
    """All samples with their probabilities, by the definition: the product of the odds."""
    found = [(s, float(np.prod(odds[list(s)]))) for s in combinations(range(len(odds)), n)]
    total = sum(p for _, p in found)
    return [(s, p / total) for s, p in found]


@pytest.mark.parametrize("case", CASES)
def test_odds_and_joint_probabilities_are_rs(case: str) -> None:
    """w/(sum of w) to 1e-9, joint probabilities to 1e-10 (R's formula loses digits where two probabilities are close)."""
    r = FIRST[FIRST["case"] == case]
    p, n = r["pik"].to_numpy(), round(r["pik"].sum())
    odds = odds_of(p)
    assert odds / odds.sum() == pytest.approx(r["w"].to_numpy() / r["w"].sum(), rel=1e-9)
    assert inclusion(r["w"].to_numpy(), n) == pytest.approx(r["reached"].to_numpy(), rel=1e-10)
    assert inclusion(odds, n) == pytest.approx(p, rel=1e-12)
    assert joint(odds, p, n, range(len(p))) == pytest.approx(given_by_r(case, "entropy"), rel=2e-9, abs=1e-13)


def test_independent_probabilities_are_another_answer() -> None:
    """The classic mistake, p/(1 - p) as odds: case eight then draws its smallest unit with .0659 instead of .08."""
    p = FIRST[FIRST["case"] == "eight"]["pik"].to_numpy()
    assert inclusion(p / (1 - p), 3)[0] == pytest.approx(0.06586, abs=5e-6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 500), min_size=3, max_size=9), st.integers(1, 5))
def test_every_sample_listed_gives_the_probabilities(sizes: list[int], n: int) -> None:
    """Definition against sums: first-order, joint, and the rows of the joint matrix add up to (n - 1) p_i."""
    if n >= len(sizes):
        return
    stratum = entropy(hamlets(sizes), n)
    p = stratum.probabilities()
    listed = stratum.outcomes(100_000)
    assert listed is not None
    weight, members = listed
    once, twice = np.zeros(len(p)), np.zeros((len(p), len(p)))
    for w, s in zip(weight, members, strict=True):
        assert len(s) == n
        once[s] += w
        twice[np.ix_(s, s)] += w
    assert once == pytest.approx(p, rel=1e-10)
    assert twice == pytest.approx(stratum.pairs(range(len(p))), rel=1e-9, abs=1e-14)
    off = stratum.pairs(range(len(p))) - np.diag(p)
    assert off.sum(axis=1) == pytest.approx((n - 1) * p, rel=1e-10)
    free = [i for i in range(len(p)) if i not in stratum.certain]
    assert p[free] == pytest.approx(np.array(sizes)[free] * (n - len(stratum.certain)) / sum(sizes[i] for i in free))


def test_outcomes_are_the_products_of_the_odds() -> None:
    stratum = entropy(hamlets([40, 70, 90, 100, 120]), 2)
    listed = stratum.outcomes(10)
    assert listed is not None
    by_hand = dict(every_sample(stratum.odds, 2))
    assert {tuple(s): w for w, s in zip(*listed, strict=True)} == pytest.approx(by_hand)
    assert stratum.outcomes(9) is None  # ten samples


@pytest.mark.parametrize(
    "p",
    [
        np.array([1 - 1e-10, 1 - 1e-6, 0.5, 0.25, 0.25 - 1e-7, 1.001e-7 + 1e-10]),
        np.full(600, 0.1),
        np.array([0.5, 0.5]),
        np.r_[np.full(59, 1 - 1e-9), 59e-9 / 2 + 0.5, 59e-9 / 2 + 0.5],
    ],
)
def test_extreme_probabilities_keep_their_digits(p: np.ndarray) -> None:
    """Near 1, all alike (where the formula of differences divides 0 by 0), two of two halves; n up to 60, N up to 600."""
    n = round(p.sum())
    p = p * 1.0
    p[-1] = n - p[:-1].sum()
    odds = odds_of(p)
    assert inclusion(odds, n) == pytest.approx(p, rel=1e-8)
    rows = range(min(len(p), 6))
    pair = joint(odds, p, n, rows)
    assert (pair <= np.minimum.outer(p[list(rows)], p[list(rows)]) + 1e-12).all()
    assert (pair >= -1e-15).all()
    if len(set(p.round(9))) == 1:  # a simple random sample: n (n - 1)/(N (N - 1))
        expected = n * (n - 1) / (len(p) * (len(p) - 1))
        assert pair[0, 1:] == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("p", [np.array([0.5, 0.7]), np.array([1.0, 0.5, 0.5]), np.array([0.0, 0.5, 0.5])])
def test_probabilities_that_cannot_be_are_our_bug(p: np.ndarray) -> None:
    with pytest.raises(ValueError, match="probabilities"):
        odds_of(p)


def test_the_sequential_draw_gives_each_sample_its_probability() -> None:
    """8,000 draws of 3 of 6: chi-square over the 20 samples below its 99.99 % point (19 df: 52.4); always three."""
    odds = np.array([0.3, 0.5, 0.9, 1.1, 2.0, 3.5])
    rng = np.random.Generator(np.random.PCG64(11))
    seen = Counter(tuple(draw(odds, 3, rng.random(6))) for _ in range(8_000))
    expected = dict(every_sample(odds, 3))
    assert set(seen) <= set(expected)
    assert sum((seen[s] - 8_000 * p) ** 2 / (8_000 * p) for s, p in expected.items()) < 52.4


@pytest.mark.parametrize("case", CASES)
def test_systematic_joint_probabilities_of_a_fixed_order_are_rs(case: str) -> None:
    """UPsystematicpi2: the share of starts that draw both.  Many are zero, which is why a random order is used and no matrix."""
    p = FIRST[FIRST["case"] == case]["pik"].to_numpy()
    hits = np.cumsum(p)
    marks = np.unique(np.round(np.r_[0.0, hits % 1.0, 1.0], 13))
    both = np.zeros((len(p), len(p)))
    for low, high in pairwise(marks):
        s = with_chances(p, (low + high) / 2)
        assert len(s) == round(p.sum())
        both[np.ix_(s, s)] += high - low
    assert both == pytest.approx(given_by_r(case, "systematic"), abs=1e-9)
    assert (both == 0).any()


def test_systematic_outcomes_are_rs_too() -> None:
    """The listing that the fixed retention rule integrates over, on sizes of case twelve."""
    sizes = [61, 75, 88, 93, 104, 118, 127, 139, 155, 178, 201, 233]
    weight, members = systematic(hamlets(sizes), 5).outcomes()
    both = np.zeros((12, 12))
    for w, s in zip(weight, members, strict=True):
        both[np.ix_(s, s)] += w
    assert both == pytest.approx(given_by_r("twelve", "systematic"), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30), st.floats(0.0, 0.999))
def test_systematic_with_given_chances_draws_the_floor_or_the_ceiling(chances: list[float], start: float) -> None:
    found = with_chances(np.array(chances), start)
    total = sum(chances)
    assert np.floor(total - 1e-9) <= len(found) <= np.ceil(total + 1e-9)
    assert all(chances[i] > 0 for i in found)


# ---- from the draw to the variance ---------------------------------------------------------------------------------

TWO = Frame((*hamlets([40, 70, 90, 100, 120, 55], "a"), *hamlets([60, 80, 150, 50, 45], "b")))
PLAN = WaveDraw(2026, DAY, 5, 1, method="maximum_entropy", counts={"a": 3, "b": 2})


def test_the_joint_file_gives_the_variance_its_matrix(tmp_path: Path) -> None:
    """Yates-Grundy through joint_2026.csv is unbiased: over every sample of a tiny population, weighted by its probability,
    the mean of our variance of the total is the true variance (1e-9); with-replacement variance is 1.6 times that."""
    value = {h.psu: 3.0 * h.households + (7 * i) % 11 * 10 for i, h in enumerate(TWO.hamlets)}
    made = drawing(TWO, [PLAN], 1)
    strata = made.base
    lists = {g: every_sample(np.asarray(s.odds), 3 if g == "a" else 2) for g, s in strata.items()}
    ids = {g: [u.psu for u in s.units] for g, s in strata.items()}
    p = {u.psu: float(x) for s in strata.values() for u, x in zip(s.units, s.probabilities(), strict=True)}
    truth = second = expected = replaced = 0.0
    for one, chance1 in lists["a"]:
        for two, chance2 in lists["b"]:
            at = [*(("a", i) for i in one), *(("b", i) for i in two)]
            data = pd.DataFrame([{"g": g, "psu": ids[g][i], "y": value[ids[g][i]], "p": p[ids[g][i]]} for g, i in at])
            data["w"] = 1 / data["p"]
            pair = np.outer(data["p"], data["p"])
            for g, first in (("a", 0), ("b", 3)):
                rows = [i for h, i in at if h == g]
                block = strata[g].pairs(rows)
                pair[first : first + len(rows), first : first + len(rows)] = block
            pps = Pps("p", "joint", tuple(data["psu"]), pair)
            (row,) = estimate(data, Design("g", "psu", "w", None, Lonely("fail", "fail"), "design", pps=pps), "y", stat="total")
            (wr,) = estimate(data, Design("g", "psu", "w", None, Lonely("fail", "fail"), "design"), "y", stat="total")
            chance = chance1 * chance2
            assert row.estimate is not None
            assert row.se is not None
            assert wr.se is not None
            expected += chance * row.se**2
            replaced += chance * wr.se**2
            truth += chance * row.estimate
            second += chance * row.estimate**2
    assert truth == pytest.approx(sum(value.values()), rel=1e-10)
    assert expected == pytest.approx(second - truth**2, rel=1e-9)
    assert replaced > 1.3 * expected


def test_the_joint_file_is_read_as_written(tmp_path: Path) -> None:
    made = drawing(TWO, [PLAN], 5)
    body = joint_bytes(made)
    assert body is not None
    (tmp_path / "joint_2026.csv").write_bytes(body)
    ids, matrix = read_joint(tmp_path / "joint_2026.csv")
    assert list(ids) == sorted({d.psu for d in made.rows})
    p = {d.psu: d.p_psu for d in made.rows}
    assert np.diag(matrix) == pytest.approx([p[i] for i in ids], rel=1e-12)
    assert matrix == pytest.approx(matrix.T)
    across = [(i, j) for i, a in enumerate(ids) for j, b in enumerate(ids) if a[0] != b[0]]
    assert all(matrix[i, j] == pytest.approx(p[ids[i]] * p[ids[j]]) for i, j in across)
    for g in "ab":  # within a stratum units repel each other
        at = [i for i, psu in enumerate(ids) if psu[0] == g]
        assert all(matrix[i, j] < matrix[i, i] * matrix[j, j] for i in at for j in at if i != j)
    data = pd.DataFrame(
        [{"g": d.stratum, "psu": d.psu, "y": (d.n_ssu_pop or 0) ** 2, "p": d.p_psu, "w": 1 / d.p_psu} for d in made.rows]
    )
    design = Design("g", "psu", "w", None, Lonely("fail", "fail"), "design", pps=Pps("p", "joint", ids, matrix))
    (row,) = estimate(data, design, "y", stat="total")
    z = dict(zip(data["psu"], data["y"] * data["w"], strict=True))
    by_hand = sum(  # Yates-Grundy, pair by pair
        (p[a] * p[b] - matrix[i, j]) / matrix[i, j] * (z[a] - z[b]) ** 2
        for i, a in enumerate(ids) for j, b in enumerate(ids) if i < j
    )  # fmt: skip
    assert row.se == pytest.approx(by_hand**0.5, rel=1e-9)


def test_a_joint_file_with_a_pair_missing_is_refused(tmp_path: Path) -> None:
    body = joint_bytes(drawing(TWO, [PLAN], 5))
    assert body is not None
    lines = body.decode().splitlines()
    at = next(n for n, line in enumerate(lines) if n and line.split(",")[1] != line.split(",")[2])
    (tmp_path / "j.csv").write_text("\n".join(lines[:at] + lines[at + 1 :]) + "\n", encoding="utf-8")
    with pytest.raises(BdgError, match="DATA-002"):
        read_joint(tmp_path / "j.csv")


def test_a_systematic_draw_has_no_joint_file() -> None:
    assert joint_bytes(drawing(TWO, [WaveDraw(2026, DAY, 5, 1, counts={"a": 3, "b": 2})], 1)) is None


def test_certain_units_stand_beside_the_drawn_ones() -> None:
    """One giant: p = 1, jointly with j as p_j; the other four share two places by size."""
    stratum = entropy(hamlets([900, 100, 110, 120, 130]), 3)
    assert stratum.certain == {0}
    assert stratum.probabilities() == pytest.approx([1, 200 / 460, 220 / 460, 240 / 460, 260 / 460])
    pair = stratum.pairs([0, 1, 2])
    assert pair[0] == pytest.approx([1, 200 / 460, 220 / 460])
    rng = np.random.Generator(np.random.PCG64(1))
    assert all(0 in stratum.drawn(rng) and len(stratum.drawn(rng)) == 3 for _ in range(50))


def test_a_stratum_taken_whole_is_certain() -> None:
    stratum = entropy(hamlets([10, 20]), 2)
    assert (stratum.drawn(np.random.Generator(np.random.PCG64(1))), list(stratum.probabilities())) == ([0, 1], [1, 1])
    assert stratum.pairs([0, 1]) == pytest.approx(np.ones((2, 2)))
