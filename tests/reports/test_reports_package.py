"""BaoCao.docx as a package: Word opens it without repair, python-docx reads it, and its inner links hold."""

from __future__ import annotations

import posixpath
import re
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import docx
import pytest
from lxml import etree
from reading import W, mm, style_of, styled, word_tree, words

from reports import layout
from reports.document import Document, Judgement, Table, labels

ALL = pytest.mark.parametrize("name", ["two", "one", "signed"])
Trees = dict[str, Any]
Documents = dict[str, Document]
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
RELATED = "{http://schemas.openxmlformats.org/package/2006/relationships}"
CONTENT = "{http://schemas.openxmlformats.org/package/2006/content-types}"


@pytest.fixture(scope="module")
def paths(folders: dict[str, Path]) -> dict[str, Path]:
    return {name: next(folder.glob("*.docx")) for name, folder in folders.items()}


@pytest.fixture(scope="module")
def trees(paths: dict[str, Path]) -> dict[str, Any]:
    return {name: word_tree(path) for name, path in paths.items()}


@ALL
def test_another_library_reads_the_tables_as_they_are(paths: dict[str, Path], documents: Documents, name: str) -> None:
    opened = docx.Document(str(paths[name]))
    named = [t for t in opened.tables if t._tbl.tblPr.find(f"{W}tblCaption") is not None]
    assert len(named) == len(documents[name].tables())
    for read, made in zip(named, documents[name].tables(), strict=True):
        heads = len(read.rows) - len(made.rows)
        assert heads in {1, 2}
        for line, record in zip(list(read.rows)[heads:], made.rows, strict=True):
            texts = ["\n".join(words(p) for p in c._tc.iter(f"{W}p")) for c in line.cells]  # python-docx leaves controls out
            if record.group:
                assert set(texts) == {record.cells[0].text}
                continue
            assert texts == [c.text + (_limits(c.below) if c.below else "") for c in record.cells]


def _limits(below: str) -> str:
    return f"\n({below})" if below != "..." else f"\n{below}"


@ALL
def test_about_says_what_it_is_and_not_who_or_when(paths: dict[str, Path], documents: Documents, name: str) -> None:
    about = docx.Document(str(paths[name])).core_properties
    assert (about.title, about.language) == (documents[name].subject, "vi-VN")
    assert (about.author, about.last_modified_by, about.comments) == ("", "", "")
    assert about.created.year == about.modified.year == 1980


@ALL
def test_every_relation_and_content_type_resolves(paths: dict[str, Path], name: str) -> None:
    with zipfile.ZipFile(paths[name]) as z:
        assert z.testzip() is None
        members = set(z.namelist())
        assert z.namelist()[0] == "[Content_Types].xml"
        for rels in (n for n in members if n.endswith(".rels")):
            base = PurePosixPath(rels).parent.parent
            for relation in etree.fromstring(z.read(rels)).iter(f"{RELATED}Relationship"):
                assert relation.get("TargetMode") != "External"
                target = relation.get("Target")
                place = target[1:] if target.startswith("/") else posixpath.normpath(base / target)
                assert place in members, (rels, target)
        types = etree.fromstring(z.read("[Content_Types].xml"))
        parts = {t.get("PartName")[1:] for t in types.iter(f"{CONTENT}Override")}
        suffixes = {t.get("Extension") for t in types.iter(f"{CONTENT}Default")}
        assert parts <= members
        assert all(m in parts or m.rsplit(".", 1)[-1] in suffixes for m in members)


@ALL
def test_headers_of_every_section_are_named_by_their_own_relations(paths: dict[str, Path], trees: Trees, name: str) -> None:
    with zipfile.ZipFile(paths[name]) as z:
        rels = {r.get("Id"): r.get("Target") for r in etree.fromstring(z.read("word/_rels/document.xml.rels"))}
    seen = []
    for section in trees[name].iter(f"{W}sectPr"):
        kinds = {h.get(f"{W}type"): rels[h.get(f"{R}id")] for h in section.findall(f"{W}headerReference")}
        assert set(kinds) == {"default", "first"}
        seen += list(kinds.values())
        assert section.find(f"{W}footerReference") is None
    assert len(seen) == len(set(seen)) == 6


