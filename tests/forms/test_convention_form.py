"""Form F, the review of one community convention, in Collect's own engine: what is asked, refused and concluded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from forms.build import Built, build
from forms.load import load_questionnaire, questionnaire_folder
from forms.province import load_province
from forms.question import Questionnaire
from tests.forms.office import Filled, asked_questions, conditional, constrained, expected, fill_in, filled

FOLDER = questionnaire_folder("convention")
TODAY = "2026-10-12"  # the day on which drive.py fills a form in
GIVEN = {
    "unit": "21085", "year": "2026", "hamlet": "GL0001", "convention_no": "1", "adopted_on": "2024-05-01", "recognised_no": "45",
    "recognised_symbol": "QĐ-UBND", "recognised_on": "2024-06-01", "reviewed_on": "2026-09-01", "found_clauses": "Điều 4",
    "amended_on": "2026-10-01",
}  # fmt: skip
POINTS = (
    "p01_inherit", "p02_marriage", "p03_residence", "p04_divorce", "p05_children", "p06_voice", "p07_labour", "p08_ritual",
    "p09_violence", "p10_widow", "p11_school", "p12_penalty",
)  # fmt: skip
FOUND = ("found_clauses", "amended")


@pytest.fixture(scope="module")
def form() -> Questionnaire:
    """The form as read."""
    return load_questionnaire(FOLDER)


@pytest.fixture(scope="module")
def built() -> Built:
    """The form built: pyxform and ODK Validate without error or warning, or the build refuses."""
    return build(FOLDER)


def cases(form: Questionnaire) -> dict[str, Mapping[str, str | Sequence[str]]]:
    """Records of every outcome, one for each point that can be found, and answers on either side of every rule."""
    one = {point: filled(form, **GIVEN, **{point: "found"}) for point in POINTS}
    edges: dict[str, str | Sequence[str]] = {
        "year": ["2025", "2031", "2030"],
        "hamlet": ["thôn 1", "a" * 21, "a" * 20], "convention_no": ["0", "10", "9"], "adopted_on": ["2026-10-13", TODAY],
        "recognised_no": ["0", "100000", "99999"], "recognised_symbol": ["QĐ UBND", "Q" * 31, "Q" * 30],
        "recognised_on": ["2026-10-11", "2026-10-13", TODAY], "reviewed_on": ["2026-10-13", TODAY],
        "found_clauses": ["x" * 201, "x" * 200], "amended_on": ["2026-10-11", "2026-10-13", TODAY],
    }  # fmt: skip
    return {
        "free": filled(form, **GIVEN),
        "silent": filled(form, **GIVEN, **dict.fromkeys(POINTS, "silent")),
        "all found": filled(form, **GIVEN, **dict.fromkeys(POINTS, "found"), amended="not_yet"),
        "not reviewed": filled(form, **GIVEN, reviewed="no", adopted="no", recognised="no", in_force="no"),
        "nobody knows": filled(form, **GIVEN, adopted="nodata", recognised="nodata", in_force="nodata"),
        "no convention": filled(form, **GIVEN, exists="no"),
        "no day of adoption": filled(form, **{**GIVEN, "adopted_on": "", "recognised_on": "2001-01-01"}),
        "edges": {**filled(form, **GIVEN, p05_children="found"), **edges},
        "lower edges": {
            **filled(form, **GIVEN), "year": ["2025", "2026"], "convention_no": ["0", "1"], "recognised_no": ["0", "1"],
            "recognised_on": ["2024-04-30", "2024-05-01"],
        },
        "a department": filled(form, **{**GIVEN, "unit": "snv"}),
        **one,
    }  # fmt: skip


@pytest.fixture(scope="module")
def ran(form: Questionnaire, built: Built, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Filled], dict[str, str]]:
    """Every case in one run of the engine."""
    return fill_in(built, tmp_path_factory.mktemp("convention"), FOLDER, cases(form))


@pytest.fixture(scope="module")
def done(ran: tuple[dict[str, Filled], dict[str, str]]) -> dict[str, Filled]:
    """The records by case."""
    return ran[0]


# ---- what is concluded


@pytest.mark.parametrize(
    ("case", "result", "found"),
    [
        ("free", "free", "0"),
        ("silent", "free", "0"),
        ("all found", "found", "12"),
        ("not reviewed", "not_reviewed", None),
        ("nobody knows", "free", "0"),
        ("no convention", "not_applicable", None),
        *((point, "found", "1") for point in POINTS),
    ],
)
def test_the_result_follows_from_the_review(done: dict[str, Filled], case: str, result: str, found: str | None) -> None:
    """Each point by itself makes a convention discriminating; one that nobody reviewed is not free of discrimination."""
    assert done[case].answers["result"] == result
    assert done[case].answers.get("points_found") == found


def test_an_amended_text_is_still_the_text_that_was_reviewed(done: dict[str, Filled]) -> None:
    assert done["p01_inherit"].answers["amended"] == "done"
    assert done["p01_inherit"].answers["result"] == "found"


def test_the_commune_comes_with_the_unit(done: dict[str, Filled]) -> None:
    assert {one.answers["commune"] for one in done.values()} == {"21085"}
    assert done["free"].answers["instanceName"] == "21085-GL0001-1-2026"


# ---- what is asked


def test_every_question_is_asked_exactly_when_its_condition_holds(form: Questionnaire, done: dict[str, Filled]) -> None:
    wanted = {q.name for q in asked_questions(form)}
    for name, one in done.items():
        assert {q for q in one.asked if q in wanted} == expected(form, one), name


def test_every_question_is_reached_and_every_condition_fails_once(form: Questionnaire, done: dict[str, Filled]) -> None:
    everything = {q.name for q in asked_questions(form)}
    assert set().union(*(one.asked for one in done.values())) >= everything
    assert {q for q in conditional(form) if all(q in one.asked for one in done.values())} == set()
    assert len(conditional(form)) == len(everything) - 4


def test_a_hamlet_without_a_convention_is_a_record(done: dict[str, Filled]) -> None:
    assert done["no convention"].asked == ("unit", "year", "hamlet", "exists", "end_note")


@pytest.mark.parametrize("case", ["free", "silent", "not reviewed", "nobody knows"])
def test_clauses_and_amendment_are_asked_where_something_was_found(done: dict[str, Filled], case: str) -> None:
    assert not {*FOUND, "amended_on"} & set(done[case].asked)
    for point in POINTS:
        assert {*FOUND, "amended_on"} <= set(done[point].asked)
    assert set(FOUND) <= set(done["all found"].asked)
    assert "amended_on" not in done["all found"].asked  # not amended yet


def test_adoption_and_recognition_are_two_questions(form: Questionnaire, done: dict[str, Filled]) -> None:
    """The target says «đã được thông qua»; the decree's «công nhận» is another step with a document of its own."""
    assert {"adopted", "recognised"} <= set(form.serves["II.5"])
    assert "adopted_on" in done["free"].asked
    assert {"adopted_on", "recognised_no", "recognised_on"} & set(done["nobody knows"].asked) == set()


