"""PhuongAn.docx and PhuongAn.html: the frame of the office, stamps, gaps, sound packages, same bytes, refusals."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import docx
import pytest
from fixture import build
from reading import STAMP, Tag, W, everything, named, page, retold, style_of, styled, word_tree, words
from typer.testing import CliRunner

import reports
from analysis.power.study import study
from analysis.protocol import files
from analysis.protocol.make import protocol
from analysis.protocol.sampled import Sampled, Stratum
from analysis.results import Results, read_results
from forms import BdgError, load_places, load_plan, load_questionnaire, province_folder, questionnaire_folder
from forms.survey import load_survey
from reports import PROTOCOL, layout, protocol_document
from reports.cli import app
from reports.document import Document, Heading
from reports.ooxml import ORDER

FOLDER = province_folder("51")
BOTH = pytest.mark.parametrize("name", ["draft", "practice"])
Folders = dict[str, Path]


@pytest.fixture(scope="module")
def made() -> dict[str, Results]:
    plan, survey, places = load_plan(FOLDER), load_survey(FOLDER), load_places(FOLDER)
    form = load_questionnaire(questionnaire_folder())
    told = study(survey, files.target(plan, survey), outcomes=["score"])
    strata = (Stratum("Thành thị", 91, 19617, 76000, 20, 400, 80), Stratum("Nông thôn", 861, 120871, 460000, 100, 2000, 400))
    return {
        "draft": protocol(plan, survey, places, form, told),
        "practice": protocol(plan, survey, places, form, told, sampled=Sampled(strata, practice=True)),
    }


@pytest.fixture(scope="module")
def folders(made: dict[str, Results], tmp_path_factory: pytest.TempPathFactory) -> Folders:
    root = tmp_path_factory.mktemp("protocol")
    for name, results in made.items():
        reports.protocol(results, root / name)
    return {name: root / name for name in made}


@pytest.fixture(scope="module")
def documents(made: dict[str, Results]) -> dict[str, Document]:
    """Their words; the figures are drawn once, in the files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocol_document, "planned", lambda *_, **__: ())
        return {name: protocol_document.build(results) for name, results in made.items()}


def word(folders: Folders, name: str) -> Path:
    return next(folders[name].glob("*.docx"))


# ---- files ---------------------------------------------------------------------------------------------------------


@BOTH
def test_the_files_and_their_names(folders: Folders, name: str) -> None:
    end = "_GIA-LAP" if name == "practice" else ""
    wanted = {f"PhuongAn{end}.docx", f"PhuongAn{end}.html"}
    wanted |= {f"hinh/Hinh-{i:02d}{end}.{kind}" for i in (1, 2) for kind in ("png", "svg", "txt")}
    assert {str(p.relative_to(folders[name])) for p in folders[name].rglob("*") if p.is_file()} == wanted
    for picture in folders[name].rglob("*.png"):
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert len(picture.read_bytes()) > 10_000


