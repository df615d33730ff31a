"""One process, one form, JavaRosa itself: a shipped form filled in as told, and what the engine said to each answer.

Run as `python -m tests.forms.tried`: a job in JSON on standard input (form, XForm, walks), every walk on standard output.
It asks the engine and nothing else: what is asked, what is refused with which words, what is stored.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from forms.build import Built, build
from forms.codebook import codebook
from forms.condition import holds
from forms.load import load_questionnaire, questionnaire_folder
from forms.question import Question
from forms.rehearsal.engine import Engine, Kind
from forms.xlsform import VI, constraint_of
from tests.forms.writing import ROOT

Answers = Mapping[str, str | Sequence[str]]
"""Question -> its answer, or answers to be tried in turn until the engine takes one; `@day`, `@language`: of the walk."""
Side = tuple[str, Answers, list[str], str]
"""One side of a constraint: the question, other answers that it needs, answers refused in turn, the answer taken."""
DAY = "2026-10-12"
ID = "uuid:01234567-89ab-4cde-8f01-23456789abcd"
HIDDEN = ("calculate", "start", "end", "today")
KINDS: Mapping[str, Kind] = {
    "select_one": "select_one", "select_multiple": "select_multiple", "integer": "integer", "date": "date",
}  # fmt: skip


@dataclass(frozen=True)
class Walk:
    """One walk. asked: in order; tried: (question, text, outcome, message); offered: codes on screen; stored: what the XML holds.

    dead: the question at which no answer fitted and the walk ended; failed: what the engine's second look refuses; '' each.
    """

    asked: tuple[str, ...]
    tried: tuple[tuple[str, str, str, str], ...]
    offered: Mapping[str, tuple[str, ...]]
    stored: Mapping[str, str]
    failed: str
    dead: str

    def refused(self, name: str) -> list[tuple[str, str]]:
        """(answer, message) of every answer to a question that the engine refused."""
        return [(text, message) for n, text, outcome, message in self.tried if n == name and outcome != "ok"]


@cache
def built_form(name: str) -> Built:
    """A shipped form built once a session: one run of pyxform and of ODK Validate; any error or warning of theirs fails here."""
    return build(questionnaire_folder(name))


def walk(name: str, folder: Path, walks: Mapping[str, Answers], lists: Mapping[str, str] | None = None) -> dict[str, Walk]:
    """Walk a shipped form once with each set of answers, in a process of its own. lists: list files beside the form."""
    (folder / "form.xml").write_text(built_form(name).xform.xml, encoding="utf-8")
    for file, text in (lists or {}).items():
        (folder / file).write_text(text, encoding="utf-8")
    tries = [{n: [a] if isinstance(a, str) else list(a) for n, a in answers.items()} for answers in walks.values()]
    job = {"name": name, "xform": str(folder / "form.xml"), "walks": tries}
    done = subprocess.run(
        [sys.executable, "-m", "tests.forms.tried"], input=json.dumps(job), capture_output=True, text=True, encoding="utf-8",
        cwd=ROOT, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(zip(walks, map(_read, json.loads(done.stdout)), strict=True))


def packed(base: Answers, sides: Mapping[str, Side]) -> tuple[dict[str, Answers], dict[str, str]]:
    """Walks in which every side is tried, several in one walk where they do not meet; and the walk of each side."""
    walks: dict[str, dict[str, str | Sequence[str]]] = {}
    where: dict[str, str] = {}
    for why, (at, more, refused, taken) in sides.items():
        open_ = (w for w in walks if not more and not sides[w][1])
        home = next((w for w in open_ if at not in {sides[s][0] for s, at_home in where.items() if at_home == w}), why)
        walks.setdefault(home, {**base, **more})[at] = [*refused, taken]
        where[why] = home
    return dict(walks), where


def as_written(name: str, walked: Iterable[Walk]) -> None:
    """What the engine asked is what the codebook says, question by question; and every condition was met both ways."""
    book = codebook(built_form(name).form)
    shown = {q.name for _, q in built_form(name).form.questions() if q.type not in HIDDEN}
    both: dict[str, set[bool]] = {}
    for one in (w for w in walked if not w.dead):
        for variable in book.variables:
            if variable.name in shown:
                asked = variable.name in one.asked
                wanted = variable.asked_if is None or holds(variable.asked_if, one.stored)
                assert asked is wanted, (variable.name, dict(one.stored))
                both.setdefault(variable.name, set()).add(asked)
    missed = [
        v.name for v in book.variables if v.name in shown and both[v.name] != ({True} if v.asked_if is None else {True, False})
    ]
    assert missed == []


def constrained(name: str) -> set[str]:
    """Every question of a form whose answers the form can refuse."""
    form = built_form(name).form
    return {q.name for _, q in form.questions() if q.type not in ("note", *HIDDEN) and constraint_of(form, q)[0]}


def question(name: str, of: str) -> Question:
    """A question of a shipped form."""
    return next(q for _, q in built_form(name).form.questions() if q.name == of)


def both_sides(name: str, walked: Walk, at: str, taken: str, refused: Sequence[str]) -> None:
    """The engine refused exactly these answers, each with the form's own message, and stored the one it took."""
    assert [text for text, _ in walked.refused(at)] == list(refused), at
    assert walked.stored[at] == taken
    rule = question(name, at).must_message
    for _, message in walked.refused(at):
        assert message.strip()
        assert not rule or rule.vi in message
    assert not walked.dead
    assert not walked.failed, (name, walked.failed)


