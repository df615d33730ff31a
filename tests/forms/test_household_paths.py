"""Who is asked what in the household form, and what a visit ends in: each rule as JavaRosa carries it out.

Expected paths are written out here, from the plan's rules on privacy, consent and replacement; nothing is computed by the form.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest

from analysis.weighting.outcomes import OUTCOMES
from forms.build import Built
from forms.codebook import codebook
from forms.digests import question_digest
from forms.load import questionnaire_folder
from forms.question import Question, Questionnaire
from forms.rehearsal.interview import seconds
from tests.forms.household_paths import PSU, Walked, put, walk, wanted
from tests.forms.writing import python

PRIVATE = ("m9", "m10")
OPEN = ("m3", "m4", "m5", "m6", "m7", "m8", "m11")
FINAL = ("next_day", "next_time", "come_back", "third_visit")
AWAY = {"nobody home": {"contact": "nobody_home"}, "no interpreter": {"contact": "language"},
        "absent": {"available": "absent"}, "later": {"available": "later"}}  # fmt: skip
SCENES: dict[str, dict[str, Any]] = {
    "adult": wanted(),
    "arm 2": wanted("012"),
    "no arm": wanted("013"),
    "listed of a panel": wanted("014", ages=(71, 40)),
    "moved to be alone": wanted(alone_start="moved"),
    "never alone": wanted(alone_start="no"),
    "no longer alone": wanted(alone="no"),
    "eighteen": wanted(ages=(66, 18)),
    "seventeen": wanted(ages=(66, 17)),
    "fifteen": wanted(ages=(66, 15), consent_sensitive="yes"),
    "guardian says no": wanted(ages=(66, 15), guardian="no"),
    "young person says no": wanted(ages=(66, 17), assent="no"),
    "nothing sensitive of a minor": wanted(ages=(66, 15), guardian_sensitive="no"),
    "nothing sensitive": wanted(consent_sensitive="no"),
    "says no": wanted(consent="no", refusal_reason="topic"),
    "breaks off": wanted(consent="stopped", refusal_reason="busy"),
    "household refuses": wanted(contact="refused", refusal_reason="busy"),
    "person refuses": wanted(available="refused", refusal_reason="family"),
    "incapable": wanted(available="incapable"),
    "not found": wanted(contact="not_found"),
    "moved away": wanted(contact="moved"),
    "nobody of 15": wanted(ages=()),
    "nothing more to know": wanted(info_any="no"),
    "several ticks": wanted(info_wanted=["rights work"]),
    **{f"{name}, visit {v}": wanted(visit=str(v), **what) for name, what in AWAY.items() for v in (1, 2)},
    **{f"{name}, visit 3": wanted(visit="3", **what) for name, what in AWAY.items() if name != "later"},
    "later, visit 3": wanted(visit="3", available=["later", "absent"]),
    "fourth visit": wanted(visit=["4", "3"]),
}  # fmt: skip


@pytest.fixture(scope="module")
def walked(built: Built, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Walked]:
    """Every scene in the form as it ships, in one process."""
    xform = put(tmp_path_factory.mktemp("paths"), built.xform.xml)
    return walk(questionnaire_folder(), xform, SCENES)


def modules(one: Walked) -> set[str]:
    return {name for name in (*OPEN, *PRIVATE) if one.root.find(name) is not None}


# ---- alone or not


@pytest.mark.parametrize("name", ["adult", "moved to be alone", "eighteen"])
def test_who_is_alone_is_asked_everything(walked: dict[str, Walked], name: str) -> None:
    assert modules(walked[name]) == {*OPEN, *PRIVATE}


@pytest.mark.parametrize(("name", "again"), [("never alone", None), ("no longer alone", "no")])
def test_who_is_not_alone_is_spared_the_private_part_and_it_is_stored(
    walked: dict[str, Walked], name: str, again: str | None
) -> None:
    one = walked[name]
    assert modules(one) == set(OPEN)
    assert (one["alone"], one["result"]) == (again, "completed")
    assert one["alone_start"] == ("no" if again is None else "here")
    assert not {"v_intro", "v01", "v_phone", "vg_wife", "vg_right", "sd01"} & set(one.asked)


def test_being_alone_is_looked_at_again_just_before_the_first_private_question(walked: dict[str, Walked]) -> None:
    asked = walked["adult"].asked
    assert asked[asked.index("alone") - 1 : asked.index("alone") + 3] == ("safety_rule", "alone", "v_intro", "v01")
    assert asked.index("alone_start") < asked.index("consent") < asked.index("k01") < asked.index("alone")


# ---- 15 to 17 years


@pytest.mark.parametrize("name", ["seventeen", "fifteen"])
def test_a_minor_needs_two_who_agree_and_is_spared_the_private_part(walked: dict[str, Walked], name: str) -> None:
    one = walked[name]
    steps = ["guardian_text", "guardian", "guardian_sensitive", "assent_text", "assent", "consent", "consent_sensitive"]
    assert [q for q in one.asked if q in {*steps, "consent_text", "consent_rights"}] == steps
    assert modules(one) == set(OPEN)
    assert (one["alone"], one["result"]) == (None, "completed")


def test_no_adult_meets_the_questions_for_minors(walked: dict[str, Walked]) -> None:
    for name in ("adult", "eighteen"):
        assert not {"guardian_text", "guardian", "guardian_sensitive", "assent_text", "assent"} & set(walked[name].asked)
        assert {"consent_text", "consent_rights"} <= set(walked[name].asked)


@pytest.mark.parametrize(
    ("name", "unasked"), [("guardian says no", {"assent_text", "assent", "consent"}), ("young person says no", {"consent"})]
)
def test_either_may_say_no(walked: dict[str, Walked], name: str, unasked: set[str]) -> None:
    one = walked[name]
    assert modules(one) == set()
    assert not unasked & set(one.asked)
    assert one["result"] == "refused"
    assert one.asked[-2:] == ("refusal_reason", "end_note")


def test_assent_is_asked_in_words_of_its_own(household: Questionnaire) -> None:
    said = {q.name: q.label for _, q in household.questions()}
    assert "em" in said["assent"].vi.lower().split()
    assert "Ông/Bà" not in said["assent_text"].vi + said["assent"].vi
    assert "vẫn có thể nói không" in said["assent_text"].vi
    assert said["assent_text"].vi != said["consent_text"].vi


# ---- what is sensitive


def test_sensitive_questions_need_a_consent_of_their_own(walked: dict[str, Walked]) -> None:
    sensitive = {"ethnicity", "difficulty", "home_language"}
    assert sensitive <= set(walked["adult"].asked)
    assert sensitive <= set(walked["seventeen"].asked)
    for name in ("nothing sensitive", "nothing sensitive of a minor"):
        assert not sensitive & set(walked[name].asked)
        assert modules(walked[name]) >= set(OPEN)
    assert "consent_sensitive" not in walked["nothing sensitive of a minor"].asked


# ---- results and visits


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("adult", "completed"), ("says no", "refused"), ("breaks off", "partial"), ("household refuses", "refused"),
        ("person refuses", "refused"), ("incapable", "incapable"), ("not found", "not_found"), ("moved away", "moved"),
        ("nobody of 15", "no_eligible"), ("nobody home, visit 3", "nobody_home"), ("absent, visit 3", "absent"),
        ("later, visit 1", "absent"), ("no interpreter, visit 1", "language"),
    ],
)  # fmt: skip
def test_what_a_visit_ends_in(walked: dict[str, Walked], name: str, result: str) -> None:
    assert walked[name]["result"] == result
    assert result in OUTCOMES
    assert (walked[name].asked[-1] == "ref_note") is (result == "completed")


def test_breaking_off_keeps_no_answer(walked: dict[str, Walked]) -> None:
    one = walked["breaks off"]
    assert modules(one) == set()
    assert one["ref_code"] is None
    assert one.after("consent") == ("refusal_reason", "end_note")


def test_a_refusal_has_a_reason_wherever_it_comes(walked: dict[str, Walked]) -> None:
    refused = {"says no", "breaks off", "household refuses", "person refuses", "guardian says no", "young person says no"}
    assert {name for name, one in walked.items() if "refusal_reason" in one.asked} == refused


@pytest.mark.parametrize("name", AWAY)
def test_before_the_third_visit_the_next_one_is_set_and_no_reserve_is_mentioned(walked: dict[str, Walked], name: str) -> None:
    for visit in (1, 2):
        shown = [q for q in walked[f"{name}, visit {visit}"].asked if q in FINAL]
        assert shown == ["next_day", "next_time", "come_back"]


@pytest.mark.parametrize("name", AWAY)
def test_the_third_fruitless_visit_sends_to_the_supervisor(walked: dict[str, Walked], name: str) -> None:
    assert [q for q in walked[f"{name}, visit 3"].asked if q in FINAL] == ["third_visit"]


def test_nothing_can_be_put_off_on_the_last_visit_and_there_is_no_fourth(walked: dict[str, Walked]) -> None:
    assert walked["later, visit 3"].hits == {"available": 1}
    assert walked["later, visit 3"]["result"] == "absent"
    assert walked["fourth visit"].hits == {"visit": 1}


def test_whoever_was_met_or_is_gone_is_not_visited_again(walked: dict[str, Walked]) -> None:
    for name in ("adult", "says no", "household refuses", "incapable", "not found", "moved away", "nobody of 15"):
        assert not [q for q in walked[name].asked if q in FINAL], name


def test_only_the_supervisor_releases_a_reserve(household: Questionnaire) -> None:
    said = {q.name: q for _, q in household.questions()}
    assert "chỉ giám sát viên mới cấp hộ dự phòng" in said["third_visit"].label.vi
    assert "KHÔNG tự chọn hộ khác" in said["third_visit"].label.vi
    assert "dự phòng" not in said["come_back"].label.vi
    hint = said["end_note"].hint
    assert hint is not None
    assert "Không tự đổi sang hộ khác" in hint.vi


def test_the_appointment_names_nobody(household: Questionnaire) -> None:
    for name in ("next_day", "next_time"):
        q = next(q for _, q in household.questions() if q.name == name)
        assert q.type == "select_one"
        assert "not_set" in {c.code for c in household.choices(q)}


# ---- the interpreter


def test_nobody_who_holds_an_office_can_be_recorded_as_interpreter(household: Questionnaire) -> None:
    """Every helper of the place is on the list only as holding no office; where nobody else could, it is a result."""
    (q,) = (q for _, q in household.questions() if q.name == "interpreter")
    choices = {c.code: c.label for c in household.choices(q)}
    assert set(choices) == {"none", "enumerator", "trained", "family", "villager"}
    for code in ("family", "villager"):
        assert "không giữ chức vụ gì" in choices[code].vi
        assert "holds no office" in choices[code].en
    assert not re.search(r"trưởng|hội|cán bộ|head|union|officer", " ".join(c.vi + c.en for c in choices.values()), re.IGNORECASE)


def test_without_a_suitable_interpreter_nobody_is_asked(walked: dict[str, Walked]) -> None:
    one = walked["no interpreter, visit 1"]
    assert not {"interpreter", "hh_size", "consent"} & set(one.asked)
    assert OUTCOMES["language"].aapor == "2.33"


# ---- the vignette


STORY = {"vg_wife", "vg_husband"}


@pytest.mark.parametrize(
    ("name", "arm", "story"), [("adult", "1", {"vg_wife"}), ("arm 2", "2", {"vg_husband"}), ("no arm", None, set())]
)
def test_the_arm_of_the_sample_tells_the_story(walked: dict[str, Walked], name: str, arm: str | None, story: set[str]) -> None:
    asked = set(walked[name].asked)
    assert walked[name]["vignette_arm"] == arm
    assert asked & STORY == story
    assert {"vg_right", "vg_bear"} <= asked if story else not {"vg_right", "vg_bear"} & asked
    assert {"sd01", "sd02"} <= asked


def swap(text: str, one: str, two: str) -> str:
    return re.sub(rf"\b({one}|{two})\b", lambda m: two if m[0] == one else one, text)


def test_the_two_stories_differ_in_who_is_scolded_and_in_nothing_else(household: Questionnaire) -> None:
    said = {q.name: q.label for _, q in household.questions()}
    assert swap(said["vg_wife"].vi, "vợ", "chồng") == said["vg_husband"].vi
    english = swap(swap(swap(said["vg_wife"].en, "wife", "husband"), "her", "him"), "he", "she")
    assert english.lower() == said["vg_husband"].en.lower()


# ---- the code for withdrawal


def test_the_code_is_made_again_from_the_submission_alone(walked: dict[str, Walked]) -> None:
    """The office's way, written out: 8 hexadecimal digits of the id, each by its place in the alphabet."""
    codes = []
    for name, one in walked.items():
        if one["consent"] == "yes":
            places = [int(c, 16) for c in str(one["instanceID"]).removeprefix("uuid:")[:8]]
            code = "".join("23456789ACHKMQRX"[p] for p in places)
            assert one["ref_code"] == f"{code[:4]}-{code[4:]}", name
            assert one.asked[-1] == "ref_note"
            codes.append(code)
        else:
            assert one["ref_code"] is None, name
    assert len(codes) == len(set(codes)) > 10


