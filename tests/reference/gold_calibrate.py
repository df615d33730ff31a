"""postStratify, rake, calibrate, trimWeights and svystandardize through calibrate() and trim()."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from gold_base import Dots, r
from gold_designs import ready, terms, with_weight
from gold_door import calibrate, trim
from gold_eval import Interpreter
from gold_r import Call, Name, Node, deparse
from gold_values import CHR, FCT, Env, Formula, RDesign, RList, Unsupported, Vec, column, levels_of, plain, scope, series

CONSTANT = "(Intercept)"


def applied(self: Interpreter, rd: RDesign, margins: Mapping[Any, Any], kind: Any, **more: Any) -> RDesign:
    """The design with calibrated weights.  R calibrates the rows that are left: a subset is refused here."""
    if rd.mask is not None:
        raise Unsupported("calibration of a subset")
    name = f"r.cal{sum(str(c).startswith('r.cal') for c in rd.frame.columns) + 1}"
    del self
    made = calibrate(rd.frame, rd.design, margins, kind=kind, name=name, by_wave=False, negative=kind == "linear", **more)
    return RDesign(made.data, made.design, None, rd.spec)


def crossed(self: Interpreter, rd: RDesign, formula: Formula) -> tuple[RDesign, tuple[str, ...]]:
    """The columns of a margin as codes; computed terms are added."""
    frame, names = rd.frame, []
    for node in terms(formula.right):
        vec = self.value(node, scope(frame, formula.env))
        name = node.id if isinstance(node, Name) and vec.kind == CHR else f"r.code.{deparse(node)}"
        if name not in frame.columns:
            frame = frame.assign(**{name: series(Vec(np.array(vec.texts(), dtype=object), CHR), len(frame))})
        names.append(name)
    return replace(rd, frame=frame), tuple(names)


def counts(table: pd.DataFrame, formula: Formula) -> dict[Any, float]:
    """A population table: (codes) -> Freq."""
    names = [deparse(n) for n in terms(formula.right)]
    if "Freq" not in table.columns or any(n not in table.columns for n in names):
        raise Unsupported("a population table without Freq")
    codes = list(zip(*(column(table, n).texts() for n in names), strict=True))
    freq = table["Freq"].to_numpy(dtype=float).tolist()
    return {(c[0] if len(names) == 1 else c): f for c, f in zip(codes, freq, strict=True)}


def key_of(names: tuple[str, ...]) -> Any:
    """A margin's key: a column, or the columns crossed."""
    return names[0] if len(names) == 1 else names


@r("postStratify", "design, strata, population, partial, ...")
def post_stratify(
    self: Interpreter, design: Any, strata: Formula, population: Any, partial: Any = None, dots: Dots = ()
) -> RDesign:
    """calibrate(kind="poststratify")."""
    del partial, dots
    rd, names = crossed(self, ready(self, design), strata)
    return applied(self, rd, {key_of(names): counts(population, strata)}, "poststratify")


@r("rake", "design, sample.margins, population.margins, control, compress")
def rake(self: Interpreter, design: Any, sample_margins: RList, population_margins: RList, **given: Any) -> RDesign:
    """calibrate(kind="rake")."""
    del given
    rd, margins = ready(self, design), {}
    for formula, table in zip(sample_margins.data, population_margins.data, strict=True):
        rd, names = crossed(self, rd, formula)
        margins[key_of(names)] = counts(table, formula)
    return applied(self, rd, margins, "rake")


@r("calibrate", "design, formula, population, calfun, bounds, aggregate.stage, epsilon, maxit, trim, force, verbose, ...")
def calibrate_(self: Interpreter, design: Any, formula: Any, population: Any, dots: Dots = (), **given: Any) -> RDesign:
    """calibrate(kind="linear"|"raking"|"logit")."""
    del dots
    rd = ready(self, design)
    kind = "linear" if given.get("calfun") is None else str(plain(given["calfun"]))
    kind = {"rrz": "raking", "cal.linear": "linear", "cal.raking": "raking", "cal.logit": "logit"}.get(kind, kind)
    if isinstance(formula, RList):
        margins: dict[Any, Any] = {}
        for one, table in zip(formula.data, population.data, strict=True):
            rd, names = crossed(self, rd, one)
            margins[key_of(names)] = counts(table, one)
    else:
        rd, margins = _model(self, rd, formula, population)
    more: dict[str, Any] = {}
    if given.get("bounds") is not None:
        low, high = given["bounds"].data.tolist()
        more["bounds"] = (None if np.isinf(low) else low, None if np.isinf(high) else high)
    if given.get("trim") is not None:
        more["trim"] = tuple(given["trim"].data.tolist())
    if given.get("aggregate_stage") is not None:
        more["cluster"] = True
    return applied(self, rd, margins, kind, **more)


