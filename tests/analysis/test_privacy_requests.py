"""Requests of respondents: codes, legal clocks, the register and its chain, warnings when a day comes near."""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from analysis.cli import app
from analysis.privacy import record, register
from analysis.privacy.clocks import FILE, clocks, working_days
from analysis.privacy.codes import ALPHABET, code_of, mark_of, read_code
from analysis.privacy.told import clocks_of
from forms.ledger import Round
from tests.analysis.privacy_rounds import DAY, WHO, code, made
from tests.analysis.rounds_made import KEY
from tests.forms.writing import refused

MONDAY = date(2026, 11, 23)
HEX = "0123456789abcdef"


@pytest.fixture
def of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Round:
    monkeypatch.setenv("BDG_ROUND_KEY", KEY)
    return made(tmp_path / "r26")


# ---- codes


def test_the_code_is_the_one_the_form_made() -> None:
    """Against JavaRosa: the id and the code of a rehearsed submission (uuid:0124c03f… was shown 2346-M25X)."""
    assert code_of("uuid:0124c03f-e076-4b78-b8ca-c440d1d49f87") == "2346-M25X"


@given(st.text(alphabet=HEX, min_size=8, max_size=8))
def test_the_rule_of_the_form_written_out(digits: str) -> None:
    """translate(substr(instanceID, 5, 9) …) and (9, 13), as 20_consent.yaml says, sign by sign."""
    wanted = "".join("23456789ACHKMQRX"[HEX.index(d)] for d in digits)
    assert code_of(f"uuid:{digits}-aaaa") == f"{wanted[:4]}-{wanted[4:]}"
    assert code_of(f"uuid:{digits.upper()}-aaaa") == code_of(f"uuid:{digits}-aaaa")


def test_the_form_still_has_this_rule() -> None:
    from forms.load import questionnaire_folder

    text = (questionnaire_folder() / "20_consent.yaml").read_text(encoding="utf-8")
    assert re.search(rf"translate\(substr\(/data/meta/instanceID, 5, 9\), '{HEX}', '{ALPHABET}'\)", text)
    assert re.search(rf"translate\(substr\(/data/meta/instanceID, 9, 13\), '{HEX}', '{ALPHABET}'\)", text)


@pytest.mark.parametrize("bad", ["", "uuid:12", "uuid:xyzw1234-", "row-17"])
def test_an_id_of_another_kind_has_no_code(bad: str) -> None:
    assert code_of(bad) == ""


@pytest.mark.parametrize("said", ["2346-m25x", " 2346 M25X ", "2346M25X", "2346–M25X", "23.46_M2-5X"])
def test_a_code_is_read_however_it_was_written_down(said: str) -> None:
    assert read_code(said) == "2346-M25X"


@pytest.mark.parametrize(
    ("said", "shown"), [("2346-M25", "7 "), ("2346-M25O", "O"), ("0346-M25X", "0"), ("", "0 "), ("2346-M25XX", "9 ")]
)
def test_what_is_no_code_is_refused_without_showing_it(said: str, shown: str) -> None:
    (told,) = refused(lambda: read_code(said))
    assert told.code == "DATA-140"
    assert shown in told.got
    assert "M25" not in told.text()


def test_a_mark_needs_the_key() -> None:
    key = base64.b64decode(KEY)
    wanted = hmac.new(key, b"bdg/request|2346-M25X", hashlib.sha256).hexdigest()[:16]
    assert mark_of(key, "2346-M25X") == wanted
    assert mark_of(bytes(32), "2346-M25X") != wanted


# ---- clocks


def test_the_clocks_are_those_of_the_law_as_read() -> None:
    """2 working days; 10 to view or correct; 15 to withdraw, restrict, object; 20 to delete."""
    law = clocks()
    assert law.acknowledge == 2
    assert {n: r.days for n, r in law.rights.items()} == {
        "view": 10, "correct": 10, "withdraw": 15, "restrict": 15, "object": 15, "delete": 20,
    }  # fmt: skip
    assert law.sheet_days == 90


