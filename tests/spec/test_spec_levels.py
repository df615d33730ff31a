"""Levels: a mean, total or ratio of one wave, each in one small table with its figure worked out by hand."""

from __future__ import annotations

import math

import pytest

from analysis.estimate import estimate
from forms.errors import BdgError
from tests.spec.by_hand import level, survey
from tests.spec.shown import shown

ROOT3 = math.sqrt(3)


@shown("A PSU without a member of the domain still counts")
def test_a_psu_without_a_member_of_the_domain_still_counts() -> None:
    """Women: 1 and 0, mean 1/2. Scores (1 - 1/2)/2 = 1/4, -1/4 and, where no woman lives, 0.
    V = 3/2 (1/16 + 1/16 + 0) = 3/16, se = sqrt(3)/4 = 0.4330. Dropping the third place would give 2/1 (1/8) = 1/4, se 0.5.
    """
    given = survey("""
      | stratum | psu | sex | w  | y |
      |---------|-----|-----|----|---|
      | A       | 1   | f   | 10 | 1 |
      | A       | 2   | f   | 10 | 0 |
      | A       | 3   | m   | 10 | 1 |
    """)
    row = level(given, among={"sex": "f"})
    assert (row.estimate, row.se) == (0.5, pytest.approx(ROOT3 / 4))
    assert (row.n, row.psus, row.strata, row.df) == (2, 2, 1, 1)
    assert row.domain == (("sex", "f"),)


@shown("A PSU drawn in vain still counts")
def test_a_psu_drawn_in_vain_still_counts() -> None:
    """The same figure when the third place was drawn and nobody could be interviewed: 0.4330, not 0.5."""
    given = survey("""
      | psu | w    | y |
      |-----|------|---|
      | 1   | 10   | 1 |
      | 2   | 10   | 0 |
      | 3   | none | - |
    """)
    assert level(given).se == pytest.approx(ROOT3 / 4)


def test_without_the_list_of_drawn_psus_the_empty_one_is_forgotten() -> None:
    """The list of the sample is what makes the difference: the microdata alone give 0.5."""
    given = survey("""
      | psu | w    | y |
      |-----|------|---|
      | 1   | 10   | 1 |
      | 2   | 10   | 0 |
      | 3   | none | - |
    """)
    design = given.design()
    (row,) = estimate(given.frame(), type(design)(**{**vars(design), "sampled": None}), "y")
    assert row.se == pytest.approx(0.5)


@shown("A mean")
def test_a_mean_of_three_places() -> None:
    """2, 4, 9: mean 5, squares about it 9 + 1 + 16 = 26, V = 26/2/3 = 13/3, se 2.0817; df 2, t 4.3027."""
    given = survey("""
      | psu | y |
      |-----|---|
      | 1   | 2 |
      | 2   | 4 |
      | 3   | 9 |
    """)
    row = level(given)
    assert (row.estimate, row.se, row.df) == (5.0, pytest.approx(math.sqrt(13 / 3)), 2)
    assert row.lower == pytest.approx(5 - 4.302652729749464 * math.sqrt(13 / 3))
    assert row.deff == pytest.approx(1.0)  # one person a place is a simple random sample with replacement
    assert (row.status, row.unit, row.interval) == ("caution", "point", "t")


def test_unequal_weights_pull_the_mean_to_the_heavy_place() -> None:
    """(3*10 + 1*50)/4 = 20. Scores 3(10-20)/4 = -7.5 and 1(50-20)/4 = 7.5: V = 2 (56.25 + 56.25) = 225, se 15."""
    given = survey("""
      | psu | w | y  |
      |-----|---|----|
      | 1   | 3 | 10 |
      | 2   | 1 | 50 |
    """)
    row = level(given)
    assert (row.estimate, row.se, row.df) == (pytest.approx(20), pytest.approx(15), 1)


