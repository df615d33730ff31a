"""Files into a round: nothing lost, nothing twice, nothing of the other kind, and the receipt says where every row went."""

from __future__ import annotations

import base64
import csv
import io
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis.cli import app
from analysis.readers import read_submissions
from analysis.readers.exports import NOTHING, Said
from analysis.readers.receipt import Receipt, lines
from analysis.readers.receive import receive
from analysis.readers.stored import read_ledger
from analysis.readers.vault import kept, packed
from forms.errors import BdgError
from forms.ledger import Round, new_round, open_ledger
from forms.ledger.published import write_published
from forms.load import load_questionnaire, questionnaire_folder
from forms.question import Questionnaire
from forms.snapshot import Snapshot, snapshot
from tests.analysis import exported as ex
from tests.analysis import world

BOOK = world.book()
KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BDG_ROUND_KEY", KEY)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return world.write_sources(world.interviews(2026), tmp_path_factory.mktemp("sources"))


@pytest.fixture
def here(tmp_path: Path) -> Round:
    sample = tmp_path / "sample"
    sample.mkdir()
    return new_round(tmp_path / "r2026", kind="practice", wave=2026, form="household", sample=world.write_sample(sample))


def answers(of: Round) -> dict[str, object]:
    return {s.instance_id: (s.answers, s.repeats) for s in read_submissions(of.home, BOOK)}


def truth(path: Path) -> dict[str, object]:
    return {s.instance_id: (s.answers, s.repeats) for s in read_submissions(path, BOOK)}


def one(of: Round, path: Path, said: Said = NOTHING) -> Receipt:
    (receipt,) = receive(of.home, [path], said)
    return receipt


def refused(of: Round, *paths: Path, said: Said = NOTHING) -> str:
    """The message; nothing of any file has come in."""
    with pytest.raises(BdgError) as fault:
        receive(of.home, paths, said)
    if of.ledger.exists():
        with open_ledger(of) as ledger:
            assert ledger.count() == 0
    assert not list(of.raw.glob("*"))
    text = str(fault.value)
    assert "\n  (" in text
    assert "cách xử lý / do:" in text
    return text


# ---- nothing lost, nothing twice -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["xml", "odata", "csv", "kobo"])
def test_a_round_gives_back_what_the_files_said(here: Round, sources: dict[str, Path], kind: str) -> None:
    receipt = one(here, sources[kind])
    assert (receipt.rows, receipt.new, receipt.known, receipt.differing) == (56, 56, 0, ())
    assert receipt.interviews == sum(i.answers["result"] == "completed" for i in world.interviews(2026))
    assert answers(here) == truth(sources["xml"])


def test_the_same_interviews_from_every_source_count_once(here: Round, sources: dict[str, Path]) -> None:
    """Four exports of one field, in one call and then again: every row is known by its answers, whatever its shape."""
    first, *rest = receive(here.home, [sources[k] for k in ("csv", "xml", "kobo", "odata")])
    assert first.new == 56
    assert [(r.new, r.known, r.differing) for r in (*rest, one(here, sources["xml"]))] == [(0, 56, ())] * 4
    with open_ledger(here) as ledger:
        assert ledger.count() == 56
        assert ledger.doubled() == ()
    assert answers(here) == truth(sources["xml"])
    assert not first.decide


def test_files_stay_as_they_came_sealed(here: Round, sources: dict[str, Path]) -> None:
    receive(here.home, [sources["csv"], sources["xml"]])
    found = {k.name: k.body for k in kept(here)}
    assert found["submissions.csv.zip"] == sources["csv"].read_bytes()
    assert found["xml/"] == packed(sources["xml"])
    plain = b"".join(p.read_bytes() for p in here.home.rglob("*") if p.is_file())
    assert b"KEY" not in b"".join(p.read_bytes() for p in here.raw.iterdir())
    assert b"m5-k01" not in plain
    assert b"<m5>" not in plain


