"""Settings of Collect: keys that Collect knows, a QR code read back by another decoder, what is refused before a sheet."""

from __future__ import annotations

import base64
import json
import random
import string
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st

from forms.kit import access as ways
from forms.kit.collect import REAL, TRAINING, Access, Server, apart, payload, qr_png, server, settings, token
from forms.kit.page import Bullets, Page, Para, Picture
from forms.kit.pages import html_bytes
from forms.kit.sheet import has_code, sheet
from forms.kit.teams import Team
from forms.media import Hamlet
from tests.forms.qr_read import read
from tests.forms.writing import refused

# Keys of ODK Collect's client-settings.schema.json (getodk/collect, read 2026-11-23) with the values it allows.
GENERAL: dict[str, Any] = {
    "server_url": str, "username": str, "password": str, "app_language": str, "analytics": bool, "delete_send": bool,
    "automatic_update": bool, "hide_old_form_versions": bool, "metadata_username": str,
    "form_update_mode": {"manual", "previously_downloaded", "match_exactly"},
    "autosend": {"off", "wifi_only", "cellular_only", "wifi_and_cellular"},
    "navigation": {"swipe", "buttons", "swipe_buttons"},
}  # fmt: skip
ADMIN = {"admin_pw", "edit_saved", "send_finalized", "view_sent", "get_blank", "delete_saved", "change_server", "access_settings"}


def some_token(seed: int) -> str:
    draw = random.Random(seed)
    return "".join(draw.choice(string.ascii_letters + string.digits + "!$") for _ in range(64))


CENTRAL = Server("central", "https://odk.example.vn", "3")
PRACTICE = Server("central", "https://odk.example.vn", "7")
KOBO = Server("kobo", "https://kc.example.vn")
TEAM = Team("01", ("11", "12"), ("P1", "P2"), "doi01", "tap01")
HAMLETS = {p: Hamlet(p, "23284", f"Thôn {p}", "rural", "", 100) for p in ("P1", "P2")}


def made(of: Server | None, access: Access, *, training: bool = False) -> Page:
    kind = of.kind if of else "central"
    return sheet(
        TEAM, of, access, "vi", kind=kind, training=training, form="bdg_household", hamlets=HAMLETS,
        communes={"23284": "Xã Một"}, counts={"P1": 20, "P2": 19},
    )  # fmt: skip


def pictures(page: Page) -> list[Picture]:
    return [b for b in page.blocks if isinstance(b, Picture)]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize(("of", "access"), [(CENTRAL, Access(token=some_token(1))), (KOBO, Access("doi01"))])
def test_settings_hold_only_keys_and_values_that_collect_knows(of: Server, access: Access, training: bool) -> None:
    found = settings(of, access, training=training)
    assert set(found) == {"general", "admin", "project"}
    for key, value in found["general"].items():
        allowed = GENERAL[key]
        assert isinstance(value, allowed) if isinstance(allowed, type) else value in allowed, key
    assert set(found["admin"]) <= ADMIN
    assert all(isinstance(value, bool) for value in found["admin"].values())
    assert set(found["project"]) == {"name", "icon", "color"}
    assert all(isinstance(value, str) for value in found["project"].values())
    assert "password" not in found["general"]
    assert "admin_pw" not in found["admin"]


def test_a_central_code_opens_the_project_of_the_app_user_and_a_kobo_code_names_the_account() -> None:
    key = some_token(1)
    central = settings(CENTRAL, Access(token=key), training=False)["general"]
    assert central["server_url"] == f"https://odk.example.vn/v1/key/{key}/projects/3"
    assert "username" not in central
    kobo = settings(KOBO, Access("doi01"), training=False)["general"]
    assert (kobo["server_url"], kobo["username"]) == ("https://kc.example.vn", "doi01")


