"""The stand-in Central says what a real one said: the 32 recorded requests, asked again.

Where the recording holds everything the answer is made of, the bodies are equal letter by letter; where digests of a form
we do not have, or the clock, go into it, keys, their order, kinds of values and every other value are equal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.servers.central_recorded import HERE, SERVER, recorded_world, recording, stand_for
from tests.servers.central_standin import PASSWORD, USER, CentralStandin, standin

SAME = (1, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 20, 21, 27, 30, 31)
FREE = {"hash", "sha", "sha256", "acteeId", "submissionId", "submissionDefId", "lastLoginAt", "uuid", "label"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture(scope="module")
def central() -> Iterator[CentralStandin]:
    with standin(world=recorded_world(USER)) as made:
        stand_for(made)
        yield made


@pytest.fixture(scope="module")
def session(central: CentralStandin) -> Iterator[requests.Session]:
    with requests.Session() as made:
        told = made.post(f"{central.url}/v1/sessions", json={"email": USER, "password": PASSWORD}, timeout=10).json()
        made.headers["Authorization"] = f"Bearer {told['token']}"
        yield made


def _asked(central: CentralStandin, session: requests.Session, n: int) -> requests.Response:
    told = recording(n)
    return session.request(told["method"], central.url + told["path"], headers=told["request_headers"], timeout=10)


@pytest.mark.parametrize("n", range(32))
def test_status_and_kind_are_those_of_the_recording(central: CentralStandin, session: requests.Session, n: int) -> None:
    got = _asked(central, session, n)
    assert (got.status_code, got.headers["Content-Type"]) == (recording(n)["status"], recording(n)["content_type"])


@pytest.mark.parametrize("n", SAME)
def test_the_body_is_the_recorded_one(central: CentralStandin, session: requests.Session, n: int) -> None:
    got = _asked(central, session, n)
    assert got.content.decode() == recording(n)["body"].replace(SERVER, central.url)


@pytest.mark.parametrize("n", sorted(set(range(32)) - set(SAME) - {22, 26}))
def test_the_body_has_the_recorded_shape_and_values(central: CentralStandin, session: requests.Session, n: int) -> None:
    alike(json.loads(recording(n)["body"]), _asked(central, session, n).json(), f"{n}")


def test_assignments_hold_the_app_user_as_recorded(central: CentralStandin, session: requests.Session) -> None:
    told = _asked(central, session, 22).json()
    assert told == [a for a in json.loads(recording(22)["body"]) if a["roleId"] == 2]


def test_entities_ignore_the_limit_and_begin_with_the_newest(central: CentralStandin, session: requests.Session) -> None:
    text, found, at = recording(26)["body"], [], 1
    while True:
        try:
            one, at = json.JSONDecoder().raw_decode(text, at)
        except ValueError:
            break  # the recording was cut after 20,000 letters
        found.append(one)
        at += 1
    got = _asked(central, session, 26).json()
    assert len(found) > 40
    assert len(got) == 501
    for n, (recorded, ours) in enumerate(zip(found, got, strict=False)):
        recorded["currentVersion"] |= {k: ours["currentVersion"][k] for k in ("version", "baseVersion")} if n > 1 else {}
        recorded["updatedAt"] = ours["updatedAt"] if n > 1 else recorded["updatedAt"]
        alike(recorded, ours, f"26[{n}]")


def test_recordings_are_the_32_we_were_given() -> None:
    assert sorted(p.name for p in HERE.glob("*.json")) == [f"{n:02d}.json" for n in range(32)]


def alike(recorded: Any, ours: Any, where: str) -> None:
    """Same keys in the same order, same kinds, same values but for digests, ids of a database and times."""
    assert type(recorded) is type(ours), where
    if isinstance(recorded, dict):
        assert list(recorded) == list(ours), where
        for key, value in recorded.items():
            if key in FREE:
                assert type(value) is type(ours[key]), f"{where}.{key}"
                assert not isinstance(value, str) or len(value) == len(ours[key]) or key == "label", f"{where}.{key}"
            else:
                alike(value, ours[key], f"{where}.{key}")
    elif isinstance(recorded, list):
        assert len(recorded) == len(ours), where
        for n, (a, b) in enumerate(zip(recorded, ours, strict=True)):
            alike(a, b, f"{where}[{n}]")
    elif isinstance(recorded, str) and TIME.fullmatch(recorded):
        assert TIME.fullmatch(ours), where
    else:
        assert recorded == ours, where
