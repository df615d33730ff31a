"""A foreign XLSForm in, a questionnaire folder out: nothing lost in silence, and what was ours comes back as it was."""

from __future__ import annotations

import io
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from hypothesis import given, settings
from openpyxl import load_workbook
from pyxform.xls2xform import convert
from typer.testing import CliRunner

from forms.build import asked_if, load
from forms.cli import app
from forms.codebook import codebook
from forms.importing.make import Imported, import_xlsform
from forms.load import load_questionnaire, questionnaire_folder
from forms.question import DRAFT, FREE, Questionnaire
from forms.shelf import shipped
from forms.workbook import workbook_bytes
from forms.xform import validate
from forms.xlsform import sheets
from tests.forms.foreign import CHOICES, SETTINGS, SURVEY, write_xlsform
from tests.forms.random_forms import questionnaires
from tests.forms.writing import assert_told, refused

runner = CliRunner()


def xml_of(xlsx: bytes) -> str:
    """The XForm that pyxform makes of a workbook."""
    return str(convert(xlsform=io.BytesIO(xlsx), file_type=".xlsx", validate=False, form_name="data").xform)


def laid_down(imported: Imported, folder: Path) -> Path:
    """The imported folder on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in imported.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def again(form: Questionnaire, work: Path) -> tuple[bytes, Imported, bytes]:
    """A form's workbook, what the importer makes of it, and the workbook built from that."""
    work.mkdir(parents=True, exist_ok=True)
    first = workbook_bytes(sheets(form))
    (work / f"{form.id}.xlsx").write_bytes(first)
    imported = import_xlsform(work / f"{form.id}.xlsx")
    return first, imported, workbook_bytes(sheets(load_questionnaire(laid_down(imported, work / "again"))))


@pytest.mark.parametrize("name", shipped())
def test_our_own_forms_come_back_as_the_very_same_xform(tmp_path: Path, name: str) -> None:
    form = load_questionnaire(questionnaire_folder(name))
    first, imported, second = again(form, tmp_path)
    assert [p.text() for p in imported.findings] == []
    assert xml_of(second) == xml_of(first)
    back = load(tmp_path / "again")
    raw = [q.name for _, q in back.questions() if q.relevant]
    assert raw == [], "every condition of ours is one again"
    assert [q.name for _, q in back.questions()] == [q.name for _, q in form.questions()]


@given(form=questionnaires())
@settings(max_examples=15)
def test_random_forms_come_back_with_the_same_binds(form: Questionnaire, tmp_path_factory: pytest.TempPathFactory) -> None:
    first, imported, second = again(form, tmp_path_factory.mktemp("random"))
    assert [p.text() for p in imported.findings] == []
    assert binds(xml_of(second)) == binds(xml_of(first))
    assert texts(xml_of(second)) == texts(xml_of(first))


def binds(xml: str) -> dict[str, dict[str, str]]:
    """Path -> the attributes of its bind, expressions without superfluous brackets and blanks."""
    found = {}
    for bind in ET.fromstring(xml).iter("{http://www.w3.org/2002/xforms}bind"):
        values = {k.rpartition("}")[2]: v for k, v in bind.attrib.items() if k != "nodeset"}
        found[bind.attrib["nodeset"]] = {k: flat(v) if k in ("relevant", "constraint") else v for k, v in values.items()}
    return found


def flat(expression: str) -> str:
    """An expression of and, or and not in one form: the tree our own reader sees, or the text where it sees none."""
    from forms.importing.reverse import condition_of

    named = re.sub(r"\s(/data/[\w/]+|\.\./[\w/.]+)\s", lambda m: "${" + m.group(1).rpartition("/")[2] + "}", f" {expression} ")
    return str(condition_of(named, lambda _: True) or " ".join(expression.split()))


def texts(xml: str) -> list[str]:
    """Every text of the itext, in order of its id."""
    found = [
        (lang.attrib["lang"], text.attrib["id"], "".join(text.itertext()).strip())
        for lang in ET.fromstring(xml).iter("{http://www.w3.org/2002/xforms}translation")
        for text in lang
    ]
    return [f"{a} {b} {c}" for a, b, c in sorted(found)]


@pytest.fixture
def foreign(tmp_path: Path) -> Imported:
    """The foreign form, imported."""
    return import_xlsform(write_xlsform(tmp_path / "land.xlsx"))


def test_what_cannot_be_kept_is_told_with_its_cell(foreign: Imported) -> None:
    for problem in foreign.findings:
        assert_told(problem)
        assert re.match(r"(survey|choices|settings)!", problem.place)
    told = {(p.code, p.place, dict(p.facts).get("what") or dict(p.facts).get("type")) for p in foreign.findings}
    for expected in (
        ("FORM-075", "survey!O1", "default"),
        ("FORM-075", "survey!P1", "media::image"),
        ("FORM-075", "survey!S3", "label::hre"),
        ("FORM-075", "survey!H11", "required"),
        ("FORM-075", "settings!D1", "submission_url"),
        ("FORM-076", "choices!F6", "remark"),
        ("FORM-077", "survey!A17", "geotrace"),
        ("FORM-078", "survey!A2", "start"),
        ("FORM-078", "survey!A9", "crops"),
        ("FORM-078", "settings!A2", "style"),
    ):
        assert expected in told, (expected, sorted(map(str, told)))
    assert len(told) == len(foreign.findings)


