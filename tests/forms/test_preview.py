"""The preview: a server of this machine only, practice lists that fit the form, and words when Node is missing.

The page itself, in Chromium, is tested by `make web`; here nothing needs Node.
"""

from __future__ import annotations

import csv
import io
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from forms import province_folder
from forms.build import Built
from forms.media import HOUSEHOLD
from forms.preview.bundle import bundle
from forms.preview.pages import pages, practice_lists
from forms.preview.server import serve
from tests.forms.writing import refused


@pytest.fixture
def address() -> Iterator[str]:
    server = serve({"/": ("text/html; charset=utf-8", "chào".encode()), "/lists/a.csv": ("text/csv", b"name\n1\n")})
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{server.server_address[0]}:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_the_server_answers_for_its_pages_and_nothing_else(address: str) -> None:
    with urllib.request.urlopen(f"{address}/?x=1") as answer:
        assert (answer.status, answer.read().decode()) == (200, "chào")
    for path in ("/../etc/passwd", "/lists/", "/pyproject.toml"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(address + path)


def test_the_server_listens_to_this_machine_only() -> None:
    server = serve({})
    assert server.server_address[0] == "127.0.0.1"
    taken = int(server.server_address[1])
    assert [p.code for p in refused(lambda: serve({}, taken))] == ["FORM-123"]
    assert [p.code for p in refused(lambda: serve({}, 70000))] == ["FORM-123"]
    server.server_close()


def test_practice_lists_are_what_the_form_wants_and_nobody_is_in_them(built: Built) -> None:
    found = practice_lists(built, province_folder())
    assert set(found) == set(built.xform.media)
    rows = list(csv.DictReader(io.StringIO(found["households.csv"].decode())))
    assert len(rows) == 24
    assert set(rows[0]) <= set(HOUSEHOLD)
    assert {r["round_kind"] for r in csv.DictReader(io.StringIO(found["hamlets.csv"].decode()))} == {"practice"}
    assert all(0 <= float(r["select_u"]) < 1 for r in rows)


def test_what_the_browser_gets_is_the_built_form(built: Built, tmp_path: Path) -> None:
    for name in ("index.html", "main.js"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    found = pages(built, {"communes.csv": b"name,label\n"}, tmp_path)
    assert set(found) == {"/", "/main.js", "/form.xml", "/lists/communes.csv"}
    assert found["/form.xml"][1].decode() == built.xform.xml


def programs(folder: Path, monkeypatch: pytest.MonkeyPatch, **scripts: str) -> None:
    """A machine whose only programs are these; its cache is empty."""
    folder.mkdir()
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("sys.executable", str(folder / "python"))
    for variable in ("XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(folder / "cache"))


@pytest.mark.parametrize(
    ("scripts", "code", "got"),
    [
        ({}, "FORM-120", "-"),
        ({"node": "echo v22.1.0"}, "FORM-120", "-"),
        ({"node": "echo v18.20.0", "npm": "exit 0"}, "FORM-121", "v18.20.0"),
        ({"node": "echo v20.19.3", "npm": "echo 'npm error network' >&2; exit 1"}, "FORM-122", "npm error network"),
    ],
)
def test_a_machine_without_node_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scripts: dict[str, str], code: str, got: str
) -> None:
    programs(tmp_path / "bin", monkeypatch, **scripts)
    (problem,) = refused(bundle)
    assert (problem.code, problem.got) == (code, got)
    assert not list((tmp_path / "bin" / "cache").rglob("main.js"))


def test_what_npm_says_is_told_without_addresses_and_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "npm error request to https://registry.example.org/vue failed at /srv/someone/.npm/logs"
    programs(tmp_path / "bin", monkeypatch, node="echo v22.1.0", npm=f"echo '{said}' >&2; exit 1")
    (problem,) = refused(bundle)
    assert "example.org" not in problem.got
    assert "someone" not in problem.got


def test_the_bundle_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """npm and esbuild stand in as programs that write what they would write: the second call starts neither."""
    node = 'case "$1" in --version) echo v22.1.0;; *) echo made > bundled.js; echo one >> "$HOME/calls";; esac'
    programs(tmp_path / "bin", monkeypatch, node=node, npm="exit 0")
    (tmp_path / "bin" / "cache").mkdir()
    first, second = bundle(), bundle()
    assert first == second
    assert (first / "main.js").read_text(encoding="utf-8") == "made\n"
    assert (tmp_path / "bin" / "cache" / "calls").read_text(encoding="utf-8").splitlines() == ["one"]
