"""Which texts are worth giving at a question: what its type, range, choices and conditions let through or stop.

Imports the records of this room only.  It guesses; the engine decides, and where both judge, they are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

from ..condition import Both, Chose, Compare, Condition, Either, Not, holds, names
from ..question import Choice, ChoiceList, Question, Questionnaire

Part = Literal["low", "high", "must", "own", "sum", "alone"]
"""What may stop an answer: the ends of its range, `must`, an XPath of its own, a sum, a choice that stands alone."""
Given = Mapping[str, str]
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_WHOLE: Sequence[str] = ("1", "0", "2", "10", "100", "1000", "-1")
_TEXTS: Sequence[str] = ("x", "Xa 1", "12/KH-UBND", "0", "123456789", "a b", "https://example.org/a", "x" * 300, "x" * 20_001)
_CLOCK = "09:30:00.000+07:00"
_POINT = "14.6 108.5 0 5"


def parts_of(form: Questionnaire, q: Question) -> tuple[Part, ...]:
    """The parts of a question's constraint, in the order in which the form joins them."""
    found: list[Part] = ["low", "high"] if q.range else []
    found += ["must"] if q.must else []
    found += ["own"] if q.constraint else []
    found += ["sum"] if q.sum_of else []
    if q.type == "select_multiple" and q.list and exclusive(form.lists[q.list]):
        found.append("alone")
    return tuple(found)


def exclusive(found: ChoiceList) -> tuple[str, ...]:
    """Choices that no other choice may stand beside: every no-answer, and the code `none` (as the builder writes them)."""
    return tuple(c.code for c in found.choices if c.why or c.code == "none")


def broken(form: Questionnaire, q: Question, text: str, given: Given) -> frozenset[Part]:
    """The parts that a text breaks, as the records of this room judge it (an XPath of its own is the engine's to judge)."""
    if not text:
        return frozenset()
    found: set[Part] = set()
    if q.range and not text_at_least(text, q.range[0]):
        found.add("low")
    if q.range and text_at_least(text, q.range[1]) and float(text) != q.range[1]:
        found.add("high")
    if q.must and not holds(q.must, {**given, q.name: text}, text):
        found.add("must")
    if q.sum_of and not _adds_up(text, [given.get(name) or "0" for name in q.sum_of]):
        found.add("sum")
    if q.type == "select_multiple" and q.list and len(text.split()) > 1:
        found |= {"alone"} if set(exclusive(form.lists[q.list])) & set(text.split()) else set()
    return frozenset(found)


def text_at_least(text: str, low: float) -> bool:
    """Whether a text is a number that is not below `low`."""
    return _NUMBER.fullmatch(text) is not None and float(text) >= low


def _adds_up(text: str, parts: Iterable[str]) -> bool:
    return _NUMBER.fullmatch(text) is not None and abs(float(text) - sum(float(p) for p in parts)) < 1e-9


def constants(tree: Condition | None) -> Iterator[tuple[str, str]]:
    """Every (name, constant) that a condition compares; the answer itself is `.`."""
    match tree:
        case Compare(name, _, value, other):
            yield from () if other else ((name, value),)
        case Chose(name, value):
            yield name, value
        case Not(of):
            yield from constants(of)
        case Both(of) | Either(of):
            for part in of:
                yield from constants(part)
        case _:
            return


def candidates(q: Question, given: Given, day: date, choices: Sequence[Choice] = ()) -> Iterator[str]:
    """Texts to try at a question that nobody has an answer for, the likeliest first; each once."""
    yield from dict.fromkeys(_candidates(q, given, day, choices))


def _candidates(q: Question, given: Given, day: date, choices: Sequence[Choice]) -> Iterator[str]:
    others = [given[name] for name in looked_at(q) if given.get(name)]
    said = [value for _, value in constants(q.must)]
    if q.sum_of:
        yield _plain(sum(float(given.get(name) or 0) for name in q.sum_of))
    if q.type in ("select_one", "select_multiple"):
        codes = [c.code for c in choices]
        yield from codes
        if q.type == "select_multiple":
            plain = [c.code for c in choices if not c.why and c.code != "none"]
            yield from (" ".join(plain[:size]) for size in range(2, len(plain) + 1))
            yield from (f"{a} {b}" for i, a in enumerate(codes) for b in codes[i + 1 :])
    elif q.type in ("integer", "decimal"):
        yield from _numbers(q, [*others, *said])
    elif q.type in ("date", "today"):
        yield from _days([*others, *said], day)
    else:
        yield from {"time": (_CLOCK,), "geopoint": (_POINT,), "image": ("anh.jpg",), "audio": ("ghi-am.m4a",)}.get(q.type, ())
        yield from (*others, *said, *_TEXTS) if q.type == "text" else ()


def looked_at(q: Question) -> list[str]:
    """The other questions that a question's constraint compares its answer with."""
    raw = re.findall(r"\$\{([a-z0-9_]+)\}", q.constraint or "")
    return [*(names(q.must) if q.must else ()), *raw, *q.sum_of]


def _numbers(q: Question, seen: Sequence[str]) -> Iterator[str]:
    low, high = q.range or (None, None)
    near = [v + step for v in (float(text) for text in seen if _NUMBER.fullmatch(text)) for step in (0, -1, 1)]
    for value in (low, high, *near, (low or 0) + 1, *(float(text) for text in _WHOLE)):
        if value is not None and (low is None or value >= low) and (high is None or value <= high):
            yield _plain(value)


def _plain(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _days(seen: Sequence[str], day: date) -> Iterator[str]:
    known = []
    for text in seen:
        try:
            known.append(date.fromisoformat(text[:10]))
        except ValueError:
            continue
    for one in (day, *known):
        yield from ((one + timedelta(days=step)).isoformat() for step in (0, -1, 1, -30, 30, -400, 400))
    yield from ((day + timedelta(days=step)).isoformat() for step in range(-900, 901, 15))


def breaking(form: Questionnaire, q: Question, part: Part, given: Given, day: date) -> Iterator[str]:
    """Texts that ought to be stopped by a part, best first: those that break nothing else."""
    if part in ("low", "high") and q.range:
        yield _plain(q.range[0] - 1 if part == "low" else q.range[1] + 1)
        return
    tried = list(dict.fromkeys((*candidates(q, given, day, form.choices(q)), *(_wild(q, given) if part != "own" else ()))))
    judged = [(text, broken(form, q, text, given)) for text in tried]
    if part == "own":
        yield from (text for text, parts in judged if not parts)
        return
    yield from (text for text, parts in judged if parts == {part})
    yield from (text for text, parts in judged if part in parts and len(parts) > 1)


def _wild(q: Question, given: Given) -> Iterator[str]:
    """Numbers far from anything: 3 and 10 times the values around."""
    if q.type in ("integer", "decimal"):
        seen = [float(given[n]) for n in looked_at(q) if _NUMBER.fullmatch(given.get(n) or "")]
        yield from (_plain(v) for x in (*seen, 0.0) for v in (x * 3 + 1, x - 7, x + 7, x * 10 + 1))
