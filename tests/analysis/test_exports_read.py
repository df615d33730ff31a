"""Exports of either system, whatever was chosen when they were made, and spoiled as people spoil them, against the XML."""

from __future__ import annotations

import contextlib
import json
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from analysis.readers import read_submissions, tables
from analysis.readers.exports import NOTHING, Said, read_export
from analysis.readers.raw import submission
from forms.errors import BdgError
from forms.submission import Submission
from tests.analysis import exported as ex
from tests.analysis import world

BOOK = world.book()


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return world.write_sources(world.interviews(2026), tmp_path_factory.mktemp("exports"))


@pytest.fixture(scope="module")
def truth(sources: dict[str, Path]) -> tuple[Submission, ...]:
    return read_submissions(sources["xml"], BOOK)


def taken(path: Path, said: Said = NOTHING) -> dict[str, tuple[object, object]]:
    """Instance id -> answers and repeats, through the door by which files enter a round."""
    found = [submission(raw, BOOK, "csv") for raw in read_export(path, BOOK, said).rows]
    return {s.instance_id: (s.answers, s.repeats) for s in found}


def whole(truth: tuple[Submission, ...]) -> dict[str, tuple[object, object]]:
    return {s.instance_id: (s.answers, s.repeats) for s in truth}


def code(fault: pytest.ExceptionInfo[BdgError]) -> str:
    return fault.value.problems[0].code


def said_by(fault: pytest.ExceptionInfo[BdgError]) -> str:
    """The message: both languages, what to do, the code."""
    text = str(fault.value)
    for part in ("\n  (", "cách xử lý / do:", f"[{code(fault)}]"):
        assert part in text
    return text


# ---- what was chosen at the export ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["xml", "odata", "csv", "kobo"])
def test_every_source_is_the_same_interview(sources: dict[str, Path], truth: tuple[Submission, ...], kind: str) -> None:
    assert taken(sources[kind]) == whole(truth)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_labels_are_put_back_to_codes(sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path, lang: str) -> None:
    path = ex.labelled(sources["kobo"], tmp_path / "labels.xlsx", BOOK, lang)
    assert taken(path) == whole(truth)
    assert whole(read_submissions(path, BOOK)) == whole(truth)  # also where a file is analysed directly
    assert any("nhãn đổi về mã" in note for note in read_export(path, BOOK, Said()).notes)


MULTIPLE = {v.path for v in BOOK.variables if v.type == "codes"}


@pytest.mark.parametrize("keep", ["joined", "split"])
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_select_multiple_of_labels(
    sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path, keep: str, lang: str
) -> None:
    """Joined labels are cut by the codebook (labels hold spaces and commas themselves); split ones need their headers only."""

    def kept(h: str) -> bool:
        return h.rpartition("/")[0] not in MULTIPLE if keep == "joined" else h not in MULTIPLE

    path = ex.labelled(sources["kobo"], tmp_path / "some.xlsx", BOOK, lang, kept)
    assert taken(path) == whole(truth)


@pytest.mark.parametrize("mark", ["/", ".", ":", "_"])
def test_split_codes_with_any_mark(sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path, mark: str) -> None:
    """Only ticked choices have a column: what nobody ticked is absent (Central's splitSelectMultiples)."""
    grids = ex.sheets(sources["kobo"])
    name, grid = next(iter(grids.items()))
    heads = [str(h) for h in grid[0]]
    ticked = {i for i, h in enumerate(heads) if h.rpartition("/")[0] in MULTIPLE}
    empty = {i for i in ticked if not any(row[i] == 1 for row in grid[1:])}
    keep = [i for i, h in enumerate(heads) if h not in MULTIPLE and i not in empty]
    rows: ex.Grid = [
        [heads[i].replace("/", mark) if i in ticked else heads[i] for i in keep],
        *[[r[i] for i in keep] for r in grid[1:]],
    ]
    assert empty
    assert taken(ex.workbook({**grids, name: rows}, tmp_path / "split.xlsx")) == whole(truth)


@pytest.mark.parametrize(
    "head",
    [
        lambda p: p.rsplit("-", 1)[-1], lambda p: p.replace("-", "/"), lambda p: p.replace("-", "."),
        lambda p: p.replace("-", ":"),
        lambda p: p.replace("-", "_"), lambda p: f"data-{p}", lambda p: f"old_group-{p.rsplit('-', 1)[-1]}",
    ],
)  # fmt: skip
def test_group_prefixes(
    sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path, head: Callable[[str], str]
) -> None:
    """Group paths left out, with another mark, behind the form's name, or under a group that was renamed since."""
    given = ex.central(sources["csv"])
    paths = {v.path.replace("/", "-") for v in BOOK.variables}
    made = {n: [{head(k) if k in paths else k: v for k, v in row.items()} for row in rows] for n, rows in given.items()}
    assert taken(ex.zipped(made, tmp_path / "a.zip")) == whole(truth)


