"""Excel templates: protected, told apart by unit, the same bytes every time, and nothing that a unit's name could compute.

Read back with openpyxl, another code base than wrote them.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner

from forms.cli import app
from forms.condition import parse
from forms.load import load_questionnaire, questionnaire_folder
from forms.question import Questionnaire
from forms.returns.checks import Sheets, card_check, line_check
from forms.returns.copies import copies
from forms.returns.formulas import Names, formula
from forms.returns.layout import layout
from forms.returns.make import STAMP, Period, templates, tie, who_owes, write_templates
from forms.returns.records import KEYS, Layout, cell_name
from forms.returns.template import file_name, template_bytes
from forms.returns.wording import only, printed
from forms.units import UNIT_COLUMNS, Unit
from tests.forms.clerk import (
    ANNUAL,
    COUNTS,
    GROUPS,
    HEAD,
    LISTS,
    PERIOD,
    UNITS,
    YEAR,
    card_cell,
    card_form,
    first_line,
    sent_out,
    table_column,
    table_form,
)
from tests.forms.writing import python, refused

SHIPPED = ("media", "unit", "convention")


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> tuple[Questionnaire, Path]:
    """The small card form and its templates."""
    folder = tmp_path_factory.mktemp("card")
    form = card_form(folder / "form")
    return form, sent_out(form, folder / "out")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> tuple[Questionnaire, Path]:
    """The small table form and its templates."""
    folder = tmp_path_factory.mktemp("table")
    form = table_form(folder / "form")
    return form, sent_out(form, folder / "out", YEAR)


def opened(path: Path) -> Any:
    return openpyxl.load_workbook(path)


def unlocked(page: Worksheet) -> set[str]:
    return {cell.coordinate for row in page.iter_rows() for cell in row if not cell.protection.locked}


def rules(page: Worksheet) -> dict[str, Any]:
    """First cell of every data validation -> it."""
    return {str(at).partition(":")[0]: rule for rule in page.data_validations.dataValidation for at in rule.sqref.ranges}


# ---- which files


def test_one_file_for_every_unit_that_owes_the_report(
    card: tuple[Questionnaire, Path], table: tuple[Questionnaire, Path]
) -> None:
    """Obliged by a target that the form serves, and on the list on some day of the year."""
    assert sorted(p.name for p in card[1].iterdir()) == [f"{u}_tiny_card_2026-annual.xlsx" for u in ("21025", "s1", "s2")]
    assert sorted(p.name for p in table[1].iterdir()) == [f"{u}_tiny_table_2026.xlsx" for u in ("21025", "21028")]


def test_who_owes_follows_the_year(card: tuple[Questionnaire, Path]) -> None:
    by_year = {year: [u.unit_id for u in who_owes(card[0], UNITS, Period(year))] for year in (0, 2025, 2026, 2027)}
    assert by_year == {0: ["s1", "s2", "21025"], 2025: ["s9"], 2026: ["s1", "s2", "21025"], 2027: ["s1", "s2", "21025"]}


def test_a_form_for_one_kind_of_unit_goes_to_that_kind_only() -> None:
    form = load_questionnaire(questionnaire_folder("media"))
    units = [
        replace(UNITS[0], unit_id="bao", kind="media", obliged=frozenset({"II.4"})),
        replace(UNITS[0], obliged=frozenset({"II.4"})),
    ]
    assert [u.unit_id for u in who_owes(form, units, YEAR)] == ["bao"]


def test_the_same_bytes_in_another_process_and_in_another_order(card: tuple[Questionnaire, Path], tmp_path: Path) -> None:
    units = tmp_path / "units.csv"
    rows = [f'{u.unit_id},"{u.name}",{u.kind},II.1,,{u.since},,' for u in reversed(UNITS) if u.until is None]
    units.write_text(",".join(UNIT_COLUMNS) + "\n" + "\n".join(rows) + "\n", encoding="utf-8")
    first = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in card[1].iterdir()}
    program = (
        "import sys; from pathlib import Path; from forms.cli import app; "
        f"app(['template', {str(tmp_path / 'form')!r}, '--units', {str(units)!r}, '--out', {str(tmp_path / 'out')!r}, "
        "'--year', '2026', '--period', 'annual'])"
    )
    card_form(tmp_path / "form")
    python("-c", program, hash_seed="7")
    assert {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in (tmp_path / "out").iterdir()} == first


def test_a_copy_says_what_a_workbook_of_its_own_says(card: tuple[Questionnaire, Path], tmp_path: Path) -> None:
    """Names are put into a copy of one workbook: cell by cell it equals the workbook written for that unit alone."""
    plan = layout(card[0])
    for unit in UNITS[:3]:
        tied = tie(card[0], unit, UNITS, ANNUAL)
        ((name, body),) = copies(plan, [tied])
        for file, content in (("copy.xlsx", body), ("own.xlsx", template_bytes(plan, tied))):
            (tmp_path / file).write_bytes(content)
        copy, own = opened(tmp_path / "copy.xlsx"), opened(tmp_path / "own.xlsx")
        assert name == file_name(plan, tied)
        assert copy.sheetnames == own.sheetnames
        for sheet in copy.sheetnames:
            assert [[c.value for c in row] for row in copy[sheet].rows] == [[c.value for c in row] for row in own[sheet].rows]
        assert copy["Phiếu"].oddFooter.left.text == own["Phiếu"].oddFooter.left.text == f"{unit.unit_id} 2026-annual"


# ---- what a workbook holds


def test_only_answers_are_unlocked(card: tuple[Questionnaire, Path]) -> None:
    book = opened(card[1] / "s1_tiny_card_2026-annual.xlsx")
    page = book["Phiếu"]
    names = ["have", "n_talk", "n_radio", "n_all", "share", "zone", "ways/loud", "plan", "plan_on", "text", "n_class"]
    expected = {cell_name(r - 1, c - 1) for r, c in (card_cell(page, n) for n in names)}
    first = int(next(iter({cell_name(card_cell(page, "ways/loud")[0] - 1, 2)}))[1:])
    expected |= {f"C{first + 1}", f"C{first + 2}"}
    assert unlocked(page) == expected
    assert len(unlocked(book["Từng lớp tập huấn"])) == 4 * 2
    for name in book.sheetnames:
        assert book[name].protection.sheet, name
        assert not book[name].protection.password, name
    assert [book[n].sheet_state for n in book.sheetnames] == ["visible", "visible", "visible", "veryHidden", "veryHidden"]


def test_the_hidden_sheet_ties_the_file_to_unit_form_and_period(card: tuple[Questionnaire, Path]) -> None:
    form, out = card
    rows = dict(opened(out / "s2_tiny_card_2026-annual.xlsx")[KEYS].values)
    assert {k: rows[k] for k in ("unit_id", "form", "version", "digest", "period", "given.unit", "given.year", "given.kind")} == {
        "unit_id": "s2", "form": "tiny_card", "version": "7", "digest": form.digest, "period": "2026-annual",
        "given.unit": "s2", "given.year": "2026", "given.kind": "annual",
    }  # fmt: skip
    assert rows["layout"] == layout(form).digest


def test_what_is_known_is_written_and_locked(card: tuple[Questionnaire, Path]) -> None:
    page = opened(card[1] / "s2_tiny_card_2026-annual.xlsx")["Phiếu"]
    assert [page.cell(*card_cell(page, n)).value for n in ("unit", "year", "kind")] == ["Sở Hai & Ba", "2026", "Báo cáo năm"]
    assert (page["C2"].value, page["C3"].value) == ("Sở Hai & Ba", "Báo cáo năm, năm 2026")
    assert all(page.cell(*card_cell(page, n)).protection.locked for n in ("unit", "year", "kind"))


def test_without_a_year_the_unit_writes_year_and_kind_itself(card: tuple[Questionnaire, Path], tmp_path: Path) -> None:
    out = sent_out(card[0], tmp_path / "out", Period())
    page = opened(out / "s1_tiny_card.xlsx")["Phiếu"]
    assert [page.cell(*card_cell(page, n)).protection.locked for n in ("unit", "year", "kind")] == [True, False, False]


def test_drop_downs_show_words_and_numbers_have_bounds(card: tuple[Questionnaire, Path]) -> None:
    book = opened(card[1] / "s1_tiny_card_2026-annual.xlsx")
    page = book["Phiếu"]
    found = rules(page)
    zone = found[cell_name(*(n - 1 for n in card_cell(page, "zone")))]
    sheet, _, cells = book.defined_names[zone.formula1.lstrip("=")].attr_text.partition("!")
    assert [c.value for (c,) in book[sheet][cells.replace("$", "")]] == ["Vùng một", "Vùng hai"]
    talk = found[cell_name(*(n - 1 for n in card_cell(page, "n_talk")))]
    assert (talk.type, talk.formula1, talk.formula2, talk.errorStyle) == ("whole", "0", "99", None)
    assert talk.error == "Ghi số nguyên từ 0 đến 99, không ghi chữ hay đơn vị tính."
    total = found[cell_name(*(n - 1 for n in card_cell(page, "n_all")))]
    assert total.error.endswith("Không có cuộc nào thì chọn «Không».")
    kinds = {n: found[cell_name(*(i - 1 for i in card_cell(page, n)))].type for n in ("plan_on", "share", "text", "ways/loud")}
    assert kinds == {"plan_on": "date", "share": "decimal", "text": "textLength", "ways/loud": "list"}
    assert page.cell(*card_cell(page, "plan_on")).number_format == "dd/mm/yyyy"
    assert page.cell(*card_cell(page, "text")).number_format == "@"


def test_words_say_when_and_what_to_write(card: tuple[Questionnaire, Path]) -> None:
    page = opened(card[1] / "s1_tiny_card_2026-annual.xlsx")["Phiếu"]
    said = {name: str(page.cell(card_cell(page, name)[0], 2).value) for name in ("plan_on", "n_all", "zone", "share", "have")}
    assert "Chỉ điền khi «Đã có kế hoạch chưa» là «Có»." in said["plan_on"]
    assert "Bằng tổng các ô n_talk + n_radio." in said["n_all"]
    assert said["share"].startswith("Tỷ lệ nữ (%)\n")
    assert said["have"].startswith("Có số liệu không? *")
    texts = [str(c.value) for c in page["B"] if c.value]
    assert "Một cuộc có ngày, nơi, nội dung." in texts
    assert any(t.startswith("Từng loại\nChỉ điền khi «Có số liệu không» là «Có».") for t in texts)
    assert str(page.cell(card_cell(page, "have")[0], 5).value).startswith("Any figures?")


def test_a_printed_page_is_a4_with_its_head_frozen(card: tuple[Questionnaire, Path], table: tuple[Questionnaire, Path]) -> None:
    for path, sheet, orientation, frozen in (
        (card[1] / "s1_tiny_card_2026-annual.xlsx", "Phiếu", None, "A5"),
        (card[1] / "s1_tiny_card_2026-annual.xlsx", "Từng lớp tập huấn", "landscape", "C10"),
        (table[1] / "21025_tiny_table_2026.xlsx", "Danh sách", "landscape", "C10"),
    ):
        page = opened(path)[sheet]
        assert (int(page.page_setup.paperSize), page.freeze_panes) == (9, frozen)
        assert page.page_setup.orientation in (orientation, "portrait" if orientation is None else orientation)
        assert page.print_title_rows


def test_a_table_has_a_column_a_question_and_a_row_a_record(table: tuple[Questionnaire, Path]) -> None:
    page = opened(table[1] / "21025_tiny_table_2026.xlsx")["Danh sách"]
    columns = {n: table_column(page, n) for n in ("place", "copy", "state", "seen_on", "found/loud", "found/paper", "found/none")}
    assert list(columns.values()) == list(range(2, 9))
    row = first_line(page)
    assert [page.cell(row + i, 1).value for i in range(150)] == list(range(1, 151))
    assert page.cell(row + 150, 1).value is None
    assert str(page.cell(row - 2, columns["found/loud"]).value).startswith("Thấy ở đâu? *: Loa truyền thanh\n")
    assert len(unlocked(page)) == 150 * 7 + 1


def test_a_unit_cannot_bring_a_formula(card: tuple[Questionnaire, Path], tmp_path: Path) -> None:
    """A name that looks like one stays a text; every formula in the file is bdg's own and the same for every unit."""
    strange = replace(UNITS[0], name="=HYPERLINK(1) <b>&")
    write_templates(card[0], [strange], ANNUAL, tmp_path / "out")
    page = opened(tmp_path / "out" / "s1_tiny_card_2026-annual.xlsx")["Phiếu"]
    assert (page["C2"].value, page["C2"].data_type) == ("=HYPERLINK(1) <b>&", "s")

    def formulas(path: Path) -> list[str]:
        with zipfile.ZipFile(path) as file:
            parts = [file.read(n) for n in sorted(file.namelist()) if n.startswith("xl/worksheets/sheet")]
        return [e.text or "" for part in parts for e in ET.fromstring(part).iter() if e.tag.endswith("}f")]

    mine = formulas(tmp_path / "out" / "s1_tiny_card_2026-annual.xlsx")
    assert len(mine) > 10
    assert mine == formulas(card[1] / "s2_tiny_card_2026-annual.xlsx")


