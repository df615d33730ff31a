"""Forgetting a person: nothing of them is left in the round, everything of the others is, and they are still counted."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from analysis.chained import head
from analysis.cleaning.decisions import Wanted, append, lines_of, read_decisions
from analysis.cli import app
from analysis.privacy import contacts, record, register, restricted
from analysis.privacy import forget as forgetting
from analysis.privacy.codes import mark_of
from analysis.privacy.forget import find, forget
from analysis.quality import backs
from analysis.quality.backs import Back
from analysis.readers import vault
from analysis.readers.raw import Raw
from analysis.readers.rounds import form_of
from analysis.readers.stored import arrival, read_ledger
from forms.ledger import Round, open_ledger, round_key
from tests.analysis.privacy_rounds import CANARIES, DAY, NAME, WHO, code, exports, found_below, made, parquet, plain
from tests.analysis.rounds_made import KEY, cells, instance
from tests.forms.writing import refused

WORDS = {0: "tulipa", 1: "dendrobium", 2: "helianthus", 3: "begonia"}
SHEET = "psu,ssu,name,phone\n" + "".join(f"P000,{n + 1},{NAME} {n},090500011{n}\n" for n in range(4))


@pytest.fixture
def of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Round:
    """A round with everything a person may be in: raw files, contacts, a restricted table, decisions, a run, a daily check."""
    monkeypatch.setenv("BDG_ROUND_KEY", KEY)
    of = made(tmp_path / "r26")
    for name, body in exports(WORDS).items():
        vault.keep(of, name, body)
    (tmp_path / "sheet.csv").write_text(SHEET, encoding="utf-8")
    contacts.keep(of, tmp_path / "sheet.csv", DAY, WHO)
    restricted.keep(of, "devices.csv", "".join(f"{instance(n)},phone-{w}\n" for n, w in WORDS.items()).encode())
    wanted = [Wanted(instance(n), "age", "correct", f"hỏi lại {w}", WHO, str(20 + n), "30") for n, w in WORDS.items()]
    append(of.decisions, lines_of(wanted, (), "2026-11-20T08:00:00+07:00"))
    out = of.home / "out" / "daily-2026-11-20"
    out.mkdir()
    rows = [{"id": f"f{n}", "instance_id": instance(n), "got": "1"} for n in WORDS]
    (out / "findings.json").write_text(json.dumps(rows), encoding="utf-8")
    (out / "page.html").write_text(f"<p>{plain(1)}</p>", encoding="utf-8")
    (out / "results.json").write_text('{"rows": [1, 2]}', encoding="utf-8")
    (out / "ids.parquet").write_bytes(parquet({"instance_id": [instance(n) for n in WORDS], "age": [20, 21, 22, 23]}))
    return of


def bodies(of: Round) -> dict[str, str]:
    """Every body of the ledger as text, by instance and shape."""
    with open_ledger(of) as ledger:
        return {s.instance_id: (s.body or b"").decode() for s in ledger.stored(latest=False)}


def opened(of: Round) -> dict[str, bytes]:
    """Everything sealed, opened."""
    return {k.name: k.body for k in vault.kept(of)} | {n: restricted.opened(of, n) for n in restricted.names(of)}


@pytest.mark.parametrize("n", [0, 1, 3])
def test_nothing_of_the_person_is_left(of: Round, n: int) -> None:
    forget(of.home, code(n), DAY, WHO)
    versions = [instance(n), *([instance(901)] if n == 1 else [])]
    kept = bodies(of)
    assert [kept[i] for i in versions] == [""] * len(versions)
    marks = [WORDS[n].encode(), *(i.removeprefix("uuid:").encode() for i in versions)]
    for name, body in opened(of).items():
        assert not [m for m in marks if m in body], name
    lines = [d for d in read_decisions(of.decisions) if d.instance_id == instance(n)]
    assert [(d.old, d.new, d.reason, d.salt) for d in lines] == [("", "", "", "")]
    apart = {"ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "decisions.csv"}
    for path in of.home.rglob("*"):
        if path.is_file() and path.name not in apart and path.suffix != ".parquet":
            assert not [m for m in marks if m in path.read_bytes()], path.name
    table = pd.read_parquet(of.home / "out" / "daily-2026-11-20" / "ids.parquet")
    assert instance(n) not in set(table["instance_id"])
    assert f"{NAME} {n}" not in contacts.NAME + str(contacts.opened(of).lines)


def test_the_disk_holds_no_sealed_byte_of_the_person(of: Round) -> None:
    """The ledger's file itself: the cipher text of the erased bodies is gone, not only unlinked."""
    with sqlite3.connect(of.ledger) as db:
        sealed = [b for (b,) in db.execute("SELECT body FROM received WHERE root_id = ?", (instance(2),))]
        sealed += [b for (b,) in db.execute("SELECT body FROM attachment WHERE instance_id = ?", (instance(2),))]
    db.close()
    assert len(sealed) == 2
    forget(of.home, code(2), DAY, WHO)
    disk = b"".join(p.read_bytes() for p in of.home.glob("ledger.sqlite*"))
    assert not [b for b in sealed if b[20:60] in disk]


