"""When a question is asked: a small tree, and its compilers to XPath, to words and to a truth value.

Standard library only.  Grammar (the whole of it):

    consent = yes and (age >= 18 or not language = vi) and chose(channels, tv)

A word on the right of a comparison is a code or a number; `.` on the left is the
answer itself (constraints); `${name}` on the right is another question's answer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, assert_never

Operator = Literal["=", "!=", "<", "<=", ">", ">="]
_TOKEN = re.compile(r"\s*(<=|>=|!=|=|<|>|\(|\)|,|\$\{[a-z0-9_]+\}|[\w.\-]+)")
_NAME = re.compile(r"\.|(?!(?:and|or|not)$)[a-z_][a-z0-9_]*")
_CODE = re.compile(r"[\w.\-]+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_WRITTEN = re.compile(r"-?\d+(\.\d+)?([eE]-?\d+)?")  # a number as the engine writes it
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_EPOCH = date(1970, 1, 1).toordinal()
_EQUAL = 1e-12  # JavaRosa's own tolerance
_WORDS_VI: Mapping[Operator, str] = {"=": "là", "!=": "khác", "<": "nhỏ hơn", "<=": "không quá", ">": "lớn hơn", ">=": "từ"}
_WORDS_EN: Mapping[Operator, str] = {"=": "is", "!=": "is not", "<": "below", "<=": "at most", ">": "above", ">=": "at least"}


@dataclass(frozen=True)
class Compare:
    """A question's answer against a code, a number or another question (`other`)."""

    name: str
    op: Operator
    value: str
    other: bool = False

    @property
    def numeric(self) -> bool:
        """True when the right side is a number and the comparison one of size."""
        return not self.other and self.op not in ("=", "!=") and re.fullmatch(r"-?\d+(\.\d+)?", self.value) is not None


@dataclass(frozen=True)
class Chose:
    """A select_multiple question has this choice ticked."""

    name: str
    value: str


@dataclass(frozen=True)
class Not:
    """The opposite."""

    of: Condition


@dataclass(frozen=True)
class Both:
    """All of these."""

    of: tuple[Condition, ...]


@dataclass(frozen=True)
class Either:
    """At least one of these."""

    of: tuple[Condition, ...]


Condition = Compare | Chose | Not | Both | Either


class ConditionError(ValueError):
    """The text is not a condition; the message says at which word."""


def parse(text: str) -> Condition:
    """Read a condition. ConditionError when the text is not one."""
    tokens: list[str] = []
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ConditionError(f"{text[at:].strip()!r}")
        tokens.append(match.group(1))
        at = match.end()
    tree, rest = _either(tokens)
    if rest:
        raise ConditionError(f"{' '.join(rest)!r}")
    return tree


def _join(
    tokens: list[str], word: str, part: Callable[[list[str]], tuple[Condition, list[str]]]
) -> tuple[list[Condition], list[str]]:
    first, rest = part(tokens)
    found = [first]
    while rest and rest[0] == word:
        following, rest = part(rest[1:])
        found.append(following)
    return found, rest


def _either(tokens: list[str]) -> tuple[Condition, list[str]]:
    found, rest = _join(tokens, "or", _both)
    return (found[0] if len(found) == 1 else Either(tuple(found))), rest


def _both(tokens: list[str]) -> tuple[Condition, list[str]]:
    found, rest = _join(tokens, "and", _term)
    return (found[0] if len(found) == 1 else Both(tuple(found))), rest


def _term(tokens: list[str]) -> tuple[Condition, list[str]]:
    match tokens:
        case ["not", *rest]:
            inner, rest = _term(rest)
            return Not(inner), rest
        case ["(", *rest]:
            inner, rest = _either(rest)
            if rest[:1] != [")"]:
                raise ConditionError("')' " + " ".join(rest))
            return inner, rest[1:]
        case ["chose", "(", name, ",", value, ")", *rest] if _NAME.fullmatch(name) and _CODE.fullmatch(value):
            return Chose(name, value), rest
        case [name, ("=" | "!=" | "<" | "<=" | ">" | ">=") as op, value, *rest] if _NAME.fullmatch(name):
            return _compared(name, op, value), rest
        case _:
            raise ConditionError(repr(" ".join(tokens)))


def _compared(name: str, op: Operator, value: str) -> Compare:
    if value.startswith("${"):
        return Compare(name, op, value[2:-1], other=True)
    if value in ("and", "or") or not (_NUMBER if op not in ("=", "!=") else _CODE).fullmatch(value):
        raise ConditionError(f"{name} {op} {value}")
    return Compare(name, op, value)


