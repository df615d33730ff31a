"""Form D, media agency: the documents it asks for, the definition it prints, the numbers it refuses, and its paths."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from forms.load import load_questionnaire, questionnaire_folder
from forms.question import Questionnaire
from tests.forms.tried import Answers, Side, Walk, as_written, both_sides, built_form, constrained, packed, question, walk

UNITS = """name,label,kind,commune
bao,Báo và Phát thanh Truyền hình,media,
snv,Sở Nội vụ,department,
21025,UBND xã,commune,21025
dai,Đài xã,media,21025
"""
INDICATORS = ("a1", "a2", "a3", "a4", "a5", "b1", "b2")
MINUTES = ("minutes_tv", "minutes_radio", "minutes_online")
ITEMS = ("items_tv", "items_radio", "items_print", "items_web", "items_social")
TOTALS = {
    "minutes_total": (MINUTES, "minutes_state"), "items_total": (ITEMS, "items_state"),
    "trained_total": (("trained_women", "trained_men"), "trained_state"),
}  # fmt: skip
APPLIED = {f"ind_{i}": "yes" for i in INDICATORS}
PAPERS = {f"ind_{i}_paper": "yes" for i in INDICATORS}
DOCUMENTS = {f"ind_{i}_document": "12/QĐ-PTTH ngày 05/3/2026" for i in INDICATORS}
FULL: Answers = {
    "unit": "bao", "year": "2026", "period_from": "2025-12-01", "period_to": "2026-09-30",
    "adopted": "yes", "adopted_kind": "decision", "adopted_number": "45/QĐ-BPTTH", "adopted_date": "2024-05-20",
    "assessed": "yes", "assessed_date": "2026-06-30", "assessed_result": "part", "assessed_paper": "numbered",
    "assessed_number": "99/BC-BPTTH",
    **APPLIED, **PAPERS, **DOCUMENTS,
    "minutes_state": "have", "minutes_tv": "120", "minutes_radio": "60", "minutes_online": "20", "minutes_total": "200",
    "minutes_minority": "30",
    "items_state": "have", "items_tv": "4", "items_radio": "3", "items_print": "2", "items_web": "1",
    "items_social": "0", "items_total": "10", "items_minority": "2", "items_rebuttal": "1",
    "staff_known": "have", "staff_women": "40", "staff_men": "60", "staff_total": "100", "leaders_women": "3", "leaders_men": "9",
    "trained_state": "have", "trained_women": "10", "trained_men": "5", "trained_total": "15", "approved": "yes",
}  # fmt: skip
EMPTY: Answers = {
    "unit": "dai", "year": "2026", "period_from": "2026-01-01", "period_to": "2026-12-31", "adopted": "no", "assessed": "no",
    **dict.fromkeys(APPLIED, "no"), "minutes_state": "none", "items_state": "none", "staff_known": "nodata",
    "trained_state": "none", "approved": "no",
}  # fmt: skip

# why -> (question, other answers, refused in turn, taken)
SIDES: dict[str, Side] = {
    "the first year": ("year", {}, ["2025"], "2026"),
    "the last year": ("year", {"period_from": "2030-01-01", "period_to": "2030-12-31"}, ["2031"], "2030"),
    "a period that begins too early": ("period_from", {"period_to": "2026-01-01"}, ["2024-12-31"], "2025-01-01"),
    "a period that begins too late": ("period_from", {"period_to": "2026-12-31"}, ["2027-01-01"], "2026-12-30"),
    "a period that ends at once": ("period_to", {"period_from": "2026-01-01"}, ["2025-12-31", "2026-01-01"], "2026-01-02"),
    "a period of more than a year": ("period_to", {"period_from": "2025-06-01"}, ["2026-06-03"], "2026-06-02"),
    "a period into the next year": ("period_to", {}, ["2027-01-01", "2026-12-31"], "2026-11-30"),
    "adopted before there was a set": ("adopted_date", {}, ["2014-10-28"], "2014-10-29"),
    "adopted tomorrow": ("adopted_date", {}, ["2026-10-13"], "2026-10-12"),
    "assessed before there was a set": ("assessed_date", {}, ["2014-10-28"], "2014-10-29"),
    "assessed tomorrow": ("assessed_date", {}, ["2026-10-13"], "2026-10-12"),
    "a long number of the decision": ("adopted_number", {}, ["x" * 61], "x" * 60),
    "a long number of the assessment": ("assessed_number", {}, ["x" * 61], "x" * 60),
    **{f"document {i}": (f"ind_{i}_document", {}, ["x" * 201], "x" * 200) for i in INDICATORS},
    **{name: (name, {"minutes_total": str(200 - int(str(FULL[name])) + 600000)}, ["-1", "600001"], "600000") for name in MINUTES},
    **{name: (name, {"items_total": str(10 - int(str(FULL[name])) + 20000)}, ["-1", "20001"], "20000") for name in ITEMS},
    "minutes do not add up": ("minutes_total", {}, ["199", "201"], "200"),
    "items do not add up": ("items_total", {}, ["9", "11"], "10"),
    "staff do not add up": ("staff_total", {}, ["99", "101"], "100"),
    "trained do not add up": ("trained_total", {}, ["14", "16"], "15"),
    "more minority minutes than minutes": ("minutes_minority", {}, ["201", "-1"], "200"),
    "more minority items than items": ("items_minority", {}, ["11", "-1"], "10"),
    "more rebuttals than items": ("items_rebuttal", {}, ["11", "-1"], "10"),
    "more women leaders than women": ("leaders_women", {}, ["41", "-1"], "40"),
    "more men leaders than men": ("leaders_men", {}, ["61", "-1"], "60"),
    "more women trained than women": ("trained_women", {"trained_total": "45"}, ["41", "-1"], "40"),
    "more men trained than men": ("trained_men", {"trained_total": "70"}, ["61", "-1"], "60"),
    "staff unknown, women trained": ("trained_women", {"staff_known": "nodata", "trained_total": "5005"}, ["5001"], "5000"),
    "staff unknown, men trained": ("trained_men", {"staff_known": "nodata", "trained_total": "5010"}, ["5001"], "5000"),
    "women on the staff": ("staff_women", {"staff_total": "5060"}, ["-1", "5001"], "5000"),
    "men on the staff": ("staff_men", {"staff_total": "5040"}, ["-1", "5001"], "5000"),
}  # fmt: skip

PACKED, WHERE = packed(FULL, SIDES)


@pytest.fixture(scope="module")
def form() -> Questionnaire:
    """The form as built: pyxform and ODK Validate had nothing to say."""
    return built_form("media").form


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Walk]:
    """Every path of the form, walked once through the engine."""
    walks: dict[str, Answers] = {
        "full": FULL, "empty": EMPTY,
        **{f"adopted={c}": {**FULL, "adopted": c} for c in ("yes", "drafting", "no", "nodata")},
        **{f"assessed={c}": {**FULL, "assessed": c} for c in ("yes", "no", "nodata")},
        **{f"paper={c}": {**FULL, "assessed_paper": c} for c in ("numbered", "plain", "none")},
        **{f"applied={c}": {**FULL, **dict.fromkeys(APPLIED, c)} for c in ("yes", "partly", "no", "outside", "nodata")},
        **{f"days={n}": {**FULL, "assessed_date": str(date(2026, 9, 30) - timedelta(days=n))} for n in (-1, 0, 366, 367)},
        **{f"nought {total}": {**FULL, **dict.fromkeys(parts, "0"), total: "0"} for total, (parts, _) in TOTALS.items()},
        "no papers": {**FULL, **dict.fromkeys(PAPERS, "no")},
        **{f"state={c}": {**FULL, "minutes_state": c, "items_state": c, "trained_state": c} for c in ("have", "none", "nodata")},
        **PACKED,
    }  # fmt: skip
    return walk("media", tmp_path_factory.mktemp("media"), walks, {"units.csv": UNITS})


def test_the_engine_asks_what_the_codebook_says(walked: dict[str, Walk]) -> None:
    as_written("media", walked.values())


@pytest.mark.parametrize("why", SIDES)
def test_each_constraint_takes_one_side_and_refuses_the_other(walked: dict[str, Walk], why: str) -> None:
    at, _, refused, taken = SIDES[why]
    both_sides("media", walked[WHERE[why]], at, taken, refused)


def test_every_constraint_was_tried_on_both_sides() -> None:
    assert constrained("media") == {at for at, _, refused, _ in SIDES.values() if refused}


def test_only_media_agencies_can_be_chosen(walked: dict[str, Walk]) -> None:
    assert set(walked["full"].offered["unit"]) == {"bao", "dai"}
    assert built_form("media").xform.media == ("units.csv",)


@pytest.mark.parametrize("total", TOTALS)
def test_a_total_of_nought_is_said_and_not_counted(form: Questionnaire, walked: dict[str, Walk], total: str) -> None:
    """«Có số liệu» with nothing in it would be a third way to say nought; the message names the choice to take instead."""
    one = walked[f"nought {total}"]
    assert one.dead == total
    ((_, message),) = one.refused(total)
    (named,) = re.findall(r"«(.+?)»", message)
    assert any(c.label.vi.startswith(named) for c in form.choices(question("media", TOTALS[total][1])))


def test_nothing_happened_is_not_no_figures(form: Questionnaire, walked: dict[str, Walk]) -> None:
    """have asks for numbers, none and nodata do not; only nodata is a no-answer; form E says it in the same words."""
    numbers = {"minutes_total", "items_total", "trained_total"}
    assert {c: numbers & set(walked[f"state={c}"].asked) for c in ("have", "none", "nodata")} == {
        "have": numbers, "none": set(), "nodata": set(),
    }  # fmt: skip
    assert {c.code: c.why for c in form.lists["data_state"].choices} == {"have": None, "none": None, "nodata": "dont_know"}
    unit = load_questionnaire(questionnaire_folder("unit"))
    assert form.lists["data_state"].choices == unit.lists["data_state"].choices


def test_the_definition_of_official_application_is_printed_as_a_proposal(form: Questionnaire) -> None:
    order = [q.name for _, q in form.questions()]
    said = question("media", "official_definition").label
    assert order.index("official_definition") < order.index("adopted")
    for part in ("chính thức áp dụng", "quyết định", "quy chế", "tự đánh giá", "12 tháng", "đề xuất"):
        assert part in said.vi
    assert "Proposed" in said.en


def test_what_is_asked_of_a_document_hangs_on_there_being_one(walked: dict[str, Walk]) -> None:
    after = {
        "adopted": {"adopted_kind", "adopted_number", "adopted_date"},
        "assessed": {"assessed_date", "assessed_result", "assessed_paper"},
    }
    for name, wanted in after.items():
        for code in ("yes", "no", "nodata"):
            assert wanted & set(walked[f"{name}={code}"].asked) == (wanted if code == "yes" else set()), (name, code)
    assert not after["adopted"] & set(walked["adopted=drafting"].asked)
    assert {c: "assessed_number" in walked[f"paper={c}"].asked for c in ("numbered", "plain", "none")} == {
        "numbered": True, "plain": False, "none": False,
    }  # fmt: skip
    for code in ("yes", "partly", "no", "outside", "nodata"):
        assert (set(PAPERS) <= set(walked[f"applied={code}"].asked)) is (code in ("yes", "partly")), code
    assert not set(DOCUMENTS) & set(walked["no papers"].asked)


def test_an_assessment_outside_the_twelve_months_is_taken_down_and_told(walked: dict[str, Walk]) -> None:
    """It is never refused, or an agency would move the date; the form says that it does not count."""
    for days, outside in ((-1, True), (0, False), (366, False), (367, True)):
        one = walked[f"days={days}"]
        assert one.stored["assessed_days"] == str(days)
        assert ("assessed_outside" in one.asked) is outside, days
    assert not walked["assessed=no"].stored.get("assessed_days")


def test_the_seven_indicators_by_code_and_title_only(form: Questionnaire) -> None:
    """The book's licence was not seen: nothing of its text but the titles of its table of contents."""
    titles = [
        s.label.vi
        for path, q in form.questions()
        for s in form.around(path)
        if re.fullmatch(r"d3_[ab]\d", s.name) and q.name == f"ind_{s.name[3:]}"
    ]
    assert [t.split(".")[0] for t in titles] == [i.upper() for i in INDICATORS]
    assert all(len(t.split()) <= 15 for t in titles)
    assert {"ind_a1", "ind_b2"} <= set(form.serves["III.5"])


def test_the_year_is_the_wave_and_the_agency_names_the_submission(form: Questionnaire, walked: dict[str, Walk]) -> None:
    assert {one.stored["wave"] == one.stored["year"] for one in walked.values()} == {True}
    assert form.instance_name == ("unit", "year")
    assert form.excel == "card"
    assert form.mode == "office"


def test_no_name_of_a_person_is_asked(form: Questionnaire) -> None:
    free = {q.name for _, q in form.questions() if q.type == "text"}
    assert free == {"adopted_number", "assessed_number", *DOCUMENTS}
    for _, q in form.questions():
        assert not re.search(r"họ (và )?tên|người ký|điện thoại|signed by|telephone", q.label.vi + q.label.en, re.IGNORECASE), (
            q.name
        )
