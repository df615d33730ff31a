"""units.csv: who is obliged, by what, and when; the list beside a form; the draft of the province holds what the plan names."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms import load_places, load_plan, province_folder
from forms.units import KINDS, LIST_COLUMNS, UNIT_COLUMNS, Unit, commune_of, obliged, read_units, unit_list
from tests.forms.writing import refused

PROVINCE = province_folder("51")
TARGETS = [t.id for t in load_plan(PROVINCE).targets]
HEAD = ",".join(UNIT_COLUMNS) + ",email\n"


def written(folder: Path, *lines: str, head: str = HEAD) -> Path:
    path = folder / "units.csv"
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def unit(unit_id: str, *, kind: str = "department", owed: str = "II.1", parent: str = "", to: date | None = None) -> Unit:
    return Unit(unit_id, f"Tên {unit_id}", kind, frozenset(owed.split()), parent, date(2026, 3, 1), to)


# ---- reading


def test_a_list_of_units(tmp_path: Path) -> None:
    a, b = read_units(
        written(
            tmp_path, "s01,Sở A,department,II.1 II.2,,2026-01-01,,KH,x@y", "s02,Báo B,media,II.4,s01,2026-01-01,2027-05-01,,"
        ),
        TARGETS,
    )
    assert (a.obliged, a.until, a.parent, a.extra) == (frozenset({"II.1", "II.2"}), None, "", {"email": "x@y"})
    assert (b.kind, b.until, b.parent, b.source) == ("media", date(2027, 5, 1), "s01", "")


def test_the_list_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    """Obligations joined by a stroke, no column `source`."""
    head = ",".join(UNIT_COLUMNS[:-1]) + "\n"
    (found,) = read_units(written(tmp_path, "s01,Sở A,department,II.1/II.2,,2026-01-01,", head=head), TARGETS)
    assert (found.obliged, found.source) == (frozenset({"II.1", "II.2"}), "")


@pytest.mark.parametrize(
    ("line", "code", "place"),
    [
        ("s01,Sở B,department,II.1,,2026-01-01,,,", "DATA-003", "dòng 3"),
        ("S01,Sở B,department,II.1,,2026-01-01,,,", "DATA-003", "dòng 3"),
        ("s02,Sở B,department,II.9,,2026-01-01,,,", "DATA-002", "dòng 3"),
        ("s02,Sở B,sở,II.1,,2026-01-01,,,", "DATA-002", "dòng 3"),
        ("sở2,Sở B,department,II.1,,2026-01-01,,,", "DATA-002", "dòng 3"),
        ("s__2,Sở B,department,II.1,,2026-01-01,,,", "DATA-002", "dòng 3"),
        ("s02,Sở B,department,II.1,,,,,", "DATA-002", "dòng 3"),
        ("s02,Sở B,department,II.1,,2026-01-01,2025-12-31,,", "DATA-002", "dòng 3"),
        ("s02,Sở B,department,II.1,,2026-01-01,31/12/2027,,", "DATA-002", "dòng 3"),
        ("s02,,department,II.1,,2026-01-01,,,", "DATA-002", "dòng 3"),
        ("s02,Sở B,department,II.1,s09,2026-01-01,,,", "DATA-059", "units.csv"),
        ("s02,Sở B,department,II.1,s02,2026-01-01,,,", "DATA-059", "units.csv"),
        ("s02,Sở B,department,II.1,,2026-01-01", "DATA-001", "dòng 3"),
    ],
)
def test_bad_lists_are_refused(tmp_path: Path, line: str, code: str, place: str) -> None:
    path = written(tmp_path, "s01,Sở A,department,II.1,,2026-01-01,,,", line)
    found = refused(lambda: read_units(path, TARGETS))
    assert [p.code for p in found] == [code]
    assert place in found[0].place


def test_a_file_that_is_no_list_is_refused(tmp_path: Path) -> None:
    assert refused(lambda: read_units(tmp_path / "none.csv", TARGETS))[0].code == "DATA-001"
    assert refused(lambda: read_units(written(tmp_path), TARGETS))[0].code == "DATA-001"
    spaced = written(tmp_path, "s01;Sở A;department;II.1;;2026-01-01;;;", head=HEAD.replace(",", ";"))
    assert refused(lambda: read_units(spaced, TARGETS))[0].code == "DATA-030"
    (tmp_path / "units.csv").write_bytes("unit_id,Sở".encode("utf-16"))
    assert refused(lambda: read_units(tmp_path / "units.csv", TARGETS))[0].code == "DATA-001"


# ---- who owes what


def test_a_unit_owes_from_its_first_day_to_its_last() -> None:
    one = unit("a", to=date(2026, 9, 30))
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 9, 30), date(2026, 10, 1)]
    assert [one.owes("II.1", day) for day in days] == [False, True, True, False]
    assert not one.owes("II.2", days[1])


@given(st.dates(date(2025, 1, 1), date(2028, 1, 1)), st.dates(date(2025, 1, 1), date(2028, 1, 1)))
def test_active_is_owing_on_some_day(first: date, last: date) -> None:
    one = unit("a", to=date(2026, 9, 30))
    first, last = min(first, last), max(first, last)
    some = any(one.owes("II.1", date.fromordinal(day)) for day in range(first.toordinal(), last.toordinal() + 1))
    assert one.active(first, last) is some


def test_obliged_are_those_of_the_targets_in_that_time() -> None:
    units = [unit("a"), unit("b", owed="II.2"), unit("c", to=date(2026, 9, 30)), unit("d", owed="II.1 II.2")]
    assert [u.unit_id for u in obliged(units, ["II.1"])] == ["a", "d"]
    assert [u.unit_id for u in obliged(units, ["II.1"], date(2026, 9, 1), date(2026, 12, 31))] == ["a", "c", "d"]
    assert [u.unit_id for u in obliged(units, ["II.1", "II.2"], date(2027, 1, 1), date(2027, 12, 31))] == ["a", "b", "d"]
    assert obliged(units, ["II.1"], date(2025, 1, 1), date(2025, 12, 31)) == ()


# ---- the list beside a form


def test_the_list_beside_a_form_knows_the_commune_of_a_unit_and_of_those_below_it() -> None:
    units = (unit("21025", kind="commune"), unit("radio", kind="media", parent="21025"), unit("snv"), unit("phong", parent="snv"))
    rows = list(csv.DictReader(io.StringIO(unit_list(units).decode())))
    assert tuple(rows[0]) == LIST_COLUMNS
    assert [(r["name"], r["commune"]) for r in rows] == [("21025", "21025"), ("radio", "21025"), ("snv", ""), ("phong", "")]


def test_a_circle_of_parents_ends() -> None:
    units = {u.unit_id: u for u in (unit("a", parent="b"), unit("b", parent="a"))}
    assert commune_of(units["a"], units) == ""


# ---- the draft of the province


def test_the_draft_names_only_what_the_plan_names() -> None:
    units = read_units(PROVINCE / "units.csv", TARGETS)
    places = load_places(PROVINCE)
    communes = [u for u in units if u.kind == "commune"]
    assert [(u.unit_id, u.name.removeprefix("UBND ").lower()) for u in communes] == [(p.code, p.name.lower()) for p in places]
    assert [sum(u.kind == kind for u in units) for kind in KINDS] == [8, 1, 96, 1, 0]
    assert all("DỰ THẢO" in u.source and "mục V." in u.source for u in units)
    assert all(u.until is None and {"II.1", "II.2"} <= u.obliged for u in units)
    assert {u.kind for u in units if "II.5" in u.obliged} == {"commune"}
    assert {u.kind for u in units if "II.4" in u.obliged} == {"media"}
