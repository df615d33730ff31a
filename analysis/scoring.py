"""Scores of persons: knowledge and recognition by the key of the day, attitudes by direction, 0-100 points.

Imports the forms door (codebook, scales), tidy (texts and reasons), masks and numpy.  Knows no weight and no domain.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forms.codebook import Codebook, Variable
from forms.question import Scale

from .masks import Texts, numbers
from .tidied import Tidy, why_of

Floats = NDArray[np.float64]
_NO_ANSWER = ("not_asked", "refused", "dont_know", "missing")


@dataclass(frozen=True)
class Comparison:
    """Which items are compared between two waves.  dropped: item -> why it left, in both waves (decision 13)."""

    waves: tuple[int, int]
    dropped: Mapping[str, str]

    @property
    def needed(self) -> bool:
        """True when some item left, so that the comparison score is not the score."""
        return bool(self.dropped)


def comparison(book: Codebook, base: Tidy, later: Tidy) -> Comparison:
    """Items whose wording changed after the base wave, or whose key differs between the interviews of the two waves."""
    dropped: dict[str, str] = {}
    for v in book.variables:
        if v.scale is None:
            continue
        changed = sorted(w for w in v.changed if base.wave < w <= later.wave)
        keys = {v.right_answer(d) for t in (base, later) for d in sorted(set(t.days))} if v.key else {None}
        if changed:
            dropped[v.name] = f"{changed[0]}: {v.changed[changed[0]]}"
        elif len(keys) > 1:
            dropped[v.name] = " / ".join(sorted(str(k) for k in keys))
    return Comparison((base.wave, later.wave), dropped)


def scores(book: Codebook, wave: Tidy, thresholds: Sequence[int], without: Comparison | None = None) -> dict[str, Any]:
    """Columns by name: each scale and its __why, reach<t> of the score, item_<q> (0/1) of scored items with __why.

    without: leave these items out and end every name in `_cmp`; the number that must be answered shrinks in proportion.
    """
    drop = frozenset(without.dropped) if without else frozenset()
    end = "_cmp" if without else ""
    rows = len(wave.days)
    values: dict[str, Floats] = {}
    whys: dict[str, Texts] = {}
    found: dict[str, Any] = {}
    for scale in book.scales.values():
        if scale.kind == "mean_of":
            values[scale.name], whys[scale.name] = _mean_of(scale, values, whys)
        else:
            values[scale.name], whys[scale.name], items = _summed(scale, book.items(scale.name), drop, wave, rows)
            found |= {} if without else items
    for name, value in values.items():
        found[name + end], found[f"{name}{end}__why"] = value, whys[name]
    for t in thresholds if "score" in values else ():
        # 1e-9: a mean that is 60 on paper may be 59.99999999999999 in binary
        reach = np.where(np.isnan(values["score"]), np.nan, (values["score"] >= t - 1e-9).astype(float))
        found[f"reach{t}{end}"], found[f"reach{t}{end}__why"] = reach, whys["score"]
    return found


def _summed(
    scale: Scale, items: Sequence[Variable], drop: frozenset[str], wave: Tidy, rows: int
) -> tuple[Floats, Texts, dict[str, Any]]:
    kept = [v for v in items if v.name not in drop]
    points, reasons, columns = [], [], {}
    for v in items:
        why = why_of(v, wave.answers, rows)
        point = _right(v, wave, why) if scale.kind == "right" else _likert(v, scale, wave, why)
        if v in kept:
            points.append(point)
            reasons.append(why)
        share = point if scale.kind == "right" else np.where(np.isnan(point), np.nan, (point > 50).astype(float))
        columns[f"item_{v.name}"], columns[f"item_{v.name}__why"] = share, _item_why(share, why)
    if not kept:
        return np.full(rows, np.nan), np.full(rows, "not_asked", dtype=object), columns
    table = np.array(points)
    answered = (~np.isnan(table)).sum(axis=0)
    least = max(1, math.ceil(scale.min_answered * len(kept) / len(items)))
    full = 100.0 if scale.kind == "right" else 1.0
    total = full * np.nansum(table, axis=0) / np.maximum(answered, 1)
    enough = answered >= least
    return np.where(enough, total, np.nan), _why(enough, np.array(reasons)), columns


def _right(v: Variable, wave: Tidy, why: Texts) -> Floats:
    """1 right, 0 wrong or «không biết», NaN refused, not asked, missing, or no law in force on the day."""
    key: dict[date, str | None] = {d: v.right_answer(d) for d in sorted(set(wave.days))}
    out = np.full(len(why), np.nan)
    for i, (text, reason, day) in enumerate(zip(wave.answers[v.name], why, wave.days, strict=True)):
        if key[day] is not None and reason in ("answered", "dont_know"):
            out[i] = float(reason == "answered" and text == key[day])
    return out


def _likert(v: Variable, scale: Scale, wave: Tidy, why: Texts) -> Floats:
    """0-100 from the least to the most egalitarian answer; NaN when there is none."""
    number = np.where(why == "answered", numbers(wave.answers[v.name]), np.nan)
    turned = scale.low + scale.high - number if v.reverse else number
    return np.asarray(100.0 * (turned - scale.low) / (scale.high - scale.low), dtype=np.float64)


def _item_why(share: Floats, why: Texts) -> Texts:
    """An item that scored (a «không biết» on knowledge too) is answered; the rest keep their reason."""
    return np.where(np.isnan(share), np.where(why == "answered", "missing", why), "answered").astype(object)


def _why(enough: NDArray[np.bool_], reasons: NDArray[np.object_]) -> Texts:
    """answered, or the commonest reason among the items that lack an answer."""
    counts = np.array([(reasons == kind).sum(axis=0) for kind in _NO_ANSWER])
    first = np.array(_NO_ANSWER, dtype=object)[counts.argmax(axis=0)]
    return np.where(enough, "answered", first).astype(object)


def _mean_of(scale: Scale, values: Mapping[str, Floats], whys: Mapping[str, Texts]) -> tuple[Floats, Texts]:
    """The plain mean of other scales, missing when one of them is, with that one's reason."""
    mean = np.mean([values[name] for name in scale.of], axis=0)
    why = np.full(len(mean), "answered", dtype=object)
    for name in reversed(scale.of):
        why = np.where(np.isnan(values[name]), whys[name], why)
    return mean, why.astype(object)
