"""Labels for SPSS and Stata: read back by pyreadstat and, for Stata, by pandas; the .do acted out by a small interpreter."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import tidy
from analysis.label_files import dta_bytes, label_files, sav_bytes
from analysis.label_scripts import notes, spss, stata
from analysis.labels import FIXED, KEYS, NO_ANSWER, Coded, Column, cut, labelled, numbered
from forms import load_plan, load_questionnaire, province_folder, questionnaire_folder
from forms.codebook import Codebook, codebook
from forms.errors import BdgError
from forms.question import Questionnaire

KINDS = list(NO_ANSWER)
PLAN = load_plan(province_folder())


@pytest.fixture(scope="module")
def form() -> Questionnaire:
    return load_questionnaire(questionnaire_folder())


@pytest.fixture(scope="module")
def book(form: Questionnaire) -> Codebook:
    return codebook(form)


@pytest.fixture(scope="module")
def columns(book: Codebook) -> tuple[Column, ...]:
    return labelled(book, PLAN, "vi")


@pytest.fixture(scope="module")
def written(form: Questionnaire, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("labels") / "out"
    assert sorted(p.name for p in label_files(form, out)) == sorted(p.name for p in out.iterdir())
    return out


def test_what_places_a_row_is_what_tidy_says(columns: tuple[Column, ...]) -> None:
    assert tidy._KEYS == KEYS
    assert set(FIXED) <= {c.source for c in columns}


def test_every_answer_that_reaches_the_microdata_has_a_column_and_nothing_private_has(
    book: Codebook, columns: tuple[Column, ...]
) -> None:
    sources = {c.source for c in columns}
    assert {v.name for v in book.variables if v.scale} <= sources
    assert not sources & {v.name for v in book.variables if v.private or v.type in ("text", "date")}
    names = [c.name for c in columns]
    assert len({n.lower() for n in names}) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,31}", n, re.IGNORECASE) for n in names)


def test_spss_reads_every_label_code_and_missing_kind(columns: tuple[Column, ...], written: Path) -> None:
    frame, meta = pyreadstat.read_sav(written / "bdg_household.sav", user_missing=True)
    assert frame.shape == (0, len(columns))
    assert meta.column_names == [c.name for c in columns]
    for c in columns:
        assert meta.column_names_to_labels[c.name] == cut(c.label, 256, in_bytes=True)
        assert (meta.readstat_variable_types[c.name] == "string") == (c.kind == "text")
        want = {float(v.number): cut(v.label, 120, in_bytes=True) for v in c.codes}
        if c.why and c.kind != "text":
            want |= {float(n): vi for n, _, vi, _ in NO_ANSWER.values()}
            assert meta.missing_ranges[c.name] == [{"lo": -99.0, "hi": -96.0}]
        assert meta.variable_value_labels.get(c.name, {}) == want
        assert not any(-99 <= v.number <= -96 for v in c.codes)


def test_stata_reads_every_label_code_and_missing_kind(columns: tuple[Column, ...], written: Path) -> None:
    """pandas' own reader of .dta shares no code with the writer; .a .b .c .d are 2147483622 and the next three in the format."""
    path = written / "bdg_household.dta"
    with pd.io.stata.StataReader(path) as reader:
        frame, labels, values = reader.read(convert_categoricals=False), reader.variable_labels(), reader.value_labels()
        names = dict(zip(reader._varlist, reader._lbllist, strict=True))
        stamp = reader.time_stamp
    assert list(frame.columns) == [c.name for c in columns]
    assert stamp == "01 Jan 2026 00:00"
    for c in columns:
        assert labels[c.name] == cut(c.label, 80)
        assert len(labels[c.name]) <= 80
        want = {v.number: v.label for v in c.codes}
        if c.why and c.kind != "text":
            want |= {2147483622 + i: vi for i, (_, _, vi, _) in enumerate(NO_ANSWER.values())}
        assert {int(k): v for k, v in values.get(names[c.name], {}).items()} == want
    _, meta = pyreadstat.read_dta(path, user_missing=True)
    assert {k for k in meta.variable_value_labels["k01"] if isinstance(k, str)} == {"a", "b", "c", "d"}