def test_the_code_is_private_and_shown_on_the_last_screen(household: Questionnaire) -> None:
    said = {q.name: q for _, q in household.questions()}
    assert said["ref_code"].private
    assert "${ref_code}" in said["ref_note"].label.vi
    assert "${ref_code}" in said["ref_note"].label.en
    assert not set("23456789ACHKMQRX") & set("01BDGIJLNOPSTUVWYZ")  # nothing that looks or sounds like another one


def test_an_edited_submission_keeps_the_code_that_was_written_down(built: Built, tmp_path: Path) -> None:
    """Collect gives an edited submission a new id."""
    xform = put(tmp_path, built.xform.xml)
    given = {k: v[0] for k, v in wanted(ages=(40,))["answers"].items() if k not in ("guardian", "assent")}
    script = f"""
import re
from pathlib import Path
from tests.forms.phone import Phone
phone = Phone(Path({str(xform)!r}), Path({str(tmp_path)!r}))
phone.language("Tiếng Việt (vi)")
answers = {{k: [v] for k, v in {given!r}.items()}} | {{"m_sex": ["female"], "m_age": ["40"], "m_relation": ["other"]}}
phone.begin({{}})
phone.walk(answers, last="consent")
first = phone.finish({{}}, validate=False)[1]
phone.reopen(re.sub("uuid:[0-9a-f]{{8}}", "uuid:00000000", first).encode())
phone.walk({{"consent_sensitive": ["no"]}}, last="consent_sensitive")
second = phone.finish({{}}, validate=False)[1]
for xml in (first, second):
    print(re.search("<instanceID>uuid:(.{{8}})", xml)[1], re.search("<ref_code>([^<]+)", xml)[1])
"""
    first, second = (line.split() for line in python("-c", script).stdout.split("\n")[:2])
    assert second[0] == "00000000" != first[0]
    assert first[1] == second[1] != "2222-2222"


