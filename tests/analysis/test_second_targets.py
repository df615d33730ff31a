"""A second reading of the targets: who may be judged, what a year without results says, tables and files edited by hand."""

from __future__ import annotations

import csv
import json
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.census import NOT_DUE
from analysis.publishing import public
from analysis.results import Results, Row
from analysis.targets.answers import read_answers
from analysis.targets.chosen import Chosen, Taken, choose
from analysis.targets.counted import Asked, by_unit
from analysis.targets.make import Found, Inputs, found_of, targets
from analysis.verdict import WORDS
from forms import load_plan, province_folder
from forms.errors import BdgError, Problem
from tests.analysis.returned_folder import NODATA, convention, folder, inputs, level, official, report, survey, unit, units, wrote
from tests.analysis.test_targets_counted import count, share, told

PLAN = load_plan(province_folder("51"))
VERDICTS = {vi for vi, _ in WORDS.values()}


def board(found: Found) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = found.results.texts["dashboard"]
    return lines


def line(found: Found, part: str) -> dict[str, Any]:
    return next(x for x in board(found) if x["part"] == part)


def code(made: Inputs) -> tuple[str, str]:
    """(code, got) of a refusal; it says place, what was expected, what came, what to do, and its code."""
    with pytest.raises(BdgError) as caught:
        found_of(made)
    first = caught.value.problems[0]
    text = first.text()
    assert all(part in text for part in ("cần có", "nhận được", "cách xử lý", f"[{first.code}]")), text
    assert text.partition(":")[0], "no place"
    return first.code, first.got


# ---- II.3: nothing is judged before somebody has signed


def test_no_line_and_no_table_judges_awareness_while_nothing_is_signed(tmp_path: Path) -> None:
    """The rows keep their words (internal); the table of targets, what leaves, and targets.csv have none."""
    assert not PLAN.target_ii3.signed
    made = inputs(tmp_path, year=2030, kind="final", surveys=[survey(tmp_path / "s.json", (2026, 2030))], returns={})
    found = found_of(made)
    some = [x for x in board(found) if x["target"] == "II.3"]
    assert len([x for x in some if x["part"] == "reading"]) == 4
    assert not {x["state"]["vi"] for x in some} & {r.state for r in found.results.rows if r.state}
    for x in some:
        assert x["state"]["vi"].endswith("chưa kết luận")
        assert not any(word in x["state"]["en"] for word in ("met", "up;", "down"))
    assert not [t for t in found.targets if t["target"] == "II.3"]
    assert [x["state"] for x in public(found.results).texts["dashboard"]] == [x["state"] for x in board(found)]


# ---- years without results


@pytest.mark.parametrize(
    ("year", "waves", "people", "missing"),
    [
        (2027, (2026,), "năm không khảo sát", None),
        (2030, (2026,), "không có số liệu", "chưa có kết quả khảo sát năm 2030"),
        (2030, (), "không có số liệu", "chưa có kết quả khảo sát năm 2030"),
        (2026, (), "không có số liệu", "chưa có kết quả khảo sát năm 2026"),
        (2026, (2026, 2030), "chỉ nêu kết quả, không kết luận", None),
    ],
)
def test_a_year_of_the_plans_surveys_is_never_called_one_without(
    tmp_path: Path, year: int, waves: tuple[int, ...], people: str, missing: str | None
) -> None:
    given_ = [survey(tmp_path / "s.json", waves)] if waves else []
    found = found_of(inputs(tmp_path, year=year, surveys=given_))
    x = line(found, "people_any")
    assert (x["state"]["vi"], (x["missing"] or {"vi": None})["vi"]) == (people, missing)
    assert found.results.texts["report"]["survey_this_year"] is (year in (2026, 2030))
    for x in (line(found, "score"), line(found, "strategy")):
        said = " ".join(filter(None, (x["state"]["vi"], (x["missing"] or {}).get("vi"))))
        assert ("năm không khảo sát" in said) is (year == 2027)


def test_an_indicator_that_the_survey_lacks_is_not_a_year_without_a_survey(tmp_path: Path) -> None:
    path = survey(tmp_path / "s.json")
    raw = json.loads(path.read_bytes())
    raw["rows"] = [r for r in raw["rows"] if r["indicator"] != "reached_any"]
    path.write_text(json.dumps(raw), encoding="utf-8")
    x = line(found_of(inputs(tmp_path, year=2026, surveys=[path])), "strategy")
    assert x["state"]["vi"] == "không có số liệu"
    assert x["missing"]["vi"].startswith("kết quả khảo sát năm 2026 không có chỉ tiêu này; Cách đo đề xuất")


