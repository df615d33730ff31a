"""A stratum with one place: six rules, and no default."""

from __future__ import annotations

import math

import pytest

from analysis.change import change
from analysis.design import Lonely
from analysis.estimate import estimate
from forms.errors import BdgError
from tests.spec.by_hand import changed, level, survey
from tests.spec.shown import shown

# mean (1 + 3 + 8)/3 = 4; scores -1, -1/3, 4/3; stratum A: (z1 - z2)^2 = 4/9; stratum B stands alone with 4/3
ALONE = """
  | stratum | psu | y |
  |---------|-----|---|
  | A       | 1   | 1 |
  | A       | 2   | 3 |
  | B       | 3   | 8 |
"""


@pytest.mark.parametrize(
    ("rule", "variance"),
    [
        ("certainty", 4 / 9),  # the island was sure to be drawn: it adds nothing
        ("average", 2 * 4 / 9),  # the mean of the other strata stands in: 2 strata / 1 that can be measured
        ("adjust", 4 / 9 + 16 / 9),  # its own score, about zero
        ("centre", 4 / 9 + 16 / 9),  # about the mean of all scores, which is zero for a mean
        ("collapse", 3 / 2 * (1 + 1 / 9 + 16 / 9)),  # one stratum of three
    ],
)
def test_what_a_lonely_place_adds(rule: str, variance: float) -> None:
    row = level(survey(ALONE, lonely=rule))
    assert (row.estimate, row.se) == (4.0, pytest.approx(math.sqrt(variance)))
    assert (row.psus, row.strata, row.df) == ((3, 1, 2) if rule == "collapse" else (3, 2, 1))


def test_fail_names_the_stratum() -> None:
    given = survey(ALONE, lonely="fail")
    with pytest.raises(BdgError) as fault:
        estimate(given.frame(), given.design(), "y")
    assert fault.value.problems[0].code == "STAT-001"
    assert "B" in str(fault.value)


def test_there_is_no_default_rule() -> None:
    with pytest.raises(TypeError):
        Lonely()  # type: ignore[call-arg]  # the point of the test


@pytest.mark.parametrize(
    ("rule", "variance"),
    [("certainty", 4.0), ("average", 8.0), ("adjust", 4.0 + 64.0), ("centre", 4.0 + 16.0), ("collapse", 39.0)],
)
def test_a_lonely_place_of_a_total(rule: str, variance: float) -> None:
    """Totals 1, 3 | 8: (3 - 1)^2 = 4 of A; adjust adds 8 squared, uncentred, as R does; centre (8 - 4)^2, as Stata does;
    collapse makes one stratum of three: 3/2 (9 + 1 + 16) = 39.
    """
    row = level(survey(ALONE, lonely=rule), stat="total")
    assert (row.estimate, row.se) == (12.0, pytest.approx(math.sqrt(variance)))


def test_a_stratum_is_lonely_by_what_was_drawn_not_by_who_answered() -> None:
    """B was drawn twice and answered once: no lonely stratum, so every rule gives (z1-z2)^2 + (4/3 - 0)^2 = 4/9 + 16/9."""
    table = ALONE + "  | B       | 4   | na |\n"
    found = {rule: level(survey(table, lonely=rule)).se for rule in ("fail", "certainty", "average", "adjust")}
    assert set(found.values()) == {found["fail"]}
    assert found["fail"] == pytest.approx(math.sqrt(20 / 9))


def test_a_lonely_stratum_without_the_domain_adds_nothing_to_its_mean() -> None:
    """Women live in A only; B's one place scores 0, so certainty and adjust agree, and average still doubles."""
    table = """
      | stratum | psu | sex | y |
      |---------|-----|-----|---|
      | A       | 1   | f   | 1 |
      | A       | 2   | f   | 3 |
      | B       | 3   | m   | 8 |
    """
    ses = [level(survey(table, lonely=rule), among={"sex": "f"}).se for rule in ("certainty", "adjust", "average")]
    assert ses == [pytest.approx(1.0), pytest.approx(1.0), pytest.approx(math.sqrt(2))]


@pytest.mark.parametrize("rule", ["certainty", "adjust"])
def test_only_lonely_strata(rule: str) -> None:
    """Two strata of one place: 0 df by either count, so there is no number under any rule."""
    row = level(survey("| stratum | psu | y |\n|---|---|---|\n| A | 1 | 1 |\n| B | 2 | 3 |", lonely=rule))
    assert (row.status, row.df, row.estimate) == ("not_estimable", 0, None)


def test_three_lonely_of_five_strata_under_average() -> None:
    """A: 0, 2 and B: 4, 8 can be measured; C, D, E stand alone. Weights 1, mean (0+2+4+8+1+1+5)/7 = 3.
    (2/7)^2 + (4/7)^2 = 20/49, times 5/2: V = 50/49.
    """
    given = survey(
        """
      | stratum | psu | y |
      |---------|-----|---|
      | A       | 1   | 0 |
      | A       | 2   | 2 |
      | B       | 3   | 4 |
      | B       | 4   | 8 |
      | C       | 5   | 1 |
      | D       | 6   | 1 |
      | E       | 7   | 5 |
    """,
        lonely="average",
    )
    row = level(given)
    assert (row.estimate, row.se) == (3.0, pytest.approx(math.sqrt(50) / 7))