# ---- modules that everybody gets, and the close


def test_norms_and_behaviour_are_asked_of_everybody_who_agrees(walked: dict[str, Walked]) -> None:
    both = [*(f"n{i:02d}" for i in range(1, 5)), *(f"b{i:02d}" for i in range(1, 7))]
    for name in ("adult", "never alone", "no longer alone", "fifteen"):
        assert [q for q in walked[name].asked if q in both] == both, name


def test_norms_behaviour_and_desirability_are_not_scored_and_ask_nobody_about_violence(household: Questionnaire) -> None:
    for path, q in household.questions():
        if path[0] in ("m7", "m8", "m10"):
            assert q.score is None
        if path[0] in ("m7", "m8"):
            assert not re.search(r"bạo lực|đánh|violence|beat|hit ", q.label.vi + q.label.en), q.name


def test_nobody_is_asked_about_violence_in_their_own_life(household: Questionnaire) -> None:
    for _, q in household.questions():
        if re.search(r"bạo lực|đánh|tát|mắng|ép", q.label.vi) and q.type != "note":
            assert not re.search(r"Ông/Bà (có|đã) (bị|từng)|nhà mình", q.label.vi), q.name


def test_what_is_read_out_in_any_order_holds_no_answer_that_must_stand_last(
    walked: dict[str, Walked], household: Questionnaire
) -> None:
    shuffled = [q for _, q in household.questions() if q.order == "random"]
    assert [q.name for q in shuffled] == ["info_wanted"]
    for q in shuffled:
        assert q.read_out
        assert not [c.code for c in household.choices(q) if c.why or c.code in ("none", "other")]
    assert walked["several ticks"]["info_wanted"] == "rights work"
    assert "info_wanted" in walked["adult"].asked
    assert "info_wanted" not in walked["nothing more to know"].asked


