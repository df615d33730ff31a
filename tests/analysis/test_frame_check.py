"""`bdg analysis sample frame`: what is refused, what is only odd, and the table of the frame."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis.findings import Finding
from analysis.sampling.check import SUMMARY_COLUMNS, Checked, check_frame, told, write_checked
from analysis.sampling.cli import app
from analysis.sampling.frame import STAMP, Frame, Hamlet, Link, frame_bytes, link_bytes
from analysis.sampling.places import area_note
from analysis.sampling.sample import Drawn
from analysis.sampling.strata import as_drawn, stratified
from analysis.sampling.suspect import DO
from forms import Place, load_former, load_places, province_folder
from forms.errors import BdgError, Problem
from tests.analysis import world

BORN, LATER = date(2026, 8, 1), date(2029, 1, 1)
Key = tuple[str, str, str, str, str, str]


@cache
def places() -> tuple[Place, ...]:
    return load_places(province_folder())


@cache
def clean() -> Frame:
    """Five hamlets of 100 households and 350 persons in every commune; nothing is odd but what the province has not settled."""
    return Frame(
        tuple(
            Hamlet(f"{p.code}-{i}", p.code, f"Thôn {i}", 100, 350, p.area, f"{p.zone}.{p.former_province}", "", "0", "xã", BORN)
            for p in places() for i in range(1, 6)
        )
    )  # fmt: skip


def look(tmp_path: Path, frame: Frame, previous: Frame | None = None, day: date | None = None) -> Checked:
    (tmp_path / "frame.csv").write_bytes(frame_bytes(frame))
    (tmp_path / "psu_links.csv").write_bytes(link_bytes(frame))
    old = tmp_path / "old.csv" if previous else None
    if previous and old:
        old.write_bytes(frame_bytes(previous))
    return check_frame(tmp_path / "frame.csv", previous=old, day=day)


def keys(findings: Sequence[Finding]) -> set[Key]:
    return {(f.check, f.severity, f.psu, f.question, f.expected, f.got) for f in findings}


def odd(tmp_path: Path, frame: Frame, previous: Frame | None = None) -> set[Key]:
    """What is odd beyond the settled frame."""
    (tmp_path / "clean").mkdir(exist_ok=True)
    more = keys(look(tmp_path, frame, previous).findings) - keys(look(tmp_path / "clean", clean()).findings)
    return {k for k in more if k[0] != "khu_vuc_empty"}


def edit(psu: str, **cells: object) -> Callable[[Frame], Frame]:
    """The frame with some cells of one hamlet changed."""
    return lambda f: replace(f, hamlets=tuple(replace(h, **cells) if h.psu == psu else h for h in f.hamlets))


def added(*hamlets: Hamlet, links: Sequence[Link] = ()) -> Callable[[Frame], Frame]:
    return lambda f: Frame((*f.hamlets, *hamlets), (*f.links, *links))


def new(psu: str, size: int = 100, born: date = LATER, **more: object) -> Hamlet:
    """A hamlet of Sơn Tịnh (21220) as those of `clean`."""
    like = next(h for h in clean().hamlets if h.commune == "21220")
    return replace(like, psu=psu, hamlet=f"Thôn {psu}", households=size, persons=3 * size, as_of=born, **more)


def step(old: str, to: str, kind: str, households: int = 100) -> Link:
    return Link(old, to, kind, households, LATER, "QĐ 12")


# ---- the settled frame ---------------------------------------------------------------------------------------------


def test_what_the_province_has_not_settled_is_all_that_is_odd_in_a_good_frame(tmp_path: Path) -> None:
    checked = look(tmp_path, clean())
    opened = {p.code for p in places() if p.area_open}
    assert len(opened) == 17
    assert {f.psu for f in checked.findings if f.check == "area_open"} == opened
    rest = [f for f in checked.findings if f.check != "area_open"]
    assert [(f.check, f.severity, f.got) for f in rest] == [("khu_vuc_empty", "info", "0/480")]
    assert list(checked.findings) == sorted(checked.findings, key=lambda f: f.id)


def test_ids_of_findings_are_stable_and_their_own(tmp_path: Path) -> None:
    checked = look(tmp_path, edit("21025-1", persons=10)(clean()))
    again = look(tmp_path, edit("21025-1", persons=20)(clean()))
    assert [f.id for f in checked.findings] == [f.id for f in again.findings]
    assert len({f.id for f in checked.findings}) == len(checked.findings)


# ---- odd lines -----------------------------------------------------------------------------------------------------

LINES: list[tuple[Callable[[Frame], Frame], Key]] = [
    (lambda f: replace(f, hamlets=tuple(h for h in f.hamlets if h.commune != "21025")),
     ("commune_without_hamlet", "red", "21025", "psu", "≥ 1", "0")),
    (edit("21025-2", hamlet="thôn  1"), ("same_name", "yellow", "21025", "hamlet", "1", "1: 21025-1 = 21025-2")),
    (edit("21025-2", persons=149), ("household_size", "yellow", "21025", "persons", "1.5 - 8", "1: 21025-2")),
    (edit("21025-2", persons=801), ("household_size", "yellow", "21025", "persons", "1.5 - 8", "1: 21025-2")),
    (edit("21025-2", households=19, persons=60), ("hamlet_size", "yellow", "21025", "households", "20 - 1000", "1: 21025-2")),
    (edit("21025-2", households=1001, persons=3500), ("hamlet_size", "yellow", "21025", "households", "20 - 1000", "1: 21025-2")),
    (edit("21025-2", area="rural"), ("area_differs", "yellow", "21025", "area", "urban", "1: 21025-2")),
    (edit("21025-2", dtts="1"), ("khu_vuc_missing", "yellow", "21025", "khu_vuc", "1 | 2 | 3", "1: 21025-2")),
    (edit("21025-2", khu_vuc="1"), ("khu_vuc_outside", "yellow", "", "dtts", "1", "1: 21025-2")),
    (edit("21025-2", as_of=date(2062, 8, 1)), ("as_of_future", "yellow", "", "as_of", "≤ 2030-12-31", "1: 21025-2")),
    (edit("21025-2", source=STAMP), ("source_mixed", "red", "", "source", "0", "1: 21025-2")),
    (added(new("X")), ("no_origin", "yellow", "21220", "old_psu", "psu_links.csv", "1: X")),
]  # fmt: skip


@pytest.mark.parametrize(("how", "expected"), LINES, ids=[k[0] for _, k in LINES])
def test_an_odd_line_is_found(tmp_path: Path, how: Callable[[Frame], Frame], expected: Key) -> None:
    found = odd(tmp_path, how(clean()))
    assert expected in found
    assert {k[0] for k in found} == {expected[0]}


@pytest.mark.parametrize("cells", [{"persons": 150}, {"persons": 800}, {"households": 20, "persons": 60},
                                   {"households": 1000, "persons": 3500}])  # fmt: skip
def test_the_limits_themselves_are_plausible(tmp_path: Path, cells: dict[str, int]) -> None:
    assert odd(tmp_path, edit("21025-2", **cells)(clean())) == set()


def test_many_are_counted_and_the_first_named(tmp_path: Path) -> None:
    frame = replace(clean(), hamlets=tuple(replace(h, persons=10) for h in clean().hamlets))
    found = {k for k in odd(tmp_path, frame) if k[2] == "21025"}
    assert {k[5] for k in found} == {"5: 21025-1, 21025-2, 21025-3, 21025-4, 21025-5"}


def test_zones_known_of_some_communes_only(tmp_path: Path) -> None:
    frame = replace(clean(), hamlets=tuple(
        replace(h, dtts="1", khu_vuc="2") if h.commune == "21115" else replace(h, dtts="") if h.commune < "21100" else h
        for h in clean().hamlets
    ))  # fmt: skip
    found = {k for k in odd(tmp_path, frame) if k[0].startswith("khu_vuc")}
    ((check, severity, psu, _, _, got),) = found
    assert (check, severity, psu, got.partition(":")[0]) == ("khu_vuc_partly", "yellow", "", "6")
    mixed = odd(tmp_path, edit("21115-1", khu_vuc="3")(frame))
    assert ("khu_vuc_mixed", "yellow", "", "khu_vuc", "1", "1: 21115") in mixed


def test_strata_that_cannot_give_what_is_asked(tmp_path: Path) -> None:
    """One hamlet alone, 480 hamlets in 61 strata for 120 PSUs, and a stratum with fewer hamlets than its share."""
    alone = odd(tmp_path, edit("21025-1", stratum="le")(clean()))
    assert {k for k in alone if k[0] == "stratum_small"} == {("stratum_small", "red", "le", "psu", "≥ 2", "1")}
    many = replace(clean(), hamlets=tuple(replace(h, stratum=f"t{i % 61}") for i, h in enumerate(clean().hamlets)))
    assert ("psus_short", "red", "", "psus", "≥ 2 × 61", "120") in odd(tmp_path, many)
    big = edit("21025-1", stratum="to", households=9000, persons=30000)(edit("21025-2", stratum="to")(clean()))
    short = {k for k in odd(tmp_path, big) if k[0] == "stratum_short"}
    assert {(k[2], k[5]) for k in short} == {("to", "2")}
    ones = sorted(clean().hamlets, key=lambda h: (h.psu[-1], h.psu))  # the first hamlet of every commune, then the second
    for hamlets, said in ((120, []), (119, [("t", "≥ 120", "119")])):
        few = Frame(tuple(replace(h, stratum="t") for h in ones[:hamlets]))
        assert sorted({(k[2], k[4], k[5]) for k in odd(tmp_path, few) if k[0] == "stratum_short"}) == said
    two = edit("21025-1", stratum="hai")(edit("21025-2", stratum="hai")(clean()))
    assert odd(tmp_path, two) == set()
    waves = {f.wave for f in look(tmp_path, big).findings if f.check == "stratum_short"}
    assert waves == {2026, 2030}


# ---- odd links -----------------------------------------------------------------------------------------------------

A, B = "21220-1", "21220-2"
LINKS: list[tuple[Callable[[Frame], Frame], set[Key]]] = [
    (added(new("M", 200), links=(step(A, "M", "merged"), step(B, "M", "merged"))), set()),
    (added(new("N", 130), links=(step(A, "N", "renamed", 130),)), {("link_more", "yellow", A, "N", "≤ 100", "130")}),
    (added(new("P", 50), new("Q", 30), links=(step(A, "P", "split", 50), step(A, "Q", "split", 30))),
     {("split_sum", "yellow", A, "households", "100", "80")}),
    (added(new("P", 95), links=(step(A, "P", "split", 95),)), {("split_alone", "yellow", A, "new_psu", "≥ 2", "1")}),
    (added(new("P", 50), new("Q", 50), links=(step(A, "P", "split", 50), step(A, "Q", "split", 50))),
     {("split_halves", "info", A, "new_psu", "1", "P: 50, Q: 50 → P")}),
    (added(new("M", 200), links=(step(A, "M", "merged"),)),
     {("merged_alone", "yellow", "M", "old_psu", "≥ 2", "1"), ("new_size", "yellow", "M", "households", "200", "100")}),
    (added(links=(step(A, B, "dissolved"),)), {("grown", "yellow", B, "households", "≤ 10", "100")}),
    (added(links=(step(A, B, "dissolved", 50),)), {("grown", "yellow", B, "households", "≤ 10", "50")}),
    (added(links=(step(A, A, "moved"),)), {("moved_same_id", "yellow", A, "commune", "commune_2029", "")}),
    (added(new("P", 60, area="urban"), new("Q", 40), links=(step(A, "P", "split", 60), step(A, "Q", "split", 40))),
     {("split_classes", "info", A, "area_2030", "1", "P: urban, Q: rural → urban"),
      ("area_differs", "yellow", "21220", "area", "rural", "1: P")}),
]  # fmt: skip


@pytest.mark.parametrize(("how", "expected"), LINKS)
def test_odd_links_are_found_and_good_ones_are_not(tmp_path: Path, how: Callable[[Frame], Frame], expected: set[Key]) -> None:
    assert odd(tmp_path, how(clean())) == expected


def test_a_merger_of_two_classes_says_which_one_counts(tmp_path: Path) -> None:
    made = added(new("M", 200), links=(step(A, "M", "merged"), step(B, "M", "merged")))
    found = odd(tmp_path, edit(B, stratum="do_thi.quang_ngai", households=110, persons=385)(made(clean())))
    plain, town = "dong_bang_ven_bien.quang_ngai", "do_thi.quang_ngai"
    said = f"21220-1: {plain}, 21220-2: {town} → {plain}"  # both links carry 100 households: the first id counts
    assert ("merged_classes", "info", "M", "stratum_2026", "1", said) in found


# ---- against the frame before --------------------------------------------------------------------------------------


def refused(tmp_path: Path, frame: Frame, previous: Frame | None = None) -> tuple[Problem, ...]:
    with pytest.raises(BdgError) as fault:
        look(tmp_path, frame, previous)
    assert fault.value.exit_code == 11
    return fault.value.problems


def test_hamlets_that_vanished_are_refused_by_commune(tmp_path: Path) -> None:
    now = replace(clean(), hamlets=tuple(h for h in clean().hamlets if h.psu not in ("21025-1", "21025-3", "21028-2")))
    found = refused(tmp_path, now, clean())
    assert [(p.code, p.got, dict(p.facts)["commune"]) for p in found] == [
        ("DATA-036", "21025-1, 21025-3", "21025"),
        ("DATA-036", "21028-2", "21028"),
    ]


def test_an_id_given_to_another_place_is_refused(tmp_path: Path) -> None:
    other = edit("21025-1", commune="21028", hamlet="Thôn khác")(clean())
    (found,) = refused(tmp_path, other, clean())
    assert (found.code, found.expected, found.got) == ("DATA-037", "Thôn 1, 21025", "Thôn khác, 21028")
    moved = replace(other, links=(step("21025-1", "21025-1", "moved"),))
    assert {k[0] for k in odd(tmp_path, moved, clean())} == {"class_overwritten", "moved_same_id"}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"hamlet": "Thôn Mới"}, ("renamed_in_place", "yellow", "21025", "hamlet", "0", "1: 21025-1")),
        ({"households": 151, "persons": 500}, ("resized", "yellow", "21025", "households", "0", "1: 21025-1")),
        ({"stratum": "khac"}, ("class_overwritten", "red", "21025", "stratum", "0", "1: 21025-1")),
        ({"dtts": "1"}, ("class_overwritten", "red", "21025", "dtts", "0", "1: 21025-1")),
        ({"as_of": LATER}, ("as_of_overwritten", "red", "", "as_of", "0", "1: 21025-1")),
    ],
)
def test_what_was_overwritten_is_found(tmp_path: Path, cells: dict[str, object], expected: Key) -> None:
    assert expected in odd(tmp_path, edit("21025-1", **cells)(clean()), clean())


def test_filling_in_and_columns_of_a_year_overwrite_nothing(tmp_path: Path) -> None:
    before = edit("21025-1", dtts="")(clean())
    extra = {h.psu: {"area_2030": "rural" if h.psu == "21025-1" else ""} for h in clean().hamlets}
    after = replace(clean(), hamlets=tuple(replace(h, extra=extra[h.psu]) for h in clean().hamlets))
    assert odd(tmp_path, after, before) == set()


# ---- errors, all at once -------------------------------------------------------------------------------------------


def test_every_error_of_the_files_is_told_not_the_first_ten(tmp_path: Path) -> None:
    """Twelve zero sizes, a key twice, a commune code from before the merger with what it became."""
    today = {p.code for p in places()}
    old, (now, *_) = next((o, n) for o, n in sorted(load_former(province_folder()).items()) if o not in today)
    units = tuple(replace(h, households=0) if i < 12 else h for i, h in enumerate(clean().hamlets))
    units = (*units[:20], replace(units[20], commune=old), *units[21:], units[-1])
    found = refused(tmp_path, Frame(units))
    assert [p.code for p in found] == ["DATA-002"] * 12 + ["DATA-005", "DATA-003"]
    assert now in found[12].text()
    assert found[0].place == "frame.csv, dòng 2"


def test_a_link_to_an_unknown_id_is_named(tmp_path: Path) -> None:
    (found,) = refused(tmp_path, added(links=(step(A, "GL9", "renamed"),))(clean()))
    assert (found.code, found.place, found.got) == ("DATA-002", "psu_links.csv, dòng 2", "GL9")


# ---- strata of places.csv ------------------------------------------------------------------------------------------


def test_strata_made_of_columns_of_places() -> None:
    frame = edit("21025-1", commune="21025", extra={"commune_2030": "21034", "stratum_2030": "cũ"})(clean())
    assert stratified(frame, places(), ()) == frame
    made = stratified(frame, places(), ["zone", "former_province"]).by_psu()
    assert made["21548-1"].stratum == "hai_dao.quang_ngai"
    assert (made["21025-1"].stratum_in(2026), made["21025-1"].stratum_in(2030)) == (
        "do_thi.quang_ngai", "dong_bang_ven_bien.quang_ngai",
    )  # fmt: skip
    assert len({h.stratum for h in made.values()}) == 6  # do_thi in both former provinces


def test_people_of_every_wave_get_the_strata_that_were_drawn_from() -> None:
    """Drawn by zone in 2026, by the frame's own strata in 2030: read alone, frame.csv would name its own strata for 2026."""
    own = edit("21025-1", stratum="phố")(edit("21548-1", stratum="đảo")(clean()))
    by_zone = stratified(own, places(), ["zone"]).by_psu()

    def row(wave: int, psu: str, stratum: str) -> Drawn:
        return Drawn(wave, stratum, psu, "001", psu[:5], 0.1, 0.1, 0, None, None, "main", None, 0.5, 0.5, None)

    sample = [row(2026, p, by_zone[p].stratum) for p in ("21025-1", "21548-1")] + [row(2030, "21025-1", "phố")]
    made = as_drawn(own, sample, places(), ["zone"]).by_psu()
    assert [made["21548-1"].stratum_in(y) for y in (2026, 2030)] == ["hai_dao", "đảo"]
    assert [made["21025-2"].stratum_in(y) for y in (2026, 2030)] == ["do_thi", "do_thi.quang_ngai"]
    assert as_drawn(own, sample, places(), ()) == own
    both = [row(2026, "21025-1", "do_thi")]  # the hamlet's own stratum bears the zone's name, the others' do not
    half = edit("21025-1", stratum="do_thi")(own)
    assert as_drawn(half, both, places(), ["zone"]) == half
    neither = [row(2026, "21025-1", "khác")]
    assert as_drawn(own, neither, places(), ["zone"]) == own