@shown("A stratum that is lonely in one wave only")
def test_a_stratum_with_one_place_in_the_later_wave_only() -> None:
    """2026: A 1, 3 | B 4, 8; mean 4, V = (2/4)^2 + (4/4)^2 = 5/4. 2030: A 5, 7 | B 9; mean 7, V = (2/3)^2 = 4/9 (certainty).
    Place 3 is common but alone in 2030: its e is 0 there. Places 1, 2: e = -1/4 sqrt2, ... the product of the differences
    over 2: (2/4)(2/3) = 1/3. V of the change = 5/4 + 4/9 - 2/3 = 37/36.
    """
    given = survey("""
      | wave | stratum | psu | y |
      |------|---------|-----|---|
      | 2026 | A       | 1   | 1 |
      | 2026 | A       | 2   | 3 |
      | 2026 | B       | 3   | 4 |
      | 2026 | B       | 4   | 8 |
      | 2030 | A       | 1   | 5 |
      | 2030 | A       | 2   | 7 |
      | 2030 | B       | 3   | 9 |
    """)
    diff = changed(given)[0]
    assert (diff.estimate, diff.se) == (3.0, pytest.approx(math.sqrt(37) / 6))
    assert diff.df == 2 + 1 - 1  # A's two common places share one dimension


def test_fail_stops_a_change_whose_later_wave_has_a_lonely_stratum() -> None:
    given = survey(
        """
      | wave | stratum | psu | y |
      |------|---------|-----|---|
      | 2026 | A       | 1   | 1 |
      | 2026 | A       | 2   | 3 |
      | 2030 | A       | 1   | 5 |
    """,
        lonely="fail",
    )
    with pytest.raises(BdgError) as fault:
        changed(given)
    assert fault.value.problems[0].code == "STAT-001"


def test_collapse_joins_the_next_stratum_and_the_last_the_one_before() -> None:
    """A 1 | B 3, 5 | C 2 | D 6 | E 3: A joins B, C and D each other, E joins them. Totals: {1, 3, 5} mean 3, 3/2 * 8 = 12;
    {2, 6, 3} mean 11/3, 3/2 (25/9 + 49/9 + 4/9) = 13. V = 25; six places in two strata, df 4.
    """
    given = survey(
        """
      | stratum | psu | y |
      |---------|-----|---|
      | A       | 1   | 1 |
      | B       | 2   | 3 |
      | B       | 3   | 5 |
      | C       | 4   | 2 |
      | D       | 5   | 6 |
      | E       | 6   | 3 |
    """,
        lonely="collapse",
    )
    row = level(given, stat="total")
    assert (row.estimate, row.se, row.df) == (20.0, pytest.approx(5.0), 4)
    assert level(given, among={}, stat="mean").strata == 2


@pytest.mark.parametrize(
    ("rule", "level_of_2030", "covariance"),
    [
        # 2026: A 1, 3 | B 4, 8 (mean 4): e = -1/4, 1/4, -1/2, 1/2 times sqrt 2. 2030: A 5, 7 | B 9 (mean 7): scores -2/3, 0, 2/3.
        ("certainty", 4 / 9, 1 / 3),  # e -1/3, 1/3 times sqrt 2, B 0
        ("adjust", 4 / 9 + 4 / 9, 1 / 3 - math.sqrt(2) / 3),  # B adds 2/3, common with -sqrt 2/2
        ("centre", 4 / 9 + 4 / 9, 1 / 3 - math.sqrt(2) / 3),
        ("average", 8 / 9, math.sqrt(2) / 3),  # e of 2030 times sqrt 2
    ],
)
def test_a_lonely_place_in_one_wave_under_every_rule(rule: str, level_of_2030: float, covariance: float) -> None:
    """The base wave keeps its variance 5/4 under every rule; the change feels the rule in V of 2030 and in the covariance."""
    given = survey(
        """
      | wave | stratum | psu | y |
      |------|---------|-----|---|
      | 2026 | A       | 1   | 1 |
      | 2026 | A       | 2   | 3 |
      | 2026 | B       | 3   | 4 |
      | 2026 | B       | 4   | 8 |
      | 2030 | A       | 1   | 5 |
      | 2030 | A       | 2   | 7 |
      | 2030 | B       | 3   | 9 |
    """,
        lonely=rule,
    )
    assert level(given, wave=2026).se == pytest.approx(math.sqrt(5 / 4))
    assert level(given, wave=2030).se == pytest.approx(math.sqrt(level_of_2030))
    (diff,) = change(given.frame(), given.design(), "y", wave=2030, base=2026, reading="points")
    assert diff.se == pytest.approx(math.sqrt(5 / 4 + level_of_2030 - 2 * covariance))