def test_practice_material_is_stamped(card: tuple[Questionnaire, Path], tmp_path: Path) -> None:
    write_templates(card[0], [replace(UNITS[0], source=f"{STAMP}, bịa")], ANNUAL, tmp_path / "out")
    book = opened(tmp_path / "out" / "s1_tiny_card_2026-annual.xlsx")
    assert STAMP in book["Phiếu"].oddHeader.center.text
    assert STAMP in str(book["Phiếu"]["E1"].value)
    assert book["Hướng dẫn"]["A1"].value == STAMP
    assert STAMP not in str(list(opened(card[1] / "s1_tiny_card_2026-annual.xlsx")["Hướng dẫn"].values))


# ---- the running check


def _names() -> Names:
    return Names(lambda n: {"a": "B1", "n": "B2"}[n], lambda n, c: f"W.{n}.{c}", lambda n, c: f"T.{c}", lambda n: n == "n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = yes", "B1=W.a.yes"),
        ("a != yes", "B1<>W.a.yes"),
        ("n = 0", 'AND(B2<>"",B2=0)'),
        ("n != 0", 'OR(B2="",B2<>0)'),
        ("n >= 5", "AND(ISNUMBER(B2),ISNUMBER(5),B2>=5)"),
        (". <= ${n}", "AND(ISNUMBER(B1),ISNUMBER(B2),B1<=B2)"),
        ("chose(a, tv)", 'T.tv="x"'),
        ("not (a = yes and (n > 1 or a = no))", "NOT(AND(B1=W.a.yes,OR(AND(ISNUMBER(B2),ISNUMBER(1),B2>1),B1=W.a.no)))"),
    ],
)
def test_conditions_as_formulas(text: str, expected: str) -> None:
    assert formula(parse(text), _names(), "a") == expected