def test_training_and_survey_cannot_be_mistaken_on_the_phone() -> None:
    real, practice = (settings(CENTRAL, Access(token=some_token(1)), training=t)["project"] for t in (False, True))
    assert practice["name"] == "TẬP HUẤN"
    assert [key for key in ("name", "icon", "color") if real[key] == practice[key]] == []
    assert REAL[3].vi != TRAINING[3].vi


def test_settings_without_what_the_server_needs_are_our_bug() -> None:
    for of, access in ((CENTRAL, Access("doi01")), (KOBO, Access(token=some_token(1))), (CENTRAL, Access())):
        with pytest.raises(ValueError, match="central: token"):
            settings(of, access, training=False)


@settings_of(max_examples=6)
@given(st.integers(1, 10**6), st.sampled_from(["a.vn", "odk.example.vn", "khao-sat.tinh.gov.vn/central"]), st.booleans())
def test_the_payload_is_zlib_in_base64_and_the_picture_says_just_that(seed: int, host: str, training: bool) -> None:
    """The picture is read by a decoder written from the standard, not by the library that drew it."""
    wanted = settings(Server("central", f"https://{host}", "12"), Access(token=some_token(seed)), training=training)
    text = payload(wanted)
    assert json.loads(zlib.decompress(base64.b64decode(text, validate=True))) == wanted
    picture = qr_png(text)
    read_back, version = read(picture)
    assert read_back == text
    assert version <= 17  # a module stays about 1 mm at the printed width
    assert picture == qr_png(text)


def test_a_sheet_with_a_code_says_that_it_is_a_secret_and_shows_the_token_nowhere_in_words() -> None:
    key = some_token(5)
    page = made(CENTRAL, Access(token=key))
    (picture,) = pictures(page)
    assert read(picture.png)[0] == payload(settings(CENTRAL, Access(token=key), training=False))
    said = "\n".join(b.text for b in page.blocks if isinstance(b, Para))
    assert "MÃ BÍ MẬT" in said
    assert "odk.example.vn, dự án số 3" in said
    text = html_bytes(page).decode()
    assert key not in text.replace(base64.b64encode(picture.png).decode(), "")
    assert key not in repr(Access(token=key))


@pytest.mark.parametrize(
    ("of", "access"), [(None, Access()), (CENTRAL, Access()), (KOBO, Access()), (None, Access(token=some_token(2)))]
)
def test_without_a_token_or_an_account_there_are_steps_to_follow_and_no_code(of: Server | None, access: Access) -> None:
    assert not has_code(of, access)
    page = made(of, access, training=True)
    assert pictures(page) == []
    (steps,) = [b for b in page.blocks if isinstance(b, Bullets)]
    assert "không in mã QR" in steps.items[0]
    text = html_bytes(page).decode()
    assert "{" not in text.partition("<main>")[2]
    assert "MÃ BÍ MẬT" not in text


def test_on_kobo_the_password_is_typed_by_hand() -> None:
    page = made(KOBO, Access("doi01"))
    (steps,) = [b for b in page.blocks if isinstance(b, Bullets)]
    assert any("tự gõ mật khẩu" in item for item in steps.items)
    assert len(pictures(page)) == 1


