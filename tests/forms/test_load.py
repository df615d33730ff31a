"""Reading questionnaires: what is wrong is told with file and line, all at once, and never as a traceback."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from forms.build import load
from forms.digests import question_digest, questionnaire_digest
from forms.load import load_questionnaire, questionnaire_folder
from forms.reading import read_yaml
from tests.forms.writing import FILES, FIRST, LISTS, SCORED, edited, line_of, refused, write_form


def test_the_small_questionnaire_is_read(tmp_path: Path) -> None:
    form = load(write_form(tmp_path))
    assert [q.name for _, q in form.questions()] == ["consent", "age", "phone", "k1", "a1", "ways"]
    assert {q.name: q for _, q in form.questions()}["phone"].private
    assert [p for p, q in form.questions() if q.name == "a1"] == [("m2",)]
    assert form.scales["total"].of == ("K", "A")
    assert form.draft == ("k1", "a1")


BROKEN = [
    ("FORM-003", "lists.yaml", '{code: "yes", vi: Có, en: "Yes"}', '{code: yes, vi: Có, en: "Yes"}', "code: yes,"),
    ("FORM-004", "lists.yaml", '{code: "no", vi: Không', '{code: "yes", vi: Không', 'code: "yes", vi: Không'),
    ("FORM-005", "10_first.yaml", "only_if: age >= 18", "only_if: age >= 18 and", "name: phone"),
    ("FORM-005", "20_scored.yaml", "only_if: consent = yes", "only_if: consent is yes", "section: m2"),
    ("FORM-005", "10_first.yaml", "    range: [15, 110]\n", "    range: [15, 110]\n    must: . <=\n", "name: age"),
    ("FORM-006", "10_first.yaml", "    private: true", "    privat: true", "name: phone"),
    ("FORM-006", "20_scored.yaml", "only_if: consent = yes", "onlyif: consent = yes", "section: m2"),
    ("FORM-006", "20_scored.yaml", "{scale: A, reverse: true}", "{scale: A, reversed: true}", "name: a1"),
    ("FORM-006", "20_scored.yaml", "valid_to: null,", "valid_until: null,", "name: k1"),
    ("FORM-006", "lists.yaml", "en: Do not know, why: dont_know", "en: Do not know, because: dont_know", "because:"),
    ("FORM-006", "form.yaml", "{kind: right, min_answered: 1,", "{kind: right, min_answerd: 1,", "min_answerd"),
    ("FORM-009", "10_first.yaml", "    type: integer", "    type: number", "name: age"),
    ("FORM-010", "10_first.yaml", '{vi: "Tuổi tròn?", en: "Age?"}', '{vi: "Tuổi tròn?"}', "name: age"),
    ("FORM-010", "10_first.yaml", '    ask: {vi: "Tuổi tròn?", en: "Age?"}\n', "", "name: age"),
    ("FORM-010", "10_first.yaml", '{vi: "Tuổi tròn?", en: "Age?"}', '{vi: "", en: "Age?"}', "name: age"),
    ("FORM-011", "20_scored.yaml", "article: Điều 1, ", "", "name: k1"),
    ("FORM-011", "20_scored.yaml", "valid_from: 2007-07-01, ", "", "name: k1"),
    ("FORM-011", "20_scored.yaml", "law: Luật A,", 'law: "",', "name: k1"),
    ("FORM-001", "10_first.yaml", "{vi: Người trả lời, en: Respondent}", "{vi: Người trả lời, en: Respondent", "questions:"),
    ("FORM-001", "10_first.yaml", "    private: true\n", "    private: true\n    private: false\n", "private: false"),
]


@pytest.mark.parametrize(("code", "file", "old", "new", "needle"), BROKEN, ids=[f"{b[0]} {b[3].strip()[:30]}" for b in BROKEN])
def test_a_mistake_is_told_with_file_and_line(tmp_path: Path, code: str, file: str, old: str, new: str, needle: str) -> None:
    folder = edited(tmp_path, file, old, new)
    (problem,) = refused(lambda: load(folder))
    assert problem.code == code
    assert problem.place.startswith(f"{file}:{line_of(folder, file, needle)}")
    assert problem.expected or problem.got


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("lists.yaml", '{code: "no", vi: Không, en: "No"}', '{code: "no", vi: Không}'),
        ("lists.yaml", "yes_no:\n", "yes_no: nothing\nother:\n"),
        ("10_first.yaml", "label: {vi: Người trả lời, en: Respondent}\n", ""),
        ("10_first.yaml", "section: m1\n", ""),
        ("10_first.yaml", "    range: [15, 110]\n", "    range: [15]\n"),
        ("10_first.yaml", "    range: [15, 110]\n", "    range: [a, b]\n"),
        ("10_first.yaml", "    range: [15, 110]\n", "    hint: {vi: Tuổi tròn}\n"),
        ("10_first.yaml", "    range: [15, 110]\n", "    must: . > 1\n    must_message: {vi: Lớn hơn}\n"),
        ("10_first.yaml", "    range: [15, 110]\n", "    changed: câu mới\n"),
        ("20_scored.yaml", "{scale: A, reverse: true}", "{reverse: true}"),
        ("20_scored.yaml", "valid_from: 2007-07-01", 'valid_from: "tháng 7 năm 2007"'),
        ("form.yaml", "title: {vi: Khảo sát nhỏ, en: Small survey}\n", ""),
        ("form.yaml", "{kind: likert,", "{kind: liker,"),
        ("form.yaml", "of: [K, A]", "of: [K, B]"),
    ],
)
def test_a_missing_or_wrong_part_is_told_not_traced(tmp_path: Path, file: str, old: str, new: str) -> None:
    """A person who forgets a part of the YAML reads a sentence with the file, never a KeyError."""
    folder = edited(tmp_path, file, old, new)
    problems = refused(lambda: load(folder))
    assert all(p.code.startswith("FORM-") for p in problems)
    assert any(p.place.startswith(file) for p in problems)


def test_files_without_their_frame_are_told_not_traced(tmp_path: Path) -> None:
    folder = write_form(tmp_path / "a")
    (folder / "20_scored.yaml").write_text("", encoding="utf-8")
    assert any(p.place.startswith("20_scored.yaml") for p in refused(lambda: load(folder)))
    folder = write_form(tmp_path / "b", first=FIRST.replace("questions:", "question:"))
    assert any(p.place.startswith("10_first.yaml") for p in refused(lambda: load(folder)))


def test_missing_files(tmp_path: Path) -> None:
    (problem,) = refused(lambda: load_questionnaire(tmp_path))
    assert (problem.code, problem.expected) == ("FORM-002", "form.yaml")
    folder = write_form(tmp_path / "a")
    (folder / "lists.yaml").unlink()
    (problem,) = refused(lambda: load_questionnaire(folder))
    assert (problem.code, problem.place) == ("FORM-002", "lists.yaml")


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    folder = write_form(tmp_path)
    (folder / "10_first.yaml").write_bytes(FIRST.encode("utf-16"))
    (problem,) = refused(lambda: load_questionnaire(folder))
    assert problem.code == "FORM-001"
    assert problem.place.startswith("10_first.yaml:")


def test_all_mistakes_of_a_folder_are_told_at_once(tmp_path: Path) -> None:
    lists = LISTS.replace('code: "yes"', "code: yes")
    first = FIRST.replace("type: integer", "type: number").replace("private:", "privat:")
    scored = SCORED.replace("article: Điều 1, ", "").replace("consent = yes", "consent")
    problems = refused(lambda: load_questionnaire(write_form(tmp_path, lists=lists, first=first, scored=scored)))
    assert sorted(p.code for p in problems) == ["FORM-003", "FORM-005", "FORM-006", "FORM-009", "FORM-011"]
    assert len({p.place for p in problems}) == 5


def test_texts_are_read_as_nfc(tmp_path: Path) -> None:
    folder = write_form(tmp_path, first=unicodedata.normalize("NFD", FIRST))
    asked = {q.name: q for _, q in load(folder).questions()}
    assert asked["age"].label.vi == unicodedata.normalize("NFC", "Tuổi tròn?")


def test_no_python_object_is_made_from_yaml(tmp_path: Path) -> None:
    folder = edited(tmp_path, "form.yaml", "id: tiny", "id: !!python/object/apply:os.getcwd []")
    (problem,) = refused(lambda: read_yaml(folder / "form.yaml"))
    assert problem.code == "FORM-001"


def digests(folder: Path) -> tuple[str, dict[str, str]]:
    form = load_questionnaire(folder)
    return questionnaire_digest(form), {q.name: question_digest(form, q, p) for p, q in form.questions()}


@pytest.mark.parametrize(
    ("file", "old", "new", "touched"),
    [
        ("20_scored.yaml", "Nam nữ có quyền như nhau.", "Nam và nữ có quyền như nhau.", {"k1"}),
        ("20_scored.yaml", "Men and women have equal rights.", "Women and men have equal rights.", {"k1"}),
        ("20_scored.yaml", "value: t,", "value: f,", {"k1"}),
        ("20_scored.yaml", "2007-07-01", "2008-07-01", {"k1"}),
        ("20_scored.yaml", "reverse: true", "reverse: false", {"a1"}),
        ("20_scored.yaml", "    only_if: age >= 18\n", "    only_if: age >= 16\n", {"a1"}),
        ("20_scored.yaml", "only_if: consent = yes", "only_if: consent = yes and age >= 18", {"k1", "a1", "ways"}),
        ("10_first.yaml", "range: [15, 110]", "range: [16, 110]", {"age"}),
        ("lists.yaml", "vi: Tán thành", "vi: Rất tán thành", {"a1"}),
    ],
)
def test_the_digest_follows_what_is_asked_and_how_it_counts(
    tmp_path: Path, file: str, old: str, new: str, touched: set[str]
) -> None:
    whole, each = digests(write_form(tmp_path / "a"))
    whole_after, each_after = digests(edited(tmp_path / "b", file, old, new))
    assert whole_after != whole
    assert {name for name in each if each[name] != each_after[name]} == touched


def test_the_digest_does_not_follow_comments_lines_or_sources(tmp_path: Path) -> None:
    moved = {f: "# lời ghi chú\n\n" + text for f, text in FILES.items()}
    moved["20_scored.yaml"] = moved["20_scored.yaml"].replace("    list: truth\n", "    list: truth\n    source: tự soạn\n")
    names = {"form.yaml": "form", "lists.yaml": "lists", "10_first.yaml": "first", "20_scored.yaml": "scored"}
    after = write_form(tmp_path / "b", **{names[f]: text for f, text in moved.items()})
    assert digests(write_form(tmp_path / "a")) == digests(after)


def test_switches_change_what_is_asked_and_not_the_digest() -> None:
    """The digest is of the questionnaire: submissions of forms built with different switches belong to one questionnaire."""
    folder = questionnaire_folder("household")
    plain = load_questionnaire(folder)
    full = load_questionnaire(folder, tuple(plain.options))
    assert len(plain.options) == 3
    assert len(list(full.questions())) > len(list(plain.questions()))
    assert full.digest == plain.digest
