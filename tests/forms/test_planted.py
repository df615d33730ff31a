"""Planted faults: what planted.json says is wrong is wrong in the submissions themselves, and nothing else is."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from statistics import median
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from analysis.readers import read_submissions
from analysis.sampling.practice import practice, write_practice
from forms import load_places, province_folder, questionnaire_folder
from forms.build import build
from forms.codebook import codebook
from forms.question import Questionnaire
from forms.rehearsal.faults import NOTICE, earlier, next_to
from forms.rehearsal.rehearse import rehearse
from forms.rehearsal.stage import places_of

WINDOW = (date(2026, 10, 5), date(2026, 10, 16))


@dataclass(frozen=True)
class Field:
    """A rehearsal with faults, as somebody who watches the fieldwork sees it."""

    form: Questionnaire
    out: Path
    told: Mapping[str, Any]
    xml: Mapping[str, ET.Element]
    received: Mapping[str, str]

    def planted(self, fault: str) -> list[str]:
        return [row["instance_id"] for row in self.told["planted"] if row["fault"] == fault]

    def minutes(self, name: str) -> float:
        tree = self.xml[name]
        start, end = (datetime.fromisoformat(str(tree.findtext(f"m0/{x}"))) for x in ("start", "end"))
        return (end - start).total_seconds() / 60

    def whole(self) -> list[str]:
        """Complete interviews that nobody spoilt."""
        spoilt = {row["instance_id"] for row in self.told["planted"]}
        return [n for n, t in self.xml.items() if t.findtext("m99/result") == "completed" and n not in spoilt]


def conduct(out: Path, processes: int) -> Path:
    made = practice(load_places(province_folder("51")), 7, psus=30, households=4)
    write_practice(made, out / "sample")
    sample, folder = out / "sample" / "sample.csv", questionnaire_folder("household")
    rehearse(
        folder, sample, sample.with_name("frame.csv"), 2026, WINDOW, 1, out / "out", processes=processes, faulty=True,
        turned_on=("gps",), built=build(folder, ("gps",), validated=False),
    )  # fmt: skip
    return out / "out"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return conduct(tmp_path_factory.mktemp("one"), 1)


@pytest.fixture(scope="module")
def seen(out: Path) -> Field:
    trees = [ET.fromstring(p.read_text(encoding="utf-8")) for p in sorted((out / "xml").glob("*.xml"))]
    rows = [r for p in (out / "odata").glob("*.json") for r in json.loads(p.read_text(encoding="utf-8"))["value"]]
    return Field(
        build(questionnaire_folder("household"), ("gps",), validated=False).form, out,
        json.loads((out / "planted.json").read_text(encoding="utf-8")),
        {str(t.findtext("meta/instanceID")): t for t in trees}, {r["__id"]: r["__system"]["submissionDate"] for r in rows},
    )  # fmt: skip


def test_the_same_faults_on_any_number_of_processes(out: Path, tmp_path: Path) -> None:
    other = conduct(tmp_path, 2)
    first = {p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    assert {p.relative_to(other): p.read_bytes() for p in other.rglob("*") if p.is_file()} == first


def test_every_fault_is_planted_and_explained(seen: Field) -> None:
    kinds = Counter(row["fault"] for row in seen.told["planted"])
    assert set(kinds) == set(seen.told["notice"]) == set(NOTICE)
    assert seen.told["absent"] == {}
    assert all(label["vi"] and label["en"] for label in seen.told["notice"].values())
    assert {row["instance_id"] for row in seen.told["planted"]} <= set(seen.xml)
    people = [
        code for code, fault in seen.told["interviewers"].items() if fault in ("fabricator", "straight_liner", "slow_start")
    ]
    assert len(set(people)) == 3


def test_the_fabricator_is_fast_and_repeats_himself(seen: Field) -> None:
    honest = seen.whole()
    own = [n for n in seen.planted("fabricator") if seen.xml[n].findtext("m99/result") == "completed"]
    assert len(own) >= 4
    assert max(seen.minutes(n) for n in own) < 0.5 * median(seen.minutes(n) for n in honest)
    scored = ["/".join((*p, q.name)) for p, q in seen.form.questions() if q.score and q.score.scale in ("K", "A")]

    def alike(names: list[str]) -> float:
        pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
        same = [sum(seen.xml[a].findtext(p) == seen.xml[b].findtext(p) for p in scored) / len(scored) for a, b in pairs]
        return median(same)

    assert alike(own) > 0.8
    assert alike(honest[:20]) < 0.6


def test_the_straight_liner_answers_both_directions_alike(seen: Field) -> None:
    items = ["/".join((*p, q.name)) for p, q in seen.form.questions() if q.score and q.score.scale == "A"]
    own = [n for n in seen.planted("straight_liner") if seen.xml[n].findtext("m99/result") == "completed"]
    assert own
    assert all(len({seen.xml[n].findtext(p) for p in items}) == 1 for n in own)
    assert not [n for n in seen.whole() if len({seen.xml[n].findtext(p) for p in items}) == 1]


def test_the_old_version_is_neither_the_form_in_use_nor_its_digest(seen: Field) -> None:
    version, digest = earlier(seen.form)
    old = set(seen.planted("old_version"))
    for name, tree in seen.xml.items():
        told = (str(tree.get("version")).partition("-")[0], tree.findtext("m0/questionnaire_digest"))
        assert told == ((version, digest) if name in old else (seen.form.version, seen.form.digest)), name
    assert old
    assert version < seen.form.version
    assert (seen.told["old_version"]["version"], seen.told["old_version"]["digest"]) == (version, digest)


def test_points_lie_in_the_commune_or_in_the_next_one(seen: Field) -> None:
    """Against the middles of places.csv: the recorded commune's own is the nearest, unless the fault was planted."""
    points, away, near = places_of("51"), set(seen.planted("next_commune")), []
    for name, tree in seen.xml.items():
        told = tree.findtext("m0/place/gps")
        if not told:
            continue
        lat, lon, _, accuracy = (float(x) for x in told.split())
        commune = str(tree.findtext("m0/commune"))
        distance = {c: ((lat - p[0]) ** 2 + (lon - p[1]) ** 2) ** 0.5 for c, p in points.items()}
        assert 0 < accuracy < 20
        if name in away:
            assert min(distance, key=distance.__getitem__) != commune
        else:
            near.append(distance[commune])
    assert away
    assert max(near) < 0.03  # degrees: some 3 km
    assert next_to("00000", points) == ""


