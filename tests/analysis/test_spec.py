"""Estimates worked out by hand, each beside the few rows it comes from."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from analysis.change import change
from analysis.design import LonelyRule
from analysis.estimate import estimate
from analysis.results import Row
from tests.analysis.tables import design, people

FOUR = """
| wave | stratum | psu | weight | y |
|------|---------|-----|--------|---|
| 2026 | a       | a1  | 1      | 2 |
| 2026 | a       | a2  | 1      | 4 |
| 2026 | b       | b1  | 1      | 6 |
| 2026 | b       | b2  | 1      | 8 |
"""
FOUR_PSUS = ((2026, "a", "a1"), (2026, "a", "a2"), (2026, "b", "b1"), (2026, "b", "b2"))


def only(rows: tuple[Row, ...]) -> Row:
    (row,) = rows
    return row


def test_a_mean() -> None:
    """Mean (2+4+6+8)/4 = 5.  z = (y - 5)/4 = -0.75, -0.25 | 0.25, 0.75; each stratum's two lie 0.25 from its mean, so
    V = 2 strata x 2/(2-1) x 2 x 0.25^2 = 0.5.  df = 4 PSUs - 2 strata = 2, t = 4.302653, limits 5 -+ 3.042435.
    Simple random sampling: s^2 = (9+1+1+9)/3 = 20/3, over 4: 5/3; deff = 0.5/(5/3) = 0.3."""
    row = only(estimate(people(FOUR), design(), "y"))
    assert (row.estimate, row.n, row.psus, row.strata, row.df) == (pytest.approx(5), 4, 4, 2, 2)
    assert row.se == pytest.approx(math.sqrt(0.5))
    assert row.lower == pytest.approx(5 - 3.042435, abs=1e-6)
    assert row.upper == pytest.approx(5 + 3.042435, abs=1e-6)
    assert row.deff == pytest.approx(0.3)
    assert row.status == "caution"


def test_a_hamlet_without_interviews_is_a_zero_not_a_gap() -> None:
    """Stratum a drew a third hamlet where nobody was met: its z are -0.75, -0.25, 0 with mean -1/3, squares 0.173611 +
    0.006944 + 0.111111 = 0.291667, times 3/2 = 0.4375; with b: V = 0.6875.  Dropping the hamlet would say 0.5."""
    drawn = (*FOUR_PSUS, (2026, "a", "a3"))
    kept, dropped = (only(estimate(people(FOUR), design(s), "y")) for s in (drawn, FOUR_PSUS))
    assert kept.se == pytest.approx(math.sqrt(0.6875))
    assert dropped.se == pytest.approx(math.sqrt(0.5))
    assert kept.estimate == dropped.estimate
    assert (kept.psus, kept.df) == (4, 2)


SHARE = """
| wave | stratum | psu | weight | y |
|------|---------|-----|--------|---|
| 2026 | a       | a1  | 1      | 1 |
| 2026 | a       | a1  | 1      | 0 |
| 2026 | a       | a2  | 2      | 1 |
"""


def test_a_weighted_share() -> None:
    """(1 + 2)/4 = 75%.  z1 = (1 - 0.75 x 2)/4 = -0.125, z2 = (2 - 0.75 x 2)/4 = 0.125: V = 2 x 2 x 0.125^2 = 0.0625, se 25.
    On the logit scale 1.098612 -+ 12.706205 x 0.25/0.1875 = 1.098612 -+ 16.941607."""
    row = only(estimate(people(SHARE), design(), "y", stat="proportion"))
    assert row.estimate == pytest.approx(75)
    assert row.se == pytest.approx(25)
    assert row.lower == pytest.approx(100 / (1 + math.exp(16.941607 - 1.098612)), rel=1e-4)
    assert row.upper == pytest.approx(100 / (1 + math.exp(-16.941607 - 1.098612)), rel=1e-9)
    assert (row.interval, row.unit) == ("logit", "percent")


def test_a_total_and_a_ratio() -> None:
    """Total 1x2 + 3x4 = 14, z = 2, 12: V = 2 x (5^2 + 5^2) = 100.  Ratio 14/(1x1 + 3x2) = 2, z = (2-2)/7, (12-12)/7 = 0: both
    hamlets say exactly 2, so no standard error can be given."""
    table = people("""
    | wave | stratum | psu | weight | y | x |
    | 2026 | a       | a1  | 1      | 2 | 1 |
    | 2026 | a       | a2  | 3      | 4 | 2 |
    """)
    total = only(estimate(table, design(), "y", stat="total"))
    assert (total.estimate, total.se) == (pytest.approx(14), pytest.approx(10))
    ratio = only(estimate(table, design(), ("y", "x"), stat="ratio"))
    assert (ratio.status, ratio.estimate, ratio.lower) == ("not_estimable", None, None)
    table["x"] = [1, 1]
    ratio = only(estimate(table, design(), ("y", "x"), stat="ratio"))
    assert ratio.estimate == pytest.approx(3.5)  # 14/4; z = (2 - 3.5)/4, (12 - 10.5)/4: V = 2 x 2 x 0.375^2
    assert ratio.se == pytest.approx(0.75)


LONELY = """
| wave | stratum | psu | weight | y |
|------|---------|-----|--------|---|
| 2026 | a       | a1  | 1      | 2 |
| 2026 | a       | a2  | 1      | 4 |
| 2026 | b       | b1  | 2      | 9 |
"""


@pytest.mark.parametrize(("rule", "variance"), [("certainty", 0.25), ("adjust", 0.25 + 2.25), ("average", 0.5)])
def test_a_stratum_with_one_hamlet(rule: LonelyRule, variance: float) -> None:
    """Mean (2+4+18)/4 = 6; z = -1, -0.5 | 1.5.  Stratum a: 2 x 2 x 0.25^2 = 0.25.  b: certainty adds 0, adjust its own 1.5^2,
    average the mean of the others once more.  df counts a alone whatever the rule: 3 - 2 = 1."""
    row = only(estimate(people(LONELY), design(rule=rule), "y"))
    assert row.estimate == pytest.approx(6)
    assert row.se == pytest.approx(math.sqrt(variance))
    assert row.df == 1
    assert f"lonely={rule}" in row.design


TWO_WAVES = """
| wave | stratum | psu | weight | y |
|------|---------|-----|--------|---|
| 2026 | a       | a1  | 1      | 2 |
| 2026 | a       | a2  | 1      | 4 |
| 2026 | a       | a3  | 1      | 3 |
| 2030 | a       | a1  | 1      | 3 |
| 2030 | a       | a2  | 1      | 6 |
| 2030 | a       | a4  | 1      | 6 |
"""


def test_a_change_with_two_hamlets_kept() -> None:
    """Means 3 and 5: +2.  z26 = (-1, 1, 0)/3 and z30 = (-2, 1, 1)/3, both centred already; e = sqrt(3/2) z.
    V26 = 1.5 x 2/9 = 1/3, V30 = 1.5 x 6/9 = 1, cov over a1, a2: 1.5 x (2 + 1)/9 = 0.5; V = 1/3 + 1 - 1 = 1/3.
    df = (3-1) + (3-1) - max(2-1, 0) = 3.  As if nothing were shared: V = 4/3, df 4."""
    table = people(TWO_WAVES)
    diff = change(table, design(), "y", wave=2030, base=2026)[0]
    assert diff.estimate == pytest.approx(2)
    assert diff.se == pytest.approx(math.sqrt(1 / 3))
    assert (diff.df, diff.psus, diff.base_wave) == (3, 4, 2026)
    apart = change(table, design(), "y", wave=2030, base=2026, method="independent")[0]
    assert apart.se == pytest.approx(math.sqrt(4 / 3))
    assert apart.df == 4


def test_a_hamlet_in_another_stratum_in_the_other_wave() -> None:
    """a1 moves from stratum a to stratum c: centred with a in 2026 and with c in 2030, its product still counts.
    2026: z = (-1, 1)/2 each centred, e = sqrt2 z: (-0.707107, 0.707107).  2030 (a1, c1): means 4, z = (-1, 1)/2, the same.
    cov = (-0.707107)^2 = 0.5; V = 1 + 1 - 1 = 1.  df = 1 + 1 - 0: one shared hamlet loses no degree."""
    table = people("""
    | wave | stratum | psu | weight | y |
    | 2026 | a       | a1  | 1      | 2 |
    | 2026 | a       | a2  | 1      | 4 |
    | 2030 | c       | a1  | 1      | 3 |
    | 2030 | c       | c1  | 1      | 5 |
    """)
    diff = change(table, design(), "y", wave=2030, base=2026)[0]
    assert diff.estimate == pytest.approx(1)
    assert diff.se == pytest.approx(1)
    assert diff.df == 2


def test_no_answer_leaves_the_estimate_but_is_counted() -> None:
    """The two who answered say 2 and 4; a refusal and a question not asked change neither mean nor error."""
    table = people("""
    | wave | stratum | psu | weight | y | y__why   |
    | 2026 | a       | a1  | 1      | 2 | answered |
    | 2026 | a       | a2  | 1      | 4 | answered |
    | 2026 | a       | a1  | 5      | - | refused  |
    | 2026 | a       | a2  | 7      | - | not_asked |
    """)
    row = only(estimate(table, design(), "y"))
    assert (row.estimate, row.n) == (pytest.approx(3), 2)
    assert row.n_missing == {"not_asked": 1, "dont_know": 0, "refused": 1, "missing": 0}
    assert row.se == pytest.approx(1)  # z = -0.5, 0.5: V = 2 x 2 x 0.25


@pytest.mark.parametrize(
    ("y", "status", "words"),
    [((5, 5, 5, 5), "not_estimable", "không ước lượng được sai số"), ((5, 5, 5, 9), "caution", "bậc tự do 2")],
)
def test_everybody_alike_has_no_interval(y: tuple[float, ...], status: str, words: str) -> None:
    """Four hamlets saying exactly the same is no proof of no error: the row says why and shows no figure."""
    table = people(FOUR)
    table["y"] = y
    row = only(estimate(table, design(), "y"))
    assert row.status == status
    assert words in row.reason
    assert (row.lower is None) == (status == "not_estimable")


@pytest.mark.parametrize(("y", "limit"), [(0, "lower"), (1, "upper")])
def test_nobody_or_everybody_says_yes(y: int, limit: str) -> None:
    """0% and 100% keep an interval of positive width from the effective size: 1 - 0.025^(1/4) at four equal weights
    before the t correction, which only widens it."""
    table = people(FOUR)
    table["y"] = float(y)
    row = only(estimate(table, design(), "y", stat="proportion"))
    assert row.estimate == pytest.approx(100 * y)
    assert (row.se, row.interval, row.status) == (None, "korn_graubard", "caution")
    assert getattr(row, limit) == pytest.approx(100 * y)
    assert row.lower is not None
    assert row.upper is not None
    assert row.upper - row.lower >= 100 * (1 - 0.025**0.25)
    later = table.assign(wave=2030)
    moved = change(pd.concat([table, later]), design(), "y", wave=2030, base=2026, stat="proportion")
    assert {r.status for r in moved} == {"not_estimable"}
    assert all(r.lower is None and r.reason for r in moved)


def test_a_group_in_one_wave_only_and_a_group_in_one_hamlet() -> None:
    """Group m was met in 2026 only; group k in one hamlet of each wave: neither can have a change, each says why."""
    table = people("""
    | wave | stratum | psu | weight | y | g |
    | 2026 | a       | a1  | 1      | 2 | m |
    | 2026 | a       | a2  | 1      | 4 | m |
    | 2026 | a       | a2  | 1      | 4 | k |
    | 2026 | a       | a2  | 1      | 5 | k |
    | 2030 | a       | a1  | 1      | 3 | k |
    | 2030 | a       | a1  | 1      | 6 | k |
    | 2030 | a       | a2  | 1      | 6 | - |
    """)
    level = {(r.wave, r.domain[0][1]): r for r in estimate(table, design(), "y", by=["g"])}
    assert level[2026, "m"].status == "caution"
    assert "nobody of this group" in level[2030, "m"].reason
    assert "single PSU" in level[2026, "k"].reason
    moved = {(r.domain[0][1], r.estimand, r.method): r for r in change(table, design(), "y", wave=2030, base=2026, by=["g"])}
    assert {r.status for r in moved.values()} == {"not_estimable"}
    assert "2030: không có người" in moved["m", "diff", "wave_centred"].reason
    assert "2026: nhóm chỉ" in moved["k", "diff", "wave_centred"].reason


def test_the_relative_change_needs_people_and_hamlets() -> None:
    """The difference stands at 4 persons a wave; the relative change asks for 25 answers in both."""
    table = people(TWO_WAVES)
    rows = change(table, design(), "y", wave=2030, base=2026)
    assert rows[0].estimate is not None
    for row in rows[1:]:
        assert (row.status, row.estimate, row.lower, row.se) == ("not_estimable", None, None, None)
        assert "25" in row.reason
