"""Contact sheets and restricted files: sealed, bound to their place, shown on a screen only, deleted on a day and recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis.cli import app
from analysis.privacy import contacts, record, restricted
from analysis.privacy.told import clocks_of
from forms.ledger import Round, new_round, round_key
from tests.analysis.privacy_rounds import CANARIES, DAY, NAME, PHONE, WHO, found_below, found_in, made
from tests.analysis.rounds_made import KEY
from tests.forms.writing import refused

SHEET = f"psu,ssu,Họ tên,phone\nP1,1,{NAME},{PHONE}\nP1,2,=1+1,0905000222\nP2,1,Bà Hai,\n"


@pytest.fixture
def of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Round:
    monkeypatch.setenv("BDG_ROUND_KEY", KEY)
    return made(tmp_path / "r26")


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "contacts.csv"
    path.write_text(SHEET, encoding="utf-8")
    return path


# ---- restricted files


def test_a_restricted_file_comes_back_and_shows_nothing(of: Round) -> None:
    body = f"{NAME} {PHONE}".encode() * 50
    restricted.keep(of, "devices.csv", body)
    assert restricted.opened(of, "devices.csv") == body
    assert restricted.names(of) == ("devices.csv",)
    assert found_below(of.home) == []


def test_sealed_for_one_name_of_one_round_only(of: Round, tmp_path: Path) -> None:
    restricted.keep(of, "a.csv", b"one")
    restricted.keep(of, "b.csv", b"two")
    a, b = of.restricted / "a.csv.sealed", of.restricted / "b.csv.sealed"
    sealed = a.read_bytes()
    a.write_bytes(b.read_bytes())
    assert refused(lambda: restricted.opened(of, "a.csv"))[0].code == "DATA-093"
    for damaged in (sealed[:-1], sealed[:30] + bytes([sealed[30] ^ 1]) + sealed[31:], b"plain text", b""):
        a.write_bytes(damaged)
        assert refused(lambda: restricted.opened(of, "a.csv"))[0].code == "DATA-093"
    other = new_round(
        tmp_path / "other", kind="practice", wave=2026, form="household", sample=None, keep_key=lambda r: round_key(r, make=True)
    )
    (other.restricted / "a.csv.sealed").write_bytes(sealed)
    assert refused(lambda: restricted.opened(other, "a.csv"))[0].code == "DATA-093"
    assert refused(lambda: restricted.opened(replace(of, kind="real"), "b.csv"))[0].code == "DATA-093"


@pytest.mark.parametrize("name", ["", "../a.csv", "a/b", ".hidden", "x" * 70, NAME])
def test_a_name_that_is_no_plain_file_name_is_refused(of: Round, name: str) -> None:
    (told,) = refused(lambda: restricted.keep(of, name, b"x"))
    assert told.code == "DATA-150"
    assert NAME not in told.text()
    assert restricted.names(of) == ()


def test_a_removed_file_is_overwritten_first(of: Round) -> None:
    """Seen through a second name of the same file: its bytes are zero, not only its entry gone."""
    restricted.keep(of, "a.csv", b"x" * 200)
    path = of.restricted / "a.csv.sealed"
    (of.home / "second").hardlink_to(path)
    assert restricted.remove(of, "a.csv")
    assert set((of.home / "second").read_bytes()) == {0}
    assert not restricted.remove(of, "a.csv")
    assert refused(lambda: restricted.opened(of, "a.csv"))[0].code == "DATA-150"


# ---- contact sheets


def test_a_sheet_is_sealed_with_its_last_day(of: Round, sheet: Path) -> None:
    line = contacts.keep(of, sheet, DAY, WHO)
    assert (line.rows, line.delete_on) == (3, (date(2026, 11, 10) + timedelta(days=90)).isoformat())
    found = contacts.opened(of)
    assert found.columns == ("psu", "ssu", "Họ tên", "phone")
    assert found.lines[1] == ("P1", "2", "=1+1", "0905000222")
    assert found_below(of.home) == []


def test_a_last_day_of_ones_own(of: Round, sheet: Path) -> None:
    assert contacts.keep(of, sheet, DAY, WHO, date(2026, 12, 31)).delete_on == "2026-12-31"
    assert refused(lambda: contacts.keep(of, sheet, DAY, WHO, date(2026, 11, 1)))[0].code == "DATA-149"


def test_without_an_end_of_fieldwork_there_is_no_default(of: Round, sheet: Path) -> None:
    undated = replace(of, field_end=None)
    (told,) = refused(lambda: contacts.keep(undated, sheet, DAY, WHO))
    assert told.code == "DATA-149"
    assert restricted.names(of) == ()
    assert contacts.keep(undated, sheet, DAY, WHO, date(2027, 1, 1)).delete_on == "2027-01-01"


@pytest.mark.parametrize(
    "body",
    [
        f"{NAME},{PHONE}\n{NAME},{PHONE}\n", f"psu,name\nP1,{NAME}\n", f"psu,ssu,{NAME}\nP1,1\n",
        "psu,ssu,ssu\n1,1,1\n", "", "psu,ssu,name\n",
        f'psu,ssu,name\nP1,1,"{NAME}\n', f"psu,ssu,name\nP1,1,{NAME}\n".encode("utf-16"),
    ],
    ids=["no header", "no ssu", "short line", "twice", "empty", "nobody", "open quote", "utf-16"],
)  # fmt: skip
def test_a_sheet_that_cannot_be_read_is_refused_without_a_word_of_it(of: Round, tmp_path: Path, body: str | bytes) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    (told,) = refused(lambda: contacts.keep(of, path, DAY, WHO))
    assert told.code == "DATA-148"
    assert found_in("message", told.text().encode()) == []
    assert restricted.names(of) == ()


def test_a_missing_file_is_refused(of: Round, tmp_path: Path) -> None:
    assert refused(lambda: contacts.keep(of, tmp_path / "none.csv", DAY, WHO))[0].code == "DATA-148"


def test_a_household_that_is_not_in_the_sample_is_refused(of: Round, sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    of.sample.parent.mkdir(exist_ok=True)
    of.sample.write_text("x", encoding="utf-8")
    drawn = [SimpleNamespace(psu=p, ssu=s, wave=2026) for p, s in (("P1", "1"), ("P1", "2"))]
    monkeypatch.setattr(contacts, "read_sample", lambda _: drawn)
    (told,) = refused(lambda: contacts.keep(of, sheet, DAY, WHO))
    assert (told.code, told.got) == ("DATA-148", "1/3 dòng / lines")


def test_who_looked_and_what_was_deleted_is_recorded(of: Round, sheet: Path) -> None:
    contacts.keep(of, sheet, DAY, WHO)
    assert [line["phone"] for line in contacts.look_up(of, "P1", "", DAY, "CB-02")] == [PHONE, "0905000222"]
    assert len(contacts.look_up(of, "P1", "2", DAY, "CB-02")) == 1
    assert contacts.delete(of, DAY, WHO).rows == 3
    events = [(line.event, line.rows, line.who) for line in record.read_record(of)]
    assert events == [("kept", 3, WHO), ("shown", 2, "CB-02"), ("shown", 1, "CB-02"), ("deleted", 3, WHO)]
    assert refused(lambda: contacts.opened(of))[0].code == "DATA-150"
    assert found_below(of.home) == []


def test_the_household_of_a_forgotten_person_goes(of: Round, sheet: Path) -> None:
    assert contacts.without(of, [("P1", "1")]) == 0
    contacts.keep(of, sheet, DAY, WHO)
    assert contacts.without(of, [("P1", "1"), ("P9", "9")]) == 1
    assert [line[:2] for line in contacts.opened(of).lines] == [("P1", "2"), ("P2", "1")]
    assert contacts.without(of, [("P1", "1")]) == 0


@pytest.mark.parametrize(("after", "late"), [(0, False), (86, False), (87, True), (90, True), (200, True)])
def test_the_last_day_is_told_three_days_before(of: Round, sheet: Path, after: int, late: bool) -> None:
    contacts.keep(of, sheet, date(2026, 11, 10), WHO)
    lines, told = clocks_of(of, date(2026, 11, 10) + timedelta(days=after))
    assert told is late
    assert any("contacts.csv" in line for line in lines) is late
    contacts.delete(of, DAY, WHO)
    assert clocks_of(of, date(2030, 1, 1))[1] is False


def test_the_commands(of: Round, sheet: Path) -> None:
    run, more = CliRunner().invoke, ["--who", WHO, "--day", "2026-11-23"]
    kept = run(app, ["contacts", "keep", str(of.home), str(sheet), *more])
    assert kept.exit_code == 0, kept.output
    assert "2027-02-08" in kept.output
    assert not [c for c in CANARIES if c in kept.output]
    shown = run(app, ["contacts", "show", str(of.home), "--psu", "P1", "--ssu", "1", *more])
    assert NAME in shown.output
    asked = run(app, ["contacts", "delete", str(of.home), *more])
    assert (asked.exit_code, restricted.names(of)) == (3, ("contacts.csv",))
    done = run(app, ["contacts", "delete", str(of.home), "--yes", *more])
    assert done.exit_code == 0, done.output
    assert record.read_record(of)[-1].sha256 in done.output
    assert restricted.names(of) == ()
