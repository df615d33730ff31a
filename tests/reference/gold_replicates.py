"""withReplicates(): an expression of sums of .weights becomes totals and a function of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from gold_columns import calls_in
from gold_designs import ready
from gold_eval import Interpreter
from gold_r import Arg, Call, Name, Node
from gold_values import Env, Quoted, RDesign, Unsupported, num, scope

WEIGHTS = ".weights"


def weighted_sums(self: Interpreter, design: Any, theta: Quoted) -> tuple[pd.DataFrame, RDesign, Node, tuple[str, ...]]:
    """The data with a column for every sum(.weights * ...), and the expression with the sums named.

    Every sum must be linear in .weights: its column is the summand at weight 1, 0 where it is missing or outside.
    """
    rd = ready(self, design)
    columns: dict[str, np.ndarray] = {}

    def visit(node: Node | None) -> Node | None:
        if not isinstance(node, Call):
            return node
        if node.name == "sum" and _uses_weights(node):
            name = f"r.sum{len(columns) + 1}"
            columns[name] = _summand(self, rd, node)
            return Name(name)
        return Call(node.function, tuple(Arg(a.name, visit(a.value)) for a in node.args))

    body = visit(theta.node)
    if body is None or _uses_weights(body) or not columns:
        raise Unsupported("withReplicates of something else than sums of .weights")
    frame = rd.frame.assign(**columns)
    return frame, replace(rd, frame=frame), body, tuple(columns)


def _uses_weights(node: Node | None) -> bool:
    if isinstance(node, Name):
        return node.id == WEIGHTS
    return isinstance(node, Call) and any(_uses_weights(a.value) for a in node.args)


def _summand(self: Interpreter, rd: RDesign, node: Call) -> np.ndarray:
    summand = next(a.value for a in node.args if a.name is None)
    if calls_in(summand) - {"*", "(", "==", "!=", "&", "|", "!", "is.na", "+", "-", "/", "<", ">", "<=", ">=", "^"}:
        raise Unsupported("withReplicates of a sum that is not linear in .weights")
    env = scope(rd.frame, self.globals)
    flat = [Env({WEIGHTS: num(np.full(len(rd.frame), w))}, env) for w in (1.0, 2.0)]
    once, twice = (np.asarray(self.value(summand, e).data, dtype=float) for e in flat)
    if not np.allclose(twice, 2 * once, equal_nan=True):
        raise Unsupported("withReplicates of a sum that is not linear in .weights")
    return np.where(np.isnan(once) | ~rd.kept, 0.0, once)
