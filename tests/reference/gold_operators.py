"""R's operators on vectors: arithmetic, comparison and logic, element by element with recycling; NA stays NA.

Imports the values and numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from gold_values import CHR, FCT, LGL, NUM, Matrix, Unsupported, Vec, lgl, num

ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "^": np.power, "%%": np.mod, "%/%": np.floor_divide,
}  # fmt: skip
COMPARISON: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": np.equal, "!=": np.not_equal, "<": np.less, ">": np.greater, "<=": np.less_equal, ">=": np.greater_equal,
}  # fmt: skip


def operate(name: str, values: list[Any]) -> Any:
    """Arithmetic, comparison and logic, element by element with recycling; NA stays NA."""
    if name == "!":
        one = values[0]
        return lgl(np.where(one.missing, np.nan, (one.data == 0).astype(float)))
    if len(values) == 1:
        return Vec(-values[0].data if name == "-" else values[0].data, NUM, values[0].names)
    shape = next((v.data.shape for v in values if isinstance(v, Matrix)), None)
    if shape is not None:
        flat = operate(name, [vector(v) for v in values])
        return Matrix(flat.data.reshape(shape, order="F"))
    left, right = (vector(v) for v in values)
    if name == ":":
        a, b = float(left.data[0]), float(right.data[0])
        return num(np.arange(a, b + (1 if b >= a else -1), 1 if b >= a else -1))
    if name == "%in%":
        known = set(right.texts())
        return lgl([v in known for v in left.texts()])
    size = max(len(left), len(right)) if len(left) and len(right) else 0
    names = left.names if len(left) == size and left.names else right.names if len(right) == size else None
    a, b = np.resize(left.data, size), np.resize(right.data, size)
    if name in ("&", "|"):
        return lgl(_logic(name, a, b))
    gone = np.resize(left.missing, size) | np.resize(right.missing, size)
    if name in COMPARISON:
        if CHR in (left.kind, right.kind) or FCT in (left.kind, right.kind):
            a, b = (np.array([v or "" for v in np.resize(np.array(x.texts(), dtype=object), size)]) for x in (left, right))
        return Vec(np.where(gone, np.nan, COMPARISON[name](a, b).astype(float)), LGL, names)
    with np.errstate(all="ignore"):
        return Vec(np.asarray(ARITHMETIC[name](a.astype(float), b.astype(float))), NUM, names)


def _logic(name: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    decided = 0.0 if name == "&" else 1.0
    hit = (_flag(a) == decided) | (_flag(b) == decided)
    unknown = np.isnan(a) | np.isnan(b)
    return np.where(hit, decided, np.where(unknown, np.nan, 1.0 - decided))


def _flag(a: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(a), np.nan, (a != 0).astype(float))


def vector(value: Any) -> Vec:
    if isinstance(value, Vec):
        return value
    if isinstance(value, Matrix):
        return num(value.data.ravel(order="F"))
    raise Unsupported(f"arithmetic with {type(value).__name__}")