def test_a_column_that_is_empty_for_communes_is_refused_and_they_are_named() -> None:
    with pytest.raises(BdgError) as fault:
        stratified(clean(), places(), ["zone", "khu_vuc"])
    (found,) = fault.value.problems
    assert (found.code, dict(found.facts)["count"]) == ("DATA-038", "96")
    assert "21025 Phường Cẩm Thành" in found.got
    filled = [replace(p, khu_vuc="3", dtts="1") if p.code == "21115" else replace(p, dtts="0") for p in places()]
    made = stratified(clean(), filled, ["zone", "khu_vuc"]).by_psu()
    assert (made["21115-1"].stratum, made["21025-1"].stratum) == ("mien_nui_quang_ngai_cu.3", "do_thi.0")
    lacking = [replace(p, dtts="") if p.code == "21028" else p for p in filled]
    with pytest.raises(BdgError) as fault:
        stratified(clean(), lacking, ["khu_vuc"])
    assert fault.value.problems[0].got == "21028 Phường Nghĩa Lộ"


def test_a_column_that_makes_no_strata_is_refused() -> None:
    with pytest.raises(BdgError) as fault:
        stratified(clean(), places(), ["name"])
    assert (fault.value.problems[0].code, fault.value.exit_code) == ("PLAN-001", 10)


