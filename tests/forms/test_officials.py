"""Form B, officials and communicators: what it promises, what it never asks, the items it shares with form A, and its paths."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from forms.digests import question_digest
from forms.load import questionnaire_folder
from forms.question import Question, Questionnaire
from forms.xlsform import EN
from tests.forms.tried import Answers, Walk, as_written, both_sides, built_form, constrained, question, walk

SCALES = ("K", "A", "V", "score", "score_kav")
K, A = [f"k{i:02d}" for i in range(1, 13)], [f"a{i:02d}" for i in range(1, 17)]
NORMS = ["n01", "n02", "n03", "n04"]
V = [*(f"v{i:02d}" for i in range(1, 9)), "v_phone"]
HINTED = {"v08", "v_phone"}
"""Items whose hint speaks to an enumerator in form A and to the reader in form B."""
EVERYBODY: Answers = {
    "consent": "yes", "role": "mediator", "level": "hamlet", "zone": "mountain", "unit_kind": "community", "sex": "female",
    "age_band": "a40_49", "consent_sensitive": "yes", "ethnic2": "minority",
    **dict.fromkeys(K, "t"), **dict.fromkeys(A, "4"), **dict.fromkeys(NORMS, "few"),
    "exp_any": "2", "month_heard": "yes", "month_joined": "no", "train_times": "1",
    "train_topics": "law digital", "train_use": "some",
    "talk_times": "3to5", "talk_ways": "meeting zalo", "talk_who": "men youth", "talk_local": "yes", "talk_ease": "hard",
    "barriers": "time money", "needs": "training", "v_ready": "go", **dict.fromkeys(V, "yes"), "v07": "t", "v08": "seek_help",
}  # fmt: skip
QUIET: Answers = {
    **EVERYBODY, "level": "province", "zone": "urban", "consent_sensitive": "no", "month_heard": "dk", "train_times": "0",
    "talk_times": "0", "barriers": "none", "v_ready": "skip",
}  # fmt: skip
TIMES = {"train_times": ("1", "2", "3plus"), "talk_times": ("1to2", "3to5", "6to11", "12plus")}
"""The answers after which the form asks on; every other answer to these questions ends the matter."""
FOLLOW = {"train_times": ("train_topics", "train_use"), "talk_times": ("talk_ways", "talk_who", "talk_local")}
REFUSALS: Answers = {
    "role": "ref", "level": "ref", "unit_kind": "ref", "sex": "ref", "age_band": "ref", "ethnic2": "ref",
    **dict.fromkeys([*K, *A, *V, *NORMS], "ref"), "exp_any": "ref", "month_heard": "ref", "train_times": "ref",
    "talk_times": "ref", "talk_ease": "ref", "barriers": "ref", "needs": "ref",
}  # fmt: skip
TICKS = {
    "train_topics": (["law dk", "ref other"], "law skills other"),
    "talk_ways": (["zalo dk", "ref zalo"], "zalo social"),
    "talk_who": (["men ref", "dk men"], "men"),
    "barriers": (["none time", "dk money", "time ref"], "time few_come customs"),
    "needs": (["none training", "training materials money speakers", "ref dk"], "training materials money"),
}


@pytest.fixture(scope="module")
def form() -> Questionnaire:
    """The form as built, which is the form that ODK Validate accepted without a word."""
    return built_form("officials").form


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Walk]:
    """Every path of the form, walked once through the engine."""
    walks: dict[str, Answers] = {
        "all": EVERYBODY, "quiet": QUIET, "no": {"consent": "no"}, "commune": {**EVERYBODY, "level": "commune"},
        "refusing": {**EVERYBODY, **REFUSALS},
        "later": {"consent": "no", "@day": "2030-01-01"},
        "English": {**EVERYBODY, "needs": ["training money language speakers", "ref"], "@language": EN},
        **{f"{q}={c}": {**EVERYBODY, q: c} for q in TIMES for c in of(q)},
        **{f"{q} ticks": {**EVERYBODY, q: [*refused, taken]} for q, (refused, taken) in TICKS.items()},
    }  # fmt: skip
    return walk("officials", tmp_path_factory.mktemp("officials"), walks)


def of(name: str) -> list[str]:
    """The codes of a question's choices."""
    return [c.code for c in built_form("officials").form.choices(question("officials", name))]


