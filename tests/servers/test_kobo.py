"""KoBoToolbox's client against a stand-in held to KoBo's own description: every row once, every fault told, no secret out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.build import build
from forms.errors import BdgError
from forms.ledger import new_round, open_ledger
from forms.ledger.arrival import Arrival
from forms.servers import kobo, kobo_wire, wire
from forms.servers.base import Bundle, Page
from forms.servers.kobo import Kobo
from forms.servers.kobo_rows import received
from forms.servers.pull import pull
from tests.servers.kobo_standin import SECRET, TOKEN, USER, Fault, Project, Standin, breaches, kobo_standin
from tests.servers.published_form import instance, submission, write_form

FILES = {"communes.csv": b"name,label\n1,A\n", "hamlets.csv": b"h\n", "households.csv": b"x\n"}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = write_form(tmp_path_factory.mktemp("small") / "form")
    made = build(folder, target="kobo", validated=False)
    return Bundle("small", made.variant.version(made.form), made.form.title.vi, made.xlsx, FILES)


@pytest.fixture
def there() -> Iterator[Standin]:
    with kobo_standin() as server:
        yield server


@pytest.fixture
def live(there: Standin, bundle: Bundle) -> Project:
    """The form published on the stand-in."""
    project = there.take_form(bundle.xlsx, None, "small")
    there.deploy(project)
    return project


def client(there: Standin, secret: str = TOKEN) -> Kobo:
    return Kobo(there.url, USER, secret, backoff=0.0, patience=0.3)


def pages(there: Standin, cursor: str = "") -> list[Page]:
    return list(client(there).pages("small", cursor))


def rows(there: Standin, cursor: str = "") -> list[Arrival]:
    return [a for page in pages(there, cursor) for a in page.rows]


def code(call: Callable[[], object]) -> str:
    with pytest.raises(BdgError) as refused:
        call()
    text = str(refused.value)
    assert not [secret for secret in (TOKEN, SECRET) if secret in text]
    return refused.value.problems[0].code


def fill(there: Standin, project: Project, n: int) -> list[int]:
    return [there.submit(project, submission(i)) for i in range(n)]


# ---- rows ----------------------------------------------------------------------------------------------------------------


def test_every_submission_once_in_pages_of_a_thousand(there: Standin, live: Project) -> None:
    fill(there, live, 1150)
    found = pages(there)
    assert [len(p.rows) for p in found] == [1000, 150]
    assert [p.total for p in found] == [1150, 1150]
    assert [bool(p.cursor) for p in found] == [True, False]
    assert [a.instance_id for p in found for a in p.rows] == [instance(i) for i in range(1150)]


def test_an_arrival_says_what_was_sent_and_how_it_stands(there: Standin, live: Project) -> None:
    number = there.submit(live, submission(1, ages=(40, 8), ways="tv loud", remark="=1+1"), files={"audit.csv": b"event\n"})
    there.judge(live, number, "validation_status_on_hold")
    (found,) = rows(there)
    assert (found.instance_id, found.root_id, found.form_id, found.shape) == (instance(1), instance(1), "small", "kobo")
    assert (found.form_version, found.round_kind, found.files, found.sealed) == ("2026010101-kobo", "practice", 1, False)
    assert (found.received_at, found.standing.review, found.standing.edits) == ("2026-11-01T02:03:04Z", "has_issues", None)
    body = json.loads(found.body)
    assert body["m0/member"] == [{"m0/member/m_age": "40"}, {"m0/member/m_age": "8"}]
    assert body["m1/remark"] == "=1+1"
    assert not {"_submitted_by", "_geolocation", "_attachments", "_validation_status", "_status", "_tags"} & set(body)


def test_only_an_edit_changes_the_body(there: Standin, live: Project) -> None:
    """Review, a deleted file and another sender leave the bytes as they were, so a pull again adds nothing."""
    number = there.submit(live, submission(1), files={"audit.csv": b"event\n"})
    (before,) = rows(there)
    there.judge(live, number, "validation_status_approved")
    live.rows[number]["_attachments"][0]["is_deleted"] = True
    live.rows[number] |= {"_submitted_by": "other", "_status": "edited", "_tags": ["x"], "_geolocation": [15.1, 108.8]}
    (after,) = rows(there)
    assert after.body == before.body
    assert after.standing.review == "approved"
    assert (before.files, after.files) == (1, 0)


def test_an_edit_is_another_version_of_the_same_root(there: Standin, live: Project) -> None:
    number = there.submit(live, submission(1))
    assert there.submit(live, submission(1, a1="3", before=instance(1), again=1)) == number
    (found,) = rows(there)
    assert (found.instance_id, found.root_id, found.received_at) == (instance(1, 1), instance(1), "2026-11-01T02:03:04Z")


def test_a_judgement_taken_back_is_seen(there: Standin, live: Project) -> None:
    number = there.submit(live, submission(1))
    for told, review in (("validation_status_not_approved", "rejected"), ("", "received")):
        there.judge(live, number, told)
        assert rows(there)[0].standing.review == review


def test_the_versions_of_the_form_are_told_by_their_own_names(there: Standin, live: Project) -> None:
    """KoBo's __version__ is a number of its own; where it keeps none of ours, its own is handed on."""
    there.submit(live, submission(1))
    live.versions["vOld"] = {"settings": {}}
    live.rows[max(live.rows)]["__version__"] = "vOld"
    there.submit(live, submission(2))
    there.submit(live, submission(3))
    live.rows[max(live.rows)]["__version__"] = "vGone"
    assert [a.form_version for a in rows(there)] == ["vOld", "2026010101-kobo", "vGone"]
    assert sum("/versions/" in c for c in there.calls) == 3


