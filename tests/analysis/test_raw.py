"""One text an answer: whatever type of cell a source gives, and whichever way it writes a column's name."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.readers.raw import answer, bare_uuid, plain, review_of
from forms.codebook import Variable
from tests.analysis import world

BY_NAME = {v.name: v for v in world.book().variables}


def variable(name: str) -> Variable:
    return BY_NAME[name]


@pytest.mark.parametrize(
    ("name", "cells", "text"),
    [
        ("hh_size", ["4", 4, 4.0, "4.0", " 4 "], "4"),
        ("a01", ["3", 3, 3.0, "3.0"], "3"),
        ("k01", ["t", " t ", "t\n"], "t"),
        ("wave", ["2026", 2026, 2026.0], "2026"),
        ("select_u", ["0.50", 0.5, "0.500"], "0.5"),
        ("commune", ["21028", 21028, 21028.0, "21028.0"], "21028"),
        ("exp_channels", ["tv radio", "radio tv", " tv  radio ", "tv radio tv"], None),
        ("interview_date", ["2026-10-05", date(2026, 10, 5), datetime(2026, 10, 5), "2026-10-05T08:00:00+07:00"], "2026-10-05"),
        ("ssu", ["031", " 031"], "031"),
        ("k01", [None, "", "  ", [], {}], None),
    ],
)  # fmt: skip
def test_every_kind_of_cell_gives_one_text(name: str, cells: list[object], text: str | None) -> None:
    found = {answer(variable(name), cell) for cell in cells}
    assert len(found) == 1
    if name != "exp_channels":
        assert found == {text}


def test_choices_of_several_come_in_the_forms_order() -> None:
    """Foreign codes stay, behind the known ones, so that the check of codes can name them."""
    v = variable("exp_channels")
    first, second = v.codes[:2]
    assert answer(v, f"{second} {first}") == f"{first} {second}"
    assert answer(v, f"zzz {second} aaa") == f"{second} aaa zzz"


@given(
    st.sampled_from(sorted(BY_NAME)),
    st.one_of(st.none(), st.text(max_size=12), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans()),
)
def test_reading_an_answer_again_changes_nothing(name: str, cell: object) -> None:
    """What one reader has made into text stays the same text in every other."""
    once = answer(variable(name), cell)
    assert answer(variable(name), once) == once
    assert once != ""


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (True, "1"),
        (False, "0"),
        (3.0, "3"),
        (0.1, "0.1"),
        (1 / 3, "0.333333333333"),
        (date(2026, 1, 2), "2026-01-02"),
        ("Hoa\u0300", "Hoà"),
    ],
)
def test_plain(cell: object, text: str) -> None:
    assert plain(cell) == text


@pytest.mark.parametrize("text", ["uuid:ab", "ab"])
def test_an_instance_id_has_one_form(text: str) -> None:
    assert bare_uuid(text) == "uuid:ab"
    assert bare_uuid(None) == bare_uuid("") == ""


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("approved", "approved"), ("Approved", "approved"), ("validation_status_approved", "approved"), ("rejected", "rejected"),
        ("Not approved", "rejected"), ("validation_status_not_approved", "rejected"), ("hasIssues", "has_issues"),
        ("On hold", "has_issues"), ("edited", "edited"), ("", None), (None, None), ("something new", "something new"),
    ],
)  # fmt: skip
def test_the_review_state_of_either_server(said: str | None, meant: str | None) -> None:
    assert review_of(said) == meant
