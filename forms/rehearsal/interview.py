"""One interview through the engine: it decides what is asked, the respondent answers.

Imports the engine and the records of this room.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from ..question import Question
from .audited import FILE, Shown, audit_log
from .engine import Engine, Kind, Stop
from .respondent import Respondent
from .values import candidates

_SYLLABLES_A_SECOND = 3.0
_SECONDS_TO_ANSWER = 4.0
_LATER = timedelta(hours=3)
_TYPED: Mapping[str, Kind] = {
    "select_one": "select_one", "select_multiple": "select_multiple", "integer": "integer", "decimal": "decimal", "date": "date",
    "time": "time", "geopoint": "geopoint", "image": "image", "audio": "audio",
}  # fmt: skip
_ZONE = timedelta(hours=7)
_AUDIT = "audit"
_VALIDATED = "0"
"""Collect validates the whole form a second time before it finalises.  Every answer here was judged when it was given and
check.py lets no constraint look at a later question, so a second pass can only repeat the first: one id in sixteen gets it."""


@dataclass(frozen=True)
class Interview:
    """A finished submission. asked: names of the questions shown, in order; hits: constraints met, by question.

    dead: the question at which nothing was accepted; such an interview ends there and is no submission ('' otherwise).
    key: of the respondent; interviewer: their code; faults: those planted in it.  log: its audit log, '' when none is kept.
    """

    instance_id: str
    xml: str
    asked: tuple[str, ...]
    hits: Mapping[str, int]
    seconds: float
    received_at: str
    dead: str = ""
    key: str = ""
    interviewer: str = ""
    faults: tuple[str, ...] = ()
    log: str = ""


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
        self.stuck: Counter[str] = Counter()
        self.passed: set[str] = set()
        self.chosen: dict[str, set[str]] = {}


def instance_id(seed: int, key: str) -> str:
    """The submission's id: a version-4 shaped UUID from the seed and the household's key."""
    return f"uuid:{uuid.UUID(bytes=hashlib.sha256(f'{seed}|{key}'.encode()).digest()[:16], version=4)}"


def kind_of(question: Question) -> Kind:
    """How the engine takes the answers of a question."""
    return _TYPED.get(question.type, "text")


def seconds(question: Question, choices: Iterable[str] = ()) -> float:
    """How long a question takes: read aloud at three syllables a second, four seconds to answer. choices: those read aloud."""
    words = len(question.label.vi.split()) + sum(len(text.split()) for text in choices)
    return words / _SYLLABLES_A_SECOND + (_SECONDS_TO_ANSWER if question.type != "note" else 0.0)


@dataclass(frozen=True)
class Asking:
    """What asking a question needs, looked up once: how the engine takes its answers, whether it offers choices, its time.

    filtered_by: the questions that its choice filter looks at.
    """

    question: Question
    kind: Kind
    select: bool
    seconds: float
    filtered_by: tuple[str, ...]


def _asking(question: Question, takes: float) -> Asking:
    looks_at = tuple(re.findall(r"\$\{([a-z0-9_]+)\}", question.filter or ""))
    return Asking(question, kind_of(question), question.type in ("select_one", "select_multiple"), takes, looks_at)


class Interviewer:
    """Carries a form through the engine, respondent after respondent."""

    def __init__(
        self, engine: Engine, questions: Mapping[str, Question], seed: int, presets: Mapping[str, str],
        read_out: Mapping[str, Iterable[str]] | None = None, nodes: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """presets: role (start, end, today, deviceid) -> path of the hidden node below the root.

        read_out: of the questions whose choices are read aloud, the choices.  nodes: question -> its path below the root with a
        {} for the row of each repeat, of a form whose interviews keep an audit log; None: they keep none.
        """
        self.engine, self._seed, self._presets, self._nodes = engine, seed, presets, nodes
        self._asking = {name: _asking(q, seconds(q, (read_out or {}).get(name, ()))) for name, q in questions.items()}
        self._seen: dict[tuple[str | None, ...], set[str]] = {}
        self.tally = Tally()

    def conduct(self, who: Respondent) -> Interview:
        """One interview from the cover to the last screen, finalised and serialised."""
        name = instance_id(self._seed, who.key)
        begin = {"meta/instanceID": name}
        if "today" in self._presets:
            begin[self._presets["today"]] = who.day.isoformat()
        self.engine.begin(begin)
        asked: list[str] = []
        shown: list[Shown] = []
        hits: Counter[str] = Counter()
        given: dict[str, str] = {}
        length = 0.0
        step, asking = self.engine.step, self._asking
        while (stop := step()) is not None:
            one = asking[stop.name]
            asked.append(stop.name)
            length += one.seconds
            if self._nodes is not None:
                shown.append(Shown(self._nodes[stop.name].format(*stop.rows), one.seconds))
            if one.question.type != "note" and not self._answer(one, who, stop, given, hits):
                self.tally.reached.update(asked)
                self.tally.stuck[stop.name] += 1
                return Interview(name, "", tuple(asked), dict(hits), length, "", stop.name, who.key)
        self.tally.reached.update(asked)
        self.tally.passed.update(given)
        length *= who.pace
        ends = who.begins + timedelta(seconds=round(length))
        code = given.get("interviewer", "")
        times = {
            "start": _stamp(who.begins),
            "end": _stamp(ends),
            "deviceid": f"practice:{self._seed}{code and f':{code}'}",
            "today": who.day.isoformat(),
        }
        again = name.endswith(_VALIDATED)
        last = {path: times[role] for role, path in self._presets.items()}
        log = audit_log(name, who.begins, round(length), shown) if shown else ""
        failed, xml = self.engine.finish(last | ({f"meta/{_AUDIT}": FILE} if log else {}), validate=again)
        self._count(asked, hits, length, failed)
        received = (ends - _ZONE + _LATER + timedelta(days=who.late)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return Interview(name, xml, tuple(asked), dict(hits), length, received, key=who.key, interviewer=code, log=log)

    def _see(self, one: Asking, given: Mapping[str, str]) -> set[str]:
        """The choices on this screen, asked of the engine once for each state of the answers that the filter looks at."""
        name = one.question.name
        state = (name, *(given.get(other) for other in one.filtered_by))
        if state not in self._seen or None in state:
            self._seen[state] = set(self.engine.choices())
        self.tally.offered.setdefault(name, set()).update(self._seen[state])
        return self._seen[state]

    def _answer(self, one: Asking, who: Respondent, stop: Stop, given: dict[str, str], hits: Counter[str]) -> bool:
        """Give the first answer that the engine accepts; False when there is none."""
        name = stop.name
        offered = self._see(one, given) if one.select else None
        said = who.tries(name, stop.repeat)
        for number, text in enumerate(chain(said, _Fallback(one.question, who, offered, given))):
            if offered is not None and text not in offered and not offered.issuperset(text.split()):
                continue
            outcome = self.engine.answer(name, one.kind, text)
            if outcome == "ok":
                given[name] = text
                if offered is not None:
                    self.tally.chosen.setdefault(name, set()).update(text.split())
                return True
            if outcome == "constraint" and number < len(said):
                hits[name] += 1
                self.tally.messages.setdefault(name, self.engine.constraint_text())
        return False

    def _count(self, asked: list[str], hits: Counter[str], length: float, failed: str) -> None:
        self.tally.hits.update(hits)
        self.tally.shown.append(len(asked))
        self.tally.minutes.append(length / 60)
        if failed:
            self.tally.invalid[failed] += 1


def _stamp(moment: object) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000+07:00"


class _Fallback:
    """What to try when the respondent has no answer that fits: what is offered, or what the type and conditions suggest."""

    def __init__(self, question: Question, who: Respondent, offered: set[str] | None, given: Mapping[str, str]) -> None:
        self._of = (question, who, offered, given)

    def __iter__(self) -> Iterator[str]:
        question, who, offered, given = self._of
        yield from sorted(offered) if offered is not None else candidates(question, given, who.day)
        if not question.required:
            yield ""
