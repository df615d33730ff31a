"""`bdg forms pull` as a person runs it, against the stand-in Central and the stand-in KoBo: what it says and how it ends."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

import bdg
from forms.build import build
from forms.ledger import Round, new_round, open_ledger
from forms.shelf import form_folder
from tests.servers import central_standin
from tests.servers.central_standin import standin
from tests.servers.kobo_standin import TOKEN, USER, kobo_standin

KEY = bytes(32)
BLANK: list[str] = []
XLSX: list[bytes] = []


@pytest.fixture(scope="module", autouse=True)
def _blank() -> None:
    made = build(form_folder("household"), validated=False)
    text = made.xform.xml
    start = text.index("<instance>") + len("<instance>")
    blank = re.sub(r'<member jr:template="">.*?</member>', "", text[start : text.index("</instance>", start)].strip())
    BLANK[:] = [blank, text, made.form.id]
    XLSX[:] = [made.xlsx]


def interview(number: int, *, kind: str = "practice", version: int = 0, audit: bool = True) -> str:
    """The blank form with an id; version n is an edit of version n - 1."""
    own = f"uuid:0000000{version}-0000-4000-8000-{number:012}"
    before = f"<deprecatedID>uuid:0000000{version - 1}-0000-4000-8000-{number:012}</deprecatedID>" if version else ""
    told = BLANK[0].replace("<instanceID/>", f"<instanceID>{own}</instanceID>{before}")
    told = told.replace("<audit/>", "<audit>audit.csv</audit>" if audit else "<audit/>")
    told = told.replace("<round_kind/>", f"<round_kind>{kind}</round_kind>").replace("<k01/>", f"<k01>{'tf'[version % 2]}</k01>")
    return told.replace("<data ", '<data xmlns:jr="http://openrosa.org/javarosa" ', 1)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> object:
    def run(of: Round, *more: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["bdg", "forms", "pull", str(of.home), *more])
        code = 0
        try:
            bdg.main()
        except SystemExit as end:
            code = int(end.code or 0)
        out = capsys.readouterr()
        return code, out.out + out.err

    return run


def made(folder: Path, monkeypatch: pytest.MonkeyPatch, url: str, kind: str, user: str, secret: str, project: str) -> Round:
    monkeypatch.setenv("BDG_ROUND_KEY", base64.b64encode(KEY).decode())
    monkeypatch.setenv("BDG_PASSWORD", secret)
    return new_round(
        folder / "r",
        kind="practice",
        wave=2026,
        form="household",
        sample=None,
        server=url,
        server_kind=kind,
        user=user,
        project=project,
    )


def test_central_from_the_first_pull_to_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said) -> None:
    with standin() as central:
        central.publish_form(BLANK[1])
        ids = [central.submit(interview(n), files={"audit.csv": b"event,node,start,end\nform start,,1,2\n"}) for n in range(7)]
        of = made(tmp_path, monkeypatch, central.url, "central", central_standin.USER, central_standin.PASSWORD, central.project)
        code, text = said(of)
        assert (code, "mới / new: 7" in text, "máy chủ / server: 7; trong sổ / in the ledger: 7" in text) == (0, True, True), text
        assert "attachments: 7" in text
        central.edit(ids[2], interview(2, version=1))
        central.delete(ids[3])
        central.review(ids[4], "rejected")
        code, text = said(of)
        assert (code, "edited versions: 1" in text, "deleted on the server: 1" in text, "server: 6" in text) == (
            0,
            True,
            True,
            True,
        ), text
        with open_ledger(of, key=KEY) as ledger:
            latest = {s.root_id: s for s in ledger.stored()}
            assert ledger.versions(ids[2]) == (ids[2], ids[2].replace("00000000-", "00000001-", 1))
            assert latest[ids[4]].standing.review == "rejected"
            assert ledger.count() == 6
        central.purge(ids[5])
        code, text = said(of)
        assert (code, "SERV-061" in text) == (12, True), text
        assert said(of, "--gone", "phiếu thử")[0] == 0
        central.submit(interview(90, kind="real"), files={"audit.csv": b"event\n"})
        code, text = said(of)
        assert (code, "DATA-029" in text) == (3, True), text
        assert central_standin.PASSWORD not in text


def test_central_that_breaks_in_the_middle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said) -> None:
    from forms.servers import central as client

    monkeypatch.setattr(client.Central.__init__, "__kwdefaults__", {"page": 3, "backoff": 0.0, "accepted": ()})
    with standin() as central:
        central.publish_form(BLANK[1])
        ids = [central.submit(interview(n, audit=False)) for n in range(8)]
        of = made(tmp_path, monkeypatch, central.url, "central", central_standin.USER, central_standin.PASSWORD, central.project)
        central.fail(404, path=r"skiptoken", times=1)
        code, text = said(of)
        assert (code, "SERV-004" in text) == (12, True), text
        with open_ledger(of, key=KEY) as ledger:
            assert ledger.count() == 3
        central.heal()
        central.before("skiptoken", central.expire)
        central.before("skiptoken", lambda: central.delete(ids[0]), skip=1)
        code, text = said(of)
        assert (code, "nối tiếp" in text, "server: 7; trong sổ / in the ledger: 7" in text) == (0, True, True), text


def test_kobo_from_the_first_pull_to_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said) -> None:
    with kobo_standin() as kobo:
        project = kobo.take_form(XLSX[0], None, "household")
        kobo.deploy(project)
        numbers = [kobo.submit(project, interview(n), files={"audit.csv": b"event,node,start,end\n"}) for n in range(5)]
        of = made(tmp_path, monkeypatch, kobo.url, "kobo", USER, TOKEN, "")
        code, text = said(of)
        assert (code, "mới / new: 5" in text, "attachments: 5" in text, "server: 5" in text) == (0, True, True, True), text
        kobo.submit(project, interview(1, version=1))
        kobo.judge(project, numbers[2], "validation_status_not_approved")
        code, text = said(of)
        assert (code, "edited versions: 1" in text) == (0, True), text
        with open_ledger(of, key=KEY) as ledger:
            assert {s.standing.review for s in ledger.stored()} == {"received", "rejected"}
            assert ledger.count() == 5
        del project.rows[numbers[0]]
        code, text = said(of)
        assert (code, "SERV-061" in text) == (12, True), text
        assert said(of, "--gone", "phiếu thử")[0] == 0
        with open_ledger(of, key=KEY) as ledger:
            assert ledger.count() == 4


def test_a_private_key_inside_the_round_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said) -> None:
    of = made(tmp_path, monkeypatch, "https://a.example", "central", "u", "s", "1")
    inside = of.home / "key.pem"
    inside.write_bytes(b"x")
    for path in (inside, tmp_path / "none.pem"):
        code, text = said(of, "--private-key", str(path))
        assert (code, "DATA-102" in text) == (2, True), text


def test_a_file_that_reaches_central_late_comes_with_the_next_pull(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said) -> None:
    with standin() as central:
        central.publish_form(BLANK[1])
        central.submit(interview(1))
        of = made(tmp_path, monkeypatch, central.url, "central", central_standin.USER, central_standin.PASSWORD, central.project)
        assert "attachments: 0" in said(of)[1]
        central.submit(interview(1), files={"audit.csv": b"event,node,start,end\nform start,,1,2\n"})  # the phone sends again
        code, text = said(of)
        assert (code, "mới / new: 0" in text, "attachments: 1" in text) == (0, True, True), text
        assert "attachments: 0" in said(of)[1]
