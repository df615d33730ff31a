"""All forms of the report together: stamps, hidden numbers, traceability, same bytes, nothing half-written."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from fixture import BRACKET_CODE, EMPTY_CODE, HIDDEN_CODE, build
from reading import STAMP, everything
from typer.testing import CliRunner

import reports
from analysis.results import Results
from reports import compose, html, numbers, word, workbook
from reports.cli import app
from reports.document import Cell, Document, Sentence, TableRow

ALL = pytest.mark.parametrize("name", ["two", "one", "signed"])


@ALL
def test_file_names_and_stamps(folders: dict[str, Path], documents: dict[str, Document], name: str) -> None:
    end = "" if name == "signed" else "_GIA-LAP"
    figures = [
        f"hinh/Hinh-{i:02d}{end}.{k}" for i in range(1, len(documents[name].pictures()) + 1) for k in ("png", "svg", "txt")
    ]
    wanted = {f"BaoCao{end}.docx", f"BaoCao{end}.html", f"BangSoLieu{end}.xlsx", *figures}
    files = {str(p.relative_to(folders[name])) for p in folders[name].rglob("*") if p.is_file()}
    assert files == wanted
    page = (folders[name] / f"BaoCao{end}.html").read_text(encoding="utf-8")
    assert (STAMP in page) is bool(end)
    assert ('class="stamp"' in page) is bool(end)
    assert ("@top-center" in page) is bool(end)
    for svg in folders[name].rglob("*.svg"):
        assert (STAMP in svg.read_text(encoding="utf-8")) is bool(end)


@ALL
def test_every_sheet_is_stamped_and_set_up_for_paper(folders: dict[str, Path], documents: dict[str, Document], name: str) -> None:
    path = next(folders[name].glob("BangSoLieu*.xlsx"))
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [
        "Mục lục",
        *(f"B{i:02d}" for i in range(1, len(documents[name].tables()) + 1)),
        "Ghi chú phương pháp",
        "Kiểm tra dữ liệu",
    ]
    for sheet in book:
        assert sheet.page_setup.paperSize == 9
        assert sheet.freeze_panes
        stamped = (sheet["A1"].value == STAMP, STAMP in (sheet.oddHeader.center.text or ""))
        assert stamped == ((False, False) if name == "signed" else (True, True))
        if sheet.title.startswith("B"):
            assert sheet.page_setup.orientation == "landscape"
            assert sheet.print_title_rows
    method = " ".join(str(c.value) for row in book["Ghi chú phương pháp"].iter_rows() for c in row if c.value)
    for i in range(1, 10):
        assert f"A{i}" in method
    assert "Bậc tự do" in method


@pytest.mark.usefixtures("no_drawing")
def test_marks_in_tables(results: dict[str, Results]) -> None:
    """Of the marks as they stand: the publication rules would hide the bracketed group of this fixture beside the hidden one."""
    by_key = {r.key: r for r in results["two"].rows}
    seen = set()
    for table in compose.build(results["two"]).tables():
        for line in table.rows:
            for cell in line.cells:
                row = by_key.get(cell.key)
                codes = {c for _, c in row.domain} if row else set()
                if HIDDEN_CODE in codes:
                    assert (cell.text, cell.value, cell.lower, cell.upper) == ("(*)", None, None, None)
                    seen.add("hide")
                if BRACKET_CODE in codes and cell.below:
                    assert re.fullmatch(r"\(-?[\d.,]+\)", cell.text)
                    seen.add("bracket")
                if EMPTY_CODE in codes and row and row.status == "not_estimable" and cell.decimals and cell.mark == "none":
                    assert cell.text == "..."
                    assert any("chỉ có một địa bàn" in n for n in table.notes)
                    seen.add("none")
    assert seen == {"hide", "bracket", "none"}


def _text_value(texts: Any, path: str) -> Any:
    found = texts
    for step in path.split("/")[1:]:
        found = found[step]
    return found


@ALL
def test_every_number_in_a_table_comes_from_the_results(
    documents: dict[str, Document], results: dict[str, Results], name: str
) -> None:
    by_key = {r.key: r for r in results[name].rows}
    checked = 0
    for table in documents[name].tables():
        for line in table.rows:
            for column, cell in zip(table.columns, line.cells, strict=False):
                if line.group or column.kind == "text":
                    assert cell.value is None
                    continue
                if cell.value is None:
                    continue
                assert cell.key
                if "/" in cell.key:
                    assert cell.value == _text_value(results[name].texts, cell.key)
                else:
                    row = by_key[cell.key]
                    if column.kind == "count":
                        assert cell.value == row.n
                    else:
                        assert (cell.value, cell.lower, cell.upper) == (row.estimate, row.lower, row.upper)
                checked += 1
    assert checked > 100


def test_text_that_looks_like_a_formula_is_neutralised(documents: dict[str, Document]) -> None:
    document = documents["one"]
    table = document.tables()[0]
    rows = tuple(TableRow((Cell(f"{start}1+1"), *table.rows[0].cells[1:])) for start in "=+-@")
    blocks = tuple(replace(table, rows=rows) if b is table else b for b in document.blocks)
    content = workbook.write(replace(document, blocks=blocks))
    sheet = openpyxl.load_workbook(io.BytesIO(content))["B01"]
    values = [c.value for row in sheet.iter_rows(max_col=1) for c in row if isinstance(c.value, str) and c.value.endswith("1+1")]
    assert values == ["'=1+1", "'+1+1", "'-1+1", "'@1+1"]
    assert all(c.data_type != "f" for row in sheet.iter_rows() for c in row)


def test_same_results_same_bytes(folders: dict[str, Path], tmp_path: Path) -> None:
    reports.survey(build(), tmp_path / "again")
    first, second = everything(folders["two"]), everything(tmp_path / "again")
    assert first == second
    for path in (tmp_path / "again").glob("*"):
        if path.is_file():
            assert path.read_bytes() == (folders["two"] / path.name).read_bytes()


@ALL
def test_no_space_before_percent_in_any_form(folders: dict[str, Path], name: str) -> None:
    for n, content in everything(folders[name]).items():
        if n.endswith((".html", "document.xml", "sharedStrings.xml", ".txt")):
            plain = re.sub(r"<style.*?</style>|<[^>]+>", "", content.decode(), flags=re.DOTALL)
            assert not re.search(r"\d[ \u00a0]%", plain), n


@pytest.mark.usefixtures("no_drawing")
def test_nothing_is_left_behind_when_a_writer_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bytes:
        raise RuntimeError("no")

    monkeypatch.setattr(workbook, "write", broken)
    with pytest.raises(RuntimeError):
        reports.survey(build(waves=(2026,)), tmp_path / "out")
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("no_drawing")
def test_command_line(tmp_path: Path) -> None:
    source = tmp_path / "results.json"
    source.write_bytes(build(waves=(2026,)).json_bytes())
    done = CliRunner().invoke(app, ["survey", str(source), "--out", str(tmp_path / "out")], catch_exceptions=False)
    assert done.exit_code == 0
    assert (tmp_path / "out" / "BaoCao_GIA-LAP.docx").is_file()
    written = sorted(str(p) for p in (tmp_path / "out").rglob("*") if p.is_file())
    assert sorted(line for line in done.stdout.splitlines() if line.startswith(str(tmp_path))) == written
    assert "BaoCao.docx" in done.stderr


def test_method_annex_prints_every_choice(documents: dict[str, Document], results: dict[str, Results]) -> None:
    annex = documents["two"].annexes[-1]
    text = " ".join(p.text for b in annex.blocks for p in getattr(b, "parts", ()) if isinstance(p, Sentence))
    cells = " ".join(c.text for t in documents["two"].tables() for r in t.rows for c in r.cells)
    for note in results["two"].texts["method"]:
        assert note["vi"] in text
    for switch in results["two"].texts["switches"]:
        assert f"{switch['id']} " in f"{cells} "
    assert "41 địa bàn có mặt ở cả hai kỳ" in text
    assert "chạm Tháng hành động" in text
    assert all(d in cells for d in results["two"].digests.values())


def test_word_and_page_say_the_same_sentences(documents: dict[str, Document]) -> None:
    page = re.sub(r"<[^>]+>", "", html.write(documents["two"]).decode()).replace("&#34;", '"').replace("&amp;", "&")
    with zipfile.ZipFile(io.BytesIO(word.write(documents["two"]))) as z:
        paper = re.sub(r"<w:instrText.*?</w:instrText>|<[^>]+>", "", z.read("word/document.xml").decode()).replace("&amp;", "&")
    for block in documents["two"].all_blocks():
        for part in getattr(block, "parts", ()):
            if isinstance(part, Sentence):
                assert numbers.unbroken(part.text) in page
                assert numbers.unbroken(part.text) in paper


@pytest.mark.usefixtures("no_drawing")
def test_compose_is_pure() -> None:
    results = build(waves=(2026,))
    assert compose.build(results) == compose.build(results)
