"""The sample as an ODK Entity list: JavaRosa takes the list as Central serves it and writes the update that Central wants."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from pyxform.xls2xform import convert as pyxform_convert

from analysis.readers import read_submissions
from forms.build import Built, build
from forms.codebook import codebook
from forms.entities import PROPERTIES, SAVED, chooser, entity_files, saved, served, uuid_of
from forms.load import questionnaire_folder
from forms.media import HOUSEHOLD, Hamlet, Household, lists
from tests.forms.walk import walk
from tests.forms.writing import refused, write_form

NS = {"e": "http://www.opendatakit.org/xforms/entities"}
HOMES = [Household(f"2026-GL0001-{i:03d}", 2026, "GL0001", f"{i:03d}", "21025", str(i / 32), "practice") for i in range(1, 31)]
HAMLET = Hamlet("GL0001", "21025", "Thôn GL-001", "rural", "1", 120)
VISITED = HOMES[13]
COVER = {
    "interviewer": "3", "interviewer_sex": "female", "commune": "21025", "psu": "GL0001", "household": VISITED.key, "visit": "2",
    "contact": "nobody_home",
}  # fmt: skip


@pytest.fixture(scope="module")
def listed() -> Built:
    """The household form with the sample as entities (one run of ODK Validate)."""
    return build(questionnaire_folder(), listing="entities")


def phone(folder: Path, one: Built, households: bytes) -> Path:
    folder.mkdir()
    for name, content in lists(HOMES, [HAMLET], {"21025": "Xã GL"}).items():
        (folder / name).write_bytes(content)
    (folder / "households.csv").write_bytes(households)
    (folder / "form.xml").write_text(one.xform.xml, encoding="utf-8")
    return folder / "form.xml"


@pytest.fixture(scope="module")
def visits(listed: Built, built: Built, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One visit with the entity list at version 3, one with the attached list."""
    room = tmp_path_factory.mktemp("entities")
    third = served(HOMES, {VISITED.key: (3, "absent", "1")})
    attached = lists(HOMES, [HAMLET], {"21025": "Xã GL"})["households.csv"]
    return {
        "entities": walk(phone(room / "a", listed, third), COVER)["interviews"][0],
        "attachment": walk(phone(room / "b", built, attached), COVER)["interviews"][0],
    }


def test_validate_and_pyxform_have_nothing_to_say(listed: Built) -> None:
    """`build` refuses any warning of either; here pyxform is asked once more, by itself."""
    result = pyxform_convert(xlsform=io.BytesIO(listed.xlsx), file_type=".xlsx", validate=False, form_name="data")
    assert result.warnings == []
    assert 'entities:entities-version="' in str(result.xform)


def test_the_engine_writes_the_update(visits: dict[str, Any]) -> None:
    entity = ET.fromstring(visits["entities"]["xml"]).find("meta/entity")
    assert entity is not None
    assert entity.attrib == {
        "dataset": "households", "id": uuid_of(VISITED.key), "update": "1", "baseVersion": "3", "trunkVersion": "",
        "branchId": "",
    }  # fmt: skip
    assert entity.find("label") is None


def test_what_is_saved_of_a_visit_is_its_result_and_its_number(listed: Built) -> None:
    """Nothing that a person said, nothing that says who they are: two properties, both of the visit."""
    found = re.findall(r'<bind[^>]*nodeset="/data/([^"]+)"[^>]*entities:saveto="([^"]+)"', listed.xform.xml)
    found += [(b, a) for a, b in re.findall(r'<bind[^>]*entities:saveto="([^"]+)"[^>]*nodeset="/data/([^"]+)"', listed.xform.xml)]
    assert {(path.rpartition("/")[2], to) for path, to in found} == set(saved(listed.form).items()) == set(SAVED.items())


