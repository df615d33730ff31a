"""A parser for the part of R that reference files use: text -> tokens -> a tree of calls, and back to text.

Standard library only.  In R everything that happens is a call, so four kinds of node are enough: numbers, strings, names
and calls (operators, indexing, braces, `if` and `function` are calls of the name that R itself gives them).
Source: "R Language Definition" 4.2, chapters 3 and 10 (operators and their order).
"""

from __future__ import annotations

import re
from dataclasses import dataclass


class RSyntaxError(ValueError):
    """Text that this parser cannot read, with the place."""


@dataclass(frozen=True)
class Num:
    """A number; `1L` too."""

    value: float


@dataclass(frozen=True)
class Str:
    """A quoted text."""

    value: str


@dataclass(frozen=True)
class Name:
    """A symbol, back-quoted or not; TRUE, NULL, NA, Inf and NaN are symbols with a value."""

    id: str


@dataclass(frozen=True)
class Arg:
    """One argument of a call; value None is an empty place, as in x[rows, ]."""

    name: str | None
    value: Node | None


@dataclass(frozen=True)
class Call:
    """function(args); an operator is a call of its own name."""

    function: Node
    args: tuple[Arg, ...]

    @property
    def name(self) -> str:
        """The function's name, '' when it is computed; package::name without its package."""
        if isinstance(self.function, Name):
            return self.function.id
        if isinstance(self.function, Call) and self.function.name in ("::", ":::"):
            last = self.function.args[1].value
            return last.id if isinstance(last, Name) else ""
        return ""


Node = Num | Str | Name | Call


@dataclass(frozen=True)
class Token:
    """kind: num, str, name, op, line (end of a line or `;`), end."""

    kind: str
    text: str
    at: int


