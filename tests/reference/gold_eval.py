"""Evaluates R's trees: names, arithmetic with recycling, indexing, assignment, functions, control.

Imports the parser, the values, numpy and pandas.  Knows no statistics: what functions exist is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from gold_operators import ARITHMETIC, COMPARISON, operate, vector
from gold_r import Arg, Call, Name, Node, Num, Str, deparse
from gold_values import (
    CHR,
    LGL,
    Builtin,
    Closure,
    Env,
    Formula,
    Matrix,
    Quoted,
    RDesign,
    RError,
    RList,
    Unsupported,
    Vec,
    column,
    lgl,
    num,
    plain,
    scope,
    series,
    text,
)  # fmt: skip

CONSTANTS: Mapping[str, Any] = {
    "TRUE": lgl([1]), "FALSE": lgl([0]), "T": lgl([1]), "F": lgl([0]), "NULL": None, "NA": lgl([np.nan]), "NaN": num([np.nan]),
    "Inf": num([np.inf]), "pi": num([np.pi]), "NA_character_": text([None]), "NA_real_": num([np.nan]),
    "LETTERS": text([chr(65 + i) for i in range(26)]), "letters": text([chr(97 + i) for i in range(26)]),
}  # fmt: skip


class Return(Exception):
    """return(value) on its way out of a function."""

    def __init__(self, value: Any) -> None:
        super().__init__("return outside of a function")
        self.value = value


class Interpreter:
    """Evaluates nodes in environments.

    data_name, folder, tables: the file's name, its folder, its tables of replicate weights.  lonely, domain_lonely,
    ultimate: R's options for the call at hand; entry: the result it belongs to.  written: functions that the file defines.
    """

    def __init__(self) -> None:
        self.globals = Env()
        self.data_name = ""
        self.folder = Path()
        self.tables: Mapping[str, pd.DataFrame] = {}
        self.lonely = "fail"
        self.domain_lonely = False
        self.ultimate = False
        self.entry: Mapping[str, Any] = {}
        self.written: dict[str, Closure] = {}

    def value(self, node: Node | None, env: Env) -> Any:
        """The value of an expression."""
        if isinstance(node, Num):
            return num([node.value])
        if isinstance(node, Str):
            return text([node.value])
        if isinstance(node, Name):
            return CONSTANTS[node.id] if node.id in CONSTANTS and node.id not in env else env.find(node.id)
        if node is None:
            return None
        name = node.name
        control = CONTROL.get(name)
        if control is not None:
            return control(self, node, env)
        if name in ARITHMETIC or name in COMPARISON or name in ("&", "|", "!", ":", "%in%"):
            return operate(name, [self.value(a.value, env) for a in node.args])
        return self.call(node, env)

    def call(self, node: Call, env: Env) -> Any:
        """A call of a named or computed function."""
        function = env.find(node.name) if node.name else self.value(node.function, env)
        if isinstance(function, Builtin) and function.special:
            return function.function(self, node.args, env)
        given = [(a.name, self.value(a.value, env)) for a in node.args]
        return self.apply(function, given)

    def apply(self, function: Any, given: list[tuple[str | None, Any]]) -> Any:
        """A function with values for its arguments."""
        if isinstance(function, Builtin):
            found, rest = matched(function.formals, given)
            if rest and "..." not in function.formals:
                raise Unsupported(f"{function.name}: argument {rest[0][0] or 'without a name'}")
            more = {"dots": rest} if "..." in function.formals else {}
            return function.function(self, **{k.replace(".", "_"): v for k, v in found.items()}, **more)
        if isinstance(function, Closure):
            found, _ = matched(tuple(p for p, _ in function.parameters), given)
            local = Env(found, function.env)
            for name, default in function.parameters:
                if name not in found and default is not None:
                    local[name] = self.value(default, local)
            try:
                return self.value(function.body, local)
            except Return as back:
                return back.value
        raise RError("attempt to apply non-function")


def matched(formals: tuple[str, ...], given: list[tuple[str | None, Any]]) -> tuple[dict[str, Any], list[tuple[str | None, Any]]]:
    """R's matching of arguments: exact names, then unique beginnings of names before '...', then places."""
    found: dict[str, Any] = {}
    left: list[tuple[str | None, Any]] = []
    before = formals[: formals.index("...")] if "..." in formals else formals
    for name, value in given:
        if name is not None and name in formals:
            found[name] = value
            continue
        close = [f for f in before if name and f.startswith(name)]
        if len(close) == 1 and close[0] not in [n for n, _ in given]:
            found[close[0]] = value
            continue
        left.append((name, value))
    places = [f for f in before if f not in found]
    rest: list[tuple[str | None, Any]] = []
    for name, value in left:
        if name is None and places:
            found[places.pop(0)] = value
        else:
            rest.append((name, value))
    return found, rest