def test_the_checks_of_a_card_and_of_a_line(card: tuple[Questionnaire, Path], table: tuple[Questionnaire, Path]) -> None:
    plan = layout(card[0])
    sheets, page = Sheets(plan, tie(card[0], UNITS[0], UNITS, ANNUAL)), plan.pages[0]
    by_name = {f.question.name: (f,) for f in page.fields if not f.choice}
    total, parts = by_name["n_all"][0], [cell_name(by_name[n][0].row, 2) for n in ("n_talk", "n_radio")]
    check = card_check(sheets, page, (total,))
    assert f"N({parts[0]})+N({parts[1]})<>{cell_name(total.row, 2)}" in check
    assert card_check(sheets, page, by_name["text"]) == ""
    listed = layout(table[0])
    line = line_check(Sheets(listed, tie(table[0], UNITS[2], UNITS, YEAR)), listed.pages[0], 3)
    state, day = (cell_name(f.row + 3, f.column) for f in listed.pages[0].fields if f.question.name in ("state", "seen_on"))
    assert f"IF({state}=" in line
    assert f'N({day}="")' in line


def test_what_is_missing_is_counted_before_anybody_computes(card: tuple[Questionnaire, Path]) -> None:
    """Some programs do not work out a file when they open it: the values beside the formulas are already right."""
    page = openpyxl.load_workbook(card[1] / "s1_tiny_card_2026-annual.xlsx", data_only=True)["Phiếu"]
    asked = [n for n in ("have", "zone", "plan", "n_class") if page.cell(card_cell(page, n)[0], 4).value == "cần điền"]
    assert asked == ["have", "zone", "plan", "n_class"]
    assert page["D3"].value == "5 chỗ cần xem lại"
    assert page.cell(card_cell(page, "n_talk")[0], 4).value is None


