"""The functions of base R that reference files use to make columns, vectors and lists; and the normal and t quantiles.

Imports the interpreter and the values.  Nothing about surveys.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from gold_eval import Interpreter
from gold_r import Arg
from gold_values import (
    CHR,
    FCT,
    LGL,
    NUM,
    Answer,
    Builtin,
    Env,
    Family,
    Matrix,
    RList,
    Unsupported,
    Vec,
    levels_of,
    lgl,
    num,
    plain,
    text,
)  # fmt: skip
from scipy import stats

BASE: dict[str, Builtin] = {}
Dots = Sequence[tuple[str | None, Any]]


def r(name: str, formals: str = "", *, special: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a Python function under R's name with R's formal arguments."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        BASE[name] = Builtin(name, tuple(f.strip() for f in formals.split(",") if f.strip()), function, special)
        return function

    return register


def _simple(names: str, function: Callable[[np.ndarray], Any]) -> None:
    for name in names.split():
        BASE[name] = Builtin(name, ("x",), lambda _self, x: Vec(np.asarray(function(x.data.astype(float))), NUM, x.names))


for _name in ("log", "exp", "sqrt", "abs", "log1p", "expm1", "floor", "ceiling", "sin", "cos", "tanh"):
    _simple(_name, {"abs": np.abs, "ceiling": np.ceil}.get(_name) or getattr(np, _name))


@r("c", "...")
def _c(_self: Interpreter, dots: Dots) -> Any:
    given = [(n, v) for n, v in dots if v is not None]
    if any(isinstance(v, (RList, Answer)) for _, v in given):
        return RList(tuple(v for _, v in given), tuple(n or "" for n, _ in given))
    names: list[str] = []
    for n, v in given:
        own = v.names or ("",) * len(v)
        names += [n if n and len(v) == 1 else (n or "") + (o or (str(i + 1) if n else "")) for i, o in enumerate(own)]
    named = tuple(names) if any(names) else None
    if any(v.kind in (CHR, FCT) for _, v in given):
        return text([t for _, v in given for t in v.texts()], named)
    kind = LGL if given and all(v.kind == LGL for _, v in given) else NUM
    return Vec(np.concatenate([v.data for _, v in given]) if given else np.zeros(0), kind, named)


@r("list", "...")
def _list(_self: Interpreter, dots: Dots) -> RList:
    names = tuple(n or "" for n, _ in dots)
    return RList(tuple(v for _, v in dots), names if any(names) else None)


@r("paste", "..., sep, collapse")
def _paste(_self: Interpreter, dots: Dots, sep: Vec | None = None, collapse: Vec | None = None) -> Vec:
    parts = [["NA" if t is None else t for t in v.texts()] for _, v in dots]
    size = max(len(p) for p in parts)
    between = " " if sep is None else str(plain(sep))
    joined = [between.join(p[i % len(p)] for p in parts) for i in range(size)]
    return text([str(plain(collapse)).join(joined)]) if collapse is not None else text(joined)


@r("paste0", "..., collapse")
def _paste0(self: Interpreter, dots: Dots, collapse: Vec | None = None) -> Vec:
    return _paste(self, dots, text([""]), collapse)


@r("ifelse", "test, yes, no")
def _ifelse(_self: Interpreter, test: Vec, yes: Vec, no: Vec) -> Vec:
    size = len(test)
    if CHR in (yes.kind, no.kind):
        a, b = (np.resize(np.array(v.texts(), dtype=object), size) for v in (yes, no))
        return Vec(np.where(test.missing, None, np.where(test.true(), a, b)).astype(object), CHR)
    kind = LGL if yes.kind == no.kind == LGL else NUM
    values = np.where(test.true(), np.resize(yes.data, size), np.resize(no.data, size))
    return Vec(np.where(test.missing, np.nan, values.astype(float)), kind)


@r("factor", "x, levels, labels, ordered")
def _factor(_self: Interpreter, x: Vec, levels: Vec | None = None, labels: Vec | None = None, ordered: Any = None) -> Vec:
    del ordered
    used = set(x.texts())
    known = tuple(v for v in levels_of(x) if v in used) if levels is None else tuple(str(t) for t in levels.texts())
    shown = known if labels is None else tuple(str(t) for t in labels.texts())
    to = dict(zip(known, shown, strict=True))
    out = np.empty(len(x), dtype=object)
    out[:] = [to.get(t) if t is not None else None for t in x.texts()]
    return Vec(out, FCT, None, tuple(dict.fromkeys(shown)))


@r("as.factor", "x")
def _as_factor(self: Interpreter, x: Vec) -> Vec:
    return x if x.kind == FCT else _factor(self, x)


@r("relevel", "x, ref")
def _relevel(_self: Interpreter, x: Vec, ref: Vec) -> Vec:
    first = str(plain(ref))
    return Vec(x.data, FCT, None, (first, *(v for v in levels_of(x) if v != first)))


@r("interaction", "..., sep")
def _interaction(self: Interpreter, dots: Dots, sep: Vec | None = None) -> Vec:
    joined = _paste(self, dots, sep or text(["."]))
    gone = np.logical_or.reduce([v.missing for _, v in dots])
    known = [""]
    for i, (_, v) in enumerate(dots):
        known = [k + ("." if i else "") + level for level in levels_of(v) for k in known]
    return Vec(np.where(gone, None, joined.data).astype(object), FCT, None, tuple(known))


@r("levels", "x")
def _levels(_self: Interpreter, x: Vec) -> Vec:
    return text(levels_of(x))


@r("cut", "x, breaks, labels, include.lowest, right")
def _cut(_self: Interpreter, x: Vec, breaks: Vec, labels: Any = None, include_lowest: Any = None, right: Any = None) -> Vec:
    edges, closed = np.sort(breaks.data), right is None or bool(plain(right))
    lowest = include_lowest is not None and bool(plain(include_lowest))
    code = np.searchsorted(edges, x.data, side="left" if closed else "right") - 1
    if lowest:
        code = np.where(x.data == (edges[0] if closed else edges[-1]), 0 if closed else len(edges) - 2, code)
    shown = [f"{b:.3g}" for b in edges]
    shown = [s.replace("inf", "Inf") for s in shown]
    names = [f"({a},{b}]" if closed else f"[{a},{b})" for a, b in pairwise(shown)]
    if lowest and closed:
        names[0] = "[" + names[0][1:]
    if isinstance(labels, Vec) and labels.kind == CHR:
        names = [str(t) for t in labels.texts()]
    inside = (code >= 0) & (code < len(names)) & ~x.missing
    if isinstance(labels, Vec) and labels.kind == LGL:
        return num(np.where(inside, code + 1.0, np.nan))
    out = np.empty(len(x), dtype=object)
    out[:] = [names[int(k)] if ok else None for k, ok in zip(code, inside, strict=True)]
    return Vec(out, FCT, None, tuple(names))


@r("as.numeric", "x")
def _as_numeric(_self: Interpreter, x: Any) -> Vec:
    if isinstance(x, Vec) and x.kind == FCT:
        at = {v: i + 1.0 for i, v in enumerate(levels_of(x))}
        return num([at.get(str(v), np.nan) for v in x.data])
    if isinstance(x, Vec) and x.kind == CHR:
        return num([np.nan if v is None else float(v) for v in x.data])
    return num(x.data, x.names if isinstance(x, Vec) else None)


BASE["as.integer"] = Builtin("as.integer", ("x",), lambda self, x: num(np.trunc(_as_numeric(self, x).data)))
BASE["as.double"] = BASE["as.numeric"]
BASE["as.logical"] = Builtin("as.logical", ("x",), lambda self, x: lgl(_as_numeric(self, x).data != 0))


@r("as.vector", "x")
def _as_vector(_self: Interpreter, x: Any) -> Vec:
    return num(x.data.ravel(order="F")) if isinstance(x, Matrix) else Vec(x.data, x.kind)


@r("as.character", "x")
def _as_character(_self: Interpreter, x: Vec) -> Vec:
    return text(x.texts())


@r("unname", "x")
def _unname(_self: Interpreter, x: Any) -> Any:
    return Matrix(x.data) if isinstance(x, Matrix) else Vec(x.data, x.kind, None, x.levels)


@r("setNames", "object, nm")
def _set_names(_self: Interpreter, object: Any, nm: Vec) -> Any:  # noqa: A002 - R's own name of the argument
    names = tuple(str(t) for t in nm.texts())
    return RList(object.data, names) if isinstance(object, RList) else Vec(object.data, object.kind, names, object.levels)


@r("names", "x")
def _names(_self: Interpreter, x: Any) -> Any:
    names = [str(c) for c in x.columns] if isinstance(x, pd.DataFrame) else x.names
    return None if names is None else text(names)


BASE["colnames"] = Builtin("colnames", ("x",), _names)


@r("structure", ".Data, ...")
def _structure(_self: Interpreter, _Data: Any, dots: Dots) -> Any:
    del dots
    return _Data


@r("I", "x")
def _identity(_self: Interpreter, x: Any) -> Any:
    return x


for _name in ("suppressWarnings", "invisible", "droplevels", "as.data.frame"):
    BASE[_name] = Builtin(_name, ("x",), _identity)


@r("is.na", "x")
def _is_na(_self: Interpreter, x: Vec) -> Vec:
    return lgl(x.missing)


def _reducer(name: str, whole: Callable[[np.ndarray], Any]) -> None:
    def function(_self: Interpreter, dots: Dots, na_rm: Any = None) -> Vec:
        values = np.concatenate([v.data.astype(float) for _, v in dots])
        return num([whole(values[~np.isnan(values)] if na_rm is not None and bool(plain(na_rm)) else values)])

    BASE[name] = Builtin(name, ("...", "na.rm"), function)


for _name in ("sum", "min", "max", "mean", "median", "prod"):
    _reducer(_name, getattr(np, _name))
_reducer("sd", lambda v: np.std(v, ddof=1))
_reducer("var", lambda v: np.var(v, ddof=1))
_reducer("any", lambda v: float(np.any(v)))
_reducer("all", lambda v: float(np.all(v)))


@r("length", "x")
def _length(_self: Interpreter, x: Any) -> Vec:
    return num([0 if x is None else len(x.columns) if isinstance(x, pd.DataFrame) else len(x.data)])


@r("unique", "x")
def _unique(_self: Interpreter, x: Vec) -> Vec:
    seen = dict.fromkeys(x.texts())
    at = [x.texts().index(t) for t in seen]
    return x.take(np.array(at, dtype=int))


@r("rep", "x, times, each, length.out")
def _rep(_self: Interpreter, x: Vec, times: Vec | None = None, each: Vec | None = None, length_out: Vec | None = None) -> Vec:
    at = np.repeat(np.arange(len(x)), int(plain(each)) if each is not None else 1)
    if times is not None:
        at = np.repeat(at, times.data.astype(int)) if len(times) > 1 else np.tile(at, int(plain(times)))
    if length_out is not None:
        at = np.resize(at, int(plain(length_out)))
    return x.take(at)


@r("seq_len", "length.out")
def _seq_len(_self: Interpreter, length_out: Vec) -> Vec:
    return num(np.arange(1, int(plain(length_out)) + 1))


@r("seq", "from, to, by, length.out")
def _seq(_self: Interpreter, **given: Vec) -> Vec:
    at = {name: float(plain(v)) for name, v in given.items()}
    if "length_out" in at:
        return num(np.linspace(at["from"], at["to"], int(at["length_out"])))
    return num(np.arange(at["from"], at["to"] + 1e-10, at.get("by", 1.0)))


@r("round", "x, digits")
def _round(_self: Interpreter, x: Vec, digits: Vec | None = None) -> Vec:
    return Vec(np.round(x.data, int(plain(digits)) if digits is not None else 0), NUM, x.names)


@r("which", "x")
def _which(_self: Interpreter, x: Vec) -> Vec:
    return num(np.flatnonzero(x.true()) + 1)


@r("qt", "p, df")
def _qt(_self: Interpreter, p: Vec, df: Vec) -> Vec:
    return num(np.where(np.isinf(df.data), stats.norm.ppf(p.data), stats.t.ppf(p.data, np.minimum(df.data, 1e300))))


@r("qnorm", "p")
def _qnorm(_self: Interpreter, p: Vec) -> Vec:
    return num(stats.norm.ppf(p.data))


@r("order", "x")
def _order(_self: Interpreter, x: Vec) -> Vec:
    return num(np.argsort(x.data, kind="stable") + 1)


@r("options", "...")
def _options(_self: Interpreter, dots: Dots) -> None:
    del dots


for _name in ("gaussian", "binomial", "poisson", "quasibinomial", "quasipoisson"):

    def _family(_self: Interpreter, link: Any = None, *, name: str = _name) -> Family:
        if link is not None and plain(link) not in ("logit", "log", "identity"):
            raise Unsupported(f"{name} with link {plain(link)}")
        return Family(name)

    BASE[_name] = Builtin(_name, ("link",), _family)


@r("library", special=True)
def _library(_self: Interpreter, args: tuple[Arg, ...], env: Env) -> None:
    del args, env


BASE["require"] = Builtin("require", (), _library, special=True)
BASE["requireNamespace"] = BASE["require"]
BASE["set.seed"] = Builtin("set.seed", ("seed",), lambda _self, seed: None)
