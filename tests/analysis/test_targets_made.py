"""A year's results: which report counts, the table of targets, survey rows carried unchanged, past years, the silent by name."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from analysis.results import read_results
from analysis.targets.answers import read_answers
from analysis.targets.awareness import awareness
from analysis.targets.chosen import Kind, choose
from analysis.targets.entries import NO_SURVEY, NOT_DUE_LABEL, UNSIGNED, Known
from analysis.targets.make import TARGET_COLUMNS, Found, Inputs, found_of, targets
from analysis.targets.surveyed import read_surveys, verdict_label
from analysis.verdict import verdict
from forms import load_plan, province_folder
from forms.plan import Plan, SignedTarget
from tests.analysis.returned_folder import NODATA, folder, inputs, report, survey, units

PLAN = load_plan(province_folder("51"))
PARTS = [
    "units", "units_other", "people_any", "people_face", "people_recalled", "enterprises", "both", "plan", "activity", "score",
    "official", "conventions", "strategy",
]  # fmt: skip


def lines(found: Found) -> dict[str, dict[str, Any]]:
    return {x["part"]: x for x in found.results.texts["dashboard"] if x["part"] != "reading"}


# ---- which report counts


def half(staff: str) -> dict[str, str]:
    kept = {k: v for k, v in report(staff, "1").items() if not k.startswith("am_")}
    return kept | {"report_kind": "six_months", "period_to": "2027-05-31"}


def late(month: str, plan: str = "own") -> dict[str, str]:
    found = {k: v for k, v in report(month=month, plan=plan).items() if k.startswith("am_")}
    return found | {"unit": "x", "year": "2027", "report_kind": "supplement"}


def taken(home: Path, kind: Kind, *periods: tuple[str, dict[str, str]], as_of: date | None = None) -> Any:
    folders = [read_answers(folder(home, "unit", f"2027-{code}", {"a": [one]}), "unit") for code, one in periods]
    return choose("unit", folders, 2027, kind, as_of)


def test_the_report_of_the_year_replaces_that_of_six_months(tmp_path: Path) -> None:
    """3 in the half-year, 5 in the year: 5, never 8; in a half-year report 3."""
    found = taken(tmp_path, "annual", ("six_months", half("3")), ("annual", report("5")))
    assert [t.records[0].values["com_staff"] for t in found.taken.values()] == ["5"]
    assert found.kinds == ("annual",)
    early = taken(tmp_path / "b", "halfyear", ("six_months", half("3")))
    assert early.taken["a"].records[0].values["com_staff"] == "3"


def test_six_months_do_not_stand_for_a_year(tmp_path: Path) -> None:
    year = read_answers(folder(tmp_path, "unit", "2027-annual", {"b": [report()]}, {"a": "nothing"}), "unit")
    first = read_answers(folder(tmp_path, "unit", "2027-six_months", {"a": [half("3")]}), "unit")
    found = choose("unit", [year, first], 2027, "annual", None)
    assert (list(found.taken), found.silent) == (["b"], {"a": "nothing"})
    assert [f.check for f in found.findings] == ["only_halfyear"]


@pytest.mark.parametrize(("month", "total"), [("4", "4"), ("none", None), (NODATA, None)])
def test_a_supplement_replaces_the_action_month_and_nothing_else(tmp_path: Path, month: str, total: str | None) -> None:
    """Also where the final word is «none» or «no figures»: the provisional number must not survive it."""
    found = taken(tmp_path, "annual", ("annual", report("5", "2", "1")), ("supplement", late(month)))
    values = found.taken["a"].records[0].values
    assert (values.get("am_total"), values["com_staff"], values["com_total"]) == (total, "5", "2")
    assert found.taken["a"].supplement
    assert found.supplements == 1


def test_what_reaches_beyond_the_cut_off_day_is_not_counted(tmp_path: Path) -> None:
    found = taken(tmp_path, "adhoc", ("six_months", half("3")), ("annual", report("5")), as_of=date(2027, 9, 30))
    assert found.taken["a"].records[0].values["com_staff"] == "3"
    assert [(f.check, f.severity) for f in found.findings] == [("after_as_of", "red")]


def test_reports_of_other_days_are_told(tmp_path: Path) -> None:
    some = {u: [report()] for u in "abc"} | {"d": [report(period_from="2027-01-01")]}
    found = choose("unit", [read_answers(folder(tmp_path, "unit", "2027-annual", some), "unit")], 2027, "annual", None)
    assert found.days == ("2026-12-01", "2027-11-30")
    assert [(f.check, f.question) for f in found.findings] == [("period_differs", "unit d")]


# ---- one year


def test_every_line_names_a_row_and_says_both_languages(tmp_path: Path) -> None:
    found = found_of(inputs(tmp_path, surveys=[survey(tmp_path / "s.json")]))
    keys = {r.key for r in found.results.rows}
    table = found.results.texts["dashboard"]
    assert [x["part"] for x in table] == PARTS
    assert [x["target"] for x in table if x["headline"]] == ["II.1", "II.2", "II.3", "II.4", "II.5", "CL"]
    for x in table:
        assert {x["key"], *x["also"]} - {""} <= keys
        for name in ("label", "planned", "said", "state", "progress", "source", "missing"):
            assert x[name] is None or all(x[name][language] for language in ("vi", "en")), (x["part"], name)
    for task in found.results.texts["tasks"]:
        assert {y["key"] for y in task["lines"]} <= keys


def test_a_year_without_a_survey_says_so_and_interpolates_nothing(tmp_path: Path) -> None:
    found = found_of(inputs(tmp_path, surveys=[survey(tmp_path / "s.json")]))
    people, score = lines(found)["people_any"], lines(found)["score"]
    assert (people["state"]["vi"], people["key"], score["key"]) == (NO_SURVEY.vi, "", "")
    assert score["state"]["vi"] == NOT_DUE_LABEL.vi
    assert score["progress"]["vi"] == "đã có số liệu gốc năm 2026"
    assert not [r for r in found.results.rows if r.wave == 2027 and r.method != "census"]
    report_ = found.results.texts["report"]
    assert (report_["survey_this_year"], report_["survey_waves"], report_["provisional"]) == (False, [2026], True)


def test_survey_rows_are_carried_and_never_made_again(tmp_path: Path) -> None:
    paths = [survey(tmp_path / "one.json"), survey(tmp_path / "two.json", (2026, 2030))]
    before = {r.key: r for p in paths for r in read_results(p).rows if r.kind != "diagnostic"}
    found = found_of(inputs(tmp_path, kind="final", year=2030, surveys=paths, returns={}))
    after = {r.key: r for r in found.results.rows if r.method != "census"}
    assert after == before
    assert found.results.texts["waves"] == {"2026": {}, "2030": {}}


def test_no_verdict_on_awareness_before_somebody_has_signed(tmp_path: Path) -> None:
    """Four results without a word of judgement, «chưa kết luận» over them; once signed, the lines have the rows' own words."""
    two = survey(tmp_path / "two.json", (2026, 2030))
    found = found_of(inputs(tmp_path, kind="annual", year=2030, surveys=[two], returns={}))
    readings = [x for x in found.results.texts["dashboard"] if x["part"] == "reading"]
    assert [x["state"]["en"] for x in readings] == ["no conclusion"] * 4
    assert len({x["key"] for x in readings}) == 4
    assert lines(found)["score"]["state"] == {"vi": UNSIGNED.vi, "en": UNSIGNED.en}
    signed = SignedTarget("score", "points", 60, 10, "Sở Nội vụ", "12/SNV", "2026-06-01")
    known = Known(_with(PLAN, signed), 2030, "annual", {}, {}, read_surveys([two]))
    head, *said = awareness(known)
    assert [x["state"]["en"] for x in said] == [
        "met", "up; not enough evidence for 10 points", "met at the upper level (up by 15% or more)", "met",
    ]  # fmt: skip
    assert head["state"]["vi"] == "có tăng, chưa đủ căn cứ kết luận đạt mức 10 điểm"


