"""The client of ODK Central, against the stand-in and, where BDG_CENTRAL_URL is set, against a real Central: the same tests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from forms.errors import BdgError
from forms.ledger.arrival import Arrival
from forms.servers.base import Entity, FormState, Page, Publisher, Source
from forms.servers.central import Central
from tests.servers.central_office import FORM, KINDS, PLACES, Office, bundle, filled, new_id, office

AUDIT = b"event,node,start,end\nform start,,1791360000000,\nquestion,/data/m0/age,1791360001000,1791360004000\n"


@pytest.fixture(scope="module", params=KINDS)
def held(request: pytest.FixtureRequest) -> Iterator[Office]:
    """A project with the small form; tests add to it and look at what they added."""
    with office(request.param) as made:
        yield made


@pytest.fixture(params=KINDS)
def fresh(request: pytest.FixtureRequest) -> Iterator[Office]:
    """A project of its own, with the small form."""
    with office(request.param) as made:
        yield made


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest) -> Iterator[Office]:
    """A project without forms."""
    with office(request.param, form=False) as made:
        yield made


def _rows(pages: Iterator[Page]) -> list[Arrival]:
    return [r for p in pages for r in p.rows]


def _found(o: Office, instance: str) -> Arrival:
    return next(r for r in _rows(o.central.pages(FORM)) if r.root_id == instance)


def _standing(o: Office) -> FormState:
    there = o.central.form(FORM)
    assert there is not None
    return there


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _code(raised: pytest.ExceptionInfo[BdgError]) -> str:
    return raised.value.problems[0].code


# ---- rows ---------------------------------------------------------------------------------------------------------------


def test_central_is_a_source_and_a_publisher() -> None:
    one = Central("https://central.example.org", "7", "someone@example.org", "một mật khẩu")
    source: Source = one
    publisher: Publisher = one
    assert (source.kind, publisher.url) == ("central", "https://central.example.org")
    assert "mật khẩu" not in repr(one) + repr(vars(one)) + repr(one.session.auth)


def test_a_row_is_what_the_phone_sent(held: Office) -> None:
    sent = held.submit(filled(new_id(), age=41))
    row = _found(held, sent)
    told = json.loads(row.body)
    assert (row.instance_id, row.form_id, row.form_version, row.shape, row.round_kind) == (sent, FORM, "1", "odata", "practice")
    assert told["m0"]["age"] == 41
    assert told["m0"]["weight"] == 45.5
    assert told["m0"]["gps"]["coordinates"] == [107.84061, 14.92221, 0]
    assert [m["m_age"] for m in told["m0"]["member"]] == [34, 61]
    assert "__system" not in told
    assert row.received_at is not None
    assert (row.standing.review, row.standing.edits, row.standing.deleted_at) == ("received", 0, None)


def test_the_same_row_is_the_same_bytes_after_a_review(held: Office) -> None:
    sent = held.submit(filled(new_id()))
    before = _found(held, sent)
    held.review(sent, "hasIssues")
    after = _found(held, sent)
    assert after.body == before.body
    assert (after.standing.review, after.standing.updated_at is None) == ("has_issues", False)


@pytest.mark.parametrize(("state", "ours"), [("approved", "approved"), ("rejected", "rejected"), ("hasIssues", "has_issues")])
def test_review_states_in_our_words(held: Office, state: str, ours: str) -> None:
    sent = held.submit(filled(new_id()))
    held.review(sent, state)
    assert _found(held, sent).standing.review == ours


def test_every_page_is_followed_newest_first_and_counted(fresh: Office) -> None:
    sent = [fresh.submit(filled(new_id(), age=18 + n)) for n in range(7)]
    pages = list(fresh.again(page=3).pages(FORM))
    assert [len(p.rows) for p in pages] == [3, 3, 1]
    assert [r.root_id for p in pages for r in p.rows] == sent[::-1]
    assert {p.total for p in pages} == {7}
    assert [bool(p.cursor) for p in pages] == [True, True, False]


def test_a_form_without_submissions_is_one_empty_page(fresh: Office) -> None:
    (page,) = fresh.central.pages(FORM)
    assert (page.rows, page.cursor, page.total) == ((), "", 0)


def test_a_walk_goes_on_from_its_cursor(fresh: Office) -> None:
    sent = [fresh.submit(filled(new_id())) for _ in range(5)]
    small = fresh.again(page=2)
    first = next(iter(small.pages(FORM)))
    rest = _rows(fresh.again(page=2).pages(FORM, first.cursor))
    assert [r.root_id for r in (*first.rows, *rest)] == sent[::-1]


def test_a_cursor_that_is_refused_begins_again(fresh: Office) -> None:
    sent = [fresh.submit(filled(new_id())) for _ in range(3)]
    assert [r.root_id for r in _rows(fresh.central.pages(FORM, "garbage"))] == sent[::-1]


def test_what_arrives_during_a_walk_is_met_by_the_next(fresh: Office) -> None:
    sent = {fresh.submit(filled(new_id())) for _ in range(4)}
    walk = fresh.again(page=2).pages(FORM)
    seen = {r.root_id for r in next(walk).rows}
    late = fresh.submit(filled(new_id()))
    seen |= {r.root_id for p in walk for r in p.rows}
    assert seen == sent
    assert {r.root_id for r in _rows(fresh.central.pages(FORM))} == sent | {late}


def test_what_is_deleted_during_a_walk_is_told_as_deleted(fresh: Office) -> None:
    sent = [fresh.submit(filled(new_id())) for _ in range(4)]
    walk = fresh.again(page=2).pages(FORM)
    next(walk)
    fresh.delete(sent[1])
    assert [r.root_id for p in walk for r in p.rows] == [sent[0]]
    (gone,) = fresh.central.deleted(FORM)
    assert gone[0] == sent[1]
    assert gone[1].deleted_at is not None


def test_the_row_at_the_cursor_may_be_deleted(fresh: Office) -> None:
    sent = [fresh.submit(filled(new_id())) for _ in range(4)]
    walk = fresh.again(page=2).pages(FORM)
    next(walk)
    fresh.delete(sent[2])
    assert [r.root_id for p in walk for r in p.rows] == [sent[1], sent[0]]


def test_deleted_ones_come_in_pages_too_and_without_answers(fresh: Office) -> None:
    sent = [fresh.submit(filled(new_id())) for _ in range(5)]
    for one in sent[:3]:
        fresh.delete(one)
    told = fresh.again(page=2).deleted(FORM)
    assert {i for i, _ in told} == set(sent[:3])
    assert len(told) == 3


def test_a_form_that_is_not_there(held: Office) -> None:
    with pytest.raises(BdgError) as raised:
        list(held.central.pages("nobody_knows_it"))
    assert _code(raised) == "SERV-004"


# ---- versions -----------------------------------------------------------------------------------------------------------


def test_an_edit_keeps_the_root_and_all_versions(held: Office) -> None:
    first, second, third = new_id(), new_id(), new_id()
    original = filled(first, age=34)
    held.submit(original)
    held.edit(first, filled(second, age=55, was=first))
    held.edit(first, filled(third, age=56, was=second))
    row = _found(held, first)
    assert (row.instance_id, row.root_id, row.standing.edits, row.standing.review) == (third, first, 2, "edited")
    versions = held.central.versions(FORM, first)
    assert [v.instance_id for v in versions] == [first, second, third]
    assert {(v.root_id, v.shape, v.form_version, v.round_kind) for v in versions} == {(first, "xml", "1", "practice")}
    assert versions[0].body == original.encode()
    assert [v.received_at for v in versions] == sorted(v.received_at or "" for v in versions)


def test_a_submission_without_edits_has_one_version(held: Office) -> None:
    sent = held.submit(filled(new_id()))
    (only,) = held.central.versions(FORM, sent)
    assert only.instance_id == only.root_id == sent


def test_versions_of_a_deleted_one_are_not_there(held: Office) -> None:
    sent = held.submit(filled(new_id()))
    held.delete(sent)
    with pytest.raises(BdgError) as raised:
        held.central.versions(FORM, sent)
    assert _code(raised) == "SERV-004"


# ---- files --------------------------------------------------------------------------------------------------------------


def test_files_come_with_the_version_that_names_them(held: Office) -> None:
    first, second = new_id(), new_id()
    held.submit(filled(first, files=("a.jpg", "audit.csv")), {"a.jpg": b"\xff\xd8old", "audit.csv": AUDIT})
    plain = held.submit(filled(new_id()))
    rows = [_found(held, first), _found(held, plain)]
    got = sorted((i, f.name, f.body) for i, f in held.central.attachments(FORM, rows))
    assert got == [(first, "a.jpg", b"\xff\xd8old"), (first, "audit.csv", AUDIT)]
    held.edit(first, filled(second, was=first))
    versions = held.central.versions(FORM, first)
    again = sorted((i, f.name) for i, f in held.central.attachments(FORM, versions))
    assert again == [(first, "a.jpg"), (first, "audit.csv")]


def test_a_file_still_on_the_phone_is_left_out(held: Office) -> None:
    sent = held.submit(filled(new_id(), files=("late.jpg",)))
    assert list(held.central.attachments(FORM, [_found(held, sent)])) == []


def test_many_audit_logs_in_one_request_are_the_same_bytes(fresh: Office) -> None:
    located = b"event,node,start,end,latitude,longitude,accuracy\nform start,,1791360000000,,14.1,108.2,5\n"
    for n in range(22):
        log = located if n == 3 else AUDIT
        fresh.submit(filled(new_id(), files=("audit.csv",)), {"audit.csv": log})
    rows = _rows(fresh.central.pages(FORM))
    one_by_one = {i: f.body for half in (rows[:11], rows[11:]) for i, f in fresh.central.attachments(FORM, half)}
    at_once = {i: f.body for i, f in fresh.central.attachments(FORM, rows)}
    assert at_once == one_by_one
    assert len(at_once) == 22
    assert sorted(set(at_once.values())) == sorted({located, AUDIT})
    if fresh.standin is not None:
        assert fresh.standin.count("csv.zip") == 1


def test_a_quoted_line_in_an_audit_log_survives(fresh: Office) -> None:
    log = 'event,node,start,end,old-value,new-value\nquestion,/data/m0/psu,1,2,"a ""b"", c","dòng một\ndòng hai"\n'.encode()
    for _ in range(21):
        fresh.submit(filled(new_id(), files=("audit.csv",)), {"audit.csv": log})
    rows = _rows(fresh.central.pages(FORM))
    bodies = {f.body for _, f in fresh.central.attachments(FORM, rows)}
    single = {f.body for _, f in fresh.central.attachments(FORM, rows[:1])}
    assert bodies == single == {log}


# ---- publishing ---------------------------------------------------------------------------------------------------------


def test_a_new_form_is_published_with_its_files(empty: Office) -> None:
    assert empty.central.form(FORM) is None
    empty.central.publish(bundle("2026100101"), ("places.csv",))
    there = _standing(empty)
    assert (there.version, there.state, there.submissions) == ("2026100101", "open", 0)
    assert dict(there.media) == {"places.csv": _md5(PLACES)}
    empty.submit(filled(new_id(), version="2026100101"))


def test_the_digest_of_a_file_tells_whether_it_changed(fresh: Office) -> None:
    there = _standing(fresh)
    assert there.media["places.csv"] == _md5(PLACES)


def test_a_new_version_keeps_the_files_it_was_not_given_anew(fresh: Office) -> None:
    fresh.central.publish(bundle("2", media={}), ())
    there = _standing(fresh)
    assert there.version == "2"
    assert there.media["places.csv"]


def test_a_changed_file_goes_with_a_new_version(fresh: Office) -> None:
    other = PLACES + b"23417,C\n"
    fresh.central.publish(bundle("2", media={"places.csv": other}), ("places.csv",))
    there = _standing(fresh)
    assert there.media["places.csv"] == _md5(other)


def test_the_same_version_is_refused_and_nothing_changes(fresh: Office) -> None:
    with pytest.raises(BdgError) as raised:
        fresh.central.publish(bundle("1", media={"places.csv": b"name,label\n1,x\n"}), ("places.csv",))
    assert _code(raised) == "SERV-028"
    there = _standing(fresh)
    assert (there.version, there.state) == ("1", "open")


def test_a_file_the_form_wants_and_nobody_gave_stops_it(empty: Office) -> None:
    with pytest.raises(BdgError) as raised:
        empty.central.publish(bundle("1", media={}), ())
    assert _code(raised) == "SERV-027"
    assert "- places.csv" in raised.value.problems[0].got
    there = _standing(empty)
    assert there.state == "draft"
    empty.central.publish(bundle("1"), ())  # the second try finds the draft and goes on
    assert _standing(empty).state == "open"


def test_a_file_the_form_does_not_want_stops_it(fresh: Office) -> None:
    with pytest.raises(BdgError) as raised:
        fresh.central.publish(bundle("2", media={"places.csv": PLACES, "other.csv": b"a\n"}), ())
    assert _code(raised) == "SERV-027"
    assert "+ other.csv" in raised.value.problems[0].got
    assert _standing(fresh).version == "1"


def test_a_question_that_changes_its_type_is_refused(fresh: Office) -> None:
    with pytest.raises(BdgError) as raised:
        fresh.central.publish(bundle("2", changed={"psu": "integer"}), ())
    assert _code(raised) == "SERV-030"
    assert "400.17" in raised.value.problems[0].got
    assert _standing(fresh).version == "1"


def test_a_warning_is_not_swallowed_and_can_be_accepted(fresh: Office) -> None:
    with pytest.raises(BdgError) as raised:
        fresh.central.publish(bundle("2", drop="weight"), ())
    assert _code(raised) == "SERV-026"
    assert "structureChanged" in raised.value.problems[0].got
    assert _standing(fresh).version == "1"
    fresh.again(accepted=("structureChanged",)).publish(bundle("2", drop="weight"), ())
    assert _standing(fresh).version == "2"


def test_a_workbook_that_is_none_is_refused(empty: Office) -> None:
    with pytest.raises(BdgError) as raised:
        empty.central.publish(replace(bundle("1"), xlsx=b"PK\x03\x04 not a workbook"), ())
    assert _code(raised) in ("SERV-030", "SERV-007")


def test_submissions_of_two_versions_keep_their_version(fresh: Office) -> None:
    old = fresh.submit(filled(new_id()))
    fresh.central.publish(bundle("2"), ())
    new = fresh.submit(filled(new_id(), version="2"))
    assert {r.root_id: r.form_version for r in _rows(fresh.central.pages(FORM))} == {old: "1", new: "2"}


# ---- teams --------------------------------------------------------------------------------------------------------------


def test_a_team_gets_in_once(fresh: Office) -> None:
    made = fresh.central.add_app_user("Đội 01", (FORM,))
    assert made.token
    assert made.token not in repr(made)
    again = fresh.central.add_app_user("Đội 01", (FORM,))
    assert (again.id, again.token) == (made.id, made.token)
    assert [(u.id, u.name) for u in fresh.central.app_users()] == [(made.id, "Đội 01")]


def test_a_team_sees_and_sends_its_form(fresh: Office) -> None:
    team = fresh.central.add_app_user("Đội 02", (FORM,))
    door = f"{fresh.central.url}/v1/key/{team.token}/projects/{fresh.central.project}"
    listed = requests.get(f"{door}/formList", headers={"X-OpenRosa-Version": "1.0"}, timeout=20)
    assert f"<formID>{FORM}</formID>" in listed.text
    one = new_id()
    for status in (201, 201):  # the same again is no second interview
        files: dict[str, tuple[str, str | bytes, str]] = {
            "xml_submission_file": ("submission.xml", filled(one, files=("audit.csv",)), "text/xml"),
            "audit.csv": ("audit.csv", AUDIT, "text/csv"),
        }
        sent = requests.post(f"{door}/submission", files=files, headers={"X-OpenRosa-Version": "1.0"}, timeout=20)
        assert sent.status_code == status
    wrong = {"xml_submission_file": ("submission.xml", filled(one, age=99), "text/xml")}
    other = requests.post(f"{door}/submission", files=wrong, headers={"X-OpenRosa-Version": "1.0"}, timeout=20)
    assert other.status_code == 409
    (row,) = _rows(fresh.central.pages(FORM))
    assert row.root_id == one
    assert [f.body for _, f in fresh.central.attachments(FORM, [row])] == [AUDIT]


def test_projects_can_be_made(held: Office) -> None:
    number = held.central.add_project("Một dự án khác")
    assert held.central.projects()[number] == "Một dự án khác"


# ---- entity lists -------------------------------------------------------------------------------------------------------

A, B, C = (f"00000000-0000-4000-8000-00000000000{n}" for n in "123")


def test_a_list_is_made_filled_and_read(fresh: Office) -> None:
    assert fresh.central.entities("hamlets") == {}
    one, two = (
        Entity(A, "Thôn 1", {"psu": "GL0001", "commune": "23413"}),
        Entity(B, "Thôn 2", {"psu": "GL0002", "commune": "23416"}),
    )
    fresh.central.put_entities("hamlets", ("psu", "commune"), (one, two), ())
    assert fresh.central.entities("hamlets") == {A: one, B: two}


def test_lists_come_in_pages(fresh: Office) -> None:
    some = [Entity(f"00000000-0000-4000-8000-{n:012d}", f"Thôn {n}", {"psu": f"GL{n:04d}"}) for n in range(25)]
    fresh.central.put_entities("hamlets", ("psu",), some, ())
    assert fresh.again(page=10).entities("hamlets") == {e.uuid: e for e in some}


def test_an_entity_is_updated_and_a_property_added(fresh: Office) -> None:
    fresh.central.put_entities("hamlets", ("psu",), (Entity(A, "Thôn 1", {"psu": "GL0001"}),), ())
    fresh.central.entities("hamlets")
    changed = Entity(A, "Thôn 1 mới", {"psu": "GL0001", "kept": "yes"})
    fresh.central.put_entities("hamlets", ("psu", "kept"), (Entity(B, "Thôn 2", {"psu": "GL0002"}),), (changed,))
    assert fresh.central.entities("hamlets") == {A: changed, B: Entity(B, "Thôn 2", {"psu": "GL0002"})}


def test_what_somebody_changed_meanwhile_is_not_overwritten(fresh: Office) -> None:
    fresh.central.put_entities("hamlets", ("psu",), (Entity(A, "Thôn 1", {"psu": "GL0001"}),), ())
    fresh.central.entities("hamlets")
    other = fresh.again()
    other.entities("hamlets")
    other.put_entities("hamlets", ("psu",), (), (Entity(A, "của người khác", {"psu": "GL0009"}),))
    with pytest.raises(BdgError) as raised:
        fresh.central.put_entities("hamlets", ("psu",), (), (Entity(A, "của tôi", {"psu": "GL0001"}),))
    assert _code(raised) == "SERV-029"
    assert fresh.central.entities("hamlets")[A].label == "của người khác"


def test_an_entity_that_is_there_already_is_not_added_twice(fresh: Office) -> None:
    fresh.central.put_entities("hamlets", ("psu",), (Entity(A, "Thôn 1", {"psu": "1"}),), ())
    with pytest.raises(BdgError) as raised:
        fresh.central.put_entities("hamlets", ("psu",), (Entity(C, "Thôn 3", {"psu": "3"}), Entity(A, "hai", {"psu": "2"})), ())
    assert _code(raised) == "SERV-029"
    assert set(fresh.central.entities("hamlets")) == {A}


def test_an_update_of_what_is_gone_is_told(fresh: Office) -> None:
    fresh.central.put_entities("hamlets", ("psu",), (Entity(A, "Thôn 1", {"psu": "1"}),), ())
    with pytest.raises(BdgError) as raised:
        fresh.central.put_entities("hamlets", ("psu",), (), (Entity(B, "không có", {"psu": "2"}),))
    assert _code(raised) == "SERV-029"


# ---- who may come in ----------------------------------------------------------------------------------------------------


def test_a_wrong_password_is_refused_and_not_told(held: Office) -> None:
    c = held.central
    wrong = Central(c.url, str(c.project), c.session.auth.username, "sai mật khẩu bí mật", backoff=0.0)
    with pytest.raises(BdgError) as raised:
        wrong.form(FORM)
    assert _code(raised) == "SERV-002"
    assert "bí mật" not in str(raised.value) + repr(raised.value) + repr(wrong)


def test_a_project_that_is_not_there(held: Office) -> None:
    c = held.central
    with pytest.raises(BdgError) as raised:
        Central(c.url, "99999", c.session.auth.username, c.session.auth.password, backoff=0.0).app_users()
    assert _code(raised) == "SERV-004"