def test_the_others_lose_nothing(of: Round) -> None:
    before, files = bodies(of), opened(of)
    forget(of.home, code(1), DAY, WHO)
    after = bodies(of)
    assert {i: b for i, b in after.items() if b} == {i: b for i, b in before.items() if i not in (instance(1), instance(901))}
    others = {n: w for n, w in WORDS.items() if n != 1}
    for name, body in opened(of).items():
        for n, word in others.items():
            assert (word.encode() in body, plain(n).encode() in body) == (
                word.encode() in files[name],
                plain(n).encode() in files[name],
            )
    assert len(contacts.opened(of).lines) == 3
    assert [d.new for d in read_decisions(of.decisions)] == ["30", "", "30", "30"]
    daily = of.home / "out" / "daily-2026-11-20"
    assert [r["id"] for r in json.loads((daily / "findings.json").read_bytes())] == ["f0", "f2", "f3"]
    assert (daily / "results.json").read_text(encoding="utf-8") == '{"rows": [1, 2]}'
    assert not (daily / "page.html").exists()


def test_the_person_is_still_counted_and_no_longer_read(of: Round) -> None:
    done = forget(of.home, code(0), DAY, WHO)
    assert done.counted == 4
    with open_ledger(of) as ledger:
        held = read_ledger(ledger, form_of(of))
    assert held.erased == 1
    assert {s.root_id for s in held.submissions} == {instance(1), instance(2), instance(3)}


def test_a_later_pull_does_not_bring_them_back(of: Round) -> None:
    forget(of.home, code(1), DAY, WHO)
    form = form_of(of)
    with open_ledger(of) as ledger:
        pull = ledger.begin("central", "https://central.example.org")
        raw = Raw(instance(1), instance(1), form.form_id, form.version, None, None, cells(form, 1, age="60"))
        newer = Raw(instance(902), instance(1), form.form_id, form.version, None, None, cells(form, 1, age="61"))
        added = ledger.add(pull, [arrival(raw, form, "csv"), arrival(newer, form, "csv")])
    assert (added.new, added.erased) == (0, 2)


def test_both_registers_say_what_was_done(of: Round) -> None:
    done = forget(of.home, code(1), DAY, WHO)
    (r,) = register.requests(register.read_register(of))
    assert (r.number, r.right, r.state, r.closed, r.mark) == (1, "delete", "done", DAY, mark_of(round_key(of), code(1)))
    assert done.head == head(register.read_register(of))
    told = {(line.what, line.rows) for line in record.read_record(of) if line.event == "person_removed"}
    assert told == {("out", 3), ("raw", 6), ("restricted", 1), ("contacts.csv", 1), ("decisions.csv", 1), ("ledger", 2)}
    assert {line.request for line in record.read_record(of) if line.event == "person_removed"} == {"1"}
    with open_ledger(of) as ledger:
        assert [(root, request) for root, _, request in ledger.erased()] == [(instance(1), "1")]


def test_an_open_request_of_the_person_is_closed_and_others_stay_open(of: Round) -> None:
    marks = {n: mark_of(round_key(of), code(n)) for n in (0, 2)}
    register.receive(of, "withdraw", marks[2], DAY, WHO)
    register.receive(of, "delete", marks[0], DAY, WHO)
    register.receive(of, "delete", marks[2], DAY, WHO)
    register.receive(of, "view", marks[2], DAY, WHO)
    assert forget(of.home, code(2), DAY, WHO).request == 1
    assert [r.state for r in register.requests(register.read_register(of))] == ["done", "open", "done", "open"]