def test_nobody_reported_yet_is_a_count_of_nought_and_no_question_unasked(tmp_path: Path) -> None:
    """An annual report on 250 silent units: 0/250, open; not «the half-year report does not ask»."""
    owed = {f"u{i:03d}": "II.1 II.2" for i in range(250)}
    empty = folder(tmp_path, "unit", "2027-annual", {}, dict.fromkeys(owed, "nothing"))
    found = found_of(inputs(tmp_path, returns={"unit": [empty]}, units=units(tmp_path, owed)))
    for part in ("units", "both", "plan", "activity"):
        assert line(found, part)["said"]["vi"] == "0/250 đơn vị"
        assert "6 tháng" not in line(found, part)["missing"]["vi"]
    assert len(found.results.units) == 250
    assert all(r.estimate is None for r in found.results.rows if r.indicator.startswith("task_"))


# ---- II.2: a no that may still turn is no «not met»

ANSWER = st.sampled_from(["own", "none", NODATA])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(ANSWER, st.booleans()), min_size=1, max_size=7), st.integers(0, 2))
def test_a_verdict_on_the_action_month_against_every_way_it_may_end(some: list[tuple[str, bool]], silent: int) -> None:
    """Every unit that has not sent its final figures may end with a yes, those without figures or report either way."""
    ways = []
    for plan, final in some:
        sure = plan != NODATA and (final or plan == "own")
        ways.append([plan == "own"] if sure else [True, False])
    ways += [[True, False]] * silent
    ends = {all(end) for end in product(*ways)}
    expected = WORDS["met"][0] if ends == {True} else WORDS["not_met"][0] if ends == {False} else WORDS["open"][0]
    taken = {f"u{i}": Taken(f"u{i}", "annual", (told(report(plan=p)),), supplement=s) for i, (p, s) in enumerate(some)}
    ids = [*taken, *(f"s{i}" for i in range(silent))]
    asked = Asked(PLAN, [unit(u) for u in ids], 2030, date(2030, 12, 31), whole_year=True)
    assert share(by_unit(count("II.2_plan"), Chosen("unit", taken), asked, {})).state == expected
    early = replace(asked, month_over=False)
    assert share(by_unit(count("II.2_plan"), Chosen("unit", taken), early, {})).state == NOT_DUE


def test_a_supplement_beyond_the_cut_off_day_is_not_counted(tmp_path: Path) -> None:
    late = {k: v for k, v in report(month="4").items() if k.startswith("am_")} | {"am_until": "2027-12-15"}
    late |= {"year": "2027", "report_kind": "supplement"}
    folders = [
        read_answers(folder(tmp_path, "unit", f"2027-{k}", {"a": [r]}), "unit")
        for k, r in (("annual", report(month="1")), ("supplement", late))
    ]
    for day, total in ((date(2027, 12, 10), "1"), (date(2027, 12, 15), "4"), (None, "4")):
        found = choose("unit", folders, 2027, "annual", day)
        assert found.taken["a"].records[0].values["am_total"] == total
        assert (found.supplements, len(found.findings)) == ((1, 0) if total == "4" else (0, 1))


@pytest.mark.parametrize("order", [("six_months", "annual"), ("annual", "six_months")])
def test_what_a_silent_unit_did_does_not_hang_on_the_order_of_folders(tmp_path: Path, order: Sequence[str]) -> None:
    """One file that could not be used in the half-year and nothing in the year: it did send one."""
    made = {
        "six_months": folder(tmp_path, "unit", "2027-six_months", {}, {"a": "left_out"}),
        "annual": folder(tmp_path, "unit", "2027-annual", {}, {"a": "nothing"}),
    }
    assert choose("unit", [read_answers(made[k], "unit") for k in order], 2027, "adhoc", None).silent == {"a": "left_out"}


# ---- words


def test_english_is_right_for_one_and_for_many(tmp_path: Path) -> None:
    owed = {"m1": "II.4", "m2": "II.4", "c1": "II.5", "c2": "II.5", "u1": "II.1 II.2", "u2": "II.1 II.2"}
    made = {
        "unit": [folder(tmp_path, "unit", "2027-annual", {"u1": [report(NODATA)]}, {"u2": "nothing"})],
        "media": [folder(tmp_path, "media", "2027", {"m1": [official()]}, {"m2": "nothing"})],
        "convention": [folder(tmp_path, "convention", "2027", {"c1": [convention("not_reviewed")]}, {"c2": "nothing"})],
    }
    kinds = {u: "media" if u[0] == "m" else "commune" if u[0] == "c" else "other" for u in owed}
    found = found_of(inputs(tmp_path, returns=made, units=units(tmp_path, owed, kinds=kinds)))
    said = [x["missing"]["en"] for x in board(found) if x["missing"]]
    assert "agencies that did not report: 1" in said
    assert "units that did not report: 1; units, without figures: 1" in said
    assert not [text for text in said if any(f"1 {word}" in text for word in ("units", "agencies", "communes", "conventions"))]


