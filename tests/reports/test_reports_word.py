"""The produced .docx measured against the one table of layout.py, and against the schema."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from reading import STAMP, W, mm, retold, styled, words

from reports import layout, ooxml, opening
from reports.document import Document, labels
from reports.lookup import Lookup

R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
NAMES = {"two": "BaoCao_GIA-LAP.docx", "one": "BaoCao_GIA-LAP.docx", "signed": "BaoCao.docx"}
ALL = pytest.mark.parametrize("name", list(NAMES))


def parts(folder: Path, name: str) -> dict[str, bytes]:
    with zipfile.ZipFile(folder / NAMES[name]) as z:
        return {n: z.read(n) for n in z.namelist()}


def body(found: dict[str, bytes]) -> Any:
    return etree.fromstring(found["word/document.xml"])


def test_choices_lie_within_the_decree() -> None:
    for r in layout.rules():
        assert r.allowed[0] - 1e-9 <= r.value <= r.allowed[1] + 1e-9, (r.element, r.rule)
    page = {r.rule: r.value for r in layout.rules() if r.element == "page"}
    assert page["width_mm"] - page["left_mm"] - page["right_mm"] == layout.BODY_MM


@ALL
def test_paper_and_margins(folders: dict[str, Path], name: str) -> None:
    sections = list(body(parts(folders[name], name)).iter(f"{W}sectPr"))
    assert len(sections) == 3
    for section in sections:
        size, margin = section.find(f"{W}pgSz"), section.find(f"{W}pgMar")
        measured = {
            "width_mm": size.get(f"{W}w"), "height_mm": size.get(f"{W}h"), "top_mm": margin.get(f"{W}top"),
            "bottom_mm": margin.get(f"{W}bottom"), "left_mm": margin.get(f"{W}left"), "right_mm": margin.get(f"{W}right"),
            "header_mm": margin.get(f"{W}header"),
        }  # fmt: skip
        for rule, value in measured.items():
            assert mm(value) == pytest.approx(layout.rule("page", rule), abs=0.1), rule
        assert size.get(f"{W}orient") in {None, "portrait"}
        assert section.find(f"{W}titlePg") is not None
        kinds = {h.get(f"{W}type") for h in section.findall(f"{W}headerReference")}
        assert {"default", "first"} <= kinds


@ALL
def test_page_number_is_centred_above_and_absent_on_page_one(folders: dict[str, Path], name: str) -> None:
    found = parts(folders[name], name)
    numbered = [x for n, x in found.items() if n.startswith("word/header") and b" PAGE " in x]
    bare = [x for n, x in found.items() if n.startswith("word/header") and b" PAGE " not in x]
    assert len(numbered) == len(bare) == 3
    for x in numbered:
        p = styled(etree.fromstring(x), "page_number")
        assert len(p) == 1
    sections = list(body(found).iter(f"{W}sectPr"))
    assert [s.find(f"{W}pgNumType") is not None for s in sections] == [False, True, True]


@ALL
def test_styles_carry_the_rules(folders: dict[str, Path], name: str) -> None:
    tree = etree.fromstring(parts(folders[name], name)["word/styles.xml"])
    by_id = {s.get(f"{W}styleId"): s for s in tree.iter(f"{W}style")}
    for style in layout.STYLES:
        if style.element == "stamp" and name == "signed":
            assert style.style_id not in by_id
            continue
        found = by_id[style.style_id]
        run, paragraph = found.find(f"{W}rPr"), found.find(f"{W}pPr")
        faces = run.find(f"{W}rFonts")
        assert {faces.get(f"{W}{slot}") for slot in layout.FACE_SLOTS} == {layout.FACE}
        assert int(run.find(f"{W}sz").get(f"{W}val")) / 2 == style.size_pt
        assert (run.find(f"{W}b").get(f"{W}val") != "0") is style.bold
        assert (run.find(f"{W}i").get(f"{W}val") != "0") is style.italic
        assert run.find(f"{W}color").get(f"{W}val") == (style.colour or "000000")
        assert paragraph.find(f"{W}jc").get(f"{W}val") == style.align
        spacing, indent = paragraph.find(f"{W}spacing"), paragraph.find(f"{W}ind")
        assert int(spacing.get(f"{W}before")) / 20 == style.before_pt
        assert int(spacing.get(f"{W}after")) / 20 == style.after_pt
        assert int(spacing.get(f"{W}line")) / 240 == layout.rule("body", "line_spacing")
        first = layout.rule("body", "first_line_mm") if style.first_line else 0
        assert mm(indent.get(f"{W}firstLine")) == pytest.approx(first, abs=0.1)
    assert layout.style("body").after_pt >= layout.rule("body", "after_pt")


@ALL
def test_only_times_new_roman_is_named_and_runs_do_not_override(folders: dict[str, Path], name: str) -> None:
    found = parts(folders[name], name)
    for n, content in found.items():
        if not n.endswith(".xml") or n.startswith("docProps"):
            continue
        text = content.decode()
        assert set(re.findall(r'typeface="([^"]+)"', text)) <= {layout.FACE}
        assert not re.search(r"asciiTheme|hAnsiTheme|Calibri|Cambria|Arial", text), n
        assert set(re.findall(r'w:(?:ascii|hAnsi|cs|eastAsia)="([^"]+)"', text)) <= {layout.FACE, layout.LANGUAGE}
    for run in body(found).iter(f"{W}rPr"):
        assert not {c.tag for c in run} & {f"{W}sz", f"{W}rFonts", f"{W}i"}


@ALL
def test_heading_block(folders: dict[str, Path], documents: dict[str, Document], name: str) -> None:
    tree = body(parts(folders[name], name))
    frame = documents[name].frame
    for element, text in (
        ("nation", layout.NATION), ("motto", layout.MOTTO), ("superior", frame.superior), ("agency", frame.agency),
        ("symbol", "Số:        /BC-SNV"), ("place_date", "Quảng Ngãi, ngày      tháng      năm"), ("kind", "BÁO CÁO"),
        ("draft", "DỰ THẢO"),
    ):  # fmt: skip
        assert [words(p) for p in styled(tree, element)] == [text]
    left, right = (c for c in next(tree.iter(f"{W}tr")).iter(f"{W}tc"))
    assert frame.agency in words(left)
    assert layout.NATION in words(right)


@ALL
def test_lines_below_are_as_long_as_the_decree_says(folders: dict[str, Path], documents: dict[str, Document], name: str) -> None:
    tree = body(parts(folders[name], name))
    lines = []
    for p in styled(tree, "line"):
        indent = p.find(f"{W}pPr/{W}ind")
        if p.find(f"{W}pPr/{W}pBdr/{W}top") is not None:
            cell = next((a for a in p.iterancestors(f"{W}tc")), None)
            room = layout.BODY_MM if cell is None else mm(cell.find(f"{W}tcPr/{W}tcW").get(f"{W}w"))
            lines.append(room - mm(indent.get(f"{W}left")) - mm(indent.get(f"{W}right")))
    agency, motto, title = lines
    for element, text, length, rule in (
        ("agency", documents[name].frame.agency, agency, "agency_line"), ("motto", layout.MOTTO, motto, "motto_line"),
    ):  # fmt: skip
        style = layout.style(element)
        share = length / layout.text_width_mm(text, style.size_pt, bold=style.bold)
        low, high = next(r.allowed for r in layout.rules() if r.element == rule)
        assert low <= share <= high
    assert 1 / 3 <= title / layout.BODY_MM <= 1 / 2


def test_measured_text_width_is_that_of_times() -> None:
    assert layout.text_width_mm("Độc lập - Tự do - Hạnh phúc", 13, bold=True) == pytest.approx(57.5, abs=2.5)
    assert layout.text_width_mm("ớ", 10, bold=False) == layout.text_width_mm("o", 10, bold=False)


@ALL
def test_signature_stands_right_without_name_and_recipients_left(folders: dict[str, Path], name: str) -> None:
    tree = body(parts(folders[name], name))
    assert [words(p) for p in styled(tree, "authority")] == ["GIÁM ĐỐC", ""]
    cell = next(styled(tree, "authority")[0].iterancestors(f"{W}tc"))
    before = sum(mm(c.find(f"{W}tcPr/{W}tcW").get(f"{W}w")) for c in cell.itersiblings(f"{W}tc", preceding=True))
    assert 0.5 <= before / layout.BODY_MM <= 0.6
    gap = styled(tree, "authority")[1].find(f"{W}pPr/{W}spacing").get(f"{W}before")
    assert 30 <= mm(gap) <= 40
    items = [words(p) for p in styled(tree, "recipients")]
    assert all(i.startswith("- ") for i in items)
    assert [i[-1] for i in items] == [";"] * (len(items) - 1) + ["."]
    assert items[-1].startswith("- Lưu: VT")


@pytest.mark.parametrize(
    ("lines", "printed"),
    [
        (("TM. ỦY BAN NHÂN DÂN", "GIÁM ĐỐC"), ("GIÁM ĐỐC",)),
        (("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"), ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")),
        (("GIÁM ĐỐC", ""), ("GIÁM ĐỐC",)), (("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"), ("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC")), (("", ""), ()),
    ],
)  # fmt: skip
def test_a_director_signs_for_himself(results: Any, lines: tuple[str, str], printed: tuple[str, ...]) -> None:
    issuer = results["one"].texts["issuer"] | {"signer_title": lines[0], "signer_second": lines[1]}
    assert opening.frame(Lookup(retold(results["one"], issuer=issuer))).authority == printed


@ALL
def test_end_mark_closes_the_text_before_the_signature(folders: dict[str, Path], name: str) -> None:
    tree = body(parts(folders[name], name))
    ended = [p for p in tree.iter(f"{W}p") if words(p).endswith(layout.END_MARK)]
    assert len(ended) == 1
    following = [words(p) for p in ended[0].itersiblings() if words(p)]
    assert following[0].startswith("Nơi nhận:")


@ALL
def test_judgement_blanks_are_highlighted(folders: dict[str, Path], name: str) -> None:
    blanks = styled(body(parts(folders[name], name)), "blank")
    assert len(blanks) >= 4
    assert all(p.find(f"{W}r/{W}rPr/{W}highlight").get(f"{W}val") == layout.BLANK_COLOUR for p in blanks)


@ALL
def test_captions_and_references_are_native_and_already_right(
    folders: dict[str, Path], documents: dict[str, Document], name: str
) -> None:
    tree = body(parts(folders[name], name))
    names = labels(documents[name])
    captions = [words(p) for e in ("caption", "caption_figure") for p in styled(tree, e)]
    assert sorted(c.split(". ")[0] for c in captions) == sorted(names.values())
    for element in ("caption", "caption_figure"):
        assert all(" SEQ " in "".join(i.text for i in p.iter(f"{W}instrText")) for p in styled(tree, element))
    marks = {b.get(f"{W}name") for b in tree.iter(f"{W}bookmarkStart")}
    for p in tree.iter(f"{W}p"):
        for i in p.iter(f"{W}instrText"):
            m = re.match(r" REF (\S+) ", i.text or "")
            if m:
                assert m[1] in marks
                assert names[m[1].removeprefix("_Ref_")] in words(p)


@ALL
def test_tables_repeat_their_heads_and_are_described(folders: dict[str, Path], documents: dict[str, Document], name: str) -> None:
    tree = body(parts(folders[name], name))
    tables = [t for t in tree.iter(f"{W}tbl") if t.find(f"{W}tblPr/{W}tblCaption") is not None]
    assert len(tables) == len(documents[name].tables())
    for table, record in zip(tables, documents[name].tables(), strict=True):
        rows = table.findall(f"{W}tr")
        heads = [r for r in rows if r.find(f"{W}trPr/{W}tblHeader") is not None]
        assert len(heads) == len(rows) - len(record.rows)
        assert all(r.find(f"{W}trPr/{W}cantSplit") is not None for r in rows)
        widths = [int(g.get(f"{W}w")) for g in table.find(f"{W}tblGrid")]
        assert sum(widths) == pytest.approx(layout.BODY_MM * 1440 / 25.4, abs=len(widths))
        for row in rows:
            spans = [int(c.find(f"{W}tcPr/{W}gridSpan").get(f"{W}val")) if c.find(f"{W}tcPr/{W}gridSpan") is not None else 1
                     for c in row.findall(f"{W}tc")]  # fmt: skip
            assert sum(spans) == len(widths)
    assert all(d.get("descr") for d in tree.iter() if d.tag.endswith("}docPr"))


@ALL
def test_children_stand_in_the_order_of_the_schema(folders: dict[str, Path], name: str) -> None:
    for n, content in parts(folders[name], name).items():
        if not re.match(r"word/(document|styles|header\d*)\.xml", n):
            continue
        for node in etree.fromstring(content).iter():
            tag = str(node.tag).replace(W, "w:")
            if tag in ooxml.ORDER:
                children = [str(c.tag).replace(W, "") for c in node]
                order = ooxml.ORDER[tag]
                assert all(c in order for c in children), (n, tag, children)
                ranks = [order.index(c) for c in children]
                assert ranks == sorted(ranks), (n, tag, children)


@ALL
def test_ids_are_unique_and_relations_resolve(folders: dict[str, Path], name: str) -> None:
    found = parts(folders[name], name)
    tree = body(found)
    for tag in ("bookmarkStart", "bookmarkEnd"):
        ids = [b.get(f"{W}id") for b in tree.iter(f"{W}{tag}")]
        assert len(ids) == len(set(ids))
    starts = {b.get(f"{W}id") for b in tree.iter(f"{W}bookmarkStart")}
    assert starts == {b.get(f"{W}id") for b in tree.iter(f"{W}bookmarkEnd")}
    names = [b.get(f"{W}name") for b in tree.iter(f"{W}bookmarkStart")]
    assert len(names) == len(set(names))
    assert all(len(n) <= 40 for n in names)
    drawn = [d.get("id") for d in tree.iter() if d.tag.endswith("}docPr")]
    assert len(drawn) == len(set(drawn))
    relations = {r.get("Id"): r.get("Target") for r in etree.fromstring(found["word/_rels/document.xml.rels"])}
    used = {v for node in tree.iter() for k, v in node.attrib.items() if k.startswith(R)}
    assert used <= set(relations)
    assert all(f"word/{t}".replace("word//", "").replace("word/../", "") in found for t in relations.values())
    assert not any(n.startswith("docProps/thumbnail") or "numbering" in n for n in found)


@ALL
def test_practice_stamp_is_in_every_header_or_nowhere(folders: dict[str, Path], name: str) -> None:
    for n, content in parts(folders[name], name).items():
        if n.startswith("word/header"):
            stamped = [words(p) for p in styled(etree.fromstring(content), "stamp")]
            assert stamped == ([STAMP] if name != "signed" else [])
    if name == "signed":
        assert b"GI\xe1\xba\xa2 L\xe1\xba\xacP" not in b"".join(parts(folders[name], name).values())
