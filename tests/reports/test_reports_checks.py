"""The sheet «Kiểm tra dữ liệu» and the look of numbers: what is wrong is found, what is hidden stays hidden."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from fixture import build
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from reading import patched, retold

from analysis.results import Results, Row
from reports import cells, numbers, workbook
from reports.checks import Check, checks
from reports.document import Cell, Column, Document, Frame, Table, TableRow
from reports.table_sheet import FORMULA_STARTS, lines_of, number_format, stored

ALL = pytest.mark.parametrize("name", ["two", "one", "signed"])
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
PRINTED, LIMITS, SPAN, DIFF, REL, TARGET, DRAWN, REACHED, PEOPLE, SHARES = range(10)


def empty(*tables: Table) -> Document:
    """A document of nothing but tables."""
    return Document(Frame("", "CƠ QUAN", "BC", "Nơi", (), (), ()), "Báo cáo", "thử", "", tables, (), ())


def found(results: Results, *tables: Table) -> tuple[Check, ...]:
    return checks(results, empty(*tables))


def whole(results: Results, **texts: Any) -> Results:
    """Results whose texts agree with each other: what the fixture's counts do not."""
    waves = {
        w: {**about, "response": {**about["response"], "main": 1300, "reserve": 200, "reserve_used": 3, "interviewed": 1203,
                                  "no_consent": 40, "not_interviewed": 60}}
        for w, about in results.texts["waves"].items()
    }  # fmt: skip
    sexes = {"male": {"n": 600, "percent_weighted": 49.5}, "female": {"n": 603, "percent_weighted": 50.5}}
    profile = {w: {"sex": sexes} for w in waves}
    kept = tuple(r for r in results.rows if r.kind == "level" or not r.domain)  # the fixture's changes of groups are any number
    return retold(replace(results, rows=kept), waves=waves, sample_profile=profile, **texts)


def test_what_agrees_is_said_to_agree_with_how_many_were_compared(results: dict[str, Results]) -> None:
    got = found(whole(results["two"]))
    for i in (LIMITS, SPAN, DIFF, REL, TARGET, DRAWN, REACHED, PEOPLE, SHARES):
        assert (got[i].verdict, got[i].note) == ("khớp", ""), got[i]
        assert got[i].compared > 0
        assert got[i].largest == pytest.approx(0, abs=1e-9)
    shown = [r for r in whole(results["two"]).rows if r.publish != "hide" and r.estimate is not None]
    assert got[LIMITS].compared == sum(r.lower is not None for r in shown)
    plain = [r for r in shown if r.kind == "change" and r.estimand == "diff"]
    assert got[DIFF].compared == len(plain)
    counted = {c.about.split(": ")[1]: c.compared for c in got if c.about.startswith("Số dòng kết quả")}
    assert counted["không công bố"] == sum(r.publish == "hide" for r in whole(results["two"]).rows)
    digests = {c.about.rsplit(": ", 1)[1]: c.note for c in got if "SHA-256" in c.about}
    assert digests == dict(results["two"].digests)


def row(results: Results, **asked: Any) -> Row:
    return next(r for r in results.rows if all(getattr(r, k) == v for k, v in asked.items()))


FAULTS = (
    (LIMITS, {"kind": "level", "indicator": "K", "domain": ()}, {"lower": 99.0, "upper": 99.5}),
    (SPAN, {"kind": "level", "indicator": "K", "domain": ()}, {"estimate": 100.5, "lower": None, "upper": None}),
    (DIFF, {"kind": "change", "indicator": "A", "estimand": "diff", "domain": ()}, {"estimate": 3.3, "lower": 3.0, "upper": 4.0}),
    (REL, {"kind": "change", "indicator": "A", "estimand": "rel", "domain": (), "interval": "fieller"}, {"estimate": 3.3}),
    (TARGET, {"kind": "target", "indicator": "score", "estimand": "rel", "domain": ()}, {"upper": 55.0}),
)  # fmt: skip


@pytest.mark.parametrize(("at", "asked", "changed"), FAULTS, ids=["limits", "range", "difference", "relative", "target"])
def test_one_false_number_is_found_and_named(
    results: dict[str, Results], at: int, asked: dict[str, Any], changed: dict[str, Any]
) -> None:
    wrong = row(results["two"], **asked)
    got = found(patched(whole(results["two"]), lambda r: r is wrong, **changed))
    assert got[at].verdict == "KHÔNG KHỚP"
    assert wrong.key in got[at].note or at in (DIFF, REL)
    assert got[at].largest is not None
    assert got[at].largest > 0.1