@ALL
def test_fields_open_separate_and_close(trees: Trees, name: str) -> None:
    state = [c.get(f"{W}fldCharType") for c in trees[name].iter(f"{W}fldChar")]
    assert state == ["begin", "separate", "end"] * (len(state) // 3)
    assert len(list(trees[name].iter(f"{W}instrText"))) == len(state) // 3
    split = [p for p in trees[name].iter(f"{W}p") if len(list(p.iter(f"{W}fldChar"))) % 3]
    assert {style_of(p) for p in split} == {layout.style("contents1").style_id}  # only the list of contents runs over lines


@ALL
def test_captions_are_numbered_in_the_order_in_which_they_stand(trees: Trees, documents: Documents, name: str) -> None:
    captions = [words(p) for p in styled(trees[name], "caption")]
    assert [c.split(". ")[0] for c in captions] == [f"Biểu số {i:02d}" for i in range(1, len(captions) + 1)]
    assert [c.split(". ", 1)[1] for c in captions] == [t.caption for t in documents[name].tables()]
    figures = [words(p) for p in styled(trees[name], "caption_figure")]
    assert [f.split(". ")[0] for f in figures] == [f"Hình {i}" for i in range(1, len(figures) + 1)]
    assert [f.split(". ", 1)[1] for f in figures] == [p.caption for p in documents[name].pictures()]


@ALL
def test_a_caption_stands_above_its_table_and_below_its_figure(trees: Trees, name: str) -> None:
    body = trees[name].find(f"{W}body")
    above, below = layout.style("caption").style_id, layout.style("caption_figure").style_id
    for p in body.findall(f"{W}p"):
        if style_of(p) == above:
            follows = p.getnext()
            follows = follows.getnext() if style_of(follows) == layout.style("unit").style_id else follows
            assert follows.tag == f"{W}tbl", words(p)
        if style_of(p) == below:
            assert any(str(d.tag).endswith("}drawing") for d in p.getprevious().iter()), words(p)


@ALL
def test_every_table_and_figure_is_mentioned_before_it_stands(trees: Trees, documents: Documents, name: str) -> None:
    """Those of the text; the annexes are lists of tables under their own titles."""
    names = labels(documents[name])
    own = [names[b.anchor] for b in documents[name].blocks if hasattr(b, "anchor")]
    body = trees[name].find(f"{W}body")
    mentioned: set[str] = set()
    stands = {layout.style(e).style_id for e in ("caption", "caption_figure")}
    for p in body.findall(f"{W}p"):
        if style_of(p) in stands and words(p).split(". ")[0] in own:
            assert words(p).split(". ")[0] in mentioned
        if any(" REF " in (i.text or "") for i in p.iter(f"{W}instrText")):
            mentioned |= {n for n in own if n in words(p)}
    assert mentioned == set(own)


@ALL
def test_no_table_is_cut_from_what_belongs_to_it(trees: Trees, name: str) -> None:
    """Caption, unit and head keep with the first line; the last line keeps with the source."""
    for table in (t for t in trees[name].iter(f"{W}tbl") if t.find(f"{W}tblPr/{W}tblCaption") is not None):
        rows = table.findall(f"{W}tr")
        heads = [r for r in rows if r.find(f"{W}trPr/{W}tblHeader") is not None]
        for row in [*heads, rows[len(heads)], rows[-1]]:
            assert row.find(f".//{W}keepNext") is not None
        before = table.getprevious()
        while style_of(before) in {layout.style("unit").style_id, layout.style("caption").style_id}:
            assert layout.style("caption").keep_next
            before = before.getprevious()
        for row in rows:
            assert row.find(f"{W}trPr/{W}cantSplit") is not None
            assert all(c.find(f"{W}p") is not None for c in row.findall(f"{W}tc"))


@ALL
def test_every_judgement_and_gap_is_yellow_and_nothing_else_is(trees: Trees, documents: Documents, name: str) -> None:
    yellow = [words(r) for r in trees[name].iter(f"{W}r") if r.find(f"{W}rPr/{W}highlight") is not None]
    judged = [b for b in documents[name].all_blocks() if isinstance(b, Judgement)]
    prompts = [t for t in yellow if t.startswith("[Cơ quan soạn thảo viết ")]
    assert [p.removeprefix("[Cơ quan soạn thảo viết ").split(":")[0] for p in prompts] == [b.prompt for b in judged]
    assert [t for t in yellow if t not in prompts] == ["....../KH-UBND", "ngày ...... tháng ...... năm ......"]


@ALL
def test_an_annex_begins_on_its_own_page_with_its_own_numbers_and_names_its_report(
    trees: Trees, documents: Documents, name: str
) -> None:
    tree = trees[name]
    assert [words(p) for p in styled(tree, "annex")] == [f"Phụ lục {'I' * i}" for i in range(1, len(documents[name].annexes) + 1)]
    assert [words(p) for p in styled(tree, "annex_title")] == [a.title.upper() for a in documents[name].annexes]
    for p in styled(tree, "annex_to"):
        assert re.fullmatch(r"\(Kèm theo Báo cáo số +/BC-SNV ngày +tháng +năm +của SỞ NỘI VỤ\)", words(p))
    sections = list(tree.iter(f"{W}sectPr"))
    assert [s.find(f"{W}pgNumType").get(f"{W}start") for s in sections[1:]] == ["1"] * len(documents[name].annexes)
    kinds = [s.find(f"{W}type") for s in sections]
    assert all(k is None or k.get(f"{W}val") == "nextPage" for k in kinds)


@ALL
def test_grouped_heads_cover_exactly_their_columns(trees: Trees, documents: Documents, name: str) -> None:
    tables = [t for t in trees[name].iter(f"{W}tbl") if t.find(f"{W}tblPr/{W}tblCaption") is not None]
    for table, record in zip(tables, documents[name].tables(), strict=True):
        if any(c.group for c in record.columns):
            _groups(table, record)


def _groups(table: Any, record: Table) -> None:
    top, below = table.findall(f"{W}tr")[:2]
    at = 0
    for cell in top.findall(f"{W}tc"):
        span = cell.find(f"{W}tcPr/{W}gridSpan")
        wide = 1 if span is None else int(span.get(f"{W}val"))
        covered = record.columns[at : at + wide]
        assert len({c.group for c in covered}) == 1
        assert words(cell) == (covered[0].group or covered[0].label)
        if not covered[0].group:
            assert cell.find(f"{W}tcPr/{W}vMerge").get(f"{W}val") == "restart"
            assert below.findall(f"{W}tc")[at].find(f"{W}tcPr/{W}vMerge") is not None
        else:
            assert [words(c) for c in below.findall(f"{W}tc")[at : at + wide]] == [c.label for c in covered]
        at += wide
    assert at == len(record.columns)


@ALL
def test_column_widths_of_the_grid_and_of_every_cell_agree(trees: Trees, name: str) -> None:
    for table in trees[name].iter(f"{W}tbl"):
        grid = [int(g.get(f"{W}w")) for g in table.find(f"{W}tblGrid")]
        for row in table.findall(f"{W}tr"):
            at = 0
            for cell in row.findall(f"{W}tc"):
                span = cell.find(f"{W}tcPr/{W}gridSpan")
                wide = 1 if span is None else int(span.get(f"{W}val"))
                assert int(cell.find(f"{W}tcPr/{W}tcW").get(f"{W}w")) == sum(grid[at : at + wide])
                at += wide
            assert at == len(grid)
        assert mm(str(sum(grid))) <= layout.BODY_MM + 0.2


@ALL
def test_pictures_carry_their_description_and_a_name(trees: Trees, documents: Documents, name: str) -> None:
    names = labels(documents[name])
    drawn = [d for d in trees[name].iter() if str(d.tag).endswith("}docPr")]
    assert [(d.get("name"), d.get("descr")) for d in drawn] == [(names[p.anchor], p.alt) for p in documents[name].pictures()]


@ALL
def test_tables_are_described(trees: Trees, documents: Documents, name: str) -> None:
    names = labels(documents[name])
    about = [
        (t.find(f"{W}tblPr/{W}tblCaption").get(f"{W}val"), t.find(f"{W}tblPr/{W}tblDescription").get(f"{W}val"))
        for t in trees[name].iter(f"{W}tbl")
        if t.find(f"{W}tblPr/{W}tblCaption") is not None
    ]
    assert about == [(names[t.anchor], t.caption) for t in documents[name].tables()]


@pytest.mark.parametrize("case", ["no superior", "one addressee", "no addressee", "nobody"])
def test_a_frame_with_gaps_is_still_a_frame(documents: Documents, case: str) -> None:
    from dataclasses import replace
    from io import BytesIO

    from reports import word

    frame = documents["one"].frame
    frame = {
        "no superior": replace(frame, superior=""),
        "one addressee": replace(frame, addressees=("Ủy ban nhân dân tỉnh",)),
        "no addressee": replace(frame, addressees=()),
        "nobody": replace(frame, recipients=(), authority=()),
    }[case]
    content = word.write(replace(documents["one"], frame=frame, blocks=documents["one"].blocks[:6], annexes=()))
    texts = [words(p) for p in etree.fromstring(zipfile.ZipFile(BytesIO(content)).read("word/document.xml")).iter(f"{W}p")]
    if case == "no superior":
        assert texts[0] == "SỞ NỘI VỤ"
    assert ("Kính gửi: Ủy ban nhân dân tỉnh." in texts) is (case == "one addressee")
    assert any(t.startswith("Kính gửi") for t in texts) is (case != "no addressee")
    if case == "nobody":
        assert "[QUYỀN HẠN, CHỨC VỤ]" in texts
        assert texts[texts.index("Nơi nhận:") + 1 :][:2] == ["- [nơi nhận];", "- Lưu: VT."]
