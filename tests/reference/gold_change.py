"""Contrasts of two waves through change(): differences, differences in differences, relative change, Fieller.

R stacks the waves in one design; here that is change(method="stacked").  What change() does not take (replicates,
calibrated or two-stage designs, targets that are no difference) stays a contrast of estimate()'s joint covariance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from gold_base import Dots, r
from gold_columns import Term
from gold_designs import degrees, inside
from gold_door import change
from gold_eval import Interpreter
from gold_r import Name, Node, call, deparse, parse_one
from gold_values import Answer, Closure, RDesign, Vec, num, plain

from analysis.joint import Joint
from forms.errors import BdgError

FIELLER = ("estimate", "lower", "upper")


@dataclass(frozen=True)
class Waves:
    """An svyby table read as waves: which grouping is the wave, the codes of base and now, and the other groupings."""

    wave: Term
    base: str
    now: str
    rest: tuple[Term, ...]


def linear(answer: Answer, weights: np.ndarray, names: Sequence[str]) -> Any:
    """The joint record of contrasts that are sums of differences now - base by group; None when they are not."""
    origin = answer.origin
    if len(weights) != 1 or not _plain_table(answer):
        return None
    at = dict(zip(origin["cells"], weights[0].tolist(), strict=True))
    waves = _waves(origin["groups"], [cell for cell, w in at.items() if w])
    if waves is None:
        return None
    place = origin["groups"].index(waves.wave)
    steps: dict[tuple[str, ...], float] = {}
    for cell, w in at.items():
        if not w:
            continue
        rest = (*cell[:place], *cell[place + 1 :])
        other = (*cell[:place], waves.base if cell[place] == waves.now else waves.now, *cell[place + 1 :])
        if at.get(other, 0.0) != -w:
            return None
        steps[rest] = w if cell[place] == waves.now else -w
    made = _asked(answer, waves, "points")
    if made is None:
        return None
    cells = [tuple(dict(d)[g.column] for g in waves.rest) for d in made.columns["domain"]]
    used = [i for i, c in enumerate(cells) if c in steps]
    if len(used) != len(steps) or any(made.columns["status"][i] == "not_estimable" for i in used):
        return None
    return made.joint.pick(used).linear(np.array([[steps[cells[i]] for i in used]]), names)


def smooth(answer: Answer, node: Node, names: Sequence[str]) -> Any:
    """The joint record of now/base - 1 or log(now/base) of one group; None for any other expression."""
    if not _plain_table(answer):
        return None
    labels = answer.joint.names
    for i, base in enumerate(labels):
        for j, now in enumerate(labels):
            ratio = call("/", Name(now), Name(base))
            forms = {deparse(call("-", ratio, parse_one("1"))): "rel", deparse(call("log", ratio)): "log"}
            kind = forms.get(deparse(node))
            if kind is None or i == j:
                continue
            return _relative(answer, i, j, kind, names)
    return None


def _relative(answer: Answer, i: int, j: int, kind: str, names: Sequence[str]) -> Any:
    cells = answer.origin["cells"]
    waves = _waves(answer.origin["groups"], [cells[i], cells[j]])
    if waves is None or cells[j][answer.origin["groups"].index(waves.wave)] != waves.now:
        return None
    row = _row(_asked(answer, waves, "relative"), waves, cells[j], answer.origin["groups"], "delta")
    if row is None:
        return None
    value, se = row["estimate"] / 100, row["se"] / 100
    if kind == "log":
        value, se = np.log1p(value), se / (1 + value)
    return Joint(tuple(names), np.array([value]), np.array([[se]]), row["df"])


def _row(made: Any, waves: Waves, cell: tuple[str, ...], groups: tuple[Term, ...], method: str) -> dict[str, Any] | None:
    """The row `rel` by this method of one group; None when change() does not give it."""
    if made is None:
        return None
    wanted = {g.column: code for g, code in zip(groups, cell, strict=True) if g is not waves.wave}
    for k, domain in enumerate(made.columns["domain"]):
        told = str(made.columns["method"][k])
        fits = made.columns["estimand"][k] == "rel" and (told.endswith(method) if method else "," not in told)
        if fits and all(dict(domain)[c] == code for c, code in wanted.items()) and made.columns["estimate"][k] is not None:
            return {name: values[k] for name, values in made.columns.items()}
    return None


def _plain_table(answer: Answer) -> bool:
    origin = answer.origin
    known = "groups" in origin and "y" in origin and not origin.get("r_na")
    return known and len(origin["cells"]) == len(answer.joint.names)


def _waves(groups: tuple[Term, ...], cells: Sequence[tuple[str, ...]]) -> Waves | None:
    """The grouping by year in which these cells differ by exactly two codes."""
    for place, g in enumerate(groups):
        codes = sorted({cell[place] for cell in cells})
        if len(codes) == 2 and all(c.isdigit() and len(c) == 4 for c in codes):
            return Waves(g, codes[0], codes[1], tuple(x for x in groups if x is not g))
    return None


def _asked(answer: Answer, waves: Waves, reading: Any, confidence: float = 0.95) -> Any:
    """change() over the table's variable; None where the door says that this design does not allow it."""
    origin = answer.origin
    rd: RDesign = origin["rd"]
    if rd.design.replicates is not None or rd.design.controls:
        return None
    frame, where = inside(rd)
    try:
        return change(
            frame, replace(rd.design, wave=waves.wave.column), origin["y"], wave=int(waves.now), base=int(waves.base),
            by=tuple(g.column for g in waves.rest), where=where, stat=origin["stat"], reading=reading, method="stacked",
            confidence=confidence,
        )  # fmt: skip
    except BdgError:
        return None


@r("fieller", "b, level, df")
def fieller(self: Interpreter, b: Answer, level: Any = None, df: Any = None) -> Vec:
    """Fieller's interval of the relative change by change(); else by the function that the file defines."""
    confidence = 0.95 if level is None else float(plain(level))
    waves = _waves(b.origin["groups"], b.origin["cells"]) if _plain_table(b) and len(b.joint.names) == 2 else None
    if waves is not None and df is not None and float(plain(df)) == degrees(self, b.origin["rd"]):
        row = _row(_asked(b, waves, "relative", confidence), waves, b.origin["cells"][1], b.origin["groups"], "")
        if row is not None and row["df"] == float(plain(df)):
            return num([row[name] / 100 for name in FIELLER], ("rel", "lower", "upper"))
    written = self.written.get("fieller")
    given: Dots = [(None, b), ("level", num([confidence])), *([("df", df)] if df is not None else [])]
    return self.apply(written, list(given)) if isinstance(written, Closure) else num([np.nan])
