"""The province's own template: tags checked before anything is written, its look kept, our tables and numbers put in."""

from __future__ import annotations

import io
import re
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.shared import Mm
from lxml import etree
from reading import W, style_of, words
from typer.testing import CliRunner
from word_small import STAMP, document, edited, results

from analysis.results import Results
from forms.errors import BdgError
from reports import layout, word
from reports.cli import app
from reports.word import template as templates
from reports.word.readback import verify
from reports.word.starter import starter

HEAD = ("{{ co_quan }}", "{{ loai_van_ban }}", "{{ trich_yeu }}", "{{ noi_dung }}", "{{ phu_luc }}")


@pytest.fixture(scope="module")
def kept() -> Results:
    return results()


def own(path: Path, *lines: str) -> Path:
    """A template as Word makes one from its own default: Calibri, Letter paper, blue headings, the styles' English ids."""
    made = docx.Document()
    for line in lines or HEAD:
        made.add_paragraph(line)
    made.save(str(path))
    return path


def parts(content: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(content)) as z:
        return {n: etree.fromstring(z.read(n)) for n in z.namelist() if n.endswith(".xml")}


def codes(path: Path, **options: bool) -> list[tuple[str, str]]:
    with pytest.raises(BdgError) as error:
        word.ready(path, **options)
    assert error.value.exit_code == 2
    return [(p.code, dict(p.facts).get("tag", "")) for p in error.value.problems]


def test_the_starter_holds_every_tag_and_is_always_the_same(tmp_path: Path, kept: Results) -> None:
    assert starter() == starter()
    path = tmp_path / "mau.docx"
    path.write_bytes(starter())
    text = words(parts(path.read_bytes())["word/document.xml"])
    assert set(re.findall(r"\{\{ (\w+) \}\}", text)) == {t.name for t in templates.TAGS}
    assert word.ready(path, contents=True) == ()
    said = words(parts(word.write(document(kept), path))["word/document.xml"])
    assert "{{" not in said
    for there in (
        "UBND TỈNH QUẢNG NGÃI", "SỞ NỘI VỤ", "Số:        /BC-SNV", "Kính gửi:", "- Bộ Nội vụ;", "- Lưu: VT, BĐG.", "GIÁM ĐỐC",
        "BÁO CÁO", "DỰ THẢO", "Kết quả khảo sát <thử> & đọc lại", "MỤC LỤC", "./.",
    ):  # fmt: skip
        assert there in said


@pytest.mark.parametrize("missing", ["noi_dung", "trich_yeu", "phu_luc"])
def test_a_missing_tag_is_named(tmp_path: Path, missing: str) -> None:
    path = own(tmp_path / "mau.docx", *(line for line in HEAD if missing not in line))
    assert codes(path) == [("REP-020", missing)]


def test_annexes_and_contents_are_needed_only_where_there_are_any(tmp_path: Path) -> None:
    path = own(tmp_path / "mau.docx", *HEAD[:-1])
    assert word.ready(path, annexes=False) == ()
    assert codes(path, contents=True) == [("REP-020", "phu_luc"), ("REP-020", "muc_luc")]


@pytest.mark.parametrize("lines", [("a {{ noi_dung }}", *HEAD[2:3], HEAD[4]), (*HEAD, "{{ noi_dung }}")])
def test_a_block_tag_stands_alone_and_once(tmp_path: Path, lines: tuple[str, ...]) -> None:
    assert codes(own(tmp_path / "mau.docx", *lines)) == [("REP-021", "noi_dung")]


def test_a_block_tag_in_a_table_is_refused(tmp_path: Path) -> None:
    made = docx.Document(str(own(tmp_path / "mau.docx", *HEAD[:3], HEAD[4])))
    made.add_table(1, 1).cell(0, 0).text = "{{ noi_dung }}"
    made.save(str(tmp_path / "mau.docx"))
    assert codes(tmp_path / "mau.docx") == [("REP-021", "noi_dung")]


@pytest.mark.parametrize("line", ["{{ trich_yeu", "{% if %}", "{{ co_quan | nofilter }}"])
def test_a_template_that_cannot_be_read_is_refused(tmp_path: Path, line: str) -> None:
    assert codes(own(tmp_path / "mau.docx", *HEAD, line)) == [("REP-022", "")]


def test_a_template_that_reaches_out_is_refused(tmp_path: Path, kept: Results) -> None:
    path = own(tmp_path / "mau.docx", *HEAD, "{{ co_quan.__class__.__mro__ }}")
    with pytest.raises(BdgError) as error:
        word.write(document(kept), path)
    assert [p.code for p in error.value.problems] == ["REP-022"]
    for name, content in (("word/vbaProject.bin", b"x"), ("word/embeddings/a.bin", b"x")):
        with zipfile.ZipFile(own(tmp_path / "mau.docx"), "a") as z:
            z.writestr(name, content)
        assert codes(tmp_path / "mau.docx") == [("REP-022", "")]
    own(path).write_bytes(b"PK not a zip")
    assert codes(path) == [("REP-022", "")]
    assert codes(tmp_path / "not-there.docx") == [("REP-022", "")]


