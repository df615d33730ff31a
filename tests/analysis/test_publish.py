"""Publication rules: 25 and 49 respondents, counts below 5, and a change only as visible as its waves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.publish import RULES, publish
from analysis.results import Row

LEVEL = Row("level", "score", "mean", 2026, "point", estimate=50.0, se=1.0, n=100)
CHANGE = Row("change", "score", "diff", 2030, "point", base_wave=2026, estimate=1.0, se=1.0, n=100)


@pytest.mark.parametrize(
    ("n", "wanted"), [(0, "show"), (1, "hide"), (24, "hide"), (25, "bracket"), (49, "bracket"), (50, "show"), (1200, "show")]
)
def test_levels_follow_n(n: int, wanted: str) -> None:
    (row,) = publish([replace(LEVEL, n=n)])
    assert row.publish == wanted
    assert bool(row.rule) == (wanted != "show")
    assert replace(row, publish="show", rule="") == replace(LEVEL, n=n)


@pytest.mark.parametrize(("value", "wanted"), [(0, "show"), (1, "hide"), (4, "hide"), (5, "show")])
def test_small_counts_are_hidden(value: float, wanted: str) -> None:
    (row,) = publish([Row("count", "refused", "total", 2026, "count", estimate=value, n=1200)])
    assert row.publish == wanted


@pytest.mark.parametrize(("n26", "n30", "wanted"), [(24, 500, "hide"), (500, 24, "hide"), (30, 500, "bracket"), (60, 70, "show")])
def test_a_change_needs_both_waves(n26: int, n30: int, wanted: str) -> None:
    rows = [replace(LEVEL, n=n26), replace(LEVEL, wave=2030, n=n30), CHANGE, replace(CHANGE, kind="target", estimand="rel")]
    assert [row.publish for row in publish(rows)][2:] == [wanted, wanted]
    alone = publish([replace(CHANGE, n=min(n26, n30))])
    assert alone[0].publish == wanted


def test_the_least_visible_level_of_a_wave_counts() -> None:
    rows = [replace(LEVEL, n=10), replace(LEVEL, estimand="proportion"), replace(LEVEL, wave=2030), CHANGE]
    assert publish(rows)[3].publish == "hide"


def test_domains_do_not_hide_each_other() -> None:
    men, women = (("sex", "male"),), (("sex", "female"),)
    rows = [
        replace(LEVEL, n=10, domain=men),
        replace(LEVEL, domain=women),
        replace(CHANGE, domain=women),
        replace(CHANGE, domain=men),
    ]
    assert [row.publish for row in publish(rows)] == ["hide", "show", "show", "hide"]


def test_publishing_twice_changes_nothing_and_every_rule_cites_its_source() -> None:
    rows = publish([replace(LEVEL, n=10), replace(LEVEL, wave=2030, n=30), CHANGE])
    assert publish(rows) == rows
    assert all(rule.source and rule.vi and rule.en for rule in RULES)
    assert rows[2].rule.startswith("wave:")
