"""What is not the data of this round: one code, one exit class, two languages, and nothing of a person in the message."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from analysis.readers import read_submissions
from analysis.results import read_results
from analysis.run import run
from analysis.sampling.frame import Frame, frame_bytes, link_bytes, read_frame
from analysis.sampling.places import check_places
from analysis.sampling.practice import STAMP
from analysis.sampling.sample import Drawn, read_sample, sample_bytes
from forms import load_former, load_places, province_folder
from forms.errors import BdgError
from forms.submission import Submission
from tests.analysis import world

COMMUNES = {p.code: p.name for p in load_places(province_folder())}
FORMER = load_former(province_folder())
WEB_PAGE = b"<!DOCTYPE html><html><body>504 Gateway Time-out</body></html>"


def told(fault: pytest.ExceptionInfo[BdgError], code: str, exit_code: int = 11) -> str:
    """The message, after checking its code, its exit class and that it speaks both languages and says what to do."""
    assert fault.value.problems[0].code == code
    assert fault.value.exit_code == exit_code
    text = str(fault.value)
    for part in ("\n  (", "cách xử lý / do:", f"[{code}]"):
        assert part in text
    assert "Traceback" not in text
    return text


def read(path: Path) -> tuple[Submission, ...]:
    return read_submissions(path, world.book())


# ---- files that are something else ---------------------------------------------------------------------------------

FILES: dict[str, tuple[bytes, str, str]] = {
    "a.docx": (b"PK\x03\x04", "DATA-010", ".docx"),
    "a.png": (b"\x89PNG\r\n\x1a\n", "DATA-010", ".png"),
    "a.csv": (b"KEY,m5-k01\n", "DATA-010", ".csv"),
    "png.xlsx": (b"\x89PNG\r\n\x1a\n", "DATA-027", "XLSX"),
    "png.xml": (b"\x89PNG\r\n\x1a\n", "DATA-027", "XML"),
    "png.json": (b"\x89PNG\r\n\x1a\n", "DATA-027", "JSON"),
    "empty.xlsx": (b"", "DATA-027", "tệp trống"),
    "empty.xml": (b"", "DATA-027", "tệp trống"),
    "empty.json": (b"", "DATA-027", "tệp trống"),
    "empty.zip": (b"", "DATA-027", "tệp trống"),
    "page.xlsx": (WEB_PAGE, "DATA-027", "trang web"),
    "page.xml": (WEB_PAGE, "DATA-027", "trang web"),
    "page.json": (b"\n  " + WEB_PAGE, "DATA-027", "trang web"),
    "page.zip": (WEB_PAGE, "DATA-027", "trang web"),
    "cut.zip": (b"PK\x03\x04 not really", "DATA-027", "zip"),
    "list.json": (b"[]", "DATA-010", "list"),
    "null.json": (b"null", "DATA-010", "NoneType"),
    "rows.json": (b'{"value": [1, 2]}', "DATA-010", "dict"),
    "none.json": (b'{"value": []}', "DATA-010", "0 phi"),
    "deep.json": (b"[" * 200_000, "DATA-027", "JSON"),
    "deep.xml": (b"<a>" * 50_000 + b"</a>" * 50_000, "DATA-017", "XML"),
    "blank.xml": (b'<h:html xmlns:h="http://www.w3.org/1999/xhtml"><h:head/></h:html>', "DATA-010", "biểu mẫu trắng"),
    "other.xml": (b'<data id="wash"><meta><instanceID>uuid:1</instanceID></meta></data>', "DATA-010", "wash"),
    "charset.xml": (b'<?xml version="1.0" encoding="nothing"?><data/>', "DATA-027", "XML"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_something_else(tmp_path: Path, name: str) -> None:
    body, code, shown = FILES[name]
    (tmp_path / name).write_bytes(body)
    with pytest.raises(BdgError) as fault:
        read(tmp_path / name)
    assert shown in told(fault, code)


def zipped(path: Path, files: Mapping[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in files.items():
            file.writestr(name, body)
    return path


ZIPS: dict[str, tuple[dict[str, bytes | str], str, str]] = {
    "nothing": ({}, "DATA-010", "XML | JSON | CSV"),
    "text": ({"a.txt": "x"}, "DATA-010", "txt"),
    "word": ({"[Content_Types].xml": "<Types/>", "word/document.xml": "<d/>"}, "DATA-010", "word.zip: [Content_Types].xml"),
    "nokey": ({"f.csv": "a,b\n1,2\n"}, "DATA-010", "KEY"),
    "semicolon": ({"f.csv": "KEY;m5-k01;m5-k02\nuuid:1;t;f\n"}, "DATA-030", "«;»"),
    "tabs": ({"f.csv": "KEY\tm5-k01\tm5-k02\nuuid:1\tt\tf\n"}, "DATA-030", "«Tab»"),
    "charset": ({"f.csv": b"KEY,m5-k01\nuuid:1,\xe9\n"}, "DATA-027", "UTF-8"),
    "shifted": ({"f.csv": "KEY,m5-k01\nuuid:1,t\nuuid:2\n"}, "DATA-027", "submission 2"),
    "wide": ({"f.csv": "KEY,m5-k01\nuuid:1,t,f\n"}, "DATA-027", "submission 1"),
}


@pytest.mark.parametrize("name", ZIPS)
def test_a_zip_of_something_else(tmp_path: Path, name: str) -> None:
    files, code, shown = ZIPS[name]
    with pytest.raises(BdgError) as fault:
        read(zipped(tmp_path / f"{name}.zip", files))
    assert shown in told(fault, code)


@pytest.mark.parametrize("damage", [b"\xff" * 60, b"\x00" * 60])
def test_a_zip_damaged_on_its_way(tmp_path: Path, damage: bytes) -> None:
    """Both kinds of damage: the packed text cannot be unpacked, or it unpacks to something else than was packed."""
    path = zipped(tmp_path / "a.zip", {"f.csv": "\n".join(f"KEY{i},{i * 7919 % 1009}" for i in range(500))})
    body = bytearray(path.read_bytes())
    body[200:260] = damage
    path.write_bytes(bytes(body))
    with pytest.raises(BdgError) as fault:
        read(path)
    told(fault, "DATA-027")


@pytest.mark.parametrize(("files", "shown"), [((), "0 tệp"), (("a.txt", "b.pdf"), ".pdf, .txt")])
def test_a_folder_without_data(tmp_path: Path, files: Sequence[str], shown: str) -> None:
    for name in files:
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(BdgError) as fault:
        read(tmp_path)
    assert shown in told(fault, "DATA-010")


# ---- submissions that cannot be used as they are -------------------------------------------------------------------


@pytest.fixture(scope="module")
def some() -> list[world.Interview]:
    """Six finished interviews of 2026."""
    return [i for i in world.interviews(2026) if i.answers["result"] == "completed"][:6]


@pytest.fixture(scope="module")
def exported(some: list[world.Interview], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return world.write_sources(some, tmp_path_factory.mktemp("few"))


Rows = list[dict[str, str]]


def remade(source: Path, out: Path, change: Callable[[Rows], Rows]) -> Path:
    """Central's zip with other rows in its main table."""
    with zipfile.ZipFile(source) as old:
        files: dict[str, bytes | str] = {name: old.read(name) for name in old.namelist()}
    main = next(n for n in files if "member" not in n)
    body = files[main]
    rows = change(list(csv.DictReader(io.StringIO(body.decode() if isinstance(body, bytes) else body))))
    into = io.StringIO()
    writer = csv.DictWriter(into, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return zipped(out, {**files, main: into.getvalue()})


@pytest.mark.parametrize(
    ("column", "code"),
    [
        ("m5-k07", "DATA-011"), ("m6-a16", "DATA-011"), ("m9-v01", "DATA-011"), ("m0-psu", "DATA-028"),
        ("m0-commune", "DATA-028"), ("m0-ssu", "DATA-028"), ("m0-wave", "DATA-028"), ("m0-interview_date", "DATA-028"),
        ("m0-round_kind", "DATA-028"),
        ("m0-questionnaire_digest", "DATA-028"), ("m1-n_eligible", "DATA-028"), ("m1-sex", "DATA-028"), ("m1-age", "DATA-028"),
        ("m2-consent", "DATA-028"), ("m99-result", "DATA-028"), ("KEY", "DATA-010"),
    ],
)  # fmt: skip
def test_a_missing_column_is_named(exported: dict[str, Path], tmp_path: Path, column: str, code: str) -> None:
    def without(rows: Rows) -> Rows:
        return [{k: v for k, v in row.items() if k != column} for row in rows]

    with pytest.raises(BdgError) as fault:
        read(remade(exported["csv"], tmp_path / "cut.zip", without))
    assert column.rpartition("-")[2] in told(fault, code)


def test_a_scored_question_gone_from_every_page(exported: dict[str, Path], tmp_path: Path) -> None:
    for page in exported["odata"].glob("*.json"):
        document = json.loads(page.read_text(encoding="utf-8"))
        for row in document["value"]:
            row["m5"].pop("k07", None)
        (tmp_path / page.name).write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(BdgError) as fault:
        read(tmp_path)
    assert "k07" in told(fault, "DATA-011")


@pytest.mark.parametrize(("digest", "shown"), [("0" * 64, "000000000000"), (None, "no digest")])
def test_another_questionnaire(some: list[world.Interview], tmp_path: Path, digest: str | None, shown: str) -> None:
    """The digest decides: the version's number alone may be the same."""
    old = world.change(some, lambda _: {"questionnaire_digest": digest})
    with pytest.raises(BdgError) as fault:
        read(world.write_xml(old, tmp_path))
    text = told(fault, "DATA-012")
    assert shown in text
    assert world.book().digest[:12] in text


def test_another_version_number_of_the_same_questionnaire_is_the_same_form(some: list[world.Interview], tmp_path: Path) -> None:
    for n, i in enumerate(some):
        (tmp_path / f"{n}.xml").write_text(world.xml(i, version="2099010101"), encoding="utf-8")
    assert len(read(tmp_path)) == len(some)


@pytest.mark.parametrize("same", [True, False])
def test_an_id_in_two_files(some: list[world.Interview], tmp_path: Path, same: bool) -> None:
    """Refused also where both copies say the same; the message tells which of the two it is, and the files."""
    world.write_xml(some, tmp_path)
    again = some[0] if same else world.change(some[:1], lambda _: {"visit": "3"})[0]
    (tmp_path / "resent.xml").write_text(world.xml(again), encoding="utf-8")
    with pytest.raises(BdgError) as fault:
        read(tmp_path)
    text = told(fault, "DATA-013")
    assert f"identical: {int(same)}" in text
    assert f"different: {int(not same)}" in text
    assert "0000.xml" in text
    assert "resent.xml" in text


def test_an_id_on_two_pages_of_odata(exported: dict[str, Path], tmp_path: Path) -> None:
    for page in exported["odata"].glob("*.json"):
        for copy in "ab":
            (tmp_path / f"{copy}.json").write_bytes(page.read_bytes())
    with pytest.raises(BdgError) as fault:
        read(tmp_path)
    assert f"identical: {len(world.interviews(2026)[:6])}" in told(fault, "DATA-013")


def test_an_edited_submission_stands_in_for_its_former_self(some: list[world.Interview], tmp_path: Path) -> None:
    """Two edits in a row: the last one counts, once, and keeps the first one's root id."""
    world.write_xml(some, tmp_path)
    first = some[0].instance_id
    for n, (before, after) in enumerate([(first, "uuid:edit-1"), ("uuid:edit-1", "uuid:edit-2")], 1):
        edit = replace(some[0], instance_id=after, answers={**some[0].answers, "visit": str(n + 1)})
        (tmp_path / f"edit-{n}.xml").write_text(world.xml(edit, replaces=before), encoding="utf-8")
    found = read(tmp_path)
    assert len(found) == len(some)
    last = next(s for s in found if s.instance_id == "uuid:edit-2")
    assert (last.root_id, last.answers["m0/visit"]) == (first, "3")
    assert not {first, "uuid:edit-1"} & {s.instance_id for s in found}
    assert all(s.root_id == s.instance_id for s in found if s is not last)


def test_edits_in_a_circle_lose_nobody(some: list[world.Interview], tmp_path: Path) -> None:
    for n, (one, other) in enumerate([(some[0], some[1]), (some[1], some[0])]):
        (tmp_path / f"{n}.xml").write_text(world.xml(one, replaces=other.instance_id), encoding="utf-8")
    assert len(read(tmp_path)) == 2


def test_a_rejected_submission_stops_nothing(exported: dict[str, Path], tmp_path: Path) -> None:
    """It is handed on to be counted; its codes and its version are nobody's concern any more."""

    def rejected(rows: Rows) -> Rows:
        bad = {"ReviewState": "rejected", "m5-k01": "zzz", "m0-questionnaire_digest": "0" * 64}
        return [{**rows[0], **bad}, *rows[1:]]

    found = read(remade(exported["csv"], tmp_path / "rejected.zip", rejected))
    assert sorted(str(s.review) for s in found).count("rejected") == 1
    assert len(found) == 6


@pytest.mark.parametrize(
    ("answers", "question"),
    [
        ({"k04": "Đúng"}, "k04"),
        ({"exp_channels": "tv;radio"}, "exp_channels"),
        ({"hh_size": "4,5"}, "hh_size"),
        ({"visit": "x"}, "visit"),
    ],
)
def test_values_that_are_not_the_forms(
    some: list[world.Interview], tmp_path: Path, answers: dict[str, str], question: str
) -> None:
    """The question and the count are named, never what was written there."""
    with pytest.raises(BdgError) as fault:
        read(world.write_xml(world.change(some, lambda _: answers), tmp_path))
    text = told(fault, "DATA-022")
    assert f"«{question}»" in text
    assert "6 phiếu" in text
    assert not any(f" {value}\n" in text or f"«{value}»" in text for value in answers.values())


def test_letters_line_ends_and_marks_of_other_systems(exported: dict[str, Path], tmp_path: Path) -> None:
    """Decomposed letters, a byte order mark and CRLF read like the original."""
    with zipfile.ZipFile(exported["csv"]) as old:
        files = {
            name: b"\xef\xbb\xbf" + unicodedata.normalize("NFD", old.read(name).decode()).replace("\n", "\r\n").encode()
            for name in old.namelist()
        }
    found = read(zipped(tmp_path / "nfd.zip", files))
    assert [s.answers for s in found] == [s.answers for s in read(exported["csv"])]


# ---- sample.csv and frame.csv --------------------------------------------------------------------------------------


def few() -> tuple[tuple[Drawn, ...], Frame]:
    """The sample's rows of its first hamlets in both waves, with the frame."""
    made = world.province()
    return made.sample, made.frame


def placed(rows: Sequence[Drawn], frame: Frame) -> None:
    check_places(rows, frame, COMMUNES, FORMER, "sample.csv")


def test_the_practice_sample_agrees_with_its_frame() -> None:
    placed(*few())


@pytest.mark.parametrize(
    ("change", "code", "shown"),
    [
        ({"psu": "GL9999"}, "DATA-006", "GL9999"),
        ({"commune": "99999"}, "DATA-004", "99999"),
        ({"commune": "21010"}, "DATA-005", "21028 Phường Nghĩa Lộ"),
        ({"commune": "21548"}, "DATA-009", "21548"),
    ],
)
def test_the_sample_against_the_frame(change: dict[str, str], code: str, shown: str) -> None:
    rows, frame = few()
    psu = next(d.psu for d in rows if d.commune != "21548")
    with pytest.raises(BdgError) as fault:
        placed(
            [
                replace(d, psu=change.get("psu", d.psu), commune=change.get("commune", d.commune)) if d.psu == psu else d
                for d in rows
            ],
            frame,
        )
    assert shown in told(fault, code)


def test_a_kept_hamlet_under_a_new_id_needs_its_link() -> None:
    """Renamed in 2029 and marked as kept from 2026: without psu_links.csv the waves would count as independent."""
    rows, frame = few()
    linked = {k.new_psu for k in frame.links if k.kind == "renamed"}
    kept = [d for d in rows if d.wave == 2030 and d.overlap_of == 2026 and d.psu in linked]
    assert kept
    with pytest.raises(BdgError) as fault:
        placed(rows, replace(frame, links=()))
    text = told(fault, "DATA-009")
    assert kept[0].psu in text
    assert "psu_links.csv" in text


def with_bytes(tmp_path: Path, change: Callable[[bytes], bytes]) -> Path:
    (tmp_path / "sample.csv").write_bytes(change(sample_bytes(few()[0])))
    return tmp_path / "sample.csv"


TABLES: dict[str, tuple[Callable[[bytes], bytes], str, str]] = {
    "semicolons": (lambda b: b.replace(b",", b";"), "DATA-030", "«;»"),
    "tabs": (lambda b: b.replace(b",", b"\t"), "DATA-030", "«Tab»"),
    "utf-16": (lambda b: b.decode().encode("utf-16"), "DATA-001", "UTF-8"),
    "cut": (lambda b: b[: len(b) // 2].rpartition(b",")[0], "DATA-001", "16 ô"),
    "shifted": (lambda b: b.replace(b",main,", b",main,,,", 1), "DATA-001", "dòng 2"),
    "column": (lambda b: b.replace(b"p_psu", b"p"), "DATA-001", "p_psu"),
    "two columns": (lambda b: b.replace(b"p_household", b"p_psu", 1), "DATA-001", "p_household"),
    "header only": (lambda b: b.splitlines()[0] + b"\n", "DATA-001", "≥ 1"),
    "nothing": (lambda _: b"", "DATA-001", "p_psu"),
    "comma": (lambda b: b.replace(b"0.", b"0;", 1), "DATA-002", "p_psu"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_a_program_changed(tmp_path: Path, name: str) -> None:
    change, code, shown = TABLES[name]
    with pytest.raises(BdgError) as fault:
        read_sample(with_bytes(tmp_path, change))
    assert shown in told(fault, code)


@pytest.mark.parametrize(
    "change",
    [
        lambda b: b.replace(b"\n", b"\r\n"),
        lambda b: b"\xef\xbb\xbf" + b,
        lambda b: b + b"," * 15 + b"\n",
        lambda b: unicodedata.normalize("NFD", b.decode()).encode(),
        lambda b: b.replace(b",", b" , "),
    ],
)
def test_a_table_that_only_looks_different(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    """CRLF, a byte order mark, empty lines of a spreadsheet, decomposed letters, spaces around the commas."""
    assert read_sample(with_bytes(tmp_path, change)) == few()[0]


def test_a_folder_or_nothing_in_the_place_of_a_table(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(BdgError) as fault:
            read_sample(path)
        told(fault, "DATA-001")
    with pytest.raises(BdgError) as fault:
        read_frame(tmp_path / "none.csv")
    told(fault, "DATA-001")


# ---- the whole command: refused before anything is written ---------------------------------------------------------


@pytest.fixture(scope="module")
def round_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("round")
    world.write_sample(folder)
    for wave in (2026, 2030):
        world.write_xml(world.interviews(wave), folder / str(wave))
    return folder


def beside(folder: Path, rows: Sequence[Drawn], frame: Frame, waves: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "sample.csv").write_bytes(sample_bytes(rows))
    (folder / "frame.csv").write_bytes(frame_bytes(frame))
    (folder / "psu_links.csv").write_bytes(link_bytes(frame))
    (folder / "waves.yaml").write_bytes(waves)
    return folder / "sample.csv"


def refused(code: str, exit_code: int, waves: Mapping[int, Path], sample: Path, out: Path) -> str:
    """The message; neither the out folder nor a working folder beside it may be there afterwards."""
    before = sorted(p.name for p in out.parent.iterdir())
    with pytest.raises(BdgError) as fault:
        run(waves, sample, out)
    assert sorted(p.name for p in out.parent.iterdir()) == before
    return told(fault, code, exit_code)


def test_the_waves_of_the_command(round_folder: Path, tmp_path: Path) -> None:
    sample, out = round_folder / "sample.csv", tmp_path / "out"
    base, later = round_folder / "2026", round_folder / "2030"
    assert "2026, 2030" in refused("DATA-020", 2, {26: base}, sample, out)
    assert "2030" in refused("DATA-014", 11, {2026: later}, sample, out)
    assert "2026" in refused("DATA-014", 11, {2026: base, 2030: base}, sample, out)
    assert "2030" in refused("DATA-014", 11, {2026: later, 2030: base}, sample, out)


WINDOWS: dict[str, tuple[str, str, int, str]] = {
    "backwards": ("{2026: {field_start: 2026-10-30, field_end: 2026-10-05}}", "DATA-015", 10, "2026-10-30 > 2026-10-05"),
    "half": ("{2026: {field_start: 2026-10-05}}", "DATA-015", 10, "field_end"),
    "office date": ('{2026: {field_start: "05/10/2026", field_end: "30/10/2026"}}', "DATA-026", 11, "05/10/2026"),
    "broken": ("{2026: [", "DATA-026", 11, "ParserError"),
    "other shape": ("[2026]", "DATA-026", 11, "waves.yaml"),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_field_windows(round_folder: Path, tmp_path: Path, name: str) -> None:
    text, code, exit_code, shown = WINDOWS[name]
    made = world.province()
    sample = beside(tmp_path / "round", made.sample, made.frame, f"waves: {text}\n".encode())
    assert shown in refused(code, exit_code, {2026: round_folder / "2026"}, sample, tmp_path / "out")


def test_practice_and_real_are_never_mixed(round_folder: Path, tmp_path: Path) -> None:
    """Sample, frame and submissions are all practice or all real; and a real round runs, unstamped."""
    made, waves = world.province(), (round_folder / "waves.yaml").read_bytes()
    rows = [replace(d, round_kind="real") for d in made.sample]
    frame = Frame(tuple(replace(h, source="Sở Nội vụ") for h in made.frame.hamlets), made.frame.links)
    base = {2026: round_folder / "2026"}
    stamped = beside(tmp_path / "a", rows, made.frame, waves)
    assert STAMP in refused("DATA-029", 11, base, stamped, tmp_path / "out")
    real = beside(tmp_path / "b", rows, frame, waves)
    assert "practice: 56" in refused("DATA-029", 11, base, real, tmp_path / "out")
    kinds = [replace(d, round_kind="real") if d.wave == 2030 else d for d in made.sample]
    refused("DATA-009", 11, base, beside(tmp_path / "c", kinds, made.frame, waves), tmp_path / "out")
    two = world.interviews(2026)
    two = [*world.change(two[:2], lambda _: {"round_kind": "real"}), *two[2:]]
    text = refused("DATA-029", 11, {2026: world.write_xml(two, tmp_path / "two")}, round_folder / "sample.csv", tmp_path / "out")
    assert "real: 2" in text
    given = world.write_xml(world.change(world.interviews(2026), lambda _: {"round_kind": "real"}), tmp_path / "real")
    run({2026: given}, real, tmp_path / "out")
    assert read_results(tmp_path / "out" / "results.json").practice is False


def test_what_the_form_computes_must_be_there(round_folder: Path, tmp_path: Path) -> None:
    sample, out = round_folder / "sample.csv", tmp_path / "out"
    for name, value in (("age", "abc"), ("sex", "Nam"), ("n_eligible", "0")):
        finished = [i for i in world.interviews(2026) if i.answers["consent"] == "yes"]
        given = [replace(i, answers={**i.answers, name: value}) for i in finished]
        text = refused("DATA-022", 11, {2026: world.write_xml(given, tmp_path / name)}, sample, out)
        assert f"«{name}»" in text


def test_lost_zeros_are_guessed_at(round_folder: Path, tmp_path: Path) -> None:
    given = world.change(world.interviews(2026), lambda a: {"ssu": (a["ssu"] or "").lstrip("0")})
    text = refused("DATA-016", 11, {2026: world.write_xml(given, tmp_path / "x")}, round_folder / "sample.csv", tmp_path / "out")
    assert "số 0 ở đầu" in text


def test_where_results_cannot_be_written(round_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"x")
    sample, base = round_folder / "sample.csv", {2026: round_folder / "2026"}
    for out in (tmp_path / "taken", tmp_path / "taken" / "inside"):
        with pytest.raises(BdgError) as fault:
            run(base, sample, out)
        assert out.name in told(fault, "DATA-031", 2)
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_an_office_window_in_the_file_is_a_date(tmp_path: Path) -> None:
    """What waves.yaml of the practice round holds is read as dates."""
    world.write_sample(tmp_path)
    spans = yaml.safe_load((tmp_path / "waves.yaml").read_text(encoding="utf-8"))["waves"]
    assert spans[2026] == {"field_start": date(2026, 10, 5), "field_end": date(2026, 10, 30)}