def names(tree: Condition) -> Iterator[str]:
    """Every question that the condition looks at (`.` left out)."""
    match tree:
        case Compare(name, _, value, other):
            yield from (n for n in (name, value if other else ".") if n != ".")
        case Chose(name, _):
            yield from (n for n in (name,) if n != ".")
        case Not(of):
            yield from names(of)
        case Both(of) | Either(of):
            for part in of:
                yield from names(part)
        case _:
            assert_never(tree)


def codes(tree: Condition) -> Iterator[tuple[str, str]]:
    """Every (question, code) pair that the condition compares by equality."""
    match tree:
        case Compare(name, op, value, other):
            if not other and op in ("=", "!=") and name != ".":
                yield name, value
        case Chose(name, value):
            yield from ((n, value) for n in (name,) if n != ".")
        case Not(of):
            yield from codes(of)
        case Both(of) | Either(of):
            for part in of:
                yield from codes(part)
        case _:
            assert_never(tree)


def xpath(tree: Condition) -> str:
    """The condition as the XPath of an XLSForm (`${name}` references)."""
    match tree:
        case Compare(name, op, value, other):
            left = "." if name == "." else f"${{{name}}}"
            if other:
                return f"{left} {op} ${{{value}}}"
            number = op not in ("=", "!=") or (name == "." and re.fullmatch(r"-?\d+(\.\d+)?", value) is not None)
            return f"{left} {op} {value}" if number else f"{left} {op} '{value}'"
        case Chose(name, value):
            return f"selected({'.' if name == '.' else f'${{{name}}}'}, '{value}')"
        case Not(of):
            return f"not({xpath(of)})"
        case Both(of):
            return " and ".join(f"({xpath(p)})" if isinstance(p, Either) else xpath(p) for p in of)
        case Either(of):
            return " or ".join(f"({xpath(p)})" if isinstance(p, Both) else xpath(p) for p in of)
        case _:
            assert_never(tree)


def holds(tree: Condition, answers: Mapping[str, str | None], itself: str | None = None) -> bool:
    """Whether the condition holds for one row of answers, as the engine would decide.

    An empty answer equals only the empty text and no number is above or below it.
    """
    match tree:
        case Compare(name, op, value, other):
            left = (itself if name == "." else answers.get(name)) or ""
            right = (answers.get(value) or "") if other else value
            return _compare(left, op, right)
        case Chose(name, value):
            return value in ((itself if name == "." else answers.get(name)) or "").split()
        case Not(of):
            return not holds(of, answers, itself)
        case Both(of):
            return all(holds(p, answers, itself) for p in of)
        case Either(of):
            return any(holds(p, answers, itself) for p in of)
        case _:
            assert_never(tree)


def _compare(left: str, op: Operator, right: str) -> bool:
    if op in ("=", "!="):
        return same(left, right) == (op == "=")
    a, b = size(left), size(right)
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op]


def same(left: str, right: str) -> bool:
    """Whether two answers are equal for the engine: as texts, or as numbers where one has a decimal point (1.0 is 1)."""
    return left == right or ("." in left + right and abs(size(left) - size(right)) < _EQUAL)


def size(text: str) -> float:
    """An answer as a number, the number of its day for a date; NaN (neither above nor below anything) for any other text."""
    if _WRITTEN.fullmatch(text):
        return float(text)
    return float(date.fromisoformat(text).toordinal() - _EPOCH) if _DAY.fullmatch(text) else math.nan


def words(tree: Condition, lang: Literal["vi", "en"], label: Callable[[str, str | None], str]) -> str:
    """The condition in words for the codebook.

    label: (question, None) -> its short name; (question, code) -> the choice's text.
    """
    table = _WORDS_VI if lang == "vi" else _WORDS_EN
    match tree:
        case Compare(name, op, value, other):
            right = label(value, None) if other else label(name, value)
            return f"{label(name, None)} {table[op]} «{right}»"
        case Chose(name, value):
            return f"{label(name, None)} {'có chọn' if lang == 'vi' else 'includes'} «{label(name, value)}»"
        case Not(of):
            return f"{'không phải' if lang == 'vi' else 'not'} ({words(of, lang, label)})"
        case Both(of):
            return (" và " if lang == "vi" else " and ").join(_bracketed(p, Either, lang, label) for p in of)
        case Either(of):
            return (" hoặc " if lang == "vi" else " or ").join(_bracketed(p, Both, lang, label) for p in of)
        case _:
            assert_never(tree)


def _bracketed(
    part: Condition, other: type[Both | Either], lang: Literal["vi", "en"], label: Callable[[str, str | None], str]
) -> str:
    """A part in words, in brackets where another joining word would run into it."""
    said = words(part, lang, label)
    return f"({said})" if isinstance(part, other) else said