@pytest.mark.parametrize("told", ["2026-11-01T02:03:04", "2026-11-01T02:03:04Z", "2026-11-01T09:03:04+07:00", "hôm nay", None])
def test_times_say_that_they_are_utc(told: str | None) -> None:
    expected = {"2026-11-01T02:03:04": "2026-11-01T02:03:04Z"}.get(str(told), told)
    assert received(told) == expected


def test_a_row_without_an_id_is_no_row(there: Standin, live: Project) -> None:
    number = there.submit(live, submission(1))
    live.rows[number] |= {"meta/instanceID": "", "_uuid": ""}
    assert code(lambda: rows(there)) == "SERV-011"


# ---- while somebody works on the server ----------------------------------------------------------------------------------


MEDDLING = st.lists(st.tuples(st.sets(st.integers(0, 24), max_size=3), st.booleans()), min_size=20, max_size=20)


@settings(max_examples=15)
@given(plan=MEDDLING, most=st.integers(2, 9))
def test_nothing_is_missed_when_rows_come_and_go_between_pages(plan: list[tuple[set[int], bool]], most: int) -> None:
    """Whatever is deleted or sent between two requests, every submission that stands all the while is handed over once."""
    with kobo_standin() as there, pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.servers.kobo_standin.MOST_A_PAGE", most)
        project = Project(
            "aSmall", settings={"id_string": "small"}, version="v1", deployed="v1", active=True, versions={"v1": {}}
        )
        there.projects["aSmall"] = project
        numbers, steps = fill(there, project, 25), iter(plan)

        def meddle(path: str) -> None:
            if "/data/" in path:
                deleted, sent = next(steps, (set(), False))
                for i in deleted:
                    project.rows.pop(numbers[i], None)
                if sent:
                    there.submit(project, submission(1000 + len(there.calls)))

        there.hook = meddle
        found = [a.instance_id for a in rows(there)]
    assert len(found) == len(set(found))
    assert {instance(i) for i, number in enumerate(numbers) if number in project.rows} <= set(found)


def test_a_pull_goes_on_from_its_cursor(there: Standin, live: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.servers.kobo_standin.MOST_A_PAGE", 4)
    numbers = fill(there, live, 10)
    first = next(client(there).pages("small"))
    del live.rows[numbers[1]]  # a list by position would now skip one
    rest = rows(there, first.cursor)
    assert [a.instance_id for a in (*first.rows, *rest)] == [instance(i) for i in range(10)]


def test_a_list_that_is_cut_is_refused(there: Standin, live: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says it has more than it hands over (a row limit, a broken index)."""
    fill(there, live, 5)
    real = Standin._page

    def short(self: Standin, found: Any, query: Any, path: str, most: int) -> dict[str, Any]:
        told = real(self, found, query, path, most)
        return told | {"results": told["results"][:3], "next": None} if "/data/" in path else told

    monkeypatch.setattr(Standin, "_page", short)
    assert len(rows(there)) == 5  # asked again behind the last one, it hands over the rest
    monkeypatch.setattr(Standin, "_page", lambda *a: short(*a) | ({"count": 9} if "/data/" in a[3] else {}))
    assert code(lambda: rows(there)) == "SERV-045"


def test_a_server_that_ignores_the_question_is_refused(there: Standin, live: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same page for ever."""
    fill(there, live, 5)
    monkeypatch.setattr("tests.servers.kobo_standin.MOST_A_PAGE", 2)
    real = Standin._data
    monkeypatch.setattr(Standin, "_data", lambda s, p, q, path: real(s, p, {k: v for k, v in q.items() if k != "query"}, path))
    assert code(lambda: rows(there)) == "SERV-045"


# ---- faults --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (401, "SERV-002"), (403, "SERV-003"), (404, "SERV-004"), (409, "SERV-005"), (429, "SERV-006"), (500, "SERV-007"),
        (502, "SERV-007"), ("cut", "SERV-011"), ("web", "SERV-011"), ("drop", "SERV-008"), ("hang", "SERV-008"),
    ],
)  # fmt: skip
def test_every_fault_is_told_with_its_place_and_nothing_else(
    there: Standin, live: Project, how: int | str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "READ_SECONDS", 0.2)
    monkeypatch.setattr(wire, "_RETRIES", 1)
    fill(there, live, 3)
    there.faults = [Fault("/data/", how)]
    assert code(lambda: rows(there)) == expected