def _with(plan: Plan, signed: SignedTarget) -> Plan:
    from dataclasses import replace

    return replace(plan, target_ii3=signed)


@pytest.mark.parametrize("unit", ["%", "điểm", "điểm phần trăm"])
def test_every_word_of_a_verdict_has_its_english(unit: str) -> None:
    """The English found from the Vietnamese is the one the verdict itself would say."""
    for low, high in ((15.1, 22), (10.2, 18), (3, 12), (2, 8), (-4, 6), (-3, 14), (-9, -1), (None, None)):
        said = verdict(low, high, threshold=10, high=15, unit=unit)
        assert verdict_label(said.vi).en == said.en


def test_the_silent_are_named_and_counted(tmp_path: Path) -> None:
    found = found_of(inputs(tmp_path))
    assert [(u["unit_id"], u["form"], u["state"], u["targets"]) for u in found.results.units] == [
        ("u08", "unit", "nothing", ["II.1", "II.2"]), ("u09", "unit", "left_out", ["II.1", "II.2"]),
    ]  # fmt: skip
    assert found.results.texts["forms"]["unit"] == {"owing": 12, "reported": 10, "silent": 2, "left_out": 1}


def test_a_unit_on_the_list_but_not_in_the_folder_is_silent_too(tmp_path: Path) -> None:
    """The list grew after the returns were read."""
    listed = units(tmp_path, {f"u{i:02d}": "II.1" for i in range(4)})
    one = folder(tmp_path, "unit", "2027-annual", {"u00": [report()], "u01": [report()]}, {"u02": "nothing"})
    found = found_of(inputs(tmp_path, returns={"unit": [one]}, units=listed))
    assert [u["unit_id"] for u in found.results.units] == ["u02", "u03"]
    assert [f.check for f in found.findings] == ["not_in_folder"]
    assert lines(found)["units"]["said"]["vi"] == "2/4 đơn vị"