def test_a_misspelt_column_is_told_only_when_it_holds_something(tmp_path: Path) -> None:
    assert "survey!F1" not in {p.place for p in import_xlsform(write_xlsform(tmp_path / "a.xlsx")).findings}
    survey = [list(row) + [""] * (19 - len(row)) for row in SURVEY]
    survey[4][5] = "${Q1} != ''"
    told = [p for p in import_xlsform(write_xlsform(tmp_path / "b.xlsx", survey)).findings if p.code == "FORM-076"]
    problem = next(p for p in told if p.place == "survey!F1")
    assert problem.expected == "relevant?"
    assert "F5" in problem.got


def test_the_folder_reads_back_and_keeps_every_name(foreign: Imported, tmp_path: Path) -> None:
    form = load_questionnaire(laid_down(foreign, tmp_path / "land"))
    names = [q.name for _, q in form.questions()]
    kept = [row[1] for row in SURVEY[1:] if len(row) > 1 and not str(row[0]).startswith(("begin", "geotrace"))]
    assert names == kept
    asked = {q.name: q for _, q in form.questions()}
    assert (form.id, form.version, form.title.vi) == ("land", "7", "Điều tra đất")
    assert asked["Q1"].required
    assert asked["hh-size"].required
    assert not asked["province"].required
    assert asked["crops"].order == "random"
    assert asked["ncrops"].value_type == "int"
    assert asked["photo"].label.vi == "Chụp ảnh nhà"
    assert [s.repeat for s in form.sections] == [None, None, FREE, None]
    assert [dict(c.columns) for c in form.lists["commune"].choices] == [{"province": "51"}, {"province": "52"}]
    assert [c.why for c in form.lists["crops"].choices] == [None, None, "dont_know"]


def test_conditions_that_our_grammar_can_say_become_conditions_the_others_stay_xpath(foreign: Imported, tmp_path: Path) -> None:
    form = load_questionnaire(laid_down(foreign, tmp_path / "land"))
    asked = {q.name: q for _, q in form.questions()}
    said = {n: (bool(q.only_if), q.relevant) for n, q in asked.items() if q.only_if or q.relevant}
    assert said == {
        "consent": (False, "${hh-size} > 1"),  # a name that our grammar cannot hold
        "province": (True, None),
        "commune": (False, "${consent}='yes' and ${province} != ''"),  # nothing is no code
        "crops": (True, None),
        "area": (True, None),
        "big": (True, None),
    }
    assert asked["hh-size"].must is not None
    book = codebook(form)
    assert book["commune"].asked_raw == "(${consent}='yes' and ${province} != '')"
    assert book["commune"].asked_if is None
    assert "không rõ với phân tích" in asked_if(book, book["commune"], "vi")
    assert "unknown to analysis" in asked_if(book, book["commune"], "en")
    assert asked_if(book, book["Q1"], "vi") == "mọi phiếu"


def test_the_imported_form_asks_what_the_original_asked(foreign: Imported, tmp_path: Path) -> None:
    """pyxform on the original and on ours: the same binds for every question, whatever group it stands in; Validate accepts."""
    theirs = binds(xml_of((tmp_path / "land.xlsx").read_bytes()))
    form = load_questionnaire(laid_down(foreign, tmp_path / "land"))
    xml = xml_of(workbook_bytes(sheets(form)))
    validate(xml, "land")
    ours = {path.rpartition("/")[2]: bind for path, bind in binds(xml).items()}
    for path, bind in theirs.items():
        name = path.rpartition("/")[2]
        if name in ("border", "instanceID", "instanceName"):
            continue
        for what in ("relevant", "calculate", "type"):
            here, there = bind.get(what, ""), ours[name].get(what, "")
            assert re.sub(r"/data/\w+/", "/data/", here).replace("/data/about/", "/data/") == re.sub(
                r"/data/\w+/", "/data/", there
            ), (name, what)
    assert ours["hh-size"]["constraint"] == theirs["/data/about/hh-size"]["constraint"]
    assert "count-selected" in ours["crops"]["constraint"]  # told as FORM-078


def test_a_missing_english_text_is_vietnamese_and_a_finding_of_the_lint(tmp_path: Path) -> None:
    path = write_xlsform(tmp_path / "land.xlsx")
    done = runner.invoke(app, ["check", str(path)])
    assert done.exit_code == 10
    assert "[LINT-020]" in done.output
    lines = done.output.splitlines()
    place = next(lines[n - 5] for n, line in enumerate(lines) if "[LINT-020]" in line and "Thửa lớn." in lines[n - 2])
    assert place.startswith("survey!A15 (big)"), place


