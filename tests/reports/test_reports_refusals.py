"""Bad input to `bdg reports`: a message in both languages, the exit code of who must act, and nothing written."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fixture import build
from reading import everything, patched, prose, retold
from typer.testing import CliRunner

import reports
from analysis.results import Results
from forms.errors import BdgError
from reports import NEEDED, compose, html, word, workbook
from reports.cli import app
from reports.document import Document, labels


def raw(**changed: Any) -> dict[str, Any]:
    return {**build(waves=(2026,)).document(), **changed}


BROKEN: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "truncated": lambda: build(waves=(2026,)).json_bytes()[:5000],
    "not JSON": lambda: b"PK\x03\x04 a zip",
    "not UTF-8": lambda: b'{"schema": "\xff\xfe"}',
    "a list": lambda: b"[]",
    "a word": lambda: b'"results/1"',
    "another schema": lambda: json.dumps(raw(schema="results/9")).encode(),
    "no schema": lambda: json.dumps({k: v for k, v in raw().items() if k != "schema"}).encode(),
    "no rows": lambda: json.dumps({k: v for k, v in raw().items() if k != "rows"}).encode(),
    "rows of words": lambda: json.dumps(raw(rows=["a"])).encode(),
    "an unknown field": lambda: json.dumps(raw(rows=[{**raw()["rows"][0], "colour": 1}])).encode(),
    "a domain that is a list": lambda: json.dumps(raw(rows=[{**raw()["rows"][0], "domain": []}])).encode(),
    "findings.json": lambda: b'{"schema": "findings/1", "findings": []}',
}


def refused(content: bytes | None, folder: Path) -> BdgError:
    """Run the command on a file with this content; the refusal, after checking that nothing was written."""
    source = folder / "results.json"
    if content is not None:
        source.write_bytes(content)
    before = {p.name for p in folder.iterdir()}
    done = CliRunner().invoke(app, ["survey", str(source), "--out", str(folder / "out")])
    assert isinstance(done.exception, BdgError), done.output
    assert {p.name for p in folder.iterdir()} == before
    return done.exception


@pytest.mark.parametrize("case", list(BROKEN))
def test_what_is_no_results_file_is_refused(case: str, tmp_path: Path) -> None:
    error = refused(BROKEN[case](), tmp_path)
    assert [p.code for p in error.problems] == ["REP-001"]
    assert error.exit_code == 2
    text = str(error)
    assert "results.json" in text
    assert "Không đọc được tệp kết quả" in text
    assert "The results file cannot be read" in text


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert [p.code for p in refused(None, tmp_path).problems] == ["REP-001"]


@pytest.mark.parametrize("part", NEEDED)
@pytest.mark.parametrize("left", [None, [], "words"])
def test_a_missing_or_odd_text_is_named(part: str, left: Any, tmp_path: Path) -> None:
    error = refused(retold(build(waves=(2026,)), **{part: left}).json_bytes(), tmp_path)
    assert [p.code for p in error.problems] == ["REP-003"]
    assert error.exit_code == 10
    assert part in str(error)


@pytest.mark.parametrize("texts", [None, [], "words", {}])
def test_texts_that_are_no_mapping_are_refused_part_by_part(texts: Any, tmp_path: Path) -> None:
    error = refused(json.dumps(raw(texts=texts)).encode(), tmp_path)
    assert [p.code for p in error.problems] == ["REP-003"] * len(NEEDED)


def test_results_without_a_score_are_refused(tmp_path: Path) -> None:
    results = build(waves=(2026,))
    bare = replace(results, rows=tuple(r for r in results.rows if r.indicator != "score"))
    error = refused(bare.json_bytes(), tmp_path)
    assert ([p.code for p in error.problems], error.exit_code) == (["REP-002"], 10)


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", ["estimate", "lower", "upper"])
def test_a_number_that_is_none_is_never_printed(odd: float, name: str, tmp_path: Path) -> None:
    results = patched(build(waves=(2026,)), lambda r: r.indicator == "K" and not r.domain, **{name: odd})
    with pytest.raises(BdgError) as caught:
        reports.survey(results, tmp_path / "out")
    assert [p.code for p in caught.value.problems] == ["REP-001"]
    assert not list(tmp_path.iterdir())


OPTIONAL = tuple(k for k in build(waves=(2026,)).texts if k not in NEEDED)


@pytest.mark.usefixtures("no_drawing")
@pytest.mark.parametrize("part", OPTIONAL)
def test_other_texts_may_be_missing_and_the_report_says_less(documents: dict[str, Document], part: str) -> None:
    whole, less = documents["one"], compose.build(retold(build(waves=(2026,)), **{part: None}))
    assert len(prose(less)) <= len(prose(whole))
    assert {t.anchor for t in less.tables()} <= {t.anchor for t in whole.tables()}


def test_the_module_as_a_program_ends_with_the_exit_code(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text("[]", encoding="utf-8")
    command = [sys.executable, "-m", "reports.cli", "survey", str(tmp_path / "results.json"), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == 2
    assert "REP-001" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", [["--help"], ["survey", "--help"]])
def test_help_speaks_both_languages(command: list[str]) -> None:
    text = CliRunner().invoke(app, command).output
    assert "Báo cáo" in text
    assert "report" in text.lower()


def decomposed(part: Any) -> Any:
    if isinstance(part, str):
        return unicodedata.normalize("NFD", part)
    if isinstance(part, dict):
        return {k: decomposed(v) for k, v in part.items()}
    return [decomposed(v) for v in part] if isinstance(part, list | tuple) else part


def in_nfd(results: Results) -> Results:
    rows = tuple(replace(r, reason=decomposed(r.reason), state=decomposed(r.state)) for r in results.rows)
    return replace(results, rows=rows, texts=decomposed(dict(results.texts)))


@pytest.mark.usefixtures("no_drawing")
def test_decomposed_letters_come_out_composed_in_every_file(tmp_path: Path) -> None:
    """The same report as from composed text: decomposed letters look alike and are found by no search."""
    results = build()
    assert not unicodedata.is_normalized("NFC", in_nfd(results).texts["plan"]["title"]["vi"])
    assert compose.build(in_nfd(results)) == compose.build(results)
    reports.survey(in_nfd(results), tmp_path / "out")
    for name, content in everything(tmp_path / "out").items():
        if not name.endswith(".png"):
            assert unicodedata.is_normalized("NFC", content.decode()), name


LONG = (
    "Đồng bào dân tộc thiểu số sống ở thôn đặc biệt khó khăn thuộc xã khu vực III vùng đồng bào dân tộc thiểu số và miền núi " * 3
)
WORD = "Nghiêng" * 30


@pytest.mark.usefixtures("no_drawing")
@pytest.mark.parametrize("label", [LONG.strip(), WORD], ids=["many words", "one word"])
def test_a_very_long_label_is_kept_whole(label: str) -> None:
    results = build()
    domains = json.loads(json.dumps(dict(results.texts["domains"])))
    domains["sex"]["codes"]["male"]["vi"] = label
    document = compose.build(retold(results, domains=domains))
    assert any(c.text == label for t in document.tables() for r in t.rows for c in r.cells)
    grouped = [p.alt for p in document.pictures() if p.anchor in {"scores_figure", "forest"}]
    assert len(grouped) == 2
    assert all(f"Giới tính - {label}: " in alt for alt in grouped)
    assert label in html.write(document).decode()
    assert word.write(document)
    assert workbook.write(document)


@pytest.mark.usefixtures("no_drawing")
@pytest.mark.parametrize("label", ['<script>alert("1")</script>', "A & B < C", "=SUM(A1)", "{{ 7 * 7 }}"])
def test_a_label_is_text_and_never_code(label: str) -> None:
    results = build(waves=(2026,))
    indicators = json.loads(json.dumps(dict(results.texts["indicators"])))
    indicators["K"]["label"]["vi"] = label
    document = compose.build(retold(results, indicators=indicators))
    page = html.write(document).decode()
    assert "<script" not in page
    assert "49</" not in page.replace("{{ 7 * 7 }}", "")
    assert labels(document)
    assert word.write(document)


@pytest.mark.usefixtures("no_drawing")
def test_a_plan_with_number_and_date_is_cited_without_gaps() -> None:
    results = build()
    plan = {**results.texts["plan"], "number": "99/KH-UBND", "date": "2026-03-05"}
    text = prose(compose.build(retold(results, plan=plan)))
    assert "Căn cứ Kế hoạch số 99/KH-UBND ngày 05/03/2026 của Ủy ban nhân dân tỉnh Quảng Ngãi" in text
    assert "......" not in text


@pytest.mark.usefixtures("no_drawing")
def test_the_agency_is_named_in_a_sentence_only_as_the_plan_writes_it() -> None:
    results = build()
    assert "Kết quả khảo sát nhận thức" in prose(compose.build(results))
    issuer = {**results.texts["issuer"], "name": "Sở Nội vụ"}
    document = compose.build(retold(results, issuer=issuer))
    assert "Sở Nội vụ báo cáo kết quả khảo sát nhận thức" in prose(document)
    assert document.frame.named == "Sở Nội vụ"