# ---- refusals


def codes(call: Any) -> list[tuple[str, str]]:
    return [(p.code, p.got) for p in refused(call)]


def test_a_form_without_excel_or_unit_is_refused(tmp_path: Path) -> None:
    form = card_form(tmp_path / "a")
    assert codes(lambda: layout(replace(form, excel=None))) == [("FORM-065", "excel: -")]
    head = (HEAD + PERIOD).replace("type: select_one, file: units.csv", "type: text")
    head = "".join(line for line in head.splitlines(keepends=True) if "unit_kind" not in line)
    lonely = card_form(tmp_path / "b", **{"10_head": head})
    assert [c for c, _ in codes(lambda: layout(lonely))] == ["FORM-065"]


@pytest.mark.parametrize(
    ("row", "got"),
    [
        ("{name: q, type: image, ask: {vi: Ảnh, en: Picture}}", "image"),
        ("{name: q, type: text, constraint: 'pulldata(1)', ask: {vi: Chữ, en: Text}}", "XPath: pulldata ( 1 )"),
        ("{name: q, type: text, constraint: '. != /data/x', ask: {vi: Chữ, en: Text}}", "XPath: /data/x"),
        ("{name: q, type: text, constraint: '. != other', ask: {vi: Chữ, en: Text}}", "other"),
    ],
)
def test_what_a_cell_cannot_hold_or_check_is_refused(tmp_path: Path, row: str, got: str) -> None:
    form = card_form(tmp_path, **{"20_counts": COUNTS + f"  - {row}\n"})
    assert codes(lambda: layout(form)) == [("FORM-066", got)]