def test_one_language_without_a_name(tmp_path: Path) -> None:
    survey = (("type", "name", "label"), ("text", "q1", "What is it?"))
    imported = import_xlsform(write_xlsform(tmp_path / "x.xlsx", survey, (), (("form_id",), ("x",))))
    (section,) = [yaml.safe_load(t) for n, t in imported.files.items() if n.startswith("0")]
    assert section["questions"][0]["ask"] == {"vi": "What is it?", "en": "What is it?"}
    assert yaml.safe_load(imported.files["lists.yaml"]) == {}


def test_the_stamp_of_a_draft_is_not_doubled(tmp_path: Path) -> None:
    settings_ = (("form_title", "form_id", "version"), (f"Đất - {DRAFT}", "land", "7-central+gps+hre.12ab34cd"))
    imported = import_xlsform(write_xlsform(tmp_path / "x.xlsx", SURVEY, CHOICES, settings_))
    head = yaml.safe_load(imported.files["form.yaml"])
    assert (head["title"]["vi"], head["version"]) == ("Đất", "7")


def test_sheets_columns_and_rows_that_have_no_place(tmp_path: Path) -> None:
    survey = [
        *SURVEY,
        ("select_one yn or_other", "more", "Còn gì?", "Else?"),
        ("text", "typed", "Gõ lại?", "Again?", "", "", "", "", "", "", "${Q1}"),
        ("end group",),
        ("begin group", "open", "", ""),
        ("text", "last", "=1+1", "Sum"),
    ]
    path = write_xlsform(tmp_path / "x.xlsx", survey, CHOICES, SETTINGS, entities=(("list_name", "label"), ("people", "x")))
    book = load_workbook(path)
    assert book["survey"]["C23"].data_type == "f"
    told = {(p.code, p.place): p for p in import_xlsform(path).findings}
    for place in ("entities!A1", "survey!A19", "survey!K20", "survey!A21", "survey!A22", "survey!C23"):
        assert ("FORM-075", place) in told, (place, sorted(told))
    assert ("FORM-078", "survey!A22") in told  # a group without a title


def test_a_path_from_the_root_is_told(tmp_path: Path) -> None:
    survey = (("type", "name", "label", "relevant"), ("text", "a", "A?", ""), ("text", "b", "B?", "/land/a = 'x'"))
    told = import_xlsform(write_xlsform(tmp_path / "x.xlsx", survey)).findings
    assert ("FORM-078", "survey!D3") in {(p.code, p.place) for p in told}


@pytest.mark.parametrize("kind", ["not a workbook", "no survey sheet", "empty survey", "no names"])
def test_a_file_that_is_no_xlsform(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.xlsx"
    if kind == "not a workbook":
        path.write_bytes(b"PK nothing")
    elif kind == "no survey sheet":
        write_xlsform(path).rename(tmp_path / "y.xlsx")
        book = load_workbook(tmp_path / "y.xlsx")
        book["survey"].title = "questions"
        book.save(path)
    else:
        write_xlsform(
            path, (("type", "label" if kind == "no names" else "name"), *([("text", "a")] if kind == "no names" else []))
        )
    assert {p.code for p in refused(lambda: import_xlsform(path))} == {"FORM-079"}
    assert {p.code for p in refused(lambda: import_xlsform(tmp_path / "nowhere.xlsx"))} == {"FORM-079"}


def test_the_command_writes_a_folder_and_says_what_it_could_not_keep(tmp_path: Path) -> None:
    path = write_xlsform(tmp_path / "land.xlsx")
    out = tmp_path / "land"
    done = runner.invoke(app, ["import", str(path), "--out", str(out)])
    assert done.exit_code == 3, done.output
    assert sorted(p.name for p in out.iterdir()) == [
        "0010_part1.yaml", "0020_about.yaml", "0030_plot.yaml", "0040_part2.yaml", "form.yaml", "lists.yaml",
    ]  # fmt: skip
    assert "đã ghi / wrote" in done.output
    assert "[FORM-077]" in done.output
    assert "bdg forms check" in done.output
    done = runner.invoke(app, ["import", str(path), "--out", str(out)])
    assert done.exit_code == 2
    same = import_xlsform(path).files
    assert {p.name: p.read_text(encoding="utf-8") for p in out.iterdir()} == dict(same)


def test_a_form_of_ours_is_imported_without_a_word(tmp_path: Path) -> None:
    form = load_questionnaire(questionnaire_folder("convention"))
    (tmp_path / "c.xlsx").write_bytes(workbook_bytes(sheets(form)))
    done = runner.invoke(app, ["import", str(tmp_path / "c.xlsx"), "--out", str(tmp_path / "c")])
    assert done.exit_code == 0, done.output
    assert "không giữ nguyên / not kept as it was: 0" in done.output