def test_only_totals_of_a_place_matter_for_the_variance() -> None:
    """Place 1 holds 0 and 10, place 2 holds 8 and 6: 5 and 7, mean 6. Scores (10 - 12)/4 = -1/2 and 1/2: V = 2 * 1/2 = 1."""
    given = survey("""
      | psu | y  |
      |-----|----|
      | 1   | 0  |
      | 1   | 10 |
      | 2   | 8  |
      | 2   | 6  |
    """)
    row = level(given)
    assert (row.estimate, row.se) == (6.0, pytest.approx(1.0))
    # persons: squares about 6 are 36 + 16 + 4 + 0 = 56, S2 = 56/3, V_srs = 56/12, deff = 12/56
    assert row.deff == pytest.approx(12 / 56)


@shown("Alike answers in a place cost precision", "deff")
def test_alike_answers_in_a_place_cost_precision() -> None:
    """4 + 4 and 8 + 8: V = (8-4)^2/4 = 4 for places; persons S2 = 16/3, V_srs = 4/3; the design effect is 3."""
    given = survey("""
      | psu | y | times |
      |-----|---|-------|
      | 1   | 4 | 2     |
      | 2   | 8 | 2     |
    """)
    assert level(given).deff == pytest.approx(3.0)


@shown("Strata are centred apart")
def test_two_strata_are_centred_apart() -> None:
    """A: 1, 3; B: 11, 15 (weight 1 each). Mean 7.5; scores differ by 2/4 in A and 4/4 in B.
    Two places in a stratum give (z1 - z2)^2: V = 1/4 + 1 = 5/4. One stratum would give 4/3 of 131/16: far more.
    """
    given = survey("""
      | stratum | psu | y  |
      |---------|-----|----|
      | A       | 1   | 1  |
      | A       | 2   | 3  |
      | B       | 3   | 11 |
      | B       | 4   | 15 |
    """)
    row = level(given)
    assert (row.estimate, row.se) == (7.5, pytest.approx(math.sqrt(5) / 2))
    assert (row.psus, row.strata, row.df) == (4, 2, 2)


def test_a_domain_that_lives_in_one_stratum_only() -> None:
    """Of stratum B nobody is minority: its scores are zero and add nothing; the domain rule gives 2 - 1 = 1 df."""
    table = """
      | stratum | psu | group | y  |
      |---------|-----|-------|----|
      | A       | 1   | m     | 4  |
      | A       | 2   | m     | 8  |
      | B       | 3   | k     | 50 |
      | B       | 4   | k     | 70 |
    """
    row = level(survey(table), among={"group": "m"})
    assert (row.estimate, row.se, row.df, row.strata) == (6.0, pytest.approx(2.0), 1, 1)
    by_design = level(survey(table, df_rule="design"), among={"group": "m"})
    assert (by_design.se, by_design.df) == (row.se, 2)
    assert by_design.upper is not None
    assert row.upper is not None
    assert by_design.upper < row.upper


@shown("Degrees of freedom by both rules")
def test_degrees_of_freedom_by_both_rules() -> None:
    """Six places in two strata are drawn; women answered in two of A and one of B: domain 3 - 2 = 1, design 6 - 2 = 4."""
    table = """
      | stratum | psu | sex | y  |
      |---------|-----|-----|----|
      | A       | 1   | f   | 10 |
      | A       | 2   | f   | 30 |
      | A       | 3   | m   | 30 |
      | B       | 4   | f   | 20 |
      | B       | 5   | m   | 20 |
      | B       | 6   | m   | 40 |
    """
    assert [level(survey(table, df_rule=rule), among={"sex": "f"}).df for rule in ("domain", "design")] == [1, 4]


@pytest.mark.parametrize("rule", ["domain", "design"])
def test_degrees_of_freedom_of_everybody_are_the_same_by_both_rules(rule: str) -> None:
    row = level(
        survey("| stratum | psu | y |\n|---|---|---|\n| A | 1 | 1 |\n| A | 2 | 3 |\n| B | 3 | 2 |\n| B | 4 | 7 |", df_rule=rule)
    )
    assert row.df == 2