@pytest.mark.parametrize(
    ("url", "project", "kind"),
    [
        ("http://odk.example.vn", "3", "central"), ("odk.example.vn", "3", "central"), ("", "3", "central"),
        ("https://user:pw@odk.example.vn", "3", "central"), ("https://odk.example.vn/?q=1", "3", "central"),
        ("https://odk.example.vn/#a", "3", "central"), ("https://odk.example.vn/v1/key/abc/projects/3", "3", "central"),
        ("https://odk.example.vn", "", "central"), ("https://odk.example.vn", "x", "central"),
        ("https://kc.example.vn", "3", "kobo"),
        ("https://[odk", "3", "central"), ("https://odk.example.vn:port", "3", "central"),
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_printed_is_refused_without_being_repeated(url: str, project: str, kind: Any) -> None:
    problems = refused(lambda: server(kind, url, project, "--url"))
    assert {p.code for p in problems} == {"FORM-111"}
    assert all("pw" not in p.text() and "user" not in p.got and "abc" not in p.text() for p in problems)


def test_an_address_is_kept_plain() -> None:
    assert server("central", " https://ODK.example.vn:8443/central/ ", "3", "--url") == Server(
        "central", "https://odk.example.vn:8443/central", "3"
    )
    assert server("central", "http://localhost:8383", "1", "--url").host == "localhost:8383"


@pytest.mark.parametrize(
    "text", ["", "abc", some_token(1)[:-1], some_token(1) + "a", some_token(1)[:-1] + "-", some_token(1)[:-1] + " "]
)
def test_a_token_of_another_shape_is_refused_and_not_shown(text: str) -> None:
    (problem,) = refused(lambda: token(text, "tokens.csv:2"))
    assert problem.code == "FORM-112"
    assert not text or text not in problem.text()


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_tokens_come_from_a_file_and_the_environment(tmp_path: Path) -> None:
    a, b, c = (some_token(i) for i in (1, 2, 3))
    path = write(tmp_path / "tokens.csv", f"team,project,token\n01,real,{a}\n01,training,{b}\n")
    teams = [Team("01", (), ("P1",)), Team("02", (), ("P2",))]
    found = ways.tokens(path, teams, {"BDG_TOKEN_02": c, "BDG_TOKEN_01": some_token(9), "PATH": "x"})
    assert found == {"real": {"01": Access(token=a), "02": Access(token=c)}, "training": {"01": Access(token=b)}}


def test_every_wrong_line_of_a_tokens_file_is_named_and_no_token_is_shown(tmp_path: Path) -> None:
    a = some_token(1)
    path = write(
        tmp_path / "t.csv",
        f"team,project,token\n01,live,{a}\n09,real,{a}\n01,real,{a}\n01,real,{some_token(2)}\n01,training,{a}\n02,real,short\n",
    )
    problems = refused(lambda: ways.tokens(path, [Team("01", (), ()), Team("02", (), ())], {}))
    assert [p.place for p in problems] == ["t.csv:2", "t.csv:3", "t.csv:5", "t.csv:7", "token"]
    assert all(a not in p.text() and "short" not in p.text() for p in problems)


def test_a_tokens_file_of_the_project_is_refused() -> None:
    inside = Path(__file__).with_name("tokens.csv")
    (problem,) = refused(lambda: ways.tokens(inside, [TEAM], {}))
    assert (problem.code, problem.place) == ("FORM-112", "--tokens")


def test_training_that_could_reach_the_survey_is_refused() -> None:
    one, other = {"01": Access(token=some_token(1))}, {"01": Access(token=some_token(2))}
    apart(CENTRAL, one, PRACTICE, other)
    apart(CENTRAL, one, Server("central", "https://other.example.vn", "3"), other)
    apart(None, {}, PRACTICE, other)
    assert [p.place for p in refused(lambda: apart(CENTRAL, one, PRACTICE, one))] == ["token"]
    assert [p.place for p in refused(lambda: apart(CENTRAL, one, CENTRAL, other))] == ["--training-project"]
    upper = Server("central", "https://ODK.EXAMPLE.VN", "3")
    assert [p.place for p in refused(lambda: apart(CENTRAL, {}, upper, {}))] == ["--training-project"]
    assert len(refused(lambda: apart(CENTRAL, one, CENTRAL, one))) == 2


def test_one_kobo_account_sees_all_its_projects_so_training_needs_another() -> None:
    one, other = {"01": Access("doi01")}, {"01": Access("tap01")}
    apart(KOBO, one, KOBO, other)
    apart(KOBO, one, Server("kobo", "https://tap.example.vn"), one)
    (problem,) = refused(lambda: apart(KOBO, one, KOBO, one))
    assert (problem.code, problem.got) == ("FORM-113", "doi01")
    assert [p.code for p in refused(lambda: apart(KOBO, one, KOBO, {}))] == ["FORM-113"]
