"""Rehearsal: whole interviews through Collect's engine, what the engine decided, and the four shapes of one set of data."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import shutil
import urllib.parse
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from openpyxl import load_workbook
from pyxform.xls2xform import convert

from analysis.sampling.practice import practice, write_practice
from forms import load_places, province_folder, questionnaire_folder
from forms.load import load_questionnaire
from forms.media import lists, read_hamlets, read_households
from forms.question import HIDDEN, Questionnaire
from forms.rehearsal import exports
from forms.rehearsal.fields import fields, read
from forms.rehearsal.rehearse import STAMP, Rehearsed, rehearse
from forms.workbook import workbook_bytes
from forms.xlsform import sheets
from tests.forms.writing import drive, refused, write_form

WINDOW = (date(2026, 10, 5), date(2026, 10, 30))
PLANTED = """
  - name: dead_end
    type: select_one
    list: yes_no
    only_if: consent = yes and consent = no
    ask: {vi: "Câu không ai gặp?", en: "A question nobody meets?"}
  - name: filtered
    type: select_multiple
    list: messages
    filter: name != 'none'
    ask: {vi: "Câu có danh sách bị lọc?", en: "A question with a filtered list?"}
"""
MODULES = ("m3", "m4", "m5", "m6", "m9", "m11")


@dataclass(frozen=True)
class Run:
    """One rehearsal: where, of which questionnaire, what it reported, and its submissions as trees by instance id."""

    out: Path
    form: Questionnaire
    found: Rehearsed
    sample: Path
    households: list[dict[str, str]]

    @cached_property
    def xml(self) -> dict[str, ET.Element]:
        trees = [ET.fromstring(p.read_text(encoding="utf-8")) for p in sorted((self.out / "xml").glob("*.xml"))]
        return {str(t.findtext("meta/instanceID")): t for t in trees}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped questionnaire with two planted faults in its last module."""
    copy = tmp_path_factory.mktemp("form") / "household"
    shutil.copytree(questionnaire_folder(), copy)
    path = copy / "95_close.yaml"
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + PLANTED, encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small practice sample: 14 hamlets, 4 households each, and waves.yaml, frame.csv beside it."""
    out = tmp_path_factory.mktemp("sample")
    write_practice(practice(load_places(province_folder("51")), 7, psus=14, households=4), out)
    return out / "sample.csv"


def run(folder: Path, sample: Path, out: Path, processes: int) -> Run:
    found = rehearse(folder, sample, sample.with_name("frame.csv"), 2026, WINDOW, 1, out, processes=processes)
    with sample.open(encoding="utf-8-sig", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["wave"] == "2026" and r["status"] == "main"]
    return Run(out, load_questionnaire(folder), found, sample, rows)


@pytest.fixture(scope="module")
def one(folder: Path, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One process, the practice sample."""
    return run(folder, sample, tmp_path_factory.mktemp("one") / "out", 1)