@shown("A total")
def test_a_total() -> None:
    """2*5 + 2*3 + 4*1 = 20; place totals 10, 6, 4: squares about 20/3 are 56/3, V = 3/2 * 56/3 = 28."""
    given = survey("""
      | psu | w | y |
      |-----|---|---|
      | 1   | 2 | 5 |
      | 2   | 2 | 3 |
      | 3   | 4 | 1 |
    """)
    row = level(given, stat="total")
    assert (row.estimate, row.se, row.unit) == (20.0, pytest.approx(math.sqrt(28)), "count")


def test_a_total_counts_the_place_without_members_as_nothing() -> None:
    """Women: 6 and 2, and a place with none: totals 6, 2, 0 about 8/3: V = 3/2 * (40 - 64/3) = 28."""
    given = survey("""
      | psu | sex | y |
      |-----|-----|---|
      | 1   | f   | 6 |
      | 2   | f   | 2 |
      | 3   | m   | 9 |
    """)
    row = level(given, stat="total", among={"sex": "f"})
    assert (row.estimate, row.se) == (8.0, pytest.approx(math.sqrt(28)))


@shown("A ratio")
def test_a_ratio() -> None:
    """Hours of care over hours of work: 12/24 = 1/2. Residuals care - work/2: 1, -2, 1, each over 24.
    V = 3/2 (1 + 4 + 1)/576 = 9/576, se = 3/24 = 1/8.
    """
    given = survey("""
      | psu | care | work |
      |-----|------|------|
      | 1   | 4    | 6    |
      | 2   | 2    | 8    |
      | 3   | 6    | 10   |
    """)
    row = level(given, ("care", "work"), stat="ratio")
    assert (row.estimate, row.se, row.indicator) == (0.5, pytest.approx(0.125), "care/work")


def test_a_ratio_needs_both_answers() -> None:
    """The second person did not tell the hours of work: 9/18, from two; residuals 0 and 0 would say nothing, here 1 and -1.
    (5 - 8/2)/18 and (4 - 10/2)/18: with the place that told nothing V = 3/2 * 2/324, se = sqrt(3)/18.
    """
    given = survey("""
      | psu | care | work |
      |-----|------|------|
      | 1   | 5    | 8    |
      | 2   | 2    | ref  |
      | 3   | 4    | 10   |
    """)
    row = level(given, ("care", "work"), stat="ratio")
    assert (row.estimate, row.se, row.n) == (0.5, pytest.approx(ROOT3 / 18), 2)
    assert row.n_missing["refused"] == 1


def test_a_ratio_over_nothing_is_not_estimable() -> None:
    given = survey("""
      | psu | care | work |
      |-----|------|------|
      | 1   | 5    | 0    |
      | 2   | 2    | 0    |
    """)
    row = level(given, ("care", "work"), stat="ratio")
    assert (row.estimate, row.status) == (None, "not_estimable")
    assert "mẫu số bằng 0" in row.reason


def test_nobody_of_the_group_is_not_zero() -> None:
    given = survey("""
      | psu | sex | y |
      |-----|-----|---|
      | 1   | f   | 6 |
      | 2   | f   | 2 |
    """)
    row = level(given, among={"sex": "m"})
    assert (row.estimate, row.n, row.psus) == (None, 0, 0)
    assert "không có người nào" in row.reason


@shown("A group that lives in one PSU")
def test_a_group_in_a_single_place_has_no_standard_error() -> None:
    """Both men live in PSU 1: nothing tells how men differ between places. The deviations of one PSU add up to zero, so that
    the formula gives 0 (R: an interval of zero width); that is not precision.
    """
    given = survey("""
      | psu | sex | y |
      |-----|-----|---|
      | 1   | m   | 6 |
      | 1   | m   | 4 |
      | 2   | f   | 2 |
    """)
    row = level(given, among={"sex": "m"})
    assert (row.estimate, row.se, row.n) == (None, None, 2)
    assert "một địa bàn" in row.reason


def test_places_that_all_say_the_same_give_no_standard_error() -> None:
    given = survey("""
      | psu | y |
      |-----|---|
      | 1   | 6 |
      | 2   | 6 |
      | 3   | 6 |
    """)
    row = level(given)
    assert row.status == "not_estimable"
    assert "cùng một giá trị" in row.reason