def test_a_link_to_an_outside_picture_is_refused(tmp_path: Path) -> None:
    path = own(tmp_path / "mau.docx")
    link = (
        '<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" '
        'Target="file:///c:/logo.png" TargetMode="External"/></Relationships>'
    )
    changed = edited(path.read_bytes(), lambda t: t.replace("</Relationships>", link), "word/_rels/document.xml.rels")
    path.write_bytes(changed)
    assert codes(path) == [("REP-022", "")]


def test_unknown_tags_are_told_and_printed_as_gaps(tmp_path: Path, kept: Results) -> None:
    path = own(tmp_path / "mau.docx", *HEAD, "Người soạn: {{ nguoi_soan.ten }}, {{ phong }}")
    assert word.ready(path) == ("nguoi_soan", "phong")
    said = words(parts(word.write(document(kept), path))["word/document.xml"])
    assert "Người soạn: [chưa có nội dung cho thẻ «nguoi_soan»], [chưa có nội dung cho thẻ «phong»]" in said


def test_a_tag_split_over_runs_or_in_a_header_is_found(tmp_path: Path, kept: Results) -> None:
    made = docx.Document(str(own(tmp_path / "mau.docx", *HEAD[:2], *HEAD[3:])))
    line = made.add_paragraph()
    for piece in ("{{ tri", "ch_y", "eu }}"):
        line.add_run(piece).bold = piece == "ch_y"
    made.sections[0].header.paragraphs[0].text = "{{ so_ky_hieu }}"
    made.save(str(tmp_path / "mau.docx"))
    filled = parts(word.write(document(kept, stamp=""), tmp_path / "mau.docx"))
    assert "Kết quả khảo sát <thử> & đọc lại" in words(filled["word/document.xml"])
    assert "Số:        /BC-SNV" in "".join(words(t) for n, t in filled.items() if "header" in n)