def test_a_question_whose_choices_are_read_out_says_why_they_stand_as_they_do(household: Questionnaire) -> None:
    read = [q for _, q in household.questions() if q.read_out]
    assert len(read) >= 7
    for q in read:
        assert q.order == "random" or (q.order == "fixed" and q.order_why), q.name
    for _, q in household.questions():
        if q.score:
            assert q.order != "random"
            assert q.order_why, q.name


# ---- switches


def test_switches_are_off_and_leave_no_question(household: Questionnaire, walked: dict[str, Walked]) -> None:
    assert household.options == {"gps": False, "list_experiment": False, "panel": False}
    names = {q.name for _, q in household.questions()}
    assert not names & {"gps", "gps_place", "list_arm", "list_four", "list_five", "panel_code", "panel_row"}
    assert walked["listed of a panel"]["pick"] == "2"  # the person of the sample's number, whatever the list says of a panel
    assert walked["listed of a panel"]["result"] == "completed"


# ---- the form as a whole


def test_the_audit_log_holds_no_place_and_no_earlier_answer(household: Questionnaire, built: Built) -> None:
    (audit,) = (q for _, q in household.questions() if q.type == "audit")
    assert audit.private
    assert "location" not in audit.parameters
    assert "odk:location" not in built.xform.xml
    assert 'odk:track-changes="true"' not in built.xform.xml
    assert re.search(r"/data/meta/audit", built.xform.xml)


