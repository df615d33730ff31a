"""List files of a wave: only what this wave's main households touch, in NFC, and no word of a sample that does not fit."""

from __future__ import annotations

import csv
import io
import unicodedata
from pathlib import Path

import pytest

from forms.errors import BdgError
from forms.media import Hamlet, Household, lists, read_hamlets, read_households, read_rows

COMMUNES = {"21085": "Xã Sơn Hạ", "21548": "Đặc khu Lý Sơn", "23293": "Xã Đăk Hà"}
FRAME = """psu,commune,hamlet,households,persons,area,stratum,dtts
GL0001,21085,Thôn Đồng Sạ,120,430,rural,mien_nui_qn,1
GL0002,21548,Thôn Tây An Vĩnh,200,800,rural,hai_dao_qn,0
GL0003,23293,Tổ dân phố 2,150,600,urban,mien_nui_kt,
"""
SAMPLE = """wave,stratum,psu,ssu,commune,select_u,status,round_kind
2026,mien_nui_qn,GL0001,014,21085,0.125,main,practice
2026,mien_nui_qn,GL0001,090,21085,0.5,reserve,practice
2026,mien_nui_qn,GL0001,021,21085,0.75,main,practice
2026,mien_nui_kt,GL0003,003,23293,0.25,reserve,practice
2030,hai_dao_qn,GL0002,007,21548,0.9,main,practice
"""


def written(folder: Path, sample: str = SAMPLE, frame: str = FRAME) -> tuple[Path, Path]:
    """sample.csv and frame.csv in a folder."""
    (folder / "sample.csv").write_text(sample, encoding="utf-8")
    (folder / "frame.csv").write_text(frame, encoding="utf-8")
    return folder / "sample.csv", folder / "frame.csv"


def field_lists(sample: Path, frame: Path, wave: int, communes: dict[str, str], releases: Path | None = None) -> dict[str, bytes]:
    """The list files of a wave, from its files."""
    return lists(read_households(sample, wave, releases), read_hamlets(frame), communes)