def _model(self: Interpreter, rd: RDesign, formula: Formula, population: Any) -> tuple[RDesign, dict[Any, Any]]:
    """Totals named as the columns of R's model matrix: the constant, numbers, and levels of factors."""
    if not isinstance(population, Vec):
        raise Unsupported("calibrate with population tables for one formula")
    names = population.names or _matrix_names(self, rd, formula)
    given = dict(zip(names, population.data.tolist(), strict=True))
    margins: dict[Any, Any] = {CONSTANT: given.pop(CONSTANT)} if CONSTANT in given else {}
    for node in terms(formula.right):
        text = deparse(node)
        vec = self.value(node, scope(rd.frame, formula.env)) if _simple(node) else None
        if vec is not None and vec.kind in (CHR, FCT) and CONSTANT in margins:
            levels = levels_of(vec)
            others = {level: given.pop(text + level) for level in levels[1:] if text + level in given}
            if len(others) == len(levels) - 1:
                rd, (name,) = crossed(self, rd, Formula(None, node, formula.env))
                margins[name] = {levels[0]: margins[CONSTANT] - sum(others.values()), **others}
                continue
            raise Unsupported("calibrate with levels that the population does not name")
    for name, total in given.items():
        rd, column_name = _numeric(self, rd, formula, name)
        margins[column_name] = total
    return rd, margins


def _simple(node: Node) -> bool:
    return not (isinstance(node, Call) and node.name in (":", "*", "^"))


def _matrix_names(self: Interpreter, rd: RDesign, formula: Formula) -> tuple[str, ...]:
    constant = not any(t in deparse(formula.right).replace(" ", "") for t in ("-1", "0+", "+0"))
    names = [CONSTANT] if constant else []
    first = not constant
    for node in terms(formula.right):
        vec = self.value(node, scope(rd.frame, formula.env))
        if vec.kind in (CHR, FCT):
            names += [deparse(node) + level for level in levels_of(vec)[0 if first else 1 :]]
            first = False
        else:
            names.append(deparse(node))
    return tuple(names)


def _numeric(self: Interpreter, rd: RDesign, formula: Formula, name: str) -> tuple[RDesign, str]:
    """A column of the model matrix by its R name: a product of numbers and of 0/1 columns of levels."""
    values = np.ones(len(rd.frame))
    for part in name.split(":"):
        values = values * _factor(self, rd, formula, part)
    if name in rd.frame.columns:
        return rd, name
    return replace(rd, frame=rd.frame.assign(**{f"r.{name}": values})), f"r.{name}"


def _factor(self: Interpreter, rd: RDesign, formula: Formula, part: str) -> np.ndarray:
    env: Env = scope(rd.frame, formula.env)
    leaves = [leaf for node in terms(formula.right) for leaf in _leaves(node)]
    for node in leaves:
        vec = self.value(node, env)
        text = deparse(node)
        if vec.kind in (CHR, FCT) and part.startswith(text) and part[len(text) :] in levels_of(vec):
            return np.array([t == part[len(text) :] for t in vec.texts()], dtype=float)
        if text == part:
            return vec.data.astype(float)
    raise Unsupported(f"a calibration total named {part}")


def _leaves(node: Node) -> list[Node]:
    if isinstance(node, Call) and node.name in (":", "*"):
        return [leaf for a in node.args if a.value is not None for leaf in _leaves(a.value)]
    return [node]


@r("trimWeights", "design, upper, lower, strict, ...")
def trim_weights(
    self: Interpreter, design: Any, upper: Any = None, lower: Any = None, strict: Any = None, dots: Dots = ()
) -> RDesign:
    """trim(): weights cut to limits."""
    del dots
    rd = with_weight(ready(self, design))
    if rd.mask is not None:
        raise Unsupported("trimming of a subset")
    name = f"r.trim{sum(str(c).startswith('r.trim') for c in rd.frame.columns) + 1}"
    limits = {n: float(plain(v)) for n, v in (("upper", upper), ("lower", lower)) if v is not None}
    made = trim(rd.frame, rd.design, strict=strict is not None and bool(plain(strict)), name=name, **limits)
    return RDesign(made.data, made.design, None, rd.spec)


@r("svystandardize", "design, by, over, population, excluding.missing")
def svystandardize(
    self: Interpreter, design: Any, by: Formula, over: Any = None, population: Any = None, excluding_missing: Any = None
) -> RDesign:
    """Post-stratification to the population's shares of `by` within each group of `over`."""
    if excluding_missing is not None:
        raise Unsupported("svystandardize(excluding.missing=)")
    rd, names = crossed(self, with_weight(ready(self, design)), by)
    shares = population["Freq"].to_numpy(dtype=float) if isinstance(population, pd.DataFrame) else population.data
    if len(names) != 1:
        raise Unsupported("svystandardize by several variables")
    levels = levels_of(column(rd.frame, names[0]))
    part = dict(zip(levels, (shares / shares.sum()).tolist(), strict=True))
    groups: tuple[str, ...] = ()
    if isinstance(over, Formula) and terms(over.right):
        rd, groups = crossed(self, rd, over)
    weight = rd.frame[rd.design.weight]
    if not groups:
        return applied(self, rd, {names[0]: {k: v * float(weight.sum()) for k, v in part.items()}}, "poststratify")
    sums = weight.groupby([rd.frame[g] for g in groups]).sum()
    cells = [(k if isinstance(k, tuple) else (k,), float(total)) for k, total in sums.items()]
    wanted = {(*k, level): total * share for k, total in cells for level, share in part.items()}
    return applied(self, rd, {(*groups, names[0]): wanted}, "poststratify")