def index(value: Any, places: list[Any], *, single: bool = False) -> Any:
    """x[i], x[i, j], x[[i]]."""
    if isinstance(value, pd.DataFrame):
        return _frame_index(value, places, single=single)
    if isinstance(value, Matrix):
        rows, columns = (
            _at(p, n, names) for p, n, names in zip(places, value.data.shape, (value.rows, value.columns), strict=True)
        )
        part = value.data[np.ix_(rows, columns)]
        return num(part.ravel(order="F")) if 1 in part.shape else Matrix(part)
    if isinstance(value, RList):
        at = _at(places[0], len(value.data), value.names)
        if single:
            return value.data[int(at[0])]
        return RList(tuple(value.data[i] for i in at), None if value.names is None else tuple(value.names[i] for i in at))
    if isinstance(value, Vec):
        at = _at(places[0], len(value), value.names)
        return value.take(at)
    if isinstance(value, RDesign) and len(places) == 2 and places[1] is None and isinstance(places[0], Vec):
        held = np.zeros(len(value.frame), dtype=bool)
        at = np.flatnonzero(value.kept) if len(places[0]) == int(value.kept.sum()) else np.arange(len(value.frame))
        held[at[_at(places[0], len(at), None)]] = True
        return replace(value, mask=value.kept & held)
    raise Unsupported(f"indexing of {type(value).__name__}")


def _frame_index(frame: pd.DataFrame, places: list[Any], *, single: bool) -> Any:
    names = tuple(str(c) for c in frame.columns)
    if len(places) == 1:
        wanted = [names[i] for i in _at(places[0], len(names), names)]
        return column(frame, wanted[0]) if single else frame[wanted]
    rows = _at(places[0], len(frame), None)
    wanted = [names[i] for i in _at(places[1], len(names), names)]
    part = frame.iloc[rows][wanted].reset_index(drop=True)
    return column(part, wanted[0]) if places[1] is not None and len(wanted) == 1 else part


def _at(place: Any, size: int, names: tuple[str, ...] | None) -> np.ndarray:
    if place is None:
        return np.arange(size)
    vec = vector(place)
    if vec.kind == LGL:
        return np.flatnonzero(np.resize(vec.true(), size))
    if vec.kind == CHR:
        known = {n: i for i, n in reversed(list(enumerate(names or ())))}
        if any(v not in known for v in vec.data):
            raise RError("subscript out of bounds")
        return np.array([known[v] for v in vec.data], dtype=int)
    numbers = vec.data.astype(int)
    return np.setdiff1d(np.arange(size), -numbers - 1) if (numbers < 0).any() else numbers - 1


def member(value: Any, name: str) -> Any:
    """value$name."""
    if isinstance(value, pd.DataFrame):
        return column(value, name) if name in value.columns else None
    if isinstance(value, RList):
        return value.get(name)
    if isinstance(value, RDesign):
        return _design_member(value, name)
    found = getattr(value, "fields", {}).get(name)
    if found is None:
        raise Unsupported(f"${name} of {type(value).__name__}")
    return num(found)


def _design_member(value: RDesign, name: str) -> Any:
    if name == "variables":
        return value.frame.loc[value.kept].reset_index(drop=True)
    reps = value.design.replicates
    if reps is not None and name in ("scale", "rscales"):
        return num(getattr(reps, name))
    raise Unsupported(f"${name} of a survey design")


def _assign(self: Interpreter, node: Call, env: Env) -> Any:
    target, value = node.args[0].value, self.value(node.args[1].value, env)
    if isinstance(target, Str):
        target = Name(target.value)
    if isinstance(target, Name):
        if isinstance(value, Closure):
            self.written[target.id] = value
            if isinstance(env.known(target.id), Builtin):
                return value  # a function that the door has: ours is asked first, this one when it cannot
        env[target.id] = value
        return value
    if not isinstance(target, Call) or not isinstance(target.args[0].value, Name):
        raise Unsupported(f"assignment to {deparse(target)}")
    home = target.args[0].value.id
    env[home] = _changed(self, env.find(home), target, value, env)
    return value


