"""Publishing: what would change is said first, what breaks is refused, both servers end as the round wants them."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bdg import app
from forms.errors import BdgError, refuse
from forms.ledger import Round, read_published, read_round
from forms.servers.base import AppUser, Bundle, Entity, FormState, Kind
from forms.servers.connect import connect
from forms.servers.previewed import lines
from forms.servers.proposal import Proposal, Wish, propose
from forms.servers.publish import apply
from tests.servers.central_standin import standin
from tests.servers.kobo_standin import SECRET, TOKEN, USER, Standin, kobo_standin
from tests.servers.published_form import PSUS, make_round, submission, write_form, write_sample

QUICK = Wish(validated=False)


@dataclass
class Shelf:
    """A server in memory: what a Publisher keeps, and a step that fails when a test wants it to."""

    kind: Kind = "central"
    url: str = "https://central.example"
    state: FormState | None = None
    users: dict[str, AppUser] = field(default_factory=dict)
    list_: dict[str, Entity] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    fails: str = ""
    lies: bool = False
    tears: bool = False

    def _step(self, name: str) -> None:
        if name == self.fails:
            raise refuse("SERV-008", "shelf", got="ConnectionError")
        self.done.append(name)

    def form(self, form_id: str) -> FormState | None:
        return self.state if self.state and self.state.form_id == form_id else None

    def publish(self, bundle: Bundle, changed: Sequence[str]) -> None:
        self._step(f"form {bundle.version} {' '.join(changed)}".strip())
        if not self.lies:
            torn = b"torn" if self.tears else b""
            media = {n: hashlib.md5(b + torn, usedforsecurity=False).hexdigest() for n, b in bundle.media.items()}
            many = self.state.submissions if self.state else 0
            self.state = FormState(bundle.form_id, bundle.version, "open", media, many)

    def app_users(self) -> Sequence[AppUser]:
        return tuple(self.users.values())

    def add_app_user(self, name: str, form_ids: Sequence[str]) -> AppUser:
        self._step(f"user {name} {' '.join(form_ids)}")
        self.users[name] = AppUser(str(len(self.users)), name, f"{len(self.users):064d}")
        return self.users[name]

    def entities(self, listing: str) -> Mapping[str, Entity]:
        return dict(self.list_)

    def put_entities(self, listing: str, properties: Sequence[str], add: Sequence[Entity], change: Sequence[Entity]) -> None:
        self._step(f"list {listing} +{len(add)} ~{len(change)}")
        for e in (*add, *change):
            self.list_[e.uuid] = replace(e, data={**(self.list_[e.uuid].data if e.uuid in self.list_ else {}), **e.data})


@pytest.fixture
def of(tmp_path: Path) -> Round:
    return make_round(tmp_path, "https://central.example", "central", user="u", project="1")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def code(call: Callable[[], object]) -> str:
    with pytest.raises(BdgError) as refused:
        call()
    return refused.value.problems[0].code


def put(of: Round, shelf: Shelf, wish: Wish = QUICK) -> Proposal:
    found = propose(of, shelf, wish)
    apply(found, shelf)
    return found


def edit(of: Round, *changes: tuple[str, str]) -> None:
    write_form(Path(of.form), *changes)


def filled(shelf: Shelf, n: int) -> None:
    assert shelf.state is not None
    shelf.state = replace(shelf.state, submissions=n)


NEW = ("2026010101", "2026010102")
WORDS = ("Việc nhà là việc chung.", "Việc nhà là việc của mọi người.")


# ---- what is proposed ----------------------------------------------------------------------------------------------------


def test_nothing_changes_before_somebody_says_so(of: Round, shelf: Shelf) -> None:
    found = propose(of, shelf, QUICK)
    assert (found.step, found.bundle.version, shelf.done) == ("new", "2026010101-central", [])
    assert found.media == {"communes.csv": "new", "hamlets.csv": "new", "households.csv": "new"}
    assert not (of.home / "published").exists()
    text = "\n".join(lines(found))
    assert "TẬP HUẤN" in text
    assert "NEW on the server" in text


def test_once_and_again(of: Round, shelf: Shelf) -> None:
    put(of, shelf)
    assert shelf.done == ["form 2026010101-central communes.csv hamlets.csv households.csv"]
    again = propose(of, shelf, QUICK)
    assert (again.step, again.nothing, set(again.media.values())) == ("same", True, {"same"})
    apply(again, shelf)
    assert len(shelf.done) == 1
    assert len(read_published(of)) == 1


def test_a_practice_form_carries_the_stamp_in_its_title_and_nowhere_else(of: Round, shelf: Shelf, tmp_path: Path) -> None:
    real = make_round(tmp_path / "real", "https://central.example", "central", user="u", project="2", kind="real")
    one, other = propose(of, shelf, QUICK), propose(real, Shelf(), QUICK)
    assert one.bundle.title.startswith("SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN")
    assert other.bundle.title == "Khảo sát nhỏ"
    assert (one.form.form, one.form.digest, one.form.asked) == (other.form.form, other.form.digest, other.form.asked)


def test_a_released_reserve_goes_out_as_the_same_form_with_another_list(of: Round, shelf: Shelf) -> None:
    put(of, shelf)
    filled(shelf, 40)
    (of.sample.with_name("releases.csv")).write_text(f"seq,wave,psu,ssu,replaces\n1,2026,{PSUS[0]},004,001\n")
    found = put(of, shelf)
    assert (found.step, found.changed) == ("lists", ("households.csv",))
    assert re.fullmatch(r"2026010101-central\+list\.[0-9a-f]{8}", found.bundle.version)
    assert shelf.done[1] == f"form {found.bundle.version} households.csv"
    assert found.bundle.version.encode() in _settings(found.bundle.xlsx)
    assert propose(of, shelf, QUICK).nothing
    one, two = read_published(of)
    assert (one.home, one.digest, one.xlsx) == (two.home, two.digest, two.xlsx)


def _settings(xlsx: bytes) -> bytes:
    from python_calamine import CalamineWorkbook

    sheet = CalamineWorkbook.from_filelike(io.BytesIO(xlsx)).get_sheet_by_name("settings")
    return repr(sheet.to_python()).encode()


# ---- versions ------------------------------------------------------------------------------------------------------------


def test_other_words_under_the_same_version_are_refused(of: Round, shelf: Shelf) -> None:
    put(of, shelf)
    edit(of, WORDS)
    assert code(lambda: propose(of, shelf, QUICK)) == "SERV-051"


def test_a_version_that_was_replaced_does_not_come_back(of: Round, shelf: Shelf) -> None:
    put(of, shelf)
    edit(of, NEW)
    put(of, shelf)
    edit(of)
    assert code(lambda: propose(of, shelf, QUICK)) == "SERV-051"


def test_what_breaks_the_trend_needs_a_reason_once_there_are_submissions(of: Round, shelf: Shelf) -> None:
    put(of, shelf)
    edit(of, NEW, WORDS)
    assert propose(of, shelf, QUICK).step == "changed"  # nobody has answered yet
    filled(shelf, 1)
    assert code(lambda: propose(of, shelf, QUICK)) == "SERV-050"
    filled(shelf, 1)
    assert shelf.state is not None
    shelf.state = replace(shelf.state, submissions=None)
    assert code(lambda: propose(of, shelf, QUICK)) == "SERV-050"  # not known is not none
    found = put(of, shelf, replace(QUICK, reason="=Công văn 12\nngày 1/3"))
    assert any("wording" in line for line in lines(found))
    last = read_published(of)[-1]
    assert (last.version, last.reason) == ("2026010102-central", "Công văn 12 ngày 1/3")


def test_what_breaks_nothing_needs_none(of: Round, shelf: Shelf) -> None:
    put(of, shelf)
    filled(shelf, 9)
    edit(of, NEW, ("Nói thêm gì?", "Ông/Bà muốn nói thêm gì?"))
    assert put(of, shelf).step == "changed"
    assert [p.version for p in read_published(of)] == ["2026010101-central", "2026010102-central"]


def test_a_form_that_others_put_there_is_not_replaced_unseen(of: Round, shelf: Shelf) -> None:
    shelf.state = FormState("small", "by-hand", "open", {}, 12)
    assert code(lambda: propose(of, shelf, QUICK)) == "SERV-050"
    found = propose(of, shelf, replace(QUICK, reason="biên bản"))
    assert any("không có bản ghi" in line for line in lines(found))


def test_a_draft_that_nobody_published_is_not_live(of: Round, shelf: Shelf) -> None:
    shelf.state = FormState("small", "x", "draft", {}, None)
    assert propose(of, shelf, QUICK).step == "new"


def test_a_closed_form_is_left_closed_when_nothing_changes(of: Round, shelf: Shelf) -> None:
    put(of, shelf)
    assert shelf.state is not None
    shelf.state = replace(shelf.state, state="closed")
    found = put(of, shelf)
    assert found.step == "same"
    assert any("left closed" in line for line in lines(found))
    assert shelf.state.state == "closed"


# ---- the sample ----------------------------------------------------------------------------------------------------------


def test_a_sample_of_the_other_kind_is_refused(of: Round, shelf: Shelf) -> None:
    write_sample(of.home / "sample", "real")
    assert code(lambda: propose(of, shelf, QUICK)) == "SERV-052"


def test_a_form_without_its_lists_is_refused(of: Round, shelf: Shelf) -> None:
    of.sample.unlink()
    assert code(lambda: propose(of, shelf, QUICK)) == "SERV-053"


def test_entities_are_added_updated_and_left(of: Round, shelf: Shelf) -> None:
    wish = replace(QUICK, listing="entities")
    found = put(of, shelf, wish)
    assert (len(found.entities.add), sorted(found.media)) == (6, ["communes.csv", "hamlets.csv"])
    assert shelf.done[0] == "list households +6 ~0"
    assert shelf.done[1].startswith("form ")
    one, two, three = sorted(shelf.list_)[:3]
    shelf.list_[one] = replace(shelf.list_[one], data={**shelf.list_[one].data, "last_result": "completed", "visits": "2"})
    shelf.list_[two] = replace(shelf.list_[two], label="khác")
    del shelf.list_[three]
    shelf.list_["gone"] = Entity("gone", "x", {})
    again = put(of, shelf, wish).entities
    assert ([e.uuid for e in again.add], [e.uuid for e in again.change], again.same, again.gone) == ([three], [two], 4, 1)
    assert shelf.list_[one].data["last_result"] == "completed"  # what a submission wrote stays
    assert "gone" in shelf.list_
    assert propose(of, shelf, wish).nothing


# ---- teams ---------------------------------------------------------------------------------------------------------------


def teams(folder: Path, *more: str) -> Path:
    rows = [f"01,1 2,{PSUS[0]},doi01,tap01", f"02,3,{PSUS[1]},doi02,", *more]
    path = folder / "teams.csv"
    path.write_text("team,interviewers,hamlets,user,training_user\n" + "\n".join(rows) + "\n")
    return path


def test_each_team_gets_one_way_in(of: Round, shelf: Shelf, tmp_path: Path) -> None:
    shelf.users["r26-01"] = AppUser("9", "r26-01", "")  # its access was taken away
    wish = replace(QUICK, teams=teams(tmp_path))
    found = propose(of, shelf, wish)
    assert found.add == ("r26-01", "r26-02")
    done = apply(found, shelf)
    assert set(done.users) == {"r26-01", "r26-02"}
    assert "user r26-02 small" in shelf.done
    again = propose(of, shelf, wish)
    assert again.nothing
    assert set(again.have) == {"r26-01", "r26-02"}
    assert not [u.token for u in shelf.users.values() if u.token in repr(done) + repr(again) + "\n".join(lines(again))]


def test_a_hamlet_no_team_has_stops_everything(of: Round, shelf: Shelf, tmp_path: Path) -> None:
    path = teams(tmp_path)
    path.write_text(path.read_text().replace(PSUS[1], "GL0009"))
    assert code(lambda: propose(of, shelf, replace(QUICK, teams=path))) == "FORM-114"


# ---- when a step fails ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "step", ["list households +6 ~0", "form 2026010101-central+entities communes.csv hamlets.csv", "user r26-02 small"]
)
def test_the_same_command_does_the_rest(of: Round, shelf: Shelf, tmp_path: Path, step: str) -> None:
    wish = replace(QUICK, listing="entities", teams=teams(tmp_path))
    shelf.fails = step
    assert code(lambda: put(of, shelf, wish)) == "SERV-008"
    before = list(shelf.done)
    shelf.fails = ""
    put(of, shelf, wish)
    assert step in shelf.done
    assert not [x for x in before if shelf.done.count(x) > 1 and not x.startswith("user")]
    assert propose(of, shelf, wish).nothing
    assert len(read_published(of)) == 1


def test_what_stands_there_afterwards_is_looked_at(of: Round, shelf: Shelf) -> None:
    shelf.lies = True
    assert code(lambda: put(of, shelf)) == "SERV-048"
    shelf.lies = False
    put(of, shelf)
    edit(of, NEW)
    found = propose(of, shelf, QUICK)
    shelf.tears = True
    assert code(lambda: apply(found, shelf)) == "SERV-048"
    assert [p.version for p in read_published(of)] == ["2026010101-central"]


def test_a_record_that_was_not_written_is_written_the_next_time(of: Round, shelf: Shelf) -> None:
    """Killed between the server's answer and the log's line."""
    put(of, shelf)
    (of.home / "published" / "log.csv").unlink()
    found = propose(of, shelf, QUICK)
    assert (found.step, found.nothing) == ("same", False)
    apply(found, shelf)
    assert len(shelf.done) == 1
    assert [p.version for p in read_published(of)] == ["2026010101-central"]


# ---- the record ----------------------------------------------------------------------------------------------------------


def test_every_version_can_be_read_later(of: Round, shelf: Shelf) -> None:
    put(of, shelf)
    edit(of, NEW, WORDS)
    put(of, shelf)
    one, two = read_published(of)
    assert [p.seq for p in (one, two)] == [1, 2]
    changed = {name for name, digest in one.questions().items() if two.questions()[name] != digest}
    assert changed == {"a1"}
    assert {a.name: a.vi for a in one.snapshot().asked}["a1"] == WORDS[0]
    assert sorted(p.name for p in one.home.iterdir()) == ["codebook.json", "form.xlsx", "snapshot.json"]
    assert hashlib.sha256((one.home / "form.xlsx").read_bytes()).hexdigest() == one.xlsx
    assert one.snapshot().digest == one.digest


@pytest.mark.parametrize("how", ["log", "number", "snapshot"])
def test_a_damaged_record_is_told(of: Round, shelf: Shelf, how: str) -> None:
    put(of, shelf)
    log = of.home / "published" / "log.csv"
    if how == "log":
        log.write_text("seq,time\n1,x\n")
        assert code(lambda: read_published(of)) == "FORM-032"
        return
    if how == "number":
        log.write_text(log.read_text().replace("\n1,", "\nx,"))
        assert code(lambda: read_published(of)) == "SERV-059"
        return
    (of.home / "published" / "2026010101-central" / "snapshot.json").write_text("{")
    assert code(read_published(of)[0].snapshot) == "SERV-059"


# ---- whom a round speaks to ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"server": ""}, "SERV-040"), ({"server_kind": "none"}, "SERV-040"), ({"user": ""}, "SERV-041"),
        ({"project": ""}, "SERV-041"), ({"project": "0"}, "SERV-041"), ({"project": "aXYZ"}, "SERV-041"),
        ({"server_kind": "kobo", "project": "1"}, "SERV-041"), ({"server": "http://central.example"}, "SERV-001"),
        ({"server": "https://u:p@central.example"}, "SERV-001"),
    ],
)  # fmt: skip
def test_a_round_that_names_no_server_rightly(
    of: Round, change: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BDG_PASSWORD", "x")
    assert code(lambda: connect(replace(of, **change))) == expected  # type: ignore[arg-type]  # texts only


def test_no_password_no_request(of: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forms.servers.connect.password", lambda *_: "")
    assert code(lambda: connect(of)) == "SERV-042"


# ---- the command, on both servers ----------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ODK Validate, which other tests of the command run."""
    monkeypatch.setattr("forms.servers.proposal.Wish", partial(Wish, validated=False))