def test_the_same_is_asked_with_either_list(visits: dict[str, Any]) -> None:
    ours, theirs = visits["entities"], visits["attachment"]
    assert ours["screens"] == theirs["screens"]
    flat = {key: ET.fromstring(visits[key]["xml"]) for key in visits}
    for path in ("m0/select_u", "m0/vignette_arm", "m0/household", "m0/ssu", "m0/wave", "m99/result", "m0/questionnaire_digest"):
        texts = {key: root.findtext(path) for key, root in flat.items()}
        assert texts["entities"], path
        assert texts["entities"] == texts["attachment"], path
    assert flat["entities"].findtext("m0/household_uuid") == uuid_of(VISITED.key)


def test_one_digest_another_version(listed: Built, built: Built) -> None:
    assert listed.form.digest == built.form.digest
    assert listed.codebook == built.codebook
    assert f'version="{built.form.version}-central"' in built.xform.xml
    assert f'version="{built.form.version}-central+entities"' in listed.xform.xml


def test_analysis_reads_either_and_cannot_tell(visits: dict[str, Any], listed: Built, tmp_path: Path) -> None:
    """The digest decides what a submission is; the version and the entity beside it are nobody's business there."""
    rows = {}
    for key, visit in visits.items():
        (tmp_path / key).mkdir()
        (tmp_path / key / "one.xml").write_text(visit["xml"], encoding="utf-8")
        (rows[key],) = read_submissions(tmp_path / key, codebook(listed.form))
    assert rows["entities"].form_version != rows["attachment"].form_version
    changing = {v.path for v in listed.codebook.variables if v.name in ("start", "end", "deviceid")}
    one, two = ({p: a for p, a in rows[key].answers.items() if p not in changing} for key in ("entities", "attachment"))
    assert one == two
    assert rows["entities"].questionnaire_digest == listed.form.digest


# ---- the files that fill the list


def test_the_bulk_request_is_what_central_takes() -> None:
    """POST …/datasets/households/entities: entities with uuid, label and data of text only, and a named source."""
    body = json.loads(entity_files(HOMES)["households_entities.json"])
    assert set(body) == {"entities", "source"}
    assert body["source"] == {"name": "households.csv"}
    assert len(body["entities"]) == len(HOMES)
    for home, entity in zip(HOMES, body["entities"], strict=True):
        assert set(entity) == {"uuid", "label", "data"}
        assert UUID(entity["uuid"]).version == 4
        assert entity["data"]["key"] == home.key
        assert all(isinstance(v, str) and v for v in entity["data"].values())
    assert len({e["uuid"] for e in body["entities"]}) == len(HOMES)
    assert entity_files(HOMES) == entity_files(HOMES)


def test_the_upload_by_hand_holds_the_same_properties() -> None:
    files = entity_files(HOMES)
    rows = list(csv.DictReader(io.StringIO(files["households_entities.csv"].decode("utf-8"), newline="")))
    described = json.loads(files["households_list.json"])
    assert described["name"] == "households"
    assert [*rows[0]] == ["label", *(p for p in described["properties"] if p not in SAVED.values())]
    assert [r["key"] for r in rows] == [h.key for h in HOMES]


def test_properties_are_names_that_central_takes() -> None:
    """Letters, digits and _; never `name` or `label`, never two underscores first."""
    for name in (*PROPERTIES, *SAVED.values()):
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        assert name not in ("name", "label")


def test_only_what_the_form_reads_is_on_the_list() -> None:
    described = json.loads(entity_files(HOMES, ["select_u"])["households_list.json"])
    assert described["properties"] == ["key", "psu", "select_u", "last_result", "visits"]
    assert set(PROPERTIES) < set(HOUSEHOLD)


def test_a_form_without_households_has_no_entities(tmp_path: Path) -> None:
    one = build(write_form(tmp_path / "tiny"), listing="entities", validated=False)
    assert chooser(one.form) is None
    assert one.variant.listing == "attachment"
    assert "entities" not in one.xform.xml
    assert "+entities" not in one.xform.xml


def test_entities_for_kobotoolbox_are_refused() -> None:
    (problem,) = refused(lambda: build(questionnaire_folder(), target="kobo", listing="entities"))
    assert problem.code == "FORM-080"
