"""No text becomes a formula: against how spreadsheets cut a line, not against our own rule; and every writer of the house."""

from __future__ import annotations

import ast
import csv
import io
import re
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forms.errors import headers
from forms.formulas import row, starts_formula, tame, wild
from forms.media import csv_bytes
from forms.workbook import Sheet, workbook_bytes
from tests.house.tree import ROOT, modules

NASTY = st.text(alphabet="=+-@＝＋－＠'\"; ,\t\r\n05.eEa", max_size=14)
VERBATIM = {"forms/servers/central_rows.py", "analysis/quality/audit.py", "analysis/readers/exports.py"}
"""They write again, in memory and for the sealed ledger only, what a phone or a server wrote: byte for byte."""
ATTACKS = (
    "=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd|'x'!A0", "@SUM(1)", "\t=1", "\r=1", "＝1+1", "a;=1+1", "a\n=1", "x;\t@y", "=", "--1",
    "-(1)", "-3; -1",
)  # fmt: skip
CALM = ("", "-", "-5", "+84", "-0.25", "1e-5", "-1,5", "a=1", "Đã làm", "xã Ba Động; 2", "a; -5", "3; -1", "uuid:1-2")


def cells_seen(text: str, separator: str) -> list[str]:
    """The cells of a CSV line as a spreadsheet with that list separator cuts it: a quote counts at the start of a cell only."""
    out, cell, quoted, fresh = [], "", False, True
    for c in text:
        if c == '"' and (fresh or quoted):
            quoted, fresh = not quoted, False
        elif not quoted and c in (separator, "\n", "\r", "\t"):
            out.append(cell)
            cell, fresh = "", True
        else:
            cell, fresh = cell + c, False
    return [*out, cell]


def computes(cell: str) -> bool:
    """A cell that a spreadsheet reads as a formula rather than as a number or a text."""
    bare = cell.lstrip(" ")
    if not bare or bare[0] not in "=+-@＝＋－＠":
        return False
    return bare.strip() != "-" and re.fullmatch(r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?[ \t\r\n]*", bare) is None


@given(NASTY)
@example("'=1")
@example("''-a;'=b")
@example("-5\n=1")
@settings(max_examples=2000)
def test_what_was_tamed_comes_back_whole(text: str) -> None:
    assert wild(tame(text)) == text


@given(NASTY)
@settings(max_examples=2000)
def test_no_cell_computes_whatever_the_list_separator(text: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerow(["1", tame(text), "2"])
    assert not computes(next(csv.reader(io.StringIO(out.getvalue(), newline="")))[1])
    plain = tame(text)
    for part in re.split(r"[;\n\r\t]", plain):
        assert not computes(part), plain


@pytest.mark.parametrize("text", ATTACKS)
def test_known_attacks_are_disarmed(text: str) -> None:
    assert starts_formula(text)
    assert tame(text) != text
    assert tame(text).replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize("text", CALM)
def test_numbers_and_ordinary_text_stay(text: str) -> None:
    assert tame(text) == text
    assert not starts_formula(text)


def test_the_oracle_sees_an_attack_that_is_not_disarmed() -> None:
    """The test of the test: a semicolon inside a text begins a cell with Vietnamese settings."""
    assert any(computes(c) for c in cells_seen('1,"a;=1+1",2', ";"))
    assert not any(computes(c) for c in cells_seen(f'1,"{tame("a;=1+1")}",2', ";"))


def test_only_texts_are_touched() -> None:
    assert row([None, -1, 2.5, "=1", True]) == [None, -1, 2.5, "'=1", True]


# ---- every writer of the house


def test_every_writer_of_csv_knows_the_rule() -> None:
    """A module that writes CSV names forms.formulas; who finds a new one here adds the rule, not an exception."""
    writers = []
    for module in modules():
        if module.path.startswith("benchmarks") or module.path in VERBATIM:
            continue
        text = (ROOT / module.path).read_text(encoding="utf-8")
        if re.search(r"csv\.writer|csv\.DictWriter|\.to_csv\(", text) and "formulas import" not in text:
            writers.append(module.path)
    assert writers == []


def test_every_workbook_forbids_formulas_from_text() -> None:
    """Each call of xlsxwriter.Workbook says strings_to_formulas False, itself or by a name in the same function."""
    lost = []
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "xlsxwriter.Workbook":
                given = ast.unparse(node)
                source = (ROOT / module.path).read_text(encoding="utf-8")
                safe = "'strings_to_formulas': False" in given or '"strings_to_formulas": False' in source
                lost += [] if safe else [f"{module.path}:{node.lineno}"]
    assert lost == []


def test_nobody_writes_cells_by_their_type() -> None:
    """`write` and `write_row` of XlsxWriter guess from the text; only write_string, write_number and write_formula say it."""
    found = []
    for module in modules():
        source = (ROOT / module.path).read_text(encoding="utf-8")
        if "xlsxwriter" in source:
            found += [f"{module.path}: {hit}" for hit in re.findall(r"\b(?:sheet|page)\.write(?:_row|_column)?\(", source)]
    assert found == []


@pytest.mark.parametrize("text", ATTACKS)
def test_a_workbook_marks_such_a_text_as_text(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook_bytes([Sheet("s", ("name",), ((text,), ("calm",)))]))
    sheet = openpyxl.load_workbook(path)["s"]
    cell, calm = sheet["A2"], sheet["A3"]
    assert cell.data_type == "s"
    assert cell.value.replace("_x000D_", "\r") == text
    assert (cell.quotePrefix, calm.quotePrefix) == (True, False)


@given(st.lists(st.lists(NASTY.map(lambda t: t.replace("\r", "").strip()), min_size=2, max_size=2), min_size=1, max_size=4))
def test_list_files_of_a_form_hold_no_formula(rows: list[list[str]]) -> None:
    found = list(csv.reader(io.StringIO(csv_bytes(("name", "label"), rows).decode(), newline="")))
    assert [[wild(c) for c in line] for line in found[1:]] == rows
    assert not any(computes(c) for line in found for c in line)


# ---- heads of tables in messages


def test_a_message_shows_names_of_columns_and_counts_everything_else() -> None:
    """A table without a head begins with a person: a name has blanks or accents, a phone is a number."""
    assert headers(["psu", " ssu ", "m5/k01", "__version__"]) == "psu, ssu, m5/k01, __version__"
    assert headers(["psu", "Nguyễn Thị A", "0905000111", "15.12", ""]) == "psu, 4 cột khác / other columns"
    assert headers([]) == ""


@pytest.mark.parametrize("reader", ["table", "media", "units", "panel"])
def test_a_list_of_people_given_by_mistake_is_refused_without_a_word_of_it(reader: str, tmp_path: Path) -> None:
    from analysis.csvtable import read_table
    from forms.media import read_rows
    from forms.panel import read_panel
    from forms.units import read_units
    from tests.forms.writing import refused

    path = tmp_path / "list.csv"
    path.write_text("Y Thử Nghiệm,0905000111,15.123045\nY Thử Nghiệm,0905000111,15.123045\n", encoding="utf-8")
    calls = {
        "table": lambda: read_table(path, ("psu",)), "media": lambda: read_rows(path, ("psu",)),
        "units": lambda: read_units(path, ("II.1",)), "panel": lambda: read_panel(path),
    }  # fmt: skip
    told = " ".join(p.text() for p in refused(calls[reader]))
    assert not [word for word in ("Thử Nghiệm", "0905000111", "15.123045") if word in told]
    assert "3 cột khác" in told
