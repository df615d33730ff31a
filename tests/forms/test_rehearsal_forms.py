"""The five forms that no household sample is drawn for, each through Collect's engine: everything met, everything added up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from forms import questionnaire_folder
from forms.build import build
from forms.question import Questionnaire
from forms.rehearsal.latent import STAMP
from forms.rehearsal.rehearse import Rehearsed, rehearse
from tests.forms.writing import refused

DAYS = (date(2026, 10, 5), date(2026, 10, 30))
NUMBERS = {"officials": 30, "enterprise": 30, "media": None, "unit": 24, "convention": 24}


@dataclass(frozen=True)
class Run:
    """One rehearsal of one form."""

    form: Questionnaire
    found: Rehearsed
    paths: Mapping[str, Any]
    truth: Mapping[str, Any]
    xml: list[ET.Element]


@pytest.fixture(scope="module", params=NUMBERS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A rehearsal of each form in turn, one process, no ODK Validate (the builds of these forms are validated elsewhere)."""
    folder, out = questionnaire_folder(request.param), tmp_path_factory.mktemp(request.param) / "out"
    built = build(folder, validated=False)
    found = rehearse(folder, None, None, 2026, DAYS, 3, out, processes=1, built=built, number=NUMBERS[request.param])
    documents = [json.loads((out / name).read_text(encoding="utf-8")) for name in ("paths.json", "truth.json")]
    xml = [ET.fromstring(p.read_text(encoding="utf-8")) for p in sorted((out / "xml").glob("*.xml"))]
    return Run(built.form, found, documents[0], documents[1], xml)


def test_everything_is_met_or_has_a_reason(run: Run) -> None:
    """All questions, choices, constraints and messages in both languages; no dead end; the engine agrees with our records."""
    assert [c["what"] for c in run.paths["coverage"]] == ["questions", "choices", "constraints", "required", "messages"]
    assert [m for c in run.paths["coverage"] for m in c["missed"] if m["reason"] is None] == []
    assert run.paths["complete"] is True
    assert (run.paths["dead_ends"], run.paths["engine_differs"], run.paths["no_text"]) == ([], [], [])
    assert run.paths["languages"] == ["Tiếng Việt (vi)", "English (en)"]
    assert run.paths["stamp"] == run.truth["stamp"] == STAMP


def test_what_is_counted_is_in_the_form(run: Run) -> None:
    """The totals of the report, counted another way: from the XLSForm's own records."""
    of = {c["what"]: c["of"] for c in run.paths["coverage"]}
    hidden = ("calculate", "start", "end", "today", "deviceid", "audit")
    visible = [q for _, q in run.form.questions() if q.type not in hidden]
    assert of["questions"] == len(visible)
    assert of["choices"] == sum(len(run.form.lists[q.list].choices) if q.list else bool(q.file) for q in visible)
    assert of["required"] == sum(q.required for q in visible if q.type != "note")


def test_every_record_is_finalised_and_its_own(run: Run) -> None:
    ids = [t.findtext("meta/instanceID") for t in run.xml]
    assert len(set(ids)) == len(ids) == run.found.interviews
    assert all(t.get("version", "").startswith(run.form.version) for t in run.xml)
    assert run.found.invalid == ()


def test_totals_are_the_sums_of_their_parts(run: Run) -> None:
    sums = [(path, q) for path, q in run.form.questions() if q.sum_of]
    where = {q.name: "/".join((*path, q.name)) for path, q in run.form.questions()}
    seen = 0
    for tree in run.xml:
        for _, q in sums:
            if total := tree.findtext(where[q.name]):
                seen += 1
                assert int(total) == sum(int(tree.findtext(where[part]) or 0) for part in q.sum_of), q.name
    assert seen or not sums


def test_units_report_one_by_one(run: Run) -> None:
    path = next(("/".join((*p, q.name)) for p, q in run.form.questions() if q.name == "unit"), None)
    if path is None:
        assert run.form.id in ("bdg_officials", "bdg_enterprise")
        return
    units = [t.findtext(path) for t in run.xml]
    assert len(set(units)) == len(units)


def test_paths_are_named_and_all_records_lie_on_one(run: Run) -> None:
    lengths = run.paths["lengths"]
    assert sum(one["interviews"] for one in lengths) == run.found.interviews
    assert all(one["label"]["vi"] and one["label"]["en"] for one in lengths)
    assert all(one["minutes_median"] <= one["minutes_max"] and one["questions_median"] <= one["questions_max"] for one in lengths)


def test_a_sample_where_none_belongs_and_none_where_it_does(tmp_path: Path) -> None:
    officials, household = questionnaire_folder("officials"), questionnaire_folder("household")
    sample = tmp_path / "sample.csv"
    sample.write_text("wave,stratum,psu,commune,select_u,status\n", encoding="utf-8")
    built = build(officials, validated=False)
    (problem,) = refused(lambda: rehearse(officials, sample, sample, 2026, DAYS, 1, tmp_path / "out", built=built))
    assert problem.code == "FORM-102"
    built = build(household, validated=False)
    (problem,) = refused(lambda: rehearse(household, None, None, 2026, DAYS, 1, tmp_path / "out", built=built))
    assert problem.code == "FORM-101"
    assert not (tmp_path / "out").exists()
