"""docs/contract.md says what the code does: every column of every file and record stands in its table, and no other."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import fields
from pathlib import Path

import pytest

import analysis
from analysis.cleaning.decisions import COLUMNS as DECISION_COLUMNS
from analysis.design import Design
from analysis.estimates import Estimates
from analysis.findings import Finding
from analysis.issued import COLUMNS as ISSUED
from analysis.privacy.record import COLUMNS as RECORD_COLUMNS
from analysis.privacy.register import COLUMNS as REQUEST_COLUMNS
from analysis.protocol.sampled import Sampled
from analysis.protocol.texts import Facts, texts
from analysis.results import Row
from analysis.returns.noticed import COLUMNS as NOTICED
from analysis.returns.written import FILE_COLUMNS, RETURN_COLUMNS, SILENT_COLUMNS
from analysis.run import _DERIVED, _FIRST
from analysis.sampling.check import SUMMARY_COLUMNS
from analysis.sampling.frame import FRAME_COLUMNS, LINK_COLUMNS
from analysis.sampling.lists import LIST_COLUMNS, SELECTED_COLUMNS
from analysis.sampling.release_file import RELEASE_COLUMNS
from analysis.sampling.sample import SAMPLE_COLUMNS
from analysis.targets.make import TARGET_COLUMNS
from analysis.totals import Totals
from analysis.weighting.targets import COLUMNS as MARGIN_COLUMNS
from forms import Place, load_places, load_plan, load_questionnaire, province_folder, questionnaire_folder
from forms.ledger import Published, Round
from forms.ledger.schema import TABLES
from forms.submission import Submission
from forms.survey import load_survey
from forms.units import LIST_COLUMNS as UNIT_LIST
from forms.units import UNIT_COLUMNS

PAGE = (Path(__file__).parents[2] / "docs" / "contract.md").read_text(encoding="utf-8")


def _ledger_columns() -> tuple[str, ...]:
    """The columns that SQLite itself finds in the view."""
    db = sqlite3.connect(":memory:")
    db.executescript(TABLES)
    return tuple(d[0] for d in db.execute("SELECT * FROM submission").description)


LEDGER_COLUMNS = _ledger_columns()


def table(heading: str) -> list[str]:
    """The names in the first column of the table below a heading."""
    part = PAGE.split(f"\n## {heading}", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `([a-z_A-Z0-9]+)` \|(.*)\|(.*)\|(.*)\|$", part, re.MULTILINE)
    assert all(all(cell.strip() for cell in row) for row in rows), heading
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("heading", "columns"),
    [
        ("frame.csv", FRAME_COLUMNS),
        ("psu_links.csv", LINK_COLUMNS),
        ("frame_findings.json, frame_summary.csv", SUMMARY_COLUMNS),
        ("places.csv", tuple(f.name for f in fields(Place))),
        ("sample.csv", SAMPLE_COLUMNS),
        ("releases.csv", RELEASE_COLUMNS),
        ("list.csv", LIST_COLUMNS),
        ("list_sample.csv", SELECTED_COLUMNS),
        ("units.csv", UNIT_COLUMNS),
        ("units.csv beside a form", UNIT_LIST),
        ("returns.csv", RETURN_COLUMNS),
        ("not_reported.csv", SILENT_COLUMNS),
        ("files.csv", FILE_COLUMNS),
        ("targets.csv", TARGET_COLUMNS),
        ("findings.csv", NOTICED),
        ("round.yaml", tuple(f.name for f in fields(Round) if f.name != "home")),
        ("ledger.sqlite, submission", LEDGER_COLUMNS),
        ("decisions.csv", DECISION_COLUMNS),
        ("published/log.csv", tuple(f.name for f in fields(Published) if f.name != "home")),
        ("requests.csv", REQUEST_COLUMNS),
        ("deletions.csv", RECORD_COLUMNS),
        ("Submission", tuple(f.name for f in fields(Submission))),
        ("microdata", (*_FIRST, *_DERIVED)),
        ("margins.csv", MARGIN_COLUMNS),
        ("households", ISSUED),
        ("results.json", tuple(f.name for f in fields(Row))),
        ("findings.json", tuple(f.name for f in fields(Finding))),
        ("Design", tuple(f.name for f in fields(Design))),
        ("Totals", tuple(f.name for f in fields(Totals))),
    ],
)
def test_the_page_names_every_column_in_order(heading: str, columns: tuple[str, ...]) -> None:
    assert table(heading) == list(columns)


def test_the_page_names_only_what_estimates_offer() -> None:
    assert [name for name in table("Estimates") if not hasattr(Estimates, name)] == []


def test_the_page_names_every_name_of_the_door() -> None:
    part = PAGE.split("\n## Cửa của phòng analysis", 1)[1].split("\n## ", 1)[0]
    named = re.findall(r"`(\w+)`", "".join(line.split("|")[1] for line in part.splitlines() if line.startswith("| `")))
    assert sorted(named) == sorted(analysis.__all__)


def test_the_page_names_every_part_of_the_protocol() -> None:
    folder = province_folder("51")
    form = load_questionnaire(questionnaire_folder())
    facts = Facts(load_plan(folder), load_survey(folder), load_places(folder), form, Sampled())
    assert table('texts["protocol"]') == list(texts(facts)["protocol"])