def test_a_group_renamed_between_versions_splits_its_columns(
    sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path
) -> None:
    """Each row has its answers in the columns of its own version; two that disagree are not chosen between."""
    given = ex.central(sources["csv"])
    main = ex.main_of(given)
    rows = [
        {**{k: "" if i % 2 and k.startswith("m5-") else v for k, v in row.items()},
         **{f"section5-{k[3:]}": v if i % 2 else "" for k, v in row.items() if k.startswith("m5-")}}
        for i, row in enumerate(given[main])
    ]  # fmt: skip
    assert taken(ex.zipped({**given, main: rows}, tmp_path / "split.zip")) == whole(truth)
    at = next(i for i, r in enumerate(rows) if r["m5-k01"] == "t")
    rows[at]["section5-k01"] = "f"
    with pytest.raises(BdgError) as fault:
        taken(ex.zipped({**given, main: rows}, tmp_path / "clash.zip"))
    assert code(fault) == "DATA-114"
    assert f"rows {at + 2}" in said_by(fault)


def test_kobo_csv_with_its_own_semicolons(sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path) -> None:
    """KoBo separates by semicolons itself and leaves repeats out."""
    grid = next(iter(ex.sheets(sources["kobo"]).values()))
    text = [{str(h): "" if c is None else str(int(c)) if isinstance(c, float) and c.is_integer() else str(c)
             for h, c in zip(grid[0], row, strict=True)} for row in grid[1:]]  # fmt: skip
    path = tmp_path / "kobo.csv"
    path.write_text(ex.table(text, ";"), encoding="utf-8-sig")
    assert {i: a for i, (a, _) in taken(path).items()} == {s.instance_id: s.answers for s in truth}
    assert [s.answers for s in read_submissions(path, BOOK)] == [s.answers for s in truth]


def test_titles_above_the_header(sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path) -> None:
    grids: dict[str, ex.Grid] = {n: [["Số liệu khảo sát"], [], *g] for n, g in ex.sheets(sources["kobo"]).items()}
    assert taken(ex.workbook(grids, tmp_path / "titles.xlsx")) == whole(truth)


def test_letters_taken_apart(sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path) -> None:
    path = ex.labelled(sources["kobo"], tmp_path / "labels.xlsx", BOOK, "vi")
    grids = {n: [[unicodedata.normalize("NFD", c) if isinstance(c, str) else c for c in r] for r in g]
             for n, g in ex.sheets(path).items()}  # fmt: skip
    assert taken(ex.workbook(grids, tmp_path / "nfd.xlsx")) == whole(truth)


# ---- what a spreadsheet did ----------------------------------------------------------------------------------------


def spoiled(
    source: Path, out: Path, how: Callable[[dict[str, str]], dict[str, str]], mark: str = ",", encoding: str = "utf-8"
) -> Path:
    given = ex.central(source)
    main = ex.main_of(given)
    return ex.zipped({**given, main: [{**r, **how(r)} for r in given[main]]}, out, mark=mark, encoding=encoding)


def said(**more: object) -> Said:
    known = {(d.psu, int(d.ssu)): (d.ssu,) for d in world.province().sample if d.wave == 2026}
    return Said(households=known, **more)


def serial(text: str) -> str:
    return str((date.fromisoformat(text) - date(1899, 12, 30)).days)


def slashed(order: str) -> Callable[[str], str]:
    return lambda text: date.fromisoformat(text).strftime(order)


@pytest.mark.parametrize("write", [serial, slashed("%d/%m/%Y"), slashed("%m/%d/%Y"), slashed("%d.%m.%y")])
def test_days_rewritten_by_excel(
    sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path, write: Callable[[str], str]
) -> None:
    """The server's time and the days of fieldwork tell which reading it was."""
    path = spoiled(sources["csv"], tmp_path / "days.zip", lambda r: {"m0-interview_date": write(r["m0-interview_date"])}, ";")
    assert taken(path, said(window=(date(2026, 10, 5), date(2026, 10, 30)))) == whole(truth)
    with pytest.raises(BdgError) as fault:
        read_submissions(path, BOOK)  # an analysis from files takes originals only
    assert code(fault) == "DATA-030"


def test_days_with_two_readings_are_asked_about(sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path) -> None:
    """Received so late that both readings are possible: the rows are named, and the answer is the person's."""

    def late(r: dict[str, str]) -> dict[str, str]:
        day = datetime.fromisoformat(r["SubmissionDate"]).date() + timedelta(days=45)
        return {"m0-interview_date": slashed("%d/%m/%Y")(r["m0-interview_date"]), "SubmissionDate": f"{day}T12:00:00.000Z"}

    path = spoiled(sources["csv"], tmp_path / "late.zip", late)
    with pytest.raises(BdgError) as fault:
        taken(path, said())
    assert code(fault) == "DATA-113"
    assert "dòng / rows" in said_by(fault)
    assert "interview_date" in said_by(fault)
    assert taken(path, said(dates="dmy")) == whole(truth)


