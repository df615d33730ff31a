"""What goes wrong between us and a Central: refused, slow, cut, malformed, expired, changed meanwhile."""

from __future__ import annotations

import io
import json
import logging
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.errors import BdgError
from forms.ledger.arrival import Arrival, Attachment
from forms.servers import central_files, wire
from forms.servers.base import Entity
from forms.servers.central import Central
from tests.servers.central_office import FORM, PLACES, Office, bundle, filled, new_id, office
from tests.servers.central_recorded import xform
from tests.servers.central_standin import PASSWORD, CentralStandin, standin

SUBMISSIONS = r"\.svc/Submissions"


@pytest.fixture
def fresh() -> Iterator[Office]:
    with office("standin") as made:
        yield made


@pytest.fixture
def five(fresh: Office) -> tuple[CentralStandin, Central, list[str]]:
    """Five submissions, two a page."""
    assert fresh.standin is not None
    sent = [fresh.standin.submit(filled(new_id())) for _ in range(5)]
    return fresh.standin, fresh.again(page=2), sent


def _walk(c: Central, cursor: str = "") -> list[str]:
    return [r.root_id for p in c.pages(FORM, cursor) for r in p.rows]


def _refused(act: Callable[[], object]) -> str:
    with pytest.raises(BdgError) as raised:
        act()
    return raised.value.problems[0].code


# ---- statuses -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "SERV-007"),
        (401, "SERV-002"),
        (403, "SERV-003"),
        (404, "SERV-004"),
        (409, "SERV-005"),
        (301, "SERV-007"),
        (418, "SERV-007"),
    ],
)
def test_a_refusal_is_told_by_its_code_and_not_repeated(five: Any, status: int, code: str) -> None:
    server, client, _ = five
    server.fail(status, path=SUBMISSIONS, times=9, headers={"Location": "http://127.0.0.1:9/v1/elsewhere"})
    assert _refused(lambda: _walk(client)) == code
    assert server.count(SUBMISSIONS) == 1


@pytest.mark.parametrize(
    ("status", "code"), [(429, "SERV-006"), (500, "SERV-007"), (502, "SERV-007"), (503, "SERV-007"), (504, "SERV-007")]
)
def test_a_passing_fault_is_repeated_and_a_lasting_one_is_told(five: Any, status: int, code: str) -> None:
    server, client, sent = five
    server.fail(status, path=SUBMISSIONS, times=2, headers={"Retry-After": "0"})
    assert _walk(client) == sent[::-1]
    server.fail(status, path=SUBMISSIONS, times=99, headers={"Retry-After": "0"})
    before = server.count(SUBMISSIONS)
    assert _refused(lambda: _walk(client)) == code
    assert server.count(SUBMISSIONS) - before == 5  # once, and four times more


def test_what_may_have_worked_is_not_sent_twice(fresh: Office) -> None:
    assert fresh.standin is not None
    fresh.standin.fail(502, method="POST", path="app-users", times=9)
    assert _refused(lambda: fresh.central.add_app_user("Đội 01", (FORM,))) == "SERV-007"
    assert fresh.standin.count("POST /v1/projects/1/app-users") == 1


def test_a_body_of_a_refusal_never_shows(five: Any) -> None:
    server, client, _ = five
    server.fail(403, path=SUBMISSIONS, body=b'{"code":403.1,"message":"Nguyen Thi Bi Mat 0912345678"}')
    with pytest.raises(BdgError) as raised:
        _walk(client)
    assert "Bi Mat" not in str(raised.value)
    assert "403.1" in str(raised.value)


# ---- connections --------------------------------------------------------------------------------------------------------


