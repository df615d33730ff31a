"""What pyxform and ODK Validate let pass in silence and an engine then does otherwise than its author thinks.

Imports the records of the room, expression and the solver.  Each rule: a form in, findings out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import chain

from ..condition import Compare, Condition, Not
from ..errors import Problem, problem
from ..expression import functions, references
from ..question import FREE, HIDDEN, Question, Questionnaire, Section
from .solve import comparisons, sheet_of
from .tables import table
from .texts import conditioned, expressions, sections, texts

_BARE_DAY = re.compile(r"decimal-date-time\(\s*(\.|\$\{[a-z0-9_]+\})\s*\)")
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
_INVISIBLE = re.compile(r"[\u00a0\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff\x00-\x08\x0b-\x1f]")
_COUNT = re.compile(r"\$\{([^{}\s]+)\}")
_PARAMETER = re.compile(r"([\w-]+)\s*=\s*(\S+)")
_RANDOM = re.compile(r"\b(random|uuid)\s*\(")
_ARITHMETIC = r"(?:[-+*<>]|<=|>=|\bdiv\b|\bmod\b)"


def known_appearances(form: Questionnaire) -> Iterator[Problem]:
    """LINT-001: an appearance nobody knows is passed over in silence, by the converter and by the phone."""
    from difflib import get_close_matches

    every = table("appearances")
    items: list[tuple[str, str, str | None]] = [(q.type, q.place, q.appearance) for _, q in form.questions()]
    items += [("repeat" if s.repeat else "group", s.place, s.appearance) for s in sections(form)]
    for kind, place, appearance in items:
        allowed = [*every.get(kind, ()), *every["all"]]
        for word in _words(appearance or ""):
            if not any(word == a or (a.endswith("*") and word.startswith(a[:-1])) for a in allowed):
                near = get_close_matches(word, allowed, 1)
                expected = ", ".join([*near, *(a for a in allowed if a not in near and not re.fullmatch(r"w\d+", a))])
                yield problem("LINT-001", place, expected=expected, got=word, type=kind)


def _words(appearance: str) -> Iterator[str]:
    """The words of an appearance; what stands in brackets belongs to the word before them."""
    return (m.group() for m in re.finditer(r"[^\s(]+(?:\([^)]*\)?)?", appearance))


def plain_characters(form: Questionnaire) -> Iterator[Problem]:
    """LINT-002: a character that only looks like a quote, a dash or a space, in an expression, a code or unseen in a text."""
    for e in expressions(form):
        odd = [c for c in e.text if _odd(c)]
        if odd:
            yield problem("LINT-002", e.place, expected="' \" - và dấu cách / and space", got=_names_of(odd), where=e.where)
    for name, found in form.lists.items():
        for code in (c.code for c in found.choices):
            if any(_odd(c) for c in code):
                place = f"{found.places.get(code, 'lists.yaml')} ({name}.{code})"
                yield problem("LINT-002", place, expected="a-z 0-9 _", got=_names_of(code), where=code)
    for text in texts(form):
        hidden = _INVISIBLE.findall(text.label.vi + text.label.en)
        if hidden:
            yield problem(
                "LINT-002", text.place, expected="dấu cách thường / a plain space", got=_names_of(hidden), where=text.where
            )


def _odd(character: str) -> bool:
    if character.isascii():
        return bool(_INVISIBLE.match(character))
    return not unicodedata.name(character, "").startswith(("LATIN", "COMBINING"))


def _names_of(characters: str | list[str]) -> str:
    odd = dict.fromkeys(c for c in characters if _odd(c))
    return ", ".join(f"{c if c.isprintable() else ' '} U+{ord(c):04X}" for c in odd)


def fitting_parameters(form: Questionnaire) -> Iterator[Problem]:
    """LINT-005: a range or a parameter at a type that has none; parameters that need each other; a seed not whole."""
    rules = table("parameters")
    numbers = {q.name for _, q in form.questions() if q.type == "integer" or q.value_type == "int"}
    for _, q in form.questions():
        if q.range and q.type not in ("integer", "decimal"):
            yield problem("LINT-005", q.place, expected="integer, decimal", got=f"range: {q.type}", what="range")
        given = dict(_PARAMETER.findall(q.parameters))
        allowed = rules["types"].get(q.type, [])
        for name in given:
            if name not in allowed:
                yield problem("LINT-005", q.place, expected=", ".join(allowed) or "-", got=name, what=name)
        together = rules["together"].get(q.type, [])
        if 0 < len(set(together) & given.keys()) < len(together):
            missing = ", ".join(n for n in together if n not in given)
            yield problem("LINT-005", q.place, expected=", ".join(together), got=f"- {missing}", what=missing)
        seed = next(references(given.get("seed", "")), None)
        if seed and seed not in numbers:
            yield problem("LINT-005", q.place, expected="value_type: int", got=f"seed=${{{seed}}}", what="seed")


def once_outermost(form: Questionnaire) -> Iterator[Problem]:
    """LINT-006: `once()` keeps a value only as the outermost call, and only it keeps a random number from changing."""
    for e in expressions(form):
        bare = _LITERAL.sub("''", " ".join(e.text.split()))
        outermost = bare.startswith("once(") and _closing(bare, 4) == len(bare) - 1
        again = "once(" in (bare[5:] if outermost else bare)
        if again or (_RANDOM.search(bare) and not outermost):
            yield problem("LINT-006", e.place, expected="once(int(random() * 1000000))", got=e.text, where=e.where)


def _closing(text: str, at: int) -> int:
    """Where the bracket that opens at `at` closes, -1 when it does not."""
    depth = 0
    for place in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return -1


def no_ghost_repeats(form: Questionnaire) -> Iterator[Problem]:
    """LINT-007: a repeat counted 0 leaves one empty row in Collect, unless its own condition keeps it out."""
    sheet = sheet_of(form)
    for section, conditions in conditioned(form):
        if section.repeat in (None, FREE) or re.fullmatch(r"[1-9]\d*", (section.repeat or "").strip()):
            continue
        count = _COUNT.fullmatch((section.repeat or "").strip())
        if count and count.group(1) in sheet.asked and not section.relevant:
            none = Not(Compare(count.group(1), ">", "0"))
            ghost = sheet.possible([*conditions, none]) is not False
        else:
            ghost = not section.only_if and not section.relevant
        if ghost:
            expected = f"only_if: {count.group(1) if count else '…'} > 0"
            yield problem("LINT-007", section.place, expected=expected, got=f"repeat: {section.repeat}", name=section.name)


def typed_numbers(form: Questionnaire) -> Iterator[Problem]:
    """LINT-008: a calculation is text in every table unless `value_type` says otherwise; one used as a number must say so."""
    used = {n for tree in _trees(form) for c in comparisons(tree) if isinstance(c, Compare) and c.numeric for n in [c.name]}
    for section in sections(form):
        used |= set(references(section.repeat or ""))
    for e in expressions(form):
        bare = _LITERAL.sub("''", e.text)
        for name in references(bare):
            ref = re.escape(f"${{{name}}}")
            if re.search(rf"{ref}\s*{_ARITHMETIC}|{_ARITHMETIC}\s*{ref}", bare):
                used.add(name)
    for _, q in form.questions():
        if q.type == "calculate" and q.name in used and q.value_type in ("string", "date"):
            yield problem(
                "LINT-008", q.place, expected="value_type: int | decimal", got=f"value_type: {q.value_type}", name=q.name
            )


def _trees(form: Questionnaire) -> Iterator[Condition]:
    holders: chain[Section | Question] = chain(sections(form), (q for _, q in form.questions()))
    for item in holders:
        if item.only_if:
            yield item.only_if
        if isinstance(item, Question) and item.must:
            yield item.must


def own_lookups(form: Questionnaire) -> Iterator[Problem]:
    """LINT-009: search() and pulldata() are Collect's own; no other engine, and no rehearsal, can run them."""
    for e in expressions(form):
        for name in functions(e.text):
            if name in ("search", "pulldata"):
                yield problem("LINT-009", e.place, expected="instance('…')/root/item[name = ${…}]/…", got=f"{name}()", name=name)
    for _, q in form.questions():
        if q.appearance and "search(" in q.appearance:
            yield problem("LINT-009", q.place, expected="file: ….csv", got=q.appearance, name="search")


def same_in_both_engines(form: Questionnaire) -> Iterator[Problem]:
    """LINT-027: decimal-date-time() of a question: Collect takes it, ODK Web Forms 0.22 breaks; of a text both take it."""
    for e in expressions(form):
        for node in _BARE_DAY.findall(_LITERAL.sub("''", e.text)):
            expected = f"decimal-date-time(string({node}))"
            yield problem("LINT-027", e.place, expected=expected, got=f"decimal-date-time({node})", where=e.where)


def nothing_required_of_nobody(form: Questionnaire) -> Iterator[Problem]:
    """LINT-021: a note or a hidden field that is `required` can hold an interview up and asks nothing."""
    for _, q in form.questions():
        if q.required and (q.type in HIDDEN or q.type == "note"):
            yield problem("LINT-021", q.place, expected="required: false", got=f"{q.type}, required: true", type=q.type)