def test_every_fact_has_a_source_and_a_day_on_which_it_was_read() -> None:
    told = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    assert told["document"]["source"]
    assert isinstance(told["document"]["read"], date)
    assert told["document"]["checked"] is None, "somebody checked the gazette: say who in the changelog"
    assert told["contact_sheet"]["source"]
    assert told["warn"]["reason"]


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        (MONDAY, 2, date(2026, 11, 25)), (date(2026, 11, 26), 2, date(2026, 11, 30)), (date(2026, 11, 27), 2, date(2026, 12, 1)),
        (date(2026, 11, 28), 2, date(2026, 12, 1)), (date(2026, 11, 29), 2, date(2026, 12, 1)), (MONDAY, 0, MONDAY),
    ],
)  # fmt: skip
def test_working_days_by_the_calendar_on_the_wall(start: date, days: int, last: date) -> None:
    assert working_days(start, days) == last


@given(st.dates(date(2026, 1, 1), date(2031, 1, 1)), st.integers(1, 15))
def test_working_days_counted_one_by_one(start: date, days: int) -> None:
    last = working_days(start, days)
    between = [start + timedelta(days=n + 1) for n in range((last - start).days)]
    assert sum(d.isoweekday() <= 5 for d in between) == days
    assert last.isoweekday() <= 5


def test_days_are_counted_from_the_day_after() -> None:
    assert clocks().finish_by("delete", MONDAY) == date(2026, 12, 13)
    assert clocks().finish_by("withdraw", MONDAY, extended=True) == date(2026, 12, 23)


def test_a_right_or_an_extension_that_is_not_known_is_refused() -> None:
    assert refused(lambda: clocks().right("sing"))[0].code == "DATA-144"
    (told,) = refused(lambda: clocks().finish_by("delete", MONDAY, extended=True))
    assert (told.code, told.got) == ("DATA-144", "null")


# ---- the register


def test_a_request_and_its_days(of: Round) -> None:
    r = register.receive(of, "delete", "0" * 16, MONDAY, WHO, "12/SNV-BDG")
    assert (r.number, r.state, r.acknowledge_by, r.finish_by) == (1, "open", date(2026, 11, 25), date(2026, 12, 13))
    assert [what for what, _ in r.due()] == ["acknowledge", "finish"]
    r = register.note(of, 1, "acknowledged", date(2026, 11, 24), WHO)
    assert [what for what, _ in r.due()] == ["finish"]
    r = register.note(of, 1, "done", date(2026, 12, 1), WHO)
    assert (r.state, r.closed, r.due()) == ("done", date(2026, 12, 1), ())


def test_numbers_go_on_and_requests_do_not_mix(of: Round) -> None:
    for n, right in enumerate(("view", "withdraw", "delete"), 1):
        assert register.receive(of, right, f"{n:016x}", MONDAY, WHO).number == n
    register.note(of, 2, "extended", MONDAY, WHO, "15/SNV")
    found = register.requests(register.read_register(of))
    assert [(r.number, r.right, r.mark, (r.finish_by - MONDAY).days) for r in found] == [
        (1, "view", f"{1:016x}", 10), (2, "withdraw", f"{2:016x}", 30), (3, "delete", f"{3:016x}", 20),
    ]  # fmt: skip


def test_what_cannot_be_entered_is_refused_and_nothing_is_written(of: Round) -> None:
    register.receive(of, "withdraw", "0" * 16, MONDAY, WHO)
    register.receive(of, "delete", "1" * 16, MONDAY, WHO)
    register.note(of, 2, "done", MONDAY, WHO)
    before = register.path_of(of).read_bytes()
    early = MONDAY - timedelta(days=1)
    cases: list[Any] = [
        lambda: register.note(of, 7, "done", MONDAY, WHO), lambda: register.note(of, 1, "received", MONDAY, WHO),
        lambda: register.note(of, 2, "acknowledged", MONDAY, WHO), lambda: register.note(of, 1, "done", early, WHO),
        lambda: register.note(of, 1, "refused", MONDAY, WHO), lambda: register.note(of, 1, "extended", MONDAY, WHO),
    ]  # fmt: skip
    assert [refused(case)[0].code for case in cases] == ["DATA-147"] * len(cases)
    assert refused(lambda: register.receive(of, "sing", "0" * 16, MONDAY, WHO))[0].code == "DATA-144"
    for who, document in (("", ""), ("Nguyễn Văn A", ""), ("CB-01", "ông A nói rằng"), ("x" * 60, "")):
        assert refused(lambda w=who, d=document: register.receive(of, "view", "0" * 16, MONDAY, w, d))[0].code == "DATA-146"
    assert register.path_of(of).read_bytes() == before


