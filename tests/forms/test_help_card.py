"""The help card: what ships is empty where only people know, and nothing unproven is ever printed on a real card."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from forms.errors import BdgError
from forms.help_card import FILE, LOCAL, LOCAL_COLUMNS, HelpCard, load_help_card, printable
from forms.load import province_folder
from tests.forms.writing import line_of, refused

CARD = """\
entries:
  - id: child_111
    name: {vi: Bảo vệ trẻ em, en: Child protection}
    number: "111"
    hours: {vi: cả ngày, en: all day}
    free: true
    scope: {vi: Trẻ em, en: Children}
    source: báo A
    read_on: 2026-09-01
    verified_on: 2026-10-02
    verified_by: Sở Nội vụ
  - id: peace
    name: {vi: Nơi tạm lánh, en: Shelter}
    number: "1900 11 22 33"
    hours: null
    free: null
    scope: {vi: Phụ nữ, en: Women}
    source: báo B
    read_on: 2026-09-01
    verified_on: 2026-10-31
    verified_by: Sở Nội vụ
never:
  - number: "1900 99 88 77"
    why: {vi: đường dây của nơi khác, en: another place's line}
    source: báo C
"""
LINE = "21085,police,Công an xã,Commune police,{number},,,yes,Người dân,Residents,{source},2026-09-01,2026-10-05,Sở Nội vụ\n"
OCTOBER = date(2026, 10, 12)


def written(folder: Path, card: str = CARD, local: str = "") -> Path:
    """A province's folder with a card."""
    (folder / FILE).write_text(card, encoding="utf-8")
    if local:
        (folder / LOCAL).write_text(",".join(LOCAL_COLUMNS) + "\n" + local, encoding="utf-8")
    return folder


def changed(folder: Path, old: str, new: str) -> Path:
    """A card with one passage changed."""
    assert CARD.count(old) == 1, f"{old!r} must stand once"
    return written(folder, CARD.replace(old, new))


# ---- what ships


def test_the_shipped_card_holds_the_facts_and_no_proof_that_nobody_has_given() -> None:
    card = load_help_card(province_folder("51"))
    assert {e.id: e.number for e in card.entries} == {
        "dv_line": "", "child_111": "111", "peace_house": "1900 96 96 80", "police_113": "113",
    }  # fmt: skip
    assert [(e.verified_on, e.verified_by) for e in card.entries] == [(None, "")] * 4
    assert all(e.source and e.read_on for e in card.entries)
    assert card.local == {}
    assert {e.id: e.free for e in card.entries} == {"dv_line": True, "child_111": True, "peace_house": False, "police_113": None}


def test_the_number_of_another_city_is_on_the_list_of_those_never_printed() -> None:
    node = yaml.safe_load((province_folder("51") / FILE).read_text(encoding="utf-8"))
    assert [re.sub(r"\D", "", row["number"]) for row in node["never"]] == ["1900545559"]


def test_the_shipped_card_is_not_printed_for_real_fieldwork() -> None:
    """One number is unknown, three were never called: four refusals at once, each at its line."""
    folder = province_folder("51")
    problems = refused(lambda: printable(load_help_card(folder), OCTOBER, practice=False))
    assert [p.code for p in problems] == ["FORM-060", "FORM-061", "FORM-061", "FORM-061"]
    assert [p.place for p in problems] == [
        f"{FILE}:{line_of(folder, FILE, f'id: {name}')} ({name})"
        for name in ("dv_line", "child_111", "peace_house", "police_113")
    ]
    assert problems[0].entry.who.name == "form"


def test_training_material_shows_the_numbers_as_not_verified_and_never_an_empty_one() -> None:
    card = printable(load_help_card(province_folder("51")), OCTOBER, practice=True)
    assert [e.id for e in card.entries] == ["child_111", "peace_house", "police_113"]
    assert all(e.number for e in card.entries)
    assert card.unverified == {"child_111", "peace_house", "police_113"}
    assert [e.id for e in card.left_out] == ["dv_line"]


# ---- the month of fieldwork


@pytest.mark.parametrize(
    ("month", "late"),
    [
        (date(2026, 10, 1), []),
        (date(2026, 10, 31), []),
        (date(2026, 9, 30), ["child_111", "peace"]),
        (date(2026, 11, 1), ["child_111", "peace"]),
        (date(2027, 10, 12), ["child_111", "peace"]),
    ],
)
def test_a_number_counts_in_the_calendar_month_in_which_it_was_called(tmp_path: Path, month: date, late: list[str]) -> None:
    card = load_help_card(written(tmp_path))
    if late:
        problems = refused(lambda: printable(card, month, practice=False))
        assert [(p.code, p.place.partition("(")[2].rstrip(")")) for p in problems] == [("FORM-061", name) for name in late]
        assert {p.expected for p in problems} == {f"{month:%m/%Y}"}
    else:
        assert [e.number for e in printable(card, month, practice=False).entries] == ["111", "1900 11 22 33"]
        assert printable(card, month, practice=False).unverified == frozenset()
    assert printable(card, month, practice=True).unverified == set(late)


@given(st.lists(st.tuples(st.booleans(), st.none() | st.dates(date(2026, 8, 1), date(2027, 12, 31))), max_size=6))
def test_a_real_card_holds_only_numbers_called_in_that_month(said: list[tuple[bool, date | None]]) -> None:
    """Whatever the entries: printed means every number is there and was called in the month; otherwise all reasons are told."""
    (entry,) = load_help_card(province_folder("51")).of("").entries[1:2]
    entries = tuple(
        type(entry)(
            f"e{i}", entry.name, "111" if known else "", None, None, entry.scope, "x", date(2026, 8, 1), day, "x", f"f:{i}"
        )
        for i, (known, day) in enumerate(said)
    )
    wrong = [
        ("FORM-060" if not known else "FORM-061")
        for known, day in said
        if not known or day is None or (day.year, day.month) != (2026, 10)
    ]
    card = HelpCard(entries, {})
    if wrong or not entries:
        with pytest.raises(BdgError) as caught:
            printable(card, OCTOBER, practice=False)
        assert sorted(p.code for p in caught.value.problems) == (sorted(wrong) or ["FORM-060"])
    else:
        assert printable(card, OCTOBER, practice=False).entries == entries
    training = printable(card, OCTOBER, practice=True)
    assert [e.id for e in (*training.entries, *training.left_out)] == sorted(
        (e.id for e in entries), key=lambda name: (not entries[int(name[1:])].number, name)
    )


# ---- the communes' own numbers


def test_a_commune_adds_its_own_numbers(tmp_path: Path) -> None:
    card = load_help_card(written(tmp_path, local=LINE.format(number="0000 11 22 33", source="UBND xã")))
    assert [e.id for e in card.of("21085").entries] == ["child_111", "peace", "police"]
    assert [e.id for e in card.of("21548").entries] == ["child_111", "peace"]
    police = printable(card.of("21085"), OCTOBER, practice=False).entries[-1]
    assert (police.name.vi, police.free, police.hours, police.verified_on) == ("Công an xã", True, None, date(2026, 10, 5))
    assert card.of("21085").local == {}


def test_a_communes_empty_number_stops_its_card_only(tmp_path: Path) -> None:
    line = LINE.format(number="", source="").replace("2026-10-05,Sở Nội vụ", ",")
    card = load_help_card(written(tmp_path, local=line))
    (problem,) = refused(lambda: printable(card.of("21085"), OCTOBER, practice=False))
    assert (problem.code, problem.place) == ("FORM-060", f"{LOCAL}:2 (21085 police)")
    assert len(printable(card.of("21548"), OCTOBER, practice=False).entries) == 2


def test_local_mistakes_are_told_by_line_and_all_at_once(tmp_path: Path) -> None:
    lines = [
        LINE.format(number="abc", source="x"),
        LINE.format(number="222", source="x").replace("21085", "2108"),
        LINE.format(number="333", source="x").replace("police", "two").replace(",yes,", ",maybe,"),
        LINE.format(number="444", source="x").replace("Commune police", "").replace("police", "three"),
        LINE.format(number="555", source="x").replace("police", "four").replace("2026-10-05", "5/10/2026"),
        LINE.format(number="111", source="x").replace("police", "five"),
        LINE.format(number="666", source="x"),
    ]
    problems = refused(lambda: load_help_card(written(tmp_path, local="".join(lines))))
    assert sorted((p.place.partition(" ")[0], p.code) for p in problems) == [
        (f"{LOCAL}:2", "FORM-062"), (f"{LOCAL}:3", "FORM-023"), (f"{LOCAL}:4", "FORM-023"), (f"{LOCAL}:5", "FORM-023"),
        (f"{LOCAL}:6", "FORM-023"), (f"{LOCAL}:7", "FORM-064"), (f"{LOCAL}:8", "FORM-064"),
    ]  # fmt: skip


def test_a_local_file_without_a_column_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / LOCAL).write_text("commune,id,number\n21085,a,111\n", encoding="utf-8")
    (problem,) = refused(lambda: load_help_card(tmp_path))
    assert (problem.code, problem.place) == ("FORM-023", f"{LOCAL}:1")
    assert "verified_by" in problem.got


