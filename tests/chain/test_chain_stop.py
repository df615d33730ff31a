"""What a command leaves behind when it is refused, when it is mistyped, and when the power goes."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from tests.chain.conftest import MINE, ROOT, Chain, Done, bdg, cut, surroundings, there
from tests.chain.plant import rows_of

FILES = ["findings.json", "restricted/microdata.csv", "restricted/microdata.parquet", "results.csv", "results.json"]
DIE = """
import os, signal, sys
from pathlib import Path
import bdg
moved, real, limit = [], Path.replace, int(sys.argv.pop(1))
def replace(self, target):
    if len(moved) == limit:
        os.kill(os.getpid(), signal.SIGKILL)
    moved.append(target)
    return real(self, target)
Path.replace = replace
real_rename = Path.rename
def rename(self, target):
    if len(moved) == limit:
        os.kill(os.getpid(), signal.SIGKILL)
    moved.append(target)
    return real_rename(self, target)
Path.rename = rename
bdg.main()
"""


def words(chain: Chain, out: Path) -> list[str | Path]:
    return [*chain.run_words({2026: chain.export(2026, "csv")}), "--out", out]


MOMENTS = [round(Random(seed).uniform(0.2, 2.0), 2) for seed in (1,)]


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_killed_at_any_moment_all_files_or_none(chain: Chain, tmp_path: Path, moment: float) -> None:
    cut(words(chain, tmp_path / "out"), tmp_path / "out", moment)
    assert there(tmp_path / "out") in ([], FILES)


def test_killed_between_two_files_all_files_or_none(chain: Chain, tmp_path: Path) -> None:
    """The smallest gap there is: the process dies when it has put one file in its place and not yet the second."""
    ran = subprocess.run(
        [sys.executable, "-c", DIE, "1", *map(str, words(chain, tmp_path / "out"))],
        cwd=ROOT, env=surroundings(), capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert ran.returncode in (-signal.SIGKILL, 0), ran.stderr
    assert there(tmp_path / "out") in ([], FILES)


def test_killed_as_it_begins_to_write_all_files_or_none(chain: Chain) -> None:
    """What lay there after the kill that came before `one_wave` was run again."""
    chain.one_wave()
    assert chain.left() in ([], FILES)


def test_a_run_after_a_kill_is_as_good_as_any(chain: Chain) -> None:
    """The rest of the killed run is not in the way; a file of somebody else stays; the rows are those of a run of both waves."""
    out = chain.one_wave()
    assert there(out) == sorted([*FILES, MINE])
    assert (out / MINE).read_text(encoding="utf-8") == "ghi chú"
    both = {row["key"]: row for row in rows_of(chain.analysed("plain"))}
    rows = rows_of(out)
    assert len(rows) > 300
    assert [row["key"] for row in rows if not row["domain"] and row["estimate"] != both[row["key"]]["estimate"]] == []


# ---- refusals ------------------------------------------------------------------------------------------------------


def told(ran: Done, code: int, name: str = "") -> str:
    """The message of a refusal, after checking its class, its two languages and that it is no trace."""
    assert ran.code == code, ran.err
    assert "Traceback" not in ran.out + ran.err
    if name:
        assert f"[{name}]" in ran.err
        for part in ("\n  (", "cách xử lý / do:"):
            assert part in ran.err
    return ran.err


@pytest.mark.parametrize(
    "typed",
    [["analysis", "run", "--wave", "2026", "--sample", "s.csv", "--out", "o"], ["analysis", "nothing"]],
    ids=["no file", "no such command"],
)
def test_a_mistyped_command_is_a_usage_error(tmp_path: Path, typed: list[str]) -> None:
    ran = bdg(*typed)
    assert told(ran, 2)
    assert not (ROOT / "o").exists()


def test_no_field_window_is_for_the_plan_to_mend(chain: Chain, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    for name in ("sample.csv", "frame.csv", "psu_links.csv"):
        (tmp_path / "s" / name).write_bytes((chain.sample.parent / name).read_bytes())
    run = ["analysis", "run", "--wave", f"2026={chain.export(2026, 'csv')}", "--sample", tmp_path / "s" / "sample.csv"]
    ran = bdg(*run, "--out", tmp_path / "o")
    assert "field_start" in told(ran, 10, "DATA-015")
    assert not (tmp_path / "o").exists()


def test_a_file_that_is_not_there_is_for_the_data_side_to_mend(chain: Chain, tmp_path: Path) -> None:
    ran = bdg(*chain.run_words({2026: tmp_path / "phiếu.csv.zip"}), "--out", tmp_path / "o")
    assert "phiếu.csv.zip" in told(ran, 11, "DATA-024")
    assert str(tmp_path) not in ran.err, "a message names the file, not the machine"
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_export_is_refused(chain: Chain, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 not a package")
    ran = bdg(*chain.run_words({2026: tmp_path / "a.zip"}), "--out", tmp_path / "o")
    assert told(ran, 11, "DATA-027")
    assert not (tmp_path / "o").exists()


def test_a_results_file_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text('{"schema": "results/0"}', encoding="utf-8")
    ran = bdg("reports", "survey", tmp_path / "results.json", "--out", tmp_path / "o")
    assert ran.code in (2, 10, 11)
    assert told(ran, ran.code, "REP-001")
    assert not (tmp_path / "o").exists()