@pytest.mark.parametrize("step", ["_clean", "_raw", "blank", "ledger", "note"])
def test_killed_at_any_step_it_goes_on_where_it_stopped(of: Round, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def stop(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as m:
        if step == "ledger":
            m.setattr("forms.ledger.store.Ledger.erase", stop)
        elif step == "note":
            m.setattr(forgetting.register, "note", stop)
        else:
            m.setattr(forgetting, step, stop)
        with pytest.raises(Killed):
            forget(of.home, code(1), DAY, WHO)
    forget(of.home, code(1), DAY, WHO)
    (r,) = register.requests(register.read_register(of))
    assert r.state == "done"
    left = find(of.home, code(1))
    assert (left.versions, left.files, left.raw, left.sealed, left.contacts, left.decisions) == (0, (), (), (), 0, 0)
    assert {line.what for line in record.read_record(of) if line.request == "1"} >= {"ledger"}


def test_asked_twice_it_is_one_request(of: Round) -> None:
    first = forget(of.home, code(1), DAY, WHO)
    before = register.path_of(of).read_bytes()
    again = forget(of.home, code(1), DAY, WHO)
    assert (again.request, again.places.person.erased) == (first.request, True)
    assert register.path_of(of).read_bytes() == before


def test_a_file_that_came_later_is_cut_when_it_is_asked_again(of: Round) -> None:
    forget(of.home, code(1), DAY, WHO)
    vault.keep(of, "late.csv", exports({1: "dendrobium", 2: "x"})["a.csv"])
    assert len(find(of.home, code(1)).raw) == 1
    forget(of.home, code(1), DAY, WHO)
    assert not [k for k in vault.kept(of) if b"dendrobium" in k.body]


# ---- who is meant


def test_a_code_of_nobody_is_refused_and_nothing_happens(of: Round) -> None:
    before = {p: p.read_bytes() for p in of.home.rglob("*") if p.is_file()}
    assert refused(lambda: forget(of.home, "AAAA-AAAA", DAY, WHO))[0].code == "DATA-141"
    assert refused(lambda: forget(of.home, "AAAA", DAY, WHO))[0].code == "DATA-140"
    assert refused(lambda: forget(of.home, code(1), DAY, "Nguyễn Văn A"))[0].code == "DATA-146"
    assert {p: p.read_bytes() for p in before} == before
    assert not register.path_of(of).exists()


def test_two_people_with_one_code_are_told_apart_by_their_household(of: Round) -> None:
    """Codes have 32 bits: two of thousands of people may share one."""
    form, twin = form_of(of), "uuid:00000002-9999-4000-8000-000000000000"
    with open_ledger(of) as ledger:
        pull = ledger.begin("file", "b.csv")
        raw = Raw(twin, twin, form.form_id, form.version, None, None, cells(form, 2, psu="P777", ssu="9"))
        ledger.add(pull, [arrival(raw, form, "csv")])
    (told,) = refused(lambda: find(of.home, code(2)))
    assert (told.code, told.got) == ("DATA-142", "2")
    assert find(of.home, code(2), ("P777", "9")).person.roots == (twin,)
    assert find(of.home, code(2), ("P000", "3")).person.roots == (instance(2),)
    assert refused(lambda: find(of.home, code(2), ("P000", "9")))[0].code == "DATA-141"


def test_a_code_that_stands_in_the_answers_only_is_found(of: Round) -> None:
    """An edited form keeps the code of its first version though an export may know the last id only."""
    form, other = form_of(of), "uuid:abcdef01-0000-4000-8000-000000000000"
    with open_ledger(of) as ledger:
        pull = ledger.begin("file", "b.csv")
        raw = Raw(other, other, form.form_id, form.version, None, None, cells(form, 9, ref_code="RRRR-XXXX"))
        ledger.add(pull, [arrival(raw, form, "csv")])
    assert find(of.home, "rrrrxxxx").person.roots == (other,)


def test_finding_somebody_changes_nothing(of: Round) -> None:
    before = {p: p.read_bytes() for p in of.home.rglob("*") if p.is_file() and not p.name.startswith("ledger")}
    places = find(of.home, code(1))
    assert (places.versions, len(places.raw), places.contacts, places.decisions) == (2, 6, 1, 1)
    assert {p.name for p in places.files} == {"findings.json", "page.html", "ids.parquet"}
    assert {p: p.read_bytes() for p in before} == before


def test_another_key_opens_nothing(of: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BDG_ROUND_KEY", "A" * 43 + "=")
    assert refused(lambda: find(of.home, code(1)))[0].code == "DATA-093"


# ---- the command


def test_the_command_shows_first_and_asks(of: Round) -> None:
    words = ["forget", code(1), "--round", str(of.home), "--who", WHO, "--day", "2026-11-23"]
    seen = CliRunner().invoke(app, words)
    assert seen.exit_code == 3, seen.output
    assert "2 phiên bản" in seen.output
    assert bodies(of)[instance(1)]
    done = CliRunner().invoke(app, [*words, "--yes"])
    assert done.exit_code == 0, done.output
    assert "vẫn đếm / the round still counts: 4" in done.output
    assert "trên máy chủ" in done.output
    assert not [w for w in (*CANARIES, code(1), "dendrobium") if w in seen.output + done.output]


def test_no_canary_stands_open_anywhere_in_the_round(of: Round) -> None:
    """Names of the contact sheet, of logs and of runs: sealed or absent, before and after."""
    assert found_below(of.home) == []
    forget(of.home, code(0), DAY, WHO)
    assert found_below(of.home) == []
    assert replace(of).restricted.exists()


def test_their_back_check_goes_and_those_of_others_stay(of: Round) -> None:
    rows = [Back("P000", str(n + 1), "9", happened=True, answers={"sex": "female"}) for n in range(4)]
    restricted.keep(of, backs.NAME, json.dumps([asdict(b) for b in rows]).encode())
    forget(of.home, code(1), DAY, WHO)
    assert [b.ssu for b in backs.read_backs(of)] == ["1", "3", "4"]
    assert "backcheck" in {r.what for r in record.read_record(of)}
