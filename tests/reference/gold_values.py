"""What R values are here: vectors with names, lists, matrices, formulas, quoted code, functions, designs and answers.

Imports the parser, numpy and pandas.  No statistics: an Answer only carries what the public door of `analysis` gave.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from gold_r import Node

CHR, NUM, LGL, FCT = "chr", "num", "lgl", "fct"


class Unsupported(Exception):
    """What this runner, or the public door, cannot express; the reason in words."""


class RError(Exception):
    """What R itself would refuse."""


@dataclass(frozen=True, eq=False)
class Vec:
    """An R vector.  kind num and lgl: floats with NaN; chr and fct: objects with None.  levels: of a factor, in order."""

    data: np.ndarray
    kind: str = NUM
    names: tuple[str, ...] | None = None
    levels: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.data)

    @property
    def missing(self) -> np.ndarray:
        """Where the value is NA."""
        return np.isnan(self.data) if self.kind in (NUM, LGL) else np.array([v is None for v in self.data], dtype=bool)

    def true(self) -> np.ndarray:
        """Where a condition holds; NA does not, as in R's subset()."""
        return np.where(self.missing, 0.0, self.data) != 0

    def texts(self) -> list[str | None]:
        """as.character()."""
        if self.kind in (CHR, FCT):
            return [None if v is None else str(v) for v in self.data]
        if self.kind == LGL:
            return [None if np.isnan(v) else ("TRUE" if v else "FALSE") for v in self.data]
        return [None if np.isnan(v) else number_text(float(v)) for v in self.data]

    def take(self, at: np.ndarray) -> Vec:
        """The elements at these places or of this mask."""
        names = None if self.names is None else tuple(np.array(self.names, dtype=object)[at])
        return replace(self, data=self.data[at], names=names)


@dataclass(frozen=True, eq=False)
class Matrix:
    """A numeric matrix with optional names of its rows and columns."""

    data: np.ndarray
    rows: tuple[str, ...] | None = None
    columns: tuple[str, ...] | None = None


@dataclass(frozen=True, eq=False)
class RList:
    """A list; names may be ''."""

    data: tuple[Any, ...]
    names: tuple[str, ...] | None = None

    def get(self, name: str) -> Any:
        """list$name; None (NULL) when there is none."""
        return next((v for n, v in zip(self.names or (), self.data, strict=False) if n == name), None)


@dataclass(frozen=True, eq=False)
class Formula:
    """A formula with the place where its names are looked up."""

    left: Node | None
    right: Node
    env: Env


@dataclass(frozen=True)
class Quoted:
    """quote(...)."""

    node: Node


@dataclass(frozen=True, eq=False)
class Closure:
    """An R function written in the file."""

    parameters: tuple[tuple[str, Node | None], ...]
    body: Node
    env: Env


@dataclass(frozen=True, eq=False)
class Builtin:
    """A function of ours under R's name.  formals: R's argument names in order, '...' for the rest.

    special: it gets the unevaluated arguments and the environment.
    """

    name: str
    formals: tuple[str, ...]
    function: Callable[..., Any]
    special: bool = False


@dataclass(frozen=True)
class Family:
    """A family object of glm: its R name."""

    name: str


@dataclass(frozen=True, eq=False)
class RDesign:
    """A survey design of R: the rows, our Design over them, the rows that subset() left (None: all).

    spec: what a later function must know of this design, for example R's text of a model's columns.
    """

    frame: pd.DataFrame
    design: Any
    mask: np.ndarray | None = None
    spec: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kept(self) -> np.ndarray:
        """(n,) the rows of the subset."""
        return np.ones(len(self.frame), dtype=bool) if self.mask is None else self.mask


@dataclass(frozen=True, eq=False)
class Answer:
    """What one R call gives, out of our door.  fields: the parts of R's record that this kind of result has.

    joint: estimates with their covariance (names as R's), for coef(), vcov(), svycontrast().
    origin: where the answer came from, for functions that ask the door again and for the rules of gold_known.
    """

    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    joint: Any = None
    origin: Mapping[str, Any] = field(default_factory=dict)


