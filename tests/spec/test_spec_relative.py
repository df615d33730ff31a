"""Relative change: Fieller's limits by hand, when there are none, and what the words may say at the borders."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from analysis.results import Row
from analysis.verdict import all_groups, verdict
from tests.spec.by_hand import Survey, changed, fieller, survey, t_quantile
from tests.spec.shown import shown

# nine places about their mean: four 3 below, one at it, four 3 above: s = 3, se = 1, df = 8
SPREAD = (-3, -3, -3, -3, 0, 3, 3, 3, 3)


def waves(base: str, now: str, *, lean: int = 0, places: int = 9) -> Survey:
    """Nine other places each wave, three alike persons a place (lean: in so many places two, of the same weight together)."""
    lines = []
    for wave, middle in ((2026, base), (2030, now)):
        for i, d in enumerate(SPREAD[:places]):
            few = i < lean
            lines.append(f"| {wave} | {wave}-{i} | {'3/2' if few else '1'} | {Fraction(middle) + d} | {2 if few else 3} |")
    return survey("| wave | psu | w | y | times |\n|---|---|---|---|---|\n" + "\n".join(lines))


def rel(rows: tuple[Row, ...]) -> Row:
    """The row that decides."""
    (row,) = [r for r in rows if r.estimand == "rel" and r.interval in ("fieller", "") and "," not in r.method]
    return row


@shown("Fieller's limits, and the two that decide nothing", "method")
def test_fieller_by_hand() -> None:
    """40 to 46, both se 1, df 16, t^2 = 4.4940. A = 1600 - t^2 = 1595.506, B = 240 + t^2 = 244.494, C = 36 - 2 t^2 = 27.012.
    Roots (B -+ sqrt(B^2 - AC))/A = (244.494 -+ 129.149)/1595.506: 7.2294% and 23.418% about 15%.
    """
    rows = changed(waves("40", "46"))
    row = rel(rows)
    assert (row.estimate, row.df, row.unit, row.interval) == (pytest.approx(15.0), 16, "percent", "fieller")
    t2 = t_quantile(0.95, 16) ** 2
    a, b, c = 1600 - t2, 240 + t2, 36 - 2 * t2
    root = math.sqrt(b * b - a * c)
    assert [row.lower, row.upper] == pytest.approx([100 * (b - root) / a, 100 * (b + root) / a])
    assert [row.lower, row.upper] == pytest.approx([7.23, 23.42], abs=0.005)


def test_the_other_two_readings_of_the_same_change() -> None:
    """se of the ratio by first order: sqrt(1 + 1.15^2)/40 = 3.8099 points; log: 1.15 exp(-+ t * 0.038099/1.15)."""
    rows = changed(waves("40", "46"))
    se, t = math.sqrt(1 + 1.15**2) / 40, t_quantile(0.95, 16)
    (delta,) = [r for r in rows if r.interval == "delta"]
    (log,) = [r for r in rows if r.interval == "log"]
    assert delta.se == pytest.approx(100 * se)
    assert [delta.lower, delta.upper] == pytest.approx([15 - 100 * t * se, 15 + 100 * t * se])
    assert [log.lower, log.upper] == pytest.approx([100 * (1.15 * math.exp(s * t * se / 1.15) - 1) for s in (-1, 1)])
    assert {r.estimate for r in (delta, log)} == {rel(rows).estimate}


def test_reading_points_gives_the_difference_alone() -> None:
    rows = changed(waves("40", "46"), reading="points")
    assert [r.estimand for r in rows] == ["diff"]


def test_fieller_is_no_interval_when_the_baseline_is_near_zero() -> None:
    """Mean 2, se 1: t^2 V = 4.494 > 4, so dividing by the baseline says nothing; the difference stands."""
    diff, *others = changed(waves("2", "8"))
    assert (diff.status, diff.estimate) == ("ok", pytest.approx(6.0))
    assert {(r.status, r.estimate, r.lower) for r in others} == {("not_estimable", None, None)}
    assert "số liệu gốc kém chính xác" in others[0].reason


def test_just_precise_enough_is_a_very_wide_interval() -> None:
    """Mean 2.2: 4.84 > 4.494; the limits exist and lie far on the upper side."""
    row = rel(changed(waves("2.2", "8")))
    assert row.status == "ok"
    assert row.lower is not None
    assert row.upper is not None
    assert row.estimate is not None
    assert row.upper - row.estimate > 5 * (row.estimate - row.lower) > 0


@pytest.mark.parametrize(("base", "now"), [("0", "6"), ("-20", "6"), ("40", "0"), ("40", "-6")])
def test_no_relative_change_from_or_to_what_is_not_positive(base: str, now: str) -> None:
    diff, *others = changed(waves(base, now))
    assert diff.estimate == pytest.approx(int(now) - int(base))
    assert {r.status for r in others} == {"not_estimable"}
    assert "không dương" in others[0].reason


@pytest.mark.parametrize(("lean", "n", "status"), [(3, 24, "not_estimable"), (2, 25, "ok")])
def test_twenty_five_respondents_in_each_wave(lean: int, n: int, status: str) -> None:
    row = rel(changed(waves("40", "46", lean=lean)))
    assert (row.n, row.status) == (n, status)
    assert ("dưới 25" in row.reason) is (n == 24)


def test_eight_degrees_of_freedom_in_each_wave() -> None:
    """Eight places: 7 df a wave, 14 for the change. The difference is given, the relative change is not."""
    given = waves("40", "46", places=8)
    wide = type(given)(given.people * 2, given.sampled)  # 48 persons: their number is not the reason
    diff, *others = changed(wide)
    assert (diff.status, diff.df) == ("ok", 14)
    assert {r.status for r in others} == {"not_estimable"}
    assert "dưới 8 bậc tự do" in others[0].reason


@pytest.mark.parametrize("rise", ["-6", "-3", "-2.9", "0", "2.9", "2.998", "2.999", "3", "6", "12"])
def test_the_relative_change_never_contradicts_the_absolute_one(rise: str) -> None:
    """t * sqrt 2 = 2.998: below that rise both lower limits are negative, above both are positive."""
    diff, *others = changed(waves("40", str(Fraction(rise) + 40)))
    row = rel((diff, *others))
    for name in ("lower", "upper"):
        mine, theirs = getattr(row, name), getattr(diff, name)
        assert (mine > 0, mine < 0) == (theirs > 0, theirs < 0)


def test_the_zero_of_the_scale_decides_the_relative_change() -> None:
    """3.20 to 3.55 on 1-5 is +10.9%; the same answers on 0-100 are 55 to 63.75, +15.9%. Both from the same persons."""
    lines = [
        f"| {t} | {t}-{i} | {Fraction(m) + Fraction(d, 100)} | 3 |"
        for t, m in ((2026, "3.2"), (2030, "3.55"))
        for i, d in enumerate(SPREAD)
    ]
    five = survey("| wave | psu | y | times |\n|---|---|---|---|\n" + "\n".join(lines))
    people = tuple(type(p)(p.wave, p.stratum, p.psu, p.w, {"y": str((Fraction(p.cells["y"]) - 1) * 25)}) for p in five.people)
    hundred = type(five)(people, five.sampled)
    assert [round(r.estimate or 0, 1) for r in (rel(changed(five)), rel(changed(hundred)))] == [10.9, 15.9]


def test_a_common_place_narrows_the_relative_change() -> None:
    """40 and 46 with every place kept, all but one rising by 6: less than half as wide as with nine other places."""
    apart = rel(changed(waves("40", "46")))
    given = waves("40", "46")
    kept = type(given)(
        tuple(
            type(p)(
                p.wave,
                p.stratum,
                p.psu[5:],
                p.w,
                {"y": p.cells["y"] if p.psu[5:] != "0" else str(Fraction(p.cells["y"]) + (p.wave == 2030))},
            )
            for p in given.people
        ),
        tuple((t, h, i[5:]) for t, h, i in given.sampled),
    )
    together = rel(changed(kept))
    assert together.upper is not None
    assert together.lower is not None
    assert apart.upper is not None
    assert apart.lower is not None
    assert together.upper - together.lower < (apart.upper - apart.lower) / 2
    assert together.df == 8


def test_the_oracle_s_search_finds_the_roots() -> None:
    """(p2 - r)^2 = t^2 v2 with an exact baseline: 1.5 -+ 0.1 * 2, that is 30% and 70%."""
    assert fieller(1.0, 1.5, 0.0, 0.01, 0.0, 2.0) == pytest.approx([30.0, 70.0])


# ---- words ---------------------------------------------------------------------------------------------------------

HIGH, MET = "đạt mức cao (tăng từ 15% trở lên)", "đạt"
UP_OPEN, UP_NOT = "có tăng, chưa đủ căn cứ kết luận đạt mức 10%", "có tăng, chưa đạt"
NOT, DOWN, OPEN = "chưa đạt", "giảm, chưa đạt", "chưa đủ căn cứ kết luận"

WORDS = [
    # the seven examples of the decision
    ("15.1", "22", HIGH), ("10.2", "18", MET), ("3", "12", UP_OPEN), ("2", "8", UP_NOT), ("-4", "6", NOT), ("-3", "14", OPEN),
    ("-9", "-1", DOWN),
    # the borders: 15, 10 and 0 exactly, and a hair to either side
    ("15", "22", HIGH), ("14.999999", "22", MET), ("15.000001", "15.000001", HIGH), ("15", "15", HIGH),
    ("10", "12", MET), ("10", "10", MET), ("9.999999", "12", UP_OPEN), ("10.000001", "40", MET), ("10", "15", MET),
    ("0", "12", OPEN), ("0.000001", "12", UP_OPEN), ("-0.000001", "12", OPEN), ("0", "10", OPEN), ("0", "9.999999", NOT),
    ("0.000001", "10", UP_OPEN), ("0.000001", "9.999999", UP_NOT), ("-5", "10", OPEN), ("-5", "9.999999", NOT),
    ("-5", "0", NOT), ("-5", "-0.000001", DOWN), ("0", "0", NOT), ("-5", "0.000001", NOT), ("-40", "80", OPEN),
    ("9.999999", "9.999999", UP_NOT), ("5", "15", UP_OPEN), ("5", "400", UP_OPEN),
]  # fmt: skip


@pytest.mark.parametrize(("lower", "upper", "said"), WORDS)
def test_the_word_of_an_interval(lower: str, upper: str, said: str) -> None:
    found = verdict(float(lower), float(upper), threshold=10, high=15)
    assert found.vi == said
    assert found.says_up is (Fraction(lower) > 0)


def test_every_interval_on_a_grid_has_the_word_of_the_decision() -> None:
    """The decision's sentence, read as a list of ranges of the two limits in tenths, one interval at a time."""
    words = set()
    for low in range(-30, 201, 5):
        for up in range(low, 251, 5):
            if low >= 150:
                said = HIGH
            elif low >= 100:
                said = MET
            elif low > 0:
                said = UP_NOT if up < 100 else UP_OPEN
            else:
                said = OPEN if up >= 100 else DOWN if up < 0 else NOT
            assert verdict(low / 10, up / 10, threshold=10, high=15).vi == said, (low, up)
            words.add(said)
    assert len(words) == 7


