"""One process, one form, JavaRosa itself: a household visited again and again, in new instances and in saved ones.

Run as `python -m tests.forms.phone`: a job in JSON on standard input, what each visit selected on standard output.  A saved
instance is opened as Collect opens one: its XML restored, laid into the form's template, initialised as not new.
"""

from __future__ import annotations

import json
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from forms.codebook import codebook
from forms.load import load_questionnaire, questionnaire_folder
from forms.media import Hamlet, Household
from forms.rehearsal.engine import Engine, Kind
from forms.rehearsal.interview import Interviewer
from forms.rehearsal.people import People, Respondent

DAY = date(2026, 10, 12)
KINDS: dict[str, Kind] = {
    "interviewer": "integer", "visit": "integer", "hh_size": "integer", "n_eligible": "integer", "m_age": "integer",
}  # fmt: skip
"""Of the questions that short visits answer: the whole numbers; the others are codes."""
SEEN = ("select_u", "pick", "sex", "age", "n_first", "roster_changed", "result")


class Phone(Engine):
    """The engine, and the two things more that this proof needs: open what was saved, and look at a node."""

    def reopen(self, xml: bytes) -> None:
        """Open a saved instance for editing (Collect: FormLoaderTask.importData, then initialize(false))."""
        import jpype

        saved = jpype.JClass("org.javarosa.xform.parse.XFormParser").restoreDataModel(xml, None).getRoot()
        fresh = self._blank.clone()
        root = fresh.getRoot()
        root.populate(saved, self._form)
        fresh.setRoot(root)
        self._form.setInstance(fresh)
        self._form.initialize(False, self._factory)
        self._controller.jumpToIndex(self._begin_index)

    def walk(self, answers: dict[str, list[str]], last: str = "") -> None:
        """To the end of the form or to `last`, which is answered too; questions not in `answers` stay as they are."""
        while (stop := self.step()) is not None:
            if stop.name in answers:
                self.give(stop.name, answers[stop.name][max(stop.repeat - 1, 0)])
            if stop.name == last:
                return

    def give(self, name: str, text: str) -> None:
        """Answer the question on the screen; the engine must take it."""
        if (outcome := self.answer(name, KINDS.get(name, "select_one"), text)) != "ok":
            raise ValueError(f"{name} = {text}: {outcome}")

    def node(self, path: str) -> str:
        """What a node of the instance holds now."""
        found = self._form.getMainInstance().getRoot()
        for part in path.split("/"):
            found = found.getFirstChild(part)
        value = found.getValue()
        return "" if value is None else str(value.getDisplayText())


def seen(xml: str) -> dict[str, str]:
    """What an instance says about the selection, its roster's ages and its id."""
    root = ET.fromstring(xml)
    found = {name: root.findtext(f".//{name}") or "" for name in SEEN}
    found["roster"] = " ".join(m.findtext("m_age") or "" for m in root.findall("m1/member"))
    return {**found, "id": root.findtext("meta/instanceID") or ""}


def whole(phone: Phone, job: dict[str, Any]) -> list[dict[str, str]]:
    """Whole interviews, each in a new instance and on another day: the same household, answers and roster."""
    form = load_questionnaire(questionnaire_folder("household"))
    household, hamlet = Household(**job["household"]), Hamlet(**job["hamlet"])
    answers = {**People(codebook(form), 2026, 1, (DAY, DAY)).respondent(household, hamlet).answers, **job["answers"]}
    hidden = {str(q.type): "/".join((*p, q.name)) for p, q in form.questions() if q.type in ("start", "end", "today", "deviceid")}
    questions, done = {q.name: q for _, q in form.questions()}, []
    for number in range(*job["numbers"]):
        who = Respondent(household, DAY + timedelta(days=number % 19), datetime(2026, 10, 12, 9), answers, job["rosters"])
        done.append(seen(Interviewer(phone, questions, number, hidden).conduct(who).xml))
    return done


def saved_and_opened(phone: Phone, visits: list[dict[str, list[str]]]) -> list[dict[str, str]]:
    """The first visit in a new instance, each later one in what the visit before saved."""
    done: list[str] = []
    for answers in visits:
        phone.reopen(done[-1].encode()) if done else phone.begin({})
        phone.walk(answers)
        done.append(phone.finish({}, validate=False)[1])
    return [seen(xml) for xml in done]


def picks(phone: Phone, cover: dict[str, list[str]], most: int) -> list[str]:
    """Who is selected of 1, 2, ... `most` members: the number is entered, nothing more."""
    phone.begin({})
    phone.walk(cover, last="hh_size")
    phone.step()
    found = []
    for n in range(1, most + 1):
        phone.give("n_eligible", str(n))
        found.append(phone.node("m1/pick"))
    return found


def main() -> None:
    """The job's three parts: whole interviews, one instance saved and opened, and the selection alone."""
    job = json.load(sys.stdin)
    phone = Phone(Path(job["xform"]), Path(job["xform"]).parent)
    phone.language("Tiếng Việt (vi)")
    found = {
        "whole": whole(phone, job["whole"]),
        "saved": saved_and_opened(phone, job.get("saved", [])),
        "picks": [picks(phone, cover, job["most"]) for cover in job.get("covers", [])],
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
