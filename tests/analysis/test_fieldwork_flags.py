"""False alarms and finds on simulated rounds; the long run is `python benchmarks/fieldwork.py --rounds 200` (make proof)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.quality.people import people
from analysis.quality.plausibility import scored
from benchmarks.fieldwork import Setting, Told, clean, fieldwork, power

TEAM = Setting(enumerators=8, psus=12, households=15)
UNEVEN = replace(TEAM, pace=0.25, unknown=0.7, place=0.9, opinion=0.6, lines=0.02, open_forms=0.05)


@pytest.mark.parametrize(("setting", "good"), [(TEAM, 9), (UNEVEN, 5)], ids=["usual", "uneven"])
def test_clean_rounds_are_hardly_ever_flagged(setting: Setting, good: int) -> None:
    """20 clean rounds in all: at most one in twenty is red, and few enumerators yellow though they do differ."""
    told = clean(10, setting)
    assert told.rounds_red <= 0.05 * told.rounds
    assert sum(told.red.values()) <= 0.05 * told.enumerators
    assert sum(told.yellow.values()) <= 0.10 * told.enumerators
    assert told.listed["short_interview"] <= 0.04 * told.interviews
    assert told.good >= good


@pytest.mark.parametrize(
    ("fault", "red"), [("fabricator", True), ("straight_liner", True), ("half_straight_liner", True), ("slow_start", False)]
)
def test_planted_people_are_named_and_nobody_else(fault: str, *, red: bool) -> None:
    shares = power(2, fault, TEAM)
    assert shares["any"] == 100
    assert shares["others red"] == 0
    if red:
        assert shares["red"] == 100


def test_who_invents_carefully_is_looked_at() -> None:
    """A quarter of the answers changed and half the time taken: at least yellow in most rounds; the note says so."""
    assert power(2, "careful_fabricator", replace(TEAM, psus=24, households=20))["any"] == 100


def test_the_round_is_no_longer_good_with_a_fabricator() -> None:
    told = people(fieldwork(3, replace(TEAM, faults={2: "fabricator"})))
    lines = {x.line: x for x in scored(told.rows)}
    assert lines["signs"].points > 0
    assert lines["short"].points > 0
    assert lines["duplicates"].value is None, "a line whose check did not run is said to be missing, not counted as good"


def test_told_prints_shares() -> None:
    one = clean(1, replace(TEAM, enumerators=3, psus=3))
    assert isinstance(one, Told)
    assert "0/1" in one.lines()[0]