def test_one_member_in_each_of_two_strata_leaves_no_degree_of_freedom() -> None:
    """Women: one place in A, one in B; 2 places - 2 strata = 0 df by the domain rule; by design 4 - 2 = 2 and a number."""
    table = """
      | stratum | psu | sex | y |
      |---------|-----|-----|---|
      | A       | 1   | f   | 2 |
      | A       | 2   | m   | 2 |
      | B       | 3   | f   | 6 |
      | B       | 4   | m   | 6 |
    """
    none = level(survey(table), among={"sex": "f"})
    assert (none.status, none.df) == ("not_estimable", 0)
    # scores (2-4)/2 = -1 and +1, each beside a 0: V = 1 + 1
    by_design = level(survey(table, df_rule="design"), among={"sex": "f"})
    assert (by_design.estimate, by_design.se) == (4.0, pytest.approx(math.sqrt(2)))


@pytest.mark.parametrize(("places", "status"), [(8, "caution"), (9, "ok")])
def test_eight_degrees_of_freedom_are_enough(places: int, status: str) -> None:
    lines = "\n".join(f"| {i} | {i % 3} |" for i in range(places))
    row = level(survey(f"| psu | y |\n|-----|---|\n{lines}"))
    assert (row.df, row.status) == (places - 1, status)
    assert bool(row.reason) is (status == "caution")


def test_crossed_groups_each_get_a_row_and_the_empty_cross_none() -> None:
    """f-u 1 and 5: mean 3, score 2/2 either side; no urban man exists, so no row says so."""
    given = survey("""
      | psu | sex | area | y |
      |-----|-----|------|---|
      | 1   | f   | u    | 1 |
      | 2   | f   | u    | 5 |
      | 1   | f   | r    | 2 |
      | 3   | m   | r    | 7 |
      | 2   | m   | r    | 8 |
    """)
    rows = estimate(given.frame(), given.design(), "y", by=("sex", "area"))
    assert [(r.domain, r.n) for r in rows] == [
        ((("area", "r"), ("sex", "f")), 1), ((("area", "r"), ("sex", "m")), 2), ((("area", "u"), ("sex", "f")), 2),
    ]  # fmt: skip
    for row in rows:
        alone = level(given, among=dict(row.domain))
        assert (row.estimate, row.se, row.df, row.key) == (alone.estimate, alone.se, alone.df, alone.key)


def test_waves_do_not_lean_on_each_other() -> None:
    """A wave's level is the same whether the other wave is in the file, in the request, or not at all."""
    both = survey("""
      | wave | psu | y |
      |------|-----|---|
      | 2026 | 1   | 1 |
      | 2026 | 2   | 5 |
      | 2030 | 1   | 9 |
      | 2030 | 3   | 3 |
    """)
    asked = estimate(both.frame(), both.design(), "y")
    assert [(r.wave, r.estimate, r.se) for r in asked] == [(2026, 3.0, pytest.approx(2.0)), (2030, 6.0, pytest.approx(3.0))]
    for row in asked:
        alone = level(both, wave=row.wave)
        assert (alone.estimate, alone.se) == (row.estimate, row.se)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"w": [1.0, 0.0]}, "STAT-004"),
        ({"w": [1.0, -2.0]}, "STAT-004"),
        ({"psu": ["1", "9"]}, "STAT-005"),
        ({"psu": ["1", None]}, "STAT-010"),
    ],
)
def test_microdata_that_the_design_does_not_know_are_refused(change: dict[str, list[object]], code: str) -> None:
    given = survey("""
      | psu | y |
      |-----|---|
      | 1   | 1 |
      | 2   | 5 |
    """)
    with pytest.raises(BdgError) as fault:
        estimate(given.frame().assign(**change), given.design(), "y")
    assert fault.value.problems[0].code == code


def test_a_psu_in_two_strata_of_one_wave_is_refused() -> None:
    given = survey("""
      | stratum | psu | y |
      |---------|-----|---|
      | A       | 1   | 1 |
      | B       | 1   | 5 |
    """)
    with pytest.raises(BdgError) as fault:
        estimate(given.frame(), given.design(), "y")
    assert fault.value.problems[0].code == "STAT-003"
