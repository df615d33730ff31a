"""The shipped household questionnaire as a form: what it holds, what it must never hold, and the same bytes every time."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
import sys
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pyxform.xls2xform import convert as pyxform_convert

from forms.build import Built, build, codebook_json, notices
from forms.codebook import codebook
from forms.condition import holds
from forms.languages.known import languages
from forms.load import load_questionnaire, questionnaire_folder
from forms.question import DRAFT, Question, Questionnaire
from forms.workbook import Sheet, workbook_bytes
from forms.xform import convert, validate
from forms.xlsform import EN, VI, constraint_of, sheets
from tests.forms.writing import FIRST, ROOT, refused, write_form

LANGUAGES = (VI, EN, *(x.column for x in languages()))
KNOWN_COLUMNS = {
    "type", "name", "relevant", "required", "constraint", "calculation", "choice_filter", "repeat_count", "appearance",
    "parameters", "bind::type",
    *(f"{t}::{lang}" for t in ("label", "hint", "constraint_message", "required_message", "media::audio") for lang in LANGUAGES),
}  # fmt: skip
HIDDEN = {"calculate", "start", "end", "today", "deviceid", "audit", "end group", "end repeat"}

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def survey(built: Built) -> dict[str, Rows]:
    """The three sheets read back by another library than wrote them."""
    book = load_workbook(BytesIO(built.xlsx), read_only=True)
    found = {}
    for sheet in book.worksheets:
        header, *rows = ([c if c is not None else "" for c in row] for row in sheet.iter_rows(values_only=True))
        found[sheet.title] = [dict(zip(header, row, strict=True)) for row in rows]
    return found


def texts(form: Questionnaire) -> list[str]:
    """Everything a respondent or an interviewer reads, in both languages."""
    labels = [form.title, *(s.label for s in form.sections)]
    for _, q in form.questions():
        labels += [t for t in (q.label, q.hint, q.must_message) if t and t.vi != q.name]
    labels += [c.label for found in form.lists.values() for c in found.choices]
    return [text for label in labels for text in (label.vi, label.en)]


def scored(form: Questionnaire, scale: str) -> list[Question]:
    return [q for _, q in form.questions() if q.score and q.score.scale == scale]


# ---- the same bytes


def test_the_workbook_is_the_same_bytes_again(built: Built, household: Questionnaire) -> None:
    assert workbook_bytes(sheets(household, built.variant)) == built.xlsx


def test_bytes_do_not_hang_on_the_process() -> None:
    """Two fresh interpreters with different hash seeds: XLSForm, XForm and codebook are the same."""
    script = (
        "import hashlib, io\n"
        "from forms.build import codebook_json, codebook_sheet\n"
        "from forms.codebook import codebook\n"
        "from forms.load import load_questionnaire, questionnaire_folder\n"
        "from forms.workbook import workbook_bytes\n"
        "from forms.xlsform import sheets\n"
        "from pyxform.xls2xform import convert\n"
        "form = load_questionnaire(questionnaire_folder())\n"
        "xlsx = workbook_bytes(sheets(form))\n"
        "xml = str(convert(xlsform=io.BytesIO(xlsx), file_type='.xlsx', validate=False, form_name='data').xform)\n"
        "book = codebook(form)\n"
        "for part in (xlsx, xml.encode(), codebook_json(book), workbook_bytes([codebook_sheet(book)])):\n"
        "    print(hashlib.sha256(part).hexdigest())\n"
    )
    env = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**env, "PYTHONHASHSEED": seed}
        )
        for seed in ("1", "4711")
    ]
    first, second = (run.communicate(timeout=120)[0] for run in runs)
    assert len(first.split()) == 4
    assert first == second


def test_no_clock_in_the_workbook() -> None:
    found = load_workbook(BytesIO(workbook_bytes([Sheet("a", ("x",), (("1",),))])))
    assert found.properties.created.isoformat() == "2026-01-01T00:00:00"


def test_cells_are_text_whatever_they_begin_with() -> None:
    rows = (("=1+1", "0012", "http://example.org"), ("+84", "@x", ""))
    sheet = load_workbook(BytesIO(workbook_bytes([Sheet("a", ("x", "y", "z"), rows)])))["a"]
    assert [[c.value or "" for c in row] for row in sheet.iter_rows(min_row=2)] == [list(r) for r in rows]
    assert {c.data_type for row in sheet.iter_rows() for c in row if c.value} == {"s"}


# ---- the sheets


def test_only_columns_that_pyxform_knows(survey: dict[str, Rows]) -> None:
    assert set(survey) == {"survey", "choices", "settings"}
    assert set(survey["survey"][0]) <= KNOWN_COLUMNS
    spoken = {f"{text}::{lang}" for text in ("label", "media::audio") for lang in LANGUAGES}
    assert set(survey["choices"][0]) == {"list_name", "name", *spoken}
    settings = {"form_title", "form_id", "version", "default_language", "instance_name", "style", "name"}
    assert set(survey["settings"][0]) == settings


def test_every_text_stands_in_both_languages(survey: dict[str, Rows]) -> None:
    for row in survey["survey"]:
        wanted = [] if row["type"] in HIDDEN else ["label"]
        wanted += [f"{part}_message" for part in ("required", "constraint") if row[part]]
        wanted += ["hint"] if row[f"hint::{VI}"] or row[f"hint::{EN}"] else []
        for text in wanted:
            assert row[f"{text}::{VI}"].strip(), row
            assert row[f"{text}::{EN}"].strip(), row
    for row in survey["choices"]:
        assert row[f"label::{VI}"].strip(), row
        assert row[f"label::{EN}"].strip(), row


def test_every_question_that_is_asked_is_required_with_a_message(survey: dict[str, Rows]) -> None:
    asked = [r for r in survey["survey"] if r["type"] not in HIDDEN and not r["type"].startswith(("note", "begin"))]
    assert len(asked) > 60
    assert all(r["required"] == "yes" for r in asked)


def test_a_repeat_that_may_be_empty_has_a_condition(survey: dict[str, Rows]) -> None:
    """A repeat with count 0 and no condition leaves one empty row in Collect's submission (getodk/collect#6945)."""
    for row in survey["survey"]:
        if row["type"] == "begin repeat":
            assert row["relevant"] == "${n_eligible} > 0"


