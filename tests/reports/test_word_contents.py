"""What stands in a Word file before anybody presses F9: the list of contents, labels, references, numbers as content controls."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree
from reading import W, style_of, styled, words
from word_small import DRAWN, document, results

from analysis.results import Results
from reports import layout, numbers, word
from reports.document import Cell, Document, Heading, Paragraph, Piece, Sentence, annex_name, pieces, runs
from reports.word import contents, controls


@pytest.fixture(scope="module")
def kept() -> Results:
    return results()


def tree(made: Document) -> Any:
    with zipfile.ZipFile(io.BytesIO(word.write(made))) as z:
        return etree.fromstring(z.read("word/document.xml"))


@pytest.fixture(scope="module")
def body(kept: Results) -> Any:
    return tree(document(kept))


def entries(body: Any) -> list[tuple[int, str]]:
    levels = {layout.style(f"contents{level}").style_id: level for level in (1, 2)}
    return [(levels[style_of(p)], words(p)) for p in body.iter(f"{W}p") if style_of(p) in levels]


def test_the_list_of_contents_says_every_heading_in_order_with_its_level(body: Any) -> None:
    assert [words(p) for p in styled(body, "contents_title")] == [contents.TITLE]
    assert entries(body) == [
        (1, "I. KẾT QUẢ"), (2, "1. Cỡ mẫu"), (1, "II. KIẾN NGHỊ"), (1, "Phụ lục I"), (1, "THAY ĐỔI"), (1, "Phụ lục II"),
        (1, "KẾT QUẢ TIẾP CẬN"),
    ]  # fmt: skip


def test_it_is_what_word_would_make_of_the_outline(body: Any, kept: Results) -> None:
    r"""TOC \o \u collects paragraphs whose style has an outline level within the range: the entries must be those, no others."""
    outlined = {s.style_id: s.outline + 1 for s in layout.STYLES if s.outline is not None}
    for depth in (1, 2):
        made = body if depth == 2 else tree(document(kept, contents=1))
        code = next(i.text for i in made.iter(f"{W}instrText") if "TOC" in i.text)
        assert code == f' TOC \\o "1-{depth}" \\n \\h \\z \\u '
        wanted = []
        for p in made.iter(f"{W}p"):
            style = p.find(f"{W}pPr/{W}pStyle")
            level = outlined.get("" if style is None else style.get(f"{W}val"), 9)
            if level <= depth:
                wanted.append((level, words(p)))
        assert entries(made) == wanted


def test_each_entry_is_a_link_to_its_heading(body: Any) -> None:
    starts = {b.get(f"{W}name"): b for b in body.iter(f"{W}bookmarkStart")}
    lines = [(h.get(f"{W}anchor"), words(h)) for h in body.iter(f"{W}hyperlink")]
    assert len(lines) == len(entries(body)) == 7
    for mark, said in lines:
        assert words(starts[mark].getparent()) == said


def test_no_page_number_is_guessed(body: Any) -> None:
    codes = " ".join(i.text for i in body.iter(f"{W}instrText"))
    assert "PAGEREF" not in codes
    assert not any(re.search(r"\t|\.{4}|\d$", said) for _, said in entries(body))


def test_a_document_that_wants_none_has_none(kept: Results) -> None:
    made = tree(document(kept, contents=0))
    assert styled(made, "contents_title") == []
    assert not any("TOC" in i.text for i in made.iter(f"{W}instrText"))
    assert not any(b.get(f"{W}name").startswith("_Toc") for b in made.iter(f"{W}bookmarkStart"))


def test_an_only_annex_has_no_number(kept: Results) -> None:
    made = document(kept)
    assert [annex_name(made, i) for i in (1, 2)] == ["Phụ lục I", "Phụ lục II"]
    alone = replace(made, annexes=made.annexes[:1])
    assert annex_name(alone, 1) == "Phụ lục"
    assert [words(p) for p in styled(tree(alone), "annex")] == ["Phụ lục"]


def test_a_wide_annex_is_turned_and_its_table_uses_the_room(body: Any) -> None:
    ways = [s.find(f"{W}pgSz").get(f"{W}orient") for s in body.iter(f"{W}sectPr")]
    assert [way == "landscape" for way in ways] == [False, True, False]
    rooms = [layout.BODY_MM, layout.LANDSCAPE_MM, layout.BODY_MM]
    tables = [t for t in body.iter(f"{W}tbl") if t.find(f"{W}tblPr/{W}tblCaption") is not None]
    widths = [sum(int(g.get(f"{W}w")) for g in t.find(f"{W}tblGrid")) * 25.4 / 1440 for t in tables]
    assert widths == pytest.approx(rooms, abs=0.3)


def test_every_number_of_text_and_tables_is_a_control_with_the_tag_of_its_row(body: Any, kept: Results) -> None:
    rows = {r.key: r for r in kept.rows}
    said = {(c.find(f"{W}sdtPr/{W}tag").get(f"{W}val"), words(c)) for c in body.iter(f"{W}sdt")}
    assert (f"{numbers.text_key(DRAWN)}:text::0", "1.500") in said
    score = next(r for r in kept.rows if (r.kind, r.indicator, r.wave, r.domain) == ("level", "score", 2030, ()))
    assert score.estimate is not None
    assert score.lower is not None
    assert score.upper is not None
    assert {
        (f"{score.key}:estimate:point:1", numbers.quantity(score.estimate, "point")),
        (f"{score.key}:estimate::1", numbers.number(score.estimate)), (f"{score.key}:lower::1", numbers.number(score.lower)),
        (f"{score.key}:upper::1", numbers.number(score.upper)), (f"{score.key}:n::0", numbers.whole(score.n)),
    } <= said  # fmt: skip
    hidden = {k for k, r in rows.items() if r.publish == "hide"}
    assert hidden
    assert not hidden & {tag.split(":")[0] for tag, _ in said}
    for control in body.iter(f"{W}sdt"):
        about = control.find(f"{W}sdtPr")
        tag, alias = (about.find(f"{W}{n}").get(f"{W}val") for n in ("tag", "alias"))
        assert re.fullmatch(r"[0-9a-f]{12}:(estimate|lower|upper|n|text):[a-z_]*:\d", tag)
        assert len(tag) <= 64
        assert len(alias) <= 64
        assert alias == f"{controls.SAID[tag.split(':')[1]]} ({tag[:12]})"
        assert about.find(f"{W}lock") is None
        assert len(words(control)) > 0


def test_no_digit_of_a_result_stands_in_a_table_outside_a_control(body: Any) -> None:
    free = []
    for table in (t for t in body.iter(f"{W}tbl") if t.find(f"{W}tblPr/{W}tblCaption") is not None):
        for row in table.findall(f"{W}tr"):
            if row.find(f"{W}trPr/{W}tblHeader") is None:
                for cell in row.findall(f"{W}tc")[1:]:
                    free += [words(r) for p in cell.iter(f"{W}p") for r in p.findall(f"{W}r") if re.search(r"\d", words(r))]
    assert free == []


def test_marks_stay_outside_the_number() -> None:
    shown = controls.shown(Cell("(54,3)", "50,1 - 58,4", 54.3, 50.1, 58.4, key="0123456789ab", mark="bracket"))
    assert shown == (Piece("("), Piece("54,3", "0123456789ab:estimate::1"), Piece(")"))
    limits = controls.limits(Cell("54,3", "-2,1 đến 3,4", 54.3, -2.1, 3.4, key="0123456789ab"))
    assert [p.text for p in limits] == ["(", "-2,1", " đến ", "3,4", ")"]
    assert [p.tag for p in limits] == ["", "0123456789ab:lower::1", "", "0123456789ab:upper::1", ""]
    none = Cell("-", value=0, decimals=0, key="texts/a/b")
    assert controls.shown(none) == (Piece("-", f"{numbers.text_key('texts/a/b')}:text::0"),)
    same = controls.limits(Cell("5,0", "5,0 - 5,0", 5.0, 5.0, 5.0, key="0123456789ab"))
    assert [p.tag.split(":")[1] for p in same if p.tag] == ["lower", "upper"]
    for hidden in (Cell("(*)", key="0123456789ab", mark="hide"), Cell("...", key="0123456789ab", mark="none"), Cell("Nam")):
        assert controls.shown(hidden) == (Piece(hidden.text),)
    assert controls.limits(Cell("54,3", "...", 54.3, key="0123456789ab")) == (Piece("..."),)


def test_a_sentence_keeps_its_words_whatever_is_tagged() -> None:
    first = Sentence(f"Tăng {numbers.tagged('5,0 - 6,0', 'k:lower::1')} điểm.")
    second = Sentence(numbers.tagged("7%", "k:estimate:percent:0") + " là đúng.")
    said = Paragraph((first, second))
    texts = [(t, p) for t, p in runs(said, {}) if isinstance(p, Sentence)]
    assert ["".join(x.text for x in pieces(t, p)) for t, p in texts] == [t for t, _ in texts]
    assert [x.tag for t, p in texts for x in pieces(t, p) if x.tag] == ["k:lower::1", "k:estimate:percent:0"]


def test_a_heading_alone_can_close_the_text(kept: Results) -> None:
    """«./.» stands once even where a report ends in a table or a heading."""
    made = document(kept)
    for blocks in (made.blocks[:3], (*made.blocks[:3], Heading("II. HẾT", 1))):
        ended = [p for p in tree(replace(made, blocks=blocks)).iter(f"{W}p") if words(p).endswith(layout.END_MARK)]
        assert [words(p) for p in ended] == [layout.END_MARK]
