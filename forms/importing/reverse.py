"""XPath -> a condition of ours, where our grammar can say the very same; None where it cannot.

Imports condition and expression.  Nothing is guessed: what is not surely the same stays XPath.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from ..condition import Both, Chose, Compare, Condition, Either, Not, Operator
from ..expression import Token, tokens

_NAME = re.compile(r"(?!(?:and|or|not)$)[a-z_][a-z0-9_]*")
_CODE = re.compile(r"[\w.\-]+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_OPERATORS = ("=", "!=", "<", "<=", ">", ">=")
Numeric = Callable[[str], bool]


class _OtherError(Exception):
    """This XPath says something that the grammar has no words for."""


def condition_of(text: str, counts: Numeric) -> Condition | None:
    """The condition that an XPath says.

    counts: whether the answer of a question (`.` for the answer itself) is a whole number, or a code that is one, so that
    comparing it as a number and as text is the same.
    """
    found = tokens(text)
    if found is None:
        return None
    try:
        tree, rest = _Reader(counts).either(found)
    except _OtherError:
        return None
    return None if rest else tree


class _Reader:
    def __init__(self, counts: Numeric) -> None:
        self._counts = counts

    def either(self, ahead: Sequence[Token]) -> tuple[Condition, Sequence[Token]]:
        found, ahead = self._joined(ahead, "or", self.both)
        return (found[0] if len(found) == 1 else Either(tuple(found))), ahead

    def both(self, ahead: Sequence[Token]) -> tuple[Condition, Sequence[Token]]:
        found, ahead = self._joined(ahead, "and", self.term)
        return (found[0] if len(found) == 1 else Both(tuple(found))), ahead

    def _joined(
        self, ahead: Sequence[Token], word: str, part: Callable[[Sequence[Token]], tuple[Condition, Sequence[Token]]]
    ) -> tuple[list[Condition], Sequence[Token]]:
        first, ahead = part(ahead)
        found = [first]
        while ahead and ahead[0] == ("name", word):
            following, ahead = part(ahead[1:])
            found.append(following)
        return found, ahead

    def term(self, ahead: Sequence[Token]) -> tuple[Condition, Sequence[Token]]:
        match [word for _, word in ahead[:6]]:
            case ["not", "(", *_]:
                inner, rest = self.either(ahead[2:])
                return Not(inner), _closed(rest)
            case ["(", *_]:
                inner, rest = self.either(ahead[1:])
                return inner, _closed(rest)
            case ["selected", "(", name, ",", value, ")"] if ahead[4][0] == "text":
                return Chose(_name(name), _code(value)), ahead[6:]
            case [left, op, right, *_] if op in _OPERATORS:
                return self._compared(left, op, ahead[2], ahead[3:], right)
            case _:
                raise _OtherError

    def _compared(
        self, left: str, op: str, right: Token, rest: Sequence[Token], word: str
    ) -> tuple[Condition, Sequence[Token]]:  # fmt: skip
        name = _name(left)
        if right == ("sign", "-") and rest and rest[0][0] == "number":
            right, rest = ("number", f"-{rest[0][1]}"), rest[1:]
        operator: Operator = op  # type: ignore[assignment]  # one of _OPERATORS, the caller saw to it
        if right[0] == "ref":
            return Compare(name, operator, _name(word), other=True), rest
        if right[0] == "number" and _NUMBER.fullmatch(right[1]) and (op not in ("=", "!=") or self._counts(name)):
            return Compare(name, operator, right[1]), rest
        if right[0] == "text":
            value = _code(right[1])
            number = _NUMBER.fullmatch(value) is not None
            if (op in ("=", "!=") and (not number or name != "." or self._counts(name))) or (number and op not in ("=", "!=")):
                return Compare(name, operator, value), rest
        raise _OtherError


def _name(word: str) -> str:
    name = word[2:-1] if word.startswith("${") else word
    if word != "." and (not word.startswith("${") or not _NAME.fullmatch(name)):
        raise _OtherError
    return name


def _code(quoted: str) -> str:
    value = quoted[1:-1]
    if not _CODE.fullmatch(value) or value in ("and", "or"):
        raise _OtherError
    return value


def _closed(rest: Sequence[Token]) -> Sequence[Token]:
    if not rest or rest[0][1] != ")":
        raise _OtherError
    return rest[1:]


def parts_of(text: str) -> list[str]:
    """The parts of «(a) and (b) and …» without their brackets; the text itself when it is not so made."""
    if not text.startswith("("):
        return [text]
    depth, cuts = 0, [-1]
    for at, character in enumerate(re.sub(r"'[^']*'|\"[^\"]*\"", lambda m: "x" * len(m.group()), text)):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and character == ")":
            cuts.append(at)
    found = [text[a + 1 : b + 1] for a, b in pairwise(cuts)]
    joined = [re.sub(r"^\s*and\s+", "", part) if n else part for n, part in enumerate(found)]
    whole = "".join(found) == text and all(p.startswith("(") and p.endswith(")") for p in joined)
    return [p[1:-1] for p in joined] if whole and len(joined) > 1 else [text]
