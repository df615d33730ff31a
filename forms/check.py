"""Cross-checks of a questionnaire: does every reference hold, is every expression one, is every scored item scorable and plain?

Imports the records of this room and expression.  Returns problems; the caller raises.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from .condition import Condition, codes, names
from .errors import BdgError, Problem, problem
from .expression import fault, references
from .question import FREE, Question, Questionnaire, Section

MAX_SYLLABLES = 25
EVERY = "*"
"""In `lost`: any name may have been in a file that cannot be read."""
_NEGATION = re.compile(r"\b(không|chưa|chẳng|đừng|chớ)\b", re.IGNORECASE)
_AND_OR = re.compile(r"và\s*/\s*hoặc|and\s*/\s*or", re.IGNORECASE)
_SHORT = re.compile(r"\b[A-ZĐ]{2,}\b")
_RAW = ("relevant", "constraint", "calculate", "filter")


def check(form: Questionnaire) -> None:
    """Raise BdgError with every problem of the form at once."""
    found = mistakes(form)
    if found:
        raise BdgError(found)


def mistakes(form: Questionnaire, lost: Collection[str] = ()) -> tuple[Problem, ...]:
    """Every problem of a form, each once.

    lost: questions, lists and scales that stand in the folder but could not be read (their own problem is told already):
    nothing is said about what refers to them.
    """
    seen = _Seen(form, frozenset(lost))
    places = {q.name: q.place for _, q in form.questions()}
    circles = list(_circles(form))
    round_about = {(places[a], b) for way in circles for a, b in pairwise(way)}
    references = [p for p in seen.references() if (p.place, dict(p.facts).get("name")) not in round_about]
    told = [problem("FORM-074", places[way[0]], got=" → ".join(way), way=" → ".join(way)) for way in circles]
    return tuple(dict.fromkeys([*_names(form), *_lists(seen), *references, *told, *_head(seen), *_scores(seen), *_wording(form)]))


def _names(form: Questionnaire) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for _, question in form.questions():
        if question.name in seen:
            yield problem("FORM-012", question.place, got=seen[question.name], name=question.name)
        seen[question.name] = question.place


@dataclass(frozen=True)
class _Seen:
    """A walk through the form in its order. known: the questions above; places: where every question of the form stands."""

    form: Questionnaire
    lost: frozenset[str]
    known: dict[str, Question] = field(default_factory=dict)
    every: Mapping[str, Question] = field(default_factory=dict)

    def misses(self, name: str | None) -> bool:
        """Whether a name that is not there is truly not there."""
        return name not in self.lost and EVERY not in self.lost

    def references(self) -> Iterator[Problem]:
        """Every name and code that conditions, expressions and texts use, in form order."""
        whole = _Seen(self.form, self.lost, {}, {q.name: q for _, q in self.form.questions()})
        for section in self.form.sections:
            yield from whole.section(section, frozenset())

    def section(self, section: Section, around: frozenset[str]) -> Iterator[Problem]:
        count = section.repeat if section.repeat != FREE else None
        for where, text in (("repeat", count), ("relevant", section.relevant)):
            yield from self._expression(text, where, section.place)
            yield from self._named(references(text or ""), section.place, around, calculated=False)
        if section.only_if:
            yield from self._condition(section.only_if, section.place, self.known)
        inside = around | {section.name} if section.repeat else around
        inside |= {i.name for i in section.items if isinstance(i, Section)}
        for item in section.items:
            if isinstance(item, Section):
                yield from self.section(item, inside)
            else:
                yield from self._question(item, inside)
                self.known[item.name] = item

    def _question(self, q: Question, around: frozenset[str]) -> Iterator[Problem]:
        if q.only_if:
            yield from self._condition(q.only_if, q.place, self.known)
        if q.must:
            yield from self._condition(q.must, q.place, {**self.known, q.name: q})
        for where in _RAW:
            yield from self._expression(getattr(q, where), where, q.place)
        yield from self._named(q.sum_of, q.place, around, calculated=False)
        raw = " ".join(filter(None, (*(getattr(q, name) for name in _RAW), q.parameters, *_texts(q))))
        yield from self._named((n for n in references(raw) if n != q.name), q.place, around, calculated=q.type == "calculate")

    def _expression(self, text: str | None, where: str, place: str) -> Iterator[Problem]:
        wrong = fault(text.replace("{digest}", "x")) if text else None
        if wrong:
            yield problem("FORM-073", place, expected="XPath", got=text, where=where, why=wrong.vi, why_en=wrong.en)

    def _named(self, wanted: Iterable[str], place: str, around: frozenset[str], *, calculated: bool) -> Iterator[Problem]:
        """A calculation may look at a later question and anybody at a later calculation: neither is on a screen."""
        for name in wanted:
            later = self.every.get(name)
            fine = name in self.known or name in around or (later and (calculated or later.type == "calculate"))
            if not fine:
                yield from self._unknown(name, place)

    def _unknown(self, name: str, place: str) -> Iterator[Problem]:
        from difflib import get_close_matches

        if self.misses(name):
            near = get_close_matches(name, self.known, 1)
            expected = "câu đứng trước / an earlier question" + (f": {near[0]}?" if near and name not in self.every else "")
            yield problem("FORM-007", place, expected=expected, got=name, name=name)

    def _condition(self, tree: Condition, place: str, known: Mapping[str, Question]) -> Iterator[Problem]:
        for name in names(tree):
            later = self.every.get(name)
            if name not in known and not (later and later.type == "calculate"):
                yield from self._unknown(name, place)
        for name, code in codes(tree):
            asked = self.every.get(name)
            allowed = [c.code for c in self.form.choices(asked)] if asked else []
            if allowed and code not in allowed and asked and self.misses(asked.list):
                yield problem("FORM-008", place, expected=", ".join(allowed), got=code, name=name, code=code)


def _texts(q: Question) -> Iterator[str]:
    """The texts of a question that may hold a ${reference}."""
    return (text for label in (q.label, q.hint, q.must_message) if label for text in (label.vi, label.en))


def _lists(seen: _Seen) -> Iterator[Problem]:
    for _, q in seen.form.questions():
        selects = q.type in ("select_one", "select_multiple")
        if selects and not q.file and q.list not in seen.form.lists and seen.misses(q.list):
            yield problem("FORM-013", q.place, expected=", ".join(sorted(seen.form.lists)), name=q.list)


def _circles(form: Questionnaire) -> Iterator[list[str]]:
    """Each way on which calculations and conditions come back to where they began."""
    names_of = {q.name for _, q in form.questions()}
    needs: dict[str, list[str]] = {}
    for path, q in form.questions():
        needs.setdefault(q.name, sorted(_needs(form, path, q) & names_of))
    told: set[frozenset[str]] = set()
    done: set[str] = set()
    for start, first in needs.items():
        way, ahead = [start], [iter(first)]
        while ahead:
            name = next(ahead[-1], None)
            if name is None:
                ahead.pop()
                done.add(way.pop())
            elif name in way:
                circle = [*way[way.index(name) :], name]
                if frozenset(circle) not in told:
                    told.add(frozenset(circle))
                    yield circle
            elif name not in done:
                way.append(name)
                ahead.append(iter(needs[name]))


def _needs(form: Questionnaire, path: tuple[str, ...], q: Question) -> set[str]:
    """The questions whose answers decide the value of a question or whether it is there."""
    holding: list[Section | Question] = [*form.around(path), q]
    trees = [item.only_if for item in holding if item.only_if]
    raw = [item.relevant for item in holding if item.relevant] + ([q.calculate] if q.calculate else [])
    return {n for tree in trees for n in names(tree)} | {n for text in raw for n in references(text)}


def _head(seen: _Seen) -> Iterator[Problem]:
    """form.yaml names questions of the form: what feeds a target, what names a submission."""
    form = seen.form
    known = {q.name for _, q in form.questions()}
    for name in dict.fromkeys((*form.instance_name, *(n for feeding in form.serves.values() for n in feeding))):
        if name not in known and name not in form.scales and seen.misses(name):
            yield problem("FORM-007", "form.yaml (serves, instance_name)", expected=", ".join(sorted(known)), got=name, name=name)


def _scores(seen: _Seen) -> Iterator[Problem]:
    form = seen.form
    for _, question in form.questions():
        score = question.score
        if score is None or (question.list and (question.list not in form.lists or not seen.misses(question.list))):
            continue
        allowed = [c.code for c in form.choices(question)]
        scale = form.scales.get(score.scale)
        if scale is None and not seen.misses(score.scale):
            continue
        if scale is None or scale.kind == "mean_of" or not allowed:
            yield problem("FORM-014", question.place, expected=", ".join(sorted(form.scales)), got=score.scale)
        elif scale.kind == "right" and (not score.key or any(k.value not in allowed for k in score.key)):
            yield problem(
                "FORM-014", question.place, expected=", ".join(allowed), got=", ".join(k.value for k in score.key) or "-"
            )
        elif scale.kind == "likert" and not {str(i) for i in range(scale.low, scale.high + 1)} <= set(allowed):
            yield problem("FORM-014", question.place, expected=f"{scale.low}..{scale.high}", got=", ".join(allowed))


def _wording(form: Questionnaire) -> Iterator[Problem]:
    for _, question in form.questions():
        if question.score is None:
            continue
        text = question.label.vi
        if len(text.split()) > MAX_SYLLABLES:
            rule = f"tối đa {MAX_SYLLABLES} tiếng / at most {MAX_SYLLABLES} syllables"
            yield problem("FORM-015", question.place, expected=f"<= {MAX_SYLLABLES}", got=len(text.split()), rule=rule)
        scale = form.scales.get(question.score.scale)
        if scale and scale.kind == "likert" and _NEGATION.search(text):
            negations = ", ".join(_NEGATION.findall(text))
            yield problem("FORM-015", question.place, got=negations, rule="không phủ định / no negation")
        if _AND_OR.search(text + question.label.en):
            yield problem("FORM-015", question.place, got="và/hoặc", rule="không «và/hoặc» / no and-or")
        if _SHORT.search(text):
            yield problem(
                "FORM-015", question.place, got=", ".join(_SHORT.findall(text)), rule="không viết tắt / no abbreviation"
            )
