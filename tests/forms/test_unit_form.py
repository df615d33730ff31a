"""Form E, the report of an obliged unit, in Collect's own engine: what each kind of report asks, which answers are refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from forms.build import Built, build
from forms.load import load_questionnaire, questionnaire_folder
from forms.plan import Plan
from forms.province import load_province
from forms.question import Questionnaire, Section
from forms.xlsform import EN
from tests.forms.office import Filled, asked_questions, conditional, constrained, expected, fill_in, filled

FOLDER = questionnaire_folder("unit")
DATES = {
    "unit": "21085", "year": "2026", "period_from": "2025-12-01", "period_to": "2026-11-30", "plan_symbol": "KH-UBND",
    "plan_date": "2026-06-01", "am_symbol": "KH-UBND", "am_date": "2026-10-01", "am_until": "2026-11-20",
}  # fmt: skip
TODAY = "2026-10-12"  # the day on which drive.py fills a form in
FULL = {**DATES, "report_kind": "annual"}
STATES = (
    "com_state", "com_staff_state", "tr_state", "med_state", "mod_state", "sup_state", "am_state", "planned_state", "spent_state",
)  # fmt: skip
PARTS = {
    "com_total": 9, "com_reached": 2, "tr_classes": 11, "tr_people": 11, "tr_women": 11, "mod_total": 2, "am_total": 6,
    "am_reached": 2, "planned_total": 4, "spent_total": 4,
}  # fmt: skip
"""Each total and the number of its parts, counted in the form by eye."""

GROUPS = (
    "cadre", "speaker", "teacher", "mediator", "press", "village", "abroad", "business", "pupil", "resident", "other",
)  # fmt: skip
UNSPLIT = dict.fromkeys(("com_sex_known", "am_sex_known"), "nodata")
HEADS = ("com_reached_unsplit", "am_reached_unsplit")
TEXTS = ("task1", "task2", "task3", "task4", "task5", "task6", "task7", "difficulties", "proposals")


@pytest.fixture(scope="module")
def form() -> Questionnaire:
    """The form as read."""
    return load_questionnaire(FOLDER)


@pytest.fixture(scope="module")
def built() -> Built:
    """The form built: pyxform and ODK Validate without error or warning, or the build refuses."""
    return build(FOLDER)


def cases(form: Questionnaire) -> dict[str, dict[str, str | Sequence[str]]]:
    """Reports of every kind, and one for every way that a part can be left out."""
    none, nodata = (dict.fromkeys(STATES, state) for state in ("none", "nodata"))
    plain = {"kh114": "no"}
    found: dict[str, dict[str, str]] = {
        "annual": filled(form, **FULL),
        "six months": filled(form, **{**DATES, "period_to": "2026-05-31"}, report_kind="six_months"),
        "on request": filled(form, **DATES, **plain, report_kind="adhoc"),
        "supplement": filled(form, **{**DATES, "am_until": "2026-12-15"}, report_kind="supplement"),
        "nothing happened": filled(form, **FULL, **plain, **none, plan_state="none", am_plan="drafting"),
        "no figures": filled(form, **FULL, **{**plain, "kh114": "nodata"}, **nodata, plan_state="drafting", am_plan="none"),
        "not by sex": filled(form, **FULL, **UNSPLIT, tr_sex_known="nodata", plan_state="merged", am_plan="merged"),
    }
    return {name: dict(answers) for name, answers in found.items()}


@pytest.fixture(scope="module")
def ran(form: Questionnaire, built: Built, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Filled], dict[str, str]]:
    """Every case and the wrong answers, in one run of the engine."""
    return fill_in(built, tmp_path_factory.mktemp("unit"), FOLDER, {**cases(form), **edges(form)})


@pytest.fixture(scope="module")
def done(ran: tuple[dict[str, Filled], dict[str, str]]) -> dict[str, Filled]:
    """The reports by case."""
    return ran[0]


# ---- what is asked


def test_every_question_is_asked_exactly_when_its_condition_holds(form: Questionnaire, done: dict[str, Filled]) -> None:
    """The engine and the codebook's conditions, read by another path, agree on every report."""
    wanted = {q.name for q in asked_questions(form)}
    for name, one in done.items():
        assert {q for q in one.asked if q in wanted} == expected(form, one), name