def test_a_condition_on_a_field_that_only_a_phone_has_is_refused(tmp_path: Path) -> None:
    extra = "  - {name: rnd, type: calculate, calculate: 'once(random())'}\n"
    extra += "  - {name: q, type: text, only_if: rnd = 1, ask: {vi: C, en: T}}\n"
    assert codes(lambda: layout(card_form(tmp_path, **{"20_counts": COUNTS + extra}))) == [("FORM-066", "${rnd}")]


def test_a_repeat_in_a_table_and_a_repeat_in_a_repeat_are_refused(tmp_path: Path) -> None:
    assert ("FORM-066", "repeat") in codes(lambda: layout(table_form(tmp_path / "a", **{"30_groups": GROUPS})))
    inner = (
        "      - section: inner\n        label: {vi: Trong, en: In}\n        only_if: people > 0\n        repeat: ${people}\n"
        "        questions:\n          - {name: x, type: text, ask: {vi: X, en: X}}\n"
    )
    assert codes(lambda: layout(card_form(tmp_path / "b", **{"30_groups": GROUPS + inner}))) == [("FORM-066", "repeat")]


def test_a_list_file_that_is_not_given_is_refused_and_one_that_is_becomes_a_drop_down(tmp_path: Path) -> None:
    row = "  - {name: town, type: select_one, file: communes.csv, ask: {vi: Xã, en: Commune}}\n"
    form = card_form(tmp_path, **{"20_counts": COUNTS + row})
    assert codes(lambda: layout(form)) == [("FORM-067", "communes.csv")]
    assert layout(form, {"communes.csv": [("21025", "Xã A"), ("21028", "Xã B")]}).lists["communes.csv"][1] == ("21028", "Xã B")