@pytest.fixture(scope="module")
def two(folder: Path, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two processes, and a sample that says it is real."""
    real = tmp_path_factory.mktemp("real") / "sample.csv"
    text = sample.read_text(encoding="utf-8")
    assert ",practice\n" in text
    real.write_text(text.replace(",practice\n", ",real\n"), encoding="utf-8")
    shutil.copy(sample.with_name("frame.csv"), real.with_name("frame.csv"))
    return run(folder, real, tmp_path_factory.mktemp("two") / "out", 2)


def files(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


def roster(tree: ET.Element) -> list[dict[str, str]]:
    return [{str(c.tag): c.text or "" for c in m} for m in tree.findall("m1/member")]


# ---- the same bytes, and practice whatever the sample says


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_processes(one: Run, two: Run) -> None:
    first, second = files(one.out), files(two.out)
    assert list(first) == list(second)
    assert [name for name in first if first[name] != second[name]] == []


def test_interviews_of_invented_people_are_practice_even_on_a_real_sample(two: Run) -> None:
    assert {r["round_kind"] for r in two.households} == {"real"}
    assert {t.findtext("m0/round_kind") for t in two.xml.values()} == {"practice"}
    assert "practice" in (two.out / "form" / "hamlets.csv").read_text(encoding="utf-8")


def test_what_is_written(one: Run) -> None:
    names = {n for n in files(one.out) if not n.startswith("xml/")}
    assert names == {
        "form/bdg_household.xml", "form/bdg_household.xlsx", "form/communes.csv", "form/hamlets.csv", "form/households.csv",
        "kobo.xlsx", "submissions.csv.zip", "odata/Submissions-0001.json", "rehearsal.json", "paths.json", "truth.json",
    }  # fmt: skip
    assert sorted(p.name for p in one.out.parent.iterdir()) == ["out"]


# ---- every submission


def test_a_submission_of_every_household(one: Run) -> None:
    trees = one.xml
    assert len(trees) == one.found.interviews == len(one.households) == 56
    keys = {t.findtext("m0/household") for t in trees.values()}
    assert keys == {f"2026-{r['psu']}-{r['ssu']}" for r in one.households}


def test_every_submission_is_finalised(one: Run) -> None:
    for name, tree in one.xml.items():
        assert tree.tag == "data"
        assert tree.get("id") == "bdg_household"
        assert tree.get("version") == f"{one.form.version}-central"
        assert re.fullmatch(r"uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", name)
        place = f"{tree.findtext('m0/commune')}-{tree.findtext('m0/psu')}-{tree.findtext('m0/ssu')}"
        assert tree.findtext("meta/instanceName") == place
    assert one.found.invalid == ()


def test_the_hidden_fields_say_form_wave_and_kind(one: Run) -> None:
    for tree in one.xml.values():
        assert tree.findtext("m0/questionnaire_digest") == one.form.digest
        assert tree.findtext("m0/wave") == "2026"
        assert tree.findtext("m0/round_kind") == "practice"
        assert str(tree.findtext("m0/deviceid")).startswith("practice")


def test_times_come_from_the_seed_and_lie_in_the_window(one: Run) -> None:
    for tree in one.xml.values():
        day = str(tree.findtext("m0/interview_date"))
        start, end = str(tree.findtext("m0/start")), str(tree.findtext("m0/end"))
        assert WINDOW[0].isoformat() <= day <= WINDOW[1].isoformat()
        assert start.startswith(day)
        assert start.endswith("+07:00")
        assert start < end


def test_the_number_of_the_sample_selects_the_person(one: Run) -> None:
    numbers = {f"2026-{r['psu']}-{r['ssu']}": r["select_u"] for r in one.households}
    met = 0
    for tree in one.xml.values():
        n = int(tree.findtext("m1/n_eligible") or 0)
        if not n:
            continue
        met += 1
        number = numbers[str(tree.findtext("m0/household"))]
        members = roster(tree)
        pick = int(float(number) * n) + 1
        assert tree.findtext("m0/select_u") == number
        assert [m["m_no"] for m in members] == [str(i) for i in range(1, n + 1)]
        ages = [int(m["m_age"]) for m in members]
        assert ages == sorted(ages, reverse=True)
        assert tree.findtext("m1/pick") == str(pick)
        assert tree.findtext("m1/age") == members[pick - 1]["m_age"]
        assert tree.findtext("m1/sex") == members[pick - 1]["m_sex"]
        assert float(str(tree.findtext("m1/p_select"))) == pytest.approx(1 / n, abs=1e-9)
        assert tree.findtext("m1/roster_changed") == "0"
    assert met > 40


def test_who_gets_which_module(one: Run) -> None:
    seen = {"private": 0, "not private": 0, "no consent": 0}
    for tree in one.xml.values():
        consent, alone = tree.findtext("m2/consent"), tree.findtext("m8b/alone")
        age = int(tree.findtext("m1/age") or 0)
        if consent != "yes":
            seen["no consent"] += 1
            assert not [m for m in MODULES if tree.find(m) is not None]
            continue
        assert all(tree.find(m) is not None for m in MODULES if m != "m9")
        private = alone == "yes" and age >= 18
        seen["private" if private else "not private"] += 1
        assert (tree.find("m9") is not None) is private
    assert all(seen.values()), seen


def test_answers_are_codes_of_the_form(one: Run) -> None:
    for name, tree in one.xml.items():
        for path, question in one.form.questions():
            text = tree.findtext("/".join((*path, question.name))) if path[-1] != "member" else None
            if text and question.list:
                assert set(text.split()) <= {c.code for c in one.form.choices(question)}, (name, question.name)


# ---- what the rehearsal reports


def test_a_dead_question_is_named(one: Run) -> None:
    assert "dead_end" in one.found.never_reached
    assert "k01" not in one.found.never_reached
    reached = {
        q.name for p, q in one.form.questions() if any(t.find("/".join((*p, q.name))) is not None for t in one.xml.values())
    }
    hidden = {q.name for _, q in one.form.questions() if q.type in HIDDEN}
    assert set(one.found.never_reached) == {q.name for _, q in one.form.questions()} - reached - hidden


def test_a_choice_that_no_filter_lets_through_is_named(one: Run) -> None:
    assert one.found.never_offered == (("filtered", "none"),)


def test_constraints_that_stopped_somebody_are_counted(one: Run) -> None:
    hits = {name: n for name, n, _ in one.found.hits}
    assert hits
    assert set(hits) <= {"m_age", "n_eligible", "exp_channels", "exp_message", "info_wanted", "present", "filtered"}
    assert all(n > 0 for n in hits.values())


def test_the_report_is_written_without_the_speed_of_the_machine(one: Run) -> None:
    document = json.loads((one.out / "rehearsal.json").read_text(encoding="utf-8"))
    assert document["stamp"] == STAMP == "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"
    assert "rate" not in document
    assert (document["interviews"], document["full"]) == (56, one.found.full)
    assert document["never_reached"] == list(one.found.never_reached)
    assert document["hits"] == [list(h) for h in one.found.hits]


def test_length_and_full_interviews(one: Run) -> None:
    full = [t for t in one.xml.values() if t.find("m11") is not None]
    assert one.found.full == len(full) > 40
    assert 60 < one.found.questions_median <= one.found.questions_max
    assert 5 < one.found.minutes_median <= one.found.minutes_max < 45
    assert one.found.rate > 0
    said = "\n".join(one.found.lines())
    for word in ("dead_end", "filtered=none", "phiếu đầy đủ một giây", "full interviews a second"):
        assert word in said


# ---- the same submissions in four shapes


Record = dict[str, str]
PATHS = ("m0/household", "m0/psu", "m0/select_u", "m0/wave", "m1/age", "m1/p_select", "m2/consent", "m4/exp_channels", "m5/k01",
         "m6/a08", "m9/v03", "m11/info_wanted", "m99/result", "meta/instanceName")  # fmt: skip


def same(value: object) -> str:
    """A value as text, numbers without trailing zeros, nothing as ''."""
    if value is None or value == "":
        return ""
    text = str(value)
    if re.fullmatch(r"-?\d+\.\d+", text):
        return f"{float(text):.9g}"
    return text.removesuffix(".0")


def from_xml(run: Run) -> dict[str, tuple[Record, list[str]]]:
    return {
        name: ({p: same(t.findtext(p)) for p in PATHS}, [m["m_age"] for m in roster(t)]) for name, t in run.xml.items()
    }  # fmt: skip


def from_odata(run: Run) -> dict[str, tuple[Record, list[str]]]:
    found = {}
    for page in sorted((run.out / "odata").glob("*.json")):
        for row in json.loads(page.read_text(encoding="utf-8"))["value"]:
            record = {}
            for path in PATHS:
                value: Any = row
                for part in path.split("/"):
                    value = value[part]
                record[path] = same(value)
            found[row["__id"]] = (record, [same(m["m_age"]) for m in row["m1"]["member"]])
    return found


def from_csv(run: Run) -> dict[str, tuple[Record, list[str]]]:
    with zipfile.ZipFile(run.out / "submissions.csv.zip") as archive:
        assert archive.namelist() == ["bdg_household.csv", "bdg_household-member.csv"]
        main, members = (list(csv.DictReader(io.StringIO(archive.read(n).decode(), newline=""))) for n in archive.namelist())
    found = {r["KEY"]: ({p: same(r[p.replace("/", "-")]) for p in PATHS}, []) for r in main}
    for number, row in enumerate(members):
        parent, ages = row["PARENT_KEY"], found[row["PARENT_KEY"]][1]
        ages.append(row["m_age"])
        assert row["KEY"] == f"{parent}/m1/member[{len(ages)}]", number
    return found


def sheet_rows(sheet: Any) -> Iterator[dict[str, Any]]:
    header, *rows = sheet.iter_rows(values_only=True)
    assert len(set(header)) == len(header)
    yield from (dict(zip(header, row, strict=True)) for row in rows)


def from_kobo(run: Run) -> dict[str, tuple[Record, list[str]]]:
    book = load_workbook(run.out / "kobo.xlsx", read_only=True)
    assert book.sheetnames == ["bdg_household", "member"]
    found, by_index = {}, {}
    for row in sheet_rows(book["bdg_household"]):
        name = f"uuid:{row['_uuid']}"
        assert row["meta/instanceID"] == name
        found[name] = ({p: same(row[p]) for p in PATHS}, [])
        by_index[row["_index"]] = name
        ticks = {k.rsplit("/", 1)[1] for k, v in row.items() if k.startswith("m4/exp_channels/") and v == 1}
        assert ticks == set((row["m4/exp_channels"] or "").split())
    for row in sheet_rows(book["member"]):
        found[by_index[row["_parent_index"]]][1].append(same(row["m1/member/m_age"]))
        assert by_index[row["_parent_index"]] == f"uuid:{row['_submission__uuid']}"
    return found


@pytest.mark.parametrize("shape", [from_odata, from_csv, from_kobo], ids=["odata", "csv.zip", "kobo"])
def test_every_export_holds_the_same_submissions(one: Run, shape: Any) -> None:
    assert shape(one) == from_xml(one)


# The shape of GET /v1/projects/1/forms/{id}.svc/Submissions?$top=2&$expand=* as ODK Central 2026.2.2 answered it.
CENTRAL_SYSTEM = {
    "submissionDate", "updatedAt", "submitterId", "submitterName", "attachmentsPresent", "attachmentsExpected", "status",
    "reviewState", "deviceId", "edits", "formVersion", "deletedAt",
}  # fmt: skip


def test_a_page_of_odata_is_shaped_as_central_shapes_it(one: Run) -> None:
    (page,) = (one.out / "odata").glob("*.json")
    document = json.loads(page.read_text(encoding="utf-8"))
    assert set(document) == {"value", "@odata.context"}  # the last page has no @odata.nextLink
    assert document["@odata.context"].endswith("/bdg_household.svc/$metadata#Submissions")
    sections = {s.name for s in one.form.sections}
    for row in document["value"]:
        assert set(row) == sections | {"meta", "__id", "__system"}
        assert set(row["__system"]) == CENTRAL_SYSTEM
        assert isinstance(row["__system"]["submitterId"], str)
        assert (row["__system"]["attachmentsPresent"], row["__system"]["edits"]) == (0, 0)
        assert row["__system"]["formVersion"] == f"{one.form.version}-central"
        assert set(row["meta"]) == {"audit", "instanceID", "instanceName"}
        assert row["m1"]["member@odata.navigationLink"] == f"Submissions('{row['__id'].replace(':', '%3A')}')/m1/member"
        for member in row["m1"]["member"]:
            assert set(member) == {"m_no", "m_sex", "m_age", "m_relation", "__id"}
            assert re.fullmatch(r"[0-9a-f]{40}", member["__id"])
    dates = [r["__system"]["submissionDate"] for r in document["value"]]
    assert dates == sorted(dates, reverse=True)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", d) for d in dates)


def test_the_server_receives_a_submission_after_its_end(one: Run) -> None:
    """__system/submissionDate is UTC (…Z); the phone's times carry +07:00."""
    trees = one.xml
    (page,) = (one.out / "odata").glob("*.json")
    for row in json.loads(page.read_text(encoding="utf-8"))["value"]:
        received = datetime.fromisoformat(row["__system"]["submissionDate"])
        ended = datetime.fromisoformat(str(trees[row["__id"]].findtext("m0/end")))
        assert 0 <= (received - ended).total_seconds() <= 4 * 3600


def test_pages_are_linked_by_a_skip_token(one: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Central's token is 01 and the base64 of {"instanceId": last id of the page}, percent-encoded."""
    monkeypatch.setattr(exports, "PAGE", 20)
    root = fields(one.form)
    trees = [
        (exports.Received(name, xml, "2026-10-05T00:00:00.000Z"), read(xml, root))
        for name, xml in ((str(ET.fromstring(x).findtext("meta/instanceID")), x) for x in
                          (p.read_text(encoding="utf-8") for p in sorted((one.out / "xml").glob("*.xml"))))
    ]  # fmt: skip
    pages = [json.loads(text) for _, text in exports.odata(one.form, root, trees)]
    assert [len(p["value"]) for p in pages] == [20, 20, 16]
    assert "@odata.nextLink" not in pages[-1]
    for page in pages[:-1]:
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(page["@odata.nextLink"]).query)
        assert query["$top"] == ["20"]
        assert query["$expand"] == ["*"]
        (token,) = query["$skiptoken"]
        assert token.startswith("01")
        assert json.loads(base64.b64decode(token[2:])) == {"instanceId": page["value"][-1]["__id"]}


# ---- made-to-measure interviews in the same form


def plan(**answers: str | list[str]) -> dict[str, Any]:
    return {k: v if isinstance(v, list) else [v] for k, v in answers.items()}


MET = plan(contact="met", available="available", guardian="yes", consent="yes", consent_sensitive="yes", alone="yes",
           assent="yes", alone_start="here",
           n_eligible="1", hh_size="3", exp_any="2", exp_face="1", month_heard="yes")  # fmt: skip
ALONE_AT_40 = {"m_sex": [["female"]], "m_age": [["40"]], "m_relation": [["head"]]}
AT_16 = {**ALONE_AT_40, "m_age": [["16"]]}
SCENARIOS: dict[str, dict[str, Any]] = {
    "adult": {"answers": MET, "rosters": ALONE_AT_40},
    "overheard": {"answers": {**MET, **plan(alone="no")}, "rosters": ALONE_AT_40},
    "minor": {"answers": MET, "rosters": AT_16},
    "minor without guardian": {"answers": {**MET, **plan(guardian="no")}, "rosters": AT_16},
    "refuses": {"answers": {**MET, **plan(consent="no")}, "rosters": ALONE_AT_40},
    "nobody home": {"answers": {**MET, **plan(contact="nobody_home")}, "rosters": ALONE_AT_40},
    "no eligible": {"answers": {**MET, **plan(n_eligible="0")}, "rosters": {}},
    "absent": {"answers": {**MET, **plan(available="absent")}, "rosters": ALONE_AT_40},
    "nothing sensitive": {"answers": {**MET, **plan(consent_sensitive="no")}, "rosters": ALONE_AT_40},
    "never heard": {"answers": {**MET, **plan(exp_any="0", month_heard="no")}, "rosters": ALONE_AT_40},
    "wrong ticks": {
        "answers": {**MET, **plan(exp_message=["no_violence dk", "none other", "dk"], present=["none spouse", "spouse"])},
        "rosters": ALONE_AT_40,
    },
    "wrong numbers": {
        "answers": {**MET, **plan(hh_size=["0", "3"], n_eligible=["4", "2"], exp_face=["3plus", "2"])},
        "rosters": {
            "m_sex": [["male"], ["female"]], "m_age": [["140", "50"], ["51", "30"]], "m_relation": [["head"], ["spouse"]],
        },
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def scenes(one: Run, folder: Path) -> dict[str, Any]:
    """Each scenario's interview by name, and under '' what the interviewer saw of them all."""
    job = {
        "folder": str(folder), "xform": str(one.out / "form" / "bdg_household.xml"), "sample": str(one.sample),
        "frame": str(one.sample.with_name("frame.csv")), "interviews": list(SCENARIOS.values()),
    }  # fmt: skip
    found = drive(job)
    return {**dict(zip(SCENARIOS, found["interviews"], strict=True)), "": found}


def modules(scene: dict[str, Any]) -> set[str]:
    root = ET.fromstring(scene["xml"])
    return {m for m in MODULES if root.find(m) is not None}


@pytest.mark.parametrize(
    ("name", "result", "got"),
    [
        ("adult", "completed", set(MODULES)),
        ("overheard", "completed", set(MODULES) - {"m9"}),
        ("minor", "completed", set(MODULES) - {"m9"}),
        ("minor without guardian", "refused", set()),
        ("refuses", "refused", set()),
        ("nobody home", "nobody_home", set()),
        ("no eligible", "no_eligible", set()),
        ("absent", "absent", set()),
    ],
)
def test_the_engine_asks_what_the_rules_allow(scenes: dict[str, Any], name: str, result: str, got: set[str]) -> None:
    assert modules(scenes[name]) == got
    assert ET.fromstring(scenes[name]["xml"]).findtext("m99/result") == result
    assert scenes[""]["invalid"] == {}


def test_the_guardian_is_asked_for_minors_only(scenes: dict[str, Any]) -> None:
    assert [n for n in SCENARIOS if "guardian" in scenes[n]["asked"]] == ["minor", "minor without guardian"]
    assert "consent" not in scenes["minor without guardian"]["asked"]
    assert "consent_text" not in scenes["minor without guardian"]["asked"]


def test_a_refusal_has_a_reason_and_nothing_more(scenes: dict[str, Any]) -> None:
    asked = scenes["refuses"]["asked"]
    assert asked[asked.index("consent") :] == ["consent", "refusal_reason", "end_note"]


def test_a_household_without_eligible_members_leaves_no_ghost_row(scenes: dict[str, Any]) -> None:
    root = ET.fromstring(scenes["no eligible"]["xml"])
    assert root.findall("m1/member") == []
    assert root.find("m1/pick") is None


def test_sensitive_questions_need_their_own_consent(scenes: dict[str, Any]) -> None:
    sensitive = {"ethnicity", "difficulty", "home_language"}
    assert sensitive <= set(scenes["adult"]["asked"])
    assert not sensitive & set(scenes["nothing sensitive"]["asked"])


def test_who_never_heard_is_not_asked_how(scenes: dict[str, Any]) -> None:
    followed = {"exp_face", "exp_channels", "exp_message", "exp_language", "exp_shared", "month_when", "month_joined"}
    assert followed <= set(scenes["adult"]["asked"])
    assert not followed & set(scenes["never heard"]["asked"])


def test_the_engine_refuses_with_the_vietnamese_message(scenes: dict[str, Any]) -> None:
    ticks, numbers = (scenes[name]["hits"] for name in ("wrong ticks", "wrong numbers"))
    assert {q: ticks.get(q) for q in ("exp_message", "present")} == {"exp_message": 2, "present": 1}
    assert {q: numbers.get(q) for q in ("hh_size", "n_eligible", "exp_face")} == {"hh_size": 1, "n_eligible": 1, "exp_face": 1}
    messages = scenes[""]["messages"]
    assert messages["exp_message"] == "Lựa chọn này không đi cùng lựa chọn khác."
    assert messages["hh_size"] == "Giá trị phải từ 1 đến 30."
    assert messages["n_eligible"].endswith("Số người từ 15 tuổi trở lên không vượt quá số người trong hộ.")
    assert messages["m_age"].startswith("Giá trị phải từ 15 đến 110.")
    assert messages["exp_face"] == "Số lần nghe trực tiếp nhiều hơn tổng số lần. Hãy hỏi lại."


def test_a_refused_number_is_not_taken_for_a_changed_roster(scenes: dict[str, Any]) -> None:
    root = ET.fromstring(scenes["wrong numbers"]["xml"])
    assert (root.findtext("m1/n_first"), root.findtext("m1/n_eligible"), root.findtext("m1/roster_changed")) == ("2", "2", "0")


def test_the_engine_wants_the_roster_from_the_oldest_to_the_youngest(scenes: dict[str, Any]) -> None:
    """The selected person is the n-th of the roster, so the order decides who it is."""
    root = ET.fromstring(scenes["wrong numbers"]["xml"])
    assert scenes["wrong numbers"]["hits"]["m_age"] == 2
    assert [m["m_age"] for m in roster(root)] == ["50", "30"]


def test_an_answer_is_given_only_where_the_engine_offers_it_now(tmp_path: Path) -> None:
    """A choice offered in an earlier interview and filtered out in this one must not be given."""
    first = """\
section: m1
label: {vi: Một, en: One}
questions:
  - {name: consent, type: select_one, list: yes_no, ask: {vi: Đồng ý, en: Consent}}
  - {name: way, type: select_one, list: ways, filter: "name != 'tv' or ${consent} = 'yes'", ask: {vi: Cách, en: Way}}
"""
    folder = write_form(tmp_path / "form", first=first)
    (folder / "20_scored.yaml").unlink()
    survey, choices, settings = sheets(load_questionnaire(folder))
    plain = type(settings)(
        "settings", ("form_title", "form_id", "version", "default_language"), (("N", "t", "1", "Tiếng Việt (vi)"),)
    )
    xform = convert(
        xlsform=BytesIO(workbook_bytes((survey, choices, plain))), file_type=".xlsx", validate=False, form_name="data"
    ).xform
    (tmp_path / "form.xml").write_text(str(xform), encoding="utf-8")
    answers = [plan(consent="yes", way=["tv"]), plan(consent="no", way=["tv", "radio"])]
    found = drive({"folder": str(folder), "xform": str(tmp_path / "form.xml"), "interviews": [{"answers": a} for a in answers]})
    given = [ET.fromstring(i["xml"]).findtext("m1/way") for i in found["interviews"]]
    assert given == ["tv", "radio"]
    assert found["offered"]["way"] == ["none", "radio", "ref", "tv"]


# ---- nothing to rehearse


def test_a_sample_without_that_wave_is_refused_and_nothing_written(tmp_path: Path, sample: Path, folder: Path) -> None:
    text = sample.read_text(encoding="utf-8").splitlines(keepends=True)
    later = tmp_path / "sample.csv"
    later.write_text(text[0] + "".join(line for line in text[1:] if line.startswith("2030,")), encoding="utf-8")
    out = tmp_path / "deep" / "out"
    (problem,) = refused(lambda: rehearse(folder, later, sample.with_name("frame.csv"), 2026, WINDOW, 1, out, processes=1))
    assert (problem.code, problem.place) == ("FORM-030", "sample.csv")
    assert not out.parent.exists()


@pytest.mark.parametrize("column", ["select_u", "psu", "status"])
def test_a_sample_without_a_column_is_refused(tmp_path: Path, sample: Path, column: str) -> None:
    broken = tmp_path / "sample.csv"
    broken.write_text(sample.read_text(encoding="utf-8").replace(f",{column},", f",{column}_x,", 1), encoding="utf-8")
    (problem,) = refused(lambda: read_households(broken, 2026))
    assert problem.code == "FORM-032"
    assert column in problem.text()


def test_a_sample_of_another_frame_is_refused(sample: Path) -> None:
    households = read_households(sample, 2026)
    hamlets = [h for h in read_hamlets(sample.with_name("frame.csv")) if h.psu != households[0].psu]
    communes = {p.code: p.name for p in load_places(province_folder("51"))}
    (problem,) = refused(lambda: lists(households, hamlets, communes))
    assert problem.code == "FORM-033"
    assert households[0].psu in problem.got