def test_one_id_with_other_answers_is_kept_apart(here: Round, sources: dict[str, Path], tmp_path: Path) -> None:
    """In the ledger or in the file itself: the first one counts, the other lies beside it, and a person is told."""
    before = one(here, sources["csv"])
    given = ex.central(sources["csv"])
    main = ex.main_of(given)
    changed = [{**r, **({"m5-k01": "f" if r["m5-k01"] == "t" else "t"} if i == 3 else {})} for i, r in enumerate(given[main])]
    identity = given[main][3]["meta-instanceID"]
    after = one(here, ex.zipped({**given, main: changed}, tmp_path / "changed.zip"))
    assert (before.differing, after.differing, after.known, after.new) == ((), (identity,), 55, 0)
    assert after.decide
    assert any(identity in line for line in lines(after))
    assert answers(here) == truth(sources["xml"])
    with open_ledger(here) as ledger:
        assert ledger.doubled() == ((identity, 2),)
    again = one(here, ex.zipped({**given, main: [*given[main], given[main][0]]}, tmp_path / "again.zip"))
    assert (again.rows, again.again, again.known) == (57, 1, 56)


def test_an_edit_is_a_version_also_across_files(here: Round, tmp_path: Path) -> None:
    some = world.interviews(2026)[:4]
    first = some[0].instance_id
    receive(here.home, [world.write_xml(some, tmp_path / "phone")])
    for n, (old, new) in enumerate([(first, "uuid:edit-1"), ("uuid:edit-1", "uuid:edit-2")], 2):
        edit = replace(some[0], instance_id=new, answers={**some[0].answers, "visit": str(n)})
        path = tmp_path / f"{n}.xml"
        path.write_text(world.xml(edit, replaces=old), encoding="utf-8")
        assert one(here, path).edited == 1
    found = read_submissions(here.home, BOOK)
    assert len(found) == 4
    last = next(s for s in found if s.instance_id == "uuid:edit-2")
    assert (last.root_id, last.answers["m0/visit"]) == (first, "3")


def test_files_beside_a_submission_come_with_it(here: Round, tmp_path: Path) -> None:
    """As phones keep them (a folder a form), and as Central puts all audit logs into one table."""
    some = world.interviews(2026)[:3]
    for n, i in enumerate(some):
        home = tmp_path / "instances" / f"form_{n}"
        home.mkdir(parents=True)
        (home / "submission.xml").write_text(world.xml(i), encoding="utf-8")
        (home / "audit.csv").write_text(f"event,node,start\nform start,,{n}\n", encoding="utf-8")
    receipt = one(here, tmp_path / "instances")
    assert (receipt.new, receipt.files) == (3, 3)
    with open_ledger(here) as ledger:
        got = {i: a.body for i, a in ledger.attachments([s.instance_id for s in some], ["audit.csv"])}
    assert got[some[2].instance_id] == b"event,node,start\nform start,,2\n"


def test_audit_logs_of_a_central_zip(here: Round, sources: dict[str, Path], tmp_path: Path) -> None:
    given = ex.central(sources["csv"])
    ids = [r["KEY"] for r in given[ex.main_of(given)]][:2]
    log = [{"instance ID": i, "event": "question", "node": "/data/m5/k01", "start": str(n)} for n, i in enumerate([*ids, ids[0]])]
    receipt = one(here, ex.zipped({**given, "bdg_household - audit.csv": log}, tmp_path / "audit.zip"))
    assert receipt.files == 2
    with open_ledger(here) as ledger:
        got = {i: list(csv.DictReader(io.StringIO(a.body.decode()))) for i, a in ledger.attachments(ids)}
    assert [r["start"] for r in got[ids[0]]] == ["0", "2"]
    assert [r["start"] for r in got[ids[1]]] == ["1"]


# ---- practice and real, other waves, forgotten people --------------------------------------------------------------