def test_the_same_results_give_the_same_bytes(made: dict[str, Results], folders: Folders, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_bytes(made["draft"].json_bytes())
    reports.protocol(read_results(tmp_path / "results.json"), tmp_path / "again")
    assert everything(tmp_path / "again") == everything(folders["draft"])


@BOTH
def test_the_stamp_of_practice_stands_on_every_page_or_on_none(folders: Folders, name: str) -> None:
    parts = {n: c.decode() for n, c in everything(folders[name]).items() if n.endswith((".xml", ".html", ".svg"))}
    headers = {n: c for n, c in parts.items() if "/header" in n}
    assert headers
    if name == "practice":
        assert all(STAMP in c for c in headers.values())
        assert all(STAMP in c for n, c in parts.items() if n.endswith((".html", ".svg")))
    else:
        assert not any("GIẢ LẬP" in c for c in parts.values())


def test_nothing_of_the_machine_and_no_clock(folders: Folders) -> None:
    whole = b"\n".join(everything(folders["draft"]).values())
    assert not re.search(rb"/home/|/ro{2}t/|/tmp/|C:\\\\Users", whole)
    about = docx.Document(str(word(folders, "draft"))).core_properties
    assert (about.author, about.last_modified_by, about.created.year) == ("", "", 1980)
    assert about.title.startswith("Khảo sát nhận thức về bình đẳng giới")


# ---- the frame of a document that another one issues ---------------------------------------------------------------


def test_an_attached_document_has_no_number_date_addressee_or_signature(folders: Folders) -> None:
    tree = word_tree(word(folders, "draft"))
    for element in ("symbol", "place_date", "recipients_head", "recipients", "authority"):
        assert styled(tree, element) == [], element
    text = words(tree)
    assert "Kính gửi" not in text
    assert "Nơi nhận" not in text
    assert "GIÁM ĐỐC" not in text
    assert [words(p) for p in styled(tree, "nation")] == [layout.NATION]
    assert [words(p) for p in styled(tree, "motto")] == [layout.MOTTO]
    assert [words(p) for p in styled(tree, "agency")] == ["SỞ NỘI VỤ"]
    assert [words(p) for p in styled(tree, "kind")] == ["PHƯƠNG ÁN"]


def test_the_line_below_the_title_names_the_decree_by_gaps(folders: Folders) -> None:
    tree = word_tree(word(folders, "draft"))
    lines = styled(tree, "annex_to")
    assert words(lines[0]) == "(Kèm theo Quyết định số ......./QĐ-....... ngày ...... tháng ...... năm ...... của ..............)"
    marked = [words(r) for r in lines[0].iter(f"{W}r") if r.find(f"{W}rPr/{W}highlight") is not None]
    assert marked == ["Quyết định số ......./QĐ-.......", "ngày ...... tháng ...... năm ......", ".............."]
    assert {words(p) for p in lines[1:]} == {"(Kèm theo Phương án khảo sát)"}


def test_draft_is_printed_while_something_is_open(made: dict[str, Results], folders: Folders, tmp_path: Path) -> None:
    assert [words(p) for p in styled(word_tree(word(folders, "draft")), "draft")] == ["DỰ THẢO"]
    about = dict(made["draft"].texts["protocol"], gaps=[])
    power = {k: v for k, v in made["draft"].texts["power"].items() if k != "curves"}
    reports.protocol(retold(made["draft"], protocol=about, power=power), tmp_path / "done")
    assert styled(word_tree(tmp_path / "done" / "PhuongAn.docx"), "draft") == []
    assert 'class="draft"' not in (tmp_path / "done" / "PhuongAn.html").read_text(encoding="utf-8")
    assert not (tmp_path / "done" / "hinh").exists()


def test_the_text_ends_with_the_mark_once(folders: Folders) -> None:
    text = words(word_tree(word(folders, "draft")))
    assert text.count(layout.END_MARK) == 1
    assert text.count(f"hỗ trợ{layout.END_MARK}") == 1
    (html,) = folders["draft"].glob("*.html")
    assert sum(t.text.count(layout.END_MARK) for t in named(page(html), "p")) == 1


# ---- Word ----------------------------------------------------------------------------------------------------------


@BOTH
def test_another_library_reads_the_tables_as_they_are(folders: Folders, documents: dict[str, Document], name: str) -> None:
    opened = docx.Document(str(word(folders, name)))
    read = [t for t in opened.tables if t._tbl.tblPr.find(f"{W}tblCaption") is not None]
    assert len(read) == len(documents[name].tables())
    for one, record in zip(read, documents[name].tables(), strict=True):
        heads = len(one.rows) - len(record.rows)
        assert heads == (2 if any(c.group for c in record.columns) else 1)
        for line, row in zip(list(one.rows)[heads:], record.rows, strict=True):
            if not row.group:
                texts = ["".join(t.text or "" for t in next(c._tc.iter(f"{W}p")).iter(f"{W}t")) for c in line.cells]
                assert texts == [c.text for c in row.cells]  # python-docx leaves content controls out


def _elements(tree: Any) -> Iterator[tuple[str, list[str]]]:
    for node in tree.iter():
        if isinstance(node.tag, str) and (name := "w:" + node.tag.rsplit("}", 1)[-1]) in ORDER:
            yield name, [child.tag.rsplit("}", 1)[-1] for child in node]


@BOTH
def test_children_stand_in_the_order_of_the_schema(folders: Folders, name: str) -> None:
    seen = 0
    for element, children in _elements(word_tree(word(folders, name))):
        ranks = [ORDER[element].index(child) for child in children]
        assert ranks == sorted(ranks), (element, children)
        seen += 1
    assert seen > 200


@BOTH
def test_every_number_of_a_caption_and_reference_arrives(folders: Folders, name: str) -> None:
    tree = word_tree(word(folders, name))
    marks = {b.get(f"{W}name") for b in tree.iter(f"{W}bookmarkStart")}
    asked = [m for i in tree.iter(f"{W}instrText") for m in re.findall(r"REF (\S+)", i.text or "")]
    assert len(asked) >= 8
    assert set(asked) <= marks
    ids = [b.get(f"{W}id") for b in tree.iter(f"{W}bookmarkStart")]
    assert len(ids) == len(set(ids))


def test_headings_are_real_ones(folders: Folders, documents: dict[str, Document]) -> None:
    tree = word_tree(word(folders, "draft"))
    for level in (1, 2):
        wanted = [b.text for b in documents["draft"].all_blocks() if isinstance(b, Heading) and b.level == level]
        assert [words(p) for p in styled(tree, f"heading{level}")] == wanted
    assert all(style_of(p) for p in tree.iter(f"{W}p"))


# ---- HTML ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages(folders: Folders) -> dict[str, tuple[Tag, ...]]:
    return {name: page(next(folder.glob("*.html"))) for name, folder in folders.items()}


@BOTH
def test_the_page_is_sound(pages: dict[str, tuple[Tag, ...]], documents: dict[str, Document], name: str) -> None:
    tags = pages[name]
    ids = [t.attributes["id"] for t in tags if "id" in t.attributes]
    assert len(ids) == len(set(ids))
    assert all(t.attributes["href"][1:] in ids for t in named(tags, "a"))
    levels = [int(t.name[1]) for t in named(tags, "h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    (first,) = named(tags, "h1")
    assert " ".join(first.text.split()) == f"PHƯƠNG ÁN {documents[name].subject}"
    assert all(t.attributes["alt"] for t in named(tags, "img"))
    assert not list(named(tags, "script", "link", "iframe", "form"))


def test_the_page_has_the_same_frame_as_the_paper(pages: dict[str, tuple[Tag, ...]]) -> None:
    (office,) = named(pages["draft"], "header")
    assert "SỞ NỘI VỤ" in office.text
    assert "DỰ THẢO" in office.text
    assert "Số:" not in office.text
    assert "tháng" not in office.text
    whole = next(named(pages["draft"], "main")).text
    assert "Kính gửi" not in whole
    assert "Nơi nhận" not in whole
    marks = [t.text for t in named(pages["draft"], "mark")]
    assert marks[:3] == ["Quyết định số ......./QĐ-.......", "ngày ...... tháng ...... năm ......", ".............."]
    assert marks.count("......") == 6


def test_cells_and_sentences_name_what_they_print(pages: dict[str, tuple[Tag, ...]], documents: dict[str, Document]) -> None:
    keyed = {k for t in pages["draft"] for k in t.attributes.get("data-key", "").split()}
    assert {k for t in documents["draft"].tables() for k in t.keys} <= keyed
    assert {"texts/power/paragraph", "texts/protocol/sections/type/1/values/psus"} <= keyed


# ---- refusals ------------------------------------------------------------------------------------------------------


def refused(content: bytes, folder: Path, command: str = "protocol") -> BdgError:
    source = folder / "results.json"
    source.write_bytes(content)
    done = CliRunner().invoke(app, [command, str(source), "--out", str(folder / "out")])
    assert isinstance(done.exception, BdgError), done.output
    assert not (folder / "out").exists()
    return done.exception


@pytest.mark.parametrize("content", [b"", b"[]", b'{"schema": "results/9"}', b'{"schema": "findings/1", "findings": []}'])
def test_what_is_no_results_file_is_refused(content: bytes, tmp_path: Path) -> None:
    error = refused(content, tmp_path)
    assert ([p.code for p in error.problems], error.exit_code) == (["REP-001"], 2)


def test_the_results_of_a_survey_are_no_protocol_and_the_other_way_round(made: dict[str, Results], tmp_path: Path) -> None:
    error = refused(build(waves=(2026,)).json_bytes(), tmp_path)
    assert ([p.code for p in error.problems], error.exit_code) == (["REP-004"], 10)
    assert "Tệp kết quả không phải của một phương án khảo sát" in str(error)
    assert "bdg analysis sample protocol" in str(error)
    other = refused(made["draft"].json_bytes(), tmp_path, "survey")
    assert {p.code for p in other.problems} == {"REP-002", "REP-003"}


@pytest.mark.parametrize("odd", [None, [], "words", 3])
def test_a_protocol_that_is_no_mapping_is_refused(made: dict[str, Results], odd: Any, tmp_path: Path) -> None:
    raw = made["draft"].document()
    raw["texts"] = dict(raw["texts"], protocol=odd)
    assert [p.code for p in refused(json.dumps(raw).encode(), tmp_path).problems] == ["REP-004"]


@pytest.mark.parametrize("texts", [None, [], "words", {}])
def test_texts_that_are_no_mapping_are_refused(made: dict[str, Results], texts: Any, tmp_path: Path) -> None:
    raw = dict(made["draft"].document(), texts=texts)
    assert [p.code for p in refused(json.dumps(raw).encode(), tmp_path).problems] == ["REP-004"]


@pytest.mark.parametrize("part", [*(f"protocol/{p}" for p in PROTOCOL), "issuer", "plan"])
def test_a_missing_part_is_named(made: dict[str, Results], part: str, tmp_path: Path) -> None:
    outer, _, inner = part.partition("/")
    raw = made["draft"].document()
    texts = dict(raw["texts"])
    if inner:
        texts[outer] = {k: v for k, v in texts[outer].items() if k != inner}
    else:
        del texts[outer]
    error = refused(json.dumps(dict(raw, texts=texts)).encode(), tmp_path)
    assert [p.code for p in error.problems] == ["REP-003"]
    assert part in str(error)


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_a_number_that_is_none_is_never_printed(made: dict[str, Results], odd: float, tmp_path: Path) -> None:
    rows = (replace(made["draft"].rows[0], estimate=odd), *made["draft"].rows[1:])
    with pytest.raises(BdgError) as caught:
        reports.protocol(replace(made["draft"], rows=rows), tmp_path / "out")
    assert [p.code for p in caught.value.problems] == ["REP-001"]
    assert not list(tmp_path.iterdir())


def test_decomposed_letters_give_the_same_document(made: dict[str, Results], documents: dict[str, Document]) -> None:
    def apart(part: Any) -> Any:
        if isinstance(part, str):
            return unicodedata.normalize("NFD", part)
        if isinstance(part, dict):
            return {k: apart(v) for k, v in part.items()}
        return [apart(v) for v in part] if isinstance(part, list | tuple) else part

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocol_document, "planned", lambda *_, **__: ())
        again = protocol_document.build(replace(made["draft"], texts=apart(dict(made["draft"].texts))))
    assert again.blocks == documents["draft"].blocks


def test_the_command_prints_what_it_wrote(made: dict[str, Results], tmp_path: Path) -> None:
    power = {k: v for k, v in made["draft"].texts["power"].items() if k != "curves"}
    (tmp_path / "results.json").write_bytes(retold(made["draft"], power=power).json_bytes())
    done = CliRunner().invoke(app, ["protocol", str(tmp_path / "results.json"), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    for name in ("PhuongAn.docx", "PhuongAn.html"):
        assert str(tmp_path / "out" / name) in done.output


def test_help_speaks_both_languages() -> None:
    text = CliRunner().invoke(app, ["protocol", "--help"]).output
    assert "Phương án khảo sát" in text
    assert "protocol" in text