@pytest.mark.parametrize("size", [1, 9, 10, 40])
def test_groups_of_any_number_and_names_of_any_length(tmp_path: Path, size: int) -> None:
    """Forty parents with long names in decomposed letters: composed in the results, every unit named once."""
    name = unicodedata.normalize("NFD", "Ủy ban nhân dân xã Trà Bồng – đơn vị trực thuộc " * 8).strip()
    ids = [f"u{i:02d}" for i in range(size)]
    path = units(tmp_path, dict.fromkeys(ids, "II.1 II.2"))
    text = path.read_text(encoding="utf-8").replace("Đơn vị u", f"{name} u")
    path.write_bytes(text.replace("\n", "\r\n").encode())
    one = folder(tmp_path, "unit", "2027-annual", {u: [report()] for u in ids[1:]}, {ids[0]: "empty"})
    found = found_of(inputs(tmp_path, returns={"unit": [one]}, units=path))
    (silent,) = found.results.units
    assert silent["name"] == unicodedata.normalize("NFC", f"{name} u00")
    row = next(r for r in found.results.rows if r.kind == "target" and r.indicator == "II.1_received")
    assert row.estimate == (None if size < 10 else 100 * (size - 1) / size)
    assert line(found, "units")["said"]["vi"] == f"{size - 1}/{size} đơn vị"


# ---- tables edited by hand

Edit = Callable[[list[dict[str, str]]], None]


def _set(question: str, value: str) -> Edit:
    return lambda rows: next(r for r in rows if (r["unit_id"], r["question"]) == ("u00", question)).update(value=value)


def _gone(rows: list[dict[str, str]]) -> None:
    rows[:] = [r for r in rows if r["unit_id"] != "u00"]


def _beside(rows: list[dict[str, str]]) -> None:
    """«None» at the gate, and the number still there: both a yes and a no."""
    next(r for r in rows if (r["unit_id"], r["question"]) == ("u00", "com_staff_state")).update(value="none")


@pytest.mark.parametrize(
    ("change", "got"),
    [
        (_set("com_staff", "-5"), "-5"), (_set("com_staff", "1000000"), "1000000"), (_set("com_staff", "٣"), "com_staff"),
        (_set("period_to", "30/11/2027"), "period_to: 30/11/2027"), (_set("period_to", "2027-13-45"), "period_to: 2027-13-45"),
        (_set("period_to", "20271130"), "period_to: 20271130"), (_beside, "3"), (_gone, "u00: 0 / 1"),
    ],
    ids=["negative", "range", "digits", "day", "no day", "other form of day", "not asked", "lines gone"],
)  # fmt: skip
def test_a_cell_that_no_form_gives_is_refused(tmp_path: Path, change: Edit, got: str) -> None:
    made = inputs(tmp_path)
    path = made.returns["unit"][0] / "returns.csv"
    rows = _rows(path)
    change(rows)
    wrote(path, list(rows[0]), rows)
    assert code(made) == ("DATA-203", got)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_unit_used_twice_and_a_silence_of_no_kind(tmp_path: Path) -> None:
    made = inputs(tmp_path)
    home = made.returns["unit"][0]
    files, silent = _rows(home / "files.csv"), _rows(home / "not_reported.csv")
    wrote(home / "files.csv", list(files[0]), [*files, files[0]])
    assert code(made) == ("DATA-202", "u00")
    wrote(home / "files.csv", list(files[0]), files)
    wrote(home / "not_reported.csv", list(silent[0]), [{**silent[0], "state": "asleep"}, *silent[1:]])
    assert code(made) == ("DATA-203", "asleep")


ODD = ["", "x", "-1", "99999999", "1e3", "2027-13-45", "none", "have", "=1+1", "a" * 300, "u00", "2027-x", "left_out", "NaN", '"']


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    return inputs(tmp_path_factory.mktemp("edits"))


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_no_edit_ends_in_a_trace(whole: Inputs, data: st.DataObject) -> None:
    """One cell or line of any table changed: counted, or refused with a code; never a mistake of ours."""
    tables = [f / n for some in whole.returns.values() for f in some for n in ("returns.csv", "not_reported.csv", "files.csv")]
    path = data.draw(st.sampled_from([*tables, tables[0].parents[1] / "units.csv"]))
    before = path.read_bytes()
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    at = data.draw(st.integers(0, len(rows) - 1))
    match data.draw(st.sampled_from(["cell", "cell", "drop", "twice", "shift"])):
        case "cell":
            rows[at][data.draw(st.integers(0, len(rows[at]) - 1))] = data.draw(st.sampled_from(ODD))
        case "drop":
            rows.pop(at)
        case "twice":
            rows.insert(at, list(rows[at]))
        case _:
            rows[at] = rows[at][1:]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(rows)
    problems: tuple[Problem, ...] = ()
    try:
        assert found_of(whole).results.json_bytes()
    except BdgError as error:
        problems = tuple(error.problems)
    finally:
        path.write_bytes(before)
    assert not [p for p in problems if not p.place or p.text().count("\n") < 3 or not p.code.startswith("DATA-")]