@pytest.mark.parametrize("how", [429, 500, 502, 503])
def test_what_passes_is_tried_again(there: Standin, live: Project, how: int) -> None:
    fill(there, live, 3)
    there.faults = [Fault("/data/", how, times=3)]
    assert len(rows(there)) == 3


def test_a_change_is_never_sent_twice(there: Standin, live: Project, bundle: Bundle) -> None:
    there.faults = [Fault("/imports/", 503, method="POST", times=1)]
    assert code(lambda: client(there).publish(bundle, ())) == "SERV-007"
    assert there.calls.count("POST /api/v2/imports/") == 1
    assert len(live.versions) == 1


def test_a_token_that_runs_out_in_mid_pull_loses_nothing_that_came(
    there: Standin, live: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.servers.kobo_standin.MOST_A_PAGE", 20)
    fill(there, live, 50)
    there.faults = [Fault("/data/", 401, after=2)]
    of = new_round(tmp_path / "r", kind="practice", wave=2026, form="household", sample=None)
    with open_ledger(of, key=bytes(32)) as ledger:
        assert code(lambda: pull(client(there), ledger, "small")) == "SERV-002"
        assert ledger.count() == 40
        there.faults = []
        found = pull(client(there), ledger, "small")
        assert (found.resumed, found.listed, found.held, ledger.count()) == (True, 50, 50, 50)


def test_practice_and_real_do_not_mix_whatever_the_server_holds(there: Standin, live: Project, tmp_path: Path) -> None:
    there.submit(live, submission(1))
    there.submit(live, submission(2, kind="real"))
    of = new_round(tmp_path / "r", kind="practice", wave=2026, form="household", sample=None)
    with open_ledger(of, key=bytes(32)) as ledger:
        assert pull(client(there), ledger, "small").refused == (instance(2),)
        assert ledger.count() == 1


def test_a_form_nobody_has_and_a_form_two_projects_bear(there: Standin, live: Project, bundle: Bundle) -> None:
    assert code(lambda: list(client(there).pages("other"))) == "SERV-004"
    twin = there.take_form(bundle.xlsx, None, "small")
    assert code(lambda: rows(there)) == "SERV-044"
    there.deploy(twin)
    there.submit(twin, submission(7))
    (found,) = list(Kobo(there.url, USER, TOKEN, twin.uid).pages("small"))
    assert [a.instance_id for a in found.rows] == [instance(7)]


def test_a_project_far_down_the_list_is_found(there: Standin, live: Project) -> None:
    """Lists come a hundred a page."""
    there.projects = {f"a{i}": Project(f"a{i}", settings={"id_string": f"f{i}"}) for i in range(101)} | {live.uid: live}
    there.submit(live, submission(1))
    assert len(rows(there)) == 1
    assert there.calls.count("GET /api/v2/assets/") == 2


# ---- who is asked --------------------------------------------------------------------------------------------------------


def test_a_token_or_a_password_and_no_netrc(
    there: Standin, live: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login thief password stolen\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for secret, kind in ((TOKEN, "Token "), (SECRET, "Basic ")):
        there.secrets.clear()
        list(client(there, secret).pages("small"))
        assert there.secrets
        assert all(s.startswith(kind) for s in there.secrets)
    assert code(lambda: list(client(there, "f" * 40).pages("small"))) == "SERV-002"
    told = client(there)
    assert TOKEN not in repr(vars(told)) + repr(told)


def test_a_link_elsewhere_never_gets_the_token(there: Standin, live: Project) -> None:
    """KoBo's other host names a file; it is fetched from the server that was asked, by its number."""
    number = there.submit(live, submission(1), files={"audit.csv": b"event\n"})
    shot = live.rows[number]["_attachments"][0]
    with kobo_standin() as other:
        shot["download_url"] = f"{other.url}/media/original?media_file=x"
        (found,) = rows(there)
        ((name, file),) = client(there).attachments("small", [found])
        assert (name, file.name, file.body) == (instance(1), "audit.csv", b"event\n")
        assert other.calls == []


def test_a_redirect_goes_out_without_the_token_and_only_to_https(there: Standin, live: Project) -> None:
    assert there.url.startswith("http://127.0.0.1")
    wired = kobo_wire.Wire("https://kobo.example", USER, TOKEN)
    assert wired.own("http://kobo.example/api/x?y=1") == "https://kobo.example/api/x?y=1"
    assert wired.own("/api/x") == "https://kobo.example/api/x"
    assert wired.own("https://kobo.example.evil.org/x") == ""
    assert wired.own("https://kc.example/x") == ""
    assert code(lambda: wired.bytes_of("http://storage.example/x")) == "SERV-049"
    assert wired._bare().auth is None


# ---- files ---------------------------------------------------------------------------------------------------------------


def test_every_file_of_many_submissions(there: Standin, live: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kobo, "_AT_ONCE", 100)
    for i in range(230):
        there.submit(live, submission(i), files={"audit.csv": b"event\n%d" % i} if i % 2 else {})
    found = rows(there)
    there.calls.clear()
    got = {(i, f.name): f.body for i, f in client(there).attachments("small", found)}
    assert got == {(instance(i), "audit.csv"): b"event\n%d" % i for i in range(1, 230, 2)}
    assert sum(c.endswith("/data/") for c in there.calls) == 2


@pytest.mark.parametrize("name", ["..", "a\\b.csv", "a\0b", ""])
def test_a_file_name_that_climbs_is_refused(there: Standin, live: Project, name: str) -> None:
    number = there.submit(live, submission(1), files={"audit.csv": b"x"})
    live.rows[number]["_attachments"][0] |= {"media_file_basename": name, "filename": f"u/{name}"}
    found = rows(there)
    assert code(lambda: list(client(there).attachments("small", found))) == "SERV-011"


def test_folders_in_a_file_name_are_cut_off(there: Standin, live: Project) -> None:
    number = there.submit(live, submission(1), files={"audit.csv": b"x"})
    live.rows[number]["_attachments"][0]["media_file_basename"] = "../../etc/passwd"
    ((_, file),) = client(there).attachments("small", rows(there))
    assert file.name == "passwd"


# ---- publishing ----------------------------------------------------------------------------------------------------------


def test_a_new_form_with_its_files_is_live_at_the_end(there: Standin, bundle: Bundle) -> None:
    known = client(there)
    assert known.form("small") is None
    known.publish(bundle, tuple(FILES))
    found = known.form("small")
    assert found is not None
    assert (found.version, found.state, found.submissions) == ("2026010101-kobo", "open", 0)
    (project,) = there.projects.values()
    assert set(project.live_files) == set(FILES) == set(found.media)
    assert [f"md5:{h}" for h in found.media.values()] == [project.live_files[n] for n in found.media]


def test_a_changed_form_replaces_it_in_its_own_project(there: Standin, bundle: Bundle) -> None:
    known = client(there)
    known.publish(bundle, tuple(FILES))
    (project,) = there.projects.values()
    there.submit(project, submission(1))
    changed = Bundle("small", "2", "t", bundle.xlsx, FILES | {"hamlets.csv": b"other\n"})
    before = dict(project.live_files)
    known.publish(changed, ["hamlets.csv"])
    assert list(there.projects) == [project.uid]
    assert len(project.rows) == 1
    assert {n for n in FILES if project.live_files[n] != before[n]} == {"hamlets.csv"}


@pytest.mark.parametrize(
    ("path", "method", "after"),
    [
        ("/imports/", "POST", 0),
        ("/imports/", "GET", 0),
        ("/files/", "POST", 1),
        ("/files/", "DELETE", 0),
        ("/deployment/", "PATCH", 0),
    ],
)
def test_the_old_form_stays_live_when_any_step_fails(
    there: Standin, bundle: Bundle, path: str, method: str, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "_RETRIES", 0)
    known = client(there)
    known.publish(bundle, tuple(FILES))
    (project,) = there.projects.values()
    stood = (project.deployed, dict(project.live_files))
    there.faults = [Fault(path, 500, after=after, method=method)]
    other = Bundle("small", "2", "t", bundle.xlsx, {n: b + b"2" for n, b in FILES.items()})
    assert code(lambda: known.publish(other, tuple(FILES))) == "SERV-007"
    assert (project.deployed, project.live_files) == stood
    there.faults = []
    known.publish(other, tuple(FILES))  # the same again does the rest
    assert project.deployed == project.version
    assert project.deployed != stood[0]


def test_a_form_the_server_cannot_convert(there: Standin, bundle: Bundle) -> None:
    broken = Bundle("small", "2", "t", b"no workbook", {})
    assert code(lambda: client(there).publish(broken, ())) == "SERV-046"
    assert not there.projects


def test_a_conversion_that_takes_its_time_is_waited_for(there: Standin, bundle: Bundle) -> None:
    there.polls = 1
    client(there).publish(bundle, ())
    assert sum(c.startswith("GET /api/v2/imports/") for c in there.calls) == 2


def test_a_server_that_never_ends(there: Standin, bundle: Bundle) -> None:
    there.polls = 10_000
    assert code(lambda: client(there).publish(bundle, ())) == "SERV-047"


def test_what_is_live_is_looked_at(there: Standin, bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server says «deployed» and serves the old form."""
    client(there).publish(bundle, ())
    monkeypatch.setattr(Standin, "deploy", lambda *_: None)
    assert code(lambda: client(there).publish(bundle, ())) == "SERV-048"


def test_a_server_that_keeps_no_version_of_ours_says_so(there: Standin, bundle: Bundle) -> None:
    there.keeps_version = False
    client(there).publish(bundle, ())
    found = client(there).form("small")
    assert found is not None
    assert found.version == ""
    assert found.state == "open"


def test_a_draft_under_a_live_form_is_not_taken_for_it(there: Standin, bundle: Bundle, tmp_path: Path) -> None:
    """Somebody imported another version by hand and has not deployed it."""
    client(there).publish(bundle, ())
    (project,) = there.projects.values()
    other = build(write_form(tmp_path / "f", ("2026010101", "2026020202")), target="kobo", validated=False)
    there.take_form(other.xlsx, project.uid, "small")
    found = client(there).form("small")
    assert found is not None
    assert (found.version, found.state) == ("2026010101-kobo", "open")


def test_what_kobo_does_not_know_is_refused(there: Standin) -> None:
    known = client(there)
    assert (known.app_users(), known.entities("households"), known.deleted("small"), known.versions("small", "x")) == (
        (),
        {},
        (),
        (),
    )
    assert code(lambda: known.add_app_user("t", ["small"])) == code(lambda: known.put_entities("h", (), (), ())) == "SERV-043"


# ---- judgements, exports -------------------------------------------------------------------------------------------------


def test_judging_many_at_once(there: Standin, live: Project) -> None:
    fill(there, live, 250)
    found = rows(there)
    assert client(there).judge("small", found, "rejected") == 250
    assert {a.standing.review for a in rows(there)} == {"rejected"}


def test_an_export_is_waited_for_fetched_and_removed(there: Standin, live: Project) -> None:
    fill(there, live, 3)
    assert client(there).export("small").startswith(b"PK")
    assert there.tasks == {}


# ---- the stand-in itself -------------------------------------------------------------------------------------------------


def test_the_stand_in_cannot_break_the_description_unseen() -> None:
    def wrong() -> None:
        with kobo_standin() as there:
            there.projects["a1"] = Project("a1", settings={"id_string": "small"}, version="v", deployed="v", versions={"v": {}})
            there.projects["a1"].rows[1] = {"_id": 1, "_uuid": "x", "meta/instanceID": "uuid:x"}
            list(client(there).pages("small"))

    with pytest.raises(AssertionError, match="required property"):
        wrong()


def test_what_a_client_sends_is_held_to_it_too() -> None:
    path = "/api/v2/assets/a1/deployment/"
    assert breaches("POST", path, "requestBody", {"active": True}) == []
    assert breaches("POST", path, "requestBody", {"active": "yes"}) != []
    assert breaches("POST", path, "requestBody", {}) != []
    assert breaches("GET", "/api/v2/assets/a1/data/", "201", {}) == ["GET /api/v2/assets/{uid_asset}/data/: no 201"]