class Env(dict[str, Any]):
    """Names and their values; what is not here is asked of the parent, at last of `fallback`."""

    def __init__(self, values: Mapping[str, Any] | None = None, parent: Env | None = None) -> None:
        super().__init__(values or {})
        self.parent = parent
        self.fallback: Callable[[str], Any] | None = None

    def known(self, name: str) -> Any:
        """The value, None when no environment has it."""
        env: Env | None = self
        while env is not None:
            if name in env:
                return env[name]
            env = env.parent
        return None

    def find(self, name: str) -> Any:
        """The value; RError when no environment knows the name."""
        env: Env | None = self
        while env is not None:
            if name in env:
                return env[name]
            if env.parent is None and env.fallback is not None:
                return env.fallback(name)
            env = env.parent
        raise RError(f"object '{name}' not found")


class FrameEnv(Env):
    """The columns of a data frame as names; each is read when it is asked for."""

    def __init__(self, frame: pd.DataFrame, parent: Env) -> None:
        super().__init__({}, parent)
        self.frame = frame

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.frame.columns

    def __missing__(self, name: str) -> Vec:
        self[name] = column(self.frame, name)
        return self[name]


def number_text(value: float) -> str:
    """A number as R's as.character() writes it, 15 digits."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.15g}"


def num(values: Any, names: Sequence[str] | None = None) -> Vec:
    """A numeric vector."""
    return Vec(np.atleast_1d(np.asarray(values, dtype=np.float64)), NUM, None if names is None else tuple(names))


def lgl(values: Any) -> Vec:
    """A logical vector."""
    return Vec(np.atleast_1d(np.asarray(values, dtype=np.float64)), LGL)


def text(values: Any, names: Sequence[str] | None = None) -> Vec:
    """A character vector."""
    given = [values] if isinstance(values, str) else list(values)
    out = np.empty(len(given), dtype=object)
    out[:] = given
    return Vec(out, CHR, None if names is None else tuple(names))


def column(frame: pd.DataFrame, name: str) -> Vec:
    """A column of a data frame as an R vector."""
    values = frame[name]
    if isinstance(values.dtype, pd.CategoricalDtype):
        plain = values.astype(object)
        known = tuple(str(c) for c in values.cat.categories)
        return Vec(np.where(values.isna(), None, plain).astype(object), FCT, None, known)
    if pd.api.types.is_bool_dtype(values.dtype):
        return lgl(values.to_numpy(dtype=np.float64, na_value=np.nan))
    if pd.api.types.is_numeric_dtype(values.dtype):
        return num(values.to_numpy(dtype=np.float64, na_value=np.nan))
    plain = values.astype(object)
    return Vec(np.where(plain.isna(), None, plain).astype(object), CHR)


def series(vec: Vec, rows: int) -> Any:
    """A vector as a column of a data frame of so many rows (recycled)."""
    values = np.resize(vec.data, rows) if len(vec) != rows else vec.data
    if vec.kind == FCT:
        return pd.Categorical(values, categories=list(vec.levels or ()))
    if vec.kind == LGL:
        return pd.array([None if np.isnan(v) else bool(v) for v in values], dtype="boolean")
    return values


def scope(frame: pd.DataFrame, parent: Env) -> Env:
    """The columns of a frame as names in front of an environment."""
    return FrameEnv(frame, parent)


def levels_of(vec: Vec) -> tuple[str, ...]:
    """The levels that factor() would make: numbers in numeric order, text sorted, a factor's own."""
    if vec.kind == FCT and vec.levels is not None:
        return vec.levels
    if vec.kind in (NUM, LGL):
        found = np.unique(vec.data[~vec.missing])
        return tuple(Vec(found, vec.kind).texts())  # type: ignore[arg-type]  # no value is missing here
    return tuple(sorted({str(v) for v in vec.data if v is not None}))


def plain(value: Any) -> Any:
    """A vector of length one as a Python value; anything else as it is."""
    if isinstance(value, Vec) and len(value) == 1:
        one = value.data[0]
        if value.kind == LGL:
            return bool(one)
        return float(one) if value.kind == NUM else one
    return value
