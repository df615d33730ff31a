"""The pull against a small server in memory: nothing lost, nothing doubled, and it says whether both sides agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from forms.errors import BdgError, refuse
from forms.ledger import Ledger, new_round, open_ledger
from forms.servers.pull import Pulled
from forms.servers.pull import pull as run
from forms.servers.pull_command import lines
from tests.servers.shelf import FORM, Shelf, answers, everything


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    of = new_round(tmp_path / "r", kind="practice", wave=2026, form="household", sample=None)
    with open_ledger(of, key=bytes(32)) as opened:
        yield opened


@pytest.fixture
def shelf() -> Shelf:
    there = Shelf()
    for i in range(10):
        there.send(f"{i}", files={"audit.csv": b"event\n%d" % i})
    return there


def pull(shelf: Shelf, ledger: Ledger, **more: object) -> Pulled:
    return run(shelf, ledger, FORM, **more)


def code(fault: pytest.ExceptionInfo[BdgError]) -> str:
    return fault.value.problems[0].code


def test_everything_comes_and_both_sides_agree(shelf: Shelf, ledger: Ledger) -> None:
    told: list[tuple[int, int | None]] = []
    found = pull(shelf, ledger, tell=lambda n, of: told.append((n, of)))
    assert (found.added.new, found.added.files, found.listed, found.held, found.pull.state) == (10, 10, 10, 10, "complete")
    assert told == [(4, 10), (8, 10), (10, 10)]
    assert answers(ledger) == {f"uuid:{i}": "a" for i in range(10)}
    assert {(i, f.body) for i, f in ledger.attachments(set(shelf.rows))} == {(f"uuid:{i}", b"event\n%d" % i) for i in range(10)}
    assert lines(found) == [
        "mới / new: 10; bản sửa / edited versions: 0; tệp kèm / attachments: 10; đã xóa trên máy chủ / deleted on the server: 0",
        "máy chủ / server: 10; trong sổ / in the ledger: 10; khớp / they agree",
    ]


def test_a_second_pull_changes_nothing_and_fetches_no_file_again(shelf: Shelf, ledger: Ledger) -> None:
    pull(shelf, ledger)
    before = everything(ledger)
    shelf.asked.clear()
    found = pull(shelf, ledger)
    assert (found.added.new, found.added.known, found.added.files) == (0, 10, 0)
    assert everything(ledger) == before
    assert shelf.asked == ["page ", "page 6", "page 2", "deleted"]


def test_a_pull_overlaps_the_one_before(shelf: Shelf, ledger: Ledger) -> None:
    pull(shelf, ledger)
    shelf.send("late")
    assert pull(shelf, ledger).added.new == 1
    assert "uuid:late" in answers(ledger)


def test_edits_bring_all_their_versions_once(shelf: Shelf, ledger: Ledger) -> None:
    pull(shelf, ledger)
    shelf.edit("uuid:3", "b")
    shelf.edit("uuid:3", "c")
    found = pull(shelf, ledger)
    assert found.added.edits == 2
    assert ledger.versions("uuid:3") == ("uuid:3", "uuid:3-1", "uuid:3-2")
    assert answers(ledger)["uuid:3-2"] == "c"
    assert {i: a for i, a in answers(ledger, latest=False).items() if i.startswith("uuid:3")} == {
        "uuid:3": "a", "uuid:3-1": "b", "uuid:3-2": "c",
    }  # fmt: skip
    assert (ledger.count(), found.listed, found.held) == (10, 10, 10)
    shelf.asked.clear()
    pull(shelf, ledger)
    assert not [a for a in shelf.asked if a.startswith("versions")]


def test_where_a_server_keeps_no_versions_the_newest_comes_last(ledger: Ledger) -> None:
    shelf = Shelf(tells=False)
    root = shelf.send("x")
    pull(shelf, ledger)
    shelf.edit(root, "b")
    shelf.edit(root, "c")
    pull(shelf, ledger)
    assert ledger.versions(root) == (root, f"{root}-2")
    assert answers(ledger) == {f"{root}-2": "c"}


def test_an_old_export_after_a_pull_does_not_become_the_newest(shelf: Shelf, ledger: Ledger) -> None:
    """A file brings version 1 after the pull brought version 2; and a file that came first knows no root."""
    root = shelf.send("x")
    first = shelf.rows[root].versions[0]
    shelf.edit(root, "b")
    shelf.edit(root, "c")
    middle = shelf.rows[root].versions[1]
    file = ledger.begin("file", "export.csv")
    rootless = type(middle)(middle.instance_id, middle.instance_id, FORM, "1", None, "row", b"{}")
    ledger.add(file, [rootless])
    ledger.end(file, "complete")
    assert ledger.count() == 1
    pull(shelf, ledger)
    file = ledger.begin("file", "older.csv")
    ledger.add(file, [first, middle])
    assert ledger.versions(root) == (root, f"{root}-1", f"{root}-2")
    assert ledger.count() == 11
    assert answers(ledger)[f"{root}-2"] == "c"


def test_review_and_deletion_are_followed_and_can_come_back(shelf: Shelf, ledger: Ledger) -> None:
    pull(shelf, ledger)
    shelf.rows["uuid:1"].review = "rejected"
    shelf.delete("uuid:2")
    found = pull(shelf, ledger)
    stands = {s.instance_id: s.standing for s in ledger.stored(bodies=False)}
    assert stands["uuid:1"].review == "rejected"
    assert stands["uuid:2"].deleted_at
    assert (found.deleted, found.listed, ledger.count()) == (1, 9, 9)
    assert pull(shelf, ledger).deleted == 0
    shelf.rows["uuid:2"].deleted_at = None
    pull(shelf, ledger)
    assert ledger.count() == 10


def test_what_was_deleted_before_it_was_ever_pulled_is_nobody(shelf: Shelf, ledger: Ledger) -> None:
    shelf.delete("uuid:2")
    found = pull(shelf, ledger)
    assert (found.deleted, found.listed, ledger.count()) == (0, 9, 9)


def test_a_new_form_version_that_adds_a_column_is_not_new_interviews(shelf: Shelf, ledger: Ledger) -> None:
    """Central shows every row with the newest form's columns: each body differs, no interview is new, no file is fetched."""
    pull(shelf, ledger)
    for row in shelf.rows.values():
        row.versions[0] = replace(row.versions[0], body=row.versions[0].body[:-1] + b', "added": null}')
    shelf.asked.clear()
    found = pull(shelf, ledger)
    assert (found.added.new, found.added.bodies, found.added.files, ledger.count()) == (10, 10, 0, 10)
    assert lines(found)[0].startswith("mới / new: 0;")
    assert not [a for a in shelf.asked if a.startswith("files")]
    assert ledger.doubled() == ()


