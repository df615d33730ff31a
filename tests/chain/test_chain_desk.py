"""The clerk's menu over the real commands: from the practice pack to the report, with one stop and one start in between."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from reports.desk import Talk, menu
from tests.chain.conftest import Chain, bdg


class _Clerk:
    """Answers from a list, then leaves; every command is run by bdg in a process of its own."""

    def __init__(self, answers: Sequence[str]) -> None:
        self.answers = iter(answers)
        self.heard: list[str] = []

    def ask(self, prompt: str) -> str:
        self.heard.append(prompt)
        try:
            return next(self.answers)
        except StopIteration:
            raise EOFError from None

    def call(self, words: Sequence[str]) -> int:
        done = bdg(*words)
        self.heard.append(done.out + done.err)
        return done.code

    def work(self, desk: Path, pack: Path) -> str:
        menu(desk, Talk(self.heard.append, self.ask, self.call), pack)
        return "\n".join(self.heard)


def test_a_clerk_comes_from_the_practice_round_to_the_report(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home" / "data"))
    pack, desk = tmp_path / "TapHuan", tmp_path / "So liệu"
    shutil.copytree(chain.sample.parent, pack / "sample")
    (pack / "phieu").mkdir()
    shutil.copyfile(chain.export(2026, "csv"), pack / "phieu" / "submissions.csv.zip")
    # 1: practice; 1: that round; Enter: receive; Enter: its files; Enter: checks; q
    first = _Clerk(["1", "1", "", "", "", "q"]).work(desk, pack)
    assert "Vòng tập huấn đã sẵn sàng" in first
    assert "[x] Đưa phiếu vào" in first
    assert "Còn 0 điểm đỏ" in first
    assert list((desk / "tap-huan" / "trang-theo-doi").glob("TheoDoi-*_GIA-LAP.html"))
    # another day: the same round, Enter: compute, Enter: report, Enter: compare the Word file as it is, q
    second = _Clerk(["1", "", "", "", "", "q"]).work(desk, pack)
    assert "4. [ ] Tính số liệu" in second
    assert "5. [x] Làm báo cáo khảo sát" in second
    (word,) = (desk / "tap-huan" / "bao-cao").glob("BaoCao*.docx")
    assert word.name == "BaoCao_GIA-LAP.docx"
    assert "> bdg reports verify" in second
    assert second.count("Xong. (Done.)") == 3
    assert "Traceback" not in first + second
    assert os.fspath(Path.home()) not in word.name