@pytest.mark.parametrize(
    ("at", "name", "value"),
    [(DRAWN, "drawn", 1501), (REACHED, "no_consent", 41), (REACHED, "reserve_used", 9), (PEOPLE, "interviewed", 1199)],
)
def test_counts_that_contradict_each_other_are_found(results: dict[str, Results], at: int, name: str, value: int) -> None:
    fine = whole(results["one"])
    waves = {w: {**about, "response": {**about["response"], name: value}} for w, about in fine.texts["waves"].items()}
    got = found(retold(fine, waves=waves))
    assert got[at].verdict == "KHÔNG KHỚP"
    assert "2026" in got[at].note


def test_shares_that_do_not_sum_to_a_hundred_are_found(results: dict[str, Results]) -> None:
    sexes = {"male": {"n": 600, "percent_weighted": 48.25}, "female": {"n": 603, "percent_weighted": 48.25}}
    profile = {"2026": {"sex": sexes}}
    got = found(retold(whole(results["one"]), sample_profile=profile))
    assert (got[SHARES].verdict, got[SHARES].largest) == ("KHÔNG KHỚP", pytest.approx(3.5))


def test_a_hidden_group_is_in_no_sum_and_no_difference_gives_it_back(results: dict[str, Results]) -> None:
    """1203 interviewed, two groups of three shown: the difference would be the hidden one."""
    codes = {"a": {"n": 700, "percent_weighted": 60.0}, "b": {"n": 490, "percent_weighted": 39.0}}
    codes["c"] = {"n": None, "percent_weighted": None}
    got = found(retold(whole(results["one"]), sample_profile={"2026": {"ethnic2": codes}}))
    for i in (PEOPLE, SHARES):
        assert (got[i].verdict, got[i].compared, got[i].largest) == ("không kiểm tra được", 0, None)
        assert "không công bố" in got[i].note
        assert not re.search(r"\d{2,}", got[i].note)


def test_a_printed_number_that_is_not_its_rows_is_found(results: dict[str, Results]) -> None:
    level = row(results["two"], kind="level", indicator="K", domain=(), wave=2030)
    good = (Cell("Chung"), cells.people(level), cells.estimate(level))
    columns = (Column("Nhóm"), Column("Số người", "count"), Column("Điểm (KTC 95%)", "estimate"))
    made = found(results["two"], Table("t", "Biểu", columns, (TableRow(good),)))[PRINTED]
    assert (made.verdict, made.compared) == ("khớp", 4)
    for at, bad in (
        (1, replace(good[1], value=level.n + 1)),
        (1, replace(good[1], shows="estimate")),
        (2, replace(good[2], upper=99.0)),
    ):
        line = (*good[:at], bad, *good[at + 1 :])
        assert found(results["two"], Table("t", "Biểu", columns, (TableRow(line),)))[PRINTED].verdict == "KHÔNG KHỚP"


@ALL
def test_every_number_of_our_own_reports_is_that_of_its_row(
    results: dict[str, Results], documents: dict[str, Document], name: str
) -> None:
    made = checks(results[name], documents[name])[PRINTED]
    assert (made.verdict, made.note) == ("khớp", "")
    assert made.compared > 250


def test_findings_are_counted_from_the_texts_or_said_to_be_missing(results: dict[str, Results]) -> None:
    none = [c for c in found(results["one"]) if c.about.startswith("Điểm bất thường")]
    assert [c.verdict for c in none] == ["không kiểm tra được"]
    told = {"red": {"open": 2, "decided": 3}, "yellow": {"open": 0, "decided": 1}}
    some = [c for c in found(retold(results["one"], findings=told)) if c.about.startswith("Điểm bất thường")]
    assert [(c.compared, c.note) for c in some] == [
        (5, "còn chờ quyết định: 2"), (1, "còn chờ quyết định: 0"), (0, "còn chờ quyết định: 0"),
    ]  # fmt: skip


# ---- the sheets ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def books(folders: dict[str, Path]) -> dict[str, Any]:
    return {name: openpyxl.load_workbook(next(folder.glob("BangSoLieu*.xlsx"))) for name, folder in folders.items()}


