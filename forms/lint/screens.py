"""Does it fit a phone and a patient listener: lines on a 5-inch screen, syllables of a text, minutes of the longest way.

Imports the records of the room and the solver.  The model and its numbers are practice.yaml's; a screen is estimated, not drawn.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..condition import holds
from ..errors import Problem, problem
from ..question import FREE, HIDDEN, Question, Questionnaire
from .solve import Domain, Sheet, sheet_of
from .tables import table
from .texts import on_screen, sections

_FOLDED = ("minimal", "autocomplete")
_REFERENCE = re.compile(r"\$\{[^}]*\}")


def fits_a_phone(form: Questionnaire) -> Iterator[Problem]:
    """LINT-014: the text whole above its first two choices, the rest within two more screens."""
    if form.mode == "office":
        return
    model = table("practice")["screen"]
    for q in on_screen(form):
        text, whole = _heights(form, q, model)
        most = model["note"] if q.type == "note" else model["question"]
        if text > (most if q.type == "note" else model["text"]):
            yield problem(
                "LINT-014", q.place, expected=f"<= {most if q.type == 'note' else model['text']}", got=f"{text:.1f}", name=q.name
            )
        elif whole > most:
            yield problem("LINT-014", q.place, expected=f"<= {most}", got=f"{whole:.1f}", name=q.name)
    for section in sections(form):
        if section.appearance and "field-list" in section.appearance:
            shown = [i for i in section.items if isinstance(i, Question) and i.type not in HIDDEN]
            whole = sum(_heights(form, q, model)[1] for q in shown)
            if whole > model["group"]:
                yield problem("LINT-014", section.place, expected=f"<= {model['group']}", got=f"{whole:.1f}", name=section.name)


def _heights(form: Questionnaire, q: Question, model: Mapping[str, Any]) -> tuple[float, float]:
    """Screens that the text of a question takes, and the question with its choices; in the longer language."""
    found = []
    for lang in ("vi", "en"):
        label = q.label.vi if lang == "vi" else q.label.en
        hint = (q.hint.vi if lang == "vi" else q.hint.en) if q.hint else ""
        text = _lines(label, model["letters"]) * model["line"] + _lines(hint, model["letters"]) * model["hint_line"]
        rows = [c.label.vi if lang == "vi" else c.label.en for c in form.choices(q)]
        folded = q.file or any(word in _FOLDED for word in (q.appearance or "").split())
        each = [max(model["choice"], _lines(row, model["choice_letters"]) * model["line"] + 21) for row in rows]
        below = model["choice"] if folded or not rows else sum(each)
        found.append((text / model["height"], (text + (0 if q.type == "note" else below)) / model["height"]))
    return max(f[0] for f in found), max(f[1] for f in found)


def _lines(text: str, letters: int) -> int:
    """Lines of a text with whole words on each."""
    lines, used = 0, letters + 1
    for word in text.split():
        if used + 1 + len(word) > letters:
            lines, used = lines + 1, len(word)
        else:
            used += 1 + len(word)
    return lines


def readable(form: Questionnaire) -> Iterator[Problem]:
    """LINT-015: syllables of a question, a note, a hint."""
    limits = table("practice")["length"]
    for q in on_screen(form):
        kind = "note" if q.type == "note" else "ask"
        for where, text in ((kind, q.label.vi), ("hint", q.hint.vi if q.hint else "")):
            most = limits[where][form.mode]
            if _syllables(text) > most:
                yield problem(
                    "LINT-015", q.place, expected=f"<= {most}", got=_syllables(text), where="ask" if where == kind else where
                )


def _syllables(text: str) -> int:
    """Tiếng: Vietnamese writes each apart."""
    return len(re.findall(r"\w+", _REFERENCE.sub("x", text)))


def not_too_long(form: Questionnaire) -> Iterator[Problem]:
    """LINT-026: minutes of the longest of many ways through the form (drawn with a fixed seed)."""
    most = table("practice")["length"]["minutes"].get(form.mode)
    if most is None or not any(True for _ in on_screen(form)):
        return
    times = minutes(form)
    if max(times) > most:
        got = f"{max(times):.0f} (trung vị / median {sorted(times)[len(times) // 2]:.0f})"
        yield problem("LINT-026", "form.yaml", expected=f"<= {most}", got=got, name=form.id)


def minutes(form: Questionnaire) -> list[float]:
    """Minutes of ways through the form, as practice.yaml's pace has them."""
    rules = table("practice")["length"]
    sheet = sheet_of(form)
    counts = {s.name: s.repeat if s.repeat != FREE else "3" for s in sections(form) if s.repeat}
    inside = {q.name: path for path, q in form.questions()}
    draw = random.Random(1)  # noqa: S311  a fixed walk, nothing secret
    found = []
    domains = sheet.domains()
    for _ in range(int(rules["ways"])):
        answers = dict(_way(sheet, domains, draw))
        seconds = 0.0
        lists: set[str] = set()
        for name, one in sheet.asked.items():
            if one.question.type not in HIDDEN and all(holds(c, answers) for c in one.conditions):
                times = math.prod(_times(counts[s], answers) for s in inside[name] if s in counts)
                seconds += times * _seconds(form, one.question, rules, known=(one.question.list or "") in lists)
                lists.add(one.question.list or "")
        found.append(seconds / 60)
    return found


def _way(sheet: Sheet, domains: Mapping[str, Domain], draw: random.Random) -> Iterator[tuple[str, str]]:
    """One answer to each question that is asked; «yes» and the first answer are likelier, as they lead further in."""
    answers: dict[str, str] = {}
    for name, one in sheet.asked.items():
        asked = all(holds(c, answers) for c in one.conditions)
        values = [v for v in sheet.values(name, domains[name], answers) if v] if asked else []
        answers[name] = draw.choice([*values, *values[:1] * len(values)]) if values else ""
        yield name, answers[name]


def _times(count: str, answers: Mapping[str, str]) -> float:
    said = answers.get(count.strip()[2:-1], "3") if count.strip().startswith("${") else count
    return min(float(said), 5) if re.fullmatch(r"\d+(\.\d+)?", said) else 3


def _seconds(form: Questionnaire, q: Question, rules: Mapping[str, Any], *, known: bool) -> float:
    """Seconds of one question: what is read, once for each list of choices, then the answer."""
    heard = _syllables(q.label.vi)
    if q.read_out or form.mode == "self":
        heard += _syllables(q.hint.vi if q.hint else "")
        heard += 0 if known else sum(_syllables(c.label.vi) for c in form.choices(q))
    return 60 * heard / float(rules["pace"][form.mode]) + float(rules["answer"].get(q.type, 0))
