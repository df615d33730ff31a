"""Forms that an office fills in from its papers, carried through JavaRosa: whole sets of answers, good, wrong and on the edge.

`filled` writes one answer to every question from simple rules (a total is the sum of its parts); a test changes what it is about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from forms.build import Built
from forms.codebook import codebook
from forms.condition import holds, names
from forms.question import HIDDEN, Question, Questionnaire
from forms.xlsform import VI, constraint_of
from tests.forms.writing import drive

UNITS = """name,label,kind,commune
snv,Sở Nội vụ,department,
21085,UBND xã Sơn Hạ,commune,21085
21548,UBND đặc khu Lý Sơn,commune,21548
"""


@dataclass(frozen=True)
class Filled:
    """One form filled in. asked: questions shown, notes included; answers: what the submission holds; refused: by question."""

    asked: tuple[str, ...]
    answers: Mapping[str, str]
    refused: Mapping[str, int]


def asked_questions(form: Questionnaire) -> tuple[Question, ...]:
    """Everything that somebody answers."""
    return tuple(q for _, q in form.questions() if q.type not in HIDDEN and q.type != "note")


def constrained(form: Questionnaire) -> set[str]:
    """Questions whose answer can be refused."""
    return {q.name for q in asked_questions(form) if constraint_of(form, q)[0]}


def filled(form: Questionnaire, **given: str) -> dict[str, str]:
    """An answer to every question: what is given, else 2 for a number, the first choice, no text; totals are made last."""
    found: dict[str, str] = {}
    for q in asked_questions(form):
        if q.name in given:
            found[q.name] = given[q.name]
        elif q.sum_of:
            found[q.name] = str(sum(int(found[part]) for part in q.sum_of))
        elif q.type in ("integer", "decimal"):
            found[q.name] = "2"
        elif q.type == "select_one" and q.list:
            found[q.name] = form.lists[q.list].choices[0].code
        else:
            found[q.name] = ""
    return found


def fill_in(
    built: Built, folder: Path, source: Path, sets: Mapping[str, Mapping[str, str | Sequence[str]]], language: str = VI
) -> tuple[dict[str, Filled], dict[str, str]]:
    """Every set of answers through Collect's engine, in one process: the forms by name, and what was said to wrong answers.

    A sequence is tried in turn until the engine takes one.
    """
    (folder / "units.csv").write_text(UNITS, encoding="utf-8")
    (folder / "form.xml").write_text(built.xform.xml, encoding="utf-8")
    jobs = [{"answers": {k: [v] if isinstance(v, str) else list(v) for k, v in one.items()}} for one in sets.values()]
    done = drive({"folder": str(source), "xform": str(folder / "form.xml"), "interviews": jobs, "language": language})
    assert done["invalid"] == {}
    found = [Filled(tuple(d["asked"]), leaves(d["xml"]), d["hits"]) for d in done["interviews"]]
    return dict(zip(sets, found, strict=True)), done["messages"]


def leaves(xml: str) -> dict[str, str]:
    """Name -> text of every leaf of a submission (no repeats in these forms)."""
    return {e.tag.rpartition("}")[2]: e.text or "" for e in ET.fromstring(xml).iter() if len(e) == 0}


def expected(form: Questionnaire, one: Filled) -> set[str]:
    """The slow plain oracle: the questions that a codebook's conditions want asked, given what was answered."""
    return {
        v.name for v in codebook(form).variables
        if v.type != "calculated" and v.name in {q.name for q in asked_questions(form)}
        and (v.asked_if is None or holds(v.asked_if, one.answers))
    }  # fmt: skip


def conditional(form: Questionnaire) -> set[str]:
    """Questions that are not put to everybody."""
    wanted = {q.name for q in asked_questions(form)}
    return {v.name for v in codebook(form).variables if v.name in wanted and v.asked_if is not None and any(names(v.asked_if))}