def test_an_answer_that_does_not_come(five: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server, client, sent = five
    assert len(_walk(client)) == 5
    monkeypatch.setattr(wire, "READ_SECONDS", 0.15)
    server.fail(path=SUBMISSIONS, delay=0.6, times=1)
    assert _walk(client) == sent[::-1]
    server.fail(path=SUBMISSIONS, delay=0.6, times=99)
    assert _refused(lambda: _walk(client)) == "SERV-008"


def test_a_connection_that_breaks(five: Any) -> None:
    server, client, sent = five
    server.fail(path=SUBMISSIONS, drop=True, times=2)
    assert _walk(client) == sent[::-1]
    server.fail(path=SUBMISSIONS, drop=True, times=99)
    assert _refused(lambda: _walk(client)) == "SERV-008"


@pytest.mark.parametrize("cut", [0, 1, 100, 900])
def test_an_answer_cut_short_is_no_page(five: Any, cut: int) -> None:
    server, client, sent = five
    server.fail(path=SUBMISSIONS, cut=cut, skip=1)
    walk = client.pages(FORM)
    seen = [next(walk)]
    assert _refused(lambda: next(walk)) == "SERV-008"
    assert [r.root_id for r in seen[0].rows] == sent[:2:-1]
    assert _walk(client, seen[0].cursor) == sent[2::-1]


def test_nobody_there(unused: int) -> None:
    client = Central(f"http://127.0.0.1:{unused}", "1", "a@example.org", "x", backoff=0.0)
    assert _refused(lambda: _walk(client)) == "SERV-008"


@pytest.fixture
def unused() -> int:
    with standin() as gone:
        return int(gone.url.rpartition(":")[2])


# ---- answers ------------------------------------------------------------------------------------------------------------


def test_half_a_json(five: Any) -> None:
    server, client, sent = five
    server.fail(path=SUBMISSIONS, garble=True)
    assert _refused(lambda: _walk(client)) == "SERV-011"
    assert _walk(client) == sent[::-1]


@pytest.mark.parametrize("body", [b"<!DOCTYPE html><html>log in</html>", b"", b"\xff\xfe", b"[" * 200_000])
def test_what_is_no_json(five: Any, body: bytes) -> None:
    server, client, _ = five
    server.fail(200, path=SUBMISSIONS, body=body)
    assert _refused(lambda: _walk(client)) == "SERV-011"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], "SERV-021"), ({}, "SERV-021"), ({"value": 3}, "SERV-021"), ({"value": ["x"]}, "SERV-021"),
        ({"value": [{}]}, "SERV-021"),
        ({"value": [{"__id": 7, "__system": {}}]}, "SERV-021"), ({"value": [{"__id": "uuid:1"}]}, "SERV-021"), (None, "SERV-021"),
        ({"value": [], "@odata.nextLink": "http://x/y?$skip=2"}, "SERV-023"), ({"value": [], "@odata.nextLink": 7}, "SERV-023"),
    ],
)  # fmt: skip
def test_json_of_another_shape(five: Any, body: Any, code: str) -> None:
    server, client, _ = five
    server.fail(200, path=SUBMISSIONS, body=json.dumps(body).encode())
    assert _refused(lambda: _walk(client)) == code


def test_every_call_refuses_every_shape(fresh: Office) -> None:
    """No answer of a server, however strange, ends in a trace."""
    assert fresh.standin is not None
    server = fresh.standin
    sent = server.submit(filled(new_id(), files=("audit.csv",)), files={"audit.csv": b"event,node,start,end\na,,1,2\n"})
    row = next(r for p in fresh.central.pages(FORM) for r in p.rows)
    calls: list[Callable[[Central], object]] = [
        _walk, lambda c: c.versions(FORM, sent), lambda c: list(c.attachments(FORM, [row])), lambda c: c.deleted(FORM),
        lambda c: c.form(FORM), lambda c: c.publish(bundle("2"), ()), lambda c: c.app_users(), lambda c: c.projects(),
        lambda c: c.add_app_user("Đội", (FORM,)), lambda c: c.entities("hamlets"), lambda c: c.add_project("x"),
        lambda c: c.put_entities("hamlets", ("psu",), (Entity(new_id()[5:], "x", {"psu": "1"}),), ()),
        lambda c: c.opened(FORM, "x"), lambda c: list(c.sealed(FORM)),
    ]  # fmt: skip
    told: tuple[Any, ...] = (None, 1, "x", [1], [{}], [[]], {"a": 1}, {"value": {}}, {"value": [1]}, {"code": {}, "details": 1})
    strange = [json.dumps(b).encode() for b in told]
    for call in calls:
        for body in (*strange, b"", b"<html>"):
            server.heal()
            client = fresh.again()
            client.session.auth.login()
            server.fail(200, body=body, times=99)
            with suppress(BdgError):
                call(client)
            server.heal()
            server.fail(400, body=body, times=99)
            with suppress(BdgError):
                call(client)
    server.heal()