@pytest.fixture(scope="module")
def filled(kept: Results, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return word.write(document(kept), own(tmp_path_factory.mktemp("own") / "mau.docx"))


def test_the_same_template_gives_the_same_bytes_and_numbers(filled: bytes, kept: Results, tmp_path: Path) -> None:
    assert word.write(document(kept), own(tmp_path / "mau.docx")) == filled
    found = verify(filled, kept)
    assert found.findings == ()
    assert found.checked == verify(word.write(document(kept)), kept).checked


def test_its_own_look_is_kept_and_what_it_lacks_is_added(filled: bytes) -> None:
    held = parts(filled)
    styles = {s.get(f"{W}styleId"): s for s in held["word/styles.xml"].iter(f"{W}style")}
    assert len(styles) == len(list(held["word/styles.xml"].iter(f"{W}style")))
    names = [s.find(f"{W}name").get(f"{W}val").lower() for s in styles.values()]
    assert len(names) == len(set(names))
    heading = styles["Heading1"].find(f"{W}rPr/{W}color").get(f"{W}val")
    assert heading != "000000"  # the blue of the template, not ours
    assert styles["BdgO"].find(f"{W}rPr/{W}sz").get(f"{W}val") == str(int(layout.style("cell").size_pt * 2))
    used = {n.get(f"{W}val") for t in ("pStyle", "tblStyle") for n in held["word/document.xml"].iter(f"{W}{t}")}
    assert used <= set(styles)
    assert [s for s in styles.values() if s.get(f"{W}default") and s.get(f"{W}type") == "paragraph"] == [styles["Normal"]]


def test_style_ids_in_another_language_are_found_by_their_name(tmp_path: Path, kept: Results) -> None:
    """Word in Vietnamese writes «u1» for heading 1 and «Binhthng» for Normal; the names stay."""
    path = own(tmp_path / "mau.docx")
    for old, new in (("Heading1", "u1"), ("Normal", "Binhthng")):
        pattern = re.compile(rf'((?:w:styleId|<w:(?:basedOn|next|link) w:val)=)"{old}"')
        path.write_bytes(edited(path.read_bytes(), partial(pattern.sub, rf'\1"{new}"'), "word/styles.xml"))
    held = parts(word.write(document(kept), path))
    headings = [p for p in held["word/document.xml"].iter(f"{W}p") if style_of(p) == "u1"]
    assert [words(p) for p in headings] == ["I. KẾT QUẢ", "II. KIẾN NGHỊ"]
    styles = held["word/styles.xml"]
    assert "Heading1" not in {s.get(f"{W}styleId") for s in styles.iter(f"{W}style")}
    own_cell = next(s for s in styles.iter(f"{W}style") if s.get(f"{W}styleId") == "BdgO")
    assert own_cell.find(f"{W}basedOn").get(f"{W}val") == "Binhthng"


def test_annexes_become_sections_of_the_templates_paper(filled: bytes) -> None:
    sections = list(parts(filled)["word/document.xml"].iter(f"{W}sectPr"))
    sizes = [(s.find(f"{W}pgSz").get(f"{W}w"), s.find(f"{W}pgSz").get(f"{W}h")) for s in sections]
    assert sizes == [("12240", "15840"), ("15840", "12240"), ("12240", "15840")]
    assert [s.find(f"{W}pgNumType") is not None for s in sections] == [False, True, True]
    tables = [t for t in parts(filled)["word/document.xml"].iter(f"{W}tbl") if t.find(f"{W}tblPr/{W}tblCaption") is not None]
    widths = [sum(int(g.get(f"{W}w")) for g in t.find(f"{W}tblGrid")) for t in tables]
    assert widths == pytest.approx([12240 - 3600, 15840 - 3600, 12240 - 3600], abs=8)


def test_text_after_the_annexes_keeps_its_own_section(tmp_path: Path, kept: Results) -> None:
    path = own(tmp_path / "mau.docx", *HEAD, "Hết.")
    tree = parts(word.write(document(kept), path))["word/document.xml"]
    assert len(list(tree.iter(f"{W}sectPr"))) == 4
    assert words(tree.find(f"{W}body").findall(f"{W}p")[-1]) == "Hết."


def test_practice_material_is_stamped_in_every_header_of_the_template(tmp_path: Path, kept: Results) -> None:
    made = docx.Document(str(own(tmp_path / "mau.docx")))
    made.sections[0].different_first_page_header_footer = True
    made.sections[0].header.paragraphs[0].text = "Sở Nội vụ"
    made.settings.odd_and_even_pages_header_footer = True
    made.sections[0].left_margin = Mm(30)
    made.save(str(tmp_path / "mau.docx"))
    held = parts(word.write(document(kept), tmp_path / "mau.docx"))
    headers = [t for n, t in held.items() if n.startswith("word/header")]
    assert [STAMP in words(t) for t in headers] == [True, True, True]
    assert sum("Sở Nội vụ" in words(t) for t in headers) == 1
    real = parts(word.write(document(kept, stamp=""), tmp_path / "mau.docx"))
    assert not any(STAMP in words(t) for t in real.values())


def test_a_section_break_beside_a_tag_is_kept(tmp_path: Path, kept: Results) -> None:
    made = docx.Document(str(own(tmp_path / "mau.docx", *HEAD[:-1])))
    made.add_section()
    made.paragraphs[3].paragraph_format.keep_with_next = True
    made.add_paragraph("{{p phu_luc }}")
    made.save(str(tmp_path / "mau.docx"))
    tree = parts(word.write(document(kept), tmp_path / "mau.docx"))["word/document.xml"]
    assert len(list(tree.iter(f"{W}sectPr"))) == 4
    marks = [b.get(f"{W}id") for b in tree.iter(f"{W}bookmarkStart")]
    assert len(marks) == len(set(marks))


def test_the_command_writes_the_starter_once(tmp_path: Path) -> None:
    path = tmp_path / "mau" / "MauBaoCao.docx"
    done = CliRunner().invoke(app, ["template", "--out", str(path)], catch_exceptions=False)
    assert done.exit_code == 0
    assert path.read_bytes() == starter()
    assert all(f"{{{{ {t.name} }}}}" in done.stdout for t in templates.TAGS)
    for out, code in ((path, "REP-025"), (path.with_suffix(".doc"), "REP-022"), (path / "x.docx", "REP-025")):
        with pytest.raises(BdgError) as error:
            CliRunner().invoke(app, ["template", "--out", str(out)], catch_exceptions=False)
        assert [p.code for p in error.value.problems] == [code]


def test_the_survey_command_checks_the_template_before_it_composes(tmp_path: Path, kept: Results) -> None:
    (tmp_path / "results.json").write_bytes(kept.json_bytes())
    path = own(tmp_path / "mau.docx", *HEAD[:3])
    with pytest.raises(BdgError) as error:
        CliRunner().invoke(
            app, ["survey", str(tmp_path / "results.json"), "--out", str(tmp_path / "out"), "--template", str(path)],
            catch_exceptions=False,
        )  # fmt: skip
    assert [p.code for p in error.value.problems] == ["REP-020", "REP-020"]
    assert not (tmp_path / "out").exists()
