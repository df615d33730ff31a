"""The ledger: insert-only, sealed, whole on a full disk, its own round's, and empty of whoever asked to be forgotten."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from forms.errors import BdgError
from forms.ledger import Arrival, Attachment, Ledger, Round, Standing, new_round, open_ledger, read_round
from forms.ledger import store as store_module
from forms.ledger.cipher import seal, unseal
from forms.servers.pull import pull
from tests.servers.killing import pulled, server
from tests.servers.shelf import FORM, Shelf, everything

KEY = bytes(range(32))
ROOT = Path(__file__).parents[2]


@pytest.fixture
def of(tmp_path: Path) -> Round:
    return new_round(tmp_path / "r", kind="practice", wave=2026, form="household", sample=None)


@pytest.fixture
def ledger(of: Round) -> Iterator[Ledger]:
    with open_ledger(of, key=KEY) as opened:
        yield opened


def one(name: str = "a", body: bytes = b"<data/>", **more: object) -> Arrival:
    root = f"uuid:{name}"
    return Arrival(root, root, "f", "1", "2026-11-01T00:00:00Z", "xml", body, **more)


def filled(ledger: Ledger) -> None:
    at = ledger.begin("central", "https://a.example")
    files = (Attachment("audit.csv", b"event"),)
    edited = Arrival("uuid:a-1", "uuid:a", "f", "1", None, "xml", b"<data>2</data>", attachments=files)
    ledger.add(at, [one(attachments=files, standing=Standing("approved")), edited, one("real", round_kind="real"), one("gone")])
    ledger.erase(["uuid:gone"], "1")
    ledger.end(at, "complete", server_count=2)


def code(fault: pytest.ExceptionInfo[BdgError]) -> str:
    return fault.value.problems[0].code


# ---- nothing is changed ------------------------------------------------------------------------------------------------

CHANGES = {
    "meta": "value = 'x'", "server": "url = 'x'", "received": "form_version = '2'", "attachment": "body = x'00'",
    "edit": "seq = 7", "standing": "review = 'rejected'", "erased": "request = '2'", "pull": "state = 'failed'",
    "refused": "code = 'x'",
}  # fmt: skip


@pytest.mark.parametrize("table", CHANGES)
def test_no_line_is_changed_or_removed(of: Round, ledger: Ledger, table: str) -> None:
    filled(ledger)
    before = list(ledger._db.execute(f"SELECT * FROM {table}"))
    assert before
    for statement in (f"UPDATE {table} SET {CHANGES[table]}", f"DELETE FROM {table}"):
        with pytest.raises(sqlite3.IntegrityError):
            ledger._db.execute(statement)
    assert list(ledger._db.execute(f"SELECT * FROM {table}")) == before


def test_every_table_has_its_rules(ledger: Ledger) -> None:
    tables = {n for (n,) in ledger._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == set(CHANGES)


@pytest.mark.parametrize("column", ["body", "sha256"])
def test_only_who_asked_is_blanked(ledger: Ledger, column: str) -> None:
    filled(ledger)
    with pytest.raises(sqlite3.IntegrityError):
        ledger._db.execute(f"UPDATE received SET {column} = NULL WHERE instance_id = 'uuid:a'")
    with pytest.raises(sqlite3.IntegrityError):
        ledger._db.execute("UPDATE received SET body = x'00' WHERE root_id = 'uuid:gone'")


def test_practice_and_real_do_not_mix_even_past_our_own_code(ledger: Ledger) -> None:
    filled(ledger)
    assert ledger.refused() == (("uuid:real", "DATA-029"),)
    with pytest.raises(sqlite3.IntegrityError, match="do not mix"):
        ledger._db.execute(
            "INSERT INTO received SELECT NULL, 'x', root_id, form_id, form_version, server_id, shape, received_at, pulled_at, "
            "pull_id, 'real', sha256, body FROM received LIMIT 1"
        )


@pytest.mark.parametrize("rule", ["received_kept", "received_kind", "erased_stays"])
def test_a_ledger_without_its_rules_is_refused(of: Round, ledger: Ledger, rule: str) -> None:
    filled(ledger)
    ledger._db.execute(f"DROP TRIGGER {rule}")
    with pytest.raises(BdgError) as fault, open_ledger(of, key=KEY):
        pass
    assert code(fault) == "DATA-099"
    assert rule in str(fault.value)


@pytest.mark.parametrize("kind", ["real", "another"])
def test_the_ledger_of_another_round_is_refused(of: Round, ledger: Ledger, tmp_path: Path, kind: str) -> None:
    filled(ledger)
    if kind == "real":  # somebody makes the practice round real by hand
        text = (of.home / "round.yaml").read_text(encoding="utf-8")
        (of.home / "round.yaml").write_text(text.replace('"practice"', '"real"'), encoding="utf-8")
        other = read_round(of.home)
    else:
        other = new_round(tmp_path / "other", kind="practice", wave=2026, form="household", sample=None)
        ledger._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        other.ledger.write_bytes(of.ledger.read_bytes())
    with pytest.raises(BdgError) as fault, open_ledger(other, key=KEY):
        pass
    assert code(fault) == "DATA-099"


# ---- sealed ------------------------------------------------------------------------------------------------------------


def _outside(of: Round, script: str) -> None:
    """What another program does to the file: the rules put aside, a change, the rules back."""
    db = sqlite3.connect(of.ledger)
    rules = list(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    for name, _ in rules:
        db.execute(f"DROP TRIGGER {name}")
    db.executescript(script)
    for _, sql in rules:
        db.execute(sql)
    db.commit()
    db.close()


@pytest.mark.parametrize("change", [
    "UPDATE received SET instance_id = 'uuid:z' WHERE instance_id = 'uuid:a'",
    "UPDATE received SET root_id = 'uuid:z' WHERE instance_id = 'uuid:a'",
    "UPDATE received SET form_id = 'g' WHERE instance_id = 'uuid:a'",
    "UPDATE received SET form_version = '9' WHERE instance_id = 'uuid:a'",
    "UPDATE received SET received_at = '2027' WHERE instance_id = 'uuid:a'",
    "UPDATE received SET shape = 'row' WHERE instance_id = 'uuid:a'",
    "UPDATE received SET sha256 = 'x' WHERE instance_id = 'uuid:a'",
    "UPDATE received SET body = (SELECT body FROM received WHERE instance_id = 'uuid:a-1') WHERE instance_id = 'uuid:a'",
    "UPDATE received SET body = x'00' WHERE instance_id = 'uuid:a'",
    "UPDATE attachment SET name = 'b.csv' WHERE instance_id = 'uuid:a'",
    "UPDATE attachment SET sha256 = 'x' WHERE instance_id = 'uuid:a'",
    "UPDATE attachment SET body = (SELECT body FROM received WHERE instance_id = 'uuid:a') WHERE instance_id = 'uuid:a'",
])  # fmt: skip
def test_what_another_program_changed_is_not_read(of: Round, change: str) -> None:
    with open_ledger(of, key=KEY) as ledger:
        filled(ledger)
        list(ledger.stored(latest=False))
    _outside(of, change)
    with open_ledger(of, key=KEY) as ledger, pytest.raises(BdgError) as fault:
        _ = [*ledger.stored(latest=False), *ledger.attachments({"uuid:a", "uuid:a-1", "uuid:z"})]
    assert code(fault) == "DATA-093"


def test_another_key_reads_nothing_and_writes_nothing(of: Round) -> None:
    with open_ledger(of, key=KEY) as ledger:
        filled(ledger)
    with open_ledger(of, key=bytes(32)) as ledger:
        assert (ledger.count(), len(ledger.erased())) == (2, 1)  # counting needs no key
        with pytest.raises(BdgError) as fault:
            list(ledger.stored())
        assert code(fault) == "DATA-093"
        with pytest.raises(BdgError) as fault:
            ledger.add(ledger.begin("file", "x"), [one("b")])
        assert code(fault) == "DATA-093"
        assert ledger.count() == 2
    with open_ledger(of, key=KEY) as ledger:
        assert len(list(ledger.stored())) == 2


def test_nothing_of_an_answer_stands_in_the_file(of: Round) -> None:
    canary = "Nguyễn Thị Hoa 0905123456 15.1234 108.5678"
    with open_ledger(of, key=KEY) as ledger:
        at = ledger.begin("central", "https://a.example")
        ledger.add(at, [one(body=canary.encode() * 9, attachments=(Attachment("audit.csv", canary.encode()),))])
        on_disk = b"".join(p.read_bytes() for p in of.home.iterdir() if p.is_file())
    on_disk += of.ledger.read_bytes()
    assert len(on_disk) > 10_000
    for word in canary.split():
        assert word.encode() not in on_disk


def test_a_sealed_body_opens_in_its_own_place_only() -> None:
    sealed = seal(KEY, "ledger|a", b"body")
    assert unseal(KEY, "ledger|a", sealed) == b"body"
    for key, place, body in ((KEY, "ledger|b", sealed), (bytes(32), "ledger|a", sealed), (KEY, "ledger|a", sealed[:-1] + b"x")):
        with pytest.raises(BdgError, match="DATA-093"):
            unseal(key, place, body)
    assert seal(KEY, "ledger|a", b"body") != sealed  # a nonce of its own each time


# ---- forgotten ---------------------------------------------------------------------------------------------------------


def _chunks(ledger: Ledger) -> list[bytes]:
    """Pieces of everything sealed: 16 bytes from places all over."""
    bodies = [b for (b,) in ledger._db.execute("SELECT body FROM received UNION ALL SELECT body FROM attachment")]
    return [b[i : i + 16] for b in bodies for i in range(0, len(b) - 16, 500)]


def _disk(of: Round) -> bytes:
    return b"".join(p.read_bytes() for p in of.home.iterdir() if p.name.startswith("ledger"))


def _big(name: str) -> list[Arrival]:
    noise = Random(name).randbytes
    files = (Attachment("audit.csv", noise(9_000)), Attachment("p.jpg", noise(70_000)))
    return [
        one(name, noise(20_000), attachments=files),
        Arrival(f"uuid:{name}-1", f"uuid:{name}", "f", "1", None, "xml", noise(20_000)),
    ]


@pytest.mark.parametrize("named", ["uuid:a", "uuid:a-1"])
def test_erasing_leaves_the_count_and_nothing_else(of: Round, ledger: Ledger, named: str) -> None:
    at = ledger.begin("central", "https://a.example")
    ledger.add(at, _big("a"))
    chunks = _chunks(ledger)
    shas = [s for (s,) in ledger._db.execute("SELECT sha256 FROM received UNION ALL SELECT sha256 FROM attachment")]
    ledger.add(at, _big("b"))
    kept = everything(ledger)
    before = _disk(of)
    assert sum(c in before for c in chunks) > 0.9 * len(chunks) > 200  # the others lie across two pages
    assert ledger.erase([named], "7") == 2
    left = _disk(of)
    assert [c for c in chunks if c in left] == []
    assert [s for s in shas if s.encode() in left] == []
    assert ledger.count() == 2
    assert {s.root_id: s.body is None for s in ledger.stored()} == {"uuid:a": True, "uuid:b": False}
    assert list(ledger.attachments({"uuid:a", "uuid:a-1"})) == []
    assert [r for r in everything(ledger) if "uuid:b" in str(r)[:40]] == [r for r in kept if "uuid:b" in str(r)[:40]]
    assert [(r, q) for r, _, q in ledger.erased()] == [("uuid:a", "7")]
    again = ledger.add(at, [*_big("a"), Arrival("uuid:a-2", "uuid:a", "f", "1", None, "xml", b"x"), one("a-1")])
    assert (again.erased, again.new, again.known) == (4, 0, 0)
    assert ledger.erase([named], "8") == 0
    with open_ledger(of, key=KEY) as reopened:
        assert reopened.count() == 2


def test_somebody_who_never_came_can_be_forgotten_beforehand(ledger: Ledger) -> None:
    assert ledger.erase(["uuid:x"], "1") == 0
    assert ledger.add(ledger.begin("file", "f"), [one("x")]).erased == 1


def test_erasing_while_somebody_reads_says_so_and_is_finished_later(
    of: Round, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.add(ledger.begin("central", "https://a.example"), _big("a"))
    chunks = _chunks(ledger)
    ledger._db.execute("PRAGMA busy_timeout = 50")
    reader = sqlite3.connect(of.ledger)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM received").fetchone()
    with pytest.raises(BdgError) as fault:
        ledger.erase(["uuid:a"], "7")
    assert code(fault) == "DATA-098"
    assert [s.body for s in ledger.stored()] == [None]
    reader.close()
    ledger.erase(["uuid:a"], "7")
    left = _disk(of)
    assert [c for c in chunks if c in left] == []


# ---- disks and neighbours ----------------------------------------------------------------------------------------------


def test_a_full_disk_stops_a_page_whole(of: Round, ledger: Ledger) -> None:
    shelf = Shelf(size=3)
    for i in range(12):
        shelf.send(f"{i:02}", files={"p.jpg": Random(i).randbytes(20_000)})
    (pages,) = ledger._db.execute("PRAGMA page_count").fetchone()
    ledger._db.execute(f"PRAGMA max_page_count = {pages + 20}")
    with pytest.raises(BdgError) as fault:
        pull(shelf, ledger, FORM)
    assert (code(fault), fault.value.exit_code) == ("DATA-098", 11)
    stood = ledger.count()
    assert stood in (3, 6, 9)
    assert len(list(ledger.attachments(set(shelf.rows)))) == stood
    assert ledger._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    ledger._db.execute("PRAGMA max_page_count = 1000000")
    assert pull(shelf, ledger, FORM).held == 12


def test_a_file_that_may_not_grow_stops_a_pull_and_the_next_one_ends_it(of: Round, tmp_path: Path) -> None:
    program = (
        "import resource, sys\nfrom pathlib import Path\n"
        "from forms.errors import BdgError\nfrom forms.ledger import read_round\nfrom tests.servers.killing import pulled\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "try:\n    pulled(read_round(Path(sys.argv[1])), late=False)\n"
        "except BdgError as error:\n    print(error.problems[0].code); sys.exit(error.exit_code)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(of.home)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (11, "DATA-098", "")
    pulled(of, late=False)
    with open_ledger(of, key=bytes(32)) as ledger:
        assert ledger.count() == len([r for r in server(late=False).rows.values() if not r.deleted_at]) - 1
        assert [p.state for p in ledger.pulls()][-1] == "complete"


@pytest.mark.parametrize("what", ["full", "folder", "text", "locked"])
def test_a_ledger_that_cannot_be_is_told_in_words(of: Round, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "_BUSY_SECONDS", 0.05)
    held = None
    if what == "full":
        of.ledger.symlink_to("/dev/full")
    elif what == "folder":
        of.ledger.mkdir()
    elif what == "text":
        of.ledger.write_text("không phải sổ phiếu\n" * 99, encoding="utf-8")
    else:
        held = sqlite3.connect(of.ledger)
        held.execute("BEGIN EXCLUSIVE")
    with pytest.raises(BdgError) as fault, open_ledger(of, key=KEY) as ledger:
        ledger.begin("file", "x")
    assert code(fault) == ("DATA-099" if what == "text" else "DATA-098")
    if held:
        held.close()


def test_two_pulls_at_once_leave_what_one_leaves(of: Round, tmp_path: Path) -> None:
    """Both are in the middle of the list at the same time, and the second begins from the place that the first has reached."""
    together = threading.Barrier(2, timeout=20)
    faults: list[BaseException] = []

    def run(name: str) -> None:
        there = server(late=False)
        there.before = lambda asked: together.wait() and None if asked in ("page 12", "page 2") else None
        try:
            with open_ledger(of, key=bytes(32)) as ledger:
                pull(there, ledger, FORM)
        except BaseException as fault:  # noqa: BLE001  a thread's own faults are the test's
            faults.append(fault)
            together.abort()

    threads = [threading.Thread(target=run, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    alone = new_round(tmp_path / "alone", kind="practice", wave=2026, form="household", sample=None)
    pulled(alone, late=False)
    with open_ledger(of, key=bytes(32)) as both, open_ledger(alone, key=bytes(32)) as single:
        assert everything(both) == everything(single)
        assert [p.state for p in both.pulls()] == ["complete", "complete"]


# ---- what comes in -----------------------------------------------------------------------------------------------------


def test_the_same_row_twice_is_one(ledger: Ledger) -> None:
    at = ledger.begin("file", "a.csv")
    assert (ledger.add(at, [one(), one()]).new, ledger.add(at, [one()]).known, ledger.count()) == (1, 1, 1)
    assert ledger.doubled() == ()


def test_one_id_with_two_bodies_is_kept_twice_and_told(ledger: Ledger) -> None:
    at = ledger.begin("file", "a.csv")
    ledger.add(at, [one(body=b"1"), one(body=b"2"), one("b")])
    assert ledger.doubled() == (("uuid:a", 2),)
    assert [s.body for s in ledger.stored()] == [b"1", b"<data/>"]


def test_a_line_that_fails_takes_its_page_along(ledger: Ledger) -> None:
    at = ledger.begin("file", "a.csv")
    with pytest.raises(AttributeError):
        ledger.add(at, [one(), None], cursor="x")
    assert (ledger.count(), ledger.pulls()[0].cursor) == (0, "")
