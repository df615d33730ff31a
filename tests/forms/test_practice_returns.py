"""Practice reports of units: real templates filled in by rule, stamped, the same for the same seed, and read without a fault."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from analysis.returns.folder import read_returns
from analysis.returns.returned import Returns
from forms import codebook, load_plan, load_questionnaire, province_folder, questionnaire_folder
from forms.rehearsal.offices import Office, answers
from forms.rehearsal.returned import UNITS, Sent, practice_returns, practice_units, units_csv
from forms.returns import Period, layout
from forms.returns.copies import copies
from forms.returns.filling import filled
from forms.returns.make import STAMP, tie
from forms.units import Unit, read_units
from tests.forms.clerk import card_cell

TARGETS = [t.id for t in load_plan(province_folder("51")).targets]


def few() -> tuple[Unit, ...]:
    """Twelve units: departments, communes, media agencies."""
    found = practice_units(size=120)
    kinds = {k: [u for u in found if u.kind == k] for k in ("department", "commune", "media")}
    return (*kinds["department"][:4], *kinds["commune"][:5], *kinds["media"][:3])


def read(sent: Sent, units: tuple[Unit, ...]) -> Returns:
    form = load_questionnaire(questionnaire_folder(sent.form))
    return read_returns(sent.folder, form, units, Period(sent.year, sent.kind), sent.received)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Sent, Returns]]:
    """An annual report of twelve units, read back by the reader of real files."""
    units = few()
    made = practice_returns(tmp_path_factory.mktemp("practice") / "out", 2028, "annual", 3, units=units, silent=3)
    return {one.folder.name: (one, read(one, units)) for one in made}


def test_the_practice_province_has_its_units() -> None:
    """Every unit that the plan names, invented ones beside them, each stamped; five agencies, so that «4/5 cơ quan» is met."""
    units = practice_units()
    assert len(units) == UNITS == len({u.unit_id for u in units})
    assert all(u.source == STAMP for u in units)
    assert sum("II.4" in u.obliged for u in units) == 5
    assert sum("II.5" in u.obliged for u in units) == 96
    assert {u.name.rpartition(" ")[0] for u in units if u.unit_id.startswith("gl-")} == {
        "Đơn vị giả lập số", "Cơ quan truyền thông giả lập số",
    }  # fmt: skip


def test_units_come_back_as_written(tmp_path: Path) -> None:
    (tmp_path / "units.csv").write_bytes(units_csv(few()))
    assert read_units(tmp_path / "units.csv", TARGETS) == few()


def test_what_is_read_has_no_fault_but_the_planted_one(sent: dict[str, tuple[Sent, Returns]]) -> None:
    red = {name: [n.check for n in found.noticed if n.severity == "red"] for name, (_, found) in sent.items()}
    assert red == {"unit-annual": ["sum_differs"], "unit-supplement": [], "media": [], "convention": []}


def test_some_are_silent_each_in_its_way(sent: dict[str, tuple[Sent, Returns]]) -> None:
    _, found = sent["unit-annual"]
    assert sorted(found.why_silent(files) for _, files in found.silent()) == ["left_out"]
    assert len(found.used) == len(found.owing) - 1
    assert len(sent["unit-supplement"][1].used) == 10


def test_files_bear_the_stamp(sent: dict[str, tuple[Sent, Returns]]) -> None:
    one, _ = sent["media"]
    for path in one.folder.glob("*.xlsx"):
        book = openpyxl.load_workbook(path)
        assert any(STAMP in str(cell.value) for row in book["Phiếu"].iter_rows(max_row=3) for cell in row)


def test_what_was_answered_is_what_another_program_reads(tmp_path: Path) -> None:
    """Filled as XML here, read with openpyxl: numbers, days and words of a choice stand in their cells."""
    form, unit = load_questionnaire(questionnaire_folder("unit")), few()[0]
    plan, book = layout(form), codebook(form)
    one = tie(form, unit, few(), Period(2028, "annual"))
    ((_, template),) = copies(plan, [one])
    given = answers(form, Office(unit.unit_id, 2028, "annual", "2028-12-02", 1), book)
    page = openpyxl.load_workbook(io.BytesIO(filled(template, plan, [given], list(one.given))))["Phiếu"]
    words = {name: dict(some) for name, some in plan.lists.items()}
    kinds = {q.name: q for _, q in form.questions()}
    seen = 0
    for name, text in given.items():
        if name in one.given or kinds[name].type == "text":
            continue
        value = page.cell(*card_cell(page, name)).value
        q = kinds[name]
        if q.type == "integer":
            assert value == int(text), name
        elif q.type == "date":
            assert (value.date() if hasattr(value, "date") else value) == date.fromisoformat(text), name
        else:
            assert value == words[q.list or ""][text], name
        seen += 1
    assert seen > 40


def test_the_same_seed_sends_the_same_files(tmp_path: Path) -> None:
    units = few()[:6]
    bodies = []
    for name in ("one", "two"):
        practice_returns(tmp_path / name, 2027, "six_months", 5, units=units, silent=1)
        bodies.append({p.name: p.read_bytes() for p in sorted((tmp_path / name).rglob("*.*")) if p.is_file()})
    assert bodies[0] == bodies[1]
    practice_returns(tmp_path / "other", 2027, "six_months", 6, units=units, silent=1)
    other = {p.name: p.read_bytes() for p in sorted((tmp_path / "other").rglob("*.*")) if p.is_file()}
    assert other != bodies[0]
    assert [p.name for p in (tmp_path / "one").iterdir() if p.is_dir()] == ["unit-six_months"]


def test_a_cell_that_is_not_there_is_our_bug() -> None:
    form, unit = load_questionnaire(questionnaire_folder("media")), practice_units(size=120)[8]
    ((_, template),) = copies(layout(form), [tie(form, unit, [unit], Period(2028))])
    other = layout(load_questionnaire(questionnaire_folder("unit")))
    with pytest.raises(KeyError):
        filled(template, other, [{"spent_total": "3"}])
