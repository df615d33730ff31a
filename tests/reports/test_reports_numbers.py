"""Every format of a number, date or mark."""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


FINITE = st.floats(-1e9, 1e9, allow_nan=False)


def read(text: str) -> Decimal:
    """A Vietnamese number as a person reads it."""
    return Decimal(text.replace(".", "").replace(",", "."))


@given(FINITE, st.integers(0, 3))
def test_what_was_written_reads_back_within_half_a_unit(value: float, decimals: int) -> None:
    text = numbers.number(value, decimals)
    half = Decimal("0.5").scaleb(-decimals)
    assert abs(read(text) - Decimal(repr(value))) <= half
    assert read(text) == 0 or (read(text) > 0) is (value > 0)


@given(FINITE, st.integers(0, 3))
def test_shape_of_a_number(value: float, decimals: int) -> None:
    text = numbers.number(value, decimals)
    tail = rf",\d{{{decimals}}}" if decimals else ""
    assert re.fullmatch(rf"-?\d{{1,3}}(\.\d{{3}})*{tail}", text)
    assert not re.fullmatch(r"-[0.,]+", text)


@given(st.integers(-(10**12), 10**12))
def test_counts_lose_nothing(value: int) -> None:
    assert read(numbers.whole(value)) == value


@given(FINITE, FINITE)
def test_order_is_kept(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert read(numbers.number(low)) <= read(numbers.number(high))


@given(st.floats(-500, 500), st.floats(0, 300))
def test_an_interval_reads_back_and_its_hyphen_is_never_a_minus(low: float, width: float) -> None:
    text = numbers.span(low, low + width)
    a, b = text.split(" đến " if " đến " in text else " - ")
    assert (read(a), read(b)) == (read(numbers.number(low)), read(numbers.number(low + width)))
    assert not re.search(r"- -|-\s*-", text)
    assert ("-" in a + b) is (" đến " in text)


@given(st.floats(-500, 500), st.sampled_from(sorted(numbers.SUFFIX)))
def test_a_quantity_ends_in_its_unit_and_no_space_stands_before_percent(value: float, unit: str) -> None:
    text = numbers.quantity(value, unit)
    assert text.endswith(numbers.SUFFIX[unit])
    read(text.removesuffix(numbers.SUFFIX[unit]))
    assert " %" not in text
    assert ("%" in text) is (unit == "percent")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_number_is_no_text(value: float) -> None:
    with pytest.raises(ValueError, match="not a number"):
        numbers.number(value)


@given(st.integers(1, 39))
def test_roman_numerals_read_back(value: int) -> None:
    worth = {"I": 1, "V": 5, "X": 10}
    digits = [worth[c] for c in numbers.roman(value)]
    signed = [-a if a < b else a for a, b in zip(digits, [*digits[1:], 0], strict=True)]
    assert sum(signed) == value


@given(st.dates())
def test_decree_dates_read_back(when: date) -> None:
    _, day, _, month, _, year = numbers.long_date(when).split()
    assert date(int(year), int(month), int(day)) == when
    assert (len(day), len(month)) == (2, 2 if when.month in {1, 2, 10, 11, 12} else 1)
    assert numbers.short_date(when.isoformat()) == numbers.short_date(when)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("(KTC 95%: 50,1 - 58,4)", "(KTC 95%: 50,1\u00a0-\u00a058,4)"), ("tăng từ 10 - 15%", "tăng từ 10\u00a0-\u00a015%"),
        ("Độc lập - Tự do", "Độc lập - Tự do"), ("-2,1 đến 3,4", "-2,1 đến 3,4"),
        ("giai đoạn 2026 - 2030", "giai đoạn 2026\u00a0-\u00a02030"),
    ],
)  # fmt: skip
def test_no_line_begins_with_a_hyphen_and_a_number(text: str, kept: str) -> None:
    assert numbers.unbroken(text) == kept


@given(st.lists(st.sampled_from([mark for mark, _ in numbers.LEGEND])))
def test_the_legend_explains_each_mark_once_in_a_fixed_order(marks: list[str]) -> None:
    said = numbers.legend(marks)
    found = [(said.index(f"«{mark}»"), meaning in said) for mark, meaning in numbers.LEGEND if mark in marks]
    assert found == sorted(found)
    assert all(known for _, known in found)
    assert all(said.count(f"«{mark}»") == (mark in marks) for mark, _ in numbers.LEGEND)
