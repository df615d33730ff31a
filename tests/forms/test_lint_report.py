"""bdg forms check: one form, a folder of forms, a foreign XLSForm; counts, exit codes, nothing written; our six forms clean."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from forms.build import load
from forms.cli import app
from forms.lint.choices import codes_of_earlier_waves
from forms.lint.report import look, look_at_xlsform, summary
from forms.lint.rules import findings
from forms.load import questionnaire_folder
from forms.shelf import shipped
from forms.snapshot import snapshot
from tests.forms.foreign import write_xlsform
from tests.forms.linting import changed
from tests.forms.writing import FORM, refused, write_form

runner = CliRunner()
BORN = ("10_first.yaml", "name: born", "name: Born")


@pytest.mark.parametrize("name", shipped())
def test_our_own_forms_are_clean(name: str) -> None:
    found = look(questionnaire_folder(name))
    assert [p.text() for p in (*found.wrong, *found.unwise)] == []


def test_a_clean_form_ends_with_zero_and_a_finding_with_ten(tmp_path: Path) -> None:
    done = runner.invoke(app, ["check", str(changed(tmp_path / "clean"))])
    assert done.exit_code == 0, done.output
    assert "clean · clean: 15 câu / questions" in done.output
    assert "0 lỗi / mistakes, 0 điều cần xem / findings" in done.output
    before = {p: p.read_bytes() for p in (tmp_path / "clean").iterdir()}
    done = runner.invoke(app, ["check", str(changed(tmp_path / "born", BORN))])
    assert done.exit_code == 10
    assert "[LINT-003]" in done.output
    assert "LINT-003 × 1" in done.output
    assert before == {p: p.read_bytes() for p in (tmp_path / "clean").iterdir()}


def test_mistakes_and_findings_of_several_forms_come_grouped_with_counts(tmp_path: Path) -> None:
    changed(tmp_path / "shelf" / "a", BORN)
    changed(tmp_path / "shelf" / "b", ("20_scored.yaml", "multiline", "mutliline"))
    write_form(tmp_path / "shelf" / "c", form=FORM.replace("version:", "versoin:"))
    done = runner.invoke(app, ["check", str(tmp_path / "shelf")])
    assert done.exit_code == 10
    heads = [line for line in done.output.splitlines() if "lỗi / mistakes" in line]
    assert [head.partition(" ·")[0] for head in heads] == ["a", "b", "c"]
    assert "0 lỗi / mistakes, 1 điều cần xem / findings" in heads[0]
    assert "2 lỗi / mistakes" in heads[2]
    for code in ("[LINT-003]", "[LINT-001]", "[FORM-006]", "[FORM-071]"):
        assert code in done.output
    assert done.output.splitlines()[-1].startswith("tổng cộng / in all: ")


def test_an_unknown_form_is_told(tmp_path: Path) -> None:
    (problem,) = refused(lambda: look(tmp_path))
    assert problem.code == "FORM-002"
    assert runner.invoke(app, ["check", "nosuchform"]).exit_code != 0


def test_a_foreign_xlsform_is_linted_by_sheet_and_row(tmp_path: Path) -> None:
    survey = (
        ("type", "name", "label::Tiếng Việt (vi)", "label::English (en)", "appearance", "calculation", "relevant", "relevent"),
        ("integer", "Age", "Tuổi?", "Age?"),
        ("text", "talk", "Nói gì?", "What?", "mutliline", "", "${Age} > 5", "x"),
        ("calculate", "seed", "", "", "", "once(random())*1000000"),
    )
    found = look_at_xlsform(write_xlsform(tmp_path / "foreign.xlsx", survey, (), (("form_id",), ("f",))))
    told = {(p.code, p.place) for p in (*found.wrong, *found.unwise)}
    assert {
        ("LINT-001", "survey!A3 (talk)"), ("LINT-003", "survey!A2 (Age)"), ("LINT-006", "survey!A4 (seed)"),
        ("LINT-024", "survey!A2 (Age)"), ("FORM-076", "survey!H1"),
    } <= told  # fmt: skip
    assert sorted(p.name for p in tmp_path.iterdir()) == ["foreign.xlsx"]
    assert "LINT-001 × 1" in summary([found])


def test_a_code_that_meant_something_else_in_an_earlier_wave(tmp_path: Path) -> None:
    before = snapshot(load(changed(tmp_path / "a")))
    same = load(changed(tmp_path / "b", ("lists.yaml", "vi: Loa của thôn,", "vi: Loa của thôn.,")))
    assert list(codes_of_earlier_waves(same, [before])) == []  # a full stop is no other meaning
    gone = load(changed(tmp_path / "c", ("lists.yaml", "  - {code: loud, vi: Loa của thôn, en: Loudspeaker}\n", "")))
    assert findings(gone, [before]) == ()
    other = load(
        changed(tmp_path / "d", ("lists.yaml", "vi: Loa của thôn, en: Loudspeaker", "vi: Mạng xã hội, en: Social media"))
    )
    (problem,) = findings(other, [snapshot(gone), before])
    assert problem.code == "LINT-019"
    assert "«Loa của thôn» (1), «Mạng xã hội»" in problem.got
    assert "(ways)" in problem.place


def test_a_locked_form_is_looked_at_with_its_lock(tmp_path: Path) -> None:
    folder = changed(tmp_path / "a")
    (folder / "2026.lock").write_text("{", encoding="utf-8")
    found = look(folder)
    assert [p.code for p in found.wrong] == ["FORM-024"]
