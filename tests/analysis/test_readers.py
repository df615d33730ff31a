"""One Submission record whatever the export, and a clear refusal of what is not one."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from analysis.readers import read_submissions
from forms.errors import BdgError
from forms.submission import Submission
from tests.analysis import world


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return world.write_sources(world.interviews(2026), tmp_path_factory.mktemp("sources"))


@pytest.fixture(scope="module")
def truth(sources: dict[str, Path]) -> tuple[Submission, ...]:
    return read_submissions(sources["xml"], world.book())


def same(found: tuple[Submission, ...], truth: tuple[Submission, ...]) -> None:
    assert [(s.instance_id, s.wave, s.answers, s.repeats) for s in found] == [
        (s.instance_id, s.wave, s.answers, s.repeats) for s in truth
    ]


def code(fault: pytest.ExceptionInfo[BdgError]) -> str:
    assert fault.value.exit_code == 11
    return fault.value.problems[0].code


@pytest.mark.parametrize("kind", ["odata", "csv", "kobo"])
def test_every_source_gives_the_same_answers(sources: dict[str, Path], truth: tuple[Submission, ...], kind: str) -> None:
    found = read_submissions(sources[kind], world.book())
    same(found, truth)
    assert {s.source for s in found} == {kind}
    assert len(truth) == 56
    assert all(s.questionnaire_digest == world.book().digest for s in truth)


def test_xml_answers_are_what_was_written(truth: tuple[Submission, ...]) -> None:
    made = {i.instance_id: i for i in world.interviews(2026)}
    path = {v.name: v.path for v in world.book().variables}
    for s in truth:
        i = made[s.instance_id]
        for name in ("k01", "a05", "exp_channels", "commune", "ssu", "age"):
            assert s.answers[path[name]] == i.answers[name]
        assert len(s.repeats["m1/member"]) == len(i.members)


def test_zip_of_xml(sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "forms.zip", "w", zipfile.ZIP_DEFLATED) as file:
        for p in sources["xml"].iterdir():
            file.write(p, f"instances/{p.stem}/submission.xml")
    same(read_submissions(tmp_path / "forms.zip", world.book()), truth)


def test_odata_repeats_in_a_table_of_their_own(sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path) -> None:
    members = []
    for n, page in enumerate(sorted(sources["odata"].glob("*.json"))):
        document = json.loads(page.read_text(encoding="utf-8"))
        for row in document["value"]:
            group = row["m1"]
            members += [{**m, "__Submissions-id": row["__id"]} for m in group.pop("member", [])]
            # the ghost row that Collect leaves behind when a repeat's count is zero
            members.append({"m_no": None, "m_sex": None, "m_age": None, "__id": "0", "__Submissions-id": row["__id"]})
        (tmp_path / f"Submissions{n}.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "Submissions.m1.member.json").write_text(json.dumps({"value": members}), encoding="utf-8")
    same(read_submissions(tmp_path, world.book()), truth)


def rewritten(kobo: Path, out: Path, header: Callable[[str], str | None], excel: bool = False) -> Path:
    """The KoBo workbook with other headers; excel: numbers in every cell that looks like one, as a re-saved CSV has."""
    book = CalamineWorkbook.from_path(kobo)
    with xlsxwriter.Workbook(out) as new:
        for name in book.sheet_names:
            sheet = new.add_worksheet(name)
            grid = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            keep = [(i, h) for i, cell in enumerate(grid[0]) if (h := header(str(cell))) is not None]
            for column, (i, h) in enumerate(keep):
                sheet.write_string(0, column, h)
                for r, row in enumerate(grid[1:], 1):
                    cell = row[i]
                    if excel and isinstance(cell, str) and cell.replace(".", "", 1).isdigit() and not h.endswith("ssu"):
                        cell = float(cell)
                    if cell != "":
                        sheet.write(r, column, cell) if not isinstance(cell, str) else sheet.write_string(r, column, cell)
    return out


def test_kobo_bare_headers_and_excel_numbers(sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path) -> None:
    def header(h: str) -> str:
        ticked = any(part in h for part in ("exp_", "wanted", "present"))
        return h if h.startswith("_") or ticked else h.rsplit("/", 1)[-1]

    bare = rewritten(sources["kobo"], tmp_path / "bare.xlsx", header, excel=True)
    same(read_submissions(bare, world.book()), truth)


def test_kobo_ticks_alone(sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path) -> None:
    multiple = {v.path for v in world.book().variables if v.type == "codes"}
    ticks = rewritten(sources["kobo"], tmp_path / "ticks.xlsx", lambda h: None if h in multiple else h)
    same(read_submissions(ticks, world.book()), truth)


def test_kobo_repeats_by_index(sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path) -> None:
    plain = rewritten(sources["kobo"], tmp_path / "index.xlsx", lambda h: None if h == "_submission__uuid" else h)
    same(read_submissions(plain, world.book()), truth)


def csv_with(source: Path, out: Path, change: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if name == "bdg_household.csv":
                rows = change(list(csv.DictReader(io.StringIO(text))))
                into = io.StringIO()
                writer = csv.DictWriter(into, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
                text = into.getvalue()
            new.writestr(name, text)
    return out


def test_csv_options_are_tolerated(sources: dict[str, Path], truth: tuple[Submission, ...], tmp_path: Path) -> None:
    split = csv_with(sources["csv"], tmp_path / "split.zip", lambda rows: [{**r, "m4-exp_channels/tv": "1"} for r in rows])
    same(read_submissions(split, world.book()), truth)

    def short(name: str) -> str:
        return name.rsplit("-", 1)[-1] if name.startswith("m") and "meta" not in name else name

    bare = csv_with(sources["csv"], tmp_path / "bare.zip", lambda rows: [{short(k): v for k, v in r.items()} for r in rows])
    same(read_submissions(bare, world.book()), truth)


def test_review_state_is_read(sources: dict[str, Path], tmp_path: Path) -> None:
    states = ["rejected", "hasIssues", "approved"]
    marked = csv_with(
        sources["csv"], tmp_path / "review.zip", lambda rows: [{**r, "ReviewState": states[i % 3]} for i, r in enumerate(rows)]
    )
    assert {s.review for s in read_submissions(marked, world.book())} == {"rejected", "has_issues", "approved"}


# ---- what is refused -----------------------------------------------------------------------------------------------


def test_files_of_something_else(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "ho.xlsx") as new:
        new.add_worksheet().write_row(0, 0, ["STT", "Họ tên chủ hộ"])
    with xlsxwriter.Workbook(tmp_path / "other.xlsx") as new:
        sheet = new.add_worksheet()
        sheet.write_row(0, 0, ["_uuid", "m5/k01"])
        sheet.write_row(1, 0, ["ab", "t"])
    (tmp_path / "rows.json").write_text('{"results": []}', encoding="utf-8")
    (tmp_path / "note.txt").write_text("x", encoding="utf-8")
    (tmp_path / "other.xml").write_text('<data id="wash"><meta><instanceID>uuid:1</instanceID></meta></data>', encoding="utf-8")
    (tmp_path / "empty").mkdir()
    for name in ("ho.xlsx", "other.xlsx", "rows.json", "note.txt", "other.xml", "empty"):
        with pytest.raises(BdgError) as fault:
            read_submissions(tmp_path / name, world.book())
        assert code(fault) == "DATA-010", name


def test_a_missing_scored_column(sources: dict[str, Path], tmp_path: Path) -> None:
    cut = csv_with(
        sources["csv"], tmp_path / "cut.zip", lambda rows: [{k: v for k, v in r.items() if k != "m5-k07"} for r in rows]
    )
    with pytest.raises(BdgError) as fault:
        read_submissions(cut, world.book())
    assert code(fault) == "DATA-011"
    assert "k07" in str(fault.value)
    cut = rewritten(sources["kobo"], tmp_path / "cut.xlsx", lambda h: None if h == "m5/k07" else h)
    with pytest.raises(BdgError, match="DATA-011"):
        read_submissions(cut, world.book())


def test_another_version(tmp_path: Path) -> None:
    old = world.change(world.interviews(2026)[:5], lambda _: {"questionnaire_digest": "0" * 64})
    folder = world.write_xml(old, tmp_path / "old")
    with pytest.raises(BdgError) as fault:
        read_submissions(folder, world.book())
    assert code(fault) == "DATA-012"
    assert len(read_submissions(folder, world.book(), ["0" * 64])) == 5


def test_an_id_twice(tmp_path: Path) -> None:
    some = world.interviews(2026)[:3]
    with pytest.raises(BdgError) as fault:
        read_submissions(world.write_xml([*some, some[0]], tmp_path), world.book())
    assert code(fault) == "DATA-013"
    assert some[0].instance_id in str(fault.value)


def test_labels_instead_of_values(tmp_path: Path) -> None:
    shown = world.change(world.interviews(2026)[:5], lambda a: {"k01": "Đúng"} if a["k01"] else {})
    with pytest.raises(BdgError) as fault:
        read_submissions(world.write_xml(shown, tmp_path), world.book())
    assert code(fault) == "DATA-022"
    assert "Đúng" not in str(fault.value)


def test_unsafe_files(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    body = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><data id="bdg_household">&x;</data>'
    (tmp_path / "a" / "1.xml").write_text(body, encoding="utf-8")
    (tmp_path / "wide").mkdir()
    (tmp_path / "wide" / "1.xml").write_bytes(('<?xml version="1.0" encoding="utf-16"?>' + body).encode("utf-16"))
    with zipfile.ZipFile(tmp_path / "climb.zip", "w") as file:
        file.writestr("../../evil.xml", "<data/>")
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("x.xml", b"0" * 60_000_000)
    for name in ("a", "wide", "climb.zip", "bomb.zip"):
        with pytest.raises(BdgError) as fault:
            read_submissions(tmp_path / name, world.book())
        assert code(fault) == "DATA-017", name


@pytest.mark.parametrize(
    "head",
    [
        b'<!DOCTYPE d [<!ENTITY a "b">]>', b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE d [<!ENTITY a "b">]>'.encode("utf-16"),
    ],
)  # fmt: skip
def test_no_document_type_passes_by_either_parser(tmp_path: Path, head: bytes) -> None:
    body = '<d id="x"><e>&a;</e></d>'
    text = head + (body.encode("utf-16-le") if b"\0" in head else body.encode())
    (tmp_path / "a.xml").write_bytes(text)
    with pytest.raises(BdgError) as fault:
        read_submissions(tmp_path / "a.xml", world.book())
    assert code(fault) == "DATA-017"