def test_extended_once_only_and_only_where_the_law_is_known(of: Round) -> None:
    register.receive(of, "withdraw", "0" * 16, MONDAY, WHO)
    register.note(of, 1, "extended", MONDAY, WHO, "1/SNV")
    assert refused(lambda: register.note(of, 1, "extended", MONDAY, WHO, "2/SNV"))[0].code == "DATA-147"
    register.receive(of, "delete", "1" * 16, MONDAY, WHO)
    assert refused(lambda: register.note(of, 2, "extended", MONDAY, WHO, "3/SNV"))[0].code == "DATA-144"


@pytest.mark.parametrize("damage", ["edit", "drop", "swap"])
@pytest.mark.parametrize("which", ["requests", "deletions"])
def test_a_register_that_was_edited_is_refused(of: Round, damage: str, which: str) -> None:
    for n in range(3):
        register.receive(of, "view", f"{n:016x}", MONDAY, WHO)
        record.enter(of, MONDAY, "contacts.csv", "kept", 3, WHO)
    path = of.home / f"{which}.csv"
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    lines = {"edit": [lines[0].replace(WHO, "CB-02"), *lines[1:]], "drop": lines[1:], "swap": [lines[1], lines[0], lines[2]]}[
        damage
    ]
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    problems = refused(lambda: register.read_register(of) if which == "requests" else record.read_record(of))
    assert {p.code for p in problems} == {"DATA-145"}


def test_the_chain_by_hand(of: Round) -> None:
    """Each line carries the SHA-256 of the fields of the line before, joined by the unit separator."""
    register.receive(of, "view", "0" * 16, MONDAY, WHO)
    register.note(of, 1, "acknowledged", MONDAY, WHO)
    rows = list(csv.DictReader(register.path_of(of).read_text(encoding="utf-8").splitlines()))
    assert rows[0]["prev_sha256"] == "0" * 64
    assert rows[1]["prev_sha256"] == hashlib.sha256("\x1f".join(rows[0].values()).encode()).hexdigest()


# ---- warnings


@pytest.mark.parametrize(
    ("day", "late"), [(MONDAY, True), (date(2026, 12, 9), False), (date(2026, 12, 10), True), (date(2027, 1, 1), True)]
)
def test_a_clock_that_runs_out_is_told(of: Round, day: date, late: bool) -> None:
    """Acknowledge by 25/11, delete by 13/12; three days before, the command ends with 3."""
    register.receive(of, "delete", "0" * 16, MONDAY, WHO)
    if day > MONDAY:
        register.note(of, 1, "acknowledged", MONDAY, WHO)
    lines, told = clocks_of(of, day)
    assert told is late
    assert any("QUÁ HẠN" in line for line in lines) is (day.year == 2027)
    assert "356/2025/NĐ-CP" in lines[-1]
    assert "chưa đối chiếu" in lines[-1]


def test_nothing_waits_where_nobody_asked(of: Round) -> None:
    lines, late = clocks_of(of, MONDAY)
    assert not late
    assert lines[0].startswith("chưa có yêu cầu")


def test_the_commands(of: Round) -> None:
    run = CliRunner().invoke
    base = ["--who", WHO, "--day", "2026-11-23"]
    done = run(app, ["request", "add", str(of.home), code(2), "--right", "delete", *base])
    assert done.exit_code == 0, done.output
    assert "2026-12-13" in done.output
    assert code(2) not in done.output
    assert code(2).replace("-", "") not in register.path_of(of).read_text(encoding="utf-8").replace("-", "")
    assert run(app, ["request", "list", str(of.home), "--day", "2026-11-23"]).exit_code == 3
    assert run(app, ["request", "note", str(of.home), "1", "acknowledged", *base]).exit_code == 0
    assert run(app, ["request", "list", str(of.home), "--day", "2026-11-24"]).exit_code == 0
    assert run(app, ["request", "list", str(of.home), "--day", "2026-12-12"]).exit_code == 3
    missing = run(app, ["request", "add", str(of.home), "AAAA-AAAA", "--right", "view", *base])
    assert [p.code for p in missing.exception.problems] == ["DATA-141"]  # type: ignore[union-attr]  # BdgError
    assert DAY == MONDAY