def texts(form: Questionnaire) -> list[str]:
    """Everything a respondent reads, in both languages."""
    used = {q.list for _, q in form.questions() if q.list}
    labels = [form.title, *(s.label for path, _ in form.questions() for s in form.around(path))]
    labels += [t for _, q in form.questions() for t in (q.label, q.hint, q.must_message) if t and t.vi != q.name]
    labels += [c.label for name, found in form.lists.items() if name in used for c in found.choices]
    return [text for label in labels for text in (label.vi, label.en)]


# ---- what it says and what it never asks


def test_the_consent_says_what_answers_are_not_used_for(form: Questionnaire) -> None:
    """The plan lets targets enter the rating of officials (III.1.b): the form must say that answers do not."""
    order = [q.name for _, q in form.questions()]
    promise = question("officials", "promise_rating").label
    assert "KHÔNG dùng để đánh giá, xếp loại" in promise.vi
    assert "NOT used to rate" in promise.en
    assert order.index("promise_rating") < order.index("promise_withdraw") < order.index("consent") < order.index("role")
    before = " ".join(q.label.vi for _, q in form.questions() if order.index(q.name) < order.index("consent"))
    for needed in (
        "Sở Nội vụ",
        "bình đẳng giữa nam và nữ",
        "bạo lực trong gia đình",
        "tự quyết định",
        "dừng lúc nào cũng được",
        "rút câu trả lời",
    ):
        assert needed in before


def test_no_page_promises_a_comparison_with_the_household_survey(form: Questionnaire) -> None:
    for text in texts(form):
        assert not re.search(
            r"so sánh|so với|xếp hạng|phiếu hộ|compare|comparison|household (survey|form)|ranking", text, re.IGNORECASE
        ), text


def test_nothing_asks_who_somebody_is(form: Questionnaire) -> None:
    """No free text, no place, no unit, no device, no party, no telephone number; groups wide enough to hide in."""
    types = {str(q.type) for _, q in form.questions()}
    assert types == {"note", "select_one", "select_multiple", "calculate", "start", "end", "today"}
    assert not [q.file for _, q in form.questions() if q.file]
    for text in texts(form):
        assert not re.search(r"đảng|\bparty\b|chi bộ", text, re.IGNORECASE), text
        assert not re.search(r"\b\d{3,}|\d(?:[\s.\-]?\d){5,}", text), text
    assert [c.code for c in form.lists["ethnic2"].choices] == ["kinh", "minority", "ref"]
    assert len(form.lists["zone"].choices) == 5
    assert len(form.lists["age_band"].choices) == 6


def test_everybody_may_decline_every_question_but_the_three_about_going_on(form: Questionnaire) -> None:
    """Nobody stands by who could skip for the respondent: each list ends with «Không trả lời»."""
    without = {q.name for _, q in form.questions() if q.list and "ref" not in [c.code for c in form.choices(q)]}
    assert without == {"consent", "consent_sensitive", "v_ready"}
    for _, q in form.questions():
        codes = [c.code for c in form.choices(q)]
        assert codes[-1:] == ["ref"] or q.name in without or not codes, q.name


def test_plain_words(form: Questionnaire) -> None:
    """Questions of 25 syllables at most, no «và/hoặc», notes that a phone shows without scrolling twice."""
    for _, q in form.questions():
        if q.type not in ("calculate", "start", "end", "today"):
            most = 60 if q.type == "note" else 25
            assert len(q.label.vi.split()) <= most, q.name
            assert not re.search(r"và\s*/\s*hoặc|and\s*/\s*or", q.label.vi + q.label.en), q.name
            assert q.hint is None or len(q.hint.vi.split()) <= 40, q.name


