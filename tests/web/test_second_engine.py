"""The engine of ODK Web Forms beside JavaRosa: the same answers to the same form give the same submission.

Each form is rehearsed through JavaRosa; what its people answered is given to `@getodk/xforms-engine` in Node, and the two
submissions are compared field by field.  A difference would mean that a web form and a phone ask different questions.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring

from forms import load_places, province_folder, questionnaire_folder
from forms.load import load_questionnaire
from forms.question import HIDDEN, Questionnaire, Section
from forms.shelf import shipped
from tests.web.conftest import Run

ROOT = Path(__file__).parents[2]
INTERVIEWS = 5
# filled by the phone or made of the submission's own random id: they differ between any two submissions
OWN = {"start", "end", "deviceid", "audit", "instanceID", "instanceName", "ref_code", "ref_shown"}
Flat = Mapping[str, str]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from analysis.sampling.practice import practice, write_practice

    out = tmp_path_factory.mktemp("sample")
    write_practice(practice(load_places(province_folder()), 7, psus=12, households=3), out)
    return out / "sample.csv"


@pytest.fixture(scope="session", params=shipped())
def rehearsed(
    request: pytest.FixtureRequest, sample: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Questionnaire, Path]:
    """A shipped form and the folder of its rehearsal."""
    name = str(request.param)
    out = tmp_path_factory.mktemp("rehearsal") / name
    given = ["--sample", str(sample)] if name == "household" else ["--number", "16"]
    command = [sys.executable, "bdg.py", "forms", "rehearse", "--form", name, "--wave", "2026", "--out", str(out), *given]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    return load_questionnaire(questionnaire_folder(name)), out


def rosters_of(form: Questionnaire) -> dict[str, tuple[str, ...]]:
    """Name of every question inside a repeat -> path of the repeat."""
    found: dict[str, tuple[str, ...]] = {}

    def walk(section: Section, path: tuple[str, ...], repeat: tuple[str, ...]) -> None:
        here = (*path, section.name)
        inside = here if section.repeat else repeat
        for item in section.items:
            if isinstance(item, Section):
                walk(item, here, inside)
            elif inside:
                found[item.name] = inside

    for section in form.sections:
        walk(section, (), ())
    return found


def flat(xml: str) -> dict[str, str]:
    """Path with row numbers -> text of every leaf that holds something, the submission's own marks left out."""
    found: dict[str, str] = {}

    def walk(element: Any, path: str) -> None:
        seen: dict[str, int] = {}
        for child in element:
            name = child.tag.rpartition("}")[2]
            seen[name] = seen.get(name, 0) + 1
            here = f"{path}/{name}[{seen[name]}]"
            if len(child):
                walk(child, here)
            elif child.text and name not in OWN:
                found[here] = child.text

    walk(fromstring(xml), "")
    return found


def job_of(form: Questionnaire, folder: Path, submissions: Sequence[str]) -> dict[str, Any]:
    """What the respondents answered, for the other engine: every visible question's text, repeats row by row."""
    visible = {q.name for _, q in form.questions() if q.type not in HIDDEN and q.type != "note"}
    repeats = rosters_of(form)
    today = next((("/".join((*path, q.name))) for path, q in form.questions() if q.type == "today"), None)
    interviews = []
    for xml in submissions:
        root = fromstring(xml)
        answers: dict[str, list[str]] = {}
        rosters: dict[str, list[list[str]]] = {}
        for element in root.iter():
            name = element.tag.rpartition("}")[2]
            if name in visible and name not in repeats and element.text:
                answers[name] = [element.text]
        for name, path in repeats.items():
            rows = root.findall("/".join(path))
            rosters[name] = [[row.findtext(name) or ""] if row.findtext(name) else [] for row in rows]
        day = root.findtext(today) if today else None
        interviews.append({"answers": answers, "rosters": rosters, "now": f"{day or '2026-10-12'}T09:00:00+07:00"})
    lists = {p.name: str(p) for p in (folder / "form").glob("*.csv")}
    return {"xform": str(folder / "form" / f"{form.id}.xml"), "lists": lists, "interviews": interviews}


def differences(mine: Flat, other: Flat) -> list[tuple[str, str, str]]:
    """Fields that differ; numbers are compared as numbers (0.5 and 0.50 are one answer), ticks without their order.

    The order of ticks is that of the screen in one engine and that of the ticking in the other; the codebook reads a set.
    """
    found = []
    for path in sorted({*mine, *other}):
        a, b = mine.get(path, ""), other.get(path, "")
        if sorted(a.split(" ")) != sorted(b.split(" ")) and not _same_number(a, b):
            found.append((path, a, b))
    return found


def _same_number(a: str, b: str) -> bool:
    try:
        return abs(float(a) - float(b)) < 1e-9
    except ValueError:
        return False


def test_both_engines_write_the_same_submission(rehearsed: tuple[Questionnaire, Path], node: Run) -> None:
    form, folder = rehearsed
    xmls = [p.read_text(encoding="utf-8") for p in sorted((folder / "xml").glob("*.xml"))]
    longest = sorted(xmls, key=lambda xml: -len(flat(xml)))
    some = [*longest[:3], *longest[len(longest) // 2 : len(longest) // 2 + 1], longest[-1]][:INTERVIEWS]
    found = node("engine.mjs", job_of(form, folder, some))["interviews"]
    assert len(found) == len(some) >= 4
    assert [i["violations"] for i in found] == [[]] * len(some)
    assert [differences(flat(a), flat(b["xml"])) for a, b in zip(some, found, strict=True)] == [[]] * len(some)


def test_a_difference_would_be_seen() -> None:
    """The comparison itself: another answer, a lost field and a field too many are three differences."""
    mine = flat("<data><a>1</a><b>x</b><r><c>1</c></r><r><c>2</c></r></data>")
    other = flat("<data><a>1.0</a><b>y</b><r><c>1</c></r><d>z</d></data>")
    assert [path for path, _, _ in differences(mine, other)] == ["/b[1]", "/d[1]", "/r[2]/c[1]"]
