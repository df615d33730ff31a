"""Our six forms through KoboToolbox's own converter, pyxform 3.0.0, and the three things it refuses that ODK's takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from forms.build import Built, build
from forms.languages.store import file_of
from forms.shelf import form_folder, shipped
from forms.workbook import Sheet, workbook_bytes
from forms.xform import validate
from forms.xlsform import EN, VI
from tests.forms.translating import folder_with, row
from tests.kobo.conftest import ROOT, Converter

SWITCHES = {"household": ("gps", "list_experiment", "panel")}


def built(name: str, turned_on: tuple[str, ...] = ()) -> Built:
    return build(form_folder(name), turned_on, target="kobo", validated=False)


@pytest.fixture(scope="module")
def forms() -> dict[str, Built]:
    """Every shipped form as the target kobo writes it, and the household form with all its switches on."""
    found = {name: built(name) for name in shipped()}
    return found | {f"{name}_on": built(name, on) for name, on in SWITCHES.items()}


@pytest.fixture(scope="module")
def told(forms: dict[str, Built], converter: Converter, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What pyxform 3.0.0 says of them."""
    folder = tmp_path_factory.mktemp("kobo")
    for name, one in forms.items():
        (folder / f"{name}.xlsx").write_bytes(one.xlsx)
    return converter(folder)


def elements(xml: str) -> list[tuple[str, tuple[tuple[str, str], ...], str]]:
    """An XForm as a list of what stands in it, whatever the order of attributes and prefixes."""
    return [(e.tag, tuple(sorted(e.attrib.items())), (e.text or "").strip()) for e in ET.fromstring(xml).iter()]


def test_it_is_the_converter_that_the_server_pins(told: dict[str, Any]) -> None:
    assert told["version"] == "3.0.0"


def test_its_environment_is_locked() -> None:
    """Pinned, hashed, without an address, and nothing of the project in it."""
    text = (ROOT / "tests/kobo/requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line.strip()]
    assert [e.split()[0] for e in entries if e.startswith("pyxform")] == ["pyxform==3.0.0"]
    assert [e for e in entries if not re.match(r"[a-z0-9-]+==[0-9.]+ .*--hash=sha256:[0-9a-f]{64}", e)] == []
    assert "://" not in text


def test_six_forms_without_an_error_or_a_warning(told: dict[str, Any], forms: dict[str, Built]) -> None:
    assert len(shipped()) == 6
    assert {name: (f.get("error"), f.get("warnings")) for name, f in told["forms"].items()} == dict.fromkeys(forms, (None, []))


def test_both_converters_make_the_same_form_of_it(told: dict[str, Any], forms: dict[str, Built]) -> None:
    """Element by element: logic, texts, lists.  So what is proven of the form on ODK's side holds on KoboToolbox's."""
    for name, one in forms.items():
        ours, theirs = elements(one.xform.xml), elements(told["forms"][name]["xml"])
        assert len(ours) > 500
        assert theirs == ours, name


def test_the_root_keeps_its_name(told: dict[str, Any], forms: dict[str, Built]) -> None:
    """KoboToolbox names the root after the project; paths that begin with /data must still lead somewhere."""
    for name, one in forms.items():
        assert "<data id=" in told["forms"][name]["xml"], name
        assert "aProjectUid" not in told["forms"][name]["xml"]
        assert f'version="{one.form.version}-kobo' in told["forms"][name]["xml"]


def test_odk_validate_accepts_what_it_made(told: dict[str, Any]) -> None:
    validate(told["forms"]["household_on"]["xml"], "household.xml")


# ---- what our own rule (FORM-082, FORM-080) rests on


def small(*rows: tuple[str, str, str], entities: bool = False) -> bytes:
    header = ("type", "name", f"label::{VI}", f"label::{EN}", "parameters", "save_to")
    lines = tuple(
        (kind, name, "" if kind.startswith("end") else name, "" if kind.startswith("end") else name, more, "")
        for kind, name, more in rows
    )
    sheets = [
        Sheet("survey", header, lines),
        Sheet("settings", ("form_title", "form_id", "default_language"), (("Nhỏ", "t", VI),)),
    ]
    if entities:
        sheets[0] = Sheet("survey", header, tuple((*line[:5], "age" if line[0] == "integer" else "") for line in lines))
        sheets.append(Sheet("entities", ("list_name", "label"), (("people", "${age}"),)))
    return workbook_bytes(sheets)


CASES = {
    "capitals": small(("integer", "age", ""), ("integer", "Age", "")),
    "capitals_apart": small(("begin group", "a", ""), ("integer", "age", ""), ("end group", "a", ""), ("integer", "Age", "")),
    "tick": small(("range", "age", "start=1 end=9 step=1 tick_interval=2")),
    "placeholder": small(("range", "age", "start=1 end=9 step=1 placeholder=5")),
    "entity_in_repeat": small(("begin repeat", "r", ""), ("integer", "age", ""), ("end repeat", "r", ""), entities=True),
}  # fmt: skip


@pytest.fixture(scope="module")
def probed(converter: Converter, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Small forms that ODK's converter takes."""
    folder = tmp_path_factory.mktemp("probe")
    for name, content in CASES.items():
        (folder / f"{name}.xlsx").write_bytes(content)
    found: dict[str, Any] = converter(folder)["forms"]
    return found


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("capitals", "case-insensitive"),
        ("tick", "tick_interval"),
        ("placeholder", "placeholder"),
        ("entity_in_repeat", "repeat"),
    ],
)
def test_what_it_refuses(probed: dict[str, Any], case: str, said: str) -> None:
    assert said in probed[case]["error"]


def test_names_of_two_sections_may_differ_by_capitals(probed: dict[str, Any]) -> None:
    assert probed["capitals_apart"].get("error") is None


# ---- languages


def test_a_translated_form_with_sound_converts_without_a_warning(converter: Converter, tmp_path: Path) -> None:
    """3.0.0 looks for a sound in every language that the form has."""
    texts = [row("consent.label", "Ông/Bà có đồng ý?", "[1]", audio="hre_consent.mp3"), row("age.label", "Tuổi tròn?", "[2]")]
    folder = folder_with(tmp_path / "tiny", "hre", file_of(texts), {"hre_consent.mp3": b"sound"})
    (tmp_path / "out").mkdir()
    for name, codes in (("sound", ["hre"]), ("plain", [])):
        one = build(folder, target="kobo", languages=codes, validated=False)
        (tmp_path / "out" / f"{name}.xlsx").write_bytes(one.xlsx)
    found = converter(tmp_path / "out")["forms"]
    assert {name: f["warnings"] for name, f in found.items()} == {"sound": [], "plain": []}
    assert {name: f["xml"].count("<translation ") for name, f in found.items()} == {"sound": 3, "plain": 2}
