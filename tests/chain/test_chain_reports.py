"""The reports of the chain: stamped throughout, undecided while nobody has signed, and decided when somebody has."""

from __future__ import annotations

import json
import re
import zipfile
from functools import cache
from pathlib import Path

from analysis.publishing import public
from analysis.results import read_results
from tests.chain.conftest import Chain
from tests.chain.plant import SIGNED, page_words, rows_of, word_words

STAMP = "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"
UNDECIDED = "Chưa có văn bản thống nhất cách tính; chưa kết luận"


def page_of(folder: Path) -> str:
    """The Vietnamese half of the page, the one that is signed."""
    (path,) = folder.glob("*.html")
    text, _, english = path.read_text(encoding="utf-8").partition('<article class="page" lang="en"')
    assert english
    return page_words(text)


def document_of(folder: Path) -> dict[str, str]:
    (path,) = folder.glob("*.docx")
    return word_words(path)


@cache
def hidden_rows(chain: Chain) -> frozenset[str]:
    """Keys of what may not be printed."""
    results = read_results(chain.analysed("plain") / "results.json")
    return frozenset(r.key for r in public(results).rows if r.publish == "hide")


def comma(value: float) -> str:
    """A number as the office writes it."""
    return f"{value:.1f}".replace(".", ",")


def test_every_name_of_a_practice_file_says_so(chain: Chain) -> None:
    files = [p.relative_to(chain.reported("plain")).as_posix() for p in chain.reported("plain").rglob("*") if p.is_file()]
    assert {Path(name).suffix for name in files} == {".docx", ".html", ".xlsx", ".png", ".svg", ".txt"}
    assert [name for name in files if "GIA-LAP" not in name] == []


def test_the_stamp_stands_on_every_kind_of_page(chain: Chain) -> None:
    out = chain.reported("plain")
    assert STAMP in page_of(out)
    parts = document_of(out)
    headers = [text for name, text in parts.items() if "header" in name or "footer" in name]
    assert headers
    assert any(STAMP in text for text in headers), "only a header or footer is on every page"
    (book,) = out.glob("*.xlsx")
    with zipfile.ZipFile(book) as package:
        sheets = [n for n in package.namelist() if n.startswith("xl/worksheets/sheet")]
        shared = package.read("xl/sharedStrings.xml").decode()
        texts = re.findall(r"<si>.*?</si>", shared, re.DOTALL)
        stamped = {str(i) for i, text in enumerate(texts) if STAMP in text}
        assert len(sheets) >= 3
        for name in sheets:
            sheet = package.read(name).decode()
            cells = set(re.findall(r't="s"><v>(\d+)</v>', sheet))
            assert cells & stamped or STAMP in sheet, name
    pictures = list(out.rglob("*.svg"))
    assert pictures
    for path in out.rglob("*.txt"):
        assert path.read_text(encoding="utf-8").strip()


def test_without_a_signed_document_nothing_is_concluded(chain: Chain) -> None:
    out = chain.reported("plain")
    for text in (page_of(out), document_of(out)["word/document.xml"]):
        assert UNDECIDED in text
        assert "Đánh giá mục tiêu II.3:" not in text
        assert SIGNED["document"] not in text


def test_all_four_readings_stand_side_by_side_while_undecided(chain: Chain) -> None:
    """Score and share, relative and absolute: each with its own number."""
    text = page_of(chain.reported("plain"))
    wanted = [
        r for r in rows_of(chain.analysed("plain"))
        if r["kind"] == "target" and not r["domain"] and r["indicator"] in ("score", "reach60")
    ]  # fmt: skip
    assert len(wanted) == 4
    for row in wanted:
        if row["estimate"] is not None and row["publish"] != "hide" and row["key"] not in hidden_rows(chain):
            assert comma(row["estimate"]) in text, (row["indicator"], row["estimand"])


def test_headline_levels_are_printed_as_the_office_writes_them(chain: Chain) -> None:
    text = page_of(chain.reported("plain"))
    words = document_of(chain.reported("plain"))["word/document.xml"]
    for row in rows_of(chain.analysed("plain")):
        if row["kind"] == "level" and not row["domain"] and row["indicator"] in ("score", "reach60", "K", "A"):
            shown = row["key"] not in hidden_rows(chain)
            assert shown or row["indicator"] == "reach60"  # a share of so few interviews is too unreliable to be printed
            assert not shown or (comma(row["estimate"]) in text and comma(row["estimate"]) in words)
    assert not re.search(r"\d+\.\d+%", text), "a decimal point where a comma belongs"


def test_no_sentence_gives_the_plan_the_credit(chain: Chain) -> None:
    text = page_of(chain.reported("plain"))
    for words in ("nhờ Kế hoạch", "do Kế hoạch", "tác động của Kế hoạch", "hiệu quả của Kế hoạch"):
        assert words not in text


def word_for(low: float, up: float) -> str:
    """The decision's word for a relative change."""
    if low >= 10:
        return "đạt mức cao (tăng từ 15% trở lên)" if low >= 15 else "đạt"
    if low > 0:
        return "có tăng, chưa đủ căn cứ kết luận đạt mức 10%" if up >= 10 else "có tăng, chưa đạt"
    return "chưa đủ căn cứ kết luận" if up >= 10 else "giảm, chưa đạt" if up < 0 else "chưa đạt"


def test_a_signed_document_turns_the_sentence_into_a_verdict(chain: Chain) -> None:
    results, report = chain.analysed("signed"), chain.reported("signed")
    asked = json.loads((results / "results.json").read_bytes())["texts"]["target_ii3"]
    assert asked["signed"] is True
    assert asked["document"] == SIGNED["document"]
    (row,) = [
        r for r in rows_of(results)
        if r["kind"] == "target" and r["indicator"] == "score" and r["estimand"] == "rel" and not r["domain"]
    ]  # fmt: skip
    said = word_for(row["lower"], row["upper"])
    assert row["state"] == said
    for text in (page_of(report), document_of(report)["word/document.xml"]):
        assert f"Đánh giá mục tiêu II.3: {said}" in text
        assert SIGNED["document"] in text
        assert SIGNED["decided_by"] in text
        assert "01/09/2026" in text
        assert UNDECIDED not in text


def test_a_signature_makes_no_real_figure_of_a_practice_one(chain: Chain) -> None:
    report = chain.reported("signed")
    assert STAMP in page_of(report)
    assert any(STAMP in text for text in document_of(report).values())
    assert [p.name for p in report.rglob("*") if p.is_file() and "GIA-LAP" not in p.name] == []
