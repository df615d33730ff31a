"""What may be printed: 24 and 25, 49 and 50, and a change that is no more visible than either of its waves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.change import change
from analysis.estimate import estimate
from analysis.publish import publish
from analysis.results import Row
from tests.spec.by_hand import Survey, survey


def met(n: int, wave: int = 2026, *, silent: int = 0) -> str:
    """Lines of n persons in ten places, answers by place; some more who did not answer."""
    lines = [f"| {wave} | {i % 10} | {i % 10} |" for i in range(n)]
    return "\n".join(lines + [f"| {wave} | {i % 10} | ref |" for i in range(silent)])


def table(*parts: str) -> Survey:
    return survey("| wave | psu | y |\n|---|---|---|\n" + "\n".join(parts))


def levels(given: Survey) -> tuple[Row, ...]:
    return estimate(given.frame(), given.design(), "y")


@pytest.mark.parametrize(
    ("n", "said"), [(2, "hide"), (24, "hide"), (25, "bracket"), (49, "bracket"), (50, "show"), (400, "show")]
)
def test_how_many_answered_decides(n: int, said: str) -> None:
    (row,) = publish(levels(table(met(n))))
    assert (row.n, row.publish) == (n, said)
    assert bool(row.rule) is (said != "show")
    assert row.status in ("ok", "caution"), "statistics are not touched by what may be printed"
    assert row.estimate is not None


@pytest.mark.parametrize(("n", "said"), [(24, "hide"), (49, "bracket")])
def test_those_who_did_not_answer_do_not_count(n: int, said: str) -> None:
    (row,) = publish(levels(table(met(n, silent=30))))
    assert (row.n, row.n_missing["refused"], row.publish) == (n, 30, said)


def test_weights_do_not_count_either() -> None:
    """24 persons who stand for 24,000 are 24 persons."""
    given = table(met(24))
    (row,) = publish(levels(given.scaled(1000)))
    assert row.publish == "hide"


@pytest.mark.parametrize(
    ("base", "now", "said"),
    [
        (24, 400, "hide"), (400, 24, "hide"), (24, 24, "hide"), (25, 400, "bracket"), (400, 49, "bracket"), (24, 30, "hide"),
        (50, 50, "show"), (50, 49, "bracket"),
    ],
)  # fmt: skip
def test_a_change_is_as_visible_as_its_less_visible_wave(base: int, now: int, said: str) -> None:
    given = table(met(base), met(now, 2030))
    both = levels(given)
    moved = change(given.frame(), given.design(), "y", wave=2030, base=2026)
    found = publish((*moved, *both))
    assert {row.publish for row in found if row.kind == "change"} == {said}
    assert [row.kind for row in found] == [row.kind for row in (*moved, *both)], "the order is kept"


def test_a_change_cannot_show_what_a_level_hides_for_another_reason() -> None:
    """The levels of the same indicator and group decide, also when the change's own n is large."""
    given = table(met(60), met(60, 2030))
    both = levels(given)
    (moved, *_) = change(given.frame(), given.design(), "y", wave=2030, base=2026)
    few = replace(both[0], n=24)
    assert publish((moved, few, both[1]))[0].publish == "hide"
    elsewhere = replace(few, domain=(("sex", "f"),))
    assert publish((moved, elsewhere, both[0], both[1]))[0].publish == "show"


def test_the_verdict_is_no_more_visible_than_the_change() -> None:
    given = table(met(24), met(400, 2030))
    moved = change(given.frame(), given.design(), "y", wave=2030, base=2026)
    target = replace(moved[1], kind="target", state="đạt")
    assert publish((*levels(given), target))[-1].publish == "hide"


@pytest.mark.parametrize(("count", "said"), [(0, "show"), (1, "hide"), (4, "hide"), (5, "show"), (500, "show")])
def test_small_counts_are_hidden_and_nobody_is_not_a_person(count: int, said: str) -> None:
    (row,) = publish([Row("count", "complaints", "total", 2026, "count", estimate=float(count), n=1000)])
    assert (row.publish, bool(row.rule)) == (said, said == "hide")


def test_the_rule_names_its_source_in_both_languages() -> None:
    for n in (24, 25):
        (row,) = publish(levels(table(met(n))))
        assert " | " in row.rule
        assert "người trả lời" in row.rule
        assert "MICS" in row.rule


def test_publishing_twice_changes_nothing() -> None:
    given = table(met(24), met(49, 2030))
    rows = (*levels(given), *change(given.frame(), given.design(), "y", wave=2030, base=2026))
    once = publish(rows)
    assert publish(once) == once