def bdg(*words: object) -> Result:
    found = CliRunner().invoke(app, [str(w) for w in words])
    if found.exception and not isinstance(found.exception, SystemExit | BdgError):
        raise found.exception
    return found


@pytest.fixture
def kobo() -> Iterator[Standin]:
    with kobo_standin() as there:
        yield there


def test_kobo_from_the_first_publication_to_a_changed_form(
    home: Path, kobo: Standin, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BDG_PASSWORD", TOKEN)
    of = make_round(home, kobo.url, "kobo", user=USER)
    told = bdg("forms", "publish", of.home)
    assert told.exit_code == 3
    assert "add --yes" in told.output
    assert not kobo.projects
    done = bdg("forms", "publish", of.home, "--yes", "--teams", teams(home), "--qr", home / "qr")
    assert done.exit_code == 0, done.output
    (project,) = kobo.projects.values()
    assert set(project.live_files) == {"communes.csv", "hamlets.csv", "households.csv"}
    assert "chưa có tài khoản / no account: 02" in done.output
    assert [p.name for p in (home / "qr").iterdir()] == ["01"]
    kobo.submit(project, submission(1))
    again = bdg("forms", "publish", of.home, "--yes")
    assert "nothing to do" in again.output
    edit(read_round(of.home), NEW, WORDS)
    assert isinstance(bdg("forms", "publish", of.home, "--yes").exception, BdgError)
    assert bdg("forms", "publish", of.home, "--yes", "--reason", "văn bản 5").exit_code == 0
    assert project.settings["version"] == "2026010102-kobo"
    assert list(kobo.projects) == [project.uid]
    assert_no_secret(of.home, TOKEN, SECRET)
    assert not [t for t in (told, done, again) if TOKEN in t.output]


def test_kobo_that_keeps_no_version_of_ours(home: Path, kobo: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the round's own record says what stands there."""
    monkeypatch.setenv("BDG_PASSWORD", TOKEN)
    kobo.keeps_version = False
    of = make_round(home, kobo.url, "kobo", user=USER)
    server = connect(of)
    assert put(of, server).step == "new"  # type: ignore[arg-type]  # a Publisher, too
    assert propose(of, server, QUICK).nothing
    edit(of, NEW)
    assert put(of, server).step == "changed"
    assert propose(of, server, QUICK).nothing


def test_central_with_entities_teams_and_their_sheets(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with standin() as central:
        monkeypatch.setenv("BDG_PASSWORD", central.password)
        of = make_round(home, central.url, "central", user=central.user, project=central.project)
        words = ("forms", "publish", of.home, "--yes", "--list", "entities", "--teams", teams(home))
        done = bdg(*words, "--qr", home / "qr")
        assert done.exit_code == 0, done.output
        again = bdg(*words)
        assert "nothing to do" in again.output
        server = connect(of)
        tokens = [u.token for u in server.app_users()]
        assert [u.name for u in server.app_users()] == ["r26-01", "r26-02"]
        assert len(server.entities("households")) == 6
        assert not [t for t in tokens if t in done.output + again.output]
        assert_no_secret(of.home, central.password, *tokens)
        pages = [p.read_text(encoding="utf-8") for p in sorted((home / "qr").rglob("*.html"))]
        assert len(pages) == 2
        assert all("TẬP HUẤN" in page and "data:image/png;base64," in page for page in pages)


def test_sheets_never_lie_in_the_round(home: Path, kobo: Standin, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BDG_PASSWORD", TOKEN)
    of = make_round(home, kobo.url, "kobo", user=USER)
    found = bdg("forms", "publish", of.home, "--yes", "--teams", teams(home), "--qr", of.home / "out" / "qr")
    assert isinstance(found.exception, BdgError)
    assert found.exception.problems[0].code == "SERV-054"
    inside = Path(__file__).parents[2] / "qr"
    found = bdg("forms", "publish", of.home, "--yes", "--teams", teams(home), "--qr", inside)
    assert isinstance(found.exception, BdgError)
    assert found.exception.problems[0].code == "FORM-112"
    assert not kobo.projects  # refused before anything was changed
    assert not inside.exists()


@pytest.mark.parametrize("words", [("--qr", "x"), ("--accept", "structureChanged")])
def test_options_that_need_another(home: Path, words: tuple[str, ...]) -> None:
    of = make_round(home, "https://central.example", "central", user="u", project="1")
    assert bdg("forms", "publish", of.home, *words).exit_code == 2


def assert_no_secret(folder: Path, *secrets: str) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            assert not [s for s in secrets if s.encode() in path.read_bytes()], path


def test_the_log_is_a_table_a_person_can_open(of: Round, shelf: Shelf) -> None:
    put(of, shelf)
    rows = list(csv.reader(io.StringIO((of.home / "published" / "log.csv").read_text(encoding="utf-8"))))
    assert [len(r) for r in rows] == [8, 8]
    assert rows[1][2:5] == ["small", "2026010101-central", read_published(of)[0].digest]
