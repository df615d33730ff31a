"""The flow of households under attack: a reader with pencil and paper never finds the one value of a hidden count."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.figures import Stage
from reports import pictures_sample
from reports.lookup import Lookup
from reports.tables import SMALLEST
from reports.tongue import EN, VI
from tests.reports.fixture import build

CODES = [code for codes, _, _ in pictures_sample.GONE for code in codes]
COUNTS = st.one_of(st.integers(0, 6), st.integers(0, 400))
TOLD = st.tuples(st.dictionaries(st.sampled_from([*CODES, "odd"]), COUNTS), st.integers(1, 2000)).map(
    lambda pair: {**pair[0], "completed": pair[1]}
)
LOOK = {"vi": Lookup(build(waves=(2026,)), VI), "en": Lookup(build(waves=(2026,)), EN)}


def stages(told: dict[str, int | None], lang: str = "vi") -> tuple[Stage, ...]:
    return pictures_sample._stages(LOOK[lang], {"contacts": told})


def losses(stage: Stage) -> list[str]:
    """The count printed behind each reason, `(*)` where it is not told."""
    return [part.rsplit(" ", 1)[1] for part in stage.lost.split("; ")] if stage.lost else []


def number(text: str) -> int:
    return int(text.replace(".", ""))


def solutions(hidden: int, total: int) -> int:
    """How many ways there are for so many counts of one or more to add up to the total: counted one by one, two are enough."""
    if hidden == 0:
        return int(total == 0)
    if hidden == 1:
        return int(total >= 1)
    found = 0
    for first in range(1, total - hidden + 2):
        found += solutions(hidden - 1, total - first)
        if found > 1:
            break
    return found


def segments(made: tuple[Stage, ...]) -> list[tuple[int, int]]:
    """Between two printed numbers: how many hidden counts, and what they add up to."""
    found, last, hidden, open_ = [], None, 0, 0
    for stage in made:
        if stage.count is not None:
            if last is not None:
                found.append((hidden, int(last - stage.count) - open_))
            last, hidden, open_ = stage.count, 0, 0
        for text in losses(stage):
            hidden, open_ = (hidden + 1, open_) if text == "(*)" else (hidden, open_ + number(text))
    return found


@given(TOLD)
@example({"not_found": 2, "moved": 3, "nobody_home": 11, "absent": 6, "refused": 22, "incapable": 1, "completed": 315})
@example({"moved": 3, "nobody_home": 8, "absent": 7, "refused": 19, "incapable": 1, "completed": 322})
@example({"refused": 2, "completed": 100})
@example({"refused": 1, "moved": 1, "completed": 100})
@example({"refused": 4, "moved": 4, "absent": 9, "completed": 100})
@example({"completed": 12})
def test_no_hidden_count_can_be_worked_out(told: dict[str, int]) -> None:
    made = stages(dict(told))
    for hidden, total in segments(made):
        if hidden:
            assert total >= hidden
            assert solutions(hidden, total) > 1
            assert total != (SMALLEST - 1) * hidden or hidden == 1  # all as large as a hidden count can be


@given(TOLD)
def test_what_is_printed_is_true_and_nothing_small_is_printed(told: dict[str, int]) -> None:
    made = stages(dict(told))
    true = [n for c, n in told.items() if n and c != "completed"]
    printed = [number(t) for stage in made for t in losses(stage) if t != "(*)"]
    assert all(n >= SMALLEST for n in printed)
    left = list(true)
    for n in printed:
        left.remove(n)  # ValueError: a number that is no count
    assert len(left) == sum(t == "(*)" for stage in made for t in losses(stage))
    assert made[-1].count == told["completed"]
    assert made[0].count in (None, sum(told.values()))
    shown = [s.count for s in made if s.count is not None]
    assert all(a >= b for a, b in pairwise(shown))


@given(TOLD)
def test_without_a_small_count_nothing_is_hidden(told: dict[str, int]) -> None:
    large = {c: n for c, n in told.items() if n == 0 or n >= SMALLEST or c == "completed"}
    made = stages(dict(large))
    assert "(*)" not in "".join(s.text + s.lost for s in made)
    assert made[0].count == sum(large.values())
    assert [s.count for s in made] == sorted((s.count for s in made if s.count is not None), reverse=True)


@given(TOLD, st.sampled_from(CODES))
def test_a_count_that_is_gone_already_stays_gone(told: dict[str, int], code: str) -> None:
    """results_public may say null: no step of the wave is told then, for the sample's size stands elsewhere."""
    made = stages({**told, code: None})
    assert [s.count for s in made[:-1]] == [None] * (len(made) - 1)
    assert made[-1].text == VI.whole(told["completed"])


def test_a_wave_nobody_finished_has_no_flow() -> None:
    assert stages({"refused": 9}) == ()
    assert stages({"refused": 9, "completed": 0}) == ()
    assert pictures_sample._stages(LOOK["vi"], {}) == ()


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_steps_are_named_in_the_order_of_the_visit(lang: str) -> None:
    told = {"no_form": 5, "moved": 6, "nobody_home": 7, "refused": 8, "odd": 9, "completed": 1000}
    made = stages(dict(told), lang)
    assert [s.count for s in made] == [1035, 1030, 1024, 1017, 1000]
    last = "Phỏng vấn xong" if lang == "vi" else "Interviewed"
    assert made[-1].label == last
    assert len({s.label for s in made}) == 5
    assert made[3].lost.split("; ")[-1] == "odd 9"  # a code that nobody named is still told
    assert made[-1].text == ("1.000 (96,6%)" if lang == "vi" else "1,000 (96.6%)")
