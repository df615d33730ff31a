"""The last published practice report, run again: every number as it was, or moved.csv and the changelog say which moved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.archive.against import unlike
from analysis.archive.changes import near
from analysis.archive.sealed import read_baseline
from analysis.results import Results
from tests.backtests import published as was
from tests.house.tree import ROOT


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("backtest")
    was.inputs(folder)
    return was.report_of_both(folder, read_baseline(was.BASELINE))


def test_the_sealed_baseline_again(both: Results) -> None:
    sealed = read_baseline(was.BASELINE)
    assert len(sealed.rows) > 200
    assert [(old.indicator, old.domain, old.estimate, new and new.estimate) for old, new in unlike(sealed, both)] == []


def test_the_published_report_of_both_waves_again(both: Results) -> None:
    """Every line: names, verdict and marks exactly, numbers to a relative 1e-9; nothing published is missing."""
    lines, now = was.read_table(was.PUBLISHED), was.shown(both)
    assert len(lines) > 400
    assert {line["kind"] for line in lines} >= {"level", "change", "target"}
    for line in lines:
        again = now.get(line["key"])
        assert again is not None, line
        assert {k: v for k, v in again.items() if k not in was.NUMBERS} == {k: v for k, v in line.items() if k not in was.NUMBERS}
        old, new = was.row_of(line), was.row_of(again)
        assert [n for n in was.NUMBERS if not near(getattr(old, n), getattr(new, n))] == [], (line, again)


def test_the_report_of_both_waves_repeats_the_sealed_numbers(both: Results) -> None:
    """It says that it was held against the seal; the two files name no two numbers for one row."""
    sealed = read_baseline(was.BASELINE)
    (note,) = [n for n in both.texts["method"] if n["id"] == "baseline"]
    assert was.DOCUMENT in note["vi"]
    assert sealed.digest[:12] in note["vi"]
    lines = {line["key"]: was.row_of(line) for line in was.read_table(was.PUBLISHED)}
    common = sorted(set(lines) & set(sealed.rows))
    assert len(common) > 100
    assert [k for k in common if not near(lines[k].estimate, sealed.rows[k]["estimate"])] == []


def test_a_number_that_moved_would_be_seen(both: Results) -> None:
    sealed = read_baseline(was.BASELINE)
    rows = tuple(replace(r, estimate=r.estimate + 1e-6) if r.indicator == "K" and r.estimate else r for r in both.rows)
    assert {old.indicator for old, _ in unlike(sealed, replace(both, rows=rows))} == {"K"}


def test_the_changelog_says_what_moved() -> None:
    """moved.csv is written by refresh.py; an entry that says nothing moved while a line says so is refused."""
    assert was.unsaid((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), was.read_table(was.MOVED)) == []


@pytest.mark.parametrize(
    ("said", "fine"),
    [
        ("none (none published yet). The practice results of `make demo` move,\nbecause the form asks more.", True),
        ("the practice numbers of the backtest move: K of 2026 by 0.2 points.", True),
        ("none (none published yet). The practice results of `make demo` do not move.", False),
        ("none.", False),
    ],
)
def test_the_rule_by_example(said: str, fine: bool) -> None:
    head = "# Log\n\n## [9.9.9]\n\nSố liệu đã công bố bị ảnh hưởng: có\n"
    log = f"{head}Published numbers affected: {said}\n\n### Added\n\n- practice results move\n"
    assert was.unsaid(log, [{"version": "9.9.9"}]) == ([] if fine else ["9.9.9"])
    assert was.unsaid(log, []) == []
    assert was.unsaid(log, [{"version": "9.9.8"}]) == ["9.9.8"]