def test_a_duplicate_is_the_same_household_twice(seen: Field) -> None:
    times = Counter(str(t.findtext("m0/household")) for t in seen.xml.values())
    copies = [row for row in seen.told["planted"] if row["fault"] == "duplicate"]
    assert {k for k, n in times.items() if n > 1} == {
        str(seen.xml[row["instance_id"]].findtext("m0/household")) for row in copies
    }
    for row in copies:
        first, second = seen.xml[row["other"]], seen.xml[row["instance_id"]]
        assert first.findtext("m0/household") == second.findtext("m0/household")
        assert str(first.findtext("m0/start")) < str(second.findtext("m0/start"))


def test_a_slow_start_is_long_and_late_in_the_first_days_only(seen: Field) -> None:
    slow = seen.planted("slow_start")
    early = [n for n in slow if str(seen.xml[n].findtext("m0/interview_date")) < "2026-10-09"]
    for name, tree in seen.xml.items():
        days = (datetime.fromisoformat(seen.received[name]) - datetime.fromisoformat(str(tree.findtext("m0/end")))).days
        assert days == (5 if name in early else 0), name
    done = [n for n in early if seen.xml[n].findtext("m99/result") == "completed"]
    later = [n for n in slow if n not in early and seen.xml[n].findtext("m99/result") == "completed"]
    assert min(seen.minutes(n) for n in done) > 1.3 * max(seen.minutes(n) for n in later)


@pytest.mark.parametrize("shape", ["odata", "submissions.csv.zip", "kobo.xlsx"])
def test_every_shape_reads_as_the_xml_does(seen: Field, shape: str) -> None:
    """Places, audit trails and old versions included: the readers of analysis see one set of submissions."""
    book, old = codebook(seen.form), [seen.told["old_version"]["digest"]]
    given, xml = (read_submissions(seen.out / name, book, old) for name in (shape, "xml"))
    assert len(given) == len(xml) == len(seen.xml)
    private = {v.path for v in book.variables if v.private}
    for one, other in zip(given, xml, strict=True):
        assert (one.instance_id, one.form_version) == (other.instance_id, other.form_version)
        kept = [{k: v for k, v in s.answers.items() if v is not None and k not in private} for s in (one, other)]
        assert kept[0] == kept[1]
        assert one.repeats == other.repeats


def test_nothing_is_planted_unless_it_is_asked_for(seen: Field) -> None:
    """Whoever is not on the list has the honest bytes: the sample decides who they are."""
    with (seen.out.parent / "sample" / "sample.csv").open(encoding="utf-8-sig", newline="") as file:
        keys = {f"2026-{r['psu']}-{r['ssu']}" for r in csv.DictReader(file) if r["wave"] == "2026" and r["status"] == "main"}
    assert {str(t.findtext("m0/household")) for t in seen.xml.values()} == keys
    assert len(seen.xml) == len(keys) + len(seen.planted("duplicate"))