def test_choices_that_read_alike_carry_their_code(tmp_path: Path) -> None:
    plan = layout(card_form(tmp_path, lists=LISTS.replace("vi: Vùng hai", "vi: vùng một")))
    assert plan.lists["zones"] == (("01", "Vùng một (01)"), ("02", "vùng một (02)"))


def test_a_period_that_the_form_does_not_have_is_refused(card: tuple[Questionnaire, Path], tmp_path: Path) -> None:
    for period, got in ((Period(2035, "annual"), "2035"), (Period(2026, "month"), "month")):
        assert codes(lambda period=period: write_templates(card[0], UNITS, period, tmp_path / "out")) == [("FORM-068", got)]
    assert not (tmp_path / "out").exists()


def test_nobody_owing_is_refused(card: tuple[Questionnaire, Path], tmp_path: Path) -> None:
    units: list[Unit] = [replace(UNITS[0], obliged=frozenset({"II.4"}))]
    assert codes(lambda: write_templates(card[0], units, ANNUAL, tmp_path / "out")) == [("FORM-069", "0/1")]
    assert not (tmp_path / "out").exists()


# ---- the shipped forms


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_forms_lie_in_a_workbook(name: str) -> None:
    """Every question that somebody answers has its cell, once; every printed text is there; hidden fields have none."""
    form = load_questionnaire(questionnaire_folder(name))
    plan = layout(form)
    shown = {
        q.name for _, q in form.questions() if q.type not in ("note", "calculate", "start", "end", "today", "deviceid", "audit")
    }
    tied = {"unit", "year"} if form.excel == "table" else set()
    assert {f.question.name for _, f in plan.fields()} == shown - tied
    places = [(p.name, f.row, f.column) for p, f in plan.fields()]
    assert len(set(places)) == len(places)
    unit = Unit(
        "21025", "UBND xã Một", {"media": "media"}.get(name, "commune"), frozenset(form.serves), "", date(2026, 1, 1), None
    )
    ((file, body),) = templates(form, [unit], YEAR)
    assert file == f"21025_{form.id}_2026.xlsx"
    assert len(body) < 150_000


def test_the_command_writes_and_says_that_the_list_is_a_draft(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["template", "media", "--out", str(tmp_path / "out"), "--year", "2026"])
    assert done.exit_code == 0, done.output
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["bao_ptth_bdg_media_2026.xlsx"]
    assert "bản dự thảo" in done.output


# ---- small things


def test_cell_names() -> None:
    assert [cell_name(*at) for at in ((0, 0), (9, 25), (9, 26), (9, 51), (9, 52), (0, 701), (0, 702))] == [
        "A1", "Z10", "AA10", "AZ10", "BA10", "ZZ1", "AAA1",
    ]  # fmt: skip


def test_a_reference_is_called_by_its_question(card: tuple[Questionnaire, Path]) -> None:
    assert printed(card[0], "Trong ${n_all} cuộc", "vi") == "Trong «Tổng số cuộc» cuộc"
    assert only(card[0], parse("have = yes"), "en") == "Only if «Any figures» is «Yes»."
    assert only(card[0], None, "vi") == ""


def test_the_layout_digest_moves_with_every_cell(card: tuple[Questionnaire, Path], tmp_path: Path) -> None:
    plans: Mapping[str, Layout] = {
        "same": layout(card_form(tmp_path / "a")),
        "hint": layout(card_form(tmp_path / "b", **{"20_counts": COUNTS.replace("{vi: Vùng, en", "{vi: Vùng nào, en")})),
        "list": layout(card_form(tmp_path / "c", lists=LISTS.replace("Vùng hai", "Vùng ba"))),
    }
    assert plans["same"].digest == layout(card[0]).digest
    assert len({p.digest for p in plans.values()}) == 3