def test_only_communes_are_offered(done: dict[str, Filled]) -> None:
    """A department on the list of units holds no conventions: where it is wanted, the first commune is what the list offers."""
    assert done["a department"].answers["unit"] == "21085"
    assert done["a department"].answers["commune"] == "21085"


# ---- what is refused


def test_each_constraint_refuses_one_side_and_takes_the_other(form: Questionnaire, done: dict[str, Filled]) -> None:
    for case in ("edges", "lower edges"):
        wanted = {n: len(tries) - 1 for n, tries in cases(form)[case].items() if not isinstance(tries, str)}
        assert done[case].refused == wanted, case
    for case in set(done) - {"edges", "lower edges"}:
        assert done[case].refused == {}, case


def test_every_constraint_of_the_form_was_met(form: Questionnaire, done: dict[str, Filled]) -> None:
    assert constrained(form) - set(done["edges"].refused) == set()


def test_recognition_cannot_come_before_adoption_where_that_day_is_known(done: dict[str, Filled]) -> None:
    assert done["no day of adoption"].answers["recognised_on"] == "2001-01-01"
    assert done["lower edges"].refused["recognised_on"] == 1


def test_the_engine_says_why(ran: tuple[dict[str, Filled], dict[str, str]]) -> None:
    assert ran[1]["recognised_on"] == "Ngày công nhận không thể sau hôm nay và không thể trước ngày thông qua."
    assert ran[1]["hamlet"] == "Chỉ ghi mã: chữ không dấu, chữ số, gạch nối, tối đa 20 ký tự."


# ---- what it holds


def test_twelve_points_with_an_example_each(form: Questionnaire) -> None:
    """The checklist: three answers a point, an example of what discriminates, and the word that it is proposed."""
    asked = {q.name: q for _, q in form.questions()}
    assert tuple(n for n in asked if n[0] == "p" and n[1:3].isdecimal()) == POINTS
    for number, name in enumerate(POINTS, 1):
        q = asked[name]
        assert q.label.vi.startswith(f"{number}. ")
        assert [c.code for c in form.choices(q)] == ["free", "found", "silent"]
        assert q.hint is not None
        assert q.hint.vi.startswith("Phân biệt đối xử, ví dụ: ")
    assert "đề xuất" in asked["point_rule"].label.vi
    assert "Điều 5 khoản 5" in asked["point_rule"].label.vi


def test_it_feeds_target_ii5(form: Questionnaire) -> None:
    plan = load_province("51")[0]
    assert {row for row in form.serves if row.startswith("II.")} == {"II.5"} <= {t.id for t in plan.targets}
    assert (form.mode, form.excel) == ("office", "table")
    assert "result" in form.serves["II.5"]