def test_no_interval_no_relative_word() -> None:
    assert verdict(None, None, threshold=10, high=15).vi == "không xác định được thay đổi tương đối"
    assert "tương đối" not in verdict(None, None, threshold=10, high=15, reading="points").vi


def test_points_are_named_behind_the_threshold() -> None:
    found = verdict(3.0, 12.0, threshold=10, high=15, reading="points", unit="điểm phần trăm")
    assert found.vi == "có tăng, chưa đủ căn cứ kết luận đạt mức 10 điểm phần trăm"
    assert found.en.endswith("10 percentage points")
    assert verdict(3.0, 12.0, threshold=7.5, high=15).vi.endswith("7,5%")


@pytest.mark.parametrize(("lower", "upper"), [(5.0, 4.0), (None, 4.0), (4.0, None), (math.nan, 4.0), (4.0, math.inf)])
def test_what_is_no_interval_is_a_programming_error(lower: float | None, upper: float | None) -> None:
    with pytest.raises(ValueError, match="not an interval"):
        verdict(lower, upper, threshold=10, high=15)


@pytest.mark.parametrize(
    ("intervals", "claim"),
    [
        ([(16, 20), (15, 30)], "high"), ([(16, 20), (10, 30)], "met"), ([(16, 20), (1, 30)], "up"), ([(16, 20), (1, 3)], "up"),
        ([(16, 20), (0, 30)], "none"), ([(16, 20), (-9, -1)], "none"), ([(16, 20), (None, None)], "none"), ([], "none"),
    ],
)  # fmt: skip
def test_every_group_is_said_only_of_every_group(intervals: list[tuple[float | None, float | None]], claim: str) -> None:
    found = all_groups([verdict(a, b, threshold=10, high=15) for a, b in intervals], threshold=10, high=15)
    assert found.claim == claim
    assert ("mọi nhóm đều" in found.vi) is (claim != "none")