def test_more_than_is_read(five: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, client, _ = five
    client.session.auth.login()
    monkeypatch.setattr(wire, "MOST_BYTES", 1000)
    assert _refused(lambda: _walk(client)) == "SERV-010"


@pytest.mark.parametrize(
    "xml",
    [
        b"", b"<data", b"<data id='x' version='1'/>",
        b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><data><meta><instanceID>&b;</instanceID></meta></data>',
        b'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/hostname">]><data><meta><instanceID>&a;</instanceID></meta></data>',
    ],
)  # fmt: skip
def test_xml_of_a_version_that_is_none(five: Any, xml: bytes) -> None:
    server, client, sent = five
    server.fail(200, path=r"\.xml", body=xml)
    assert _refused(lambda: client.versions(FORM, sent[0])) == "SERV-021"


# ---- log-in -------------------------------------------------------------------------------------------------------------


def test_a_token_that_runs_out_mid_pull_is_renewed(five: Any) -> None:
    server, client, sent = five
    walk = client.pages(FORM)
    seen = [r.root_id for r in next(walk).rows]
    server.expire()
    seen += [r.root_id for p in walk for r in p.rows]
    assert seen == sent[::-1]
    assert server.count("POST /v1/sessions") == 2


def test_a_password_that_changed_meanwhile_is_asked_once(five: Any) -> None:
    server, client, _ = five
    walk = client.pages(FORM)
    next(walk)
    server.expire()
    server.password = PASSWORD[::-1]
    assert _refused(lambda: list(walk)) == "SERV-002"
    assert server.count("POST /v1/sessions") == 2


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"token": 7}', b'{"token": ""}', b'"x"'])
def test_a_log_in_without_a_token(fresh: Office, body: bytes) -> None:
    assert fresh.standin is not None
    fresh.standin.fail(200, path="/v1/sessions", body=body)
    assert _refused(lambda: fresh.again().form(FORM)) == "SERV-020"


