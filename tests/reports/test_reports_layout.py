"""Every rule of layout.py, one test each, measured in the Word file that a clerk would measure with a ruler."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import decree
import pytest
from reading import W, mm, style_of, styled, word_tree, words

from reports import layout
from reports.document import Document
from reports.layout import Rule

RULES = tuple(r for r in layout.rules() if r.element != "landscape")  # this report has no wide annex; test_word_kinds has
NAME = "BaoCao_GIA-LAP.docx"
HEADERS = tuple(f"word/header{i}.xml" for i in range(1, 7))


@pytest.fixture(scope="module")
def paper(folders: dict[str, Path]) -> decree.Paper:
    return decree.opened(folders["two"] / NAME)


@pytest.fixture(scope="module")
def parts(folders: dict[str, Path]) -> dict[str, Any]:
    names = ("word/document.xml", "word/styles.xml", *HEADERS)
    return {n: word_tree(folders["two"] / NAME, n) for n in names}


@pytest.mark.parametrize("rule", RULES, ids=[f"{r.element}-{r.rule}" for r in RULES])
def test_the_file_keeps_the_rule(paper: decree.Paper, rule: Rule) -> None:
    name = (rule.element, rule.rule)
    seen = decree.measured(paper, rule)
    assert seen
    low, high = rule.allowed
    for value in seen if name != decree.BOLD_IN_CELLS else seen[:1]:
        assert low - 0.02 <= value <= high + 0.02, (rule.source, value)
    assert seen[0] == pytest.approx(rule.value, abs=0.02)


def test_every_measured_rule_is_in_the_table() -> None:
    every = tuple(layout.rules())
    assert set(decree.MEASURES) <= {(r.element, r.rule) for r in every}
    assert len({(r.element, r.rule) for r in every}) == len(every)
    assert {r.rule for r in every if (r.element, r.rule) not in decree.MEASURES} == set(decree.SHOWN)
    with pytest.raises(KeyError):
        layout.rule("page", "colour")
    with pytest.raises(KeyError):
        layout.style("footnote")


@pytest.mark.parametrize("element", [s.element for s in layout.STYLES if s.element not in {"heading3", "contents2"}])
def test_every_style_is_used_by_the_report(parts: dict[str, Any], element: str) -> None:
    assert any(styled(tree, element) for name, tree in parts.items() if name != "word/styles.xml")


@pytest.mark.parametrize("style", [s for s in layout.STYLES if s.capitals], ids=lambda s: s.element)
def test_what_the_decree_wants_in_capitals_is_written_in_capitals(parts: dict[str, Any], style: layout.Style) -> None:
    texts = [words(p) for name, tree in parts.items() if name != "word/styles.xml" for p in styled(tree, style.element)]
    assert any(texts)
    assert [t.upper() for t in texts] == texts


def test_headings_go_one_level_at_a_time_and_are_numbered_in_order(parts: dict[str, Any]) -> None:
    body = parts["word/document.xml"].find(f"{W}body")
    levels = {layout.style(f"heading{i}").style_id: i for i in (1, 2, 3)}
    annex = layout.style("annex").style_id
    first: list[str] = []
    second, before = 0, 0
    for p in body.findall(f"{W}p"):
        level = levels.get(style_of(p), 0)
        if style_of(p) == annex:
            second, before = 0, 1
        if level == 1:
            first.append(words(p).split(". ")[0])
            second = 0
        if level == 2:
            second += 1
            assert words(p).startswith(f"{second}. ")
        if level:
            assert level - before <= 1
            before = level
    assert first == ["I", "II", "III", "IV", "V", "VI", "VII"]


def test_bases_stand_by_rank_each_closed_as_the_decree_says(parts: dict[str, Any]) -> None:
    lines = [words(p) for p in styled(parts["word/document.xml"], "basis")]
    assert [line.split()[2] for line in lines] == ["Luật", "Quyết", "Kế"]
    assert all(line.startswith("Căn cứ ") for line in lines)
    assert [line[-1] for line in lines] == [";", ";", "."]
    assert not any(line.endswith((".;", "..")) for line in lines)


def test_the_unknown_number_and_date_of_the_plan_are_marked_gaps(parts: dict[str, Any]) -> None:
    line = styled(parts["word/document.xml"], "basis")[-1]
    marked = [words(r) for r in line.iter(f"{W}r") if r.find(f"{W}rPr/{W}highlight") is not None]
    assert marked == ["....../KH-UBND", "ngày ...... tháng ...... năm ......"]
    assert words(line).startswith(
        "Căn cứ Kế hoạch số ....../KH-UBND ngày ...... tháng ...... năm ...... của Ủy ban nhân dân tỉnh"
    )


@pytest.mark.parametrize("name", ["two", "one", "signed"])
def test_no_section_ends_in_a_line_that_could_fall_on_an_empty_page(folders: dict[str, Path], name: str) -> None:
    tree = word_tree(next(folders[name].glob("*.docx")))
    broken = [p for p in tree.iter(f"{W}p") if p.find(f"{W}pPr/{W}sectPr") is not None]
    assert len(broken) == 2
    for p in broken:
        spacing = p.find(f"{W}pPr/{W}spacing")
        assert (spacing.get(f"{W}lineRule"), int(spacing.get(f"{W}line"))) == ("exact", 20)
        assert words(p) == ""


@pytest.mark.parametrize("name", ["two", "one", "signed"])
def test_tables_and_pictures_stay_between_the_margins(
    folders: dict[str, Path], documents: dict[str, Document], name: str
) -> None:
    tree = word_tree(next(folders[name].glob("*.docx")))
    for table in tree.iter(f"{W}tbl"):
        width = sum(mm(g.get(f"{W}w")) for g in table.find(f"{W}tblGrid"))
        assert width <= layout.BODY_MM + 0.2
        assert mm(table.find(f"{W}tblPr/{W}tblW").get(f"{W}w")) == pytest.approx(width, abs=0.2)
        assert table.find(f"{W}tblPr/{W}tblLayout").get(f"{W}type") == "fixed"
    extents = [e for e in tree.iter() if str(e.tag).endswith("}extent")]
    assert len(extents) == len(documents[name].pictures())
    for extent in extents:
        assert int(extent.get("cx")) / 36000 <= layout.BODY_MM
        assert int(extent.get("cy")) / 36000 <= 297 - 20 - 20 - 25


def test_longest_word_of_every_column_head_fits_its_column(folders: dict[str, Path], documents: dict[str, Document]) -> None:
    """A word that is wider than its column is cut in the middle by Word; the widest table has seven columns."""
    widest = 0
    for table in documents["two"].tables():
        total = sum(c.width for c in table.columns)
        widest = max(widest, len(table.columns))
        for column in table.columns:
            room = layout.BODY_MM * column.width / total - 2 * 57 * 25.4 / 1440
            for word in column.label.replace("-", "- ").split():
                assert layout.text_width_mm(word, 11, bold=True) <= room, (table.anchor, word)
    assert widest == 7


def test_every_interval_fits_its_column_on_one_line(documents: dict[str, Document]) -> None:
    for table in documents["two"].tables():
        total = sum(c.width for c in table.columns)
        for line in (r for r in table.rows if not r.group):
            for column, cell in zip(table.columns, line.cells, strict=True):
                if column.kind == "estimate" and cell.below:
                    room = layout.BODY_MM * column.width / total - 2 * 57 * 25.4 / 1440
                    assert layout.text_width_mm(f"({cell.below})", 11, bold=False) <= room, (table.anchor, cell.below)