def _changed(self: Interpreter, old: Any, target: Call, value: Any, env: Env) -> Any:
    if target.name in ("$", "[["):
        key = target.args[1].value
        name = key.id if isinstance(key, Name) and target.name == "$" else str(plain(self.value(key, env)))
        if isinstance(old, pd.DataFrame):
            return old.drop(columns=name) if value is None else old.assign(**{name: series(value, len(old))})
        names = [n for n in (old.names or ()) if n != name] if isinstance(old, RList) else []
        return RList((*(old.get(n) for n in names), value), (*names, name))
    if target.name == "names" and isinstance(old, Vec):
        return Vec(old.data, old.kind, tuple(str(t) for t in value.texts()), old.levels)
    if target.name in ("names", "colnames") and isinstance(old, pd.DataFrame):
        return old.set_axis([str(t) for t in value.texts()], axis=1)
    if target.name == "[" and isinstance(old, (pd.DataFrame, Vec)):
        return _replaced(self, old, target, value, env)
    raise Unsupported(f"assignment to {deparse(target)}")


def _replaced(self: Interpreter, old: Any, target: Call, value: Vec, env: Env) -> Any:
    places = [self.value(a.value, env) for a in target.args[1:]]
    if isinstance(old, Vec):
        values = old.data.copy()
        at = _at(places[0], len(old), old.names)
        values[at] = np.resize(value.data, len(at))
        return Vec(values, old.kind, old.names, old.levels)
    names = tuple(str(c) for c in old.columns)
    (which,) = _at(places[1], len(names), names)
    changed = old[names[which]].to_numpy(copy=True)
    at = _at(places[0], len(old), None)
    changed[at] = np.resize(value.data, len(at))
    return old.assign(**{names[which]: changed})


def _if(self: Interpreter, node: Call, env: Env) -> Any:
    test = self.value(node.args[0].value, env)
    if test.missing[0]:
        raise RError("missing value where TRUE/FALSE needed")
    if bool(test.data[0]):
        return self.value(node.args[1].value, env)
    return self.value(node.args[2].value, env) if len(node.args) > 2 else None


def _for(self: Interpreter, node: Call, env: Env) -> Any:
    name = node.args[0].value
    over = self.value(node.args[1].value, env)
    items = list(over.data) if isinstance(over, RList) else [over.take(np.array([i])) for i in range(len(over))]
    for item in items:
        env[name.id if isinstance(name, Name) else ""] = item
        self.value(node.args[2].value, env)


def _block(self: Interpreter, node: Call, env: Env) -> Any:
    last = None
    for arg in node.args:
        last = self.value(arg.value, env)
    return last


def _short(self: Interpreter, node: Call, env: Env) -> Any:
    decided = 0.0 if node.name == "&&" else 1.0
    left = self.value(node.args[0].value, env)
    if float(left.data[0]) == decided:
        return lgl([decided])
    return lgl([self.value(node.args[1].value, env).data[0]])


def _formula(_self: Interpreter, node: Call, env: Env) -> Any:
    last = node.args[-1].value
    if last is None:
        raise RError("a formula without a right side")
    return Formula(node.args[0].value if len(node.args) == 2 else None, last, env)


def _function(_self: Interpreter, node: Call, env: Env) -> Any:
    *parameters, body = node.args
    if body.value is None:
        raise RError("a function without a body")
    return Closure(tuple((str(p.name), p.value) for p in parameters), body.value, env)


def _return(self: Interpreter, node: Call, env: Env) -> Any:
    raise Return(self.value(node.args[0].value, env) if node.args else None)


def _dollar(self: Interpreter, node: Call, env: Env) -> Any:
    key = node.args[1].value
    return member(self.value(node.args[0].value, env), key.id if isinstance(key, Name) else str(plain(self.value(key, env))))


def _index(self: Interpreter, node: Call, env: Env) -> Any:
    named = [a for a in node.args[1:] if a.name != "drop"]
    return index(self.value(node.args[0].value, env), [self.value(a.value, env) for a in named], single=node.name == "[[")


def _quote(_self: Interpreter, node: Call, _env: Env) -> Any:
    if node.args[0].value is None:
        raise RError("nothing to quote")
    return Quoted(node.args[0].value)


def _paren(self: Interpreter, node: Call, env: Env) -> Any:
    return self.value(node.args[0].value, env)


def _package(self: Interpreter, node: Call, env: Env) -> Any:
    return self.value(node.args[1].value, env)


CONTROL: Mapping[str, Callable[[Interpreter, Call, Env], Any]] = {
    "<-": _assign, "if": _if, "for": _for, "{": _block, "&&": _short, "||": _short, "~": _formula, "function": _function,
    "return": _return, "$": _dollar, "[": _index, "[[": _index, "quote": _quote, "(": _paren, "::": _package, ":::": _package,
}  # fmt: skip


def within(self: Interpreter, frame: pd.DataFrame, args: tuple[Arg, ...], env: Env) -> pd.DataFrame:
    """New or changed columns, each seeing the old ones: transform(), update()."""
    seen = scope(frame, env)
    made = {str(a.name): self.value(a.value, seen) for a in args}
    return frame.assign(**{name: series(vec, len(frame)) for name, vec in made.items()})
