"""The small part of XPath that constraints and calculated fields use, worked out over one report's answers.

Standard library only.  Where a phone has its engine, a workbook has this: numbers, texts, days, comparisons, some functions.
Anything else is refused when the template is made (layout), not when a unit has filled it in.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

Value = str | float | bool | date
Node = tuple[str, tuple["Node", ...], str]
"""(kind, parts, text): kind is an operator, `call`, `name`, `column`, `text`, `number`, `itself` or `listed`."""
_LISTED = re.compile(r"instance\('units'\)/root/item\[\s*name\s*=\s*\$\{([a-z0-9_]+)\}\s*\]/([a-z_]+)")
_TOKEN = re.compile(
    r"\s*(instance\('units'\)/root/item\[\s*name\s*=\s*\$\{[a-z0-9_]+\}\s*\]/[a-z_]+"
    r"|'[^']*'|\"[^\"]*\"|\d+(?:\.\d+)?|\$\{[a-z0-9_]+\}|<=|>=|!=|[=<>()+*,]|-(?![a-z])|\.(?!\d)|[a-z][a-z0-9_-]*)"
)
_LEVELS: Sequence[tuple[str, ...]] = (("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "div", "mod"))


class XPathError(ValueError):
    """The expression holds something that is not worked out here; the message says what."""


@dataclass(frozen=True)
class Known:
    """What an expression may look at.  itself: the answer that `.` means; listed: column -> cell of the unit's row."""

    answers: Mapping[str, Value]
    itself: Value = ""
    listed: Mapping[str, str] = field(default_factory=dict)


def read(text: str) -> Node:
    """Read an expression.  XPathError when it is outside the part that is understood."""
    tokens: list[str] = []
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise XPathError(text[at:].strip()[:40])
        tokens.append(match.group(1))
        at = match.end()
    tree, rest = _level(tokens, 0)
    if rest:
        raise XPathError(" ".join(rest)[:40])
    return tree


def names(tree: Node) -> frozenset[str]:
    """Every question that the expression looks at."""
    kind, parts, text = tree
    own = {text} if kind == "name" else {text.partition("/")[0]} if kind == "listed" else set()
    return frozenset(own.union(*(names(p) for p in parts)))


def columns(tree: Node) -> frozenset[str]:
    """Every bare name of the expression: a column of the list that a filter looks through."""
    kind, parts, text = tree
    return frozenset(({text} if kind == "column" else set()).union(*(columns(p) for p in parts)))


def evaluate(tree: Node, known: Known) -> Value:
    """The value of an expression; a name without an answer is the empty text."""
    kind, parts, text = tree
    if not parts and kind != "call":
        return _leaf(kind, text, known)
    if kind == "call":
        return _called(text, parts, known)
    if kind in ("or", "and"):
        halves = (truth(evaluate(p, known)) for p in parts)
        return any(halves) if kind == "or" else all(halves)
    return _operated(kind, *(evaluate(p, known) for p in parts))


def _leaf(kind: str, text: str, known: Known) -> Value:
    name, _, column = text.partition("/")
    found: dict[str, Value] = {
        "text": text,
        "itself": known.itself,
        "name": known.answers.get(text, ""),
        "column": known.listed.get(text, ""),
        "listed": known.listed.get(column, "") if known.answers.get(name) else "",
    }
    return float(text) if kind == "number" else found[kind]


def truth(value: Value) -> bool:
    """As in XPath: zero, no number and the empty text are false."""
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return bool(value)


def number(value: Value) -> float:
    """As in XPath: NaN for a text that is no number; a day is its distance from 1970-01-01."""
    if isinstance(value, date):
        return float((value - date(1970, 1, 1)).days)
    try:
        return float(value)
    except ValueError:
        return math.nan