def test_a_workbook_of_the_other_calendar(sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path) -> None:
    """Excel's 1904 calendar is 1,462 days off: only one of the two readings fits the server's time."""
    other = spoiled(
        sources["csv"], tmp_path / "mac.zip", lambda r: {"m0-interview_date": str(int(serial(r["m0-interview_date"])) - 1462)}
    )
    assert taken(other, said()) == whole(truth)


def test_zeros_and_commas_lost(sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path) -> None:
    """Household numbers get their zeros back from the sample, probabilities their points, communes their five digits."""

    def lost(r: dict[str, str]) -> dict[str, str]:
        return {"m0-ssu": r["m0-ssu"].lstrip("0"), "m0-select_u": r["m0-select_u"].replace(".", ","),
                "m1-p_select": r["m1-p_select"].replace(".", ",")}  # fmt: skip

    path = spoiled(sources["csv"], tmp_path / "zeros.zip", lost, ";")
    assert taken(path, said()) == whole(truth)
    notes = " ".join(read_export(path, BOOK, said()).notes)
    assert "leading zeros" in notes
    assert "decimal commas" in notes


def test_a_household_number_that_two_households_can_be(sources: dict[str, Path], tmp_path: Path) -> None:
    """Not guessed: 7 may be 07 or 007, so it stays as it is (and the sample will not know it)."""
    path = spoiled(sources["csv"], tmp_path / "two.zip", lambda r: {"m0-ssu": r["m0-ssu"].lstrip("0")})
    twice = {(d.psu, int(d.ssu)): (d.ssu, d.ssu.lstrip("0") + "x") for d in world.province().sample if d.wave == 2026}
    found = taken(path, Said(households=twice))
    assert {str(a["m0/ssu"])[:1] for a, _ in found.values() if isinstance(a, dict)} & set("123456789")


NOTE = "Nhà ở xa, đường khó đi; hẹn lại chiều thứ bảy"


@pytest.fixture(scope="module")
def free(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Path], str]:
    """Interviews in which one text question was answered in Vietnamese."""
    name = "ref_code"
    return world.write_sources(
        world.change(world.interviews(2026), lambda a: {name: NOTE} if a[name] else {}), tmp_path_factory.mktemp("free")
    ), BOOK[name].path.replace("/", "-")


@pytest.mark.parametrize("way", ["mojibake", "cp1258", "utf-16", "bom"])
def test_broken_letters_of_a_table(free: tuple[dict[str, Path], str], tmp_path: Path, way: str) -> None:
    sources, column = free
    given = ex.central(sources["csv"])
    main = ex.main_of(given)
    text = ex.table(given[main])
    body = {
        "mojibake": ex.shown_as_1252(text).encode(), "cp1258": ex.as_1258(text), "utf-16": text.encode("utf-16"),
        "bom": text.encode("utf-8-sig"),
    }[way]  # fmt: skip
    path = tmp_path / "bdg_household.csv"
    path.write_bytes(body)
    found = {i: a for i, (a, _) in taken(path).items()}
    assert found == {s.instance_id: s.answers for s in read_submissions(sources["xml"], BOOK)}
    notes = " ".join(read_export(path, BOOK, Said()).notes)
    assert ("mended" in notes) == (way == "mojibake")
    assert ("cp1258" in notes) == (way == "cp1258")
    assert NOTE not in notes
    assert column


def test_letters_that_cannot_be_mended_are_counted(free: tuple[dict[str, Path], str], tmp_path: Path) -> None:
    sources, column = free
    path = spoiled(sources["csv"], tmp_path / "lost.zip", lambda r: {column: "nh\ufffd \u1edf xa"} if r[column] else {})
    assert any("cannot be mended" in note for note in read_export(path, BOOK, Said()).notes)