def test_every_question_is_reached_and_every_condition_fails_once(form: Questionnaire, done: dict[str, Filled]) -> None:
    everything = {q.name for q in asked_questions(form)}
    assert set().union(*(one.asked for one in done.values())) >= everything
    assert {q for q in conditional(form) if all(q in one.asked for one in done.values())} == set()
    assert len(conditional(form)) > 100


def test_the_supplement_asks_about_the_action_month_only(form: Questionnaire, done: dict[str, Filled]) -> None:
    names = {q.name for q in asked_questions(form)}
    asked = [name for name in done["supplement"].asked if name in names]
    month = [name for name in asked if name.startswith("am_")]
    assert asked == ["unit", "year", "report_kind", *month, "difficulties", "proposals", "approved"]
    assert len(month) == 17
    assert "supplement_note" in done["supplement"].asked
    assert "am_provisional" not in done["supplement"].asked


@pytest.mark.parametrize(
    ("case", "month", "whole_year"),
    [("annual", True, True), ("six months", False, False), ("on request", False, False), ("supplement", True, False)],
)
def test_the_action_month_belongs_to_the_year(done: dict[str, Filled], case: str, month: bool, whole_year: bool) -> None:
    """In June there is no Action Month yet; the annual report says that its figures replace those of June."""
    asked = done[case].asked
    assert ("am_plan" in asked) is month
    assert ("whole_year_note" in asked) is whole_year
    assert ("am_provisional" in asked) is whole_year


def test_nothing_and_no_figures_are_two_answers(done: dict[str, Filled]) -> None:
    """«Không phát sinh» and «chưa có số liệu» are stored as such; neither leaves a number behind that could be taken for one."""
    for case, code in (("nothing happened", "none"), ("no figures", "nodata")):
        one = done[case]
        assert {one.answers[state] for state in STATES} == {code}
        left = [n for n, v in one.answers.items() if v.isdecimal() and n not in ("unit", "year")]
        assert left == []


def test_zero_is_an_answer(form: Questionnaire, done: dict[str, Filled]) -> None:
    assert done["least"].answers["com_school"] == "0"
    assert done["least"].answers["rebuttals"] == "0"


SPLIT = {"com_women", "com_men", "com_reached", "am_women", "am_men", "am_reached", "tr_women", "tr_press_women"}
PAPERS = {"plan_no", "plan_symbol", "plan_date", "am_no", "am_symbol", "am_date"}
NUMBERS = {"com_meeting", "com_total", "com_staff", "tr_classes", "med_news", "mod_total", "insp_visits", "am_total", "am_until",
           "planned_total", "spent_total"}  # fmt: skip


@pytest.mark.parametrize(
    ("case", "asked", "not_asked"),
    [
        ("annual", SPLIT | PAPERS | NUMBERS, set(HEADS)),
        ("not by sex", {*HEADS} | PAPERS | NUMBERS, SPLIT),
        ("nothing happened", set(STATES), SPLIT | PAPERS | NUMBERS | {*HEADS, "com_sex_known", "tr_sex_known", "am_sex_known"}),
        ("no figures", set(STATES), SPLIT | PAPERS | NUMBERS | {*HEADS, "com_sex_known", "tr_sex_known", "am_sex_known"}),
    ],
)
def test_what_is_asked_is_written_down_here_too(done: dict[str, Filled], case: str, asked: set[str], not_asked: set[str]) -> None:
    """By eye, not by the form's own conditions."""
    assert asked <= set(done[case].asked)
    assert not_asked & set(done[case].asked) == set()


def test_only_units_with_work_for_plan_114_are_asked_for_it(done: dict[str, Filled]) -> None:
    marks = {"com_kh114", "tr_kh114", "med_kh114", "mod_kh114", "spent_kh114"}
    assert marks <= set(done["annual"].asked)
    for case in ("on request", "nothing happened", "no figures", "supplement"):
        assert not marks & set(done[case].asked), case


def test_the_definition_of_a_communication_stands_before_the_numbers(form: Questionnaire, done: dict[str, Filled]) -> None:
    """The definition and the rule on reposts are printed, and said to be proposed until they are signed."""
    asked = done["annual"].asked
    assert asked.index("com_definition") < asked.index("com_repost_rule") < asked.index("com_state") < asked.index("com_meeting")
    text = {q.name: q.label for _, q in form.questions()}
    for name in ("com_definition", "com_repost_rule"):
        assert "đề xuất" in text[name].vi
        assert "roposed" in text[name].en
    assert "có ngày, có địa điểm hoặc kênh, có nội dung và có đối tượng" in text["com_definition"].vi
    assert "không phải là cuộc" in text["com_repost_rule"].vi