def test_a_page_holds_four_questions_at_most(form: Questionnaire) -> None:
    pages: dict[str, list[Question]] = {}
    for path, q in form.questions():
        page = next((s.name for s in form.around(path) if s.appearance == "field-list"), "")
        if page and q.type not in ("calculate", "start", "end", "today", "note"):
            pages.setdefault(page, []).append(q)
    assert pages
    for page, questions in pages.items():
        assert len(questions) <= 4, page
        open_lists = [len(form.choices(q)) for q in questions if q.appearance != "minimal"]
        assert sum(open_lists) <= 12, page


# ---- the items of form A


def pure(form: Questionnaire, q: Question) -> str:
    """Digest of a question without its path and without what a form may say of a bank item for itself."""
    bare = replace(
        q,
        hint=None,
        read_out=False,
        appearance=None,
        only_if=None,
        relevant=None,
        required=True,
        order_why="",
        place="",
        option="",
    )
    return question_digest(form, bare, ())


def test_the_shared_items_are_the_same_in_both_forms(form: Questionnaire, household: Questionnaire) -> None:
    """Wording, choices, order of choices, scoring: whoever edits one copy breaks this."""
    ours, theirs = ({q.name: q for _, q in f.questions()} for f in (form, household))
    for name in (*K, *A, *V, *NORMS, "exp_any", "month_heard", "month_joined"):
        assert pure(form, ours[name]) == pure(household, theirs[name]), name
        if name not in HINTED:
            assert ours[name].hint == theirs[name].hint, name


def test_a_change_of_one_copy_is_seen(form: Questionnaire) -> None:
    """The comparison is not blind: each thing that makes an item another item changes its digest."""
    item = question("officials", "k01")
    assert item.score is not None
    for other in (
        replace(item, label=replace(item.label, vi=item.label.vi + " ")),
        replace(item, label=replace(item.label, en=item.label.en.upper())),
        replace(item, list="yes_no_ref"),
        replace(item, score=replace(item.score, reverse=True)),
        replace(item, score=replace(item.score, key=(replace(item.score.key[0], value="f"),))),
        replace(item, order="random"),
        replace(item, name="k99"),
    ):
        assert pure(form, other) != pure(form, item)
    short = {**form.lists, "truth": replace(form.lists["truth"], choices=form.lists["truth"].choices[:3])}
    assert pure(replace(form, lists=short), item) != pure(form, item)
    assert pure(form, replace(item, hint=item.label, place="x", read_out=True)) == pure(form, item)


def test_the_items_stand_in_the_same_order_and_make_the_same_scales(form: Questionnaire, household: Questionnaire) -> None:
    scored = [[q.name for _, q in f.questions() if q.score] for f in (form, household)]
    assert scored[0] == scored[1] == [*K, *A, *V[:-1]]
    for name in SCALES:
        assert form.scales[name] == household.scales[name]


def test_answers_of_the_two_forms_cannot_be_taken_for_each_other(form: Questionnaire, household: Questionnaire) -> None:
    assert form.id == "bdg_officials" != household.id
    assert form.mode == "self" != household.mode
    assert form.digest != household.digest
    assert "không gộp" in (form.purpose.vi if form.purpose else "")


def test_the_reference_code_is_made_like_form_as(form: Questionnaire, household: Questionnaire, walked: dict[str, Walk]) -> None:
    ours, theirs = (next(q for _, q in f.questions() if q.name == "ref_code") for f in (form, household))
    assert ours.calculate == theirs.calculate
    assert ours.private
    by_hand = "".join("23456789ACHKMQRX"[int(digit, 16)] for digit in "01234567")
    assert walked["all"].stored["ref_code"] == f"{by_hand[:4]}-{by_hand[4:]}"
    assert [q.name for _, q in form.questions() if "${ref_code}" in q.label.vi] == ["ref_note"]


