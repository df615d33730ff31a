"""The enumerator's guide: texts of guide.yaml, every fact in them taken from the form and survey.yaml.

Imports the records of the room, condition, errors, page and texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..condition import Both, Compare, Condition, Either, Not
from ..errors import refuse
from ..question import Label, Question, Questionnaire
from ..survey import SurveyPlan
from .numbering import visible
from .page import Block, Bullets, Heading, Language, Page, Para
from .texts import read

_SYLLABLES_A_MINUTE, _SECONDS_AN_ANSWER = 150, 5
"""Reading aloud at the pace of careful speech, and the time in which an answer comes and is recorded."""


@dataclass(frozen=True)
class Facts:
    """What the guide states.  minutes: of one interview; measured: by people, else estimated from the wording."""

    visits: int
    reserves: int
    households: int
    age_min: int
    guardian_age: int | None
    questions: int
    private: int
    minutes: int
    measured: bool


def facts(form: Questionnaire, survey: SurveyPlan, wave: int, minutes: int | None) -> Facts:
    """The facts of one form and wave.  FORM-116 when form and survey.yaml contradict each other, or say nothing."""
    by_name = {q.name: q for _, q in form.questions()}
    visit, age = by_name.get("visit"), by_name.get("m_age")
    if wave not in survey.waves:
        raise refuse("FORM-116", "survey.yaml (waves)", expected=", ".join(map(str, survey.waves)), got=wave)
    if visit and visit.range and visit.range[1] != survey.selection.visits:
        raise refuse("FORM-116", f"{visit.place} · survey.yaml (visits)", expected=survey.selection.visits, got=visit.range[1])
    guardian = by_name.get("guardian")
    size = survey.waves[wave]
    asked = [q for _, q in form.questions() if visible(q) and q.type != "note"]
    return Facts(
        survey.selection.visits, size.reserves, size.households, age.range[0] if age and age.range else 0,
        _below(guardian.only_if) if guardian and guardian.only_if else None, len(asked), sum(_is_private(form, q) for q in asked),
        minutes or estimated_minutes(form), minutes is not None,
    )  # fmt: skip


def _below(tree: Condition) -> int | None:
    """N of the first `age < N` in a condition."""
    match tree:
        case Compare("age", "<", value, False) if value.isdigit():
            return int(value)
        case Both(of) | Either(of):
            return next((found for part in of if (found := _below(part)) is not None), None)
        case Not(of):
            return _below(of)
        case _:
            return None


def _is_private(form: Questionnaire, q: Question) -> bool:
    """Asked only when nobody else can hear: the condition on `alone` stands at the question or at a section around it."""
    path = next(p for p, other in form.questions() if other.name == q.name)
    held = [q.only_if, *(s.only_if for s in form.around(path))]
    return any(_alone(tree) for tree in held if tree)


def _alone(tree: Condition) -> bool:
    match tree:
        case Compare(name, _, _, _):
            return name == "alone"
        case Both(of):
            return any(_alone(part) for part in of)
        case _:
            return False


def estimated_minutes(form: Questionnaire) -> int:
    """Minutes to read out every text in Vietnamese and take every answer: an upper estimate, nobody is asked everything."""
    seconds = 0.0
    for _, q in form.questions():
        if visible(q):
            aloud = [q.label.vi, *(c.label.vi for c in form.choices(q) if q.read_out)]
            seconds += sum(len(text.split()) for text in aloud) * 60 / _SYLLABLES_A_MINUTE
            seconds += _SECONDS_AN_ANSWER if q.type != "note" else 0
    return max(1, round(seconds / 60))


def guide(form: Questionnaire, known: Facts, lang: Language, *, stamps: tuple[str, ...] = (), foot: str = "") -> Page:
    """The guide.  A section whose questions the form does not have is left out; KeyError (our bug) for a hole without a fact."""
    source = read("guide.yaml")
    names = {q.name for _, q in form.questions()}
    holes = _holes(form, known, source, lang)
    kept = [s for s in source["sections"] if set(s.get("needs", ())) <= names]
    blocks: list[Block] = []
    for number, section in enumerate(kept, 1):
        blocks.append(Heading(1, f"{number}. {section['title'][lang].format_map(holes)}"))
        for block in section["blocks"]:
            blocks += _block(block, lang, holes)
    return Page(source["title"][lang], tuple(blocks), lang, stamps, foot, form.title[lang])


def _holes(form: Questionnaire, known: Facts, source: Mapping[str, Any], lang: Language) -> dict[str, object]:
    found: dict[str, object] = {
        "visits": known.visits, "reserves": known.reserves, "households": known.households, "age_min": known.age_min,
        "questions": known.questions, "private": known.private, "minutes": known.minutes, "title": form.title[lang],
        "length": source["measured" if known.measured else "estimated"][lang].format_map({"minutes": known.minutes}),
    }  # fmt: skip
    return found | ({"guardian_age": known.guardian_age} if known.guardian_age is not None else {})


_NEVER = Label("Không bao giờ:", "Never:")


def _block(block: Mapping[str, Any], lang: Language, holes: Mapping[str, object]) -> Iterator[Block]:
    ((kind, texts),) = block.items()
    said = texts[lang]
    if kind == "do":
        yield Bullets(tuple(line.format_map(holes) for line in said), numbered=True)
    elif kind == "never":
        yield Para(_NEVER[lang], "strong")
        yield Bullets(tuple(line.format_map(holes) for line in said))
    else:
        yield Para(said.format_map(holes), "say" if kind == "say" else "body")


def sentences(lang: Language) -> tuple[str, ...]:
    """Every text of guide.yaml in one language, holes and all: what proofreading and tests look at."""
    found: list[str] = []
    for section in read("guide.yaml")["sections"]:
        found.append(section["title"][lang])
        for block in section["blocks"]:
            ((_, texts),) = block.items()
            found += texts[lang] if isinstance(texts[lang], list) else [texts[lang]]
    return tuple(re.sub(r"\s+", " ", text) for text in found)
