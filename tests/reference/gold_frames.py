"""Base R on data frames, lists and matrices: columns made, rows split and merged, functions applied to parts.

Imports the interpreter, the values and the registry of gold_base.  Nothing about surveys.
"""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from gold_base import Dots, r
from gold_eval import Interpreter, index, within
from gold_r import Arg
from gold_values import Env, Matrix, RDesign, RList, Vec, column, levels_of, lgl, num, plain, scope, series


@r("data.frame", "...")
def _data_frame(_self: Interpreter, dots: Dots) -> pd.DataFrame:
    options = ("stringsAsFactors", "check.names", "row.names")
    frames = [v for n, v in dots if isinstance(v, pd.DataFrame) and n not in options]
    vectors = {str(n): v for n, v in dots if isinstance(v, Vec) and n not in options}
    rows = max([len(v) for v in vectors.values()] + [len(f) for f in frames])
    made = pd.DataFrame({n: series(v, rows) for n, v in vectors.items()})
    return pd.concat([*(f.reset_index(drop=True) for f in frames), made], axis=1) if frames else made


@r("complete.cases", "...")
def _complete(_self: Interpreter, dots: Dots) -> Vec:
    parts = [column(v, str(c)) for _, v in dots if isinstance(v, pd.DataFrame) for c in v.columns]
    parts += [v for _, v in dots if isinstance(v, Vec)]
    return lgl(~np.logical_or.reduce([p.missing for p in parts]))


@r("nrow", "x")
def _nrow(_self: Interpreter, x: Any) -> Vec:
    return num([x.kept.sum() if isinstance(x, RDesign) else len(x) if isinstance(x, pd.DataFrame) else x.data.shape[0]])


@r("ncol", "x")
def _ncol(_self: Interpreter, x: Any) -> Vec:
    return num([x.shape[1] if isinstance(x, pd.DataFrame) else x.data.shape[1]])


@r("split", "x, f")
def _split(_self: Interpreter, x: pd.DataFrame, f: Any) -> RList:
    parts = (
        [column(f, str(c)) for c in f.columns] if isinstance(f, pd.DataFrame) else list(f.data) if isinstance(f, RList) else [f]
    )
    names, masks = [""], [np.ones(len(x), dtype=bool)]
    for i, part in enumerate(parts):
        codes = np.array(part.texts(), dtype=object)
        pairs = [
            (n + ("." if i else "") + v, m & (codes == v)) for v in levels_of(part) for n, m in zip(names, masks, strict=True)
        ]
        names, masks = [p[0] for p in pairs], [p[1] for p in pairs]
    return RList(tuple(x.loc[m].reset_index(drop=True) for m in masks), tuple(names))


@r("merge", "x, y, by, suffixes, all, all.x, all.y")
def _merge(
    _self: Interpreter, x: pd.DataFrame, y: pd.DataFrame, by: Any = None, suffixes: Any = None, **whole: Any
) -> pd.DataFrame:
    keep = {name for name, v in whole.items() if bool(plain(v))}
    how = "outer" if "all" in keep or len(keep) > 1 else "left" if "all_x" in keep else "right" if "all_y" in keep else "inner"
    on = [str(t) for t in by.texts()] if by is not None else [c for c in x.columns if c in set(y.columns)]
    ends = tuple(str(t) for t in suffixes.texts()) if suffixes is not None else (".x", ".y")
    return x.merge(y, on=on, how=how, suffixes=(ends[0], ends[1])).sort_values(on, kind="stable").reset_index(drop=True)


@r("read.csv", "file, ...")
def _read_csv(self: Interpreter, file: Vec, dots: Dots = ()) -> pd.DataFrame:
    """A csv file of the same folder."""
    del dots
    return pd.read_csv(self.folder / Path(str(plain(file))).name, keep_default_na=False, na_values=["", "NA"])


@r("transform", special=True)
def _transform(self: Interpreter, args: tuple[Arg, ...], env: Env) -> pd.DataFrame:
    return within(self, self.value(args[0].value, env), args[1:], env)


@r("with", special=True)
def _with(self: Interpreter, args: tuple[Arg, ...], env: Env) -> Any:
    data = self.value(args[0].value, env)
    return self.value(args[1].value, scope(data.frame if isinstance(data, RDesign) else data, env))


def _bound(_self: Interpreter, dots: Dots) -> Matrix:
    parts = [
        v.data if isinstance(v, Matrix) else v.to_numpy(dtype=float) if isinstance(v, pd.DataFrame) else v.data[:, None]
        for _, v in dots
    ]
    return Matrix(np.hstack(parts))


@r("cbind", "...")
def _cbind(self: Interpreter, dots: Dots) -> Any:
    """A matrix of columns; with a data frame, a data frame."""
    if not any(isinstance(v, pd.DataFrame) for _, v in dots):
        return _bound(self, dots)
    return _data_frame(self, dots)


@r("rbind", "...")
def _rbind(_self: Interpreter, dots: Dots) -> Any:
    """Rows under each other."""
    if all(isinstance(v, pd.DataFrame) for _, v in dots):
        return pd.concat([v for _, v in dots], ignore_index=True)
    return Matrix(np.vstack([v.data for _, v in dots]))


@r("as.matrix", "x")
def _as_matrix(_self: Interpreter, x: Any) -> Matrix:
    if isinstance(x, Matrix):
        return x
    return Matrix(x.to_numpy(dtype=float), None, tuple(str(c) for c in x.columns))


@r("matrix", "data, nrow, ncol, byrow")
def _matrix(_self: Interpreter, data: Vec, nrow: Any = None, ncol: Any = None, byrow: Any = None) -> Matrix:
    rows = int(plain(nrow)) if nrow is not None else -1
    columns = int(plain(ncol)) if ncol is not None else 1 if nrow is None else -1
    return Matrix(data.data.reshape((rows, columns), order="C" if byrow is not None and plain(byrow) else "F"))


def _apply_each(self: Interpreter, X: Any, FUN: Any, dots: Dots) -> list[Any]:
    items = X.data if isinstance(X, RList) else [index(X, [num([i + 1])]) for i in range(len(X))]
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
    return reduce(lambda a, b: self.apply(f, [(None, a), (None, b)]), x.data)