def _read(found: Mapping[str, Any]) -> Walk:
    root = ET.fromstring(found["xml"])
    leaves = {node.tag.rpartition("}")[2]: node.text or "" for node in root.iter() if not len(node)}
    offered = {name: tuple(codes) for name, codes in found["offered"].items()}
    tried = tuple((n, t, o, m) for n, t, o, m in found["tried"])
    return Walk(tuple(found["asked"]), tried, offered, leaves, found["failed"], found["dead"])


def _conduct(engine: Engine, types: Mapping[str, str], days: Sequence[str], answers: Mapping[str, list[str]]) -> dict[str, Any]:
    """One walk through the engine; the answers of a question are tried in turn until one fits."""
    engine.language(answers.get("@language", [VI])[0])
    engine.begin({"meta/instanceID": ID, **dict.fromkeys(days, answers.get("@day", [DAY])[0])})
    asked: list[str] = []
    tried: list[tuple[str, str, str, str]] = []
    offered: dict[str, tuple[str, ...]] = {}
    dead = ""
    while not dead and (stop := engine.step()) is not None:
        asked.append(stop.name)
        if types[stop.name] == "note":
            continue
        if types[stop.name].startswith("select"):
            offered[stop.name] = engine.choices()
        for text in answers.get(stop.name, ()):
            assert not set(text.split()) - set(offered.get(stop.name, text.split())), f"{stop.name}: {text} is not offered"
            outcome = engine.answer(stop.name, KINDS.get(types[stop.name], "text"), text)
            tried.append((stop.name, text, outcome, "" if outcome == "ok" else engine.constraint_text()))
            if outcome == "ok":
                break
        else:
            dead = stop.name
    failed, xml = engine.finish({}, validate=not dead)
    return {"asked": asked, "tried": tried, "offered": offered, "xml": xml, "failed": failed, "dead": dead}


def main() -> None:
    """Every walk of the job."""
    job = json.load(sys.stdin)
    form = load_questionnaire(questionnaire_folder(job["name"]))
    types = {q.name: str(q.type) for _, q in form.questions()}
    days = ["/".join((*path, q.name)) for path, q in form.questions() if q.type == "today"]
    engine = Engine(Path(job["xform"]), Path(job["xform"]).parent)
    json.dump([_conduct(engine, types, days, answers) for answers in job["walks"]], sys.stdout)


if __name__ == "__main__":
    main()