def table(content: bytes) -> list[dict[str, str]]:
    """The rows of a list file."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def test_only_the_main_households_of_the_wave(tmp_path: Path) -> None:
    """No reserve household, no household of the other wave, in the order of the sample."""
    found = field_lists(*written(tmp_path), 2026, COMMUNES)
    assert sorted(found) == ["communes.csv", "hamlets.csv", "households.csv"]
    assert [(r["name"], r["psu"], r["select_u"]) for r in table(found["households.csv"])] == [
        ("2026-GL0001-014", "GL0001", "0.125"),
        ("2026-GL0001-021", "GL0001", "0.75"),
    ]
    assert table(found["households.csv"])[0]["label"] == "Hộ 014"


def test_only_the_hamlets_and_communes_that_they_touch(tmp_path: Path) -> None:
    """GL0003 has a reserve household only: an interviewer of this wave must not see it."""
    found = field_lists(*written(tmp_path), 2026, COMMUNES)
    assert [(r["name"], r["label"], r["commune"]) for r in table(found["hamlets.csv"])] == [("GL0001", "Thôn Đồng Sạ", "21085")]
    assert [(r["name"], r["label"]) for r in table(found["communes.csv"])] == [("21085", "Xã Sơn Hạ")]
    later = field_lists(*written(tmp_path), 2030, COMMUNES)
    assert [r["name"] for r in table(later["communes.csv"])] == ["21548"]


def test_each_hamlet_carries_its_wave_and_kind_of_round(tmp_path: Path) -> None:
    """The form takes the stamp of the practice round from here."""
    (row,) = table(field_lists(*written(tmp_path), 2026, COMMUNES)["hamlets.csv"])
    assert (row["wave"], row["round_kind"]) == ("2026", "practice")


@pytest.mark.parametrize("how", ["said", "column left out", "cell left empty"])
def test_a_real_sample_stays_real(tmp_path: Path, how: str) -> None:
    """A sample that does not say `practice` is real, also when it was made before the column existed."""
    text = SAMPLE.replace(",practice", ",real")
    if how == "column left out":
        text = text.replace(",round_kind", "").replace(",real", "")
    if how == "cell left empty":
        text = text.replace(",real", ",")
    found = field_lists(*written(tmp_path, text), 2026, COMMUNES)
    assert {r["round_kind"] for r in table(found["hamlets.csv"])} == {"real"}
    assert b"practice" not in b"".join(found.values())


def test_a_hamlet_that_the_frame_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BdgError) as fault:
        field_lists(*written(tmp_path, SAMPLE.replace("GL0001", "GL0777")), 2026, COMMUNES)
    assert fault.value.problems[0].code == "FORM-033"
    assert "GL0777" in str(fault.value)


def test_a_commune_that_the_province_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BdgError) as fault:
        field_lists(*written(tmp_path), 2026, {"21548": "Đặc khu Lý Sơn"})
    assert fault.value.problems[0].code == "FORM-033"
    assert "21085" in str(fault.value)


def test_a_wave_without_households_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BdgError) as fault:
        field_lists(*written(tmp_path), 2028, COMMUNES)
    assert fault.value.problems[0].code == "FORM-030"
    assert "2028" in str(fault.value)


def test_reserves_alone_are_no_wave(tmp_path: Path) -> None:
    with pytest.raises(BdgError) as fault:
        read_households(written(tmp_path, SAMPLE.replace(",main,", ",reserve,"))[0], 2026)
    assert fault.value.problems[0].code == "FORM-030"


@pytest.mark.parametrize("name", ["wave", "stratum", "psu", "commune", "select_u", "status"])
def test_a_sample_without_a_column_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    sample, _ = written(tmp_path, SAMPLE.replace(name, "x", 1))
    with pytest.raises(BdgError) as fault:
        read_households(sample, 2026)
    assert fault.value.problems[0].code == "FORM-032"
    assert name in str(fault.value)


def test_a_missing_file_is_named_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(BdgError) as fault:
        read_hamlets(tmp_path / "frame.csv")
    assert fault.value.problems[0].code == "FORM-032"
    assert "frame.csv" in str(fault.value)
    assert str(tmp_path) not in str(fault.value)


def test_names_come_out_composed_whatever_came_in(tmp_path: Path) -> None:
    """A Mac writes «Đồng Sạ» in pieces (NFD); the phone compares letters, so one form only may leave."""
    apart = unicodedata.normalize("NFD", FRAME)
    assert apart != FRAME
    found = field_lists(*written(tmp_path, frame=apart), 2026, COMMUNES)
    whole = field_lists(*written(tmp_path), 2026, COMMUNES)
    assert found == whole
    text = b"".join(found.values()).decode("utf-8")
    assert unicodedata.is_normalized("NFC", text)


def test_excel_s_mark_at_the_beginning_is_not_part_of_the_first_name(tmp_path: Path) -> None:
    (tmp_path / "frame.csv").write_bytes(b"\xef\xbb\xbf" + FRAME.encode())
    assert read_rows(tmp_path / "frame.csv", ("psu",))[0]["psu"] == "GL0001"


def test_what_the_frame_knows_of_a_hamlet(tmp_path: Path) -> None:
    """dtts unknown is not 0; a frame without sizes has none."""
    known = read_hamlets(written(tmp_path)[1])
    assert [(h.psu, h.dtts, h.households) for h in known] == [("GL0001", "1", 120), ("GL0002", "0", 200), ("GL0003", "", 150)]
    bare = read_hamlets(written(tmp_path, frame="psu,commune,hamlet,area\nGL1,21085,A,rural\n")[1])
    assert bare == (Hamlet("GL1", "21085", "A", "rural", "", 0),)


def test_commas_and_quotes_in_a_name_survive() -> None:
    home = Household("2026-A-1", 2026, "A", "1", "21085", "0.5", "real")
    hamlet = Hamlet("A", "21085", 'Thôn "Trên", cũ', "rural", "", 1)
    assert table(lists([home], [hamlet], COMMUNES)["hamlets.csv"])[0]["label"] == 'Thôn "Trên", cũ'


def test_the_same_lists_whatever_the_order_of_the_frame(tmp_path: Path) -> None:
    head, *rows = FRAME.splitlines()
    turned = "\n".join([head, *reversed(rows)]) + "\n"
    assert field_lists(*written(tmp_path, frame=turned), 2026, COMMUNES) == field_lists(*written(tmp_path), 2026, COMMUNES)


# ---- reserves: on the phone only when they were released

RELEASED = """seq,time,wave,psu,ssu,replaces,reason,visits,who,prev_sha256
1,2026-10-06,2026,GL0001,090,021,nobody_home,3,7,00
2,2026-10-06,2030,GL0002,008,007,refused,1,7,00
"""


def test_a_released_reserve_is_listed_and_says_for_whom_it_stands(tmp_path: Path) -> None:
    """The replaced household stays: its form must still come back.  GL0003's reserve was not released and is not seen."""
    sample, frame = written(tmp_path)
    (tmp_path / "releases.csv").write_text(RELEASED, encoding="utf-8")
    found = field_lists(sample, frame, 2026, COMMUNES)
    assert [(r["name"], r["label"], r["select_u"]) for r in table(found["households.csv"])] == [
        ("2026-GL0001-014", "Hộ 014", "0.125"),
        ("2026-GL0001-090", "Hộ 090 (dự phòng, thay hộ 021)", "0.5"),
        ("2026-GL0001-021", "Hộ 021", "0.75"),
    ]
    assert [r["name"] for r in table(found["hamlets.csv"])] == ["GL0001"]
    assert [h.replaces for h in read_households(sample, 2026)] == ["", "021", ""]


