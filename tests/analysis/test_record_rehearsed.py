"""Rehearsals through the engine, taken in as an export: every planted fault of records is found, all others stay quiet."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from analysis.quality import rows
from analysis.quality.audit import read_log
from analysis.quality.checks import Checked, run_checks
from analysis.quality.field import Field, read_field
from analysis.quality.record_checks import RECORDS
from analysis.readers.receive import receive
from analysis.sampling.practice import practice, write_practice
from forms import load_places, province_folder, questionnaire_folder
from forms.build import build
from forms.ledger import new_round
from forms.rehearsal.rehearse import rehearse
from tests.analysis.rounds_made import KEY
from tests.analysis.seen_cases import number

WINDOW = (date(2026, 10, 5), date(2026, 10, 16))


def conduct(home: Path) -> tuple[Path, Field, Checked]:
    made = practice(load_places(province_folder("51")), 7, psus=30, households=4)
    write_practice(made, home / "sample")
    sample, folder = home / "sample" / "sample.csv", questionnaire_folder("household")
    rehearse(
        folder, sample, sample.with_name("frame.csv"), 2026, WINDOW, 1, home / "out", processes=1, faulty=True,
        turned_on=("gps",), built=build(folder, ("gps",), validated=False),
    )  # fmt: skip
    of = new_round(home / "round", kind="practice", wave=2026, form="household", sample=sample)
    receive(of.home, [home / "out" / "submissions.csv.zip"])
    seen = read_field(of.home)
    return home / "out", seen, run_checks(seen, RECORDS)


@pytest.fixture(scope="module", autouse=True)
def _key() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BDG_ROUND_KEY", KEY)
        yield


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Field, Checked]:
    return conduct(tmp_path_factory.mktemp("spoilt"))


def test_without_the_planted_ones_the_round_is_quiet(spoilt: tuple[Path, Field, Checked]) -> None:
    """benchmarks/records.py does the same with whole clean rounds of many seeds."""
    out, seen, _ = spoilt
    told = json.loads((out / "planted.json").read_text(encoding="utf-8"))["planted"]
    wrong = {row["instance_id"] for row in told} | {row["other"] for row in told}
    visits = tuple(v for v in seen.visits if v.instance_id not in wrong)
    found = run_checks(replace(seen, visits=visits), RECORDS)
    assert len(visits) > 60
    assert found.findings == ()
    assert number(found, rows.PLACE, rows.INSIDE) == sum(bool(v.answers["gps"]) for v in visits) > 40


def planted(out: Path, fault: str) -> set[str]:
    told = json.loads((out / "planted.json").read_text(encoding="utf-8"))["planted"]
    return {row["instance_id"] for row in told if row["fault"] == fault}


def flagged(found: Checked, *checks: str) -> set[str]:
    return {f.instance_id for f in found.findings if f.check in checks}


def test_every_planted_fault_of_records_is_found_and_nothing_else(spoilt: tuple[Path, Field, Checked]) -> None:
    out, seen, found = spoilt
    answers: Mapping[str, Mapping[str, str | None]] = {v.instance_id: v.answers for v in seen.visits}
    done = {v.instance_id for v in seen.visits if v.completed}
    assert flagged(found, "old_version") == planted(out, "old_version")
    away = {i for i in planted(out, "next_commune") if answers[i]["gps"]}
    assert flagged(found, "place_elsewhere", "place_border") == away
    twice = flagged(found, "same_household", "same_visit")
    assert planted(out, "duplicate") <= twice
    assert len(twice) == 2 * len(planted(out, "duplicate"))
    forged = planted(out, "fabricator") & done
    assert len(forged) > 2
    assert forged <= flagged(found, "near_duplicate")
    assert flagged(found, "near_duplicate") <= planted(out, "fabricator")
    assert flagged(found, "unread") == forged


def test_findings_and_rows_hold_no_coordinate_and_no_phone(spoilt: tuple[Path, Field, Checked]) -> None:
    _, seen, found = spoilt
    told = repr(found)
    for v in seen.visits:
        for secret in (v.answers["deviceid"], *(v.answers["gps"] or "").split()[:2]):
            assert not secret or secret not in told


# ---- the audit logs of a rehearsal ---------------------------------------------------------------------------------


def test_logs_lie_beside_the_xml_and_in_centrals_one_table(spoilt: tuple[Path, Field, Checked]) -> None:
    out, seen, _ = spoilt
    beside = {f"uuid:{p.parent.name}": p.read_bytes() for p in (out / "xml").glob("*/audit.csv")}
    assert set(beside) == {v.instance_id for v in seen.visits} == set(seen.audits)
    assert {i: read_log(b) for i, b in beside.items()} == {i: read_log(b) for i, b in seen.audits.items()}
    with zipfile.ZipFile(out / "submissions.csv.zip") as archive:
        lines = list(csv.DictReader(io.StringIO(archive.read("bdg_household - audit.csv").decode())))
    assert next(iter(lines[0])) == "instance ID"
    assert {line["instance ID"] for line in lines} == set(beside)
    assert all("<audit>audit.csv</audit>" in p.read_text(encoding="utf-8") for p in (out / "xml").glob("*.xml"))


def test_a_log_is_the_interview_screen_by_screen(spoilt: tuple[Path, Field, Checked]) -> None:
    _, seen, _ = spoilt
    paths = {v.path for v in seen.book.variables}
    for v in seen.visits:
        body = seen.audits[v.instance_id].decode().splitlines()
        events = [line.split(",")[0] for line in body[1:]]
        assert events[0] == "form start"
        assert events[-4:] == ["end screen", "form save", "form exit", "form finalize"]
        first, last = int(body[1].split(",")[2]), int(body[-1].split(",")[2])
        assert v.started is not None
        assert v.minutes is not None
        assert first == round(v.started.timestamp() * 1000)
        assert last - first == round(v.minutes * 60_000)
        asked = {name for name in read_log(seen.audits[v.instance_id]).seconds if name in paths}
        given = {q.path for q in seen.book.variables if v.answers.get(q.name) and q.type == "code" and not q.repeat}
        assert given - asked <= {q.path for q in seen.book.variables if q.name == "sex"}
