"""The record of a test: no number without its right to stand, and the same words in a line, a frame and a notebook."""

from __future__ import annotations

import math

import pytest

from analysis.testing.tested import Tested, untested

FOUND = Tested("Design-based t-test", 2.5, 30.0, None, 0.018, 4.0, 1.6, 0.7, 7.3, 812, symbol="t", effect="difference in mean")


def test_a_line_names_statistic_degrees_p_effect_and_n() -> None:
    assert str(FOUND) == "Design-based t-test: t(30) = 2.5, p = 0.0180; difference in mean 4 [0.7; 7.3]; n = 812"


def test_an_f_shows_both_degrees_and_a_small_p_as_a_bound() -> None:
    assert str(Tested("Wald", 9.25, 3.0, 16.0, 1e-9, n=50, symbol="F")) == "Wald: F(3, 16) = 9.25, p < 0.0001; n = 50"


def test_a_statistic_without_numerator_degrees_shows_the_others() -> None:
    assert (
        str(Tested("lincom", 12.0, None, 20.5, 0.02, n=9, symbol="X-squared"))
        == "lincom: X-squared(20.5) = 12, p = 0.0200; n = 9"
    )


def test_a_caution_stands_at_the_end() -> None:
    found = Tested("t", 1.0, 3.0, p_value=0.4, n=9, status="caution", reason="ít | few", symbol="t")
    assert str(found) == "t: t(3) = 1, p = 0.4000; n = 9 (ít | few)"


def test_what_cannot_be_tested_says_why_and_gives_no_number() -> None:
    found = untested("Design-based t-test", "không có ai | nobody", n=3, symbol="t")
    assert str(found) == "Design-based t-test: không có ai | nobody"
    assert (found.statistic, found.df, found.p_value, found.estimate, found.n) == (None, None, None, None, 3)
    assert found.status == "not_estimable"


def test_the_frame_is_one_row_with_every_field() -> None:
    frame = FOUND.frame
    assert len(frame) == 1
    assert frame.loc[0, ["method", "statistic", "df", "p_value", "n", "status"]].tolist() == [
        "Design-based t-test", 2.5, 30.0, 0.018, 812, "ok",
    ]  # fmt: skip
    assert frame.loc[0, "ddf"] is None


def test_html_shows_the_interval_and_escapes_names() -> None:
    shown = Tested("a<b", 1.0, 2.0, None, 0.5, 1.0, 1.0, -1.0, 3.0, 8, symbol="t", effect="x & y")._repr_html_()
    assert "a&lt;b" in shown
    assert "x &amp; y" in shown
    assert "95 %" in shown
    assert "-1; 3" in shown


def test_html_of_a_refused_test_has_its_reason_only() -> None:
    shown = untested("t", "nhóm | group", n=2)._repr_html_()
    assert "nhóm | group" in shown
    assert "<th>p</th>" not in shown


@pytest.mark.parametrize("number", ["statistic", "df", "p_value", "se"])
def test_a_number_that_is_not_one_is_our_own_mistake(number: str) -> None:
    with pytest.raises(ValueError, match="NaN with status ok"):
        Tested(**{"method": "t", "statistic": 1.0, "df": 1.0, number: math.nan})


def test_not_estimable_takes_a_reason_and_no_number() -> None:
    with pytest.raises(ValueError, match="no number and a reason"):
        Tested("t", None, None, status="not_estimable")
    with pytest.raises(ValueError, match="no number and a reason"):
        Tested("t", 1.0, None, status="not_estimable", reason="x | y")
