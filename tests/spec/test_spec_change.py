"""Change between two waves: what the common places do to its variance, worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from analysis.change import NOT_PSD, change
from forms.errors import BdgError
from tests.spec.by_hand import Survey, changed, level, survey
from tests.spec.shown import ask, shown

# 2, 4, 9: mean 5, V = 13/3.  3, 7, 8: mean 6, V = 7/3.
BASE = [2, 4, 9]
NOW = [3, 7, 8]


def waves(now: str, **options: object) -> Survey:
    """Places 1, 2, 3 in 2026; the three of 2030 by name."""
    lines = [f"| 2026 | {i} | {y} |" for i, y in zip("123", BASE, strict=True)]
    lines += [f"| 2030 | {i} | {y} |" for i, y in zip(now, NOW, strict=True)]
    return survey("| wave | psu | y |\n|---|---|---|\n" + "\n".join(lines), **options)


@shown("Two of three PSUs are kept", now="234", variance=13 / 3, df=3)
@pytest.mark.parametrize(
    ("now", "variance", "df"),
    [
        # none common: the variances add, 13/3 + 7/3; df 2 + 2
        ("456", 20 / 3, 4),
        # all common: the differences 1, 3, -1 have V = 8/2/3; the covariance 8/3 was ((-3)(-3) + (-1)1 + 4*2)/6
        ("123", 4 / 3, 2),
        # places 2 and 3 common: ((-1)(-3) + 4*1)/6 = 7/6; V = 20/3 - 7/3; one dimension shared
        ("234", 13 / 3, 3),
        # one common, the covariance (4*(-3))/6 = -2 makes the change less certain; one place shares no dimension
        ("345", 20 / 3 + 4, 4),
        # all common, in another order: 4's neighbour is 7 ... ((-3)2 + (-1)(-3) + 4*1)/6 = 1/6
        ("231", 20 / 3 - 1 / 3, 2),
    ],
    ids=["none common", "all common", "two common", "one common", "all common, crossed"],
)
def test_common_places(now: str, variance: float, df: int) -> None:
    """2, 4, 9 (V = 13/3) and 3, 7, 8 (V = 7/3): the difference is 1, whichever places were kept; its precision is not. With
    places 2 and 3 kept the covariance is ((-1)(-3) + 4 1)/6 = 7/6: V = 13/3 + 7/3 - 14/6 = 13/3, df 2 + 2 - 1.
    """
    diff = changed(waves(now))[0]
    assert (diff.estimate, diff.se, diff.df) == (pytest.approx(1.0), pytest.approx(math.sqrt(variance)), df)
    assert (diff.kind, diff.estimand, diff.unit, diff.method) == ("change", "diff", "point", "wave_centred")
    assert diff.psus == len(set("123" + now))


def test_each_level_keeps_its_own_standard_error() -> None:
    """What is printed for a wave alone is what its change is made of: 13/3 and 7/3, whatever is common."""
    for now in ("123", "456"):
        given = waves(now)
        assert level(given, wave=2026).se == pytest.approx(math.sqrt(13 / 3))
        assert level(given, wave=2030).se == pytest.approx(math.sqrt(7 / 3))


def test_independent_leaves_the_covariance_out() -> None:
    given = waves("123")
    (diff,) = change(given.frame(), given.design(), "y", wave=2030, base=2026, method="independent", reading="points")
    assert (diff.se, diff.df) == (pytest.approx(math.sqrt(20 / 3)), 4)


def test_stacked_is_the_same_when_every_place_is_kept() -> None:
    """All common: 4/3 by both. None common: six places of one stratum, 2-5 ... centred on their joint mean, which is 0
    for both waves' scores: 6/5 (26 + 14)/9 = 16/3 instead of 20/3.
    """
    for now, variance in (("123", 4 / 3), ("456", 16 / 3)):
        given = waves(now)
        (diff,) = change(given.frame(), given.design(), "y", wave=2030, base=2026, method="stacked", reading="points")
        assert diff.se == pytest.approx(math.sqrt(variance))


@shown("PSUs that lie in another stratum in the later wave")
def test_a_place_that_lies_in_another_stratum_in_the_later_wave() -> None:
    """2026: A 1, 3 | B 11, 15 -> V = 1/4 + 1. 2030: A holds places 1 and 3 (2, 6), B places 2 and 4 (4, 12) -> V = 1 + 4.
    e of 2026 in quarters of sqrt 2: -1, 1, -2, 2; of 2030: -2, -4, 2, 4. Products 2/16 (2 - 4 - 4 + 8) = 1/4.
    V = 5/4 + 5 - 1/2 = 23/4. Four places, strata joined in one chain: 4 - (2 + 2 - 1) = 1 dimension, df 2 + 2 - 1.
    """
    given = survey("""
      | wave | stratum | psu | y  |
      |------|---------|-----|----|
      | 2026 | A       | 1   | 1  |
      | 2026 | A       | 2   | 3  |
      | 2026 | B       | 3   | 11 |
      | 2026 | B       | 4   | 15 |
      | 2030 | A       | 1   | 2  |
      | 2030 | B       | 2   | 4  |
      | 2030 | A       | 3   | 6  |
      | 2030 | B       | 4   | 12 |
    """)
    diff = changed(given)[0]
    assert (diff.estimate, diff.se, diff.df) == (pytest.approx(-1.5), pytest.approx(math.sqrt(23) / 2), 3)


@shown("The stacked design cannot move a PSU")
def test_stacked_refuses_a_place_that_changed_its_stratum() -> None:
    """One design over both waves has one stratum for a place. Beside it: both places rose by 1, and two differences that are the
    same leave no variance.
    """
    given = survey("""
      | wave | stratum | psu | y |
      |------|---------|-----|---|
      | 2026 | A       | 1   | 1 |
      | 2026 | A       | 2   | 3 |
      | 2030 | B       | 1   | 2 |
      | 2030 | B       | 2   | 4 |
    """)
    with pytest.raises(BdgError) as fault:
        ask(change, given.frame(), given.design(), "y", wave=2030, base=2026, method="stacked", reading="points")
    assert fault.value.problems[0].code == "STAT-007"
    # all moved together: two places, one stratum each side, one dimension; differences 1, 1 leave no variance
    assert changed(given, reading="points")[0].status == "not_estimable"


@shown("Unequal numbers of PSUs")
def test_different_numbers_of_places_scale_each_wave_by_its_own() -> None:
    """2026: 1, 5 (mean 3, V 4). 2030: 4, 5, 9 (mean 6, V = 14/6 = 7/3). Place 1 and 2 common:
    sqrt(2) sqrt(3/2) ((-2)(-2) + 2(-1))/6 = sqrt(3)/3.
    """
    given = survey("""
      | wave | psu | y |
      |------|-----|---|
      | 2026 | 1   | 1 |
      | 2026 | 2   | 5 |
      | 2030 | 1   | 4 |
      | 2030 | 2   | 5 |
      | 2030 | 3   | 9 |
    """)
    diff = changed(given)[0]
    assert diff.se == pytest.approx(math.sqrt(4 + 7 / 3 - 2 * math.sqrt(3) / 3))
    assert diff.df == 1 + 2 - 1


def test_a_common_place_that_was_drawn_in_vain_in_one_wave() -> None:
    """Place 3 of 2030 gave nobody: 3, 7 -> mean 5, scores -1, 1, 0: V = 3/2 * 2 = 3.
    Covariance 3/2 (-1 * -1 + -1/3 * 1 + 4/3 * 0) = 1. V = 13/3 + 3 - 2 = 16/3; domain rule: common and held are 1 and 2.
    """
    given = survey("""
      | wave | psu | w    | y |
      |------|-----|------|---|
      | 2026 | 1   | 1    | 2 |
      | 2026 | 2   | 1    | 4 |
      | 2026 | 3   | 1    | 9 |
      | 2030 | 1   | 1    | 3 |
      | 2030 | 2   | 1    | 7 |
      | 2030 | 3   | none | - |
    """)
    diff = changed(given)[0]
    assert (diff.estimate, diff.se) == (pytest.approx(0.0), pytest.approx(math.sqrt(16 / 3)))
    assert diff.df == 2 + 1 - 1


def test_degrees_of_freedom_of_a_change_by_design_count_every_place_drawn() -> None:
    """The same case by the design rule: 2 + 2 - 2."""
    table = """
      | wave | psu | w    | y |
      |------|-----|------|---|
      | 2026 | 1   | 1    | 2 |
      | 2026 | 2   | 1    | 4 |
      | 2026 | 3   | 1    | 9 |
      | 2030 | 1   | 1    | 3 |
      | 2030 | 2   | 1    | 7 |
      | 2030 | 3   | none | - |
    """
    domain, design = (changed(survey(table, df_rule=rule))[0] for rule in ("domain", "design"))
    assert (domain.df, design.df) == (2, 2)
    assert domain.se == design.se


def test_df_never_exceed_the_places_of_both_waves() -> None:
    """Two strata, all four places common: 2 + 2 - 2 = 2, not 4."""
    given = survey("""
      | wave | stratum | psu | y |
      |------|---------|-----|---|
      | 2026 | A       | 1   | 1 |
      | 2026 | A       | 2   | 4 |
      | 2026 | B       | 3   | 2 |
      | 2026 | B       | 4   | 7 |
      | 2030 | A       | 1   | 3 |
      | 2030 | A       | 2   | 4 |
      | 2030 | B       | 3   | 9 |
      | 2030 | B       | 4   | 8 |
    """)
    assert changed(given)[0].df == 2


def test_a_group_that_lives_in_one_wave_only() -> None:
    given = survey("""
      | wave | psu | group | y |
      |------|-----|-------|---|
      | 2026 | 1   | xo    | 1 |
      | 2026 | 2   | xo    | 5 |
      | 2026 | 3   | kinh  | 5 |
      | 2030 | 1   | kinh  | 4 |
      | 2030 | 2   | kinh  | 6 |
    """)
    rows = changed(given, among={"group": "xo"})
    assert {(r.status, r.estimate, r.se, r.lower, r.p_value) for r in rows} == {("not_estimable", None, None, None, None)}
    assert all(r.reason.startswith("2030: không có người nào") for r in rows)
    assert rows[0].n == 0


def test_a_group_is_compared_over_the_places_where_it_lives() -> None:
    """Women in places 1, 2 of both waves, 3 only men: 1, 5 -> 3 and 2, 4 -> 3; by hand e in place 3 is the mean's share, 0.
    Scores -1, 1, 0 and -1/2, 1/2, 0: V = 3, 3/4, covariance 3/2: V of the change 3/4.
    """
    given = survey("""
      | wave | psu | sex | y |
      |------|-----|-----|---|
      | 2026 | 1   | f   | 1 |
      | 2026 | 2   | f   | 5 |
      | 2026 | 3   | m   | 9 |
      | 2030 | 1   | f   | 2 |
      | 2030 | 2   | f   | 4 |
      | 2030 | 3   | m   | 1 |
    """)
    diff = changed(given, among={"sex": "f"})[0]
    assert (diff.estimate, diff.se, diff.df) == (pytest.approx(0.0, abs=1e-12), pytest.approx(math.sqrt(3) / 2), 1)


def test_every_group_gets_its_own_change() -> None:
    given = survey("""
      | wave | psu | sex | y |
      |------|-----|-----|---|
      | 2026 | 1   | f   | 1 |
      | 2026 | 2   | f   | 5 |
      | 2026 | 1   | m   | 2 |
      | 2026 | 3   | m   | 4 |
      | 2030 | 4   | f   | 2 |
      | 2030 | 5   | f   | 7 |
      | 2030 | 4   | m   | 6 |
      | 2030 | 5   | m   | 9 |
    """)
    rows = change(given.frame(), given.design(), "y", wave=2030, base=2026, by=("sex",), reading="points")
    assert [r.domain for r in rows] == [(("sex", "f"),), (("sex", "m"),)]
    assert [r.estimate for r in rows] == [pytest.approx(1.5), pytest.approx(4.5)]
    for row in rows:
        (alone, *_) = changed(given, among=dict(row.domain))
        assert (row.se, row.df) == (pytest.approx(alone.se), alone.df)


def test_shares_change_by_percentage_points() -> None:
    """1 of 4 and 2 of 4, no common place: 25 points, V = 1/16 + 1/12 = 7/48."""
    lines = [f"| 2026 | {i} | {int(i == 1)} |" for i in range(4)] + [f"| 2030 | n{i} | {i % 2} |" for i in range(4)]
    given = survey("| wave | psu | y |\n|---|---|---|\n" + "\n".join(lines))
    diff = changed(given, stat="proportion")[0]
    assert (diff.estimate, diff.se, diff.unit) == (
        pytest.approx(25.0),
        pytest.approx(100 * math.sqrt(7 / 48)),
        "percentage_point",
    )


@shown("A share of nobody has no change", constant="0")
@pytest.mark.parametrize("constant", ["0", "1"])
def test_a_share_of_nobody_or_everybody_has_no_change(constant: str) -> None:
    """Where the variance says nothing about a wave, it says nothing about a change."""
    lines = [f"| 2026 | {i} | {constant} |" for i in range(4)] + [f"| 2030 | {i} | {i % 2} |" for i in range(4)]
    given = survey("| wave | psu | y |\n|---|---|---|\n" + "\n".join(lines))
    rows = ask(change, given.frame(), given.design(), "y", wave=2030, base=2026, stat="proportion", reading="points")
    rows = (*rows, *change(given.frame(), given.design(), "y", wave=2030, base=2026, stat="proportion"))
    assert {(r.status, r.estimate) for r in rows} == {("not_estimable", None)}
    assert "2026" in rows[0].reason


def test_a_change_that_is_the_same_everywhere_has_no_variance() -> None:
    """Every place rose by exactly 3: the change is 3, and nothing says how sure that is."""
    lines = [f"| {t} | {i} | {y + up} |" for t, up in ((2026, 0), (2030, 3)) for i, y in enumerate(BASE)]
    row = changed(survey("| wave | psu | y |\n|---|---|---|\n" + "\n".join(lines)))[0]
    assert (row.status, row.estimate) == ("not_estimable", None)
    assert "thay đổi bằng 0" in row.reason


def test_totals_change_by_their_own_sums() -> None:
    """Totals 15 and 18; place totals are the scores: V = 9 * 4/3 = 12 when all places are common."""
    diff = changed(waves("123"), stat="total")[0]
    assert (diff.estimate, diff.se, diff.unit) == (pytest.approx(3.0), pytest.approx(math.sqrt(12)), "count")


def test_ratios_change() -> None:
    """12/24 in 2026 with residuals 1, -2, 1; 2030: 6/8, 2/8, 4/8 -> 12/24 with residuals 2, -2, 0; V = 3/2 (6 + 8 - 2*6)/576."""
    given = survey("""
      | wave | psu | care | work |
      |------|-----|------|------|
      | 2026 | 1   | 4    | 6    |
      | 2026 | 2   | 2    | 8    |
      | 2026 | 3   | 6    | 10   |
      | 2030 | 1   | 6    | 8    |
      | 2030 | 2   | 2    | 8    |
      | 2030 | 3   | 4    | 8    |
    """)
    diff = changed(given, ("care", "work"), stat="ratio")[0]
    assert (diff.estimate, diff.se) == (pytest.approx(0.0, abs=1e-12), pytest.approx(math.sqrt(3 / 576)))


def test_silent_answers_of_both_waves_are_added_by_kind() -> None:
    given = survey("""
      | wave | psu | y   |
      |------|-----|-----|
      | 2026 | 1   | 1   |
      | 2026 | 2   | 5   |
      | 2026 | 2   | dk  |
      | 2030 | 3   | 4   |
      | 2030 | 4   | 9   |
      | 2030 | 4   | dk  |
      | 2030 | 3   | ref |
    """)
    diff = changed(given)[0]
    assert (diff.n, dict(diff.n_missing)) == (2, {"not_asked": 0, "dont_know": 2, "refused": 1, "missing": 0})


def test_the_p_value_and_the_interval_agree() -> None:
    """p < 0.05 exactly when the 95% interval leaves zero out."""
    seen = set()
    for now in ("456", "123", "234"):
        for up in (0, 4, 9, 15):
            given = waves(now)
            people = tuple(
                p if p.wave == 2026 else type(p)(p.wave, p.stratum, p.psu, p.w, {"y": str(int(p.cells["y"]) + up)})
                for p in given.people
            )
            (diff,) = change(
                type(given)(people, given.sampled).frame(), given.design(), "y", wave=2030, base=2026, reading="points"
            )
            assert diff.p_value is not None
            assert diff.lower is not None
            assert diff.upper is not None
            assert (diff.p_value < 0.05) is (diff.lower > 0 or diff.upper < 0)
            seen.add(diff.p_value < 0.05)
    assert seen == {True, False}


def test_a_wave_that_is_not_there_is_named() -> None:
    given = waves("123")
    with pytest.raises(BdgError) as fault:
        change(given.frame(), given.design(), "y", wave=2028, base=2026)
    assert fault.value.problems[0].code == "STAT-008"
    assert "2028" in str(fault.value)


@pytest.mark.parametrize(
    ("now", "variance"),
    [
        ("123", 4 / 3),  # all common: 9/(9 - 3) = 3/2, as wave_centred
        # 2 and 3 common, four places in all: 9/(9 - 4) times (-1/3)(-1) + (4/3)(1/3) = 7/9: covariance 7/5, not 7/6
        ("234", 20 / 3 - 14 / 5),
        ("345", 20 / 3 + 2 * 9 / 4 * 4 / 3),  # one common: 9/(9 - 5) (4/3)(-1) = -3
        ("456", 20 / 3),
    ],
)
def test_the_unbiased_covariance(now: str, variance: float) -> None:
    """n1 n2/(n1 n2 - places of both waves) times the products of the common places' scores about their own waves' means."""
    given = waves(now)
    (diff,) = change(given.frame(), given.design(), "y", wave=2030, base=2026, method="unbiased", reading="points")
    assert (diff.estimate, diff.se) == (pytest.approx(1.0), pytest.approx(math.sqrt(variance)))
    assert (diff.method, diff.df) == ("unbiased", changed(given)[0].df)


def test_the_unbiased_covariance_between_strata() -> None:
    """2026: A 1, 5, 3 (places 1-3). 2030: B 4, 8 (1, 2), C 6, 7 (3, 4). Pair A-B: n 3 and 2, common 2: 6/(6 - 3) = 2; pair A-C:
    common 1: 6/(6 - 4) = 3. Scores 2026 -2/3, 2/3, 0; 2030 about 25/4: B -1/2, 1/2 about its mean, C -1/8, 1/8.
    Covariance 2 (1/3 + 1/3) + 3 * 0 = 4/3; V = 4/3 + (1 + 1/16) - 8/3 < 0: no change can be given that way.
    """
    given = survey("""
      | wave | stratum | psu | y |
      |------|---------|-----|---|
      | 2026 | A       | 1   | 1 |
      | 2026 | A       | 2   | 5 |
      | 2026 | A       | 3   | 3 |
      | 2030 | B       | 1   | 4 |
      | 2030 | B       | 2   | 8 |
      | 2030 | C       | 3   | 6 |
      | 2030 | C       | 4   | 7 |
    """)
    (diff,) = change(given.frame(), given.design(), "y", wave=2030, base=2026, method="unbiased", reading="points")
    assert (diff.status, diff.reason) == ("not_estimable", NOT_PSD)
    kept = changed(given)[0]
    # wave_centred: sqrt(3/2) sqrt 2 (1/3 + 1/3) = 2 sqrt 3/3, within what the variances allow
    assert kept.se == pytest.approx(math.sqrt(4 / 3 + 17 / 16 - 4 * math.sqrt(3) / 3))


def test_a_common_place_in_a_small_population() -> None:
    """Five places in all, N = 5: V(2026) = 13/3 * 2/5, V(2030) = 7/3 * 2/5; 2 and 3 common: 7/5 (1 - 9/(2 * 5)) = 7/50."""
    given = waves("234")
    data, design = given.frame().assign(N=5.0), replace(given.design(), fpc=("N",))
    (diff,) = change(data, design, "y", wave=2030, base=2026, method="unbiased", reading="points")
    assert diff.se == pytest.approx(math.sqrt((13 / 3 + 7 / 3) * 2 / 5 - 2 * 7 / 50))
