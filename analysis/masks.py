"""Conditions over whole columns at once: the same truth as forms.condition.holds, row for row.

Imports the forms door (conditions) and numpy.  Columns are arrays of text with None for an empty answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from forms.condition import Both, Chose, Compare, Condition, Either, Not, same, size

Texts = NDArray[np.object_]
Mask = NDArray[np.bool_]
_ORDER: Mapping[str, Callable[[Any, Any], Any]] = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}


def mask(tree: Condition, columns: Mapping[str, Texts], rows: int) -> Mask:
    """Where the condition holds.  A name without a column counts as unanswered; KeyError is the caller's to prevent."""
    match tree:
        case Compare(name, op, value, other):
            left = _filled(columns.get(name), rows)
            right = _filled(columns.get(value), rows) if other else np.full(rows, value, dtype=object)
            if op in ("=", "!="):
                equal = _equal(left, right)
                return equal if op == "=" else ~equal
            with np.errstate(invalid="ignore"):
                return np.asarray(_ORDER[op](_sizes(left), _sizes(right)), dtype=bool)
        case Chose(name, value):
            return np.array([value in text.split() for text in _filled(columns.get(name), rows)], dtype=bool)
        case Not(of):
            return ~mask(of, columns, rows)
        case Both(of):
            return np.asarray(np.all([mask(part, columns, rows) for part in of], axis=0), dtype=bool)
        case Either(of):
            return np.asarray(np.any([mask(part, columns, rows) for part in of], axis=0), dtype=bool)
        case _:
            assert_never(tree)


def numbers(texts: Texts) -> NDArray[np.float64]:
    """Texts as numbers, NaN where they are none."""
    out = np.full(len(texts), np.nan)
    for i, text in enumerate(texts):
        try:
            out[i] = float(text)
        except (TypeError, ValueError):
            continue
    return out


def _sizes(texts: Texts) -> NDArray[np.float64]:
    """Texts as a condition compares them: numbers, the numbers of days, NaN for the rest."""
    return np.array([size(text) for text in texts], dtype=np.float64)


def _equal(left: Texts, right: Texts) -> Mask:
    """Equal as texts, or as numbers where one of them has a decimal point."""
    found = np.asarray(left == right, dtype=bool)
    for i in np.flatnonzero(~found):
        if "." in left[i] or "." in right[i]:  # codes have none: most rows are over here
            found[i] = same(left[i], right[i])
    return found


def _filled(column: Texts | None, rows: int) -> Texts:
    if column is None:
        return np.full(rows, "", dtype=object)
    return np.array([text if text is not None else "" for text in column], dtype=object)