def test_the_four_kinds_of_no_answer_are_four_things() -> None:
    assert len({n for n, _, _, _ in NO_ANSWER.values()}) == len({letter for _, letter, _, _ in NO_ANSWER.values()}) == 4
    assert {*NO_ANSWER} == {*tidy_kinds()} - {"answered"}


def tidy_kinds() -> tuple[str, ...]:
    from analysis.tidied import WHY

    return WHY


@pytest.mark.parametrize(
    ("codes", "numbers"),
    [
        (["male", "female"], [1, 2]), (["1", "2", "3"], [1, 2, 3]), (["0", "1", "2", "3plus"], [0, 1, 2, 3]),
        (["t", "5", "f"], [6, 5, 7]),
        (["01", "b"], [1, 2]),
    ],
)  # fmt: skip
def test_whole_numbers_keep_themselves_and_other_codes_follow(codes: list[str], numbers: list[int]) -> None:
    assert [c.number for c in numbered([(code, code) for code in codes])] == numbers


def test_a_code_keeps_its_number_when_the_list_grows_at_its_end() -> None:
    short, longer = (numbered([(c, c) for c in codes]) for codes in (["a", "b"], ["a", "b", "c"]))
    assert longer[: len(short)] == short


@given(st.text(alphabet="aăâđêôơưếệ \n«»", min_size=0, max_size=400), st.integers(8, 256), st.booleans())
def test_a_label_that_is_cut_fits_and_is_the_beginning_of_the_text(text: str, most: int, in_bytes: bool) -> None:
    found = cut(text, most, in_bytes=in_bytes)
    plain = " ".join(text.split())
    assert (len(found.encode()) if in_bytes else len(found)) <= most
    if found != plain:
        assert found.endswith("…")
        assert plain.startswith(found[:-1])
        if " " in found:
            assert plain[len(found) - 1] == " "  # at a word


LONG = Column("q", "q", "coded", "rất " * 100, (Coded("y", 1, "dài " * 60), Coded("n", 2, "Không")), "q__why")


def test_what_is_cut_stands_in_full_in_the_notes() -> None:
    joined = " ".join(line.strip() for line in notes(LONG))
    assert joined == f"q: {LONG.label.strip()} q = 1: {LONG.codes[0].label.strip()}"
    assert all(len(line.encode()) <= 80 for line in notes(LONG))
    body = sav_bytes([LONG], "tựa đề dài " * 20)
    assert b"q: r" in body
    assert "notes q: " + " ".join(LONG.label.split()) in stata([LONG], "t", "vi")
    assert "ADD DOCUMENT" in spss([LONG], "t", "vi")


def test_the_same_labels_are_the_same_bytes(
    columns: tuple[Column, ...], written: Path, form: Questionnaire, tmp_path: Path
) -> None:
    label_files(form, tmp_path / "again")
    assert {p.name: p.read_bytes() for p in written.iterdir()} == {p.name: p.read_bytes() for p in (tmp_path / "again").iterdir()}
    assert sav_bytes(columns[:3], "x")[92:109] == b"01 Jan 2600:00:00"
    assert b"<timestamp>\x1101 Jan 2026 00:00</timestamp>" in dta_bytes(columns[:3], "x")


def test_english_labels_are_english(book: Codebook, form: Questionnaire, tmp_path: Path) -> None:
    label_files(form, tmp_path / "en", lang="en")
    _, meta = pyreadstat.read_sav(tmp_path / "en" / "bdg_household.sav")
    assert meta.column_names_to_labels["k01"] == book["k01"].label.en
    assert meta.variable_value_labels["k01"][-96.0] == "Not asked"
    rows = list(csv.DictReader(io.StringIO((tmp_path / "en" / "bdg_household_codes.csv").read_text(encoding="utf-8"))))
    sex = [row for row in rows if row["column"] == "sex"]
    assert [(r["code"], r["number"], r["label_vi"]) for r in sex] == [("male", "1", "Nam"), ("female", "2", "Nữ")]


