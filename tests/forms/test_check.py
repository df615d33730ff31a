"""Cross-checks: references, codes, scoring, and the lint of wording (at most 25 syllables, no negation to agree with, …)."""

from __future__ import annotations

from pathlib import Path

import pytest

from forms.build import load
from forms.check import check
from forms.load import load_questionnaire
from tests.forms.writing import FORM, LISTS, SCORED, edited, line_of, refused, write_form

AGREE = "Việc nhà là việc chung."
KNOW = "Nam nữ có quyền như nhau."
TWENTY_FIVE = " ".join(["một"] * 24 + ["hai."])

BROKEN = [
    ("FORM-007", "10_first.yaml", "only_if: age >= 18", "only_if: aged >= 18", "name: phone", "aged"),
    ("FORM-007", "10_first.yaml", "    range: [15, 110]\n", "    must: . < ${phone}\n", "name: age", "phone"),
    ("FORM-074", "10_first.yaml", "    range: [15, 110]\n", "    only_if: phone != x\n", "name: age", "age → phone → age"),
    ("FORM-007", "20_scored.yaml", "only_if: consent = yes", "only_if: consents = yes", "section: m2", "consents"),
    ("FORM-007", "10_first.yaml", "    range: [15, 110]\n", "    must: . <= ${size}\n", "name: age", "size"),
    ("FORM-007", "10_first.yaml", '{vi: "Số máy?"', '{vi: "Số máy của ${who}?"', "name: phone", "who"),
    ("FORM-007", "10_first.yaml", "    private: true\n", "    private: true\n    constraint: . != ${k9}\n", "name: phone", "k9"),
    ("FORM-008", "20_scored.yaml", "only_if: consent = yes", "only_if: consent = agreed", "section: m2", "agreed"),
    ("FORM-008", "20_scored.yaml", "    list: ways\n", "    list: ways\n    only_if: chose(k1, tv)\n", "name: ways", "tv"),
    ("FORM-012", "20_scored.yaml", "name: a1", "name: age", "name: age", "age"),
    ("FORM-013", "20_scored.yaml", "    list: agree3\n", "    list: agree5\n", "name: a1", "agree5"),
    ("FORM-014", "20_scored.yaml", "{value: t,", "{value: true_,", "name: k1", "true_"),
    ("FORM-014", "20_scored.yaml", "{scale: A, reverse: true}", "{scale: K}", "name: a1", ""),
    ("FORM-014", "20_scored.yaml", "    list: agree3\n", "    list: truth\n", "name: a1", "dk"),
    ("FORM-014", "20_scored.yaml", "{scale: A, reverse: true}", "{scale: total}", "name: a1", "total"),
    ("FORM-014", "20_scored.yaml", "{scale: A, reverse: true}", "{scale: B}", "name: a1", "B"),
    ("FORM-015", "20_scored.yaml", AGREE, f"thêm {TWENTY_FIVE}", "name: a1", "26"),
    ("FORM-015", "20_scored.yaml", KNOW, f"thêm {TWENTY_FIVE}", "name: k1", "26"),
    ("FORM-015", "20_scored.yaml", AGREE, "Đàn ông không nên làm việc nhà.", "name: a1", "không"),
    ("FORM-015", "20_scored.yaml", AGREE, "Con gái chưa cần học cao.", "name: a1", "chưa"),
    ("FORM-015", "20_scored.yaml", AGREE, "Vợ và/hoặc chồng làm việc nhà.", "name: a1", "và/hoặc"),
    ("FORM-015", "20_scored.yaml", KNOW, "Vợ và / hoặc chồng đứng tên nhà đất.", "name: k1", "và/hoặc"),
    ("FORM-015", "20_scored.yaml", "Housework is shared work.", "Wife and/or husband do it.", "name: a1", "và/hoặc"),
    ("FORM-015", "20_scored.yaml", KNOW, "Phụ nữ được ứng cử HĐND.", "name: k1", "HĐND"),
]


@pytest.mark.parametrize(
    ("code", "file", "old", "new", "needle", "named"), BROKEN, ids=[f"{b[0]} {b[3].strip()[:30]}" for b in BROKEN]
)
def test_a_mistake_is_told_with_file_and_line(
    tmp_path: Path, code: str, file: str, old: str, new: str, needle: str, named: str
) -> None:
    folder = edited(tmp_path, file, old, new)
    (problem,) = refused(lambda: load(folder))
    assert problem.code == code
    assert problem.place.startswith(f"{file}:{line_of(folder, file, needle)} (")
    assert named in problem.text()
    assert problem.expected or problem.got


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (AGREE, TWENTY_FIVE),
        (KNOW, "Theo luật, vợ không được đứng tên nhà đất."),  # a negation is allowed where truth, not agreement, is asked
        (AGREE, "Con gái học cao thì khó lấy chồng."),
        ("Nghe qua cách nào?", "Nghe qua TV và/hoặc báo, không kể loa?"),  # unscored: the office may word it as it likes
    ],
)
def test_wording_within_the_rules_passes(tmp_path: Path, old: str, new: str) -> None:
    check(load_questionnaire(edited(tmp_path, "20_scored.yaml", old, new)))


def test_a_code_that_the_grammar_reads_as_number_is_still_checked_against_the_list(tmp_path: Path) -> None:
    old = "    list: ways\n"
    check(load_questionnaire(edited(tmp_path / "a", "20_scored.yaml", old, f"{old}    only_if: a1 = 3 or a1 != 1\n")))
    folder = edited(tmp_path / "b", "20_scored.yaml", old, f"{old}    only_if: a1 = 4\n")
    assert [p.code for p in refused(lambda: load(folder))] == ["FORM-008"]


def test_all_mistakes_are_told_at_once_and_each_once(tmp_path: Path) -> None:
    scored = SCORED.replace("consent = yes", "consents = yes").replace("{value: t,", "{value: x,")
    scored = scored.replace(AGREE, "Không nên làm ở HĐND.").replace("    list: ways\n", "    list: way\n")
    problems = refused(lambda: load(write_form(tmp_path, scored=scored)))
    assert sorted(p.code for p in problems) == ["FORM-007", "FORM-013", "FORM-014", "FORM-015", "FORM-015"]
    assert len(set(problems)) == len(problems)


def test_a_likert_list_may_hold_no_answers_beside_its_codes(tmp_path: Path) -> None:
    lists = LISTS.replace("en: In favour}", "en: In favour}\n  - {code: ref, vi: Không trả lời, en: No answer, why: refused}")
    check(load_questionnaire(write_form(tmp_path, lists=lists)))


def test_a_wider_likert_scale_than_its_list_is_refused(tmp_path: Path) -> None:
    problems = refused(lambda: load(write_form(tmp_path, form=FORM.replace("high: 3", "high: 5"))))
    assert [(p.code, p.expected) for p in problems] == [("FORM-014", "1..5")]


def test_a_scored_question_without_choices_is_refused(tmp_path: Path) -> None:
    """A right/wrong item answered in free text could never be scored; it must not pass in silence."""
    scored = SCORED.replace("    type: select_one\n    list: truth\n", "    type: text\n")
    assert [p.code for p in refused(lambda: load(write_form(tmp_path, scored=scored)))] == ["FORM-014"]
