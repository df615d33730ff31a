"""How people answered the items of a scale, as columns of the microdata: points by item, the mean over answered items,
the don't-know rate, acquiescence.  Each column then goes through the door: `estimate(people.assign(...), design, ...)`.

Imports the forms door (codebook, scales), numpy and pandas.  Knows no weight and no design.
Columns read: q (raw code), q__why (tidy: answered, dont_know, refused, not_asked, missing) and item_q (scoring: 0/1).
Sources of the acquiescence index: Winkler, Kanouse and Ware (1982) J. Appl. Psychol. 67:555; Billiet and McClendon (2000)
Struct. Equ. Modeling 7:608 (a balanced set of items separates agreeing from content).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forms.codebook import Codebook, Variable
from forms.errors import refuse
from forms.question import Scale

from .masks import numbers

Floats = NDArray[np.float64]
ASKED = ("answered", "dont_know", "refused", "missing")


def item_points(people: pd.DataFrame, book: Codebook, scale: str, *, dont_know_is_wrong: bool = True) -> pd.DataFrame:
    """(people, items) points 0-100 of a scale's items, reversed ones turned: the columns that `reliability` wants.

    A knowledge item is 100 right, 0 wrong; «không biết» is wrong, or NaN with dont_know_is_wrong=False.  NaN: no answer.
    Raises BdgError STAT-002 when a column is absent, STAT-062 when the codebook has no such scale.
    """
    found, items = _scale(book, scale)
    columns = {}
    for v in items:
        if found.kind == "right":
            right = 100.0 * _column(people, f"item_{v.name}").to_numpy(dtype=np.float64, na_value=np.nan)
            columns[v.name] = right if dont_know_is_wrong else np.where(_why(people, v.name) == "answered", right, np.nan)
        else:
            number = _raw(people, v.name)
            turned = found.low + found.high - number if v.reverse else number
            columns[v.name] = 100.0 * (turned - found.low) / (found.high - found.low)
    return pd.DataFrame(columns, index=people.index)


def answered_mean(people: pd.DataFrame, book: Codebook, scale: str, *, least: int = 1) -> pd.Series[float]:
    """A person's mean points, 0-100, over the items really answered; NaN with fewer than `least` answers.

    For a knowledge scale «không biết» is left out of numerator and denominator; the score itself counts it as wrong.
    """
    points = item_points(people, book, scale, dont_know_is_wrong=False).to_numpy()
    return _mean(points, people, f"{scale}_answered", least)


def dont_know_rate(people: pd.DataFrame, items: Sequence[str], *, name: str = "dont_know_rate") -> pd.Series[float]:
    """A person's share, 0-100, of «không biết» among the items asked; NaN when none was asked."""
    whys = [_why(people, item) for item in items]
    told = [np.where(np.isin(why, ASKED), 100.0 * (why == "dont_know"), np.nan) for why in whys]
    return _mean(np.column_stack(told) if told else np.zeros((len(people), 0)), people, name, 1)


def acquiescence(people: pd.DataFrame, book: Codebook, scale: str, *, balanced: bool = True) -> pd.Series[float]:
    """A person's share, 0-100, of answers on the agreeing side of the scale's middle, whatever agreeing means.

    balanced: the mean of the share among reversed items and the share among the others, so that content cancels and 50
    is no tendency (a person needs an answer of each kind); False: the plain share over all items.
    STAT-062 when the scale has no agreement answers, or (balanced) items of one direction only.
    """
    found, items = _scale(book, scale)
    kinds = {v.reverse for v in items}
    if found.kind != "likert" or (balanced and len(kinds) < 2):
        raise refuse("STAT-062", scale, expected="likert, reversed and not", got=found.kind, scale=scale)
    middle = (found.low + found.high) / 2
    agrees = {v.name: _agree(_raw(people, v.name), middle) for v in items}
    if not balanced:
        return _mean(np.column_stack(list(agrees.values())), people, f"{scale}_agree", 1)
    sides = [
        _mean(np.column_stack([agrees[v.name] for v in items if v.reverse is turned]), people, "", 1) for turned in (True, False)
    ]
    return pd.Series((sides[0].to_numpy() + sides[1].to_numpy()) / 2, index=people.index, name=f"{scale}_agree")


def _agree(number: Floats, middle: float) -> Floats:
    return np.where(np.isnan(number), np.nan, 100.0 * (number > middle))


def _mean(table: Floats, people: pd.DataFrame, name: str, least: int) -> pd.Series[float]:
    known = (~np.isnan(table)).sum(axis=1)
    total = np.where(np.isnan(table), 0.0, table).sum(axis=1)
    mean = np.where(known >= max(least, 1), total / np.maximum(known, 1), np.nan)
    return pd.Series(mean, index=people.index, name=name)


def _scale(book: Codebook, scale: str) -> tuple[Scale, tuple[Variable, ...]]:
    found = book.scales.get(scale)
    items = book.items(scale)
    if found is None or not items:
        raise refuse("STAT-062", scale, expected=", ".join(book.scales), got=scale, scale=scale)
    return found, items


def _column(people: pd.DataFrame, name: str) -> pd.Series[Any]:
    if name not in people.columns:
        raise refuse("STAT-002", expected=name, got=", ".join(map(str, people.columns[:12])), column=name)
    return people[name]


def _why(people: pd.DataFrame, name: str) -> NDArray[np.object_]:
    return _column(people, f"{name}__why").to_numpy(dtype=object)


def _raw(people: pd.DataFrame, name: str) -> Floats:
    """The code as a number, as answered; NaN where there is no answer."""
    texts = _column(people, name).to_numpy(dtype=object)
    return np.where(_why(people, name) == "answered", numbers(texts), np.nan)
