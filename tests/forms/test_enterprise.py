"""Form C, enterprise: what it promises, the numbers it refuses, the target it feeds, and its paths through the engine."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from forms.load import load_questionnaire, questionnaire_folder
from forms.question import Questionnaire
from tests.forms.tried import Answers, Side, Walk, as_written, both_sides, built_form, constrained, packed, question, walk

PARTS = ("comm_talk", "comm_shift", "comm_speaker", "comm_online", "comm_event", "comm_other")
FULL: Answers = {
    "consent": "yes", "enterprise_code": "DN-0012", "enterprise_code_again": "DN-0012", "year": "2026", "answered_by": "hr",
    "sector": "industry", "ownership": "private", "place": "park", "size": "50to199", "workers_known": "have", "workers": "120",
    "workers_women": "75", "comm_any": "counted", **dict.fromkeys(PARTS, "0"), "comm_talk": "2", "comm_total": "2",
    "comm_by": "own union", "rule_pay": "agreement", "rule_hiring": "no", "rule_harassment": "internal", "month_did": "yes",
    "month_what": "banner talk", "needs": "speakers",
}  # fmt: skip
BARE: Answers = {**FULL, "workers_known": "nodata", "comm_any": "no", "month_did": "no", "needs": "none"}
DECLINED: Answers = {
    **FULL, **dict.fromkeys((
        "answered_by", "sector", "ownership", "place", "size", "workers_known", "comm_any", "rule_pay", "rule_hiring",
        "rule_harassment", "month_did", "needs",
    ), "ref"),
}  # fmt: skip
SIZES = {"1to9": (1, 9), "10to49": (10, 49), "50to199": (50, 199), "200to499": (200, 499), "500plus": (500, 200000)}


def sized(size: str, *workers: int) -> Answers:
    return {**FULL, "size": size, "workers": [str(n) for n in workers], "workers_women": "0"}


# question -> (other answers, refused in turn, taken)
SIDES: dict[str, Side] = {
    "a code with a blank": ("enterprise_code", {}, ["DN 0012", "ĐN-0012", "x" * 21, "DN.1"], "DN-0012"),
    "the longest code": ("enterprise_code", {"enterprise_code_again": "x" * 20}, [], "x" * 20),
    "a code typed twice": ("enterprise_code_again", {}, ["DN-0021", "dn-0012"], "DN-0012"),
    "the first year": ("year", {}, ["2025"], "2026"),
    "a year to come": ("year", {}, ["2027", "2031"], "2026"),
    "women beyond all": ("workers_women", {}, ["121", "-1"], "120"),
    "no women": ("workers_women", {}, [], "0"),
    **{p: (p, {"comm_talk": "2", "comm_total": str(365 + 2 * (p != "comm_talk"))}, ["-1", "366"], "365") for p in PARTS},
    "the sum": ("comm_total", {"comm_shift": "3", "comm_event": "1"}, ["5", "7"], "6"),
    "channels alone": ("comm_by", {}, ["own dk", "ref union"], "own other"),
    "month alone": ("month_what", {}, ["talk dk", "ref dk"], "talk"),
    "needs alone": ("needs", {}, ["none law", "law rules training speakers", "dk law"], "law rules training"),
}  # fmt: skip

PACKED, WHERE = packed(FULL, SIDES)


@pytest.fixture(scope="module")
def form() -> Questionnaire:
    """The form as built: pyxform and ODK Validate had nothing to say."""
    return built_form("enterprise").form


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Walk]:
    """Every path of the form, walked once through the engine."""
    walks: dict[str, Answers] = {
        "full": FULL, "bare": BARE, "declined": DECLINED, "no": {"consent": "no"},
        **{f"comm={c}": {**FULL, "comm_any": c, "comm_two": "yes"} for c in ("counted", "uncounted", "no", "dk", "ref")},
        **PACKED,
        **{f"{size} low": sized(size, low - 1, low) for size, (low, _) in SIZES.items()},
        **{f"{size} high": sized(size, high + 1, high) for size, (_, high) in SIZES.items()},
        "nought": {**FULL, **dict.fromkeys(PARTS, "0"), "comm_total": "0"},
        "January": {**FULL, "year": ["2028", "2026"], "@day": "2027-01-20"},
        "that year": {**FULL, "year": "2027", "@day": "2027-01-20"},
        "size unknown": sized("dk", 0, 200001, 7),
    }  # fmt: skip
    return walk("enterprise", tmp_path_factory.mktemp("enterprise"), walks)


def test_the_engine_asks_what_the_codebook_says(walked: dict[str, Walk]) -> None:
    as_written("enterprise", walked.values())


@pytest.mark.parametrize("why", SIDES)
def test_each_constraint_takes_one_side_and_refuses_the_other(walked: dict[str, Walk], why: str) -> None:
    at, _, refused, taken = SIDES[why]
    both_sides("enterprise", walked[WHERE[why]], at, taken, refused)


@pytest.mark.parametrize("size", SIZES)
def test_the_number_of_employees_is_of_the_size_chosen(walked: dict[str, Walk], size: str) -> None:
    low, high = SIZES[size]
    both_sides("enterprise", walked[f"{size} low"], "workers", str(low), [str(low - 1)])
    both_sides("enterprise", walked[f"{size} high"], "workers", str(high), [str(high + 1)])


def test_without_a_known_size_any_number_of_employees_will_do(walked: dict[str, Walk]) -> None:
    both_sides("enterprise", walked["size unknown"], "workers", "7", ["0", "200001"])


def test_every_constraint_was_tried_on_both_sides() -> None:
    tried = {at for at, _, refused, _ in SIDES.values() if refused} | {"workers"}
    assert constrained("enterprise") == tried


def test_the_sizes_leave_no_gap(form: Questionnaire) -> None:
    bands = [SIZES[c.code] for c in form.lists["size"].choices if c.why is None]
    assert len(bands) == len(SIZES)
    for (_, high), (low, _) in pairwise(bands):
        assert low == high + 1


def test_counts_only_where_there_is_something_to_count(walked: dict[str, Walk]) -> None:
    """Four kinds of no number: none (0 by what is said), not known, declined, not asked."""
    for code in ("counted", "uncounted", "no", "dk", "ref"):
        asked = set(walked[f"comm={code}"].asked)
        assert ({*PARTS, "comm_total"} <= asked) is (code == "counted"), code
        assert ("comm_two" in asked) is (code == "uncounted"), code
        assert ("comm_by" in asked) is (code in ("counted", "uncounted")), code
        assert not walked[f"comm={code}"].stored.get("comm_total") or code == "counted"


def test_a_total_of_nought_is_no_communication(form: Questionnaire, walked: dict[str, Walk]) -> None:
    """Counted, but nothing counted: the two contradict each other, and the message names the choice to go back to."""
    assert walked["nought"].dead == "comm_total"
    ((_, message),) = walked["nought"].refused("comm_total")
    (named,) = re.findall(r"«(.+?)»", message)
    assert named in {c.label.vi for c in form.lists["comm_any"].choices}


def test_a_refusal_ends_the_form_but_not_the_record(walked: dict[str, Walk]) -> None:
    asked = [q for q in walked["no"].asked if question("enterprise", q).type != "note"]
    assert asked == ["consent"]
    assert (walked["no"].stored["result"], walked["no"].stored["wave"]) == ("refused", "2026")
    assert walked["declined"].stored["result"] == "completed"
    assert walked["declined"].asked[-1] == "end_note"


def test_the_reporting_year_is_the_wave(walked: dict[str, Walk]) -> None:
    """Answered in January for the year before: the year that is meant counts, not the calendar of the day."""
    one = walked["January"]
    assert (one.stored["wave"], one.stored["interview_date"]) == ("2026", "2027-01-20")
    assert [text for text, _ in one.refused("year")] == ["2028"]
    assert walked["that year"].stored["wave"] == "2027"


def test_the_definition_is_the_one_that_units_read(form: Questionnaire) -> None:
    """Two definitions of a «cuộc» would be two targets; and it says that nobody has signed it."""
    unit = load_questionnaire(questionnaire_folder("unit"))
    theirs = next(q for _, q in unit.questions() if q.name == "com_definition").label
    assert question("enterprise", "comm_definition").label == theirs
    for name in ("comm_definition", "comm_rule"):
        assert "đề xuất" in question("enterprise", name).label.vi


def test_it_asks_about_the_enterprise_and_promises_what_it_is_not_for(form: Questionnaire) -> None:
    promise = question("enterprise", "promise").label
    assert "KHÔNG dùng để thanh tra, xử phạt, xếp hạng" in promise.vi
    assert {q.name for _, q in form.questions() if q.type == "text"} == {"enterprise_code", "enterprise_code_again"}
    for _, q in form.questions():
        assert not re.search(r"mã số thuế|số điện thoại|họ tên|tax code|telephone", q.label.vi + q.label.en, re.IGNORECASE), (
            q.name
        )


def test_everything_may_be_declined_or_unknown(form: Questionnaire) -> None:
    without = {q.name for _, q in form.questions() if q.list and "ref" not in [c.code for c in form.choices(q)]}
    assert without == {"consent"}


def test_it_feeds_the_target_for_enterprises(form: Questionnaire) -> None:
    assert form.mode == "self"
    assert form.serves["II.1"] == ("comm_any", "comm_total", "comm_two")
    assert question("enterprise", "comm_total").sum_of == PARTS


def test_the_reference_code_is_made_like_form_as(walked: dict[str, Walk], household: Questionnaire) -> None:
    theirs = next(q for _, q in household.questions() if q.name == "ref_code")
    assert question("enterprise", "ref_code").calculate == theirs.calculate
    assert re.fullmatch(r"[2-9ACHKMQRX]{4}-[2-9ACHKMQRX]{4}", walked["full"].stored["ref_code"])
    assert not walked["no"].stored.get("ref_code")