def test_choices_keep_the_codes_as_text(survey: dict[str, Rows], household: Questionnaire) -> None:
    used = {q.list for _, q in household.questions() if q.list}
    written = [(r["list_name"], r["name"]) for r in survey["choices"]]
    assert written == [(name, c.code) for name, found in household.lists.items() if name in used for c in found.choices]
    assert all(isinstance(code, str) and re.fullmatch(r"[a-z0-9_]+", code) for _, code in written)


def test_pyxform_has_nothing_to_warn_of(built: Built) -> None:
    result = pyxform_convert(xlsform=BytesIO(built.xlsx), file_type=".xlsx", validate=False, form_name="data")
    assert result.warnings == []
    assert str(result.xform) == built.xform.xml


def test_odk_validate_accepts_the_form(built: Built) -> None:
    validate(built.xform.xml, "bdg_household.xml")
    assert built.xform.media == ("communes.csv", "hamlets.csv", "households.csv")


# ---- the content


def test_twelve_knowledge_items_half_true(household: Questionnaire) -> None:
    items = scored(household, "K")
    assert [q.name for q in items] == [f"k{i:02d}" for i in range(1, 13)]
    assert Counter(q.score.key[0].value for q in items if q.score) == {"t": 6, "f": 6}
    for q in items:
        assert q.score is not None
        assert {"t", "f", "dk", "ref"} == {c.code for c in household.choices(q)}
        for key in q.score.key:
            assert key.law
            assert key.article
            assert key.valid_to is None or key.valid_to >= key.valid_from


def test_knowledge_tests_principles_not_numbers(household: Questionnaire) -> None:
    """Durations, amounts and ages change with the law (decision 13)."""
    for q in scored(household, "K"):
        assert not re.search(r"\d", q.label.vi + q.label.en), q.name


def test_sixteen_attitude_items_in_balanced_pairs(household: Questionnaire) -> None:
    items = scored(household, "A")
    assert len(items) == 16
    assert sum(q.score.reverse for q in items if q.score) == 8
    by_field: dict[str | None, list[bool]] = {}
    for q in items:
        assert q.score is not None
        by_field.setdefault(q.field, []).append(q.score.reverse)
    assert len(by_field) == 8
    assert all(sorted(pair) == [False, True] for pair in by_field.values())
    assert not any("violence" in str(field) for field in by_field)


def test_eight_violence_items_with_a_decoy(household: Questionnaire) -> None:
    items = scored(household, "V")
    assert [q.name for q in items] == [f"v{i:02d}" for i in range(1, 9)]
    assert "no" in [q.score.key[0].value for q in items if q.score]
    assert {path for path, q in household.questions() if q.name.startswith("v0")} == {("m9",)}


