"""XPath as a person writes it in YAML: is it an expression at all, which functions and which questions does it name?

Standard library only.  It reads the grammar of XPath 1.0 with `${name}`; what the values are is the engine's to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

FUNCTIONS = frozenset({
    "abs", "acos", "area", "asin", "atan", "atan2", "base64-decode", "boolean", "boolean-from-string", "checklist",
    "coalesce", "concat", "contains", "cos", "count", "count-non-empty", "count-selected", "current", "date", "date-time",
    "decimal-date-time", "decimal-time", "digest", "distance", "enclosed-area", "ends-with", "exp", "exp10",
    "extract-signed", "false", "format-date", "format-date-time", "geofence", "if", "indexed-repeat", "instance", "int",
    "join", "jr:choice-name", "log", "log10", "max", "min", "normalize-space", "not", "now", "number", "once", "pi",
    "position", "pow", "property", "pulldata", "random", "randomize", "regex", "round", "search", "selected", "selected-at",
    "sin", "sqrt", "starts-with", "string", "string-length", "substr", "substring-after", "substring-before", "sum", "tan",
    "today", "translate", "true", "uuid", "version", "weighted-checklist",
})  # fmt: skip
"""Functions of the XPath that ODK Collect and Web Forms run (docs.getodk.org, «Form operators and functions»)."""
_NODE_TESTS = frozenset({"node", "text", "comment", "processing-instruction"})
_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:(?P<text>'[^']*'|"[^"]*")|(?P<number>\d+(?:\.\d*)?|\.\d+)|(?P<ref>\$\{[^{}\s]+\})
    |(?P<name>[^\W\d][\w.\-]*(?:::?(?:[^\W\d][\w.\-]*|\*))?)|(?P<sign>//|/|\.\.|\.|@|!=|<=|>=|[()\[\],|+\-=<>*]))""",
    re.VERBOSE,
)
_AXES = frozenset({
    "ancestor", "ancestor-or-self", "attribute", "child", "descendant", "descendant-or-self", "following",
    "following-sibling", "namespace", "parent", "preceding", "preceding-sibling", "self",
})  # fmt: skip
Token = tuple[str, str]
_BINARY = frozenset({"=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "and", "or", "div", "mod"})
_REFERENCE = re.compile(r"\$\{([^{}]*)\}")


@dataclass(frozen=True)
class Fault:
    """Why a text is no expression, in both languages."""

    vi: str
    en: str


class _FaultError(ValueError):
    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.fault = Fault(vi, en)


def references(text: str) -> Iterator[str]:
    """The questions named as ${name}, each once, in order."""
    yield from dict.fromkeys(name.strip() for name in _REFERENCE.findall(text))


def functions(text: str) -> Iterator[str]:
    """The functions that an expression calls; nothing when it is no expression."""
    try:
        words = _tokens(text)
    except _FaultError:
        return
    for (kind, word), (_, following) in zip(words, [*words[1:], ("", "")], strict=True):
        if kind == "name" and following == "(" and word not in _NODE_TESTS:
            yield word


def fault(text: str) -> Fault | None:
    """What is wrong with an expression, None when it can be read and every function is known."""
    try:
        reader = _Reader(_tokens(text))
        reader.expression()
        reader.end()
    except _FaultError as error:
        return error.fault
    unknown = [name for name in functions(text) if name not in FUNCTIONS]
    return Fault(f"không có hàm «{unknown[0]}»", f"there is no function «{unknown[0]}»") if unknown else None


def tokens(text: str) -> list[Token] | None:
    """(kind, word) of an expression: text, number, ref, name or sign; None when it holds what is no word of XPath."""
    try:
        return _tokens(text)
    except _FaultError:
        return None


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise _lexical(text[at:].lstrip())
        kind = match.lastgroup or ""
        found.append((kind, match.group(kind)))
        at = match.end()
    return found


def _lexical(rest: str) -> _FaultError:
    if rest[0] in "'\"":
        return _FaultError(f"dấu nháy mở ở «{rest[:20]}» không có dấu đóng", f"the quote opened at «{rest[:20]}» is not closed")
    if rest[0] == "$":
        return _FaultError(f"«{rest[:20]}» phải là ${{tên_câu}}", f"«{rest[:20]}» must be ${{question_name}}")
    return _FaultError(f"không dùng được dấu «{rest[0]}»", f"the character «{rest[0]}» has no meaning here")


class _Reader:
    """Recursive descent over the tokens; it only checks."""

    def __init__(self, words: list[Token]) -> None:
        self._tokens, self._at, self._depth = words, 0, 0

    def _peek(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at][1] if at < len(self._tokens) else ""

    def _kind(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1][1]

    def _wanted(self) -> _FaultError:
        before = self._tokens[self._at - 1][1] if self._at else ""
        if self._at >= len(self._tokens):
            return _FaultError(f"thiếu phần đứng sau «{before}»", f"nothing follows «{before}»")
        if before:
            return _FaultError(f"sau «{before}» không thể là «{self._peek()}»", f"«{self._peek()}» cannot follow «{before}»")
        return _FaultError(f"không thể bắt đầu bằng «{self._peek()}»", f"it cannot begin with «{self._peek()}»")

    def end(self) -> None:
        if self._at < len(self._tokens):
            if self._peek() in (")", "]"):
                raise _FaultError(f"thừa ngoặc đóng «{self._peek()}»", f"the bracket «{self._peek()}» was never opened")
            raise self._wanted()

    def _close(self, opened: str, closing: str) -> None:
        if self._peek() != closing:
            if self._at >= len(self._tokens):
                raise _FaultError(f"ngoặc «{opened}» không được đóng", f"the bracket «{opened}» is not closed")
            raise self._wanted()
        self._take()

    def expression(self) -> None:
        self._depth += 1
        if self._depth > 200:
            raise _FaultError("quá nhiều lớp ngoặc", "too many nested brackets")
        self._operand()
        while self._peek() in _BINARY and self._kind() in ("sign", "name"):
            self._take()
            self._operand()
        self._depth -= 1

    def _operand(self) -> None:
        while self._peek() == "-" and self._kind() == "sign":
            self._take()
        self._path()
        while self._peek() == "|":
            self._take()
            self._path()

    def _path(self) -> None:
        if self._kind() in ("text", "number", "ref") or self._peek() == "(" or self._called():
            self._primary()
            self._predicates()
        elif self._peek() in ("/", "//"):
            if self._take() == "/" and not self._begins_step():
                return
            self._step()
        else:
            self._step()
        while self._peek() in ("/", "//"):
            self._take()
            self._step()

    def _called(self) -> bool:
        return self._kind() == "name" and self._peek(1) == "(" and self._peek() not in _NODE_TESTS

    def _primary(self) -> None:
        kind, word = self._kind(), self._take()
        if kind in ("text", "number", "ref"):
            return
        if word != "(":
            self._take()
            word += "("
        if word != "(" and self._peek() == ")":
            self._take()
            return
        self.expression()
        while word != "(" and self._peek() == ",":
            self._take()
            self.expression()
        self._close(word, ")")

    def _begins_step(self) -> bool:
        return self._kind() == "name" or self._peek() in (".", "..", "@", "*")

    def _step(self) -> None:
        if self._kind() == "ref" or self._peek() in (".", ".."):
            self._take()
        else:
            if self._peek() == "@":
                self._take()
            axis, _, named = self._peek().partition("::")
            if (self._kind() != "name" and axis != "*") or (named and axis not in _AXES):
                raise self._wanted()
            if self._take() in _NODE_TESTS and self._peek() == "(":
                self._take()
                self._close("(", ")")
        self._predicates()

    def _predicates(self) -> None:
        while self._peek() == "[":
            self._take()
            self.expression()
            self._close("[", "]")