# ---- urban and rural -----------------------------------------------------------------------------------------------


def test_the_sentence_on_urban_and_rural_follows_places() -> None:
    note = area_note(places())
    assert note.vi.startswith("Thành thị là phường; nông thôn là xã, đặc khu (theo loại đơn vị, ghi ngày 22/11/2026).")
    assert "Còn 17 đơn vị chờ văn bản xếp loại" in note.vi
    assert "Đặc khu Lý Sơn" in note.vi
    settled = [replace(p, area="urban", area_document="QĐ 9/2027") if p.area_open else p for p in places()]
    note = area_note(settled)
    assert "Theo văn bản: Xã Bình Sơn: urban, QĐ 9/2027" in note.vi
    assert "chờ văn bản" not in note.vi
    assert "nông thôn là xã (" in note.vi
    assert "await" not in note.en


def test_a_commune_classed_unlike_its_kind_needs_a_document(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import analysis.sampling.check as module

    for document, day, expected in (("", "", {"area_rule", "area_differs"}), ("QĐ 9", "", {"area_undated", "area_differs"}),
                                    ("QĐ 9", "2027-01-05", {"area_differs"})):  # fmt: skip
        changed = tuple(
            replace(p, area="urban", area_document=document, area_as_of=day) if p.code == "21034" else p for p in places()
        )
        monkeypatch.setattr(module, "load_places", lambda _, found=changed: found)
        assert {f.check for f in look(tmp_path, clean()).findings if f.psu == "21034"} == expected


# ---- the command ---------------------------------------------------------------------------------------------------


def test_the_table_adds_up(tmp_path: Path) -> None:
    checked = look(tmp_path, clean())
    (findings, table) = write_checked(checked, tmp_path / "out")
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"))))
    assert list(rows[0]) == list(SUMMARY_COLUMNS)
    assert (rows[0]["by"], rows[0]["communes"], rows[0]["hamlets"], rows[0]["households"], rows[0]["persons"]) == (
        "all", "96", "480", "48000", "168000",
    )  # fmt: skip
    for by in ("stratum", "area", "stratum*area"):
        for column in ("communes", "hamlets", "households", "persons"):
            assert sum(int(r[column]) for r in rows if r["by"] == by) == int(rows[0][column])
    assert {r["round_kind"] for r in rows} == {"real"}
    told_of = json.loads(findings.read_text(encoding="utf-8"))
    assert set(told_of[0]) == {"id", *(f.name for f in fields(Finding))}


def test_only_hamlets_that_stand_are_counted(tmp_path: Path) -> None:
    frame = added(new("M", 200), links=(step(A, "M", "merged"), step(B, "M", "merged")))(clean())
    assert [look(tmp_path, frame, day=d).summary[0]["hamlets"] for d in (BORN, LATER, None)] == [480, 479, 479]


def test_the_command_stamps_practice_and_writes_the_same_bytes(tmp_path: Path) -> None:
    world.write_sample(tmp_path)
    args = ["frame", "--frame", str(tmp_path / "frame.csv"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, args)
    assert done.exit_code == 0
    assert done.output.startswith(STAMP)
    files = [tmp_path / "out" / name for name in ("frame_findings.json", "frame_summary.csv")]
    first = [f.read_bytes() for f in files]
    assert b"practice" in first[1]
    CliRunner().invoke(app, args)
    assert first == [f.read_bytes() for f in files]


def test_the_exit_code_says_that_something_is_red(tmp_path: Path) -> None:
    (tmp_path / "frame.csv").write_bytes(frame_bytes(edit("21025-1", stratum="le")(clean())))
    done = CliRunner().invoke(app, ["frame", "--frame", str(tmp_path / "frame.csv"), "--out", str(tmp_path / "out")])
    assert done.exit_code == 3
    assert "stratum_small: 2." in done.output  # in both planned waves
    assert (tmp_path / "out" / "frame_findings.json").exists()


def test_nothing_is_written_when_the_files_are_wrong(tmp_path: Path) -> None:
    (tmp_path / "frame.csv").write_bytes(frame_bytes(edit("21025-1", households=0)(clean())))
    done = CliRunner().invoke(app, ["frame", "--frame", str(tmp_path / "frame.csv"), "--out", str(tmp_path / "out")])
    assert isinstance(done.exception, BdgError)
    assert not (tmp_path / "out").exists()


def test_every_check_says_in_two_languages_what_to_do() -> None:
    for check, text in DO.items():
        vi, bar, en = text.partition(" | ")
        assert vi, check
        assert bar, check
        assert en, check


def test_the_printed_lines_count_by_check(tmp_path: Path) -> None:
    lines = told(look(tmp_path, clean()))
    assert lines[0].startswith("Khung ngày 01/08/2026: 480 địa bàn, 48000 hộ, 168000 người, 96 xã, 6 tầng; 0 liên kết.")
    assert any("area_open: 17." in text for text in lines)