def test_violence_is_asked_in_private_of_consenting_adults_only(household: Questionnaire) -> None:
    book = codebook(household)
    asked = [v for v in book.variables if v.path.startswith("m9/")]
    assert len(asked) >= 8
    for variable, consent, alone, age in itertools.product(asked, ("yes", "no", ""), ("yes", "no", ""), ("15", "17", "18", "70")):
        assert variable.asked_if is not None
        wanted = consent == alone == "yes" and int(age) >= 18
        assert holds(variable.asked_if, {"consent": consent, "alone": alone, "age": age}) is wanted, variable.name


def test_the_main_scores_are_asked_of_everybody_who_consents(household: Questionnaire) -> None:
    book = codebook(household)
    for variable, alone, age in itertools.product((*book.items("K"), *book.items("A")), ("yes", "no"), ("15", "17", "40")):
        assert variable.asked_if is not None
        assert holds(variable.asked_if, {"consent": "yes", "alone": alone, "age": age})
        assert not holds(variable.asked_if, {"consent": "no", "alone": alone, "age": age})
    assert household.scales["score"].of == ("K", "A")


def test_the_form_asks_no_party_membership(household: Questionnaire) -> None:
    for text in texts(household):
        assert not re.search(r"đảng|\bparty\b|chi bộ", text, re.IGNORECASE), text


def test_the_form_holds_no_telephone_number(household: Questionnaire) -> None:
    for text in texts(household):
        assert not re.search(r"\d(?:[\s.\-]?\d){2,}", text), text


def test_the_title_is_neutral_and_the_consent_names_the_subject(household: Questionnaire) -> None:
    assert not re.search(r"bình đẳng|bạo lực|equality|violence|gender", household.title.vi + household.title.en, re.IGNORECASE)
    consent = next(q for _, q in household.questions() if q.name == "consent_text")
    assert "bình đẳng giữa nam và nữ" in consent.label.vi
    assert "mâu thuẫn trong gia đình" in consent.label.vi
    assert "equality between men and women" in consent.label.en


def test_no_name_and_no_free_text_is_asked(household: Questionnaire) -> None:
    assert not [q.name for _, q in household.questions() if q.type == "text" and not q.private]


def selects(household: Questionnaire) -> list[Question]:
    return [q for _, q in household.questions() if q.type == "select_multiple"]


def test_no_answer_stands_alone_in_every_question_of_several_ticks(household: Questionnaire, survey: dict[str, Rows]) -> None:
    rows = {r["name"]: r for r in survey["survey"]}
    kept = [q for q in selects(household) if q.order != "random"]
    assert len(kept) >= 3
    for q in kept:
        alone = [c.code for c in household.choices(q) if c.why or c.code == "none"]
        assert alone, q.name
        for code in alone:
            assert f"selected(., '{code}')" in rows[q.name]["constraint"]
        assert "count-selected(.) > 1" in rows[q.name]["constraint"]
        assert "không đi cùng" in rows[q.name][f"constraint_message::{VI}"]


def test_a_constraint_joins_range_rule_and_messages(tmp_path: Path) -> None:
    first = FIRST.replace(
        "    range: [15, 110]\n",
        "    range: [15, 110]\n    must: . != 99 or consent = yes\n    must_message: {vi: Không ghi 99., en: Not 99.}\n",
    )
    form = load_questionnaire(write_form(tmp_path, first=first))
    text, message = constraint_of(form, next(q for _, q in form.questions() if q.name == "age"))
    assert text == "(. >= 15 and . <= 110) and (. != 99 or ${consent} = 'yes')"
    assert message is not None
    assert (message.vi, message.en) == (
        "Giá trị phải từ 15 đến 110. Không ghi 99.", "The value must be from 15 to 110. Not 99."
    )  # fmt: skip


# ---- the stamp


def test_the_form_is_stamped_while_nobody_has_tried_it(survey: dict[str, Rows], household: Questionnaire) -> None:
    assert survey["settings"][0]["form_title"].endswith(DRAFT)
    assert DRAFT == "DỰ THẢO - CHƯA THỬ NGHIỆM"
    assert len(household.draft) == 36
    assert any(DRAFT in notice for notice in notices(household))


def test_an_article_that_nobody_has_read_is_named(household: Questionnaire) -> None:
    unread = [q.name for _, q in household.questions() if q.score and any(k.read_on is None for k in q.score.key)]
    assert unread == ["k10"]
    assert any("k10" in notice for notice in notices(household))