def text_of(value: Value) -> str:
    """As in XPath: whole numbers without a point, days as ISO."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else "NaN" if math.isnan(value) else format(value, ".12g")
    return value.isoformat() if isinstance(value, date) else value


# ---- reading


def _level(tokens: list[str], level: int) -> tuple[Node, list[str]]:
    if level == len(_LEVELS):
        return _unary(tokens)
    left, rest = _level(tokens, level + 1)
    while rest and rest[0] in _LEVELS[level]:
        right, after = _level(rest[1:], level + 1)
        left, rest = (rest[0], (left, right), ""), after
    return left, rest


def _unary(tokens: list[str]) -> tuple[Node, list[str]]:
    match tokens:
        case ["-", *rest]:
            inner, rest = _unary(rest)
            return ("-", (("number", (), "0"), inner), ""), rest
        case ["(", *rest]:
            inner, rest = _level(rest, 0)
            return inner, _expect(rest, ")")
        case [".", *rest]:
            return ("itself", (), ""), rest
        case [name, "(", *rest] if name in _FUNCTIONS or name in _LAZY:
            return _call(name, rest)
        case [token, *rest] if (leaf := _leaf_of(token)) and rest[:1] != ["("]:
            return leaf, rest
        case _:
            raise XPathError(" ".join(tokens)[:40])


def _leaf_of(token: str) -> Node | None:
    """A token that is a value by itself, None for any other."""
    if found := _LISTED.fullmatch(token):
        return "listed", (), f"{found.group(1)}/{found.group(2)}"
    if token[0] in "'\"":
        return "text", (), token[1:-1]
    if token.startswith("${"):
        return "name", (), token[2:-1]
    if token[0].isdigit():
        return "number", (), token
    column = re.fullmatch(r"[a-z][a-z0-9_]*", token) and token not in _WORDS
    return ("column", (), token) if column else None


def _expect(tokens: list[str], word: str) -> list[str]:
    if tokens[:1] != [word]:
        raise XPathError(f"{word} {' '.join(tokens)[:40]}")
    return tokens[1:]


def _call(name: str, rest: list[str]) -> tuple[Node, list[str]]:
    parts: list[Node] = []
    while rest[:1] != [")"]:
        part, rest = _level(rest, 0)
        parts.append(part)
        if rest[:1] != [")"]:
            rest = _expect(rest, ",")
    least, most = _TAKES[name]
    if not least <= len(parts) <= most:
        raise XPathError(f"{name}({len(parts)})")
    return ("call", tuple(parts), name), rest[1:]


# ---- working out


def _operated(kind: str, left: Value, right: Value) -> Value:
    if kind in ("=", "!="):
        same = _same(left, right)
        return same if kind == "=" else not same
    a, b = number(left), number(right)
    if kind in ("<", "<=", ">", ">="):
        return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[kind]
    if kind in ("div", "mod"):
        if b == 0 or math.isnan(b):
            return math.nan
        return a / b if kind == "div" else math.fmod(a, b)
    return {"+": a + b, "-": a - b, "*": a * b}[kind]


def _same(left: Value, right: Value) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return truth(left) == truth(right)
    if isinstance(left, float | date) or isinstance(right, float | date):
        return number(left) == number(right)
    return left == right


def _called(name: str, parts: Sequence[Node], known: Known) -> Value:
    if name == "if":
        return evaluate(parts[1 if truth(evaluate(parts[0], known)) else 2], known)
    return _FUNCTIONS[name](*(evaluate(p, known) for p in parts))


def _format_date(day: Value, pattern: Value) -> str:
    if not isinstance(day, date):
        return ""
    marks = {"%Y": f"{day.year:04d}", "%m": f"{day.month:02d}", "%d": f"{day.day:02d}", "%n": str(day.month), "%e": str(day.day)}
    return re.sub(r"%[Ymdne]", lambda m: marks[m.group()], text_of(pattern))


def _whole(value: Value) -> Value:
    found = number(value)
    return found if math.isnan(found) else float(math.trunc(found))


def _substr(value: Value, start: Value, end: Value = math.inf) -> str:
    whole, last = text_of(value), number(end)
    return whole[int(number(start)) : len(whole) if math.isinf(last) else int(last)]


def _days(value: Value) -> float:
    if isinstance(value, str):
        try:
            return number(date.fromisoformat(value[:10]))
        except ValueError:
            return math.nan
    return number(value)


def _round(value: Value) -> Value:
    found = number(value)
    return found if math.isnan(found) else float(math.floor(found + 0.5))


_WORDS = {word for level in _LEVELS for word in level}
_LAZY = {"if"}
_FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "not": lambda v: not truth(v),
    "concat": lambda *vs: "".join(text_of(v) for v in vs),
    "string-length": lambda v: float(len(text_of(v))),
    "contains": lambda v, part: text_of(part) in text_of(v),
    "starts-with": lambda v, part: text_of(v).startswith(text_of(part)),
    "substr": _substr,
    "regex": lambda v, pattern: re.fullmatch(text_of(pattern), text_of(v)) is not None,
    "number": number,
    "int": _whole,
    "string": text_of,
    "coalesce": lambda a, b: b if text_of(a) == "" else a,
    "selected": lambda v, code: text_of(code) in text_of(v).split(),
    "count-selected": lambda v: float(len(text_of(v).split())),
    "format-date": _format_date,
    "decimal-date-time": _days,
    "round": _round,
    "true": lambda: True,
    "false": lambda: False,
}
_TAKES: Mapping[str, tuple[int, int]] = {
    "if": (3, 3), "not": (1, 1), "concat": (0, 99), "string-length": (1, 1), "contains": (2, 2), "starts-with": (2, 2),
    "substr": (2, 3), "regex": (2, 2), "number": (1, 1), "int": (1, 1), "string": (1, 1), "coalesce": (2, 2), "selected": (2, 2),
    "count-selected": (1, 1), "format-date": (2, 2), "decimal-date-time": (1, 1), "round": (1, 1), "true": (0, 0),
    "false": (0, 0),
}  # fmt: skip
