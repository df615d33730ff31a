"""R's own wrong numbers again, by its own arithmetic (r_quirks): a documented disagreement counts only if it is reproduced.

Imports r_quirks, the designs and the door.  Called for numbers that disagree, never to make one of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import r_quirks
from gold_designs import inside, with_weight
from gold_door import estimate
from gold_values import RDesign

STEP_RULES = ("math", "school", "hf1", "hf2", "hf3", "hf4", "shahvaish")


def likelihood(rd: RDesign, y: str, share: float, se: float, df: float, confidence: float) -> Callable[[], Sequence[float]]:
    """svyciprop(method="likelihood"): the two limits."""

    def limits() -> Sequence[float]:
        known = with_weight(rd)
        weight = known.frame[known.design.weight].to_numpy(dtype=float)[known.kept]
        answered = known.frame[y].notna().to_numpy()[known.kept]
        ratio = float(weight[answered].mean() / weight.mean())
        return r_quirks.likelihood(share, se, df, int(answered.sum()), ratio, confidence)

    return limits


def quantiles(
    rd: RDesign, y: str, probs: Sequence[float], rule: str, interval: str, df: float, confidence: float
) -> Callable[[], list[list[float]]]:
    """svyquantile: quantile, limits and se of each probability, below the first step, by shahvaish or by score."""

    def table() -> list[list[float]]:
        if rule not in STEP_RULES or interval not in ("mean", "score"):
            return []
        known = with_weight(rd)
        frame, where = inside(known)
        values = frame[y].to_numpy(dtype=float)
        here = known.kept & ~np.isnan(values)
        x, w = values[here], frame[known.design.weight].to_numpy(dtype=float)[here]
        t = float(r_quirks.stdtrit(df, 0.5 + confidence / 2)) if np.isfinite(df) else float(r_quirks.ndtri(0.5 + confidence / 2))

        def share(value: float) -> tuple[float, float]:
            below = np.where(np.isnan(values), np.nan, (values <= value).astype(float))
            found = estimate(frame.assign(**{"r.below": below}), replace(rd.design), "r.below", where=where).joint
            return float(found.value[0]), float(found.se[0])

        rows = []
        for p in probs:
            at = r_quirks.quantile(x, w, p, rule)
            if interval == "score":
                low, high = r_quirks.score(x, w, p, df, share, confidence)
            else:
                f, se = share(at)
                low, high = (_at(x, w, end, rule) for end in (f - t * se, f + t * se))
            rows.append([at, low, high, (high - low) / (2 * t)])
        return rows

    return table


def _at(x: np.ndarray, w: np.ndarray, end: float, rule: str) -> float:
    """The limit at a share; NaN outside 0 to 1, but for rounding."""
    inside_ = abs(end - 0.5) <= 0.5 + 1e-12
    return r_quirks.quantile(x, w, min(max(end, 0.0), 1.0), rule) if inside_ else float("nan")


def no_quantile(df: float) -> bool:
    """svyciprop(method="logit") has no finite t quantile with so few degrees of freedom."""
    return bool(np.isinf(r_quirks.logit_quantile(df)))


def kept(value: Any) -> Any:
    """A function that is evaluated once."""
    found: list[Any] = []

    def once() -> Any:
        if not found:
            found.append(value())
        return found[0]

    return once