@ALL
def test_the_checks_lie_on_their_sheet_and_the_contents_lead_there(books: dict[str, Any], name: str) -> None:
    sheet = books[name]["Kiểm tra dữ liệu"]
    said = {"khớp", "KHÔNG KHỚP", "không kiểm tra được", "để biết"}
    lines = [[c.value for c in line] for line in sheet.iter_rows() if line[4].value in said]
    assert len(lines) > 15
    assert all(isinstance(line[1], int) for line in lines)
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    assert sheet.freeze_panes
    assert sheet.print_title_rows
    links = {c.value: c.hyperlink.location for r in books[name]["Mục lục"].iter_rows() for c in r if c.hyperlink}
    assert links["Kiểm tra"] == "'Kiểm tra dữ liệu'!A1"


@ALL
def test_nothing_is_hidden_and_every_sheet_has_page_numbers(books: dict[str, Any], name: str) -> None:
    for sheet in books[name].worksheets:
        assert sheet.sheet_state == "visible"
        assert not any(d.hidden for d in sheet.column_dimensions.values())
        assert not any(d.hidden for d in sheet.row_dimensions.values())
        assert sheet.oddFooter.center.text == "&P/&N"
        assert sheet.page_setup.paperSize == 9


def test_words_that_look_like_a_formula_stay_words() -> None:
    evil = ('=HYPERLINK("x")', "+1", "-2+3", "@SUM(A1)", "\t=1")
    rows = tuple(TableRow((Cell(text), Cell(text))) for text in evil)
    table = Table("t", "=1+1", (Column("=2"), Column("@x", group="=g")), rows, "=3", "=4", ("=5",))
    document = replace(empty(table), subject="=6", method=(("=7", "=8"),))
    with zipfile.ZipFile(io.BytesIO(workbook.write(document))) as z:
        for member in z.namelist():
            content = z.read(member)
            assert b"<f>" not in content
            assert b"<f " not in content
        texts = [t.text or "" for t in etree.fromstring(z.read("xl/sharedStrings.xml")).iter(f"{MAIN}t")]
    heads = {"=2", "@x", "=g"}  # our own column heads carry the mark of a quoted text instead
    assert [t for t in texts if t.startswith(tuple(FORMULA_STARTS)) and t not in heads] == []


def displayed(form: str, number: float) -> str:
    """What a spreadsheet with Vietnamese separators shows: sections by sign, half away from zero on the 15 digits it keeps."""
    sections = form.split(";")
    own = len(sections) > 1
    section = sections[1] if number < 0 and own else sections[2] if number == 0 and len(sections) > 2 else sections[0]
    pattern = re.search(r"#,##0(?:\.(0+))?", section)
    if pattern is None:
        return section.strip('"')
    kept = Decimal(f"{abs(number):.15g}").quantize(Decimal(1).scaleb(-len(pattern[1] or "")), rounding=ROUND_HALF_UP)
    digits = f"{kept:,.{len(pattern[1] or '')}f}".replace(",", "\0").replace(".", ",").replace("\0", ".")
    words = re.sub(r"\[\$-42A\]", "", section).replace(pattern[0], digits).replace('"', "")
    return ("-" if number < 0 and not own else "") + words


VALUES = st.one_of(
    st.floats(-1e6, 1e6, allow_nan=False), st.integers(-2000, 2000).map(lambda n: n / 20), st.floats(-0.06, 0.06),
    st.integers(-999, 999).map(lambda n: n / 20 - 3e-7),
)  # fmt: skip


@given(VALUES, st.sampled_from([0, 1, 2]), st.booleans())
def test_a_spreadsheet_shows_what_the_report_prints(value: float, decimals: int, few: bool) -> None:
    text = numbers.number(value, decimals)
    cell = Cell(numbers.bracketed(text) if few else text, value=value, decimals=decimals, mark="bracket" if few else "")
    shown = displayed(number_format(value, cell, "value"), stored(value, decimals))
    assert shown == cell.text


@given(st.lists(st.text("abcđ ", min_size=1, max_size=30), max_size=12), st.floats(4, 100))
def test_more_words_never_take_fewer_lines(words: list[str], width: float) -> None:
    text = " ".join(words)
    assert lines_of(text, width) >= 1
    assert lines_of(text + " thêm", width) >= lines_of(text, width)
    assert lines_of(text, width, bold=True) >= lines_of(text, width)


def test_the_same_report_gives_the_same_bytes(results: dict[str, Results], documents: dict[str, Document]) -> None:
    one = workbook.write(documents["one"], results["one"])
    assert one == workbook.write(documents["one"], build(waves=(2026,)))
    assert "Kiểm tra dữ liệu" in openpyxl.load_workbook(io.BytesIO(one)).sheetnames
    assert "Kiểm tra dữ liệu" not in openpyxl.load_workbook(io.BytesIO(workbook.write(documents["one"]))).sheetnames