# ---- wrong shapes


CALLED = "    verified_on: 2026-10-02\n    verified_by: Sở Nội vụ"


@pytest.mark.parametrize(
    ("old", "new", "code", "entry"),
    [
        ('number: "111"', "number: 111", "FORM-023", "child_111"),
        ('number: "111"', 'number: "một một một"', "FORM-062", "child_111"),
        ('number: "111"', 'number: "1"', "FORM-062", "child_111"),
        ('number: "111"', 'number: "1900998877"', "FORM-062", "child_111"),
        ('number: "111"', 'number: "19009.98877"', "FORM-062", "child_111"),
        ('number: "111"', 'number: ""', "FORM-063", "child_111"),
        ("free: true", "free: có", "FORM-023", "child_111"),
        ("source: báo A", 'source: ""', "FORM-063", "child_111"),
        ("source: báo B\n    read_on: 2026-09-01", "source: báo B\n    read_on: null", "FORM-063", "peace"),
        (CALLED, "    verified_on: 2026-10-02\n    verified_by: ''", "FORM-063", "child_111"),
        (CALLED, "    verified_on: null\n    verified_by: Sở", "FORM-063", "child_111"),
        ("verified_on: 2026-10-02", "verified_on: 2026-08-31", "FORM-063", "child_111"),
        ("verified_on: 2026-10-02", "verified_on: hôm qua", "FORM-023", "child_111"),
        ("verified_on: 2026-10-02", "verified_on: 20261002", "FORM-023", "child_111"),
        ("name: {vi: Nơi tạm lánh, en: Shelter}", "name: {vi: Nơi tạm lánh}", "FORM-023", "peace"),
        ("name: {vi: Nơi tạm lánh, en: Shelter}", "name: {vi: Nơi tạm lánh, en: ' '}", "FORM-023", "peace"),
        ("    hours: null\n", "", "FORM-023", "peace"),
        ("scope: {vi: Phụ nữ, en: Women}", "scope: {vi: Phụ nữ, en: Women}\n    phone: x", "FORM-006", "peace"),
        ("id: peace", "id: child_111", "FORM-064", "child_111"),
        ('"1900 11 22 33"', '"1.1.1"', "FORM-064", "peace"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_named_with_its_line(tmp_path: Path, old: str, new: str, code: str, entry: str) -> None:
    folder = changed(tmp_path, old, new)
    problems = refused(lambda: load_help_card(folder))
    assert [p.code for p in problems] == [code]
    line = [n for n, text in enumerate((folder / FILE).read_text(encoding="utf-8").splitlines(), 1) if f"id: {entry}" in text][-1]
    assert problems[0].place == f"{FILE}:{line} ({entry})"


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    card = (
        CARD.replace('number: "111"', 'number: "x"').replace("source: báo B", 'source: ""').replace("id: peace", "id: child_111")
    )
    assert sorted(p.code for p in refused(lambda: load_help_card(written(tmp_path, card)))) == [
        "FORM-062",
        "FORM-063",
        "FORM-064",
    ]


@pytest.mark.parametrize(
    "card", ["entries: 3\n", "- 1\n", "never: []\n", "entries:\n  - 7\n", "", "entries: []\nnever: [{number: '1'}]\n"]
)
def test_a_file_of_another_shape_is_refused_without_a_trace(tmp_path: Path, card: str) -> None:
    problems = refused(lambda: load_help_card(written(tmp_path, card)))
    assert {p.code for p in problems} == {"FORM-023"}
    assert all(p.place.startswith(f"{FILE}:") for p in problems)


def test_a_province_without_a_card_is_told_so(tmp_path: Path) -> None:
    (problem,) = refused(lambda: load_help_card(tmp_path))
    assert (problem.code, problem.place) == ("FORM-002", FILE)


def test_a_card_without_entries_is_no_card(tmp_path: Path) -> None:
    card = load_help_card(written(tmp_path, "entries: []\n"))
    (problem,) = refused(lambda: printable(card, OCTOBER, practice=False))
    assert problem.code == "FORM-060"