HEAD = "item,date,people,groups,problem,change,waived_by,waiver_document\n"


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ("", ("k1", "a1")),
        ("k1,2026-08-01,8,3,,,,\n", ("a1",)),
        ("k1,2026-08-01,7,3,,,,\n", ("k1", "a1")),
        ("k1,2026-08-01,8,2,,,,\n", ("k1", "a1")),
        ("k1,2026-08-01,8,3,,,,\na1,2026-08-01,,,,,Nguyễn Thị A,Công văn 12\n", ()),
        ("a1,2026-08-01,,,,,Nguyễn Thị A,\n", ("k1", "a1")),  # a waiver without a document is not a written one
        ("a1,2026-08-01,,,,,,Công văn 12\n", ("k1", "a1")),
    ],
)
def test_only_a_record_or_a_written_waiver_lifts_the_stamp(tmp_path: Path, rows: str, left: tuple[str, ...]) -> None:
    folder = write_form(tmp_path)
    (folder / "evidence").mkdir()
    (folder / "evidence" / "cognitive.csv").write_text(HEAD + rows, encoding="utf-8")
    form = load_questionnaire(folder)
    assert form.draft == left
    title = sheets(form)[2].rows[0][0]
    assert title == (f"Khảo sát nhỏ - {DRAFT}" if left else "Khảo sát nhỏ")


def test_a_broken_evidence_file_is_told_not_traced(tmp_path: Path) -> None:
    folder = write_form(tmp_path)
    (folder / "evidence").mkdir()
    (folder / "evidence" / "cognitive.csv").write_text(HEAD + "k1,2026-08-01,tám,3,,,,\n", encoding="utf-8")
    assert "cognitive.csv" in refused(lambda: load_questionnaire(folder))[0].place


def test_the_shipped_evidence_is_empty() -> None:
    for file in ("cognitive.csv", "back_translation.csv"):
        assert len((questionnaire_folder() / "evidence" / file).read_text(encoding="utf-8").splitlines()) == 1


# ---- what pyxform or ODK Validate refuse


def survey_sheets(*rows: dict[str, str]) -> bytes:
    columns = sorted({c for row in rows for c in row})
    settings = Sheet("settings", ("form_title", "form_id", "version", "default_language"), (("Nhỏ", "tiny", "1", VI),))
    return workbook_bytes([Sheet("survey", tuple(columns), tuple(tuple(r.get(c, "") for c in columns) for r in rows)), settings])


def row(name: str, **more: Any) -> dict[str, str]:
    return {"type": "integer", "name": name, f"label::{VI}": name, f"label::{EN}": name, **more}


@pytest.mark.parametrize(
    ("code", "rows"),
    [
        ("FORM-017", [row("age", relevant="${nobody} = 1")]),
        ("FORM-018", [row("age"), row("size", relevant="${age} > unknown-function(1)")]),
        ("FORM-020", [row("age"), row("Age")]),
    ],
)
def test_what_the_tools_refuse_is_told_in_words(code: str, rows: list[dict[str, str]]) -> None:
    (problem,) = refused(lambda: convert(survey_sheets(*rows), "tiny.xlsx"))
    assert (problem.code, problem.place) == (code, "tiny.xlsx")
    assert problem.got


def test_a_form_with_a_mistake_is_not_built(tmp_path: Path) -> None:
    folder = tmp_path / "household"
    shutil.copytree(questionnaire_folder(), folder)
    path = folder / "20_consent.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count("only_if: guardian = yes\n") == 3
    path.write_text(text.replace("only_if: guardian = yes\n", "only_if: guardian = maybe\n", 1), encoding="utf-8")
    assert [p.code for p in refused(lambda: build(folder))] == ["FORM-008"]


def test_the_codebook_is_written_with_the_form(built: Built) -> None:
    assert codebook_json(built.codebook) == codebook_json(codebook(built.form))
    assert built.codebook.digest == built.form.digest
    assert built.form.digest in built.xform.xml


@pytest.mark.parametrize(("parameters", "written"), [("", "max-pixels=1280"), ("parameters: max-pixels=640, ", "max-pixels=640")])
def test_a_picture_is_made_smaller_before_it_is_sent(tmp_path: Path, parameters: str, written: str) -> None:
    """pyxform warns of a picture without a size, and a warning stops the build."""
    photo = f"  - {{name: photo, type: image, required: false, {parameters}ask: {{vi: Ảnh, en: Photo}}}}\n"
    form = load_questionnaire(write_form(tmp_path, first=FIRST + photo))
    survey = sheets(form)[0]
    (row,) = (dict(zip(survey.header, r, strict=True)) for r in survey.rows if r[1] == "photo")
    assert row["parameters"] == written
    convert(workbook_bytes(sheets(form)), "tiny.xlsx")
