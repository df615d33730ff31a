"""Every format of a number, date or mark."""

from __future__ import annotations

from datetime import date

import pytest

from reports import numbers


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (54.25, 1, "54,3"), (54.35, 1, "54,4"), (2.5, 0, "3"), (0.05, 1, "0,1"), (-0.04, 1, "0,0"), (-0.05, 1, "-0,1"),
        (2161755, 0, "2.161.755"), (1234.5678, 2, "1.234,57"), (-1234.5, 1, "-1.234,5"), (999.95, 1, "1.000,0"), (0.0, 1, "0,0"),
    ],
)  # fmt: skip
def test_number_rounds_half_up_and_never_writes_minus_zero(value: float, decimals: int, text: str) -> None:
    assert numbers.number(value, decimals) == text


@pytest.mark.parametrize(
    ("unit", "text"),
    [("percent", "6,2%"), ("point", "6,2 điểm"), ("percentage_point", "6,2 điểm phần trăm"), ("ratio", "6,2"), ("count", "6")],
)
def test_each_unit_has_its_own_words(unit: str, text: str) -> None:
    assert numbers.quantity(6.2, unit) == text


def test_interval() -> None:
    assert numbers.with_interval(54.3, 50.1, 58.4, "percent") == "54,3% (KTC 95%: 50,1 - 58,4)"
    assert numbers.interval(-2.1, 3.4) == "(KTC 95%: -2,1 đến 3,4)"
    assert numbers.interval(-0.01, 3.4) == "(KTC 95%: 0,0 - 3,4)"


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (date(2027, 2, 5), "ngày 05 tháng 02 năm 2027"), (date(2027, 1, 15), "ngày 15 tháng 01 năm 2027"),
        (date(2027, 3, 9), "ngày 09 tháng 3 năm 2027"), (date(2027, 12, 31), "ngày 31 tháng 12 năm 2027"),
    ],
)  # fmt: skip
def test_decree_dates(when: date, text: str) -> None:
    assert numbers.long_date(when) == text


def test_short_dates_and_blanks() -> None:
    assert numbers.short_date("2027-02-05") == numbers.short_date(date(2027, 2, 5)) == "05/02/2027"
    assert numbers.short_date("chưa rõ") == "chưa rõ"
    assert numbers.draft_number("BC-SNV") == "Số:        /BC-SNV"
    assert numbers.place_and_date("Quảng Ngãi") == "Quảng Ngãi, ngày      tháng      năm"


def test_legend_explains_only_what_occurs() -> None:
    assert numbers.legend([]) == ""
    assert numbers.legend(["(*)"]) == "Ký hiệu: «(*)» không công bố do ít quan sát."
    assert [numbers.roman(i) for i in (1, 4, 7, 9, 14)] == ["I", "IV", "VII", "IX", "XIV"]
