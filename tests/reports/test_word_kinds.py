"""Every kind of report as a Word file: the decree measured, the schema's order, ids, relations, each number against its row."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import decree
import pytest
import yearly_fixture
from conftest import DOT
from fixture import build as survey_results
from lxml import etree
from reading import W, style_of, words
from schema_order import FIRST, IN_RUNS, SEQUENCES, TR_PR

from analysis.results import Results
from reports import compose, framed, layout, ooxml, word, yearly
from reports.document import Annex, Document, Frame, Paragraph, Sentence
from reports.word.readback import verify

R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
CONTENT = "{http://schemas.openxmlformats.org/package/2006/content-types}"
YEARLY = {
    "halfyear-department": ("halfyear", 2027, (2026,)), "annual-department": ("annual", 2027, (2026,)),
    "annual-province": ("annual", 2026, (2026,)), "adhoc-department": ("adhoc", 2027, (2026,)),
    "final-province": ("final", 2030, (2026, 2030)),
}  # fmt: skip
KINDS = ("survey-real", "survey-wide", "attached", *YEARLY)


@dataclass(frozen=True)
class Made:
    path: Path
    parts: dict[str, Any]
    document: Document
    results: Results


def attached(results: Results) -> tuple[Document, Results]:
    """A text that a decision issues, as the survey protocol is: no number, date, addressee or signature of its own."""
    frame = Frame("UBND TỈNH QUẢNG NGÃI", "SỞ NỘI VỤ", "PA-SNV", "Quảng Ngãi", (), (), ())
    said = Paragraph((Sentence("Nội dung của phương án."),))
    by = Paragraph((Sentence("(Kèm theo"), Sentence("Quyết định số ...../QĐ-UBND", blank=True), Sentence(")")))
    document = Document(
        frame, "Phương án", "Khảo sát", "", (said,), (Annex("Biểu", (said,)),), (), by, annexed="Phương án", contents=1
    )
    return document, results


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    """Every kind once; figures are a dot, for their pixels are not measured here."""
    both: dict[str, tuple[Document, Results]] = {"attached": attached(survey_results())}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(framed, "png", lambda _: DOT)
        patch.setattr(framed, "svg", lambda _: b"<svg/>")
        for name, found in (("survey-real", survey_results(signed=True, practice=False)), ("survey-wide", survey_results())):
            both[name] = (compose.build(found), found)
        for name, (kind, year, waves) in YEARLY.items():
            found = yearly_fixture.build(kind, year, waves=waves, practice=kind != "annual")
            both[name] = (yearly.build(kind, found, issuer=name.partition("-")[2]), found)
    wide, found = both["survey-wide"]
    both["survey-wide"] = (
        replace(wide, annexes=(replace(wide.annexes[0], landscape=True), *wide.annexes[1:]), contents=2),
        found,
    )
    folder = tmp_path_factory.mktemp("kinds")
    out = {}
    for name, (document, found) in both.items():
        path = folder / f"{name}.docx"
        path.write_bytes(word.write(document))
        with zipfile.ZipFile(path) as z:
            parts = {n: etree.fromstring(z.read(n)) for n in z.namelist() if n.endswith((".xml", ".rels"))}
        out[name] = Made(path, parts, document, found)
    return out


EVERY = pytest.mark.parametrize("kind", KINDS)


def body(one: Made) -> Any:
    return one.parts["word/document.xml"]


@EVERY
def test_a_clerk_with_a_ruler_finds_nothing(made: dict[str, Made], kind: str) -> None:
    assert decree.broken(made[kind].path) == []


def test_the_ruler_sees_what_is_wrong(made: dict[str, Made], tmp_path: Path) -> None:
    spoiled = {
        'w:left="1701"': 'w:left="1134"', "Độc lập - Tự do - Hạnh phúc": "Độc lập - Tự Do - Hạnh phúc",
        "GIÁM ĐỐC": "TM. GIÁM ĐỐC",
        '<w:pgNumType w:start="1"/>': "", "./.": ".", 'w:orient="landscape"': 'w:orient="portrait"',
        'w:val="BdgQuocHieu"': 'w:val="BdgTieuNgu"', "- Lưu: VT": "- lưu VT",
    }  # fmt: skip
    for old, new in spoiled.items():
        with zipfile.ZipFile(made["annual-department"].path) as z:
            held = {n: z.read(n) for n in z.namelist()}
        text = held["word/document.xml"].decode()
        assert old in text, old
        held["word/document.xml"] = text.replace(old, new).encode()
        path = tmp_path / "spoiled.docx"
        with zipfile.ZipFile(path, "w") as z:
            for name, content in held.items():
                z.writestr(name, content)
        assert decree.broken(path), old


def test_both_issuers_and_papers_are_among_the_kinds(made: dict[str, Made]) -> None:
    signed = {words(p) for one in made.values() for p in decree.styled(body(one), "authority")}
    assert {"GIÁM ĐỐC", "TM. ỦY BAN NHÂN DÂN"} <= signed
    ways = {s.find(f"{W}pgSz").get(f"{W}orient") for one in made.values() for s in body(one).iter(f"{W}sectPr")}
    assert "landscape" in ways


def _wrong(node: Any) -> str:
    """What the schema would say of one element; '' for nothing."""
    name, children = str(node.tag).removeprefix(W), [str(c.tag).removeprefix(W) for c in node]
    if name in SEQUENCES:
        ranks = [SEQUENCES[name].index(c) if c in SEQUENCES[name] else -1 for c in children]
        many = {"headerReference", "footerReference", "tr", "bookmarkStart", "bookmarkEnd", "tblStylePr"}
        twice = [c for c in children if children.count(c) > 1 and c not in many]
        return f"{name}: {children}" if ranks != sorted(ranks) or -1 in ranks or twice else ""
    if name == "trPr":
        return f"trPr: {children}" if set(children) - TR_PR else ""
    if name in FIRST and FIRST[name] in children[1:]:
        return f"{name}: {FIRST[name]} stands late"
    if name == "tc" and children[-1:] != ["p"]:
        return f"tc ends in {children[-1:]}"
    if name in {"p", "hyperlink", "sdtContent"} and set(children) - IN_RUNS:
        return f"{name}: {sorted(set(children) - IN_RUNS)}"
    return ""


@EVERY
def test_children_stand_as_the_schema_orders_them(made: dict[str, Made], kind: str) -> None:
    seen = 0
    for name, tree in made[kind].parts.items():
        if re.match(r"word/(document|styles|header\d+)\.xml", name):
            assert [w for node in tree.iter() if (w := _wrong(node))] == []
            seen += sum(str(node.tag).removeprefix(W) in SEQUENCES for node in tree.iter())
    assert seen > 100


def test_our_order_is_that_of_the_schema() -> None:
    for name, order in ooxml.ORDER.items():
        if name != "w:trPr":
            assert order == SEQUENCES[name.removeprefix("w:")]
    assert set(ooxml.ORDER["w:trPr"]) == TR_PR


def test_the_check_of_the_order_can_fail() -> None:
    for text in (
        "<w:pPr {}><w:jc/><w:spacing/></w:pPr>", "<w:rPr {}><w:b/><w:b/></w:rPr>", "<w:tc {}><w:p/><w:tbl/></w:tc>",
        "<w:p {}><w:r/><w:pPr/></w:p>", "<w:sdtPr {}><w:id/><w:tag/></w:sdtPr>", "<w:trPr {}><w:shd/></w:trPr>",
    ):  # fmt: skip
        assert _wrong(etree.fromstring(text.format(f'xmlns:w="{W[1:-1]}"'))), text


@EVERY
def test_ids_are_unique_and_bookmarks_balanced(made: dict[str, Made], kind: str) -> None:
    tree = body(made[kind])
    starts, ends = ([b.get(f"{W}id") for b in tree.iter(f"{W}{tag}")] for tag in ("bookmarkStart", "bookmarkEnd"))
    assert len(starts) == len(set(starts))
    assert sorted(starts) == sorted(ends)
    names = [b.get(f"{W}name") for b in tree.iter(f"{W}bookmarkStart")]
    assert len(names) == len({n.lower() for n in names})
    assert all(re.fullmatch(r"[A-Za-z_]\w{0,39}", n) for n in names)
    controls = [int(i.get(f"{W}val")) for i in tree.iter(f"{W}id")]
    assert len(controls) == len(set(controls)) == len(list(tree.iter(f"{W}sdt")))
    assert all(0 < i < 2**31 for i in controls)
    drawn = [d.get("id") for d in tree.iter() if str(d.tag).endswith("}docPr")]
    assert len(drawn) == len(set(drawn)) == len(made[kind].document.pictures())


@EVERY
def test_what_is_pointed_at_is_there(made: dict[str, Made], kind: str) -> None:
    one = made[kind]
    tree = body(one)
    marks = {b.get(f"{W}name") for b in tree.iter(f"{W}bookmarkStart")}
    codes = " ".join(i.text or "" for i in tree.iter(f"{W}instrText"))
    assert {h.get(f"{W}anchor") for h in tree.iter(f"{W}hyperlink")} <= marks
    assert set(re.findall(r"REF (\S+)", codes)) <= marks
    styles = {s.get(f"{W}styleId") for s in one.parts["word/styles.xml"].iter(f"{W}style")}
    for name, part in one.parts.items():
        if name.startswith("word/"):
            assert {
                n.get(f"{W}val") for t in ("pStyle", "rStyle", "tblStyle", "basedOn", "next") for n in part.iter(f"{W}{t}")
            } <= styles
            assert {v for n in part.iter() for k, v in n.attrib.items() if k.startswith(R)} <= _relations(one, name)


def _relations(one: Made, name: str) -> set[str]:
    path = PurePosixPath(name)
    rels = one.parts.get(str(path.parent / "_rels" / f"{path.name}.rels"))
    return set() if rels is None else {r.get("Id") for r in rels}


@EVERY
def test_the_package_is_whole(made: dict[str, Made], kind: str) -> None:
    with zipfile.ZipFile(made[kind].path) as z:
        members = set(z.namelist())
        assert {i.date_time for i in z.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    for name in (n for n in members if n.endswith(".rels")):
        base = PurePosixPath(name).parent.parent
        for relation in made[kind].parts[name]:
            assert relation.get("TargetMode") != "External"
            target = PurePosixPath(relation.get("Target"))
            parts: list[str] = []
            for step in (target if target.is_absolute() else base / target).parts:
                parts = parts[:-1] if step == ".." else [*parts, *([] if step == "/" else [step])]
            assert "/".join(parts) in members, (name, target)
    types = made[kind].parts["[Content_Types].xml"]
    named = {t.get("PartName")[1:]: t.get("ContentType") for t in types.iter(f"{CONTENT}Override")}
    suffixes = {t.get("Extension") for t in types.iter(f"{CONTENT}Default")}
    assert set(named) <= members
    assert all(m in named or m.rsplit(".", 1)[-1] in suffixes for m in members)
    assert not any(re.search("macro|vba|ole", f"{n} {t}".lower()) for n, t in named.items() if "theme" not in n)
    assert not any(n.startswith("docProps/thumbnail") or "numbering" in n for n in members)
    assert [n for n in members if n.startswith("customXml/item")] != []


@EVERY
def test_only_styles_carry_the_look(made: dict[str, Made], kind: str) -> None:
    """On runs: bold where a table names a block, and the mark of a gap; nothing else."""
    held = {c.tag.removeprefix(W) for r in body(made[kind]).iter(f"{W}rPr") for c in r}
    assert held <= {"b", "highlight"}
    bold = [next(b.iterancestors(f"{W}p")) for b in body(made[kind]).iter(f"{W}b")]
    assert {style_of(p) for p in bold} <= {layout.style("cell").style_id}


@EVERY
def test_every_number_of_a_new_file_says_what_its_row_says(made: dict[str, Made], kind: str) -> None:
    one = made[kind]
    if kind == "attached":
        return
    found = verify(one.path.read_bytes(), one.results)
    assert found.findings == ()
    assert found.checked > 100


@EVERY
def test_same_document_same_bytes(made: dict[str, Made], kind: str) -> None:
    if kind in {"annual-province", "attached"}:
        assert word.write(made[kind].document) == made[kind].path.read_bytes()
    text = etree.tostring(body(made[kind])).decode()
    assert not re.search("[\ue000-\ue0ff]", text)
