"""XPath back into conditions: everything our compiler says comes back, what only looks alike stays XPath."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.condition import Both, Chose, Compare, Condition, Either, Not, parse, xpath
from forms.importing.reverse import Numeric, condition_of, parts_of
from forms.importing.rules import rules_of, split_relevant
from forms.importing.written import grammar
from forms.question import Label

NAMES = st.sampled_from(["a", "b1", "hh_size"])
ONES = st.one_of(
    st.builds(Compare, NAMES, st.sampled_from(["=", "!="]), st.sampled_from(["yes", "3plus", "x-1", "0", "12"])),
    st.builds(Compare, NAMES, st.sampled_from(["<", "<=", ">", ">="]), st.sampled_from(["0", "18", "-2", "2.5"])),
    st.builds(Compare, NAMES, st.sampled_from(["=", "<", ">="]), NAMES, st.just(True)),
    st.builds(Chose, NAMES, st.sampled_from(["tv", "3plus"])),
    st.builds(Compare, st.just("."), st.sampled_from(["<", "!="]), st.sampled_from(["7", "-1"])),
)
TREES: st.SearchStrategy[Condition] = st.recursive(
    ONES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Both, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Either, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


def always(_: str) -> bool:
    return True


def never(_: str) -> bool:
    return False


@given(tree=TREES)
@settings(max_examples=200)
def test_what_the_compiler_writes_is_read_back(tree: Condition) -> None:
    back = condition_of(xpath(tree), always)
    assert back is not None
    assert xpath(back) == xpath(parse(grammar(tree))) == xpath(parse(grammar(back)))


@pytest.mark.parametrize(
    "text",
    [
        "${a} != ''", "${a} = 'x y'", "count(${a}) > 1", "${a} + 1 > 2", "string-length(${a}) > 3", "${A1} = 'x'",
        "${hh-size} > 1",
        "true()", "selected(${a}, ${b})", "${a} = ${b} + 1", "../a = 'x'", "/data/a = 'x'", "${a}", "not ${a}", "${a} = 'and'",
        "'x' = ${a}", "${a} = 'x' and", "(${a} = 'x'", "${a} < 'x'", "today() > ${a}", "${a} = “x”",
    ],
)  # fmt: skip
def test_what_the_grammar_cannot_say_stays_xpath(text: str) -> None:
    assert condition_of(text, always) is None
    condition, raw = split_relevant(text, always)
    assert (condition, raw) == (None, text)


AS_NUMBERS = [
    ("${a} = 1", always, True),
    ("${a} = 1", never, False),
    (". = '1'", never, False),
    ("${a} = '1'", never, True),
    ("${a} > '1'", never, True),
]


@pytest.mark.parametrize(("text", "counts", "kept"), AS_NUMBERS)
def test_a_number_and_its_text_are_one_only_where_answers_are_whole_numbers(text: str, counts: Numeric, kept: bool) -> None:
    assert (condition_of(text, counts) is not None) is kept


def test_a_condition_joined_with_raw_xpath_is_taken_apart_again() -> None:
    condition, raw = split_relevant("(${a} = 'x') and (count(${b}) > 1)", always)
    assert condition == parse("a = x")
    assert raw == "count(${b}) > 1"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("(a) and (b)", ["a", "b"]),
        ("(a = ')') and ((b) or c) and (d)", ["a = ')'", "(b) or c", "d"]),
        ("(a) or (b)", ["(a) or (b)"]),
        ("(a)", ["(a)"]),
        ("a and b", ["a and b"]),
        ("(a) and (b) and c", ["(a) and (b) and c"]),
        ("(a and (b", ["(a and (b"]),
    ],
)
def test_parts_in_brackets(text: str, parts: list[str]) -> None:
    assert parts_of(text) == parts


RANGE = Label("Giá trị phải từ 0 đến 9.", "The value must be from 0 to 9.")
OWN = Label("Ghi lại.", "Again.")


def test_a_range_is_one_only_with_our_sentence() -> None:
    both = Label(f"{RANGE.vi} {OWN.vi}", f"{RANGE.en} {OWN.en}")
    found = rules_of("(. >= 0 and . <= 9) and (. != 5)", both, (), always)
    assert (found.range, found.must, found.message) == ((0, 9), "(. != 5)", OWN)
    found = rules_of(". >= 0 and . <= 9", OWN, (), always)
    assert (found.range, found.must, found.message) == (None, "(. >= 0 and . <= 9)", OWN)
    assert rules_of(". >= 0 and . <= 9", RANGE, (), always).range == (0, 9)
    assert rules_of(". >= 9 and . <= 0", RANGE, (), always).range is None


def test_sums_and_choices_that_stand_alone() -> None:
    summed = Label("Tổng phải bằng cộng các phần ghi ở trên.", "The total must equal the sum of the parts above.")
    found = rules_of(". = coalesce(${a}, 0) + coalesce(${b}, 0)", summed, (), always)
    assert (found.sum_of, found.text, found.message) == (("a", "b"), "", None)
    found = rules_of(". = coalesce(${a}, 0) + coalesce(${b}, 0)", OWN, (), always)
    assert (found.sum_of, found.text) == ((), ". = coalesce(${a}, 0) + coalesce(${b}, 0)")
    alone = "not((selected(., 'none') or selected(., 'ref')) and count-selected(.) > 1)"
    message = Label("Lựa chọn này không đi cùng lựa chọn khác.", "This choice cannot be combined with another one.")
    assert rules_of(alone, message, ("none", "ref"), always).alone
    assert not rules_of(alone, OWN, ("none", "ref"), always).alone
    assert not rules_of(alone, message, ("none",), always).alone


def test_raw_parts_stay_together() -> None:
    found = rules_of("(count(${a}) > 1) and (. > 2)", OWN, (), always)
    assert (found.must, found.text) == ("", "(count(${a}) > 1) and (. > 2)")
    found = rules_of("(. > 2) and (count(${a}) > 1)", OWN, (), always)
    assert (found.must, found.text) == (". > 2", "count(${a}) > 1")
    assert rules_of("", OWN, (), always).message == OWN
