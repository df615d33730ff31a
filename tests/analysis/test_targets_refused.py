"""What a report of the targets is refused for: every code met with real bad input, and nothing is written."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analysis.cli import app
from analysis.returns.written import RETURN_COLUMNS
from analysis.targets.make import Inputs, targets
from forms.errors import BdgError
from tests.analysis.returned_folder import folder, inputs, report, survey, units, wrote

Change = Callable[[list[dict[str, str]]], None]


def refused(given: Inputs, home: Path) -> tuple[str, str]:
    """(code, what was got); nothing may be written."""
    out = home / "out"
    with pytest.raises(BdgError) as caught:
        targets(given, out)
    assert not out.exists()
    first = caught.value.problems[0]
    assert first.text().count("\n") >= 3
    return first.code, first.got


def edited(home: Path, change: Change, **more: Any) -> Inputs:
    """The small province after somebody edited returns.csv by hand."""
    made = inputs(home, **more)
    path = made.returns["unit"][0] / "returns.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    change(rows)
    wrote(path, RETURN_COLUMNS, rows)
    return made


def line(rows: list[dict[str, str]], unit: str, question: str) -> dict[str, str]:
    return next(r for r in rows if (r["unit_id"], r["question"]) == (unit, question))


def _put(unit: str, question: str, value: str) -> Change:
    return lambda rows: line(rows, unit, question).update(value=value)


@pytest.mark.parametrize(
    ("change", "code", "got"),
    [
        (_put("u00", "com_total", "7"), "DATA-203", "7"),
        (_put("u00", "com_meeting", "9"), "DATA-203", "2"),
        (_put("u01", "am_plan", "perhaps"), "DATA-203", "am_plan: perhaps"),
        (_put("u01", "com_staff", "many"), "DATA-203", "com_staff"),
        (_put("u01", "com_staff", ""), "DATA-203", "com_staff"),
        (lambda rows: line(rows, "u02", "com_staff").update(why="dont_know"), "DATA-203", "com_staff: dont_know"),
        (lambda rows: rows.append(dict(line(rows, "u02", "com_staff"))), "DATA-203", "com_staff"),
        (lambda rows: rows.append({**rows[0], "question": "com_stuff"}), "DATA-203", "com_stuff"),
        (lambda rows: [r.update(unit_id="zz") for r in rows if r["unit_id"] == "u03"] and None, "DATA-202", "zz"),
        (lambda rows: [r.update(unit_id="u08") for r in rows if r["unit_id"] == "u03"] and None, "DATA-202", "u08"),
        (lambda rows: [r.update(form="bdg_media") for r in rows] and None, "DATA-200", "bdg_media"),
        (lambda rows: rows[0].update(why="perhaps"), "DATA-002", "perhaps"),
    ],
    ids=["total", "part", "code", "words", "empty", "beside", "twice", "question", "strange", "silent", "form", "why"],
)  # fmt: skip
def test_a_table_edited_by_hand_is_not_counted(tmp_path: Path, change: Change, code: str, got: str) -> None:
    assert refused(edited(tmp_path, change), tmp_path) == (code, got)


def test_a_folder_that_returns_did_not_write(tmp_path: Path) -> None:
    made = inputs(tmp_path)
    (made.returns["unit"][0] / "files.csv").unlink()
    assert refused(made, tmp_path) == ("DATA-200", "files.csv")
    other = inputs(tmp_path / "b", returns={"unit": [tmp_path / "nowhere"]}, units=units(tmp_path, {"u00": "II.1"}))
    assert refused(other, tmp_path)[0] == "DATA-200"


def test_a_unit_that_is_not_on_the_list(tmp_path: Path) -> None:
    made = inputs(tmp_path, units=units(tmp_path, {"u00": "II.1"}))
    assert refused(made, tmp_path)[0] == "DATA-202"


@pytest.mark.parametrize(
    ("kind", "year", "period"),
    [("annual", 2028, "2027-annual"), ("annual", 2027, "2027-six_months"), ("halfyear", 2027, "2027-annual")],
)
def test_reports_of_another_year_or_kind(tmp_path: Path, kind: str, year: int, period: str) -> None:
    one = folder(tmp_path, "unit", period, {"u00": [report()]})
    listed = units(tmp_path, {"u00": "II.1"})
    assert refused(inputs(tmp_path, kind=kind, year=year, returns={"unit": [one]}, units=listed), tmp_path)[0] == "DATA-201"


def test_the_same_reports_given_twice(tmp_path: Path) -> None:
    listed = units(tmp_path, {"u00": "II.1"})
    some = [folder(tmp_path, "unit", "2027-annual", {"u00": [report()]}, name=name) for name in ("a", "b")]
    assert refused(inputs(tmp_path, returns={"unit": some}, units=listed), tmp_path) == ("DATA-202", "annual")


def test_nothing_to_report_from(tmp_path: Path) -> None:
    assert refused(inputs(tmp_path, returns={}), tmp_path)[0] == "DATA-204"


@pytest.mark.parametrize(
    ("body", "got"),
    [('{"schema": "results/9", "rows": []}', "results/9"), ("[]", "ValueError"), ("{", "JSONDecodeError"),
     ('{"schema": "results/1"}', "results/1")],
)  # fmt: skip
def test_results_of_another_version(tmp_path: Path, body: str, got: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(body, encoding="utf-8")
    assert refused(inputs(tmp_path, surveys=[path]), tmp_path) == ("DATA-205", got)
    assert (
        refused(inputs(tmp_path / "c", surveys=[tmp_path / "no.json"], returns={}, units=tmp_path / "units.csv"), tmp_path)[0]
        == "DATA-205"
    )


def test_a_survey_is_no_past_year_and_a_past_year_is_no_survey(tmp_path: Path) -> None:
    made = inputs(tmp_path)
    targets(made, tmp_path / "year")
    before, after = tmp_path / "year" / "results.json", survey(tmp_path / "s" / "results.json")
    assert refused(Inputs(2028, "annual", {}, [before], units=made.units), tmp_path)[0] == "DATA-205"
    assert refused(Inputs(2028, "annual", {}, [after], [after], units=made.units), tmp_path)[0] == "DATA-205"
    assert refused(Inputs(2027, "annual", {}, [after], [before], units=made.units), tmp_path) == ("DATA-208", "2027")
    assert refused(Inputs(2028, "annual", {}, [after], [before, before], units=made.units), tmp_path) == (
        "DATA-208",
        "2027, 2027",
    )


def test_practice_is_not_mixed_with_real(tmp_path: Path) -> None:
    real = survey(tmp_path / "real.json", practice=False)
    assert refused(inputs(tmp_path, surveys=[real]), tmp_path)[0] == "DATA-206"
    other = survey(tmp_path / "practice.json")
    assert (
        refused(inputs(tmp_path / "b", surveys=[real, other], returns={}, units=tmp_path / "units.csv"), tmp_path)[0]
        == "DATA-206"
    )


def test_a_number_of_2026_is_the_same_wherever_it_stands(tmp_path: Path) -> None:
    one, two = survey(tmp_path / "one.json"), survey(tmp_path / "two.json", (2026, 2030))
    made = inputs(tmp_path, surveys=[one, two])
    targets(made, tmp_path / "fine")
    raw = json.loads(one.read_bytes())
    next(r for r in raw["rows"] if r["indicator"] == "score")["se"] = 1.25
    one.write_text(json.dumps(raw), encoding="utf-8")
    assert refused(made, tmp_path)[0] == "DATA-207"


@pytest.mark.parametrize("given", [{"year": 2031}, {"year": 2025}, {"kind": "final", "year": 2029}])
def test_a_year_that_the_plan_does_not_have(tmp_path: Path, given: Mapping[str, Any]) -> None:
    assert refused(inputs(tmp_path, returns={}, **given), tmp_path)[0] == "DATA-210"


def test_a_cut_off_day_of_another_year(tmp_path: Path) -> None:
    from datetime import date

    assert refused(inputs(tmp_path, as_of=date(2028, 2, 1)), tmp_path)[0] == "DATA-210"


def test_the_command_speaks_and_ends_with_a_code(tmp_path: Path) -> None:
    """0 when nothing is red, 3 when a person must decide; on the screen Vietnamese comes first."""
    made = inputs(tmp_path)
    arguments = ["targets", "--year", "2027", "--kind", "annual", "--units", str(made.units), "--out", str(tmp_path / "out")]
    for form, some in made.returns.items():
        arguments += [f"--{form}", str(some[0])]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0
    assert "II.4: 1/1 cơ quan; chưa đến hạn đánh giá / not due yet" in done.output
    assert "chưa báo cáo / not reported: 2" in done.output
    cut = CliRunner().invoke(app, [*arguments[:-2], "--as-of", "2027-10-31", *arguments[-2:]])
    assert cut.exit_code == 3
    found = json.loads((tmp_path / "out" / "findings.json").read_bytes())
    assert {f["check"] for f in found} == {"after_as_of"}