def test_no_password_token_or_answer_is_logged_or_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fresh: Office
) -> None:
    assert fresh.standin is not None
    server = fresh.standin
    for name in ("HOME", "XDG_DATA_HOME", "PYODK_CACHE_FILE", "PYODK_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    secret = filled(new_id()).replace("GL0727", "Nguyen Thi Bi Mat")
    sent = server.submit(secret)
    client = fresh.again()
    with caplog.at_level(logging.DEBUG):
        _walk(client)
        client.versions(FORM, sent)
        client.put_entities("hamlets", ("psu",), (Entity(new_id()[5:], "Bi Mat", {"psu": "Bi Mat"}),), ())
        server.fail(500, path="datasets", body=b"Bi Mat", times=9, method="PATCH")
        key = next(iter(client.entities("hamlets")))
        _refused(lambda: client.put_entities("hamlets", ("psu",), (), (Entity(key, "Bi Mat", {"psu": "x"}),)))
    logged = "\n".join(r.getMessage() for r in caplog.records)
    assert server.password not in logged
    assert not [t for t in server.tokens if t in logged]
    assert "Bi Mat" not in logged
    assert not list(tmp_path.rglob("*"))


# ---- paging -------------------------------------------------------------------------------------------------------------


def _code_400(code: float) -> bytes:
    return json.dumps({"message": "Invalid $skiptoken", "code": code}).encode()


def test_a_skiptoken_refused_mid_walk_begins_again_and_misses_nobody(five: Any) -> None:
    server, client, sent = five
    server.fail(400, path="skiptoken", body=_code_400(400.35), skip=1)
    assert _walk(client) == [*sent[:0:-1], *sent[::-1]]


def test_a_skiptoken_refused_for_ever_ends_the_walk(five: Any) -> None:
    server, client, _ = five
    server.fail(400, path="skiptoken", body=_code_400(400.35), times=999)
    assert _refused(lambda: _walk(client)) == "SERV-023"
    assert server.count(SUBMISSIONS) < 10


def test_another_400_is_no_refused_cursor(five: Any) -> None:
    server, client, _ = five
    server.fail(400, path="skiptoken", body=_code_400(400.18))
    assert _refused(lambda: _walk(client)) == "SERV-007"


def test_the_row_at_the_cursor_may_be_gone_for_good(five: Any) -> None:
    """Central then gives an empty page without a word: the walk begins again instead of ending early."""
    server, client, sent = five
    walk = client.pages(FORM)
    first = next(walk)
    server.delete(first.rows[-1].root_id)
    server.purge(first.rows[-1].root_id)
    rest = [r.root_id for p in walk for r in p.rows]
    assert set(rest) == set(sent) - {first.rows[-1].root_id}


def test_links_in_a_circle_end(five: Any) -> None:
    server, client, _ = five
    row = {"__id": "uuid:1", "__system": {"submissionDate": "2026-10-01T00:00:00.000Z"}, "meta": {"instanceID": "uuid:1"}}
    page = json.dumps({"value": [row], "@odata.nextLink": f"{server.url}/x?%24skiptoken=01e30%3D"}).encode()
    server.fail(200, path=SUBMISSIONS, body=page, times=999)
    assert _refused(lambda: _walk(client)) == "SERV-023"
    assert _refused(lambda: client.deleted(FORM)) == "SERV-023"


def test_a_link_to_another_host_gets_no_token(five: Any, unused: int) -> None:
    server, client, sent = five
    server.url = f"http://127.0.0.1:{unused}"  # what the server believes to be called
    assert _walk(client) == sent[::-1]
    assert _refused(lambda: client.session.fetch("GET", f"http://127.0.0.1:{unused}/v1/projects")) == "SERV-020"


def test_a_row_edited_mid_pull_is_met_once_in_its_newest_version(five: Any) -> None:
    server, client, sent = five
    second = new_id()
    server.before("skiptoken", lambda: server.edit(sent[0], filled(second, age=77, was=sent[0])))
    rows = [r for p in client.pages(FORM) for r in p.rows]
    assert [r.root_id for r in rows] == sent[::-1]
    assert (rows[-1].instance_id, rows[-1].standing.edits) == (second, 1)


def test_a_row_deleted_before_its_versions_are_asked(five: Any) -> None:
    server, client, sent = five
    server.edit(sent[0], filled(new_id(), was=sent[0]))
    server.before("/versions", lambda: server.delete(sent[0]))
    assert _refused(lambda: client.versions(FORM, sent[0])) == "SERV-004"


_MOVES = st.lists(
    st.tuples(st.sampled_from(("edit", "review", "delete", "arrive", "expire", "503")), st.integers(0, 11)), max_size=8
)
_FIELDS = [{"path": p, "name": p.rpartition("/")[2], "type": t, "selectMultiple": None}
           for p, t in (("/q", "int"), ("/meta", "structure"), ("/meta/instanceID", "string"))]  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(_MOVES, st.integers(1, 5))
def test_whatever_happens_during_a_walk_nobody_is_lost_or_doubled(moves: list[tuple[str, int]], page: int) -> None:
    def xml(instance: str, was: str = "") -> str:
        old = f"<deprecatedID>{was}</deprecatedID>" if was else ""
        return f'<data id="{FORM}" version="1"><q>1</q><meta><instanceID>{instance}</instanceID>{old}</meta></data>'

    with standin() as server:
        server.publish_form(xform(_FIELDS, FORM, "1", "x", files={}))
        sent = [server.submit(xml(new_id())) for _ in range(12)]
        client = Central(server.url, server.project, server.user, server.password, page=page, backoff=0.0)
        gone: set[str] = set()
        seen: list[str] = []
        todo = list(moves)
        for answer in client.pages(FORM):
            seen += [r.root_id for r in answer.rows]
            if todo:
                what, n = todo.pop()
                if what == "edit" and sent[n] not in gone:
                    server.edit(sent[n], xml(new_id(), server.world.projects[1].submissions[sent[n]].current.sent.instance_id))
                elif what == "review" and sent[n] not in gone:
                    server.review(sent[n], "rejected")
                elif what == "delete" and sent[n] not in gone:
                    server.delete(sent[n])
                    gone.add(sent[n])
                elif what == "arrive":
                    server.submit(xml(new_id()))
                elif what == "expire":
                    server.expire()
                elif what == "503":
                    server.fail(503)
        assert len(seen) == len(set(seen))
        assert set(sent) - gone <= set(seen) <= set(sent)
        assert {i for i, _ in client.deleted(FORM)} == gone
        assert server.crashes == []


# ---- files --------------------------------------------------------------------------------------------------------------

LOG = b"event,node,start,end\nform start,,1,\n"


@pytest.fixture
def logs(fresh: Office) -> tuple[CentralStandin, Central, list[Arrival]]:
    assert fresh.standin is not None
    for _ in range(central_files.MANY):
        fresh.standin.submit(filled(new_id(), files=("audit.csv",)), files={"audit.csv": LOG})
    return fresh.standin, fresh.central, [r for p in fresh.central.pages(FORM) for r in p.rows]


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


BOMB = _zip({f"{FORM} - audit.csv": b"\0" * (8 << 20)})


@pytest.mark.parametrize("body", [b"", b"PK", _zip({"a.csv": b"x"})[:40], BOMB], ids=["empty", "begun", "cut", "bomb"])
def test_a_zip_that_is_none_or_a_bomb(logs: Any, body: bytes) -> None:
    server, client, rows = logs
    server.fail(200, path=r"csv\.zip", body=body)
    assert _refused(lambda: list(client.attachments(FORM, rows))) == "SERV-025"
    assert len(list(client.attachments(FORM, rows))) == len(rows)


def test_a_damaged_member_of_a_zip() -> None:
    good = bytearray(_zip({"a.csv": bytes(range(256)) * 40}))
    good[60] ^= 0xFF
    assert _refused(lambda: list(central_files.members(bytes(good), "x"))) == "SERV-025"


def test_a_merged_log_without_its_first_column(logs: Any) -> None:
    server, client, rows = logs
    server.fail(200, path=r"csv\.zip", body=_zip({f"{FORM} - audit.csv": LOG}))
    assert _refused(lambda: list(client.attachments(FORM, rows))) == "SERV-021"


def test_logs_that_the_merged_file_lacks_are_fetched_one_by_one(logs: Any) -> None:
    server, client, rows = logs
    server.fail(200, path=r"csv\.zip", body=_zip({f"{FORM}.csv": b"x\n"}))
    assert list(client.attachments(FORM, rows)) == [(r.instance_id, Attachment("audit.csv", LOG)) for r in rows]


@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00", b"", b"a,b\n1,2\n", b'event,node,start,end\n"x', b"event,node,start,end\n1,2,3,4,5\n"]
)
def test_a_log_we_do_not_know_is_handed_on_as_it_came(fresh: Office, body: bytes) -> None:
    assert fresh.standin is not None
    fresh.standin.submit(filled(new_id(), files=("audit.csv",)), files={"audit.csv": body})
    rows = [r for p in fresh.central.pages(FORM) for r in p.rows]
    assert [f.body for _, f in fresh.central.attachments(FORM, rows)] == [body]


