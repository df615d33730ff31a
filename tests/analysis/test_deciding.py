"""A supervisor's decisions on a round: the sheet, the command, what waits, and what a run makes of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer import Typer
from typer.testing import CliRunner

from analysis.cleaning.cli import decide
from analysis.cleaning.deciding import desk, sheet
from analysis.cleaning.decisions import read_decisions
from analysis.cleaning.sheet import HIDDEN
from analysis.cleaning.taken import take
from analysis.findings import Finding, document
from analysis.readers.rounds import form_of
from forms.ledger import Round
from tests.analysis.rounds_made import KEY, book, instance, practice_round
from tests.forms.writing import refused

app = Typer()
app.command()(decide)
RUN = CliRunner()


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BDG_ROUND_KEY", KEY)


def finding(n: int, check: str = "age_odd", question: str = "age", severity: str = "yellow") -> Finding:
    return Finding(check, severity, 2026, instance(n), f"P{n // 4:03d}", "1", question, "15-100", "120", "Xem lại | Look")


def told(of: Round, *found: Finding) -> Round:
    day = of.home / "out" / "daily-2026-10-05"
    day.mkdir(parents=True, exist_ok=True)
    (day / "findings.json").write_bytes(document(found))
    return of


@pytest.fixture
def of(tmp_path: Path) -> Round:
    made = practice_round(tmp_path / "p26", [{}, {}, {"ref_code": "KAAA-MMMM"}, {}, {}, {}])
    return told(made, finding(0), finding(1, "visit_odd", "", "red"), finding(2, "text_odd", "ref_code"))


def filled(of: Round, path: Path, rows: dict[str, tuple[str, str, str, str]]) -> Path:
    """The sheet as a person fills it in: finding id -> (decision, new value, reason, who)."""
    path.write_bytes(sheet(of.home))
    file = load_workbook(path)
    page = file.worksheets[0]
    for row in page.iter_rows(min_row=5):
        for cell, text in zip(row[12:16], rows.get(str(row[0].value), ()), strict=False):
            cell.value = text or None
    file.save(path)
    return path


def test_the_sheet_has_drop_downs_and_tells_no_private_value(of: Round, tmp_path: Path) -> None:
    (tmp_path / "s.xlsx").write_bytes(sheet(of.home))
    file = load_workbook(tmp_path / "s.xlsx")
    page = file.worksheets[0]
    rows = [[c.value for c in row] for row in page.iter_rows(min_row=5)]
    assert [r[2] for r in rows] == ["visit_odd", "age_odd", "text_odd"]
    assert rows[1][8] == "20"
    assert rows[2][8] == HIDDEN
    lists = {str(v.formula1) for v in page.data_validations.dataValidation}
    assert any("Giữ nguyên" in text for text in lists)
    assert file.worksheets[1].sheet_state == "hidden"
    assert sheet(of.home) == sheet(of.home)


def test_a_filled_sheet_becomes_lines_and_open_findings_go(of: Round, tmp_path: Path) -> None:
    path = filled(of, tmp_path / "s.xlsx", {
        finding(0).id: ("Sửa", "47", "Điều tra viên bấm nhầm", "GS1"),
        finding(1, "visit_odd", "").id: ("Bỏ phiếu", "", "Phiếu thử", "GS1"),
    })  # fmt: skip
    done = RUN.invoke(app, [str(of.home), "--from", str(path), "--yes"])
    assert done.exit_code == 0, done.output
    log = read_decisions(of.decisions)
    assert [(d.question, d.action, d.old, d.new) for d in log] == [("", "drop", "", ""), ("age", "correct", "20", "47")]
    taken = take(of.home, book())
    assert [(c.question, c.new) for c in taken.clean.changes] == [("age", "47")]
    assert taken.clean.dropped == {instance(1)}
    assert len(taken.submissions) == 5
    assert [f.check for f in desk(of.home).case.findings if f.state == "open"] == ["text_odd"]
    again = RUN.invoke(app, [str(of.home), "--from", str(path), "--yes"])
    assert "DATA-189" in str(again.exception)
    assert len(read_decisions(of.decisions)) == 2


@pytest.mark.parametrize(
    "row",
    [
        ("Sửa", "", "lý do", "GS1"), ("Giữ nguyên (đã xác minh)", "47", "lý do", "GS1"), ("Sửa", "abc", "lý do", "GS1"),
        ("Xóa", "", "lý do", "GS1"), ("Sửa", "47", "", "GS1"), ("Sửa", "47", "lý do", ""), ("", "47", "", ""),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named_and_nothing_is_written(of: Round, tmp_path: Path, row: tuple[str, str, str, str]) -> None:
    path = filled(of, tmp_path / "s.xlsx", {
        finding(0).id: row, finding(1, "visit_odd", "").id: ("Bỏ phiếu", "", "Phiếu thử", "GS1"),
    })  # fmt: skip
    found = RUN.invoke(app, [str(of.home), "--from", str(path), "--yes"])
    assert "DATA-189" in str(found.exception)
    assert "dòng 6" in str(found.exception)
    assert not of.decisions.exists()


def test_the_sheet_of_another_round_and_other_files_are_refused(of: Round, tmp_path: Path) -> None:
    other = told(practice_round(tmp_path / "other", [{}]), finding(0))
    path = filled(other, tmp_path / "s.xlsx", {finding(0).id: ("Giữ nguyên (đã xác minh)", "", "đã gọi lại", "GS1")})
    (tmp_path / "t.xlsx").write_bytes(b"no workbook")
    for file in (path, tmp_path / "t.xlsx"):
        assert "DATA-190" in str(RUN.invoke(app, [str(of.home), "--from", str(file), "--yes"]).exception)


def test_the_command_shows_asks_and_writes(of: Round) -> None:
    words = [str(of.home), finding(0).id, "--action", "correct", "--new", "47", "--reason", "bấm nhầm", "--who", "GS1"]
    refusing = RUN.invoke(app, words, input="n\n")
    assert "không ghi gì" in refusing.output
    assert not of.decisions.exists()
    done = RUN.invoke(app, words, input="y\n")
    assert done.exit_code == 0, done.output
    assert "47" not in done.output.replace(read_decisions(of.decisions)[0].sha256, "")
    assert [d.new for d in read_decisions(of.decisions)] == ["47"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["ffffffffffff", "--action", "keep"], "DATA-191"),
        ([finding(0).id, "--action", "correct"], "DATA-192"),
        ([finding(0).id, "--action", "keep", "--new", "4"], "DATA-192"),
        ([finding(0).id, "--action", "correct", "--new", "old"], "DATA-192"),
        ([instance(0), "--question", "round_kind", "--action", "correct", "--new", "real"], "DATA-192"),
        ([instance(0), "--question", "k01", "--action", "correct", "--new", "x"], "DATA-192"),
        ([instance(0), "--question", "interviewer", "--action", "correct", "--new", "x"], "DATA-192"),
        ([instance(0), "--action", "correct", "--new", "x"], "DATA-192"),
    ],
)
def test_what_cannot_be_decided_is_refused(of: Round, words: list[str], code: str) -> None:
    found = RUN.invoke(app, [str(of.home), *words, "--reason", "r", "--who", "GS1", "--yes"])
    assert code in str(found.exception)
    assert not of.decisions.exists()


def test_private_values_stand_sealed_in_the_log(of: Round) -> None:
    form = form_of(of)
    assert form["ref_code"].private
    words = [str(of.home), instance(0), "--question", "ref_code", "--action", "correct", "--new", "KQ22-XXAA"]
    done = RUN.invoke(app, [*words, "--reason", "nghe lại", "--who", "GS1", "--yes"])
    assert done.exit_code == 0, done.output
    assert b"KQ22" not in of.decisions.read_bytes()
    taken = take(of.home, form)
    assert [(c.question, c.new) for c in taken.clean.changes] == [("ref_code", "KQ22-XXAA")]


def test_other_questionnaires_and_households_twice_wait_for_a_person(tmp_path: Path) -> None:
    old = {"questionnaire_digest": "f" * 64}
    of = practice_round(tmp_path / "p26", [{}, old, {"psu": "P009", "ssu": "1"}, {"psu": "P009", "ssu": "1"}, {}])
    taken = take(of.home, book())
    assert sorted((f.check, f.severity, f.instance_id) for f in taken.notices) == [
        ("old_version", "red", instance(1)), ("same_household", "red", instance(2)), ("same_household", "red", instance(3)),
    ]  # fmt: skip
    assert [s.instance_id for s in taken.submissions] == [instance(0), instance(4)]
    told(of, *taken.notices)
    ids = {f.instance_id: f.id for f in taken.notices}
    for name, action in ((ids[instance(1)], "keep"), (ids[instance(3)], "drop")):
        assert RUN.invoke(app, [str(of.home), name, "--action", action, "--reason", "r", "--who", "GS", "--yes"]).exit_code == 0
    after = take(of.home, book())
    assert [s.instance_id for s in after.submissions] == [instance(0), instance(1), instance(2), instance(4)]
    assert not after.notices
    assert after.digests["raw"] == taken.digests["raw"]
    assert after.digests["decisions"] != taken.digests["decisions"]
    assert after.digests["clean"] != taken.digests["clean"]


def test_a_log_from_elsewhere_stops_the_round(of: Round) -> None:
    RUN.invoke(app, [str(of.home), finding(0).id, "--action", "keep", "--reason", "r", "--who", "GS1", "--yes"])
    lines = of.decisions.read_bytes().replace(b"keep", b"drop")
    of.decisions.write_bytes(lines)
    assert [p.code for p in refused(lambda: take(of.home, book()))] == ["DATA-185"]


def test_without_a_daily_run_there_is_nothing_to_decide(tmp_path: Path) -> None:
    of = practice_round(tmp_path / "p26", [{}])
    assert [p.code for p in refused(lambda: desk(of.home))] == ["DATA-191"]
    assert json.loads(document([finding(0)]))[0]["check"] == asdict(finding(0))["check"]