def test_a_csv_that_is_none_of_ours_is_refused_and_nothing_is_written(form: Questionnaire, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    for name in ("x.csv", "none.csv"):
        with pytest.raises(BdgError) as caught:
            label_files(form, tmp_path / "out", table=tmp_path / name)
        assert [p.code for p in caught.value.problems] == ["DATA-001"]
    assert not (tmp_path / "out").exists()


HEADER = (
    "wave,person,stratum,psu,ssu,weight,sex,area_2026,marital,marital__why,hh_size,hh_size__why,exp_channels,exp_channels__why,"
    "score,score__why,odd"
)
ROWS = """\
2026,p1,s,P1,001,1.5,male,urban,married,answered,4,answered,tv radio,answered,61.5,answered,z
2026,p2,s,P1,002,2,female,rural,,refused,,missing,,not_asked,,missing,
2026,p3,s,P1,003,0.5,female,,,dont_know,12,answered,tv,answered,0,answered,
2026,p4,s,P1,004,1,male,rural,single,answered,1,answered,,dont_know,,not_asked,
"""


def act(
    program: str, table: pd.DataFrame
) -> tuple[dict[str, list[Any]], dict[str, str], dict[str, dict[str, str]], dict[str, str]]:
    """What a .do of ours does to a table of texts: columns, variable labels, value labels.  Knows our few commands only."""
    data: dict[str, list[Any]] = {c: list(table[c]) for c in table.columns}
    labels: dict[str, str] = {}
    sets: dict[str, dict[str, str]] = {}
    given: dict[str, str] = {}
    there = True
    for line in (text.strip() for text in program.splitlines()):
        if line.startswith("capture confirm variable"):
            there = line.split()[-1] in data
        elif (
            line in ("if !_rc {", "}", "", "compress")
            or not there
            or line.startswith(("*", "version", "args", "if ", "import", "notes"))
        ):
            continue
        elif m := re.fullmatch(r"rename (\w+) (\w+)", line):
            data[m[2]] = data.pop(m[1])
        elif m := re.fullmatch(r"(?:capture )?drop (\w+)", line):
            assert line.startswith("capture") or m[1] in data
            data.pop(m[1], None)
        elif m := re.fullmatch(r"generate double (\w+) = (.+)", line):
            assert m[1] not in data
            texts = data.get("bdg_text", [])
            rows = len(table)
            data[m[1]] = (
                [float(t) if t else "." for t in texts]
                if m[2].startswith("real(")
                else [float(m[2]) if m[2] != "." else "."] * rows
            )
        elif m := re.fullmatch(r"(capture )?replace (\w+) = (\S+) if (.+)", line):
            value: Any = m[3] if m[3].startswith(".") else float(m[3])
            if equal := re.fullmatch(r'(\w+) == "(.*)"', m[4]):
                assert m[1] or equal[1] in data
                hit = [text == equal[2] for text in data.get(equal[1], [""] * len(table))]
            else:
                inside = re.fullmatch(r'strpos\(" " \+ (\w+) \+ " ", " (\w+) "\)', m[4])
                assert inside is not None, line
                hit = [f" {inside[2]} " in f" {text} " for text in data[inside[1]]]
            data[m[2]] = [value if h else old for h, old in zip(hit, data[m[2]], strict=True)]
        elif m := re.fullmatch(r"label define (\w+) (.+)", line):
            sets[m[1]] = dict(re.findall(r"(\S+) `\"(.*?)\"'", m[2]))
        elif m := re.fullmatch(r"label values (\w+) (\w+)", line):
            given[m[1]] = m[2]
        elif m := re.fullmatch(r"label variable (\w+) `\"(.*)\"'", line):
            assert m[1] in data
            labels[m[1]] = m[2]
        else:
            raise AssertionError(line)
    return data, labels, {name: sets[of] for name, of in given.items()}, given


def test_the_do_file_turns_the_published_csv_into_numbers_and_keeps_why(
    book: Codebook, tmp_path: Path, form: Questionnaire
) -> None:
    (tmp_path / "microdata.csv").write_text(f"{HEADER}\n{ROWS}", encoding="utf-8")
    label_files(form, tmp_path / "out", table=tmp_path / "microdata.csv")
    program = (tmp_path / "out" / "bdg_household.do").read_text(encoding="utf-8")
    table = pd.read_csv(io.StringIO(f"{HEADER}\n{ROWS}"), dtype=str, keep_default_na=False)
    data, labels, values, _ = act(program, table)
    assert data["sex"] == [1.0, 2.0, 2.0, 1.0]
    assert data["area_2026"] == [1.0, 2.0, ".", 2.0]
    assert data["score"] == [61.5, ".d", 0.0, ".a"]
    assert data["hh_size"] == [4.0, ".d", 12.0, 1.0]
    assert data["exp_channels_tv"] == [1.0, ".a", 1.0, ".b"]
    assert data["exp_channels_radio"] == [1.0, ".a", 0.0, ".b"]
    married = {v.code: float(v.number) for v in next(c for c in labelled(book, PLAN, "vi") if c.name == "marital").codes}
    assert data["marital"] == [married["married"], ".c", ".b", married["single"]]
    assert data["odd"] == ["z", "", "", ""]
    assert not [name for name in data if name.endswith("__why") or name == "exp_channels"]
    assert set(labels) == set(data)
    assert values["marital"][".c"] == "Không trả lời"
    assert "(2026)" in labels["area_2026"]
    _, meta = pyreadstat.read_dta(tmp_path / "out" / "bdg_household.dta", user_missing=True)
    assert set(meta.column_names) == set(data)
    assert {name: meta.column_names_to_labels[name] for name in data} == labels


def test_the_sps_file_names_every_column_of_the_csv_in_order_and_ends_every_command(tmp_path: Path, form: Questionnaire) -> None:
    """That PSPP runs it over a whole rehearsed wave, cell by cell right, was seen by hand; here its shape is held."""
    (tmp_path / "microdata.csv").write_text(f"{HEADER}\n{ROWS}", encoding="utf-8")
    label_files(form, tmp_path / "out", table=tmp_path / "microdata.csv")
    text = (tmp_path / "out" / "bdg_household.sps").read_text(encoding="utf-8")
    inside = text.partition("/VARIABLES=")[2].partition("\n  .")[0]
    assert re.findall(r"^  (\w+) A\d+$", inside, re.MULTILINE) == HEADER.split(",")
    assert all(len(line.encode()) <= 256 for line in text.splitlines())
    assert text.count("'") % 2 == 0
    assert "MISSING VALUES marital (-99 THRU -96)." in text
    assert "IF (RTRIM(marital__why) = 'refused') bdg_new = -98." in text
    for kind, (number, _, _, _) in NO_ANSWER.items():
        assert f"IF (RTRIM(exp_channels__why) = '{kind}') exp_channels_tv = {number}." in text


def test_names_that_a_program_keeps_for_itself_or_cannot_hold_are_changed(book: Codebook) -> None:
    long = "a" * 40
    found = labelled(book, PLAN, "vi", ["wave", "Not", "not", long, f"{long}b", "with"])
    assert [c.name for c in found] == ["wave", "Not_", "not_2", "a" * 32, "a" * 30 + "_2", "with_"]
    assert [c.source for c in found] == ["wave", "Not", "not", long, f"{long}b", "with"]


def test_scored_items_and_shares_of_the_microdata_have_labels(book: Codebook) -> None:
    """What `bdg analysis run` writes beside the answers: a number with the words of its question or indicator."""
    made = {c.name: c for c in labelled(book, PLAN, "vi", ("item_k01", "item_k01__why", "exposed2_any", "item_nothing"))}
    assert list(made) == ["item_k01", "exposed2_any", "item_nothing"]
    assert made["item_k01"].label.startswith(book["k01"].label.vi)
    assert made["exposed2_any"].label == "Được truyền thông từ 2 lần trở lên trong 12 tháng"
    assert [c.kind for c in made.values()] == ["number", "number", "text"]