def test_files_that_a_phone_sends_later_come_later(shelf: Shelf, ledger: Ledger) -> None:
    pull(shelf, ledger)
    shelf.rows["uuid:4"].files["photo.jpg"] = b"jpg"
    assert pull(shelf, ledger).added.files == 1
    assert {f.name for _, f in ledger.attachments({"uuid:4"})} == {"audit.csv", "photo.jpg"}


def _fail_on(shelf: Shelf, what: str, times: int = 1) -> None:
    left = [times]

    def act(asked: str) -> None:
        if asked == what and left[0]:
            left[0] -= 1
            raise refuse("SERV-008", "shelf", got="ReadTimeout")

    shelf.before = act


def test_an_interrupted_pull_goes_on_where_it_stopped(shelf: Shelf, ledger: Ledger) -> None:
    _fail_on(shelf, "page 2")
    with pytest.raises(BdgError) as fault:
        pull(shelf, ledger)
    assert code(fault) == "SERV-008"
    assert (ledger.pulls()[-1].state, ledger.pulls()[-1].cursor, ledger.pulls()[-1].note) == ("failed", "2", "SERV-008")
    assert ledger.count() == 8
    shelf.send("new")
    shelf.edit("uuid:9", "edited while nobody pulled")
    shelf.asked.clear()
    found = pull(shelf, ledger)
    assert shelf.asked[0] == "page 2"
    assert (found.resumed, found.listed, found.held) == (True, 11, 11)
    assert answers(ledger)["uuid:9-1"] == "edited while nobody pulled"
    assert lines(found)[0].startswith("nối tiếp")