def test_a_target_without_data_says_so(tmp_path: Path) -> None:
    listed = units(tmp_path, {"u00": "II.1 II.2"})
    one = folder(tmp_path, "unit", "2027-annual", {"u00": [report()]})
    table = lines(found_of(inputs(tmp_path, returns={"unit": [one]}, units=listed)))
    assert (table["official"]["key"], table["official"]["state"]["vi"]) == ("", "không có số liệu")
    assert table["conventions"]["missing"]["vi"] == "chưa có phiếu rà soát hương ước, quy ước (biểu mẫu F)"
    assert table["score"]["progress"]["vi"] == "chưa có số liệu gốc năm 2026"


def test_who_is_not_obliged_counts_for_no_target(tmp_path: Path) -> None:
    """One owes II.1 only: its Action Month is not counted and not wondered at; one owes nothing, and that is told once."""
    listed = units(tmp_path, {"u00": "II.1 II.2", "u01": "II.1", "u02": ""})
    one = folder(tmp_path, "unit", "2027-annual", {u: [report()] for u in ("u00", "u01", "u02")})
    found = found_of(inputs(tmp_path, returns={"unit": [one]}, units=listed))
    assert [lines(found)[part]["said"]["vi"] for part in ("units", "both")] == ["2/2 đơn vị", "1/1 đơn vị"]
    assert [(f.check, f.question) for f in found.findings] == [("not_obliged", "unit u02")]


def test_the_table_of_targets_names_every_unit(tmp_path: Path) -> None:
    found = found_of(inputs(tmp_path))
    whole = [r for r in found.targets if r["unit_id"] == "" and r["reading"] == "received"]
    each = [r for r in found.targets if r["unit_id"] and r["reading"] == "received"]
    assert [(r["numerator"], r["denominator"], r["not_reported"], r["value"]) for r in whole] == [(10, 12, 2, "83.33333333")]
    assert (len(each), sum(r["numerator"] == 1 for r in each), sum(r["numerator"] == "" for r in each)) == (12, 10, 2)
    assert not [r for r in found.targets if r["target"] == "II.5" and r["unit_id"]], "no result of a commune's conventions"


def test_past_years_come_along(tmp_path: Path) -> None:
    made = inputs(tmp_path)
    targets(made, tmp_path / "y2027")
    later = Inputs(2028, "annual", {}, [survey(tmp_path / "s.json")], [tmp_path / "y2027" / "results.json"], units=made.units)
    found = found_of(later)
    (past,) = found.results.texts["past"]
    assert (past["year"], past["forms"]["unit"]["silent"]) == (2027, 2)
    head = next(x for x in past["dashboard"] if x["part"] == "units")
    assert next(r for r in found.results.rows if r.key == head["key"]).estimate == pytest.approx(100 * 10 / 12)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    made = inputs(tmp_path, surveys=[survey(tmp_path / "s.json")])
    one, _ = targets(made, tmp_path / "one")
    two, _ = targets(made, tmp_path / "two")
    assert [p.name for p in one] == ["results.json", "results.csv", "targets.csv", "findings.json"]
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]
    with (tmp_path / "one" / "targets.csv").open(encoding="utf-8", newline="") as file:
        assert tuple(next(csv.reader(file))) == TARGET_COLUMNS
    raw = json.loads((tmp_path / "one" / "results.json").read_bytes())
    assert raw["practice"] is True
    assert str(tmp_path) not in (tmp_path / "one" / "results.json").read_text(encoding="utf-8")


def test_the_switch_says_which_reading_is_the_headline(tmp_path: Path) -> None:
    found = found_of(inputs(tmp_path))
    assert lines(found)["units"]["label"]["vi"].startswith("Đơn vị có người được dự")
    assert lines(found)["units_other"]["label"]["vi"].startswith("Đơn vị tổ chức")
    assert {s["id"]: s["choice"] for s in found.results.texts["switches"]}["A11"] == "received"
