"""Form versions, edits after sending and shared phones; edits through a ledger that holds every version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analysis.quality import rows
from analysis.quality.field import read_field
from analysis.quality.versions import edits, form_versions, shared_devices
from analysis.readers.raw import Raw
from analysis.readers.stored import arrival
from forms.ledger import Published, Round, Standing, open_ledger
from tests.analysis.rounds_made import KEY, cells, instance, practice_round
from tests.analysis.seen_cases import DAY, book, by, look, number, visit

OLD, OTHER = "2026010101-central", "9999010101"


def version(text: str, digest: str = "old", **more: object) -> dict[str, object]:
    return {"form_version": text, "digest": digest, "apart": digest != book().digest, **more}


def test_an_older_form_and_a_foreign_one_are_told_apart() -> None:
    found = form_versions(
        look([visit(1), visit(2, **version(OLD)), visit(3, **version(OTHER)), visit(4, **version("=cmd|' /C'!A0"))])
    )
    assert by(found) == {"old_version": ["uuid:0002"], "unknown_version": ["uuid:0003", "uuid:0004"]}
    assert {f.severity for f in found.findings} == {"red"}
    assert sorted(f.got for f in found.findings) == sorted([OLD, OTHER, "?"])
    assert number(found, rows.VERSION, OLD) == 1
    states = {r.category: r.state for r in found.rows}
    assert states == {book().version: "", OLD: rows.OUTSIDE, OTHER: rows.OUTSIDE, "?": rows.OUTSIDE}


def test_a_form_built_for_another_server_or_with_a_switch_is_the_same_questionnaire() -> None:
    assert form_versions(look([visit(1, form_version=f"{book().version}-kobo+gps")])).findings == ()


def out(seq: int, digest: str, version: str, time: datetime) -> Published:
    return Published(seq, time.isoformat(), "bdg_household", version, digest, "", "", "", Path(version))


def test_what_was_in_use_then_is_only_told_and_what_came_after_is_red() -> None:
    """The new version goes out on the 10th at noon; phones have a day to fetch it."""
    change = datetime(2026, 10, 10, 5, tzinfo=UTC)
    published = (out(1, "old", "2026100101", change - timedelta(days=9)), out(2, book().digest, book().version, change))
    visits = [
        visit(1, begins=change - timedelta(days=2), **version("2026100101")),
        visit(2, begins=change + timedelta(hours=23), **version("2026100101")),
        visit(3, begins=change + timedelta(hours=25), **version("2026100101")),
        visit(4, begins=change + timedelta(hours=25)),
    ]
    found = form_versions(look(visits, published=published))
    assert by(found) == {"earlier_version": ["uuid:0001", "uuid:0002"], "old_version": ["uuid:0003"]}
    assert {f.check: f.severity for f in found.findings} == {"earlier_version": "info", "old_version": "red"}


# ---- edits ---------------------------------------------------------------------------------------------------------


def edited(of: Round, root: int, n: int, **changed: str | None) -> None:
    """Another version of a submission, as a pull brings it."""
    form = book()
    raw = Raw(instance(n), instance(root), form.form_id, form.version, None, None, cells(form, root, **changed))
    with open_ledger(of) as ledger:
        ledger.add(ledger.begin("central", "https://central.example.org"), [arrival(raw, form, "csv")])


@pytest.fixture
def of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Round:
    monkeypatch.setenv("BDG_ROUND_KEY", KEY)
    plain: Mapping[str, str | None] = {"marital": "married", "vg_right": "2"}
    return practice_round(tmp_path / "round", [plain, plain, plain])


def test_a_changed_answer_is_told_with_both_codes(of: Round) -> None:
    assert edits(read_field(of.home)).findings == ()
    edited(of, 1, 101, marital="single", vg_right="2")
    seen = read_field(of.home)
    assert len(seen.visits) == 3
    (one,) = edits(seen).findings
    assert (one.check, one.severity, one.question, one.expected, one.got) == (
        "edited_content",
        "red",
        "marital",
        "married",
        "single",
    )
    assert one.instance_id == instance(101)
    assert [number(edits(seen), rows.EDITED, part) for part in (rows.ANY, rows.CONTENT)] == [1, 1]


def test_a_private_answer_is_told_without_its_codes(of: Round) -> None:
    (secret, *_) = [v.name for v in book().variables if v.private and v.type == "code" and v.codes]
    edited(of, 1, 101, marital="married", vg_right="2", **{secret: book()[secret].codes[0]})
    (one,) = edits(read_field(of.home)).findings
    assert one.question == secret
    assert (one.expected, one.got) == ("*", "* ≠")


def test_an_edit_that_changes_no_answer_needs_no_reason(of: Round) -> None:
    edited(of, 1, 101, marital="married", vg_right="2", deviceid="other", end="2026-10-05T12:00:00.000+07:00")
    found = edits(read_field(of.home))
    assert found.findings == ()
    assert [number(found, rows.EDITED, part) for part in (rows.ANY, rows.CONTENT)] == [1, 0]


def test_a_change_that_was_taken_back_needs_no_reason(of: Round) -> None:
    edited(of, 1, 101, marital="single", vg_right="2")
    edited(of, 1, 102, marital="married", vg_right="2")
    seen = read_field(of.home)
    assert [v.instance_id for v in seen.visits if v.root_id == instance(1)] == [instance(102)]
    assert edits(seen).findings == ()


def test_many_changes_are_one_finding(of: Round) -> None:
    edited(of, 1, 101, vg_right="2", **{f"a{n:02d}": "5" for n in range(1, 10)})
    (one,) = edits(read_field(of.home)).findings
    assert (one.question, one.expected) == ("", "0")
    assert int(one.got) == 10  # nine items and the marital status that is gone


def test_an_edit_whose_first_version_never_came_is_told() -> None:
    found = edits(look([visit(1, edits=2), visit(2)]))
    assert by(found) == {"edited_unseen": ["uuid:0001"]}
    assert number(found, rows.EDITED, rows.ANY) == 1


def test_the_server_counts_edits_where_it_does(of: Round) -> None:
    with open_ledger(of) as ledger:
        ledger.stand(ledger.begin("central", "https://central.example.org"), [(instance(2), Standing(edits=1))])
    assert by(edits(read_field(of.home))) == {"edited_unseen": [instance(2)]}


# ---- phones --------------------------------------------------------------------------------------------------------


def test_a_phone_of_two_people_in_a_day_is_told_without_its_id() -> None:
    visits = [
        visit(1, who="1", deviceid="SECRET-A"), visit(2, who="2", deviceid="SECRET-A"), visit(3, who="3", deviceid="SECRET-B"),
        visit(4, who="4", deviceid="SECRET-B", begins=DAY + timedelta(days=1)), visit(5, who="5", deviceid="SECRET-C"),
    ]  # fmt: skip
    found = shared_devices(look(visits))
    assert by(found) == {"shared_device": ["1", "2"]}
    assert number(found, rows.DUPLICATE, rows.SAME_DEVICE) == 2
    assert "SECRET" not in repr(found)


@pytest.mark.parametrize("device", ["practice:1", None])
def test_ids_that_tell_no_phones_apart_say_nothing(device: str | None) -> None:
    found = shared_devices(look([visit(n, who=str(n), deviceid=device) for n in range(1, 6)]))
    assert found.findings == found.rows == ()