def test_a_refused_place_means_from_the_start(shelf: Shelf, ledger: Ledger) -> None:
    _fail_on(shelf, "page 2")
    with pytest.raises(BdgError):
        pull(shelf, ledger)
    shelf.stale = {"2"}
    shelf.before = lambda asked: shelf.stale.clear() if asked == "page " else None
    found = pull(shelf, ledger)
    assert (found.listed, found.held, ledger.count()) == (10, 10, 10)


def test_a_server_that_stays_away_is_told(shelf: Shelf, ledger: Ledger) -> None:
    _fail_on(shelf, "page 2", times=99)
    for _ in range(2):
        with pytest.raises(BdgError) as fault:
            pull(shelf, ledger)
    assert code(fault) == "SERV-008"
    shelf.before = lambda _: None
    assert pull(shelf, ledger).held == 10


@pytest.mark.parametrize("what", ["page 6", "page 2", "deleted", "files uuid:5"])
def test_rows_that_come_go_and_change_meanwhile(shelf: Shelf, ledger: Ledger, what: str) -> None:
    pull(shelf, ledger)

    def act(asked: str) -> None:
        if asked == what:
            shelf.before = lambda _: None
            shelf.delete("uuid:8")
            shelf.delete("uuid:0")
            shelf.edit("uuid:9", "b")
            shelf.edit("uuid:1", "b")
            shelf.send("new")

    shelf.send("5", "again")  # a file to fetch
    shelf.before = act
    pull(shelf, ledger)
    pull(shelf, ledger)
    assert answers(ledger) == {
        r.versions[-1].instance_id: "b" if len(r.versions) > 1 else "again" if r.root == "uuid:5" else "a"
        for r in shelf.rows.values() if not r.deleted_at
    } | ({"uuid:5": "a"})  # fmt: skip  # the same id with another body: the first is given, both are kept


def test_a_row_that_vanishes_between_pages_costs_one_more_walk(shelf: Shelf, ledger: Ledger) -> None:
    def act(asked: str) -> None:
        if asked == "page 2":
            shelf.before = lambda _: None
            shelf.delete("uuid:9")

    shelf.before = act
    found = pull(shelf, ledger)
    assert (found.passes, found.listed, found.pull.state, ledger.count()) == (2, 9, "complete", 9)


def test_counts_that_never_agree_stop_the_day(shelf: Shelf, ledger: Ledger) -> None:
    shelf.shift = 1
    with pytest.raises(BdgError) as fault:
        pull(shelf, ledger)
    assert (code(fault), fault.value.exit_code) == ("SERV-060", 12)
    assert "11" in str(fault.value)
    last = ledger.pulls()[-1]
    assert (last.state, last.server_count, last.local_count) == ("differs", 11, 10)
    assert ledger.count() == 10


def test_a_server_without_a_count_is_held_against_its_list(shelf: Shelf, ledger: Ledger) -> None:
    shelf.counts = False
    assert pull(shelf, ledger).listed == 10


def test_what_vanished_without_a_word_is_a_persons_decision(shelf: Shelf, ledger: Ledger) -> None:
    pull(shelf, ledger)
    shelf.purge("uuid:1")
    shelf.purge("uuid:2")
    with pytest.raises(BdgError) as fault:
        pull(shelf, ledger)
    assert (code(fault), fault.value.exit_code) == ("SERV-061", 12)
    assert "uuid:1, uuid:2" in str(fault.value)
    assert (ledger.count(), ledger.pulls()[-1].state) == (10, "differs")
    found = pull(shelf, ledger, gone="phiếu thử / test records")
    assert (found.gone, ledger.count(), ledger.pulls()[-1].note) == (2, 8, "gone 2: phiếu thử / test records")
    assert pull(shelf, ledger).pull.state == "complete"


