"""The survey report under either issuer, signed by the head or for the head: the lines of authority of the decree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fixture import build
from typer.testing import CliRunner

from analysis.results import Results
from forms import load_plan, province_folder
from forms.errors import BdgError
from reports.cli import app
from reports.lookup import Lookup
from reports.opening import frame
from reports.yearly.issue import signed


def _results() -> Results:
    made = build(waves=(2026,))
    issuers = {name: dict(one) for name, one in load_plan(province_folder()).issuers.items()}
    return replace(made, texts=dict(made.texts) | {"issuer": issuers["department"], "issuers": issuers})


@pytest.mark.parametrize(
    ("issuer", "deputy", "agency", "lines"),
    [
        ("department", False, "SỞ NỘI VỤ", ("GIÁM ĐỐC",)),
        ("department", True, "SỞ NỘI VỤ", ("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC")),
        ("province", False, "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI", ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")),
        ("province", True, "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI", ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH")),
    ],
)
def test_who_issues_and_who_signs(issuer: str, deputy: bool, agency: str, lines: tuple[str, ...]) -> None:
    made = frame(Lookup(signed(_results(), issuer, deputy=deputy)))
    assert made.agency == agency
    assert made.authority == lines


def test_a_director_never_signs_for_a_committee_whatever_the_file_says() -> None:
    given = _results()
    odd = {"signer_title": "TM. SỞ NỘI VỤ", "signer_second": "GIÁM ĐỐC"}
    texts = dict(given.texts)
    texts["issuers"] = {"department": texts["issuers"]["department"] | odd}
    assert frame(Lookup(signed(replace(given, texts=texts), "department", deputy=False))).authority == ("GIÁM ĐỐC",)


@pytest.mark.parametrize("texts", [{}, {"issuers": {}}, {"issuers": None}], ids=["old results", "none", "null"])
def test_an_issuer_that_the_results_do_not_know_is_refused(texts: dict[str, object]) -> None:
    given = build(waves=(2026,))
    with pytest.raises(BdgError, match="REP-034"):
        signed(replace(given, texts={k: v for k, v in given.texts.items() if k != "issuers"} | texts), "province", deputy=False)


def test_the_command_takes_both(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_bytes(_results().json_bytes())
    words = [
        "survey",
        str(tmp_path / "results.json"),
        "--out",
        str(tmp_path / "out"),
        "--shells",
        "--issuer",
        "province",
        "--deputy",
    ]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    refused = CliRunner().invoke(app, [*words[:2], "--out", str(tmp_path / "other"), "--issuer", "ministry"])
    assert isinstance(refused.exception, BdgError)
    assert not (tmp_path / "other").exists()