# ---- files of results


def test_results_of_something_else_are_never_written_over(tmp_path: Path) -> None:
    """A survey's folder, another year's, another kind's; the same report again may be."""
    path = survey(tmp_path / "wave" / "results.json")
    made = inputs(tmp_path, surveys=[path])
    body = path.read_bytes()
    targets(made, tmp_path / "y")
    targets(made, tmp_path / "y")
    kept = (tmp_path / "y" / "results.json").read_bytes()
    for other, out in ((made, "wave"), (replace(made, kind="adhoc"), "y"), (replace(made, year=2028, returns={}), "y")):
        with pytest.raises(BdgError) as caught:
            targets(other, tmp_path / out)
        assert caught.value.problems[0].code == "DATA-211"
    assert (path.read_bytes(), (tmp_path / "y" / "results.json").read_bytes()) == (body, kept)


def _later(tmp_path: Path) -> tuple[Inputs, Path, Path]:
    listed = units(tmp_path, {f"u{i:02d}": "II.1 II.2" for i in range(12)})
    one = folder(tmp_path, "unit", "2027-annual", {f"u{i:02d}": [report()] for i in range(12)})
    first = survey(tmp_path / "s.json")
    made = inputs(tmp_path, returns={"unit": [one]}, units=listed, surveys=[first])
    targets(made, tmp_path / "y2027")
    past = tmp_path / "y2027" / "results.json"
    return replace(made, year=2028, returns={}, past=[past]), past, first


def _rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    raw = json.loads(path.read_bytes())
    change(raw)
    path.write_text(json.dumps(raw), encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw["texts"].pop("forms"), lambda raw: raw["texts"]["report"].pop("year"),
        lambda raw: raw["texts"]["dashboard"][3].pop("label"), lambda raw: raw.update(practice="yes"),
        lambda raw: raw["rows"][0].update(n_missing=3), lambda raw: raw["rows"][0].update(kind={}),
        lambda raw: raw.update(schema="results/2"), lambda raw: raw.update(digests=[]),
    ],
)  # fmt: skip
def test_past_results_that_are_none(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    made, past, _ = _later(tmp_path)
    found_of(made)
    _rewrite(past, change)
    assert code(made)[0] == "DATA-205"


def test_an_earlier_year_may_not_say_another_number(tmp_path: Path) -> None:
    """Of the survey given, or of a year that two files hold."""
    made, past, first = _later(tmp_path)
    targets(made, tmp_path / "y2028")
    both = replace(made, year=2029, past=[past, tmp_path / "y2028" / "results.json"])
    assert {r.wave for r in found_of(both).results.rows if r.method == "census"} == {2027}

    def moved(raw: dict[str, Any], kind: str) -> None:
        next(r for r in raw["rows"] if r["kind"] == kind and r["estimate"])["estimate"] = 12.5

    _rewrite(past, lambda raw: moved(raw, "count"))
    assert code(both)[0] == "DATA-207"
    _rewrite(first, lambda raw: moved(raw, "level"))
    assert code(made)[0] == "DATA-207"


def test_every_key_of_an_earlier_year_names_a_row(tmp_path: Path) -> None:
    """The row of its enterprises comes along, too, which no census made."""
    made, past, _ = _later(tmp_path)
    firms = Row("count", "II.1_enterprise", "total", 2027, "count", category="yes", estimate=9.0, design="list", level=None)

    def with_firms(raw: dict[str, Any]) -> None:
        raw["rows"].append(firms.record())
        next(x for x in raw["texts"]["dashboard"] if x["part"] == "enterprises")["key"] = firms.key

    _rewrite(past, with_firms)
    found = found_of(made)
    keys = {r.key for r in found.results.rows}
    assert {x["key"] for p in found.results.texts["past"] for x in p["dashboard"]} - {""} <= keys
    assert firms.key in keys


def test_survey_results_without_a_wave_are_none(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    nothing: tuple[Any, ...] = ({}, [], 3, {"soon": {}})
    for waves in nothing:
        texts = {"waves": waves, "indicators": {}, "domains": {}}
        path.write_bytes(Results(True, {}, (level("score", 2026, 50.0),), texts).json_bytes())
        assert code(inputs(tmp_path / str(waves), surveys=[path], returns={}, units=_listed(tmp_path)))[0] == "DATA-205"


def _listed(home: Path) -> Path:
    return units(home, {"u00": "II.1"})
