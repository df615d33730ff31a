"""bdg analysis quality on rounds on disk: files, exit codes, the day, decisions, what was explained."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analysis.cleaning.decisions import Wanted, append, lines_of, read_decisions
from analysis.quality.daily import daily
from bdg import app
from forms.errors import BdgError
from forms.ledger import Round
from tests.analysis.rounds_made import KEY, book, instance, practice_round

ITEMS = [v.name for v in book().items("A")]
LINE = dict.fromkeys(ITEMS, "3")


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BDG_ROUND_KEY", KEY)


def answers(n: int = 12, **more: str | None) -> list[dict[str, str | None]]:
    """Interviews on two days; clocks and answers differ a little."""
    return [
        {
            "interview_date": f"2026-10-{5 + i // 8:02d}", "start": f"2026-10-{5 + i // 8:02d}T08:{i:02d}:00.000+07:00",
            "end": f"2026-10-{5 + i // 8:02d}T08:{20 + i:02d}:00.000+07:00",
            **{q: str(1 + (i * 7 + k) % 5) for k, q in enumerate(ITEMS)}, **more,
        }
        for i in range(n)
    ]  # fmt: skip


def made(home: Path, some: Sequence[Mapping[str, str | None]]) -> Round:
    return practice_round(home, some)


def read(out: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    return json.loads((out / "results.json").read_bytes()), json.loads((out / "findings.json").read_bytes())


def test_the_command_writes_both_files_and_ends_with_three_while_a_red_is_open(tmp_path: Path) -> None:
    made(tmp_path / "r", answers())
    done = CliRunner().invoke(app, ["analysis", "quality", str(tmp_path / "r")])
    assert done.exit_code == 3, done.output
    out = tmp_path / "r" / "out" / "daily-2026-10-06"
    results, findings = read(out)
    assert results["practice"] is True
    assert results["texts"]["daily"]["day"] == "2026-10-06"
    assert results["texts"]["daily"]["held"]["submissions"] == 12
    assert any(f["severity"] == "red" for f in findings), "most questions are empty in these interviews"
    assert "đỏ (red)" in done.output
    assert sorted(p.name for p in out.iterdir()) == ["findings.json", "results.json"]


def test_the_same_round_gives_the_same_bytes(tmp_path: Path) -> None:
    made(tmp_path / "r", answers())
    first = [p.read_bytes() for p in daily(tmp_path / "r").paths]
    assert [p.read_bytes() for p in daily(tmp_path / "r").paths] == first
    assert [p.read_bytes() for p in daily(tmp_path / "r", date(2026, 10, 6)).paths] == first, "asked for by its date: the same"


def test_an_earlier_day_leaves_out_what_came_later(tmp_path: Path) -> None:
    made(tmp_path / "r", answers())
    one = daily(tmp_path / "r", date(2026, 10, 5))
    assert (one.visits, one.day) == (8, date(2026, 10, 5))
    assert "daily-2026-10-05" in str(one.paths[0])


def test_nothing_to_check_is_refused_and_writes_nothing(tmp_path: Path) -> None:
    made(tmp_path / "r", answers())
    with pytest.raises(BdgError, match="DATA-160"):
        daily(tmp_path / "r", date(2026, 10, 1))
    made(tmp_path / "empty", [])
    with pytest.raises(BdgError, match="DATA-160"):
        daily(tmp_path / "empty")
    assert not list((tmp_path / "r" / "out").iterdir())
    done = CliRunner().invoke(app, ["analysis", "quality", str(tmp_path / "nothing")])
    assert done.exit_code != 0


def test_a_decided_finding_is_not_open_again(tmp_path: Path) -> None:
    of = made(tmp_path / "r", [*answers(11), {**answers(1)[0], **LINE}])
    before = [f for f in daily(of.home).findings if f.check == "straight_line"]
    assert [f.instance_id for f in before] == [instance(11)]
    wanted = Wanted(instance(11), "", "keep", "Đã nghe lại cùng giám sát", "GS-01", finding=before[0].id)
    append(of.decisions, lines_of([wanted], read_decisions(of.decisions), "2026-10-07T08:00:00+07:00"))
    after = daily(of.home)
    assert [f.state for f in after.findings if f.check == "straight_line"] == ["decided"]
    assert any("đã quyết định (decided): 1" in line for line in after.lines())


def test_explained_lines_change_the_sum_and_the_digest(tmp_path: Path) -> None:
    of = made(tmp_path / "r", [{**a, **LINE} for a in answers(32)])
    first, _ = read(daily(of.home).paths[0].parent)
    text = "line,points,who,date,reason\nstraight_line,12,GS-01,2026-10-07,Thử bảng hỏi trong lớp tập huấn\n"
    (of.home / "explained.csv").write_text(text, encoding="utf-8")
    second, _ = read(daily(of.home).paths[0].parent)
    points = [
        {r["category"]: r["estimate"] for r in x["rows"] if r["indicator"] == "daily_plausibility"} for x in (first, second)
    ]
    assert points[0][""] == points[1]["before"] == points[1][""] + 12
    assert first["digests"]["data"] != second["digests"]["data"]
    assert "Thử bảng hỏi" not in json.dumps(second, ensure_ascii=False), "the reason stays in the round's folder"
    (of.home / "explained.csv").write_text("line,points,who,date,reason\nstraight_line,12,,2026-10-07,x\n", encoding="utf-8")
    with pytest.raises(BdgError, match="DATA-161"):
        daily(of.home)


def test_free_text_reaches_neither_file(tmp_path: Path) -> None:
    of = made(
        tmp_path / "r", answers(12, refusal_reason="Canary Nguyễn", deviceid="canary-device", gps="15.123456 108.654321 0 5")
    )
    for path in daily(of.home).paths:
        text = path.read_text(encoding="utf-8")
        assert not [c for c in ("Canary", "canary-device", "15.1234", "108.6543") if c in text]


def test_a_file_in_the_way_is_told_before_any_work(tmp_path: Path) -> None:
    of = made(tmp_path / "r", answers())
    (of.home / "out" / "daily-2026-10-06").write_text("x", encoding="utf-8")
    with pytest.raises(BdgError, match="DATA-031"):
        daily(of.home)
