"""The functions of base R that reference files use to make columns, vectors and lists; and the normal and t quantiles.

Imports the interpreter and the values.  Nothing about surveys.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
from gold_eval import Interpreter, index, within
from gold_r import Arg, Name, Node
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
    RDesign,
    RList,
    Unsupported,
    Vec,
    column,
    levels_of,
    lgl,
    num,
    plain,
    scope,
    series,
    text,
)  # fmt: skip
from scipy import stats

BASE: dict[str, Builtin] = {}
Dots = list[tuple[str | None, Any]]


def r(name: str, formals: str = "", *, special: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a Python function under R's name with R's formal arguments."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        BASE[name] = Builtin(name, tuple(f.strip() for f in formals.split(",") if f.strip()), function, special)
        return function

    return register


def _simple(names: str, function: Callable[[np.ndarray], Any]) -> None:
    for name in names.split():
        BASE[name] = Builtin(name, ("x",), lambda _self, x: Vec(np.asarray(function(x.values.astype(float))), NUM, x.names))


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
    return Vec(np.concatenate([v.values for _, v in given]) if given else np.zeros(0), kind, named)


@r("list", "...")
def _list(_self: Interpreter, dots: Dots) -> RList:
    names = tuple(n or "" for n, _ in dots)
    return RList(tuple(v for _, v in dots), names if any(names) else None)


@r("data.frame", "...")
def _data_frame(_self: Interpreter, dots: Dots) -> pd.DataFrame:
    options = ("stringsAsFactors", "check.names", "row.names")
    frames = [v for n, v in dots if isinstance(v, pd.DataFrame) and n not in options]
    vectors = {str(n): v for n, v in dots if isinstance(v, Vec) and n not in options}
    rows = max([len(v) for v in vectors.values()] + [len(f) for f in frames])
    made = pd.DataFrame({n: series(v, rows) for n, v in vectors.items()})
    return pd.concat([*(f.reset_index(drop=True) for f in frames), made], axis=1) if frames else made


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
    values = np.where(test.true(), np.resize(yes.values, size), np.resize(no.values, size))
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
    return Vec(x.values, FCT, None, (first, *(v for v in levels_of(x) if v != first)))


@r("interaction", "..., sep")
def _interaction(self: Interpreter, dots: Dots, sep: Vec | None = None) -> Vec:
    joined = _paste(self, dots, sep or text(["."]))
    gone = np.logical_or.reduce([v.missing for _, v in dots])
    known = [""]
    for i, (_, v) in enumerate(dots):
        known = [k + ("." if i else "") + level for level in levels_of(v) for k in known]
    return Vec(np.where(gone, None, joined.values).astype(object), FCT, None, tuple(known))


@r("levels", "x")
def _levels(_self: Interpreter, x: Vec) -> Vec:
    return text(levels_of(x))


@r("cut", "x, breaks, labels, include.lowest, right")
def _cut(_self: Interpreter, x: Vec, breaks: Vec, labels: Any = None, include_lowest: Any = None, right: Any = None) -> Vec:
    edges, closed = np.sort(breaks.values), right is None or bool(plain(right))
    lowest = include_lowest is not None and bool(plain(include_lowest))
    code = np.searchsorted(edges, x.values, side="left" if closed else "right") - 1
    if lowest:
        code = np.where(x.values == (edges[0] if closed else edges[-1]), 0 if closed else len(edges) - 2, code)
    shown = [f"{b:.3g}" for b in edges]
    shown = [s.replace("inf", "Inf") for s in shown]
    names = [f"({a},{b}]" if closed else f"[{a},{b})" for a, b in zip(shown[:-1], shown[1:], strict=True)]
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
        return num([at.get(str(v), np.nan) for v in x.values])
    if isinstance(x, Vec) and x.kind == CHR:
        return num([np.nan if v is None else float(v) for v in x.values])
    return num(x.values, x.names if isinstance(x, Vec) else None)


BASE["as.integer"] = Builtin("as.integer", ("x",), lambda self, x: num(np.trunc(_as_numeric(self, x).values)))
BASE["as.double"] = BASE["as.numeric"]
BASE["as.logical"] = Builtin("as.logical", ("x",), lambda self, x: lgl(_as_numeric(self, x).values != 0))


@r("as.vector", "x")
def _as_vector(_self: Interpreter, x: Any) -> Vec:
    return num(x.values.ravel(order="F")) if isinstance(x, Matrix) else Vec(x.values, x.kind)


@r("as.character", "x")
def _as_character(_self: Interpreter, x: Vec) -> Vec:
    return text(x.texts())


@r("unname", "x")
def _unname(_self: Interpreter, x: Any) -> Any:
    return Matrix(x.values) if isinstance(x, Matrix) else Vec(x.values, x.kind, None, x.levels)


@r("setNames", "object, nm")
def _set_names(_self: Interpreter, object: Any, nm: Vec) -> Any:  # noqa: A002 - R's own name of the argument
    names = tuple(str(t) for t in nm.texts())
    return RList(object.values, names) if isinstance(object, RList) else Vec(object.values, object.kind, names, object.levels)


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


@r("complete.cases", "...")
def _complete(_self: Interpreter, dots: Dots) -> Vec:
    parts = [column(v, str(c)) for _, v in dots if isinstance(v, pd.DataFrame) for c in v.columns]
    parts += [v for _, v in dots if isinstance(v, Vec)]
    return lgl(~np.logical_or.reduce([p.missing for p in parts]))


def _reducer(name: str, whole: Callable[[np.ndarray], Any]) -> None:
    def function(_self: Interpreter, dots: Dots, na_rm: Any = None) -> Vec:
        values = np.concatenate([v.values.astype(float) for _, v in dots])
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
    return num([0 if x is None else len(x.columns) if isinstance(x, pd.DataFrame) else len(x.values)])


@r("nrow", "x")
def _nrow(_self: Interpreter, x: Any) -> Vec:
    return num([x.kept.sum() if isinstance(x, RDesign) else len(x) if isinstance(x, pd.DataFrame) else x.values.shape[0]])


@r("ncol", "x")
def _ncol(_self: Interpreter, x: Any) -> Vec:
    return num([x.shape[1] if isinstance(x, pd.DataFrame) else x.values.shape[1]])


@r("unique", "x")
def _unique(_self: Interpreter, x: Vec) -> Vec:
    seen = dict.fromkeys(x.texts())
    at = [x.texts().index(t) for t in seen]
    return x.take(np.array(at, dtype=int))


@r("rep", "x, times, each, length.out")
def _rep(_self: Interpreter, x: Vec, times: Vec | None = None, each: Vec | None = None, length_out: Vec | None = None) -> Vec:
    at = np.repeat(np.arange(len(x)), int(plain(each)) if each is not None else 1)
    if times is not None:
        at = np.repeat(at, times.values.astype(int)) if len(times) > 1 else np.tile(at, int(plain(times)))
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
    return Vec(np.round(x.values, int(plain(digits)) if digits is not None else 0), NUM, x.names)


@r("which", "x")
def _which(_self: Interpreter, x: Vec) -> Vec:
    return num(np.flatnonzero(x.true()) + 1)


@r("qt", "p, df")
def _qt(_self: Interpreter, p: Vec, df: Vec) -> Vec:
    return num(np.where(np.isinf(df.values), stats.norm.ppf(p.values), stats.t.ppf(p.values, np.minimum(df.values, 1e300))))


@r("qnorm", "p")
def _qnorm(_self: Interpreter, p: Vec) -> Vec:
    return num(stats.norm.ppf(p.values))


@r("split", "x, f")
def _split(_self: Interpreter, x: pd.DataFrame, f: Any) -> RList:
    parts = [column(f, str(c)) for c in f.columns] if isinstance(f, pd.DataFrame) else list(f.values) if isinstance(f, RList) else [f]
    names, masks = [""], [np.ones(len(x), dtype=bool)]
    for i, part in enumerate(parts):
        codes = np.array(part.texts(), dtype=object)
        pairs = [(n + ("." if i else "") + v, m & (codes == v)) for v in levels_of(part) for n, m in zip(names, masks, strict=True)]
        names, masks = [p[0] for p in pairs], [p[1] for p in pairs]
    return RList(tuple(x.loc[m].reset_index(drop=True) for m in masks), tuple(names))


def _apply_each(self: Interpreter, X: Any, FUN: Any, dots: Dots) -> list[Any]:
    items = X.values if isinstance(X, RList) else [index(X, [num([i + 1])]) for i in range(len(X))]
    return [self.apply(FUN, [(None, item), *[d for d in dots if d[0] != "FUN.VALUE"]]) for item in items]


@r("vapply", "X, FUN, FUN.VALUE, ...")
def _vapply(self: Interpreter, X: Any, FUN: Any, FUN_VALUE: Any, dots: Dots) -> Vec:
    del FUN_VALUE
    return num([float(plain(v)) for v in _apply_each(self, X, FUN, dots)], X.names)


@r("sapply", "X, FUN, ...")
def _sapply(self: Interpreter, X: Any, FUN: Any, dots: Dots) -> Vec:
    return _vapply(self, X, FUN, None, dots)


@r("lapply", "X, FUN, ...")
def _lapply(self: Interpreter, X: Any, FUN: Any, dots: Dots) -> RList:
    return RList(tuple(_apply_each(self, X, FUN, dots)), X.names)


@r("Reduce", "f, x")
def _reduce(self: Interpreter, f: Any, x: Any) -> Any:
    return reduce(lambda a, b: self.apply(f, [(None, a), (None, b)]), x.values)


@r("merge", "x, y, by, suffixes, all, all.x, all.y")
def _merge(_self: Interpreter, x: pd.DataFrame, y: pd.DataFrame, by: Any = None, suffixes: Any = None, **whole: Any) -> pd.DataFrame:
    keep = {name for name, v in whole.items() if bool(plain(v))}
    how = "outer" if "all" in keep or len(keep) > 1 else "left" if "all_x" in keep else "right" if "all_y" in keep else "inner"
    on = [str(t) for t in by.texts()] if by is not None else [c for c in x.columns if c in set(y.columns)]
    ends = tuple(str(t) for t in suffixes.texts()) if suffixes is not None else (".x", ".y")
    return x.merge(y, on=on, how=how, suffixes=(ends[0], ends[1])).sort_values(on, kind="stable").reset_index(drop=True)


@r("transform", special=True)
def _transform(self: Interpreter, args: tuple[Arg, ...], env: Env) -> pd.DataFrame:
    return within(self, self.value(args[0].value, env), args[1:], env)


@r("with", special=True)
def _with(self: Interpreter, args: tuple[Arg, ...], env: Env) -> Any:
    data = self.value(args[0].value, env)
    return self.value(args[1].value, scope(data.frame if isinstance(data, RDesign) else data, env))


@r("order", "x")
def _order(_self: Interpreter, x: Vec) -> Vec:
    return num(np.argsort(x.values, kind="stable") + 1)


@r("matrix", "data, nrow, ncol, byrow")
def _matrix(_self: Interpreter, data: Vec, nrow: Any = None, ncol: Any = None, byrow: Any = None) -> Matrix:
    rows = int(plain(nrow)) if nrow is not None else -1
    columns = int(plain(ncol)) if ncol is not None else 1 if nrow is None else -1
    return Matrix(data.values.reshape((rows, columns), order="C" if byrow is not None and plain(byrow) else "F"))


@r("as.matrix", "x")
def _as_matrix(_self: Interpreter, x: Any) -> Matrix:
    if isinstance(x, Matrix):
        return x
    return Matrix(x.to_numpy(dtype=float), None, tuple(str(c) for c in x.columns))


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


def symbol(node: Node | None) -> str:
    """The name of a bare symbol, '' for anything else."""
    return node.id if isinstance(node, Name) else ""