TOKEN = re.compile(
    r"(?P<skip>[ \t\r]+|\#[^\n]*)"
    r"|(?P<num>0[xX][0-9a-fA-F]+L?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?L?)"
    r"|(?P<str>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    r"|(?P<tick>`[^`]*`)"
    r"|(?P<name>(?:[^\W\d_]|\.(?!\d))[\w.]*)"
    r"|(?P<line>[\n;])"
    r"|(?P<op>%[^%\n]*%|<<-|:::|->>|\|>|<-|->|<=|>=|==|!=|&&|\|\||::|\[\[|[-+*/^<>=!&|~?:$@(){}\[\],\\])"
)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
OPEN = {"(": ")", "[": "]", "[[": "]]", "{": "}"}
# left binding power, right binding power
INFIX = {
    "?": (1, 2), "=": (4, 3), "<-": (6, 5), "<<-": (6, 5), "->": (7, 8), "->>": (7, 8), "~": (9, 10), "||": (11, 12),
    "|": (11, 12), "&&": (13, 14), "&": (13, 14), "==": (17, 18), "!=": (17, 18), "<": (17, 18), ">": (17, 18),
    "<=": (17, 18), ">=": (17, 18), "+": (19, 20), "-": (19, 20), "*": (21, 22), "/": (21, 22), "|>": (23, 24),
    ":": (25, 26), "^": (30, 29), "**": (30, 29), "$": (38, 39), "@": (38, 39), "::": (40, 41), ":::": (40, 41),
}  # fmt: skip
PREFIX = {"-": 27, "+": 27, "!": 15, "~": 10, "?": 2}
POSTFIX = 37
WORDS = ("if", "for", "while", "function", "repeat")


def tokens(text: str) -> list[Token]:
    """All tokens; ends of lines inside ( and [ are left out, as R does."""
    found: list[Token] = []
    inside: list[str] = []
    at = 0
    while at < len(text):
        hit = TOKEN.match(text, at)
        if hit is None:
            raise RSyntaxError(f"character {text[at]!r} at {at}: {text[max(0, at - 20) : at + 20]}")
        kind, part, at = str(hit.lastgroup), hit.group(), hit.end()
        if kind == "skip":
            continue
        if kind == "op":
            if part == "]" and inside[-1:] == ["[["] and text[at : at + 1] == "]":
                part, at = "]]", at + 1
            if part in OPEN:
                inside.append(part)
            elif part in OPEN.values() and (not inside or OPEN[inside.pop()] != part):
                raise RSyntaxError(f"unmatched {part} at {hit.start()}")
        if kind == "line" and part == "\n" and inside and inside[-1] != "{":
            continue
        if kind == "tick":
            kind, part = "name", part[1:-1]
            found.append(Token("tick", part, hit.start()))
            continue
        found.append(Token(kind, part, hit.start()))
    if inside:
        raise RSyntaxError(f"{inside[-1]} is never closed")
    return [*found, Token("end", "", len(text))]


def parse(text: str) -> tuple[Node, ...]:
    """The expressions of a program, one after the other.  RSyntaxError when it is not R as we know it."""
    parser = _Parser(tokens(text))
    found: list[Node] = []
    parser.lines()
    while parser.peek.kind != "end":
        found.append(parser.expression(0))
        if parser.peek.kind not in ("line", "end"):
            raise RSyntaxError(f"unexpected {parser.peek.text!r} at {parser.peek.at}")
        parser.lines()
    return tuple(found)


def parse_one(text: str) -> Node:
    """The one expression that a text holds."""
    found = parse(text)
    if len(found) != 1:
        raise RSyntaxError(f"{len(found)} expressions where one was expected")
    return found[0]


def call(name: str, *args: Node | None) -> Call:
    """A call by name without argument names."""
    return Call(Name(name), tuple(Arg(None, a) for a in args))


class _Parser:
    """Precedence climbing (Pratt) over the tokens."""

    def __init__(self, found: list[Token]) -> None:
        self.found = found
        self.at = 0

    @property
    def peek(self) -> Token:
        return self.found[self.at]

    def next(self) -> Token:
        self.at += 1
        return self.found[self.at - 1]

    def take(self, text: str) -> None:
        if self.peek.kind != "op" or self.peek.text != text:
            raise RSyntaxError(f"expected {text} at {self.peek.at}, found {self.peek.text!r}")
        self.at += 1

    def lines(self) -> None:
        while self.peek.kind == "line":
            self.at += 1

    def expression(self, least: int) -> Node:
        left = self.prefix()
        while self.peek.kind == "op":
            text = self.peek.text
            if text in ("(", "[", "[["):
                if least > POSTFIX:
                    break
                self.at += 1
                args = self.arguments(OPEN[text])
                left = Call(left, args) if text == "(" else Call(Name(text), (Arg(None, left), *args))
                continue
            power = (23, 24) if text.startswith("%") else INFIX.get(text)
            if text == "*" and self.found[self.at + 1].text == "*" and self.found[self.at + 1].at == self.peek.at + 1:
                self.at += 1
                text, power = "^", INFIX["^"]
            if power is None or power[0] < least:
                break
            self.at += 1
            self.lines()
            left = _infix(text, left, self.expression(power[1]))
        return left

    def prefix(self) -> Node:
        token = self.next()
        if token.kind == "num":
            return Num(
                float(int(token.text.rstrip("L"), 16)) if token.text[:2].lower() == "0x" else float(token.text.rstrip("L"))
            )
        if token.kind == "str":
            return Str(re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), token.text[1:-1], flags=re.DOTALL))
        if token.kind == "tick":
            return Name(token.text)
        if token.kind == "name":
            return self.word(token.text)
        if token.kind == "op" and token.text == "\\":
            return self.function()
        if token.kind == "op" and token.text in PREFIX:
            return call(token.text, self.expression(PREFIX[token.text]))
        if token.text == "(":
            inner = self.expression(0)
            self.take(")")
            return call("(", inner)
        if token.text == "{":
            return self.block()
        raise RSyntaxError(f"unexpected {token.text!r} at {token.at}")

    def word(self, text: str) -> Node:
        if text not in WORDS:
            return Name(text)
        if text == "function":
            return self.function()
        if text == "repeat":
            return call("repeat", self.expression(3))
        self.take("(")
        if text == "for":
            variable = Name(self.next().text)
            if self.next().text != "in":
                raise RSyntaxError("for without in")
            over = self.expression(0)
            self.take(")")
            return call("for", variable, over, self.expression(3))
        test = self.expression(0)
        self.take(")")
        self.lines()
        then = self.expression(3)
        back = self.at
        self.lines()
        if text == "if" and self.peek.kind == "name" and self.peek.text == "else":
            self.at += 1
            self.lines()
            return call("if", test, then, self.expression(3))
        self.at = back
        return call(text, test, then)

    def function(self) -> Node:
        self.take("(")
        parameters = self.arguments(")", parameters=True)
        self.lines()
        return Call(Name("function"), (*parameters, Arg(None, self.expression(3))))

    def block(self) -> Node:
        parts: list[Node] = []
        self.lines()
        while self.peek.text != "}" or self.peek.kind != "op":
            parts.append(self.expression(0))
            self.lines()
        self.take("}")
        return call("{", *parts)

    def arguments(self, end: str, *, parameters: bool = False) -> tuple[Arg, ...]:
        args: list[Arg] = []
        while True:
            if self.peek.kind == "op" and self.peek.text in (",", end):
                args.append(Arg(None, None))
            else:
                args.append(self.argument(parameters=parameters))
            if self.peek.kind == "op" and self.peek.text == end:
                self.at += 1
                empty = Arg(None, None)
                return () if args == [empty] else tuple(args)
            self.take(",")

    def argument(self, *, parameters: bool) -> Arg:
        token, after = self.peek, self.found[self.at + 1]
        named = token.kind in ("name", "tick", "str") and after.kind == "op" and after.text == "="
        if named:
            name = token.text[1:-1] if token.kind == "str" else token.text
            self.at += 2
            empty = self.peek.kind == "op" and self.peek.text in (",", ")", "]", "]]")
            return Arg(name, None if empty else self.expression(5))
        if parameters:
            return Arg(self.next().text, None)
        return Arg(None, self.expression(5))


def _infix(text: str, left: Node, right: Node) -> Node:
    if text in ("->", "->>"):
        return call("<-", right, left)
    if text in ("=", "<<-"):
        return call("<-", left, right)
    if text == "|>" and isinstance(right, Call):
        return Call(right.function, (Arg(None, left), *right.args))
    return call(text, left, right)


def words_in(node: Node | None) -> set[str]:
    """All names, argument names and strings of an expression."""
    if isinstance(node, (Name, Str)):
        return {node.id if isinstance(node, Name) else node.value}
    found: set[str] = set()
    if isinstance(node, Call):
        found = words_in(node.function)
        for arg in node.args:
            found |= words_in(arg.value) | ({arg.name} if arg.name else set())
    return found


TIGHT = ("^", ":", "$", "@", "::", ":::")
SYNTACTIC = re.compile(r"(?:[^\W\d_]|\.(?!\d))[\w.]*\Z")


def deparse(node: Node | None) -> str:
    """The text that R's own deparse() gives, as far as names of terms need it."""
    if node is None:
        return ""
    if isinstance(node, Num):
        return _number(node.value)
    if isinstance(node, Str):
        return '"' + node.value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(node, Name):
        return node.id if SYNTACTIC.match(node.id) else f"`{node.id}`"
    name, args = node.name, [deparse(a.value) if a.name is None else f"{a.name} = {deparse(a.value)}" for a in node.args]
    if name == "(":
        return f"({args[0]})"
    if name in PREFIX and len(args) == 1:
        return name + args[0]
    if len(args) == 2 and (name in INFIX or name.startswith("%")):
        between = name if name in TIGHT else f" {name} "
        return between.join(args)
    if name in ("[", "[["):
        return args[0] + name + ", ".join(args[1:]) + OPEN[name]
    return deparse(node.function) + "(" + ", ".join(args) + ")"


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        whole = str(int(value))
        short = f"{value:.0e}".replace("e+0", "e+0") if abs(value) >= 1e5 else whole
        return short if len(short) < len(whole) and float(short) == value else whole
    return f"{value:.15g}"