# ---- what is refused


def at_edge(form: Questionnaire, edge: int) -> dict[str, str]:
    """Every number at its lowest (0) or highest (1) allowed value; totals follow."""
    span = {q.name: str(q.range[edge]) for q in asked_questions(form) if q.range}
    if edge == 0:  # a part that is answered holds something
        one_part = {"com_meeting": "1", "tr_cadre_classes": "1", "tr_cadre_people": "1", "mod_kept": "1", "am_rally": "1"}
        return filled(form, **{**FULL, **span, **one_part})
    return filled(form, **{**FULL, **span, "period_from": "2030-01-01", "period_to": "2030-12-31", "am_until": "2031-01-31"})


def edges(form: Questionnaire) -> dict[str, dict[str, str | Sequence[str]]]:
    """Two reports on the edge of what is allowed, each number tried one beyond it first; and rules that no range says."""
    least: dict[str, str | Sequence[str]] = dict(at_edge(form, 0))
    most: dict[str, str | Sequence[str]] = dict(at_edge(form, 1))
    for q in asked_questions(form):
        if q.range:
            least[q.name] = [str(q.range[0] - 1), str(least[q.name])]
            most[q.name] = [str(q.range[1] + 1), str(most[q.name])]
        if q.sum_of:
            total = int(str(most[q.name]))
            most[q.name] = [str(total - 1), str(total + 1), str(total)]
    parts = {
        "com_public": ["19", "18"], "com_business": ["19", "18"], "com_kh114": ["19", "18"], "mod_men": ["5", "4"],
        "mod_kh114": ["5", "4"], "tr_kh114": ["23", "22"], "spent_kh114": ["9", "8"], "med_minutes": ["0", "1"],
        "insp_units": ["0", "1"], "plan_symbol": ["KH UBND", "K" * 31, "K" * 30], "am_symbol": ["KH UBND", "K" * 31, "K" * 30],
        "plan_date": ["2026-10-13", TODAY], "am_date": ["2026-10-13", TODAY],
        "am_until": ["2026-11-14", "2027-02-01", "2026-11-15"],
        "period_from": ["2025-11-30", "2027-01-01", "2025-12-01"],
        "period_to": ["2025-11-30", "2027-01-01", "2026-12-02", "2026-12-01"],
        **{f"tr_{group}_women": ["3", "2"] for group in GROUPS}, **{text: ["á" * 1501, "á" * 1500] for text in TEXTS},
    }  # fmt: skip
    empty = {name: ["0", "1"] for name in ("com_total", "tr_classes", "tr_people", "mod_total", "am_total")}
    zero = {q.name: "0" for q in asked_questions(form) if q.range and q.range[0] == 0}
    one_part = {"com_other": "1", "tr_other_classes": "1", "tr_other_people": "1", "mod_new": "1", "am_other": "1"}
    return {
        "least": least,
        "most": most,
        "rules": {**filled(form, **FULL), **parts},
        "rules of zero": {
            **filled(form, **{**FULL, **zero, **one_part}), **empty, "med_minutes": ["1", "0"], "insp_units": ["1", "0"],
        },
        "rules of the supplement": {
            **filled(form, **DATES, report_kind="supplement"), "am_until": ["2026-12-14", "2027-02-01", "2026-12-15"],
        },
        "unsplit least": filled(form, **FULL, **UNSPLIT) | dict.fromkeys(HEADS, ("-1", "0")),
        "unsplit most": filled(form, **FULL, **UNSPLIT) | dict.fromkeys(HEADS, ("10000000", "9999999")),
        "december": {
            **filled(form, **{**FULL, "year": "2028", "am_until": "2028-12-15", "period_from": "2028-01-01"}),
            "period_to": ["2029-01-01", "2028-12-31"],
        },
        "one day": filled(form, **{**FULL, "period_from": "2026-03-08", "period_to": "2026-03-08"}),
    }  # fmt: skip


def wrong_first(form: Questionnaire) -> dict[str, dict[str, int]]:
    """Case -> question -> how many wrong answers it was given before the right one."""
    return {
        case: {n: len(tries) - 1 for n, tries in one.items() if not isinstance(tries, str)} for case, one in edges(form).items()
    }


