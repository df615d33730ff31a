"""A file without a person: nothing of the person is left, and nothing else has changed."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.privacy.runs import rows_without
from analysis.privacy.stripped import bare, bears, without
from tests.analysis.privacy_rounds import exports, packed, parquet, plain
from tests.analysis.rounds_made import instance

WORDS = {0: "một", 1: "hai", 2: "ba", 3: "bốn"}
KINDS = [k for k in exports(WORDS) if k != "kobo.xlsx"]


def members(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {i.filename: archive.read(i) for i in archive.infolist()}


def parts(name: str, body: bytes) -> Mapping[str, bytes]:
    return members(body) if body.startswith(b"PK") else {name: body}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gone", [[0], [3], [1, 2]], ids=str)
def test_what_is_left_is_what_the_others_would_have_made(kind: str, gone: list[int]) -> None:
    """The oracle: the same export made without these visits."""
    left = without(kind, exports(WORDS)[kind], [bare(instance(n)) for n in gone])
    assert left is not None
    wanted = exports({n: w for n, w in WORDS.items() if n not in gone})[kind]
    if kind.endswith(".json"):
        assert json.loads(left) == json.loads(wanted)
    else:
        assert parts(kind, left) == parts(kind, wanted)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_without_the_person_stays_byte_for_byte(kind: str) -> None:
    body = exports(WORDS)[kind]
    assert without(kind, body, [bare(instance(77))]) is body


@pytest.mark.parametrize("kind", ["phones/", "flat.zip"])
def test_a_file_of_nobody_else_goes_as_a_whole(kind: str) -> None:
    assert without(kind, exports({0: "một"})[kind], [bare(instance(0))]) is None


@pytest.mark.parametrize("name", ["kobo.xlsx", "page.html", "note.docx", "picture"])
def test_a_format_that_cannot_be_cut_goes_as_a_whole(name: str) -> None:
    body = exports(WORDS)["kobo.xlsx"] if name.endswith(("xlsx", "docx")) else f"x {plain(2)} y".encode()
    assert bears(body, [plain(2)])
    assert without(name, body, [plain(2)]) is None


def test_an_id_is_found_in_any_letters_and_with_or_without_its_scheme() -> None:
    gone = [bare("uuid:ABCDEF12-0000-4000-8000-000000000000")]
    body = b"KEY,x\nUUID:ABCDEF12-0000-4000-8000-000000000000,1\nabcdef12-0000-4000-8000-000000000000,2\nother,3\n"
    assert without("a.csv", body, gone) == b"KEY,x\nother,3\n"


def test_a_table_whose_header_names_the_person_goes_as_a_whole() -> None:
    assert without("a.csv", f"KEY,{plain(1)}\n1,2\n".encode(), [plain(1)]) is None


def test_a_broken_zip_that_cannot_be_looked_into_is_not_trusted() -> None:
    assert without("a.zip", exports(WORDS)["flat.zip"][:-30], ["x"]) is None


def test_findings_of_others_stay_and_of_the_person_go() -> None:
    rows = [{"id": "a", "instance_id": instance(0), "got": "1"}, {"id": "b", "instance_id": "", "got": "2"}]
    left = without("findings.json", json.dumps(rows).encode(), [plain(0)])
    assert left is not None
    assert json.loads(left) == rows[1:]


def test_an_object_that_holds_the_person_in_a_list_stays_without_them() -> None:
    told = {"units": [{"name": "a", "rows": [{"id": plain(0)}, {"id": plain(1)}]}], "ids": [plain(0), plain(1)]}
    left = without("x.json", json.dumps(told).encode(), [plain(0)])
    assert left is not None
    assert json.loads(left) == {"units": [{"name": "a", "rows": [{"id": plain(1)}]}], "ids": [plain(1)]}


@given(
    st.lists(st.tuples(st.booleans(), st.text(alphabet='ab",\n\r;é\u2028\x85', max_size=6)), min_size=1, max_size=8),
    st.booleans(),
)
@settings(max_examples=300)
def test_any_table_loses_the_persons_rows_and_no_other(rows: list[tuple[bool, str]], every: bool) -> None:
    """Against a plain reading of the table, whatever quotes and line breaks its cells hold."""
    out = io.StringIO(newline="")
    cells = [["head", "id"], *([text, instance(0) if hit else instance(n + 1)] for n, (hit, text) in enumerate(rows))]
    csv.writer(
        out,
        lineterminator="\r\n",
        quoting=csv.QUOTE_ALL if every else csv.QUOTE_NONNUMERIC if any("\r" in text for _, text in rows) else csv.QUOTE_MINIMAL,
    ).writerows(cells)
    left = without("t.csv", out.getvalue().encode(), [plain(0)])
    assert left is not None
    assert list(csv.reader(io.StringIO(left.decode(), newline=""))) == [c for c in cells if c[1] != instance(0)]


def test_parquet_loses_the_persons_rows() -> None:
    body = parquet({"person": ["p1", "p2", None], "wave": [2026, 2026, 2026], "id": [instance(0), instance(1), instance(2)]})
    for mark, row in (("p1", 0), (plain(1), 1)):
        left = rows_without("microdata.parquet", body, [mark])
        assert left is not None
        wanted = pd.read_parquet(io.BytesIO(body)).drop(index=row).reset_index(drop=True)
        pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(left)), wanted)
    assert rows_without("microdata.parquet", body, ["p9"]) is body


def test_other_formats_are_cut_as_exports_are() -> None:
    assert rows_without("weights.csv", b"person,w\np1,2\np2,3\n", ["p1"]) == b"person,w\np2,3\n"


def test_a_workbook_without_the_person_stays() -> None:
    body = exports(WORDS)["kobo.xlsx"]
    assert without("kobo.xlsx", body, [plain(9)]) is body
    assert openpyxl.load_workbook(io.BytesIO(body)).active["A1"].value == plain(0)


def test_zips_in_zips_are_cut_too() -> None:
    body = packed({"in.zip": exports(WORDS)["submissions.csv.zip"], "readme.txt": b"x"})
    left = without("out.zip", body, [plain(0)])
    assert left is not None
    assert not bears(left, [plain(0)])
    assert set(members(left)) == {"in.zip", "readme.txt"}