def test_releases_may_lie_elsewhere(tmp_path: Path) -> None:
    sample, frame = written(tmp_path)
    other = tmp_path / "elsewhere.csv"
    other.write_text(RELEASED, encoding="utf-8")
    assert len(read_households(sample, 2026)) == 2
    assert (
        len(read_households(sample, 2026, other))
        == len(table(field_lists(sample, frame, 2026, COMMUNES, other)["households.csv"]))
        == 3
    )
    with pytest.raises(BdgError) as fault:
        read_households(sample, 2026, tmp_path / "none.csv")
    assert fault.value.problems[0].code == "FORM-032"


@pytest.mark.parametrize(
    ("old", "new"), [("GL0001,090", "GL0001,014"), ("GL0001,090", "GL0001,555"), ("GL0001,090", "GL0003,090")]
)
def test_a_release_that_is_no_reserve_of_the_sample_is_refused(tmp_path: Path, old: str, new: str) -> None:
    """A main household, one that was never drawn, and the number of another hamlet's reserve."""
    sample, _ = written(tmp_path)
    (tmp_path / "releases.csv").write_text(RELEASED.replace("GL0001,090", new), encoding="utf-8")
    with pytest.raises(BdgError) as fault:
        read_households(sample, 2026)
    assert fault.value.problems[0].code == "DATA-057"


@pytest.mark.parametrize(("told", "listed"), [("1.2e-05", "0.000012"), ("0.0", "0.0"), ("1e-06", "0.000001"), ("0.125", "0.125")])
def test_the_number_that_selects_is_written_without_an_exponent(tmp_path: Path, told: str, listed: str) -> None:
    """XPath knows no exponent: JavaRosa reads 1.2e-05 as not a number, and nobody would be selected."""
    sample, frame = written(tmp_path, SAMPLE.replace("0.125", told))
    assert table(field_lists(sample, frame, 2026, COMMUNES)["households.csv"])[0]["select_u"] == listed


@pytest.mark.parametrize("told", ["", "abc", "1", "1.0", "-0.1", "nan", "inf", "0,5"])
def test_a_number_that_selects_nobody_is_refused(tmp_path: Path, told: str) -> None:
    text = SAMPLE.replace("0.125", f'"{told}"')
    with pytest.raises(BdgError) as fault:
        read_households(written(tmp_path, text)[0], 2026)
    assert fault.value.problems[0].code == "DATA-002"
