"""The household form with its switches on, in JavaRosa: a point of the hamlet, the list experiment, earlier persons."""

from __future__ import annotations

import re

import pytest

from analysis.weighting.outcomes import OUTCOMES
from forms.load import load_questionnaire
from forms.question import Questionnaire
from tests.forms.household_paths import Walked, on_form, walk, wanted


@pytest.fixture(scope="module")
def switched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Questionnaire, dict[str, Walked]]:
    """The form with all three switches on, and its interviews."""
    folder, xform = on_form(tmp_path_factory.mktemp("on"), "gps", "list_experiment", "panel")
    point = {"gps_place": "meeting", "gps": "15.1 108.8 0 5"}
    scenes = {
        "at the meeting place": wanted(**point),
        "on the road": wanted("012", gps_place="road", gps="15.1 108.8 0 5"),
        "near, agreed": wanted(gps_place="near_house", gps_consent="yes", gps="15.1 108.8 0 5"),
        "near, not agreed": wanted(gps_place="near_house", gps_consent="no"),
        "near, nobody home": wanted(gps_place="near_house", contact="nobody_home"),
        "no signal": wanted(gps_place="no_signal"),
        "no arm": wanted("013", **point),
        "not alone": wanted(alone="no", **point),
        "panel, here": wanted("014", ages=(71, 40), panel_here="here", panel_row=["3", "2", "1"], **point),
        "panel, gone": wanted("014", ages=(71, 40), panel_here="moved", **point),
        "panel, no consent": wanted("014", ages=(71, 40), panel_here="here", panel_row="1", consent="no", **point),
    }
    return load_questionnaire(folder), walk(folder, xform, scenes)


def test_a_point_near_a_dwelling_needs_consent(switched: tuple[Questionnaire, dict[str, Walked]]) -> None:
    form, walked = switched
    taken = {name for name, one in walked.items() if one["gps"]}
    assert {"at the meeting place", "on the road", "near, agreed"} <= taken
    for name in ("near, not agreed", "near, nobody home", "no signal"):
        assert "gps" not in walked[name].asked
        assert name not in taken
    assert "gps_consent" not in walked["at the meeting place"].asked
    assert all(q.private for _, q in form.questions() if q.name.startswith("gps"))


def test_the_list_experiment_counts_and_never_names(switched: tuple[Questionnaire, dict[str, Walked]]) -> None:
    form, walked = switched
    both = {"list_four", "list_five"}
    wanted_of = {"at the meeting place": {"list_four"}, "on the road": {"list_five"}, "no arm": set(), "not alone": set()}
    for name, shown in wanted_of.items():
        assert set(walked[name].asked) & both == shown, name
        assert ("count_intro" in walked[name].asked) is bool(shown)
    said = {q.name: q for _, q in form.questions()}
    for name, most in (("list_four", 4), ("list_five", 5)):
        assert said[name].type == "select_one"
        assert [c.code for c in form.choices(said[name]) if not c.why] == [str(i) for i in range(most + 1)]


def test_the_fifth_statement_is_an_attitude_item_in_its_own_words(switched: tuple[Questionnaire, dict[str, Walked]]) -> None:
    said = {q.name: q.label for _, q in switched[0].questions()}
    four, five = (re.findall(r"Tôi [^.]+\.", said[name].vi) for name in ("list_four", "list_five"))
    assert len(four) == 4
    assert [s for s in five if s in four] == four
    (fifth,) = (s for s in five if s not in four)
    assert fifth.removeprefix("Tôi nghĩ ").casefold() == said["a10"].vi.casefold()


def test_the_person_of_an_earlier_wave_is_asked_instead_and_never_as_a_random_one(
    switched: tuple[Questionnaire, dict[str, Walked]],
) -> None:
    _, walked = switched
    here, gone = walked["panel, here"], walked["panel, gone"]
    assert (here["pick"], here["age"], here["result"]) == ("1", "71", "panel")
    assert here.hits == {"panel_row": 2}  # there is no third line, and the second is 40 years old
    assert (gone["pick"], gone["age"], gone["result"]) == ("2", "40", "completed")
    assert walked["panel, no consent"]["result"] == "refused"
    assert "panel_here" not in walked["at the meeting place"].asked
    assert (OUTCOMES["panel"].group, OUTCOMES["panel"].aapor) == ("O", "2.36")


def test_what_tells_of_a_panel_is_private(switched: tuple[Questionnaire, dict[str, Walked]]) -> None:
    assert all(q.private for _, q in switched[0].questions() if q.name.startswith("panel"))


def test_names_survive_csv_stata_and_spss(switched: tuple[Questionnaire, dict[str, Walked]]) -> None:
    names = [n for path, q in switched[0].questions() for n in (*path, q.name)]
    assert not [n for n in names if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", n)]
    assert not {n.lower() for n in names} & {"by", "if", "in", "using", "with", "all", "to", "not", "and", "or"}
