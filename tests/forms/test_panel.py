"""The same persons in a later wave: by code only, only when the switch is on, and no file with a name in it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from forms.load import questionnaire_folder
from forms.media import Household, lists, read_hamlets
from forms.package import Order, Sample, package
from forms.panel import COLUMNS, read_panel, with_panel
from tests.forms.test_media import COMMUNES, written
from tests.forms.writing import refused

PANEL = """wave,psu,household,panel_code,panel_sex,panel_birth
2026,GL0001,021,HX07K2,female,1984
2030,GL0002,007,HX09A4,male,1961
"""


@pytest.fixture
def wave(tmp_path: Path) -> Sample:
    (tmp_path / "panel.csv").write_text(PANEL, encoding="utf-8")
    sample, frame = written(tmp_path)
    return Sample(sample, frame, 2026, panel=tmp_path / "panel.csv")


def homes() -> tuple[Household, ...]:
    return tuple(Household(f"2026-GL0001-{n}", 2026, "GL0001", n, "21085", "0.5", "practice") for n in ("014", "021"))


def changed(wave: Sample, old: str, new: str) -> Path:
    assert wave.panel is not None
    assert PANEL.count(old) == 1
    wave.panel.write_text(PANEL.replace(old, new), encoding="utf-8")
    return wave.panel


def test_the_interviewer_sees_code_sex_and_year(wave: Sample) -> None:
    assert wave.panel is not None
    found = with_panel(homes(), wave.panel, 2026)
    assert [(h.panel_code, h.panel_sex, h.panel_birth) for h in found] == [("", "", ""), ("HX07K2", "female", "1984")]
    listed = lists(found, read_hamlets(wave.frame), COMMUNES)["households.csv"].decode()
    rows = list(csv.DictReader(io.StringIO(listed, newline="")))
    assert [(r["key"], r["panel_code"], r["panel_birth"]) for r in rows] == [
        ("2026-GL0001-014", "", ""), ("2026-GL0001-021", "HX07K2", "1984")
    ]  # fmt: skip


def test_only_with_the_switch(wave: Sample) -> None:
    folder = questionnaire_folder()
    problem = refused(lambda: package(Order((folder,), validated=False, sample=wave)))[0]
    assert (problem.code, problem.expected) == ("FORM-083", "--with panel")
    made = package(Order((folder,), ("panel",), validated=False, sample=wave))
    assert b"HX07K2" in made.lists["households.csv"]
    assert b"HX09A4" not in made.lists["households.csv"]
    assert made.built[0].variant.version(made.built[0].form).endswith("-central+panel")


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("HX07K2", "Nguyễn Thị A", "panel_code"),
        ("HX07K2", "NGUYENA", "panel_code"),  # letters only: somebody's name
        ("HX07K2", "0512" * 3, "panel_code"),  # as long as a citizen's number
        ("HX07K2", "", "panel_code"),
        (",female,", ",nữ,", "panel_sex"),
        ("1984", "84", "panel_birth"),
        ("1984", "2015", "panel_birth"),  # eleven years old in that wave
        ("1984", "1901", "panel_birth"),
        ("1984", "12/3/1984", "panel_birth"),
        ("2026,", "kỳ 1,", "wave"),
    ],
)
def test_a_cell_that_cannot_be_right_is_named(wave: Sample, old: str, new: str, column: str) -> None:
    problems = refused(lambda: read_panel(changed(wave, old, new)))
    assert [(p.code, p.place, dict(p.facts)["column"]) for p in problems] == [("FORM-084", "panel.csv:2", column)]
    assert "Nguyễn" not in problems[0].text()


@pytest.mark.parametrize(
    "header", [",".join((*COLUMNS, "name")), ",".join((*COLUMNS, "phone")), ",".join(COLUMNS[:-1]), "wave;psu;household"]
)
def test_another_column_is_refused_whatever_is_in_it(wave: Sample, header: str) -> None:
    """A column more would be a name; it is not even read."""
    (problem,) = refused(lambda: read_panel(changed(wave, ",".join(COLUMNS), header)))
    assert (problem.code, problem.expected) == ("FORM-085", ",".join(COLUMNS))


def test_a_missing_file_is_told_by_its_name_only(tmp_path: Path) -> None:
    (problem,) = refused(lambda: read_panel(tmp_path / "panel.csv"))
    assert problem.code == "FORM-085"
    assert str(tmp_path) not in problem.text()


@pytest.mark.parametrize(("old", "new"), [("GL0001,021", "GL0001,777"), ("GL0001,021", "GL0009,021")])
def test_a_household_that_is_not_on_the_list(wave: Sample, old: str, new: str) -> None:
    (problem,) = refused(lambda: with_panel(homes(), changed(wave, old, new), 2026))
    assert (problem.code, problem.place) == ("FORM-086", "panel.csv:2")


@pytest.mark.parametrize("again", ["2026,GL0001,021,HX08K3,male,1990", "2026,GL0001,014,HX07K2,male,1990"])
def test_a_household_or_a_code_twice(wave: Sample, again: str) -> None:
    assert wave.panel is not None
    wave.panel.write_text(PANEL + again + "\n", encoding="utf-8")
    (problem,) = refused(lambda: with_panel(homes(), wave.panel, 2026))
    assert (problem.code, problem.place) == ("FORM-086", "panel.csv:4")


def test_a_panel_of_other_waves_only(wave: Sample) -> None:
    assert refused(lambda: with_panel(homes(), changed(wave, "2026,", "2030,"), 2026))[0].code == "FORM-086"
