"""One interview through the engine: it decides what is asked, the respondent answers.

Imports the engine and the records of this room.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ..errors import refuse
from ..question import Question
from .engine import Engine, Kind
from .people import Respondent

_SYLLABLES_A_SECOND = 3.0
_SECONDS_TO_ANSWER = 4.0
_ZONE = timedelta(hours=7)
_VALIDATED = "0"
"""Collect validates the whole form a second time before it finalises.  Every answer here was judged when it was given and
check.py lets no constraint look at a later question, so a second pass can only repeat the first: one id in sixteen gets it."""


@dataclass(frozen=True)
class Interview:
    """A finished submission. asked: names of the questions shown, in order; hits: constraints met, by question."""

    instance_id: str
    xml: str
    asked: tuple[str, ...]
    hits: Mapping[str, int]
    seconds: float
    received_at: str


class Tally:
    """What the rehearsal saw, over all interviews: the one thing here that grows, so not a record."""

    def __init__(self) -> None:
        self.reached: Counter[str] = Counter()
        self.offered: dict[str, set[str]] = {}
        self.hits: Counter[str] = Counter()
        self.messages: dict[str, str] = {}
        self.shown: list[int] = []
        self.minutes: list[float] = []
        self.invalid: Counter[str] = Counter()


def instance_id(seed: int, key: str) -> str:
    """The submission's id: a version-4 shaped UUID from the seed and the household's key."""
    return f"uuid:{uuid.UUID(bytes=hashlib.sha256(f'{seed}|{key}'.encode()).digest()[:16], version=4)}"


def seconds(question: Question) -> float:
    """How long a question takes: read aloud at three syllables a second, four seconds to answer."""
    words = len(question.label.vi.split())
    return words / _SYLLABLES_A_SECOND + (_SECONDS_TO_ANSWER if question.type != "note" else 0.0)


class Interviewer:
    """Carries a form through the engine, respondent after respondent."""

    def __init__(self, engine: Engine, questions: Mapping[str, Question], seed: int, presets: Mapping[str, str]) -> None:
        """presets: role (start, end, today, deviceid) -> path of the hidden node below the root."""
        self._engine, self._questions, self._seed, self._presets = engine, questions, seed, presets
        self._seconds = {name: seconds(question) for name, question in questions.items()}
        self.tally = Tally()

    def conduct(self, who: Respondent) -> Interview:
        """One interview from the cover to the last screen, finalised and serialised."""
        name = instance_id(self._seed, who.household.key)
        begin = {"meta/instanceID": name}
        if "today" in self._presets:
            begin[self._presets["today"]] = who.day.isoformat()
        self._engine.begin(begin)
        asked: list[str] = []
        hits: Counter[str] = Counter()
        length = 0.0
        while (stop := self._engine.step()) is not None:
            question = self._questions[stop.name]
            asked.append(stop.name)
            length += self._seconds[stop.name]
            offered = self._see(question)
            if question.type != "note":
                self._answer(question, self._tries(who, stop.name, stop.repeat), offered, hits)
        ends = who.begins + timedelta(seconds=round(length))
        times = {
            "start": _stamp(who.begins),
            "end": _stamp(ends),
            "deviceid": f"practice:{self._seed}",
            "today": who.day.isoformat(),
        }
        again = name.endswith(_VALIDATED)
        failed, xml = self._engine.finish({path: times[role] for role, path in self._presets.items()}, validate=again)
        self._count(asked, hits, length, failed)
        received = (ends - _ZONE + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return Interview(name, xml, tuple(asked), dict(hits), length, received)

    def _tries(self, who: Respondent, name: str, repeat: int) -> list[str]:
        rows = who.rosters.get(name)
        if rows is not None:
            return list(rows[repeat - 1])
        return list(who.answers.get(name, ()))

    def _see(self, question: Question) -> set[str] | None:
        """The choices on this screen, asked of the engine each time for filtered lists and once for the others."""
        self.tally.reached[question.name] += 1
        if question.type not in ("select_one", "select_multiple"):
            return None
        if not question.filter and question.name in self.tally.offered:
            return self.tally.offered[question.name]
        now = set(self._engine.choices())
        self.tally.offered.setdefault(question.name, set()).update(now)
        return now

    def _answer(self, question: Question, tries: list[str], offered: set[str] | None, hits: Counter[str]) -> None:
        kind: Kind = question.type if question.type in ("select_one", "select_multiple", "integer", "date") else "text"
        for text in (*tries, *sorted(offered or ())):
            if offered is not None and not set(text.split()) <= offered:
                continue
            outcome = self._engine.answer(question.name, kind, text)
            if outcome == "ok":
                return
            hits[question.name] += 1
            self.tally.messages.setdefault(question.name, self._engine.constraint_text())
        raise refuse("FORM-031", question.place, got=tries[-1:] or "-", name=question.name)

    def _count(self, asked: list[str], hits: Counter[str], length: float, failed: str) -> None:
        self.tally.hits.update(hits)
        self.tally.shown.append(len(asked))
        self.tally.minutes.append(length / 60)
        if failed:
            self.tally.invalid[failed] += 1


def _stamp(moment: object) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000+07:00"
