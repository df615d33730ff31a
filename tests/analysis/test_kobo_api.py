"""A row of KoboToolbox's API reads as the same submission does from its XML, from an export, and through a round's ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analysis.readers import kobo_api, opened, raw, submission_xml
from analysis.readers.stored import read_ledger
from forms.build import Built, build
from forms.codebook import Codebook, Variable
from forms.ledger import new_round, open_ledger
from forms.question import Label
from forms.servers.kobo import Kobo
from forms.servers.pull import pull
from forms.submission import Submission
from tests.servers.kobo_standin import TOKEN, USER, Project, Standin, kobo_standin
from tests.servers.published_form import instance, submission, write_form

TEXT = st.text("aăâdđêốệừ ẠB019=+-@,.'\"<>&/", max_size=12).map(str.strip)
PERSON = st.fixed_dictionaries({
    "ages": st.lists(st.integers(0, 110), max_size=4).map(tuple), "a1": st.sampled_from(["1", "2", "3", "dk", ""]),
    "ways": st.lists(st.sampled_from(["tv", "radio", "loud"]), unique=True).map(" ".join), "remark": TEXT,
})  # fmt: skip


@cache
def form() -> Built:
    """Built once.  No fixture: Hypothesis would write all of it into every example."""
    with TemporaryDirectory() as folder:
        return build(write_form(Path(folder) / "form"), target="kobo", validated=False)


@pytest.fixture
def made() -> Built:
    return form()


@pytest.fixture
def there() -> Iterator[Standin]:
    with kobo_standin() as server:
        yield server


def project(there: Standin, made: Built) -> Project:
    found = there.take_form(made.xlsx, None, "small")
    there.deploy(found)
    return found


def bare(found: Submission) -> Submission:
    """What two sources must agree on: all but where it came from, when, and by which name the form's version is called there."""
    return replace(found, source="xml", received_at=None, review=None, form_version="")


def from_xml(book: Codebook, *xml: str) -> dict[str, Submission]:
    rows = submission_xml.read("x", {f"{i}.xml": text.encode() for i, text in enumerate(xml)}, book).rows
    return {r.instance_id: bare(raw.submission(r, book, "xml")) for r in rows}


@settings(max_examples=6, phases=(Phase.generate,))  # each example is a server, a round and an export: none is made smaller
@given(people=st.lists(PERSON, min_size=1, max_size=6))
def test_the_same_answers_whichever_way_they_come(people: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> None:
    made = form()
    book = made.codebook
    sent = [submission(i, digest=book.digest, **person) for i, person in enumerate(people)]
    expected = from_xml(book, *sent)
    with kobo_standin() as there:
        own = project(there, made)
        for xml in sent:
            there.submit(own, xml)
        of = new_round(tmp_path_factory.mktemp("r") / "r", kind="practice", wave=2026, form="small", sample=None)
        client = Kobo(there.url, USER, TOKEN, backoff=0.0)
        with open_ledger(of, key=bytes(32)) as ledger:
            pull(client, ledger, "small")
            held = read_ledger(ledger, book)
        exported = of.home / "kobo.xlsx"
        exported.write_bytes(client.export("small"))
    assert {s.instance_id: bare(s) for s in held.submissions} == expected
    assert not held.apart
    assert {s.source for s in held.submissions} == {"kobo"}
    rows = opened(exported, book).rows
    assert {r.instance_id: bare(raw.submission(r, book, "kobo")) for r in rows} == expected


def test_an_edit_counts_once_with_its_newest_answers(there: Standin, made: Built, tmp_path: Path) -> None:
    own, book = project(there, made), made.codebook
    there.submit(own, submission(1, digest=book.digest, a1="1"))
    of = new_round(tmp_path / "r", kind="practice", wave=2026, form="small", sample=None)
    client = Kobo(there.url, USER, TOKEN, backoff=0.0)
    with open_ledger(of, key=bytes(32)) as ledger:
        pull(client, ledger, "small")
        number = there.submit(own, submission(1, digest=book.digest, a1="3", before=instance(1), again=1))
        there.judge(own, number, "validation_status_approved")
        pull(client, ledger, "small")
        (found,) = read_ledger(ledger, book).submissions
        assert [s.instance_id for s in ledger.stored(latest=False)] == [instance(1), instance(1, 1)]
    assert (found.instance_id, found.root_id, found.review) == (instance(1, 1), instance(1), "approved")
    assert found.answers["m1/a1"] == "3"
    assert found.received_at == "2026-11-01T02:03:04Z"


def test_answers_of_another_questionnaire_are_kept_apart(there: Standin, made: Built, tmp_path: Path) -> None:
    own = project(there, made)
    there.submit(own, submission(1, digest="0" * 64))
    of = new_round(tmp_path / "r", kind="practice", wave=2026, form="small", sample=None)
    with open_ledger(of, key=bytes(32)) as ledger:
        pull(Kobo(there.url, USER, TOKEN, backoff=0.0), ledger, "small")
        assert read_ledger(ledger, made.codebook).apart == {instance(1)}


def variable(path: str, repeat: str = "") -> Variable:
    name = path.rpartition("/")[2]
    return Variable(name, path, "integer", Label(path, path), (), None, False, False, None, (), False, None, repeat, {})


PATHS = (("m/n",), ("m/a/x", "m/a"), ("m/a/b/y", "m/a/b"), ("m/c/z", "m/c"))


@pytest.fixture
def book(made: Built) -> Codebook:
    return replace(made.codebook, variables=tuple(variable(*p) for p in PATHS))


def rows(book: Codebook, row: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return {path: [dict(r) for r in found] for path, found in kobo_api.raw(row, book).repeats.items()}


def test_repeats_within_repeats_in_the_order_of_the_form(book: Codebook) -> None:
    found = rows(book, {
        "meta/instanceID": "uuid:1", "m/n": "2",
        "m/a": [{"m/a/x": "1", "m/a/b": [{"m/a/b/y": "1"}, {"m/a/b/y": "2"}]}, {"m/a/x": "2"}, {"m/a/b": [{"m/a/b/y": "3"}]}],
    })  # fmt: skip
    assert [r["m/a/b/y"] for r in found["m/a/b"]] == ["1", "2", "3"]
    assert [r.get("m/a/x") for r in found["m/a"]] == ["1", "2", None]
    assert found["m/c"] == []


@pytest.mark.parametrize("told", [None, "", {}, 3, [None], ["x"]])
def test_what_is_no_repeat_is_none(book: Codebook, told: object) -> None:
    assert rows(book, {"_uuid": "1", "m/a": told})["m/a"] == []


def test_what_the_server_adds_is_no_answer(book: Codebook) -> None:
    row = {
        "_uuid": "1", "_submitted_by": "ai do", "_geolocation": [15.1, 108.8], "_attachments": [{"filename": "x"}], "m/n": 3,
        "_validation_status": {"uid": "validation_status_not_approved"}, "meta/rootUuid": "0", "__version__": "v1",
    }  # fmt: skip
    found = kobo_api.raw(row, book)
    made = raw.submission(found, book, "kobo")
    assert (found.instance_id, found.root_id, found.review, found.form_version) == ("uuid:1", "uuid:0", "rejected", "v1")
    assert dict(made.answers) == {"m/n": "3"}
    assert "ai do" not in repr(made)