def test_practice_and_real_do_not_mix(here: Round, tmp_path: Path) -> None:
    some = world.interviews(2026)[:5]
    real = world.change(some, lambda _: {"round_kind": "real"})
    assert "DATA-029" in refused(here, world.write_xml(real, tmp_path / "real"))
    receipt = one(here, world.write_xml([*some[:4], real[4]], tmp_path / "mixed"))
    assert (receipt.new, receipt.other_kind, receipt.decide) == (4, 1, True)
    assert real[4].instance_id not in answers(here)
    with sqlite3.connect(here.ledger) as db:
        assert db.execute("SELECT count(*) FROM received WHERE round_kind <> 'practice'").fetchone() == (0,)


def test_a_file_of_another_wave_is_not_taken(here: Round, tmp_path: Path) -> None:
    """Also when only some rows are of another year: they are named."""
    later = world.interviews(2030)[:3]
    text = refused(here, world.write_xml(later, tmp_path / "later"))
    assert "DATA-110" in text
    assert "2030: 3" in text
    text = refused(here, world.write_xml([*world.interviews(2026)[:3], later[0]], tmp_path / "both"))
    assert "2030: 1" in text
    assert "0003.xml" in text


def test_one_bad_file_stops_all_of_a_call(here: Round, sources: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "page.zip").write_bytes(b"<!DOCTYPE html><html></html>")
    assert "DATA-027" in refused(here, sources["csv"], tmp_path / "page.zip")
    assert "DATA-117" in refused(here, tmp_path / "nowhere.xlsx")
    assert "DATA-115" in refused(here, sources["csv"], said=Said(absent=frozenset({"k99"})))


def test_somebody_forgotten_does_not_come_back(here: Round, sources: dict[str, Path]) -> None:
    receive(here.home, [sources["xml"]])
    gone = world.interviews(2026)[0].instance_id
    with open_ledger(here) as ledger:
        ledger.erase([gone], "request-1")
    receipt = one(here, sources["kobo"])
    assert (receipt.erased, receipt.new, receipt.known) == (1, 0, 55)
    assert gone not in answers(here)


# ---- several versions of the form ----------------------------------------------------------------------------------


def publish(of: Round, form: Snapshot, version: str) -> None:
    write_published(of, form, version, xlsx=b"", codebook=b"", server="-", reason="", time="2026-10-01T00:00:00Z")


@pytest.fixture(scope="module")
def form() -> Questionnaire:
    return load_questionnaire(questionnaire_folder())


OLD = "0" * 64


def test_answers_to_a_question_worded_otherwise_are_not_comparable(here: Round, tmp_path: Path, form: Questionnaire) -> None:
    now = snapshot(form)
    then = replace(now, digest=OLD, asked=tuple(replace(a, digest="x") if a.name in ("k01", "sex") else a for a in now.asked))
    some = [i for i in world.interviews(2026) if i.answers["k01"]][:6]
    mixed = [*world.change(some[:2], lambda _: {"questionnaire_digest": OLD}), *some[2:]]
    receipt = one(here, world.write_xml(mixed, tmp_path / "mixed"))
    assert receipt.decide
    assert any("DATA-012" in line for line in lines(receipt))
    with pytest.raises(BdgError, match="DATA-012"):  # nobody knows what the old form asked
        read_submissions(here.home, BOOK)
    publish(here, then, "old")
    publish(here, now, "new")
    found = {s.instance_id: s for s in read_submissions(here.home, BOOK)}
    for n, i in enumerate(mixed):
        said = found[i.instance_id].answers
        assert said["m5/k01"] == (None if n < 2 else i.answers["k01"])
        assert said["m5/k02"] == i.answers["k02"]
        assert said["m1/sex"] == i.answers["sex"]
    assert any("1 câu khác chữ" in line and "k01" in line for line in lines(one(here, tmp_path / "mixed")))
    assert len(read_submissions(here.home, BOOK, [OLD])) == 6


