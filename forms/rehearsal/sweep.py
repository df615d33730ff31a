"""The systematic part of a rehearsal: walks that go to every question, choice and constraint that nobody met by chance.

At every stop of a walk the texts of each language are read, the empty answer, every choice and an answer against every part of
the constraint are tried; where no walk has been, route.py looks for answers that lead there.  Each refusal and each question
asked is compared with what the records of this room say: a difference is a finding.  Imports engine, interview, route, values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..condition import holds
from ..question import HIDDEN, Question, Questionnaire
from .engine import Engine, Screen, Stop
from .fields import Group, flat
from .interview import kind_of
from .respondent import Respondent
from .route import Router
from .values import Part, breaking, broken, candidates, looked_at, parts_of

_BASES, _WAYS, _OWN_TRIES = 8, 6, 40
_FRUITLESS = 8
"""Walks to one question that may bring nothing new before it is left."""
Messages = Mapping[str, str]


@dataclass(frozen=True)
class Base:
    """An interview that a walk may start from: who it was, what was asked, every answer outside repeats."""

    who: Respondent
    asked: frozenset[str]
    answers: Mapping[str, str]


@dataclass(frozen=True)
class Swept:
    """What all walks of a sweep met.

    stopped: (question, part) -> language -> message shown; required: question -> language -> message.
    wordless: (question, language, what has no text); differs: (question, how the engine and our records disagree).
    stuck: questions at which a walk ended; passed: those that took an answer.
    """

    walks: int = 0
    reached: frozenset[str] = frozenset()
    chosen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    stopped: Mapping[tuple[str, Part], Messages] = field(default_factory=dict)
    required: Mapping[str, Messages] = field(default_factory=dict)
    wordless: tuple[tuple[str, str, str], ...] = ()
    differs: tuple[tuple[str, str], ...] = ()
    stuck: tuple[str, ...] = ()
    passed: frozenset[str] = frozenset()
    languages: tuple[str, ...] = ()


class Prober:
    """Walks through one form, trying at each stop whatever was not tried before."""

    def __init__(self, engine: Engine, form: Questionnaire, tree: Group, hidden: Mapping[str, str]) -> None:
        """hidden: role (today, …) -> path of the hidden node below the root."""
        self._engine, self._form, self._tree, self._hidden = engine, form, tree, hidden
        self.questions = {q.name: q for _, q in form.questions()}
        self._hidden_paths = {q.name: "/".join((*path, q.name)) for path, q in form.questions() if q.type in HIDDEN}
        self._looks = {q.name: [n for n in looked_at(q) if n in self._hidden_paths] for _, q in form.questions()}
        self._inside = {q.name for path, q in form.questions() if any(s.repeat for s in form.around(path))}
        self._raw = {q.name for path, q in form.questions() if q.relevant or any(s.relevant for s in form.around(path))}
        self.router = Router(form)
        self.languages = engine.languages() or ("",)
        self.walks = 0
        self.reached: set[str] = set()
        self.chosen: dict[str, set[str]] = {}
        self.stopped: dict[tuple[str, Part], Messages] = {}
        self.required: dict[str, Messages] = {}
        self.wordless: dict[tuple[str, str, str], None] = {}
        self.differs: dict[tuple[str, str], None] = {}
        self.stuck: dict[str, None] = {}
        self.passed: set[str] = set()

    def found(self) -> Swept:
        """What the walks met so far."""
        chosen = {name: frozenset(codes) for name, codes in sorted(self.chosen.items())}
        return Swept(
            self.walks, frozenset(self.reached), chosen, dict(self.stopped), dict(self.required), tuple(self.wordless),
            tuple(self.differs), tuple(self.stuck), frozenset(self.passed), self.languages,
        )  # fmt: skip

    def missing(self, name: str) -> bool:
        """Whether anything of a question is still untried: itself, a choice, a part of its constraint, no answer, a good one."""
        return self.untried(name) > 0

    def untried(self, name: str) -> int:
        """How many things of a question are untried."""
        q = self.questions[name]
        codes = {c.code for c in self._form.choices(q)} if q.type in ("select_one", "select_multiple") else set()
        left = len(codes - self.chosen.get(name, set())) + len(self._unmet(q)) + (name not in self.reached)
        return left + (q.required and name not in self.required) + (q.type != "note" and name not in self.passed)

    def left(self) -> int:
        """Questions of which something is untried."""
        return sum(self.missing(name) for name, q in self.questions.items() if q.type not in HIDDEN)

    def _unmet(self, q: Question) -> tuple[Part, ...]:
        return tuple(part for part in parts_of(self._form, q) if (q.name, part) not in self.stopped)

    def walk(self, who: Respondent) -> frozenset[str]:
        """One walk from the cover to the last screen; the names of the questions it met."""
        self.walks += 1
        begin = {"meta/instanceID": f"uuid:{self.walks:032x}"}
        if "today" in self._hidden:
            begin[self._hidden["today"]] = who.day.isoformat()
        self._engine.begin(begin)
        given: dict[str, str] = {}
        met: dict[str, None] = {}
        while (stop := self._engine.step()) is not None:
            question = self.questions[stop.name]
            if stop.name not in self.reached:
                self._read(question)
            met[stop.name] = None
            self.reached.add(stop.name)
            given |= {name: self._engine.value(self._hidden_paths[name]) for name in self._looks.get(stop.name, ())}
            if question.type != "note" and not self._stop(question, stop, who, given):
                self.stuck[stop.name] = None
                return frozenset(met)
        failed, xml = self._engine.finish({}, validate=True)
        if failed:
            self.differs[failed.rsplit("/", 1)[-1], "final"] = None
        self._compare(flat(xml, self._tree), met)
        return frozenset(met)

    def _read(self, q: Question) -> None:
        """Every text of the question in every language."""
        for language, screen in self._screens().items():
            shown = {"label": screen.text, **{f"choice {code}": text for code, text in screen.choices}}
            if parts_of(self._form, q):
                shown["constraint_message"] = screen.constraint
            if q.required and q.type != "note":
                shown["required_message"] = screen.required
            for what, text in shown.items():
                if not text.strip() or "${" in text:
                    self.wordless[q.name, language, what] = None

    def _screens(self) -> dict[str, Screen]:
        found = {}
        for language in self.languages:
            if language:
                self._engine.language(language)
            found[language] = self._engine.screen()
        if self.languages[0]:
            self._engine.language(self.languages[0])
        return found

    def _stop(self, q: Question, stop: Stop, who: Respondent, given: dict[str, str]) -> bool:
        """Try all that is untried, then answer; False when nothing is accepted."""
        kind = kind_of(q)
        offered = self._engine.choices() if q.type in ("select_one", "select_multiple") else None
        if q.name not in self.required and q.required:
            if self._engine.answer(q.name, kind, "") == "required":
                self.required[q.name] = {language: screen.required for language, screen in self._screens().items()}
            else:
                self.differs[q.name, "required"] = None
        for code in offered or ():
            if code not in self.chosen.get(q.name, set()):
                self._try(q, code, given)
        for part in self._unmet(q):
            self._break(q, part, who, given)
        for text in self._answers(q, stop, who, given, offered):
            if self._try(q, text, given):
                given[q.name] = text
                self.passed.add(q.name)
                return True
        if not q.required and self._engine.answer(q.name, kind, "") == "ok":
            self.passed.add(q.name)
            return True
        return False

    def _answers(
        self, q: Question, stop: Stop, who: Respondent, given: Mapping[str, str], offered: Sequence[str] | None
    ) -> Iterator[str]:
        yield from (text for text in who.tries(q.name, stop.repeat) if offered is None or set(text.split()) <= set(offered))
        yield from offered if offered is not None else candidates(q, given, who.day)

    def _try(self, q: Question, text: str, given: Mapping[str, str]) -> bool:
        """Give an answer; say where the engine and our own judgement of it differ."""
        outcome = self._engine.answer(q.name, kind_of(q), text)
        judged = broken(self._form, q, text, given)
        if outcome == "ok" and text:
            for code in text.split() if q.type in ("select_one", "select_multiple") else ():
                self.chosen.setdefault(q.name, set()).add(code)
        if outcome == "ok" and judged:
            self.differs[q.name, f"accepted against {', '.join(sorted(judged))}"] = None
        if outcome == "constraint" and not judged and not q.constraint:
            self.differs[q.name, "refused without a reason that we know"] = None
        return outcome == "ok"

    def _break(self, q: Question, part: Part, who: Respondent, given: Mapping[str, str]) -> None:
        """Answers against one part of the constraint until the engine refuses one."""
        for number, text in enumerate(breaking(self._form, q, part, given, who.day)):
            if number >= _OWN_TRIES:
                return
            judged = broken(self._form, q, text, given)
            if self._engine.answer(q.name, kind_of(q), text) == "constraint":
                messages = {language: screen.constraint for language, screen in self._screens().items()}
                parts: frozenset[Part] = judged or frozenset({"own"})
                for one in parts:
                    self.stopped.setdefault((q.name, one), messages)
                return
            if judged:
                self.differs[q.name, f"accepted against {', '.join(sorted(judged))}"] = None

    def _compare(self, answers: Mapping[str, str], met: Mapping[str, None]) -> None:
        """Was asked what the conditions say, given the finished answers?  Questions of repeats are left to the engine."""
        for name, q in self.questions.items():
            if q.type in HIDDEN or name in self._inside or name in self._raw:
                continue
            tree = self.router.asked_if(name)
            if (tree is None or holds(tree, answers)) != (name in met):
                self.differs[name, "asked" if name in met else "not asked"] = None


def sweep(prober: Prober, bases: Sequence[Base], progress: Callable[[], None] | None = None) -> Swept:
    """Walk from few interviews that together met every question, then to each thing that is still untried."""
    left = {name for base in bases for name in base.asked}
    for base in bases:
        if base.asked & left:
            left -= prober.walk(base.who)
            if progress:
                progress()
    for name, q in list(prober.questions.items()):
        if q.type not in HIDDEN and prober.missing(name):
            _go(prober, name, q, bases)
            if progress:
                progress()
    return prober.found()


def _go(prober: Prober, name: str, q: Question, bases: Sequence[Base]) -> None:
    """Walks to one question until nothing of it is untried, or no other way is left."""
    also = tuple(looked_at(q))
    fixed = prober.router.fixed(name, also)
    seen: set[tuple[str, ...]] = set()
    fruitless = 0
    for base in bases:
        state = tuple(base.answers.get(f, "") for f in fixed)
        if state in seen or len(seen) >= _BASES:
            continue
        seen.add(state)
        for number, way in enumerate(prober.router.ways(name, dict(zip(fixed, state, strict=True)), also)):
            before = prober.untried(name)
            prober.walk(led(base.who, way))
            fruitless = 0 if prober.untried(name) < before else fruitless + 1
            if not prober.missing(name) or fruitless >= _FRUITLESS:
                return
            if number >= _WAYS:
                break


def led(who: Respondent, way: Mapping[str, str]) -> Respondent:
    """The respondent with the answers of a way first; in a roster, every row gets them."""
    answers = {**who.answers, **{name: (text, *who.answers.get(name, ())) for name, text in way.items()}}
    rosters = {n: [[way[n], *row] for row in rows] if n in way else rows for n, rows in who.rosters.items()}
    return replace(who, answers=answers, rosters=rosters)