# ---- encryption ---------------------------------------------------------------------------------------------------------


def test_encrypted_submissions_are_refused_opened_by_passphrase_or_handed_on_sealed(fresh: Office) -> None:
    assert fresh.standin is not None
    server, sent = fresh.standin, new_id()
    home = server.world.project(1)
    home.key, home.passphrase = 1, "mật khẩu mã hóa"
    server.submit(filled(sent), files={"submission.xml.enc": b"\1\2"}, encrypted=True)
    assert _refused(lambda: _walk(fresh.central)) == "SERV-022"
    assert _refused(lambda: fresh.central.opened(FORM, "sai")) == "SERV-024"
    with zipfile.ZipFile(io.BytesIO(fresh.central.opened(FORM, "mật khẩu mã hóa"))) as archive:
        assert b"GL0727" in archive.read(f"{FORM}.csv")
    assert not any("m%E1" in a or "mật" in a for a in server.asked)
    (one,) = fresh.central.sealed(FORM)
    assert (one.instance_id, one.shape, one.attachments) == (sent, "xml", (Attachment("submission.xml.enc", b"\1\2"),))
    server.fail(path=r"csv\.zip", garble=True)
    assert _refused(lambda: fresh.central.opened(FORM, "mật khẩu mã hóa")) == "SERV-025"


