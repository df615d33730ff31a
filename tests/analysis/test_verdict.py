"""One interval, one word: the examples of the rule, totality, and no contradiction with the difference."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis import intervals
from analysis.verdict import UP, WORDS, Verdict, all_groups, verdict

EXAMPLES = [
    (15.1, 22, "đạt mức cao (tăng từ 15% trở lên)"),
    (10.2, 18, "đạt"),
    (3, 12, "có tăng, chưa đủ căn cứ kết luận đạt mức 10%"),
    (2, 8, "có tăng, chưa đạt"),
    (-4, 6, "chưa đạt"),
    (-3, 14, "chưa đủ căn cứ kết luận"),
    (-9, -1, "giảm, chưa đạt"),
    # borders
    (15, 15, "đạt mức cao (tăng từ 15% trở lên)"),
    (10, 15, "đạt"),
    (5, 10, "có tăng, chưa đủ căn cứ kết luận đạt mức 10%"),
    (0, 9.9, "chưa đạt"),
    (0, 10, "chưa đủ căn cứ kết luận"),
    (-1, 0, "chưa đạt"),
    (-50, 300, "chưa đủ căn cứ kết luận"),
]


def judge(lower: float | None, upper: float | None) -> Verdict:
    return verdict(lower, upper, threshold=10, high=15)


@pytest.mark.parametrize(("lower", "upper", "words"), EXAMPLES)
def test_the_examples_of_the_rule(lower: float, upper: float, words: str) -> None:
    assert judge(lower, upper).vi == words


def test_the_table_of_words_is_all_reached() -> None:
    assert {judge(lower, upper).word for lower, upper, _ in EXAMPLES} | {judge(None, None).word} == set(WORDS)


def test_unbounded_or_missing() -> None:
    assert judge(None, None).vi == "không xác định được thay đổi tương đối"
    assert verdict(None, None, threshold=10, high=15, reading="points").vi == "không xác định được thay đổi"
    assert not judge(None, None).says_up


def test_percentage_points_use_the_same_rule_with_their_own_unit() -> None:
    found = verdict(3, 12, threshold=10, high=15, reading="points", unit="điểm phần trăm")
    assert found.vi == "có tăng, chưa đủ căn cứ kết luận đạt mức 10 điểm phần trăm"
    assert verdict(13, 14, threshold=7.5, high=12.5).vi == "đạt mức cao (tăng từ 12,5% trở lên)"


@pytest.mark.parametrize(("lower", "upper"), [(2, 1), (math.nan, 1), (0, math.inf), (None, 3), (3, None)])
def test_what_is_not_an_interval_is_our_bug(lower: float | None, upper: float | None) -> None:
    with pytest.raises(ValueError, match="not an interval"):
        judge(lower, upper)


@given(st.floats(-100, 400), st.floats(0, 300), st.floats(0.5, 40), st.floats(0, 30))
def test_every_interval_gives_exactly_one_word(lower: float, width: float, threshold: float, more: float) -> None:
    upper, high = lower + width, threshold + more
    found = verdict(lower, upper, threshold=threshold, high=high)
    conditions = {
        "high": lower >= high,
        "met": threshold <= lower < high,
        "up_open": 0 < lower < threshold <= upper,
        "up_not_met": lower > 0 and upper < threshold,
        "open": lower <= 0 and upper >= threshold,
        "not_met": lower <= 0 <= upper < threshold,
        "down_not_met": upper < 0,
    }
    assert [word for word, holds in conditions.items() if holds] == [found.word]
    assert found.says_up == (lower > 0)


@given(st.floats(1, 95), st.floats(1, 95), st.floats(0.05, 12), st.floats(0.05, 12), st.floats(-0.9, 0.95), st.integers(8, 200))
def test_words_never_contradict_the_interval_of_the_difference(
    p1: float, p2: float, s1: float, s2: float, rho: float, df: int
) -> None:
    """«tăng» is said by the relative reading exactly when the t interval of the difference is above zero."""
    v1, v2, cov = s1 * s1, s2 * s2, rho * s1 * s2
    ends = intervals.fieller(p1, p2, v1, v2, cov, df)
    diff = intervals.t_interval(p2 - p1, math.sqrt(v1 + v2 - 2 * cov), df)
    assume(min(abs(diff.lower), abs(diff.upper)) > 1e-9 * max(p1, p2))
    points = verdict(diff.lower, diff.upper, threshold=10, high=15, reading="points")
    assert (points.word in UP) == (diff.lower > 0)
    if isinstance(ends, intervals.Unbounded):
        assert not judge(None, None).says_up
        return
    relative = judge(ends.lower, ends.upper)
    assert relative.says_up == (diff.lower > 0) == points.says_up
    assert (relative.word == "down_not_met") == (diff.upper < 0)
    assert ("tăng" in relative.vi or relative.word == "met") == relative.says_up


def test_every_group_is_claimed_only_if_every_interval_says_so() -> None:
    high, met, up, open_, none = judge(16, 20), judge(11, 20), judge(1, 5), judge(-1, 12), judge(None, None)

    def claim(*verdicts: Verdict) -> str:
        return all_groups(verdicts, threshold=10, high=15).claim

    assert claim(high, high) == "high"
    assert claim(high, met) == "met"
    assert claim(high, met, up) == "up"
    for spoiler in (open_, none, judge(-5, 5), judge(-5, -1)):
        assert claim(high, met, spoiler) == "none"
    assert claim() == "none"
    assert all_groups([met], threshold=10, high=15).vi == "mọi nhóm đều đạt mức 10%"
