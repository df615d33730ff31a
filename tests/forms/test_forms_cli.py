"""The command `bdg forms`: exit codes by who must act, words in both languages, no traceback, nothing half-written."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from typer.testing import CliRunner

from forms.cli import app
from forms.rehearsal.window import window
from tests.forms.writing import python, refused, with_evidence, write_form

runner = CliRunner()


def test_build_writes_the_form_and_says_so(tmp_path: Path) -> None:
    done = python("bdg.py", "forms", "build", "household", "--out", str(tmp_path / "out"))
    names = [p.name for p in sorted((tmp_path / "out").iterdir())]
    assert names == ["bdg_household.xlsx", "bdg_household.xml", "bdg_household_codebook.json", "bdg_household_codebook.xlsx"]
    for name in names:
        assert f"đã ghi / wrote {tmp_path / 'out' / name}" in done.stdout
    assert "DỰ THẢO - CHƯA THỬ NGHIỆM" in done.stderr
    assert "k10" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]


def test_an_unknown_form_is_told_in_both_languages(tmp_path: Path) -> None:
    done = python("bdg.py", "forms", "build", "hausehold", "--out", str(tmp_path / "out"), ok=False)
    assert done.returncode == 10
    assert "Không tìm thấy biểu mẫu" in done.stderr
    assert "(The form, or a file of it, was not found.)" in done.stderr
    assert "household" in done.stderr
    assert "[FORM-002]" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert not (tmp_path / "out").exists()


def test_a_broken_form_beside_a_good_one_writes_nothing(tmp_path: Path) -> None:
    good = write_form(tmp_path / "good")
    bad = write_form(tmp_path / "bad", first="section: m1\n  label: [\n")
    done = python("bdg.py", "forms", "check", str(good), str(bad), ok=False)
    assert done.returncode == 10
    done = python("bdg.py", "forms", "build", str(bad), "--out", str(tmp_path / "out"), ok=False)
    assert done.returncode == 10
    assert "10_first.yaml:" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_rehearse_without_a_window_says_whose_turn_it_is(tmp_path: Path) -> None:
    sample = tmp_path / "sample.csv"
    sample.write_text(
        "wave,stratum,psu,ssu,commune,select_u,status,round_kind\n2026,a,GL1,001,21025,0.5,main,practice\n", encoding="utf-8"
    )
    done = python(
        "bdg.py", "forms", "rehearse", "--sample", str(sample), "--wave", "2026", "--out", str(tmp_path / "out"), ok=False
    )
    assert done.returncode == 10
    assert "Chưa có thời gian thực địa của kỳ 2026" in done.stderr
    assert "(The fieldwork window of wave 2026 is missing.)" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_wrong_option_is_a_usage_error() -> None:
    assert runner.invoke(app, ["rehearse", "--wave", "2026"]).exit_code == 2
    assert runner.invoke(app, ["build", "--nosuch"]).exit_code == 2
    assert (
        runner.invoke(app, ["rehearse", "--sample", "x", "--wave", "2026", "--out", "o", "--field-start", "5/10/2026"]).exit_code
        == 2
    )


def test_half_a_window_is_not_ignored(tmp_path: Path) -> None:
    """A start without an end must not silently give the window of waves.yaml."""
    sample = tmp_path / "sample.csv"
    sample.write_text("wave,stratum,psu,ssu,commune,select_u,status\n", encoding="utf-8")
    (tmp_path / "waves.yaml").write_text("waves:\n  2026: {field_start: 2026-10-05, field_end: 2026-10-30}\n", encoding="utf-8")
    refused(lambda: window(sample, 2026, "51", date(2026, 9, 1), None))


def test_check_and_lock(tmp_path: Path) -> None:
    folder = with_evidence(write_form(tmp_path / "tiny"))
    done = runner.invoke(app, ["check", str(folder)])
    assert done.exit_code == 10, done.output  # the tiny form is right, but the lint has something to say of it
    assert "0 lỗi / mistakes" in done.output
    assert "tiny: 6 câu / questions" in done.output
    assert sorted(p.suffix for p in folder.iterdir()) == ["", *[".yaml"] * 4]
    done = runner.invoke(app, ["lock", "2026", str(folder)])
    assert done.exit_code == 0, done.output
    assert "2026.lock" in done.output
    assert (folder / "2026.lock").exists()
    again = runner.invoke(app, ["lock", "2026", str(folder)])
    assert "[FORM-021]" in str(again.exception)


def test_every_command_explains_itself_in_both_languages() -> None:
    for command in ("build", "check", "lock", "rehearse"):
        done = runner.invoke(app, [command, "--help"])
        assert done.exit_code == 0
        assert "(" in done.output
