"""The plausibility score: points at and around every cut, what is not judged, what is explained away, and never a person."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from analysis.quality import rows as r
from analysis.quality.plausibility import BEFORE, Explained, plausibility, read_explained, scored, table, word
from analysis.results import Row
from forms.errors import BdgError

HEAD = "line,points,who,date,reason\n"
WHY = "Đã gọi lại 12 hộ: đúng là đã phỏng vấn"


def figures(name: str, value: float, n: int = 1000) -> list[Row]:
    """Rows that give one line of the table this value."""
    line = table()["lines"][name]
    if "over" not in line:
        indicator, category = line["of"][0]
        return [r.measured(2026, indicator, value, "percent", category=category, n=n)]
    total = float(n)
    if name == "versions":
        return [
            r.count(2026, r.VERSION, "old", value * total / 100, state=r.OUTSIDE),
            r.count(2026, r.VERSION, "new", total - value * total / 100),
        ]
    (indicator, category), more = line["of"][0], value * total / 100
    found = [r.count(2026, indicator, category, more)]
    rest = [named for named in line["over"] if named not in line["of"]]
    base, whole = rest[0]
    return [*found, r.count(2026, base, whole, total - (more if line["of"][0] in line["over"] else 0))]


def only(rows: Sequence[Row], name: str, explained: Sequence[Explained] = ()) -> Any:
    return next(x for x in scored(rows, explained) if x.line == name)


@pytest.mark.parametrize("name", sorted(table()["lines"]))
def test_points_change_exactly_at_the_cuts(name: str) -> None:
    steps = table()["lines"][name]["steps"]
    assert steps[0] == [0, 0], "nothing wrong earns nothing"
    assert steps == sorted(steps), "more of it never earns less"
    assert table()["lines"][name]["source"]
    before = 0
    for start, points in steps[1:]:
        assert only(figures(name, start * 0.999), name).points == before
        assert only(figures(name, start * 1.001), name).points == points
        before = points


@pytest.mark.parametrize("name", sorted(table()["lines"]))
def test_too_few_are_not_judged_and_not_counted_as_good(name: str) -> None:
    least = table()["lines"][name]["least"]
    few = only(figures(name, 50, least - 1), name)
    assert (few.value, few.points) == (None, 0)
    assert "quá ít" in few.why
    assert only(figures(name, 50, least), name).points > 0
    assert only([], name).why.startswith("chưa có")


def test_chance_earns_no_points() -> None:
    """30 % of rounded ages among 100 may be chance as far as 24 %: the lower end decides."""
    row = r.measured(2026, r.HEAPING, 30, "percent", category="m_age", within=(24.0, 36.0), n=100)
    assert only([row], "age_heaping").points == 2


def test_sum_word_and_explanations() -> None:
    rows = [*figures("straight_line", 12), *figures("short", 3), *figures("age_heaping", 20)]
    told = {x.category: x for x in plausibility(2026, rows).rows if x.indicator == r.PLAUSIBILITY}
    assert (told[""].estimate, told[""].upper, told[""].n, told[""].state) == (15, 30, 3, r.OUTSIDE)
    after = plausibility(2026, rows, [Explained("straight_line", 12)])
    told = {x.category: x for x in after.rows if x.indicator == r.PLAUSIBILITY}
    assert (told[""].estimate, told[BEFORE].estimate, told[""].state) == (3, 15, "")
    line = next(x for x in after.rows if x.category == "straight_line")
    assert (line.state, line.estimate, line.method) == (r.EXPLAINED, 12, "12.0%")
    assert after.texts["plausibility"]["word"]["vi"] == "chấp nhận được"


def test_an_explanation_does_not_cover_what_became_worse() -> None:
    assert only(figures("short", 3), "short", [Explained("short", 3)]).explained
    worse = only(figures("short", 11), "short", [Explained("short", 3)])
    assert (worse.points, worse.explained) == (10, False)
    assert not only(figures("short", 0), "short", [Explained("short", 3)]).explained, "nothing to explain"


@pytest.mark.parametrize(
    ("share", "en"), [(0, "good"), (9.9, "good"), (10, "acceptable"), (24.9, "acceptable"), (25, "problematic")]
)
def test_words(share: float, en: str) -> None:
    assert word(share)["en"].startswith(en)
    assert word(100)["en"].startswith("problematic")


def test_nothing_to_judge_says_nothing() -> None:
    told = plausibility(2026, [])
    assert told.texts["plausibility"] == {"word": None, "share": None}
    assert {x.status for x in told.rows} == {"not_estimable"}
    assert all(x.reason for x in told.rows)


def test_a_person_is_never_scored() -> None:
    """Rows of enumerators, however bad, change nothing."""
    rows = figures("short", 3)
    bad = r.measured(2026, r.SHORT, 100, "percent", domain={"enumerator": "7"}, n=500)
    assert plausibility(2026, [*rows, bad]) == plausibility(2026, rows)
    assert not [x for x in plausibility(2026, [*rows, bad]).rows if x.domain]


# ---- explained.csv -------------------------------------------------------------------------------------------------


def test_explained_is_read_and_the_last_word_counts(tmp_path: Path) -> None:
    path = tmp_path / "explained.csv"
    assert read_explained(path) == ()
    path.write_text(f"{HEAD}short,3,GS-01,2026-10-09,{WHY}\nshort,6,GS-01,2026-10-12,{WHY}\n", encoding="utf-8")
    assert read_explained(path) == (Explained("short", 6),)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"short,3,,2026-10-09,{WHY}", "DATA-161"),
        ("short,3,GS-01,2026-10-09,ok", "DATA-161"),
        (f"shorts,3,GS-01,2026-10-09,{WHY}", "DATA-002"),
        (f"short,0,GS-01,2026-10-09,{WHY}", "DATA-002"),
        (f"short,3,GS-01,09/10/2026,{WHY}", "DATA-002"),
    ],
)
def test_an_explanation_needs_a_person_a_day_and_a_reason(tmp_path: Path, line: str, code: str) -> None:
    path = tmp_path / "explained.csv"
    path.write_text(f"{HEAD}{line}\n", encoding="utf-8")
    with pytest.raises(BdgError) as refused:
        read_explained(path)
    assert code in str(refused.value)
    assert "dòng 2" in str(refused.value)
    assert WHY not in str(refused.value)