# ---- the paths, through the engine


def test_the_engine_asks_what_the_codebook_says(walked: dict[str, Walk]) -> None:
    as_written("officials", walked.values())


def test_without_consent_nothing_is_asked(walked: dict[str, Walk]) -> None:
    asked = [q for q in walked["no"].asked if question("officials", q).type != "note"]
    assert asked == ["consent"]
    assert "no_consent_note" in walked["no"].asked
    assert "no_consent_note" not in walked["all"].asked
    assert walked["no"].stored["result"] == "refused"
    assert walked["all"].stored["result"] == "completed"
    assert not walked["no"].stored.get("ref_code")


def test_the_part_on_violence_can_be_left_out_and_nothing_else_is_lost(walked: dict[str, Walk]) -> None:
    assert set(V) <= set(walked["all"].asked)
    assert not set(V) & set(walked["quiet"].asked)
    assert {*K, *A, "ref_note"} <= set(walked["quiet"].asked)
    assert walked["quiet"].stored["result"] == "completed"


def test_ethnicity_only_with_its_own_consent(walked: dict[str, Walk]) -> None:
    assert walked["all"].stored["ethnic2"] == "minority"
    assert "ethnic2" not in walked["quiet"].asked
    assert "ethnic2" not in walked["quiet"].stored or not walked["quiet"].stored["ethnic2"]


def test_the_zone_is_asked_of_those_who_work_below_the_province(walked: dict[str, Walk]) -> None:
    assert {name: "zone" in walked[name].asked for name in ("all", "commune", "quiet", "refusing")} == {
        "all": True, "commune": True, "quiet": False, "refusing": False,
    }  # fmt: skip


@pytest.mark.parametrize("asked", TIMES)
def test_only_those_who_did_something_are_asked_on(walked: dict[str, Walk], asked: str) -> None:
    assert len(of(asked)) >= 5
    for code in of(asked):
        seen = set(FOLLOW[asked]) & set(walked[f"{asked}={code}"].asked)
        assert seen == (set(FOLLOW[asked]) if code in TIMES[asked] else set()), code


def test_somebody_who_declines_everything_reaches_the_end(walked: dict[str, Walk]) -> None:
    one = walked["refusing"]
    assert one.stored["result"] == "completed"
    assert one.asked[-1] == "end_note"
    assert {one.stored[name] for name in REFUSALS} == {"ref"}


@pytest.mark.parametrize("name", TICKS)
def test_choices_that_stand_alone_and_the_limit_of_three(walked: dict[str, Walk], name: str) -> None:
    refused, taken = TICKS[name]
    both_sides("officials", walked[f"{name} ticks"], name, taken, refused)


def test_every_constraint_was_tried_on_both_sides() -> None:
    assert constrained("officials") == set(TICKS)


def test_the_year_goes_with_every_submission(walked: dict[str, Walk]) -> None:
    assert {name: one.stored["wave"] for name, one in walked.items()} == {**dict.fromkeys(walked, "2026"), "later": "2030"}


def test_every_choice_is_offered_as_written(form: Questionnaire, walked: dict[str, Walk]) -> None:
    offered = walked["all"].offered
    for _, q in form.questions():
        if q.list:
            assert offered[q.name] == tuple(c.code for c in form.choices(q)), q.name


def test_the_form_speaks_english_as_well(walked: dict[str, Walk]) -> None:
    ((_, message),) = walked["English"].refused("needs")
    assert "Choose three at most." in message


def test_the_shipped_evidence_is_empty(form: Questionnaire) -> None:
    for file in ("cognitive.csv", "back_translation.csv"):
        assert len((questionnaire_folder("officials") / "evidence" / file).read_text(encoding="utf-8").splitlines()) == 1
    assert set(form.draft) >= {*K, *A}