def test_labels_of_an_older_version_are_still_read(
    here: Round, sources: dict[str, Path], tmp_path: Path, form: Questionnaire
) -> None:
    """A choice that the form in use no longer has, in a label export of several versions."""
    now = snapshot(form)
    asked = next(a for a in now.asked if a.name == "work")
    more = replace(
        asked, choices=(*asked.choices, replace(asked.choices[0], code="herder", vi="Chăn thả", en="Herding")), digest="y"
    )
    publish(here, replace(now, digest=OLD, asked=tuple(more if a is asked else a for a in now.asked)), "old")
    publish(here, now, "new")
    path = ex.labelled(sources["kobo"], tmp_path / "labels.xlsx", BOOK, "vi")
    grids = ex.sheets(path)
    grid = next(iter(grids.values()))
    heads = [str(h) for h in grid[0]]
    digest = heads.index(next(h for h in heads if h.endswith("questionnaire_digest")))
    work = next(i for i, h in enumerate(heads) if h.endswith(BOOK["work"].label.vi))
    row = next(r for r in grid[1:] if r[work])
    row[work], row[digest] = "Chăn thả", OLD
    receipt = one(here, ex.workbook(grids, tmp_path / "old.xlsx"))
    assert receipt.new == 56
    with open_ledger(here) as ledger:
        held = read_ledger(ledger, BOOK)
    assert [s.answers["m3/work"] for s in held.submissions if s.questionnaire_digest == OLD] == ["herder"]
    assert [s.answers["m3/work"] for s in read_submissions(here.home, BOOK) if s.questionnaire_digest == OLD] == [None]


# ---- the command ---------------------------------------------------------------------------------------------------


def test_the_command_prints_the_receipt_and_says_what_waits(here: Round, sources: dict[str, Path], tmp_path: Path) -> None:
    runner = CliRunner()
    done = runner.invoke(app, ["receive", str(here.home), str(sources["csv"])])
    assert done.exit_code == 0, done.output
    assert "mới / new: 56" in done.output
    real = world.change(world.interviews(2026)[:1], lambda _: {"round_kind": "real"})
    mixed = world.write_xml([*world.interviews(2026)[1:3], *real], tmp_path / "mixed")
    waits = runner.invoke(app, ["receive", str(here.home), str(mixed)])
    assert waits.exit_code == 3
    assert "DATA-029" in waits.output
    usage = runner.invoke(app, ["receive", str(here.home), str(mixed), "--column", "k7"])
    assert usage.exit_code == 2


def test_a_private_key_is_kept_outside_the_round(here: Round, sources: dict[str, Path]) -> None:
    (here.home / "key.pem").write_text("x", encoding="utf-8")
    done = CliRunner().invoke(app, ["receive", str(here.home), str(sources["csv"]), "--private-key", str(here.home / "key.pem")])
    assert isinstance(done.exception, BdgError)
    assert done.exception.problems[0].code == "DATA-102"


# ---- encrypted on the phone ----------------------------------------------------------------------------------------


def test_encrypted_submissions_are_opened_with_the_private_key(here: Round, tmp_path: Path) -> None:
    """A folder as Collect leaves it; opened by the same code as a pull's."""
    some = world.interviews(2026)[0]
    folder, pem = ex.encrypted(world.xml(some), some.instance_id, tmp_path)
    assert "DATA-116" in refused(here, folder)
    assert "DATA-102" in refused(here, folder, said=Said(private_key=b"no key"))
    receipt = one(here, folder, Said(private_key=pem))
    assert (receipt.new, receipt.files) == (1, 1)
    assert any("decrypted: 1" in line for line in lines(receipt))
    assert list(answers(here)) == [some.instance_id]
    with open_ledger(here) as ledger:
        assert [a.body for _, a in ledger.attachments([some.instance_id])] == [ex.AUDIT]