def test_a_form_that_is_not_encrypted_has_nothing_sealed(five: Any) -> None:
    _, client, _ = five
    assert list(client.sealed(FORM)) == []


# ---- publishing ---------------------------------------------------------------------------------------------------------


def test_publishing_interrupted_anywhere_leaves_the_old_form_or_the_new_one(fresh: Office) -> None:
    assert fresh.standin is not None
    server, client = fresh.standin, fresh.again()
    client.publish(bundle("2", media={"places.csv": PLACES + b"1,x\n"}), ("places.csv",))
    steps = len(server.asked)
    for n in range(steps):
        old, new = f"{n}.old", f"{n}.new"
        server.heal()
        client.publish(bundle(old, media={"places.csv": PLACES}), ("places.csv",))
        before = len(server.asked)
        server.fail(path="", drop=True, skip=n, times=99)
        with suppress(BdgError):
            client.publish(bundle(new, media={"places.csv": PLACES + b"2,y\n"}), ("places.csv",))
        server.heal()
        assert len(server.asked) > before
        there = client.form(FORM)
        assert there is not None
        assert (there.version, there.state) in ((old, "open"), (new, "open"))
        held = server.world.form(1, FORM).current
        assert held is not None
        assert held.blobs["places.csv"][0] == (PLACES if there.version == old else PLACES + b"2,y\n")
        server.submit(filled(new_id(), version=there.version))


def test_an_answer_to_publish_that_is_lost(fresh: Office) -> None:
    assert fresh.standin is not None
    fresh.standin.fail(method="POST", path="draft/publish", cut=0)
    assert _refused(lambda: fresh.central.publish(bundle("2"), ())) == "SERV-008"
    assert _refused(lambda: fresh.central.publish(bundle("2"), ())) == "SERV-028"


def test_a_closed_form_is_opened_by_publishing(fresh: Office) -> None:
    assert fresh.standin is not None
    fresh.standin.world.form(1, FORM).state = "closed"
    fresh.central.publish(bundle("2"), ())
    there = fresh.central.form(FORM)
    assert there is not None
    assert there.state == "open"


def test_a_workbook_with_another_id_leaves_nothing_behind(fresh: Office) -> None:
    wrong = replace(bundle("1", form_id="another"), form_id="wanted")
    assert _refused(lambda: fresh.central.publish(wrong, ())) == "SERV-020"
    assert fresh.central.form("another") is None
    assert fresh.central.form("wanted") is None


def test_somebody_publishes_the_version_meanwhile(fresh: Office) -> None:
    assert fresh.standin is not None
    server = fresh.standin
    form = server.world.form(1, FORM)
    server.before("draft/publish", lambda: form.versions.extend([form.draft] if form.draft else []))
    assert _refused(lambda: fresh.central.publish(bundle("2"), ())) == "SERV-028"