def test_length(walked: dict[str, Walked], household: Questionnaire) -> None:
    """About 80 to 95 answers; a little more for an adult in private who heard of everything."""
    asked = {q.name: q for _, q in household.questions()}

    def answers(name: str) -> int:
        return sum(asked[q].type != "note" for q in walked[name].asked)

    def minutes(name: str) -> float:
        read = {q: [c.label.vi for c in household.choices(asked[q])] for q in asked if asked[q].read_out}
        return sum(seconds(asked[q], read.get(q, ())) for q in walked[name].asked) / 60

    assert 95 <= answers("adult") <= 103
    assert 80 <= answers("never alone") <= 92
    assert 15 <= minutes("adult") <= 20


def test_every_scored_item_is_the_published_one(household: Questionnaire) -> None:
    """K, A and V went out with these digests: wording, choices, who is asked, constraint and scoring."""
    items = [(q.name, question_digest(household, q, p)) for p, q in household.questions() if q.score or q.name == "v_phone"]
    assert len(items) == 37
    assert hashlib.sha256(repr(items).encode()).hexdigest() == "5652b6328d6f8b38a229117171f41af17a418372139933e63201bf102665bc73"


def test_targets_and_results_name_what_feeds_them(household: Questionnaire) -> None:
    assert household.serves["II.3"] == ("score", "K", "A", "V", "score_kav")
    fed = {name for names in household.serves.values() for name in names}
    book = codebook(household)
    unscored = {v.name for v in book.variables if v.path.split("/")[0] in ("m4", "m7", "m8", "m10")}
    assert unscored <= fed
    assert household.purpose is not None
    assert PSU not in household.purpose.vi
    assert household.mode == "interviewer"


def of_list(form: Questionnaire, name: str) -> Question:
    return next(q for _, q in form.questions() if q.list == name)


def test_codes_of_the_shared_lists_are_still_there(household: Questionnaire) -> None:
    """Appended to, never renamed: what analysis and earlier exports know."""
    kept = {
        "contact": ["met", "nobody_home", "refused", "not_found", "moved"],
        "available": ["available", "absent", "refused", "incapable"],
        "interpreter": ["none", "enumerator", "trained", "family", "villager"],
        "present": ["none", "child_small", "spouse", "family", "outsider", "official"],
    }
    for name, codes in kept.items():
        assert [c.code for c in household.choices(of_list(household, name))][: len(codes)] == codes