def test_a_wrong_project_does_not_delete_a_round(shelf: Shelf, ledger: Ledger) -> None:
    pull(shelf, ledger)
    shelf.rows.clear()
    with pytest.raises(BdgError, match="SERV-061"):
        pull(shelf, ledger)
    assert ledger.count() == 10


def test_what_came_from_a_file_is_not_missed_on_the_server(shelf: Shelf, ledger: Ledger) -> None:
    file = ledger.begin("file", "phone.zip")
    ledger.add(file, [shelf.rows[shelf.send("paper")].versions[0]])
    ledger.end(file, "complete")
    shelf.purge("uuid:paper")
    found = pull(shelf, ledger)
    assert (found.listed, found.pull.local_count, ledger.count()) == (10, 10, 11)


def test_practice_and_real_do_not_mix(shelf: Shelf, ledger: Ledger) -> None:
    shelf.send("stray", "a", kind="real", files={"audit.csv": b"x"})
    shelf.asked.clear()
    found = pull(shelf, ledger)
    assert (found.refused, found.added.refused, found.listed, found.held) == (("uuid:stray",), 1, 11, 11)
    assert "uuid:stray" not in answers(ledger)
    assert "files uuid:stray" not in shelf.asked
    assert "[DATA-029]" in lines(found)[-1]
    pull(shelf, ledger)
    assert ledger.refused() == (("uuid:stray", "DATA-029"),)


def test_who_was_forgotten_stays_forgotten(shelf: Shelf, ledger: Ledger) -> None:
    shelf.edit("uuid:3", "b")
    pull(shelf, ledger)
    ledger.erase(["uuid:3"], "7")
    shelf.edit("uuid:3", "c")
    shelf.asked.clear()
    found = pull(shelf, ledger)
    assert (found.added.erased, found.listed, found.held, ledger.count()) == (1, 10, 10, 10)
    assert not [a for a in answers(ledger, latest=False) if a.startswith("uuid:3")]
    assert not [a for a in shelf.asked if "uuid:3" in a]
    assert "theo yêu cầu xóa" in lines(found)[1]


def test_encrypted_rows_need_another_way(shelf: Shelf, ledger: Ledger) -> None:
    row = shelf.rows["uuid:5"]
    row.versions[0] = replace(row.versions[0], sealed=True)
    with pytest.raises(BdgError, match="SERV-062"):
        pull(shelf, ledger)
    with pytest.raises(BdgError, match="SERV-062"):
        pull(shelf, ledger, private_key=b"pem")


def test_a_clock_in_1970_is_noticed_and_breaks_nothing(shelf: Shelf, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    from forms.ledger import store
    from forms.servers import pull as module

    pull(shelf, ledger)
    for place in (store, module):
        monkeypatch.setattr(place, "now", lambda: "1970-01-01T00:00:07.000+00:00")
    shelf.edit("uuid:3", "b")
    shelf.rows["uuid:1"].review = "rejected"
    found = pull(shelf, ledger)
    assert found.clock
    assert "1970" in lines(found)[0]
    stored = {s.root_id: s for s in ledger.stored()}
    assert (stored["uuid:3"].instance_id, stored["uuid:1"].standing.review) == ("uuid:3-1", "rejected")
    assert not pull(shelf, ledger).clock


def _steps(tmp_path: Path, rows: int) -> int:
    """What SQLite's machine does in two pulls of so many rows, in thousands of steps."""
    shelf, seen = Shelf(size=50), [0]
    for i in range(rows):
        shelf.send(f"{i:04}")

    def step() -> int:
        seen[0] += 1
        return 0

    of = new_round(tmp_path / f"r{rows}", kind="practice", wave=2026, form="household", sample=None)
    with open_ledger(of, key=bytes(32)) as ledger:
        ledger._db.set_progress_handler(step, 1000)
        pull(shelf, ledger)
        pull(shelf, ledger)
    return seen[0]


def test_ten_times_the_rows_cost_ten_times_the_work(tmp_path: Path) -> None:
    """Steps are counted, not seconds; a look-up without an index would make it a hundred times."""
    few, many = _steps(tmp_path, 100), _steps(tmp_path, 1000)
    assert few > 20
    assert many < 14 * few
