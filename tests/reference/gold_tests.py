"""R's tests of association and of location through tabulate() and compare()."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from gold_base import Dots, r
from gold_columns import Measured, measured
from gold_designs import inside
from gold_door import compare, estimate, tabulate
from gold_eval import Interpreter
from gold_r import Num
from gold_values import CHR, Answer, Formula, RDesign, Unsupported, Vec, column, levels_of, plain, series

SCORES = {"wilcoxon": "wilcoxon", "vanderWaerden": "vanderwaerden", "median": "median", "KruskalWallis": "kruskal"}


def codes(found: Measured) -> tuple[RDesign, list[str]]:
    """Every term as a column of text codes."""
    frame, names = found.rd.frame, []
    for i, t in enumerate(found.terms):
        vec = column(frame, t.column)
        frame = frame.assign(**{f"r.code{i}": series(Vec(np.array(vec.texts(), dtype=object), CHR), len(frame))})
        names.append(f"r.code{i}")
    return replace(found.rd, frame=frame), names


def ordered(found: Measured) -> list[tuple[str, ...]]:
    """The levels of every term in R's order."""
    return [levels_of(column(found.rd.frame, t.column)) if not t.levels else t.levels for t in found.terms]


@r("svychisq", "formula, design, statistic, na.rm, ...")
def svychisq(self: Interpreter, formula: Any, design: Any, statistic: Any = None, na_rm: Any = None, dots: Dots = ()) -> Answer:
    """tabulate(statistic=); whole_ddf repeats R's saddlepoint, which takes a whole number of denominator chi-squares."""
    del na_rm, dots
    found = measured(self, formula, design)
    if len(found.terms) != 2:
        raise Unsupported("svychisq of other than two variables")
    rd, names = codes(found)
    frame, where = inside(rd)
    kind: Any = "F" if statistic is None else str(plain(statistic))
    if kind == "lincom" and "CompQuadForm" in str(self.entry.get("warnings")):
        kind = "saddlepoint"  # R said that it used this, because a package was not there
    made = tabulate(frame, rd.design, names[0], names[1], where=where, statistic=kind, whole_ddf=kind == "saddlepoint")
    return tested(made.test)


def table_of(self: Interpreter, formula: Any, design: Any) -> Answer:
    """svytable: the weighted counts column by column, cells that nobody is in are 0."""
    found = measured(self, formula, design)
    rd, names = codes(found)
    frame, where = inside(rd)
    levels = ordered(found)
    if len(names) == 2:
        made = tabulate(frame, rd.design, names[0], names[1], where=where).table
        values = [float(made.loc[a, b]) if a in made.index and b in made.columns else 0.0 for b in levels[1] for a in levels[0]]
    else:
        frame = frame.assign(**{"r.one": 1.0})
        rows = estimate(frame, rd.design, "r.one", by=tuple(names), where=where, stat="total")
        at = {tuple(dict(d)[n] for n in names): v for d, v in zip(rows.columns["domain"], rows.joint.value.tolist(), strict=True)}
        cells: list[tuple[str, ...]] = [()]
        for some in reversed(levels):
            cells = [(code, *rest) for rest in cells for code in some]
        values = [at.get(cell, 0.0) for cell in cells]
    return Answer("record", {"table": values})


@r("svyttest", "formula, design, ...")
def svyttest(self: Interpreter, formula: Any, design: Any, dots: Dots = ()) -> Answer:
    """compare(method="t")."""
    del dots
    rd, y, group, gone = _sides(self, formula, design)
    frame, where = inside(rd)
    made = compare(frame, rd.design, y, group=group, where=where)
    return replace(tested(made), origin={"r_na": gone and group is None})


@r("svyranktest", "formula, design, test, ...")
def svyranktest(self: Interpreter, formula: Any, design: Any, test: Any = None, dots: Dots = ()) -> Answer:
    """compare(method=score), with R's rule for the ranks of people with equal answers."""
    del dots
    word = "wilcoxon" if test is None else str(plain(test)) if isinstance(test, Vec) else ""
    if word not in SCORES:
        raise Unsupported("a rank test with a score of its own")
    rd, y, group, _ = _sides(self, formula, design)
    frame, where = inside(rd)
    method: Any = SCORES[word]
    return tested(compare(frame, rd.design, y, group=group, method=method, where=where, ties="row_order"))


def _sides(self: Interpreter, formula: Any, design: Any) -> tuple[RDesign, str, str | None, bool]:
    """The columns of outcome ~ group, or outcome ~ 0; whether the outcome misses answers."""
    if not isinstance(formula, Formula) or formula.left is None:
        raise Unsupported("a test without an outcome")
    left = measured(self, Formula(None, formula.left, formula.env), design)
    y = left.terms[0].column
    gone = bool(left.missing.any())
    if isinstance(formula.right, Num):
        return left.rd, y, None, gone
    right = measured(self, Formula(None, formula.right, formula.env), left.rd)
    return right.rd, y, right.terms[0].column, gone


def tested(made: Any) -> Answer:
    """A Tested as the parts of R's htest; which name R gives to which number is settled by its record."""
    value = made.statistic
    parts: dict[str, Any] = {
        "t": value, "F": value, "Chisq": value, "X-squared": value, "df": made.df, "ndf": made.df, "ddf": made.ddf,
        "p_value": made.p_value, "estimate": made.estimate, "ci": [made.lower, made.upper] if made.lower is not None else None,
        "status": [made.status], "reason": [made.reason],
    }  # fmt: skip
    return Answer("test", parts)


def as_record(found: Answer, record: Mapping[str, Any]) -> dict[str, Any]:
    """The test under the names that R's record uses; R's rank tests of several groups have df and Chisq exchanged."""
    parts = found.fields
    out: dict[str, Any] = {"p_value": parts["p_value"], "ci": parts["ci"]}
    for key in ("statistic", "parameter"):
        out[key] = {name: _part(parts, name) for name in record.get(key) or {}}
    if isinstance(record.get("estimate"), Mapping):
        out["estimate"] = dict.fromkeys(record["estimate"], parts["estimate"])
    return {k: v for k, v in out.items() if v is not None}


def _part(parts: Mapping[str, Any], name: str) -> Any:
    found = parts.get(name)
    return np.inf if name == "ddf" and found is None else found
