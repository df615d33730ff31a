"""All forms of the report together: stamps, hidden numbers, traceability, same bytes, nothing half-written."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from fixture import BRACKET_CODE, EMPTY_CODE, HIDDEN_CODE, HIDDEN_VALUE, build
from typer.testing import CliRunner

import reports
from analysis.results import Results
from forms.errors import BdgError
from reports import compose, html, numbers, word, workbook
from reports.cli import app
from reports.document import Cell, Document, Sentence, TableRow

STAMP = "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"
ALL = pytest.mark.parametrize("name", ["two", "one", "signed"])


def contents(path: Path) -> dict[str, bytes]:
    """A file, or the members of a package, as bytes; figures inside the page decoded."""
    if path.suffix in {".docx", ".xlsx"}:
        with zipfile.ZipFile(path) as z:
            return {f"{path.name}/{n}": z.read(n) for n in z.namelist()}
    found = {path.name: path.read_bytes()}
    if path.suffix == ".html":
        for i, inside in enumerate(re.findall(rb"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", found[path.name])):
            found[f"{path.name}/svg{i}"] = base64.b64decode(inside)
    return found


def everything(folder: Path) -> dict[str, bytes]:
    return {n: c for p in sorted(folder.rglob("*")) if p.is_file() for n, c in contents(p).items()}


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


@ALL
def test_hidden_numbers_are_in_no_file(folders: dict[str, Path], results: dict[str, Results], name: str) -> None:
    hidden = [r for r in results[name].rows if r.publish == "hide" and r.estimate is not None]
    shown = {
        numbers.number(v)
        for r in results[name].rows
        if r.publish != "hide"
        for v in (r.estimate, r.lower, r.upper)
        if v is not None
    }
    raw = {repr(round(v, d)) for r in hidden for v in (r.estimate, r.lower, r.upper) if v is not None for d in (2, 3, 4, 6)}
    said = {numbers.number(v) for r in hidden for v in (r.estimate, r.lower, r.upper) if v is not None} - shown
    assert numbers.number(HIDDEN_VALUE) in said
    banned = [t.encode() for t in raw | said]
    for n, content in everything(folders[name]).items():
        if n.endswith(".png"):
            continue
        for text in banned:
            assert not re.search(rb"(?<![\d.,])" + re.escape(text) + rb"(?![\d])", content), (n, text)


def test_marks_in_tables(documents: dict[str, Document], results: dict[str, Results]) -> None:
    by_key = {r.key: r for r in results["two"].rows}
    seen = set()
    for table in documents["two"].tables():
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


def test_numbers_in_excel_are_numbers_and_equal_the_rows(folders: dict[str, Path], documents: dict[str, Document]) -> None:
    book = openpyxl.load_workbook(next(folders["two"].glob("BangSoLieu*.xlsx")))
    index = [t.anchor for t in documents["two"].tables()].index("scores")
    sheet = book[f"B{index + 1:02d}"]
    table = documents["two"].tables()[index]
    lines = {str(row[0].value): row for row in sheet.iter_rows()}
    line = next(r for r in table.rows if r.cells[0].text == "Nam")
    values = [c.value for c in lines["Nam"]]
    flat = [v for c in line.cells[1:] for v in ((c.value,) if not c.below else (c.value, c.lower, c.upper))]
    assert [v for v in values if isinstance(v, int | float)] == pytest.approx(flat)
    bracket = next(row for name, row in lines.items() if name == "Từ 60 tuổi trở lên")
    assert '"("' in bracket[2].number_format
    assert isinstance(bracket[2].value, float)
    hidden = lines["15 tuổi"]
    assert not any(isinstance(c.value, int | float) for c in hidden)
    assert values[-1] == " ".join(dict.fromkeys(c.key for c in line.cells if c.key))


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


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@ALL
def test_page_is_accessible_and_stands_alone(folders: dict[str, Path], name: str) -> None:
    text = next(folders[name].glob("*.html")).read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    assert next(a for t, a in page.tags if t == "html")["lang"] == "vi"
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    targets = [str(a["href"])[1:] for t, a in page.tags if t == "a"]
    assert all(t in ids for t in targets)
    assert page.tags[[t for t, _ in page.tags].index("body") + 1][1]["class"] == "skip"
    assert all(a.get("scope") for t, a in page.tags if t == "th")
    assert all(a.get("alt") for t, a in page.tags if t == "img")
    levels = [int(t[1]) for t, _ in page.tags if re.fullmatch(r"h[1-6]", t)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert not any(t in {"script", "link", "iframe"} for t, _ in page.tags)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)
    assert "http" not in re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)


@ALL
def test_no_space_before_percent_in_any_form(folders: dict[str, Path], name: str) -> None:
    for n, content in everything(folders[name]).items():
        if n.endswith((".html", "document.xml", "sharedStrings.xml", ".txt")):
            plain = re.sub(r"<style.*?</style>|<[^>]+>", "", content.decode(), flags=re.DOTALL)
            assert not re.search(r"\d[ \u00a0]%", plain), n


def test_contrast_of_the_page_is_enough() -> None:
    css = (html.TEMPLATES / "survey.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", css))

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(a: str, b: str) -> float:
        high, low = sorted((light(a), light(b)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    for text in ("ink", "quiet", "link", "stamp"):
        for ground in ("ground", "tint"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert contrast("#1a1a1a", "#fff3a3") >= 4.5


def test_nothing_is_left_behind_when_a_writer_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Document) -> bytes:
        raise RuntimeError("no")

    monkeypatch.setattr(workbook, "write", broken)
    with pytest.raises(RuntimeError):
        reports.survey(build(waves=(2026,)), tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_results_without_a_score_or_words_are_refused(tmp_path: Path) -> None:
    results = build(waves=(2026,))
    bare = replace(results, rows=(), texts={k: v for k, v in results.texts.items() if k != "issuer"})
    with pytest.raises(BdgError) as caught:
        reports.survey(bare, tmp_path / "out")
    assert [p.code for p in caught.value.problems] == ["REP-003", "REP-002"]
    assert not list(tmp_path.iterdir())


def test_command_line(tmp_path: Path) -> None:
    source = tmp_path / "results.json"
    source.write_bytes(build(waves=(2026,)).json_bytes())
    done = CliRunner().invoke(app, ["survey", str(source), "--out", str(tmp_path / "out")], catch_exceptions=False)
    assert done.exit_code == 0
    assert (tmp_path / "out" / "BaoCao_GIA-LAP.docx").is_file()
    (tmp_path / "other.json").write_text('{"schema": "results/9"}', encoding="utf-8")
    refused = CliRunner().invoke(app, ["survey", str(tmp_path / "other.json"), "--out", str(tmp_path / "no")])
    assert isinstance(refused.exception, BdgError)
    assert refused.exception.exit_code == 2
    assert not (tmp_path / "no").exists()


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
                assert part.text in page
                assert part.text in paper


def test_compose_is_pure() -> None:
    results = build(waves=(2026,))
    assert compose.build(results) == compose.build(results)