# ---- bad files: each stops with its message ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "looks"),
    [
        ([{"type": "text", "name": "a", "label": "b"}], "XLSForm"),
        ([{"psu": "1", "hamlet": "a", "households": "3"}], "frame.csv"),
        ([{"psu": "1", "ssu": "2", "p_psu": "0.5"}], "sample.csv"),
        ([{"person": "1", "w_base": "2", "weight": "3"}], "microdata.csv"),
        ([{"STT": "1", "Họ tên chủ hộ": "-"}], "_uuid | KEY"),
    ],
)  # fmt: skip
def test_a_table_of_something_else_is_named(tmp_path: Path, rows: list[dict[str, str]], looks: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(ex.table(rows), encoding="utf-8")
    with pytest.raises(BdgError) as fault:
        taken(path)
    assert code(fault) == "DATA-010"
    assert looks in said_by(fault)


def test_a_column_with_almost_the_right_name(sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path) -> None:
    given = ex.central(sources["csv"])
    main = ex.main_of(given)
    rows = [{"m5-k7" if k == "m5-k07" else k: v for k, v in r.items()} for r in given[main]]
    path = ex.zipped({**given, main: rows}, tmp_path / "near.zip")
    with pytest.raises(BdgError) as fault:
        taken(path)
    assert code(fault) == "DATA-011"
    assert "«m5-k7=k07»" in said_by(fault)
    assert taken(path, Said(same={"m5-k7": "k07"})) == whole(truth)
    found = taken(path, Said(absent=frozenset({"k07"})))
    assert {a["m5/k07"] for a, _ in found.values() if isinstance(a, dict)} == {None}


def test_rows_without_an_id(sources: dict[str, Path], tmp_path: Path) -> None:
    given = ex.central(sources["csv"])
    main = ex.main_of(given)
    rows = [{**r, **({"KEY": "", "meta-instanceID": ""} if i == 4 else {})} for i, r in enumerate(given[main])]
    with pytest.raises(BdgError) as fault:
        taken(ex.zipped({**given, main: rows}, tmp_path / "cut.zip"))
    assert code(fault) == "DATA-111"
    assert "rows 6" in said_by(fault)


def test_a_label_that_is_none_of_the_forms(sources: dict[str, Path], tmp_path: Path) -> None:
    """What enters a ledger is never replaced, so a label that cannot be put back stops the file."""
    path = ex.labelled(sources["kobo"], tmp_path / "labels.xlsx", BOOK, "vi")
    grids = ex.sheets(path)
    grid = next(iter(grids.values()))
    head = next(i for i, h in enumerate(grid[0]) if str(h).endswith(BOOK["k01"].label.vi))
    for row in grid[1:]:
        row[head] = "Hoàn toàn đúng" if row[head] else row[head]
    with pytest.raises(BdgError) as fault:
        taken(ex.workbook(grids, tmp_path / "other.xlsx"))
    assert code(fault) == "DATA-022"
    assert "Hoàn toàn" not in said_by(fault)


def test_a_bomb_in_a_workbook(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    with zipfile.ZipFile(tmp_path / "climb.xlsx", "w") as file:
        file.writestr("../../evil", "x")
    for name in ("bomb.xlsx", "climb.xlsx"):
        with pytest.raises(BdgError) as fault:
            taken(tmp_path / name)
        assert code(fault) == "DATA-017"


def test_a_place_is_the_same_from_every_source() -> None:
    from analysis.readers import odata

    value = {
        "__id": "uuid:1",
        "gps": {"type": "Point", "coordinates": [108.31881, 14.68674, 700.5], "properties": {"accuracy": 8}},
    }
    raw = odata.read("a", {"a": json.dumps({"value": [value]}).encode()}, BOOK).rows[0]
    assert raw.answers["gps"] == "14.68674 108.31881 700.5 8"


def test_two_columns_with_one_label_and_one_missing() -> None:
    from dataclasses import replace

    from analysis.readers.grids import Grid

    k01 = BOOK["k01"]
    book = replace(BOOK, variables=tuple(replace(v, label=k01.label) if v.name == "k02" else v for v in BOOK.variables))
    grid = Grid("a", ("_uuid", k01.label.vi), [["1", "t"]])
    with pytest.raises(BdgError) as fault:
        tables.read("a", [grid], book)
    assert code(fault) == "DATA-112"


@pytest.mark.parametrize("kind", ["csv", "kobo", "json", "xml", "table"])
def test_files_cut_or_changed_on_their_way(sources: dict[str, Path], tmp_path: Path, kind: str) -> None:
    """Cut anywhere, or with bytes turned over: read as it was, or one message, never a trace and never half of it."""
    given = ex.central(sources["csv"])
    path, body = {
        "csv": ("a.zip", sources["csv"].read_bytes()), "kobo": ("a.xlsx", sources["kobo"].read_bytes()),
        "json": ("a.json", next(sources["odata"].glob("*.json")).read_bytes()),
        "xml": ("a.xml", next(sources["xml"].glob("*.xml")).read_bytes()),
        "table": ("a.csv", ex.table(given[ex.main_of(given)]).encode()),
    }[kind]  # fmt: skip
    rng = Random(kind)
    for turn in range(14):
        at = rng.randrange(len(body))
        spoiled_body = body[:at] if turn % 2 else body[:at] + bytes(b ^ 0xFF for b in body[at : at + 9]) + body[at + 9 :]
        (tmp_path / path).write_bytes(spoiled_body)
        with contextlib.suppress(BdgError):
            found = taken(tmp_path / path)
            assert kind == "table" or len(found) in (1, 56)