@pytest.mark.parametrize(
    "case",
    [
        "least",
        "most",
        "rules",
        "rules of zero",
        "rules of the supplement",
        "unsplit least",
        "unsplit most",
        "december",
        "one day",
    ],
)
def test_each_constraint_refuses_one_side_and_takes_the_other(form: Questionnaire, done: dict[str, Filled], case: str) -> None:
    given = {n: count for n, count in wrong_first(form)[case].items() if n in done[case].asked}
    assert done[case].refused == given


def test_every_constraint_of_the_form_was_met(form: Questionnaire, done: dict[str, Filled]) -> None:
    met = set().union(*(one.refused for one in done.values()))
    assert constrained(form) - met == set()


def test_a_total_that_contradicts_its_parts_is_refused(form: Questionnaire, done: dict[str, Filled]) -> None:
    """One less and one more, for every total of the form; the number of parts as counted by eye."""
    assert {q.name: len(q.sum_of) for q in asked_questions(form) if q.sum_of} == PARTS
    assert {name: done["most"].refused[name] for name in PARTS} == dict.fromkeys(PARTS, 2)


def test_the_engine_says_why_in_both_languages(
    form: Questionnaire, built: Built, ran: tuple[dict[str, Filled], dict[str, str]], tmp_path: Path
) -> None:
    total = "Không có cuộc nào thì quay lại chọn «Không phát sinh». Tổng phải bằng cộng các phần ghi ở trên."
    assert ran[1]["com_total"] == total
    assert ran[1]["spent_total"] == "Tổng phải bằng cộng các phần ghi ở trên."
    assert ran[1]["am_until"].endswith("báo cáo bổ sung thì phải từ 15/12.")
    wrong = {"tr_cadre_women": ["3", "2"], "period_to": ["2025-11-30", "2026-06-30"], "am_total": ["11", "12"]}
    said = fill_in(built, tmp_path, FOLDER, {"": {**filled(form, **FULL), **wrong}}, EN)[1]
    assert said == {
        "tr_cadre_women": "The value must be from 0 to 99999. Women cannot be more than all people.",
        "period_to": "The last day cannot be before the first one, must lie in the year of the report, "
        "and the period is 12 months at most.",
        "am_total": 'If there was none, go back and choose "Nothing happened". The total must equal the sum of the parts above.',
    }  # pyxform writes straight quotation marks


# ---- what it serves


def test_it_feeds_the_targets_that_units_report_on(form: Questionnaire) -> None:
    plan: Plan = load_province("51")[0]
    targets = {row for row in form.serves if row.startswith("II.")}
    assert targets == {"II.1", "II.2"} <= {t.id for t in plan.targets if t.source in ("administrative", "both")}
    assert {f"III.{n}" for n in range(1, 8)} < set(form.serves)
    assert (form.mode, form.excel) == ("office", "card")
    assert form.instance_name == ("unit", "year", "report_kind")


def test_the_texts_are_the_plans_seven_headings(form: Questionnaire) -> None:
    texts = [q for q in asked_questions(form) if q.type == "text" and q.appearance == "multiline"]
    assert [q.name for q in texts] == list(TEXTS)
    assert [q.label.vi[:2] for q in texts[:7]] == [f"{n}." for n in range(1, 8)]
    for q in texts:
        assert q.hint is not None
        assert "Không ghi tên người" in q.hint.vi
        assert "1.500" in q.hint.vi
        assert not q.required
        assert not q.private


def test_it_asks_for_no_name_and_no_phone(form: Questionnaire) -> None:
    for q in asked_questions(form):
        assert "họ và tên" not in q.label.vi.lower()
        assert "điện thoại" not in q.label.vi.lower()


def test_money_is_in_whole_million_dong(form: Questionnaire) -> None:
    """Decimals would make 0.1 + 0.2 differ from 0.3, and the engine refuse a right total."""
    money = [q for q in asked_questions(form) if q.name.startswith(("planned_", "spent_")) and not q.name.endswith("_state")]
    assert len(money) == 11
    assert {q.type for q in money} == {"integer"}
    (part,) = (section for section in form.sections if section.name == "m8")
    tables = [section for section in (part, *part.items) if isinstance(section, Section)]
    assert len(tables) == 3
    assert all("triệu đồng" in section.label.vi for section in tables)
